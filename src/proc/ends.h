#pragma once
#include "base.h"
#include "state.h"
#include "doors.h"
#include "system.h"
#include "keeper.h"
#include "told.h"
#include "hints.h"
#include "waits.h"
#include "spawn.h"

/* @interface */

/* e2e_wait(p, status [, seconds]): a test point. Waits until p has exited and compares its status.
 * False if it is another one (wrong-exit) or the time is over (timeout; its process group is
 * ended). Ends the case if another process exits. Without a status it doesn't compile. */
#define e2e_wait(p, ...) E2E__WAIT(p, __VA_ARGS__, -1., 0)
/* e2e_wait_par(E2E_EXPECT(p, 0), E2E_EXPECT(q, E2E_SIG(SIGTERM))): a test point; waits for all of
 * them, in any order. */
#define e2e_wait_par(...) E2E__WAIT_PAR(__VA_ARGS__)
#define E2E_EXPECT(p, status) E2E__EXPECTATION(p, status)
/* e2e_wait_all(list, status): a test point; waits for all of a NULL-terminated list, as
 * e2e_spawn_par returns it. */
#define e2e_wait_all(list, status) e2e__end_wait_all(E2E__AT, list, status)
/* e2e_kill(p [, seconds]): a test point. SIGTERM, then waits; it must die of it, or exit with 0 or
 * with 143, as a shell or a JVM tells of SIGTERM. */
#define e2e_kill(...) E2E__KILL(__VA_ARGS__, -1., 0)
/* e2e_stop(p, status [, seconds]): a test point. SIGTERM, then waits for this status. */
#define e2e_stop(p, ...) E2E__STOP(p, __VA_ARGS__, -1., 0)
/* Sends a signal. Ends the case if p has exited, or if it can't be sent. */
#define e2e_signal(p, signo) e2e__end_signal(E2E__AT, p, signo)

struct e2e_expectation {
	e2e_proc *p;
	int status;
};

E2E__FN bool e2e__end_wait(const char *file, int line, e2e_proc *p, int status, double seconds);
E2E__FN bool e2e__end_wait_par(const char *file, int line, const struct e2e_expectation *list);
E2E__FN bool e2e__end_wait_all(const char *file, int line, e2e_proc *const *list, int status);
E2E__FN bool e2e__end_kill(const char *file, int line, e2e_proc *p, double seconds);
E2E__FN bool e2e__end_stop(const char *file, int line, e2e_proc *p, int status, double seconds);
E2E__FN void e2e__end_signal(const char *file, int line, e2e_proc *p, int signo);
/* Ends a process and its group (SIGTERM, 0.5 s, SIGKILL) and collects it, without a test point. */
E2E__FN void e2e__end_process(e2e_proc *p);

/* @implementation */

E2E__FN void e2e__end_stdin_close(struct e2e__process *p)
{
	if (p->pub.stdin_fd >= 0 && !p->pump) {
		close(p->pub.stdin_fd);
		p->pub.stdin_fd = -1;
	}
}

/* The terminal's last output: the pump ends once nobody has the terminal. */
E2E__FN void e2e__end_pump(struct e2e__process *p)
{
	if (!p->pump || p->owner != e2e__page_pid())
		return;
	int status = 0;
	if (!e2e__system_ended_within(p->pump, 1, &status)) { /* somebody else has the terminal */
		kill(p->pump, SIGKILL);
		waitpid(p->pump, NULL, 0);
	} else if (status) {
		p->pump_status =
			WIFSIGNALED(status) ? E2E_SIG(WTERMSIG(status)) : WEXITSTATUS(status);
	}
	e2e__hook_group_drop(p->pump);
	p->pump = 0;
}

/* A function of e2e_spawn_fn has ended. What it had started ended with it, if it didn't see to that
 * itself: so a failure. */
