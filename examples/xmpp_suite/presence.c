/* e2e: libstrophe openssl libsodium */
/* Presence (RFC 6121): directed, to contacts, and of one who has several resources. */
#include "suite.h"

static e2e_client *romeo, *juliet;

E2E_SETUP()
{
	e2e_connect_each(&romeo, &juliet);
}

/* What juliet sees next of romeo. */
static const char *shown(void)
{
	return e2e_get(e2e_expect_stanza(
			       juliet, E2E_PRESENCE, .from = romeo->jid, .type = "available"),
		"show");
}

E2E_TEST(directed_and_changed, .spec = "RFC 6121 4.6, RFC 6121 4.7.2.1")
{
	e2e_presence(romeo, juliet->account.jid, NULL, NULL);
	e2e_is_str(shown(), NULL);
	e2e_presence(romeo, juliet->account.jid, NULL, "dnd");
	e2e_is_str(shown(), "dnd");
}

/* Each resource is seen by itself, comes and goes. */
E2E_TEST(each_resource_of_a_contact, .spec = "RFC 6121 4.2.2, RFC 6121 4.5.2")
{
	e2e_client *phone;

	e2e_befriend(romeo, juliet);
	phone = e2e_client_connect(
		(e2e_client_opts){.account = &romeo->account, .resource = "phone"});
	e2e_expect_stanza(juliet, E2E_PRESENCE, .from = phone->jid, .type = "available");
	e2e_disconnect(phone);
	e2e_expect_stanza(juliet, E2E_PRESENCE, .from = phone->jid, .type = "unavailable");
	e2e_presence(romeo, NULL, NULL, "away");
	e2e_is_str(shown(), "away");
}

E2E_MAIN()
