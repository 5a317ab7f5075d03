#pragma once
#include "state.h"
#include "system.h"
#include "keeper.h"
#include "logs.h"
#include "waits.h"
#include "spawn.h"
#include "ends.h"
#include "later.h"
#include "service.h"

/* @interface */

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

E2E__FN const char *e2e_run_dir(void)
{
	struct stat st;
	const char *given = e2e__proc.given_run_dir;

	if (e2e__proc.service)
		return e2e__memory_strdup(e2e__proc.service->run);
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

E2E__FN pid_t e2e_service_pid(const char *name)
{
	pid_t pid = 0;

	e2e__service_read(e2e_run_dir(), name, &pid, NULL);
	return pid;
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
 * the services that this one uses (not for ever: two may use each other). started: this case has
 * just started it; then all that it says does, but what it has said before it was ready is no part
 * of the story. */
E2E__FN void e2e__service_show(const char *dir, const char *name, int depth, bool started)
{
	const char *folder = e2e__service_file(dir, name, "");
	char *uses = e2e__file_read(e2e__service_file(dir, name, ".uses"), NULL), *end;
	DIR *d = opendir(folder);

	for (struct dirent *e; d && (e = readdir(d));) {
		const char *dot = strrchr(e->d_name, '.');
		const char *path = e2e__service_file(folder, "", e->d_name);
		struct stat st;

		if (dot && (strcmp(dot, ".stdout") == 0 || strcmp(dot, ".stderr") == 0) &&
			!stat(path, &st)) {
			e2e__hook_evidence_from(
				e2e_printf("%s/%s", name, e->d_name), path, (long long)st.st_size);
			if (started)
				e2e__lines_quiet(path);
		}
	}

	if (d)
		closedir(d);
	for (; uses && depth < 8 && (end = strchr(uses, '\n')); uses = end + 1) {
		*end = '\0';
		e2e__service_show(dir, uses, depth + 1, false);
	}
}

/* Notes that the service which is being started uses this one. */
E2E__FN void e2e__service_uses(const char *name)
{
	const char *line = e2e_printf("%s\n", name);
	const struct e2e__service *user = e2e__proc.service;
	int fd = open(e2e__service_file(user->run, user->name, ".uses"),
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
			e2e__service_show(e2e_run_dir(), shared->service[i].name, 0, false);
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
	shared->service[at].keeper = e2e__page_seal(keeper);
	shared->service[at].suite = e2e__hook_in_suite();
	shared->services = at + 1;
	double until = e2e_now() + 2;
	for (int i = 0; i < 4; i++) {
		pid_t watcher = shared->watcher[i];

		while (watcher && watcher != getpid() && !shared->service[at].known[i] &&
			e2e_now() < until) {
			kill(watcher, SIGCHLD); /* it looks when something stirs */
			e2e__clock_nap(0.0002);
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
	struct e2e__starting s = e2e__proc.starting;
	char rest[200];
	struct pollfd polls[1];

	if (s.keeper <= 0)
		return;
	e2e__proc.starting.keeper = 0;
	close(s.hold);
	polls[0].fd = s.answer;
	polls[0].events = POLLIN;
	fcntl(s.answer, F_SETFL, O_NONBLOCK);
	for (double until = e2e_now() + 3; e2e_now() < until;) {
		ssize_t n = read(s.answer, rest, sizeof rest);

		if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
			break;
		poll(polls, 1, 50);
	}

	close(s.answer);
	kill(s.keeper, SIGKILL);
	e2e__system_reaped_within(s.keeper, 1);
	if (e2e__hook_in_suite())
		e2e__hook_own_drop(s.keeper);
}

/* What a service needs to know of the run that it belongs to. */
E2E__FN struct e2e__service e2e__service_of(const char *dir, const char *name, int lock)
{
	struct e2e__service s;
	const char *given = e2e__proc.given_run_dir;

	memset(&s, 0, sizeof s);
	s.name = name;
	s.run = dir;
	s.dir = e2e__service_file(dir, name, "");
	s.runner = e2e__proc.service ? e2e__proc.service->runner : e2e__proc.shared->runner;
	s.lock = lock;
	s.alive = s.hold = s.answer = s.end = -1;
	if (given && *given)
		s.end = e2e__system_high(open(
			e2e__service_file(dir, "alive", ""), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
	s.fifo = s.end >= 0;
	if (!s.fifo)
		s.end = e2e__system_pidfd(s.runner);
	return s;
}

/* Forks the keeper. Our ends of the pipes between are in e2e__proc.starting: a limit, or a failed
 * assertion in start(), ends the case from outside. */
E2E__FN void e2e__service_fork(
	const char *file, int line, struct e2e__service *s, e2e_service_fn *start, void *arg)
{
	int answer[2], hold[2];
	sigset_t old;

	if (e2e__system_pipe(answer) || e2e__system_pipe(hold) ||
		(mkdir(s->dir, 0700) && errno != EEXIST))
		e2e__wait_net_die(file, line, s->name,
			e2e_printf("service %s: %s", s->name, strerror(errno)), NULL);
	unlink(e2e__service_file(s->run, s->name, ".died"));
	unlink(e2e__service_file(s->run, s->name, ".uses"));
	fflush(stdout);
	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = fork();
	if (pid == 0) {
		close(answer[0]);
		close(hold[1]);
		s->hold = hold[0];
		s->answer = answer[1];
		e2e__system_signals(SIG_SETMASK, &old);
		e2e__service_keeper(s, start, arg);
	}

	if (pid > 0 && (e2e__hook_in_suite() || e2e__state.page->direct))
		e2e__hook_own_add(pid); /* whoever looks for leftovers is this process */
	close(answer[1]);
	close(hold[0]);
	if (s->end >= 0)
		close(s->end);
	e2e__proc.starting.keeper = pid;
	e2e__proc.starting.answer = answer[0];
	e2e__proc.starting.hold = hold[1];
	e2e__system_signals(SIG_SETMASK, &old);
}

/* Starts it and waits for its address. Called with the lock held. */
E2E__FN void e2e__service_start(
	const char *file, int line, struct e2e__service *s, e2e_service_fn *start, void *arg)
{
	char why[1000];
	ssize_t n = -1;

	e2e__wait_waiting("service %s to start", s->name); /* its keeper says more */
	e2e__service_fork(file, line, s, start, arg);
	pid_t pid = e2e__proc.starting.keeper;
	int answer = e2e__proc.starting.answer, hold = e2e__proc.starting.hold;
	fcntl(answer, F_SETFL, O_NONBLOCK);
	double until = e2e__system_wait_until(600);
	while (pid > 0 && (n = read(answer, why, sizeof why - 1)) < 0 &&
		(errno == EAGAIN || errno == EINTR) && e2e_now() < until) {
		struct pollfd answered;

		answered.fd = answer;
		answered.events = POLLIN;
		e2e__limit_pause(0);
		poll(&answered, 1, 2);
	}
	e2e__wait_waiting(NULL);
	if (n == 1 && why[0] == '+' && write(hold, "+", 1) == 1) {
		e2e__proc.starting.keeper = 0;
		close(answer);
		close(hold);
		return;
	}

	const char *ended = n == 0 ? e2e__service_start_failed(pid) : "it took too long";
	e2e__service_give_up();
	e2e__service_keep_logs(s->run);
	close(s->lock);
	why[n > 0 ? n : 0] = '\0';
	e2e__wait_net_die(file, line, s->name,
		e2e_printf("service %s couldn't be started: %s", s->name, n > 0 ? why : ended),
		e2e_printf("its logs are in %s", s->dir));
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

	bool started = !e2e__service_lives(dir, name) || !e2e__service_read(dir, name, NULL, NULL);
	if (started) {
		struct e2e__service s = e2e__service_of(dir, name, lock);

		e2e__service_start(file, line, &s, start, arg);
	}
	const char *address = e2e__service_read(dir, name, &pid, &keeper);
	close(lock);
	if (!address)
		e2e__wait_net_die(file, line, name,
			e2e_printf("service %s has ended as soon as it was started", name),
			e2e_printf("its logs are in %s/%s", dir, name));
	e2e__service_show(dir, name, 0, started);
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
		pid_t keeper = e2e__page_unseal(shared->service[i].keeper);

		if (me < 4 && !shared->service[i].known[me]) {
			e2e__hook_own_drop(keeper);
			if (keeper)
				e2e__hook_own_add(keeper);
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
				  shared->service[i].name, (long)keeper,
				  e2e__service_keeper_end(keeper));
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
	for (int i = 0; i < shared->services; i++) {
		pid_t keeper = e2e__page_unseal(shared->service[i].keeper);

		if (keeper && e2e__service_lives(shared->run_dir, shared->service[i].name))
			kill(keeper, SIGTERM);
	}

	for (int i = 0; i < shared->services; i++) {
		pid_t keeper = e2e__page_unseal(shared->service[i].keeper);
		double until = e2e_now() + 2;

		while (keeper && !e2e__system_reaped_within(keeper, 0) && e2e_now() < until &&
			e2e__service_lives(shared->run_dir, shared->service[i].name))
			e2e__clock_nap(0.0005);
	}

	if (!keep)
		e2e__file_remove_tree(shared->run_dir);
}
