#pragma once
#include "base.h"
#include "state.h"
#include "doors.h"
#include "system.h"
#include "keeper.h"
#include "logs.h"
#include "told.h"
#include "waits.h"
#include "launch.h"

/* @interface */

/* Starts a command (found by PATH, or a name with a slash) with its arguments. Never NULL: a
 * command that can't be started fails the case and ends it (not-found, not-executable,
 * not-spawned). flumotion: plan.spawn. */
#define e2e_spawn(...) e2e__spawn(E2E__AT, NULL, E2E__STRINGS(__VA_ARGS__))
/* The same with options: e2e_spawn_with((e2e_spawn_opts){.cwd = "/", .env = E2E_ARGV("LANG=C")},
 * "ls", "-l"). Any expression may give the options. */
#define e2e_spawn_with(...) e2e__spawn_with(E2E__AT, __VA_ARGS__, E2E__LAST)
/* Runs a function in a forked process: int fn(void *arg), whose result is the exit status (255 if
 * it isn't within 0 to 255), or void fn(void *arg). It may assert; its descriptors are the test's,
 * but for 0, 1 and 2. The log's name is the function's. */
#define e2e_spawn_fn(fn, arg) E2E__SPAWN_FN(fn, arg)
/* Starts all, then returns them: e2e_proc **p = e2e_spawn_par(E2E_ARGV("a"), E2E_ARGV("b", "x"));
 * p[0], p[1], NULL. Where one of the commands can't be found, none is started. */
#define e2e_spawn_par(...) E2E__SPAWN_PAR(__VA_ARGS__)
#define E2E_ARGV(...) E2E__STRINGS(__VA_ARGS__)

/* no process has this status; a NULL with another one is a mistake, not the end */
enum { E2E__EXPECT_END = -0x7fffffff };

E2E__FN e2e_proc *e2e__spawn(
	const char *file, int line, const e2e_spawn_opts *opts, e2e__words argv);
E2E__FN e2e_proc *e2e__spawn_with(
	const char *file, int line, e2e_spawn_opts opts, ...) E2E__SENTINEL;
E2E__FN e2e_proc *e2e__spawn_fn(const char *file, int line, const char *name, int (*fn)(void *),
	void *arg, bool returns_void);
E2E__FN e2e_proc **e2e__spawn_par(const char *file, int line, const char *const *const *list);

/* For the rooms above and for e2e_xmpp.h: a forked function that serves the case until its end
 * without being waited for. It is ended silently; if it ends before, the case fails as for any
 * process, at the case's end if not with 0. All descriptors stay open. */
E2E__FN e2e_proc *e2e__spawn_helper(
	const char *file, int line, const char *name, int (*fn)(void *), void *arg);
/* A file in the case's folder: "<stem>[-N]<suffix>", N counted for each stem. Valid until the
 * case's end. */
E2E__FN const char *e2e__spawn_case_file(
	const char *file, int line, const char *stem, const char *suffix);

/* @implementation */

/* A folder was made. Where logs are is written down for the keeper; those in memory have names in
 * the case's folder from now on, by which everybody knows them. */
E2E__FN void e2e__spawn_folders(const char *logs, const char *folder)
{
	size_t n = strlen(logs);
	struct e2e__proc_shared *shared = e2e__proc.shared;

	if (shared) {
		snprintf(shared->logs, sizeof shared->logs, "%s", logs);
		snprintf(shared->folder, sizeof shared->folder, "%s", folder);
	}
	for (struct e2e__process *p = *folder ? e2e__proc.list : NULL; p; p = p->next) {
		if (strncmp(p->out.path, logs, n) != 0 || p->out.path[n] != '/')
			continue;
		p->pub.out_path = p->out.path = e2e_printf("%s%s", folder, p->out.path + n);
		if (p->err.path)
			p->pub.err_path = p->err.path = e2e_printf("%s%s", folder, p->err.path + n);
	}
}

E2E__FN const char *e2e__spawn_case_file(
	const char *file, int line, const char *stem, const char *suffix)
{
	return e2e_printf("%s/%s%s", e2e__log_case_folder(file, line), e2e__log_name(stem), suffix);
}

