/* e2e: libstrophe openssl libsodium */
/* Quirks: what is known of the installed server is how it behaves, each of the six looked at; and what a server says of its name and
 * version decides, shown by a stub that says it is another one. */
#include "e2e_xmpp.h"

#define MUC "http://jabber.org/protocol/muc"
#define PUBSUB "http://jabber.org/protocol/pubsub"

/* ---- the installed server ---- */

static e2e_client *enter(const char *room, const char *nick)
{
	e2e_client *c = e2e_client_connected();

	e2e_send_stanza(c, e2e_xml(c, "<presence to='%s/%s'><x xmlns='" MUC "'/></presence>", room, nick));
	e2e_expect_stanza(c, E2E_PRESENCE, .from = e2e_printf("%s/%s", room, nick), .type = E2E_NONE);
	return c;
}

static const char *room;
static e2e_client *owner;

/* A room of its own for the case, open to others. */
static void open_room(void)
{
	room = e2e_printf("%s@%s", e2e_unique("room"), e2e_require_feature(MUC));
	owner = enter(room, "owner");
	e2e_is_str(xmpp_stanza_get_type(e2e_iq(
		       owner, e2e_xml(owner,
				      "<iq type='set' to='%s'><query xmlns='" MUC "#owner'><x xmlns='jabber:x:data' "
				      "type='submit'/></query></iq>",
				      room))),
		   "result", "the room is open");
}

/* The quirk is known if, and only if, the server shows it. */
static void shows(const char *quirk, bool seen)
{
	e2e_is_int(e2e_quirk(quirk), seen, "%s %s: %s", e2e_server_name(), e2e_server_version(), quirk);
	e2e_is_int(e2e_has_quirk(e2e_printf("https://zombofant.net/xmlns/aioxmpp/e2etest/quirks%s", quirk)), seen,
		   "by its URI, too");
}

E2E_TEST(muc_id_rewrite)
{
	e2e_stanza *s;

	open_room();
	e2e_send_stanza(owner, e2e_xml(owner, "<message type='groupchat' id='mine' to='%s'><body>hello</body></message>", room));
	s = e2e_expect_stanza(owner, E2E_MESSAGE, .type = "groupchat", .body = "^hello$");
	shows("#muc-id-rewrite", strcmp(xmpp_stanza_get_id(s) ? xmpp_stanza_get_id(s) : "", "mine") != 0);
}

/* Two enter, and hear each other. */
E2E_TEST(broken_muc)
{
	e2e_client *guest;

	open_room();
	guest = enter(room, "guest");
	e2e_send_stanza(guest, e2e_xml(guest, "<message type='groupchat' to='%s'><body>hello</body></message>", room));
	e2e_expect_stanza(owner, E2E_MESSAGE, .from = e2e_printf("%s/guest", room), .body = "^hello$");
	shows("#broken-muc", false);
}

/* XEP-0045, 9.1 and 15.6: who answers with an error is removed, with status 333. */
E2E_TEST(muc_no_333)
{
	e2e_client *guest;
	e2e_stanza *s;

	open_room();
	guest = enter(room, "guest");
	e2e_send_stanza(guest, e2e_xml(guest,
				       "<message type='error' to='%s/owner'><error type='cancel'><service-unavailable "
				       "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
				       room));
	s = e2e_expect_stanza(owner, E2E_PRESENCE, .from = e2e_printf("%s/guest", room), .type = "unavailable");
	shows("#muc-no-333", strstr(e2e_stanza_text(s), "<status code=\"333\"") == NULL);
}

E2E_TEST(no_adhoc_ping)
{
	e2e_client *c = e2e_client_connected();
	const char *commands = e2e_stanza_text(
	    e2e_iq(c, e2e_xml(c, "<iq type='get' to='%s'><query xmlns='http://jabber.org/protocol/disco#items' "
				 "node='http://jabber.org/protocol/commands'/></iq>",
			      strchr(c->account.jid, '@') + 1)));

	shows("#no-adhoc-ping", strstr(commands, "node=\"ping\"") == NULL);
}

