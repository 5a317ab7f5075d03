/* e2e_proc.h compiled once: its functions in an object (E2E_IMPLEMENT), programs of two sources linked with it
 * (E2E_EXTERN), in C and C++. */
#include "e2e_proc.h"

static const char *dir;

/* Runs a compiler on one source; its words are separated by blanks. */
static void compiles(const char *compiler, const char *more, const char *source, const char *object)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.timeout = 120}, "sh", "-c",
	                            e2e_printf("%s -g -DE2E__WARN -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I. %s -c %s -o %s",
	                                       compiler, more, source, object));
	e2e_is_str(r.err, "");
	e2e_must(e2e_is_int(r.status, 0, "%s %s %s", compiler, more, source));
}

/* The functions by one compiler, the program by another one. */
static void builds_and_runs(const char *functions, const char *program, const char *more, const char *libraries)
{
	e2e_subtest("%s with functions by %s%s", program, functions, more) {
		const char *out[4];
		for (int i = 0; i < 4; i++)
			out[i] = e2e_printf("%s/%d.o", dir, i);
		const char *first = e2e_printf("-DE2E_EXTERN %s", more);
		const char *second = e2e_printf("-DE2E_T_SECOND %s", first);
		compiles(functions, e2e_printf("-DE2E_IMPLEMENT %s", more), "e2e_proc.h", out[0]);
		compiles(program, first, "t/proc/broken/extern.c", out[1]);
		compiles(program, second, "t/proc/broken/extern.c", out[2]);
		char *linker = e2e__memory_strdup(program);
		linker[strcspn(linker, " ")] = '\0';
		e2e_result r = e2e_run("sh", "-c",
		                       e2e_printf("%s -o %s %s %s %s %s", linker, out[3], out[0], out[1], out[2], libraries));
		e2e_must(e2e_is_str(r.err, ""));
		r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("HARNESS_ACTIVE")}, out[3]);
		e2e_is_int(r.status, 0, "runs");
		e2e_like(r.out, "\n1\\.\\.5\n|^TAP version 14\n1\\.\\.5\n");
		e2e_like(r.out, "\nok [1-5] - another_source\n", "has the cases of both");
	}
}

E2E_SETUP()
{
	dir = e2e_tmpdir();
}

E2E_TEST(by_gcc, .timeout = 300)
{
	e2e_require_command("gcc");
	builds_and_runs("gcc -std=c99 -x c", "gcc -std=c99 -x c", "", "");
}

E2E_TEST(by_clang, .timeout = 300)
{
	e2e_require_command("clang");
	builds_and_runs("clang -std=c99 -x c", "clang -std=c11 -x c", "", "");
}

E2E_TEST(by_gxx, .timeout = 300)
{
	e2e_require_command("g++");
	builds_and_runs("g++ -std=c++17 -x c++", "g++ -std=c++17 -x c++", "", "");
}

E2E_TEST(in_c_for_cxx, .timeout = 300)
{
	e2e_require_command("gcc");
	e2e_require_command("clang++");
	builds_and_runs("gcc -x c", "clang++ -std=c++17 -x c++", "", "");
}

E2E_TEST(with_openssl, .timeout = 300)
{
	e2e_require_command("gcc");
	if (e2e_run("pkg-config", "--exists", "openssl").status)
		e2e_skip("no openssl");
	builds_and_runs("gcc -x c", "gcc -std=c99 -x c", "-DE2E_OPENSSL", "-lssl -lcrypto");
}

/* What other systems get: without pidfds, subreapers, death signals, /proc. */
E2E_TEST(without_what_only_linux_has, .timeout = 300)
{
	e2e_require_command("gcc");
	e2e_require_command("clang");
	builds_and_runs("gcc -std=c99 -x c -DE2E__PORTABLE", "gcc -std=c99 -x c -DE2E__PORTABLE", "", "");
	builds_and_runs("clang -x c -DE2E__PORTABLE", "clang -x c -DE2E__PORTABLE", "", "");
}

E2E_MAIN()
