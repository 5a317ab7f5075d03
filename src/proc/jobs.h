#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "keeper.h"
#include "logs.h"
#include "waits.h"
#include "spawn.h"
#include "ends.h"

/* @manual Jobs and daemons
 *	e2e_proc *job = e2e_spawn("rsync", "-a", from, to);
 *	e2e_ends(job, 0);                      may end when it likes, with 0
 *	... other operations ...
 *	e2e_wait(job, 0);                      if its end matters here; else the case's end waits
 *	A process that was told to e2e_ends is no surprise when it ends: jobs in any order, a server
 *	that stops when its last client has left. Its output and p->status are there after a wait.
 *	e2e_run("nginx", "-c", conf);          a daemon: the command ends, the server doesn't
 *	e2e_proc *nginx = e2e_adopt(pid_file);
 *	e2e_kill(nginx);
 *	An adopted daemon is a process of the case like any other: its death fails the case, and it
 *	has to be ended. Only what the test has started can be adopted (Linux; elsewhere the file is
 *	believed): a pid file that somebody else has left there is told.
 */

/* @interface */

/* e2e_ends(p, status): from now on p may end at any time, with this status (exit code or
 * E2E_SIG(n)). Another one fails the case (wrong-exit), when it is seen by an operation. The case's
 * end waits for p, as long as e2e_proc_timeout says (timeout). */
#define e2e_ends(p, status) e2e__job_ends(E2E__AT, p, status)
/* Sends a signal to p and to all of its process group. Ends the case if p has exited, or if it
 * can't be sent. */
#define e2e_signal_group(p, signo) e2e__job_signal_group(E2E__AT, p, signo)
/* The daemon whose number stands in this file, as a process of the case. Waits for the file
 * (e2e_proc_timeout). Never NULL: ends the case if no number comes, if no process has it, or if
 * that isn't one that this test has started (not-ready). Where its exit status can't be known,
 * e2e_kill, e2e_stop and e2e_wait are content with its end. Valid until the case's end. */
#define e2e_adopt(pid_file) e2e__job_adopt(E2E__AT, pid_file)

E2E__FN void e2e__job_ends(const char *file, int line, e2e_proc *p, int status);
E2E__FN void e2e__job_signal_group(const char *file, int line, e2e_proc *p, int signo);
E2E__FN e2e_proc *e2e__job_adopt(const char *file, int line, const char *pid_file);

/* @implementation */

E2E__FN void e2e__job_ends(const char *file, int line, e2e_proc *pub, int status)
{
	e2e__wait_op_begin(file, line);
	struct e2e__process *p = e2e__end_mine(pub, "e2e_ends");
	p->may_end = true;
	p->ends_with = status;
	/* the keeper doesn't tell of its end any more: it may come */
	e2e__keeper_slot_set(p->slot, E2E__GROUP_ONLY);
	/* others that have ended may be declared next: nobody is judged here */
	e2e__wait_op_end();
}

E2E__FN void e2e__job_signal_group(const char *file, int line, e2e_proc *pub, int signo)
{
	e2e__wait_op_begin(file, line);
	bool of_suite = pub && pub->own->suite && !pub->own->exited; /* anybody may */
	struct e2e__process *p = of_suite ? pub->own : e2e__end_mine(pub, "e2e_signal_group");
	if (p->exited)
		e2e__wait_unexpected(p);
	p->sent = signo;
	e2e__told_signal(p, signo, "e2e_signal_group");
	if (kill(-p->pub.pid, signo))
		e2e__end_signal_it(p, signo, "e2e_signal_group"); /* it leads no group */
	e2e__wait_op_end();
}

/* The case's end: waits for those that may end, and collects those that did as they were allowed
 * to. */
E2E__FN void e2e__jobs_settle(void)
{
	double until = e2e__system_wait_until(e2e__system_patience(-1));
	const struct e2e__process *left;

	do {
		left = NULL;
		e2e__wait_look();
		for (const struct e2e__process *p = e2e__proc.list; p; p = p->next)
			if (p->may_end && p->pub.running && !p->exited && !p->suite &&
				p->owner == getpid())
				left = p;
		if (left) {
			e2e__wait_waiting("the end of %.120s (pid %ld)", left->pub.command,
				(long)left->pub.pid);
			e2e__wait_doze(until);
		}
	} while (left && e2e_now() < until);

	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->pub.running && p->exited && e2e__wait_allowed(p) && !p->suite &&
			p->owner == getpid())
			e2e__end_reap(p);
}

