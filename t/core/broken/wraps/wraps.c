/* Functions of libc in the place of which the test has its own, as for faults that are hard to come by: all calls of the program
 * go there, those of e2e.h too. t/core/ways.c builds it with -Wl,--wrap= for each. */
#include "e2e.h"

static const char *broken_call = "";

static bool breaks(const char *call)
{
	return strcmp(broken_call, call) == 0;
}

#define WRAP(type, name, parameters, arguments, failure) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		if (!breaks(#name)) \
			return __real_##name arguments; \
		failure; \
	}

WRAP(void *, malloc, (size_t size), (size), errno = ENOMEM; return NULL)
WRAP(void *, calloc, (size_t n, size_t size), (n, size), errno = ENOMEM; return NULL)
WRAP(void *, realloc, (void *p, size_t size), (p, size), errno = ENOMEM; return NULL)
WRAP(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n), errno = ENOSPC; return -1)
WRAP(int, open, (const char *path, int flags, int mode), (path, flags, mode), errno = EMFILE; return -1)
WRAP(pid_t, fork, (void), (), errno = EAGAIN; return -1)
WRAP(time_t, time, (time_t *t), (t), return 1)
WRAP(pid_t, waitpid, (pid_t pid, int *status, int how), (pid, status, how), errno = ECHILD; return -1)
WRAP(int, clock_gettime, (clockid_t id, struct timespec *t), (id, t), t->tv_sec = 1; t->tv_nsec = 0; return 0)

void __real_free(void *p);
void __wrap_free(void *p);
void __wrap_free(void *p)
{
	__real_free(p);
}

E2E_TEST(passes)
{
	const char *folder = e2e_tmpdir();

	e2e_is_int(access(folder, W_OK), 0);
}

E2E_TEST(fails_without_memory)
{
	broken_call = "malloc";
	e2e_is_int(1, 1);
	e2e_ok(malloc(1) == NULL);
	e2e_is_str("one\ntwo\n", "one\nthree\n");
}

E2E_TEST(fails_without_growth)
{
	broken_call = "realloc";
	e2e_is_str("one\ntwo\n", "one\nthree\n");
}

E2E_TEST(fails_without_write)
{
	broken_call = "write";
	e2e_is_int(write(1, "x", 1), -1);
	e2e_is_int(1, 2);
}

E2E_TEST(fails_without_open)
{
	broken_call = "open";
	e2e_is_int(1, 2);
}

E2E_TEST(fails_without_fork)
{
	broken_call = "fork";
	e2e_is_int(fork(), -1);
	e2e_is_int(1, 2);
}

E2E_TEST(leaves_without_waitpid)
{
	if (fork() == 0)
		for (;;)
			pause();
	broken_call = "waitpid";
	e2e_is_int(waitpid(-1, NULL, 0), -1);
}

E2E_TEST(hangs_while_the_clock_stands, .timeout = 0.5)
{
	broken_call = "clock_gettime";
	e2e_pass("before");
	for (;;)
		pause();
}

E2E_TEST(block_while_the_clock_stands)
{
	broken_call = "clock_gettime";
	e2e_blocking_with_timeout(0.2) for (;;)
		pause();
}

E2E_TEST(loop_while_the_clock_stands, .timeout = 0.5)
{
	broken_call = "clock_gettime";
	e2e_eventually(5, false, "never");
}

E2E_TEST(last)
{
	e2e_pass();
}

E2E_MAIN()
