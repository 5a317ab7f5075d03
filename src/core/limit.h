#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "case.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "files.h"
#include "page.h"
#include "point.h"
#include "assertion.h"
#include "exits.h"
#include "hooks.h"
#include "subtest.h"

/* @manual Timeouts
 *	e2e_blocking { ... }                        no limit but the case's
 *	e2e_blocking_timed { ... }                  [global] timeout of the config, 1 s without one;
 *	                                            x4 where CI is "true"
 *	e2e_blocking_with_timeout(0.25) { ... }     seconds; fractions are fine
 *	They nest, and an inner one never outlives an outer one. INFINITY (of math.h) is no limit
 *	but those around it, for a case too (.timeout = INFINITY, --timeout inf). At the end of the
 *	time the case fails with where the block was armed, its tear-down and deferred functions run
 *	(10 s), and the next case begins. First the case is asked (SIGALRM and a jump out of the
 *	block), so the code in the block is never resumed; if that has no effect within 0.5 s (the
 *	signal is blocked, a lock is held), the parent ends the case's process group. break and
 *	return out of a block disarm it. E2E_TIMEOUT_SCALE=10 multiplies every limit of this
 *	toolkit: for valgrind, emulators, slow machines. Limits stand still while the program is
 *	stopped by Ctrl-Z, which stops the case too; under a debugger they never end a case. The
 *	tested code's alarm() and setitimer() are its own on Linux, and a limit takes SIGALRM only
 *	as long as the case has no handler of its own: then the parent ends it.
 */

/* @interface */

/* e2e_eventually(seconds, condition, ...): evaluates the condition until it holds or the seconds
 * are over. */
#define e2e_eventually(seconds, ...) E2E__ARGS1E(seconds, #__VA_ARGS__, __VA_ARGS__)

#define e2e_blocking e2e_blocking_with_timeout(0)
#define e2e_blocking_timed e2e_blocking_with_timeout(e2e__config_timeout())
#define e2e_blocking_with_timeout(seconds) \
	E2E__BLOCK(e2e__limit_disarm, e2e__limit_arm(E2E__AT, seconds))

/* When a wait of this many (unscaled) seconds is over, by e2e_now(): no later than the enclosing
 * blocks' and case's end. */
E2E__FN double e2e__limit_until(double seconds);
/* Sleeps, or less if something stirs, and runs the idle hooks. */
E2E__FN void e2e__limit_pause(double seconds);
/* Between these two the case isn't left by a jump: for libraries that a jump would break. If a
 * limit is over in between, stop() runs at once in the signal handler (it must be async-signal-safe
 * and make the library return, e.g. by shutdown(2)) and the case ends at e2e__limit_release. At
 * `until` (by e2e_now(); 0: never) stop() runs too, and the case goes on. Does not nest; with until
 * 0 it costs no system call. */
E2E__FN void e2e__limit_hold(double until, void (*stop)(void));
E2E__FN void e2e__limit_release(void);

#define E2E__ARGS1E(seconds, text, ...) \
	E2E__CAT(E2E__CALLE, E2E__PICK1(__VA_ARGS__))(seconds, text, __VA_ARGS__)
#define E2E__CALLE_(seconds, text, condition) E2E__POLL(seconds, E2E__HERE(text, NULL), condition)
#define E2E__CALLEd(seconds, text, condition, ...) \
	E2E__POLL(seconds, E2E__HERE(text, e2e__buf_desc(__VA_ARGS__)), condition)
#define E2E__POLL(seconds, at, condition) \
	__extension__({ \
		struct e2e__poll e2e__p = e2e__limit_poll_open(seconds); \
		bool e2e__met; \
		while (!(e2e__met = (condition) ? true : false) && \
			e2e__limit_poll_more(&e2e__p)) { \
		} \
		e2e__limit_poll_close(at, &e2e__p, e2e__met); \
	})

struct e2e__poll {
	double began, until, wait;
};

E2E__FN struct e2e__poll e2e__limit_poll_open(double seconds);
E2E__FN bool e2e__limit_poll_more(struct e2e__poll *p);
E2E__FN bool e2e__limit_poll_close(struct e2e__at at, const struct e2e__poll *p, bool ok);
E2E__FN void e2e__limit_close_subtest(struct e2e__subtest *subtest);
E2E__FN struct e2e__block e2e__limit_arm(const char *file, int line, double seconds);
E2E__FN void e2e__limit_disarm(struct e2e__block *b);

