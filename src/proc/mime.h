#pragma once
#include "base.h"
#include "smtp.h"

/* @interface */

/* The value of a header field as it was sent (unfolded); NULL if there is none. */
E2E__FN const char *e2e_mail_header(const e2e_mail *mail, const char *name);
/* The same in UTF-8, encoded words decoded (RFC 2047). */
E2E__FN const char *e2e_mail_decoded(const e2e_mail *mail, const char *name);
/* The first part of this type, attachments included; NULL if there is none. A type is "text/html",
 * or with a star behind the slash any of its kind. */
E2E__FN const e2e_mail_part *e2e_mail_part_of(const e2e_mail *mail, const char *type);
/* The first part with this file name; NULL if there is none. */
E2E__FN const e2e_mail_part *e2e_mail_attachment(const e2e_mail *mail, const char *name);
/* The value of a part's header field in UTF-8; NULL if there is none. */
E2E__FN const char *e2e_mail_part_header(const e2e_mail_part *part, const char *name);

/* For the rooms above: fills in what is made of raw. */
E2E__FN void e2e__mime_read(e2e_mail *mail);

/* @implementation */

enum { E2E__MIME_DEPTH = 20, E2E__MIME_PARTS = 1000 };

/* Where the body begins: behind the first empty line, or at the end. */
E2E__FN const char *e2e__mime_body(const char *p, const char *end)
{
	while (p < end) {
		const char *nl = (const char *)memchr(p, '\n', (size_t)(end - p));

		if (nl == p || (nl == p + 1 && *p == '\r'))
			return nl + 1;
		if (!nl)
			break;
		p = nl + 1;
	}
	return end;
}

/* Where the field that begins at p ends: at its line feed, or that of its last folded line. */
E2E__FN const char *e2e__mime_field_end(const char *p, const char *end)
{
	const char *nl = (const char *)memchr(p, '\n', (size_t)(end - p));

	while (nl && nl + 1 < end && (nl[1] == ' ' || nl[1] == '\t'))
		nl = (const char *)memchr(nl + 1, '\n', (size_t)(end - nl - 1));
	return nl ? nl : end;
}

/* The first field of this name between p and the end of a header. */
E2E__FN const char *e2e__mime_field(const char *p, const char *end, const char *name)
{
	size_t n = strlen(name);

	while (p && p < end) {
		const char *nl = e2e__mime_field_end(p, end);

		if ((size_t)(nl - p) > n && strncasecmp(p, name, n) == 0 && p[n] == ':') {
			char *value = (char *)e2e__memory_alloc((size_t)(nl - p) + 1), *to = value;

			for (p += n + 1; p < nl && (*p == ' ' || *p == '\t'); p++)
				;
			for (; p < nl; p++)
				if (*p != '\r' && *p != '\n' && *p)
					*to++ = *p;
			while (to > value && (to[-1] == ' ' || to[-1] == '\t'))
				*--to = 0;
			return value;
		}
		p = nl + 1;
	}

	return NULL;
}

E2E__FN const char *e2e_mail_header(const e2e_mail *mail, const char *name)
{
	if (!mail->raw)
		return NULL;
	return e2e__mime_field(
		mail->raw, e2e__mime_body(mail->raw, mail->raw + mail->raw_size), name);
}

/* The value of a hexadecimal digit; -1 if it is none. */
E2E__FN int e2e__mime_hex(char c)
{
	static const char digits[] = "0123456789ABCDEF0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)((at - digits) % 16) : -1;
}

/* =41 -> A in place, and in a header _ -> blank; soft line ends vanish. Returns the new size. */
E2E__FN size_t e2e__mime_quoted_printable(char *s, size_t n, bool header)
{
	size_t i, out = 0;

	for (i = 0; i < n; i++) {
		int a = i + 2 < n && s[i] == '=' ? e2e__mime_hex(s[i + 1]) : -1;
		int b = a >= 0 ? e2e__mime_hex(s[i + 2]) : -1;

		if (s[i] == '=' && i + 2 < n && s[i + 1] == '\r' && s[i + 2] == '\n')
			i += 2;
		else if (s[i] == '=' && i + 1 < n && s[i + 1] == '\n')
			i++;
		else if (b >= 0) {
			s[out++] = (char)(a << 4 | b);
			i += 2;
		} else
			s[out++] = header && s[i] == '_' ? ' ' : s[i];
	}

	s[out] = 0;
	return out;
}

