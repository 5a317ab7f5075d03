/* Cases that must fail, each in its own way; t/proc/faults.c and t/proc/ready.c look at how. */
#include "e2e_proc.h"

static const char *in_folder(const char *name, const char *text, mode_t mode)
{
	const char *path = e2e_printf("%s/%s", e2e_tmpdir(), name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode) || close(fd))
		e2e_bail_out("can't write %s", path);
	return path;
}

E2E_TEST(not_found) { e2e_spawn("no-such-command", "x"); }
E2E_TEST(not_found_path) { e2e_run("./no/such/file"); }
E2E_TEST(not_found_deleted)
{
	const char *path = in_folder("gone", "#!/bin/sh\n", 0700);
	unlink(path);
	e2e_spawn(path);
}
E2E_TEST(empty_command) { e2e_spawn(""); }
E2E_TEST(not_executable) { e2e_spawn(in_folder("plain", "#!/bin/sh\n", 0600)); }
E2E_TEST(folder) { e2e_spawn("/"); }
E2E_TEST(folder_in_path)
{
	mkdir(e2e_printf("%s/thing", e2e_tmpdir()), 0700);
	e2e_setenv("PATH", e2e_tmpdir());
	e2e_spawn("thing");
}
E2E_TEST(no_format) { e2e_spawn(in_folder("noise", "\001\002\003", 0700)); }
E2E_TEST(no_interpreter) { e2e_spawn(in_folder("script", "#!/no/such/interpreter\n", 0700)); }
E2E_TEST(no_folder) { e2e_spawn_with((e2e_spawn_opts){.cwd = "/no/such/folder"}, "true"); }
E2E_TEST(no_stdin) { e2e_spawn_with((e2e_spawn_opts){.stdin_file = "/no/such/file"}, "true"); }

E2E_TEST(wrong_exit)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo to stdout; echo 'to stderr' >&2; exit 3");
	e2e_wait(p, 0);
	e2e_pass("the case goes on");
}
static e2e_proc *leave_logs(void)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo out; echo err >&2");
	e2e_diag("%s", p->out_path);
	e2e_wait(p, 0);
	return p;
}
E2E_TEST(leaves_logs_and_passes) { leave_logs(); }
E2E_TEST(leaves_logs_and_dies)
{
	leave_logs();
	abort();
}
E2E_TEST(leaves_logs_and_fails)
{
	leave_logs();
	e2e_fail("on purpose");
}
E2E_TEST(wrong_signal) { e2e_wait(e2e_spawn("sh", "-c", "kill -SEGV $$"), 0); }
E2E_TEST(code_is_no_signal) { e2e_wait(e2e_spawn("sh", "-c", "exit 143"), E2E_SIG(SIGTERM)); }
E2E_TEST(kill_wants_a_quiet_end)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done");
	e2e_ready(p, E2E_LINE("up"));
	e2e_kill(p);
}
E2E_TEST(stop_compares)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done");
	e2e_ready(p, E2E_LINE("up"));
	e2e_stop(p, 8);
}
E2E_TEST(wait_par_names_all)
{
	e2e_proc **p = e2e_spawn_par(E2E_ARGV("true"), E2E_ARGV("false"), E2E_ARGV("sh", "-c", "exit 9"));
	e2e_wait_par(E2E_EXPECT(p[0], 0), E2E_EXPECT(p[1], 0), E2E_EXPECT(p[2], 8));
}
E2E_TEST(too_long) { e2e_wait(e2e_spawn("sleep", "87654"), 0, 0.1); }
E2E_TEST(run_too_long) { e2e_run_with((e2e_spawn_opts){.timeout = 0.1}, "sleep", "87654"); }
E2E_TEST(default_timeout)
{
	e2e_proc_timeout(0.1);
	e2e_wait(e2e_spawn("sleep", "87654"), 0);
}
E2E_TEST(out_of_time, .timeout = 0.2) { e2e_wait(e2e_spawn("sleep", "87654"), 0); }
E2E_TEST(ignores_sigterm)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.01; done");
	e2e_ready(p, E2E_LINE("up"));
	e2e_kill(p, 0.1);
	e2e_ok(kill(p->pid, 0) < 0, "it is gone nevertheless");
}

