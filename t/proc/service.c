/* Services: of a suite, of a program, and of a whole run; that they are started once and end with the run. */
#include "../golden.h"
#include "../leftovers.h"

static const char *mark, *starts;

E2E_SETUP()
{
	mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("mark"));
	starts = e2e_printf("%s/starts", e2e_tmpdir());
}

/* Starts t/proc/broken/service.c on one case; in a run if there is a folder for it. */
static e2e_proc *user(const char *which, const char *run)
{
	return e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV(mark, e2e_printf("E2E_T_STARTS=%s", starts),
	                                                       e2e_printf("E2E_RUN_DIR=%s", run ? run : ""),
	                                                       e2e_printf("TMPDIR=%s", e2e_tmpdir()))},
	                      broken("service"), "-k", e2e_printf("^%s$", which));
}

static void nothing_left(void)
{
	double until = e2e_now() + 30;
	while (leftovers(mark) && e2e_now() < until)
		usleep(5000);
	e2e_is_str(leftovers(mark), NULL, "nothing is left after the run's end");
}

/* The path that a report names behind these words is there after the program's end. */
static void said_is_there(const char *report, const char *words)
{
	const char *path = strstr(report, words);
	if (path)
		path += strlen(words);
	e2e_must(e2e_ok(path != NULL, "it says \"%s\"", words));
	path = e2e_printf("%.*s", (int)strcspn(path, " )\"\n"), path);
	e2e_is_int(access(path, F_OK), 0, "%s is there", path);
}

/* What prove does for a run: a folder with a FIFO that it holds open. */
static const char *run_folder(void)
{
	const char *dir = e2e_printf("%s/run", e2e_tmpdir());
	e2e_must(e2e_is_int(mkdir(dir, 0700), 0));
	e2e_must(e2e_is_int(mkfifo(e2e_printf("%s/alive", dir), 0600), 0));
	return dir;
}

E2E_TEST(of_a_program)
{
	e2e_proc *p = user("uses.*", NULL);
	e2e_wait(p, 0);
	e2e_like(e2e_stdout(p), "ok 2 - uses_again\n", "the next case has it, too");
	e2e_is_str(e2e__file_read(starts, NULL), "x", "started once");
	nothing_left();
}

E2E_TEST(what_start_may_do)
{
	e2e_proc *p = user("of_.*", NULL);
	e2e_wait(p, 0);
	e2e_like(e2e_stdout(p), "ok 4 - of_a_service\n");
	e2e_is_str(e2e_run("sh", "-c", "ls -d \"$0\"/e2e-run-* 2>/dev/null", e2e_tmpdir()).out, "", "nothing is kept where all is well");
	nothing_left();
	e2e_wait(user("of_a_service", NULL), 0);
	nothing_left();
}

E2E_TEST(of_a_run, .timeout = 120)
{
	enum { N = 10 };
	const char *run = run_folder();
	int hold = open(e2e_printf("%s/alive", run), O_RDWR);
	e2e_proc *p[N + 1];
	for (int i = 0; i < N; i++)
		p[i] = user("uses", run);
	p[N] = NULL;
	e2e_wait_all(p, 0);
	e2e_is_str(e2e__file_read(starts, NULL), "x", "ten programs at once started it once");
	e2e_ok(leftovers(mark) != NULL, "it lives on between programs");
	e2e_proc *late = user("uses", run);
	e2e_wait(late, 0);
	e2e_is_str(e2e__file_read(starts, NULL), "x", "a later program has it, too");
	close(hold);
	nothing_left();
}

/* Stands for prove: holds the FIFO, runs a program, and is killed. */
static int holds(void *run)
{
	if (open(e2e_printf("%s/alive", (const char *)run), O_RDWR | O_CLOEXEC) < 0)
		return 1;
	printf("holding\n");
	fflush(stdout);
	for (;;)
		pause();
}

E2E_TEST(of_a_run_started_by_a_program_in_a_case)
{
	const char *run = run_folder();
	int hold = open(e2e_printf("%s/alive", run), O_RDWR);
	e2e_proc *p = user("nested", run);
	e2e_wait(p, 0);
	e2e_unlike(e2e_stdout(p), "left.running");
	e2e_ok(leftovers(mark) != NULL, "it lives on after the program that started it, and the one around that");
	e2e_wait(user("nested", run), 0);
	e2e_is_str(e2e__file_read(starts, NULL), "x", "started once");
	close(hold);
	nothing_left();
}

