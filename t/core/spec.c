/* .spec: what cases prove is in their points, passed or not, and in prove's reports. */
#include "../golden.h"

E2E_TEST(points)
{
	golden("spec", "joins", 0);
	golden("spec", "leaves", 1);
	golden("spec", "is_banned", 0);
	golden("spec", "later", 0);
	golden("spec", "crashes", 1);
}

E2E_TEST(with_times_and_version_13)
{
	e2e_setenv("E2E_TIMES", "1");
	e2e_like(e2e_run(broken("spec"), "-k", "^joins$").out,
		"\nok 1 - joins\n  ---\n  spec: \"XEP-0045 7.2, RFC 6121 5\"\n  duration_ms: [0-9.]+\n  \\.\\.\\.\n");
	e2e_setenv("HARNESS_ACTIVE", "1");
	e2e_setenv("HARNESS_VERSION", "3.44");
	e2e_like(e2e_run(broken("spec"), "-k", "^is_banned$").out,
		"\nok 1 - is_banned # SKIP no admin\n  ---\n  spec: \"XEP-0045 9.1\"\n  duration");
}

E2E_TEST(not_run)
{
	e2e_like(e2e_run(broken("spec"), "-x").out,
		"\nok 3 - is_banned # SKIP stopped at the first failure[^\n]*\n  ---\n  spec: \"XEP-0045 9.1\"\n  \\.\\.\\.\n");
}

static void chosen(const char *file, int line, const char *option, const char *clauses, const char *names)
{
	e2e_result r = e2e_run(broken("spec"), "--list", option, clauses);

	e2e__assertion_is_str((struct e2e__at){file, line, "chosen, expected", NULL}, r.out, names);
}

E2E_TEST(filters, .timeout = 120)
{
	chosen(E2E__AT, "--spec", "RFC 6121", "joins\nlater\n");
	chosen(E2E__AT, "--spec", "XEP-0045 7 , said \"so\"", "joins\nleaves\ntakes_a_nick/a\ntakes_a_nick/\"b\", <c>\ncrashes\n");
	chosen(E2E__AT, "--spec", "XEP-0045 7.1", "");
	chosen(E2E__AT, "--no-spec", "XEP-0045, RFC 6121", "crashes\nsays_nothing\n");
	e2e_is_int(e2e_run(broken("spec"), "--spec", "RFC 1").status, 99);
	e2e_result r = e2e_run("./prove", "--no-spec", "XEP-0045 7.14, said", "--spec=XEP-0045, RFC 6121", broken("spec"));
	e2e_is_int(r.status, 1, "a row fails: %s", r.out);
	e2e_like(r.out, "Tests: 5 Failed: 1\\)");
	r = e2e_run("./prove", "--spec", "RFC 1", broken("spec"));
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "no case of any test matches --spec RFC 1: nothing was tested");
}

/* The reports of prove know them without more words. */
E2E_TEST(in_the_reports, .timeout = 120)
{
	static const char table[] = "\nClause          passed  failed skipped\n"
				    "RFC 6121 5           1       1       0\n"
				    "XEP-0045 7.2         2       1       0\n"
				    "XEP-0045 7.14        0       1       0\n"
				    "XEP-0045 9.1         0       0       1\n"
				    "said \"so\"            0       1       0\n";
	const char *junit = e2e_printf("%s/junit.xml", e2e_tmpdir()), *text, *joins;
	e2e_result r = e2e_run("./prove", "--specs", "--junit", junit, broken("spec"));

	e2e_is_int(r.status, 1);
	e2e_ok(strstr(r.out, table) != NULL, "the table: %s", r.out);
	text = e2e__file_read(junit, NULL);
	joins = text ? strstr(text, " name=\"joins\"") : NULL;
	e2e_like(joins, "^ name=\"joins\" time=\"[0-9.]+\">\n"
			"      <properties>\n"
			"        <property name=\"spec\" value=\"XEP-0045 7.2\"/>\n"
			"        <property name=\"spec\" value=\"RFC 6121 5\"/>\n"
			"      </properties>\n"
			"    </testcase>\n");
	e2e_like(text, "\n      <properties>\n        <property name=\"spec\" value=\"XEP-0045 7.14\"/>\n"
		       "      </properties>\n      <failure ");
	e2e_like(text, "\n        <property name=\"spec\" value=\"XEP-0045 9.1\"/>\n"
		       "      </properties>\n      <skipped ");
	e2e_like(text, "value=\"said &quot;so&quot;\"/>\n");
	e2e_like(text, " name=\"says_nothing\" time=\"[0-9.]+\"/>\n");
}

E2E_MAIN()
