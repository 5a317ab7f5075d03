/* The fault proxy: every fault, per direction, at run time, from the first byte, for the first N connections.
 */
#include "e2e_proc.h"
#include "../golden.h"
#include <sys/resource.h>

#define TEXT "0123456789abcdefghijklmnopqrst" /* 30 bytes */

/* A server that sends back what it gets. */
static void echo(int fd, void *arg)
{
	char room[65536];
	ssize_t n, k, done;
	(void)arg;
	while ((n = read(fd, room, sizeof room)) > 0)
		for (done = 0; done < n; done += k)
			if ((k = write(fd, room + done, (size_t)(n - done))) <= 0)
				return;
}

/* What a client sees that says TEXT and reads until the end. */
struct seen {
	int dial; /* 0, or errno of connect */
	size_t bytes;
	int error; /* 0: end of file */
	double seconds;
	size_t reads, first; /* number of reads, bytes of the first one */
};

static struct seen talk(const char *endpoint)
{
	struct seen s;
	char room[256];
	double begin = e2e_now();
	ssize_t n = 0;
	int fd = e2e_try_dial(endpoint, 10);
	memset(&s, 0, sizeof s);
	if (fd < 0) {
		s.dial = errno;
		return s;
	}
	signal(SIGPIPE, SIG_IGN);
	if (write(fd, TEXT, 30) == 30)
		shutdown(fd, SHUT_WR);
	while ((n = read(fd, room, sizeof room)) > 0) {
		if (!s.reads++)
			s.first = (size_t)n;
		s.bytes += (size_t)n;
	}
	s.error = n < 0 ? errno : 0;
	s.seconds = e2e_now() - begin;
	close(fd);
	return s;
}

static e2e_proxy *echo_proxy(void)
{
	return e2e_proxy_to(e2e_serve("tcp:127.0.0.1:0", echo, NULL)->endpoint);
}

/* Is it the behaviour of a network that is well? */
static bool is_well(struct seen s, const char *when)
{
	return e2e_ok(s.dial == 0 && s.bytes == 30 && s.error == 0, "%s: 30 bytes and the end", when);
}

E2E_TEST(passes_bytes_both_ways)
{
	e2e_proxy *px = echo_proxy();
	e2e_proxy_counts c;
	is_well(talk(px->endpoint), "without faults");
	e2e_cmp_int(px->port, ">", 0);
	e2e_is_str(px->address, e2e_printf("127.0.0.1:%d", px->port));
	e2e_eventually(30, e2e_proxy_count(px).open == 0);
	c = e2e_proxy_count(px);
	e2e_is_int(c.accepted, 1);
	e2e_is_int(c.to_server, 30);
	e2e_is_int(c.to_client, 30);
	e2e_is_int(c.broken + c.refused, 0);
}

E2E_TEST(passes_a_unix_socket)
{
	e2e_proxy *px = e2e_proxy_to(e2e_serve("unix:", echo, NULL)->endpoint);
	is_well(talk(px->endpoint), "unix");
	e2e_is_int(px->port, -1);
	e2e_like(px->endpoint, "^unix:/");
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .down = true);
	e2e_isnt_int(talk(px->endpoint).dial, 0);
	e2e_proxy_clear(px);
	is_well(talk(px->endpoint), "up again");
}

E2E_TEST(listens_where_it_is_told)
{
	e2e_server *server = e2e_serve("unix:", echo, NULL);
	e2e_proxy *px = e2e_proxy_between("tcp:127.0.0.1:0", server->endpoint);
	e2e_like(px->endpoint, "^tcp:127\\.0\\.0\\.1:[0-9]+$");
	is_well(talk(px->endpoint), "tcp in front of unix");
}

E2E_TEST(large_amounts_arrive_whole)
{
	enum { SIZE = 8 << 20 };
	e2e_proxy *px = echo_proxy();
	char *sent = (char *)malloc(SIZE), *got = (char *)malloc(SIZE);
	size_t i, in = 0, out = 0;
	int fd = e2e_dial(px->endpoint);
	for (i = 0; i < SIZE; i++)
		sent[i] = (char)(i * 2654435761u >> 13);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (in < SIZE) { /* one process writes and reads: full windows everywhere */
		ssize_t n = out < SIZE ? write(fd, sent + out, SIZE - out) : 0;
		if (n > 0)
			out += (size_t)n;
		n = read(fd, got + in, SIZE - in);
		if (n > 0)
			in += (size_t)n;
		else if (n == 0)
			break;
	}
	e2e_is_int(in, SIZE);
	e2e_ok(memcmp(sent, got, SIZE) == 0, "the same bytes");
	e2e_is_int(e2e_proxy_count(px).to_client, SIZE);
	free(sent);
	free(got);
}

