#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "forms.h"
#include "client.h"
#include "markup.h"

/* @manual Pages, read as by a person
 *	#define E2E_CURL and E2E_LIBXML2 before the include
 *	e2e_http_reply r = e2e_http(joe, "GET", url);
 *	r = e2e_click(joe, r, "log in");
 *	r = e2e_submit(joe, r, "login", "user=joe", "password=a b");
 *	e2e_is_str(e2e_xpath(r.body, "//h1", NULL)[0], "Welcome");
 *
 *	What a browser does without scripts: a link is followed as it is seen from its page, a
 *	form sends all its fields (hidden ones too, such as tokens) to where it says, a redirect
 *	leads on. A link, form or field that the page doesn't have, or a value that a field doesn't
 *	offer, ends the case, and the failure lists those that it has.
 */

/* @interface */

#if defined E2E_CURL && defined E2E_LIBXML2
/* e2e_click(session, page, text): follows the link of this text or id (e2e_html_link) of a page,
 * which is an answer of e2e_http, and up to ten redirects. Returns the answer. */
#define e2e_click(session, page, text) e2e__browse_click(E2E__AT, session, page, text)
/* e2e_submit(session, page, form, "name=value", ...): fills in a form of a page (by id, name or
 * action, as for e2e_html_form; "": the first one) and sends it; up to ten redirects are
 * followed. Fields that aren't named keep their values. A name that comes again adds a value, as
 * several ticked boxes do; "name=" alone unticks boxes and what is chosen of several. A value that
 * a select, radio buttons or boxes don't offer ends the case (e2e_form_set takes it). Returns the
 * answer. */
#define e2e_submit(session, page, ...) \
	e2e__browse_submit(E2E__AT, session, page, E2E__STRINGS(__VA_ARGS__))

E2E__FN e2e_http_reply e2e__browse_click(
	const char *file, int line, e2e_session *s, e2e_http_reply page, const char *text);
E2E__FN e2e_http_reply e2e__browse_submit(
	const char *file, int line, e2e_session *s, e2e_http_reply page, e2e__words words);
#endif

/* @implementation */

#if defined E2E_CURL && defined E2E_LIBXML2
enum { E2E__BROWSE_REDIRECTS = 10 };

/* The page has to be one: else what follows would be told of a page without links. */
E2E__FN void e2e__browse_must_be(
	const char *file, int line, const char *what, const e2e_http_reply *page)
{
	if (!page->status)
		e2e__system_die_of(file, line, what, "usage",
			e2e_printf("there is no page: %s", page->error ? page->error : "no answer"),
			"give it what e2e_http, e2e_click or e2e_submit has returned");
}

E2E__FN e2e_http_reply e2e__browse_ask(const char *file, int line, e2e_session *s,
	const char *method, const char *url, const char *const *form)
{
	e2e_http_opts opts;

	memset(&opts, 0, sizeof opts);
	opts.url = url;
	opts.form = form;
	opts.follow = E2E__BROWSE_REDIRECTS;
	return e2e__client_ask(file, line, s, method, opts);
}

E2E__FN e2e_http_reply e2e__browse_click(
	const char *file, int line, e2e_session *s, e2e_http_reply page, const char *text)
{
	e2e__browse_must_be(file, line, "e2e_click", &page);
	const char *link = e2e__markup_link(file, line, page.body, text);

	return e2e__browse_ask(file, line, s, "GET", e2e_url(page.url, link), NULL);
}

/* Puts "name=value" into a form. */
E2E__FN void e2e__browse_fill(const char *file, int line, e2e_form *f, e2e__words words, size_t i)
{
	const char *is = strchr(words[i], '=');

	if (!is)
		e2e__system_die_of(file, line, "e2e_submit", "usage",
			e2e_printf("%s is no field of a form: name=value", e2e_quoted(words[i])),
			NULL);
	size_t n = (size_t)(is - words[i]) + 1;
	const char *name = e2e__memory_strndup(words[i], n - 1);
	bool again = false;
	for (size_t k = 1; k < i && !again; k++)
		again = strncmp(words[k], words[i], n) == 0;

	e2e__markup_must_have(file, line, "e2e_submit", f, name);
	char kind = e2e__markup_kind(f, name);
	if (!is[1] && (kind == 'c' || kind == 'm') && !e2e__markup_offers(f, name, "")) {
		e2e__markup_form_clear(f, name);
		return;
	}
	e2e__markup_must_offer(file, line, "e2e_submit", f, name, is + 1, again);
	if (again)
		e2e__markup_form_add(file, line, f, name, is + 1);
	else
		e2e__markup_form_set(file, line, f, name, is + 1);
}

E2E__FN e2e_http_reply e2e__browse_submit(
	const char *file, int line, e2e_session *s, e2e_http_reply page, e2e__words words)
{
	e2e__browse_must_be(file, line, "e2e_submit", &page);
	e2e_form *f = e2e__markup_form(file, line, page.body, *words[0] ? words[0] : NULL);

	for (size_t i = 1; words[i]; i++)
		e2e__browse_fill(file, line, f, words, i);
	const char *url = e2e_url(page.url, f->action);
	if (strcmp(f->method, "GET") == 0) /* its fields are the query */
		url = e2e__memory_strndup(url, strcspn(url, "?#"));
	return e2e__browse_ask(file, line, s, f->method, url, f->fields);
}
#endif
