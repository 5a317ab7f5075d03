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

/* What a person chooses of what is offered; a text with suggestions may be any. */
E2E_TEST(an_order)
{
	static const char form[] =
		"<form id=order><select name=size><option value=s disabled>Small<option> Lar\n ge <option value=xl>Huge</select>"
		"<input type=radio name=pay value=cash checked><input type=radio name=pay value=card>"
		"<input type=hidden name=gift value=0><input type=checkbox name=gift value=1>"
		"<input type=checkbox name=news checked><input type=checkbox name=news value=b>"
		"<select name=extra multiple><option value=1 selected><option value=2 selected><option value=3></select>"
		"<input name=town list=towns><datalist id=towns><option value=Bonn></datalist>"
		"<select name=row><option>a<option>b</select><select name=row><option>a<option>b</select>"
		"<fieldset disabled><select name=off><option>1</select><input name=out value=1></fieldset></form>";
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "GET /", 200, "text/html", form);

	e2e_submit(NULL, e2e_http(NULL, "GET", s->url), "order");
	e2e_is_str(s->request[1].query, "size=Lar%20ge&pay=cash&gift=0&news=on&extra=1&extra=2&town=&row=a&row=a");
	e2e_submit(NULL, e2e_http(NULL, "GET", s->url), "order", "size=xl", "pay=card", "gift=1", "news=", "extra=3", "extra=1",
	           "town=Ulm", "row=b");
	e2e_is_str(s->request[3].query, "size=xl&pay=card&gift=1&town=Ulm&row=b&row=a&extra=3&extra=1");
	e2e_submit(NULL, e2e_http(NULL, "GET", s->url), "order", "gift=", "extra=");
	e2e_is_str(s->request[5].query, "size=Lar%20ge&pay=cash&news=on&town=&row=a&row=a&gift=0");
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
	e2e_like(fails("no_option"), "the field .*size.* doesn't offer .*m.*hint: \"it offers: .*s.* .*Large.* .*xl.* \\(disabled\\)\"\n");
	e2e_like(fails("disabled_option"), "the field .*size.* doesn't offer .*xl");
	e2e_like(fails("two_options"), "the field .*size.* takes one value, not .*Large.*, too");
	e2e_like(fails("no_options"), "the field .*none.* doesn't offer .*1.*hint: \"?it offers nothing");
	e2e_like(fails("no_radio"), "the field .*pay.* doesn't offer .*bill.*hint: \"it offers: .*cash.* .*card.* .*gold.* \\(disabled\\)\"\n");
	e2e_like(fails("disabled_radio"), "the field .*pay.* doesn't offer .*gold");
	e2e_like(fails("two_radios"), "the field .*pay.* takes one value, not .*card.*, too");
	e2e_like(fails("no_box"), "the field .*gift.* doesn't offer .*1.*hint: \"it offers: .*on");
	e2e_like(fails("disabled_of_several"), "the field .*extra.* doesn't offer .*2.*hint: \"it offers: .*1.* .*2.* \\(disabled\\)\"\n");
	e2e_like(fails("no_page"), "there is no page: .*connect");
}

E2E_MAIN()
