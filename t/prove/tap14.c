/* Streams of version 14: subtests, YAML blocks, pragmas, escapes; and where version 14 judges otherwise than Perl. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

static void passes(const char *what, const char *tap)
{
	e2e_result r;
	stream("a.t", e2e_printf("TAP version 14\n%s", tap), 0);
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 0, "%s passes", what);
	e2e_like(r.out, "^a\\.t \\.\\. (ok|skipped: .*)\n", "%s: report", what);
}

/* The stream fails, and the summary gives this reason. */
static void fails(const char *what, const char *tap, const char *reason)
{
	e2e_result r;
	stream("a.t", e2e_printf("TAP version 14\n%s", tap), 0);
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 1, "%s fails", what);
	e2e_ok(strstr(r.out, reason) != NULL, "%s: \"%s\" in the report:\n%s", what, reason, r.out);
}

E2E_TEST(where_version_14_is_milder)
{
	passes("numbers out of order", "1..3\nok 3\nok 1\nok 2\n");
	passes("a comment after the plan", "1..1 # words\nok 1\n");
	passes("a failed point with SKIP", "1..1\nnot ok 1 # SKIP no nc\n");
	passes("Skipped:", "1..1\nnot ok 1 # Skipped: no nc\n");
	passes("TODO in any case", "1..1\nnot ok 1 - a # todo later\n");
	passes("a second #", "1..1\nnot ok 1 - a # b # TODO later\n");
	passes("a blank line in strict", "pragma +strict\n1..1\n\nok 1\n");
	passes("YAML that does not end", "1..1\nok 1\n  ---\n  a: b\n");
	passes("YAML that is none", "1..1\nok 1\n  ---\n  {{{ : [\n  ...\n");
	passes("a plan of 0", "1..0 # skip why\n");
}

E2E_TEST(where_version_14_is_stricter)
{
	fails("a number twice", "1..2\nok 1\nok 1\n", "Test number 1 occurs more than once");
	fails("a number outside of the plan", "1..2\nok 1\nok 5\n", "Test number 5 is outside the plan 1..2");
	fails("rubbish in strict", "pragma +strict\n1..1\nrubbish\nok 1\n", "Unknown TAP token: \"rubbish\"");
	fails("an escaped directive", "1..1\nnot ok 1 - a \\# TODO b\n", "Failed test:  1");
	fails("version 15", "", "No plan found");
	stream("a.t", "TAP version 15\n1..1\nok 1\n", 0);
	e2e_is_int(e2e_run(driver, "a.t").status, 1);
}

E2E_TEST(bail_out_in_any_case_and_depth)
{
	e2e_result r;
	stream("a.t", "TAP version 14\n1..2\n    ok 1\n    bail out! deep\nok 1\n", 0);
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 255);
	e2e_is_str(r.err, "FAILED--Further testing stopped: deep\n");
	stream("a.t", "TAP version 14\n1..1\nok 1\n  Bail out! two blanks are no subtest\n", 0);
	e2e_is_int(e2e_run(driver, "a.t").status, 0);
	stream("a.t", "TAP version 14\npragma +bail\n1..2\nnot ok 1 - this\nok 2\n", 0);
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 255);
	e2e_is_str(r.err, "FAILED--Further testing stopped: pragma +bail: not ok 1 - this\n");
}

E2E_TEST(subtests)
{
	passes("a subtest", "1..1\n# Subtest: a\n    ok 1\n    1..1\nok 1 - a\n");
	passes("its comment inside", "1..1\n    # Subtest: a\n    ok 1\n    1..1\nok 1 - a\n");
	passes("no comment at all", "1..1\n    1..1\n    ok 1\nok 1 - a\n");
	passes("three deep", "1..1\n    1..1\n        1..1\n            ok 1\n            1..1\n        ok 1\n    ok 1\nok 1\n");
	passes("a failed one that is TODO", "1..1\n    not ok 1\n    1..1\nnot ok 1 # TODO later\n");
	passes("a TODO in it", "1..1\n    not ok 1 # TODO later\n    1..1\nok 1\n");
	passes("an empty one", "1..1\n    1..0 # SKIP nothing\nok 1\n");
	fails("a failure below an ok", "1..1\n# Subtest: a\n    not ok 1\n    1..1\nok 1 - a\n",
	      "Test 1 says ok, but its subtest (a) failed");
	fails("too few below an ok", "1..1\n    ok 1\n    1..2\nok 1 - a\n", "Test 1 says ok, but its subtest failed");
	fails("no plan below an ok", "1..1\n    ok 1\nok 1 - a\n", "Test 1 says ok, but its subtest failed");
	fails("a failure three deep", "1..1\n    1..1\n        1..1\n            not ok 1\n            1..1\n        ok 1\n    ok 1\nok 1\n",
	      "Test 1 says ok, but its subtest failed");
	fails("no point of its own", "1..1\nok 1\n# Subtest: b\n    ok 1\n    1..1\n", "A subtest (b) has no point of its own after it");
}

