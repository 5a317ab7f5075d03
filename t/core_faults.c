/* Faults of the tested code, each survived and reported: t/broken/faults.c commits them. */
#include "golden.h"

E2E_TEST(endless_loop, .timeout = 120)
{
	golden("faults", "endless_loop", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: endless_loop\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - timed out after 0.1 s\n"
	       "      ---\n"
	       "      message: \"timed out after 0.1 s\"\n"
	       "      at: t/broken/faults.c:17\n"
	       "      code: timeout\n"
	       "      hint: \"it was last seen at t/broken/faults.c:16\"\n"
	       "      ...\n"
	       "    1..2\n"
	       "not ok 1 - endless_loop\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/faults.c:17\n"
	       "  code: timeout\n"
	       "  hint: \"it was last seen at t/broken/faults.c:16\"\n"
	       "  failed: 1 of 2 assertions\n"
	       "  ...\n",
	       "# t/broken/faults.c:17: timed out after 0.1 s\n");
}

E2E_TEST(blocking_read, .timeout = 120)
{
	golden("faults", "blocking_read", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: blocking_read\n"
	       "    ok 1 - pipe(fds) == 0\n"
	       "    not ok 2 - timed out after 0.1 s\n"
	       "      ---\n"
	       "      message: \"timed out after 0.1 s\"\n"
	       "      at: t/broken/faults.c:27\n"
	       "      code: timeout\n"
	       "      hint: \"it was last seen at t/broken/faults.c:26\"\n"
	       "      ...\n"
	       "    # left open: descriptor 3 pipe:[N]\n"
	       "    # left open: descriptor 4 pipe:[N]\n"
	       "    1..2\n"
	       "not ok 1 - blocking_read\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/faults.c:27\n"
	       "  code: timeout\n"
	       "  hint: \"it was last seen at t/broken/faults.c:26\"\n"
	       "  failed: 1 of 2 assertions\n"
	       "  ...\n",
	       "# t/broken/faults.c:27: timed out after 0.1 s\n");
}

E2E_TEST(sleep_too_long, .timeout = 120)
{
	golden("faults", "sleep_too_long", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: sleep_too_long\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - timed out after 0.1 s\n"
	       "      ---\n"
	       "      message: \"timed out after 0.1 s\"\n"
	       "      at: t/broken/faults.c:37\n"
	       "      code: timeout\n"
	       "      hint: \"it was last seen at t/broken/faults.c:36\"\n"
	       "      ...\n"
	       "    1..2\n"
	       "not ok 1 - sleep_too_long\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/faults.c:37\n"
	       "  code: timeout\n"
	       "  hint: \"it was last seen at t/broken/faults.c:36\"\n"
	       "  failed: 1 of 2 assertions\n"
	       "  ...\n",
	       "# t/broken/faults.c:37: timed out after 0.1 s\n");
}

E2E_TEST(case_limit, .timeout = 120)
{
	golden("faults", "case_limit", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: case_limit\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - timed out after 0.1 s\n"
	       "      ---\n"
	       "      message: \"timed out after 0.1 s\"\n"
	       "      at: t/broken/faults.c:44\n"
	       "      code: timeout\n"
	       "      hint: \"it was last seen at t/broken/faults.c:46\"\n"
	       "      ...\n"
	       "    1..2\n"
	       "not ok 1 - case_limit\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/faults.c:44\n"
	       "  code: timeout\n"
	       "  hint: \"it was last seen at t/broken/faults.c:46\"\n"
	       "  failed: 1 of 2 assertions\n"
	       "  ...\n",
	       "# t/broken/faults.c:44: timed out after 0.1 s\n");
}

E2E_TEST(alarm_blocked, .timeout = 120)
{
	golden("faults", "alarm_blocked", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: alarm_blocked\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - timed out after 0.1 s\n"
	       "    1..2\n"
	       "not ok 1 - alarm_blocked\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/faults.c:51\n"
	       "  code: timeout\n"
	       "  hint: \"SIGALRM had no effect (it is blocked or ignored, or a lock is held); killed after t/broken/faults.c:54\"\n"
	       "  ...\n",
	       "# t/broken/faults.c:51: timed out after 0.1 s\n");
}

