/* e2e: libstrophe openssl libsodium */
/* Blocking (XEP-0191): the list, the pushes that tell of it, and that it works. */
#include "suite.h"

#define BLOCKING "urn:xmpp:blocking"

static e2e_client *c, *other;

static e2e_stanza *blocked(void)
{
	return e2e_ask_get(c, NULL, "<blocklist xmlns='" BLOCKING "'/>");
}

/* Every change is pushed to clients that have asked for the list; they say that they got it. */
static e2e_stanza *pushed(const char *change)
{
	e2e_stanza *push =
		e2e_expect_stanza(c, E2E_IQ, .type = "set", .child = change, .child_ns = BLOCKING);

	e2e_answer(c, push, NULL);
	return push;
}

E2E_SETUP()
{
	e2e_require_feature(BLOCKING);
	e2e_connect_each(&c, &other);
}

E2E_TEST(list_and_pushes, .spec = "XEP-0191 3.2, XEP-0191 3.3, XEP-0191 3.4, XEP-0191 3.5")
{
	static const char *const jids[] = {
		"bar@bar.example/baz", "baz@bar.example/baz", "quux@bar.example/baz"};
	e2e_stanza *push, *list;

	e2e_is_uint(e2e_count(blocked(), "blocklist/item"), 0, "nobody is blocked at first");
	e2e_ask_set(c, NULL,
		"<block xmlns='" BLOCKING
		"'><item jid='%s'/><item jid='%s'/><item jid='%s'/></block>",
		jids[0], jids[1], jids[2]);
	push = pushed("block"), list = blocked();
	for (int i = 0; i < 3; i++) {
		e2e_is_uint(e2e_count(push, e2e_printf("block/item[jid=%s]", jids[i])), 1);
		e2e_is_uint(e2e_count(list, e2e_printf("blocklist/item[jid=%s]", jids[i])), 1);
	}

	e2e_ask_set(c, NULL, "<unblock xmlns='" BLOCKING "'><item jid='%s'/></unblock>", jids[0]);
	e2e_is_str(e2e_get(pushed("unblock"), "unblock/item@jid"), jids[0]);
	e2e_is_uint(e2e_count(blocked(), "blocklist/item"), 2);

	e2e_ask_set(c, NULL, "<unblock xmlns='" BLOCKING "'/>");
	pushed("unblock");
	e2e_is_uint(e2e_count(blocked(), "blocklist/item"), 0, "and nobody at last");
}

E2E_TEST(who_is_blocked_gets_nothing_through, .spec = "XEP-0191 3.3")
{
	blocked();
	e2e_ask_set(c, NULL, "<block xmlns='" BLOCKING "'><item jid='%s'/></block>",
		other->account.jid);
	pushed("block");
	e2e_message(other, c->account.jid, "spam");
	e2e_expect_stanza(other, E2E_MESSAGE, .condition = "service-unavailable");
	e2e_no_stanza(c, 0.05, .kind = E2E_MESSAGE);
}

E2E_MAIN()
