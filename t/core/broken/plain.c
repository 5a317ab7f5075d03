/* A program with a bit of everything, for the tests of the command line. */
#include "e2e.h"

E2E_TEST(first, .tags = "fast net")
{
	e2e_pass("one");
	printf("said by first\n");
}

E2E_TEST(second, .tags = "slow net")
{
	e2e_is_int(1, 2);
	printf("said by second\n");
}

E2E_TEST(third, .tags = "slow")
{
	e2e_skip("not today");
}

E2E_TEST(fourth)
{
	unsigned long long first = e2e_rand(), second = e2e_rand();
	e2e_note("%016llx %016llx", first, second);
	e2e_pass();
}

E2E_TEST(unforked, .fork = 0)
{
	e2e_ok(e2e_tmpdir() != NULL);
}

E2E_MAIN()
