#pragma once
#include "base.h"
#include "failure.h"
#include "doors.h"
#include "memory.h"
#include "clock.h"
#include "files.h"
#include "point.h"
#include "assertion.h"
#include "subtest.h"
#include "guards.h"

/* @manual Budgets, chance, matrix
 *	e2e_within(0.5) { ... }  fails if the block took longer; e2e_growth(65536) { ... } if the
 *	                         heap grew by more bytes
 *	e2e_rand(), e2e_unique("q")   repeatable by --seed; the seed is in every failure
 *	e2e_matrix(rows, nrows, columns, ncolumns, run, arg)    every pair as a subtest
 */

/* @interface */

#define e2e_within(seconds) \
	E2E__BLOCK(e2e__budget_close_within, e2e__budget_open_within(E2E__AT, seconds))
/* Heap in use (glibc), else resident memory, in bytes; skips the case under sanitizers and
 * valgrind. */
#define e2e_growth(bytes) \
	E2E__BLOCK(e2e__budget_close_growth, e2e__budget_open_growth(E2E__AT, bytes))

E2E__FN struct e2e__block e2e__budget_open_within(const char *file, int line, double seconds);
E2E__FN void e2e__budget_close_within(struct e2e__block *b);
E2E__FN struct e2e__block e2e__budget_open_growth(const char *file, int line, double bytes);
E2E__FN void e2e__budget_close_growth(struct e2e__block *b);

/* @implementation */

E2E__FN struct e2e__block e2e__budget_open_within(const char *file, int line, double seconds)
{
	struct e2e__block b = e2e__subtest_block_at(file, line);

	e2e__script_begin();
	b.limit = e2e__clock_scaled(seconds);
	b.began = e2e_now();
	return b;
}

E2E__FN void e2e__budget(struct e2e__block *b, bool ok, const char *measured, const char *allowed)
{
	e2e_failure f = {"over the budget", NULL, NULL, "budget", NULL, NULL};

	if (e2e__assertion_endless(b->limit)) {
		f.message = "a budget without an end allows everything";
		ok = false;
	}
	f.got = measured;
	f.want = e2e_printf("at most %s", allowed);
	e2e_report(b->file, b->line, ok, e2e_printf("%s, at most %s", measured, allowed), &f);
}

E2E__FN void e2e__budget_close_within(struct e2e__block *b)
{
	double took = e2e_now() - b->began;
	char is[64], may[64];

	e2e__clock_number(is, sizeof is, "%.3f ms", took * 1e3);
	e2e__clock_number(may, sizeof may, "%.3f ms", b->limit * 1e3);
	e2e__budget(b, took <= b->limit, is, may);
}

/* Memory in use, in bytes: what malloc handed out where the libc tells, else what is resident. */
E2E__FN double e2e__budget_memory(void)
{
#ifdef E2E__MALLINFO
	struct mallinfo2 m = mallinfo2();
	return (double)m.uordblks + (double)m.hblkhd;
#else
	char text[64];
	double size, resident = 0;

	if (e2e__file_read_start("/proc/self/statm", text, sizeof text) > 0 &&
		sscanf(text, "%lf %lf", &size, &resident) == 2)
		return resident * (double)sysconf(_SC_PAGESIZE);
	return -1;
#endif
}

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define E2E__SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define E2E__SANITIZED 1
#endif
#endif

E2E__FN struct e2e__block e2e__budget_open_growth(const char *file, int line, double bytes)
{
	struct e2e__block b = e2e__subtest_block_at(file, line);
	const char *preload = getenv("LD_PRELOAD");

	e2e__script_begin();
#ifdef E2E__SANITIZED
	e2e__guard_skip("memory growth can't be measured under a sanitizer");
#endif
	if (preload && strstr(preload, "vgpreload"))
		e2e__guard_skip("memory growth can't be measured under valgrind");
	b.limit = bytes;
	b.began = e2e__budget_memory();
	if (b.began < 0)
		e2e__guard_skip("memory growth can't be measured on this system");
	return b;
}

E2E__FN void e2e__budget_close_growth(struct e2e__block *b)
{
	double now = e2e__budget_memory(), grew = now - b->began;

	e2e__budget(b, now >= 0 && grew <= b->limit,
		now < 0 ? "what can't be measured" : e2e_printf("%.0f bytes", grew),
		e2e_printf("%.0f bytes", b->limit));
}
