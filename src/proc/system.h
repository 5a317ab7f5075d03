#pragma once
#include "base.h"
#include "state.h"
#include "doors.h"

/* @implementation */

enum { E2E__LOG_MB = 256, E2E__SHOWN = 24 };

/* Of a process that somebody else has waited for: no expectation is equal to it. */
enum { E2E__STATUS_LOST = -1000000 };

/* How a helper process of the toolkit ends if it has to: a number has one meaning. */
enum e2e__helper_end {
	E2E__HELPER_NO_MEMORY = 96,
	E2E__HELPER_CANT_WAIT = 97,
	E2E__HELPER_NO_FOLDER = 98,
	E2E__HELPER_NO_DESCRIPTORS = 99
};

E2E__FN const char *e2e__system_status_word(int status)
{
	if (status == E2E__STATUS_LOST)
		return "an unknown status";
	return status < 0 ? e2e__clock_signal_name(-status) : e2e_printf("exit code %d", status);
}

/* A failure with its word for programs and its texts; the caller adds what else there is. */
E2E__FN e2e_failure e2e__system_failure(const char *code, const char *message, const char *hint)
{
	e2e_failure failure;

	memset(&failure, 0, sizeof failure);
	failure.code = code;
	failure.message = message;
	failure.hint = hint;
	return failure;
}

/* Fails and ends the case: the one way in which what can't be had or makes no sense does so.
 * `what` is the name of the test point. An operation that was going on is over. */
E2E__FN void e2e__system_die_of(const char *file, int line, const char *what, const char *code,
	const char *message, const char *hint) __attribute__((noreturn));
E2E__FN void e2e__system_die_of(const char *file, int line, const char *what, const char *code,
	const char *message, const char *hint)
{
	e2e_failure failure = e2e__system_failure(code, message, hint);

	e2e__wait_op_end();
	e2e__exit_die(file, line, what, &failure);
}

/* A command as one would type it, without the secrets that it shows. Long ones are cut: they are
 * shown in messages only. */
E2E__FN const char *e2e__system_typed(e2e__words argv)
{
	E2E__BUF(whole, 512);
	E2E__BUF(b, 512);

	for (size_t i = 0; argv[i] && whole.n < 1000; i++) {
		if (i)
			e2e__buf_adds(&whole, " ");
		e2e__buf_add_shell(&whole, argv[i]);
	}

	e2e__secret_add(&b, whole.p, whole.n, true);
	e2e__buf_free(&whole);
	if (b.n > 1000) {
		b.n = 1000;
		e2e__buf_adds(&b, "...");
	}

	char *text = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	return text;
}

/* The same descriptor, but not one of 0, 1, 2: those are redirected in children. */
E2E__FN int e2e__system_high(int fd)
{
	if (fd < 0 || fd > 2)
		return fd;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 3), saved = errno;
	close(fd);
	errno = saved;
	return high;
}

/* pipe() with close-on-exec, above 2. */
E2E__FN int e2e__system_pipe(int fd[2])
{
#ifdef E2E__LINUX
	if (syscall(SYS_pipe2, fd, O_CLOEXEC))
		return -1;
#else
	if (pipe(fd))
		return -1;
	fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	fcntl(fd[1], F_SETFD, FD_CLOEXEC);
#endif
	fd[0] = e2e__system_high(fd[0]);
	fd[1] = e2e__system_high(fd[1]);
	return fd[0] < 0 || fd[1] < 0 ? -1 : 0;
}

E2E__FN int e2e__system_pidfd(pid_t pid)
{
#if defined E2E__LINUX && defined SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	errno = ENOSYS;
	return -1;
#endif
}

E2E__FN bool e2e__system_group_lives(pid_t group)
{
	return kill(-group, 0) == 0 || errno == EPERM;
}

/* When a wait is over, by e2e_now(). Where a limit of the case ends first, its report is the right
 * one: the wait lets it come. */
E2E__FN double e2e__system_wait_until(double seconds)
{
	double own = e2e_now() + e2e__clock_scaled(seconds), end = e2e__limit_until(seconds);

	/* the parent ends what blocks signals after half of that */
	return end < own ? end + e2e__clock_scaled(1) : own;
}

E2E__FN double e2e__system_patience(double seconds)
{
	if (seconds >= 0)
		return seconds;
	if (e2e__proc.timeout > 0)
		return e2e__proc.timeout;
	return e2e__proc.suite_timeout > 0 ? e2e__proc.suite_timeout : 20;
}

/* What /proc tells of a process. */
struct e2e__stat {
	char name[32], state;
	pid_t parent, group, session;
	bool exiting;               /* on its way out: it only has to be cleared away */
	unsigned long long started; /* ticks since the system was */
	unsigned long long used;    /* ticks of processors, with its reaped children's */
	int ended;                  /* of a zombie, as waitpid gives it */
};

/* The n-th field of a line of /proc/PID/stat, counted as in proc(5), from the end of the name
 * on. */
E2E__FN const char *e2e__system_stat_field(const char *end_of_name, int n)
{
	const char *field = end_of_name;

	for (int i = 2; field && i < n; i++)
		field = strchr(field + 1, ' ');
	return field ? field : "";
}