E2E_TEST(latency_and_jitter)
{
	e2e_proxy *px = echo_proxy();
	struct seen s;
	e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 0.15);
	s = talk(px->endpoint);
	is_well(s, "slow");
	e2e_ok(s.seconds >= 0.149, "one way: at least 0.15 s (%g)", s.seconds);
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .latency = 0.1, .jitter = 0.02);
	s = talk(px->endpoint);
	is_well(s, "with jitter");
	e2e_ok(s.seconds >= 0.159, "both ways: at least 2 x 0.08 s (%g)", s.seconds);
}

E2E_TEST(bandwidth)
{
	e2e_proxy *px = echo_proxy();
	struct seen s;
	e2e_proxy_fault(px, E2E_TO_SERVER, .bandwidth = 200);
	s = talk(px->endpoint);
	is_well(s, "200 bytes/s");
	e2e_ok(s.seconds >= 0.149, "30 bytes take at least 0.15 s (%g)", s.seconds);
}

E2E_TEST(slices)
{
	e2e_proxy *px = echo_proxy();
	struct seen s;
	e2e_proxy_fault(px, E2E_TO_CLIENT, .slice = 1, .pause = 0.02);
	s = talk(px->endpoint);
	is_well(s, "bytewise");
	e2e_is_int(s.first, 1, "the first read gets one byte");
	e2e_cmp_int(s.reads, ">", 1);
	e2e_ok(s.seconds >= 29 * 0.0199, "29 pauses (%g s)", s.seconds);
}

E2E_TEST(limit_closes_in_order)
{
	e2e_proxy *px = echo_proxy();
	struct seen s;
	e2e_proxy_fault(px, E2E_TO_CLIENT, .limit = 7);
	s = talk(px->endpoint);
	e2e_is_int(s.bytes, 7);
	e2e_is_int(s.error, 0, "end of file");
	e2e_proxy_fault(px, E2E_TO_CLIENT, .limit = -1);
	s = talk(px->endpoint);
	e2e_is_int(s.bytes, 0, "nothing at all passes with -1");
	e2e_proxy_fault(px, E2E_TO_CLIENT, .limit = 30);
	e2e_is_int(talk(px->endpoint).bytes, 30, "just at the limit");
}

E2E_TEST(reset_breaks_the_connection)
{
	e2e_proxy *px = echo_proxy();
	struct seen s;
	char c;
	int fd;
	e2e_proxy_fault(px, E2E_TO_CLIENT, .reset = true, .limit = 7);
	s = talk(px->endpoint);
	e2e_is_int(s.bytes, 7, "what came before arrives");
	e2e_is_int(s.error, ECONNRESET);
	e2e_proxy_fault(px, E2E_TO_SERVER, .reset = true);
	s = talk(px->endpoint);
	e2e_is_int(s.bytes, 0);
	e2e_is_int(e2e_proxy_count(px).broken, 2);
	e2e_is_int(e2e_proxy_count(px).to_server, 30, "nothing of the second reached the server");
	fd = e2e_dial(px->endpoint);
	e2e_is_int(read(fd, &c, 1), -1, "a client that is silent sees it too");
	e2e_is_int(errno, ECONNRESET);
}

E2E_TEST(drop_swallows_and_stays)
{
	e2e_server *server = e2e_serve("tcp:127.0.0.1:0", echo, NULL);
	e2e_proxy *px = e2e_proxy_to(server->endpoint);
	struct pollfd p;
	char room[64];
	e2e_proxy_fault(px, E2E_TO_SERVER, .drop = true, .limit = 5);
	p.fd = e2e_dial(px->endpoint);
	p.events = POLLIN;
	e2e_is_int(write(p.fd, TEXT, 30), 30);
	e2e_must(e2e_eventually(30, e2e_proxy_count(px).to_client == 5));
	e2e_is_int(read(p.fd, room, sizeof room), 5);
	shutdown(p.fd, SHUT_WR); /* the end vanishes, too */
	e2e_is_int(poll(&p, 1, 100), 0, "no byte and no end");
	e2e_is_str(e2e_received(server), "01234");
}

