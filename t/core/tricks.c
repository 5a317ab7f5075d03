/* What a failing case might do to look like a passing one, and the other way round: t/core/broken/tricks.c does it. */
#include "../golden.h"
#include "../leftovers.h"

/* Runs one case: its status, a piece of its report, and something that must not be in it. */
static void trick(const char *file, int line, const char *name, int status, const char *has, const char *hasnt)
{
	e2e_result r = e2e_run(broken("tricks"), "-k", e2e_printf("^%s$", name));
	e2e__assertion_is_int_at((struct e2e__at){file, line, "status, expected", NULL}, r.status, false, status, false);
	e2e__match_like((struct e2e__at){file, line, "report, expected", NULL}, r.out, has);
	if (hasnt)
		e2e__match_unlike((struct e2e__at){file, line, "report, not expected", NULL}, r.out, hasnt);
}

E2E_TEST(limits_that_nobody_saw)
{
	trick(E2E__AT, "late_block", 1, "not ok 1 - timed out after 0.1 s\n", "not reached");
	trick(E2E__AT, "late_case", 1, "not ok 2 - timed out after 0.1 s\n", NULL);
	trick(E2E__AT, "limit_in_a_forked_child", 1, "not ok 2 - timed out after 0.1 s\n", NULL);
	trick(E2E__AT, "limit_in_a_forked_child_of_the_deaf", 1,
	      "not ok 1 - limit_in_a_forked_child_of_the_deaf\n  ---\n  message: \"timed out after 0[.]1 s\"\n  at: .*/tricks[.]c:[0-9]+\n",
	      NULL);
	trick(E2E__AT, "default_alarm", 1, "message: \"timed out after 0.1 s\"\n", "code: crash");
}

E2E_TEST(hangs_after_the_body, .timeout = 200)
{
	e2e_proc *a, *b;
	e2e_proc_timeout(100);
	a = e2e_spawn(broken("tricks"), "-k", "^hangs_in_the_end$");
	b = e2e_spawn(broken("tricks"), "-k", "^defers_for_ever$");
	e2e_wait_par(E2E_EXPECT(a, 1), E2E_EXPECT(b, 1));
	e2e_like(e2e_stdout(a), "message: \"timed out after 10 s\"\n");
	e2e_like(e2e_stdout(b), "message: \"timed out after 10 s\"\n");
}

E2E_TEST(blocks_left_in_odd_ways)
{
	trick(E2E__AT, "jump_out_of_a_subtest", 1, "\n    not ok 2 - left\n", NULL);
	e2e_like(e2e_run(broken("tricks"), "-k", "jump_out_of_todo").out, "\nnot ok 2 - after_jump_out_of_todo\n");
	trick(E2E__AT, "child_dies_in_a_subtest", 1, "\n    not ok 2 - of the child\n", NULL);
	trick(E2E__AT, "child_returns", 1, "not ok 2 - a forked child came back from the case's code\n", NULL);
}

E2E_TEST(a_child_that_dies_with_the_lock)
{
	trick(E2E__AT, "child_dies_with_the_lock", 0, "\n    ok 1 - after\n", NULL);
}

E2E_TEST(threads)
{
	trick(E2E__AT, "todo_of_another_thread", 1, "\n    not ok 1 - a real failure\n", "TODO");
	trick(E2E__AT, "must_in_a_thread", 1, "\n    not ok 1 - in the thread\n", "not reached");
}

/* Whoever writes what stdio holds must not wait for a thread that reads. */
E2E_TEST(a_thread_that_reads, .timeout = 120)
{
	e2e_result r = e2e_run(broken("reader"), "-v");
	e2e_is_int(r.status, 0, "%s", r.out);
	e2e_like(r.out, "\n# stdout: said\n");
	e2e_setenv("OF_THE_SUITE", "1");
	r = e2e_run(broken("reader"));
	e2e_is_int(r.status, 0, "%s", r.out);
	e2e_like(r.out, "\nok 2 - next\n");
}

E2E_TEST(an_assertion_in_a_signal_handler)
{
	e2e_result r = e2e_run(broken("tricks"), "-k", "^handler_asserts$");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n    ok 1 - before\n    not ok 2 - died of SIGABRT after ");
	e2e_like(r.out, "\n  stderr: \"e2e: a signal handler asserts \\(or jumps\\) in the middle of an assertion: have it set a flag, ");
}

E2E_TEST(values)
{
	e2e_result r = e2e_run(broken("tricks"), "-k", "^wrapped_integers$");
	e2e_is_str(r.err, "# t/core/broken/tricks.c:185: got 18446744073709551615, want -1\n"
			  "# t/core/broken/tricks.c:186: got -1, want 18446744073709551615\n"
			  "# t/core/broken/tricks.c:187: got 18446744073709551615, want < 0\n");
	e2e_like(r.out, "\n    ok 5 - size > 1\n");
	trick(E2E__AT, "described_helper", 0, "\n    ok 20 - inner 19\n    ok 21 - outer\n", NULL);
}

E2E_TEST(names_of_cases)
{
	e2e_is_int(e2e_run(broken("tricks"), "-k", "^(name|yaml|header|setup|add_case)$").status, 0);
}

E2E_TEST(descriptors_up_to_the_limit)
{
	trick(E2E__AT, "leaks_all_descriptors", 0, "\n    # left open: descriptor 3", NULL);
}

E2E_TEST(one_descriptor_for_another)
{
	e2e_result r = e2e_run("sh", "-c", "exec \"$0\" -k swaps_descriptors 9</dev/null", broken("tricks"));

	e2e_is_int(r.status, 0);
	e2e_like(r.out, "\n    # left open: descriptor [3-8] ");
	e2e_unlike(r.out, "descriptor 9");
}

