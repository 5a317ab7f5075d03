/* e2e: libstrophe openssl libsodium */
/* Private XML (XEP-0049): what an account keeps at its server, by the namespace. */
#include "suite.h"

#define PRIVATE "jabber:iq:private"

static e2e_client *c;

E2E_SETUP()
{
	e2e_skip_with_quirk("#no-xep-0049");
	c = e2e_client_connected();
}

E2E_TEST(whole_trees_come_back, .spec = "XEP-0049 2")
{
	e2e_stanza *reply;

	e2e_ask_set(c, NULL,
		"<query xmlns='" PRIVATE "'>"
		"<example xmlns='urn:example:tree'><payload kind='a'>foobar</payload><payload/></example></query>");
	reply = e2e_ask_get(
		c, NULL, "<query xmlns='" PRIVATE "'><example xmlns='urn:example:tree'/></query>");
	e2e_is_str(e2e_get(reply, "query/example{urn:example:tree}/payload[kind=a]"), "foobar");
	e2e_is_uint(e2e_count(reply, "query/example/payload"), 2);
}

E2E_TEST(what_is_stored_last_counts, .spec = "XEP-0049 2")
{
	static const char *const texts[] = {"first", "foobar"};

	for (int i = 0; i < 2; i++)
		e2e_ask_set(c, NULL,
			"<query xmlns='" PRIVATE
			"'><example xmlns='urn:example:text'>%s</example></query>",
			texts[i]);
	e2e_is_str(e2e_get(e2e_ask_get(c, NULL,
				   "<query xmlns='" PRIVATE
				   "'><example xmlns='urn:example:text'/></query>"),
			   "query/example"),
		"foobar");
}

E2E_MAIN()
