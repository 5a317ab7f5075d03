#pragma once
#include "state.h"
#include "system.h"
#include "keeper.h"
#include "logs.h"
#include "hints.h"
#include "waits.h"
#include "spawn.h"
#include "ends.h"
#include "match.h"
#include "ready.h"
#include "jobs.h"
#include "later.h"
#include "services.h"

/* @implementation */

E2E__FN void e2e__plan_exit(void)
{
	e2e__services_end();
	e2e__keeper_stop();
}

/* Names what a process that has ended left in its group, or NULL. They may be on their way out, or
 * dead. */
E2E__FN const char *e2e__plan_left_behind(const struct e2e__process *p)
{
	double until = e2e_now() + (e2e__keeper_knows_processes() ? 0.1 : 1);
	const char *names = NULL;

	while (e2e__system_group_lives(p->pub.pid) &&
		(names = e2e__end_group_members(p->pub.pid)) && e2e_now() < until)
		poll(NULL, 0, 2);
	return names && e2e__system_group_lives(p->pub.pid) ? names : NULL;
}

/* One failure for a process that the case should have dealt with. */
E2E__FN void e2e__plan_leftover(struct e2e__process *p)
{
	e2e_failure failure = e2e__system_failure(NULL, NULL, NULL);

	if (p->pump_status) {
		failure.code = "log";
		failure.message = e2e_printf(
			"the process that copies the terminal of %s (pid %ld) into %s has ended with %s",
			p->pub.command, (long)p->pub.pid, p->out.path,
			e2e__system_status_word(p->pump_status));
		failure.hint = "output is missing there: is the disk full?";
	} else if (p->helper) {
		failure.code = "unexpected-exit";
		failure.message = e2e__wait_helper_end(p);
		failure.hint = "its stderr, if it said something, is in the log";
	} else if (p->exited && p->pub.running && p->may_end && !p->overfull && !p->stolen) {
		failure.code = "wrong-exit";
		failure.message = e2e_printf("%s (pid %ld) ended with %s", p->pub.command,
			(long)p->pub.pid, e2e__system_status_word(p->exit_status));
		failure.got = e2e__system_status_word(p->exit_status);
		failure.want = e2e__system_status_word(p->ends_with);
		failure.hint = "see its log; e2e_ends says with which status it may end";
	} else if (p->pub.running && p->may_end) {
		failure.code = "timeout";
		failure.message = e2e_printf(
			"%s (pid %ld), which e2e_ends lets end, was still running when its time was over; it was ended",
			p->pub.command, (long)p->pub.pid);
		failure.got = "running";
		failure.want = e2e__system_status_word(p->ends_with);
		failure.hint = "does it wait for something? e2e_proc_timeout(seconds) waits longer";
	} else if (p->exited && p->pub.running) {
		e2e__told_exit(p, true);
		failure.code = p->overfull ? "limit" : "unexpected-exit";
		failure.message = e2e_printf("%s (pid %ld) has exited, and nobody waited for it",
			p->pub.command, (long)p->pub.pid);
		failure.got = e2e__system_status_word(p->exit_status);
		failure.hint = p->overfull ? e2e__end_why_ended(p)
			: e2e__hint_end(p)
			? e2e__hint_end(p)
			: "wait for it before the case ends, e2e_wait(p, status), or say e2e_ends(p, status)";
	} else if (p->pub.running) {
		failure.code = "still-running";
		failure.message =
			e2e_printf("%s (pid %ld) was still running at the case's end; it was ended",
				p->pub.command, (long)p->pub.pid);
		failure.hint = "end it with e2e_kill(p) or e2e_stop(p, status), or wait for it";
	} else {
		const char *names = e2e__plan_left_behind(p);

		if (!names)
			return;
		failure.code = "leaked-process";
		failure.message =
			e2e_printf("%s (pid %ld) has left processes behind: %s; they were ended",
				p->pub.command, (long)p->pub.pid, names);
		failure.got = names;
		failure.hint = e2e__hint_leaked(p);
	}

	failure.diff = e2e__wait_unshown(p);
	e2e_report(p->file, p->line, false, p->pub.name, &failure);
}

/* A process that detached itself is an orphan, whose end nobody waits for. Where the system keeps
 * the dead until the process above the case sees to them, a crash is known here, at the case's
 * end. */
