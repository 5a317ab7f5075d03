/* e2e_proc.h in C++: t/proc/broken/cplusplus.cc without a warning, and it runs. */
#include "e2e_proc.h"

static void builds_and_runs(const char *compiler, const char *standard)
{
	e2e_subtest("%s %s", compiler, standard) {
		const char *program = e2e_printf("%s/%s%s", e2e_tmpdir(), compiler, standard);
		e2e_result r = e2e_run_with((e2e_spawn_opts){.timeout = 120}, compiler, standard, "-DE2E__WARN", "-Wall", "-Wextra", "-Wpedantic",
		                            "-Wshadow", "-Wconversion", "-Werror", "-I.", "-o", program,
		                            "t/proc/broken/cplusplus.cc");
		e2e_is_int(r.status, 0, "compiles");
		e2e_is_str(r.err, "");
		if (r.status == 0)
			e2e_is_int(e2e_run(program).status, 0, "runs");
	}
}

E2E_TEST(gxx, .timeout = 300)
{
	e2e_require_command("g++");
	e2e_require_command("nc");
	builds_and_runs("g++", "-std=c++11");
	builds_and_runs("g++", "-std=c++20");
}

E2E_TEST(clangxx, .timeout = 300)
{
	e2e_require_command("clang++");
	e2e_require_command("nc");
	builds_and_runs("clang++", "-std=c++17");
}

E2E_MAIN()
