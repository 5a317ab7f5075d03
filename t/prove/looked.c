/* In which situation would prove report success, or say nothing, although it did not look? */
#include "driver.h"

static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk", "awk"};

E2E_SETUP()
{
	enter();
}

/* ---- filters and choices that meet nothing ---- */

E2E_TEST(a_filter_that_no_case_matches, .timeout = 120)
{
	e2e_result r;
	text_file("a.c", "#include \"e2e.h\"\nE2E_TEST(one, .tags = \"slow\") { e2e_pass(); }\nE2E_MAIN()\n");
	text_file("b.c", "#include \"e2e.h\"\nE2E_TEST(two) { e2e_pass(); }\nE2E_MAIN()\n");
	e2e_is_int(e2e_run("sh", "-c", "cp \"${0%/*}/e2e.h\" .", driver).status, 0);
	r = e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, "-k", "one", "a.c", "b.c");
	e2e_is_int(r.status, 0, "it meets one of two programs: %s%s", r.out, r.err);
	e2e_unlike(r.out, "\nSkipped:", "what the filter leaves out is no skip");
	r = e2e_run(driver, "-k", "three", "a.c", "b.c");
	e2e_is_int(r.status, 2);
	e2e_like(r.out, "\nResult: NOTESTS\n");
	e2e_like(r.err, "^prove: no case of any test matches -k three: nothing was tested; ");
}

E2E_TEST(choices_that_meet_nothing)
{
	e2e_result r;
	stream("t/a.t", "1..1\nok 1\n", 0);
	mkdir("empty", 0777);
	text_file("c/x.c", "");
	e2e_like(e2e_run(driver, "--shard", "3/3").out, "^# shard 3/3: none of the 1 test is in it\n");
	r = e2e_run(driver, "empty");
	e2e_like(r.err, "^prove: there is no test in what was named: no file there ends in \\.t ");
	e2e_like(e2e_run(driver, "c").err, "^prove: there is no test in what was named: no file there ends in \\.t .*--ext \\.c for C sources");
	e2e_is_int(e2e_run(driver, "--state=save").status, 0);
	e2e_like(e2e_run(driver, "--state=failed").out, "^# --state=failed: it names no test\n");
	text_file(".prove", "---\ngeneration: 3\n");
	r = e2e_run(driver, "--state=failed");
	e2e_is_int(r.status, 2, "a state of another program chooses nothing");
	e2e_like(r.err, "prove: \\.prove is not a state of this prove; nothing can be chosen by it: ");
	e2e_is_int(e2e_run(driver, "-R").status, 2);
	e2e_is_int(e2e_run(driver, "--state=save").status, 0, "but it may be replaced");
	r = e2e_run(driver, "--state=failed", "--statefile", "empty");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "prove: can't read the state in empty: ");
}

E2E_TEST(options_that_could_be_meant_otherwise)
{
	e2e_result r;
	stream("a.t", "1..1\nok 1\n", 0);
	r = e2e_run(driver, "--timeout", "0", "a.t");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "^prove: --timeout 0 leaves no test any time: ");
	e2e_is_int(e2e_run(driver, "--timeout", "0.0", "a.t").status, 2);
	e2e_like(e2e_run(driver, "--config", "nowhere.ini", "a.t").err, "^prove: --config nowhere\\.ini: there is no such file that may be read; ");
}

E2E_TEST(tests_that_were_not_run)
{
	e2e_result r;
	stream("a.t", "1..1\nnot ok 1\n", 1);
	stream("b.t", "1..1\nok 1\n", 0);
	r = e2e_run(driver, "-x", "a.t", "b.t");
	e2e_like(r.out, "\nNot run: 1 test\nFiles=1, Tests=1,");
}

/* ---- streams ---- */

static void verdict(const char *what, const char *tap, int status)
{
	stream("a.t", tap, 0);
	for (size_t i = 0; i < sizeof awks / sizeof *awks; i++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		e2e_is_int(e2e_run(driver, "a.t").status, status, "%s with %s", what, awks[i]);
	}
}

E2E_TEST(streams_that_hide_a_failure, .timeout = 120)
{
	verdict("a byte order mark before version 14", "\357\273\277TAP version 14\n1..1\n    not ok 1\n    1..1\nok 1\n", 1);
	verdict("one before nothing bad", "\357\273\277TAP version 14\r\n1..1\r\n    ok 1\r\n    1..1\r\nok 1\r\n", 0);
	verdict("a YAML block without end", "TAP version 14\n1..1\nok 1\n  ---\n  a: b\n    not ok 1 - seen\n    1..1\n", 1);
	verdict("one with nothing bad in it", "TAP version 14\n1..1\nok 1\n  ---\n  a: b\n", 0);
	verdict("a YAML block that quotes a failure", "TAP version 14\n1..1\nok 1\n  ---\n  log: |\n    not ok 1 - quoted\n  ...\n", 0);
	verdict("a number twice", "TAP version 14\n1..2\nok 1\nok 1\n", 1);
	verdict("a plan in the middle", "TAP version 14\nok 1\n1..2\nok 2\n", 1);
	verdict("all skipped, above a failed point", "TAP version 14\n1..0 # SKIP why\nnot ok 1\n", 1);
	verdict("the same in version 12", "1..0 # SKIP why\nnot ok 1\n", 1);
}

