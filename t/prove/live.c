/* -v with one job shows a test as it runs. It judges as every other mode does, whatever the test prints. */
#include "driver.h"

static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk", "awk"};

E2E_SETUP()
{
	enter();
}

static bool use(const char *awk)
{
	if (e2e_run("sh", "-c", e2e_printf("command -v %s", awk)).status != 0)
		return false;
	e2e_setenv("E2E_AWK", awk);
	return true;
}

/* A NUL at the end of a line, and a failure or a bail out behind it. */
E2E_TEST(nul_bytes_hide_nothing, .timeout = 120)
{
	static const struct {
		const char *name, *prints;
		int status;
	} row[] = {{"failed.t", "1..2\\nok 1 - \\0\\nnot ok 2 - behind\\n", 1},
	           {"bail.t", "1..2\\nok 1 - \\0\\nBail out! behind\\n", 255},
	           {"deep.t", "TAP version 14\\n1..1\\n    ok 1 - \\0\\n    not ok 2\\n    1..2\\nok 1 - outer\\n", 1},
	           {"many.t", "1..3\\nok 1 - a\\0b\\nok 2\\n\\0\\0\\nok 3\\n\\0", 0},
	           {"first.t", "\\0\\n1..1\\nok 1\\n", 0}};
	static const char *const ways[] = {"-q", "-v", "-vj2", "-vm"};
	for (size_t a = 0; a < sizeof awks / sizeof *awks; a++) {
		if (!use(awks[a]))
			continue;
		for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
			script(row[i].name, e2e_printf("printf '%s'\n", row[i].prints));
			for (size_t k = 0; k < sizeof ways / sizeof *ways; k++)
				e2e_is_int(e2e_run(driver, ways[k], row[i].name).status, row[i].status, "%s, %s, %s", row[i].name, ways[k], awks[a]);
		}
	}
}

/* What a test prints, once and as it was, in both streams; nothing for one that is silent there. */
E2E_TEST(each_line_once)
{
	e2e_result r;
	script("a.t", "echo 1..2; echo ok 1; echo one >&2; echo; echo ok 2; echo two >&2; printf three >&2\n");
	stream("b.t", "1..1\nok 1\n", 0);
	for (size_t a = 0; a < sizeof awks / sizeof *awks; a++) {
		if (!use(awks[a]))
			continue;
		r = e2e_run(driver, "-v", "--junit", "out.xml", "a.t", "b.t");
		e2e_is_int(r.status, 0);
		e2e_is_str(tidy(r.out), "a.t .. \n1..2\nok 1\n\nok 2\nok\nb.t .. \n1..1\nok 1\nok\nAll tests successful.\nFiles=2, Tests=3, TIMES\nResult: PASS\n",
		           "%s", awks[a]);
		e2e_is_str(r.err, "one\ntwo\nthree\n", "%s", awks[a]);
		r = e2e_run("grep", "-c", "<system-err>", "out.xml");
		e2e_is_str(r.out, "1\n", "one test had something to say: %s", awks[a]);
	}
}

E2E_TEST(kept_streams)
{
	text_file("a.tap", "1..1\nok 1 - kept\n");
	e2e_is_str(tidy(e2e_run(driver, "-v", "a.tap").out),
	           "a.tap .. \n1..1\nok 1 - kept\nok\nAll tests successful.\nFiles=1, Tests=1, TIMES\nResult: PASS\n");
}

/* As it comes: a line, and half of one, are there while the test waits. */
E2E_TEST(lines_of_a_test_that_runs, .timeout = 120)
{
	for (size_t a = 0; a < sizeof awks / sizeof *awks; a++) {
		e2e_proc *p;
		if (!use(awks[a]))
			continue;
		unlink("go");
		script("a.t", "echo 1..2; echo ok 1 - first; printf 'half of '; echo said >&2; while [ ! -e go ]; do sleep 0.05; done; echo a line; echo ok 2\n");
		p = e2e_spawn(driver, "-v", "a.t");
		e2e_expect(p, "ok 1 - first\nhalf of $");
		e2e_ok(e2e_eventually(30, strcmp(e2e_stderr(p), "said\n") == 0), "stderr too: %s", awks[a]);
		text_file("go", "");
		e2e_expect(p, "a line\nok 2\nok\n");
		e2e_wait(p, 0);
	}
}

