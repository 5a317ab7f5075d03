#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "waits.h"
#include "endpoint.h"
#include "helper.h"
#include "certs.h"
#include "web.h"

/* @manual HTTP stub
 *	e2e_http_stub *s = e2e_http_stub_open();
 *	e2e_http_answer(s, "GET /items/[0-9]*", 200, "application/json", "{\"id\": 7}");
 *	e2e_run("my-client", "--api", s->url);
 *	e2e_is_str(s->request[0].path, "/items/7");
 *
 *	An HTTP server of the case's own on 127.0.0.1: keep-alive, pipelining, chunks both ways,
 *	HEAD, Expect: 100-continue. Who has an answer finds its request in s->request already;
 *	e2e_http_wait(s, n) waits for those of a program that is still on its way.
 *	A route is a method and a path with wildcards (*, [a-z]; * also stands for a slash, and
 *	"* /path" is for any method). One with a ? sees the query: "GET /find?q=*". Of several the
 *	latest that fits answers; the same route again replaces its answer. No route: 404, and a
 *	text that names those there are.
 *	e2e_http_answer_with(s, route, .status = 302, .header = E2E_ARGV("Location: /x")) gives all
 *	that an answer may have. e2e_http_handle(s, route, fn, arg) asks a function of yours: it
 *	runs in the stub's process, which knows the case's memory as it was when the stub was
 *	opened, and keeps what it changes there. If it crashes, the case fails.
 *	Faults: e2e_http_fault(s, route, .status = 503, .first = 2), .delay = 0.5, .reset, .drop,
 *	.stall, .truncate = 10 (the length that is said is a lie). For a slow line put
 *	e2e_proxy_to(s->endpoint) before it.
 *	With E2E_OPENSSL s->https_url speaks TLS, and s->ca is its authority. A failed case shows
 *	the last requests, what each was answered and what a fault did to that, as .fault of the
 *	request tells a test. 100000 requests, 64 MiB, are kept.
 */

/* @interface */

/* A new stub; it lives until the end of the case (of the suite, in its set-up). Ends the case if
 * there is no port or memory for it. */
#define e2e_http_stub_open() e2e__http_open(E2E__AT)
/* e2e_http_answer(s, route, status, type, body): each request for the route gets this answer; type
 * and body may be NULL. In force when the call returns. A bad route or status ends the case. */
#define e2e_http_answer(s, route, status, type, body) \
	e2e__http_answer(E2E__AT, s, route, status, type, body)
/* The same with members of e2e_http_response: e2e_http_answer_with(s, route, .status = 201,
 * .header = E2E_ARGV("Location: /x")). */
/* e2e_http_fault(s, route, ...): sets the faults of a route that has an answer; members of
 * e2e_http_faults. Without a member: none from now on. */
#ifdef __cplusplus
#define e2e_http_answer_with(s, route, ...) \
	e2e__http_answer_with(E2E__AT, s, route, e2e_http_response{__VA_ARGS__}, NULL, NULL)
#define e2e_http_fault(s, route, ...) \
	e2e__http_fault(E2E__AT, s, route, e2e_http_faults{__VA_ARGS__})
#else
#define e2e_http_answer_with(s, route, ...) \
	e2e__http_answer_with(E2E__AT, s, route, E2E__HTTP_RESPONSE(__VA_ARGS__), NULL, NULL)
#define E2E__HTTP_RESPONSE(...) ((e2e_http_response){__VA_ARGS__})
#define e2e_http_fault(s, route, ...) \
	e2e__http_fault(E2E__AT, s, route, E2E__HTTP_FAULTS(__VA_ARGS__, .zero = 0))
#define E2E__HTTP_FAULTS(...) ((e2e_http_faults){__VA_ARGS__})
#endif
/* A function answers: see the manual for what it knows. */
#define e2e_http_handle(s, route, handler, arg) e2e__http_handle(E2E__AT, s, route, handler, arg)
/* e2e_http_wait(s, n [, seconds]): a test point. Waits until n requests, counted from the first
 * one, have come; false if the time (default e2e_proc_timeout) is over. */
#define e2e_http_wait(...) E2E__HTTP_WAIT(__VA_ARGS__, -1., 0)
#define E2E__HTTP_WAIT(s, n, seconds, ...) e2e__http_wait(E2E__AT, s, n, seconds)
/* The value of a field of a request's header; NULL if there is none. Valid until the case's end. */
E2E__FN const char *e2e_http_request_header(const e2e_http_request *request, const char *name);

