/* The command line, .proverc, the environment, the state, and which files are tests. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

#define PASS(n) "All tests successful.\nFiles=" #n ", Tests=" #n ", TIMES\nResult: PASS\n"

static void one(const char *name)
{
	script(name, "echo 1..1; echo ok 1\n");
}

static void wrong(const char *message, const char *a, const char *b)
{
	e2e_result r = b ? e2e_run(driver, a, b) : e2e_run(driver, a);
	e2e_is_int(r.status, 2, "%s: exit status", a);
	e2e_is_str(r.err, message, "%s", a);
	e2e_is_str(r.out, "", "%s: nothing on stdout", a);
}

/* head has read enough before prove has said all of it. */
E2E_TEST(help_into_a_closed_pipe_leaves_nothing)
{
	e2e_setenv("TMPDIR", e2e_tmpdir());
	e2e_result r = e2e_run("sh", "-c", "\"$1\" --help 2>&1 | head -1; ls -d \"$TMPDIR\"/e2e.* 2>/dev/null", "sh", driver);
	e2e_is_str(r.out, "usage: prove [options] [files or folders] [:: arguments for the tests]\n");
}

E2E_TEST(mistakes_are_explained)
{
	one("t/a.t");
	wrong("prove: unknown option --timeot; the nearest one is --timeout (prove --help lists them all)\n", "--timeot", "3");
	wrong("prove: unknown option --xyzzyx (prove --help lists them all)\n", "--xyzzyx", NULL);
	wrong("prove: unknown option -y (prove --help lists them all)\n", "-y", NULL);
	wrong("prove: --re is not clear: it could be any of --recurse --retry --repeat --resume --reverse\n", "--re", NULL);
	wrong("prove: --timeout needs a value (prove --help says which)\n", "--timeout", NULL);
	wrong("prove: --verbose takes no value, but got one: --verbose=3\n", "--verbose=3", NULL);
	wrong("prove: -j takes a whole number, not \"x\"\n", "-jx", NULL);
	wrong("prove: --timeout takes seconds, not \"1s\"\n", "--timeout=1s", NULL);
	wrong("prove: -v and -q (or -Q) exclude each other: leave one out\n", "-v", "-q");
	wrong("prove: --shard takes K/N with K from 1 to N, not \"3/2\"\n", "--shard=3/2", NULL);
	wrong("prove: --state=nope: known are last failed passed all hot todo slow fast new old fresh save\n", "--state=nope", NULL);
	wrong("prove: --rules takes par=GLOB, seq=GLOB, lock:NAME=GLOB or timeout:GLOB=S, not \"a\"\n", "--rules=a", NULL);
	wrong("prove: there is no test nope.t: neither a file nor a folder of that name exists\n", "nope.t", NULL);
	e2e_chdir("t");
	wrong("prove: no tests named, and there is no folder t: name files or folders, or give -r\n", "-f", NULL);
}

E2E_TEST(forms_of_options)
{
	static const char *const forms[][3] = {
		{"-vj2", NULL}, {"-v", "-j=2"}, {"--verb", "--jobs=2"}, {"-vj", "2"}, {"--verbose", "-j2", "--no-timer"}, {"-j2", "--nomerge", "-v"},
	};
	size_t i;
	one("t/a.t");
	for (i = 0; i < sizeof forms / sizeof *forms; i++) {
		e2e_result r = e2e_run("sh", "-c", e2e_printf("\"$0\" %s %s %s t/a.t", forms[i][0], forms[i][1] ? forms[i][1] : "",
		                                              forms[i][2] ? forms[i][2] : ""), driver);
		e2e_is_str(tidy(r.out), "t/a.t .. \n1..1\nok 1\nok\n" PASS(1), "%s", forms[i][0]);
	}
}

