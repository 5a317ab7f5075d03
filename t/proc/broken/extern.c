/* Uses something of each section of e2e_proc.h; t/proc/extern.c builds it, once from two sources, in C and C++, with the
 * header's functions in an object of their own. It passes. */
#include "e2e_proc.h"

#ifndef E2E_T_SECOND

static const char *start(void *arg)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo up; exec sleep 86420");
	e2e_ready(p, E2E_LINE("^up$"));
	return (const char *)arg;
}

static int returns(void *arg)
{
	return *(int *)arg;
}

static e2e_spawn_opts says(const char *word)
{
	e2e_spawn_opts opts;
	memset(&opts, 0, sizeof opts);
	opts.stdin_text = word;
	return opts;
}

static void handler(int fd, void *arg)
{
	char byte;
	if (read(fd, &byte, 1) == 1 && write(fd, arg, 1) != 1)
		_exit(1);
}

E2E_TEST(processes)
{
	int three = 3;
	e2e_is_str(e2e_run("echo", "one").out, "one\n");
	e2e_is_str(e2e_run_with(says("two\n"), "cat").out, "two\n");
	e2e_wait(e2e_spawn_with(says("5\n"), "sh", "-c", "read a; exit $a"), 5);
	e2e_proc *p = e2e_spawn("sh", "-c", "read a; echo $a; exit 4");
	e2e_send(p, "hello\n");
	e2e_expect(p, "^(h.*o)$");
	e2e_is_str(e2e_capture(p, 1), "hello");
	e2e_wait(p, 4);
	e2e_wait(e2e_spawn_fn(returns, &three), 3);
	e2e_proc **all = e2e_spawn_par(E2E_ARGV("true"), E2E_ARGV("sh", "-c", "exit 1"));
	e2e_wait_par(E2E_EXPECT(all[0], 0), E2E_EXPECT(all[1], 1));
	e2e_kill(e2e_spawn("sleep", "86420"));
}

E2E_TEST(services)
{
	static char where[] = "here";
	e2e_is_str(e2e_service("a", start, where), "here");
}

E2E_TEST(networks)
{
	static char answer[] = "!";
	char byte = '?';
	e2e_server *s = e2e_serve("unix:", handler, answer);
	e2e_proxy *px = e2e_proxy_to(s->endpoint);
	int fd = e2e_dial(px->endpoint);
	e2e_is_int(write(fd, "x", 1), 1);
	e2e_is_int(read(fd, &byte, 1), 1);
	e2e_is_int(byte, '!');
	e2e_is_str(e2e_received(s), "x");
	e2e_is_int(e2e_proxy_count(px).accepted, 1);
}

E2E_TEST(mail)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_is_int((int)e2e_mail_count(m), 0);
	e2e_mail_wait(m, 0);
	e2e_cmp_int(m->port, ">", 0);
#ifdef E2E_OPENSSL
	e2e_ok(e2e_certs(NULL, "localhost")->server != NULL && m->smtps_port > 0);
#endif
}

E2E_MAIN()

#else

E2E_TEST(another_source)
{
	const char *path = e2e_printf("%s/x.txt", e2e_tmpdir());
	FILE *f = fopen(path, "w");
	if (!f)
		return;
	fputs("$ echo ${a}\n1\n", f);
	fclose(f);
	e2e_scenario(path, "a=1");
	e2e_is_str(e2e_run("echo", "two").out, "two\n");
}

#endif
