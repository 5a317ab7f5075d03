/* The faults that a test program must survive, one a case. t/core/faults.c runs them one by one and compares. */
/* e2e: -pthread */
#include "e2e.h"
#include <sys/resource.h>
#include <pthread.h>

E2E_SETUP()
{
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
}

E2E_TEST(endless_loop)
{
	volatile int n = 0;
	e2e_pass("before");
	e2e_blocking_with_timeout(0.1)
	for (;;)
		n = n + 1;
}

E2E_TEST(blocking_read)
{
	int fds[2];
	char c;
	e2e_ok(pipe(fds) == 0);
	e2e_blocking_with_timeout(0.1)
	{
		while (read(fds[0], &c, 1) != 1)
			;
	}
}

E2E_TEST(sleep_too_long)
{
	e2e_pass("before");
	e2e_blocking_with_timeout(0.1)
	{
		for (;;)
			sleep(10);
	}
}

E2E_TEST(case_limit, .timeout = 0.1)
{
	e2e_pass("before");
	for (;;)
		pause();
}

E2E_TEST(alarm_blocked, .timeout = 0.1)
{
	sigset_t set;
	e2e_pass("before");
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (;;)
		pause();
}

E2E_TEST(alarm_ignored, .timeout = 0.1)
{
	e2e_pass("before");
	signal(SIGALRM, SIG_IGN);
	for (;;)
		pause();
}

E2E_TEST(calls_alarm, .timeout = 0.1)
{
	e2e_pass("before");
	alarm(100);
	for (;;)
		pause();
}

E2E_TEST(stops_itself, .timeout = 0.1)
{
	e2e_pass("before");
	raise(SIGSTOP);
	e2e_pass("after");
}

static void in_tear_down(void *arg)
{
	(void)arg;
	e2e_note("the deferred function ran");
}

E2E_TEST(cleanup_runs_after_a_timeout, .timeout = 0.1)
{
	e2e_defer(in_tear_down, NULL);
	e2e_pass("before");
	for (;;)
		pause();
}

E2E_TEST(nested_inner_first, .timeout = 20)
{
	e2e_blocking_with_timeout(10)
	{
		e2e_blocking_with_timeout(0.1)
		{
			for (;;)
				pause();
		}
	}
}

E2E_TEST(nested_outer_first, .timeout = 20)
{
	e2e_blocking_with_timeout(0.1)
	{
		e2e_blocking_with_timeout(10)
		{
			for (;;)
				pause();
		}
	}
}

static void *hang(void *arg)
{
	(void)arg;
	e2e_blocking_with_timeout(0.1)
	{
		for (;;)
			pause();
	}
	return NULL;
}

E2E_TEST(in_a_thread, .timeout = 20)
{
	pthread_t thread;
	e2e_ok(pthread_create(&thread, NULL, hang, NULL) == 0, "thread");
	pthread_join(thread, NULL);
}

E2E_TEST(segv)
{
	char *volatile nowhere = (char *)1;
	e2e_pass("before");
	*nowhere = 1;
}

E2E_TEST(aborts)
{
	e2e_pass("before");
	abort();
}

static int deeper(volatile char *above)
{
	volatile char room[4096];
	room[0] = *above;
	return room[0] ? deeper(room) + room[0] : 0;
}

E2E_TEST(stack_overflow)
{
	volatile char c = 1;
	e2e_pass("before");
	e2e_cmp_int(deeper(&c), ">", 0);
}

E2E_TEST(exits)
{
	e2e_pass("before");
	exit(0);
}

E2E_TEST(exits_at_once)
{
	_exit(0);
}

E2E_TEST(killed_after_1000)
{
	int i;
	for (i = 0; i < 1000; i++)
		e2e_pass();
	raise(SIGKILL);
}

E2E_TEST(dies_in_a_subtest)
{
	e2e_subtest("outer")
	{
		e2e_pass("one");
		e2e_subtest("inner")
		{
			e2e_pass("two");
			raise(SIGKILL);
		}
	}
}

