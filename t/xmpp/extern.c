/* e2e: libstrophe openssl libsodium */
/* e2e_xmpp.h compiled once: its functions and those of the headers below it in one object (E2E_IMPLEMENT), a program of two sources
 * linked with it (E2E_EXTERN), in C and C++. */
#include "e2e_xmpp.h"

#define PACKAGES "libstrophe openssl libsodium"

static void runs(const char *command)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.timeout = 120}, "sh", "-c", command);

	e2e_is_str(r.err, "");
	e2e_must(e2e_is_int(r.status, 0, "%s", command));
}

/* The functions by one compiler, the program by another one. */
static void builds_and_runs(const char *functions, const char *program, const char *linker)
{
	static const char compile[] = "%s -g -DE2E__WARN -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I. %s -c %s -o %s/%d.o "
				      "$(pkg-config --cflags " PACKAGES ")";
	const char *dir = e2e_tmpdir(), *source = "t/xmpp/broken/extern.c";
	e2e_result r;

	runs(e2e_printf(compile, functions, "-DE2E_IMPLEMENT", "e2e_xmpp.h", dir, 0));
	runs(e2e_printf(compile, program, "-DE2E_EXTERN", source, dir, 1));
	runs(e2e_printf(compile, program, "-DE2E_EXTERN -DE2E_T_SECOND", source, dir, 2));
	runs(e2e_printf("%s -o %s/x %s/0.o %s/1.o %s/2.o $(pkg-config --libs " PACKAGES ")", linker, dir, dir, dir, dir));
	e2e_client_connected(); /* a server for it, or a skip */
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("HARNESS_ACTIVE")}, e2e_printf("%s/x", dir));
	e2e_is_int(r.status, 0, "it runs") || (e2e_diag("%s", r.out), 0);
	e2e_like(r.out, "\nok [1-3] - talks\n");
	e2e_like(r.out, "\nok [1-3] - asks\n");
	e2e_like(r.out, "\nok [1-3] - of_the_second_source\n", "it has the cases of both");
}

E2E_TEST(by_gcc, .timeout = 300)
{
	e2e_require_command("gcc");
	builds_and_runs("gcc -std=c99 -x c", "gcc -std=c99 -x c", "gcc");
}

E2E_TEST(in_c_for_cxx, .timeout = 300)
{
	e2e_require_command("clang");
	e2e_require_command("g++");
	builds_and_runs("clang -x c", "g++ -std=c++17 -x c++", "g++");
}

E2E_MAIN()
