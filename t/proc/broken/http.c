/* The HTTP stub in cases that fail. */
#include "e2e_proc.h"

E2E_TEST(shows_requests)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "POST /items", 201, "text/plain", "made");
	e2e_run("curl", "-sS", "-A", "me", "-H", "Host: x", "-d", "a=1", e2e_printf("%s/items?b=2", s->url));
	e2e_run("curl", "-sS", "-A", "me", "-H", "Host: x", e2e_printf("%s/other", s->url));
	e2e_fail("on purpose");
}

static void asks(e2e_http_stub *s, const char *path)
{
	char answer[2000];
	const char *text = e2e_printf("GET %s HTTP/1.0\r\n\r\n", path);
	int fd = e2e_dial(s->endpoint);

	e2e_is_int(write(fd, text, strlen(text)), (long long)strlen(text));
	e2e_cmp_int(read(fd, answer, sizeof answer), ">", 0);
}

/* Who has asked: a process that the case knows before it does so. */
E2E_TEST(names_who_asked)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_proc *p = e2e_spawn("sh", "-c", "read go; exec curl -sS \"$0/short?a=b\" \"$0/$1\"", s->url, e2e_printf("%0150d", 0));
	e2e_send(p, "go\n");
	e2e_wait(p, 0);
	asks(s, "/mine");
	e2e_fail("on purpose");
}

E2E_TEST(nobody_came)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_wait(s, 1, 0.1);
}

E2E_TEST(bad_route)
{
	e2e_http_answer(e2e_http_stub_open(), "get /", 200, NULL, NULL);
}

E2E_TEST(bad_status)
{
	e2e_http_answer(e2e_http_stub_open(), "GET /", 99, NULL, NULL);
}

E2E_TEST(fault_without_answer)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "GET /b", 200, NULL, NULL);
	e2e_http_fault(s, "GET /a", .drop = true);
}

static void runs_curl(const e2e_http_stub *s, const char *path)
{
	e2e_run("curl", "-s", e2e_printf("%s%s", s->url, path));
}

static void asks_and_does_not_wait(e2e_http_stub *s, const char *request, size_t n)
{
	e2e_is_int(write(e2e_dial(s->endpoint), request, strlen(request)), (long long)strlen(request));
	e2e_must(e2e_http_wait(s, n));
}

E2E_TEST(faults_are_told)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "GET /*", 200, "text/plain", "not told with a status");
	e2e_http_fault(s, "GET /*", .status = 503, .first = 1);
	runs_curl(s, "/status");
	runs_curl(s, "/whole");
	e2e_http_fault(s, "GET /*", .delay = 0.01);
	runs_curl(s, "/delay");
	e2e_http_fault(s, "GET /*", .stall = true);
	asks_and_does_not_wait(s, "GET /stall HTTP/1.1\r\nHost: x\r\n\r\n", 4);
	e2e_http_fault(s, "GET /*", .drop = true);
	runs_curl(s, "/drop");
	e2e_http_fault(s, "GET /*", .reset = true);
	runs_curl(s, "/reset");
	e2e_http_fault(s, "GET /*", .truncate = 4);
	runs_curl(s, "/truncate");
	e2e_http_fault(s, "GET /*", .truncate = 4, .reset = true);
	runs_curl(s, "/both");
	e2e_must(e2e_http_wait(s, 8));
	e2e_is_str(s->request[0].fault, "status 503");
	e2e_is_str(s->request[1].fault, NULL);
	e2e_fail("to see what is told");
}

static void crash(const e2e_http_request *q, e2e_http_response *a, void *arg)
{
	(void)q;
	(void)a;
	(void)arg;
	abort();
}

E2E_TEST(handler_crashes)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_handle(s, "GET /", crash, NULL);
	e2e_run("curl", "-sS", e2e_printf("%s/", s->url));
	e2e_eventually(20, false); /* the crash is seen while the case waits */
}

E2E_MAIN()
