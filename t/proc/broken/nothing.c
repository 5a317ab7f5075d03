/* Cases in which something would not be looked at, or would have no effect. Each must fail; t/proc/nothing.c looks at how. */
#include "e2e_proc.h"
#include "talk.h"

/* -- plans -- */
E2E_TEST(no_processes)
{
	e2e_proc *list[] = {NULL};
	e2e_wait_all(list, 0);
}
E2E_TEST(null_among_processes)
{
	e2e_proc *a = e2e_spawn("true"), *none = NULL, *b = e2e_spawn("false");
	e2e_wait_par(E2E_EXPECT(a, 0), E2E_EXPECT(none, 0), E2E_EXPECT(b, 0));
}
E2E_TEST(no_such_signal)
{
	e2e_proc *p = e2e_spawn("sleep", "86431");
	e2e_signal(p, 1000);
	e2e_kill(p);
}
E2E_TEST(log_removed)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo error; exec sleep 86431");
	unlink(p->out_path);
	e2e_unlike(e2e_stdout(p), "error");
	e2e_kill(p);
}
E2E_TEST(log_full_and_ignored)
{
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.limit_mb = 1}, "sh", "-c",
	                             "trap '' XFSZ; head -c 2000000 /dev/zero 2>/dev/null; exit 0");
	e2e_wait(p, 0);
}
E2E_TEST(run_with_a_full_log)
{
	e2e_spawn_opts opts = {.limit_mb = 1};
	e2e_result r = e2e_run_with(opts, "sh", "-c", "trap '' XFSZ; head -c 2000000 /dev/zero 2>/dev/null; exit 0");
	e2e_is_int(r.status, 0);
}
E2E_TEST(two_inputs)
{
	e2e_spawn_opts opts = {.stdin_text = "text", .stdin_file = "/dev/null"};
	e2e_run_with(opts, "cat");
}
E2E_TEST(size_without_terminal)
{
	e2e_spawn_opts opts = {.rows = 5};
	e2e_run_with(opts, "cat");
}
E2E_TEST(size_without_input)
{
	e2e_spawn_opts opts = {.stdin_size = 3};
	e2e_run_with(opts, "cat");
}
/* Children are reaped by the system then, and nobody knows how they have ended. */
E2E_TEST(run_with_a_lost_status)
{
	signal(SIGCHLD, SIG_IGN);
	e2e_is_int(e2e_run("false").status, 0);
}
E2E_TEST(readiness_by_a_lost_status)
{
	e2e_proc *p = e2e_spawn("sleep", "86431");
	signal(SIGCHLD, SIG_IGN);
	e2e_ready(p, E2E_CMD("false"), E2E_WITHIN(0.5));
	e2e_kill(p);
}
/* A line that was said, but waits in the program's buffer. */
static int buffers(void *arg)
{
	(void)arg;
	setvbuf(stdout, NULL, _IOFBF, 4096);
	printf("ready\n");
	sleep(1000);
	return 0;
}
E2E_TEST(line_in_a_buffer)
{
	e2e_proc *p = e2e_spawn_fn(buffers, NULL);
	e2e_ready(p, E2E_LINE("^ready"), E2E_WITHIN(0.3));
	e2e_expect(p, "ready", 0.3);
	e2e_kill(p);
}
E2E_TEST(another_line_on_stderr)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo server listening >&2; exec sleep 86431");
	e2e_ready(p, E2E_LINE("listening$"));
	e2e_ready(p, E2E_LINE("Listening on"), E2E_WITHIN(0.3));
	e2e_expect(p, "Listening on", 0.3);
	e2e_kill(p);
}
static void polls(void)
{
	for (int i = 0; i < 60; i++)
		e2e_run("sh", "-c", "echo poll >&2; exit 1");
}
E2E_TEST(reason_after_many)
{
	polls();
	e2e_is_int(e2e_run("sh", "-c", "echo THE_REASON >&2; exit 3").status, 0);
}
E2E_TEST(reason_after_probes)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo THE_REASON; exec sleep 86431");
	e2e_ready(p, E2E_CMD("false"), E2E_WITHIN(1));
	e2e_kill(p);
}

static const char *start(void *arg)
{
	(void)arg;
	e2e_spawn("sleep", "86431");
	return "there";
}
E2E_TEST(no_run_folder) { e2e_is_str(e2e_service("sleeper", start, NULL), "there"); }

/* -- proxies -- */
#define BAD_FAULT(name, ...)                                                                                       \
	E2E_TEST(name) { e2e_proxy_fault(e2e_proxy_to("tcp:127.0.0.1:1"), E2E_TO_CLIENT, __VA_ARGS__); }
