#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "missed.h"
#include "transcript.h"
#include "libstrophe.h"
#include "loop.h"
#include "xml.h"
#include "connect.h"
#include "talk.h"
#include "literal.h"
#include "servers.h"
#include "provision.h"
#include "clear.h"
#include "dead.h"
#include "clients.h"

/* @manual Discovery, guards, quirks
 *	e2e_require_feature("http://jabber.org/protocol/muc") and the other guards of e2e.h ask the
 *	server, its items (one level) and the account; a skip names the feature and who was asked.
 *	This is done once a server, and kept for the run.
 *	e2e_feature_provider(var) asks without a skip: NULL, or the address.
 *	What the account itself offers (urn:xmpp:mam:2, publish-options, ...):
 *	e2e_require_account_feature(var). block_features={"pubsub.example": ["*#publish*"]} hides
 *	features of an entity; ["*"] leaves it out of discovery. Where somebody gives no answer and
 *	nobody else has what a guard wants, the case fails (discovery): nobody knows.
 *	Quirks, by aioxmpp's names: #muc-id-rewrite (a room reflects messages with another id),
 *	#no-adhoc-ping (the server has no command "ping"), #muc-no-333 (who is removed from a room
 *	because of an error is removed without status 333), #broken-muc,
 *	#broken-pubsub-get-multiple-by-id, #no-xep-0049 (no private XML). The server's name and
 *	version tell those of Prosody 0.12 (#no-adhoc-ping) and ejabberd 2x (#muc-no-333); neither
 *	has the others. quirks= adds, and "-#name" in it takes one away; quirks of your own are
 *	URIs. e2e_known's peer is the server's name.
 */

/* @interface */

typedef struct e2e_identity {
	const char *category, *type, *name;
} e2e_identity;
typedef struct e2e_entity {
	const char *jid;
	const char *const *features;    /* sorted, NULL-terminated; without blocked ones */
	const e2e_identity *identities; /* sorted by category and type */
	size_t nidentities;
} e2e_entity;
typedef struct e2e_disco_result {
	const e2e_entity *entity; /* [0] is the one that was asked, then its items */
	size_t n;
	/* addresses of its items without a node, NULL-terminated; NULL without recurse */
	const char *const *items;
} e2e_disco_result;
/* Asks an entity (NULL: the client's own account) for what it is and can (XEP-0030), and with
 * recurse its items, one level. False if it answered with an error; items that answer with errors
 * are left out. Silence ends the case. */
#define e2e_disco(client, jid, recurse, out) e2e__discover_disco(E2E__AT, client, jid, recurse, out)
/* Does the entity have the feature? NULL, as where e2e_disco was refused: no. */
E2E__FN bool e2e_entity_has(const e2e_entity *entity, const char *feature);
/* Has the entity an identity of this category and type (NULL: any)? The same. */
E2E__FN bool e2e_entity_is(const e2e_entity *entity, const char *category, const char *type);
/* The address that e2e_require_feature would return, NULL instead of a skip: nobody has it. */
E2E__FN const char *e2e_feature_provider(const char *var);

/* Skips unless the account has personal eventing (XEP-0163). */
#define e2e_require_pep() (e2e__op_at(E2E__AT), e2e__discover_require_pep())
/* Skips unless the account itself has the feature, e.g. urn:xmpp:mam:2 (its address answers for it,
 * no service's). */
#define e2e_require_account_feature(var) \
	(e2e__op_at(E2E__AT), e2e__discover_require_account_feature(var))
/* The address of the provider with most of the n features, which has all of the nrequired ones.
 * *supported (may be NULL): those of both lists that it has, NULL-terminated. aioxmpp:
 * require_feature_subset. */
E2E__FN const char *e2e_require_feature_subset(size_t n, const char *const *vars, size_t nrequired,
	const char *const *required, const char *const **supported);
/* The server's name and version by XEP-0092; NULL if it doesn't say. */
E2E__FN const char *e2e_server_name(void);
E2E__FN const char *e2e_server_version(void);

/* The line of the test for the reports of what waits; guards ask the server when they are met
 * first. */