E2E__FN struct e2e__process *e2e__spawn_process_new(
	const char *file, int line, const char *stem, const char *command, bool tty)
{
	struct e2e__process *p = (struct e2e__process *)e2e__memory_alloc(sizeof *p);
	const char *folder = e2e__log_folder(file, line);

	p->pub.name = e2e__log_name(stem);
	p->pub.command = command;
	p->pub.own = p;
	p->pub.stdin_fd = -1;
	p->pub.out_path = p->out.path = e2e_printf("%s/%s.stdout", folder, p->pub.name);
	if (!tty)
		p->pub.err_path = p->err.path = e2e_printf("%s/%s.stderr", folder, p->pub.name);
	p->suite = e2e__hook_in_suite();
	p->limit_mb = E2E__LOG_MB;
	p->file = file;
	p->line = line;
	p->pidfd = p->slot = -1;
	p->begun_at = e2e__clock_ns();
	return p;
}

/* Opens a log for the child. The parent does it: a child that can't has nowhere to say so. */
E2E__FN int e2e__spawn_log_open(const struct e2e__process *p, const char *path)
{
	int fd = e2e__system_high(
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600));

	if (fd < 0)
		e2e__launch_die(p->file, p->line, "not-spawned", p->pub.command,
			e2e_printf("can't write the log %s: %s", path, strerror(errno)),
			errno == EMFILE
				? "too many open files: wait for processes as they end, or raise ulimit -n"
				: "is the disk full?");
	return fd;
}

/* Takes a child into the plan. Called with signals blocked: nothing may come between its birth and
 * its record. */
E2E__FN void e2e__spawn_adopt(struct e2e__process *p, pid_t pid)
{
	p->pub.pid = pid;
	p->pub.running = true;
	p->owner = e2e__page_pid();
	p->pidfd = e2e__system_pidfd(pid);
	p->next = e2e__proc.list;
	e2e__proc.list = p;
	p->slot = e2e__keeper_slot_take(
		pid, p->suite, true, p->helper ? 0 : e2e__page_pid(), p->pub.name);
	if (e2e__proc.service) {
		e2e__service_group(pid, 0);
		return; /* it outlives the case */
	}

	if (p->suite)
		e2e__hook_own_add(pid);
	else
		e2e__hook_group_add(pid);
}

/* The signal by which the keeper says that a process has died. It is ignored by default and
 * interrupts nothing then. */
E2E__FN void e2e__spawn_keeper_says_report(void)
{
	e2e__wait_look();
	for (struct e2e__process *p = e2e__proc.list; p; p = p->next)
		if (p->pub.pid == e2e__proc.shared->dead && p->pub.running && p->exited)
			e2e__wait_unexpected(p);
}

E2E__FN void e2e__spawn_keeper_says(int signo)
{
	(void)signo;
	struct e2e__proc_shared *shared = e2e__proc.shared;
	if (shared && shared->dead && !shared->busy && shared->test == e2e__page_seal(getpid()))
		e2e__exit_interrupt(e2e__spawn_keeper_says_report);
}

/* Before the first process of a case. */
E2E__FN void e2e__spawn_ready(void)
{
	struct sigaction action;

	e2e__script_begin(); /* the process that stays behind holds nothing of what comes now */
	e2e__keeper_start(); /* if no case was forked: a program without forks */
	if (e2e__proc.handler || e2e__proc.service)
		return;
	e2e__proc.handler = true;
	e2e__proc.last_signal = e2e__system_last_signal();
	memset(&action, 0, sizeof action);
	action.sa_handler = e2e__spawn_keeper_says;
	action.sa_flags = SA_RESTART;
	sigaction(SIGURG, &action, NULL);
#if defined E2E__LINUX && defined PR_SET_PTRACER
	if (e2e__proc.keeper > 0) /* it looks into /proc/PID/syscall */
		prctl(PR_SET_PTRACER, (unsigned long)e2e__proc.keeper, 0, 0, 0);
#endif
	e2e__proc.shared->test = e2e__page_seal(getpid());
}

/* vfork and exec. Returns the pid and closes nothing; 0 with *trouble if the command couldn't be
 * executed. */
