/* e2e: libstrophe openssl libsodium */
/* xmpp_room.c - a chat room (XEP-0045), with guards: what the server can't do is skipped, what it does oddly is known.
 *
 * e2e_require_feature finds the service by discovery; e2e_skip_with_quirk leaves out what a server is known to do differently
 * (quirks = ["#muc-id-rewrite"] in the config says it of a server that isn't known). */
#include "e2e_xmpp.h"

#define MUC "http://jabber.org/protocol/muc"

static e2e_client *romeo, *juliet;
static const char *room;

static void join(e2e_client *c, const char *nick)
{
	e2e_tell(c, "<presence to='%s/%s'><x xmlns='" MUC "'/></presence>", room, nick);
	e2e_expect_stanza(
		c, E2E_PRESENCE, .from = e2e_printf("%s/%s", room, nick), .child_ns = MUC "#user");
}

E2E_SETUP()
{
	const char *service = e2e_require_feature(MUC);

	romeo = e2e_client_connected();
	juliet = e2e_client_connected();
	room = e2e_printf("%s@%s", e2e_unique("balcony"), service);
	join(romeo, "romeo");
	e2e_ask(romeo, /* a new room is locked until its owner has taken its settings */
		"<iq type='set' to='%s'><query xmlns='" MUC
		"#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>",
		room);
	join(juliet, "juliet");
}

E2E_TEST(all_hear_what_one_says)
{
	e2e_tell(romeo, "<message type='groupchat' to='%s'><body>but soft</body></message>", room);
	e2e_is_str(e2e_body(e2e_expect_stanza(
			   juliet, E2E_MESSAGE, .from = room, .type = "groupchat", .body = ".")),
		"but soft");
	e2e_is_str(e2e_body(e2e_expect_stanza(
			   romeo, E2E_MESSAGE, .from = room, .type = "groupchat", .body = ".")),
		"but soft");
}

E2E_TEST(my_own_words_come_back_with_my_id)
{
	const char *id;

	e2e_skip_with_quirk("#muc-id-rewrite");
	id = e2e_tell(romeo, "<message type='groupchat' to='%s'><body>x</body></message>", room);
	e2e_expect_stanza(romeo, E2E_MESSAGE, .from = room, .id = id);
	e2e_pass("the same id");
}

E2E_TEST(who_leaves_is_seen_to_leave)
{
	e2e_presence(juliet, e2e_printf("%s/juliet", room), "unavailable", NULL);
	e2e_expect_stanza(
		romeo, E2E_PRESENCE, .from = e2e_printf("%s/juliet", room), .type = "unavailable");
	e2e_pass("romeo sees it");
}

E2E_MAIN()