/* What was seen is shown, whatever the plan says. */
E2E_TEST(a_skip_above_a_failed_point)
{
	e2e_result r;
	stream("a.t", "1..0 # SKIP why\nnot ok 1 - seen\n", 0);
	r = e2e_run(driver, "a.t");
	e2e_unlike(r.out, "skipped: why");
	e2e_like(r.out, "\nnot ok 1 - seen\n");
}

/* ---- reports ---- */

E2E_TEST(nul_bytes_in_reports)
{
	e2e_require_command("xmllint");
	script("a.t", "printf 'TAP version 14\\n1..2\\nok 1 - a\\0b\\nnot ok 2 - c\\0\\n  ---\\n  got: \"d\\0e\"\\n  ...\\n'; printf 'f\\0g\\n' >&2\n");
	for (size_t i = 0; i < sizeof awks / sizeof *awks; i++) {
		e2e_result r;
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		e2e_is_int(e2e_run(driver, "--junit", "out.xml", "--html", "out.html", "a.t").status, 1);
		r = e2e_run("xmllint", "--noout", "out.xml");
		e2e_is_int(r.status, 0, "%s: %s", awks[i], r.err);
		e2e_is_str(e2e_run("sh", "-c", "tr -d '\\0' <out.html | cmp -s - out.html && echo none").out, "none\n", "%s: in the page", awks[i]);
	}
}

E2E_TEST(a_line_of_control_characters, .timeout = 120)
{
	script("a.t", "echo 1..1; head -c 300000 /dev/zero | tr '\\0' '\\001'; echo; echo ok 1 - $(head -c 60000 /dev/zero | tr '\\0' '\\002')\n");
	e2e_is_int(e2e_run_with((e2e_spawn_opts){.timeout = 60}, driver, "-v", "a.t").status, 0);
	e2e_is_int(e2e_run_with((e2e_spawn_opts){.timeout = 60}, driver, "-vj2", "--junit", "out.xml", "a.t").status, 0);
}

/* A report of before is none of a run that dies. */
E2E_TEST(old_reports_of_a_run_that_dies)
{
	e2e_proc *p;
	stream("ok.t", "1..1\nok 1\n", 0);
	script("a.t", "touch began; sleep 600\n");
	e2e_is_int(e2e_run(driver, "--junit", "out.xml", "--html", "out.html", "--archive", "out.tgz", "ok.t").status, 0);
	text_file("log/a.t.xml", "of before");
	p = e2e_spawn(driver, "--junit", "out.xml", "--html", "out.html", "--archive", "out.tgz", "--xunit-log", "log", "a.t");
	e2e_ready(p, E2E_FILE("began"));
	e2e_is_int(access("out.xml", F_OK), -1);
	e2e_is_int(access("out.html", F_OK), -1);
	e2e_is_int(access("out.tgz", F_OK), -1);
	e2e_is_int(access("log/a.t.xml", F_OK), -1);
	kill(-p->pid, SIGINT);
	e2e_wait(p, E2E_SIG(SIGINT), 60);
}

/* ---- the end of a run that is interrupted ---- */

