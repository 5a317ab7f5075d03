#pragma once
#include "base.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"

/* @interface */

/* JSON values. Strings are decoded; numbers keep their text. Arrays and objects are lists of
 * children. */
struct e2e__json {
	char type;                 /* n t f (null true false) 0 (number) " [ { */
	char *key, *text;          /* of a member; of a string or number */
	size_t length, key_length; /* of text, of key */
	struct e2e__json *child, *next;
};
/* Parses a whole text into memory of the case; NULL with *error (offset and what was expected). */
E2E__FN struct e2e__json *e2e__json_parse(const char *text, const char **error);
E2E__FN const struct e2e__json *e2e__json_member(const struct e2e__json *object, const char *key);
/* NULL if equal, else what differs first, e.g. `$.a[2]: got 1, want 2`. */
E2E__FN const char *e2e__json_differ(const struct e2e__json *got, const struct e2e__json *want);

/* @implementation */

/* Texts in the order of their bytes; equal ones in the order that they came in. */
struct e2e__ranked {
	const char *text;
	size_t length, rank;
	const struct e2e__json *value;
};

E2E__FN int e2e__json_by_bytes(const struct e2e__ranked *a, const struct e2e__ranked *b)
{
	int c = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);

	return c ? c : (a->length > b->length) - (a->length < b->length);
}

E2E__FN int e2e__json_by_bytes_and_rank(const void *a, const void *b)
{
	const struct e2e__ranked *x = (const struct e2e__ranked *)a,
				 *y = (const struct e2e__ranked *)b;
	int c = e2e__json_by_bytes(x, y);

	return c ? c : (x->rank > y->rank) - (x->rank < y->rank);
}

E2E__FN void e2e__json_rank(struct e2e__ranked *texts, size_t n)
{
	e2e__buf_busy(1); /* qsort may allocate */
	qsort(texts, n, sizeof *texts, e2e__json_by_bytes_and_rank);
	e2e__buf_busy(-1);
}

E2E__FN struct e2e__ranked *e2e__json_rank_list(const char *const *list, size_t *n)
{
	struct e2e__ranked *r;
	size_t i;

	for (*n = 0; list[*n]; ++*n)
		;
	r = (struct e2e__ranked *)e2e__memory_alloc((*n + 1) * sizeof *r);
	for (i = 0; i < *n; i++) {
		r[i].text = list[i];
		r[i].length = strlen(list[i]);
		r[i].rank = i;
	}
	e2e__json_rank(r, *n);
	return r;
}

struct e2e__parser {
	const char *p, *begin, *error;
	int depth;
};

E2E__FN void *e2e__json_fail(struct e2e__parser *s, const char *expected)
{
	size_t at = (size_t)(s->p - s->begin);

	if (!s->error)
		s->error = *s->p
			? e2e_printf("at byte %zu: expected %s, found %s", at, expected,
				  e2e_quoted(e2e_printf("%.12s", s->p)))
			: e2e_printf("at byte %zu: expected %s, found the end", at, expected);
	return NULL;
}

E2E__FN void e2e__json_blank(struct e2e__parser *s)
{
	s->p += strspn(s->p, " \t\r\n");
}

E2E__FN long e2e__json_hex4(struct e2e__parser *s)
{
	char hex[5] = {0, 0, 0, 0, 0};
	int i;

	for (i = 0; i < 4 && strchr("0123456789abcdefABCDEF", s->p[i]) && s->p[i]; i++)
		hex[i] = s->p[i];
	if (i < 4)
		return -1;
	s->p += 4;
	return strtol(hex, NULL, 16);
}

E2E__FN void e2e__json_add_utf8(struct e2e__buf *b, unsigned long c)
{
	char u[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;
	static const unsigned char lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (i = n; i-- > 1; c >>= 6)
		u[i] = (char)(0x80 | (c & 0x3f));
	u[0] = (char)(lead[n] | c);
	e2e__buf_add(b, u, n);
}

/* What follows a backslash. */
E2E__FN bool e2e__json_escape(struct e2e__parser *s, struct e2e__buf *b)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *k = *s->p ? strchr(from, *s->p) : NULL;
	long c, low;

	if (k) {
		e2e__buf_add(b, to + (k - from), 1);
		s->p++;
		return true;
	}

	if (*s->p != 'u')
		return false;
	s->p++;
	c = e2e__json_hex4(s);
	if (c >= 0xd800 && c < 0xdc00 && s->p[0] == '\\' && s->p[1] == 'u') {
		s->p += 2;
		low = e2e__json_hex4(s);
		c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00)
						  : -1;
	} else if (c >= 0xd800 && c < 0xe000) {
		c = -1;
	}

	if (c >= 0)
		e2e__json_add_utf8(b, (unsigned long)c);
	return c >= 0;
}

