/* Waits to be ended by a signal, in each place where that may come; with something to clean up and a child to take along. */
#include "e2e.h"

static void deferred(void *arg)
{
	(void)arg;
	e2e_note("the deferred function ran");
}

static void wait_for_the_end(void)
{
	e2e_pass("before");
	e2e_diag("waits");
	for (;;)
		pause();
}

static bool is(const char *name, const char *value)
{
	return getenv(name) && strcmp(getenv(name), value) == 0;
}

E2E_SUITE_SETUP()
{
	e2e_known("known*", "*", "BUG-1: never ends");
	if (is("HANGS", "suite set-up"))
		wait_for_the_end();
}

E2E_SUITE_TEARDOWN()
{
	e2e_diag("the suite's tear-down ran");
	if (is("HANGS", "suite tear-down"))
		wait_for_the_end();
}

E2E_TEARDOWN()
{
	if (is("HANGS", "tear-down"))
		wait_for_the_end();
}

E2E_TEST(cleanup_runs)
{
	e2e_defer(deferred, NULL);
	if (fork() == 0)
		for (;;)
			pause();
	e2e__hook_doing("something");
	wait_for_the_end();
}

E2E_TEST(next)
{
	e2e_pass();
}

E2E_TEST(passes)
{
	e2e_pass();
}

E2E_TEST(deaf)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	e2e_subtest("inner") wait_for_the_end();
}

E2E_TEST(subtests)
{
	e2e_subtest("outer")
	{
		e2e_subtest("inner") wait_for_the_end();
		e2e_pass("not reached");
	}
}

static void pair(const void *row, const void *column, void *arg)
{
	(void)column;
	(void)arg;
	if (strcmp(*(const char *const *)row, "a") == 0)
		e2e_pass("of a");
	else
		wait_for_the_end();
}

E2E_TEST(pairs)
{
	static const char *const names[] = {"a", "b", "c"}, *const one[] = {"one"};
	e2e_matrix(names, 3, one, 1, pair, NULL);
}

E2E_TEST(known)
{
	wait_for_the_end();
}

E2E_TEST(unforked, .fork = 0)
{
	e2e_defer(deferred, NULL);
	wait_for_the_end();
}

E2E_TEST(in_a_folder)
{
	e2e_pass("%s", e2e_tmpdir());
	wait_for_the_end();
}

E2E_TEST(last)
{
	e2e_pass();
}

E2E_MAIN()
