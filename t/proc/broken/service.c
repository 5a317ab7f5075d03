/* Uses a service that the tests of t/proc/service.c share. The names of cases say what becomes of it. */
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

static const char *runs_commands(void *arg);
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

E2E_TEST(uses_elsewhere)
{
	e2e_chdir("/");
	e2e_like(e2e_service("sleeper", start, NULL), "^pid:");
	e2e_service("commands", runs_commands, NULL);
}

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

/* A service that is made ready by commands, as a database is, and its first process isn't the one that stays. */
static const char *runs_commands(void *arg)
{
	(void)arg;
	e2e_wait(e2e_spawn("true"), 0);
	e2e_proc *p = e2e_spawn("sleep", "76543");
	e2e_must(e2e_is_int(e2e_run("true").status, 0));
	e2e_wait(e2e_spawn("sh", "-c", "exit 3"), 3);
	return e2e_printf("pid:%ld", (long)p->pid);
}
E2E_TEST(of_commands)
{
	const char *address = e2e_service("commands", runs_commands, NULL);
	usleep(400000); /* its keeper has looked around since */
	e2e_is_str(address, e2e_printf("pid:%ld", (long)e2e_service_pid("commands")));
	e2e_is_int(kill(e2e_service_pid("commands"), 0), 0);
	e2e_is_str(e2e_service("commands", runs_commands, NULL), address);
}

static void echoes(int fd, void *arg)
{
	char byte;
	(void)arg;
	while (read(fd, &byte, 1) == 1 && write(fd, &byte, 1) == 1)
		;
}
static bool template(const char *dir, void *arg)
{
	(void)arg;
	int fd = open(e2e_printf("%s/file", dir), O_WRONLY | O_CREAT, 0600);
	return fd >= 0 && close(fd) == 0;
}
static const char *has_helpers(void *arg)
{
	(void)arg;
	/* its folders are not the case's, which goes before the service does */
	e2e_must(e2e_like(e2e_tmpdir(), "/helpers$"));
	e2e_must(e2e_like(e2e_cached("template", "1", template, NULL), "/helpers/"));
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", echoes, NULL);
	return e2e_printf("%s %d", e2e_proxy_to(s->endpoint)->endpoint, e2e_mailbox_open()->port);
}
static void talks_to(const char *address)
{
	char answer[4] = "";
	int fd = e2e_dial(e2e_printf("%.*s", (int)strcspn(address, " "), address));
	e2e_is_int(write(fd, "x", 1), 1);
	e2e_is_int(read(fd, answer, 1), 1);
	e2e_is_str(answer, "x", "by the proxy to the stub and back");
	fd = e2e_dial(e2e_printf("tcp:127.0.0.1:%s", strchr(address, ' ') + 1));
	e2e_is_int(read(fd, answer, 3), 3);
	e2e_is_str(answer, "220");
	const char *folder = e2e_printf("%s/helpers", e2e_run_dir());
	e2e_is_int(access(e2e_printf("%s/template/file", folder), F_OK), 0, "the service's folders stay");
	e2e_is_int(access(e2e_printf("%s/mail-%s/smtp.log", folder, strchr(address, ' ') + 1), F_OK), 0);
}
E2E_TEST(of_helpers)
{
	talks_to(e2e_service("helpers", has_helpers, NULL));
	usleep(400000);
	talks_to(e2e_service("helpers", has_helpers, NULL));
}
E2E_TEST(of_helpers_in_another_case) { talks_to(e2e_service("helpers", has_helpers, NULL)); }

static const char *uses_another(void *arg)
{
	(void)arg;
	const char *other = e2e_service("commands", runs_commands, NULL);
	e2e_spawn("sleep", "76543");
	return e2e_printf("with %s", other);
}
E2E_TEST(of_a_service)
{
	const char *address = e2e_service("user", uses_another, NULL);
	e2e_is_str(address, e2e_printf("with pid:%ld", (long)e2e_service_pid("commands")));
	e2e_is_int(kill(e2e_service_pid("commands"), 0), 0);
	e2e_is_int(kill(e2e_service_pid("user"), 0), 0);
}

static const char *ends_before(void *arg)
{
	(void)arg;
	e2e_proc *p = e2e_spawn("true");
	while (!e2e_exited(p))
		usleep(1000);
	e2e_spawn("sleep", "76543");
	return "here";
}
E2E_TEST(one_has_ended) { e2e_service("ended", ends_before, NULL); }

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
static const char *crashes(void *arg)
{
	(void)arg;
	e2e_spawn("sleep", "76543");
	raise(SIGSEGV);
	return "here";
}
E2E_TEST(crashes_at_start) { e2e_service("crashes", crashes, NULL); }
static const char *leaves(void *arg)
{
	(void)arg;
	_exit(7);
	return NULL;
}
E2E_TEST(leaves_at_start) { e2e_service("leaves", leaves, NULL); }
E2E_TEST(keeper_crashes)
{
	pid_t keeper = 0;
	e2e_service("sleeper", start, NULL);
	e2e__service_read(e2e_run_dir(), "sleeper", NULL, &keeper);
	e2e_pass("it begins");
	kill(keeper, SIGKILL);
	for (;;)
		pause();
}

/* Services that say what they are told, the one by way of the other. */
static const char *says(void *arg)
{
	const char *fifo = e2e_printf("%s/fifo", e2e_tmpdir());
	(void)arg;
	if (mkfifo(fifo, 0600))
		return NULL;
	e2e_spawn("sh", "-c", "echo begins; while read -r line; do echo \"said $line\"; done <>\"$0\"", fifo);
	return fifo;
}
static const char *says_too(void *arg)
{
	const char *fifo = e2e_service("inner", says, NULL);
	(void)arg;
	e2e_ready(e2e_spawn("sh", "-c", "echo outer begins; exec sleep 76543"), E2E_LINE("outer"));
	return fifo;
}
static void tell(const char *what)
{
	int fd = open(e2e_service("outer", says_too, NULL), O_WRONLY);
	const char *log = e2e_printf("%s/inner/sh.stdout", e2e_run_dir());
	e2e_ok(dprintf(fd, "%s\n", what) > 0);
	e2e_eventually(20, strstr(e2e__file_read(log, NULL), what) != NULL);
	close(fd);
}
E2E_TEST(tells_1) { tell("one"); }
E2E_TEST(tells_2)
{
	tell("two");
	e2e_fail("on purpose");
}

E2E_TEST(bad_name) { e2e_service("../x", none, NULL); }

E2E_MAIN()
