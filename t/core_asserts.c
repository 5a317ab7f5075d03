/* Reports of failing assertions, compared whole: t/broken/asserts.c fails on purpose. */
#include "golden.h"

E2E_TEST(ok, .timeout = 120)
{
	golden("asserts", "ok", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: ok\n"
	       "    not ok 1 - n == 4\n"
	       "      ---\n"
	       "      message: \"false: n == 4\"\n"
	       "      at: t/broken/asserts.c:7\n"
	       "      code: ok\n"
	       "      ...\n"
	       "    not ok 2 - described: 3\n"
	       "      ---\n"
	       "      message: \"false: n == 4\"\n"
	       "      at: t/broken/asserts.c:8\n"
	       "      code: ok\n"
	       "      ...\n"
	       "    not ok 3 - strchr(\"a,b\", ',') == NULL && n > 1\n"
	       "      ---\n"
	       "      message: \"false: strchr(\\\"a,b\\\", ',') == NULL && n > 1\"\n"
	       "      at: t/broken/asserts.c:9\n"
	       "      code: ok\n"
	       "      ...\n"
	       "    1..3\n"
	       "not ok 1 - ok\n"
	       "  ---\n"
	       "  message: \"false: n == 4\"\n"
	       "  at: t/broken/asserts.c:7\n"
	       "  code: ok\n"
	       "  failed: 3 of 3 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:7: false: n == 4\n"
	       "# t/broken/asserts.c:8: false: n == 4\n"
	       "# t/broken/asserts.c:9: false: strchr(\"a,b\", ',') == NULL && n > 1\n");
}

E2E_TEST(integers, .timeout = 120)
{
	golden("asserts", "integers", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: integers\n"
	       "    not ok 1 - small is 100\n"
	       "      ---\n"
	       "      message: \"false: small is 100\"\n"
	       "      at: t/broken/asserts.c:15\n"
	       "      got: 200\n"
	       "      want: 100\n"
	       "      code: is_int\n"
	       "      ...\n"
	       "    not ok 2 - -1LL is INTMAX_MAX\n"
	       "      ---\n"
	       "      message: \"false: -1LL is INTMAX_MAX\"\n"
	       "      at: t/broken/asserts.c:16\n"
	       "      got: -1\n"
	       "      want: 9223372036854775807\n"
	       "      code: is_int\n"
	       "      ...\n"
	       "    not ok 3 - EINVAL isn't EINVAL\n"
	       "      ---\n"
	       "      message: \"false: EINVAL isn't EINVAL\"\n"
	       "      at: t/broken/asserts.c:17\n"
	       "      got: 22\n"
	       "      want: anything but 22\n"
	       "      code: isnt_int\n"
	       "      ...\n"
	       "    not ok 4 - huge\n"
	       "      ---\n"
	       "      message: \"false: UINTMAX_MAX is 0u\"\n"
	       "      at: t/broken/asserts.c:18\n"
	       "      got: 18446744073709551615\n"
	       "      want: 0\n"
	       "      code: is_int\n"
	       "      ...\n"
	       "    not ok 5 - 2 >= 1 + 2\n"
	       "      ---\n"
	       "      message: \"false: 2 >= 1 + 2\"\n"
	       "      at: t/broken/asserts.c:19\n"
	       "      got: 2\n"
	       "      want: \">= 3\"\n"
	       "      code: cmp_int\n"
	       "      ...\n"
	       "    not ok 6 - 1 => 2\n"
	       "      ---\n"
	       "      message: \"bad operator \\\"=>\\\": expected one of < <= == != >= >\"\n"
	       "      at: t/broken/asserts.c:20\n"
	       "      code: cmp_int\n"
	       "      ...\n"
	       "    1..6\n"
	       "not ok 1 - integers\n"
	       "  ---\n"
	       "  message: \"false: small is 100\"\n"
	       "  at: t/broken/asserts.c:15\n"
	       "  got: 200\n"
	       "  want: 100\n"
	       "  code: is_int\n"
	       "  failed: 6 of 6 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:15: got 200, want 100\n"
	       "# t/broken/asserts.c:16: got -1, want 9223372036854775807\n"
	       "# t/broken/asserts.c:17: got 22, want anything but 22\n"
	       "# t/broken/asserts.c:18: got 18446744073709551615, want 0\n"
	       "# t/broken/asserts.c:19: got 2, want >= 3\n"
	       "# t/broken/asserts.c:20: bad operator \"=>\": expected one of < <= == != >= >\n");
}