#define e2e_require_feature(...) (e2e__op_at(E2E__AT), (e2e_require_feature)(__VA_ARGS__))
#define e2e_entity_has(...) (e2e__op_at(E2E__AT), (e2e_entity_has)(__VA_ARGS__))
#define e2e_entity_is(...) (e2e__op_at(E2E__AT), (e2e_entity_is)(__VA_ARGS__))
#define e2e_feature_provider(...) (e2e__op_at(E2E__AT), (e2e_feature_provider)(__VA_ARGS__))
#define e2e_require_features(...) (e2e__op_at(E2E__AT), (e2e_require_features)(__VA_ARGS__))
#define e2e_require_feature_all(...) (e2e__op_at(E2E__AT), (e2e_require_feature_all)(__VA_ARGS__))
#define e2e_require_identity(...) (e2e__op_at(E2E__AT), (e2e_require_identity)(__VA_ARGS__))
#define e2e_skip_with_quirk(...) (e2e__op_at(E2E__AT), (e2e_skip_with_quirk)(__VA_ARGS__))
#define e2e_has_quirk(...) (e2e__op_at(E2E__AT), (e2e_has_quirk)(__VA_ARGS__))
#define e2e_require_feature_subset(...) \
	(e2e__op_at(E2E__AT), (e2e_require_feature_subset)(__VA_ARGS__))
#define e2e_peer() (e2e__op_at(E2E__AT), (e2e_peer)())
#define e2e_server_name() (e2e__op_at(E2E__AT), (e2e_server_name)())
#define e2e_server_version() (e2e__op_at(E2E__AT), (e2e_server_version)())

E2E__FN bool e2e__discover_disco(const char *file, int line, e2e_client *c, const char *jid,
	bool recurse, e2e_disco_result *out);
E2E__FN void e2e__discover_require_pep(void);
E2E__FN void e2e__discover_require_account_feature(const char *var);

/* @implementation */

E2E__FN int e2e__discover_by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

E2E__FN int e2e__discover_by_identity(const void *a, const void *b)
{
	const e2e_identity *x = (const e2e_identity *)a, *y = (const e2e_identity *)b;
	int c = strcmp(x->category, y->category);

	return c ? c : strcmp(x->type, y->type);
}

/* Does the config hide this feature of this entity? */
E2E__FN bool e2e__discover_blocked(
	const struct e2e__json *blocks, const char *jid, const char *feature)
{
	const struct e2e__json *globs = blocks && jid ? e2e__json_member(blocks, jid) : NULL;

	for (const struct e2e__json *g = globs ? globs->child : NULL; g; g = g->next)
		if (g->type == '"' && !fnmatch(g->text, feature, 0))
			return true;
	return false;
}

E2E__FN const struct e2e__json *e2e__discover_blocks(void)
{
	e2e__provision();
	return e2e__xmpp.section ? e2e__literal("block_features", '{', "{\"jid\": [\"glob\", ...]}")
				 : NULL;
}

/* An answer to disco#info as an entity. */
E2E__FN void e2e__discover_read_entity(
	xmpp_stanza_t *query, const char *jid, const struct e2e__json *blocks, e2e_entity *out)
{
	size_t n = 0, features = 0, identities = 0;
	const char **list;
	e2e_identity *ids;

	for (xmpp_stanza_t *c = xmpp_stanza_get_children(query); c; c = xmpp_stanza_get_next(c))
		n++;
	list = (const char **)e2e__memory_alloc((n + 1) * sizeof *list);
	ids = (e2e_identity *)e2e__memory_alloc((n + 1) * sizeof *ids);
	for (xmpp_stanza_t *c = xmpp_stanza_get_children(query); c; c = xmpp_stanza_get_next(c)) {
		const char *var = xmpp_stanza_get_attribute(c, "var"),
			   *category = xmpp_stanza_get_attribute(c, "category");
		const char *type = xmpp_stanza_get_type(c),
			   *name = xmpp_stanza_get_attribute(c, "name");

		if (e2e__libstrophe_same(xmpp_stanza_get_name(c), "feature") && var &&
			!e2e__discover_blocked(blocks, jid, var)) {
			list[features++] = e2e__memory_strdup(var);
		} else if (e2e__libstrophe_same(xmpp_stanza_get_name(c), "identity") && category &&
			type) {
			ids[identities].category = e2e__memory_strdup(category);
			ids[identities].type = e2e__memory_strdup(type);
			ids[identities++].name = name ? e2e__memory_strdup(name) : NULL;
		}
	}

	qsort(list, features, sizeof *list, e2e__discover_by_name);
	qsort(ids, identities, sizeof *ids, e2e__discover_by_identity);
	out->jid = jid;
	out->features = list;
	out->identities = ids;
	out->nidentities = identities;
}

