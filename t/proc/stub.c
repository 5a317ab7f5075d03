/* Stub servers: handlers that write, read or end as they like, and the faults of the network before them. */
#include "../golden.h"

static void echoes(int fd, void *arg)
{
	char block[4096];
	(void)arg;
	for (ssize_t n; (n = read(fd, block, sizeof block)) > 0;)
		if (!e2e__system_write_whole(fd, block, (size_t)n))
			return;
}

/* What the server says until its end or n bytes; *end: 0, or the errno of a broken connection. */
static const char *hears(int fd, size_t n, int *end)
{
	static char text[256];
	size_t done = 0;
	ssize_t got = 1;
	while (done < n && (got = read(fd, text + done, n - done)) > 0)
		done += (size_t)got;
	if (end)
		*end = got < 0 ? errno : 0;
	text[done] = '\0';
	return text;
}

E2E_TEST(bytes_in_slices_and_late)
{
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", echoes, NULL);
	double begin = e2e_now();
	e2e_proxy_fault(s->proxy, E2E_TO_CLIENT, .latency = 0.2, .slice = 1);
	int fd = e2e_dial(s->endpoint);
	e2e_is_int(write(fd, "abcdef", 6), 6);
	e2e_is_str(hears(fd, 6, NULL), "abcdef");
	e2e_cmp_int((long long)((e2e_now() - begin) * 1000), ">=", 200, "no earlier");
	e2e_eventually(30, e2e_proxy_count(s->proxy).to_client == 6);
	e2e_is_str(e2e_received(s), "abcdef");
}

E2E_TEST(an_answer_that_is_cut)
{
	int end;
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", echoes, NULL);
	e2e_proxy_fault(s->proxy, E2E_TO_CLIENT, .limit = 4, .first = 1);
	int fd = e2e_dial(s->endpoint);
	e2e_is_int(write(fd, "abcdef", 6), 6);
	e2e_is_str(hears(fd, 100, &end), "abcd");
	e2e_is_int(end, 0, "in order");
	fd = e2e_dial(s->endpoint);
	e2e_is_int(write(fd, "abcdef", 6), 6);
	e2e_is_str(hears(fd, 6, &end), "abcdef", "the next one is well");
	e2e_proxy_fault(s->proxy, E2E_TO_CLIENT, .limit = 2, .reset = true);
	e2e_is_int(write(fd, "xyz", 3), 3);
	e2e_is_str(hears(fd, 100, &end), "xy");
	e2e_is_int(end, ECONNRESET);
	e2e_is_int(e2e_proxy_count(s->proxy).broken, 1);
}

E2E_TEST(what_a_fault_keeps_from_the_handler_was_not_received)
{
	int end;
	e2e_server *s = e2e_serve("unix:", echoes, NULL);
	e2e_proxy_fault(s->proxy, E2E_TO_SERVER, .limit = 3, .drop = true);
	int fd = e2e_dial(s->endpoint);
	e2e_is_int(write(fd, "abcdef", 6), 6);
	e2e_is_str(hears(fd, 3, &end), "abc");
	e2e_is_str(e2e_received(s), "abc");
	e2e_proxy_clear(s->proxy);
	fd = e2e_dial(s->endpoint);
	e2e_is_int(write(fd, "ghi", 3), 3);
	e2e_is_str(hears(fd, 3, &end), "ghi");
	e2e_is_str(e2e_received(s), "abcghi");
}

E2E_TEST(down_and_up)
{
	int end;
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", echoes, NULL);
	int fd = e2e_dial(s->endpoint);
	e2e_is_int(write(fd, "a", 1), 1);
	e2e_is_str(hears(fd, 1, &end), "a");
	e2e_proxy_fault(s->proxy, E2E_BOTH_WAYS, .down = true);
	e2e_is_str(hears(fd, 1, &end), "");
	e2e_is_int(end, ECONNRESET);
	e2e_is_int(e2e_try_dial(s->endpoint, 0.2), -1, "nobody listens");
	e2e_proxy_clear(s->proxy);
	fd = e2e_dial(s->endpoint);
	e2e_is_int(write(fd, "b", 1), 1);
	e2e_is_str(hears(fd, 1, &end), "b");
}

/* Says first what it has to say, and reads then. */
static void answers_early(int fd, void *arg)
{
	char block[65536];
	size_t left = *(const size_t *)arg;
	memset(block, 'y', sizeof block);
	if (read(fd, block, 10) <= 0)
		return;
	for (ssize_t n; left; left -= (size_t)n)
		if ((n = write(fd, block, left < sizeof block ? left : sizeof block)) <= 0)
			return;
	shutdown(fd, SHUT_WR);
	while (read(fd, block, sizeof block) > 0)
		;
}

/* A client that writes and reads at once, to the end of both. */
static void writes_and_reads(int fd, size_t size, size_t *got)
{
	static char block[65536];
	size_t left = size;
	bool said = false;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (left || !said) {
		struct pollfd p;
		p.fd = fd;
		p.events = (short)(said ? POLLOUT : left ? POLLIN | POLLOUT : POLLIN);
		poll(&p, 1, -1);
		ssize_t n = left ? write(fd, block, left < sizeof block ? left : sizeof block) : 0;
		left -= n > 0 ? (size_t)n : 0;
		if (n > 0 && !left)
			shutdown(fd, SHUT_WR);
		while ((n = read(fd, block, sizeof block)) > 0)
			*got += (size_t)n;
		said = n == 0;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			break;
	}
	e2e_is_int((long long)left, 0, "all was taken");
}

