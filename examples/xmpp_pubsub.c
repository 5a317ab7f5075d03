/* e2e: libstrophe openssl libsodium */
/* xmpp_pubsub.c - publish and subscribe (XEP-0060) and personal eventing (XEP-0163), each behind the guard for what it needs. */
#include "e2e_xmpp.h"

#define PUBSUB "http://jabber.org/protocol/pubsub"

E2E_TEST(subscribers_get_what_is_published)
{
	const char *const needs[] = {
		PUBSUB "#publish", PUBSUB "#subscribe", PUBSUB "#create-nodes"};
	const char *service = e2e_require_features(3, needs), *node = e2e_unique("node");
	e2e_client *author = e2e_client_connected(), *reader = e2e_client_connected();
	e2e_stanza *event;

	e2e_ask(author,
		"<iq type='set' to='%s'><pubsub xmlns='" PUBSUB
		"'><create node='%s'/></pubsub></iq>",
		service, node);
	e2e_ask(reader,
		"<iq type='set' to='%s'><pubsub xmlns='" PUBSUB
		"'><subscribe node='%s' jid='%s'/></pubsub></iq>",
		service, node, reader->account.jid);
	e2e_ask(author,
		"<iq type='set' to='%s'><pubsub xmlns='" PUBSUB "'><publish node='%s'><item id='1'>"
		"<news xmlns='urn:example:news'>hello</news></item></publish></pubsub></iq>",
		service, node);
	event = e2e_expect_stanza(
		reader, E2E_MESSAGE, .from = service, .child_ns = PUBSUB "#event");
	e2e_is_at(event, "event/items/item/news{urn:example:news}", "hello");
}

E2E_TEST(several_items_by_their_ids)
{
	const char *service = e2e_require_feature(PUBSUB "#create-nodes"),
		   *node = e2e_unique("node");
	e2e_client *c = e2e_client_connected();
	e2e_stanza *got;

	e2e_skip_with_quirk("#broken-pubsub-get-multiple-by-id");
	e2e_ask(c,
		"<iq type='set' to='%s'><pubsub xmlns='" PUBSUB
		"'><create node='%s'/></pubsub></iq>",
		service, node);
	for (int i = 1; i <= 3; i++)
		e2e_ask(c,
			"<iq type='set' to='%s'><pubsub xmlns='" PUBSUB
			"'><publish node='%s'><item id='i%d'>"
			"<n xmlns='urn:n'/></item></publish></pubsub></iq>",
			service, node, i);
	got = e2e_ask(c,
		"<iq type='get' to='%s'><pubsub xmlns='" PUBSUB
		"'><items node='%s'><item id='i1'/><item id='i3'/>"
		"</items></pubsub></iq>",
		service, node);
	e2e_is_uint(e2e_count(got, "pubsub/items/item"), 2);
	e2e_is_uint(e2e_count(got, "pubsub/items/item[id=i1]"), 1, "in any order");
	e2e_is_uint(e2e_count(got, "pubsub/items/item[id=i3]"), 1);
}

E2E_TEST(personal_events)
{
	e2e_client *c;
	e2e_stanza *items;

	e2e_require_pep();
	c = e2e_client_connected();
	e2e_ask(c,
		"<iq type='set'><pubsub xmlns='" PUBSUB
		"'><publish node='urn:example:mood'><item id='now'>"
		"<mood xmlns='urn:example:mood'>curious</mood></item></publish></pubsub></iq>");
	items = e2e_ask(c,
		"<iq type='get'><pubsub xmlns='" PUBSUB
		"'><items node='urn:example:mood'/></pubsub></iq>");
	e2e_is_at(items, "pubsub/items/item/mood", "curious");
}

E2E_MAIN()
