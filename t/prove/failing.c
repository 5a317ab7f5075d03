/* What a failing run shows, read by somebody in a hurry: below the name of the test, each failure once, in order; annotations
 * and JUnit say the same. */
#include "driver.h"

static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};

E2E_SETUP()
{
	enter();
}

/* What stands on a terminal above the summary, in each awk. */
static void shows(const char *arguments, const char *expected)
{
	for (size_t i = 0; i < sizeof awks / sizeof *awks; i++) {
		const char *out, *end;

		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		out = e2e_run("sh", "-c", e2e_printf("\"$0\" %s 2>&1", arguments), driver).out;
		end = strstr(out, "\nTest Summary Report");
		e2e_is_str(end ? e2e_printf("%.*s", (int)(end - out), out) : out, expected, "%s: prove %s", awks[i], arguments);
	}
}

/* The lines of --github. */
static const char *annotations(const char *test)
{
	return e2e_run("sh", "-c", "\"$0\" --github --junit out.xml \"$1\" 2>/dev/null | grep ^::", driver, test).out;
}

/* ---- what belongs to which test ---- */

E2E_TEST(stderr_stands_below_the_name_of_the_test, .timeout = 120)
{
	script("a.t", "echo 1..2; echo ok 1 - one; echo of a >&2; exit 3\n");
	script("b.t", "echo 1..1; echo not ok 1 - two; echo of b >&2; exit 1\n");
	shows("a.t b.t", "a.t .. \nof a\nIts last lines:\n  1..2\n  ok 1 - one\nDubious, test returned 3 (wstat 768, 0x300)\nFailed 1/2 subtests \n"
	                 "b.t .. \nof b\nnot ok 1 - two\nDubious, test returned 1 (wstat 256, 0x100)\nFailed 1/1 subtests \n");
	shows("-j2 a.t b.t", "a.t .. \nof a\nIts last lines:\n  1..2\n  ok 1 - one\nDubious, test returned 3 (wstat 768, 0x300)\nFailed 1/2 subtests \n"
	                     "b.t .. \nof b\nnot ok 1 - two\nDubious, test returned 1 (wstat 256, 0x100)\nFailed 1/1 subtests \n");
	shows("-j2 -v b.t", "b.t .. \nof b\n1..1\nnot ok 1 - two\nDubious, test returned 1 (wstat 256, 0x100)\nFailed 1/1 subtests \n");
	shows("-q b.t", "b.t .. \nof b\nDubious, test returned 1 (wstat 256, 0x100)\nFailed 1/1 subtests \n");
	shows("-Q b.t", "of b\n");
}

E2E_TEST(stderr_below_a_bail_out)
{
	script("a.t", "echo 1..1; echo why >&2; echo Bail out! no room; exit 1\n");
	shows("a.t", "Bailout called.  Further testing stopped:  no room\na.t .. \nwhy\nDubious, test returned 1 (wstat 256, 0x100)\nFailed 1/1 subtests \n");
}

/* ---- once, and in order ---- */

E2E_TEST(points_with_and_without_details, .timeout = 120)
{
	stream("a.t", "not ok 1 - one\nnot ok 2 - two\n# of two\nnot ok 3\nnot ok 4 - four\n1..4\n", 1);
	shows("a.t", "a.t .. \nnot ok 1 - one\nnot ok 2 - two\n  of two\nnot ok 4 - four\nDubious, test returned 1 (wstat 256, 0x100)\nFailed 4/4 subtests \n");
	e2e_is_str(annotations("a.t"), "::error title=a.t::one\n::error title=a.t::two%0A  of two\n::error title=a.t::not ok 3\n::error title=a.t::four\n");
}

/* A name is told by who says more of it. */
E2E_TEST(points_that_stderr_names, .timeout = 120)
{
	script("a.t", "echo 1..2; echo not ok 1 - named; echo not ok 2 - other; echo 'failed: named, because' >&2; exit 1\n");
	shows("a.t", "a.t .. \nfailed: named, because\nnot ok 2 - other\nDubious, test returned 1 (wstat 256, 0x100)\nFailed 2/2 subtests \n");
}

E2E_TEST(a_last_comment_without_a_plan, .timeout = 120)
{
	stream("a.t", "not ok 1 - one\n# of one\n", 1);
	shows("a.t", "a.t .. \nnot ok 1 - one\n  of one\nDubious, test returned 1 (wstat 256, 0x100)\nFailed 1/1 subtests \n");
}

