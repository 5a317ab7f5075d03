/* e2e: libstrophe openssl libsodium */
/* Reading and comparing stanzas, forms: e2e_get, e2e_count, e2e_put, e2e_is_stanza, e2e_form_submit, .path. */
#include "e2e_xmpp.h"

static e2e_client *c;

E2E_SETUP()
{
	c = e2e_client_connected();
}

static e2e_stanza *sample(void)
{
	return e2e_xml(c, "<presence from='r@c.example/n' type='unavailable' xml:lang='en'><show>dnd</show>"
			  "<x xmlns='jabber:x:data'><item role='first'/></x>"
			  "<x xmlns='urn:muc'><status code='110'/><status code='307'/><y xmlns='http://e/x#y'>"
			  "<item jid='a@b/c' role='none'/><item jid=\"d'e@b\" role='moderator'>one<i/>two</item></y></x>"
			  "</presence>");
}

static const struct {
	const char *path, *want;
} paths[] = {
    {"show", "dnd"},
    {"@type", "unavailable"},
    {"@from", "r@c.example/n"},
    {"@xml:lang", "en"},
    {"@to", NULL},
    {"show{jabber:client}", "dnd"},
    {"show{urn:muc}", NULL},
    {"x/item@role", "first"},
    {"x{urn:muc}/status@code", "110"},
    {"x{urn:muc}/status[2]@code", "307"},
    {"x{urn:muc}/status[3]@code", NULL},
    {"x/status@code", "110"},
    {"x/y/item@role", "none"},
    {"x/y{http://e/x#y}/item@role", "none"},
    {"x{urn:muc}/y/item{http://e/x#y}[jid=a@b/c]@role", "none"},
    {"x/y/item[@role='moderator']@jid", "d'e@b"},
    {"x/y/item[jid=\"d'e@b\"][role=moderator]", "onetwo"},
    {"*/*/item[2]", "onetwo"},
    {"x/y/item[role=none]", ""},
    {"x/y/item[role=none]@nothing", NULL},
    {"x[2]/status[code=307]@code", "307"},
    {"nobody", NULL},
};

E2E_TEST(paths_are_read)
{
	e2e_stanza *s = sample();

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		e2e_is_str(e2e_get(s, paths[i].path), paths[i].want, "%s", paths[i].path);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		e2e_ok(e2e_is_at(s, paths[i].path, paths[i].want, "%s", paths[i].path));
	e2e_is_at(NULL, "show", NULL);
	e2e_is_str(e2e_get(NULL, "show"), NULL);
	e2e_is_str(e2e_get(s, ""), "");
	e2e_is_uint(e2e_count(s, "x"), 2);
	e2e_is_uint(e2e_count(s, "*/status"), 2);
	e2e_is_uint(e2e_count(s, "x/y/item@jid"), 2);
	e2e_is_uint(e2e_count(s, "x/y/item[role=none]"), 1);
	e2e_is_uint(e2e_count(NULL, "x"), 0);
}

/* Stanzas of libstrophe's own functions have namespaces where they were set, and below. */
E2E_TEST(built_by_hand)
{
	xmpp_stanza_t *iq = xmpp_iq_new(c->ctx, "get", "i"), *query = xmpp_stanza_new(c->ctx), *item;

	xmpp_stanza_set_name(query, "query");
	xmpp_stanza_set_ns(query, "urn:q");
	item = xmpp_stanza_new(c->ctx);
	xmpp_stanza_set_name(item, "item");
	xmpp_stanza_set_attribute(item, "k", "v");
	xmpp_stanza_add_child(query, item);
	xmpp_stanza_add_child(iq, query);
	e2e_is_str(e2e_get(iq, "query{urn:q}/item{urn:q}@k"), "v");
	e2e_is_stanza(iq, "<iq id='i' type='get'><query xmlns='urn:q'><item k='v'/></query></iq>");
	xmpp_stanza_release(item);
	xmpp_stanza_release(query);
	xmpp_stanza_release(iq);
}

