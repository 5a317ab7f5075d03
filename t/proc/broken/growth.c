/* Processes that keep memory, and blocks that can't measure any. */
#include "../growth.h"

E2E_TEST(keeps)
{
	e2e_proc *p = e2e_spawn_fn(growth_server, NULL);
	growth_ask(p, "n");
	e2e_growth_of(p, 4 << 20) growth_ask(p, "k");
	e2e_kill(p);
}
E2E_TEST(lets_a_worker_keep)
{
	e2e_proc *p = e2e_spawn_fn(growth_server, NULL);
	e2e_growth_of(p, 4 << 20) growth_ask(p, "w");
	e2e_signal_group(p, SIGKILL);
	e2e_wait(p, E2E_SIG(SIGKILL));
}
E2E_TEST(ends_in_the_block)
{
	e2e_proc *p = e2e_spawn_fn(growth_server, NULL);
	e2e_growth_of(p, 4 << 20)
	{
		e2e_send(p, "e");
		while (!e2e_exited(p))
			usleep(1000);
	}
	e2e_wait(p, 0);
}
E2E_TEST(is_killed_in_the_block)
{
	e2e_proc *p = e2e_spawn_fn(growth_server, NULL);
	e2e_growth_of(p, 4 << 20) e2e_kill(p);
}
E2E_TEST(has_ended_before)
{
	e2e_proc *p = e2e_spawn_fn(growth_server, NULL);
	e2e_wait(p, 0);
	e2e_growth_of(p, 4 << 20) e2e_fail("not reached");
}
E2E_TEST(of_nothing)
{
	e2e_growth_of(NULL, 4 << 20) e2e_fail("not reached");
}
E2E_TEST(without_an_end)
{
	volatile double zero = 0;
	e2e_proc *p = e2e_spawn_fn(growth_server, NULL);
	e2e_growth_of(p, 1 / zero) growth_ask(p, "n");
	e2e_kill(p);
}
E2E_MAIN()
