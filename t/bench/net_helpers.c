/* What the network helpers cost: the fault proxy beside a direct connection, and mails a second into the
 * sink; what it adds to a datagram.
 *
 * Usage: net_helpers
 * Prints medians of five rounds. */
#include "../../e2e_proc.h"

enum { ROUNDS = 5, TRIPS = 2000, BULK = 4 << 20, MAILS = 2000 };

/* An echo server for one client at a time. */
static int echo(void *arg)
{
	static char room[65536];
	ssize_t n, k, done;
	int fd, one = 1;
	while ((fd = accept(*(int *)arg, NULL, NULL)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		while ((n = read(fd, room, sizeof room)) > 0)
			for (done = 0; done < n; done += k)
				if ((k = write(fd, room + done, (size_t)(n - done))) <= 0)
					return 1;
		close(fd);
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double (*measure)(const char *), const char *endpoint)
{
	double v[ROUNDS];
	for (int i = 0; i < ROUNDS; i++)
		v[i] = measure(endpoint);
	qsort(v, ROUNDS, sizeof *v, by_value);
	return v[ROUNDS / 2];
}

/* Milliseconds a byte takes there and back. */
static double round_trip(const char *endpoint)
{
	int fd = e2e_dial(endpoint), one = 1;
	char c = 'x';
	double begin;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	begin = e2e_now();
	for (int i = 0; i < TRIPS; i++)
		if (write(fd, &c, 1) != 1 || read(fd, &c, 1) != 1)
			e2e_bail_out("the connection broke");
	begin = e2e_now() - begin;
	close(fd);
	return begin / TRIPS * 1e3;
}

/* Milliseconds for BULK bytes there and back. */
static double bulk(const char *endpoint)
{
	static char room[65536];
	int fd = e2e_dial(endpoint);
	size_t in = 0, out = 0;
	double begin = e2e_now();
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (in < BULK) {
		struct pollfd p = {fd, (short)(out < BULK ? POLLIN | POLLOUT : POLLIN), 0};
		poll(&p, 1, -1);
		ssize_t n = p.revents & POLLOUT
				? write(fd, room, sizeof room < BULK - out ? sizeof room : BULK - out)
				: 0;
		out += n > 0 ? (size_t)n : 0;
		n = p.revents & POLLIN ? read(fd, room, sizeof room) : 0;
		in += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	return (e2e_now() - begin) * 1e3;
}

/* Milliseconds to open a proxy. */
static double opening(const char *endpoint)
{
	double begin = e2e_now();
	e2e_proxy_to(endpoint);
	return (e2e_now() - begin) * 1e3;
}

static int sink;

static bool say(const char *text)
{
	char answer[512];
	return write(sink, text, strlen(text)) == (ssize_t)strlen(text) &&
	       read(sink, answer, sizeof answer) > 0;
}

/* Mails a second from one client that waits for each answer. */
static double mails(const char *endpoint)
{
	double begin;
	char greeting[512];
	sink = e2e_dial(endpoint);
	if (read(sink, greeting, sizeof greeting) <= 0 || !say("HELO bench\r\n"))
		e2e_bail_out("no greeting");
	begin = e2e_now();
	for (int i = 0; i < MAILS; i++)
		if (!say("MAIL FROM:<a@x>\r\n") || !say("RCPT TO:<b@y>\r\n") || !say("DATA\r\n") ||
		    !say("Subject: bench\r\n\r\nhello\r\n.\r\n"))
			e2e_bail_out("the sink has closed");
	begin = e2e_now() - begin;
	close(sink);
	return MAILS / begin;
}

E2E_TEST(proxy, .timeout = 300)
{
	int listener = e2e_listen("tcp:127.0.0.1:0");
	const char *server = e2e_endpoint(listener);
	e2e_proc *p = e2e_spawn_fn(echo, &listener);
	e2e_proxy *px = e2e_proxy_to(server);
	double direct = median(round_trip, server), through = median(round_trip, px->endpoint);
	e2e_diag("round trip: direct %.4f ms, through the proxy %.4f ms, added %.4f ms", direct, through,
		 through - direct);
	direct = median(bulk, server);
	through = median(bulk, px->endpoint);
	e2e_diag("4 MiB there and back: direct %.1f ms, through the proxy %.1f ms (%.0f MiB/s)", direct,
		 through, 8 / through * 1e3);
	e2e_diag("opening a proxy: %.2f ms", median(opening, server));
	e2e_kill(p);
}

/* An echo server of datagrams. */
static int echo_datagrams(void *arg)
{
	char room[2048];
	struct sockaddr_storage from;
	for (;;) {
		socklen_t size = sizeof from;
		ssize_t n = recvfrom(*(int *)arg, room, sizeof room, 0, (struct sockaddr *)&from, &size);
		if (n >= 0)
			sendto(*(int *)arg, room, (size_t)n, 0, (struct sockaddr *)&from, size);
	}
	return 0;
}

E2E_TEST(udp, .timeout = 300)
{
	int fd = e2e_listen("udp:127.0.0.1:0");
	const char *server = e2e_endpoint(fd);
	e2e_proc *p = e2e_spawn_fn(echo_datagrams, &fd);
	e2e_proxy *px = e2e_proxy_to(server);
	double direct = median(round_trip, server), through = median(round_trip, px->endpoint);
	e2e_diag("datagram there and back: direct %.4f ms, through the proxy %.4f ms, added to each way %.4f ms",
		 direct, through, (through - direct) / 2);
	e2e_kill(p);
}

E2E_TEST(mail, .timeout = 300)
{
	e2e_mailbox *m = e2e_mailbox_open();
	double begin;
	e2e_diag("mails a second: %.0f", median(mails, e2e_printf("tcp:%s", m->address)));
	begin = e2e_now();
	e2e_mail_wait(m, (size_t)ROUNDS * MAILS, 60);
	e2e_diag("reading %d of them: %.1f ms", ROUNDS * MAILS, (e2e_now() - begin) * 1e3);
}

E2E_MAIN()
