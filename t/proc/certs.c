/* Certificates: what openssl and curl say of each, as a server's and as a client's. */
/* e2e: openssl */
#define E2E_OPENSSL
#include "e2e_proc.h"
#include "../golden.h"

static const e2e_certificates *tls;

E2E_SUITE_SETUP()
{
	tls = e2e_certs(NULL, "localhost,127.0.0.1");
}

static const char *pem(const char *name, const char *kind)
{
	return e2e_printf("%s/%s.%s", tls->dir, name, kind);
}

/* openssl s_server with a pair; it wants a client's certificate. Returns its port. */
static int server_with(const char *name, e2e_proc **server)
{
	int port = e2e_port();
	const char *at = e2e_printf("127.0.0.1:%d", port);
	*server =
	    e2e_spawn("openssl", "s_server", "-accept", at, "-cert", pem(name, "pem"), "-key",
		      pem(name, "key"), "-CAfile", tls->ca, "-Verify", "1", "-verify_return_error", "-www");
	e2e_must(e2e_ready(*server, E2E_LINE("^ACCEPT")));
	return port;
}

/* Does s_client accept this server for localhost? */
static bool client_accepts(int port, const char *host)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.stdin_text = "GET / HTTP/1.0\r\n\r\n"}, "openssl",
				    "s_client", "-connect", e2e_printf("127.0.0.1:%d", port), "-CAfile",
				    tls->ca, "-cert", tls->client, "-key", tls->client_key,
				    "-verify_return_error", "-verify_hostname", host, "-quiet", "-ign_eof");
	return r.status == 0 && strstr(r.out, "HTTP/1.0 200") != NULL;
}

/* Does the server accept this client? TLS 1.2, where the answer is part of the handshake. */
static bool server_accepts(int port, const char *name)
{
	const char *at = e2e_printf("127.0.0.1:%d", port);
	e2e_spawn_opts o = {.stdin_text = "GET / HTTP/1.0\r\n\r\n"};
	e2e_result r =
	    name ? e2e_run_with(o, "openssl", "s_client", "-tls1_2", "-connect", at, "-CAfile", tls->ca,
				"-cert", pem(name, "pem"), "-key", pem(name, "key"), "-quiet", "-ign_eof")
		 : e2e_run_with(o, "openssl", "s_client", "-tls1_2", "-connect", at, "-CAfile", tls->ca,
				"-quiet", "-ign_eof");
	return strstr(r.out, "HTTP/1.0 200") != NULL;
}

/* curl's exit status: 0, or 60 where it minds the certificate. */
static int curl_says(int port)
{
	return e2e_run("curl", "-sS", "-o", "/dev/null", "--cacert", tls->ca, "--cert", tls->client, "--key",
		       tls->client_key, e2e_printf("https://localhost:%d/", port), "--resolve",
		       e2e_printf("localhost:%d:127.0.0.1", port))
	    .status;
}

/* The verdicts about servers. */
static const struct {
	const char *name;
	bool good_server, good_client;
} pairs[] = {
    {"server", true, false}, /* may not be a client: its use is serverAuth */
    {"expired", false, false},	   {"not-yet-valid", false, false}, {"stranger", false, false},
    {"self-signed", false, false}, {"wrong-host", false, true}, /* nobody checks a client's host */
    {"client", false, true},
};

E2E_TEST(clients_judge_servers)
{
	e2e_require_command("openssl");
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		e2e_proc *server;
		int port = server_with(pairs[i].name, &server);
		e2e_is_int(client_accepts(port, "localhost"), pairs[i].good_server, "s_client, server %s",
			   pairs[i].name);
		e2e_kill(server);
	}
}

E2E_TEST(servers_judge_clients)
{
	e2e_proc *server;
	int port;
	e2e_require_command("openssl");
	port = server_with("server", &server);
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		e2e_is_int(server_accepts(port, pairs[i].name), pairs[i].good_client, "s_server, client %s",
			   pairs[i].name);
	e2e_is_int(server_accepts(port, NULL), false, "s_server, no client certificate");
	e2e_is_int(client_accepts(port, "other.example"), false, "s_client, another name");
	e2e_kill(server);
}

