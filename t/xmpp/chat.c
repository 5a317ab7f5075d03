/* e2e: libstrophe openssl libsodium */
/* Joining and configuring chat rooms, configuring nodes; refusals. The cases called inner_ are run by others. */
#include "e2e_xmpp.h"

E2E_SERVERS("prosody, ejabberd");

#define MUC "http://jabber.org/protocol/muc"
#define PUBSUB "http://jabber.org/protocol/pubsub"

static e2e_client *a, *b;
static const char *room;

static void two(void)
{
	room = e2e_printf("%s@%s", e2e_unique("balcony"), e2e_require_feature(MUC));
	e2e_connect_each(&a, &b);
}

static const char *setting(const char *var)
{
	return e2e_form_field(e2e_ask_get(a, room, "<query xmlns='" MUC "#owner'/>"), var);
}

E2E_TEST(joined)
{
	const char *romeo, *juliet;

	two();
	romeo = e2e_join_room(a, room, "romeo");
	e2e_is_str(romeo, e2e_printf("%s/romeo", room));
	e2e_configure_room(a, room);
	juliet = e2e_join_room(b, room, "juliet");
	e2e_is_at(e2e_expect_presence(a, .from = juliet), "x/item@role", "participant", "the others' presence isn't taken");
	e2e_is_at(e2e_expect_presence(b, .from = romeo), "x/item@role", "moderator");
	e2e_tell(b, "<message type='groupchat' to='%s'><body>hi</body></message>", room);
	e2e_expect_message(a, .from = juliet, .body = "^hi$");
}

/* What is left of the first stay is no answer to the second wish. */
E2E_TEST(joined_again)
{
	const char *there;

	two();
	e2e_join_room(a, room, "romeo");
	e2e_configure_room(a, room);
	there = e2e_join_room(b, room, "juliet");
	e2e_presence(b, there, "unavailable", NULL);
	e2e_expect_presence(a, .from = there, .type = "unavailable");
	e2e_is_str(e2e_join_room(b, room, "juliet"), there);
	e2e_expect_presence(b, .from = there, .type = "unavailable");
	e2e_expect_presence(a, .from = there, .type = "available");
	e2e_expect_presence(a, .from = there, .type = "available");
}

E2E_TEST(room_configured)
{
	two();
	e2e_join_room(a, room, "romeo");
	e2e_configure_room(a, room, "muc#roomconfig_roomname=Balcony & more", "muc#roomconfig_membersonly=1");
	e2e_is_str(setting("muc#roomconfig_roomname"), "Balcony & more");
	e2e_like(setting("muc#roomconfig_membersonly"), "^(1|true)$");
}

E2E_TEST(node_configured)
{
	const char *service = e2e_require_feature(PUBSUB "#create-nodes"), *node = e2e_unique("node");
	e2e_stanza *form;

	two();
	e2e_ask_set(a, service, "<pubsub xmlns='" PUBSUB "'><create node='%s'/></pubsub>", node);
	e2e_configure_node(a, service, node, "pubsub#title=News & more", "pubsub#deliver_payloads=0");
	form = e2e_ask_get(a, service, "<pubsub xmlns='" PUBSUB "#owner'><configure node='%s'/></pubsub>", node);
	e2e_is_str(e2e_form_field(form, "pubsub#title"), "News & more");
	e2e_like(e2e_form_field(form, "pubsub#deliver_payloads"), "^(0|false)$");
	e2e_ask_set(a, service, "<pubsub xmlns='" PUBSUB "#owner'><delete node='%s'/></pubsub>", node);
}

E2E_TEST(own_node_configured)
{
	e2e_require_pep();
	two();
	e2e_publish(a, NULL, "urn:x", NULL, "<x xmlns='urn:x'/>");
	e2e_configure_node(a, NULL, "urn:x", "pubsub#access_model=whitelist");
	e2e_is_str(e2e_form_field(e2e_ask_get(a, NULL, "<pubsub xmlns='" PUBSUB "#owner'><configure node='urn:x'/></pubsub>"),
				  "pubsub#access_model"),
		   "whitelist");
}

static void nick_is_taken(void)
{
	e2e_join_room(a, room, "romeo");
	e2e_configure_room(a, room);
	e2e_join_room(b, room, "romeo");
}