/* The one byte of a charset as a character. */
E2E__FN unsigned e2e__mime_character(unsigned char c, bool windows, bool euro)
{
	/* windows-1252 has signs where ISO 8859-1 has controls; 0: the same */
	static const unsigned short signs[32] = {0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020,
		0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0, 0x17d, 0, 0, 0x2018, 0x2019, 0x201c,
		0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0, 0x17e,
		0x178};
	static const char latin9[] = "\xa4\xa6\xa8\xb4\xb8\xbc\xbd\xbe";
	static const unsigned short others[8] = {
		0x20ac, 0x160, 0x161, 0x17d, 0x17e, 0x152, 0x153, 0x178};
	const char *at = euro && c ? strchr(latin9, (char)c) : NULL;

	if (at && *at)
		return others[at - latin9];
	if (windows && c >= 0x80 && c < 0xa0 && signs[c - 0x80])
		return signs[c - 0x80];
	return c;
}

/* Adds bytes of a charset in UTF-8. False: nothing is known of it, the bytes were added as they
 * are. */
E2E__FN bool e2e__mime_add_utf8(
	struct e2e__buf *out, const char *bytes, size_t n, const char *charset)
{
	bool windows = charset && strcasecmp(charset, "windows-1252") == 0;
	bool euro = charset && strcasecmp(charset, "iso-8859-15") == 0;

	if (!windows && !euro && !(charset && strcasecmp(charset, "iso-8859-1") == 0)) {
		e2e__buf_add(out, bytes, n);
		return !charset || !*charset || strcasecmp(charset, "utf-8") == 0 ||
			strcasecmp(charset, "us-ascii") == 0;
	}

	for (size_t i = 0; i < n; i++)
		e2e__json_add_utf8(
			out, e2e__mime_character((unsigned char)bytes[i], windows, euro));
	return true;
}

/* One =?charset?q?text?= at p, added in UTF-8. Returns what follows, or NULL if it is none that we
 * can read. */
E2E__FN const char *e2e__mime_word(struct e2e__buf *out, const char *p)
{
	const char *how = strchr(p + 2, '?'), *text = how ? strchr(how + 1, '?') : NULL;
	const char *end = text ? strstr(text + 1, "?=") : NULL;
	size_t begin = out->n;
	long n;

	if (!end || text != how + 2)
		return NULL;
	char *charset = e2e__memory_strdup(p + 2), *copy = e2e__memory_strdup(text + 1);
	charset[how - p - 2] = '\0';
	charset[strcspn(charset, "*")] = '\0'; /* a language may follow */
	n = (long)(end - text - 1);
	copy[n] = '\0';
	if (how[1] == 'q' || how[1] == 'Q')
		n = (long)e2e__mime_quoted_printable(copy, (size_t)n, true);
	else
		n = how[1] == 'b' || how[1] == 'B' ? e2e__smtp_base64(copy, (size_t)n) : -1;
	if (n < 0)
		return NULL;
	if (!e2e__mime_add_utf8(out, copy, (size_t)n, charset)) {
		out->n = begin;
		return NULL;
	}
	return end + 2;
}

/* RFC 2047: a header's text in UTF-8. */
E2E__FN const char *e2e__mime_words(const char *text)
{
	E2E__BUF(b, 512);
	const char *p = text, *next;
	char *copy;

	if (!text || !strstr(text, "=?"))
		return text;
	while (*p) {
		next = p[0] == '=' && p[1] == '?' ? e2e__mime_word(&b, p) : NULL;
		if (!next) {
			e2e__buf_add(&b, p++, 1);
			continue;
		}
		p = next;
		next += strspn(next, " \t"); /* blanks between two of them aren't text */
		if (next[0] == '=' && next[1] == '?')
			p = next;
	}

	e2e__buf_add(&b, "", 1);
	copy = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	return copy;
}

