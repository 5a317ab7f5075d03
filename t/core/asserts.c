/* Reports of failing assertions, compared whole: t/core/broken/asserts.c fails on purpose. */
#include "../golden.h"

E2E_TEST(ok, .timeout = 120)
{
	golden("asserts", "ok", 1);
}

E2E_TEST(integers, .timeout = 120)
{
	golden("asserts", "integers", 1);
}

#ifdef __SIZEOF_INT128__
E2E_TEST(wide_integers, .timeout = 120)
{
	golden("asserts", "wide_integers", 1);
}
#endif

E2E_TEST(doubles, .timeout = 120)
{
	golden("asserts", "doubles", 1);
}

E2E_TEST(strings, .timeout = 120)
{
	golden("asserts", "strings", 1);
}

E2E_TEST(lines, .timeout = 120)
{
	golden("asserts", "lines", 1);
}

E2E_TEST(memory, .timeout = 120)
{
	golden("asserts", "memory", 1);
}

E2E_TEST(pointers, .timeout = 120)
{
	golden("asserts", "pointers", 1);
}

E2E_TEST(regular_expressions, .timeout = 120)
{
	golden("asserts", "regular_expressions", 1);
}

E2E_TEST(output_of_lines, .timeout = 120)
{
	golden("asserts", "output_of_lines", 1);
}

E2E_TEST(look_alikes, .timeout = 120)
{
	golden("asserts", "look_alikes", 1);
}

E2E_TEST(long_texts, .timeout = 120)
{
	golden("asserts", "long_texts", 1);
}

E2E_TEST(lists, .timeout = 120)
{
	golden("asserts", "lists", 1);
}

E2E_TEST(json, .timeout = 120)
{
	golden("asserts", "json", 1);
}

E2E_TEST(failing, .timeout = 120)
{
	golden("asserts", "failing", 1);
}

E2E_TEST(eventually, .timeout = 120)
{
	golden("asserts", "eventually", 1);
}

E2E_TEST(must, .timeout = 120)
{
	golden("asserts", "must", 1);
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
	e2e_like(r.err, "^# t/core/broken/asserts.c:[0-9]+: over the budget: got [0-9]+ bytes, want at most 1000 bytes\n$");
}

E2E_TEST(subtests, .timeout = 120)
{
	golden("asserts", "subtests", 1);
}

E2E_TEST(todo, .timeout = 120)
{
	golden("asserts", "todo", 0);
}

E2E_TEST(todo_case, .timeout = 120)
{
	golden("asserts", "todo_case", 0);
}

E2E_TEST(planned, .timeout = 120)
{
	golden("asserts", "planned", 1);
}

E2E_TEST(descriptions, .timeout = 120)
{
	golden("asserts", "descriptions", 1);
}

/* Eight bytes are looked at in one go: each byte that must be escaped, at each place of texts of each length. */
E2E_TEST(descriptions_that_need_no_escape)
{
	int wrong = 0, byte;
	size_t n, at;

	for (n = 1; n < 20; n++)
		for (at = 0; at < n; at++)
			for (byte = 1; byte < 256; byte++) {
				char text[24] = "xxxxxxxxxxxxxxxxxxxx";
				bool plain = byte >= ' ' && byte < 0x7f && byte != '#' && byte != '\\';

				text[n] = 0;
				text[at] = (char)byte;
				wrong += e2e__point_plain_length(text) != (plain ? n : 0);
			}
	e2e_is_int(wrong, 0);
}

E2E_TEST(comments, .timeout = 120)
{
	golden("asserts", "comments", 1);
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
