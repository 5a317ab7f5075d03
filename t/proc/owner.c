/* Readiness means that this process is ready: who has a port or a socket, what counts as a process's own, and that what was
 * found once isn't found again. */
#include "../golden.h"
#include "../leftovers.h"

/* Runs a case of t/proc/broken/owner.c: it must fail with this code and say this. */
#define fails(...) fails_at(E2E__AT, __VA_ARGS__)
static void fails_at(const char *file, int at, const char *name, const char *code, const char *message)
{
	const char *mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("mark"));
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(mark), .timeout = 120}, broken("owner"), "-k",
	                            e2e_printf("^%s$", name), "--seed", "1");
	e2e__assertion_is_int_at((struct e2e__at){file, at, "status, expected", NULL}, r.status, false, 1, false);
	e2e__match_like((struct e2e__at){file, at, "report", "code"}, r.out, e2e_printf("\n  code: %s\n", code));
	e2e__match_like((struct e2e__at){file, at, "report", "message"}, scrubbed(r.out), message);
	leaves_nothing(file, at, mark, r.out);
}

#ifdef E2E__LINUX /* elsewhere nobody knows whose a listener is */
E2E_TEST(who_answers_is_somebody_else, .timeout = 300)
{
	fails("port_of_another", "not-ready",
	      "port [0-9]+ of 127.0.0.1 is answered by listens\\(\\) \\(pid N\\), not by sleep \\(pid N\\)\n(.*\n)* *hint: .*somebody else was there first");
	fails("port_of_the_test", "not-ready", "is answered by the test itself, not by sleep");
	fails("port_of_a_proxy", "not-ready", "is answered by fault-proxy\\(\\) \\(pid N\\), not by sleep");
	fails("socket_of_another", "not-ready", "socket /.*/socket is answered by listens\\(\\) \\(pid N\\), not by sleep");
	fails("datagrams_of_another", "not-ready", "socket /.*/socket is answered by the test itself, not by sleep");
}
#endif

E2E_TEST(conditions_that_say_nothing, .timeout = 300)
{
	fails("thirty_first", "not-ready", "file /no/such/file: No such file");
	fails("no_condition", "usage", "e2e_ready was given no condition");
	fails("no_port", "usage", "E2E_PORT\\(0\\): ports are 1 to 65535");
	fails("more_than_a_port", "usage", "E2E_PORT\\(65558\\)");
	fails("null_path", "usage", "E2E_SOCKET without a path");
	fails("negative_time", "usage", "E2E_WITHIN\\(-1\\)");
}

E2E_TEST(what_was_found_is_not_found_again, .timeout = 300)
{
	fails("line_of_before", "not-ready", "no line matches \"ready\"");
	fails("rest_of_the_line", "not-ready", "no line matches \"go\"");
	fails("word_of_before", "timeout", "didn't say it within 0.5 s");
	fails("handshake_of_before", "timeout", "didn't say it within 0.5 s");
}

/* Serves until nobody has the other end of the pipe: its parent's life. */
static void serves(const char *endpoint, const int *life)
{
	char byte;
	close(life[1]);
	if (endpoint)
		e2e_listen(endpoint);
	while (read(life[0], &byte, 1) > 0)
		;
	_exit(0);
}

static void itself(void *endpoint)
{
	e2e_listen((const char *)endpoint);
	for (;;)
		pause();
}

static void has_a_child(void *endpoint)
{
	int life[2];
	if (pipe(life) == 0 && fork() == 0) {
		setsid();
		serves((const char *)endpoint, life);
	}
	for (;;)
		pause();
}

static void has_a_daemon(void *endpoint)
{
	int life[2];
	if (pipe(life) == 0 && fork() == 0) {
		setsid();
		if (fork() == 0)
			serves((const char *)endpoint, life);
		_exit(0);
	}
	for (;;)
		pause();
}

/* The child serves, whoever has made the socket. */
static void passes_on(void *endpoint)
{
	int life[2], fd = e2e_listen((const char *)endpoint);
	if (pipe(life) == 0 && fork() == 0) {
		setsid();
		serves(NULL, life);
	}
	close(fd);
	for (;;)
		pause();
}

E2E_TEST(what_a_process_has_started_is_its_own)
{
	void (*const how[])(void *) = {itself, has_a_child, has_a_daemon, passes_on};
	for (int i = 0; i < 4; i++) {
		int port = e2e_port();
		const char *tcp = e2e_printf("tcp:127.0.0.1:%d", port), *path = e2e_printf("%s/s%d", e2e_tmpdir(), i);
		const char *local = e2e_printf("unix:%s", path);
		e2e_proc *p = e2e_spawn_fn(how[i], (void *)(uintptr_t)tcp);
		e2e_ready(p, E2E_PORT(port));
		e2e_kill(p);
		e2e_eventually(30, e2e_try_dial(tcp, 0.1) < 0);
		p = e2e_spawn_fn(how[i], (void *)(uintptr_t)local);
		e2e_ready(p, E2E_SOCKET(path));
		e2e_kill(p);
		e2e_eventually(30, e2e_try_dial(local, 0.1) < 0);
	}
}

