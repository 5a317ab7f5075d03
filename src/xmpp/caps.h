#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "libstrophe.h"
#include "xml.h"
#include "read.h"
#include "talk.h"
#include "reply.h"
#include "match.h"
#include "several.h"

/* @manual What a client can (XEP-0115)
 *	e2e_announce_features(c, "urn:x+notify");
 *	says by presence that the client has these features, and answers when it's asked for them.
 *	With "NODE+notify" it gets what others publish at that node of theirs (XEP-0163), and what
 *	its own account does: e2e_expect_message(c, .path = "event/items[node=urn:x]/item").
 */

/* @interface */

/* e2e_announce_features(client, "feature", ...): sends presence with a hash of these features and
 * of disco#info (XEP-0115), has the client answer whoever asks what stands behind it, and waits
 * until its server has done so and has got the answer. Fails and ends the case if it doesn't ask in
 * time. */
#define e2e_announce_features(client, ...) \
	e2e__caps_announce(E2E__AT, client, E2E__STRINGS(__VA_ARGS__))

E2E__FN void e2e__caps_announce(
	const char *file, int line, e2e_client *c, const char *const *features);

/* @implementation */

#define E2E__CAPS_NODE "https://e2e.example"
#define E2E__CAPS_INFO "http://jabber.org/protocol/disco#info"

/* The lowest feature above this one (NULL: of all); NULL: there's none. The order is that of the
 * octets, and what is given twice counts once (XEP-0115, 5.1). */
E2E__FN const char *e2e__caps_next(const char *const *features, const char *after)
{
	const char *next = !after || strcmp(E2E__CAPS_INFO, after) > 0 ? E2E__CAPS_INFO : NULL;

	for (; *features; features++)
		if ((!after || strcmp(*features, after) > 0) &&
			(!next || strcmp(*features, next) < 0))
			next = *features;
	return next;
}

/* The hash of a client with this name and these features, in base64. */
E2E__FN const char *e2e__caps_hash(const char *name, const char *const *features)
{
	const char *text = e2e_printf("client/pc//%s<", name), *feature = NULL;
	unsigned char digest[EVP_MAX_MD_SIZE], base64[2 * EVP_MAX_MD_SIZE];
	unsigned n = 0;

	while ((feature = e2e__caps_next(features, feature)) != NULL)
		text = e2e_printf("%s%s<", text, feature);
	EVP_Digest(text, strlen(text), digest, &n, EVP_sha1(), NULL);
	EVP_EncodeBlock(base64, digest, (int)n);
	return e2e_printf("%s", (const char *)base64);
}

/* What the client answers who asks. */
E2E__FN e2e_stanza *e2e__caps_info(const char *file, int line, e2e_client *c, const char *node,
	const char *name, const char *const *features)
{
	e2e_stanza *query = e2e__xml(file, line, c,
		"<query xmlns='" E2E__CAPS_INFO
		"' node='%s'><identity category='client' type='pc' name='%s'/></query>",
		node, name);

	for (const char *feature = NULL; (feature = e2e__caps_next(features, feature)) != NULL;)
		e2e__read_put(file, line, query, "",
			e2e__xml(file, line, c, "<feature var='%s'/>", feature));
	return query;
}

/* Its name is of this call alone, so that the server doesn't know the hash yet, and asks. */
E2E__FN void e2e__caps_announce(
	const char *file, int line, e2e_client *c, const char *const *features)
{
	static const struct e2e__match_step step = {"e2e_announce_features",
		"does the server know XEP-0115? e2e_require_pep() skips where it doesn't",
		"the question of the server what stands behind the hash"};
	const char *name = e2e_unique("client"), *hash = e2e__caps_hash(name, features), *node,
		   *path;
	e2e_match m;

	e2e__op_enter_at(file, line);
	e2e__talk_need(file, line, c, step.macro, "tell what it can");
	node = e2e_printf("%s#%s", E2E__CAPS_NODE, hash);
	path = e2e_printf("query{" E2E__CAPS_INFO "}[node=%s]", node);
	e2e__reply_answer_each(
		file, line, c, path, e2e__caps_info(file, line, c, node, name, features));
	e2e__talk_do_send_stanza(file, line, c,
		e2e__xml(file, line, c,
			"<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' "
			"node='" E2E__CAPS_NODE "' ver='%s'/></presence>",
			hash));
	memset((void *)&m, 0, sizeof m);
	m.kind = E2E_IQ;
	m.type = "get";
	m.path = path;
	e2e__match_do_expect_stanza(file, line, c, m, &step);
	e2e__several_sync(c);
	e2e__op_leave();
}
