/* Nothing outlives a test: t/proc/broken/ops.c is killed in the middle of each operation, by SIGKILL, SIGTERM and SIGINT,
 * once the test as a whole and once the case's process alone. Soon nothing of its tree may be there. */
#include "../golden.h"
#include "../leftovers.h"

/* The process of the case: the child of the test that isn't its keeper. 0 until the keeper has its name. */
static pid_t case_of(pid_t test)
{
	char *children = e2e__file_read(e2e_printf("/proc/%ld/task/%ld/children", (long)test, (long)test), NULL), *next;
	pid_t other = 0;
	bool keeper = false;
	for (; children; children = next) {
		long pid = strtol(children, &next, 10);
		if (next == children)
			break;
		const char *name = e2e__file_read(e2e_printf("/proc/%ld/comm", pid), NULL);
#ifdef E2E__LINUX
		if (name && !strcmp(name, "e2e-keeper\n"))
#else
		if (name && !keeper) /* it has no name of its own, but is the eldest */
#endif
			keeper = true;
		else if (!other) /* later ones are orphans of the case */
			other = (pid_t)pid;
	}
	return keeper ? other : 0;
}

static void killed_in(const char *name, int signo, bool the_case)
{
	const char *mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("mark"));
	const char *tmp = e2e_printf("%s/tmp-%s-%d-%d", e2e_tmpdir(), name, signo, the_case);
	const char *memory = e2e_printf("%s/memory", tmp), *to = e2e_printf("TMPDIR=%s", tmp);
	mkdir(tmp, 0700);
	mkdir(memory, 0700);
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV(mark, to, e2e_printf("E2E_LOGS=%s", memory))},
	                             broken("ops"), "-k", e2e_printf("^%s$", name), "--timeout", "100");
	e2e_ready(p, E2E_LINE("^blocked$"));
	e2e_ok(leftovers(mark) != NULL, "something of %s runs", name);
	usleep((useconds_t)(e2e_rand() % (strstr(name, "service") ? 50000 : 5000))); /* another moment each time */
	if (the_case) {
		pid_t pid = 0;
		e2e_must(e2e_eventually(30, (pid = case_of(p->pid)) > 0));
		kill(pid, signo);
		e2e_wait(p, 1);
	} else if (signo == SIGKILL) {
		kill(p->pid, signo);
		e2e_wait(p, E2E_SIG(SIGKILL));
	} else {
		e2e_signal(p, signo);
		e2e_wait(p, signo == SIGTERM ? 1 : E2E_SIG(signo)); /* SIGTERM fails the case, Ctrl-C ends the program */
	}
	double until = e2e_now() + 30;
	const char *left;
	while ((left = leftovers(mark)) && e2e_now() < until)
		usleep(5000);
	e2e_is_str(left, NULL, "%s: what is left after %s", name, e2e__clock_signal_name(signo));
	e2e_ok(rmdir(memory) == 0, "%s: no log is left in memory", name);
	if (!strcmp(name, "in_wait"))
		e2e_is_int(e2e_run("sh", "-c", "ls \"$0\"/e2e-ops.bin.in_wait-*/sh.stdout", tmp).status, 0, "it is in the folder");
}

static const char *const ops[] = {"in_spawn", "in_run",  "in_wait",   "in_wait_par",  "in_kill",   "in_stop",   "in_ready",
                                  "in_expect", "in_send", "in_own_code", "in_accept", "in_service", "in_service_start"};

static void each(int signo, bool the_case)
{
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		killed_in(ops[i], signo, the_case);
}

/* Services live as long as a run of prove; here the test is the run. */
E2E_SETUP()
{
	e2e_setenv("E2E_RUN_DIR", NULL);
}

E2E_TEST(test_killed, .timeout = 300) { each(SIGKILL, false); }
E2E_TEST(case_killed, .timeout = 300) { each(SIGKILL, true); }
E2E_TEST(test_terminated, .timeout = 300) { each(SIGTERM, false); }
E2E_TEST(test_interrupted, .timeout = 300) { each(SIGINT, false); }

#ifdef E2E__LINUX
/* What has neither group nor environment of the test any more is known as its orphan. */
E2E_TEST(test_killed_with_a_bare_daemon, .timeout = 100)
{
	const char *numbers = e2e_printf("%s/numbers", e2e_tmpdir());
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("E2E_T_NUMBERS=%s", numbers))}, broken("ops"), "-k",
	                             "^with_a_bare_daemon$", "--timeout", "100");
	long daemon = 0, child = 0;
	e2e_ready(p, E2E_LINE("^blocked$"), E2E_FILE(numbers));
	e2e_must(e2e_is_int(sscanf(e2e__file_read(numbers, NULL), "%ld %ld", &daemon, &child), 2));
	e2e_is_int(kill((pid_t)daemon, 0), 0, "the daemon runs");
	usleep((useconds_t)(1000000 + e2e_rand() % 500000)); /* the keeper has looked; it may sleep by now */
	kill(p->pid, SIGKILL);
	e2e_wait(p, E2E_SIG(SIGKILL));
	e2e_eventually(30, kill((pid_t)daemon, 0) != 0 || e2e__system_zombie((pid_t)daemon));
	e2e_eventually(30, kill((pid_t)child, 0) != 0 || e2e__system_zombie((pid_t)child));
}

/* What a shell has started before it became the test is a child of the test, and not the test's. */
E2E_TEST(test_killed_beside_a_shell_s_daemon, .timeout = 100)
{
	const char *numbers = e2e_printf("%s/numbers", e2e_tmpdir()), *neighbour = e2e_printf("%s/neighbour", e2e_tmpdir());
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("E2E_T_NUMBERS=%s", numbers))}, "sh", "-c",
	                             "env -i setsid sleep 300 & echo $! >\"$0\"; sleep 0.1; exec \"$@\"", neighbour, broken("ops"), "-k",
	                             "^with_a_bare_daemon$", "--timeout", "100");
	long daemon = 0, child = 0, other = 0;
	e2e_ready(p, E2E_LINE("^blocked$"), E2E_FILE(numbers), E2E_FILE(neighbour));
	e2e_must(e2e_is_int(sscanf(e2e__file_read(numbers, NULL), "%ld %ld", &daemon, &child), 2));
	e2e_must(e2e_is_int(sscanf(e2e__file_read(neighbour, NULL), "%ld", &other), 1));
	usleep(1000000); /* the keeper has looked */
	kill(p->pid, SIGKILL);
	e2e_wait(p, E2E_SIG(SIGKILL));
	e2e_eventually(30, kill((pid_t)daemon, 0) != 0 || e2e__system_zombie((pid_t)daemon));
	e2e_ok(kill((pid_t)other, 0) == 0 && !e2e__system_zombie((pid_t)other), "the shell's daemon lives");
	kill((pid_t)other, SIGKILL);
	e2e_eventually(30, kill((pid_t)other, 0) != 0 || e2e__system_zombie((pid_t)other));
}
#endif

E2E_MAIN()
