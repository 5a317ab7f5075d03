#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "libstrophe.h"
#include "loop.h"
#include "xml.h"
#include "read.h"
#include "connect.h"

/* @interface */

enum { E2E_ANY, E2E_MESSAGE, E2E_PRESENCE, E2E_IQ };
/* What a stanza must be like; zero members don't matter. */
typedef struct e2e_match {
	e2e_client *client E2E__UNSET; /* what e2e_expect_message and its like begin with */
	double within E2E__UNSET;      /* seconds; default e2e_xmpp_timeout's */
	int kind E2E__UNSET;           /* E2E_ANY, E2E_MESSAGE, E2E_PRESENCE, E2E_IQ */
	const char *from E2E__UNSET;   /* full, or bare for any resource of it */
	const char *to E2E__UNSET;     /* the same */
	const char *id E2E__UNSET;
	const char *type E2E__UNSET;      /* E2E_NONE: has no type attribute */
	const char *child E2E__UNSET;     /* has a child element of this name ... */
	const char *child_ns E2E__UNSET;  /* ... in this namespace (of one and the same child) */
	const char *attribute E2E__UNSET; /* has this attribute ... */
	const char *value E2E__UNSET;     /* ... with this value */
	/* the body matches this POSIX extended regular expression */
	const char *body E2E__UNSET;
	/* is an error with this condition, e.g. "item-not-found" */
	const char *condition E2E__UNSET;
	/* has this place (see "Reading stanzas") ... */
	const char *path E2E__UNSET;
	/* ... with a text that matches this POSIX extended regular expression */
	const char *matches E2E__UNSET;
	bool (*where)(e2e_stanza *stanza, void *arg) E2E__UNSET;
	void *arg E2E__UNSET;
	/* the element's own name, for what is no stanza: "failure", "proceed", "r" */
	const char *name E2E__UNSET;
} e2e_match;
#define E2E_NONE "\001none"
/* e2e_expect_stanza(client, E2E_MESSAGE, .from = jid, ...): the first one that fits, of those that
 * came and nobody took, or of those that come. Never NULL: the case fails and ends with what came
 * instead if there is none in time. Presence that the server sends back to its sender is seen only
 * by .from = client->jid. A message without a type is "normal", presence without one
 * "available". */
/* e2e_no_stanza(client, seconds [, .kind = E2E_MESSAGE, ...]): a test point: none that fits came or
 * comes within the seconds. Without
 * `.kind`, requests that were answered by themselves don't count. */
#if defined __cplusplus && __cplusplus >= 202002L
#define E2E__MATCH(...) \
	e2e_match \
	{ \
		__VA_ARGS__ \
	}
#define e2e_expect_stanza(client, ...) \
	e2e__match_expect_stanza(E2E__AT, client, E2E__MATCH(.within = 0, .kind = __VA_ARGS__))
#define e2e_no_stanza(client, ...) \
	e2e__match_no_stanza(E2E__AT, client, E2E__MATCH(.within = __VA_ARGS__))
#define E2E__EXPECT(kind, ...) \
	e2e__match_expect_kind(E2E__AT, kind, E2E__MATCH(.client = __VA_ARGS__))
/* no names: kind (where the macro's name doesn't say it), from, type; or fill in an e2e_match and
 * call e2e__match_expect_stanza */
#elif defined __cplusplus
#define e2e_expect_stanza(client, ...) \
	e2e__match_expect_stanza(E2E__AT, client, e2e__match_of(0, __VA_ARGS__))
#define e2e_no_stanza(client, ...) e2e__match_no_stanza(E2E__AT, client, e2e__match_of(__VA_ARGS__))
#define E2E__EXPECT(kind, ...) e2e__match_expect_kind(E2E__AT, kind, e2e__match_for(__VA_ARGS__))
static inline __attribute__((unused)) e2e_match e2e__match_of(
	double within, int kind = 0, const char *from = NULL, const char *type = NULL)
{
	e2e_match m = e2e_match();

	m.within = within;
	m.kind = kind;
	m.from = from;
	m.type = type;
	return m;
}
static inline __attribute__((unused)) e2e_match e2e__match_for(
	e2e_client *client, const char *from = NULL, const char *type = NULL)
{
	e2e_match m = e2e__match_of(0, E2E_ANY, from, type);

	m.client = client;
	return m;
}
#else
#define e2e_expect_stanza(client, ...) \
	e2e__match_expect_stanza(E2E__AT, client, (e2e_match){.kind = __VA_ARGS__})