E2E_TEST(other_versions_do_not_judge_subtests)
{
	stream("a.t", "1..1\n    not ok 1\n    1..1\nok 1 - a\n", 0);
	e2e_is_int(e2e_run(driver, "a.t").status, 0);
	stream("a.t", "TAP version 13\n1..1\n    not ok 1\n    1..1\nok 1 - a\n", 0);
	e2e_is_int(e2e_run(driver, "a.t").status, 0);
}

E2E_TEST(what_a_failure_shows)
{
	e2e_result r;
	stream("a.t",
	       "TAP version 14\n1..2\n# Subtest: adds\n    ok 1 - zero\n    not ok 2 - one\n      ---\n"
	       "      message: \"false: 1 is 2\"\n      at: t/a.c:12\n      got: 1\n      want: 2\n      code: is_int\n      ...\n"
	       "    not ok 3\n      ---\n      at:\n        file: t/a.c\n        line: 14\n      message: 'it''s bad'\n"
	       "      diff: |\n        - a\n        + b\n      ...\n    1..3\nnot ok 1 - adds\n  ---\n"
	       "  message: \"false: 1 is 2\"\n  at: t/a.c:12\n  got: 1\n  want: 2\n  duration_ms: 3\n"
	       "  repeat: \"./a.t -k '^adds$'\"\n  server.log: |\n    started\n    \033[31mred\n  ...\nok 2 - fine\n  ---\n  at: t/a.c:1\n  ...\n",
	       1);
	r = e2e_run(driver, "a.t");
	e2e_is_str(tidy(r.out),
	           "a.t .. \n"
	           "not ok 1 - adds\n"
	           "  not ok 2 - one\n"
	           "t/a.c:12: got 1, want 2\n"
	           "  not ok 3\n"
	           "t/a.c:14: it''s bad\n"
	           "    diff:\n"
	           "      - a\n"
	           "      + b\n"
	           "  repeat: ./a.t -k '^adds$'\n"
	           "  server.log:\n"
	           "    started\n"
	           "    \\x1b[31mred\n"
	           "Dubious, test returned 1 (wstat 256, 0x100)\n"
	           "Failed 1/2 subtests \n"
	           "\nTest Summary Report\n-------------------\n"
	           "a.t (Wstat: 256 (exited 1) Tests: 2 Failed: 1)\n  Failed test:  1\n  Non-zero exit status: 1\n"
	           "Files=1, Tests=2, TIMES\nResult: FAIL\n");
}

/* stderr repeats what the details say: it is shown once */
E2E_TEST(nothing_is_said_twice)
{
	e2e_result r;
	script("a.t", "echo '# t/a.c:12: got 1, want 2' >&2; echo '# t/b.c:1: something else' >&2\n"
	              "printf 'TAP version 14\\n1..1\\nnot ok 1 - a\\n  ---\\n  at: t/a.c:12\\n  got: 1\\n  want: 2\\n  ...\\n'\n");
	r = e2e_run(driver, "a.t");
	e2e_is_str(r.err, "# t/b.c:1: something else\n");
	e2e_ok(strstr(r.out, "\nt/a.c:12: got 1, want 2\n") != NULL, "the details are in the report");
	r = e2e_run(driver, "-q", "a.t");
	e2e_is_str(r.err, "# t/a.c:12: got 1, want 2\n# t/b.c:1: something else\n", "without details, stderr is whole");
}

