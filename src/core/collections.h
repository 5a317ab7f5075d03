#pragma once
#include "base.h"
#include "failure.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "point.h"
#include "json.h"
#include "integer.h"
#include "assertion.h"

/* @manual Sets, arrays, near numbers
 *	e2e_is_set(names, expected);                  strings in any order: says missing and extra
 *	e2e_is_array(samples, expected, 512);         numbers of any type: first difference, how
 *	                                              many differ
 *	e2e_is_near(seconds, 2.0, 0.1, "as before");  within 10 per cent
 */

/* @interface */

/* e2e_is_set(got, want, ...): NULL-terminated arrays of strings, equal in any order; one that is
 * there twice has to be there twice. NULL equals NULL only. A failure names missing and extra. */
#define e2e_is_set(...) E2E__ARGS2(e2e__collection_is_set, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_array(got, want, n, ...): n numbers at each of two pointers, of any integer or floating
 * types, compared by value; NaN equals NaN. A failure shows the first that differ with their index,
 * and how many do. */
#define e2e_is_array(...) E2E__ARGS3(e2e__collection_is_array, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_near(got, want, relative, ...): |got - want| <= relative * |want|; relative 0.01 is 1 per
 * cent. NaN equals NaN, an infinity itself. Nothing but 0 is near 0: use e2e_is_double there. */
#define e2e_is_near(...) E2E__ARGS3(e2e__collection_is_near, #__VA_ARGS__, __VA_ARGS__)

/* Numbers in memory. */
struct e2e__numbers {
	const void *at;
	size_t size; /* of one */
	bool floating, wraps;
};
E2E__FN struct e2e__numbers e2e__collection_numbers_at(
	const void *at, size_t size, bool floating, bool wraps);
/* A half is nothing in integers, and -1 the largest of what has no sign. A bool holds 1 for both.
 */
#ifdef __cplusplus
extern "C++" {
template <class T>
static inline struct e2e__numbers e2e__collection_numbers(const T *at)
{
	return e2e__collection_numbers_at(at, sizeof *at, static_cast<T>(0.5) > static_cast<T>(0),
		static_cast<T>(-1) > static_cast<T>(0));
}
}
#else
#define e2e__collection_numbers(p) \
	e2e__collection_numbers_at(p, sizeof *(p), (__typeof__(*(p)))0.5 > (__typeof__(*(p)))0, \
		(__typeof__(*(p)))-1 > (__typeof__(*(p)))0)
#endif
#define e2e__collection_is_array(at, got, want, n) \
	e2e__collection_is_array_at( \
		at, e2e__collection_numbers(got), e2e__collection_numbers(want), n)
#define e2e__collection_is_set(at, got, want) \
	e2e__collection_is_set_at(at, (const char *const *)(got), (const char *const *)(want))

E2E__FN bool e2e__collection_is_set_at(
	struct e2e__at at, const char *const *got, const char *const *want);
E2E__FN bool e2e__collection_is_array_at(
	struct e2e__at at, struct e2e__numbers got, struct e2e__numbers want, size_t n);
E2E__FN bool e2e__collection_is_near(struct e2e__at at, double got, double want, double relative);

/* @implementation */

E2E__FN bool e2e__collection_is_set_at(
	struct e2e__at at, const char *const *got, const char *const *want)
{
	bool ok = got == want;
	E2E__BUF(b, 512);

	b.p[0] = 0;
	if (got && want) {
		e2e__assertion_add_lacking(&b, "missing", want, got);
		e2e__assertion_add_lacking(&b, "extra", got, want);
		ok = b.n == 0;
	}
	if (ok)
		e2e__point(&at, true, " is ", NULL);
	else
		e2e__assertion_judge(&at, false, " is ", e2e__assertion_list_text(got),
			e2e__assertion_list_text(want), "is_set", b.n ? b.p : NULL, NULL);
	e2e__buf_free(&b);
	return ok;
}

E2E__FN struct e2e__numbers e2e__collection_numbers_at(
	const void *at, size_t size, bool floating, bool wraps)
{
	/* bool: (bool)0.5 is 1 */
	struct e2e__numbers numbers = {at, size, floating && size > 1, wraps};

	return numbers;
}

/* One of the numbers. */
struct e2e__number {
	bool floating;
	struct e2e__integer integer;
	long double real;
};

