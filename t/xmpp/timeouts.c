/* e2e: libstrophe openssl libsodium */
/* How long a step may take: what the suite says holds for all its cases, what a case says for that case alone, also where all cases run
 * in one process. The cases called inner_ are run by the others. */
#include "e2e_xmpp.h"

E2E_SUITE_SETUP()
{
	if (getenv("INNER"))
		e2e_xmpp_timeout(0.25);
}

static void has(double seconds)
{
	if (getenv("INNER"))
		e2e_is_double(e2e__loop_step(), e2e__clock_scaled(seconds), 1e-9);
	else
		e2e_pass("another case runs it");
}

E2E_TEST(inner_first)
{
	has(0.25);
	if (getenv("INNER"))
		e2e_xmpp_timeout(3);
}

E2E_TEST(inner_second)
{
	has(0.25);
	if (getenv("INNER"))
		e2e_xmpp_timeout(0);
}

E2E_TEST(inner_third)
{
	has(0.25);
}

static void passes(const char *option)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1")}, "/proc/self/exe", "-k", "^inner", option);

	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_like(r.out, "ok 3 - inner_third");
}

E2E_TEST(each_in_its_own_process)
{
	passes("--verbose");
}

E2E_TEST(all_in_one)
{
	passes("--no-fork");
}

E2E_MAIN()
