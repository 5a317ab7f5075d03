/* What the second user of a service waits for its address: each case is a process of its own that asks for the one the suite has
 * started. */
#include "../../e2e_proc.h"

static const char *start(void *arg)
{
	(void)arg;
	e2e_spawn("sleep", "1000");
	return "here";
}

E2E_SUITE_SETUP() { e2e_service("bench", start, NULL); }

E2E_TEST(second)
{
	double begin = e2e_now();
	e2e_service("bench", start, NULL);
	e2e_diag("microseconds: %.0f", (e2e_now() - begin) * 1e6);
	e2e_pass();
}

E2E_MAIN()
