#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "memory.h"
#include "clock.h"
#include "point.h"
#include "exits.h"
#include "limit.h"

/* @interface */

/* Runs fn(arg) at the end of the case; the last one deferred runs first. */
E2E__FN void e2e_defer(void (*fn)(void *), void *arg);
/* setenv (value NULL: unsetenv) and chdir until the end of the case; the case fails and ends if it
 * can't be done. */
#define e2e_setenv(name, value) e2e__cleanup_setenv(E2E__AT, name, value)
#define e2e_chdir(path) e2e__cleanup_chdir(E2E__AT, path)

E2E__FN void e2e__cleanup_setenv(const char *file, int line, const char *name, const char *value);
E2E__FN void e2e__cleanup_chdir(const char *file, int line, const char *path);

/* @implementation */

E2E__FN void e2e_defer(void (*fn)(void *), void *arg)
{
	struct e2e__deferred *d;

	e2e__script_begin();
	d = (struct e2e__deferred *)e2e__memory_alloc(sizeof *d);
	d->fn = fn;
	d->arg = arg;
	d->next = e2e__state.deferred;
	e2e__state.deferred = d;
}

E2E__FN void e2e__cleanup_run_deferred(const char *file, int line)
{
	struct e2e__deferred *d;

	while ((d = e2e__state.deferred) != NULL) {
		e2e__state.deferred = d->next;
		e2e__limit_landed(d->fn, d->arg, file, line, e2e__clock_scaled(10));
	}
}

E2E__FN void e2e__cleanup_restore_env(void *arg)
{
	const char **saved = (const char **)arg;

	if (saved[1])
		setenv(saved[0], saved[1], 1);
	else
		unsetenv(saved[0]);
}

E2E__FN void e2e__cleanup_setenv(const char *file, int line, const char *name, const char *value)
{
	const char **saved, *old;
	e2e_failure f = {NULL, NULL, NULL, "setenv", NULL, NULL};

	e2e__script_begin();
	saved = (const char **)e2e__memory_alloc(2 * sizeof *saved);
	old = getenv(name);
	saved[0] = e2e__memory_strdup(name);
	saved[1] = old ? e2e__memory_strdup(old) : NULL;
	if ((value ? setenv(name, value, 1) : unsetenv(name)) < 0) {
		f.message = e2e_printf(
			"cannot set the variable %s: %s", e2e_quoted(name), strerror(errno));
		e2e__exit_die(file, line, "e2e_setenv", &f);
	}
	e2e_defer(e2e__cleanup_restore_env, (void *)saved);
}

E2E__FN void e2e__cleanup_restore_cwd(void *arg)
{
	int *fd = (int *)arg;

	if (fchdir(*fd) < 0)
		e2e__point_comment(
			true, "cannot go back to the former folder: %s", strerror(errno));
	close(*fd);
}

E2E__FN void e2e__cleanup_chdir(const char *file, int line, const char *path)
{
	int *fd;
	e2e_failure f = {NULL, NULL, NULL, "chdir", NULL, NULL};

	e2e__script_begin();
	fd = (int *)e2e__memory_alloc(sizeof *fd);
	*fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0 || chdir(path) < 0) {
		f.message = e2e_printf(
			"cannot change to the folder %s: %s", e2e_quoted(path), strerror(errno));
		if (*fd >= 0)
			close(*fd);
		e2e__exit_die(file, line, "e2e_chdir", &f);
	}
	e2e_defer(e2e__cleanup_restore_cwd, fd);
}
