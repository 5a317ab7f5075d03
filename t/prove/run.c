/* How tests are run: time limits, processes left behind, signals to prove itself, parallel runs and their order. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

static bool alive(const char *pidfile)
{
	const char *text = read_file(pidfile);
	int pid = text ? atoi(text) : 0;
	const char *stat;
	if (pid <= 0)
		return false;
	if (kill(pid, 0) != 0)
		return false;
	stat = read_file(e2e_printf("/proc/%d/stat", pid));
	return !stat || !strstr(stat, ") Z ");
}

#define SUMMARY "\nTest Summary Report\n-------------------\n"

E2E_TEST(a_time_limit_ends_the_whole_group)
{
	e2e_result r;
	script("a.t", "echo 1..2; echo ok 1; sleep 600 & echo $! >child; sleep 600\n");
	stream("b.t", "1..1\nok 1\n", 0);
	r = e2e_run(driver, "--timeout", "2", "a.t", "b.t");
	e2e_is_int(r.status, 1);
	e2e_is_str(tidy(r.out),
	           "a.t .. \nTimed out after 2 s; ended with all it had started\nFailed 1/2 subtests \nb.t .. ok\n" SUMMARY
	           "a.t (Wstat: 15 (Signal: TERM) Tests: 1 Failed: 0)\n  Timed out after 2 s\n"
	           "  Non-zero wait status: 15\n  Parse errors: Bad plan.  You planned 2 tests but ran 1.\n"
	           "Files=2, Tests=2, TIMES\nResult: FAIL\n");
	e2e_ok(e2e_eventually(30, !alive("child")), "what the test started is gone");
}

E2E_TEST(a_time_limit_ends_what_ignores_the_request)
{
	e2e_result r;
	script("a.t", "trap '' TERM; echo 1..2; echo ok 1; echo $$ >self; while :; do sleep 600; done\n");
	stream("b.t", "1..1\nok 1\n", 0);
	r = e2e_run(driver, "--timeout", "2", "a.t", "b.t");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "a\\.t \\(Wstat: 9 \\(Signal: KILL\\) Tests: 1 Failed: 0\\)\n  Timed out after 2 s\n");
	e2e_like(r.out, "\nb\\.t \\.\\. ok\n");
	e2e_ok(e2e_eventually(30, !alive("self")), "the test is gone");
}

/* What answers the request by a bail out, as tests of several frameworks do, ends nothing but itself. */
E2E_TEST(a_time_limit_is_no_bail_out)
{
	static const char *const ways[] = {"-j1", "-j2", "-v"};
	e2e_result r;
	for (size_t i = 0; i < 3; i++) {
		script("a.t", "trap 'echo \"Bail out! asked to end\"; exit 99' TERM; echo 1..2; echo ok 1; sleep 600 & wait\n");
		script("b.t", "echo 1..1; echo ok 1\n");
		script("c.t", "echo 1..1; echo not ok 1; exit 1\n");
		r = e2e_run(driver, ways[i], "--timeout", "2", "--junit", "out.xml", "a.t", "b.t", "c.t");
		e2e_is_int(r.status, 1, "%s", ways[i]);
		e2e_is_str(r.err, "", "%s", ways[i]);
		e2e_unlike(r.out, "Further testing stopped", "%s", ways[i]);
		e2e_like(r.out, "\nTimed out after 2 s", "%s", ways[i]);
		e2e_like(r.out, "\nFiles=3, Tests=3,", "%s", ways[i]);
		e2e_like(read_file("out.xml"), "Bail out! asked to end", "%s: JUnit has what it said", ways[i]);
	}
	script("a.t", "[ ! -e again ] || { echo 1..1; echo ok 1; exit; }; touch again\n"
	              "trap 'echo \"Bail out! asked to end\"; exit 99' TERM; echo 1..1; sleep 600 & wait\n");
	unlink("again");
	r = e2e_run(driver, "--timeout", "2", "--retry", "1", "a.t", "b.t");
	e2e_is_int(r.status, 0, "it is tried again: %s%s", r.out, r.err);
	e2e_like(r.out, "^a\\.t \\.\\. \nIts last lines:\n  1..1\n  Bail out! asked to end\n.*\nTimed out after 2 s; [^\n]*\nDubious, test returned 99 [^\n]*\n[^\n]*\n"
	                "ok \\(flaky: passed on try 2\\)\nb\\.t \\.\\. ok\n");
}

/* One shard that bailed out says nothing of the others. */
E2E_TEST(a_bail_out_in_a_kept_stream)
{
	e2e_result r;
	text_file("a.tap", "1..2\nok 1\nBail out! no database\n");
	text_file("b.tap", "1..1\nnot ok 1 - seen\n");
	script("c.t", "echo 1..1; echo ok 1\n");
	r = e2e_run(driver, "a.tap", "b.tap", "c.t");
	e2e_is_int(r.status, 255);
	e2e_like(r.out, "Bailout called\\.  Further testing stopped:  no database\n");
	e2e_like(r.out, "\nb\\.tap \\.\\. \n.*\nc\\.t \\.\\.\\.\\. ok\n");
	e2e_like(r.out, "\nFiles=3, Tests=3,");
	e2e_run(driver, "--archive", "one.tgz", "a.tap");
	e2e_run(driver, "--archive", "two.tgz", "b.tap", "c.t");
	r = e2e_run(driver, "one.tgz", "two.tgz");
	e2e_is_int(r.status, 255);
	e2e_like(r.out, "\nFiles=3, Tests=3,");
	e2e_like(e2e_run(driver, "-x", "b.tap", "c.t").out, "\nFiles=1, Tests=1,", "-x counts kept streams too");
}

E2E_TEST(a_test_that_ends_its_own_group)
{
	e2e_result r;
	script("a.t", "echo 1..2; echo ok 1; kill -KILL 0\n");
	stream("b.t", "1..1\nok 1\n", 0);
	stream("c.t", "1..1\nok 1\n", 0);
	r = e2e_run(driver, "a.t", "b.t", "c.t");
	e2e_is_int(r.status, 1);
	e2e_is_str(tidy(r.out),
	           "a.t .. \nFailed 1/2 subtests \nb.t .. ok\nc.t .. ok\n" SUMMARY
	           "a.t (Wstat: 9 (Signal: KILL) Tests: 1 Failed: 0)\n  Non-zero wait status: 9\n"
	           "  Parse errors: Bad plan.  You planned 2 tests but ran 1.\nFiles=3, Tests=3, TIMES\nResult: FAIL\n");
}

