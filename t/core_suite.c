/* Fixtures of cases and of the suite, and what goes wrong in them. t/broken/suite.c is run once for each. */
#include "golden.h"

static void suite(const char *file, int line, const char *how, int status, const char *out, const char *err)
{
	e2e_result r;
	e2e_setenv("HOW", how);
	r = e2e_run(broken("suite"), "--timeout", strcmp(how, "hangs") == 0 ? "0.3" : "60");
	e2e__assertion_is_int_at(file, line, "status, expected", NULL, r.status, false, status, false);
	e2e__assertion_is_str(file, line, "stdout, expected", NULL, scrubbed(r.out), out);
	e2e__assertion_is_str(file, line, "stderr, expected", NULL, scrubbed(r.err), err);
}

E2E_TEST(all_well)
{
	suite(E2E__AT, "", 0,
	      "TAP version 14\n"
	      "# Subtest: one\n"
	      "    # set-up\n"
	      "    ok 1 - one\n"
	      "    # tear-down\n"
	      "    # deferred: in one, later\n"
	      "    # deferred: in one\n"
	      "    1..1\n"
	      "ok 1 - one\n"
	      "# Subtest: two\n"
	      "    # set-up\n"
	      "    ok 1 - two\n"
	      "    # tear-down\n"
	      "    1..1\n"
	      "ok 2 - two\n"
	      "1..2\n",
	      "# deferred: in one, later\n"
	      "# deferred: in one\n"
	      "# suite tear-down\n"
	      "# deferred: in the suite's set-up\n");
}

E2E_TEST(fails)
{
	suite(E2E__AT, "fails", 1,
	      "TAP version 14\n"
	      "not ok 1 - suite set-up\n"
	      "  ---\n"
	      "  message: \"false: 1 is 2\"\n"
	      "  at: t/broken/suite.c:29\n"
	      "  got: 1\n"
	      "  want: 2\n"
	      "  code: is_int\n"
	      "  ...\n"
	      "ok 2 - one # SKIP the suite's set-up failed: false: 1 is 2 at t/broken/suite.c:29\n"
	      "ok 3 - two # SKIP the suite's set-up failed: false: 1 is 2 at t/broken/suite.c:29\n"
	      "1..3\n",
	      "# t/broken/suite.c:29: got 1, want 2\n"
	      "# deferred: in the suite's set-up\n");
}

E2E_TEST(skips)
{
	suite(E2E__AT, "skips", 0,
	      "TAP version 14\n"
	      "ok 1 - one # SKIP no server here\n"
	      "ok 2 - two # SKIP no server here\n"
	      "1..2\n",
	      "# deferred: in the suite's set-up\n");
}

E2E_TEST(crashes)
{
	suite(E2E__AT, "crashes", 1,
	      "TAP version 14\n"
	      "not ok 1 - suite set-up\n"
	      "  ---\n"
	      "  message: \"died of SIGSEGV after t/broken/suite.c:26\"\n"
	      "  at: t/broken/suite.c:26\n"
	      "  code: crash\n"
	      "  ...\n"
	      "ok 2 - one # SKIP the suite's set-up failed: died of SIGSEGV after t/broken/suite.c:26\n"
	      "ok 3 - two # SKIP the suite's set-up failed: died of SIGSEGV after t/broken/suite.c:26\n"
	      "1..3\n",
	      "# t/broken/suite.c:26: died of SIGSEGV after t/broken/suite.c:26\n");
}

E2E_TEST(exits)
{
	suite(E2E__AT, "exits", 1,
	      "TAP version 14\n"
	      "not ok 1 - suite set-up\n"
	      "  ---\n"
	      "  message: \"exited with status 0 in the middle after t/broken/suite.c:26\"\n"
	      "  at: t/broken/suite.c:26\n"
	      "  code: exit\n"
	      "  hint: \"the tested code called exit() or _exit(), or a sanitizer did\"\n"
	      "  ...\n"
	      "ok 2 - one # SKIP the suite's set-up failed: exited with status 0 in the middle after t/broken/suite.c:26\n"
	      "ok 3 - two # SKIP the suite's set-up failed: exited with status 0 in the middle after t/broken/suite.c:26\n"
	      "1..3\n",
	      "# t/broken/suite.c:26: exited with status 0 in the middle after t/broken/suite.c:26\n");
}

