/* e2e: libstrophe openssl libsodium */
/* Chat rooms (XEP-0045): three witches meet. The first owns the room, the second is in it, the third
 * is outside. */
#include "suite.h"

#define MUC "http://jabber.org/protocol/muc"

/* What the owner says to all, and what it does to somebody: both are XML. */
#define SAY(child) e2e_tell(owner, "<message type='groupchat' to='%s'>" child "</message>", room)
#define ADMIN(item, who) \
	e2e_ask_set(owner, room, "<query xmlns='" MUC "#admin'>" item "</query>", who)

static e2e_client *w[3], *owner, *guest, *outsider;
static const char *room, *first, *second, *third;

/* Goes in, and is in when the room says so of the own presence (status 110). */
static void join(e2e_client *c, const char *as)
{
	e2e_tell(c, "<presence to='%s'><x xmlns='" MUC "'/></presence>", as);
	e2e_expect_stanza(c, E2E_PRESENCE, .from = as, .path = "x/status[code=110]");
}

static void configure(const char *field)
{
	e2e_ask_stanza(owner,
		e2e_put(e2e_xml(owner, "<iq type='set' to='%s'><query xmlns='" MUC "#owner'/></iq>",
				room),
			"query", e2e_form_submit(owner, MUC "#roomconfig", field)));
}

/* That occupant has left, for the reason that the status names; the item says more. */
static e2e_stanza *gone(e2e_client *c, const char *who, const char *status)
{
	return e2e_expect_stanza(c, E2E_PRESENCE, .from = who, .type = "unavailable",
		.path = e2e_printf("x{" MUC "#user}/status[code=%s]", status));
}

/* Both occupants see the second witch leave. */
static void both_see(const char *status, const char *path, const char *text)
{
	for (int i = 0; i < 2; i++)
		e2e_is_str(e2e_get(gone(w[i], second, status), path), text);
}

E2E_SETUP()
{
	e2e_skip_with_quirk("#broken-muc");
	room = e2e_printf("%s@%s", e2e_unique("coven"), e2e_require_feature(MUC));
	first = e2e_printf("%s/firstwitch", room);
	second = e2e_printf("%s/secondwitch", room);
	third = e2e_printf("%s/thirdwitch", room);
	e2e_clients_connected(3, w);
	owner = w[0], guest = w[1], outsider = w[2];
	join(owner, first);
	configure("muc#roomconfig_membersonly=0"); /* a new room is locked until it is configured */
	join(guest, second);
	e2e_expect_stanza(owner, E2E_PRESENCE, .from = second);
}

E2E_TEST(who_joins_is_seen, .spec = "XEP-0045 7.2")
{
	join(outsider, third);
	for (int i = 0; i < 2; i++)
		e2e_is_str(e2e_get(e2e_expect_stanza(w[i], E2E_PRESENCE, .from = third),
				   "x/item@role"),
			"participant");
}

E2E_TEST(history_ends_with_the_subject, .spec = "XEP-0045 7.2.13, XEP-0045 7.2.15, XEP-0203 2")
{
	SAY("<body>test</body>");
	e2e_expect_stanza(owner, E2E_MESSAGE, .body = "^test$");
	join(outsider, third);
	e2e_expect_stanza(outsider, E2E_MESSAGE, .from = first, .child_ns = "urn:xmpp:delay",
		.body = "^test$");
	e2e_is_str(e2e_body(e2e_expect_stanza(
			   outsider, E2E_MESSAGE, .from = room, .child = "subject")),
		NULL);
	e2e_expect_stanza(owner, E2E_PRESENCE, .from = third);
}

E2E_TEST(kicked_with_a_reason, .spec = "XEP-0045 8.2")
{
	ADMIN("<item nick='%s' role='none'><reason>No real witch</reason></item>", "secondwitch");
	both_see("307", "x/item/reason", "No real witch");
}

E2E_TEST(kicked_may_come_back, .spec = "XEP-0045 8.2")
{
	ADMIN("<item nick='%s' role='none'/>", "secondwitch");
	both_see("307", "x/item@role", "none");
	join(guest, second);
}

E2E_TEST(banned_with_a_reason, .spec = "XEP-0045 9.1")
{
	ADMIN("<item jid='%s' affiliation='outcast'><reason>Treason!</reason></item>",
		guest->account.jid);
	both_see("301", "x/item/reason", "Treason!");
}

E2E_TEST(banned_may_not_come_back, .spec = "XEP-0045 9.1, XEP-0045 7.2.7")
{
	ADMIN("<item jid='%s' affiliation='outcast'/>", guest->account.jid);
	both_see("301", "x/item@affiliation", "outcast");
	e2e_tell(guest, "<presence to='%s'><x xmlns='" MUC "'/></presence>", second);
	e2e_expect_stanza(guest, E2E_PRESENCE, .condition = "forbidden");
	e2e_pass("the door stays shut");
}

E2E_TEST(who_leaves_is_seen_to_leave, .spec = "XEP-0045 7.14")
{
	e2e_presence(guest, second, "unavailable", NULL);
	e2e_is_str(e2e_get(gone(guest, second, "110"), "x/item@role"), "none");
	e2e_is_uint(e2e_count(e2e_expect_stanza(
				      owner, E2E_PRESENCE, .from = second, .type = "unavailable"),
			    "x/status[code=307]"),
		0, "nobody kicked it");
}

