/* e2e: libstrophe openssl libsodium */
/* Whose answer it is: a third client's result is never taken for that of whom was asked, nor is a request taken for an answer because it
 * has the same id. The cases called inner_ are run by another one, without TLS. */
#include "silent.h"

#ifndef ON_EJABBERD
static bool inner(void)
{
	if (getenv("INNER"))
		return true;
	e2e_pass("another case runs it");
	return false;
}
#endif

static e2e_client *a, *b, *evil;

static void connect_three(void)
{
	e2e_client *three[3];

	e2e_clients_connected(3, three);
	a = three[0];
	b = three[1];
	evil = three[2];
}

/* evil's turn: it answers in b's place, before b is refused by the toolkit. */
static int spoof(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	(void)conn, (void)arg;
	xmpp_send_raw_string(evil->conn, "<iq type='result' id='%s' to='%s'><who xmlns='urn:example:who'/></iq>",
			     xmpp_stanza_get_id(stanza), a->jid);
	return 1;
}

E2E_TEST(a_third_clients_answer_is_not_taken)
{
	e2e_stanza *reply;

	connect_three();
	xmpp_handler_add(b->conn, spoof, "urn:example:who", "iq", "get", NULL);
	reply = e2e_iq(a, e2e_xml(a, "<iq type='get' to='%s'><who xmlns='urn:example:who'/></iq>", b->jid));
	e2e_is_str(xmpp_stanza_get_from(reply), b->jid);
	e2e_is_str(e2e_stanza_error(reply), "service-unavailable");
	e2e_is_str(xmpp_stanza_get_from(e2e_expect_stanza(a, E2E_IQ, .type = "result", .child_ns = "urn:example:who")),
		   evil->jid, "the other one's is kept for whoever expects it");
	e2e_is_uint(e2e_stanzas_left(a), 0);
}

