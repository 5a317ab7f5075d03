/* Datagrams: sockets, readiness, the proxy between, a real DNS server; abstract sockets; other hosts than 127.0.0.1. */
#include "../golden.h"

/* The next datagram, which has to come; its bytes, ended by a 0. */
static const char *next(int fd)
{
	static char room[70000];
	struct pollfd p = {fd, POLLIN, 0};
	ssize_t n = poll(&p, 1, 30000) == 1 ? recv(fd, room, sizeof room - 1, 0) : -1;

	if (n < 0)
		return e2e_printf("no datagram: %s", errno ? strerror(errno) : "none came");
	room[n] = '\0';
	return room;
}

/* Is there none? Asked for a moment: what is due at once has come then, as a proxy has answered meanwhile. */
static bool is_silent(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};

	return e2e_is_int(poll(&p, 1, 50), 0, "nothing more has come");
}

/* A server that sends back what it gets. */
static int echo(void *arg)
{
	static char room[70000];
	struct sockaddr_storage from;

	for (;;) {
		socklen_t size = sizeof from;
		ssize_t n = recvfrom(*(int *)arg, room, sizeof room, 0, (struct sockaddr *)&from, &size);

		if (n >= 0)
			sendto(*(int *)arg, room, (size_t)n, 0, (struct sockaddr *)&from, size);
	}
	return 0;
}

static e2e_proc *server;

static e2e_proxy *echo_proxy(void)
{
	int fd = e2e_listen("udp:127.0.0.1:0");
	const char *where = e2e_endpoint(fd);

	server = e2e_spawn_fn(echo, &fd);
	close(fd);
	return e2e_proxy_to(where);
}

