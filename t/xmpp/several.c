/* e2e: libstrophe openssl libsodium */
/* Several stanzas at once, answers, contacts, providers without a skip: on whatever server --server names. */
#include "e2e_xmpp.h"

static e2e_client *a, *b;

E2E_SETUP()
{
	e2e_client *both[2];

	e2e_clients_connected(2, both);
	a = both[0];
	b = both[1];
}

static void say(const char *body)
{
	e2e_message(a, b->jid, body);
}

E2E_TEST(all_in_any_order)
{
	e2e_stanza *const *all;

	say("two");
	say("one");
	e2e_presence(a, b->jid, NULL, "dnd");
	all = e2e_expect_all(
	    b, 3,
	    ((e2e_match[]){{.kind = E2E_PRESENCE, .from = a->jid}, {.body = "^one$"}, {.kind = E2E_MESSAGE}}));
	e2e_is_str(e2e_get(all[0], "show"), "dnd");
	e2e_is_str(e2e_body(all[1]), "one");
	e2e_is_str(e2e_body(all[2]), "two");
	e2e_is_ptr(all[3], NULL);
	e2e_is_uint(e2e_stanzas_left(b), 0);
}

/* The first match fits all; the others fit less and less: each gets one nevertheless. */
E2E_TEST(general_ones_leave_the_rest)
{
	e2e_match match[3] = {{.kind = E2E_MESSAGE}, {.body = "^[12]$"}, {.body = "^1$"}};
	e2e_stanza *const *all;

	say("1");
	say("2");
	say("3");
	say("4");
	all = e2e_expect_all(b, 3, match);
	e2e_is_str(e2e_body(all[2]), "1");
	e2e_is_str(e2e_body(all[1]), "2");
	e2e_is_str(e2e_body(all[0]), "3");
	e2e_is_str(e2e_body(e2e_expect_stanza(b, E2E_MESSAGE)), "4");
	e2e_expect_all(b, 0, match);
}

/* A request that is taken with others is the test's to answer. */
E2E_TEST(requests_among_them)
{
	e2e_stanza *const *all;

	say("hello");
	e2e_send_stanza(a, e2e_xml(a, "<iq type='get' id='r' to='%s'><q xmlns='urn:q'/></iq>", b->jid));
	all = e2e_expect_all(b, 2, ((e2e_match[]){{.kind = E2E_IQ}, {.kind = E2E_MESSAGE}}));
	e2e_pump(0.4);
	e2e_answer(b, all[0], NULL);
	e2e_expect_stanza(a, E2E_IQ, .id = "r", .type = "result");
	e2e_no_stanza(a, 0.01);
}

E2E_TEST(dropped)
{
	say("1");
	say("2");
	e2e_send_stanza(a, e2e_xml(a, "<iq type='get' id='r' to='%s'><q xmlns='urn:q'/></iq>", b->jid));
	e2e_drop_stanzas(a); /* the server has taken them */
	e2e_eventually(30, e2e_stanzas_left(b) == 3);
	e2e_is_uint(e2e_drop_stanzas(b), 3);
	e2e_is_uint(e2e_stanzas_left(b), 0);
	e2e_expect_stanza(a, E2E_IQ, .id = "r", .condition = "service-unavailable");
	e2e_is_uint(e2e_drop_stanzas(b), 0);
	e2e_no_stanza(b, 0.01);
	e2e_disconnect(b);
	e2e_is_uint(e2e_drop_stanzas(b), 0, "without a connection, too");
}

