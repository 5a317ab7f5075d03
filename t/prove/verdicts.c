/* What prove says of every kind of stream: the whole report, and the same verdict as Perl's prove. */
#include "driver.h"

struct row {
	const char *name, *tap;
	int status; /* the test's own */
	int exit;   /* prove's */
	const char *report;
};

#define SUMMARY "\nTest Summary Report\n-------------------\n"
#define END(files, tests, result) "Files=" #files ", Tests=" #tests ", TIMES\nResult: " result "\n"

static const struct row rows[] = {
	{"plan first", "1..2\nok 1\nok 2\n", 0, 0, "a.t .. ok\nAll tests successful.\n" END(1, 2, "PASS")},
	{"plan last", "ok 1\nok 2\n1..2\n", 0, 0, "a.t .. ok\nAll tests successful.\n" END(1, 2, "PASS")},
	{"plan in the middle", "ok 1\n1..2\nok 2\n", 0, 1,
	 "a.t .. \nAll 2 subtests passed \n" SUMMARY "a.t (Wstat: 0 Tests: 2 Failed: 0)\n"
	 "  Parse errors: Plan (1..2) must be at the beginning or end of the TAP output\n" END(1, 2, "FAIL")},
	{"two plans", "1..1\nok 1\n1..1\n", 0, 1,
	 "a.t .. \nAll 1 subtests passed \n" SUMMARY "a.t (Wstat: 0 Tests: 1 Failed: 0)\n"
	 "  Parse errors: More than one plan found in TAP output\n" END(1, 1, "FAIL")},
	{"no plan", "ok 1\n", 0, 1,
	 "a.t .. \nAll 1 subtests passed \n" SUMMARY "a.t (Wstat: 0 Tests: 1 Failed: 0)\n"
	 "  Parse errors: No plan found in TAP output\n" END(1, 1, "FAIL")},
	{"nothing at all", "", 0, 1,
	 "a.t .. \nNo subtests run \n" SUMMARY "a.t (Wstat: 0 Tests: 0 Failed: 0)\n"
	 "  Parse errors: No plan found in TAP output\n" END(1, 0, "FAIL")},
	{"too few", "1..3\nok 1\nok 2\n", 0, 1,
	 "a.t .. \nFailed 1/3 subtests \n" SUMMARY "a.t (Wstat: 0 Tests: 2 Failed: 0)\n"
	 "  Parse errors: Bad plan.  You planned 3 tests but ran 2.\n" END(1, 2, "FAIL")},
	{"too many", "1..1\nok 1\nok 2 # TODO x\n", 0, 1,
	 "a.t .. \nAll 1 subtests passed \n\t(1 TODO test unexpectedly succeeded)\n" SUMMARY
	 "a.t (Wstat: 0 Tests: 2 Failed: 1)\n  Failed test:  2\n  TODO passed:   2\n"
	 "  Parse errors: Bad plan.  You planned 1 tests but ran 2.\n" END(1, 2, "FAIL")},
	{"out of sequence", "1..3\nok 1\nok 3\nok 2\n", 0, 1,
	 "a.t .. \nAll 3 subtests passed \n" SUMMARY "a.t (Wstat: 0 Tests: 3 Failed: 0)\n"
	 "  Parse errors: Tests out of sequence.  Found (3) but expected (2)\n"
	 "                Tests out of sequence.  Found (2) but expected (3)\n" END(1, 3, "FAIL")},
	{"one failure", "1..3\nok 1\nnot ok 2 - add\nok 3\n", 1, 1,
	 "a.t .. \nnot ok 2 - add\nDubious, test returned 1 (wstat 256, 0x100)\nFailed 1/3 subtests \n" SUMMARY
	 "a.t (Wstat: 256 (exited 1) Tests: 3 Failed: 1)\n  Failed test:  2\n  Non-zero exit status: 1\n"
	 END(1, 3, "FAIL")},
	{"ranges", "1..8\nnot ok 1\nnot ok 2\nnot ok 3\nok 4\nnot ok 5\nok 6\nnot ok 7\nnot ok 8\n", 0, 1,
	 "a.t .. \nFailed 6/8 subtests \n" SUMMARY "a.t (Wstat: 0 Tests: 8 Failed: 6)\n  Failed tests:  1-3, 5, 7-8\n"
	 END(1, 8, "FAIL")},
	{"numbers missing", "1..3\nok\nok - x\nok 3\n", 0, 0, "a.t .. ok\nAll tests successful.\n" END(1, 3, "PASS")},
	{"all skipped", "1..0 # SKIP no nc here\n", 0, 0, "a.t .. skipped: no nc here\nSkipped: 1\n    1  no nc here\n" END(1, 0, "NOTESTS")},
	{"all skipped, no reason", "1..0\n", 0, 0, "a.t .. skipped: (no reason given)\nSkipped: 1\n    1  (no reason given)\n" END(1, 0, "NOTESTS")},
	{"all skipped and a bad exit", "1..0 # SKIP x\n", 3, 1,
	 "a.t .. skipped: x\n" SUMMARY "a.t (Wstat: 768 (exited 3) Tests: 0 Failed: 0)\n  Non-zero exit status: 3\n"
	 END(1, 0, "FAIL")},
	{"words after the plan", "1..1 # words\nok 1\n", 0, 1,
	 "a.t .. \nAll 1 subtests passed \n" SUMMARY "a.t (Wstat: 0 Tests: 1 Failed: 0)\n"
	 "  Parse errors: No plan found in TAP output\n" END(1, 1, "FAIL")},
	{"todo", "1..2\nnot ok 1 # TODO later\nok 2\n", 0, 0, "a.t .. ok\nAll tests successful.\nKnown failures: 1\n    1  later\n" END(1, 2, "PASS")},
	{"todo that passes", "1..2\nok 1 # TODO later\nok 2\n", 0, 0,
	 "a.t .. ok\nAll tests successful.\n" SUMMARY "a.t (Wstat: 0 Tests: 2 Failed: 0)\n  TODO passed:   1\n"
	 END(1, 2, "PASS")},
	{"skip", "1..3\nok 1 # SKIP later\nok 2 # skip\nnot ok 3\n", 0, 1,
	 "a.t .. \nFailed 1/3 subtests \n\t(less 2 skipped subtests: 0 okay)\n" SUMMARY
	 "a.t (Wstat: 0 Tests: 3 Failed: 1)\n  Failed test:  3\nSkipped: 2\n    1  (no reason given)\n    1  later\n" END(1, 3, "FAIL")},
	{"a failed skip", "1..1\nnot ok 1 # SKIP later\n", 0, 1,
	 "a.t .. \nFailed 1/1 subtests \n\t(less 1 skipped subtest: -1 okay)\n" SUMMARY "a.t (Wstat: 0 Tests: 1 Failed: 1)\n  Failed test:  1\n"
	 END(1, 1, "FAIL")},
	{"no directives", "1..2\nnot ok 1 # Skipped: x\nnot ok 2 \\# TODO x\n", 0, 1,
	 "a.t .. \nnot ok 1 # Skipped: x\nnot ok 2 \\# TODO x\nFailed 2/2 subtests \n" SUMMARY
	 "a.t (Wstat: 0 Tests: 2 Failed: 2)\n  Failed tests:  1-2\n" END(1, 2, "FAIL")},
	{"bail out", "1..3\nok 1\nBail out! no database\n", 255, 255,
	 "Bailout called.  Further testing stopped:  no database\na.t .. \n"
	 "Dubious, test returned 255 (wstat 65280, 0xff00)\nFailed 2/3 subtests \n" SUMMARY
	 "a.t (Wstat: 65280 (exited 255) Tests: 1 Failed: 0)\n  Non-zero exit status: 255\n"
	 "  Parse errors: Bad plan.  You planned 3 tests but ran 1.\n" END(1, 1, "FAIL")},
	{"a bail out in lower case is none", "1..1\nok 1\nbail out! x\n", 0, 0,
	 "a.t .. ok\nAll tests successful.\n" END(1, 1, "PASS")},
	{"exit status alone", "1..1\nok 1\n", 3, 1,
	 "a.t .. \nDubious, test returned 3 (wstat 768, 0x300)\nAll 1 subtests passed \n" SUMMARY
	 "a.t (Wstat: 768 (exited 3) Tests: 1 Failed: 0)\n  Non-zero exit status: 3\n" END(1, 1, "FAIL")},
	{"not TAP", "hello\n1..1\nOK 1\nnot  ok 3\nokay\nok 1\n", 0, 0,
	 "a.t .. ok\nAll tests successful.\n" END(1, 1, "PASS")},
	{"CRLF", "1..2\r\nok 1\r\nok 2\r\n", 0, 0, "a.t .. ok\nAll tests successful.\n" END(1, 2, "PASS")},
	{"no final newline", "1..1\nok 1", 0, 0, "a.t .. ok\nAll tests successful.\n" END(1, 1, "PASS")},
	{"version 13", "TAP version 13\n1..1\nok 1\n", 0, 0, "a.t .. ok\nAll tests successful.\n" END(1, 1, "PASS")},
	{"version 12", "TAP version 12\n1..1\nok 1\n", 0, 1,
	 "a.t .. \nAll 1 subtests passed \n" SUMMARY "a.t (Wstat: 0 Tests: 1 Failed: 0)\n"
	 "  Parse errors: Explicit TAP version must be at least 13. Got version 12\n" END(1, 1, "FAIL")},
	{"late version", "1..1\nTAP version 13\nok 1\n", 0, 1,
	 "a.t .. \nAll 1 subtests passed \n" SUMMARY "a.t (Wstat: 0 Tests: 1 Failed: 0)\n"
	 "  Parse errors: If TAP version is present it must be the first line of output\n" END(1, 1, "FAIL")},
	{"strict", "TAP version 13\npragma +strict\n1..1\nrubbish\nok 1\n", 0, 1,
	 "a.t .. \nAll 1 subtests passed \n" SUMMARY "a.t (Wstat: 0 Tests: 1 Failed: 0)\n"
	 "  Parse errors: Unknown TAP token: \"rubbish\"\n" END(1, 1, "FAIL")},
	{"strict, and off again", "TAP version 13\npragma +strict\npragma -strict\n1..1\nrubbish\nok 1\n", 0, 0,
	 "a.t .. ok\nAll tests successful.\n" END(1, 1, "PASS")},
	{"todo in the plan", "1..3 todo 2 3\nok 1\nnot ok 2\nok 3\n", 0, 0,
	 "a.t .. ok\nAll tests successful.\n" SUMMARY "a.t (Wstat: 0 Tests: 3 Failed: 0)\n  TODO passed:   3\n"
	 "Known failures: 1\n    1  (no reason given)\n" END(1, 3, "PASS")},
	{"a million millions planned", "1..1000000000000\nok 1\n", 0, 1,
	 "a.t .. \nFailed 999999999999/1000000000000 subtests \n" SUMMARY "a.t (Wstat: 0 Tests: 1 Failed: 0)\n"
	 "  Parse errors: Bad plan.  You planned 1000000000000 tests but ran 1.\n" END(1, 1, "FAIL")},
	{"a number of 20 digits", "1..1\nok 100000000000000000000\n", 0, 1,
	 "a.t .. \nAll 1 subtests passed \n" SUMMARY "a.t (Wstat: 0 Tests: 1 Failed: 0)\n"
	 "  Parse errors: Tests out of sequence.  Found (100000000000000000000) but expected (1)\n" END(1, 1, "FAIL")},
	{"many errors", "1..7\nok 2\nok 3\nok 4\nok 5\nok 6\nok 7\nok 8\n", 0, 1,
	 "a.t .. \nAll 7 subtests passed \n" SUMMARY "a.t (Wstat: 0 Tests: 7 Failed: 0)\n"
	 "  Parse errors: Tests out of sequence.  Found (2) but expected (1)\n"
	 "                Tests out of sequence.  Found (3) but expected (2)\n"
	 "                Tests out of sequence.  Found (4) but expected (3)\n"
	 "                Tests out of sequence.  Found (5) but expected (4)\n"
	 "                Tests out of sequence.  Found (6) but expected (5)\n"
	 "Displayed the first 5 of 7 TAP syntax errors.\nRe-run prove with the -p option to see them all.\n"
	 END(1, 7, "FAIL")},
};

