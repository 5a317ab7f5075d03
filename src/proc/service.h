#pragma once
#include "state.h"
#include "system.h"
#include "keeper.h"
#include "logs.h"
#include "waits.h"
#include "spawn.h"
#include "ends.h"

/* @manual Services
 *	static const char *start(void *arg) { ... e2e_spawn, e2e_ready ...; return address; }
 *	const char *address = e2e_service("broker", start, NULL);
 *	The first test program of a `prove` run that asks starts it, the others get its address; it
 *	ends with the run, whatever ends it. Without prove it is shared by the cases of the program.
 *	Logs and addresses are in $E2E_RUN_DIR. start() may run commands, open proxies, mailboxes
 *	and stubs, and use other services. Its folder, e2e_tmpdir(), is the service's own there and
 *	lives as long as that does; cached copies and certificates are in it.
 *	What a service has written since a case began to use it is in the failure of that case, and
 *	so are the services that this one uses, and what E2E_SUITE_SETUP has started. The folder
 *	e2e_run_dir() stays if a case of a program with services has failed, or if one has died or
 *	couldn't be started. If a process of the service ends, or a daemon of it crashes, or its
 *	keeper is killed, the program ends with `Bail out!`.
 *	A test program that a case starts is no part of the run: E2E_RUN_DIR isn't in the case's
 *	environment, and the services of that program end with it. To share the run's, give it
 *	e2e_run_dir(): .env = E2E_ARGV(e2e_printf("E2E_RUN_DIR=%s", ...)).
 */

/* @interface */

/* Starts a service: spawns, waits until it is ready and returns its address (any text without a
 * line feed), or NULL if that failed. It runs in a keeper process of its own, whose e2e_tmpdir()
 * is the folder of the service; assertions count for the caller. */
typedef const char *e2e_service_fn(void *arg);

/* @implementation */

/* A service's keeper is a forked process with a session of its own. It runs start(), says the
 * address to the case, and lives until the run is over: the end of file on $E2E_RUN_DIR/alive, or
 * the death of the program that runs alone.
 * In the run's folder: NAME.lock (held while somebody starts it), NAME.alive (locked as long as the
 * keeper lives), NAME.address (address, pid, keeper), NAME.died (why, once its process has ended
 * before the run), NAME.uses (the services that it uses), NAME/ (logs), kept (somebody has to look
 * at the logs: the folder stays). */

E2E__FN const char *e2e__service_file(const char *dir, const char *name, const char *suffix)
{
	return e2e_printf("%s/%s%s", dir, name, suffix);
}

E2E__FN bool e2e__service_lock_held(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return false;
	bool held = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return held;
}

/* Does its keeper live? It holds a lock, so that no number of a process has to be trusted. */
E2E__FN bool e2e__service_lives(const char *dir, const char *name)
{
	return e2e__service_lock_held(e2e__service_file(dir, name, ".alive"));
}

/* The address, or NULL. The pids where they are wanted. */
E2E__FN const char *e2e__service_read(const char *dir, const char *name, pid_t *pid, pid_t *keeper)
{
	char *text = e2e__file_read(e2e__service_file(dir, name, ".address"), NULL), *line;

	if (!text || !(line = strchr(text, '\n')))
		return NULL;
	*line++ = '\0';
	long first = 0, second = 0;
	sscanf(line, "%ld %ld", &first, &second);
	if (pid)
		*pid = (pid_t)first;
	if (keeper)
		*keeper = (pid_t)second;
	return text;
}

