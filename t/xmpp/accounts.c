/* e2e: libstrophe openssl libsodium */
/* Accounts that are made and deleted: by in-band registration, by an administrator, by the test. The cases called inner_ are run by the
 * others as programs of their own, with a config that leads to the private server of this one. */
#include "e2e_xmpp.h"
#include "spelled.h"

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

static void say_who(const e2e_client *c)
{
	e2e_note("account %s %s.", c->account.jid, spelled(c->account.password));
}

E2E_TEST(inner_two_clients)
{
	e2e_client *c[2];

	if (!inner())
		return;
	e2e_clients_connected(2, c);
	say_who(c[0]);
	say_who(c[1]);
	e2e_note("provisioner %s", e2e_provisioner_name());
	e2e_message(c[0], c[1]->jid, "hello");
	e2e_is_str(e2e_body(e2e_expect_stanza(c[1], E2E_MESSAGE, .from = c[0]->account.jid)), "hello");
	e2e_disconnect(c[1]);
	e2e_cut(c[0]);
}

E2E_TEST(inner_dies)
{
	if (!inner())
		return;
	say_who(e2e_client_connected());
	fflush(stdout);
	raise(SIGKILL);
}

E2E_TEST(inner_is_late)
{
	e2e_client *c;

	if (!inner())
		return;
	c = e2e_client_connected();
	say_who(c);
	e2e_blocking_with_timeout(0.2)
	{
		e2e_expect_stanza(c, E2E_MESSAGE);
	}
}

/* One account is enough for guards, and resources share it. */
E2E_TEST(inner_one_is_enough)
{
	e2e_client *c, *second;

	if (!inner())
		return;
	c = e2e_client_connected();
	say_who(c);
	e2e_like(e2e_server_name(), "^(Prosody|ejabberd)$");
	second = e2e_client_connect((e2e_client_opts){.account = &c->account, .resource = "second"});
	e2e_is_str(second->account.jid, c->account.jid);
}

E2E_TEST(inner_registers_one_itself)
{
	e2e_account me = {.jid = "by-hand@registered.test", .password = "secret"};
	e2e_client *c;

	if (!inner())
		return;
	e2e_register(&me);
	c = e2e_client_connect((e2e_client_opts){.account = &me});
	say_who(c);
	e2e_is_str(c->account.jid, me.jid);
}

/* ---- how it is run ---- */

static e2e_result run(const char *cases, const char *config)
{
	const char *path = e2e_printf("%s/%s.ini", e2e_tmpdir(), e2e_unique("config"));

	e2e__server_put(path, config);
	return e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR", "E2E_SERVER", "T_BY_CONFIG=1",
							     e2e_printf("E2E_CACHE=%s/cache", e2e_tmpdir()))},
			    "/proc/self/exe", "-k", cases, "--config", path);
}

static const char *section(const char *name, const char *more)
{
	return e2e_printf("[global]\nprovisioner=%s\n\n[%s]\nhost=%s\ndomain=registered.test\nport=%d\nno_verify=true\n%s",
			  name, name, anchor->account.host, anchor->account.port, more);
}

#define ADMIN "admin=admin\nadmin_password=all mighty\n"

/* Makes the private server's administrator, until the end of this case. */
static void make_admin(void)
{
	e2e_account admin = {.jid = "admin@registered.test", .password = "all mighty"};

	e2e_register(&admin);
}

/* Can somebody log in by the n-th account that a program has named? */
static bool exists(const char *out, int n)
{
	e2e_account account = anchor->account;
	const char *p = out, *jid, *password;
	e2e_failure why;

	for (; n > 0 && p; n--)
		p = (p = strstr(p, "# account ")) ? p + strlen("# account ") : NULL;
	if (!p)
		e2e_diag("%s", out);
	e2e_must(e2e_ok(p != NULL, "it names its accounts"));
	jid = e2e_printf("%.*s", (int)strcspn(p, " "), p);
	p += strlen(jid) + 1;
	password = read_spelled(p);
	account.jid = jid;
	account.password = password;
	if (e2e_client_try((e2e_client_opts){.account = &account, .until = E2E_BEFORE_BIND}, &why))
		return true;
	e2e_is_str(why.code, "auth", "%s: %s", jid, why.message);
	return false;
}

static void made_and_deleted(const char *name, const char *more)
{
	e2e_result r = run("^inner_two", section(name, more));

	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_like(r.out, e2e_printf("# provisioner %s\n", name));
	e2e_like(r.out, "# account e2e-[a-z2-7]{20}@registered\\.test ");
	e2e_ok(!exists(r.out, 1), "the first one is deleted");
	e2e_ok(!exists(r.out, 2), "the second one is deleted");
	r = run("^inner_one", section(name, more));
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_ok(!exists(r.out, 1));
	r = run("^inner_is_late", section(name, more));
	e2e_is_int(r.status, 1);
	e2e_ok(!exists(r.out, 1), "after a limit, too");
	e2e_unlike(r.out, "couldn't be deleted");
}

