/* e2e: libstrophe openssl libsodium */
/* In-band bytestreams (XEP-0047): bytes in stanzas, answered one by one or sent as messages; either
 * side may end it. */
#include "suite.h"

#define IBB "http://jabber.org/protocol/ibb"

static const char *const parts[] = {"dGhpcw==", "aXM=", "ZGF0YQ=="}; /* this, is, data */
static e2e_client *one, *other;

/* A request from one to the other, which agrees. */
static e2e_stanza *agreed(e2e_client *from, e2e_client *to, e2e_stanza *request)
{
	xmpp_stanza_set_to(request, to->jid);
	e2e_ask_stanza(from, request);
	return e2e_expect_stanza(to, E2E_IQ, .from = from->jid, .child_ns = IBB);
}

static void open_stream(const char *stanza)
{
	e2e_stanza *got = agreed(one, other,
		e2e_xml(one,
			"<iq type='set'><open xmlns='" IBB
			"' sid='fnord' block-size='4096' stanza='%s'/></iq>",
			stanza));

	e2e_is_str(e2e_get(got, "open@stanza"), stanza);
}

static void close_stream(e2e_client *from, e2e_client *to)
{
	e2e_stanza *got = agreed(from, to,
		e2e_xml(from, "<iq type='set'><close xmlns='" IBB "' sid='fnord'/></iq>"));

	e2e_is_str(e2e_get(got, "close@sid"), "fnord");
}

E2E_SETUP()
{
	e2e_connect_each(&one, &other);
	e2e_answer_each(one, "close", NULL);
	e2e_answer_each(other, "open", NULL);
	e2e_answer_each(other, "close", NULL);
}

E2E_TEST(by_requests, .spec = "XEP-0047 2.1, XEP-0047 2.2, XEP-0047 2.3")
{
	open_stream("iq");
	e2e_answer_each(one, "data", NULL);
	for (int i = 0; i < 3; i++) {
		e2e_stanza *got = agreed(other, one,
			e2e_xml(other,
				"<iq type='set'><data xmlns='" IBB
				"' sid='fnord' seq='%d'>%s</data></iq>",
				i, parts[i]));

		e2e_is_str(e2e_get(got, e2e_printf("data[seq=%d]", i)), parts[i]);
	}

	close_stream(other, one);
}

/* No answers between; they come in order nevertheless. */
E2E_TEST(by_messages, .spec = "XEP-0047 4")
{
	open_stream("message");
	for (int i = 0; i < 3; i++)
		e2e_tell(other,
			"<message to='%s'><data xmlns='" IBB
			"' sid='fnord' seq='%d'>%s</data></message>",
			one->jid, i, parts[i]);
	for (int i = 0; i < 3; i++)
		e2e_is_str(
			e2e_get(e2e_expect_stanza(one, E2E_MESSAGE), e2e_printf("data[seq=%d]", i)),
			parts[i]);
	close_stream(other, one);
}

E2E_TEST(who_has_closed_takes_no_more, .spec = "XEP-0047 2.2, XEP-0047 2.3")
{
	open_stream("iq");
	close_stream(one, other);
	e2e_refuse_each(one, "data", "cancel", "item-not-found");
	e2e_is_str(e2e_ask_error(other,
			   "<iq type='set' to='%s'><data xmlns='" IBB
			   "' sid='fnord' seq='0'>%s</data></iq>",
			   one->jid, parts[0]),
		"item-not-found");
}

E2E_MAIN()
