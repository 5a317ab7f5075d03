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
/* Signs of names, and of Base64 in its order. */
#define E2E__ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* How control characters, invalid UTF-8, what can't be seen and the format's own signs are written.
 */
enum e2e__style { E2E__PLAIN, E2E__QUOTED, E2E__TAP };
E2E__FN void e2e__buf_escape(struct e2e__buf *b, const char *s, size_t n, enum e2e__style style);

E2E__FN const char *e2e__buf_desc(const char *fmt, ...) E2E__PRINTF(1, 2);

/* @implementation */

/* Bytes in front of a point's name: 16 x 4 blanks, "not ok ", a number, " - ". */
enum { E2E__PREFIX = 112 };

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

/* Of a valid sequence: the code point. */
E2E__FN uint32_t e2e__buf_code_point(const unsigned char *s, size_t len)
{
	uint32_t c = s[0] & (0x7fu >> len);
	size_t i;

	for (i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3fu);
	return c;
}

/* Does it look like nothing, like a blank, or like a part of the letter before it? Blanks of other
 * kinds, what sets the direction or joins, what composes letters (Unicode's Zs, Zl, Zp and Cf, its
 * fillers and the combining marks that NFC has no need for). */
E2E__FN bool e2e__buf_unseen(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {{0xa0, 0xa0}, {0xad, 0xad}, {0x300, 0x36f}, {0x600, 0x605}, {0x61c, 0x61c},
		{0x6dd, 0x6dd}, {0x70f, 0x70f}, {0x8e2, 0x8e2}, {0x115f, 0x11ff}, {0x1680, 0x1680},
		{0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
		{0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f}, {0x20d0, 0x20ff},
		{0x2800, 0x2800}, {0x3000, 0x3000}, {0x3099, 0x309a}, {0x3164, 0x3164},
		{0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
		{0xfff9, 0xfffb}, {0x110bd, 0x110bd}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
		{0xe0000, 0xe0fff}};
	size_t i;

	for (i = 0; i < sizeof ranges / sizeof *ranges && c >= ranges[i].first; i++)
		if (c <= ranges[i].last)
			return true;
	return false;
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

/* U+00A0 as \u00a0, and beyond four digits as \U000e0001, as C, YAML and Python have them. */
E2E__FN void e2e__buf_escape_unseen(struct e2e__buf *b, uint32_t c, enum e2e__style style)
{
	e2e__buf_addf(b, "%s%c%0*lx", style == E2E__TAP ? "\\\\" : "\\", c > 0xffff ? 'U' : 'u',
		c > 0xffff ? 8 : 4, (unsigned long)c);
}

/* Is the byte shown as it is? */
E2E__FN bool e2e__buf_plain(unsigned char c, enum e2e__style style)
{
	if (c == '\\')
		return style == E2E__PLAIN;
	if (c == '"')
		return style != E2E__QUOTED;
	if (c == '#')
		return style != E2E__TAP;
	return (c >= 0x20 && c < 0x7f) || (c == '\t' && style == E2E__PLAIN);
}

E2E__FN void e2e__buf_escape(struct e2e__buf *b, const char *s, size_t n, enum e2e__style style)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t done = 0, i = 0, len;

	while (i < n) {
		uint32_t c = 0;

		if (e2e__buf_plain(u[i], style)) {
			i++;
			continue;
		}
		len = u[i] >= 0x80 ? e2e__buf_utf8(u + i, n - i) : 0;
		if (len)
			c = e2e__buf_code_point(u + i, len);
		if (len && !e2e__buf_unseen(c)) {
			i += len;
			continue;
		}

		e2e__buf_add(b, s + done, i - done);
		if (len)
			e2e__buf_escape_unseen(b, c, style);
		else
			e2e__buf_escape_one(b, u[i], style);
		i += len ? len : 1;
		done = i;
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

/* Descriptions that fit are formatted where the point's line is put together: with room in front
 * for the number. A thread has two of these places, as the arguments of an assertion may make
 * assertions; a jump that leaves one behind costs time only. tcc has no variables of a thread. */
struct e2e__slot {
	volatile bool used;
	char space[E2E__PREFIX + 400];
};

E2E__FN struct e2e__slot *e2e__buf_slot(
	bool (*fits)(const struct e2e__slot *, const char *), const char *desc)
{
#ifdef __TINYC__
	(void)fits;
	(void)desc;
#else
	static __thread struct e2e__slot slots[2];
	int i;

	for (i = 0; i < 2; i++)
		if (fits(&slots[i], desc))
			return &slots[i];
#endif
	return NULL;
}

E2E__FN bool e2e__buf_slot_is_free(const struct e2e__slot *slot, const char *desc)
{
	(void)desc;
	return !slot->used;
}

E2E__FN bool e2e__buf_slot_has(const struct e2e__slot *slot, const char *desc)
{
	return desc == slot->space + E2E__PREFIX;
}

E2E__FN const char *e2e__buf_desc(const char *fmt, ...)
{
	struct e2e__slot *slot = e2e__buf_slot(e2e__buf_slot_is_free, NULL);
	struct e2e__text *t, **list = e2e__buf_texts();
	size_t room = sizeof slot->space - E2E__PREFIX;
	va_list ap;

	if (slot) {
		slot->used = true;
		va_start(ap, fmt);
		int n = vsnprintf(slot->space + E2E__PREFIX, room, fmt, ap);
		va_end(ap);
		if (n >= 0 && (size_t)n < room)
			return slot->space + E2E__PREFIX;
		slot->used = false;
	}

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
	struct e2e__slot *slot = e2e__buf_slot(e2e__buf_slot_has, desc);
	struct e2e__text **link, *t;

	if (slot) {
		slot->used = false;
		return;
	}
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
