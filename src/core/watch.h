#pragma once
#include "base.h"
#include "state.h"
#include "case.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "files.h"
#include "page.h"
#include "exits.h"
#include "hooks.h"
#include "limit.h"
#include "output.h"
#include "heard.h"
#include "lines.h"

/* @implementation */

/* How a watched process ended. */
struct e2e__end {
	int status;  /* as waitpid gives it */
	int stopped; /* the signal that stopped it, 0 */
	int quit;    /* the signal that ends this program, 0 */
	bool hard;   /* had to be killed: the limit below was over */
	bool tty;    /* ... because it wanted the terminal */
	struct e2e__limit limit;
	const char *bail;      /* a service died */
	int64_t began, died;   /* died 0: it has no process of its own */
	int64_t latest;        /* 0, or when the child is ended whatever its page says */
	struct e2e__limit own; /* what is said then */
	int64_t late; /* since when a limit is known to be over in a process that the case forked */
	char left[512]; /* processes left behind, by name */
};

/* A case runs in this process: nobody else would look at the flag. Its own handler of SIGALRM
 * leaves it; if that can't, who asks again after 3 seconds gets what he wants. */
E2E__FN void e2e__watch_stop_direct(struct e2e__page *pg, int sig)
{
	struct itimerval soon = {{0, 10000}, {0, 1}};
	int64_t now = e2e__clock_ns();

	if (!pg->stop)
		pg->stopped_at = now;
	if (!e2e__clock_terminates(sig) || (pg->stop && now - pg->stopped_at > 3000000000)) {
		signal(sig, SIG_DFL);
		raise(sig);
		return;
	}
	pg->stop = sig;
	e2e__state.timed = 1;
	if (!pg->heeded)
		e2e__limit_start_timer(&soon);
}

E2E__FN void e2e__watch_on_signal(int sig)
{
	struct e2e__page *pg = e2e__state.page;

	if (sig == SIGCHLD)
		return;
	if (!e2e__state.quit || sig == SIGINT)
		e2e__state.quit = sig;
	if (pg && pg->direct && pg->pid == getpid())
		e2e__watch_stop_direct(pg, sig);
}

/* To the groups that the case has recorded. */
E2E__FN void e2e__watch_signal_recorded(const struct e2e__page *pg, int sig)
{
	int i;

	for (i = 0; i < E2E__GROUPS; i++) {
		pid_t group = e2e__page_unseal(pg->group[i]);

		if (group)
			kill(-group, sig);
	}
}

/* All that a watched child has; a runner passes it on itself. */
E2E__FN void e2e__watch_signal_child(const struct e2e__page *pg, pid_t pid, int sig)
{
	kill(pg->runner ? pid : -pid, sig);
	if (!pg->runner)
		e2e__watch_signal_recorded(pg, sig);
}

/* Ctrl-Z reaches this process, but not the groups of its cases. They stop with it and go on with
 * it, and the time between is nobody's. */
E2E__FN void e2e__watch_on_stop(int sig)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__page *pg = st->watched_page;
	int64_t began = e2e__clock_raw(), slept;
	pid_t pid = st->watched;
	int saved = errno;

	if (pid > 1)
		e2e__watch_signal_child(pg, pid, pg->runner ? sig : SIGSTOP);
	kill(getpid(), SIGSTOP);
	slept = e2e__clock_raw() - began;
	st->slept = st->slept + slept;
	if (pid > 1 && !pg->runner)
		pg->slept = pg->slept + slept;
	if (pid > 1)
		e2e__watch_signal_child(pg, pid, SIGCONT);
	errno = saved;
}

/* A function that is bound at its first call (by default on many systems) is bound anew in the
 * process of each case, which takes longer than all that is done in it here, unless the parent has
 * called it, too. */
E2E__FN void e2e__watch_bind_early(void)
{
	sigjmp_buf way;

	(void)sigsetjmp(way, 0);
	(void)getppid();
	(void)setpgid(0, -1); /* refused */
	(void)e2e__limit_tid();
}

/* The watcher's signals: SIGCHLD only interrupts the wait; the others end the program in good
 * order. */
