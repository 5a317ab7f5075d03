/* Streams and tests that do their worst. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

static e2e_result both(const char *name)
{
	e2e_result one = e2e_run(driver, name), two = e2e_run(driver, "-j2", name, name);
	e2e_is_str(tidy(two.out), tidy(one.out), "%s: the same with -j2", name);
	return one;
}

E2E_TEST(nul_bytes)
{
	script("a.t", "printf '1..3\\nok 1 - a\\0b\\nok 2\\n\\0\\0\\nok 3\\n\\0'\n");
	e2e_like(both("a.t").out, "^a\\.t \\.\\. ok\n.*Tests=3,");
}

/* mawk's tolower() leaves to chance what stands behind a NUL: often the line before. */
E2E_TEST(nul_in_a_version)
{
	script("a.t", "printf 'TAP version 14\\n1..1\\nok 1\\n'\n");
	script("b.t", "printf 'TAP version \\0004\\n1..1\\nok 1\\n'\n");
	e2e_like(e2e_run(driver, "a.t", "b.t").out, "^a\\.t \\.\\. ok\nb\\.t \\.\\. ok\n.*Tests=2,");
}

E2E_TEST(a_line_of_100_mb, .timeout = 120)
{
	script("a.t", "echo 1..2; echo ok 1; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo ok 2\n");
	e2e_like(e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, "a.t").out, "^a\\.t \\.\\. ok\n.*Tests=2,");
}

/* E2E_T_MUCH=1000 makes it a gigabyte */
E2E_TEST(much_output, .timeout = 600)
{
	const char *megabytes = getenv("E2E_T_MUCH") ? getenv("E2E_T_MUCH") : "100";
	script("a.t", e2e_printf("echo 1..2; echo ok 1; yes '# rubbish that a loop prints' | head -c %s000000; echo; echo ok 2\n", megabytes));
	e2e_like(e2e_run_with((e2e_spawn_opts){.timeout = 500}, driver, "a.t").out, "^a\\.t \\.\\. ok\n.*Tests=2,");
}

E2E_TEST(subtests_50_deep, .timeout = 120)
{
	script("a.t", "echo TAP version 14; awk 'BEGIN { for (d = 50; d > 0; d--) { pad = sprintf(\"%\" d * 4 \"s\", \"\"); print pad \"1..500\"\n"
	              "for (i = 1; i <= 500; i++) print pad (i == 77 && d == FAIL ? \"not ok \" : \"ok \") i } print \"ok 1\"; print \"1..1\" }' FAIL=$1\n");
	script("b.t", "echo TAP version 14; awk -v fail=50 'BEGIN { for (d = 50; d > 0; d--) { pad = sprintf(\"%\" d * 4 \"s\", \"\"); print pad \"1..5\"\n"
	              "for (i = 1; i <= 5; i++) print pad (i == 3 && d == fail ? \"not ok \" : \"ok \") i } print \"ok 1\"; print \"1..1\" }'\n");
	e2e_like(e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, "a.t").out, "^a\\.t \\.\\. ok\n");
	e2e_is_int(e2e_run(driver, "b.t").status, 1, "a failure at depth 50 is seen");
}

E2E_TEST(yaml_of_100_000_lines)
{
	e2e_result r;
	script("a.t", "echo TAP version 14; echo 1..1; echo not ok 1; echo '  ---'\n"
	              "awk 'BEGIN { for (i = 0; i < 100000; i++) print \"  key\" i \": value\" }'; echo '  ...'\n");
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 1);
	e2e_cmp_int((int)strlen(r.out), "<", 10000, "the report stays short");
}

E2E_TEST(many_failures_in_no_order)
{
	e2e_result r;
	script("a.t", "echo 1..3000; awk 'BEGIN { for (i = 3000; i > 0; i--) print (i % 2 ? \"not \" : \"\") \"ok \" i }'\n");
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "a\\.t \\(Wstat: 0 Tests: 3000 Failed: 1500\\)\n  Failed tests:  1, 3, 5, 7,");
}

E2E_TEST(a_test_that_removes_the_spool_folder)
{
	e2e_result r;
	stream("b.t", "1..1\nok 1\n", 0);
	stream("c.t", "1..1\nok 1\n", 0);
	stream("d.t", "1..1\nok 1\n", 0);
	mkdir("tmp", 0777);
	e2e_setenv("E2E_SPOOL", e2e_printf("%s/tmp", e2e_tmpdir()));
	script("a.t", "echo 1..1; echo ok 1; rm -rf tmp/prove.*\n");
	r = e2e_run(driver, "a.t", "b.t", "c.t", "d.t");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "a\\.t \\(.*\n  Parse errors: The output could not be read: was its folder removed\\?\n");
	e2e_like(r.out, "\nc\\.t \\.\\. ok\nd\\.t \\.\\. ok\n", "the others go on");
}

