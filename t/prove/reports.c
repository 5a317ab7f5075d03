/* Reports to files: well-formed whatever a test prints, whole even if a test is killed, and archives that add up. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

static void corpus(void)
{
	script("t/evil.t", "printf 'TAP version 14\\n1..5\\nok 1 - a]]> & <b> \"q\" \\033[31m\\001\\n"
	                   "not ok 2 - bad \\377\\376 \\303\\244 \\355\\240\\200 \\357\\277\\277\\n  ---\\n  message: \"boom ]]> <x>\"\\n"
	                   "  at: t/x.c:12\\n  ...\\nok 3 - s # SKIP why & not\\nnot ok 4 - t # TODO later\\nok 5 - \\\\# five\\n'\n"
	                   "printf 'err <&> \\033[2J\\n' >&2; exit 1\n");
	stream("t/fine.t", "1..2\nok 1 - one\nok 2\n", 0);
	script("t/killed.t", "echo 1..2; echo ok 1; kill -KILL $$\n");
	stream("t/none.t", "1..0 # SKIP no nc\n", 0);
}

E2E_TEST(junit)
{
	const char *xml;
	e2e_result r;
	corpus();
	r = e2e_run(driver, "--junit", "out.xml", "t");
	e2e_is_int(r.status, 1);
	xml = read_file("out.xml");
	e2e_must(e2e_ok(xml != NULL, "the file is there"));
	e2e_like(xml, "^<\\?xml version=\"1\\.0\" encoding=\"UTF-8\"\\?>\n<testsuites name=\"prove\" tests=\"10\" failures=\"1\" errors=\"1\" skipped=\"3\" time=\"[0-9.]+\">\n");
	e2e_like(xml, "<testsuite name=\"t/evil\\.t\" tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"2\" time=\"[0-9.]+\" timestamp=\"20[0-9-]+T[0-9:]+\" hostname=\"[^\"]+\">\n");
	e2e_ok(strstr(xml, "<testcase classname=\"t.evil\" name=\"a]]&gt; &amp; &lt;b&gt; &quot;q&quot; \\x1b[31m\\x01\" time=\"") != NULL, "markup as entities");
	e2e_ok(strstr(xml, "name=\"bad \357\277\275\357\277\275 \303\244 \357\277\275\357\277\275\357\277\275 \357\277\275\357\277\275\357\277\275\"") != NULL, "no UTF-8 as U+FFFD:\n%s", xml);
	e2e_ok(strstr(xml, "<failure type=\"TestFailed\" message=\"t/x.c:12: boom ]]&gt; &lt;x&gt;\">not ok 2") != NULL, "failure");
	e2e_ok(strstr(xml, "<skipped message=\"why &amp; not\"/>") != NULL, "skip");
	e2e_ok(strstr(xml, "<skipped message=\"TODO later\"/>") != NULL, "todo");
	e2e_ok(strstr(xml, "name=\"# five\" time=\"") != NULL, "escapes of version 14 are taken off");
	e2e_ok(strstr(xml, "<system-err>err &lt;&amp;&gt; \\x1b[2J\n</system-err>") != NULL, "stderr");
	e2e_ok(strstr(xml, "<error type=\"ProgramFailed\" message=\"Ended by signal KILL\">") != NULL, "a killed program");
	e2e_ok(strstr(xml, "<testcase classname=\"t.none\" name=\"(program)\" time=\"") != NULL && strstr(xml, ">\n      <skipped message=\"no nc\"/>") != NULL, "a skipped program");
	e2e_require_command("xmllint");
	r = e2e_run("xmllint", "--noout", "out.xml");
	e2e_is_int(r.status, 0, "%s", r.err);
}

/* The schema that Jenkins' xUnit plugin checks against, as far as prove's files use it */
E2E_TEST(junit_by_schema)
{
	e2e_result r;
	e2e_require_command("xmllint");
	corpus();
	script("t/flaky.t", "echo 1..1; if [ -e tried ]; then echo ok 1; else touch tried; echo not ok 1; exit 3; fi\n");
	e2e_run(driver, "--retry", "1", "--junit", "out.xml", "t");
	text_file("junit.xsd",
	          "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' elementFormDefault='qualified'>"
	          "<xs:complexType name='told' mixed='true'><xs:attribute name='type' type='xs:string'/><xs:attribute name='message' type='xs:string'/></xs:complexType>"
	          "<xs:complexType name='try'><xs:sequence><xs:element name='stackTrace' type='xs:string'/></xs:sequence>"
	          "<xs:attribute name='type' type='xs:string'/><xs:attribute name='message' type='xs:string'/></xs:complexType>"
	          "<xs:element name='properties'><xs:complexType><xs:sequence><xs:element ref='property' maxOccurs='unbounded'/></xs:sequence></xs:complexType></xs:element>"
	          "<xs:element name='property'><xs:complexType><xs:attribute name='name' use='required'/><xs:attribute name='value' use='required'/></xs:complexType></xs:element>"
	          "<xs:element name='testcase'><xs:complexType><xs:choice minOccurs='0' maxOccurs='unbounded'>"
	          "<xs:element ref='properties'/><xs:element name='skipped' type='told'/><xs:element name='error' type='told'/><xs:element name='failure' type='told'/>"
	          "<xs:element name='flakyFailure' type='try'/><xs:element name='flakyError' type='try'/><xs:element name='rerunFailure' type='try'/><xs:element name='rerunError' type='try'/></xs:choice>"
	          "<xs:attribute name='name' use='required'/><xs:attribute name='classname' use='required'/><xs:attribute name='time' type='xs:decimal' use='required'/></xs:complexType></xs:element>"
	          "<xs:element name='testsuite'><xs:complexType><xs:sequence>"
	          "<xs:element ref='properties' minOccurs='0'/>"
	          "<xs:element ref='testcase' minOccurs='0' maxOccurs='unbounded'/><xs:element name='system-out' type='xs:string' minOccurs='0'/>"
	          "<xs:element name='system-err' type='xs:string' minOccurs='0'/></xs:sequence>"
	          "<xs:attribute name='name' use='required'/><xs:attribute name='tests' type='xs:integer'/><xs:attribute name='failures' type='xs:integer'/>"
	          "<xs:attribute name='errors' type='xs:integer'/><xs:attribute name='skipped' type='xs:integer'/><xs:attribute name='time' type='xs:decimal'/>"
	          "<xs:attribute name='timestamp' type='xs:dateTime'/><xs:attribute name='hostname'/></xs:complexType></xs:element>"
	          "<xs:element name='testsuites'><xs:complexType><xs:sequence><xs:element ref='testsuite' minOccurs='0' maxOccurs='unbounded'/></xs:sequence>"
	          "<xs:attribute name='name'/><xs:attribute name='tests'/><xs:attribute name='failures'/><xs:attribute name='errors'/><xs:attribute name='skipped'/>"
	          "<xs:attribute name='time' type='xs:decimal'/></xs:complexType></xs:element></xs:schema>");
	r = e2e_run("xmllint", "--noout", "--schema", "junit.xsd", "out.xml");
	e2e_is_int(r.status, 0, "%s", r.err);
	r = e2e_run("sh", "-c", "\"$0\" --formatter=junit t | xmllint --noout --schema junit.xsd -", driver);
	e2e_is_int(r.status, 0, "--formatter=junit writes to stdout: %s", r.err);
}

