/* e2e: libstrophe openssl libsodium */
/* aioxmpp's suite of chat rooms (tests/muc/test_e2e.py) and more, with paths, templates and forms. */
#include "e2e_xmpp.h"

#define MUC "http://jabber.org/protocol/muc"

static e2e_client *w[3];
static const char *room, *first, *second, *third;

static void configure(const char *value)
{
	e2e_ask_stanza(w[0], e2e_put(e2e_xml(w[0], "<iq type='set' to='%s'><query xmlns='" MUC "#owner'/></iq>", room),
				     "query", e2e_form_submit(w[0], MUC "#roomconfig", value)));
}

static e2e_stanza *join(e2e_client *c, const char *as)
{
	e2e_tell(c, "<presence to='%s'><x xmlns='" MUC "'/></presence>", as);
	return e2e_expect_stanza(c, E2E_PRESENCE, .from = as, .path = "x/status[code=110]");
}

static e2e_stanza *gone(e2e_client *c, const char *who, const char *status)
{
	return e2e_expect_stanza(c, E2E_PRESENCE, .from = who, .type = "unavailable",
				 .path = e2e_printf("x{" MUC "#user}/status[code=%s]", status));
}

static void admin(e2e_stanza *item)
{
	e2e_ask_stanza(w[0], e2e_put(e2e_xml(w[0], "<iq type='set' to='%s'><query xmlns='" MUC "#admin'/></iq>", room),
				     "query", item));
}

E2E_SETUP()
{
	e2e_skip_with_quirk("#broken-muc");
	room = e2e_printf("%s@%s", e2e_unique("coven"), e2e_require_feature(MUC));
	first = e2e_printf("%s/firstwitch", room);
	second = e2e_printf("%s/secondwitch", room);
	third = e2e_printf("%s/thirdwitch", room);
	e2e_clients_connected(3, w);
	join(w[0], first);
	configure("muc#roomconfig_membersonly=0");
	join(w[1], second);
	e2e_expect_stanza(w[0], E2E_PRESENCE, .from = second);
}

E2E_TEST(join_is_seen, .tags = "XEP-0045")
{
	join(w[2], third);
	e2e_is_str(e2e_get(e2e_expect_stanza(w[0], E2E_PRESENCE, .from = third), "x/item@role"), "participant");
}

E2E_TEST(history)
{
	e2e_tell(w[0], "<message type='groupchat' to='%s'><body>test</body></message>", room);
	e2e_expect_stanza(w[0], E2E_MESSAGE, .body = "^test$");
	join(w[2], third);
	e2e_expect_all(w[2], 2,
		       ((e2e_match[]){{.from = first, .child_ns = "urn:xmpp:delay", .body = "^test$"},
				      {.from = room, .child = "subject"}}));
	e2e_pass("with its subject at the end");
}

E2E_TEST(kick)
{
	admin(e2e_xml(w[0], "<item nick='secondwitch' role='none'><reason>no real witch</reason></item>"));
	for (int i = 0; i < 2; i++)
		e2e_is_str(e2e_get(gone(w[i], second, "307"), "x/item/reason"), "no real witch");
}

E2E_TEST(ban)
{
	admin(e2e_xml(w[0], "<item jid='%s' affiliation='outcast'><reason>Treason!</reason></item>",
		      w[1]->account.jid));
	for (int i = 0; i < 2; i++)
		e2e_is_str(e2e_get(gone(w[i], second, "301"), "x/item/reason"), "Treason!");
}

E2E_TEST(leave)
{
	e2e_presence(w[1], second, "unavailable", NULL);
	e2e_expect_stanza(w[0], E2E_PRESENCE, .from = second, .type = "unavailable");
	gone(w[1], second, "110");
	e2e_pass("seen by both");
}

E2E_TEST(topic)
{
	e2e_tell(w[0], "<message type='groupchat' to='%s'><subject>Brew!</subject></message>", room);
	e2e_expect_stanza(w[1], E2E_MESSAGE, .from = first, .path = "subject", .matches = "^Brew!$");
	e2e_pass("the subject is told");
}

E2E_TEST(tracked_message)
{
	const char *id;

	e2e_skip_with_quirk("#muc-id-rewrite");
	id = e2e_tell(w[0], "<message type='groupchat' to='%s'><body>foo</body></message>", room);
	for (int i = 0; i < 2; i++)
		e2e_is_str(e2e_body(e2e_expect_stanza(w[i], E2E_MESSAGE, .from = first, .id = id)), "foo");
}

