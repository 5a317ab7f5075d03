#pragma once
#include "base.h"
#include "state.h"
#include "doors.h"
#include "buf.h"
#include "page.h"
#include "secret_forms.h"

/* @manual Secrets
 *	Reports, the story, story.jsonl and what is made of them have "***" in place of secrets.
 *	These are
 *	- what the test names: const char *key = e2e_secret(e2e_require_env("DEPLOY_KEY"));
 *	- the values of keys of the configuration, of variables that e2e_require_env gives or that
 *	  stand as ${NAME} in the configuration, and of the program's own options, whose names end
 *	  in password, passwd, passphrase, secret, token, api-key, access-key, private-key or are
 *	  pass, pwd, pw; and the passwords of XMPP accounts. A plain word or a number of at most
 *	  8 signs is left alone: it would be met everywhere;
 *	- what stands behind such names, whoever wrote it: --token x, PGPASSWORD=x, ?password=x,
 *	  "password": "x", headers (Authorization, Cookie, Set-Cookie, X-Api-Key),
 *	  https://joe:x@host, -u joe:x. But not in got and want, nor in what the test itself calls
 *	  its assertions and subtests, or says in comments.
 *	The first two are found in other notations, too: as URLs, JSON, XML and a shell have them.
 *	What the tested code writes itself is as it was written: its logs on the disk, its files,
 *	a core, and what it says on the test's own stderr (with --no-fork on stdout, too).
 *	Texts are searched, not understood: a secret is shown in Base64, in a dump in hexadecimal,
 *	in parts, in a literal of the test's source that stands for an assertion's description, and
 *	where it was told before it was named: as the name of a row, by --list.
 */

/* @interface */

/* From now on no report of the case shows this text (in the suite's set-up: of no case); a text of
 * several lines none of its lines. Fewer than 4 bytes are no secret. Returns text, which may be
 * NULL. Threads and forked children may call it. A case knows 16 KiB of them; more end it. The
 * manual of secrets says what isn't hidden. */
E2E__FN const char *e2e_secret(const char *text);

/* The same for what the toolkit takes for one: not of what may be met everywhere. */
E2E__FN void e2e__secret_guess(const char *text);
/* The same where the value's name says that it is one. */
E2E__FN void e2e__secret_named(const char *name, const char *value);
/* Is there any that was named or guessed? */
E2E__FN bool e2e__secret_any(void);
/* Adds n bytes without the secrets in them; forms: also those that the words before them tell. */
E2E__FN void e2e__secret_add(struct e2e__buf *b, const char *text, size_t n, bool forms);
/* Like e2e__buf_escape, without what was named or guessed. */
E2E__FN void e2e__secret_escape(struct e2e__buf *b, const char *text, enum e2e__style style);
/* The same, and without what the words before it tell: for reasons and names of cases. */
E2E__FN void e2e__secret_words(struct e2e__buf *b, const char *text, enum e2e__style style);

/* @implementation */

#define E2E__SECRET_SHOWN "***"
enum { E2E__SECRET_LEAST = 4 };

/* Secrets that outlive a case, or are of no case. */
struct e2e__secret {
	struct e2e__secret *next;
	char *text;
};

E2E__FN bool e2e__secret_any(void)
{
	const struct e2e__page *pg = e2e__state.page, *shown = e2e__state.shown;

	return e2e__state.secrets || (pg && pg->secrets) || (shown && shown->secrets);
}

/* Goes through what a page knows; at: 0 at first. The tested code may have written over it. */
E2E__FN const char *e2e__secret_of_page(const struct e2e__page *pg, size_t *at)
{
	const char *text = pg ? pg->secret + *at : NULL;
	size_t size = pg ? pg->secrets : 0;

	if (!pg || size > sizeof pg->secret || *at >= size)
		return NULL;
	const char *end = (const char *)memchr(text, '\0', size - *at);
	*at = end ? (size_t)(end + 1 - pg->secret) : size;
	return end && end > text ? text : NULL;
}

/* All that is known here, one after another. */
struct e2e__secret_walk {
	const struct e2e__secret *listed;
	int pages;
	size_t at;
};

E2E__FN const char *e2e__secret_next(struct e2e__secret_walk *w)
{
	const struct e2e__page *page[] = {e2e__state.page, e2e__state.shown};
	const char *text;

	if (w->listed) {
		text = w->listed->text;
		w->listed = w->listed->next;
		return text;
	}
	for (; w->pages < 2; w->pages++, w->at = 0)
		if ((text = e2e__secret_of_page(page[w->pages], &w->at)) != NULL)
			return text;
	return NULL;
}

