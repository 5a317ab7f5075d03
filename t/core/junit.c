/* --junit of one program without prove: of t/core/broken/spec.c, suite.c and script.c. */
#include "../golden.h"

/* The report of a program, or NULL. */
#define report(program, ...) e2e__file_read((e2e_run(broken(program), "--junit", path(), __VA_ARGS__), path()), NULL)

static const char *path(void)
{
	return e2e_printf("%s/out.xml", e2e_tmpdir());
}

#define has(text, part) e2e_ok((text) && strstr(text, part) != NULL, "%s", part)

E2E_TEST(cases)
{
	const char *xml = report("spec", "--seed", "1");

	e2e_like(xml, "^<\\?xml version=\"1.0\" encoding=\"UTF-8\"\\?>\n"
		      "<testsuites tests=\"8\" failures=\"3\" errors=\"0\" skipped=\"2\" time=\"[0-9.]+\">\n"
		      "  <testsuite name=\"[^\"]*spec.bin\" tests=\"8\" failures=\"3\" errors=\"0\" skipped=\"2\" ");
	e2e_like(xml, "<testcase classname=\"[^\"]*t.core.broken.spec\" name=\"joins\" time=\"[0-9.]+\">\n"
		      "      <properties>\n        <property name=\"spec\" value=\"XEP-0045 7.2\"/>\n");
	has(xml, "<failure type=\"is_int\" message=\"t/core/broken/spec.c:6: got 1, want 2\">message: &quot;false: 1 is 2&quot;\n");
	has(xml, "\ngot: 1\nwant: 2\ncode: is_int\n");
	has(xml, "<skipped message=\"no admin\">");
	has(xml, "<skipped message=\"TODO not yet\">");
	has(xml, " name=\"takes_a_nick/&quot;b&quot;, &lt;c&gt;\" ");
	has(xml, "<failure type=\"crash\" message=\"t/core/broken/spec.c:16: died of SIGABRT ");
	e2e_unlike(xml, "repeat:[^\n]*--junit", "a repeated case leaves the report alone");
}

E2E_TEST(well_formed)
{
	e2e_result r;

	e2e_require_command("xmllint");
	report("spec", "--seed", "1");
	r = e2e_run("xmllint", "--noout", path());
	e2e_is_int(r.status, 0, "%s", r.err);
}

/* In a line stand no blocks, and what a message of its own tells. */
E2E_TEST(messages)
{
	e2e_like(report("terminal", "-k", "^(alike|matches)$"),
		 " name=\"alike\" [^\n]*\n[^\n]* message=\"t/core/broken/terminal.c:[0-9]+: 1 of 1 elements differs, [^\n]*\n");
	e2e_like(report("terminal", "-k", "^matches$"), "\n      <failure type=\"like\" message=\"t/core/broken/terminal.c:[0-9]+: false: got like ");
}

E2E_TEST(what_was_not_run)
{
	const char *xml = report("spec", "-x");

	has(xml, "tests=\"8\" failures=\"1\" errors=\"0\" skipped=\"6\"");
	has(xml, "<skipped message=\"stopped at the first failure (-x)\">");
	has(report("spec", "-k", "joins", "--repeat", "2"), " name=\"joins (2 of 2)\" ");
}

E2E_TEST(script, .timeout = 120)
{
	const char *xml;

	e2e_setenv("E2E_JUNIT", path());
	e2e_run(broken("script"), "fails");
	xml = e2e__file_read(path(), NULL);
	has(xml, "tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\"");
	e2e_like(xml, "<failure type=\"[a-z_]+\" message=\"[^\"]*t/core/broken/script.c:[0-9]+: ");
	e2e_run(broken("script"), "skip-first");
	has(e2e__file_read(path(), NULL), "tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\"");
}

E2E_TEST(suite)
{
	const char *xml;

	e2e_setenv("HOW", "fails");
	xml = report("suite", "--seed", "1");
	e2e_like(xml, " name=\"suite set-up\" [^\n]*>\n      <failure type=\"[a-z_]+\" message=\"t/core/broken/suite.c:");
	has(xml, "<skipped message=\"the suite's set-up failed: ");
	e2e_setenv("HOW", "bails");
	has(report("suite", "--seed", "1"), "<error message=\"Bail out! ");
}

E2E_TEST(files)
{
	e2e_result r = e2e_run(broken("spec"), "--junit", e2e_printf("%s/none/out.xml", e2e_tmpdir()));

	e2e_is_int(r.status, 99, "known before any case");
	e2e_like(r.err, "^e2e: --junit [^\n]*/none/out.xml: cannot write it: No such file or directory\n$");
	e2e_is_str(r.out, "");
	r = e2e_run("sh", "-c", "\"$0\" --junit /dev/fd/3 -k joins 3>&1 >/dev/null | cat", broken("spec"));
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "^<.xml [^!]*</testsuites>\n$", "no plain file: written in place");
}

E2E_MAIN()
