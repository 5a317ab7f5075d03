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