E2E__FN const char *e2e_mail_decoded(const e2e_mail *mail, const char *name)
{
	return e2e__mime_words(e2e_mail_header(mail, name));
}

/* Behind a value at p, which may be quoted; the value without its quotes is added. */
E2E__FN const char *e2e__mime_value(struct e2e__buf *out, const char *p)
{
	if (*p != '"') {
		size_t n = strcspn(p, "; \t");

		e2e__buf_add(out, p, n);
		return p + n;
	}

	for (p++; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1])
			p++;
		e2e__buf_add(out, p, 1);
	}
	return *p ? p + 1 : p;
}

/* The value of a parameter of "type; name=value; other=\"value\"" as it stands there; NULL if there
 * is none. */
E2E__FN const char *e2e__mime_given(const char *field, const char *name)
{
	size_t n = strlen(name);
	const char *p = field ? field + strcspn(field, ";") : "";

	while (*p) {
		E2E__BUF(value, 128);

		p += strspn(p, "; \t");
		bool found = strncasecmp(p, name, n) == 0 && p[n + strspn(p + n, " \t")] == '=';
		p += strcspn(p, "=;");
		if (*p == '=')
			p = e2e__mime_value(&value, p + 1 + strspn(p + 1, " \t"));
		p += strcspn(p, ";");
		if (found) {
			e2e__buf_add(&value, "", 1);
			return e2e__memory_taken(&value);
		}
		e2e__buf_free(&value);
	}
	return NULL;
}

/* %41 -> A, added. */
E2E__FN void e2e__mime_percent(struct e2e__buf *out, const char *p)
{
	for (; *p; p++) {
		int a = *p == '%' ? e2e__mime_hex(p[1]) : -1;
		int b = a >= 0 ? e2e__mime_hex(p[2]) : -1;
		char c = (char)(b >= 0 ? a << 4 | b : *p);

		e2e__buf_add(out, &c, 1);
		p += b >= 0 ? 2 : 0;
	}
}

/* RFC 2231: name*=charset'language'text, or name*0=text; name*1*=text and so on. */
E2E__FN const char *e2e__mime_extended(const char *field, const char *name)
{
	E2E__BUF(bytes, 128);
	E2E__BUF(text, 128);
	char charset[64] = "";
	const char *whole = e2e__mime_given(field, e2e_printf("%s*", name)), *piece;
	int n = 0;

	for (;; n++) {
		piece = whole ? NULL : e2e__mime_given(field, e2e_printf("%s*%d", name, n));
		if (piece) {
			e2e__buf_adds(&bytes, piece);
			continue;
		}
		piece = whole ? whole : e2e__mime_given(field, e2e_printf("%s*%d*", name, n));
		if (!piece)
			break;

		const char *language = n == 0 ? strchr(piece, '\'') : NULL;
		const char *behind = language ? strchr(language + 1, '\'') : NULL;
		if (behind)
			snprintf(charset, sizeof charset, "%.*s", (int)(language - piece), piece);
		e2e__mime_percent(&bytes, behind ? behind + 1 : piece);
		if (whole)
			break;
	}

	bool found = whole || n > 0;
	e2e__mime_add_utf8(&text, bytes.p, bytes.n, charset);
	e2e__buf_add(&text, "", 1);
	e2e__buf_free(&bytes);
	const char *taken = e2e__memory_taken(&text);
	return found ? taken : NULL;
}

/* A parameter in UTF-8, in whichever of the ways that are in use. */
E2E__FN const char *e2e__mime_parameter(const char *field, const char *name)
{
	const char *extended = field ? e2e__mime_extended(field, name) : NULL;

	return extended ? extended : e2e__mime_words(e2e__mime_given(field, name));
}

/* CR LF -> LF in place. Returns the new size. */
E2E__FN size_t e2e__mime_lines(char *s, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++)
		if (s[i] != '\r' || i + 1 == n || s[i + 1] != '\n')
			s[out++] = s[i];
	s[out] = '\0';
	return out;
}

