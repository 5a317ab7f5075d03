#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "libstrophe.h"
#include "xml.h"
#include "read.h"
#include "form.h"
#include "talk.h"
#include "say.h"
#include "match.h"

/* @manual Chat rooms (XEP-0045)
 *	const char *romeo_there = e2e_join_room(romeo, room, "romeo");
 *	e2e_configure_room(romeo, room, "muc#roomconfig_membersonly=0");
 *	e2e_join_room(juliet, room, "juliet");
 *	e2e_tell(juliet, "<message type='groupchat' to='%s'><body>hi</body></message>", room);
 *	e2e_expect_message(romeo, .from = e2e_printf("%s/juliet", room), .body = "^hi$");
 *	Who joins a room that isn't there makes it. Many servers lock it until its owner has
 *	configured it; e2e_configure_room(c, room) takes the settings as they are. What else a room
 *	sends to who joins (presence of others, what was said before, the subject) stays to be
 *	expected.
 */

/* @interface */

/* Joins a chat room with this nick, and waits until the room says so: the own presence with the
 * status 110. Returns the address there, "room/nick", valid until the end of the case. Fails and
 * ends the case if the room refuses it (code stanza-error), or says nothing in time. */
#define e2e_join_room(client, room, nick) e2e__chat_join(E2E__AT, client, room, nick)
/* e2e_configure_room(client, room [, "var=value", ...]): its owner sets these fields of the room's
 * form; see e2e_form_submit for them. Without any, the room is opened with the settings that it
 * has. Returns the result. Fails and ends the case if it is refused (code stanza-error), or there
 * is no answer. */
#define e2e_configure_room(client, ...) \
	e2e__chat_configure(E2E__AT, client, E2E__STRINGS(__VA_ARGS__))

E2E__FN const char *e2e__chat_join(
	const char *file, int line, e2e_client *c, const char *room, const char *nick);
E2E__FN e2e_stanza *e2e__chat_configure(
	const char *file, int line, e2e_client *c, const char *const *words);

/* @implementation */

#define E2E__MUC "http://jabber.org/protocol/muc"

/* The addresses have to be there. */
E2E__FN void e2e__chat_need(
	const char *file, int line, const char *name, const char *what, const char *text)
{
	if (!text || !*text)
		e2e__op_die_of(file, line, name, "usage",
			e2e_printf("the %s is %s", what, text ? "empty" : "NULL"), NULL);
}

/* Is this presence what the room says of who wants to join? It may have said of the same address
 * that it left. */
E2E__FN bool e2e__chat_decides(e2e_stanza *presence, void *arg)
{
	(void)arg;
	return e2e_stanza_error(presence) ||
		(!xmpp_stanza_get_type(presence) &&
			e2e__read_matches(presence, "x{" E2E__MUC "#user}/status[code=110]", NULL));
}

/* What a condition says of a room (XEP-0045, 7.2); NULL: nothing more than its name. */
E2E__FN const char *e2e__chat_hint(const char *condition)
{
	static const struct {
		const char *condition, *hint;
	} hints[] = {{"conflict", "somebody has this nick"},
		{"registration-required", "the room is for members only"},
		{"forbidden", "the room has banned this account"},
		{"not-authorized", "the room wants a password"},
		{"service-unavailable", "the room is full"},
		{"item-not-found",
			"the room isn't there, or locked until its owner has configured it "
			"(e2e_configure_room)"},
		{"not-allowed", "this account may not make rooms"}};

	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (strcmp(hints[i].condition, condition) == 0)
			return hints[i].hint;
	return NULL;
}

E2E__FN const char *e2e__chat_join(
	const char *file, int line, e2e_client *c, const char *room, const char *nick)
{
	static const struct e2e__match_step step = {
		"e2e_join_room", NULL, "the own presence with the status 110, or an error"};
	const char *as, *error;
	e2e_stanza *reply;
	e2e_failure f;
	e2e_match m;

	e2e__op_enter_at(file, line);
	e2e__talk_need(file, line, c, step.macro, "join a room");
	e2e__chat_need(file, line, step.macro, "room", room);
	e2e__chat_need(file, line, step.macro, "nick", nick);
	as = e2e_printf("%s/%s", room, nick);
	e2e__talk_do_send_stanza(file, line, c,
		e2e__xml(file, line, c, "<presence to='%s'><x xmlns='" E2E__MUC "'/></presence>",
			as));
	memset((void *)&m, 0, sizeof m);
	m.kind = E2E_PRESENCE;
	m.from = as;
	m.where = e2e__chat_decides;
	reply = e2e__match_do_expect_stanza(file, line, c, m, &step);
	e2e__op_leave();
	error = e2e_stanza_error(reply);
	if (!error)
		return as;
	f = e2e__system_failure("stanza-error",
		e2e_printf("%s wanted to join as %s, and was refused with the error %s", c->name,
			as, error),
		e2e__chat_hint(error));
	f.got = e2e_stanza_text(reply);
	f.want = step.want;
	e2e__op_die(file, line, step.macro, &f);
}

/* words: the room, and the fields. */
E2E__FN e2e_stanza *e2e__chat_configure(
	const char *file, int line, e2e_client *c, const char *const *words)
{
	static const char name[] = "e2e_configure_room";
	const char *type = *words && words[1] ? E2E__MUC "#roomconfig" : "";
	e2e_stanza *form, *request;

	e2e__op_need_client(file, line, c, name);
	e2e__chat_need(file, line, name, "room", *words);
	form = e2e__form_submit_of(file, line, name, c, type, words + 1);
	request = e2e__xml(file, line, c,
		"<iq type='set' to='%s'><query xmlns='" E2E__MUC "#owner'/></iq>", *words);
	e2e__read_put(file, line, request, "query", form);
	return e2e__say_ask_stanza(file, line, c, name, request);
}
