/* Jobs that end otherwise than they may, and daemons that aren't what they should be. */
#include "e2e_proc.h"

E2E_TEST(wrong_status)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo 'no disk' >&2; exit 3");
	e2e_ends(p, 0);
	e2e_eventually(20, e2e_exited(p));
	e2e_run("true");
	e2e_fail("not reached");
}
E2E_TEST(wrong_at_the_end)
{
	e2e_ends(e2e_spawn("sh", "-c", "sleep 0.2; exit 3"), 0);
	e2e_pass();
}
E2E_TEST(never_ends)
{
	e2e_proc_timeout(0.2);
	e2e_ends(e2e_spawn("sleep", "76546"), 0);
	e2e_pass();
}
E2E_TEST(no_number)
{
	e2e_proc_timeout(0.2);
	e2e_adopt("/no/such.pid");
}
E2E_TEST(not_ours)
{
	const char *file = e2e_printf("%s/x.pid", e2e_tmpdir());
	int fd = open(file, O_CREAT | O_WRONLY, 0600);
	dprintf(fd, "%ld\n", (long)getppid() == 1 ? 1L : (long)getsid(0));
	close(fd);
	e2e_proc_timeout(0.2);
	e2e_adopt(file);
}

static e2e_proc *daemon_of(const char *what)
{
	const char *file = "daemon.pid"; /* the report has it, and is to be the same in each folder */
	e2e_chdir(e2e_tmpdir());
	e2e_run("sh", "-c", "setsid -f sh -c 'echo $$ >\"$0\"; exec >/dev/null 2>&1; eval \"$1\"' \"$0\" \"$1\"", file, what);

	/* the pid is known before it has the name of what it becomes */
	e2e_run("sh", "-c", "until [ -s \"$0\" ]; do :; done; case $1 in exec*) until grep -qv sh \"/proc/$(cat \"$0\")/comm\"; do :; done ;; esac", file, what);
	return e2e_adopt(file);
}
E2E_TEST(dead_daemon)
{
	e2e_proc *p = daemon_of("sleep 0.3; exit 5");
	e2e_eventually(20, e2e_exited(p) && 0);
}
E2E_TEST(left_daemon)
{
	daemon_of("exec sleep 76547");
	e2e_pass();
}

E2E_MAIN()
