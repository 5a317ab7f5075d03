/* caps.h - a client that says by hashes what it can (XEP-0115, XEP-0390), so that servers send it
 * what it wants (NODE+notify). */
#ifndef XMPP_SUITE_CAPS_H
#define XMPP_SUITE_CAPS_H

#include "suite.h"

#include <openssl/evp.h>

#define CAPS "http://jabber.org/protocol/caps"
#define CAPS_NODE "http://example.org/e2e"

/* The digest of a text in base64. */
static inline const char *caps_digest(const EVP_MD *algorithm, const char *text)
{
	unsigned char digest[EVP_MAX_MD_SIZE], base64[2 * EVP_MAX_MD_SIZE];
	unsigned n = 0;

	e2e_must(e2e_ok(EVP_Digest(text, strlen(text), digest, &n, algorithm, NULL) == 1));
	EVP_EncodeBlock(base64, digest, (int)n);
	return e2e_printf("%s", (const char *)base64);
}

/* The hash of XEP-0115, 5.1 of a client with this name and two features, in their order. */
static inline const char *caps_ver(const char *name, const char *feature)
{
	return caps_digest(
		EVP_sha1(), e2e_printf("client/pc//%s<" DISCO_INFO "<%s<", name, feature));
}

/* Has such a client answer whoever asks what stands behind this node of its. */
static inline void caps_answer(
	e2e_client *c, const char *node, const char *name, const char *feature)
{
	e2e_answer_each(c, e2e_printf("query[node=%s]", node),
		e2e_xml(c,
			"<query xmlns='" DISCO_INFO
			"' node='%s'><identity category='client' type='pc' name='%s'/>"
			"<feature var='" DISCO_INFO "'/><feature var='%s'/></query>",
			node, name, feature));
}

/* Says by its hash what c can: to somebody, or (NULL) to all who may know, and to the server. */
static inline void caps_say(
	e2e_client *c, const char *to, const char *name, const char *feature)
{
	const char *ver = caps_ver(name, feature);
	e2e_stanza *presence = e2e_xml(c,
		"<presence><c xmlns='" CAPS "' hash='sha-1' node='" CAPS_NODE
		"' ver='%s'/></presence>",
		ver);

	caps_answer(c, e2e_printf(CAPS_NODE "#%s", ver), name, feature);
	if (to)
		xmpp_stanza_set_to(presence, to);
	e2e_send_stanza(c, presence);
}

/* Makes the server know that c has the feature: it asks once, because nobody else has this name. */
static inline void caps_announce(e2e_client *c, const char *feature)
{
	caps_say(c, NULL, e2e_unique("client"), feature);
	e2e_expect_stanza(c, E2E_IQ, .type = "get", .child_ns = DISCO_INFO);
	e2e_ask_get(c, NULL, "<query xmlns='jabber:iq:roster'/>"); /* by then it has the answer */
}

#endif
