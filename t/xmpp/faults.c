/* e2e: libstrophe openssl libsodium */
/* What a server or network can do to a client that is logged in, and to many at once: each ends in time, with a reason. */
#include "e2e_xmpp.h"

/* A login without TLS at a stub, so that it can misbehave afterwards. */
#define HEAD \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' " \
	"id='1' from='localhost' version='1.0'><stream:features>"

static void say(int fd, const char *text, size_t n)
{
	while (n) {
		ssize_t done = write(fd, text, n);

		if (done <= 0)
			_exit(0);
		text += done;
		n -= (size_t)done;
	}
}

static char in[1 << 20];

static void hear(int fd, const char *wanted)
{
	size_t n = 0;

	for (in[0] = 0; !strstr(in, wanted); in[n] = 0) {
		ssize_t got = read(fd, in + n, sizeof in - n - 1);

		if (got <= 0)
			_exit(0);
		n += (size_t)got;
	}
}
#define SAY(fd, text) say(fd, text, strlen(text))

static void login(int fd)
{
	hear(fd, "<stream:stream");
	SAY(fd, HEAD
	    "<mechanisms "
	    "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>");
	hear(fd, "<auth");
	SAY(fd, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
	hear(fd, "<stream:stream");
	SAY(fd, HEAD "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>");
	hear(fd, "_xmpp_bind1");
	SAY(fd, "<iq type='result' id='_xmpp_bind1'><bind "
		"xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>juliet@localhost/x</jid></bind></iq>");
}

/* After login: waits for a message, then does what its body says. */
static void misbehave(int fd, void *arg)
{
	(void)arg;
	login(fd);
	for (;;) {
		hear(fd, "<message");
		if (strstr(in, "die"))
			return;
		if (strstr(in, "broken"))
			SAY(fd, "<message><body>not closed</message>");
		if (strstr(in, "huge")) {
			static char body[10 << 20];

			memset(body, 'x', sizeof body);
			SAY(fd, "<message from='localhost'><body>");
			say(fd, body, sizeof body);
			SAY(fd, "</body></message>");
		}
		if (strstr(in, "conflict"))
			SAY(fd, "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text "
				"xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Replaced by new "
				"connection</text></stream:error></stream:stream>");
		if (strstr(in, "close"))
			SAY(fd, "</stream:stream>");
	}
}

static e2e_account account;
static const e2e_tls plain = {.off = true};

static e2e_client *stub_client(void)
{
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", misbehave, NULL);

	account.jid = "juliet@localhost";
	account.password = "secret";
	account.host = "127.0.0.1";
	account.port = s->port;
	return e2e_client_connect((e2e_client_opts){.account = &account, .tls = &plain, .presence = "none"});
}

/* ---- broken tests: what they print is what the user sees; they run as programs of their own ---- */

static bool inner(void)
{
	if (getenv("INNER"))
		return true;
	e2e_pass("another case runs it");
	return false;
}

E2E_TEST(inner_dies_while_waited_for)
{
	e2e_client *c;

	if (!inner())
		return;
	c = stub_client();
	e2e_message(c, "x@localhost", "die");
	e2e_expect_stanza(c, E2E_MESSAGE, .from = "x@localhost");
	e2e_fail("not reached");
}

/* Waits for the end of a connection, without noticing it as a test does. */
static void until_it_is_down(const e2e_client *c)
{
	e2e_must(e2e_eventually(30, c->own->phase == E2E__PHASE_DOWN));
}

/* Another client than the one that waits. */
E2E_TEST(inner_other_dies)
{
	e2e_client *c, *other;

	if (!inner())
		return;
	c = stub_client();
	other = stub_client();
	e2e_message(other, "x@localhost", "conflict");
	until_it_is_down(other);
	e2e_expect_stanza(c, E2E_MESSAGE, .within = 0.5);
}

/* The case says nothing of it. */
E2E_TEST(inner_dies_unnoticed)
{
	e2e_client *c;

	if (!inner())
		return;
	c = stub_client();
	e2e_message(c, "x@localhost", "conflict");
	until_it_is_down(c);
	e2e_pass("done");
}

E2E_TEST(inner_dies_noticed)
{
	e2e_client *c;

	if (!inner())
		return;
	c = stub_client();
	e2e_message(c, "x@localhost", "conflict");
	e2e_must(e2e_eventually(20, !e2e_is_connected(c)));
	c = stub_client();
	e2e_message(c, "x@localhost", "die");
	e2e_must(e2e_eventually(20, e2e_disconnect_reason(c) != NULL));
	e2e_like(e2e_disconnect_reason(c),
		 "lost its connection to 127.0.0.1:[0-9]+: the server closed the connection after login");
}

static int gate[2];

/* After login: sends a message, or closes the connection, when the test says so. */
static void gated(int fd, void *arg)
{
	char c;

	(void)arg;
	login(fd);
	while (read(gate[0], &c, 1) > 0 && c == 'm')
		SAY(fd, "<message from='localhost'><body>hello</body></message>");
}

/* A client, and something that has come for it, but wasn't read yet. */
static e2e_client *with_unread(const char *signals)
{
	e2e_server *s;
	e2e_client *c;
	struct pollfd p;

	e2e_must(e2e_ok(!pipe(gate)));
	s = e2e_serve("tcp:127.0.0.1:0", gated, NULL);
	account.jid = "juliet@localhost";
	account.password = "secret";
	account.host = "127.0.0.1";
	account.port = s->port;
	c = e2e_client_connect((e2e_client_opts){.account = &account, .tls = &plain, .presence = "none"});
	e2e_must(e2e_ok(write(gate[1], signals, strlen(signals)) == (ssize_t)strlen(signals)));
	p.fd = c->own->fd;
	p.events = POLLIN;
	e2e_must(e2e_ok(poll(&p, 1, 20000) > 0));
	return c;
}

/* The last thing in a case: nothing reads after it. */
E2E_TEST(inner_dies_at_the_end)
{
	if (!inner())
		return;
	with_unread("x");
	e2e_pass("done");
}

/* What has come counts, whether or not anybody waited for it. */
E2E_TEST(what_has_come_is_seen)
{
	e2e_client *c = with_unread("m");

	e2e_is_uint(e2e_stanzas_left(c), 1);
	c = with_unread("x");
	e2e_ok(!e2e_is_connected(c));
	c = with_unread("x");
	e2e_like(e2e_disconnect_reason(c), "the server closed the connection after login");
}

E2E_TEST(inner_unread)
{
	if (!inner())
		return;
	e2e_no_stanza(with_unread("m"), 0);
}

E2E_TEST(inner_dies_in_an_iq)
{
	e2e_client *c;

	if (!inner())
		return;
	c = stub_client();
	e2e_message(c, "x@localhost", "die");
	e2e_iq(c, e2e_xml(c, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"));
	e2e_fail("not reached");
}

E2E_TEST(inner_no_reply)
{
	e2e_client *c;

	if (!inner())
		return;
	c = stub_client();
	e2e_xmpp_timeout(0.3);
	e2e_iq(c, e2e_xml(c, "<iq type='get' to='silent@localhost'><ping xmlns='urn:xmpp:ping'/></iq>"));
	e2e_fail("not reached");
}

E2E_TEST(inner_no_reply_after_a_loss)
{
	e2e_client *a, *b;

	if (!inner())
		return;
	a = stub_client();
	b = stub_client();
	e2e_message(b, "x@localhost", "conflict");
	until_it_is_down(b);
	e2e_xmpp_timeout(0.3);
	e2e_iq(a, e2e_xml(a, "<iq type='get' to='silent@localhost'><ping xmlns='urn:xmpp:ping'/></iq>"));
	e2e_fail("not reached");
}

E2E_TEST(inner_wrong_stanza)
{
	e2e_client *a, *b;

	if (!inner())
		return;
	a = e2e_client_connected();
	b = e2e_client_connected();
	e2e_message(a, b->jid, "the wrong words");
	e2e_must(e2e_eventually(30, e2e_stanzas_left(b) == 1));
	e2e_send_stanza(a, e2e_xml(a, "<message from='mallory@localhost' to='%s'/>", a->jid));
	e2e_expect_stanza(b, E2E_MESSAGE, .from = a->jid, .body = "^the right", .within = 0.3);
	e2e_fail("not reached");
}

E2E_TEST(inner_wrong_client)
{
	e2e_client *a, *b;

	if (!inner())
		return;
	a = e2e_client_connected();
	b = e2e_client_connected();
	e2e_message(a, a->jid, "to myself");
	e2e_must(e2e_eventually(30, e2e_stanzas_left(a) == 1));
	e2e_expect_stanza(b, E2E_MESSAGE, .within = 0.3);
	e2e_fail("not reached");
}

E2E_TEST(inner_unexpected_stanza)
{
	e2e_client *a, *b;

	if (!inner())
		return;
	a = e2e_client_connected();
	b = e2e_client_connected();
	e2e_message(a, b->jid, "surprise");
	e2e_no_stanza(b, 30); /* until it comes */
}

E2E_TEST(inner_malformed)
{
	e2e_client *a;

	if (!inner())
		return;
	a = e2e_client_connected();
	e2e_send_stanza(a, e2e_xml(a, "<message><body>%s</message>", "x"));
	e2e_fail("not reached");
}

E2E_TEST(inner_thousands)
{
	static e2e_client *out[3000];

	if (!inner())
		return;
	e2e_clients_connected(3000, out);
	e2e_fail("not reached");
}

E2E_TEST(inner_alarm_in_a_wait)
{
	e2e_client *c;

	if (!inner())
		return;
	c = e2e_client_connected();
	e2e_blocking_with_timeout(0.2)
	{
		e2e_expect_stanza(c, E2E_MESSAGE);
	}
	e2e_fail("not reached");
}

static e2e_result broken(const char *name)
{
	return e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR")}, "/proc/self/exe", "-k",
			    e2e_printf("^inner_%s$", name));
}

/* ---- and what they must print ---- */

E2E_TEST(server_dies_while_waited_for)
{
	e2e_result r = broken("dies_while_waited_for");

	e2e_is_int(r.status, 1);
	e2e_like(r.out,
		 "message: \"?client-1 lost its connection while it waited: .*closed the connection after login");
	e2e_like(r.out, "want: a message from x@localhost");
	e2e_like(r.out, "code: disconnected");
	e2e_unlike(r.out, "hint: .*lost its connection", "the message says it already");
	e2e_unlike(r.out, "lost its connection[^\n]*lost its connection", "and says it once");
	e2e_like(r.out, "xmpp: [|]", "with its transcript");
	e2e_like(r.out, "t/xmpp/faults.c:[0-9]+");
	e2e_cmp_int((int)r.seconds, "<", 15);
}

E2E_TEST(unread_is_not_nothing)
{
	e2e_result r = broken("unread");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "client-1 got a stanza that wasn't to come");
}

E2E_TEST(another_client_dies)
{
	e2e_result r = broken("other_dies");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "client-1 got no such stanza within 0.5 s");
	e2e_like(r.out, "hint: .*client-2 \\(juliet@localhost/x\\) lost its connection to .*conflict");
}

