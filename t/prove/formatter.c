/* --formatter PROGRAM: what the program reads, and what becomes of the run when the program does something
 * else. The events that are expected stand in data/events.jsonl. */
#include "driver.h"

static const char *want;

E2E_SETUP()
{
	want = read_file("t/prove/data/events.jsonl");
	enter();
}

static void corpus(void)
{
	script("t/a.t", "printf 'TAP version 14\\n1..3\\n'\n"
			"printf 'ok 1 - a \"q\" \\\\\\\\ \\033[1m \\377 \\303\\244\\n'\n"
			"printf 'not ok 2 - b\\n  ---\\n  at: x.c:3\\n  message: no\\n  ...\\n'\n"
			"printf '# Subtest: s\\n    ok 1 - x # SKIP nope\\n    1..1\\nok 3 - s\\n'\n"
			"echo err >&2\nexit 1\n");
	script("t/killed.t", "echo 1..1; echo ok 1; kill -KILL $$\n");
	stream("t/none.t", "1..0 # SKIP no nc\n", 0);
}

/* The events in the order of the list, without what differs from run to run */
static const char *events(const char *text)
{
	static const char *const numbers[] = {"time", "begin", "seconds"};
	char *s = e2e_printf("%s", text), *at, *to, name[40];
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "\"%s\":", numbers[i]);
		for (at = strstr(s, name); at; at = strstr(at + 1, name)) {
			at += strlen(name);
			to = at + strspn(at, "0123456789.");
			if (to == at)
				continue;
			*at = 'N';
			memmove(at + 1, to, strlen(to) + 1);
		}
	}

	/* a shell may have something to say of a killed program */
	at = strstr(s, "KILL\\n\",\"stderr\":");
	to = at ? strchr(at, '}') : NULL;
	if (to) {
		at += strlen("KILL\\n\",\"stderr\":");
		s = e2e_printf("%.*sWORDS%s", (int)(at - s), s, to);
	}
	return s;
}

E2E_TEST(every_awk_tells_the_same)
{
	static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};
	e2e_result r;
	size_t i;

	corpus();
	for (i = 0; i < 4; i++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		r = e2e_run(driver, "--formatter", "cat", "t");
		e2e_is_int(r.status, 1, "%s", awks[i]);
		e2e_is_str(events(r.out), want, "%s", awks[i]);
	}
}

/* A JSON library reads each line */
E2E_TEST(json)
{
	e2e_result r;

	e2e_require_command("python3");
	corpus();
	script("my formatter",
	       "exec python3 -c 'import json, sys\nfor l in sys.stdin: print(json.loads(l)[\"event\"])'\n");
	r = e2e_run(driver, "--formatter", "./my formatter", "t/a.t");
	e2e_is_str(r.out, "begin\npoint\npoint\npoint\npoint\ntest\nend\n");
	e2e_is_int(r.status, 1);
}

/* Its points are none of the run's: what failed stands in the event */
E2E_TEST(a_failed_try)
{
	const char *out;

	script("t/a.t", "[ ! -e again ] || { echo 1..1; echo ok 1 - b; exit; }\n: >again\n"
			"printf 'TAP version 14\\n1..2\\n# Subtest: s\\n    not ok 1 - b\\n      ---\\n      at: x.c:3\\n      ...\\n    1..1\\nnot ok 1 - s\\n'\n"
			"echo err >&2\nkill -KILL $$\n");
	out = events(e2e_run(driver, "--retry", "1", "--formatter", "cat", "t").out);
	e2e_ok(strstr(out, "\n{\"event\":\"try\",\"name\":\"t/a.t\",\"try\":1,\"begin\":N,\"seconds\":N,\"plan\":2,\"run\":1,\"failed\":1,\"exit\":0,"
			   "\"signal\":\"KILL\",\"timed_out\":false,\"problem\":\"Ended by signal KILL\\nBad plan.") != NULL, "%s", out);
	e2e_like(out, "\"stderr\":\"err\\\\n[^\"]*\",\"failures\":\\[\\{\"name\":\"s\",\"path\":\\[\\],\"detail\":\"[^\"]*x\\.c:3");
	e2e_like(out, "\\]\\}\n\\{\"event\":\"point\",\"test\":\"t/a\\.t\",\"path\":\\[\\],\"name\":\"b\",\"ok\":true,");
	e2e_like(out, "\n\\{\"event\":\"test\",[^\n]*\"tries\":2,");
}

/* What it prints is the report, and its failure is one of the run */
E2E_TEST(programs_that_fail)
{
	e2e_result r;

	stream("fine.t", "1..1\nok 1\n", 0);
	script("fails", "cat >/dev/null; echo mine; exit 3\n");
	r = e2e_run(driver, "--formatter", "./fails", "fine.t");
	e2e_is_str(r.out, "mine\n");
	e2e_is_int(r.status, 1);
	e2e_is_str(r.err, "prove: the formatter ./fails failed with status 3: its report may not be whole\n");

	/* more is written than a pipe holds */
	r = e2e_run("sh", "-c",
		    "echo 1..2000; i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); echo ok $i; done");
	stream("long.t", r.out, 0);
	r = e2e_run(driver, "--formatter", "head -n 1", "long.t");
	e2e_is_int(r.status, 0, "a program that reads no more is no failure: %s", r.err);

	r = e2e_run(driver, "--formatter", "nosuch x", "fine.t");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "^prove: there is no formatter nosuch x here: .* or name a program; ");
}

E2E_TEST(an_interrupted_run)
{
	e2e_proc *p;

	stream("a.t", "1..1\nok 1\n", 0);
	script("b.t", "echo 1..1; : >begun; sleep 60\n");
	p = e2e_spawn(driver, "--formatter", "cat", "a.t", "b.t");
	e2e_ready(p, E2E_FILE("begun"));
	kill(-p->pid, SIGINT);
	e2e_wait(p, E2E_SIG(SIGINT));
	e2e_like(e2e_stdout(p), "\"name\":\"b.t\",\"ok\":false,.*\"problem\":\"[^\"]*Interrupted");
	e2e_like(e2e_stdout(p), "\"result\":\"FAIL\",.*\"interrupted\":true");
}

E2E_MAIN()
