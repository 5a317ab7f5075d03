#pragma once
#include "base.h"
#include "state.h"
#include "doors.h"
#include "system.h"

/* @implementation */

/* Is this process one of ours? Its environment has the mark, or (forked without exec) its memory is
 * the shared one. */
E2E__FN bool e2e__keeper_carries(pid_t pid, const char *file, const char *mark)
{
	char path[64], block[4096 + 64];
	size_t length = strlen(mark), have = 0;

	snprintf(path, sizeof path, E2E__PROC "/%ld/%s", (long)pid, file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool found = false;
	for (ssize_t n; !found && (n = read(fd, block + have, sizeof block - 1 - have)) > 0;) {
		have += (size_t)n;
		for (size_t i = 0; !found && i + length <= have; i++)
			found = block[i] == mark[0] && memcmp(block + i, mark, length) == 0;

		/* the mark may go on in the next piece */
		size_t keep = have < length ? have : length;
		memmove(block, block + have - keep, keep);
		have = keep;
	}

	close(fd);
	return found;
}

/* When a process was started, in ticks since the system was; 0 if it is gone. */
E2E__FN unsigned long long e2e__keeper_started(pid_t pid)
{
	struct e2e__stat st;

	return e2e__system_stat_read(pid, &st) ? st.started : 0;
}

/* Can processes be found and told apart, by /proc? */
E2E__FN bool e2e__keeper_knows_processes(void)
{
	return e2e__keeper_started(getpid()) != 0;
}

/* Kills what carries the mark and is younger than this process; returns how many there were. */
E2E__FN int e2e__keeper_sweep_mark(const char *mark)
{
	int n = 0;
	unsigned long long since = e2e__keeper_started(getpid());

	/* each process carries an empty text */
	DIR *proc = strlen(mark) > 12 ? opendir(E2E__PROC) : NULL;
	if (!proc)
		return 0;
	for (struct dirent *e; (e = readdir(proc));) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid <= 1 || pid == getpid() || pid == getppid() ||
			e2e__keeper_started(pid) < since)
			continue;
		if (e2e__keeper_carries(pid, "environ", mark) ||
			e2e__keeper_carries(pid, "maps", mark)) {
			kill(pid, SIGKILL);
			n++;
		}
	}

	closedir(proc);
	return n;
}

/* What the keeper knows of one slot. */
struct e2e__kept {
	pid_t pid;
	int pidfd, looks;
	double died;
	unsigned long long started; /* so that the number is known to be still this process's */
};

/* The same until there are no more: what it kills may have started others just before. */
E2E__FN void e2e__keeper_sweep_all(const char *mark)
{
	for (int quiet = 0, round = 0; quiet < 2 && round < 50; round++)
		quiet = e2e__keeper_sweep_mark(mark) ? 0 : quiet + 1;
}

/* A daemon. What has left the test's process group and environment can't be found once the runner
 * is gone, whose child it was from the end of its parent on: it is noted while the runner lives. */
struct e2e__orphan {
	pid_t pid;
	unsigned long long started;
};

enum { E2E__ORPHANS = 64 };

/* The children of a thread. Returns how many are in `found`. */
E2E__FN size_t e2e__keeper_children(pid_t pid, long thread, pid_t *found, size_t max)
{
	char path[64], text[E2E__ORPHANS * 12], *end;
	size_t n = 0;

	snprintf(path, sizeof path, E2E__PROC "/%ld/task/%ld/children", (long)pid, thread);
	if (e2e__file_read_start(path, text, sizeof text) <= 0)
		return 0;
	for (const char *at = text; n < max; at = end) {
		long child = strtol(at, &end, 10);
		if (end == at || *end != ' ') /* the last one may be cut */
			break;
		if (child > 1)
			found[n++] = (pid_t)child;
	}
	return n;
}

/* Is this child of the runner another program, and without the test's environment? */
E2E__FN bool e2e__keeper_is_bare(pid_t pid)
{
	char path[64], its[PATH_MAX], ours[PATH_MAX];

	snprintf(path, sizeof path, E2E__PROC "/%ld/exe", (long)pid);
	ssize_t n = readlink(path, its, sizeof its);
	ssize_t own = n > 0 ? readlink(E2E__PROC "/self/exe", ours, sizeof ours) : 0;
	if (n <= 0 || (n == own && memcmp(its, ours, (size_t)n) == 0))
		return false; /* the case, services' keepers, what is to be executed yet */
	return !e2e__keeper_carries(pid, "environ", "E2E_MARK=");
}

