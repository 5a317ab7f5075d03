#pragma once
#include "base.h"

/* @implementation */

/* What is a secret by what stands before it: `--token x`, `PGPASSWORD=x`, `"password": "x"`,
 * `Authorization: Bearer x`, `https://joe:x@host`. */

/* A part of a text, and what it was found by: the name before it begins at `name`. */
struct e2e__secret_span {
	const char *text, *name, *begin, *end;
	char outer;   /* the quote before the name, or 0 */
	bool escaped; /* with a backslash before it */
};

E2E__FN bool e2e__secret_form_is_sign(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c && strchr("-_.", c));
}

/* Do n bytes, in any case and with "_" as "-", end in this word? */
E2E__FN bool e2e__secret_form_ends(const char *name, size_t n, const char *word)
{
	size_t k = strlen(word);

	if (n < k)
		return false;
	for (size_t i = 0; i < k; i++) {
		char c = name[n - k + i];

		c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		if (c != word[i])
			return false;
	}
	return true;
}

/* Does a name say that what it names is a secret: "PGPASSWORD", "client-secret", "db.pass"? */
E2E__FN bool e2e__secret_form_is_name(const char *name, size_t n)
{
	static const char *const ends[] = {"password", "passwd", "passphrase", "secret", "token",
		"apikey", "api-key", "access-key", "private-key"};
	static const char *const wholes[] = {"pass", "pwd", "pw"};
	size_t i;

	for (i = 0; i < sizeof ends / sizeof *ends; i++)
		if (e2e__secret_form_ends(name, n, ends[i]))
			return true;
	for (i = 0; i < sizeof wholes / sizeof *wholes; i++) {
		size_t k = strlen(wholes[i]);

		if (e2e__secret_form_ends(name, n, wholes[i]) &&
			(n == k || strchr("-_.", name[n - k - 1])))
			return true;
	}
	return false;
}

E2E__FN bool e2e__secret_form_is_header(const char *name, size_t n)
{
	static const char *const headers[] = {
		"authorization", "proxy-authorization", "cookie", "set-cookie"};

	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		if (strlen(headers[i]) == n && e2e__secret_form_ends(name, n, headers[i]))
			return true;
	return e2e__secret_form_ends(name, n, "api-key") ||
		e2e__secret_form_ends(name, n, "-token");
}

/* The name that ends before p, and the quote before it. */
E2E__FN size_t e2e__secret_form_name_before(struct e2e__secret_span *s, const char *p)
{
	const char *word = p;

	while (word > s->text && e2e__secret_form_is_sign(word[-1]))
		word--;
	s->outer = word > s->text && (word[-1] == '"' || word[-1] == '\'') ? word[-1] : '\0';
	s->escaped = s->outer && word - 1 > s->text && word[-2] == '\\';
	while (word < p && *word == '-')
		word++;
	s->name = word;
	return (size_t)(p - word);
}

/* What is in quotes goes to the quote; a shell's '\'' and, unless the quotes are escaped
 * themselves, a backslash's don't end it. */
E2E__FN const char *e2e__secret_form_closed(const char *p, char quote, bool escaped)
{
	const char *begin = p;

	while (*p && *p != '\n' && *p != quote) {
		p += quote == '"' && !escaped && *p == '\\' && p[1];
		p++;
		if (quote == '\'' && strncmp(p, "'\\''", 4) == 0)
			p += 4;
	}
	return escaped && p > begin && p[-1] == '\\' ? p - 1 : p;
}

/* A value that begins at p: in quotes of its own, in those around it and its name, or one word.
 * The name of a variable is no secret. */
E2E__FN bool e2e__secret_form_value(struct e2e__secret_span *s, const char *p, const char *stops)
{
	bool escaped = *p == '\\' && (p[1] == '"' || p[1] == '\'');
	char quote = p[escaped];

	if (s->outer) {
		s->begin = p;
		s->end = e2e__secret_form_closed(p, s->outer, s->escaped);
	} else if (quote == '"' || quote == '\'') {
		s->begin = p + escaped + 1;
		s->end = e2e__secret_form_closed(s->begin, quote, escaped);
	} else {
		s->begin = p;
		s->end = p + strcspn(p, stops);
	}
	return s->end > s->begin && *s->begin != '$';
}

/* p is a "=": `PGPASSWORD=x`, `--token=x`, `?password=x&...` */
E2E__FN bool e2e__secret_form_assigned(struct e2e__secret_span *s, const char *p)
{
	size_t n = e2e__secret_form_name_before(s, p);

	if (!n || p[1] == '=' || !e2e__secret_form_is_name(s->name, n))
		return false;
	/* in a URL in quotes the name has a sign before it that isn't a quote */
	return e2e__secret_form_value(s, p + 1, " \t\r\n&;,)]}<>|\"'`");
}

