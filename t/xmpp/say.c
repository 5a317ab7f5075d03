/* e2e: libstrophe openssl libsodium */
/* Saying and asking in one line; a program that says which servers it runs on. The cases called inner_ are run by others. */
#include "e2e_xmpp.h"

E2E_SERVERS("prosody, ejabberd");

static e2e_client *a, *b;

static void two(void)
{
	e2e_connect_each(&a, &b);
}

E2E_TEST(told)
{
	const char *id;

	two();
	id = e2e_tell(a, "<message to='%s'><body>%s</body></message>", b->jid, "a < b");
	e2e_is_str(e2e_body(e2e_expect_stanza(b, E2E_MESSAGE, .id = id)), "a < b");
	e2e_is_str(e2e_tell(a, "<message id='mine' to='%s'/>", b->jid), "mine");
	e2e_expect_stanza(b, E2E_MESSAGE, .id = "mine");
}

E2E_TEST(asked)
{
	int times = 0;
	e2e_client *both[2];

	two();
	both[0] = both[1] = a;
	e2e_is_str(e2e_get(e2e_ask(both[times++], "<iq type='get'><ping xmlns='%s'/></iq>",
				   "urn:xmpp:ping"),
			   "@type"),
		"result");
	e2e_is_int(times, 1);
	e2e_ok(e2e_ask_stanza(
		       a, e2e_xml(a, "<iq type='get'><query xmlns='jabber:iq:roster'/></iq>")) !=
		NULL);
}