#define e2e_no_stanza(client, ...) \
	e2e__match_no_stanza(E2E__AT, client, (e2e_match){.within = __VA_ARGS__})
#define E2E__EXPECT(kind, ...) \
	e2e__match_expect_kind(E2E__AT, kind, (e2e_match){.client = __VA_ARGS__})
#endif
/* e2e_expect_message(client [, .from = jid, ...]) and its like: e2e_expect_stanza of this kind. All
 * conditions may be left out: e2e_expect_message(client) takes the first message. */
#define e2e_expect_message(...) E2E__EXPECT(E2E_MESSAGE, __VA_ARGS__)
#define e2e_expect_presence(...) E2E__EXPECT(E2E_PRESENCE, __VA_ARGS__)
#define e2e_expect_iq(...) E2E__EXPECT(E2E_IQ, __VA_ARGS__)

/* How many stanzas came that nobody took. */
E2E__FN size_t e2e_stanzas_left(e2e_client *client);
#define e2e_stanzas_left(...) (e2e__op_at(E2E__AT), (e2e_stanzas_left)(__VA_ARGS__))

E2E__FN e2e_stanza *e2e__match_expect_stanza(
	const char *file, int line, e2e_client *c, e2e_match match);
E2E__FN e2e_stanza *e2e__match_expect_kind(const char *file, int line, int kind, e2e_match match);
E2E__FN bool e2e__match_no_stanza(const char *file, int line, e2e_client *c, e2e_match match);

/* @implementation */

/* What an expected stanza is a step of, where it isn't the test that expects it. */
struct e2e__match_step {
	const char *macro; /* the test's own call */
	const char *hint;  /* where nothing better is known of why it doesn't come */
	const char *want;  /* what is waited for, in words; NULL: what the match says */
};

/* Is `got` this address, or any resource of it where it's bare? */
E2E__FN bool e2e__match_address(const char *got, const char *want)
{
	size_t n = got ? strcspn(got, "/") : 0;

	if (strchr(want, '/'))
		return e2e__libstrophe_same_jid(got, want);
	return got && n == strlen(want) && strncasecmp(got, want, n) == 0;
}

E2E__FN bool e2e__match_has_child(e2e_stanza *stanza, const char *name, const char *ns)
{
	for (xmpp_stanza_t *child = xmpp_stanza_get_children(stanza); child;
		child = xmpp_stanza_get_next(child))
		if (xmpp_stanza_is_tag(child) &&
			(!name || e2e__libstrophe_same(xmpp_stanza_get_name(child), name)) &&
			(!ns || e2e__libstrophe_same(xmpp_stanza_get_ns(child), ns)))
			return true;
	return false;
}

E2E__FN bool e2e__match_body_like(e2e_stanza *stanza, const char *ere)
{
	const char *body = e2e_body(stanza);
	regex_t re;
	bool fits;

	if (!body)
		return false;
	if (regcomp(&re, ere, REG_EXTENDED | REG_NOSUB))
		return false; /* e2e__match_check has told it */
	fits = !regexec(&re, body, 0, NULL, 0);
	regfree(&re);
	return fits;
}

/* Has it this type? Without one a message is normal (RFC 6121, 5.2.2), and presence says that
 * somebody is available. */
E2E__FN bool e2e__match_type_fits(e2e_stanza *stanza, const char *want)
{
	const char *type = xmpp_stanza_get_type(stanza), *name = xmpp_stanza_get_name(stanza);

	if (strcmp(want, E2E_NONE) == 0)
		return type == NULL;
	if (!type)
		type = e2e__libstrophe_same(name, "message")     ? "normal"
			: e2e__libstrophe_same(name, "presence") ? "available"
								 : NULL;
	return e2e__libstrophe_same(type, want);
}