E2E_TEST(sockets)
{
	char room[16];
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	int fd = e2e_listen("udp:127.0.0.1:0");
	const char *where = e2e_endpoint(fd);

	e2e_like(where, "^udp:127\\.0\\.0\\.1:[0-9]+$");
	e2e_cmp_int(e2e_endpoint_port(where), ">", 1023);
	e2e_is_int(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	int client = e2e_dial(where);
	e2e_is_int(send(client, "ping", 4, 0), 4);
	e2e_is_int(recvfrom(fd, room, sizeof room, 0, (struct sockaddr *)&from, &size), 4);
	e2e_is_int(sendto(fd, "pong", 4, 0, (struct sockaddr *)&from, size), 4);
	e2e_is_str(next(client), "pong");
	e2e_is_int(send(client, "", 0, 0), 0);
	e2e_is_str(next(fd), "", "an empty one is one, too");
	e2e_like(e2e_endpoint(client), "^udp:127\\.0\\.0\\.1:");
	fd = e2e_listen("udp:localhost:0");
	e2e_like(e2e_endpoint(fd), "^udp:127\\.0\\.0\\.1:");
}

static void echoes(int fd, void *arg)
{
	static char room[70000];

	(void)arg;
	for (ssize_t n; (n = recv(fd, room, sizeof room, 0)) >= 0;)
		if (send(fd, room, (size_t)n, 0) != n)
			return;
}

/* Takes one, answers it and returns. */
static void answers_once(int fd, void *arg)
{
	char room[16];
	ssize_t n = recv(fd, room, sizeof room, 0);

	(void)arg;
	if (n > 0)
		room[0] = '+';
	e2e_must(n > 0 && send(fd, room, (size_t)n, 0) == n);
}

static void says_no_more(int fd, void *arg)
{
	char room[16];

	(void)arg;
	e2e_must(recv(fd, room, sizeof room, 0) > 0 && send(fd, "last", 4, 0) == 4 && shutdown(fd, SHUT_WR) == 0);
	recv(fd, room, sizeof room, 0);
}

/* The end of its answers is no answer, above all not one after another. */
E2E_TEST(a_handler_that_says_no_more)
{
	e2e_server *s = e2e_serve("udp:127.0.0.1:0", says_no_more, NULL);
	int fd = e2e_dial(s->endpoint);
	struct pollfd more = {fd, POLLIN, 0};

	e2e_is_int(send(fd, "one", 3, 0), 3);
	e2e_is_str(next(fd), "last");
	e2e_is_int(poll(&more, 1, 300), 0, "nothing comes behind it");
	e2e_is_int(e2e_proxy_count(s->proxy).datagrams, 2);
	e2e_is_int(send(fd, "two", 3, 0), 3, "it still hears");
}

E2E_TEST(a_stub_server)
{
	e2e_server *s = e2e_serve("udp:127.0.0.1:0", echoes, NULL);
	int a = e2e_dial(s->endpoint), b = e2e_dial(s->endpoint);

	e2e_like(s->endpoint, "^udp:127\\.0\\.0\\.1:[0-9]+$");
	e2e_is_int(e2e_endpoint_port(s->endpoint), s->port);
	e2e_is_int(send(a, "one", 3, 0), 3);
	e2e_is_str(next(a), "one");
	e2e_is_int(send(b, "two", 3, 0), 3);
	e2e_is_str(next(b), "two", "each client has its own answers");
	e2e_is_int(send(a, "", 0, 0), 0);
	e2e_is_str(next(a), "", "an empty one, too");
	e2e_is_int(send(a, "three", 5, 0), 5);
	e2e_is_str(next(a), "three");
	e2e_is_str(e2e_received(s), "onetwothree");
	e2e_is_int(e2e_connections(s), 2);
	e2e_is_int(e2e_proxy_count(s->proxy).to_server, 11);
	e2e_is_int(e2e_proxy_count(s->proxy).datagrams, 8);
}

E2E_TEST(a_handler_for_one_exchange)
{
	e2e_server *s = e2e_serve("udp:localhost:0", answers_once, NULL);
	int fd = e2e_dial(s->endpoint), wrong = 0;

	for (int i = 0; i < 100; i++) {
		const char *text = e2e_printf("-%02d", i);

		/* the handler before it may not have ended yet */
		if (send(fd, text, 3, 0) != 3 || strcmp(next(fd), e2e_printf("+%02d", i)) != 0)
			wrong++;
	}
	e2e_is_int(wrong, 0);
	for (int i = 0; i < 20; i++)
		wrong += send(fd, "-all", 4, 0) != 4;
	for (int i = 0; i < 20; i++)
		wrong += strcmp(next(fd), "+all") != 0;
	e2e_is_int(wrong, 0, "those that come together have a handler each");
	e2e_is_int((long long)e2e_received_size(s), 380);
	e2e_is_int(e2e_connections(s), 1);
}

static void reads_late(int fd, void *arg)
{
	char room[16];
	int n = 0;

	usleep(100000);
	for (; n < *(const int *)arg; n++)
		e2e_must(recv(fd, room, sizeof room, 0) == 4);
	send(fd, "all", 3, 0);
}

E2E_TEST(a_handler_that_reads_late)
{
	static const int many = 2000;
	e2e_server *s = e2e_serve("udp:127.0.0.1:0", reads_late, (void *)(uintptr_t)&many);
	int fd = e2e_dial(s->endpoint), sent = 0;

	for (; sent < many && send(fd, "some", 4, 0) == 4; sent++)
		if (sent % 100 == 99) /* what this socket has no room for would be lost */
			e2e_eventually(30, e2e_proxy_count(s->proxy).datagrams == sent + 1);
	e2e_is_int(sent, many);
	e2e_is_str(next(fd), "all", "nothing is lost");
}

static void reads_nothing(int fd, void *arg)
{
	(void)fd;
	(void)arg;
}

E2E_TEST(stub_servers_that_do_not_answer)
{
	e2e_server *all = e2e_serve("udp:127.0.0.1:0", NULL, NULL), *none = e2e_serve("udp:127.0.0.1:0", reads_nothing, NULL);
	int fd = e2e_dial(all->endpoint);

	e2e_is_int(send(fd, "metric", 6, 0), 6);
	e2e_eventually(30, strcmp(e2e_received(all), "metric") == 0);
	fd = e2e_dial(none->endpoint);
	e2e_is_int(send(fd, "a", 1, 0), 1);
	e2e_is_int(send(fd, "b", 1, 0), 1);
	e2e_eventually(30, strcmp(e2e_received(none), "ab") == 0);
}

E2E_TEST(faults_of_a_stub_server)
{
	e2e_server *s = e2e_serve("udp:127.0.0.1:0", echoes, NULL);
	int fd = e2e_dial(s->endpoint);

	e2e_proxy_fault(s->proxy, E2E_TO_SERVER, .loss = 1, .first = 1);
	e2e_proxy_fault(s->proxy, E2E_TO_CLIENT, .duplicate = 1);
	e2e_is_int(send(fd, "lost", 4, 0), 4);
	e2e_is_int(send(fd, "twice", 5, 0), 5);
	e2e_is_str(next(fd), "twice");
	e2e_is_str(next(fd), "twice");
	e2e_is_str(e2e_received(s), "twice");
	e2e_proxy_fault(s->proxy, E2E_BOTH_WAYS, .down = true);
	e2e_is_int(send(fd, "x", 1, 0), 1);
	struct pollfd p = {fd, POLLIN, 0};
	char room[8];
	e2e_is_int(poll(&p, 1, 30000), 1);
	e2e_is_int(recv(fd, room, sizeof room, 0), -1);
	e2e_is_int(errno, ECONNREFUSED, "nobody has the port");
	e2e_proxy_clear(s->proxy);
	e2e_is_int(send(fd, "again", 5, 0), 5);
	e2e_is_str(next(fd), "again");
}

E2E_TEST(nobody_is_there)
{
	int fd = e2e_dial(e2e_printf("udp:127.0.0.1:%d", e2e_port()));
	char room[4];

	e2e_is_int(send(fd, "x", 1, 0), 1, "the first one leaves");
	struct pollfd p = {fd, POLLIN, 0};
	e2e_is_int(poll(&p, 1, 30000), 1);
	e2e_is_int(recv(fd, room, sizeof room, 0), -1);
	e2e_is_int(errno, ECONNREFUSED);
}

E2E_TEST(ports_of_e2e_are_free_for_datagrams)
{
	for (int i = 0; i < 20; i++)
		e2e_ok(e2e_listen(e2e_printf("udp:127.0.0.1:%d", e2e_port())) >= 0);
}

E2E_TEST(other_hosts)
{
	if (access("/proc/net/if_inet6", F_OK) == 0) {
		int fd = e2e_listen("udp:[::1]:0");
		e2e_like(e2e_endpoint(fd), "^udp:\\[::1\\]:[0-9]+$");
		int client = e2e_dial(e2e_endpoint(fd));
		e2e_is_int(send(client, "six", 3, 0), 3);
		e2e_is_str(next(fd), "six");
	}
#ifdef __linux__
	static const char *const kinds[] = {"udp", "tcp"};
	for (int i = 0; i < 2; i++) { /* the whole of 127.0.0.0/8 is this machine */
		int fd = e2e_listen(e2e_printf("%s:127.0.0.2:0", kinds[i]));
		e2e_like(e2e_endpoint(fd), e2e_printf("^%s:127\\.0\\.0\\.2:", kinds[i]));
		e2e_ok(e2e_dial(e2e_endpoint(fd)) >= 0);
	}
#endif
}

#ifdef __linux__
static int serve_abstract(void *arg)
{
	int fd = e2e_listen(e2e_printf("unix:%s", (const char *)arg));

	for (;;)
		close(accept(fd, NULL, NULL));
	return 0;
}

E2E_TEST(abstract_sockets)
{
	char *name = (char *)(uintptr_t)e2e_printf("@%s", e2e_unique("abstract"));
	int fd = e2e_listen("unix:@");
	char c = 0;

	e2e_like(e2e_endpoint(fd), "^unix:@.+");
	int client = e2e_dial(e2e_endpoint(fd)), mine = e2e_accept(fd);
	e2e_is_int(write(client, "x", 1), 1);
	e2e_is_int(read(mine, &c, 1), 1);
	fd = e2e_listen(e2e_printf("unix:%s.mine", name));
	e2e_is_str(e2e_endpoint(fd), e2e_printf("unix:%s.mine", name));
	e2e_isnt_int(access(name, F_OK), 0, "no file is made");

	e2e_proc *p = e2e_spawn_fn(serve_abstract, name);
	e2e_ready(p, E2E_SOCKET(name), E2E_ENDPOINT(e2e_printf("unix:%s", name)));
	e2e_proxy *px = e2e_proxy_to(e2e_printf("unix:%s", name));
	e2e_ok(e2e_dial(px->endpoint) >= 0);
	e2e_eventually(30, e2e_proxy_count(px).accepted == 1);
	e2e_stop(p, E2E_SIG(SIGTERM));
}
#endif

/* A server in a language of its own, which takes its time. */
E2E_TEST(readiness)
{
	int port = e2e_port();
	e2e_require_command("python3");
	e2e_proc *p = e2e_spawn("python3", "-c",
				"import socket, sys, time\n"
				"time.sleep(0.3)\n"
				"s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
				"s.bind(('127.0.0.1', int(sys.argv[1])))\n"
				"while True:\n"
				"    data, who = s.recvfrom(65536)\n"
				"    s.sendto(data.upper(), who)\n",
				e2e_printf("%d", port));
	e2e_must(e2e_ready(p, E2E_UDP(port), E2E_ENDPOINT(e2e_printf("udp:127.0.0.1:%d", port))));
	int fd = e2e_dial(e2e_printf("udp:127.0.0.1:%d", port));
	e2e_is_int(send(fd, "loud", 4, 0), 4);
	e2e_is_str(next(fd), "LOUD");
	e2e_kill(p);
}

E2E_TEST(passes_datagrams)
{
	static char large[60000], back[sizeof large + 1];
	e2e_proxy *px = echo_proxy();
	int fd = e2e_dial(px->endpoint), other = e2e_dial(px->endpoint);

	e2e_like(px->endpoint, "^udp:127\\.0\\.0\\.1:[0-9]+$");
	e2e_is_str(px->address, e2e_printf("127.0.0.1:%d", px->port));
	e2e_is_int(send(fd, "one", 3, 0), 3);
	e2e_is_str(next(fd), "one");
	e2e_is_int(send(other, "two", 3, 0), 3);
	e2e_is_str(next(other), "two");
	e2e_is_int(send(fd, "", 0, 0), 0);
	e2e_is_str(next(fd), "");
	memset(large, 'x', sizeof large);
	e2e_is_int(send(fd, large, sizeof large, 0), (long long)sizeof large);
	snprintf(back, sizeof back, "%s", next(fd));
	e2e_ok(memcmp(back, large, sizeof large) == 0 && !back[sizeof large], "a large one is whole");
	is_silent(other);
	e2e_proxy_counts c = e2e_proxy_count(px);
	e2e_is_int(c.accepted, 2);
	e2e_is_int(c.open, 2);
	e2e_is_int(c.datagrams, 8);
	e2e_is_int(c.to_server, 6 + (long long)sizeof large);
	e2e_is_int(c.to_client, 6 + (long long)sizeof large);
	e2e_is_int(c.lost + c.duplicated + c.reordered + c.refused + c.broken, 0);
	e2e_kill(server);
}

E2E_TEST(passes_ipv6)
{
	if (access("/proc/net/if_inet6", F_OK) != 0)
		e2e_skip("no IPv6 on this machine");
	int fd = e2e_listen("udp:[::1]:0");
	e2e_proxy *px = e2e_proxy_between("udp:[::1]:0", e2e_endpoint(fd));
	e2e_like(px->endpoint, "^udp:\\[::1\\]:");
	int client = e2e_dial(px->endpoint);
	e2e_is_int(send(client, "six", 3, 0), 3);
	e2e_is_str(next(fd), "six");
}

E2E_TEST(loses_the_first)
{
	e2e_proxy *px = echo_proxy();
	int fd = e2e_dial(px->endpoint);

	e2e_proxy_fault(px, E2E_TO_SERVER, .loss = 1, .first = 2);
	for (int i = 0; i < 4; i++)
		e2e_is_int(send(fd, e2e_printf("%d", i), 1, 0), 1);
	e2e_is_str(next(fd), "2");
	e2e_is_str(next(fd), "3");
	e2e_is_int(e2e_proxy_count(px).lost, 2);
	e2e_kill(server);
}

/* What became of 200 datagrams, in a program of its own with this seed. */
static const char *lots(const char *seed)
{
	e2e_result r = e2e_run(broken("udp"), "-k", "^lots$", "--seed", seed);
	regex_t re;
	regmatch_t m[1];

	e2e_is_int(r.status, 0);
	e2e_must(e2e_like(r.out, "[+-]{200} [+-]{200}"));
	regcomp(&re, "[+-]{200} [+-]{200}", REG_EXTENDED);
	e2e_is_int(regexec(&re, r.out, 1, m, 0), 0);
	regfree(&re);
	return e2e_printf("%.*s", 401, r.out + m[0].rm_so);
}

static int count(const char *text, char c)
{
	int n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

E2E_TEST(chance_is_the_seed)
{
	const char *five = lots("5");

	e2e_is_str(lots("5"), five, "the same lots in the same order");
	e2e_ok(strcmp(lots("6"), five) != 0, "another seed, another lot");
	e2e_ok(strncmp(five, five + 201, 200) != 0, "a fault that is set again has new ones");
	e2e_cmp_int(count(five, '-'), ">", 60);
	e2e_cmp_int(count(five, '-'), "<", 180);
}

E2E_TEST(duplicates)
{
	e2e_proxy *px = echo_proxy();
	int fd = e2e_dial(px->endpoint);

	e2e_proxy_fault(px, E2E_TO_CLIENT, .duplicate = 1, .first = 1);
	for (int i = 0; i < 2; i++)
		e2e_is_int(send(fd, e2e_printf("%d", i), 1, 0), 1);
	e2e_is_str(next(fd), "0");
	e2e_is_str(next(fd), "0");
	e2e_is_str(next(fd), "1");
	is_silent(fd);
	e2e_is_int(e2e_proxy_count(px).duplicated, 1);
	e2e_kill(server);
}

E2E_TEST(reorders)
{
	e2e_proxy *px = echo_proxy();
	int fd = e2e_dial(px->endpoint);

	e2e_proxy_fault(px, E2E_TO_SERVER, .reorder = 1, .first = 1);
	e2e_is_int(send(fd, "alone", 5, 0), 5);
	e2e_is_str(next(fd), "alone", "nobody overtakes it: it comes all the same");
	e2e_is_int(e2e_proxy_count(px).reordered, 0);
	int to = e2e_listen("udp:127.0.0.1:0");
	px = e2e_proxy_to(e2e_endpoint(to));
	fd = e2e_dial(px->endpoint);
	e2e_is_int(send(fd, "hello", 5, 0), 5);
	e2e_is_str(next(to), "hello");
	for (int tries = 0; e2e_proxy_count(px).reordered == 0 && tries < 50; tries++) {
		/* on a machine that stands still for 0.1 s nobody overtakes */
		e2e_proxy_fault(px, E2E_TO_SERVER, .reorder = 1, .first = 1);
		e2e_is_int(send(fd, "first", 5, 0), 5);
		e2e_is_int(send(fd, "second", 6, 0), 6);
		const char *one = e2e_printf("%s", next(to)), *two = next(to);
		bool swapped = e2e_proxy_count(px).reordered == 1;
		e2e_is_str(one, swapped ? "second" : "first");
		e2e_is_str(two, swapped ? "first" : "second");
	}
	e2e_is_int(e2e_proxy_count(px).reordered, 1);
	e2e_kill(server);
}

E2E_TEST(latency_and_bandwidth)
{
	e2e_proxy *px = echo_proxy();
	int fd = e2e_dial(px->endpoint);
	double begin = e2e_now();

	e2e_proxy_fault(px, E2E_TO_SERVER, .latency = 0.15);
	e2e_is_int(send(fd, "slow", 4, 0), 4);
	e2e_is_str(next(fd), "slow");
	e2e_ok(e2e_now() - begin >= 0.149, "at least 0.15 s (%g)", e2e_now() - begin);

	begin = e2e_now();
	e2e_proxy_fault(px, E2E_TO_CLIENT, .bandwidth = 1000);
	e2e_proxy_fault(px, E2E_TO_SERVER, .latency = 0.2, .jitter = 0.1);
	for (int i = 0; i < 10; i++)
		e2e_is_int(send(fd, e2e_printf("%09d", i), 9, 0), 9);
	for (int i = 0; i < 10; i++)
		e2e_is_str(next(fd), e2e_printf("%09d", i), "jitter keeps the order");
	e2e_ok(e2e_now() - begin >= 0.189, "0.1 s and 90 bytes at 1000 a second (%g)", e2e_now() - begin);

	e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 600);
	e2e_proxy_fault(px, E2E_TO_SERVER, .bandwidth = 1e9);
	e2e_is_int(send(fd, "late", 4, 0), 4);
	e2e_eventually(30, e2e_proxy_count(px).datagrams == 24);
	e2e_proxy_clear(px);
	e2e_is_str(next(fd), "late", "what waits leaves when the fault ends");
	e2e_kill(server);
}

E2E_TEST(drops)
{
	e2e_proxy *px = echo_proxy();
	int fd = e2e_dial(px->endpoint);

	e2e_proxy_fault(px, E2E_TO_SERVER, .drop = true, .limit = 7);
	e2e_is_int(send(fd, "1234", 4, 0), 4);
	e2e_is_int(send(fd, "1234", 4, 0), 4);
	e2e_is_int(send(fd, "123", 3, 0), 3);
	e2e_is_str(next(fd), "1234");
	e2e_is_str(next(fd), "123");
	e2e_is_int(e2e_proxy_count(px).lost, 1);
	e2e_kill(server);
}

E2E_TEST(down)
{
	e2e_proxy *px = echo_proxy();
	int fd = e2e_dial(px->endpoint);
	struct pollfd p = {fd, POLLIN, 0};
	char c;

	e2e_is_int(send(fd, "1", 1, 0), 1);
	e2e_is_str(next(fd), "1");
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .down = true);
	e2e_is_int(send(fd, "2", 1, 0), 1);
	e2e_is_int(poll(&p, 1, 30000), 1);
	e2e_is_int(recv(fd, &c, 1, 0), -1);
	e2e_is_int(errno, ECONNREFUSED);
	e2e_proxy_clear(px);
	e2e_is_int(send(fd, "3", 1, 0), 1);
	e2e_is_str(next(fd), "3", "up again");
	e2e_kill(server);
}

