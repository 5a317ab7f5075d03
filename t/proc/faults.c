/* Failures of processes and sockets: t/proc/broken/proc.c fails on purpose, each case in its own way. Looked at are the exit
 * status, the code, the message, the place, and that nothing is left running. */
#include "../golden.h"
#include "../leftovers.h"

/* Runs a case; it must fail with this code, at this line, and say this. Returns the report. */
#define fails(...) fails_at(E2E__AT, __VA_ARGS__)
static const char *fails_at(const char *file, int at, const char *name, int line, const char *code, const char *message)
{
	const char *mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("mark"));
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(mark, "TMPDIR"), .timeout = 120}, broken("proc"), "-k",
	                            e2e_printf("^%s$", name), "--seed", "1");
	const char *out = scrubbed(r.out);
	e2e__assertion_is_int_at((struct e2e__at){file, at, "status, expected", NULL}, r.status, false, 1, false);
	e2e__match_like((struct e2e__at){file, at, "report", "code"}, out, e2e_printf("\n  code: %s\n", code));
	e2e__match_like((struct e2e__at){file, at, "report", "message"}, out, message);
	e2e__match_like((struct e2e__at){file, at, "report", "place"}, out, e2e_printf("\n  at: t/proc/broken/proc.c:%d\n", line));
	leaves_nothing(file, at, mark, r.out);
	return out;
}

/* The line of t/proc/broken/proc.c that has this text, plus more. */
static int line_of(const char *text, int more)
{
	const char *source = e2e__file_read("t/proc/broken/proc.c", NULL);
	const char *at = source ? strstr(source, text) : NULL;
	int line = 1;
	if (!at)
		e2e_bail_out("t/proc/broken/proc.c has no %s", text);
	for (const char *c = source; c < at; c++)
		line += *c == '\n';
	return line + more;
}
#define in(name, more) #name, line_of("E2E_TEST(" #name ")", more)

E2E_TEST(commands_that_cannot_be_started, .timeout = 300)
{
	fails(in(not_found, 0), "not-found", "message: \"command .*no-such-command.* not found in PATH \\(/");
	fails(in(not_found_path, 0), "not-found", "message: \"\\./no/such/file: no such file\"");
	fails(in(not_found_deleted, 4), "not-found", "/gone: no such file");
	fails(in(empty_command, 0), "not-found", "the command is empty");
	fails(in(not_executable, 0), "not-executable", "/plain can't be executed: it has no permission");
	fails(in(folder, 0), "not-executable", "message: \"/ can't be executed: it is a folder");
	fails(in(folder_in_path, 4), "not-executable", "/thing can't be executed: it is a folder");
	fails(in(no_format, 0), "not-executable", "/noise can't be executed: the system can't execute its format");
	fails(in(no_interpreter, 0), "not-executable", "/script can't be executed: the interpreter that it names is missing");
	fails(in(no_folder, 0), "not-spawned", "can't enter its folder /no/such/folder: No such file");
	fails(in(no_stdin, 0), "not-spawned", "can't read its stdin /no/such/file: No such file");
}

E2E_TEST(a_wrong_exit_shows_both_logs)
{
	e2e_result r = e2e_run(broken("proc"), "-k", "^wrong_exit$", "--seed", "1");
	const char *out = scrubbed(r.out);
	e2e_is_int(r.status, 1);
	e2e_is_str(out,
	       "TAP version 14\n"
	       "1..1\n"
	       "# Subtest: wrong_exit\n"
	       "    not ok 1 - sh ends with exit code 0\n"
	       "      ---\n"
	       "      message: \"sh -c 'echo to stdout; echo '\\\\''to stderr'\\\\'' >&2; exit 3' (pid N) ended with exit code 3\"\n"
	       "      at: t/proc/broken/proc.c:38\n"
	       "      got: exit code 3\n"
	       "      want: exit code 0\n"
	       "      code: wrong-exit\n"
	       "      ...\n"
	       "    ok 2 - the case goes on\n"
	       "    1..2\n"
	       "not ok 1 - wrong_exit\n"
	       "  ---\n"
	       "  message: \"sh -c 'echo to stdout; echo '\\\\''to stderr'\\\\'' >&2; exit 3' (pid N) ended with exit code 3\"\n"
	       "  at: t/proc/broken/proc.c:38\n"
	       "  got: exit code 3\n"
	       "  want: exit code 0\n"
	       "  code: wrong-exit\n"
	       "  failed: 1 of 2 assertions\n"
	       "  story: |\n"
	       "    +T sh   | started: sh -c 'echo to stdout; echo '\\''to stderr'\\'' >&2; exit 3' (pid N)\n"
	       "    +T sh   | to stdout\n"
	       "    +T sh   | to stderr\n"
	       "    +T sh   | ended: exit code 3 (pid N)\n"
	       "    +T test ! sh ends with exit code 0\n"
	       "    +T test | the case goes on\n"
	       "  ...\n");
	e2e_like(r.err, "^# t/proc/broken/proc[.]c:38: sh -c [^\n]* ended with exit code 3: got exit code 3, want exit code 0\n$");
}