/* Notes the daemons of the runner, and forgets those that have ended. What is older than this
 * process isn't the test's: a shell may have started it before it became the runner. Returns how
 * many there are. */
E2E__FN size_t e2e__keeper_note_orphans(struct e2e__orphan *noted, size_t n)
{
	pid_t found[E2E__ORPHANS];
	size_t kept = 0, k;
	unsigned long long since = e2e__keeper_started(getpid()), started;
	size_t children =
		e2e__keeper_children(e2e__proc.runner, (long)e2e__proc.runner, found, E2E__ORPHANS);

	for (size_t i = 0; i < n; i++)
		if (e2e__keeper_started(noted[i].pid) == noted[i].started)
			noted[kept++] = noted[i];
	for (size_t i = 0; i < children && kept < E2E__ORPHANS; i++) {
		for (k = 0; k < kept && noted[k].pid != found[i]; k++)
			;
		started = k < kept ? 0 : e2e__keeper_started(found[i]);
		if (!started || started < since || !e2e__keeper_is_bare(found[i]))
			continue;
		noted[kept].pid = found[i];
		noted[kept].started = started;
		kept++;
	}
	return kept;
}

/* Kills a process and what it has started, which may have left its group, too. */
E2E__FN void e2e__keeper_kill_tree(pid_t pid, int depth)
{
	char folder[64];
	pid_t found[E2E__ORPHANS];
	size_t n = 0;

	kill(pid, SIGSTOP); /* it shall start no more */
	snprintf(folder, sizeof folder, E2E__PROC "/%ld/task", (long)pid);
	DIR *threads = depth > 0 ? opendir(folder) : NULL;
	for (struct dirent *e; threads && (e = readdir(threads));)
		n += e2e__keeper_children(
			pid, strtol(e->d_name, NULL, 10), found + n, E2E__ORPHANS - n);
	if (threads)
		closedir(threads);
	if (getpgid(pid) == pid)
		kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	for (size_t i = 0; i < n; i++)
		e2e__keeper_kill_tree(found[i], depth - 1);
}

E2E__FN void e2e__keeper_end_orphans(const struct e2e__orphan *noted, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (e2e__keeper_started(noted[i].pid) == noted[i].started)
			e2e__keeper_kill_tree(noted[i].pid, 8);
}

/* The test is gone (or about to be), whatever ended it: so goes what it started. */
E2E__FN void e2e__keeper_end(struct e2e__proc_shared *shared, const struct e2e__kept *kept)
{
	int quiet = 0;
	bool known = e2e__keeper_knows_processes(); /* elsewhere than on Linux the table must do */
	pid_t test = e2e__page_unseal(shared->test);

	if (!known && test && test != e2e__proc.runner)
		kill(-test, SIGKILL); /* nor does the system end the case with its parent */
	for (int round = 0; round < 200 && quiet < (shared->ending ? 1 : 2); round++) {
		for (int i = 0; i < E2E__SLOTS; i++) {
			pid_t pid = known ? 0 : e2e__page_unseal(shared->slot[i].pid);

			if (known && kept[i].pid > 1 && kept[i].started &&
				e2e__keeper_started(kept[i].pid) == kept[i].started)
				/* also what has lost its environment */
				kill(-kept[i].pid, SIGKILL);
			else if (pid && shared->slot[i].state != E2E__FREE)
				kill(-pid, SIGKILL);
		}
		quiet = e2e__keeper_sweep_mark(e2e__proc.mark) ? 0 : quiet + 1;
		if (!quiet || !shared->ending)
			poll(NULL, 0, 5);
	}

	shared->run_dir[sizeof shared->run_dir - 1] = shared->logs[sizeof shared->logs - 1] = '\0';
	shared->folder[sizeof shared->folder - 1] = '\0';
	if (shared->run_dir[0] && !shared->services)
		rmdir(shared->run_dir);
	if (shared->logs[0] && access(shared->logs, F_OK) == 0)
		/* the runner was killed: its logs may tell why */
		e2e__folder_move_logs(shared->logs, shared->folder, sizeof shared->folder);
	_exit(0);
}

/* Does this thread wait for input or output that others make? 1 yes, 0 no, -1 it doesn't count (a
 * lock, a child). */