E2E_TEST(a_loss_that_nobody_noticed_is_told)
{
	e2e_result r = broken("dies_unnoticed");

	e2e_is_int(r.status, 0);
	e2e_like(r.err, "client-1 \\(juliet@localhost/x\\) lost its connection to .*conflict.*; the case "
			"went on without noticing");
	r = broken("dies_noticed");
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_unlike(r.err, "noticing");
}

/* By nobody: not even the wait of another thing has seen it. */
E2E_TEST(a_loss_at_the_very_end_is_told)
{
	e2e_result r = broken("dies_at_the_end");

	e2e_is_int(r.status, 0);
	e2e_like(r.err, "^# client-1 \\(juliet@localhost/x\\) lost its connection to "
			"127.0.0.1:[0-9]+: the server closed the connection after login(: Connection reset by peer)?; the "
			"case went on without noticing it \\(e2e_disconnect_reason\\)\n$");
}

/* A script is no case, but it has an end, too, and as many clients as it likes. */
E2E_TEST(a_loss_at_the_end_of_a_script_is_told)
{
	e2e_result r;

	e2e_client_connected(); /* a server for it, or a skip */
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("HARNESS_ACTIVE", "E2E_RUN_DIR")}, "t/xmpp/broken/lost.bin");
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_like(r.err, "^# client-2 \\([^ ]+@localhost/[^ ]+\\) lost its connection to 127.0.0.1:[0-9]+: [^\n]+; the "
			"case went on without noticing it \\(e2e_disconnect_reason\\)\n$");
}

