/* Prints what the config says. */
#include "e2e.h"

E2E_TEST(values)
{
	const char *const *list = e2e_config_list("lists", "commas", NULL);
	const char *const *python = e2e_config_list("lists", "python", NULL);
	const char *const none[] = {NULL};
	e2e_is_str(e2e_config("text", "plain", NULL), "some words = here: there");
	e2e_is_str(e2e_config("text", "UPPER", NULL), "Kept Case");
	e2e_is_str(e2e_config("text", "colon", NULL), "by colon");
	e2e_is_str(e2e_config("text", "empty", NULL), "");
	e2e_is_str(e2e_config("text", "continued", NULL), "first\nsecond\nthird");
	e2e_is_str(e2e_config("text", "once", NULL), "the only one");
	e2e_is_str(e2e_config("text", "missing", "fallback"), "fallback");
	e2e_is_str(e2e_config("missing", "plain", NULL), NULL);
	e2e_is_int(e2e_config_int("numbers", "int", 0), -42);
	e2e_is_int(e2e_config_int("numbers", "missing", 7), 7);
	e2e_is_double(e2e_config_double("numbers", "double", 0), 2.5, 0);
	e2e_ok(e2e_config_bool("numbers", "yes", false));
	e2e_ok(!e2e_config_bool("numbers", "no", true));
	e2e_is_list(list, ((const char *const[]){"a", "b c", "d", NULL}));
	e2e_is_list(python, ((const char *const[]){"#muc-id-rewrite", "it's", "a \" quote", NULL}));
	e2e_is_list(e2e_config_list("lists", "none", NULL), none);
	e2e_is_str(e2e_config("global", "provisioner", NULL), "aioxmpp.e2etest.provision.AnonymousProvisioner");
}

/* What ${NAME}, %(key)s and [DEFAULT] stand for. */
E2E_TEST(expanded)
{
	const char *const *list = e2e_config_list("a", "list", NULL);

	e2e_is_str(e2e_config("a", "secret", NULL), "x %(y)s ${Z} \" ' \\ end");
	e2e_is_list(list, ((const char *const[]){"x %(y)s ${Z} \" ' \\ end", "50% it's", NULL}));
	e2e_is_str(e2e_config("a", "url", NULL), "xmpp://a.example:5222/%20");
	e2e_is_str(e2e_config("b", "url", NULL), "xmpp://default.example:5222/%20");
	e2e_is_str(e2e_config("b", "missing", "fallback"), "fallback");
	e2e_is_str(e2e_config("c", "url", "no such section"), "no such section");
	e2e_is_str(e2e_config("a", "kept", NULL), "100 % of ${HOME} for $HOME");
	e2e_is_str(e2e_config("DEFAULT", "host", NULL), "default.example");
}

E2E_TEST(asks)
{
	e2e_is_str(e2e_config("a", "x", NULL), "never");
}

E2E_TEST(asks_int)
{
	e2e_is_int(e2e_config_int("a", "x", 0), 5);
}

E2E_TEST(timed)
{
	e2e_blocking_timed
	{
		for (;;)
			pause();
	}
}

E2E_TEST(bad_int)
{
	e2e_config_int("text", "plain", 0);
	e2e_pass("not reached");
}

E2E_TEST(bad_bool)
{
	e2e_config_bool("text", "plain", false);
}

E2E_TEST(bad_double)
{
	e2e_config_double("text", "plain", 0);
}

E2E_TEST(bad_list)
{
	e2e_config_list("lists", "broken", NULL);
}

E2E_MAIN()