E2E__FN pid_t e2e__spawn_launch_it(
	struct e2e__process *p, struct e2e__launch *l, struct e2e__trouble *trouble)
{
	int errors[2];
	sigset_t old;

	trouble->step = E2E__STEP_SET_UP;
	if (e2e__system_pipe(errors)) {
		trouble->error = errno;
		return 0;
	}

	l->errors = errors[1];
	l->parent = e2e__page_pid();
	l->last_signal = e2e__proc.last_signal ? e2e__proc.last_signal : NSIG - 1;
	l->with_parent = e2e__launch_main_thread();
	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = vfork();
	if (pid == 0)
		e2e__launch_child(l);
	int error = errno;
	close(errors[1]);
	ssize_t got = pid < 0 ? 0 : read(errors[0], trouble, sizeof *trouble);
	close(errors[0]);
	if (pid > 0 && got == (ssize_t)sizeof *trouble) {
		waitpid(pid, NULL, 0);
		pid = 0;
	} else if (pid > 0) {
		/* the child has done it; where vfork is fork, the one of us that comes first */
		setpgid(pid, pid);
		e2e__spawn_adopt(p, pid);
	} else {
		trouble->error = error;
		pid = 0;
	}

	e2e__system_signals(SIG_SETMASK, &old);
	return pid;
}

/* What is typed at a terminal. */
struct e2e__typed {
	const char *text;
	size_t size, done;
	int again; /* times that ^D was typed once more */
};

enum {
	E2E__TYPED_AGAIN = 100, /* at most */
	E2E__TYPED_SILENCE = 300
};

/* All of the input of a process with a terminal: the text and the end of it. NULL: the test types
 * itself. */
E2E__FN struct e2e__typed *e2e__spawn_typed(
	const struct e2e__process *p, const e2e_spawn_opts *opts, bool quiet)
{
	size_t size = 0;
	const char *text = opts->stdin_file ? e2e__file_read(opts->stdin_file, &size)
		: opts->stdin_text          ? opts->stdin_text
		: quiet                     ? ""
					    : NULL;

	if (opts->stdin_file && !text)
		e2e__launch_die(p->file, p->line, "not-spawned", p->pub.command,
			e2e_printf(
				"can't read its stdin %s: %s", opts->stdin_file, strerror(errno)),
			NULL);
	if (!text)
		return NULL;
	if (opts->stdin_text)
		size = opts->stdin_size ? opts->stdin_size : strlen(text);

	/* ^D ends what is typed where a line begins; elsewhere the first one ends the line only */
	bool begun = size && text[size - 1] != '\n';
	struct e2e__typed *typed = (struct e2e__typed *)e2e__memory_alloc(sizeof *typed);
	char *all = (char *)e2e__memory_alloc(size + 3);
	memcpy(all, text, size);
	strcpy(all + size, begun ? "\004\004" : "\004");
	typed->text = all;
	typed->size = size + (begun ? 2 : 1);
	typed->done = 0;
	return typed;
}

