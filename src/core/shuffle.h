#pragma once
#include "base.h"
#include "state.h"
#include "case.h"
#include "memory.h"
#include "clock.h"
#include "files.h"
#include "options.h"

/* @manual Cases in another order
 *	`./x.t --shuffle` runs the cases in an order of chance, to find those that need others
 *	before them: by what is left in a database, or in the process of .fork = 0. The first lines
 *	tell the number that repeats the order: --shuffle=4711. With -k and that number the cases
 *	that are left keep their order, so the one that spoils it is found by halves. --list shows
 *	the order. `prove --shuffle` is about programs; `prove x.t :: --shuffle` passes it on.
 */

/* @implementation */

/* A case and its place. */
struct e2e__place {
	uint64_t key;
	size_t before; /* its place by definition */
	struct e2e__case *c;
};

E2E__FN int e2e__shuffle_compare(const void *a, const void *b)
{
	const struct e2e__place *p = (const struct e2e__place *)a;
	const struct e2e__place *q = (const struct e2e__place *)b;

	if (p->key != q->key)
		return p->key < q->key ? -1 : 1;
	return p->before < q->before ? -1 : 1;
}

/* The number that an order comes from: what was given, else the seed. It is given from then on. */
E2E__FN void e2e__shuffle_choose(void)
{
	const char *given = e2e__state.opt[E2E__SHUFFLE];

	if (given && given[strspn(given, "0123456789")])
		e2e__state.opt[E2E__SHUFFLE] =
			e2e_printf("%llu", (unsigned long long)e2e__state.seed);
}

/* Sorts the cases by what chance makes of their names: so the others stay as they are where one is
 * left out. */
E2E__FN void e2e__shuffle(void)
{
	const char *given = e2e__state.opt[E2E__SHUFFLE];
	uint64_t number = given ? strtoull(given, NULL, 10) : 0, mix;
	struct e2e__case *c, **end = &e2e__state.cases;
	struct e2e__place *places;
	size_t n = 0, i;

	for (c = e2e__state.cases; c; c = c->next)
		n++;
	if (!given || !n)
		return;
	places = (struct e2e__place *)e2e__memory_alloc(n * sizeof *places);
	for (c = e2e__state.cases, i = 0; c; c = c->next, i++) {
		mix = e2e__file_hash(c->name) ^ number * 0x9e3779b97f4a7c15u;
		places[i].key = e2e__clock_mix(&mix);
		places[i].before = i;
		places[i].c = c;
	}

	qsort(places, n, sizeof *places, e2e__shuffle_compare);
	for (i = 0; i < n; i++) {
		*end = places[i].c;
		end = &places[i].c->next;
	}
	*end = NULL;
}