E2E_TEST(puts)
{
	e2e_stanza *s = e2e_xml(c, "<iq type='set' id='1'><query xmlns='urn:q'/></iq>");

	e2e_is_ptr(e2e_put(s, "query", e2e_xml(c, "<a xmlns='urn:a'/>")), s);
	e2e_put(s, "query{urn:q}/a", e2e_xml(c, "<b xmlns='urn:b'>text</b>"));
	e2e_put(s, "", e2e_xml(c, "<z xmlns='urn:z'/>"));
	e2e_is_stanza(s, "<iq type='set' id='1'><query xmlns='urn:q'><a xmlns='urn:a'><b xmlns='urn:b'>text</b></a>"
			 "</query><z xmlns='urn:z'/></iq>");
}

static const struct {
	const char *got, *want;
} alike[] = {
    {"<message a='1' b='2'/>", "<message b=\"2\" a=\"1\"></message>"},
    {"<message from='x@y/z'/>", "<message from='*'/>"},
    {"<message from='x@y/z'/>", "<message from='x@*/*'/>"},
    {"<message xmlns='jabber:client'/>", "<message/>"},
    {"<message><x xmlns='urn:x'><y/></x></message>", "<message><p:x xmlns:p='urn:x'><p:y/></p:x></message>"},
    {"<message><body>hello you</body></message>", "<message>\n\t<body>hello *</body>\n</message>"},
    {"<message><body>hello you</body></message>", "<message><body>*</body></message>"},
    {"<message><x xmlns='urn:x'><y/>t<z>1</z></x></message>", "<message><x xmlns='urn:x'>*</x></message>"},
    {"<message><body>*</body></message>", "<message><body>\\*</body></message>"},
    {"<message><body/></message>", "<message><body>*</body></message>"},
    {"<message xml:lang='en'/>", "<message/>"},
    {"<message><body>&lt;&amp;</body></message>", "<message><body><![CDATA[<&]]></body></message>"},
};

E2E_TEST(stanzas_are_alike)
{
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
		e2e_is_stanza(e2e_xml(c, "<message/>"), "<message/>", "row %zu", i),
			e2e_is_stanza(e2e__xml(E2E__AT, c, alike[i].got), alike[i].want, "row %zu", i);
}

static const struct {
	const char *got, *want, *says;
} different[] = {
    {"<message/>", "<iq/>", "the stanzas differ: got <message xmlns=.*jabber:client.*>, want <iq "},
    {"<message xmlns='urn:m'/>", "<message/>", "differ: got <message xmlns=.*urn:m.*>, want <message "},
    {"<message type='chat'/>", "<message type='normal'/>", "differ at @type: got .*chat.*, want .*normal"},
    {"<message/>", "<message id='*'/>", "differ at @id: got no such attribute, want .*[*]"},
    {"<message id='1'/>", "<message/>", "differ at @id: got .*1.*, want no such attribute"},
    {"<message><x xmlns='urn:x'><i k='1'/><i k='2'/></x></message>",
     "<message><x xmlns='urn:x'><i k='1'/><i k='3'/></x></message>",
     "differ at x[{]urn:x[}]/i\\[2\\]@k: got .*2.*, want .*3"},
    {"<message><body>a</body></message>", "<message><body>b</body></message>",
     "differ at body: got .*a.*, want .*b"},
    {"<message><body>a</body><z/></message>", "<message><body>a</body></message>",
     "differ at z: got <z .*, want no more elements"},
    {"<message><body>a</body></message>", "<message><body>a</body><z/></message>",
     "differ at z: got no more elements, want <z "},
    {"<message><a/><b/></message>", "<message><b/><a/></message>", "differ at a: got <a .*, want <b "},
    {"<message><body>**</body></message>", "<message><body>\\*</body></message>", "differ at body"},
    {"<message><b xml:lang='en'/></message>", "<message><b/></message>", "differ at b@xml:lang"},
    {"<message xml:lang='en'/>", "<message xml:lang='de'/>", "differ at @xml:lang"},
    {"<message/>", "<message>", "code: not-well-formed"},
    {NULL, "<message/>", "there is no stanza"},
};