/* Those who may be asked are recognised, however their address is written. */
E2E_TEST(all_that_may_be_asked_answer)
{
	const char *domain, *upper;
	char *p;

	connect_three();
	domain = strchr(a->account.jid, '@') ? strchr(a->account.jid, '@') + 1 : a->account.jid;
	p = e2e__memory_strdup(domain);
	for (upper = p; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	e2e_iq(a, e2e_xml(a, "<iq type='get'><query xmlns='jabber:iq:roster'/></iq>"));
	e2e_iq(a, e2e_xml(a, "<iq type='get' to='%s'><vCard xmlns='vcard-temp'/></iq>", a->account.jid));
	e2e_iq(a, e2e_xml(a, "<iq type='get' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", domain));
	e2e_iq(a, e2e_xml(a, "<iq type='get' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", upper));
	e2e_iq(a, e2e_xml(a, "<iq type='get' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", b->jid));
	e2e_iq(a, e2e_xml(a, "<iq type='get' to='%s'><vCard xmlns='vcard-temp'/></iq>", b->account.jid));
	e2e_iq(a, e2e_xml(a, "<iq type='get' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", a->jid));
	e2e_iq(a, e2e_xml(a, "<iq type='get' to='%s/nowhere'><ping xmlns='urn:xmpp:ping'/></iq>", b->account.jid));
	e2e_iq(a, e2e_xml(a, "<iq type='get' to='nobody@%s'><ping xmlns='urn:xmpp:ping'/></iq>", domain));
	e2e_pass("all of them");
}

#ifndef ON_EJABBERD

/* RFC 6120, 8.1.1 and 8.1.2: no address means the own account, which its server answers for. */
E2E_TEST(senders_and_addresses)
{
	static const struct {
		const char *from, *to;
		bool may;
	} rows[] = {
	    {NULL, NULL, true},
	    {"romeo@example.org", NULL, true},
	    {"romeo@example.org/x", NULL, true},
	    {"example.org", NULL, true},
	    {"romeo@example.org/y", NULL, false},
	    {"juliet@example.org", NULL, false},
	    {"example.com", NULL, false},
	    {"org", NULL, false},
	    {"o@example.org", NULL, false},
	    {NULL, "romeo@example.org", true},
	    {NULL, "example.org", true},
	    {NULL, "juliet@example.org", false},
	    {NULL, "conference.example.org", false},
	    {"juliet@example.org", "juliet@example.org", true},
	    {"juliet@example.org", "Juliet@Example.ORG", true},
	    {"juliet@example.org/A", "Juliet@example.org/A", true},
	    {"juliet@example.org/a", "juliet@example.org/A", false},
	    {"juliet@example.org/a", "juliet@example.org", false},
	    {"juliet@example.org", "juliet@example.org/a", false},
	    {"example.org", "juliet@example.org", false},
	    {"juliet@example.orga", "juliet@example.org", false},
	};
	e2e_client c = {.jid = "Romeo@example.org/x"};
	struct e2e__xmpp_own own = {.self = &c};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		e2e_is_int(e2e__libstrophe_may_answer(&own, rows[i].from, rows[i].to), rows[i].may, "from %s for %s",
			   rows[i].from ? rows[i].from : "nobody", rows[i].to ? rows[i].to : "nobody");
}

/* Attributes of the first tag only, however they are quoted. */
E2E_TEST(attributes)
{
	const char *xml = "<iq  id = 'a&amp;b&lt;&quot;'\n to=\"x='y'\" xml:id='no' a:type='no'><b type='inner'/></iq>";

	e2e_is_str(e2e__libstrophe_attribute(xml, "id"), "a&b<\"");
	e2e_is_str(e2e__libstrophe_attribute(xml, "to"), "x='y'");
	e2e_is_str(e2e__libstrophe_attribute(xml, "type"), NULL);
	e2e_is_str(e2e__libstrophe_attribute("<iq/>", "id"), NULL);
	e2e_is_str(e2e__libstrophe_attribute("<iq id='", "id"), NULL);
	e2e_is_str(e2e__libstrophe_attribute("", "id"), NULL);
}

#endif

/* b asks a something under the id that it was asked under itself: neither is an answer. */
E2E_TEST(a_request_is_no_answer)
{
	connect_three();
	e2e_send_stanza(a, e2e_xml(a, "<iq type='get' id='1' to='%s'><m xmlns='urn:example:m'/></iq>", b->jid));
	e2e_must(e2e_eventually(20, e2e_stanzas_left(b) == 1));
	e2e_send_stanza(b, e2e_xml(b, "<iq type='get' id='1' to='%s'><n xmlns='urn:example:n'/></iq>", a->jid));
	e2e_expect_stanza(a, E2E_IQ, .type = "error", .id = "1", .from = b->jid);
	e2e_expect_stanza(b, E2E_IQ, .type = "error", .id = "1", .from = a->jid);
	e2e_pass("both are refused");
}

/* b answers somebody else under that id. */
E2E_TEST(an_answer_to_another_is_no_answer)
{
	connect_three();
	e2e_send_stanza(a, e2e_xml(a, "<iq type='get' id='2' to='%s'><m xmlns='urn:example:m'/></iq>", b->jid));
	e2e_must(e2e_eventually(20, e2e_stanzas_left(b) == 1));
	e2e_send_stanza(b, e2e_xml(b, "<iq type='result' id='2' to='%s'/>", evil->jid));
	e2e_expect_stanza(a, E2E_IQ, .type = "error", .id = "2", .from = b->jid);
	e2e_pass("it is refused");
}

/* What has an id of the toolkit's own or of libstrophe's, but comes from somebody else, is shown like any other. */
E2E_TEST(ids_of_the_toolkit_hide_nothing)
{
	connect_three();
	e2e_send_stanza(evil, e2e_xml(evil, "<iq type='result' id='e2e.up.client-1' to='%s'/>", a->jid));
	e2e_send_stanza(evil, e2e_xml(evil, "<iq type='result' id='_xmpp_bind1' to='%s'/>", a->jid));
	e2e_expect_stanza(a, E2E_IQ, .id = "e2e.up.client-1");
	e2e_expect_stanza(a, E2E_IQ, .id = "_xmpp_bind1");
	e2e_pass("both came");
}

#ifndef ON_EJABBERD

/* In a handler of libstrophe's nothing can come: who waits there would wait for ever, or hear that nothing came. */
static int waits(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	const char *how = (const char *)arg;
	e2e_client *c;

	(void)conn, (void)stanza;
	if (!strcmp(how, "iq"))
		e2e_iq(a, e2e_xml(a, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"));
	else if (!strcmp(how, "expect_stanza"))
		e2e_expect_stanza(a, E2E_MESSAGE);
	else if (!strcmp(how, "no_stanza"))
		e2e_no_stanza(a, 0.01);
	else if (!strcmp(how, "disco"))
		e2e_disco(a, NULL, false, &(e2e_disco_result){.n = 0});
	else if (!strcmp(how, "client"))
		c = e2e_client_connected(), (void)c;
	else if (!strcmp(how, "disconnect"))
		e2e_disconnect(a);
	else if (!strcmp(how, "reconnect"))
		e2e_reconnect(a);
	else
		e2e_pump(0.01);
	return 1;
}

E2E_TEST(inner_waits_in_a_handler)
{
	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	connect_three();
	xmpp_handler_add(b->conn, waits, NULL, "message", NULL, getenv("INNER"));
	e2e_message(a, b->jid, "now");
	e2e_expect_stanza(b, E2E_MESSAGE);
	e2e_pass("not reached");
}

E2E_TEST(waits_in_a_handler)
{
	static const char *const how[] = {"iq",	    "expect_stanza", "no_stanza", "disco",
					  "client", "disconnect",    "reconnect", "pump"};

	for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
		e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("INNER=%s", how[i]))},
					    "/proc/self/exe", "-k", "^inner_waits_in_a_handler$");

		e2e_is_int(r.status, 1, "%s", how[i]);
		e2e_like(r.out, e2e_printf("e2e_%s was called in a handler of libstrophe's", how[i]));
		e2e_like(r.out, "code: inside-handler\n");
		e2e_unlike(r.out, "not reached");
	}
}

