/* Scenarios: what passes, how failures read, skips, parameters, --update. */
#include "e2e_proc.h"
#include "../golden.h"

E2E_TEST(text)
{
	e2e_ok(e2e_scenario("t/proc/data/scenario.txt", "user=joe", "port=4711"));
}

E2E_TEST(markdown)
{
	e2e_ok(e2e_scenario("t/proc/data/scenario.md"));
}

/* A text in the case's own folder. */
static const char *text_of(const char *name, const char *text)
{
	const char *path = e2e_printf("%s/%s", e2e_tmpdir(), name);
	FILE *f = fopen(path, "w");
	e2e_must(e2e_ok(f && fputs(text, f) >= 0 && fclose(f) == 0));
	return path;
}

E2E_TEST(found_from_any_folder)
{
	e2e_chdir(e2e_tmpdir());
	e2e_ok(e2e_scenario("t/proc/data/scenario.md"), "from where the program was started");
	e2e_ok(e2e_scenario("data/scenario.md"), "beside the test's source");
	e2e_ok(e2e_scenario("proc/data/scenario.md"), "from a folder above it");
	FILE *f = fopen("scenario.txt", "w");
	e2e_must(e2e_ok(f && fputs("  $ echo mine\n  mine\n", f) >= 0 && fclose(f) == 0));
	e2e_ok(e2e_scenario("scenario.txt"), "the current folder comes first");
}

E2E_TEST(environment)
{
	const char *path =
	    text_of("env.txt", "$ echo $LC_ALL $TZ $COLUMNS; test -d $TESTTMP && echo $TESTDIR\n"
			       "C UTC0 80\n"
			       "${dir}\n"
			       "$ ls -ld $TESTTMP\n"
			       "drwx------ * (glob)\n"
			       "$ cat; test -t 0\n"
			       "[1]\n");
	e2e_scenario(path, e2e_printf("dir=%s", e2e_tmpdir()));
}

/* t/proc/broken/net.c's case `scenario` runs the file that is named in its environment. */
static e2e_result run(const char *path, const char *option)
{
	const char *const env[] = {e2e_printf("SCENARIO=%s", path), NULL};
	e2e_spawn_opts o;
	memset(&o, 0, sizeof o);
	o.env = env;
	if (option)
		return e2e_run_with(o, broken("net"), "-k", "scenario", option);
	return e2e_run_with(o, broken("net"), "-k", "scenario");
}

static const char *file(const char *path)
{
	return e2e__file_read(path, NULL);
}

E2E_TEST(a_failure_shows_a_diff)
{
	const char *path = text_of(
	    "x.txt",
	    "Title\n\n  $ echo fine\n  fine\n  $ printf 'one\\n2\\nthree\\n42\\n'\n  one\n  two\n  three\n"
	    "  [0-9]+ (re)\n  $ true\n");
	e2e_result r = run(path, NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "not ok 2 - printf");
	e2e_like(r.out, e2e_printf("at: .*%s:5", path));
	e2e_like(r.out, "- two");
	e2e_like(r.out, "\\+ 2");
	e2e_unlike(r.out, "\\[0-9\\]\\+ \\(re\\)", "a pattern that fits is no difference");
	e2e_like(r.out, "hint: .*--update");
	e2e_like(r.out, "ok 3 - true", "it goes on");
	e2e_is_str(file(path), file(path), "nothing is written without --update");
}

E2E_TEST(status_and_output)
{
	e2e_result r = run(text_of("x.txt", "$ echo a; (exit 3)\na\n"), NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "the exit status differs");
	e2e_like(r.out, "got: exit status 3");
	e2e_like(r.out, "want: exit status 0");
	r = run(text_of("y.txt", "$ echo a\nb\n[2]\n"), NULL);
	e2e_like(r.out, "output and exit status differ");
	r = run(text_of("w.txt", "$ echo a\nb\n"), NULL);
	e2e_like(r.out, "diff: .*- b\n *\\+ a");
	r = run(text_of("z.txt", "$ printf a\na\n$ printf 'a\\n'\na (no-eol)\n"), NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "ok 1 - printf a");
	e2e_like(r.out, "not ok 2");
}

E2E_TEST(skips)
{
	e2e_result r =
	    run(text_of("x.txt", "$ echo first\nfirst\n$ echo no database here; exit 80\n$ echo never\nx\n"),
		NULL);
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "# SKIP .*x\\.txt:3: no database here");
	r = run(text_of("y.txt", "$ echo first\nsecond\n$ exit 80\n"), NULL);
	e2e_is_int(r.status, 1, "a skip hides no failure");
	r = run(text_of("z.txt", "$ (exit 80)\n[80]\n"), NULL);
	e2e_is_int(r.status, 0);
	e2e_unlike(r.out, "# SKIP");
}

