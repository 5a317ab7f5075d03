/* --specs: the table of clauses. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

static const char stream_a[] = "TAP version 14\n1..5\n"
			       "ok 1 - a\n  ---\n  spec: \"XEP-0045 7.2, RFC 6121 5\"\n  ...\n"
			       "not ok 2 - b\n  ---\n  message: no\n  spec: XEP-0045 7.10\n  ...\n"
			       "ok 3 - c # SKIP why\n  ---\n  spec: XEP-0045 7.2\n  ...\n"
			       "not ok 4 - d # TODO why\n  ---\n  spec: 'RFC 6121 5'\n  ...\n"
			       "ok 5 - none\n";

/* A matrix: its pairs prove what the case does */
static const char stream_b[] = "TAP version 14\n1..1\n# Subtest: matrix\n"
			       "    # Subtest: A x B\n        ok 1 - sent\n        1..1\n    ok 1 - A x B\n"
			       "    # Subtest: B x A\n        not ok 1 - sent\n        1..1\n    not ok 2 - B x A\n"
			       "      ---\n      spec: RFC 7\n      ...\n    1..2\n"
			       "not ok 1 - matrix\n  ---\n  spec: XEP-0045 7.2\n  ...\n";

E2E_TEST(the_table)
{
	static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};
	static const char want[] = "\nClause          passed  failed skipped\n"
				   "RFC 7                0       1       0\n"
				   "RFC 6121 5           1       1       0\n"
				   "XEP-0045 7.2         2       0       1\n"
				   "XEP-0045 7.10        0       1       0\n";

	stream("a.t", stream_a, 1);
	stream("b.t", stream_b, 1);
	for (size_t i = 0; i < 4; i++) {
		e2e_result r;

		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		r = e2e_run(driver, "-j2", "--specs", "a.t", "b.t");
		e2e_is_int(r.status, 1);
		e2e_ok(strstr(r.out, want) != NULL, "%s: %s", awks[i], r.out);
		e2e_like(r.out, "\nResult: FAIL\n$");
	}
	e2e_ok(strstr(e2e_run(driver, "-v", "--specs", "a.t", "b.t").out, want) != NULL, "with every line");
	e2e_ok(!strstr(e2e_run(driver, "a.t").out, "Clause"), "only if it is asked for");
}

/* Two servers, as e2e_xmpp.h has them for --server prosody,ejabberd; and a case of no server. */
#define CASE(name) "    # Subtest: " name "\n        ok 1 - fine\n        1..1\n"
static const char stream_c[] = "TAP version 14\n# Subtest: prosody\n" CASE("a")
			       "    ok 1 - a\n      ---\n      spec: \"XEP-0045 7.2, RFC 6121 5\"\n      ...\n" CASE("b")
			       "    ok 2 - b # SKIP why\n      ---\n      spec: A|B\n      ...\n    1..2\n"
			       "ok 1 - prosody\n  ---\n  server: prosody\n  ...\n# Subtest: ejabberd\n" CASE("a")
			       "    not ok 1 - a\n      ---\n      message: no\n      spec: XEP-0045 7.2\n      ...\n" CASE("c")
			       "    ok 2 - c\n    1..2\n"
			       "not ok 2 - ejabberd\n  ---\n  server: ejabberd\n  ...\n1..2\n";

E2E_TEST(servers_side_by_side)
{
	static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};
	static const char want[] = "\n               prosody                  ejabberd\n"
				   "Clause         passed  failed skipped   passed  failed skipped\n"
				   "A|B                 0       0       1        0       0       0\n"
				   "RFC 6121 5          1       0       0        0       0       0\n"
				   "XEP-0045 7.2        1       0       0        0       1       0\n";
	static const char md[] = "| Clause | prosody: passed | failed | skipped | ejabberd: passed | failed | skipped |\n"
				 "|---|--:|--:|--:|--:|--:|--:|\n"
				 "| A\\|B | 0 | 0 | 1 | 0 | 0 | 0 |\n"
				 "| RFC 6121 5 | 1 | 0 | 0 | 0 | 0 | 0 |\n"
				 "| XEP-0045 7.2 | 1 | 0 | 0 | 0 | 1 | 0 |\n";
	const char *xml;

	stream("c.t", stream_c, 1);
	for (size_t i = 0; i < 4; i++) {
		e2e_result r;

		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		r = e2e_run(driver, "--specs", "--specs-md", "s.md", "c.t");
		e2e_ok(strstr(r.out, want) != NULL, "%s: %s", awks[i], r.out);
		e2e_is_str(e2e_read_file("s.md", NULL), md, "%s", awks[i]);
	}
	e2e_run(driver, "--junit", "j.xml", "--html", "p.html", "c.t");
	xml = e2e_read_file("j.xml", NULL);
	e2e_like(xml, "<testcase classname=\"[^\"]*prosody\" name=\"a\"[^>]*>\n +<properties>\n"
		      " +<property name=\"server\" value=\"prosody\"/>\n +<property name=\"spec\" value=\"XEP-0045 7.2\"/>");
	e2e_like(xml, "name=\"c\"[^>]*>\n +<properties>\n +<property name=\"server\" value=\"ejabberd\"/>");
	e2e_like(e2e_read_file("p.html", NULL), "\"spec\":\"XEP-0045 7.2\",\"server\":\"ejabberd\"");
}

/* Some say where they ran, some don't; and the table alone. */
E2E_TEST(a_file_of_the_table)
{
	stream("a.t", stream_a, 1);
	stream("c.t", stream_c, 1);
	e2e_unlike(e2e_run(driver, "--specs-md", "s.md", "a.t", "c.t").out, "Clause");
	e2e_like(e2e_read_file("s.md", NULL), "^\\| Clause \\| \\(other\\): passed \\| failed \\| skipped \\| prosody: passed ");
	e2e_run(driver, "--specs-md", "s.md", "a.t");
	e2e_like(e2e_read_file("s.md", NULL), "^\\| Clause \\| passed \\| failed \\| skipped \\|\n");
}

E2E_TEST(shards)
{
	stream("t/a.t", stream_a, 1);
	stream("t/b.t", stream_b, 1);
	e2e_run(driver, "--shard", "1/2", "-a", "1.tgz");
	e2e_run(driver, "--shard", "2/2", "-a", "2.tgz");
	e2e_like(e2e_run(driver, "--specs", "1.tgz", "2.tgz").out, "\nXEP-0045 7\\.2 +2 +0 +1\n");
}

E2E_TEST(nothing_is_said)
{
	stream("a.t", "1..1\nok 1\n", 0);
	e2e_like(e2e_run(driver, "--specs", "a.t").out, "\n\\(no case says what it proves: ");
}

E2E_MAIN()