E2E_TEST(hangs)
{
	suite(E2E__AT, "hangs", 1,
	      "TAP version 14\n"
	      "not ok 1 - suite set-up\n"
	      "  ---\n"
	      "  message: \"timed out after 0.3 s\"\n"
	      "  at: t/broken/suite.c:21\n"
	      "  code: timeout\n"
	      "  hint: \"it was last seen at t/broken/suite.c:26\"\n"
	      "  ...\n"
	      "ok 2 - one # SKIP the suite's set-up failed: timed out after 0.3 s at t/broken/suite.c:21\n"
	      "ok 3 - two # SKIP the suite's set-up failed: timed out after 0.3 s at t/broken/suite.c:21\n"
	      "1..3\n",
	      "# t/broken/suite.c:21: timed out after 0.3 s\n"
	      "# deferred: in the suite's set-up\n");
}

E2E_TEST(bails)
{
	suite(E2E__AT, "bails", 99,
	      "TAP version 14\n"
	      "Bail out! no disk\n",
	      "# Bail out! no disk\n"
	      "# deferred: in the suite's set-up\n");
}

E2E_TEST(teardown_fails)
{
	suite(E2E__AT, "teardown-fails", 1,
	      "TAP version 14\n"
	      "# Subtest: one\n"
	      "    # set-up\n"
	      "    ok 1 - one\n"
	      "    # tear-down\n"
	      "    # deferred: in one, later\n"
	      "    # deferred: in one\n"
	      "    1..1\n"
	      "ok 1 - one\n"
	      "# Subtest: two\n"
	      "    # set-up\n"
	      "    ok 1 - two\n"
	      "    # tear-down\n"
	      "    1..1\n"
	      "ok 2 - two\n"
	      "not ok 3 - suite tear-down\n"
	      "  ---\n"
	      "  message: \"can't stop it\"\n"
	      "  at: t/broken/suite.c:47\n"
	      "  code: fail\n"
	      "  ...\n"
	      "1..3\n",
	      "# deferred: in one, later\n"
	      "# deferred: in one\n"
	      "# suite tear-down\n"
	      "# t/broken/suite.c:47: can't stop it\n"
	      "# deferred: in the suite's set-up\n");
}

E2E_TEST(teardown_crashes)
{
	suite(E2E__AT, "teardown-crashes", 1,
	      "TAP version 14\n"
	      "# Subtest: one\n"
	      "    # set-up\n"
	      "    ok 1 - one\n"
	      "    # tear-down\n"
	      "    # deferred: in one, later\n"
	      "    # deferred: in one\n"
	      "    1..1\n"
	      "ok 1 - one\n"
	      "# Subtest: two\n"
	      "    # set-up\n"
	      "    ok 1 - two\n"
	      "    # tear-down\n"
	      "    1..1\n"
	      "ok 2 - two\n"
	      "not ok 3 - suite tear-down\n"
	      "  ---\n"
	      "  message: \"died of SIGABRT after t/broken/suite.c:26\"\n"
	      "  at: t/broken/suite.c:26\n"
	      "  code: crash\n"
	      "  ...\n"
	      "1..3\n",
	      "# deferred: in one, later\n"
	      "# deferred: in one\n"
	      "# suite tear-down\n"
	      "# t/broken/suite.c:26: died of SIGABRT after t/broken/suite.c:26\n");
}

