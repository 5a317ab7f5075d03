/* Fixtures of cases and of the suite, and what goes wrong in them. t/core/broken/suite.c is run once for each. */
#include "../golden.h"

static void suite(const char *file, int line, const char *how, int status)
{
	e2e_result r;
	e2e_setenv("HOW", how);
	r = e2e_run(broken("suite"), "--timeout", strcmp(how, "hangs") == 0 ? "0.3" : "60");
	e2e__assertion_is_int_at((struct e2e__at){file, line, "status, expected", NULL}, r.status, false, status, false);
	as_expected(file, line, e2e_printf("suite-%s", *how ? how : "well"), r.out, r.err);
}

E2E_TEST(all_well)
{
	suite(E2E__AT, "", 0);
}

E2E_TEST(fails)
{
	suite(E2E__AT, "fails", 1);
}

E2E_TEST(skips)
{
	suite(E2E__AT, "skips", 0);
}

E2E_TEST(crashes)
{
	suite(E2E__AT, "crashes", 1);
}

E2E_TEST(exits)
{
	suite(E2E__AT, "exits", 1);
}

E2E_TEST(hangs)
{
	suite(E2E__AT, "hangs", 1);
}

E2E_TEST(bails)
{
	suite(E2E__AT, "bails", 99);
}

E2E_TEST(teardown_fails)
{
	suite(E2E__AT, "teardown-fails", 1);
}

E2E_TEST(teardown_crashes)
{
	suite(E2E__AT, "teardown-crashes", 1);
}

E2E_TEST(setup_fails)
{
	suite(E2E__AT, "setup-fails", 1);
}

E2E_TEST(case_teardown_fails)
{
	suite(E2E__AT, "case-teardown-fails", 1);
}

E2E_TEST(bails_in_case)
{
	suite(E2E__AT, "bails-in-case", 99);
}

E2E_TEST(skip_in_case)
{
	suite(E2E__AT, "skip-in-case", 0);
}

E2E_MAIN()