/* What came instead of <query/> of this namespace, which an answer has to have. */
E2E__FN const char *e2e__discover_instead(e2e_stanza *reply, const char *ns)
{
	xmpp_stanza_t *child = xmpp_stanza_get_children(reply);
	const char *other;

	while (child && !xmpp_stanza_get_name(child))
		child = xmpp_stanza_get_next(child);
	if (!child)
		return "nothing";
	other = xmpp_stanza_get_ns(child);
	return e2e_printf("<%s xmlns='%s'/> instead of <query xmlns='%s'/>",
		xmpp_stanza_get_name(child), other ? other : "", ns);
}

/* Notes who hasn't said what it can, of this namespace: it is silent, or out of order (deaf), or
 * refuses to. */
E2E__FN void e2e__discover_note_deaf(
	const char *jid, const e2e_client *c, e2e_stanza *reply, const char *ns)
{
	static const char *const disorder[] = {"internal-server-error", "remote-server-timeout",
		"resource-constraint", "undefined-condition", NULL};
	const char *error = reply ? e2e_stanza_error(reply) : NULL, *text;
	const char **list = !reply || (error && e2e__state_has_word(disorder, error))
		? &e2e__xmpp.deaf
		: &e2e__xmpp.refusing;

	if (reply && !error)
		error = e2e__discover_instead(reply, ns);
	text = e2e_printf("%s%s%s %s%s", *list ? *list : "", *list ? ", " : "",
		jid ? jid : c->account.jid, error ? "answered with " : "gave no answer",
		error ? error : "");
	*list = strdup(text);
}

E2E__FN bool e2e__discover_info(
	e2e_client *c, const char *jid, const struct e2e__json *blocks, e2e_entity *out)
{
	e2e_stanza *reply = e2e__clear_ask(
		c, "get", jid, "<query xmlns='http://jabber.org/protocol/disco#info'/>");
	xmpp_stanza_t *query = e2e__clear_answer(reply, XMPP_NS_DISCO_INFO);

	if (query)
		e2e__discover_read_entity(query, jid ? jid : c->account.jid, blocks, out);
	else
		e2e__discover_note_deaf(jid, c, reply, XMPP_NS_DISCO_INFO);
	return query != NULL;
}

E2E__FN bool e2e__discover_entities(
	e2e_client *c, const char *jid, bool recurse, e2e_disco_result *out)
{
	const struct e2e__json *blocks = e2e__discover_blocks();
	xmpp_stanza_t *query = NULL;
	size_t n = 0, items = 0;
	e2e_entity *list;
	const char **names;

	memset(out, 0, sizeof *out);
	if (recurse) {
		e2e_stanza *reply = e2e__clear_ask(
			c, "get", jid, "<query xmlns='http://jabber.org/protocol/disco#items'/>");

		query = e2e__clear_answer(reply, XMPP_NS_DISCO_ITEMS);
		if (!query)
			e2e__discover_note_deaf(jid, c, reply, XMPP_NS_DISCO_ITEMS);
	}

	for (xmpp_stanza_t *i = query ? xmpp_stanza_get_children(query) : NULL; i;
		i = xmpp_stanza_get_next(i))
		n++;
	list = (e2e_entity *)e2e__memory_alloc((n + 1) * sizeof *list);
	names = (const char **)e2e__memory_alloc((n + 1) * sizeof *names);
	if (!e2e__discover_info(c, jid ? e2e__memory_strdup(jid) : NULL, blocks, list))
		return false;
	out->entity = list;
	out->n = 1;
	for (xmpp_stanza_t *i = query ? xmpp_stanza_get_children(query) : NULL; i;
		i = xmpp_stanza_get_next(i)) {
		const char *item = xmpp_stanza_get_attribute(i, "jid");

		if (!item || xmpp_stanza_get_attribute(i, "node"))
			continue;
		names[items++] = item = e2e__memory_strdup(item);
		if (e2e__xmpp.discovering && e2e__discover_blocked(blocks, item, "*"))
			continue; /* all that it has is hidden, so it needn't be asked */
		if (e2e__discover_info(c, item, blocks, list + out->n))
			out->n++;
	}

	if (recurse)
		out->items = names;
	return true;
}

