/* The same interface from C++11 and C++20, without a warning. */
#include "e2e_proc.h"

static void build_and_run(const char *compiler, const char *standard)
{
	const char *out = e2e_printf("%s/net", e2e_tmpdir());
	e2e_result r;
	e2e_require_command(compiler);
	e2e_proc_timeout(120);
	r = e2e_run(compiler, standard, "-DE2E__WARN", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
		    "-Werror", "-I.", "-o", out, "t/proc/data/net.cc");
	e2e_must(e2e_is_int(r.status, 0, "%s %s builds it", compiler, standard));
	r = e2e_run(out);
	e2e_is_int(r.status, 0, "and it passes");
}

E2E_TEST(gxx_11, .timeout = 240)
{
	build_and_run("g++", "-std=c++11");
}

E2E_TEST(gxx_20, .timeout = 240)
{
	build_and_run("g++", "-std=c++20");
}

E2E_TEST(clangxx_11, .timeout = 240)
{
	build_and_run("clang++", "-std=c++11");
}

E2E_TEST(clangxx_20, .timeout = 240)
{
	build_and_run("clang++", "-std=c++20");
}

E2E_MAIN()