E2E_TEST(slow_close)
{
	e2e_proxy *px = echo_proxy();
	struct seen s;
	e2e_proxy_fault(px, E2E_TO_CLIENT, .slow_close = 0.2);
	s = talk(px->endpoint);
	is_well(s, "late end");
	e2e_ok(s.seconds >= 0.199, "the end is late (%g s)", s.seconds);
}

E2E_TEST(down_refuses_and_breaks)
{
	e2e_proxy *px = echo_proxy();
	int fd = e2e_dial(px->endpoint);
	char c = 'x';
	e2e_is_int(write(fd, &c, 1), 1);
	e2e_is_int(read(fd, &c, 1), 1);
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .down = true);
	e2e_is_int(read(fd, &c, 1), -1);
	e2e_is_int(errno, ECONNRESET, "open connections break");
	e2e_is_int(talk(px->endpoint).dial, ECONNREFUSED);
	e2e_is_int(talk(px->endpoint).dial, ECONNREFUSED);
	e2e_proxy_clear(px);
	is_well(talk(px->endpoint), "up again");
}

E2E_TEST(the_first_connections)
{
	e2e_proxy *px = echo_proxy();
	int i;
	e2e_proxy_fault(px, E2E_TO_CLIENT, .reset = true, .first = 2);
	for (i = 0; i < 2; i++)
		e2e_is_int(talk(px->endpoint).bytes, 0);
	for (i = 0; i < 3; i++)
		is_well(talk(px->endpoint), "after the first two");
	e2e_is_int(e2e_proxy_count(px).broken, 2);
}

E2E_TEST(changes_at_run_time)
{
	e2e_proxy *px = echo_proxy();
	int fd = e2e_dial(px->endpoint);
	char c = 'a';
	double begin;
	e2e_is_int(write(fd, &c, 1), 1);
	e2e_is_int(read(fd, &c, 1), 1, "well at first");
	e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 60);
	e2e_is_int(write(fd, &c, 1), 1);
	e2e_must(e2e_eventually(30, e2e_proxy_count(px).to_server == 2));
	begin = e2e_now();
	e2e_proxy_clear(px);
	e2e_is_int(read(fd, &c, 1), 1, "what waited leaves when the fault ends");
	e2e_ok(e2e_now() - begin < 50);
	e2e_proxy_fault(px, E2E_TO_CLIENT, .reset = true);
	e2e_is_int(read(fd, &c, 1), -1, "a fault meets open connections too");
}

E2E_TEST(directions_are_independent)
{
	e2e_proxy *px = echo_proxy();
	struct seen s;
	e2e_proxy_fault(px, E2E_TO_SERVER, .latency = 0.1);
	e2e_proxy_fault(px, E2E_TO_CLIENT, .limit = 3);
	s = talk(px->endpoint);
	e2e_is_int(s.bytes, 3);
	e2e_ok(s.seconds >= 0.099);
}

E2E_TEST(upstream_refused)
{
	int port = e2e_port();
	e2e_proxy *px = e2e_proxy_to(e2e_printf("tcp:127.0.0.1:%d", port));
	e2e_is_int(talk(px->endpoint).bytes, 0);
	e2e_eventually(30, e2e_proxy_count(px).refused == 1);
	/* the server may come later */
	e2e_serve(e2e_printf("tcp:127.0.0.1:%d", port), echo, NULL);
	is_well(talk(px->endpoint), "once it listens");
}

E2E_TEST(client_resets)
{
	e2e_proxy *px = echo_proxy();
	struct linger l = {1, 0};
	int i;
	for (i = 0; i < 20; i++) {
		int fd = e2e_dial(px->endpoint);
		e2e_is_int(write(fd, TEXT, 30), 30);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
		close(fd);
	}
	e2e_eventually(30, e2e_proxy_count(px).open == 0);
	is_well(talk(px->endpoint), "the next client");
}

