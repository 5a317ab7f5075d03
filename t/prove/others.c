/* Suites that others run, by the programs that print their TAP: bats, node's test runner, tape. Verdict, counts, and where a
 * failure is. And the other way round: programs with e2e.h that another one's driver judges, kyua. */
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

static void compile(const char *name)
{
	e2e_must(e2e_is_int(e2e_run("cc", e2e_printf("-I%s", started_in), "-o", e2e_printf("%s.t", name), e2e_printf("%s.c", name)).status, 0));
}

/* kyua takes a program's points from its plan and its exit status together, so they have to agree. */
E2E_TEST(kyua, .timeout = 120)
{
	static const char good[] = "#include \"e2e.h\"\nE2E_TEST(one) { e2e_is_int(1, 1); }\nE2E_TEST(two) { e2e_skip(\"why\"); }\n"
				   "E2E_TEST(three, .todo = \"later\") { e2e_is_int(1, 2); }\nE2E_MAIN()\n";
	static const char bad[] = "#include \"e2e.h\"\nE2E_TEST(one) { e2e_is_int(1, 1); }\nE2E_TEST(two) { e2e_is_int(1, 7); }\nE2E_MAIN()\n";
	static const char file[] = "syntax(2)\ntest_suite('ours')\ntap_test_program{name='good.t'}\ntap_test_program{name='bad.t'}\n";
	e2e_result r;

	e2e_require_command("kyua");
	text_file("good.c", good);
	text_file("bad.c", bad);
	text_file("Kyuafile", file);
	compile("good");
	compile("bad");
	r = e2e_run("kyua", "test");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "good\\.t:main +-> +passed", "a skip and a known failure are no failures");
	e2e_like(r.out, "bad\\.t:main +-> +failed: 1 of 2 tests failed");
}

E2E_MAIN()
