/* Cases that are killed while a proxy, a mailbox, shims, a plugin or a scenario is at work; t/proc/net_orphans.c kills them. */
#include "e2e_proc.h"

/* A daemon, where the system lets one be found. */
#ifdef E2E__LINUX
#define DAEMON "setsid -f sleep 98765; "
#else
#define DAEMON ""
#endif

static void blocked(void)
{
	fprintf(stderr, "blocked\n");
}

E2E_TEST(in_proxy)
{
	e2e_proxy *px = e2e_proxy_to(e2e_endpoint(e2e_listen("tcp:127.0.0.1:0")));
	int fd = e2e_dial(px->endpoint);
	char c;
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .drop = true);
	blocked();
	while (read(fd, &c, 1) != 0)
		;
}

E2E_TEST(in_mail_wait)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_dial(e2e_printf("tcp:%s", m->address));
	blocked();
	e2e_mail_wait(m, 1, 90);
}

E2E_TEST(in_fault)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_proxy *px = e2e_proxy_to(e2e_printf("tcp:%s", m->address));
	blocked();
	for (;;) {
		e2e_mail_fault(m, "RCPT", 550);
		e2e_proxy_clear(px);
	}
}

E2E_TEST(in_exchange)
{
	const char *const send[] = {"t/proc/data/shim", "send", "late", NULL};
	const char *const receive[] = {"t/proc/data/shim", "receive", "well", NULL};
	e2e_shim shim = {"S", send, receive, NULL, false};
	e2e_message m = {"m", "1", NULL, NULL, NULL, 90};
	blocked();
	e2e_exchange(&shim, &shim, &m, e2e_tmpdir());
}

E2E_TEST(in_handshake)
{
	e2e_proc *p = e2e_spawn("sh", "-c", DAEMON "sleep 98765; true");
	e2e_handshake hs;
	blocked();
	e2e_handshake(p, &hs, 90);
}

E2E_TEST(in_scenario)
{
	const char *path = e2e_printf("%s/x.txt", e2e_tmpdir());
	FILE *f = fopen(path, "w");
	e2e_must(e2e_ok(f && fputs("$ " DAEMON "sleep 98765; true\n", f) >= 0 && fclose(f) == 0));
	e2e_proc_timeout(90);
	blocked();
	e2e_scenario(path);
}

E2E_MAIN()
