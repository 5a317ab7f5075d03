/* security.c - who is let in: the cookie, and certificates on both sides. */
/* e2e: openssl */
#include "plugin.h"

/* --- the cookie: only its host starts a plugin --- */

static const char *const cookies[] = {"KV_COOKIE", "KV_COOKIE=", "KV_COOKIE=open",
	"KV_COOKIE=open sesamE", "KV_COOKIE=open sesame!"};

E2E_TEST_EACH(without_the_cookie, cookies, .tags = "cookie")
{
	plugin = spawn_kv(*e2e_row(const char *)); /* a name alone takes the variable away */
	e2e_wait(plugin, 2);
	e2e_is_str(e2e_stdout(plugin), "", "it says nothing to whom it doesn't know");
	e2e_like(e2e_stderr(plugin), "error COOKIE: .*\\(hint: let its host start it\\)");
}

/* --- certificates: made for the case, in milliseconds --- */

static const e2e_certificates *certs;

/* A plugin with this pair, which wants clients of our authority. */
static void start_tls(const char *pair)
{
	certs = e2e_certs(NULL, "localhost,127.0.0.1");
	start(COOKIE, "KV_NETWORK=tcp", e2e_printf("KV_CERT=%s/%s.pem", certs->dir, pair),
		e2e_printf("KV_KEY=%s/%s.key", certs->dir, pair),
		e2e_printf("KV_CA=%s", certs->ca));
}

/* A client that isn't ours: it looks at the plugin's certificate, and has this pair, or none. */
static e2e_result ask_tls(const char *pair, const char *request)
{
	e2e_spawn_opts opts = {.stdin_text = e2e_printf("%s\nbye\n", request)};

	e2e_require_command("openssl");
	return e2e_run_with(opts, "openssl", "s_client", "-quiet", "-connect", said.address,
		"-CAfile", certs->ca, "-verify_return_error", "-verify_ip", "127.0.0.1",
		pair ? "-cert" : NULL, /* NULL ends the list */
		e2e_printf("%s/%s.pem", certs->dir, pair ? pair : ""), "-key",
		e2e_printf("%s/%s.key", certs->dir, pair ? pair : ""));
}

E2E_TEST(both_are_known, .tags = "tls")
{
	start_tls("server");
	e2e_is_str(ask_tls("client", "put color red").out, "ok\n");
	e2e_is_str(ask_tls("client", "get color").out, "value red\n");

	/* So the host can pin it: the handshake's last field is the certificate's own text. */
	const char *text =
		e2e_run("sh", "-c", "grep -v -e ----- \"$0\" | tr -d '\\n'", certs->server).out;
	e2e_is_str(said.certificate, text);
	e2e_kill(plugin);
}

/* All but one thing is right with each of them: the plugin says which. */
struct stranger {
	const char *pair, *why;
};
static const struct stranger strangers[] = {
	{"expired", "certificate has expired"},
	{"not-yet-valid", "certificate is not yet valid"},
	{"stranger", "unable to get local issuer certificate"},
	{"self-signed", "self.signed certificate"},
};

E2E_TEST_EACH(clients_that_are_not, strangers, .tags = "tls")
{
	const struct stranger *s = e2e_row(struct stranger);

	start_tls("server");
	e2e_result r = ask_tls(s->pair, "get color");
	e2e_is_str(r.out, "", "not a word for it");
	e2e_isnt_int(r.status, 0);
	e2e_ready(plugin, E2E_LINE(e2e_printf("refused a client: %s", s->why)));
	e2e_is_str(ask_tls("client", "count").out, "value 0\n", "others are served");
	e2e_kill(plugin);
}

E2E_TEST(clients_without_a_certificate, .tags = "tls")
{
	start_tls("server");
	e2e_is_str(ask_tls(NULL, "get color").out, "");
	e2e_ready(plugin, E2E_LINE("refused a client: "));
	e2e_kill(plugin);
}

E2E_TEST(clients_without_tls, .tags = "tls")
{
	start_tls("server");
	e2e_unlike(ask(e2e_dial(said.endpoint), "get color"), "value|error");
	e2e_kill(plugin);
}

/* And the host, here openssl's client, doesn't talk to a plugin that isn't who it should be. */
static const struct stranger impostors[] = {
	{"expired", "certificate has expired"},
	{"not-yet-valid", "certificate is not yet valid"},
	{"stranger", "unable to get local issuer certificate"},
	{"self-signed", "self.signed certificate"},
	{"wrong-host", "IP address mismatch"},
};

E2E_TEST_EACH(plugins_that_are_not, impostors, .tags = "tls")
{
	const struct stranger *s = e2e_row(struct stranger);

	start_tls(s->pair);
	e2e_result r = ask_tls("client", "get color");
	e2e_is_str(r.out, "");
	e2e_like(r.err, s->why);
	e2e_kill(plugin);
}

E2E_TEST(a_key_of_another_certificate, .tags = "tls")
{
	certs = e2e_certs(NULL, "localhost");
	plugin = spawn_kv(COOKIE, e2e_printf("KV_CERT=%s", certs->server),
		e2e_printf("KV_KEY=%s", certs->client_key), e2e_printf("KV_CA=%s", certs->ca));
	e2e_wait(plugin, 5);
	e2e_like(e2e_stderr(plugin), "error TLS_PAIR: ");
}

E2E_MAIN()