E2E__FN void e2e__watch_catch_signals(void)
{
	static const int sigs[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction sa, old;
	sigset_t set;
	size_t i;

	e2e__watch_bind_early();
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = e2e__watch_on_signal;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < 5; i++) {
		sigaction(sigs[i], NULL, &old);
		if (i == 0 || old.sa_handler != SIG_IGN)
			sigaction(sigs[i], &sa, NULL);
	}

	sigaction(SIGTSTP, NULL, &old);
	sa.sa_handler = e2e__watch_on_stop;
	if (old.sa_handler != SIG_IGN)
		sigaction(SIGTSTP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &e2e__state.mask);
	sigdelset(&e2e__state.mask, SIGCHLD);
#if defined E2E__LINUX && defined PR_SET_CHILD_SUBREAPER
	prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
#endif
}

/* A script in its only process is told by its own handler. */
E2E__FN void e2e__watch_catch_termination(void)
{
	struct sigaction sa, old;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = e2e__watch_on_signal;
	sigemptyset(&sa.sa_mask);
	if (sigaction(SIGTERM, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		sigaction(SIGTERM, &sa, NULL);
}

/* Again before each case: the tested code of a suite's set-up may have changed it. */
E2E__FN void e2e__watch_catch_children(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = e2e__watch_on_signal;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGCHLD, &sa, NULL);
}

/* In the child: what the watcher changed for itself. The tested code begins with defaults. */
E2E__FN void e2e__watch_child_signals(void)
{
	static const int sigs[] = {
		SIGCHLD, SIGPIPE, SIGXFSZ, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP};
	struct sigaction old;
	size_t i;

	e2e__state.watched = 0;
	for (i = 0; i < 8; i++) {
		if (i >= 3)
			sigaction(sigs[i], NULL, &old);
		if (i < 3 || old.sa_handler == e2e__watch_on_signal ||
			old.sa_handler == e2e__watch_on_stop)
			signal(sigs[i], SIG_DFL);
	}
	sigprocmask(SIG_SETMASK, &e2e__state.mask, NULL);
	e2e__limit_catch_alarm();
}

#ifdef E2E__LINUX
E2E__FN bool e2e__watch_has_threads(void)
{
	struct stat tasks;

#ifdef E2E__SINGLE_THREADED
	if (E2E__SINGLE_THREADED())
		return false;
#endif
	/* a link each thread, and two */
	return stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3;
}
#endif

/* fflush(NULL) waits for a thread that sits in fgets or getchar, as long as that takes; with musl
 * a forked child has that thread's lock without the thread. */
E2E__FN void e2e__watch_flush_streams(void)
{
#ifdef E2E__LINUX
	if (e2e__watch_has_threads())
		e2e__state.threaded = true;
	if (e2e__state.threaded) {
		e2e__file_flush(stdout);
		e2e__file_flush(stderr);
		return;
	}
#endif
	fflush(NULL);
}

E2E__FN void e2e__watch_reset_capture(void)
{
	struct stat st;
	int fd = e2e__state.capture;

	if (fd >= 0 && ((fstat(fd, &st) == 0 && !st.st_size) || ftruncate(fd, 0) == 0))
		lseek(fd, 0, SEEK_SET);
}

/* In a forked child: it ends with its parent, also where the parent has gone already. */
E2E__FN void e2e__watch_die_with(pid_t parent)
{
#ifdef E2E__LINUX
	prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L);
	if (getppid() != parent)
		_exit(1);
#else
	(void)parent;
#endif
}

/* fork() for a process that this one watches through pg: its own group, ended with its parent. */
E2E__FN pid_t e2e__watch_fork(struct e2e__page *pg)
{
	struct e2e__hooks *h;
	pid_t parent = getpid(), pid;

	e2e__watch_catch_children();
	e2e__watch_flush_streams();
	for (h = e2e__state.hooks; h; h = h->next)
		if (h->flush)
			h->flush();
	e2e__output_flush();
	e2e__watch_reset_capture();
	e2e__heard_open();
	e2e__heard_pass_on(); /* of who was left behind */
	e2e__heard_forget();
	pid = fork();
	if (pid < 0)
		e2e__exit_fatal("cannot fork for a case: %s%s", strerror(errno),
			errno == EAGAIN ? "; raise the limit of processes (ulimit -u), or run with "
					  "--no-fork"
					: "");
	if (pid > 0) {
		setpgid(pid, pid);
		pg->pid = pid;
		return pid;
	}

	setpgid(0, 0);
	e2e__watch_die_with(parent);
	e2e__page_play(pg);
	e2e__state.page = pg;
	e2e__state.main_thread = e2e__buf_self();
	if (e2e__state.tap >= 0)
		close(e2e__state.tap);
	e2e__output_unmark(e2e__state.tap);
	e2e__state.tap = -1;
	if (e2e__state.capture >= 0)
		dup2(e2e__state.capture, 1);
	e2e__heard_give();
	e2e__watch_child_signals();
	return 0;
}

