/* Sets, arrays and near numbers: equal ones here, t/core/broken/collections.c has those that differ. */
#include "../golden.h"

E2E_TEST(sets)
{
	const char *a[] = {"x", "y", "y", NULL}, *b[] = {"y", "x", "y", NULL}, *none[] = {NULL};

	e2e_is_set(a, b);
	e2e_is_set(none, none);
	e2e_is_set((const char **)NULL, NULL, "of %s", "nothing");
}

E2E_TEST(arrays)
{
	static const signed char chars[] = {-1, 0, 1};
	static const long long longs[] = {-1, 0, 1};
	static const float floats[] = {-1, 0, 1};
	static const bool bools[] = {true, false}, same[] = {true, false};
	static const uint64_t huge[] = {UINT64_MAX};
	static const int64_t minus[] = {-1};
	static const long double reals[] = {-1, 0, 1};
	double nan = strtod("nan", NULL), nans[] = {nan, 1}, others[] = {nan, 1};
	int evaluated = 0;

	e2e_is_array(chars, longs, 3);
	e2e_is_array(floats, chars, 3, "%d numbers", 3);
	e2e_is_array(reals, floats, 3);
	e2e_is_array(bools, same, 2);
	e2e_is_array(nans, others, 2);
	e2e_is_array(chars, floats, 0 * (size_t)evaluated++);
	e2e_is_int(evaluated, 1);
	e2e_ok(!e2e__collection_equal(&(struct e2e__number){false, E2E__INTEGER(huge[0]), 0},
		&(struct e2e__number){false, E2E__INTEGER(minus[0]), 0}));
}

E2E_TEST(near_numbers)
{
	e2e_is_near(1.01, 1, .02);
	e2e_is_near(-99, -100, .01);
	e2e_is_near(0, 0, 0);
	e2e_is_near(1e308 * 10, 1e308 * 10, 0, "infinity");
}

E2E_TEST(reports, .timeout = 120)
{
	golden("collections", "sets", 1);
	golden("collections", "arrays", 1);
	golden("collections", "near_numbers", 1);
}

E2E_MAIN()