/* Does this process descend from the test? What detached itself is a child of the process that
 * watches the case. */
E2E__FN bool e2e__job_is_ours(pid_t pid)
{
	struct e2e__stat st;

	if (!e2e__keeper_knows_processes())
		return true;
	for (int i = 0; i < 100 && pid > 1; i++) {
		if (pid == getpid() || (!e2e__proc.service && pid == e2e__proc.runner))
			return true;
		if (!e2e__system_stat_read(pid, &st))
			return false;
		pid = st.parent;
	}
	return false;
}

/* The number in a pid file, or 0. */
E2E__FN pid_t e2e__job_pid_read(const char *path)
{
	const char *text = e2e__file_read(path, NULL);
	char *end = NULL;
	long pid = text ? strtol(text, &end, 10) : 0;

	/* half a number is none: a line feed or the end follows a whole one */
	bool whole = end && strchr(" \t\r\n", *end); /* or the end of the text */
	return pid > 0 && pid <= INT_MAX && whole ? (pid_t)pid : 0;
}

/* Why nobody can be adopted whose number should stand there. */
E2E__FN const char *e2e__job_why_not(const char *pid_file, pid_t pid, double limit)
{
	const char *text = e2e__file_read(pid_file, NULL);

	if (!text)
		return e2e_printf(
			"%s can't be read after %g s: %s", pid_file, limit, strerror(errno));
	if (!text[strspn(text, " \t\r\n")])
		return e2e_printf("%s is still empty after %g s", pid_file, limit);
	if (!pid)
		return e2e_printf("%s holds \"%.*s\" after %g s, no process's number", pid_file,
			(int)strcspn(text, "\r\n"), text, limit);
	if (kill(pid, 0) == 0 || errno == EPERM)
		return e2e_printf("pid %ld in %s is no process of this test", (long)pid, pid_file);
	return e2e_printf("pid %ld in %s: there is no such process", (long)pid, pid_file);
}

E2E__FN e2e_proc *e2e__job_adopt(const char *file, int line, const char *pid_file)
{
	double limit = e2e__system_patience(-1), until = e2e__system_wait_until(limit);
	const char *what = e2e_printf("adopt %s", pid_file);
	pid_t pid;

	e2e__wait_op_begin(file, line);
	e2e__spawn_ready();
	e2e__wait_waiting("a process's number in %.150s", pid_file);
	while (!(pid = e2e__job_pid_read(pid_file)) || kill(pid, 0) || !e2e__job_is_ours(pid)) {
		e2e__wait_look();
		e2e__wait_check_exits();
		if (e2e_now() < until) {
			double look_again = e2e_now() + 0.01;
			e2e__wait_doze(look_again < until ? look_again : until);
			continue;
		}
		e2e__system_die_of(file, line, what, "not-ready",
			e2e__job_why_not(pid_file, pid, limit),
			!pid ? "does the daemon write it there? see its log"
			     : "the file may be an old one: remove it before the start");
	}

	struct e2e__stat st;
	e2e__system_stat_read(pid, &st);
	const char *slash = strrchr(pid_file, '/'), *base = slash ? slash + 1 : pid_file;
	const char *name = e2e_printf("%.*s", (int)strcspn(base, "."), base);
	struct e2e__process *p = e2e__spawn_process_new(file, line, *name ? name : "daemon",
		st.name[0] ? e2e_printf("%s", st.name) : name, false);
	p->adopted = true;
	close(e2e__spawn_log_open(p, p->out.path));
	close(e2e__spawn_log_open(p, p->err.path));
	sigset_t old;
	e2e__system_signals(SIG_BLOCK, &old);
	e2e__spawn_adopt(p, pid);
	e2e__system_signals(SIG_SETMASK, &old);
	e2e__told_spawn(p);
	e2e__wait_op_end();
	return &p->pub;
}
