#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "transcript.h"
#include "libstrophe.h"
#include "loop.h"
#include "xml.h"
#include "connect.h"
#include "talk.h"
#include "provision.h"

/* @implementation */

/* How long a question of the toolkit's own waits. */
E2E__FN double e2e__clear_patience(void)
{
	return e2e__xmpp.patience > 0                     ? e2e__xmpp.patience
		: e2e__loop_step() < e2e__clock_scaled(5) ? e2e__loop_step()
							  : e2e__clock_scaled(5);
}

/* A question of the toolkit's own; NULL without an answer. Fails nothing. */
E2E__FN e2e_stanza *e2e__clear_ask(
	e2e_client *c, const char *type, const char *to, const char *payload)
{
	const char *id = e2e_printf("e2e.%s", e2e_unique("q"));
	const char *text = e2e_printf("<iq xmlns='jabber:client' type='%s' id='%s'%s%s%s>%s</iq>",
		type, id, to ? " to='" : "", to ? e2e_xml_escaped(to) : "", to ? "'" : "", payload);
	struct e2e__xmpp_state *s = &e2e__xmpp;
	e2e_stanza *iq, *reply;

	if (c->own->phase != E2E__PHASE_UP || (s->patience > 0 && c->own->reply_missing)) {
		s->silent_to = to ? e2e__memory_strdup(to) : "its server";
		return NULL;
	}

	iq = xmpp_stanza_new_from_string(c->ctx, text);
	if (!iq)
		return NULL;
	xmpp_send(c->conn, iq);
	xmpp_stanza_release(iq);
	reply = e2e__talk_await(c, to, id, e2e__clear_patience());
	if (!reply) {
		s->silent_to = to ? e2e__memory_strdup(to) : "its server";
		struct e2e__xmpp_question *q =
			(struct e2e__xmpp_question *)e2e__memory_alloc(sizeof *q);

		q->id = id;
		q->to = to ? e2e__memory_strdup(to) : NULL;
		q->next = c->own->late;
		c->own->late = q;
	}

	return reply;
}

/* The child of this namespace in a result; NULL also for errors. */
E2E__FN xmpp_stanza_t *e2e__clear_answer(e2e_stanza *reply, const char *ns)
{
	return reply && e2e__libstrophe_same(xmpp_stanza_get_type(reply), "result")
		? xmpp_stanza_get_child_by_ns(reply, ns)
		: NULL;
}

/* Takes something off the account that the server has just named; where it refuses, the next case
 * would find it. */
E2E__FN void e2e__clear_take_off(
	e2e_client *c, const char *to, const char *what, const char *payload)
{
	e2e_stanza *reply = e2e__clear_ask(c, "set", to, payload);
	const char *error = reply ? e2e_stanza_error(reply) : NULL;

	if (!error || strcmp(error, "item-not-found") == 0)
		return;
	c->own->not_cleared = true;
	e2e_diag("%s couldn't be cleared of %s: %s; cases that use the account later may find it",
		c->account.jid, what, error);
}

E2E__FN void e2e__clear_roster(e2e_client *c)
{
	xmpp_stanza_t *roster = e2e__clear_answer(
		e2e__clear_ask(c, "get", NULL, "<query xmlns='jabber:iq:roster'/>"),
		"jabber:iq:roster");

	for (xmpp_stanza_t *i = roster ? xmpp_stanza_get_children(roster) : NULL; i;
		i = xmpp_stanza_get_next(i)) {
		const char *jid = xmpp_stanza_get_attribute(i, "jid");

		if (jid)
			e2e__clear_take_off(c, NULL, e2e_printf("its contact %s", jid),
				e2e_printf("<query xmlns='jabber:iq:roster'><item jid='%s' "
					   "subscription='remove'/></query>",
					e2e_xml_escaped(jid)));
	}
}

E2E__FN void e2e__clear_pep(e2e_client *c)
{
	xmpp_stanza_t *items = e2e__clear_answer(
		e2e__clear_ask(c, "get", c->account.jid,
			"<query xmlns='http://jabber.org/protocol/disco#items'/>"),
		XMPP_NS_DISCO_ITEMS);

	for (xmpp_stanza_t *i = items ? xmpp_stanza_get_children(items) : NULL; i;
		i = xmpp_stanza_get_next(i)) {
		const char *node = xmpp_stanza_get_attribute(i, "node");

		if (node)
			e2e__clear_take_off(c, c->account.jid, e2e_printf("its node %s", node),
				e2e_printf(
					"<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><delete "
					"node='%s'/></pubsub>",
					e2e_xml_escaped(node)));
	}
}

