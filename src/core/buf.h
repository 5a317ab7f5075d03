#pragma once
#include "base.h"
#include "state.h"
#include "doors.h"

/* @interface */

/* A growing text; it starts in the caller's array, so that small ones need no malloc. */
struct e2e__buf {
	char *p;
	size_t n, size;
	bool heap;
};
#define E2E__BUF(name, bytes) \
	char name##__space[bytes]; \
	struct e2e__buf name = {name##__space, 0, bytes, false}

E2E__FN void e2e__buf_add(struct e2e__buf *b, const char *s, size_t n);
E2E__FN void e2e__buf_adds(struct e2e__buf *b, const char *s);
E2E__FN void e2e__buf_addf(struct e2e__buf *b, const char *fmt, ...) E2E__PRINTF(2, 3);
E2E__FN void e2e__buf_free(struct e2e__buf *b);
/* How control characters, invalid UTF-8 and the format's own signs are written. */
/* Signs of names, and of Base64 in its order. */
#define E2E__ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

enum e2e__style { E2E__PLAIN, E2E__QUOTED, E2E__TAP };
E2E__FN void e2e__buf_escape(struct e2e__buf *b, const char *s, size_t n, enum e2e__style style);

E2E__FN const char *e2e__buf_desc(const char *fmt, ...) E2E__PRINTF(1, 2);

/* @implementation */

E2E__FN void *e2e__buf_self(void)
{
	return (void *)&errno; /* one a thread, without pthreads */
}

/* Around calls of malloc and free by e2e itself: a jump out of those would leave a broken heap to
 * the cleanup. */
E2E__FN void e2e__buf_busy(int change)
{
	if (e2e__buf_self() == e2e__state.main_thread)
		e2e__state.busy = e2e__state.busy + change;
}

E2E__FN void *e2e__buf_malloc(size_t size)
{
	void *p;

	e2e__buf_busy(1);
	p = malloc(size);
	e2e__buf_busy(-1);
	return p;
}

E2E__FN void e2e__buf_release_memory(void *p)
{
	e2e__buf_busy(1);
	free(p);
	e2e__buf_busy(-1);
}

E2E__FN void e2e__buf_grow(struct e2e__buf *b, size_t more)
{
	size_t size = b->size * 2 > b->n + more + 1 ? b->size * 2 : b->n + more + 1;
	char *p;

	e2e__buf_busy(1);
	p = (char *)(b->heap ? realloc(b->p, size) : malloc(size));
	e2e__buf_busy(-1);
	if (!p)
		e2e__page_no_memory(size);
	if (!b->heap)
		memcpy(p, b->p, b->n);
	b->p = p;
	b->size = size;
	b->heap = true;
}

E2E__FN void e2e__buf_add(struct e2e__buf *b, const char *s, size_t n)
{
	if (b->n + n + 1 > b->size)
		e2e__buf_grow(b, n);
	memcpy(b->p + b->n, s, n);
	b->n += n;
	b->p[b->n] = 0;
}

E2E__FN void e2e__buf_adds(struct e2e__buf *b, const char *s)
{
	e2e__buf_add(b, s, strlen(s));
}

E2E__FN void e2e__buf_vaddf(struct e2e__buf *b, const char *fmt, va_list ap) E2E__PRINTF(2, 0);
E2E__FN void e2e__buf_vaddf(struct e2e__buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(b->p + b->n, b->size - b->n, fmt, ap);
	if (n < 0) {
		e2e__buf_adds(b, "(a description that printf refused)");
	} else if ((size_t)n >= b->size - b->n) {
		e2e__buf_grow(b, (size_t)n);
		vsnprintf(b->p + b->n, b->size - b->n, fmt, again);
		b->n += (size_t)n;
	} else {
		b->n += (size_t)n;
	}

	va_end(again);
}

E2E__FN void e2e__buf_addf(struct e2e__buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	e2e__buf_vaddf(b, fmt, ap);
	va_end(ap);
}

E2E__FN void e2e__buf_free(struct e2e__buf *b)
{
	if (b->heap)
		e2e__buf_release_memory(b->p);
	b->heap = false;
	b->n = b->size = 0;
}

/* Length of the UTF-8 sequence at s if it's valid and may be printed, else 0 (RFC 3629; C1 controls
 * are not printed). */
E2E__FN size_t e2e__buf_utf8(const unsigned char *s, size_t n)
{
	size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2, i;

	if (s[0] < 0xc2 || s[0] > 0xf4 || n < len)
		return 0;
	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ||
		(s[0] == 0xc2 && s[1] < 0xa0))
		return 0;
	return len;
}