E2E__FN e2e_http_stub *e2e__http_open(const char *file, int line);
E2E__FN void e2e__http_answer(const char *file, int line, e2e_http_stub *s, const char *route,
	int status, const char *type, const char *body);
E2E__FN void e2e__http_answer_with(const char *file, int line, e2e_http_stub *s, const char *route,
	e2e_http_response answer, e2e_http_handler *handler, void *arg);
E2E__FN void e2e__http_handle(const char *file, int line, e2e_http_stub *s, const char *route,
	e2e_http_handler *handler, void *arg);
E2E__FN void e2e__http_fault(
	const char *file, int line, e2e_http_stub *s, const char *route, e2e_http_faults fault);
E2E__FN bool e2e__http_wait(const char *file, int line, e2e_http_stub *s, size_t n, double seconds);

/* @implementation */

E2E__FN const char *e2e_http_request_header(const e2e_http_request *request, const char *name)
{
	size_t n = 0;
	const char *value = request->header ? e2e__web_field(request->header, name, &n) : NULL;

	return value ? e2e__memory_strndup(value, n) : NULL;
}

/* A fault of the test. */
E2E__FN void e2e__http_wrong(const char *file, int line, const char *what, const char *wrong)
{
	e2e__system_die_of(file, line, what, "usage", wrong,
		"for example e2e_http_answer(s, \"GET /items/*\", 200, \"application/json\", \"{}\")");
}

/* What is wrong with a route, or NULL. */
E2E__FN const char *e2e__http_route_wrong(const char *route)
{
	const char *blank = strchr(route, ' '), *path = blank ? blank + 1 : route;

	if (strlen(route) >= sizeof((struct e2e__web_route *)NULL)->name)
		return "the route has more than 255 bytes";
	if (*path != '/' && *path != '*')
		return e2e_printf("%s is no route: a method, a blank, a path", e2e_quoted(route));
	for (const char *p = route; blank && p < blank; p++)
		if (*p >= 'a' && *p <= 'z')
			return e2e_printf("%s: methods are in capitals", e2e_quoted(route));
	return NULL;
}

/* A text of the case in the shared pages. */
E2E__FN const char *e2e__http_keep(
	const char *file, int line, struct e2e__web_shared *shared, const char *bytes, size_t size)
{
	const char *at = e2e__web_keep(
		shared->answers, sizeof shared->answers, &shared->answers_used, bytes, size);

	if (!at)
		e2e__http_wrong(file, line, "e2e_http_answer",
			"the answers of a stub may have 32 MiB in all, those replaced included");
	return at;
}

E2E__FN struct e2e__web_route *e2e__http_route_find(
	struct e2e__web_shared *shared, const char *name)
{
	for (size_t i = 0; i < shared->routes; i++)
		if (!shared->route[i].gone && strcmp(shared->route[i].name, name) == 0)
			return &shared->route[i];
	return NULL;
}

/* A place for a route: the latest one, so that it is asked first. */
E2E__FN struct e2e__web_route *e2e__http_route_new(
	const char *file, int line, e2e_http_stub *s, const char *name)
{
	struct e2e__web_shared *shared = s->self->shared;
	struct e2e__web_route *before = e2e__http_route_find(shared, name);

	if (before)
		return before;
	if (shared->routes == E2E__WEB_ROUTES)
		e2e__http_wrong(file, line, "e2e_http_answer", "more than 64 routes");
	struct e2e__web_route *r = &shared->route[shared->routes];
	memset(r, 0, sizeof *r);
	memcpy(r->name, name, strlen(name));
	return r;
}

