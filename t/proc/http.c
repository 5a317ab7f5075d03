/* The HTTP stub: a real client, connections of one's own, faults, hostile input. */
/* e2e: openssl */
#define E2E_OPENSSL
#include "e2e_proc.h"
#include "../golden.h"

#define curl(...) e2e_run("curl", "-sS", "--max-time", "60", __VA_ARGS__)

static const char *at(const e2e_http_stub *s, const char *path)
{
	return e2e_printf("%s%s", s->url, path);
}

/* Says a text and returns all that comes until the stub closes, or until `end` has come. */
static const char *say(int fd, const char *text, size_t size, const char *end)
{
	static char room[400000];
	size_t n = 0;
	room[0] = 0;
	for (size_t done = 0; done < size;) {
		ssize_t k = write(fd, text + done, size - done);
		if (k < 0)
			break;
		done += (size_t)k;
	}
	while (!end || !strstr(room, end)) {
		ssize_t k = read(fd, room + n, sizeof room - 1 - n);
		if (k <= 0)
			break;
		n += (size_t)k;
		room[n] = 0;
	}
	return room;
}

E2E_TEST(answers_and_keeps_requests)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "GET /items/*", 200, "application/json", "{\"id\": 7}");
	e2e_http_answer(s, "POST /items", 201, NULL, NULL);
	e2e_result r = curl("-i", at(s, "/items/7?full=1"));
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "^HTTP/1.1 200 OK\r\n");
	e2e_like(r.out, "\r\nContent-Type: application/json\r\n");
	e2e_like(r.out, "\r\n\r\n.\"id\": 7.$");
	e2e_is_int(s->count, 1);
	e2e_is_str(s->request[0].method, "GET");
	e2e_is_str(s->request[0].path, "/items/7");
	e2e_is_str(s->request[0].query, "full=1");
	e2e_is_str(s->request[0].version, "HTTP/1.1");
	e2e_is_str(s->request[0].route, "GET /items/*");
	e2e_is_int(s->request[0].status, 200);
	e2e_is_str(e2e_http_request_header(&s->request[0], "host"), e2e_printf("127.0.0.1:%d", s->port));
	e2e_ok(!e2e_http_request_header(&s->request[0], "hos"));

	r = curl("-d", "a=1&b=2", "-o", "-", "-w", "%{http_code}", at(s, "/items"));
	e2e_is_str(r.out, "201");
	e2e_is_str(s->request[1].method, "POST");
	e2e_is_str(s->request[1].body, "a=1&b=2");
	e2e_is_int(s->request[1].body_size, 7);
	e2e_ok(!s->request[2].method);
	e2e_http_wait(s, 2);
}

E2E_TEST(no_route_says_which_there_are)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_like(curl("-i", at(s, "/")).out, "404 Not Found.*there is none");
	e2e_http_answer(s, "GET /a", 200, NULL, "A");
	const char *out = curl("-X", "PUT", at(s, "/a")).out;
	e2e_like(out, "answers PUT /a\n");
	e2e_like(out, "route: GET /a\n");
	e2e_ok(!s->request[1].route);
}

E2E_TEST(routes)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "* /any", 200, NULL, "any");
	e2e_http_answer(s, "GET /*", 200, NULL, "star");
	e2e_http_answer(s, "GET /find?q=a*", 200, NULL, "query");
	e2e_http_answer(s, "GET /x", 200, NULL, "old");
	e2e_http_answer(s, "GET /x", 200, NULL, "new");
	e2e_is_str(curl("-X", "DELETE", at(s, "/any")).out, "any");
	e2e_is_str(curl(at(s, "/any")).out, "star");
	e2e_is_str(curl(at(s, "/find?q=abc")).out, "query");
	e2e_is_str(curl(at(s, "/find?q=b")).out, "star");
	e2e_is_str(curl(at(s, "/x")).out, "new");
	e2e_result r = curl("-I", at(s, "/x"));
	e2e_like(r.out, "Content-Length: 3\r\n\r\n$");
	e2e_is_str(s->request[5].method, "HEAD");
}

E2E_TEST(headers_chunks_and_closing)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer_with(s, "GET /old", .status = 302, .header = E2E_ARGV("Location: /new", "Set-Cookie: id=7"));
	e2e_http_answer_with(s, "GET /new", .body = "there", .chunked = true, .close = true);
	e2e_result r = curl("-L", "-i", at(s, "/old"));
	e2e_like(r.out, "302 Found\r\nLocation: /new\r\nSet-Cookie: id=7\r\nContent-Length: 0\r\n\r\n");
	e2e_like(r.out, "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nthere$");
	e2e_is_int(s->request[1].connection, 1);
}