static void members_only(void)
{
	e2e_join_room(a, room, "romeo");
	e2e_configure_room(a, room, "muc#roomconfig_membersonly=1");
	e2e_join_room(b, room, "juliet");
}

static void banned(void)
{
	e2e_join_room(a, room, "romeo");
	e2e_configure_room(a, room);
	e2e_ask_set(a, room, "<query xmlns='" MUC "#admin'><item jid='%s' affiliation='outcast'/></query>", b->account.jid);
	e2e_join_room(b, room, "juliet");
}

static void no_room_there(void)
{
	e2e_xmpp_timeout(0.2);
	e2e_join_room(a, b->jid, "romeo");
}

static void not_connected(void)
{
	e2e_disconnect(a);
	e2e_join_room(a, room, "romeo");
}

static void no_address(void)
{
	e2e_join_room(a, NULL, "romeo");
}

static void no_nick(void)
{
	e2e_join_room(a, room, "");
}

static void not_the_owner(void)
{
	e2e_join_room(a, room, "romeo");
	e2e_configure_room(a, room);
	e2e_join_room(b, room, "juliet");
	e2e_configure_room(b, room, "muc#roomconfig_membersonly=1");
}

static void no_room_to_configure(void)
{
	e2e_configure_room(a, NULL, "x=y");
}

static void no_field_of_a_room(void)
{
	e2e_configure_room(a, room, "=1");
}

static void no_such_node(void)
{
	e2e_configure_node(a, NULL, "urn:not-there", "pubsub#max_items=1");
}

static void no_node(void)
{
	e2e_configure_node(a, NULL, NULL, "pubsub#max_items=1");
}

static const struct {
	const char *name;
	void (*run)(void);
	const char *says;
} failures[] = {
	{"conflict", nick_is_taken,
	 "e2e_join_room\n.*\n +message: .client-2 wanted to join as balcony[^ ]+/romeo, and was refused with the error conflict.\n"
	 "(.*\n)* +got: <presence.*<conflict.*\n +want: the own presence with the status 110, or an error\n +code: stanza-error\n"
	 " +hint: .somebody has this nick.\n"},
	{"members only", members_only, "refused with the error registration-required.\n(.*\n)* +hint: .the room is for members only.\n"},
	{"banned", banned, "refused with the error forbidden.\n(.*\n)* +hint: .the room has banned this account.\n"},
	{"no room there", no_room_there, "e2e_join_room\n(.*\n)* +want: the own presence with the status 110, or an error\n +code: timeout\n"},
	{"not connected", not_connected, "e2e_join_room\n.*\n +message: .client-1 isn't connected, so it can't join a room"},
	{"no address", no_address, "e2e_join_room\n.*\n +message: .the room is NULL.\n.*\n +code: usage\n"},
	{"no nick", no_nick, "e2e_join_room\n.*\n +message: .the nick is empty.\n.*\n +code: usage\n"},
	{"not the owner", not_the_owner, "e2e_configure_room\n.*\n +message: .*the error forbidden.\n(.*\n)* +code: stanza-error\n"},
	{"no room to configure", no_room_to_configure, "e2e_configure_room\n.*\n +message: .the room is NULL.\n.*\n +code: usage\n"},
	{"no field", no_field_of_a_room, "e2e_configure_room\n.*\n +message: .*=1.* isn't .*var=value.*\n.*\n +code: usage\n"},
	{"no such node", no_such_node, "e2e_configure_node\n.*\n +message: .*the error item-not-found.\n(.*\n)* +code: stanza-error\n"},
	{"no node", no_node, "e2e_configure_node\n.*\n +message: .the node is NULL.\n.*\n +code: usage\n"},
};

E2E_TEST(inner_failure)
{
	if (!getenv("INNER_NUMBER")) {
		e2e_pass("another case runs it");
		return;
	}
	two();
	failures[atoi(getenv("INNER_NUMBER"))].run();
	e2e_pass("not reached");
}

E2E_TEST(failures_are_told)
{
	const char *server = strcmp(e2e_server_name(), "ejabberd") ? "prosody" : "ejabberd";

	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
		e2e_subtest("%s", failures[i].name) {
			e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("INNER_NUMBER=%zu", i))},
						    "/proc/self/exe", "--server", server, "-k", "^inner_failure$");

			e2e_is_int(r.status, 1);
			e2e_like(r.out, failures[i].says);
			e2e_unlike(r.out, "not reached");
		}
}

E2E_MAIN()
