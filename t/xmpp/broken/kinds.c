/* e2e: libstrophe openssl libsodium */
/* Expects stanzas by their kind; t/xmpp/expect.c builds it by several compilers, as C and C++. It passes. */
#include "e2e_xmpp.h"

E2E_TEST(nothing_but_the_kind)
{
	e2e_client *a = e2e_client_connected(), *b = e2e_client_connected();

	e2e_presence(a, b->jid, NULL, NULL);
	e2e_message(a, b->jid, "hello");
	e2e_tell(a, "<iq type='get' to='%s'><x xmlns='urn:x'/></iq>", b->jid);
	e2e_is_str(xmpp_stanza_get_name(e2e_expect_iq(b)), "iq");
	e2e_is_str(e2e_body(e2e_expect_message(b)), "hello");
	e2e_is_str(xmpp_stanza_get_name(e2e_expect_presence(b)), "presence");
}

E2E_TEST(first_argument_is_taken_once)
{
	e2e_client *both[2], **next = both;

	e2e_clients_connected(2, both);
	e2e_message(both[1], both[0]->jid, "once");
	e2e_is_str(e2e_body(e2e_expect_message(*next++)), "once");
	e2e_ok(next == both + 1);
}

E2E_TEST(from_and_type)
{
	e2e_client *a = e2e_client_connected(), *b = e2e_client_connected();

	e2e_presence(a, b->jid, NULL, NULL);
	e2e_presence(a, b->jid, "unavailable", NULL);
#if defined __cplusplus && __cplusplus < 202002L
	e2e_expect_presence(b, a->jid, "unavailable");
	e2e_expect_presence(b, a->jid);
#else
	e2e_expect_presence(b, .from = a->jid, .type = "unavailable");
	e2e_expect_presence(b, .within = 5, .from = a->jid, .type = "available");
#endif
	e2e_is_uint(e2e_stanzas_left(b), 0);
}

E2E_MAIN()
