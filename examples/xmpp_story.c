/* e2e: libstrophe openssl libsodium */
/* xmpp_story.c - what the failure of a talk tells: stanzas of all clients, the server's log and the network, in the order of time.
 *
 * The case fails on purpose and is a known failure, so that the examples end green. See it fail:
 *	prove examples/xmpp_story.t :: --no-known     the story in the report
 *	prove --story                                 the same in lanes
 */
#include "e2e_xmpp.h"

/* A client without stream management, whose line breaks below 600 bytes: nobody sends it again what was on its way. */
E2E_TEST(romeo_hears_all, .todo = "a client that can't resume loses what was on its way")
{
	e2e_client *juliet = e2e_client_connected();
	e2e_proxy *line = e2e_proxy_to(e2e_printf("tcp:%s:%d", juliet->account.host, juliet->account.port));
	e2e_account by_proxy = {.host = "127.0.0.1", .port = line->port};
	e2e_client *romeo = e2e_client_connect((e2e_client_opts){.account = &by_proxy});

	e2e_proxy_fault(line, E2E_TO_CLIENT, .limit = 600);
	for (int act = 1; act <= 5; act++) {
		const char *words = e2e_printf("act %d: good night, good night! parting is such sweet sorrow", act);

		e2e_message(juliet, romeo->jid, words);
		e2e_must(e2e_is_str(e2e_body(e2e_expect_stanza(romeo, E2E_MESSAGE)), words));
	}
}

E2E_MAIN()