/* Silence is no answer: it ends the case. */
E2E__FN bool e2e__discover_do_disco(const char *file, int line, e2e_client *c, const char *jid,
	bool recurse, e2e_disco_result *out)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *deaf = s->deaf, *refusing = s->refusing, *told; /* guards know of those two */
	bool found;

	e2e__loop_not_inside(file, line, "e2e_disco");
	e2e__talk_need(file, line, c, "e2e_disco", "ask");
	s->silent_to = s->deaf = s->refusing = NULL;
	found = e2e__discover_entities(c, jid, recurse, out);
	told = s->deaf ? s->deaf : s->refusing;
	if (!found && told)
		e2e__missed_note(e2e_printf("e2e_disco: %s", told));
	free((void *)(uintptr_t)s->deaf);
	free((void *)(uintptr_t)s->refusing);
	s->deaf = deaf;
	s->refusing = refusing;
	if (!s->silent_to)
		return found;
	bool up = c->own->phase == E2E__PHASE_UP;
	const char *why = up
		? e2e_printf("%s gave %s no answer to its service discovery within %g s",
			  e2e__xmpp.silent_to, c->name, e2e__clear_patience())
		: e2e_printf("%s lost its connection while it asked %s for what it can: %s",
			  c->name, e2e__xmpp.silent_to,
			  e2e__connect_loss(c) ? e2e__connect_loss(c) : "?");
	e2e__op_die_of(file, line, "e2e_disco", up ? "timeout" : "disconnected", why,
		"see the transcript; e2e_disco is false only where the answer is an error");
}

E2E__FN bool e2e__discover_disco(const char *file, int line, e2e_client *c, const char *jid,
	bool recurse, e2e_disco_result *out)
{
	bool result;

	e2e__op_enter_at(file, line);
	result = e2e__discover_do_disco(file, line, c, jid, recurse, out);
	e2e__op_leave();
	return result;
}

E2E__FN void e2e__discover_note_feature(const e2e_entity *entity, const char *feature)
{
	struct e2e__strings names = {NULL, 0, 0};

	for (const char *const *f = entity->features; f && *f; f++)
		e2e__missed_add(&names, *f);
	e2e__missed_note(e2e_printf("e2e_entity_has: %s has no %s%s", entity->jid, feature,
		e2e__missed_near(feature, &names)));
}

E2E__FN bool(e2e_entity_has)(const e2e_entity *entity, const char *feature)
{
	if (!feature)
		e2e__op_die_of(e2e__xmpp.file, e2e__xmpp.line, "e2e_entity_has", "usage",
			"the feature is NULL", NULL);
	for (const char *const *f = entity ? entity->features : NULL; f && *f; f++)
		if (strcmp(*f, feature) == 0)
			return true;
	if (entity)
		e2e__discover_note_feature(entity, feature);
	return false;
}

E2E__FN void e2e__discover_note_identity(
	const e2e_entity *entity, const char *category, const char *type)
{
	struct e2e__strings names = {NULL, 0, 0};
	const char *wanted = e2e_printf("%s/%s", category ? category : "*", type ? type : "*");

	for (size_t i = 0; i < entity->nidentities; i++)
		e2e__missed_add(&names,
			e2e_printf("%s/%s", entity->identities[i].category,
				entity->identities[i].type));
	e2e__missed_note(e2e_printf("e2e_entity_is: %s is no %s%s", entity->jid, wanted,
		e2e__missed_but(wanted, &names)));
}

E2E__FN bool(e2e_entity_is)(const e2e_entity *entity, const char *category, const char *type)
{
	for (size_t i = 0; entity && i < entity->nidentities; i++) {
		const e2e_identity *one = entity->identities + i;

		if ((!category || strcmp(one->category, category) == 0) &&
			(!type || strcmp(one->type, type) == 0))
			return true;
	}
	if (entity)
		e2e__discover_note_identity(entity, category, type);
	return false;
}

/* Facts live as long as the process. */
E2E__FN void e2e__discover_add_fact(char kind, const char *what, const char *type, const char *jid)
{
	struct e2e__xmpp_fact *f = (struct e2e__xmpp_fact *)calloc(1, sizeof *f),
			      **at = &e2e__xmpp.facts;

	if (!f)
		return;
	f->kind = kind;
	f->what = strdup(what);
	f->type = strdup(type ? type : "");
	f->jid = strdup(jid ? jid : "");
	while (*at)
		at = &(*at)->next;
	*at = f;
}

E2E__FN void e2e__discover_learn_entity(const e2e_entity *e, bool account)
{
	for (const char *const *f = e->features; *f; f++)
		e2e__discover_add_fact(account ? 'A' : 'f', *f, NULL, e->jid);
	for (size_t i = 0; i < e->nidentities; i++)
		e2e__discover_add_fact(account ? 'a' : 'i', e->identities[i].category,
			e->identities[i].type, e->jid);
}

