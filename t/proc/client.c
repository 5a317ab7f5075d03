/* The HTTP client: sessions, forms, redirects, TLS, servers that break off. */
/* e2e: openssl libcurl */
#define E2E_OPENSSL
#define E2E_CURL
#include "e2e_proc.h"
#include "../golden.h"

static const char *at(const e2e_http_stub *s, const char *path)
{
	return e2e_printf("%s%s", s->url, path);
}

E2E_TEST(asks_and_reads)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "GET /a", 200, "text/plain; charset=utf-8", "hello");
	e2e_http_reply r = e2e_http(NULL, "GET", at(s, "/a"), .header = E2E_ARGV("X-Me: 1"));
	e2e_is_int(r.status, 200);
	e2e_is_str(r.type, "text/plain; charset=utf-8");
	e2e_is_str(r.body, "hello");
	e2e_is_int(r.body_size, 5);
	e2e_is_str(r.error, NULL);
	e2e_is_str(e2e_header(&r, "content-length"), "5");
	e2e_is_str(e2e_header(&r, "nothing"), NULL);
	e2e_ok(r.seconds > 0);
	e2e_is_str(e2e_http_request_header(&s->request[0], "X-Me"), "1");
}

E2E_TEST(forms_json_and_bodies)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_session *joe = e2e_session_open();
	e2e_http_answer(s, "* *", 201, NULL, NULL);
	e2e_http(joe, "POST", at(s, "/"), .form = E2E_ARGV("user=joe", "pw=a b&c=\xc3\xbc", "empty="));
	e2e_is_str(s->request[0].body, "user=joe&pw=a%20b%26c%3D%C3%BC&empty=");
	e2e_is_str(e2e_http_request_header(&s->request[0], "Content-Type"), "application/x-www-form-urlencoded");
	e2e_http(joe, "PUT", at(s, "/"), .json = "{}");
	e2e_is_str(s->request[1].method, "PUT");
	e2e_is_str(s->request[1].body, "{}");
	e2e_is_str(e2e_http_request_header(&s->request[1], "Content-Type"), "application/json");
	e2e_http(joe, "PATCH", at(s, "/"), .body = "a\0b", .size = 3, .type = "x/y");
	e2e_is_mem(s->request[2].body, "a\0b", 3);
	e2e_http(joe, "DELETE", at(s, "/"));
	e2e_is_str(s->request[3].method, "DELETE");
	e2e_http(joe, "POST", at(s, "/"));
	e2e_is_str(s->request[4].method, "POST");
	e2e_is_int(s->request[4].body_size, 0);
	e2e_is_int(e2e_http(joe, "HEAD", at(s, "/")).status, 201);
	e2e_is_int(s->request[5].connection, 1, "one connection for all");
}

/* As of a search form: what is asked stands in the URL. */
E2E_TEST(a_form_by_get)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "* *", 200, NULL, NULL);
	e2e_http(NULL, "GET", at(s, "/find"), .form = E2E_ARGV("q=a b"));
	e2e_is_str(s->request[0].path, "/find");
	e2e_is_str(s->request[0].query, "q=a%20b");
	e2e_is_int(s->request[0].body_size, 0);
	e2e_http(NULL, "HEAD", at(s, "/find?page=2#end"), .form = E2E_ARGV("q=x"));
	e2e_is_str(s->request[1].query, "page=2&q=x");
}

E2E_TEST(a_session_is_a_user)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_session *joe = e2e_session_open(), *ann = e2e_session_open();
	e2e_http_answer_with(s, "POST /login", .status = 303, .header = E2E_ARGV("Location: /home", "Set-Cookie: id=7"));
	e2e_http_answer(s, "GET /home", 200, "text/html", "home");
	e2e_http_reply r = e2e_http(joe, "POST", at(s, "/login"), .form = E2E_ARGV("a=b"));
	e2e_is_int(r.status, 303);
	e2e_is_str(e2e_header(&r, "Location"), "/home");
	e2e_is_int(r.redirects, 0);
	e2e_http(joe, "GET", at(s, "/home"));
	e2e_http(ann, "GET", at(s, "/home"));
	e2e_is_str(e2e_http_request_header(&s->request[1], "Cookie"), "id=7");
	e2e_is_str(e2e_http_request_header(&s->request[2], "Cookie"), NULL);
	r = e2e_http(ann, "POST", at(s, "/login"), .form = E2E_ARGV("a=b"), .follow = 3);
	e2e_is_int(r.status, 200);
	e2e_is_int(r.redirects, 1);
	e2e_is_str(r.url, at(s, "/home"));
	e2e_unlike(r.header, "Set-Cookie");
	e2e_is_str(s->request[4].method, "GET");
	e2e_is_str(e2e_http_request_header(&s->request[4], "Cookie"), "id=7");
}

static void asks_plainly(e2e_session *joe, e2e_http_stub *s, const char *behind)
{
	e2e_http_reply r = e2e_http(joe, "GET", at(s, "/plain"));
	const e2e_http_request *q = &s->request[s->count - 1];

	e2e_is_str(q->method, "GET", "behind %s", behind);
	e2e_is_str(q->body, "");
	e2e_is_str(e2e_http_request_header(q, "Content-Type"), NULL);
	e2e_is_str(e2e_http_request_header(q, "Content-Length"), NULL);
	e2e_is_str(e2e_http_request_header(q, "X-Me"), NULL);
	e2e_like(e2e_http_request_header(q, "Accept-Encoding"), "gzip");
	e2e_is_str(r.body, "plain");
	e2e_is_str(r.error, NULL);
	e2e_is_int(e2e_http(joe, "GET", at(s, "/away")).status, 302, "and no redirect is followed");
}