E2E_TEST(xunit_log)
{
	const char *xml;
	corpus();
	e2e_run(driver, "--xunit-log", "logs/deep", "--description", "nightly <1>", "--topology", "star", "t");
	xml = read_file("logs/deep/t_fine.t.xml");
	e2e_must(e2e_ok(xml != NULL, "a file a test"));
	e2e_ok(strstr(xml, "<property name=\"description\" value=\"nightly &lt;1&gt;\"/>") != NULL, "description");
	e2e_ok(strstr(xml, "<property name=\"topology\" value=\"star\"/>") != NULL, "topology");
	e2e_ok(access("logs/deep/t_killed.t.xml", F_OK) == 0, "also for a killed test");
	e2e_is_str(e2e_run("sh", "-c", "ls logs/deep").out, "t_evil.t.xml\nt_fine.t.xml\nt_killed.t.xml\nt_none.t.xml\n");
}

E2E_TEST(github)
{
	e2e_result r;
	corpus();
	r = e2e_run(driver, "--github", "t");
	e2e_like(r.out, "\n::error file=t/x\\.c,line=12::boom \\]\\]> <x>\n");
	e2e_like(r.out, "\n::error title=t/killed\\.t::Ended by signal KILL%0A");
}

E2E_TEST(html)
{
	const char *page;
	corpus();
	e2e_run(driver, "--html", "out.html", "-j2", "t");
	page = read_file("out.html");
	e2e_must(e2e_ok(page != NULL, "the file is there"));
	e2e_ok(strstr(page, "<p id=totals>4 files (2 failed), 8 tests (1 failed), 1 file skipped, 0 flaky,") != NULL, "totals");
	e2e_ok(strstr(page, "\n{\"test\":\"t/evil.t\",") && strstr(page, "\n{\"test\":\"t/fine.t\","), "the tests");
	e2e_ok(strstr(page, "boom ]]> \\u003cx>") != NULL, "what the script reads");
	e2e_ok(strstr(page, "    t/x.c:12: boom ]]&gt; &lt;x&gt;\n") != NULL, "what is read without it");
	e2e_ok(!strstr(page, "<x>") && !strchr(page, 033), "nothing of a test's markup");
	e2e_ok(!strstr(page, "src=") && !strstr(page, "http://") && !strstr(page, "https://"), "self-contained");
}