/* @implementation */

E2E__FN struct e2e__poll e2e__limit_poll_open(double seconds)
{
	struct e2e__poll p;

	e2e__script_begin();
	p.began = e2e_now();
	p.until = p.began + e2e__clock_scaled(seconds);
	p.wait = 0.0005;
	return p;
}

E2E__FN bool e2e__limit_poll_more(struct e2e__poll *p)
{
	double now = e2e_now();

	if (now >= p->until)
		return false;
	e2e__limit_pause(p->until - now < p->wait ? p->until - now : p->wait);
	p->wait = p->wait < 0.01 ? p->wait * 1.5 : p->wait;
	return true;
}

E2E__FN bool e2e__limit_poll_close(struct e2e__at at, const struct e2e__poll *p, bool ok)
{
	bool pass;
	char number[32];
	E2E__BUF(b, 256);

	b.p[0] = 0;
	if (!ok) {
		e2e__clock_number(number, sizeof number, "%.3g", p->until - p->began);
		e2e__buf_addf(&b, "still false after %s s%s", number, at.desc ? "" : ": ");
	}

	if (!ok && !at.desc)
		e2e__point_add_name(&b, at.text, NULL, E2E__PLAIN);
	pass = e2e__assertion_judge(&at, ok, NULL, NULL, NULL, "eventually", b.p, NULL);
	e2e__buf_free(&b);
	return pass;
}

E2E__FN void e2e__limit_set_timer(void);
E2E__FN void e2e__limit_unblock_alarm(void);

/* Remembers what a jump out of a block has to undo. */
E2E__FN void e2e__limit_tie(struct e2e__loose *loose, void (*undo)(struct e2e__loose *))
{
	struct e2e__state *st = &e2e__state;

	loose->undo = undo;
	loose->landing = st->landing;
	loose->subtest = st->subtest;
	loose->next = st->loose;
	st->loose = loose;
}

/* The block has ended; false: a jump had undone it already. */
E2E__FN bool e2e__limit_untie(struct e2e__loose *loose)
{
	if (e2e__state.loose != loose)
		return false;
	e2e__state.loose = loose->next;
	return true;
}

E2E__FN void e2e__limit_undo_last(void)
{
	struct e2e__loose *loose = e2e__state.loose;

	e2e__state.loose = loose->next;
	loose->undo(loose);
}

/* A skip left the subtest by a jump: what it had begun ends here. */
E2E__NO_TSAN E2E__FN void e2e__limit_leave_subtest(struct e2e__subtest *subtest)
{
	struct e2e__page *pg = e2e__state.page;
	int i;

	e2e__state.hold = 0;
	e2e__state.jumped = true;
	pg->ending = 0;
	pg->doing[0] = 0;
	for (i = 0; i < E2E__LIMITS; i++)
		if (pg->limit[i].subtest == subtest && pg->limit[i].pid == getpid())
			pg->limit[i].armed = 0;
	e2e__limit_set_timer();
	e2e__limit_unblock_alarm();
	while (e2e__state.loose && e2e__state.loose->subtest == subtest)
		e2e__limit_undo_last();
}

E2E__FN void e2e__limit_close_subtest(struct e2e__subtest *subtest)
{
	struct e2e__page *pg = e2e__state.page;
	bool skipped = pg->left != 0;

	e2e__state.subtest = subtest->outer;
	pg->left = 0;
	if (skipped)
		e2e__limit_leave_subtest(subtest);
	while (pg->depth > subtest->slot)
		e2e__subtest_end(subtest->file, subtest->line, NULL);
	if (pg->depth == subtest->slot)
		e2e__subtest_end(subtest->file, subtest->line, skipped ? pg->why_left : NULL);
}

E2E__FN pid_t e2e__limit_tid(void)
{
#ifdef E2E__LINUX
	return (pid_t)syscall(SYS_gettid);
#else
	return getpid();
#endif
}

E2E__NO_TSAN E2E__FN struct e2e__limit *e2e__limit_earliest(
	struct e2e__page *pg, pid_t pid, bool hard)
{
	struct e2e__limit *g = NULL;
	int i;

	for (i = 0; i < E2E__LIMITS; i++)
		if (pg->limit[i].armed && pg->limit[i].pid == pid && (hard || !pg->limit[i].hard) &&
			(!g || pg->limit[i].until < g->until))
			g = &pg->limit[i];
	return g;
}