/* A session keeps cookies and connections: nothing else of a request is there at the next one. */
E2E_TEST(nothing_else_stays)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_session *joe = e2e_session_open();
	e2e_http_answer(s, "* *", 200, NULL, "other");
	e2e_http_answer(s, "GET /plain", 200, NULL, "plain");
	e2e_http_answer_with(s, "* /away", .status = 302, .header = E2E_ARGV("Location: /other"));
	asks_plainly(joe, s, "nothing");
	e2e_http(joe, "GET", at(s, "/away"), .header = E2E_ARGV("X-Me: 1"), .follow = 2);
	e2e_is_str(s->request[s->count - 1].path, "/other");
	asks_plainly(joe, s, "a redirect that was followed");
	e2e_http(joe, "POST", at(s, "/"), .form = E2E_ARGV("a=b"), .header = E2E_ARGV("X-Me: 1"));
	asks_plainly(joe, s, "a form");
	e2e_http(joe, "HEAD", at(s, "/"), .header = E2E_ARGV("X-Me: 1"));
	asks_plainly(joe, s, "HEAD");
	e2e_http(joe, "DELETE", at(s, "/"));
	asks_plainly(joe, s, "DELETE");
	e2e_http(joe, "GET", at(s, "/"), .body = "with a body", .type = "text/plain");
	e2e_is_str(s->request[s->count - 1].body, "with a body");
	asks_plainly(joe, s, "GET with a body");
	e2e_http(joe, "POST", at(s, "/"));
	asks_plainly(joe, s, "POST without a body");
	e2e_http(joe, "GET", e2e_printf("%s/", s->https_url), .ca = s->ca);
	asks_plainly(joe, s, "TLS");
	e2e_like(e2e_http(joe, "GET", e2e_printf("%s/", s->https_url)).error, "certificate", "nor its authority");
	e2e_http_fault(s, "GET /plain", .drop = true, .first = 2); /* libcurl asks once more */
	e2e_ok(e2e_http(joe, "GET", at(s, "/plain")).error);
	asks_plainly(joe, s, "an error");
}

E2E_TEST(tls)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "GET /", 200, NULL, "secret");
	const char *url = e2e_printf("%s/", s->https_url);
	e2e_is_str(e2e_http(NULL, "GET", url, .ca = s->ca).body, "secret");
	e2e_http_reply r = e2e_http(NULL, "GET", url);
	e2e_is_int(r.status, 0);
	e2e_like(r.error, "certificate");
}

E2E_TEST(no_answer_is_status_0)
{
	e2e_http_stub *s = e2e_http_stub_open();
	e2e_http_answer(s, "GET /", 200, NULL, "0123456789");
	e2e_http_fault(s, "GET /", .drop = true);
	e2e_http_reply r = e2e_http(NULL, "GET", at(s, "/"));
	e2e_is_int(r.status, 0);
	e2e_like(r.error, "Empty reply");
	e2e_http_fault(s, "GET /", .truncate = 3);
	r = e2e_http(NULL, "GET", at(s, "/"));
	e2e_is_int(r.status, 200);
	e2e_is_str(r.body, "012");
	e2e_ok(r.error);
	e2e_http_fault(s, "GET /", .stall = true);
	r = e2e_http(NULL, "GET", at(s, "/"), .timeout = 0.2);
	e2e_is_int(r.status, 0);
	e2e_is_str(r.error, "no whole answer within 0.2 s");
	int port = e2e_port();
	r = e2e_http(NULL, "GET", e2e_printf("http://127.0.0.1:%d/", port));
	e2e_like(r.error, "connect");
}

static const char *fails(const char *name)
{
	e2e_result r = e2e_run(broken("client"), "-k", e2e_printf("^%s$", name));
	e2e_is_int(r.status, 1);
	return r.out;
}

E2E_TEST(failures)
{
	const char *out = fails("shows_both");
	e2e_like(out, "  session_1: .\n    POST http://127.0.0.1:[0-9]*/items\n        X-Me: 1\n        a=1\n");
	e2e_like(out, "      answer: 201, 4 bytes in [0-9.]* s\n        HTTP/1.1 201 Created\n");
	out = fails("shows_the_last_ten");
	e2e_unlike(out, "127.0.0.1:[0-9]*/[23]\n|!!");
	e2e_like(out, "  session_1: .\n    PUT http://127.0.0.1:[0-9]*/4\n        body 4\n      answer: 200, 1 byte");
	e2e_like(out, "\n    GET http://127.0.0.1:[0-9]*/11\n        X-Number: 11\n      answer: 200, 1 byte in ");
	e2e_like(out, "\n    GET http://127.0.0.1:[0-9]*/\n      error: [^\n]*connect[^\n]*\n      answer: 0, 0 bytes in ");
	e2e_like(fails("no_field"), "\"b\\\\\" is no field of a form: name=value.*code: usage");
	e2e_like(fails("two_bodies"), "only one of .form, .json and .body can be sent");
	e2e_like(fails("no_line"), "is no line of a header");
}

E2E_MAIN()
