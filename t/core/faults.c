/* Faults of the tested code, each survived and reported: t/core/broken/faults.c commits them. */
#include "../golden.h"

E2E_TEST(endless_loop, .timeout = 120)
{
	golden("faults", "endless_loop", 1);
}

E2E_TEST(blocking_read, .timeout = 120)
{
	golden("faults", "blocking_read", 1);
}

E2E_TEST(sleep_too_long, .timeout = 120)
{
	golden("faults", "sleep_too_long", 1);
}

E2E_TEST(case_limit, .timeout = 120)
{
	golden("faults", "case_limit", 1);
}

E2E_TEST(alarm_blocked, .timeout = 120)
{
	golden("faults", "alarm_blocked", 1);
}

E2E_TEST(alarm_ignored, .timeout = 120)
{
	golden("faults", "alarm_ignored", 1);
}

E2E_TEST(calls_alarm, .timeout = 120)
{
	golden("faults", "calls_alarm", 1);
}

E2E_TEST(stops_itself, .timeout = 120)
{
	golden("faults", "stops_itself", 1);
}

E2E_TEST(cleanup_runs_after_a_timeout, .timeout = 120)
{
	golden("faults", "cleanup_runs_after_a_timeout", 1);
}

E2E_TEST(nested_inner_first, .timeout = 120)
{
	golden("faults", "nested_inner_first", 1);
}

E2E_TEST(nested_outer_first, .timeout = 120)
{
	golden("faults", "nested_outer_first", 1);
}

E2E_TEST(in_a_thread, .timeout = 120)
{
	golden("faults", "in_a_thread", 1);
}

E2E_TEST(segv, .timeout = 120)
{
	golden("faults", "segv", 1);
}

E2E_TEST(aborts, .timeout = 120)
{
	golden("faults", "aborts", 1);
}

E2E_TEST(stack_overflow, .timeout = 120)
{
	golden("faults", "stack_overflow", 1);
}

E2E_TEST(exits, .timeout = 120)
{
	golden("faults", "exits", 1);
}

E2E_TEST(exits_at_once, .timeout = 120)
{
	golden("faults", "exits_at_once", 1);
}

E2E_TEST(dies_in_a_subtest, .timeout = 120)
{
	golden("faults", "dies_in_a_subtest", 1);
}

E2E_TEST(child_asserts_and_exits, .timeout = 120)
{
	golden("faults", "child_asserts_and_exits", 1);
}

E2E_TEST(child_dies_of_its_assertion, .timeout = 120)
{
	golden("faults", "child_dies_of_its_assertion", 1);
}

E2E_TEST(leaves_a_child, .timeout = 120)
{
	golden("faults", "leaves_a_child", 1);
}

E2E_TEST(leaves_a_daemon, .timeout = 120)
{
	golden("faults", "leaves_a_daemon", 1);
}

E2E_TEST(leaves_descriptors, .timeout = 120)
{
	golden("faults", "leaves_descriptors", 0);
}

E2E_TEST(closes_stdout, .timeout = 120)
{
	golden("faults", "closes_stdout", 0);
}

E2E_TEST(forges_tap, .timeout = 120)
{
	golden("faults", "forges_tap", 1);
}

E2E_TEST(no_more_descriptors, .timeout = 120)
{
	golden("faults", "no_more_descriptors", 0);
}

E2E_TEST(no_tmpdir, .timeout = 120)
{
	golden("faults", "no_tmpdir", 1);
}

E2E_TEST(empty, .timeout = 120)
{
	golden("faults", "empty", 1);
}

E2E_TEST(corrupts_the_heap, .timeout = 120)
{
	e2e_result r = e2e_run(broken("faults"), "-k", "^corrupts_the_heap$");
	e2e_is_int(r.status, 1);
#ifdef E2E__SANITIZED
	/* The sanitizer sees it first, and exits. */
	e2e_like(r.out, "\n    not ok 2 - exited with status 1 in the middle after t/core/broken/faults.c:");
	e2e_like(r.err, "AddressSanitizer: heap-buffer-(under|over)flow");
#else
	e2e_like(r.out, "\n    not ok 2 - died of SIG(ABRT|SEGV|TRAP|ILL) after t/core/broken/faults.c:");
#endif
	e2e_like(r.out, "\nnot ok 1 - corrupts_the_heap\n");
}

E2E_TEST(much_output, .timeout = 120)
{
	e2e_result r = e2e_run(broken("faults"), "-k", "^much_output$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n# stdout: the end\n$");
	e2e_cmp_int((long)strlen(r.out), "<", 20000, "the tail is shown, not 100 MB");
}

/* Counts lines "    ok N" that come in order from 1. */
static int lines_in_order(const char *text, int *others)
{
	int n = 0;
	char *end;
	*others = 0;
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strncmp(text, "    ok ", 7) == 0 && strtol(text + 7, &end, 10) == n + 1 && strchr(" \n", *end))
			n++;
		else
			++*others;
	return n;
}