/* Where the run keeps what was discovered about this server. NULL: nowhere. */
E2E__FN const char *e2e__discover_facts_path(const e2e_client *c)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	char hex[2 * sizeof hash + 1];
	const char *dir = e2e_run_dir();
	const char *key = e2e_printf("%s %s:%d %s %s", e2e__xmpp.chosen->name, c->account.host,
		c->account.port, e2e__xmpp.chosen->domain ? e2e__xmpp.chosen->domain : "",
		e2e__literal_setting("block_features", ""));

	if (!dir)
		return NULL;
	crypto_generichash(hash, sizeof hash, (const unsigned char *)key, strlen(key), NULL, 0);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	return e2e_printf("%s/xmpp-facts-%s", dir, hex);
}

/* One line a fact: kind, what, type, address, separated by tabs. The first one: n, the server's
 * name, version, whom we asked; the last one, without which it isn't all: e. */
E2E__FN void e2e__discover_save_facts(const char *path)
{
	E2E__BUF(b, 8192);
	const char *draft = e2e_printf("%s.%ld", path, (long)getpid());
	struct e2e__xmpp_state *s = &e2e__xmpp;

	e2e__buf_addf(&b, "n\t%s\t%s\t%s\n", s->peer_name ? s->peer_name : "",
		s->peer_version ? s->peer_version : "", s->asked);
	e2e__buf_addf(&b, "c\t%s\t\t\n", s->facts_caps ? s->facts_caps : "");
	for (struct e2e__xmpp_fact *f = s->facts; f; f = f->next)
		e2e__buf_addf(&b, "%c\t%s\t%s\t%s\n", f->kind, f->what, f->type, f->jid);
	e2e__buf_adds(&b, "e\t\t\t\n");
	e2e__buf_add(&b, "", 1);
	if (!e2e__server_put(draft, b.p) || rename(draft, path))
		unlink(draft);
	e2e__buf_free(&b);
}

E2E__FN bool e2e__discover_load_facts(const char *path)
{
	char *text = path ? e2e__file_read(path, NULL) : NULL, *line, *next;
	struct e2e__xmpp_state *s = &e2e__xmpp;
	size_t n = text ? strlen(text) : 0;

	if (n < 5 || strcmp(text + n - 5, "e\t\t\t\n") != 0)
		return false;
	for (line = text; (next = strchr(line, '\n')); line = next + 1) {
		char *field[4] = {line, NULL, NULL, NULL};

		*next = 0;
		for (int i = 1; i < 4; i++) {
			char *tab = strchr(field[i - 1], '\t');

			if (!tab)
				return false;
			*tab = 0;
			field[i] = tab + 1;
		}
		if (*line == 'n') {
			s->peer_name = *field[1] ? strdup(field[1]) : NULL;
			s->peer_version = *field[2] ? strdup(field[2]) : NULL;
			s->asked = strdup(field[3]);
		} else if (*line == 'c') {
			s->facts_caps = strdup(field[1]);
		} else if (*line != 'e') {
			e2e__discover_add_fact(*line, field[1], field[2], field[3]);
		}
	}

	return s->asked != NULL;
}

/* XEP-0092. */
E2E__FN void e2e__discover_ask_version(e2e_client *c, const char *domain)
{
	xmpp_stanza_t *query = e2e__clear_answer(
		e2e__clear_ask(c, "get", domain, "<query xmlns='jabber:iq:version'/>"),
		"jabber:iq:version");
	xmpp_stanza_t *name = query ? xmpp_stanza_get_child_by_name(query, "name") : NULL;
	xmpp_stanza_t *version = query ? xmpp_stanza_get_child_by_name(query, "version") : NULL;
	char *text;

	if (name && (text = xmpp_stanza_get_text(name))) {
		e2e__xmpp.peer_name = strdup(text);
		xmpp_free(c->ctx, text);
	}

	if (version && (text = xmpp_stanza_get_text(version))) {
		e2e__xmpp.peer_version = strdup(text);
		xmpp_free(c->ctx, text);
	}
}

