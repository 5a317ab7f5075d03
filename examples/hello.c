/* hello.c - the smallest test file, and what a failure shows.
 *
 *	cc -I. -o examples/hello.t examples/hello.c && examples/hello.t
 *
 * Each case is a function. Assertions go on after a failure, so that one run tells as much as it can; e2e_must() is for
 * those without which the rest makes no sense. Change a number below and run it again: the report has the line, the
 * expression and both values. */
#include "e2e.h"

static int answer(void)
{
	return 6 * 7;
}

E2E_TEST(answers_are_right)
{
	e2e_is_int(answer(), 42);
	e2e_is_str("forty" "-" "two", "forty-two");
	e2e_like("the answer is 42", "[0-9]+$", "with a description of %s", "its own");
}

E2E_TEST(groups_of_checks_are_subtests)
{
	int i;
	for (i = 1; i <= 3; i++)
		e2e_subtest("times %d", i)
		{
			e2e_cmp_int(answer() * i, ">=", 42);
			e2e_is_int(answer() * i % 42, 0);
		}
}

E2E_TEST(a_crash_stays_in_its_case, .todo = "shows what a crash looks like")
{
	e2e_pass("so far, so good");
	raise(SIGSEGV);
}

E2E_TEST(and_the_next_one_runs)
{
	e2e_pass();
}

E2E_MAIN()
