#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "libstrophe.h"
#include "loop.h"
#include "xml.h"
#include "read.h"
#include "form.h"
#include "provision.h"
#include "clear.h"
#include "clients.h"
#include "accounts.h"
#include "register.h"

/* @implementation */

#define E2E__ADMIN_NS "http://jabber.org/protocol/admin"

/* The administrator of an account's domain, logged in once a case; NULL, and *why. */
E2E__FN e2e_client *e2e__admin(const e2e_account *at, const e2e_tls *tls, e2e_failure *why)
{
	static const struct e2e__accounts_role role = {"admin", 0, false};
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *name, *domain = e2e__provision_domain_of(at->jid), *place = s->place;
	e2e_account account = *at;

	s->place = e2e__provision_place(domain);
	name = e2e__literal_setting("admin", "");
	account.jid = strchr(name, '@') ? name : e2e_printf("%s@%s", name, domain);
	account.password = e2e__literal_setting("admin_password", "");
	s->place = place;
	if (s->admin && s->admin->own->phase == E2E__PHASE_UP &&
		strcasecmp(s->admin->account.jid, account.jid) == 0)
		return s->admin;
	s->admin = e2e__accounts_log_in(&role, &account, tls, why);
	return s->admin;
}

/* A command of XEP-0133 with these fields of its form. NULL, or what is wrong. */
E2E__FN const char *e2e__admin_command(
	e2e_client *admin, const char *domain, const char *node, const char *const *fields)
{
	static const char begin[] =
		"<command xmlns='http://jabber.org/protocol/commands' node='" E2E__ADMIN_NS;
	e2e_stanza *reply = e2e__clear_ask(
		admin, "set", domain, e2e_printf("%s#%s' action='execute'/>", begin, node));
	const char *wrong = e2e__register_refused(reply), *session, *form;

	if (wrong)
		return wrong;
	session = e2e__read_peek(reply, "command@sessionid");
	form = e2e_stanza_text(e2e__form_submit(e2e__xmpp.file, e2e__xmpp.line, admin, fields));
	reply = e2e__clear_ask(admin, "set", domain,
		e2e_printf("%s#%s' sessionid='%s'>%s</command>", begin, node,
			e2e_xml_escaped(session ? session : ""), form));
	wrong = e2e__register_refused(reply);
	if (!wrong && e2e__read_peek(reply, "command/note[type=error]"))
		wrong = e2e__read_peek(reply, "command/note[type=error]");
	return wrong;
}

E2E__FN const char *e2e__admin_remove(struct e2e__xmpp_made *m)
{
	const char *fields[] = {E2E__ADMIN_NS, e2e_printf("accountjids=%s", m->account.jid), NULL};
	e2e_failure why;
	e2e_client *admin = e2e__admin(&m->account, &m->tls, &why);
	const char *wrong;

	if (!admin)
		return why.message;
	e2e__accounts_let_go(m->account.jid);
	wrong = e2e__admin_command(admin, strchr(m->account.jid, '@') + 1, "delete-user", fields);
	return wrong && strncmp(wrong, "item-not-found", 14) == 0 ? NULL : wrong;
}

/* Makes the account of a client. False: its failure is told. */
E2E__FN bool e2e__admin_make(struct e2e__xmpp_own *o)
{
	const e2e_account *a = &o->self->account;
	const char *task = e2e__xmpp.task, *wrong;
	const char *fields[] = {E2E__ADMIN_NS, e2e_printf("accountjid=%s", a->jid),
		e2e_printf("password=%s", a->password),
		e2e_printf("password-verify=%s", a->password), NULL};
	struct e2e__xmpp_made *m;
	e2e_failure why;
	e2e_client *admin;

	e2e__xmpp.task = e2e_printf("adding of %s", a->jid);
	admin = e2e__admin(a, &o->self->tls, &why);
	if (admin) {
		m = e2e__accounts_note(o, e2e__admin_remove);
		wrong = e2e__admin_command(admin, strchr(a->jid, '@') + 1, "add-user", fields);
		if (wrong) {
			e2e__accounts_forget(m);
			e2e__libstrophe_blame(o, "accounts",
				e2e_printf("%s couldn't add it: %s", admin->account.jid, wrong),
				"XEP-0133: is this account an administrator of the domain, and are its commands "
				"enabled there (Prosody: mod_admin_adhoc, ejabberd: mod_configure)?");
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

E2E__FN bool e2e__admin_make_client(e2e_provisioner *self, e2e_client *c)
{
	return e2e__register_account(self, c, e2e__admin_make);
}

E2E__FN bool e2e__admin_initialise(e2e_provisioner *self)
{
	return e2e__register_sweep(self, e2e__admin_remove);
}
