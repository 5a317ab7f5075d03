#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "buf.h"
#include "memory.h"
#include "point.h"
#include "assertion.h"
#include "exits.h"
#include "subtest.h"
#include "limit.h"
#include "config.h"
#include "guards.h"

/* @interface */

/* run(row, column, arg) for every pair, as a subtest "row x column". Rows and columns are arrays
 * whose elements begin with (or are) a const char * name; run gets pointers to the elements. A
 * guard, e2e_must or timeout ends the pair only.
 * Filtered by --include-shim, --exclude-shim (names of rows and columns), --include-case,
 * --exclude-case (columns),
 * --include-pair "row x column". A matrix without any pair fails. */
#define e2e_matrix(rows, nrows, columns, ncolumns, run, arg) \
	e2e__matrix(E2E__AT, rows, sizeof *(rows), nrows, columns, sizeof *(columns), ncolumns, \
		run, arg)
typedef void e2e_pair_fn(const void *row, const void *column, void *arg);

E2E__FN void e2e__matrix(const char *file, int line, const void *rows, size_t row_size,
	size_t nrows, const void *columns, size_t column_size, size_t ncolumns, e2e_pair_fn *run,
	void *arg);

/* @implementation */

struct e2e__pair {
	e2e_pair_fn *run;
	const void *row, *column;
	void *arg;
};

E2E__FN void e2e__matrix_call_pair(void *arg)
{
	struct e2e__pair *p = (struct e2e__pair *)arg;

	p->run(p->row, p->column, p->arg);
}

enum { E2E__MANY_PAIRS = 10 };

/* Keeps the name of a failed pair for the command that repeats it. */
E2E__FN void e2e__matrix_note_pair(struct e2e__page *pg, const char *name)
{
	size_t used = strlen(pg->pairs_failed), n = strlen(name);

	pg->failed_pairs++;
	if (used + n + 2 > sizeof pg->pairs_failed)
		pg->failed_pairs = E2E__MANY_PAIRS + 1; /* not all can be named */
	else
		snprintf(pg->pairs_failed + used, sizeof pg->pairs_failed - used, "%s%s",
			used ? "\n" : "", name);
}

E2E__FN bool e2e__matrix_in_words(const char *list, const char *name);

/* Does a pair of this name pass --include-pair? `brief` is another name of it, or NULL. */
E2E__FN bool e2e__matrix_wanted_pair(const char *name, const char *brief)
{
	const char *list = e2e__state.opt[E2E__INCLUDE_PAIR];
	bool wanted = !list;
	uint64_t *hits = &e2e__state.pair_hits;
	size_t n, i;

	for (i = 0; list && *list; list += n + (list[n] == '\n'), i++) {
		const char *one = e2e__memory_strndup(list, n = strcspn(list, "\n"));

		if (strcmp(one, name) == 0 || (brief && strcmp(one, brief) == 0) ||
			e2e__matrix_in_words(one, name) ||
			(brief && e2e__matrix_in_words(one, brief))) {
			if (e2e__state.page)
				hits = &e2e__state.page->pair_hits;
			*hits |= (uint64_t)1 << (i < 63 ? i : 63);
			wanted = true;
		}
	}

	return wanted;
}

/* No pair of a matrix passes the filters. It is a mistake if no other matrix has one, or if there
 * are none at all. */
E2E__FN void e2e__matrix_no_pair(
	const char *file, int line, const char *what, const struct e2e__strings *names)
{
	e2e_failure f = {"the matrix has no pairs", NULL, NULL, "matrix",
		"it needs at least one row and one column", NULL};

	if (names->n == 0) {
		e2e_report(file, line, false, f.message, &f);
		return;
	}
	e2e_note("no pair of %s matches the filters; there are %s", what,
		e2e__assertion_list_text(names->at));
	e2e__state.page->unmatched++;
	snprintf(e2e__state.page->no_pair, sizeof e2e__state.page->no_pair,
		"no pair of %s matches the filters", what);
}

/* Runs a pair as a subtest of this name. What ends it ends nothing else. */
E2E__FN void e2e__matrix_run_pair(
	const char *file, int line, const char *name, void (*fn)(void *), void *arg)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__level *lv = &pg->level[pg->depth];
	int failed = lv->failed;
	bool skipped;

	e2e__subtest_open(file, line, name);
	pg->level[pg->depth].pair = 1;
	pg->pairs++;
	e2e__limit_landed(fn, arg, file, line, 0);
	skipped = pg->left != 0;
	pg->left = 0;
	e2e__subtest_end(file, line, skipped ? pg->why_left : NULL);
	lv->pairs++;
	if (lv->failed > failed)
		e2e__matrix_note_pair(pg, pg->level[pg->depth + 1].name);
	if (pg->bailed || pg->stop)
		e2e__exit_leave();
}

E2E__FN const char *e2e__matrix_element_name(const void *array, size_t size, size_t i)
{
	return *(const char *const *)(const void *)((const char *)array + i * size);
}

/* Is the name one of a comma list? */
E2E__FN bool e2e__matrix_in_words(const char *list, const char *name)
{
	size_t n;

	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n == strlen(name) && strncmp(list, name, n) == 0)
			return true;
	}
	return false;
}

/* The names of the largest matrix are kept for each option, one a line, as many as there is room
 * for. */