E2E__FN void e2e__plan_orphans_judge(bool failed)
{
	const struct e2e__proc_shared *shared = e2e__proc.shared;
	pid_t above = getppid();
	bool ours = false; /* not a shell, with dead children of its own */

	for (int i = 0; shared && i < 4; i++)
		ours = ours || shared->watcher[i] == above;
	const char *path = e2e_printf(E2E__PROC "/%ld/task/%ld/children", (long)above, (long)above);
	char *text = ours && !e2e__hook_in_suite() && e2e__keeper_knows_processes()
		? e2e__file_read(path, NULL)
		: NULL,
	     *next;
	for (; text; text = next) {
		struct e2e__stat st;
		pid_t pid = (pid_t)strtol(text, &next, 10);

		if (next == text)
			break;
		if (!e2e__system_stat_read(pid, &st) || st.state != 'Z' || !WIFSIGNALED(st.ended) ||
			!e2e__system_crash(WTERMSIG(st.ended)))
			continue;
		e2e_failure failure = e2e__system_failure("unexpected-exit",
			e2e_printf("%s (pid %ld), which had detached itself, has died of %s",
				st.name, (long)pid, e2e__clock_signal_name(WTERMSIG(st.ended))),
			"somebody whom this case has started is its parent or grandparent; its own log may tell more");
		if (failed)
			e2e__hook_explain("crashed", failure.message);
		else
			e2e_report(
				e2e__state.current ? e2e__state.current->file : e2e__case_program(),
				e2e__state.current ? e2e__state.current->line : 0, false, st.name,
				&failure);
	}
}

/* Is there something to be said of this process at the case's end? Helpers end by themselves when
 * the case is over: with 0. */
E2E__FN bool e2e__plan_to_be_judged(const struct e2e__process *p)
{
	if (p->suite || p->owner != e2e__page_pid())
		return false;
	if (p->server && !p->exited && !p->pump_status)
		return false;
	if (p->helper)
		return p->pub.running && p->exited && p->exit_status != 0 && !p->stopping;
	return p->pub.running || p->slot >= 0 || p->pump_status;
}

/* What the suite's processes write from now on belongs into the failure of this case. */
E2E__FN void e2e__plan_show_log(const char *name, const char *stream, const char *path)
{
	struct stat st;

	if (path && !stat(path, &st))
		e2e__hook_evidence_from(
			e2e_printf("suite/%s.%s", name, stream), path, (long long)st.st_size);
}

E2E__FN void e2e__plan_show_suite(void)
{
	for (const struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->suite && p->pub.running) {
			e2e__plan_show_log(p->pub.name, "stdout", p->out.path);
			e2e__plan_show_log(p->pub.name, "stderr", p->err.path);
		}
}

E2E__FN void e2e__plan_case_begin(void)
{
	e2e__proc.stems = NULL;
	e2e__proc.timeout = 0;
	e2e__proc.shown = 0;
	e2e__wait_op_end();
	if (e2e__proc.shared) {
		e2e__proc.shared->dead = 0;
		e2e__proc.shared->test = e2e__page_seal(getpid());
	}

	e2e__plan_show_suite();
	e2e__services_case_begin();
}

E2E__FN void e2e__plan_case_end(bool failed)
{
	int shown = 0;

	e2e__wait_op_begin(NULL, 0);
	e2e__service_give_up();
	if (!failed)
		e2e__jobs_settle();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		if (!e2e__plan_to_be_judged(p))
			continue;
		if (!failed && shown++ < 10)
			e2e__plan_leftover(p);
		else if (p->helper) /* then the failure may well come from this */
			e2e__hook_explain(p->pub.name, e2e__wait_helper_end(p));
	}

	e2e__plan_orphans_judge(failed);
	e2e__end_all(false);
	for (struct e2e__process *p = failed ? e2e__proc.list : NULL; p; p = p->next)
		e2e__ready_late(p);
	e2e__end_forget(false);
	e2e__later_ports_end();
	e2e__wait_op_end();
	e2e__proc.stems = NULL;
	if (e2e__proc.shared)
		e2e__proc.shared->test = 0;
	e2e__proc.handler = false;
	signal(SIGURG, SIG_DFL);
}

/* While e2e_eventually and the like wait. A condition may depend on what a process said before it
 * exited: it is looked at once more after the exit was seen. */
E2E__FN void e2e__plan_idle(void)
{
	if (!e2e__proc.list || e2e__proc.file || !e2e__exit_in_case())
		return;
	e2e__wait_check_logs();
	e2e__wait_look();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->exited && p->pub.running && !p->suite && p->owner == e2e__page_pid() &&
			!e2e__wait_allowed(p) && ++p->looks > 2)
			e2e__wait_unexpected(p);
}