/* With -v the lines come over pipes, and those that read them have to outlive the group. */
E2E_TEST(a_test_that_ends_its_own_group_with_v)
{
	e2e_result r;
	script("a.t", "echo 1..2; echo ok 1 - before; echo 'the last words'; kill -KILL 0\n");
	stream("b.t", "1..1\nok 1\n", 0);
	r = e2e_run(driver, "-v", "a.t", "b.t");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "^a\\.t \\.\\. \n1\\.\\.2\nok 1 - before\nthe last words\nFailed 1/2 subtests \nb\\.t");
	e2e_like(r.out, "a\\.t \\(Wstat: 9 \\(Signal: KILL\\) Tests: 1 Failed: 0\\)\n");
}

/* Without setsid a group of its own comes from perl, from python3, or from a shell with job control. */
E2E_TEST(time_limits_without_setsid, .timeout = 120)
{
	static const char *const ways[] = {"perl", "python3", "bash"};
	size_t i;
	script("a.t", "echo 1..2; echo ok 1; sleep 600 & echo $! >child; sleep 600\n");
	stream("b.t", "1..1\nok 1\n", 0);
	for (i = 0; i < 3; i++) {
		e2e_result r;
		e2e_run("rm", "-rf", "bin", "child");
		mkdir("bin", 0777);
		r = e2e_run("sh", "-c", "cd bin; for tool in awk mawk cat cp cut date df env find kill mkdir mkfifo mv rm sed sh sleep sort tr $0; do\n"
		                        "p=$(PATH=/usr/bin:/bin:$PATH command -v $tool) && ln -s \"$p\" $tool 2>/dev/null; done; ls $0", ways[i]);
		if (!strstr(r.out, ways[i]))
			continue;
		r = e2e_run("env", e2e_printf("PATH=%s/bin", e2e_tmpdir()), i == 2 ? "bash" : "sh", driver, "--timeout", "2", "a.t", "b.t");
		e2e_is_int(r.status, 1, "%s: fails", ways[i]);
		e2e_ok(!strstr(r.err, "found none of setsid"), "%s: no complaint", ways[i]);
		e2e_like(r.out, "^a\\.t \\.\\. \nTimed out after 2 s; ended with all it had started\nFailed 1/2 subtests \nb\\.t \\.\\. ok\n");
		e2e_ok(e2e_eventually(30, !alive("child")), "%s: what the test started is gone", ways[i]);
	}
}

/* A child that keeps stdout and stderr open delays nothing, and what it writes later harms no other test. */
E2E_TEST(a_child_left_behind_delays_nothing)
{
	static const char *const ways[] = {"-j1", "-j2", "-v"};
	size_t i;
	for (i = 0; i < 3; i++) {
		e2e_result r;
		script("a.t", "echo 1..1; echo ok 1; (trap '' PIPE; while [ ! -e stop ]; do [ -e begun ] && echo not ok 1; sleep 0.1; done) & echo $! >child\n");
		/* beside a.t its output may still be looked at, so there the child only holds it open */
		script("b.t", i == 1 ? "sleep 0.5; echo 1..1; echo ok 1\n"
		                     : "touch begun; sleep 0.5; rm begun; echo 1..1; echo ok 1\n");
		unlink("stop");
		r = e2e_run(driver, ways[i], "a.t", "b.t");
		e2e_is_int(r.status, 0, "%s: passes", ways[i]);
		e2e_like(r.out, "\nResult: PASS\n");
		text_file("stop", "");
		e2e_ok(e2e_eventually(30, !alive("child")), "%s: the child is gone", ways[i]);
	}
}

/* Ctrl-C, and other signals to prove: nothing runs on, no folder stays, and the summary tells what ran. */
static void three_tests(void)
{
	script("a.t", "echo 1..1; echo ok 1\n");
	script("b.t", "sleep 600 & echo $! >child.new; mv child.new child; sleep 600\n");
	script("c.t", "touch began\n");
	mkdir("tmp", 0777);
	e2e_setenv("TMPDIR", "tmp");
	e2e_setenv("E2E_SPOOL", "tmp");
}

static void nothing_is_left(void)
{
	e2e_ok(e2e_eventually(20, !alive("child")), "what ran is gone");
	e2e_ok(e2e_eventually(20, rmdir("tmp") == 0), "the folders are gone");
	e2e_is_int(access("began", F_OK), -1, "nothing else began");
}

E2E_TEST(ctrl_c)
{
	e2e_proc *p;
	three_tests();
	p = e2e_spawn(driver, "a.t", "b.t", "c.t");
	e2e_ready(p, E2E_FILE("child"));
	kill(-p->pid, SIGINT);
	e2e_wait(p, E2E_SIG(SIGINT));
	nothing_is_left();
	e2e_is_str(tidy(e2e_stdout(p)),
	           "a.t .. ok\nb.t .. interrupted\nTest run interrupted!\nFiles=1, Tests=1, TIMES\nResult: FAIL\n");
}

/* What a test that doesn't come to its end said on stderr is as good as its last lines. */
E2E_TEST(stderr_of_a_test_that_is_interrupted)
{
	static const char *const ways[] = {"-j1", "-j2", "-vj2", "-v"};
	for (size_t i = 0; i < 4; i++) {
		const char *xml;
		e2e_proc *p;
		script("a.t", "echo of a >&2; echo 1..1; echo ok 1\n");
		script("b.t", "echo 1..2; echo not ok 1 - early; echo 'no route' >&2; sleep 0.1; touch begun; sleep 600\n");
		unlink("begun");
		p = e2e_spawn(driver, ways[i], "--junit", "out.xml", "a.t", "b.t");
		e2e_ready(p, E2E_FILE("begun"));
		kill(-p->pid, SIGINT);
		e2e_wait(p, E2E_SIG(SIGINT));
		e2e_like(e2e_stdout(p), e2e_printf("\nb\\.t \\.\\. \n%snot ok 1 - early\n%sinterrupted\n", i < 2 ? "" : "1\\.\\.2\n",
		                                   i == 3 ? "" : "On stderr:\n  no route\n"), "%s", ways[i]);
		e2e_like(e2e_stderr(p), i == 3 ? "^of a\nno route\n" : "^of a\n$", "%s", ways[i]);
		xml = read_file("out.xml");
		e2e_ok(xml && strstr(xml, "\nOn stderr:\n  no route\n</error>"), "%s: the reason", ways[i]);
		e2e_ok(xml && strstr(xml, "<system-err>no route\n"), "%s", ways[i]);
		e2e_ok(xml && strstr(xml, "<system-err>of a\n"), "%s", ways[i]);
	}
}