E2E_TEST(setup_fails)
{
	suite(E2E__AT, "setup-fails", 1,
	      "TAP version 14\n"
	      "# Subtest: one\n"
	      "    # set-up\n"
	      "    not ok 1 - set-up failed\n"
	      "      ---\n"
	      "      message: \"set-up failed\"\n"
	      "      at: t/broken/suite.c:56\n"
	      "      code: fail\n"
	      "      ...\n"
	      "    1..1\n"
	      "not ok 1 - one\n"
	      "  ---\n"
	      "  message: \"set-up failed\"\n"
	      "  at: t/broken/suite.c:56\n"
	      "  code: fail\n"
	      "  failed: 1 of 1 assertions\n"
	      "  ...\n"
	      "# Subtest: two\n"
	      "    # set-up\n"
	      "    not ok 1 - set-up failed\n"
	      "      ---\n"
	      "      message: \"set-up failed\"\n"
	      "      at: t/broken/suite.c:56\n"
	      "      code: fail\n"
	      "      ...\n"
	      "    1..1\n"
	      "not ok 2 - two\n"
	      "  ---\n"
	      "  message: \"set-up failed\"\n"
	      "  at: t/broken/suite.c:56\n"
	      "  code: fail\n"
	      "  failed: 1 of 1 assertions\n"
	      "  ...\n"
	      "1..2\n",
	      "# t/broken/suite.c:56: set-up failed\n"
	      "# t/broken/suite.c:56: set-up failed\n"
	      "# suite tear-down\n"
	      "# deferred: in the suite's set-up\n");
}

E2E_TEST(case_teardown_fails)
{
	suite(E2E__AT, "case-teardown-fails", 1,
	      "TAP version 14\n"
	      "# Subtest: one\n"
	      "    # set-up\n"
	      "    ok 1 - one\n"
	      "    # tear-down\n"
	      "    not ok 2 - tear-down failed\n"
	      "      ---\n"
	      "      message: \"tear-down failed\"\n"
	      "      at: t/broken/suite.c:63\n"
	      "      code: fail\n"
	      "      ...\n"
	      "    # deferred: in one, later\n"
	      "    # deferred: in one\n"
	      "    1..2\n"
	      "not ok 1 - one\n"
	      "  ---\n"
	      "  message: \"tear-down failed\"\n"
	      "  at: t/broken/suite.c:63\n"
	      "  code: fail\n"
	      "  failed: 1 of 2 assertions\n"
	      "  ...\n"
	      "# Subtest: two\n"
	      "    # set-up\n"
	      "    ok 1 - two\n"
	      "    # tear-down\n"
	      "    not ok 2 - tear-down failed\n"
	      "      ---\n"
	      "      message: \"tear-down failed\"\n"
	      "      at: t/broken/suite.c:63\n"
	      "      code: fail\n"
	      "      ...\n"
	      "    1..2\n"
	      "not ok 2 - two\n"
	      "  ---\n"
	      "  message: \"tear-down failed\"\n"
	      "  at: t/broken/suite.c:63\n"
	      "  code: fail\n"
	      "  failed: 1 of 2 assertions\n"
	      "  ...\n"
	      "1..2\n",
	      "# t/broken/suite.c:63: tear-down failed\n"
	      "# deferred: in one, later\n"
	      "# deferred: in one\n"
	      "# t/broken/suite.c:63: tear-down failed\n"
	      "# suite tear-down\n"
	      "# deferred: in the suite's set-up\n");
}

E2E_TEST(bails_in_case)
{
	suite(E2E__AT, "bails-in-case", 99,
	      "TAP version 14\n"
	      "# Subtest: one\n"
	      "    # set-up\n"
	      "    ok 1 - one\n"
	      "    # tear-down\n"
	      "    # deferred: in one, later\n"
	      "    # deferred: in one\n"
	      "Bail out! the disk is \\# full\n",
	      "# deferred: in one, later\n"
	      "# deferred: in one\n"
	      "# Bail out! the disk is # full\n"
	      "# suite tear-down\n"
	      "# deferred: in the suite's set-up\n");
}

E2E_TEST(skip_in_case)
{
	suite(E2E__AT, "skip-in-case", 0,
	      "TAP version 14\n"
	      "# Subtest: one\n"
	      "    # set-up\n"
	      "    ok 1 - one\n"
	      "    # tear-down\n"
	      "    # deferred: in one, later\n"
	      "    # deferred: in one\n"
	      "    1..1\n"
	      "ok 1 - one # SKIP enough\n"
	      "# Subtest: two\n"
	      "    # set-up\n"
	      "    ok 1 - two\n"
	      "    # tear-down\n"
	      "    1..1\n"
	      "ok 2 - two\n"
	      "1..2\n",
	      "# deferred: in one, later\n"
	      "# deferred: in one\n"
	      "# suite tear-down\n"
	      "# deferred: in the suite's set-up\n");
}

E2E_MAIN()
