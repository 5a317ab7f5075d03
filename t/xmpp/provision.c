/* e2e: libstrophe openssl libsodium */
/* Provisioners, by aioxmpp's own configuration file and by ours; accounts that are used again come back empty. The cases called inner_
 * are run by the others as programs of their own, with a config that leads to the private server of this one. */
#include "e2e_xmpp.h"

static e2e_client *anchor; /* at the private server */

/* True in the program that another case has started. */
static bool inner(void)
{
	if (getenv("INNER"))
		return true;
	e2e_pass("another case runs it");
	return false;
}

E2E_SETUP()
{
	if (!getenv("INNER"))
		anchor = e2e_client_connected();
}

/* ---- what is run inside ---- */

E2E_TEST(inner_two_clients)
{
	e2e_client *c[2];

	if (!inner())
		return;
	e2e_clients_connected(2, c);
	e2e_note("provisioner %s", e2e_provisioner_name());
	e2e_note("accounts %s and %s", c[0]->account.jid, c[1]->account.jid);
	e2e_message(c[0], c[1]->jid, "hello");
	e2e_is_str(e2e_body(e2e_expect_stanza(c[1], E2E_MESSAGE, .from = c[0]->account.jid)), "hello");
}

/* The second client brings an account: the first one's, with another resource. */
E2E_TEST(inner_second_resource)
{
	e2e_client *first, *second;
	e2e_account other;

	if (!inner())
		return;
	first = e2e_client_connected();
	second = e2e_client_connect((e2e_client_opts){.account = &first->account, .resource = "second"});
	e2e_is_str(second->account.jid, first->account.jid);
	e2e_message(first, second->jid, "hello");
	e2e_expect_stanza(second, E2E_MESSAGE, .from = first->jid);
	e2e_disconnect(first);
	other = first->account;
	other.jid = e2e_printf("%s@localhost", e2e_unique("other"));
	e2e_client_connect((e2e_client_opts){.account = &other});
}

/* An account that leads to the config's host, though no client was there before. */
E2E_TEST(inner_account_of_ones_own)
{
	e2e_account account;

	if (!inner())
		return;
	memset(&account, 0, sizeof account);
	account.jid = "brought@localhost";
	account.password = "pw";
	account.host = e2e_config("any", "host", "");
	account.port = (int)e2e_config_int("any", "port", 0);
	e2e_client_connect((e2e_client_opts){.account = &account});
	e2e_pass("it is logged in");
}

/* ... and one that leads elsewhere: what the config says doesn't hold there. */
E2E_TEST(inner_account_elsewhere)
{
	e2e_account account;
	e2e_failure why;

	if (!inner())
		return;
	memset(&account, 0, sizeof account);
	account.jid = "brought@localhost";
	account.password = "pw";
	account.host = "localhost";
	account.port = (int)e2e_config_int("any", "port", 0);
	e2e_ok(!e2e_client_try((e2e_client_opts){.account = &account}, &why));
	e2e_is_str(why.code, "certificate");
}

E2E_TEST(inner_comes_back)
{
	e2e_client *c;

	if (!inner())
		return;
	c = e2e_client_connected();
	e2e_cut(c);
	e2e_reconnect(c);
	e2e_ok(e2e_is_connected(c));
	e2e_ok(strchr(c->account.jid, '@') != NULL, "%s", c->account.jid);
}

/* Guards need no account of their own where all are in use. */
E2E_TEST(inner_guard_after_clients)
{
	e2e_client *c[2];

	if (!inner())
		return;
	e2e_clients_connected(2, c);
	e2e_is_str(e2e_require_feature("urn:xmpp:ping"), "localhost");
	e2e_require_pep();
	e2e_like(e2e_server_name(), "^(Prosody|ejabberd)$");
	e2e_message(c[0], c[1]->jid, "hello");
	e2e_expect_stanza(c[1], E2E_MESSAGE, .from = c[0]->jid);
	e2e_is_uint(e2e_stanzas_left(c[0]), 0);
}

E2E_TEST(inner_three_clients)
{
	if (!inner())
		return;
	for (int i = 0; i < 3; i++)
		e2e_client_connected();
	e2e_pass("there were three");
}

