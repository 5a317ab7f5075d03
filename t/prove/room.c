/* What prove writes itself: where there is no room for it, or no way to look, there is no pass; and nothing that belongs to
 * somebody else is written over. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

/* A shell in which the folder "small" is a file system of its own, of 512 kB, with "$1" kB left. As an ordinary user that
 * takes a namespace of users. */
static e2e_result in_a_small_room(int left, const char *command)
{
	mkdir("small", 0777);
	return e2e_run("unshare", geteuid() == 0 ? "-m" : "-rm", "sh", "-c",
	               e2e_printf("mount -t tmpfs -o size=512k none small 2>/dev/null || exit 88\n"
	                          "head -c $(((512 - %d) * 1024)) /dev/zero >small/fill 2>/dev/null\n%s", left, command),
	               driver);
}

static void require_small_rooms(void)
{
	e2e_require_command("unshare");
	e2e_skip_if(in_a_small_room(8, "exit 0").status != 0, "no file system can be mounted here, not even in a namespace");
}

/* The list of names, the list of tests and the program of the brain are each the first thing that finds no room. */
E2E_TEST(no_room_at_all, .timeout = 120)
{
	static const int left[] = {0, 4, 8, 16, 32, 64};
	require_small_rooms();
	stream("a.t", "1..1\nnot ok 1\n", 1);
	for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
		e2e_result r = in_a_small_room(left[i], "TMPDIR=small E2E_SPOOL=small \"$0\" a.t; echo status $?");
		e2e_like(r.out, "status 2\n$", "%d kB", left[i]);
		e2e_unlike(r.out, "PASS", "%d kB", left[i]);
		e2e_like(r.err, "prove: can't write to small/prove[^\n]*: set TMPDIR, and E2E_SPOOL if it is set, to a folder with room\n");
	}
}

/* Whichever file it is that has no room, and whichever awk writes it. */
E2E_TEST(no_room_for_a_report, .timeout = 120)
{
	static const char *const options[] = {"--junit small/x", "--html small/x", "--xunit-log small/x", "--archive small/x", "--archive small/x.tgz",
	                                      "--archive small/x.tar", "--state=save --statefile small/x"};
	static const char *const awks[] = {"awk", "busybox awk"};
	require_small_rooms();
	e2e_require_command("busybox");
	stream("a.t", "1..1\nok 1 - passes\n", 0);
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
			e2e_result r;
			e2e_setenv("E2E_AWK", awks[k]);
			r = in_a_small_room(0, e2e_printf("\"$0\" %s a.t; echo status $?; cat small/x 2>/dev/null", options[i]));
			e2e_like(r.out, "status 1\n$", "%s with %s", options[i], awks[k]);
			e2e_like(r.err, "prove: can't (write|make) ", "%s with %s", options[i], awks[k]);
		}
}

/* The reports are put together in prove's own folder, which may be the full one. Where all of it just fits in, it has to be
 * whole; half of a report is never there. */
E2E_TEST(no_room_for_the_parts_of_a_report, .timeout = 120)
{
	static const struct {
		const char *option, *whole;
	} row[] = {{"--junit x", "[ $(grep -c '<testcase' x) = 45 ]"},
	           {"--html x", "[ $(grep -o 'x\",\"ok\",null' x | wc -l) = 45 ]"},
	           {"--xunit-log x", "[ $(cat x/*.xml | grep -c '<testcase') = 45 ]"},
	           {"--archive x", "\"$0\" x"},
	           {"--archive x.tgz", "\"$0\" x.tgz"}};
	static const char *const awks[] = {"awk", "busybox awk"};
	require_small_rooms();
	e2e_require_command("busybox");
	script("a.t", "echo TAP version 14; echo 1..45; i=0; long=$(head -c 8000 /dev/zero | tr '\\0' x)\n"
	              "while [ $i -lt 45 ]; do i=$((i + 1)); echo ok $i - $long; done\n");
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < sizeof row / sizeof *row; i++)
			for (int left = 200; left <= 480; left += 280) {
				e2e_result r;
				e2e_setenv("E2E_AWK", awks[k]);
				e2e_run("rm", "-rf", "x", "x.tgz");
				r = in_a_small_room(left, e2e_printf("TMPDIR=small E2E_SPOOL=small \"$0\" %s a.t; echo status $?", row[i].option));
				if (strstr(r.out, "status 0\n"))
					e2e_is_int(e2e_run("sh", "-c", row[i].whole, driver).status, 0, "%s, %s, %d kB: whole", row[i].option, awks[k], left);
				else
					e2e_is_str(e2e_run("sh", "-c", "ls -d x x/* x.tgz 2>/dev/null", driver).out, i == 2 ? "x\n" : "", "%s, %s, %d kB: no half", row[i].option, awks[k], left);
			}
}