/* No case is left out of a long report; each is shortened. */
E2E_TEST(a_long_report_is_shortened)
{
	e2e_result r;
	script("a.t", "echo TAP version 14; echo 1..100; i=1; while [ $i -le 100 ]; do\n"
	              "echo \"not ok $i - n\"; echo '  ---'; echo \"  at: a.c:$i\"; echo '  ...'; i=$((i+1)); done\n");
	r = e2e_run(driver, "a.t");
	e2e_ok(strstr(r.out, "\na.c:1:\n") && strstr(r.out, "\na.c:50:\n") && strstr(r.out, "\na.c:100:\n"), "each has its line");
	e2e_unlike(r.out, "more lines");
	script("a.t", "echo TAP version 14; echo 1..4; for i in 1 2 3 4; do\n"
	              "echo \"not ok $i - n\"; echo '  ---'; echo \"  at: a.c:$i\"; echo '  message: why'; echo '  log: |'\n"
	              "for l in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo \"    line $l\"; done\n"
	              "echo '  repeat: \"./a.t -k n\"'; echo '  ...'; done\n");
	r = e2e_run(driver, "a.t");
	e2e_like(r.out, "\nnot ok 4 - n\na\\.c:4: why\n  log:\n    line 1\n    line 2\n    line 3\n  repeat: \\./a\\.t -k n\n"
	                "\\.\\.\\. 68 more lines: prove -v a\\.t shows them\n");
}

/* The head of a diff takes no line from what differs. */
E2E_TEST(a_long_diff_is_shortened)
{
	e2e_result r;
	script("a.t", "echo TAP version 14; echo 1..4; for i in 1 2 3 4; do\n"
	              "echo \"not ok $i - n\"; echo '  ---'; echo \"  at: a.c:$i\"; echo '  message: why'; echo '  diff: |'\n"
	              "echo '    --- want'; echo '    +++ got'\n"
	              "for l in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo \"    - line $l\"; done\n"
	              "echo '  repeat: \"./a.t -k n\"'; echo '  ...'; done\n");
	r = e2e_run(driver, "a.t");
	e2e_like(r.out, "\nnot ok 4 - n\na\\.c:4: why\n  diff:\n    --- want\n    \\+\\+\\+ got\n    - line 1\n    - line 2\n"
	                "    - line 3\n  repeat: \\./a\\.t -k n\n\\.\\.\\. 68 more lines: prove -v a\\.t shows them\n");
}

/* Of a story that is too long what is odd is shown, and what came before it. */
E2E_TEST(a_long_story_is_shortened)
{
	static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};

	script("a.t", "echo TAP version 14; echo 1..4; for i in 1 2 3 4; do\n"
	              "echo \"not ok $i - n\"; echo '  ---'; echo \"  at: a.c:$i\"; echo '  story: |'; echo '    (40 of 50 events)'\n"
	              "for l in 1 2 3 4 5 6 7 8 9 10; do echo \"    +0.00$l a b | line $l\"; done; echo '    +0.1 px ! it breaks'\n"
	              "for l in 1 2 3 4 5 6 7 8 9 10; do echo \"    +0.20$l a   | more ! $l\"; done; echo '    +0.3 test ! fails'; echo '    +0.4 a | ends'\n"
	              "echo '  folder: /x'; echo '  ...'; done\n");
	for (size_t i = 0; i < 4; i++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		e2e_like(e2e_run(driver, "a.t").out,
		         "\nnot ok 4 - n\na\\.c:4:\n  story:\n    \\+0\\.1 px ! it breaks\n(    \\+0\\.20[0-9]+ a   \\| more ! [0-9]+\n){4}    \\+0\\.3 test ! fails\n  folder: /x\n"
		         "\\.\\.\\. [0-9]+ more lines: prove -v a\\.t shows them\n", "%s", awks[i]);
	}
}

/* One case that fails at many places shows the first ones, and how to repeat it. */
E2E_TEST(many_failures_of_one_case)
{
	e2e_result r;
	script("a.t", "echo TAP version 14; echo 1..2; echo '# Subtest: a'; i=1; while [ $i -le 200 ]; do\n"
	              "echo \"    not ok $i\"; echo '      ---'; echo \"      at: a.c:$i\"; echo '      ...'; i=$((i+1)); done\n"
	              "echo '    1..200'; echo 'not ok 1 - a'; echo '  ---'; echo '  repeat: \"./a.t -k a\"'; echo '  ...'\n"
	              "echo 'not ok 2 - b'; echo '  ---'; echo '  at: b.c:1'; echo '  ...'\n");
	r = e2e_run(driver, "a.t");
	e2e_ok(strstr(r.out, "\na.c:10:\n") && !strstr(r.out, "\na.c:100:\n"), "the first ones are shown");
	e2e_like(r.out, "\n  repeat: \\./a\\.t -k a\nnot ok 2 - b\nb\\.c:1:\n\\.\\.\\. [0-9]+ more lines: prove -v a\\.t shows them\n");
}

E2E_MAIN()