/* The shell waits until all that prove has left behind is done. */
static void interrupted_by(int signo)
{
	static const char *const parts[] = {"<testsuite name=\"a.t\" tests=\"1\" failures=\"0\" errors=\"0\"",
	                                    "<testcase classname=\"b\" name=\"seen\"",
	                                    "<error type=\"ProgramFailed\" message=\"Interrupted\">",
	                                    "<error type=\"ProgramFailed\" message=\"Not run: the run was interrupted\">"};
	const char *xml;
	e2e_result r;
	e2e_proc *p;
	mkdir("tmp", 0777);
	e2e_setenv("TMPDIR", "tmp");
	e2e_setenv("E2E_SPOOL", "tmp");
	stream("a.t", "1..1\nok 1\n", 0);
	script("b.t", "echo 1..2; echo not ok 1 - seen; touch began; sleep 600\n");
	script("c.t", "echo 1..1; echo ok 1\n");
	p = e2e_spawn("sh", "-c", "\"$0\" --state=save --junit out.xml --html out.html --archive out.tgz --xunit-log log a.t b.t c.t & echo $! >pid; wait $!; n=0\n"
	                          "while ls -d tmp/* >/dev/null 2>&1 && [ $n -lt 600 ]; do sleep 0.1; n=$((n+1)); done\n", driver);
	e2e_ready(p, E2E_FILE("began"));
	if (signo == SIGINT)
		kill(-p->pid, SIGTERM); /* all of the group, as an end of a CI job may do it */
	else
		kill(atoi(read_file("pid")), signo);
	if (signo == SIGINT)
		e2e_wait(p, E2E_SIG(SIGTERM), 60);
	else
		e2e_wait(p, 0, 60);
	e2e_ok(e2e_eventually(60, rmdir("tmp") == 0), "the folders are gone");
	mkdir("tmp", 0777);
	xml = read_file("out.xml");
	e2e_must(e2e_ok(xml != NULL, "JUnit is there"));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		e2e_ok(strstr(xml, parts[i]) != NULL, "JUnit has %s", parts[i]);
	e2e_like(read_file("out.html"), "<title>interrupted - tests</title>");
	e2e_is_int(access("log/b.t.xml", F_OK), 0);
	e2e_is_int(access("log/c.t.xml", F_OK), 0);
	r = e2e_run(driver, "out.tgz");
	e2e_is_int(r.status, 1, "the archive is none of a run that passed");
	e2e_like(r.out, "\nFiles=3, Tests=2,");
	script("b.t", "echo 1..1; echo ok 1\n");
	r = e2e_run(driver, "-R", "a.t", "b.t", "c.t");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "^b\\.t \\.\\. ok\nc\\.t \\.\\. ok\n", "-R goes on where the run was stopped");
}

E2E_TEST(interrupted_by_sigterm, .timeout = 180)
{
	interrupted_by(SIGTERM);
}

E2E_TEST(interrupted_with_its_group, .timeout = 180)
{
	interrupted_by(SIGINT);
}

/* Whatever else of its group a signal ends, prove is gone only when its reports are there. */
E2E_TEST(reports_are_there_when_it_is_gone, .timeout = 180)
{
	static const char *const options[] = {"-j1", "-j3", "-j1", "-j3"};

	e2e_require_command("setsid");
	e2e_skip_if(e2e_run("env", "--default-signal=INT", "true").status != 0, "the shell of prove is gone at once, as this env has no --default-signal");
	script("a.t", "echo 1..1; touch began; sleep 600\n");
	script("bin/mv", "PATH=${PATH#*:}; sleep 1; exec mv \"$@\"\n");
	e2e_setenv("PATH", e2e_printf("%s/bin:%s", e2e_tmpdir(), getenv("PATH")));
	for (size_t i = 0; i < 4; i++) {
		e2e_proc *p;

		unlink("began");
		unlink("out.xml");
		p = e2e_spawn(driver, options[i], "--junit", "out.xml", "a.t");
		e2e_ready(p, E2E_FILE("began"));
		kill(-p->pid, SIGTERM);
		e2e_wait(p, E2E_SIG(SIGTERM), 60);
		e2e_is_int(access("out.xml", F_OK), 0, "%s", options[i]);
	}
}

E2E_TEST(interrupted_by_sigkill, .timeout = 180)
{
	interrupted_by(SIGKILL);
}

/* What the test alone knows of, it has time to end. */
E2E_TEST(time_to_clean_up, .timeout = 120)
{
	e2e_proc *p;
	script("a.t", "trap 'sleep 1; touch cleaned; exit 1' TERM; touch began; sleep 600 & wait\n");
	p = e2e_spawn(driver, "a.t");
	e2e_ready(p, E2E_FILE("began"));
	kill(-p->pid, SIGINT);
	e2e_wait(p, E2E_SIG(SIGINT), 60);
	e2e_is_int(access("cleaned", F_OK), 0);
}

/* On a machine with much to do a worker, and the guard, may come when all is over: nobody waits for them then. */
E2E_TEST(workers_that_come_late, .timeout = 120)
{
	static const char *const options[] = {"-j1", "-j2", "-v"};
	e2e_require_command("setsid");
	stream("a.t", "1..1\nok 1\n", 0);
	script("bin/setsid", "PATH=${PATH#*:} exec setsid sh -c 'sleep 2; exec \"$0\" \"$@\"' \"$@\"\n");
	mkdir("tmp", 0777);
	e2e_setenv("TMPDIR", "tmp");
	e2e_setenv("E2E_SPOOL", "tmp");
	e2e_setenv("PATH", e2e_printf("%s/bin:%s", e2e_tmpdir(), getenv("PATH")));
	for (size_t i = 0; i < 3; i++) {
		e2e_proc *p = e2e_spawn(driver, options[i], "a.t", "a.t");
		e2e_ok(e2e_eventually(30, e2e_run("sh", "-c", "ls tmp/prove.*/brain.awk").status == 0), "%s: it has begun", options[i]);
		kill(-p->pid, SIGINT);
		e2e_wait(p, E2E_SIG(SIGINT), 60);
		e2e_ok(e2e_eventually(30, e2e_run("sh", "-c", "ls -d tmp/*").status != 0), "%s: nothing stays", options[i]);
	}
	e2e_is_int(e2e_run(driver, "-j2", "a.t").status, 0, "late, but not too late");
}