E2E__FN void e2e__http_answer_with(const char *file, int line, e2e_http_stub *s, const char *route,
	e2e_http_response answer, e2e_http_handler *handler, void *arg)
{
	struct e2e__web_shared *shared = s->self->shared;
	const char *wrong = e2e__http_route_wrong(route);
	int status = answer.status ? answer.status : 200;
	E2E__BUF(head, 512);

	if (!wrong && (status < 200 || status > 599))
		wrong = e2e_printf("%d is no status of an answer", status);
	for (size_t i = 0; !wrong && answer.header && answer.header[i]; i++)
		if (!strchr(answer.header[i], ':') || strpbrk(answer.header[i], "\r\n"))
			wrong = e2e_printf(
				"%s is no line of a header", e2e_quoted(answer.header[i]));
	if (wrong)
		e2e__http_wrong(file, line, "e2e_http_answer", wrong);
	struct e2e__web_route *r = e2e__http_route_new(file, line, s, route);
	size_t size = answer.body && !answer.size ? strlen(answer.body) : answer.size;
	head.p[0] = '\0';
	e2e__web_head(&head, &answer);
	const char *lines = e2e__http_keep(file, line, shared, head.p, head.n);
	e2e__buf_free(&head);
	const char *body = e2e__http_keep(file, line, shared, answer.body ? answer.body : "", size);

	/* while a route is changed the stub may look at it: its body is never longer than it is */
	r->size = 0;
	r->head = lines;
	r->body = body;
	r->size = size;
	r->status = status;
	r->chunked = answer.chunked;
	r->close = answer.close;
	r->arg = arg;
	r->handler = handler;
	if (r == &shared->route[shared->routes])
		shared->routes++;
	e2e__helper_apply(file, line, &s->self->helper);
}

E2E__FN void e2e__http_answer(const char *file, int line, e2e_http_stub *s, const char *route,
	int status, const char *type, const char *body)
{
	e2e_http_response answer;

	memset(&answer, 0, sizeof answer);
	answer.status = status;
	answer.type = type;
	answer.body = body;
	e2e__http_answer_with(file, line, s, route, answer, NULL, NULL);
}

E2E__FN void e2e__http_handle(const char *file, int line, e2e_http_stub *s, const char *route,
	e2e_http_handler *handler, void *arg)
{
	e2e_http_response answer;

	memset(&answer, 0, sizeof answer);
	if (!handler)
		e2e__http_wrong(file, line, "e2e_http_handle", "the handler is NULL");
	e2e__http_answer_with(file, line, s, route, answer, handler, arg);
}

E2E__FN void e2e__http_fault(
	const char *file, int line, e2e_http_stub *s, const char *route, e2e_http_faults fault)
{
	struct e2e__web_route *r = e2e__http_route_find(s->self->shared, route);
	bool any = fault.status || fault.delay > 0 || fault.reset || fault.drop || fault.stall ||
		fault.truncate;
	const char *wrong = !r ? e2e_printf("no answer is set for %s: the fault would never come",
					 e2e_quoted(route))
		: fault.status && (fault.status < 200 || fault.status > 599)
		? e2e_printf("%d is no status of an answer", fault.status)
		: fault.delay < 0 || fault.first < 0 ? "a fault's number is below 0"
		: fault.first && !any                ? ".first alone is no fault"
						     : NULL;

	if (wrong)
		e2e__http_wrong(file, line, "e2e_http_fault", wrong);
	r->left = fault.first;
	r->fault = fault;
	e2e__helper_apply(file, line, &s->self->helper);
}

/* A body for a report: its first bytes. */
E2E__FN void e2e__http_show(struct e2e__buf *b, const char *body, size_t size)
{
	size_t n = size < 300 ? size : 300;

	if (!body || !size)
		return;
	e2e__buf_adds(b, "\n    ");
	e2e__buf_escape(b, body, n, E2E__QUOTED);
	if (n < size)
		e2e__buf_addf(b, " ... %zu bytes in all", size);
}

E2E__FN void e2e__http_show_request(struct e2e__buf *b, size_t i, const e2e_http_request *q)
{
	e2e__buf_addf(b, "%srequest[%zu]: %s %s%s%s", b->n ? "\n" : "", i, q->method, q->path,
		*q->query ? "?" : "", q->query);
	if (q->status)
		e2e__buf_addf(b, " -> %d %s", q->status, e2e__web_reason(q->status));
	else
		e2e__buf_adds(b, " -> no answer");
	e2e__buf_addf(b, q->route ? " (route \"%s\"" : " (no route", q->route);
	e2e__buf_addf(b, q->fault ? "; fault: %s)" : ")", q->fault);
	for (const char *p = q->header, *end; *p; p = *end ? end + 1 : end) {
		end = p + strcspn(p, "\n");
		if (end > p && *p != '\r')
			e2e__buf_addf(b, "\n    %.*s", (int)(end - p - (end[-1] == '\r')), p);
	}
	e2e__http_show(b, q->body, q->body_size);
}

