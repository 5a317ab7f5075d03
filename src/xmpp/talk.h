#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "transcript.h"
#include "libstrophe.h"
#include "loop.h"
#include "xml.h"
#include "open.h"
#include "connect.h"

/* @manual Talking
 *	Every wait pumps all clients of the case, also e2e_eventually and the waits of e2e_proc.h.
 *	e2e_iq(c, request) sends and returns the reply of whom was asked (RFC 6120, 8.1: without an
 *	address the own account or server); what others send with its id stays for later.
 *	e2e_expect_message(c, .from = jid, .body = "^hi") returns the first message that fits;
 *	others stay for later. So do e2e_expect_presence(c, ...) and e2e_expect_iq(c, ...); all
 *	conditions may be left out. e2e_expect_stanza(c, E2E_ANY, ...) takes any kind.
 *	e2e_no_stanza(c, 0.2) is a test point: nothing came. e2e_xml(c,
 *	"<iq type='get' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", jid) makes a stanza of text:
 *	what %s and %c put in is escaped, and text that isn't well-formed fails the case. Of
 *	attributes with a prefix xml:lang alone can be sent, and is read as "xml:lang"; for others,
 *	and for what is no XML at all, there's libstrophe's e2e_send_raw.
 *	An iq request that no handler of yours answers gets service-unavailable: at once if a client
 *	of this case waits for the answer, else after 0.25 s of waiting. Take it with
 *	e2e_expect_iq(c, ...) before, or install a libstrophe handler, and it's yours to answer.
 */

/* @interface */

/* Sends it; an id is added to one without. The stanza stays the caller's. Ends the case if the
 * client isn't connected. */
#define e2e_send_stanza(client, stanza) e2e__talk_send_stanza(E2E__AT, client, stanza)
/* Sends these bytes as they are: broken XML, halves of stanzas, what libstrophe can't write.
 * What the server says to it is read as usual; a stream error is in e2e_disconnect_reason. Who
 * waits in vain is told of an element that these left open. Ends the case if the client isn't
 * connected. */
#define e2e_send_raw(client, bytes) e2e__talk_send_raw(E2E__AT, client, bytes)
/* Sends an iq of type get or set and returns the reply, a result or an error of whom was asked.
 * Fails and ends the case if none comes. */
#define e2e_iq(client, stanza) e2e__talk_iq(E2E__AT, client, stanza)
/* Sends a message of type chat; returns its id. */
#define e2e_message(client, to, body) e2e__talk_message(E2E__AT, client, to, body)
/* Sends presence: to (NULL: to the server), type (NULL: available), show (NULL or "away", ...). */
#define e2e_presence(client, to, type, show) e2e__talk_presence(E2E__AT, client, to, type, show)

E2E__FN void e2e__talk_send_stanza(const char *file, int line, e2e_client *c, e2e_stanza *stanza);
E2E__FN void e2e__talk_send_raw(const char *file, int line, e2e_client *c, const char *bytes);
E2E__FN e2e_stanza *e2e__talk_iq(const char *file, int line, e2e_client *c, e2e_stanza *stanza);
E2E__FN const char *e2e__talk_message(
	const char *file, int line, e2e_client *c, const char *to, const char *body);
E2E__FN void e2e__talk_presence(const char *file, int line, e2e_client *c, const char *to,
	const char *type, const char *show);

/* @implementation */

/* The client must be connected for what is to be done. */
E2E__FN void e2e__talk_need(
	const char *file, int line, e2e_client *c, const char *name, const char *what)
{
	e2e__op_need_client(file, line, c, name);
	if (c->own->phase == E2E__PHASE_UP)
		return;
	e2e__op_die_of(file, line, name, "disconnected",
		e2e_printf("%s isn't connected, so it can't %s: %s", c->name, what,
			e2e__connect_loss(c) ? e2e__connect_loss(c) : "it never was"),
		"e2e_reconnect(client) connects it again");
}

