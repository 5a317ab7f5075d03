#pragma once
#include "base.h"
#include "state.h"
#include "buf.h"
#include "files.h"
#include "page.h"
#include "console.h"
#include "flat.h"

/* @manual Output and exit status
 *	One test point per case, its assertions as its subtest. stdout of the tested code is kept
 *	apart and shown as `# stdout: ...` when the case fails. It is a file; where files may not
 *	grow to 1 MiB (ulimit -f), stdout goes the way of stderr instead.
 *	Exit status: 0 all passed (skipped and TODO ones
 *	included), 1 something failed, 99 could not run (config, usage, bail out, no case matched,
 *	stdout can't be written). SIGTERM (a driver's time-out, the end of a CI job; SIGHUP and
 *	SIGQUIT, too) fails the running case: `terminated by SIGTERM`, with what it waited for and
 *	all that a time-out shows. Its cleanup and the suite's tear-down run, the other cases are
 *	skipped as not run, and the status is 1. Only SIGINT, Ctrl-C, bails out: after the cleanup
 *	the program dies of it.
 */

/* @implementation */

E2E__FN void e2e__output_flush(void)
{
	struct e2e__state *st = &e2e__state;

	if (st->out_n && !st->out_failed)
		e2e__file_write_all(st->tap, st->out, st->out_n);
	st->out_n = 0;
}

E2E__FN void e2e__output_put(const char *s, size_t n)
{
	struct e2e__state *st = &e2e__state;

	if (st->out_n + n > sizeof st->out)
		e2e__output_flush();
	if (n > sizeof st->out) {
		if (!st->out_failed)
			e2e__file_write_all(st->tap, s, n);
		return;
	}
	memcpy(st->out + st->out_n, s, n);
	st->out_n += n;
}

E2E__FN void e2e__output_emit_some(const char *s, size_t n)
{
	struct e2e__state *st = &e2e__state;

	if (st->console) {
		e2e__console_feed(st->console, s, n);
	} else if (st->flat) {
		e2e__flat_feed(st->flat, s, n);
		e2e__output_put(st->flat->out.p, st->flat->out.n);
	} else {
		e2e__output_put(s, n);
	}
}

/* TAP, and the lines for stderr that begin with \2. */
E2E__FN void e2e__output_emit(const char *s, size_t n)
{
	struct e2e__state *st = &e2e__state;

	if (st->up) {
		e2e__page_lock(st->up);
		e2e__page_ring_put(st->up, s, n);
		e2e__page_unlock(st->up);
		return;
	}
	while (n) {
		const char *mark = (const char *)memchr(s, st->in_err ? '\n' : '\2', n);
		size_t part = mark ? (size_t)(mark - s) : n;

		if (!st->in_err) {
			e2e__output_emit_some(s, part);
		} else {
			part += mark != NULL;
			e2e__output_flush();
			if (!st->quiet_err)
				e2e__file_write_all(2, s, part);
		}
		if (mark)
			st->in_err = !st->in_err;
		part += mark && st->in_err;
		s += part;
		n -= part;
	}

	if (st->page && st->page->direct)
		e2e__output_flush();
}

E2E__FN void e2e__output_emit_buf(struct e2e__buf *b)
{
	e2e__output_emit(b->p, b->n);
	e2e__buf_free(b);
}

/* In the child: what was open when the first case began isn't any more. */
E2E__FN void e2e__output_unmark(int fd)
{
	unsigned char *set = e2e__state.fds;

	if (fd >= 0 && fd < 1024)
		set[fd / 8] = (unsigned char)(set[fd / 8] & ~(1 << fd % 8));
}

E2E__FN void e2e__output_drain(struct e2e__page *pg)
{
	uintptr_t head = pg->head;

	E2E__BARRIER();
	if (head - pg->tail > E2E__RING) {
		pg->tail = head; /* the tested code wrote over it; what's there can't be trusted */
		e2e__state.spoiled = true;
	}
	while (pg->tail != head) {
		size_t at = (size_t)(pg->tail % E2E__RING), part = (size_t)(head - pg->tail);

		if (part > E2E__RING - at)
			part = E2E__RING - at;
		e2e__output_emit(pg->ring + at, part);
		e2e__state.midline = pg->ring[at + part - 1] != '\n';
		E2E__BARRIER();
		pg->tail = pg->tail + part;
	}

	pg->woken = 0;
	e2e__output_flush();
}
