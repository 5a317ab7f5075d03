#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "logs.h"
#include "told.h"
#include "hints.h"

/* @interface */

/* Seconds that the operations of this case wait where they aren't told; default 20. In
 * E2E_SUITE_SETUP: of all cases. */
E2E__FN void e2e_proc_timeout(double seconds);
/* Has it exited by now? Anticipates nothing and collects nothing. */
E2E__FN bool e2e_exited(const e2e_proc *p);

/* @implementation */

E2E__FN void e2e__wait_waiting(const char *fmt, ...) E2E__PRINTF(1, 2);

E2E__FN void e2e_proc_timeout(double seconds)
{
	if (e2e__hook_in_suite())
		e2e__proc.suite_timeout = seconds;
	else
		e2e__proc.timeout = seconds;
}

E2E__FN void e2e__wait_op_end(void)
{
	if (e2e__proc.file)
		e2e__wait_waiting(NULL);
	e2e__proc.file = NULL;
	if (e2e__proc.shared)
		e2e__proc.shared->busy = 0;
}

/* Fails and ends the case: something of the network can't be had. */
E2E__FN void e2e__wait_net_die(
	const char *file, int line, const char *what, const char *message, const char *hint)
{
	e2e__system_die_of(file, line, what, "network", message, hint);
}

E2E__FN void e2e__wait_exit_noted(struct e2e__process *p, int code, int value)
{
	p->exited = true;
	if (p->told)
		e2e__told_look(p); /* its last words come before its end */
	p->exited_at = e2e__clock_ns();
	p->exit_status = code == CLD_EXITED ? value : E2E_SIG(value);
}

/* Has a process that is not our child ended? */
E2E__FN bool e2e__wait_foreign_exited(const struct e2e__process *p)
{
	struct pollfd poll_one;

	poll_one.fd = p->pidfd;
	poll_one.events = POLLIN;
	if (p->pidfd >= 0)
		return poll(&poll_one, 1, 0) > 0;
	return kill(p->pub.pid, 0) != 0 && errno == ESRCH;
}

/* A daemon is no child of the case. As long as nobody has cleared it away, its status can be
 * read. */
E2E__FN void e2e__wait_adopted_look(struct e2e__process *p)
{
	struct e2e__stat st;
	bool known = e2e__system_stat_read(p->pub.pid, &st);

	if (!(known && st.state == 'Z') && !e2e__wait_foreign_exited(p))
		return;
	known = e2e__system_stat_read(p->pub.pid, &st) && st.state == 'Z';
	p->exited = true;
	p->exit_status = !known         ? (int)E2E__STATUS_LOST
		: WIFSIGNALED(st.ended) ? E2E_SIG(WTERMSIG(st.ended))
					: WEXITSTATUS(st.ended);
}

/* Notes who has exited, without collecting: a zombie keeps its number. */
E2E__FN void e2e__wait_look(void)
{
	pid_t self = e2e__page_pid();

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		siginfo_t info;

		if (p->exited)
			continue;
		if (p->adopted && p->owner == self) {
			e2e__wait_adopted_look(p);
			continue;
		}
		if (p->owner != self) {
			p->exited = e2e__wait_foreign_exited(p);
			continue;
		}
		memset(&info, 0, sizeof info);
		if (waitid(P_PID, (id_t)p->pub.pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
			if (info.si_pid)
				e2e__wait_exit_noted(p, info.si_code, info.si_status);
		} else if (errno == ECHILD) {
			p->exited = p->stolen = true;
			p->exit_status = E2E__STATUS_LOST;
		}
	}
}

/* What a failure shows of a process whose logs e2e.h doesn't show. */
E2E__FN const char *e2e__wait_unshown(const struct e2e__process *p)
{
	const char *err = p->unshown ? e2e__log_end(&p->err) : NULL,
		   *out = p->unshown ? e2e__log_end(&p->out) : NULL;

	if (!err && !out)
		return NULL;
	e2e__log_case_folder(p->file, p->line); /* the path shall be the one that stays */
	return e2e_printf("%s says:\n%s", err ? p->err.path : p->out.path, err ? err : out);
}

/* Fails and ends the case because of p. The logs are shown by e2e.h as evidence. */
E2E__FN void e2e__wait_die(const struct e2e__process *p, const char *code, const char *message,
	const char *got, const char *want, const char *hint)
{
	e2e_failure failure = e2e__system_failure(code, message, hint);

	failure.got = got;
	failure.want = want;
	failure.diff = e2e__wait_unshown(p);
	bool busy = e2e__proc.file != NULL;
	e2e__exit_die(busy ? e2e__proc.file : p->file, busy ? e2e__proc.line : p->line,
		e2e_printf("%s does as it is told", p->pub.name), &failure);
}