E2E_TEST(answers)
{
	e2e_stanza *request;

	e2e_send_stanza(a, e2e_xml(a, "<iq type='get' id='1' to='%s'><q xmlns='urn:q'/></iq>", b->jid));
	request = e2e_expect_stanza(b, E2E_IQ, .child_ns = "urn:q");
	e2e_answer(b, request, e2e_xml(b, "<q xmlns='urn:q'><item>1</item></q>"));
	e2e_is_str(e2e_get(e2e_expect_stanza(a, E2E_IQ, .id = "1", .type = "result", .from = b->jid), "q/item"), "1");
	e2e_send_stanza(a, e2e_xml(a, "<iq type='set' id='2' to='%s'><q xmlns='urn:q'/></iq>", b->jid));
	e2e_refuse(b, e2e_expect_stanza(b, E2E_IQ, .id = "2"), "modify", "not-acceptable");
	request = e2e_expect_stanza(a, E2E_IQ, .id = "2", .condition = "not-acceptable");
	e2e_is_str(e2e_get(request, "error@type"), "modify");
	say("a message may be refused, too");
	e2e_refuse(b, e2e_expect_stanza(b, E2E_MESSAGE), "cancel", "gone");
	e2e_expect_stanza(a, E2E_MESSAGE, .condition = "gone", .from = b->jid);
	e2e_no_stanza(a, 0.3);
}

/* A request is known by itself, not by its id, which others may use again; and each client answers for itself. */
E2E_TEST(answers_of_one_id)
{
	e2e_stanza *request;

	for (int i = 0; i < 2; i++) {
		e2e_send_stanza(a, e2e_xml(a, "<iq type='get' id='1' to='%s'><q xmlns='urn:q'/></iq>", b->jid));
		request = e2e_expect_stanza(b, E2E_IQ, .id = "1");
		e2e_answer(b, request, NULL);
		e2e_expect_stanza(a, E2E_IQ, .id = "1", .type = "result", .from = b->jid);
	}
	e2e_answer(a, request, NULL);
	e2e_pass("three answers were sent");
}

