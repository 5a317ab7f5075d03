/* Datagrams: what is asked for in vain. t/proc/udp.c runs these one by one. */
#include "e2e_proc.h"

E2E_TEST(loss_of_a_connection)
{
	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:1");
	e2e_proxy_fault(px, E2E_TO_SERVER, .loss = 0.5);
}

E2E_TEST(reset_of_datagrams)
{
	e2e_proxy *px = e2e_proxy_to("udp:127.0.0.1:1");
	e2e_proxy_fault(px, E2E_TO_SERVER, .reset = true);
}

E2E_TEST(limit_without_drop)
{
	e2e_proxy *px = e2e_proxy_to("udp:127.0.0.1:1");
	e2e_proxy_fault(px, E2E_TO_SERVER, .limit = 5);
}

E2E_TEST(share_above_one)
{
	e2e_proxy *px = e2e_proxy_to("udp:127.0.0.1:1");
	e2e_proxy_fault(px, E2E_TO_CLIENT, .duplicate = 30);
}

E2E_TEST(two_worlds)
{
	e2e_proxy_between("tcp:127.0.0.1:0", "udp:127.0.0.1:1");
}

E2E_TEST(accepts_datagrams)
{
	e2e_accept(e2e_listen("udp:127.0.0.1:0"));
}

/* Handlers of datagrams that aren't in order, and what the story tells. */
static void crashes(int fd, void *arg)
{
	char room[16];
	(void)arg;
	if (recv(fd, room, sizeof room, 0) == 4 && memcmp(room, "kill", 4) == 0)
		raise(SIGKILL);
	if (send(fd, "well", 4, 0) == 4)
		exit(3);
}

static int to(e2e_server *s, const char *text)
{
	int fd = e2e_dial(s->endpoint);
	e2e_is_int(send(fd, text, strlen(text), 0), (long long)strlen(text));
	return fd;
}

E2E_TEST(handler_is_killed)
{
	to(e2e_serve("udp:127.0.0.1:0", crashes, NULL), "kill");
}

E2E_TEST(handler_exits)
{
	char room[8];
	int fd = to(e2e_serve("udp:127.0.0.1:0", crashes, NULL), "exit");
	e2e_is_int(recv(fd, room, sizeof room, 0), 4);
}

/* What comes next has no way to it. */
static void shuts_its_end(int fd, void *arg)
{
	char room[16];
	(void)arg;
	if (recv(fd, room, sizeof room, 0) <= 0 || shutdown(fd, SHUT_RD) != 0 || send(fd, "well", 4, 0) != 4)
		exit(1);
	for (;;)
		pause();
}

E2E_TEST(handler_shuts_its_end)
{
	char room[8];
	int fd = to(e2e_serve("udp:127.0.0.1:0", shuts_its_end, NULL), "one");
	e2e_is_int(recv(fd, room, sizeof room, 0), 4);
	e2e_is_int(send(fd, "three", 5, 0), 5);
	recv(fd, room, sizeof room, 0);
}

static void answers_in_two(int fd, void *arg)
{
	char room[16];
	(void)arg;
	if (recv(fd, room, sizeof room, 0) > 0 && send(fd, "one", 3, 0) == 3 && send(fd, "two", 3, 0) != 3)
		exit(1);
}

E2E_TEST(told)
{
	char room[8];
	int fd = to(e2e_serve("udp:127.0.0.1:0", answers_in_two, NULL), "hello");
	e2e_is_int(recv(fd, room, sizeof room, 0), 3);
	e2e_is_int(recv(fd, room, sizeof room, 0), 3);
	e2e_fail("to see the story");
}

/* Asks once the test knows of this process, and keeps its only socket until it has been answered. */
static int go[2];

static void waits_to_go(void)
{
	char c;

	dup2(go[0], 0);
	for (int i = 3; i < 64; i++)
		close(i);
	if (read(0, &c, 1) != 1)
		exit(1);
}

static int asks(void *server)
{
	char room[8];

	waits_to_go();

	int fd = e2e_try_dial(((e2e_server *)server)->endpoint, 30);

	return send(fd, "hello", 5, 0) != 5 || recv(fd, room, sizeof room, 0) != 3;
}