E2E__FN int e2e__keeper_thread_waits(const char *path)
{
#ifdef E2E__LINUX
	char text[256];
	long call;
	unsigned long a, b;

	if (e2e__file_read_start(path, text, sizeof text) <= 0)
		return 0;
	if (sscanf(text, "%ld 0x%lx 0x%lx", &call, &a, &b) != 3)
		return 0; /* "running" */
	switch (call) {   /* each architecture has some of them */
	case SYS_read:
	case SYS_readv:
	case SYS_write:
	case SYS_writev:
	case SYS_openat:
	case SYS_epoll_pwait:
#ifdef SYS_connect
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_accept4:
	case SYS_connect:
#endif
#ifdef SYS_accept
	case SYS_accept:
#endif
#ifdef SYS_socketcall
	case SYS_socketcall:
#endif
#ifdef SYS_epoll_wait
	case SYS_epoll_wait:
#endif
#ifdef SYS_open
	case SYS_open:
#endif
		return 1;
#ifdef SYS_poll
	case SYS_poll:
#endif
#ifdef SYS_ppoll_time64
	case SYS_ppoll_time64:
#endif
	case SYS_ppoll:
		return b != 0; /* without descriptors it is a pause */
#ifdef SYS_select
	case SYS_select:
#endif
#ifdef SYS__newselect
	case SYS__newselect:
#endif
#ifdef SYS_pselect6_time64
	case SYS_pselect6_time64:
#endif
	case SYS_pselect6:
		return a != 0;
#ifdef SYS_futex_time64
	case SYS_futex_time64:
#endif
	case SYS_futex:
	case SYS_wait4:
	case SYS_waitid:
		return -1;
	default:
		return 0;
	}
#else
	(void)path;
	return 0;
#endif
}

/* Is the case's own code blocked: does no thread work or pause, and one wait for others? */
E2E__FN bool e2e__keeper_test_waits(pid_t pid)
{
	char folder[64], path[128];
	int waiting = 0;

	snprintf(folder, sizeof folder, E2E__PROC "/%ld/task", (long)pid);
	DIR *tasks = opendir(folder);
	if (!tasks)
		return false;
	for (struct dirent *e; (e = readdir(tasks));) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%.20s/syscall", folder, e->d_name);
		int waits = e2e__keeper_thread_waits(path);
		if (!waits) {
			closedir(tasks);
			return false;
		}
		waiting += waits > 0;
	}

	closedir(tasks);
	return waiting > 0;
}

/* Follows the table: opens what is new, forgets what is gone. Returns how many are watched. */
E2E__FN int e2e__keeper_follow(struct e2e__proc_shared *shared, struct e2e__kept *kept)
{
	int n = 0;

	for (int i = 0; i < E2E__SLOTS; i++) {
		pid_t pid = shared->slot[i].state == E2E__WATCHED && !shared->slot[i].suite
			? e2e__page_unseal(shared->slot[i].pid)
			: 0;

		if (kept[i].pid != pid) {
			if (kept[i].pidfd > 0)
				close(kept[i].pidfd);
			memset(&kept[i], 0, sizeof kept[i]);
		}
		if (pid && !kept[i].pid) {
			int fd = e2e__system_pidfd(pid);

			/* reaped between: it may be another one */
			if ((fd < 0 && errno != ENOSYS) ||
				e2e__page_unseal(shared->slot[i].pid) != pid) {
				if (fd >= 0)
					close(fd);
				continue;
			}
			kept[i].pid = pid;
			kept[i].started = e2e__keeper_started(pid);
			kept[i].pidfd = fd;
		}
		n += pid != 0;
	}

	return n;
}

/* An exit in the case's own code is fine if the next operation waits for it. It is not if the case
 * waits for something else: that may never come. Two looks, 10 ms apart and 20 ms after the death,
 * tell. */
E2E__FN void e2e__keeper_judge(struct e2e__proc_shared *shared, struct e2e__kept *kept)
{
	pid_t test = e2e__page_unseal(shared->test);

	for (int i = 0; i < E2E__SLOTS; i++) {
		if (!kept[i].pid || kept[i].died <= 0 || kept[i].looks > 2)
			continue;
		if (shared->busy || e2e_now() < kept[i].died + 0.02 || !test ||
			!e2e__keeper_test_waits(test)) {
			kept[i].looks = 0;
			continue;
		}
		if (++kept[i].looks == 2 && e2e__page_unseal(shared->slot[i].pid) == kept[i].pid) {
			shared->dead = kept[i].pid;
			kill(test, SIGURG);
		}
	}
}

/* It sleeps with all signals blocked but the one that wakes it: something was spawned. */
E2E__FN void e2e__keeper_woken(int signo)
{
	(void)signo;
}

