/* e2e: libstrophe openssl libsodium */
/* aioxmpp's suites of publish-subscribe, personal eventing and avatars. */
#include "e2e_xmpp.h"

#define PUBSUB "http://jabber.org/protocol/pubsub"
#define USER(xml) "<pubsub xmlns='" PUBSUB "'>" xml "</pubsub>"
#define OWNER(xml) "<pubsub xmlns='" PUBSUB "#owner'>" xml "</pubsub>"
#define AVATAR "urn:xmpp:avatar:data"

static e2e_client *a, *b;
static const char *node, *service;

E2E_SETUP()
{
	e2e_connect_each(&a, &b);
	node = e2e_unique("node");
	service = e2e_require_feature(PUBSUB "#create-nodes");
	e2e_ask_set(a, service, USER("<create node='%s'/>"), node);
}

E2E_TEARDOWN()
{
	e2e_ask_set(a, service, OWNER("<delete node='%s'/>"), node);
}

static const char *publish(const char *text)
{
	return e2e_publish(a, service, node, NULL, "<x xmlns='urn:test'>%s</x>", text);
}

static size_t items(void)
{
	return e2e_count(e2e_items(a, service, node, NULL), "pubsub/items/item");
}

E2E_TEST(purge)
{
	publish("");
	e2e_is_uint(items(), 1);
	e2e_ask_set(a, service, OWNER("<purge node='%s'/>"), node);
	e2e_is_uint(items(), 0);
}

E2E_TEST(items_by_id)
{
	const char *foo, *bar;
	e2e_stanza *got;

	e2e_skip_with_quirk("#broken-pubsub-get-multiple-by-id");
	e2e_configure_node(a, service, node, "pubsub#max_items=10");
	foo = publish("foo"), bar = publish("bar");
	got = e2e_ask_get(a, service, USER("<items node='%s'><item id='%s'/><item id='%s'/></items>"),
		node, foo, bar);
	e2e_is_uint(e2e_count(got, "pubsub/items/item"), 2);
	e2e_is_at(got, e2e_printf("pubsub/items/item[id=%s]/x", foo), "foo");
}

E2E_TEST(subscriber)
{
	e2e_ask_set(b, service, USER("<subscribe node='%s' jid='%s'/>"), node, b->account.jid);
	publish("news");
	e2e_is_at(e2e_expect_message(b, .path = "event/items/item"), "event/items/item/x", "news");
}

E2E_TEST(event)
{
	e2e_require_pep();
	e2e_announce_features(a, "urn:x+notify");
	e2e_publish(a, NULL, "urn:x", NULL, "<x xmlns='urn:x'>madness</x>");
	e2e_is_at(e2e_expect_message(a), "event/items/item/x", "madness");
}

static const char *publish_for(const char *access)
{
	return e2e_stanza_error(e2e_iq(a, e2e_put(
		e2e_xml(a, "<iq type='set'>" USER("<publish node='urn:x'><item><x xmlns='urn:x'/></item></publish><publish-options/>") "</iq>"),
		"pubsub/publish-options", e2e_form_submit(a, PUBSUB "#publish-options", e2e_printf("pubsub#access_model=%s", access)))));
}

E2E_TEST(whitelist)
{
	e2e_require_account_feature(PUBSUB "#publish-options");
	e2e_is_str(publish_for("whitelist"), NULL);
	e2e_is_str(e2e_form_field(e2e_ask_get(a, NULL, OWNER("<configure node='urn:x'/>")),
		"pubsub#access_model"), "whitelist");
	e2e_is_str(publish_for("presence"), "conflict");
}

E2E_TEST(avatar)
{
	e2e_require_pep();
	e2e_publish(a, NULL, AVATAR, "1", "<data xmlns='" AVATAR "'>qANQ</data>");
	e2e_is_at(e2e_items(a, NULL, AVATAR, NULL), "pubsub/items/item/data", "qANQ");
}

E2E_MAIN()
