/* Rows and pairs as cases of their own, some of which fail. Run by t/core/each.c. */
#include "e2e.h"

struct sum {
	const char *name;
	int a, b, sum;
};
static const struct sum sums[] = {{"small", 1, 2, 3}, {"crashes (a+b)", 0, 0, 0}, {"last", 2, 2, 5}};

E2E_TEST_EACH(adds, sums)
{
	const struct sum *r = e2e_row(struct sum);

	if (r->a == 0)
		raise(SIGSEGV);
	e2e_is_int(r->a + r->b, r->sum, "%d + %d", r->a, r->b);
}

static const int squares[][2] = {{1, 1}, {2, 4}, {3, 8}};
typedef int pair_of_ints[2];

E2E_TEST_EACH(squares, squares, .tags = "numbers", .timeout = 5)
{
	const pair_of_ints *r = e2e_row(pair_of_ints);

	e2e_is_int((*r)[0] * (*r)[0], (*r)[1]);
}

static const char *const words[] = {"same", "same", "two\nlines"};

E2E_TEST_EACH(words, words)
{
	e2e_is_str(*e2e_row(const char *), "same");
}

static const struct sum *const wrong = sums;
static const int unequal[] = {1};

E2E_TEST_EACH(wrong_type, unequal)
{
	e2e_is_double(*e2e_row(double), 1, 0);
}

E2E_TEST(no_row)
{
	e2e_is_ptr(e2e_row(struct sum), wrong);
}

struct client {
	const char *name;
	int version;
};
static const struct client senders[] = {{"C", 1}, {"Python", 2}};
static const struct client receivers[] = {{"C", 1}, {"Rust", 3}};

E2E_TEST_MATRIX(talk, senders, receivers)
{
	const struct client *s = e2e_row(struct client), *r = e2e_column(struct client);

	if (s->version == 1 && r->version == 3)
		abort();
	e2e_cmp_int(s->version, "<=", r->version);
}

E2E_TEST(rows_of_a_case)
{
	static const char *const names[] = {"one", "two", "three"};

	e2e_each(i, 3, "row %s", names[i])
	{
		if (i == 1)
			e2e_skip("not today");
		e2e_isnt_str(names[i], "three");
	}
}

E2E_MAIN()