E2E__FN bool e2e__match_fits(const struct e2e__xmpp_own *o, e2e_stanza *stanza, const e2e_match *m)
{
	static const char *const kinds[] = {NULL, "message", "presence", "iq"};
	const char *value;

	if (e2e__loop_own_echo(o, stanza) && !e2e__libstrophe_same(m->from, o->self->jid))
		return false;
	if (m->kind && !e2e__libstrophe_same(xmpp_stanza_get_name(stanza), kinds[m->kind]))
		return false;
	if (m->name && !e2e__libstrophe_same(xmpp_stanza_get_name(stanza), m->name))
		return false;
	if (m->from && !e2e__match_address(xmpp_stanza_get_from(stanza), m->from))
		return false;
	if (m->to && !e2e__match_address(xmpp_stanza_get_to(stanza), m->to))
		return false;
	if (m->id && !e2e__libstrophe_same(xmpp_stanza_get_id(stanza), m->id))
		return false;
	if (m->type && !e2e__match_type_fits(stanza, m->type))
		return false;
	if ((m->child || m->child_ns) && !e2e__match_has_child(stanza, m->child, m->child_ns))
		return false;
	if (m->attribute) {
		value = xmpp_stanza_get_attribute(stanza, m->attribute);
		if (!value || (m->value && strcmp(value, m->value) != 0))
			return false;
	}

	if (m->condition && !e2e__libstrophe_same(e2e_stanza_error(stanza), m->condition))
		return false;
	if (m->path && !e2e__read_matches(stanza, m->path, m->matches))
		return false;
	return (!m->body || e2e__match_body_like(stanza, m->body)) &&
		(!m->where || m->where(stanza, m->arg));
}

/* Is it no regular expression? */
E2E__FN bool e2e__match_wrong_expression(const char *ere)
{
	regex_t re;

	if (!ere)
		return false;
	if (regcomp(&re, ere, REG_EXTENDED | REG_NOSUB))
		return true;
	regfree(&re);
	return false;
}

/* What is wrong with .body, .path and .matches; NULL: nothing. */
E2E__FN const char *e2e__match_wrong_text(const e2e_match *m)
{
	struct e2e__read_quest search;

	if (e2e__match_wrong_expression(m->body))
		return e2e_printf(".body is no regular expression: %s", m->body);
	if (m->matches && !m->path)
		return ".matches is given without .path";
	if (m->path && !e2e__read_parse(&search, m->path))
		return e2e_printf(".path %s is no path", e2e_quoted(m->path));
	if (e2e__match_wrong_expression(m->matches))
		return e2e_printf(".matches is no regular expression: %s", m->matches);
	return NULL;
}

/* A predicate that can't mean what it says. */
E2E__FN void e2e__match_check(const char *file, int line, const char *name, const e2e_match *m)
{
	const char *wrong = NULL;

	if (m->kind < E2E_ANY || m->kind > E2E_IQ)
		wrong = e2e_printf(
			"the kind %d is none of E2E_ANY, E2E_MESSAGE, E2E_PRESENCE, E2E_IQ",
			m->kind);
	else if (m->client)
		wrong = ".client is for e2e_expect_message and its like";
	else if (!(m->within >= 0 && m->within < 1e9))
		wrong = e2e_printf("%g is no number of seconds to wait", m->within);
	else if (m->value && !m->attribute)
		wrong = ".value is given without .attribute";
	else if (m->arg && !m->where)
		wrong = ".arg is given without .where";
	else
		wrong = e2e__match_wrong_text(m);
	if (wrong)
		e2e__op_die_of(file, line, name, "usage", wrong, NULL);
}