/* Takes everything off an account that a test may have put there. */
E2E__FN void e2e__clear(struct e2e__xmpp_own *o)
{
	e2e_client *c = o->self;

	e2e__xmpp.task = e2e_printf("clean-up of %s", c->account.jid);

	/* so that offline messages come, and are gone */
	if (o->opts.presence && strcmp(o->opts.presence, "none") == 0) {
		xmpp_stanza_t *presence = xmpp_presence_new(c->ctx);

		xmpp_send(c->conn, presence);
		xmpp_stanza_release(presence);
	}

	e2e__clear_ask(c, "set", NULL, "<unblock xmlns='urn:xmpp:blocking'/>");
	e2e__clear_roster(c);
	e2e__clear_pep(c);
	e2e__clear_ask(c, "set", NULL, "<vCard xmlns='vcard-temp'/>");
	e2e__clear_ask(c, "set", NULL,
		"<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>");
	for (struct e2e__xmpp_word *w = o->private_xml; w; w = w->next)
		e2e__clear_ask(c, "set", NULL,
			e2e_printf("<query xmlns='jabber:iq:private'><%.*s xmlns='%s'/></query>",
				(int)strcspn(w->text, " "), w->text,
				e2e_xml_escaped(strchr(w->text, ' ') + 1)));
	e2e__clear_ask(c, "set", NULL,
		"<offline xmlns='http://jabber.org/protocol/offline'><purge/></offline>");
	for (size_t i = 0; i < o->ninbox; i++)
		e2e__op_keep(o->inbox[i]);
	o->ninbox = 0;
	e2e__xmpp.task = NULL;
	e2e__transcript_own_words_over();
}

/* The account's last user died before it was cleared. */
E2E__FN void e2e__clear_leftovers(struct e2e__xmpp_own *o)
{
	char *rest = NULL;

	for (char *line = strtok_r(o->account->dirty, "\n", &rest); line;
		line = strtok_r(NULL, "\n", &rest)) {
		struct e2e__xmpp_word *w = (struct e2e__xmpp_word *)e2e__memory_alloc(sizeof *w);

		w->text = line;
		w->next = o->private_xml;
		if (strchr(line, ' '))
			o->private_xml = w;
	}
	o->account->dirty = NULL;
	e2e__clear(o);
}

/* Closes them all: a polite word, and then the socket, without waiting for an answer. */
E2E__FN void e2e__clear_close_all(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	bool any = false;

	for (struct e2e__xmpp_own *o = s->clients; o; o = o->next) {
		o->wanted_down = true;
		if (o->phase == E2E__PHASE_UP) {
			xmpp_disconnect(o->self->conn);
			any = true;
		}
	}

	if (any)
		e2e__loop_run(0);
	s->plain = NULL;
	for (struct e2e__xmpp_own *o = s->clients; o; o = o->next) {
		struct e2e__xmpp_request *r;

		if (o->fd >= 0)
			shutdown(o->fd, SHUT_RDWR);
		for (r = o->requests; r; r = r->next)
			xmpp_stanza_release(r->stanza);
		for (size_t i = 0; i < o->ninbox; i++)
			xmpp_stanza_release(o->inbox[i]);
		if (o->reply)
			xmpp_stanza_release(o->reply);
		free(o->inbox);
		o->requests = NULL;
		o->inbox = NULL;
		o->ninbox = o->inbox_size = 0;
		xmpp_conn_release(o->self->conn);
	}
}

/* Accounts that will be used again are cleared; if that can't be done, the next user does it. So
 * nobody waits long for a server that has gone silent, least of all where a limit has ended the
 * case already. */