/* The other signals end prove at once; the guard that it leaves behind ends the rest. The shell between waits for that. */
static void ended_by(int signo, int status)
{
	e2e_proc *p;
	const char *pid;
	three_tests();
	/* with a time limit there is a clock too, which must not keep the guard from hearing of the end */
	p = e2e_spawn("sh", "-c", "\"$0\" --timeout 500 a.t b.t c.t & echo $! >pid; wait $!; echo status $?; n=0\n"
	                          "while ls -d tmp/* >/dev/null 2>&1 && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done\n", driver);
	e2e_ready(p, E2E_FILE("child"));
	pid = read_file("pid");
	kill(atoi(pid), signo);
	e2e_wait(p, 0, 60);
	nothing_is_left();
	/* the end of the report may come before the shell says the status, or after it */
	e2e_like(e2e_stdout(p), e2e_printf("(^|\n)status %d\n", status));
	e2e_like(e2e_stdout(p), "(^|\n)a\\.t \\.\\. ok\n");
	e2e_like(e2e_stdout(p), "b\\.t \\.\\. interrupted\nTest run interrupted!\nFiles=1, Tests=1, .*\nResult: FAIL\n");
}

E2E_TEST(ended_by_sigterm)
{
	ended_by(SIGTERM, 128 + SIGTERM);
}

E2E_TEST(ended_by_sighup)
{
	ended_by(SIGHUP, 128 + SIGHUP);
}

E2E_TEST(ended_by_sigkill)
{
	ended_by(SIGKILL, 128 + SIGKILL);
}

/* The brain's process id: of the one run whose folder is in tmp. */
static pid_t brain_of_the_run(void)
{
	e2e_result r = e2e_run("sh", "-c", "pgrep -f \"$(basename tmp/prove.*)/brain[.]awk\"");
	e2e_must(e2e_is_int(r.status, 0, "the brain is there"));
	return (pid_t)atoi(r.out);
}

/* Until it takes no more, as by the ticks of the clock that nobody reads. */
static void fill(const char *fifo)
{
	static char line[4096];
	int fd = open(fifo, O_WRONLY | O_NONBLOCK);
	e2e_must(e2e_ok(fd >= 0, "%s can be opened", fifo));
	memset(line, ' ', sizeof line);
	line[sizeof line - 1] = '\n';
	while (write(fd, line, sizeof line) > 0)
		;
	e2e_is_int(errno, EAGAIN);
	close(fd);
}

/* Nothing of prove may wait for a brain that is gone. */
E2E_TEST(killed_brain_with_a_full_fifo, .timeout = 120)
{
	e2e_proc *p;
	const char *folder;
	pid_t brain;
	three_tests();
	p = e2e_spawn("sh", "-c", "\"$0\" --timeout 500 a.t b.t c.t & echo $! >pid; wait $!; n=0\n"
	                          "while ls -d tmp/* >/dev/null 2>&1 && [ $n -lt 600 ]; do sleep 0.1; n=$((n+1)); done\n", driver);
	e2e_ready(p, E2E_FILE("child"));
	brain = brain_of_the_run();
	kill(brain, SIGSTOP);
	folder = e2e_run("sh", "-c", "echo tmp/prove.*").out;
	fill(e2e_printf("%.*s/reply", (int)strcspn(folder, "\n"), folder));
	kill(atoi(read_file("pid")), SIGKILL);
	kill(brain, SIGKILL);
	e2e_wait(p, 0, 90);
	nothing_is_left();
}

E2E_TEST(parallel_output_in_the_order_of_the_list)
{
	e2e_result r;
	script("a.t", "while [ ! -e go ]; do sleep 0.05; done; echo 1..1; echo ok 1; echo a >&2\n");
	script("b.t", "echo 1..1; echo not ok 1 - x; echo b >&2; exit 1\n");
	script("c.t", "touch go; echo 1..1; echo ok 1; echo c >&2\n");
	r = e2e_run(driver, "-m", "-j2", "a.t", "b.t", "c.t");
	e2e_is_int(r.status, 1);
	e2e_is_str(tidy(r.out),
	           "a.t .. ok\nb.t .. \nnot ok 1 - x\nDubious, test returned 1 (wstat 256, 0x100)\nFailed 1/1 subtests \nc.t .. ok\n" SUMMARY
	           "b.t (Wstat: 256 (exited 1) Tests: 1 Failed: 1)\n  Failed test:  1\n  Non-zero exit status: 1\n"
	           "Files=3, Tests=3, TIMES\nResult: FAIL\n");
}

E2E_TEST(tests_run_with_default_signals_and_no_descriptors)
{
	e2e_result r;
	script("a.t", "for fd in 3 4 5 6 7 8 9; do if [ -e /proc/self/fd/$fd ]; then echo \"# fd $fd is open\"; bad=1; fi; done\n"
	              "grep -q '^SigIgn:.*[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]0$' /proc/self/status || bad=1\n"
	              "sleep 600 & child=$!\necho 1..1; [ -z \"$bad\" ] && echo ok 1 || echo not ok 1\nkill $child\n");
	e2e_skip_if(access("/proc/self/fd", F_OK) != 0, "no /proc here");
	r = e2e_run(driver, "-o", "a.t");
	e2e_is_int(r.status, 0, "%s", r.out);
	r = e2e_run(driver, "-j2", "-o", "a.t", "a.t");
	e2e_is_int(r.status, 0, "%s", r.out);
}

E2E_TEST(the_environment_of_tests)
{
	e2e_result r;
	script("a.t", "echo 1..1; echo ok 1\nls -ld \"$E2E_RUN_DIR\" | cut -c1-10\n[ -p \"$E2E_RUN_DIR/alive\" ] && echo alive is a FIFO\n"
	              "echo \"$HARNESS_ACTIVE $E2E_FILTER $E2E_TAGS $E2E_NO_SKIP $E2E_FAIL_ON_SKIP $E2E_CONFIG $E2E_SEED $*\"\n");
	r = e2e_run(driver, "-v", "-k", "one two", "-t", "!slow", "--no-skip", "--fail-on-skip", "--config", "x.ini", "--seed", "7",
	            "a.t", "::", "an argument", "-x");
	e2e_like(r.out, "\ndrwx------\nalive is a FIFO\n1 one two !slow 1 1 x\\.ini 7 an argument -x\n");
	e2e_is_int(r.status, 0);
}