E2E__FN char *e2e__json_string(struct e2e__parser *s, size_t *length)
{
	E2E__BUF(b, 256);

	if (*s->p != '"')
		return (char *)e2e__json_fail(s, "a string in double quotes");
	for (s->p++; *s->p != '"';) {
		const char *from = s->p;

		while ((unsigned char)*s->p >= 0x20 && *s->p != '"' && *s->p != '\\')
			s->p++;
		e2e__buf_add(&b, from, (size_t)(s->p - from));
		if (*s->p == '\\') {
			s->p++;
			if (!e2e__json_escape(s, &b))
				return (char *)e2e__json_fail(
					s, "an escape (\\n, \\u00e9, a surrogate pair)");
		} else if (*s->p != '"') {
			return (char *)e2e__json_fail(s, "the end of the string");
		}
	}

	s->p++;
	if (length)
		*length = b.n;
	b.p[b.n] = 0;
	return e2e__memory_taken(&b);
}

E2E__FN const char *e2e__json_digits(struct e2e__parser *s)
{
	const char *from = s->p;

	while (*s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from ? from : (const char *)e2e__json_fail(s, "a digit");
}

E2E__FN bool e2e__json_number(struct e2e__parser *s, struct e2e__json *v)
{
	const char *from = s->p;

	s->p += *s->p == '-';
	if (*s->p == '0')
		s->p++;
	else if (!e2e__json_digits(s))
		return false;
	if (*s->p == '.') {
		s->p++;
		if (!e2e__json_digits(s))
			return false;
	}

	if (*s->p == 'e' || *s->p == 'E') {
		s->p++;
		s->p += *s->p == '+' || *s->p == '-';
		if (!e2e__json_digits(s))
			return false;
	}

	v->type = '0';
	v->length = (size_t)(s->p - from);
	v->text = e2e__memory_strndup(from, v->length);
	return true;
}

E2E__FN struct e2e__json *e2e__json_value(struct e2e__parser *s);

/* Members of an array or object up to its closing sign. */
E2E__FN bool e2e__json_children(struct e2e__parser *s, struct e2e__json *v, char close)
{
	struct e2e__json **end = &v->child;
	char *key = NULL;
	size_t key_length = 0;

	s->p++;
	e2e__json_blank(s);
	if (*s->p == close)
		return s->p++, true;
	for (;;) {
		e2e__json_blank(s);
		if (v->type == '{') {
			key = e2e__json_string(s, &key_length);
			if (!key)
				return false;
			e2e__json_blank(s);
			if (*s->p != ':')
				return e2e__json_fail(s, "a colon") != NULL;
			s->p++;
		}
		*end = e2e__json_value(s);
		if (!*end)
			return false;
		(*end)->key = key;
		(*end)->key_length = key_length;
		end = &(*end)->next;
		e2e__json_blank(s);
		if (*s->p == close)
			return s->p++, true;
		if (*s->p != ',')
			return e2e__json_fail(s, close == ']' ? "a comma or ]" : "a comma or }") !=
				NULL;
		s->p++;
	}
}

E2E__FN struct e2e__json *e2e__json_value(struct e2e__parser *s)
{
	static const char words[3][6] = {"null", "true", "false"};
	struct e2e__json *v = (struct e2e__json *)e2e__memory_alloc(sizeof *v);
	bool ok = false;
	size_t i;

	e2e__json_blank(s);
	for (i = 0; i < 3; i++)
		if (strncmp(s->p, words[i], strlen(words[i])) == 0) {
			v->type = words[i][0];
			s->p += strlen(words[i]);
			return v;
		}
	if (++s->depth > 500)
		return (struct e2e__json *)e2e__json_fail(s, "at most 500 levels");
	if (*s->p == '"') {
		v->type = '"';
		v->text = e2e__json_string(s, &v->length);
		ok = v->text != NULL;
	} else if (*s->p == '[' || *s->p == '{') {
		v->type = *s->p;
		ok = e2e__json_children(s, v, *s->p == '[' ? ']' : '}');
	} else if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9')) {
		ok = e2e__json_number(s, v);
	} else {
		e2e__json_fail(s, "a value");
	}

	s->depth--;
	return ok ? v : NULL;
}

E2E__FN struct e2e__json *e2e__json_parse(const char *text, const char **error)
{
	struct e2e__parser s = {text, text, NULL, 0};
	struct e2e__json *v = e2e__json_value(&s);

	e2e__json_blank(&s);
	if (v && *s.p)
		v = (struct e2e__json *)e2e__json_fail(&s, "the end");
	*error = s.error;
	return v;
}

E2E__FN const struct e2e__json *e2e__json_member(const struct e2e__json *object, const char *key)
{
	const struct e2e__json *v, *last = NULL;

	for (v = object && object->type == '{' ? object->child : NULL; v; v = v->next)
		if (v->key_length == strlen(key) && memcmp(v->key, key, v->key_length) == 0)
			last = v; /* the last one of equal names counts, as in most readers */
	return last;
}

