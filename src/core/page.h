#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "buf.h"
#include "clock.h"
#include "files.h"

/* @implementation */

E2E__FN e2e__lock_id e2e__page_lock_word(void);
E2E__FN void e2e__page_unlock(struct e2e__page *pg);

/* The case ends; the others may have more memory. */
E2E__FN void e2e__page_no_memory(size_t size)
{
	struct e2e__page *pg = e2e__state.page;
	char text[80];
	e2e_failure f = {text, NULL, NULL, "memory", NULL, NULL};

	snprintf(text, sizeof text, "cannot allocate %zu bytes: %s", size, strerror(errno));
	if (!pg || pg->direct)
		e2e__exit_fatal("%s", text);
	if (e2e__state.starved)
		_exit(1); /* not even for the report; the parent sees that the end is missing */
	e2e__state.starved = true;
	if (pg->lock == e2e__page_lock_word())
		e2e__page_unlock(pg);
	e2e__exit_die(pg->where_file[0] ? pg->where_file : e2e__state.program, pg->where_line,
		"memory", &f);
}

/* getpid() without a system call where the kernel can clear a page at fork. */
E2E__FN pid_t e2e__page_pid(void)
{
	volatile pid_t *cell = e2e__state.pid_cell;

	if (!cell)
		return getpid();
	if (!*cell)
		*cell = getpid();
	return *cell;
}

E2E__FN void e2e__page_make_pid_cell(void)
{
#if defined E2E__LINUX && defined MADV_WIPEONFORK
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return;
	if (madvise(p, size, MADV_WIPEONFORK) == 0)
		e2e__state.pid_cell = (volatile pid_t *)p;
	else
		munmap(p, size);
#endif
}

/* Is the process dead? A zombie is. */
E2E__FN bool e2e__page_is_dead(pid_t pid)
{
	char text[256];
	const char *paren;

	if (kill(pid, 0) < 0 && errno == ESRCH)
		return true;
	e2e__file_of_process(pid, "stat", text, sizeof text);
	paren = strrchr(text, ')');
	return paren && paren[1] == ' ' && (paren[2] == 'Z' || paren[2] == 'X');
}

/* Names the thread that holds the lock, so that a signal handler knows its own thread does. */
E2E__FN e2e__lock_id e2e__page_lock_word(void)
{
	uint32_t thread = (uint32_t)((uintptr_t)e2e__buf_self() >> 3) *
		(E2E__THREAD_BITS < 32 ? 2654435761u : 1u);

	return (e2e__lock_id)e2e__page_pid() << E2E__THREAD_BITS |
		thread >> (32 - E2E__THREAD_BITS);
}

/* A signal handler's assertion has interrupted one of its own thread, which can't go on before it,
 * or the handler has left that one by a jump. */
E2E__FN void e2e__page_refuse(void)
{
	static const char why[] =
		"e2e: a signal handler asserts (or jumps) in the middle of an assertion: have it "
		"set a flag, and assert when it has returned\n";

	e2e__file_write_all(2, why, sizeof why - 1);
	abort();
}

E2E__FN void e2e__page_lock(struct e2e__page *pg)
{
	e2e__lock_id mine = e2e__page_lock_word(), held;
	unsigned spins = 0;

	while (!E2E__CAS(&pg->lock, (e2e__lock_id)0, mine)) {
		if (E2E__THREAD_BITS == 32 && E2E__READ(&pg->lock) == mine)
			e2e__page_refuse();
		if (++spins % 64)
			continue;
		sched_yield();
		held = E2E__READ(&pg->lock);

		/* A process that died with the lock would hold up all others. */
		if (spins % 16384 == 0 && held &&
			e2e__page_is_dead((pid_t)(held >> E2E__THREAD_BITS)))
			(void)E2E__CAS(&pg->lock, held, (e2e__lock_id)0);
	}
}

E2E__FN void e2e__page_unlock(struct e2e__page *pg)
{
	E2E__BARRIER();
	E2E__CLEAR(&pg->lock);
}