/* ---- a server that lets others answer ---- */

/* A login without TLS; then each request is answered by this text, with its id for each $; one of type set by what is behind the |,
 * if there is one. */
static void stub(int fd, void *arg)
{
	char in[4096], id[100];
	const char *found, *set;
	size_t n = 0;

	for (int i = 0; i < 4; i++)
		if (read(fd, in, sizeof in) <= 0 || write(fd, plain[i], strlen(plain[i])) < 0)
			return;
	for (ssize_t got; (got = read(fd, in + n, sizeof in - n - 1)) > 0;) {
		in[n += (size_t)got] = 0;
		if (!(found = strstr(in, "<iq ")) || !strstr(found, "</iq>") || !(found = e2e__libstrophe_attribute(found, "id")))
			continue;
		snprintf(id, sizeof id, "%s", found);
		set = strcmp(e2e__libstrophe_attribute(strstr(in, "<iq "), "type"), "set") == 0
			  ? strchr((const char *)arg, '|')
			  : NULL;
		for (const char *p = set ? set + 1 : (const char *)arg; *p && *p != '|'; p++)
			if (write(fd, *p == '$' ? id : p, *p == '$' ? strlen(id) : 1) < 0)
				return;
		n = 0;
	}
}

static e2e_client *at_stub(const char *answer)
{
	static const e2e_tls off = {.off = true};
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", stub, (void *)(uintptr_t)answer);
	e2e_account account = {"juliet@localhost", "secret", "127.0.0.1", s->port, NULL};

	return e2e_client_connect((e2e_client_opts){.account = &account, .tls = &off, .presence = "none"});
}

#define RESULT(from) "<iq type='result' id='$' from='" from "'><who xmlns='urn:example:who'/></iq>"

E2E_TEST(the_right_one_may_come_later)
{
	e2e_client *c = at_stub(RESULT("mallory@localhost/x") RESULT("romeo@localhost") "<iq type='result' id='$'/>"
				RESULT("romeo@localhost/x"));

	e2e_is_str(xmpp_stanza_get_from(e2e_iq(c, e2e_xml(c, "<iq type='get' to='romeo@localhost/x'><q xmlns='u'/></iq>"))),
		   "romeo@localhost/x");
	e2e_is_uint(e2e_stanzas_left(c), 3);
	c = at_stub(RESULT("mallory@localhost") RESULT("juliet@localhost"));
	e2e_is_str(xmpp_stanza_get_from(e2e_iq(c, e2e_xml(c, "<iq type='get'><q xmlns='u'/></iq>"))), "juliet@localhost");
}

E2E_TEST(inner_static)
{
	if (!inner())
		return;
	e2e_client_connect((e2e_client_opts){.presence = "none"});
	e2e_pass();
}

static e2e_result run(const char *cases, const char *config);

