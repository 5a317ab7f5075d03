#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "logs.h"

/* @interface */

/* The n-th group of the last match of e2e_expect or e2e_ready with p; 0 is all of it. Of several
 * E2E_LINE of one e2e_ready the last in its list that has groups counts, in whatever order they
 * came. NULL if there was none. Valid until the case's end. */
E2E__FN const char *e2e_capture(const e2e_proc *p, int n);
/* The same as a number; 0 if it is none. */
E2E__FN long long e2e_capture_int(const e2e_proc *p, int n);

/* @implementation */

/* Compiles an expression of the test; a bad one is a fault of the test and ends the case. */
E2E__FN void e2e__match_compile(regex_t *re, const char *ere, int flags)
{
	char why[200];
	int error = regcomp(re, ere, REG_EXTENDED | flags);

	if (!error)
		return;
	regerror(error, re, why, sizeof why);
	e2e__system_die_of(e2e__proc.file, e2e__proc.line, "the regular expression", "usage",
		e2e_printf("bad regular expression \"%s\": %s", ere, why),
		"it is a POSIX extended one: man 7 regex");
}

/* Text for regexec: NULs would end it, so they become blanks in a copy. */
E2E__FN char *e2e__match_matchable(const char *from, size_t n)
{
	char *copy = (char *)malloc(n + 1);

	if (!copy)
		e2e_bail_out("out of memory");
	memcpy(copy, from, n);
	copy[n] = '\0';
	for (char *nul = copy; (nul = (char *)memchr(nul, 0, (size_t)(copy + n - nul)));)
		*nul = ' ';
	return copy;
}

E2E__FN void e2e__match_keep_groups(const char **group, const char *text, const regmatch_t *match)
{
	for (int i = 0; i < E2E__CAPTURES; i++)
		group[i] = match[i].rm_so < 0
			? NULL
			: e2e_printf("%.*s", (int)(match[i].rm_eo - match[i].rm_so),
				  text + match[i].rm_so);
}

E2E__FN const char *e2e_capture(const e2e_proc *p, int n)
{
	return n < 0 || n >= E2E__CAPTURES ? NULL : p->own->group[n];
}

E2E__FN long long e2e_capture_int(const e2e_proc *p, int n)
{
	const char *text = e2e_capture(p, n);

	return text ? strtoll(text, NULL, 10) : 0;
}

/* How far E2E_LINE has looked, and what it has found. */
struct e2e__line_search {
	size_t at;      /* the next line */
	size_t matched; /* the end of the match */
	const char *group[E2E__CAPTURES];
};

/* E2E_LINE begins behind the last match, and behind the line that the last E2E_LINE has found. */
E2E__FN size_t e2e__match_lines_from(const struct e2e__log *log)
{
	return log->matched > log->lines ? log->matched : log->lines;
}

/* The first whole line from there on that matches. A line without its end may still grow: it must
 * wait. */
E2E__FN bool e2e__match_line_matches(
	struct e2e__log *log, const regex_t *re, struct e2e__line_search *l)
{
	e2e__log_read(log);
	if (l->at > log->size)
		l->at = 0;
	for (;;) {
		const char *from = log->text + l->at;
		const char *end = (const char *)memchr(from, '\n', log->size - l->at);

		if (!end)
			return false;
		regmatch_t match[E2E__CAPTURES];
		size_t n = (size_t)(end - from), begin = l->at;
		bool in_line = begin && from[-1] != '\n';
		l->at += n + 1;
		char *text = e2e__match_matchable(from, n && from[n - 1] == '\r' ? n - 1 : n);
		bool found = !regexec(re, text, E2E__CAPTURES, match, in_line ? REG_NOTBOL : 0);
		if (found) {
			e2e__match_keep_groups(l->group, text, match);
			l->matched = begin + (size_t)match[0].rm_eo;
		}
		free(text);
		if (found)
			return true;
	}
}

/* What to think of a line that is nearly what was looked for; NULL if it isn't. */
E2E__FN const char *e2e__match_nearly_line(
	const char *line, const char *ere, const regex_t *any_case, bool ended)
{
	if (!ended && !regexec(any_case, line, 0, NULL, 0))
		return e2e_printf(
			"\"%.100s\" has no end yet, and E2E_LINE takes whole lines: e2e_expect(p, \"%.100s\")",
			line, ere);
	if (!regexec(any_case, line, 0, NULL, 0))
		return e2e_printf("\"%.100s\" differs in upper and lower case alone", line);
	if (strstr(line, ere))
		return e2e_printf(
			"\"%.100s\" stands there as it is; in a regular expression one of its signs means"
			" something else: a \\\\ before it",
			ere);
	return NULL;
}

enum { E2E__MATCH_NEARLY = 65536 }; /* bytes at a log's end that are looked at again */

/* A line of a log that is nearly what was looked for in vain behind `from`, in whole lines or in
 * parts, or that has been found before: a hint, or NULL. */
E2E__FN const char *e2e__match_nearly(
	const struct e2e__log *log, const char *ere, size_t from, bool whole)
{
	const char *hint = NULL, *used = NULL;
	regex_t same, any_case;
	size_t at = log->size > E2E__MATCH_NEARLY ? log->size - E2E__MATCH_NEARLY : 0;

	if (!log->text || regcomp(&same, ere, REG_EXTENDED | REG_NOSUB))
		return NULL;
	if (regcomp(&any_case, ere, REG_EXTENDED | REG_NOSUB | REG_ICASE)) {
		regfree(&same);
		return NULL;
	}

	while (at < log->size && !hint) {
		const char *begin = log->text + at;
		const char *end = (const char *)memchr(begin, '\n', log->size - at);
		size_t n = end ? (size_t)(end - begin) : log->size - at;
		char *line = e2e__match_matchable(begin, n && begin[n - 1] == '\r' ? n - 1 : n);

		if (at >= from)
			hint = e2e__match_nearly_line(line, ere, &any_case, end || !whole);
		else if (!regexec(&same, line, 0, NULL, 0))
			used = e2e_printf(
				"\"%.100s\" matches, but e2e_ready or e2e_expect has found that line before",
				line);
		free(line);
		at += n + 1;
	}

	regfree(&same);
	regfree(&any_case);
	return hint ? hint : used;
}

/* What e2e_ready has found is behind the mark from now on. */
E2E__FN void e2e__match_line_consumed(struct e2e__log *log, const struct e2e__line_search *l)
{
	if (!l->matched)
		return;
	if (l->matched > log->matched)
		log->matched = l->matched;
	if (l->at > log->lines)
		log->lines = l->at;
}