E2E_TEST(curl_agrees)
{
	e2e_require_command("curl");
	e2e_require_command("openssl");
	for (size_t i = 0; i < 6; i++) {
		e2e_proc *server;
		int port = server_with(pairs[i].name, &server);
		e2e_is_int(curl_says(port), pairs[i].good_server ? 0 : 60, "curl, server %s", pairs[i].name);
		e2e_kill(server);
	}
}

/* What strict verifiers ask for, and the stranger is good for those who trust its authority. */
E2E_TEST(strict_verification)
{
	e2e_require_command("openssl");
	e2e_is_int(e2e_run("openssl", "verify", "-x509_strict", "-CAfile", tls->ca, "-purpose", "sslserver",
			   tls->server)
		       .status,
		   0);
	e2e_is_int(e2e_run("openssl", "verify", "-x509_strict", "-CAfile", tls->ca, "-purpose", "sslclient",
			   tls->client)
		       .status,
		   0);
	e2e_is_int(e2e_run("openssl", "verify", "-x509_strict", "-CAfile", pem("stranger-ca", "pem"),
			   "-verify_hostname", "localhost", pem("stranger", "pem"))
		       .status,
		   0);
	e2e_like(e2e_run("openssl", "verify", "-CAfile", tls->ca, pem("expired", "pem")).err,
		 "certificate has expired");
	e2e_like(e2e_run("openssl", "verify", "-CAfile", tls->ca, pem("not-yet-valid", "pem")).err,
		 "not yet valid");
	e2e_like(e2e_run("openssl", "x509", "-in", tls->server, "-noout", "-text").out,
		 "ASN1 OID: prime256v1");
}

E2E_TEST(files_are_private)
{
	static const char *const names[] = {"ca.pem",
					    "client.key",
					    "client.pem",
					    "expired.key",
					    "expired.pem",
					    "not-yet-valid.key",
					    "not-yet-valid.pem",
					    "self-signed.key",
					    "self-signed.pem",
					    "server.key",
					    "server.pem",
					    "stranger-ca.pem",
					    "stranger.key",
					    "stranger.pem",
					    "wrong-host.key",
					    "wrong-host.pem",
					    NULL};
	const e2e_certificates *c = e2e_certs(e2e_printf("%s/deep/er", e2e_tmpdir()), "a.example");
	struct stat s;
	struct dirent **list;
	int i, n = scandir(c->dir, &list, NULL, alphasort);
	e2e_is_int(n - 2, 16, "nothing but these files");
	for (i = 0; names[i]; i++)
		e2e_ok(stat(e2e_printf("%s/%s", c->dir, names[i]), &s) == 0 && (s.st_mode & 07777) == 0600,
		       "%s is 0600", names[i]);
	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
	e2e_is_int(stat(c->dir, &s) == 0 && (s.st_mode & 07777) == 0700, 1, "and their folder 0700");
}

E2E_TEST(names_addresses_and_again)
{
	const char *dir = e2e_printf("%s/c", e2e_tmpdir());
	const char *first = e2e__file_read(e2e_certs(dir, "localhost")->ca, NULL);
	const e2e_certificates *c = e2e_certs(dir, "*.test.example, localhost ,10.0.0.1,::1");
	const char *text;
	e2e_isnt_str(first, e2e__file_read(c->ca, NULL), "files that are there are replaced");
	text = e2e_run("openssl", "x509", "-in", c->server, "-noout", "-ext", "subjectAltName").out;
	e2e_like(
	    text,
	    "DNS:\\*\\.test\\.example, DNS:localhost, IP Address:10\\.0\\.0\\.1, IP Address:0:0:0:0:0:0:0:1");
}

E2E_TEST(mistakes_are_said)
{
	e2e_result r = e2e_run(broken("certs"), "-k", "hosts");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "is no list of hosts");
	r = e2e_run(broken("certs"), "-k", "folder");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "can't make /dev/null/x");
}

E2E_MAIN()
