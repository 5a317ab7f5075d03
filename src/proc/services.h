#pragma once
#include "state.h"
#include "system.h"
#include "keeper.h"
#include "logs.h"
#include "waits.h"
#include "spawn.h"
#include "ends.h"
#include "later.h"

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
 * line feed), or NULL if that failed. It runs in a keeper process of its own, in the folder of the
 * service; assertions count for the caller. */
typedef const char *e2e_service_fn(void *arg);
/* The address of the service with this name (letters, digits, - _ .); start(arg) is called by
 * whoever needs it first. Ends the case if it can't be started; the program ends with `Bail out!`
 * if the service dies. */
#define e2e_service(name, start, arg) e2e__service(E2E__AT, name, start, arg)
/* Its process: the first that start() spawned and that still ran then. 0 if there is no such
 * service. */
E2E__FN pid_t e2e_service_pid(const char *name);
/* The folder of all services of the run: $E2E_RUN_DIR under prove. Valid until the case's end. */
E2E__FN const char *e2e_run_dir(void);

E2E__FN const char *e2e__service(
	const char *file, int line, const char *name, e2e_service_fn *start, void *arg);

/* @implementation */

/* A service's keeper is a forked process with a session of its own. It runs start(), says the
 * address to the case, and lives until the run is over: the end of file on $E2E_RUN_DIR/alive, or
 * the death of the program that runs alone.
 * In the run's folder: NAME.lock (held while somebody starts it), NAME.alive (locked as long as the
 * keeper lives), NAME.address (address, pid, keeper), NAME.died (why, once its process has ended
 * before the run), NAME.uses (the services that it uses), NAME/ (logs), kept (somebody has to look
 * at the logs: the folder stays). */

E2E__FN const char *e2e_run_dir(void)
{
	struct stat st;
	const char *given = e2e__proc.given_run_dir;

	if (e2e__proc.in_service)
		return e2e_printf("%.*s",
			(int)(strrchr(e2e__proc.service_dir, '/') - e2e__proc.service_dir),
			e2e__proc.service_dir);
	if (given && *given && (stat(given, &st) || !S_ISDIR(st.st_mode)))
		e2e_bail_out(
			"E2E_RUN_DIR=%s is no folder: services can't be shared there; unset it, or make the folder",
			given);
	if (given && *given)
		return e2e__memory_strdup(given);
	if (!e2e__proc.shared)
		e2e__keeper_start();
	char *own = e2e__proc.shared->run_dir;
	if (!*own) {
		const char *tmp = e2e__file_tmp();
		char path[200];

		if ((size_t)snprintf(path, sizeof path, "%s/e2e-run-XXXXXX", tmp) >= sizeof path) {
			errno = ENAMETOOLONG;
			*path = '\0';
		}
		if (!*path || !mkdtemp(path))
			e2e_bail_out(
				"can't make a folder for services in %s: %s", tmp, strerror(errno));
		memcpy(own, path, sizeof path);
	}

	return e2e__memory_strdup(own);
}

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