E2E_TEST(wrong_ends, .timeout = 300)
{
	fails(in(wrong_signal, 0), "wrong-exit", "got: SIGSEGV\n *want: exit code 0\n");
	fails(in(code_is_no_signal, 0), "wrong-exit", "got: exit code 143\n *want: SIGTERM\n");
	fails(in(kill_wants_a_quiet_end, 4), "wrong-exit", "got: exit code 7\n *want: SIGTERM or exit code 0\n");
	fails(in(stop_compares, 4), "wrong-exit", "got: exit code 7\n *want: exit code 8\n");
	const char *out = fails(in(wait_par_names_all, 3), "wrong-exit", "false \\(pid N\\): exit code 1, not exit code 0\n");
	e2e_like(out, "sh -c 'exit 9' \\(pid N\\): exit code 9, not exit code 8\n");
	e2e_unlike(out, "true \\(pid N\\): exit");
}

E2E_TEST(timeouts, .timeout = 300)
{
	fails(in(too_long, 0), "timeout", "sleep 87654 \\(pid N\\) didn't end within 0.1 s");
	fails(in(run_too_long, 0), "timeout", "sleep 87654 \\(pid N\\) didn't end within 0.1 s");
	fails(in(default_timeout, 3), "timeout", "didn't end within 0.1 s");
	fails("out_of_time", line_of("E2E_TEST(out_of_time,", 0), "timeout", "hint: .*, waiting for the end of sleep 87654 \\(pid N\\)");
	const char *out = fails(in(ignores_sigterm, 4), "timeout", "didn't end within 0.1 s after SIGTERM");
	e2e_like(out, "ok 3 - it is gone nevertheless\n");
}

E2E_TEST(exits_that_nobody_waits_for, .timeout = 300)
{
	const char *message = "has exited, and nobody waited for it";
	fails(in(dies_in_wait, 3), "unexpected-exit", message);
	const char *out = fails(in(dies_in_run, 3), "unexpected-exit", message);
	e2e_like(out, "\n    \\+T sh    *\\| I give up\n(    \\+T sleep [^\n]*\n)?    \\+T sh    *! ended: exit code 4 \\(pid N\\)\n", "its log is shown");
	fails(in(dies_in_ready, 3), "unexpected-exit", message);
	fails(in(dies_in_eventually, 2), "unexpected-exit", message);
#ifdef E2E__LINUX /* elsewhere nobody sees that the case's own code is blocked */
	fails(in(dies_in_read, 5), "unexpected-exit", message);
	fails(in(dies_in_poll, 6), "unexpected-exit", message);
#endif
	fails(in(dies_unnoticed, 2), "unexpected-exit", message);
	fails(in(dies_before_kill, 5), "unexpected-exit", message);
	fails(in(reaped_by_the_case, 4), "wrong-exit", "its status is lost");
	fails(in(waits_twice, 4), "usage", "e2e_wait: true has ended before \\(exit code 0\\)");
	fails(in(waits_for_null, 0), "usage", "e2e_wait was given NULL");
}

