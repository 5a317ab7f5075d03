/* The interface of e2e_proc.h in C++; t/proc/cplusplus.c builds and runs it. */
#include "e2e_proc.h"

static int returns(void *arg)
{
	return *static_cast<int *>(arg);
}
static void returns_nothing(void *)
{
}
static void echo(int fd, void *)
{
	char byte;
	while (read(fd, &byte, 1) == 1 && write(fd, &byte, 1) == 1)
		;
}
static void listens(void *port)
{
	e2e_listen(e2e_printf("tcp:127.0.0.1:%d", *static_cast<int *>(port)));
	fprintf(stderr, "port 5\n");
	sleep(1000);
}
static const char *start(void *)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo up; exec sleep 1000");
	e2e_must(e2e_ready(p, E2E_LINE("up")));
	return "somewhere";
}

E2E_TEST(everything)
{
	int three = 3;
	e2e_result r = e2e_run("echo", "hello world");
	e2e_is_str(r.out, "hello world\n");
	e2e_wait(e2e_spawn_fn(returns, &three), 3);
	e2e_wait(e2e_spawn_fn(returns_nothing, NULL), 0);
	e2e_proc **p = e2e_spawn_par(E2E_ARGV("true"), E2E_ARGV("sh", "-c", "exit 4"));
	e2e_wait_par(E2E_EXPECT(p[0], 0), E2E_EXPECT(p[1], 4));
	e2e_spawn_opts opts = e2e_spawn_opts();
	opts.cwd = "/";
	e2e_is_str(e2e_run_with(opts, "pwd").out, "/\n");
	e2e_proc *cat = e2e_spawn_with(opts, "cat");
	e2e_send(cat, "one\n");
	e2e_expect(cat, "(o)ne\n");
	e2e_is_str(e2e_capture(cat, 1), "o");
	e2e_wait(cat, 0, 10);
	int port = e2e_port();
	e2e_proc *s = e2e_spawn_fn(listens, &port);
	e2e_ready(s, E2E_LINE("port ([0-9])"), E2E_PORT(port), E2E_CMD("true"), E2E_WITHIN(50));
	e2e_is_int(e2e_capture_int(s, 1), 5);
	e2e_stop(s, E2E_SIG(SIGTERM));
	e2e_server *server = e2e_serve("unix:", echo, NULL);
	int fd = e2e_dial(server->endpoint);
	char byte = 0;
	e2e_is_int(write(fd, "x", 1), 1);
	e2e_is_int(read(fd, &byte, 1), 1);
	e2e_is_str(e2e_received(server), "x");
	e2e_is_str(e2e_service("there", start, NULL), "somewhere");
}

E2E_MAIN()