E2E_TEST(archives_are_inputs)
{
	e2e_result whole, first, second, both;
	corpus();
	whole = e2e_run(driver, "t");
	first = e2e_run(driver, "--shard", "1/2", "--archive", "one.tar.gz", "t");
	second = e2e_run(driver, "--shard", "2/2", "-a", "two.tgz", "t");
	e2e_ok(first.status == 1 || second.status == 1, "a shard fails");
	e2e_is_str(e2e_run("sh", "-c", "{ tar -tzf one.tar.gz; tar -tzf two.tgz; } | grep '\\.t$' | sort").out,
	           "t/evil.t\nt/fine.t\nt/killed.t\nt/none.t\n");
	both = e2e_run(driver, "one.tar.gz", "two.tgz");
	e2e_is_int(both.status, 1);
	e2e_like(whole.out, "Files=4, Tests=8,");
	e2e_like(both.out, "Files=4, Tests=8,", "the shards add up");
	e2e_like(both.out, "t/killed\\.t +\\(Wstat: 9 \\(Signal: KILL\\) Tests: 1 Failed: 0\\)", "how a program ended is kept");
	e2e_run(driver, "--archive", "folder", "t");
	e2e_like(e2e_run(driver, "folder").out, "Files=4, Tests=8,", "an archive may be a folder");
	e2e_like(e2e_run(driver, "t/evil.t.data", "nothing.tar").err, "there is no test");
	text_file("bad.tar.gz", "this is no archive");
	e2e_like(e2e_run(driver, "bad.tar.gz").err, "prove: can't unpack bad\\.tar\\.gz: is it an archive of TAP, made with --archive\\?\n$");
}

/* Perl's own reader of such archives, where it is installed */
E2E_TEST(archive_read_by_perl)
{
	e2e_result r;
	e2e_require_command("perl");
	if (e2e_run("perl", "-MTAP::Harness::Archive", "-e", "1").status != 0)
		e2e_skip("no TAP::Harness::Archive");
	corpus();
	e2e_run(driver, "--archive", "out.tar.gz", "t/fine.t", "t/none.t");
	r = e2e_run("perl", "-MTAP::Harness::Archive", "-e",
	            "my $a = TAP::Harness::Archive->aggregator_from_archive({archive => 'out.tar.gz'});"
	            "print join(' ', $a->descriptions), ' ', $a->total, ' ', $a->get_status, qq(\\n)");
	e2e_is_str(r.out, "t/fine.t t/none.t 2 PASS\n", "%s", r.err);
}

/* What can be known of it before is said before any test has run, and what is there stays. */
E2E_TEST(reports_that_cannot_be_written)
{
	static const struct {
		const char *options, *err;
	} row[] = {
		{"--junit none/out.xml", "--junit none/out.xml: there is no folder none to write to: make it, or name another file"},
		{"--html none/out.html", "--html none/out.html: there is no folder none to write to: make it, or name another file"},
		{"--specs-md none/s.md", "--specs-md none/s.md: there is no folder none to write to: make it, or name another file"},
		{"--archive none/a.tgz", "--archive none/a.tgz: there is no folder none to write to: make it, or name another file"},
		{"-a none/a/", "--archive none/a: there is no folder none to write to: make it, or name another file"},
		{"--shard 2 --plan none/p", "--plan none/p: there is no folder none to write to: make it, or name another file"},
		{"--state=failed,save --statefile none/s", "--statefile none/s: there is no folder none to write to: make it, or name another file"},
		{"--junit /nonesuch/out.xml", "--junit /nonesuch/out.xml: there is no folder /nonesuch to write to: make it, or name another file"},
		{"--junit a.t/out.xml", "--junit a.t/out.xml: there is no folder a.t to write to: make it, or name another file"},
		{"--junit .", "--junit .: that is a folder: name a file"},
		{"--html t", "--html t: that is a folder: name a file"},
		{"--shard 2 --plan t", "--plan t: that is a folder: name a file"},
		{"--junit locked/out.xml", "--junit locked/out.xml: the folder locked may not be written to: change that, or name another file"},
	};

	script("a.t", "echo >>ran; echo 1..1; echo ok 1\n");
	text_file("old.html", "old\n");
	mkdir("t", 0777);
	mkdir("locked", 0555);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const char *page = strstr(row[i].options, "--html") ? "" : "--html old.html";
		e2e_result r;

		if (strstr(row[i].options, "locked") && access("locked", W_OK) == 0)
			continue; /* root */
		r = e2e_run("sh", "-c", e2e_printf("\"$0\" %s %s a.t", page, row[i].options), driver);
		e2e_is_int(r.status, 2, "%s", row[i].options);
		e2e_is_str(r.out, "");
		e2e_is_str(r.err, e2e_printf("prove: %s\n", row[i].err));
		e2e_ok(access("ran", F_OK) != 0, "nothing has run");
		e2e_is_str(read_file("old.html"), "old\n");
	}
}

