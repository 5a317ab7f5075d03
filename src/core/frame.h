/* e2e.h - end-to-end tests in C: cases, TAP, guards, timeouts. One header, libc alone.
 * Joined from the rooms in src/core: change those, then `make headers`.
 *
 * THE SHORTEST TEST
 *	#include "e2e.h"
 *
 *	E2E_TEST(sum_is_right)
 *	{
 *		e2e_is_int(40 + 2, 42);
 *	}
 *
 *	E2E_MAIN()
 *
 * Build and run it:   cc -o sum.t sum.c && ./sum.t          (or:  ./prove sum.t)
 * Include this header before the system's headers, or compile with -D_DEFAULT_SOURCE
 * -D_XOPEN_SOURCE=700.
 *
 * CONTENTS
 * @contents
 *
 * @manuals
 *
 * The licence is at the end of the file. */
#ifndef E2E_H
#define E2E_H

/* @system */

#ifdef __cplusplus
extern "C" {
#endif

/* -----------------------------------------------------------------------------------------------
 * INTERFACE: what begins with e2e__ or E2E__ is not for tests
 * --------------------------------------------------------------------------------------------- */

/* @interface */

#ifndef E2E_EXTERN

/* -----------------------------------------------------------------------------------------------
 * IMPLEMENTATION
 * --------------------------------------------------------------------------------------------- */

/* @implementation */

#endif /* E2E_EXTERN */

#ifdef E2E_SHORT_NAMES
#define plan(n) e2e_plan(n)
#define done() e2e_done()
#define ok(...) e2e_ok(__VA_ARGS__)
#define is_int(...) e2e_is_int(__VA_ARGS__)
#define is_uint(...) e2e_is_uint(__VA_ARGS__)
#define is_double(...) e2e_is_double(__VA_ARGS__)
#define is_str(...) e2e_is_str(__VA_ARGS__)
#define is_mem(...) e2e_is_mem(__VA_ARGS__)
#define is_ptr(...) e2e_is_ptr(__VA_ARGS__)
#define isnt_int(...) e2e_isnt_int(__VA_ARGS__)
#define isnt_str(...) e2e_isnt_str(__VA_ARGS__)
#define like(...) e2e_like(__VA_ARGS__)
#define unlike(...) e2e_unlike(__VA_ARGS__)
#define cmp_int(...) e2e_cmp_int(__VA_ARGS__)
#define is_list(...) e2e_is_list(__VA_ARGS__)
#define is_json(...) e2e_is_json(__VA_ARGS__)
#define pass(...) e2e_pass(__VA_ARGS__)
#define fail(...) e2e_fail(__VA_ARGS__)
#define must(...) e2e_must(__VA_ARGS__)
#define eventually(...) e2e_eventually(__VA_ARGS__)
#define diag(...) e2e_diag(__VA_ARGS__)
#define note(...) e2e_note(__VA_ARGS__)
#define skip(...) e2e_skip(__VA_ARGS__)
#define subtest(...) e2e_subtest(__VA_ARGS__)
#define todo(...) e2e_todo(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

/* MIT licence. Copyright (c) 2026 the e2e authors.
 * Permission is granted, free of charge, to use, copy, modify, merge, publish, distribute,
 * sublicense and sell this file, provided that this notice stays in it. It comes as is, without
 * warranty of any kind. */
#endif /* E2E_H */