E2E_TEST(doubles, .timeout = 120)
{
	golden("asserts", "doubles", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: doubles\n"
	       "    not ok 1 - 0.1 + 0.2 is 0.3\n"
	       "      ---\n"
	       "      message: \"false: 0.1 + 0.2 is 0.3\"\n"
	       "      at: t/broken/asserts.c:25\n"
	       "      got: 0.30000000000000004\n"
	       "      want: 0.3 +- 0\n"
	       "      code: is_double\n"
	       "      ...\n"
	       "    not ok 2 - half\n"
	       "      ---\n"
	       "      message: \"false: 1.5 is 1\"\n"
	       "      at: t/broken/asserts.c:26\n"
	       "      got: 1.5\n"
	       "      want: 1 +- 0.25\n"
	       "      code: is_double\n"
	       "      ...\n"
	       "    not ok 3 - 0.0 / 0.0 is 1\n"
	       "      ---\n"
	       "      message: \"false: 0.0 / 0.0 is 1\"\n"
	       "      at: t/broken/asserts.c:27\n"
	       "      got: nan\n"
	       "      want: 1 +- 10\n"
	       "      code: is_double\n"
	       "      ...\n"
	       "    not ok 4 - 1 / 0.0 is 1\n"
	       "      ---\n"
	       "      message: \"false: 1 / 0.0 is 1\"\n"
	       "      at: t/broken/asserts.c:28\n"
	       "      got: inf\n"
	       "      want: 1 +- 10\n"
	       "      code: is_double\n"
	       "      ...\n"
	       "    1..4\n"
	       "not ok 1 - doubles\n"
	       "  ---\n"
	       "  message: \"false: 0.1 + 0.2 is 0.3\"\n"
	       "  at: t/broken/asserts.c:25\n"
	       "  got: 0.30000000000000004\n"
	       "  want: 0.3 +- 0\n"
	       "  code: is_double\n"
	       "  failed: 4 of 4 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:25: got 0.30000000000000004, want 0.3 +- 0\n"
	       "# t/broken/asserts.c:26: got 1.5, want 1 +- 0.25\n"
	       "# t/broken/asserts.c:27: got nan, want 1 +- 10\n"
	       "# t/broken/asserts.c:28: got inf, want 1 +- 10\n");
}

E2E_TEST(strings, .timeout = 120)
{
	golden("asserts", "strings", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: strings\n"
	       "    not ok 1 - \"hello\" is \"hullo\"\n"
	       "      ---\n"
	       "      message: \"false: \\\"hello\\\" is \\\"hullo\\\"\"\n"
	       "      at: t/broken/asserts.c:33\n"
	       "      got: \"hello\"\n"
	       "      want: \"hullo\"\n"
	       "      code: is_str\n"
	       "      ...\n"
	       "    not ok 2 - NULL is \"text\"\n"
	       "      ---\n"
	       "      message: \"false: NULL is \\\"text\\\"\"\n"
	       "      at: t/broken/asserts.c:34\n"
	       "      got: NULL\n"
	       "      want: \"text\"\n"
	       "      code: is_str\n"
	       "      ...\n"
	       "    not ok 3 - \"text\" is NULL\n"
	       "      ---\n"
	       "      message: \"false: \\\"text\\\" is NULL\"\n"
	       "      at: t/broken/asserts.c:35\n"
	       "      got: \"text\"\n"
	       "      want: NULL\n"
	       "      code: is_str\n"
	       "      ...\n"
	       "    not ok 4 - \"tab\\\\there \\\\\"quoted\\\\\" back\\\\\\\\slash\" is \"\\\\x1b[31mred\\\\x7f \\\\xff\\\\xfe caf\\\\xc3\\\\xa9\"\n"
	       "      ---\n"
	       "      message: \"false: \\\"tab\\\\there \\\\\\\"quoted\\\\\\\" back\\\\\\\\slash\\\" is \\\"\\\\x1b[31mred\\\\x7f \\\\xff\\\\xfe caf\\\\xc3\\\\xa9\\\"\"\n"
	       "      at: t/broken/asserts.c:36\n"
	       "      got: \"tab\\there \\\"quoted\\\" back\\\\slash\"\n"
	       "      want: \"\\x1b[31mred\\x7f \\xff\\xfe café\"\n"
	       "      code: is_str\n"
	       "      ...\n"
	       "    not ok 5 - \"same\" isn't \"same\"\n"
	       "      ---\n"
	       "      message: \"false: \\\"same\\\" isn't \\\"same\\\"\"\n"
	       "      at: t/broken/asserts.c:37\n"
	       "      got: \"same\"\n"
	       "      want: anything but \"same\"\n"
	       "      code: isnt_str\n"
	       "      ...\n"
	       "    1..5\n"
	       "not ok 1 - strings\n"
	       "  ---\n"
	       "  message: \"false: \\\"hello\\\" is \\\"hullo\\\"\"\n"
	       "  at: t/broken/asserts.c:33\n"
	       "  got: \"hello\"\n"
	       "  want: \"hullo\"\n"
	       "  code: is_str\n"
	       "  failed: 5 of 5 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:33: got \"hello\", want \"hullo\"\n"
	       "# t/broken/asserts.c:34: got NULL, want \"text\"\n"
	       "# t/broken/asserts.c:35: got \"text\", want NULL\n"
	       "# t/broken/asserts.c:36: got \"tab\\there \\\"quoted\\\" back\\\\slash\", want \"\\x1b[31mred\\x7f \\xff\\xfe café\"\n"
	       "# t/broken/asserts.c:37: got \"same\", want anything but \"same\"\n");
}

