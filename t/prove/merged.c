/* Archives of several machines become one report: durations, stderr, tries, limits and the timeline are those of the machines. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

static const char *report(const char *file)
{
	const char *xml = read_file(file);

	e2e_must(e2e_ok(xml != NULL, "%s is there", file));
	return xml;
}

static void has(const char *text, const char *part)
{
	e2e_ok(strstr(text, part) != NULL, "%s:\n%s", part, text);
}

/* Two parts: one test takes half a second and needs two tries, one is ended by its limit, one says why it failed on stderr. */
static void two_parts(void)
{
	script("t/a.t", "sleep 0.5; echo 1..1; echo 'told by a' >&2; if [ -e tried ]; then echo ok 1; else touch tried; echo not ok 1; exit 1; fi\n");
	script("t/b.t", "echo 1..1; echo ok 1\n");
	script("t/c.t", "echo 1..2; echo ok 1; echo '# at work'; sleep 600\n");
	script("t/d.t", "echo 1..1; echo not ok 1 - sum; printf \"#   Failed test 'sum'\\n#   at t/d.t line 7.\\n#          got: '4'\\n#     expected: '5'\\n\" >&2; exit 1\n");
	e2e_is_int(e2e_run_with((e2e_spawn_opts){.timeout = 60}, driver, "-j2", "--retry", "1", "-a", "one.tgz", "t/a.t", "t/b.t").status, 0);
	e2e_is_int(e2e_run_with((e2e_spawn_opts){.timeout = 60}, driver, "--seed", "42", "--timeout", "3", "-a", "two.tgz", "t/c.t", "t/d.t").status, 1);
}

E2E_TEST(one_report, .timeout = 180)
{
	static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};
	const char *xml, *at;
	e2e_result r;

	two_parts();
	for (size_t i = 0; i < sizeof awks / sizeof *awks; i++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		r = e2e_run_with((e2e_spawn_opts){.timeout = 60}, driver, "--junit", "out.xml", "--slowest", "1", "one.tgz", "two.tgz");
		e2e_is_int(r.status, 1, "%s", awks[i]);
		has(r.out, "a.t .. ok (flaky: passed on try 2)\n");
		has(r.out, "\nTimed out after 3 s; ended with all it had started\n");
		has(r.out, "  Timed out after 3 s\n");
		e2e_like(r.out, "\nSlowest:\n +1\\.[0-9]+ s  t/c\\.t\n|\nSlowest:\n +[2-9]\\.[0-9]+ s  t/c\\.t\n");
		e2e_like(r.out, "^t/a\\.t [^\n]*\nt/b\\.t [^\n]*\nt/c\\.t ", "the order of the lists");
		has(r.out, "\nnot ok 1 - sum\n");
		has(r.out, "at t/d.t line 7.\n");
		has(r.out, "got: '4'\n");
		has(r.err, "told by a\n");

		xml = report("out.xml");
		at = strstr(xml, "<testsuite name=\"t/a.t\"");
		e2e_must(e2e_ok(at != NULL));
		e2e_ok(strtod(strstr(at, " time=\"") + 7, NULL) > 0.4, "the time on the machine");
		e2e_like(at, "^[^>]* timestamp=\"20[0-9-]+T[0-9:]+\" hostname=\"[^\"]+\">");
		has(xml, "<system-out>flaky: failed 1 time before it passed\n</system-out>");
		has(xml, "<system-err>told by a\n</system-err>");
		has(xml, "message=\"Timed out after 3 s\"");
		has(xml, "<property name=\"seed\" value=\"42\"/>");
		e2e_ok(strtod(strstr(xml, " time=\"") + 7, NULL) > 1.9, "both parts took longer");
	}
}

/* A lane a worker of each machine, in the order of time */
E2E_TEST(one_timeline, .timeout = 120)
{
	double begin[4];
	int lane[4];
	const char *page;

	two_parts();
	e2e_run(driver, "--html", "out.html", "one.tgz", "two.tgz");
	page = report("out.html");
	for (int i = 0; i < 4; i++) {
		const char *at = strstr(page, e2e_printf("\n{\"test\":\"t/%c.t\",", 'a' + i));

		e2e_must(e2e_ok(at != NULL, "bar %d", i));
		begin[i] = strtod(strstr(at, ",\"begin\":") + 9, NULL);
		lane[i] = atoi(strstr(at, ",\"worker\":") + 10);
		e2e_like(at, "^\n[^\n]*,\"kept\":true,\"host\":\"[^\"]+\"");
	}
	e2e_ok(lane[2] > lane[0] && lane[2] > lane[1], "the second machine has lanes of its own");
	e2e_is_int(lane[2], lane[3], "its one worker has one");
	e2e_ok(begin[3] > begin[2] && begin[2] > begin[1] && begin[2] > begin[0], "%g %g %g %g", begin[0], begin[1], begin[2], begin[3]);
	has(page, "1 flaky");
}

/* Archives of archives, and what others have written: no more is known than they say. */
E2E_TEST(archives_once_more, .timeout = 120)
{
	const char *xml;

	two_parts();
	e2e_run(driver, "-a", "all.tgz", "one.tgz", "two.tgz");
	e2e_run(driver, "--junit", "out.xml", "all.tgz");
	xml = report("out.xml");
	e2e_ok(strtod(strstr(strstr(xml, "<testsuite name=\"t/a.t\""), " time=\"") + 7, NULL) > 0.4);
	has(xml, "told by a\n</system-err>");

	text_file("old/meta.yml", "---\nfile_attributes:\n  -\n    description: x.t\n    wait: 0\nfile_order:\n  - x.t\n");
	text_file("old/x.t", "1..1\nok 1\n");
	e2e_is_int(e2e_run(driver, "--junit", "out.xml", "--html", "out.html", "old").status, 0);
	has(report("out.xml"), "tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0.000\"");
}

E2E_TEST(stderr_outside_of_an_archive)
{
	e2e_result r;

	text_file("secret", "secret\n");
	text_file("a/x.t", "1..1\nok 1\n");
	text_file("a/meta.yml", "---\nfile_attributes:\n  -\n    description: x.t\n    wait: 0\n    stderr: ../secret\nfile_order:\n  - x.t\n");
	r = e2e_run(driver, "a");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "prove: the archive names \\.\\./secret, which is outside of it\n");
	e2e_unlike(r.err, "(^|\n)secret\n");
}

E2E_MAIN()
