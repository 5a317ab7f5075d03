/* What the tested code says on stderr: t/core/heard.c looks for it in the case's block, and on stderr. */
#include "e2e.h"
#include <assert.h>
#include <sys/resource.h>

E2E_SUITE_SETUP()
{
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	if (getenv("SUITE"))
		fprintf(stderr, "the suite: it is over\n"), abort();
}

static int positive(int n)
{
	assert(n > 0);
	return n;
}

E2E_TEST(asserts)
{
	e2e_pass("before");
	positive(-1);
}

E2E_TEST(complains)
{
	fprintf(stderr, "cannot open things.conf: No such file or directory\n");
	e2e_fail("it doesn't start");
}

E2E_TEST(complains_in_lines)
{
	fprintf(stderr, "  one\ntwo: \"quoted\"\n\n\033[31mred\033[0m\n");
	e2e_fail("several lines");
}

E2E_TEST(floods)
{
	int i;
	for (i = 1; i <= 50000; i++)
		fprintf(stderr, "line %d of many\n", i);
	e2e_fail("after all that");
}

E2E_TEST(child_complains)
{
	pid_t pid = fork();
	if (pid == 0) {
		fprintf(stderr, "said by the child\n");
		_exit(3);
	}
	waitpid(pid, NULL, 0);
	e2e_fail("the child failed");
}

E2E_TEST(passes)
{
	fprintf(stderr, "said by what passed\n");
	e2e_pass();
}

/* A log of which a report shows the end. */
static FILE *log_of_the_case(void)
{
	const char *path = e2e_printf("%s/things.log", e2e_tmpdir());
	FILE *f = fopen(path, "w");

	e2e__hook_evidence("things", path);
	return f;
}

static void line_of(FILE *f, int number, int length)
{
	fprintf(f, "line %d %0*d.\n", number, length, 0);
}

E2E_TEST(logs_long_lines)
{
	FILE *f = log_of_the_case();

	for (int i = 1; i <= 30; i++)
		line_of(f, i, 500);
	fclose(f);
	e2e_fail("the end of the log begins in a line of 500");
}

E2E_TEST(logs_a_longer_line)
{
	FILE *f = log_of_the_case();

	line_of(f, 1, 5);
	line_of(f, 2, 20000);
	line_of(f, 3, 5);
	fclose(f);
	e2e_fail("the end of the log begins in a line of 20000");
}

/* As many bytes as are shown, so that these begin with a line. */
E2E_TEST(logs_whole_lines)
{
	FILE *f = log_of_the_case();

	for (int i = 1; i <= 9; i++)
		line_of(f, i, 512 - 9);
	fclose(f);
	e2e_fail("the end of the log begins with a line");
}

E2E_TEST(says_nothing)
{
	e2e_fail("without a word");
}

E2E_MAIN()