E2E_TEST(no_room_for_what_is_printed)
{
	static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk", "awk"};
	e2e_skip_if(access("/dev/full", W_OK) != 0, "no /dev/full here");
	stream("a.t", "1..1\nok 1\n", 0);
	for (size_t i = 0; i < sizeof awks / sizeof *awks; i++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		e2e_cmp_int(e2e_run("sh", "-c", "\"$0\" a.t >/dev/full", driver).status, "!=", 0, "%s", awks[i]);
		e2e_cmp_int(e2e_run("sh", "-c", "\"$0\" --formatter=junit a.t >/dev/full", driver).status, "!=", 0, "%s, JUnit", awks[i]);
	}
}

/* A program that is not whole may end well without having looked at anything. */
E2E_TEST(an_end_without_a_result)
{
	e2e_result r;
	stream("a.t", "1..1\nnot ok 1\n", 1);
	script("awk", "case $* in *brain*) exit 0 ;; esac; exec awk \"$@\"\n");
	e2e_setenv("E2E_AWK", e2e_printf("%s/awk", e2e_tmpdir()));
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "prove: the report ended in the middle ");
}

E2E_TEST(tools_that_do_not_start)
{
	e2e_result r;
	stream("a.t", "1..1\nok 1\n", 0);
	e2e_setenv("E2E_SH", "/nonexistent/sh");
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "prove: E2E_SH=/nonexistent/sh does not start as a shell: ");
	e2e_setenv("E2E_SH", NULL);
	e2e_setenv("E2E_AWK", "/nonexistent/awk");
	r = e2e_run(driver, "a.t");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "prove: E2E_AWK=/nonexistent/awk does not start as an awk: ");
}

/* What can't be looked into may hold tests. Root may look everywhere, unless that is taken from it. */
static e2e_result without_privileges(const char *option, const char *folder)
{
	const char *less = "-dac_override,-dac_read_search";
	if (geteuid() != 0)
		return e2e_run(driver, option, folder);
	return e2e_run("setpriv", "--bounding-set", less, "--inh-caps", less, driver, option, folder);
}

E2E_TEST(folders_that_may_not_be_read)
{
	e2e_result r;
	if (geteuid() == 0)
		e2e_require_command("setpriv");
	stream("t/a.t", "1..1\nok 1\n", 0);
	stream("t/deep/b.t", "1..1\nnot ok 1\n", 1);
	e2e_is_int(symlink("..", "t/circle"), 0);
	chmod("t/deep", 0);
	r = without_privileges("-r", "t");
	if (r.status != 2)
		e2e_diag("%s%s", r.out, r.err);
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "prove: can't look for tests in these folders:\n[^\n]*t/deep\n");
	r = without_privileges("-q", "t/deep");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "prove: can't look for tests in the folder t/deep: it may not be read\n");
	chmod("t/deep", 0755);
	e2e_is_int(e2e_run(driver, "-r", "t").status, 1, "a link that leads in a circle is no reason to stop");
}