/* What a helper's end means. In order it ends with 0, when the case is over. */
E2E__FN const char *e2e__wait_helper_end(const struct e2e__process *p)
{
	static const struct {
		enum e2e__helper_end status;
		const char *what;
	} known[] = {{E2E__HELPER_NO_MEMORY, ": it was out of memory"},
		{E2E__HELPER_CANT_WAIT, ": it couldn't wait for connections"},
		{E2E__HELPER_NO_FOLDER, ": it couldn't begin"},
		{E2E__HELPER_NO_DESCRIPTORS, ": it had no descriptors"}};
	const char *what = "";

	if (p->trouble && *p->trouble)
		return e2e_printf(
			"%s (%s was started at %s:%d)", p->trouble, p->pub.name, p->file, p->line);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (p->exit_status == (int)known[i].status)
			what = known[i].what;
	return e2e_printf(
		"%s (pid %ld, started at %s:%d), a process of the toolkit, has ended with %s%s",
		p->pub.name, (long)p->pub.pid, p->file, p->line,
		p->stolen ? "an unknown status" : e2e__system_status_word(p->exit_status), what);
}

/* Has it exited as e2e_ends allows it? */
E2E__FN bool e2e__wait_allowed(const struct e2e__process *p)
{
	return p->may_end && !p->stolen && !p->overfull &&
		(p->exit_status == p->ends_with ||
			(p->adopted && p->exit_status == E2E__STATUS_LOST));
}

/* A test point fails: has a process of the case ended meanwhile, and nobody was to know? */
E2E__FN const char *e2e__wait_failing(void)
{
	const char *all = NULL;

	if (e2e__proc.service)
		return NULL;
	e2e__wait_look();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		if (!p->told || !p->exited || !p->pub.running || p->owner != e2e__page_pid() ||
			e2e__wait_allowed(p))
			continue;
		all = e2e_printf("%s%s%s (pid %ld) has ended meanwhile: %s", all ? all : "",
			all ? ", " : "", p->pub.name, (long)p->pub.pid,
			p->stolen ? "with an unknown status"
				  : e2e__system_status_word(p->exit_status));
		e2e__told_exit(p, true);
	}
	return all;
}

E2E__FN void e2e__wait_unexpected(struct e2e__process *p)
{
	e2e__told_exit(p, true);
	if (p->may_end && !p->stolen && !p->overfull)
		e2e__wait_die(p, "wrong-exit",
			e2e_printf("%s (pid %ld, started at %s:%d) ended with %s", p->pub.command,
				(long)p->pub.pid, p->file, p->line,
				e2e__system_status_word(p->exit_status)),
			e2e__system_status_word(p->exit_status),
			e2e__system_status_word(p->ends_with),
			"see its log; e2e_ends says with which status it may end");
	if (p->helper)
		e2e__wait_die(p, "unexpected-exit", e2e__wait_helper_end(p),
			p->stolen ? "gone" : e2e__system_status_word(p->exit_status),
			e2e_printf("%s running", p->pub.name),
			"its stderr, if it said something, is in the log");
	if (p->overfull)
		e2e__wait_die(p, "limit",
			e2e_printf(p->capped
					? "%s (pid %ld): its log has reached %u MiB, what came then is lost"
					: "%s (pid %ld) was ended: its log grew beyond %u MiB",
				p->pub.command, (long)p->pub.pid, p->limit_mb),
			NULL, NULL,
			"make it write less, or allow more with .limit_mb; the log is in the folder");
	const char *why = e2e__hint_sent(p)
		? e2e_printf("%s: then e2e_wait(p, E2E_SIG(%s)) must be the next operation",
			  e2e__hint_sent(p), e2e__clock_signal_name(p->sent))
		: e2e__hint_end(p);
	const char *how = p->stolen ? "gone" : e2e__system_status_word(p->exit_status);
	e2e__wait_die(p, "unexpected-exit",
		e2e_printf("%s (pid %ld, started at %s:%d) has exited, and nobody waited for it",
			p->pub.command, (long)p->pub.pid, p->file, p->line),
		how, e2e_printf("%s running", p->pub.name),
		p->stolen
			? "the case's own code has waited for it, or ignores SIGCHLD: leave that to e2e_wait"
			: why
			? why
			: e2e_printf(
				  "%s; if it is meant to end, e2e_wait must be the next operation, or name it in"
				  " e2e_wait_par; if it may end at any time, e2e_ends(p, status)",
				  e2e__hint_log(p)));
}

