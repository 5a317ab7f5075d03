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

E2E_MAIN()
