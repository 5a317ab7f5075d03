/* Ports, endpoints, stub servers. */
#include "../golden.h"

E2E_TEST(ports_are_held)
{
	enum { N = 300 };
	static int port[N];
	for (int i = 0; i < N; i++) {
		port[i] = e2e_port();
		for (int k = 0; k < i; k++)
			if (port[k] == port[i])
				e2e_fail("port %d twice", port[i]);
	}
	/* neither does the system give them away */
	int fd[N];
	for (int i = 0; i < N; i++) {
		fd[i] = e2e_listen("tcp:127.0.0.1:0");
		for (int k = 0; k < N; k++)
			if (port[k] == e2e_endpoint_port(e2e_endpoint(fd[i])))
				e2e_fail("port %d was given away", port[k]);
	}
	e2e_cmp_int(port[0], ">", 1023);
}

E2E_TEST(a_server_may_bind_a_held_port)
{
	int port = e2e_port();
	const char *where = e2e_printf("tcp:127.0.0.1:%d", port);
	e2e_is_int(e2e_try_dial(where, 1), -1);
	e2e_is_int(errno, ECONNREFUSED);
	e2e_ok(e2e_listen(where) >= 0, "with SO_REUSEADDR");
	e2e_ok(e2e_dial(where) >= 0);
	int any = e2e_port();
	e2e_ok(e2e_listen(e2e_printf("tcp:0.0.0.0:%d", any)) >= 0, "on all addresses");
}

E2E_TEST(a_held_port_is_kept_from_those_without_reuse)
{
	int port = e2e_port(), fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address;
	memset(&address, 0, sizeof address);
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)port);
	e2e_is_int(bind(fd, (struct sockaddr *)&address, sizeof address), -1);
	e2e_is_int(errno, EADDRINUSE);
	e2e_port_release(port);
	e2e_is_int(bind(fd, (struct sockaddr *)&address, sizeof address), 0, "until it is released");
	close(fd);
}