/* ---- descriptors and clocks ---- */

E2E_TEST(closed_descriptors, .timeout = 300)
{
	static const char *const shells[] = {"sh", "dash", "bash", "busybox sh", "mksh", "yash"};
	static const char *const closed[] = {"<&-", ">&-", "2>&-", "<&- 2>&-", "<&- >&- 2>&-"};
	static const char *const options[] = {"-j1", "-j2", "-v", "--timeout 60"};
	stream("good.t", "1..1\nok 1\n", 0);
	stream("bad.t", "1..1\nnot ok 1\n", 1);
	for (size_t s = 0; s < sizeof shells / sizeof *shells; s++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", shells[s])).status != 0)
			continue;
		e2e_setenv("E2E_SH", shells[s]);
		for (size_t c = 0; c < sizeof closed / sizeof *closed; c++) {
			const char *o = options[(s + c) % 4];
			const char *command = e2e_printf("%s \"$0\" %s good.t %s; one=$?; %s \"$0\" %s good.t bad.t %s; echo $one $?", shells[s], o,
			                                 closed[c], shells[s], o, closed[c]);
			e2e_like(e2e_run_with((e2e_spawn_opts){.timeout = 60}, "sh", "-c", command, driver).out, "(^|\n)0 1\n$", "%s, %s, %s", shells[s], o, closed[c]);
		}
	}
}

/* bash has the time of the day at hand, which somebody may set: here it runs away, or back. */
E2E_TEST(a_clock_that_is_set, .timeout = 120)
{
	static const char *const steps[] = {"3600", "-3600"};
	e2e_require_command("bash");
	e2e_skip_if(access("/proc/uptime", R_OK) != 0, "this machine has no other clock that a shell can read");
	script("slow.t", "sleep 2; echo 1..1; echo ok 1\n");
	script("hang.t", "sleep 600\n");
	e2e_setenv("E2E_SH", "bash");
	e2e_setenv("BASH_ENV", e2e_printf("%s/clock", e2e_tmpdir()));
	for (size_t i = 0; i < 2; i++) {
		e2e_result r;
		text_file("clock", e2e_printf("at=1700000000\nunset EPOCHREALTIME\nEPOCHREALTIME=$at.000000\nset -T\ntrap 'at=$((at + %s)); EPOCHREALTIME=$at.000000' DEBUG\n", steps[i]));
		r = e2e_run_with((e2e_spawn_opts){.timeout = 60}, "bash", driver, "--timeout", "50", "slow.t");
		e2e_is_int(r.status, 0, "%s: no time-out is made", steps[i]);
		e2e_like(r.out, "\nFiles=1, Tests=1, +[0-9]+ wallclock secs ", "%s", steps[i]);
		r = e2e_run_with((e2e_spawn_opts){.timeout = 60}, "bash", driver, "--timeout", "1", "hang.t");
		e2e_like(r.out, "\nTimed out after 1 s", "%s: none is lost", steps[i]);
	}
}

/* What one stream has left behind hides nothing of the next one, and is not shown with it */
E2E_TEST(the_stream_before)
{
	static const char point[] = "printf 'TAP version 14\\n1..1\\nnot ok 1\\n  ---\\n  at: %s\\n  message: no\\n  ...\\n'\n%s\nexit 1\n";
	const char *at;
	e2e_result r;
	size_t i;
	int n;

	script("a.t", e2e_printf(point, "x.c:3", ""));
	script("b.t", e2e_printf(point, "y.c:4", "echo '# x.c:3: told by b' >&2"));
	script("c.t", "echo 1..700; i=0; while [ $i -lt 700 ]; do i=$((i + 1)); echo ok $i; done\n"
	              "if [ ! -e tried ]; then : >tried; exit 1; fi\n");
	for (i = 0; i < 5; i++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		e2e_like(e2e_run(driver, "a.t", "b.t").err, "# x\\.c:3: told by b", "%s", awks[i]);

		e2e_run("rm", "-f", "tried");
		r = e2e_run(driver, "-v", "-j2", "--retry", "1", "c.t");
		e2e_is_int(r.status, 0, "%s", awks[i]);
		for (n = 0, at = r.out; (at = strstr(at, "\nok 1\n")) != NULL; at++)
			n++;
		e2e_is_int(n, 2, "%s: each try is shown once", awks[i]);
	}
}

E2E_MAIN()
