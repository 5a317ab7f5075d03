/* What might look like success although nobody looked: t/core/broken/nothing.c does it. */
#include "../golden.h"

#define nothing(name) e2e_run(broken("nothing"), "-k", "^" name "$")

E2E_TEST(limits_that_limit_nothing)
{
	e2e_result r = nothing("tolerances");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "^# [^:]*:[0-9]+: the tolerance is inf: expected a number of at least 0\n"
			"# [^:]*:[0-9]+: the tolerance is nan: [^\n]*\n"
			"# [^:]*:[0-9]+: the tolerance is -1: [^\n]*\n$");
	r = nothing("budgets");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n    not ok 1 - [^\n]*\n(.*\n)*    not ok 2 - [^\n]*\n(.*\n)*    1\\.\\.[23]\n");
	e2e_like(r.out, "message: \"a budget without an end allows everything\"\n");
	r = nothing("negative_limit");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "a limit of -1 s: expected seconds, e.g. 0.25\n");
	e2e_unlike(r.out, "not reached");
	r = nothing("no_number_as_limit");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "a limit of -?nan s: expected seconds");
	r = nothing("endless_limits");
	e2e_is_int(r.status, 0, "limits far away aren't over at once");
	r = nothing("two_plans");
	e2e_is_int(r.status, 99);
	e2e_like(r.out, "Bail out! e2e_plan\\(1\\): the plan is 2 already: expected one plan\n");
}

E2E_TEST(failures_behind_the_last_case)
{
	e2e_result r;
	e2e_setenv("HOW", "fails");
	r = nothing("passes");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nok 1 - passes\nnot ok 2 - suite clean-up\n  ---\n  message: \"cleaning up\"\n(.*\n)*1\\.\\.2\n$");
	e2e_setenv("HOW", "stops");
	e2e_setenv("E2E_NO_FORK", "1");
	r = nothing("passes");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok 2 - suite clean-up\n  ---\n  message: \"false: 1 is 2\"\n(.*\n)*1\\.\\.2\n$");
}

E2E_TEST(a_child_that_outlives_its_case)
{
	e2e_result r = nothing("child_goes_on");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n    ok 1 - before\n(    not ok 2 - of the child\n(.*\n)*    1\\.\\.2\n|    1\\.\\.1\n)not ok 1 - child_goes_on\n",
		 "the plan is right, and no failure is lost");
}

#ifdef __linux__
/* As in a container that has none. */
E2E_TEST(processes_without_proc)
{
	e2e_result r;
	const char *program, *script = "mount -t tmpfs none /proc && exec \"$0\" -k '^leaves_processes$'";
#if defined __SANITIZE_ADDRESS__
	e2e_skip("a sanitizer is there already"); /* it ends a program that exits without /proc, and reads its options there */
#endif
	e2e_require_command("unshare");
	e2e_skip_if(e2e_run("unshare", "-rm", "sh", "-c", "mount -t tmpfs none /proc").status != 0, "unshare -rm isn't allowed here");
	program = broken("nothing");
	r = e2e_run("unshare", "-rm", "sh", "-c", script, program);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n  message: \"left running: \\(pid [0-9]+\\), \\(pid [0-9]+\\)\"\n");
}
#endif

#ifdef __linux__
E2E_TEST(processes_of_an_unforked_case)
{
	e2e_result r = nothing("(unforked_leaves|fails_first)");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok 1 - unforked_leaves\n  ---\n  message: \"left running: .*\\(pid [0-9]+\\)\"\n");
	e2e_setenv("E2E_NO_FORK", "1");
	r = nothing("unforked_leaves");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n  message: \"left running: .*\\(pid [0-9]+\\)\"\n");
}
#endif

E2E_TEST(leaks)
{
	e2e_result r;
#if defined __SANITIZE_ADDRESS__
	e2e_skip("a sanitizer is there already");
#endif
	r = nothing("passes");
	e2e_is_int(r.status, 0);
#ifdef __linux__
	e2e_setenv("LEAKS", "1");
	r = nothing("passes");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok 1 - passes\n  ---\n  message: \"leaked memory\"\n");
#endif
}

/* A case of the program's own process may take it along: what was known before is said. */
E2E_TEST(unforked_deaths)
{
	e2e_result r = nothing("(fails_first|aborts)");
	e2e_isnt_int(r.status, 0);
	e2e_like(r.out, "\nnot ok 1 - fails_first\n  ---\n  message: \"seen\"\n");
	r = nothing("(fails_first|closes_stdout|passes)");
	e2e_isnt_int(r.status, 0);
	e2e_like(r.out, "\nnot ok 2 - fails_first\n  ---\n  message: \"seen\"\n");
	e2e_unlike(r.err, "interrupted by");
	e2e_setenv("E2E_NO_FORK", "1");
	r = nothing("(fails_first|closes_stdout)");
	e2e_is_int(r.status, 99);
	e2e_like(r.out, "\nnot ok 1 - fails_first\n  ---\n  message: \"seen\"\n");
	e2e_like(r.err, "cannot write TAP to stdout: Bad file descriptor\n");
}

