#pragma once
#include "base.h"
#include "ops.h"
#include "libstrophe.h"
#include "loop.h"

/* @interface */

/* A stanza of printf-style text. Only %s, %c, %d, %i, %u, %x with l, ll, z, and %% are known; %s
 * and %c are escaped. Fails and ends the case if the text isn't well-formed XML of one element, or
 * if NULL is given for a %s. */
#define e2e_xml(client, ...) e2e__xml(E2E__AT, client, __VA_ARGS__)
/* Text as XML character data. Valid until the end of the case. */
E2E__FN const char *e2e_xml_escaped(const char *text);
/* The stanza as text. Valid until the end of the case. */
E2E__FN const char *e2e_stanza_text(e2e_stanza *stanza);
/* The text of <body/>, or NULL. Valid until the end of the case. */
E2E__FN const char *e2e_body(e2e_stanza *stanza);
/* Of an error: its condition, e.g. "service-unavailable"; NULL if it is none. */
E2E__FN const char *e2e_stanza_error(e2e_stanza *stanza);

E2E__FN e2e_stanza *e2e__xml(const char *file, int line, e2e_client *c, const char *fmt, ...)
	E2E__PRINTF(4, 5);
E2E__FN e2e_stanza *e2e__xml_of(const char *file, int line, e2e_client *c, const char *name,
	const char *fmt, va_list given) __attribute__((format(printf, 5, 0)));

/* @implementation */

E2E__FN void e2e__xml_escape(struct e2e__buf *b, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			e2e__buf_adds(b, "&amp;");
			break;
		case '<':
			e2e__buf_adds(b, "&lt;");
			break;
		case '>':
			e2e__buf_adds(b, "&gt;");
			break;
		case '"':
			e2e__buf_adds(b, "&quot;");
			break;
		case '\'':
			e2e__buf_adds(b, "&apos;");
			break;
		default:
			e2e__buf_add(b, text, 1);
		}
}

E2E__FN const char *e2e__xml_do_xml_escaped(const char *text)
{
	E2E__BUF(b, 256);
	const char *copy;

	e2e__xml_escape(&b, text ? text : "");
	e2e__buf_add(&b, "", 1);
	copy = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	return copy;
}

E2E__FN const char *e2e_xml_escaped(const char *text)
{
	const char *result;

	e2e__op_enter();
	result = e2e__xml_do_xml_escaped(text);
	e2e__op_leave();
	return result;
}

/* One conversion of e2e_xml's format, at `fmt` behind its %. Returns what is behind it; NULL:
 * unknown. *null: a %s has got NULL. */
E2E__FN const char *e2e__xml_convert(struct e2e__buf *b, const char *fmt, va_list *ap, bool *null)
{
	char text[32], one[2] = {0, 0};
	int longs = 0;
	const char *s;
	unsigned long long u;
	long long d;

	for (; *fmt == 'l' || *fmt == 'z'; fmt++)
		longs++;
	switch (*fmt) {
	case '%':
		e2e__buf_adds(b, "%");
		break;
	case 's':
		s = va_arg(*ap, const char *);
		*null = !s;
		e2e__xml_escape(b, s ? s : "");
		break;
	case 'c':
		one[0] = (char)va_arg(*ap, int);
		e2e__xml_escape(b, one);
		break;
	case 'd':
	case 'i':
		d = longs > 1   ? va_arg(*ap, long long)
			: longs ? va_arg(*ap, long)
				: va_arg(*ap, int);
		snprintf(text, sizeof text, "%lld", d);
		e2e__buf_adds(b, text);
		break;
	case 'u':
	case 'x':
		u = longs > 1   ? va_arg(*ap, unsigned long long)
			: longs ? va_arg(*ap, unsigned long)
				: va_arg(*ap, unsigned);
		snprintf(text, sizeof text, *fmt == 'u' ? "%llu" : "%llx", u);
		e2e__buf_adds(b, text);
		break;
	default:
		return NULL;
	}

	return fmt + 1;
}

/* A byte that XML or UTF-8 can't have, or NULL. */
E2E__FN const char *e2e__xml_bad_byte(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		unsigned more = *p < 0x80 ? 0
			: *p < 0xc2       ? 9
			: *p < 0xe0       ? 1
			: *p < 0xf0       ? 2
			: *p < 0xf5       ? 3
					  : 9;
		unsigned long code = more ? *p & (0x3fu >> more) : *p;
		const unsigned char *start = p++;

		if (more == 9 || (*start < ' ' && !strchr("\t\r\n", *start)))
			return (const char *)start;
		for (; more; more--, p++) {
			if ((*p & 0xc0) != 0x80)
				return (const char *)start;
			code = code << 6 | (*p & 0x3f);
		}
		if ((p - start == 3 &&
			    (code < 0x800 || (code >= 0xd800 && code < 0xe000) ||
				    code >= 0xfffe)) ||
			(p - start == 4 && (code < 0x10000 || code > 0x10ffff)))
			return (const char *)start;
	}

	return NULL;
}