E2E__FN int e2e__keeper_poll(struct pollfd *polls, nfds_t n, int ms)
{
	sigset_t mask;

	sigfillset(&mask);
	sigdelset(&mask, SIGUSR1);
#ifdef E2E__LINUX
	struct timespec t;
	t.tv_sec = ms / 1000;
	t.tv_nsec = (long)(ms % 1000) * 1000000;
	long nr = SYS_ppoll;
#ifdef SYS_ppoll_time64
	if (sizeof t.tv_sec > sizeof(long))
		nr = SYS_ppoll_time64;
#endif
	/* the kernel's sigset_t */
	return (int)syscall(nr, polls, n, ms < 0 ? NULL : &t, &mask, (size_t)(_NSIG / 8));
#else
	sigset_t old;
	sigprocmask(SIG_SETMASK, &mask, &old);

	/* a wake between the two is lost for so long */
	int got = poll(polls, n, ms < 0 || ms > 100 ? 100 : ms);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return got;
#endif
}

E2E__FN void e2e__keeper(struct e2e__proc_shared *shared, int runner)
{
	static struct e2e__kept kept[E2E__SLOTS];
	static struct pollfd polls[E2E__SLOTS + 1];
	static struct e2e__orphan orphans[E2E__ORPHANS];
	size_t daemons = 0;
	int idle = 0;

	for (;;) {
		int n = 1, watched = e2e__keeper_follow(shared, kept);
		bool dead = false;

		polls[0].fd = runner;
		for (int i = 0; i < E2E__SLOTS; i++) {
			dead |= kept[i].died > 0 && kept[i].looks <= 2;
			if (kept[i].pid && kept[i].died <= 0 && kept[i].pidfd >= 0)
				polls[n++].fd = kept[i].pidfd;
		}
		for (int i = 0; i < n; i++)
			polls[i].events = POLLIN;
		daemons = e2e__keeper_note_orphans(orphans, daemons);
		idle = watched || daemons ? 0 : idle + 1;
		shared->asleep = idle > 10;
		int ms = shared->asleep ? -1 : dead ? 10 : 20;
		if (runner < 0 && (ms < 0 || ms > 100))
			ms = 100;
		for (int i = 0; i < n; i++)
			polls[i].revents = 0;
		if (e2e__keeper_poll(polls, (nfds_t)n, ms) < 0)
			idle = 0;
		if (shared->ending || polls[0].revents ||
			(runner < 0 && kill(e2e__proc.runner, 0))) {
			e2e__keeper_end_orphans(orphans, daemons);
			e2e__keeper_end(shared, kept);
		}
		for (int i = 0; i < E2E__SLOTS; i++) {
			if (kept[i].pid && kept[i].died <= 0 && kept[i].pidfd < 0 &&
				e2e__system_zombie(kept[i].pid))
				kept[i].died = e2e_now();
			for (int k = 1; k < n; k++)
				if (kept[i].pid && kept[i].died <= 0 &&
					polls[k].fd == kept[i].pidfd && polls[k].revents)
					kept[i].died = e2e_now();
		}
		e2e__keeper_judge(shared, kept);
	}
}

/* The memory that all processes of the program share. Its name lets the keeper recognise who has
 * it. */
E2E__FN struct e2e__proc_shared *e2e__keeper_share(void)
{
	char mark[48];
	int fd = -1;

	snprintf(mark, sizeof mark, "E2E_MARK=%lx-%llx", (long)getpid(),
		(unsigned long long)(e2e_now() * 1e9) ^ (unsigned long long)(uintptr_t)&mark);
#if defined E2E__LINUX && defined SYS_memfd_create
	fd = (int)syscall(SYS_memfd_create, mark, 1U /* MFD_CLOEXEC */);
	if (fd >= 0 && ftruncate(fd, (off_t)sizeof(struct e2e__proc_shared))) {
		close(fd);
		fd = -1;
	}
#endif
	void *buffer = e2e__page_share(sizeof(struct e2e__proc_shared), fd);
	if (fd >= 0)
		close(fd);
	if (!buffer)
		e2e_bail_out("can't map %zu bytes: %s", sizeof(struct e2e__proc_shared),
			strerror(errno));
	struct e2e__proc_shared *shared = (struct e2e__proc_shared *)buffer;
	memset(shared, 0, sizeof *shared);
	memcpy(shared->mark, mark, sizeof mark);
	memcpy(e2e__proc.mark, mark, sizeof mark);
	return shared;
}