E2E_TEST(broken_pubsub_get_multiple_by_id)
{
	const char *service = e2e_require_feature(PUBSUB), *node = e2e_unique("node"), *got;
	e2e_client *c = e2e_client_connected();

	e2e_iq(c, e2e_xml(c, "<iq type='set' to='%s'><pubsub xmlns='" PUBSUB "'><create node='%s'/></pubsub></iq>", service, node));
	e2e_iq(c, e2e_xml(c,
			  "<iq type='set' to='%s'><pubsub xmlns='" PUBSUB "#owner'><configure node='%s'><x xmlns='jabber:x:data' "
			  "type='submit'><field var='FORM_TYPE' type='hidden'><value>" PUBSUB "#node_config</value></field><field "
			  "var='pubsub#max_items'><value>10</value></field><field "
			  "var='pubsub#persist_items'><value>1</value></field></x></configure></pubsub></iq>",
			  service, node));
	for (int i = 0; i < 3; i++)
		e2e_iq(c, e2e_xml(c,
				  "<iq type='set' to='%s'><pubsub xmlns='" PUBSUB "'><publish node='%s'><item id='item-%d'><x "
				  "xmlns='urn:example:x'/></item></publish></pubsub></iq>",
				  service, node, i));
	got = e2e_stanza_text(e2e_iq(c, e2e_xml(c,
						"<iq type='get' to='%s'><pubsub xmlns='" PUBSUB "'><items node='%s'><item "
						"id='item-0'/><item id='item-2'/></items></pubsub></iq>",
						service, node)));
	shows("#broken-pubsub-get-multiple-by-id",
	      !strstr(got, "item-0") || !strstr(got, "item-2") || strstr(got, "item-1") != NULL);
}

E2E_TEST(no_xep_0049)
{
	e2e_client *c = e2e_client_connected();
	const char *got;

	e2e_iq(c, e2e_xml(c, "<iq type='set'><query xmlns='jabber:iq:private'><n xmlns='urn:example:n'>kept</n></query></iq>"));
	got = e2e_stanza_text(
	    e2e_iq(c, e2e_xml(c, "<iq type='get'><query xmlns='jabber:iq:private'><n xmlns='urn:example:n'/></query></iq>")));
	shows("#no-xep-0049", strstr(got, ">kept<") == NULL);
}

#ifndef ON_EJABBERD

/* ---- a stub that says who it is ---- */

#define HEAD \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' " \
	"id='1' from='localhost' version='1.0'><stream:features>"

static char in[65536];

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(0);
}

/* Reads until this has come, and puts what follows it at the beginning. The client's end is the stub's. */
static void hear(int fd, const char *wanted)
{
	size_t n = strlen(in);
	char *found;

	while (!(found = strstr(in, wanted))) {
		ssize_t got = strstr(in, "</stream:stream>") ? 0 : read(fd, in + n, sizeof in - n - 1);

		if (got <= 0)
			_exit(0);
		in[n += (size_t)got] = 0;
	}
	memmove(in, found + strlen(wanted), strlen(found + strlen(wanted)) + 1);
}