E2E_TEST(inner_leaves_things)
{
	e2e_client *c, *other;

	if (!inner())
		return;
	c = e2e_client_connected();
	other = e2e_client_connected();
	e2e_is_str(e2e_stanza_error(e2e_iq(c, e2e_xml(c, "<iq type='set'><query xmlns='jabber:iq:roster'><item "
							 "jid='friend@localhost' name='F'/></query></iq>"))),
		   NULL);
	e2e_is_str(e2e_stanza_error(e2e_iq(
		       c, e2e_xml(c, "<iq type='set'><vCard xmlns='vcard-temp'><FN>Leftover</FN></vCard></iq>"))),
		   NULL);
	e2e_is_str(e2e_stanza_error(e2e_iq(c, e2e_xml(c, "<iq type='set'><query xmlns='jabber:iq:private'><note "
							 "xmlns='urn:example:note'>left</note></query></iq>"))),
		   NULL);
	e2e_is_str(
	    e2e_stanza_error(e2e_iq(
		c, e2e_xml(
		       c, "<iq type='set'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish "
			  "node='urn:example:left'><item id='1'><x xmlns='urn:x'/></item></publish></pubsub></iq>"))),
	    NULL);
	e2e_is_str(
	    e2e_stanza_error(e2e_iq(
		c,
		e2e_xml(c,
			"<iq type='set'><block xmlns='urn:xmpp:blocking'><item jid='foe@localhost'/></block></iq>"))),
	    NULL);
	if (getenv("DIE"))
		raise(SIGKILL);
	e2e_disconnect(c);
	e2e_message(other, c->account.jid, "you were out"); /* for the one that comes next */
	e2e_iq(other, e2e_xml(other, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"));
}

E2E_TEST(inner_finds_nothing)
{
	e2e_client *c;
	e2e_stanza *s;

	if (!inner())
		return;
	c = e2e_client_connected();
	s = e2e_iq(c, e2e_xml(c, "<iq type='get'><query xmlns='jabber:iq:roster'/></iq>"));
	e2e_unlike(e2e_stanza_text(s), "friend@localhost", "roster");
	s = e2e_iq(c, e2e_xml(c, "<iq type='get'><vCard xmlns='vcard-temp'/></iq>"));
	e2e_unlike(e2e_stanza_text(s), "Leftover", "vCard");
	s = e2e_iq(
	    c,
	    e2e_xml(c,
		    "<iq type='get'><query xmlns='jabber:iq:private'><note xmlns='urn:example:note'/></query></iq>"));
	e2e_unlike(e2e_stanza_text(s), "left<", "private XML");
	s = e2e_iq(c,
		   e2e_xml(c, "<iq type='get' to='%s'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
			   c->account.jid));
	e2e_unlike(e2e_stanza_text(s), "urn:example:left", "PEP");
	s = e2e_iq(c, e2e_xml(c, "<iq type='get'><blocklist xmlns='urn:xmpp:blocking'/></iq>"));
	e2e_unlike(e2e_stanza_text(s), "foe@localhost", "blocked contacts");
	e2e_no_stanza(c, 0.05, .kind = E2E_MESSAGE);
}

/* ---- how it is run ---- */

static e2e_result run(const char *cases, const char *config, const char *const *env)
{
	const char *path = e2e_printf("%s/%s.ini", e2e_tmpdir(), e2e_unique("config"));

	e2e__server_put(path, config);
	return e2e_run_with((e2e_spawn_opts){.env = env}, "/proc/self/exe", "-k", cases, "--config", path);
}
#define RUN(cases, config) run(cases, config, E2E_ARGV("INNER=1", "E2E_CACHE=" /* and its locks */))

static const char *section(const char *name, const char *domain, const char *more)
{
	return e2e_printf(
	    "[global]\ntimeout=1\nprovisioner=%s\n\n[%s]\nhost=%s\ndomain=%s\nport=%d\nno_verify=true\n%s", name,
	    name, anchor->account.host, domain, anchor->account.port, more);
}

E2E_TEST(anonymous)
{
	e2e_result r = RUN(
	    "^inner_two", section("aioxmpp.e2etest.provision.AnonymousProvisioner", "anonymous.test", "quirks=[]\n"));

	e2e_is_int(r.status, 0);
	e2e_like(r.out, "# provisioner anonymous\n");
	e2e_like(r.out, "# accounts [^@ ]+@anonymous.test and [^@ ]+@anonymous.test\n",
		 "bare addresses by the server");
	r = RUN("^inner_(two|comes)", section("anonymous", "anonymous.test", ""));
	e2e_is_int(r.status, 0, "by its short name");
}

E2E_TEST(any)
{
	e2e_result r = RUN("^inner_two", section("aioxmpp.e2etest.provision.AnyProvisioner", "localhost", ""));

	e2e_is_int(r.status, 0);
	e2e_like(r.out, "# provisioner any\n");
	e2e_like(r.out, "# accounts [a-z2-7]{20}@localhost and [a-z2-7]{20}@localhost\n");
}

#define STATIC "aioxmpp.e2etest.provision.StaticPasswordProvisioner"
#define TWO "accounts=[(\"alice\", \"pw one\"), ('bob', u'pw\\x20two'),]\n"

E2E_TEST(static_accounts)
{
	e2e_result r = RUN("^inner_two", section(STATIC, "localhost", TWO));

	e2e_is_int(r.status, 0);
	e2e_like(r.out, "# provisioner static\n");
	e2e_like(r.out, "# accounts alice@localhost and bob@localhost\n", "in their order");
}

E2E_TEST(accounts_run_out)
{
	e2e_result r = RUN("^inner_three", section(STATIC, "localhost", TWO));

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "not ok 1 - inner_three_clients");
	e2e_like(r.out, "not enough accounts: this case uses all 2 of ");
	e2e_like(r.out, "code: accounts");
	r = RUN("^inner_three", section(STATIC, "localhost", TWO "skip_on_too_few_accounts=true\n"));
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "ok 1 - inner_three_clients # SKIP not enough accounts");
}