E2E_TEST(server_dies_in_an_iq)
{
	e2e_result r = broken("dies_in_an_iq");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "client-1 (lost its connection while it waited for the reply of its server|isn't connected)");
}

E2E_TEST(no_reply)
{
	e2e_result r = broken("no_reply");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "no reply from silent@localhost to client-1 within [0-9.]+ s");
	e2e_like(r.out, "code: timeout");
}

/* Perhaps that's why nobody answers. */
E2E_TEST(no_reply_after_a_loss)
{
	e2e_result r = broken("no_reply_after_a_loss");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "no reply from silent@localhost to client-1 within [0-9.]+ s");
	e2e_like(r.out, "hint: .*client-2 \\(juliet@localhost/x\\) lost its connection to .*conflict");
}

E2E_TEST(wrong_stanza)
{
	e2e_result r = broken("wrong_stanza");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "client-2 got no such stanza within [0-9.]+ s");
	e2e_like(r.out, "want: a message from .* with a body like /\\^the right/");
	e2e_like(r.out, "the wrong words");
	e2e_like(r.out, "client-2 - is logged in as [^ ]+@localhost/", "the transcript is the test's own words");
	e2e_like(r.out, "\n    [+][0-9.]+ client-1 +\\| > <message to=\"client-2\" type=\"chat\"><body>the wrong words</body>", "the story has it short");
	e2e_like(r.out, "\n    [+][0-9.]+ client-2 +\\| < <message( type=\"chat\"| from=\"client-1\")+><body>the wrong words</body>");
	e2e_like(r.out, "\n    [+][0-9.]+ client-1 +\\| > <message( to=\"client-1\"| from=\"mallory@localhost\"){2}/>", "an address that isn't its own");
	e2e_unlike(r.out, "<stream:stream|_xmpp_bind1|e2e\\.up|xmpp-login", "not those of logins that went well");
}