E2E__FN const char *e2e__json_brief(const struct e2e__json *v)
{
	size_t n = 0;
	const struct e2e__json *c;

	if (!v)
		return "nothing";
	for (c = v->child; c; c = c->next)
		n++;
	switch (v->type) {
	case '"':
		return e2e_quoted(v->text);
	case '0':
		return v->text;
	case '[':
		return e2e_printf("an array of %zu", n);
	case '{':
		return e2e_printf("an object of %zu", n);
	default:
		return v->type == 'n' ? "null" : v->type == 't' ? "true" : "false";
	}
}

/* Numbers of equal value: 1, 1.0 and 1e0; integers too long for a double by their digits. */
E2E__FN bool e2e__json_same_number(const char *a, const char *b)
{
	double x = e2e__clock_strtod(a, NULL), y = e2e__clock_strtod(b, NULL);
	bool whole = !a[strspn(a, "-0123456789")] && !b[strspn(b, "-0123456789")];

	if (x - x != 0 || y - y != 0 || (whole && strcmp(a, "-0") != 0 && strcmp(b, "-0") != 0))
		return strcmp(a, b) == 0; /* beyond a double's range, or exactly comparable */
	return !(x < y) && !(x > y);
}

/* Where in a value: a member's name, or an index. */
struct e2e__path {
	const struct e2e__path *up;
	const char *key;
	size_t index;
};

E2E__FN void e2e__json_add_path(struct e2e__buf *b, const struct e2e__path *path)
{
	if (!path) {
		e2e__buf_adds(b, "$");
		return;
	}
	e2e__json_add_path(b, path->up);
	if (path->key)
		e2e__buf_addf(b, ".%s", path->key);
	else
		e2e__buf_addf(b, "[%zu]", path->index);
}

/* An object's members by name. Of equal names the last one counts. */
struct e2e__json_members {
	struct e2e__ranked *at;
	size_t n;
};

E2E__FN struct e2e__json_members e2e__json_index(const struct e2e__json *object)
{
	struct e2e__json_members m = {NULL, 0};
	const struct e2e__json *v;

	for (v = object->child; v; v = v->next)
		m.n++;
	m.at = (struct e2e__ranked *)e2e__memory_alloc((m.n + 1) * sizeof *m.at);
	for (m.n = 0, v = object->child; v; v = v->next, m.n++) {
		m.at[m.n].text = v->key;
		m.at[m.n].length = v->key_length;
		m.at[m.n].rank = m.n;
		m.at[m.n].value = v;
	}
	e2e__json_rank(m.at, m.n);
	return m;
}

E2E__FN const struct e2e__json *e2e__json_named(
	const struct e2e__json_members *m, const struct e2e__json *like)
{
	struct e2e__ranked key = {like->key, like->key_length, 0, NULL};
	size_t low = 0, high = m->n; /* of the first that is greater */

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e2e__json_by_bytes(&m->at[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && e2e__json_by_bytes(&m->at[low - 1], &key) == 0 ? m->at[low - 1].value : NULL;
}

E2E__FN const char *e2e__json_at(
	const struct e2e__json *got, const struct e2e__json *want, const struct e2e__path *path);
E2E__FN const char *e2e__json_object(
	const struct e2e__json *got, const struct e2e__json *want, const struct e2e__path *up)
{
	struct e2e__json_members gm = e2e__json_index(got), wm = e2e__json_index(want);
	struct e2e__path path = {up, NULL, 0};
	const struct e2e__json *g, *w;
	const char *why = NULL;

	for (w = want->child; w && !why; w = w->next) {
		path.key = w->key;
		why = e2e__json_at(e2e__json_named(&gm, w), e2e__json_named(&wm, w), &path);
	}

	for (g = got->child; g && !why; g = g->next) {
		path.key = g->key;
		if (!e2e__json_named(&wm, g))
			why = e2e__json_at(g, NULL, &path);
	}

	return why;
}

E2E__FN const char *e2e__json_at(
	const struct e2e__json *got, const struct e2e__json *want, const struct e2e__path *path)
{
	struct e2e__path element = {path, NULL, 0};
	const struct e2e__json *g, *w;
	const char *why = NULL;
	bool same = got && want && got->type == want->type;

	if (same && got->type == '"')
		same = got->length == want->length &&
			memcmp(got->text, want->text, got->length) == 0;
	else if (same && got->type == '0')
		same = e2e__json_same_number(got->text, want->text);
	if (!same) {
		E2E__BUF(b, 256);

		e2e__json_add_path(&b, path);
		e2e__buf_addf(&b, ": got %s, want %s", e2e__json_brief(got), e2e__json_brief(want));
		return e2e__memory_taken(&b);
	}

	if (got->type == '{')
		return e2e__json_object(got, want, path);
	if (got->type == '[')
		for (g = got->child, w = want->child; (g || w) && !why; element.index++) {
			why = e2e__json_at(g, w, &element);
			g = g ? g->next : NULL;
			w = w ? w->next : NULL;
		}
	return why;
}

E2E__FN const char *e2e__json_differ(const struct e2e__json *got, const struct e2e__json *want)
{
	return e2e__json_at(got, want, NULL);
}