/* exits that nobody waits for */
E2E_TEST(dies_in_wait)
{
	e2e_spawn("sh", "-c", "exec sleep 0.1");
	e2e_wait(e2e_spawn("sleep", "87654"), 0);
}
E2E_TEST(dies_in_run)
{
	e2e_spawn("sh", "-c", "echo 'I give up' >&2; exit 4");
	e2e_run("sleep", "87654");
}
E2E_TEST(dies_in_ready)
{
	e2e_spawn("false");
	e2e_ready(e2e_spawn("sleep", "87654"), E2E_LINE("never"));
}
E2E_TEST(dies_in_eventually)
{
	e2e_spawn("false");
	e2e_eventually(60, 0);
}
E2E_TEST(dies_in_read)
{
	int fd[2];
	char byte;
	e2e_must(e2e_is_int(pipe(fd), 0));
	e2e_spawn("sh", "-c", "sleep 0.1; exit 5");
	e2e_is_int(read(fd[0], &byte, 1), 1, "nothing comes");
}
E2E_TEST(dies_in_poll)
{
	struct pollfd one = {-1, POLLIN, 0};
	int fd[2];
	e2e_must(e2e_is_int(pipe(fd), 0));
	one.fd = fd[0];
	e2e_spawn("sh", "-c", "sleep 0.1; exit 5");
	e2e_is_int(poll(&one, 1, 50000), 1, "nothing comes");
}
E2E_TEST(dies_unnoticed)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "exit 6");
	while (!e2e_exited(p))
		usleep(1000);
	e2e_pass();
}
E2E_TEST(dies_before_kill)
{
	e2e_proc *p = e2e_spawn("true");
	while (!e2e_exited(p))
		usleep(1000);
	e2e_kill(p);
}
E2E_TEST(reaped_by_the_case)
{
	e2e_proc *p = e2e_spawn("true");
	waitpid(p->pid, NULL, 0);
	e2e_wait(p, 0);
}
E2E_TEST(waits_twice)
{
	e2e_proc *p = e2e_spawn("true");
	e2e_wait(p, 0);
	e2e_wait(p, 0);
}
E2E_TEST(waits_for_null) { e2e_wait(NULL, 0); }

/* what is left at the end */
E2E_TEST(still_running)
{
	e2e_spawn("sleep", "87654");
	e2e_pass();
}
E2E_TEST(leaves_a_child)
{
	e2e_is_int(e2e_run("sh", "-c", "sleep 87654 & exit 0").status, 0);
}
E2E_TEST(daemonises)
{
	e2e_is_int(e2e_run("sh", "-c", "setsid -f sleep 87654; exit 0").status, 0);
}
static void fork_twice(void *arg)
{
	(void)arg;
	setsid();
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			close(0);
			close(1);
			close(2);
			for (;;)
				pause();
		}
		_exit(0);
	}
}
E2E_TEST(forks_twice) { e2e_wait(e2e_spawn_fn(fork_twice, NULL), 0); }

/* logs */
E2E_TEST(log_limit)
{
	e2e_wait(e2e_spawn_with((e2e_spawn_opts){.limit_mb = 1}, "yes"), 0);
}
E2E_TEST(log_without_limit)
{
	e2e_wait(e2e_spawn("head", "-c", "1000000000", "/dev/zero"), 0);
}
static int assert_in_child(void *arg)
{
	(void)arg;
	e2e_is_int(1, 2);
	return 0;
}
E2E_TEST(child_asserts) { e2e_wait(e2e_spawn_fn(assert_in_child, NULL), 0); }