/* Is a debugger at work on the process? What only writes down system calls isn't one. */
E2E__FN bool e2e__limit_traced(pid_t pid)
{
#ifdef E2E__LINUX
	char text[2048];
	const char *at;
	long tracer;

	e2e__file_of_process(pid, "status", text, sizeof text);
	at = strstr(text, "TracerPid:");
	tracer = at ? strtol(at + 10, NULL, 10) : 0;
	if (tracer <= 0)
		return false;
	e2e__file_of_process((pid_t)tracer, "comm", text, sizeof text);
	return strncmp(text, "strace", 6) != 0 && strncmp(text, "ltrace", 6) != 0;
#else
	(void)pid;
	return false;
#endif
}

/* Is the limit over? While a debugger holds the process it begins anew. */
E2E__FN bool e2e__limit_is_over(struct e2e__limit *g)
{
	if (g->until > e2e__clock_ns())
		return false;
	if (!e2e__limit_traced(g->pid))
		return true;
	g->until = e2e__clock_ns() + e2e__clock_span(g->seconds);
	return false;
}

/* A timer of its own where the system has them: alarm() and setitimer() are the tested code's. */
E2E__FN void e2e__limit_start_timer(const struct itimerval *t)
{
#if defined E2E__LINUX && defined SYS_timer_create && defined SYS_timer_settime && \
	!(defined __x86_64__ && defined __ILP32__)
	long spec[4] = {0, (long)t->it_interval.tv_usec * 1000, (long)t->it_value.tv_sec,
		(long)t->it_value.tv_usec * 1000};
	struct e2e__state *st = &e2e__state;
	struct sigevent event;

	if (st->timer_owner != getpid()) {
		memset(&event, 0, sizeof event);
		event.sigev_notify = SIGEV_SIGNAL;
		event.sigev_signo = SIGALRM;
		st->timer_owner =
			syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &st->timer) == 0
			? getpid()
			: 0;
	}
	if (st->timer_owner && syscall(SYS_timer_settime, st->timer, 0, spec, NULL) == 0)
		return;
	st->timer_owner = 0;
#endif
	setitimer(ITIMER_REAL, t, NULL);
}

/* Sets the timer to the earliest limit of this process. It fires again each 10 ms, in case it came
 * at a bad moment. */
E2E__NO_TSAN E2E__FN void e2e__limit_set_timer(void)
{
	struct e2e__limit *g = e2e__limit_earliest(e2e__state.page, e2e__page_pid(), false);
	struct itimerval t;
	int64_t until = g ? g->until : 0, held = e2e__state.hold ? e2e__state.hold_until : 0, left;

	memset(&t, 0, sizeof t);
	if (held && (!until || held < until))
		until = held;
	if (e2e__state.page->direct && e2e__exit_must_stop(e2e__state.page))
		until = e2e__clock_ns();
	if (until) {
		left = until - e2e__clock_ns();
		left = left < 1000 ? 1000 : left;
		t.it_value.tv_sec = (time_t)(left / 1000000000);
		t.it_value.tv_usec = (suseconds_t)(left % 1000000000 / 1000);
		t.it_interval.tv_usec = 10000;
	}

	if (!until && !e2e__state.timed)
		return;
	e2e__state.timed = until != 0;
	e2e__limit_start_timer(&t);
}

E2E__FN void e2e__limit_unblock_alarm(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

E2E__FN void e2e__limit_on_alarm(int sig);

/* The kernel sends what alarm() and setitimer() ask for. Whoever called them and has no handler
 * dies of it, as without us. */
E2E__FN void e2e__limit_on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
#ifdef SI_KERNEL
	if (info->si_code == SI_KERNEL && e2e__state.timer_owner == getpid()) {
		signal(sig, SIG_DFL);
		raise(sig); /* at the handler's end */
		return;
	}
#else
	(void)info;
#endif
	e2e__limit_on_alarm(sig);
}

E2E__FN void e2e__limit_catch_alarm(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = e2e__limit_on_signal;
	sa.sa_flags = SA_SIGINFO;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGALRM, &sa, NULL);
	e2e__limit_unblock_alarm();
}

/* A slot whose process was ended in its block; -1 if there is none. */
E2E__NO_TSAN E2E__FN int e2e__limit_left_slot(const struct e2e__page *pg)
{
	int i;

	for (i = 0; i < E2E__LIMITS; i++)
		if (pg->late != 1 + i && kill(pg->limit[i].pid, 0) < 0 && errno == ESRCH)
			return i;
	return -1;
}

