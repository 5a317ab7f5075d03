/* Cases of readiness that must fail: somebody answers, but not the process that was asked. t/proc/owner.c looks at how. */
#include "e2e_proc.h"

static void listens(void *endpoint)
{
	e2e_listen((const char *)endpoint);
	for (;;)
		pause();
}

/* A server on a port or socket, that is ready. */
static e2e_proc *server(const char *endpoint)
{
	e2e_proc *p = e2e_spawn_fn(listens, (void *)(uintptr_t)endpoint);
	e2e_eventually(30, e2e_try_dial(endpoint, 0.1) >= 0);
	return p;
}

E2E_TEST(port_of_another)
{
	int port = e2e_port();
	e2e_proc *a = server(e2e_printf("tcp:127.0.0.1:%d", port));
	e2e_proc *b = e2e_spawn("sleep", "87654"); /* as one that tries again and again to bind */
	e2e_ready(b, E2E_PORT(port), E2E_WITHIN(0.5));
	e2e_kill(b);
	e2e_kill(a);
}

E2E_TEST(port_of_the_test)
{
	int fd = e2e_listen("tcp:127.0.0.1:0");
	e2e_must(e2e_is_int(listen(fd, 1), 0)); /* a queue for two: who knocks again and again would fill it */
	e2e_proc *p = e2e_spawn("sleep", "87654");
	e2e_ready(p, E2E_PORT(e2e_endpoint_port(e2e_endpoint(fd))), E2E_WITHIN(1.5));
	e2e_kill(p);
}

E2E_TEST(port_of_a_proxy)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	e2e_proc *p = e2e_spawn("sleep", "87654");
	e2e_ready(p, E2E_PORT(px->port), E2E_WITHIN(0.5));
	e2e_kill(p);
}

E2E_TEST(socket_of_another)
{
	const char *path = e2e_printf("%s/socket", e2e_tmpdir());
	e2e_proc *a = server(e2e_printf("unix:%s", path));
	e2e_proc *b = e2e_spawn("sleep", "87654");
	e2e_ready(b, E2E_SOCKET(path), E2E_WITHIN(0.5));
	e2e_kill(b);
	e2e_kill(a);
}

E2E_TEST(datagrams_of_another)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	memset(&address, 0, sizeof address);
	address.sun_family = AF_UNIX;
	snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", e2e_tmpdir());
	e2e_must(e2e_is_int(bind(fd, (struct sockaddr *)&address, sizeof address), 0));
	e2e_proc *p = e2e_spawn("sleep", "87654");
	e2e_ready(p, E2E_SOCKET(address.sun_path), E2E_WITHIN(0.5));
	e2e_kill(p);
	close(fd);
}

#define TEN E2E_FILE("/"), E2E_FILE("/"), E2E_FILE("/"), E2E_FILE("/"), E2E_FILE("/"), E2E_FILE("/"), E2E_FILE("/"), E2E_FILE("/"), \
	    E2E_FILE("/"), E2E_FILE("/")
E2E_TEST(thirty_first)
{
	e2e_proc *p = e2e_spawn("sleep", "87654");
	e2e_ready(p, TEN, TEN, TEN, E2E_FILE("/no/such/file"), E2E_WITHIN(0.5));
	e2e_kill(p);
}
E2E_TEST(no_condition) { e2e_ready(e2e_spawn("sleep", "87654"), E2E_WITHIN(10)); }
E2E_TEST(no_port) { e2e_ready(e2e_spawn("sleep", "87654"), E2E_PORT(0)); }
E2E_TEST(more_than_a_port) { e2e_ready(e2e_spawn("sleep", "87654"), E2E_PORT(65536 + 22)); }
E2E_TEST(null_path) { e2e_ready(e2e_spawn("sleep", "87654"), E2E_SOCKET(NULL)); }
E2E_TEST(negative_time) { e2e_ready(e2e_spawn("sleep", "87654"), E2E_FILE("/"), E2E_WITHIN(-1)); }

/* A line that was found doesn't answer twice. */
static e2e_proc *speaker(void)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "trap : HUP; echo ready to go; while :; do read a; done");
	e2e_ready(p, E2E_LINE("^ready"));
	e2e_signal(p, SIGHUP);
	return p;
}
E2E_TEST(line_of_before)
{
	e2e_proc *p = speaker();
	e2e_ready(p, E2E_LINE("ready"), E2E_WITHIN(0.5));
	e2e_kill(p);
}
E2E_TEST(rest_of_the_line)
{
	e2e_proc *p = speaker();
	e2e_ready(p, E2E_LINE("go"), E2E_WITHIN(0.5));
	e2e_kill(p);
}
E2E_TEST(word_of_before)
{
	e2e_proc *p = speaker();
	e2e_expect(p, "ready", 0.5);
	e2e_kill(p);
}
E2E_TEST(ready_at_the_second_try)
{
	const char *file = e2e_printf("%s/file", e2e_tmpdir());
	e2e_proc *p = e2e_spawn("sh", "-c", "echo ready; read a; : > \"$0\"; read a", file);
	e2e_ready(p, E2E_LINE("^ready"), E2E_FILE(file), E2E_WITHIN(0.3));
	e2e_send(p, "go on\n");
	e2e_ready(p, E2E_LINE("^ready"), E2E_FILE(file));
	e2e_send_eof(p);
	e2e_wait(p, 1);
}
E2E_TEST(handshake_of_before)
{
	e2e_handshake hs;
	e2e_proc *p = e2e_spawn("sh", "-c", "echo '1|1|tcp|127.0.0.1:1|grpc'; exec sleep 87654");
	e2e_handshake(p, &hs);
	e2e_expect(p, "grpc", 0.5);
	e2e_kill(p);
}

E2E_MAIN()
