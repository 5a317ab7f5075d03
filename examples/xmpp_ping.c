/* e2e: libstrophe openssl libsodium */
/* xmpp_ping.c - two clients that reach each other: the first test of an XMPP service.
 *
 * No configuration: a private Prosody (or ejabberd) is started on a free port, and gone at the end. On a server of yours:
 * .local/e2e.ini with
 *	[global]
 *	provisioner = anonymous
 *	[anonymous]
 *	host = example.org
 * Try also: --server prosody,ejabberd (the same cases on both), --record talk.sh (what was said, to be replayed). */
#include "e2e_xmpp.h"

static e2e_client *romeo, *juliet;

E2E_SETUP()
{
	romeo = e2e_client_connected();
	juliet = e2e_client_connected();
}

E2E_TEST(a_message_arrives)
{
	e2e_stanza *message;

	e2e_message(juliet, romeo->jid, "wherefore art thou?");
	message = e2e_expect_stanza(romeo, E2E_MESSAGE, .from = juliet->jid);
	e2e_is_str(e2e_body(message), "wherefore art thou?");
	e2e_no_stanza(juliet, 0.1);
}

/* The server answers pings; a client without a handler for them is protected by a polite refusal. */
E2E_TEST(pings)
{
	e2e_stanza *pong;

	e2e_require_feature("urn:xmpp:ping");
	pong = e2e_iq(romeo, e2e_xml(romeo, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"));
	e2e_is_str(xmpp_stanza_get_type(pong), "result");
	pong =
	    e2e_iq(romeo, e2e_xml(romeo, "<iq type='get' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", juliet->jid));
	e2e_is_str(e2e_stanza_error(pong), "service-unavailable");
}

/* libstrophe's own functions work as always: here a handler answers the ping. */
static int answer(xmpp_conn_t *conn, xmpp_stanza_t *ping, void *arg)
{
	xmpp_stanza_t *pong = xmpp_stanza_reply(ping);

	(void)arg;
	xmpp_stanza_set_type(pong, "result");
	xmpp_send(conn, pong);
	xmpp_stanza_release(pong);
	return 1;
}

E2E_TEST(a_client_that_answers)
{
	e2e_stanza *pong;

	xmpp_handler_add(juliet->conn, answer, "urn:xmpp:ping", "iq", "get", NULL);
	e2e_within(5)
	{
		pong = e2e_iq(
		    romeo, e2e_xml(romeo, "<iq type='get' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", juliet->jid));
	}
	e2e_is_str(xmpp_stanza_get_type(pong), "result");
}

E2E_MAIN()
