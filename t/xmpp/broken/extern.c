/* e2e: libstrophe openssl libsodium */
/* Uses something of each section of e2e_xmpp.h; t/xmpp/extern.c builds it, once from two sources, in C and C++, with the header's
 * functions in an object of their own. It passes. */
#include "e2e_xmpp.h"

#ifndef E2E_T_SECOND

E2E_TEST(talks)
{
	e2e_client *a = e2e_client_connected(), *b = e2e_client_connected();
	e2e_stanza *s;

	e2e_message(a, b->jid, "hello");
	s = e2e_expect_stanza(b, E2E_MESSAGE);
	e2e_is_str(e2e_body(s), "hello");
	e2e_is_str(xmpp_stanza_get_name(e2e_iq(a, e2e_xml(a, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"))), "iq");
	e2e_no_stanza(b, 0.01);
	e2e_ok(e2e_is_connected(a));
	e2e_disconnect(a);
}

E2E_TEST(asks)
{
	e2e_is_str(e2e_require_feature("urn:xmpp:ping"), e2e_require_identity("server", "im"));
	e2e_require_pep();
	e2e_isnt_str(e2e_server_name(), NULL);
	e2e_ok(!e2e_quirk("#broken-muc"));
}

E2E_MAIN()

#else

E2E_TEST(of_the_second_source)
{
	e2e_client *c[2];

	e2e_clients_connected(2, c);
	e2e_isnt_str(c[0]->jid, c[1]->jid);
}

#endif