E2E_TEST(help_version_completion)
{
	e2e_result r = e2e_run(driver, "--help");
	e2e_like(r.out, "^usage: prove .*\n -j, --jobs N +run N tests at a time\n");
	e2e_is_int(r.status, 0);
	e2e_like(e2e_run(driver, "-V").out, "^prove \\(e2e\\) [0-9.]+, a TAP 14 driver\n$");
	r = e2e_run(driver, "--completion", "bash");
	text_file("c", r.out);
	if (e2e_run("sh", "-c", "command -v bash").status == 0) {
		r = e2e_run("bash", "-c", ". ./c; COMP_WORDS=(prove --sh); COMP_CWORD=1; _prove; echo ${COMPREPLY[@]}\n"
		                          "COMP_WORDS=(prove --state fa); COMP_CWORD=2; _prove; echo ${COMPREPLY[@]}");
		e2e_is_str(r.out, "--shuffle --shard\nfailed fast\n");
	}
	r = e2e_run(driver, "--completion", "zsh");
	e2e_like(r.out, "^#compdef prove\n.*'--timeout=\\[end a test, and all it started, after S seconds\\]:value:'");
}

/* The manual is found where make install has put it, beside a copy, through links, and by a shell that was told the name. */
E2E_TEST(the_manual)
{
	static const char *const ways[] = {"usr/bin/e2e-prove -H", "usr/bin/short --man", "far/link -H", "sh usr/bin/e2e-prove -H", "PATH=$PWD/far:$PATH; link -H",
	                                   "cd usr/bin && sh e2e-prove -H", "cd far && sh link -H"};
	e2e_result r;

	script("bin/man", "echo \"shown: $(head -n 1 \"$1\")\"\n");
	mkdir("tmp", 0700);
	e2e_setenv("TMPDIR", e2e_printf("%s/tmp", e2e_tmpdir()));
	e2e_setenv("E2E_SPOOL", getenv("TMPDIR"));
	e2e_setenv("PATH", e2e_printf("%s/bin:%s", e2e_tmpdir(), getenv("PATH")));
	e2e_is_int(e2e_run("sh", "-c", "mkdir -p usr/bin far copy/doc && cp \"$0\" usr/bin/e2e-prove && cp \"$0\" copy/prove", driver).status, 0);
	text_file("usr/share/man/man1/e2e-prove.1", "installed\n");
	text_file("copy/doc/prove.1", "copied\n");
	e2e_is_int(symlink("e2e-prove", "usr/bin/short"), 0);
	e2e_is_int(symlink("../usr/bin/short", "far/link"), 0);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		r = e2e_run("sh", "-c", ways[i]);
		e2e_is_str(r.out, "shown: installed\n", "%s: %s", ways[i], r.err);
	}
	e2e_is_str(e2e_run("sh", "-c", "cd copy && sh prove -H").out, "shown: copied\n");

	e2e_is_int(unlink("copy/doc/prove.1"), 0);
	r = e2e_run("copy/prove", "-H");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "^prove: the manual is not beside copy/prove: see doc/prove\\.1 where prove came from, or prove --help\n$");
	e2e_is_int(rmdir("tmp"), 0, "no folder of a run is left");
}

E2E_TEST(which_files_are_tests)
{
	one("t/b.t");
	one("t/a.t");
	one("t/sub/c.t");
	one("t/d.test");
	one("t/.hidden.t");
	text_file("t/data.txt", "");
	e2e_is_str(e2e_run(driver, "-D").out, "t/a.t\nt/b.t\n");
	e2e_is_str(e2e_run(driver, "-Dr").out, "t/.hidden.t\nt/a.t\nt/b.t\nt/sub/c.t\n");
	e2e_is_str(e2e_run(driver, "-D", "--ext", "test", "--ext=.t").out, "t/a.t\nt/b.t\nt/d.test\n");
	e2e_is_str(e2e_run(driver, "-D", "t/b.t", "t", "t/d.test", "t/b.t").out, "t/b.t\nt/a.t\nt/d.test\n");
	e2e_is_str(e2e_run(driver, "-D", "--reverse").out, "t/b.t\nt/a.t\n");
	e2e_is_str(e2e_run_with((e2e_spawn_opts){.stdin_text = "t/d.test\nt/a.t\n"}, driver, "-D", "-").out, "t/d.test\nt/a.t\n");
	e2e_chdir("t");
	e2e_is_str(e2e_run(driver, "-Dr").out, ".hidden.t\na.t\nb.t\nsub/c.t\n");
}

