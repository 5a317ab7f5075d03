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

/* What source says of this node of its when sink asks. */
static e2e_stanza *said_of(const char *node)
{
	return e2e_ask_get(
		sink, source->jid, "<query xmlns='" DISCO_INFO "' node='%s'/>", node);
}

E2E_TEST(hash_stands_for_what_it_can, .spec = "XEP-0115 5.1, XEP-0115 6.2")
{
	const char *ver;
	e2e_stanza *info;

	caps_say(source, sink->jid, "source", FEATURE);
	ver = e2e_get(
		e2e_expect_stanza(sink, E2E_PRESENCE, .from = source->jid), "c{" CAPS "}@ver");
	info = said_of(e2e_printf(CAPS_NODE "#%s", ver));
	e2e_is_uint(e2e_count(info, "query/feature"), 2);
	e2e_is_str(caps_ver(e2e_get(info, "query/identity@name"),
			   e2e_get(info, "query/feature[2]@var")),
		ver);
}

/* Both want what is published; they get it as soon as the server knows that they do. */
static void gets_its_own_event(e2e_client *c)
{
	e2e_publish(c, NULL, "urn:example:payload", NULL,
		"<payload xmlns='urn:example:payload'>%s</payload>", c->name);
	e2e_expect_stanza(c, E2E_MESSAGE, .path = "event/items/item/payload", .matches = c->name);
}

/* Who has the same hash isn't asked again. */
E2E_TEST(server_asks_once, .spec = "XEP-0115 4, XEP-0163 4.2")
{
	const char *name = e2e_unique("client");

	e2e_require_pep();
	caps_say(source, NULL, name, FEATURE);
	e2e_expect_stanza(source, E2E_IQ, .type = "get", .child_ns = DISCO_INFO);
	gets_its_own_event(source);
	caps_say(sink, NULL, name, FEATURE);
	gets_its_own_event(sink);
	e2e_no_stanza(sink, 0.05, .kind = E2E_IQ);
}

/* Other hashes beside each other; each is a node of its own that answers the same. */
E2E_TEST(newer_hashes_too, .spec = "XEP-0390 4.1, XEP-0390 5.5")
{
	static const char *const names[] = {"sha-256", "sha3-256"};
	const char *text = DISCO_INFO "\x1f" FEATURE "\x1f\x1c"
				      "client\x1fpc\x1f\x1fsource\x1f\x1e\x1c\x1c";
	const char *hashes[] = {caps_digest(EVP_sha256(), text), caps_digest(EVP_sha3_256(), text)};
	e2e_stanza *presence;

	e2e_tell(source,
		"<presence to='%s'><c xmlns='" ECAPS2
		"'><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>%s</hash>"
		"<hash xmlns='urn:xmpp:hashes:2' algo='sha3-256'>%s</hash></c></presence>",
		sink->jid, hashes[0], hashes[1]);
	presence = e2e_expect_stanza(
		sink, E2E_PRESENCE, .from = source->jid, .path = "c{" ECAPS2 "}");
	for (int i = 0; i < 2; i++) {
		const char *node = e2e_printf(ECAPS2 "#%s.%s", names[i], hashes[i]);

		e2e_is_str(e2e_get(presence, e2e_printf("c/hash[algo=%s]", names[i])), hashes[i]);
		caps_answer(source, node, "source", FEATURE);
		e2e_is_str(e2e_get(said_of(node), "query/feature[2]@var"), FEATURE);
	}
}

E2E_MAIN()
