#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "buf.h"
#include "point.h"

/* @interface */

/* e2e_must(assertion): ends the case (in a matrix: the pair) if the assertion failed. */
#define e2e_must(...) ((__VA_ARGS__) ? (void)0 : e2e__exit_end_case())

/* Ends the whole program, after the case's cleanup, with `Bail out! why` and status 99. */
#define e2e_bail_out(...) e2e__exit_bail_out(__VA_ARGS__)

/* Fails the case with this failure and ends it, from any thread, process of the case or signal
 * handler on its way out. */
E2E__FN void e2e__exit_die(const char *file, int line, const char *name, const e2e_failure *failure)
	__attribute__((noreturn));
/* Ends the case as it stands. */
E2E__FN void e2e__exit_end_case(void) __attribute__((noreturn));
/* For a signal handler in the case's process: end the case once it's safe; `report` runs first,
 * outside the handler. */
E2E__FN void e2e__exit_interrupt(void (*report)(void));
/* Has the case failed by now? */
E2E__FN bool e2e__exit_failed(void);
/* Is this the process that runs a case, a suite's fixture or a script (not the watching parent, not
 * a forked child)? */
E2E__FN bool e2e__exit_in_case(void);

E2E__FN void e2e__exit_bail_out(const char *fmt, ...) __attribute__((noreturn)) E2E__PRINTF(1, 2);

/* @implementation */

E2E__FN void e2e__exit_leave(void) __attribute__((noreturn));

E2E__FN bool e2e__exit_in_case(void)
{
	return e2e__state.page && e2e__state.page->pid == getpid();
}

/* Makes the case's main thread run the handler of SIGALRM, which leaves the case. */
E2E__FN void e2e__exit_poke(void)
{
	pid_t pid = e2e__state.playing;

#ifdef E2E__LINUX
	if (pid == getpid()) {
		syscall(SYS_tgkill, (long)pid, (long)pid, (long)SIGALRM);
		return;
	}
#endif
	if (pid > 1)
		kill(pid, SIGALRM);
}

/* The signal that this program was told to end by; 0: none. */
E2E__FN int e2e__exit_told(void)
{
	return e2e__state.quit ? e2e__state.quit : e2e__state.up ? e2e__state.up->stop : 0;
}

/* Must the case leave off what it does? */
E2E__NO_TSAN E2E__FN bool e2e__exit_must_stop(const struct e2e__page *pg)
{
	return pg->stop && !pg->heeded;
}

/* The subtest that a skip ends, if nothing else ends more than that. */
E2E__FN struct e2e__subtest *e2e__exit_skipped_subtest(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->page;
	struct e2e__subtest *s =
		pg->left && !pg->bailed && !e2e__exit_must_stop(pg) && !st->expired && !st->report
		? st->subtest
		: NULL;

	return s && s->self == s && s->landing == st->landing ? s : NULL;
}

E2E__NO_TSAN E2E__FN void e2e__exit_leave(void)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__subtest *subtest;

	if (!e2e__exit_in_case()) {
		/* this may be a handler: the case's own process says so, outside of one */
		if (e2e__state.expired && !pg->late)
			pg->late = e2e__state.expired;
		pg->ending = 1;
		e2e__exit_poke();
		_exit(1);
	}

	if (e2e__buf_self() != e2e__state.main_thread) {
		pg->ending = 1;
		e2e__exit_poke();
		for (;;)
			pause();
	}

	subtest = e2e__exit_skipped_subtest();
	if (subtest)
		subtest->go(subtest);
	if (!e2e__state.landing && e2e__state.style == 's')
		e2e__script_finish();
	if (!e2e__state.landing)
		e2e__main_end_runner();
	siglongjmp(e2e__state.landing->jump, 1);
}

E2E__FN void e2e__exit_end_case(void)
{
	e2e__script_begin();
	e2e__exit_leave();
}

E2E__FN void e2e__exit_die(const char *file, int line, const char *name, const e2e_failure *failure)
{
	e2e_report(file, line, false, name, failure);
	e2e__exit_leave();
}

E2E__FN void e2e__exit_bail_out(const char *fmt, ...)
{
	va_list ap;

	e2e__script_begin();
	va_start(ap, fmt);
	vsnprintf(e2e__state.page->reason, sizeof e2e__state.page->reason, fmt, ap);
	va_end(ap);
	e2e__state.page->bailed = 1;
	e2e__exit_leave();
}

/* Something that makes the whole run pointless: said on stderr, exit status 99. */
E2E__FN void e2e__exit_fatal(const char *fmt, ...)
{
	struct e2e__page *pg = e2e__state.page;
	va_list ap;
	char text[1024];

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (pg && !pg->direct) {
		snprintf(pg->reason, sizeof pg->reason, "%s", text);
		pg->bailed = 1;
		e2e__exit_leave();
	}

	fflush(stdout);
	fprintf(stderr, "e2e: %s\n", text);
	_exit(99);
}

E2E__FN void e2e__exit_interrupt(void (*report)(void))
{
	e2e__state.report = report;
	e2e__state.page->ending = 1;
	e2e__exit_poke();
}

E2E__FN int e2e__exit_failures(void)
{
	struct e2e__page *pg = e2e__state.page;
	int i, n = 0;

	for (i = 0; i <= pg->depth; i++)
		n += pg->level[i].failed;
	return n;
}

E2E__FN bool e2e__exit_failed(void)
{
	return e2e__exit_failures() > 0 || e2e__state.page->bailed;
}
