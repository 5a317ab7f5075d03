/* stderr of a case is kept with the case, and goes on to the program's: t/core/broken/heard.c talks. */
#include "../golden.h"

/* The text of assert() is each libc's own. */
E2E_TEST(the_text_of_assert, .timeout = 120)
{
	e2e_result r = e2e_run(broken("heard"), "-k", "^asserts$");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n  message: \"died of SIGABRT after t/core/broken/heard.c:22\"\n"
			"  at: t/core/broken/heard.c:22\n"
			"  code: crash\n"
			"  stderr: \"[^\n]*(positive[^\n]*n > 0|n > 0[^\n]*positive)[^\n]*\"\n");
	e2e_like(r.err, "(^|\n)[^#][^\n]*(positive[^\n]*n > 0|n > 0[^\n]*positive)", "and it is seen at once, as without e2e");
}

E2E_TEST(complains, .timeout = 120)
{
	golden_stdout("heard", "complains", 1);
}

E2E_TEST(complains_in_lines, .timeout = 120)
{
	golden_stdout("heard", "complains_in_lines", 1);
}

/* The end of a log begins with the beginning of a line. */
E2E_TEST(ends_of_logs, .timeout = 120)
{
	e2e_result r = e2e_run(broken("heard"), "-k", "^logs_");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "the end of [^\n]*/things.log\\)\n    line 22 0{100,200} \\.\\.\\. 0+\\.\n    line 23 0+\\.\n");
	e2e_like(r.out, "/things.log\\)\n    line 2 0{100,200} \\.\\.\\. 0+\\.\n    line 3 00000\\.\n");
	e2e_like(r.out, "/things.log\\)\n    line 2 0{250}0{253}\\.\n    line 3 0+\\.\n");
}

E2E_TEST(child_complains, .timeout = 120)
{
	golden_stdout("heard", "child_complains", 1);
}

E2E_TEST(of_a_flood_both_ends, .timeout = 120)
{
	e2e_result r = e2e_run(broken("heard"), "-k", "^floods$");

	e2e_like(r.out, "\n  stderr: \\|\n    line 1 of many\n    line 2 of many\n");
	e2e_like(r.out, "\n    \\.\\.\\. [0-9]+ bytes \\.\\.\\.\n");
	e2e_like(r.out, "\n    line 49999 of many\n    line 50000 of many\n  duration_ms: ");
	e2e_cmp_int(strlen(r.out), "<", 10000);
	e2e_like(r.err, "^line 1 of many\nline 2 of many\n");
	e2e_like(r.err, "\nline 25000 of many\nline 25001 of many\n", "nothing is missing there");
}

/* Each case has its own; what passes shows none. */
E2E_TEST(each_has_its_own, .timeout = 120)
{
	e2e_result r = e2e_run(broken("heard"), "-k", "complains$|passes|says");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nok [0-9]+ - passes\n# Subtest: says_nothing\n");
	e2e_unlike(r.out, "said by what passed");
	e2e_unlike(strstr(r.out, "- passes\n"), "stderr:");
	e2e_like(r.err, "said by what passed");
	r = e2e_run(broken("heard"), "-k", "passes", "-v");
	e2e_like(r.out, "\n  stderr: [^\n]*said by what passed");
}

E2E_TEST(of_the_suite, .timeout = 120)
{
	e2e_result r;

	e2e_setenv("SUITE", "1");
	r = e2e_run(broken("heard"), "-k", "passes");
	e2e_like(r.out, "\nnot ok 1 - suite set-up\n  ---\n(  [^\n]*\n)*  stderr: \"the suite: it is over\"\n");
}

E2E_TEST(of_an_exception, .timeout = 120)
{
	const char *dir = e2e_tmpdir(), *cxx = getenv("CXX") ? getenv("CXX") : "c++";
	char *here = realpath(".", NULL);
	e2e_result r;

	e2e_require_command(cxx);
	e2e_setenv("HERE", here ? here : "");
	free(here);
	e2e_setenv("CXX", cxx);
	e2e_chdir(dir);
	r = e2e_run("sh", "-c",
		    "printf '#include \"e2e.h\"\\n#include <stdexcept>\\n"
		    "E2E_TEST(throws) { throw std::runtime_error(\"no route to the moon\"); }\\nE2E_MAIN()\\n' >x.cc\n"
		    "$CXX -I\"$HERE\" -o x x.cc && { ulimit -c 0; ./x; }");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n  stderr: (\\||\")[^.]*no route to the moon");
}

/* prove's report and JUnit have it by the case. */
E2E_TEST(in_the_reports, .timeout = 120)
{
	const char *junit = e2e_printf("%s/junit.xml", e2e_tmpdir()), *text;
	e2e_result r;

	setenv("ASAN_OPTIONS", "handle_segv=0:handle_abort=0", 1);
	r = e2e_run("./prove", "--junit", junit, broken("heard"), "::", "-k", "^complains$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "stderr: [^\n]*cannot open things.conf");
	text = e2e__file_read(junit, NULL);
	text = text ? strstr(text, "<failure") : NULL;
	e2e_like(text, "^[^<]*<failure|^<failure");
	e2e_like(text, "cannot open things.conf");
	e2e_cmp_int(text ? strstr(text, "things.conf") - text : -1, "<", text ? strstr(text, "</testcase>") - text : 0);
}

E2E_MAIN()