static void bad_path(void)
{
	e2e_get(c ? e2e_xml(c, "<message/>") : NULL, "x{urn:x/y");
}
static void bad_count(void)
{
	e2e_count(e2e_xml(c, "<message/>"), "x//y");
}
static void nowhere(void)
{
	e2e_put(e2e_xml(c, "<message/>"), "x", e2e_xml(c, "<y/>"));
}
static void into_nothing(void)
{
	e2e_put(NULL, "", e2e_xml(c, "<y/>"));
}
static void put_nothing(void)
{
	e2e_put(e2e_xml(c, "<message/>"), "", NULL);
}
static void no_variable(void)
{
	e2e_form_submit(c, "urn:t", "=x");
}
static void lonely_matches(void)
{
	e2e_expect_stanza(c, E2E_ANY, .matches = "x");
}
static void bad_match_path(void)
{
	e2e_expect_stanza(c, E2E_ANY, .path = "x[");
}
static void bad_expression(void)
{
	e2e_expect_stanza(c, E2E_ANY, .path = "x", .matches = "(");
}
static void bad_body(void)
{
	e2e_expect_stanza(c, E2E_MESSAGE, .body = "(");
}
static e2e_stanza *items(void)
{
	return e2e_xml(c, "<iq><query xmlns='urn:q'><item a='1'/><item a='2' b='3'/></query></iq>");
}
static void wrong_step(void)
{
	e2e_must(e2e_is_str(e2e_get(items(), "qeury/item@a"), "1"));
}
static void wrong_namespace(void)
{
	const char *found = e2e_get(items(), "query{urn:p}/item@a");

	e2e_must(e2e_is_str(found, "1"));
}
static void wrong_attribute(void)
{
	e2e_must(e2e_is_str(e2e_get(items(), "query/item@colour"), "1"));
}
static void none_of_them(void)
{
	e2e_must(e2e_is_uint(e2e_count(items(), "query/item[a=2]/x"), 1));
}
static void of_nothing(void)
{
	e2e_must(e2e_is_str(e2e_get(NULL, "query"), ""));
}
static void other_text(void)
{
	e2e_must(e2e_is_at(items(), "query/item[a=2]@b", "4"));
}
static void other_text_described(void)
{
	e2e_must(e2e_is_at(items(), "query/item[a=2]@b", NULL, "item %d", 2));
}
static void nothing_there(void)
{
	e2e_must(e2e_is_at(items(), "query/itme@b", "3"));
}
static void in_no_stanza(void)
{
	e2e_must(e2e_is_at(NULL, "query", ""));
}
static void at_no_path(void)
{
	e2e_is_at(items(), "query{", NULL);
}
static void long_stanza(void)
{
	char text[1200];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	e2e_must(e2e_is_at(e2e_xml(c, "<iq><q>\n%s</q></iq>", text), "q", "x"));
}
static void wrong_field(void)
{
	e2e_must(e2e_is_str(e2e_form_field(e2e_form_submit(c, "urn:t", "colour=red", "size=1"), "color"), "red"));
}
static void foreign_field(void)
{
	e2e_must(e2e_is_str(e2e_form_field(e2e_form_submit(c, "urn:t", "colour=red", "size=1"), "weight"), "1"));
}
static void no_form(void)
{
	e2e_must(e2e_is_str(e2e_form_field(items(), "colour"), "red"));
}
static void in_vain(void)
{
	e2e_expect_stanza(c, E2E_MESSAGE, .within = 0.01, .path = "x/y@z", .matches = "^1$");
}
/* What came behind it has come: it is there. */
static void one_is_there(void)
{
	e2e_message(c, c->jid, "one");
	e2e_message(c, c->jid, "two");
	e2e_expect_stanza(c, E2E_MESSAGE, .body = "two");
}
static void but_for_the_sender(void)
{
	one_is_there();
	e2e_expect_stanza(c, E2E_MESSAGE, .within = 0.01, .from = "r@c.example", .body = "^one$");
}
static void but_for_the_path(void)
{
	one_is_there();
	e2e_expect_stanza(c, E2E_MESSAGE, .within = 0.01, .body = "^one$", .path = "bdoy", .matches = "one");
}
static void but_for_the_text(void)
{
	one_is_there();
	e2e_expect_stanza(c, E2E_MESSAGE, .within = 0.01, .type = "chat", .path = "body", .matches = "^two$");
}
static void but_for_two(void)
{
	one_is_there();
	e2e_expect_stanza(c, E2E_MESSAGE, .within = 0.01, .from = "r@c.example", .body = "^two$");
}
static const struct {
	void (*run)(void);
	const char *says;
} misuses[] = {
    {bad_path, "is no path"},
    {bad_count, "is no path"},
    {nowhere, "there's no element .*x.* to put something into"},
    {into_nothing, "the stanza that something is to be put into is NULL"},
    {put_nothing, "the child that is to be put into the stanza is NULL"},
    {no_variable, "isn't .*var=value"},
    {lonely_matches, ".matches is given without .path"},
    {bad_match_path, ".path .*x\\[.* is no path"},
    {bad_expression, ".matches is no regular expression: "},
    {bad_body, "\\.body is no regular expression: \\("},
    {wrong_step, "hint: .*e2e_get: <iq> has no qeury; there's query\\{urn:q\\}\"?\n"},
    {wrong_namespace, "hint: .*e2e_get: <iq> has no query\\{urn:p\\}; did you mean query\\{urn:q\\}\\?"},
    {wrong_attribute, "hint: .*e2e_get: <item> has no @colour; there's a\"?\n"},
    {none_of_them, "hint: .*e2e_count: <item> has no x; there's none"},
    {of_nothing, "hint: .*e2e_get\\(NULL, .*query.*\\): there's no stanza"},
    {other_text, "not ok 1 - items\\(\\) at .query/item\\[a=2\\]@b.\n *---\n *message: .in <iq><query.*</iq>.\n"
		 "(.*\n)* *got: .3.\n *want: .4.\n *code: is_at\n"},
    {other_text_described, "not ok 1 - item 2\n.*\n *message: .*items\\(\\) at .*: in <iq>(.*\n)* *want: NULL\n"},
    {nothing_there, "got: NULL\n *want: .3.\n *code: is_at\n *hint: .*e2e_is_at: <query> has no itme; there.s item\\{urn:q\\}"},
    {in_no_stanza, "message: .there is no stanza.\n"},
    {at_no_path, "not ok 1 - e2e_is_at\n.*\n.*query\\{.* is no path"},
    {long_stanza, "in <iq><q> x+ \\.\\.\\.\"?\n"},
    {wrong_field, "hint: .*e2e_form_field: the form has no field color; did you mean colour\\?"},
    {foreign_field, "hint: .*e2e_form_field: the form has no field weight; there's FORM_TYPE, colour, size"},
    {no_form, "hint: .*e2e_form_field: there's no form in <iq>"},
    {but_for_the_sender, "hint: .but for \\.from this one fits: <message .*one</body></message>.?\n"},
    {but_for_the_path, "hint: .\\.path: <message> has no bdoy; there's body\\{jabber:client\\}\\. Else this one fits: <message .*</message>"},
    {but_for_the_text, "hint: .but for \\.path this one fits: <message .*</message>.?\n"},
    {but_for_two, "want: a message from r@c\\.example with a body like /\\^two\\$/.?\n *code: timeout\n *\\.\\.\\.\n"},
    {in_vain, "a message with x/y@z like /\\^1\\$/"},
};