E2E__FN void e2e__clear_all(bool late)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	e2e_provisioner *p = s->chosen;

	s->patience = late ? 0.02 : e2e__clock_scaled(2);
	for (struct e2e__xmpp_own *o = s->clients; o; o = o->next) {
		bool clean;

		/* a raw client can't be asked to clear: the next user does, if need be */
		if (o->opts.until && o->account)
			e2e__provision_static_free(o->account, !o->raw_login && !o->account->dirty);
		if (o->opts.until)
			continue;
		if (!o->account && !(p && p->keep_accounts))
			continue;
		if (o->opts.account && !o->account)
			continue; /* an account that the test brought itself is its own business */
		if (o->phase == E2E__PHASE_DOWN && o->self->jid && !late) {
			struct e2e__xmpp_own *list[1] = {o};

			e2e__connect(list, 1, s->patience);
		}
		o->reply_missing = o->not_cleared = false;
		if (o->phase == E2E__PHASE_UP)
			e2e__clear(o);
		clean = o->phase == E2E__PHASE_UP && !o->reply_missing && !o->not_cleared;
		late = late || o->reply_missing;
		s->patience = late ? 0.02 : s->patience;
		if (o->account)
			e2e__provision_static_free(o->account, clean);
	}

	s->patience = 0;
}

/* Connections that the server ended, and that the test didn't notice. */
E2E__FN void e2e__clear_tell_losses(void)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->phase == E2E__PHASE_DOWN && o->failed && o->self->jid && !o->loss_told &&
			!o->wanted_down)
			e2e_diag("%s; the case went on without noticing it (e2e_disconnect_reason)",
				o->failure.message);
}

/* Takes in what has come for a client: perhaps the end of its connection is behind it. A server
 * that never stops sending isn't listened to for ever. */
E2E__FN void e2e__clear_look(const struct e2e__xmpp_own *o)
{
	double until = e2e_now() + 0.25;
	struct pollfd p;

	p.events = POLLIN;
	do {
		p.fd = o->phase == E2E__PHASE_UP ? o->fd : -1;
		if (poll(&p, 1, 0) <= 0)
			return;
		e2e__loop_run(0);
	} while (e2e_now() < until);
}

/* Hook: the body has ended. What is lost from now on, the case's own end has ended. */
E2E__FN void e2e__clear_case_over(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	bool late = s->in_gap;

	if (!s->ctx || s->pid != getpid())
		return;
	s->depth = 0;
	for (const struct e2e__xmpp_own *o = s->inside ? NULL : s->clients; o; o = o->next)
		e2e__clear_look(o);
	e2e__clear_tell_losses();
	s->in_gap = late;
}

/* Hook: the case is at its end. */
E2E__FN void e2e__clear_case_end(bool failed)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	bool late = s->in_gap;

	s->depth = 0;
	s->in_gap = s->discovering = false;
	s->task = s->missed = NULL;
	if (s->ctx && s->pid == getpid()) {
		if (s->record_error)
			e2e_fail("--record %s isn't complete: %s", s->record_option.value,
				strerror(s->record_error));
		s->record_error = 0;
		if (failed)
			e2e__transcript_log_split();

		/* somebody jumped out of libstrophe: it can't be used any more, not even to
		 * close */
		if (s->inside) {
			for (struct e2e__xmpp_own *o = s->clients; o; o = o->next)
				if (o->fd >= 0)
					shutdown(o->fd, SHUT_RDWR);
			s->inside = false;
			s->ctx = NULL;
		} else {
			e2e__clear_all(late);
			e2e__clear_close_all();
			for (size_t i = 0; i < s->nstanzas; i++)
				xmpp_stanza_release(s->stanzas[i]);
			xmpp_ctx_free(s->ctx);
			xmpp_shutdown();
		}
		free(s->stanzas);
		e2e__tls_forget();
		X509_STORE_free(s->store);
		free(s->store_file);
		s->store = NULL;
		s->store_file = NULL;
		free(s->pending);
		s->pending = NULL;
		s->ctx = NULL;
		s->clients = NULL;
		s->stanzas = NULL;
		s->nstanzas = s->stanzas_size = s->nclients = s->made = 0;
		s->plain = s->rx = s->tx = NULL;
		if (s->log_fd >= 0)
			close(s->log_fd);
		if (s->talk_fd >= 0)
			close(s->talk_fd);
		if (s->login_fd >= 0)
			close(s->login_fd);
		s->log_fd = s->talk_fd = s->login_fd = -1;
		s->log_path = NULL;
	}

	while (s->nwishes > s->suite_wishes)
		free(s->wishes[--s->nwishes]);
	s->step = s->suite_step;
	if (s->set_up && s->chosen && s->chosen->teardown)
		s->chosen->teardown(s->chosen);
	if (s->initialised && s->chosen && s->chosen->finalise)
		s->chosen->finalise(s->chosen);
	s->set_up = s->initialised = false;
}