E2E_TEST(killed_while_its_folders_are_made)
{
	const char *made;
	e2e_proc *p;
	e2e_skip_if(access("/dev/shm", W_OK) != 0, "no /dev/shm: they are made by prove itself");
	stream("a.t", "1..1\nok 1\n", 0);
	e2e_setenv("E2E_SPOOL", NULL);
	script("bin/mkfifo", e2e_printf("PATH='%s'\necho \"${1%%/*} ${4%%/*}\" >new && mv new making\n"
	                                "while [ ! -e go ]; do sleep 0.1; done\nexec mkfifo \"$@\"\n", getenv("PATH")));
	e2e_setenv("PATH", e2e_printf("%s/bin:%s", e2e_tmpdir(), getenv("PATH")));
	p = e2e_spawn(driver, "a.t");
	e2e_ready(p, E2E_FILE("making"));
	made = read_file("making");
	made = e2e_printf("%.*s", (int)strcspn(made, "\n"), made);
	e2e_is_int(system(e2e_printf("ls -d %s >/dev/null", made)), 0, "they are there: %s", made);
	kill(p->pid, SIGKILL);
	e2e_wait(p, E2E_SIG(SIGKILL));
	text_file("go", "");
	e2e_ok(e2e_eventually(20, system(e2e_printf("! ls -d %s 2>/dev/null | grep .", made)) == 0), "they are gone");
}

/* Ctrl-C ends find too; who kills prove leaves find alone. Some shells do more than others when a signal ends them. */
static void ended_while_it_looks(const char *shell, int signal)
{
	e2e_proc *p = e2e_spawn(shell, driver, "-r", ".");

	e2e_ready(p, E2E_FILE("looking"));
	kill(signal == SIGINT ? -p->pid : p->pid, signal);
	e2e_wait(p, strcmp(shell, "mksh") == 0 ? 2 : E2E_SIG(signal)); /* it takes its trap's status for its own */
	e2e_ok(e2e_eventually(20, system("! ls spool | grep .") == 0), "%s: its folders are gone", shell);
	if (signal == SIGKILL)
		kill(-p->pid, SIGKILL);
	unlink("looking");
}

E2E_TEST(ended_while_tests_are_looked_for, .timeout = 300)
{
	static const char *const shells[] = {"sh", "bash", "mksh", "yash", "zsh"};

	stream("a.t", "1..1\nok 1\n", 0);
	script("bin/find", "echo >looking\nexec sleep 60\n");
	e2e_setenv("PATH", e2e_printf("%s/bin:%s", e2e_tmpdir(), getenv("PATH")));
	e2e_setenv("E2E_SPOOL", e2e_printf("%s/spool", e2e_tmpdir()));
	e2e_setenv("TMPDIR", getenv("E2E_SPOOL"));
	mkdir("spool", 0700);
	ended_while_it_looks("sh", SIGKILL);
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", shells[i])).status == 0)
			ended_while_it_looks(shells[i], SIGINT);
}

E2E_TEST(interrupted_before_there_is_a_guard)
{
	e2e_proc *p;

	stream("a.t", "1..1\nok 1\n", 0);
	script("slow", "echo >looking\nexec sleep 60\n");
	e2e_setenv("E2E_AWK", e2e_printf("%s/slow", e2e_tmpdir()));
	e2e_setenv("E2E_SPOOL", e2e_printf("%s/spool", e2e_tmpdir()));
	e2e_setenv("TMPDIR", getenv("E2E_SPOOL"));
	mkdir("spool", 0700);
	p = e2e_spawn(driver, "a.t");
	e2e_ready(p, E2E_FILE("looking"));
	e2e_is_int(system("ls spool | grep -q ."), 0, "it has folders");
	e2e_signal_group(p, SIGINT);
	e2e_wait(p, E2E_SIG(SIGINT));
	e2e_is_int(system("! ls spool | grep ."), 0, "and then none");
}

E2E_TEST(its_folder_is_written_to_at_the_end)
{
	e2e_result r;

	script("a.t", "echo 1..1; echo ok 1\n"
	              "(trap '' HUP; n=0; while [ $n -lt 10000 ] && : >\"$E2E_RUN_DIR/$((n += 1))\"; do :; done) >/dev/null 2>&1 &\n");
	e2e_setenv("TMPDIR", e2e_tmpdir());
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 0);
	e2e_is_str(r.err, "");
	e2e_is_int(system("ls -d e2e.[0-9]* 2>/dev/null | grep ."), 256, "its folder is gone");
}

