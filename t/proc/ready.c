/* Readiness and dialogues, with real programs: a shell, cat, bc, Python's http.server, a terminal. */
#include "e2e_proc.h"

E2E_TEST(line_with_captures)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo starting; sleep 0.1; echo 'port 4711 of host example' >&2; exec sleep 1000");
	e2e_ready(p, E2E_LINE("^port ([0-9]+) of host ([a-z]+)$"));
	e2e_is_str(e2e_capture(p, 0), "port 4711 of host example");
	e2e_is_int(e2e_capture_int(p, 1), 4711);
	e2e_is_str(e2e_capture(p, 2), "example");
	e2e_is_str(e2e_capture(p, 3), NULL);
	e2e_is_str(e2e_capture(p, 99), NULL);
	e2e_kill(p);
}

E2E_TEST(a_line_in_pieces_is_waited_for)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "printf 'port 12'; sleep 0.2; echo 34; exec sleep 1000");
	e2e_ready(p, E2E_LINE("port ([0-9]+)"));
	e2e_is_int(e2e_capture_int(p, 1), 1234);
	e2e_kill(p);
}

E2E_TEST(odd_lines)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "printf 'a\\000b\\r\\nno end'; exec sleep 1000");
	e2e_ready(p, E2E_LINE("^a b$"));
	e2e_expect(p, "no end"); /* an expectation takes what has no line feed, too */
	e2e_kill(p);
}

E2E_TEST(port)
{
	e2e_require_command("python3");
	int port = e2e_port();
	e2e_proc *p = e2e_spawn("python3", "-m", "http.server", "--bind", "127.0.0.1", e2e_printf("%d", port));
	e2e_ready(p, E2E_PORT(port));
	int fd = e2e_dial(e2e_printf("tcp:127.0.0.1:%d", port));
	e2e_is_int(write(fd, "HEAD / HTTP/1.0\r\n\r\n", 19), 19);
	char answer[16] = "";
	e2e_is_int(read(fd, answer, 12), 12);
	e2e_is_str(answer, "HTTP/1.0 200");
	e2e_kill(p);
}

static int serve_late(void *path)
{
	char ready[200];
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	memset(&address, 0, sizeof address);
	address.sun_family = AF_UNIX;
	snprintf(address.sun_path, sizeof address.sun_path, "%s", (const char *)path);
	bind(fd, (struct sockaddr *)&address, sizeof address);
	usleep(100000); /* the file is there, but nobody listens */
	listen(fd, 5);
	snprintf(ready, sizeof ready, "%s.ready", (const char *)path);
	usleep(50000);
	close(open(ready, O_CREAT | O_WRONLY, 0600));
	return sleep(1000) > 0;
}

E2E_TEST(socket_and_file)
{
	char *path = e2e_printf("%s/socket", e2e_tmpdir());
	e2e_proc *p = e2e_spawn_fn(serve_late, path);
	e2e_ready(p, E2E_SOCKET(path), E2E_FILE(e2e_printf("%s.ready", path)));
	e2e_ok(e2e_try_dial(e2e_printf("unix:%s", path), 1) >= 0);
	e2e_is_int(access(e2e_printf("%s.ready", path), F_OK), 0);
	e2e_kill(p);
}

E2E_TEST(command)
{
	const char *file = e2e_printf("%s/up", e2e_tmpdir());
	e2e_proc *p = e2e_spawn("sh", "-c", "sleep 0.2; : >\"$0\"; exec sleep 1000", file);
	e2e_ready(p, E2E_CMD("test", "-e", file), E2E_WITHIN(30));
	e2e_is_int(access(file, F_OK), 0);
	e2e_kill(p);
	/* tries leave no logs */
	e2e_is_int(e2e_run("sh", "-c", e2e_printf("ls %s | grep -c '^test'", e2e_tmpdir())).status, 1);
}

E2E_TEST(dialogue_over_pipes)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "while read line; do echo \"<$line>\"; echo err >&2; done; echo bye");
	e2e_send(p, "one\n");
	e2e_expect(p, "^<(.*)>$");
	e2e_is_str(e2e_capture(p, 1), "one");
	e2e_expect(p, "err\n");
	e2e_send(p, "two\n");
	e2e_expect(p, "<(.*)>\n");
	e2e_is_str(e2e_capture(p, 1), "two", "it goes on behind the last match");
	e2e_send_bytes(p, "a\0b\n", 4);
	e2e_expect(p, "<a.?b>\n");
	e2e_send_eof(p);
	e2e_expect(p, "bye\n"); /* it may have exited by now */
	e2e_wait(p, 0);
}

E2E_TEST(a_match_in_a_line_does_not_begin_one)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo one two; echo three; exec sleep 1000");
	e2e_expect(p, "one ");
	e2e_expect(p, "(^two)|two");
	e2e_is_str(e2e_capture(p, 0), "two");
	e2e_is_str(e2e_capture(p, 1), NULL, "`two` is not at the beginning of a line");
	e2e_expect(p, "(^three)|three");
	e2e_is_str(e2e_capture(p, 1), "three");
	e2e_kill(p);
}

E2E_TEST(what_was_said_before_an_exit_counts)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo first; echo second; exit 3");
	e2e_expect(p, "first\n");
	e2e_eventually(30, e2e_exited(p) && strstr(e2e_stdout(p), "second"));
	e2e_expect(p, "second\n");
	e2e_wait(p, 3);
}