BAD_FAULT(pause_alone, .pause = 0.1)
BAD_FAULT(reset_and_drop, .reset = true, .drop = true)
BAD_FAULT(limit_below, .limit = -5)
BAD_FAULT(first_alone, .first = 2)
/* Not a failure, but it is said. */
E2E_TEST(fault_meets_nothing)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 0.5);
	e2e_proxy_clear(px);
	e2e_proxy_fault(px, E2E_TO_SERVER, .limit = 1000);
	e2e_pass();
}
static void echoes(int fd, void *arg)
{
	char byte;
	(void)arg;
	while (read(fd, &byte, 1) == 1 && write(fd, &byte, 1) == 1)
		;
}
E2E_TEST(fault_meets_something)
{
	char byte;
	e2e_proxy *px = e2e_proxy_to(e2e_serve("tcp:127.0.0.1:0", echoes, NULL)->endpoint);
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .latency = 0.001);
	int fd = e2e_dial(px->endpoint);
	e2e_is_int(write(fd, "x", 1), 1);
	e2e_is_int(read(fd, &byte, 1), 1);
	e2e_proxy_clear(px);
	e2e_proxy_fault(px, E2E_TO_SERVER, .limit = 2);
	e2e_is_int(write(fd, "xyz", 3), 3);
	while (read(fd, &byte, 1) > 0)
		;
	e2e_proxy_fault(px, E2E_TO_SERVER, .reset = true);
	fd = e2e_dial(px->endpoint);
	e2e_is_int(read(fd, &byte, 1), -1);
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .down = true);
}
E2E_TEST(drop_all)
{
	char byte;
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", echoes, NULL);
	e2e_proxy *px = e2e_proxy_to(s->endpoint);
	e2e_proxy_fault(px, E2E_TO_SERVER, .drop = true, .limit = -1);
	int fd = e2e_dial(px->endpoint);
	e2e_is_int(write(fd, "x", 1), 1);
	shutdown(fd, SHUT_WR);
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	e2e_is_int(poll(&readable, 1, 300), 0);
	e2e_is_int((long long)e2e_received_size(s), 0);
	(void)byte;
}

/* -- mail -- */
static void send_mail(e2e_mailbox *m, const char *subject, int recipients, const char *answer)
{
	e2e_must(e2e_ok(talk_send(m->address, subject, recipients, answer)));
}
E2E_TEST(a_mail_where_none_was_wanted)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_mail_wait(m, 0);
	send_mail(m, "one", 1, "250 2.0.0 ok: mail 1");
	e2e_mail_wait(m, 0);
}
E2E_TEST(seventy_recipients)
{
	const char *all[71] = {NULL};
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_proc_timeout(0.3);
	for (int i = 0; i < 70; i++)
		all[i] = e2e_printf("%d@y", i);
	send_mail(m, "one", 64, "250 2.0.0 ok: mail 1");
#define TEN(n) all[n], all[n + 1], all[n + 2], all[n + 3], all[n + 4], all[n + 5], all[n + 6], all[n + 7], all[n + 8], all[n + 9]
	e2e_mail_expect(m, "one", TEN(0), TEN(10), TEN(20), TEN(30), TEN(40), TEN(50), TEN(60));
}
E2E_TEST(mistyped_command) { e2e_mail_fault(e2e_mailbox_open(), "RCTP", 550); }
E2E_TEST(no_times) { e2e_mail_fault_first(e2e_mailbox_open(), "RCPT", 550, 0); }
E2E_TEST(mail_that_cannot_be_read)
{
	e2e_mailbox *m = e2e_mailbox_open();
	send_mail(m, "one", 1, "250 2.0.0 ok: mail 1");
	unlink(e2e_printf("%s/000001.eml", m->dir));
	e2e_is_int((long long)e2e_mail_count(m), 0);
}
static void forged(const char *text)
{
	e2e_mailbox *m = e2e_mailbox_open();
	send_mail(m, "one", 1, "250 2.0.0 ok: mail 1");
	FILE *f = fopen(e2e_printf("%s/000001.eml", m->dir), "w");
	e2e_must(e2e_ok(f && fputs(text, f) >= 0 && fclose(f) == 0));
	e2e_mail_expect(m, "one", "0@y");
}
#define ENVELOPE "\nX-Envelope-Helo: x\nX-Envelope-User: \nX-Envelope-Tls: \nX-Envelope-From: a@x\n"
E2E_TEST(mail_to_minus_one) { forged("X-Envelope: -1" ENVELOPE "X-Envelope-To: 0@y\nSubject: one\n"); }
E2E_TEST(mail_to_very_many) { forged("X-Envelope: 2305843009213693951" ENVELOPE "X-Envelope-To: 0@y\nSubject: one\n"); }
E2E_TEST(mail_without_its_recipient) { forged("X-Envelope: 2" ENVELOPE "X-Envelope-To: 0@y\nSubject: one\n"); }
E2E_TEST(mail_without_its_sender) { forged("X-Envelope: 0\nX-Envelope-Helo: x\nSubject: one\n"); }
E2E_TEST(mail_that_could_not_be_stored)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_mail_clear(m); /* the sink has begun when it answers */
	e2e__file_remove_tree(m->dir);
	send_mail(m, "one", 1, "452");
}

