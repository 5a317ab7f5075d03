/* e2e: libstrophe openssl libsodium */
/* xmpp_room.c - a chat room (XEP-0045), with guards: what the server can't do is skipped, what it does oddly is known.
 *
 * e2e_require_feature finds the service by discovery; e2e_skip_with_quirk leaves out what a server is known to do differently
 * (quirks = ["#muc-id-rewrite"] in the config says it of a server that isn't known). */
#include "e2e_xmpp.h"

#define MUC "http://jabber.org/protocol/muc"

static e2e_client *romeo, *juliet;
static const char *room;

E2E_SETUP()
{
	const char *service = e2e_require_feature(MUC);

	romeo = e2e_client_connected();
	juliet = e2e_client_connected();
	room = e2e_printf("%s@%s", e2e_unique("balcony"), service);
	e2e_join_room(romeo, room, "romeo");
	e2e_configure_room(romeo, room); /* until its owner has done so a new room is locked */
	e2e_join_room(juliet, room, "juliet");
}

E2E_TEST(all_hear_what_one_says)
{
	e2e_tell(romeo, "<message type='groupchat' to='%s'><body>but soft</body></message>", room);
	e2e_is_str(e2e_body(e2e_expect_message(
			   juliet, .from = room, .type = "groupchat", .body = ".")),
		"but soft");
	e2e_is_str(e2e_body(e2e_expect_message(
			   romeo, .from = room, .type = "groupchat", .body = ".")),
		"but soft");
}

E2E_TEST(my_own_words_come_back_with_my_id)
{
	const char *id;

	e2e_skip_with_quirk("#muc-id-rewrite");
	id = e2e_tell(romeo, "<message type='groupchat' to='%s'><body>x</body></message>", room);
	e2e_expect_message(romeo, .from = room, .id = id);
	e2e_pass("the same id");
}

E2E_TEST(who_leaves_is_seen_to_leave)
{
	e2e_presence(juliet, e2e_printf("%s/juliet", room), "unavailable", NULL);
	e2e_expect_presence(
		romeo, .from = e2e_printf("%s/juliet", room), .type = "unavailable");
	e2e_pass("romeo sees it");
}

E2E_MAIN()
