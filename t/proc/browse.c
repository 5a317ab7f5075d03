/* Links that are followed and forms that are sent, as a person at a browser does. */
/* e2e: libcurl libxml-2.0 */
#define E2E_CURL
#define E2E_LIBXML2
#include "e2e_proc.h"
#include "../golden.h"

static const char home[] = "<!DOCTYPE html><html><body><a href='in/'>log\n in</a>\n"
			   "<form action='/find?old=1#x'><input name=q><input name=page value=1></form></body></html>\n";
static const char login[] = "<!DOCTYPE html><html><body><form id=login method=post><input type=hidden name=csrf value=k7><input name=user>\n"
			    "<input type=checkbox name=box value=1><input type=checkbox name=box value=2><button>Go</button></form></body></html>\n";

static e2e_http_stub *site(void)
{
	e2e_http_stub *s = e2e_http_stub_open();

	e2e_http_answer(s, "GET /a/home", 200, "text/html", home);
	e2e_http_answer(s, "GET /a/in/", 200, "text/html", login);
	e2e_http_answer_with(s, "POST /a/in/", .status = 303, .header = E2E_ARGV("Location: /welcome"));
	e2e_http_answer(s, "GET /welcome", 200, "text/html", "<h1>Welcome</h1>");
	e2e_http_answer(s, "GET /find", 200, "text/html", "<h1>Found</h1>");
	return s;
}

E2E_TEST(a_login)
{
	e2e_http_stub *s = site();
	e2e_session *joe = e2e_session_open();
	e2e_http_reply r = e2e_http(joe, "GET", e2e_printf("%s/a/home", s->url));

	r = e2e_click(joe, r, "log in");
	e2e_is_str(r.url, e2e_printf("%s/a/in/", s->url));
	r = e2e_submit(joe, r, "login", "user=a=b", "box=1", "box=2");
	e2e_is_str(r.body, "<h1>Welcome</h1>");
	e2e_is_int(r.redirects, 1);
	e2e_is_str(s->request[2].method, "POST");
	e2e_is_str(s->request[2].body, "csrf=k7&user=a%3Db&box=1&box=2");
}

E2E_TEST(a_search)
{
	e2e_http_stub *s = site();
	e2e_http_reply r = e2e_http(NULL, "GET", e2e_printf("%s/a/home", s->url));

	r = e2e_submit(NULL, r, "");
	e2e_is_str(r.body, "<h1>Found</h1>");
	e2e_is_str(s->request[1].query, "q=&page=1");
	r = e2e_submit(NULL, e2e_http(NULL, "GET", e2e_printf("%s/a/home", s->url)), "/find?old=1#x", "q=a b");
	e2e_is_str(s->request[3].path, "/find");
	e2e_is_str(s->request[3].query, "q=a%20b&page=1");
}

static const char *fails(const char *name)
{
	e2e_result r = e2e_run(broken("browse"), "-k", e2e_printf("^%s$", name));

	e2e_is_int(r.status, 1);
	return r.out;
}

E2E_TEST(failures)
{
	e2e_like(fails("no_link"), "the page has no link .*sign in.*hint: .*its links: .*log in");
	e2e_like(fails("no_form"), "the page has no form .*search.*hint: .*its forms: .*login");
	e2e_like(fails("no_field"), "the form has no field .*usr.*hint: .*its fields: user");
	e2e_like(fails("no_value"), ".user.* is no field of a form: name=value");
	e2e_like(fails("no_page"), "there is no page: .*connect");
}

E2E_MAIN()
