/* The HTTP stub beside Python's http.server, asked over a bare socket; the HTTP client beside bare libcurl, both at the stub.
 *
 * Usage: http [requests]
 * Prints medians of five rounds, and ratios. */
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

static double served(const char *address)
{
	double us;

	line = e2e_dial(e2e_printf("tcp:127.0.0.1:%s", strrchr(address, ':') + 1));
	us = round_of(plain, address);
	close(line);
	return us;
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

E2E_TEST(http, .timeout = 300)
{
	double us[4][ROUNDS], cost[4];
	e2e_http_stub *stub = e2e_http_stub_open();
	const char *url = e2e_printf("%s/", stub->url), *peer = NULL;

	e2e_proc *p = NULL;

	e2e_proc_timeout(100);
	e2e_http_answer(stub, "GET /", 200, "text/plain", "hello");
	curl = curl_easy_init();
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	session = e2e_session_open();
	if (e2e__file_which("python3")) {
		p = e2e_spawn("python3", "-c", python);
		e2e_ready(p, E2E_LINE("^port ([0-9]+)"));
		peer = e2e_printf(":%s", e2e_capture(p, 1));
	}
	for (int i = 0; i < ROUNDS; i++) { /* in turn, so that a busy machine hurts all alike */
		us[0][i] = round_of(bare, url);
		us[1][i] = round_of(by_e2e, url);
		us[2][i] = served(e2e_printf(":%d", stub->port));
		us[3][i] = peer ? served(peer) : 0;
	}
	for (int k = 0; k < 4; k++)
		cost[k] = median(us[k]);
	e2e_diag("the stub: %.0f requests a second", 1e6 / cost[2]);
	if (peer)
		e2e_diag("Python's http.server: %.0f, the stub %.1fx", 1e6 / cost[3], cost[3] / cost[2]);
	e2e_diag("a request of libcurl %.0f us, of e2e_http %.0f us (%.2fx)", cost[0], cost[1], cost[1] / cost[0]);
	e2e_pass();
	if (p)
		e2e_kill(p);
}

E2E_MAIN()
