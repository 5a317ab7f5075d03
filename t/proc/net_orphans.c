/* Nothing outlives a test that is killed in the middle of this part's operations: its tree is gone, too. */
#include "../golden.h"
#include "../leftovers.h"

static void killed_in(const char *name, int signo)
{
	const char *mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("mark")), *left;
	const char *tmp = e2e_printf("%s/%s-%d", e2e_tmpdir(), name, signo);
	double until;
	mkdir(tmp, 0700);
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV(mark, e2e_printf("TMPDIR=%s", tmp))},
				     broken("net_ops"), "-k", e2e_printf("^%s$", name), "--timeout", "100");
	e2e_ready(p, E2E_LINE("^blocked$"));
	usleep((useconds_t)(e2e_rand() % 20000)); /* another moment each time */
	e2e_ok(leftovers(mark) != NULL, "something of %s runs", name);
	kill(p->pid, signo);
	e2e_wait(p, E2E_SIG(signo));
	until = e2e_now() + 30;
	while ((left = leftovers(mark)) && e2e_now() < until)
		usleep(5000);
	e2e_is_str(left, NULL, "%s: what is left after %s", name, e2e__clock_signal_name(signo));
}

static void each(int signo)
{
	static const char *const ops[] = {"in_proxy",	 "in_mail_wait", "in_fault",
					  "in_exchange", "in_handshake", "in_scenario"};
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
			killed_in(ops[i], signo);
}

E2E_TEST(killed, .timeout = 200)
{
	each(SIGKILL);
}

E2E_TEST(interrupted, .timeout = 200)
{
	each(SIGINT);
}

E2E_MAIN()