/* What stays on an account may make the next case pass. */
E2E_TEST(what_cannot_be_cleared_is_told)
{
	static const char refuses[] = "<iq type='result' id='$'><query xmlns='jabber:iq:roster'><item "
				      "jid='friend@localhost'/></query></iq>|"
				      "<iq type='error' id='$'><error type='auth'><forbidden "
				      "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", stub, (void *)(uintptr_t)refuses);
	e2e_result r = run(
	    "^inner_static$",
	    e2e_printf("[global]\nprovisioner=static\n[static]\nhost=127.0.0.1\ndomain=localhost\nport=%d\n"
		       "no_tls=true\naccounts=[('juliet', 'x')]\n",
		       s->port));

	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_like(r.err, "juliet@localhost couldn't be cleared of its contact friend@localhost: forbidden");
}

/* Discovery asks as carefully. */
E2E_TEST(discovery_believes_nobody_else)
{
	e2e_client *c = at_stub("<iq type='result' id='$' from='mallory@localhost'><query "
				"xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:example:false'/></query></iq>"
				"<iq type='result' id='$' from='rooms.localhost'><query "
				"xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:example:true'/></query></iq>");
	e2e_disco_result found;

	e2e_must(e2e_ok(e2e_disco(c, "rooms.localhost", false, &found)));
	e2e_ok(e2e_entity_has(found.entity, "urn:example:true"));
	e2e_ok(!e2e_entity_has(found.entity, "urn:example:false"));
}

/* A result that isn't what was asked for is shown. */
E2E_TEST(discovery_is_answered_with_something_else)
{
#define ROOMS(payload) "<iq type='result' id='$' from='rooms.localhost'>" payload "</iq>"
	static const char *const rows[][2] = {
		{ROOMS("<query xmlns='jabber:iq:version'><name>x</name></query>"),
		 "<query xmlns='jabber:iq:version'/> instead of <query xmlns='http://jabber.org/protocol/disco#info'/>"},
		{ROOMS("<query><feature var='urn:example:a'/></query>"),
		 "<query xmlns='jabber:client'/> instead of <query xmlns='http://jabber.org/protocol/disco#info'/>"},
		{ROOMS("some text"), "nothing"},
		{ROOMS(""), "nothing"},
	};
	e2e_disco_result found;

	e2e_each(i, sizeof rows / sizeof *rows, "%s", rows[i][0])
	{
		e2e_ok(!e2e_disco(at_stub(rows[i][0]), "rooms.localhost", false, &found));
		e2e_is_str(e2e__xmpp.missed, e2e_printf("e2e_disco: rooms.localhost answered with %s", rows[i][1]));
	}
}

/* ---- a server that says little when it is asked what it can ---- */

/* Answers by what is asked; `how` says what is left out: "info" (the domain's features), "items", "item" (those of its item),
 * "account", or how the item refuses: an error's name. */
static void deaf(int fd, void *arg)
{
	const char *how = (const char *)arg;
	char in[65536];
	size_t n = 0;

	for (int i = 0; i < 4; i++)
		if (read(fd, in, sizeof in) <= 0 || write(fd, plain[i], strlen(plain[i])) < 0)
			return;
	in[0] = 0;
	for (;;) {
		const char *iq = strstr(in, "<iq "), *end = iq ? strstr(iq, "</iq>") : NULL, *id, *to,
			   *answer = NULL;
		bool info, items;
		ssize_t got;

		if (!end) {
			got = read(fd, in + n, sizeof in - n - 1);
			if (got <= 0)
				return;
			in[n += (size_t)got] = 0;
			continue;
		}
		iq = e2e_printf("%.*s", (int)(end - iq), iq);
		id = e2e__libstrophe_attribute(iq, "id");
		to = e2e__libstrophe_attribute(iq, "to");
		info = strstr(iq, "disco#info") != NULL;
		items = strstr(iq, "disco#items") != NULL;
		if (info && (to ? strcmp(how, to[0] == 'r' ? "item" : "info") : strcmp(how, "account")) != 0)
			answer = "<query xmlns='http://jabber.org/protocol/disco#info'><identity "
				 "category='x' type='y'/></query>";
		else if (items && strcmp(how, "items") != 0)
			answer = "<query xmlns='http://jabber.org/protocol/disco#items'><item "
				 "jid='rooms.localhost'/></query>";
		else if (!info && !items)
			answer = "";
		if (answer && info && to && to[0] == 'r' && strchr(how, '-'))
			answer = e2e_printf(
			    "<error type='cancel'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
			    how);
		if (answer) {
			answer = e2e_printf("<iq type='%s' id='%s'%s%s%s>%s</iq>",
					    strncmp(answer, "<error", 6) ? "result" : "error", id,
					    to ? " from='" : "", to ? to : "", to ? "'" : "", answer);
			if (write(fd, answer, strlen(answer)) < 0)
				return;
		}
		n -= (size_t)(end + 5 - in);
		memmove(in, end + 5, n + 1);
	}
}

