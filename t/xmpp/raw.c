/* e2e: libstrophe openssl libsodium */
/* Raw clients: what a login does by itself, done by hand; and what servers say to those who do it wrong. */
#include "e2e_xmpp.h"

#define SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define TLS "urn:ietf:params:xml:ns:xmpp-tls"

static const char *base64(const char *bytes, size_t n)
{
	return e2e__libstrophe_base64(bytes, n);
}

/* PLAIN for a user of the private localhost, which takes any. */
static const char *plain(const char *user)
{
	const char *text = e2e_printf("%c%s%csecret", 1, user, 1);
	size_t n = strlen(text);
	char *bytes = (char *)e2e__memory_alloc(n + 1);

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(text[i] == 1 ? 0 : text[i]);
	return base64(bytes, n);
}

static e2e_client *raw(int until)
{
	return e2e_client_connect((e2e_client_opts){.until = until});
}

static const char *log_text(void)
{
	return e2e__file_read(e2e_printf("%s/xmpp.log", e2e_tmpdir()), NULL);
}

E2E_TEST(before_tls)
{
	e2e_client *c = raw(E2E_BEFORE_TLS);

	e2e_ok(!xmpp_conn_is_secured(c->conn), "nothing is under TLS yet");
	e2e_ok(e2e_count(e2e_features(c), "starttls{" TLS "}") == 1, "but it is offered");
	e2e_send_raw(c, "<starttls xmlns='" TLS "'/>");
	e2e_expect_stanza(c, E2E_ANY, .name = "proceed");
	e2e_ok(e2e_count(e2e_start_tls(c), "mechanisms{" SASL "}/mechanism") > 0);
	e2e_ok(xmpp_conn_is_secured(c->conn));
	e2e_is_uint(e2e_stanzas_left(c), 0, "features aren't in the way");
	e2e_is_str(c->jid, c->account.jid);
}

/* All of a login by hand: SASL, the second stream, the resource, stream management. */
E2E_TEST(all_by_hand)
{
	e2e_client *c = raw(E2E_BEFORE_AUTH), *other = e2e_client_connected();
	e2e_stanza *reply;
	const char *full;

	e2e_ok(xmpp_conn_is_secured(c->conn));
	e2e_send_raw(c, e2e_printf("<auth xmlns='" SASL "' mechanism='PLAIN'>%s</auth>", plain("hand")));
	e2e_expect_stanza(c, E2E_ANY, .name = "success");
	e2e_is_uint(e2e_count(e2e_open_stream(c), "bind{urn:ietf:params:xml:ns:xmpp-bind}"), 1);
	reply = e2e_iq(c, e2e_xml(c, "<iq type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
				     "<resource>x</resource></bind></iq>"));
	full = e2e_get(reply, "bind/jid");
	e2e_like(full, "^hand@localhost/");
	e2e_send_raw(c, "<enable xmlns='urn:xmpp:sm:3'/>");
	e2e_expect_stanza(c, E2E_ANY, .name = "enabled");
	e2e_send_raw(c, "<presence/><r xmlns='urn:xmpp:sm:3'/>");
	e2e_expect_stanza(c, E2E_ANY, .name = "a", .attribute = "h", .value = "1");
	e2e_message(other, full, "hello");
	e2e_is_str(e2e_body(e2e_expect_stanza(c, E2E_MESSAGE, .from = other->jid)), "hello");
	e2e_expect_stanza(c, E2E_ANY, .name = "r");
	e2e_message(c, other->jid, "hello yourself");
	e2e_expect_stanza(other, E2E_MESSAGE, .from = full);
	e2e_unlike(log_text(), plain("hand"), "SASL is blanked in the transcript");
	e2e_disconnect(c);
	e2e_is_str(e2e_disconnect_reason(c), "closed");
}

/* A request that a raw client gets is the test's alone. */
E2E_TEST(nothing_is_answered)
{
	e2e_client *c = raw(E2E_BEFORE_BIND), *other = e2e_client_connected();
	const char *full = e2e_get(e2e_iq(c, e2e_xml(c, "<iq type='set'><bind "
							"xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")),
				   "bind/jid");
	e2e_stanza *asked;

	e2e_send_stanza(other, e2e_xml(other, "<iq type='get' id='q' to='%s'><x xmlns='urn:x'/></iq>", full));
	asked = e2e_expect_stanza(c, E2E_IQ, .id = "q");
	e2e_pump(0.4);
	e2e_is_uint(e2e_stanzas_left(other), 0);
	e2e_refuse(c, asked, "cancel", "not-allowed");
	e2e_expect_stanza(other, E2E_IQ, .condition = "not-allowed");
}

