#pragma once
#include "base.h"
#include "ops.h"
#include "libstrophe.h"
#include "xml.h"
#include "read.h"

/* @manual Comparing stanzas
 *	e2e_is_at(got, "query/item@subscription", "both") is a test point about what e2e_get finds
 *	at a path; a failure shows the stanza, of a long one the first 1000 bytes. For several
 *	places there's a template:
 *
 *	e2e_is_stanza(got, "<message from='*' to='*' id='*' type='chat'><body>hello
 *	*</body></message>") is a test point. The order of attributes, prefixes of namespaces,
 *	quotes, and white space between elements don't matter; all else does. A * in the template
 *	stands for any text in a value or text, and alone in an element for all that may be in it,
 *	elements included; \\* is an asterisk. A failure names the first place that differs, as a
 *	path for e2e_get. What has no xmlns is in its parent's, the stanza in jabber:client. A
 *	stanza's xml:lang counts only where the template has one: servers add the stream's.
 */

/* @interface */

/* e2e_is_at(got, path, want [, printf-style description]): what e2e_get finds at the path in the
 * stanza is this text; want NULL: there's nothing. A path that isn't one ends the case. */
#define e2e_is_at(...) E2E__ARGS3(e2e__compare_is_at, #__VA_ARGS__, __VA_ARGS__)
/* e2e_is_stanza(got, template [, printf-style description]): the stanza is like the template (see
 * "Comparing stanzas"). NULL never is. A template that is no XML of one element ends the
 * case. */
#define e2e_is_stanza(...) E2E__ARGS2(e2e__compare_is_stanza, #__VA_ARGS__, __VA_ARGS__)

E2E__FN bool e2e__compare_is_at(
	struct e2e__at at, e2e_stanza *got, const char *path, const char *want);
E2E__FN bool e2e__compare_is_stanza(struct e2e__at at, e2e_stanza *got, const char *want);

/* @implementation */

/* The first difference: its place, and both sides. */
struct e2e__compare_difference {
	const char *path, *got, *want;
};

/* Is the text like the pattern, in which * is any text? */
E2E__FN bool e2e__compare_like(const char *text, const char *pattern)
{
	for (; *pattern; pattern++, text++) {
		if (*pattern == '*') {
			do
				if (e2e__compare_like(text, pattern + 1))
					return true;
			while (*text++);
			return false;
		}
		pattern += *pattern == '\\' && pattern[1] == '*';
		if (*text != *pattern)
			return false;
	}
	return !*text;
}

E2E__FN bool e2e__compare_differs(
	struct e2e__compare_difference *d, const char *path, const char *got, const char *want)
{
	d->path = path;
	d->got = got;
	d->want = want;
	return true;
}

/* The names of an element's attributes without xmlns, n of them. */
E2E__FN const char **e2e__compare_attributes(xmpp_stanza_t *element, size_t *n)
{
	int count = xmpp_stanza_get_attribute_count(element);
	size_t size = count > 0 ? (size_t)count : 0;
	const char **both = (const char **)e2e__memory_alloc((2 * size + 1) * sizeof *both),
		   **names;

	names = (const char **)e2e__memory_alloc((size + 1) * sizeof *names);
	*n = 0;
	if (count > 0)
		count = xmpp_stanza_get_attributes(element, both, 2 * count);
	for (int i = 0; i + 1 < count; i += 2)
		if (strcmp(both[i], "xmlns") != 0)
			names[(*n)++] = both[i];
	return names;
}

/* The place of an attribute. */
E2E__FN const char *e2e__compare_at(const char *path, const char *attribute)
{
	return e2e_printf("%s@%s", path, attribute);
}

