#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "case.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "page.h"
#include "secret.h"
#include "point.h"
#include "exits.h"
#include "hooks.h"
#include "subtest.h"
#include "limit.h"
#include "cleanup.h"
#include "console.h"
#include "output.h"
#include "options.h"
#include "own.h"
#include "watch.h"
#include "junit.h"
#include "verdict.h"
#include "run.h"
#include "main.h"

/* @interface */

/* Declares how many assertions follow: of the program in a script, of the case or subtest inside
 * one. */
E2E__FN void e2e_plan(int points);

/* Ends a script: `return e2e_done();`. Prints the plan if there was none. Returns the exit
 * status. */
E2E__FN int e2e_done(void);

/* @implementation */

/* The testcase of a script; what it was ended by, or its first failure. */
E2E__FN void e2e__script_report(struct e2e__page *pg, struct e2e__end *end, const e2e_failure *f)
{
	E2E__BUF(of_end, 512);

	if (f->message)
		e2e__point_add_failure(&of_end, 2, NULL, 0, f);

	const char *block = f->message ? of_end.p
		: pg->first[0]         ? pg->first
				       : "  message: it failed\n";
	bool failed = e2e__state.failed, skipped = pg->skipped && !failed;

	e2e__junit_case(e2e__junit_class(), NULL, end->began,
		failed            ? "failure"
			: skipped ? "skipped"
				  : "",
		failed            ? e2e__junit_message(block)
			: skipped ? pg->reason
				  : "",
		failed ? block : NULL);
	e2e__buf_free(&of_end);
}

/* What the watching parent of a script says at its end; returns the exit status. */
E2E__FN int e2e__script_judge(struct e2e__page *pg, struct e2e__end *end)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__level *lv = &pg->level[0];
	const char *file = NULL;
	int line = 0;
	bool complete = lv->planned && lv->planned == lv->run && !pg->depth &&
		!WIFSIGNALED(end->status) && WEXITSTATUS(end->status) == 0;
	e2e_failure f;
	E2E__BUF(b, 1024);

	if (pg->phase != E2E__DONE && complete)
		pg->phase = E2E__DONE;
	f = e2e__verdict_cause(pg, end, &file, &line);
	if (f.message && strcmp(f.code, "exit") == 0 && pg->phase != E2E__DONE)
		f.hint = "end main() with `return e2e_done();`";
	if (f.message || lv->failed || pg->failed || pg->bailed || st->opt[E2E__KEEP])
		e2e__verdict_keep_logs(pg);
	if (f.message) {
		if (!pg->header)
			e2e__point_add_header(&b);
		e2e__verdict_close_dead(&b, pg, 0, f.message);
		e2e__buf_adds(&b, "  ---\n");
		e2e__point_add_failure(&b, 2, file, line, &f);
		e2e__verdict_add_details(&b, pg, end, NULL);
		e2e__buf_adds(&b, "  ...\n");
		e2e__point_add_complaint(&b, file, line, &f);
		while (e2e__clock_terminates(end->quit) && lv->run < lv->planned)
			e2e__buf_addf(&b, "ok %d # SKIP not run: terminated by %s\n", ++lv->run,
				e2e__clock_signal_name(end->quit));
		if (!pg->planned)
			e2e__buf_addf(&b, "1..%d\n", lv->run);
		st->failed = 1;
	}

	if (lv->failed || pg->failed)
		st->failed = 1;
	if (st->failed)
		e2e__verdict_add_stdout(&b);
	if (!st->failed && !pg->bailed && !st->opt[E2E__KEEP])
		e2e__verdict_drop_folders(pg);
	else if (pg->folder[0])
		e2e__buf_addf(&b, "# kept: %s\n", pg->folder);
	e2e__output_emit_buf(&b);
	e2e__script_report(pg, end, &f);
	if (pg->bailed)
		e2e__verdict_say_bail_out(pg->reason);
	else if (end->quit && !e2e__clock_terminates(end->quit))
		e2e__verdict_say_bail_out(
			e2e_printf("interrupted by %s", e2e__clock_signal_name(end->quit)));
	return e2e__main_exit_status();
}

