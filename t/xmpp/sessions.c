/* e2e: libstrophe openssl libsodium */
/* Clients of a private server go on with the TLS session of the one before, but for those that are to look at its certificate. */
#include "e2e_xmpp.h"

enum { MOST = 16 };
static SSL *made[MOST];
static int nmade;

static void note(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	(void)ptr, (void)ad, (void)index, (void)argl, (void)argp;
	if (nmade < MOST)
		made[nmade++] = (SSL *)parent;
}

E2E_SETUP()
{
	e2e_require_command("prosody");
	nmade = 0;
	SSL_get_ex_new_index(0, NULL, note, NULL, NULL);
}

/* Did the last client's handshake do without a certificate? */
static bool went_on(void)
{
	return nmade > 0 && SSL_session_reused(made[nmade - 1]);
}

/* A ticket comes behind the handshake, with what the server says next. */
static void first(void)
{
	e2e_client_connected();
	e2e_ok(!went_on(), "the first one looks at the certificate");
}

E2E_TEST(the_next_one_goes_on)
{
	first();
	e2e_client_connected();
	e2e_ok(went_on(), "the second one");
	e2e_client_connected();
	e2e_ok(went_on(), "the third one");
	e2e_is_int(nmade, 3);
}

E2E_TEST(starttls_has_sessions_of_its_own)
{
	e2e_tls tls = {.no_verify = false};

	first();
	e2e_client_connect((e2e_client_opts){.tls = &tls});
	e2e_ok(!went_on(), "another port");
	e2e_client_connect((e2e_client_opts){.tls = &tls});
	e2e_ok(went_on(), "the same port");
}

E2E_TEST(another_authority_is_asked)
{
	const char *other = e2e_printf("%s/other", e2e_tmpdir());
	e2e_account account = {.ca_file = e2e_printf("%s/ca.pem", other)};
	e2e_failure why;

	e2e_certs(other, "localhost");
	first();
	e2e_ok(!e2e_client_try((e2e_client_opts){.account = &account}, &why),
		"one that trusts somebody else");
	e2e_is_str(why.code, "certificate");
	e2e_client_connected();
	e2e_ok(!went_on(), "whoever trusts another authority than the last one looks again");
}

E2E_TEST(nobody_goes_on_without_verifying)
{
	e2e_tls tls = {.no_verify = true};

	for (int i = 0; i < 2; i++) {
		e2e_client_connect((e2e_client_opts){.tls = &tls});
		e2e_ok(!went_on(), "no_verify has no session that anybody vouched for");
	}
	e2e_client_connected();
	e2e_ok(!went_on(), "and leaves none");
}

/* {"localhost": [PIN]} in a file. */
static const char *pins(const char *pin)
{
	const char *path = e2e_printf("%s/pins.json", e2e_tmpdir());

	e2e__server_put(path, e2e_printf("{\"localhost\": [\"%s\"]}", pin));
	return path;
}

E2E_TEST(pins_are_compared_each_time)
{
	e2e_tls tls = {.pin_store = pins("AAAA")};
	e2e_failure why;

	first();
	e2e_ok(!e2e_client_try((e2e_client_opts){.tls = &tls}, &why), "a wrong pin");
	e2e_is_str(why.code, "pin");
	e2e_client *c = e2e_client_connected();
	e2e_ok(c != NULL, "without pins");
}

/* Who brings the address of the server tests that server. */
E2E_TEST(a_server_under_test_shows_its_certificate)
{
	e2e_client *c = e2e_client_connected();
	e2e_account account = {.jid = "juliet@localhost",
		.password = "secret",
		.host = "127.0.0.1",
		.port = c->account.port,
		.ca_file = c->account.ca_file};

	for (int i = 0; i < 2; i++) {
		account.jid = e2e_printf("juliet%d@localhost", i);
		e2e_client_connect((e2e_client_opts){.account = &account});
		e2e_ok(!went_on(), "client %d", i);
	}
}

E2E_MAIN()