/* Types as much as the terminal takes. */
E2E__FN void e2e__spawn_type(int terminal, struct e2e__typed *typed)
{
	ssize_t n = write(terminal, typed->text + typed->done, typed->size - typed->done);

	if (n > 0)
		typed->done += (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		typed->done = typed->size; /* nobody reads any more */
}

/* The end of a file lasts, that of a terminal is read once, or never if a program takes the line
 * over to edit it: one that goes on in silence is told again, after so many milliseconds. */
E2E__FN void e2e__spawn_type_end(int terminal, struct e2e__typed *typed)
{
	typed->again++;
	if (write(terminal, "\004", 1) < 0 && errno != EAGAIN && errno != EINTR)
		typed->again = E2E__TYPED_AGAIN; /* nobody reads any more */
}

/* Copies a terminal into a log until nobody has the terminal any more. A process of its own: the
 * case may be busy. */
E2E__FN pid_t e2e__spawn_pump_start(int terminal, int log, struct e2e__typed *typed)
{
	pid_t parent = getpid();
	sigset_t old;

	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = fork();
	if (pid == 0) {
		char block[4096];

		e2e__hook_forked();
		setpgid(0, 0);
		e2e__launch_die_with(parent);
		e2e__system_default_signals();
		const int keep[] = {terminal, log};
		e2e__system_close_others(keep, 2);
		e2e__system_quiet();
		fcntl(terminal, F_SETFL,
			O_NONBLOCK); /* as the test's end, which is the same file */
		for (;;) {
			struct pollfd ready;
			bool types = typed && typed->done < typed->size;
			bool ends = typed && !types && typed->again < E2E__TYPED_AGAIN;

			ready.fd = terminal;
			ready.events = (short)(POLLIN | (types ? POLLOUT : 0));
			ready.revents = 0;
			if (poll(&ready, 1, ends ? E2E__TYPED_SILENCE : -1) == 0)
				e2e__spawn_type_end(terminal, typed);
			if (types && (ready.revents & POLLOUT))
				e2e__spawn_type(terminal, typed);
			ssize_t n = read(terminal, block, sizeof block);
			if (n <= 0 && (n == 0 || (errno != EINTR && errno != EAGAIN)))
				_exit(0);
			if (n > 0 && !e2e__file_write_whole(log, block, (size_t)n))
				_exit(1);
		}
	}

	if (pid > 0) {
		setpgid(pid, pid);
		if (!e2e__proc.service)
			e2e__hook_group_add(pid);
	}

	e2e__system_signals(SIG_SETMASK, &old);
	return pid;
}

/* A new terminal: *ours is the test's end, the result the child's. */
E2E__FN int e2e__spawn_terminal(int *ours, const e2e_spawn_opts *opts)
{
	struct winsize size;
	struct termios modes;
	int fd = e2e__system_high(posix_openpt(O_RDWR | O_NOCTTY));

	memset(&size, 0, sizeof size);
	size.ws_row = (unsigned short)(opts->rows ? opts->rows : 24);
	size.ws_col = (unsigned short)(opts->columns ? opts->columns : 80);
	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	const char *path = grantpt(fd) || unlockpt(fd) ? NULL : ptsname(fd);
	int theirs = path ? e2e__system_high(open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)) : -1;
	if (theirs < 0) {
		close(fd);
		return -1;
	}

	ioctl(theirs, TIOCSWINSZ, &size);
	if (!tcgetattr(theirs, &modes)) {
		modes.c_oflag &= ~(tcflag_t)ONLCR; /* lines in the log end as in other logs */
		tcsetattr(theirs, TCSANOW, &modes);
	}

	*ours = fd;
	return theirs;
}

