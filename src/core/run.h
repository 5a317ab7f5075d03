#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "case.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "files.h"
#include "page.h"
#include "point.h"
#include "exits.h"
#include "hooks.h"
#include "subtest.h"
#include "limit.h"
#include "cleanup.h"
#include "output.h"
#include "heard.h"
#include "watch.h"
#include "junit.h"
#include "verdict.h"
#include "coverage.h"

/* @implementation */

/* Set-up and body of a case; what follows a jump out of it is its caller's. */
E2E__FN void e2e__run_body(void *arg)
{
	struct e2e__case *c = (struct e2e__case *)arg;
	struct e2e__fixture *f;
	struct e2e__page *pg = e2e__state.page;

	for (f = e2e__state.fixtures[0]; f; f = f->next)
		f->run();
	pg->where_ptr = NULL; /* what the set-up did last isn't where the body is */
	pg->where_file[0] = 0;
	pg->phase = E2E__BODY;
	c->run();
}

E2E__FN void e2e__run_call_fixture(void *arg)
{
	((struct e2e__fixture *)arg)->run();
}

E2E__FN void e2e__run_call_over(void *arg)
{
	((struct e2e__hooks *)arg)->case_over();
}

E2E__FN double e2e__run_limit(struct e2e__case *c)
{
	const char *text = e2e__state.opt[E2E__TIMEOUT];
	double own = c ? c->o.timeout : 0, v = text ? e2e__clock_seconds(text) : 60;

	return e2e__clock_scaled(own > 0 ? own : v);
}

E2E__FN void e2e__run_mark_fd(unsigned char *set, int fd)
{
	if (fd >= 0 && fd < 1024)
		set[fd / 8] = (unsigned char)(set[fd / 8] | 1 << fd % 8);
}

/* Descriptors that are open now, as a set; those above 1023 are not looked at. */
E2E__FN void e2e__run_open_fds(unsigned char *set)
{
	DIR *d = opendir("/dev/fd");
	struct dirent *e;
	int fd;

	memset(set, 0, 1024 / 8);
	while (d && (e = readdir(d)) != NULL) {
		fd = atoi(e->d_name);
		if (fd > 2 && fd != dirfd(d))
			e2e__run_mark_fd(set, fd);
	}

	if (d) {
		closedir(d);
		return;
	}

	for (fd = 3; fd < 1024; fd++) /* no descriptor is left to look with */
		if (fcntl(fd, F_GETFD) >= 0)
			e2e__run_mark_fd(set, fd);
}

/* Those that are no case's: of when the first case began, and our own. */
E2E__FN void e2e__run_known_fds(unsigned char *set)
{
	struct e2e__state *st = &e2e__state;

	memcpy(set, st->fds, sizeof st->fds);
	set[0] |= 1 << 0 | 1 << 1 | 1 << 2;
	e2e__run_mark_fd(set, st->capture);
	if (st->heard.owner) {
		e2e__run_mark_fd(set, st->heard.from);
		e2e__run_mark_fd(set, st->heard.to);
	}
}

/* Is no other one open? Where the kernel counts them (Linux 6.2), no case needs to list them. */
E2E__FN bool e2e__run_only_known_fds(const unsigned char *known)
{
#ifdef E2E__LINUX
	struct stat all;
	int fd, n = 0;

	if (stat("/proc/self/fd", &all) < 0)
		return false;
	for (fd = 0; fd < 1024; fd++)
		if (!known[fd / 8])
			fd += 7;
		else if (known[fd / 8] >> fd % 8 & 1)
			n += fcntl(fd, F_GETFD) >= 0;
	return all.st_size > 0 && (long long)all.st_size == n;
#else
	(void)known;
	return false;
#endif
}