E2E_TEST(shuffled_runs_can_be_repeated)
{
	int i;
	const char *first, *again;
	for (i = 0; i < 20; i++)
		one(e2e_printf("t/%02d.t", i));
	first = e2e_run(driver, "-D", "-s", "--seed", "3").out;
	again = e2e_run(driver, "-D", "-s", "--seed", "3").out;
	e2e_is_str(first, again);
	e2e_like(first, "^# shuffled: --seed 3 repeats this order\n");
	e2e_isnt_str(strchr(first, '\n') + 1, e2e_run(driver, "-D").out, "it is another order");
}

E2E_TEST(any_name_works)
{
	static const char *const names[] = {"a b.t", "-dash.t", "q'uote.t", "d\"q.t", "st*r.t", "x=1.t", "back\\slash.t", "n\\n.t",
	                                    "br{a,b}.t", "d$HOME.t", "semi;ls.t", "`id`.t", "[x].t", "%s.t", "~.t", "#h.t", "trail .t",
	                                    "\303\274.t", "new\nline.t", " lead.t"};
	size_t i;
	const char *list = e2e_run(driver, "-V").out;
	e2e_result r;
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		script(e2e_printf("./%s", names[i]), "[ -e \"$0\" ] || exit 1; echo 1..1; echo ok 1\n");
		r = e2e_run(driver, "-o", "--", names[i]);
		e2e_is_int(r.status, 0, "%s alone", names[i]);
		r = e2e_run(driver, "-e", "sh", "--", names[i]);
		e2e_is_int(r.status, 0, "%s by --exec", names[i]);
	}
	list = e2e_run(driver, "-r").out;
	e2e_like(list, "\nFiles=20, Tests=20,");
	e2e_like(list, "\nnew\nline\\.t \\.+ ok\n");
	r = e2e_run(driver, "-j3", ".");
	e2e_is_int(r.status, 0);
}

E2E_TEST(kinds_of_tests)
{
	e2e_result r;
	text_file("script.t", "#!/bin/sh -e\necho 1..1; echo ok 1 - \"$1\"\n");
	text_file("nothing.test", "echo 1..1\n");
	text_file("stream.tap", "1..1\nok 1\n");
	r = e2e_run(driver, "-v", "script.t", "::", "an argument");
	e2e_like(r.out, "\nok 1 - an argument\n", "a script that is not executable");
	r = e2e_run(driver, "nothing.test");
	e2e_is_int(r.status, 1);
	e2e_is_str(r.err, "prove: ./nothing.test is not executable and has no #! line: chmod +x it, or name a command with --exec\n");
	r = e2e_run(driver, "stream.tap");
	e2e_is_str(tidy(r.out), "stream.tap .. ok\n" PASS(1));
	text_file("data", "1..1\nok 1 - by cat\n");
	r = e2e_run(driver, "-v", "-e", "cat -u", "data");
	e2e_like(r.out, "\nok 1 - by cat\n");
}

E2E_TEST(rc_files)
{
	one("t/a.t");
	mkdir("home", 0777);
	e2e_setenv("HOME", "home");
	text_file("home/.proverc", "-j2 # a comment\n--ext '.t'\n");
	text_file(".proverc", "--verbose\n");
	e2e_is_str(tidy(e2e_run(driver).out), "t/a.t .. \n1..1\nok 1\nok\n" PASS(1), "home's and the folder's");
	e2e_is_str(tidy(e2e_run(driver, "--no-verbose").out), "t/a.t .. ok\n" PASS(1), "the command line is stronger");
	e2e_is_str(tidy(e2e_run(driver, "--norc").out), "t/a.t .. ok\n" PASS(1), "--norc");
	text_file("more", "-Q \"t/a.t\"\n");
	e2e_is_str(tidy(e2e_run(driver, "--norc", "--rc", "more").out), PASS(1), "--rc");
	e2e_like(e2e_run(driver, "--rc=none").err, "^prove: there is no file none, which --rc names\n$");
	text_file(".proverc", "--nonsense\n");
	e2e_is_int(e2e_run(driver).status, 2);
}