E2E_TEST(lines, .timeout = 120)
{
	golden("asserts", "lines", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: lines\n"
	       "    not ok 1 - got is want\n"
	       "      ---\n"
	       "      message: \"false: got is want\"\n"
	       "      at: t/broken/asserts.c:44\n"
	       "      got: \"one\\ntwo\\nthree\\nfour\\nfive\\nsix\\nseven\\neight\\nnine\\nten\\n\"\n"
	       "      want: \"one\\ntwo\\nthree\\nfour\\nfive\\n6\\nseven\\neight\\nninth\\nten\\neleven\\n\"\n"
	       "      diff: |\n"
	       "        --- want\n"
	       "        +++ got\n"
	       "          ... 2 equal lines\n"
	       "          three\n"
	       "          four\n"
	       "          five\n"
	       "        - 6\n"
	       "        + six\n"
	       "          seven\n"
	       "          eight\n"
	       "        - ninth\n"
	       "        + nine\n"
	       "          ten\n"
	       "        - eleven\n"
	       "      code: is_str\n"
	       "      ...\n"
	       "    not ok 2 - \"a\\\\nb\" is \"a\\\\nb\\\\n\"\n"
	       "      ---\n"
	       "      message: \"false: \\\"a\\\\nb\\\" is \\\"a\\\\nb\\\\n\\\"\"\n"
	       "      at: t/broken/asserts.c:45\n"
	       "      got: \"a\\nb\"\n"
	       "      want: \"a\\nb\\n\"\n"
	       "      diff: |\n"
	       "        --- want\n"
	       "        +++ got\n"
	       "          a\n"
	       "        - b\n"
	       "        + b (no newline)\n"
	       "      code: is_str\n"
	       "      ...\n"
	       "    1..2\n"
	       "not ok 1 - lines\n"
	       "  ---\n"
	       "  message: \"false: got is want\"\n"
	       "  at: t/broken/asserts.c:44\n"
	       "  got: \"one\\ntwo\\nthree\\nfour\\nfive\\nsix\\nseven\\neight\\nnine\\nten\\n\"\n"
	       "  want: \"one\\ntwo\\nthree\\nfour\\nfive\\n6\\nseven\\neight\\nninth\\nten\\neleven\\n\"\n"
	       "  diff: |\n"
	       "    --- want\n"
	       "    +++ got\n"
	       "      ... 2 equal lines\n"
	       "      three\n"
	       "      four\n"
	       "      five\n"
	       "    - 6\n"
	       "    + six\n"
	       "      seven\n"
	       "      eight\n"
	       "    - ninth\n"
	       "    + nine\n"
	       "      ten\n"
	       "    - eleven\n"
	       "  code: is_str\n"
	       "  failed: 2 of 2 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:44: got \"one\\ntwo\\nthree\\nfour\\nfive\\nsix\\nseven\\neight\\nnine\\nten\\n\", want \"one\\ntwo\\nthree\\nfour\\nfive\\n6\\nseven\\neight\\nninth\\nten\\neleven\\n\"\n"
	       "# t/broken/asserts.c:45: got \"a\\nb\", want \"a\\nb\\n\"\n");
}

E2E_TEST(memory, .timeout = 120)
{
	golden("asserts", "memory", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: memory\n"
	       "    not ok 1 - got is want\n"
	       "      ---\n"
	       "      message: \"byte 17 of 40: got 0x6f, want 0x61\"\n"
	       "      at: t/broken/asserts.c:52\n"
	       "      diff: |\n"
	       "        --- want\n"
	       "        +++ got\n"
	       "          00000000  74 68 65 20 71 75 69 63 6b 20 62 72 6f 77 6e 20  the quick brown\n"
	       "        - 00000010  66 61 78 20 6a 75 6d 70 73 20 6f 76 65 72 20 74  fax jumps over t\n"
	       "        + 00000010  66 6f 78 20 6a 75 6d 70 73 20 6f 76 65 72 20 74  fox jumps over t\n"
	       "                       ^^\n"
	       "        - 00000020  68 65 20 64 69 67 00 00                          he dig..\n"
	       "        + 00000020  68 65 20 64 6f 67 00 00                          he dog..\n"
	       "                                ^^\n"
	       "      code: is_mem\n"
	       "      ...\n"
	       "    not ok 2 - got is NULL\n"
	       "      ---\n"
	       "      message: \"false: got is NULL\"\n"
	       "      at: t/broken/asserts.c:53\n"
	       "      got: memory\n"
	       "      want: NULL\n"
	       "      code: is_mem\n"
	       "      ...\n"
	       "    1..2\n"
	       "not ok 1 - memory\n"
	       "  ---\n"
	       "  message: \"byte 17 of 40: got 0x6f, want 0x61\"\n"
	       "  at: t/broken/asserts.c:52\n"
	       "  diff: |\n"
	       "    --- want\n"
	       "    +++ got\n"
	       "      00000000  74 68 65 20 71 75 69 63 6b 20 62 72 6f 77 6e 20  the quick brown\n"
	       "    - 00000010  66 61 78 20 6a 75 6d 70 73 20 6f 76 65 72 20 74  fax jumps over t\n"
	       "    + 00000010  66 6f 78 20 6a 75 6d 70 73 20 6f 76 65 72 20 74  fox jumps over t\n"
	       "                   ^^\n"
	       "    - 00000020  68 65 20 64 69 67 00 00                          he dig..\n"
	       "    + 00000020  68 65 20 64 6f 67 00 00                          he dog..\n"
	       "                            ^^\n"
	       "  code: is_mem\n"
	       "  failed: 2 of 2 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:52: byte 17 of 40: got 0x6f, want 0x61\n"
	       "# t/broken/asserts.c:53: got memory, want NULL\n");
}