E2E_TEST(what_is_left, .timeout = 300)
{
	fails(in(still_running, 2), "still-running", "sleep 87654 \\(pid N\\) was still running at the case's end");
#ifdef E2E__LINUX
	fails(in(leaves_a_child, 2), "leaked-process", "has left processes behind: sleep \\(pid N\\)");
	fails(in(daemonises, 2), "leaked-process", "left running: sleep 87654 \\(pid N\\)");
	fails(in(forks_twice, 0), "leaked-process", "left running: .*proc.bin.* \\(pid N\\)");
#else /* elsewhere nobody knows its name, and nobody finds daemons */
	fails(in(leaves_a_child, 2), "leaked-process", "has left processes behind: a process of group [0-9]+;");
#endif
}

E2E_TEST(logs, .timeout = 300)
{
	fails(in(log_limit, 2), "wrong-exit", "it wrote a file of more than 1 MiB");
	fails(in(log_without_limit, 2), "limit", "its log grew beyond 256 MiB");
	fails(in(fails_late, 4), "wrong-exit", "/sh.stderr says:\n *the last straw\n");
	e2e_result r = e2e_run(broken("proc"), "-k", "^child_asserts$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "not ok 1 - 1 is 2\n", "a failed assertion of a child counts");
}

E2E_TEST(not_ready, .timeout = 300)
{
	const char *out = fails(in(dead_not_ready, 2), "unexpected-exit", "instead of becoming ready");
	e2e_like(out, "\n    \\+T sh   \\| cannot bind: in use\n    \\+T sh   ! ended: exit code 1", "its log is shown");
	out = fails(in(never_ready, 5), "not-ready", "was not ready after [0-9.]+ s\n");
	e2e_like(out, "no line matches \"\\^port \\(\\[0-9\\]\\+\\)\"\n");
	e2e_unlike(out, "no line matches \"\\^almost\"", "what holds isn't named");
	e2e_like(out, "port 1 of 127.0.0.1 and ::1: Connection refused\n");
	e2e_like(out, "socket /no/socket: No such file or directory\n");
	e2e_like(out, "file /no/file: No such file or directory\n");
	e2e_like(out, "sh -c 'echo no >&2; exit 3': exit code 3: no\n");
	fails(in(bad_expression, 0), "usage", "bad regular expression");
}

E2E_TEST(dialogues, .timeout = 300)
{
	fails(in(says_something_else, 3), "timeout", "got: \"hello..?n\"\n");
	fails(in(exits_without_a_word, 3), "unexpected-exit", "has exited \\(exit code 2\\) without it");
	fails(in(send_to_the_dead, 5), "unexpected-exit", "has exited, and nobody waited for it");
	fails(in(send_without_pipe, 3), "usage", "the stdin of sleep 87654 is no pipe or terminal");
	fails(in(nobody_reads, 5), "timeout", "took [0-9]+ of 1048575 bytes: it doesn't read");
}

E2E_TEST(sockets, .timeout = 300)
{
	fails(in(refused, 0), "network", "can't connect to tcp:127.0.0.1:1: Connection refused");
	fails(in(absent_socket, 0), "network", "can't connect to unix:/no/such/socket: No such file");
	fails(in(long_path, 4), "network", "the path has 151 bytes, at most 10[0-9] are possible");
	fails(in(bad_endpoint, 0), "network", "it must begin with tcp:, udp: or unix:");
	fails(in(bad_port, 0), "network", "the port must be a number from 0 to 65535");
	fails(in(port_in_use, 4), "network", "Address (already )?in use\"\n(.*\n)*.*somebody listens there");
	fails(in(stale_socket, 6), "network", "the socket is stale, remove it");
	fails(in(no_connection, 3), "network", "no connection came to tcp:127.0.0.1:[0-9]+ within 0.1 s");
	const char *out = fails(in(socket_mode, 4), "socket", "got: a socket with mode 0755\n");
	e2e_like(out, "message: \"/no/such/socket: No such file or directory\"");
	e2e_like(out, "got: no socket\n");
}

E2E_TEST(a_port_taken_after_its_release)
{
	e2e_require_command("python3");
	const char *out = fails(in(taken_after_release, 8), "unexpected-exit", "instead of becoming ready");
	e2e_like(out, "Address already in use", "the server's own words are shown");
}

E2E_MAIN()