/* The same in words, for a report; NULL if all is well. */
E2E__FN const char *e2e__xml_bad_text(const char *text)
{
	const char *bad = text ? e2e__xml_bad_byte(text) : NULL;

	if (!bad)
		return NULL;
	return e2e_printf("byte %td is 0x%02x, %s", bad - text, (unsigned char)*bad,
		(unsigned char)*bad < ' ' ? "a control character, which XML can't have"
					  : "which isn't UTF-8");
}

/* The end of a tag that begins here: behind its >, or NULL. */
E2E__FN const char *e2e__xml_tag_end(const char *xml)
{
	for (; *xml && *xml != '>'; xml++)
		if (*xml == '"' || *xml == '\'') {
			xml = strchr(xml + 1, *xml);
			if (!xml)
				return NULL;
		}
	return *xml ? xml + 1 : NULL;
}

/* Does the text hold one element and nothing else? libstrophe's parser takes more and keeps the
 * last one. */
E2E__FN bool e2e__xml_one_element(const char *xml)
{
	int depth = 0, elements = 0;

	while (*xml) {
		const char *end;

		if (*xml != '<') {
			if (!depth && !strchr(" \t\r\n", *xml))
				return false;
			xml++;
			continue;
		}
		if (depth && strncmp(xml, "<![CDATA[", 9) == 0 &&
			(end = strstr(xml, "]]>")) != NULL) {
			xml = end + 3;
			continue;
		}
		if (xml[1] == '?' || xml[1] == '!')
			return false; /* RFC 6120, 11.1: restricted XML */
		end = e2e__xml_tag_end(xml);
		if (!end)
			return false;
		if (xml[1] == '/') {
			depth--;
		} else {
			elements += !depth;
			depth += end[-2] != '/';
		}
		if (depth < 0)
			return false;
		xml = end;
	}

	return !depth && elements == 1;
}

/* libstrophe's parser would take xml:lang for lang: until it has read the text another name stands
 * for it. */
#define E2E__XMPP_LANG "xml-lang-of-e2e"

/* Copies a tag, with that name for xml:lang. Returns an attribute with another prefix, which
 * libstrophe can't send, or NULL. */
E2E__FN const char *e2e__xml_copy_tag(struct e2e__buf *out, const char *tag, const char *end)
{
	const char *bad = NULL;

	while (tag < end) {
		size_t gap = strcspn(tag, " \t\r\n"), word;
		const char *quote;

		gap += strspn(tag + gap, " \t\r\n");
		if (tag + gap >= end)
			break;
		e2e__buf_add(out, tag, gap);
		tag += gap;
		word = strcspn(tag, "= \t\r\n/>");
		if (word == 8 && strncmp(tag, "xml:lang", 8) == 0)
			e2e__buf_adds(out, E2E__XMPP_LANG);
		else
			e2e__buf_add(out, tag, word);
		if (memchr(tag, ':', word) && strncmp(tag, "xmlns:", 6) != 0 &&
			(word != 8 || strncmp(tag, "xml:lang", 8) != 0))
			bad = e2e_printf("%.*s", (int)word, tag);
		quote = tag + word + strcspn(tag + word, "\"'>");
		quote = *quote == '>' ? NULL : strchr(quote + 1, *quote);
		if (!quote || quote >= end)
			quote = tag + word - 1;
		e2e__buf_add(out, tag + word, (size_t)(quote + 1 - tag) - word);
		tag = quote + 1;
	}

	if (tag < end)
		e2e__buf_add(out, tag, (size_t)(end - tag));
	return bad;
}

/* The same for all tags of the text. */
E2E__FN const char *e2e__xml_copy_tags(struct e2e__buf *out, const char *xml)
{
	const char *bad = NULL, *end, *one;

	while (*xml) {
		size_t text = strcspn(xml, "<");

		e2e__buf_add(out, xml, text);
		xml += text;
		if (!*xml)
			break;
		if (strncmp(xml, "<![CDATA[", 9) == 0) {
			end = strstr(xml, "]]>") + 3;
			e2e__buf_add(out, xml, (size_t)(end - xml));
		} else {
			end = e2e__xml_tag_end(xml);
			one = e2e__xml_copy_tag(out, xml, end);
			bad = bad ? bad : one;
		}
		xml = end;
	}

	e2e__buf_add(out, "", 1);
	return bad;
}

/* Text of e2e_xml as a stanza; NULL, and f says why. */
E2E__FN e2e_stanza *e2e__xml_parse(e2e_client *c, const char *xml, e2e_failure *f)
{
	e2e_stanza *stanza = NULL;
	const char *bad;
	E2E__BUF(b, 1024);

	memset(f, 0, sizeof *f);
	f->code = "not-well-formed";
	f->got = e2e_quoted(xml);
	f->message = "the text is no well-formed XML of one element";
	f->hint =
		"elements must be closed and nested; no comments, no <?...?>, nothing after the element";
	bad = e2e__xml_bad_text(xml);
	if (bad) {
		f->message = e2e_printf("the text is no XML: %s", bad);
		f->hint = "e2e_send_raw(client, bytes) sends anything";
		return NULL;
	}

	if (!e2e__xml_one_element(xml))
		return NULL;
	bad = e2e__xml_copy_tags(&b, xml);
	if (!bad)
		stanza = xmpp_stanza_new_from_string(c->ctx, b.p);
	e2e__buf_free(&b);
	if (bad) {
		f->message = e2e_printf(
			"libstrophe would send the attribute %s without its prefix", bad);
		f->hint = "of attributes with a prefix only xml:lang is possible; "
			  "e2e_send_raw(client, bytes) sends anything";
	}

	if (stanza)
		e2e__loop_name_languages(stanza, E2E__XMPP_LANG);
	return stanza;
}

