#pragma once
#include "base.h"
#include "buf.h"
#include "memory.h"

/* @interface */

/* A line diff ("  same", "- want", "+ got") of two texts, or NULL where both are of one line. */
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

E2E__FN void e2e__diff_add_line(
	struct e2e__buf *b, const char *sign, const struct e2e__lines *l, size_t i)
{
	bool newline = l->at[i][l->size[i] - 1] == '\n';

	e2e__buf_adds(b, sign);
	e2e__buf_escape(b, l->at[i], l->size[i] - newline, E2E__PLAIN);
	e2e__buf_adds(b, newline ? "\n" : " (no newline)\n");
}

/* Unchanged lines from i to end: three at each edge, the rest counted. */
E2E__FN void e2e__diff_add_same(
	struct e2e__buf *b, const struct e2e__lines *l, size_t i, size_t end, bool first, bool last)
{
	size_t head = first ? 0 : 3, tail = last ? 0 : 3, n = end - i, k;

	for (k = 0; k < n; k++)
		if (n <= head + tail + 1 || k < head || k >= n - tail)
			e2e__diff_add_line(b, "  ", l, i + k);
		else if (k == head)
			e2e__buf_addf(b, "  ... %zu equal lines\n", n - head - tail);
}

/* The middle parts, after equal beginnings and before equal ends: longest common subsequence. */
E2E__FN void e2e__diff_add_middle(struct e2e__buf *b, const struct e2e__lines *g, size_t gi,
	size_t ge, const struct e2e__lines *w, size_t wi, size_t we)
{
	size_t gn = ge - gi, wn = we - wi, i, j;
	unsigned short *t = NULL;

	if (gn && wn && gn <= 1000 && wn <= 1000)
		t = (unsigned short *)calloc((gn + 1) * (wn + 1), sizeof *t);
#define E2E__T(i, j) t[(i) * (wn + 1) + (j)]
	if (t)
		for (i = gn; i-- > 0;)
			for (j = wn; j-- > 0;)
				E2E__T(i, j) = e2e__diff_same_line(g, gi + i, w, wi + j)
					? (unsigned short)(E2E__T(i + 1, j + 1) + 1)
					: E2E__T(i + 1, j) > E2E__T(i, j + 1) ? E2E__T(i + 1, j)
									      : E2E__T(i, j + 1);
	for (i = j = 0; i < gn || j < wn;) {
		if (t && i < gn && j < wn && e2e__diff_same_line(g, gi + i, w, wi + j)) {
			e2e__diff_add_line(b, "  ", g, gi + i++);
			j++;
		} else if (j < wn && (i == gn || !t || E2E__T(i, j + 1) >= E2E__T(i + 1, j))) {
			e2e__diff_add_line(b, "- ", w, wi + j++);
		} else {
			e2e__diff_add_line(b, "+ ", g, gi + i++);
		}
	}
#undef E2E__T
	free(t);
}

E2E__FN const char *e2e__diff(const char *got, const char *want)
{
	struct e2e__lines g, w;
	size_t head = 0, tail = 0;
	E2E__BUF(b, 1024);

	e2e__diff_split(&g, got);
	e2e__diff_split(&w, want);
	if (g.n < 2 && w.n < 2)
		return NULL;
	while (head < g.n && head < w.n && e2e__diff_same_line(&g, head, &w, head))
		head++;
	while (tail < g.n - head && tail < w.n - head &&
		e2e__diff_same_line(&g, g.n - 1 - tail, &w, w.n - 1 - tail))
		tail++;
	e2e__buf_adds(&b, "--- want\n+++ got\n");
	e2e__diff_add_same(&b, &g, 0, head, true, false);
	e2e__diff_add_middle(&b, &g, head, g.n - tail, &w, head, w.n - tail);
	e2e__diff_add_same(&b, &g, g.n - tail, g.n, false, true);
	return e2e__memory_taken(&b);
}
