/* Ways to build a test: the same program, t/core/broken/everywhere.c, says the same with each. */
#include "report.h"

/* The shell's $SOURCE, $HERE (of e2e.h) and $CC. */
E2E_SETUP()
{
	char *here = realpath(".", NULL);

	e2e_must(e2e_ok(here != NULL));
	e2e_proc_timeout(100); /* for compilers on a busy machine */
	e2e_setenv("HERE", here);
	free(here);
	e2e_setenv("CC", getenv("CC") ? getenv("CC") : "cc");
	e2e_setenv("ROOM", e2e_tmpdir());
}

static e2e_result built(const char *compiler, const char *options)
{
	return e2e_run("sh", "-c",
		       e2e_printf("cd \"$HERE\" && %s -I. %s -o \"$ROOM/everywhere.bin\" t/core/broken/everywhere.c", compiler, options));
}

#define same_with(compiler, options) same(E2E__AT, compiler, options)
static void same(const char *file, int line, const char *compiler, const char *options)
{
	e2e_result r = e2e_run("sh", "-c", e2e_printf("cd \"$ROOM\" && echo 'int main(void) { return 0; }' >m.c && %s %s -o m m.c", compiler, options));

	e2e_skip_if(r.status != 0, "%s knows no %s", compiler, options);
	e2e_must(e2e_is_int(built(compiler, options).status, 0));
	r = e2e_run("sh", "-c", "exec \"$ROOM/everywhere.bin\"");
	e2e__assertion_is_str((struct e2e__at){file, line, options, NULL}, report(r), e2e__file_read("t/core/expected/everywhere.txt", NULL));
}

/* gcc 14 and clang 18 say c23. */
E2E_TEST(linked_statically_in_the_newest_language, .timeout = 120)
{
	same_with("$CC", "-static -std=c2x -DE2E__WARN -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror");
}

E2E_TEST(optimized_as_a_whole_and_hardened, .timeout = 120)
{
	e2e_require_command("gcc");
	same_with("gcc", "-O1 -flto -fwhole-program -D_FORTIFY_SOURCE=2 -fstack-protector-all -funsigned-char -fshort-enums -ftrapv");
}

/* The test's own functions in the place of libc's, with a fault each; limits are real time where the clock isn't. */
E2E_TEST(wrapped_functions, .timeout = 120)
{
	static const char *const names[] = {
		"malloc", "calloc", "realloc", "free", "write", "open", "fork", "clock_gettime", "time", "waitpid"};
	const char *options = "";
	size_t i;

	e2e_require_command("gcc");
	for (i = 0; i < sizeof names / sizeof *names; i++)
		options = e2e_printf("%s -Wl,--wrap=%s", options, names[i]);
	e2e_must(e2e_is_int(
		e2e_run("sh", "-c", e2e_printf("cd \"$HERE\" && gcc -I. %s -o \"$ROOM/wraps.bin\" t/core/broken/wraps/wraps.c", options)).status,
		0));
	as_expected(E2E__AT, "wraps", report(e2e_run("sh", "-c", "exec \"$ROOM/wraps.bin\"")), NULL);
}

/* Events are told thousands of times a second. Where the kernel gives no clock to be called (valgrind hides it), it is asked. */
E2E_TEST(clock_without_system_calls, .timeout = 120)
{
	e2e_require_command("gcc");
	e2e_must(e2e_is_int(e2e_run("sh", "-c",
				    "cd \"$HERE\" && gcc -I. -Wl,--wrap=clock_gettime -Wl,--wrap=syscall"
				    " -o \"$ROOM/clock.bin\" t/core/broken/wraps/clock.c")
				.status,
		0));
	e2e_is_int(e2e_run("sh", "-c", "exec \"$ROOM/clock.bin\" -k looks_at").status, 0);
}

E2E_MAIN()