E2E__FN struct e2e__secret_walk e2e__secret_walk_all(void)
{
	struct e2e__secret_walk w = {e2e__state.secrets, 0, 0};

	return w;
}

/* How many bytes at p are this secret, or its beginning where the text was cut. */
E2E__FN size_t e2e__secret_length_at(const char *secret, const char *p, const char *end)
{
	size_t n = (size_t)(end - p), k = 0;

	while (secret[k] && k < n && secret[k] == p[k])
		k++;
	if (!secret[k] || (k >= E2E__SECRET_LEAST && n - k >= 3 && memcmp(p + k, "...", 3) == 0))
		return k;
	return 0;
}

/* The longest secret at p; 0: there is none. */
E2E__FN size_t e2e__secret_at(const char *p, const char *end)
{
	struct e2e__secret_walk w = e2e__secret_walk_all();
	size_t longest = 0, n;
	const char *secret;

	while ((secret = e2e__secret_next(&w)) != NULL)
		if (*secret == *p && (n = e2e__secret_length_at(secret, p, end)) > longest)
			longest = n;
	return longest;
}

/* Adds a text without what is known. */
E2E__FN void e2e__secret_add_without_known(struct e2e__buf *b, const char *text, size_t n)
{
	struct e2e__secret_walk w = e2e__secret_walk_all();
	const char *secret, *done = text, *p = text, *end = text + n;
	bool begins[256];

	memset(begins, 0, sizeof begins);
	while ((secret = e2e__secret_next(&w)) != NULL)
		begins[(unsigned char)*secret] = true;

	while (p < end) {
		size_t k = begins[(unsigned char)*p] ? e2e__secret_at(p, end) : 0;

		if (k) {
			e2e__buf_add(b, done, (size_t)(p - done));
			e2e__buf_adds(b, E2E__SECRET_SHOWN);
			done = p + k;
		}
		p += k ? k : 1;
	}
	e2e__buf_add(b, done, (size_t)(end - done));
}

/* Adds a text without what its own words tell. */
E2E__FN void e2e__secret_add_without_forms(struct e2e__buf *b, const char *text)
{
	struct e2e__secret_span s = {text, NULL, NULL, NULL, '\0', false};

	while (e2e__secret_form_next(&s, text)) {
		e2e__buf_add(b, text, (size_t)(s.begin - text));
		e2e__buf_adds(b, E2E__SECRET_SHOWN);
		text = s.end;
	}
	e2e__buf_adds(b, text);
}

E2E__FN void e2e__secret_add(struct e2e__buf *b, const char *text, size_t n, bool forms)
{
	E2E__BUF(whole, 512);
	E2E__BUF(clean, 512);

	if (forms) {
		e2e__buf_add(&whole, text, n); /* for the NUL at its end */
		e2e__secret_add_without_forms(&clean, whole.p);
		text = clean.p;
		n = clean.n;
	}
	if (e2e__secret_any())
		e2e__secret_add_without_known(b, text, n);
	else
		e2e__buf_add(b, text, n);
	e2e__buf_free(&whole);
	e2e__buf_free(&clean);
}

E2E__FN void e2e__secret_escape(struct e2e__buf *b, const char *text, enum e2e__style style)
{
	E2E__BUF(clean, 512);

	if (!e2e__secret_any()) {
		e2e__buf_escape(b, text, strlen(text), style);
		return;
	}
	e2e__secret_add_without_known(&clean, text, strlen(text));
	e2e__buf_escape(b, clean.p, clean.n, style);
	e2e__buf_free(&clean);
}

E2E__FN void e2e__secret_words(struct e2e__buf *b, const char *text, enum e2e__style style)
{
	E2E__BUF(clean, 512);

	e2e__secret_add(&clean, text, strlen(text), true);
	e2e__buf_escape(b, clean.p, clean.n, style);
	e2e__buf_free(&clean);
}

/* ---- what becomes known */

E2E__FN bool e2e__secret_is_known(const char *text)
{
	struct e2e__secret_walk w = e2e__secret_walk_all();
	const char *secret;

	while ((secret = e2e__secret_next(&w)) != NULL)
		if (strcmp(secret, text) == 0)
			return true;
	return false;
}

E2E__FN void e2e__secret_list(const char *text)
{
	size_t n = strlen(text) + 1;
	struct e2e__secret *s = (struct e2e__secret *)e2e__buf_malloc(sizeof *s + n);

	if (!s)
		return; /* the page has it, unless this is before any case */
	s->text = (char *)memcpy(s + 1, text, n);
	s->next = e2e__state.secrets;
	e2e__state.secrets = s;
}

