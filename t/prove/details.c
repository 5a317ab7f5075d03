/* What a failure says of itself is shown, whatever its form: by YAML with the keys of others, by comments, on stderr, by the
 * last lines of a test that came to no end. Console, JUnit, HTML and --github know the same, and tell it once. */
#include "driver.h"

static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};

E2E_SETUP()
{
	enter();
}

static bool use(const char *awk)
{
	if (e2e_run("sh", "-c", e2e_printf("command -v %s", awk)).status != 0)
		return false;
	e2e_setenv("E2E_AWK", awk);
	return true;
}

static int count(const char *text, const char *part)
{
	int n = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		n++;
	return n;
}

static const char *line_of(const char *text)
{
	return e2e_printf("%.*s", (int)strcspn(text, "\n"), text);
}

/* As the page's script has it. */
static const char *in_a_script(const char *text)
{
	E2E__BUF(b, 256);
	const char *said;

	for (const char *p = text; *p; p++) {
		if (*p == '<')
			e2e__buf_adds(&b, "\\u003c");
		else
			e2e__buf_addf(&b, "%s%c", *p == '"' || *p == '\\' ? "\\" : "", *p);
	}
	said = e2e_printf("%s", b.p);
	e2e__buf_free(&b);
	return said;
}

/* Runs a.t in each awk: what the console shows below its line, what JUnit has as message, what --github annotates. */
static void told(const char *what, const char *shows, const char *message, const char *note)
{
	for (size_t i = 0; i < sizeof awks / sizeof *awks; i++) {
		e2e_result r;
		const char *xml;

		if (!use(awks[i]))
			continue;
		r = e2e_run(driver, "--github", "--junit", "out.xml", "--html", "out.html", "a.t");
		e2e_is_int(r.status, 1);
		e2e_ok(strstr(r.out, e2e_printf("a.t .. \n%s", shows)) != NULL, "%s, %s: the console\n%s", what, awks[i], r.out);
		e2e_ok(strstr(r.out, e2e_printf("\n::error %s\n", note)) != NULL, "%s, %s: the annotation\n%s", what, awks[i], r.out);
		xml = read_file("out.xml");
		e2e_ok(xml && strstr(xml, e2e_printf("message=\"%s\">", message)) != NULL, "%s, %s: JUnit\n%s", what, awks[i], xml);
		e2e_ok(strstr(read_file("out.html"), in_a_script(line_of(strchr(shows, '\n') + 1))) != NULL, "%s, %s: the page", what, awks[i]);
	}
}

/* ---- YAML ---- */

E2E_TEST(yaml_of_each_version_and_indentation, .timeout = 120)
{
	static const char *const versions[] = {"", "TAP version 13\n", "TAP version 14\n"};
	static const char *const pads[] = {"  ", "   ", "\t"};
	for (size_t v = 0; v < 3; v++)
		for (size_t p = 0; p < 3; p++) {
			const char *pad = pads[p];
			stream("a.t", e2e_printf("%s1..2\nok 1\nnot ok 2 - b\n%s---\n%s  operator: equal\n%s  wanted: 5\n%s  found: 4\n%s...\n", versions[v], pad,
			                         pad, pad, pad, pad), 1);
			e2e_like(e2e_run(driver, "a.t").out, "^a\\.t \\.\\. \nnot ok 2 - b\n  got 4, want 5\n  operator: equal\nDubious", "version %d, indentation %d",
			         (int)v, (int)p);
		}
}

E2E_TEST(keys_of_tape, .timeout = 120)
{
	stream("a.t", "TAP version 13\n# group\nnot ok 1 should be equal\n  ---\n    operator: equal\n    expected: 5\n    actual:   4\n"
	              "    at: Test.<anonymous> (/tmp/tape.t:5:7)\n    stack: |-\n      Error: should be equal\n          at f (x.js:1:2)\n  ...\n\n1..1\n", 1);
	told("tape", "not ok 1 should be equal\n/tmp/tape.t:5:7: got 4, want 5\n  operator: equal\n  stack:\n", "/tmp/tape.t:5:7: got 4, want 5",
	     "file=/tmp/tape.t,line=5::got 4, want 5");
}

