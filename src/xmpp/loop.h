#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "libstrophe.h"
#include "tls.h"

/* @interface */

/* Seconds for each step that waits (connecting, a reply, an expected stanza) in this case; default:
 * timeout= in the section of the provisioner, else 20. 0: the default. */
E2E__FN void e2e_xmpp_timeout(double seconds);
/* Sends and receives what there is for all clients, and waits up to these seconds for it. */
E2E__FN void e2e_pump(double seconds);

#define e2e_pump(...) (e2e__op_at(E2E__AT), (e2e_pump)(__VA_ARGS__))

/* @implementation */

/* What came and nobody took. */
E2E__FN void e2e__loop_store(struct e2e__xmpp_own *o, e2e_stanza *stanza)
{
	if (o->ninbox == o->inbox_size) {
		size_t size = o->inbox_size ? 2 * o->inbox_size : 16;
		e2e_stanza **more = (e2e_stanza **)realloc(o->inbox, size * sizeof *more);

		if (!more) {
			xmpp_stanza_release(stanza);
			return;
		}
		o->inbox = more;
		o->inbox_size = size;
	}
	o->inbox[o->ninbox++] = stanza;
}

/* Is this the echo of presence that the client sent itself? It's for those alone that ask for it by
 * its full address. */
E2E__FN bool e2e__loop_own_echo(const struct e2e__xmpp_own *o, e2e_stanza *stanza)
{
	return e2e__libstrophe_same(xmpp_stanza_get_name(stanza), "presence") && o->self->jid &&
		e2e__libstrophe_same(xmpp_stanza_get_from(stanza), o->self->jid);
}

/* How many stanzas came that nobody took, without echoes. */
E2E__FN size_t e2e__loop_left(const struct e2e__xmpp_own *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->ninbox; i++)
		n += !e2e__loop_own_echo(o, o->inbox[i]);
	return n;
}

/* Remembers an iq request, to be refused if nobody answers it. */
E2E__FN void e2e__loop_note_request(struct e2e__xmpp_own *o, e2e_stanza *stanza)
{
	struct e2e__xmpp_request *r;
	const char *id = xmpp_stanza_get_id(stanza);

	if (!id)
		return;
	r = (struct e2e__xmpp_request *)e2e__memory_alloc(sizeof *r);
	r->stanza = xmpp_stanza_clone(stanza);
	r->id = e2e__memory_strdup(id);
	r->due = e2e_now() + e2e__clock_scaled(0.25);
	r->next = o->requests;
	o->requests = r;
}

/* libstrophe's parser takes the prefix from attributes, so that xml:lang comes as lang, and keeps
 * the name that it is given. XMPP has no other lang: it gets its prefix back. */
E2E__FN void e2e__loop_name_languages(xmpp_stanza_t *stanza, const char *wrong)
{
	const char *lang =
		xmpp_stanza_is_tag(stanza) ? xmpp_stanza_get_attribute(stanza, wrong) : NULL;

	if (lang) {
		lang = e2e__memory_strdup(lang);
		xmpp_stanza_del_attribute(stanza, wrong);
		xmpp_stanza_set_attribute(stanza, "xml:lang", lang);
	}
	for (xmpp_stanza_t *child = xmpp_stanza_get_children(stanza); child;
		child = xmpp_stanza_get_next(child))
		e2e__loop_name_languages(child, wrong);
}

/* Is it a late answer to a question of the toolkit's own, or the one that ended libstrophe's
 * login? */
E2E__FN bool e2e__loop_late_answer(const struct e2e__xmpp_own *o, const char *id, const char *from)
{
	if (!id)
		return false;
	for (const struct e2e__xmpp_question *q = o->late; q; q = q->next)
		if (strcmp(q->id, id) == 0 && e2e__libstrophe_may_answer(o, from, q->to))
			return true;
	return strncmp(id, "_xmpp_", 6) == 0 &&
		(o->phase != E2E__PHASE_UP || e2e__libstrophe_may_answer(o, from, NULL));
}

