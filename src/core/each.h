#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "case.h"
#include "buf.h"
#include "memory.h"
#include "exits.h"
#include "subtest.h"
#include "matrix.h"

/* @manual Rows and pairs
 *	A table of inputs, each row of it a case of its own:
 *		struct sum { const char *name; int a, b, sum; };
 *		static const struct sum sums[] = {{"small", 1, 2, 3}, {"negative", 1, -1, 0}};
 *
 *		E2E_TEST_EACH(adds, sums)
 *		{
 *			const struct sum *r = e2e_row(struct sum);
 *			e2e_is_int(r->a + r->b, r->sum);
 *		}
 *	These cases are `adds/small` and `adds/negative`: in --list, for -k, e2e_known and in
 *	reports. Each has its own process, limit and fixtures, so a row that crashes leaves the
 *	others alone. Rows without a name of their own are numbered: `adds/1`, `adds/2`.
 *	E2E_TEST_MATRIX(name, rows, columns) does so for each pair, `name/row x column`; the filters
 *	of e2e_matrix choose among them. e2e_each(i, n, "row %s", name[i]) { ... } makes subtests of
 *	one case instead: cheaper, and they share what the case has set up, a crash included.
 */

/* @interface */

/* Defines a case for each element of the array `rows` (not a pointer; of static storage):
 * E2E_TEST_EACH(name, rows [, options]) { body }. It's named "name/row" by the element's first
 * member, where that is a string in all of them, else by its number from 1 on; if names repeat,
 * " (2)" tells the second one. e2e_row(type) is the element, of type const type *; another type's
 * size ends the case. */
#ifdef __cplusplus
#define E2E_TEST_EACH(...) E2E__TEST_EACH(__VA_ARGS__, )
#define E2E_TEST_MATRIX(...) E2E__TEST_MATRIX(__VA_ARGS__, )
#else
#define E2E_TEST_EACH(...) E2E__TEST_EACH(__VA_ARGS__, .zero = 0)
#define E2E_TEST_MATRIX(...) E2E__TEST_MATRIX(__VA_ARGS__, .zero = 0)
#endif
#define e2e_row(type) ((type const *)e2e__each_element(E2E__AT, 0, #type, sizeof(type)))
/* Defines a case for each pair, "name/row x column":
 * E2E_TEST_MATRIX(name, rows, columns [, options]) { body }. The names come as for E2E_TEST_EACH,
 * the pairs are filtered as those of e2e_matrix. In the body e2e_row(type) and e2e_column(type) are
 * its elements. */
#define e2e_column(type) ((type const *)e2e__each_element(E2E__AT, 1, #type, sizeof(type)))
/* e2e_each(i, n, "row %s", name[i]) { body }: a subtest for each i from 0 to n - 1, with a name of
 * printf form. Defines int i. A guard ends its row alone, and so does break. */
#define e2e_each(i, n, ...) E2E__EACH(E2E__CAT(e2e__each_, __COUNTER__), i, n, __VA_ARGS__)
#define E2E__EACH(count, i, n, ...) \
	for (int i = 0, count = (int)(n); i < count; i++) \
	e2e_subtest(__VA_ARGS__)