E2E_TEST(environment)
{
	one("t/a.t");
	e2e_setenv("HARNESS_VERBOSE", "1");
	e2e_is_str(tidy(e2e_run(driver).out), "t/a.t .. \n1..1\nok 1\nok\n" PASS(1));
	e2e_setenv("HARNESS_VERBOSE", NULL);
	e2e_setenv("HARNESS_TIMER", "1");
	e2e_like(e2e_run(driver).out, "^\\[[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\\] t/a\\.t \\.\\. ok +[0-9]+ ms\n");
	e2e_setenv("HARNESS_TIMER", NULL);
	e2e_setenv("HARNESS_OPTIONS", "j2:c");
	e2e_like(e2e_run(driver).out, "\nResult: \033\\[32mPASS\033\\[0m\n$");
	e2e_setenv("HARNESS_OPTIONS", NULL);
	stream("t/a.t", "1..1\nok 1\n", 3);
	e2e_is_int(e2e_run(driver).status, 1);
	e2e_setenv("HARNESS_IGNORE_EXIT", "1");
	e2e_is_int(e2e_run(driver).status, 0);
}

E2E_TEST(lines_that_are_shown)
{
	static const char tap[] = "1..4\n# a comment\nok 1 - good\nnot ok 2 - bad\nok 3 # SKIP why\nnot ok 4 # TODO later\n";
	stream("a.t", tap, 0);
	e2e_like(e2e_run(driver, "-f", "a.t").out, "^a\\.t \\.\\. \nnot ok 2 - bad\nFailed 1/4");
	e2e_like(e2e_run(driver, "-o", "a.t").out, "^a\\.t \\.\\. \n# a comment\nFailed 1/4");
	e2e_like(e2e_run(driver, "--directives", "a.t").out, "^a\\.t \\.\\. \nok 3 # SKIP why\nnot ok 4 # TODO later\nFailed 1/4");
	e2e_like(e2e_run(driver, "-q", "a.t").out, "^a\\.t \\.\\. \nFailed 1/4");
	e2e_like(e2e_run(driver, "-Q", "a.t").out, "^\nTest Summary Report\n");
	e2e_like(e2e_run(driver, "-v", "-j2", "a.t", "a.t").out, "^a\\.t \\.\\. \n1\\.\\.4\n# a comment\nok 1 - good\nnot ok 2 - bad\n");
	script("b.t", "echo 1..1; echo ok 1; echo 'not ok 2' >&2\n");
	e2e_is_int(e2e_run(driver, "b.t").status, 0);
	e2e_is_int(e2e_run(driver, "-m", "b.t").status, 1, "--merge takes stderr for TAP");
	stream("c.t", "TAP version 13\n1..2\nok - one   \nok 2 two # skip   three\n", 0);
	e2e_like(e2e_run(driver, "-v", "--normalize", "c.t").out, "\nok 1 - one   \nok 2 two # SKIP three\n");
}

E2E_TEST(terminal_escapes_are_never_passed_on)
{
	e2e_result r;
	script("a.t", "printf '1..1\\nnot ok 1 - \\033[2J\\033]0;title\\007\\302\\233\\n# \\033[31m\\n'; printf '\\033[2J\\n' >&2\n");
	r = e2e_run(driver, "a.t");
	e2e_ok(!strchr(r.out, 033) && !strchr(r.err, 033) && !strstr(r.out, "\302\233"), "report");
	e2e_like(r.err, "^\\\\x1b\\[2J\n$");
	r = e2e_run(driver, "-v", "a.t");
	e2e_ok(!strchr(r.out, 033) && !strchr(r.err, 033), "every line");
	r = e2e_run(driver, "-v", "-j2", "a.t", "a.t");
	e2e_ok(!strchr(r.out, 033), "every line, in parallel");
	stream("b.t", "1..1\nBail out! \033[2J\n", 0);
	r = e2e_run(driver, "b.t");
	e2e_ok(!strchr(r.out, 033) && !strchr(r.err, 033), "bail out");
}