E2E_TEST(nothing_of_our_own_in_the_environment)
{
	e2e_result r;
	script("a.t", "echo 1..1; echo ok 1; env >seen\n");
	r = e2e_run("sh", "-c", "env >before; \"$0\" a.t; cut -d= -f1 before | sort >names; cut -d= -f1 seen | sort | comm -13 names - | tr '\\n' ' '", driver);
	e2e_like(r.out, "\nE2E_PROVE E2E_RUN_DIR HARNESS_ACTIVE HARNESS_VERSION TAP_VERSION $");
}

/* prove itself and its workers may be of different shells, which have different clocks. */
E2E_TEST(shells_with_other_clocks)
{
	static const char *const shells[] = {"dash", "bash", "mksh", "busybox"};
	stream("a.t", "1..1\nok 1\n", 0);
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 4; k++) {
			e2e_result r;
			e2e_require_command(shells[i]);
			e2e_setenv("E2E_SH", k == 3 ? "busybox sh" : shells[k]);
			r = i == 3 ? e2e_run("busybox", "sh", driver, "a.t") : e2e_run(shells[i], driver, "a.t");
			e2e_like(r.out, "\nFiles=1, Tests=1,  ?[0-9]+ wallclock secs ", "%s with workers of %s", shells[i], shells[k]);
			e2e_is_str(r.err, "");
		}
}

/* Folders of our name that are there, made by whomever, are left alone. */
E2E_TEST(folders_of_others)
{
	e2e_result r;
	stream("a.t", "1..1\nok 1\n", 0);
	e2e_setenv("TMPDIR", "tmp");
	mkdir("tmp", 0700);
	mkdir("spool", 0700);
	e2e_setenv("E2E_SPOOL", "spool");
	r = e2e_run("sh", "-c", "mkdir tmp/e2e.$$ && echo x >tmp/e2e.$$/keep && ln -s /etc spool/prove.$$ && exec sh \"$0\" a.t", driver);
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_is_str(r.err, "");
	r = e2e_run("sh", "-c", "cat tmp/e2e.*/keep; ls -A tmp spool | wc -l | tr -d ' '");
	e2e_is_str(r.out, "x\n5\n", "theirs are there, ours are gone");
}

/* The driver makes its folders by this mkdir, beside temporary files of its own. What it was asked for stands in "asked"; what is
 * said here comes before the mkdir of the machine is asked for all of it. */
static void with_a_mkdir(const char *says)
{
	const char *path = getenv("E2E_T_PATH") ? getenv("E2E_T_PATH") : getenv("PATH");
	e2e_setenv("E2E_T_PATH", path);
	stream("a.t", "1..1\nok 1\n", 0);
	mkdir("tmp", 0700);
	e2e_setenv("TMPDIR", e2e_printf("%s/tmp", e2e_tmpdir()));
	script("bin/mkdir", e2e_printf("PATH='%s'\nfor folder; do\n\tcase $folder in */prove.* | */e2e.*) ;; *) continue ;; esac\n"
		"\techo \"$folder\" >>asked\n\t%s\ndone\nexec mkdir \"$@\"\n", path, says));
	e2e_setenv("PATH", e2e_printf("%s/bin:%s", e2e_tmpdir(), path));
	unlink("asked");
}

/* Each folder that it was asked for is gone, but one that isn't ours. */
static void made_and_gone(const char *but)
{
	const char *asked = read_file("asked"), *p;
	int n = 0;
	e2e_must(e2e_ok(asked != NULL, "the driver makes folders"));
	for (p = asked; *p; p += strcspn(p, "\n") + 1, n++) {
		const char *folder = e2e_printf("%.*s", (int)strcspn(p, "\n"), p);
		struct stat st;
		if (!but || strcmp(folder, but) != 0)
			e2e_is_int(lstat(folder, &st), -1, "%s is gone", folder);
	}
	e2e_cmp_int(n, ">=", 1);
	e2e_is_int(e2e_run("sh", "-c", "ls -A tmp").out[0], but && strstr(but, "/tmp/") ? 'e' : 0, "nothing else is there");
}

static const char *const kinds[] = {"prove.", "e2e."};

/* One of a run's two folders can't be made: the other one doesn't stay. */
E2E_TEST(folders_of_a_run_that_does_not_begin)
{
	e2e_result r;
	for (int spooled = 0; spooled < 2; spooled++)
		for (size_t i = 0; i < 2; i++) {
			with_a_mkdir("case $folder in */$KIND*) echo \"mkdir: no $folder\" >&2; bad=1 ;; *) mkdir -m 700 \"$folder\" || bad=1 ;; esac\n"
			             "\t[ \"$folder\" != \"$(eval \"echo \\${$#}\")\" ] || exit ${bad:-0}");
			e2e_setenv("E2E_SPOOL", spooled ? getenv("TMPDIR") : NULL);
			e2e_setenv("KIND", kinds[i]);
			r = e2e_run(driver, "a.t");
			e2e_is_int(r.status, 2, "%s%s", r.out, r.err);
			e2e_like(r.err, e2e_printf("\nprove: can't make the folders? [^\n]*/%.*s[^\n]*: set TMPDIR to a folder with room\n$",
			                           (int)strlen(kinds[i]), kinds[i]));
			made_and_gone(NULL);
		}
}

/* Runs in containers have the same processes' numbers, and may share the places. */
E2E_TEST(folders_that_another_run_makes_at_the_same_moment)
{
	const char *theirs;
	e2e_result r;
	for (size_t i = 0; i < 2; i++) {
		with_a_mkdir("case $folder in */$KIND*) [ -e theirs ] || { echo \"$folder\" >theirs; mkdir -m 700 \"$folder\"; } ;; esac");
		e2e_setenv("KIND", kinds[i]);
		unlink("theirs");
		r = e2e_run(driver, "a.t");
		e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
		e2e_is_str(r.err, "");
		theirs = e2e_printf("%.*s", (int)strcspn(read_file("theirs"), "\n"), read_file("theirs"));
		made_and_gone(theirs);
		e2e_is_int(rmdir(theirs), 0, "theirs is there, with nothing in it: %s", theirs);
	}
}