E2E_TEST(inner_failures)
{
	const char *number = getenv("INNER_NUMBER");
	size_t i = number ? strtoul(number + 1, NULL, 10) : 0;

	if (!number) {
		e2e_pass("another case runs it");
	} else if (*number == 'm') {
		misuses[i].run();
		e2e_pass("not reached");
	} else {
		e2e_is_stanza(
		    different[i].got ? e2e__xml(E2E__AT, c, different[i].got) : NULL, different[i].want);
	}
}

static void inner(const char *number, const char *says)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("INNER_NUMBER=%s", number))},
				    "/proc/self/exe", "-k", "^inner_failures$");

	e2e_is_int(r.status, 1, "%s", number);
	e2e_like(r.out, says);
	e2e_unlike(r.out, "not reached");
}

E2E_TEST(differences_are_told)
{
	for (size_t i = 0; i < sizeof different / sizeof *different; i++)
		inner(e2e_printf("d%zu", i), different[i].says);
}

E2E_TEST(misuse_is_told)
{
	for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++)
		inner(e2e_printf("m%zu", i), misuses[i].says);
}

E2E_TEST(inner_found_nothing)
{
	if (!getenv("INNER_NUMBER")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_is_str(e2e_get(items(), "nothing"), NULL);
	e2e_is_int(1, 2);
}

/* What was looked for in vain is a hint for the next point alone. */
E2E_TEST(what_has_passed_is_no_hint)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER_NUMBER=x")}, "/proc/self/exe", "-k",
				    "^inner_found_nothing$");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "got: 1\n *want: 2\n");
	e2e_unlike(r.out, "hint:");
}

