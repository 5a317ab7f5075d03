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