E2E_TEST(pointers, .timeout = 120)
{
	golden("asserts", "pointers", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: pointers\n"
	       "    not ok 1 - NULL is (void *)(uintptr_t)16\n"
	       "      ---\n"
	       "      message: \"false: NULL is (void *)(uintptr_t)16\"\n"
	       "      at: t/broken/asserts.c:58\n"
	       "      got: NULL\n"
	       "      want: 0x10\n"
	       "      code: is_ptr\n"
	       "      ...\n"
	       "    1..1\n"
	       "not ok 1 - pointers\n"
	       "  ---\n"
	       "  message: \"false: NULL is (void *)(uintptr_t)16\"\n"
	       "  at: t/broken/asserts.c:58\n"
	       "  got: NULL\n"
	       "  want: 0x10\n"
	       "  code: is_ptr\n"
	       "  failed: 1 of 1 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:58: got NULL, want 0x10\n");
}

E2E_TEST(regular_expressions, .timeout = 120)
{
	golden("asserts", "regular_expressions", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: regular_expressions\n"
	       "    not ok 1 - \"hello\" like \"^h[0-9]+\"\n"
	       "      ---\n"
	       "      message: \"false: \\\"hello\\\" like \\\"^h[0-9]+\\\"\"\n"
	       "      at: t/broken/asserts.c:63\n"
	       "      got: \"hello\"\n"
	       "      want: a match of \"^h[0-9]+\"\n"
	       "      code: like\n"
	       "      ...\n"
	       "    not ok 2 - \"hello\" unlike \"l+\"\n"
	       "      ---\n"
	       "      message: \"false: \\\"hello\\\" unlike \\\"l+\\\"\"\n"
	       "      at: t/broken/asserts.c:64\n"
	       "      got: \"hello\"\n"
	       "      want: no match of \"l+\"\n"
	       "      code: unlike\n"
	       "      ...\n"
	       "    not ok 3 - NULL like \"a\"\n"
	       "      ---\n"
	       "      message: \"false: NULL like \\\"a\\\"\"\n"
	       "      at: t/broken/asserts.c:65\n"
	       "      got: NULL\n"
	       "      want: a match of \"a\"\n"
	       "      code: like\n"
	       "      ...\n"
	       "    1..3\n"
	       "not ok 1 - regular_expressions\n"
	       "  ---\n"
	       "  message: \"false: \\\"hello\\\" like \\\"^h[0-9]+\\\"\"\n"
	       "  at: t/broken/asserts.c:63\n"
	       "  got: \"hello\"\n"
	       "  want: a match of \"^h[0-9]+\"\n"
	       "  code: like\n"
	       "  failed: 3 of 3 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:63: got \"hello\", want a match of \"^h[0-9]+\"\n"
	       "# t/broken/asserts.c:64: got \"hello\", want no match of \"l+\"\n"
	       "# t/broken/asserts.c:65: got NULL, want a match of \"a\"\n");
}

E2E_TEST(lists, .timeout = 120)
{
	golden("asserts", "lists", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: lists\n"
	       "    not ok 1 - got is want\n"
	       "      ---\n"
	       "      message: \"missing \\\"c\\\"; extra \\\"b\\\"\"\n"
	       "      at: t/broken/asserts.c:78\n"
	       "      got: [\"a\", \"b\", \"b\", \"d\"]\n"
	       "      want: [\"a\", \"b\", \"c\", \"d\"]\n"
	       "      code: is_list\n"
	       "      ...\n"
	       "    not ok 2 - moved is got\n"
	       "      ---\n"
	       "      message: \"other order: [0] is \\\"d\\\", want \\\"a\\\"\"\n"
	       "      at: t/broken/asserts.c:79\n"
	       "      got: [\"d\", \"b\", \"b\", \"a\"]\n"
	       "      want: [\"a\", \"b\", \"b\", \"d\"]\n"
	       "      code: is_list\n"
	       "      ...\n"
	       "    not ok 3 - empty\n"
	       "      ---\n"
	       "      message: \"none is want: missing \\\"a\\\"; missing \\\"b\\\"; missing \\\"c\\\"; missing \\\"d\\\"\"\n"
	       "      at: t/broken/asserts.c:80\n"
	       "      got: []\n"
	       "      want: [\"a\", \"b\", \"c\", \"d\"]\n"
	       "      code: is_list\n"
	       "      ...\n"
	       "    not ok 4 - NULL is none\n"
	       "      ---\n"
	       "      message: \"false: NULL is none\"\n"
	       "      at: t/broken/asserts.c:81\n"
	       "      got: NULL\n"
	       "      want: []\n"
	       "      code: is_list\n"
	       "      ...\n"
	       "    1..4\n"
	       "not ok 1 - lists\n"
	       "  ---\n"
	       "  message: \"missing \\\"c\\\"; extra \\\"b\\\"\"\n"
	       "  at: t/broken/asserts.c:78\n"
	       "  got: [\"a\", \"b\", \"b\", \"d\"]\n"
	       "  want: [\"a\", \"b\", \"c\", \"d\"]\n"
	       "  code: is_list\n"
	       "  failed: 4 of 4 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:78: got [\"a\", \"b\", \"b\", \"d\"], want [\"a\", \"b\", \"c\", \"d\"]\n"
	       "# t/broken/asserts.c:79: got [\"d\", \"b\", \"b\", \"a\"], want [\"a\", \"b\", \"b\", \"d\"]\n"
	       "# t/broken/asserts.c:80: got [], want [\"a\", \"b\", \"c\", \"d\"]\n"
	       "# t/broken/asserts.c:81: got NULL, want []\n");
}