/* False if it is gone, or nobody tells. */
E2E__FN bool e2e__system_stat_read(pid_t pid, struct e2e__stat *st)
{
	char path[64], text[1024];

	memset(st, 0, sizeof *st);
	snprintf(path, sizeof path, E2E__PROC "/%ld/stat", (long)pid);
	if (e2e__file_read_start(path, text, sizeof text) <= 0)
		return false;
	const char *name = strchr(text, '('), *end = strrchr(text, ')'); /* a name may hold both */
	if (!name || !end || end[1] != ' ')
		return false;
	snprintf(st->name, sizeof st->name, "%.*s", (int)(end - name - 1), name + 1);
	st->state = end[2];
	st->parent = (pid_t)strtol(e2e__system_stat_field(end, 4), NULL, 10);
	st->group = (pid_t)strtol(e2e__system_stat_field(end, 5), NULL, 10);
	st->session = (pid_t)strtol(e2e__system_stat_field(end, 6), NULL, 10);
	st->exiting = strtoul(e2e__system_stat_field(end, 9), NULL, 10) & 4; /* PF_EXITING */
	for (int n = 14; n <= 17; n++)
		st->used += strtoull(e2e__system_stat_field(end, n), NULL, 10);
	st->started = strtoull(e2e__system_stat_field(end, 22), NULL, 10);
	st->ended = (int)strtol(e2e__system_stat_field(end, 52), NULL, 10);
	return true;
}

/* Has a process exited, as its line in /proc tells? For systems without pidfds. */
E2E__FN bool e2e__system_zombie(pid_t pid)
{
	struct e2e__stat st;

	return e2e__system_stat_read(pid, &st) && st.state == 'Z';
}

/* Descriptors are below this, as far as can be known. */
E2E__FN int e2e__system_descriptors(void)
{
	long max = sysconf(_SC_OPEN_MAX);

	return max < 0 || max > 65536 ? 65536 : (int)max;
}

/* The lowest of these descriptors that isn't below `first`; INT_MAX if there is none. */
E2E__FN int e2e__system_next_kept(const int *keep, size_t n, int first)
{
	int next = INT_MAX;

	for (size_t i = 0; i < n; i++)
		if (keep[i] >= first && keep[i] < next)
			next = keep[i];
	return next;
}

/* Closes what this process has inherited above stderr, but for n descriptors (-1: none). Also
 * between vfork and exec. */
E2E__FN void e2e__system_close_others(const int *keep, size_t n)
{
	int first = 3, kept;

#if defined E2E__LINUX && defined SYS_close_range
	while ((kept = e2e__system_next_kept(keep, n, first)) != INT_MAX) {
		if (kept > first)
			syscall(SYS_close_range, (unsigned)first, (unsigned)kept - 1, 0);
		first = kept + 1;
	}

	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0)
		return;
	first = 3;
#endif
	kept = e2e__system_next_kept(keep, n, first);
	for (int fd = first, max = e2e__system_descriptors(); fd < max; fd++)
		if (fd == kept)
			kept = e2e__system_next_kept(keep, n, fd + 1);
		else
			close(fd);
}

/* A process of ours is in nobody's way: no folder is in use because of it. */
E2E__FN void e2e__system_leave_folder(void)
{
	if (chdir("/")) {
		/* then it stays where it is */
	}
}

/* stdin, stdout and stderr of a process of ours that has nothing to say. */
E2E__FN void e2e__system_quiet(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

/* The last signal whose action isn't its default; at least the last one that has a name: these
 * change often, and it costs a call each. */
E2E__FN int e2e__system_last_signal(void)
{
	struct sigaction now;
	int last = NSIG - 1;

	while (last > 31 && (sigaction(last, NULL, &now) || now.sa_handler == SIG_DFL))
		last--;
	return last;
}

/* The signals up to the last one, as a fresh program has them. */
E2E__FN void e2e__system_default_signals_to(int last)
{
	struct sigaction old, plain;

	memset(&plain, 0, sizeof plain);
	plain.sa_handler = SIG_DFL;
	for (int s = 1; s <= last; s++)
		if (s != SIGKILL && s != SIGSTOP && !sigaction(s, NULL, &old) &&
			old.sa_handler != SIG_DFL)
			sigaction(s, &plain, NULL);
}

E2E__FN void e2e__system_default_signals(void)
{
	e2e__system_default_signals_to(NSIG - 1);
}

E2E__FN void e2e__system_signals(int how, sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(how, how == SIG_BLOCK ? &all : old, how == SIG_BLOCK ? old : NULL);
}

/* Waits for a child of ours for a moment; true if it is gone. */
E2E__FN bool e2e__system_ended_within(pid_t pid, double seconds, int *status)
{
	for (double until = e2e_now() + seconds;; poll(NULL, 0, 1)) {
		pid_t got = waitpid(pid, status, WNOHANG);

		if (got == pid || (got < 0 && errno == ECHILD))
			return true;
		if (e2e_now() >= until)
			return false;
	}
}

E2E__FN bool e2e__system_reaped_within(pid_t pid, double seconds)
{
	int status;

	return e2e__system_ended_within(pid, seconds, &status);
}

/* Is this how programs die that were not told to? */
E2E__FN bool e2e__system_crash(int signo)
{
	return signo == SIGSEGV || signo == SIGBUS || signo == SIGILL || signo == SIGFPE ||
		signo == SIGABRT || signo == SIGSYS || signo == SIGTRAP || signo == SIGXCPU ||
		signo == SIGXFSZ;
}

/* write() that reports EPIPE without the signal. */
E2E__FN ssize_t e2e__system_write(int fd, const char *bytes, size_t size)
{
	sigset_t pipe_set, old, pending;
	int got;

	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe_set, &old);
	sigpending(&pending);
	bool before = sigismember(&pending, SIGPIPE);
	ssize_t n = write(fd, bytes, size);
	int error = errno;
	sigpending(&pending);
	if (n < 0 && error == EPIPE && !before && sigismember(&pending, SIGPIPE))
		sigwait(&pipe_set, &got);
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = error;
	return n;
}

/* Writes all of it, or gives up. */
E2E__FN bool e2e__system_write_whole(int fd, const char *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = e2e__system_write(fd, bytes + done, size - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* Not blocking, closed by exec. -1 with errno. */
E2E__FN int e2e__system_fd_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	return fd;
}
