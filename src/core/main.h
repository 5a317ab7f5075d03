#pragma once
#include "base.h"
#include "state.h"
#include "case.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "files.h"
#include "page.h"
#include "secret.h"
#include "point.h"
#include "exits.h"
#include "hooks.h"
#include "config.h"
#include "each.h"
#include "beside.h"
#include "console.h"
#include "flat.h"
#include "output.h"
#include "options.h"
#include "own.h"
#include "shuffle.h"
#include "watch.h"
#include "junit.h"
#include "verdict.h"
#include "coverage.h"
#include "run.h"

/* @manual Platforms and limits
 *	POSIX.1-2008 with C99 or C++11: gcc, clang, tcc, musl. On Linux children of children are
 *	found too (subreaper); elsewhere the case's process group is ended. A test killed by SIGKILL
 *	takes the groups of its cases with it. Out of scope: cases in parallel within one program
 *	(run programs in parallel). At a case's end what stdio holds is written; where threads are
 *	left, only that of stdout and stderr. A jump ends the case, so C++ destructors between are
 *	not run. Behind a subtest that was skipped a local variable may have the value from before
 *	it, unless it is volatile or the compiler is gcc. At most 16 nested subtests, 32 armed
 *	timeouts, 4 KiB of a first failure kept for the case's own point.
 */

/* @manual Compilers' warnings and checkers
 *	To them this header is one of the system's: what they say is about the test.
 *		cppcheck -D__cppcheck__ -I. t/sum.c       not at the header's functions
 *		clang-tidy t/sum.c -- -I.                 (scan-build too) as it is
 *		gcc -fanalyzer -DE2E_EXTERN -I. -c sum.c  or it looks at all functions, for minutes
 *	-fsanitize=address, undefined, leak, thread, memory and integer (clang) find nothing in it.
 *	A header of the system that comes before it, in a strict mode (-std=c99), hides what it
 *	needs: one #error says so.
 */

/* @manual Many test programs
 *	Each program compiles this header's functions: about 0.2 s with -O0 -g. A project with
 *	hundreds of them may compile the functions once and link them; nothing else changes:
 *		cc -g -DE2E_IMPLEMENT -x c -c e2e.h -o e2e.o
 *		cc -g -DE2E_EXTERN -o sum.t sum.c e2e.o
 *	The same goes for e2e_proc.h and e2e_xmpp.h, whose objects hold the functions of the headers
 *	below them too.
 */

/* @manual Debugging
 *	./prove --gdb t/x.c :: -k '^name$'    stops at the first assertion that fails, and at
 *	./prove --lldb t/x.c :: -k '^name$'   your breakpoints; the frames above are the test's
 *	valgrind -q --trace-children=yes --error-exitcode=99 ./x.t
 *	rr record ./x.t --no-fork; rr replay
 *	Limits wait while a debugger holds the program. With --no-fork the cases run in the program
 *	itself, which debuggers follow without being told. Under valgrind an error in a case is its
 *	failure (exited with status 99); E2E_TIMEOUT_SCALE=10 gives it the time it takes.
 */

/* @interface */

/* Defines main(). Once a program. */
#define E2E_MAIN() \
	int main(int argc, char **argv) \
	{ \
		return e2e_main(argc, argv); \
	}

/* What E2E_MAIN calls; for programs with a main of their own. Returns the exit status. */
E2E__FN int e2e_main(int argc, char **argv);

/* @implementation */

/* Perl's prove rejects version 14 before 3.48. */
E2E__FN int e2e__main_choose_tap(void)
{
	const char *version = getenv("HARNESS_ACTIVE") ? getenv("HARNESS_VERSION") : NULL;

	return version && e2e__clock_strtod(version, NULL) > 0 &&
			e2e__clock_strtod(version, NULL) < 3.48
		? 13
		: 14;
}

/* May the tested code's stdout be a file? A limit that is spent on it would be the case's death. */
E2E__FN bool e2e__main_may_keep_stdout(void)
{
	return !e2e__state.opt[E2E__NO_FORK] && e2e__file_may_grow();
}

