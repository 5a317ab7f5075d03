#pragma once
#include "base.h"
#include "state.h"
#include "doors.h"
#include "buf.h"

/* @interface */

/* "text" with its quotes, control characters and invalid UTF-8 as escapes; NULL → NULL. Valid until
 * the case's end. */
E2E__FN const char *e2e_quoted(const char *text);
/* printf into memory that is freed at the end of the case. */
E2E__FN char *e2e_printf(const char *fmt, ...) E2E__PRINTF(1, 2);

/* Memory until the end of the case (of the suite, in its set-up); zeroed. Never NULL: bails out
 * instead. */
E2E__FN void *e2e__memory_alloc(size_t size);
E2E__FN char *e2e__memory_strdup(const char *s);

/* @implementation */

E2E__FN void *e2e__memory_alloc(size_t size)
{
	void **block = (void **)e2e__buf_malloc(size + 16);

	void *volatile *list = e2e__state.in_suite ? &e2e__state.suite_arena : &e2e__state.arena;
	if (!block)
		e2e__page_no_memory(size);
	memset((void *)block, 0, size + 16);
	do
		block[0] = E2E__READ(list);
	while (!E2E__CAS(list, block[0], (void *)block));
	return (char *)block + 16;
}

E2E__FN void e2e__memory_free_arena(void)
{
	void *block = e2e__state.arena;

	e2e__state.arena = NULL;
	while (block) {
		void *next = *(void **)block;

		e2e__buf_release_memory(block);
		block = next;
	}
}

/* What was allocated up to now lives as long as the program. It stays reachable, for those who look
 * for leaks. */
E2E__FN void e2e__memory_keep_arena(void)
{
	void **end = &e2e__state.arena;

	while (*end)
		end = (void **)*end;
	*end = e2e__state.kept_arena;
	e2e__state.kept_arena = e2e__state.arena;
	e2e__state.arena = NULL;
}

E2E__FN char *e2e__memory_strndup(const char *s, size_t n)
{
	return (char *)memcpy(e2e__memory_alloc(n + 1), s, n);
}

E2E__FN char *e2e__memory_strdup(const char *s)
{
	return e2e__memory_strndup(s, strlen(s));
}

/* The buffer's text in memory of the case; the buffer is freed. */
E2E__FN char *e2e__memory_taken(struct e2e__buf *b)
{
	char *s = e2e__memory_strndup(b->p, b->n);

	e2e__buf_free(b);
	return s;
}

E2E__FN char *e2e_printf(const char *fmt, ...)
{
	va_list ap;
	E2E__BUF(b, 512);

	va_start(ap, fmt);
	e2e__buf_vaddf(&b, fmt, ap);
	va_end(ap);
	return e2e__memory_taken(&b);
}

E2E__FN const char *e2e_quoted(const char *text)
{
	E2E__BUF(b, 512);

	e2e__buf_add_quoted(&b, text);
	return e2e__memory_taken(&b);
}

/* A growing NULL-terminated list in memory of the case. */
struct e2e__strings {
	const char **at;
	size_t n, capacity;
};

E2E__FN void e2e__memory_push(struct e2e__strings *l, const char *s)
{
	if (l->n + 2 > l->capacity) {
		const char **at =
			(const char **)e2e__memory_alloc((l->capacity * 2 + 8) * sizeof *at);

		if (l->n)
			memcpy((void *)at, (const void *)l->at, l->n * sizeof *at);
		l->at = at;
		l->capacity = l->capacity * 2 + 8;
	}
	l->at[l->n++] = s;
	l->at[l->n] = NULL;
}

E2E__FN bool e2e__memory_one_of(const char *word, const char *const *list)
{
	for (; list && *list; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

E2E__FN void e2e__memory_push_new(struct e2e__strings *l, const char *s)
{
	if (!e2e__memory_one_of(s, (const char *const *)l->at))
		e2e__memory_push(l, s);
}
