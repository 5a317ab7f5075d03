#pragma once
#include "base.h"
#include "failure.h"
#include "buf.h"
#include "memory.h"
#include "point.h"
#include "excerpt.h"
#include "diff.h"
#include "assertion.h"

/* @manual Structs of your own
 *	struct point { int x, y; };
 *
 *	E2E_PRINTER(point, struct point, p)
 *	{
 *		return e2e_printf("(%d, %d)", p->x, p->y);
 *	}
 *
 *	e2e_is_struct(point, &got, &want);           got (1, 2), want (1, 3)
 *	e2e_is_structs(point, path, expected, 12);   says which elements differ
 *	e2e_note("at %s", e2e_print_point(&here));
 *	Structs are equal where they print alike: print each member that counts, and none that
 *	doesn't, such as a time or padding. A text of several lines, a member a line, is shown as a
 *	diff.
 */

/* @interface */

/* Defines how a type is shown: E2E_PRINTER(name, type, v) { return text; }, in which v is a const
 * type *, never NULL. The text lives until the case's end, as e2e_printf makes it, or longer.
 * e2e_print_NAME(pointer) is the text; of NULL it is NULL. One of a name in each file. */
#define E2E_PRINTER(name, type, v) \
	typedef type e2e__printed_##name; \
	static const char *e2e__printer_##name(const e2e__printed_##name *v); \
	static inline __attribute__((unused)) \
	const char *e2e_print_##name(const e2e__printed_##name *one) \
	{ \
		return one ? e2e__printer_##name(one) : NULL; \
	} \
	static inline __attribute__((unused)) \
	const char *e2e__print_element_##name(const void *one) \
	{ \
		return e2e__printer_##name((const e2e__printed_##name *)one); \
	} \
	static inline __attribute__((unused)) struct e2e__elements e2e__elements_##name( \
		const e2e__printed_##name *first) \
	{ \
		return e2e__printer_elements(first, sizeof *first, e2e__print_element_##name); \
	} \
	static const char *e2e__printer_##name(const e2e__printed_##name *v)
/* e2e_is_struct(name, got, want, ...): pointers to what E2E_PRINTER(name, ...) shows; equal if both
 * are shown by the same text, or both are NULL. A failure shows the texts, or the diff of them. */
#define e2e_is_struct(...) E2E__ARGS3(e2e__printer_is_struct, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_structs(name, got, want, n, ...): the same for arrays of n elements. A failure shows the
 * first that differ with their index, and how many do. */
#define e2e_is_structs(...) E2E__ARGS4(e2e__printer_is_structs, #__VA_ARGS__, __VA_ARGS__)

#define E2E__PICK4(...) \
	E2E__20TH(__VA_ARGS__, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, _, few, few, few, 0)
#define E2E__ARGS4(fn, text, ...) \
	E2E__CAT(E2E__CALL4, E2E__PICK4(__VA_ARGS__))(fn, text, __VA_ARGS__)
#define E2E__CALL4_(fn, text, a, b, c, d) fn(E2E__HERE(text, NULL), a, b, c, d)
#define E2E__CALL4d(fn, text, a, b, c, d, ...) \
	fn(E2E__HERE(text, e2e__buf_desc(__VA_ARGS__)), a, b, c, d)
#define e2e__printer_is_struct(at, name, got, want) \
	e2e__printer_is_struct_at(at, e2e_print_##name(got), e2e_print_##name(want))
#define e2e__printer_is_structs(at, name, got, want, n) \
	e2e__printer_is_structs_at(at, e2e__elements_##name(got), e2e__elements_##name(want), n)

/* Structs in memory. */
struct e2e__elements {
	const char *at;
	size_t size; /* of one */
	const char *(*print)(const void *one);
};
E2E__FN struct e2e__elements e2e__printer_elements(
	const void *at, size_t size, const char *(*print)(const void *));
E2E__FN bool e2e__printer_is_struct_at(struct e2e__at at, const char *got, const char *want);
E2E__FN bool e2e__printer_is_structs_at(
	struct e2e__at at, struct e2e__elements got, struct e2e__elements want, size_t n);

/* @implementation */

E2E__FN struct e2e__elements e2e__printer_elements(
	const void *at, size_t size, const char *(*print)(const void *))
{
	struct e2e__elements elements = {(const char *)at, size, print};

	return elements;
}

/* The name of the printer is no part of the point's name. */
E2E__FN void e2e__printer_skip_name(struct e2e__at *at)
{
	at->text = e2e__point_argument_end(at->text);
	at->text += *at->text == ',';
	at->text += strspn(at->text, " ");
}

E2E__FN bool e2e__printer_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* A text as it stands for its struct. */
E2E__FN const char *e2e__printer_shown(const char *text)
{
	return !text                                       ? "NULL"
		: strlen(text) > 400 || strchr(text, '\n') ? e2e__excerpt(text, 0, 400)
							   : text;
}

E2E__FN bool e2e__printer_is_struct_at(struct e2e__at at, const char *got, const char *want)
{
	const char *diff = got && want ? e2e__diff(got, want) : NULL;
	size_t same = 0, line = 1;

	e2e__printer_skip_name(&at);
	if (e2e__printer_same(got, want))
		return e2e__point(&at, true, " is ", NULL);
	if (!diff)
		return e2e__assertion_judge(&at, false, " is ", e2e__printer_shown(got),
			e2e__printer_shown(want), "is_struct", NULL, NULL);
	for (; got[same] && got[same] == want[same]; same++)
		line += got[same] == '\n';
	return e2e__assertion_judge(&at, false, " is ", NULL, NULL, "is_struct",
		e2e_printf("they differ from line %zu on", line), diff);
}

E2E__FN bool e2e__printer_is_structs_at(
	struct e2e__at at, struct e2e__elements got, struct e2e__elements want, size_t n)
{
	struct e2e__unlike_elements d = {0, 0, NULL, NULL, NULL};
	size_t i;
	E2E__BUF(b, 512);

	d.lines = &b;
	e2e__printer_skip_name(&at);
	if (!got.at || !want.at)
		return e2e__assertion_judge(&at, got.at == want.at, " is ",
			got.at ? "an array" : "NULL", want.at ? "an array" : "NULL", "is_structs",
			NULL, NULL);

	for (i = 0; i < n; i++) {
		const char *g = got.print(got.at + i * got.size);
		const char *w = want.print(want.at + i * want.size);

		if (e2e__printer_same(g, w))
			continue;
		if (d.n >= E2E__SHOWN_ELEMENTS)
			d.n++;
		else
			e2e__assertion_differs(&d, i, e2e__printer_shown(g), e2e__printer_shown(w));
	}
	return e2e__assertion_judge_elements(&at, "is_structs", n, &d);
}
