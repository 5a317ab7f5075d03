/* e2e: libstrophe openssl libsodium */
/* aioxmpp's suite of chat rooms (tests/muc/test_e2e.py) and more. */
#include "e2e_xmpp.h"

#define MUC "http://jabber.org/protocol/muc"
#define SAY(xml) e2e_tell(a, "<message type='groupchat' to='%s'>" xml "</message>", room)
#define ADMIN(item, of) e2e_ask_set(a, room, "<query xmlns='" MUC "#admin'>" item "</query>", of)

static e2e_client *a, *b, *c;
static const char *room, *first, *second;

static e2e_stanza *seen(e2e_client *by, const char *who, const char *path)
{
	return e2e_expect_presence(by, .from = who, .path = path);
}

/* What both see at the path when this status is told of someone. */
static void both_see(const char *who, const char *status, const char *path, const char *text)
{
	e2e_is_at(seen(a, who, status), path, text);
	e2e_is_at(seen(b, who, status), path, text);
}

E2E_SETUP()
{
	e2e_skip_with_quirk("#broken-muc");
	room = e2e_printf("%s@%s", e2e_unique("coven"), e2e_require_feature(MUC));
	e2e_connect_each(&a, &b, &c);
	first = e2e_join_room(a, room, "first");
	e2e_configure_room(a, room, "muc#roomconfig_membersonly=0");
	second = e2e_join_room(b, room, "second");
	seen(a, second, "x");
}

E2E_TEST(join_is_seen)
{
	e2e_is_at(seen(a, e2e_join_room(c, room, "third"), "x"), "x/item@role", "participant");
}

E2E_TEST(history)
{
	SAY("<body>test</body>");
	e2e_expect_message(a, .body = "test");
	e2e_join_room(c, room, "third");
	e2e_is_at(e2e_expect_message(c, .from = first, .child_ns = "urn:xmpp:delay"), "body", "test");
	e2e_expect_message(c, .from = room, .child = "subject");
}

E2E_TEST(kick)
{
	ADMIN("<item nick='%s' role='none'><reason>no real witch</reason></item>", "second");
	both_see(second, "x/status[code=307]", "x/item/reason", "no real witch");
}

E2E_TEST(ban)
{
	ADMIN("<item jid='%s' affiliation='outcast'><reason>Treason!</reason></item>", b->account.jid);
	both_see(second, "x/status[code=301]", "x/item/reason", "Treason!");
}

E2E_TEST(leave)
{
	e2e_presence(b, second, "unavailable", NULL);
	e2e_expect_presence(a, .from = second, .type = "unavailable");
	e2e_is_at(seen(b, second, "x/status[code=110]"), "@type", "unavailable");
}

E2E_TEST(topic)
{
	SAY("<subject>Brew!</subject>");
	e2e_is_at(e2e_expect_message(b, .from = first), "subject", "Brew!");
}

E2E_TEST(tracked_message)
{
	e2e_skip_with_quirk("#muc-id-rewrite");
	const char *id = SAY("<body>foo</body>");

	e2e_expect_message(a, .from = first, .id = id);
	e2e_is_at(e2e_expect_message(b, .from = first, .id = id), "body", "foo");
}

E2E_TEST(private_message)
{
	e2e_message(b, first, "a wind");
	e2e_is_at(e2e_expect_message(a, .type = "chat", .from = second), "body", "a wind");
}

E2E_TEST(nick)
{
	e2e_presence(a, e2e_printf("%s/oldhag", room), NULL, NULL);
	both_see(first, "x/status[code=303]", "x/item@nick", "oldhag");
	both_see(e2e_printf("%s/oldhag", room), "x", "@type", NULL);
}

E2E_TEST(removed_because_of_an_error)
{
	e2e_skip_with_quirk("#muc-no-333");
	e2e_tell(b, "<presence type='error' to='%s'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>",
		second);
	e2e_is_at(seen(a, second, "x/status[code=333]"), "@type", "unavailable");
}

#define REQUEST(by, ...) \
	e2e_send_stanza(by, e2e_put(e2e_xml(by, "<message to='%s'/>", room), "", e2e_form_submit(by, MUC "#request", __VA_ARGS__)))

E2E_TEST(voice_request)
{
	e2e_disco_result d;

	e2e_must(e2e_ok(e2e_disco(a, room, false, &d)));
	e2e_skip_if(!e2e_entity_has(d.entity, MUC "#request"), "the room knows no requests for voice");
	e2e_configure_room(a, room, "muc#roomconfig_moderatedroom=1");
	ADMIN("<item nick='%s' role='visitor'/>", "second");
	seen(b, second, "x/item[role=visitor]");
	REQUEST(b, "muc#role=participant");
	e2e_isnt_str(e2e_form_field(e2e_expect_message(a, .from = room, .path = "x/field"), "muc#request_allow"), NULL);
	REQUEST(a, "muc#role=participant", e2e_printf("muc#jid=%s", b->jid), "muc#roomnick=second", "muc#request_allow=true");
	seen(b, second, "x/item[role=participant]");
}

E2E_TEST(direct_invitation)
{
	e2e_tell(a, "<message to='%s'><x xmlns='jabber:x:conference' jid='%s' reason='come'/></message>", c->jid, room);
	e2e_is_stanza(e2e_expect_message(c),
		"<message from='*' to='*' id='*'><x xmlns='jabber:x:conference' jid='coven*' reason='come'/></message>");
}

E2E_TEST(mediated_invitation)
{
	e2e_tell(a, "<message to='%s'><x xmlns='" MUC "#user'><invite to='%s'><reason>come</reason></invite></x></message>", room,
		c->account.jid);
	e2e_is_at(e2e_expect_message(c, .from = room), "x/invite/reason", "come");
}

E2E_TEST(self_ping)
{
	e2e_is_at(e2e_ask_get(b, second, "<ping xmlns='urn:xmpp:ping'/>"), "@from", second);
}

E2E_TEST(affiliations)
{
	ADMIN("<item jid='%s' affiliation='member'/>", c->account.jid);
	e2e_is_at(e2e_ask_get(a, room, "<query xmlns='" MUC "#admin'><item affiliation='member'/></query>"), "query/item@jid",
		c->account.jid);
}

E2E_TEST(room_form)
{
	e2e_like(e2e_form_field(e2e_ask_get(a, room, "<query xmlns='" MUC "#owner'/>"), "muc#roomconfig_membersonly"), "^(0|false)?$");
}

E2E_MAIN()
