/* own_options.c - a test with an option of its own: how many rounds of chance it takes.
 *
 *	make examples/own_options.t && examples/own_options.t --help
 *	examples/own_options.t --rounds 100000                 on a quiet night
 *	./prove examples/own_options.t :: --rounds 100000      the same by prove
 *	E2E_OPT_ROUNDS=100000 ./prove examples                 for all programs that know the option
 *
 * A queue is compared with a model that is too simple to be wrong, by operations that e2e_rand() chooses. Where they
 * differ, `repeat:` in the report is the command that does the same once more: with the same seed, and --rounds if it was
 * given. */
#include "e2e.h"

/* What is tested: a queue of at most eight numbers, in a ring. */
struct queue {
	int at[8];
	unsigned first, n;
};

static bool queue_put(struct queue *q, int value)
{
	if (q->n == 8)
		return false;
	q->at[(q->first + q->n++) % 8] = value;
	return true;
}

static bool queue_take(struct queue *q, int *value)
{
	if (!q->n)
		return false;
	*value = q->at[q->first];
	q->first = (q->first + 1) % 8;
	q->n--;
	return true;
}

/* No semicolon: it defines the function e2e_option_rounds(), which is NULL where the option wasn't given. */
E2E_OPTION(rounds, "--rounds", "N", "how many operations to try (1000)")
E2E_OPTION(trace, "--trace", NULL, "tell of each of them")

static int rounds(void)
{
	const char *given = e2e_option_rounds();
	int n = given ? atoi(given) : 1000;

	if (n < 1)
		e2e_bail_out("--rounds %s: expected a number from 1 on", given);
	return n;
}

/* The same operations for both sides; what is taken was put in that order. */
static void compare(struct queue *q, int n)
{
	int put = 0, taken = 0, i;

	for (i = 0; i < n; i++) {
		bool puts = e2e_rand() % 2;
		int value = -1;

		if (e2e_option_trace())
			e2e_note("%d of %d waiting: %s", put - taken, 8, puts ? "put" : "take");
		if (puts) {
			e2e_must(e2e_is_int(queue_put(q, put), put - taken < 8, "round %d: there is room", i));
			put += put - taken < 8;
		} else {
			e2e_must(e2e_is_int(queue_take(q, &value), put > taken, "round %d: there is one", i));
			if (put > taken)
				e2e_must(e2e_is_int(value, taken++, "round %d: the oldest one", i));
		}
	}
}

E2E_TEST(a_queue_is_in_order)
{
	struct queue q = {{0}, 0, 0};

	compare(&q, rounds());
}

/* What a failure shows. The queue begins with one that nobody has put there: which round finds it depends on the seed. */
E2E_TEST(a_wrong_queue_is_found_out, .todo = "shows what a failure looks like")
{
	struct queue q = {{0}, 0, 1};

	compare(&q, rounds());
}

E2E_MAIN()