/* Arms a limit (0: none); returns its slot, or -1. A hard one is for what can't be left by a jump:
 * cleanup, exit(). */
E2E__FN int e2e__limit_arm_slot(const char *file, int line, double seconds, bool hard)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__limit *g = NULL;
	void *self = e2e__buf_self();
	pid_t pid = e2e__page_pid();
	int i, slot = -1;
	int64_t until;

	if (!(seconds > 0) || seconds >= 1e9)
		return -1; /* 30 years are as good as no limit */
	until = e2e__clock_ns() + e2e__clock_span(seconds);
	e2e__page_lock(pg);
	for (i = 0; i < E2E__LIMITS; i++) {
		if (!pg->limit[i].armed && slot < 0)
			slot = i;

		/* An inner limit never outlives the outer ones of its thread. */
		if (pg->limit[i].armed && pg->limit[i].pid == pid && pg->limit[i].thread == self &&
			pg->limit[i].until <= until)
			slot = -2;
		if (slot == -2)
			break;
	}

	if (slot == -1)
		slot = e2e__limit_left_slot(pg);
	if (slot >= 0) {
		g = &pg->limit[slot];
		g->pid = pid;
		g->tid = e2e__limit_tid();
		g->thread = self;
		g->landing = e2e__state.landing;
		g->subtest = e2e__state.subtest;
		g->until = until;
		g->seconds = seconds;
		g->line = line;
		g->hard = hard;
		e2e__story_name(g->file, sizeof g->file, file);
		E2E__BARRIER();
		g->armed = 1;
	}

	e2e__page_unlock(pg);
	if (slot == -1)
		e2e__exit_fatal(
			"%s:%d: more than %d timeouts are armed at once", file, line, E2E__LIMITS);
	if (slot >= 0 && !hard)
		e2e__limit_set_timer();
	return slot;
}

E2E__FN struct e2e__block e2e__limit_arm(const char *file, int line, double seconds)
{
	struct e2e__block b = e2e__subtest_block_at(file, line);
	char number[32];
	e2e_failure f = {NULL, NULL, NULL, "limit", "0 is no limit but the case's", NULL};

	e2e__script_begin();
	if (!(seconds >= 0)) {
		f.message = e2e_printf("a limit of %s s: expected seconds, e.g. 0.25",
			e2e__clock_number(number, sizeof number, "%g", seconds));
		e2e__exit_die(file, line, f.message, &f);
	}
	b.slot = e2e__limit_arm_slot(file, line, e2e__clock_scaled(seconds), false);
	return b;
}

/* A block that ended too late is over its limit too: the signal may have been blocked, or handled
 * by the tested code. */
E2E__FN void e2e__limit_disarm(struct e2e__block *b)
{
	struct e2e__limit *g;

	if (b->slot < 0)
		return;
	g = &e2e__state.page->limit[b->slot];
	if (g->armed && !e2e__state.hold && e2e__limit_is_over(g)) {
		e2e__state.expired = 1 + b->slot;
		e2e__exit_leave();
	}
	g->armed = 0;
	e2e__limit_set_timer();
}

/* Those of this process: what it has forked has the same landings, and goes on. */
E2E__NO_TSAN E2E__FN void e2e__limit_disarm_all(struct e2e__landing *of)
{
	struct e2e__page *pg = e2e__state.page;
	pid_t pid = e2e__page_pid();
	int i;

	for (i = 0; i < E2E__LIMITS; i++)
		if (pg->limit[i].pid == pid && (!of || pg->limit[i].landing == of))
			pg->limit[i].armed = 0;
	e2e__limit_set_timer();
}

