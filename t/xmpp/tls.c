/* e2e: libstrophe openssl libsodium */
/* Certificates that aren't good enough, pins of both types, and who wins over whom: at a Prosody with good and bad hosts. */
#include "e2e_xmpp.h"

static const char *const bad[] = {"expired", "not-yet-valid", "stranger", "self-signed", "wrong-host"};

/* A Prosody with a host for each bad certificate, NAME.test, that takes any password. */
static const char *start(void *arg)
{
	const char *here = e2e__server_here(), *extra = "";

	(void)arg;
	e2e_certs("bad", "expired.test,not-yet-valid.test,stranger.test,self-signed.test,wrong-host.test,127.0.0.1");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		extra = e2e_printf("%sVirtualHost \"%s.test\"\n"
				   "  authentication = \"insecure\"\n"
				   "  insecure_open_authentication = \"Yes please, I know what I'm doing!\"\n"
				   "  ssl = { key = \"%s/bad/%s.key\", certificate = \"%s/bad/%s.pem\" }\n",
				   extra, bad[i], here, bad[i], here, bad[i]);
	e2e__server_put("extra.lua", extra);
	return e2e_printf("%s %s/bad/ca.pem", e2e__server_prosody_start((void *)(uintptr_t) "extra.lua"), here);
}

static e2e_account account; /* at the good host */
static const char *bad_ca;
static e2e_failure why;

E2E_SETUP()
{
	const char *address;

	if (!e2e__file_which("prosody"))
		e2e_skip("needs prosody");
	address = e2e_service("xmpp-tls", start, NULL);
	account.port = atoi(address);
	account.host = "127.0.0.1";
	account.jid = e2e_printf("%s@localhost", e2e_unique("u"));
	account.password = "secret";
	account.ca_file = e2e_printf("%.*s", (int)strcspn(strchr(address, ' ') + 1, " "), strchr(address, ' ') + 1);
	bad_ca = strrchr(address, ' ') + 1;
}

static e2e_client *try_tls(const char *jid, const char *ca, e2e_tls tls)
{
	e2e_account a = account;
	e2e_client_opts opts = {.account = &a, .tls = &tls};

	memset(&why, 0, sizeof why);
	if (jid)
		a.jid = jid;
	a.ca_file = ca;
	return e2e_client_try(opts, &why);
}

E2E_TEST(good_certificate)
{
	e2e_tls tls = {.no_verify = false};
	e2e_client *c = try_tls(NULL, account.ca_file, tls);

	if (!e2e_ok(c != NULL, "logs in"))
		e2e_fail("%s", why.message);
	e2e_ok(c && xmpp_conn_is_secured(c->conn), "under TLS");
}

E2E_TEST(unknown_authority)
{
	e2e_tls tls = {.no_verify = false};

	e2e_ok(!try_tls(NULL, NULL, tls), "the system's trust doesn't know it");
	e2e_is_str(why.code, "certificate");
	e2e_like(why.message, "its certificate was refused: ");
	e2e_like(why.hint, "ca_file=.*pin_store=.*no_verify=");
}

/* Else the system's trust would count, which knows the server here. */
E2E_TEST(authorities_that_cannot_be_read)
{
	e2e_tls tls = {.no_verify = false};
	const char *empty = e2e_printf("%s/empty.pem", e2e_tmpdir());

	e2e__server_put(empty, "no certificate\n");
	e2e_setenv("SSL_CERT_FILE", account.ca_file);
	e2e_setenv("SSL_CERT_DIR", "/nonexistent");
	e2e_ok(try_tls(NULL, NULL, tls) != NULL, "the system's trust knows it");
	e2e_ok(!try_tls(NULL, "/nonexistent/ca.pem", tls), "a file that isn't there");
	e2e_is_str(why.code, "certificate");
	e2e_like(why.message, "can't read the ca_file /nonexistent/ca.pem: No such file");
	e2e_ok(!try_tls(NULL, empty, tls), "a file without certificates");
	e2e_is_str(why.code, "certificate");
	e2e_like(why.message, "empty.pem: it holds no certificate in PEM");
}

E2E_TEST(bad_certificates)
{
	static const char *const words[] = {"expired", "not yet valid", "local issuer|self.signed", "self.signed",
					    "[Hh]ost ?name mismatch"};
	e2e_tls tls = {.no_verify = false}, none = {.no_verify = true};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *jid = e2e_printf("juliet@%s.test", bad[i]);

		e2e_ok(!try_tls(jid, bad_ca, tls), "%s is refused", bad[i]);
		e2e_is_str(why.code, "certificate", "%s", bad[i]);
		e2e_like(why.message, e2e_printf("its certificate was refused: .*(%s)", words[i]));
		if (!e2e_ok(try_tls(jid, NULL, none) != NULL, "%s: no_verify takes it", bad[i]))
			e2e_fail("%s", why.message);
	}
}

/* The system's trust is OpenSSL's default, which its variables lead elsewhere: here to the authorities of this test. */
E2E_TEST(system_trust_by_file)
{
	e2e_tls tls = {.no_verify = false};

	e2e_setenv("SSL_CERT_FILE", account.ca_file);
	e2e_setenv("SSL_CERT_DIR", "/nonexistent");
	if (!e2e_ok(try_tls(NULL, NULL, tls) != NULL, "an authority of the system's is trusted"))
		e2e_fail("%s", why.message);
	e2e_is_str(getenv("SSL_CERT_FILE"), account.ca_file, "and the variables stay as they are");
	e2e_is_str(getenv("SSL_CERT_DIR"), "/nonexistent");
	e2e_ok(!try_tls(NULL, bad_ca, tls), "but ca_file= is the only one where it is given");
	e2e_is_str(why.code, "certificate");
}

