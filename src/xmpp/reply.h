#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "libstrophe.h"
#include "xml.h"
#include "talk.h"

/* @manual Answering
 *	The other side of a protocol: e2e_stanza *q = e2e_expect_stanza(b, E2E_IQ, .child_ns =
 *	"urn:xmpp:time"); then e2e_answer(b, q, e2e_xml(b, "<time xmlns='urn:xmpp:time'>...</time>"))
 *	or e2e_refuse(b, q, "cancel", "item-not-found"). Both may be called in a handler of
 *	libstrophe's.
 */

/* @interface */

/* Sends the result of an iq request; child (NULL: none) is copied into it. Ends the case if it is
 * no request, or the client isn't connected. */
#define e2e_answer(client, request, child) e2e__reply_answer(E2E__AT, client, request, child)
/* Sends an error as the answer to a stanza: its type ("cancel", "auth", "continue", "modify" or
 * "wait") and condition (RFC 6120, 8.3), e.g. e2e_refuse(c, q, "cancel", "item-not-found"). Ends the
 * case if the stanza is an error or a result itself (RFC 6120, 8.3.1: nobody answers those). */
#define e2e_refuse(client, request, type, condition) \
	e2e__reply_refuse(E2E__AT, client, request, type, condition)

E2E__FN void e2e__reply_answer(
	const char *file, int line, e2e_client *c, e2e_stanza *request, e2e_stanza *child);
E2E__FN void e2e__reply_refuse(const char *file, int line, e2e_client *c, e2e_stanza *request,
	const char *type, const char *condition);

/* @implementation */

E2E__FN void e2e__reply_usage(const char *file, int line, const char *name, e2e_stanza *got,
	const char *message) __attribute__((noreturn));
E2E__FN void e2e__reply_usage(
	const char *file, int line, const char *name, e2e_stanza *got, const char *message)
{
	e2e_failure f = e2e__system_failure("usage", message, NULL);

	f.got = got ? e2e_stanza_text(got) : "NULL";
	e2e__op_die(file, line, name, &f);
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
		e2e__reply_usage(file, line, "e2e_answer", request,
			"e2e_answer answers <iq/> of type get or set, with an id");
	e2e__talk_need(file, line, c, "e2e_answer", "answer");

	reply = e2e__libstrophe_reply(c->ctx, request);
	xmpp_stanza_set_type(reply, "result");
	if (child)
		xmpp_stanza_add_child_ex(reply, xmpp_stanza_copy(child), 0);
	e2e__talk_do_send_stanza(file, line, c, e2e__op_keep(reply));
	e2e__op_leave();
}

E2E__FN void e2e__reply_refuse(const char *file, int line, e2e_client *c, e2e_stanza *request,
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
	const char *of = request ? xmpp_stanza_get_type(request) : NULL;
	e2e_stanza *reply;

	e2e__op_enter_at(file, line);
	if (!request || e2e__libstrophe_same(of, "error") || e2e__libstrophe_same(of, "result"))
		e2e__reply_usage(file, line, "e2e_refuse", request,
			"e2e_refuse answers no errors and no results");
	if (!type || !e2e__state_has_word(types, type))
		e2e__reply_usage(file, line, "e2e_refuse", request,
			e2e_printf("the error type %s is none of %s", e2e_quoted(type),
				e2e__state_joined(types)));
	if (!condition || !e2e__state_has_word(conditions, condition))
		e2e__reply_usage(file, line, "e2e_refuse", request,
			e2e_printf("the condition %s is none of RFC 6120, 8.3.3: %s%s",
				e2e_quoted(condition), e2e__state_joined(conditions),
				e2e__config_did_you_mean(condition ? condition : "", conditions)));
	e2e__talk_need(file, line, c, "e2e_refuse", "answer");

	reply = e2e__libstrophe_refusal(c->ctx, request, type, condition);
	e2e__talk_do_send_stanza(file, line, c, e2e__op_keep(reply));
	e2e__op_leave();
}