E2E_TEST(the_server_is_not_there)
{
	int port = e2e_port();
	e2e_proxy *px = e2e_proxy_to(e2e_printf("udp:127.0.0.1:%d", port));
	int fd = e2e_dial(px->endpoint);

	e2e_is_int(send(fd, "lost", 4, 0), 4);
	e2e_eventually(30, e2e_proxy_count(px).refused == 1);
	int late = e2e_listen(e2e_printf("udp:127.0.0.1:%d", port));
	e2e_is_int(send(fd, "found", 5, 0), 5);
	e2e_is_str(next(late), "found", "it may come later");
}

E2E_TEST(many_clients)
{
	enum { N = 300 };
	static int fd[N];
	e2e_proxy *px = echo_proxy();
	int good = 0;

	for (int i = 0; i < N; i++) {
		fd[i] = e2e_dial(px->endpoint);
		good += send(fd[i], e2e_printf("%d", i), strlen(e2e_printf("%d", i)), 0) > 0 &&
			strcmp(next(fd[i]), e2e_printf("%d", i)) == 0;
	}
	for (int i = 0; i < N; i++)
		good += send(fd[i], "x", 1, 0) == 1 && strcmp(next(fd[i]), "x") == 0;
	e2e_is_int(good, 2 * N);
	e2e_is_int(e2e_proxy_count(px).accepted, N);
	e2e_kill(server);
}