E2E_TEST(exit_in_an_unforked_case)
{
	e2e_result r;
	trick(E2E__AT, "exit_unforked", 0, "\nok 1 - exit_unforked\n", NULL);
	e2e_setenv("EXIT", "1");
	r = e2e_run(broken("tricks"), "-k", "^exit_unforked$");
	e2e_is_int(r.status, 99);
	e2e_like(r.out, "\nBail out! the case exit_unforked called exit\\(\\) after ");
	r = e2e_run(broken("plain"), "--no-fork", "-k", "first");
	e2e_is_int(r.status, 0);
}

/* A guard or known failure of one pair is that pair's alone. */
E2E_TEST(pairs_of_a_matrix)
{
	e2e_result r = e2e_run(broken("data"), "-k", "^matrix$", "--no-skip");
	e2e_is_int(r.status, 1, "the failures of other pairs count");
	e2e_like(r.out, "\n    not ok 8 - beta x musts\n");
	r = e2e_run(broken("data"), "-k", "^matrix$", "--include-case", "skips");
	e2e_like(r.out, "\nok 1 - matrix # SKIP all 2 pairs were skipped, the last one: no skips for beta\n");
	r = e2e_run(broken("data"), "-k", "^matrix$", "--include-case", "skips", "--fail-on-skip");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n    not ok 1 - alpha x skips\n");
}

E2E_TEST(skips_of_the_suite)
{
	e2e_result r;
	e2e_setenv("HOW", "skips");
	r = e2e_run(broken("suite"), "--fail-on-skip");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok 1 - suite set-up\n  ---\n  message: \"skipped: no server here\"\n");
	r = e2e_run(broken("suite"), "--no-skip");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "\nok 1 - one # TODO no server here\n");
}

#ifdef __linux__
/* How many children a process has. */
static int children_of(pid_t pid)
{
	const char *p = e2e__file_read(e2e_printf("/proc/%ld/task/%ld/children", (long)pid, (long)pid), NULL);
	int n = 0;
	for (; p && *p; p++)
		n += *p == ' ';
	return n;
}

/* A test of e2e.h alone takes with it what its case started. */
E2E_TEST(killed_with_programs_of_its_own, .timeout = 100)
{
	const char *mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("tricks"));
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV(mark)}, broken("tricks"), "-k", "^starts_programs$");
	e2e_must(e2e_eventually(20, children_of(p->pid) == 2, "its case and its keeper run"));
	e2e_must(e2e_eventually(20, leftovers(mark) && strstr(leftovers(mark), "sleep"), "the programs run"));
	kill(p->pid, SIGKILL);
	e2e_wait(p, E2E_SIG(SIGKILL));
	e2e_eventually(20, !leftovers(mark), "nothing is left");
}
#endif

/* Many elements are neither all named nor compared each with each. */
E2E_TEST(many, .timeout = 120)
{
	e2e_result r = e2e_run(broken("tricks"), "-k", "^many_elements$");
	e2e_like(r.out, "message: \"missing .{1,2}99.{1,2}; missing .{1,2}98.{1,2}; [^\n]*; missing .{1,2}80.{1,2} and 80 more; extra .{1,2}7777.{1,2}\"\n");
	e2e_like(r.out, ", \\.\\.\\. \\(50000 elements\\)\\]\n");
	e2e_unlike(r.out, "\"79\"");
	r = e2e_run(broken("tricks"), "-k", "^many_members$");
	e2e_like(r.out, "    ok 1 - json is other\n    not ok 2 - json is other\n      ---\n      message: \"\\$\\.a\\.b\\[1\\]\\.c: got 2, want 3\"\n");
	e2e_like(r.out, "\n    ok 3 - [^\n]*\n");
	e2e_like(r.out, "\n    not ok 4 - [^\n]*\n      ---\n      message: \"\\$\\.y: got nothing, want 3\"\n");
	e2e_like(r.out, "\n    not ok 5 - [^\n]*\n      ---\n      message: \"\\$\\.yy: got 3, want nothing\"\n");
}

/* The tested code may call setlocale(); numbers of reports, JSON and configs have a point all the same. */
E2E_TEST(other_locales, .timeout = 120)
{
	const char *error;
	char room[32];
#ifdef __GLIBC__
	if (!setlocale(LC_NUMERIC, "de_DE.UTF-8")) {
		const char *place = e2e_tmpdir();
		char *command = e2e_printf("localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' >'%s/log' 2>&1", place, place);
		e2e_require_command("localedef");
		e2e_skip_if(access("/usr/share/i18n/locales/de_DE", R_OK) != 0, "no source of a locale with a decimal comma");
		e2e_must(e2e_is_int(system(command), 0));
		e2e_setenv("LOCPATH", place);
		e2e_must(e2e_ok(setlocale(LC_NUMERIC, "de_DE.UTF-8") != NULL));
	}
#else
	e2e_skip("this libc has no locale with a decimal comma");
#endif
	e2e_is_str(localeconv()->decimal_point, ",");
	e2e_is_json("[1.5]", "[1.50]");
	e2e_ok(e2e__json_differ(e2e__json_parse("1.5", &error), e2e__json_parse("1.7", &error)) != NULL);
	e2e_is_double(e2e__clock_strtod("2.5", NULL), 2.5, 0);
	e2e_is_str(e2e__clock_number(room, sizeof room, "%g", 1.5), "1.5");
}

E2E_MAIN()
