/* broken/plan.c - plans that fail, each in one way; plan.c looks at what they report. */
#include "e2e_proc.h"

E2E_TEST(spawn_what_is_not_there)
{
	e2e_spawn("no-such-server", "--port", "80");
}

E2E_TEST(spawn_a_folder)
{
	e2e_spawn("/tmp");
}

E2E_TEST(wait_for_another_status)
{
	e2e_wait(e2e_spawn("sh", "-c", "echo 'cannot open the database' >&2; exit 3"), 0);
}

E2E_TEST(wait_for_a_crash)
{
	e2e_wait(e2e_spawn("sh", "-c", "kill -SEGV $$"), 0);
}

E2E_TEST(one_of_three_ends_otherwise)
{
	e2e_proc **p = e2e_spawn_par(
		E2E_ARGV("true"), E2E_ARGV("sh", "-c", "exit 2"), E2E_ARGV("echo", "three"));
	e2e_wait_par(E2E_EXPECT(p[0], 0), E2E_EXPECT(p[1], 0), E2E_EXPECT(p[2], 0));
}

E2E_TEST(one_of_two_is_not_there)
{
	e2e_spawn_par(E2E_ARGV("sleep", "1000"), E2E_ARGV("no-such-client"));
}

E2E_TEST(kill_what_ignores_it)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.01; done");
	e2e_ready(p, E2E_LINE("up"));
	e2e_kill(p, 0.3);
}

E2E_TEST(kill_what_is_dead)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "exit 5");
	while (!e2e_exited(p))
		usleep(1000);
	e2e_kill(p);
}

E2E_TEST(kill_what_fails_to_tidy_up)
{
	e2e_proc *p =
		e2e_spawn("sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 0.01; done");
	e2e_ready(p, E2E_LINE("up"));
	e2e_kill(p);
}

static int gives_four(void *arg)
{
	(void)arg;
	return 4;
}

E2E_TEST(function_returns_another_number)
{
	e2e_wait(e2e_spawn_fn(gives_four, NULL), 0);
}

E2E_TEST(wait_too_long)
{
	e2e_proc_timeout(0.2);
	e2e_wait(e2e_spawn("sleep", "1000"), 0);
}

E2E_TEST(case_takes_too_long, .timeout = 0.3)
{
	e2e_wait(e2e_spawn("sleep", "1000"), 0);
}

E2E_TEST(server_dies_in_a_wait)
{
	e2e_spawn("sh", "-c", "sleep 0.1; cat /no/such/server-config");
	e2e_wait(e2e_spawn("sleep", "1000"), 0, 60);
}

E2E_TEST(server_dies_between)
{
	e2e_proc *server = e2e_spawn("true");
	while (!e2e_exited(server))
		usleep(1000);
	e2e_run("echo", "a client");
}

E2E_TEST(nobody_waits)
{
	e2e_proc *p = e2e_spawn("true");
	while (!e2e_exited(p))
		usleep(1000);
	e2e_pass();
}

E2E_TEST(still_running)
{
	e2e_spawn("sleep", "4242");
	e2e_pass();
}

E2E_TEST(a_grandchild_is_left)
{
	e2e_wait(e2e_spawn("sh", "-c", "sleep 4243 & echo started"), 0);
}

E2E_TEST(says_why_and_fails)
{
	e2e_wait(e2e_spawn("sh", "-c", "echo 'no space left' >&2; exit 1"), 0);
}

E2E_TEST(server_is_never_ready)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo starting; exec sleep 1000");
	e2e_ready(p, E2E_LINE("^serving"), E2E_WITHIN(0.3));
	e2e_kill(p);
}

E2E_MAIN()
