#pragma once
#include "base.h"
#include "failure.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "point.h"
#include "excerpt.h"
#include "diff.h"
#include "json.h"
#include "integer.h"

/* @manual Assertions
 *	Each returns true or false, goes on after a failure and takes an optional printf-style
 *	description last: e2e_is_int(got, want, "row %d", i). The names and their rules stand with
 *	the declarations below. e2e_must(e2e_is_int(fd >= 0, 1)) ends the case if the assertion
 *	failed. e2e_eventually(2.5, count() == 3) looks again and again until it holds.
 *	They may be called from several threads, and from forked children; not from a signal
 *	handler, which may have interrupted one: that is refused with a word about it and SIGABRT.
 */

/* @interface */

/* e2e_ok(condition, ...) */
#define e2e_ok(...) E2E__ARGS1(e2e__assertion_ok, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_int(got, want, ...), e2e_isnt_int: integers of any type, __int128 included, compared by
 * value (UINTMAX_MAX isn't -1). */
#define e2e_is_int(...) E2E__ARGS2(e2e__assertion_is_int, #__VA_ARGS__, __VA_ARGS__)
#define e2e_isnt_int(...) E2E__ARGS2(e2e__assertion_isnt_int, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_uint(got, want, ...): another name of e2e_is_int, for those who look for it. */
#define e2e_is_uint(...) E2E__ARGS2(e2e__assertion_is_int, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_double(got, want, tolerance, ...): |got - want| <= tolerance; NaN equals NaN, an infinity
 * itself. */
#define e2e_is_double(...) E2E__ARGS3(e2e__assertion_is_double, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_str(got, want, ...), e2e_isnt_str: strings; NULL is allowed and equals NULL only. */
#define e2e_is_str(...) E2E__ARGS2(e2e__assertion_is_str, #__VA_ARGS__, __VA_ARGS__)
#define e2e_isnt_str(...) E2E__ARGS2(e2e__assertion_isnt_str, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_mem(got, want, size, ...): size bytes; a failure shows a hex dump with the first
 * difference marked. */
#define e2e_is_mem(...) E2E__ARGS3(e2e__assertion_is_mem, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_ptr(got, want, ...) */
#define e2e_is_ptr(...) E2E__ARGS2(e2e__assertion_is_ptr, #__VA_ARGS__, __VA_ARGS__)
/* e2e_cmp_int(a, op, b, ...): op is one of "<" "<=" "==" "!=" ">=" ">"; another one fails. */
#define e2e_cmp_int(...) E2E__ARGS3(e2e__assertion_cmp_int, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_list(got, want, ...): NULL-terminated arrays of strings; a failure names missing, extra
 * and order. */
#define e2e_is_list(...) E2E__ARGS2(e2e__assertion_is_list, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_json(got, want, ...): JSON texts (RFC 8259) of equal value; a failure names the first path
 * that differs. */
#define e2e_is_json(...) E2E__ARGS2(e2e__assertion_is_json, #__VA_ARGS__, __VA_ARGS__)
/* e2e_pass(), e2e_pass("what %d", i) */
#define e2e_pass(...) e2e__assertion_pass(E2E__HERE(NULL, E2E__OPTIONAL(__VA_ARGS__)))
/* e2e_fail("why %d", i): false. */
#define e2e_fail(...) e2e__assertion_fail(E2E__AT, __VA_ARGS__)

#define E2E__ARGS1(fn, text, ...) \
	E2E__CAT(E2E__CALL1, E2E__PICK1(__VA_ARGS__))(fn, text, __VA_ARGS__)
#define E2E__ARGS2(fn, text, ...) \
	E2E__CAT(E2E__CALL2, E2E__PICK2(__VA_ARGS__))(fn, text, __VA_ARGS__)
#define E2E__ARGS3(fn, text, ...) \
	E2E__CAT(E2E__CALL3, E2E__PICK3(__VA_ARGS__))(fn, text, __VA_ARGS__)
#define E2E__CALL1_(fn, text, a) fn(E2E__HERE(text, NULL), a)
#define E2E__CALL1d(fn, text, a, ...) fn(E2E__HERE(text, e2e__buf_desc(__VA_ARGS__)), a)
#define E2E__CALL2_(fn, text, a, b) fn(E2E__HERE(text, NULL), a, b)
#define E2E__CALL2d(fn, text, a, b, ...) fn(E2E__HERE(text, e2e__buf_desc(__VA_ARGS__)), a, b)
#define E2E__CALL3_(fn, text, a, b, c) fn(E2E__HERE(text, NULL), a, b, c)
#define E2E__CALL3d(fn, text, a, b, c, ...) fn(E2E__HERE(text, e2e__buf_desc(__VA_ARGS__)), a, b, c)

#define e2e__assertion_ok(at, a) e2e__assertion_ok_at(at, (a) ? true : false)
#define e2e__assertion_is_int(at, a, b) \
	e2e__assertion_is_integer(at, E2E__INTEGER(a), E2E__INTEGER(b))
#define e2e__assertion_isnt_int(at, a, b) \
	e2e__assertion_isnt_integer(at, E2E__INTEGER(a), E2E__INTEGER(b))
#define e2e__assertion_cmp_int(at, a, op, b) \
	e2e__assertion_cmp_integer(at, E2E__INTEGER(a), op, E2E__INTEGER(b))
#define e2e__assertion_is_ptr(at, a, b) \
	e2e__assertion_is_ptr_at(at, (const void *)(a), (const void *)(b))

/* e2e_pass() and e2e_pass("..."): NULL where nothing is given. An empty list makes a comma of
 * E2E__COMMA (). */
#define E2E__OPTIONAL(...) E2E__CAT(E2E__OPT, E2E__PICK1(__VA_ARGS__))(__VA_ARGS__)
#define E2E__OPTd(...) e2e__buf_desc(__VA_ARGS__)
#define E2E__OPT_(x) E2E__CAT(E2E__OPTIS, E2E__PICK1(E2E__COMMA x()))(x)
#define E2E__OPTIS_(x) e2e__buf_desc(x)
#define E2E__OPTISd(x) NULL
#define E2E__COMMA(...) ,

E2E__FN bool e2e__assertion_pass(struct e2e__at at);
E2E__FN bool e2e__assertion_fail(const char *file, int line, const char *fmt, ...)
	E2E__PRINTF(3, 4);
E2E__FN bool e2e__assertion_ok_at(struct e2e__at at, bool ok);
E2E__FN bool e2e__assertion_is_int_at(
	struct e2e__at at, intmax_t got, bool got_wraps, intmax_t want, bool want_wraps);
E2E__FN bool e2e__assertion_is_integer(
	struct e2e__at at, struct e2e__integer got, struct e2e__integer want);
E2E__FN bool e2e__assertion_isnt_integer(
	struct e2e__at at, struct e2e__integer got, struct e2e__integer want);
E2E__FN bool e2e__assertion_is_double(struct e2e__at at, double got, double want, double tolerance);
E2E__FN bool e2e__assertion_is_str(struct e2e__at at, const char *got, const char *want);
E2E__FN bool e2e__assertion_isnt_str(struct e2e__at at, const char *got, const char *want);
E2E__FN bool e2e__assertion_is_ptr_at(struct e2e__at at, const void *got, const void *want);
E2E__FN bool e2e__assertion_is_mem(
	struct e2e__at at, const void *got, const void *want, size_t size);
E2E__FN bool e2e__assertion_cmp_integer(
	struct e2e__at at, struct e2e__integer a, const char *op, struct e2e__integer b);
E2E__FN bool e2e__assertion_is_list_at(
	struct e2e__at at, const char *const *got, const char *const *want);
E2E__FN bool e2e__assertion_is_json(struct e2e__at at, const char *got, const char *want);
#define e2e__assertion_is_list(at, got, want) \
	e2e__assertion_is_list_at(at, (const char *const *)(got), (const char *const *)(want))

/* @implementation */

E2E__FN bool e2e__assertion_judge(const struct e2e__at *at, bool ok, const char *verb,
	const char *got, const char *want, const char *code, const char *message, const char *diff)
{
	e2e_failure f = {message, got, want, code, NULL, diff};
	E2E__BUF(b, 256);

	if (!ok && (!message || at->desc)) {
		e2e__buf_adds(&b, message ? "" : "false: ");
		e2e__point_add_name(&b, at->text, verb, E2E__PLAIN);
		e2e__buf_addf(&b, "%s%s", message ? ": " : "", message ? message : "");
		f.message = b.p;
	}
	e2e__point(at, ok, verb, &f);
	e2e__buf_free(&b);
	return ok;
}

/* How two arrays differ: how many elements do, the first of them, a line for each of the first
 * ten. */
struct e2e__unlike_elements {
	size_t n, first;
	const char *got, *want;
	struct e2e__buf *lines;
};
enum { E2E__SHOWN_ELEMENTS = 10 };

/* The texts must live until the assertion's end. */
E2E__FN void e2e__assertion_differs(
	struct e2e__unlike_elements *d, size_t i, const char *got, const char *want)
{
	if (!d->n++) {
		d->first = i;
		d->got = got;
		d->want = want;
	}
	e2e__buf_addf(d->lines, "[%zu] got %s, want %s\n", i, got, want);
}

/* Of n elements; frees the lines. */
E2E__FN bool e2e__assertion_judge_elements(
	const struct e2e__at *at, const char *code, size_t n, const struct e2e__unlike_elements *d)
{
	if (!d->n)
		return e2e__point(at, true, " is ", NULL);
	if (d->n > E2E__SHOWN_ELEMENTS)
		e2e__buf_addf(d->lines, "... %zu more differ\n", d->n - E2E__SHOWN_ELEMENTS);
	e2e__assertion_judge(at, false, " is ", d->got, d->want, code,
		e2e_printf("%zu of %zu elements %s, the first one is [%zu]", d->n, n,
			d->n == 1 ? "differs" : "differ", d->first),
		d->n > 1 ? d->lines->p : NULL);
	e2e__buf_free(d->lines);
	return false;
}

E2E__FN bool e2e__assertion_pass(struct e2e__at at)
{
	return e2e__point(&at, true, NULL, NULL);
}

E2E__FN bool e2e__assertion_fail(const char *file, int line, const char *fmt, ...)
{
	e2e_failure f = {NULL, NULL, NULL, "fail", NULL, NULL};
	va_list ap;
	E2E__BUF(b, 512);

	va_start(ap, fmt);
	e2e__buf_vaddf(&b, fmt, ap);
	va_end(ap);
	f.message = b.p;
	e2e_report(file, line, false, b.p, &f);
	e2e__buf_free(&b);
	return false;
}

E2E__FN bool e2e__assertion_ok_at(struct e2e__at at, bool ok)
{
	if (ok)
		return e2e__point(&at, true, NULL, NULL);
	return e2e__assertion_judge(&at, false, NULL, NULL, NULL, "ok", NULL, NULL);
}

E2E__FN bool e2e__assertion_is_integer(
	struct e2e__at at, struct e2e__integer got, struct e2e__integer want)
{
	char g[48], w[48];

	if (e2e__integer_compare(&got, &want) == 0)
		return e2e__point(&at, true, " is ", NULL);
	return e2e__assertion_judge(&at, false, " is ", e2e__integer_text(g, sizeof g, &got),
		e2e__integer_text(w, sizeof w, &want), "is_int", NULL, NULL);
}

E2E__FN bool e2e__assertion_is_int_at(
	struct e2e__at at, intmax_t got, bool got_wraps, intmax_t want, bool want_wraps)
{
	return e2e__assertion_is_integer(
		at, e2e__integer_of(got, got_wraps), e2e__integer_of(want, want_wraps));
}

E2E__FN bool e2e__assertion_isnt_integer(
	struct e2e__at at, struct e2e__integer got, struct e2e__integer want)
{
	char g[48], w[64] = "anything but ";

	if (e2e__integer_compare(&got, &want) != 0)
		return e2e__point(&at, true, " isn't ", NULL);
	e2e__integer_text(w + strlen(w), 48, &want);
	return e2e__assertion_judge(&at, false, " isn't ", e2e__integer_text(g, sizeof g, &got), w,
		"isnt_int", NULL, NULL);
}

/* The shortest decimal that reads back as v. */
E2E__FN const char *e2e__assertion_double(char *buffer, size_t size, double v)
{
	int digits;

	if (v != v)
		return "nan"; /* printf may say -nan */
	for (digits = 6; digits <= 17; digits++) {
		static const char formats[12][6] = {"%.6g", "%.7g", "%.8g", "%.9g", "%.10g",
			"%.11g", "%.12g", "%.13g", "%.14g", "%.15g", "%.16g", "%.17g"};

		e2e__clock_number(buffer, size, formats[digits - 6], v);
		if (!(e2e__clock_strtod(buffer, NULL) < v) &&
			!(e2e__clock_strtod(buffer, NULL) > v))
			break;
	}
	return buffer;
}

/* Not a number, or without an end: as a limit it lets everything through. */
E2E__FN bool e2e__assertion_endless(double v)
{
	return !(v - v == 0);
}

E2E__FN bool e2e__assertion_is_double(struct e2e__at at, double got, double want, double tolerance)
{
	double apart = got > want ? got - want : want - got;
	bool nan = got != got || want != want;
	bool ok = nan ? got != got && want != want : got == want || apart <= tolerance;
	char g[64], w[64], t[64], both[160];

	if (!(tolerance >= 0) || e2e__assertion_endless(tolerance))
		return e2e__assertion_judge(&at, false, " is ", NULL, NULL, "is_double",
			e2e_printf("the tolerance is %s: expected a number of at least 0",
				e2e__assertion_double(t, sizeof t, tolerance)),
			NULL);
	if (ok)
		return e2e__point(&at, true, " is ", NULL);
	snprintf(both, sizeof both, "%s +- %s", e2e__assertion_double(w, sizeof w, want),
		e2e__assertion_double(t, sizeof t, tolerance));
	return e2e__assertion_judge(&at, false, " is ", e2e__assertion_double(g, sizeof g, got),
		both, "is_double", NULL, NULL);
}

/* Where a long text begins to be shown: shortly before the first difference, with the line that
 * has it if that begins near enough. */
E2E__FN size_t e2e__assertion_begin(const char *s, size_t same)
{
	size_t line = same;

	while (line && same - line < 40 && s[line - 1] != '\n')
		line--;
	return line && s[line - 1] == '\n' ? line : e2e__excerpt_from(s, same);
}

/* The failure of e2e_is_str. Long texts are shown from shortly before their first difference. */
E2E__FN bool e2e__assertion_is_not_str(const struct e2e__at *at, const char *got, const char *want)
{
	const char *diff = got && want ? e2e__diff(got, want) : NULL, *message;
	size_t same = 0, lines = 0, from;

	if (!got || !want || (strlen(got) <= 200 && strlen(want) <= 200))
		return e2e__assertion_judge(
			at, false, " is ", e2e_quoted(got), e2e_quoted(want), "is_str", NULL, diff);
	for (; got[same] && got[same] == want[same]; same++)
		lines += got[same] == '\n';
	from = e2e__assertion_begin(want, same);
	message = diff ? e2e_printf("they differ from line %zu on, byte %zu", lines + 1, same)
		       : e2e_printf("they differ from byte %zu on", same);

	return e2e__assertion_judge(at, false, " is ", e2e__excerpt(got, from, 200),
		e2e__excerpt(want, from, 200), "is_str", message, diff);
}

E2E__FN bool e2e__assertion_is_str(struct e2e__at at, const char *got, const char *want)
{
	if (got == want || (got && want && strcmp(got, want) == 0))
		return e2e__point(&at, true, " is ", NULL);
	return e2e__assertion_is_not_str(&at, got, want);
}

E2E__FN bool e2e__assertion_isnt_str(struct e2e__at at, const char *got, const char *want)
{
	if (got != want && !(got && want && strcmp(got, want) == 0))
		return e2e__point(&at, true, " isn't ", NULL);
	return e2e__assertion_judge(&at, false, " isn't ", e2e__excerpt(got, 0, 400),
		e2e_printf("anything but %s", e2e__excerpt(want, 0, 400)), "isnt_str", NULL, NULL);
}

E2E__FN bool e2e__assertion_is_ptr_at(struct e2e__at at, const void *got, const void *want)
{
	char g[32], w[32];

	if (got == want)
		return e2e__point(&at, true, " is ", NULL);
	snprintf(g, sizeof g, "%p", (void *)(uintptr_t)got);
	snprintf(w, sizeof w, "%p", (void *)(uintptr_t)want);
	return e2e__assertion_judge(
		&at, false, " is ", got ? g : "NULL", want ? w : "NULL", "is_ptr", NULL, NULL);
}

/* One line of a hex dump, and below it marks under the bytes that differ. */
E2E__FN void e2e__assertion_add_hex(struct e2e__buf *b, char sign, const unsigned char *p,
	size_t from, size_t size, const unsigned char *other)
{
	size_t i;

	e2e__buf_addf(b, "%c %08zx ", sign, from);
	for (i = from; i < from + 16; i++)
		if (i < size)
			e2e__buf_addf(b, " %02x", p[i]);
		else
			e2e__buf_adds(b, "   ");
	e2e__buf_adds(b, "  ");
	for (i = from; i < from + 16 && i < size; i++)
		e2e__buf_addf(b, "%c", p[i] >= 0x20 && p[i] < 0x7f ? p[i] : '.');
	if (other) {
		e2e__buf_adds(b, "\n           ");
		for (i = from; i < from + 16 && i < size; i++)
			e2e__buf_adds(b, p[i] == other[i] ? "   " : " ^^");
	}
	while (b->n && b->p[b->n - 1] == ' ')
		b->n--;
	e2e__buf_adds(b, "\n");
}

E2E__FN bool e2e__assertion_is_mem(
	struct e2e__at at, const void *got, const void *want, size_t size)
{
	const unsigned char *g = (const unsigned char *)got, *w = (const unsigned char *)want;
	size_t same = 0, from, shown;
	bool ok;
	E2E__BUF(b, 1024);

	if (got == want || (got && want && memcmp(got, want, size) == 0))
		return e2e__point(&at, true, " is ", NULL);
	if (!got || !want)
		return e2e__assertion_judge(&at, false, " is ", got ? "memory" : "NULL",
			want ? "memory" : "NULL", "is_mem", NULL, NULL);
	while (g[same] == w[same])
		same++;
	from = same / 16 * 16;
	e2e__buf_adds(&b, "--- want\n+++ got\n");
	if (from >= 16)
		e2e__assertion_add_hex(&b, ' ', w, from - 16, size, NULL);
	for (shown = 0; shown < 4 && from < size; shown++, from += 16)
		if (memcmp(g + from, w + from, size - from < 16 ? size - from : 16) == 0) {
			e2e__assertion_add_hex(&b, ' ', w, from, size, NULL);
		} else {
			e2e__assertion_add_hex(&b, '-', w, from, size, NULL);
			e2e__assertion_add_hex(&b, '+', g, from, size, w);
		}
	if (from < size)
		e2e__buf_addf(&b, "  ... %zu more byte%s\n", size - from, E2E__PLURAL(size - from));
	ok = e2e__assertion_judge(&at, false, " is ", NULL, NULL, "is_mem",
		e2e_printf(
			"byte %zu of %zu: got 0x%02x, want 0x%02x", same, size, g[same], w[same]),
		b.p);
	e2e__buf_free(&b);
	return ok;
}

E2E__FN bool e2e__assertion_cmp_integer(
	struct e2e__at at, struct e2e__integer a, const char *op, struct e2e__integer b)
{
	static const char ops[6][3] = {"<", "<=", "==", "!=", ">=", ">"};
	int c = e2e__integer_compare(&a, &b), i;
	const bool holds[6] = {c<0, c <= 0, c == 0, c != 0, c >= 0, c> 0};
	char g[48], w[64];

	for (i = 0; i < 6 && (!op || strcmp(op, ops[i]) != 0); i++)
		;
	if (i < 6 && holds[i])
		return e2e__point(&at, true, "", NULL);
	if (i == 6)
		return e2e__assertion_judge(&at, false, "", NULL, NULL, "cmp_int",
			e2e_printf(
				"bad operator %s: expected one of < <= == != >= >", e2e_quoted(op)),
			NULL);
	snprintf(w, sizeof w, "%s ", op);
	e2e__integer_text(w + strlen(w), 48, &b);
	return e2e__assertion_judge(
		&at, false, "", e2e__integer_text(g, sizeof g, &a), w, "cmp_int", NULL, NULL);
}

/* The elements of a that b lacks, counted: `word "x"; `. */
E2E__FN void e2e__assertion_add_lacking(
	struct e2e__buf *b, const char *word, const char *const *a, const char *const *other)
{
	size_t n, m, i, k, named = 0, more = 0;
	struct e2e__ranked *x = e2e__json_rank_list(a, &n), *y = e2e__json_rank_list(other, &m);
	bool *lacks = (bool *)e2e__memory_alloc(n + 1);

	for (i = k = 0; i < n; i++) {
		while (k < m && e2e__json_by_bytes(&y[k], &x[i]) < 0)
			k++;
		if (k < m && e2e__json_by_bytes(&y[k], &x[i]) == 0)
			k++;
		else
			lacks[x[i].rank] = true;
	}

	for (i = 0; i < n; i++)
		if (lacks[i] && ++named <= 20) {
			e2e__buf_addf(b, "%s%s ", b->n ? "; " : "", word);
			e2e__buf_add_quoted(b, a[i]);
		} else {
			more += lacks[i];
		}
	if (more)
		e2e__buf_addf(b, " and %zu more", more);
}

E2E__FN const char *e2e__assertion_list_text(const char *const *list)
{
	size_t i;
	E2E__BUF(b, 512);

	if (!list)
		return "NULL";
	e2e__buf_adds(&b, "[");
	for (i = 0; list[i] && b.n < 600; i++) {
		e2e__buf_adds(&b, i ? ", " : "");
		e2e__buf_add_quoted(&b, list[i]);
	}

	if (list[i]) {
		while (list[i])
			i++;
		e2e__buf_addf(&b, ", ... (%zu elements)", i);
	}

	e2e__buf_adds(&b, "]");
	return e2e__memory_taken(&b);
}

E2E__FN bool e2e__assertion_is_list_at(
	struct e2e__at at, const char *const *got, const char *const *want)
{
	size_t i = 0;
	bool ok;
	E2E__BUF(b, 512);

	if (got && want)
		while (got[i] && want[i] && strcmp(got[i], want[i]) == 0)
			i++;
	if (got == want || (got && want && !got[i] && !want[i]))
		return e2e__point(&at, true, " is ", NULL);
	b.p[0] = 0;
	if (got && want) {
		e2e__assertion_add_lacking(&b, "missing", want, got);
		e2e__assertion_add_lacking(&b, "extra", got, want);
		if (!b.n)
			e2e__buf_addf(&b, "other order: [%zu] is %s, want %s", i,
				e2e_quoted(got[i]), e2e_quoted(want[i]));
	}

	ok = e2e__assertion_judge(&at, false, " is ", e2e__assertion_list_text(got),
		e2e__assertion_list_text(want), "is_list", b.n ? b.p : NULL, NULL);
	e2e__buf_free(&b);
	return ok;
}

E2E__FN bool e2e__assertion_is_json(struct e2e__at at, const char *got, const char *want)
{
	const char *error = NULL, *differ = NULL;
	struct e2e__json *g = got ? e2e__json_parse(got, &error) : NULL, *w;

	if (got && !g) {
		differ = e2e_printf("got is not JSON: %s", error);
	} else {
		w = want ? e2e__json_parse(want, &error) : NULL;
		if (want && !w)
			differ = e2e_printf("want is not JSON: %s", error);
		else if (!g || !w)
			differ = g == w ? NULL : "one of them is NULL";
		else
			differ = e2e__json_differ(g, w);
	}

	if (!differ)
		return e2e__point(&at, true, " is ", NULL);
	return e2e__assertion_judge(&at, false, " is ", e2e__excerpt_text(got),
		e2e__excerpt_text(want), "is_json", differ, NULL);
}