/* Takes stdout for TAP alone: the tested code gets a file in its place, shown when a case fails. */
E2E__FN void e2e__main_take_stdout(void)
{
	struct e2e__state *st = &e2e__state;
	struct stat a, b;

	st->quiet_err = isatty(1) && fstat(1, &a) == 0 && fstat(2, &b) == 0 &&
		a.st_rdev == b.st_rdev && isatty(2);

	if (isatty(1) && !st->under_prove && !getenv("HARNESS_ACTIVE") &&
		!st->opt[E2E__PRINT_TAP] && !st->opt[E2E__VERBOSE] && !st->opt[E2E__FLAT])
		st->console = e2e__console_new();
	if (st->opt[E2E__FLAT])
		st->flat = e2e__flat_new();

	/* High, so that the tested code finds the numbers that it would find without us. */
	st->tap = fcntl(1, F_DUPFD_CLOEXEC, 200);
	if (st->tap < 0)
		st->tap = fcntl(1, F_DUPFD_CLOEXEC, 3);
	if (st->tap < 0)
		e2e__exit_fatal("cannot write TAP to stdout: %s", strerror(errno));
	if (!e2e__main_may_keep_stdout() && dup2(2, 1) == 1) {
		fflush(stdout);
		return;
	}

	st->capture = e2e__file_unnamed();
	if (st->capture >= 0) {
		dup2(st->capture, 1);
	} else {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (null >= 0) {
			dup2(null, 1);
			close(null);
		}
	}

	fflush(stdout); /* what a script printed before its first call of e2e */
}

E2E__FN void e2e__main_choose_seed(void)
{
	struct timespec t;
	uint64_t mix;

	if (e2e__state.opt[E2E__SEED]) {
		e2e__state.seed = strtoull(e2e__state.opt[E2E__SEED], NULL, 10);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &t);
	mix = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec + (uint64_t)getpid();
	e2e__state.seed = e2e__clock_mix(&mix) % 1000000000;
}

/* What both styles begin with. A wrong config ends the program here, before any case. */
E2E__FN void e2e__main_start(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__hooks *h;

	e2e__page_make_pid_cell();
	e2e__coverage_share();
	st->capture = -1;
	st->tap = -1;
	e2e__beside_remember();
	e2e__clock_scale();
	e2e__option_check();
	e2e__config_read();
	e2e__config_timeout();
	for (h = st->hooks; h; h = h->next)
		if (h->start)
			h->start();
	st->tap_version = e2e__main_choose_tap();
	e2e__main_choose_seed();
	e2e__shuffle_choose();
	st->junit_began = e2e__clock_ns();
	if (!st->opt[E2E__LIST])
		e2e__junit_begin();
}

/* The program's end: status, or death by the signal that it was told to end by. */
E2E__FN int e2e__main_exit_status(void)
{
	struct e2e__state *st = &e2e__state;

	e2e__console_end();
	e2e__output_flush();
	e2e__junit_end();
	if (st->quit && !e2e__clock_terminates(st->quit)) {
		signal(st->quit, SIG_DFL);
		raise(st->quit);
	}
	if (st->out_failed && st->tap >= 0) {
		fprintf(stderr, "e2e: cannot write TAP to stdout: %s\n", strerror(st->out_failed));
		return 99;
	}
	return st->bailed ? 99 : st->failed ? 1 : 0;
}

E2E__FN void e2e__main_end_runner(void)
{
	struct e2e__page *pg = e2e__state.page;

	e2e__verdict_say_bail_out(pg->reason);
	pg->bailed = 1;
	pg->phase = E2E__DONE;
	_exit(0);
}

/* The same as a watching parent says of a script that ends without e2e_done(). */
E2E__FN void e2e__main_exit_of_script(struct e2e__page *pg)
{
	struct e2e__level *lv = &pg->level[0];

	if (!(lv->planned && lv->planned == lv->run && !pg->depth)) {
		e2e__verdict_say_bail_out(e2e_printf(
			"the script has ended without e2e_done()%s", e2e__verdict_whereabouts(pg)));
		e2e__output_flush();
		_exit(99);
	}
	e2e__output_flush();
	if (lv->failed)
		_exit(1);
}

/* exit() in a case that runs in the program's own process must not look like its end. */
E2E__FN void e2e__main_at_exit(void)
{
	struct e2e__page *pg = e2e__state.page;

	if (!pg || !pg->direct || pg->pid != getpid() || pg->phase == E2E__DONE)
		return;
	if (e2e__state.style == 's')
		e2e__main_exit_of_script(pg);
	if (!e2e__state.current)
		return;
	e2e__verdict_say_bail_out(e2e_printf("the case %s called exit()%s",
		e2e__state.current->name, e2e__verdict_whereabouts(pg)));
	e2e__output_flush();
	_exit(99);
}