E2E__FN struct e2e__number e2e__collection_number(const struct e2e__numbers *from, size_t i)
{
	struct e2e__number v = {from->floating, {0, 0, false}, 0};
	e2e__widest integer;
	const char *p = (const char *)from->at + i * from->size;
	union {
		int8_t i8;
		int16_t i16;
		int32_t i32;
		int64_t i64;
		float f;
		double d;
		long double l;
		e2e__widest widest;
	} u;

	memset(&u, 0, sizeof u);
	memcpy(&u, p, from->size < sizeof u ? from->size : sizeof u);
	if (from->floating) {
		v.real = from->size == sizeof u.f ? u.f : from->size == sizeof u.d ? u.d : u.l;
		return v;
	}

	switch (from->size) {
	case 1:
		integer = from->wraps ? (uint8_t)u.i8 : u.i8;
		break;
	case 2:
		integer = from->wraps ? (uint16_t)u.i16 : u.i16;
		break;
	case 4:
		integer = from->wraps ? (e2e__widest)(uint32_t)u.i32 : u.i32;
		break;
	case sizeof u.i64:
		integer = from->wraps ? (e2e__widest)(uint64_t)u.i64 : u.i64;
		break;
	default:
		integer = u.widest;
	}
	v.integer = e2e__integer_of(integer, from->wraps && from->size >= sizeof u.i64);
	v.real = e2e__integer_real(&v.integer);
	return v;
}

E2E__FN bool e2e__collection_equal(const struct e2e__number *a, const struct e2e__number *b)
{
	if (!a->floating && !b->floating)
		return e2e__integer_compare(&a->integer, &b->integer) == 0;
	if (a->real != a->real || b->real != b->real)
		return a->real != a->real && b->real != b->real;
	return !(a->real < b->real) && !(a->real > b->real);
}

E2E__FN const char *e2e__collection_text(const struct e2e__number *v)
{
	char buffer[64];

	return e2e__memory_strdup(v->floating
			? e2e__assertion_double(buffer, sizeof buffer, (double)v->real)
			: e2e__integer_text(buffer, sizeof buffer, &v->integer));
}

E2E__FN bool e2e__collection_is_array_at(
	struct e2e__at at, struct e2e__numbers got, struct e2e__numbers want, size_t n)
{
	struct e2e__unlike_elements d = {0, 0, NULL, NULL, NULL};
	size_t i;
	E2E__BUF(b, 512);

	d.lines = &b;
	if (got.at == want.at && got.size == want.size)
		return e2e__point(&at, true, " is ", NULL);
	if (!got.at || !want.at)
		return e2e__assertion_judge(&at, false, " is ", got.at ? "an array" : "NULL",
			want.at ? "an array" : "NULL", "is_array", NULL, NULL);
	if ((!got.floating && got.size > sizeof(e2e__widest)) ||
		(!want.floating && want.size > sizeof(e2e__widest)))
		return e2e__assertion_judge(&at, false, " is ", NULL, NULL, "is_array",
			"integers of a width that isn't known: expected 8 to 128 bits; use "
			"e2e_is_mem",
			NULL);

	for (i = 0; i < n; i++) {
		struct e2e__number g = e2e__collection_number(&got, i),
				   w = e2e__collection_number(&want, i);

		if (e2e__collection_equal(&g, &w))
			continue;
		if (d.n >= E2E__SHOWN_ELEMENTS)
			d.n++;
		else
			e2e__assertion_differs(
				&d, i, e2e__collection_text(&g), e2e__collection_text(&w));
	}
	return e2e__assertion_judge_elements(&at, "is_array", n, &d);
}

E2E__FN bool e2e__collection_is_near(struct e2e__at at, double got, double want, double relative)
{
	double size = want < 0 ? -want : want, apart = got > want ? got - want : want - got;
	bool nan = got != got || want != want, endless = e2e__assertion_endless(want);
	char g[64], w[64], r[64], low[64], high[64];
	const char *wanted;

	if (!(relative >= 0) || e2e__assertion_endless(relative))
		return e2e__assertion_judge(&at, false, " is ", NULL, NULL, "is_near",
			e2e_printf("the relative tolerance is %s: expected a number of at least 0, "
				   "0.01 for 1 per cent",
				e2e__assertion_double(r, sizeof r, relative)),
			NULL);
	if (nan ? got != got && want != want
		: !(got < want || got > want) || (!endless && apart <= size * relative))
		return e2e__point(&at, true, " is ", NULL);

	e2e__assertion_double(w, sizeof w, want);
	wanted = w;
	if (!nan && !endless)
		wanted = e2e_printf("%s +- %s of it: %s to %s", w,
			e2e__assertion_double(r, sizeof r, relative),
			e2e__assertion_double(low, sizeof low, want - size * relative),
			e2e__assertion_double(high, sizeof high, want + size * relative));
	else if (want != want)
		wanted = "nan";
	return e2e__assertion_judge(&at, false, " is ", e2e__assertion_double(g, sizeof g, got),
		wanted, "is_near",
		!nan && !endless && size > 0 && !e2e__assertion_endless(got)
			? e2e_printf("apart by %s of the wanted value",
				  e2e__assertion_double(r, sizeof r, apart / size))
			: NULL,
		NULL);
}
