#pragma once
#include "base.h"
#include "spawn.h"
#include "ends.h"

/* @interface */

/* How macros make a list that ends itself. C++ has no compound literals: templates do it there. */
#ifndef __cplusplus
#define E2E__STRINGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define E2E__SPAWN_PAR(...) e2e__spawn_par(E2E__AT, (const char *const *const[]){__VA_ARGS__, NULL})
#define E2E__WAIT_PAR(...) \
	e2e__end_wait_par( \
		E2E__AT, (const struct e2e_expectation[]){__VA_ARGS__, {NULL, E2E__EXPECT_END}})
#define E2E__EXPECTATION(p, status) \
	{ \
		p, status \
	}
#define E2E__SPAWN_FN(fn, arg) \
	e2e__spawn_fn(E2E__AT, #fn, (int (*)(void *))(void (*)(void))(fn), arg, \
		__builtin_types_compatible_p(__typeof__(&*(fn)), void (*)(void *)))
#endif
#define E2E__WAIT(p, status, seconds, ...) e2e__end_wait(E2E__AT, p, status, seconds)
#define E2E__KILL(p, seconds, ...) e2e__end_kill(E2E__AT, p, seconds)
#define E2E__STOP(p, status, seconds, ...) e2e__end_stop(E2E__AT, p, status, seconds)

#ifdef __cplusplus
} /* extern "C" */
template <typename... A>
static inline __attribute__((unused)) e2e__words e2e__words_of(A... a)
{
	const char **list = (const char **)e2e__memory_alloc((sizeof...(a) + 1) * sizeof *list);
	const char *const from[] = {a..., NULL};

	for (size_t i = 0; i < sizeof...(a); i++)
		list[i] = from[i];
	return list;
}
template <typename... A>
static inline __attribute__((unused)) e2e_proc **e2e__spawn_par_of(
	const char *file, int line, A... a)
{
	const e2e__words list[] = {a..., NULL};

	return e2e__spawn_par(file, line, list);
}
template <typename... A>
static inline __attribute__((unused)) bool e2e__wait_par_of(const char *file, int line, A... a)
{
	const struct e2e_expectation list[] = {a..., {NULL, E2E__EXPECT_END}};

	return e2e__end_wait_par(file, line, list);
}
static inline __attribute__((unused)) e2e_proc *e2e__spawn_fn_of(
	const char *file, int line, const char *name, int (*fn)(void *), void *arg)
{
	return e2e__spawn_fn(file, line, name, fn, arg, false);
}
static inline __attribute__((unused)) e2e_proc *e2e__spawn_fn_of(
	const char *file, int line, const char *name, void (*fn)(void *), void *arg)
{
	return e2e__spawn_fn(file, line, name, (int (*)(void *))(void (*)(void))fn, arg, true);
}
extern "C" {
#define E2E__STRINGS(...) e2e__words_of(__VA_ARGS__)
#define E2E__SPAWN_PAR(...) e2e__spawn_par_of(E2E__AT, __VA_ARGS__)
#define E2E__WAIT_PAR(...) e2e__wait_par_of(E2E__AT, __VA_ARGS__)
#define E2E__EXPECTATION(p, status) \
	e2e_expectation \
	{ \
		p, status \
	}
#define E2E__SPAWN_FN(fn, arg) e2e__spawn_fn_of(E2E__AT, #fn, fn, arg)
#endif