enum { NROWS = sizeof rows / sizeof *rows };

E2E_SETUP()
{
	enter();
}

E2E_TEST(reports)
{
	size_t i;
	for (i = 0; i < NROWS; i++) {
		e2e_result r;
		stream("a.t", rows[i].tap, rows[i].status);
		r = e2e_run(driver, "a.t");
		e2e_is_str(tidy(r.out), rows[i].report, "%s: report", rows[i].name);
		e2e_is_int(r.status, rows[i].exit, "%s: exit status", rows[i].name);
	}
}

/* Perl's prove, if that is what PATH has under this name. */
static const char *perl_prove(void)
{
	const char *path = e2e_require_command("prove");
	e2e_result r = e2e_run(path, "--version");
	e2e_skip_if(!strstr(r.out, "TAP::Harness"), "%s is not Perl's prove", path);
	return path;
}

/* Why something was skipped or is known to fail is told by ours only. */
static char *less_reasons(char *report)
{
	char *from = strstr(report, "Skipped: "), *end;
	if (!from || (from > report && from[-1] != '\n'))
		from = strstr(report, "Known failures: ");
	end = from ? strstr(from, "Files=") : NULL;
	if (end)
		memmove(from, end, strlen(end) + 1);
	return report;
}

/* The report of Perl's prove, less the details of failures that ours adds to it. Left out: a bail out, which differs on
 * purpose, and a number that Perl prints as 1e+20. */
