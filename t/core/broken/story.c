/* Failing cases whose story is looked at. */
#include "e2e.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

E2E_TEST(told)
{
	pid_t pid;

	e2e_pass("first");
	e2e_event("queue", "%d jobs \"wait\"", 3);
	e2e_pass("one");
	e2e_pass("two");
	e2e_is_int(2, 3, "three");
	pid = fork();
	if (pid == 0) {
		e2e_event("a child with a long name", "two\nlines\tand a \x1b");
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	e2e_event("queue", "%0200d", 1);
}

E2E_TEST(subtests)
{
	e2e_event("queue", "is open");
	e2e_pass("before");
	for (int i = 0; i < 1000; i++)
		e2e_subtest("quiet %d", i)
		{
			e2e_pass("outside");
			e2e_subtest("within")
				e2e_pass("inside");
		}
	e2e_subtest("skips")
		e2e_skip("no %s", "queue");
	e2e_subtest("outer")
	{
		e2e_subtest("closed")
			e2e_pass("inside");
		e2e_subtest("last")
			e2e_is_int(1, 2, "wrong");
	}
}

E2E_TEST(only_subtests)
{
	e2e_subtest("outer")
		e2e_fail("inside");
}

static void too_long(void)
{
	e2e_pass("it goes on");
	for (;;)
		pause();
}

E2E_TEST(a_limit)
{
	e2e_event("queue", "is open");
	e2e_blocking_with_timeout(50)
		e2e_blocking_with_timeout(0.25)
			too_long();
}

E2E_TEST(a_deaf_limit)
{
	signal(SIGALRM, SIG_IGN);
	e2e_event("queue", "is open");
	e2e_blocking_with_timeout(0.25)
		too_long();
}

E2E_TEST(crashes)
{
	e2e_event("queue", "before");
	raise(SIGKILL);
}

E2E_TEST(many)
{
	for (int i = 0; i < 1000; i++)
		e2e_event("loop", "turn %d", i);
	e2e_fail("at the end");
}

E2E_TEST(nothing_told)
{
	e2e_fail("only this");
}

E2E_TEST(passes)
{
	e2e_event("queue", "of no use");
	e2e_pass();
}

E2E_MAIN()
