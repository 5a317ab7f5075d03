#pragma once
#include "base.h"
#include "buf.h"
#include "memory.h"
#include "excerpt.h"

/* @interface */

/* A line diff ("  same", "- want", "+ got") of two texts, or NULL where both are of one line. It is
 * about a hundred lines at most and says what it leaves out. Lines that would look alike stand in
 * quotes, with escapes. */
E2E__FN const char *e2e__diff(const char *got, const char *want);

/* @implementation */

struct e2e__lines {
	const char **at;
	size_t *size, n;
};

E2E__FN void e2e__diff_split(struct e2e__lines *l, const char *s)
{
	size_t n = 1, i;
	const char *p;

	for (p = s; *p; p++)
		n += *p == '\n';
	l->at = (const char **)e2e__memory_alloc(n * sizeof *l->at);
	l->size = (size_t *)e2e__memory_alloc(n * sizeof *l->size);
	for (i = 0; *s; i++) {
		l->at[i] = s;
		l->size[i] = strcspn(s, "\n");
		s += l->size[i];
		l->size[i] += *s == '\n';
		s += *s == '\n';
	}

	l->n = i;
}

E2E__FN bool e2e__diff_same_line(
	const struct e2e__lines *a, size_t i, const struct e2e__lines *b, size_t j)
{
	return a->size[i] == b->size[j] && memcmp(a->at[i], b->at[j], a->size[i]) == 0;
}

/* The line's length without its newline. */
E2E__FN size_t e2e__diff_length(const struct e2e__lines *l, size_t i)
{
	return l->size[i] - (l->at[i][l->size[i] - 1] == '\n');
}

E2E__FN void e2e__diff_add_line(struct e2e__buf *b, const char *sign, const struct e2e__lines *l,
	size_t i, size_t from, bool quoted)
{
	size_t n = e2e__diff_length(l, i);

	e2e__buf_adds(b, sign);
	e2e__excerpt_add(b, l->at[i], n, from, E2E__WIDTH, quoted ? E2E__QUOTED : E2E__PLAIN);
	e2e__buf_adds(b, n < l->size[i] ? "\n" : " (no newline)\n");
}

/* Lines that differ, between lines that are equal: n of one text and m of the other. */
struct e2e__hunk {
	size_t got, n, want, m;
};

/* Where the lines differ. Beyond the ends that both have in common, the longest common subsequence;
 * of very long texts that of their first parts, and the rest isn't compared. */
struct e2e__differences {
	struct e2e__lines g, w;
	size_t head, tail, gn, wn; /* equal lines at the ends; lines between that are compared */
	struct e2e__hunk *at;
	size_t n;
};

E2E__FN void e2e__diff_ends(struct e2e__differences *d)
{
	const struct e2e__lines *g = &d->g, *w = &d->w;

	while (d->head < g->n && d->head < w->n && e2e__diff_same_line(g, d->head, w, d->head))
		d->head++;
	while (d->tail < g->n - d->head && d->tail < w->n - d->head &&
		e2e__diff_same_line(g, g->n - 1 - d->tail, w, w->n - 1 - d->tail))
		d->tail++;
	d->gn = g->n - d->head - d->tail;
	d->wn = w->n - d->head - d->tail;
	while (d->gn && d->wn && d->gn + 1 > ((size_t)1 << 20) / (d->wn + 1))
		if (d->gn > d->wn)
			d->gn /= 2;
		else
			d->wn /= 2;
}

/* How many lines are common from (i, j) on; gn + 1 rows of wn + 1. NULL: there is no need for it.
 */
E2E__FN unsigned short *e2e__diff_table(const struct e2e__differences *d)
{
	size_t row = d->wn + 1, i, j;
	unsigned short *t;

	if (!d->gn || !d->wn)
		return NULL;
	t = (unsigned short *)e2e__buf_malloc((d->gn + 1) * row * sizeof *t);
	if (!t)
		return NULL;
	memset(t, 0, (d->gn + 1) * row * sizeof *t);
	for (i = d->gn; i-- > 0;)
		for (j = d->wn; j-- > 0;) {
			unsigned short down = t[(i + 1) * row + j], right = t[i * row + j + 1];

			if (e2e__diff_same_line(&d->g, d->head + i, &d->w, d->head + j))
				down = (unsigned short)(t[(i + 1) * row + j + 1] + 1);
			else if (right > down)
				down = right;
			t[i * row + j] = down;
		}
	return t;
}

/* The hunk that a line of the middle belongs to: the last one, or a new one. */
E2E__FN struct e2e__hunk *e2e__diff_hunk(struct e2e__differences *d, size_t i, size_t j)
{
	struct e2e__hunk *h = d->at + d->n;

	if (d->n && h[-1].got + h[-1].n == d->head + i && h[-1].want + h[-1].m == d->head + j)
		return h - 1;
	h->got = d->head + i;
	h->want = d->head + j;
	d->n++;
	return h;
}

E2E__FN void e2e__diff_find(struct e2e__differences *d)
{
	unsigned short *t = e2e__diff_table(d);
	size_t row = d->wn + 1, i = 0, j = 0;

	d->at = (struct e2e__hunk *)e2e__memory_alloc((d->gn + d->wn + 1) * sizeof *d->at);
	while (i < d->gn || j < d->wn) {
		if (t && i < d->gn && j < d->wn &&
			e2e__diff_same_line(&d->g, d->head + i, &d->w, d->head + j)) {
			i++;
			j++;
		} else if (j < d->wn &&
			(i == d->gn || !t || t[i * row + j + 1] >= t[(i + 1) * row + j])) {
			e2e__diff_hunk(d, i, j++)->m++;
		} else {
			e2e__diff_hunk(d, i++, j)->n++;
		}
	}
	if (t)
		e2e__buf_release_memory(t);
}

