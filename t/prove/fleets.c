/* Runs that are shared out to several machines: one plan, its parts, and one report from all. The recipes of the manual for
 * GitLab and GitHub run here with the variables of their jobs; those for GNU parallel and Slurm are in outside.c. */
#include "driver.h"

E2E_SETUP()
{
	enter();
}

/* Seven tests, of which 3 fails and 5 is slow, as the state says */
static void make_tests(void)
{
	const char *state = "---\ngeneration: 1\ntests:\n";

	for (int i = 0; i < 7; i++) {
		stream(e2e_printf("t/%d.t", i), i == 3 ? "1..1\nnot ok 1 - bad\n" : "1..1\nok 1\n", i == 3);
		state = e2e_printf("%s  t/%d.t:\n    elapsed: %d\n    gen: 1\n", state, i, i == 5 ? 6 : 1);
	}
	text_file(".prove", e2e_printf("%sversion: 1\n...\n", state));
}

static const char *part(const char *shard)
{
	return e2e_run(driver, "-D", "--plan", "plan", "--shard", shard, "t").out;
}

E2E_TEST(a_plan)
{
	e2e_result r;

	make_tests();
	r = e2e_run(driver, "--plan", "plan", "--shard", "2", "t");
	e2e_is_int(r.status, 0);
	e2e_is_str(r.out, "# shard 1/2: 6.0 s\n# shard 2/2: 6.0 s\n");
	e2e_like(read_file("plan"), "^e2e prove plan 1 of 2 parts\n2\t1\\.000\tt/0\\.t\n.*\n1\t6\\.000\tt/5\\.t\n");
	unlink(".prove");
	e2e_is_str(part("1/2"), "t/5.t\n", "without any state");
	e2e_is_str(part("2/2"), "t/0.t\nt/1.t\nt/2.t\nt/3.t\nt/4.t\nt/6.t\n");

	/* what has come and gone since then */
	stream("t/new.t", "1..1\nok 1\n", 0);
	unlink("t/0.t");
	e2e_is_str(part("1/2"), "t/5.t\nt/new.t\n");
	e2e_is_str(part("2/2"), "t/1.t\nt/2.t\nt/3.t\nt/4.t\nt/6.t\n");
	e2e_like(e2e_run(driver, "--plan", "plan", "--shard", "1/2", "t").out, "^# 1 test is not in the plan plan: shard 1 has it\n");
}

E2E_TEST(names_in_a_plan)
{
	static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};

	stream("t/a\tb\\c.t", "1..1\nok 1\n", 0);
	stream("t/new\nline.t", "1..1\nok 1\n", 0);
	for (size_t i = 0; i < 4; i++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		e2e_run(driver, "--plan", "plan", "--shard", "2", "t");
		e2e_is_str(part("1/2"), "t/a\tb\\c.t\n", "%s", awks[i]);
		e2e_is_str(part("2/2"), "t/new\nline.t\n", "%s", awks[i]);
	}
}

static void refused(const char *message, const char *option, const char *shard)
{
	e2e_result r = e2e_run(driver, option, "--shard", shard, "t");

	e2e_is_int(r.status, 2, "%s --shard %s", option, shard);
	e2e_is_str(r.err, message);
}

E2E_TEST(plans_that_do_not_fit)
{
	make_tests();
	e2e_run(driver, "--plan", "plan", "--shard", "2", "t");
	refused("prove: the plan plan is of 2 parts, not of 3: give --shard K/2\n", "--plan=plan", "1/3");
	refused("prove: none is no plan that may be read: --shard N --plan none writes one\n", "--plan=none", "1/3");
	refused("prove: .prove is no plan that may be read: --shard N --plan .prove writes one\n", "--plan=.prove", "1/3");
	refused("prove: --shard takes K/N with K from 1 to N, not \"2\"\n", "--count", "2");
	e2e_like(e2e_run(driver, "--plan", "plan", "t").err, "^prove: --plan takes --shard N, to write the plan, or --shard K/N, to follow it\n");
}

/* One report from all */
static void added_up(void)
{
	e2e_result r = e2e_run("sh", "-c", "\"$0\" --junit all.xml --html all.html out.*.tgz", driver);

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nFiles=7, Tests=7,");
	e2e_like(r.out, "\nt/3\\.t +\\(Wstat: 256 \\(exited 1\\) Tests: 1 Failed: 1\\)\n");
	e2e_like(read_file("all.xml"), "<testsuites [^>]*tests=\"7\"[^>]*failures=\"1\"");
	e2e_is_int(access("all.html", F_OK), 0);
}

E2E_TEST(jobs_of_gitlab)
{
	make_tests();
	for (int k = 1; k <= 3; k++) {
		e2e_setenv("CI_NODE_INDEX", e2e_printf("%d", k));
		e2e_setenv("CI_NODE_TOTAL", "3");
		e2e_run("sh", "-c", "\"$0\" -a out.$CI_NODE_INDEX.tgz t/", driver);
	}
	e2e_setenv("CI_NODE_INDEX", NULL);
	e2e_setenv("CI_NODE_TOTAL", NULL);
	added_up();
}

/* GitHub puts the values of the matrix into the command */
E2E_TEST(jobs_of_github)
{
	make_tests();
	e2e_setenv("CI", "true");
	e2e_setenv("GITHUB_ACTIONS", "true");
	e2e_run(driver, "--shard", "4", "--plan", "plan", "t/");
	for (int k = 1; k <= 4; k++)
		e2e_run("sh", "-c", e2e_printf("\"$0\" --github --shard %d/4 --plan plan -a out.%d.tgz t/", k, k), driver);
	added_up();
}

E2E_MAIN()
