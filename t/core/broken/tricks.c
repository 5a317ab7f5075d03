/* Ways in which a failing case could look like a passing one, or a passing one fail: t/core/tricks.c runs them. */
/* e2e: -pthread */
#include "e2e.h"
#include <pthread.h>
#include <setjmp.h>

static void nothing(int sig)
{
	(void)sig;
}

static void passes(int sig)
{
	(void)sig;
	e2e_pass("in the handler");
}

/* A signal in the middle of an assertion. */
E2E_TEST(handler_asserts, .timeout = 60)
{
	e2e_pass("before");
	signal(SIGUSR1, passes);
	e2e__page_lock(e2e__state.page);
	raise(SIGUSR1);
}

/* ---- limits that were not seen in time ---- */

E2E_TEST(late_block)
{
	signal(SIGALRM, nothing);
	e2e_blocking_with_timeout(0.1) sleep(30);
	e2e_pass("not reached");
}

E2E_TEST(late_case, .timeout = 0.1)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	usleep(250000);
	e2e_pass("too late");
}

E2E_TEST(limit_in_a_forked_child)
{
	e2e_pass("before");
	if (fork() == 0) {
		e2e_blocking_with_timeout(0.1) sleep(30);
		_exit(0);
	}
	wait(NULL);
	sleep(30);
}

E2E_TEST(default_alarm, .timeout = 0.1)
{
	e2e_pass("before");
	signal(SIGALRM, SIG_DFL);
	for (;;)
		pause();
}

E2E_TEST(hangs_in_the_end)
{
	int fds[2], i;
	FILE *f;
	e2e_must(e2e_is_int(pipe(fds), 0));
	for (i = 0; fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0 && write(fds[1], "x", 1) == 1; i++)
		;
	fcntl(fds[1], F_SETFL, 0);
	f = fdopen(fds[1], "w");
	fputc('x', f); /* what is left to flush has nowhere to go */
}

static void again(void *arg)
{
	e2e_defer(again, arg);
}

E2E_TEST(defers_for_ever)
{
	e2e_pass("before");
	e2e_defer(again, NULL);
}

/* ---- blocks left in odd ways ---- */

static jmp_buf away;

E2E_TEST(jump_out_of_a_subtest)
{
	e2e_pass("before");
	if (setjmp(away) == 0)
		e2e_subtest("left")
		{
			e2e_fail("inside");
			longjmp(away, 1);
		}
}

E2E_TEST(jump_out_of_todo)
{
	if (setjmp(away) == 0)
		e2e_todo("left") longjmp(away, 1);
}

E2E_TEST(after_jump_out_of_todo)
{
	e2e_fail("this counts");
}

E2E_TEST(child_dies_in_a_subtest)
{
	e2e_pass("before");
	if (fork() == 0)
		e2e_subtest("of the child")
		{
			e2e_fail("inside");
			_exit(0);
		}
	wait(NULL);
}

E2E_TEST(child_returns)
{
	e2e_pass("before");
	if (fork() == 0)
		return;
	wait(NULL);
}

E2E_TEST(child_dies_with_the_lock)
{
	if (fork() == 0) {
		e2e__page_lock(e2e__state.page);
		_exit(0);
	}
	usleep(100000);
	e2e_pass("after");
	wait(NULL);
}

/* ---- threads ---- */

static void *fail_here(void *arg)
{
	e2e_fail("%s", (const char *)arg);
	return NULL;
}

E2E_TEST(todo_of_another_thread)
{
	static char text[] = "a real failure";
	pthread_t thread;
	e2e_todo("only mine")
	{
		pthread_create(&thread, NULL, fail_here, text);
		pthread_join(thread, NULL);
	}
}

static void *must(void *arg)
{
	(void)arg;
	e2e_must(e2e_fail("in the thread"));
	return NULL;
}

E2E_TEST(must_in_a_thread)
{
	pthread_t thread;
	pthread_create(&thread, NULL, must, NULL);
	pthread_join(thread, NULL);
	e2e_pass("not reached");
}

