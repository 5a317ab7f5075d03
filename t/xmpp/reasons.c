/* e2e: libstrophe openssl libsodium */
/* Every way in which connecting can fail has a reason, a code and an end in time: against stub servers that break off at each
 * step, and against a real server that refuses. */
#include "e2e_xmpp.h"

#define HEAD \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' " \
	"id='1' from='localhost' version='1.0'>"
#define MECHANISMS(list) \
	HEAD "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" list \
	     "</mechanisms></stream:features>"
#define STARTTLS \
	HEAD "<stream:features><starttls " \
	     "xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
#define BIND HEAD "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"

/* What a stub says: lines of "wait for this" and "answer that"; an answer of NULL ends the list. */
struct talk {
	const char *wait, *answer;
};

static void say(int fd, const char *text)
{
	size_t n = strlen(text);

	if (write(fd, text, n) < 0)
		_exit(0);
}

/* Plays the talk; what comes after it is never answered. */
static void play(int fd, void *arg)
{
	const struct talk *t = (const struct talk *)arg;
	char in[65536];
	size_t n = 0;
	ssize_t got;

	for (; t->wait; t++) {
		for (in[n] = 0; !strstr(in, t->wait); in[n] = 0) {
			got = read(fd, in + n, sizeof in - n - 1);
			if (got <= 0)
				return;
			n += (size_t)got;
		}
		n = 0;
		if (!t->answer)
			return; /* and the connection is closed */
		say(fd, t->answer);
	}
	while ((got = read(fd, in, sizeof in - 1)) > 0) {
		in[got] = 0;
		if (strstr(in, "</stream:stream>"))
			return; /* libstrophe waits for that for 2 s */
	}
}

static e2e_failure why;

/* Tries to log in at a stub that plays this, and says nothing for so long at most. */
static void silent_at(const struct talk *talk, bool tls, bool password, double limit)
{
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", play, (void *)(uintptr_t)talk);
	e2e_account account = {password ? "juliet@localhost" : "localhost", password ? "secret" : NULL, "127.0.0.1",
			       s->port, NULL};
	e2e_tls plain = {.off = true}, secure = {.no_verify = true};
	e2e_client_opts opts = {.account = &account, .tls = tls ? &secure : &plain, .timeout = limit};

	memset(&why, 0, sizeof why);
	e2e_ok(!e2e_client_try(opts, &why), "it can't connect");
}

/* The same at one that says why. */
static void at(const struct talk *talk, bool tls, bool password)
{
	silent_at(talk, tls, password, 60);
}

/* Time enough for what the stub says before it falls silent. */
#define SILENCE 2

E2E_TEST(nobody_listens)
{
	int port = e2e_port();
	e2e_account account = {"localhost", NULL, "127.0.0.1", port, NULL};
	e2e_client_opts opts = {.account = &account};

	e2e_port_release(port);
	e2e_ok(!e2e_client_try(opts, &why));
	e2e_is_str(why.code, "refused");
	e2e_like(why.message, "127.0.0.1:[0-9]+ as localhost: the connection was refused");
	e2e_like(why.hint, "running");
}

E2E_TEST(no_such_host)
{
	e2e_account account = {"localhost", NULL, "no-such-host.invalid", 5222, NULL};
	e2e_client_opts opts = {.account = &account};

	e2e_ok(!e2e_client_try(opts, &why));
	e2e_is_str(why.code, "dns");
	e2e_like(why.message, "no address for the host \"no-such-host.invalid\"");
}

E2E_TEST(accepts_and_stays_silent)
{
	static const struct talk talk[] = {{NULL, NULL}};
	double began = e2e_now();

	silent_at(talk, true, false, 0.5);
	e2e_is_str(why.code, "silent");
	e2e_like(why.message, "went silent before its stream features, for 0\\.5 s");
	e2e_ok(e2e_now() - began >= 0.5);
}