E2E_TEST(json, .timeout = 120)
{
	golden("asserts", "json", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: json\n"
	       "    not ok 1 - \"{\\\\\"a\\\\\": [1, 2, {\\\\\"b\\\\\": \\\\\"x\\\\\"}]}\" is \"{\\\\\"a\\\\\":[1,2,{\\\\\"b\\\\\":\\\\\"y\\\\\"}]}\"\n"
	       "      ---\n"
	       "      message: \"$.a[2].b: got \\\"x\\\", want \\\"y\\\"\"\n"
	       "      at: t/broken/asserts.c:86\n"
	       "      got: \"{\\\"a\\\": [1, 2, {\\\"b\\\": \\\"x\\\"}]}\"\n"
	       "      want: \"{\\\"a\\\":[1,2,{\\\"b\\\":\\\"y\\\"}]}\"\n"
	       "      code: is_json\n"
	       "      ...\n"
	       "    not ok 2 - \"[1, 2]\" is \"[1, 2, 3]\"\n"
	       "      ---\n"
	       "      message: \"$[2]: got nothing, want 3\"\n"
	       "      at: t/broken/asserts.c:87\n"
	       "      got: \"[1, 2]\"\n"
	       "      want: \"[1, 2, 3]\"\n"
	       "      code: is_json\n"
	       "      ...\n"
	       "    not ok 3 - \"{\\\\\"a\\\\\": 1}\" is \"{\\\\\"a\\\\\": 1, \\\\\"b\\\\\": null}\"\n"
	       "      ---\n"
	       "      message: \"$.b: got nothing, want null\"\n"
	       "      at: t/broken/asserts.c:88\n"
	       "      got: \"{\\\"a\\\": 1}\"\n"
	       "      want: \"{\\\"a\\\": 1, \\\"b\\\": null}\"\n"
	       "      code: is_json\n"
	       "      ...\n"
	       "    not ok 4 - \"{\\\\\"a\\\\\": 1, \\\\\"extra\\\\\": true}\" is \"{\\\\\"a\\\\\": 1}\"\n"
	       "      ---\n"
	       "      message: \"$.extra: got true, want nothing\"\n"
	       "      at: t/broken/asserts.c:89\n"
	       "      got: \"{\\\"a\\\": 1, \\\"extra\\\": true}\"\n"
	       "      want: \"{\\\"a\\\": 1}\"\n"
	       "      code: is_json\n"
	       "      ...\n"
	       "    not ok 5 - \"{\\\\\"a\\\\\": 01}\" is \"{}\"\n"
	       "      ---\n"
	       "      message: \"got is not JSON: at byte 7: expected a comma or }, found \\\"1}\\\"\"\n"
	       "      at: t/broken/asserts.c:90\n"
	       "      got: \"{\\\"a\\\": 01}\"\n"
	       "      want: \"{}\"\n"
	       "      code: is_json\n"
	       "      ...\n"
	       "    not ok 6 - \"{}\" is \"[1,\"\n"
	       "      ---\n"
	       "      message: \"want is not JSON: at byte 3: expected a value, found the end\"\n"
	       "      at: t/broken/asserts.c:91\n"
	       "      got: \"{}\"\n"
	       "      want: \"[1,\"\n"
	       "      code: is_json\n"
	       "      ...\n"
	       "    not ok 7 - NULL is \"1\"\n"
	       "      ---\n"
	       "      message: \"one of them is NULL\"\n"
	       "      at: t/broken/asserts.c:92\n"
	       "      got: NULL\n"
	       "      want: \"1\"\n"
	       "      code: is_json\n"
	       "      ...\n"
	       "    not ok 8 - \"\\\\\"1\\\\\"\" is \"1\"\n"
	       "      ---\n"
	       "      message: \"$: got \\\"1\\\", want 1\"\n"
	       "      at: t/broken/asserts.c:93\n"
	       "      got: \"\\\"1\\\"\"\n"
	       "      want: \"1\"\n"
	       "      code: is_json\n"
	       "      ...\n"
	       "    1..8\n"
	       "not ok 1 - json\n"
	       "  ---\n"
	       "  message: \"$.a[2].b: got \\\"x\\\", want \\\"y\\\"\"\n"
	       "  at: t/broken/asserts.c:86\n"
	       "  got: \"{\\\"a\\\": [1, 2, {\\\"b\\\": \\\"x\\\"}]}\"\n"
	       "  want: \"{\\\"a\\\":[1,2,{\\\"b\\\":\\\"y\\\"}]}\"\n"
	       "  code: is_json\n"
	       "  failed: 8 of 8 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:86: got \"{\\\"a\\\": [1, 2, {\\\"b\\\": \\\"x\\\"}]}\", want \"{\\\"a\\\":[1,2,{\\\"b\\\":\\\"y\\\"}]}\"\n"
	       "# t/broken/asserts.c:87: got \"[1, 2]\", want \"[1, 2, 3]\"\n"
	       "# t/broken/asserts.c:88: got \"{\\\"a\\\": 1}\", want \"{\\\"a\\\": 1, \\\"b\\\": null}\"\n"
	       "# t/broken/asserts.c:89: got \"{\\\"a\\\": 1, \\\"extra\\\": true}\", want \"{\\\"a\\\": 1}\"\n"
	       "# t/broken/asserts.c:90: got \"{\\\"a\\\": 01}\", want \"{}\"\n"
	       "# t/broken/asserts.c:91: got \"{}\", want \"[1,\"\n"
	       "# t/broken/asserts.c:92: got NULL, want \"1\"\n"
	       "# t/broken/asserts.c:93: got \"\\\"1\\\"\", want \"1\"\n");
}

