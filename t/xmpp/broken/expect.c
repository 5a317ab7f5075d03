/* e2e: libstrophe openssl libsodium */
/* Expects what doesn't come, from a stub server that says the same each time; t/xmpp/expect.c looks at what is told of it. */
#include "e2e_xmpp.h"
#include "../silent.h"

/* Lets the client in, and says one message. */
static void serve(int fd, void *arg)
{
	static const char message[] = "<message from='romeo@localhost/garden' id='1'><body>hello</body></message>";
	const char *say[] = {plain[0], plain[1], plain[2], NULL};
	char last[400];

	(void)arg;
	snprintf(last, sizeof last, "%s%s", plain[3], message);
	say[3] = last;
	falls_silent(fd, say, 4);
}

static bool make(e2e_provisioner *self, e2e_client *c)
{
	self->domain = "localhost";
	c->account = (e2e_account){"juliet@localhost", "secret", "127.0.0.1", e2e_serve("tcp:127.0.0.1:0", serve, NULL)->port, NULL};
	c->tls.off = true;
	return true;
}

static e2e_provisioner mine = {.name = "mine", .make_client = make};
static e2e_client *juliet;

E2E_SUITE_SETUP()
{
	e2e_provisioner_add(&mine);
}

E2E_SETUP()
{
	juliet = e2e_client_connect((e2e_client_opts){.presence = "none"});
}

E2E_TEST(message)
{
	e2e_expect_message(juliet);
	e2e_expect_message(juliet, .within = 0.1);
}

E2E_TEST(presence)
{
	e2e_expect_presence(juliet, .within = 0.1, .from = "romeo@localhost", .type = "available");
}

E2E_TEST(iq)
{
	e2e_expect_iq(juliet, .within = 0.1, .type = "set");
}

E2E_TEST(but_for_one)
{
	e2e_expect_message(juliet, .within = 0.1, .from = "romeo@localhost", .body = "goodbye");
}

E2E_TEST(another_kind)
{
	e2e_expect_message(juliet, .kind = E2E_IQ);
}

E2E_TEST(other_conditions)
{
	e2e_expect_iq(juliet, .matches = "x");
}

E2E_TEST(client_of_a_match)
{
	e2e_expect_stanza(juliet, E2E_MESSAGE, .client = juliet);
}

E2E_TEST(nobody_asks)
{
	e2e_xmpp_timeout(0.1);
	e2e_announce_features(juliet, "urn:x+notify");
}

E2E_MAIN()
