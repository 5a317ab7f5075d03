#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "libstrophe.h"
#include "loop.h"
#include "xml.h"
#include "talk.h"
#include "match.h"
#include "several.h"

/* @manual Contacts
 *	e2e_befriend(romeo, juliet) makes each a contact of the other, by the four steps of RFC
 *	6121; presence that comes of it is taken, so that the test begins with a clean inbox.
 */

/* @interface */

/* Subscribes two clients of different accounts to each other's presence, and waits until each has
 * seen that of the other. Both must be available, and no contacts yet. Fails and ends the case with
 * the step that didn't come. */
#define e2e_befriend(a, b) e2e__friends_make(E2E__AT, a, b)

E2E__FN void e2e__friends_make(const char *file, int line, e2e_client *a, e2e_client *b);

/* @implementation */

/* Waits for presence of this type from an address. */
E2E__FN void e2e__friends_hears(
	const char *file, int line, e2e_client *c, const char *from, const char *type)
{
	static const struct e2e__match_step step = {
		"e2e_befriend", "both clients must be available, and no contacts yet", NULL};
	e2e_match m;

	memset((void *)&m, 0, sizeof m);
	m.kind = E2E_PRESENCE;
	m.from = from;
	m.type = type;
	e2e__match_do_expect_stanza(file, line, c, m, &step);
}

/* One may see the other's presence from now on. */
E2E__FN void e2e__friends_subscribe(const char *file, int line, e2e_client *who, e2e_client *to)
{
	e2e__talk_presence(file, line, who, to->account.jid, "subscribe", NULL);
	e2e__friends_hears(file, line, to, who->account.jid, "subscribe");
	e2e__talk_presence(file, line, to, who->account.jid, "subscribed", NULL);
	e2e__friends_hears(file, line, who, to->jid, "available");
}

/* Is it about the new contact: its presence, or a push of the roster that names it? */
E2E__FN bool e2e__friends_about(e2e_stanza *stanza, const char *jid)
{
	xmpp_stanza_t *query = xmpp_stanza_get_child_by_ns(stanza, "jabber:iq:roster"),
		      *item = query ? xmpp_stanza_get_child_by_name(query, "item") : NULL;

	if (e2e__libstrophe_same(xmpp_stanza_get_name(stanza), "presence"))
		return e2e__match_address(xmpp_stanza_get_from(stanza), jid);
	return item && e2e__libstrophe_same_jid(xmpp_stanza_get_attribute(item, "jid"), jid);
}

/* Takes what came of the making. */
E2E__FN void e2e__friends_tidy(e2e_client *c, const char *jid)
{
	struct e2e__xmpp_own *o = c->own;
	size_t kept = 0;

	e2e__several_sync(c);
	for (size_t i = 0; i < o->ninbox; i++)
		if (e2e__friends_about(o->inbox[i], jid))
			e2e__op_keep(o->inbox[i]);
		else
			o->inbox[kept++] = o->inbox[i];
	o->ninbox = kept;
}

E2E__FN void e2e__friends_make(const char *file, int line, e2e_client *a, e2e_client *b)
{
	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, a, "e2e_befriend");
	e2e__op_need_client(file, line, b, "e2e_befriend");
	if (e2e__libstrophe_same_jid(a->account.jid, b->account.jid))
		e2e__op_die_of(file, line, "e2e_befriend", "usage",
			e2e_printf("%s and %s are both %s, and nobody is a contact of themselves",
				a->name, b->name, a->account.jid),
			"two clients of different accounts: e2e_clients_connected(2, out)");
	e2e__talk_need(file, line, a, "e2e_befriend", "become a contact");
	e2e__talk_need(file, line, b, "e2e_befriend", "become a contact");
	e2e__friends_subscribe(file, line, a, b);
	e2e__friends_subscribe(file, line, b, a);
	e2e__friends_tidy(a, b->account.jid);
	e2e__friends_tidy(b, a->account.jid);
	e2e__op_leave();
}