/* Asks the server, its items and the account, with a client of its own. */
E2E__FN void e2e__discover_ask_all(e2e_client *c)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *at = strchr(c->account.jid, '@'),
		   *domain = s->chosen->domain ? s->chosen->domain
		: at                           ? at + 1
					       : c->account.jid;
	e2e_disco_result found;
	e2e_entity account;
	const char *path;

	s->deaf = s->refusing = NULL;
	e2e__discover_ask_version(c, domain);
	if (e2e__discover_entities(c, domain, true, &found))
		for (size_t i = 0; i < found.n; i++)
			e2e__discover_learn_entity(found.entity + i, false);
	if (e2e__discover_info(c, NULL, e2e__discover_blocks(), &account))
		e2e__discover_learn_entity(&account, true);
	s->facts_caps = strdup(c->own->caps);
	s->asked = strdup(e2e_printf("%s%s%s%s%s, its %zu items and the account%s%s", domain,
		s->peer_name ? " (" : "", s->peer_name ? s->peer_name : "",
		s->peer_version ? " " : "",
		s->peer_name ? e2e_printf("%s)", s->peer_version ? s->peer_version : "") : "",
		found.n ? found.n - 1 : 0, s->refusing ? "; " : "",
		s->refusing ? s->refusing : ""));
	path = s->deaf ? NULL : e2e__discover_facts_path(c);
	if (path)
		e2e__discover_save_facts(path);
}

/* Puts all facts aside; their strings stay, since guards have handed them out. */
E2E__FN void e2e__discover_forget_facts(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	struct e2e__xmpp_fact *names = (struct e2e__xmpp_fact *)calloc(2, sizeof *names),
			      **end = &s->facts;

	while (*end)
		end = &(*end)->next;
	*end = s->forgotten;
	if (names) {
		names[0].what = s->peer_name;
		names[0].type = s->peer_version;
		names[0].jid = s->asked;
		names[1].what = s->facts_caps;
		names[0].next = &names[1];
		names[1].next = *end;
		*end = names;
	}

	s->forgotten = s->facts;
	s->facts = NULL;
	s->peer_name = s->peer_version = s->asked = s->facts_caps = NULL;
}

/* Does a client of this case see other capabilities (XEP-0115, in the stream's features) than those
 * that the facts are about? Then the server was changed within the run. */
E2E__FN bool e2e__discover_facts_stale(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	for (struct e2e__xmpp_own *o = s->clients; o; o = o->next)
		if (!o->opts.account && o->caps[0] && s->facts_caps && *s->facts_caps &&
			strcmp(o->caps, s->facts_caps) != 0) {
			e2e__discover_forget_facts();
			return true;
		}
	return false;
}

/* A client of this case that the provisioner made and that can ask: where a list of accounts is
 * used up, it has to. */
E2E__FN struct e2e__xmpp_own *e2e__discover_who_can_ask(void)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (!o->opts.account && !o->place && o->phase == E2E__PHASE_UP)
			return o;
	return NULL;
}

/* Can another client be had? Not where a list of accounts is used up; where each account has to be
 * made one is enough. */
E2E__FN bool e2e__discover_another_is_had(const e2e_provisioner *p)
{
	return strcmp(p->name, "static") == 0
		? e2e__provision_static_left(p) > 0
		: strcmp(p->name, "register") != 0 && strcmp(p->name, "admin") != 0;
}

/* A client for discovery alone, with an account, but not connected. */
E2E__FN struct e2e__xmpp_own *e2e__discover_scout(const char *file, int line)
{
	e2e_client_opts opts;
	struct e2e__xmpp_own *o;

	memset(&opts, 0, sizeof opts);
	o = e2e__client_new(&opts);
	e2e__xmpp.made--;
	o->self->name = "discovery";
	e2e__provision_ready(file, line);
	e2e__provision_make_account(file, line, o);
	return o;
}

/* Its account is free again. */
E2E__FN void e2e__discover_scout_over(struct e2e__xmpp_own *o)
{
	if (!o->account)
		return;
	e2e__provision_static_free(o->account, !o->account->dirty);
	o->account = NULL;
	o->opts.account = &o->self->account; /* nothing to be cleared */
}

/* Asks what isn't known yet by a client of its own. */
E2E__FN void e2e__discover_alone(const char *file, int line)
{
	struct e2e__xmpp_own *o = e2e__discover_scout(file, line), *list[1];

	if (!e2e__discover_load_facts(e2e__discover_facts_path(o->self)) ||
		e2e__discover_facts_stale()) {
		e2e__client_enlist(o);
		list[0] = o;
		if (e2e__dead_connect(list, 1, e2e__loop_step())) {
			e2e__xmpp.discovering = false;
			e2e__xmpp.task = NULL;
			e2e__op_die(file, line, "discovery", &o->failure);
		}
		e2e__client_settle(o);
		e2e__discover_ask_all(o->self);
		(e2e_disconnect)(o->self);
	}

	e2e__discover_scout_over(o);
}