E2E_TEST(same_as_perl, .timeout = 120)
{
	const char *perl = perl_prove();
	size_t i;
	for (i = 0; i < NROWS; i++) {
		e2e_result ours, theirs;
		if (strstr(rows[i].tap, "Bail") || strstr(rows[i].tap, "00000000000000000000"))
			continue;
		stream("a.t", rows[i].tap, rows[i].status);
		ours = e2e_run(driver, "-f", "a.t");
		theirs = e2e_run(perl, "-f", "a.t");
		e2e_is_str(less_reasons(tidy(ours.out)), tidy(theirs.out), "%s", rows[i].name);
		e2e_is_int(ours.status, theirs.status, "%s: exit status", rows[i].name);
	}
}

E2E_TEST(same_as_perl_with_every_line, .timeout = 120)
{
	const char *perl = perl_prove();
	size_t i;
	for (i = 0; i < NROWS; i++) {
		e2e_result ours, theirs;
		/* ours shows the lines of a skipped test too, and takes carriage returns off */
		if (strstr(rows[i].tap, "Bail") || strstr(rows[i].tap, "00000000000000000000") ||
		    strstr(rows[i].tap, "1..0") || strchr(rows[i].tap, '\r'))
			continue;
		stream("a.t", rows[i].tap, rows[i].status);
		ours = e2e_run(driver, "-v", "a.t");
		theirs = e2e_run(perl, "-v", "a.t");
		e2e_is_str(less_reasons(tidy(ours.out)), tidy(theirs.out), "%s", rows[i].name);
	}
}