E2E_TEST(guards_where_all_accounts_are_in_use)
{
	const char *config = section(STATIC, "localhost", TWO "skip_on_too_few_accounts=true\n");
	e2e_result r = run("^inner_guard_after", config, E2E_ARGV("INNER=1", "E2E_CACHE=", "E2E_RUN_DIR"));

	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_unlike(r.out, "SKIP", "asked by a client of the case");
	r = run("^inner_(two|guard_after)", config, E2E_ARGV("INNER=1", "E2E_CACHE=", "E2E_RUN_DIR"));
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_unlike(r.out, "SKIP");
}

E2E_TEST(accounts_come_back_empty)
{
	const char *one = section(STATIC, "localhost", "accounts=[(\"carol\", \"pw\"), (\"dave\", \"pw\")]\n");
	e2e_result r = RUN("^inner_(leaves|finds)", one);

	e2e_is_int(r.status, 0, "case after case") || (e2e_diag("%s", r.out), 0);
}

E2E_TEST(accounts_come_back_empty_after_a_kill)
{
	const char *one = section(STATIC, "localhost", "accounts=[(\"erin\", \"pw\"), (\"frank\", \"pw\")]\n");
	const char *cache = e2e_printf("E2E_CACHE=%s/cache", e2e_tmpdir());
	e2e_result r = run("^inner_leaves", one, E2E_ARGV("INNER=1", "DIE=1", cache));

	e2e_like(r.out, "SIGKILL");
	r = run("^inner_finds", one, E2E_ARGV("INNER=1", cache));
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
}

E2E_TEST(two_programs_share_the_accounts)
{
	const char *config = e2e_printf("%s/shared.ini", e2e_tmpdir()),
		   *cache = e2e_printf("E2E_CACHE=%s/cache", e2e_tmpdir());
	e2e_spawn_opts opts = {.env = E2E_ARGV("INNER=1", cache)};
	e2e_proc *p[3];

	e2e__server_put(config, section(STATIC, "localhost", TWO));
	for (int i = 0; i < 3; i++)
		p[i] = e2e_spawn_with(opts, "/proc/self/exe", "-k", "^inner_two", "--config", config);
	e2e_wait_par(E2E_EXPECT(p[0], 0), E2E_EXPECT(p[1], 0), E2E_EXPECT(p[2], 0));
}