/* The predicate in words. */
E2E__FN void e2e__match_describe(struct e2e__buf *b, const e2e_match *m)
{
	static const char *const kinds[] = {"any stanza", "a message", "presence", "an iq"};

	e2e__buf_adds(b, kinds[m->kind & 3]);
	if (m->name)
		e2e__buf_addf(b, " named <%s>", m->name);
	if (m->from)
		e2e__buf_addf(b, " from %s", m->from);
	if (m->to)
		e2e__buf_addf(b, " to %s", m->to);
	if (m->id)
		e2e__buf_addf(b, " with id %s", m->id);
	if (m->type)
		e2e__buf_addf(b, " of type %s", strcmp(m->type, E2E_NONE) != 0 ? m->type : "none");
	if (m->child || m->child_ns)
		e2e__buf_addf(b, " with a child <%s xmlns=\"%s\">", m->child ? m->child : "*",
			m->child_ns ? m->child_ns : "*");
	if (m->attribute)
		e2e__buf_addf(b, " with %s=\"%s\"", m->attribute, m->value ? m->value : "*");
	if (m->condition)
		e2e__buf_addf(b, " with the error %s", m->condition);
	if (m->body)
		e2e__buf_addf(b, " with a body like /%s/", m->body);
	if (m->path)
		e2e__buf_addf(b, " with %s%s%s%s", m->path, m->matches ? " like /" : "",
			m->matches ? m->matches : "", m->matches ? "/" : "");
	if (m->where)
		e2e__buf_adds(b, " that .where accepts");
	e2e__buf_add(b, "", 1);
}

E2E__FN const char *e2e__match_wanted(const e2e_match *m)
{
	E2E__BUF(b, 512);
	const char *text;

	e2e__match_describe(&b, m);
	text = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	return text;
}

E2E__FN const char *e2e__match_wanted_by(const struct e2e__match_step *step, const e2e_match *m)
{
	return step->want ? step->want : e2e__match_wanted(m);
}

/* What waits in the inbox, to be shown. */
E2E__FN const char *e2e__match_inbox(struct e2e__xmpp_own *o)
{
	E2E__BUF(b, 1024);
	const char *text;
	size_t n = 0;

	for (size_t i = 0; i < o->ninbox; i++) {
		const char *one;

		if (e2e__loop_own_echo(o, o->inbox[i]) || n++ >= 10)
			continue;
		one = e2e_stanza_text(o->inbox[i]);
		e2e__buf_addf(&b, "%s%.400s", b.n ? "\n" : "", one ? one : "?");
	}

	if (n > 10)
		e2e__buf_addf(&b, "\n... and %zu more", n - 10);
	e2e__buf_add(&b, "", 1);
	text = n ? e2e__memory_strdup(b.p) : NULL;
	e2e__buf_free(&b);
	return text;
}

/* Who takes a request answers it. */
E2E__FN void e2e__match_taken(struct e2e__xmpp_own *o, e2e_stanza *stanza)
{
	for (struct e2e__xmpp_request **at = &o->requests; *at; at = &(*at)->next)
		if ((*at)->stanza == stanza) {
			xmpp_stanza_release((*at)->stanza);
			*at = (*at)->next;
			return;
		}
}

/* Takes the first that fits out of the inbox. */
E2E__FN e2e_stanza *e2e__match_take(struct e2e__xmpp_own *o, const e2e_match *m, size_t *from)
{
	for (size_t i = *from; i < o->ninbox; i++) {
		e2e_stanza *stanza = o->inbox[i];

		if (!e2e__match_fits(o, stanza, m))
			continue;
		memmove(o->inbox + i, o->inbox + i + 1, (--o->ninbox - i) * sizeof *o->inbox);
		e2e__match_taken(o, stanza);
		return e2e__op_keep(stanza);
	}
	*from = o->ninbox;
	return NULL;
}