E2E_TEST(failing, .timeout = 120)
{
	golden("asserts", "failing", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: failing\n"
	       "    not ok 1 - no way: 100%\n"
	       "      ---\n"
	       "      message: \"no way: 100%\"\n"
	       "      at: t/broken/asserts.c:98\n"
	       "      code: fail\n"
	       "      ...\n"
	       "    not ok 2 - with \\# and \\\\ and\\\\nnewline\n"
	       "      ---\n"
	       "      message: |\n"
	       "        with # and \\ and\n"
	       "        newline\n"
	       "      at: t/broken/asserts.c:99\n"
	       "      code: fail\n"
	       "      ...\n"
	       "    1..2\n"
	       "not ok 1 - failing\n"
	       "  ---\n"
	       "  message: \"no way: 100%\"\n"
	       "  at: t/broken/asserts.c:98\n"
	       "  code: fail\n"
	       "  failed: 2 of 2 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:98: no way: 100%\n"
	       "# t/broken/asserts.c:99: with # and \\ and\\nnewline\n");
}

E2E_TEST(eventually, .timeout = 120)
{
	golden("asserts", "eventually", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: eventually\n"
	       "    not ok 1 - ++n < 0\n"
	       "      ---\n"
	       "      message: \"still false after 0.05 s: ++n < 0\"\n"
	       "      at: t/broken/asserts.c:105\n"
	       "      code: eventually\n"
	       "      ...\n"
	       "    not ok 2 - described\n"
	       "      ---\n"
	       "      message: \"n == -1: still false after 0.05 s\"\n"
	       "      at: t/broken/asserts.c:106\n"
	       "      code: eventually\n"
	       "      ...\n"
	       "    1..2\n"
	       "not ok 1 - eventually\n"
	       "  ---\n"
	       "  message: \"still false after 0.05 s: ++n < 0\"\n"
	       "  at: t/broken/asserts.c:105\n"
	       "  code: eventually\n"
	       "  failed: 2 of 2 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:105: still false after 0.05 s: ++n < 0\n"
	       "# t/broken/asserts.c:106: n == -1: still false after 0.05 s\n");
}

E2E_TEST(must, .timeout = 120)
{
	golden("asserts", "must", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: must\n"
	       "    ok 1 - 1 is 1\n"
	       "    not ok 2 - 1 is 2\n"
	       "      ---\n"
	       "      message: \"false: 1 is 2\"\n"
	       "      at: t/broken/asserts.c:112\n"
	       "      got: 1\n"
	       "      want: 2\n"
	       "      code: is_int\n"
	       "      ...\n"
	       "    1..2\n"
	       "not ok 1 - must\n"
	       "  ---\n"
	       "  message: \"false: 1 is 2\"\n"
	       "  at: t/broken/asserts.c:112\n"
	       "  got: 1\n"
	       "  want: 2\n"
	       "  code: is_int\n"
	       "  failed: 1 of 2 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:112: got 1, want 2\n");
}

