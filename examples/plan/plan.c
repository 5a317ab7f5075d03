/* plan.c - subprocess plans: each operator, and what is said when it fails.
 *
 * A case is a plan: what it starts is its own, its operations run at once, one after the other, and
 * every exit is anticipated. A case shows an operator at work, and then has broken/plan.c do the
 * same wrongly: fails() runs that program's case and looks at its report. To see such a report as
 * a user does:
 *
 *	examples/plan/broken/plan.bin -k wait_for_another_status
 *
 * The operators are those of flumotion.twisted.integration; README.md has theirs beside ours. */
#include "e2e_proc.h"

/* The failing case's report, which must have this code and say this (regular expressions). */
static const char *fails(const char *which, const char *code, const char *message)
{
	/* A case that fails keeps its folder; there it goes with this one's. */
	e2e_spawn_opts opts = {.env = E2E_ARGV(e2e_printf("TMPDIR=%s", e2e_tmpdir()))};
	e2e_result r =
		e2e_run_with(opts, e2e_data("broken/plan.bin"), "-k", e2e_printf("^%s$", which));

	e2e_is_int(r.status, 1, "%s fails", which);
	e2e_like(r.out, e2e_printf("\n  code: %s\n", code));
	e2e_like(r.out, e2e_printf("\n  message: .*%s", message));
	return r.out;
}

/* --- spawn: starts a command --- */

E2E_TEST(spawn)
{
	e2e_proc *echo = e2e_spawn("echo", "hello world");
	e2e_wait(echo, 0);
	e2e_is_str(e2e_stdout(echo), "hello world\n"); /* a plan knows what its processes said */

	/* Nothing has run when it is found out. */
	fails("spawn_what_is_not_there", "not-found", "no-such-server");
	fails("spawn_a_folder", "not-executable", "/tmp");
}

/* --- wait: an exit, and the right one --- */

E2E_TEST(wait)
{
	e2e_wait(e2e_spawn("sh", "-c", "exit 3"), 3);
	e2e_wait(e2e_spawn("sh", "-c", "kill -USR1 $$"), E2E_SIG(SIGUSR1));

	const char *report =
		fails("wait_for_another_status", "wrong-exit", "ended with exit code 3");
	e2e_like(report, "\n  want: exit code 0\n");
	e2e_like(report, "cannot open the database"); /* its last words are in the report */

	/* A signal is no exit code: a crash is never mistaken for the end that was wanted. */
	fails("wait_for_a_crash", "wrong-exit", "SIGSEGV");
}

/* --- spawn_par, wait_par: several at once, in whatever order they end --- */

E2E_TEST(in_parallel)
{
	e2e_proc **p = e2e_spawn_par(E2E_ARGV("sh", "-c", "sleep 0.1; exit 1"), E2E_ARGV("true"),
		E2E_ARGV("echo", "three"));
	e2e_wait_par(E2E_EXPECT(p[0], 1), E2E_EXPECT(p[1], 0), E2E_EXPECT(p[2], 0));
	e2e_is_str(e2e_stdout(p[2]), "three\n");

	/* It says which one. */
	fails("one_of_three_ends_otherwise", "wrong-exit", "exit 2.*exit code 2, not exit code 0");
	/* Where one command isn't there, none is started. */
	const char *report = fails("one_of_two_is_not_there", "not-found", "no-such-client");
	e2e_unlike(report, "started: ");
}

/* --- kill, stop: SIGTERM, and then the end --- */

E2E_TEST(kill_and_stop)
{
	e2e_kill(e2e_spawn("sleep", "1000"));

	e2e_proc *server = e2e_spawn(
		"sh", "-c", "trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.01; done");
	e2e_ready(server, E2E_LINE("^up$"));
	e2e_stop(server, 7);
	e2e_is_str(e2e_stdout(server), "up\nbye\n");

	fails("kill_what_ignores_it", "timeout", "didn't end within 0.3 s after SIGTERM");
	fails("kill_what_is_dead", "unexpected-exit", "sh -c 'exit 5'");
	fails("kill_what_fails_to_tidy_up", "wrong-exit", "exit code 9");
}

/* --- a function instead of a command; theirs is a thread, ours a process: it can be killed --- */

static int count_to(void *arg)
{
	for (int i = 1; i <= *(int *)arg; i++)
		printf("%d\n", i);
	return 0;
}

