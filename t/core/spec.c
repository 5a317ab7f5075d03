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