E2E_TEST(run_killed)
{
	const char *run = run_folder();
	e2e_proc *prove = e2e_spawn_fn(holds, (void *)(uintptr_t)run);
	e2e_ready(prove, E2E_LINE("holding"));
	e2e_wait(user("uses", run), 0);
	e2e_ok(leftovers(mark) != NULL, "it lives on after the program");
	e2e_signal(prove, SIGKILL);
	e2e_wait(prove, E2E_SIG(SIGKILL));
	nothing_left();
}

/* Twenty test programs for prove, which are one. */
static e2e_proc *prove_twenty(const char *which)
{
	const char *dir = e2e_printf("%s/twenty", e2e_tmpdir());
	char *program = realpath(broken("service"), NULL);
	mkdir(dir, 0700);
	for (int i = 0; i < 20; i++)
		e2e_must(e2e_is_int(symlink(program, e2e_printf("%s/%02d.t", dir, i)), 0));
	free(program);
	e2e_spawn_opts opts = {.env = E2E_ARGV(mark, e2e_printf("E2E_T_STARTS=%s", starts), "E2E_RUN_DIR", "HARNESS_ACTIVE")};
	return e2e_spawn_with(opts, "./prove", "-j2", dir, "::", "-k", which);
}

E2E_TEST(of_prove, .timeout = 120)
{
	e2e_proc *prove = prove_twenty("^uses$");
	e2e_wait(prove, 0, 100);
	e2e_like(e2e_stdout(prove), "Files=20, Tests=20");
	e2e_is_str(e2e__file_read(starts, NULL), "x", "twenty programs started it once");
	nothing_left();
}

#ifdef E2E__LINUX /* elsewhere a dead process that nobody reaps counts as one that prove left behind */
E2E_TEST(prove_killed, .timeout = 120, .tags = "slow")
{
	e2e_proc *prove = prove_twenty("^(uses|stays)$");
	e2e_eventually(60, e2e__file_read(starts, NULL) != NULL);
	usleep(300000);
	e2e_signal(prove, SIGKILL);
	e2e_wait(prove, E2E_SIG(SIGKILL));
	nothing_left();
}
#endif

E2E_TEST(keeper_killed)
{
	const char *run = run_folder();
	int hold = open(e2e_printf("%s/alive", run), O_RDWR);
	pid_t keeper = 0;
	e2e_wait(user("uses", run), 0);
	e2e__service_read(run, "sleeper", NULL, &keeper);
	kill(keeper, SIGKILL);
	nothing_left();
	e2e_wait(user("uses", run), 0);
	e2e_is_str(e2e__file_read(starts, NULL), "xx", "whoever needs it next starts it again");
	close(hold);
	nothing_left();
}

E2E_TEST(death_is_one_bail_out)
{
	e2e_proc *p = user("(kills_it|after)", NULL);
	e2e_wait(p, 99);
	e2e_like(e2e_stdout(p), "\nBail out! service sleeper: sh -c .* has exited: SIGKILL; its log .*/sh.stderr says: the last words");
	e2e_unlike(e2e_stdout(p), "ok 2 - after", "no further case runs");
	said_is_there(e2e_stdout(p), "; its log ");
	nothing_left();
}

E2E_TEST(start_fails)
{
	e2e_proc *p = user("returns_null", NULL);
	e2e_wait(p, 1);
	e2e_like(e2e_stdout(p), "service none couldn't be started: start\\(\\) returned NULL");
	said_is_there(e2e_stdout(p), "its logs are in ");
	p = user("nothing_spawned", NULL);
	e2e_wait(p, 1);
	e2e_like(e2e_stdout(p), "service nothing couldn't be started: start\\(\\) has spawned nothing");
	p = user("dies_at_start", NULL);
	e2e_wait(p, 1);
	e2e_like(e2e_stdout(p), "has exited after .* instead of becoming ready");
	p = user("one_has_ended", NULL);
	e2e_wait(p, 1);
	e2e_like(e2e_stdout(p), "service ended couldn't be started: its process has ended");
	p = user("bad_name", NULL);
	e2e_wait(p, 1);
	e2e_like(e2e_stdout(p), "a service can't have the name");
	nothing_left();
}

E2E_TEST(keeper_ends)
{
	e2e_proc *p = user("crashes_at_start", NULL);
	e2e_wait(p, 1);
	e2e_like(e2e_stdout(p), "service crashes couldn't be started: start\\(\\) has died of SIGSEGV");
	p = user("leaves_at_start", NULL);
	e2e_wait(p, 1);
	e2e_like(e2e_stdout(p), "couldn't be started: start\\(\\) has ended the process it runs in, with exit code 7");
	p = user("keeper_crashes", NULL);
	e2e_wait(p, 99);
	e2e_like(e2e_stdout(p), "Bail out! service sleeper: its keeper \\(pid [0-9]+\\) has ended with SIGKILL, and the service is gone");
	nothing_left();
}

