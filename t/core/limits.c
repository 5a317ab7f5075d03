/* Limits beside the tested code's own alarms, under Ctrl-Z and under a debugger. */
#include "../golden.h"
#ifdef __linux__
#include <sys/ptrace.h>

static volatile sig_atomic_t rang;

static void on_alarm(int sig)
{
	(void)sig;
	rang++;
}

E2E_TEST(alarm_is_the_case_s_own, .timeout = 60)
{
	struct itimerval soon = {{0, 0}, {0, 10000}};

	e2e_is_int(alarm(1000), 0);
	e2e_blocking_with_timeout(30)
	{
		e2e_pass("a block has its limit all the same");
	}
	e2e_cmp_int(alarm(0), ">", 900, "and its end leaves the alarm alone");
	e2e_must(e2e_ok(signal(SIGALRM, on_alarm) != SIG_ERR));
	setitimer(ITIMER_REAL, &soon, NULL);
	while (!rang)
		usleep(1000);
	e2e_is_int(rang, 1);
}

E2E_TEST(an_alarm_without_a_handler, .timeout = 120)
{
	golden("limits", "alarm_rings", 1);
}

/* The state of a process: R, S, T, ... */
static char state_of(pid_t pid)
{
	const char *text = e2e__file_read(e2e_printf("/proc/%ld/stat", (long)pid), NULL);
	const char *paren = text ? strrchr(text, ')') : NULL;

	return paren ? paren[2] : '?';
}

/* The first child of a process, or 0. */
static pid_t child_of(pid_t pid)
{
	const char *text = e2e__file_read(e2e_printf("/proc/%ld/task/%ld/children", (long)pid, (long)pid), NULL);

	return text ? (pid_t)atol(text) : 0;
}

/* The program watches a runner, which watches the case. */
E2E_TEST(ctrl_z_stops_all, .timeout = 120)
{
	const char *go = e2e_printf("%s/go", e2e_tmpdir());
	e2e_proc *p;
	pid_t runner, played;

	e2e_setenv("GO", go);
	p = e2e_spawn(broken("limits"), "-k", "^stopped$");
	e2e_must(e2e_eventually(60, strstr(e2e_stderr(p), "# waits\n") != NULL));
	runner = child_of(p->pid);
	played = child_of(runner);
	kill(p->pid, SIGTSTP);
	e2e_must(e2e_eventually(60, state_of(p->pid) == 'T'));
	e2e_eventually(60, state_of(runner) == 'T');
	e2e_eventually(60, state_of(played) == 'T', "the case stands still");
	e2e__clock_nap(4);
	kill(p->pid, SIGCONT);
	e2e_eventually(60, state_of(played) != 'T', "and goes on");
	close(open(go, O_CREAT | O_WRONLY, 0600));
	e2e_wait(p, 0);
	e2e_like(e2e_stdout(p), "\n    ok 2 - went on\n");
}

/* What a debugger does: holds the program and all that it forks, and lets each go on. */
static int debugged(const char *option)
{
	const char *program = broken("limits");
	int status = 0, result = -1, sig;
	pid_t pid = fork(), who;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(77);
		dup2(open("/dev/null", O_WRONLY), 1);
		setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* which can't be under ptrace */
		execl(program, program, "-k", "^held$", option, (char *)NULL);
		_exit(78);
	}

	if (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL));
		ptrace(PTRACE_CONT, pid, NULL, NULL);
	}
	while ((who = waitpid(-1, &status, __WALL)) > 0) {
		if (who == pid && !WIFSTOPPED(status))
			result = status;
		if (!WIFSTOPPED(status))
			continue;
		sig = WSTOPSIG(status);
		ptrace(PTRACE_CONT, who, NULL, (void *)(intptr_t)(sig == SIGTRAP || sig == SIGSTOP ? 0 : sig));
	}
	return WIFEXITED(result) ? WEXITSTATUS(result) : -1;
}

E2E_TEST(a_debugger_has_time, .timeout = 120)
{
	e2e_is_int(e2e_run(broken("limits"), "-k", "^held$").status, 1);
	e2e_is_int(debugged("--no-fork"), 0);
	e2e_is_int(debugged("--verbose"), 0, "in a case's process");
}
#endif

E2E_MAIN()