E2E__FN void e2e__end_function_left(const struct e2e__process *p)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;
	E2E__BUF(b, 256);

	for (int i = 0; shared && i < E2E__SLOTS; i++) {
		struct e2e__stat st;
		pid_t pid = e2e__page_unseal(shared->slot[i].pid);

		if (shared->slot[i].state == E2E__FREE || shared->slot[i].spawner != p->pub.pid ||
			pid <= 1)
			continue;
		bool left = shared->slot[i].state == E2E__WATCHED || e2e__system_group_lives(pid);
		if (left && !p->stopping)
			e2e__buf_addf(&b, "%s%s (pid %ld)", b.n ? ", " : "",
				e2e__system_stat_read(pid, &st) ? st.name : "a process", (long)pid);
		if (!e2e__keeper_knows_processes() || e2e__keeper_carries(pid, "environ", p->mark))
			kill(-pid, SIGKILL);
		e2e__keeper_slot_set(i, E2E__FREE);
	}

	if (b.n) {
		e2e__buf_add(&b, "", 1);
		e2e_failure failure = e2e__system_failure("leaked-process",
			e2e_printf("%s (pid %ld) has left processes behind: %s; they were ended",
				p->pub.command, (long)p->pub.pid, b.p),
			"a function of e2e_spawn_fn waits for what it has started, or ends it, before it ends");
		failure.got = b.p;
		e2e_report(p->file, p->line, false, p->pub.name, &failure);
	}

	e2e__buf_free(&b);
}

/* Has a log as many bytes as it may have? What was written then is lost, and a program may ignore
 * that. */
E2E__FN bool e2e__end_log_full(const struct e2e__process *p)
{
	struct stat out, err;
	off_t limit = (off_t)p->limit_mb << 20;

	return p->capped && p->exit_status != E2E_SIG(SIGXFSZ) &&
		((!stat(p->out.path, &out) && out.st_size >= limit) ||
			(p->err.path && !stat(p->err.path, &err) && err.st_size >= limit));
}

/* Takes the status of a process that has exited, and lets its number go. */
E2E__FN void e2e__end_reap(struct e2e__process *p)
{
	p->overfull = p->overfull || e2e__end_log_full(p);
	e2e__told_exit(p, p->stolen || p->overfull);

	/* the keeper must not take the number for this process any more */
	e2e__keeper_slot_set(p->slot, E2E__GROUP_ONLY);
	if (!p->stolen)
		while (waitpid(p->pub.pid, NULL, 0) < 0 && errno == EINTR)
			;
	p->pub.running = false;
	p->pub.status = p->exit_status;
	e2e__end_pump(p);
	if (p->is_function)
		e2e__end_function_left(p);
	if (p->pub.stdin_fd >= 0) {
		close(p->pub.stdin_fd);
		p->pub.stdin_fd = -1;
	}

	if (p->pidfd >= 0) {
		close(p->pidfd);
		p->pidfd = -1;
	}

	if (p->suite && !e2e__proc.service)
		e2e__hook_own_drop(p->pub.pid);
	if (e2e__system_group_lives(p->pub.pid))
		return; /* what it left behind is judged at the case's end */
	if (e2e__proc.service)
		e2e__service_group(0, p->pub.pid);
	else if (!p->suite)
		e2e__hook_group_drop(p->pub.pid);
	e2e__keeper_slot_set(p->slot, E2E__FREE);
	p->slot = -1;
}

/* To the group of a process; a daemon may lead none. */
E2E__FN void e2e__end_tell(const struct e2e__process *p, int signo)
{
	kill(-p->pub.pid, signo);
	if (p->adopted && !p->exited)
		kill(p->pub.pid, signo);
}

/* SIGTERM, half a second, SIGKILL, for the group; why: for the story. */
E2E__FN void e2e__end_group(struct e2e__process *p, const char *why)
{
	double until = e2e_now() + 0.5;

	p->stopping = true;
	e2e__told_signal(p, SIGTERM, why);
	e2e__end_tell(p, SIGTERM);
	e2e__end_tell(p, SIGCONT);
	while (!p->exited && e2e_now() < until) {
		poll(NULL, 0, 1);
		e2e__wait_look();
	}
	e2e__told_signal(p, SIGKILL, why);
	e2e__end_tell(p, SIGKILL);
	while (!p->exited) {
		e2e__wait_look();
		poll(NULL, 0, 1);
	}
}

E2E__FN void e2e__end_process(e2e_proc *pub)
{
	struct e2e__process *p = pub->own;

	if (!pub->running || p->owner != e2e__page_pid())
		return;
	p->anticipated = true;
	e2e__wait_look();
	if (!p->exited)
		e2e__end_group(p, "the end of the exchange");
	kill(-pub->pid, SIGKILL); /* before the number is given up */
	e2e__end_reap(p);
}

