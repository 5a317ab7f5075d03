/* The memory of processes: what counts, whose, and what is said. What fails is in broken/growth.c. */
#include "growth.h"
#include "../golden.h"

static e2e_proc *of_suite;

E2E_SUITE_SETUP()
{
	of_suite = e2e_spawn_fn(growth_server, NULL);
}

E2E_SUITE_TEARDOWN()
{
	e2e_kill(of_suite);
}

E2E_TEST(what_is_given_back)
{
	e2e_proc *p = e2e_spawn_fn(growth_server, NULL);

	growth_ask(p, "n");
	e2e_growth_of(p, 4 << 20)
	{
		for (int i = 0; i < 20; i++)
			growth_ask(p, "b");
	}
	e2e_growth_of(p, 4 << 20) growth_ask(p, "l");
	e2e_growth_of(p, GROWTH_STEP + (4 << 20)) growth_ask(p, "k");
	e2e_kill(p);
}

E2E_TEST(of_the_suite)
{
	growth_ask(of_suite, "n");
	e2e_growth_of(of_suite, 4 << 20) growth_ask(of_suite, "b");
}

static int calls;

static e2e_proc *counted(e2e_proc *p)
{
	calls++;
	return p;
}

E2E_TEST(arguments_once)
{
	e2e_proc *p = e2e_spawn_fn(growth_server, NULL);
	int rounds = 0;

	e2e_growth_of(counted(p), 4 << 20) rounds++;
	e2e_is_int(rounds, 1);
	e2e_is_int(calls, 1);
	e2e_kill(p);
}

/* What a failing case says, with its numbers as N. */
static void says(const char *which, const char *message)
{
	e2e_result r = e2e_run(broken("growth"), "-k", e2e_printf("^%s$", which));

	e2e_is_int(r.status, 1, "%s", which);
	e2e_like(r.out, message);
}

E2E_TEST(what_is_kept)
{
	says("keeps", "not ok 3 - growth_server grows by [0-9]{7,} bytes, at most 4194304 bytes\n"
	              "      ---\n"
	              "      message: \"growth_server\\(\\) \\(pid [0-9]+\\) has grown from [0-9]+ to [0-9]+ bytes\"\n"
	              "      at: t/proc/broken/growth.c:8\n"
	              "      got: [0-9]{7,} bytes\n"
	              "      want: at most 4194304 bytes\n"
	              "      code: budget\n"
	              "      hint: \"do once before the block what fills its caches");
	says("lets_a_worker_keep", "grows by [0-9]{7,} bytes, at most 4194304 bytes\n");
}

E2E_TEST(what_has_ended)
{
	says("ends_in_the_block", "has ended, and its memory with it\"\n");
	says("is_killed_in_the_block", "has ended, and its memory with it\"\n");
	says("has_ended_before", "e2e_growth_of: growth_server\\(\\) has ended before \\(exit code 0\\)");
}

E2E_TEST(what_makes_no_sense)
{
	says("of_nothing", "e2e_growth_of was given NULL instead of a process");
	says("without_an_end", "a budget without an end allows everything");
}

E2E_MAIN()