/* Ends a running child with all that is known of it. */
E2E__FN void e2e__watch_kill_group(struct e2e__page *pg, pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	e2e__watch_signal_recorded(pg, SIGKILL);
}

/* How long a child may take from being told to end until it is killed. One that doesn't leave off
 * what it does at once never will; then it cleans up. A runner waits for its case, and has the
 * suite's tear-down besides. */
E2E__FN int64_t e2e__watch_stop_limit(const struct e2e__page *pg)
{
	bool at_work = !pg->heeded && pg->phase <= E2E__TEARDOWN && (!pg->runner || pg->suite);
	double seconds = at_work ? 1.5 : pg->runner ? 9 : 3;

	return e2e__clock_span(e2e__clock_scaled(seconds));
}

/* A limit is over in a process that the case forked, and the case wasn't told: at the moment it
 * can't be (so it is told again), or never. True: it has had its time. */
E2E__FN bool e2e__watch_is_late(
	struct e2e__page *pg, pid_t pid, struct e2e__end *end, int64_t now, int64_t grace)
{
	int slot = pg->late - 1;

	if (slot < 0 || slot >= E2E__LIMITS || pg->phase > E2E__TEARDOWN) {
		end->late = 0;
		return false;
	}
	if (!end->late)
		end->late = now;
	kill(pid, SIGALRM);
	if (now - end->late <= grace || e2e__limit_traced(pid))
		return false;
	if (!end->hard)
		end->limit = pg->limit[slot];
	end->limit.file[sizeof end->limit.file - 1] = 0;
	return true;
}

/* One look at a running child: limits, signals, services. Returns the seconds until the next
 * look. */
E2E__FN double e2e__watch(struct e2e__page *pg, pid_t pid, struct e2e__end *end, int64_t *told)
{
	struct e2e__limit *g = e2e__limit_earliest(pg, pid, true);
	struct e2e__hooks *h;
	int64_t now = e2e__clock_ns(), grace = e2e__clock_span(e2e__clock_scaled(0.5));
	int quit = e2e__exit_told();

	for (h = e2e__state.hooks; h && !end->bail; h = h->next)
		if (h->watch)
			end->bail = h->watch();
	if (e2e__state.out_failed && !quit)
		quit = SIGPIPE;
	if ((quit || end->bail) && !*told) {
		end->quit = quit;
		pg->stop = quit ? quit : SIGINT;
		*told = now;
	}

	if (pg->runner && end->stopped)
		kill(pid, SIGCONT); /* this process goes on, so it must too */
	if (*told && !pg->heeded)
		kill(pid, SIGALRM); /* at each look: it may come at a bad moment */
	if (*told && now - *told > e2e__watch_stop_limit(pg)) {
		e2e__watch_kill_group(pg, pid);
	} else if (e2e__page_is_spoiled(pg)) {
		e2e__watch_kill_group(pg, pid);
	} else if (end->latest && now > end->latest && e2e__limit_traced(pid)) {
		end->latest = now + e2e__clock_span(end->own.seconds);
	} else if (end->latest && now > end->latest) {
		if (!end->hard)
			end->limit = end->own;
		end->hard = true;
		e2e__watch_kill_group(pg, pid);
	} else if (e2e__watch_is_late(pg, pid, end, now, grace)) {
		end->hard = true;
		e2e__watch_kill_group(pg, pid);
	} else if (g &&
		((now > g->until + grace && e2e__limit_is_over(g)) || end->stopped == SIGTTIN ||
			end->stopped == SIGTTOU)) {
		if (!end->hard) {
			end->limit = *g;
			end->tty = now <= g->until;
		}
		end->hard = true;
		e2e__watch_kill_group(pg, pid);
	}

	if (end->hard || *told)
		return 0.02;
	if (g && g->until + grace - now < 50000000)
		return g->until + grace > now ? (double)(g->until + grace - now) * 1e-9 : 0.001;
	return pg->head != pg->tail ? 0.001 : 0.05;
}