E2E__NO_TSAN E2E__FN void e2e__limit_on_alarm(int sig)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->page;
	struct e2e__limit *g;
	bool mine, stop, main_thread = e2e__buf_self() == st->main_thread;
	int saved = errno;
	pid_t pid = getpid();

	(void)sig;
	if (!pg)
		return;
	mine = pg->pid == pid;
	g = e2e__limit_earliest(pg, pid, false);
	if (g && !e2e__limit_is_over(g)) {
		/* The time that it counted wasn't all the case's. What is due already is met by
		 * the timer's next turn; setting it to now would leave the case no time at all. */
		if (!st->hold && g->until - e2e__clock_ns() > 10000000)
			e2e__limit_set_timer();
		g = NULL;
	}
	if (st->hold && st->hold_until && st->hold_until <= e2e__clock_ns())
		st->hold_stop();
	if (mine && pg->direct && !pg->stop)
		pg->stop = e2e__exit_told(); /* by who watches the runner */
	stop = mine && (pg->ending || e2e__exit_must_stop(pg));
	if (!g && !stop)
		goto back;
	if (mine && main_thread && (st->style == 's' ? pg->phase == E2E__DONE : !st->landing))
		goto back; /* between set-up, body and tear-down */
	if (st->hold) {
		st->hold_stop();
		st->pending = 1;
		goto back;
	}

	if (pg->lock == e2e__page_lock_word() || (main_thread && st->busy))
		goto back; /* in the middle of a line or of malloc; the timer comes again */
	if (g && g->thread != e2e__buf_self() && !(main_thread && stop)) {
#ifdef E2E__LINUX
		syscall(SYS_tgkill, (long)pid, (long)g->tid, (long)SIGALRM);
#endif
		goto back;
	}

	if (g && !st->expired)
		st->expired = 1 + (int)(g - pg->limit);
	if (mine && main_thread && g && g->landing && !stop)
		siglongjmp(g->landing->jump, 1);
	e2e__exit_leave();
back:
	errno = saved;
}

E2E__FN void e2e__limit_hold(double until, void (*stop)(void))
{
	e2e__state.hold_stop = stop;
	e2e__state.hold_until = e2e__clock_span(until);
	e2e__state.hold = 1;
	if (until > 0)
		e2e__limit_set_timer();
}

E2E__FN void e2e__limit_release(void)
{
	bool timed = e2e__state.hold_until != 0;

	e2e__state.hold = 0;
	e2e__state.hold_until = 0;
	if (timed)
		e2e__limit_set_timer();
	if (e2e__state.pending) {
		e2e__state.pending = 0;
		e2e__limit_on_alarm(SIGALRM);
	}
}

E2E__FN const char *e2e__limit_timed_out(char *buffer, size_t size, double seconds)
{
	char number[32];

	snprintf(buffer, size, "timed out after %s s",
		e2e__clock_number(number, sizeof number, "%.6g", seconds));
	return buffer;
}

/* What the case did when it had to leave off. */
E2E__FN void e2e__limit_last_seen(char *buffer, size_t size, const char *file, int line)
{
	struct e2e__page *pg = e2e__state.page;

	snprintf(buffer, size, "it was last seen at %s:%d%s%s",
		pg->where_file[0] ? pg->where_file : file,
		pg->where_file[0] ? pg->where_line : line, pg->doing[0] ? ", waiting for " : "",
		pg->doing);
	pg->doing[0] = 0;
}

/* The failed point of a case that the program's end has come over. */
E2E__FN void e2e__limit_heed_stop(void)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__case *c = e2e__state.current;
	const char *file = c ? c->file : e2e__case_program();
	char message[64], hint[480];
	e2e_failure f = {message, NULL, NULL, "terminated", hint, NULL};

	pg->heeded = 1;
	if (!e2e__clock_terminates(pg->stop))
		return;
	snprintf(message, sizeof message, "terminated by %s", e2e__clock_signal_name(pg->stop));
	e2e__limit_last_seen(hint, sizeof hint, file, c ? c->line : 0);
	e2e_report(pg->where_file[0] ? pg->where_file : file,
		pg->where_file[0] ? pg->where_line
			: c       ? c->line
				  : 0,
		false, message, &f);
}

/* The failed point of a limit that is over. */
E2E__FN void e2e__limit_report_expiry(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->page;
	int slot = (st->expired ? st->expired : pg->late) - 1;
	struct e2e__limit g;

	/* no memory is allocated before the failure is told: the heap may be broken */
	char message[64], hint[480];
	e2e_failure f = {message, NULL, NULL, "timeout", hint, NULL};

	st->expired = 0;
	pg->late = 0;
	if (slot < 0 || slot >= E2E__LIMITS)
		return;
	g = pg->limit[slot];

	/* What follows may find a lock held that the jump left so: the limit stays for the parent
	 * to enforce. */
	pg->limit[slot].until = e2e__clock_ns() + e2e__clock_span(e2e__clock_scaled(0.5));
	e2e__limit_timed_out(message, sizeof message, g.seconds);
	e2e__limit_last_seen(hint, sizeof hint, g.file, g.line);
	e2e_report(g.file, g.line, false, message, &f);
	e2e__story_limit(pg, &g, st->current ? st->current->line : 0);
}

