/* Cases that leave for where the program's files and rights are gone: t/core/everywhere.c runs them as root. */
#ifdef __linux__
#define _GNU_SOURCE /* chroot() */
#endif
#include "e2e.h"

/* Into an empty folder. */
static void enter_a_folder(void)
{
	const char *folder = e2e_tmpdir();

	e2e_must(e2e_is_int(chroot(folder), 0));
	e2e_must(e2e_is_int(chdir("/"), 0));
}

/* Another user for good, who may not signal the one that watches. */
static void become_nobody(void)
{
	e2e_must(e2e_is_int(setgid(65534), 0));
	e2e_must(e2e_is_int(setuid(65534), 0));
}

E2E_TEST(chroot_passes)
{
	enter_a_folder();
	e2e_is_str(e2e_tmpdir(), e2e_tmpdir());
	e2e_setenv("HOME", "/");
}

E2E_TEST(chroot_fails)
{
	enter_a_folder();
	printf("said in there\n");
	e2e_is_int(1, 2);
}

E2E_TEST(chroot_dies)
{
	enter_a_folder();
	abort();
}

E2E_TEST(chroot_leaves_a_process)
{
	enter_a_folder();
	if (fork() == 0) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
}

E2E_TEST(setuid_passes)
{
	const char *folder = e2e_tmpdir();

	become_nobody();
	e2e_is_int(geteuid(), 65534);
	e2e_is_int(access(folder, R_OK), -1);
}

E2E_TEST(setuid_fails)
{
	become_nobody();
	printf("said as nobody\n");
	e2e_is_int(1, 2);
}

E2E_TEST(setuid_writes_much)
{
	int i;

	become_nobody();
	for (i = 0; i < 20000; i++) /* more than the ring holds */
		e2e_pass();
}

E2E_TEST(setuid_hangs, .timeout = 0.3)
{
	become_nobody();
	for (;;)
		pause();
}

E2E_TEST(setuid_hangs_hard, .timeout = 0.3)
{
	sigset_t all;

	become_nobody();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		pause();
}

E2E_TEST(setuid_leaves_a_process)
{
	become_nobody();
	if (fork() == 0) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
}

E2E_TEST(last)
{
	e2e_pass();
}

E2E_MAIN()
