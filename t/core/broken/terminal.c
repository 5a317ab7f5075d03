/* What a program tells on a terminal. Run by t/core/terminal.c. */
#include "e2e.h"

E2E_TEST(passes)
{
	e2e_note("a note");
	e2e_pass();
}

E2E_TEST(fails)
{
	const char *got = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\ntwelve\nthirteen\nfourteen\nfifteen\n";
	const char *want = "one\n2\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\ntwelve\nthirteen\nfourteen\nfifteen\n";

	printf("said\n");
	e2e_is_int(1 + 1, 3, "a sum of %d", 2);
	e2e_pass("that passes");
	e2e_is_str(got, want);
	e2e_like(got, "four[0-9]");
}

E2E_TEST(subtests)
{
	e2e_subtest("row 1") e2e_pass();
	e2e_subtest("row 2") e2e_is_int(2, 1);
	e2e_todo("not yet") e2e_is_int(3, 1);
}

E2E_TEST(skips)
{
	e2e_skip("nothing to do");
}

E2E_TEST(known, .todo = "issue 4")
{
	e2e_is_int(1, 2);
}

E2E_TEST(crashes)
{
	e2e_pass("before");
	raise(SIGTERM);
}

E2E_TEST(many)
{
	int i;

	for (i = 0; i < 100; i++)
		e2e_is_int(i, -1);
}

/* Failures that begin alike, in one place. */
E2E_TEST(alike)
{
	static const int got[] = {1, 2}, want[] = {3, 4};
	int i;

	for (i = 0; i < 3; i++)
		e2e_is_array(got + i / 2, want + i / 2, 1);
}

E2E_TEST(matches)
{
	const char *got = "one\ntwo\n";

	e2e_like(got, "three");
}

E2E_TEST(dies)
{
	e2e_dies(1)
	{
		fprintf(stderr, "no such option\n");
		exit(2);
	}
}

E2E_TEST(last)
{
	e2e_pass();
}

E2E_MAIN()
