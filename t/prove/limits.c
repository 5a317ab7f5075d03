/* How long a test may take: what it says itself, what rules and --timeout say; what a compiler takes is no time of a test. */
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

static e2e_result prove(const char *a, const char *b, const char *c)
{
	return e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, a, b, c);
}

E2E_TEST(a_comment_of_the_test, .timeout = 300)
{
	static const char *const lines[] = {"# prove: timeout=0.5", "#prove:timeout=0.5 ", "## prove: timeout=.5", "# one\n#\n# prove: timeout=0.5\n"};

	for (size_t i = 0; i < sizeof awks / sizeof *awks; i++) {
		e2e_result r;

		if (!use(awks[i]))
			continue;
		script("t/a.t", e2e_printf("%s\necho 1..1; sleep 600\n", lines[i]));
		script("t/b.t", "echo 1..1; sleep 1; echo ok 1\n");
		r = prove(i % 2 ? "-j2" : "-j1", "-r", "t");
		e2e_is_int(r.status, 1);
		e2e_like(r.out, "\nTimed out after 0\\.5 s; ended with all it had started\n", "%s", lines[i]);
		e2e_like(r.out, "\nt/b\\.t \\.+ ok\n");
	}
}

E2E_TEST(what_is_no_limit, .timeout = 120)
{
	e2e_result r;

	script("t/a.t", "# prove: timeout=soon\necho 1..1; sleep 1; echo ok 1\n");
	script("t/b.t", "echo '# prove: timeout=0.1' >/dev/null; echo 1..1; sleep 1; echo ok 1\n");
	script("t/c.t", "cat >/dev/null <<'END'\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n21\n22\n23\n24\n25\n26\n27\n28\n"
	                "29\n# prove: timeout=0.1\nEND\necho 1..1; sleep 1; echo ok 1\n");
	r = prove("-j3", "-r", "t");
	e2e_is_int(r.status, 0, "%s", r.out);
	e2e_is_str(r.err, "prove: t/a.t: \"# prove: timeout=soon\" says no limit: write prove: timeout=SECONDS, or 0 for none\n", "and once");
}

/* A rule says more than the test, and the test more than --timeout. */
E2E_TEST(what_counts_more, .timeout = 180)
{
	e2e_result r;

	script("long.t", "# prove: timeout=100\necho 1..1; sleep 2; echo ok 1\n");
	script("free.t", "# prove: timeout=0\necho 1..1; sleep 2; echo ok 1\n");
	script("bare.t", "echo 1..1; sleep 600\n");
	r = e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, "-j3", "--timeout", "1", "long.t", "free.t", "bare.t");
	e2e_like(r.out, "^long\\.t \\.\\. ok\nfree\\.t \\.\\. ok\nbare\\.t \\.\\. \nTimed out after 1 s; ");
	r = e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, "--rules", "timeout:l*=0.5", "long.t");
	e2e_like(r.out, "^long\\.t \\.\\. \nTimed out after 0\\.5 s; ");
}

/* The comment is in the source, be that compiled by prove or before. */
E2E_TEST(programs, .timeout = 180)
{
	e2e_result r;

	text_file("t/x.c", "#include <unistd.h>\n\n/* prove: timeout=0.5 */\nint main(void) { sleep(600); return 0; }\n");
	r = e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, "t/x.c");
	e2e_like(r.out, "\nTimed out after 0\\.5 s; ");
	e2e_is_int(e2e_run("cc", "-o", "t/x.t", "t/x.c").status, 0);
	r = prove("-j2", "t/x.t", "t/x.t");
	e2e_like(r.out, "\nTimed out after 0\\.5 s; ");
	e2e_is_int(rename("t/x.t", "t/y.t"), 0);
	r = e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, "--timeout", "0.6", "t/y.t");
	e2e_like(r.out, "\nTimed out after 0\\.6 s; ", "without its source");
}

/* A cold cache and a slow compiler take nothing of a short limit. */
E2E_TEST(a_slow_compiler, .timeout = 180)
{
	e2e_result r;

	script("slow_cc", "sleep 3; exec cc \"$@\"\n");
	text_file("a.c", "#include <stdio.h>\nint main(void) { puts(\"1..1\\nok 1\"); return 0; }\n");
	text_file("b.c", "#include <stdio.h>\n#include <unistd.h>\nint main(void) { puts(\"1..1\\nok 1 - before\"); fflush(stdout); sleep(600); return 0; }\n");
	e2e_setenv("CC", e2e_printf("%s/slow_cc", e2e_tmpdir()));
	r = e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, "--timeout", "2", "a.c", "b.c");
	e2e_like(r.out, "^a\\.c \\.\\. ok\nb\\.c \\.\\. \n");
	e2e_like(r.out, "\nIts last lines:\n  1\\.\\.1\n  ok 1 - before\nTimed out after 2 s; ", "its own time is limited");
}

/* Each try compiles what did not build anew, and the compiler's message is not lost over it. */
E2E_TEST(a_slow_compiler_and_a_second_try, .timeout = 180)
{
	e2e_result r;

	script("slow_cc", "sleep 3; exec cc \"$@\"\n");
	text_file("a.c", "int nowhere(void);\nint main(void) { return nowhere(); }\n");
	e2e_setenv("CC", e2e_printf("%s/slow_cc", e2e_tmpdir()));
	r = e2e_run_with((e2e_spawn_opts){.timeout = 100}, driver, "--retry", "1", "--rules", "timeout:a.c=1", "a.c");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok 1 - compile a\\.c\n");
	e2e_unlike(r.out, "Timed out");
	e2e_like(r.err, "nowhere", "the linker's message");
}

E2E_MAIN()