E2E__FN const char *e2e__script_own_path(void)
{
#ifdef E2E__LINUX
	static char path[1024];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	if (n > 0)
		return path;
#endif
	return "test";
}

/* The first call of a script: the parent stays here and watches, the child goes on with main(). */
E2E__FN void e2e__script_begin_script(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg;
	struct e2e__end end;
	pid_t pid;

	if (st->cases)
		e2e__exit_fatal(
			"%s:%d: the program has cases, as %s, but its main() doesn't run them: expected E2E_MAIN(), or e2e_main() "
			"before any other call of e2e",
			st->cases->file, st->cases->line, st->cases->name);
	st->style = 's';
	st->program = e2e__script_own_path();
	e2e__own_check();
	e2e__option_read_env();
	e2e__main_start();
	e2e__main_take_stdout();
	pg = e2e__page_new();
	e2e__page_reset(pg, st->opt[E2E__NO_FORK] != NULL);
	pg->phase = E2E__BODY;
	st->chance = st->seed;
	st->page = pg;
	e2e__memory_keep_arena();
	if (pg->direct) {
		e2e__page_play(pg);
		st->main_thread = e2e__buf_self();
		e2e__limit_catch_alarm();
		e2e__watch_catch_termination();
		atexit(e2e__main_at_exit);
	} else {
		e2e__watch_catch_signals();
		pid = e2e__watch_fork(pg);
		if (pid) {
			st->page = NULL;
			e2e__watch_wait_for(pg, pid, &end, st->program, 0, e2e__run_limit(NULL));
			e2e__watch_sweep(pg, pid, &end);
			e2e__watch_drain_rest(pg);
			_exit(e2e__script_judge(pg, &end));
		}
	}

	e2e__limit_arm_slot(st->program, 0, e2e__run_limit(NULL), false);
}

E2E__FN void e2e__script_begin(void)
{
	if (!e2e__state.style)
		e2e__script_begin_script();
}

E2E__FN void e2e_plan(int points)
{
	struct e2e__page *pg;

	e2e__script_begin();
	pg = e2e__state.page;
	if (points < 0)
		e2e__exit_fatal("e2e_plan(%d): expected a number of assertions", points);
	if (pg->level[pg->depth].planned && pg->level[pg->depth].planned != points)
		e2e__exit_fatal("e2e_plan(%d): the plan is %d already: expected one plan", points,
			pg->level[pg->depth].planned);
	pg->level[pg->depth].planned = points;
}

/* The points that a skip leaves out: `1..0 # SKIP` if there was none, else each planned one. */
E2E__FN void e2e__script_skip(struct e2e__page *pg, struct e2e__buf *b)
{
	struct e2e__level *lv = &pg->level[0];
	bool none = !lv->run && !pg->header;

	if (none) {
		pg->header = pg->planned = 1;
		e2e__point_add_header(b);
		e2e__buf_adds(b, "1..0 # SKIP ");
		e2e__secret_words(b, pg->reason, E2E__TAP);
		e2e__buf_adds(b, "\n");
		return;
	}

	do {
		e2e__buf_addf(b, "ok %d # SKIP ", ++lv->run);
		e2e__secret_words(b, pg->reason, E2E__TAP);
		e2e__buf_adds(b, "\n");
	} while (lv->run < lv->planned);
}

