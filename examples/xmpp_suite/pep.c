/* e2e: libstrophe openssl libsodium */
/* Personal eventing (XEP-0163): every account is a publisher, to those who want it. */
#include "caps.h"

#define NODE "urn:example:payload"
#define TEXT "Though this be madness, yet there is method in't"

static e2e_client *c;

E2E_SETUP()
{
	e2e_require_pep();
	c = e2e_client_connected();
}

static void publish(void)
{
	e2e_publish(c, NULL, NODE, NULL, "<payload xmlns='" NODE "'>%s</payload>", TEXT);
}

/* Why it is refused where the node has to give access so (publish-options); NULL: it isn't. */
static const char *refused_for(const char *access)
{
	e2e_stanza *request = e2e_xml(c,
		"<iq type='set'><pubsub xmlns='" PUBSUB "'><publish node='" NODE "'><item><payload xmlns='" NODE
		"'>%s</payload></item></publish><publish-options/></pubsub></iq>",
		TEXT);

	e2e_require_account_feature(PUBSUB "#publish-options");
	return e2e_stanza_error(e2e_iq(c,
		e2e_put(request, "pubsub/publish-options",
			e2e_form_submit(c, PUBSUB "#publish-options",
				e2e_printf("pubsub#access_model=%s", access)))));
}

E2E_TEST(who_wants_it_gets_it, .spec = "XEP-0163 4.2, XEP-0163 4.3")
{
	e2e_stanza *event;

	caps_announce(c, NODE "+notify");
	publish();
	event = e2e_expect_stanza(
		c, E2E_MESSAGE, .from = c->account.jid, .child_ns = PUBSUB "#event");
	e2e_is_str(e2e_get(event, "event/items@node"), NODE);
	e2e_is_str(e2e_get(event, "event/items/item/payload{" NODE "}"), TEXT);
}

/* A contact has subscribed by being one. */
E2E_TEST(contacts_get_it, .spec = "XEP-0163 4.1, XEP-0163 4.3.1")
{
	e2e_client *contact = e2e_client_connected();

	e2e_befriend(c, contact);
	caps_announce(contact, NODE "+notify");
	e2e_expect_stanza(c, E2E_PRESENCE, .from = contact->jid,
		.path = "c{" CAPS "}"); /* the server knows what it wants */
	publish();
	e2e_expect_stanza(contact, E2E_MESSAGE, .from = c->account.jid,
		.path = "event/items/item/payload", .matches = TEXT);
	e2e_pass();
}

E2E_TEST(access_by_a_list, .spec = "XEP-0060 7.1.5, XEP-0060 8.2")
{
	e2e_is_str(refused_for("whitelist"), NULL);
	e2e_is_str(e2e_form_field(e2e_ask_get(c, NULL,
					  "<pubsub xmlns='" PUBSUB "#owner'><configure node='" NODE
					  "'/></pubsub>"),
			   "pubsub#access_model"),
		"whitelist");
}

E2E_TEST(same_access_again, .spec = "XEP-0060 7.1.5")
{
	for (int i = 0; i < 2; i++)
		e2e_is_str(refused_for("whitelist"), NULL);
}

E2E_TEST(other_access_is_refused, .spec = "XEP-0060 7.1.5")
{
	e2e_is_str(refused_for("whitelist"), NULL);
	e2e_is_str(refused_for("presence"), "conflict");
}

E2E_MAIN()