/* The child's stdin; the test's end of a pipe goes to p. */
E2E__FN int e2e__spawn_stdin_open(struct e2e__process *p, const e2e_spawn_opts *opts, bool quiet)
{
	int fd, ends[2];
	const char *path = opts->stdin_file ? opts->stdin_file : quiet ? "/dev/null" : NULL;

	if (opts->stdin_text) {
		/* a file, not a pipe: no text is too long, and it stays as evidence */
		size_t size = opts->stdin_size ? opts->stdin_size : strlen(opts->stdin_text);

		path = e2e_printf("%s/%s.stdin", e2e__log_folder(p->file, p->line), p->pub.name);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		bool written = fd >= 0 && e2e__file_write_whole(fd, opts->stdin_text, size);
		if (fd < 0 || close(fd) || !written)
			e2e__launch_die(p->file, p->line, "not-spawned", p->pub.command,
				e2e_printf("can't write %s: %s", path, strerror(errno)),
				"is the disk full?");
	}

	if (path) {
		fd = e2e__system_high(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
		if (fd < 0)
			e2e__launch_die(p->file, p->line, "not-spawned", p->pub.command,
				e2e_printf("can't read its stdin %s: %s", path, strerror(errno)),
				NULL);
		return fd;
	}

	if (e2e__system_pipe(ends))
		e2e__launch_die(p->file, p->line, "not-spawned", p->pub.command,
			e2e_printf("no pipe for its stdin: %s", strerror(errno)),
			"too many open files: wait for processes as they end, or raise ulimit -n");
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	p->pub.stdin_fd = ends[1];
	return ends[0];
}

/* Takes a process's logs out of what a failure shows. */
E2E__FN void e2e__spawn_evidence_drop(struct e2e__process *p)
{
	struct e2e__page *pg = e2e__state.page;
	int kept = 0;

	e2e__page_lock(pg);
	for (int i = 0; i < pg->evidences; i++) {
		const char *path = pg->evidence[i].path;

		if ((p->shown_out && strcmp(path, p->shown_out) == 0) ||
			(p->shown_err && strcmp(path, p->shown_err) == 0))
			continue;
		if (kept < i)
			pg->evidence[kept] = pg->evidence[i];
		kept++;
	}

	pg->evidences = kept;
	e2e__page_unlock(pg);
	if (p->shown_out)
		e2e__proc.shown--;
	p->shown_out = p->shown_err = NULL;
}

/* Shown is what runs, and the latest of what has ended: the reason is rather there than in what was
 * long ago. */
E2E__FN void e2e__spawn_evidence_of(struct e2e__process *p)
{
	struct e2e__process *oldest = NULL;

	p->unshown = e2e__proc.shown >= E2E__SHOWN;
	for (struct e2e__process *q = p->unshown ? e2e__proc.list : NULL; q; q = q->next)
		if (q != p && q->shown_out && !q->pub.running && !q->suite)
			oldest = q;
	if (oldest)
		e2e__spawn_evidence_drop(oldest);
	if (e2e__proc.shown >= E2E__SHOWN)
		return;
	e2e__proc.shown++;
	p->shown_out = p->out.path;
	p->shown_err = p->err.path;
	const char *service = e2e__proc.service ? e2e__proc.service->name : "";
	const char *slash = *service ? "/" : "";
	e2e__hook_evidence(e2e_printf("%s%s%s.stdout", service, slash, p->pub.name), p->out.path);
	if (p->err.path)
		e2e__hook_evidence(
			e2e_printf("%s%s%s.stderr", service, slash, p->pub.name), p->err.path);
}

/* Options of which one would be left out, or NULL. */
E2E__FN const char *e2e__spawn_bad_stdin(const e2e_spawn_opts *opts)
{
	if (opts->stdin_text && opts->stdin_file)
		return "both .stdin_text and .stdin_file are given: which one is its stdin?";
	if ((opts->rows || opts->columns) && !opts->pty)
		return ".rows or .columns are given, but no .pty";
	if (opts->rows > 65535 || opts->columns > 65535)
		return "a terminal has at most 65535 .rows and .columns";
	if (opts->stdin_size && !opts->stdin_text)
		return ".stdin_size is given, but no .stdin_text";
	return NULL;
}

/* The log that a process writes itself. What is there already is an earlier one's. */
E2E__FN void e2e__spawn_own_log(struct e2e__process *p, const e2e_spawn_opts *opts)
{
	char *cwd = realpath(opts->cwd ? opts->cwd : ".", NULL);
	struct stat st;

	p->own_log.path = *opts->log_file == '/' || !cwd ? e2e_printf("%s", opts->log_file)
							 : e2e_printf("%s/%s", cwd, opts->log_file);
	free(cwd);
	if (!stat(p->own_log.path, &st))
		p->own_log.lines = p->own_log.matched = (size_t)st.st_size;
	e2e__hook_evidence_from(
		e2e_printf("%s.log", p->pub.name), p->own_log.path, (long long)p->own_log.lines);
}

/* Lets everybody through the folders in this one that are the test's: there are copies of
 * e2e_cached, in which files have owners of their own. */
E2E__FN void e2e__spawn_open_folders(const char *folder)
{
	DIR *d = opendir(folder);

	for (struct dirent *e; d && (e = readdir(d));) {
		const char *path = e2e_printf("%s/%s", folder, e->d_name);
		struct stat st;

		if (e->d_name[0] != '.' && !lstat(path, &st) && S_ISDIR(st.st_mode) &&
			st.st_uid == geteuid() && chmod(path, (st.st_mode & 0777) | 0011))
			fprintf(stderr, "e2e: can't open %s: %s\n", path, strerror(errno));
	}

	if (d)
		closedir(d);
}

/* Lets a user's group into the folder in which the case keeps its files, and everybody through
 * those above it that are below the temporary folder. */
E2E__FN bool e2e__spawn_let_in(const char *folder, gid_t group)
{
	const char *tmp = e2e__file_tmp();
	char *path = e2e__memory_strdup(folder), *slash;
	size_t n = strlen(tmp);
	struct stat st;

	if (stat(path, &st) || chown(path, (uid_t)-1, group) ||
		chmod(path, (st.st_mode & 0777) | 0070))
		return false;
	e2e__spawn_open_folders(path);
	while (strncmp(path, tmp, n) == 0 && (slash = strrchr(path, '/')) && slash > path + n) {
		*slash = '\0';
		if (stat(path, &st) ||
			((st.st_mode & 0001) == 0 && chmod(path, (st.st_mode & 0777) | 0011)))
			return false;
	}
	return true;
}

/* Makes ready that the command runs as this user. */
E2E__FN void e2e__spawn_user(
	const char *file, int line, const char *user, const char *command, struct e2e__launch *l)
{
	struct passwd *known = getpwnam(user);

	if (!known)
		e2e__launch_die(file, line, "not-spawned", command,
			e2e_printf("there is no user \"%s\"", user), "see getent passwd");
	if (geteuid() != 0 && geteuid() != known->pw_uid)
		e2e__launch_die(file, line, "not-spawned", command,
			e2e_printf("can't become user %s: only root may", user),
			e2e_printf("run the test as root or as %s", user));
	if (geteuid() != 0)
		return;
	l->as_user = true;
	l->uid = known->pw_uid;
	l->gid = known->pw_gid;
	l->ngroups = E2E__USER_GROUPS;
	if (getgrouplist(user, known->pw_gid, l->groups, &l->ngroups) < 0)
		l->ngroups = E2E__USER_GROUPS; /* of more, these are enough */
	const char *folder = e2e__log_case_folder(file, line);
	if (!e2e__spawn_let_in(folder, known->pw_gid))
		e2e__launch_die(file, line, "not-spawned", command,
			e2e_printf("can't open %s to user %s: %s", folder, user, strerror(errno)),
			NULL);
}

/* The path of a command. Fails and ends the case where there is nothing to be executed. */
E2E__FN void e2e__spawn_find(
	const char *file, int line, e2e__words argv, const char *command, char *path, size_t size)
{
	path[0] = '\0';
	int error = e2e__launch_find_command(argv[0], path, size);
	if (error)
		e2e__launch_exec_die(file, line, argv[0], path, command, error);
}

E2E__FN struct e2e__process *e2e__spawn_start_command(
	const char *file, int line, const e2e_spawn_opts *given, e2e__words argv, bool quiet)
{
	static const e2e_spawn_opts none = {
		NULL, false, NULL, NULL, 0, NULL, false, 0, 0, NULL, 0, 0, 0, NULL, NULL};
	const e2e_spawn_opts *opts = given ? given : &none;
	char path[PATH_MAX], absolute[PATH_MAX];
	struct e2e__launch l;
	struct e2e__trouble trouble;

	memset(&l, 0, sizeof l);
	if (!argv || !argv[0] || !*argv[0])
		e2e__launch_die(
			file, line, "not-found", "''", "the command is empty", "name a program");
	const char *command = e2e__system_typed(argv);
	const char *wrong = e2e__spawn_bad_stdin(opts);
	if (wrong)
		e2e__launch_die(file, line, "usage", command, wrong, "see e2e_spawn_opts");
	e2e__spawn_ready();
	e2e__spawn_find(file, line, argv, command, path, sizeof path);
	l.path = opts->cwd && path[0] != '/' && realpath(path, absolute) ? absolute : path;
	l.cwd = opts->cwd;
	l.argv = (char *const *)(uintptr_t)argv;
	const char *mark = e2e__launch_own_mark();
	l.envp = e2e__launch_environment(opts, mark);
	l.limit_mb = opts->limit_mb;
	l.memory_mb = opts->memory_mb;
	l.tty = opts->pty;
	if (opts->user)
		e2e__spawn_user(file, line, opts->user, command, &l);

	struct e2e__process *p = e2e__spawn_process_new(
		file, line, opts->name ? opts->name : argv[0], command, opts->pty);
	p->mark = mark;
	if (opts->log_file)
		e2e__spawn_own_log(p, opts);
	p->capped = opts->limit_mb > 0;
	if (opts->limit_mb)
		p->limit_mb = opts->limit_mb;
	l.fd[1] = e2e__spawn_log_open(p, p->out.path);
	if (opts->pty) {
		int ours = -1, log = l.fd[1];

		l.fd[0] = l.fd[1] = l.fd[2] = e2e__spawn_terminal(&ours, opts);
		if (ours < 0)
			e2e__launch_die(file, line, "not-spawned", command,
				e2e_printf("no terminal for it: %s", strerror(errno)),
				"is /dev/pts mounted?");
		p->pump = e2e__spawn_pump_start(ours, log, e2e__spawn_typed(p, opts, quiet));
		close(log);
		fcntl(ours, F_SETFL, O_NONBLOCK);
		p->pub.stdin_fd = ours;
	} else {
		l.fd[2] = e2e__spawn_log_open(p, p->err.path);
		l.fd[0] = e2e__spawn_stdin_open(p, opts, quiet);
	}

	pid_t pid = e2e__spawn_launch_it(p, &l, &trouble);
	close(l.fd[0]);
	if (!opts->pty) {
		close(l.fd[1]);
		close(l.fd[2]);
	}

	if (!pid && trouble.step == E2E__STEP_EXEC)
		e2e__launch_exec_die(file, line, argv[0], l.path, command, trouble.error);
	if (!pid)
		e2e__launch_die(file, line, "not-spawned", command,
			trouble.step == E2E__STEP_CWD
				? e2e_printf("%s%s can't enter its folder %s: %s",
					  opts->user ? "user " : "it", opts->user ? opts->user : "",
					  l.cwd ? l.cwd : "", strerror(trouble.error))
				: trouble.step == E2E__STEP_USER
				? e2e_printf("can't become user %s: %s", opts->user,
					  strerror(trouble.error))
				: e2e_printf("can't start a process: %s", strerror(trouble.error)),
			trouble.error == EAGAIN ? "too many processes: see ulimit -u"
				: trouble.error == EACCES && trouble.step == E2E__STEP_CWD
				? "each folder above it needs chmod o+x, too; e2e_tmpdir() is opened for .user"
				: NULL);
	e2e__spawn_evidence_of(p);
	return p;
}

E2E__FN e2e_proc *e2e__spawn(
	const char *file, int line, const e2e_spawn_opts *opts, e2e__words argv)
{
	struct e2e__process *p = e2e__spawn_start_command(file, line, opts, argv, false);

	e2e__told_spawn(p);
	return &p->pub;
}

/* Collects the strings of a call with options. */
E2E__FN e2e__words e2e__spawn_collect(va_list from)
{
	size_t n = 0, capacity = 0;
	const char **list = NULL;

	for (const char *s = "";; n++) {
		if (n + 1 >= capacity) {
			capacity = capacity ? 2 * capacity : 16;
			const char **more =
				(const char **)e2e__memory_alloc(capacity * sizeof *more);
			if (n)
				memcpy(more, list, n * sizeof *more);
			list = more;
		}
		s = va_arg(from, const char *);
		list[n] = s;
		if (!s)
			return list;
	}
}

E2E__FN e2e_proc *e2e__spawn_with(const char *file, int line, e2e_spawn_opts opts, ...)
{
	va_list args;

	va_start(args, opts);
	e2e__words argv = e2e__spawn_collect(args);
	va_end(args);
	return e2e__spawn(file, line, &opts, argv);
}

E2E__FN e2e_proc **e2e__spawn_par(const char *file, int line, const char *const *const *list)
{
	size_t n = 0;

	while (list[n])
		n++;
	e2e_proc **all = (e2e_proc **)e2e__memory_alloc((n + 1) * sizeof *all);
	for (size_t i = 0; i < n; i++) {
		char path[PATH_MAX];

		if (list[i][0] && *list[i][0]) /* an empty one has its own failure */
			e2e__spawn_find(
				file, line, list[i], e2e__system_typed(list[i]), path, sizeof path);
	}
	for (size_t i = 0; i < n; i++)
		all[i] = e2e__spawn(file, line, NULL, list[i]);
	return all;
}

/* What is the keeper's of a service isn't its children's: its locks live as long as it does. */
E2E__FN void e2e__spawn_leave_service(void)
{
	const struct e2e__service *s = e2e__proc.service;
	const int own[] = {s ? s->alive : -1, s ? s->lock : -1, s ? s->answer : -1,
		s ? s->hold : -1, s ? s->end : -1};

	for (int i = 0; i < 5; i++)
		if (own[i] > 2)
			close(own[i]);
}

/* The forked child of spawn_fn: never returns. */
E2E__FN void e2e__spawn_fn_child(const int *fd, pid_t parent, bool with_parent, const char *mark,
	int (*fn)(void *), void *arg, bool is_void)
{
	sigset_t none;
	int status = 0;

	e2e__hook_forked();
	putenv(e2e__memory_strdup(mark));
	setpgid(0, 0);
	e2e__system_default_signals();
	for (int i = 0; i < 3; i++)
		dup2(fd[i], i);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
	e2e__proc.list = NULL; /* not its children */
	e2e__proc.handler = false;
	e2e__spawn_leave_service();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (with_parent)
		e2e__launch_die_with(parent);
	if (is_void)
		((void (*)(void *))(void (*)(void))fn)(arg);
	else
		status = fn(arg);
	bool written = !fflush(stdout) && !ferror(stdout) && !fflush(stderr);
	if (!written)
		fprintf(stderr, "e2e: what was printed can't be written: %s\n", strerror(errno));
	if (status < 0 || status > 255) /* or 256 errors were none */
		status = 255;
	_exit(status || written ? status : 1);
}

E2E__FN struct e2e__process *e2e__spawn_fork_fn(const char *file, int line, const char *name,
	int (*fn)(void *), void *arg, bool is_void, bool helper)
{
	static const e2e_spawn_opts none = {
		NULL, false, NULL, NULL, 0, NULL, false, 0, 0, NULL, 0, 0, 0, NULL, NULL};
	int fd[3];
	sigset_t old;
	pid_t parent = getpid();

	e2e__spawn_ready();
	struct e2e__process *p = e2e__spawn_process_new(
		file, line, *name == '&' ? name + 1 : name, e2e_printf("%s()", name), false);
	p->helper = helper;
	p->is_function = !helper;
	p->mark = e2e__launch_own_mark();
	fd[1] = e2e__spawn_log_open(p, p->out.path);
	fd[2] = e2e__spawn_log_open(p, p->err.path);
	fd[0] = e2e__spawn_stdin_open(p, &none, helper);
	bool with_parent = e2e__launch_main_thread();
	fflush(stdout);
	fflush(stderr);
	e2e__system_signals(SIG_BLOCK, &old);
	pid_t pid = fork();
	int error = errno;
	if (pid == 0) {
		if (p->pub.stdin_fd >= 0)
			close(p->pub.stdin_fd);
		e2e__spawn_fn_child(fd, parent, with_parent, p->mark, fn, arg, is_void);
	}

	if (pid > 0) {
		setpgid(pid, pid);
		e2e__spawn_adopt(p, pid);
	}

	e2e__system_signals(SIG_SETMASK, &old);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
	if (pid < 0)
		e2e__launch_die(file, line, "not-spawned", p->pub.command,
			e2e_printf("can't fork: %s", strerror(error)),
			"too many processes or no memory: ulimit -u");
	e2e__spawn_evidence_of(p);
	return p;
}

E2E__FN e2e_proc *e2e__spawn_fn(const char *file, int line, const char *name, int (*fn)(void *),
	void *arg, bool returns_void)
{
	struct e2e__process *p = e2e__spawn_fork_fn(file, line, name, fn, arg, returns_void, false);

	e2e__told_spawn(p);
	return &p->pub;
}

E2E__FN e2e_proc *e2e__spawn_helper(
	const char *file, int line, const char *name, int (*fn)(void *), void *arg)
{
	return &e2e__spawn_fork_fn(file, line, name, fn, arg, false, true)->pub;
}
