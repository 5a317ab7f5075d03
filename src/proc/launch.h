#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "waits.h"

/* @implementation */

enum e2e__step { E2E__STEP_EXEC, E2E__STEP_CWD, E2E__STEP_SET_UP, E2E__STEP_USER };
enum { E2E__USER_GROUPS = 64 };

/* What the child needs between vfork and exec, ready made: it runs in the test's memory. */
struct e2e__launch {
	const char *path, *cwd;
	char *const *argv, *const *envp;
	int fd[3], errors, last_signal;
	bool tty, with_parent;
	pid_t parent;
	unsigned limit_mb, memory_mb;
	bool as_user;
	uid_t uid;
	gid_t gid, groups[E2E__USER_GROUPS];
	int ngroups;
};

struct e2e__trouble {
	int step, error;
};

/* Ends with its parent, also where the parent has gone already. */
E2E__FN void e2e__launch_die_with(pid_t parent)
{
#ifdef E2E__LINUX
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	if (getppid() != parent)
		_exit(127);
}

/* In bytes of so many MiB; 0 leaves it as it is. */
E2E__FN struct rlimit e2e__launch_limit(unsigned mb)
{
	struct rlimit limit;

	limit.rlim_cur = limit.rlim_max = (rlim_t)mb << 20;
	return limit;
}

/* Becomes another user. By the system's own calls where that is possible: the library's would
 * change the test's threads, too, in whose memory this runs. */
E2E__FN bool e2e__launch_become(const struct e2e__launch *l)
{
#if defined E2E__LINUX && defined SYS_setuid32
	return !syscall(SYS_setgroups32, (size_t)l->ngroups, l->groups) &&
		!syscall(SYS_setgid32, l->gid) && !syscall(SYS_setuid32, l->uid);
#elif defined E2E__LINUX && defined SYS_setuid
	return !syscall(SYS_setgroups, (size_t)l->ngroups, l->groups) &&
		!syscall(SYS_setgid, l->gid) && !syscall(SYS_setuid, l->uid);
#else
	return !setgid(l->gid) && !setuid(l->uid);
#endif
}

/* The child's way to exec. Nothing here may touch the heap or stdio. */
__attribute__((noreturn, noinline, unused)) static void e2e__launch_child(
	const struct e2e__launch *l)
{
	struct e2e__trouble trouble;

	trouble.step = E2E__STEP_SET_UP;
	e2e__system_default_signals_to(l->last_signal);
	bool fine = l->tty ? setsid() >= 0 : setpgid(0, 0) == 0;
	if (fine && l->as_user) {
		trouble.step = E2E__STEP_USER;
		fine = e2e__launch_become(l);
	}
	if (fine)
		trouble.step = E2E__STEP_SET_UP;
	if (l->with_parent) /* another user's process doesn't keep this from before */
		e2e__launch_die_with(l->parent);
	for (int i = 0; fine && i < 3; i++)
		fine = dup2(l->fd[i], i) == i;
#ifdef TIOCSCTTY
	if (fine && l->tty)
		fine = ioctl(0, TIOCSCTTY, 0) == 0;
#endif
	struct rlimit size = e2e__launch_limit(l->limit_mb),
		      memory = e2e__launch_limit(l->memory_mb);
	if (l->limit_mb)
		setrlimit(RLIMIT_FSIZE, &size);
#ifdef RLIMIT_AS
	if (l->memory_mb)
		setrlimit(RLIMIT_AS, &memory);
#endif
	if (fine && l->cwd && chdir(l->cwd)) {
		trouble.step = E2E__STEP_CWD;
		fine = false;
	}

	if (fine) {
		sigset_t none;

		trouble.step = E2E__STEP_EXEC;
#if defined E2E__LINUX && defined SYS_close_range
		if (syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */))
#endif
			e2e__system_close_others(&l->errors, 1);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execve(l->path, l->argv, l->envp);
	}

	trouble.error = errno;
	if (write(l->errors, &trouble, sizeof trouble) < 0) {
		/* then the status tells */
	}

	_exit(127);
}

/* Finds a command as execvp would, but takes regular files only. 0, or why not. */
E2E__FN int e2e__launch_find_command(const char *name, char *path, size_t size)
{
	struct stat st;
	int error = ENOENT;

	if (strchr(name, '/')) {
		if ((size_t)snprintf(path, size, "%s", name) >= size)
			return ENAMETOOLONG;
		if (stat(path, &st))
			return errno;
		return S_ISDIR(st.st_mode)                           ? EISDIR
			: !S_ISREG(st.st_mode) || access(path, X_OK) ? EACCES
								     : 0;
	}

	const char *at = getenv("PATH");
	if (!at || !*at)
		at = "/usr/local/bin:/usr/bin:/bin";
	while (*name) {
		size_t n = strcspn(at, ":");
		int length = n ? snprintf(path, size, "%.*s/%s", (int)n, at, name)
			       : snprintf(path, size, "./%s", name);

		if (length > 0 && (size_t)length < size && !stat(path, &st)) {
			if (S_ISREG(st.st_mode) && !access(path, X_OK))
				return 0;
			error = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
		}
		if (!at[n])
			break;
		at += n + 1;
	}

	return error;
}

