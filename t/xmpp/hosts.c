/* e2e: libstrophe openssl libsodium */
/* Several hosts in one config. The servers that "run already" are two private ones that federate, started by the case; the cases called
 * inner_ are run by the others as programs of their own, with a config that leads there. */
#include "e2e_xmpp.h"
#include "spelled.h"

/* True in the program that another case has started. */
static bool inner(void)
{
	if (getenv("INNER"))
		return true;
	e2e_pass("another case runs it");
	return false;
}

/* ---- what is run inside ---- */

E2E_TEST(inner_across)
{
	const e2e_xmpp_server *const *s;
	e2e_client *romeo, *juliet, *away;

	if (!inner())
		return;
	s = e2e_require_servers(2);
	romeo = e2e_client_at(s[0]);
	juliet = e2e_client_at(s[1]);
	e2e_is_str(strchr(romeo->account.jid, '@') + 1, s[0]->domain);
	e2e_is_str(strchr(juliet->account.jid, '@') + 1, s[1]->domain);
	e2e_message(romeo, juliet->jid, "across");
	e2e_expect_stanza(juliet, E2E_MESSAGE, .from = romeo->jid, .body = "across");
	away = e2e_client_connect((e2e_client_opts){.account = &juliet->account, .presence = "away"});
	e2e_is_str(away->account.jid, juliet->account.jid, "a second resource there");
	e2e_note("jids %s %s.", romeo->account.jid, juliet->account.jid);
}

/* Guards are about the first host, whoever is connected. */
E2E_TEST(inner_guards)
{
	const e2e_xmpp_server *const *s;

	if (!inner())
		return;
	s = e2e_require_servers(2);
	e2e_ok(!s[2], "there are no more");
	e2e_client_at(s[1]);
	e2e_is_str(e2e_require_identity("server", "im"), s[0]->domain);
}

E2E_TEST(inner_too_many)
{
	if (!inner())
		return;
	e2e_require_servers(3);
	e2e_fail("there are three");
}

E2E_TEST(inner_one)
{
	const e2e_xmpp_server *const *s;

	if (!inner())
		return;
	s = e2e_require_servers(1);
	e2e_is_str(strchr(e2e_client_at(s[0])->account.jid, '@') + 1, s[0]->domain);
}

/* More accounts than the second host has. */
E2E_TEST(inner_used_up)
{
	const e2e_xmpp_server *const *s;

	if (!inner())
		return;
	s = e2e_require_servers(2);
	e2e_client_at(s[1]);
	e2e_client_at(s[1]);
}

E2E_TEST(inner_at_the_second)
{
	const e2e_xmpp_server *const *s;
	e2e_client *c;

	if (!inner())
		return;
	s = e2e_require_servers(2);
	c = e2e_client_at(s[1]);
	e2e_is_str(strchr(c->account.jid, '@') + 1, s[1]->domain);
	e2e_note("jids %s %s.", c->account.jid, spelled(c->account.password));
	if (getenv("DIE"))
		raise(SIGKILL);
}

/* ---- how it is run ---- */

static e2e_result run(const char *cases, const char *config)
{
	const char *path = e2e_printf("%s/%s.ini", e2e_tmpdir(), e2e_unique("config"));

	e2e__server_put(path, config);
	return e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR", "E2E_SERVER",
							     e2e_printf("E2E_CACHE=%s/cache", e2e_tmpdir()))},
			    "/proc/self/exe", "-k", cases, "--config", path);
}

/* Two hosts. Each has a certificate of the same authority; the section of the second takes over who that is. */
static const char *config(const e2e_pair *p, const char *provisioner, const char *more)
{
	return e2e_printf("[global]\nprovisioner=%s\n[%s]\nhost=127.0.0.1\ndomain=a.test\nport=%d\nca_file=%s\nhosts=[\"b.test\"]\n%s\n"
			  "[b.test]\nhost=127.0.0.1\nport=%d\n",
			  provisioner, provisioner, p->a->port, p->a->ca_file, more, p->b->port);
}

static void passes(const char *cases, const char *config)
{
	e2e_result r = run(cases, config);

	e2e_is_int(r.status, 0, "%s", cases) || (e2e_diag("%s%s", r.out, r.err), 0);
	e2e_unlike(r.out, "# SKIP");
}

E2E_TEST(users_of_any_name)
{
	const e2e_pair *p = e2e_server_pair();

	passes("^inner_(across|guards|one)$", config(p, "any", ""));
}