static bool make_deaf(e2e_provisioner *self, e2e_client *c)
{
	self->domain = "localhost";
	c->account.jid = "juliet@localhost";
	c->account.password = "secret";
	c->account.host = "127.0.0.1";
	c->account.port = e2e_serve("tcp:127.0.0.1:0", deaf, getenv("HOW"))->port;
	c->tls.off = true;
	return true;
}
static e2e_provisioner deaf_server = {.name = "deaf", .make_client = make_deaf};

E2E_TEST(inner_deaf_guard)
{
	if (!inner())
		return;
	e2e_provisioner_add(&deaf_server);
	e2e_xmpp_timeout(0.3);
	e2e_require_feature("urn:example:none");
	e2e_pass("not reached");
}

E2E_TEST(inner_deaf_identity)
{
	if (!inner())
		return;
	e2e_provisioner_add(&deaf_server);
	e2e_xmpp_timeout(0.3);
	e2e_require_identity("x", "y");
	e2e_pass("it is known from somebody else");
}

E2E_TEST(inner_deaf_disco)
{
	e2e_disco_result found;
	e2e_client *c;

	if (!inner())
		return;
	e2e_provisioner_add(&deaf_server);
	c = e2e_client_connected();
	e2e_xmpp_timeout(0.3);
	e2e_ok(!e2e_disco(c, "localhost", true, &found));
	e2e_pass("not reached");
}

static e2e_result run_deaf(const char *name, const char *how, const char *config)
{
	const char *path = e2e_printf("%s/%s.ini", e2e_tmpdir(), e2e_unique("config"));

	e2e__server_put(path, config);
	return e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR", "E2E_SERVER",
							     e2e_printf("HOW=%s", how))},
			    "/proc/self/exe", "-k", e2e_printf("^inner_deaf_%s$", name), "--config", path);
}

/* Who can't tell doesn't skip. */
E2E_TEST(silence_is_no_reason_to_skip)
{
	static const char *const how[][2] = {
	    {"info", "localhost gave no answer"},
	    {"items", "localhost gave no answer"},
	    {"item", "rooms.localhost gave no answer"},
	    {"account", "juliet@localhost gave no answer"},
	    {"remote-server-timeout", "rooms.localhost answered with remote-server-timeout"}};
	e2e_result r;

	for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
		r = run_deaf("guard", how[i][0], "");
		e2e_is_int(r.status, 1, "%s", how[i][0]);
		e2e_like(r.out,
			 e2e_printf("whether anybody offers urn:example:none isn't known: %s", how[i][1]));
		e2e_like(r.out, "code: discovery\n");
	}
	r = run_deaf("guard", "service-unavailable", "");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "# SKIP nobody offers the feature urn:example:none .*; rooms.localhost answered with "
			"service-unavailable");
	r = run_deaf("identity", "item", "");
	e2e_is_int(r.status, 0);
	r = run_deaf("guard", "item",
		     "[global]\nprovisioner=deaf\n[deaf]\nblock_features={'rooms.localhost': ['*']}\n");
	e2e_is_int(r.status, 0, "left out by the config");
	e2e_like(r.out, "# SKIP nobody offers the feature urn:example:none");
}

E2E_TEST(silence_is_no_error)
{
	e2e_result r;

	for (int i = 0; i < 3; i++) {
		static const char *const how[] = {"info", "items", "item"};

		r = run_deaf("disco", how[i], "");
		e2e_is_int(r.status, 1, "%s", how[i]);
		e2e_like(
		    r.out,
		    e2e_printf("%slocalhost gave client-1 no answer to its service discovery within 0.3 s",
			       i == 2 ? "rooms\\." : ""));
		e2e_unlike(r.out, "not reached");
	}
}