/* A command's daemon is known by its environment. It ends with the stdin that it shares with the command. */
E2E_TEST(a_daemon_of_a_command)
{
	static const char python[] = "import socket, sys\n"
				     "s = socket.socket()\n"
				     "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
				     "s.bind(('', int(sys.argv[1])))\n"
				     "s.listen()\n"
				     "sys.stdin.read()\n";
	const char *mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("mark"));
	e2e_require_command("python3");
	e2e_require_command("setsid");
	int port = e2e_port();
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV(mark)}, "sh", "-c",
	                             "(setsid python3 -c \"$0\" \"$1\" <&3 3<&- &) 3<&0; read x; exit 0", python,
	                             e2e_printf("%d", port));
	e2e_ready(p, E2E_PORT(port));
	e2e_send_eof(p);
	e2e_wait(p, 0);
	e2e_eventually(30, !leftovers(mark));
}

static void on_v6(void *port)
{
	e2e_listen(e2e_printf("tcp:[::1]:%d", *(int *)port));
	for (;;)
		pause();
}

E2E_TEST(the_other_address_of_a_port)
{
	int port = e2e_port();
	e2e_skip_if(access("/proc/net/if_inet6", F_OK) != 0, "no IPv6 here");
	e2e_listen(e2e_printf("tcp:127.0.0.1:%d", port)); /* the test's own */
	e2e_proc *p = e2e_spawn_fn(on_v6, &port);
	e2e_ready(p, E2E_PORT(port));
	e2e_kill(p);
}

E2E_TEST(a_socket_by_another_name)
{
	const char *path = e2e_printf("%s/real", e2e_tmpdir()), *link = e2e_printf("%s/link", e2e_tmpdir());
	e2e_must(e2e_is_int(symlink("real", link), 0));
	e2e_proc *p = e2e_spawn_fn(passes_on, e2e_printf("unix:%s", path));
	e2e_ready(p, E2E_SOCKET(link));
	e2e_kill(p);
	e2e_chdir(e2e_tmpdir());
	unlink("real");
	p = e2e_spawn_fn(passes_on, e2e_printf("unix:real"));
	e2e_ready(p, E2E_SOCKET(path));
	e2e_kill(p);
}

E2E_TEST(many_conditions)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do echo line $i.; done; exec sleep 1000");
	e2e_ready(p, E2E_LINE("line 1\\."), E2E_LINE("line 2\\."), E2E_LINE("line 3\\."), E2E_LINE("line 4\\."), E2E_LINE("line 5\\."),
	          E2E_LINE("line 6\\."), E2E_LINE("line 7\\."), E2E_LINE("line 8\\."), E2E_LINE("line 9\\."), E2E_LINE("line 10\\."),
	          E2E_LINE("line 11\\."), E2E_LINE("line 12\\."), E2E_LINE("line 13\\."), E2E_LINE("line 14\\."), E2E_LINE("line 15\\."),
	          E2E_LINE("line 17\\."), E2E_LINE("line (16)\\."));
	e2e_is_int(e2e_capture_int(p, 1), 16);
	e2e_expect(p, "line ([0-9]+)");
	e2e_is_int(e2e_capture_int(p, 1), 18, "all that was found is behind it");
	e2e_kill(p);
}

/* The last of the list counts, not the one that came last. */
E2E_TEST(groups_of_many_lines)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo port 12; sleep 0.2; echo 'name x'; sleep 0.2; echo done; exec sleep 1000");
	e2e_ready(p, E2E_LINE("done"), E2E_LINE("name ([a-z])"), E2E_LINE("port ([0-9]+)"));
	e2e_is_int(e2e_capture_int(p, 1), 12);
	e2e_kill(p);
	p = e2e_spawn("sh", "-c", "echo port 12; sleep 0.2; echo done; exec sleep 1000");
	e2e_ready(p, E2E_LINE("port 12"), E2E_LINE("done"));
	e2e_is_str(e2e_capture(p, 0), "done");
	e2e_kill(p);
}

E2E_TEST(the_next_line)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "n=0; echo ready on 0; while read a; do n=$((n + 1)); echo ready on $n; echo $n >&2; done");
	e2e_ready(p, E2E_LINE("^ready"));
	e2e_expect(p, " on ([0-9]+)\n");
	e2e_is_int(e2e_capture_int(p, 1), 0, "what is behind the match in its line can still be expected");
	e2e_send(p, "again\n");
	e2e_ready(p, E2E_LINE("^ready on ([0-9])"), E2E_LINE("^1$"));
	e2e_send(p, "again\n");
	e2e_expect(p, "^ready on ([0-9]+)\n");
	e2e_is_int(e2e_capture_int(p, 1), 2);
	e2e_expect(p, "^([0-9]+)\n");
	e2e_is_int(e2e_capture_int(p, 1), 2, "each log has its mark");
	e2e_send(p, "again\n");
	e2e_expect(p, "ready ");
	e2e_ready(p, E2E_LINE("on 3"));
	e2e_wait(p, 0);
}

/* A time that wasn't enough takes nothing away. */
E2E_TEST(what_was_not_ready_is_looked_at_again)
{
	e2e_result r = e2e_run(broken("owner"), "-k", "^ready_at_the_second_try$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "not ok 1 - sh is ready\n(.*\n)*    ok 2 - sh is ready\n");
}

E2E_MAIN()