E2E__FN bool e2e__compare_attribute_differs(xmpp_stanza_t *got, xmpp_stanza_t *want,
	const char *path, struct e2e__compare_difference *d)
{
	size_t n;
	const char **names = e2e__compare_attributes(want, &n);

	for (size_t i = 0; i < n; i++) {
		const char *is = xmpp_stanza_get_attribute(got, names[i]),
			   *expected = xmpp_stanza_get_attribute(want, names[i]);

		if (!is || !e2e__compare_like(is, expected))
			return e2e__compare_differs(d, e2e__compare_at(path, names[i]),
				is ? e2e_quoted(is) : "no such attribute", e2e_quoted(expected));
	}

	names = e2e__compare_attributes(got, &n);
	for (size_t i = 0; i < n; i++)
		if (!xmpp_stanza_get_attribute(want, names[i]) &&
			(*path || strcmp(names[i], "xml:lang") != 0))
			return e2e__compare_differs(d, e2e__compare_at(path, names[i]),
				e2e_quoted(xmpp_stanza_get_attribute(got, names[i])),
				"no such attribute");
	return false;
}

/* The next element from here on, or NULL. */
E2E__FN xmpp_stanza_t *e2e__compare_element(xmpp_stanza_t *from)
{
	while (from && !xmpp_stanza_is_tag(from))
		from = xmpp_stanza_get_next(from);
	return from;
}

E2E__FN bool e2e__compare_blank(const char *text)
{
	return !text[strspn(text, " \t\r\n")];
}

/* The text of an element; blanks between elements are none. */
E2E__FN const char *e2e__compare_text(xmpp_stanza_t *element)
{
	const char *text = e2e__read_text(element);

	return e2e__compare_element(xmpp_stanza_get_children(element)) && e2e__compare_blank(text)
		? ""
		: text;
}

/* <name xmlns="namespace">, for reports. */
E2E__FN const char *e2e__compare_named(xmpp_stanza_t *element, const char *ns)
{
	return element ? e2e_printf("<%s xmlns=\"%s\">", xmpp_stanza_get_name(element), ns)
		       : "no more elements";
}

/* The path of a child: its name, namespace, and number among those that are named so. */
E2E__FN const char *e2e__compare_step(
	const char *path, xmpp_stanza_t *parent, xmpp_stanza_t *child, const char *ns)
{
	const char *own = xmpp_stanza_get_ns(child), *name = xmpp_stanza_get_name(child);
	size_t number = 1;
	bool differs = own && strcmp(own, ns) != 0;

	for (xmpp_stanza_t *c = xmpp_stanza_get_children(parent); c && c != child;
		c = xmpp_stanza_get_next(c))
		number += xmpp_stanza_is_tag(c) &&
			e2e__libstrophe_same(xmpp_stanza_get_name(c), name) &&
			strcmp(e2e__read_ns(c, ns), e2e__read_ns(child, ns)) == 0;
	return e2e_printf("%s%s%s%s%s%s%s", path, *path ? "/" : "", name, differs ? "{" : "",
		differs ? own : "", differs ? "}" : "",
		number > 1 ? e2e_printf("[%zu]", number) : "");
}

E2E__FN bool e2e__compare_same_name(
	xmpp_stanza_t *got, const char *got_ns, xmpp_stanza_t *want, const char *want_ns)
{
	return got && want && strcmp(got_ns, want_ns) == 0 &&
		e2e__libstrophe_same(xmpp_stanza_get_name(got), xmpp_stanza_get_name(want));
}

/* Both have the same name and namespace: does something else differ? */
E2E__FN bool e2e__compare_element_differs(xmpp_stanza_t *got, xmpp_stanza_t *want, const char *ns,
	const char *path, struct e2e__compare_difference *d)
{
	const char *text, *expected;
	xmpp_stanza_t *a = e2e__compare_element(xmpp_stanza_get_children(got)),
		      *b = e2e__compare_element(xmpp_stanza_get_children(want));

	if (e2e__compare_attribute_differs(got, want, path, d))
		return true;
	text = e2e__compare_text(got);
	expected = e2e__compare_text(want);
	if (!b && strcmp(expected, "*") == 0)
		return false;

	while (a || b) {
		const char *a_ns = a ? e2e__read_ns(a, ns) : ns,
			   *b_ns = b ? e2e__read_ns(b, ns) : ns;
		const char *place = a ? e2e__compare_step(path, got, a, ns)
				      : e2e__compare_step(path, want, b, ns);

		if (!e2e__compare_same_name(a, a_ns, b, b_ns))
			return e2e__compare_differs(
				d, place, e2e__compare_named(a, a_ns), e2e__compare_named(b, b_ns));
		if (e2e__compare_element_differs(a, b, a_ns, place, d))
			return true;
		a = e2e__compare_element(xmpp_stanza_get_next(a));
		b = e2e__compare_element(xmpp_stanza_get_next(b));
	}

	if (!e2e__compare_like(text, expected))
		return e2e__compare_differs(d, path, e2e_quoted(text), e2e_quoted(expected));
	return false;
}