/* The last requests with what they were answered. */
E2E__FN const char *e2e__http_list(const e2e_http_stub *s, size_t from)
{
	const struct e2e__web_shared *shared = s->self->shared;
	size_t most = E2E__WEB_KEPT, n = s->count < most ? s->count : most;
	E2E__BUF(b, 1024);

	b.p[0] = '\0';
	if (n > from + 10) {
		e2e__buf_addf(&b, "%zu requests, the last 10:", n - from);
		from = n - 10;
	}
	for (size_t i = from; i < n; i++) {
		e2e__http_show_request(&b, i, &shared->request[i]);
		for (size_t r = 0; r < shared->routes; r++)
			if (shared->route[r].name == shared->request[i].route &&
				!shared->route[r].handler &&
				shared->request[i].status == shared->route[r].status) {
				e2e__buf_adds(&b, "\n  answer:");
				e2e__http_show(&b, shared->route[r].body, shared->route[r].size);
			}
	}
	if (shared->unkept)
		e2e__buf_addf(&b, "\n%zu more for which there was no room", shared->unkept);
	if (!b.n)
		e2e__buf_addf(
			&b, "no request came to %s: is the program told to ask there?", s->url);
	return e2e__memory_taken(&b);
}

E2E__FN bool e2e__http_wait(const char *file, int line, e2e_http_stub *s, size_t n, double seconds)
{
	double limit = e2e__system_patience(seconds), end = e2e__system_wait_until(limit);
	const char *name = e2e_printf("%zu request%s", n, E2E__PLURAL(n));
	const volatile size_t *count = &s->count; /* another process writes it */

	e2e__wait_waiting("%s at %s", name, s->url);
	while (*count < n && e2e_now() < end)
		e2e__limit_pause(0.001);
	e2e__wait_waiting(NULL);
	if (*count >= n)
		return e2e_report(file, line, true, name, NULL);
	e2e_failure f = e2e__system_failure("timeout",
		e2e_printf("waited %g s for requests at %s", limit, s->url),
		"is the program told to ask there?");
	f.got = e2e_printf("%zu", *count);
	f.want = e2e_printf("%zu", n);
	return e2e_report(file, line, false, name, &f);
}

E2E__FN void e2e__http_case_begin(struct e2e__helper *h)
{
	struct e2e__web_self *self = (struct e2e__web_self *)(void *)h;

	self->before = self->shared->pub.count;
}

E2E__FN void e2e__http_tell(struct e2e__helper *h)
{
	struct e2e__web_self *self = (struct e2e__web_self *)(void *)h;
	const e2e_http_stub *s = &self->shared->pub;

	e2e__hook_explain(e2e_printf("http_%d", s->port), e2e__http_list(s, self->before));
}

E2E__FN e2e_http_stub *e2e__http_open(const char *file, int line)
{
	struct e2e__web_self *self = (struct e2e__web_self *)e2e__memory_alloc(sizeof *self);
	int sock = e2e__endpoint_listen(file, line, "tcp:127.0.0.1:0"), sock2 = -1;
	struct e2e__helper *h = &self->helper;

	h->what = "http-stub";
	h->run = e2e__web_run;
	h->begin = e2e__http_case_begin;
	h->tell = e2e__http_tell;
	self->shared =
		(struct e2e__web_shared *)e2e__helper_share(file, line, h, sizeof *self->shared);
	e2e_http_stub *s = &self->shared->pub;
	s->self = self;
	s->request = self->shared->request;
	s->endpoint = e2e_endpoint(sock);
	s->port = e2e_endpoint_port(s->endpoint);
	s->url = e2e_printf("http://127.0.0.1:%d", s->port);
#ifdef E2E_OPENSSL
	const e2e_certificates *c = e2e__certs_made(file, line,
		e2e_printf("%s/http-%d", e2e__folder_tmpdir(file, line), s->port),
		"localhost,127.0.0.1", false);
	self->cert = c->server;
	self->key = c->server_key;
	s->ca = c->ca;
	sock2 = e2e__endpoint_listen(file, line, "tcp:127.0.0.1:0");
	s->https_url = e2e_printf("https://127.0.0.1:%d", e2e_endpoint_port(e2e_endpoint(sock2)));
#endif
	e2e__helper_start(file, line, h, sock, sock2);
	return s;
}