/* Before the first case. */
E2E__FN void e2e__run_note_fds(void)
{
	struct e2e__state *st = &e2e__state;
	unsigned char known[1024 / 8];

	memset(st->fds, 0, sizeof st->fds);
	e2e__run_mark_fd(st->fds, st->tap);
	e2e__run_known_fds(known);
	if (!e2e__run_only_known_fds(known))
		e2e__run_open_fds(st->fds);
}

/* Says which descriptors the case leaves open. */
E2E__FN void e2e__run_report_fds(void)
{
	unsigned char now[1024 / 8], known[1024 / 8];
	char link[64], target[256];
	ssize_t n;
	int fd;

	e2e__run_known_fds(known);
	if (e2e__run_only_known_fds(known))
		return;
	e2e__run_open_fds(now);
	for (fd = 3; fd < 1024; fd++) {
		if (!((now[fd / 8] & ~known[fd / 8]) >> fd % 8 & 1))
			continue;
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		n = readlink(link, target, sizeof target - 1);
		target[n > 0 ? n : 0] = 0;
		e2e__point_comment(
			false, "left open: descriptor %d%s%s", fd, n > 0 ? " " : "", target);
	}
}

/* Says what the case leaves open, and if it leaves in another folder. */
E2E__FN void e2e__run_report_leftovers(ino_t cwd)
{
	struct stat s;

	e2e__run_report_fds();
	if (stat(".", &s) == 0 && s.st_ino != cwd)
		e2e__point_comment(false, "left in another folder than it began in");
}

/* What sanitizers would do at exit(): the case's process ends by _exit, so that nobody's
 * atexit runs twice. */
#if defined E2E__LINUX
/* The sanitizer may be in the tested code alone, or be -fsanitize=leak, which no macro tells of. */
#define E2E__LSAN 1
__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);
#define E2E__CHECKS_LEAKS (__lsan_do_recoverable_leak_check != NULL)
#elif defined __SANITIZE_ADDRESS__
#define E2E__LSAN 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define E2E__LSAN 1
#endif
#endif
#if defined E2E__LSAN && !defined E2E__CHECKS_LEAKS
int __lsan_do_recoverable_leak_check(void);
#define E2E__CHECKS_LEAKS true
#endif

#ifdef E2E__LSAN
/* The check ends the process where it can't open a file, has no list of threads, or may not look
 * into a process that has changed its user. */
E2E__FN bool e2e__run_may_look_for_leaks(void)
{
#ifdef __linux__
	const char *list = "/proc/self/task", *why = NULL;
#else
	const char *list = "/", *why = NULL;
#endif
	int fd = open(list, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		return false;
	if (fd < 0)
		why = "there is no /proc/self/task";
	else
		close(fd);
#ifdef E2E__LINUX
	if (!why && prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) == 0)
		why = "the case has changed its user";
#endif
	if (why)
		e2e__point_comment(true, "leaks were not looked for: %s", why);
	return !why;
}
#endif

E2E__FN void e2e__run_last_things(void)
{
	e2e__watch_flush_streams();
	e2e__coverage_write();
#ifdef E2E__LSAN
	if (!E2E__CHECKS_LEAKS)
		return;
	e2e__memory_free_arena();
	if (!e2e__state.jumped && e2e__run_may_look_for_leaks() &&
		__lsan_do_recoverable_leak_check())
		e2e__state.page->status = -1; /* the parent says so */
#endif
}