/* Another client of the case that got what this one waits for; NULL: none. */
E2E__FN const char *e2e__match_elsewhere(const e2e_client *c, const e2e_match *m)
{
	for (const struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		for (size_t i = 0; i < o->ninbox && o != c->own; i++)
			if (!e2e__loop_own_echo(o, o->inbox[i]) &&
				e2e__match_fits(o, o->inbox[i], m))
				return e2e_printf("%s (%s) got one that fits: %s", o->self->name,
					o->self->jid, e2e_stanza_text(o->inbox[i]));
	return NULL;
}

/* Takes the nth condition out of the match. Returns its name, "" if it isn't set, NULL if there are
 * no more. The kind stays: a stanza of another kind is no near one. So does .where, which knows by
 * itself what it misses. */
E2E__FN const char *e2e__match_drop(e2e_match *m, size_t nth)
{
	const struct {
		const char *name, **field;
	} conditions[] = {{".from", &m->from}, {".to", &m->to}, {".id", &m->id},
		{".type", &m->type}, {".child", &m->child}, {".child_ns", &m->child_ns},
		{".attribute", &m->attribute}, {".condition", &m->condition}, {".body", &m->body},
		{".path", &m->path}, {".name", &m->name}};

	if (nth == sizeof conditions / sizeof *conditions)
		return NULL;
	if (!*conditions[nth].field)
		return "";
	*conditions[nth].field = NULL;
	return conditions[nth].name;
}

/* What came and fits but for one condition; NULL: nothing. */
E2E__FN const char *e2e__match_but_for(const struct e2e__xmpp_own *o, const e2e_match *m)
{
	const char *name, *missed;
	e2e_match less;

	for (size_t nth = 0; less = *m, (name = e2e__match_drop(&less, nth)) != NULL; nth++)
		for (size_t i = 0; i < o->ninbox && *name; i++) {
			e2e_stanza *stanza = o->inbox[i];

			if (e2e__loop_own_echo(o, stanza) || !e2e__match_fits(o, stanza, &less))
				continue;
			missed = m->path && !less.path ? e2e__read_missed_path(m->path, stanza)
						       : NULL;
			return missed ? e2e_printf("%s. Else this one fits: %.300s", missed,
						e2e_stanza_text(stanza))
				      : e2e_printf("but for %s this one fits: %.300s", name,
						e2e_stanza_text(stanza));
		}
	return NULL;
}

E2E__FN e2e_stanza *e2e__match_do_expect_stanza(
	const char *file, int line, e2e_client *c, e2e_match m, const struct e2e__match_step *step)
{
	double seconds = m.within > 0 ? e2e__clock_scaled(m.within) : e2e__loop_step(),
	       until = e2e_now() + seconds;
	e2e_stanza *stanza;
	size_t from = 0;

	e2e__loop_not_inside(file, line, step->macro);
	e2e__match_check(file, line, step->macro, &m);
	c->own->awaited = true;
	stanza = e2e__match_take(c->own, &m, &from);
	if (!stanza)
		e2e__op_doing("%s, to come to %s", e2e__match_wanted_by(step, &m), c->name);
	while (!stanza && c->own->phase == E2E__PHASE_UP && e2e_now() < until) {
		e2e__loop_pump(until);
		stanza = e2e__match_take(c->own, &m, &from);
	}

	c->own->awaited = false;
	if (stanza)
		return stanza;
	e2e_failure f = e2e__system_failure(NULL, NULL, NULL);
	f.want = e2e__match_wanted_by(step, &m);
	f.got = e2e__match_inbox(c->own);
	f.got = f.got ? f.got : "nothing";
	f.hint = e2e__match_elsewhere(c, &m);
	if (c->own->phase == E2E__PHASE_UP) {
		f.code = "timeout";
		f.message = e2e_printf("%s got no such stanza within %g s", c->name, seconds);
	} else {
		const char *loss = e2e__connect_loss(c);

		f.code = "disconnected";
		f.message = e2e_printf(c->own->failed ? "%s lost its connection while it waited: %s"
						      : "nothing comes to %s: %s",
			c->name, loss ? loss : "it never was connected");
	}
	if (!f.hint)
		f.hint = e2e__connect_losses(f.message);
	if (!f.hint)
		f.hint = step->hint;
	if (!f.hint)
		f.hint = e2e__match_but_for(c->own, &m);

	e2e__op_die(file, line, step->macro, &f);
}

E2E__FN e2e_stanza *e2e__match_expect_stanza(const char *file, int line, e2e_client *c, e2e_match m)
{
	static const struct e2e__match_step step = {"e2e_expect_stanza", NULL, NULL};
	e2e_stanza *result;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, step.macro);
	result = e2e__match_do_expect_stanza(file, line, c, m, &step);
	e2e__op_leave();
	return result;
}