E2E_TEST(large_bodies_both_ways)
{
	e2e_http_stub *s = e2e_http_stub_open();
	const char *big_path = e2e_printf("%s/big", e2e_tmpdir());
	const char *got_path = e2e_printf("%s/got", e2e_tmpdir());
	size_t n = 3000000;
	char *big = (char *)malloc(n + 1);
	for (size_t i = 0; i < n; i++)
		big[i] = "0123456789abcdef"[(i * 7 + i / 1000) % 16];
	big[n] = 0;
	FILE *f = fopen(big_path, "w");
	e2e_ok(f && fwrite(big, 1, n, f) == n && fclose(f) == 0);
	e2e_http_answer_with(s, "GET /big", .body = big, .size = n, .chunked = true);
	e2e_http_answer(s, "POST /big", 200, NULL, "thanks");
	e2e_is_int(curl("-o", got_path, at(s, "/big")).status, 0);
	e2e_is_int(e2e_run("cmp", big_path, got_path).status, 0);
	e2e_is_str(curl("-T", big_path, "-X", "POST", at(s, "/big")).out, "thanks");
	e2e_is_str(curl("-T", big_path, "-X", "POST", "-H", "Transfer-Encoding: chunked", at(s, "/big")).out, "thanks");
	for (int i = 1; i < 3; i++) {
		e2e_is_int(s->request[i].body_size, n);
		e2e_ok(memcmp(s->request[i].body, big, n + 1) == 0);
	}
	free(big);
}

E2E_TEST(keep_alive_and_pipelining)
{
	static const char text[] = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n\r\nPOST /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
				   "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\nGET /3 HTTP/1.1\nHost:y\nX: \t z \n\n"
				   "GET /4 HTTP/1.0\r\n\r\n";
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "* *", 200, NULL, "ok");
	const char *got = say(e2e_dial(s->endpoint), text, sizeof text - 1, NULL);
	e2e_is_int(s->count, 4);
	e2e_is_str(s->request[1].body, "abcde");
	e2e_is_str(e2e_http_request_header(&s->request[2], "host"), "y", "lines may end in a newline alone");
	e2e_is_str(e2e_http_request_header(&s->request[2], "x"), "z");
	e2e_like(got, "ok.*ok.*ok.*Connection: close\r\n\r\nok$");

	/* byte by byte */
	int fd = e2e_dial(s->endpoint);
	for (size_t i = 0; i < sizeof text - 1; i++)
		if (write(fd, text + i, 1) != 1)
			e2e_fail("write");
	say(fd, "", 0, NULL);
	e2e_is_int(s->count, 8);
	e2e_is_str(s->request[5].body, "abcde");
	e2e_is_str(s->request[6].path, "/3");
	e2e_is_str(s->request[7].path, "/4");
	e2e_is_int(s->request[7].connection, 2);
}

static void counter(const e2e_http_request *q, e2e_http_response *a, void *arg)
{
	static int n;
	static char text[100];
	const char *const *words = (const char *const *)arg;
	snprintf(text, sizeof text, "%s %d: %s", words[0], ++n, q->body);
	a->status = 202;
	a->type = "text/plain";
	a->body = text;
}

E2E_TEST(a_handler_answers)
{
	static const char *const words[] = {"visit"};
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_handle(s, "POST /visit", counter, (void *)(size_t)words);
	e2e_is_str(curl("-d", "x", at(s, "/visit")).out, "visit 1: x");
	e2e_is_str(curl("-d", "y", "-w", " %{http_code}", at(s, "/visit")).out, "visit 2: y 202");
}

E2E_TEST(faults)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "GET /", 200, NULL, "0123456789");
	e2e_http_fault(s, "GET /", .status = 503, .first = 1);
	e2e_is_str(curl("-w", "%{http_code}", at(s, "/")).out, "503");
	e2e_is_str(curl(at(s, "/")).out, "0123456789");
	e2e_http_fault(s, "GET /", .truncate = 4);
	e2e_result r = curl(at(s, "/"));
	e2e_is_int(r.status, 18);
	e2e_is_str(r.out, "0123");
	e2e_http_fault(s, "GET /", .drop = true);
	e2e_is_int(curl(at(s, "/")).status, 52);
	e2e_is_int(s->request[3].status, 0);
	e2e_http_fault(s, "GET /", .reset = true);
	e2e_is_int(curl(at(s, "/")).status, 56);
	e2e_http_fault(s, "GET /", .stall = true);
	e2e_is_int(e2e_run("curl", "-sS", "--max-time", "0.2", at(s, "/")).status, 28);
	e2e_http_fault(s, "GET /", .delay = 0.2);
	double before = e2e_now();
	e2e_is_str(curl(at(s, "/")).out, "0123456789");
	e2e_ok(e2e_now() - before >= 0.2);
	e2e_http_fault(s, "GET /", .first = 0);
	e2e_is_str(curl(at(s, "/")).out, "0123456789");
}

E2E_TEST(a_proxy_before_it)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_proxy *px = e2e_proxy_to(s->endpoint);
	e2e_http_answer(s, "GET /", 200, NULL, "0123456789");
	e2e_proxy_fault(px, E2E_TO_CLIENT, .limit = 44);
	e2e_result r = curl(e2e_printf("http://127.0.0.1:%d/", px->port));
	e2e_ok(r.status != 0);
	e2e_is_str(s->request[0].path, "/");
}

