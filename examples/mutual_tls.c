/* mutual_tls.c - does the server mind a wrong client, and the client a wrong server? e2e_certs() makes all it
 * takes.
 *
 * openssl s_server is the server, curl the client. The certificates, the five bad pairs among them, are made
 * in some milliseconds in the case's folder; nothing is checked in, nothing expires next year. */
/* e2e: openssl */
#define E2E_OPENSSL
#include "e2e_proc.h"

static const e2e_certificates *tls;
static e2e_proc *server;
static int port;

/* A server with this pair that wants certificates of our authority. */
static void serve(const char *pair)
{
	e2e_require_command("openssl");
	e2e_require_command("curl");
	tls = e2e_certs(NULL, "localhost,127.0.0.1");
	port = e2e_port();
	server = e2e_spawn("openssl", "s_server", "-accept", e2e_printf("127.0.0.1:%d", port), "-cert",
			   e2e_printf("%s/%s.pem", tls->dir, pair), "-key",
			   e2e_printf("%s/%s.key", tls->dir, pair), "-CAfile", tls->ca, "-Verify", "1",
			   "-verify_return_error", "-www");
	e2e_must(e2e_ready(server, E2E_LINE("^ACCEPT")));
}

static int get_as(const char *pair)
{
	const char *url = e2e_printf("https://127.0.0.1:%d/", port);
	if (!pair)
		return e2e_run("curl", "-sS", "-o", "/dev/null", "--cacert", tls->ca, url).status;
	return e2e_run("curl", "-sS", "-o", "/dev/null", "--cacert", tls->ca, "--cert",
		       e2e_printf("%s/%s.pem", tls->dir, pair), "--key",
		       e2e_printf("%s/%s.key", tls->dir, pair), url)
	    .status;
}

E2E_TEST(server_knows_its_clients)
{
	serve("server");
	e2e_is_int(get_as("client"), 0);
	e2e_isnt_int(get_as(NULL), 0, "no certificate");
	e2e_isnt_int(get_as("expired"), 0, "expired");
	e2e_isnt_int(get_as("not-yet-valid"), 0, "not yet valid");
	e2e_isnt_int(get_as("stranger"), 0, "signed by somebody else");
	e2e_isnt_int(get_as("self-signed"), 0, "signed by itself");
	e2e_kill(server);
}

E2E_TEST(client_knows_its_server)
{
	static const char *const bad[] = {"expired", "not-yet-valid", "stranger", "self-signed",
					  "wrong-host"};
	for (int i = 0; i < 5; i++) {
		serve(bad[i]);
		e2e_is_int(get_as("client"), 60, "curl minds a server that is %s", bad[i]);
		e2e_kill(server);
	}
}

E2E_MAIN()
