/* e2e: libstrophe openssl libsodium */
/* Private servers to order: modules by the config and by the test, and files that join the configuration. Archives (XEP-0313) tell
 * whether they are there: no server has one by itself. */
#include "e2e_xmpp.h"

static const char *archive_says(e2e_client *c)
{
	return e2e_stanza_error(e2e_iq(c, e2e_xml(c, "<iq type='set'><query xmlns='urn:xmpp:mam:2'/></iq>")));
}

/* The programs inside start servers. */
E2E_SUITE_SETUP()
{
	e2e_proc_timeout(100);
}

static bool inner(void)
{
	if (getenv("INNER_CASE"))
		return true;
	e2e_pass("another case runs it");
	return false;
}

E2E_TEST(inner_reads_its_archive)
{
	e2e_client *both[2];

	if (!inner())
		return;
	e2e_clients_connected(2, both);
	e2e_message(both[0], both[1]->account.jid, "for the archive");
	e2e_expect_stanza(both[1], E2E_MESSAGE, .body = "archive");
	e2e_is_str(archive_says(both[1]), NULL);
	e2e_expect_stanza(both[1], E2E_MESSAGE, .path = "result{urn:xmpp:mam:2}/forwarded/message/body",
			  .matches = "^for the archive$");
}

E2E_TEST(inner_asks_for_the_version)
{
	e2e_client *c;

	if (!inner())
		return;
	c = e2e_client_connected();
	e2e_like(e2e_stanza_text(e2e_iq(c, e2e_xml(c, "<iq type='get' to='localhost'><query "
						      "xmlns='jabber:iq:version'/></iq>"))),
		 "<version>");
	if (strcmp(e2e_peer(), "ejabberd") == 0)
		e2e_unlike(e2e_stanza_text(e2e_iq(c, e2e_xml(c, "<iq type='get' to='localhost'><query "
								"xmlns='jabber:iq:version'/></iq>"))),
			   "<os>");
}

E2E_TEST(inner_wants_what_nobody_has)
{
	if (!inner())
		return;
	e2e_private_modules("nonesuch");
	e2e_client_connected();
	e2e_pass();
}

/* Each set of modules has its server. */
E2E_TEST(inner_runs_on_servers_of_its_own)
{
	const char *all = "";

	if (!inner())
		return;
	e2e_private_modules("mam");
	e2e_private_modules("mam", "csi_simple");
	for (int i = 0; i < 2; i++)
		e2e_is_str(archive_says(e2e_client_connected()), NULL);
	all = e2e_printf("%s", e2e__wish_service("prosody"));
	e2e_isnt_str(all, "xmpp-prosody");
}

E2E_TEST(inner_runs_without_a_wish)
{
	if (!inner())
		return;
	e2e_is_str(archive_says(e2e_client_connected()), "service-unavailable", "what another case wants is its own business");
}

E2E_TEST(inner_comes_too_late)
{
	if (!inner())
		return;
	e2e_client_connected();
	e2e_private_modules("mam");
}

E2E_TEST(inner_wants_a_path)
{
	if (!inner())
		return;
	e2e_private_modules("mam", "../mam");
}

static const char *file_of(const char *name, const char *text)
{
	const char *path = e2e_printf("%s/%s", e2e_tmpdir(), name);
	FILE *f = fopen(path, "w");

	e2e_must(e2e_ok(f && fputs(text, f) >= 0 && fclose(f) == 0, "%s is written", name));
	return path;
}

static e2e_result with_config(const char *server, const char *text, const char *which)
{
	return e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER_CASE=1", "E2E_RUN_DIR=")}, "/proc/self/exe",
			    "-k", which, "--config", file_of(e2e_printf("%s.ini", server), e2e_printf("[local]\n%s", text)),
			    "--server", server);
}

static bool passes(e2e_result r)
{
	return e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), false);
}

E2E_TEST(prosody_has_an_archive)
{
	e2e_require_command("prosody");
	passes(with_config("prosody", "modules = [\"mam\", \"mam\"]\n", "^inner_reads"));
}

static void need_ejabberd(void)
{
	e2e_skip_if(!e2e__provision_local_installed("ejabberd"), "ejabberd isn't installed");
}

/* What it has already is no second one. */
E2E_TEST(ejabberd_has_an_archive)
{
	need_ejabberd();
	passes(with_config("ejabberd", "modules = [\"mam\", \"disco\"]\n", "^inner_reads"));
}

E2E_TEST(a_file_for_prosody)
{
	const char *lua = file_of("extra.lua", "modules_enabled = { \"lastactivity\" }\n"
					       "VirtualHost \"localhost\"\n  modules_enabled = { \"mam\" }\n");

	e2e_require_command("prosody");
	passes(with_config("prosody", e2e_printf("config = [\"%s\", \"%s\"]\n", file_of("extra.yml", ""), lua), "^inner_reads|^inner_asks"));
}

E2E_TEST(a_file_for_ejabberd)
{
	const char *yml = file_of("extra.yml", "loglevel: warning\n"
					       "modules:\n"
					       "  mod_mam: {default: always}  # mod_disco: isn't said here\n"
					       "  \"mod_version\":\n    show_os: false\n");

	need_ejabberd();
	passes(with_config("ejabberd", e2e_printf("config = %s\n", yml), "^inner_reads|^inner_asks"));
}

E2E_TEST(files_are_looked_at)
{
	e2e_result r;

	e2e_require_command("prosody");
	r = with_config("prosody", e2e_printf("config = %s\n", file_of("extra.yml", "")), "^inner_reads");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "prosody.ini:2: config = .*: it has nothing for prosody: expected extra.yml for ejabberd, ");
	r = with_config("prosody", e2e_printf("config = [\"%s\", \"nowhere.lua\"]\n", file_of("extra.yml", "")), "^inner_reads");
	e2e_like(r.err, "prosody.ini:2: config = .*: nowhere.lua: No such file");
}

E2E_TEST(wishes_of_a_test)
{
	e2e_result r;

	e2e_require_command("prosody");
	passes(with_config("prosody", "", "^inner_runs"));
	r = with_config("prosody", "", "^inner_comes_too_late$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "message: .*modules were asked for when a client was logged in already");
	r = with_config("prosody", "", "^inner_wants_a_path$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\\.\\./mam.* is no name of a module");
}

E2E_TEST(modules_that_nobody_has)
{
	e2e_result r;

	e2e_require_command("prosody");
	r = with_config("prosody", "", "^inner_wants_what");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "modules\\.c:60: service [^\n]* couldn't be started: the private Prosody can't have what was asked "
			"for: [^\n]*module 'nonesuch'");
	e2e_unlike(r.out, "e2e_xmpp\\.h:|not ok 2 ", "one failure, where the client was asked for");
	need_ejabberd();
	r = with_config("ejabberd", "", "^inner_wants_what");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "modules\\.c:60: service [^\n]*: the private ejabberd can't start: Failed to start [^\n]*mod_nonesuch");
	e2e_unlike(r.out, "e2e_xmpp\\.h:|not ok 2 ");
}

E2E_TEST(names_are_looked_at)
{
	e2e_result r = with_config("prosody", "modules = [\"a b\"]\n", "^inner_reads");

	e2e_is_int(r.status, 99);
	e2e_like(r.err, "prosody.ini:2: modules = .*: \"a b\" isn't one: expected names of modules");
}

E2E_MAIN()