E2E_TEST(requested)
{
	e2e_stanza *request, *reply;
	e2e_client *c[1];
	int times = 0;

	two();
	c[0] = a;
	reply = e2e_ask_get(c[times++], NULL, "<ping xmlns='%s'/>", "urn:xmpp:ping");
	e2e_is_int(times, 1);
	e2e_is_str(e2e_get(reply, "@type"), "result");
	e2e_ask_set(a, NULL, "<query xmlns='jabber:iq:private'><x xmlns='urn:x'>%s</x></query>", "a < 100% b");
	e2e_is_str(e2e_get(e2e_ask_get(a, NULL, "<query xmlns='jabber:iq:private'><x xmlns='urn:x'/></query>"), "query/x"),
		"a < 100% b");
	e2e_is_str(e2e_ask_error(a, "<iq type='get' to='%s'><q xmlns='urn:q'/></iq>", b->jid), "service-unavailable");
	request = e2e_expect_stanza(b, E2E_IQ, .child_ns = "urn:q");
	e2e_is_str(e2e_get(request, "@type"), "get");
	e2e_is_str(e2e_ask_error(a, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"), NULL, "a result is no error");
}

E2E_TEST(published)
{
	e2e_stanza *items;
	const char *id, *other;

	e2e_require_pep();
	two();
	id = e2e_publish(a, NULL, "urn:x:node", "one's", "<x xmlns='urn:x'>%s</x>", "a < b");
	e2e_is_str(id, "one's");
	other = e2e_publish(a, a->account.jid, "urn:x:other", NULL, "<x xmlns='urn:x'/>");
	e2e_like(other, ".", "the service has given it one");
	items = e2e_items(a, NULL, "urn:x:node", NULL);
	e2e_is_uint(e2e_count(items, "pubsub/items/item"), 1);
	e2e_is_str(e2e_get(items, "pubsub/items/item/x{urn:x}"), "a < b");
	items = e2e_items(a, a->account.jid, "urn:x:other", other);
	e2e_is_str(e2e_get(items, "pubsub/items/item@id"), other);
	e2e_answer_each(b, "pubsub", e2e_xml(b, "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n'/></pubsub>"));
	e2e_items(a, b->jid, "n", "one's");
	e2e_expect_stanza(b, E2E_IQ, .path = "pubsub/items[node=n]/item[id=one's]");
}

/* What a client answers by itself: the first that fits; the requests are there, too. */
E2E_TEST(answered_each)
{
	two();
	e2e_answer_each(b, "q{urn:q}[node=list]", e2e_xml(b, "<q xmlns='urn:q'><entry/></q>"));
	e2e_answer_each(b, "ping{urn:xmpp:ping}", NULL);
	e2e_refuse_each(b, "q{urn:q}", "cancel", "item-not-found");
	e2e_answer_each(b, "q{urn:q}", NULL);
	for (int i = 0; i < 2; i++) {
		e2e_is_uint(e2e_count(e2e_ask_get(a, b->jid, "<q xmlns='urn:q' node='list'/>"), "q/entry"), 1);
		e2e_is_str(e2e_ask_error(a, "<iq type='set' to='%s'><q xmlns='urn:q'/></iq>", b->jid), "item-not-found");
		e2e_ask_get(a, b->jid, "<ping xmlns='urn:xmpp:ping'/>");
		e2e_is_str(e2e_ask_error(a, "<iq type='get' to='%s'><q xmlns='urn:other'/></iq>", b->jid), "service-unavailable");
		for (int k = 0; k < 4; k++)
			e2e_expect_stanza(b, E2E_IQ, .from = a->jid);
		e2e_reconnect(b);
	}
	e2e_no_stanza(b, 0.05, .kind = E2E_IQ);
}

E2E_TEST(connected_each)
{
	e2e_client *one = NULL, *other = NULL, *third = NULL;

	e2e_connect_each(&one, &other, &third);
	e2e_ok(e2e_is_connected(one) && e2e_is_connected(other) && e2e_is_connected(third));
	e2e_is_str(one->name, "client-1");
	e2e_is_str(other->name, "client-2");
	e2e_is_str(third->name, "client-3");
}

static void refused(void)
{
	e2e_ask(a, "<iq type='get' to='%s'><q xmlns='urn:q'/></iq>", b->jid);
}
static void refused_by_the_server(void)
{
	e2e_ask_set(a, NULL, "<q xmlns='urn:q'/>");
}
static void refused_stanza(void)
{
	e2e_ask_stanza(a, e2e_xml(a, "<iq type='get' to='%s'><q xmlns='urn:q'/></iq>", b->jid));
}
static void no_request(void)
{
	e2e_ask(a, "<message/>");
}
static void refused_get(void)
{
	e2e_ask_get(a, b->jid, "<q xmlns='urn:q'/>");
}
static void no_xml_in_set(void)
{
	e2e_ask_set(a, b->jid, "<q xmlns='urn:q'>");
}
static void publishes_nothing(void)
{
	e2e_publish(a, NULL, "urn:x:node", NULL, "<x>");
}
static void asks_for_no_items(void)
{
	e2e_items(a, b->jid, "urn:x:node", NULL);
}
static void publishes_at_no_node(void)
{
	e2e_publish(a, NULL, NULL, NULL, "<x xmlns='urn:x'/>");
}
static void asks_for_items_of_no_node(void)
{
	e2e_items(a, NULL, NULL, NULL);
}
static void sends_no_bytes(void)
{
	e2e_send_raw(a, NULL);
}
static void answers_no_path(void)
{
	e2e_answer_each(a, "ping{", NULL);
}
static void refuses_for_nothing(void)
{
	e2e_refuse_each(a, "ping", "cancel", "item-not-fund");
}
static void no_xml(void)
{
	e2e_tell(a, "<message>");
}
static void no_conversion(void)
{
	e2e_ask(a, "<iq type='get' id='%c%p'/>", 'x', (void *)a);
}
static void null_in_xml(void)
{
	const char *nothing = e2e_get(e2e_xml(a, "<x/>"), "@y");

	e2e_tell(a, "<message><body>%s</body></message>", "");
	e2e_xml(a, "<message to='%s'><body>%d%%%s</body></message>", "a@b", 1, nothing);
}
static void null_in_ask(void)
{
	e2e_ask_get(a, NULL, "<q xmlns='%s'/>", e2e_get(e2e_xml(a, "<x/>"), "@y"));
}
static const struct {
	void (*run)(void);
	const char *says;
} misuses[] = {
	{refused, "client-[0-9]+ asked, and [^ ]+ answered with the error service-unavailable"},
	{refused, "want: the result of .*urn:q"},
	{refused, "hint: .client-2 refused it by itself, .*e2e_answer_each"},
	{refused_stanza, "e2e_ask_stanza.*(\n.*)*code: stanza-error"},
	{refused_get, "e2e_ask_get.*(\n.*)*code: stanza-error"},
	{publishes_nothing, "e2e_publish.*(\n.*)*code: not-well-formed"},
	{asks_for_no_items, "e2e_items.*(\n.*)*code: stanza-error"},
	{publishes_at_no_node, "e2e_publish.*(\n.*)*the node is NULL(.*\n)*.*code: usage"},
	{asks_for_items_of_no_node, "e2e_items.*(\n.*)*the node is NULL(.*\n)*.*code: usage"},
	{refused_by_the_server, "hint: .where it shall be refused, e2e_ask_error"},
	{sends_no_bytes, "e2e_send_raw.*(\n.*)*the bytes are NULL(.*\n)*.*code: usage"},
	{answers_no_path, "e2e_answer_each.*(\n.*)*code: usage"},
	{refuses_for_nothing, "e2e_refuse_each.*item-not-fund.*(\n.*)*item-not-found"},
	{no_xml_in_set, "e2e_ask_set.*(\n.*)*code: not-well-formed"},
	{no_request, "e2e_ask sends <iq/> of type get or set"},
	{no_xml, "not-well-formed"},
	{null_in_xml, "e2e_xml\n[^.]*message: .argument 3 of the text, for a %s, is NULL.*got: .*<body>%d%%%s</body>.*code: usage\n *hint: .what returned it found nothing"},
	{null_in_ask, "e2e_ask_get\n[^.]*message: .argument 1 of the text, for a %s, is NULL"},
	{no_conversion, "e2e_ask doesn't know a conversion in its format"},
};

E2E_TEST(inner_misuse)
{
	if (!getenv("INNER_NUMBER")) {
		e2e_pass("another case runs it");
		return;
	}
	two();
	misuses[atoi(getenv("INNER_NUMBER"))].run();
	e2e_pass("not reached");
}

E2E_TEST(misuse_is_told)
{
	for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
		e2e_result r = e2e_run_with(
			(e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("INNER_NUMBER=%zu", i))},
			"/proc/self/exe", "--server", "prosody", "-k", "^inner_misuse$");

		e2e_is_int(r.status, 1, "%zu", i);
		e2e_like(r.out, misuses[i].says);
		e2e_unlike(r.out, "not reached");
	}
}