/* The text that a person reads: lines end with \n, in UTF-8. */
E2E__FN void e2e__mime_as_text(e2e_mail_part *part, char *bytes, size_t n)
{
	E2E__BUF(b, 512);

	n = e2e__mime_lines(bytes, n);
	part->body = bytes;
	part->size = n;
	if (!part->charset || strcasecmp(part->charset, "utf-8") == 0)
		return;
	if (e2e__mime_add_utf8(&b, bytes, n, part->charset)) {
		part->size = b.n;
		e2e__buf_add(&b, "", 1);
		part->body = (const char *)memcpy(e2e__memory_alloc(b.n), b.p, b.n);
	}
	e2e__buf_free(&b);
}

/* What stands between `from` and `end`, decoded. Bytes that were attached stay as they were. */
E2E__FN void e2e__mime_decode(
	e2e_mail_part *part, const char *from, const char *end, const char *how)
{
	size_t n = (size_t)(end - from);
	char *bytes = (char *)e2e__memory_alloc(n + 1);
	bool base64 = how && strcasecmp(how, "base64") == 0;

	memcpy(bytes, from, n);
	if (how && strcasecmp(how, "quoted-printable") == 0) {
		n = e2e__mime_quoted_printable(bytes, n, false);
	} else if (base64) {
		long k = e2e__smtp_base64(bytes, n);

		if (k < 0)
			memcpy(bytes, from, n); /* broken: show it as it is */
		else
			n = (size_t)k;
	}

	bytes[n] = '\0';
	if (strncmp(part->type, "text/", 5) == 0 && !part->attached) {
		e2e__mime_as_text(part, bytes, n);
		return;
	}
	part->body = bytes;
	part->size =
		base64 || (how && strcasecmp(how, "binary") == 0) ? n : e2e__mime_lines(bytes, n);
}

