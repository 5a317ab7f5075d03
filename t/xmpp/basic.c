/* e2e: libstrophe openssl libsodium */
/* Clients at a private server: the shortest tests that a user writes. */
#include "e2e_xmpp.h"

E2E_TEST(three_clients_talk)
{
	e2e_client *a = e2e_client_connected(), *b = e2e_client_connected(), *c = e2e_client_connected();

	e2e_message(a, b->jid, "hello b & <friends>");
	e2e_is_str(e2e_body(e2e_expect_stanza(b, E2E_MESSAGE, .from = a->jid)), "hello b & <friends>");
	e2e_message(b, c->account.jid, "to the bare address");
	e2e_is_str(e2e_body(e2e_expect_stanza(c, E2E_MESSAGE, .from = b->account.jid)), "to the bare address");
	e2e_isnt_str(a->account.jid, b->account.jid);
	e2e_ok(a->ctx == b->ctx && b->ctx == c->ctx, "one context");
}

E2E_MAIN()
