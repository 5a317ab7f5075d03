#pragma once
#include "base.h"
#include "state.h"
#include "buf.h"
#include "memory.h"
#include "files.h"
#include "point.h"
#include "output.h"

/* @manual What the tested code says on stderr
 *	stderr of a case in its own process passes on at once to the program's, and is kept with the
 *	case too: if the case fails, its block has it under `stderr`: the text of assert() and
 *	perror(), the what() of an exception that nobody caught, a sanitizer's report. So it is in
 *	the report of prove and in JUnit, beside what failed. Of more than 6 KiB the beginning and
 *	the end are kept. With --no-fork and .fork = 0 it goes where it always went.
 */

/* @implementation */

E2E__FN void e2e__heard_close(void)
{
	struct e2e__heard *h = &e2e__state.heard;

	if (h->owner) {
		close(h->from);
		close(h->to);
	}
	h->owner = 0;
}

/* A pipe in the place of stderr, for the processes that this one watches. Where there is none to be
 * had, their stderr is this one's. */
E2E__FN void e2e__heard_open(void)
{
	struct e2e__heard *h = &e2e__state.heard;
	int fds[2];

	if (h->owner == getpid())
		return;
	e2e__heard_close(); /* of who watches this one */
	if (fcntl(2, F_GETFD) < 0 || pipe(fds) < 0)
		return;
	h->from = e2e__file_high(fds[0]);
	h->to = e2e__file_high(fds[1]);
	h->owner = getpid();
	h->n = 0;
	if (h->from < 0 || h->to < 0 || fcntl(h->from, F_SETFL, O_NONBLOCK) < 0)
		e2e__heard_close();
}

E2E__FN void e2e__heard_forget(void)
{
	e2e__state.heard.n = 0;
}

/* In the child. Where stdout isn't kept in a file, it goes the same way. */
E2E__FN void e2e__heard_give(void)
{
	struct e2e__heard *h = &e2e__state.heard;

	if (!h->owner)
		return;
	dup2(h->to, 2);
	if (e2e__state.capture < 0)
		dup2(h->to, 1);
	e2e__output_unmark(h->from);
	e2e__output_unmark(h->to);
	e2e__heard_close();
}

/* Keeps the beginning, and behind it the newest in a ring. */
E2E__FN void e2e__heard_keep(const char *s, size_t n)
{
	struct e2e__heard *h = &e2e__state.heard;
	char *text = e2e__state.heard_text;

	for (; n; s++, n--) {
		size_t at = (size_t)h->n;

		if (h->n < sizeof e2e__state.heard_text)
			text[at] = *s;
		else
			text[E2E__HEARD_FIRST + (at - E2E__HEARD_FIRST) % E2E__HEARD_LAST] = *s;
		h->n++;
	}
}

/* Passes on what has come since the last look; a flood is no reason to look at nothing else. */
E2E__FN void e2e__heard_pass_on(void)
{
	char buffer[4096];
	ssize_t n = 1;
	int i;

	for (i = 0; i < 64 && n > 0 && e2e__state.heard.owner; i++) {
		n = read(e2e__state.heard.from, buffer, sizeof buffer);
		if (n > 0)
			e2e__heard_keep(buffer, (size_t)n);
		if (n > 0)
			e2e__file_write_all(2, buffer, (size_t)n);
	}
}

/* For pselect: the highest number and one. */
E2E__FN int e2e__heard_wait_for(fd_set *set)
{
	unsigned fd = (unsigned)e2e__state.heard.from; /* as musl's FD_SET wants it */

	FD_ZERO(set);
	if (!e2e__state.heard.owner || e2e__state.heard.from >= FD_SETSIZE)
		return 0;
	FD_SET(fd, set);
	return e2e__state.heard.from + 1;
}

/* NULs as escapes: they would end the text. */
E2E__FN void e2e__heard_add(struct e2e__buf *b, const char *s, size_t n)
{
	for (; n; s++, n--)
		e2e__buf_add(b, *s ? s : "\1", 1);
}

/* The key of the case's block. */
E2E__FN void e2e__heard_add_yaml(struct e2e__buf *b)
{
	struct e2e__heard *h = &e2e__state.heard;
	const char *text = e2e__state.heard_text;
	size_t size = sizeof e2e__state.heard_text, turn;
	E2E__BUF(said, 1024);

	if (!h->n)
		return;
	if (h->n <= size) {
		e2e__heard_add(&said, text, (size_t)h->n);
	} else {
		turn = (size_t)((h->n - E2E__HEARD_FIRST) % E2E__HEARD_LAST);
		e2e__heard_add(&said, text, E2E__HEARD_FIRST);
		e2e__buf_addf(&said, "\n... %llu bytes ...\n", (unsigned long long)(h->n - size));
		e2e__heard_add(&said, text + E2E__HEARD_FIRST + turn, E2E__HEARD_LAST - turn);
		e2e__heard_add(&said, text + E2E__HEARD_FIRST, turn);
	}

	while (said.n && said.p[said.n - 1] == '\n')
		said.n--;
	said.p[said.n] = 0;
	if (said.n)
		e2e__point_add_yaml(b, 2, "stderr", said.p, true);
	e2e__buf_free(&said);
}
