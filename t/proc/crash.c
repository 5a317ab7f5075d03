/* Crashes that nobody waits for are noticed; ends in order aren't taken for crashes. */
#include "../golden.h"
#include "../leftovers.h"

/* Runs a case of t/proc/broken/crash.c: it must have this status, and say this. */
#define says(...) says_at(E2E__AT, __VA_ARGS__)
static const char *says_at(const char *file, int at, const char *name, int status, const char *message)
{
	const char *mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("mark"));
	const char *tmp = e2e_printf("TMPDIR=%s", e2e_tmpdir());
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(mark, tmp, "E2E_RUN_DIR"), .timeout = 120}, broken("crash"),
	                            "-k", e2e_printf("^%s$", name), "--seed", "1");
	const char *out = scrubbed(r.out);
	e2e__assertion_is_int_at((struct e2e__at){file, at, "status, expected", name}, r.status, false, status, false);
	e2e__match_like((struct e2e__at){file, at, "report", name}, out, message);
	leaves_nothing(file, at, mark, r.out);
	return out;
}

E2E_TEST(handlers, .timeout = 120)
{
	const char *out = says("handler_crashes", 1,
	                       "message: \"the stub server's handler of connection 1 \\(pid N\\) has died of SIGSEGV \\(server-1 was started at "
	                       "t/proc/broken/crash.c:[0-9]+\\)");
	e2e_like(out, "code: unexpected-exit");
	e2e_like(out, "failed: 1 of 2");
	says("handler_crashes_and_the_case_goes_on", 1, "handler of connection 1 \\(pid N\\) has died of SIGABRT");
	says("handler_crashes_late", 1, "handler of connection 1 \\(pid N\\) has died of SIGSEGV");
	out = says("handler_exits", 1, "handler of connection 1 \\(pid N\\) has ended with exit code 3");
	e2e_like(out, "\n    \\+[0-9T.]+ server-1 \\| the database is gone\n", "what it said is shown");
}

E2E_TEST(processes_of_the_toolkit, .timeout = 120)
{
	says("server_killed", 1, "server-1 \\(pid N, started at [^ ]*\\), a process of the toolkit, has ended with SIGKILL");
	says("proxy_killed", 1, "fault-proxy \\(pid N, started at [^ ]*\\), a process of the toolkit, has ended with SIGKILL");
	says("mail_sink_killed", 1, "mail-sink \\(pid N, started at [^ ]*\\), a process of the toolkit, has ended with SIGSEGV");
	says("mail_sink_killed_and_failed", 1, "\n  mail-sink: .*has ended with SIGSEGV");
	says("pump_killed", 1, "the process that copies the terminal of sh -c .* \\(pid N\\) into .*/sh.stdout has ended with SIGKILL");
}

E2E_TEST(keepers, .timeout = 120)
{
	says("keeper_killed", 99, "Bail out! the keeper \\(pid N\\) has ended: SIGKILL");
	says("service_keeper_killed", 99, "Bail out! service sleeper: its keeper \\(pid N\\) (is gone|has ended with SIGKILL)");
}

#ifdef E2E__LINUX
/* In a PID namespace of its own: if it goes wrong, everybody younger than the keeper is killed there. */
E2E_TEST(memory_that_was_overwritten_harms_nobody)
{
	static const char script[] = "(sleep 0.1; sleep 1000 & echo $! >\"$0\"; wait) & \"$1\" -k '^wild$'; echo status $?; sleep 0.5\n"
				     "kill -0 \"$(cat \"$0\")\" && echo alive; exit 0";
	const char *file = e2e_printf("%s/bystander", e2e_tmpdir()), *variable = e2e_printf("E2E_T_BYSTANDER=%s", file);
	e2e_require_command("unshare");
	e2e_skip_if(e2e_run("unshare", "-Urpf", "--kill-child", "--mount-proc", "true").status != 0, "no namespaces for an ordinary user here");
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(variable, "E2E_RUN_DIR")}, "unshare", "-Urpf", "--kill-child",
	                            "--mount-proc", "sh", "-c", script, file, broken("crash"));
	e2e_like(r.out, "status 0\n");
	e2e_like(r.out, "alive\n", "a process that isn't ours lives on");
}
E2E_TEST(numbers_of_others_in_our_memory_harm_nobody)
{
	static const char script[] = "setsid sleep 1000 & E2E_T_BYSTANDER=$!; export E2E_T_BYSTANDER\n"
				     "while read -r _ _ _ _ group _ </proc/$!/stat && [ $group != $! ]; do :; done\n"
				     "\"$0\" -k '^wild_numbers$'; echo status $?\n"
				     "while grep -qs e2e-keeper /proc/[0-9]*/comm; do sleep 0.05; done\n"
				     "kill $! && echo alive; exit 0\n";
	e2e_require_command("unshare");
	e2e_skip_if(e2e_run("unshare", "-Urpf", "--kill-child", "--mount-proc", "true").status != 0, "no namespaces for an ordinary user here");
	e2e_result r = e2e_run("unshare", "-Urpf", "--kill-child", "--mount-proc", "sh", "-c", script, broken("crash"));
	e2e_like(r.out, "status 137\nalive\n$", "a process that isn't ours lives on");
}