E2E_TEST(budgets, .timeout = 120)
{
	e2e_result r;
#ifdef E2E__SANITIZED
	e2e_skip("memory growth is not measured under a sanitizer");
#endif
	r = e2e_run(broken("asserts"), "-k", "^budgets$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n    not ok 1 - [0-9]+ bytes, at most 1000 bytes\n");
	e2e_like(r.err, "^# t/broken/asserts.c:[0-9]+: got [0-9]+ bytes, want at most 1000 bytes\n$");
}

E2E_TEST(subtests, .timeout = 120)
{
	golden("asserts", "subtests", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: subtests\n"
	       "    # Subtest: row 0\n"
	       "        ok 1 - i is 0\n"
	       "        1..1\n"
	       "    ok 1 - row 0\n"
	       "    # Subtest: row 1\n"
	       "        not ok 1 - i is 0\n"
	       "          ---\n"
	       "          message: \"false: i is 0\"\n"
	       "          at: t/broken/asserts.c:129\n"
	       "          got: 1\n"
	       "          want: 0\n"
	       "          code: is_int\n"
	       "          ...\n"
	       "        1..1\n"
	       "    not ok 2 - row 1\n"
	       "    # Subtest: nothing\n"
	       "        1..0 # SKIP no assertion\n"
	       "    not ok 3 - nothing\n"
	       "      ---\n"
	       "      message: \"the subtest made no assertion\"\n"
	       "      at: t/broken/asserts.c:130\n"
	       "      code: no-assertions\n"
	       "      ...\n"
	       "    # Subtest: planned\n"
	       "        ok 1\n"
	       "        1..2\n"
	       "    not ok 4 - planned\n"
	       "      ---\n"
	       "      message: \"planned 2 assertions but ran 1\"\n"
	       "      at: t/broken/asserts.c:131\n"
	       "      code: subtest\n"
	       "      ...\n"
	       "    1..4\n"
	       "not ok 1 - subtests\n"
	       "  ---\n"
	       "  message: \"false: i is 0\"\n"
	       "  at: t/broken/asserts.c:129\n"
	       "  got: 1\n"
	       "  want: 0\n"
	       "  code: is_int\n"
	       "  failed: 3 of 4 assertions\n"
	       "  ...\n",
	       "# t/broken/asserts.c:129: got 1, want 0\n"
	       "# t/broken/asserts.c:130: the subtest made no assertion\n"
	       "# t/broken/asserts.c:131: planned 2 assertions but ran 1\n");
}

E2E_TEST(todo, .timeout = 120)
{
	golden("asserts", "todo", 0,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: todo\n"
	       "    not ok 1 - 1 is 2 # TODO not \\# yet\n"
	       "      ---\n"
	       "      message: \"false: 1 is 2\"\n"
	       "      at: t/broken/asserts.c:140\n"
	       "      got: 1\n"
	       "      want: 2\n"
	       "      code: is_int\n"
	       "      ...\n"
	       "    ok 2 - 1 is 1 # TODO not yet\n"
	       "    1..2\n"
	       "ok 1 - todo\n",
	       "");
}

E2E_TEST(todo_case, .timeout = 120)
{
	golden("asserts", "todo_case", 0,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: todo_case\n"
	       "    not ok 1 - 1 is 2\n"
	       "      ---\n"
	       "      message: \"false: 1 is 2\"\n"
	       "      at: t/broken/asserts.c:146\n"
	       "      got: 1\n"
	       "      want: 2\n"
	       "      code: is_int\n"
	       "      ...\n"
	       "    1..1\n"
	       "not ok 1 - todo_case # TODO the whole case\n"
	       "  ---\n"
	       "  message: \"false: 1 is 2\"\n"
	       "  at: t/broken/asserts.c:146\n"
	       "  got: 1\n"
	       "  want: 2\n"
	       "  code: is_int\n"
	       "  failed: 1 of 1 assertions\n"
	       "  ...\n",
	       "");
}

E2E_TEST(planned, .timeout = 120)
{
	golden("asserts", "planned", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: planned\n"
	       "    ok 1\n"
	       "    1..3\n"
	       "not ok 1 - planned\n"
	       "  ---\n"
	       "  message: \"planned 3 assertions but ran 1\"\n"
	       "  at: t/broken/asserts.c:152\n"
	       "  code: plan\n"
	       "  ...\n",
	       "# t/broken/asserts.c:152: planned 3 assertions but ran 1\n");
}

E2E_TEST(comments, .timeout = 120)
{
	golden("asserts", "comments", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: comments\n"
	       "    # aloud 1\n"
	       "    # second line\n"
	       "    # quietly \\x1b[0m\n"
	       "    not ok 1 - shown\n"
	       "      ---\n"
	       "      message: \"shown\"\n"
	       "      at: t/broken/asserts.c:159\n"
	       "      code: fail\n"
	       "      ...\n"
	       "    1..1\n"
	       "not ok 1 - comments\n"
	       "  ---\n"
	       "  message: \"shown\"\n"
	       "  at: t/broken/asserts.c:159\n"
	       "  code: fail\n"
	       "  failed: 1 of 1 assertions\n"
	       "  ...\n",
	       "# aloud 1\n"
	       "# second line\n"
	       "# t/broken/asserts.c:159: shown\n");
}