E2E_TEST(child_asserts_and_exits)
{
	pid_t pid = fork();
	int status = -1;
	if (pid == 0) {
		e2e_pass("in the child");
		printf("the child's output\n");
		exit(3);
	}
	waitpid(pid, &status, 0);
	e2e_is_int(WEXITSTATUS(status), 3);
	e2e_ok(0, "in the parent");
}

E2E_TEST(child_dies_of_its_assertion)
{
	pid_t pid = fork();
	if (pid == 0) {
		e2e_must(e2e_is_int(1, 2));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	pause();
}

/* Becomes `sleep SECONDS`; the pipe's end of file tells when. */
static void become_sleep(const char *seconds)
{
	execlp("sleep", "sleep", seconds, (char *)NULL);
	_exit(127);
}

static void await_exec(int fds[2])
{
	char c;
	close(fds[1]);
	(void)!read(fds[0], &c, 1);
	close(fds[0]);
}

static void open_pipe(int fds[2])
{
	e2e_must(e2e_is_int(pipe(fds), 0));
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	fcntl(fds[1], F_SETFD, FD_CLOEXEC);
}

E2E_TEST(leaves_a_child)
{
	int fds[2];
	open_pipe(fds);
	if (fork() == 0)
		become_sleep("600");
	await_exec(fds);
}

E2E_TEST(leaves_a_daemon)
{
	int fds[2];
	open_pipe(fds);
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			become_sleep("601");
		_exit(0);
	}
	wait(NULL);
	await_exec(fds);
}

E2E_TEST(leaves_descriptors)
{
	e2e_pass("before");
	e2e_ok(open("/dev/null", O_RDONLY) >= 0, "opened");
	e2e_is_int(chdir("/"), 0);
}

E2E_TEST(closes_stdout)
{
	int fd;
	for (fd = 0; fd < 1024; fd++)
		close(fd);
	e2e_pass("all descriptors are closed");
}

E2E_TEST(forges_tap)
{
	printf("ok 1 - forged\n1..1\nBail out! forged\n");
	fflush(stdout);
	e2e_ok(0, "the truth");
}

E2E_TEST(much_output)
{
	static char line[1000];
	int i;
	memset(line, 'x', sizeof line - 1);
	for (i = 0; i < 100000; i++)
		puts(line);
	puts("the end");
	e2e_is_int(fflush(stdout), 0);
	e2e_ok(0, "after 100 MB");
}

E2E_TEST(no_more_descriptors)
{
	struct rlimit few = {3, 3};
	setrlimit(RLIMIT_NOFILE, &few);
	e2e_ok(open("/dev/null", O_RDONLY) < 0, "no descriptor is left");
	e2e_is_int(errno, EMFILE);
}

static void *assert_much(void *arg)
{
	int i;
	for (i = 0; i < 12500; i++)
		e2e_ok(arg != NULL, "assertion %d of a thread", i);
	return NULL;
}

E2E_TEST(threads_assert)
{
	pthread_t threads[8];
	int i;
	for (i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, assert_much, threads);
	for (i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
}

E2E_TEST(no_tmpdir)
{
	setenv("TMPDIR", "/nonexistent/folder", 1);
	e2e_pass("before");
	e2e_tmpdir();
	e2e_pass("not reached");
}

E2E_TEST(empty)
{
}

E2E_TEST(corrupts_the_heap)
{
	char *volatile p = (char *)malloc(16);
	e2e_pass("before");
	memset(p - 16, 0xff, 64);
	free(p);
	free(p);
	abort();
}

E2E_TEST(fork_bomb_of_one, .timeout = 0.2)
{
	pid_t pid = fork();
	e2e_pass("both");
	if (pid == 0)
		for (;;)
			pause();
	for (;;)
		pause();
}

E2E_MAIN()
