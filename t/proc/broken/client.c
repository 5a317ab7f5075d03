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

/* The texts that were asked with are gone when the report is written. */
E2E_TEST(shows_the_last_ten)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "* *", 200, "text/plain", "x");
	e2e_session *joe = e2e_session_open();
	for (int i = 1; i <= 12; i++) {
		char url[100], line[20], body[20];
		snprintf(url, sizeof url, "%s/%d", s->url, i);
		snprintf(line, sizeof line, "X-Number: %d", i);
		snprintf(body, sizeof body, "body %d", i);
		if (i % 2)
			e2e_http(joe, "GET", url, .header = E2E_ARGV(line));
		else
			e2e_http(joe, "PUT", url, .body = body);
		memset(url, '!', sizeof url);
		memset(line, '!', sizeof line);
		memset(body, '!', sizeof body);
	}
	e2e_http(joe, "GET", e2e_printf("http://127.0.0.1:%d/", e2e_port()));
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
