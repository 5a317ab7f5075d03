/* e2e: libstrophe openssl libsodium */
/* Avatars (XEP-0084): the picture and what is said of it are two nodes of the account. */
#include "caps.h"

#define AVATAR "urn:xmpp:avatar"
/* A picture of one pixel. */
#define PNG \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

static e2e_client *c;
static const char *id;

static void publish(void)
{
	e2e_publish(c, NULL, AVATAR ":data", id, "<data xmlns='" AVATAR ":data'>" PNG "</data>");
	e2e_publish(c, NULL, AVATAR ":metadata", id,
		"<metadata xmlns='" AVATAR
		":metadata'><info id='%s' type='image/png' bytes='70' width='1' height='1'/></metadata>",
		id);
}

E2E_SETUP()
{
	e2e_require_pep();
	c = e2e_client_connected();
	id = e2e_unique("picture");
}

E2E_TEST(published_and_fetched, .spec = "XEP-0084 3.1, XEP-0084 3.2, XEP-0084 3.4")
{
	e2e_stanza *said;

	publish();
	said = e2e_items(c, c->account.jid, AVATAR ":metadata", NULL);
	e2e_is_uint(e2e_count(said, "pubsub/items/item"), 1);
	e2e_is_str(e2e_get(said, "pubsub/items/item/metadata/info@id"), id);
	e2e_is_str(e2e_get(e2e_items(c, c->account.jid, AVATAR ":data", id),
			   "pubsub/items/item/data"),
		PNG);
}

E2E_TEST(change_is_told, .spec = "XEP-0084 3.3")
{
	e2e_stanza *event;

	caps_announce(c, AVATAR ":metadata+notify");
	publish();
	event = e2e_expect_stanza(
		c, E2E_MESSAGE, .from = c->account.jid, .path = "event/items/item/metadata");
	e2e_is_str(e2e_get(event, "event/items@node"), AVATAR ":metadata");
	e2e_is_str(e2e_get(event, "event/items/item/metadata/info@id"), id);
}

E2E_MAIN()