/* DESIGN: budgets in practice. */
E2E_TEST(many_connections_at_once)
{
	enum { N = 200 };
	static int fd[N];
	e2e_proxy *px = echo_proxy();
	char c;
	int i, good = 0;
	for (i = 0; i < N; i++)
		fd[i] = e2e_dial(px->endpoint);
	for (i = 0; i < N; i++)
		good += write(fd[i], "x", 1) == 1;
	for (i = 0; i < N; i++)
		good += read(fd[i], &c, 1) == 1;
	e2e_is_int(good, 2 * N);
	e2e_is_int(e2e_proxy_count(px).open, N);
	for (i = 0; i < N; i++)
		close(fd[i]);
	e2e_eventually(30, e2e_proxy_count(px).open == 0);
}

/* A proxy without descriptors lets clients wait, spins nowhere and recovers. */
E2E_TEST(out_of_descriptors)
{
	enum { N = 60 };
	struct rlimit old, few;
	struct rusage before, after;
	e2e_server *server = e2e_serve("tcp:127.0.0.1:0", echo, NULL);
	e2e_proxy *px;
	int fd[N], i;
	e2e_must(e2e_is_int(getrlimit(RLIMIT_NOFILE, &old), 0));
	few = old;
	few.rlim_cur = 40;
	setrlimit(RLIMIT_NOFILE, &few); /* the proxy inherits it */
	px = e2e_proxy_to(server->endpoint);
	setrlimit(RLIMIT_NOFILE, &old);
	for (i = 0; i < N; i++)
		fd[i] = e2e_dial(px->endpoint);
	usleep(200000);
	e2e_cmp_int(e2e_proxy_count(px).accepted, "<", N);
	for (i = 0; i < N; i++)
		close(fd[i]);
	e2e_eventually(30, e2e_proxy_count(px).open == 0 && e2e_proxy_count(px).accepted == N);
	is_well(talk(px->endpoint), "once there are descriptors again");
	getrusage(RUSAGE_CHILDREN, &before);
	e2e__end_process(px->self->helper.proc);
	getrusage(RUSAGE_CHILDREN, &after);
	e2e_cmp_int(after.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_utime.tv_sec -
			before.ru_stime.tv_sec,
		    "<", 1, "seconds of the processor that it used");
}

E2E_TEST(opens_and_closes_without_growing)
{
	e2e_proxy *px = echo_proxy();
	int i, good = 0;
	e2e_growth(65536)
	{
		for (i = 0; i < 200; i++)
			good += talk(px->endpoint).bytes == 30;
	}
	e2e_is_int(good, 200);
}

/* Runs one case of t/proc/broken/net.c. */
static e2e_result run_broken(const char *name)
{
	return e2e_run(broken("net"), "-k", name);
}

E2E_TEST(mistakes_are_said)
{
	e2e_result r = run_broken("proxy_bad_endpoint");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "no proxy for .*nonsense");
	e2e_like(r.out, "t/proc/broken/net.c:[0-9]+");
	r = run_broken("proxy_down_first");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "hint: .*use \\.reset");
	r = run_broken("proxy_negative");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "negative");
}

E2E_TEST(a_failed_case_tells_what_passed)
{
	e2e_result r = run_broken("proxy_explains");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "proxy_[0-9]+:");
	e2e_like(r.out, "connections: 1, refused by the server: 1 \\(Connection refused\\)");
	e2e_like(r.out, "to the client: latency 0.01 s");
}

/* A question, its answer, and what goes to and fro behind them. */
E2E_TEST(bursts_are_told)
{
	const char *out = run_broken("^proxy_bursts$").out;

	e2e_like(out, "line \\| connection 7: accepted\n");
	e2e_like(out, " line \\| connection 7: 1 byte to the server\n"
		"[^\n]* line \\| connection 7: 10 bytes to the client\n"
		"[^\n]* line \\| connection 7: 70 bytes to the server, 40 to the client, by 9 turns\n"
		"[^\n]* line \\| connection 7: 2 bytes to the server\n");
	e2e_like(out, "line \\| connection 7: closed; 73 bytes to the server, 50 to the client\n");
}