E2E__FN void e2e__discover(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	struct e2e__xmpp_own *here;
	const char *file;
	int line;

	if (s->discovered || s->discovering || !e2e__provision())
		return;
	file = e2e__state.page->where_file; /* where the test was seen last, as a rule the guard */
	line = e2e__state.page->where_line;
	e2e__op_enter();
	s->task = "discovery";
	s->discovering = true;
	here = e2e__discover_who_can_ask();
	if (here && !e2e__discover_another_is_had(s->chosen)) {
		if (!e2e__discover_load_facts(e2e__discover_facts_path(here->self)) ||
			e2e__discover_facts_stale())
			e2e__discover_ask_all(here->self);
	} else {
		e2e__discover_alone(file, line);
	}

	s->discovered = true;
	s->discovering = false;
	s->task = NULL;
	e2e__transcript_own_words_over();
	e2e__op_leave();
}

/* Some servers (ejabberd) announce the PubSub features of accounts as their own: real PubSub
 * services come first. */
E2E__FN bool e2e__discover_behind(char kind, const char *what, const char *jid)
{
	if (kind != 'f' || strncmp(what, "http://jabber.org/protocol/pubsub", 33) != 0)
		return false;
	for (struct e2e__xmpp_fact *f = e2e__xmpp.facts; f; f = f->next)
		if (f->kind == 'i' && strcmp(f->what, "pubsub") == 0 &&
			strcmp(f->type, "service") == 0 && strcmp(f->jid, jid) == 0)
			return false;
	return true;
}

/* Nobody was found who offers something, but not everybody has said what it can: that's no reason
 * to skip a case. */
E2E__FN void e2e__discover_not_deaf(const char *what, const char *type)
{
	if (!e2e__xmpp.deaf || !e2e__exit_in_case())
		return;
	e2e__op_die_of(e2e__xmpp.file, e2e__xmpp.line, "discovery", "discovery",
		e2e_printf("whether anybody offers %s%s%s isn't known: %s", what, type ? "/" : "",
			type ? type : "", e2e__xmpp.deaf),
		"see the transcript; block_features={\"ADDRESS\": [\"*\"]} leaves an address out for good");
}

/* Facts of a kind as a list of addresses; NULL: none. */
E2E__FN const char *const *e2e__discover_providers(char kind, const char *what, const char *type)
{
	const char **list;
	size_t n = 0;

	e2e__discover();
	for (struct e2e__xmpp_fact *f = e2e__xmpp.facts; f; f = f->next)
		n++;
	list = (const char **)e2e__memory_alloc((n + 1) * sizeof *list);
	n = 0;
	for (int behind = 0; behind < 2; behind++)
		for (struct e2e__xmpp_fact *f = e2e__xmpp.facts; f; f = f->next)
			if (f->kind == kind && strcmp(f->what, what) == 0 &&
				(!type || strcmp(f->type, type) == 0) &&
				e2e__discover_behind(kind, what, f->jid) == behind)
				list[n++] = f->jid;
	if (!n)
		e2e__discover_not_deaf(what, type);
	return n ? list : NULL;
}

/* What e2e.h's guards ask. */
E2E__FN const char *const *e2e__discover_feature(void *arg, const char *var)
{
	const char *const *list = e2e__discover_providers('f', var, NULL);

	(void)arg;
	e2e__xmpp.of_account =
		!list && e2e__discover_providers('A', var, NULL) ? e2e__memory_strdup(var) : NULL;
	return list;
}

E2E__FN const char *const *e2e__discover_identity(void *arg, const char *category, const char *type)
{
	(void)arg;
	e2e__xmpp.of_account = NULL;
	return e2e__discover_providers('i', category, type);
}

E2E__FN const char *e2e__discover_asked(void *arg)
{
	const struct e2e__xmpp_state *s = &e2e__xmpp;

	(void)arg;
	if (s->of_account && s->asked)
		return e2e_printf(
			"%s; the account has %s itself: e2e_require_account_feature asks for that",
			s->asked, s->of_account);
	return s->asked ? s->asked : s->none_reason;
}

E2E__FN const char *(e2e_feature_provider)(const char *var)
{
	struct e2e__strings found, names = {NULL, 0, 0};

	if (!var)
		e2e__op_die_of(e2e__xmpp.file, e2e__xmpp.line, "e2e_feature_provider", "usage",
			"the feature is NULL", NULL);
	found = e2e__guard_offers(var, NULL, NULL);
	if (found.n)
		return found.at[0];
	for (const struct e2e__xmpp_fact *f = e2e__xmpp.facts; f; f = f->next)
		if (f->kind == 'f')
			e2e__missed_add(&names, f->what);
	e2e__missed_note(e2e_printf("e2e_feature_provider: nobody offers %s; asked: %s%s", var,
		e2e__discover_asked(NULL), e2e__missed_near(var, &names)));
	return NULL;
}

