/* XML and HTML: errors with their places, XPath, forms. */
/* e2e: libcurl libxml-2.0 */
#define E2E_CURL
#define E2E_LIBXML2
#include "e2e_proc.h"
#include "../golden.h"

static const char page[] = "<!DOCTYPE html>\n<html><head><title>t</title></head><body><nav>n</nav>\n"
			   "<form id=search action=/find><input name=q></form>\n"
			   "<form name=login method=post action='do?x=1'>\n"
			   "<input type=hidden name=csrf value='a&amp;b'><input name=user><input type=password name=pw>\n"
			   "<input type=checkbox name=keep><input type=checkbox name=news checked>\n"
			   "<select name=lang><option value=de>D<option value=en selected>E</select>\n"
			   "<select name=first><option value=1>A<option value=2>B</select>\n"
			   "<textarea name=note>hi</textarea><input type=submit name=go value=Go>\n"
			   "<input name=off value=x disabled></form></body></html>\n";

E2E_TEST(what_is_right)
{
	e2e_is_xml("<?xml version='1.0'?><a><b/>\xc3\xbc</a>");
	e2e_is_html(page);
	e2e_is_html(page, "the %s", "page");
}

E2E_TEST(xpath)
{
	size_t n = 99;
	const char *const *found = e2e_xpath("<a><b>1</b><b c='x'>2</b></a>", "//b", &n);
	e2e_is_int(n, 2);
	e2e_is_str(found[0], "1");
	e2e_is_str(found[1], "2");
	e2e_is_str(found[2], NULL);
	e2e_is_str(e2e_xpath("<a><b c='x'/></a>", "//b/@c", NULL)[0], "x");
	e2e_is_str(e2e_xpath("<a><b/><b/></a>", "count(//b)", &n)[0], "2");
	e2e_is_int(n, 1);
	e2e_xpath("<a/>", "//b", &n);
	e2e_is_int(n, 0);
	e2e_is_str(e2e_xpath(page, "//title", NULL)[0], "t");
	e2e_is_str(e2e_xpath("<p>one<p>two", "//p[2]", NULL)[0], "two");
	e2e_is_str(e2e_xpath("<a xmlns='urn:x' xmlns:y='urn:y'><b>1</b><y:b>2</y:b></a>", "//d:b", NULL)[0], "1");
	e2e_is_str(e2e_xpath("<a xmlns='urn:x' xmlns:y='urn:y'><b>1</b><y:b>2</y:b></a>", "//y:b", NULL)[0], "2");
}

E2E_TEST(xpath_of_each_node)
{
	static const char list[] = "<ul xmlns:y='urn:y'><li><a href='/1'>One</a></li><li><a href='/2'>T<b>wo</b></a></li></ul>";
	size_t n = 99;
	e2e_is_list(e2e_xpath_each(list, "//li/a", "concat(., ' ', @href)", &n), E2E_ARGV("One /1", "Two /2"));
	e2e_is_int(n, 2);
	e2e_is_list(e2e_xpath_each(list, "//li", "count(a/b)", NULL), E2E_ARGV("0", "1"));
	e2e_is_str(e2e_xpath_each(list, "//y:li", ".", &n)[0], NULL);
	e2e_is_int(n, 0);
}

E2E_TEST(links)
{
	static const char links[] = "<p><a>no</a> <a name=x>no</a> <a href='/a?b=1&amp;c'>\n the  <b>first</b>\n</a><a href=/b>the first</a><a href=c id=third>x</a></p>";
	e2e_is_str(e2e_html_link(links, "the first"), "/a?b=1&c");
	e2e_is_str(e2e_html_link(links, "third"), "c");
}

E2E_TEST(forms)
{
	e2e_form *f = e2e_html_form(page, "login");
	e2e_is_str(f->method, "POST");
	e2e_is_str(f->action, "do?x=1");
	e2e_is_list(f->fields, E2E_ARGV("csrf=a&b", "user=", "pw=", "news=on", "lang=en", "first=1", "note=hi"));
	e2e_form_set(f, "user", "joe");
	e2e_form_set(f, "go", "Go");
	e2e_is_list(f->fields, E2E_ARGV("csrf=a&b", "user=joe", "pw=", "news=on", "lang=en", "first=1", "note=hi", "go=Go"));
	e2e_is_int(f->nfields, 8);
	e2e_form_add(f, "news", "off");
	e2e_form_set(f, "keep", "on");
	e2e_is_list(f->fields, E2E_ARGV("csrf=a&b", "user=joe", "pw=", "news=on", "lang=en", "first=1", "note=hi", "go=Go", "news=off", "keep=on"));
	e2e_is_str(e2e_html_form(page, NULL)->action, "/find");
	e2e_is_str(e2e_html_form(page, "search")->method, "GET");
	e2e_is_str(e2e_url("http://h:1/a/b?c", "do?x=1"), "http://h:1/a/do?x=1");
	e2e_is_str(e2e_url("http://h:1/a/b", "/x"), "http://h:1/x");
}

E2E_TEST(a_login)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "GET /in", 200, "text/html", page);
	e2e_http_answer(s, "POST /do", 200, "text/html", "<h1>Welcome</h1>");
	e2e_session *joe = e2e_session_open();
	e2e_http_reply r = e2e_http(joe, "GET", e2e_printf("%s/in", s->url));
	e2e_form *f = e2e_html_form(r.body, "login");
	e2e_form_set(f, "user", "joe");
	r = e2e_http(joe, f->method, e2e_url(r.url, f->action), .form = f->fields);
	e2e_is_str(e2e_xpath(r.body, "//h1", NULL)[0], "Welcome");
	e2e_like(s->request[1].body, "^csrf=a%26b&user=joe&pw=&");
}

static const char *fails(const char *name)
{
	e2e_result r = e2e_run(broken("markup"), "-k", e2e_printf("^%s$", name));
	e2e_is_int(r.status, 1);
	return r.out;
}

E2E_TEST(failures)
{
	e2e_like(fails("xml"), "message: \"line 2, column [0-9]*: Opening and ending tag mismatch: b line 2 and a\".*code: xml");
	e2e_like(fails("html"), "message: \"line 2, column [0-9]*: .*tag : b.*code: html");
	e2e_like(fails("null"), "the text is NULL");
	e2e_like(fails("empty"), "not ok 1 - .*code: xml");
	e2e_like(fails("bad_xpath"), "//. is no XPath expression: Invalid expression|is no XPath expression: ");
	e2e_like(fails("no_form"), "the page has no form .*x.*hint: .*its forms: .*login");
	e2e_like(fails("bad_each"), "e2e_xpath_each.*is no XPath expression");
	e2e_like(fails("no_link"), "the page has no link .*here.*hint: .*its links: .*there.*once more");
	e2e_like(fails("no_field_to_add"), "the form has no field .*usr");
	e2e_like(fails("no_field"), "the form has no field .*usr.*hint: .its fields: user");
}

E2E_MAIN()
