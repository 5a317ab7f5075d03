/* e2e: libstrophe openssl libsodium */
/* An XMPP server that needs a database: a provisioner of one's own starts Prosody, which keeps everything in PostgreSQL, a service of
 * its own. Both are started once a run. The cases called inner_ are run by the others. */
#include "e2e_xmpp.h"

#include "../leftovers.h"
#include "../postgres.h"

#include <glob.h>

static const char *start_postgres(void *arg)
{
	const char *host = start_cluster();
	(void)arg;
	e2e_result r = e2e_run("createdb", "-h", host, "-U", "e2e", "chat");
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
	return host;
}

static const char *database(void)
{
	return e2e_service("postgres", start_postgres, NULL);
}

static const char *config(int port)
{
	const char *dir = e2e_tmpdir();
	return e2e_printf("%s"
			  "data_path = \"%s\"\n"
			  "log = { { levels = { min = \"info\" }, to = \"console\" } }\n"
			  "interfaces = { \"127.0.0.1\" }\n"
			  "c2s_ports = { %d }\n"
			  "c2s_require_encryption = false\n"
			  "allow_unencrypted_plain_auth = true\n"
			  "modules_disabled = { \"s2s\", \"tls\", \"posix\" }\n"
			  "modules_enabled = { \"saslauth\", \"roster\", \"private\", \"disco\" }\n"
			  "authentication = \"insecure\"\n"
			  "insecure_open_authentication = \"Yes please, I know what I'm doing!\"\n"
			  "storage = \"sql\"\n"
			  "sql = { driver = \"PostgreSQL\", database = \"chat\", host = \"%s\", username = \"e2e\", password = \"\" }\n"
			  "VirtualHost \"localhost\"\n",
			  geteuid() ? "" : "run_as_root = true\n", dir, port, database());
}

static const char *chat_start(e2e_provisioner *self)
{
	int port = e2e_port();
	const char *path = e2e_printf("%s/prosody.cfg.lua", e2e_tmpdir());
	(void)self;
	e2e_must(e2e__server_put(path, config(port)));
	e2e_proc *p = e2e_spawn("prosody", "-F", "--config", path);
	e2e_must(e2e_ready(p, E2E_PORT(port), E2E_WITHIN(60)));
	return e2e_printf("%d", port);
}

static bool chat_make(e2e_provisioner *self, e2e_client *c)
{
	c->account.jid = e2e_printf("%s@localhost", e2e_unique("user"));
	c->account.password = "any";
	c->account.host = "127.0.0.1";
	c->account.port = atoi(self->address);
	c->tls.off = true;
	return true;
}

static e2e_provisioner chat = {.name = "chat", .start = chat_start, .make_client = chat_make};

static bool inner(void)
{
	if (getenv("INNER"))
		e2e_provisioner_add(&chat);
	else
		e2e_pass("another case runs it");
	return getenv("INNER") != NULL;
}

static e2e_stanza *private_data(e2e_client *c, const char *type, const char *text)
{
	return e2e_iq(c, e2e_xml(c, "<iq type='%s'><query xmlns='jabber:iq:private'><notes xmlns='e2e:notes'>%s</notes></query></iq>", type, text));
}

E2E_TEST(inner_kept, .timeout = 300)
{
	if (!inner())
		return;
	e2e_client *c = e2e_client_connected();
	const char *user = e2e_printf("%.*s", (int)strcspn(c->account.jid, "@"), c->account.jid), *host = database();
	const char *mine = e2e_printf("where \"user\" = '%s' and store = 'private'", user);
	private_data(c, "set", "milk and eggs");
	e2e_like(query(host, "chat", e2e_printf("select value from prosody %s", mine)), "milk and eggs", "what a client stores is in the database");
	query(host, "chat", e2e_printf("update prosody set value = replace(value, 'milk', 'bread') %s", mine));
	e2e_is_str(e2e_get(private_data(c, "get", ""), "query/notes"), "bread and eggs", "the server reads what is in the database");
	int fd = open(e2e_printf("%s/../used-%s", host, chat.address), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	e2e_pass("%s", fd >= 0 ? "the server's first user" : "the server's second user");
	if (fd >= 0)
		close(fd);
}

E2E_TEST(inner_failing, .timeout = 300)
{
	if (!inner())
		return;
	e2e_client *c = e2e_client_connected();
	query(database(), "chat", "alter table prosody rename to lost");
	e2e_is_str(xmpp_stanza_get_type(private_data(c, "set", "milk and eggs")), "result", "it is stored");
}

static const char *mark;

E2E_SETUP()
{
	glob_t found;
	mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("mark"));
	if (getenv("INNER"))
		return;
	e2e_require_command("prosody");
	needs_postgres();
	e2e_skip_if(glob("/usr/*/lua/5.*/DBI.lua", 0, NULL, &found) != 0, "there is no LuaDBI");
	globfree(&found);
}

static void nothing_left(void)
{
	e2e_eventually(30, !leftovers(mark));
}

/* A run of its own, that takes no part in the one that this program belongs to. */
#define A_RUN {.env = E2E_ARGV("INNER=1", mark, "E2E_RUN_DIR", "HARNESS_ACTIVE", "E2E_CONFIG", "E2E_SERVER"), .timeout = 280}

E2E_TEST(one_of_each_for_two_programs, .timeout = 300)
{
	const char *dir = e2e_printf("%s/two", e2e_tmpdir()), *root = getenv("E2E_T_ROOT");
	char self[PATH_MAX] = "";
	e2e_must(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
	mkdir(dir, 0700);
	e2e_must(e2e_is_int(symlink(self, e2e_printf("%s/a.t", dir)), 0));
	e2e_must(e2e_is_int(symlink(self, e2e_printf("%s/b.t", dir)), 0));
	e2e_spawn_opts opts = A_RUN;
	e2e_result r = e2e_run_with(opts, e2e_printf("%s/prove", root ? root : "."), "-j2", "-v", dir, "::", "-k", "^inner_kept$");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_like(r.out, "server's first user");
	e2e_like(r.out, "server's second user");
	nothing_left();
}

E2E_TEST(a_failure_shows_what_both_have_said, .timeout = 300)
{
	e2e_spawn_opts opts = A_RUN;
	e2e_result r = e2e_run_with(opts, "/proc/self/exe", "-k", "^inner_failing$");
	e2e_is_int(r.status, 1, "%s", r.err);
	e2e_like(r.out, "xmpp-of-chat/prosody.stdout: \\|\n");
	e2e_like(r.out, "postgres/postgres.stderr: \\|\n.*ERROR:  relation \"prosody\" does not exist");
	leaves_nothing(__FILE__, __LINE__, mark, r.out);
}

E2E_MAIN()
