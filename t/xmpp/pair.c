/* e2e: libstrophe openssl libsodium */
/* Two servers that federate through fault proxies. */
#include "e2e_xmpp.h"

static void cross_over(const e2e_pair *p)
{
	e2e_client *romeo = e2e_client_at(p->a), *juliet = e2e_client_at(p->b);

	e2e_like(romeo->jid, "@a\\.test/");
	e2e_like(juliet->jid, "@b\\.test/");
	e2e_message(romeo, juliet->jid, "across the wall");
	e2e_is_str(e2e_body(e2e_expect_stanza(juliet, E2E_MESSAGE, .from = romeo->jid)), "across the wall");
	e2e_message(juliet, romeo->jid, "and back");
	e2e_is_str(e2e_body(e2e_expect_stanza(romeo, E2E_MESSAGE, .from = juliet->jid)), "and back");
	e2e_cmp_int((int)e2e_proxy_count(p->to_b).accepted, ">", 0, "a's server came through its proxy");
	e2e_cmp_int((int)e2e_proxy_count(p->to_a).accepted, ">", 0, "and b's through the other");
	e2e_is_str(e2e_get(e2e_iq(romeo, e2e_xml(romeo, "<iq type='get' to='b.test'><query xmlns='jabber:iq:version'/></iq>")),
			   "query{jabber:iq:version}/name"),
		   strcmp(p->b->name, "ejabberd") == 0 ? "ejabberd" : "Prosody");
	e2e_befriend(romeo, juliet);
}

E2E_TEST(words_cross_over)
{
	cross_over(e2e_server_pair());
}

#ifndef PAIR_ON_EJABBERD /* each of its servers takes seconds */
/* Prosody with ejabberd. */
E2E_TEST(one_of_each)
{
	const e2e_pair *p = e2e_server_pair_of("ejabberd", "prosody");

	e2e_is_str(p->a->name, "ejabberd");
	e2e_is_str(p->b->name, "prosody");
	cross_over(p);
}
#endif

/* What a server writes to the other one while the way breaks or comes back may be lost without a
 * word, so one message doesn't do. */
static bool arrives(e2e_client *romeo, e2e_client *juliet)
{
	e2e_message(romeo, juliet->jid, "are you there?");
	return e2e_stanzas_left(juliet) > 0;
}

E2E_TEST(a_broken_way)
{
	const e2e_pair *p = e2e_server_pair();
	e2e_client *romeo = e2e_client_at(p->a), *juliet = e2e_client_at(p->b);
	e2e_stanza *bounced;

	e2e_proxy_fault(p->to_b, E2E_BOTH_WAYS, .down = true);
	e2e_message(romeo, "juliet@b.test", "lost");
	bounced = e2e_expect_stanza(romeo, E2E_MESSAGE, .from = "juliet@b.test", .type = "error");
	e2e_like(e2e_stanza_error(bounced), "remote-server-(not-found|timeout)");
	e2e_proxy_fault(p->to_b, E2E_BOTH_WAYS, .down = false);
	e2e_eventually(60, arrives(romeo, juliet), "the way is mended");
	e2e_expect_stanza(juliet, E2E_MESSAGE, .from = romeo->jid, .body = "are you there?");
	e2e_drop_stanzas(romeo);
}

#ifndef PAIR_ON_EJABBERD
static bool bounced(e2e_client *romeo, const char *to)
{
	e2e_message(romeo, to, "are you there?");
	return e2e_stanzas_left(romeo) > 0;
}

/* A server that is killed is no leftover, and one that the test ends is its own business. */
E2E_TEST(a_server_that_ends)
{
	const e2e_pair *p = e2e_server_pair();
	e2e_client *romeo = e2e_client_at(p->a), *juliet = e2e_client_at(p->b);

	e2e_message(romeo, juliet->jid, "good night");
	e2e_expect_stanza(juliet, E2E_MESSAGE, .body = "good night");
	e2e_disconnect(juliet);
	e2e_kill(p->process_b);
	e2e_proxy_fault(p->to_b, E2E_BOTH_WAYS, .down = true);
	e2e_eventually(30, bounced(romeo, juliet->account.jid), "a says that b is gone");
	e2e_expect_stanza(romeo, E2E_MESSAGE, .type = "error");
	e2e_drop_stanzas(romeo);
}
#endif

E2E_TEST(inner_cannot_start)
{
	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_server_pair();
	e2e_fail("it has one");
}

E2E_TEST(without_a_server)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "PATH=/nonexistent", "E2E_RUN_DIR", "E2E_SERVER", "T_BY_CONFIG=1")}, "/proc/self/exe",
				    "-k", "^inner_cannot");

	e2e_is_int(r.status, 0);
	e2e_like(r.out, "# SKIP needs prosody or ejabberd for two servers that federate; it isn't installed");
}

E2E_MAIN()