/* What a service has said since the case began to use it; the service that it uses, too. */
static void tails_shown(const char *report)
{
	e2e_like(report, "inner/sh.stdout: \\|\n *\\(what the case added to .*/inner/sh.stdout\\)\n *said two\n");
	e2e_unlike(report, "outer/sh.stdout", "nothing was added there");
	said_is_there(report, "what the case added to ");
}

E2E_TEST(tails_in_failures)
{
	e2e_proc *p = user("tells_.*", NULL);
	e2e_wait(p, 1);
	tails_shown(e2e_stdout(p));
	p = user("tells_2", NULL);
	e2e_wait(p, 1);
	e2e_like(e2e_stdout(p), "outer/sh.stdout: \\|\n *\\(all of .*/outer/sh.stdout\\)\n *outer begins\n", "all that it said in the case that started it");
	e2e_like(e2e_stdout(p), "\\(all of .*/inner/sh.stdout\\)\n *begins\n *said two\n");
	nothing_left();
}

E2E_TEST(logs_stay_under_prove)
{
	const char *dir = e2e_printf("%s/one", e2e_tmpdir());
	char *program = realpath(broken("service"), NULL);
	e2e_must(e2e_is_int(mkdir(dir, 0700), 0));
	e2e_must(e2e_is_int(symlink(program, e2e_printf("%s/1.t", dir)), 0));
	free(program);
	e2e_spawn_opts opts = {.env = E2E_ARGV(mark, e2e_printf("TMPDIR=%s", e2e_tmpdir()), "E2E_RUN_DIR", "HARNESS_ACTIVE")};
	e2e_proc *prove = e2e_spawn_with(opts, "./prove", dir, "::", "-k", "^tells_.*$");
	e2e_wait(prove, 1, 100);
	said_is_there(e2e_printf("%s%s", e2e_stdout(prove), e2e_stderr(prove)), "what the case added to ");
	prove = e2e_spawn_with(opts, "./prove", dir, "::", "-k", "^tells_1$");
	e2e_wait(prove, 0, 100);
	e2e_is_str(e2e_run("sh", "-c", "ls -d \"$0\"/e2e.[0-9]* | wc -l", e2e_tmpdir()).out, "1\n", "only the failed run's folder stays");
	nothing_left();
}

E2E_TEST(relative_tmpdir)
{
	char *program = realpath(broken("service"), NULL);
	e2e_spawn_opts opts = {.cwd = e2e_tmpdir(), .env = E2E_ARGV(mark, "TMPDIR=.", e2e_printf("E2E_T_STARTS=%s", starts), "E2E_RUN_DIR")};
	e2e_is_int(e2e_run_with(opts, program, "-k", "^(uses|uses_elsewhere|of_.*)$").status, 0);
	free(program);
	nothing_left();
}

/* It is begun by the first call: the process that stays behind must not keep the service's lock. */
E2E_TEST(twice_in_a_script)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(mark, "E2E_RUN_DIR")}, broken("script"));
	e2e_is_int(r.status, 0, "%s", r.out);
	nothing_left();
}

E2E_TEST(of_a_suite)
{
	const char *stop = e2e_printf("%s/stop", e2e_tmpdir());
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(mark, e2e_printf("E2E_T_STOP=%s", stop))},
	                            broken("suite"), "-k", "^(one|three|four)$");
	e2e_is_int(r.status, 0, "a suite's process serves all cases: %s", r.out);
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(mark, e2e_printf("E2E_T_STOP=%s", stop))}, broken("suite"));
	e2e_is_int(r.status, 99);
	e2e_like(r.out, "\nok 1 - one\n");
	e2e_like(r.out, "Bail out! sh -c .* of the suite has exited: exit code 3; its log .*/sh.stderr says: out of luck");
	e2e_unlike(r.out, "- three", "no further case runs");
	e2e_result told = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(mark, e2e_printf("E2E_T_STOP=%s", e2e_printf("%s/never", e2e_tmpdir())))},
	                               broken("suite"), "-k", "^tells$");
	e2e_is_int(told.status, 1);
	e2e_like(told.out, "suite/sh.stdout: \\|\n *\\(what the case added to [^)]*\\)\n *told\n");
	e2e_is_int((long long)(strstr(strstr(r.out, "Bail out!") + 1, "Bail out!") != NULL), 0, "it is said once");
	nothing_left();
}

E2E_MAIN()