E2E__FN bool e2e__compare_stanza_differs(
	xmpp_stanza_t *got, xmpp_stanza_t *want, struct e2e__compare_difference *d)
{
	const char *got_ns = e2e__read_ns(got, "jabber:client"),
		   *want_ns = e2e__read_ns(want, "jabber:client");

	if (!e2e__compare_same_name(got, got_ns, want, want_ns))
		return e2e__compare_differs(
			d, "", e2e__compare_named(got, got_ns), e2e__compare_named(want, want_ns));
	return e2e__compare_element_differs(got, want, got_ns, "", d);
}

/* The template as a stanza. */
E2E__FN e2e_stanza *e2e__compare_template(
	const struct e2e__at *at, e2e_stanza *got, const char *text)
{
	e2e_client nobody;
	e2e_failure f;
	e2e_stanza *want;

	memset(&nobody, 0, sizeof nobody);
	nobody.ctx = xmpp_stanza_get_context(got);
	want = e2e__xml_parse(&nobody, text, &f);
	if (want)
		return e2e__op_keep(want);
	f.message = e2e_printf("the template: %s", f.message);
	e2e__op_die(at->file, at->line, "e2e_is_stanza", &f);
}

E2E__FN bool e2e__compare_is_stanza(struct e2e__at at, e2e_stanza *got, const char *want)
{
	struct e2e__compare_difference d = {NULL, NULL, NULL};
	const char *message = "there is no stanza", *text = NULL;
	bool same = false;

	e2e__op_enter_at(at.file, at.line);
	if (got) {
		text = e2e_stanza_text(got);
		same = !e2e__compare_stanza_differs(got, e2e__compare_template(&at, got, want), &d);
	}
	if (d.path)
		message = e2e_printf("%s%s: got %s, want %s",
			*d.path ? "the stanzas differ at " : "the stanzas differ", d.path, d.got,
			d.want);
	e2e__assertion_judge(&at, same, " is ", text ? text : "NULL", want, "different",
		same ? NULL : message, NULL);
	e2e__op_leave();
	return same;
}

/* The stanza, or the beginning of a long one, in one line, for reports. */
E2E__FN const char *e2e__compare_shown(e2e_stanza *stanza)
{
	enum { SHOWN = 1000 };
	const char *text = stanza ? e2e_stanza_text(stanza) : NULL;
	char *line;

	if (!text)
		return "there is no stanza";
	line = e2e__memory_strdup(strlen(text) <= SHOWN ? e2e_printf("in %s", text)
							: e2e_printf("in %.*s ...", SHOWN, text));
	for (char *p = line; *p; p++)
		*p = *p == '\n' ? ' ' : *p;
	return line;
}

E2E__FN bool e2e__compare_is_at(
	struct e2e__at at, e2e_stanza *got, const char *path, const char *want)
{
	const char *text = e2e__read_get_of(at.file, at.line, "e2e_is_at", got, path);

	if (text && want ? strcmp(text, want) == 0 : text == want)
		return e2e__point(&at, true, " at ", NULL);
	return e2e__assertion_judge(&at, false, " at ", e2e_quoted(text), e2e_quoted(want), "is_at",
		e2e__compare_shown(got), text && want ? e2e__diff(text, want) : NULL);
}
