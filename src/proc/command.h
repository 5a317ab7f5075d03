#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "logs.h"
#include "waits.h"
#include "spawn.h"
#include "ends.h"

/* @interface */

/* What a command did. The texts are NUL-terminated and live until the case's end. */
typedef struct e2e_result {
	int status; /* exit code or E2E_SIG(n) */
	const char *out, *err;
	double seconds;
	size_t out_size, err_size; /* for output with NULs in it */
	e2e_proc *proc;
} e2e_result;
/* Starts a command with /dev/null as stdin and waits for its end. Any status is fine: look at it.
 * Not a test point, but the case fails and ends if the command can't be started or outlives its
 * time. */
#define e2e_run(...) e2e__command_run(E2E__AT, NULL, E2E__STRINGS(__VA_ARGS__))
/* The same with options, e.g. e2e_run_with((e2e_spawn_opts){.stdin_text = "1 + 1\n"}, "bc"). */
#define e2e_run_with(...) \
	e2e__command_result(e2e__command_run_with(E2E__AT, __VA_ARGS__, E2E__LAST))

E2E__FN e2e_result e2e__command_run(
	const char *file, int line, const e2e_spawn_opts *opts, e2e__words argv);
/* By its address: tcc can't return a struct from a function with `...`. */
E2E__FN e2e_result *e2e__command_run_with(
	const char *file, int line, e2e_spawn_opts opts, ...) E2E__SENTINEL;
E2E__FN e2e_result e2e__command_result(const e2e_result *r);

/* @implementation */

E2E__FN e2e_result e2e__command_run(
	const char *file, int line, const e2e_spawn_opts *opts, e2e__words argv)
{
	e2e_result r;

	memset(&r, 0, sizeof r);
	e2e__wait_op_begin(file, line);
	e2e__wait_check_exits();
	double begin = e2e_now(),
	       limit = e2e__system_patience(opts && opts->timeout > 0 ? opts->timeout : -1);
	struct e2e__process *p = e2e__spawn_start_command(file, line, opts, argv, true);
	e2e__told_spawn(p);
	p->anticipated = true;
	if (!e2e__wait_await(limit)) {
		e2e__end_group(p, "the limit of e2e_run");
		e2e__end_reap(p);
		e2e__wait_die(p, "timeout",
			e2e_printf(
				"%s (pid %ld) didn't end within %g s; its process group was ended",
				p->pub.command, (long)p->pub.pid, e2e__clock_scaled(limit)),
			"running", NULL,
			"see its log; e2e_proc_timeout(seconds) or .timeout waits longer");
	}

	r.seconds = e2e_now() - begin;
	e2e__end_reap(p);
	if (p->overfull || p->stolen)
		e2e__wait_unexpected(p);
	e2e__wait_op_end();
	r.status = p->pub.status;
	r.out = e2e__log_read(&p->out);
	r.err = e2e__log_read(&p->err);
	r.out_size = p->out.size;
	r.err_size = p->err.size;
	r.proc = &p->pub;
	return r;
}

E2E__FN e2e_result *e2e__command_run_with(const char *file, int line, e2e_spawn_opts opts, ...)
{
	e2e_result *r = (e2e_result *)e2e__memory_alloc(sizeof *r);
	va_list args;

	va_start(args, opts);
	e2e__words argv = e2e__spawn_collect(args);
	va_end(args);
	*r = e2e__command_run(file, line, &opts, argv);
	return r;
}

E2E__FN e2e_result e2e__command_result(const e2e_result *r)
{
	return *r;
}