E2E_TEST(alarm_ignored, .timeout = 120)
{
	golden("faults", "alarm_ignored", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: alarm_ignored\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - timed out after 0.1 s\n"
	       "    1..2\n"
	       "not ok 1 - alarm_ignored\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/faults.c:62\n"
	       "  code: timeout\n"
	       "  hint: \"SIGALRM had no effect (it is blocked or ignored, or a lock is held); killed after t/broken/faults.c:64\"\n"
	       "  ...\n",
	       "# t/broken/faults.c:62: timed out after 0.1 s\n");
}

E2E_TEST(calls_alarm, .timeout = 120)
{
	golden("faults", "calls_alarm", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: calls_alarm\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - timed out after 0.1 s\n"
	       "    1..2\n"
	       "not ok 1 - calls_alarm\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/faults.c:70\n"
	       "  code: timeout\n"
	       "  hint: \"SIGALRM had no effect (it is blocked or ignored, or a lock is held); killed after t/broken/faults.c:72\"\n"
	       "  ...\n",
	       "# t/broken/faults.c:70: timed out after 0.1 s\n");
}

E2E_TEST(stops_itself, .timeout = 120)
{
	golden("faults", "stops_itself", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: stops_itself\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - timed out after 0.1 s\n"
	       "    1..2\n"
	       "not ok 1 - stops_itself\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/faults.c:78\n"
	       "  code: timeout\n"
	       "  hint: \"it was stopped by SIGSTOP after t/broken/faults.c:80\"\n"
	       "  ...\n",
	       "# t/broken/faults.c:78: timed out after 0.1 s\n");
}

E2E_TEST(cleanup_runs_after_a_timeout, .timeout = 120)
{
	golden("faults", "cleanup_runs_after_a_timeout", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: cleanup_runs_after_a_timeout\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - timed out after 0.1 s\n"
	       "      ---\n"
	       "      message: \"timed out after 0.1 s\"\n"
	       "      at: t/broken/faults.c:91\n"
	       "      code: timeout\n"
	       "      hint: \"it was last seen at t/broken/faults.c:94\"\n"
	       "      ...\n"
	       "    # the deferred function ran\n"
	       "    1..2\n"
	       "not ok 1 - cleanup_runs_after_a_timeout\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/faults.c:91\n"
	       "  code: timeout\n"
	       "  hint: \"it was last seen at t/broken/faults.c:94\"\n"
	       "  failed: 1 of 2 assertions\n"
	       "  ...\n",
	       "# t/broken/faults.c:91: timed out after 0.1 s\n");
}

E2E_TEST(nested_inner_first, .timeout = 120)
{
	golden("faults", "nested_inner_first", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: nested_inner_first\n"
	       "    not ok 1 - timed out after 0.1 s\n"
	       "      ---\n"
	       "      message: \"timed out after 0.1 s\"\n"
	       "      at: t/broken/faults.c:103\n"
	       "      code: timeout\n"
	       "      hint: \"it was last seen at t/broken/faults.c:103\"\n"
	       "      ...\n"
	       "    1..1\n"
	       "not ok 1 - nested_inner_first\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/faults.c:103\n"
	       "  code: timeout\n"
	       "  hint: \"it was last seen at t/broken/faults.c:103\"\n"
	       "  failed: 1 of 1 assertions\n"
	       "  ...\n",
	       "# t/broken/faults.c:103: timed out after 0.1 s\n");
}

E2E_TEST(nested_outer_first, .timeout = 120)
{
	golden("faults", "nested_outer_first", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: nested_outer_first\n"
	       "    not ok 1 - timed out after 0.1 s\n"
	       "      ---\n"
	       "      message: \"timed out after 0.1 s\"\n"
	       "      at: t/broken/faults.c:113\n"
	       "      code: timeout\n"
	       "      hint: \"it was last seen at t/broken/faults.c:113\"\n"
	       "      ...\n"
	       "    1..1\n"
	       "not ok 1 - nested_outer_first\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/faults.c:113\n"
	       "  code: timeout\n"
	       "  hint: \"it was last seen at t/broken/faults.c:113\"\n"
	       "  failed: 1 of 1 assertions\n"
	       "  ...\n",
	       "# t/broken/faults.c:113: timed out after 0.1 s\n");
}