/* Fails the case if somebody has exited whom the operation under way doesn't wait for. */
E2E__FN void e2e__wait_check_exits(void)
{
	pid_t self = e2e__page_pid();

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->exited && p->pub.running && !p->anticipated && !p->suite &&
			p->owner == self && !e2e__wait_allowed(p))
			e2e__wait_unexpected(p);
}

/* Ends who writes endless logs. Looks a few times a second at most. */
E2E__FN void e2e__wait_check_logs(void)
{
	double now = e2e_now();

	if (now < e2e__proc.checked_logs + 0.1)
		return;
	e2e__proc.checked_logs = now;
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		struct stat out, err;

		if (p->exited || !p->pub.running || p->owner != e2e__page_pid() || p->overfull)
			continue;
		off_t limit = (off_t)p->limit_mb << 20;
		if ((!stat(p->out.path, &out) && out.st_size > limit) ||
			(p->err.path && !stat(p->err.path, &err) && err.st_size > limit)) {
			p->overfull = true;
			kill(-p->pub.pid, SIGKILL);
			if (truncate(out.st_size > limit ? p->out.path : p->err.path, 1 << 20)) {
				/* then the disk stays full */
			}
		}
	}
}

/* Sleeps until a process of ours ends, or a moment. */
E2E__FN void e2e__wait_doze(double until)
{
	size_t n = 0, count = 0;
	bool all = true;

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		count++;
	if (count > e2e__proc.npolls) {
		struct pollfd *more =
			(struct pollfd *)realloc(e2e__proc.polls, (count + 32) * sizeof *more);

		if (!more)
			e2e_bail_out("out of memory");
		e2e__proc.polls = more;
		e2e__proc.npolls = count + 32;
	}

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		if (p->exited || !p->pub.running)
			continue;
		all = all && p->pidfd >= 0;
		e2e__proc.polls[n].fd = p->pidfd;
		e2e__proc.polls[n++].events = POLLIN;
	}

	double left = until - e2e_now();
	if (left > 0 && all)
		poll(e2e__proc.polls, (nfds_t)n, left > 0.01 ? 10 : (int)(left * 1000) + 1);
	else if (left > 0)
		e2e__limit_pause(left > 0.002 ? 0.002 : left);
	e2e__wait_check_logs();
	e2e__limit_pause(0);
}

/* Every public operation begins and ends with these. The place is shown in failures. */
E2E__FN void e2e__wait_op_begin(const char *file, int line)
{
	e2e__proc.file = file;
	e2e__proc.line = line;
	if (e2e__proc.shared)
		e2e__proc.shared->busy = 1;
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		p->anticipated = false;
	e2e__wait_look();
}

/* Says what the case waits for from now on, for the report of a limit that ends the wait; NULL: for
 * nothing. What a service's keeper waits for while it starts, the case waits for, too. */
E2E__FN void e2e__wait_waiting(const char *fmt, ...)
{
	char text[200] = "";
	size_t n = 0;
	va_list args;

	if (!e2e__proc.service && !e2e__exit_in_case())
		return;
	if (e2e__proc.service)
		n = (size_t)snprintf(text, sizeof text, "service %.63s to start%s",
			e2e__proc.service->name, fmt ? ": " : "");

	if (fmt) {
		va_start(args, fmt);
		vsnprintf(text + n, sizeof text - n, fmt, args);
		va_end(args);
	}

	e2e__hook_doing(*text ? text : NULL);
}

/* Waits until all anticipated ones have exited; false if the time is over. */
E2E__FN bool e2e__wait_await(double seconds)
{
	double until = e2e__system_wait_until(seconds);

	for (size_t told = 0;;) {
		size_t left = 0;
		const struct e2e__process *one = NULL;

		e2e__wait_look();
		e2e__wait_check_exits();
		for (const struct e2e__process *p = e2e__proc.list; p; p = p->next)
			if (p->anticipated && !p->exited) {
				left++;
				one = p;
			}
		if (!left)
			return true;
		if (left != told)
			e2e__wait_waiting("the end of %.120s (pid %ld)%s%s", one->pub.command,
				(long)one->pub.pid, one->stopping ? " after SIGTERM" : "",
				left < 2            ? ""
					: left == 2 ? " and another one"
						    : e2e_printf(" and %zu others", left - 1));
		told = left;
		if (e2e_now() >= until)
			return false;
		e2e__wait_doze(until);
	}
}

E2E__FN bool e2e_exited(const e2e_proc *p)
{
	e2e__wait_look();
	return !p->running || p->own->exited;
}
