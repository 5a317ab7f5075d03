/* e2e: libstrophe openssl libsodium */
/* Entity capabilities (XEP-0115, XEP-0390): a hash in the presence stands for what the client can,
 * so that it is asked once. */
#include "caps.h"

#define FEATURE "urn:example:payload+notify"
#define ECAPS2 "urn:xmpp:caps"

static e2e_client *source, *sink;

E2E_SETUP()
{
	e2e_connect_each(&source, &sink);
}

/* sink asks source about this node of its, and gets the answer. */
static e2e_stanza *asked_about(const char *node, const char *name)
{
	const char *id = e2e_tell(sink,
		"<iq type='get' to='%s'><query xmlns='" DISCO_INFO "' node='%s'/></iq>",
		source->jid, node);

	caps_answer(source,
		e2e_expect_stanza(source, E2E_IQ, .from = sink->jid, .path = "query@node"), name,
		FEATURE);
	return e2e_expect_stanza(sink, E2E_IQ, .id = id, .type = "result");
}

E2E_TEST(hash_stands_for_what_it_can, .spec = "XEP-0115 5.1, XEP-0115 6.2")
{
	const char *ver = caps_ver("source", FEATURE), *said;
	e2e_stanza *info;

	e2e_tell(source,
		"<presence to='%s'><c xmlns='" CAPS "' hash='sha-1' node='" CAPS_NODE
		"' ver='%s'/></presence>",
		sink->jid, ver);
	said = e2e_get(
		e2e_expect_stanza(sink, E2E_PRESENCE, .from = source->jid), "c{" CAPS "}@ver");
	e2e_is_str(said, ver);
	info = asked_about(e2e_printf(CAPS_NODE "#%s", said), "source");
	e2e_is_uint(e2e_count(info, "query/feature"), 2);
	e2e_is_str(caps_ver(e2e_get(info, "query/identity@name"),
			   e2e_get(info, "query/feature[2]@var")),
		said);
}

static void has_the_hash(e2e_client *c, const char *ver)
{
	e2e_tell(c,
		"<presence><c xmlns='" CAPS "' hash='sha-1' node='" CAPS_NODE
		"' ver='%s'/></presence>",
		ver);
}

/* Both want what is published; they get it as soon as the server knows that they do. */
static void gets_its_own_event(e2e_client *c)
{
	e2e_ask_set(c, NULL,
		"<pubsub xmlns='" PUBSUB "'><publish node='urn:example:payload'><item>"
		"<payload xmlns='urn:example:payload'>%s</payload></item></publish></pubsub>",
		c->name);
	e2e_expect_stanza(c, E2E_MESSAGE, .path = "event/items/item/payload", .matches = c->name);
}

/* Who has the same hash isn't asked again. */
E2E_TEST(server_asks_once, .spec = "XEP-0115 4, XEP-0163 4.2")
{
	const char *name = e2e_unique("client"), *ver = caps_ver(name, FEATURE);

	e2e_require_pep();
	has_the_hash(source, ver);
	caps_answer(source,
		e2e_expect_stanza(source, E2E_IQ, .type = "get", .child_ns = DISCO_INFO), name,
		FEATURE);
	gets_its_own_event(source);
	has_the_hash(sink, ver);
	gets_its_own_event(sink);
	e2e_no_stanza(sink, 0.05, .kind = E2E_IQ);
}

/* Other hashes beside each other; each is a node of its own that answers the same. */
E2E_TEST(newer_hashes_too, .spec = "XEP-0390 4.1, XEP-0390 5.5")
{
	const char *text = "http://jabber.org/protocol/disco#info\x1f" FEATURE "\x1f\x1c"
			   "client\x1fpc\x1f\x1fsource\x1f\x1e\x1c\x1c";
	const char *sha256 = caps_digest(EVP_sha256(), text),
		   *sha3 = caps_digest(EVP_sha3_256(), text);
	e2e_stanza *presence;

	e2e_tell(source,
		"<presence to='%s'><c xmlns='" ECAPS2
		"'><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>%s</hash>"
		"<hash xmlns='urn:xmpp:hashes:2' algo='sha3-256'>%s</hash></c></presence>",
		sink->jid, sha256, sha3);
	presence = e2e_expect_stanza(
		sink, E2E_PRESENCE, .from = source->jid, .child = "c", .child_ns = ECAPS2);
	e2e_is_str(e2e_get(presence, "c/hash[algo=sha-256]"), sha256);
	e2e_is_str(e2e_get(presence, "c/hash[algo=sha3-256]"), sha3);
	for (int i = 0; i < 2; i++) {
		const char *node =
			e2e_printf(ECAPS2 "#%s.%s", i ? "sha3-256" : "sha-256", i ? sha3 : sha256);

		e2e_is_str(e2e_get(asked_about(node, "source"), "query/feature[2]@var"), FEATURE);
	}
}

E2E_MAIN()
