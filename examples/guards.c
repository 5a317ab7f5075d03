/* guards.c - when a test can't run here, it says why and is skipped; when it must run, skips can be made failures.
 *
 *	examples/guards.t                                      everything is there
 *	EXAMPLE_ACCOUNT= examples/guards.t                     skips what lacks the account, with the reason
 *	EXAMPLE_ACCOUNT= examples/guards.t --fail-on-skip      the same, but a skip fails (for CI)
 *	EXAMPLE_ACCOUNT= examples/guards.t --no-skip           runs it all the same, as TODO
 *
 * Known failures of the peer are registered by the case's name, the peer's name and an issue; they run as TODO, and one
 * that passes again is reported. Features, quirks and the peer's name come from a provider, as here, or from the config,
 * section [environment]. */
#include "e2e_proc.h"

/* A provider asks the real server once and answers from then on; e2e_xmpp.h has one for service discovery. */
static const char *const *feature(void *arg, const char *var)
{
	static const char *const here[] = {"localhost", NULL};
	(void)arg;
	return strcmp(var, "urn:xmpp:ping") == 0 ? here : NULL;
}

static bool quirk(void *arg, const char *uri)
{
	(void)arg;
	return strstr(uri, "slow-disk") != NULL;
}

static e2e_provider environment = {NULL, feature, NULL, quirk, NULL, NULL, NULL};

E2E_SUITE_SETUP()
{
	setenv("EXAMPLE_ACCOUNT", "juliet", 0);
	setenv("EXAMPLE_TOKEN", "made-up.2f6c1d", 0);
	e2e_provide(&environment);
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

/* In reports of a failure, in its story and in the logs that are shown there, *** stands for a secret. */
E2E_TEST(needs_a_secret)
{
	const char *token = e2e_secret(e2e_require_env("EXAMPLE_TOKEN"));
	e2e_result r = e2e_run("sh", "-c", "echo \"signs in with $EXAMPLE_TOKEN\"");
	e2e_is_str(r.out, e2e_printf("signs in with %s\n", token));
}

E2E_TEST(needs_a_feature)
{
	e2e_is_str(e2e_require_feature("urn:xmpp:ping"), "localhost", "who to ping");
}

E2E_TEST(not_everywhere)
{
	e2e_skip_with_quirk("#no-such-quirk");
	e2e_skip_if(access("/dev/null", W_OK) != 0, "this machine has no /dev/null");
	e2e_ok(e2e_has_quirk("#slow-disk"), "a test may also look, and expect less");
}

E2E_TEST(known_to_fail)
{
	e2e_is_int(1 + 1, 3);
}

E2E_MAIN()
