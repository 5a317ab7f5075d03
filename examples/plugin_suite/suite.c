/* suite.c - the suite as its users run it: all files at once, some by their tags, and how much of the plugin that runs. */
#include "e2e_proc.h"

static e2e_result prove(const char *tags)
{
	return e2e_run_with((e2e_spawn_opts){.timeout = 100}, e2e_data("../../prove"), "-j4", "-t",
		tags, e2e_data("transport.t"), e2e_data("security.t"), e2e_data("errors.t"),
		e2e_data("settings.t"), e2e_data("performance.t"));
}

/* Every plugin that any case has started adds its counts to the same file. */
E2E_TEST(covers_the_plugin, .timeout = 120)
{
	const char *counts = e2e_printf("%s/counts", e2e_tmpdir());

	e2e_require_command("gcov");
	mkdir(counts, 0700);
	e2e_setenv("KV_COVERAGE", counts);
	e2e_result r = prove("!slow");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "All tests successful");

	r = e2e_run_with((e2e_spawn_opts){.cwd = counts}, "gcov", "-n", "-o", counts, "kv.c");
	e2e_note("%s", r.out);
	e2e_like(r.out, "Lines executed:(9[0-9]|100)\\.[0-9]+% of ");
}

E2E_TEST(by_tags, .timeout = 120)
{
	e2e_result r = prove("cookie");

	e2e_is_int(r.status, 0);
	e2e_like(r.out, "Tests=5, ");
}

E2E_MAIN()