E2E_TEST(state)
{
	e2e_result r;
	one("t/a.t");
	stream("t/b.t", "1..1\nnot ok 1\n", 1);
	stream("t/c.t", "1..1\nnot ok 1 # TODO x\n", 0);
	e2e_run(driver, "--state=save");
	e2e_is_str(e2e_run(driver, "-D", "--state=failed").out, "t/b.t\n");
	e2e_is_str(e2e_run(driver, "-D", "--state=passed").out, "t/a.t\nt/c.t\n");
	e2e_is_str(e2e_run(driver, "-D", "--state=todo").out, "t/c.t\n");
	e2e_is_str(e2e_run(driver, "-D", "--state=hot").out, "t/b.t\n");
	e2e_is_str(e2e_run(driver, "-D", "--state=last").out, "t/a.t\nt/b.t\nt/c.t\n");
	e2e_is_str(e2e_run(driver, "-D", "--state=all:2").out, "t/a.t\nt/b.t\n");
	e2e_is_str(e2e_run(driver, "-D", "--state=failed,passed").out, "t/b.t\nt/a.t\nt/c.t\n");
	e2e_is_str(e2e_run(driver, "-D", "--state=failed", "t").out, "t/b.t\nt/a.t\nt/c.t\n");
	e2e_is_str(e2e_run(driver, "-D", "-R").out, "t/b.t\nt/c.t\n", "-R goes on at the failure");
	one("t/b.t");
	r = e2e_run(driver, "--state=failed,save");
	e2e_is_str(tidy(r.out), "t/b.t .. ok\n" PASS(1));
	e2e_is_str(e2e_run(driver, "-D", "--state=failed").out, "");
	e2e_is_str(e2e_run(driver, "-D", "--state=last").out, "t/b.t\n");
	text_file(".prove", "---\nversion: 1\n");
	r = e2e_run(driver, "--state=failed");
	e2e_like(r.err, "^prove: \\.prove is not a state of this prove;");
}

E2E_TEST(slowest)
{
	script("a.t", "sleep 0.3; echo 1..1; echo ok 1\n");
	one("b.t");
	e2e_like(e2e_run(driver, "--slowest", "1", "b.t", "a.t").out, "\nSlowest:\n +[0-9.]+ s  a\\.t\nAll tests successful");
}

E2E_TEST(filters_of_cases)
{
	e2e_result r;
	stream("a.t", "1..0 # SKIP no case matches -k x\n", 99);
	r = e2e_run(driver, "-k", "x", "a.t");
	e2e_is_int(r.status, 2, "with -k it is skipped, and nothing was tested");
	e2e_is_int(e2e_run(driver, "a.t").status, 1, "without it is a failure");
	stream("a.t", "1..1\nok 1 # SKIP why\n", 0);
	e2e_is_int(e2e_run(driver, "--fail-on-skip", "a.t").status, 1);
}

E2E_TEST(terminal_with_colours)
{
	e2e_result r;
	stream("a.t", "1..1\nnot ok 1 - x\n", 0);
	r = e2e_run_with((e2e_spawn_opts){.pty = true}, driver, "a.t");
	e2e_like(r.out, "\033\\[31mnot ok 1 - x\033\\[0m");
	e2e_setenv("NO_COLOR", "1");
	r = e2e_run_with((e2e_spawn_opts){.pty = true}, driver, "a.t");
	e2e_ok(!strchr(r.out, 033), "NO_COLOR");
}

E2E_MAIN()
