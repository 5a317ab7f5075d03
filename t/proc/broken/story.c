/* Failing cases whose story tells of processes. */
#include "e2e_proc.h"

/* Secrets on a command line, in a log, in what a command says; one that was named, one that was not. */
E2E_TEST(secrets)
{
	const char *key = e2e_secret("n4med");
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.name = "server"}, "sh", "-c",
		"echo \"connects to pg://joe:t0ld@db with $1\"; echo \"up: Authorization: Bearer t0ld\"; exec sleep 1000", "sh", key,
		"--password=t0ld", "--token", "t0ld");

	e2e_ready(p, E2E_LINE("up"));
	e2e_result r = e2e_run_with((e2e_spawn_opts){.name = "client"}, "sh", "-c", "echo 'I have n4med'; exit 3", "sh", "--password", "t0ld");
	e2e_is_str(r.out, "I have nothing\n", "%s does", r.proc->command);
}

/* The command is in the failure's words. */
E2E_TEST(secrets_left_running)
{
	e2e_spawn("sh", "-c", "exec sleep 1000", "sh", "--password=t0ld", e2e_secret("n4med"));
	e2e_pass("one runs");
}

static e2e_proc *start(const char *name, const char *text)
{
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.name = name}, "sh", "-c",
		e2e_printf("%s; echo up; while :; do sleep 0.01; done", text));

	e2e_ready(p, E2E_LINE("up"));
	return p;
}

/* One after another, so that the order is the same each time. */
E2E_TEST(by_the_test)
{
	e2e_kill(start("killed", ":"));
	e2e_stop(start("stopped", "trap 'exit 7' TERM"), 7);

	e2e_proc *p = start("signalled", ":");
	e2e_signal(p, SIGINT);
	e2e_wait(p, E2E_SIG(SIGINT));

	p = start("by_itself", ":");
	kill(p->pid, SIGKILL); /* as the case's own code does it */
	e2e_wait(p, E2E_SIG(SIGKILL));
	e2e_fail("at the end");
}

E2E_TEST(by_the_limit) { e2e_wait(start("endless", "trap '' TERM"), 0, 0.2); }

E2E_TEST(by_the_end)
{
	start("left", ":");
	e2e_fail("in the middle");
}

E2E_TEST(by_somebody_else)
{
	e2e_proc *p = start("server", ":");

	kill(p->pid, SIGTERM);
	e2e_wait(p, 0);
}

E2E_TEST(by_nobody) { e2e_wait(e2e_spawn_with((e2e_spawn_opts){.name = "server"}, "sh", "-c", "kill -SEGV $$"), 0); }

E2E_MAIN()