E2E_TEST(ranges_are_wrapped)
{
	script("a.t", "echo 1..60; i=0; while [ $i -lt 60 ]; do i=$((i+1)); [ $((i % 3)) = 0 ] && echo ok $i || echo not ok $i; done\n");
	e2e_is_str(tidy(e2e_run(driver, "a.t").out),
	           "a.t .. \nFailed 40/60 subtests \n" SUMMARY "a.t (Wstat: 0 Tests: 60 Failed: 40)\n"
	           "  Failed tests:  1-2, 4-5, 7-8, 10-11, 13-14, 16-17, 19-20\n"
	           "                22-23, 25-26, 28-29, 31-32, 34-35, 37-38\n"
	           "                40-41, 43-44, 46-47, 49-50, 52-53, 55-56\n"
	           "                58-59\n" END(1, 60, "FAIL"));
}

/* 35 points of which the k-th is another line. */
static void points_but(const char *name, int k, const char *other)
{
	E2E__BUF(b, 1024);
	e2e__buf_adds(&b, "1..35\n");
	for (int i = 1; i <= 35; i++)
		if (i == k)
			e2e__buf_addf(&b, "%s\n", other);
		else
			e2e__buf_addf(&b, "ok %d - point\n", i);
	stream(name, b.p, 0);
	e2e__buf_free(&b);
}