/* Puts text in the ring; waits for the parent where it's full. The caller holds the lock. */
E2E__FN void e2e__page_ring_put(struct e2e__page *pg, const char *s, size_t n)
{
	while (n) {
		uintptr_t used = pg->head - pg->tail;
		size_t at = (size_t)(pg->head % E2E__RING), part = (size_t)(E2E__RING - used);

		if (part > E2E__RING - at)
			part = E2E__RING - at;
		if (part > n)
			part = n;
		memcpy(pg->ring + at, s, part);
		E2E__BARRIER();
		pg->head = pg->head + part;
		s += part;
		n -= part;
		if (used + part > E2E__RING / 4 && !pg->woken) {
			pg->woken = 1;
			kill(pg->parent, SIGCHLD);
		}
		if (!n)
			break;
		e2e__clock_nap(5e-5);
		if (kill(pg->parent, 0) < 0 && errno == ESRCH)
			_exit(1); /* nobody reads any more */
	}
}

E2E__FN void e2e__page_put(struct e2e__page *pg, const char *s, size_t n)
{
	if (pg->direct)
		e2e__output_emit(s, n);
	else
		e2e__page_ring_put(pg, s, n);
}

/* The part of a block of shared memory that may be used, and the pages around it. */
E2E__FN size_t e2e__page_round(size_t size)
{
	size_t unit = (size_t)sysconf(_SC_PAGESIZE);

	return (size + unit - 1) / unit * unit;
}

/* Drawn before there is any memory to be shared, and so the same in all who share it. */
E2E__FN void e2e__page_draw_secret(void)
{
	struct e2e__state *st = &e2e__state;
	uint64_t mix =
		(uint64_t)e2e__clock_raw() ^ (uint64_t)getpid() << 40 ^ (uint64_t)(uintptr_t)&mix;

	if (!st->secret)
		st->secret = e2e__clock_mix(&mix) | 1;
}

E2E__FN e2e__seal e2e__page_seal(pid_t pid)
{
	uint64_t mix = e2e__state.secret ^ (uint32_t)pid;

	return pid ? e2e__clock_mix(&mix) << 32 | (uint32_t)pid : 0;
}

/* The number under the seal; 0 if there is none, or if it isn't one that may be signalled. */
E2E__FN pid_t e2e__page_unseal(e2e__seal seal)
{
	pid_t pid = (pid_t)(uint32_t)seal;

	return pid > 1 && pid != getpid() && e2e__page_seal(pid) == seal ? pid : 0;
}

/* Memory that a process and those that it forks share, zeroed; of the file fd, or of none (-1).
 * It lies between pages that nobody may touch: a large block of the heap may lie beside it, and a
 * write beyond its end must be a crash of the case, not of what is known about it. NULL: errno says
 * why. */
E2E__FN void *e2e__page_share(size_t size, int fd)
{
	size_t unit = (size_t)sysconf(_SC_PAGESIZE), room = e2e__page_round(size);
	char *p;

	e2e__page_draw_secret();
	p = (char *)mmap(NULL, room + 2 * unit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == (char *)MAP_FAILED)
		return NULL;
	if (mmap(p + unit, room, PROT_READ | PROT_WRITE,
		    MAP_FIXED | MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0) == MAP_FAILED) {
		int error = errno;

		munmap(p, room + 2 * unit);
		errno = error;
		return NULL;
	}
	return p + unit;
}

/* What e2e__page_share gave, with the pages around it. */
E2E__FN void e2e__page_unshare(void *p, size_t size)
{
	size_t unit = (size_t)sysconf(_SC_PAGESIZE);

	munmap((char *)p - unit, e2e__page_round(size) + 2 * unit);
}

E2E__FN struct e2e__page *e2e__page_new(void)
{
	size_t size = sizeof(struct e2e__page);
	void *p = e2e__page_share(size, -1);

	if (!p)
		e2e__exit_fatal("cannot map %zu bytes for the results: %s", size, strerror(errno));
	e2e__state.fresh = (struct e2e__page *)p;
	return e2e__state.fresh;
}

