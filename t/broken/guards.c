/* Guards and known failures, one a case; the environment and the config say how they end. */
#include "e2e.h"

static const char *peer_name(void *arg)
{
	(void)arg;
	return getenv("PEER");
}

static const char *const *offers(void *arg, const char *var)
{
	static const char *const both[] = {"one.example", "two.example", NULL}, *const one[] = {"two.example", NULL};
	(void)arg;
	return strcmp(var, "urn:both") == 0 ? both : strcmp(var, "urn:one") == 0 ? one : NULL;
}

static bool quirky(void *arg, const char *uri)
{
	(void)arg;
	return strcmp(uri, "https://zombofant.net/xmlns/aioxmpp/e2etest/quirks#provided") == 0;
}

static const char *who(void *arg)
{
	(void)arg;
	return "server.example";
}

E2E_SUITE_SETUP()
{
	static e2e_provider provider;
	provider.peer = peer_name;
	provider.feature = offers;
	provider.quirk = quirky;
	provider.asked = who;
	if (getenv("PROVIDER"))
		e2e_provide(&provider);
	e2e_known("known_*", "Buggy*", "ISSUE-4: it loses the first byte");
	e2e_known("known_everywhere", "*", "BUG-12: never worked");
	if (getenv("BAD_KNOWN"))
		e2e_known("x", "*", "no id at all");
}

E2E_TEST(env)
{
	e2e_is_str(e2e_require_env("GUARD_TEST"), "value");
}

E2E_TEST(command)
{
	e2e_like(e2e_require_command("sh"), "/sh$");
	e2e_require_command("surely-not-installed");
}

E2E_TEST(command_by_path)
{
	e2e_require_command("/etc/passwd");
}

E2E_TEST(feature)
{
	e2e_diag("address: %s", e2e_require_feature("urn:one"));
	e2e_pass();
}

E2E_TEST(features_of_one)
{
	static const char *const vars[] = {"urn:both", "urn:one"};
	e2e_diag("address: %s", e2e_require_features(2, vars));
	e2e_pass();
}

E2E_TEST(feature_all)
{
	size_t n = 0;
	const char *const *all = e2e_require_feature_all("urn:both", &n);
	e2e_diag("%zu addresses: %s", n, e2e__list_text(all));
	e2e_pass();
}

E2E_TEST(identity)
{
	e2e_diag("address: %s", e2e_require_identity("pubsub", "pep"));
	e2e_pass();
}

E2E_TEST(quirk)
{
	e2e_skip_with_quirk("#muc-id-rewrite");
	e2e_skip_with_quirk("#provided");
	e2e_pass();
}

E2E_TEST(condition)
{
	e2e_skip_if(1 + 1 == 3, "arithmetics");
	e2e_skip_if(getenv("GUARD_TEST") != NULL, "the variable is %s", getenv("GUARD_TEST"));
	e2e_pass();
}

E2E_TEST(after_a_failure)
{
	e2e_is_int(1, 2);
	e2e_skip("a skip doesn't hide a failure");
}

E2E_TEST(known_bug)
{
	e2e_is_int(1, 2);
}

E2E_TEST(known_everywhere)
{
	e2e_is_int(1, 2);
}

E2E_TEST(known_in_itself)
{
	e2e_known("known_in_*", "*", "BUG-13: said inside");
	e2e_is_int(1, 2);
}

E2E_TEST(known_subtest)
{
	e2e_known("row x column", "*", "BUG-14: one pair");
	e2e_subtest("row x column") e2e_is_int(1, 2);
	e2e_subtest("row x other") e2e_is_int(1, 1);
}

E2E_MAIN()