/* What was made isn't ours all the same: it is left alone, and the run doesn't begin. */
E2E_TEST(folders_that_are_links_of_others)
{
	const char *theirs;
	e2e_result r;
	for (size_t i = 0; i < 2; i++) {
		mkdir("elsewhere", 0700);
		text_file("elsewhere/kept.txt", "x\n");
		with_a_mkdir("case $folder in */$KIND*) echo \"$folder\" >theirs; ln -s \"$PWD/elsewhere\" \"$folder\" ;; *) mkdir -m 700 \"$folder\" ;; esac\n"
		             "\t[ \"$folder\" != \"$(eval \"echo \\${$#}\")\" ] || exit 0");
		e2e_setenv("KIND", kinds[i]);
		r = e2e_run(driver, "a.t");
		e2e_is_int(r.status, 2, "%s%s", r.out, r.err);
		theirs = e2e_printf("%.*s", (int)strcspn(read_file("theirs"), "\n"), read_file("theirs"));
		e2e_is_str(r.err, e2e_printf("prove: the folder %s is not ours: run prove again\n", theirs));
		made_and_gone(theirs);
		e2e_is_str(read_file("elsewhere/kept.txt"), "x\n");
		e2e_is_int(unlink(theirs), 0, "the link is there");
	}
}

/* Memory has no room: nothing of the run stays there, not while it runs either. */
E2E_TEST(folders_where_memory_has_no_room)
{
	e2e_result r;
	with_a_mkdir(":");
	script("bin/df", "echo Filesystem; echo 'tmpfs 9 9 1 9 /dev/shm'\n");
	script("a.t", "echo 1..1; for folder in $(cat asked); do case $folder in /dev/shm/*) [ ! -e \"$folder\" ] || echo not ok 1; ;; esac; done\n"
	              "ls -d tmp/prove.* >&2 && echo ok 1\n");
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_like(r.err, "^tmp/prove\\.[0-9.]+\n$");
	made_and_gone(NULL);
}

/* Each in a process namespace of its own, so both are process 1; each test waits for the other one. */
E2E_TEST(runs_with_the_same_number, .timeout = 120)
{
	static const char *const names[] = {"one", "two"};
	e2e_proc *p[2];
	char *folder[2];
	e2e_require_command("unshare");
	if (e2e_run("unshare", "-rpf", "--mount-proc", "true").status != 0)
		e2e_skip("no mount namespaces here");
	with_a_mkdir("sleep 0.3");
	e2e_proc_timeout(60);
	for (size_t i = 0; i < 2; i++)
		script(e2e_printf("%s.t", names[i]), e2e_printf("echo \"$E2E_RUN_DIR\" >%s.new; mv %s.new %s\n"
			"while [ ! -e one ] || [ ! -e two ]; do sleep 0.05; done; echo 1..1; echo ok 1\n", names[i], names[i], names[i]));
	for (size_t i = 0; i < 2; i++)
		p[i] = e2e_spawn("unshare", "-rpf", "--mount-proc", driver, e2e_printf("%s.t", names[i]));
	e2e_wait_par(E2E_EXPECT(p[0], 0), E2E_EXPECT(p[1], 0));
	for (size_t i = 0; i < 2; i++) {
		e2e_is_str(e2e_stderr(p[i]), "");
		folder[i] = read_file(names[i]);
	}
	e2e_like(folder[0], "/e2e\\.1(\\.[0-9]+)?\n$", "numbers by the process");
	e2e_isnt_str(folder[0], folder[1]);
	made_and_gone(NULL);
}

/* What runs that were killed with their guard have left: removed and named, when it is ours and old, and no process has its
 * name. */
E2E_TEST(folders_of_killed_runs)
{
	const char *const mine = e2e_printf("tmp/e2e.%d", (int)getpid());
	const char *const names[] = {"tmp/e2e.99999998", "spool/prove.99999998", "spool/prove.99999997.2", "tmp/e2e.99999996",
	                                    mine, "tmp/e2e.x", "tmp/e2e.99999995", "spool/prove.99999995"};
	e2e_result r;
	size_t i;

	stream("a.t", "1..1\nok 1\n", 0);
	mkdir("tmp", 0700);
	mkdir("spool", 0700);
	e2e_setenv("TMPDIR", "tmp");
	e2e_setenv("E2E_SPOOL", "spool");
	for (i = 0; i < 8; i++) {
		text_file(e2e_printf("%s/file", names[i]), "");
		if (i < 7)
			e2e_is_int(e2e_run("touch", "-t", "202001010000", names[i]).status, 0);
	}
	e2e_is_int(symlink("e2e.x", "tmp/e2e.99999994"), 0);

	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 0);
	e2e_like(r.err, "^prove: removed what killed runs have left:[^\n]*\n$");
	for (i = 0; i < 4; i++) {
		e2e_ok(strstr(r.err, names[i]) != NULL, "%s is named", names[i]);
		e2e_is_int(access(names[i], F_OK), -1, "%s is gone", names[i]);
	}
	for (; i < 8; i++)
		e2e_is_int(access(e2e_printf("%s/file", names[i]), F_OK), 0, "%s is left alone", names[i]);
	e2e_is_int(access("tmp/e2e.99999994/file", F_OK), 0);
	e2e_is_str(e2e_run(driver, "a.t").err, "");
}

/* Among so many folders that no command takes their names at once: their paths have some 200 bytes. */
E2E_TEST(folders_of_killed_runs_among_thousands, .timeout = 300)
{
	const char *tmp = e2e_printf("%s/%0180d", e2e_tmpdir(), 0);
	e2e_result r;

	e2e_proc_timeout(250);

	stream("a.t", "1..1\nok 1\n", 0);
	mkdir(tmp, 0700);
	r = e2e_run("sh", "-c", "cd \"$0\" && i=10000 && while [ $i -lt 24000 ]; do echo e2e.x.$i; i=$((i + 1)); done | xargs mkdir && "
		"mkdir e2e.99999998 prove.99999998 e2e.99999997 prove.99999997 && touch -t 202001010000 e2e.9* prove.99999998", tmp);
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
	e2e_setenv("TMPDIR", tmp);
	e2e_setenv("E2E_SPOOL", NULL);

	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 0);
	e2e_like(r.err, "^prove: removed what killed runs have left:[^\n]*\n$");
	e2e_is_int(access(e2e_printf("%s/e2e.99999998", tmp), F_OK), -1);
	e2e_is_int(access(e2e_printf("%s/prove.99999998", tmp), F_OK), -1);
	e2e_is_int(access(e2e_printf("%s/e2e.99999997", tmp), F_OK), 0, "its spool is young");
	e2e_is_int(access(e2e_printf("%s/e2e.x.10000", tmp), F_OK), 0);
}