E2E_TEST(daemons)
{
	const char *out = says("daemon_crashes", 1, "sh \\(pid N\\), which had detached itself, has died of SIGSEGV");
	e2e_like(out, "code: unexpected-exit");
	says("daemon_of_a_service_crashes", 99, "Bail out! service detached: sh \\(pid N\\), which had detached itself, has died of SIGSEGV");
}
#endif

E2E_TEST(functions, .timeout = 120)
{
	says("function_leaves", 1, "leaves\\(\\) \\(pid N\\) has left processes behind: (sleep|a process) \\(pid N\\)");
	says("function_leaves_by_exit", 1, "leaves_by_exit\\(\\) \\(pid N\\) has left processes behind: (sleep|a process) \\(pid N\\)");
	says("function_does_not_wait", 1, "leaves_an_end\\(\\) \\(pid N\\) has left processes behind: ");
	says("function_returns_256", 1, "has_many_errors\\(\\) \\(pid N\\) ended with exit code 255");
}

/* -- ends in order -- */

/* Goes on writing until nobody reads. */
static void floods(int fd, void *arg)
{
	char block[4096];
	(void)arg;
	memset(block, 'x', sizeof block);
	while (write(fd, block, sizeof block) > 0)
		;
	_exit(0);
}

static void floods_without_looking(int fd, void *arg)
{
	char block[4096];
	(void)arg;
	memset(block, 'x', sizeof block);
	for (;;)
		if (write(fd, block, sizeof block) < 0)
			break;
}

static void waits(int fd, void *arg)
{
	char byte;
	(void)arg;
	while (read(fd, &byte, 1) > 0)
		;
}

static void exits_with_0(int fd, void *arg)
{
	(void)arg;
	close(fd);
	exit(0);
}

E2E_TEST(handlers_that_end_in_order)
{
	e2e_handler *const list[] = {floods, floods_without_looking, waits, exits_with_0, NULL};
	for (int i = 0; i < 5; i++) {
		char byte;
		e2e_server *s = e2e_serve("tcp:127.0.0.1:0", list[i], NULL);
		int gone = e2e_dial(s->endpoint), stays = e2e_dial(s->endpoint);
		e2e_is_int(write(gone, "x", 1), 1);
		if (i < 2)
			e2e_is_int(read(gone, &byte, 1), 1);
		close(gone);
		if (i == 3)
			e2e_is_int(read(stays, &byte, 1), 0);
		e2e_run("true"); /* an operation sees who has ended */
	}
}

E2E_TEST(a_handler_may_answer_while_it_does_not_read, .timeout = 120)
{
	enum { SIZE = 4 << 20 };
	static char much[SIZE];
	char block[65536];
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", floods, NULL);
	int fd = e2e_dial(s->endpoint);
	memset(much, 'y', SIZE);
	for (size_t done = 0; done < SIZE; done += sizeof block) { /* the handler reads nothing of it */
		fcntl(fd, F_SETFL, O_NONBLOCK);
		ssize_t n = write(fd, much + done, sizeof block);
		fcntl(fd, F_SETFL, 0);
		if (n < 0 || read(fd, block, sizeof block) <= 0)
			break;
	}
	e2e_cmp_int(read(fd, block, sizeof block), ">", 0, "it still answers");
	e2e_is_mem(block, "xxxx", 4);
	close(fd);
}

E2E_TEST(the_toolkits_own_end_in_order)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_server *s = e2e_serve("unix:", waits, NULL);
	e2e_dial(s->endpoint);
	e2e_is_int(e2e_proxy_count(px).accepted, 0);
	e2e_is_int((long long)e2e_mail_count(m), 0);
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.pty = true}, "sh", "-c", "read a; echo out");
	e2e_send(p, "x\n");
	e2e_wait(p, 0);
}

static int ends_what_it_started(void *arg)
{
	e2e_proc *p = e2e_spawn("sleep", "1000");
	(void)arg;
	e2e_run("true");
	e2e_kill(p);
	e2e_serve("unix:", waits, NULL); /* of the toolkit: it ends by itself */
	return 0;
}

static int is_killed(void *arg)
{
	(void)arg;
	e2e_spawn("sleep", "1000");
	printf("up\n");
	fflush(stdout);
	for (;;)
		pause();
	return 0;
}

E2E_TEST(functions_that_end_in_order)
{
	e2e_wait(e2e_spawn_fn(ends_what_it_started, NULL), 0);
	e2e_proc *p = e2e_spawn_fn(is_killed, NULL);
	e2e_ready(p, E2E_LINE("up"));
	e2e_kill(p); /* it had no chance */
}

E2E_MAIN()