E2E_TEST(wrong_client)
{
	e2e_result r = broken("wrong_client");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "client-2 got no such stanza within [0-9.]+ s");
	e2e_like(r.out, "hint: \"client-1 \\([^ ]+@localhost/[^ ]+\\) got one that fits: <message .*to myself");
}

E2E_TEST(unexpected_stanza)
{
	e2e_result r = broken("unexpected_stanza");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "client-2 got a stanza that wasn't to come");
	e2e_like(r.out, "surprise");
}

E2E_TEST(malformed)
{
	e2e_result r = broken("malformed");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "no well-formed XML of one element");
	e2e_like(r.out, "<message><body>x</message>");
}

E2E_TEST(thousands)
{
	e2e_result r = broken("thousands");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "3000 clients were asked for, but libstrophe waits by select\\(\\) and the process may have "
			"only [0-9]+ more");
	e2e_like(r.out, "ask for at most [0-9]+ in one case");
}

E2E_TEST(alarm_in_a_wait)
{
	e2e_result r = broken("alarm_in_a_wait");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "timed out after [0-9.]+ s");
	e2e_unlike(r.out, "crash|SIGSEGV|leaked");
}

/* ---- a client survives it ---- */

static void after(const char *what, const char *reason)
{
	e2e_client *c = stub_client();

	e2e_message(c, "x@localhost", what);
	e2e_eventually(30, !e2e_is_connected(c), "%s ends the connection", what);
	e2e_like(e2e_disconnect_reason(c), reason);
}

E2E_TEST(dies)
{
	after("die", "the server closed the connection after login");
}
E2E_TEST(broken_xml)
{
	after("broken", "isn't well-formed XML after login");
}
E2E_TEST(stream_conflict)
{
	after("conflict", "closed the stream after login: conflict: Replaced by new connection");
}
E2E_TEST(closes_politely)
{
	after("close", "closed the connection after login");
}

/* libstrophe puts it together in a time that grows with the square of its size: long under a sanitizer. */
E2E_TEST(ten_megabytes, .timeout = 300)
{
	e2e_client *c = stub_client();
	e2e_stanza *s;

	e2e_message(c, "x@localhost", "huge");
	s = e2e_expect_stanza(c, E2E_MESSAGE, .from = "localhost", .within = 250);
	e2e_is_uint(strlen(e2e_body(s)), 10u << 20);
	e2e_message(c, "x@localhost", "die");
	e2e_eventually(30, !e2e_is_connected(c), "it goes on after that");
}

/* The real server, by a proxy that breaks. */
E2E_TEST(a_broken_line)
{
	e2e_client *peer = e2e_client_connected(), *c;
	e2e_proxy *px = e2e_proxy_to(e2e_printf("tcp:127.0.0.1:%d", peer->account.port));
	e2e_account through = {.host = "127.0.0.1", .port = px->port};

	c = e2e_client_connect((e2e_client_opts){.resumable = true, .account = &through});
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .down = true);
	e2e_eventually(30, !e2e_is_connected(c));
	e2e_proxy_clear(px);
	e2e_message(peer, c->jid, "are you there?");
	e2e_ok(e2e_reconnect(c), "resumed");
	e2e_is_str(e2e_body(e2e_expect_stanza(c, E2E_MESSAGE)), "are you there?");
}