E2E_TEST(spawn_fn)
{
	int three = 3;
	e2e_proc *p = e2e_spawn_fn(count_to, &three);
	e2e_wait(p, 0);
	e2e_is_str(e2e_stdout(p), "1\n2\n3\n");

	fails("function_returns_another_number", "wrong-exit", "gives_four.*exit code 4");
}

/* --- timeouts: of a wait, of all waits, of the case --- */

E2E_TEST(timeouts)
{
	e2e_proc_timeout(60); /* of all that follows; 20 s if nothing is said */
	e2e_wait(e2e_spawn("sleep", "0.01"), 0);
	e2e_wait(e2e_spawn("sleep", "0.01"), 0, 30); /* of this one */

	fails("wait_too_long", "timeout", "sleep 1000 .*didn't end within 0.2 s");
	const char *report = fails("case_takes_too_long", "timeout", "timed out after 0.3 s");
	e2e_like(report, "\n  hint: .*waiting for the end of sleep 1000"); /* what it was at */
}

/* --- exits are anticipated: whoever else ends, ends the case, and at once --- */

E2E_TEST(unexpected_exits)
{
	e2e_proc *job = e2e_spawn("sh", "-c", "exit 0"), *other = e2e_spawn("sleep", "1000");
	e2e_ends(job, 0); /* but this one may end when it likes */
	e2e_eventually(30, e2e_exited(job));
	e2e_kill(other);
	e2e_wait(job, 0);

	/* The server has died, so nobody waits a minute for its client. */
	e2e_within(50) fails("server_dies_in_a_wait", "unexpected-exit", "server-config");
	fails("server_dies_between", "unexpected-exit", "has exited");
	fails("nobody_waits", "unexpected-exit", "nobody waited for it");
}

/* --- the plan's end: nothing is left --- */

E2E_TEST(nothing_is_left)
{
	e2e_wait(e2e_spawn("sh", "-c", "sleep 0.01 & wait"), 0);

	fails("still_running", "still-running", "sleep 4242");
	/* Not its own child, but its child's: flumotion didn't see it. */
	fails("a_grandchild_is_left", "leaked-process", "has left processes behind: sleep");
}

/* --- logs: NAME.stdout and NAME.stderr, -1 for the second one; kept if the case fails --- */

E2E_TEST(logs)
{
	e2e_proc *one = e2e_spawn("echo", "one"), *two = e2e_spawn("/bin/echo", "two");
	e2e_wait_par(E2E_EXPECT(one, 0), E2E_EXPECT(two, 0));
	const char *dir = e2e_tmpdir();
	e2e_is_str(e2e_read_file(e2e_printf("%s/echo.stdout", dir), NULL), "one\n");
	e2e_is_str(e2e_read_file(e2e_printf("%s/echo-1.stdout", dir), NULL), "two\n");

	const char *report = fails("says_why_and_fails", "wrong-exit", "sh");
	const char *folder = strstr(report, "\n  folder: ");
	e2e_must(e2e_ok(folder != NULL, "the report names the folder"));
	folder = e2e_printf("%.*s", (int)strcspn(folder + 11, "\n"), folder + 11);
	e2e_is_str(e2e_read_file(e2e_printf("%s/sh.stderr", folder), NULL), "no space left\n");
}

/* --- what a process finds: the case's environment, and nothing to read --- */

E2E_TEST(environment)
{
	e2e_setenv("PLAN_DEBUG", "5"); /* for all of the case; flumotion sets FLU_DEBUG=5 */
	e2e_is_str(e2e_run("sh", "-c", "echo $PLAN_DEBUG; cat").out, "5\n");
	e2e_is_str(e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("PLAN_DEBUG=1")}, "sh", "-c",
			   "echo $PLAN_DEBUG")
			   .out,
		"1\n");
}

/* --- operations run at once, so what one has seen is there for the next --- */

E2E_TEST(a_plan_knows_its_state)
{
	e2e_proc *server = e2e_spawn("sh", "-c", "echo serving box-$$; exec sleep 1000");
	e2e_ready(server, E2E_LINE("^serving (.*)$"));
	e2e_is_str(e2e_run("echo", e2e_capture(server, 1)).out,
		e2e_printf("box-%ld\n", (long)server->pid));
	e2e_kill(server);

	fails("server_is_never_ready", "not-ready", "serving");
}

E2E_MAIN()