E2E__FN void e2e__matrix_keep_names(char *kept, size_t size, const struct e2e__strings *names)
{
	const char *text;
	size_t i;
	E2E__BUF(b, 256);

	for (i = 0; i < names->n && b.n + strlen(names->at[i]) + sizeof "\n..." <= size; i++)
		e2e__buf_addf(&b, "%s\n", names->at[i]);
	if (i < names->n)
		e2e__buf_adds(&b, "...");
	text = e2e__memory_taken(&b);
	if (strlen(text) > strlen(kept))
		snprintf(kept, size, "%s", text);
}

/* A filter's words each name a row or a column of some matrix: which of them this one knows is
 * kept, and what it has instead of those that it doesn't know. At the end, a word that none knew is
 * a mistake. */
E2E__FN void e2e__matrix_check_words(enum e2e__opt option, const struct e2e__strings *valid)
{
	struct e2e__page *pg = e2e__state.page;
	size_t which = (size_t)option - E2E__INCLUDE_SHIM, k, i, n;
	uint64_t *hits = pg ? pg->word_hits : e2e__state.word_hits;
	char *kept = pg ? pg->eligible[which] : e2e__state.eligible[which];
	const char *list = e2e__state.opt[option];

	for (k = 0; list && *list; list += n + (list[n] == ','), k++) {
		n = strcspn(list, ",");
		for (i = 0; i < valid->n; i++)
			if (strlen(valid->at[i]) == n && strncmp(valid->at[i], list, n) == 0)
				break;
		if (!n || i < valid->n)
			hits[which] |= (uint64_t)1 << (k < 63 ? k : 63);
		else
			e2e__matrix_keep_names(kept, sizeof pg->eligible[which], valid);
	}
}

E2E__FN bool e2e__matrix_wanted(
	enum e2e__opt include, enum e2e__opt exclude, const char *a, const char *b)
{
	const char *in = e2e__state.opt[include], *out = e2e__state.opt[exclude];

	if (in && !(e2e__matrix_in_words(in, a) && e2e__matrix_in_words(in, b)))
		return false;
	return !(out && (e2e__matrix_in_words(out, a) || e2e__matrix_in_words(out, b)));
}

/* The filters' words must be among the names. Returns whether columns are shims too: where they
 * share a name with the rows (senders x receivers). */
E2E__FN bool e2e__matrix_check_filters(
	const struct e2e__strings *rows, const struct e2e__strings *columns)
{
	struct e2e__strings all = {NULL, 0, 0};
	size_t i;
	bool both = false;

	for (i = 0; i < columns->n && !both; i++)
		both = e2e__memory_one_of(columns->at[i], rows->at);
	for (i = 0; i < rows->n; i++)
		e2e__memory_push_new(&all, rows->at[i]);
	for (i = 0; i < columns->n && both; i++)
		e2e__memory_push_new(&all, columns->at[i]);
	e2e__matrix_check_words(E2E__INCLUDE_SHIM, &all);
	e2e__matrix_check_words(E2E__EXCLUDE_SHIM, &all);
	e2e__matrix_check_words(E2E__INCLUDE_CASE, columns);
	e2e__matrix_check_words(E2E__EXCLUDE_CASE, columns);
	return both;
}

/* Do the filters let the pair "row x column" through? */
E2E__FN bool e2e__matrix_chosen(const char *row, const char *column, bool both)
{
	return e2e__matrix_wanted_pair(e2e_printf("%s x %s", row, column), NULL) &&
		e2e__matrix_wanted(
			E2E__INCLUDE_SHIM, E2E__EXCLUDE_SHIM, row, both ? column : row) &&
		e2e__matrix_wanted(E2E__INCLUDE_CASE, E2E__EXCLUDE_CASE, column, column);
}

E2E__FN void e2e__matrix(const char *file, int line, const void *rows, size_t row_size,
	size_t nrows, const void *columns, size_t column_size, size_t ncolumns, e2e_pair_fn *run,
	void *arg)
{
	struct e2e__strings cases = {NULL, 0, 0}, all = {NULL, 0, 0}, names = {NULL, 0, 0};
	size_t i, k, ran = 0;
	bool both;

	e2e__script_begin();
	for (k = 0; k < ncolumns; k++)
		e2e__memory_push_new(&cases, e2e__matrix_element_name(columns, column_size, k));
	for (i = 0; i < nrows; i++)
		e2e__memory_push_new(&all, e2e__matrix_element_name(rows, row_size, i));
	both = e2e__matrix_check_filters(&all, &cases);
	for (i = 0; i < nrows; i++)
		for (k = 0; k < ncolumns; k++) {
			const char *row = e2e__matrix_element_name(rows, row_size, i);
			const char *column = e2e__matrix_element_name(columns, column_size, k);
			struct e2e__pair pair = {run, (const char *)rows + i * row_size,
				(const char *)columns + k * column_size, arg};

			e2e__memory_push(&names, e2e_printf("%s x %s", row, column));
			if (!e2e__matrix_chosen(row, column, both))
				continue;
			ran++;
			e2e__matrix_run_pair(file, line, e2e__buf_desc("%s x %s", row, column),
				e2e__matrix_call_pair, &pair);
		}
	if (!ran)
		e2e__matrix_no_pair(file, line, "the matrix", &names);
}
