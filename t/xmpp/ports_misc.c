/* e2e: libstrophe openssl libsodium */
/* aioxmpp's suites of messages, pings, versions, presence, rosters, blocking, private XML, receipts, commands, uploads and
 * bytestreams, and a few of others. */
#include "e2e_xmpp.h"

#define COMMANDS "http://jabber.org/protocol/commands"
#define IBB "http://jabber.org/protocol/ibb"
#define PRIVATE(xml) "<query xmlns='jabber:iq:private'>" xml "</query>"
#define BLOCKING "urn:xmpp:blocking"

static e2e_client *a, *b;

E2E_SETUP()
{
	e2e_private_modules("mam");
	e2e_connect_each(&a, &b);
}

E2E_TEST(provisioned)
{
	e2e_ok(e2e_is_connected(a));
}

E2E_TEST(message)
{
	e2e_message(a, b->jid, "Hello World!");
	e2e_is_at(e2e_expect_message(b, .type = "chat", .from = a->jid), "body", "Hello World!");
}

static const char *error(const char *to, const char *name, const char *ns)
{
	return e2e_ask_error(a, "<iq type='get' to='%s'><%s xmlns='%s'/></iq>", to, name, ns);
}

/* Asks whoever has this feature. */
static e2e_stanza *ask(const char *name, const char *ns)
{
	return e2e_ask_get(a, e2e_require_feature(ns), "<%s xmlns='%s'/>", name, ns);
}

E2E_TEST(iq_to_bare_self)
{
	e2e_like(error(a->account.jid, "x", "made-up"), ".");
}

E2E_TEST(iq_to_nobody)
{
	e2e_like(e2e_ask_error(a, "<iq type='get'><x xmlns='made-up'/></iq>"), ".");
}

E2E_TEST(iq_to_full_self)
{
	e2e_is_str(error(a->jid, "x", "made-up"), "service-unavailable");
}

E2E_TEST(ping_is_refused)
{
	e2e_is_str(error(b->jid, "ping", "urn:xmpp:ping"), "service-unavailable");
}

E2E_TEST(ping_server)
{
	e2e_is_at(ask("ping", "urn:xmpp:ping"), "@from", e2e_require_feature("urn:xmpp:ping"));
}

E2E_TEST(ping_peer)
{
	e2e_answer_each(b, "ping", NULL);
	e2e_is_at(e2e_ask_get(a, b->jid, "<ping xmlns='urn:xmpp:ping'/>"), "@from", b->jid);
}

E2E_TEST(no_version)
{
	e2e_is_str(error(b->jid, "query", "jabber:iq:version"), "service-unavailable");
}

E2E_TEST(version_of_the_server)
{
	e2e_like(e2e_get(ask("query", "jabber:iq:version"), "query/name"), ".");
}

E2E_TEST(presence)
{
	e2e_presence(a, b->account.jid, NULL, NULL);
	e2e_expect_presence(b, .from = a->jid, .type = "available");
	e2e_presence(a, b->account.jid, NULL, "dnd");
	e2e_is_at(e2e_expect_presence(b, .path = "show"), "show", "dnd");
}

static e2e_client *second(void)
{
	return e2e_client_connect((e2e_client_opts){.account = &a->account});
}

static e2e_stanza *roster(e2e_client *c)
{
	return e2e_ask_get(c, NULL, "<query xmlns='jabber:iq:roster'/>");
}

E2E_TEST(subscribe)
{
	roster(a), roster(b);
	e2e_presence(a, b->account.jid, "subscribe", NULL);
	e2e_expect_presence(b, .from = a->account.jid, .type = "subscribe");
	e2e_presence(b, a->account.jid, "subscribed", NULL);
	e2e_expect_presence(a, .from = b->account.jid, .type = "available");
	e2e_is_at(roster(a), e2e_printf("query/item[jid=%s]@subscription", b->account.jid), "to");
}