E2E_TEST(a_test_that_removes_itself)
{
	script("a.t", "rm \"$0\"; echo 1..1; echo ok 1\n");
	e2e_is_int(e2e_run(driver, "a.t").status, 0);
	script("a.t", "rm b.t; echo 1..1; echo ok 1\n");
	stream("b.t", "1..1\nok 1\n", 0);
	e2e_like(e2e_run(driver, "a.t", "b.t").err, "prove: \\./b\\.t is not there any more, or is no file\n");
}

E2E_TEST(no_folder_for_temporary_files)
{
	e2e_result r;
	stream("a.t", "1..1\nok 1\n", 0);
	e2e_setenv("TMPDIR", "/nonexistent");
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 0, "another one is found: %s", r.err);
}

/* A spool folder without room: the test fails, and is not taken for one that has nothing to say */
E2E_TEST(no_room_for_the_output)
{
	e2e_result r;
	mkdir("tmp", 0777);
	e2e_require_command("unshare");
	e2e_setenv("E2E_SPOOL", e2e_printf("%s/tmp", e2e_tmpdir()));
	script("a.t", "echo 1..2; echo ok 1; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo ok 2\n");
	r = e2e_run("unshare", geteuid() == 0 ? "-m" : "-rm", "sh", "-c", "mount -t tmpfs -o size=1m none tmp 2>/dev/null || exit 88; \"$0\" a.t", driver);
	e2e_skip_if(!*r.out, "no file system can be mounted here, not even in a namespace");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "Bad plan\\.  You planned 2 tests but ran 1\\.");
	e2e_like(r.out, "There is no room left for what tests print, so some of it is lost: set TMPDIR and E2E_SPOOL to a folder with room\n");
}

/* A folder whose name the shell would split, or take for something else. */
E2E_TEST(odd_names_of_folders)
{
	static const char *const shells[] = {"sh", "dash", "bash", "busybox sh", "mksh", "yash"};
	const char *odd = "a b'c\"d$e*f\\g";
	stream("a.t", "1..1\nok 1\n", 0);
	text_file(e2e_printf("%s/sub/x.c", odd), "/* e2e: helper.c */\n#include <stdio.h>\nint help(void);\n"
	                                         "int main(void) { printf(\"1..1\\nok %d\\n\", help()); return 0; }\n");
	text_file(e2e_printf("%s/sub/helper.c", odd), "int help(void) { return 1; }\n");
	mkdir(e2e_printf("%s/tmp", odd), 0777);
	e2e_setenv("TMPDIR", e2e_printf("%s/%s/tmp", e2e_tmpdir(), odd));
	e2e_setenv("E2E_SPOOL", getenv("TMPDIR"));
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
		e2e_result r;
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", shells[i])).status != 0)
			continue;
		e2e_setenv("E2E_SH", shells[i]);
		r = e2e_run("sh", "-c", e2e_printf("%s \"$0\" -v --junit out.xml --archive out.tgz --state=save a.t && %s \"$0\" -j2 out.tgz a.t", shells[i], shells[i]), driver);
		e2e_is_int(r.status, 0, "%s: %s", shells[i], r.err);
		r = e2e_run("sh", "-c", "ls -A \"$TMPDIR\" | wc -l | tr -d ' '");
		e2e_is_str(r.out, "0\n", "%s: nothing stays", shells[i]);
	}
	e2e_is_str(e2e_run("find", ".", "-type", "p").out, "", "no FIFO is made elsewhere");
}

E2E_TEST(sources_in_a_folder_with_blanks)
{
	e2e_result r;
	text_file("a b/sub c/x.c", "/* e2e: helper.c */\n#include <stdio.h>\nint help(void);\n"
	                           "int main(void) { printf(\"1..1\\nok %d\\n\", help()); return 0; }\n");
	text_file("a b/sub c/helper.c", "int help(void) { return 1; }\n");
	r = e2e_run(driver, "a b/sub c/x.c");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_is_int(e2e_run(driver, "a b/sub c/x.c").status, 0, "out of the cache");
	text_file("a b/sub c/helper.c", "int help(void) { return 2; }\n");
	e2e_is_int(e2e_run(driver, "a b/sub c/x.c").status, 1, "the helper has changed");
}

