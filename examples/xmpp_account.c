/* e2e: libstrophe openssl libsodium */
/* xmpp_account.c - another program logs in: it is given an account of the case, and the case's own client talks to it.
 *
 * The program is a small echo bot in Python (shims/xmpp_echo.py, slixmpp). client->account has what any program needs: the
 * address, the password, host, port, and the authority's certificate. */
#include "e2e_xmpp.h"

E2E_TEST(a_bot_echoes)
{
	e2e_client *bots, *juliet;
	e2e_proc *bot;

	e2e_skip_if(e2e_run("/usr/bin/python3", "-c", "import slixmpp").status, "no python3-slixmpp");
	juliet = e2e_client_connected();
	bots = e2e_client_connected(); /* its account is what we want */
	e2e_disconnect(bots);
	bot =
	    e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("PASSWORD=%s", bots->account.password))},
			   "/usr/bin/python3", "examples/shims/xmpp_echo.py", bots->account.jid, bots->account.host,
			   e2e_printf("%d", bots->account.port), bots->account.ca_file ? bots->account.ca_file : "");
	e2e_must(e2e_ready(bot, E2E_LINE("^ready ([^ ]+)")));
	e2e_message(juliet, e2e_capture(bot, 1), "hello, bot");
	e2e_is_str(e2e_body(e2e_expect_stanza(juliet, E2E_MESSAGE, .from = bots->account.jid)),
		   "you said: hello, bot");
	e2e_kill(bot);
}

E2E_MAIN()