/* What is made, written through, or not written at all */
E2E_TEST(reports_that_can_be_written)
{
	static const char *const options[] = {"--xunit-log deep/er", "--junit /dev/null", "--junit /dev/stdout", "--junit new.xml", "--junit t/new.xml",
	                                      "--junit \"$PWD/t/x.xml\"", "--archive new", "--archive t/new/", "--statefile none/s",
	                                      "-D --junit none/x", "--shard 1/1 --state=save", "--html dangling"};

	script("a.t", "echo 1..1; echo ok 1\n");
	mkdir("t", 0777);
	e2e_is_int(symlink("t/target", "dangling"), 0);
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		e2e_result r = e2e_run("sh", "-c", e2e_printf("\"$0\" %s a.t", options[i]), driver);
		e2e_is_int(r.status, 0, "%s", options[i]);
		e2e_is_str(r.err, "", "%s", options[i]);
	}
}

/* What is found at the end only: the folder is gone by then. */
E2E_TEST(reports_whose_folder_is_gone)
{
	e2e_result r;

	script("a.t", "rm -r none; echo 1..1; echo ok 1\n");
	mkdir("none", 0777);
	r = e2e_run(driver, "--junit", "none/out.xml", "a.t");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "prove: can't write none/out\\.xml: see the message above; what was to be written is lost\n");
	mkdir("none", 0777);
	r = e2e_run(driver, "--archive", "none/out.tar", "a.t");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "prove: can't write the archive none/out\\.tar \\(see above\\)");
}

/* Environment variables of Perl's harness */
E2E_TEST(copies_of_the_streams)
{
	stream("t/a.t", "1..1\nok 1 - x\n", 0);
	stream("t/deep/b.t", "1..1\nnot ok 1 - y\n", 1);
	e2e_setenv("PERL_TEST_HARNESS_DUMP_TAP", "dump/here");
	e2e_is_int(e2e_run(driver, "-j2", "-r", "t").status, 1);
	e2e_is_str(read_file("dump/here/t/a.t"), "1..1\nok 1 - x\n");
	e2e_is_str(read_file("dump/here/t/deep/b.t"), "1..1\nnot ok 1 - y\n");
}

E2E_TEST(colours_of_the_summary)
{
	stream("a.t", "1..1\nok 1\n", 0);
	stream("b.t", "1..1\nnot ok 1\n", 0);
	e2e_like(e2e_run(driver, "--color", "a.t").out, "\033\\[32mAll tests successful\\.\033\\[0m\n");
	e2e_setenv("HARNESS_SUMMARY_COLOR_SUCCESS", "bold bright_blue on_black");
	e2e_setenv("HARNESS_SUMMARY_COLOR_FAIL", "magenta");
	e2e_like(e2e_run(driver, "--color", "a.t").out, "\nResult: \033\\[1;94;40mPASS\033\\[0m\n");
	e2e_like(e2e_run(driver, "--color", "b.t").out, "\nResult: \033\\[35mFAIL\033\\[0m\n");
	e2e_setenv("HARNESS_SUMMARY_COLOR_FAIL", "no such colour");
	e2e_like(e2e_run(driver, "--color", "b.t").out, "\nResult: \033\\[31mFAIL\033\\[0m\n");
}

/* What failed is red, not all that is said of it. */
E2E_TEST(colours_of_details)
{
	stream("c.t",
	       "TAP version 14\n1..1\nnot ok 1 - adds\n  ---\n  message: \"false: 1 is 2\"\n  at: t/a.c:12\n"
	       "  diff: |\n    - a\n    + b\n      c\n  story: |\n    +0.001 redis | - started\n    +0.002 test  ! adds\n"
	       "  server.log: |\n    - no diff\n  ...\n",
	       1);
	e2e_like(e2e_run(driver, "--color", "c.t").out,
		 "\n\033\\[31mnot ok 1 - adds\033\\[0m\n"
		 "\033\\[1mt/a\\.c:12: false: 1 is 2\033\\[0m\n"
		 "  diff:\n"
		 "\033\\[32m    - a\033\\[0m\n"
		 "\033\\[31m    \\+ b\033\\[0m\n"
		 "      c\n"
		 "  story:\n"
		 "    \\+0\\.001 redis \\| - started\n"
		 "\033\\[31m    \\+0\\.002 test  ! adds\033\\[0m\n"
		 "  server\\.log:\n"
		 "    - no diff\n");
}

E2E_MAIN()
