/* guards.c - when a test can't run here, it says why and is skipped; when it must run, skips can be made failures.
 *
 *	examples/guards.t                   skips what this machine lacks, with the reason
 *	examples/guards.t --fail-on-skip    the same, but a skip fails (for CI)
 *	examples/guards.t --no-skip         runs it all the same, as TODO
 *
 * Known failures of the peer are registered by the case's name, the peer's name and an issue; they run as TODO, and one
 * that passes again is reported. Features, quirks and the peer's name come from the config, section [environment]. */
#include "e2e_proc.h"

E2E_SUITE_SETUP()
{
	e2e_known("known_*", "*", "EXAMPLE-1: arithmetic differs here");
}

E2E_TEST(needs_a_command)
{
	const char *path = e2e_require_command("awk");
	e2e_result r = e2e_run(path, "BEGIN { print 1 + 2 }");
	e2e_is_str(r.out, "3\n");
}

E2E_TEST(needs_an_account)
{
	const char *user = e2e_require_env("EXAMPLE_ACCOUNT");
	e2e_isnt_str(user, "");
}

E2E_TEST(needs_a_feature)
{
	const char *address = e2e_require_feature("urn:xmpp:ping");
	e2e_diag("would ping %s", address);
	e2e_pass();
}

E2E_TEST(not_for_everyone)
{
	e2e_skip_if(geteuid() != 0, "only root may do this");
	e2e_is_int(access("/root", R_OK), 0);
}

E2E_TEST(known_to_fail)
{
	e2e_is_int(1 + 1, 3);
}

E2E_MAIN()
