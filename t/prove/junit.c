/* What JUnit tells of each case: time, class, clauses, tries that failed; of each program: host, seed, its place in the list. */
#include "driver.h"
#include <sys/utsname.h>

static const char *host;

E2E_SETUP()
{
	static struct utsname u;

	enter();
	if (uname(&u) == 0)
		host = u.nodename;
}

static void has(const char *xml, const char *part)
{
	e2e_ok(strstr(xml, part) != NULL, "JUnit has %s:\n%s", part, xml);
}

static const char *report(const char *file)
{
	const char *xml = read_file(file);

	e2e_must(e2e_ok(xml != NULL, "%s is there", file));
	return xml;
}

/* A program that tries three times: a point fails, then the program, then all is good. */
static void three_tries(void)
{
	script("t/three.t", "n=$(cat tries 2>/dev/null || echo 0); n=$((n + 1)); echo $n >tries\n"
	                    "printf 'TAP version 14\\n1..2\\n'; echo \"try $n\" >&2\n"
	                    "case $n in 1) printf 'not ok 1 - a & b\\n  ---\\n  at: x.c:3\\n  message: bad\\n  ...\\n' ;;\n"
	                    "2) echo ok 1 - a \\& b; exit 3 ;; *) echo ok 1 - a \\& b ;; esac\necho ok 2 - c\n");
}

E2E_TEST(the_order_of_the_list, .timeout = 120)
{
	const char *xml, *a, *b, *c;

	script("t/a.t", "while [ ! -e b ] || [ ! -e c ]; do sleep 0.05; done; echo 1..1; echo ok 1\n");
	script("t/b.t", "echo 1..1; echo ok 1; touch b\n");
	script("t/c.t", "echo 1..1; echo ok 1; touch c\n");
	e2e_is_int(e2e_run_with((e2e_spawn_opts){.timeout = 60}, driver, "-j3", "--junit", "out.xml", "t").status, 0);

	xml = report("out.xml");
	a = strstr(xml, "<testsuite name=\"t/a.t\"");
	b = strstr(xml, "<testsuite name=\"t/b.t\"");
	c = strstr(xml, "<testsuite name=\"t/c.t\"");
	e2e_ok(a && b && c && a < b && b < c, "whoever ended first");
}

E2E_TEST(what_was_not_run_is_at_its_place)
{
	const char *xml;

	stream("t/a.t", "1..1\nok 1\n", 0);
	stream("t/b.t", "1..1\nnot ok 1\n", 1);
	stream("t/c.t", "1..1\nok 1\n", 0);
	e2e_is_int(e2e_run(driver, "-x", "--reverse", "--junit", "out.xml", "t").status, 1);
	xml = report("out.xml");
	e2e_ok(strstr(xml, "t/c.t") < strstr(xml, "t/b.t") && !strstr(xml, "t/a.t"));
}

/* Each case has a time: its own, or a part of what is left of the program's. */
E2E_TEST(times)
{
	static const char *const timed[] = {"name=\"one\" time=\"0.250000\"", "name=\"four\" time=\"0.000000\"", "name=\"two\" time=\"0.000000\""};
	const char *xml, *at;
	double sum = 0, whole;

	script("t/a.t", "printf 'TAP version 13\\n1..3\\nok 1 - one\\n'; sleep 1; printf 'ok 2 - two\\nok 3 - three # SKIP why\\n'\n");
	stream("t/b.t", "TAP version 14\n1..3\nok 1 - one\n  ---\n  duration_ms: 250\n  ...\nok 2 - two\nok 3 - four # SKIP why\n", 0);
	stream("t/c.t", "1..0 # SKIP none\n", 0);
	e2e_is_int(e2e_run(driver, "--junit", "out.xml", "t").status, 0);
	xml = report("out.xml");
	for (size_t i = 0; i < 3; i++)
		has(xml, timed[i]);

	at = strstr(xml, "name=\"t/a.t\"");
	whole = strtod(strstr(at, " time=\"") + 7, NULL);
	e2e_ok(whole > 0.9, "%g", whole);
	for (int i = 0; i < 3; i++) {
		at = strstr(at, "<testcase ");
		at = strstr(at, " time=\"") + 7;
		sum += strtod(at, NULL);
	}
	e2e_is_double(sum, whole, 0.001, "the cases add up to the program");
	e2e_unlike(xml, "<testcase classname=\"[^\"]*\" name=\"[^\"]*\"/?>", "none is without");
}

E2E_TEST(a_flaky_test)
{
	const char *xml;

	three_tries();
	e2e_is_int(e2e_run(driver, "--retry", "3", "--junit", "out.xml", "--xunit-log", "log", "t").status, 0);
	for (int i = 0; i < 2; i++) {
		xml = report(i ? "log/t_three.t.xml" : "out.xml");
		has(xml, "tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"0\"");
		has(xml, "<flakyFailure type=\"TestFailed\" message=\"x.c:3: bad\"><stackTrace>not ok 1 - a &amp; b\nx.c:3: bad\n</stackTrace></flakyFailure>\n    </testcase>");
		has(xml, "name=\"(program)\" time=\"0.000000\">\n      <flakyError type=\"ProgramFailed\" message=\"Exit status 3\"><stackTrace>Exit status 3\n");
		has(xml, "<system-out>flaky: failed 2 times before it passed\n</system-out>");
		has(xml, "<system-err>try 3\n</system-err>");
	}
}