/* A resolver whose first question is lost asks again; the answer that comes twice does no harm. */
E2E_TEST(a_real_name_server)
{
	int port = e2e_port();
	e2e_require_command("/usr/sbin/dnsmasq");
	e2e_require_command("dig");
	e2e_proc *dns = e2e_spawn("/usr/sbin/dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts",
				  "--conf-file=/dev/null", "--log-facility=-", "--pid-file=", "--bind-interfaces",
				  "--listen-address=127.0.0.1", "--user=root", "--address=/a.example/192.0.2.7",
				  e2e_printf("--port=%d", port));
	e2e_must(e2e_ready(dns, E2E_UDP(port), E2E_PORT(port)));
	e2e_proxy *px = e2e_proxy_to(e2e_printf("udp:127.0.0.1:%d", port));
	e2e_proxy_fault(px, E2E_TO_SERVER, .loss = 1, .first = 1);
	e2e_proxy_fault(px, E2E_TO_CLIENT, .duplicate = 1);
	e2e_result r = e2e_run("dig", "+short", "+tries=5", "+time=1", "-p", e2e_printf("%d", px->port), "@127.0.0.1",
			       "a.example", "A");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "(^|\n)192\\.0\\.2\\.7\n");
	e2e_is_int(e2e_proxy_count(px).lost, 1);
	e2e_cmp_int(e2e_proxy_count(px).duplicated, ">=", 1);
	e2e_kill(dns);
}

