/* .prove: the state that prove and Perl's prove share. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

static const char *chosen(const char *program, const char *words)
{
	return e2e_run(program, "-D", words).out;
}

E2E_TEST(what_is_written)
{
	const char *text;

	stream("t/a.t", "1..1\nok 1\n", 0);
	stream("t/b c.t", "1..2\nnot ok 1\nok 2 # TODO x\n", 3);
	e2e_run(driver, "--state=save");
	text = read_file(".prove");
	e2e_like(text, "^---\ngeneration: 1\nlast_run_time: [0-9.]+\ntests:\n");
	e2e_like(text, "\n  t/a\\.t:\n    elapsed: [0-9.]+\n    gen: 1\n    last_pass_time: [0-9.]+\n    last_result: 0\n"
		       "    last_run_time: [0-9.]+\n    last_todo: 0\n    seq: 1\n    total_passes: 1\n");
	e2e_like(text, "\n  \"t/b c\\.t\":\n    elapsed: [0-9.]+\n    gen: 1\n    last_fail_time: [0-9.]+\n    last_result: 3\n"
		       "    last_run_time: [0-9.]+\n    last_todo: 1\n    seq: 2\n    total_failures: 1\nversion: 1\n\\.\\.\\.\n$");
	e2e_run(driver, "--state=save");
	e2e_like(read_file(".prove"), "generation: 2\n.*total_passes: 2\n.*total_failures: 2\n");
}

static const char *const cases =
	"#include \"e2e.h\"\n"
	"E2E_TEST(one) { e2e_ok(1); }\n"
	"E2E_TEST(two_of_them) { e2e_ok(access(\"mended\", F_OK) == 0); }\n"
	"E2E_TEST(three) { e2e_ok(access(\"whole\", F_OK) == 0); }\n"
	"E2E_MAIN()\n";

E2E_TEST(resume_with_the_case_that_failed)
{
	e2e_result r;

	e2e_require_command("cc");
	e2e_setenv("CFLAGS", e2e_printf("-O0 -I%s", started_in));
	stream("a.t", "1..1\nok 1\n", 0);
	text_file("b.c", cases);
	text_file("c.c", cases);
	e2e_is_int(e2e_run(driver, "-Q", "--state=save", "a.t", "b.c", "c.c").status, 1);
	e2e_like(read_file(".prove"), "\n    failed_case: two_of_them\n    failed_gen: 1\n    gen: 1\n");
	e2e_is_str(e2e_run(driver, "-D", "-R", "a.t", "b.c", "c.c").out, "b.c\nc.c\n");

	text_file("mended", "");
	r = e2e_run(driver, "-R", "-v", "--state=save", "a.t", "b.c", "c.c");
	e2e_like(r.out, "^# b\\.c begins with the case two_of_them\nb\\.c \\.\\. \nTAP version 14\n1\\.\\.2\n");
	e2e_like(r.out, "\nc\\.c \\.\\. \nTAP version 14\n1\\.\\.3\n", "the tests behind it are run whole");
	e2e_like(read_file(".prove"), "\n    failed_case: three\n    failed_gen: 2\n");

	text_file("whole", "");
	text_file("b.c", "#include \"e2e.h\"\nE2E_TEST(other) { e2e_ok(1); }\nE2E_MAIN()\n");
	r = e2e_run(driver, "-R", "--retry", "1", "-j2", "--state=save", "a.t", "b.c", "c.c");
	e2e_is_int(r.status, 0, "a case of another name by now");
	e2e_like(r.out, "^# b\\.c begins with the case three\nb\\.c \\.\\. ok\nc\\.c \\.\\. ok\n.*Tests=4,");
	e2e_unlike(read_file(".prove"), "failed_case");
	e2e_like(e2e_run(driver, "-R", "a.t").out, "^# the last run had no failure to go on from: all tests run\n");
}

/* Each reads what the other one wrote, and keeps it. */
E2E_TEST(shared_with_perl)
{
	static const char *const words[] = {"--state=failed", "--state=passed", "--state=todo", "--state=hot", "--state=last", "--state=all"};
	e2e_result r;

	e2e_require_command("prove");
	e2e_require_command("perl");
	stream("t/a.t", "1..1\nok 1\n", 0);
	stream("t/b #\"c\\'\": d.t", "1..1\nnot ok 1\n", 1);
	stream("t/c\tnew\nline.t", "1..1\nok 1 # TODO x\n", 0);
	stream("t/d\303\251.t", "1..1\nok 1\n", 0);

	r = e2e_run("prove", "-Q", "-e", "", "--state=save", "t/a.t", "t/b #\"c\\'\": d.t", "t/d\303\251.t", "t/c\tnew\nline.t");
	e2e_like(r.out, "Result: ");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		e2e_is_str(chosen(driver, words[i]), chosen("prove", words[i]), "%s, as Perl wrote it", words[i]);

	r = e2e_run(driver, "-Q", "--state=save", "t");
	e2e_like(r.out, "Result: FAIL");
	e2e_like(read_file(".prove"), "^---\ngeneration: 2\n");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		e2e_is_str(chosen("prove", words[i]), chosen(driver, words[i]), "%s, as we wrote it", words[i]);
	r = e2e_run("prove", "-Q", "-e", "", "--state=save", "t/a.t");
	e2e_is_str(r.err, "");
	e2e_like(read_file(".prove"), "^---\ngeneration: 3\n");
	e2e_is_str(chosen(driver, "--state=last"), "t/a.t\n");
}

E2E_TEST(forms_of_words)
{
	static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};

	text_file(".prove", "---\ngeneration: 4\ntests:\n  'it''s':\n    gen: 4\n    seq: 1\n  \"a\\x41\\\"\\\\\\tb\":\n"
			    "    gen: 4\n    last_pass_time: ~\n    seq: 2\n  x:y.t:\n    gen: 3\n    seq: 3\nversion: 1\n...\n");
	for (size_t i = 0; i < 4; i++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		e2e_is_str(chosen(driver, "--state=all"), "it's\naA\"\\\tb\nx:y.t\n", "%s", awks[i]);
		e2e_is_str(chosen(driver, "--state=last"), "it's\naA\"\\\tb\n", "%s", awks[i]);
	}
}

/* What has another form is left alone until it is to be replaced */
E2E_TEST(what_is_no_state)
{
	e2e_result r;

	stream("a.t", "1..1\nok 1\n", 0);
	text_file(".prove", "---\nversion: 1\n");
	r = e2e_run(driver, "--state=failed");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "^prove: \\.prove is not a state of this prove;");
	text_file(".prove", "e2e prove state 1 7\n1\t0\t9.000\t1\t1\t2\t3\t1\t1\t7\ta.t\n");
	e2e_is_str(chosen(driver, "--state=failed"), "a.t\n", "the form that it had before");
	e2e_run(driver, "--state=save", "a.t");
	e2e_like(read_file(".prove"), "^---\ngeneration: 8\n.*total_failures: 1\n    total_passes: 3\n");
}

E2E_MAIN()
