/* e2e: libstrophe openssl libsodium */
/* Files by HTTP (XEP-0363): the server gives two addresses, one to put and one to get. */
#include "suite.h"

#define UPLOAD "urn:xmpp:http:upload:0"

static e2e_stanza *slot(const char *name, size_t size)
{
	const char *service = e2e_require_feature(UPLOAD);

	return e2e_ask_get(e2e_client_connected(), service,
		"<request xmlns='" UPLOAD "' filename='%s' size='%zu' content-type='image/jpeg'/>",
		name, size);
}

E2E_TEST(slot_has_two_addresses, .spec = "XEP-0363 4")
{
	e2e_stanza *s = slot("filename.jpg", 1024);

	e2e_like(e2e_get(s, "slot/put@url"), "^https?://.*filename\\.jpg");
	e2e_like(e2e_get(s, "slot/get@url"), "^https?://.*filename\\.jpg");
}

E2E_TEST(what_is_put_can_be_got, .spec = "XEP-0363 7")
{
	e2e_stanza *s = slot("picture.jpg", 8);
	const char *leave =
		e2e_get(s, "slot/put/header[name=Authorization]"); /* some servers give one */

	e2e_require_command("curl");
	e2e_is_int(e2e_run("curl", "-sSf", "-X", "PUT", "-H", "Content-Type: image/jpeg", "-H",
			   e2e_printf("Authorization: %s", leave ? leave : ""), "--data-binary",
			   "a jpeg!\n", e2e_get(s, "slot/put@url"))
			   .status,
		0);
	e2e_is_str(e2e_run("curl", "-sSf", e2e_get(s, "slot/get@url")).out, "a jpeg!\n");
}

E2E_MAIN()