E2E_TEST(in_a_thread, .timeout = 120)
{
	golden("faults", "in_a_thread", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: in_a_thread\n"
	       "    ok 1 - thread\n"
	       "    not ok 2 - timed out after 0.1 s\n"
	       "      ---\n"
	       "      message: \"timed out after 0.1 s\"\n"
	       "      at: t/broken/faults.c:126\n"
	       "      code: timeout\n"
	       "      hint: \"it was last seen at t/broken/faults.c:137\"\n"
	       "      ...\n"
	       "    1..2\n"
	       "not ok 1 - in_a_thread\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/faults.c:126\n"
	       "  code: timeout\n"
	       "  hint: \"it was last seen at t/broken/faults.c:137\"\n"
	       "  failed: 1 of 2 assertions\n"
	       "  ...\n",
	       "# t/broken/faults.c:126: timed out after 0.1 s\n");
}

E2E_TEST(segv, .timeout = 120)
{
	golden("faults", "segv", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: segv\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - died of SIGSEGV after t/broken/faults.c:144\n"
	       "    1..2\n"
	       "not ok 1 - segv\n"
	       "  ---\n"
	       "  message: \"died of SIGSEGV after t/broken/faults.c:144\"\n"
	       "  at: t/broken/faults.c:144\n"
	       "  code: crash\n"
	       "  ...\n",
	       "# t/broken/faults.c:144: died of SIGSEGV after t/broken/faults.c:144\n");
}

E2E_TEST(aborts, .timeout = 120)
{
	golden("faults", "aborts", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: aborts\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - died of SIGABRT after t/broken/faults.c:150\n"
	       "    1..2\n"
	       "not ok 1 - aborts\n"
	       "  ---\n"
	       "  message: \"died of SIGABRT after t/broken/faults.c:150\"\n"
	       "  at: t/broken/faults.c:150\n"
	       "  code: crash\n"
	       "  ...\n",
	       "# t/broken/faults.c:150: died of SIGABRT after t/broken/faults.c:150\n");
}

E2E_TEST(stack_overflow, .timeout = 120)
{
	golden("faults", "stack_overflow", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: stack_overflow\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - died of SIGSEGV after t/broken/faults.c:164\n"
	       "    1..2\n"
	       "not ok 1 - stack_overflow\n"
	       "  ---\n"
	       "  message: \"died of SIGSEGV after t/broken/faults.c:164\"\n"
	       "  at: t/broken/faults.c:164\n"
	       "  code: crash\n"
	       "  ...\n",
	       "# t/broken/faults.c:164: died of SIGSEGV after t/broken/faults.c:164\n");
}

E2E_TEST(exits, .timeout = 120)
{
	golden("faults", "exits", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: exits\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - exited with status 0 in the middle after t/broken/faults.c:170\n"
	       "    1..2\n"
	       "not ok 1 - exits\n"
	       "  ---\n"
	       "  message: \"exited with status 0 in the middle after t/broken/faults.c:170\"\n"
	       "  at: t/broken/faults.c:170\n"
	       "  code: exit\n"
	       "  hint: \"the tested code called exit() or _exit(), or a sanitizer did\"\n"
	       "  ...\n",
	       "# t/broken/faults.c:170: exited with status 0 in the middle after t/broken/faults.c:170\n");
}

E2E_TEST(exits_at_once, .timeout = 120)
{
	golden("faults", "exits_at_once", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "not ok 1 - exits_at_once\n"
	       "  ---\n"
	       "  message: \"exited with status 0 in the middle before its first assertion\"\n"
	       "  at: t/broken/faults.c:174\n"
	       "  code: exit\n"
	       "  hint: \"the tested code called exit() or _exit(), or a sanitizer did\"\n"
	       "  ...\n",
	       "# t/broken/faults.c:174: exited with status 0 in the middle before its first assertion\n");
}