E2E_TEST(killed_after_1000, .timeout = 120)
{
	e2e_result r = e2e_run(broken("faults"), "-k", "^killed_after_1000$");
	int others;
	e2e_is_int(r.status, 1);
	e2e_is_int(lines_in_order(r.out, &others), 1000, "what was asserted before the SIGKILL is all there");
	e2e_like(r.out, "\n    not ok 1001 - died of SIGKILL after ");
	e2e_like(r.out, "\nnot ok 1 - killed_after_1000\n");
}

E2E_TEST(threads_assert, .timeout = 120)
{
	e2e_result r = e2e_run(broken("faults"), "-k", "^threads_assert$");
	int others;
	e2e_is_int(r.status, 0);
	e2e_is_int(lines_in_order(r.out, &others), 100000, "eight threads, every line whole and in order");
	e2e_is_int(others, 5, "version, plan, comment, the subtest's plan, the point");
	e2e_like(r.out, "\n    1..100000\nok 1 - threads_assert\n$");
}

E2E_TEST(fork_in_the_case, .timeout = 120)
{
	e2e_result r = e2e_run(broken("faults"), "-k", "^fork_bomb_of_one$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n    ok 1 - both\n    ok 2 - both\n    not ok 3 - timed out after 0.2 s\n");
	e2e_like(r.err, "timed out after 0.2 s\n$");
}

/* What a shell runs in a folder of the case, with the broken program as $1. */
static e2e_result sh(const char *script)
{
	char *here = realpath(broken("faults"), NULL);
	const char *path = e2e_printf("%s", here ? here : "");
	e2e_result r;
	free(here);
	r = e2e_run("sh", "-c", script, "sh", path);
	return r;
}

E2E_TEST(stdout_closed)
{
	e2e_result r = sh("\"$1\" -k leaves_descriptors >&-");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "^e2e: cannot write TAP to stdout: ");
}

E2E_TEST(stdout_full)
{
	e2e_result r;
	e2e_skip_if(access("/dev/full", W_OK) != 0, "no /dev/full");
	r = sh("\"$1\" -k leaves_descriptors >/dev/full");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "e2e: cannot write TAP to stdout: ");
}

E2E_TEST(reader_goes_away, .timeout = 120)
{
	e2e_result r = sh("{ \"$1\" -k 'threads_assert|leaves_descriptors'; echo \"status $?\" >&2; } | head -n 3");
	e2e_like(r.err, "e2e: cannot write TAP to stdout: ");
	e2e_like(r.err, "status 99\n$");
}

E2E_TEST(no_space_in_tmpdir)
{
	e2e_result r;
	e2e_require_command("unshare");
	e2e_setenv("ROOM", e2e_tmpdir());
	r = sh("exec unshare -m sh -c 'mount -t tmpfs -o size=4k none \"$ROOM\" && head -c 9999 /dev/zero >\"$ROOM/fill\" 2>/dev/null;"
	       " TMPDIR=\"$ROOM\" \"$0\" -k \"^(forges_tap|leaves_descriptors)$\"' \"$1\"");
	e2e_skip_if(strstr(r.err, "unshare:") || strstr(r.err, "mount:"), "no mount namespaces here: %s", r.err);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nok 1 - leaves_descriptors\n");
	e2e_like(r.out, "\nnot ok 2 - forges_tap\n", "the report is whole without the captured stdout");
}

E2E_TEST(many_sources)
{
	const char *dir = e2e_tmpdir();
	char *here = realpath(".", NULL);
	e2e_result r;
	e2e_proc_timeout(100); /* for a compiler on a busy machine */
	e2e_setenv("HERE", here ? here : "");
	free(here);
	e2e_setenv("CC", getenv("CC") ? getenv("CC") : "cc");
	e2e_chdir(dir);
	r = e2e_run("sh", "-c",
		    "printf '#include \"e2e.h\"\\nvoid helper(void) { e2e_is_int(1, 1, \"in the helper\"); }\\n"
		    "E2E_TEST(second) { e2e_pass(\"in b.c\"); }\\n' >b.c\n"
		    "printf '#include \"e2e.h\"\\nvoid helper(void);\\nE2E_TEST(first) { e2e_pass(); helper(); }\\n"
		    "E2E_MAIN()\\n' >a.c\n"
		    "$CC -I\"$HERE\" -o both a.c b.c && ./both");
	e2e_is_str(r.out,
		   "TAP version 14\n"
		   "1..2\n"
		   "# Subtest: first\n"
		   "    ok 1\n"
		   "    ok 2 - in the helper\n"
		   "    1..2\n"
		   "ok 1 - first\n"
		   "# Subtest: second\n"
		   "    ok 1 - in b.c\n"
		   "    1..1\n"
		   "ok 2 - second\n");
	e2e_is_str(r.err, "");
}

E2E_MAIN()
