/* A limit that falls due while an operation waits: its report says what was waited for, and is the only one; nothing stays. */
#include "../golden.h"
#include "../leftovers.h"

/* Runs a case of t/proc/broken/waits.c. It must fail by its limit alone, waiting for this; else NULL: for nothing. */
#define waits(name, what) waits_at(E2E__AT, name, what)
static const char *waits_at(const char *file, int at, const char *name, const char *what)
{
	const char *mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("mark"));
	const char *tmp = e2e_printf("TMPDIR=%s", e2e_tmpdir());
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(mark, tmp, "E2E_RUN_DIR"), .timeout = 120}, broken("waits"),
	                            "-k", e2e_printf("^%s$", name), "--seed", "1");
	const char *out = scrubbed(r.out), *hint = strstr(out, "\n  hint: ");
	e2e__assertion_is_int_at((struct e2e__at){file, at, "status", name}, r.status, false, 1, false);
	e2e__match_like((struct e2e__at){file, at, "report", "code"}, out, "\nnot ok 1 - .*\n  code: timeout\n");
	e2e__match_like((struct e2e__at){file, at, "report", "the limit's own report"}, out, "\n  message: \"?timed out after [0-9.]+ s");
	e2e__match_unlike((struct e2e__at){file, at, "report", "no other failure"}, out, "\n  failed: [2-9]|left running|left_running|\n  then:|leaked|still-running");
	if (what)
		e2e__match_like((struct e2e__at){file, at, "hint", name}, hint ? hint : "(none)", e2e_printf("^\n  hint: [^\n]*, waiting for %s\"?\n", what));
	else
		e2e__match_unlike((struct e2e__at){file, at, "hint", name}, hint ? hint : "(none)", "waiting for");
	leaves_nothing(file, at, mark, r.out);
	return out;
}
#define SLEEP "sleep 86420 \\(pid N\\)"

E2E_TEST(processes, .timeout = 120)
{
	waits("wait", "the end of " SLEEP);
	waits("wait_par", "the end of " SLEEP " and another one");
	waits("kill_", "the end of sh -c .*done' \\(pid N\\) after SIGTERM");
	waits("stop", "the end of sh -c .*done' \\(pid N\\) after SIGTERM");
	waits("run", "the end of " SLEEP);
}

E2E_TEST(readiness_and_dialogues, .timeout = 120)
{
	waits("ready", "the readiness of sh -c .*86420' \\(pid N\\): tcp port [0-9]+, socket /no/socket, file /no/file, command false");
	waits("expect", "the words of " SLEEP ": \\^the \\(word\\)\\$");
	waits("send", SLEEP " to read: it took [0-9]+ of 1048575 bytes");
	waits("handshake", "the handshake of " SLEEP);
}

E2E_TEST(sockets, .timeout = 120)
{
	waits("accept_", "a client's connection to unix:.*/s");
	waits("dial", "a connection to unix:.*/s");
	waits("proxy", "the fault-proxy \\(pid N\\) to take what it is told");
	waits("mails", "2 mails at port [0-9]+; 0 came until now");
	waits("a_mail", "mail .*Hello.* to <b@y> at port [0-9]+");
}

E2E_TEST(shims_and_scenarios, .timeout = 120)
{
	waits("shim_ready", "the readiness of sh -c 'exec sleep 86420' node .* \\(pid N\\): line .*\\^ready.*");
	waits("shim_ends", "the ends of the sender true node .* \\(pid N\\) and the receiver sh -c .* \\(pid N\\)");
	waits("scenario", "the command at .*/x.txt:3: exec sleep 86420");
}

E2E_TEST(services, .timeout = 120)
{
	waits("service", "service slow to start: the readiness of sh -c .* \\(pid N\\): line .*never.*");
	waits("service_blocked", "service blocked to start");
	waits("service_killed", "service deaf to start");
	waits("service_locked", "service other, which another program starts");
}

E2E_TEST(a_case_that_dies_while_a_service_starts)
{
	const char *mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("mark"));
	const char *tmp = e2e_printf("TMPDIR=%s", e2e_tmpdir());
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(mark, tmp, "E2E_RUN_DIR")}, broken("waits"), "-k",
	                            "^service_crash$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n  message: \"?died of SIGALRM");
	e2e_unlike(r.out, "left_running|left running");
	e2e_eventually(30, !leftovers(mark));
}

E2E_TEST(what_was_waited_for_is_forgotten_afterwards)
{
	waits("own_code", NULL);
}

E2E_MAIN()
