/* e2e: libstrophe openssl libsodium */
/* Publish-subscribe (XEP-0060) at a service that can do most of what its owners want. */
#include "suite.h"

/* What the owner does with the node. */
#define OWNER(ns, what) \
	e2e_ask_set(owner, service, "<pubsub xmlns='" PUBSUB ns "'>" what "</pubsub>", node)

static e2e_client *owner, *reader;
static const char *service, *node;
static const char *const *can;

E2E_SETUP()
{
	static const char *const wanted[] = {PUBSUB "#purge-nodes", PUBSUB "#modify-affiliations",
		PUBSUB "#publish", PUBSUB "#publisher-affiliation"};
	static const char *const needed[] = {PUBSUB "#create-nodes", PUBSUB "#delete-nodes"};
	service = e2e_require_feature_subset(4, wanted, 2, needed, &can);
	node = e2e_unique("node");
	e2e_connect_each(&owner, &reader);
	OWNER("", "<create node='%s'/>");
}

E2E_TEARDOWN()
{
	OWNER("#owner", "<delete node='%s'/>");
}

/* Returns the id that the service gave it. */
static const char *publish(const char *text)
{
	return e2e_publish(owner, service, node, NULL, "<foo xmlns='urn:test'>%s</foo>", text);
}

static size_t items(void)
{
	return e2e_count(e2e_items(owner, service, node, NULL), "pubsub/items/item");
}

E2E_TEST(published_and_purged, .spec = "XEP-0060 7.1, XEP-0060 8.5")
{
	bool can_purge = false;

	for (int i = 0; can[i]; i++)
		can_purge |= strcmp(can[i], PUBSUB "#purge-nodes") == 0;
	e2e_skip_if(!can_purge, "%s purges no nodes", service);
	publish("foo");
	e2e_is_uint(items(), 1);
	OWNER("#owner", "<purge node='%s'/>");
	e2e_is_uint(items(), 0);
}

E2E_TEST(several_by_their_ids, .spec = "XEP-0060 6.5.8, XEP-0060 8.2.4")
{
	const char *foo, *bar;
	e2e_stanza *got;

	e2e_skip_with_quirk("#broken-pubsub-get-multiple-by-id");
	e2e_ask_stanza(owner,
		e2e_put(e2e_xml(owner,
				"<iq type='set' to='%s'><pubsub xmlns='" PUBSUB
				"#owner'><configure node='%s'/></pubsub></iq>",
				service, node),
			"pubsub/configure",
			e2e_form_submit(owner, PUBSUB "#node_config", "pubsub#max_items=10")));
	foo = publish("foo");
	bar = publish("bar");
	publish("more");
	got = e2e_ask_get(owner, service,
		"<pubsub xmlns='" PUBSUB
		"'><items node='%s'><item id='%s'/><item id='%s'/></items></pubsub>",
		node, foo, bar);
	e2e_is_uint(e2e_count(got, "pubsub/items/item"), 2);
	e2e_is_str(e2e_get(got, e2e_printf("pubsub/items/item[id=%s]/foo", foo)), "foo");
	e2e_is_str(e2e_get(got, e2e_printf("pubsub/items/item[id=%s]/foo", bar)), "bar");
}

E2E_TEST(subscribers_are_told, .spec = "XEP-0060 6.1, XEP-0060 7.1.2")
{
	e2e_ask_set(reader, service,
		"<pubsub xmlns='" PUBSUB "'><subscribe node='%s' jid='%s'/></pubsub>", node,
		reader->account.jid);
	publish("news");
	e2e_expect_stanza(reader, E2E_MESSAGE, .from = service, .path = "event/items/item/foo",
		.matches = "^news$");
	e2e_no_stanza(owner, 0.05, .kind = E2E_MESSAGE);
}

E2E_MAIN()