/* p is the first "-" of a word: `--password x`, `-u joe:x` */
E2E__FN bool e2e__secret_form_option(struct e2e__secret_span *s, const char *p)
{
	const char *end;
	size_t n;

	if (p > s->text && !strchr(" \t\n'\"(", p[-1]))
		return false;
	p += p[1] == '-' ? 2 : 1;
	for (n = 0; e2e__secret_form_is_sign(p[n]); n++)
		;
	end = p + n;
	if (*end != ' ' || strncmp(p, "no-", 3) == 0)
		return false;

	end += strspn(end, " ");
	s->name = p;
	s->outer = '\0';
	if (*end == '-' || !e2e__secret_form_value(s, end, " \t\r\n\"'`"))
		return false;
	if (e2e__secret_form_is_name(p, n))
		return true;
	if (!(n == 1 && *p == 'u') && !(n >= 4 && e2e__secret_form_ends(p, n, "user")))
		return false;

	/* numbers are a user and a group */
	const char *colon = (const char *)memchr(s->begin, ':', (size_t)(s->end - s->begin));
	if (!colon || strspn(colon + 1, "0123456789") >= (size_t)(s->end - colon - 1))
		return false;
	s->begin = colon + 1;
	return true;
}

/* p is the ":" of `Authorization: Bearer x`; of that the first word is kept. */
E2E__FN bool e2e__secret_form_header(struct e2e__secret_span *s, const char *p)
{
	size_t n = e2e__secret_form_name_before(s, p), scheme;

	if (!n || !e2e__secret_form_is_header(s->name, n))
		return false;
	s->begin = p + 1 + strspn(p + 1, " ");
	scheme = strcspn(s->begin, " \t\r\n\"'");
	if (!e2e__secret_form_ends(s->name, n, "authorization") || s->begin[scheme] != ' ')
		scheme = 0;

	/* the quote may be before other words; cookies and Digest have some within */
	const char *stops = scheme && strncmp(s->begin, "Digest", 6) != 0 ? "\r\n\"'" : "\r\n";
	s->end = s->outer ? e2e__secret_form_closed(s->begin, s->outer, s->escaped)
			  : s->begin + strcspn(s->begin, stops);
	if (scheme && s->begin + scheme + 1 < s->end)
		s->begin += scheme + 1;
	return s->end > s->begin && *s->begin != '$';
}

/* p is the ":" of `"password": "x"` */
E2E__FN bool e2e__secret_form_member(struct e2e__secret_span *s, const char *p)
{
	const char *name_end = p - 1;
	bool escaped;
	size_t n;

	if (p == s->text || *name_end != '"')
		return false;
	name_end -= name_end > s->text && name_end[-1] == '\\';
	n = e2e__secret_form_name_before(s, name_end);
	if (s->outer != '"' || !n ||
		!(e2e__secret_form_is_name(s->name, n) || e2e__secret_form_is_header(s->name, n)))
		return false;
	p += 1 + strspn(p + 1, " \t");
	escaped = *p == '\\';
	if (p[escaped] != '"')
		return false;
	s->begin = p + escaped + 1;
	s->end = e2e__secret_form_closed(s->begin, '"', escaped);
	return s->end > s->begin;
}

/* p is the ":" of `https://joe:x@host` */
E2E__FN bool e2e__secret_form_url(struct e2e__secret_span *s, const char *p)
{
	const char *end, *colon;

	if (p[1] != '/' || p[2] != '/')
		return false;
	p += 3;
	for (end = p + strcspn(p, "/?# \t\r\n\"'<>`"); end > p && *end != '@'; end--)
		;
	colon = (const char *)memchr(p, ':', (size_t)(end - p));
	if (!colon)
		return false;
	s->begin = colon + 1;
	s->end = end;
	return s->end > s->begin && *s->begin != '$';
}

/* Looks for a secret at p or behind it. */
E2E__FN bool e2e__secret_form_next(struct e2e__secret_span *s, const char *p)
{
	for (; *(p += strcspn(p, ":=-")); p++) {
		bool found = *p == '=' ? e2e__secret_form_assigned(s, p)
			: *p == '-'    ? e2e__secret_form_option(s, p)
				    : e2e__secret_form_url(s, p) || e2e__secret_form_header(s, p) ||
				e2e__secret_form_member(s, p);

		if (found && s->begin >= p)
			return true;
	}
	return false;
}