E2E_TEST(a_test_that_goes_on_failing)
{
	const char *xml;

	three_tries();
	script("t/gone.t", "n=$(cat gone 2>/dev/null || echo 0); echo $((n + 1)) >gone\nprintf \"TAP version 14\\n1..1\\nnot ok 1 - number $n\\n\"\n");
	e2e_is_int(e2e_run(driver, "--retry", "1", "--junit", "out.xml", "t").status, 1);
	xml = report("out.xml");
	has(xml, "<error type=\"ProgramFailed\" message=\"Exit status 3\">");
	has(xml, "name=\"a &amp; b\" time=\"0.0");
	has(xml, "<flakyFailure type=\"TestFailed\" message=\"x.c:3: bad\">");
	has(xml, "<system-out>failed in a try before, and did not come again: number 0\nnot ok 1 - number 0\n</system-out>");
	e2e_unlike(xml, "before it passed");
}

/* What explains a try that says nothing else */
E2E_TEST(stderr_of_a_try)
{
	const char *xml;

	script("t/a.t", "[ ! -e again ] || { echo 1..1; echo ok 1 - a; exit; }\n: >again; echo 1..1; echo not ok 1 - a; echo no route >&2\n");
	script("t/b.t", "[ ! -e b ] || { echo 1..1; echo ok 1 - b; exit; }\n: >b; echo no host >&2; exit 3\n");
	e2e_is_int(e2e_run(driver, "--retry", "1", "--junit", "out.xml", "t").status, 0);
	xml = report("out.xml");
	has(xml, "<stackTrace>not ok 1 - a\nOn stderr:\n  no route\n</stackTrace></flakyFailure>");
	has(xml, "<flakyError type=\"ProgramFailed\" message=\"Exit status 3\">");
	has(xml, "\nOn stderr:\n  no host\n</stackTrace></flakyError>");
}

E2E_TEST(failures_of_each_try)
{
	const char *xml;

	stream("t/a.t", "TAP version 14\n1..1\n# Subtest: m\n    not ok 1 - A x B\n      ---\n      message: no\n      at: y.c:7\n      ...\n    1..1\nnot ok 1 - m\n", 1);
	e2e_is_int(e2e_run(driver, "--retry", "2", "--junit", "out.xml", "t").status, 1);
	xml = report("out.xml");
	has(xml, "<failure type=\"TestFailed\" message=\"y.c:7: no\">");
	e2e_ok(strstr(strstr(xml, "<rerunFailure type=\"TestFailed\" message=\"y.c:7: no\">") + 1, "<rerunFailure type=\"TestFailed\" message=\"y.c:7: no\">") != NULL,
	       "two tries before");
}

E2E_TEST(properties)
{
	static const char text[] = "TAP version 14\n1..2\nok 1 - one\n  ---\n  spec: \"RFC 6121 5, <XEP>\"\n  ...\nnot ok 2 - two\n  ---\n  seed: 583934872\n  ...\n";
	const char *xml;

	stream("t/a.t", text, 1);
	stream("t/b.t", "1..1\nok 1\n", 0);
	e2e_setenv("E2E_SEED", NULL);
	e2e_run(driver, "--junit", "out.xml", "t");
	xml = report("out.xml");
	has(xml, e2e_printf("<properties>\n      <property name=\"host\" value=\"%s\"/>\n      <property name=\"seed\" value=\"583934872\"/>\n    </properties>\n", host));
	has(xml, e2e_printf(" hostname=\"%s\">\n    <properties>\n      <property name=\"host\" value=\"%s\"/>\n    </properties>\n", host, host));
	has(xml, "<testcase classname=\"t.a\" name=\"one\" time=\"");
	has(xml, ">\n      <properties>\n        <property name=\"spec\" value=\"RFC 6121 5\"/>\n        <property name=\"spec\" value=\"&lt;XEP&gt;\"/>\n      </properties>\n    </testcase>\n");

	e2e_run(driver, "--seed", "77", "--junit", "out.xml", "t/b.t");
	has(report("out.xml"), "<property name=\"seed\" value=\"77\"/>");
	e2e_setenv("E2E_SEED", "78");
	e2e_run(driver, "--junit", "out.xml", "t/b.t");
	has(report("out.xml"), "<property name=\"seed\" value=\"78\"/>");
}

/* A file a test, of which none is hidden, and with numbers in the order of the list */
E2E_TEST(names_of_xunit_files, .timeout = 120)
{
	script("a/b.t", "while [ ! -e second ]; do sleep 0.05; done; echo 1..1; echo ok 1 - of one\n");
	script("a_b.t", "echo 1..1; touch second; echo ok 1 - of two\n");
	stream(".b.t", "1..1\nok 1\n", 0);
	e2e_is_int(e2e_run_with((e2e_spawn_opts){.timeout = 60}, driver, "-j2", "--xunit-log", "log", "a/b.t", "a_b.t").status, 0);
	e2e_is_str(e2e_run("sh", "-c", "ls -A log | sort").out, "a_b.t.2.xml\na_b.t.xml\n");
	has(report("log/a_b.t.xml"), "name=\"of one\"");
	has(report("log/a_b.t.2.xml"), "name=\"of two\"");

	e2e_run(driver, "--xunit-log", "hidden", "./.b.t");
	e2e_is_str(e2e_run("sh", "-c", "ls hidden").out, "_b.t.xml\n");
}

E2E_MAIN()