/* ---- values ---- */

E2E_TEST(wrapped_integers)
{
	unsigned long long big = (unsigned long long)-1;
	uint64_t size = (uint64_t)-1;
	e2e_is_int(big, -1);
	e2e_is_uint(-1, UINTMAX_MAX);
	e2e_cmp_int(size, "<", 0);
	e2e_is_int(big, 18446744073709551615u);
	e2e_cmp_int(size, ">", 1);
}

enum { MANY = 50000 };

/* a hundred that the other lacks, twice one that it has once, and the rest the other way round */
E2E_TEST(many_elements)
{
	static char text[MANY][8];
	static const char *got[MANY + 1], *want[MANY + 1];
	size_t n = 0;
	for (size_t i = 0; i < MANY; i++) {
		snprintf(text[i], sizeof text[i], "%zu", i);
		want[MANY - 1 - i] = text[i];
		if (i >= 100)
			got[n++] = text[i];
	}
	got[n++] = text[7777];
	e2e_is_list(got, want);
}

E2E_TEST(many_members)
{
	char *json = (char *)malloc(MANY * 32), *p = json, *other;
	*p++ = '{';
	for (int i = 0; i < MANY; i++)
		p += sprintf(p, "\"%d\": %d, ", i % (MANY - 10), i);
	strcpy(p, "\"a\": {\"b\": [1, {\"c\": 2}]}}");
	other = e2e_printf("%s", json);
	e2e_is_json(json, other);
	*strstr(other, "2}]") = '3';
	e2e_is_json(json, other);
	e2e_is_json("{\"x\": 1, \"y\": [0, 1], \"x\": 2}", "{\"y\": [0, 1], \"x\": 2}");
	e2e_is_json("{\"x\": 1, \"yy\": 3}", "{\"x\": 1, \"y\": 3}");
	e2e_is_json("{\"x\": 1, \"yy\": 3}", "{\"x\": 1}");
	free(json);
}

static bool helper(void)
{
	int i;
	for (i = 0; i < 20; i++)
		e2e_pass("inner %d", i);
	return true;
}

E2E_TEST(described_helper)
{
	e2e_ok(helper(), "outer");
}

/* Names that a header might have taken for itself. */
E2E_TEST(name) { e2e_pass(); }
E2E_TEST(yaml) { e2e_pass(); }
E2E_TEST(header) { e2e_pass(); }
E2E_TEST(setup) { e2e_pass(); }
E2E_TEST(add_case) { e2e_pass(); }

E2E_SETUP()
{
}

E2E_TEST(leaks_all_descriptors)
{
	while (open("/dev/null", O_RDONLY) >= 0)
		;
	e2e_is_int(errno, EMFILE);
}

/* As many are open as before. */
E2E_TEST(swaps_descriptors)
{
	int fd = open("/dev/null", O_RDONLY);

	e2e_cmp_int(fd, ">", 2);
	e2e_is_int(close(9), 0, "the caller's");
}

E2E_TEST(exit_unforked, .fork = 0)
{
	e2e_pass("before");
	if (getenv("EXIT"))
		exit(0);
}

/* Programs that the case itself started, without e2e_proc.h. */
E2E_TEST(starts_programs, .timeout = 300)
{
	e2e_pass();
	e2e_must(e2e_is_int(system("sleep 299 & sleep 299"), 0));
}

/* The child says so, but this process can't be told. */
E2E_TEST(limit_in_a_forked_child_of_the_deaf)
{
	struct sigaction ignore, old;

	memset(&ignore, 0, sizeof ignore);
	ignore.sa_handler = SIG_IGN;
	e2e_pass("before");
	sigaction(SIGALRM, &ignore, &old);
	if (fork() == 0) {
		sigaction(SIGALRM, &old, NULL);
		e2e_blocking_with_timeout(0.1) sleep(300);
		_exit(0);
	}
	for (;;)
		pause();
}

E2E_MAIN()
