/* A program that is told to end: SIGTERM fails the running case and says what it waited for; only Ctrl-C ends the run without
 * a result. t/core/broken/interrupt.c and t/core/broken/wait.c (a script) are ended in each place. */
#include "../golden.h"

/* Runs the cases and signals the program, n times, once one of them waits. */
static e2e_proc *ended(const char *program, const char *argument, const char *cases, int sig, int n)
{
	e2e_proc *p = cases ? e2e_spawn(broken(program), argument, cases, "--seed", "1") : e2e_spawn(broken(program), argument);
	e2e_must(e2e_eventually(60, strstr(e2e_stderr(p), "# waits\n") != NULL, "%s waits", cases ? cases : argument));
	while (n--)
		kill(p->pid, sig); /* not e2e_signal: it may be gone after the first one */
	return p;
}

/* What the report says of the points. */
static const char *points_of(const char *out)
{
	const char *end;
	E2E__BUF(b, 512);
	b.p[0] = 0;
	for (; *out; out = *end ? end + 1 : end) {
		const char *p = out + strspn(out, " ");
		end = out + strcspn(out, "\n");
		if (strncmp(p, "ok ", 3) != 0 && strncmp(p, "not ok ", 7) != 0 && strncmp(p, "Bail", 4) != 0 &&
		    strncmp(p, "1..", 3) != 0)
			continue;
		e2e__buf_add(&b, out, (size_t)(end - out));
		e2e__buf_adds(&b, "\n");
	}
	return e2e__memory_taken(&b);
}

E2E_TEST(the_report)
{
	e2e_proc *p = ended("interrupt", "-k", "^(cleanup_runs|next|passes)$", SIGTERM, 1);
	const char *out, *left;
	e2e_wait(p, 1);
	out = scrubbed(e2e_stdout(p));
	left = strstr(out, "  left_running: "); /* the path of the program is another one elsewhere */
	e2e_must(e2e_ok(left != NULL, "the child was taken along"));
	e2e_is_str(e2e_printf("%.*s%s", (int)(left - out), out, left + strcspn(left, "\n") + 1),
		   "TAP version 14\n"
		   "# Subtest: cleanup_runs\n"
		   "    ok 1 - before\n"
		   "    # waits\n"
		   "    not ok 2 - terminated by SIGTERM\n"
		   "      ---\n"
		   "      message: \"terminated by SIGTERM\"\n"
		   "      at: t/core/broken/interrupt.c:12\n"
		   "      code: terminated\n"
		   "      hint: \"it was last seen at t/core/broken/interrupt.c:12, waiting for something\"\n"
		   "      ...\n"
		   "    # the deferred function ran\n"
		   "    1..2\n"
		   "not ok 1 - cleanup_runs\n"
		   "  ---\n"
		   "  message: \"terminated by SIGTERM\"\n"
		   "  at: t/core/broken/interrupt.c:12\n"
		   "  code: terminated\n"
		   "  hint: \"it was last seen at t/core/broken/interrupt.c:12, waiting for something\"\n"
		   "  failed: 1 of 2 assertions\n"
		   "  ...\n"
		   "ok 2 - next # SKIP not run: terminated by SIGTERM\n"
		   "ok 3 - passes # SKIP not run: terminated by SIGTERM\n"
		   "1..3\n");
	e2e_is_str(e2e_stderr(p), "# waits\n"
				  "# t/core/broken/interrupt.c:12: terminated by SIGTERM\n"
				  "# the suite's tear-down ran\n");
}

static void points(const char *file, int line, const char *option, const char *cases, int sig, int n, const char *want)
{
	e2e_proc *p = ended("interrupt", option, cases, sig, n);
	e2e_wait(p, 1);
	e2e__assertion_is_str((struct e2e__at){file, line, "points, expected", NULL}, points_of(e2e_stdout(p)), want);
	e2e__match_like((struct e2e__at){file, line, "stderr, expected", NULL}, e2e_stderr(p), "# the suite's tear-down ran\n");
}

