/* e2e: libstrophe openssl libsodium */
/* Saying and asking in one line; a program that says which servers it runs on. The cases called inner_ are run by others. */
#include "e2e_xmpp.h"

E2E_SERVERS("prosody, ejabberd");

static e2e_client *a, *b;

static void two(void)
{
	e2e_client *both[2];

	e2e_clients_connected(2, both);
	a = both[0];
	b = both[1];
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

static void refused(void)
{
	e2e_ask(a, "<iq type='get' to='%s'><q xmlns='urn:q'/></iq>", b->jid);
}
static void refused_stanza(void)
{
	e2e_ask_stanza(a, e2e_xml(a, "<iq type='get' to='%s'><q xmlns='urn:q'/></iq>", b->jid));
}
static void no_request(void)
{
	e2e_ask(a, "<message/>");
}
static void no_xml(void)
{
	e2e_tell(a, "<message>");
}
static void no_conversion(void)
{
	e2e_ask(a, "<iq type='get' id='%c%p'/>", 'x', (void *)a);
}
static const struct {
	void (*run)(void);
	const char *says;
} misuses[] = {
	{refused, "client-[0-9]+ asked, and [^ ]+ answered with the error service-unavailable"},
	{refused, "want: the result of .*urn:q"},
	{refused_stanza, "e2e_ask_stanza.*(\n.*)*code: stanza-error"},
	{no_request, "e2e_iq sends <iq/> of type get or set"},
	{no_xml, "not-well-formed"},
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