/* All that happens in a case, in the process that runs it. */
E2E__FN void e2e__run_play(struct e2e__case *c)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->page;
	struct e2e__fixture *f;
	struct e2e__hooks *h;
	struct stat cwd;

	st->current = c;
	st->chance = st->seed ^ e2e__file_hash(c->name);
	st->todo = NULL;
	st->landing = NULL;
	st->subtest = NULL;
	if (stat(".", &cwd) < 0)
		cwd.st_ino = 0;
	pg->phase = E2E__SETUP;
	for (h = st->hooks; h; h = h->next)
		if (h->case_begin)
			h->case_begin();
	e2e__subtest_apply_known(c->name);
	e2e__limit_landed(e2e__run_body, c, c->file, c->line, e2e__run_limit(c));
	for (h = st->hooks; h; h = h->next)
		if (h->case_over)
			e2e__limit_landed(
				e2e__run_call_over, h, c->file, c->line, e2e__clock_scaled(10));
	if (pg->phase == E2E__BODY) {
		pg->phase = E2E__TEARDOWN;
		for (f = st->fixtures[1]; f; f = f->next)
			e2e__limit_landed(
				e2e__run_call_fixture, f, f->file, f->line, e2e__clock_scaled(10));
	}

	pg->phase = E2E__CLEANUP;
	e2e__limit_arm_slot(c->file, c->line, e2e__clock_scaled(10), true);
	e2e__cleanup_run_deferred(c->file, c->line);
	for (h = st->hooks; h; h = h->next)
		if (h->case_end)
			h->case_end(e2e__exit_failed());
	e2e__cleanup_run_deferred(c->file, c->line);
	e2e__run_report_leftovers(cwd.st_ino);
}

/* In a signal handler: no stdio, no memory. */
E2E__FN void e2e__run_tell(int fd, const char *text)
{
	e2e__file_write_all(fd, text, strlen(text));
}

E2E__FN void e2e__run_tell_number(int fd, int number)
{
	char digits[16], *end = digits + sizeof digits;
	int n = e2e__clock_digits(end, number);

	e2e__file_write_all(fd, end - n, (size_t)n);
}

/* "died of SIGABRT after t/x.c:12" */
E2E__FN void e2e__run_tell_death(int fd, const struct e2e__page *pg, int sig)
{
	e2e__run_tell(fd, "died of ");
	e2e__run_tell(fd, e2e__clock_signal_name(sig));
	if (!pg->where_file[0]) {
		e2e__run_tell(fd, " before its first assertion");
		return;
	}
	e2e__run_tell(fd, " after ");
	e2e__run_tell(fd, pg->where_file);
	e2e__run_tell(fd, ":");
	e2e__run_tell_number(fd, pg->where_line);
}

/* A case in the program's own process dies, and the program with it: nobody else is left to say
 * so. The plan that is missing tells a reader of TAP that there were more. */
E2E__FN void e2e__run_on_death(int sig)
{
	const struct e2e__page *pg = e2e__state.page;
	int tap = e2e__state.tap;

	if (pg && pg->direct && pg->pid == getpid() && e2e__state.current) {
		e2e__run_tell(tap, "not ok ");
		e2e__run_tell_number(tap, e2e__state.points + 1);
		e2e__run_tell(tap, " - ");
		e2e__run_tell(tap, e2e__state.current->name);
		e2e__run_tell(tap, "\n  ---\n  message: \"");
		e2e__run_tell_death(tap, pg, sig);
		e2e__run_tell(tap,
			"\"\n  code: crash\n  hint: \"it ran in the program's own process, which died "
			"with it; no case behind it was run\"\n  ...\n");
		e2e__run_tell(2, "# ");
		e2e__run_tell(2, e2e__state.current->name);
		e2e__run_tell(2, ": ");
		e2e__run_tell_death(2, pg, sig);
		e2e__run_tell(2, "\n");
	}
	raise(sig);       /* by default now */
	_exit(128 + sig); /* the first process of a container doesn't die of it */
}

/* Around such a case; where nobody else has taken the signals, as sanitizers do. */
E2E__FN void e2e__run_catch_death(bool on)
{
	static const int sigs[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	struct sigaction sa, old;
	size_t i;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on ? e2e__run_on_death : SIG_DFL;
	sa.sa_flags = (int)(SA_RESETHAND | SA_NODEFER);
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof sigs / sizeof *sigs; i++)
		if (sigaction(sigs[i], NULL, &old) == 0 &&
			old.sa_handler == (on ? SIG_DFL : e2e__run_on_death))
			sigaction(sigs[i], &sa, NULL);
}