/* -- shims and handshakes -- */
static const char *const well[] = {"true", NULL};
E2E_TEST(no_shims)
{
	e2e_message message = {.name = "m", .json = "[]"};
	e2e_interop(NULL, 0, &message, 1, "node");
}
E2E_TEST(no_messages)
{
	e2e_shim shim = {.name = "s", .send = well, .receive = well};
	e2e_interop(&shim, 1, NULL, 0, "node");
}
E2E_TEST(no_receiver)
{
	e2e_message message = {.name = "m", .json = "[]"};
	e2e_shim shim = {.name = "s", .send = well};
	e2e_interop(&shim, 1, &message, 1, "node");
}
#define RECEIVES "echo ready; echo m; echo '[1]'; "
static void exchange(const char *script)
{
	const char *receive[] = {"sh", "-c", script, NULL};
	e2e_message message = {.name = "m", .json = "[1]"};
	e2e_shim shim = {.name = "s", .send = well, .receive = receive};
	e2e_exchange(&shim, &shim, &message, "node");
}
E2E_TEST(a_nul_on_stderr) { exchange(RECEIVES "printf '\\000oh' >&2"); }
E2E_TEST(shims_with_lost_statuses)
{
	signal(SIGCHLD, SIG_IGN);
	exchange(RECEIVES);
}
E2E_TEST(shim_leaves_a_process) { exchange(RECEIVES "sleep 86431 & exit 0"); }
E2E_TEST(shim_in_order)
{
	exchange(RECEIVES);
	e2e_pass();
}
static void shakes(const char *line)
{
	e2e_handshake hs;
	e2e_proc *p = e2e_spawn("sh", "-c", "echo \"$0\"; exec sleep 86431", line);
	e2e_handshake(p, &hs);
	e2e_kill(p);
}
E2E_TEST(version_too_big) { shakes("4294967297|1|tcp|127.0.0.1:80|grpc"); }
E2E_TEST(version_with_a_sign) { shakes("1|+1|tcp|127.0.0.1:80|grpc"); }
E2E_TEST(no_protocol) { shakes("1|1|tcp|127.0.0.1:80|"); }
E2E_TEST(port_zero) { shakes("1|1|tcp|127.0.0.1:0|grpc"); }

/* -- stubs and scenarios -- */
E2E_TEST(transcript_full)
{
	struct rlimit limit = {4096, RLIM_INFINITY};
	char block[65536];
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", NULL, NULL);
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	memset(block, 'x', sizeof block);
	int fd = e2e_dial(s->endpoint);
	if (write(fd, block, sizeof block) < 0)
		e2e_note("it has ended already");
	shutdown(fd, SHUT_WR);
	while (read(fd, block, sizeof block) > 0)
		;
	e2e_pass();
}
static void plays(const char *name, const char *text)
{
	const char *path = e2e_printf("%s/%s", e2e_tmpdir(), name);
	FILE *f = fopen(path, "w");
	e2e_must(e2e_ok(f && fputs(text, f) >= 0 && fclose(f) == 0));
	e2e_scenario(path);
}
E2E_TEST(console_in_an_open_block) { plays("x.md", "```console\n$ true\n```\n\n```sh\nfalse\n\n```console\n$ false\n"); }
E2E_TEST(capital_console) { plays("x.md", "```console\n$ true\n```\n\n```Console\n$ false\n```\n"); }
E2E_TEST(output_removed) { plays("x.txt", "$ rm -f \"$TESTTMP\"/scenario*/*.out\n"); }

/* A log that is gone when the report is made: the report says so. */
E2E_TEST(log_gone)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo words");
	e2e_wait(p, 0);
	unlink(p->out_path);
	e2e_fail("on purpose");
}

E2E_MAIN()