/* "Text/HTML; charset=x" -> "text/html" */
E2E__FN const char *e2e__mime_type(const char *field)
{
	size_t n = field ? strcspn(field, "; \t") : 0;

	if (!n)
		return "text/plain";
	char *type = e2e__memory_strdup(field);
	type[n] = '\0';
	for (char *c = type; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return type;
}

struct e2e__mime_list {
	e2e_mail_part *part;
	size_t n, size;
};

/* A part that holds no others. */
E2E__FN void e2e__mime_leaf(
	struct e2e__mime_list *all, const char *from, const char *body, const char *end)
{
	if (all->n == all->size) {
		size_t size = all->size ? 2 * all->size : 2;
		e2e_mail_part *more = (e2e_mail_part *)e2e__memory_alloc(size * sizeof *more);

		if (all->n)
			memcpy(more, all->part, all->n * sizeof *more);
		all->part = more;
		all->size = size;
	}
	if (all->n == E2E__MIME_PARTS)
		return;

	e2e_mail_part *part = &all->part[all->n++];
	const char *type = e2e__mime_field(from, body, "Content-Type");
	const char *place = e2e__mime_field(from, body, "Content-Disposition");
	memset(part, 0, sizeof *part);
	part->header = from;
	part->header_size = (size_t)(body - from);
	part->type = e2e__mime_type(type);
	part->charset = e2e__mime_parameter(type, "charset");
	part->name = e2e__mime_parameter(place, "filename");
	if (!part->name)
		part->name = e2e__mime_parameter(type, "name");
	part->attached = place && strncasecmp(place, "attachment", 10) == 0;
	e2e__mime_decode(part, body, end, e2e__mime_field(from, body, "Content-Transfer-Encoding"));
}

E2E__FN void e2e__mime_part(
	struct e2e__mime_list *all, const char *from, const char *end, int depth);

/* Is this line the boundary? 2: the last one. */
E2E__FN int e2e__mime_delimiter(const char *line, const char *end, const char *boundary, size_t n)
{
	if ((size_t)(end - line) < n + 2 || line[0] != '-' || line[1] != '-' ||
		memcmp(line + 2, boundary, n) != 0)
		return 0;
	line += n + 2;
	bool last = end - line >= 2 && line[0] == '-' && line[1] == '-';
	for (line += last ? 2 : 0; line < end && *line != '\n'; line++)
		if (*line != ' ' && *line != '\t' && *line != '\r')
			return 0;
	return last ? 2 : 1;
}

/* The parts between the boundaries. False: there is no boundary at all. A last one that is missing
 * was cut off: what came counts. */
E2E__FN bool e2e__mime_multipart(
	struct e2e__mime_list *all, const char *p, const char *end, const char *boundary, int depth)
{
	const char *part = NULL;
	size_t n = strlen(boundary);
	int kind = 0;

	for (const char *nl; p < end && kind != 2; p = nl + 1) {
		nl = (const char *)memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			nl = end;
		kind = e2e__mime_delimiter(p, nl, boundary, n);
		if (!kind)
			continue;
		if (part) {
			/* the line end before it belongs to the boundary */
			const char *to = p > part ? p - 1 : p;

			e2e__mime_part(all, part, to > part && to[-1] == '\r' ? to - 1 : to, depth);
		}
		part = nl < end ? nl + 1 : end;
	}

	if (part && kind != 2)
		e2e__mime_part(all, part, end, depth);
	return part != NULL;
}

/* A part, or the whole mail: from its header on. */
E2E__FN void e2e__mime_part(
	struct e2e__mime_list *all, const char *from, const char *end, int depth)
{
	const char *body = e2e__mime_body(from, end);
	const char *type = e2e__mime_field(from, body, "Content-Type");
	const char *boundary = NULL;

	if (type && strncasecmp(type, "multipart/", 10) == 0 && depth < E2E__MIME_DEPTH)
		boundary = e2e__mime_given(type, "boundary");
	if (!boundary || !*boundary || !e2e__mime_multipart(all, body, end, boundary, depth + 1))
		e2e__mime_leaf(all, from, body, end);
}

E2E__FN const e2e_mail_part *e2e__mime_first(const e2e_mail *mail, const char *type, bool attached)
{
	size_t n = strlen(type);
	bool all = n > 0 && type[n - 1] == '*';

	for (size_t i = 0; i < mail->nparts; i++) {
		const e2e_mail_part *part = &mail->part[i];

		if ((!part->attached || attached) &&
			(all ? strncasecmp(part->type, type, n - 1) == 0
			     : strcasecmp(part->type, type) == 0))
			return part;
	}
	return NULL;
}

E2E__FN const e2e_mail_part *e2e_mail_part_of(const e2e_mail *mail, const char *type)
{
	return e2e__mime_first(mail, type, true);
}

E2E__FN const e2e_mail_part *e2e_mail_attachment(const e2e_mail *mail, const char *name)
{
	for (size_t i = 0; i < mail->nparts; i++)
		if (mail->part[i].name && strcmp(mail->part[i].name, name) == 0)
			return &mail->part[i];
	return NULL;
}

E2E__FN const char *e2e_mail_part_header(const e2e_mail_part *part, const char *name)
{
	return e2e__mime_words(
		e2e__mime_field(part->header, part->header + part->header_size, name));
}

E2E__FN void e2e__mime_read(e2e_mail *mail)
{
	struct e2e__mime_list all = {NULL, 0, 0};

	e2e__mime_part(&all, mail->raw, mail->raw + mail->raw_size, 0);
	if (!all.n) /* nothing but a last boundary */
		e2e__mime_leaf(&all, mail->raw,
			e2e__mime_body(mail->raw, mail->raw + mail->raw_size),
			mail->raw + mail->raw_size);
	mail->part = all.part;
	mail->nparts = all.n;
	mail->subject = e2e_mail_decoded(mail, "Subject");
	const e2e_mail_part *html = e2e__mime_first(mail, "text/html", false);
	const e2e_mail_part *body = e2e__mime_first(mail, "text/plain", false);
	if (!body)
		body = e2e__mime_first(mail, "text/*", false);
	if (!body && mail->part[0].header == mail->raw)
		body = &mail->part[0]; /* it has no parts */
	mail->html = html ? html->body : NULL;
	mail->body = body ? body->body : "";
	mail->body_size = body ? body->size : 0;
}