/* The folder of a case without a point: named, as nobody else tells of it. */
E2E__FN void e2e__run_leave_folder(struct e2e__page *pg)
{
	E2E__BUF(b, 1200);

	e2e__verdict_keep_logs(pg);
	if (!pg->folder[0])
		return;
	e2e__buf_addf(&b, "# kept: %s\n", pg->folder);
	e2e__output_emit_buf(&b);
}

/* Through a pointer, which is bound when the program begins; see e2e__watch_bind_early. */
E2E__FN void e2e__run_exit(int status)
{
	static void (*const volatile leave)(int) = _exit;

	leave(status);
}

E2E__FN void e2e__run_case(struct e2e__case *c, struct e2e__page *pg, int turn, int turns)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *outer = st->page;
	struct e2e__end end;
	const char *todo;
	char name[256];
	pid_t pid, before[64];
	size_t nbefore = 0;

	snprintf(name, sizeof name, "%s", c->name);
	if (turns > 1)
		snprintf(name, sizeof name, "%s (%d of %d)", c->name, turn, turns);
	e2e__page_reset(pg, !c->fork || st->opt[E2E__NO_FORK]);
	pg->depth = 1;
	snprintf(pg->level[1].name, sizeof pg->level[1].name, "%s", name);
	todo = c->o.todo && !st->opt[E2E__NO_KNOWN] ? c->o.todo : st->suite_todo;
	if (todo)
		snprintf(pg->todo, sizeof pg->todo, "%s", todo);
	e2e__heard_forget();
	if (pg->direct) {
		memset(&end, 0, sizeof end);
		end.began = e2e__clock_ns();
		nbefore = e2e__watch_living_children(before, 64);
		pg->stop = e2e__exit_told();
		pg->stopped_at = end.began;
		e2e__output_flush(); /* what is known so far isn't lost with this process */
		st->page = pg;
		st->main_thread = e2e__buf_self();
		e2e__page_play(pg);
		e2e__limit_catch_alarm();
		e2e__watch_reset_capture();
		e2e__run_catch_death(true);
		e2e__run_play(c);
		e2e__run_catch_death(false);
		e2e__watch_flush_streams();
		e2e__limit_disarm_all(NULL);
		pg->phase = E2E__DONE;
		end.quit = pg->stop;
		e2e__watch_sweep_direct(before, nbefore, &end);
		e2e__memory_free_arena();
		st->page = outer;
		st->current = NULL;
	} else if ((pid = e2e__watch_fork(pg)) == 0) {
		e2e__page_protect(st->suite);
		e2e__run_play(c);
		e2e__run_last_things();
		pg->phase = E2E__DONE;
		e2e__run_exit(0);
	} else {
		e2e__watch_wait_for(pg, pid, &end, c->file, c->line, e2e__run_limit(c));
		e2e__watch_sweep(pg, pid, &end);
		e2e__watch_drain_rest(pg); /* of its children */
	}

	if (!pg->bailed && !end.bail && (!end.quit || e2e__clock_terminates(end.quit)))
		st->failed += e2e__verdict_case_point(c, name, pg, &end);
	else
		e2e__run_leave_folder(pg);
	if (pg->bailed)
		e2e__verdict_say_bail_out(pg->reason);
	else if (end.bail)
		e2e__verdict_say_bail_out(end.bail);
	else if (end.quit && !e2e__clock_terminates(end.quit))
		e2e__verdict_say_bail_out(end.quit == SIGPIPE
				? e2e_printf("cannot write TAP to stdout: %s",
					  strerror(st->out_failed))
				: e2e_printf(
					  "interrupted by %s", e2e__clock_signal_name(end.quit)));
	e2e__heard_forget();
	e2e__memory_free_arena();
}

