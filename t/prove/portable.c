/* The same reports under every shell and awk that is here. stderr is left out: shells have words of their own for a
 * killed program. */
#include "driver.h"

static const char *const shells[] = {"dash", "bash", "busybox sh", "mksh", "yash", "ksh", "zsh"};
static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};

E2E_SETUP()
{
	enter();
}

static bool here(const char *command)
{
	return e2e_run("sh", "-c", e2e_printf("command -v %s && case '%s' in *' '*) %s </dev/null >/dev/null 2>&1 -c : || %s </dev/null 'BEGIN { exit }';; esac",
	                                      command, command, command, command)).status == 0;
}

static void corpus(void)
{
	stream("a.t", "1..2\nok 1\nok 2\n", 0);
	stream("b b.t", "TAP version 14\n1..3\n# Subtest: s\n    ok 1\n    not ok 2 - in\n      ---\n      at: b.c:3\n      got: 1\n      want: 2\n      log: |\n        x\n        y\n"
	                "      ...\n    1..2\nnot ok 1 - s\nok 2 # SKIP why\nnot ok 3 - t # TODO later\n", 1);
	stream("c=1.t", "ok 1\nnot ok 3 \\# TODO\n1..2\n", 3);
	stream("d\\n.t", "1..0 # SKIP none\n", 0);
	script("e.t", "echo 1..1; echo ok 1; echo said >&2; kill -KILL $$\n");
	script("f.t", "printf '1..2\\r\\nok 1\\r\\nnot ok 2 - \\033[2J\\302\\233\\303\\244'; exit 1\n");
	script("new\nline.t", "echo 1..1; echo ok 1 - \"$1\"\n");
	stream("o.t", "1..010\nok 01\nok 02\nok 03\nok 04\nok 05\nok 06\nok 07\nok 08\nok 09\nok 010\n", 0);
	stream("v.t", "TAP version 013\n1..1\nok 1\n  ---\n  duration_ms: 0010.5\n  ...\n", 0);
	stream("z.tap", "1..12000000000\nok 1\nok 100000000000000000000\n", 0);
}

static const char *report(const char *shell, const char *awk, const char *options)
{
	e2e_result r;
	e2e_setenv("E2E_SH", shell);
	e2e_setenv("E2E_AWK", awk);
	r = e2e_run("sh", "-c", e2e_printf("%s \"$0\" %s *.t z.tap :: 'an argument' 2>/dev/null; echo status $?", shell, options), driver);
	return tidy(r.out);
}

E2E_TEST(every_shell_with_every_awk, .timeout = 300)
{
	static const char *const options[] = {"", "-v", "-j3 -f", "--timeout 60 --junit out.xml"};
	const char *want[4];
	size_t s, a, o;
	int combinations = 0;
	corpus();
	for (o = 0; o < 4; o++)
		want[o] = report("sh", awks[0], options[o]);
	e2e_like(want[0], "\nFiles=10, Tests=22,.*\nResult: FAIL\nstatus 1\n$");
	for (s = 0; s < sizeof shells / sizeof *shells; s++) {
		if (!here(shells[s]))
			continue;
		for (a = 0; a < sizeof awks / sizeof *awks; a++) {
			if (!here(awks[a]))
				continue;
			combinations++;
			for (o = 0; o < 4; o++)
				e2e_is_str(report(shells[s], awks[a], options[o]), want[o], "%s, %s, options \"%s\"", shells[s], awks[a], options[o]);
		}
	}
	e2e_cmp_int(combinations, ">", 0);
	e2e_note("%d combinations", combinations);
}

/* zsh gives exec with nothing but redirections the status of the last $(...), here of the look at what killed runs have left. */
E2E_TEST(a_look_that_fails_is_no_lack_of_room)
{
	stream("a.t", "1..1\nok 1\n", 0);
	mkdir("bin", 0700);
	mkdir("tmp", 0700), mkdir("tmp/e2e.1", 0700); /* alone with its own folders it has nothing to look at */
	e2e_setenv("TMPDIR", "tmp");
	script("bin/find", "exit 1\n");
	e2e_setenv("PATH", e2e_printf("%s/bin:%s", e2e_tmpdir(), getenv("PATH")));
	for (size_t s = 0; s < sizeof shells / sizeof *shells; s++) {
		if (!here(shells[s]))
			continue;
		e2e_is_int(e2e_run("sh", "-c", e2e_printf("%s \"$0\" a.t", shells[s]), driver).status, 0, "by %s", shells[s]);
	}
}

/* mawk is told things in a way of its own, which it needs under another name and with options, too. */
E2E_TEST(mawk_by_another_name)
{
	stream("a.t", "1..1\nok 1\n", 0);
	e2e_is_int(e2e_run("sh", "-c", "ln -s \"$(command -v mawk)\" awk").status, 0);
	e2e_setenv("E2E_AWK", "./awk");
	e2e_is_int(e2e_run(driver, "a.t").status, 0);
	e2e_setenv("E2E_AWK", "mawk -W random=1");
	e2e_is_int(e2e_run(driver, "a.t").status, 0);
}

/* The user's locale is the tests' own, and changes nothing of the report */
E2E_TEST(locales)
{
	const char *want;
	corpus();
	e2e_setenv("LC_ALL", "C");
	want = report("sh", awks[0], "");
	e2e_setenv("LC_ALL", "C.UTF-8");
	e2e_is_str(report("sh", awks[0], ""), want);
	script("l.t", "echo 1..1; echo \"ok 1 - $LC_ALL\"\n");
	e2e_like(e2e_run(driver, "-v", "l.t").out, "\nok 1 - C\\.UTF-8\n");
}

E2E_MAIN()
