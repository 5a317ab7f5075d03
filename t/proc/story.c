/* What a story tells of processes: by whom they were ended; and no secret of theirs. */
#include "../golden.h"

E2E_TEST(secrets)
{
	golden_stdout("story", "secrets", 1);
	e2e_result r = e2e_run(broken("story"), "-k", "^secrets");
	e2e_unlike(r.out, "t0ld|n4med");
	e2e_unlike(r.err, "t0ld|n4med");
}

E2E_TEST(secrets_left_running) { golden_stdout("story", "secrets_left_running", 1); }

/* The lines of the story that tell of an end */
static const char *ends(const char *name)
{
	const char *out = scrubbed(e2e_run(broken("story"), "-k", e2e_printf("^%s$", name)).out);

	return e2e_run_with((e2e_spawn_opts){.stdin_text = out}, "sed", "-n", "s/^ *+T \\(.* ended: \\)/\\1/p").out;
}

E2E_TEST(by_the_test)
{
	e2e_like(ends("by_the_test"),
		 "^killed    \\| ended: SIGTERM \\(pid N\\) by e2e_kill at t/proc/broken/story\\.c:[0-9]+\n"
		 "stopped   \\| ended: exit code 7 \\(pid N\\) after SIGTERM by e2e_stop at t/proc/broken/story\\.c:[0-9]+\n"
		 "signalled \\| ended: SIGINT \\(pid N\\) by e2e_signal at t/proc/broken/story\\.c:[0-9]+\n"
		 "by_itself \\| ended: SIGKILL \\(pid N\\)\n$");
}

E2E_TEST(by_the_limit)
{
	e2e_like(ends("by_the_limit"),
		 "^endless \\| ended: SIGKILL \\(pid N\\) by the limit of e2e_wait at t/proc/broken/story\\.c:[0-9]+: SIGTERM was in vain\n$");
}

E2E_TEST(by_the_end) { e2e_like(ends("by_the_end"), "^left \\| ended: SIGTERM \\(pid N\\) by the case's end\n$"); }

E2E_TEST(by_somebody_else)
{
	e2e_like(ends("by_somebody_else"), "^server ! ended: SIGTERM \\(pid N\\), which the test hasn't sent\n$");
}

E2E_TEST(by_nobody) { e2e_like(ends("by_nobody"), "^server \\| ended: SIGSEGV( \\(core dumped\\))? \\(pid N\\)\n$"); }

/* In which order they are collected is the system's. */
static const char *sorted(const char *text) { return e2e_run_with((e2e_spawn_opts){.stdin_text = text}, "sort").out; }

/* Where the case's own process dies: what ended by itself before, and what the death has ended. */
E2E_TEST(by_a_crash)
{
#ifdef E2E__LINUX /* elsewhere they aren't the runner's to collect */
	static const char both[] = "^failed   ! ended: exit code 3 \\(pid N\\)\n"
				   "server   \\| ended: SIGKILL \\(pid N\\) by the case's death\n"
				   "stubborn \\| ended: SIGKILL \\(pid N\\) by the case's death\n$";

	e2e_like(sorted(ends("by_a_crash")), both);
	e2e_like(sorted(ends("by_a_kill")), both);
	e2e_like(e2e_run(broken("story"), "-k", "^by_a_crash$").out,
		 "test +! died of SIGSEGV[^\n]*\n.*ended: SIGKILL .*ended: SIGKILL ", "the case dies before what its death ends");
#else
	e2e_skip("on Linux only");
#endif
}

/* What a service says before it is ready is in its log's end; the story has what is odd. */
E2E_TEST(a_service)
{
	const char *out = scrubbed(e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("E2E_RUN_DIR")}, broken("story"), "-k", "^a_service$").out);

	e2e_like(out, "\n    \\+T svc/server ! ERROR: no cache\n");
	e2e_like(out, "\n    \\+T svc/server \\| later\n");
	e2e_unlike(out, "\\| (banner|up)\n");
	e2e_like(out, "server.stdout: \\|\n    \\(all of [^\n]*\n    banner\n");
}

/* On Linux with who has sent it. */
E2E_TEST(mail_of_a_process)
{
	const char *out = scrubbed(e2e_run(broken("story"), "-k", "^mail_of_a_process$").out);

	e2e_like(out, "mail  ! the fault at RCPT(, of sends \\(pid N\\))?: 550 5\\.0\\.0 refused by the test\n");
	e2e_like(out, "mail  \\| [0-9]+ bytes from <a@x> to <b@y> and others(, sent by sends \\(pid N\\))?\n");
#ifdef E2E__LINUX
	e2e_like(out, ", of sends .*, sent by sends ");
#endif
}

E2E_MAIN()
