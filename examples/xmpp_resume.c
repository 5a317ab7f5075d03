/* e2e: libstrophe openssl libsodium */
/* xmpp_resume.c - a client whose connection breaks comes back and misses nothing (XEP-0198), seen through the fault proxy. */
#include "e2e_xmpp.h"

E2E_TEST(nothing_is_lost_when_the_line_breaks)
{
	e2e_client *juliet = e2e_client_connected(), *romeo;
	e2e_proxy *line = e2e_proxy_to(e2e_printf("tcp:%s:%d", juliet->account.host, juliet->account.port));
	e2e_account by_proxy = {.host = "127.0.0.1", .port = line->port};

	romeo = e2e_client_connect((e2e_client_opts){.resumable = true, .account = &by_proxy});
	e2e_message(juliet, romeo->jid, "one");
	e2e_is_str(e2e_body(e2e_expect_stanza(romeo, E2E_MESSAGE)), "one");

	e2e_proxy_fault(line, E2E_BOTH_WAYS, .down = true);
	e2e_eventually(10, !e2e_is_connected(romeo));
	e2e_message(juliet, romeo->jid, "two, into the void");
	e2e_proxy_clear(line);

	e2e_ok(e2e_reconnect(romeo), "the session is resumed");
	e2e_is_str(e2e_body(e2e_expect_stanza(romeo, E2E_MESSAGE)), "two, into the void");
}

/* A slow line is no broken one. */
E2E_TEST(a_slow_line)
{
	e2e_client *juliet = e2e_client_connected(), *romeo;
	e2e_proxy *line = e2e_proxy_to(e2e_printf("tcp:%s:%d", juliet->account.host, juliet->account.port));
	e2e_account by_proxy = {.host = "127.0.0.1", .port = line->port};

	e2e_proxy_fault(line, E2E_BOTH_WAYS, .latency = 0.05, .jitter = 0.02);
	romeo = e2e_client_connect((e2e_client_opts){.account = &by_proxy});
	e2e_message(juliet, romeo->jid, "patience");
	e2e_is_str(e2e_body(e2e_expect_stanza(romeo, E2E_MESSAGE)), "patience");
}

E2E_MAIN()
