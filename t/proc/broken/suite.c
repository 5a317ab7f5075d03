/* A suite whose server dies in the middle of the second of four cases. */
#include "e2e_proc.h"

static e2e_proc *server;

E2E_SUITE_SETUP()
{
	server = e2e_spawn("sh", "-c", "trap 'echo told' USR1; echo listening; while :; do [ ! -e \"$0\" ] || { echo 'out of luck' >&2; exit 3; }; sleep 0.01; done",
	                   getenv("E2E_T_STOP"));
	e2e_must(e2e_ready(server, E2E_LINE("^listening$")));
}

E2E_TEST(one) { e2e_is_int(kill(server->pid, 0), 0); }
E2E_TEST(two)
{
	e2e_pass("it begins");
	close(open(getenv("E2E_T_STOP"), O_CREAT | O_WRONLY, 0600));
	for (;;)
		pause();
}
E2E_TEST(three) { e2e_pass(); }
E2E_TEST(four) { e2e_pass(); }

E2E_TEST(tells)
{
	kill(server->pid, SIGUSR1);
	e2e_eventually(20, strstr(e2e_stdout(server), "told") != NULL);
	e2e_fail("on purpose");
}

E2E_SUITE_TEARDOWN() { e2e_kill(server); }

E2E_MAIN()