/* A file of one go: nobody reads half of it. */
E2E__FN bool e2e__service_write(const char *path, const char *text)
{
	const char *part = e2e_printf("%s.part", path);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool fine = fd >= 0 && e2e__file_write_whole(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return fine && !rename(part, path);
}

/* Is the run over? */
E2E__FN bool e2e__service_run_over(const struct e2e__service *s)
{
	char byte;
	struct pollfd one;

	if (s->fifo)
		return read(s->end, &byte, 1) == 0;
	one.fd = s->end;
	one.events = POLLIN;
	return s->end >= 0 ? poll(&one, 1, 0) > 0 : kill(s->runner, 0) != 0;
}

static volatile sig_atomic_t e2e__service_told;

E2E__FN void e2e__service_tell(int signo)
{
	(void)signo;
	e2e__service_told = 1;
}

/* The run's folder stays at its end: a failure names logs that are in it. */
E2E__FN void e2e__service_keep_logs(const char *dir)
{
	e2e__service_write(e2e__service_file(dir, "kept", ""), "");
}

/* The service is dead: those who use it are told why, and its logs stay. */
E2E__FN void e2e__service_died(const struct e2e__service *s, const char *why)
{
	e2e__service_keep_logs(s->run);
	e2e__service_write(e2e__service_file(s->run, s->name, ".died"),
		e2e_printf("service %s: %s", s->name, why));
}

/* How one of its processes has ended, and its last words. */
E2E__FN const char *e2e__service_exit(struct e2e__process *p)
{
	const char *err = e2e__log_end(&p->err), *out = e2e__log_end(&p->out);
	const char *words = err ? err : out ? out : "(nothing)";

	return e2e_printf("%s (pid %ld) has exited: %s; its log %s says: %s", p->pub.command,
		(long)p->pub.pid, e2e__system_status_word(p->exit_status),
		err ? p->err.path : p->out.path, words);
}

/* Is the warden its only child? Then nothing is left of what it has started: all that, however it
 * detached itself, is a child of this process, a subreaper, or of one of those. Asked twice, as a
 * list of children may lack one if another one ends meanwhile. False: there's more, or nobody
 * tells. */
E2E__FN bool e2e__service_alone(const struct e2e__service *s)
{
	pid_t self = getpid(), found[2];
	struct stat threads; /* each has children of its own */

	for (int i = 0; i < 2; i++)
		if (stat(E2E__PROC "/self/task", &threads) || threads.st_nlink != 3 ||
			e2e__keeper_children(self, (long)self, found, 2) != 1 ||
			found[0] != s->warden)
			return false;
	return true;
}

/* Ends all that the service has started, and the warden, which nobody needs any more. */
E2E__FN void e2e__service_clean(const struct e2e__service *s)
{
	e2e__end_all(e2e__hook_in_suite());
	if (!e2e__service_alone(s))
		e2e__keeper_sweep_all(s->mark);
	if (s->warden > 0) {
		kill(s->warden, SIGKILL);
		waitpid(s->warden, NULL, 0);
	}
}

/* Reaps what had detached itself, and is the keeper's child now. Why the service is dead, or
 * NULL. */
E2E__FN const char *e2e__service_orphans(void)
{
	siginfo_t info;

	memset(&info, 0, sizeof info);
	while (!waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid) {
		struct e2e__stat st;
		const struct e2e__process *p = e2e__proc.list;

		while (p && (p->pub.pid != info.si_pid || !p->pub.running))
			p = p->next;
		if (p)
			return NULL; /* one of those that are known */
		bool known = e2e__system_stat_read(info.si_pid, &st);
		bool crash = info.si_code != CLD_EXITED && e2e__system_crash(info.si_status);
		waitpid(info.si_pid, NULL, 0);
		if (crash)
			return e2e_printf("%s (pid %ld), which had detached itself, has died of %s",
				known ? st.name : "a process", (long)info.si_pid,
				e2e__clock_signal_name(info.si_status));
		memset(&info, 0, sizeof info);
	}

	return NULL;
}

/* Sleeps until something stirs, and looks: why is the service dead? NULL: it lives. */
E2E__FN const char *e2e__service_look(const struct e2e__service *s)
{
	struct pollfd polls[64];
	nfds_t n = 1;

	polls[0].fd = s->end;
	polls[0].events = s->fifo ? 0 : POLLIN; /* POLLHUP comes by itself */
	for (struct e2e__process *p = e2e__proc.list; p && n < 64; p = p->next)
		if (p->pidfd >= 0) {
			polls[n].fd = p->pidfd;
			polls[n++].events = POLLIN;
		}
	poll(polls, n, 200);

	e2e__wait_look();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->exited && p->pub.running &&
			!e2e__wait_allowed(p)) /* not those that start() has waited for */
			return e2e__service_exit(p);
	return e2e__service_orphans();
}

/* The keeper's life after the start. */
E2E__FN void e2e__service_keep(const struct e2e__service *s)
{
	const char *why = NULL;

	while (!why && !e2e__service_told && !e2e__service_run_over(s))
		why = e2e__service_look(s);
	if (why)
		e2e__service_died(s, why);
	unlink(e2e__service_file(s->run, s->name, ".address"));
	e2e__service_clean(s);
	_exit(0);
}

enum { E2E__SERVICE_GROUPS = 64 };

/* The process groups of a service are written down for its warden: where there is no /proc, it has
 * no other way to find them. */