/* One notation of it. False: there is no room. */
E2E__FN bool e2e__secret_keep_one(const char *text)
{
	struct e2e__page *pg = e2e__state.page;
	size_t n = strlen(text) + 1;
	bool fits = true;

	if (n <= E2E__SECRET_LEAST)
		return true;
	if (pg)
		e2e__page_lock(pg);
	if (!e2e__secret_is_known(text)) {
		e2e__secret_list(text);
		fits = !pg ||
			(pg->secrets <= sizeof pg->secret && n <= sizeof pg->secret - pg->secrets);
		if (pg && fits) {
			memcpy(pg->secret + pg->secrets, text, n);
			E2E__BARRIER(); /* who reads needs no lock */
			pg->secrets = pg->secrets + (unsigned)n;
		}
	}
	if (pg)
		e2e__page_unlock(pg);
	return fits;
}

/* As URLs have it; a form has "+" for a blank. */
E2E__FN bool e2e__secret_keep_in_url(const char *text, char blank)
{
	E2E__BUF(b, 256);

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (e2e__secret_form_is_sign((char)c) || c == '~')
			e2e__buf_add(&b, text, 1);
		else if (c == ' ' && blank)
			e2e__buf_add(&b, &blank, 1);
		else
			e2e__buf_addf(&b, "%%%02X", (unsigned)c);
	}
	bool fits = e2e__secret_keep_one(b.p);
	e2e__buf_free(&b);
	return fits;
}

/* As other notations have it that write some signs by a word. */
E2E__FN bool e2e__secret_keep_written(const char *text, const char *signs, const char *const *words)
{
	E2E__BUF(b, 256);

	for (; *text; text++) {
		const char *sign = strchr(signs, *text);

		if (sign)
			e2e__buf_adds(&b, words[sign - signs]);
		else
			e2e__buf_add(&b, text, 1);
	}
	bool fits = e2e__secret_keep_one(b.p);
	e2e__buf_free(&b);
	return fits;
}

E2E__FN bool e2e__secret_keep_line(const char *line, size_t n)
{
	static const char *const xml[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
	static const char *const json[] = {"\\\\", "\\\"", "\\/", "\\t"};
	static const char *const shell[] = {"'\\''"};
	E2E__BUF(text, 256);
	E2E__BUF(quoted, 256);

	e2e__buf_add(&text, line, n);
	e2e__buf_escape(&quoted, line, n, E2E__QUOTED);
	bool fits = e2e__secret_keep_one(text.p) && e2e__secret_keep_one(quoted.p) &&
		e2e__secret_keep_in_url(text.p, '\0') && e2e__secret_keep_in_url(text.p, '+') &&
		e2e__secret_keep_written(text.p, "&<>\"'", xml) &&
		e2e__secret_keep_written(text.p, "&<>", xml) &&
		e2e__secret_keep_written(text.p, "\\\"/\t", json) &&
		e2e__secret_keep_written(text.p, "\\\"", json) &&
		e2e__secret_keep_written(text.p, "'", shell);
	e2e__buf_free(&text);
	e2e__buf_free(&quoted);
	return fits;
}

E2E__FN bool e2e__secret_keep(const char *text)
{
	bool fits = true;

	while (*text) {
		size_t n = strcspn(text, "\r\n");

		if (n >= E2E__SECRET_LEAST)
			fits = e2e__secret_keep_line(text, n) && fits;
		text += n + (text[n] != '\0');
	}
	return fits;
}

E2E__FN const char *e2e_secret(const char *text)
{
	e2e_failure f = {"e2e_secret: the case has more secrets than 16 KiB", NULL, NULL, "secret",
		"name fewer or shorter ones", NULL};

	e2e__script_begin();
	const struct e2e__page *pg = e2e__state.page;
	if (text && !e2e__secret_keep(text))
		e2e__exit_die(pg->where_file[0] ? pg->where_file : e2e__state.program,
			pg->where_line, "e2e_secret", &f);
	return text;
}

/* A plain word or a number. */
E2E__FN bool e2e__secret_is_common(const char *text)
{
	const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = strlen(text);

	return n <= 8 && (strspn(text, letters) == n || strspn(text, "0123456789") == n);
}

E2E__FN void e2e__secret_guess(const char *text)
{
	if (text && !e2e__secret_is_common(text))
		e2e__secret_keep(text);
}

E2E__FN void e2e__secret_named(const char *name, const char *value)
{
	if (e2e__secret_form_is_name(name, strlen(name)))
		e2e__secret_guess(value);
}
