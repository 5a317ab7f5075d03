/* e2e: libstrophe openssl libsodium */
/* Requests, messages, expectations, automatic errors, reconnecting: on whatever server the config or --server names. */
#include "e2e_xmpp.h"

static e2e_client *a, *b;

E2E_SETUP()
{
	e2e_client *both[2];

	e2e_clients_connected(2, both);
	a = both[0];
	b = both[1];
}

E2E_TEST(iq_gets_its_result)
{
	e2e_stanza *reply = e2e_iq(a, e2e_xml(a, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"));

	e2e_is_str(xmpp_stanza_get_type(reply), "result");
	e2e_is_str(e2e_stanza_error(reply), NULL);
}

E2E_TEST(iq_built_with_libstrophe)
{
	xmpp_stanza_t *iq = xmpp_iq_new(a->ctx, "get", "mine-1"), *query = xmpp_stanza_new(a->ctx);
	e2e_stanza *reply;

	xmpp_stanza_set_name(query, "query");
	xmpp_stanza_set_ns(query, "jabber:iq:roster");
	xmpp_stanza_add_child(iq, query);
	xmpp_stanza_release(query);
	reply = e2e_iq(a, iq);
	xmpp_stanza_release(iq);
	e2e_is_str(xmpp_stanza_get_id(reply), "mine-1");
	e2e_ok(xmpp_stanza_get_child_by_ns(reply, "jabber:iq:roster") != NULL);
}

E2E_TEST(iq_error_is_a_reply)
{
	e2e_stanza *reply =
	    e2e_iq(a, e2e_xml(a, "<iq type='get'><query xmlns='urn:example:nobody-knows-this'/></iq>"));

	e2e_is_str(xmpp_stanza_get_type(reply), "error");
	e2e_like(e2e_stanza_error(reply), "^(service-unavailable|feature-not-implemented)$");
}

/* b has no handler: it must refuse while a waits. */
E2E_TEST(unhandled_request_is_refused_at_once)
{
	e2e_stanza *reply =
	    e2e_iq(a, e2e_xml(a, "<iq type='get' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", b->jid));

	e2e_is_str(e2e_stanza_error(reply), "service-unavailable");
	e2e_is_str(xmpp_stanza_get_from(reply), b->jid);
}

E2E_TEST(unhandled_request_is_refused_later)
{
	e2e_send_stanza(a, e2e_xml(a, "<iq type='set' id='x1' to='%s'><do xmlns='urn:example:do'/></iq>", b->jid));
	e2e_expect_stanza(a, E2E_IQ, .id = "x1", .type = "error", .condition = "service-unavailable");
	e2e_pass("it came");
}

E2E_TEST(who_takes_a_request_answers_it)
{
	e2e_stanza *request, *reply;

	e2e_send_stanza(a, e2e_xml(a, "<iq type='get' id='x2' to='%s'><ask xmlns='urn:example:ask'/></iq>", b->jid));
	request = e2e_expect_stanza(b, E2E_IQ, .child_ns = "urn:example:ask");
	e2e_pump(0.4); /* longer than it takes to refuse */
	reply = xmpp_stanza_reply(request);
	xmpp_stanza_set_type(reply, "result");
	e2e_send_stanza(b, reply);
	xmpp_stanza_release(reply);
	e2e_expect_stanza(a, E2E_IQ, .id = "x2", .type = "result");
	e2e_is_int((int)e2e_stanzas_left(a), 0, "and no error came besides");
}

static int answer(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	xmpp_stanza_t *reply = xmpp_stanza_reply(stanza);

	xmpp_stanza_set_type(reply, "result");
	xmpp_send(conn, reply);
	xmpp_stanza_release(reply);
	++*(int *)arg;
	return 1;
}

E2E_TEST(a_handler_of_the_tests_own_answers)
{
	static int n;
	e2e_stanza *reply;

	xmpp_handler_add(b->conn, answer, "urn:example:mine", "iq", "get", &n);
	reply = e2e_iq(a, e2e_xml(a, "<iq type='get' to='%s'><x xmlns='urn:example:mine'/></iq>", b->jid));
	e2e_is_str(xmpp_stanza_get_type(reply), "result");
	e2e_is_int(n, 1);
	e2e_no_stanza(a, 0.4);
}

E2E_TEST(expectations)
{
	const char *id;

	e2e_message(a, b->jid, "one");
	id = e2e_message(a, b->jid, "two");
	e2e_message(a, b->jid, "three 3");
	e2e_is_str(e2e_body(e2e_expect_stanza(b, E2E_MESSAGE, .id = id)), "two", "by id, out of order");
	e2e_is_str(e2e_body(e2e_expect_stanza(b, E2E_MESSAGE, .body = "^three [0-9]$")), "three 3", "by body");
	e2e_is_str(e2e_body(e2e_expect_stanza(b, E2E_ANY, .from = a->account.jid, .type = "chat")), "one",
		   "by bare address");
	e2e_is_int((int)e2e_stanzas_left(b), 0);
	e2e_no_stanza(b, 0.05);
	e2e_send_stanza(a,
			e2e_xml(a, "<message to='%s' e='1'><y xmlns='urn:y'/><z xmlns='urn:z'/></message>", b->jid));
	e2e_expect_stanza(b, E2E_MESSAGE, .type = E2E_NONE, .child = "z", .child_ns = "urn:z", .attribute = "to",
			  .value = b->jid);
	e2e_pass("by child, namespace, attribute, and no type");
}

static bool even(e2e_stanza *stanza, void *arg)
{
	(void)arg;
	return e2e_body(stanza) && !(atoi(e2e_body(stanza)) & 1);
}

E2E_TEST(expectation_by_function)
{
	e2e_message(a, b->jid, "1");
	e2e_message(a, b->jid, "2");
	e2e_is_str(e2e_body(e2e_expect_stanza(b, E2E_MESSAGE, .where = even)), "2");
}

E2E_TEST(escaping)
{
	const char *nasty = "<&>\"' \xc3\xa4 ]]> &amp; %s";

	e2e_message(a, b->jid, nasty);
	e2e_is_str(e2e_body(e2e_expect_stanza(b, E2E_MESSAGE)), nasty);
	e2e_send_stanza(a, e2e_xml(a, "<message to='%s'><body>%s|%c|%d|%u|%zu|%lld</body></message>", b->jid, nasty,
				   '<', -5, 7u, (size_t)9, 1LL << 40));
	e2e_is_str(e2e_body(e2e_expect_stanza(b, E2E_MESSAGE)), e2e_printf("%s|<|-5|7|9|1099511627776", nasty));
}

/* Attributes with a prefix: xml:lang goes out and comes in as it is, others are refused. */
E2E_TEST(languages)
{
	e2e_stanza *s = e2e_xml(
	    a,
	    "<message to='%s' xml:lang='en' id='l'><body>hello</body><body xml:lang = \"de\">hallo > "
	    "gut</body><x xmlns='urn:x' xmlns:p='urn:p' title='xml:lang=\"no\"'><p:y k='1'/></x></message>",
	    b->jid);
	xmpp_stanza_t *body;
	const char *text;

	text = e2e_stanza_text(s);
	e2e_like(text, "<message [^>]*xml:lang=\"en\"");
	e2e_like(text, "<body xml:lang=\"de\">hallo &gt; gut</body>");
	e2e_send_stanza(a, s);
	s = e2e_expect_stanza(b, E2E_MESSAGE, .id = "l", .attribute = "xml:lang", .value = "en");
	body = xmpp_stanza_get_next(xmpp_stanza_get_child_by_name(s, "body"));
	e2e_is_str(xmpp_stanza_get_attribute(body, "xml:lang"), "de");
	e2e_is_str(xmpp_stanza_get_attribute(body, "lang"), NULL);
	e2e_is_str(xmpp_stanza_get_attribute(xmpp_stanza_get_child_by_name(s, "x"), "title"),
		   "xml:lang=\"no\"");
	text = e2e__file_read(e2e_printf("%s/xmpp.log", e2e_tmpdir()), NULL);
	e2e_like(text, "> <message [^\n]*<body xml:lang=\"de\">");
	e2e_like(text, "< <message [^\n]*<body xml:lang=\"de\">");
	e2e_unlike(text, "[ <]lang=");
}

E2E_TEST(character_data)
{
	e2e_is_str(e2e_body(e2e_xml(a, "<message><body><![CDATA[a<b xml:lang='>']]>&gt;</body></message>")),
		   "a<b xml:lang='>'>");
}

#ifndef ON_EJABBERD

static const struct {
	const char *xml, *says;
} unsendable[] = {
    {"<message><x xmlns='urn:x' xmlns:p='urn:p' p:k='1'/></message>", "the attribute p:k without its prefix"},
    {"<message><x xmlns='urn:x' xml:space='preserve'/></message>",
     "the attribute xml:space without its prefix"},
    {"<message><body>bell \007</body></message>", "byte 20 is 0x07, a control character"},
    {"<message><body>\xc3</body></message>", "byte 15 is 0xc3, which isn't UTF-8"},
    {"<message><body>\xed\xa0\x80</body></message>", "byte 15 is 0xed, which isn't UTF-8"},
    {"<message><body>\xc0\x80</body></message>", "which isn't UTF-8"},
    {"<message><![CDATA[</message>", "no well-formed XML"},
    {"<![CDATA[x]]>", "no well-formed XML"},
    {"<message><!-- no --></message>", "no well-formed XML"},
};

static void negative_wait(void)
{
	e2e_no_stanza(a, -1);
}
static void no_number(void)
{
	e2e_no_stanza(a, strtod("nan", NULL));
}
static void unknown_kind(void)
{
	e2e_expect_stanza(a, 7);
}
static void lonely_value(void)
{
	e2e_no_stanza(a, 0.01, .value = "x");
}
static void odd_presence(void)
{
	e2e_client_connect((e2e_client_opts){.presence = "awya"});
}
static void odd_timeout(void)
{
	e2e_xmpp_timeout(-1);
}
static const struct {
	void (*run)(void);
	const char *says;
} misuses[] = {
    {negative_wait, "-1 is no number of seconds"},
    {no_number, "nan is no number of seconds"},
    {unknown_kind, "the kind 7 is none of E2E_ANY"},
    {lonely_value, ".value is given without .attribute"},
    {odd_presence, "expected one of .*did you mean away"},
    {odd_timeout, "e2e_xmpp_timeout.-1.: expected seconds"},
};

E2E_TEST(inner_misuse)
{
	if (!getenv("INNER_NUMBER")) {
		e2e_pass("another case runs it");
		return;
	}
	misuses[atoi(getenv("INNER_NUMBER"))].run();
	e2e_pass("not reached");
}

/* Predicates and options that can't mean what they say. */
E2E_TEST(misused)
{
	for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
		e2e_result r =
		    e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("INNER_NUMBER=%zu", i))},
				 "/proc/self/exe", "-k", "^inner_misuse$");

		e2e_cmp_int(r.status, ">", 0, "%zu", i);
		e2e_like(r.out, misuses[i].says);
		e2e_unlike(r.out, "not reached");
	}
}

