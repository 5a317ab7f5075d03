/* The advice that failures give: what it says, and that it is about what has happened. */
#include "../golden.h"

/* What the failing case says. */
static const char *says(const char *which)
{
	e2e_spawn_opts opts = {.env = E2E_ARGV(e2e_printf("TMPDIR=%s", e2e_tmpdir()), "E2E_RUN_DIR")};
	e2e_result r = e2e_run_with(opts, broken("hints"), "-k", e2e_printf("^%s$", which));
	e2e_is_int(r.status, 1, "%s", which);
	return r.out;
}

E2E_TEST(ports)
{
	e2e_like(says("held_port"), "hint: \"e2e_port\\(\\) holds port [0-9]+, .* e2e_port_release\\([0-9]+\\) just before it is started\"");
	e2e_like(says("taken_port"), "hint: \"somebody else has its address");
}

E2E_TEST(daemons)
{
	e2e_like(says("goes_to_the_background"), "hint: \"it has ended with 0, .*does it daemonise.*e2e_adopt");
	e2e_like(says("is_in_the_background"), "hint: \"it has ended with 0, .*does it daemonise");
	e2e_unlike(says("just_ends"), "daemonise", "nothing of it lives on");
	e2e_like(says("leaves_a_child"), "hint: \"the shell is gone, .* exec before the last command");
}

E2E_TEST(commands_are_found_before_any_is_started)
{
	const char *out = says("one_of_several_is_missing");
	e2e_like(out, "hint: \"install it, correct PATH, ");
	e2e_unlike(out, "started: ");
	e2e_like(says("several_words"), "hint: \"no shell takes it apart: give each word by itself, ..sleep.., ");
}

E2E_TEST(logs)
{
	const char *out = says("says_nothing");
	e2e_like(out, "hint: \"it has said nothing: its log is empty");
	e2e_unlike(out, "see its log");
	e2e_like(says("says_something"), "hint: \"?see its log");
}

/* A line that isn't found though it is there, nearly: by e2e_ready, e2e_expect and in a log that the server writes itself. */
E2E_TEST(nearly_the_line)
{
	e2e_like(says("other_case"), "it still runs: .*Listening on 80.* differs in upper and lower case alone");
	e2e_like(says("literal_line"), "up \\(1\\).* stands there as it is; in a regular expression .* means something else");
	e2e_like(says("unended_line"), "login: .* has no end yet, and E2E_LINE takes whole lines: e2e_expect\\(p, ");
	e2e_like(says("used_line"), "begins now.* matches, but e2e_ready or e2e_expect has found that line before");
	e2e_like(says("other_case_expected"), "Password: .* differs in upper and lower case alone; `got` is ");
	e2e_like(says("other_case_logged"), "Up.* differs in upper and lower case alone");
}

E2E_TEST(pid_files)
{
	e2e_like(says("no_pid_file"), "/no/such/folder/pid can't be read after 0\\.1 s: No such file or directory");
	e2e_like(says("empty_pid_file"), "x\\.pid is still empty after 0\\.1 s");
	e2e_like(says("words_in_pid_file"), "x\\.pid holds .*running.* after 0\\.1 s, no process's number");
	e2e_like(says("init_in_pid_file"), "pid 1 in .*/x\\.pid is no process of this test");
}

E2E_TEST(ended_before)
{
	e2e_like(says("signal_to_the_gone"), "hint: \"?do it before e2e_wait: ");
}

E2E_TEST(folders)
{
	e2e_like(says("no_folder"), "can't enter its folder /no/such/folder: No such file or directory");
	if (geteuid() == 0)
		e2e_like(says("folder_of_another_user"), "user nobody can't enter its folder .*/closed: Permission denied.*\n.*\n.*\n *hint: .*chmod o.x");
}

E2E_TEST(endpoints)
{
#ifdef E2E__LINUX /* elsewhere there are no abstract names */
	e2e_like(says("abstract_mode"), "@e2e-hints-abstract has no mode: an abstract name is no file");
	e2e_unlike(says("taken_twice"), "left open");
	const char *nobody = says("nobody_under_a_name");
	e2e_like(nobody, "can't connect to unix:@e2e-hints-nobody: Connection refused");
	e2e_like(nobody, "hint: \"nobody listens under this name .yet.: e2e_ready.p, E2E_SOCKET.*@e2e-hints-nobody.*there is no file to look for");
#endif
	e2e_like(says("nobody_at_a_path"), "hint: \"nobody listens there .any more, or yet.: e2e_ready.p, E2E_SOCKET.path.. waits for it\"\n");
	e2e_like(says("nobody_at_a_port"), "hint: \"nobody listens there .yet.: e2e_ready.p, E2E_PORT.n.. waits for it\"\n");
	e2e_like(says("no_scheme"), "hint: \"an endpoint is tcp:HOST:PORT, ");
	e2e_like(says("no_scheme_to_listen"), "hint: \"an endpoint is tcp:HOST:PORT, ");
}

E2E_TEST(buffers)
{
	e2e_like(says("buffered"), "\n  buffers_late: \"it wrote a line that matches .*ready.* only when it was ended");
	e2e_like(says("buffered_words"), "\n  buffers_late: \"it wrote a line that matches .*ready.* only when it was ended");
}

E2E_TEST(signals)
{
	e2e_like(says("told_and_not_waited_for"), "hint: \"the test itself has sent it SIGINT: then e2e_wait\\(p, E2E_SIG\\(SIGINT\\)\\) must");
	e2e_like(says("told_and_forgotten"), "hint: \"?the test itself has sent it SIGKILL\"?\n");
}

/* An assertion fails because a server is gone: it says so, and the story tells of it before. */
E2E_TEST(a_server_that_died)
{
	const char *out = says("died_before");
	e2e_like(out, "\n  hint: \"?server \\(pid [0-9]+\\) has ended meanwhile: SIGKILL\"?\n");
	e2e_like(out, "server +! ended: SIGKILL [^\n]*\n[^\n]*test +! the answer");
	e2e_unlike(says("died_after"), "meanwhile");
}

/* A try that hangs doesn't take the time of those after it. */
E2E_TEST(a_probe_that_hangs, .timeout = 120)
{
	const char *file = e2e_printf("%s/tried", e2e_tmpdir());
	e2e_proc *p = e2e_spawn("sleep", "76504");
	e2e_ready(p, E2E_CMD("sh", "-c", "test -e \"$0\" || { : >\"$0\"; exec sleep 76505; }", file), E2E_WITHIN(60));
	e2e_kill(p);
}

E2E_MAIN()
