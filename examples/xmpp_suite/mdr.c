/* e2e: libstrophe openssl libsodium */
/* Message delivery receipts (XEP-0184). */
#include "suite.h"

#define RECEIPTS "urn:xmpp:receipts"

E2E_TEST(receipt_names_the_message, .spec = "XEP-0184 5.2")
{
	e2e_client *c[2];
	e2e_stanza *message;
	const char *id;

	e2e_clients_connected(2, c);
	id = e2e_tell(c[0],
		"<message type='chat' to='%s'><body xml:lang='en-gb'>This is a non-colourful test message!</body>"
		"<request xmlns='" RECEIPTS "'/></message>",
		c[1]->jid);
	message = e2e_expect_stanza(c[1], E2E_MESSAGE, .child = "request", .child_ns = RECEIPTS);
	e2e_is_str(e2e_get(message, "body@xml:lang"), "en-gb");
	e2e_no_stanza(c[0], 0.05); /* nobody says that it was read before it was */

	e2e_tell(c[1], "<message to='%s'><received xmlns='" RECEIPTS "' id='%s'/></message>",
		e2e_get(message, "@from"), e2e_get(message, "@id"));
	e2e_is_str(e2e_get(e2e_expect_stanza(c[0], E2E_MESSAGE, .from = c[1]->jid),
			   "received{" RECEIPTS "}@id"),
		id);
}

E2E_MAIN()