E2E_TEST(sasl_failures)
{
	e2e_client *c = raw(E2E_BEFORE_AUTH);
	e2e_stanza *failure;

	e2e_send_raw(c, "<auth xmlns='" SASL "' mechanism='NO-SUCH'/>");
	failure = e2e_expect_stanza(c, E2E_ANY, .name = "failure");
	e2e_is_uint(e2e_count(failure, "invalid-mechanism"), 1, "%s", e2e_stanza_text(failure));
	e2e_send_raw(c, "<auth xmlns='" SASL "' mechanism='PLAIN'>%%%</auth>");
	failure = e2e_expect_stanza(c, E2E_ANY, .name = "failure");
	e2e_ok(e2e_count(failure, "incorrect-encoding") || e2e_count(failure, "not-authorized"), "%s",
	       e2e_stanza_text(failure)); /* the latter by ejabberd */
}

E2E_TEST(stream_errors)
{
	e2e_client *c = raw(E2E_BEFORE_AUTH);
	e2e_stanza *error;

	e2e_send_raw(c, "<a></b>");
	error = e2e_expect_stanza(c, E2E_ANY, .child_ns = "urn:ietf:params:xml:ns:xmpp-streams");
	e2e_like(e2e_stanza_text(error), "not-well-formed");
	e2e_eventually(30, !e2e_is_connected(c));
	e2e_like(e2e_disconnect_reason(c), "closed the stream of the raw client: not-well-formed");
}

/* An account of a host that isn't served. */
E2E_TEST(a_host_that_is_not_served)
{
	e2e_client *c = raw(E2E_BEFORE_TLS);
	e2e_account account = c->account;
	e2e_failure why;

	account.jid = "somebody@nowhere.invalid";
	e2e_ok(!e2e_client_try((e2e_client_opts){.account = &account, .until = E2E_BEFORE_TLS}, &why));
	e2e_is_str(why.code, "stream-error");
	e2e_like(why.message, "as somebody@nowhere.invalid: the server closed the stream before its stream features: "
			      "host-unknown");
}

/* A second round by the same client. */
E2E_TEST(again)
{
	e2e_client *c = raw(E2E_BEFORE_AUTH);

	e2e_send_raw(c, "<a></b>");
	e2e_eventually(30, !e2e_is_connected(c));
	e2e_ok(!e2e_reconnect(c));
	e2e_is_uint(e2e_stanzas_left(c), 0, "what came before is gone");
	e2e_ok(e2e_count(e2e_features(c), "mechanisms") == 1);
	e2e_ok(xmpp_conn_is_secured(c->conn));
}

E2E_TEST(authenticated)
{
	e2e_client *c = raw(E2E_BEFORE_BIND);
	e2e_account account = c->account;

	e2e_is_uint(e2e_count(e2e_features(c), "bind{urn:ietf:params:xml:ns:xmpp-bind}"), 1);
	account.jid = "anonymous.test";
	account.password = NULL;
	c = e2e_client_connect((e2e_client_opts){.account = &account, .until = E2E_BEFORE_BIND});
	e2e_is_uint(e2e_count(e2e_features(c), "bind"), 1, "by ANONYMOUS");
}

/* Said by a program whose stanzas are recorded. */
E2E_TEST(inner_speaks)
{
	e2e_account account;
	e2e_client *c;

	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	memset(&account, 0, sizeof account);
	account.jid = "speaker@localhost";
	account.password = "secret";
	account.host = "127.0.0.1";
	account.port = atoi(getenv("INNER"));
	account.ca_file = getenv("CA");
	c = e2e_client_connect((e2e_client_opts){.account = &account, .until = E2E_BEFORE_TLS});
	e2e_send_raw(c, "<starttls xmlns='" TLS "'/>");
	e2e_expect_stanza(c, E2E_ANY, .name = "proceed");
	e2e_start_tls(c);
	e2e_send_raw(c, e2e_printf("<auth xmlns='" SASL "' mechanism='PLAIN'>%s</auth>", plain("speaker")));
	e2e_expect_stanza(c, E2E_ANY, .name = "success");
	e2e_open_stream(c);
	e2e_iq(c, e2e_xml(c, "<iq type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"));
	e2e_message(c, getenv("TO"), "it's raw");
	e2e_iq(c, e2e_xml(c, "<iq type='get'><query xmlns='jabber:iq:roster'/></iq>"));
	e2e_pass("it is said");
}

