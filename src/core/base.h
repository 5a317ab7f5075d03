#pragma once

/* @manual What a test is
 *	An executable that prints TAP version 14 (testanything.org). It runs by itself, under a
 *	debugger, from a shell script and under any TAP consumer. There are two styles:
 *	- cases: E2E_TEST(...) { ... } as above, and E2E_MAIN() once; several source files may hold
 *	  cases of one program;
 *	- a script: an ordinary main() that calls assertions and ends with `return e2e_done();`
 *	  (e2e_plan(n) before it if the number is known). The first call of e2e forks: the parent
 *	  watches and writes TAP, main() goes on in the child. Start threads and processes after
 *	  that call: they would be the parent's.
 */

/* @system */

/* What warnings and checkers say is to be about the tests: they see this file as one of the
 * system's. -DE2E__WARN: not those who work on it. */
#if defined __GNUC__ && !defined E2E_IMPLEMENT && !defined E2E__WARN
#pragma GCC system_header
#endif

/* Checkers (cppcheck, clang-tidy, scan-build) look at the test, and not at all of this again. */
#if (defined __cppcheck__ || defined __clang_analyzer__) && !defined E2E_IMPLEMENT && \
	!defined E2E_EXTERN
#define E2E_EXTERN 1
#endif

#define E2E_VERSION "0.1.0"

/* glibc and musl settle with the first of their headers what there is. */
#if defined __linux__ && defined _FEATURES_H && !defined _GNU_SOURCE
#if (defined __GLIBC__ && !defined __USE_MISC) || (!defined __GLIBC__ && !defined _BSD_SOURCE)
#error "a header of the system comes before e2e.h and hides what that needs: include e2e.h \
first, or compile with -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700"
#include "e2e.h comes too late" /* ends the compiler here */
#endif
#endif

/* What strict modes (-std=c99) hide; without effect where the user or the compiler already asked
 * for more. */
#if defined __linux__ && !defined _GNU_SOURCE
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE 1
#endif
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#endif

/* This tcc takes glibc's prototypes with variable array bounds for errors. */
#if defined __TINYC__ && !defined __STDC_NO_VLA__
#define __STDC_NO_VLA__ 1
#endif

/* What only Linux has: pidfds, subreapers, parent-death signals, /proc. Without it (or with
 * -DE2E__PORTABLE, to try that) POSIX must do; the manual's "Platforms and limits" says what is
 * lost. */
#if defined __linux__ && !defined E2E__PORTABLE
#define E2E__LINUX 1
#endif

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <locale.h>
#include <regex.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined E2E__LINUX
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif
#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 33)
#include <malloc.h>
#define E2E__MALLINFO 1
#endif
#if __GLIBC_PREREQ(2, 32)
#include <sys/single_threaded.h>
#define E2E__SINGLE_THREADED() (__libc_single_threaded != 0)
#endif
#endif

/* glibc's headers define __attribute__ away for tcc, which knows it. */
#if defined __TINYC__ && defined __attribute__
#undef __attribute__
#endif

/* @interface */

/* Of the user's file; clang says of those that are used that they are marked as unused. */
#ifdef __clang__
#define E2E__INLINE static inline
#else
#define E2E__INLINE static inline __attribute__((unused))
#endif
#if defined E2E_EXTERN
#define E2E__FN extern
#elif defined E2E_IMPLEMENT
#define E2E__FN
#else
#define E2E__FN E2E__INLINE
#endif

/* The same of one that debuggers are to find: it is called, whatever is optimized. */
#if defined E2E_EXTERN || defined E2E_IMPLEMENT
#define E2E__KEPT_FN __attribute__((noinline)) E2E__FN
#else
#define E2E__KEPT_FN __attribute__((noinline, unused)) static
#endif
#define E2E__PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define E2E__AT __FILE__, __LINE__
/* "1 byte", "2 bytes" */
#define E2E__PLURAL(n) ((n) == 1 ? "" : "s")
/* Where an assertion stands, its arguments as they were written, and its description or NULL. */
struct e2e__at {
	const char *file;
	int line;
	const char *text, *desc;
};
#ifdef __cplusplus
#define E2E__HERE(text, desc) (e2e__at{E2E__AT, text, desc})
#else
#define E2E__HERE(text, desc) ((struct e2e__at){E2E__AT, text, desc})
#endif
#define E2E__CAT_(a, b) a##b
#define E2E__CAT(a, b) E2E__CAT_(a, b)

