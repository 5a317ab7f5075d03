/* e2e: libstrophe openssl libsodium */
/* [local] modules= adds modules to the private server: archives (XEP-0313) on both. */
#include "e2e_xmpp.h"

E2E_TEST(inner_reads_its_archive)
{
	e2e_client *both[2];

	if (!getenv("INNER_CASE")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_clients_connected(2, both);
	e2e_message(both[0], both[1]->account.jid, "for the archive");
	e2e_expect_stanza(both[1], E2E_MESSAGE, .body = "archive");
	e2e_is_str(e2e_stanza_error(e2e_iq(both[1], e2e_xml(both[1], "<iq type='set'><query "
								     "xmlns='urn:xmpp:mam:2'/></iq>"))),
		   NULL);
	e2e_expect_stanza(both[1], E2E_MESSAGE, .path = "result{urn:xmpp:mam:2}/forwarded/message/body",
			  .matches = "^for the archive$");
}

static e2e_result with_modules(const char *server, const char *modules)
{
	const char *path = e2e_printf("%s/%s.ini", e2e_tmpdir(), server);
	FILE *f = fopen(path, "w");

	e2e_must(e2e_ok(f && fprintf(f, "[local]\nmodules = %s\n", modules) > 0 && fclose(f) == 0));
	return e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER_CASE=1", "E2E_RUN_DIR=")}, "/proc/self/exe",
			    "-k", "^inner_reads", "--config", path, "--server", server);
}

E2E_TEST(prosody_has_an_archive)
{
	e2e_require_command("prosody");
	e2e_is_int(with_modules("prosody", "[\"mam\"]").status, 0);
}

E2E_TEST(ejabberd_has_an_archive)
{
	e2e_skip_if(!e2e__provision_local_installed("ejabberd"), "ejabberd isn't installed");
	e2e_is_int(with_modules("ejabberd", "[\"mam\"]").status, 0);
}

E2E_TEST(names_are_looked_at)
{
	e2e_result r = with_modules("prosody", "[\"a b\"]");

	e2e_cmp_int(r.status, ">", 0);
	e2e_like(r.out, "expected names of modules");
}

E2E_MAIN()
