/* Cases whose limit falls due while an operation waits; t/proc/waits.c looks at what their reports say. Those in which something
 * has to happen before have a longer limit. */
#include "e2e_proc.h"

/* A daemon, where the system lets one be found. */
#ifdef E2E__LINUX
#define DAEMON "setsid -f sleep 86420; "
#else
#define DAEMON ""
#endif

static e2e_proc *sleeper(void)
{
	return e2e_spawn("sleep", "86420");
}

static e2e_proc *deaf(void)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.01; done");
	e2e_ready(p, E2E_LINE("^up$"));
	return p;
}

E2E_TEST(wait, .timeout = 0.5) { e2e_wait(sleeper(), 0); }
E2E_TEST(wait_par, .timeout = 1.5)
{
	e2e_proc *a = sleeper(), *b = e2e_spawn("true"), *c = sleeper();
	e2e_wait_par(E2E_EXPECT(a, 0), E2E_EXPECT(b, 0), E2E_EXPECT(c, 0));
}
E2E_TEST(kill_, .timeout = 1.5) { e2e_kill(deaf()); }
E2E_TEST(stop, .timeout = 1.5) { e2e_stop(deaf(), 0); }
E2E_TEST(run, .timeout = 0.5) { e2e_run("sleep", "86420"); }
E2E_TEST(ready, .timeout = 1.5)
{
	int port = e2e_port();
	e2e_diag("port %d", port);
	e2e_proc *p = e2e_spawn("sh", "-c", "echo half; exec sleep 86420");
	e2e_ready(p, E2E_LINE("^half$"), E2E_PORT(port), E2E_SOCKET("/no/socket"), E2E_FILE("/no/file"), E2E_CMD("false"));
}
E2E_TEST(expect, .timeout = 0.5) { e2e_expect(sleeper(), "^the (word)$"); }
E2E_TEST(send, .timeout = 1.5)
{
	static char much[1 << 20];
	memset(much, 'x', sizeof much - 1);
	e2e_send(sleeper(), much);
}
E2E_TEST(accept_, .timeout = 0.5) { e2e_accept(e2e_listen("unix:")); }
E2E_TEST(dial, .timeout = 1.5)
{
	int fd = e2e_listen("unix:");
	const char *where = e2e_endpoint(fd);
	if (listen(fd, 0))
		return;
	for (int i = 0; i < 4; i++) /* one of them finds the queue full */
		e2e_dial(where);
}
E2E_TEST(proxy, .timeout = 0.5)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:9");
	kill(px->self->helper.proc->pid, SIGSTOP);
	e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 1);
}
E2E_TEST(mails, .timeout = 0.5) { e2e_mail_wait(e2e_mailbox_open(), 2); }
E2E_TEST(a_mail, .timeout = 0.5) { e2e_mail_expect(e2e_mailbox_open(), "Hello", "b@y"); }
E2E_TEST(shim_ready, .timeout = 0.5)
{
	e2e_shim s = {.name = "S", .send = E2E_ARGV("true"), .receive = E2E_ARGV("sh", "-c", "exec sleep 86420")};
	e2e_message m = {.name = "m", .json = "1"};
	e2e_exchange(&s, &s, &m, "node");
}
E2E_TEST(shim_ends, .timeout = 1.5)
{
	e2e_shim s = {.name = "S", .send = E2E_ARGV("true"), .receive = E2E_ARGV("sh", "-c", "echo ready; exec sleep 86420")};
	e2e_message m = {.name = "m", .json = "1"};
	e2e_exchange(&s, &s, &m, "node");
}
E2E_TEST(handshake, .timeout = 0.5)
{
	e2e_handshake hs;
	e2e_handshake(sleeper(), &hs);
}
E2E_TEST(scenario, .timeout = 1.5)
{
	const char *path = e2e_printf("%s/x.txt", e2e_tmpdir());
	FILE *f = fopen(path, "w");
	if (!f)
		return;
	fputs("$ true\n\n$ exec sleep 86420\n", f);
	fclose(f);
	e2e_scenario(path);
}
static const char *start_slowly(void *arg)
{
	(void)arg;
	e2e_proc *p = e2e_spawn("sh", "-c", DAEMON "exec sleep 86420");
	e2e_ready(p, E2E_LINE("never"));
	return "nowhere";
}
E2E_TEST(service, .timeout = 1.5) { e2e_service("slow", start_slowly, NULL); }
static const char *start_blocked(void *arg)
{
	(void)arg;
	e2e_proc *p = e2e_spawn("sh", "-c", DAEMON "exec sleep 86420");
	while (p->running)
		pause();
	return "nowhere";
}
E2E_TEST(service_blocked, .timeout = 1.5) { e2e_service("blocked", start_blocked, NULL); }
static const char *start_deaf(void *arg)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	return start_blocked(arg);
}
/* The limit can't end this one by a signal: the parent kills it. */
E2E_TEST(service_killed, .timeout = 1.5)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	e2e_service("deaf", start_deaf, NULL);
}
E2E_TEST(service_crash, .timeout = 20)
{
	signal(SIGALRM, SIG_DFL);
	alarm(1);
	e2e_service("crash", start_blocked, NULL);
}
E2E_TEST(service_locked, .timeout = 0.7)
{
	int fd = open(e2e_printf("%s/other.lock", e2e_run_dir()), O_RDWR | O_CREAT, 0600);
	if (flock(fd, LOCK_EX))
		return;
	e2e_service("other", start_slowly, NULL);
}
/* What was waited for is forgotten when the wait is over. */
E2E_TEST(own_code, .timeout = 1.5)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_mail_wait(m, 0);
	e2e_run("true");
	close(e2e_dial(e2e_printf("tcp:%s", m->address)));
	for (;;)
		pause();
}

E2E_MAIN()
