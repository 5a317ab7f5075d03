/* Leaves: what is tested below the points of a stream counts in the summary and in every report. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

/* As e2e.h writes it: a matrix, a run on a server, a case whose assertion is known to fail, and plain cases. */
static const char *const tree = "TAP version 14\n"
                                "# Subtest: interop\n"
                                "    # Subtest: C x C\n        ok 1\n        1..1\n    ok 1 - C x C\n      ---\n      duration_ms: 1500\n      ...\n"
                                "    # Subtest: C x Python\n        1..0 # SKIP no Python here\n    ok 2 - C x Python # SKIP no Python here\n"
                                "    # Subtest: Python x C\n        not ok 1 # TODO ISSUE-4: no maps\n        1..1\n    not ok 3 - Python x C # TODO ISSUE-4: no maps\n"
                                "    # Subtest: C x Java\n        ok 1 # TODO ISSUE-5: late\n        1..1\n    ok 4 - C x Java # TODO ISSUE-5: late\n"
                                "    1..4\nok 1 - interop\n"
                                "# Subtest: prosody\n"
                                "    # Subtest: pings\n        ok 1\n        1..1\n    ok 1 - pings\n"
                                "    # Subtest: joins\n        not ok 1 - the subject\n          ---\n          at: t/muc.c:7\n          got: 1\n          want: 2\n          ...\n"
                                "        1..1\n    not ok 2 - joins\n    # Subtest: uploads\n    ok 3 - uploads # SKIP no Python here\n    1..3\n"
                                "not ok 2 - prosody\n  ---\n  repeat: ./x.t -k joins\n  ...\n"
                                "# Subtest: inside\n    ok 1 - a\n    not ok 2 - b # TODO later\n    1..2\nok 3 - inside\n"
                                "ok 4 - plain\nok 5 - gone # SKIP not today\n1..5\n";

E2E_TEST(the_summary)
{
	e2e_result r;
	stream("x.t", tree, 1);
	stream("y.t", "1..0 # SKIP not today\n", 0);
	stream("z.t", "1..2\nok 1 # SKIP no Python here\nnot ok 2 # TODO later\n", 0);
	r = e2e_run(driver, "x.t", "y.t", "z.t");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nx\\.t \\(Wstat: 256 \\(exited 1\\) Tests: 5 Failed: 1\\)\n  Failed test:  2\n  TODO passed:   interop > C x Java\n");
	e2e_like(r.out, "\nSkipped: 5\n    3  no Python here\n    2  not today\n"
	                "Known failures: 3\n    2  later\n    1  ISSUE-4: no maps\nFiles=3, Tests=7,");
}

E2E_TEST(many_reasons)
{
	e2e_result r;
	script("a.t", "echo 1..40; i=0; while [ $i -lt 40 ]; do i=$((i + 1)); echo \"ok $i # SKIP reason $i\"; done\n");
	r = e2e_run(driver, "a.t");
	e2e_like(r.out, "\nSkipped: 40\n    1  reason 1\n");
	e2e_like(r.out, "\n   20  for other reasons: --directives shows them\nFiles=");
}

E2E_TEST(directives)
{
	stream("x.t", tree, 1);
	e2e_like(e2e_run(driver, "--directives", "x.t").out,
	         "^x\\.t \\.\\. \nok - interop > C x Python # SKIP no Python here\nnot ok - interop > Python x C # TODO ISSUE-4: no maps\n"
	         "ok - interop > C x Java # TODO ISSUE-5: late\nok - prosody > uploads # SKIP no Python here\nnot ok - inside > b # TODO later\n"
	         "ok 5 - gone # SKIP not today\n");
}