/* Unchanged lines from i to end: three at each edge, the rest counted. */
E2E__FN void e2e__diff_add_same(
	struct e2e__buf *b, const struct e2e__lines *l, size_t i, size_t end, bool first, bool last)
{
	size_t head = first ? 0 : 3, tail = last ? 0 : 3, n = end - i, k;

	for (k = 0; k < n; k++)
		if (n <= head + tail + 1 || k < head || k >= n - tail)
			e2e__diff_add_line(b, "  ", l, i + k, 0, false);
		else if (k == head)
			e2e__buf_addf(b, "  ... %zu equal lines\n", n - head - tail);
}

/* Do the lines look the same as they'd be shown, but for blanks? Very long ones aren't looked at.
 */
E2E__FN bool e2e__diff_alike(
	const struct e2e__lines *a, size_t i, const struct e2e__lines *b, size_t j)
{
	size_t n = e2e__diff_length(a, i), m = e2e__diff_length(b, j), k = 0, l = 0;
	E2E__BUF(x, 512);
	E2E__BUF(y, 512);

	if (n > E2E__WIDTH || m > E2E__WIDTH || (n == m && memcmp(a->at[i], b->at[j], n) == 0))
		return false; /* at most the newline differs */
	e2e__buf_escape(&x, a->at[i], n, E2E__PLAIN);
	e2e__buf_escape(&y, b->at[j], m, E2E__PLAIN);
	for (;; k++, l++) {
		k += strspn(x.p + k, " \t");
		l += strspn(y.p + l, " \t");
		if (!x.p[k] || x.p[k] != y.p[l])
			break;
	}

	bool alike = x.p[k] == y.p[l];
	e2e__buf_free(&x);
	e2e__buf_free(&y);
	return alike;
}

enum { E2E__DIFF_SIDE = 12 }; /* lines that are shown of a hunk's side */

/* n lines from i on, beside the m lines of the other text in this hunk. */
E2E__FN void e2e__diff_add_side(struct e2e__buf *b, const char *sign, const struct e2e__lines *l,
	size_t i, size_t n, const struct e2e__lines *other, size_t j, size_t m)
{
	size_t k, o;

	for (k = 0; k < n && (k < E2E__DIFF_SIDE || n == E2E__DIFF_SIDE + 1); k++) {
		const char *line = l->at[i + k];
		size_t length = e2e__diff_length(l, i + k), same = 0;
		bool quoted = e2e__excerpt_trails(line, length);

		for (o = 0; o < m && o <= E2E__DIFF_SIDE && !quoted; o++)
			quoted = e2e__diff_alike(l, i + k, other, j + o);
		if (k < m && length > E2E__WIDTH)
			while (same < length && same < other->size[j + k] &&
				line[same] == other->at[j + k][same])
				same++;
		e2e__diff_add_line(b, sign, l, i + k, e2e__excerpt_from(line, same), quoted);
	}
	if (k < n)
		e2e__buf_addf(b, "%s... %zu more lines\n", sign, n - k);
}

/* What comes behind the limit is counted. */
E2E__FN void e2e__diff_add_rest(struct e2e__buf *b, const struct e2e__differences *d, size_t from)
{
	size_t want = 0, got = 0, i;

	for (i = from; i < d->n; i++) {
		want += d->at[i].m;
		got += d->at[i].n;
	}
	if (from < d->n)
		e2e__buf_addf(b,
			"  ... %zu more places differ: %zu lines of want, %zu lines of got\n",
			d->n - from, want, got);
	want = d->w.n - d->head - d->tail - d->wn;
	got = d->g.n - d->head - d->tail - d->gn;
	if (want || got)
		e2e__buf_addf(b,
			"  ... not compared any further: %zu lines of want, %zu lines of got\n",
			want, got);
}

E2E__FN const char *e2e__diff(const char *got, const char *want)
{
	enum { LIMIT = 8192 };
	struct e2e__differences d;
	size_t i, end = 0;
	E2E__BUF(b, 1024);

	memset(&d, 0, sizeof d);
	e2e__diff_split(&d.g, got);
	e2e__diff_split(&d.w, want);
	if (d.g.n < 2 && d.w.n < 2)
		return NULL;
	e2e__diff_ends(&d);
	e2e__diff_find(&d);

	e2e__buf_adds(&b, "--- want\n+++ got\n");
	for (i = 0; i < d.n && (i == 0 || b.n < LIMIT); i++) {
		struct e2e__hunk *h = d.at + i;

		e2e__diff_add_same(&b, &d.g, end, h->got, i == 0, false);
		e2e__diff_add_side(&b, "- ", &d.w, h->want, h->m, &d.g, h->got, h->n);
		e2e__diff_add_side(&b, "+ ", &d.g, h->got, h->n, &d.w, h->want, h->m);
		end = h->got + h->n;
	}
	if (i == d.n && d.head + d.gn + d.tail == d.g.n && d.head + d.wn + d.tail == d.w.n)
		e2e__diff_add_same(&b, &d.g, end, d.g.n, false, true);
	else
		e2e__diff_add_rest(&b, &d, i);
	return e2e__memory_taken(&b);
}
