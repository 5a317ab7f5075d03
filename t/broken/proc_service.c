/* Uses a service that the tests of t/proc_service.c share. The names of cases say what becomes of it. */
#include "e2e_proc.h"

/* A daemon, where the system lets one be found. */
#ifdef E2E__LINUX
#define DAEMON "setsid -f sleep 76543; "
#else
#define DAEMON ""
#endif

static const char *start(void *arg)
{
	(void)arg;
	/* counts its starts, leaves a daemon, and says so */
	const char *count = getenv("E2E_T_STARTS");
	int fd = open(count, O_WRONLY | O_APPEND | O_CREAT, 0600);
	if (write(fd, "x", 1) != 1)
		return NULL;
	close(fd);
	e2e_proc *p = e2e_spawn("sh", "-c", DAEMON "echo serving; echo 'the last words' >&2; exec sleep 76543");
	e2e_must(e2e_ready(p, E2E_LINE("^serving$")));
	return e2e_printf("pid:%ld", (long)p->pid);
}

static const char *slow(void *arg)
{
	usleep(200000); /* so that others have to wait */
	return start(arg);
}

E2E_TEST(uses)
{
	const char *address = e2e_service("sleeper", slow, NULL);
	e2e_is_str(address, e2e_printf("pid:%ld", (long)e2e_service_pid("sleeper")));
	e2e_is_int(kill(e2e_service_pid("sleeper"), 0), 0);
	printf("%s\n", address);
}
E2E_TEST(uses_again) { e2e_is_int(kill(e2e_service_pid("sleeper"), 0), 0); }

/* A program that is started by a case, as a part of the run. */
E2E_TEST(nested)
{
	char *self = realpath("/proc/self/exe", NULL);
	const char *run = e2e_printf("E2E_RUN_DIR=%s", e2e_run_dir());
	e2e_is_int(e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(run)}, self, "-k", "^uses$").status, 0);
	free(self);
}

E2E_TEST(stays)
{
	e2e_pass();
	for (;;)
		pause();
}

E2E_TEST(kills_it)
{
	e2e_service("sleeper", start, NULL);
	e2e_pass("it begins");
	kill(e2e_service_pid("sleeper"), SIGKILL);
	for (;;)
		pause();
}
E2E_TEST(after) { e2e_pass(); }

static const char *none(void *arg)
{
	(void)arg;
	return NULL;
}
E2E_TEST(returns_null) { e2e_service("none", none, NULL); }
static const char *spawns_nothing(void *arg)
{
	(void)arg;
	return "here";
}
E2E_TEST(nothing_spawned) { e2e_service("nothing", spawns_nothing, NULL); }
static const char *dies(void *arg)
{
	(void)arg;
	e2e_ready(e2e_spawn("sh", "-c", "echo 'no config' >&2; exit 1"), E2E_LINE("never"));
	return "here";
}
E2E_TEST(dies_at_start) { e2e_service("dies", dies, NULL); }
E2E_TEST(bad_name) { e2e_service("../x", none, NULL); }

E2E_MAIN()
