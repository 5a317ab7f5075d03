/* On a terminal a program tells what prove would; elsewhere, and with --tap, it is TAP. */
#include "../golden.h"

/* Runs a program on a terminal; its lines without the carriage returns that a terminal adds. */
static const char *on_terminal(const char *program, const char *option, const char *value, int status)
{
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.pty = true, .timeout = 120}, broken_beside(__FILE__, program), option, value ? value : "--seed=1", "--seed=1");
	const char *text;
	E2E__BUF(b, 4096);

	e2e_wait(p, status);
	for (text = e2e_stdout(p); *text; text++)
		if (*text != '\r')
			e2e__buf_add(&b, text, 1);
	return e2e__memory_taken(&b);
}

E2E_SETUP()
{
	e2e_setenv("HARNESS_ACTIVE", NULL);
}

E2E_TEST(cases, .timeout = 240)
{
	as_expected(E2E__AT, "terminal-cases", on_terminal("terminal", "-k", "^(passes|fails|subtests|skips|known|crashes|last)$", 1), NULL);
}

E2E_TEST(all_is_well, .timeout = 240)
{
	e2e_is_str(on_terminal("terminal", "-k", "^(passes|last)$", 0), "# a note\nok 1 - passes\nok 2 - last\n2 cases, none failed\n");
	e2e_is_str(on_terminal("terminal", "-k", "^skips$", 0), "ok 1 - skips # SKIP nothing to do\n1 case, none failed, 1 skipped\n");
	e2e_is_str(on_terminal("terminal", "-k", "nowhere", 99), "skipped: no case matches -k nowhere\n");
}

E2E_TEST(many_failures, .timeout = 240)
{
	const char *out = on_terminal("terminal", "-k", "^many$", 1);

	e2e_like(out, "^not ok 1 - many\n  not ok 1 - i is -1\n[^\n]*terminal\\.c:[0-9]+: got 0, want -1\n  not ok 2 - i is -1\n");
	e2e_like(out, "got 39, want -1\n  \\.\\.\\. more failures of this case: --tap shows them\n  repeat: ");
	e2e_like(out, "\n1 of 1 case failed\n$");
}

/* Each failure is told, and once. */
E2E_TEST(failures_that_begin_alike, .timeout = 240)
{
	e2e_like(on_terminal("terminal", "-k", "^alike$", 1),
		 "^not ok 1 - alike\n  not ok 1 - [^\n]*\n[^\n]*: 1 of 1 elements differs, the first one is \\[0\\]\n    got: 1\n    want: 3\n"
		 "  not ok 2 - [^\n]*\n"
		 "  not ok 3 - [^\n]*\n[^\n]*: 1 of 1 elements differs, the first one is \\[0\\]\n    got: 2\n    want: 4\n"
		 "  repeat: ");
	e2e_like(on_terminal("terminal", "-k", "^dies$", 1), "\n    block_stderr: no such option\n  repeat: ");
}

/* The points of a script are its assertions. */
E2E_TEST(script, .timeout = 240)
{
	e2e_like(on_terminal("script", "fails", NULL, 1), "^# begin\nnot ok 1 - \"a\" is \"b\"\nt/core/broken/script\\.c:[0-9]+: got \"a\", want \"b\"\n"
	                                                  "# stdout: the tested code's words\n1 of 1 assertion failed\n$");
}

E2E_TEST(tap_when_asked, .timeout = 240)
{
	e2e_like(on_terminal("terminal", "--tap", "-k^last$", 0), "^TAP version 14\n1\\.\\.1\n# Subtest: last\n    ok 1\n    1\\.\\.1\nok 1 - last\n$");
	e2e_like(on_terminal("terminal", "-v", "-k^last$", 0), "^TAP version 14\n");
	e2e_setenv("E2E_TAP", "1");
	e2e_like(on_terminal("terminal", "-k", "^last$", 0), "^TAP version 14\n");
	e2e_setenv("E2E_TAP", NULL);
	e2e_setenv("HARNESS_ACTIVE", "1");
	e2e_like(on_terminal("terminal", "-k", "^last$", 0), "^TAP version 14\n", "under a harness");
}

E2E_MAIN()