E2E__FN void e2e__service_group(pid_t add, pid_t drop)
{
	volatile e2e__seal *groups = e2e__proc.service->groups, old = e2e__page_seal(drop);

	for (int i = 0; groups && i < E2E__SERVICE_GROUPS; i++)
		if (groups[i] == old) {
			groups[i] = e2e__page_seal(add);
			return;
		}
}

/* Until the keeper or the run ends, or the case gives up. */
E2E__FN void e2e__service_warden_watch(const struct e2e__service *s, pid_t keeper, int pidfd)
{
	int hold = s->hold;

	while (getppid() == keeper && !e2e__service_run_over(s)) {
		struct pollfd polls[3];
		char byte;

		polls[0].fd = pidfd;
		polls[1].fd = s->end;
		polls[2].fd = hold;
		polls[0].events = polls[2].events = POLLIN;
		polls[1].events = s->fifo ? 0 : POLLIN; /* POLLHUP comes by itself */
		polls[2].revents = 0;
		poll(polls, 3, pidfd < 0 || s->end < 0 ? 100 : 1000);
		if (hold < 0 || !polls[2].revents)
			continue;
		if (read(hold, &byte, 1) != 1) {
			kill(keeper, SIGKILL); /* it is in start(), which nobody waits for */
			return;
		}

		close(hold); /* it has started */
		close(s->answer);
		hold = -1;
	}
}

/* A second process beside the keeper, for what the keeper can't see to: a start() that blocks while
 * the run ends or the case gives up, and its own death. It ends whatever carries the service's
 * mark. Until the service has started, it has the case's pipes: end of file on `hold` means that
 * the case has given up (a byte: that it has its answer), and `answer` is open as long as there is
 * something to be ended. */
E2E__FN pid_t e2e__service_warden(const struct e2e__service *s)
{
	pid_t keeper = getpid();
	int pidfd = e2e__system_high(e2e__system_pidfd(keeper));
	sigset_t old;

	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = fork();
	if (pid) {
		e2e__system_signals(SIG_SETMASK, &old);
		if (pidfd >= 0)
			close(pidfd);
		return pid;
	}

	setsid();
	const int keep[] = {s->end, pidfd, s->hold, s->answer};
	e2e__system_close_others(keep, 4);
	e2e__system_leave_folder();
#ifdef E2E__LINUX
	prctl(PR_SET_NAME, "e2e-warden");
#endif
	e2e__service_warden_watch(s, keeper, pidfd);
	if (getppid() == keeper) {
		kill(keeper, SIGTERM);
		for (double until = e2e_now() + 0.7; getppid() == keeper && e2e_now() < until;)
			poll(NULL, 0, 5);
		if (getppid() == keeper)
			kill(keeper, SIGKILL);
	}

	bool in_list = s->groups && !e2e__keeper_knows_processes();
	for (int i = 0; in_list && i < E2E__SERVICE_GROUPS; i++) {
		pid_t group = e2e__page_unseal(s->groups[i]);

		if (group)
			kill(-group, SIGKILL);
	}
	e2e__keeper_sweep_all(s->mark);
	_exit(0);
	return 0;
}

/* Which file a descriptor was when the service's keeper was forked. */
struct e2e__inherited {
	int fd;
	dev_t dev;
	ino_t ino;
};

/* The next open descriptor behind this one; -1: there's none. list: /proc/self/fd, which knows them
 * all; NULL: each is tried, and these may be tens of thousands. */