/* Why the server ends the stream. */
E2E__FN void e2e__loop_note_stream_error(struct e2e__xmpp_own *o, xmpp_stanza_t *error)
{
	const char *condition = "undefined-condition";

	for (xmpp_stanza_t *child = xmpp_stanza_get_children(error); child;
		child = xmpp_stanza_get_next(child)) {
		const char *name = xmpp_stanza_get_name(child);
		char *text;

		if (!name)
			continue;
		if (strcmp(name, "text") != 0) {
			condition = name;
			continue;
		}
		text = xmpp_stanza_get_text(child);
		if (text) {
			e2e__libstrophe_copy(o->stream_error, sizeof o->stream_error, text);
			xmpp_free(o->self->ctx, text);
		}
	}
	e2e__libstrophe_copy(o->stream_condition, sizeof o->stream_condition, condition);
}

/* An element that a raw client got: all is the test's own business. */
E2E__FN int e2e__loop_on_raw(struct e2e__xmpp_own *o, xmpp_stanza_t *stanza)
{
	const char *name = xmpp_stanza_get_name(stanza);
	bool answer = e2e__libstrophe_same(name, "iq") && o->waited_id && !o->reply &&
		e2e__libstrophe_same(xmpp_stanza_get_id(stanza), o->waited_id);

	if (e2e__libstrophe_same(name, "stream:features") || e2e__libstrophe_same(name, "features"))
		o->features = e2e__op_keep(xmpp_stanza_clone(stanza));
	else if (answer &&
		e2e__libstrophe_may_answer(o, xmpp_stanza_get_from(stanza), o->waited_to))
		o->reply = xmpp_stanza_clone(stanza);
	else
		e2e__loop_store(o, xmpp_stanza_clone(stanza));
	if (e2e__libstrophe_same(name, "error") || e2e__libstrophe_same(name, "stream:error"))
		e2e__loop_note_stream_error(o, stanza);
	o->raw_login = o->raw_login || e2e__libstrophe_same(name, "success");
	return 1;
}

/* Every stanza after login. */
E2E__FN int e2e__loop_on_stanza(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	struct e2e__xmpp_own *o = (struct e2e__xmpp_own *)arg;
	const char *name = xmpp_stanza_get_name(stanza), *type = xmpp_stanza_get_type(stanza);
	const char *id = xmpp_stanza_get_id(stanza), *from = xmpp_stanza_get_from(stanza);

	(void)conn;
	e2e__libstrophe_claim(o);
	e2e__loop_name_languages(stanza, "lang");
	if (o->opts.until)
		return e2e__loop_on_raw(o, stanza);
	if (!name ||
		(strcmp(name, "message") != 0 && strcmp(name, "presence") != 0 &&
			strcmp(name, "iq") != 0))
		return 1;
	if (strcmp(name, "iq") == 0 && type &&
		(strcmp(type, "result") == 0 || strcmp(type, "error") == 0)) {
		if (o->waited_id && !o->reply && e2e__libstrophe_same(id, o->waited_id)) {
			if (e2e__libstrophe_may_answer(o, from, o->waited_to)) {
				o->reply = xmpp_stanza_clone(stanza);
				return 1;
			}
			o->stranger = e2e__memory_strdup(from ? from : "its server");
		}
		if (e2e__loop_late_answer(o, id, from))
			return 1;
	}

	if (strcmp(name, "iq") == 0 && type &&
		(strcmp(type, "get") == 0 || strcmp(type, "set") == 0))
		e2e__loop_note_request(o, stanza);
	e2e__loop_store(o, xmpp_stanza_clone(stanza));
	return 1;
}

/* Does somebody in this case wait for the answer to this request? */
E2E__FN bool e2e__loop_awaited(const struct e2e__xmpp_request *r)
{
	const char *from = xmpp_stanza_get_from(r->stanza);

	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (e2e__libstrophe_same(o->waited_id, r->id) &&
			e2e__libstrophe_same_jid(o->self->jid, from))
			return true;
	return false;
}

