/* timeouts.c - nothing hangs: limits of blocks and cases, waits on conditions, cleanup that always runs.
 *
 * The cases that run into their limits are marked TODO, so that the example ends green; run
 *	examples/timeouts.t -k endless
 * to see what is said: after how long, and where the limit was armed. */
#include "e2e.h"

static void say(void *text)
{
	e2e_note("cleanup: %s", (const char *)text);
}

E2E_TEST(endless_loop, .todo = "runs into its limit on purpose")
{
	static char text[] = "runs although the case was cut short";
	volatile int i = 0;
	e2e_defer(say, text);
	e2e_blocking_with_timeout(0.2)
	{
		for (;;)
			i = i + 1;
	}
}

E2E_TEST(even_with_the_signal_blocked, .timeout = 0.2, .todo = "the watching parent ends it")
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		pause();
}

E2E_TEST(wait_for_a_condition_not_for_a_time)
{
	double began = e2e_now();
	e2e_eventually(5, e2e_now() - began > 0.05);
}

E2E_TEST(the_limit_of_the_config)
{
	int fds[2];
	char c = 0;
	e2e_must(e2e_is_int(pipe(fds), 0));
	e2e_is_int(write(fds[1], "x", 1), 1);
	e2e_blocking_timed
	{
		e2e_is_int(read(fds[0], &c, 1), 1);
	}
	e2e_is_int(c, 'x');
	close(fds[0]);
	close(fds[1]);
}

E2E_TEST(budgets)
{
	e2e_within(5) usleep(1000);
}

E2E_MAIN()