/* Without a home the cache stands where others can write: what they put there is not run. */
E2E_TEST(a_cache_that_is_not_ours)
{
	const char *cache = e2e_printf("tmp/e2e-cache-%ld", (long)getuid());
	e2e_result r;
	text_file("x.c", "int puts(const char *);\nint main(void) { puts(\"1..1\\nok 1\"); return 0; }\n");
	mkdir("tmp", 0777);
	mkdir(cache, 0777);
	chmod(cache, 0777);
	e2e_setenv("TMPDIR", "tmp");
	e2e_setenv("E2E_CACHE", NULL);
	e2e_setenv("XDG_CACHE_HOME", NULL);
	e2e_setenv("HOME", NULL);
	r = e2e_run(driver, "x.c");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_is_str(e2e_run("ls", "-A", cache).out, "", "others may write there");
	chmod(cache, 0700);
	if (getuid() == 0 && chown(cache, 65534, 65534) == 0) {
		e2e_is_int(e2e_run(driver, "x.c").status, 0);
		e2e_is_str(e2e_run("ls", "-A", cache).out, "", "it belongs to somebody else");
	}
	rename(cache, "old");
	e2e_is_int(symlink("../old", cache), 0);
	e2e_is_int(e2e_run(driver, "x.c").status, 0);
	e2e_is_str(e2e_run("ls", "-A", "old").out, "", "it is a link");
	unlink(cache);
	e2e_is_int(e2e_run(driver, "x.c").status, 0);
	e2e_is_str(e2e_run("ls", cache).out, "CACHEDIR.TAG\nc\n", "one of our own");
	/* a home that can't be written is none */
	e2e_run("rm", "-rf", cache);
	text_file("home", "");
	e2e_setenv("HOME", "home");
	e2e_is_int(e2e_run(driver, "x.c").status, 0);
	e2e_is_str(e2e_run("ls", cache).out, "CACHEDIR.TAG\nc\n", "beside the temporary files");
}

/* Who made an archive does not say which files of this machine are read. */
E2E_TEST(archives_of_others)
{
	e2e_result r;
	const char *meta = "---\nfile_attributes:\n  -\n    description: %s\n    wait: 0\nfile_order:\n  - %s\n";
	stream("secret", "1..1\nok 1\n", 0);
	text_file("a/meta.yml", e2e_printf(meta, "x", "x"));
	e2e_is_int(symlink("../secret.data", "a/x"), 0);
	e2e_is_int(e2e_run("tar", "-cf", "a.tar", "-C", "a", "meta.yml", "x").status, 0);
	e2e_is_int(e2e_run(driver, "a.tar").status, 2, "a link");
	e2e_is_int(e2e_run(driver, "a").status, 2, "a link in a folder");
	unlink("a/x");
	e2e_is_int(mkfifo("a/x", 0600), 0);
	e2e_is_int(e2e_run("tar", "-cf", "a.tar", "-C", "a", "meta.yml", "x").status, 0);
	r = e2e_run(driver, "a.tar");
	e2e_is_int(r.status, 2, "a FIFO");
	e2e_like(r.err, "prove: the archive a\\.tar holds links, FIFOs or devices ");
	unlink("a/x");
	text_file("a/meta.yml", e2e_printf(meta, "../secret.data", "../secret.data"));
	r = e2e_run(driver, "a");
	e2e_is_int(r.status, 2, "a file outside");
	e2e_like(r.err, "prove: the archive names \\.\\./secret\\.data, which is outside of it\n");
	text_file("half.tgz", "");
	stream("ok.t", "1..1\nok 1\n", 0);
	e2e_run(driver, "--archive", "whole.tgz", "ok.t");
	e2e_is_int(e2e_run("sh", "-c", "head -c 150 whole.tgz >half.tgz").status, 0);
	e2e_is_int(e2e_run(driver, "half.tgz").status, 2, "half of an archive");
}

E2E_TEST(names_with_control_characters_in_archives)
{
	stream("t/a\tb\033c.t", "1..1\nok 1\n", 0);
	e2e_is_int(e2e_run(driver, "--archive", "x.tgz", "t").status, 0);
	e2e_like(e2e_run(driver, "x.tgz").out, "\nFiles=1, Tests=1,.*\nResult: PASS\n");
}

/* GitHub takes orders from what is printed; those of a test are none. */
E2E_TEST(orders_to_github)
{
	static const char *const ways[] = {"-j1", "-v", "-vj2", "-o", "-f"};
	script("a.t", "printf '1..1\\n  ::add-mask::x\\n# ::warning::x\\nnot ok 1 - ::error::x\\n  ---\\n  log: |\\n    ::set-env::x\\n    ##[group]x\\n  ...\\n'\n"
	              "echo '::error::by stderr' >&2; exit 1\n");
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		e2e_result r = e2e_run("sh", "-c", "\"$0\" --github $1 a.t 2>&1 | grep -E '^[[:space:]]*::|##\\['", driver, ways[i]);
		e2e_is_str(r.out, "::error title=a.t::::error::x%0A  log:%0A    ::set-env::x%0A    #\\x23[group]x\n", "%s", ways[i]);
	}
}

E2E_MAIN()