/* What the user exports under names that the driver has for itself, the `out` of Nix among them. */
E2E_TEST(names_of_variables_that_prove_uses)
{
	static const char *const names[] = {"out", "err", "id", "now", "path", "prog", "status", "left", "next", "job", "line", "name",
	                                    "number", "workers", "spool", "awk", "cache", "words", "flags", "nl", "settings"};
	const char *ways[] = {"-q", "-v", "-esh", "-m"};
	E2E__BUF(b, 512);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		e2e_setenv(names[i], e2e_printf("it's $%s\n`x` \"%zu", names[i], i));
		e2e__buf_addf(&b, " \"$%s\"", names[i]);
	}
	script("a.t", e2e_printf("echo 1..1; echo ok 1; printf '%%s|'%s >seen\n", b.p));
	for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
		e2e_result r = e2e_run(driver, ways[k], "a.t", "a.t");
		const char *seen = read_file("seen");
		e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			e2e_ok(strstr(seen, e2e_printf("it's $%s\n`x` \"%zu|", names[i], i)) != NULL, "%s with %s", names[i], ways[k]);
	}
	e2e__buf_free(&b);
}

/* The one worker of -j1 does not tell of each small test at once; a slow one behind it must not keep the report. */
E2E_TEST(reports_come_while_a_slow_test_runs)
{
	e2e_proc *p;
	int i;
	for (i = 0; i < 5; i++)
		stream(e2e_printf("%d.t", i), "1..1\nok 1\n", 0);
	script("5.t", "while [ ! -e go ]; do sleep 0.05; done; echo 1..1; echo ok 1\n");
	p = e2e_spawn(driver, "0.t", "1.t", "2.t", "3.t", "4.t", "5.t", "0.t");
	e2e_expect(p, "4\\.t \\.\\. ok\n");
	text_file("go", "");
	e2e_wait(p, 0);
	e2e_like(e2e_stdout(p), "5\\.t \\.\\. ok\nAll tests successful\\.\nFiles=6, Tests=6,");
}

/* How often each of the tests 1 to n has begun, as they say it themselves in "begun". */
static bool all_once(size_t n)
{
	const char *begun = read_file("begun");
	for (size_t i = 1; i <= n; i++) {
		const char *line = e2e_printf("\n%zu.t\n", i), *at = strstr(begun, line);
		if (!at || strstr(at + 1, line))
			return false;
	}
	return true;
}

static void say_begun(size_t i, const char *body)
{
	script(e2e_printf("t/%zu.t", i), e2e_printf("echo \"${0#t/}\" >>begun\n%s", body));
}

/* Workers have small tests at hand. Two of these need each other at the same time, wherever they stand. */
E2E_TEST(what_is_at_hand_behind_a_slow_test_goes_to_others, .timeout = 120)
{
	static const char *const jobs[] = {"-j2", "-j3"};
	const char *wait = "touch here.${0#t/}; while [ ! -e %s ]; do sleep 0.05; done; echo 1..1; echo ok 1\n";
	for (size_t i = 1; i <= 90; i++)
		say_begun(i, "echo 1..1; echo ok 1\n");
	say_begun(40, e2e_printf(wait, "here.41.t"));
	say_begun(41, e2e_printf(wait, "here.40.t"));
	e2e_proc_timeout(50);
	for (size_t k = 0; k < 2; k++) {
		e2e_result r;
		text_file("begun", "\n");
		unlink("here.40.t"), unlink("here.41.t");
		r = e2e_run(driver, jobs[k], "t");
		e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
		e2e_like(r.out, "\nAll tests successful\\.\nFiles=90, Tests=90,");
		e2e_ok(all_once(90), "each test has run once: %s", read_file("begun"));
	}
}

/* A test that ends its worker takes nothing along that was at hand there. */
E2E_TEST(what_is_at_hand_behind_a_test_that_ends_its_worker, .timeout = 120)
{
	e2e_result r;
	text_file("begun", "\n");
	for (size_t i = 1; i <= 60; i++)
		say_begun(i, i % 20 == 0 ? "echo 1..1; echo ok 1; kill -9 0\n" : "echo 1..1; echo ok 1\n");
	r = e2e_run(driver, "-j2", "t");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "Report\n-+\nt/20\\.t .*\n.*\nt/40\\.t .*\n.*\nt/60\\.t .*\n.*\nFiles=60, Tests=60,");
	e2e_ok(all_once(60), "each test has run once: %s", read_file("begun"));
}

/* What it had run ahead when a test bailed out is as if it had not run. */
E2E_TEST(a_bail_out_with_status_0_among_small_tests)
{
	e2e_result r;
	stream("a.t", "1..1\nok 1\n", 0);
	stream("b.t", "1..2\nok 1\nBail out!  enough\n", 0);
	stream("c.t", "1..1\nok 1\n", 0);
	stream("d.t", "1..1\nok 1\n", 0);
	r = e2e_run(driver, "a.t", "b.t", "c.t", "d.t");
	e2e_is_int(r.status, 255);
	e2e_like(r.out, "^a\\.t \\.\\. ok\nBailout called\\.  Further testing stopped:  enough\n");
	e2e_like(r.out, "\nFiles=2, Tests=2,");
}

/* A keeper of a service reads $E2E_RUN_DIR/alive: its end of file is the end of the run, whatever ends the run. */
E2E_TEST(alive_ends_with_the_run)
{
	e2e_proc *p;
	mkdir("tmp", 0777);
	e2e_setenv("TMPDIR", "tmp");
	e2e_setenv("E2E_SPOOL", "tmp");
	script("a.t", "(setsid sh -c 'exec <\"$E2E_RUN_DIR/alive\"; touch ready; cat; touch ended' >/dev/null 2>&1 &)\n"
	              "echo 1..1; echo ok 1; sleep 600\n");
	p = e2e_spawn("sh", "-c", "\"$0\" a.t & echo $! >pid; wait $!; n=0\n"
	                          "while ls -d tmp/* >/dev/null 2>&1 && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done\n", driver);
	e2e_ready(p, E2E_FILE("ready"));
	e2e_is_int(access("ended", F_OK), -1, "alive while prove is");
	kill(atoi(read_file("pid")), SIGKILL);
	e2e_wait(p, 0, 60);
	e2e_ok(e2e_eventually(20, access("ended", F_OK) == 0), "the keeper hears of the end");
}

