/* Faults, mail, shims, handshakes and scenarios in cases that fail: t/net_*.c run them one by one and compare. */
#include "e2e_proc.h"

E2E_TEST(proxy_bad_endpoint)
{
	e2e_proxy_to("nonsense");
	e2e_pass("not reached");
}

E2E_TEST(proxy_down_first)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .down = true, .first = 1);
}

E2E_TEST(proxy_negative)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .latency = -1);
}

E2E_TEST(proxy_explains)
{
	e2e_proxy *px = e2e_proxy_to(e2e_printf("tcp:127.0.0.1:%d", e2e_port()));
	char c;
	int fd;
	e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 0.01);
	fd = e2e_dial(px->endpoint);
	e2e_cmp_int(read(fd, &c, 1), "<=", 0);
	e2e_fail("on purpose");
}

E2E_TEST(proxy_killed)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	kill(px->self->helper.proc->pid, SIGKILL);
	e2e_eventually(10, false);
}

E2E_TEST(proxy_sleeps)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	e2e_diag("helper %ld", (long)px->self->helper.proc->pid);
	for (;;)
		pause();
}

E2E_MAIN()
