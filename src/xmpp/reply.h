#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "libstrophe.h"
#include "xml.h"
#include "read.h"
#include "talk.h"

/* @manual Answering
 *	The other side of a protocol: e2e_stanza *q = e2e_expect_stanza(b, E2E_IQ, .child_ns =
 *	"urn:xmpp:time"); then e2e_answer(b, q, e2e_xml(b, "<time xmlns='urn:xmpp:time'>...</time>"))
 *	or e2e_refuse(b, q, "cancel", "item-not-found"). Both may be called in a handler of
 *	libstrophe's.
 *	A client that plays a part for a whole test says once what it answers:
 *		e2e_answer_each(b, "ping{urn:xmpp:ping}", NULL);
 *		e2e_answer_each(b, "command[node=list]", e2e_xml(b, "<command ...>"));
 *		e2e_refuse_each(b, "command", "cancel", "item-not-found");
 *	Of those that fit a request the first one said counts. The requests can be expected
 *	nevertheless.
 */

/* @interface */

/* Sends the result of an iq request; child (NULL: none) is copied into it. Ends the case if it is
 * no request, if the client isn't connected, or if the test has answered it already: by e2e_answer,
 * e2e_refuse, or what the client was to answer each. */
#define e2e_answer(client, request, child) e2e__reply_answer(E2E__AT, client, request, child)
/* Sends an error as the answer to a stanza: its type ("cancel", "auth", "continue", "modify" or
 * "wait") and condition (RFC 6120, 8.3), e.g. e2e_refuse(c, q, "cancel", "item-not-found"). Ends the
 * case if the stanza is an error or a result itself (RFC 6120, 8.3.1: nobody answers those), or was
 * answered already. */
#define e2e_refuse(client, request, type, condition) \
	e2e__reply_refuse(E2E__AT, client, request, type, condition)

/* Has the client answer, from now on and as soon as it comes, each iq request that has a place of
 * this path (see "Reading stanzas"): by a result with a copy of the child (NULL: none), or by an
 * error, as e2e_refuse. The first that fits is sent. The request stays among what has come, for who
 * expects it. A path that isn't one, and what e2e_refuse doesn't send, end the case (usage). */
#define e2e_answer_each(client, path, child) e2e__reply_answer_each(E2E__AT, client, path, child)
#define e2e_refuse_each(client, path, type, condition) \
	e2e__reply_refuse_each(E2E__AT, client, path, type, condition)

E2E__FN void e2e__reply_answer_each(
	const char *file, int line, e2e_client *c, const char *path, e2e_stanza *child);
E2E__FN void e2e__reply_refuse_each(const char *file, int line, e2e_client *c, const char *path,
	const char *type, const char *condition);
E2E__FN void e2e__reply_answer(
	const char *file, int line, e2e_client *c, e2e_stanza *request, e2e_stanza *child);
E2E__FN void e2e__reply_refuse(const char *file, int line, e2e_client *c, e2e_stanza *request,
	const char *type, const char *condition);

/* @implementation */

/* got: what was to be answered; NULL: nothing has come yet. */
E2E__FN void e2e__reply_usage(const char *file, int line, const char *name, const char *got,
	const char *message) __attribute__((noreturn));
E2E__FN void e2e__reply_usage(
	const char *file, int line, const char *name, const char *got, const char *message)
{
	e2e_failure f = e2e__system_failure("usage", message, NULL);

	f.got = got;
	e2e__op_die(file, line, name, &f);
}

E2E__FN const char *e2e__reply_shown(e2e_stanza *request)
{
	return request ? e2e_stanza_text(request) : "NULL";
}

/* Notes that the test answers this by `what`; ends the case if it has done so before. The stanza is
 * meant, not its id: a peer may use one again. */
E2E__FN void e2e__reply_once(const char *file, int line, e2e_client *c, const char *name,
	e2e_stanza *request, const char *what)
{
	struct e2e__xmpp_reply *r = c->own->replies;

	while (r && r->to != request)
		r = r->next;
	if (r) {
		e2e_failure f = e2e__system_failure("usage",
			e2e_printf("%s has answered this already, by %s, at %s:%d", c->name,
				r->what, r->file, r->line),
			"a request has one answer (RFC 6120, 8.2.3); "
			"e2e_send_stanza(client, stanza) sends another one nevertheless");

		f.got = e2e_stanza_text(request);
		e2e__op_die(file, line, name, &f);
	}

	r = (struct e2e__xmpp_reply *)e2e__memory_alloc(sizeof *r);
	r->to = e2e__op_keep(xmpp_stanza_clone(request));
	r->file = file;
	r->line = line;
	r->what = what;
	r->next = c->own->replies;
	c->own->replies = r;
}

E2E__FN void e2e__reply_answer(
	const char *file, int line, e2e_client *c, e2e_stanza *request, e2e_stanza *child)
{
	const char *type = request ? xmpp_stanza_get_type(request) : NULL;
	e2e_stanza *reply;

	e2e__op_enter_at(file, line);
	if (!e2e__libstrophe_same(request ? xmpp_stanza_get_name(request) : NULL, "iq") ||
		(!e2e__libstrophe_same(type, "get") && !e2e__libstrophe_same(type, "set")) ||
		!xmpp_stanza_get_id(request))
		e2e__reply_usage(file, line, "e2e_answer", e2e__reply_shown(request),
			"e2e_answer answers <iq/> of type get or set, with an id");
	e2e__talk_need(file, line, c, "e2e_answer", "answer");
	e2e__reply_once(file, line, c, "e2e_answer", request, "a result");

	reply = e2e__libstrophe_reply(c->ctx, request);
	xmpp_stanza_set_type(reply, "result");
	if (child)
		xmpp_stanza_add_child_ex(reply, xmpp_stanza_copy(child), 0);
	e2e__talk_do_send_stanza(file, line, c, e2e__op_keep(reply));
	e2e__op_leave();
}