E2E_TEST(subject_and_who_set_it, .spec = "XEP-0045 8.1")
{
	SAY("<subject>Wytches Brew!</subject>");
	for (int i = 0; i < 2; i++)
		e2e_expect_stanza(w[i], E2E_MESSAGE, .from = first, .path = "subject",
			.matches = "^Wytches Brew!$");
	e2e_pass("both have read it");
}

/* A client knows by the reflection that its message was delivered. */
E2E_TEST(tracked_message_comes_back_with_its_id, .spec = "XEP-0045 7.4")
{
	const char *id;

	e2e_skip_with_quirk("#muc-id-rewrite");
	id = SAY("<body>foo</body>");
	for (int i = 0; i < 2; i++)
		e2e_is_str(e2e_body(e2e_expect_stanza(w[i], E2E_MESSAGE, .from = first, .id = id)),
			"foo");
}

E2E_TEST(message_to_all, .spec = "XEP-0045 7.4")
{
	SAY("<body>foo</body>");
	e2e_expect_stanza(guest, E2E_MESSAGE, .from = first, .type = "groupchat", .body = "^foo$");
	e2e_no_stanza(outsider, 0.1, .kind = E2E_MESSAGE);
}

E2E_TEST(private_message, .spec = "XEP-0045 7.5")
{
	e2e_message(guest, first, "I'll give thee a wind.");
	e2e_is_str(e2e_body(e2e_expect_stanza(owner, E2E_MESSAGE, .type = "chat", .from = second)),
		"I'll give thee a wind.");
}

E2E_TEST(new_nick, .spec = "XEP-0045 7.6")
{
	const char *old_hag = e2e_printf("%s/oldhag", room);

	e2e_presence(owner, old_hag, NULL, NULL);
	for (int i = 0; i < 2; i++) {
		e2e_is_str(e2e_get(gone(w[i], first, "303"), "x/item@nick"), "oldhag");
		e2e_expect_stanza(w[i], E2E_PRESENCE, .from = old_hag, .type = "available");
	}
}

/* The status 333 tells it from one who left. A server without it has the quirk, and has to have it:
 * where it is mended, this fails. */
E2E_TEST(out_because_of_an_error, .spec = "XEP-0045 11.1")
{
	e2e_tell(guest,
		"<presence type='error' to='%s'><error type='cancel'><gone xmlns='" STANZAS
		"'/></error></presence>",
		second);
	for (int i = 0; i < 2; i++)
		e2e_is_uint(e2e_count(e2e_expect_stanza(w[i], E2E_PRESENCE, .from = second,
					      .type = "unavailable"),
				    "x/status[code=333]"),
			e2e_quirk("#muc-no-333") ? 0 : 1);
}

E2E_TEST(voice_asked_for_and_given, .spec = "XEP-0045 7.13, XEP-0045 8.6")
{
	e2e_stanza *request;

	configure("muc#roomconfig_moderatedroom=1");
	ADMIN("<item nick='%s' role='visitor'/>", "secondwitch");
	e2e_expect_stanza(guest, E2E_PRESENCE, .from = second, .path = "x/item[role=visitor]");

	e2e_send_stanza(guest,
		e2e_put(e2e_xml(guest, "<message to='%s'/>", room), "",
			e2e_form_submit(guest, MUC "#request", "muc#role=participant")));
	request = e2e_expect_stanza(owner, E2E_MESSAGE, .from = room, .child_ns = "jabber:x:data");
	e2e_is_str(e2e_form_field(request, "muc#roomnick"), "secondwitch");
	e2e_send_stanza(owner,
		e2e_put(e2e_xml(owner, "<message to='%s'/>", room), "",
			e2e_form_submit(owner, MUC "#request", "muc#role=participant",
				e2e_printf("muc#jid=%s", guest->jid), "muc#roomnick=secondwitch",
				"muc#request_allow=true")));
	e2e_expect_stanza(guest, E2E_PRESENCE, .from = second, .path = "x/item[role=participant]");
}

E2E_TEST(direct_invitation, .spec = "XEP-0249 2")
{
	e2e_tell(owner,
		"<message to='%s'><x xmlns='jabber:x:conference' jid='%s' reason='come'/></message>",
		outsider->jid, room);
	e2e_is_stanza(e2e_expect_stanza(outsider, E2E_MESSAGE, .from = owner->jid),
		"<message from='*' to='*' id='*'><x xmlns='jabber:x:conference' jid='coven*' reason='come'/></message>");
}

E2E_TEST(mediated_invitation, .spec = "XEP-0045 7.8.2")
{
	e2e_tell(owner,
		"<message to='%s'><x xmlns='" MUC
		"#user'><invite to='%s'><reason>come</reason></invite></x></message>",
		room, outsider->account.jid);
	e2e_expect_stanza(outsider, E2E_MESSAGE, .from = room,
		.path = "x{" MUC "#user}/invite/reason", .matches = "^come$");
	e2e_pass("the room has asked it in");
}

/* How a client finds out whether it is in a room still. */
E2E_TEST(self_ping, .spec = "XEP-0410 3.2")
{
	join(outsider, third);
	e2e_ask_get(outsider, third, "<ping xmlns='urn:xmpp:ping'/>");
	e2e_presence(outsider, third, "unavailable", NULL);
	gone(outsider, third, "110");
	e2e_is_str(e2e_ask_error(outsider,
			   "<iq type='get' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", third),
		"not-acceptable", "who isn't in is told");
}

E2E_MAIN()
