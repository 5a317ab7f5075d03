#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "libstrophe.h"
#include "loop.h"
#include "xml.h"
#include "read.h"
#include "form.h"
#include "talk.h"
#include "provision.h"
#include "clear.h"
#include "clients.h"
#include "accounts.h"

/* @manual Accounts that are made
 *	With provisioner=register (XEP-0077, where the server offers registration) and
 *	provisioner=admin (XEP-0133, by an administrator's account) each client has an account of
 *	its own, with a name and a password at random, that is deleted at the end of the case. What
 *	a case that died has left is deleted before the next client of a later case or run (the
 *	notes of it are in the cache's folder, xmpp-made). A test makes one itself by
 *		e2e_account me = {.jid = "juliet@registered.test", .password = "secret"};
 *		e2e_register(&me);
 *		c = e2e_client_connect((e2e_client_opts){.account = &me});
 *	Without .host and .port it is at the server of the provisioner. It is deleted at the end of
 *	the case, too. How registration answers is tested by a raw client.
 */

/* @interface */

/* Makes this account (an e2e_account *) by in-band registration; a form's other fields get some
 * text. It is deleted at the end of the case. Fails and ends the case if the server refuses: code
 * "registration", or those of "When connecting fails". */
#define e2e_register(account) e2e__register(E2E__AT, account)
/* e2e_register_try(account, &why) tries it: false if it fails, and *why (may be NULL) says so. */
#define e2e_register_try(account, why) e2e__register_try(E2E__AT, account, why)

E2E__FN void e2e__register(const char *file, int line, const e2e_account *account);
E2E__FN bool e2e__register_try(
	const char *file, int line, const e2e_account *account, e2e_failure *why);

/* @implementation */

#define E2E__REGISTER_NS "jabber:iq:register"

/* Does a client of the case, logged in by this account, run? */
E2E__FN e2e_client *e2e__register_client_of(const char *jid)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->phase == E2E__PHASE_UP && !o->opts.until && o->self->account.jid &&
			strcasecmp(o->self->account.jid, jid) == 0)
			return o->self;
	return NULL;
}

/* Deletes an account by itself. NULL: it is gone; else why not. */
E2E__FN const char *e2e__register_remove(struct e2e__xmpp_made *m)
{
	static const struct e2e__accounts_role role = {"clean-up", 0, false};
	e2e_client *c = e2e__register_client_of(m->account.jid), *own = NULL;
	e2e_failure why;
	e2e_stanza *reply;
	const char *error;

	if (!c)
		c = own = e2e__accounts_log_in(&role, &m->account, &m->tls, &why);
	if (!c)
		return strcmp(why.code, "auth") == 0 ? NULL : why.message;
	e2e__accounts_let_go(m->account.jid);
	reply = e2e__clear_ask(
		c, "set", NULL, "<query xmlns='" E2E__REGISTER_NS "'><remove/></query>");
	error = reply && e2e_stanza_error(reply)
		? e2e_printf("%s (XEP-0077, 3.2: may users delete their accounts there? Prosody: "
			     "mod_user_account_management)",
			  e2e_stanza_error(reply))
		: reply                  ? NULL
		: e2e__loop_live(c->own) ? "the server doesn't answer"
					 : NULL; /* it may end the stream first */
	if (own)
		(e2e_disconnect)(own);
	return error;
}

/* A field of the old kind: the text of what it is called. */
E2E__FN const char *e2e__register_value(const e2e_account *a, const char *field, const char *given)
{
	if (strcmp(field, "username") == 0)
		return e2e_printf("%.*s", (int)strcspn(a->jid, "@"), a->jid);
	if (strcmp(field, "password") == 0)
		return a->password;
	if (given && *given)
		return given; /* key, FORM_TYPE */
	return strcmp(field, "email") == 0 ? "e2e@example.org" : "e2e";
}