E2E_TEST(in_each_place, .timeout = 200)
{
	points(E2E__AT, "-k", "^(subtests|last)$", SIGTERM, 1,
	       "            ok 1 - before\n"
	       "            not ok 2 - terminated by SIGTERM\n"
	       "            1..2\n"
	       "        not ok 1 - inner\n"
	       "        1..1\n"
	       "    not ok 1 - outer\n"
	       "    1..1\n"
	       "not ok 1 - subtests\n"
	       "ok 2 - last # SKIP not run: terminated by SIGTERM\n"
	       "1..2\n");
	points(E2E__AT, "-k", "^(pairs|last)$", SIGHUP, 1,
	       "        ok 1 - of a\n"
	       "        1..1\n"
	       "    ok 1 - a x one\n"
	       "        ok 1 - before\n"
	       "        not ok 2 - terminated by SIGHUP\n"
	       "        1..2\n"
	       "    not ok 2 - b x one\n"
	       "    1..2\n"
	       "not ok 1 - pairs\n"
	       "ok 2 - last # SKIP not run: terminated by SIGHUP\n"
	       "1..2\n");
	points(E2E__AT, "-k", "^(known|last)$", SIGTERM, 1,
	       "    ok 1 - before\n"
	       "    not ok 2 - terminated by SIGTERM\n"
	       "    1..2\n"
	       "not ok 1 - known\n"
	       "ok 2 - last # SKIP not run: terminated by SIGTERM\n"
	       "1..2\n");
	points(E2E__AT, "-k", "^(next|deaf|last)$", SIGTERM, 1,
	       "    ok 1\n"
	       "    1..1\n"
	       "ok 1 - next\n"
	       "        ok 1 - before\n"
	       "        not ok 2 - terminated by SIGTERM\n"
	       "        1..2\n"
	       "    not ok 1 - inner\n"
	       "    1..1\n"
	       "not ok 2 - deaf\n"
	       "ok 3 - last # SKIP not run: terminated by SIGTERM\n"
	       "1..3\n");
}

static const char cleaned_up[] = "    ok 1 - before\n"
				 "    not ok 2 - terminated by SIGTERM\n"
				 "    1..2\n"
				 "not ok 1 - cleanup_runs\n"
				 "ok 2 - last # SKIP not run: terminated by SIGTERM\n"
				 "1..2\n";

E2E_TEST(more_than_once)
{
	points(E2E__AT, "-k", "^(cleanup_runs|last)$", SIGTERM, 5, cleaned_up);
}

/* Without a process of its own the case leaves by itself. */
E2E_TEST(not_isolated)
{
	e2e_setenv("E2E_NO_FORK", "1");
	points(E2E__AT, "-k", "^(known|last)$", SIGTERM, 3,
	       "    ok 1 - before\n"
	       "    not ok 2 - terminated by SIGTERM\n"
	       "    1..2\n"
	       "not ok 1 - known\n"
	       "ok 2 - last # SKIP not run: terminated by SIGTERM\n"
	       "1..2\n");
	e2e_setenv("E2E_NO_FORK", NULL);
	points(E2E__AT, "-k", "^(unforked|last)$", SIGTERM, 1,
	       "    ok 1 - before\n"
	       "    not ok 2 - terminated by SIGTERM\n"
	       "    1..2\n"
	       "not ok 1 - unforked\n"
	       "ok 2 - last # SKIP not run: terminated by SIGTERM\n"
	       "1..2\n");
}

