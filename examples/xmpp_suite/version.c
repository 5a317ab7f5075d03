/* e2e: libstrophe openssl libsodium */
/* What somebody runs (XEP-0092). */
#include "suite.h"

#define VERSION "jabber:iq:version"

static e2e_client *asks, *asked;

E2E_SETUP()
{
	e2e_connect_each(&asks, &asked);
}

E2E_TEST(of_who_does_not_tell, .spec = "XEP-0092 2")
{
	e2e_is_str(e2e_ask_error(asks, "<iq type='get' to='%s'><query xmlns='" VERSION "'/></iq>",
			   asked->jid),
		"service-unavailable");
}

/* The test plays both sides: it takes the request that has arrived, and answers it. */
E2E_TEST(of_who_tells, .spec = "XEP-0092 2")
{
	const char *id = e2e_tell(
		asks, "<iq type='get' to='%s'><query xmlns='" VERSION "'/></iq>", asked->jid);

	e2e_answer(asked, e2e_expect_stanza(asked, E2E_IQ, .child_ns = VERSION),
		e2e_xml(asked,
			"<query xmlns='" VERSION
			"'><name>e2e</name><version>1</version><os>any</os></query>"));
	e2e_is_stanza(e2e_expect_stanza(asks, E2E_IQ, .id = id),
		"<iq type='result' id='*' from='*' to='*'><query xmlns='" VERSION
		"'><name>e2e</name><version>1</version><os>any</os></query></iq>");
}

E2E_TEST(of_the_server, .spec = "XEP-0092 2")
{
	e2e_stanza *reply =
		e2e_ask_get(asks, e2e_require_feature(VERSION), "<query xmlns='" VERSION "'/>");

	e2e_is_str(e2e_get(reply, "query/name"), e2e_peer());
	e2e_like(e2e_get(reply, "query/version"), ".");
}

E2E_MAIN()