E2E_TEST(endpoints)
{
	int fd = e2e_listen("tcp:127.0.0.1:0");
	e2e_like(e2e_endpoint(fd), "^tcp:127\\.0\\.0\\.1:[0-9]+$");
	e2e_cmp_int(e2e_endpoint_port(e2e_endpoint(fd)), ">", 0);
	e2e_is_int(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	fd = e2e_listen("tcp:localhost:0");
	e2e_like(e2e_endpoint(fd), "^tcp:127\\.0\\.0\\.1:");
	fd = e2e_listen("tcp:0.0.0.0:0");
	e2e_like(e2e_endpoint(fd), "^tcp:127\\.0\\.0\\.1:", "to be dialed");
	if (access("/proc/net/if_inet6", F_OK) == 0) {
		fd = e2e_listen("tcp:[::1]:0");
		e2e_like(e2e_endpoint(fd), "^tcp:\\[::1\\]:[0-9]+$");
		e2e_ok(e2e_dial(e2e_endpoint(fd)) >= 0);
	}
	fd = e2e_listen("unix:");
	e2e_like(e2e_endpoint(fd), "^unix:/");
	e2e_is_int(e2e_endpoint_port(e2e_endpoint(fd)), -1);
	const char *path = e2e_printf("%s/mine", e2e_tmpdir());
	fd = e2e_listen(e2e_printf("unix:%s", path));
	e2e_is_str(e2e_endpoint(fd), e2e_printf("unix:%s", path));
	chmod(path, 0600);
	e2e_is_socket(path, 0600);
	int client = e2e_dial(e2e_printf("unix:%s", path)), server = e2e_accept(fd);
	e2e_is_int(write(client, "x", 1), 1);
	char byte;
	e2e_is_int(read(server, &byte, 1), 1);
	e2e_is_int(byte, 'x');
}

static void upper(int fd, void *arg)
{
	char line[100];
	ssize_t n;
	(void)arg;
	while ((n = read(fd, line, sizeof line)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (line[i] >= 'a' && line[i] <= 'z')
				line[i] = (char)(line[i] - 32);
		if (write(fd, line, (size_t)n) < n)
			return;
	}
}

E2E_TEST(stub_server)
{
	const char *kinds[] = {"tcp:127.0.0.1:0", "unix:"};
	for (int k = 0; k < 2; k++) {
		char answer[20] = "";
		e2e_server *s = e2e_serve(kinds[k], upper, NULL);
		e2e_is_str(e2e_received(s), "");
		int fd = e2e_dial(s->endpoint);
		e2e_is_int(write(fd, "hello\n", 6), 6);
		e2e_is_int(read(fd, answer, sizeof answer), 6);
		e2e_is_str(answer, "HELLO\n");
		e2e_is_str(e2e_received(s), "hello\n", "what it was sent is known when it answers");
		close(fd);
		fd = e2e_dial(s->endpoint);
		e2e_is_int(write(fd, "again\n", 6), 6);
		shutdown(fd, SHUT_WR);
		e2e_is_int(read(fd, answer, sizeof answer), 6);
		e2e_is_int(read(fd, answer, sizeof answer), 0, "the handler's end is the connection's");
		e2e_is_str(e2e_received(s), "hello\nagain\n");
		e2e_is_int(e2e_connections(s), 2);
	}
}

static void greet(int fd, void *arg)
{
	const char *text = (const char *)arg;
	if (write(fd, text, strlen(text)) < 0)
		_exit(1);
}

E2E_TEST(stub_server_that_speaks_first)
{
	char answer[20] = "";
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", greet, (void *)(uintptr_t) "220 hello\r\n");
	int fd = e2e_dial(s->endpoint);
	e2e_is_int(read(fd, answer, sizeof answer), 11);
	e2e_is_str(answer, "220 hello\r\n");
	e2e_is_int(read(fd, answer, sizeof answer), 0);
}

E2E_TEST(stub_server_that_only_listens)
{
	enum { SIZE = 1 << 20 };
	static char much[SIZE];
	memset(much, 'x', SIZE);
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", NULL, NULL);
	int fd = e2e_dial(s->endpoint);
	e2e_ok(e2e__system_write_whole(fd, much, SIZE));
	shutdown(fd, SHUT_WR);
	char byte;
	e2e_is_int(read(fd, &byte, 1), 0, "it closes when the client has");
	e2e_is_int((long long)e2e_received_size(s), SIZE);
}

E2E_TEST(real_client)
{
	e2e_require_command("curl");
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", greet, (void *)(uintptr_t) "HTTP/1.0 200 OK\r\n\r\nfine");
	e2e_result r = e2e_run("curl", "-s", e2e_printf("http://127.0.0.1:%d/path", s->port));
	e2e_is_int(r.status, 0);
	e2e_is_str(r.out, "fine");
	e2e_eventually(30, strstr(e2e_received(s), "GET /path HTTP/1.1\r\n") != NULL);
}

E2E_TEST(many_clients_at_once)
{
	enum { N = 100 };
	int fd[N];
	char byte;
	e2e_server *s = e2e_serve("unix:", upper, NULL);
	for (int i = 0; i < N; i++)
		fd[i] = e2e_dial(s->endpoint);
	for (int i = 0; i < N; i++)
		if (write(fd[i], "a", 1) != 1)
			e2e_fail("write %d", i);
	for (int i = 0; i < N; i++)
		if (read(fd[i], &byte, 1) != 1 || byte != 'A')
			e2e_fail("read %d", i);
	e2e_is_int(e2e_connections(s), N);
	e2e_is_int((long long)e2e_received_size(s), N);
}

E2E_TEST(closed_by_the_case_itself)
{
	int fd = e2e_listen("tcp:127.0.0.1:0");
	close(fd);
	e2e_is_int(open("/dev/null", O_RDONLY), fd, "the number belongs to another file now; it is left open at the end");
	e2e_result r = e2e_run(broken("proc"), "-k", "^refused$");
	e2e_is_int(r.status, 1);
	e2e_unlike(r.out, "left open");
	close(fd);
}

E2E_MAIN()
