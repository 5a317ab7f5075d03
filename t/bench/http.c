/* The HTTP stub beside Python's http.server, made to keep connections and to send at once, and beside a loop that only polls,
 * reads and writes, which no server can be quicker than; all are asked over a bare socket. The same Python server as
 * "python3 -m http.server" starts it, asked by libcurl as the stub is. The HTTP client beside bare libcurl, both at the stub.
 *
 * Usage: http [requests]
 * Prints medians of five rounds, and ratios; what a server's processor does is not hurt by a busy machine. */
#define E2E_CURL
#include "../../e2e_proc.h"

enum { ROUNDS = 5 };

static int requests = 2000;
static CURL *curl;
static e2e_session *session;

static size_t take(char *bytes, size_t size, size_t n, void *to)
{
	(void)bytes;
	*(size_t *)to += size * n;
	return size * n;
}

/* Microseconds a request. */
static double round_of(void (*ask)(const char *), const char *url)
{
	double begin = e2e_now();

	for (int i = 0; i < requests; i++)
		ask(url);
	return (e2e_now() - begin) / requests * 1e6;
}

/* A client that costs next to nothing, for the servers. */
static int line = -1;

static void plain(const char *address)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
	char answer[1024];
	size_t n = 0;

	(void)address;
	if (write(line, request, sizeof request - 1) != (ssize_t)sizeof request - 1)
		e2e_bail_out("the server has left");
	do {
		ssize_t got = read(line, answer + n, sizeof answer - n);

		if (got <= 0)
			e2e_bail_out("the server has left");
		n += (size_t)got;
	} while (n < 5 || memcmp(answer + n - 5, "hello", 5) != 0);
}

/* Microseconds of a processor that a process has had. */
static double work_of(pid_t pid)
{
	const char *text = e2e__file_read(e2e_printf("/proc/%ld/schedstat", (long)pid), NULL);

	return text ? strtod(text, NULL) / 1e3 : 0;
}

/* A server: where it is, and what a request to it costs in each round. */
struct server {
	int port;
	pid_t pid;
	double us[ROUNDS], work[ROUNDS];
};

static void serve(struct server *s, int i)
{
	double work = work_of(s->pid);

	if (!s->port)
		return;
	line = e2e_dial(e2e_printf("tcp:127.0.0.1:%d", s->port));
	s->us[i] = round_of(plain, NULL);
	s->work[i] = (work_of(s->pid) - work) / requests;
	close(line);
}

/* One client after another; polls as whoever serves many has to. */
static void loop(int listener)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
	char request[1024];
	struct pollfd p[2] = {{listener, POLLIN, 0}, {-1, POLLIN, 0}};

	for (;;) {
		if (poll(p, 2, -1) <= 0)
			_exit(0);
		if (p[0].revents)
			p[1].fd = accept(listener, NULL, NULL);
		else if (recv(p[1].fd, request, sizeof request, 0) > 0)
			send(p[1].fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
		else {
			close(p[1].fd);
			p[1].fd = -1;
		}
	}
}

static void bare(const char *url)
{
	size_t got = 0;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &got);
	if (curl_easy_perform(curl) != CURLE_OK || got != 5)
		e2e_bail_out("libcurl got %zu bytes from %s", got, url);
}

static void by_e2e(const char *url)
{
	e2e_http_reply r = e2e_http(session, "GET", url);

	if (r.status != 200 || r.body_size != 5)
		e2e_bail_out("e2e_http: %d, %zu bytes", r.status, r.body_size);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof *v, by_value);
	return v[ROUNDS / 2];
}

static void tell(const char *name, struct server *s, double us, double work)
{
	double own = s->port ? median(s->us) : 0, own_work = median(s->work);

	if (own > 0)
		e2e_diag("%s: %.0f requests a second, %.1f us of a processor each; the stub %.2fx, and %.1fx by the processor",
			 name, 1e6 / own, own_work, own / us, own_work / work);
}