E2E_TEST(keys_of_node, .timeout = 120)
{
	stream("a.t", "TAP version 13\n# Subtest: a\nnot ok 1 - a\n  ---\n  duration_ms: 3.1\n  location: '/tmp/n.mjs:3:57'\n  error: 'boom: it broke'\n"
	              "  code: 'ERR_ASSERTION'\n  ...\n1..1\n", 1);
	told("node:test", "not ok 1 - a\n/tmp/n.mjs:3:57: boom: it broke\nDubious", "/tmp/n.mjs:3:57: boom: it broke",
	     "file=/tmp/n.mjs,line=3::boom: it broke");
	e2e_like(read_file("out.xml"), "name=\"a\" time=\"0\\.003100\"");
}

/* Two short values are their own difference. */
E2E_TEST(keys_of_node_tap, .timeout = 120)
{
	stream("a.t", "TAP version 14\nnot ok 1 - same\n  ---\n  compare: ===\n  at:\n    fileName: t/x.js\n    lineNumber: 7\n  found: 4\n  wanted: 5\n"
	              "  diff: |\n    --- expected\n    +++ actual\n    -5\n    +4\n  ...\n1..1\n", 1);
	told("node-tap", "not ok 1 - same\nt/x.js:7: got 4, want 5\n  compare: ===\nDubious", "t/x.js:7: got 4, want 5",
	     "file=t/x.js,line=7::got 4, want 5");
}

/* A text of several lines stands below, the diff of long ones stands for them, and no diff stands there twice. */
E2E_TEST(texts_of_several_lines, .timeout = 120)
{
	stream("a.t", "TAP version 14\n1..1\n# Subtest: a\n    not ok 1 - x\n      ---\n      message: \"false: x\"\n      at: t/x.c:7\n      got: |\n"
	              "        1: one\n        2> two\n      want: a match of \"tow\"\n      hint: \"line 2\"\n      ...\n"
	              "    not ok 2 - y\n      ---\n      message: \"differ\"\n      at: t/x.c:8\n      got: \"a\\n\"\n      want: \"b\\n\"\n"
	              "      diff: |\n        - b\n        + a\n      ...\n    1..2\nnot ok 1 - a\n  ---\n  message: \"differ\"\n  at: t/x.c:8\n"
	              "  got: \"a\\n\"\n  want: \"b\\n\"\n  diff: |\n    - b\n    + a\n  repeat: \"./x\"\n  ...\n", 1);
	told("lines", "not ok 1 - a\n  not ok 1 - x\nt/x.c:7: false: x\n    got:\n      1: one\n      2> two\n    want: a match of \"tow\"\n    hint: \"line 2\"\n"
	              "  not ok 2 - y\nt/x.c:8: differ\n    diff:\n      - b\n      + a\n  repeat: ./x\nDubious",
	     "t/x.c:7: false: x", "file=t/x.c,line=7::false: x");
}

/* As it comes from node itself, where it is new enough to write TAP */
E2E_TEST(node_itself, .timeout = 120)
{
	e2e_result r;
	text_file("own.mjs", "import test from 'node:test';\nimport assert from 'node:assert';\ntest('one', () => { assert.strictEqual(4, 5); });\n");
	e2e_require_command("node");
	if (e2e_run("sh", "-c", "node --test-reporter=tap own.mjs | grep 'location:'").status != 0)
		e2e_skip("this node says no location");
	r = e2e_run(driver, "--ext", ".mjs", "-e", "node --test-reporter=tap", "own.mjs");
	e2e_like(r.out, "\nnot ok 1 - one\n[^\n]*/own\\.mjs:3:[0-9]+: got 4, want 5\n");
}

/* ---- comments ---- */