E2E_TEST(pin_file_of_aioxmpp)
{
	const char *config, *pin, *pins = e2e_printf("%s/pins.json", e2e_tmpdir());
	e2e_result r;

	e2e__server_put(pins, "{\"localhost\": [\"AAAA\"]}");
	config = section("any", "localhost", e2e_printf("pin_store=%s\npin_type=0\n", pins));
	config = e2e_printf("%.*sno_verify=false%s", (int)(strstr(config, "no_verify=true") - config), config,
			    strstr(config, "no_verify=true") + 14);
	r = RUN("^inner_two", config);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "code: pin");
	e2e_must(e2e_like(r.out, "hint: .*put its pin into"));
	pin = strstr(r.out, "MFkw"); /* how the key of each EC P-256 certificate begins */
	e2e_must(e2e_ok(pin != NULL));
	e2e__server_put(
	    pins,
	    e2e_printf("{\"localhost\": [\"AAAA\", \"%.*s\"]}",
		       (int)strspn(pin, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="), pin));
	r = RUN("^inner_two", config);
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
}

/* The pins of the server, as a mismatch prints them. */
static const char *right_pins(void)
{
	const char *pins = e2e_printf("%s/right.json", e2e_tmpdir()), *pin;
	e2e_tls tls = {.pin_store = pins};
	e2e_failure why;

	e2e__server_put(pins, "{\"localhost\": [\"AAAA\"]}");
	e2e_must(e2e_ok(!e2e_client_try((e2e_client_opts){.account = &anchor->account, .tls = &tls}, &why)));
	pin = strrchr(why.hint, ' ') + 2;
	e2e__server_put(pins, e2e_printf("{\"localhost\": [\"%.*s\"]}", (int)strcspn(pin, "\""), pin));
	return pins;
}

E2E_TEST(accounts_that_the_test_brings)
{
	const char *verify = section("any", "localhost", "");
	e2e_result r = RUN("^inner_(second|account)", verify);

	e2e_is_int(r.status, 0, "no_verify") || (e2e_diag("%s", r.out), 0);
	verify = e2e_printf("%.*s", (int)(strstr(verify, "no_verify=true") - verify), verify);
	r = RUN("^inner_(second|account)", e2e_printf("%sca_file=%s\n", verify, anchor->account.ca_file));
	e2e_is_int(r.status, 0, "ca_file") || (e2e_diag("%s", r.out), 0);
	r = RUN("^inner_(second|account)", e2e_printf("%spin_store=%s\n", verify, right_pins()));
	e2e_is_int(r.status, 0, "pin_store") || (e2e_diag("%s", r.out), 0);
	r = RUN("^inner_second", section(STATIC, "localhost", TWO));
	e2e_is_int(r.status, 0, "static accounts") || (e2e_diag("%s", r.out), 0);
}

E2E_TEST(none_and_unknown)
{
	e2e_result r = RUN("^inner_two", "[global]\nprovisioner=none\n");

	e2e_is_int(r.status, 0);
	e2e_like(r.out, "# SKIP needs an XMPP server: the config says provisioner=none");
	r = RUN("^inner_two", "[global]\nprovisioner=somebody.elses.Provisioner\n");
	e2e_is_int(r.status, 99);
	e2e_like(r.out, "Bail out! .*:2: provisioner = .*somebody.elses.Provisioner.*expected one of local, "
			"anonymous, any, static, register, admin, "
			"none, or ");
	r = RUN("^inner_two", "[global]\nprovisioner=anonymos\n");
	e2e_is_int(r.status, 99);
	e2e_like(r.out, "Bail out! .*did you mean anonymous\\?");
	r = RUN("^inner_two", "[global]\nprovisioner=aioxmpp.e2etest.provision.AnonymosProvisioner\n");
	e2e_is_int(r.status, 99);
	e2e_like(r.out, "Bail out! .*did you mean aioxmpp.e2etest.provision.AnonymousProvisioner\\?");
	r = RUN("^inner_badly_named", "");
	e2e_is_int(r.status, 99);
	e2e_like(r.out, "Bail out! .*the name .*static.* belongs to a provisioner of e2e_xmpp.h");
}

E2E_TEST(no_server_installed)
{
	e2e_result r = run("^inner_two", "", E2E_ARGV("INNER=1", "PATH=/nonexistent"));

	e2e_is_int(r.status, 0);
	e2e_like(r.out, "# SKIP needs an XMPP server: no XMPP server is installed: install prosody or ejabberd");
}

E2E_TEST(broken_server_config)
{
	const char *extra = e2e_printf("%s/broken.lua", e2e_tmpdir());
	e2e_result r;

	e2e_require_command("prosody");
	e2e__server_put(extra, "this is no Lua {\n");
	r = run("^inner_two", e2e_printf("[local]\nserver=prosody\nconfig=%s\n", extra),
		E2E_ARGV("INNER=1", "E2E_RUN_DIR"));
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "the private prosody exited before it was ready");
	e2e_like(r.out, "prosody.cfg.lua");
	r = run("^inner_two", "[local]\nconfig=/nonexistent.lua\n", E2E_ARGV("INNER=1", "E2E_RUN_DIR"));
	e2e_is_int(r.status, 99);
	e2e_like(r.err, ":2: config = .*nonexistent.lua.*: No such file");
}

E2E_TEST(port_in_use)
{
	const char *extra = e2e_printf("%s/port.lua", e2e_tmpdir());
	e2e_result r;

	e2e_require_command("prosody");
	/* behind the configuration of the toolkit, so that it wins: a port that the outer server has */
	e2e__server_put(extra, e2e_printf("Host \"*\"\nc2s_ports = { %d }\n", anchor->account.port));
	r = run("^inner_two", e2e_printf("[local]\nserver=prosody\nconfig=%s\n", extra),
		E2E_ARGV("INNER=1", "E2E_RUN_DIR"));
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "Prosody listens nowhere");
}

/* ---- a provisioner of the user's own ---- */

