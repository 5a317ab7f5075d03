/* tour.c - a text that people read, tour.txt, is run: what it says is typed, and what comes out must be what it
 * says. It has parameters (where the conference is, who is reading), and skips itself where these don't fit. */
/* e2e: libcurl libxml-2.0 */
#include "webapp.h"

static const char *url;

E2E_SETUP()
{
	e2e_require_command("curl");
	url = serve(database());
}

E2E_TEST(the_tour_is_right)
{
	e2e_scenario("tour.txt", e2e_printf("url=%s", url), "user=ann", "role=chair");
}

/* The text needs no C: prove runs it itself. For a speaker it ends early, and that is no failure but a skip
 * with its reason. It is shown by a run of its own, so that this one has nothing skipped. */
E2E_TEST(others_are_told_why_not, .timeout = 120)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("HARNESS_ACTIVE", "E2E_RUN_DIR"), .timeout = 100},
				    e2e_data("../../prove"), "-v", "--directives", e2e_data("tour.txt"), "::",
				    e2e_printf("url=%s", url), "user=joe", "role=speaker");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "# SKIP .*a speaker can't make tracks");
}

E2E_MAIN()