E2E_TEST(archives_replace_archives_only)
{
	e2e_result r;
	text_file("thesis/thesis.tex", "42");
	text_file("other/meta.yml", "title: 42\n");
	stream("t/a.t", "1..1\nok 1\n", 0);
	r = e2e_run(driver, "--archive", "thesis", "t");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "^prove: --archive thesis: it holds something else than an archive: ");
	e2e_is_int(e2e_run(driver, "--archive", "other", "t").status, 2);
	e2e_is_int(e2e_run(driver, "--archive", "t", "t").status, 2);
	e2e_is_str(read_file("thesis/thesis.tex"), "42");
	e2e_is_str(read_file("other/meta.yml"), "title: 42\n");
	e2e_is_int(access("t/a.t", F_OK), 0);
	mkdir("empty", 0777);
	mkdir("x.tgz", 0777);
	e2e_is_int(e2e_run(driver, "--archive", "empty", "t").status, 0);
	e2e_is_int(e2e_run(driver, "--archive", "empty", "t").status, 0, "one that is there already");
	e2e_is_int(access("empty/t/a.t", F_OK), 0);
	script("t/said.t", "echo words >&2; echo 1..1; echo ok 1\n");
	stream("t/back\\slash \"it's\".t", "1..1\nok 1\n", 0);
	e2e_is_int(e2e_run(driver, "--archive", "empty", "t").status, 0);
	e2e_is_int(e2e_run(driver, "--archive", "empty/", "t").status, 0, "stderr and odd names are its own too");
	text_file("empty/t/notes.txt", "mine\n");
	r = e2e_run(driver, "--archive", "empty", "t");
	e2e_is_int(r.status, 2, "a file of the user's beside the streams");
	e2e_like(r.err, "^prove: --archive empty: it holds something else than an archive: ");
	e2e_is_str(read_file("empty/t/notes.txt"), "mine\n");
	unlink("empty/t/notes.txt");
	e2e_is_int(symlink("/etc", "empty/link"), 0);
	e2e_is_int(e2e_run(driver, "--archive", "empty", "t").status, 2, "a link");
	e2e_is_int(e2e_run(driver, "--archive", "-x", "t").status, 0, "the name of an option");
	e2e_is_int(access("./-x/t/a.t", F_OK), 0);
	e2e_is_int(e2e_run(driver, "--archive", "x.tgz", "t").status, 2, "a folder of the name of a file");
}

/* A FIFO, a device or a link is written to; it is not made into a file. */
E2E_TEST(reports_to_what_is_no_file)
{
	e2e_result r;
	stream("a.t", "1..1\nok 1\n", 0);
	r = e2e_run("sh", "-c", "mkfifo fifo; cat fifo >got & \"$0\" --junit fifo a.t; wait; [ -p fifo ] && cat got", driver);
	e2e_like(r.out, "\nResult: PASS\n<\\?xml .*</testsuites>\n$");
	text_file("real.xml", "old");
	e2e_is_int(symlink("real.xml", "link.xml"), 0);
	e2e_is_int(e2e_run(driver, "--junit", "link.xml", "a.t").status, 0);
	e2e_like(read_file("real.xml"), "</testsuites>\n$");
	mkdir("folder", 0777);
	r = e2e_run(driver, "--junit", "folder", "a.t");
	e2e_is_int(r.status, 2);
	e2e_is_str(r.err, "prove: --junit folder: that is a folder: name a file\n");
}

E2E_TEST(names_with_backslashes_in_the_state)
{
	static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk", "awk"};
	for (size_t i = 0; i < sizeof awks / sizeof *awks; i++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		e2e_run("rm", "-rf", "d", ".prove", "x.tgz");
		stream("d/q\\w.t", "1..1\nok 1\n", 0);
		stream("d/a\\b\nc\\n.t", "1..1\nok 1\n", 0);
		e2e_is_int(e2e_run(driver, "--state=save", "d").status, 0, "%s", awks[i]);
		e2e_is_int(e2e_run(driver, "--state=all,save").status, 0, "%s, by the state", awks[i]);
		e2e_like(e2e_run(driver, "--state=all,save").out, "\nFiles=2, Tests=2,", "%s, by the state of the state", awks[i]);
		e2e_is_int(e2e_run(driver, "-r", "--archive", "x.tgz", "d").status, 0, "%s, below a folder", awks[i]);
		e2e_like(e2e_run(driver, "x.tgz").out, "\nFiles=2, Tests=2,.*\nResult: PASS\n", "%s, out of an archive", awks[i]);
	}
}

E2E_MAIN()