/* A proxy that takes STARTTLS out of what the server offers. */
static void strip(int fd, void *arg)
{
	int to = e2e_try_dial(e2e_printf("tcp:127.0.0.1:%d", *(int *)arg), 5);
	struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.fd = to, .events = POLLIN}};
	char *found;
	ssize_t n;

	while (to >= 0 && poll(p, 2, -1) > 0)
		for (int i = 0; i < 2; i++) {
			if (!p[i].revents)
				continue;
			n = read(p[i].fd, in, sizeof in - 1);
			if (n <= 0)
				return;
			in[n] = 0;
			if (i && (found = strstr(in, "<starttls")))
				memcpy(found, "<nothing!", 0), memset(found + 1, 'x', 8);
			if (i && (found = strstr(in, "</starttls")))
				memset(found + 2, 'x', 8);
			say(p[!i].fd, in, (size_t)n);
		}
}

E2E_TEST(starttls_stripped)
{
	e2e_client *peer = e2e_client_connected();
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", strip, &peer->account.port);
	e2e_account through = {.host = "127.0.0.1", .port = s->port};
	e2e_failure why;

	e2e_ok(!e2e_client_try((e2e_client_opts){.account = &through}, &why), "refused");
	e2e_is_str(why.code, "no-tls");
	e2e_unlike(e2e_received(s), "<auth", "nothing was said that matters");
}

/* What real servers say: no such account, no ANONYMOUS here, your resource is taken. */
E2E_TEST(real_refusals)
{
	e2e_client *c = e2e_client_connect((e2e_client_opts){.resource = "one"}), *again;
	e2e_account real = c->account;
	e2e_failure why;

	real.jid = "nobody@registered.test";
	e2e_ok(!e2e_client_try((e2e_client_opts){.account = &real}, &why));
	e2e_is_str(why.code, "auth");
	e2e_like(why.message, "authentication failed: not-authorized");
	real.jid = "registered.test";
	real.password = NULL;
	e2e_ok(!e2e_client_try((e2e_client_opts){.account = &real}, &why));
	e2e_is_str(why.code, "no-anonymous");
	e2e_like(why.message, "the server offers .*SCRAM-SHA-1");
	real = c->account;
	again = e2e_client_try((e2e_client_opts){.account = &real, .resource = "one"}, &why);
	if (again) { /* RFC 6120, 7.7.2.2: the server chose to end the old one, or to give the new one another name */
		e2e_eventually(30, !e2e_is_connected(c) || strcmp(c->jid, again->jid), "two clients don't share an address");
		if (!e2e_is_connected(c))
			e2e_like(e2e_disconnect_reason(c), "conflict");
	} else {
		e2e_is_str(why.code, "conflict");
	}
}

/* Nobody listens there. */
static bool is_refused(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool refused;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	refused = connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno == ECONNREFUSED;
	close(fd);
	return refused;
}

/* A server that is gone and comes back on the same port. */
E2E_TEST(server_restarts)
{
	int port = e2e_port();
	e2e_server *s;
	e2e_client *c;
	const char *where = e2e_printf("tcp:127.0.0.1:%d", port);
	e2e_failure why;

	e2e_port_release(port);
	s = e2e_serve(where, misbehave, NULL);
	account.jid = "juliet@localhost";
	account.password = "secret";
	account.host = "127.0.0.1";
	account.port = port;
	c = e2e_client_connect((e2e_client_opts){.account = &account, .tls = &plain, .presence = "none"});
	e2e__end_process(s->proc);
	e2e_eventually(30, !e2e_is_connected(c));
	e2e_must(e2e_eventually(30, is_refused(port)));
	e2e_ok(!e2e_client_try((e2e_client_opts){.account = &account, .tls = &plain}, &why));
	e2e_is_str(why.code, "refused");
	e2e_serve(where, misbehave, NULL);
	e2e_ok(!e2e_reconnect(c));
	e2e_ok(e2e_is_connected(c), "it is back");
}

E2E_TEST(two_hundred_at_once)
{
	static e2e_client *out[200];

	e2e_clients_connected(200, out);
	e2e_message(out[0], out[199]->jid, "hello at the other end");
	e2e_expect_stanza(out[199], E2E_MESSAGE, .from = out[0]->jid);
	e2e_pass("all are there");
}

E2E_MAIN()