/* The fields of the old kind that the server asks for, filled in; NULL: it asks for none. */
E2E__FN const char *e2e__register_fields(const e2e_account *a, xmpp_stanza_t *query)
{
	static const char *const others[] = {"instructions", "registered", "x", NULL};
	const char *text = NULL;

	for (xmpp_stanza_t *i = xmpp_stanza_get_children(query); i; i = xmpp_stanza_get_next(i)) {
		const char *name = xmpp_stanza_is_tag(i) ? xmpp_stanza_get_name(i) : NULL;
		char *given = name ? xmpp_stanza_get_text(i) : NULL;

		if (name && !e2e__state_has_word(others, name) &&
			e2e__libstrophe_same(xmpp_stanza_get_ns(i), E2E__REGISTER_NS))
			text = e2e_printf("%s<%s>%s</%s>", text ? text : "", name,
				e2e_xml_escaped(e2e__register_value(a, name, given)), name);
		if (given)
			xmpp_free(xmpp_stanza_get_context(i), given);
	}
	return text;
}

/* The same of a form (XEP-0004): what it hides, and what it requires. */
E2E__FN const char *e2e__register_form(const e2e_account *a, xmpp_stanza_t *form)
{
	const char *text = "";

	for (xmpp_stanza_t *i = xmpp_stanza_get_children(form); i; i = xmpp_stanza_get_next(i)) {
		const char *var =
			xmpp_stanza_is_tag(i) ? xmpp_stanza_get_attribute(i, "var") : NULL;
		const char *type = var ? xmpp_stanza_get_attribute(i, "type") : NULL;

		if (!var || e2e__libstrophe_same(type, "fixed"))
			continue;
		if (e2e__libstrophe_same(type, "hidden") || e2e__read_peek(i, "required") ||
			strcmp(var, "username") == 0 || strcmp(var, "password") == 0)
			text = e2e_printf("%s<field var='%s'><value>%s</value></field>", text,
				e2e_xml_escaped(var),
				e2e_xml_escaped(
					e2e__register_value(a, var, e2e__read_peek(i, "value"))));
	}
	return e2e_printf("<x xmlns='jabber:x:data' type='submit'>%s</x>", text);
}

/* Why an answer is no success; NULL: it is one. */
E2E__FN const char *e2e__register_refused(e2e_stanza *reply)
{
	const char *error = reply ? e2e_stanza_error(reply) : NULL,
		   *text = error ? e2e__read_peek(reply, "error/text") : NULL;

	if (!reply)
		return "the server doesn't answer";
	return !error ? NULL : text && *text ? e2e_printf("%s: %s", error, text) : error;
}

/* Registers by a raw client. NULL, or why it can't. */
E2E__FN const char *e2e__register_ask(e2e_client *raw, const e2e_account *a)
{
	const char *domain = strchr(a->jid, '@') ? strchr(a->jid, '@') + 1 : a->jid, *wrong,
		   *fields;
	e2e_stanza *reply =
		e2e__clear_ask(raw, "get", domain, "<query xmlns='" E2E__REGISTER_NS "'/>");
	xmpp_stanza_t *query, *form;

	wrong = e2e__register_refused(reply);
	if (wrong)
		return e2e_printf("the server offers no registration: %s", wrong);
	query = xmpp_stanza_get_child_by_ns(reply, E2E__REGISTER_NS);
	fields = query ? e2e__register_fields(a, query) : NULL;
	form = query ? xmpp_stanza_get_child_by_ns(query, "jabber:x:data") : NULL;
	if (!fields && form)
		fields = e2e__register_form(a, form);
	if (!fields)
		return e2e_printf(
			"the server's registration isn't in-band: %s", e2e_stanza_text(reply));
	return e2e__register_refused(e2e__clear_ask(raw, "set", domain,
		e2e_printf("<query xmlns='" E2E__REGISTER_NS "'>%s</query>", fields)));
}