/* ---- annotations and JUnit ---- */

static void both(const char *status, const char *notes, const char *kind, const char *message, const char *text)
{
	const char *xml;

	e2e_is_str(annotations("a.t"), notes, "%s", status);
	xml = read_file("out.xml");
	e2e_ok(strstr(xml, e2e_printf("<%s type=\"", kind)) && strstr(xml, e2e_printf(" message=\"%s\">%s</%s>", message, text, kind)), "%s: %s", status, xml);
}

E2E_TEST(a_program_that_says_why_on_stderr, .timeout = 120)
{
	script("a.t", "echo 1..1; echo 'no such file' >&2; exit 3\n");
	both("an exit", "::error title=a.t::Exit status 3%0ABad plan.  You planned 1 tests but ran 0.%0AOn stderr:%0A  no such file\n", "error", "Exit status 3",
	     "Exit status 3\nBad plan.  You planned 1 tests but ran 0.\nOn stderr:\n  no such file\n");
	script("a.t", "i=0; while [ $i -lt 30 ]; do i=$((i + 1)); echo line $i >&2; done; exit 1\n");
	e2e_like(annotations("a.t"), "tap output%0AOn stderr:%0A  line 21%0A[^\n]*  line 30\n|No plan found in TAP output%0AOn stderr:%0A  line 21%0A[^\n]*  line 30\n");
}

E2E_TEST(a_failure_and_what_came_of_it, .timeout = 120)
{
	stream("a.t", "1..3\nnot ok 1 - one\nok 2\nBail out! no room\n", 0);
	both("a bail out", "::error title=a.t::one\n::error title=a.t::Bail out! no room%0ABad plan.  You planned 3 tests but ran 2.\n", "error",
	     "Bail out! no room", "Bail out! no room\nBad plan.  You planned 3 tests but ran 2.\n");
}

E2E_TEST(the_one_failure_is_told_by_stderr, .timeout = 120)
{
	script("a.t", "echo 1..2; echo not ok 1 - compile x; echo ok 2 - other; echo 'In file included from y.h' >&2; echo './x.c:2:38: error: no semicolon' >&2; exit 1\n");
	both("a compiler", "::error file=./x.c,line=2::compile x%0AOn stderr:%0A  ./x.c:2:38: error: no semicolon\n", "failure", "./x.c:2:38: error: no semicolon",
	     "not ok 1 - compile x\nOn stderr:\n  ./x.c:2:38: error: no semicolon\n");
	script("a.t", "echo 1..1; echo not ok 1 - one; echo first >&2; echo last >&2; exit 1\n");
	both("a script", "::error title=a.t::one%0AOn stderr:%0A  first%0A  last\n", "failure", "last", "not ok 1 - one\nOn stderr:\n  first\n  last\n");
}

E2E_TEST(what_a_subtest_says_on_stderr, .timeout = 120)
{
	script("a.t", "echo '    not ok 1 - deep'; echo '    1..1'; echo 'not ok 1 - outer'; echo 1..1\n"
	              "printf '    #   Failed test %sdeep%s\\n    #   at a.t line 5.\\n#   Failed test %souter%s\\n#   at a.t line 6.\\n' \"'\" \"'\" \"'\" \"'\" >&2; exit 1\n");
	e2e_is_str(annotations("a.t"), "::error file=a.t,line=5::outer%0A  not ok 1 - deep%0A      at a.t line 5.%0A    at a.t line 6.\n");
}

/* ---- subtests ---- */

#define FAILED "Dubious, test returned 1 (wstat 256, 0x100)\nFailed 1/1 subtests \n"