/* Refuses requests that nobody has answered. */
E2E__FN void e2e__loop_refuse(struct e2e__xmpp_own *o)
{
	struct e2e__xmpp_request **at = &o->requests;

	while (*at) {
		struct e2e__xmpp_request *r = *at;
		xmpp_stanza_t *error;

		/* an answer by a handler of the test's own is sent in the next round, and seen
		 * then */
		if (!r->answered && o->phase == E2E__PHASE_UP &&
			(!r->looked_at || (!e2e__loop_awaited(r) && e2e_now() < r->due))) {
			r->looked_at = true;
			at = &r->next;
			continue;
		}
		*at = r->next;
		if (!r->answered && o->phase == E2E__PHASE_UP) {
			error = e2e__libstrophe_refusal(
				o->self->ctx, r->stanza, "cancel", "service-unavailable");
			xmpp_send(o->self->conn, error);
			xmpp_stanza_release(error);
			o->refused_id = r->id;
		}
		xmpp_stanza_release(r->stanza);
	}
}

E2E__FN bool e2e__loop_live(const struct e2e__xmpp_own *o)
{
	return o->phase != E2E__PHASE_IDLE && o->phase != E2E__PHASE_DOWN;
}

/* Foreign servers wait for our acknowledgement before they send the next small packet (Nagle), and
 * the kernel takes 40 ms for it. */
E2E__FN void e2e__loop_hurry(void)
{
#ifdef TCP_QUICKACK
	int one = 1;

	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->fd >= 0 && (o->awaited || o->waited_id || o->phase < E2E__PHASE_UP) &&
			!o->private_server)
			setsockopt(o->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
#endif
}

/* What surrounds libstrophe where it runs: nothing jumps out of it. */
E2E__FN void e2e__loop_step_in(struct e2e__xmpp_trust *trust)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	e2e__limit_hold(s->plain ? s->plain->deadline : 0, e2e__op_abort);
	s->depth++;
	s->inside = true;
	s->rx = s->plain;
	s->tx = NULL;
	e2e__tls_trust_begin(trust, s->plain);
}

E2E__FN void e2e__loop_step_out(void)
{
	e2e__xmpp.inside = false;
	e2e__xmpp.depth--;
	e2e__op_gap();
}

/* Once through libstrophe's loop, waiting at most these seconds. */
E2E__FN void e2e__loop_run(double seconds)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	struct e2e__xmpp_trust trust;

	if (s->inside) /* a handler of the test's own calls us: what it sends goes out later */
		return;
	e2e__loop_hurry();
	e2e__libstrophe_note_queues();
	e2e__loop_step_in(&trust);
	xmpp_run_once(s->ctx, seconds > 0 ? (unsigned long)(seconds * 1000 + 0.999) : 0);
	e2e__tls_trust_end(&trust);
	e2e__libstrophe_claim(s->pending_owner);
	for (struct e2e__xmpp_own *o = s->clients; o; o = o->next) {
		if (o->requests)
			e2e__loop_refuse(o);
		if (o->broken_xml && o->fd >= 0 && e2e__loop_live(o) && o->broken_rounds++)
			/* libstrophe complains and reads on; its complaint is sent now */
			shutdown(o->fd, SHUT_RDWR);
	}

	e2e__loop_step_out();
}

/* TLS from here on, on a connection that libstrophe leaves to us. Returns its error. */
E2E__FN int e2e__loop_tls(struct e2e__xmpp_own *o)
{
	struct e2e__xmpp_trust trust;
	int error;

	e2e__xmpp.plain = o;
	e2e__loop_step_in(&trust);
	error = xmpp_conn_tls_start(o->self->conn);
	e2e__tls_trust_end(&trust);
	e2e__loop_step_out();
	return error;
}

/* Lets the others have a look: processes that died, proxies to be served. */
E2E__FN void e2e__loop_idle_others(double seconds)
{
	int depth = e2e__xmpp.depth;

	e2e__xmpp.depth = 0;
	if (depth)
		e2e__limit_release();
	e2e__xmpp.pumping = true;
	e2e__limit_pause(seconds);
	e2e__xmpp.pumping = false;
	e2e__xmpp.depth = depth;
	if (depth)
		e2e__limit_hold(0, e2e__op_abort);
	e2e__xmpp.last_idle = e2e_now();
}