/* The process that an operation is about. Fails and ends the case where that can't be. */
E2E__FN struct e2e__process *e2e__end_mine(e2e_proc *pub, const char *what)
{
	if (pub && pub->running && pub->own->owner == e2e__page_pid())
		return pub->own;
	const char *wrong = !pub ? e2e_printf("%s was given NULL instead of a process", what)
		: !pub->running
		? e2e_printf("%s: %s has ended before (%s)", what, pub->command,
			  e2e__system_status_word(pub->status))
		: e2e_printf("%s: %s belongs to %s", what, pub->command,
			  pub->own->suite ? "the suite, not to this case" : "another process");
	const char *hint = !pub ? "keep what e2e_spawn returned"
		: pub->running  ? "end it where it was started: in E2E_SUITE_TEARDOWN"
		: strstr(what, "wait")
		? "each process is waited for once"
		: "do it before e2e_wait: afterwards its number may be another one's";
	e2e__system_die_of(e2e__proc.file, e2e__proc.line, what, "usage", wrong, hint);
}

/* What a wrong end means, for the hint. */
E2E__FN const char *e2e__end_why_ended(const struct e2e__process *p)
{
	if (p->overfull)
		return p->capped
			? e2e_printf(
				  "its log has reached %u MiB (.limit_mb): what came then is lost",
				  p->limit_mb)
			: e2e_printf("it was ended: its log grew beyond %u MiB (.limit_mb)",
				  p->limit_mb);
	if (p->stolen)
		return "its status is lost: the case's own code has waited for it, or ignores SIGCHLD";
	if (p->exit_status == E2E_SIG(SIGXFSZ))
		return e2e_printf("it wrote a file of more than %u MiB (.limit_mb)", p->limit_mb);
	if (p->exit_status == 127)
		return "127 is how a shell says that a command was not found";
	if (e2e__hint_sent(p))
		return e2e__hint_sent(p);
	if (p->exit_status == E2E_SIG(SIGKILL))
		return "somebody killed it: the system does so when memory runs out";
	return e2e__hint_end(p);
}

/* Is this how one ends that was told to? */
E2E__FN bool e2e__end_well_told(const struct e2e__process *p)
{
	return p->pub.status == 0 || p->pub.status == 128 + SIGTERM ||
		(p->may_end && p->pub.status == p->ends_with);
}

/* The test point of a wait: p has ended as wanted, or has not at all. */
E2E__FN bool e2e__end_judge(struct e2e__process *p, bool in_time, int want, bool or_zero,
	double waited, const char *verb)
{
	e2e_failure failure = e2e__system_failure(NULL, NULL, NULL);
	const char *file = e2e__proc.file;
	int line = e2e__proc.line;

	if (!in_time) {
		failure.code = "timeout";
		failure.message = e2e_printf(
			"%s (pid %ld) didn't end within %g s%s; its process group was ended",
			p->pub.command, (long)p->pub.pid, waited, verb);
		failure.got = "running";
		failure.hint = *verb ? "does it block or ignore SIGTERM? see its log"
				     : "see its log; e2e_wait(p, status, seconds) waits longer";
		e2e__end_group(p, *verb ? "the limit of e2e_kill" : "the limit of e2e_wait");
	}

	p->wants = want;
	e2e__end_reap(p);
	bool ok = in_time && !p->stolen && !p->overfull &&
		(p->pub.status == want || (or_zero && e2e__end_well_told(p)) ||
			(p->adopted && p->pub.status == E2E__STATUS_LOST));
	failure.want =
		e2e_printf("%s%s", e2e__system_status_word(want), or_zero ? " or exit code 0" : "");
	if (in_time && !ok) {
		failure.code = p->overfull ? "limit" : "wrong-exit";
		failure.got = p->stolen ? "gone" : e2e__system_status_word(p->pub.status);
		failure.message =
			e2e_printf(p->stolen ? "%s (pid %ld) is %s" : "%s (pid %ld) ended with %s",
				p->pub.command, (long)p->pub.pid, failure.got);
		failure.hint = e2e__end_why_ended(p);
	}

	if (!ok)
		failure.diff = e2e__wait_unshown(p);
	e2e__wait_op_end();
	return e2e_report(
		file, line, ok, e2e_printf("%s ends with %s", p->pub.name, failure.want), &failure);
}