/* Answers requests for its version, and any other with an empty result. $WHO is "name version". */
static void stub(int fd, void *arg)
{
	const char *who = getenv("WHO");

	(void)arg;
	in[0] = 0;
	hear(fd, "<stream:stream");
	say(fd, HEAD "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>");
	hear(fd, "<auth");
	say(fd, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
	hear(fd, "<stream:stream");
	say(fd, HEAD "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>");
	hear(fd, "_xmpp_bind1");
	say(fd, "<iq type='result' id='_xmpp_bind1'><bind "
		"xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>juliet@localhost/x</jid></bind></iq>");
	for (;;) {
		char id[100], answer[1000];
		const char *ns;

		hear(fd, "<iq id=\"");
		while (!strstr(in, "</iq>")) {
			size_t n = strlen(in);
			ssize_t got = read(fd, in + n, sizeof in - n - 1);

			if (got <= 0)
				_exit(0);
			in[n + (size_t)got] = 0;
		}
		*strstr(in, "</iq>") = 0;
		snprintf(id, sizeof id, "%.*s", (int)strcspn(in, "\""), in);
		ns = strstr(in, "jabber:iq:version")   ? "jabber:iq:version"
		     : strstr(in, "protocol/disco#items") ? "http://jabber.org/protocol/disco#items"
							  : "http://jabber.org/protocol/disco#info";
		snprintf(answer, sizeof answer, "<iq type='result' id='%s'><query xmlns='%s'>", id, ns);
		if (strstr(ns, "version") && *who)
			snprintf(answer + strlen(answer), sizeof answer - strlen(answer),
				 "<name>%.*s</name><version>%s</version>", (int)strcspn(who, " "), who,
				 who + strcspn(who, " ") + 1);
		strcat(answer, "</query></iq>");
		say(fd, answer);
		memmove(in, in + strlen(in) + 5, strlen(in + strlen(in) + 5) + 1);
	}
}

static bool make(e2e_provisioner *self, e2e_client *c)
{
	self->domain = "localhost";
	c->account.jid = "juliet@localhost";
	c->account.password = "secret";
	c->account.host = "127.0.0.1";
	c->account.port = e2e_serve("tcp:127.0.0.1:0", stub, NULL)->port;
	c->tls.off = true;
	return true;
}
static e2e_provisioner mine = {.name = "mine", .make_client = make};

static const char *const all[] = {"#muc-id-rewrite", "#no-adhoc-ping", "#muc-no-333", "#broken-muc",
				  "#broken-pubsub-get-multiple-by-id", "#no-xep-0049"};

E2E_TEST(inner_what_is_known)
{
	const char *found = "";

	if (!getenv("WHO")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_provisioner_add(&mine);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (e2e_quirk(all[i]))
			found = e2e_printf("%s %s", found, all[i]);
	e2e_note("%s has%s", e2e_server_name() ? e2e_server_name() : "nobody", *found ? found : " none");
	e2e_pass();
}

E2E_TEST(inner_no_quirk)
{
	if (!getenv("WHO")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_provisioner_add(&mine);
	e2e_skip_with_quirk("urn:example:mine");
	e2e_skip_with_quirk("#brokn-muc");
}

E2E_TEST(a_guard_of_no_quirk)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("WHO=Prosody 0.12.3", "E2E_RUN_DIR")},
				    "/proc/self/exe", "-k", "^inner_no_quirk$");

	e2e_is_int(r.status, 1);
	e2e_like(r.err, "quirks\\.c:[0-9]+: there's no quirk #brokn-muc: .*did you mean broken-muc");
}

E2E_TEST(name_and_version_decide)
{
	static const char *const who[][2] = {
	    {"Prosody 0.12.3", "Prosody has #no-adhoc-ping"},
	    {"Prosody 0.12.0+deb", "Prosody has #no-adhoc-ping"},
	    {"prosody 0.12.4", "prosody has #no-adhoc-ping"}, /* however it is written */
	    {"Prosody 0.11.13", "Prosody has none"},
	    {"Prosody trunk", "Prosody has none"},
	    {"ejabberd 23.01", "ejabberd has #muc-no-333"},
	    {"ejabberd 24.12-1", "ejabberd has #muc-no-333"},
	    {"ejabberd 2.1.13", "ejabberd has none"},
	    {"Openfire 4.7.5", "Openfire has none"},
	    {"", "nobody has none"},
	};

	for (size_t i = 0; i < sizeof who / sizeof *who; i++) {
		e2e_result r = e2e_run_with(
		    (e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("WHO=%s", who[i][0]), "E2E_RUN_DIR")}, "/proc/self/exe", "-k",
		    "^inner_what_is_known$");

		e2e_is_int(r.status, 0, "%s", who[i][0]) || (e2e_diag("%s", r.out), 0);
		e2e_like(r.out, e2e_printf("# %s\n", who[i][1]));
	}
}

#endif

E2E_MAIN()