/* A process that outlives a SIGKILL of this one, and ends the group of the child that is watched
 * then. The child itself is ended by the kernel, where it can. */
E2E__FN pid_t e2e__watch_keep(struct e2e__page *pg, pid_t watched)
{
	pid_t parent = getpid(), pid = fork();
	sigset_t ends;
	int i;

	if (pid != 0)
		return pid; /* -1: it goes without */
	setpgid(0, 0);
	sigfillset(&ends);
	sigprocmask(SIG_SETMASK, &ends, NULL);
	for (i = 0; i < 1024; i++)
		close(i);
#ifdef E2E__LINUX
	prctl(PR_SET_PDEATHSIG, (long)SIGTERM, 0L, 0L, 0L);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	while (getppid() == parent)
		sigwait(&ends, &i);
#else
	while (getppid() == parent)
		e2e__clock_nap(0.1);
#endif
	for (i = 0; i < 20; i++) {
		kill(-watched, SIGKILL);
		e2e__watch_signal_recorded(pg, SIGKILL);
		e2e__clock_nap(0.005);
	}

	_exit(0);
	return 0; /* for tcc, which doesn't know that _exit never returns */
}

/* What a dead process has left in the ring. */
E2E__FN void e2e__watch_drain_rest(struct e2e__page *pg)
{
	e2e__heard_pass_on();
	e2e__output_drain(pg);
	if (e2e__state.midline)
		e2e__output_emit("\n", 1); /* it died in the middle of a line */
	e2e__state.midline = false;
}

/* Watches a child up to its death. Its limit (0: none) is in its page, too; here it counts if that
 * was written over. */
E2E__FN void e2e__watch_wait_for(struct e2e__page *pg, pid_t pid, struct e2e__end *end,
	const char *file, int line, double limit)
{
	const struct e2e__fixture *f;
	double cleanup = 25;
	struct timespec t;
	int64_t told = 0;
	siginfo_t si;
	pid_t keeper = 0;
	double wait;
	fd_set heard;
	int r, highest;

	memset(end, 0, sizeof *end);
	end->began = e2e__clock_ns();
	for (f = e2e__state.fixtures[1]; f; f = f->next)
		cleanup += 10;
	snprintf(end->own.file, sizeof end->own.file, "%s", file);
	end->own.line = line;
	end->own.seconds = limit;
	if (limit > 0 && limit < 1e9)
		end->latest = end->began + e2e__clock_span(limit + e2e__clock_scaled(cleanup));
	e2e__state.watched_page = pg;
	e2e__state.watched = pid;
	for (;;) {
		e2e__heard_pass_on();
		e2e__output_drain(pg);
		si.si_pid = 0;
		r = waitid(
			P_PID, (id_t)pid, &si, WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT);
		if (r < 0 && errno != EINTR)
			break;
		if (r == 0 && si.si_pid == pid && si.si_code != CLD_STOPPED &&
			si.si_code != CLD_CONTINUED && si.si_code != CLD_TRAPPED)
			/* it stays a zombie until e2e__watch_sweep, so that its number isn't
			 * somebody else's */
			break;
		if (r == 0 && si.si_pid == pid) {
			end->stopped = si.si_code == CLD_STOPPED ? si.si_status : 0;
			waitid(P_PID, (id_t)pid, &si, WSTOPPED | WCONTINUED | WNOHANG);
		}
		wait = e2e__watch(pg, pid, end, &told);
		if (e2e__lines_watch(pg) && wait > 0.01)
			wait = 0.01; /* so exact are the times of the lines of logs */
		t.tv_sec = 0;
		t.tv_nsec = (long)(wait * 1e9);

		/* A short case needn't pay for a keeper. */
		if (!keeper && !e2e__state.kept && e2e__clock_ns() - end->began > 20000000)
			keeper = e2e__watch_keep(pg, pid);
		highest = e2e__heard_wait_for(&heard);
		pselect(highest, &heard, NULL, NULL, &t, &e2e__state.mask);
	}

	end->died = e2e__clock_ns();
	e2e__state.watched = 0;
	if (keeper > 0) {
		kill(keeper, SIGKILL);
		while (waitpid(keeper, NULL, 0) < 0 && errno == EINTR)
			;
	}

	e2e__watch_drain_rest(pg);
	e2e__page_mend(pg);
}

