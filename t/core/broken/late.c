/* Limits of processes that the tested code forked, over when its body is over: t/core/late.c runs it. */
#include "e2e.h"

static pid_t kid;
static bool in_hook;
static struct e2e__hooks hooks;

/* Forks a process that is in a block with a limit when this returns, and waits there for ever. */
static void start(double limit)
{
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		e2e_bail_out("no pipe: %s", strerror(errno));
	kid = fork();
	if (kid == 0) {
		e2e_blocking_with_timeout(limit)
		{
			close(ready[0]);
			close(ready[1]);
			for (;;)
				pause();
		}
		_exit(0);
	}

	close(ready[1]);
	if (read(ready[0], &byte, 1) != 0)
		e2e_bail_out("the child says something");
	close(ready[0]);
}

/* Until it has ended, which isn't told to who waits for it by other means than this. */
static void dawdle(void *arg)
{
	siginfo_t info;

	(void)arg;
	while (kid > 0 && waitid(P_PID, (id_t)kid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
}

static void at_end(bool failed)
{
	(void)failed;
	if (in_hook)
		dawdle(NULL);
}

static void start_and_dawdle(void *arg)
{
	start(0.2);
	dawdle(arg);
}

static bool is(const char *how)
{
	const char *set = getenv("HOW");

	return set && strcmp(set, how) == 0;
}

E2E_SUITE_SETUP()
{
	hooks.case_end = at_end;
	e2e__hook(&hooks);
	if (is("suite"))
		e2e_defer(dawdle, NULL);
	if (is("suite"))
		start(0.2);
}

E2E_TEARDOWN()
{
	if (is("teardown"))
		start(0.2);
}

E2E_TEST(deferred)
{
	e2e_pass("before");
	e2e_defer(dawdle, NULL);
	if (!is("teardown"))
		start(0.2);
}

E2E_TEST(forks_in_the_end)
{
	e2e_pass("before");
	e2e_defer(start_and_dawdle, NULL);
}

E2E_TEST(behind_all)
{
	e2e_pass("before");
	in_hook = true;
	start(0.2);
}

E2E_TEST(skipped)
{
	in_hook = true;
	start(0.2);
	e2e_skip("no more");
}

E2E_TEST(passes)
{
	e2e_pass("of the suite's set-up");
}

/* Each is ended in its block: their limits are nobody's any more. */
E2E_TEST(killed_in_blocks)
{
	int i, n = 2 * E2E__LIMITS, status = 0;

	for (i = 0; i < n; i++) {
		start(300);
		kill(kid, SIGKILL);
		waitpid(kid, &status, 0);
	}
	e2e_blocking_with_timeout(30) e2e_is_int(WIFSIGNALED(status), 1);
}

E2E_MAIN()