E2E_TEST(inner_stranger)
{
	e2e_client *c;

	if (!inner())
		return;
	c = at_stub(RESULT("mallory@localhost/x"));
	e2e_xmpp_timeout(0.5);
	e2e_iq(c, e2e_xml(c, "<iq type='get' to='romeo@localhost/x'><q xmlns='u'/></iq>"));
}

/* The report has one hint; what it doesn't say of is told at the end. */
E2E_TEST(inner_stranger_and_loss)
{
	e2e_client *c, *lost;

	if (!inner())
		return;
	lost = at_stub("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
	e2e_send_raw(lost, "<iq type='get' id='last'></iq>");
	while (lost->own->phase == E2E__PHASE_UP)
		e2e__loop_pump(e2e_now() + 0.05);
	c = at_stub(RESULT("mallory@localhost/x"));
	e2e_xmpp_timeout(0.5);
	e2e_iq(c, e2e_xml(c, "<iq type='get' to='romeo@localhost/x'><q xmlns='u'/></iq>"));
}

static e2e_result run(const char *cases, const char *config)
{
	const char *path = e2e_printf("%s/%s.ini", e2e_tmpdir(), e2e_unique("config"));

	e2e__server_put(path, config);
	return e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR", "E2E_SERVER")}, "/proc/self/exe", "-k",
			    cases, "--config", path);
}

E2E_TEST(a_report_names_the_stranger)
{
	e2e_result r = run("^inner_stranger$", "");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "no reply from romeo@localhost/x to client-1 within 0.5 s");
	e2e_like(r.out, "hint: .*an answer with this id came from mallory@localhost/x, who wasn't asked");
	r = run("^inner_stranger_and_loss$", "");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "hint: .*an answer with this id came from mallory@localhost/x, who wasn't asked");
	e2e_like(r.err, "client-1 .*lost its connection to .*went on without noticing");
}

/* ---- several clients without TLS: whose lines are sent is known, too ---- */

static e2e_client *bare_client(void)
{
	static const e2e_tls off = {.off = true};

	return e2e_client_connect((e2e_client_opts){.tls = &off});
}

static int answer(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	xmpp_stanza_t *reply = xmpp_stanza_reply(stanza);

	(void)arg;
	xmpp_stanza_set_type(reply, "result");
	xmpp_send(conn, reply);
	xmpp_stanza_release(reply);
	return 1;
}

E2E_TEST(inner_bare)
{
	e2e_client *c[3];

	if (!inner())
		return;
	for (int i = 0; i < 3; i++)
		c[i] = bare_client();
	for (int i = 0; i < 3; i++) {
		const char *text = e2e_printf("from %d", i);

		e2e_message(c[i], c[(i + 1) % 3]->jid, text);
		e2e_expect_stanza(c[(i + 1) % 3], E2E_MESSAGE, .body = text);
		e2e_like(e2e__file_read(e2e_printf("%s/xmpp.log", e2e_tmpdir()), NULL),
			 e2e_printf("client-%d > <message [^\n]*from %d", i + 1, i));
	}
	for (int i = 0; i < 3; i++) {
		xmpp_handler_add(c[i]->conn, answer, "urn:example:m", "iq", "get", NULL);
		e2e_send_stanza(c[(i + 1) % 3], e2e_xml(c[0], "<iq type='get' id='r%d' to='%s'><m xmlns='urn:example:m'/></iq>", i,
							c[i]->jid));
		e2e_expect_stanza(c[(i + 1) % 3], E2E_IQ, .id = e2e_printf("r%d", i), .type = "result");
	}
	for (int i = 0; i < 3; i++)
		e2e_no_stanza(c[i], 0.4, E2E_IQ, .type = "error");
}

E2E_TEST(clients_without_tls)
{
	const char *extra = e2e_printf("%s/no_tls.lua", e2e_tmpdir());
	e2e_result r;

	e2e_require_command("prosody");
	e2e__server_put(extra, "Host \"*\"\nc2s_require_encryption = false\nallow_unencrypted_plain_auth = true\n");
	r = run("^inner_bare$", e2e_printf("[local]\nserver=prosody\nconfig=%s\n", extra));
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
}

#endif

E2E_MAIN()