E2E_TEST(dies_in_a_subtest, .timeout = 120)
{
	golden("faults", "dies_in_a_subtest", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: dies_in_a_subtest\n"
	       "    # Subtest: outer\n"
	       "        ok 1 - one\n"
	       "        # Subtest: inner\n"
	       "            ok 1 - two\n"
	       "            not ok 2 - died of SIGKILL after t/broken/faults.c:194\n"
	       "            1..2\n"
	       "        not ok 2 - inner\n"
	       "        1..2\n"
	       "    not ok 1 - outer\n"
	       "    1..1\n"
	       "not ok 1 - dies_in_a_subtest\n"
	       "  ---\n"
	       "  message: \"died of SIGKILL after t/broken/faults.c:194\"\n"
	       "  at: t/broken/faults.c:194\n"
	       "  code: crash\n"
	       "  ...\n",
	       "# t/broken/faults.c:194: died of SIGKILL after t/broken/faults.c:194\n");
}

E2E_TEST(child_asserts_and_exits, .timeout = 120)
{
	golden("faults", "child_asserts_and_exits", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: child_asserts_and_exits\n"
	       "    ok 1 - in the child\n"
	       "    ok 2 - WEXITSTATUS(status) is 3\n"
	       "    not ok 3 - in the parent\n"
	       "      ---\n"
	       "      message: \"false: 0\"\n"
	       "      at: t/broken/faults.c:211\n"
	       "      code: ok\n"
	       "      ...\n"
	       "    1..3\n"
	       "not ok 1 - child_asserts_and_exits\n"
	       "  ---\n"
	       "  message: \"false: 0\"\n"
	       "  at: t/broken/faults.c:211\n"
	       "  code: ok\n"
	       "  failed: 1 of 3 assertions\n"
	       "  ...\n"
	       "# stdout: the child's output\n",
	       "# t/broken/faults.c:211: false: 0\n");
}

E2E_TEST(child_dies_of_its_assertion, .timeout = 120)
{
	golden("faults", "child_dies_of_its_assertion", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: child_dies_of_its_assertion\n"
	       "    not ok 1 - 1 is 2\n"
	       "      ---\n"
	       "      message: \"false: 1 is 2\"\n"
	       "      at: t/broken/faults.c:218\n"
	       "      got: 1\n"
	       "      want: 2\n"
	       "      code: is_int\n"
	       "      ...\n"
	       "    1..1\n"
	       "not ok 1 - child_dies_of_its_assertion\n"
	       "  ---\n"
	       "  message: \"false: 1 is 2\"\n"
	       "  at: t/broken/faults.c:218\n"
	       "  got: 1\n"
	       "  want: 2\n"
	       "  code: is_int\n"
	       "  failed: 1 of 1 assertions\n"
	       "  ...\n",
	       "# t/broken/faults.c:218: got 1, want 2\n");
}

E2E_TEST(leaves_a_child, .timeout = 120)
{
	golden("faults", "leaves_a_child", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: leaves_a_child\n"
	       "    ok 1 - pipe(fds) is 0\n"
	       "    1..1\n"
	       "not ok 1 - leaves_a_child\n"
	       "  ---\n"
	       "  message: \"left running: sleep 600 (pid N)\"\n"
	       "  at: t/broken/faults.c:242\n"
	       "  code: leaked-process\n"
	       "  hint: \"wait for each process that the case starts; it was ended now\"\n"
	       "  ...\n",
	       "# t/broken/faults.c:242: left running: sleep 600 (pid N)\n");
}

E2E_TEST(leaves_a_daemon, .timeout = 120)
{
	golden("faults", "leaves_a_daemon", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: leaves_a_daemon\n"
	       "    ok 1 - pipe(fds) is 0\n"
	       "    1..1\n"
	       "not ok 1 - leaves_a_daemon\n"
	       "  ---\n"
	       "  message: \"left running: sleep 601 (pid N)\"\n"
	       "  at: t/broken/faults.c:242\n"
	       "  code: leaked-process\n"
	       "  hint: \"wait for each process that the case starts; it was ended now\"\n"
	       "  ...\n",
	       "# t/broken/faults.c:242: left running: sleep 601 (pid N)\n");
}