E2E__FN void e2e__launch_die(const char *file, int line, const char *code, const char *command,
	const char *message, const char *hint)
{
	e2e__system_die_of(file, line, e2e_printf("start %s", command), code, message, hint);
}

/* A name that begins with a command and goes on: a line for a shell. NULL: it is none. */
E2E__FN const char *e2e__launch_words(const char *name)
{
	char path[PATH_MAX];
	size_t n = strcspn(name, " ");
	const char *first = e2e_printf("%.*s", (int)n, name);

	if (!n || !name[n] || e2e__launch_find_command(first, path, sizeof path))
		return NULL;
	return e2e_printf("no shell takes it apart: give each word by itself, \"%s\", \"...\","
			  " or give it to one: \"sh\", \"-c\", %s",
		first, e2e_quoted(name));
}

/* Fails the case: the command can't be executed, and why. */
E2E__FN void e2e__launch_exec_die(const char *file, int line, const char *name, const char *path,
	const char *command, int error)
{
	const char *search = getenv("PATH");
	struct stat st;
	bool slash = strchr(name, '/') != NULL;
	const char *words = e2e__launch_words(name);

	if ((error == ENOENT || error == ENOTDIR) && !(path && *path && !stat(path, &st)))
		e2e__launch_die(file, line, "not-found", command,
			slash ? e2e_printf("%s: no such file", name)
			      : e2e_printf("command \"%s\" not found in PATH (%s)", name,
					search ? search : "unset"),
			words ? words
				: slash
				? "build it first, or correct the path"
				: e2e_printf(
					  "install it, correct PATH, or skip the case where it is missing:"
					  " e2e_require_command(\"%s\")",
					  name));
	const char *why = error == EISDIR ? "it is a folder"
		: error == ENOEXEC        ? "the system can't execute its format"
		: error == ENOENT         ? "the interpreter that it names is missing"
		: error == EACCES         ? "it has no permission to be executed"
		: error == ETXTBSY        ? "somebody is writing it"
					  : strerror(error);
	const char *hint = error == ENOEXEC ? "a script needs a first line like #!/bin/sh"
		: error == EACCES ? "chmod +x it; on a file system mounted noexec, move it"
		: error == ENOENT ? "look at its first line (#!), or at the loader it wants (ldd)"
				  : NULL;
	e2e__launch_die(file, line, "not-executable", command,
		e2e_printf("%s can't be executed: %s", path && *path ? path : name, why), hint);
}

/* The variable by which all that a process starts is known, daemons included: the program's (or the
 * service's) own with a suffix, which no other process has. */
E2E__FN const char *e2e__launch_own_mark(void)
{
	const char *name = e2e__proc.service ? "E2E_SERVICE" : "E2E_MARK", *value = getenv(name);
	int length = (int)(value ? strcspn(value, ".") : 0);

	return e2e_printf("%s=%.*s.%lx-%x", name, length, value ? value : "", (long)getpid(),
		++e2e__proc.marks);
}

/* The environment of a child: what the case has now, and `more`. */
E2E__FN char **e2e__launch_environment(const e2e_spawn_opts *opts, const char *mark)
{
	extern char **environ;
	size_t n = 0, have = 0;
	size_t name = strcspn(mark, "=") + 1;
	for (size_t i = 0; environ && environ[i]; i++)
		have++;
	for (size_t i = 0; opts->env && opts->env[i]; i++)
		have++;
	char **list = (char **)e2e__memory_alloc((have + 3) * sizeof *list);
	list[n++] = e2e__memory_strdup(mark);
	for (size_t i = 0; !opts->clear_env && environ && environ[i]; i++)
		if (strncmp(environ[i], mark, name) != 0)
			list[n++] = environ[i];
	for (size_t i = 0; opts->env && opts->env[i]; i++) {
		size_t length = strcspn(opts->env[i], "="), at = 0;

		while (at < n &&
			(strncmp(list[at], opts->env[i], length) != 0 || list[at][length] != '='))
			at++;
		if (opts->env[i][length])
			list[at] = e2e__memory_strdup(opts->env[i]);
		else if (at < n)
			list[at] = list[n - 1];
		if (at == n && opts->env[i][length])
			n++;
		else if (!opts->env[i][length] && at < n)
			n--;
	}

	list[n] = NULL;
	return list;
}

/* Is this the process's main thread? PR_SET_PDEATHSIG means the thread that forked. */
E2E__FN bool e2e__launch_main_thread(void)
{
#ifdef E2E__LINUX
	return syscall(SYS_gettid) == (long)e2e__page_pid();
#else
	return false;
#endif
}
