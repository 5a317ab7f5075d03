/* e2e: libstrophe openssl libsodium */
/* Bookmarks (XEP-0048) in private XML. Who keeps a list has to see each change of it: the events are
 * what a second client of the account finds when it looks again. */
#include "suite.h"

#define PRIVATE "jabber:iq:private"

static e2e_client *phone, *laptop;

/* What the account's bookmarks are now: these elements, as XML. */
#define STORE(conferences) \
	e2e_ask_set(phone, NULL, \
		"<query xmlns='" PRIVATE "'><storage xmlns='storage:bookmarks'>" conferences \
		"</storage></query>")
#define AS_GUEST "<conference name='Coven' jid='coven@chat.shakespeare.lit'/>"
#define AS_WITCH \
	"<conference name='Coven' jid='coven@chat.shakespeare.lit' autojoin='true'>" \
	"<nick>firstwitch</nick></conference>"

static e2e_stanza *bookmarks(e2e_client *c)
{
	return e2e_ask_get(
		c, NULL, "<query xmlns='" PRIVATE "'><storage xmlns='storage:bookmarks'/></query>");
}

#define COVEN "query/storage/conference[jid=coven@chat.shakespeare.lit]"

static void laptop_sees(size_t n)
{
	e2e_is_uint(e2e_count(bookmarks(laptop), COVEN), n);
}

E2E_SETUP()
{
	e2e_skip_with_quirk("#no-xep-0049");
	phone = e2e_client_connected();
	laptop = e2e_client_connect((e2e_client_opts){.account = &phone->account});
}

E2E_TEST(stored_and_retrieved, .spec = "XEP-0048 3.1, XEP-0048 3.3")
{
	STORE(AS_GUEST);
	e2e_is_str(e2e_get(bookmarks(phone), COVEN "@name"), "Coven");
}

E2E_TEST(added_is_seen, .spec = "XEP-0048 3.1, XEP-0048 3.3")
{
	laptop_sees(0);
	STORE(AS_GUEST);
	laptop_sees(1);
}

E2E_TEST(stored_and_removed, .spec = "XEP-0048 3.1, XEP-0048 3.3")
{
	STORE(AS_GUEST);
	STORE("");
	e2e_is_uint(e2e_count(bookmarks(phone), "query/storage/conference"), 0);
}

E2E_TEST(removed_is_seen, .spec = "XEP-0048 3.1, XEP-0048 3.3")
{
	STORE(AS_GUEST);
	laptop_sees(1);
	STORE("");
	laptop_sees(0);
}

E2E_TEST(stored_and_updated, .spec = "XEP-0048 2.1, XEP-0048 3.1, XEP-0048 3.3")
{
	e2e_stanza *now;

	STORE(AS_GUEST);
	STORE(AS_WITCH);
	now = bookmarks(phone);
	e2e_is_uint(e2e_count(now, "query/storage/conference"), 1,
		"the new one in place of the old one");
	e2e_is_str(e2e_get(now, COVEN "/nick"), "firstwitch");
	e2e_like(e2e_get(now, COVEN "@autojoin"), "^(true|1)$");
}

E2E_TEST(update_is_seen, .spec = "XEP-0048 2.1, XEP-0048 3.1, XEP-0048 3.3")
{
	STORE(AS_GUEST);
	e2e_is_str(e2e_get(bookmarks(laptop), COVEN "/nick"), NULL);
	STORE(AS_WITCH);
	e2e_is_str(e2e_get(bookmarks(laptop), COVEN "/nick"), "firstwitch");
}

E2E_MAIN()
