/* Suites that others run, by the programs that print their TAP: bats, node's test runner, tape. Verdict, counts, and where a
 * failure is. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

/* One good case, one that fails, one that is skipped */
static void judged(e2e_result r, const char *tests)
{
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok [12] (- )?(large|sums)\n");
	e2e_like(r.out, "\nResult: FAIL\n$");
	e2e_ok(strstr(r.out, tests) != NULL, "%s: %s", tests, r.out);
}

static void by_each_way(const char *tests, const char *command, const char *file, const char *passing)
{
	static const char *const ways[] = {"-j1", "-j2", "-v"};

	for (size_t i = 0; i < 3; i++) {
		judged(e2e_run(driver, ways[i], "-e", command, file, passing), tests);
		e2e_is_int(e2e_run(driver, ways[i], "-e", command, passing).status, 0, "%s", ways[i]);
	}
}

E2E_TEST(bats, .timeout = 120)
{
	static const char text[] = "#!/usr/bin/env bats\n@test \"small\" {\n  [ 1 = 1 ]\n}\n@test \"large\" {\n  run echo hi\n  [ \"$output\" = ho ]\n}\n"
				   "@test \"none\" {\n  skip \"why\"\n}\n";
	e2e_result r;

	e2e_require_command("bats");
	text_file("t/a.bats", text);
	text_file("t/b.bats", "@test \"small\" {\n  [ 1 = 1 ]\n}\n");
	by_each_way("\nFiles=2, Tests=4,", "bats --tap", "t/a.bats", "t/b.bats");
	judged(e2e_run(driver, "--ext", "bats", "-e", "bats --tap", "t"), "\nFiles=2, Tests=4,");
	chmod("t/a.bats", 0755);
	r = e2e_run(driver, "t/a.bats");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nSkipped: 1\n +1  why\n", "by its own first line");
}

E2E_TEST(node_test, .timeout = 120)
{
	static const char text[] = "const test = require('node:test'), assert = require('node:assert');\n"
				   "test('sums', async t => {\n  await t.test('small', () => assert.equal(1 + 1, 2));\n"
				   "  await t.test('large', () => assert.equal(2 + 2, 5));\n});\n"
				   "test('skipped', { skip: 'why' }, () => {});\n";

	e2e_require_command("node");
	e2e_setenv("NODE_TEST_CONTEXT", NULL);
	text_file("t/a.js", text);
	text_file("t/b.js", "require('node:test')('good', () => {});\n");
	e2e_skip_if(e2e_run("node", "--test-reporter=tap", "t/b.js").status != 0, "this node has no test runner that prints TAP");
	by_each_way("\nFiles=2, Tests=3,", "node --test-reporter=tap", "t/a.js", "t/b.js");
	e2e_like(e2e_run(driver, "-e", "node --test-reporter=tap", "t/a.js").out, "not ok 2 - large\n.*[^\n]*a\\.js:4:.*\nSkipped: 1\n +1  why\n");
}

E2E_TEST(tape, .timeout = 120)
{
	static const char text[] = "const test = require('tape');\n"
				   "test('sums', t => { t.plan(2); t.equal(1 + 1, 2, 'small');\n  t.equal(2 + 2, 5, 'large'); });\n"
				   "test('none', { skip: true }, t => { t.end(); });\n";

	e2e_require_command("node");
	e2e_setenv("NODE_PATH", "/usr/share/nodejs:/usr/local/lib/node_modules:/usr/lib/node_modules");
	e2e_skip_if(e2e_run("node", "-e", "require('tape')").status != 0, "there is no tape here (make deps)");
	text_file("t/a.js", text);
	text_file("t/b.js", "require('tape')('good', t => { t.pass('so'); t.end(); });\n");
	by_each_way("\nFiles=2, Tests=3,", "node", "t/a.js", "t/b.js");
	e2e_like(e2e_run(driver, "-e", "node", "t/a.js").out, "\nnot ok 2 large\n[^\n]*a\\.js:3:.*expected: 5\n +actual: 4\n|got 4, want 5");
}

E2E_MAIN()