/* "sleep 60 (pid 12)" */
E2E__FN void e2e__watch_add_process(char *buffer, size_t size, pid_t pid)
{
	char text[80];
	size_t used = strlen(buffer), i;
	ssize_t n = e2e__file_of_process(pid, "cmdline", text, sizeof text);

	for (i = 0; n > 0 && i + 1 < (size_t)n; i++)
		if ((unsigned char)text[i] < 0x20)
			text[i] = ' ';
	while (n > 1 && (!text[n - 1] || text[n - 1] == ' '))
		n--; /* programs that name themselves leave room behind */
	text[n > 0 ? n : 0] = 0;
	snprintf(buffer + used, size - used, "%s%s%s(pid %ld)", used ? ", " : "", text,
		n > 0 ? " " : "", (long)pid);
}

#ifdef E2E__LINUX
/* Reaps a child that has ended. As waitpid with WNOHANG. */
E2E__FN pid_t e2e__watch_collect(pid_t pid)
{
	int status = 0;
	pid_t r = waitpid(pid, &status, WNOHANG);

	for (struct e2e__hooks *h = e2e__state.hooks; h && r == pid && e2e__state.swept;
		h = h->next)
		if (h->collected)
			h->collected(e2e__state.swept, pid, status);
	return r;
}

/* Without /proc, and in kernels that lack the list, each number is tried that was given since the
 * case began. */
E2E__FN size_t e2e__watch_guess_children(pid_t *found, size_t max, int *reaped)
{
	pid_t pid, r, newest = fork();
	size_t n = 0, i;

	if (newest == 0)
		_exit(0);
	if (newest > 0)
		waitpid(newest, NULL, 0);

	/* the numbers may have begun anew, or there was no process to be had */
	if (newest < e2e__state.oldest)
		newest = e2e__state.oldest + 32768;
	for (pid = e2e__state.oldest; pid < newest && n < max; pid++) {
		for (i = 0; i < 64 && e2e__state.own[i] != pid; i++)
			;
		r = i == 64 ? e2e__watch_collect(pid) : -1;
		*reaped += r == pid;
		if (r == 0)
			found[n++] = pid;
	}

	return n;
}

/* One look at the list of our children; *reaped counts those that were dead. */
E2E__FN size_t e2e__watch_look_at_children(pid_t *found, size_t max, int *reaped)
{
	char path[64], *text, *p, *next;
	size_t n = 0, i;

	snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
	text = e2e__file_read(path, NULL);
	if (!text)
		return e2e__watch_guess_children(found, max, reaped);
	for (p = text; *p && n < max; p = next) {
		pid_t pid = (pid_t)strtol(p, &next, 10), r;

		if (next == p)
			break;
		for (i = 0; i < 64 && e2e__state.own[i] != pid; i++)
			;
		r = i == 64 ? e2e__watch_collect(pid) : -1;
		*reaped += r == pid;
		if (r == 0)
			found[n++] = pid;
	}

	return n;
}
#endif

/* Our children that are neither services nor dead; dead ones are reaped. Returns how many were
 * found. */
E2E__FN size_t e2e__watch_children(pid_t *found, size_t max)
{
	size_t n = 0;
#ifdef E2E__LINUX
	int reaped;
	do {
		reaped = 0;
		n = e2e__watch_look_at_children(found, max, &reaped);

		/* a dead one's children come to us with its death, and weren't in the list */
	} while (!n && reaped);
#else
	(void)found;
	(void)max;
#endif
	return n;
}

/* Have all of them given up their memory? They are about to be gone, however long a busy machine
 * takes for that. */
E2E__FN bool e2e__watch_all_exiting(const pid_t *found, size_t n)
{
	if (access("/proc/self", F_OK) < 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		char byte[2];

		if (e2e__file_of_process(found[i], "cmdline", byte, sizeof byte) > 0)
			return false;
	}
	return true;
}