E2E_TEST(a_record_is_a_script)
{
	e2e_client *listener = e2e_client_connected();
	const char *record = e2e_printf("%s/talk.sh", e2e_tmpdir()), *text;
	e2e_result r = e2e_run_with(
	    (e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("INNER=%d", listener->account.port),
					     e2e_printf("CA=%s", listener->account.ca_file),
					     e2e_printf("TO=%s", listener->jid))},
	    "/proc/self/exe", "-k", "^inner_speaks$", "--record", record);

	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_is_str(e2e_body(e2e_expect_stanza(listener, E2E_MESSAGE, .from = "speaker@localhost")), "it's raw");
	text = e2e__file_read(record, NULL);
	e2e_unlike(text, plain("speaker"));
	e2e_like(text, "\nraw inner_speaks/client-1 1\n");
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("PASSWORD=anything")}, "sh", record,
			 "inner_speaks/client-1", e2e_printf("127.0.0.1:%d", listener->account.port), "localhost",
			 "replayer");
	e2e_is_str(e2e_body(e2e_expect_stanza(listener, E2E_MESSAGE, .from = "replayer@localhost")), "it's raw");
}

/* The certificate is judged as at a login. */
E2E_TEST(a_certificate_that_nobody_trusts)
{
	e2e_client *c = raw(E2E_BEFORE_TLS);
	e2e_account account = c->account;
	e2e_tls tls;
	e2e_failure why;

	memset(&tls, 0, sizeof tls);
	account.ca_file = NULL;
	e2e_ok(!e2e_client_try((e2e_client_opts){.account = &account, .tls = &tls, .until = E2E_BEFORE_AUTH}, &why));
	e2e_is_str(why.code, "certificate");
	e2e_like(why.message, "its certificate was refused: ");
}

static void at_port(int port, bool direct, int until, const char *message, const char *hint)
{
	e2e_client *c = e2e_client_connected();
	e2e_account account = c->account;
	e2e_tls tls;
	e2e_failure why;

	memset(&tls, 0, sizeof tls);
	memset(&why, 0, sizeof why);
	tls.direct = direct;
	account.port = port;
	e2e_ok(!e2e_client_try((e2e_client_opts){.account = &account, .tls = &tls, .until = until}, &why));
	e2e_is_str(why.code, "tls");
	e2e_like(why.message, message);
	e2e_like(why.hint, hint);
}

/* A port for TLS from the first byte, and one for STARTTLS, taken for the other: logging in, and raw. */
E2E_TEST(a_port_of_the_other_kind)
{
	e2e_client *c = e2e_client_connected();

	for (int until = 0; until <= E2E_BEFORE_AUTH; until += E2E_BEFORE_AUTH) {
		at_port(c->own->direct_port, false, until, "this port speaks TLS from the first byte, and no STARTTLS",
			"set direct_tls=true");
		at_port(c->account.port, true, until, "this port opens a stream, for STARTTLS: it doesn't speak TLS from the first byte",
			"leave direct_tls out");
	}
}

/* ---- how it fails ---- */

E2E_TEST(inner_wrong_use)
{
	e2e_client *c;

	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	if (strcmp(getenv("INNER"), "no-raw") == 0)
		e2e_open_stream(e2e_client_connected());
	if (strcmp(getenv("INNER"), "until") == 0)
		raw(7);
	if (strcmp(getenv("INNER"), "tls") == 0)
		e2e_start_tls(raw(E2E_BEFORE_TLS)); /* nobody said <proceed/> */
	c = raw(E2E_BEFORE_AUTH);
	if (strcmp(getenv("INNER"), "tls-again") == 0)
		e2e_start_tls(c);
	if (strcmp(getenv("INNER"), "open") == 0) {
		e2e_xmpp_timeout(3); /* ejabberd is silent */
		e2e_open_stream(c);
		return;
	}
	e2e_send_raw(c, "<a></b>");
	e2e_eventually(30, !e2e_is_connected(c));
	e2e_expect_stanza(c, E2E_ANY, .name = "success");
}

static e2e_result inner(const char *how)
{
	return e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("INNER=%s", how))}, "/proc/self/exe", "-k",
			    "^inner_wrong_use$");
}

E2E_TEST(it_fails_with_words)
{
	e2e_result r = inner("no-raw");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "client-1 is no raw client: it has logged in");
	e2e_like(r.out, "hint: .*until = E2E_BEFORE_TLS");
	r = inner("until");
	e2e_like(r.out, "\\.until = 7: expected E2E_BEFORE_TLS, E2E_BEFORE_AUTH or E2E_BEFORE_BIND");
	r = inner("tls");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "code: (tls|server-died|broken-xml|stream-error)");
	e2e_like(r.out, "hint: .*e2e_start_tls comes when the server has sent <proceed/>");
	r = inner("tls-again");
	e2e_like(r.out, "client-1 is under TLS already");
	r = inner("open");
	e2e_like(r.out, "hint: .*e2e_open_stream comes when the server has sent <success/>");
	r = inner("gone");
	e2e_like(r.out, "client-1 lost its connection while it waited: .*not-well-formed");
	e2e_like(r.out, "want: .*any stanza named <success>");
}

E2E_MAIN()
