/* Cases that are killed while an operation is under way; t/proc/orphans.c kills them and looks for what is left. */
#include "e2e_proc.h"

/* A daemon, where the system lets one be found. */
#ifdef E2E__LINUX
#define DAEMON "setsid -f sleep 98765; "
#else
#define DAEMON ""
#endif

/* A server with a child, and a daemon that left the process group. */
static e2e_proc *tree(void)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "trap '' TERM HUP INT; " DAEMON "sleep 98765 & echo up; wait");
	e2e_ready(p, E2E_LINE("^up$"));
	return p;
}

static void blocked(void)
{
	fprintf(stderr, "blocked\n");
}

E2E_TEST(in_spawn)
{
	blocked();
	for (;;)
		e2e_wait(e2e_spawn("sh", "-c", "sleep 0.001"), 0);
}
/* A daemon that has left the process group and its environment, with a child in a group of its own; both numbers are in a file. */
E2E_TEST(with_a_bare_daemon)
{
	e2e_run("sh", "-c", "env -i setsid sh -c '\n"
	                    "setsid sleep 98765 & echo $$ $! >\"$0\".new && mv \"$0\".new \"$0\" && wait' \"$E2E_T_NUMBERS\" &");
	e2e_must(e2e_eventually(30, access(getenv("E2E_T_NUMBERS"), F_OK) == 0));
	blocked();
	for (;;)
		pause();
}
E2E_TEST(in_run)
{
	tree();
	blocked();
	e2e_run("sleep", "98765");
}
E2E_TEST(in_wait)
{
	e2e_proc *p = tree();
	blocked();
	e2e_wait(p, 0);
}
E2E_TEST(in_wait_par)
{
	e2e_proc *p = tree(), *q = tree();
	blocked();
	e2e_wait_par(E2E_EXPECT(p, 0), E2E_EXPECT(q, 0));
}
E2E_TEST(in_kill)
{
	e2e_proc *p = tree();
	blocked();
	e2e_kill(p);
}
E2E_TEST(in_stop)
{
	e2e_proc *p = tree();
	blocked();
	e2e_stop(p, 3);
}
E2E_TEST(in_ready)
{
	e2e_proc *p = tree();
	blocked();
	e2e_ready(p, E2E_LINE("never"), E2E_CMD("sleep", "98765"));
}
E2E_TEST(in_expect)
{
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.pty = true}, "sh", "-c", "trap '' TERM HUP; sleep 98765");
	tree();
	blocked();
	e2e_expect(p, "never");
}
E2E_TEST(in_send)
{
	static char much[1 << 20];
	memset(much, 'x', sizeof much - 1);
	e2e_proc *p = tree();
	blocked();
	e2e_send(p, much);
}
static void daemonise(void *arg)
{
	(void)arg;
	if (fork() == 0) {
#ifdef E2E__LINUX
		setsid();
#endif
		if (fork() == 0)
			for (;;)
				pause();
		_exit(0);
	}
	for (;;)
		pause();
}
E2E_TEST(in_own_code)
{
	e2e_spawn_fn(daemonise, NULL);
	tree();
	blocked();
	for (;;)
		pause();
}
static void handler(int fd, void *arg)
{
	char byte;
	(void)arg;
	while (read(fd, &byte, 1) > 0)
		;
}
E2E_TEST(in_accept)
{
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", handler, NULL);
	e2e_dial(s->endpoint);
	tree();
	blocked();
	e2e_accept(e2e_listen("unix:"));
}
static const char *start(void *arg)
{
	(void)arg;
	tree();
	return "nowhere";
}
E2E_TEST(in_service)
{
	e2e_service("tree", start, NULL);
	blocked();
	for (;;)
		pause();
}
static const char *start_never(void *arg)
{
	e2e_proc *p = tree();
	(void)arg;
	e2e_ready(p, E2E_LINE("never"));
	return NULL;
}
E2E_TEST(in_service_start)
{
	blocked(); /* stderr of a service's keeper goes nowhere */
	e2e_service("never", start_never, NULL);
}

E2E_MAIN()