/* Ends the case unless an error of this kind can be sent. */
E2E__FN void e2e__reply_need_error(const char *file, int line, const char *name, const char *got,
	const char *type, const char *condition)
{
	static const char *const types[] = {"auth", "cancel", "continue", "modify", "wait", NULL};
	/* RFC 6120, 8.3.3, and one of RFC 3920 */
	static const char *const conditions[] = {"bad-request", "conflict",
		"feature-not-implemented", "forbidden", "gone", "internal-server-error",
		"item-not-found", "jid-malformed", "not-acceptable", "not-allowed",
		"not-authorized", "payment-required", "policy-violation", "recipient-unavailable",
		"redirect", "registration-required", "remote-server-not-found",
		"remote-server-timeout", "resource-constraint", "service-unavailable",
		"subscription-required", "undefined-condition", "unexpected-request", NULL};

	if (!type || !e2e__state_has_word(types, type))
		e2e__reply_usage(file, line, name, got,
			e2e_printf("the error type %s is none of %s", e2e_quoted(type),
				e2e__state_joined(types)));
	if (!condition || !e2e__state_has_word(conditions, condition))
		e2e__reply_usage(file, line, name, got,
			e2e_printf("the condition %s is none of RFC 6120, 8.3.3: %s%s",
				e2e_quoted(condition), e2e__state_joined(conditions),
				e2e__config_did_you_mean(condition ? condition : "", conditions)));
}

E2E__FN void e2e__reply_refuse(const char *file, int line, e2e_client *c, e2e_stanza *request,
	const char *type, const char *condition)
{
	const char *of = request ? xmpp_stanza_get_type(request) : NULL;
	e2e_stanza *reply;

	e2e__op_enter_at(file, line);
	if (!request || e2e__libstrophe_same(of, "error") || e2e__libstrophe_same(of, "result"))
		e2e__reply_usage(file, line, "e2e_refuse", e2e__reply_shown(request),
			"e2e_refuse answers no errors and no results");
	e2e__reply_need_error(file, line, "e2e_refuse", e2e__reply_shown(request), type, condition);
	e2e__talk_need(file, line, c, "e2e_refuse", "answer");
	e2e__reply_once(
		file, line, c, "e2e_refuse", request, e2e_printf("the error %s", condition));

	reply = e2e__libstrophe_refusal(c->ctx, request, type, condition);
	e2e__talk_do_send_stanza(file, line, c, e2e__op_keep(reply));
	e2e__op_leave();
}

/* A handler of libstrophe's, of each iq: answers it if the test has said how. */
E2E__FN int e2e__reply_stands(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	struct e2e__xmpp_own *o = (struct e2e__xmpp_own *)arg;
	const char *type = xmpp_stanza_get_type(stanza);
	struct e2e__xmpp_standing *s = o->standing;

	(void)conn;
	if ((!e2e__libstrophe_same(type, "get") && !e2e__libstrophe_same(type, "set")) ||
		!xmpp_stanza_get_id(stanza) || o->phase != E2E__PHASE_UP)
		return 1;
	while (s && !e2e__read_matches(stanza, s->path, NULL))
		s = s->next;
	if (s && s->condition)
		e2e__reply_refuse(s->file, s->line, o->self, stanza, s->type, s->condition);
	else if (s)
		e2e__reply_answer(s->file, s->line, o->self, stanza, s->child);
	return 1;
}

/* What the client answers to requests of this path; the caller says what it is. */
E2E__FN struct e2e__xmpp_standing *e2e__reply_stand(
	const char *file, int line, e2e_client *c, const char *name, const char *path)
{
	struct e2e__xmpp_standing *s, **at;
	struct e2e__read_quest search;

	e2e__op_need_client(file, line, c, name);
	e2e__read_need(file, line, name, path, &search);
	at = &c->own->standing;
	if (!*at)
		xmpp_handler_add(c->conn, e2e__reply_stands, NULL, "iq", NULL, c->own);
	while (*at)
		at = &(*at)->next;
	s = *at = (struct e2e__xmpp_standing *)e2e__memory_alloc(sizeof *s);
	memset(s, 0, sizeof *s);
	s->file = file;
	s->line = line;
	s->path = e2e__memory_strdup(path);
	return s;
}

E2E__FN void e2e__reply_answer_each(
	const char *file, int line, e2e_client *c, const char *path, e2e_stanza *child)
{
	struct e2e__xmpp_standing *s;

	e2e__op_enter_at(file, line);
	s = e2e__reply_stand(file, line, c, "e2e_answer_each", path);
	s->child = child ? e2e__op_keep(xmpp_stanza_copy(child)) : NULL;
	e2e__op_leave();
}

E2E__FN void e2e__reply_refuse_each(const char *file, int line, e2e_client *c, const char *path,
	const char *type, const char *condition)
{
	struct e2e__xmpp_standing *s;

	e2e__op_enter_at(file, line);
	e2e__reply_need_error(file, line, "e2e_refuse_each", NULL, type, condition);
	s = e2e__reply_stand(file, line, c, "e2e_refuse_each", path);
	s->type = e2e__memory_strdup(type);
	s->condition = e2e__memory_strdup(condition);
	e2e__op_leave();
}