/* As it comes it waits 40 ms for each acknowledgement: without Nagle's algorithm it is at its best. */
static const char python[] = "import http.server as h\n"
			     "class H(h.BaseHTTPRequestHandler):\n"
			     "    protocol_version = 'HTTP/1.1'\n"
			     "    disable_nagle_algorithm = True\n"
			     "    def do_GET(self):\n"
			     "        self.send_response(200)\n"
			     "        self.send_header('Content-Length', '5')\n"
			     "        self.end_headers()\n"
			     "        self.wfile.write(b'hello')\n"
			     "s = h.HTTPServer(('127.0.0.1', 0), H)\n"
			     "print('port', s.server_port, flush=True)\n"
			     "s.serve_forever()\n";

/* Microseconds that libcurl needs for a request to the server as it comes: it ends each connection. */
static double of_python_m(void)
{
	const char *folder = e2e_tmpdir(), *url;
	FILE *f = fopen(e2e_printf("%s/hello", folder), "w");

	if (!f || fputs("hello", f) < 0 || fclose(f))
		e2e_bail_out("no file to serve");
	e2e_proc *p = e2e_spawn("python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, "0");
	e2e_ready(p, E2E_LINE("port ([0-9]+)"));
	url = e2e_printf("http://127.0.0.1:%s/hello", e2e_capture(p, 1));
	double us = round_of(bare, url);
	e2e_kill(p);
	return us;
}

E2E_TEST(http, .timeout = 300)
{
	double by_e2e_us[ROUNDS], bare_us[ROUNDS];
	struct server stubs, pythons, loops;
	e2e_http_stub *stub = e2e_http_stub_open();
	const char *url = e2e_printf("%s/", stub->url);
	int listener = e2e_listen("tcp:127.0.0.1:0");
	e2e_proc *p = NULL;

	memset(&stubs, 0, sizeof stubs);
	pythons = loops = stubs;
	e2e_proc_timeout(100);
	e2e_http_answer(stub, "GET /", 200, "text/plain", "hello");
	stubs.port = stub->port;
	stubs.pid = stub->self->helper.proc->pid;
	curl = curl_easy_init();
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	session = e2e_session_open();
	if (e2e__file_which("python3")) {
		p = e2e_spawn("python3", "-c", python);
		e2e_ready(p, E2E_LINE("^port ([0-9]+)"));
		pythons.port = atoi(e2e_capture(p, 1));
		pythons.pid = p->pid;
	}
	loops.port = e2e_endpoint_port(e2e_endpoint(listener));
	loops.pid = fork();
	if (loops.pid == 0)
		loop(listener);
	for (int i = 0; i < ROUNDS; i++) { /* in turn, so that a busy machine hurts all alike */
		bare_us[i] = round_of(bare, url);
		by_e2e_us[i] = round_of(by_e2e, url);
		serve(&stubs, i);
		serve(&pythons, i);
		serve(&loops, i);
	}
	double us = median(stubs.us), work = median(stubs.work), by_curl = median(bare_us), cost = median(by_e2e_us);
	e2e_diag("the stub: %.0f requests a second, %.1f us of a processor each", 1e6 / us, work);
	tell("Python's http.server", &pythons, us, work);
	tell("a loop that answers everything", &loops, us, work);
	if (p) {
		double as_it_comes = of_python_m();
		e2e_diag("by libcurl: the stub %.0f requests a second, python3 -m http.server %.0f; the stub %.1fx",
			 1e6 / by_curl, 1e6 / as_it_comes, as_it_comes / by_curl);
	}
	e2e_diag("a request of libcurl %.0f us, of e2e_http %.0f us (%.2fx)", by_curl, cost, cost / by_curl);
	e2e_pass();
	kill(loops.pid, SIGKILL);
	waitpid(loops.pid, NULL, 0);
	curl_easy_cleanup(curl);
	if (p)
		e2e_kill(p);
}

E2E_MAIN()