E2E_TEST(from_the_outermost_to_the_failure, .timeout = 120)
{
	stream("a.t", "TAP version 14\n1..1\n# Subtest: outer\n    ok 1 - fine\n    # Subtest: middle\n        not ok 1 - first\n          ---\n          message: one\n"
	              "          at: x.c:1\n          ...\n        # Subtest: inner\n            not ok 1 - leaf\n              ---\n              message: two\n"
	              "              at: x.c:2\n              ...\n            1..1\n        not ok 2 - inner\n        not ok 3 - last\n        1..3\n"
	              "    not ok 2 - middle\n    not ok 3 - beside\n    1..3\nnot ok 1 - outer\n", 1);
	shows("a.t", "a.t .. \nnot ok 1 - outer\n  not ok 2 - middle\n    not ok 1 - first\nx.c:1: one\n    not ok 2 - inner\n      not ok 1 - leaf\nx.c:2: two\n"
	             "    not ok 3 - last\n  not ok 3 - beside\n" FAILED);
	stream("a.t", "1..1\n        not ok 1 - deep\n        1..1\n    not ok 1 - middle\n    not ok 2 - beside\n    1..2\nnot ok 1 - outer\n", 1);
	shows("a.t", "a.t .. \nnot ok 1 - outer\n  not ok 1 - middle\n    not ok 1 - deep\n  not ok 2 - beside\n" FAILED);
}

/* ---- names and values ---- */

E2E_TEST(names_without_the_escapes_of_tap, .timeout = 120)
{
	stream("a.t", "TAP version 14\n1..1\n# Subtest: a\n    not ok 1 - a\\\\n \\# b\n    1..1\nnot ok 1 - \\\\\\# c\\d\n", 1);
	shows("a.t", "a.t .. \nnot ok 1 - \\# c\\d\n  not ok 1 - a\\n # b\n" FAILED);
	stream("a.t", "1..1\nnot ok 1 - c\\\\d\n", 1);
	shows("a.t", "a.t .. \nnot ok 1 - c\\\\d\n" FAILED);
}

E2E_TEST(texts_that_differ_in_one_line, .timeout = 120)
{
	stream("a.t", "TAP version 14\n1..1\nnot ok 1 - a\n  ---\n  message: \"false: it\"\n  at: x.c:4\n  got: \"a\\nc\\nd\\n\"\n  want: \"a\\nX\\nd\\n\"\n"
	              "  diff: |\n      a\n    - X\n    + c\n      d\n  ...\n", 1);
	shows("a.t", "a.t .. \nnot ok 1 - a\nx.c:4: line 2: got \"c\", want \"X\"\n  diff:\n      a\n    - X\n    + c\n      d\n" FAILED);
}

E2E_TEST(values_of_tape, .timeout = 120)
{
	stream("a.t", "TAP version 13\nnot ok 1 same\n  ---\n    operator: deepEqual\n    expected: |-\n      { b: 3 }\n    actual: |-\n      { b: 4 }\n"
	              "    at: Test.<anonymous> (/tmp/tape.js:6:5)\n  ...\n1..1\n", 1);
	shows("a.t", "a.t .. \nnot ok 1 same\n/tmp/tape.js:6:5: got { b: 4 }, want { b: 3 }\n  operator: deepEqual\n" FAILED);
	stream("a.t", "TAP version 13\nnot ok 1 same\n  ---\n    operator: deepEqual\n    expected: |-\n      a\n      b\n    actual: |-\n      a\n      c\n"
	              "    at: /tmp/tape.js:6:5\n  ...\n1..1\n", 1);
	shows("a.t", "a.t .. \nnot ok 1 same\n/tmp/tape.js:6:5: deepEqual\n  operator: deepEqual\n  expected:\n    a\n    b\n  actual:\n    a\n    c\n" FAILED);
}

E2E_TEST(values_of_node, .timeout = 120)
{
	stream("a.t", "TAP version 13\n# Subtest: math\n    # Subtest: adds\n    not ok 1 - adds\n      ---\n      duration_ms: 0.61\n      type: 'test'\n"
	              "      location: '/tmp/n.mjs:4:3'\n      failureType: 'testCodeFailure'\n      error: |-\n        Expected values to be strictly equal:\n        \n        4 !== 5\n        \n"
	              "      code: 'ERR_ASSERTION'\n      name: 'AssertionError'\n      expected: 5\n      actual: 4\n      operator: 'strictEqual'\n      ...\n    1..1\nnot ok 1 - math\n"
	              "  ---\n  duration_ms: 2.3\n  type: 'suite'\n  location: '/tmp/n.mjs:3:1'\n  failureType: 'subtestsFailed'\n  error: '1 subtest failed'\n  ...\n1..1\n", 1);
	shows("a.t", "a.t .. \nnot ok 1 - math\n  not ok 1 - adds\n/tmp/n.mjs:4:3: got 4, want 5\n    operator: 'strictEqual'\n" FAILED);
	e2e_is_str(annotations("a.t"), "::error file=/tmp/n.mjs,line=4::got 4, want 5\n");
	stream("a.t", "TAP version 13\nnot ok 1 - throws\n  ---\n  location: 'n.mjs:4:3'\n  failureType: 'testCodeFailure'\n  error: |-\n    no route\n    to host\n  ...\n1..1\n", 1);
	shows("a.t", "a.t .. \nnot ok 1 - throws\nn.mjs:4:3: no route\n  error:\n    no route\n    to host\n" FAILED);
}