/* What the own account sends has no sender. */
E2E_TEST(pushes_are_answered)
{
	e2e_stanza *push;
	const char *said;

	for (int i = 0; i < 3; i++) {
		e2e_ask(a, "<iq type='get'><query xmlns='jabber:iq:roster'/></iq>");
		e2e_ask(a,
			"<iq type='set'><query xmlns='jabber:iq:roster'><item jid='x%d@example.test'/></query></iq>", i);
		if (i == 2)
			continue;
		push = e2e_expect_stanza(a, E2E_IQ, .type = "set", .child_ns = "jabber:iq:roster");
		if (i == 0)
			e2e_answer(a, push, NULL);
		else
			e2e_refuse(a, push, "cancel", "not-acceptable");
	}

	e2e_ask(a, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>");
	e2e_pump(0.4);
	said = e2e__file_read(e2e_printf("%s/xmpp.log", e2e_tmpdir()), NULL);
	e2e_like(said, "> <iq [^\n]*type=\"result\"");
	e2e_like(said, "> <iq [^\n]*type=\"error\".*> <iq [^\n]*type=\"error\"", "the last one by itself");
}

static int command(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	e2e_client *c = (e2e_client *)arg;

	(void)conn;
	if (e2e_get(stanza, "q[node=known]"))
		e2e_answer(c, stanza, e2e_xml(c, "<q xmlns='urn:q'>well</q>"));
	else
		e2e_refuse(c, stanza, "cancel", "item-not-found");
	return 1;
}

E2E_TEST(answers_in_a_handler)
{
	xmpp_handler_add(b->conn, command, "urn:q", "iq", "get", b);
	e2e_is_str(e2e_get(e2e_iq(a, e2e_xml(a, "<iq type='get' to='%s'><q xmlns='urn:q' node='known'/></iq>",
					     b->jid)),
			   "q"),
		   "well");
	e2e_is_str(e2e_stanza_error(e2e_iq(
		       a, e2e_xml(a, "<iq type='get' to='%s'><q xmlns='urn:q' node='no'/></iq>", b->jid))),
		   "item-not-found");
	e2e_no_stanza(a, 0.3);
}

E2E_TEST(contacts)
{
	e2e_befriend(a, b);
	e2e_no_stanza(a, 0.1);
	e2e_no_stanza(b, 0.1);
	e2e_is_str(e2e_get(e2e_iq(a, e2e_xml(a, "<iq type='get'><query xmlns='jabber:iq:roster'/></iq>")),
			   e2e_printf("query/item[jid=%s]@subscription", b->account.jid)),
		   "both");
	e2e_presence(a, NULL, NULL, "dnd");
	e2e_expect_stanza(b, E2E_PRESENCE, .from = a->jid, .path = "show", .matches = "^dnd$");
	e2e_presence(b, NULL, NULL, "xa");
	e2e_expect_stanza(a, E2E_PRESENCE, .from = b->jid, .path = "show", .matches = "^xa$");
}

/* Clients that have asked for their roster get pushes of it besides. */
E2E_TEST(contacts_with_rosters)
{
	e2e_iq(a, e2e_xml(a, "<iq type='get'><query xmlns='jabber:iq:roster'/></iq>"));
	e2e_iq(b, e2e_xml(b, "<iq type='get'><query xmlns='jabber:iq:roster'/></iq>"));
	e2e_befriend(a, b);
	e2e_no_stanza(a, 0.1);
	e2e_no_stanza(b, 0.1);
	e2e_is_uint(e2e_stanzas_left(a), 0);
	e2e_is_uint(e2e_stanzas_left(b), 0);
}

E2E_TEST(providers_without_a_skip)
{
	const char *muc = e2e_feature_provider("http://jabber.org/protocol/muc");
	e2e_disco_result found;

	e2e_like(muc, "^conference");
	e2e_is_str(muc, e2e_require_feature("http://jabber.org/protocol/muc"));
	e2e_is_str(e2e_feature_provider("urn:example:nobody-has-this"), NULL);
	e2e_must(e2e_ok(e2e_disco(a, muc, false, &found)));
	e2e_ok(e2e_entity_is(found.entity, "conference", "text"));
	e2e_ok(e2e_entity_is(found.entity, "conference", NULL));
	e2e_ok(e2e_entity_is(found.entity, NULL, NULL));
	e2e_ok(!e2e_entity_is(found.entity, "conference", "irc"));
	e2e_ok(!e2e_entity_is(found.entity, "server", NULL));
	e2e_ok(!e2e_disco(a, "nobody.localhost", false, &found));
	e2e_ok(!e2e_entity_is(found.entity, NULL, NULL), "nobody is nothing");
	e2e_ok(!e2e_entity_has(found.entity, "urn:xmpp:ping"));
}

/* What is left open by bytes that a test sends as they are. */
E2E_TEST(open_elements)
{
	static const char *const rows[][2] = {
		{"", NULL},
		{" text &amp; > ", NULL},
		{"<a/>", NULL},
		{"<a></a>", NULL},
		{"<a>", "a"},
		{"<a><b></b>", "a"},
		{"<a><b></b></a >", NULL},
		{"<a><b/><c x='1'/><d", "a"},
		{"<a/><b><c></c></b><d y=\"1\">", "d"},
		{"<a x='>", "a"},
		{"<a x='/>'>", "a"},
		{"<a x=\"/\">", "a"},
		{"<a x='\"'/>", NULL},
		{"<a x='1'", "a"},
		{"<mess", "mess"},
		{"<", NULL},
		{"<a></a", "a"},
		{"</stream:stream>", NULL},
		{"<?xml version='1.0'?><stream:stream to='x'>", NULL},
		{"<stream:stream><a>", "a"},
		{"<a><![CDATA[<b>]]></a>", NULL},
		{"<a><![CDATA[]><b>]]]></a>", NULL},
		{"<a><![CDATA[</a>", "a"},
		{"<a><!-- </a> -->", NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct e2e__xmpp_open o = {0};

		for (const char *p = rows[i][0]; *p; p++)
			e2e__open_bytes(&o, e2e_printf("%c", *p), __FILE__, __LINE__);
		e2e_is_str(e2e__open_element(&o), rows[i][1], "%s", rows[i][0]);
	}
}

static void asked_behind_an_open_element(void)
{
	e2e_send_raw(a, "<message to='nobody@localhost'>");
	e2e_send_raw(a, "<body>half");
	e2e_xmpp_timeout(0.3);
	e2e_ask(a, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>");
}
static void expected_behind_an_open_tag(void)
{
	e2e_send_raw(a, e2e_printf("<message to='%s' from='", b->jid));
	e2e_expect_stanza(b, E2E_MESSAGE, .body = "^never", .within = 0.3);
}
static void expected_behind_a_closed_one(void)
{
	e2e_send_raw(a, "<presence>");
	e2e_send_raw(a, "</presence>");
	e2e_expect_stanza(b, E2E_MESSAGE, .body = "^never", .within = 0.3);
}
static void one_is_missing(void)
{
	e2e_expect_all(b, 2, ((e2e_match[]){{.kind = E2E_MESSAGE}, {.body = "^never$", .within = 0.5}}));
}
static void one_is_missing_by_one(void)
{
	say("other");
	e2e_must(e2e_eventually(30, e2e_stanzas_left(b) == 2));
	e2e_expect_all(b, 2, ((e2e_match[]){{.body = "^hello$", .within = 0.1}, {.body = "^never$"}}));
}
static void one_condition_is_missed(void)
{
	e2e_expect_all(b, 2, ((e2e_match[]){{.kind = E2E_PRESENCE, .within = 0.2}, {.from = a->jid, .body = "^never$"}}));
}
static void another_took_it(void)
{
	e2e_expect_all(b, 2, ((e2e_match[]){{.kind = E2E_MESSAGE, .within = 0.2}, {.body = "^never$"}}));
}
static void another_has_it(void)
{
	e2e_message(b, a->jid, "for the other");
	e2e_must(e2e_eventually(30, e2e_stanzas_left(a) == 1));
	e2e_expect_all(b, 1, ((e2e_match[]){{.body = "^for the other$", .within = 0.1}}));
}
static void bad_one_of_them(void)
{
	e2e_expect_all(b, 1, ((e2e_match[]){{.kind = 9}}));
}
static void connection_is_gone(void)
{
	e2e_disconnect(b);
	e2e_expect_all(b, 1, ((e2e_match[]){{.kind = E2E_IQ}}));
}
static void no_request(void)
{
	e2e_answer(b, e2e_xml(b, "<message/>"), NULL);
}
static void nothing_to_answer(void)
{
	e2e_answer(b, NULL, NULL);
}
static void error_of_an_error(void)
{
	e2e_refuse(b, e2e_xml(b, "<iq type='error' id='1'/>"), "cancel", "gone");
}
static void no_error_type(void)
{
	e2e_refuse(b, e2e_xml(b, "<iq type='get' id='1'/>"), "later", "gone");
}
static e2e_stanza *request(void)
{
	e2e_send_stanza(a, e2e_xml(a, "<iq type='get' id='r' to='%s'><q xmlns='urn:q'/></iq>", b->jid));
	return e2e_expect_stanza(b, E2E_IQ, .child_ns = "urn:q");
}
static void answered_twice(void)
{
	e2e_stanza *asked = request();

	e2e_answer(b, asked, NULL);
	e2e_answer(b, asked, NULL);
}
static void answered_what_was_refused(void)
{
	e2e_stanza *asked = request();

	e2e_refuse(b, asked, "cancel", "gone");
	e2e_answer(b, asked, NULL);
}
static void refused_what_each_answers(void)
{
	e2e_answer_each(b, "q", NULL);
	e2e_refuse(b, request(), "cancel", "gone");
}
static void refused_a_message_twice(void)
{
	e2e_stanza *message = e2e_expect_stanza(b, E2E_MESSAGE);

	e2e_refuse(b, message, "cancel", "gone");
	e2e_refuse(b, message, "cancel", "gone");
}
static void resumed_without_asking(void)
{
	e2e_cut(b);
	e2e_must(e2e_ok(e2e_reconnect(b)));
}
static void resumed_when_closed(void)
{
	e2e_client *c = e2e_client_connect((e2e_client_opts){.resumable = true});

	e2e_disconnect(c);
	e2e_must(e2e_ok(e2e_reconnect(c)));
}
static void resumed_when_connected(void)
{
	e2e_must(e2e_ok(e2e_reconnect(e2e_client_connect((e2e_client_opts){.resumable = true}))));
}
static void resumed_a_raw_client(void)
{
	e2e_must(e2e_ok(e2e_reconnect(e2e_client_connect((e2e_client_opts){.until = E2E_BEFORE_AUTH}))));
}
static void own_contact(void)
{
	e2e_befriend(a, a);
}
static void contacts_already(void)
{
	e2e_befriend(a, b);
	e2e_xmpp_timeout(1);
	e2e_befriend(a, b);
}
static void contact_is_gone(void)
{
	e2e_disconnect(b);
	e2e_befriend(a, b);
}
static void contact_is_unavailable(void)
{
	e2e_client *hidden = e2e_client_connect((e2e_client_opts){.presence = "none"});

	e2e_xmpp_timeout(1);
	e2e_befriend(hidden, b);
}
static void closed_before(void)
{
	e2e_disconnect(b);
	e2e_expect_stanza(b, E2E_MESSAGE, .body = "^never$");
}
static void another_of_two(void)
{
	e2e_message(a, b->jid, "and another");
	e2e_must(e2e_eventually(30, e2e_stanzas_left(b) == 2));
	e2e_expect_stanza(b, E2E_MESSAGE, .body = "^never$", .within = 0.1);
}
static void asked_when_gone(void)
{
	e2e_disconnect(b);
	e2e_ask_error(b, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>");
}
static e2e_entity muc(void)
{
	e2e_disco_result found;

	e2e_must(e2e_ok(e2e_disco(a, e2e_require_feature("http://jabber.org/protocol/muc"), false, &found)));
	return found.entity[0];
}
static void no_such_identity(void)
{
	e2e_entity entity = muc();

	e2e_must(e2e_ok(e2e_entity_is(&entity, "conference", "txt")));
}
static void no_such_feature(void)
{
	e2e_entity entity = muc();

	e2e_must(e2e_ok(e2e_entity_has(&entity, "http://jabber.org/protocol/mucc")));
}
static void nobody_offers(void)
{
	e2e_must(e2e_isnt_str(e2e_feature_provider("http://jabber.org/protocol/mucc"), NULL));
}
static void provider_of_nothing(void)
{
	e2e_feature_provider(NULL);
}
static void nobody_is_there(void)
{
	e2e_disco_result found;

	e2e_must(e2e_ok(e2e_disco(a, "nobody.localhost", false, &found)));
}
static void no_condition(void)
{
	e2e_refuse(b, e2e_xml(b, "<iq type='get' id='1'/>"), "cancel", "item-not-fund");
}
static void no_server(void)
{
	e2e_client_at(NULL);
}
static void resource_of_no_xml(void)
{
	e2e_client_connect((e2e_client_opts){.resource = "a\001b"});
}
static const struct misuse {
	void (*run)(void);
	const char *says;
} misuses[] = {
    {asked_behind_an_open_element, "no reply from the server .*hint: .client-1 has <message> open, since e2e_send_raw at t/xmpp/several.c:[0-9]+: "
				   "the server waits for its end, and takes all else as a part of it"},
    {expected_behind_an_open_tag, "client-2 got no such stanza .*hint: .client-1 has <message> open"},
    {expected_behind_a_closed_one, "client-2 got no such stanza .*hint: .but for .body this one fits"},
    {one_is_missing, "client-[0-9]+ got 1 of 2 stanzas within .*the rest is missing"},
    {one_is_missing_by_one, "want: any[^\n]*\n *code: timeout\n *hint: .but for .body this one fits: <message [^\n]*other"},
    {one_is_missing, "want: any stanza with a body like /\\^never\\$/"},
    {one_condition_is_missed, "got 0 of 2 stanzas .*hint: .any stanza from [^ ]* with a body like /\\^never\\$/: "
			      "but for .body this one fits: <message [^\n]*hello"},
    {another_took_it, "got 1 of 2 stanzas .*code: timeout\n *\\.\\.\\.\n"},
    {another_has_it, "hint: .*client-[0-9]+ \\([^ ]+\\) got one that fits: .*for the other"},
    {bad_one_of_them, "the kind 9 is none of"},
    {connection_is_gone, "had got 0 of 1 stanzas when it lost its connection: the test has closed its connection"},
    {no_request, "e2e_answer answers <iq/> of type get or set"},
    {nothing_to_answer, "e2e_answer answers <iq/> of type get or set"},
    {error_of_an_error, "e2e_refuse answers no errors"},
    {no_error_type, "the error type .*later.* is none of auth, cancel, continue, modify, wait"},
    {answered_twice, "e2e_answer\n[^.]*message: \"client-2 has answered this already, by a result, at t/xmpp/several.c:[0-9]+\""},
    {answered_twice, "got: .*<q xmlns=.*\n  hint: .*a request has one answer .*e2e_send_stanza"},
    {answered_what_was_refused, "e2e_answer\n[^.]*already, by the error gone, at"},
    {refused_what_each_answers, "e2e_refuse\n[^.]*already, by a result, at"},
    {refused_a_message_twice, "e2e_refuse\n[^.]*already, by the error gone, at"},
    {resumed_without_asking, "hint: \"?e2e_reconnect: client-2 isn't resumed: it was connected without .resumable = true"},
    {resumed_when_closed, "hint: .*client-3 isn't resumed: its stream was closed, which ends the session; e2e_cut"},
    {resumed_when_connected, "hint: .*client-3 isn't resumed: e2e_reconnect closed its stream first"},
    {resumed_a_raw_client, "hint: .*client-3 isn't resumed: a raw client begins anew each time"},
    {own_contact, "nobody is a contact of themselves"},
    {contacts_already, "not ok [0-9]+ - e2e_befriend"},
    {contacts_already, "hint: .*both clients must be available, and no contacts yet"},
    {contact_is_gone,
     "client-[0-9]+ isn't connected, so it can't become a contact: the test has closed its connection"},
    {contact_is_unavailable, "hint: .*both clients must be available, and no contacts yet"},
    {closed_before, "nothing comes to client-[0-9]+: the test has closed its connection"},
    {another_of_two, "got: \\|\n[^\n]*hello[^\n]*\n[^\n]*and another[^\n]*\n *want: a message with a body like"},
    {asked_when_gone, "not ok [0-9]+ - e2e_ask_error"},
    {no_such_identity, "hint: .*conference[^ ]* is no conference/txt; did you mean conference/text\\?"},
    {no_such_feature, "hint: .*conference[^ ]* has no [^ ]*mucc; did you mean http://jabber.org/protocol/muc\\?"},
    {nobody_offers, "hint: .*nobody offers [^ ]*mucc; asked: localhost .*; did you mean http://jabber.org/protocol/muc\\?"},
    {provider_of_nothing, "e2e_feature_provider\n[^.]*message: \"?the feature is NULL"},
    {nobody_is_there, "hint: .*e2e_disco: nobody.localhost answered with [a-z-]+"},
    {no_condition, "condition .*item-not-fund.* is none of .*did you mean item-not-found"},
    {no_server, "there's no server: it is NULL"},
    {resource_of_no_xml, "the resource .*can't be sent: byte 1 is 0x01, a control character"},
};

E2E_TEST_EACH(inner_misuse, misuses)
{
	const struct misuse *m = e2e_row(struct misuse);

	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	say("hello");
	e2e_must(e2e_eventually(30, e2e_stanzas_left(b) == 1));
	m->run();
	e2e_pass("not reached");
}

/* What is printed of a case, its number from 1 on. */
static const char *part(const char *out, size_t number)
{
	const char *begin = number > 1 ? strstr(out, e2e_printf("\nnot ok %zu - ", number - 1)) : out;
	const char *end = strstr(out, e2e_printf("\nnot ok %zu - ", number));

	return begin && end ? e2e_printf("%.*s", (int)(end - begin), begin) : "";
}

E2E_TEST(misuse_is_told)
{
	e2e_result r =
	    e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1")}, "/proc/self/exe", "-k", "^inner_misuse");

	e2e_is_int(r.status, 1);
	for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++)
		e2e_like(part(r.out, i + 1), misuses[i].says, "%zu", i);
	e2e_unlike(r.out, "not reached");
}

E2E_MAIN()
