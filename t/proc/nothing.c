/* Where nothing would be looked at, or nothing would happen, no case passes silently. */
#include "../golden.h"
#include "../leftovers.h"

/* Runs a case of t/proc/broken/nothing.c; its report must have this status and say this. */
#define says(...) says_at(E2E__AT, __VA_ARGS__)
static e2e_result says_at(const char *file, int at, const char *name, int status, const char *message)
{
	const char *mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("mark"));
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(mark), .timeout = 120}, broken("nothing"), "-k",
	                            e2e_printf("^%s$", name), "--seed", "1");
	e2e__assertion_is_int_at((struct e2e__at){file, at, "status, expected", name}, r.status, false, status, false);
	e2e__match_like((struct e2e__at){file, at, "report", name}, scrubbed(r.out), message);
	leaves_nothing(file, at, mark, r.out);
	return r;
}

E2E_TEST(plans, .timeout = 120)
{
	says("no_processes", 1, "code: usage\n(.*\n)*.*there is no process to be waited for|there is no process to be waited for");
	says("null_among_processes", 1, "e2e_wait_par was given NULL instead of a process");
	says("no_such_signal", 1, "sleep 86431 \\(pid N\\) can't be sent .*: Invalid argument");
	says("log_full_and_ignored", 1, "code: limit\n(.*\n)*.*what came then is lost|its log has reached 1 MiB");
	says("run_with_a_full_log", 1, "its log has reached 1 MiB, what came then is lost");
	says("two_inputs", 1, "both .stdin_text and .stdin_file are given");
	says("size_without_terminal", 1, "\\.rows or \\.columns are given, but no \\.pty");
	says("run_with_a_lost_status", 1, "false \\(pid N, started at .*\\) has exited, and nobody waited for it(.*\n)* *hint: .*ignores SIGCHLD");
	says("readiness_by_a_lost_status", 1, "code: (not-ready|unexpected-exit)|false: an unknown status");
	e2e_setenv("E2E_RUN_DIR", "/no/such/folder");
	says("no_run_folder", 99, "Bail out! E2E_RUN_DIR=/no/such/folder is no folder");
	e2e_setenv("E2E_RUN_DIR", NULL);
	says("no_run_folder", 0, "\nok 1 - no_run_folder\n");
	says("size_without_input", 1, ".stdin_size is given, but no .stdin_text");
}

E2E_TEST(logs, .timeout = 120)
{
	e2e_result late = says("line_in_a_buffer", 1, "code: not-ready\n *hint: .*its output may wait in a buffer.*stdbuf -oL");
	e2e_like(late.out, "code: timeout\n *hint: .*its output may wait in a buffer.*stdbuf -oL");
	e2e_result other = says("another_line_on_stderr", 1, "code: not-ready\n *hint: \"it still runs: nothing on stderr matches, and stdout is empty; what");
	e2e_like(other.out, "code: timeout\n *hint: \"nothing on stderr matches, and stdout is empty; what is written there may wait in a buffer");
	says("log_removed", 1, "can't read /.*/sh.stdout: No such file");
	e2e_like(says("log_gone", 1, "on purpose").out, "\n  sh.stdout: \\|\n *\\(all of [^\n]*\\)\n *\\(can't be read\\)\n");
	e2e_like(says("reason_after_many", 1, "THE_REASON").out, " sh-60 *[|!] THE_REASON\n");
	e2e_result r = says("reason_after_probes", 1, "THE_REASON");
	e2e_unlike(r.out, "can't be read", "tries of a command leave nothing in the report");
}

E2E_TEST(proxies, .timeout = 120)
{
	says("pause_alone", 1, "code: usage|.pause without .slice does nothing");
	says("reset_and_drop", 1, ".reset and .drop can't both be");
	says("limit_below", 1, ".limit = -5");
	says("first_alone", 1, ".first without a fault does nothing");
	says("drop_all", 0, "\nok 1 - drop_all\n");
	e2e_result r = says("fault_meets_nothing", 0, "\nok 1 - fault_meets_nothing\n");
	e2e_like(r.err, "this fault of the proxy tcp:127.0.0.1:[0-9]+ met nothing: to the client: latency 0.5 s");
	e2e_like(r.err, "this fault of the proxy tcp:127.0.0.1:[0-9]+ met nothing: to the server: limit 1000 bytes");
	r = says("fault_meets_something", 0, "\nok 1 - fault_meets_something\n");
	e2e_is_str(r.err, "");
}

E2E_TEST(mail, .timeout = 120)
{
	says("a_mail_where_none_was_wanted", 1, "ok 1 - 0 mails\n(.*\n)*    not ok [0-9] - 0 mails\n(.*\n)* *got: 1\n *want: 0\n");
	says("seventy_recipients", 1, "code: no-mail");
	says("mistyped_command", 1, "no client says .*RCTP.*: the fault would never come");
	says("no_times", 1, "0 is no number of times");
	says("mail_that_cannot_be_read", 1, "can't read mail 1 in /.*: No such file");
	says("mail_to_minus_one", 1, "can't read mail 1 in /.*: Invalid argument");
	says("mail_to_very_many", 1, "can't read mail 1 in /.*: Invalid argument");
	says("mail_without_its_recipient", 1, "can't read mail 1 in /.*: Invalid argument");
	says("mail_without_its_sender", 1, "can't read mail 1 in /.*: Invalid argument");
	says("mail_that_could_not_be_stored", 1, "a mail couldn't be stored in /.*: No such file");
}

E2E_TEST(shims_and_handshakes, .timeout = 120)
{
	says("no_shims", 1, "there is no shim");
	says("no_messages", 1, "there is no message to be sent");
	says("no_receiver", 1, "the shim s has no .receive command");
	says("a_nul_on_stderr", 1, "wrote to stderr");
	says("shims_with_lost_statuses", 1, "ended with an unknown status");
	says("shim_leaves_a_process", 1, "has left processes behind: (sleep \\(pid N\\)|a process of group)");
	says("shim_in_order", 0, "\nok 1 - shim_in_order\n");
	says("version_too_big", 1, "is no handshake");
	says("version_with_a_sign", 1, "is no handshake");
	says("no_protocol", 1, "is no handshake");
	says("port_zero", 1, "can't be reached: it names no port");
}

E2E_TEST(stubs_and_scenarios, .timeout = 120)
{
	says("transcript_full", 1, "can't write what it receives to /.*/server.received: File too large");
	says("console_in_an_open_block", 1, "x.md:5\n|this block doesn't end");
	says("capital_console", 1, "not ok [0-9] - false");
	says("output_removed", 1, "its output can't be read: No such file");
}

E2E_MAIN()
