/* Limits, and what stops or holds the program: t/core/limits.c does both to it. */
#include "e2e.h"

E2E_SUITE_SETUP()
{
	setenv("SET_UP", "1", 1);
}

/* Waits for a file that the test makes once it has stopped the program for longer than the limit. */
E2E_TEST(stopped, .timeout = 3)
{
	const char *go = getenv("GO");
	fprintf(stderr, "# waits\n");
	e2e_must(e2e_ok(go != NULL));
	while (access(go, F_OK) != 0)
		usleep(1000);
	e2e_pass("went on");
}

/* As at a breakpoint: far longer than both limits. */
E2E_TEST(held, .timeout = 0.3)
{
	double began = e2e_now();
	e2e_blocking_with_timeout(0.1)
	{
		while (e2e_now() < began + 1)
			usleep(1000);
	}
	e2e_pass("went on");
}

E2E_TEST(alarm_rings)
{
	struct itimerval soon = {{0, 0}, {0, 10000}};
	e2e_pass("before");
	setitimer(ITIMER_REAL, &soon, NULL);
	for (;;)
		pause();
}

E2E_MAIN()
