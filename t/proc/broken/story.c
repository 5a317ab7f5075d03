/* Failing cases whose story tells of processes. */
#include "e2e_proc.h"
#include "talk.h"

/* Secrets on a command line, in a log, in what a command says; one that was named, one that was not. */
E2E_TEST(secrets)
{
	const char *key = e2e_secret("n4med");
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.name = "server"}, "sh", "-c",
		"echo \"connects to pg://joe:t0ld@db with $1\"; echo \"up: Authorization: Bearer t0ld\"; exec sleep 1000", "sh", key,
		"--password=t0ld", "--token", "t0ld");

	e2e_ready(p, E2E_LINE("up"));
	e2e_result r = e2e_run_with((e2e_spawn_opts){.name = "client"}, "sh", "-c", "echo 'I have n4med'; exit 3", "sh", "--password", "t0ld");
	e2e_is_str(r.out, "I have nothing\n", "%s does", r.proc->command);
}

/* The command is in the failure's words. */
E2E_TEST(secrets_left_running)
{
	e2e_spawn("sh", "-c", "exec sleep 1000", "sh", "--password=t0ld", e2e_secret("n4med"));
	e2e_pass("one runs");
}

static e2e_proc *start(const char *name, const char *text)
{
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.name = name}, "sh", "-c",
		e2e_printf("%s; echo up; while :; do sleep 0.01; done", text));

	e2e_ready(p, E2E_LINE("up"));
	return p;
}

/* One after another, so that the order is the same each time. */
E2E_TEST(by_the_test)
{
	e2e_kill(start("killed", ":"));
	e2e_stop(start("stopped", "trap 'exit 7' TERM"), 7);

	e2e_proc *p = start("signalled", ":");
	e2e_signal(p, SIGINT);
	e2e_wait(p, E2E_SIG(SIGINT));

	p = start("by_itself", ":");
	kill(p->pid, SIGKILL); /* as the case's own code does it */
	e2e_wait(p, E2E_SIG(SIGKILL));
	e2e_fail("at the end");
}

/* Three, one of which has ended when this returns, and no operation has seen it. */
static void start_three(void)
{
	siginfo_t si;

	start("server", ":");
	start("stubborn", "trap '' TERM INT");
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.name = "failed"}, "sh", "-c", "exit 3");
	waitid(P_PID, (id_t)p->pid, &si, WEXITED | WNOWAIT);
}
E2E_TEST(by_a_crash)
{
	start_three();
	raise(SIGSEGV);
}
E2E_TEST(by_a_kill)
{
	start_three();
	raise(SIGKILL);
}

E2E_TEST(by_the_limit) { e2e_wait(start("endless", "trap '' TERM"), 0, 0.2); }

E2E_TEST(by_the_end)
{
	start("left", ":");
	e2e_fail("in the middle");
}

E2E_TEST(by_somebody_else)
{
	e2e_proc *p = start("server", ":");

	kill(p->pid, SIGTERM);
	e2e_wait(p, 0);
}

E2E_TEST(by_nobody) { e2e_wait(e2e_spawn_with((e2e_spawn_opts){.name = "server"}, "sh", "-c", "kill -SEGV $$"), 0); }

static const char *serves(void *arg)
{
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.name = "server"}, "sh", "-c",
		"echo banner; echo 'ERROR: no cache'; echo up; while [ ! -e \"$1\" ]; do sleep 0.01; done; echo later; exec sleep 1000",
		"sh", (const char *)arg);

	e2e_ready(p, E2E_LINE("^up$"));
	return "here";
}

E2E_TEST(a_service)
{
	const char *file = e2e_printf("%s/go", e2e_tmpdir()), *log;

	e2e_service("svc", serves, (void *)(uintptr_t)file);
	log = e2e_printf("%s/svc/server.stdout", e2e_run_dir());
	fclose(fopen(file, "w"));
	e2e_eventually(30, strstr(e2e__file_read(log, NULL), "later"));
	e2e_fail("at the end");
}

static int go[2];

static void sends(void *arg)
{
	const e2e_mailbox *m = (const e2e_mailbox *)arg;
	char byte;

	if (read(go[0], &byte, 1) != 1) /* until it is known to the mailbox */
		_exit(1);
	int fd = talk_to(m->address);

	talk(fd, "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\n", "550");
	talk(fd, "RCPT TO:<b@y>\r\nRCPT TO:<c@y>\r\nDATA\r\nSubject: Hello\r\n\r\n.\r\n", "2.0.0 ok: mail");
	_exit(0);
}

E2E_TEST(mail_of_a_process)
{
	e2e_mailbox *m = e2e_mailbox_open();

	e2e_mail_fault_first(m, "RCPT", 550, 1);
	e2e_must(e2e_is_int(pipe(go), 0));
	e2e_proc *p = e2e_spawn_fn(sends, m);
	e2e_is_int(write(go[1], "", 1), 1);
	e2e_wait(p, 0);
	e2e_fail("at the end");
}

E2E_MAIN()
