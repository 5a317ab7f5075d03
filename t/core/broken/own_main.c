/* A main() of its own that forgets the cases; with an argument, cases of an impossible limit. */
#include "e2e.h"

E2E_TEST(forgotten)
{
	e2e_fail("nobody looks");
}

E2E_TEST(negative, .timeout = -1)
{
	e2e_pass();
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return e2e_main(argc, argv);
	e2e_ok(1);
	return e2e_done();
}