E2E_TEST(forms)
{
	e2e_stanza *form = e2e_form_submit(c, "urn:t", "a=1", "b=x=y", "list=one", "list=two", "empty=", "none");

	e2e_is_stanza(form, "<x xmlns='jabber:x:data' type='submit'>"
			    "<field var='FORM_TYPE' type='hidden'><value>urn:t</value></field>"
			    "<field var='a'><value>1</value></field><field var='b'><value>x=y</value></field>"
			    "<field var='list'><value>one</value><value>two</value></field>"
			    "<field var='empty'><value/></field><field var='none'/></x>");
	e2e_is_str(e2e_form_field(form, "FORM_TYPE"), "urn:t");
	e2e_is_str(e2e_form_field(form, "list"), "one\ntwo");
	e2e_is_str(e2e_form_field(form, "empty"), "");
	e2e_is_str(e2e_form_field(form, "none"), "");
	e2e_is_str(e2e_form_field(form, "other"), NULL);
	e2e_is_str(e2e_form_field(NULL, "a"), NULL);
	e2e_is_str(e2e_form_field(e2e_put(e2e_xml(c, "<iq><q xmlns='urn:q'/></iq>"), "q", form), "b"), "x=y");
	e2e_is_stanza(e2e_form_submit(c, ""), "<x xmlns='jabber:x:data' type='submit'/>");
}

/* A room's form, on a real server: read, changed, read again. */
E2E_TEST(forms_of_a_room)
{
	const char *service = e2e_require_feature("http://jabber.org/protocol/muc"),
		   *room = e2e_printf("%s@%s", e2e_unique("room"), service);
	const char *muc = "http://jabber.org/protocol/muc";
	e2e_stanza *reply;

	e2e_send_stanza(c, e2e_xml(c, "<presence to='%s/me'><x xmlns='%s'/></presence>", room, muc));
	e2e_expect_stanza(c, E2E_PRESENCE, .path = "x{http://jabber.org/protocol/muc#user}/status@code",
			  .matches = "^110$");
	reply = e2e_iq(c, e2e_put(e2e_xml(c, "<iq type='set' to='%s'><query xmlns='%s#owner'/></iq>", room, muc),
				  "query",
				  e2e_form_submit(c, "http://jabber.org/protocol/muc#roomconfig",
						  "muc#roomconfig_roomname=Coven & Co.",
						  "muc#roomconfig_membersonly=1")));
	e2e_is_stanza(reply, "<iq type='result' id='*' from='*' to='*'/>");
	reply = e2e_iq(c, e2e_xml(c, "<iq type='get' to='%s'><query xmlns='%s#owner'/></iq>", room, muc));
	e2e_is_str(e2e_get(reply, "query/x@type"), "form");
	e2e_is_str(e2e_form_field(reply, "muc#roomconfig_roomname"), "Coven & Co.");
	e2e_like(e2e_form_field(reply, "muc#roomconfig_membersonly"), "^(1|true)$");
	e2e_is_str(e2e_get(reply, "query/x/field[var=muc#roomconfig_roomname]/value"), "Coven & Co.");
}

E2E_MAIN()
