/* Jobs that end when they like, process groups, daemons. */
#include "../golden.h"

E2E_TEST(any_order)
{
	const char *fifo = e2e_printf("%s/fifo", e2e_tmpdir());
	e2e_must(e2e_is_int(mkfifo(fifo, 0600), 0));
	e2e_proc *slow = e2e_spawn("sh", "-c", "read -r word <\"$0\"; echo $word", fifo), *quick = e2e_spawn("true");
	e2e_ends(slow, 0);
	e2e_ends(quick, 0);
	e2e_eventually(20, e2e_exited(quick));
	e2e_is_int(e2e_run("true").status, 0, "an operation between");
	e2e_is_int(e2e_run("sh", "-c", "echo word >\"$0\"", fifo).status, 0);
	e2e_wait(slow, 0);
	e2e_is_str(e2e_stdout(slow), "word\n", "a job's result is looked at later");
	e2e_wait(quick, 0);
}

E2E_TEST(the_case_waits)
{
	const char *fifo = e2e_printf("%s/fifo", e2e_tmpdir());
	e2e_must(e2e_is_int(mkfifo(fifo, 0600), 0));
	e2e_ends(e2e_spawn("sh", "-c", "read -r word <\"$0\"; exit 3", fifo), 3);
	e2e_ends(e2e_spawn("sh", "-c", "sleep 0.1; echo x >\"$0\"", fifo), 0);
	e2e_pass();
}

static int dies(void *arg)
{
	(void)arg;
	return raise(SIGTERM);
}

E2E_TEST(any_status)
{
	e2e_ends(e2e_spawn_fn(dies, NULL), E2E_SIG(SIGTERM));
	e2e_proc *p = e2e_spawn("sh", "-c", "exit 3");
	e2e_ends(p, 3);
	e2e_eventually(20, e2e_exited(p));
	e2e_kill(p);
}

E2E_TEST(group)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "trap : USR1; (trap 'echo child; exit' USR1; echo up; while :; do sleep 0.01; done) & wait; echo parent; wait");
	e2e_ready(p, E2E_LINE("^up$"));
	e2e_signal_group(p, SIGUSR1);
	e2e_wait(p, 0);
	e2e_like(e2e_stdout(p), "child");
	e2e_like(e2e_stdout(p), "parent");
}

#ifdef E2E__LINUX
static const char *daemonise(const char *what)
{
	const char *file = e2e_printf("%s/daemon.pid", e2e_tmpdir());
	e2e_result r = e2e_run("sh", "-c", "setsid -f sh -c 'sleep 0.05; echo $$ >\"$0\"; exec >/dev/null 2>&1; eval \"$1\"' \"$0\" \"$1\"", file, what);
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
	return file;
}

E2E_TEST(daemon_is_adopted)
{
	e2e_proc *p = e2e_adopt(daemonise("exec sleep 76545"));
	struct e2e__stat st;
	e2e_like(p->name, "^daemon$");
	e2e_kill(p);
	e2e__system_stat_read(p->pid, &st);
	e2e_ok(!p->running && (!st.state || st.state == 'Z'), "it is gone");
}

E2E_TEST(daemon_ends)
{
	const char *stop = e2e_printf("%s/stop", e2e_tmpdir());
	e2e_proc *p = e2e_adopt(daemonise(e2e_printf("while [ ! -e '%s' ]; do sleep 0.01; done; exit 4", stop)));
	e2e_ends(p, 4);
	close(open(stop, O_CREAT | O_WRONLY, 0600));
	e2e_wait(p, 4);
}

E2E_TEST(daemons_fail)
{
	golden_stdout("jobs", "dead_daemon", 1);
	golden_stdout("jobs", "left_daemon", 1);
}
#endif

E2E_TEST(failures)
{
	golden("jobs", "wrong_at_the_end", 1);
	golden("jobs", "never_ends", 1);
	golden_stdout("jobs", "no_number", 1);
	e2e_result r = e2e_run(broken("jobs"), "-k", "^not_ours$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "message: \"pid [0-9]+ in [^ ]*/x.pid is no process of this test\"\n.*\n *code: not-ready\n *hint: \"the file may be an old one");
	r = e2e_run(broken("jobs"), "-k", "^wrong_status$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "started at .*jobs.c:6\\) ended with exit code 3\"\n *at: .*jobs.c:[789]\n *got: exit code 3\n *want: exit code 0\n *code: wrong-exit\n");
	e2e_like(r.out, "sh   \\| no disk\n");
	e2e_unlike(r.out, "not reached");
}

E2E_MAIN()