E2E_TEST(fails_late)
{
	for (int i = 0; i < 40; i++)
		e2e_run("true");
	e2e_wait(e2e_spawn("sh", "-c", "echo 'the last straw' >&2; exit 1"), 0);
}

/* readiness and dialogues */
E2E_TEST(dead_not_ready)
{
	e2e_ready(e2e_spawn("sh", "-c", "echo 'cannot bind: in use' >&2; exit 1"), E2E_LINE("ready"));
}
E2E_TEST(never_ready)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo almost; exec sleep 87654");
#define CONDITIONS E2E_LINE("^almost"), E2E_LINE("^port ([0-9]+)"), E2E_PORT(1), E2E_SOCKET("/no/socket"), \
	           E2E_FILE("/no/file"), E2E_CMD("sh", "-c", "echo no >&2; exit 3"), E2E_WITHIN(0.3)
	e2e_ready(p, CONDITIONS); /* on one line: compilers differ in which line a call of several lines has */
	e2e_kill(p);
}
E2E_TEST(bad_expression) { e2e_ready(e2e_spawn("cat"), E2E_LINE("(")); }
E2E_TEST(says_something_else)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo hello; exec sleep 87654");
	e2e_expect(p, "good ?bye", 0.2);
	e2e_kill(p);
}
E2E_TEST(exits_without_a_word)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo hello; exit 2");
	e2e_expect(p, "good ?bye");
	e2e_wait(p, 2);
}
E2E_TEST(send_to_the_dead)
{
	e2e_proc *p = e2e_spawn("true");
	while (!e2e_exited(p))
		usleep(1000);
	e2e_send(p, "hello?\n");
}
E2E_TEST(send_without_pipe)
{
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.stdin_text = "x"}, "sleep", "87654");
	e2e_send(p, "hello?\n");
}
E2E_TEST(nobody_reads)
{
	static char much[1 << 20];
	memset(much, 'x', sizeof much - 1);
	e2e_proc_timeout(0.2);
	e2e_send(e2e_spawn("sleep", "87654"), much);
}

/* sockets */
E2E_TEST(refused) { e2e_dial("tcp:127.0.0.1:1"); }
E2E_TEST(absent_socket) { e2e_dial("unix:/no/such/socket"); }
E2E_TEST(long_path)
{
	char path[200] = "unix:/";
	memset(path + 6, 'x', 150);
	e2e_listen(path);
}
E2E_TEST(bad_endpoint) { e2e_dial("127.0.0.1:80"); }
E2E_TEST(bad_port) { e2e_dial("tcp:127.0.0.1:http"); }
E2E_TEST(port_in_use)
{
	int fd = e2e_listen("tcp:127.0.0.1:0");
	e2e_setenv("WHERE", e2e_endpoint(fd));
	e2e_listen(e2e_endpoint(fd));
}
E2E_TEST(stale_socket)
{
	const char *where = e2e_endpoint(e2e_listen("unix:"));
	int fd = 3;
	while (fd < 64)
		close(fd++);
	e2e_listen(where);
}
E2E_TEST(taken_after_release)
{
	int port = e2e_port();
	e2e_port_release(port);
	e2e_listen(e2e_printf("tcp:127.0.0.1:%d", port)); /* somebody else was faster */
	e2e_proc *server = e2e_spawn("python3", "-c",
	                             "import socket,sys; s = socket.socket(); s.bind(('127.0.0.1', int(sys.argv[1])))",
	                             e2e_printf("%d", port));
	e2e_ready(server, E2E_LINE("never"));
}
E2E_TEST(no_connection)
{
	e2e_proc_timeout(0.1);
	e2e_accept(e2e_listen("tcp:127.0.0.1:0"));
}
E2E_TEST(socket_mode)
{
	const char *path = strchr(e2e_endpoint(e2e_listen("unix:")), '/');
	chmod(path, 0755);
	e2e_is_socket(path, 0600);
	e2e_is_socket("/no/such/socket", 0600);
	e2e_is_socket("/dev/null", 0600);
}

E2E_MAIN()