/* A point of the suite's own: its set-up or tear-down failed. */
E2E__FN void e2e__run_suite_point(const char *name, struct e2e__page *pg, struct e2e__end *end)
{
	const char *file = NULL;
	int line = 0;
	size_t block;
	e2e_failure f = {NULL, NULL, NULL, NULL, NULL, NULL};
	E2E__BUF(b, 1024);

	if (end)
		f = e2e__verdict_cause(pg, end, &file, &line);
	if (end && !f.message && end->left[0])
		f = e2e__verdict_left(end); /* what has failed before has points of its own */
	e2e__buf_addf(&b, "not ok %d - %s\n  ---\n", ++e2e__state.points, name);
	block = b.n;
	if (!f.message && pg->skipped && !pg->level[1].failed) {
		f.message = e2e_printf("skipped: %s", pg->reason);
		f.code = "skip";
		f.hint = "--fail-on-skip is on";
	}

	if (f.message)
		e2e__point_add_failure(&b, 2, file, line, &f);
	else
		e2e__buf_adds(&b, pg->first);
	e2e__verdict_add_details(&b, pg, end, NULL);
	e2e__buf_adds(&b, "  ...\n");
	e2e__verdict_add_stdout(&b);
	e2e__buf_add(&b, "", 1);
	b.n--;
	e2e__junit_case(
		name, NULL, pg->began, "failure", e2e__junit_message(b.p + block), b.p + block);
	if (f.message)
		e2e__point_add_complaint(&b, file, line, &f);
	e2e__output_emit_buf(&b);
	e2e__state.failed++;
}

E2E__FN void e2e__run_skip_case(const struct e2e__case *c, const char *why)
{
	E2E__BUF(b, 512);

	e2e__verdict_add_line(&b, true, c->name, "SKIP", why);
	e2e__verdict_add_facts(&b, c, NULL);
	e2e__junit_case(c->name, c->o.spec, 0, "skipped", why, NULL);
	e2e__output_emit_buf(&b);
	e2e__state.skipped++;
}

/* The first failure's message, from the YAML that was kept. */
E2E__FN const char *e2e__run_first_message(struct e2e__page *pg)
{
	const char *at = strstr(pg->first, "at: "), *message = strstr(pg->first, "message: \"");
	size_t n;

	if (!message)
		return "a failure";
	message += 10;
	n = strcspn(message, "\n");
	return e2e_printf("%.*s at %.*s", n ? (int)n - 1 : 0, message,
		at ? (int)strcspn(at + 4, "\n") : 0, at ? at + 4 : "");
}

/* Runs the suite's fixtures of a kind in this process; what they defer waits for the suite's
 * end. */
E2E__FN bool e2e__run_suite_fixtures(struct e2e__page *pg, int kind)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__deferred *kept = st->suite_deferred;
	struct e2e__fixture *f;
	bool ended = true;
	int failed = pg->level[1].failed;

	if (!st->fixtures[kind])
		return true;
	pg->suite = kind;
	pg->muted = 1;
	pg->depth = 1;
	pg->first[0] = 0;
	e2e__page_play(pg);
	st->page = pg;
	st->in_suite = true;
	st->main_thread = e2e__buf_self();
	st->deferred = kept;
	e2e__limit_catch_alarm();
	for (f = st->fixtures[kind]; f && ended; f = f->next)
		ended = e2e__limit_landed(e2e__run_call_fixture, f, f->file, f->line,
			kind == 2 ? e2e__run_limit(NULL) : e2e__clock_scaled(10));
	st->suite_deferred = st->deferred;
	st->deferred = NULL;
	st->in_suite = false;
	pg->suite = 0;
	return ended && pg->level[1].failed == failed;
}

E2E__FN void e2e__run_plan_line(int points)
{
	E2E__BUF(b, 64);

	e2e__buf_addf(&b, "1..%d\n", points);
	e2e__output_emit_buf(&b);
}