E2E__FN bool e2e__end_wait(const char *file, int line, e2e_proc *pub, int status, double seconds)
{
	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__end_mine(pub, "e2e_wait");
	p->anticipated = true;
	e2e__end_stdin_close(p);
	double limit = e2e__system_patience(seconds);
	bool in_time = e2e__wait_await(limit);
	return e2e__end_judge(p, in_time, status, false, e2e__clock_scaled(limit), "");
}

/* Fails and ends the case: an operation was called in a way that makes no sense. */
E2E__FN void e2e__end_misused(const char *what, const char *message, const char *hint)
	__attribute__((noreturn));
E2E__FN void e2e__end_misused(const char *what, const char *message, const char *hint)
{
	e2e__system_die_of(e2e__proc.file, e2e__proc.line, what, "usage", message, hint);
}

E2E__FN bool e2e__end_expects_more(const struct e2e_expectation *e)
{
	return e->p || e->status != E2E__EXPECT_END;
}

E2E__FN bool e2e__end_wait_par(const char *file, int line, const struct e2e_expectation *list)
{
	bool ok = true;

	e2e__wait_op_begin(file, line);
	if (!e2e__end_expects_more(list))
		e2e__end_misused("e2e_wait_par", "there is no process to be waited for",
			"name some: E2E_EXPECT(p, 0), or a list that isn't empty");
	for (size_t i = 0; e2e__end_expects_more(&list[i]); i++) {
		struct e2e__process *p = e2e__end_mine(list[i].p, "e2e_wait_par");

		p->anticipated = true;
		e2e__end_stdin_close(p);
	}

	double limit = e2e__system_patience(-1);
	e2e__wait_await(limit);
	e2e_failure failure = e2e__system_failure(NULL, NULL, NULL);
	E2E__BUF(text, 512);
	size_t n = 0;
	for (; e2e__end_expects_more(&list[n]); n++) {
		struct e2e__process *p = list[n].p->own;
		bool ended = p->exited;

		p->wants = list[n].status;
		if (!ended)
			e2e__end_group(p, "the limit of e2e_wait_par");
		if (p->pub.running)
			e2e__end_reap(p);
		if (ended && p->pub.status == list[n].status && !p->overfull && !p->stolen)
			continue;
		const char *why = ended ? e2e__end_why_ended(p) : NULL;
		e2e__buf_addf(&text, "%s%s (pid %ld): %s, not %s%s%s", text.n ? "\n" : "",
			p->pub.command, (long)p->pub.pid,
			ended ? e2e__system_status_word(p->pub.status)
			      : e2e_printf("still running after %g s", e2e__clock_scaled(limit)),
			e2e__system_status_word(list[n].status), why ? "; " : "", why ? why : "");
		failure.code = ended && !failure.code ? "wrong-exit"
			: !ended                      ? "timeout"
						      : failure.code;
		ok = false;
	}

	e2e__buf_add(&text, "", 1);
	failure.message = text.p;
	e2e__wait_op_end();
	e2e_report(file, line, ok, e2e_printf("%zu processes end as expected", n), &failure);
	e2e__buf_free(&text);
	return ok;
}

E2E__FN bool e2e__end_wait_all(const char *file, int line, e2e_proc *const *list, int status)
{
	size_t n = 0;

	while (list[n])
		n++;
	struct e2e_expectation *all =
		(struct e2e_expectation *)e2e__memory_alloc((n + 1) * sizeof *all);
	for (size_t i = 0; i < n; i++) {
		all[i].p = list[i];
		all[i].status = status;
	}
	all[n].p = NULL;
	all[n].status = E2E__EXPECT_END;
	return e2e__end_wait_par(file, line, all);
}

E2E__FN void e2e__end_signal_it(struct e2e__process *p, int signo, const char *what);

/* SIGTERM to a process that must be running. */
E2E__FN struct e2e__process *e2e__end_terminate(e2e_proc *pub, const char *what)
{
	struct e2e__process *p = e2e__end_mine(pub, what);

	e2e__wait_check_exits();
	p->anticipated = p->stopping = true;
	e2e__end_signal_it(p, SIGTERM, what);
	kill(pub->pid, SIGCONT);
	return p;
}

E2E__FN bool e2e__end_kill(const char *file, int line, e2e_proc *pub, double seconds)
{
	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__end_terminate(pub, "e2e_kill");
	double limit = e2e__system_patience(seconds);
	return e2e__end_judge(p, e2e__wait_await(limit), E2E_SIG(SIGTERM), true,
		e2e__clock_scaled(limit), " after SIGTERM");
}