E2E_TEST(mistakes_are_said)
{
	e2e_result r = run("/no/such/file.txt", NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "can't read /no/such/file\\.txt: No such file");
	r = run(text_of("a.md", "# nothing\n\n```sh\n$ x\n```\n"), NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "has no command");
	r = run(text_of("b.md", "```console\noutput\n$ x\n```\n"), NULL);
	e2e_like(r.out, "output without a command");
	e2e_like(r.out, "b\\.md:2");
	r = run(text_of("c.md", "```console\n$ x\n"), NULL);
	e2e_like(r.out, "this block doesn't end");
	r = run(text_of("d.txt", "$ x\na(b (re)\n"), NULL);
	e2e_like(r.out, "is no regular expression");
	e2e_like(r.out, "d\\.txt:2");
	r = run(text_of("e.txt", "$ /no/such/command\n"), NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "got: exit status 127", "what a shell says of it differs");
	r = run(text_of("f.txt", "$ echo 'open\n$ echo a\nb\n$ true\n"), NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "not ok 1 - echo 'open");
	e2e_like(r.out, "not ok 2 - echo a", "the command behind it is checked by itself");
	e2e_like(r.out, "ok 3 - true");
}

E2E_TEST(endless_command)
{
	e2e_result r;
	e2e_setenv("LIMIT", "1");
	r = run(text_of("x.txt", "$ echo before; sleep 1000\nbefore\n$ echo after\nafter\n"), NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "code: timeout");
	e2e_like(r.out, "didn't end within 1 s");
	e2e_like(r.out, "1 more commands were not run");
}

E2E_TEST(a_killed_shell)
{
	e2e_result r = run(text_of("x.txt", "$ kill -1 $$\n$ echo after\nafter\n"), NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "the shell was ended by SIGHUP");
	e2e_like(r.out, "ok 2 - echo after");
}

E2E_TEST(what_is_left_running_fails_the_case)
{
	e2e_result r = run(text_of("x.txt", "$ sleep 1000 >/dev/null &\n"), NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "sleep \\(pid [0-9]+\\)|behind: a process of group [0-9]+;");
	e2e_like(r.out, "leaked-process");
	r = run(text_of("y.txt",
			"$ sleep 1000 >/dev/null & pid=$!\n$ { kill $pid; wait $pid; } 2>/dev/null\n[143]\n"),
		NULL);
	e2e_is_int(r.status, 0);
}

E2E_TEST(update)
{
	const char *path =
	    text_of("x.txt",
		    "Title\n\n  $ printf 'one\\n2\\n42\\n'; exit 3\n  one\n  two\n  [0-9]+ (re)\n\nprose\n\n"
		    "$ printf 'a\\n\\nx (re)\\n$ y\\ntab\\t\\\\\\n[1]\\n'\nold\n\nprose\n  $ true\n  gone\n");
	e2e_result r = run(path, "--update");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "the output of 3 commands was updated");
	e2e_is_str(
	    file(path),
	    "Title\n\n  $ printf 'one\\n2\\n42\\n'; exit 3\n  one\n  2\n  [0-9]+ (re)\n  [3]\n\nprose\n\n"
	    "$ printf 'a\\n\\nx (re)\\n$ y\\ntab\\t\\\\\\n[1]\\n'\na\n (esc)\nx (re) (esc)\n\\x24 y (esc)\n"
	    "tab\\t\\\\ (esc)\n[1] (esc)\n\nprose\n  $ true\n");
	e2e_is_int(run(path, NULL).status, 0, "and now it passes");
	path = text_of("y.md", "# T\n```console\n$ printf '```\\n\\n~\\n'\n```\nend\n");
	e2e_is_int(run(path, "--update").status, 0);
	e2e_is_str(file(path),
		   "# T\n```console\n$ printf '```\\n\\n~\\n'\n\\x60`` (esc)\n (esc)\n~\n```\nend\n");
	e2e_is_int(run(path, NULL).status, 0);
	e2e_ok(access(e2e_printf("%s.new", path), F_OK) != 0, "no file is left");
}

E2E_TEST(an_update_follows_links_and_keeps_the_mode)
{
	const char *path = text_of("x.txt", "$ echo x\n"), *link = e2e_printf("%s/link.txt", e2e_tmpdir());
	struct stat s;
	e2e_must(e2e_ok(chmod(path, 0640) == 0 && symlink("x.txt", link) == 0));
	e2e_is_int(run(link, "--update").status, 0);
	e2e_is_str(file(path), "$ echo x\nx\n");
	e2e_ok(lstat(link, &s) == 0 && S_ISLNK(s.st_mode));
	e2e_ok(stat(path, &s) == 0 && (s.st_mode & 07777) == 0640);
}

E2E_TEST(an_update_keeps_what_is_right)
{
	const char *text = "a\n  $ echo x\n  x\n\n\n  $ echo y\n  . (re)\n";
	const char *path = text_of("x.txt", text);
	e2e_is_int(run(path, "--update").status, 0);
	e2e_is_str(file(path), text);
}

E2E_MAIN()
