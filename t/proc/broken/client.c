/* The HTTP client in cases that fail. */
/* e2e: libcurl */
#define E2E_CURL
#include "e2e_proc.h"

E2E_TEST(shows_both)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "POST /items", 201, "text/plain", "made");
	e2e_session *joe = e2e_session_open();
	e2e_http(joe, "POST", e2e_printf("%s/items", s->url), .form = E2E_ARGV("a=1"), .header = E2E_ARGV("X-Me: 1"));
	e2e_fail("on purpose");
}

E2E_TEST(no_field)
{
	e2e_http(NULL, "POST", "http://127.0.0.1/", .form = E2E_ARGV("a=1", "b"));
}

E2E_TEST(two_bodies)
{
	e2e_http(NULL, "POST", "http://127.0.0.1/", .json = "{}", .body = "x");
}

E2E_TEST(no_line)
{
	e2e_http(NULL, "GET", "http://127.0.0.1/", .header = E2E_ARGV("nothing"));
}

E2E_MAIN()