E2E_TEST(a_fault_both_ways_is_told_once)
{
	const char *out = run_broken("^proxy_goes_down$").out;

	e2e_like(out, " \\| set both ways: down\n");
	e2e_like(out, " ! connection 1: broken by the fault; 0 bytes to the server, 0 to the client\n");
	e2e_like(out, " \\| no fault both ways\n");
	e2e_like(out, " \\| set to the server: limit 5 bytes\n");
	e2e_unlike(out, "set to the [a-z]*: down|no fault to the ");
}

#ifdef E2E__LINUX /* elsewhere nobody tells */
E2E_TEST(a_connection_is_told_with_its_peer)
{
	const char *mine = e2e_printf("TMPDIR=%s", e2e_tmpdir());
	const char *out = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(mine, "E2E_RUN_DIR")}, broken("net"), "-k", "^proxy_peers$").out;
	const char *story = e2e_run("sh", "-c", "cat \"$1\"/e2e-net.bin.proxy_peers-*/story.jsonl", "sh", e2e_tmpdir()).out;

	e2e_like(out, "not ok [0-9]+ - on purpose\n");
	e2e_like(story, "\"lane\":\"proxy:[0-9]+\",[^\n]*\"connection 1: accepted from test \\(pid [0-9]+\\)\"");
	e2e_like(story, "\"lane\":\"proxy:[0-9]+\",[^\n]*\"connection 2: accepted from process_calls \\(pid [0-9]+\\)\"");
	e2e_like(story, "\"lane\":\"proxy:[0-9]+\",[^\n]*\"connection 3: accepted from child_calls \\(pid [0-9]+\\)\"");
	e2e_like(story, "\"lane\":\"proxy\",[^\n]*\"connection 1: accepted from test \\(pid [0-9]+\\)\"");
	e2e_like(story, "\"lane\":\"proxy\",[^\n]*\"connection 2: accepted from process_calls-1 \\(pid [0-9]+\\)\"");
	e2e_like(story, "\"lane\":\"proxy\",[^\n]*\"connection 3: accepted from child_calls-1 \\(pid [0-9]+\\)\"");
	e2e_like(story, "\"connection 4: accepted from proxy \\(pid [0-9]+\\)\"", "a proxy of a socket in a folder comes to the next one");
	e2e_like(story, "\"lane\":\"server\",[^\n]*\"connection [0-9]: accepted from proxy:[0-9]+ \\(pid [0-9]+\\)\"");
}
#endif

E2E_TEST(a_proxy_that_dies_is_reported)
{
	e2e_result r = run_broken("proxy_killed");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "fault-proxy");
	e2e_like(r.out, "SIGKILL");
}

/* The last resort where no signal comes and nobody looks: the pair's end of file. */
E2E_TEST(a_proxy_sees_that_its_case_is_gone)
{
	struct e2e__helper *h = &e2e_proxy_to("tcp:127.0.0.1:1")->self->helper;
	siginfo_t info;
	close(h->line);
	memset(&info, 0, sizeof info);
	for (int i = 0; i < 1000 && info.si_pid == 0; i++) { /* e2e_eventually would mind the exit */
		waitid(P_PID, (id_t)h->proc->pid, &info, WEXITED | WNOHANG | WNOWAIT);
		usleep(10000);
	}
	e2e_is_int(info.si_code, CLD_EXITED);
	h->line = -1;
}

/* Does it run no more? A zombie that waits for whoever inherited it doesn't. */
static bool is_gone(long pid)
{
	char *stat = e2e__file_read(e2e_printf("/proc/%ld/stat", pid), NULL);
	return stat ? strstr(stat, ") Z ") != NULL : kill((pid_t)pid, 0) != 0;
}

/* Killed by SIGKILL, the test leaves no proxy behind. */
E2E_TEST(nothing_survives)
{
	e2e_proc *test = e2e_spawn(broken("net"), "-k", "proxy_sleeps", "--timeout", "100");
	long pid;
	e2e_must(e2e_ready(test, E2E_LINE("helper ([0-9]+)")));
	pid = (long)e2e_capture_int(test, 1);
	e2e_is_int(kill((pid_t)pid, 0), 0, "the proxy runs");
	e2e_signal(test, SIGKILL);
	e2e_wait(test, E2E_SIG(SIGKILL));
	e2e_eventually(30, is_gone(pid));
}

E2E_MAIN()