/* Runs the suite's set-up. Returns why the cases must be skipped, or NULL. */
E2E__FN const char *e2e__run_set_up_suite(struct e2e__page *suite)
{
	if (e2e__run_suite_fixtures(suite, 2))
		return NULL;
	if (suite->bailed)
		e2e__verdict_say_bail_out(suite->reason);
	else if (!suite->skipped || suite->level[1].failed || e2e__state.opt[E2E__FAIL_ON_SKIP])
		e2e__run_suite_point("suite set-up", suite, NULL);
	else
		return e2e__memory_strdup(suite->reason);
	if (suite->skipped && !suite->level[1].failed)
		return e2e_printf("the suite's set-up was skipped: %s", suite->reason);
	return e2e_printf("the suite's set-up failed: %s", e2e__run_first_message(suite));
}

E2E__FN int e2e__run_turns(void)
{
	const char *repeat = e2e__state.opt[E2E__REPEAT];

	return repeat ? atoi(repeat) : 1;
}

/* Runs the chosen cases, or skips them where there is a reason to. */
E2E__FN void e2e__run_cases(struct e2e__page *suite, const char *why)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = e2e__page_new();
	struct e2e__case *c;
	int turns = e2e__run_turns(), turn;
	char buffer[64];

	for (c = st->cases; c; c = c->next)
		for (turn = 1; turn <= turns && c->chosen && !st->bailed; turn++) {
			if (!why && st->terminated) {
				snprintf(buffer, sizeof buffer, "not run: terminated by %s",
					e2e__clock_signal_name(st->terminated));
				why = buffer;
			}
			if (!why && st->opt[E2E__FAIL_FAST] && st->failed)
				why = "stopped at the first failure (-x)";
			if (why)
				e2e__run_skip_case(c, why);
			else
				e2e__run_case(c, pg, turn, turns);
			suite->points = st->points;
		}
}

/* Children that were there before the first case are no case's leftovers. */
E2E__FN void e2e__run_adopt_children(void)
{
	pid_t found[64];
	size_t n, i;

	e2e__state.oldest = getpid();
	n = e2e__watch_children(found, 64);
	for (i = 0; i < n; i++)
		e2e__hook_own_add(found[i]);
}

/* The suite's set-up, all cases, its tear-down: in the runner. Counts go to `suite` for the watcher
 * above it. */
E2E__FN void e2e__run_all(struct e2e__page *suite)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__hooks *h;
	struct e2e__fixture *f;
	int failed;
	const char *why = st->fixtures[2] ? e2e__run_set_up_suite(suite) : NULL;
	bool ready = !why && !st->bailed;

	st->suite = suite;

	/* a guard of the set-up, under --no-skip */
	st->suite_todo = suite->todo[0] ? suite->todo : NULL;
	e2e__run_adopt_children();
	e2e__memory_keep_arena(); /* `why` is used to the end */
	e2e__run_note_fds();
	e2e__run_cases(suite, why);
	suite->heeded = suite->heeded || st->terminated; /* by a case; the tear-down has its time */
	if (ready && !e2e__run_suite_fixtures(suite, 3))
		e2e__run_suite_point("suite tear-down", suite, NULL);
	if (st->fixtures[2] || st->fixtures[3]) {
		st->page = suite;
		st->in_suite = true;
		st->deferred = st->suite_deferred;
		failed = suite->level[1].failed;
		suite->first[0] = 0;
		f = st->fixtures[2] ? st->fixtures[2] : st->fixtures[3];
		e2e__cleanup_run_deferred(f->file, f->line);
		for (h = st->hooks; h; h = h->next)
			if (h->suite_end)
				h->suite_end();
		if (suite->level[1].failed > failed && !st->bailed)
			e2e__run_suite_point("suite clean-up", suite, NULL);
		st->in_suite = false;
	}

	e2e__verdict_count_pairs(suite); /* of the fixtures */
	suite->pairs = st->pairs;
	suite->unmatched = st->unmatched;
	suite->pair_hits = st->pair_hits;
	memcpy(suite->word_hits, st->word_hits, sizeof st->word_hits);
	memcpy(suite->eligible, st->eligible, sizeof st->eligible);
	suite->points = st->points;
	suite->failed = st->failed;
	suite->bailed = st->bailed;
}