/* Ends what a dead child has left behind, and names it. */
E2E__FN void e2e__watch_sweep_left(pid_t pid, struct e2e__end *end)
{
	pid_t found[64];
	siginfo_t si;
	struct e2e__hooks *h;
	size_t n = 0, i, tries;

#ifndef E2E__LINUX
	for (tries = 0; tries < 100 && kill(-pid, 0) == 0; tries++)
		e2e__clock_nap(0.001);
	if (tries == 100)
		snprintf(end->left, sizeof end->left, "a process of group %ld", (long)pid);
	kill(-pid, SIGKILL);
#endif
	/* What the case left behind is our child now (subreaper). None at all is the usual answer,
	 * and a cheap one. */
	if (!e2e__state.own[0] && waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) < 0)
		return;
	for (h = e2e__state.hooks; h; h = h->next)
		if (h->watch)
			/* says whose services are no leftovers; what it says besides, the next case
			 * will hear */
			h->watch();
	for (tries = 0; (tries < 100 || (tries < 2000 && e2e__watch_all_exiting(found, n))) &&
		(n = e2e__watch_children(found, 64)) > 0;
		tries++)
		e2e__clock_nap(0.001); /* some may be on their way out */
	for (i = 0; i < n; i++)
		e2e__watch_add_process(end->left, sizeof end->left, found[i]);
	for (tries = 0; tries < 1000 && n; tries++) {
		for (i = 0; i < n; i++) {
			if (getpgid(found[i]) == pid)
				/* while it has members, nobody else gets this number */
				kill(-pid, SIGKILL);
			kill(found[i], SIGKILL);
		}
		e2e__clock_nap(0.001);
		n = e2e__watch_children(found, 64);
	}
}

/* After a child's death: reaps it, ends what the case had recorded, names and ends what else it
 * left behind. */
E2E__FN void e2e__watch_sweep(struct e2e__page *pg, pid_t pid, struct e2e__end *end)
{
	e2e__state.oldest = pid;
	while (waitpid(pid, &end->status, 0) < 0 && errno == EINTR)
		;
	e2e__watch_signal_recorded(pg, SIGKILL);
	e2e__state.swept = pg;
	e2e__watch_sweep_left(pid, end);
	e2e__state.swept = NULL;
}

/* Our living children, but for services. For a case in this process, whose children are ours: none
 * is reaped. */
E2E__FN size_t e2e__watch_living_children(pid_t *found, size_t max)
{
	size_t n = 0;
#ifdef E2E__LINUX
	const char *text = e2e__file_read(
			   e2e_printf("/proc/self/task/%ld/children", (long)getpid()), NULL),
		   *p;
	char *next;
	siginfo_t si;
	size_t i;
	pid_t pid;
	for (p = text ? text : ""; *p && n < max; p = next) {
		pid = (pid_t)strtol(p, &next, 10);
		if (next == p)
			break;
		for (i = 0; i < 64 && e2e__state.own[i] != pid; i++)
			;
		si.si_pid = 0;
		if (i == 64 && waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) == 0 &&
			si.si_pid == 0)
			found[n++] = pid;
	}
#else
	(void)found;
	(void)max;
#endif
	return n;
}

/* Takes from the list what is in the other one, too. */
E2E__FN size_t e2e__watch_without(pid_t *list, size_t n, const pid_t *other, size_t nother)
{
	size_t kept = 0, i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < nother && other[k] != list[i]; k++)
			;
		if (k == nother)
			list[kept++] = list[i];
	}
	return kept;
}

/* The same as e2e__watch_sweep for a case without a process of its own; `before`: who was there
 * when it began. */
E2E__FN void e2e__watch_sweep_direct(const pid_t *before, size_t nbefore, struct e2e__end *end)
{
	pid_t found[64];
	struct e2e__hooks *h;
	size_t n = 0, i, tries;

	for (h = e2e__state.hooks; h; h = h->next)
		if (h->watch)
			h->watch(); /* as in e2e__watch_sweep */
	for (tries = 0; tries < 100; tries++) {
		n = e2e__watch_without(
			found, e2e__watch_living_children(found, 64), before, nbefore);
		if (!n)
			return;
		e2e__clock_nap(0.001);
	}

	for (i = 0; i < n; i++) {
		e2e__watch_add_process(end->left, sizeof end->left, found[i]);
		kill(found[i], SIGKILL);
		while (waitpid(found[i], NULL, 0) < 0 && errno == EINTR)
			;
	}
}