E2E_TEST(inner_unsendable)
{
	const char *number = getenv("INNER_XML");

	if (!number) {
		e2e_pass("another case runs it");
		return;
	}
	if (*number == 'm')
		e2e_message(a, b->jid, "foo\001bar");
	else
		e2e_xml(a, unsendable[atoi(number)].xml, "");
	e2e_pass("not reached");
}

E2E_TEST(what_cannot_be_sent)
{
	e2e_result r;

	for (size_t i = 0; i < sizeof unsendable / sizeof *unsendable; i++) {
		r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("INNER_XML=%zu", i))},
				 "/proc/self/exe", "-k", "^inner_unsendable$");
		e2e_is_int(r.status, 1, "%zu", i);
		e2e_like(r.out, unsendable[i].says);
		e2e_like(r.out, "code: not-well-formed");
	}
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER_XML=m")}, "/proc/self/exe", "-k",
			 "^inner_unsendable$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "the body can't be sent: byte 3 is 0x01, a control character");
}

#endif

/* RFC 6121, 4.4.2: the server sends presence back to whoever sent it; kept for those who ask for it. */
E2E_TEST(own_presence)
{
	e2e_expect_stanza(a, E2E_PRESENCE, .from = a->jid);
	e2e_presence(a, NULL, NULL, "dnd");
	e2e_expect_stanza(a, E2E_PRESENCE, .from = a->jid, .child = "show");
	e2e_presence(a, NULL, NULL, "away");
	e2e_iq(a, e2e_xml(a, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"));
	e2e_no_stanza(a, 0.05);
	e2e_is_uint(e2e_stanzas_left(a), 0, "nobody else is bothered");
}

E2E_TEST(types_by_their_defaults)
{
	e2e_send_stanza(a, e2e_xml(a, "<message to='%s'><body>1</body></message>", b->jid));
	e2e_send_stanza(a, e2e_xml(a, "<message to='%s' type='normal'><body>2</body></message>", b->jid));
	e2e_expect_stanza(b, E2E_MESSAGE, .type = "normal", .body = "1");
	e2e_expect_stanza(b, E2E_MESSAGE, .type = "normal", .body = "2");
	e2e_presence(a, b->jid, NULL, NULL);
	e2e_expect_stanza(b, E2E_PRESENCE, .type = "available", .from = a->jid);
	e2e_pass("however they are written");
}

E2E_TEST(addresses_however_they_are_written)
{
	char *upper = e2e__memory_strdup(a->jid);

	for (char *p = upper; *p != '/'; p++)
		*p = (char)toupper((unsigned char)*p);
	e2e_message(a, b->jid, "1");
	e2e_message(a, b->jid, "2");
	e2e_expect_stanza(b, E2E_MESSAGE, .from = upper);
	e2e_expect_stanza(b, E2E_MESSAGE, .from = e2e_printf("%.*s", (int)strcspn(upper, "/"), upper));
	e2e_pass("upper case doesn't matter in user and host");
}

E2E_TEST(presence)
{
	e2e_presence(a, b->jid, NULL, "away");
	e2e_like(e2e_stanza_text(e2e_expect_stanza(b, E2E_PRESENCE, .from = a->jid)), "<show>away</show>");
	e2e_presence(a, b->jid, "unavailable", NULL);
	e2e_expect_stanza(b, E2E_PRESENCE, .from = a->jid, .type = "unavailable");
}

E2E_TEST(options)
{
	e2e_client *c = e2e_client_connect((e2e_client_opts){.resource = "phone", .presence = "none"});

	e2e_like(c->jid, "/phone$");
	e2e_is_str(c->jid, xmpp_conn_get_bound_jid(c->conn));
	e2e_message(a, c->jid, "to the full address");
	e2e_expect_stanza(c, E2E_MESSAGE, .from = a->jid);
}

static void prepare(e2e_client *c, void *arg)
{
	e2e_ok(!e2e_is_connected(c), "prepare runs before it connects");
	*(e2e_client **)arg = c;
}

E2E_TEST(prepare_hook)
{
	e2e_client *seen = NULL, *c = e2e_client_connect((e2e_client_opts){.prepare = prepare, .arg = &seen});

	e2e_is_ptr(seen, c);
	e2e_ok(e2e_is_connected(c));
}

E2E_TEST(ten_at_once)
{
	e2e_client *c[10];

	e2e_clients_connected(10, c);
	for (int i = 0; i < 10; i++)
		for (int k = 0; k < i; k++)
			if (!strcmp(c[i]->account.jid, c[k]->account.jid))
				e2e_fail("%s twice", c[i]->account.jid);
	for (int i = 0; i < 10; i++)
		e2e_message(c[i], c[(i + 1) % 10]->jid, e2e_printf("from %d", i));
	for (int i = 0; i < 10; i++)
		e2e_is_str(e2e_body(e2e_expect_stanza(c[(i + 1) % 10], E2E_MESSAGE)), e2e_printf("from %d", i));
}

E2E_TEST(waits_of_the_toolkit_pump)
{
	e2e_message(a, b->jid, "hello");
	e2e_eventually(30, e2e_stanzas_left(b) == 1);
}

E2E_TEST(disconnect_and_reconnect)
{
	const char *jid = a->account.jid;

	e2e_disconnect(a);
	e2e_ok(!e2e_is_connected(a));
	e2e_is_str(e2e_disconnect_reason(a), "closed");
	e2e_ok(!e2e_reconnect(a), "a closed stream isn't resumed");
	e2e_is_str(a->account.jid, jid, "the same account");
	e2e_message(b, a->jid, "welcome back");
	e2e_expect_stanza(a, E2E_MESSAGE, .from = b->jid);
}

E2E_TEST(a_cut_session_is_resumed)
{
	e2e_client *c = e2e_client_connect((e2e_client_opts){.resumable = true});
	const char *jid = c->jid;

	e2e_cut(c);
	e2e_ok(!e2e_is_connected(c));
	e2e_message(a, jid, "while you were away");
	e2e_ok(e2e_reconnect(c), "resumed");
	e2e_is_str(c->jid, jid);
	e2e_is_str(e2e_body(e2e_expect_stanza(c, E2E_MESSAGE, .from = a->jid)), "while you were away");
}

/* Bytes as they are: a stanza in two halves, a prefixed attribute, and what ends the stream. */
E2E_TEST(raw_bytes)
{
	e2e_send_raw(a, e2e_printf("<message to='%s'><body>half", b->jid));
	e2e_pump(0.05);
	e2e_send_raw(a, " and half</body></message>");
	e2e_is_str(e2e_body(e2e_expect_stanza(b, E2E_MESSAGE)), "half and half");
	e2e_send_raw(a, e2e_printf("<message to='%s'><x xmlns='urn:x' xmlns:p='urn:p' p:k='1'/></message>", b->jid));
	e2e_expect_stanza(b, E2E_MESSAGE, .child_ns = "urn:x");
	e2e_send_raw(a, "<message><body></message>");
	e2e_eventually(20, !e2e_is_connected(a));
	e2e_like(e2e_disconnect_reason(a), "not-well-formed|xml-not-well-formed");
	e2e_like(e2e__file_read(e2e_printf("%s/xmpp.log", e2e_tmpdir()), NULL), "> <message><body></message>");
}

/* RFC 6121, 8.5.2.2.1: a message waits for those who aren't there. */
E2E_TEST(a_message_waits)
{
	const char *to = b->account.jid;

	e2e_require_feature("msgoffline");
	e2e_disconnect(b);
	e2e_message(a, to, "later");
	e2e_iq(a, e2e_xml(a, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"));
	e2e_reconnect(b);
	e2e_is_str(e2e_body(e2e_expect_stanza(b, E2E_MESSAGE, .child_ns = "urn:xmpp:delay")), "later");
	e2e_no_stanza(a, 0.1);
}

/* Registers in-band (XEP-0077), as somebody who isn't logged in. */
static void register_account(const e2e_account *account)
{
	const char *domain = strchr(account->jid, '@') + 1;
	e2e_proc *p = e2e_spawn("openssl", "s_client", "-quiet", "-starttls", "xmpp", "-xmpphost", domain,
				"-connect", e2e_printf("127.0.0.1:%d", account->port));

	e2e_send(p,
		 e2e_printf("<?xml version='1.0'?><stream:stream to='%s' version='1.0' xmlns='jabber:client' "
			    "xmlns:stream='http://etherx.jabber.org/streams'>",
			    domain));
	e2e_expect(p, "</stream:features>");
	e2e_send(
	    p,
	    e2e_printf(
		"<iq type='set' id='r' to='%s'><query xmlns='jabber:iq:register'><username>%.*s</username>"
		"<password>%s</password></query></iq>",
		domain, (int)strcspn(account->jid, "@"), account->jid, e2e_xml_escaped(account->password)));
	e2e_expect(p, "type=.result.");
	e2e_kill(p);
}

/* Servers that keep passwords prove by SCRAM that they know them. */
E2E_TEST(a_registered_account)
{
	e2e_account account = a->account;
	e2e_client *c;
	e2e_failure why;

	e2e_require_command("openssl");
	account.jid = e2e_printf("%s@registered.test", e2e_unique("user"));
	account.password = "s3cret & more";
	register_account(&account);
	c = e2e_client_connect((e2e_client_opts){.account = &account});
	e2e_is_str(c->account.jid, account.jid);
	e2e_like(e2e__file_read(e2e_printf("%s/xmpp.log", e2e_tmpdir()), NULL), "mechanism=\"SCRAM-SHA-");
	account.password = "another";
	e2e_ok(!e2e_client_try((e2e_client_opts){.account = &account}, &why));
	e2e_is_str(why.code, "auth");
}

/* Transcripts: everything is in, secrets aren't. */
E2E_TEST(transcript)
{
	char *text;

	e2e_message(a, b->jid, e2e_printf("see %s", a->account.password ? a->account.password : ""));
	e2e_expect_stanza(b, E2E_MESSAGE);
	text = e2e__file_read(e2e_printf("%s/xmpp.log", e2e_tmpdir()), NULL);
	e2e_like(text, "^ +[0-9]+\\.[0-9]+ client-[12] - connects to ");
	e2e_like(text, "> <auth [^>]*>(\\*\\*\\*)?<?/");
	e2e_like(text, "client-1 < <success");
	e2e_like(text, "client-1 > <message ");
	if (a->account.password)
		e2e_ok(!strstr(text, a->account.password), "the password is nowhere");
}

E2E_MAIN()