/* A terminated runner that had to be killed: the case that it ran has failed, the others didn't
 * run. */
E2E__FN void e2e__run_fail_rest(struct e2e__page *suite, struct e2e__end *end)
{
	struct e2e__case *c;
	const char *why =
		e2e_printf("not run: terminated by %s", e2e__clock_signal_name(end->quit));
	int turn, turns = e2e__run_turns(), n = 0, first = suite->points;

	for (c = e2e__state.cases; c; c = c->next)
		for (turn = 0; turn < turns && c->chosen; turn++, n++)
			if (n == first)
				e2e__run_suite_point(c->name, suite, end);
			else if (n > first)
				e2e__run_skip_case(c, why);
	if (n <= first)
		e2e__run_suite_point("suite tear-down", suite, end);
}

/* The runner died: what its cases' points would have been, or the suite's tear-down. */
E2E__FN void e2e__run_runner_died(struct e2e__page *suite, struct e2e__end *end)
{
	struct e2e__case *c;
	const char *why, *file = NULL;
	int turn, turns = e2e__run_turns(), line = 0;

	if (suite->suite == 2) {
		e2e__run_suite_point("suite set-up", suite, end);
		why = e2e_printf("the suite's set-up failed: %s",
			e2e__verdict_cause(suite, end, &file, &line).message);
		for (c = e2e__state.cases; c; c = c->next)
			for (turn = 0; turn < turns && c->chosen; turn++)
				e2e__run_skip_case(c, why);
	} else if (suite->suite == 3) {
		e2e__run_suite_point("suite tear-down", suite, end);
	} else if (e2e__clock_terminates(end->quit)) {
		e2e__run_fail_rest(suite, end);
	} else {
		why = e2e__verdict_cause(suite, end, &file, &line).message;
		e2e__verdict_say_bail_out(e2e_printf(
			"the suite's process is gone: %s", why ? why : "without a reason"));
	}
}

/* The suite's folder is kept and named if something failed. */
E2E__FN void e2e__run_leave_suite_folder(struct e2e__page *suite)
{
	E2E__BUF(b, 1200);

	if (!suite->folder[0])
		return;
	if (!e2e__state.failed && !e2e__state.bailed && !e2e__state.opt[E2E__KEEP]) {
		e2e__file_remove_tree(suite->folder);
		return;
	}
	e2e__buf_addf(&b, "# kept: %s\n", suite->folder);
	e2e__output_emit_buf(&b);
}

/* With suite fixtures: a runner of its own, so that they can't bring down who reports. */
E2E__FN void e2e__run_watch_runner(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *suite = e2e__page_new();
	struct e2e__end end;
	pid_t pid;

	e2e__page_reset(suite, false);
	suite->depth = 1;
	suite->runner = 1;
	suite->phase = E2E__BODY;
	pid = e2e__watch_fork(suite);
	if (pid == 0) {
		st->up = suite;
		e2e__watch_catch_signals();
		e2e__run_all(suite);
		e2e__output_flush();
		e2e__run_last_things();
		suite->phase = E2E__DONE;
		_exit(0);
	}

	e2e__watch_wait_for(suite, pid, &end, "", 0, 0);
	e2e__watch_sweep(suite, pid, &end);
	st->points = suite->points;
	st->failed = suite->failed;
	st->bailed = suite->bailed != 0;
	e2e__verdict_count_pairs(suite);
	if (suite->phase != E2E__DONE)
		e2e__run_runner_died(suite, &end);
	else if (end.left[0] || suite->late || WEXITSTATUS(end.status) != suite->status)
		e2e__run_suite_point("suite tear-down", suite, &end);
	e2e__run_leave_suite_folder(suite);
	if (!st->bailed)
		e2e__run_plan_line(st->points);
}