E2E_TEST(junit)
{
	static const char *const want[] = {
		"<testsuite name=\"t/x.t\" tests=\"11\" failures=\"1\" errors=\"0\" skipped=\"5\" ",
		"<testcase classname=\"t.x.interop\" name=\"C x C\" time=\"1.500000\"/>",
		"<testcase classname=\"t.x.interop\" name=\"C x Python\" time=\"0.000000\">\n      <skipped message=\"no Python here\"/>",
		"<testcase classname=\"t.x.interop\" name=\"Python x C\" time=\"0.000000\">\n      <skipped message=\"TODO ISSUE-4: no maps\"/>",
		"<testcase classname=\"t.x.interop\" name=\"C x Java\" time=\"0.000000\"/>",
		"<testcase classname=\"t.x.prosody\" name=\"pings\" time=\"0.000000\"/>",
		"<testcase classname=\"t.x.prosody\" name=\"joins\" time=\"0.000000\">\n      <failure type=\"TestFailed\" message=\"t/muc.c:7: got 1, want 2\">",
		"  repeat: ./x.t -k joins\n</failure>",
		"<testcase classname=\"t.x.prosody\" name=\"uploads\" time=\"0.000000\">\n      <skipped message=\"no Python here\"/>",
		"<testcase classname=\"t.x.inside\" name=\"b\" time=\"0.000000\">\n      <skipped message=\"TODO later\"/>",
		"<testcase classname=\"t.x\" name=\"inside\" time=\"0.000000\"/>",
		"<testcase classname=\"t.x\" name=\"plain\" time=\"0.000000\"/>",
		"<testcase classname=\"t.x\" name=\"gone\" time=\"0.000000\">\n      <skipped message=\"not today\"/>"};
	const char *files[] = {"out.xml", "log/t_x.t.xml"};
	stream("t/x.t", tree, 1);
	e2e_run(driver, "--junit", "out.xml", "--xunit-log", "log", "t");
	for (size_t f = 0; f < 2; f++) {
		const char *xml = read_file(files[f]);
		e2e_must(e2e_ok(xml != NULL, "%s", files[f]));
		for (size_t i = 0; i < sizeof want / sizeof *want; i++)
			e2e_ok(strstr(xml, want[i]) != NULL, "%s has %s", files[f], want[i]);
	}
}

E2E_TEST(the_page)
{
	const char *page;
	stream("x.t", tree, 1);
	e2e_run(driver, "--html", "out.html", "x.t");
	page = read_file("out.html");
	e2e_ok(strstr(page, ", 3 cases skipped, 2 known failures,") != NULL, "totals");
	e2e_ok(strstr(page, "[\"interop > C x C\",\"ok\",1500]") != NULL, "a leaf with its time");
	e2e_ok(strstr(page, "[\"prosody > joins\",\"bad\",null,") != NULL, "a failed leaf");
}

E2E_TEST(github)
{
	e2e_result r;
	stream("a,b:c.t", tree, 1);
	r = e2e_run(driver, "--github", "a,b:c.t");
	e2e_like(r.out, "\n::warning title=a%2Cb%3Ac\\.t::TODO passed: interop > C x Java: ISSUE-5: late\n");
	e2e_like(r.out, "\n::notice title=a%2Cb%3Ac\\.t::skipped: interop > C x Python: no Python here\n");
	e2e_like(r.out, "\n::notice title=a%2Cb%3Ac\\.t::known failure: interop > Python x C: ISSUE-4: no maps\n");
}

/* What fails below a known failure is no error; the same line in another case is. */
E2E_TEST(github_and_known_failures)
{
	static const char *const point = "    not ok 1 - x\n      ---\n      at: a.c:7\n      got: 1\n      want: 2\n      ...\n    1..1\n";
	e2e_result r;
	stream("x.t", e2e_printf("TAP version 14\n1..3\n# Subtest: known\n%snot ok 1 - known # TODO why\n"
	                         "# Subtest: other\n    not ok 1 - y\n      ---\n      at: b.c:1\n      got: 5\n      want: 6\n      ...\n    1..1\nnot ok 2 - other\n"
	                         "  ---\n  at: b.c:1\n  got: 5\n  want: 6\n  ...\nok 3\n", point), 1);
	r = e2e_run(driver, "--github", "x.t");
	e2e_unlike(r.out, "::error file=a.c");
	e2e_like(r.out, "\n::error file=b.c,line=1::got 5, want 6\n::notice title=x.t::known failure: known: why\n");

	stream("x.t", e2e_printf("TAP version 14\n1..2\n# Subtest: known\n%snot ok 1 - known # TODO why\n# Subtest: real\n%snot ok 2 - real\n", point, point), 1);
	r = e2e_run(driver, "--github", "x.t");
	e2e_like(r.out, "\n  not ok 1 - x\na.c:7: got 1, want 2\n");
	e2e_like(r.out, "\n::error file=a.c,line=7::got 1, want 2\n::notice ");

	/* the program ended in a subtest */
	stream("x.t", e2e_printf("TAP version 14\n1..2\n# Subtest: real\n%s", point), 1);
	e2e_like(e2e_run(driver, "--github", "x.t").out, "\n::error file=a.c,line=7::got 1, want 2\n");
}

E2E_TEST(the_state)
{
	stream("x.t", "TAP version 14\n# Subtest: m\n    # Subtest: p\n        not ok 1 # TODO x\n        1..1\n    not ok 1 - p # TODO x\n    1..1\nok 1 - m\n1..1\n", 0);
	stream("y.t", "1..1\nok 1\n", 0);
	e2e_run(driver, "--state=save", "x.t", "y.t");
	e2e_is_str(e2e_run(driver, "--state=todo", "-D").out, "x.t\n");
}