/* Starts the keeper, once a program, from the process that watches the cases. */
E2E__FN void e2e__keeper_start(void)
{
	if (e2e__proc.shared || e2e__proc.service)
		return;
	atexit(e2e__plan_exit);
	struct e2e__proc_shared *shared = e2e__proc.shared = e2e__keeper_share();
	int runner = e2e__system_high(e2e__system_pidfd(getpid()));
	shared->runner = e2e__proc.runner = getpid();
	setenv("E2E_MARK", strchr(e2e__proc.mark, '=') + 1, 1);
	sigset_t old;
	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = fork();
	if (pid == 0) {
		struct sigaction action;

		e2e__hook_forked();
		setsid();
		e2e__system_default_signals();
		memset(&action, 0, sizeof action);
		action.sa_handler = e2e__keeper_woken;
		sigaction(SIGUSR1, &action, NULL);
		e2e__system_close_others(&runner, 1);
		e2e__system_quiet();

		/* where logs go if nobody else moves them; it may be relative */
		setenv("TMPDIR", e2e__file_tmp(), 1);
		e2e__system_leave_folder();
#ifdef E2E__LINUX
		prctl(PR_SET_NAME, "e2e-keeper");
#endif
		e2e__keeper(shared, runner);
		_exit(0);
	}

	int error = errno;
	if (pid > 0) {
		shared->keeper = e2e__proc.keeper = pid;
		e2e__state.kept = true;
		e2e__hook_own_add(pid);
	}

	if (runner >= 0)
		close(runner);
	e2e__system_signals(SIG_SETMASK, &old);
	if (pid < 0)
		e2e_bail_out("can't start the keeper, which ends what a killed test leaves: %s",
			strerror(error));
}

/* In the process that has started it: has the keeper died? Nobody would end what a killed test
 * leaves. */
E2E__FN const char *e2e__keeper_died(void)
{
	const struct e2e__proc_shared *shared = e2e__proc.shared;
	siginfo_t info;

	memset(&info, 0, sizeof info);
	if (!shared || e2e__proc.runner != getpid() || e2e__proc.keeper <= 0 || shared->ending ||
		waitid(P_PID, (id_t)e2e__proc.keeper, &info, WEXITED | WNOHANG | WNOWAIT) ||
		!info.si_pid)
		return NULL;
	return e2e_printf(
		"the keeper (pid %ld) has ended: %s; without it nobody ends what a killed test leaves, and exits aren't seen",
		(long)e2e__proc.keeper,
		e2e__system_status_word(
			info.si_code == CLD_EXITED ? info.si_status : E2E_SIG(info.si_status)));
}

E2E__FN void e2e__keeper_stop(void)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;

	if (!shared || e2e__proc.runner != getpid() || e2e__proc.keeper <= 0)
		return;

	/* An orphan of a case is a child of this process now: then the keeper looks for more of the
	 * kind before it ends. */
	pid_t found[4];
	shared->ending = e2e__watch_children(found, 4) || e2e__watch_children(found, 4);
	kill(e2e__proc.keeper, shared->ending ? SIGUSR1 : SIGKILL);
	if (!shared->ending || !e2e__system_reaped_within(e2e__proc.keeper, 1)) {
		kill(e2e__proc.keeper, SIGKILL);
		waitpid(e2e__proc.keeper, NULL, 0);
	}

	e2e__hook_own_drop(e2e__proc.keeper);
	shared->keeper = e2e__proc.keeper = 0;
}

E2E__FN int e2e__keeper_slot_take(
	pid_t pid, bool suite, bool watched, pid_t spawner, const char *name)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;

	if (!shared || e2e__proc.service)
		return -1;
	for (int i = 0; i < E2E__SLOTS; i++) {
		if (shared->slot[i].state != E2E__FREE)
			continue;
		shared->slot[i].suite = suite;
		shared->slot[i].spawner = spawner;
		snprintf(shared->slot[i].name, sizeof shared->slot[i].name, "%s", name);
		shared->slot[i].pid = e2e__page_seal(pid);
		shared->slot[i].state = watched ? E2E__WATCHED : E2E__GROUP_ONLY;
		if (shared->slots <= i)
			shared->slots = i + 1;
		if (shared->asleep && e2e__proc.keeper > 0)
			kill(e2e__proc.keeper, SIGUSR1);
		return i;
	}

	return -1;
}

/* By another name in the story than the process's own. */
E2E__FN void e2e__keeper_slot_name(int slot, const char *name)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;

	if (slot >= 0 && shared)
		snprintf(shared->slot[slot].name, sizeof shared->slot[slot].name, "%s", name);
}

E2E__FN void e2e__keeper_slot_set(int slot, int state)
{
	if (slot < 0 || !e2e__proc.shared)
		return;
	if (state == E2E__FREE)
		e2e__proc.shared->slot[slot].pid = 0;
	e2e__proc.shared->slot[slot].state = state;
}