/* With a socket that isn't connected: it has no address of its own then. */
static int sends(void *server)
{
	char room[8];
	struct sockaddr_in to;

	waits_to_go();
	memset(&to, 0, sizeof to);
	to.sin_family = AF_INET;
	to.sin_port = htons((uint16_t)e2e_endpoint_port(((e2e_server *)server)->endpoint));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof to) != 5 || recv(fd, room, sizeof room, 0) != 3;
}

static void goes(e2e_proc *p)
{
	e2e_is_int(write(go[1], "g", 1), 1);
	e2e_wait(p, 0);
}

/* Whose datagrams they are. */
E2E_TEST(peers)
{
	e2e_must(e2e_is_int(pipe(go), 0));

	e2e_server *s = e2e_serve("udp:127.0.0.1:0", answers_in_two, NULL);
	e2e_proxy *px = e2e_proxy_between("udp:0.0.0.0:0", s->endpoint);
	char room[8];
	int fd = e2e_dial(e2e_printf("udp:127.0.0.1:%d", px->port));

	goes(e2e_spawn_fn(asks, s));
	goes(e2e_spawn_fn(sends, s));
	goes(e2e_spawn_fn(asks, e2e_serve("udp:[::1]:0", answers_in_two, NULL)));
	e2e_is_int(send(fd, "hello", 5, 0), 5);
	e2e_is_int(recv(fd, room, sizeof room, 0), 3);
	e2e_fail("to see the story");
}

E2E_TEST(taken)
{
	e2e_listen(e2e_endpoint(e2e_listen("udp:127.0.0.1:0")));
}

/* The test itself has the port. */
E2E_TEST(not_its_port)
{
	int port = e2e_endpoint_port(e2e_endpoint(e2e_listen("udp:127.0.0.1:0")));
	e2e_proc *p = e2e_spawn("sleep", "100");
	e2e_ready(p, E2E_UDP(port), E2E_WITHIN(0.3));
	e2e_kill(p);
}

E2E_TEST(nobodys_port)
{
	int port = e2e_port();
	e2e_proc *p = e2e_spawn("sleep", "100");
	e2e_ready(p, E2E_UDP(port), E2E_ENDPOINT(e2e_printf("udp:127.0.0.2:%d", port)), E2E_WITHIN(0.3));
	e2e_kill(p);
}

E2E_TEST(no_endpoint)
{
	e2e_proc *p = e2e_spawn("sleep", "100");
	e2e_ready(p, E2E_ENDPOINT("127.0.0.1:80"));
}

E2E_TEST(fails_with_losses)
{
	int fd = e2e_listen("udp:127.0.0.1:0");
	e2e_proxy *px = e2e_proxy_to(e2e_endpoint(fd));
	int client = e2e_dial(px->endpoint);
	e2e_proxy_fault(px, E2E_TO_SERVER, .loss = 1, .first = 2);
	for (int i = 0; i < 3; i++)
		e2e_is_int(send(client, "x", 1, 0), 1);
	e2e_eventually(30, e2e_proxy_count(px).datagrams == 3);
	e2e_fail("on purpose");
}

E2E_TEST(a_loss_that_met_nothing)
{
	e2e_proxy *px = e2e_proxy_to("udp:127.0.0.1:1");
	e2e_proxy_fault(px, E2E_TO_CLIENT, .loss = 0.5);
	e2e_pass("nothing was sent");
}

/* What becomes of 200 datagrams, + or -, and of 200 more after the fault is set again. */
E2E_TEST(lots)
{
	int fd = e2e_listen("udp:127.0.0.1:0");
	e2e_proxy *px = e2e_proxy_to(e2e_endpoint(fd));
	int client = e2e_dial(px->endpoint);
	char lot[402] = "", room[4];

	for (int i = 0; i < 401; i++) {
		long long lost = e2e_proxy_count(px).lost;

		lot[i] = ' ';
		if (i % 201 == 0)
			e2e_proxy_fault(px, E2E_TO_SERVER, .loss = 0.3);
		if (i == 200)
			continue;
		if (send(client, "x", 1, 0) != 1)
			e2e_fail("send: %s", strerror(errno));
		while (e2e_proxy_count(px).lost == lost && recv(fd, room, sizeof room, MSG_DONTWAIT) < 0)
			;
		lot[i] = e2e_proxy_count(px).lost == lost ? '+' : '-';
	}
	e2e_diag("%s", lot);
	e2e_pass("they are told");
}

E2E_MAIN()