E2E_TEST(comments_behind_a_point, .timeout = 120)
{
	stream("a.t", "1..3\nok 1 good\n# of the first\nnot ok 2 bad\n# (in test file a.bats, line 6)\n#   `[ 4 = 5 ]' failed\n# hello\nok 3\n# at the end\n", 1);
	told("bats", "not ok 2 bad\n  (in test file a.bats, line 6)\n    `[ 4 = 5 ]' failed\n  hello\nDubious",
	     "(in test file a.bats, line 6) `[ 4 = 5 ]' failed hello", "file=a.bats,line=6::bad%0A  (in test file a.bats, line 6)%0A    `[ 4 = 5 ]' failed%0A  hello");
	stream("a.t", "1..2\nnot ok 1 - x\n# Traceback (most recent call last):\n#   File \"/usr/lib/u.py\", line 58, in run\n#   File \"t.py\", line 5, in x\n"
	              "# AssertionError: 4 != 5\nok 2\n", 1);
	told("tap.py", "not ok 1 - x\n  Traceback (most recent call last):\n", "Traceback (most recent call last): File &quot;/usr/lib/u.py&quot;, line 58, in run File &quot;t.py&quot;, line 5, in x AssertionError: 4 != 5",
	     "file=t.py,line=5::x%0A  Traceback (most recent call last):%0A    File \"/usr/lib/u.py\", line 58, in run%0A    File \"t.py\", line 5, in x%0A  AssertionError: 4 != 5");
	stream("a.t", "not ok 1     + boolean      12 ms\n# (test process exited with exit code 2)\n1..1\n# 1 of 1 tests failed.\n", 1);
	told("pg_regress", "not ok 1     + boolean      12 ms\n  (test process exited with exit code 2)\nDubious", "(test process exited with exit code 2)",
	     "title=a.t::+ boolean      12 ms%0A  (test process exited with exit code 2)");
}

E2E_TEST(comments_in_front_of_a_point, .timeout = 120)
{
	stream("a.t", "TAP version 13\n1..3\n# timeout set to 45\n# selftests: net: one\n# cannot open\nnot ok 1 selftests: net: one # exit=1\n"
	              "# timeout set to 45\n# selftests: net: two\n# all well\nok 2 selftests: net: two\n"
	              "# selftests: net: three\nnot ok 3 selftests: net: three # TIMEOUT 45 seconds\n", 1);
	told("kselftest", "not ok 1 selftests: net: one # exit=1\n  cannot open\nnot ok 3 selftests: net: three # TIMEOUT 45 seconds\nDubious", "cannot open",
	     "title=a.t::selftests: net: one # exit=1%0A  cannot open");
}

E2E_TEST(blank_lines_around_comments)
{
	stream("a.t", "not ok 1 - a\n#\t\n#\n# \tcmp expect\n#\n# \tactual\n#\t\n#\nok 2\nnot ok 3 - b\n#\n1..3\n", 1);
	e2e_like(e2e_run(driver, "a.t").out, "^a\\.t \\.\\. \nnot ok 1 - a\n  \tcmp expect\n  \n  \tactual\n"
	                                     "not ok 3 - b\nDubious");
}

E2E_TEST(many_comments, .timeout = 120)
{
	script("a.t", "echo 1..2; echo not ok 1 - a; i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo \"# line $i\"; done; echo ok 2; exit 1\n");
	for (size_t i = 0; i < sizeof awks / sizeof *awks; i++)
		if (use(awks[i]))
			e2e_like(e2e_run(driver, "a.t").out, "not ok 1 - a\n  \\(30 lines before\\)\n  line 31\n(  line [0-9]+\n){18}  line 50\nDubious", "%s", awks[i]);
}

/* Options that choose what is shown hide no failure. */
E2E_TEST(with_other_options)
{
	stream("a.t", "1..3\nok 1\nnot ok 2 - b\n# behind\nnot ok 3 - c\n  ---\n  message: why\n  ...\n", 1);
	e2e_like(e2e_run(driver, "-f", "a.t").out, "\nnot ok 2 - b\n  behind\nnot ok 3 - c\n  why\nDubious");
	e2e_like(e2e_run(driver, "-o", "a.t").out, "\nnot ok 2 - b\n# behind\nnot ok 3 - c\n  why\nDubious");
	e2e_unlike(e2e_run(driver, "-q", "a.t").out, "behind");
	e2e_is_int(count(e2e_run(driver, "-v", "a.t").out, "behind"), 1);
}

/* ---- stderr ---- */