E2E_TEST(system_trust_by_folder)
{
	e2e_tls tls = {.no_verify = false};
	const char *dir = e2e_printf("%s/trusted", e2e_tmpdir());
	FILE *f = fopen(account.ca_file, "r");
	X509 *ca = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	e2e_must(e2e_ok(ca != NULL));
	fclose(f);
	e2e_must(e2e_ok(!mkdir(dir, 0700)));
	e2e_must(e2e_ok(!symlink(account.ca_file, e2e_printf("%s/%08lx.0", dir, X509_subject_name_hash(ca)))));
	X509_free(ca);
	e2e_setenv("SSL_CERT_FILE", "/nonexistent");
	e2e_setenv("SSL_CERT_DIR", dir);
	if (!e2e_ok(try_tls(NULL, NULL, tls) != NULL, "an authority in the system's folder is trusted"))
		e2e_fail("%s", why.message);
}

E2E_TEST(system_trust_is_no_blank_cheque)
{
	e2e_tls tls = {.no_verify = false};

	e2e_setenv("SSL_CERT_FILE", bad_ca);
	e2e_setenv("SSL_CERT_DIR", "/nonexistent");
	e2e_ok(!try_tls(NULL, NULL, tls), "another authority");
	e2e_is_str(why.code, "certificate");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		e2e_ok(!try_tls(e2e_printf("juliet@%s.test", bad[i]), NULL, tls), "%s", bad[i]);
		e2e_is_str(why.code, "certificate", "%s", bad[i]);
	}
}

static const char *store(const char *host, const char *pin)
{
	const char *path = e2e_printf("%s/%s.json", e2e_tmpdir(), e2e_unique("pins"));

	e2e__server_put(path, e2e_printf("{\"%s\": [\"AAAA\", \"%s\"]}", host, pin));
	return path;
}

/* What a mismatch prints is what makes it match. */
E2E_TEST(pins)
{
	for (int type = 0; type < 2; type++) {
		e2e_tls tls = {.pin_store = store("localhost", "BBBB"), .pin_type = type};
		const char *pin;

		e2e_ok(!try_tls(NULL, NULL, tls), "a wrong pin is refused, type %d", type);
		e2e_is_str(why.code, "pin");
		if (!type)
			e2e_unlike(e2e__file_read(e2e_printf("%s/xmpp.log", e2e_tmpdir()), NULL), "<auth",
				   "and no password was sent");
		e2e_ok(!try_tls(NULL, account.ca_file, tls), "also where the authority is trusted");
		e2e_is_str(why.code, "pin");
		e2e_must(e2e_like(why.hint, ": \"[A-Za-z0-9+/=]+\"$"));
		pin = strrchr(why.hint, ' ') + 2;
		tls.pin_store = store("localhost", e2e_printf("%.*s", (int)strcspn(pin, "\""), pin));
		if (!e2e_ok(try_tls(NULL, NULL, tls) != NULL, "the pin that it printed is taken, type %d", type))
			e2e_fail("%s", why.message);
		tls.pin_type = !type;
		e2e_ok(!try_tls(NULL, NULL, tls), "but not as the other type");
		e2e_is_str(why.code, "pin");
		tls.no_verify = true;
		e2e_ok(try_tls(NULL, NULL, tls) != NULL, "no_verify wins over the pin");
	}
}

E2E_TEST(a_pinned_host_needs_no_right_name)
{
	e2e_tls tls = {.pin_store = store("wrong-host.test", "BBBB")};
	const char *pin;

	e2e_ok(!try_tls("romeo@wrong-host.test", bad_ca, tls));
	e2e_must(e2e_is_str(why.code, "pin"));
	pin = strrchr(why.hint, ' ') + 2;
	tls.pin_store = store("wrong-host.test", e2e_printf("%.*s", (int)strcspn(pin, "\""), pin));
	if (!e2e_ok(try_tls("romeo@wrong-host.test", NULL, tls) != NULL, "the pin is enough"))
		e2e_fail("%s", why.message);
}

E2E_TEST(pins_of_other_hosts_change_nothing)
{
	e2e_tls tls = {.pin_store = store("example.org", "BBBB")};

	e2e_ok(try_tls(NULL, account.ca_file, tls) != NULL, "the authority counts");
	e2e_ok(!try_tls(NULL, NULL, tls), "and without it nothing does");
	e2e_is_str(why.code, "certificate");
}

/* What openssl says is what we compute: pin_type 0 is the SubjectPublicKeyInfo in DER. */
E2E_TEST(pins_are_what_openssl_says)
{
	e2e_tls tls = {.pin_store = store("localhost", "BBBB")};
	const char *pem, *want = "";
	e2e_result der;
	char *end;

	e2e_require_command("openssl");
	pem =
	    e2e_printf("%.*sserver.pem", (int)(strrchr(account.ca_file, '/') + 1 - account.ca_file), account.ca_file);
	der = e2e_run("openssl", "x509", "-in", pem, "-noout", "-pubkey");
	for (char *line = e2e__memory_strdup(strchr(der.out, '\n') + 1); *line != '-' && (end = strchr(line, '\n'));
	     line = end + 1)
		want = e2e_printf("%s%.*s", want, (int)(end - line), line);
	e2e_ok(!try_tls(NULL, NULL, tls));
	e2e_like(why.hint, e2e_printf("\"%s\"", "[^\"]+"));
	if (!e2e_ok(strstr(why.hint, want) != NULL, "the hint holds openssl's key %.20s...", want))
		e2e_fail("%s", why.hint);
}

E2E_MAIN()
