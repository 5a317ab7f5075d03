#pragma once
#include "base.h"
#include "buf.h"
#include "memory.h"
#include "point.h"
#include "excerpt.h"
#include "assertion.h"

/* @manual Texts that match
 *	e2e_like(r.out, "^port [0-9]+\n");	somewhere in the text
 *	e2e_unlike(r.err, "[Ee]rror");
 *	`^` and `$` are the ends of the whole text, whatever lines it has, and its last newline
 *	belongs to it: "done$" doesn't match "done\n". A failure shows a text of several lines as
 *	numbered lines, marks the one that came closest to the expression, or that matched, and says
 *	which part of the expression it matches.
 */

/* @interface */

/* e2e_like(text, ere, ...), e2e_unlike: POSIX extended regular expression; NULL matches nothing; a
 * bad one fails. */
#define e2e_like(...) E2E__ARGS2(e2e__match_like, #__VA_ARGS__, __VA_ARGS__)
#define e2e_unlike(...) E2E__ARGS2(e2e__match_unlike, #__VA_ARGS__, __VA_ARGS__)

E2E__FN bool e2e__match_like(struct e2e__at at, const char *s, const char *ere);
E2E__FN bool e2e__match_unlike(struct e2e__at at, const char *s, const char *ere);

/* @implementation */

/* Does the text match? -1, with a failed point made, where the expression is bad. */
E2E__FN int e2e__match(const struct e2e__at *at, const char *s, const char *ere)
{
	regex_t re;
	char why[128];
	int e = ere ? regcomp(&re, ere, REG_EXTENDED | REG_NOSUB) : REG_BADPAT;

	if (e) {
		if (!ere || !regerror(e, &re, why, sizeof why))
			strcpy(why, "it is NULL");
		e2e__assertion_judge(at, false, " like ", NULL, NULL, "like",
			e2e_printf("bad regular expression %s: %s", e2e_quoted(ere), why), NULL);
		return -1;
	}
	e = s && regexec(&re, s, 0, NULL, 0) == 0;
	regfree(&re);
	return e;
}

/* Where a text matches an expression, or a part of one. */
struct e2e__found {
	size_t at, n; /* bytes */
	const char *part;
};

/* Flags of regcomp: 0, or REG_NEWLINE for lines one by one. */
E2E__FN bool e2e__match_find(struct e2e__found *found, const char *s, const char *part, int flags)
{
	regex_t re;
	regmatch_t m;
	bool is;

	if (regcomp(&re, part, REG_EXTENDED | flags) != 0)
		return false;
	is = regexec(&re, s, 1, &m, 0) == 0;
	regfree(&re);
	if (is) {
		found->at = (size_t)m.rm_so;
		found->n = (size_t)(m.rm_eo - m.rm_so);
		found->part = part;
	}
	return is;
}

/* Of a beginning of the expression: is it cut where its meaning changes? */
E2E__FN bool e2e__match_cut(const char *ere, size_t n)
{
	return ere[n - 1] == '\\' || (ere[n] && strchr("*+?{", ere[n]));
}

/* What comes closest: the longest beginning of the expression, or else the longest end of it, that
 * matches three bytes or more of a line. Expressions and texts beyond any sense aren't tried. */
E2E__FN bool e2e__match_closest(struct e2e__found *best, const char *s, const char *ere)
{
	enum { LEAST = 3, PATTERN = 200, TEXT = 65536 };
	struct e2e__found end = {0, 0, NULL};
	size_t n = strlen(ere), i;

	best->n = 0;
	if (n > PATTERN || strlen(s) > TEXT)
		return false;
	for (i = n; i >= LEAST && best->n < LEAST; i--)
		if (e2e__match_cut(ere, i) ||
			!e2e__match_find(best, s, e2e__memory_strndup(ere, i), REG_NEWLINE))
			best->n = 0;
	for (i = 1; i + LEAST <= n && end.n < LEAST; i++)
		if (e2e__match_cut(ere, i) || !e2e__match_find(&end, s, ere + i, REG_NEWLINE))
			end.n = 0;
	if (end.n > best->n)
		*best = end;
	return best->n >= LEAST;
}

/* The number of the line at a byte. */
E2E__FN size_t e2e__match_line(const char *s, size_t at)
{
	size_t line = 1, i;

	for (i = 0; i < at; i++)
		line += s[i] == '\n';
	return line;
}

/* What to show of a text where a line is marked (0: none is). */
E2E__FN const char *e2e__match_shown(const char *s, size_t line)
{
	return e2e__excerpt_has_lines(s) ? e2e__excerpt_block(s, line) : e2e__excerpt(s, 0, 400);
}

E2E__FN bool e2e__match_fail(const struct e2e__at *at, const char *verb, const char *code,
	const char *got, const char *want, const char *hint)
{
	e2e_failure f = {NULL, got, want, code, hint, NULL};
	E2E__BUF(b, 256);

	e2e__buf_adds(&b, "false: ");
	e2e__point_add_name(&b, at->text, verb, E2E__PLAIN);
	f.message = b.p;
	e2e__point(at, false, verb, &f);
	e2e__buf_free(&b);
	return false;
}

E2E__FN bool e2e__match_like(struct e2e__at at, const char *s, const char *ere)
{
	struct e2e__found found = {0, 0, NULL};
	int m = e2e__match(&at, s, ere);
	const char *hint = NULL;
	size_t line = 0;

	if (m > 0)
		return e2e__point(&at, true, " like ", NULL);
	if (m < 0)
		return false;
	if (s && e2e__match_find(&found, s, ere, REG_NEWLINE)) {
		line = e2e__match_line(s, found.at);
		hint = e2e_printf("line %zu alone matches: ^ and $ are the ends of the whole text, "
				  "and its last newline belongs to it",
			line);
	} else if (s && e2e__match_closest(&found, s, ere)) {
		line = e2e__match_line(s, found.at);
		if (e2e__excerpt_has_lines(s))
			hint = e2e_printf("line %zu comes closest: it matches %s", line,
				e2e_quoted(found.part));
	}

	return e2e__match_fail(&at, " like ", "like", e2e__match_shown(s, line),
		e2e_printf("a match of %s", e2e_quoted(ere)), hint);
}

E2E__FN bool e2e__match_unlike(struct e2e__at at, const char *s, const char *ere)
{
	struct e2e__found found = {0, 0, NULL};
	int m = e2e__match(&at, s, ere);
	const char *hint = NULL;
	size_t line = 0;

	if (m == 0)
		return e2e__point(&at, true, " unlike ", NULL);
	if (m < 0)
		return false;
	if (e2e__excerpt_has_lines(s) && e2e__match_find(&found, s, ere, 0)) {
		line = e2e__match_line(s, found.at);
		hint = e2e_printf("line %zu matches: %s", line,
			e2e_quoted(
				e2e__memory_strndup(s + found.at, found.n < 200 ? found.n : 200)));
	}

	return e2e__match_fail(&at, " unlike ", "unlike", e2e__match_shown(s, line),
		e2e_printf("no match of %s", e2e_quoted(ere)), hint);
}