/* In the runner: has a process of the suite died? */
E2E__FN const char *e2e__plan_watch(void)
{
	pid_t self = e2e__page_pid();

	e2e__wait_look();
	e2e__wait_check_logs();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		if (!p->suite || p->owner != self || !p->exited || !p->pub.running || p->stopping ||
			e2e__wait_allowed(p))
			continue;
		const char *err = e2e__log_end(&p->err), *out = e2e__log_end(&p->out);
		return e2e_printf("%s (pid %ld) of the suite has exited: %s; its log %s says: %s",
			p->pub.command, (long)p->pub.pid,
			p->stolen ? "status unknown" : e2e__system_status_word(p->exit_status),
			err ? p->err.path : p->out.path,
			err           ? err
				: out ? out
				      : "(nothing)");
	}

	const char *keeper = e2e__keeper_died();
	return keeper ? keeper : e2e__services_watch();
}

E2E__FN void e2e__plan_suite_end(void)
{
	e2e__wait_op_begin(NULL, 0);
	e2e__service_give_up();
	e2e__end_all(true);
	e2e__end_forget(true);
	e2e__wait_op_end();
	e2e__services_end();
	e2e__keeper_stop();
}

/* Before a fork: whoever watches a case is known to it. */
E2E__FN void e2e__plan_flush(void)
{
	e2e__keeper_start();
	struct e2e__proc_shared *shared = e2e__proc.shared;
	if (!shared)
		return;
	for (int i = 0; i < E2E__SLOTS; i++)
		/* of a case that has crashed: its processes are gone */
		if (shared->slot[i].state != E2E__FREE && !shared->slot[i].suite)
			e2e__keeper_slot_set(i, E2E__FREE);
	for (int i = 0; i < 4; i++) {
		if (shared->watcher[i] == getpid())
			return;
		if (!shared->watcher[i]) {
			shared->watcher[i] = getpid();
			return;
		}
	}
}

/* The case has died, and this process of its was collected by the runner: nobody else can tell of
 * its end. The system kills what the case has spawned when it dies. */
E2E__FN void e2e__plan_collected(struct e2e__page *pg, pid_t pid, int status)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;
	bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	char lane[sizeof shared->slot[0].name], text[200];

	for (int i = 0; shared && i < shared->slots && i < E2E__SLOTS; i++) {
		if (shared->slot[i].state == E2E__FREE || shared->slot[i].suite ||
			!shared->slot[i].spawner || e2e__page_unseal(shared->slot[i].pid) != pid)
			continue;
		snprintf(lane, sizeof lane, "%.*s", (int)sizeof lane - 1,
			(const char *)shared->slot[i].name);
		snprintf(text, sizeof text, "ended: %.60s (pid %ld)%s",
			e2e__system_status_word(WIFSIGNALED(status) ? E2E_SIG(WTERMSIG(status))
								    : WEXITSTATUS(status)),
			(long)pid, killed ? " by the case's death" : "");
		if (lane[0])
			e2e__story_put(pg, e2e__clock_ns(), lane, "exit", status && !killed, text,
				strlen(text));
		return;
	}
}

__attribute__((constructor, unused)) static void e2e__plan_register(void)
{
	const char *run_dir = getenv("E2E_RUN_DIR");

	if (run_dir) {
		/* a relative one would lead elsewhere after chdir() */
		char *full = *run_dir && *run_dir != '/' ? realpath(run_dir, NULL) : NULL;

		e2e__proc.given_run_dir = full ? full : strdup(run_dir);
		unsetenv("E2E_RUN_DIR");
	}
	e2e__proc.hooks.flush = e2e__plan_flush;
	e2e__proc.hooks.case_begin = e2e__plan_case_begin;
	e2e__proc.hooks.case_end = e2e__plan_case_end;
	e2e__proc.hooks.idle = e2e__plan_idle;
	e2e__proc.hooks.failing = e2e__wait_failing;
	e2e__proc.hooks.watch = e2e__plan_watch;
	e2e__proc.hooks.collected = e2e__plan_collected;
	e2e__proc.hooks.suite_end = e2e__plan_suite_end;
	e2e__proc.hooks.folders = e2e__spawn_folders;
	e2e__hook(&e2e__proc.hooks);
}