E2E_TEST(an_answer_before_the_request_is_over)
{
	static size_t size = 3000000;
	size_t got = 0;
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", answers_early, &size);
	writes_and_reads(e2e_dial(s->endpoint), size, &got);
	e2e_is_int((long long)got, (long long)size);
	e2e_eventually(60, e2e_received_size(s) == size);
}

/* Says so when the client has closed its direction, and what it knows then. */
static void sums_up(int fd, void *arg)
{
	char block[4096];
	size_t sum = 0;
	(void)arg;
	for (ssize_t n; (n = read(fd, block, sizeof block)) > 0;)
		sum += (size_t)n;
	dprintf(fd, "%zu", sum);
}

E2E_TEST(half_close)
{
	const char *kinds[] = {"tcp:127.0.0.1:0", "unix:"};
	for (int i = 0; i < 2; i++) {
		e2e_server *s = e2e_serve(kinds[i], sums_up, NULL);
		int fd = e2e_dial(s->endpoint);
		e2e_is_int(write(fd, "12345", 5), 5);
		shutdown(fd, SHUT_WR);
		e2e_is_str(hears(fd, 100, NULL), "5");
	}
}

/* Ends without having read what is there. */
static void does_not_care(int fd, void *arg)
{
	dprintf(fd, "%s", (const char *)arg);
}

E2E_TEST(a_handler_that_does_not_read)
{
	int end;
	static char much[100000];
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", does_not_care, (void *)(uintptr_t) "no");
	for (int i = 0; i < 20; i++) {
		int fd = e2e_dial(s->endpoint);
		e2e_ok(e2e__system_write_whole(fd, much, sizeof much), "it is taken");
		e2e_is_str(hears(fd, 100, &end), "no");
		e2e_is_int(end, 0, "no reset for what wasn't read");
		close(fd);
	}
	e2e_eventually(60, e2e_received_size(s) == 20 * sizeof much);
}

static void never_ends(int fd, void *arg)
{
	(void)fd;
	(void)arg;
	for (;;)
		pause();
}

E2E_TEST(a_handler_that_never_ends)
{
	e2e_server *s = e2e_serve("unix:", never_ends, NULL), *other = e2e_serve("unix:", echoes, NULL);
	int fd = e2e_dial(s->endpoint), well = e2e_dial(other->endpoint);
	e2e_is_int(write(fd, "x", 1), 1);
	close(fd);
	e2e_is_int(write(well, "x", 1), 1);
	e2e_is_str(hears(well, 1, NULL), "x");
	e2e_eventually(30, e2e_connections(s) == 1);
}

E2E_TEST(many_clients_with_much_to_say, .timeout = 120)
{
	enum { N = 200, SIZE = 20000 };
	static char much[SIZE], back[SIZE];
	int fd[N], wrong = 0;
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", echoes, NULL);
	for (int i = 0; i < N; i++)
		fd[i] = e2e_dial(s->endpoint);
	for (int i = 0; i < N; i++) {
		memset(much, 'a' + i % 26, SIZE);
		wrong += !e2e__system_write_whole(fd[i], much, SIZE);
	}
	for (int i = 0; i < N; i++) {
		memset(much, 'a' + i % 26, SIZE);
		for (size_t done = 0; done < SIZE;) {
			ssize_t n = read(fd[i], back + done, SIZE - done);
			if (n <= 0)
				break;
			done += (size_t)n;
		}
		wrong += memcmp(much, back, SIZE) != 0;
	}
	e2e_is_int(wrong, 0);
	e2e_is_int(e2e_connections(s), N);
	e2e_is_int((long long)e2e_received_size(s), (long long)N * SIZE);
}

/* A handler has the descriptors of the test. */
static void tells(int fd, void *arg)
{
	char byte;
	if (read(fd, &byte, 1) == 1 && write(*(const int *)arg, &byte, 1) == 1)
		return;
	_exit(1);
}

E2E_TEST(a_handler_speaks_to_the_test)
{
	int ends[2];
	char byte = 0;
	e2e_must(e2e_is_int(pipe(ends), 0));
	e2e_server *s = e2e_serve("unix:", tells, &ends[1]);
	e2e_is_int(write(e2e_dial(s->endpoint), "z", 1), 1);
	e2e_is_int(read(ends[0], &byte, 1), 1);
	e2e_is_int(byte, 'z');
	e2e_is_str(e2e_received(s), "z", "it was noted before the handler had it");
	close(ends[0]);
	close(ends[1]);
}

static e2e_result fails(const char *which)
{
	e2e_spawn_opts opts = {.env = E2E_ARGV(e2e_printf("TMPDIR=%s", e2e_tmpdir()), "E2E_RUN_DIR")};
	return e2e_run_with(opts, broken("stub"), "-k", which);
}

E2E_TEST(failures_tell)
{
	e2e_result r = fails("^cut$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n  stub_[0-9]+: \\|\n    tcp:127.0.0.1:[0-9]+ -> its handler: connections: 1, .*bytes to the server: 3, to the client: 2\n"
	                "    to the client: limit 2 bytes\n");
	r = fails("^unmet$");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "stub.c:[0-9]+: this fault of the proxy tcp:[^ ]* met nothing: to the client: latency 9 s");
	r = fails("^suite_(1|2)$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "connections: 2, .*\n    in this case: connections: 1, ");
}

E2E_MAIN()