E2E_TEST(megabytes_of_it, .timeout = 300)
{
	e2e_result r;
	script("a.t", "echo 1..2; echo ok 1; yes 'a line of rubbish' | head -n 300000; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo ok 2\n");
	for (size_t a = 0; a < sizeof awks / sizeof *awks; a++) {
		if (!use(awks[a]))
			continue;
		r = e2e_run_with((e2e_spawn_opts){.timeout = 100}, "sh", "-c", "\"$0\" -v a.t >out; echo status $?; grep -c '^a line of rubbish$' out; grep -c '^x*$' out; tail -n 5 out | head -n 2", driver);
		e2e_is_str(r.out, "status 0\n300000\n1\nok 2\nok\n", "%s", awks[a]);
	}
}

E2E_TEST(colours_on_a_terminal)
{
	e2e_proc *p;
	script("a.t", "printf '1..4\\nok 1\\nnot ok 2 - red \\033[2J\\nok 3 # SKIP why\\nnot ok 4 # TODO later\\n'; exit 1\n");
	p = e2e_spawn_with((e2e_spawn_opts){.pty = true, .timeout = 60, .env = E2E_ARGV("TERM=xterm")}, driver, "-v", "a.t");
	e2e_expect(p, "ok 1\r?\n");
	e2e_expect(p, "\033\\[31mnot ok 2 - red \\\\x1b\\[2J\033\\[0m");
	e2e_expect(p, "\033\\[36mok 3 # SKIP why\033\\[0m");
	e2e_expect(p, "\033\\[33mnot ok 4 # TODO later\033\\[0m");
	e2e_wait(p, 1);
}

/* Ctrl-C: what the test had printed is shown, and not a word of prove's own insides. */
E2E_TEST(ctrl_c_with_v)
{
	e2e_proc *p;
	script("a.t", "echo 1..2; echo ok 1; echo $$ >began.new; mv began.new began; sleep 600\n");
	p = e2e_spawn(driver, "-v", "a.t");
	e2e_ready(p, E2E_FILE("began"));
	kill(-p->pid, SIGINT);
	e2e_wait(p, E2E_SIG(SIGINT), 60);
	e2e_is_str(e2e_stderr(p), "");
	e2e_like(e2e_stdout(p), "^a\\.t \\.\\. \n1\\.\\.2\nok 1\ninterrupted\nTest run interrupted!\n");
}

/* Who waits for prove finds the whole report, also after a signal to its process alone. */
E2E_TEST(whole_when_it_is_gone, .timeout = 120)
{
	static const char *const signals[] = {"TERM", "INT", "HUP"};
	static const char *const shells[] = {"dash", "bash", "busybox sh", "mksh", "yash"};
	if (e2e_run("sh", "-c", "env --default-signal=INT true").status != 0)
		e2e_skip("no env here undoes what a shell ignores");
	stream("a.t", "1..1\nok 1\n", 0);
	script("c.t", "trap 'touch heard' INT; kill -INT $$; echo 1..2; echo not ok 1 - seen; touch began; while :; do sleep 0.1; done\n");
	for (size_t k = 0; k < sizeof shells / sizeof *shells; k++) {
		const char *signo = signals[k % 3];
		e2e_result r;
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", shells[k])).status != 0)
			continue;
		e2e_run("rm", "-f", "began", "heard", "out.xml");
		r = e2e_run_with((e2e_spawn_opts){.timeout = 60}, "bash", "-c",
		                 e2e_printf("%s \"$0\" -j%d --junit out.xml a.t c.t >out 2>&1 & pid=$!; while [ ! -e began ]; do sleep 0.1; done\n"
		                            "kill -%s $pid; wait $pid; echo $?; tail -n 1 out; grep -c '</testsuites>' out.xml",
		                            e2e_printf("env --default-signal=INT %s", shells[k]), (int)(k % 2) + 1, signo), driver);
		e2e_is_str(r.out, e2e_printf("%d\nResult: FAIL\n1\n", k % 3 == 0 ? 143 : k % 3 == 1 ? 130 : 129), "%s, %s", shells[k], signo);
		e2e_is_int(access("heard", F_OK), 0, "%s: a test may hear SIGINT", shells[k]);
	}
}

E2E_MAIN()