E2E_TEST(leaves_descriptors, .timeout = 120)
{
	golden("faults", "leaves_descriptors", 0,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: leaves_descriptors\n"
	       "    ok 1 - before\n"
	       "    ok 2 - opened\n"
	       "    ok 3 - chdir(\"/\") is 0\n"
	       "    # left open: descriptor 3 /dev/null\n"
	       "    # left in another folder than it began in\n"
	       "    1..3\n"
	       "ok 1 - leaves_descriptors\n",
	       "");
}

E2E_TEST(closes_stdout, .timeout = 120)
{
	golden("faults", "closes_stdout", 0,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: closes_stdout\n"
	       "    ok 1 - all descriptors are closed\n"
	       "    1..1\n"
	       "ok 1 - closes_stdout\n",
	       "");
}

E2E_TEST(forges_tap, .timeout = 120)
{
	golden("faults", "forges_tap", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: forges_tap\n"
	       "    not ok 1 - the truth\n"
	       "      ---\n"
	       "      message: \"false: 0\"\n"
	       "      at: t/broken/faults.c:289\n"
	       "      code: ok\n"
	       "      ...\n"
	       "    1..1\n"
	       "not ok 1 - forges_tap\n"
	       "  ---\n"
	       "  message: \"false: 0\"\n"
	       "  at: t/broken/faults.c:289\n"
	       "  code: ok\n"
	       "  failed: 1 of 1 assertions\n"
	       "  ...\n"
	       "# stdout: ok 1 - forged\n"
	       "# stdout: 1..1\n"
	       "# stdout: Bail out! forged\n",
	       "# t/broken/faults.c:289: false: 0\n");
}

E2E_TEST(no_more_descriptors, .timeout = 120)
{
	golden("faults", "no_more_descriptors", 0,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: no_more_descriptors\n"
	       "    ok 1 - no descriptor is left\n"
	       "    ok 2 - errno is EMFILE\n"
	       "    1..2\n"
	       "ok 1 - no_more_descriptors\n",
	       "");
}

E2E_TEST(no_tmpdir, .timeout = 120)
{
	golden("faults", "no_tmpdir", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: no_tmpdir\n"
	       "    ok 1 - before\n"
	       "    not ok 2 - e2e_tmpdir\n"
	       "      ---\n"
	       "      message: \"cannot make a folder in \\\"/nonexistent/folder\\\": No such file or directory\"\n"
	       "      at: t/broken/faults.c:334\n"
	       "      code: tmpdir\n"
	       "      hint: \"set TMPDIR to a folder with room that you may write to\"\n"
	       "      ...\n"
	       "    1..2\n"
	       "not ok 1 - no_tmpdir\n"
	       "  ---\n"
	       "  message: \"cannot make a folder in \\\"/nonexistent/folder\\\": No such file or directory\"\n"
	       "  at: t/broken/faults.c:334\n"
	       "  code: tmpdir\n"
	       "  hint: \"set TMPDIR to a folder with room that you may write to\"\n"
	       "  failed: 1 of 2 assertions\n"
	       "  ...\n",
	       "# t/broken/faults.c:334: cannot make a folder in \"/nonexistent/folder\": No such file or directory\n");
}

E2E_TEST(empty, .timeout = 120)
{
	golden("faults", "empty", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "not ok 1 - empty\n"
	       "  ---\n"
	       "  message: \"the case made no assertion\"\n"
	       "  at: t/broken/faults.c:338\n"
	       "  code: no-assertions\n"
	       "  hint: \"call e2e_pass() if getting here is all that it tests\"\n"
	       "  ...\n",
	       "# t/broken/faults.c:338: the case made no assertion\n");
}

E2E_TEST(corrupts_the_heap, .timeout = 120)
{
	e2e_result r = e2e_run(broken("faults"), "-k", "^corrupts_the_heap$");
	e2e_is_int(r.status, 1);
#ifdef E2E__SANITIZED
	/* The sanitizer sees it first, and exits. */
	e2e_like(r.out, "\n    not ok 2 - exited with status 1 in the middle after t/broken/faults.c:");
	e2e_like(r.err, "AddressSanitizer: heap-buffer-(under|over)flow");
#else
	e2e_like(r.out, "\n    not ok 2 - died of SIG(ABRT|SEGV|TRAP|ILL) after t/broken/faults.c:");
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