static char story[256];

static void tell(const char *word)
{
	strcat(strcat(story, *story ? " " : ""), word);
}

static bool mine_configure(e2e_provisioner *self, const char *name)
{
	tell(e2e_printf("configure(%s)", name));
	self->domain = "localhost";
	return true;
}
static bool mine_initialise(e2e_provisioner *self)
{
	(void)self;
	tell("initialise");
	return true;
}
static bool mine_setup(e2e_provisioner *self)
{
	(void)self;
	tell("setup");
	return true;
}
static bool mine_make(e2e_provisioner *self, e2e_client *c)
{
	(void)self;
	tell("make");
	c->account.jid = "mine@localhost";
	c->account.password = "x";
	c->account.host = "127.0.0.1";
	c->account.port = atoi(getenv("PORT"));
	c->tls.no_verify = true;
	return true;
}
static void mine_teardown(e2e_provisioner *self)
{
	(void)self;
	tell("teardown");
}
static void mine_finalise(e2e_provisioner *self)
{
	(void)self;
	fprintf(stderr, "story: %s finalise\n", story);
}
static e2e_provisioner mine = {.name = "mine",
			       .configure = mine_configure,
			       .initialise = mine_initialise,
			       .setup = mine_setup,
			       .make_client = mine_make,
			       .teardown = mine_teardown,
			       .finalise = mine_finalise};

E2E_TEST(inner_mine)
{
	if (!inner())
		return;
	e2e_provisioner_add(&mine);
	e2e_is_str(e2e_client_connected()->account.jid, "mine@localhost");
}

E2E_TEST(inner_badly_named)
{
	if (!inner())
		return;
	mine.name = "static";
	e2e_provisioner_add(&mine);
	e2e_pass("not reached");
}

E2E_TEST(a_provisioner_of_ones_own)
{
	const char *port = e2e_printf("PORT=%d", anchor->account.port);
	e2e_result r = run("^inner_mine", "", E2E_ARGV("INNER=1", port));

	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_like(r.err, "story: configure\\(mine\\) initialise setup make teardown finalise\n");
}

/* TLS by its section, and a start once a run. */
static const char *shared_start(e2e_provisioner *self)
{
	(void)self;
	e2e_spawn("sleep", "600"); /* what a server of one's own would be */
	return e2e_printf("started by %d", (int)getpid());
}
static bool shared_make(e2e_provisioner *self, e2e_client *c)
{
	c->account.jid = "shared@localhost";
	c->account.password = "x";
	c->account.host = "127.0.0.1";
	c->account.port = atoi(getenv("PORT"));
	e2e_note("%s", self->address);
	return true;
}
static e2e_provisioner shared = {.name = "shared", .start = shared_start, .make_client = shared_make};

static void shared_client(void)
{
	if (!inner())
		return;
	e2e_provisioner_add(&shared);
	e2e_client_connected();
	e2e_pass("logged in");
}

E2E_TEST(inner_shared_once)
{
	shared_client();
}

E2E_TEST(inner_shared_twice)
{
	shared_client();
}

/* The address that start() returned, as the case behind this word was told. */
static const char *told(const char *out, const char *behind)
{
	const char *at = strstr(out, behind);

	at = at ? strstr(at, "started by ") : NULL;
	return at ? e2e_printf("%.*s", (int)strcspn(at, "\n"), at) : NULL;
}

E2E_TEST(a_provisioner_that_starts_a_server)
{
	const char *port = e2e_printf("PORT=%d", anchor->account.port), *first;
	const char *begin = "[global]\nprovisioner=shared\n[shared]\n";
	e2e_result r;

	r = run("^inner_shared", e2e_printf("%smine=1\n", begin), E2E_ARGV("INNER=1", port));
	e2e_is_int(r.status, 1, "the certificate isn't trusted");
	e2e_like(r.out, "\n  code: certificate\n") || (e2e_diag("%s", r.out), 0);
	first = told(r.out, "inner_shared_once");
	e2e_ok(first != NULL);
	e2e_is_str(told(r.out, "inner_shared_twice"), first, "a case later");
	r = run("^inner_shared_twice", e2e_printf("%sno_verify=true\n", begin), E2E_ARGV("INNER=1", port));
	e2e_is_int(r.status, 0, "no_verify of its section") || (e2e_diag("%s", r.out), 0);
	r = run("^inner_shared_twice", e2e_printf("%sca_file=%s\n", begin, anchor->account.ca_file),
		E2E_ARGV("INNER=1", port));
	e2e_is_int(r.status, 0, "ca_file of its section") || (e2e_diag("%s", r.out), 0);
}

E2E_MAIN()