/* Makes the account of a client. False: its failure is told. */
E2E__FN bool e2e__register_make(struct e2e__xmpp_own *o)
{
	static const struct e2e__accounts_role role = {"registration", E2E_BEFORE_AUTH, true};
	const e2e_account *a = &o->self->account;
	const char *task = e2e__xmpp.task, *wrong;
	struct e2e__xmpp_made *m;
	e2e_failure why;
	e2e_client *raw;

	e2e__xmpp.task = e2e_printf("registration of %s", a->jid);
	raw = e2e__accounts_log_in(&role, a, &o->self->tls, &why);
	if (raw) {
		m = e2e__accounts_note(o, e2e__register_remove);
		wrong = e2e__register_ask(raw, a);
		(e2e_disconnect)(raw);
		if (wrong) {
			e2e__accounts_forget(m);
			e2e__libstrophe_blame(o, "registration",
				o->registers ? wrong
					     : e2e_printf("it can't be registered: %s", wrong),
				"XEP-0077: does the server allow in-band registration of this name, from here, "
				"so often?");
		}
	} else {
		o->failed = true;
		o->failure = why;
	}

	if (o->failed)
		o->phase = E2E__PHASE_DOWN;
	e2e__xmpp.task = task;
	e2e__transcript_own_words_over();
	return !o->failed;
}

E2E__FN bool e2e__register_do_try(
	const char *file, int line, const e2e_account *account, e2e_failure *why)
{
	struct e2e__xmpp_own *o;
	e2e_client_opts opts;
	bool made;

	e2e__loop_not_inside(file, line, "e2e_register");
	e2e__client_not_in_suite(file, line);
	if (!account || !account->jid || !strchr(account->jid, '@') || strchr(account->jid, '/') ||
		!account->password)
		e2e__op_die_of(file, line, "e2e_register", "usage",
			"an account needs .jid = \"user@domain\" (no resource) and .password to be "
			"registered",
			NULL);
	memset(&opts, 0, sizeof opts);
	opts.account = account;
	o = e2e__client_new(&opts);
	e2e__xmpp.made--;
	o->self->name = "registration";
	o->registers = true;
	e2e__client_fill_account(file, line, o);
	made = e2e__register_make(o);
	*why = o->failure;
	return made;
}

E2E__FN bool e2e__register_try(
	const char *file, int line, const e2e_account *account, e2e_failure *why)
{
	e2e_failure unseen;
	bool made;

	e2e__op_enter_at(file, line);
	made = e2e__register_do_try(file, line, account, why ? why : &unseen);
	e2e__op_leave();
	return made;
}

E2E__FN void e2e__register(const char *file, int line, const e2e_account *account)
{
	e2e_failure why;

	e2e__op_enter_at(file, line);
	if (!e2e__register_do_try(file, line, account, &why))
		e2e__op_die(file, line, "e2e_register", &why);
	e2e__op_leave();
}

/* ---- the provisioner ---- */

/* A name and a password for a client, to be made before it connects. */
E2E__FN bool e2e__register_account(
	e2e_provisioner *self, e2e_client *c, bool (*before)(struct e2e__xmpp_own *))
{
	bool brought = c->account.jid != NULL; /* by the test */

	if (!e2e__provision_common(self, c))
		return false;
	if (brought)
		return true;
	c->account.jid =
		e2e_printf("e2e-%s@%s", e2e__provision_random(), e2e__provision_domain(self));
	c->account.password = e2e__provision_random();
	c->own->before = before;
	return true;
}

E2E__FN bool e2e__register_make_client(e2e_provisioner *self, e2e_client *c)
{
	return e2e__register_account(self, c, e2e__register_make);
}

/* What cases that died have left. */
E2E__FN bool e2e__register_sweep(
	e2e_provisioner *self, const char *(*remove)(struct e2e__xmpp_made *made))
{
	const char *const *host = e2e__provision_hosts();
	e2e_client c;

	for (;; host++) {
		memset(&c, 0, sizeof c);
		if (!e2e__provision_common(self, &c))
			return false;
		c.account.jid = e2e__provision_domain(self);
		e2e__accounts_sweep(&c.account, &c.tls, remove);
		e2e__xmpp.place = host ? *host : NULL;
		if (!e2e__xmpp.place)
			return true;
	}
}

E2E__FN bool e2e__register_initialise(e2e_provisioner *self)
{
	return e2e__register_sweep(self, e2e__register_remove);
}
