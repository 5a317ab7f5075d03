/* One case of each kind of end. t/core/everywhere.c runs them where something is missing, and the report has to be the same. */
#include "e2e.h"

static bool build(const char *folder, void *arg)
{
	const char *path = e2e_printf("%s/made", folder);
	FILE *f = fopen(path, "w");

	(void)arg;
	return f && fputs("once\n", f) >= 0 && fclose(f) == 0;
}

E2E_TEST(passes)
{
	const char *folder = e2e_tmpdir(), *path = e2e_printf("%s/file", folder);
	FILE *f = fopen(path, "w");

	e2e_must(e2e_ok(f != NULL, "the case's folder can be written"));
	e2e_ok(fputs("kept\n", f) >= 0 && fclose(f) == 0);
	e2e_subtest("what was written") {
		size_t size = 0;

		e2e_is_str(e2e_read_file(path, &size), "kept\n");
		e2e_is_int(size, 5);
	}
	e2e_is_double(0.1 + 0.2, 0.3, 1e-9);
}

E2E_TEST(caches)
{
	const char *folder = e2e_cached("everywhere", "1", build, NULL);

	e2e_is_str(e2e_read_file(e2e_printf("%s/made", folder), NULL), "once\n");
}

E2E_TEST(fails)
{
	printf("said before\n");
	e2e_is_int(1, 2);
	e2e_is_str("one\ntwo\n", "one\nthree\n");
}

E2E_TEST(dies)
{
	e2e_pass("before");
	abort();
}

E2E_TEST(exits)
{
	e2e_pass("before");
	exit(3);
}

E2E_TEST(hangs, .timeout = 0.3)
{
	e2e_pass("before");
	for (;;)
		pause();
}

E2E_TEST(leaves_a_process)
{
	int ready[2];
	char byte;
	pid_t child;

	e2e_must(e2e_is_int(pipe(ready), 0));
	child = fork();
	if (child < 0)
		e2e_must(e2e_fail("no process is to be had"));
	if (child == 0) {
		setpgid(0, 0);
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	e2e_is_int(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
}

E2E_TEST(leaves_a_descriptor)
{
	e2e_cmp_int(open("/", O_RDONLY), ">=", 0);
}

E2E_TEST(skips)
{
	e2e_skip("not today");
}

E2E_TEST(last)
{
	e2e_pass();
}

E2E_MAIN()
