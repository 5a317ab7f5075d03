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

/* What matters, and then much that doesn't. */
E2E_TEST(dull)
{
	const char *path = e2e_printf("%s/server.log", e2e_tmpdir());
	FILE *f = fopen(path, "w");

	e2e_event("b\xc3\xa4r", "it matters");
	e2e__story_tell("proxy:1", "net", false, "connection 1: accepted");
	for (int i = 0; i < 60; i++)
		e2e__story_tell("proxy:1", "net", false, "connection 1: %d bytes to the client", i);
	e2e__story_tell("client-1", "stanza", false, "> <r xmlns=\"urn:xmpp:sm:3\"/>");
	if (f)
		fputs("\n  \t\r\n[info] up\nc2s1 info\tcome\nhe informs  \n\n", f);
	if (!e2e_ok(f && fclose(f) == 0))
		return;
	e2e__hook_evidence("a-long-service-name/server.log", path);
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