E2E_TEST(cases_that_main_forgot)
{
	e2e_result r = e2e_run(broken("own_main"));
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "^e2e: [^:]*own_main.c:[0-9]+: the program has cases, as forgotten, but its main\\(\\) doesn't run them: expected "
			"E2E_MAIN\\(\\)");
	r = e2e_run(broken("own_main"), "-k", "negative");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "^e2e: [^:]*own_main.c:[0-9]+: case negative: .timeout = -1: expected seconds, e.g. 2.5\n");
}

/* In a process without a parent that watches. */
E2E_TEST(scripts_that_end_early)
{
	e2e_result r;
	e2e_setenv("E2E_NO_FORK", "1");
	r = e2e_run(broken("script"), "exits");
	e2e_is_int(r.status, 99);
	e2e_like(r.out, "\nBail out! the script has ended without e2e_done\\(\\) after t/core/broken/script.c:[0-9]+\n$");
	r = e2e_run(broken("script"), "exits-complete");
	e2e_is_int(r.status, 0);
	r = e2e_run(broken("script"), "exits-failed");
	e2e_is_int(r.status, 1);
	e2e_setenv("E2E_NO_FORK", NULL);
	r = e2e_run(broken("script"), "exits-failed");
	e2e_is_int(r.status, 1);
}

/* Where the set-up was last is no place of the body. */
E2E_TEST(place_of_a_crash)
{
	e2e_result r;
	e2e_setenv("SET_UP", "1");
	r = nothing("dies_at_once");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n  message: \"died of SIGKILL before its first assertion\"\n  at: t/core/broken/nothing.c:[0-9]+\n");
}

E2E_TEST(empty_options)
{
	e2e_result r = e2e_run(broken("plain"), "--seed", "");
	e2e_is_int(r.status, 99);
	r = e2e_run(broken("plain"), "-t", "net !");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "--tags net !: expected a tag after each !");
}

/* Wild writes end their case at the latest when its limits are over, and nothing else. */
E2E_TEST(memory_of_the_results, .timeout = 200)
{
	static const char *const names[] = {"zeroes", "ones", "letters"};
	e2e_proc *p[3];
	e2e_result r = nothing("(writes_below|writes_above|leaks)");
	size_t i;
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok 1 - writes_below\n  ---\n  message: \"died of SIG(SEGV|BUS)[^\n]* after ");
	e2e_like(r.out, "\nnot ok 2 - writes_above\n  ---\n  message: \"died of SIG(SEGV|BUS)[^\n]* after ");
	e2e_unlike(r.out, "not reached");
	e2e_proc_timeout(150);
	e2e_setenv("E2E_TIMEOUT_SCALE", "0.1");
	for (i = 0; i < 3; i++)
		p[i] = e2e_spawn(broken("nothing"), "-k", e2e_printf("^(passes|%s)$", names[i]));
	e2e_wait_par(E2E_EXPECT(p[0], 1), E2E_EXPECT(p[1], 1), E2E_EXPECT(p[2], 1));
	for (i = 0; i < 3; i++) {
		e2e_like(e2e_stdout(p[i]), "\nok 1 - passes\n");
		e2e_like(e2e_stdout(p[i]), e2e_printf("\nnot ok 2 - %s\n  ---\n  message: \"the tested code wrote over the memory of the "
						      "results\"\n", names[i]));
	}
}

#ifdef __linux__
/* What the suite's process knows isn't touched. */
E2E_TEST(memory_of_the_suite, .timeout = 200)
{
	e2e_result r = nothing("(letters_everywhere|after_letters)");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok 1 - letters_everywhere\n  ---\n  message: \"the tested code wrote over the memory of the results\"\n");
	e2e_like(r.out, "\nok 2 - after_letters\n1..2\n$");
}
#endif

E2E_TEST(a_failed_builder)
{
	e2e_result r;
	e2e_setenv("E2E_CACHE", e2e_tmpdir());
	r = nothing("builder");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "the data .{1,2}wrong.{1,2} could not be built");
	e2e_unlike(r.out, "not reached");
}

/* A stdout that takes nothing. */
E2E_TEST(output_that_is_lost)
{
	e2e_result r;
	e2e_skip_if(access("/dev/full", W_OK) != 0, "no /dev/full");
	r = e2e_run("sh", "-c", "\"$0\" -k '^first$' >/dev/full", broken("plain"));
	e2e_is_int(r.status, 99);
	r = e2e_run("sh", "-c", "\"$0\" plan >/dev/full", broken("script"));
	e2e_is_int(r.status, 99);
	r = e2e_run("sh", "-c", "\"$0\" --list >/dev/full", broken("plain"));
	e2e_is_int(r.status, 99);
	r = e2e_run("sh", "-c", "\"$0\" -k '^first$' >&-", broken("plain"));
	e2e_is_int(r.status, 99);
	r = e2e_run("sh", "-c", "\"$0\" plan >&-", broken("script"));
	e2e_is_int(r.status, 99);
}

E2E_MAIN()