E2E__FN int e2e__service_next_open(DIR *list, int fd)
{
	int max = e2e__system_descriptors();

	for (struct dirent *e; list && (e = readdir(list));) {
		fd = (int)strtol(e->d_name, NULL, 10);
		if (fd > 2 && fd != dirfd(list))
			return fd;
	}

	for (fd++; !list && fd < max; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return fd;
	return -1;
}

/* All that are open now; the last one has the descriptor -1. */
E2E__FN struct e2e__inherited *e2e__service_inherited(void)
{
	DIR *list = opendir(E2E__PROC "/self/fd");
	size_t n = 1;
	struct stat st;

	for (int fd = 2; (fd = e2e__service_next_open(list, fd)) >= 0;)
		n++;
	struct e2e__inherited *all = (struct e2e__inherited *)e2e__memory_alloc(n * sizeof *all);

	struct e2e__inherited *next = all;
	if (list)
		rewinddir(list);
	for (int fd = 2; next < all + n - 1 && (fd = e2e__service_next_open(list, fd)) >= 0;)
		if (!fstat(fd, &st)) {
			next->fd = fd;
			next->dev = st.st_dev;
			next->ino = st.st_ino;
			next++;
		}
	next->fd = -1;
	if (list)
		closedir(list);
	return all;
}

/* Closes those that are still the same, but for what the keeper goes on with. What was the test's
 * goes: nobody must wait for an end of file that the keeper holds. What start() opened stays: it
 * may be the line to a proxy. */
E2E__FN void e2e__service_close_inherited(
	const struct e2e__service *s, const struct e2e__inherited *list)
{
	struct stat st;

	for (; list->fd >= 0; list++)
		if (list->fd != s->alive && list->fd != s->end && !fstat(list->fd, &st) &&
			st.st_dev == list->dev && st.st_ino == list->ino)
			close(list->fd);
}

/* From here on the process is the service's, and no part of the case that it was forked from. */
E2E__FN void e2e__service_enter(struct e2e__service *s)
{
	e2e__hook_forked();
	setsid();
	e2e__system_default_signals();
	e2e__system_quiet();
#ifdef E2E__LINUX
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	prctl(PR_SET_NAME, "e2e-service");
#endif

	/* its keeper must leave it alone, and so must the service that uses this one */
	if (e2e__proc.shared)
		e2e__page_unshare(e2e__proc.shared, sizeof *e2e__proc.shared);
	e2e__spawn_leave_service();
	unsetenv("E2E_MARK");
	s->mark = e2e_printf(
		"E2E_SERVICE=%ld-%llx", (long)getpid(), (unsigned long long)(e2e_now() * 1e9));
	setenv("E2E_SERVICE", strchr(s->mark, '=') + 1, 1);
	s->groups =
		(volatile e2e__seal *)e2e__page_share(E2E__SERVICE_GROUPS * sizeof(e2e__seal), -1);
	e2e__proc.shared = NULL;
	e2e__proc.list = NULL;
	e2e__proc.stems = NULL;
	e2e__proc.service = s;
	e2e__state.own_folder = s->dir;
}

/* What is wrong with what start() has made, or NULL. *first: the service's process. */
E2E__FN const char *e2e__service_wrong(const char *address, struct e2e__process **first)
{
	bool ended = false;

	/* the last of the list was spawned first */
	e2e__wait_look();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		ended = ended || (p->exited && p->pub.running && !e2e__wait_allowed(p));
		if (p->pub.running && (!*first || !p->helper || (*first)->helper))
			*first = p;
	}

	if (!address)
		return e2e__proc.service->excuse ? e2e__proc.service->excuse
						 : "start() returned NULL";
	if (!*address)
		return "start() returned an empty address";
	if (!e2e__proc.list)
		return "start() has spawned nothing";
	if (strchr(address, '\n'))
		return "its address has a line feed in it";
	return !*first || ended ? "its process has ended" : NULL;
}

/* The keeper: never returns. */
E2E__FN void e2e__service_keeper(struct e2e__service *s, e2e_service_fn *start, void *arg)
{
	const struct e2e__inherited *inherited = e2e__service_inherited();
	struct e2e__process *first = NULL;
	struct sigaction action;

	e2e__service_enter(s);
	s->warden = e2e__service_warden(s);
	close(s->hold);
	s->hold = -1;
	s->alive = e2e__system_high(open(
		e2e__service_file(s->run, s->name, ".alive"), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	if (s->alive < 0 || flock(s->alive, LOCK_EX | LOCK_NB))
		_exit(1);
	const char *address = start(arg);

	memset(&action, 0, sizeof action);
	action.sa_handler = e2e__service_tell;
	sigaction(SIGTERM, &action, NULL);
	const char *wrong = e2e__service_wrong(address, &first);
	if (!wrong &&
		!e2e__service_write(e2e__service_file(s->run, s->name, ".address"),
			e2e_printf("%s\n%ld %ld\n", address, (long)first->pub.pid, (long)getpid())))
		wrong = "its address can't be written into the run's folder";
	if (!wrong && write(s->answer, "+", 1) == 1) {
		close(s->answer);
		close(s->lock);
		s->answer = s->lock = -1;
		e2e__service_close_inherited(s, inherited);
		e2e__system_leave_folder();
		e2e__service_keep(s);
	}
	if (wrong && write(s->answer, wrong, strlen(wrong)) < 0) {
		/* nobody listens: the case is gone */
	}

	e2e__service_clean(s);
	_exit(1);
}