/* The libc's own words are in these. */
E2E_TEST(bad_expressions)
{
	e2e_result r = e2e_run(broken("asserts"), "-k", "^bad_expressions$");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "asserts.c:[0-9]+: bad regular expression \"\\(\": ");
	e2e_like(r.err, "asserts.c:[0-9]+: bad regular expression \"\\[\": ");
}

/* What must hold when they pass: each form, with and without a description. */
E2E_TEST(passing)
{
	const char *const list[] = {"a", "b", NULL}, *const same[] = {"a", "b", NULL};
	int evaluated = 0, values[2] = {1, 2}, copy[2] = {1, 2};
	e2e_ok(list[0] != NULL);
	e2e_ok(getenv("PATH"), "a pointer is a condition");
	e2e_is_int(++evaluated, 1, "evaluated once: %d", 1);
	e2e_is_int((short)-1, -1LL);
	e2e_is_int('a', 97);
	e2e_is_int(true, 1);
	e2e_isnt_int(INTMAX_MIN, INTMAX_MAX);
	e2e_is_int(1LL << 40, 1099511627776);
	e2e_isnt_int(1LL << 40, 0, "64 bits count");
	e2e_is_uint(UINTMAX_MAX, 18446744073709551615u);
	e2e_is_double(0.1 + 0.2, 0.3, 1e-9);
	e2e_is_double(0.0 / 0.0, 0.0 / 0.0, 0, "NaN is NaN");
	e2e_is_double(1 / 0.0, 1 / 0.0, 0, "infinity is infinity");
	e2e_is_str("x", "x");
	e2e_is_str(NULL, NULL);
	e2e_isnt_str(NULL, "x");
	e2e_isnt_str("", NULL);
	e2e_is_mem(values, copy, sizeof values);
	e2e_is_mem(NULL, NULL, 3);
	e2e_is_ptr(values, &values[0]);
	e2e_like("port 4711", "^port [0-9]+$");
	e2e_unlike("port", "[0-9]");
	e2e_unlike(NULL, "x");
	e2e_cmp_int(1, "<", 2);
	e2e_cmp_int(2, "<=", 2);
	e2e_cmp_int(2, "==", 2);
	e2e_cmp_int(2, "!=", 3);
	e2e_cmp_int(2, ">=", 2);
	e2e_cmp_int(3, ">", 2);
	e2e_is_list(list, same);
	e2e_is_list(NULL, NULL);
	e2e_pass();
	e2e_pass("with %s", "words");
	e2e_must(e2e_ok(1));
	e2e_eventually(10, ++evaluated > 5, "it took %d", evaluated);
}

E2E_TEST(json_values)
{
	static const char *const equal[][2] = {
		{"[\"a\", \"b\"]", "[\"a\",\"b\"]"},
		{"{\"a\":1,\"b\":2}", " { \"b\" : 2 , \"a\" : 1 } "},
		{"1.0", "1"},
		{"1e2", "100"},
		{"-0", "0"},
		{"12345678901234567890", "12345678901234567890"},
		{"\"\\u00e9\\n\\/\"", "\"\xc3\xa9\\u000a/\""},
		{"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
		{"null", "null"},
		{"[[],{}]", "[[], {}]"},
		{"{\"a\":1,\"a\":2}", "{\"a\":2}"},
		{"\"a\\u0000b\"", "\"a\\u0000b\""}};
	static const char *const differ[][2] = {
		{"12345678901234567890", "12345678901234567891"}, {"\"a\\u0000b\"", "\"a\""}, {"true", "false"},
		{"null", "false"}, {"[]", "{}"}, {"0", "\"0\""}, {"[1]", "[1,1]"}};
	static const char *const wrong[] = {"", "[", "[1,]", "{\"a\"}", "{a:1}", "nul", "01", "1.", ".5", "+1", "\"\t\"",
					    "\"\\x\"", "\"\\ud800\"", "\"open", "[1] 2", "'a'", "{\"a\":1,}", "tru", "-",
					    "1e", "[1 2]", "\"\\u12\""};
	size_t i;
	for (i = 0; i < sizeof equal / sizeof *equal; i++)
		e2e_is_json(equal[i][0], equal[i][1], "equal: %s", equal[i][0]);
	for (i = 0; i < sizeof differ / sizeof *differ; i++) {
		const char *error;
		e2e_ok(e2e__json_differ(e2e__json_parse(differ[i][0], &error), e2e__json_parse(differ[i][1], &error)),
		       "differ: %s", differ[i][0]);
	}
	for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const char *error = NULL;
		e2e_ok(!e2e__json_parse(wrong[i], &error) && error, "wrong: %s: %s", wrong[i], error ? error : "taken");
	}
}

E2E_TEST(json_depth)
{
	const char *error = NULL;
	char deep[1001];
	memset(deep, '[', 1000);
	deep[1000] = 0;
	e2e_ok(!e2e__json_parse(deep, &error));
	e2e_like(error, "500 levels");
}

E2E_MAIN()
