/* Waits to be interrupted, with something to clean up and a child to take along. */
#include "e2e.h"

static void deferred(void *arg)
{
	(void)arg;
	e2e_note("the deferred function ran");
}

E2E_TEST(cleanup_runs)
{
	e2e_defer(deferred, NULL);
	if (fork() == 0)
		for (;;)
			pause();
	e2e_pass("before");
	for (;;)
		pause();
}

E2E_MAIN()