E2E_TEST(roster_push)
{
	e2e_client *other = second();

	roster(a), roster(other);
	e2e_ask_set(a, NULL, "<query xmlns='jabber:iq:roster'><item jid='x@y.example' name='X'><group>G</group></item></query>");
	e2e_is_at(e2e_expect_iq(other, .type = "set"), "query/item@jid", "x@y.example");
}

static size_t blocked(void)
{
	return e2e_count(e2e_ask_get(a, NULL, "<blocklist xmlns='" BLOCKING "'/>"), "blocklist/item");
}

/* What the server tells of it. */
#define PUSHED(verb, items) \
	(e2e_ask_set(a, NULL, "<" verb " xmlns='" BLOCKING "'>" items "</" verb ">"), e2e_expect_iq(a, .child = verb))

E2E_TEST(blocklist)
{
	e2e_require_feature(BLOCKING);
	e2e_is_uint(blocked(), 0);
	e2e_is_uint(e2e_count(PUSHED("block", "<item jid='bar@bar'/><item jid='baz@bar'/><item jid='quux@bar'/>"), "block/item"), 3);
	e2e_is_at(PUSHED("unblock", "<item jid='bar@bar'/>"), "unblock/item@jid", "bar@bar");
	PUSHED("unblock", "");
	e2e_is_uint(blocked(), 0);
}

E2E_TEST(blocked_contact)
{
	e2e_require_feature(BLOCKING);
	e2e_ask_set(a, NULL, "<block xmlns='" BLOCKING "'><item jid='%s'/></block>", b->account.jid);
	e2e_message(b, a->account.jid, "spam");
	e2e_expect_message(b, .condition = "service-unavailable");
	e2e_no_stanza(a, 0.2, .kind = E2E_MESSAGE);
}

E2E_TEST(private_xml)
{
	e2e_skip_with_quirk("#no-xep-0049");
	e2e_ask_set(a, NULL, PRIVATE("<x xmlns='urn:x'><y>foobar</y></x>"));
	e2e_is_at(e2e_ask_get(a, NULL, PRIVATE("<x xmlns='urn:x'/>")), "query/x/y", "foobar");
}

E2E_TEST(bookmarks)
{
	e2e_skip_with_quirk("#no-xep-0049");
	e2e_ask_set(a, NULL, PRIVATE("<storage xmlns='storage:bookmarks'><conference name='Coven' jid='coven@chat'/></storage>"));
	e2e_is_at(e2e_ask_get(a, NULL, PRIVATE("<storage xmlns='storage:bookmarks'/>")), "query/storage/conference@jid",
		"coven@chat");
}

E2E_TEST(receipt)
{
	const char *id = e2e_tell(a, "<message to='%s'><body>hi</body><request xmlns='urn:xmpp:receipts'/></message>", b->jid);

	e2e_expect_message(b, .id = id, .child_ns = "urn:xmpp:receipts");
	e2e_tell(b, "<message to='%s'><received xmlns='urn:xmpp:receipts' id='%s'/></message>", a->jid, id);
	e2e_is_at(e2e_expect_message(a), "received@id", id);
}

E2E_TEST(commands)
{
	const char *const *peers = e2e_require_feature_all(COMMANDS, NULL);
	size_t n = 0;

	for (; *peers; peers++)
		n += e2e_count(e2e_ask_get(a, *peers, "<query xmlns='http://jabber.org/protocol/disco#items' node='" COMMANDS "'/>"),
			"query/item");
	e2e_ok(n > 0);
}

static e2e_stanza *execute(const char *who, const char *node)
{
	return e2e_iq(a, e2e_xml(a, "<iq type='set' to='%s'><command xmlns='" COMMANDS "' node='%s'/></iq>", who, node));
}

E2E_TEST(ping_command)
{
	e2e_skip_with_quirk("#no-adhoc-ping");
	e2e_like(e2e_get(execute(e2e_require_feature(COMMANDS), "ping"), "command/note"), ".");
}