/* A case that died leaves its account to the next run. */
static void deleted_later(const char *name, const char *more)
{
	e2e_result dead = run("^inner_dies", section(name, more)), r;

	e2e_is_int(dead.status, 1);
	e2e_like(dead.err, "^# [^\n]*accounts\\.c:[0-9]+: died of SIGKILL", "nothing of the toolkit's own is named");
	e2e_ok(exists(dead.out, 1), "it is still there");
	r = run("^inner_one", section("any", ""));
	e2e_ok(exists(dead.out, 1), "another config isn't about it");
	r = run("^inner_one", section(name, more));
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_ok(!exists(dead.out, 1), "and the next run deletes it");
	r = run("^inner_one", section(name, more));
	e2e_unlike(r.out, "of a case that died", "once");
}

E2E_TEST(registered, .timeout = 120)
{
	made_and_deleted("register", "");
}

E2E_TEST(registered_and_left, .timeout = 120)
{
	deleted_later("register", "");
}

E2E_TEST(by_an_administrator, .timeout = 120)
{
	make_admin();
	made_and_deleted("admin", ADMIN);
}

E2E_TEST(by_an_administrator_and_left, .timeout = 120)
{
	make_admin();
	deleted_later("admin", ADMIN);
}

E2E_TEST(accounts_of_the_tests_own_beside_them)
{
	e2e_result r = run("^inner_registers", section("register", ""));

	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_ok(!exists(r.out, 1));
	e2e_unlike(r.out, "# account e2e-");
	r = run("^inner_registers", section("static", "accounts=[(\"nobody\", \"x\")]\n"));
	e2e_is_int(r.status, 0, "beside a list of accounts, too") || (e2e_diag("%s", r.out), 0);
}

/* ---- by the test ---- */

static const e2e_account juliet = {.jid = "juliet@registered.test", .password = "wherefore, \"art\" <thou>"};

static void log_in(void)
{
	e2e_client *c;
	e2e_failure why;

	e2e_register(&juliet);
	c = e2e_client_connect((e2e_client_opts){.account = &juliet});
	e2e_is_str(c->account.jid, juliet.jid);
	e2e_message(c, c->jid, "to myself");
	e2e_expect_stanza(c, E2E_MESSAGE, .from = c->jid);
	memset(&why, 0, sizeof why);
	e2e_ok(!e2e_register_try(&juliet, &why), "nobody can have it twice");
	e2e_is_str(why.code, "registration");
	e2e_like(why.message, "^juliet@registered\\.test can't be registered at [^ ]+: conflict");
	e2e_like(why.hint, "XEP-0077");
	e2e_ok(e2e_is_connected(c));
}

E2E_TEST(by_the_test)
{
	log_in();
	e2e_unlike(e2e__file_read(e2e_printf("%s/xmpp.log", e2e_tmpdir()), NULL), "wherefore",
		   "no password is in the transcript");
}

E2E_TEST(by_the_test_once_more)
{
	log_in();
}

/* registered.test keeps no passwords: a raw client authenticates by SCRAM. */
E2E_TEST(by_scram)
{
	e2e_client *c;

	e2e_register(&juliet);
	c = e2e_client_connect((e2e_client_opts){.account = &juliet, .until = E2E_BEFORE_BIND});
	e2e_like(e2e__file_read(e2e_printf("%s/xmpp.log", e2e_tmpdir()), NULL), "mechanism='SCRAM-");
	e2e_is_uint(e2e_count(e2e_features(c), "bind"), 1);
}

E2E_TEST(where_nobody_registers)
{
	e2e_account account = {.jid = "juliet@anonymous.test", .password = "x"};
	e2e_failure why;

	memset(&why, 0, sizeof why);
	e2e_ok(!e2e_register_try(&account, &why));
	e2e_is_str(why.code, "registration");
	e2e_like(why.message, "^juliet@anonymous\\.test can't be registered at [^ ]+: ");
}

/* ---- configs that can't work ---- */

E2E_TEST(wrong_configs)
{
	e2e_result r = run("^inner_two", section("admin", ""));

	e2e_is_int(r.status, 99);
	e2e_like(r.err, "\\[admin\\] doesn't say who that is");
	e2e_like(r.err, "admin = USER and admin_password = SECRET");
	r = run("^inner_two", section("admin", "admin=joe\n"));
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "\\[admin\\] has no admin_password");
	r = run("^inner_two", section("register", "admin=joe\n"));
	e2e_is_int(r.status, 99, "unknown keys");
	r = run("^inner_two", section("admin", ADMIN));
	e2e_is_int(r.status, 1, "there's no such administrator");
	e2e_like(r.out, "as admin@registered.test: authentication failed");
}

E2E_TEST(an_administrator_who_is_none)
{
	e2e_result r;

	e2e_register(&juliet);
	r = run("^inner_two", section("admin", "admin=juliet\nadmin_password=wherefore, \"art\" <thou>\n"));
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "juliet@registered.test couldn't add it: ");
	e2e_like(r.out, "hint: .*XEP-0133");
}

E2E_MAIN()
