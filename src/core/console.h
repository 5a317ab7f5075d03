#pragma once
#include "base.h"
#include "state.h"
#include "buf.h"
#include "files.h"

/* @manual On a terminal
 *	A program that is run by hand tells what prove would: a line for each case, and below one
 *	that failed where, what it got and wanted, the diff, the logs and the command that runs it
 *	again, each once; at the end how many failed. Comments are shown as they come. Where stdout
 *	is no terminal, and with --tap or -v, it is TAP.
 */

/* @implementation */

/* What a failure says before its case's point is known, and the point being read. */
struct e2e__console {
	struct e2e__buf line, held, told, yaml, out;
	bool in_yaml, shows; /* of a point whose details are wanted */
	size_t pad;
	int depth, places; /* places: failed assertions of this case */
	int points, failed, skipped, expected;
	char space[5][256];
};

enum { E2E__CONSOLE_PLACES = 40 };

E2E__FN struct e2e__console *e2e__console_new(void)
{
	struct e2e__console *c = (struct e2e__console *)e2e__buf_malloc(sizeof *c);
	struct e2e__buf *bufs[5];
	int i;

	if (!c)
		return NULL;
	memset(c, 0, sizeof *c);
	bufs[0] = &c->line;
	bufs[1] = &c->held;
	bufs[2] = &c->told;
	bufs[3] = &c->yaml;
	bufs[4] = &c->out;
	for (i = 0; i < 5; i++) {
		bufs[i]->p = c->space[i];
		bufs[i]->size = sizeof c->space[i];
	}
	return c;
}

E2E__FN void e2e__console_clear(struct e2e__buf *b)
{
	b->n = 0;
	b->p[0] = 0;
}

/* ---- a YAML block, its lines without their indentation */