E2E_TEST(fail_on_skip)
{
	stream("x.t", "TAP version 14\n# Subtest: m\n    # Subtest: p\n    ok 1 - p # SKIP x\n    1..1\nok 1 - m\n1..1\n", 0);
	e2e_is_int(e2e_run(driver, "x.t").status, 0);
	e2e_is_int(e2e_run(driver, "--fail-on-skip", "x.t").status, 1);
}

/* A failure below a SKIP was seen, so it counts; below a TODO it was expected. */
E2E_TEST(directives_above_failures)
{
	static const char *const body = "    # Subtest: p\n        not ok 1\n        1..1\n    not ok 1 - p\n    1..1\n";
	stream("x.t", e2e_printf("TAP version 14\n1..1\n# Subtest: m\n%sok 1 - m # SKIP why\n", body), 0);
	e2e_is_int(e2e_run(driver, "x.t").status, 1, "SKIP");
	e2e_like(e2e_run(driver, "x.t").out, "Test 1 says SKIP, but its subtest \\(m\\) failed\n");
	stream("x.t", "TAP version 14\n1..1\n    # Subtest: p\n        not ok 1\n        1..1\n    ok 1 - p # SKIP why\n    1..1\nok 1 - m\n", 0);
	e2e_is_int(e2e_run(driver, "x.t").status, 1, "SKIP, deeper");
	stream("x.t", e2e_printf("TAP version 14\n1..1\n# Subtest: m\n%snot ok 1 - m # TODO ISSUE-9: why\n", body), 0);
	e2e_is_int(e2e_run(driver, "x.t").status, 0, "TODO");
	e2e_like(e2e_run(driver, "x.t").out, "\nKnown failures: 1\n    1  ISSUE-9: why\n");
}

/* The program died in the middle of a case: what had been seen by then is told. */
E2E_TEST(leaves_without_a_point_above)
{
	const char *xml;
	stream("x.t", "TAP version 14\n# Subtest: m\n    # Subtest: p\n        not ok 1 - why\n        1..1\n    not ok 1 - p\n", 1);
	e2e_like(e2e_run(driver, "--junit", "out.xml", "x.t").out, "\n  not ok 1 - p\n    not ok 1 - why\n");
	xml = read_file("out.xml");
	e2e_ok(strstr(xml, "<testcase classname=\"x.m\" name=\"p\" time=\"") != NULL && strstr(xml, "<failure ") != NULL, "%s", xml);
}

/* Details of failures in older versions, and with keys deeper than the block. */
E2E_TEST(yaml_of_every_version)
{
	static const char *const heads[] = {"", "TAP version 13\n", "TAP version 14\n"};
	for (size_t i = 0; i < 3; i++)
		for (int pad = 2; pad <= 4; pad += 2) {
			stream("x.t", e2e_printf("%s1..3\nok 1\nnot ok 2 - b\n  ---\n%*smessage: five is not four\n%*sat: x.c:3\n  ...\nok 3\n", heads[i], pad, "", pad, ""), 0);
			e2e_like(e2e_run(driver, "x.t").out, "\nnot ok 2 - b\nx\\.c:3: five is not four\n", "%s, %d blanks", heads[i], pad);
		}
}

/* The real thing: times of what passed come when a report is asked for, and not else. */
E2E_TEST(times_by_e2e_h, .timeout = 120)
{
	const char *xml;
	e2e_result r;
	text_file("t/x.c", "#include \"e2e.h\"\n"
	                   "static void pair(const void *a, const void *b, void *arg) { (void)a; (void)b; (void)arg; usleep(2000); e2e_pass(); }\n"
	                   "E2E_TEST(matrix) { const char *n[] = {\"A\", \"B\"}; e2e_matrix(n, 2, n, 2, pair, NULL); }\n"
	                   "E2E_TEST(plain) { usleep(2000); e2e_pass(); }\nE2E_MAIN()\n");
	e2e_is_int(e2e_run("sh", "-c", "cp \"${0%/*}/e2e.h\" .", driver).status, 0);
	r = e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, "--junit", "out.xml", "t/x.c");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	xml = read_file("out.xml");
	e2e_must(e2e_ok(xml != NULL));
	e2e_like(xml, "<testcase classname=\"t\\.x\\.matrix\" name=\"A x B\" time=\"0\\.[0-9]*[1-9][0-9]*\"/>");
	e2e_like(xml, "<testcase classname=\"t\\.x\" name=\"plain\" time=\"0\\.[0-9]*[1-9][0-9]*\"/>");
	e2e_unlike(e2e_run(driver, "-v", "t/x.c").out, "duration_ms");
}

E2E_MAIN()