/* This process, and what it forks, may only read it. */
E2E__FN void e2e__page_protect(struct e2e__page *pg)
{
	if (pg)
		mprotect((void *)pg, e2e__page_round(sizeof *pg), PROT_READ);
}

E2E__FN void e2e__page_clear(struct e2e__page *pg)
{
	if (pg != e2e__state.fresh) { /* or it is clear, and most of it not yet there */
		memset((void *)pg, 0, offsetof(struct e2e__page, evidence));
		pg->first[0] = pg->explain[0] = 0;
	}
	e2e__state.fresh = NULL;
	pg->mark = pg->end_mark = E2E__PAGE_MARK;
}

/* Has the tested code written over the page? */
E2E__FN bool e2e__page_is_spoiled(const struct e2e__page *pg)
{
	return pg->mark != E2E__PAGE_MARK || pg->end_mark != E2E__PAGE_MARK || pg->depth < 0 ||
		pg->depth >= E2E__DEPTH || pg->phase < E2E__SETUP || pg->phase > E2E__DONE ||
		(unsigned)pg->bailed > 1 || (unsigned)pg->skipped > 1;
}

/* Nothing in a page that was written over is believed, but that its case has failed. */
E2E__FN void e2e__page_forget(struct e2e__page *pg)
{
	int depth = e2e__state.style == 's' ? 0 : 1;

	e2e__state.spoiled = true;
	e2e__page_clear(pg);
	pg->depth = depth;
	pg->phase = E2E__BODY;
	pg->header = 1;
	pg->level[depth].failed = 1;
}

/* What a dead child has left is looked at as if anything may have been written into it. */
E2E__FN void e2e__page_mend(struct e2e__page *pg)
{
	int i;
#define E2E__END_TEXT(text) (text)[sizeof(text) - 1] = 0
	if (e2e__state.spoiled || e2e__page_is_spoiled(pg))
		e2e__page_forget(pg);
	pg->evidences = pg->evidences < 0        ? 0
		: pg->evidences < E2E__EVIDENCES ? pg->evidences
						 : E2E__EVIDENCES;
	E2E__END_TEXT(pg->where_file);
	E2E__END_TEXT(pg->reason);
	E2E__END_TEXT(pg->why_left);
	E2E__END_TEXT(pg->todo);
	E2E__END_TEXT(pg->doing);
	E2E__END_TEXT(pg->folder);
	E2E__END_TEXT(pg->logs);
	E2E__END_TEXT(pg->no_pair);
	E2E__END_TEXT(pg->pairs_failed);
	E2E__END_TEXT(pg->first);
	E2E__END_TEXT(pg->explain);
	for (i = 0; i < 4; i++)
		E2E__END_TEXT(pg->eligible[i]);
	for (i = 0; i < E2E__DEPTH; i++)
		E2E__END_TEXT(pg->level[i].name);
	for (i = 0; i < E2E__LIMITS; i++)
		E2E__END_TEXT(pg->limit[i].file);
	for (i = 0; i < pg->evidences; i++) {
		E2E__END_TEXT(pg->evidence[i].label);
		E2E__END_TEXT(pg->evidence[i].path);
	}
#undef E2E__END_TEXT
}

/* The case runs in this process. */
E2E__FN void e2e__page_play(struct e2e__page *pg)
{
	pid_t pid = getpid();

	if (e2e__state.pid_cell)
		*e2e__state.pid_cell = pid;
	pg->pid = e2e__state.playing = pid;
}

E2E__FN void e2e__page_reset(struct e2e__page *pg, bool direct)
{
	e2e__state.spoiled = false;
	e2e__page_clear(pg);
	e2e__state.shown = pg;
	pg->direct = direct;
	pg->parent = getpid();
	pg->began = e2e__clock_ns();
}