/* The end of a script in its own process; returns the exit status. */
E2E__FN int e2e__script_end(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->page;
	struct e2e__level *lv = &pg->level[0];
	struct e2e__hooks *h;
	e2e_failure f = {NULL, NULL, NULL, "no-assertions", NULL, NULL};
	E2E__BUF(b, 512);

	for (h = st->hooks; h; h = h->next)
		if (h->case_over)
			h->case_over();
	e2e__cleanup_run_deferred(__FILE__, __LINE__);
	for (h = st->hooks; h; h = h->next) {
		if (h->case_end)
			h->case_end(e2e__exit_failed());
		if (h->suite_end)
			h->suite_end();
	}

	if (pg->late)
		e2e__limit_report_expiry();
	e2e__limit_disarm_all(NULL);

	/* for what exit() runs */
	e2e__limit_arm_slot(e2e__case_program(), 0, e2e__clock_scaled(10), true);
	if (!lv->run && !pg->skipped && !pg->bailed) {
		f.message = pg->unmatched ? pg->no_pair : "the script made no assertion";
		e2e_report(e2e__case_program(), 0, false, f.message, &f);
	}

	if (pg->skipped && !lv->failed && st->opt[E2E__FAIL_ON_SKIP]) {
		f.message = e2e_printf("skipped: %s", pg->reason);
		f.code = "skip";
		e2e_report(e2e__case_program(), 0, false, f.message, &f);
	} else if (pg->skipped) {
		e2e__script_skip(pg, &b);
	}
	while (e2e__clock_terminates(pg->stop) && pg->heeded && lv->run < lv->planned)
		e2e__buf_addf(&b, "ok %d # SKIP not run: terminated by %s\n", ++lv->run,
			e2e__clock_signal_name(pg->stop));
	if (!pg->planned && !pg->bailed)
		e2e__buf_addf(&b, "1..%d\n", lv->planned ? lv->planned : lv->run);
	pg->planned = 1;
	if (lv->planned && lv->planned != lv->run && !(pg->skipped && lv->run == 0) &&
		!pg->bailed) {
		e2e__buf_addf(&b,
			"# planned %d assertions but ran %d\n\2# planned %d assertions but ran %d\n",
			lv->planned, lv->run, lv->planned, lv->run);
		pg->failed = 1;
	}

	e2e__page_lock(pg);
	e2e__page_put(pg, b.p, b.n);
	e2e__page_unlock(pg);
	e2e__buf_free(&b);
	pg->status = pg->bailed ? 99 : lv->failed || pg->failed ? 1 : 0;
	pg->phase = E2E__DONE;
	if (pg->direct && !pg->status && !st->opt[E2E__KEEP])
		e2e__verdict_drop_folders(pg);
	else if (pg->direct)
		e2e__verdict_keep_logs(pg);
	if (pg->direct && pg->bailed)
		e2e__verdict_say_bail_out(pg->reason);
	if (pg->direct)
		e2e__console_end();
	return pg->direct && st->out_failed ? e2e__main_exit_status() : pg->status;
}

E2E__FN void e2e__script_finish(void)
{
	e2e__limit_land(NULL, true);
	while (e2e__state.page->depth > 0)
		e2e__subtest_end(e2e__case_program(), 0,
			e2e__state.page->left ? e2e__state.page->why_left : NULL);
	e2e__limit_skip_all();
	e2e__watch_flush_streams();
	_exit(e2e__script_end());
}

E2E__FN int e2e_done(void)
{
	e2e__script_begin();
	if (e2e__state.style == 'c')
		e2e__exit_fatal("e2e_done() is for scripts: E2E_MAIN ends the program by itself");
	return e2e__script_end();
}

/* In both styles: what a case's text begins with. The caller holds the lock. */
E2E__FN void e2e__script_header(struct e2e__page *pg)
{
	E2E__BUF(b, 64);

	if (pg->header || pg->muted)
		return;
	pg->header = 1;
	if (e2e__state.style == 's') {
		e2e__point_add_header(&b);
		if (pg->level[0].planned) {
			e2e__buf_addf(&b, "1..%d\n", pg->level[0].planned);
			pg->planned = 1;
		}
	} else {
		e2e__buf_adds(&b, "# Subtest: ");
		e2e__secret_words(&b, pg->level[1].name, E2E__TAP);
		e2e__buf_adds(&b, "\n");
	}

	e2e__page_put(pg, b.p, b.n);
	e2e__buf_free(&b);
}