E2E__FN void e2e__talk_note_private(struct e2e__xmpp_own *o, xmpp_stanza_t *query)
{
	for (xmpp_stanza_t *child = xmpp_stanza_get_children(query); child;
		child = xmpp_stanza_get_next(child)) {
		struct e2e__xmpp_word *w;

		if (!xmpp_stanza_get_name(child) || !xmpp_stanza_get_ns(child))
			continue;
		w = (struct e2e__xmpp_word *)e2e__memory_alloc(sizeof *w);
		w->text =
			e2e_printf("%s %s", xmpp_stanza_get_name(child), xmpp_stanza_get_ns(child));
		w->next = o->private_xml;
		o->private_xml = w;
		if (o->account && o->account->mark_fd >= 0) {
			e2e__file_write_whole(o->account->mark_fd, w->text, strlen(w->text));
			e2e__file_write_whole(o->account->mark_fd, "\n", 1);
		}
	}
}

/* What goes out leaves traces on accounts that are used again. */
E2E__FN void e2e__talk_watch_out(struct e2e__xmpp_own *o, e2e_stanza *stanza)
{
	xmpp_stanza_t *query = xmpp_stanza_get_child_by_ns(stanza, "jabber:iq:private");

	if (query && e2e__libstrophe_same(xmpp_stanza_get_type(stanza), "set"))
		e2e__talk_note_private(o, query);
}

E2E__FN void e2e__talk_do_send_stanza(const char *file, int line, e2e_client *c, e2e_stanza *stanza)
{
	e2e__talk_need(file, line, c, "e2e_send_stanza", "send");
	e2e__op_need_stanza(file, line, stanza, "e2e_send_stanza");
	if (!xmpp_stanza_get_id(stanza))
		xmpp_stanza_set_id(stanza, e2e_unique("id"));
	e2e__talk_watch_out(c->own, stanza);
	xmpp_send(c->conn, stanza);
	e2e__loop_run(0);
}

E2E__FN void e2e__talk_send_stanza(const char *file, int line, e2e_client *c, e2e_stanza *stanza)
{
	e2e__op_enter_at(file, line);
	e2e__talk_do_send_stanza(file, line, c, stanza);
	e2e__op_leave();
}

E2E__FN void e2e__talk_send_raw(const char *file, int line, e2e_client *c, const char *bytes)
{
	e2e__op_enter_at(file, line);
	if (!bytes)
		e2e__op_die_of(file, line, "e2e_send_raw", "usage", "the bytes are NULL", NULL);
	e2e__talk_need(file, line, c, "e2e_send_raw", "send");
	e2e__open_bytes(&c->own->open, bytes, file, line);
	xmpp_send_raw(c->conn, bytes, strlen(bytes));
	e2e__loop_run(0);
	e2e__op_leave();
}

/* Waits for the reply to a request of this id that was sent to that address; NULL if it doesn't
 * come. */
E2E__FN e2e_stanza *e2e__talk_await(e2e_client *c, const char *to, const char *id, double seconds)
{
	double until = e2e_now() + seconds;

	c->own->waited_id = id;
	c->own->waited_to = to ? e2e__memory_strdup(to) : NULL;
	c->own->stranger = NULL;
	c->own->reply_missing = false;
	e2e__op_doing("the answer of %s to %s (iq %s)", to ? to : "its server", c->name, id);
	while (!c->own->reply && c->own->phase == E2E__PHASE_UP && e2e_now() < until)
		e2e__loop_pump(until);
	c->own->waited_id = NULL;
	if (!c->own->reply) {
		c->own->reply_missing = true;
		return NULL;
	}

	e2e__op_keep(c->own->reply);
	{
		e2e_stanza *reply = c->own->reply;

		c->own->reply = NULL;
		return reply;
	}
}

