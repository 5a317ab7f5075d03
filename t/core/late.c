/* Limits of processes that the tested code forked hold although its body is over. */
#include "../golden.h"

static void late(const char *file, int line, const char *name, const char *option)
{
	e2e_result r = e2e_run(broken("late"), "-k", e2e_printf("^%s$", name), option);

	e2e__assertion_is_int_at((struct e2e__at){file, line, "status, expected", NULL}, r.status, false, 1, false);
	e2e__match_like((struct e2e__at){file, line, "point", NULL}, r.out,
			e2e_printf("\nnot ok 1 - %s\n  ---\n  message: \"timed out after 0.2 s\"\n  at: [^\n]*late[.]c:18\n", name));
	e2e__match_like((struct e2e__at){file, line, "stderr", NULL}, r.err, "(^|\n)# [^\n]*late[.]c:18: timed out after 0.2 s\n");
}

E2E_TEST(in_the_end, .timeout = 120)
{
	late(E2E__AT, "deferred", "--verbose");
	late(E2E__AT, "deferred", "--no-fork");
	late(E2E__AT, "forks_in_the_end", "--verbose");
	late(E2E__AT, "forks_in_the_end", "--no-fork");
}

/* Nothing of the case runs any more that could be told. */
E2E_TEST(behind_all, .timeout = 120)
{
	late(E2E__AT, "behind_all", "--verbose");
	late(E2E__AT, "behind_all", "--no-fork");
	late(E2E__AT, "skipped", "--verbose");
	late(E2E__AT, "skipped", "--no-fork");
}

E2E_TEST(of_a_tear_down)
{
	e2e_setenv("HOW", "teardown");
	late(E2E__AT, "deferred", "--verbose");
}

E2E_TEST(of_the_suite)
{
	e2e_result r;

	e2e_setenv("HOW", "suite");
	r = e2e_run(broken("late"), "-k", "^passes$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok 2 - suite (clean-up|tear-down)\n  ---\n  message: \"timed out after 0.2 s\"\n  at: [^\n]*late[.]c:18\n");
}

E2E_TEST(of_the_dead)
{
	e2e_is_int(e2e_run(broken("late"), "-k", "^killed_in_blocks$").status, 0);
}

E2E_MAIN()