/* Ends the case: NULL was given for a %s. number: of the argument behind the format. */
E2E__FN void e2e__xml_die_of_null(const char *file, int line, const char *name, const char *fmt,
	int number) __attribute__((noreturn));
E2E__FN void e2e__xml_die_of_null(
	const char *file, int line, const char *name, const char *fmt, int number)
{
	e2e_failure f = e2e__system_failure("usage",
		e2e_printf("argument %d of the text, for a %%s, is NULL", number),
		"what returned it found nothing: look at it before, by "
		"e2e_must(e2e_isnt_str(text, NULL)); \"\" puts nothing in");

	f.got = e2e_quoted(fmt);
	e2e__op_die(file, line, name, &f);
}

/* name: the function of the test's, for reports. */
E2E__FN e2e_stanza *e2e__xml_of(
	const char *file, int line, e2e_client *c, const char *name, const char *fmt, va_list given)
{
	E2E__BUF(b, 1024);
	e2e_stanza *stanza = NULL;
	e2e_failure f;
	const char *p = fmt;
	int number = 0; /* of the argument */
	bool null = false;
	va_list ap;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, name);
	va_copy(ap, given); /* whose address can be taken */
	while (p && *p) {
		size_t n = strcspn(p, "%");

		e2e__buf_add(&b, p, n);
		p += n;
		if (!*p)
			break;
		number += p[1] != '%';
		p = e2e__xml_convert(&b, p + 1, &ap, &null);
		if (!null)
			continue;
		e2e__buf_free(&b);
		e2e__xml_die_of_null(file, line, name, fmt, number);
	}

	va_end(ap);
	e2e__buf_add(&b, "", 1);
	if (p) {
		stanza = e2e__xml_parse(c, b.p, &f);
	} else {
		f = e2e__system_failure("not-well-formed",
			e2e_printf("%s doesn't know a conversion in its format", name),
			"it knows %s %c %d %i %u %x %ld %lld %zu ... and %%");
		f.got = e2e_quoted(fmt);
	}

	e2e__buf_free(&b);
	if (!stanza)
		e2e__op_die(file, line, name, &f);
	e2e__op_keep(stanza);
	e2e__op_leave();
	return stanza;
}

E2E__FN e2e_stanza *e2e__xml(const char *file, int line, e2e_client *c, const char *fmt, ...)
{
	e2e_stanza *stanza;
	va_list ap;

	va_start(ap, fmt);
	stanza = e2e__xml_of(file, line, c, "e2e_xml", fmt, ap);
	va_end(ap);
	return stanza;
}

E2E__FN const char *e2e__xml_do_stanza_text(e2e_stanza *stanza)
{
	char *text = NULL;
	size_t n;
	const char *copy;

	if (!stanza || xmpp_stanza_to_text(stanza, &text, &n))
		return NULL;
	copy = e2e__memory_strdup(text);
	xmpp_free(xmpp_stanza_get_context(stanza), text);
	return copy;
}

E2E__FN const char *e2e_stanza_text(e2e_stanza *stanza)
{
	const char *result;

	e2e__op_enter();
	result = e2e__xml_do_stanza_text(stanza);
	e2e__op_leave();
	return result;
}

E2E__FN const char *e2e__xml_do_body(e2e_stanza *stanza)
{
	char *body = stanza ? xmpp_message_get_body(stanza) : NULL;
	const char *copy;

	if (!body)
		return NULL;
	copy = e2e__memory_strdup(body);
	xmpp_free(xmpp_stanza_get_context(stanza), body);
	return copy;
}

E2E__FN const char *e2e_body(e2e_stanza *stanza)
{
	const char *result;

	e2e__op_enter();
	result = e2e__xml_do_body(stanza);
	e2e__op_leave();
	return result;
}

E2E__FN const char *e2e_stanza_error(e2e_stanza *stanza)
{
	xmpp_stanza_t *error;

	if (!stanza || !e2e__libstrophe_same(xmpp_stanza_get_type(stanza), "error"))
		return NULL;
	error = xmpp_stanza_get_child_by_name(stanza, "error");
	for (xmpp_stanza_t *child = error ? xmpp_stanza_get_children(error) : NULL; child;
		child = xmpp_stanza_get_next(child))
		if (e2e__libstrophe_same(xmpp_stanza_get_ns(child), XMPP_NS_STANZAS_IETF) &&
			strcmp(xmpp_stanza_get_name(child), "text") != 0)
			return e2e__memory_strdup(xmpp_stanza_get_name(child));
	return "undefined-condition";
}