E2E__FN bool e2e__end_stop(const char *file, int line, e2e_proc *pub, int status, double seconds)
{
	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__end_terminate(pub, "e2e_stop");
	double limit = e2e__system_patience(seconds);
	return e2e__end_judge(p, e2e__wait_await(limit), status, false, e2e__clock_scaled(limit),
		" after SIGTERM");
}

/* A signal that can't be sent fails the case: what it was to show would be shown of nothing. */
E2E__FN void e2e__end_signal_it(struct e2e__process *p, int signo, const char *what)
{
	e2e__told_signal(p, signo, what);
	if (kill(p->pub.pid, signo) == 0)
		return;
	int error = errno;
	e2e__wait_die(p, "signal",
		e2e_printf("%s (pid %ld) can't be sent %s: %s", p->pub.command, (long)p->pub.pid,
			e2e__clock_signal_name(signo), strerror(error)),
		NULL, NULL,
		error == EPERM
			? "it belongs to another user: have it started by that one, or run the test as root"
			: error == EINVAL ? "there is no such signal"
					  : "it is gone");
}

E2E__FN void e2e__end_signal(const char *file, int line, e2e_proc *pub, int signo)
{
	e2e__wait_op_begin(file, line);
	bool of_suite = pub && pub->own->suite && !pub->own->exited; /* anybody may */
	struct e2e__process *p = of_suite ? pub->own : e2e__end_mine(pub, "e2e_signal");
	if (p->exited)
		e2e__wait_unexpected(p);
	p->sent = signo;
	e2e__end_signal_it(p, signo, "e2e_signal");
	e2e__wait_op_end();
}

/* Names who is left in a group: "sleep (pid 12), sh (pid 13)". NULL if nobody is. */
E2E__FN const char *e2e__end_group_members(pid_t group)
{
	E2E__BUF(b, 256);
	DIR *proc = opendir(E2E__PROC);

	if (!proc && e2e__system_group_lives(group))
		/* the system doesn't say which one */
		e2e__buf_addf(&b, "a process of group %ld", (long)group);
	for (struct dirent *e; proc && (e = readdir(proc));) {
		struct e2e__stat st;
		long pid = strtol(e->d_name, NULL, 10);

		if (pid > 0 && e2e__system_stat_read((pid_t)pid, &st) && st.group == group &&
			st.state != 'Z' && !st.exiting)
			e2e__buf_addf(&b, "%s%s (pid %ld)", b.n ? ", " : "", st.name, pid);
	}

	if (proc)
		closedir(proc);
	e2e__buf_add(&b, "", 1);
	const char *names = b.n > 1 ? e2e__memory_strdup(b.p) : NULL;
	e2e__buf_free(&b);
	return names;
}

/* Ends what is left, all at once: SIGTERM, half a second at most, SIGKILL. */
E2E__FN void e2e__end_all(bool suite)
{
	pid_t self = e2e__page_pid();
	const char *by = suite ? "the suite's end" : "the case's end";
	double until = e2e_now() + 0.5;
	bool left = true;

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->suite == suite && p->owner == self && (p->pub.running || p->slot >= 0)) {
			p->stopping = true;
			e2e__told_asked(p, SIGTERM, by);
			e2e__end_tell(p, p->helper ? SIGKILL : SIGTERM);
			e2e__end_tell(p, SIGCONT);
		}
	while (left && e2e_now() < until) {
		left = false;
		e2e__wait_look();
		for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
			left = left ||
				(p->suite == suite && p->owner == self && p->pub.running &&
					!p->exited);
		if (left)
			poll(NULL, 0, 1);
	}

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		if (p->suite != suite || p->owner != self || (!p->pub.running && p->slot < 0))
			continue;
		e2e__told_asked(p, SIGKILL, by);
		e2e__end_tell(p, SIGKILL);
		while (p->pub.running && !p->exited) {
			e2e__wait_look();
			poll(NULL, 0, p->exited ? 0 : 1);
		}
		if (p->pub.running)
			e2e__end_reap(p);
		e2e__keeper_slot_set(p->slot, E2E__FREE);
		p->slot = -1;
	}
}

/* Forgets the processes of the case (or of the suite): their memory goes. */
E2E__FN void e2e__end_forget(bool suite)
{
	struct e2e__process **at = &e2e__proc.list;

	while (*at) {
		if ((*at)->suite == suite)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}
