/* e2e: libstrophe openssl libsodium */
/* Message delivery receipts (XEP-0184). */
#include "suite.h"

#define RECEIPTS "urn:xmpp:receipts"

E2E_TEST(receipt_names_the_message, .spec = "XEP-0184 5.2")
{
	e2e_client *writer, *reader;
	e2e_stanza *message;
	const char *id;

	e2e_connect_each(&writer, &reader);
	id = e2e_tell(writer,
		"<message type='chat' to='%s'><body xml:lang='en-gb'>This is a non-colourful test message!</body>"
		"<request xmlns='" RECEIPTS "'/></message>",
		reader->jid);
	message = e2e_expect_stanza(reader, E2E_MESSAGE, .child = "request", .child_ns = RECEIPTS);
	e2e_is_str(e2e_get(message, "body@xml:lang"), "en-gb");
	e2e_no_stanza(writer, 0.05); /* nobody says that it was read before it was */

	e2e_tell(reader, "<message to='%s'><received xmlns='" RECEIPTS "' id='%s'/></message>",
		e2e_get(message, "@from"), e2e_get(message, "@id"));
	e2e_is_str(e2e_get(e2e_expect_stanza(writer, E2E_MESSAGE, .from = reader->jid),
			   "received{" RECEIPTS "}@id"),
		id);
}

E2E_MAIN()