/* A client or a stanza that is NULL is told by whatever gets it; no server is needed for that. */
E2E_TEST(null_is_told)
{
	e2e_result r = e2e_run("t/xmpp/broken/null.bin");
	size_t told = 0;

	e2e_like(r.out, "\n1\\.\\.([0-9]+)\n");
	for (const char *p = r.out; (p = strstr(p, "is NULL\"\n  at: t/xmpp/broken/null.c:")); p++)
		told++;
	e2e_is_uint(told, strtoul(strstr(r.out, "1..") + 3, NULL, 10));
	e2e_unlike(r.out, "\n(ok|Bail)|died of|SIG");
	e2e_like(r.out, "\n  message: .the client is NULL.\n  at: .*\n  code: usage\n  hint: .it hasn't been made: e2e_client_connected");
}

/* What this program says by itself counts last. */
E2E_TEST(servers_of_the_program)
{
	char self[4096] = "";
	e2e_result r;

	e2e_require_command("prosody");
	e2e_require_command("erl");
	e2e_skip_if(!e2e__server_ejabberd_libs(), "no ejabberd");
	e2e_must(e2e_cmp_int(readlink("/proc/self/exe", self, sizeof self - 1), ">", 0));
	e2e_chdir(e2e_tmpdir());
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("E2E_SERVER", "E2E_CONFIG")}, self, "-k",
		"^inner_misuse$");
	e2e_like(r.out, "\nok 1 - prosody\n.*\nok 2 - ejabberd\n1\\.\\.2\n");
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("E2E_SERVER", "E2E_CONFIG")}, self, "-k",
		"^inner_misuse$", "--config", "/dev/null");
	e2e_unlike(r.out, "prosody|ejabberd");
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("E2E_SERVER=ejabberd")}, self, "-k",
		"^inner_misuse$");
	e2e_unlike(r.out, "prosody|ejabberd");
	r = e2e_run_with(
		(e2e_spawn_opts){.env = E2E_ARGV("E2E_SERVER", "E2E_CONFIG")}, self, "--list");
	e2e_like(r.out, "^told\n");
	mkdir(".local", 0700);
	close(open(".local/e2e.ini", O_CREAT | O_WRONLY, 0600));
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("E2E_SERVER", "E2E_CONFIG")}, self, "-k",
		"^inner_misuse$");
	e2e_unlike(r.out, "prosody|ejabberd");
	e2e_is_int(r.status, 0);
}

/* Programs that run on several servers share them with the others of the run. */
E2E_TEST(inner_port)
{
	if (!getenv("INNER_PORT")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_note("port=%d", e2e_client_connected()->account.port);
	e2e_pass();
}

E2E_TEST(servers_of_the_run)
{
	const char *dir = e2e_printf("%s/two", e2e_tmpdir()), *root = getenv("E2E_T_ROOT"), *first, *second;
	char self[4096] = "";
	int lines = 0;
	e2e_result r;

	e2e_require_command("prosody");
	e2e_must(e2e_cmp_int(readlink("/proc/self/exe", self, sizeof self - 1), ">", 0));
	mkdir(dir, 0700);
	e2e_must(e2e_is_int(symlink(self, e2e_printf("%s/a.t", dir)), 0));
	e2e_must(e2e_is_int(symlink(self, e2e_printf("%s/b.t", dir)), 0));
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER_PORT=1", "E2E_RUN_DIR", "HARNESS_ACTIVE", "E2E_SERVER", "E2E_CONFIG"),
					  .timeout = 100},
			 e2e_printf("%s/prove", root ? root : "."), "-v", dir, "::", "-k", "^inner_port$", "--server",
			 "prosody,prosody");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	first = strstr(r.out, "port=");
	e2e_must(e2e_ok(first != NULL));
	first = e2e_printf("%.*s", (int)strcspn(first, "\n"), first);
	for (second = r.out; (second = strstr(second, "port=")) != NULL; second += strlen(first), lines++)
		e2e_is_mem(second, first, strlen(first));
	e2e_is_int(lines, 4, "of each program, on each server");
}

E2E_MAIN()
