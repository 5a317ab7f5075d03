/* What spoils memory that the test shares with its parent: t/core/safety.c runs it in a namespace of its own. */
#include "e2e.h"
#include "letters.h"
#include <sys/resource.h>

E2E_SETUP()
{
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
}

/* Past the end of a large block, up to the memory of the results and into it. */
static void overrun(int byte, size_t into)
{
	size_t size = 200000;
	char *block = (char *)malloc(size);
	char *page = (char *)e2e__state.page;
	volatile char *p = block;
	uintptr_t end = (uintptr_t)block + size + into;

	if (block && (uintptr_t)block < (uintptr_t)page && (uintptr_t)page - (uintptr_t)block < 100 * size)
		end = (uintptr_t)page + into;
	for (; (uintptr_t)p < end; p++)
		*p = (char)byte;
}

E2E_TEST(overrun_of_ff, .timeout = 20) { e2e_pass("before"); overrun(0xff, 20000); }
E2E_TEST(overrun_of_letters, .timeout = 20) { e2e_pass("before"); overrun('A', 20000); }
E2E_TEST(overrun_of_ones, .timeout = 20) { e2e_pass("before"); overrun(1, 20000); }

/* A hang behind it: the parent's own copy of the limit would end it, too. */
E2E_TEST(overrun_of_zeros, .timeout = 20)
{
	e2e_pass("before");
	overrun(0, 300000);
	for (;;)
		pause();
}

/* Guard pages can't help against a pointer that leads right there. */
static void wild(int byte)
{
	e2e_fail("seen, or not");
	memset((char *)e2e__state.page, byte, sizeof *e2e__state.page);
	for (;;)
		pause();
}

E2E_TEST(wild_ff, .timeout = 20) { wild(0xff); }
E2E_TEST(wild_letters, .timeout = 20) { wild('A'); }
E2E_TEST(wild_zeros, .timeout = 20) { wild(0); }

/* What is read of it afterwards: numbers far off and texts without an end, between marks that are whole. */
E2E_TEST(wild_members, .timeout = 20)
{
	struct e2e__page *pg = e2e__state.page;
	e2e_fail("a failure");
	pg->evidences = 1 << 30;
	memset(pg->where_file, 'w', sizeof pg->where_file);
	memset(pg->folder, 'f', sizeof pg->folder);
	memset(pg->first, 'm', sizeof pg->first);
	memset(pg->doing, 'd', sizeof pg->doing);
	raise(SIGKILL);
}

/* Numbers of a process beside the program, in all places where numbers of its own are looked for. */
static void name_bystander(volatile void *from, size_t size)
{
	volatile pid_t *p = (volatile pid_t *)from, pid = (pid_t)atol(e2e_require_env("BYSTANDER"));
	size_t i;

	for (i = 0; i < size / sizeof *p; i++)
		p[i] = pid;
}

E2E_TEST(groups_overwritten, .timeout = 20)
{
	e2e_fail("seen");
	name_bystander(e2e__state.page->group, sizeof e2e__state.page->group);
	raise(SIGKILL);
}

/* The parent ends it, and all its groups. */
E2E_TEST(groups_overwritten_in_a_hang, .timeout = 1)
{
	sigset_t all;

	e2e_fail("seen");
	name_bystander(e2e__state.page->group, sizeof e2e__state.page->group);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;)
		pause();
}

E2E_TEST(wild_everywhere, .timeout = 20)
{
	e2e_fail("seen, or not");
	write_letters_everywhere();
	for (;;)
		pause();
}

E2E_TEST(next)
{
	e2e_pass("runs all the same");
}

E2E_MAIN()