E2E_TEST(what_perl_says_on_stderr, .timeout = 120)
{
	e2e_result r;
	const char *xml;
	script("a.t", "echo 1..4; echo not ok 1 - four; printf '\\n#   Failed test '\"'four'\"'\\n#   at a.t line 3.\\n#          got: '\"'4'\"'\\n' >&2; echo ok 2\n"
	              "echo '    1..1'; echo '    not ok 1 - deep'; printf '    #   Failed test '\"'deep'\"'\\n    #   at a.t line 5.\\n    # Looks like you failed 1 test of 1.\\n' >&2\n"
	              "echo not ok 3 - outer; printf '\\n#   Failed test '\"'outer'\"'\\n#   at a.t line 6.\\n' >&2\n"
	              "echo not ok 4; printf '#   Failed test at a.t line 7.\\n# Looks like you failed 3 tests of 4.\\n' >&2; echo other >&2; exit 3\n");
	for (size_t i = 0; i < sizeof awks / sizeof *awks; i++) {
		if (!use(awks[i]))
			continue;
		r = e2e_run(driver, "--junit", "out.xml", "--github", "a.t");
		e2e_like(r.out, "^a\\.t \\.\\. \nnot ok 1 - four\n    at a\\.t line 3\\.\n           got: '4'\nnot ok 3 - outer\n  not ok 1 - deep\n      at a\\.t line 5\\.\n"
		                "    at a\\.t line 6\\.\nnot ok 4\n    Failed test at a\\.t line 7\\.\nDubious", "%s", awks[i]);
		e2e_is_str(r.err, "    # Looks like you failed 1 test of 1.\n# Looks like you failed 3 tests of 4.\nother\n", "%s: the rest", awks[i]);
		e2e_ok(strstr(r.out, "\n::error file=a.t,line=3::four%0A    at a.t line 3.%0A           got: '4'\n") != NULL, "%s", r.out);
		xml = read_file("out.xml");
		e2e_ok(strstr(xml, "message=\"at a.t line 3. got: '4'\">not ok 1 - four\n") != NULL, "%s", xml);
		e2e_ok(strstr(xml, "errors=\"0\"") != NULL, "as many failed as the status says: no error beside them");
		r = e2e_run(driver, "-q", "a.t");
		e2e_ok(strstr(r.err, "'4'") != NULL, "where no details are shown, stderr is");
	}
}

E2E_TEST(perl_itself, .timeout = 120)
{
	e2e_result r;
	e2e_require_command("perl");
	script("a.t", "");
	text_file("a.t", "#!/usr/bin/perl\nuse Test::More tests => 2;\nis(4, 5, 'four');\nok(1);\n");
	r = e2e_run(driver, "a.t");
	e2e_like(r.out, "\nnot ok 1 - four\n    at \\./a\\.t line 3\\.\n           got: '4'\n      expected: '5'\nDubious");
	e2e_is_int(count(r.err, "expected"), 0);
	r = e2e_run(driver, "-m", "a.t");
	e2e_is_int(count(r.out, "expected: '5'"), 1);
	e2e_is_int(count(e2e_run(driver, "-v", "a.t").err, "expected: '5'"), 1);
}

/* ---- tests that came to no end ---- */

E2E_TEST(last_lines, .timeout = 120)
{
	script("a.t", "echo 1..3; echo not ok 1 - x; echo '# of x'; echo ok 2 - begun; echo '# waiting for the server'; [ \"$1\" != hang ] || sleep 100; kill -SEGV $$\n");
	told("a crash", "not ok 1 - x\n  of x\nIts last lines:\n  ok 2 - begun\n  # waiting for the server\n", "of x", "title=a.t::x%0A  of x");
	script("a.t", "echo 1..3; echo ok 1 - begun; printf 'half a\\0 \\033[2J line'; exit 3\n");
	told("an exit", "Its last lines:\n  1..3\n  ok 1 - begun\n  half a? \\x1b[2J line\nDubious", "Exit status 3",
	     "title=a.t::Exit status 3%0ABad plan.  You planned 3 tests but ran 1.%0AIts last lines:%0A  1..3%0A  ok 1 - begun%0A  half a? \\x1b[2J line");
	script("a.t", "echo 1..3; echo ok 1 - begun; echo '# waiting for the server'; sleep 100\n");
	e2e_like(e2e_run(driver, "--timeout", "2", "--junit", "out.xml", "a.t").out, "^a\\.t \\.\\. \nIts last lines:\n  1\\.\\.3\n  ok 1 - begun\n  # waiting for the server\nTimed out after 2 s");
	e2e_ok(strstr(read_file("out.xml"), "\nIts last lines:\n  1..3\n") != NULL, "JUnit");
	e2e_is_int(count(e2e_run(driver, "--timeout", "2", "-v", "a.t").out, "waiting"), 1);
	stream("a.t", "1..3\nok 1\nok 2\n", 0);
	e2e_unlike(e2e_run(driver, "a.t").out, "last lines", "nothing but numbers tells nothing");
}

E2E_MAIN()