E2E_TEST(retries_are_told)
{
	e2e_result r;
	script("a.t", "if [ -e again ]; then echo 1..1; echo ok 1; else touch again; echo 1..1; echo not ok 1 - sum; "
	              "echo '# a.c:7: got 41, want 42'; exit 1; fi\n");
	script("b.t", "echo x >>tries; echo 1..1; echo not ok 1\n");
	r = e2e_run(driver, "--retry", "2", "a.t", "b.t");
	e2e_is_int(r.status, 1);
	e2e_is_str(tidy(r.out),
	           "a.t .. \nnot ok 1 - sum\n  a.c:7: got 41, want 42\n"
	           "Dubious, test returned 1 (wstat 256, 0x100)\nFailed 1/1 subtests \nok (flaky: passed on try 2)\nb.t .. \nFailed 1/1 subtests \n" SUMMARY
	           "a.t (Wstat: 0 Tests: 1 Failed: 0)\n  Flaky: failed 1 time, then passed\n"
	           "b.t (Wstat: 0 Tests: 1 Failed: 1)\n  Failed test:  1\nFiles=2, Tests=2, TIMES\nResult: FAIL\n");
	e2e_is_str(read_file("tries"), "x\nx\nx\n", "--retry 2 makes three tries");
	unlink("again");
	e2e_is_int(e2e_run(driver, "--retry", "1", "a.t").status, 0, "flaky alone is no failure");
}

/* The first try fails, the second one passes. */
static void two_tries(void)
{
	unlink("again");
	script("a.t", "echo 1..2; echo ok 1\nif [ -e again ]; then echo ok 2 - sum; echo second >&2; exit; fi\ntouch again\n"
	              "echo not ok 2 - sum; printf '  ---\\n  at: a.c:7\\n  message: got 41, want 42\\n  ...\\n'\n"
	              "echo '# a.c:7: told twice' >&2; echo 'no route' >&2; exit 1\n");
}

E2E_TEST(what_a_failed_try_said)
{
	static const char *const ways[] = {"-j1", "-m", "-f", "-vj2"};
	e2e_result r;

	for (size_t i = 0; i < 4; i++) {
		two_tries();
		r = e2e_run(driver, "--retry", "1", ways[i], "a.t");
		e2e_is_int(r.status, 0, "%s", ways[i]);
		e2e_like(r.out, "^a\\.t \\.\\. \n(1\\.\\.2\nok 1\n)?not ok 2 - sum\n", "%s", ways[i]);
		e2e_like(r.out, "\nDubious, test returned 1 [^\n]*\nFailed 1/2 subtests \n(1\\.\\.2\nok 1\nok 2 - sum\n)?ok \\(flaky: passed on try 2\\)\n", "%s", ways[i]);
		e2e_is_int(strstr(r.out, "\nOn stderr:\n  ") != NULL, i != 1, "%s", ways[i]);
		if (i != 1)
			e2e_like(r.out, "\n  no route\nDubious", "%s", ways[i]);
		if (i == 0)
			e2e_unlike(r.out, "told twice", "its place is told by the point");
		e2e_is_str(r.err, i == 1 ? "" : "second\n", "%s", ways[i]);
	}

	two_tries();
	r = e2e_run(driver, "--retry", "1", "-v", "a.t");
	e2e_like(r.out, "^a\\.t \\.\\. \n1\\.\\.2\nok 1\nnot ok 2 - sum\n  ---\n  at: a\\.c:7\n[^.]*\\.\\.\\.\nDubious, test returned 1 [^\n]*\n"
	                "Failed 1/2 subtests \na\\.t \\.\\. \n1\\.\\.2\nok 1\nok 2 - sum\nok \\(flaky: passed on try 2\\)\n", "a test that is followed");
	e2e_is_str(r.err, "# a.c:7: told twice\nno route\nsecond\n");

	two_tries();
	e2e_like(e2e_run(driver, "--retry", "1", "-q", "a.t").out, "^a\\.t \\.\\. ok \\(flaky: passed on try 2\\)\n", "-q");

	two_tries();
	script("b.t", "echo 1..1; [ -e two ] && echo ok 1 || echo \"not ok 1 - b\"; touch two\n");
	r = e2e_run(driver, "--retry", "1", "--github", "a.t", "b.t");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "\nok \\(flaky: passed on try 2\\)\n::warning title=flaky,file=a\\.c,line=7::[^\n]*got 41, want 42[^\n]*\n");
	e2e_like(r.out, "\nok \\(flaky: passed on try 2\\)\n::warning title=flaky%3A b\\.t::b\n");
	e2e_unlike(r.out, "::error");
}

/* The run ends before the second try does. */
E2E_TEST(what_a_failed_try_said_before_ctrl_c)
{
	e2e_proc *p;
	script("a.t", "[ ! -e again ] || { touch second; sleep 600; }\ntouch again; echo 1..1; echo not ok 1 - sum; exit 1\n");
	p = e2e_spawn(driver, "--retry", "1", "a.t");
	e2e_ready(p, E2E_FILE("second"));
	kill(-p->pid, SIGINT);
	e2e_wait(p, E2E_SIG(SIGINT));
	e2e_like(e2e_stdout(p), "^a\\.t \\.\\. \nnot ok 1 - sum\nDubious, test returned 1 [^\n]*\nFailed 1/1 subtests \ninterrupted\n");
}

E2E_TEST(stopping_at_the_first_failure)
{
	e2e_result r;
	stream("a.t", "1..1\nok 1\n", 0);
	stream("b.t", "1..1\nnot ok 1\n", 0);
	script("c.t", "touch began\n");
	r = e2e_run(driver, "-x", "a.t", "b.t", "c.t");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "Files=2, Tests=2,");
	e2e_is_int(access("began", F_OK), -1, "c.t was not begun");
}

E2E_TEST(repetition)
{
	e2e_result r;
	script("a.t", "echo x >>runs; echo 1..1; echo ok 1\n");
	r = e2e_run(driver, "--repeat", "3", "a.t");
	e2e_is_str(tidy(r.out), "a.t #1 .. ok\na.t #2 .. ok\na.t #3 .. ok\nAll tests successful.\nFiles=3, Tests=3, TIMES\nResult: PASS\n");
	e2e_is_str(read_file("runs"), "x\nx\nx\n");
}

/* Each test notes when it begins and ends, and fails if another that may not run beside it is at work. Where they are to meet
 * they work for longer: on a slow machine one may begin well after another. */
