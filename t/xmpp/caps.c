/* e2e: libstrophe openssl libsodium */
/* A client that says what it can, and gets what others publish. */
#include "e2e_xmpp.h"

E2E_SERVERS("prosody, ejabberd");

#define INFO "http://jabber.org/protocol/disco#info"

static e2e_client *a, *b;

E2E_SETUP()
{
	e2e_require_pep();
	e2e_connect_each(&a, &b);
}

E2E_TEST(events_of_the_own_account)
{
	e2e_announce_features(a, "urn:x+notify");
	e2e_publish(a, NULL, "urn:x", NULL, "<x xmlns='urn:x'>news</x>");
	e2e_is_at(e2e_expect_message(a, .path = "event/items[node=urn:x]"), "event/items/item/x", "news");
	e2e_no_stanza(a, 0, .kind = E2E_IQ); /* the server's question is taken */
}

E2E_TEST(events_of_a_contact)
{
	e2e_befriend(a, b);
	e2e_announce_features(a, "urn:x+notify", "urn:y+notify");
	e2e_publish(b, NULL, "urn:y", NULL, "<x xmlns='urn:x'>of y</x>");
	e2e_publish(b, NULL, "urn:z", NULL, "<x xmlns='urn:x'>nobody asked for</x>");
	e2e_publish(b, NULL, "urn:x", NULL, "<x xmlns='urn:x'>of x</x>");
	e2e_is_at(e2e_expect_message(a, .from = b->account.jid, .path = "event/items[node=urn:y]"), "event/items/item/x", "of y");
	e2e_is_at(e2e_expect_message(a, .from = b->account.jid, .path = "event/items[node=urn:x]"), "event/items/item/x", "of x");
	e2e_no_stanza(a, 0, .path = "event/items[node=urn:z]");
}

/* The hash by other means: the features in their order, each once. */
E2E_TEST(hash_is_right)
{
	e2e_stanza *presence, *info;
	const char *node, *text;
	e2e_result r;

	e2e_require_command("openssl");
	e2e_befriend(a, b);
	e2e_announce_features(a, "urn:b", "urn:a", INFO, "urn:b", "a&b");
	presence = e2e_expect_presence(b, .from = a->jid, .path = "c{http://jabber.org/protocol/caps}[hash=sha-1]");
	node = e2e_printf("%s#%s", e2e_get(presence, "c@node"), e2e_get(presence, "c@ver"));
	info = e2e_ask_get(b, a->jid, "<query xmlns='" INFO "' node='%s'/>", node);
	e2e_is_at(info, "query@node", node);
	e2e_is_uint(e2e_count(info, "query/feature"), 4);
	e2e_is_at(info, "query/feature[1]@var", "a&b");
	e2e_is_at(info, "query/feature[2]@var", INFO);
	e2e_is_at(info, "query/feature[3]@var", "urn:a");
	e2e_is_at(info, "query/feature[4]@var", "urn:b");
	text = e2e_printf("client/pc//%s<a&b<" INFO "<urn:a<urn:b<", e2e_get(info, "query/identity@name"));
	r = e2e_run("sh", "-c", "printf %s \"$0\" | openssl dgst -sha1 -binary | openssl base64", text);
	e2e_is_str(r.out, e2e_printf("%s\n", e2e_get(presence, "c@ver")));
}

/* Whatever the server knows already, it asks. */
E2E_TEST(announced_anew)
{
	e2e_announce_features(a, "urn:x");
	e2e_announce_features(b, "urn:x");
	e2e_announce_features(a, "urn:x+notify");
	e2e_publish(a, NULL, "urn:x", NULL, "<x xmlns='urn:x'>news</x>");
	e2e_is_at(e2e_expect_message(a), "event/items/item/x", "news");
}

E2E_MAIN()