#define E2E__TEST_EACH(name, rows, ...) \
	E2E__CASE(name, E2E__TABLE(0, rows), #__VA_ARGS__, {__VA_ARGS__})
#define E2E__TEST_MATRIX(name, rows, columns, ...) \
	E2E__CASE(name, (E2E__TABLE(0, rows), E2E__TABLE(1, columns)), #__VA_ARGS__, {__VA_ARGS__})
#define E2E__TABLE(i, rows) \
	e2e__each_add(&self, i, rows, &(rows), sizeof *(rows), sizeof(rows) / sizeof *(rows))

E2E__FN void e2e__each_add(
	struct e2e__case *c, int i, const void *rows, const void *array, size_t size, size_t n);
E2E__FN const void *e2e__each_element(
	const char *file, int line, int i, const char *type, size_t size);

/* @implementation */

E2E__FN void e2e__each_add(
	struct e2e__case *c, int i, const void *rows, const void *array, size_t size, size_t n)
{
	c->table[i].at = (const char *)rows;
	c->table[i].size = size;
	c->table[i].n = rows == array ? n : 0;
}

E2E__FN const void *e2e__each_element(
	const char *file, int line, int i, const char *type, size_t size)
{
	const struct e2e__case *c = e2e__state.current;
	e2e_failure f = {NULL, NULL, NULL, "row", NULL, NULL};

	if (!c || !c->table[i].at) {
		f.message = e2e_printf("there is no %s here", i ? "column" : "row");
		f.hint = i ? "e2e_column is for E2E_TEST_MATRIX and what it calls"
			   : "e2e_row is for E2E_TEST_EACH, E2E_TEST_MATRIX and what they call";
		e2e__exit_die(file, line, i ? "e2e_column" : "e2e_row", &f);
	}
	if (c->table[i].size != size) {
		f.message = e2e_printf("%s has %zu bytes, but the elements of the array have %zu",
			type, size, c->table[i].size);
		f.hint = "name the type of the array's elements";
		e2e__exit_die(file, line, i ? "e2e_column" : "e2e_row", &f);
	}
	return c->table[i].at;
}

/* Where sanitizers don't see it: what is read here may be no address at all. */
E2E__FN ssize_t e2e__each_write(int fd, const char *p, size_t n)
{
#ifdef E2E__LINUX
	return (ssize_t)syscall(SYS_write, fd, p, n);
#else
	return write(fd, p, n);
#endif
}

/* What isn't UTF-8 is machine code or numbers rather than a name. A cut one may end in a part. */
E2E__FN bool e2e__each_is_text(const char *s, size_t n)
{
	size_t i = 0, length;

	while (i < n) {
		length = strchr("\t\n\r", s[i]) || (s[i] >= ' ' && s[i] < 0x7f)
			? 1
			: e2e__buf_utf8((const unsigned char *)s + i, n - i);
		if (!length && i + 4 <= n)
			return false;
		i += length ? length : n;
	}
	return true;
}

enum { E2E__ROW_NAME = 100 }; /* bytes of a row's name that are shown */

/* The text at an address that may be none, or NULL: the kernel looks whether it can be read. */
E2E__FN const char *e2e__each_text_at(int through[2], const char *p)
{
	char text[E2E__ROW_NAME + 2];
	size_t n = 0;
	E2E__BUF(b, 512);

	memset(text, 0, sizeof text);
	if ((uintptr_t)p < 4096)
		return NULL;
	do
		if (e2e__each_write(through[1], p + n, 1) != 1 ||
			read(through[0], text + n, 1) != 1)
			return NULL;
	while (text[n] && ++n < sizeof text);

	if (!e2e__each_is_text(text, n))
		return NULL;
	if (n > E2E__ROW_NAME) {
		for (n = E2E__ROW_NAME - 3; ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			;
		memcpy(text + n, "...", 3);
		n += 3;
	}
	e2e__buf_escape(&b, text, n, E2E__PLAIN);
	return e2e__memory_taken(&b);
}

/* Adds a name; where the list has it already, " (2)" tells them apart. */
E2E__FN void e2e__each_add_name(struct e2e__strings *names, const char *text)
{
	const char *name = text;
	int n;

	for (n = 2; e2e__memory_one_of(name, names->at); n++)
		name = e2e_printf("%s (%d)", text, n);
	e2e__memory_push(names, name);
}

/* The elements' names: the strings that they begin with, if all do, else their numbers. */
E2E__FN struct e2e__strings e2e__each_names(const struct e2e__table *t)
{
	struct e2e__strings names = {NULL, 0, 0};
	int through[2] = {-1, -1};
	bool all = t->size >= sizeof(char *) && pipe(through) == 0;
	size_t i;

	for (i = 0; i < t->n && all; i++) {
		const char *first, *text;

		memcpy((void *)&first, t->at + i * t->size, sizeof first);
		text = e2e__each_text_at(through, first);
		all = text && *text;
		if (all)
			e2e__each_add_name(&names, text);
	}
	if (through[0] >= 0) {
		close(through[0]);
		close(through[1]);
	}

	for (i = 0; i < t->n && !all; i++) {
		if (i == 0)
			names.n = 0;
		e2e__memory_push(&names, e2e_printf("%zu", i + 1));
	}
	return names;
}

/* A case like c for one row, and one column where there are columns. */
E2E__FN struct e2e__case *e2e__each_case(
	const struct e2e__case *c, size_t row, size_t column, const char *element)
{
	struct e2e__case *one = (struct e2e__case *)calloc(1, sizeof *one);

	if (!one)
		e2e__exit_fatal("cannot allocate a case: %s", strerror(errno));
	*one = *c;
	one->name = e2e_printf("%s/%s", c->name, element);
	one->table[0].at += row * c->table[0].size;
	if (c->table[1].at)
		one->table[1].at += column * c->table[1].size;
	one->next = NULL;
	return one;
}

/* The cases of a table, or of a matrix. */
E2E__FN struct e2e__case *e2e__each_cases(const struct e2e__case *c)
{
	struct e2e__strings rows = e2e__each_names(&c->table[0]);
	struct e2e__strings columns = {NULL, 0, 0};
	struct e2e__case *first = NULL, **end = &first;
	bool matrix = c->table[1].at != NULL, both = false;
	size_t i, k;

	if (matrix) {
		columns = e2e__each_names(&c->table[1]);
		both = e2e__matrix_check_filters(&rows, &columns);
	}
	for (i = 0; i < rows.n; i++)
		for (k = 0; k < (matrix ? columns.n : 1); k++) {
			if (matrix && !e2e__matrix_chosen(rows.at[i], columns.at[k], both))
				continue;
			*end = e2e__each_case(c, i, k,
				matrix ? e2e_printf("%s x %s", rows.at[i], columns.at[k])
				       : rows.at[i]);
			end = &(*end)->next;
			e2e__state.pairs += matrix;
		}
	e2e__state.unmatched += matrix && !first;
	return first;
}

/* Puts the cases of each table in its place. */
E2E__FN void e2e__each_expand(void)
{
	struct e2e__case **at = &e2e__state.cases, *c;

	while ((c = *at) != NULL) {
		int i;

		if (!c->table[0].at) {
			at = &c->next;
			continue;
		}
		for (i = 0; i < 2; i++)
			if (c->table[i].at && !c->table[i].n)
				e2e__exit_fatal(
					"%s:%d: case %s: its %s are no array, but a pointer or empty: "
					"expected the name of an array",
					c->file, c->line, c->name, i ? "columns" : "rows");
		*at = e2e__each_cases(c);
		while (*at)
			at = &(*at)->next;
		*at = c->next;
	}
}