E2E__FN e2e_stanza *e2e__talk_do_iq(
	const char *file, int line, e2e_client *c, const char *name, e2e_stanza *stanza)
{
	const char *type = xmpp_stanza_get_type(stanza), *to = xmpp_stanza_get_to(stanza), *id;
	e2e_stanza *reply;
	e2e_failure f = e2e__system_failure(NULL, NULL, NULL);

	if (!e2e__libstrophe_same(xmpp_stanza_get_name(stanza), "iq") ||
		(!e2e__libstrophe_same(type, "get") && !e2e__libstrophe_same(type, "set"))) {
		f.code = "not-a-request";
		f.message = e2e_printf("%s sends <iq/> of type get or set", name);
		f.got = e2e_stanza_text(stanza);
		e2e__op_die(file, line, name, &f);
	}

	e2e__loop_not_inside(file, line, name);
	e2e__talk_need(file, line, c, name, "send");
	if (!xmpp_stanza_get_id(stanza))
		xmpp_stanza_set_id(stanza, e2e_unique("iq"));
	id = e2e__memory_strdup(xmpp_stanza_get_id(stanza));
	e2e__talk_watch_out(c->own, stanza);
	xmpp_send(c->conn, stanza);
	reply = e2e__talk_await(c, to, id, e2e__loop_step());
	if (reply)
		return reply;
	if (c->own->phase != E2E__PHASE_UP) {
		f.code = "disconnected";
		f.message =
			e2e_printf("%s lost its connection while it waited for the reply of %s: %s",
				c->name, to ? to : "its server", e2e__connect_loss(c));
	} else {
		f.code = "timeout";
		f.message = e2e_printf("no reply from %s to %s within %g s", to ? to : "the server",
			c->name, e2e__loop_step());

		/* a loss that isn't said here is said at the case's end */
		f.hint = c->own->stranger
			? e2e_printf("an answer with this id came from %s, who wasn't asked",
				  c->own->stranger)
			: e2e__connect_losses(f.message);
		if (!f.hint)
			f.hint = "the request was sent: see the transcript; "
				 "e2e_xmpp_timeout(seconds) sets the limit";
	}

	f.want = e2e_printf("the reply to %s", e2e_stanza_text(stanza));
	e2e__op_die(file, line, name, &f);
}

/* name: the macro of the test that asks. */
E2E__FN e2e_stanza *e2e__talk_iq_of(
	const char *file, int line, e2e_client *c, const char *name, e2e_stanza *stanza)
{
	e2e_stanza *result;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, name);
	e2e__op_need_stanza(file, line, stanza, name);
	result = e2e__talk_do_iq(file, line, c, name, stanza);
	e2e__op_leave();
	return result;
}

E2E__FN e2e_stanza *e2e__talk_iq(const char *file, int line, e2e_client *c, e2e_stanza *stanza)
{
	return e2e__talk_iq_of(file, line, c, "e2e_iq", stanza);
}

E2E__FN const char *e2e__talk_do_message(
	const char *file, int line, e2e_client *c, const char *to, const char *body)
{
	const char *id = e2e_unique("m"), *bad = e2e__xml_bad_text(body);
	xmpp_stanza_t *message;

	e2e__talk_need(file, line, c, "e2e_message", "send a message");
	if (bad) {
		e2e_failure f = e2e__system_failure("not-well-formed",
			e2e_printf("the body can't be sent: %s", bad),
			"the server would end the stream; e2e_send_raw(client, bytes) sends anything");

		f.got = e2e_quoted(body);
		e2e__op_die(file, line, "e2e_message", &f);
	}

	message = xmpp_message_new(c->ctx, "chat", to, id);
	xmpp_message_set_body(message, body ? body : "");
	xmpp_send(c->conn, message);
	xmpp_stanza_release(message);
	e2e__loop_run(0);
	return id;
}

E2E__FN const char *e2e__talk_message(
	const char *file, int line, e2e_client *c, const char *to, const char *body)
{
	const char *result;

	e2e__op_enter_at(file, line);
	result = e2e__talk_do_message(file, line, c, to, body);
	e2e__op_leave();
	return result;
}

E2E__FN void e2e__talk_do_presence(const char *file, int line, e2e_client *c, const char *to,
	const char *type, const char *show)
{
	xmpp_stanza_t *presence;

	e2e__talk_need(file, line, c, "e2e_presence", "send presence");
	presence = xmpp_presence_new(c->ctx);
	if (to)
		xmpp_stanza_set_to(presence, to);
	if (type)
		xmpp_stanza_set_type(presence, type);
	if (show) {
		xmpp_stanza_t *child = xmpp_stanza_new(c->ctx), *text = xmpp_stanza_new(c->ctx);

		xmpp_stanza_set_name(child, "show");
		xmpp_stanza_set_text(text, show);
		xmpp_stanza_add_child_ex(child, text, 0);
		xmpp_stanza_add_child_ex(presence, child, 0);
	}

	xmpp_send(c->conn, presence);
	xmpp_stanza_release(presence);
	e2e__loop_run(0);
}

E2E__FN void e2e__talk_presence(const char *file, int line, e2e_client *c, const char *to,
	const char *type, const char *show)
{
	e2e__op_enter_at(file, line);
	e2e__talk_do_presence(file, line, c, to, type, show);
	e2e__op_leave();
}