E2E_TEST(tls)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "GET /", 200, NULL, "secret");
	e2e_is_str(curl("--cacert", s->ca, e2e_printf("%s/", s->https_url)).out, "secret");
	e2e_is_int(curl(e2e_printf("%s/", s->https_url)).status, 60);
	e2e_is_int(s->count, 1);
	e2e_http_fault(s, "GET /", .truncate = 3);
	e2e_is_str(curl("--cacert", s->ca, e2e_printf("%s/", s->https_url)).out, "sec");
}

E2E_TEST(what_is_no_http)
{
	static const char nul[] = "GET /\0 HTTP/1.1\r\n\r\n";
	static const char *const texts[][2] = {{"hello\r\n\r\n", "400"}, {"GET / HTTP/2.0\r\n\r\n", "400"},
		{"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"}, {"GET / HTTP/1.1\r\nContent-Length:\r\n\r\n", "400"},
		{"GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", "413"},
		{"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
		{"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "400"}};
	e2e_http_stub *s = e2e_http_stub_open();
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		e2e_like(say(e2e_dial(s->endpoint), texts[i][0], strlen(texts[i][0]), "\n\r\n"), e2e_printf("HTTP/1.1 %s", texts[i][1]));
	e2e_like(say(e2e_dial(s->endpoint), nul, sizeof nul - 1, "\n\r\n"), "HTTP/1.1 400");
	char *long_head = (char *)malloc(100001);
	memset(long_head, 'x', 100000);
	long_head[100000] = 0;
	e2e_like(say(e2e_dial(s->endpoint), long_head, 100000, "\n\r\n"), "HTTP/1.1 431");
	free(long_head);
	e2e_is_int(s->count, 0);
	e2e_http_answer(s, "GET /", 200, NULL, "alive");
	e2e_is_str(curl(at(s, "/")).out, "alive");
}

static const char *fails(const char *name)
{
	e2e_result r = e2e_run(broken("http"), "-k", e2e_printf("^%s$", name));
	e2e_is_int(r.status, 1);
	return r.out;
}

E2E_TEST(failures)
{
	const char *out = fails("shows_requests");
	e2e_like(out, "    request.0.: POST /items.b=2 -> 201 Created .route \"POST /items\".\n        Host: x\n");
	e2e_like(out, "        a=1\n      answer:\n        made\n");
	e2e_like(out, "    request.1.: GET /other -> 404 Not Found .no route.\n");
#ifdef E2E__LINUX /* elsewhere nobody tells */
	out = fails("names_who_asked");
	e2e_like(out, "http:[0-9]+ +. GET /short from sh .pid [0-9]+.: 404\n");
	e2e_like(out, "http:[0-9]+ +. GET /0{90,99} from sh .pid [0-9]+.: 404\n", "of a long path the beginning");
	e2e_like(out, "http:[0-9]+ +. GET /mine: 404\n", "the test says itself what it asks");
#endif
	e2e_like(fails("nobody_came"), "got: 0\n      want: 1\n      code: timeout.*http_[0-9]*: \"no request came to http://");
	e2e_like(fails("bad_route"), "\"get /.*: methods are in capitals\".*code: usage");
	e2e_like(fails("bad_status"), "\"99 is no status of an answer\".*code: usage");
	e2e_like(fails("fault_without_answer"), "no answer is set for .*GET /a.*: the fault would never come");
	out = fails("faults_are_told");
	e2e_like(out, "request.0.: GET /status -> 503 Service Unavailable .route \"GET /.\"; fault: status 503.\n");
	e2e_like(out, "request.1.: GET /whole -> 200 OK .route \"GET /.\".\n");
	e2e_like(out, "request.2.: GET /delay -> 200 OK .*; fault: delayed by 0.01 s.\n");
	e2e_like(out, "request.3.: GET /stall -> no answer .*; fault: never answered.\n");
	e2e_like(out, "request.4.: GET /drop -> no answer .*; fault: closed without an answer.\n");
	e2e_like(out, "request.5.: GET /reset -> no answer .*; fault: reset.\n");
	e2e_like(out, "request.6.: GET /truncate -> 200 OK .*; fault: cut behind 4 bytes.\n");
	e2e_like(out, "request.7.: GET /both -> 200 OK .*; fault: reset behind 4 bytes.\n");
	e2e_like(out, "http:[0-9]+ +! GET /truncate from curl.* .pid [0-9]+.: 200 .fault: cut behind 4 bytes.\n");
	out = fails("handler_crashes");
	e2e_like(out, "code: unexpected-exit");
	e2e_like(out, "has ended with SIGABRT");
	e2e_like(out, "request.0.: GET / -> no answer .route .GET /..");
}

E2E_MAIN()
