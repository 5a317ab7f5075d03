/* e2e: libstrophe openssl libsodium */
/* Pings (XEP-0199): of servers, of clients that answer them and of clients that don't. */
#include "suite.h"

#define PING "urn:xmpp:ping"

static e2e_client *asks, *knows, *ignores;

/* One of them knows pings, and says so. */
E2E_SETUP()
{
	e2e_connect_each(&asks, &knows, &ignores);
	e2e_answer_each(knows, "ping", NULL);
	e2e_answer_each(knows, "query{" DISCO_INFO "}",
		e2e_xml(knows,
			"<query xmlns='" DISCO_INFO "'><feature var='" DISCO_INFO
			"'/><feature var='" PING "'/></query>"));
}

E2E_TEST(of_who_ignores_it, .spec = "XEP-0199 4.4")
{
	e2e_is_str(e2e_ask_error(asks, "<iq type='get' to='%s'><ping xmlns='" PING "'/></iq>",
			   ignores->jid),
		"service-unavailable");
}

E2E_TEST(of_the_server, .spec = "XEP-0199 4.2")
{
	e2e_ask_get(asks, xmpp_jid_domain(asks->ctx, asks->jid), "<ping xmlns='" PING "'/>");
	e2e_pass();
}

E2E_TEST(of_who_knows_it, .spec = "XEP-0199 4.4")
{
	e2e_ask_get(asks, knows->jid, "<ping xmlns='" PING "'/>");
	e2e_pass();
}

E2E_TEST(who_knows_it_says_so, .spec = "XEP-0199 5, XEP-0030 3.1")
{
	e2e_disco_result found;

	e2e_must(e2e_ok(e2e_disco(asks, knows->jid, false, &found)));
	e2e_ok(e2e_entity_has(found.entity, PING));
}

E2E_TEST(answer_is_empty, .spec = "XEP-0199 4.4")
{
	e2e_is_stanza(
		e2e_ask(ignores, "<iq type='get' id='p' to='%s'><ping xmlns='" PING "'/></iq>",
			knows->jid),
		"<iq type='result' id='p' from='*' to='*'/>");
}

E2E_MAIN()