E2E_TEST(own_command)
{
	e2e_answer_each(b, "command[node=simple]", e2e_xml(b, "<command xmlns='" COMMANDS "'><note>some info!</note></command>"));
	e2e_refuse_each(b, "command", "cancel", "item-not-found");
	e2e_is_at(execute(b->jid, "simple"), "command/note", "some info!");
	e2e_is_str(e2e_stanza_error(execute(b->jid, "no")), "item-not-found");
}

E2E_TEST(upload_slot)
{
	const char *service = e2e_require_feature("urn:xmpp:http:upload:0");

	e2e_like(e2e_get(e2e_ask_get(a, service, "<request xmlns='urn:xmpp:http:upload:0' filename='f.jpg' size='1024'/>"),
		"slot/put@url"), "^http");
}

E2E_TEST(capabilities)
{
	e2e_tell(a, "<presence to='%s'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://t' ver='abc'/></presence>", b->jid);
	e2e_is_at(e2e_expect_presence(b, .from = a->jid, .child = "c"), "c@ver", "abc");
}

E2E_TEST(bytestream)
{
	static const char *const parts[] = {"dGhpcw==", "aXM=", "ZGF0YQ=="};

	e2e_answer_each(b, "open", NULL);
	e2e_answer_each(a, "data", NULL);
	e2e_ask_set(a, b->jid, "<open xmlns='" IBB "' sid='x' block-size='4096'/>");
	for (int i = 0; i < 3; i++) {
		e2e_ask_set(b, a->jid, "<data xmlns='" IBB "' sid='x' seq='%d'>%s</data>", i, parts[i]);
		e2e_is_at(e2e_expect_iq(a, .child = "data"), "data", parts[i]);
	}
}

E2E_TEST(carbons)
{
	e2e_client *other = second();

	e2e_require_feature("urn:xmpp:carbons:2");
	e2e_ask_set(other, NULL, "<enable xmlns='urn:xmpp:carbons:2'/>");
	e2e_message(b, a->jid, "to the first");
	e2e_expect_message(a, .body = "^to the first$");
	e2e_is_at(e2e_expect_message(other), "received/forwarded/message/body", "to the first");
}

E2E_TEST(vcard)
{
	e2e_require_feature("vcard-temp");
	e2e_ask_set(a, NULL, "<vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN></vCard>");
	e2e_is_at(e2e_ask_get(b, a->account.jid, "<vCard xmlns='vcard-temp'/>"), "vCard/FN", "Juliet Capulet");
}

E2E_TEST(entity_time)
{
	e2e_like(e2e_get(ask("time", "urn:xmpp:time"), "time/utc"), "Z$");
}

E2E_TEST(disco)
{
	e2e_disco_result d;

	e2e_must(e2e_ok(e2e_disco(a, strchr(a->account.jid, '@') + 1, true, &d)));
	e2e_ok(e2e_entity_is(d.entity, "server", NULL));
	e2e_ok(e2e_entity_has(d.entity, "http://jabber.org/protocol/disco#info"));
	e2e_ok(d.n > 1);
}

E2E_TEST(archive)
{
	e2e_message(a, b->account.jid, "for the archive");
	e2e_expect_message(b);
	e2e_ask_set(b, NULL, "<query xmlns='urn:xmpp:mam:2'/>");
	e2e_is_at(e2e_expect_message(b), "result/forwarded/message/body", "for the archive");
}

E2E_TEST(resumed)
{
	e2e_client *c = e2e_client_connect((e2e_client_opts){.resumable = true});

	e2e_cut(c);
	e2e_message(a, c->account.jid, "while away");
	e2e_ok(e2e_reconnect(c));
	e2e_is_at(e2e_expect_message(c), "body", "while away");
}

E2E_TEST(offline)
{
	e2e_require_feature("msgoffline");
	e2e_disconnect(b);
	e2e_message(a, b->account.jid, "later");
	e2e_drop_stanzas(a);
	e2e_reconnect(b);
	e2e_is_at(e2e_expect_message(b, .child_ns = "urn:xmpp:delay"), "body", "later");
}

E2E_MAIN()
