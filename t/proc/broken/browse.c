/* Links and forms that a page doesn't have. */
/* e2e: libcurl libxml-2.0 */
#define E2E_CURL
#define E2E_LIBXML2
#include "e2e_proc.h"

static e2e_http_reply page(void)
{
	e2e_http_stub *s = e2e_http_stub_open();

	e2e_http_answer(s, "GET /", 200, "text/html", "<a href=x>log in</a><form id=login><input name=user></form>");
	return e2e_http(NULL, "GET", s->url);
}

E2E_TEST(no_link)
{
	e2e_click(NULL, page(), "sign in");
}

E2E_TEST(no_form)
{
	e2e_submit(NULL, page(), "search");
}

E2E_TEST(no_field)
{
	e2e_submit(NULL, page(), "login", "usr=joe");
}

E2E_TEST(no_value)
{
	e2e_submit(NULL, page(), "login", "user");
}

E2E_TEST(no_page)
{
	e2e_click(NULL, e2e_http(NULL, "GET", e2e_printf("http://127.0.0.1:%d/", e2e_port())), "log in");
}

E2E_MAIN()