/* A skip whose subtest the tested code has left by a jump of its own ends the case. */
E2E__FN void e2e__limit_skip_all(void)
{
	struct e2e__page *pg = e2e__state.page;

	if (!pg->left || e2e__subtest_in())
		return;
	memcpy(pg->reason, pg->why_left, sizeof pg->reason);
	pg->skipped = 1;
	pg->left = 0;
}

/* Behind a jump, or the regular end of what a jump might have left: the signal's mask, the report
 * of what ended the case, and the subtests that are still open. */
E2E__NO_TSAN E2E__FN void e2e__limit_land(struct e2e__landing *at, bool jumped)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->page;
	void (*report)(void) = st->report;

	st->hold = 0;
	st->subtest = at ? at->subtest : NULL;
	st->todo = at ? at->todo : NULL;
	while (st->loose && st->loose->landing == at)
		e2e__limit_undo_last();
	if (st->expired || pg->late)
		e2e__limit_report_expiry();
	if (jumped && e2e__exit_must_stop(pg))
		e2e__limit_heed_stop();
	e2e__limit_disarm_all(at);
	e2e__limit_unblock_alarm();
	if (report) {
		st->report = NULL;
		report();
	}

	st->todo = at ? at->todo : NULL;
	while (at && pg->depth > at->depth)
		e2e__subtest_end(pg->where_file, pg->where_line, pg->left ? pg->why_left : NULL);
	e2e__limit_skip_all();
	pg->ending = 0;
}

/* The slot of a limit of this landing that is over although nothing jumped, or -1. */
E2E__FN int e2e__limit_overdue(struct e2e__landing *at)
{
	struct e2e__page *pg = e2e__state.page;
	int i;

	for (i = 0; i < E2E__LIMITS; i++)
		if (pg->limit[i].armed && !pg->limit[i].hard && pg->limit[i].landing == at &&
			e2e__limit_is_over(&pg->limit[i]))
			return i;
	return -1;
}

/* A process that the tested code forked must not go on as if it were the case. */
E2E__FN void e2e__limit_stop_clone(const char *file, int line)
{
	e2e_failure f = {"a forked child came back from the case's code", NULL, NULL, "fork",
		"end each forked child with _exit()", NULL};

	e2e_report(file, line, false, f.message, &f);
	_exit(1);
}

/* Calls fn(arg) so that a jump out of it ends here; the limit is in seconds (scaled already), 0:
 * none. */
E2E__FN bool e2e__limit_landed(
	void (*fn)(void *), void *arg, const char *file, int line, double limit)
{
	struct e2e__landing at;
	volatile pid_t pid = getpid(); /* volatile: read behind a jump */
	volatile bool ended = false, jumped = false;

	at.outer = e2e__state.landing;
	at.subtest = e2e__state.subtest;
	at.depth = e2e__state.page->depth;
	at.todo = e2e__state.todo;
	e2e__state.landing = &at;
	if (sigsetjmp(at.jump, 0) == 0) {
		e2e__limit_arm_slot(file, line, limit, false);
		fn(arg);
		if (getpid() != pid)
			e2e__limit_stop_clone(file, line);
		e2e__state.expired = e2e__limit_overdue(&at) + 1;
		ended = !e2e__state.expired && !e2e__state.page->late;
	} else {
		jumped = true;
		e2e__state.jumped = true;
	}

	e2e__limit_land(&at, jumped);
	e2e__state.landing = at.outer;
	return ended;
}

E2E__FN double e2e__limit_until(double seconds)
{
	struct e2e__page *pg = e2e__state.page;
	struct e2e__limit *g;
	double until = e2e_now() + e2e__clock_scaled(seconds), end;

	e2e__script_begin();
	pg = e2e__state.page;
	g = e2e__limit_earliest(pg, getpid(), true);
	end = g ? (double)g->until * 1e-9 : until;
	return end < until ? end : until;
}

E2E__FN void e2e__limit_pause(double seconds)
{
	double until = e2e_now() + seconds, left;
	struct e2e__hooks *h;

	do {
		for (h = e2e__state.hooks; h; h = h->next)
			if (h->idle)
				h->idle();
		left = until - e2e_now();
		if (left > 0)
			e2e__clock_nap(left > 0.01 ? 0.01 : left);
	} while (left > 0.01);
}