E2E_TEST(fixtures)
{
	e2e_proc *p;
	e2e_setenv("HANGS", "tear-down");
	points(E2E__AT, "-k", "^(passes|last)$", SIGTERM, 1,
	       "    ok 1\n"
	       "    ok 2 - before\n"
	       "    not ok 3 - terminated by SIGTERM\n"
	       "    1..3\n"
	       "not ok 1 - passes\n"
	       "ok 2 - last # SKIP not run: terminated by SIGTERM\n"
	       "1..2\n");
	e2e_setenv("HANGS", "suite set-up");
	p = ended("interrupt", "-k", "^(passes|last)$", SIGTERM, 1);
	e2e_wait(p, 1);
	e2e_is_str(points_of(e2e_stdout(p)),
		   "not ok 1 - suite set-up\n"
		   "ok 2 - passes # SKIP the suite's set-up failed: terminated by SIGTERM at t/core/broken/interrupt.c:12\n"
		   "ok 3 - last # SKIP the suite's set-up failed: terminated by SIGTERM at t/core/broken/interrupt.c:12\n"
		   "1..3\n");
	e2e_setenv("HANGS", "suite tear-down");
	points(E2E__AT, "-k", "^last$", SIGTERM, 1,
	       "    ok 1\n"
	       "    1..1\n"
	       "ok 1 - last\n"
	       "not ok 2 - suite tear-down\n"
	       "1..2\n");
}

static void script(const char *how, const char *want)
{
	e2e_proc *p = ended("wait", how, NULL, SIGTERM, 2);
	e2e_wait(p, 1);
	e2e_is_str(points_of(e2e_stdout(p)), want, "script: %s", how);
	e2e_like(e2e_stdout(p), "\n  message: \"terminated by SIGTERM\"\n  at: t/core/broken/wait.c:[0-9]+\n  code: terminated\n");
}

E2E_TEST(scripts)
{
	static const char planned[] = "1..3\n"
				      "ok 1 - before\n"
				      "not ok 2 - terminated by SIGTERM\n"
				      "ok 3 # SKIP not run: terminated by SIGTERM\n";
	script("plain", "ok 1 - before\nnot ok 2 - terminated by SIGTERM\n1..2\n");
	script("plan", planned);
	script("deaf", planned);
	e2e_setenv("E2E_NO_FORK", "1");
	script("plan", planned);
}

/* Ctrl-C is somebody who wants to see no more: cleanup runs, nothing stays, the program dies of it. */
E2E_TEST(interrupted)
{
	e2e_proc *p = ended("interrupt", "-k", "^(cleanup_runs|last)$", SIGINT, 1);
	e2e_wait(p, E2E_SIG(SIGINT));
	e2e_is_str(e2e_stdout(p), "TAP version 14\n"
				  "# Subtest: cleanup_runs\n"
				  "    ok 1 - before\n"
				  "    # waits\n"
				  "    # the deferred function ran\n"
				  "Bail out! interrupted by SIGINT\n");
	p = ended("interrupt", "-k", "^in_a_folder$", SIGINT, 1);
	e2e_wait(p, E2E_SIG(SIGINT));
	e2e_like(e2e_stdout(p), "    ok 1 - (/[^\n]*)\n(.*\n)*# kept: /[^\n]*in_a_folder-[^\n]*\nBail out! interrupted by SIGINT\n");
	e2e_is_int(e2e_run("sh", "-c", "rmdir \"$(sed -n 's/^# kept: //p' \"$0\")\"", e2e_printf("%s/interrupt.bin-1.stdout", e2e_tmpdir()))
			   .status, 0, "the folder that it names is there");
	p = ended("wait", "plan", NULL, SIGINT, 1);
	e2e_wait(p, E2E_SIG(SIGINT));
	e2e_like(e2e_stdout(p), "\nBail out! interrupted by SIGINT\n");
}

/* Who asks nicely and then presses Ctrl-C wants to see no more, either. */
E2E_TEST(terminated_and_interrupted)
{
	e2e_proc *p = ended("interrupt", "-k", "^(next|deaf|last)$", SIGTERM, 1);
	kill(p->pid, SIGINT);
	e2e_wait(p, E2E_SIG(SIGINT));
	e2e_unlike(e2e_stdout(p), "ok 4");
}

E2E_MAIN()