E2E__FN void e2e__buf_escape_one(struct e2e__buf *b, unsigned char c, enum e2e__style style)
{
	const char *slash = style == E2E__TAP ? "\\\\" : "\\";
	const char *named = c == '\n' ? "n" : c == '\t' ? "t" : c == '\r' ? "r" : NULL;

	if (c == '\\' || (c == '"' && style == E2E__QUOTED) || c == '#')
		e2e__buf_addf(b, "\\%c", c);
	else if (named)
		e2e__buf_addf(b, "%s%s", slash, named);
	else
		e2e__buf_addf(b, "%sx%02x", slash, c);
}

E2E__FN void e2e__buf_escape(struct e2e__buf *b, const char *s, size_t n, enum e2e__style style)
{
	size_t done = 0, i = 0, len;

	while (i < n) {
		unsigned char c = (unsigned char)s[i];
		bool own = (c == '\\' && style != E2E__PLAIN) ||
			(c == '"' && style == E2E__QUOTED) || (c == '#' && style == E2E__TAP);

		if (c >= 0x20 && c < 0x7f && !own) {
			i++;
		} else if (c == '\t' && style == E2E__PLAIN) {
			i++;
		} else if (c >= 0x80 &&
			(len = e2e__buf_utf8((const unsigned char *)s + i, n - i)) > 0) {
			i += len;
		} else {
			e2e__buf_add(b, s + done, i - done);
			e2e__buf_escape_one(b, c, style);
			done = ++i;
		}
	}

	e2e__buf_add(b, s + done, n - done);
}

E2E__FN void e2e__buf_add_quoted(struct e2e__buf *b, const char *s)
{
	if (!s) {
		e2e__buf_adds(b, "NULL");
		return;
	}
	e2e__buf_adds(b, "\"");
	e2e__buf_escape(b, s, strlen(s), E2E__QUOTED);
	e2e__buf_adds(b, "\"");
}

/* A word as a shell reads it: quoted where it has to be. */
E2E__FN void e2e__buf_add_shell(struct e2e__buf *b, const char *s)
{
	if (*s && !s[strspn(s, E2E__ALNUM "._/+-=:,@%")]) {
		e2e__buf_adds(b, s);
		return;
	}

	e2e__buf_adds(b, "'");
	for (; *s; s++)
		if (*s == '\'')
			e2e__buf_adds(b, "'\\''");
		else
			e2e__buf_add(b, s, 1);
	e2e__buf_adds(b, "'");
}

/* A description of its own memory: the condition, which may make assertions too, is evaluated
 * before or after it. */
struct e2e__text {
	struct e2e__text *next;
};

E2E__FN struct e2e__text **e2e__buf_texts(void)
{
#ifdef __TINYC__
	static struct e2e__text *list;
#else
	static __thread struct e2e__text *list;
#endif
	return &list;
}

/* tcc knows no variables of a thread, so all threads share the list. */
E2E__FN void e2e__buf_lock_texts(bool lock)
{
#ifdef __TINYC__
	static volatile uint64_t held;
	while (lock && !E2E__CAS(&held, 0, 1))
		sched_yield();
	if (!lock)
		held = 0;
#else
	(void)lock;
#endif
}

E2E__FN const char *e2e__buf_desc(const char *fmt, ...)
{
	struct e2e__text *t, **list = e2e__buf_texts();
	va_list ap;
	E2E__BUF(b, 512);

	va_start(ap, fmt);
	e2e__buf_vaddf(&b, fmt, ap);
	va_end(ap);
	t = (struct e2e__text *)e2e__buf_malloc(sizeof *t + b.n + 1);
	if (!t)
		e2e__page_no_memory(sizeof *t + b.n + 1);
	memcpy((char *)(t + 1), b.p, b.n);
	((char *)(t + 1))[b.n] = 0;
	e2e__buf_free(&b);
	e2e__buf_lock_texts(true);
	t->next = *list;
	*list = t;
	e2e__buf_lock_texts(false);
	return (const char *)(t + 1);
}

/* Frees a description after its use; other texts are left alone. */
E2E__FN void e2e__buf_drop_desc(const char *desc)
{
	struct e2e__text **link, *t;

	e2e__buf_lock_texts(true);
	for (link = e2e__buf_texts(); (t = *link) != NULL && (const char *)(t + 1) != desc;
		link = &t->next)
		;
	if (t)
		*link = t->next;
	e2e__buf_lock_texts(false);
	if (t)
		e2e__buf_release_memory(t);
}
