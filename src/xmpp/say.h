#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "libstrophe.h"
#include "xml.h"
#include "talk.h"

/* @manual Saying and asking in one line
 *	Most stanzas of a test are said once, and most answers have to be results:
 *		e2e_tell(c, "<presence to='%s'/>", jid);
 *		e2e_ask(c, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>");
 *	are e2e_send_stanza and e2e_iq of what e2e_xml makes of the text; e2e_ask ends the case
 *	where an error came, and shows it. What is put together (forms) goes to
 *	e2e_ask_stanza(c, e2e_put(...)). The iq around a request need not be written:
 *		e2e_ask_get(c, service, "<query xmlns='%s'/>", ns);
 *		e2e_ask_set(c, NULL, "<block xmlns='urn:xmpp:blocking'><item jid='%s'/></block>", jid);
 *	go to that address; NULL is the own account. Requests that shall be refused:
 *		e2e_is_str(e2e_ask_error(c, "<iq type='get'><made-up xmlns='x'/></iq>"),
 *			"service-unavailable");
 */

/* @interface */

/* Sends a stanza of printf-style text (see e2e_xml), and returns its id, which it gets if it has
 * none. The id is valid until the end of the case. */
#define e2e_tell(client, ...) e2e__say_tell(E2E__AT, client, __VA_ARGS__)
/* Sends an iq of printf-style text and returns its result. Fails and ends the case if an error
 * comes (code stanza-error), or no answer. */
#define e2e_ask(client, ...) e2e__say_ask(E2E__AT, client, __VA_ARGS__)
/* The same for a request of type get, or set, to an address (NULL: none, the own account answers).
 * The text is what stands in the iq. */
#define e2e_ask_get(client, to, ...) \
	e2e__say_request(E2E__AT, client, "e2e_ask_get", to, __VA_ARGS__)
#define e2e_ask_set(client, to, ...) \
	e2e__say_request(E2E__AT, client, "e2e_ask_set", to, __VA_ARGS__)
/* Sends an iq of printf-style text that shall be refused, and returns the error's condition, as
 * e2e_stanza_error does: NULL if a result came. Fails and ends the case without an answer. */
#define e2e_ask_error(client, ...) e2e__say_ask_error(E2E__AT, client, __VA_ARGS__)
/* e2e_ask with a stanza. */
#define e2e_ask_stanza(client, stanza) \
	e2e__say_ask_stanza(E2E__AT, client, "e2e_ask_stanza", stanza)

E2E__FN const char *e2e__say_tell(const char *file, int line, e2e_client *c, const char *fmt, ...)
	E2E__PRINTF(4, 5);
E2E__FN e2e_stanza *e2e__say_ask(const char *file, int line, e2e_client *c, const char *fmt, ...)
	E2E__PRINTF(4, 5);
E2E__FN e2e_stanza *e2e__say_ask_stanza(
	const char *file, int line, e2e_client *c, const char *name, e2e_stanza *stanza);
E2E__FN e2e_stanza *e2e__say_request(const char *file, int line, e2e_client *c, const char *name,
	const char *to, const char *fmt, ...) E2E__PRINTF(6, 7);
E2E__FN const char *e2e__say_ask_error(
	const char *file, int line, e2e_client *c, const char *fmt, ...) E2E__PRINTF(4, 5);

/* @implementation */

E2E__FN const char *e2e__say_tell(const char *file, int line, e2e_client *c, const char *fmt, ...)
{
	e2e_stanza *stanza;
	va_list ap;

	va_start(ap, fmt);
	stanza = e2e__xml_of(file, line, c, "e2e_tell", fmt, ap);
	va_end(ap);
	e2e__talk_send_stanza(file, line, c, stanza);
	return xmpp_stanza_get_id(stanza);
}

/* What to do about an error: where a client of this case sent it by itself, its test gave it no
 * answer, or none that fits. */
E2E__FN const char *e2e__say_hint(e2e_stanza *error)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (e2e__libstrophe_same(o->refused_id, xmpp_stanza_get_id(error)) &&
			e2e__libstrophe_same_jid(o->self->jid, xmpp_stanza_get_from(error)))
			return e2e_printf("%s refused it by itself, for want of an answer from the "
					  "test: no path of its e2e_answer_each fits",
				o->self->name);
	return "where it shall be refused, e2e_ask_error returns the condition";
}

E2E__FN e2e_stanza *e2e__say_ask_stanza(
	const char *file, int line, e2e_client *c, const char *name, e2e_stanza *stanza)
{
	e2e_stanza *reply = e2e__talk_iq_of(file, line, c, name, stanza);
	const char *error = e2e_stanza_error(reply);
	e2e_failure f;

	if (!error)
		return reply;
	f = e2e__system_failure("stanza-error",
		e2e_printf("%s asked, and %s answered with the error %s", c->name,
			xmpp_stanza_get_from(reply) ? xmpp_stanza_get_from(reply) : "its server",
			error),
		e2e__say_hint(reply));
	f.got = e2e_stanza_text(reply);
	f.want = e2e_printf("the result of %s", e2e_stanza_text(stanza));
	e2e__op_die(file, line, name, &f);
}

E2E__FN e2e_stanza *e2e__say_ask(const char *file, int line, e2e_client *c, const char *fmt, ...)
{
	e2e_stanza *stanza;
	va_list ap;

	va_start(ap, fmt);
	stanza = e2e__xml_of(file, line, c, "e2e_ask", fmt, ap);
	va_end(ap);
	return e2e__say_ask_stanza(file, line, c, "e2e_ask", stanza);
}

/* name: e2e_ask_ and the type. */
E2E__FN e2e_stanza *e2e__say_request(const char *file, int line, e2e_client *c, const char *name,
	const char *to, const char *fmt, ...)
{
	const char *type = strrchr(name, '_') + 1;
	e2e_stanza *stanza;
	va_list ap;

	va_start(ap, fmt);
	stanza = e2e__xml_of(
		file, line, c, name, e2e_printf("<iq type='%s'>%s</iq>", type, fmt), ap);
	va_end(ap);
	if (to)
		xmpp_stanza_set_to(stanza, to);
	return e2e__say_ask_stanza(file, line, c, name, stanza);
}

E2E__FN const char *e2e__say_ask_error(
	const char *file, int line, e2e_client *c, const char *fmt, ...)
{
	e2e_stanza *stanza;
	va_list ap;

	va_start(ap, fmt);
	stanza = e2e__xml_of(file, line, c, "e2e_ask_error", fmt, ap);
	va_end(ap);
	return e2e_stanza_error(e2e__talk_iq_of(file, line, c, "e2e_ask_error", stanza));
}
