// What e2e_proc.h offers for networks, mail, shims and scenarios, in C++. t/proc/cxx.c builds and runs it.
#include "e2e_proc.h"
#include "../broken/talk.h"

static int write_mail(void *arg)
{
	return talk_send(static_cast<e2e_proxy *>(arg)->address, "C++", 1, "2.0.0 ok: mail") ? 0 : 1;
}

E2E_TEST(proxy_and_mail)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_proxy *px = e2e_proxy_to(e2e_printf("tcp:%s", m->address));
	e2e_fault fault = e2e_fault();
	const char *const to[] = {"0@y", NULL};
	fault.latency = 0.01;
	e2e_proxy_set(px, E2E_TO_CLIENT, &fault);
#if __cplusplus >= 202002L
	e2e_proxy_fault(px, E2E_TO_SERVER, .latency = 0.01, .first = 1);
#endif
	e2e_wait(e2e_spawn_fn(write_mail, px), 0);
	e2e_mail_wait(m, 1);
	e2e_mail_expect(m, "C++", to);
	e2e_mail_fault(m, "MAIL", 550);
	e2e_wait(e2e_spawn_fn(write_mail, px), 1);
	e2e_is_int(e2e_mail_count(m), 1);
	e2e_proxy_clear(px);
}

E2E_TEST(scenario)
{
	e2e_scenario("t/proc/data/scenario.txt", "user=joe", "port=4711");
	e2e_scenario("t/proc/data/scenario.md");
}

E2E_TEST(handshake)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo '1|1|tcp|127.0.0.1:1|x'; exec sleep 100");
	e2e_handshake hs;
	e2e_must(e2e_handshake(p, &hs));
	e2e_is_str(hs.protocol, "x");
	e2e_kill(p);
}

E2E_TEST(shims)
{
	const e2e_shim shims[] = {
		{"sh", E2E_ARGV("t/proc/data/shim", "send", "well"), E2E_ARGV("t/proc/data/shim", "receive", "well"), NULL, false}};
	const e2e_message messages[] = {{"numbers", "[1, 2]", NULL, NULL, NULL, 0}};
	e2e_interop(shims, 1, messages, 1, e2e_tmpdir());
}

E2E_MAIN()