E2E_TEST(private_message)
{
	e2e_message(w[1], first, "I'll give thee a wind.");
	e2e_expect_stanza(w[0], E2E_MESSAGE, .type = "chat", .from = second, .body = "a wind");
	e2e_pass("it came as one");
}

E2E_TEST(nick)
{
	e2e_presence(w[0], e2e_printf("%s/oldhag", room), NULL, NULL);
	for (int i = 0; i < 2; i++) {
		e2e_is_str(e2e_get(gone(w[i], first, "303"), "x/item@nick"), "oldhag");
		e2e_expect_stanza(w[i], E2E_PRESENCE, .from = e2e_printf("%s/oldhag", room), .type = "available");
	}
}

E2E_TEST(removed_because_of_an_error)
{
	e2e_skip_with_quirk("#muc-no-333");
	e2e_tell(w[1],
		 "<presence type='error' to='%s'><error type='cancel'><service-unavailable "
		 "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>",
		 second);
	gone(w[0], second, "333");
	e2e_pass("with status 333");
}

E2E_TEST(voice_request)
{
	e2e_disco_result d;
	e2e_stanza *request;

	e2e_must(e2e_ok(e2e_disco(w[0], room, false, &d)));
	e2e_skip_if(!e2e_entity_has(d.entity, MUC "#request"), "the room knows no requests for voice");
	configure("muc#roomconfig_moderatedroom=1");
	admin(e2e_xml(w[0], "<item nick='secondwitch' role='visitor'/>"));
	e2e_expect_stanza(w[1], E2E_PRESENCE, .path = "x/item[role=visitor]");
	e2e_send_stanza(w[1], e2e_put(e2e_xml(w[1], "<message to='%s'/>", room), "",
				      e2e_form_submit(w[1], MUC "#request", "muc#role=participant")));
	request = e2e_expect_stanza(w[0], E2E_MESSAGE, .from = room, .child_ns = "jabber:x:data");
	e2e_isnt_str(e2e_form_field(request, "muc#request_allow"), NULL);
	e2e_send_stanza(w[0],
			e2e_put(e2e_xml(w[0], "<message to='%s'/>", room), "",
				e2e_form_submit(w[0], MUC "#request", "muc#role=participant",
						e2e_printf("muc#jid=%s", w[1]->jid), "muc#roomnick=secondwitch",
						"muc#request_allow=true")));
	e2e_expect_stanza(w[1], E2E_PRESENCE, .from = second, .path = "x/item[role=participant]");
}

E2E_TEST(direct_invitation)
{
	e2e_tell(w[0], "<message to='%s'><x xmlns='jabber:x:conference' jid='%s' reason='come'/></message>", w[2]->jid, room);
	e2e_is_stanza(e2e_expect_stanza(w[2], E2E_MESSAGE),
		      "<message from='*' to='*' id='*'><x xmlns='jabber:x:conference' jid='coven*' reason='come'/>"
		      "</message>");
}

E2E_TEST(mediated_invitation)
{
	e2e_tell(w[0], "<message to='%s'><x xmlns='" MUC "#user'><invite to='%s'><reason>come</reason></invite></x></message>",
		 room, w[2]->account.jid);
	e2e_expect_stanza(w[2], E2E_MESSAGE, .from = room, .path = "x{" MUC "#user}/invite/reason",
			  .matches = "^come$");
	e2e_pass("the room passes it on");
}

E2E_TEST(self_ping)
{
	e2e_ask_get(w[1], second, "<ping xmlns='urn:xmpp:ping'/>");
	e2e_pass("it pinged itself");
}

E2E_TEST(affiliations)
{
	admin(e2e_xml(w[0], "<item jid='%s' affiliation='member'/>", w[2]->account.jid));
	e2e_is_str(e2e_get(e2e_ask_get(w[0], room, "<query xmlns='" MUC "#admin'><item affiliation='member'/></query>"),
			   "query/item@jid"),
		   w[2]->account.jid);
}

E2E_TEST(room_form)
{
	e2e_stanza *form = e2e_ask_get(w[0], room, "<query xmlns='" MUC "#owner'/>");

	e2e_like(e2e_form_field(form, "muc#roomconfig_membersonly"), "^(0|false)?$", "Prosody leaves out the value");
}

E2E_MAIN()
