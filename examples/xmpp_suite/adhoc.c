/* e2e: libstrophe openssl libsodium */
/* Ad-hoc commands (XEP-0050): those of the server, and those of a client that offers one. */
#include "suite.h"

#define COMMANDS "http://jabber.org/protocol/commands"

static e2e_client *user, *offers;

/* The one who offers "simple" answers so to whoever asks. */
E2E_SETUP()
{
	e2e_connect_each(&user, &offers);
	e2e_answer_each(offers, "query{" DISCO_ITEMS "}",
		e2e_xml(offers,
			"<query xmlns='" DISCO_ITEMS "' node='" COMMANDS "'>"
			"<item jid='%s' node='simple' name='Simple command'/></query>",
			offers->jid));
	e2e_answer_each(offers, "query{" DISCO_INFO "}[node=simple]",
		e2e_xml(offers,
			"<query xmlns='" DISCO_INFO "' node='simple'>"
			"<identity category='automation' type='command-node' xml:lang='en' name='Simple command'/>"
			"<identity category='automation' type='command-node' xml:lang='de' name='Einfacher Befehl'/>"
			"<feature var='" COMMANDS "'/><feature var='foo'/></query>"));
	e2e_answer_each(offers, "query{" DISCO_INFO "}",
		e2e_xml(offers,
			"<query xmlns='" DISCO_INFO "'><feature var='" COMMANDS "'/></query>"));
	e2e_answer_each(offers, "command[node=simple]",
		e2e_xml(offers,
			"<command xmlns='" COMMANDS "' node='simple' sessionid='1' status='completed'>"
			"<note type='info'>some info!</note></command>"));
	e2e_refuse_each(offers, "command", "cancel", "item-not-found");
}

static e2e_stanza *commands_of(const char *jid)
{
	return e2e_ask_get(user, jid, "<query xmlns='" DISCO_ITEMS "' node='" COMMANDS "'/>");
}

/* A command of the server's that takes no questions, by who has it. */
static e2e_stanza *executed(void)
{
	const char *node = e2e_quirk("#no-adhoc-ping") ? "uptime" : "ping";
	const char *const *peers = e2e_require_feature_all(COMMANDS, NULL);

	for (; *peers; peers++)
		if (e2e_count(commands_of(*peers), e2e_printf("query/item[node=%s]", node)))
			return e2e_ask_set(user, *peers,
				"<command xmlns='" COMMANDS "' node='%s' action='execute'/>", node);
	e2e_fail("nobody offers the command %s", node);
	return NULL;
}

E2E_TEST(server_has_some, .spec = "XEP-0050 2.2")
{
	const char *const *peers = e2e_require_feature_all(COMMANDS, NULL);
	size_t n = 0;

	for (; *peers; peers++)
		n += e2e_count(commands_of(*peers), "query/item@node");
	e2e_cmp_int((long long)n, ">", 0);
}

E2E_TEST(done_at_once_with_a_note, .spec = "XEP-0050 2.4, XEP-0050 3.6")
{
	e2e_stanza *done = executed();

	e2e_is_str(e2e_get(done, "command@status"), "completed");
	e2e_like(e2e_get(done, "command/note"), ".");
}

/* Nothing is left to be closed: the next one is another session. */
E2E_TEST(each_time_is_a_session, .spec = "XEP-0050 3.3")
{
	const char *first = e2e_get(executed(), "command@sessionid");

	e2e_like(first, ".");
	e2e_isnt_str(e2e_get(executed(), "command@sessionid"), first);
}

E2E_TEST(client_says_that_it_has_commands, .spec = "XEP-0050 2.1")
{
	e2e_disco_result found;

	e2e_must(e2e_ok(e2e_disco(user, offers->jid, false, &found)));
	e2e_ok(e2e_entity_has(found.entity, COMMANDS));
}

E2E_TEST(client_lists_them, .spec = "XEP-0050 2.2")
{
	e2e_stanza *list = commands_of(offers->jid);

	e2e_is_uint(e2e_count(list, "query/item"), 1);
	e2e_is_str(e2e_get(list, "query/item[node=simple]@name"), "Simple command");
	e2e_is_str(e2e_get(list, "query/item@jid"), offers->jid);
}

E2E_TEST(client_describes_one, .spec = "XEP-0050 2.2")
{
	e2e_stanza *info =
		e2e_ask_get(user, offers->jid, "<query xmlns='" DISCO_INFO "' node='simple'/>");

	e2e_is_str(e2e_get(info, "query/identity[xml:lang=en]@name"), "Simple command");
	e2e_is_str(e2e_get(info, "query/identity[xml:lang=de]@name"), "Einfacher Befehl");
	e2e_is_uint(e2e_count(info, "query/identity[category=automation][type=command-node]"), 2);
	e2e_is_uint(e2e_count(info, "query/feature[var=" COMMANDS "]"), 1);
	e2e_is_uint(e2e_count(info, "query/feature[var=foo]"), 1);
}

E2E_TEST(client_does_it, .spec = "XEP-0050 2.4")
{
	e2e_stanza *done = e2e_ask_set(user, offers->jid,
		"<command xmlns='" COMMANDS "' node='simple' action='execute'/>");

	e2e_is_uint(e2e_count(done, "command/*"), 1, "a note, and nothing to fill in");
	e2e_is_str(e2e_get(done, "command/note[type=info]"), "some info!");
}

E2E_TEST(client_does_no_others, .spec = "XEP-0050 2.4")
{
	e2e_is_str(e2e_ask_error(user,
			   "<iq type='set' to='%s'><command xmlns='" COMMANDS
			   "' node='other' action='execute'/></iq>",
			   offers->jid),
		"item-not-found");
}

E2E_MAIN()
