/* Where it must also work: the same program, t/core/broken/everywhere.c, says the same wherever something is missing. */
#include "../golden.h"
#include "report.h"

static const char *expected;

/* $PROGRAM is its whole path. */
E2E_SETUP()
{
	char *path = realpath(broken("everywhere"), NULL);

	e2e_must(e2e_ok(path != NULL, "broken/everywhere.bin is built"));
	e2e_setenv("PROGRAM", path);
	free(path);
	expected = e2e__file_read("t/core/expected/everywhere.txt", NULL);
}

#define same_by(command) same(E2E__AT, e2e_run("sh", "-c", command))
static void same(const char *file, int line, e2e_result r)
{
	e2e__assertion_is_str((struct e2e__at){file, line, "report, report at home", NULL}, report(r), expected);
}

/* With other mounts, which takes a namespace. */
#define same_in(namespaces, command) \
	do { \
		e2e_require_command("unshare"); \
		e2e_skip_if(e2e_run("unshare", namespaces, "--mount-proc", "true").status != 0, "no mount namespaces here"); \
		same(E2E__AT, e2e_run("unshare", namespaces, "--mount-proc", "sh", "-c", command)); \
	} while (0)

/* A sanitizer reads what /proc has, and looks for leaks in a process of its own. */
#if defined __SANITIZE_ADDRESS__
#define BARE() e2e_skip("a sanitizer is there already")
#else
#define BARE() (void)0
#endif

E2E_TEST(at_home)
{
	as_expected(E2E__AT, "everywhere", report(e2e_run(getenv("PROGRAM"))), NULL);
}

E2E_TEST(no_proc, .timeout = 120)
{
	BARE();
	same_in("-rmpf", "mount -t tmpfs none /proc && exec \"$PROGRAM\"");
}

E2E_TEST(no_shared_memory_folder, .timeout = 120)
{
	same_in("-rmpf", "mount -t tmpfs -o ro,size=4k none /dev/shm && exec \"$PROGRAM\"");
}

E2E_TEST(no_home, .timeout = 120)
{
	same_by("unset HOME XDG_CACHE_HOME; exec \"$PROGRAM\"");
	same_by("HOME=/nonexistent exec \"$PROGRAM\"");
	e2e_ok(access("/nonexistent", F_OK) < 0, "a home that isn't there isn't made");
}

E2E_TEST(nothing_in_the_environment, .timeout = 120)
{
	same_by("exec env -i PATH=\"$PATH\" \"$PROGRAM\"");
}

E2E_TEST(a_relative_folder_with_blanks, .timeout = 120)
{
	e2e_chdir(e2e_tmpdir());
	e2e_must(e2e_is_int(mkdir("a b", 0700), 0));
	same_by("TMPDIR='a b' exec \"$PROGRAM\"");
}

E2E_TEST(a_temporary_folder_that_is_not_there, .timeout = 120)
{
	e2e_result r = e2e_run("sh", "-c", "TMPDIR=/nonexistent/folder exec \"$PROGRAM\"");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "message: \"cannot make a folder in ..?/nonexistent/folder.*: No such file or directory\"\n");
	e2e_like(r.out, "hint: \"set TMPDIR to a folder with room that you may write to\"\n");
}

E2E_TEST(a_cache_that_can_only_be_read, .timeout = 120)
{
	const char *folder = e2e_printf("%s/read-only", e2e_tmpdir());

	e2e_must(e2e_is_int(mkdir(folder, 0700), 0));
	e2e_setenv("FOLDER", folder);
	e2e_setenv("TMPDIR", e2e_tmpdir()); /* there is a cache then, of a user whose number is 0 here */
	same_in("-rmpf", "mount -t tmpfs -o ro none \"$FOLDER\" && HOME=$FOLDER XDG_CACHE_HOME=$FOLDER exec \"$PROGRAM\"");
}

E2E_TEST(as_process_1, .timeout = 120)
{
	BARE();
	same_in("-rpf", "exec \"$PROGRAM\"");
	same_in("-rmpf", "mount -t tmpfs none /proc && exec \"$PROGRAM\"");
}

E2E_TEST(few_descriptors, .timeout = 120)
{
	same_by("ulimit -n 16; exec \"$PROGRAM\"");
}

/* Of the processes that are left, the program takes one and each case another. The limit holds for ordinary users. */
static e2e_result with_processes(const char *number)
{
	return e2e_run("sh", "-c", "cd \"$FOLDER\" && exec setpriv --reuid 54321 --clear-groups prlimit --nproc=\"$0\" ./everywhere.bin", number);
}

E2E_TEST(few_processes, .timeout = 120)
{
	e2e_result r;

	BARE();
	e2e_require_command("setpriv");
	e2e_skip_if(geteuid() != 0, "another user's limit is set, which takes root");
	e2e_setenv("FOLDER", e2e_tmpdir());
	e2e_setenv("TMPDIR", "/tmp");
	e2e_setenv("XDG_CACHE_HOME", e2e_tmpdir());
	e2e_must(e2e_is_int(e2e_run("sh", "-c", "cp \"$PROGRAM\" \"$FOLDER\" && chown 54321 \"$FOLDER\"").status, 0));

	r = with_processes("1");
	e2e_is_int(r.status, 99);
	e2e_is_str(r.err, "e2e: cannot fork for a case: Resource temporarily unavailable; raise the limit of processes (ulimit -u), "
			  "or run with --no-fork\n");
	r = with_processes("2");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n    not ok 2 - no process is to be had\n");
	e2e_like(r.out, "\nok 10 - last\n$");
	same(E2E__AT, with_processes("3"));
}

/* A case that writes a file dies of it; what it prints is no file then. */
E2E_TEST(no_file_may_grow, .timeout = 120)
{
	e2e_result r = e2e_run("sh", "-c", "(ulimit -f 0; \"$PROGRAM\" 2>&1) | cat");

	e2e_like(r.out, "\nnot ok 1 - passes\n  ---\n  message: \"died of SIGXFSZ after ");
	e2e_like(r.out, "\nnot ok 3 - fails\n  ---\n  message: \"false: 1 is 2\"\n(  [^\n]*\n)*  stderr: \"?said before");
	e2e_like(r.out, "\nok 10 - last\n$");
}

/* What the case has made of itself is no matter to who watches it. */
E2E_TEST(after_chroot_and_setuid, .timeout = 120)
{
	e2e_result r;

	e2e_skip_if(geteuid() != 0, "only root may");
	e2e_setenv("TMPDIR", e2e_tmpdir()); /* for what failing cases leave */
	as_expected(E2E__AT, "elsewhere", report(e2e_run(broken("elsewhere"), "-k", "chroot|setuid_[^w]|last")), NULL);
	r = e2e_run(broken("elsewhere"), "-k", "writes_much");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "\n    ok 20002\n(    #[^\n]*\n)?    1..20002\nok 1 - setuid_writes_much\n$");
}

E2E_MAIN()