/* Which form was called: with its n arguments, or with a description behind them (up to 16
 * arguments of it). */
#define E2E__20TH(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, ...) t
#define E2E__PICK1(...) \
	E2E__20TH(__VA_ARGS__, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, _, 0)
#define E2E__PICK2(...) \
	E2E__20TH(__VA_ARGS__, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, _, few, 0)
#define E2E__PICK3(...) \
	E2E__20TH(__VA_ARGS__, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, _, few, few, 0)

/* A block: its variable opens it, ends it after one round, and closes it however it is left. */
struct e2e__block {
	int on, slot;
	const char *file, *text;
	int line;
	double limit, began;
};
#define E2E__BLOCK(close, open) E2E__BLOCK_(E2E__CAT(e2e__block_, __COUNTER__), close, open)
#define E2E__BLOCK_(name, close, open) \
	for (struct e2e__block name __attribute__((cleanup(close))) = open; name.on; name.on = 0)

/* A subtest's variable, and the way out of it that a skip takes. gcc's own kind of jump is the one
 * that needs no volatile variables around it, and so no warning of -Wclobbered. */
struct e2e__landing;
struct e2e__subtest {
	int on, slot, line;
	const char *file;
	struct e2e__landing *landing;
	struct e2e__subtest *outer, *self; /* self: nobody has written over it */
	void (*go)(struct e2e__subtest *);
	union {
		sigjmp_buf libc;
		void *gcc[5];
	} way;
};
#if defined __GNUC__ && !defined __clang__ && !defined __TINYC__
#define E2E__STAYS(subtest) (__builtin_setjmp((subtest).way.gcc) == 0)
#define E2E__GO(subtest) __builtin_longjmp((subtest)->way.gcc, 1)
#else
#define E2E__STAYS(subtest) (sigsetjmp((subtest).way.libc, 0) == 0)
#define E2E__GO(subtest) siglongjmp((subtest)->way.libc, 1)
#endif
/* Of the user's file, which may have another compiler than the functions. */
E2E__INLINE void e2e__base_go(struct e2e__subtest *subtest)
{
	E2E__GO(subtest);
}
#define E2E__SUBTEST(name, ...) \
	for (struct e2e__subtest name __attribute__((cleanup(e2e__limit_close_subtest))) = \
			e2e__subtest_open(E2E__AT, e2e__buf_desc(__VA_ARGS__)); \
		e2e__subtest_enter(&name, e2e__base_go) && E2E__STAYS(name); name.on = 0)

/* @implementation */

/* Hashes are meant to wrap: -fsanitize=integer. */
#if defined __clang__
#define E2E__WRAPPING __attribute__((no_sanitize("integer")))
#else
#define E2E__WRAPPING
#endif

/* The handler of SIGALRM looks at what other threads write; it can live with what it sees. */
#if defined __SANITIZE_THREAD__
#define E2E__NO_TSAN __attribute__((no_sanitize_thread))
#elif defined __clang__
#define E2E__NO_TSAN __attribute__((no_sanitize("thread")))
#else
#define E2E__NO_TSAN
#endif

/* tcc has no atomic builtins. Elsewhere than on x86-64 its tests must not assert from several
 * threads. */
#if !defined __TINYC__
#define E2E__CAS(p, old, now) __sync_bool_compare_and_swap(p, old, now)
#define E2E__BARRIER() __sync_synchronize()
#define E2E__CLEAR(p) __sync_lock_release(p)
#ifdef __ATOMIC_RELAXED
#define E2E__READ(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#else
#define E2E__READ(p) (*(p))
#endif
#else
E2E__FN int e2e__base_cas(volatile void *p, uint64_t old, uint64_t now)
{
#ifdef __x86_64__
	uint64_t seen;
	__asm__ __volatile__("lock; cmpxchgq %2, %1"
			     : "=a"(seen), "+m"(*(volatile uint64_t *)p)
			     : "r"(now), "0"(old)
			     : "memory");
	return seen == old;
#else
	return *(volatile uintptr_t *)p == (uintptr_t)old
		? (*(volatile uintptr_t *)p = (uintptr_t)now, 1)
		: 0;
#endif
}
#define E2E__CAS(p, old, now) e2e__base_cas(p, (uint64_t)(old), (uint64_t)(now))
#define E2E__BARRIER() (void)0
#define E2E__CLEAR(p) (void)(*(p) = 0)
#define E2E__READ(p) (*(p))
#endif