/* One round of waiting, 10 ms at most: everything that waits calls this until it has what it
 * wants. */
E2E__FN void e2e__loop_pump(double until)
{
	struct e2e__xmpp_own *o;
	double now = e2e_now(), wait = until - now;

	for (o = e2e__xmpp.clients; o && !e2e__loop_live(o); o = o->next)
		;
	wait = wait < 0 ? 0 : wait > 0.01 ? 0.01 : wait;
	if (!o) {
		e2e__loop_idle_others(wait);
		return;
	}
	if (now - e2e__xmpp.last_idle > 0.01)
		e2e__loop_idle_others(0);
	e2e__loop_run(wait);
}

/* OpenSSL reads its tables when a process makes its first context, which takes some milliseconds:
 * while a private server starts they cost nothing. */
E2E__FN void e2e__loop_warm(void)
{
	e2e__xmpp.warm = 0;
	SSL_CTX_free(SSL_CTX_new(TLS_client_method()));
	ERR_clear_error();
}

/* The idle hook: waits of the other headers pump the clients, too. */
E2E__FN void e2e__loop_idle(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	if (s->warm && s->warm == getpid())
		e2e__loop_warm();
	if (!s->clients || s->inside || s->pumping || s->pid != getpid())
		return;
	for (struct e2e__xmpp_own *o = s->clients; o; o = o->next)
		if (e2e__loop_live(o)) {
			e2e__loop_run(0);
			return;
		}
}

/* Nothing waits in a handler of libstrophe's: it runs where stanzas are received, so that none
 * would come. */
E2E__FN void e2e__loop_not_inside(const char *file, int line, const char *name)
{
	if (!e2e__xmpp.inside)
		return;
	e2e__op_die_of(file, line, name, "inside-handler",
		e2e_printf(
			"%s was called in a handler of libstrophe's, where nothing can be waited for",
			name),
		"send with xmpp_send() there, note what came, and wait for the rest in the test itself");
}

E2E__FN void e2e__loop_do_pump(double seconds)
{
	double until = e2e_now() + e2e__clock_scaled(seconds);

	e2e__loop_not_inside(e2e__xmpp.file, e2e__xmpp.line, "e2e_pump");
	e2e__op_doing("the end of e2e_pump(%g)", seconds);
	do
		e2e__loop_pump(until);
	while (e2e_now() < until);
}

E2E__FN void(e2e_pump)(double seconds)
{
	e2e__op_enter();
	e2e__loop_do_pump(seconds);
	e2e__op_leave();
}

/* Takes in all that has come for a client so far, without waiting. libstrophe reads 4096 bytes a
 * round, and TLS may hold 16384. */
E2E__FN void e2e__loop_drain(const struct e2e__xmpp_own *o)
{
	for (int quiet = 0; quiet < 5 && o->phase == E2E__PHASE_UP && !e2e__xmpp.inside; quiet++) {
		struct pollfd p;

		p.fd = o->fd;
		p.events = POLLIN;
		if (poll(&p, 1, 0) > 0)
			quiet = -1;
		e2e__loop_run(0);
	}
}

E2E__FN double e2e__loop_step(void)
{
	return e2e__clock_scaled(e2e__xmpp.step > 0 ? e2e__xmpp.step
			: e2e__xmpp.config_step > 0 ? e2e__xmpp.config_step
						    : 20);
}

/* Has somebody said how long a step may take? */
E2E__FN bool e2e__loop_step_chosen(void)
{
	return e2e__xmpp.step > 0 || e2e__xmpp.config_step > 0;
}

E2E__FN void e2e_xmpp_timeout(double seconds)
{
	if (!(seconds >= 0 && seconds < 1e9))
		e2e_bail_out(
			"e2e_xmpp_timeout(%g): expected seconds, or 0 for the default", seconds);
	e2e__xmpp.step = seconds;
	if (e2e__hook_in_suite())
		e2e__xmpp.suite_step = seconds;
}
