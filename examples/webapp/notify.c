/* notify.c - what is done wholly or not at all, mails included; on SQLite and on PostgreSQL.
 *
 * Each case runs on both. A case has a database of its own: a copy of a file there, a copy of a template
 * (CREATE DATABASE ... TEMPLATE) here, so what it leaves behind troubles nobody. The server of PostgreSQL is a
 * service: started by whichever case or program needs it first, shared by all of a run, gone with it. */
/* e2e: libcurl libxml-2.0 */
#include "webapp.h"

/* PostgreSQL refuses to run as root. */
#define AS_POSTGRES (e2e_spawn_opts){.user = geteuid() == 0 ? "postgres" : NULL, .cwd = "/", .timeout = 100}

/* Debian keeps the server out of PATH, in a folder of its version. */
static const char *server_program(const char *name)
{
	e2e_result r = e2e_run("sh", "-c", "ls /usr/lib/postgresql/*/bin/\"$0\" 2>/dev/null | tail -n 1", name);
	return *r.out ? e2e_printf("%.*s", (int)strcspn(r.out, "\n"), r.out) : e2e_require_command(name);
}

static bool make_cluster(const char *folder, void *arg)
{
	const char *data = e2e_printf("%s/data", e2e_tmpdir());
	e2e_result r = e2e_run_with(AS_POSTGRES, server_program("initdb"), "-D", data, "-U", "e2e", "-A", "trust", "-N");
	(void)arg;
	return e2e_is_int(r.status, 0, "%s", r.err) && e2e_run("mv", data, folder).status == 0;
}

/* A database of the server, as the application wants to hear of it. */
static const char *address(const char *server, const char *name)
{
	return e2e_printf("postgresql:///%s?host=%s&user=e2e", name, server);
}

static void create(const char *server, const char *name, const char *template_name)
{
	e2e_result r = e2e_run("createdb", "-h", server, "-U", "e2e", "-T", template_name, name);
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
}

static const char *start_postgres(void *arg)
{
	const char *folder = e2e_tmpdir(), *data = e2e_printf("%s/data", e2e_cached("cluster", "1", make_cluster, NULL));
	(void)arg;
	e2e_proc *p = e2e_spawn_with(AS_POSTGRES, server_program("postgres"), "-D", data, "-k", folder, "-c", "listen_addresses=",
				     "-c", "fsync=off");
	e2e_must(e2e_ready(p, E2E_LINE("ready to accept connections"), E2E_CMD("pg_isready", "-q", "-h", folder, "-U", "e2e"),
			   E2E_WITHIN(100)));
	create(folder, "conference", "template0");
	make_template(address(folder, "conference"), COMPONENTS);
	return folder;
}

static const char *postgres(void)
{
	e2e_require_command("createdb");
	e2e_skip_if(e2e_run(PYTHON, "-c", "import psycopg2").status, "no python3-psycopg2");
	const char *server = e2e_service("postgres", start_postgres, NULL), *mine = e2e_unique("conference");
	create(server, mine, "conference");
	return address(server, mine);
}

static const struct kind {
	const char *name;
	const char *(*database)(void);
} kinds[] = {{"sqlite", database}, {"postgresql", postgres}};

/* The conference on a database of the row's kind, with a mailbox for everybody, a track, and three talks, the
 * last two of which want the same slot. */
static struct {
	const char *url;
	e2e_mailbox *mail;
	e2e_session *ann;
} c;

static void conference(void)
{
	c.mail = e2e_mailbox_open();
	c.url = serve(e2e_row(struct kind)->database(), .mail = c.mail);
	c.ann = access_of(c.url, "ann");
	e2e_session *joe = access_of(c.url, "joe"), *eve = access_of(c.url, "eve");
	e2e_submit(c.ann, get(c.ann, c.url, "/track/new"), "track", "name=Tools", "day=2026-01-27");
	submit_talk(joe, c.url, "Testing in C", 1);
	submit_talk(eve, c.url, "Mail without tears", 2);
	submit_talk(joe, c.url, "Never on time", 2);
}

static const char *const *states(void)
{
	return e2e_xpath(get(NULL, c.url, "/talk.xml").body, "//state", NULL);
}

E2E_TEST_EACH(mails_go_out_once_it_is_done, kinds, .timeout = 200)
{
	conference();
	e2e_mail_wait(c.mail, 0);
	e2e_http_reply r = e2e_submit(c.ann, get(c.ann, c.url, "/track/1/accept"), "accept", "talk=1", "talk=2");
	e2e_is_int(r.status, 200);
	e2e_is_list(states(), E2E_ARGV("accepted", "accepted", "submitted"));

	const e2e_mail *mail = e2e_mail_expect(c.mail, "Accepted: Testing in C", "joe@example.org");
	e2e_is_str(mail ? mail->body : NULL, "Your talk is in Tools, slot 1.\n");
	e2e_mail_expect(c.mail, "Accepted: Mail without tears", "eve@example.org");
	e2e_is_int(e2e_mail_count(c.mail), 2, "and nobody else has got one");
}

/* The third talk can't be accepted, so none is: neither the first one, which could, nor its mail. */
E2E_TEST_EACH(a_rollback_takes_mails_along, kinds, .timeout = 200)
{
	conference();
	e2e_http_reply r = e2e_submit(c.ann, get(c.ann, c.url, "/track/1/accept"), "accept", "talk=1", "talk=2", "talk=3");
	e2e_is_int(r.status, 409);
	e2e_like(e2e_xpath(r.body, "//p", NULL)[0], "^That can't be: .*(talk.slot|one_talk_a_slot)");
	e2e_is_list(states(), E2E_ARGV("submitted", "submitted", "submitted"));
	e2e_mail_wait(c.mail, 0);
}

/* A mail server that won't take it is no reason to take it back. */
E2E_TEST_EACH(no_mail_is_no_rollback, kinds, .timeout = 200)
{
	conference();
	e2e_mail_fault(c.mail, "RCPT TO:<joe@", 550);
	e2e_http_reply r = e2e_submit(c.ann, get(c.ann, c.url, "/track/1/accept"), "accept", "talk=1", "talk=2");
	e2e_is_int(r.status, 200);
	e2e_is_list(states(), E2E_ARGV("accepted", "accepted", "submitted"));
	e2e_mail_expect(c.mail, "Accepted: Mail without tears", "eve@example.org");
	e2e_is_int(e2e_mail_count(c.mail), 1);
}

/* What the schema refuses comes back as a page that says so, and nothing is left of it. */
E2E_TEST_EACH(titles_are_unique, kinds, .timeout = 200)
{
	conference();
	e2e_http_reply r = submit_talk(access_of(c.url, "eve"), c.url, "Testing in C", 5);
	e2e_is_int(r.status, 409);
	e2e_is_html(r.body);
	e2e_is_int(atoi(e2e_xpath(get(NULL, c.url, "/talk.xml").body, "count(//talk)", NULL)[0]), 3);
}

E2E_MAIN()
