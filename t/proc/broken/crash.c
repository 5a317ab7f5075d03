/* Crashes that nobody waits for: of a stub's handler, of the toolkit's own processes, of daemons; and what functions leave.
 * t/proc/crash.c looks at how they are told. */
#include "e2e_proc.h"

/* A child of this process by its name; 0: none. */
static pid_t child_named(pid_t parent, const char *name)
{
	char *list = e2e__file_read(e2e_printf("/proc/%ld/task/%ld/children", (long)parent, (long)parent), NULL), *next;
	for (; list; list = next) {
		long pid = strtol(list, &next, 10);
		if (next == list)
			return 0;
		const char *comm = e2e__file_read(e2e_printf("/proc/%ld/comm", pid), NULL);
		if (comm && !strncmp(comm, name, strlen(name)))
			return (pid_t)pid;
	}
	return 0;
}

/* Talks to a stub until the stub's side ends. */
static void talk(const e2e_server *s)
{
	char byte;
	int fd = e2e_dial(s->endpoint);
	e2e_is_int(write(fd, "x", 1), 1);
	while (read(fd, &byte, 1) > 0)
		;
}

static void crashes(int fd, void *arg)
{
	char byte;
	if (read(fd, &byte, 1) == 1)
		raise(*(int *)arg);
}
E2E_TEST(handler_crashes)
{
	static int signo = SIGSEGV;
	talk(e2e_serve("tcp:127.0.0.1:0", crashes, &signo));
}
E2E_TEST(handler_crashes_and_the_case_goes_on)
{
	static int signo = SIGABRT;
	e2e_server *s = e2e_serve("unix:", crashes, &signo);
	talk(s);
	e2e_wait(e2e_spawn("sleep", "86430"), 0);
}
/* The client is gone before the handler crashes. */
E2E_TEST(handler_crashes_late)
{
	static int signo = SIGSEGV;
	e2e_server *s = e2e_serve("unix:", crashes, &signo);
	int fd = e2e_dial(s->endpoint);
	e2e_is_int(write(fd, "x", 1), 1);
	close(fd);
}
static void exits(int fd, void *arg)
{
	char byte;
	(void)arg;
	if (read(fd, &byte, 1) == 1) {
		fprintf(stderr, "the database is gone\n");
		exit(3);
	}
}
E2E_TEST(handler_exits) { talk(e2e_serve("tcp:127.0.0.1:0", exits, NULL)); }

E2E_TEST(server_killed)
{
	e2e_server *s = e2e_serve("unix:", NULL, NULL);
	kill(s->proc->pid, SIGKILL);
}
E2E_TEST(proxy_killed)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	e2e_is_int(e2e_proxy_count(px).accepted, 0);
	kill(px->self->helper.proc->pid, SIGKILL);
}
E2E_TEST(mail_sink_killed)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_is_int((long long)e2e_mail_count(m), 0);
	kill(m->self->helper.proc->pid, SIGSEGV);
}
/* The failure that comes from it is told with it. */
E2E_TEST(mail_sink_killed_and_failed)
{
	e2e_mailbox *m = e2e_mailbox_open();
	kill(m->self->helper.proc->pid, SIGSEGV);
	while (!e2e_exited(m->self->helper.proc))
		usleep(1000);
	e2e_ok(e2e_try_dial(e2e_printf("tcp:127.0.0.1:%d", m->port), 0.1) == 77);
}
E2E_TEST(pump_killed)
{
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.pty = true}, "sh", "-c", "read a; echo out");
	kill(p->own->pump, SIGKILL);
	e2e_send(p, "x\n");
	e2e_wait(p, 0);
}
/* Tested code that writes beyond its own: here over all that is shared with the keeper, once a bystander is there. */
E2E_TEST(wild)
{
	const char *file = e2e_require_env("E2E_T_BYSTANDER");
	e2e_eventually(30, access(file, F_OK) == 0);
	memset((void *)e2e__proc.shared, 0, sizeof *e2e__proc.shared);
	e2e_pass();
}
/* The same with that one's number in all places where the keeper looks for numbers; then it has to end what is left. */
E2E_TEST(wild_numbers)
{
	pid_t pid = (pid_t)atol(e2e_require_env("E2E_T_BYSTANDER"));
	e2e_spawn("sleep", "86430");
	for (int i = 1; i < E2E__SLOTS; i++) {
		volatile pid_t *at = (volatile pid_t *)&e2e__proc.shared->slot[i].pid;
		for (size_t k = 0; k < sizeof e2e__proc.shared->slot[i].pid / sizeof *at; k++)
			at[k] = pid;
		e2e__proc.shared->slot[i].state = E2E__WATCHED;
	}
	usleep(300000);
	kill(e2e__proc.shared->runner, SIGKILL);
	pause();
}
E2E_TEST(keeper_killed)
{
	e2e_proc *p = e2e_spawn("sleep", "86430");
	kill(e2e__proc.shared->keeper, SIGKILL);
	e2e_wait(p, 0);
}

static const char *start(void *arg)
{
	(void)arg;
	e2e_spawn("sleep", "86430");
	return "address";
}
E2E_TEST(service_keeper_killed)
{
	pid_t keeper = 0;
	e2e_is_str(e2e_service("sleeper", start, NULL), "address");
	e2e__service_read(e2e_run_dir(), "sleeper", NULL, &keeper);
	kill(keeper, SIGKILL);
	e2e_wait(e2e_spawn("sleep", "86430"), 0);
}

/* A daemon: not in the group, not a child. */
static void detach(const char *script)
{
	e2e_is_int(e2e_run("sh", "-c", "(setsid sh -c \"$0\" </dev/null >/dev/null 2>&1 &)", script).status, 0);
}
/* Waits until the process above the case has a dead child; then the daemon has died. */
static bool daemon_died(void)
{
	pid_t pid = child_named(getppid(), "sh");
	return pid && e2e__system_zombie(pid);
}
static const char *start_daemon(void *arg)
{
	start(arg);
	detach("sleep 0.2; kill -SEGV $$");
	return "address";
}
E2E_TEST(daemon_of_a_service_crashes)
{
	e2e_is_str(e2e_service("detached", start_daemon, NULL), "address");
	e2e_wait(e2e_spawn("sleep", "86430"), 0);
}
E2E_TEST(daemon_crashes)
{
	detach("kill -SEGV $$");
	e2e_eventually(30, daemon_died());
}
static int leaves(void *arg)
{
	(void)arg;
	e2e_spawn("sleep", "86430");
	return 0;
}
E2E_TEST(function_leaves) { e2e_wait(e2e_spawn_fn(leaves, NULL), 0); }
static void leaves_by_exit(void *arg)
{
	(void)arg;
	e2e_spawn("sleep", "86430");
	_exit(0);
}
E2E_TEST(function_leaves_by_exit) { e2e_wait(e2e_spawn_fn(leaves_by_exit, NULL), 0); }
static void leaves_an_end(void *arg)
{
	(void)arg;
	e2e_proc *p = e2e_spawn("true");
	while (!e2e_exited(p))
		usleep(1000);
}
E2E_TEST(function_does_not_wait) { e2e_wait(e2e_spawn_fn(leaves_an_end, NULL), 0); }
static int has_many_errors(void *arg)
{
	(void)arg;
	return 256;
}
E2E_TEST(function_returns_256) { e2e_wait(e2e_spawn_fn(has_many_errors, NULL), 0); }

E2E_MAIN()
