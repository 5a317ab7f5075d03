/* Faults, mail, shims, handshakes and scenarios in cases that fail: the tests beside this folder run them one by one and
 * compare. */
#include "e2e_proc.h"
#include "talk.h"

E2E_TEST(proxy_bad_endpoint)
{
	e2e_proxy_to("nonsense");
	e2e_pass("not reached");
}

E2E_TEST(proxy_down_first)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .down = true, .first = 1);
}

E2E_TEST(proxy_negative)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .latency = -1);
}

E2E_TEST(proxy_explains)
{
	e2e_proxy *px = e2e_proxy_to(e2e_printf("tcp:127.0.0.1:%d", e2e_port()));
	char c;
	int fd;
	e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 0.01);
	fd = e2e_dial(px->endpoint);
	e2e_cmp_int(read(fd, &c, 1), "<=", 0);
	e2e_fail("on purpose");
}

E2E_TEST(proxy_killed)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	kill(px->self->helper.proc->pid, SIGKILL);
	e2e_eventually(10, false);
}

/* Comes in, is answered, goes. */
static int calls(void *proxy)
{
	int fd = e2e_dial(((e2e_proxy *)proxy)->endpoint);
	char c = 'c';

	return write(fd, &c, 1) == 1 && read(fd, &c, 1) == 1 ? 0 : 1;
}

static int go[2];

/* A process of the case has nothing open but what it waits for: until the case knows it. */
static void settle(void)
{
	char c;

	dup2(go[0], 0);
	for (int i = 3; i < 64; i++)
		close(i);
	if (read(0, &c, 1) != 1)
		_exit(1);
}

static int process_calls(void *proxy)
{
	settle();
	return calls(proxy);
}

static int child_calls(void *proxy)
{
	int status = 1;
	pid_t pid;

	settle();
	pid = fork();
	if (pid == 0)
		_exit(calls(proxy));
	waitpid(pid, &status, 0);
	return status;
}

static void answers(int fd, void *arg)
{
	char c;

	(void)arg;
	if (read(fd, &c, 1) == 1 && write(fd, &c, 1) == 1)
		return;
}

static void goes_well(e2e_proc *p)
{
	e2e_is_int(write(go[1], "g", 1), 1);
	e2e_wait(p, 0);
}

static void call_all_ways(e2e_proxy *px)
{
	e2e_is_int(calls(px), 0, "the test's own call");
	goes_well(e2e_spawn_fn(process_calls, px));
	goes_well(e2e_spawn_fn(child_calls, px));
}

E2E_TEST(proxy_peers)
{
	e2e_must(e2e_is_int(pipe(go), 0));

	e2e_proxy *inner = e2e_proxy_to(e2e_serve("tcp:127.0.0.1:0", answers, NULL)->endpoint);

	call_all_ways(e2e_proxy_between("tcp:127.0.0.1:0", inner->endpoint));
	call_all_ways(e2e_proxy_between("unix:", inner->endpoint));
	e2e_fail("on purpose");
}

/* As the proxy tells it, with times of ours. */
E2E_TEST(proxy_bursts)
{
	struct e2e__traffic t = {0};
	double now = e2e_now() - 10;

	e2e__traffic_open(&t, "line", "connection", 7, "");
	t.began = 0;
	e2e__traffic_bytes(&t, 0, 1, now + 1);
	for (int i = 0; i < 10; i++)
		e2e__traffic_bytes(&t, i % 2 == 0, 10, now + 1.01);
	e2e__traffic_bytes(&t, 0, 20, now + 1.01);
	e2e__traffic_bytes(&t, 0, 1, now + 3);
	e2e__traffic_bytes(&t, 0, 1, now + 3.01);
	e2e__traffic_close(&t, false, "closed");
	e2e_fail("to see the story");
}

E2E_TEST(proxy_goes_down)
{
	e2e_proxy *px = e2e_proxy_to(e2e_serve("tcp:127.0.0.1:0", answers, NULL)->endpoint);
	int fd = e2e_dial(px->endpoint);

	e2e_eventually(30, e2e_proxy_count(px).open == 1);
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .down = true);
	e2e_proxy_clear(px);
	e2e_proxy_fault(px, E2E_TO_SERVER, .limit = 5);
	close(fd);
	e2e_fail("to see the story");
}

E2E_TEST(proxy_sleeps)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	e2e_diag("helper %ld", (long)px->self->helper.proc->pid);
	for (;;)
		pause();
}

static void mail(const e2e_mailbox *m, const char *text, const char *answer)
{
	e2e_like(talk(talk_to(m->address), text, answer), answer);
}

#define HEAD "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\nSubject: Hello\r\n\r\n"

E2E_TEST(mail_none)
{
	e2e_mail_wait(e2e_mailbox_open(), 2, 0.2);
}

E2E_TEST(mail_other)
{
	e2e_mailbox *m = e2e_mailbox_open();
	mail(m, HEAD ".\r\n", "2.0.0");
	e2e_proc_timeout(0.2);
	e2e_mail_expect(m, "Hello", "nobody@y");
}

E2E_TEST(mail_parts)
{
	e2e_mailbox *m = e2e_mailbox_open();
	mail(m,
	     "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\nSubject: x\r\n"
	     "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n"
	     "Content-Type: application/pdf; name=a.pdf\r\n\r\nx\r\n--b--\r\n.\r\n",
	     "2.0.0");
	e2e_mail_wait(m, 2, 0.2);
}

E2E_TEST(mail_twice)
{
	e2e_mailbox *m = e2e_mailbox_open();
	mail(m, HEAD ".\r\n", "2.0.0");
	e2e_proc_timeout(0.2);
	e2e_mail_expect(m, "Hello", "b@y");
	e2e_mail_expect(m, "Hello", "b@y");
}

E2E_TEST(mail_bare)
{
	e2e_mailbox *m = e2e_mailbox_open();
	mail(m, HEAD "text\n.\n", "354");
	e2e_mail_wait(m, 1, 0.5);
}

E2E_TEST(mail_mistakes)
{
	e2e_mail_fault(e2e_mailbox_open(), "RCPT", 42);
}

/* Seconds: few only where a time shall run out. */
static double limit(void)
{
	return getenv("LIMIT") ? atof(getenv("LIMIT")) : 20;
}

E2E_TEST(scenario)
{
	e2e_proc_timeout(limit());
	e2e_scenario(getenv("SCENARIO"));
}

E2E_TEST(handshake)
{
	e2e_handshake hs;
	e2e_proc *p = e2e_spawn("sh", "-c", getenv("PLUGIN"));
	if (!e2e_handshake(p, &hs, limit()) && !e2e_exited(p))
		e2e_kill(p);
	else if (e2e_exited(p))
		e2e_wait(p, 1);
}

E2E_MAIN()