E2E__FN const char *(e2e_server_name)(void)
{
	e2e__discover();
	return e2e__xmpp.peer_name;
}

E2E__FN const char *(e2e_server_version)(void)
{
	e2e__discover();
	return e2e__xmpp.peer_version;
}

/* The private server's name is known without asking it. */
E2E__FN const char *e2e__discover_peer(void *arg)
{
	e2e_provisioner *p = e2e__provision();

	(void)arg;
	if (p && strcmp(p->name, "local") == 0)
		return strcmp((const char *)p->arg, "prosody") != 0 ? "ejabberd" : "Prosody";
	return p && e2e__exit_in_case() ? (e2e_server_name)() : NULL;
}

E2E__FN const char *e2e__discover_who_was_asked(void)
{
	return e2e__discover_asked(NULL) ? e2e__discover_asked(NULL) : "nobody";
}

E2E__FN void e2e__discover_require_pep(void)
{
	if (!e2e__discover_providers('a', "pubsub", "pep"))
		e2e_skip(
			"the account has no personal eventing (PEP, identity pubsub/pep); asked: %s",
			e2e__discover_who_was_asked());
}

/* Those who offer a feature, by discovery or by the config, in the order in which
 * e2e_require_feature knows them. */
struct e2e__xmpp_offer {
	const char *var;
	struct e2e__strings by;
};

/* How many of the features it has. */
E2E__FN size_t e2e__discover_offers_of(
	const char *jid, size_t n, const struct e2e__xmpp_offer *offers)
{
	size_t has = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < offers[i].by.n; k++)
			has += strcmp(offers[i].by.at[k], jid) == 0;
	return has;
}

/* Has it features that only seem to be there? */
E2E__FN bool e2e__discover_all_behind(
	const char *jid, size_t n, const struct e2e__xmpp_offer *offers)
{
	for (size_t i = 0; i < n; i++)
		if (e2e__discover_offers_of(jid, 1, offers + i) &&
			e2e__discover_behind('f', offers[i].var, jid))
			return true;
	return false;
}

/* `a, b, c`, or `none`. */
E2E__FN const char *e2e__discover_listed(size_t n, const char *const *words)
{
	const char *text = n ? words[0] : "none";

	for (size_t i = 1; i < n; i++)
		text = e2e_printf("%s, %s", text, words[i]);
	return text;
}

E2E__FN const char *(e2e_require_feature_subset)(size_t n, const char *const *vars,
	size_t nrequired, const char *const *required, const char *const **supported)
{
	size_t all = nrequired + n, most = 0, has;
	struct e2e__xmpp_offer *offers =
		(struct e2e__xmpp_offer *)e2e__memory_alloc((all + 1) * sizeof *offers);
	const char **list = (const char **)e2e__memory_alloc((all + 1) * sizeof *list),
		   *best = NULL;

	for (size_t i = 0; i < all; i++) {
		offers[i].var = i < nrequired ? required[i] : vars[i - nrequired];
		offers[i].by = e2e__guard_offers(offers[i].var, NULL, NULL);
	}

	for (size_t i = 0; i < all; i++)
		for (size_t k = 0; k < offers[i].by.n; k++) {
			const char *jid = offers[i].by.at[k];

			if (e2e__discover_offers_of(jid, nrequired, offers) < nrequired)
				continue;
			has = e2e__discover_offers_of(jid, all, offers) +
				(e2e__discover_all_behind(jid, all, offers) ? 0 : all);
			if (has > most) {
				most = has;
				best = jid;
			}
		}
	if (!best) {
		e2e_skip("nobody has %s of the features %s; asked: %s", nrequired ? "all" : "any",
			nrequired ? e2e__discover_listed(nrequired, required)
				  : e2e__discover_listed(n, vars),
			e2e__discover_who_was_asked());
		return NULL;
	}

	most = 0;
	for (size_t i = 0; i < all; i++)
		if (e2e__discover_offers_of(best, 1, offers + i))
			list[most++] = offers[i].var;
	if (supported)
		*supported = list;
	return best;
}

E2E__FN void e2e__discover_require_account_feature(const char *var)
{
	if (!e2e__discover_providers('A', var, NULL))
		e2e_skip("the account doesn't have the feature %s; asked: %s", var,
			e2e__discover_who_was_asked());
}