E2E__FN pid_t e2e_service_pid(const char *name)
{
	pid_t pid = 0;

	e2e__service_read(e2e_run_dir(), name, &pid, NULL);
	return pid;
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

/* Is the run over? `end` is the FIFO of a run or the pidfd of a program. */
E2E__FN bool e2e__service_run_over(int end, bool fifo, pid_t runner)
{
	char byte;
	struct pollfd one;

	if (fifo)
		return read(end, &byte, 1) == 0;
	one.fd = end;
	one.events = POLLIN;
	return end >= 0 ? poll(&one, 1, 0) > 0 : kill(runner, 0) != 0;
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

/* What a service leaves behind when its process dies, for those who use it. */
E2E__FN void e2e__service_died(const char *dir, const char *name, struct e2e__process *p)
{
	const char *err = e2e__log_end(&p->err), *out = e2e__log_end(&p->out);

	e2e__service_keep_logs(dir);
	e2e__service_write(e2e__service_file(dir, name, ".died"),
		e2e_printf("service %s: %s (pid %ld) has exited: %s; its log %s says: %s", name,
			p->pub.command, (long)p->pub.pid, e2e__system_status_word(p->exit_status),
			err ? p->err.path : p->out.path,
			err           ? err
				: out ? out
				      : "(nothing)"));
}

/* Ends all that the service has started, and the warden, which nobody needs any more. */
E2E__FN void e2e__service_clean(const char *mark, pid_t warden)
{
	e2e__end_all(e2e__hook_in_suite());
	e2e__keeper_sweep_all(mark);
	if (warden > 0) {
		kill(warden, SIGKILL);
		waitpid(warden, NULL, 0);
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

/* The keeper's life after the start. */
E2E__FN void e2e__service_keep(const char *dir, const char *name, int end, bool fifo, pid_t runner,
	const char *mark, pid_t warden)
{
	struct e2e__process *dead = NULL;
	const char *crashed = NULL;

	while (!dead && !crashed && !e2e__service_told &&
		!e2e__service_run_over(end, fifo, runner)) {
		struct pollfd polls[64];
		nfds_t n = 1;
		polls[0].fd = end;
		polls[0].events = fifo ? 0 : POLLIN; /* POLLHUP comes by itself */
		for (struct e2e__process *p = e2e__proc.list; p && n < 64; p = p->next)
			if (p->pidfd >= 0) {
				polls[n].fd = p->pidfd;
				polls[n++].events = POLLIN;
			}
		poll(polls, n, 200);
		e2e__wait_look();
		for (struct e2e__process *p = e2e__proc.list; p && !dead; p = p->next)
			if (p->exited && p->pub.running &&
				!e2e__wait_allowed(p)) /* not those that start() has waited for */
				dead = p;
		crashed = crashed || dead ? crashed : e2e__service_orphans();
	}

	if (dead) {
		e2e__service_died(dir, name, dead);
	} else if (crashed) {
		e2e__service_keep_logs(dir);
		e2e__service_write(e2e__service_file(dir, name, ".died"),
			e2e_printf("service %s: %s", name, crashed));
	}
	unlink(e2e__service_file(dir, name, ".address"));
	e2e__service_clean(mark, warden);
	_exit(0);
}

enum { E2E__SERVICE_GROUPS = 64 };

/* The process groups of a service are written down for its warden: where there is no /proc, it has
 * no other way to find them. */
E2E__FN void e2e__service_group(pid_t add, pid_t drop)
{
	volatile pid_t *groups = e2e__proc.groups;

	for (int i = 0; groups && i < E2E__SERVICE_GROUPS; i++)
		if (groups[i] == drop) {
			groups[i] = add;
			return;
		}
}

/* A second process beside the keeper, for what the keeper can't see to: a start() that blocks while
 * the run ends or the case gives up, and its own death. It ends whatever carries the service's
 * mark. Until the service has started, it has the case's pipes: end of file on `hold` means that
 * the case has given up (a byte: that it has its answer), and `answer` is open as long as there is
 * something to be ended. */
E2E__FN pid_t e2e__service_warden(
	int end, bool fifo, pid_t runner, const char *mark, int hold, int answer)
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
	const int keep[] = {end, pidfd, hold, answer};
	e2e__system_close_others(keep, 4);
	e2e__system_leave_folder();
#ifdef E2E__LINUX
	prctl(PR_SET_NAME, "e2e-warden");
#endif
	while (getppid() == keeper && !e2e__service_run_over(end, fifo, runner)) {
		struct pollfd polls[3];
		char byte;

		polls[0].fd = pidfd;
		polls[1].fd = end;
		polls[2].fd = hold;
		polls[0].events = polls[2].events = POLLIN;
		polls[1].events = fifo ? 0 : POLLIN; /* POLLHUP comes by itself */
		polls[2].revents = 0;
		poll(polls, 3, pidfd < 0 || end < 0 ? 100 : 1000);
		if (hold < 0 || !polls[2].revents)
			continue;
		if (read(hold, &byte, 1) == 1) { /* it has started */
			close(hold);
			close(answer);
			hold = -1;
		} else {
			kill(keeper, SIGKILL); /* it is in start(), which nobody waits for */
			break;
		}
	}

	if (getppid() == keeper) {
		kill(keeper, SIGTERM);
		for (double until = e2e_now() + 0.7; getppid() == keeper && e2e_now() < until;)
			poll(NULL, 0, 5);
		if (getppid() == keeper)
			kill(keeper, SIGKILL);
	}

	for (int i = 0;
		e2e__proc.groups && !e2e__keeper_knows_processes() && i < E2E__SERVICE_GROUPS; i++)
		if (e2e__proc.groups[i] > 1)
			kill(-e2e__proc.groups[i], SIGKILL);
	e2e__keeper_sweep_all(mark);
	_exit(0);
	return 0;
}

/* Which file a descriptor was when the service's keeper was forked. */
struct e2e__inherited {
	int fd;
	dev_t dev;
	ino_t ino;
};

/* All that are open now; the last one has the descriptor -1. */
E2E__FN struct e2e__inherited *e2e__service_inherited(void)
{
	int max = e2e__system_descriptors();
	size_t n = 1;
	struct stat st;

	for (int fd = 3; fd < max; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	struct e2e__inherited *list = (struct e2e__inherited *)e2e__memory_alloc(n * sizeof *list);

	struct e2e__inherited *next = list;
	for (int fd = 3; fd < max && next < list + n - 1; fd++)
		if (!fstat(fd, &st)) {
			next->fd = fd;
			next->dev = st.st_dev;
			next->ino = st.st_ino;
			next++;
		}
	next->fd = -1;
	return list;
}

/* Closes those that are still the same, but for two. */
E2E__FN void e2e__service_close_inherited(const struct e2e__inherited *list, int keep, int keep_too)
{
	struct stat st;

	for (; list->fd >= 0; list++)
		if (list->fd != keep && list->fd != keep_too && !fstat(list->fd, &st) &&
			st.st_dev == list->dev && st.st_ino == list->ino)
			close(list->fd);
}

/* The keeper: never returns. */
E2E__FN void e2e__service_keeper(const char *dir, const char *name, e2e_service_fn *start,
	void *arg, int hold, int answer, int lock, int end, bool fifo)
{
	const struct e2e__inherited *inherited = e2e__service_inherited();
	pid_t runner = e2e__proc.in_service ? e2e__proc.runner : e2e__proc.shared->runner;
	struct sigaction action;
	char mark[80];

	e2e__hook_forked();
	setsid();
	e2e__system_default_signals();
	e2e__system_quiet();
#ifdef E2E__LINUX
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	prctl(PR_SET_NAME, "e2e-service");
#endif
	/* Not the program's any more: its keeper must leave it and its children alone. */
	if (e2e__proc.shared)
		e2e__page_unshare(e2e__proc.shared, sizeof *e2e__proc.shared);
	for (int i = 0; e2e__proc.in_service && i < 5; i++)
		/* nor those of the service that uses this one */
		if (e2e__proc.keepers[i] > 2)
			close(e2e__proc.keepers[i]);
	unsetenv("E2E_MARK");
	snprintf(mark, sizeof mark, "E2E_SERVICE=%ld-%llx", (long)getpid(),
		(unsigned long long)(e2e_now() * 1e9));
	setenv("E2E_SERVICE", strchr(mark, '=') + 1, 1);
	e2e__proc.shared = NULL;
	e2e__proc.in_service = true;
	e2e__proc.runner = runner;
	e2e__proc.list = NULL;
	e2e__proc.stems = NULL;
	e2e__proc.service_dir = e2e__state.own_folder = e2e__service_file(dir, name, "");
	e2e__proc.groups =
		(volatile pid_t *)e2e__page_share(E2E__SERVICE_GROUPS * sizeof(pid_t), -1);
	pid_t warden = e2e__service_warden(end, fifo, runner, mark, hold, answer);
	close(hold);
	int alive = e2e__system_high(
		open(e2e__service_file(dir, name, ".alive"), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	if (alive < 0 || flock(alive, LOCK_EX | LOCK_NB))
		_exit(1);
	const int keepers[5] = {alive, lock, answer, end, -1};
	memcpy(e2e__proc.keepers, keepers, sizeof keepers);

	const char *address = start(arg);
	memset(&action, 0, sizeof action);
	action.sa_handler = e2e__service_tell;
	sigaction(SIGTERM, &action, NULL);
	bool spawned = e2e__proc.list != NULL, ended = false;
	struct e2e__process *first = NULL;
	e2e__wait_look();

	/* the last of the list was spawned first */
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next) {
		ended = ended || (p->exited && p->pub.running && !e2e__wait_allowed(p));
		if (p->pub.running && (!first || !p->helper || first->helper))
			first = p;
	}

	bool fine = address && *address && !strchr(address, '\n') && first && !ended;
	if (fine)
		fine = e2e__service_write(e2e__service_file(dir, name, ".address"),
			e2e_printf("%s\n%ld %ld\n", address, (long)first->pub.pid, (long)getpid()));
	if (fine && write(answer, "+", 1) == 1) {
		close(answer);
		close(lock);

		/* What was the test's goes: nobody must wait for an end of file that the keeper
		 * holds. What start() opened stays: it may be the line to a proxy. */
		e2e__service_close_inherited(inherited, alive, end);
		e2e__system_leave_folder();
		e2e__service_keep(dir, name, end, fifo, runner, mark, warden);
	}

	const char *why = !address      ? "start() returned NULL"
		: !*address             ? "start() returned an empty address"
		: !spawned              ? "start() has spawned nothing"
		: strchr(address, '\n') ? "its address has a line feed in it"
					: "its process has ended";
	if (write(answer, why, strlen(why)) < 0) {
		/* nobody listens: the case is gone */
	}

	e2e__service_clean(mark, warden);
	_exit(1);
}

/* The lock of a service, waited for as long as the case may last: somebody else starts it. */
E2E__FN int e2e__service_lock(const char *file, int line, const char *dir, const char *name)
{
	const char *path = e2e__service_file(dir, name, ".lock");
	int fd = e2e__system_high(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	double until = e2e__system_wait_until(600);

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			break;
		e2e__wait_waiting("service %s, which another program starts", name);
		if (e2e_now() >= until) {
			close(fd);
			e2e__wait_net_die(file, line, name,
				e2e_printf("service %s: whoever starts it has not finished in time",
					name),
				"see the logs in the run's folder");
		}
		e2e__limit_pause(0.005);
	}

	e2e__wait_waiting(NULL);
	e2e__later_close(fd);
	if (fd < 0)
		e2e__wait_net_die(file, line, name,
			e2e_printf("service %s: can't write %s: %s", name, path, strerror(errno)),
			"E2E_RUN_DIR must be a folder of yours");
	return fd;
}

/* What a service writes from now on belongs into the failure of the case that uses it, and so do
 * the services that this one uses (not for ever: two may use each other). */
E2E__FN void e2e__service_show(const char *dir, const char *name, int depth)
{
	const char *folder = e2e__service_file(dir, name, "");
	char *uses = e2e__file_read(e2e__service_file(dir, name, ".uses"), NULL), *end;
	DIR *d = opendir(folder);

	for (struct dirent *e; d && (e = readdir(d));) {
		const char *dot = strrchr(e->d_name, '.');
		const char *path = e2e__service_file(folder, "", e->d_name);
		struct stat st;

		if (dot && (strcmp(dot, ".stdout") == 0 || strcmp(dot, ".stderr") == 0) &&
			!stat(path, &st))
			e2e__hook_evidence_from(
				e2e_printf("%s/%s", name, e->d_name), path, (long long)st.st_size);
	}

	if (d)
		closedir(d);
	for (; uses && depth < 8 && (end = strchr(uses, '\n')); uses = end + 1) {
		*end = '\0';
		e2e__service_show(dir, uses, depth + 1);
	}
}

/* Notes that the service which is being started uses this one. */
E2E__FN void e2e__service_uses(const char *name)
{
	const char *line = e2e_printf("%s\n", name);
	int fd = open(e2e_printf("%s.uses", e2e__proc.service_dir),
		O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || !e2e__file_write_whole(fd, line, strlen(line)))
		fprintf(stderr, "e2e: can't write that it uses %s: %s\n", name, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* A case begins: it uses what its suite has asked for. */
E2E__FN void e2e__services_case_begin(void)
{
	const struct e2e__proc_shared *shared = e2e__proc.shared;

	for (int i = 0; shared && i < shared->services; i++)
		if (shared->service[i].suite)
			e2e__service_show(e2e_run_dir(), shared->service[i].name, 0);
}

/* Notes a service that this program uses, and waits until the processes above know that its keeper
 * is no leftover. */
E2E__FN void e2e__service_use(const char *name, pid_t pid, pid_t keeper)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;

	if (!shared) {
		/* it is the child of that one's keeper, and lives as long as the run */
		e2e__service_uses(name);
		return;
	}

	int at = shared->services;
	for (int i = 0; i < shared->services; i++)
		if (strcmp(shared->service[i].name, name) == 0) {
			if (e2e__hook_in_suite())
				shared->service[i].suite = true;
			return;
		}
	if (at >= E2E__SERVICES)
		e2e_bail_out("more than %d services in one program", (int)E2E__SERVICES);
	snprintf(shared->service[at].name, sizeof shared->service[at].name, "%s", name);
	shared->service[at].pid = pid;
	shared->service[at].keeper = keeper;
	shared->service[at].suite = e2e__hook_in_suite();
	shared->services = at + 1;
	double until = e2e_now() + 2;
	for (int i = 0; i < 4; i++) {
		pid_t watcher = shared->watcher[i];

		while (watcher && watcher != getpid() && !shared->service[at].known[i] &&
			e2e_now() < until) {
			kill(watcher, SIGCHLD); /* it looks when something stirs */
			poll(NULL, 0, 1);
		}
	}
}

/* The keeper has ended in start() without a word: what its end tells. */
E2E__FN const char *e2e__service_start_failed(pid_t keeper)
{
	int status = 0;

	if (!e2e__system_ended_within(keeper, 1, &status))
		return "its start has failed";
	if (WIFSIGNALED(status))
		return e2e_printf("start() has died of %s (pid %ld)",
			e2e__clock_signal_name(WTERMSIG(status)), (long)keeper);
	return e2e_printf(
		"start() has ended the process it runs in, with exit code %d", WEXITSTATUS(status));
}

/* Gives up a service that is being started, and waits until nothing of it is left: its keeper is
 * our child. */
E2E__FN void e2e__service_give_up(void)
{
	pid_t keeper = e2e__proc.starting;
	char rest[200];
	struct pollfd polls[1];

	if (keeper <= 0)
		return;
	e2e__proc.starting = 0;
	close(e2e__proc.hold);
	polls[0].fd = e2e__proc.answer;
	polls[0].events = POLLIN;
	fcntl(e2e__proc.answer, F_SETFL, O_NONBLOCK);
	for (double until = e2e_now() + 3; e2e_now() < until;) {
		ssize_t n = read(e2e__proc.answer, rest, sizeof rest);

		if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
			break;
		poll(polls, 1, 50);
	}

	close(e2e__proc.answer);
	kill(keeper, SIGKILL);
	e2e__system_reaped_within(keeper, 1);
	if (e2e__hook_in_suite())
		e2e__hook_own_drop(keeper);
}

/* Starts it and waits for its address. Called with the lock held. */
E2E__FN void e2e__service_start(const char *file, int line, const char *dir, const char *name,
	e2e_service_fn *start, void *arg, int lock)
{
	int answer[2], hold[2];
	const char *given = e2e__proc.given_run_dir;
	int end = given && *given ? e2e__system_high(open(e2e__service_file(dir, "alive", ""),
					    O_RDONLY | O_NONBLOCK | O_CLOEXEC))
				  : -1;
	bool fifo = end >= 0;

	if (!fifo)
		end = e2e__system_pidfd(
			e2e__proc.in_service ? e2e__proc.runner : e2e__proc.shared->runner);
	if (e2e__system_pipe(answer) || e2e__system_pipe(hold) ||
		(mkdir(e2e__service_file(dir, name, ""), 0700) && errno != EEXIST))
		e2e__wait_net_die(file, line, name,
			e2e_printf("service %s: %s", name, strerror(errno)), NULL);
	unlink(e2e__service_file(dir, name, ".died"));
	unlink(e2e__service_file(dir, name, ".uses"));
	sigset_t old;
	fflush(stdout);
	e2e__wait_waiting("service %s to start", name); /* its keeper says more */
	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = fork();
	if (pid == 0) {
		close(answer[0]);
		close(hold[1]);
		e2e__system_signals(SIG_SETMASK, &old);
		e2e__service_keeper(dir, name, start, arg, hold[0], answer[1], lock, end, fifo);
	}

	if (pid > 0 && (e2e__hook_in_suite() || e2e__state.page->direct))
		e2e__hook_own_add(pid); /* whoever looks for leftovers is this process */
	close(answer[1]);
	close(hold[0]);
	if (end >= 0)
		close(end);

	/* a limit, or a failed assertion in start(), ends the case from outside */
	e2e__proc.starting = pid;
	e2e__proc.answer = answer[0];
	e2e__proc.hold = hold[1];
	e2e__system_signals(SIG_SETMASK, &old);
	char why[200];
	ssize_t n = -1;
	fcntl(answer[0], F_SETFL, O_NONBLOCK);
	double until = e2e__system_wait_until(600);
	while (pid > 0 && (n = read(answer[0], why, sizeof why - 1)) < 0 &&
		(errno == EAGAIN || errno == EINTR) && e2e_now() < until)
		e2e__limit_pause(0.002);
	e2e__wait_waiting(NULL);
	if (n == 1 && why[0] == '+' && write(hold[1], "+", 1) == 1) {
		e2e__proc.starting = 0;
		close(answer[0]);
		close(hold[1]);
		return;
	}

	const char *ended = n == 0 ? e2e__service_start_failed(pid) : "it took too long";
	e2e__service_give_up();
	e2e__service_keep_logs(dir);
	close(lock);
	why[n > 0 ? n : 0] = '\0';
	e2e__wait_net_die(file, line, name,
		e2e_printf("service %s couldn't be started: %s", name, n > 0 ? why : ended),
		e2e_printf("its logs are in %s/%s", dir, name));
}

E2E__FN const char *e2e__service(
	const char *file, int line, const char *name, e2e_service_fn *start, void *arg)
{
	static const char fine[] = E2E__ALNUM "-_.";
	pid_t pid = 0, keeper = 0;

	if (!name || !*name || *name == '.' || strlen(name) > 63 || name[strspn(name, fine)])
		e2e__wait_net_die(file, line, "e2e_service",
			e2e_printf("a service can't have the name \"%s\"", name ? name : ""),
			"up to 63 letters, digits, - _ .");
	e2e__spawn_ready();
	if (e2e__proc.shared)
		e2e__proc.shared->services_asked = 1;
	const char *dir = e2e_run_dir();
	int lock = e2e__service_lock(file, line, dir, name);
	const char *died = e2e__file_read(e2e__service_file(dir, name, ".died"), NULL);
	if (died) {
		close(lock);
		e2e_bail_out("%s", died);
	}

	if (!e2e__service_lives(dir, name) || !e2e__service_read(dir, name, NULL, NULL))
		e2e__service_start(file, line, dir, name, start, arg, lock);
	const char *address = e2e__service_read(dir, name, &pid, &keeper);
	close(lock);
	if (!address)
		e2e__wait_net_die(file, line, name,
			e2e_printf("service %s has ended as soon as it was started", name),
			e2e_printf("its logs are in %s/%s", dir, name));
	e2e__service_show(dir, name, 0);
	e2e__service_use(name, pid, keeper);
	return address;
}

/* A program that a case starts, and that is given this run's folder, may start a service of the
 * run. Its keeper is an orphan of the case's then, but no leftover. */
E2E__FN void e2e__services_adopt(const char *dir)
{
	struct stat st;
	DIR *d;

	if (!dir || !*dir || stat(dir, &st) || st.st_mtime == e2e__proc.seen_run ||
		!(d = opendir(dir)))
		return;
	time_t now = time(NULL);
	if (now > st.st_mtime) /* within the same second it may change once more */
		e2e__proc.seen_run = st.st_mtime;
	for (struct dirent *e; (e = readdir(d));) {
		pid_t keeper = 0;
		char *dot = strrchr(e->d_name, '.');

		if (!dot || strcmp(dot, ".address") != 0)
			continue;
		*dot = '\0';
		if (!e2e__service_read(dir, e->d_name, NULL, &keeper) || keeper <= 0)
			continue;
		e2e__hook_own_drop(keeper);
		e2e__hook_own_add(keeper);
	}

	closedir(d);
}

/* Then its services end, too, and in order. */
E2E__FN bool e2e__service_runner_gone(const struct e2e__proc_shared *shared)
{
	return shared->runner != getpid() &&
		(kill(shared->runner, 0) != 0 || e2e__system_zombie(shared->runner));
}

/* How its keeper has ended, if that can be known: it may be a child of the case, or an orphan. */
E2E__FN const char *e2e__service_keeper_end(pid_t keeper)
{
	struct e2e__stat st;
	siginfo_t info;
	int status = 0;

	memset(&info, 0, sizeof info);
	if (keeper > 0 && !waitid(P_PID, (id_t)keeper, &info, WEXITED | WNOHANG | WNOWAIT) &&
		info.si_pid)
		status = info.si_code == CLD_EXITED ? info.si_status : E2E_SIG(info.si_status);
	else if (keeper > 0 && e2e__system_stat_read(keeper, &st) && st.state == 'Z')
		status =
			WIFSIGNALED(st.ended) ? E2E_SIG(WTERMSIG(st.ended)) : WEXITSTATUS(st.ended);
	return status ? e2e_printf("has ended with %s", e2e__system_status_word(status))
		      : "has ended";
}

/* In the processes above the case: why a service that this program uses has died, or NULL. */
E2E__FN const char *e2e__services_watch(void)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;
	const char *given = e2e__proc.given_run_dir;
	char path[PATH_MAX];
	int me = 0;

	e2e__services_adopt(given);
	if (!shared || !shared->services)
		return NULL;
	while (me < 4 && shared->watcher[me] != getpid())
		me++;
	for (int i = 0; i < shared->services; i++) {
		if (me < 4 && !shared->service[i].known[me]) {
			e2e__hook_own_drop(shared->service[i].keeper);
			e2e__hook_own_add(shared->service[i].keeper);
			shared->service[i].known[me] = 1;
		}
		snprintf(path, sizeof path, "%s/%s.died",
			shared->run_dir[0] ? shared->run_dir
				: given    ? given
					   : "",
			shared->service[i].name);
		if (access(path, F_OK) == 0)
			return e2e__file_read(path, NULL);
		char *dot = strrchr(path, '.');
		snprintf(dot, sizeof path - (size_t)(dot - path), ".alive");
		if (shared->services_over || e2e__service_lock_held(path) ||
			e2e__service_runner_gone(shared))
			continue;

		/* it may have come between */
		snprintf(dot, sizeof path - (size_t)(dot - path), ".died");
		const char *died = access(path, F_OK) == 0 ? e2e__file_read(path, NULL) : NULL;
		return died
			? died
			: e2e_printf(
				  "service %s: its keeper (pid %ld) %s, and the service is gone, too",
				  shared->service[i].name, (long)shared->service[i].keeper,
				  e2e__service_keeper_end(shared->service[i].keeper));
	}

	return NULL;
}

/* Ends the services of a program that runs alone. Their folder goes, if nobody has to look into
 * it. */
E2E__FN void e2e__services_end(void)
{
	struct e2e__proc_shared *shared = e2e__proc.shared;

	if (shared && shared->services_asked && e2e__proc.runner == getpid() && e2e__state.failed)
		e2e__service_keep_logs(e2e_run_dir());
	if (!shared || !shared->run_dir[0] || e2e__proc.runner != getpid())
		return;
	shared->run_dir[sizeof shared->run_dir - 1] = '\0';
	const char *name = strrchr(shared->run_dir, '/');
	if (!name || strncmp(name, "/e2e-run-", 9) != 0)
		return; /* it was overwritten: nothing that isn't ours is removed */
	bool keep = access(e2e__service_file(shared->run_dir, "kept", ""), F_OK) == 0;
	shared->services_over = 1;
	for (int i = 0; i < shared->services; i++)
		if (e2e__service_lives(shared->run_dir, shared->service[i].name))
			kill(shared->service[i].keeper, SIGTERM);
	for (int i = 0; i < shared->services; i++) {
		double until = e2e_now() + 2;

		while (!e2e__system_reaped_within(shared->service[i].keeper, 0) &&
			e2e_now() < until &&
			e2e__service_lives(shared->run_dir, shared->service[i].name))
			poll(NULL, 0, 2);
	}

	if (!keep)
		e2e__file_remove_tree(shared->run_dir);
}