/* The macro's name says the kind; the match says who gets it. */
E2E__FN e2e_stanza *e2e__match_expect_kind(const char *file, int line, int kind, e2e_match m)
{
	static const struct e2e__match_step steps[] = {{NULL, NULL, NULL},
		{"e2e_expect_message", NULL, NULL}, {"e2e_expect_presence", NULL, NULL},
		{"e2e_expect_iq", NULL, NULL}};
	const struct e2e__match_step *step = steps + kind;
	e2e_client *c = m.client;
	e2e_stanza *result;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, step->macro);
	if (m.kind && m.kind != kind)
		e2e__op_die_of(file, line, step->macro, "usage",
			".kind is given, and another one than the name says",
			"e2e_expect_stanza takes any kind");
	m.client = NULL;
	m.kind = kind;
	result = e2e__match_do_expect_stanza(file, line, c, m, step);
	e2e__op_leave();
	return result;
}

/* Is it a request that answers itself? */
E2E__FN bool e2e__match_is_request(e2e_stanza *stanza)
{
	const char *type = xmpp_stanza_get_type(stanza);

	return e2e__libstrophe_same(xmpp_stanza_get_name(stanza), "iq") &&
		(e2e__libstrophe_same(type, "get") || e2e__libstrophe_same(type, "set"));
}

E2E__FN bool e2e__match_do_no_stanza(const char *file, int line, e2e_client *c, e2e_match m)
{
	double until = e2e_now() + e2e__clock_scaled(m.within > 0 ? m.within : 0);
	bool last = false;
	e2e_stanza *stanza = NULL;
	const char *text = NULL;

	e2e__loop_not_inside(file, line, "e2e_no_stanza");
	e2e__match_check(file, line, "e2e_no_stanza", &m);
	e2e__op_doing("the end of %g s without a stanza for %s", m.within, c->name);
	for (;;) {
		for (size_t i = 0; i < c->own->ninbox && !stanza; i++)
			if (e2e__match_fits(c->own, c->own->inbox[i], &m) &&
				(m.kind || !e2e__match_is_request(c->own->inbox[i])))
				stanza = c->own->inbox[i];
		if (stanza || c->own->phase != E2E__PHASE_UP || last)
			break;
		last = e2e_now() >= until;
		if (last)
			/* what has come by now came in time, however late we are */
			e2e__loop_drain(c->own);
		else
			e2e__loop_pump(until);
	}

	e2e_failure f = e2e__system_failure("unexpected-stanza",
		e2e_printf("%s got a stanza that wasn't to come", c->name), NULL);
	f.want = e2e_printf("not %s", e2e__match_wanted(&m));
	f.got = text = stanza ? e2e_stanza_text(stanza) : NULL;
	if (!stanza && c->own->phase != E2E__PHASE_UP) {
		f.code = "disconnected";
		f.message = e2e_printf(
			"%s lost its connection, so that nothing came proves nothing: %s", c->name,
			e2e__connect_loss(c) ? e2e__connect_loss(c) : "it never was connected");
	}

	return e2e_report(file, line, !stanza && c->own->phase == E2E__PHASE_UP,
		e2e_printf("%s gets no stanza within %g s", c->name, m.within), &f);
}

E2E__FN bool e2e__match_no_stanza(const char *file, int line, e2e_client *c, e2e_match m)
{
	bool result;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, "e2e_no_stanza");
	result = e2e__match_do_no_stanza(file, line, c, m);
	e2e__op_leave();
	return result;
}

E2E__FN size_t(e2e_stanzas_left)(e2e_client *c)
{
	e2e__op_enter();
	e2e__op_need_client(e2e__xmpp.file, e2e__xmpp.line, c, "e2e_stanzas_left");
	e2e__loop_drain(c->own);
	e2e__op_leave();
	return e2e__loop_left(c->own);
}