/* The rest of the line `key: ...`, of n bytes; NULL: there is no such key. */
E2E__FN const char *e2e__console_value(const struct e2e__console *c, const char *key, size_t *n)
{
	size_t length = strlen(key);
	const char *p = c->yaml.p;

	for (; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (strncmp(p, key, length) == 0 && p[length] == ':') {
			p += length + 1 + (p[length + 1] == ' ');
			*n = strcspn(p, "\n");
			return p;
		}
	*n = 0;
	return NULL;
}

E2E__FN bool e2e__console_is_block(const char *value, size_t n)
{
	return value && n == 1 && *value == '|';
}

/* A value without its quotes and their escapes. */
E2E__FN void e2e__console_add_unquoted(struct e2e__buf *b, const char *value, size_t n)
{
	size_t i;

	if (n < 2 || value[0] != '"' || value[n - 1] != '"') {
		e2e__buf_add(b, value, n);
		return;
	}
	for (i = 1; i < n - 1; i++) {
		i += value[i] == '\\' && (value[i + 1] == '"' || value[i + 1] == '\\');
		e2e__buf_add(b, value + i, 1);
	}
}

/* Are got and want told in the first line? */
E2E__FN bool e2e__console_is_short(const struct e2e__console *c)
{
	size_t g, w, m;
	const char *got = e2e__console_value(c, "got", &g),
		   *want = e2e__console_value(c, "want", &w);
	const char *message = e2e__console_value(c, "message", &m);

	return got && want && g < 80 && w < 80 && !e2e__console_is_block(got, g) &&
		!e2e__console_is_block(want, w) &&
		(!message || strncmp(message, "\"false: ", 8) == 0);
}

/* "t/x.c:12: got 1, want 2", or with the message. Nothing if it has been told of this case: the
 * same failure in a loop, or what the case's own point repeats. */
E2E__FN bool e2e__console_add_head(struct e2e__console *c, struct e2e__buf *b, const char *pad)
{
	size_t n;
	const char *at = e2e__console_value(c, "at", &n), *known;
	E2E__BUF(head, 512);

	e2e__buf_adds(&head, at ? "" : pad);
	if (at) {
		e2e__buf_add(&head, at, n);
		e2e__buf_adds(&head, ": ");
	}
	if (e2e__console_is_short(c)) {
		const char *value = e2e__console_value(c, "got", &n);

		e2e__buf_adds(&head, "got ");
		e2e__buf_add(&head, value, n);
		value = e2e__console_value(c, "want", &n);
		e2e__buf_adds(&head, ", want ");
		e2e__buf_add(&head, value, n);
	} else {
		const char *value = e2e__console_value(c, "message", &n);

		e2e__console_add_unquoted(&head, value ? value : "failed", value ? n : 6);
	}

	e2e__buf_adds(&head, "\n");
	known = c->told.n ? strstr(c->told.p, c->depth ? c->yaml.p : head.p) : NULL;
	if (!known) {
		e2e__buf_add(&c->told, head.p, head.n);
		e2e__buf_add(&c->told, c->yaml.p, c->yaml.n);
		e2e__buf_add(b, head.p, head.n);
	}
	e2e__buf_free(&head);
	return known != NULL;
}

/* Is the key told by the first line, or not at all? */
E2E__FN bool e2e__console_leaves_out(
	const struct e2e__console *c, const char *key, size_t n, bool block, bool again)
{
	static const char never[] = " at message duration_ms code seed failed ";
	static const char values[] = " got want ", once[] = " diff hint ";
	const char *diff;
	size_t length;
	char word[32];

	if (n > sizeof word - 3)
		return false;
	snprintf(word, sizeof word, " %.*s ", (int)n, key);
	if (strstr(never, word) || (strstr(once, word) && again))
		return true;
	diff = e2e__console_value(c, "diff", &length);
	if (strstr(values, word))
		return again || e2e__console_is_short(c) || (diff && !block);
	return strcmp(word, " diff ") == 0 && e2e__console_is_short(c);
}

/* What the block tells, as prove does: the place and the values, then the rest. */
E2E__FN void e2e__console_add_block(struct e2e__console *c, struct e2e__buf *b, const char *pad)
{
	bool again = e2e__console_add_head(c, b, pad), left_out = false, first = false;
	const char *p, *end, *code;
	size_t length;

	/* what stands before it is the failure's */
	code = again ? e2e__console_value(c, "code", &length) : NULL;

	for (p = c->yaml.p; *p; p = *end ? end + 1 : end) {
		size_t key = strcspn(p, ":\n"), n;

		end = p + strcspn(p, "\n");
		n = (size_t)(end - p);
		if (*p == ' ' || !*p || *p == '\n' || *p == '#') { /* of the key above */
			if (!left_out && !(first && n == 8 && strncmp(p, "  (text)", 8) == 0)) {
				e2e__buf_adds(b, pad);
				e2e__buf_add(b, p, n);
				e2e__buf_adds(b, "\n");
			}
			first = false;
			continue;
		}

		first = n > 2 && strncmp(end - 2, " |", 2) == 0;
		left_out = (code && p < code) || e2e__console_leaves_out(c, p, key, first, again);
		if (left_out)
			continue;
		e2e__buf_adds(b, pad);
		if (first) {
			e2e__buf_add(b, p, n - 2);
		} else {
			const char *value = p + key + (p + key < end);

			value += *value == ' ';
			e2e__buf_add(b, p, (size_t)(value - p));
			if (strncmp(p, "got:", 4) == 0 || strncmp(p, "want:", 5) == 0)
				e2e__buf_add(b, value, (size_t)(end - value));
			else
				e2e__console_add_unquoted(b, value, (size_t)(end - value));
		}
		e2e__buf_adds(b, "\n");
	}
}

E2E__FN void e2e__console_end_yaml(struct e2e__console *c)
{
	c->in_yaml = false;
	if (c->shows)
		e2e__console_add_block(c, c->depth ? &c->held : &c->out, c->depth ? "    " : "  ");
	c->shows = false;
	if (!c->depth)
		e2e__console_clear(&c->told);
	e2e__console_clear(&c->yaml);
}

/* ---- lines */

/* Of an assertion or subtest of a case. */
E2E__FN void e2e__console_nested(struct e2e__console *c, const char *line, bool failed)
{
	c->shows = false;
	if (!failed)
		return;
	c->places++;
	if (c->places == E2E__CONSOLE_PLACES + 1)
		e2e__buf_adds(&c->held, "  ... more failures of this case: --tap shows them\n");
	c->shows = c->places <= E2E__CONSOLE_PLACES;
	if (!c->shows)
		return;
	e2e__buf_addf(&c->held, "%*s%s\n", 2 * c->depth, "", line);
}

/* Of a case, or of a script. */
E2E__FN void e2e__console_point(struct e2e__console *c, const char *line, bool ok)
{
	bool skip = strstr(line, " # SKIP"), todo = strstr(line, " # TODO");
	bool failed = !ok && !todo;

	c->points++;
	c->failed += failed;
	c->skipped += skip;
	c->expected += todo && !ok;
	if (failed || skip || todo || e2e__state.style == 'c')
		e2e__buf_addf(&c->out, "%s\n", line);
	if (failed)
		e2e__buf_add(&c->out, c->held.p, c->held.n);
	c->shows = failed;
	c->places = 0;
	e2e__console_clear(&c->held);
	if (!failed)
		e2e__console_clear(&c->told);
}

E2E__FN bool e2e__console_is_plan(const char *line)
{
	return strncmp(line, "1..", 3) == 0 && line[3] >= '0' && line[3] <= '9';
}

E2E__FN void e2e__console_line(struct e2e__console *c, const char *whole)
{
	size_t pad = strspn(whole, " ");
	const char *line = whole + pad;
	bool ok = strncmp(line, "ok ", 3) == 0, failed = strncmp(line, "not ok ", 7) == 0;

	if (c->in_yaml) {
		if (pad == c->pad && strcmp(line, "...") == 0) {
			e2e__console_end_yaml(c);
		} else if (c->shows) {
			e2e__buf_adds(&c->yaml, pad >= c->pad ? whole + c->pad : line);
			e2e__buf_adds(&c->yaml, "\n");
		}
		return;
	}

	if (strcmp(line, "---") == 0) {
		c->in_yaml = true;
		c->pad = pad;
		return;
	}
	if (ok || failed) {
		c->depth = (int)(pad / 4);
		if (c->depth)
			e2e__console_nested(c, line, failed && !strstr(line, " # TODO"));
		else
			e2e__console_point(c, line, ok);
		return;
	}

	/* "1..0 # SKIP why" is the only plan that tells anything. */
	if (e2e__console_is_plan(line) && (pad || strncmp(line, "1..0 # SKIP ", 12) != 0))
		return;
	if (strncmp(line, "# Subtest", 9) == 0 || strncmp(line, "TAP version ", 12) == 0)
		return;
	if (strncmp(line, "Bail out!", 9) == 0) {
		e2e__buf_add(&c->out, c->held.p, c->held.n);
		e2e__console_clear(&c->held);
	}
	if (e2e__console_is_plan(line))
		e2e__buf_addf(&c->out, "skipped: %s\n", line + 12);
	else
		e2e__buf_addf(&c->out, "%s\n", line);
}

/* TAP goes in, in pieces of any length; what is to be seen comes out. */
E2E__FN void e2e__console_feed(struct e2e__console *c, const char *s, size_t n)
{
	while (n) {
		const char *newline = (const char *)memchr(s, '\n', n);
		size_t part = newline ? (size_t)(newline - s) : n;

		e2e__buf_add(&c->line, s, part);
		if (newline) {
			e2e__console_line(c, c->line.p);
			e2e__console_clear(&c->line);
			part++;
		}
		s += part;
		n -= part;
	}

	if (c->out.n && !e2e__state.out_failed)
		e2e__file_write_all(e2e__state.tap, c->out.p, c->out.n);
	e2e__console_clear(&c->out);
}

/* The last words: how many there were, how many of them failed. */
E2E__FN void e2e__console_end(void)
{
	struct e2e__console *c = e2e__state.console;
	const char *what = e2e__state.style == 'c' ? "case" : "assertion", *s;

	if (!c)
		return;
	e2e__state.console = NULL;
	e2e__buf_add(&c->out, c->held.p, c->held.n);
	s = E2E__PLURAL(c->points);
	if (c->failed)
		e2e__buf_addf(&c->out, "%d of %d %s%s failed", c->failed, c->points, what, s);
	else if (c->points)
		e2e__buf_addf(&c->out, "%d %s%s, none failed", c->points, what, s);
	if (c->points && c->skipped)
		e2e__buf_addf(&c->out, ", %d skipped", c->skipped);
	if (c->points && c->expected)
		e2e__buf_addf(&c->out, ", %d failed as expected (TODO)", c->expected);
	if (c->points)
		e2e__buf_adds(&c->out, "\n");
	e2e__console_feed(c, "", 0);

	e2e__buf_free(&c->line);
	e2e__buf_free(&c->held);
	e2e__buf_free(&c->told);
	e2e__buf_free(&c->yaml);
	e2e__buf_free(&c->out);
	e2e__buf_release_memory(c);
}