E2E_TEST(accounts_of_two_hosts)
{
	const e2e_pair *p = e2e_server_pair();
	e2e_result r;

	passes("^inner_(across|guards|one)$",
	       config(p, "static", "accounts=[('juliet@B.test', 'x'), ('romeo', 'y'), ('paris', 'z')]"));
	r = run("^inner_across$", config(p, "static", "accounts=[('juliet@b.test', 'x'), ('romeo', 'y')]"));
	e2e_like(r.out, "# jids romeo@a\\.test juliet@b\\.test\\.");
	r = run("^inner_used_up$", config(p, "static", "accounts=[('juliet@b.test', 'x'), ('romeo', 'y')]"));
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "not enough accounts at b\\.test: this case uses the only one of \\[static\\] accounts= already");
}

E2E_TEST(fewer_than_a_case_needs)
{
	const e2e_pair *p = e2e_server_pair();
	e2e_result r = run("^inner_too_many$", config(p, "any", ""));

	e2e_is_int(r.status, 0);
	e2e_like(r.out, "# SKIP needs 3 XMPP servers: the config has 2; hosts= of \\[any\\] names further ones");
	r = run("^inner_too_many$", "");
	e2e_like(r.out, "# SKIP needs 3 XMPP servers: of private ones two federate");
}

E2E_TEST(private_ones)
{
	passes("^inner_(across|one)$", "");
}

/* The second host's own section says how its certificate is judged, and another one nothing of it. */
E2E_TEST(certificates_of_each)
{
	const e2e_pair *p = e2e_server_pair();
	const char *first = e2e_printf("[global]\nprovisioner=any\n[any]\nhost=127.0.0.1\ndomain=a.test\nport=%d\nhosts=[\"b.test\"]\n",
				       p->a->port);
	e2e_result r;

	r = run("^inner_at_the_second$", e2e_printf("%s[b.test]\nhost=127.0.0.1\nport=%d\nno_verify=true\n", first, p->b->port));
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	r = run("^inner_at_the_second$", e2e_printf("%sno_verify=true\n[b.test]\nhost=127.0.0.1\nport=%d\nno_verify=false\n", first,
						    p->b->port));
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "code: certificate\n");
}

/* A host without accounts, and one where they are registered. */
static bool exists(const e2e_client *anchor, const char *out)
{
	e2e_account account = anchor->account;
	const char *p = strstr(out, "# jids ");
	e2e_failure why;

	e2e_must(e2e_ok(p != NULL, "it names its account: %s", out));
	p += strlen("# jids ");
	account.jid = e2e_printf("%.*s", (int)strcspn(p, " "), p);
	e2e_like(account.jid, "@registered\\.test$");
	p += strlen(account.jid) + 1;
	account.password = read_spelled(p);
	return e2e_client_try((e2e_client_opts){.account = &account, .until = E2E_BEFORE_BIND}, &why) != NULL;
}

static void made_and_deleted(const char *provisioner, const char *first, const char *second)
{
	e2e_client *anchor = e2e_client_connected();
	const e2e_account *a = &anchor->account;
	const char *config = e2e_printf("[global]\nprovisioner=%s\n[%s]\nhost=%s\ndomain=localhost\nport=%d\nno_verify=true\n"
					"hosts=registered.test\n%s[registered.test]\nhost=%s\nport=%d\n%s",
					provisioner, provisioner, a->host, a->port, first, a->host, a->port, second);
	e2e_result r;

	r = run("^inner_at_the_second$", config);
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_ok(!exists(anchor, r.out), "it is deleted");
	e2e_setenv("DIE", "1");
	r = run("^inner_at_the_second$", config);
	e2e_ok(exists(anchor, r.out), "nobody could delete it");
	e2e_setenv("DIE", NULL);
	run("^inner_at_the_second$", config);
	e2e_ok(!exists(anchor, r.out), "the next run does");
}

E2E_TEST(registered_at_the_second)
{
	made_and_deleted("register", "", "");
}

E2E_TEST(made_by_the_administrator_of_the_second)
{
	e2e_account admin = {.jid = "admin@registered.test", .password = "all mighty"};

	e2e_register(&admin);
	made_and_deleted("admin", "admin=nobody\nadmin_password=wrong\n", "admin=admin\nadmin_password=all mighty\n");
}

E2E_MAIN()