/* Plain points are read ten at a time; what isn't plain is seen wherever in the ten it stands. */
E2E_TEST(every_place_in_a_row_of_points, .timeout = 120)
{
	e2e_result r;
	for (int k = 9; k <= 30; k++) {
		points_but(e2e_printf("t/todo%d.t", k), k, e2e_printf("ok %d - x # TODO later", k));
		points_but(e2e_printf("t/not%d.t", k), k, e2e_printf("not ok %d - x", k));
		points_but(e2e_printf("t/number%d.t", k), k, e2e_printf("ok %d - x", k + 100));
		points_but(e2e_printf("t/longer%d.t", k), k, e2e_printf("ok %d1 - x", k));
	}
	r = e2e_run(driver, "t");
	for (int k = 9; k <= 30; k++) {
		e2e_like(r.out, e2e_printf("\nt/todo%d\\.t +\\(Wstat: 0 Tests: 35 Failed: 0\\)\n  TODO passed: +%d\n", k, k));
		e2e_like(r.out, e2e_printf("\nt/not%d\\.t +\\(Wstat: 0 Tests: 35 Failed: 1\\)\n  Failed test: +%d\n", k, k));
		e2e_like(r.out, e2e_printf("Found \\(%d\\) but expected \\(%d\\)\n", k + 100, k));
		e2e_like(r.out, e2e_printf("Found \\(%d1\\) but expected \\(%d\\)\n", k, k));
	}
}

E2E_TEST(signals)
{
	e2e_result r;
	script("a.t", "echo 1..1; echo ok 1; kill -TERM $$\n");
	r = e2e_run(driver, "a.t");
	e2e_is_str(tidy(r.out),
	           "a.t .. \nAll 1 subtests passed \n" SUMMARY "a.t (Wstat: 15 (Signal: TERM) Tests: 1 Failed: 0)\n"
	           "  Non-zero wait status: 15\n" END(1, 1, "FAIL"));
	e2e_is_int(r.status, 1);
	r = e2e_run(driver, "--ignore-exit", "a.t");
	e2e_is_str(tidy(r.out), "a.t .. ok\nAll tests successful.\n" END(1, 1, "PASS"));
}

E2E_TEST(several_tests_after_a_bail_out)
{
	e2e_result r;
	stream("a.t", "1..1\nok 1\n", 0);
	stream("b.t", "1..2\nok 1\nBail out!\n", 0);
	script("c.t", "touch began; echo 1..1; echo ok 1\n");
	script("d.t", "touch began; echo 1..1; echo ok 1\n");
	stream("b2.t", "1..1\nBail out! why\n", 99);
	r = e2e_run(driver, "a.t", "b2.t", "c.t", "d.t");
	e2e_is_int(r.status, 255);
	e2e_is_str(r.err, "FAILED--Further testing stopped: why\n");
	e2e_is_int(access("began", F_OK), -1, "no test is begun after a bail out");
	e2e_is_str(tidy(r.out),
	           "a.t ... ok\nBailout called.  Further testing stopped:  why\nb2.t .. \n"
	           "Dubious, test returned 99 (wstat 25344, 0x6300)\nFailed 1/1 subtests \n" SUMMARY
	           "b2.t (Wstat: 25344 (exited 99) Tests: 0 Failed: 0)\n  Non-zero exit status: 99\n"
	           "  Parse errors: Bad plan.  You planned 1 tests but ran 0.\n" END(2, 1, "FAIL"));
	r = e2e_run(driver, "a.t", "b.t");
	e2e_is_str(r.err, "FAILED--Further testing stopped.\n");
}

E2E_MAIN()