/* Under prove the tag may be another program's; its mistyped form is worth a line on stderr. */
E2E__FN void e2e__main_add_unknown(struct e2e__buf *b, const char *unknown)
{
	e2e__buf_addf(b, "# %s\n", unknown);
	if (!e2e__state.under_prove || strstr(unknown, "did you mean"))
		e2e__buf_addf(b, "\2# %s\n", unknown);
}

/* --list: the names of the chosen cases; a filter that meets none is an error. */
E2E__FN int e2e__main_list(const char *unknown)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__case *c;

	for (c = st->cases; c; c = c->next)
		if (c->chosen)
			printf("%s\n", c->name);
	if (!st->chosen)
		e2e__option_usage(
			"no case matches%s%s", unknown ? ": " : "", unknown ? unknown : "");
	if (unknown)
		fprintf(stderr, "e2e: %s\n", unknown);
	return fflush(stdout) ? 99 : 0;
}

/* A plan of none, with the filters that met nothing. That is no pass. */
E2E__FN int e2e__main_say_none(struct e2e__buf *b, const char *unknown)
{
	struct e2e__state *st = &e2e__state;
	const char *filter = st->opt[E2E__FILTER], *tags = st->opt[E2E__TAGS];
	const char *from = st->opt[E2E__FROM];
	const char *why = e2e_printf("no case matches%s%s%s%s%s%s%s%s", filter ? " -k " : "",
		filter ? filter : "", tags ? " -t " : "", tags ? tags : "", from ? " --from " : "",
		from ? from : "", unknown ? ": " : "", unknown ? unknown : "");

	e2e__buf_addf(b, "1..0 # SKIP ");
	e2e__secret_words(b, why, E2E__TAP);
	e2e__buf_adds(b, "\n\2# ");
	e2e__secret_words(b, why, E2E__PLAIN);
	e2e__buf_adds(b, "\n");
	e2e__output_emit_buf(b);
	st->bailed = true;
	return e2e__main_exit_status();
}

/* The chosen cases. Fixtures of the suite take a process of their own, so that they may crash. */
E2E__FN void e2e__main_run(void)
{
	struct e2e__state *st = &e2e__state;
	bool fixtures = st->fixtures[2] || st->fixtures[3];
	struct e2e__page *suite;

	if (fixtures && !st->opt[E2E__NO_FORK]) {
		e2e__run_watch_runner();
		return;
	}
	suite = e2e__page_new();
	e2e__page_reset(suite, true);
	if (!fixtures)
		e2e__run_plan_line(st->chosen * e2e__run_turns());
	e2e__run_all(suite);
	e2e__run_leave_suite_folder(suite);
	if (fixtures && !st->bailed)
		e2e__run_plan_line(st->points);
}

E2E__FN int e2e_main(int argc, char **argv)
{
	struct e2e__state *st = &e2e__state;
	const char *unknown, *nowhere;
	E2E__BUF(b, 64);

	st->style = 'c';
	e2e__case_order();
	st->program = argc > 0 && argv[0] ? argv[0] : "test";
	e2e__own_check();
	e2e__option_read_env();
	if (argc > 0)
		e2e__option_read_args(argv);
	if (st->opt[E2E__HELP])
		e2e__option_help();
	if (st->opt[E2E__VERSION_OPT])
		return printf("e2e %s\n", E2E_VERSION) < 0;

	e2e__main_start();
	e2e__each_expand();
	nowhere = e2e__option_pass_over();
	if (nowhere && st->opt[E2E__FROM] != st->from_prove)
		e2e__option_usage("--from: %s", nowhere);
	e2e__shuffle();
	e2e__option_choose();
	unknown = st->opt[E2E__TAGS] ? e2e__option_unknown_tag(st->opt[E2E__TAGS]) : NULL;
	if (st->opt[E2E__LIST])
		return e2e__main_list(unknown);

	e2e__main_take_stdout();
	e2e__point_add_header(&b);
	if (st->opt[E2E__SHUFFLE])
		e2e__buf_addf(
			&b, "# shuffled: --shuffle=%s repeats this order\n", st->opt[E2E__SHUFFLE]);
	if (nowhere) /* the case that failed may have another name by now */
		e2e__buf_addf(&b, "# --from: %s, so all run\n", nowhere);
	if (unknown && st->chosen)
		e2e__main_add_unknown(&b, unknown);
	e2e__output_emit_buf(&b);
	if (!st->chosen)
		return e2e__main_say_none(&b, unknown);

	e2e__watch_catch_signals();
	atexit(e2e__main_at_exit);
	e2e__memory_keep_arena(); /* options and config */
	e2e__main_run();
	e2e__option_check_filters();
	return e2e__main_exit_status();
}