/* Runs a case of t/proc/broken/udp.c, which has to fail and say this. */
static void fails(const char *name, const char *says)
{
	e2e_result r = e2e_run(broken("udp"), "-k", e2e_printf("^%s$", name));
	e2e_is_int(r.status, 1, "%s fails", name);
	e2e_like(r.out, says);
}

/* Whose datagrams come? Elsewhere nobody tells. */
static void tells_peers(const char *program)
{
	(void)program;
#ifdef E2E__LINUX
	e2e_result r = e2e_run(broken(program), "-k", "^peers$");
	e2e_is_int(r.status, 1, "peers of %s", program);
	e2e_like(r.out, " server +\\| client 1: accepted from asks \\(pid [0-9]+\\)\n.*"
			" server +\\| client 2: accepted from sends \\(pid [0-9]+\\)\n.*"
			" server +\\| client 1: accepted from asks-1 \\(pid [0-9]+\\)\n.*"
			" proxy:[0-9]+ +\\| client 1: accepted from test \\(pid [0-9]+\\)\n.*"
			" server +\\| client 3: accepted from proxy:[0-9]+ \\(pid [0-9]+\\)\n");
#endif
}

E2E_TEST(mistakes_are_said)
{
	fails("loss_of_a_connection", "\\.loss is for datagrams, and this proxy stands before one of connections");
	fails("reset_of_datagrams", "\\.reset is for connections");
	fails("limit_without_drop", "for datagrams it needs \\.drop");
	fails("share_above_one", "\\.duplicate = 30: a share is from 0 to 1");
	fails("two_worlds", "the one has connections, the other datagrams");
	fails("accepts_datagrams", "udp:127.0.0.1:[0-9]+ has no connections");
	fails("handler_is_killed", "handler of client 1 \\(pid [0-9]+\\) has died of SIGKILL");
	fails("handler_exits", "handler of client 1 \\(pid [0-9]+\\) has ended with exit code 3");
	fails("handler_shuts_its_end", "can't give 5 bytes to the handler of client 1: it has shut down its socket");
	fails("told", "server .* client 1: accepted[^\n]*\n.*client 1: 1 datagram, 5 bytes to the server\n.*client 1: 2 datagrams, 6 bytes to the client\n");
	fails("taken", "can't listen on udp:127\\.0\\.0\\.1:[0-9]+: Address (already )?in use");
	fails("no_endpoint", "it must begin with tcp:, udp: or unix:");
	fails("nobodys_port", "UDP port [0-9]+ of 127\\.0\\.0\\.1 and ::1: nobody has bound it");
	fails("nobodys_port", "udp:127\\.0\\.0\\.2:[0-9]+: nobody has bound it");
	fails("fails_with_losses", "datagrams: 3, lost: 2, duplicated: 0, reordered: 0\n.*to the server: loss 1 for the first 2 datagrams");
#ifdef __linux__
	fails("not_its_port", "UDP port [0-9]+ of 127\\.0\\.0\\.1 is answered by the test itself, not by sleep");
#endif
	e2e_result r = e2e_run(broken("udp"), "-k", "a_loss_that_met_nothing");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "this fault of the proxy udp:[0-9.:]+ met nothing: to the client: loss 0.5");
}

E2E_TEST(peers_are_told)
{
	tells_peers("udp");
	tells_peers("peers"); /* where the kernel doesn't answer */
#ifdef E2E__LINUX
	e2e_like(e2e_run(broken("peers"), "-k", "^connections$").out,
		 " connection 1: accepted from test \\(pid [0-9]+\\)\n.* connection 1: accepted from test \\(pid [0-9]+\\)\n");
#endif
}

E2E_MAIN()
