/* Cases that fail while the suite has a proxy and a mailbox; t/proc/suite.c looks at what their reports say of them. */
#include "e2e_proc.h"
#include "talk.h"

static e2e_mailbox *box;
static e2e_proxy *px;

E2E_SUITE_SETUP()
{
	box = e2e_mailbox_open();
	px = e2e_proxy_to(e2e_printf("tcp:%s", box->address));
}

/* One mail through the proxy. */
static void send_mail(const char *subject) { e2e_ok(talk_send(px->address, subject, 1, "2.0.0 ok: mail")); }

E2E_TEST(passes) { send_mail("one"); }
E2E_TEST(fails)
{
	send_mail("two");
	e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 0.01);
	e2e_fail("on purpose");
}
E2E_TEST(times_out, .timeout = 0.5)
{
	e2e_proxy_clear(px);
	e2e_mail_expect(box, "three", "0@y");
}
E2E_TEST(leaves_a_process)
{
	e2e_spawn("sleep", "86420");
	e2e_pass();
}

E2E_MAIN()
