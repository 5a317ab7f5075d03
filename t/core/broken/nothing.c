/* What might look like success although nobody looked: limits that limit nothing, failures behind the last case, processes and
 * memory that are left where nothing lists them. */
#include "e2e.h"
#include "letters.h"

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if !defined __SANITIZE_ADDRESS__ && !defined SANITIZED
/* As a sanitizer in the tested code alone would have it. */
int __lsan_do_recoverable_leak_check(void);
int __lsan_do_recoverable_leak_check(void)
{
	return getenv("LEAKS") != NULL;
}
#endif

static bool is(const char *value)
{
	return getenv("HOW") && strcmp(getenv("HOW"), value) == 0;
}

static void fails(void *arg)
{
	(void)arg;
	e2e_fail("cleaning up");
}

static void stops(void *arg)
{
	(void)arg;
	e2e_must(e2e_is_int(1, 2));
}

E2E_SUITE_SETUP()
{
	if (is("fails"))
		e2e_defer(fails, NULL);
	if (is("stops"))
		e2e_defer(stops, NULL);
}

E2E_SETUP()
{
	if (getenv("SET_UP"))
		e2e_pass("of the set-up");
}

E2E_TEST(dies_at_once)
{
	raise(SIGKILL);
}

E2E_TEST(passes)
{
	e2e_pass();
}

static double zero;

E2E_TEST(tolerances)
{
	e2e_is_double(1, 2, 1 / zero);
	e2e_is_double(1, 1, zero / zero);
	e2e_is_double(1, 1, -1);
	e2e_is_double(1, 2, 1);
}

E2E_TEST(budgets)
{
	e2e_within(1 / zero);
	e2e_within(zero / zero);
	e2e_growth(1 / zero);
}

E2E_TEST(negative_limit)
{
	e2e_blocking_with_timeout(-1) e2e_pass();
	e2e_pass("not reached");
}

E2E_TEST(no_number_as_limit)
{
	e2e_blocking_with_timeout(zero / zero) e2e_pass();
	e2e_pass("not reached");
}

E2E_TEST(endless_limits, .timeout = 1e300)
{
	e2e_blocking_with_timeout(1 / zero) e2e_pass();
	e2e_blocking_with_timeout(1e10) e2e_pass();
}

E2E_TEST(two_plans)
{
	e2e_plan(2);
	e2e_pass();
	e2e_plan(1);
}

E2E_TEST(child_goes_on)
{
	e2e_pass("before");
	if (fork() == 0) {
		e2e__clock_nap(0.02);
		e2e_fail("of the child");
		for (;;)
			pause();
	}
}

E2E_TEST(leaves_processes)
{
	pid_t pid = fork();
	if (pid == 0) {
		setsid();
		if (fork() == 0)
			for (;;)
				pause();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	if (fork() == 0)
		for (;;)
			pause();
	e2e_pass();
}

E2E_TEST(unforked_leaves, .fork = 0)
{
	if (fork() == 0)
		for (;;)
			pause();
	e2e_pass();
}

E2E_TEST(fails_first)
{
	e2e_fail("seen");
}

E2E_TEST(aborts, .fork = 0)
{
	struct sigaction sa;
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = SIG_DFL;
	sigaction(SIGABRT, &sa, NULL);
	e2e_pass();
	raise(SIGKILL);
}

E2E_TEST(closes_stdout, .fork = 0)
{
	int fd;
	e2e_pass();
	for (fd = 3; fd < 1024; fd++)
		close(fd);
}

/* ---- memory that the results are in ---- */

E2E_TEST(writes_below)
{
	e2e_pass("before");
	((volatile char *)e2e__state.page)[-1] = 1;
	e2e_pass("not reached");
}

E2E_TEST(writes_above)
{
	volatile char *p = (volatile char *)e2e__state.page;
	size_t i;
	e2e_pass("before");
	for (i = sizeof *e2e__state.page; i < sizeof *e2e__state.page + 200000; i++)
		p[i] = 1;
	e2e_pass("not reached");
}

/* What an overrun of many kilobytes would do. */
static void overwrite(int byte)
{
	e2e_pass("before");
	memset((void *)e2e__state.page, byte, sizeof *e2e__state.page);
	for (;;)
		pause();
}

E2E_TEST(zeroes, .timeout = 0.5)
{
	overwrite(0);
}

E2E_TEST(ones, .timeout = 0.5)
{
	overwrite(0xff);
}

E2E_TEST(letters, .timeout = 0.5)
{
	overwrite('A');
}

E2E_TEST(letters_everywhere, .timeout = 0.5)
{
	e2e_pass("before");
	write_letters_everywhere();
	for (;;)
		pause();
}

E2E_TEST(after_letters)
{
	e2e_pass();
}

/* A builder that fails in a case that has failed before. */
static bool builds_wrongly(const char *dir, void *arg)
{
	(void)dir;
	(void)arg;
	return e2e_is_int(1, 2) || true;
}

E2E_TEST(builder)
{
	e2e_fail("before");
	e2e_cached("wrong", "key", builds_wrongly, NULL);
	e2e_pass("not reached");
}

E2E_MAIN()