E2E_TEST(silent_in_the_tls_handshake)
{
	static const struct talk talk[] = {{"<stream:stream", STARTTLS},
					   {"<starttls", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"},
					   {NULL, NULL}};

	silent_at(talk, true, false, SILENCE);
	e2e_is_str(why.code, "silent");
	e2e_like(why.message, "went silent in the TLS handshake");
}

E2E_TEST(dies_in_the_tls_handshake)
{
	static const struct talk talk[] = {{"<stream:stream", STARTTLS},
					   {"<starttls", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"},
					   {"\026", NULL},
					   {NULL, NULL}};

	at(talk, true, false);
	e2e_is_str(why.code, "server-died");
	e2e_like(why.message, "closed the connection in the TLS handshake");
}

E2E_TEST(talks_nonsense_in_the_tls_handshake)
{
	static const struct talk talk[] = {{"<stream:stream", STARTTLS},
					   {"<starttls", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"},
					   {"\026", "this is no TLS record"},
					   {NULL, NULL}};

	at(talk, true, false);
	e2e_is_str(why.code, "tls");
	e2e_like(why.message, "the TLS handshake failed: wrong version number");
}

E2E_TEST(silent_after_starttls)
{
	static const struct talk talk[] = {{"<stream:stream", STARTTLS}, {NULL, NULL}};

	silent_at(talk, true, false, SILENCE);
	e2e_is_str(why.code, "silent");
	e2e_like(why.message, "went silent after <starttls/>");
}

/* Logged in, and then nothing. */
E2E_TEST(silent_after_bind)
{
	static const struct talk talk[] = {{"<stream:stream", MECHANISMS("<mechanism>PLAIN</mechanism>")},
					   {"<auth", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"},
					   {"<stream:stream", BIND},
					   {"<bind", "<iq type='result' id='_xmpp_bind1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
						     "<jid>juliet@localhost/x</jid></bind></iq>"},
					   {NULL, NULL}};

	silent_at(talk, false, true, SILENCE);
	e2e_is_str(why.code, "silent");
	e2e_like(why.message, "the server went silent after login, for 2 s");
	e2e_like(why.hint, "doesn't answer");
}

/* The same server ends the connection then. */
E2E_TEST(dies_after_bind)
{
	static const struct talk talk[] = {{"<stream:stream", MECHANISMS("<mechanism>PLAIN</mechanism>")},
					   {"<auth", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"},
					   {"<stream:stream", BIND},
					   {"<bind", "<iq type='result' id='_xmpp_bind1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
						     "<jid>juliet@localhost/x</jid></bind></iq>"},
					   {"<presence", NULL},
					   {NULL, NULL}};

	at(talk, false, true);
	e2e_is_str(why.code, "server-died");
	e2e_like(why.message, "the server closed the connection after login");
	e2e_is_uint(e2e__xmpp.clients->loss_told, true, "the test knows");
}

E2E_TEST(no_starttls_is_refused)
{
	static const struct talk talk[] = {{"<stream:stream", MECHANISMS("<mechanism>PLAIN</mechanism>")},
					   {NULL, NULL}};

	at(talk, true, true);
	e2e_is_str(why.code, "no-tls");
	e2e_like(why.message, "offers no STARTTLS");
}

E2E_TEST(no_anonymous)
{
	static const struct talk talk[] = {
	    {"<stream:stream", MECHANISMS("<mechanism>PLAIN</mechanism><mechanism>SCRAM-SHA-1</mechanism>")},
	    {NULL, NULL}};

	at(talk, false, false);
	e2e_is_str(why.code, "no-anonymous");
	e2e_like(why.message, "no SASL ANONYMOUS: the server offers PLAIN SCRAM-SHA-1");
	e2e_like(why.hint, "static");
}

E2E_TEST(no_common_mechanism)
{
	static const struct talk talk[] = {{"<stream:stream", MECHANISMS("<mechanism>GSSAPI</mechanism>")},
					   {NULL, NULL}};

	at(talk, false, true);
	e2e_is_str(why.code, "no-mechanism");
	e2e_like(why.message, "the server offers GSSAPI");
}

E2E_TEST(wrong_password)
{
	static const struct talk talk[] = {
	    {"<stream:stream", MECHANISMS("<mechanism>PLAIN</mechanism>")},
	    {"<auth", "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text>No such "
		      "luck</text></failure>"},
	    {NULL, NULL}};

	at(talk, false, true);
	e2e_is_str(why.code, "auth");
	e2e_like(why.message, "authentication failed: not-authorized: No such luck");
}

E2E_TEST(silent_and_dead_in_sasl)
{
	static const struct talk silent[] = {{"<stream:stream", MECHANISMS("<mechanism>PLAIN</mechanism>")},
					     {NULL, NULL}};
	static const struct talk dead[] = {
	    {"<stream:stream", MECHANISMS("<mechanism>PLAIN</mechanism>")}, {"<auth", NULL}, {NULL, NULL}};

	silent_at(silent, false, true, SILENCE);
	e2e_is_str(why.code, "silent");
	e2e_like(why.message, "in SASL authentication");
	at(dead, false, true);
	e2e_is_str(why.code, "server-died");
	e2e_like(why.message, "in SASL authentication");
}

E2E_TEST(bind_refused)
{
	static const struct talk talk[] = {
	    {"<stream:stream", MECHANISMS("<mechanism>PLAIN</mechanism>")},
	    {"<auth", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"},
	    {"<stream:stream", BIND},
	    {"_xmpp_bind1", "<iq type='error' id='_xmpp_bind1'><error type='cancel'><conflict "
			    "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"},
	    {NULL, NULL}};

	at(talk, false, true);
	e2e_is_str(why.code, "conflict");
	e2e_like(why.message, "refused the resource: conflict");
}

/* ---- SCRAM: the server has to know the password, too ---- */

static const char *base64(const void *bytes, size_t n)
{
	char *text = (char *)e2e__memory_alloc(4 * (n / 3 + 2));

	EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)bytes, (int)n);
	return text;
}

/* The text of the first element in what a client sent. */
static const char *heard(int fd, const char *wanted)
{
	static char in[65536];
	size_t n = 0;

	for (in[n] = 0; !strstr(in, wanted) || in[n - 1] != '>'; in[n] = 0) {
		ssize_t got = read(fd, in + n, sizeof in - n - 1);

		if (got <= 0)
			_exit(0);
		n += (size_t)got;
	}
	return e2e__memory_strdup(e2e__libstrophe_payload(strstr(in, wanted)));
}

/* By RFC 5802, for a password, or with something else instead of its signature. arg: "SHA-1 password [signature]". */
static void scram(int fd, void *arg)
{
	const char *hash_name = e2e_printf("%.*s", (int)strcspn((const char *)arg, " "), (const char *)arg);
	const char *password = (const char *)arg + strlen(hash_name) + 1, *first, *last, *challenge, *talk,
		   *wrong;
	const EVP_MD *hash = strcmp(hash_name, "SHA-1") ? EVP_sha256() : EVP_sha1();
	unsigned char salted[EVP_MAX_MD_SIZE], key[EVP_MAX_MD_SIZE], signature[EVP_MAX_MD_SIZE];
	unsigned n;

	wrong = strchr(password, ' ');
	password = e2e_printf("%.*s", (int)strcspn(password, " "), password);
	heard(fd, "<stream:stream");
	say(fd, e2e_printf(MECHANISMS("<mechanism>SCRAM-%s</mechanism>"), hash_name));
	first = heard(fd, "<auth ") + 3;
	challenge = e2e_printf("r=%sserver,s=%s,i=4096", strstr(first, ",r=") + 3, base64("salt", 4));
	if (!wrong || strcmp(wrong, " nothing")) {
		say(fd, e2e_printf("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%s</challenge>",
				   base64(challenge, strlen(challenge))));
		last = heard(fd, "<response ");
		talk = e2e_printf("%s,%s,%.*s", first, challenge, (int)(strstr(last, ",p=") - last), last);
		PKCS5_PBKDF2_HMAC(password, (int)strlen(password), (const unsigned char *)"salt", 4, 4096,
				  hash, EVP_MD_size(hash), salted);
		HMAC(hash, salted, EVP_MD_size(hash), (const unsigned char *)"Server Key", 10, key, &n);
		HMAC(hash, key, (int)n, (const unsigned char *)talk, strlen(talk), signature, &n);
		last = e2e_printf("v=%s", base64(signature, n));
	}
	last = wrong
		   ? strcmp(wrong, " nothing") && strcmp(wrong, " none") ? e2e_printf("v=%s", wrong + 1) : ""
		   : last;
	say(fd, e2e_printf("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%s</success>",
			   *last ? base64(last, strlen(last)) : ""));
	heard(fd, "<stream:stream");
	say(fd, BIND);
	heard(fd, "_xmpp_bind1");
	say(fd, "<iq type='result' id='_xmpp_bind1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
		"<jid>juliet@localhost/x</jid></bind></iq>");
	heard(fd, "</stream:stream>");
}

static e2e_client *at_scram(const char *how)
{
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", scram, (void *)(uintptr_t)how);
	e2e_account account = {"juliet@localhost", "secret", "127.0.0.1", s->port, NULL};
	e2e_tls plain = {.off = true};

	memset(&why, 0, sizeof why);
	return e2e_client_try((e2e_client_opts){.account = &account, .tls = &plain, .presence = "none"},
			      &why);
}

E2E_TEST(a_server_that_knows_the_password)
{
	e2e_ok(at_scram("SHA-1 secret") != NULL) || (e2e_diag("%s", why.message), 0);
	e2e_ok(at_scram("SHA-256 secret") != NULL) || (e2e_diag("%s", why.message), 0);
}

/* The case's end ends the stubs before the clients: that is no loss. */
E2E_TEST(the_end_of_a_stub_is_no_loss)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("E2E_RUN_DIR")}, "/proc/self/exe", "-k",
				    "^a_server_that_knows_the_password$");

	e2e_is_int(r.status, 0);
	e2e_is_str(r.err, "");
}

E2E_TEST(a_server_that_does_not_know_the_password)
{
	static const char *const liars[][2] = {
	    {"SHA-1 guess", "its signature is wrong \\(SCRAM-SHA-1\\)"},
	    {"SHA-256 guess", "its signature is wrong \\(SCRAM-SHA-256\\)"},
	    {"SHA-1 secret AAAA", "its signature is wrong"},
	    {"SHA-1 secret none", "its <success/> has no signature"},
	    {"SHA-1 secret nothing", "its <success/> has no signature"},
	};

	for (size_t i = 0; i < sizeof liars / sizeof *liars; i++) {
		e2e_ok(!at_scram(liars[i][0]), "%s", liars[i][0]);
		e2e_is_str(why.code, "auth");
		e2e_like(why.message, e2e_printf("didn't prove that it knows the password: %s", liars[i][1]));
	}
	e2e_unlike(e2e__file_read(e2e_printf("%s/xmpp.log", e2e_tmpdir()), NULL), "_xmpp_bind1",
		   "and nothing more is said to it");
}

/* ---- sessions that aren't resumed ---- */

/* Logs a client in and has it enable stream management. arg: "none" (isn't offered), "silent" (no session is given), "no" (one that can't
 * be resumed), "once" (one that is no more when the client comes again), "over"
 * (the server ends the stream, and the session with it). */
static void sessions(int fd, void *arg)
{
	const char *how = (const char *)arg;
	char in[65536];
	ssize_t got;

	heard(fd, "<stream:stream");
	say(fd, MECHANISMS("<mechanism>PLAIN</mechanism>"));
	heard(fd, "<auth ");
	say(fd, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
	heard(fd, "<stream:stream");
	say(fd, e2e_printf(HEAD "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>%s</stream:features>",
			   strcmp(how, "none") == 0 ? "" : "<sm xmlns='urn:xmpp:sm:3'/>"));
	while ((got = read(fd, in, sizeof in - 1)) > 0) {
		in[got] = 0;
		if (strstr(in, "<resume "))
			say(fd, "<failed xmlns='urn:xmpp:sm:3'><item-not-found "
				"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
		if (strstr(in, "_xmpp_bind1"))
			say(fd, "<iq type='result' id='_xmpp_bind1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
				"<jid>juliet@localhost/x</jid></bind></iq>");
		if (strstr(in, "<enable ") && strcmp(how, "silent") != 0)
			say(fd, e2e_printf("<enabled xmlns='urn:xmpp:sm:3' %s/>",
					   strcmp(how, "no") == 0 ? "" : "id='s' resume='true'"));
		if (strstr(in, "<enable ") && strcmp(how, "over") == 0)
			say(fd, "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
		if (strstr(in, "</stream:stream>"))
			return;
	}
}

E2E_TEST(why_a_session_is_not_resumed)
{
	static const char *const rows[][2] = {
		{"none", "the server offers no stream management (urn:xmpp:sm:3)"},
		{"silent", "the server had given it no session that can be resumed: no <enabled resume='true'/> had come"},
		{"no", "the server had given it no session that can be resumed: no <enabled resume='true'/> had come"},
		{"once", "the server refused to resume it: item-not-found"},
		{"over", "its connection had ended: the server closed the stream after login: reset"},
	};
	e2e_tls plain = {.off = true};

	e2e_each(i, sizeof rows / sizeof *rows, "%s", rows[i][0])
	{
		e2e_server *s = e2e_serve("tcp:127.0.0.1:0", sessions, (void *)(uintptr_t)rows[i][0]);
		e2e_account account = {"juliet@localhost", "secret", "127.0.0.1", s->port, NULL};
		e2e_client *c = e2e_client_connect((e2e_client_opts){
			.account = &account, .tls = &plain, .presence = "none", .resumable = true});

		if (strcmp(rows[i][0], "once") == 0)
			e2e_eventually(20, c->own->sm_given);
		if (strcmp(rows[i][0], "over") == 0)
			e2e_eventually(20, !e2e_is_connected(c));
		e2e_cut(c);
		e2e_ok(!e2e_reconnect(c));
		e2e_is_str(e2e__xmpp.missed, e2e_printf("e2e_reconnect: %s isn't resumed: %s", c->name, rows[i][1]));
	}
}

static const char *const conditions[] = {
    "conflict",	       "host-unknown",	 "not-authorized",	  "policy-violation",	 "resource-constraint",
    "system-shutdown", "see-other-host", "internal-server-error", "unsupported-version", "connection-timeout"};

E2E_TEST(stream_errors)
{
	for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
		struct talk *talk = (struct talk *)calloc(2, sizeof *talk);

		talk[0].wait = "<stream:stream";
		talk[0].answer = e2e_printf(
		    "%s<stream:error><%s xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text "
		    "xmlns='urn:ietf:params:xml:ns:xmpp-streams'>so %zu</text></stream:error></stream:stream>",
		    HEAD, conditions[i], i);
		at(talk, false, false);
		e2e_is_str(why.code, i ? "stream-error" : "conflict");
		e2e_like(why.message,
			 e2e_printf("closed the stream before its stream features: %s: so %zu", conditions[i], i));
		free(talk);
	}
}

E2E_TEST(broken_xml)
{
	static const struct talk talk[] = {{"<stream:stream", HEAD "<stream:features><mechanisms></stream:features>"},
					   {NULL, NULL}};

	at(talk, false, false);
	e2e_is_str(why.code, "broken-xml");
}

E2E_TEST(unknown_encoding)
{
	static const struct talk talk[] = {
	    {"<stream:stream", "<?xml version='1.0' encoding='no-such-encoding'?><stream:stream xmlns:stream='x'>"},
	    {NULL, NULL}};

	at(talk, false, false);
	e2e_is_str(why.code, "broken-xml");
}

E2E_TEST(no_xmpp_at_all)
{
	static const struct talk talk[] = {{"<stream:stream", "SSH-2.0-OpenSSH_9.2\r\n"}, {NULL, NULL}};

	at(talk, false, false);
	e2e_is_str(why.code, "broken-xml");
}

E2E_TEST(another_root_element)
{
	static const struct talk talk[] = {{"<stream:stream", "<html><body>it works</body></html>"}, {NULL, NULL}};

	at(talk, false, false);
	e2e_is_str(why.code, "broken-xml");
	e2e_like(why.message, "didn't open an XMPP stream");
}

E2E_MAIN()
