/* Failing comparisons of sets, arrays and near numbers. Run by t/core/collections.c. */
#include "e2e.h"

E2E_TEST(sets)
{
	const char *got[] = {"b", "a", "a", NULL}, *want[] = {"a", "b", "c", NULL}, *none[] = {NULL};

	e2e_is_set(got, want);
	e2e_is_set(want, none, "nothing is wanted of %s", "it");
	e2e_is_set(got, NULL);
}

E2E_TEST(arrays)
{
	static const int got[] = {1, 2, 3, 4};
	static const unsigned char want[] = {1, 2, 4, 4}, all[4] = {200, 201, 202, 203};
	double many[20] = {0}, zero[20] = {0};
	size_t i;

	for (i = 5; i < 20; i++)
		many[i] = (double)i / 8;
	e2e_is_array(got, want, 4);
	e2e_is_array(got, all, 4, "all of %d", 4);
	e2e_is_array(many, zero, 20);
	e2e_is_array(got, (const int *)NULL, 4);
}

E2E_TEST(near_numbers)
{
	e2e_is_near(1.5, 1, .25);
	e2e_is_near(0.001, 0, 1, "nothing is near 0");
	e2e_is_near(1, 1, -1);
	e2e_is_near(1e308 * 10, 1, 1);
}

E2E_MAIN()
