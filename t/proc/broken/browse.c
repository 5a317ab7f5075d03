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

static e2e_http_reply choices(void)
{
	static const char form[] =
		"<form id=order><select name=size><option value=s>Small<option>Large<option value=xl disabled>Huge</select>"
		"<input type=radio name=pay value=cash checked><input type=radio name=pay value=card><input type=radio name=pay value=gold disabled>"
		"<input type=checkbox name=gift><select name=none></select>"
		"<select name=extra multiple><option value=1><optgroup label=x disabled><option value=2></optgroup></select></form>";
	e2e_http_stub *s = e2e_http_stub_open();

	e2e_http_answer(s, "GET /", 200, "text/html", form);
	return e2e_http(NULL, "GET", s->url);
}

E2E_TEST(no_option) { e2e_submit(NULL, choices(), "order", "size=m"); }
E2E_TEST(disabled_option) { e2e_submit(NULL, choices(), "order", "size=xl"); }
E2E_TEST(two_options) { e2e_submit(NULL, choices(), "order", "size=s", "size=Large"); }
E2E_TEST(no_options) { e2e_submit(NULL, choices(), "order", "none=1"); }
E2E_TEST(no_radio) { e2e_submit(NULL, choices(), "order", "pay=bill"); }
E2E_TEST(disabled_radio) { e2e_submit(NULL, choices(), "order", "pay=gold"); }
E2E_TEST(two_radios) { e2e_submit(NULL, choices(), "order", "pay=cash", "pay=card"); }
E2E_TEST(no_box) { e2e_submit(NULL, choices(), "order", "gift=1"); }
E2E_TEST(disabled_of_several) { e2e_submit(NULL, choices(), "order", "extra=1", "extra=2"); }

E2E_TEST(no_page)
{
	e2e_click(NULL, e2e_http(NULL, "GET", e2e_printf("http://127.0.0.1:%d/", e2e_port())), "log in");
}

E2E_MAIN()
