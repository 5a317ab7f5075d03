/* e2e: libstrophe openssl libsodium */
/* What all else rests on (RFC 6120): logging in, messages, requests and their answers, and what no
 * stanza may be. */
#include "suite.h"

static e2e_client *c, *other;

E2E_SETUP()
{
	e2e_connect_each(&c, &other);
}

E2E_TEST(logs_in, .spec = "RFC 6120 7")
{
	e2e_ok(e2e_is_connected(c));
	e2e_like(c->jid, "^[^@]+@[^/]+/.+$", "and has a resource");
}

E2E_TEST(message_from_one_to_another, .spec = "RFC 6121 5.2, RFC 6120 8.1.5")
{
	e2e_tell(c,
		"<message type='chat' to='%s'><body xml:lang='en'>Hello World!</body></message>",
		other->jid);
	e2e_is_stanza(e2e_expect_stanza(other, E2E_MESSAGE),
		"<message type='chat' from='*' to='*' id='*'><body xml:lang='en'>Hello World!</body></message>");
}

/* The server answers for the account: a made-up request is refused, not lost. */
E2E_TEST(request_to_the_own_account, .spec = "RFC 6121 8.5.2")
{
	e2e_is_str(e2e_ask_error(c, "<iq type='get' to='%s'><made-up xmlns='made-up'/></iq>",
			   c->account.jid),
		"service-unavailable");
}

E2E_TEST(request_to_nobody, .spec = "RFC 6120 10.3.3")
{
	e2e_is_str(e2e_ask_error(c, "<iq type='get'><made-up xmlns='made-up'/></iq>"),
		"service-unavailable");
}

/* An error that doesn't say which arrives nevertheless, and is the answer. */
E2E_TEST(error_without_a_condition, .spec = "RFC 6120 8.3")
{
	const char *id = e2e_tell(c, "<iq type='get' to='%s'><made-up xmlns='made-up'/></iq>", other->jid);
	e2e_expect_stanza(other, E2E_IQ, .id = id);
	e2e_tell(other, "<iq type='error' id='%s' to='%s'><error type='cancel'/></iq>", id,
		c->jid);
	e2e_is_str(
		e2e_get(e2e_expect_stanza(c, E2E_IQ, .id = id, .type = "error"), "error@type"),
		"cancel");
	e2e_ask_get(c, NULL, "<ping xmlns='urn:xmpp:ping'/>");
}

E2E_TEST(request_without_an_id, .spec = "RFC 6120 8.1.3")
{
	e2e_send_raw(c, "<iq type='get'><made-up xmlns='made-up'/></iq>");
	e2e_expect_stanza(c, E2E_IQ, .type = "error");
	e2e_ask_get(c, NULL, "<ping xmlns='urn:xmpp:ping'/>");
	e2e_pass("it is refused, and the stream goes on");
}

/* e2e_message refuses to send such a text; the server has to refuse it as well. */
E2E_TEST(text_that_is_no_xml, .spec = "RFC 6120 4.9.3.13")
{
	e2e_send_raw(c, e2e_printf("<message to='%s'><body>foo\001</body></message>", c->jid));
	e2e_eventually(20, !e2e_is_connected(c));
	e2e_like(e2e_disconnect_reason(c), "not-well-formed");
	e2e_reconnect(c);
	e2e_message(c, c->jid, "foo");
	e2e_is_str(e2e_body(e2e_expect_stanza(c, E2E_MESSAGE, .from = c->jid)), "foo");
}

E2E_MAIN()