static void exclusive(const char *name, const char *what)
{
	script(name, e2e_printf("mkdir %s 2>/dev/null || bad=1; sleep ${WORK:-0.1}; [ -n \"$bad\" ] || rmdir %s\n"
	                        "echo 1..1; [ -z \"$bad\" ] && echo ok 1 || echo not ok 1\n", what, what));
}

E2E_TEST(locks)
{
	int i;
	e2e_result r;
	for (i = 0; i < 6; i++)
		exclusive(e2e_printf("db/%d.t", i), "db.lock");
	e2e_setenv("WORK", "2");
	r = e2e_run(driver, "-j4", "-r", "db");
	e2e_is_int(r.status, 1, "without a lock they meet");
	e2e_setenv("WORK", NULL);
	e2e_run("rm", "-rf", "db.lock");
	r = e2e_run(driver, "-j4", "--rules", "lock:database=db/*.t", "-r", "db");
	e2e_is_int(r.status, 0, "with a lock they don't:\n%s", r.out);
}

E2E_TEST(rules)
{
	int i;
	e2e_result r;
	for (i = 0; i < 4; i++) {
		exclusive(e2e_printf("t/s%d.t", i), "s.lock");
		script(e2e_printf("t/p%d.t", i), "echo 1..1; echo ok 1\n");
	}
	r = e2e_run(driver, "-j4", "--rules", "seq=t/s*.t", "--rules", "par=**");
	e2e_is_int(r.status, 0, "seq by an option:\n%s", r.out);
	text_file("testrules.yml", "par:\n  - seq: t/s*.t\n  - par: '**'\n");
	r = e2e_run(driver, "-j4");
	e2e_is_int(r.status, 0, "seq by testrules.yml:\n%s", r.out);
	text_file("testrules.yml", "seq:\n  - seq:\n      - t/p0.t\n      - t/s{0,1}.t\n  - seq: t/s?.t\n");
	r = e2e_run(driver, "-j4");
	e2e_is_int(r.status, 0, "nested:\n%s", r.out);
	e2e_like(r.out, "Files=8, Tests=8");
	text_file("testrules.yml", "par:\n  - par: '**'\n");
	e2e_run("rm", "-rf", "s.lock");
	e2e_setenv("WORK", "2");
	e2e_is_int(e2e_run(driver, "-j4").status, 1, "all in parallel meet");
}

E2E_TEST(shards)
{
	int k, i;
	char *all = e2e_printf("%s", "");
	for (i = 0; i < 7; i++)
		script(e2e_printf("t/%d.t", i), "echo ${0#t/} >>ran; echo 1..1; echo ok 1\n");
	for (k = 1; k <= 3; k++) {
		e2e_result r = e2e_run(driver, "--shard", e2e_printf("%d/3", k));
		e2e_is_int(r.status, 0);
	}
	all = read_file("ran");
	e2e_is_int((int)strlen(all), 7 * 4, "each test ran once:\n%s", all);
	for (i = 0; i < 7; i++)
		e2e_ok(strstr(all, e2e_printf("%d.t", i)) != NULL, "%d.t ran", i);
	e2e_is_int(e2e_run(driver, "--shard", "8/9", "t/0.t").status, 0, "an empty share passes");
	e2e_setenv("CI_NODE_INDEX", "2");
	e2e_setenv("CI_NODE_TOTAL", "7");
	e2e_like(e2e_run(driver).out, "\nFiles=1, Tests=1,");
}

/* Durations in the state make equal shares: the slow test has one for itself. */
E2E_TEST(shards_by_duration)
{
	e2e_result r;
	int i;
	for (i = 0; i < 4; i++)
		stream(e2e_printf("t/%d.t", i), "1..1\nok 1\n", 0);
	text_file(".prove", "e2e prove state 1 1\n0\t0\t9.000\t1\t1\t0\t1\t0\t1\t1\tt/2.t\n0\t0\t1.000\t1\t1\t0\t1\t0\t1\t1\tt/0.t\n"
	                    "0\t0\t1.000\t1\t1\t0\t1\t0\t1\t1\tt/1.t\n0\t0\t1.000\t1\t1\t0\t1\t0\t1\t1\tt/3.t\n");
	r = e2e_run(driver, "--shard", "1/2", "-D");
	e2e_is_str(r.out, "t/2.t\n");
	r = e2e_run(driver, "--shard", "2/2", "-D");
	e2e_is_str(r.out, "t/0.t\nt/1.t\nt/3.t\n");
}

/* Each test has the limit that the last rule gives it, or that of --timeout. */
E2E_TEST(limits_by_rules, .timeout = 120)
{
	static const char *const ways[] = {"-j1", "-j4"};
	e2e_result r;
	script("quick/a.t", "sleep 100\n");
	script("slow/b.t", "sleep 3; echo 1..1; echo ok 1\n");
	script("slow/c=d.t", "sleep 100\n");
	script("e.t", "sleep 3; echo 1..1; echo ok 1\n");
	for (size_t i = 0; i < 2; i++) {
		r = e2e_run_with((e2e_spawn_opts){.timeout = 60}, driver, ways[i], "--rules", "timeout:quick/*=1", "--rules", "timeout:slow/*=0", "--rules",
		                 "timeout:slow/c=d.t=0.5", "--junit", "out.xml", "quick", "slow", "e.t");
		e2e_is_int(r.status, 1);
		e2e_like(r.out, "^quick/a\\.t \\.* \nTimed out after 1 s; ");
		e2e_like(r.out, "\nslow/b\\.t \\.* ok\n", "no limit");
		e2e_like(r.out, "\nslow/c=d\\.t \\.* \nTimed out after 0\\.5 s; ");
		e2e_like(r.out, "\ne\\.t \\.* ok\n", "no rule names it");
		e2e_ok(strstr(read_file("out.xml"), "message=\"Timed out after 0.5 s\"") != NULL);
	}
	r = e2e_run_with((e2e_spawn_opts){.timeout = 60}, driver, "--timeout", "1", "--rules", "timeout:s*/b.t=50", "slow/b.t", "e.t");
	e2e_like(r.out, "^slow/b\\.t \\.* ok\ne\\.t \\.* \nTimed out after 1 s; ");
	r = e2e_run(driver, "--rules", "timeout:a.t=soon", "e.t");
	e2e_is_int(r.status, 2);
	e2e_is_str(r.err, "prove: --rules timeout:GLOB=S takes seconds, or 0 for no limit, not \"timeout:a.t=soon\"\n");
}

E2E_MAIN()