/* Its own diff stands for the values, and of the stack what the author wrote. */
E2E_TEST(a_diff_of_node, .timeout = 120)
{
	stream("a.t", "TAP version 13\nnot ok 1 - deep\n  ---\n  location: 'n.mjs:2:9'\n  failureType: 'testCodeFailure'\n  error: |-\n    Expected values to be strictly deep-equal:\n"
	              "    + actual - expected\n    \n      {\n    +   c: 4\n    -   c: 5\n      }\n  expected:\n    c: 5\n  actual:\n    c: 4\n  stack: |-\n"
	              "    TestContext.<anonymous> (file:///n.mjs:2:30)\n    Test.run (node:internal/test_runner/test:796:25)\n    f (/x/node_modules/y/z.js:1:2)\n  ...\n1..1\n", 1);
	shows("a.t", "a.t .. \nnot ok 1 - deep\nn.mjs:2:9: Expected values to be strictly deep-equal:\n  error:\n    Expected values to be strictly deep-equal:\n"
	             "    + actual - expected\n    \n      {\n    +   c: 4\n    -   c: 5\n      }\n  stack:\n    TestContext.<anonymous> (file:///n.mjs:2:30)\n" FAILED);
}

/* What repeats a case is told behind a value of any length, and what was left out is counted. */
E2E_TEST(a_diff_of_a_thousand_lines, .timeout = 120)
{
	e2e_result r;
	script("a.t", "printf 'TAP version 14\\n1..1\\nnot ok 1 - a\\n  ---\\n  message: they differ\\n  at: x.c:3\\n  diff: |\\n'\n"
	              "i=0; while [ $i -lt 1000 ]; do i=$((i + 1)); echo \"    - line $i\"; done; echo '  repeat: ./x -k a'; echo '  ...'; exit 1\n");
	for (size_t i = 0; i < sizeof awks / sizeof *awks; i++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		r = e2e_run(driver, "a.t");
		e2e_like(r.out, "\nx\\.c:3: they differ\n  diff:\n    - line 1\n    - line 2\n(    - line [0-9]+\n)+  repeat: \\./x -k a\n\\.\\.\\. 98[0-9] more lines: prove -v a\\.t shows them\nDubious", "%s",
		         awks[i]);
	}
}

/* ---- programs that don't start or end ---- */

E2E_TEST(files_that_can_not_be_run, .timeout = 120)
{
	e2e_result r;
	spell("a.t", "#!/no/such/sh\necho 1..1\n", 24, 0755);
	r = e2e_run(driver, "--github", "--junit", "out.xml", "a.t");
	e2e_like(r.out, "^a\\.t \\.\\. \nIts first line names /no/such/sh to run it, which is not there: install it, or correct the line\nDubious, test returned 12[67] ");
	e2e_like(r.out, "\n::error title=a\\.t::Exit status 12[67]%0ANo plan found in TAP output%0AIts first line names /no/such/sh ");
	e2e_ok(strstr(read_file("out.xml"), "\nIts first line names /no/such/sh to run it") != NULL);
	spell("a.t", "#!/bin/sh\r\necho 1..1\r\n", 22, 0755);
	e2e_like(e2e_run(driver, "a.t").out, "^a\\.t \\.\\. \nIts first line ends in a carriage return, ");
	spell("a.t", "", 0, 0755);
	e2e_like(e2e_run(driver, "a.t").out, "^a\\.t \\.\\. \nThe file is empty\nNo subtests run ");
	script("a.t", "exit 127\n");
	e2e_like(e2e_run(driver, "a.t").out, "^a\\.t \\.\\. \nDubious, test returned 127 ", "there is a shell");
}

E2E_MAIN()