E2E_TEST(calculator)
{
	e2e_require_command("bc");
	e2e_proc *p = e2e_spawn("bc", "-q");
	for (int i = 1; i < 20; i++) {
		e2e_send(p, e2e_printf("%d * %d\n", i, i));
		e2e_expect(p, "^([0-9]+)\n");
		e2e_is_int(e2e_capture_int(p, 1), i * i);
	}
	e2e_wait(p, 0);
}

E2E_TEST(terminal)
{
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.pty = true, .env = E2E_ARGV("PS1=ready> ", "ENV")}, "sh", "-i");
	e2e_expect(p, "ready> ");
	e2e_send(p, "tty; stty size\n");
	e2e_expect(p, "/dev/pts/[0-9]+\n24 80\n");
	e2e_send(p, "sleep 1000\n");
	e2e_expect(p, "sleep 1000\n"); /* the terminal's echo */
	e2e_send(p, "\003");           /* ^C */
	e2e_expect(p, "ready> ");
	e2e_send(p, "printf '%s' \"no newline\" >&2; exit 6\n");
	e2e_wait(p, 6);
	e2e_like(e2e_stdout(p), "no newline$", "stderr is the terminal, too; the end isn't lost");
	e2e_is_str(e2e_stderr(p), "");
	e2e_is_str(p->err_path, NULL);
}

E2E_TEST(terminal_end_of_file)
{
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.pty = true}, "cat");
	e2e_send(p, "twice\n");
	e2e_expect(p, "twice\ntwice\n");
	e2e_send_eof(p);
	e2e_wait(p, 0);
}

/* What is typed by itself is echoed, and read to its end. */
static const char *typed(e2e_spawn_opts opts)
{
	opts.pty = true;
	e2e_result r = e2e_run_with(opts, "sh", "-c", "stty -echo; tty -s || exit 9; echo up; cat; echo down");
	e2e_is_int(r.status, 0);
	return strstr(r.out, "up\n");
}

E2E_TEST(terminal_with_input)
{
	const char *file = e2e_printf("%s/input", e2e_tmpdir());
	E2E__BUF(b, 65536);
	e2e_like(typed((e2e_spawn_opts){.stdin_text = "one\ntwo\n"}), "one\ntwo\ndown\n$");
	e2e_like(typed((e2e_spawn_opts){.stdin_text = "no line's end"}), "no line's enddown\n$");
	e2e_like(typed((e2e_spawn_opts){.timeout = 0}), "down\n$", "e2e_run gives the end of input");
	for (int i = 0; i < 5000; i++)
		e2e__buf_addf(&b, "line %d of many\n", i);
	e2e__buf_add(&b, "", 1);
	int fd = open(file, O_CREAT | O_WRONLY, 0600);
	e2e_must(e2e_ok(e2e__file_write_whole(fd, b.p, strlen(b.p))));
	close(fd);
	const char *out = typed((e2e_spawn_opts){.stdin_file = file});
	e2e_like(out, "line 4999 of many\ndown\n$", "more than a terminal holds");
	e2e__buf_free(&b);
}

E2E_TEST(own_log)
{
	const char *log = e2e_printf("%s/server.log", e2e_tmpdir());
	e2e_run("sh", "-c", "echo up at port 1 >\"$0\"", log);
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.log_file = "server.log", .cwd = e2e_tmpdir()}, "sh", "-c",
	                             "sleep 0.05; echo up at port 2 >>server.log; sleep 0.05; echo up at port 3 >>server.log; exec sleep 76549");
	e2e_ready(p, E2E_LOGGED("^up at port ([0-9])$"));
	e2e_is_str(e2e_capture(p, 1), "2", "an earlier line doesn't count");
	e2e_ready(p, E2E_LOGGED("^up at port ([0-9])$"));
	e2e_is_str(e2e_capture(p, 1), "3");
	e2e_kill(p);
}

E2E_TEST(terminal_size)
{
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.pty = true, .rows = 50, .columns = 132}, "sh", "-c",
	                             "stty size; trap 'stty size; exit 0' WINCH; echo up; while :; do sleep 0.01; done");
	e2e_expect(p, "^50 132$");
	e2e_expect(p, "^up$");
	e2e_resize(p, 20, 40);
	e2e_expect(p, "^20 40$");
	e2e_wait(p, 0);
}

/* A program that takes the line over misses a ^D that was typed before; one that reads twice sees the end twice. */
E2E_TEST(the_end_of_what_is_typed_lasts)
{
	e2e_spawn_opts opts = {.pty = true, .stdin_text = "print(6*7)\n", .env = E2E_ARGV("TERM=dumb")};
	e2e_require_command("python3");
	e2e_result r = e2e_run_with(opts, "python3", "-q");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "(^|\n)42\n");
	opts.stdin_text = "a\n";
	r = e2e_run_with(opts, "sh", "-c", "stty -echo; cat; cat; echo both");
	e2e_like(r.out, "a\n.*both\n$");
}

E2E_TEST(a_terminal_does_not_fill_up)
{
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.pty = true}, "seq", "100000");
	e2e_wait(p, 0); /* nobody reads meanwhile */
	e2e_is_int((long long)e2e_stdout_size(p), 588895);
	e2e_like(e2e_stdout(p) + 588888, "^100000\n$");
}

E2E_MAIN()
