#pragma once
#include "system.h"
#include "helper.h"
#include "peer.h"

/* @interface */

/* A request as it came to e2e_http_stub. The texts live as long as the stub. */
typedef struct e2e_http_request {
	const char *method;  /* "GET"; NULL behind the last request */
	const char *path;    /* without its query, as it was sent: nothing is decoded */
	const char *query;   /* behind the ?; "" without one */
	const char *version; /* "HTTP/1.1" */
	const char *header;  /* the lines of the header as they came: e2e_http_request_header */
	const char *body; /* without its chunks; a NUL follows; NULL if there was no room for it */
	size_t body_size;
	const char *route; /* which answered, or NULL */
	int status;        /* of the answer; 0: the connection was cut without one */
	int connection;    /* 1 for the first one */
	/* what the route's fault did to the answer: "delayed by 5 s"; NULL: nothing */
	const char *fault;
} e2e_http_request;

/* What is answered; a zero member means the default. */
typedef struct e2e_http_response {
	int status;                /* default 200 */
	const char *type;          /* Content-Type; default none */
	const char *body;          /* default none */
	size_t size;               /* bytes of body, for one with NULs; default its length */
	const char *const *header; /* more lines: E2E_ARGV("Location: /x", "Set-Cookie: id=7") */
	bool chunked;              /* the body comes in chunks, without Content-Length */
	bool close;                /* the connection ends behind the answer */
} e2e_http_response;

/* What goes wrong with a route's answers. */
typedef struct e2e_http_faults {
	int status;   /* this status instead, with an empty body */
	double delay; /* seconds before the answer */
	bool reset;   /* the connection is reset: at once, or behind .truncate bytes of the body */
	bool drop;    /* the connection ends without an answer */
	bool stall;   /* no answer ever; the connection stays */
	size_t truncate; /* so many bytes of the body come, then the connection ends */
	int first;       /* only so many requests; 0: all */
	char zero;       /* of the macro */
} e2e_http_faults;

/* A handler of e2e_http_handle: fills in the answer, which is an empty 200 before. */
typedef void e2e_http_handler(
	const e2e_http_request *request, e2e_http_response *answer, void *arg);

typedef struct e2e_http_stub {
	int port;             /* on 127.0.0.1 */
	const char *url;      /* "http://127.0.0.1:PORT", without a slash at its end */
	const char *endpoint; /* "tcp:127.0.0.1:PORT", for e2e_proxy_to */
	/* TLS from the first byte, and its authority's certificate; NULL without E2E_OPENSSL */
	const char *https_url, *ca;
	size_t count; /* of requests that have come until now */
	e2e_http_request *request;
	struct e2e__web_self *self;
} e2e_http_stub;

/* @implementation */

enum {
	E2E__WEB_ROUTES = 64,
	E2E__WEB_KEPT = 100000,       /* requests that are kept */
	E2E__WEB_HEAD = 64 << 10,     /* bytes of a request's head */
	E2E__WEB_BODY = 64 << 20,     /* bytes of a request's body */
	E2E__WEB_REQUESTS = 64 << 20, /* bytes of requests that are kept */
	E2E__WEB_ANSWERS = 32 << 20   /* bytes of the answers that the case gives */
};

struct e2e__web_route {
	char name[256]; /* "GET /items/[0-9]*" */
	bool gone;      /* an equal one came later */
	int status;
	const char *head; /* Content-Type and more lines, each with its CR LF */
	const char *body;
	size_t size;
	bool chunked, close;
	e2e_http_handler *handler;
	void *arg;
	e2e_http_faults fault;
	int left; /* of fault.first; the stub counts */
};

/* What the case and the stub share, at the same address in both: so there may be pointers in it.
 * The requests are the stub's, the routes the case's. */
struct e2e__web_shared {
	uint32_t asked;
	e2e_http_stub pub;
	size_t routes;
	struct e2e__web_route route[E2E__WEB_ROUTES];
	size_t answers_used, requests_used;
	size_t unkept; /* requests for which there was no room */
	int connections;
	e2e_http_request request[E2E__WEB_KEPT + 16];
	char answers[E2E__WEB_ANSWERS];
	char requests[E2E__WEB_REQUESTS];
};

/* A client. */
struct e2e__web_client {
	int fd, number;
	char from[48]; /* whose it is, or "" */
	struct e2e__buf in, out, body;
	size_t sent;   /* of out */
	size_t head;   /* bytes of the request's head; 0: not whole yet */
	size_t seen;   /* of in: here no head ends before */
	size_t wanted; /* bytes of a body that says its length */
	bool chunked;  /* its body comes in chunks; `at` is behind the last whole one */
	size_t at;
	double hold;   /* until then the answer waits; 0: not */
	bool stalled;  /* nothing is ever answered */
	bool ending;   /* the answer is the last one */
	bool reset;    /* and then a reset */
	bool said_end; /* shutdown: the client's end is awaited */
	bool gone;
	void *tls;
	bool tls_done;
	short tls_events;
};

struct e2e__web_self {
	struct e2e__helper helper; /* the first member: a helper is cast to this */
	struct e2e__web_shared *shared;
	size_t before; /* requests before this case */
	/* in the stub's process */
	char lane[16]; /* in the story */
	struct e2e__peer peer;
	struct e2e__web_client **client;
	struct pollfd *polls;
	size_t n, size;
	bool full; /* no descriptor for another client */
	const char *cert, *key;
	void *tls;
};

E2E__FN const char *e2e__web_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {{200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"},
		{206, "Partial Content"}, {301, "Moved Permanently"}, {302, "Found"},
		{303, "See Other"}, {304, "Not Modified"}, {307, "Temporary Redirect"},
		{308, "Permanent Redirect"}, {400, "Bad Request"}, {401, "Unauthorized"},
		{403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
		{409, "Conflict"}, {410, "Gone"}, {411, "Length Required"},
		{413, "Content Too Large"}, {422, "Unprocessable Content"},
		{429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"},
		{503, "Service Unavailable"}, {504, "Gateway Timeout"}};

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Status";
}

/* The value of a field in lines of a header: where it begins, and its size. NULL without one. */
E2E__FN const char *e2e__web_field(const char *lines, const char *name, size_t *size)
{
	size_t n = strlen(name);

	for (const char *p = lines, *end; p && *p; p = end ? end + 1 : NULL) {
		end = strchr(p, '\n');
		if (strncasecmp(p, name, n) != 0 || p[n] != ':')
			continue;
		const char *value = p + n + 1, *last = end ? end : value + strlen(value);

		while (value < last && (*value == ' ' || *value == '\t'))
			value++;
		while (last > value && strchr(" \t\r", last[-1]))
			last--;
		*size = (size_t)(last - value);
		return value;
	}
	return NULL;
}

/* Does a list ("keep-alive, Upgrade") hold the word? */
E2E__FN bool e2e__web_field_has(const char *lines, const char *name, const char *word)
{
	size_t size = 0, n = strlen(word);
	const char *value = e2e__web_field(lines, name, &size);

	for (size_t i = 0; value && i + n <= size; i++)
		if (strncasecmp(value + i, word, n) == 0 &&
			(i + n == size || !strchr(E2E__ALNUM, value[i + n])))
			return true;
	return false;
}

/* Memory in the shared pages; NULL if they are full. */
E2E__FN char *e2e__web_keep(
	char *space, size_t capacity, size_t *used, const char *bytes, size_t size)
{
	char *at = space + *used;

	if (size >= capacity - *used)
		return NULL;
	memcpy(at, bytes, size);
	at[size] = '\0';
	*used += size + 1;
	return at;
}

/* "GET /items/[0-9]*" for this request? HEAD is answered as GET. A pattern with a blank but no method
 * is none; one that asks for a query is compared with it. */
E2E__FN bool e2e__web_matches(const struct e2e__web_route *r, const e2e_http_request *q)
{
	const char *path = strchr(r->name, '/'), *blank = strchr(r->name, ' ');
	char target[4096];

	if (blank && strncmp(r->name, "* ", 2) != 0) {
		size_t n = (size_t)(blank - r->name);
		bool as_get = strcmp(q->method, "HEAD") == 0 && strncmp(r->name, "GET ", 4) == 0;

		if (!as_get && (strlen(q->method) != n || strncmp(q->method, r->name, n) != 0))
			return false;
	}
	if (!path || !strchr(path, '?'))
		return fnmatch(path ? path : blank + 1, q->path, 0) == 0;
	snprintf(target, sizeof target, "%s?%s", q->path, q->query);
	return fnmatch(path, target, 0) == 0;
}

E2E__FN struct e2e__web_route *e2e__web_route_of(
	struct e2e__web_shared *s, const e2e_http_request *q)
{
	for (size_t i = s->routes; i-- > 0;)
		if (!s->route[i].gone && e2e__web_matches(&s->route[i], q))
			return &s->route[i];
	return NULL;
}

E2E__FN void e2e__web_add_body(
	struct e2e__buf *out, const char *body, size_t size, size_t shown, bool chunked)
{
	if (!chunked) {
		e2e__buf_add(out, body, shown);
		return;
	}
	for (size_t at = 0; at < shown;) {
		size_t part = shown - at < 8192 ? shown - at : 8192;

		e2e__buf_addf(out, "%zx\r\n", part);
		e2e__buf_add(out, body + at, part);
		e2e__buf_adds(out, "\r\n");
		at += part;
	}
	if (shown == size)
		e2e__buf_adds(out, "0\r\n\r\n");
}

/* Each answer has two: printf would take half of the time. */
E2E__FN void e2e__web_add_number(struct e2e__buf *b, size_t v)
{
	char digits[24], *p = digits + sizeof digits;

	do
		*--p = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	e2e__buf_add(b, p, (size_t)(digits + sizeof digits - p));
}

/* Writes an answer; of its body `shown` bytes. */
E2E__FN void e2e__web_say(struct e2e__web_client *c, const e2e_http_request *q, int status,
	const char *head, const char *body, size_t size, size_t shown, bool chunked)
{
	bool bare = status / 100 == 1 || status == 204 || status == 304;
	bool old = strcmp(q->version, "HTTP/1.0") == 0;

	chunked = chunked && !old && !bare;
	e2e__buf_adds(&c->out, "HTTP/1.1 ");
	e2e__web_add_number(&c->out, (size_t)status);
	e2e__buf_adds(&c->out, " ");
	e2e__buf_adds(&c->out, e2e__web_reason(status));
	e2e__buf_adds(&c->out, "\r\n");
	e2e__buf_adds(&c->out, head);
	if (chunked)
		e2e__buf_adds(&c->out, "Transfer-Encoding: chunked\r\n");
	else if (!bare) {
		e2e__buf_adds(&c->out, "Content-Length: ");
		e2e__web_add_number(&c->out, size);
		e2e__buf_adds(&c->out, "\r\n");
	}
	if (c->ending)
		e2e__buf_adds(&c->out, "Connection: close\r\n");
	else if (old)
		e2e__buf_adds(&c->out, "Connection: keep-alive\r\n");
	e2e__buf_adds(&c->out, "\r\n");
	if (!bare && strcmp(q->method, "HEAD") != 0)
		e2e__web_add_body(&c->out, body, size, shown, chunked);
}

/* No route is for it: the answer says which there are. */
E2E__FN int e2e__web_say_unknown(
	struct e2e__web_shared *s, struct e2e__web_client *c, const e2e_http_request *q)
{
	E2E__BUF(b, 1024);

	e2e__buf_addf(&b, "e2e: no route of this stub answers %s %s\n", q->method, q->path);
	for (size_t i = 0; i < s->routes; i++)
		if (!s->route[i].gone)
			e2e__buf_addf(&b, "route: %s\n", s->route[i].name);
	if (!s->routes)
		e2e__buf_adds(&b, "there is none: e2e_http_answer(s, \"GET /\", 200, ...)\n");
	e2e__web_say(c, q, 404, "Content-Type: text/plain\r\n", b.p, b.n, b.n, false);
	e2e__buf_free(&b);
	return 404;
}

/* The lines of a header from an answer's type and list. */
E2E__FN void e2e__web_head(struct e2e__buf *b, const e2e_http_response *a)
{
	if (a->type)
		e2e__buf_addf(b, "Content-Type: %s\r\n", a->type);
	for (size_t i = 0; a->header && a->header[i]; i++)
		e2e__buf_addf(b, "%s\r\n", a->header[i]);
}

/* A fault as reports tell it. */
E2E__FN void e2e__web_fault_words(struct e2e__buf *b, const e2e_http_faults *f)
{
	if (f->status)
		e2e__buf_addf(b, ", status %d", f->status);
	if (f->delay > 0)
		e2e__buf_addf(b, ", delayed by %g s", f->delay);
	if (f->stall)
		e2e__buf_adds(b, ", never answered");
	else if (f->drop)
		e2e__buf_adds(b, ", closed without an answer");
	else if (f->reset && !f->truncate)
		e2e__buf_adds(b, ", reset");
	else if (f->truncate)
		e2e__buf_addf(b, ", %s behind %zu bytes", f->reset ? "reset" : "cut", f->truncate);
}

/* Notes for reports what a fault does to the answer. */
E2E__FN void e2e__web_note_fault(
	struct e2e__web_shared *s, e2e_http_request *q, const e2e_http_faults *f)
{
	E2E__BUF(b, 128);

	e2e__web_fault_words(&b, f);
	if (b.n)
		q->fault = e2e__web_keep(
			s->requests, sizeof s->requests, &s->requests_used, b.p + 2, b.n - 2);
	e2e__buf_free(&b);
}

/* What the route's fault does before anything is said. True: nothing is said. */
E2E__FN bool e2e__web_cut(struct e2e__web_client *c, const e2e_http_faults *f)
{
	c->stalled = c->stalled || f->stall;
	if (f->delay > 0 && !f->stall)
		c->hold = e2e_now() + f->delay;
	if (f->drop || f->reset || f->truncate)
		c->ending = true;
	c->reset = f->reset;
	return f->stall || f->drop || (f->reset && !f->truncate);
}

/* Answers a request; returns the status. */
E2E__FN int e2e__web_answer(
	struct e2e__web_shared *s, struct e2e__web_client *c, e2e_http_request *q)
{
	struct e2e__web_route *r = e2e__web_route_of(s, q);
	e2e_http_response a;
	e2e_http_faults f;
	E2E__BUF(head, 1024);

	if (!r)
		return e2e__web_say_unknown(s, c, q);
	q->route = r->name;
	memset(&a, 0, sizeof a);
	memset(&f, 0, sizeof f);
	if (!r->fault.first || r->left > 0)
		f = r->fault;
	r->left -= r->left > 0;
	e2e__web_note_fault(s, q, &f);
	if (e2e__web_cut(c, &f))
		return 0;

	a.status = r->status;
	a.body = r->body;
	a.size = r->size;
	a.chunked = r->chunked;
	a.close = r->close;
	if (r->handler) {
		r->handler(q, &a, r->arg);
		e2e__buf_adds(&head, r->head);
		e2e__web_head(&head, &a);
		a.status = a.status ? a.status : 200;
		a.size = a.body && !a.size ? strlen(a.body) : a.size;
	}
	if (f.status) {
		a.status = f.status;
		a.size = 0;
	}
	c->ending = c->ending || a.close;
	e2e__web_say(c, q, a.status, r->handler ? head.p : r->head, a.body ? a.body : "", a.size,
		f.truncate && f.truncate < a.size ? f.truncate : a.size, a.chunked);
	e2e__buf_free(&head);
	return a.status;
}

/* The text, or its first bytes. */
E2E__FN void e2e__web_add_most(struct e2e__buf *b, const char *text, size_t most)
{
	const char *end = (const char *)memchr(text, '\0', most);

	e2e__buf_add(b, text, end ? (size_t)(end - text) : most);
}

/* The story has each request with who has sent it, and with its answer. */
E2E__FN void e2e__web_told(
	const struct e2e__web_self *w, const struct e2e__web_client *c, const e2e_http_request *q)
{
	size_t n = strlen(c->from);
	E2E__BUF(b, 200);

	e2e__web_add_most(&b, q->method, 12);
	e2e__buf_adds(&b, " ");
	e2e__web_add_most(&b, q->path, n < 27 ? 100 : 127 - n); /* an event has 151 bytes */
	if (n) {
		e2e__buf_adds(&b, " from ");
		e2e__buf_add(&b, c->from, n);
	}
	e2e__buf_adds(&b, ": ");
	e2e__web_add_number(&b, (size_t)q->status);
	if (q->fault)
		e2e__buf_addf(&b, " (fault: %s)", q->fault);
	e2e__story_line(e2e__clock_ns(), w->lane, "net", q->status >= 500 || q->fault, b.p, b.n);
	e2e__buf_free(&b);
}

/* Notes a request, then answers it: whoever has the answer finds the request in s->request. */
E2E__FN void e2e__web_take(struct e2e__web_self *w, struct e2e__web_client *c, char *line,
	char *header, const char *body, size_t size)
{
	struct e2e__web_shared *s = w->shared;
	size_t room = strlen(line) + strlen(header) + size + 8;
	bool kept = s->pub.count < E2E__WEB_KEPT && room < E2E__WEB_REQUESTS - s->requests_used;
	e2e_http_request other, *q = kept ? &s->request[s->pub.count] : &other;
	char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;

	memset(q, 0, sizeof *q);
	*target++ = '\0';
	*version++ = '\0';
	char *query = strchr(target, '?');
	if (query)
		*query++ = '\0';
	q->method = line;
	q->path = target;
	q->query = query ? query : "";
	q->version = version;
	q->header = header;
	q->body = body;
	q->body_size = size;
	q->connection = c->number;
	if (kept) {
		const char **text[] = {&q->path, &q->query, &q->version, &q->header};

		for (size_t i = 0; i < sizeof text / sizeof *text; i++)
			*text[i] = e2e__web_keep(s->requests, sizeof s->requests, &s->requests_used,
				*text[i], strlen(*text[i]));
		q->body = e2e__web_keep(
			s->requests, sizeof s->requests, &s->requests_used, body, size);
		q->method = e2e__web_keep(
			s->requests, sizeof s->requests, &s->requests_used, line, strlen(line));
	} else {
		s->unkept++;
	}

	c->ending = c->ending || e2e__web_field_has(header, "Connection", "close") ||
		(strcmp(q->version, "HTTP/1.0") == 0 &&
			!e2e__web_field_has(header, "Connection", "keep-alive"));
	s->pub.count++;
	q->status = e2e__web_answer(s, c, q);
	e2e__web_told(w, c, q);
}

/* What is no HTTP is answered and noted as such. */
E2E__FN void e2e__web_refuse(struct e2e__web_client *c, int status, const char *why)
{
	e2e_http_request none;

	memset(&none, 0, sizeof none);
	none.method = "?";
	none.version = "HTTP/1.1";
	c->ending = true;
	e2e__web_say(c, &none, status, "Content-Type: text/plain\r\n", why, strlen(why),
		strlen(why), false);
	fprintf(stderr, "e2e: connection %d: %d: %s\n", c->number, status, why);
	fflush(stderr);
	c->in.n = c->head = 0;
}

/* The newline behind which the empty line is that ends a head, or n. */
E2E__FN size_t e2e__web_head_end(const char *p, size_t i, size_t n)
{
	for (const char *nl; i < n && (nl = (const char *)memchr(p + i, '\n', n - i)); i++) {
		i = (size_t)(nl - p);
		if ((i + 1 < n && p[i + 1] == '\n') ||
			(i + 2 < n && p[i + 1] == '\r' && p[i + 2] == '\n'))
			return i;
	}
	return n;
}

/* Looks for the end of the head. What it says of the body is noted. False: not yet, or refused. */
E2E__FN bool e2e__web_head_read(struct e2e__web_client *c)
{
	size_t i = c->seen;
	char *p = c->in.p;

	while (i < c->in.n && (p[i] == '\r' || p[i] == '\n') && i == 0) { /* RFC 9112 2.2 */
		c->in.n--;
		memmove(p, p + 1, c->in.n);
	}
	i = e2e__web_head_end(p, i, c->in.n);
	if (i + 1 >= c->in.n) {
		c->seen = c->in.n > 3 ? c->in.n - 3 : 0;
		if (c->in.n > E2E__WEB_HEAD)
			e2e__web_refuse(c, 431, "the request's head is above 64 KiB\n");
		return false;
	}
	size_t head = i + (p[i + 1] == '\n' ? 2 : 3), size = 0;
	if (memchr(p, 0, head)) {
		e2e__web_refuse(c, 400, "a NUL in the request's head\n");
		return false;
	}
	c->head = c->at = head;
	p[i] = '\0'; /* the header is a text now */
	char *nl = strchr(p, '\n');
	const char *lines = nl ? nl + 1 : p + i, *length, *blank = strchr(p, ' ');
	const char *second = blank ? strchr(blank + 1, ' ') : NULL;
	if (!second || (nl && second > nl) || strncmp(second, " HTTP/1.", 8) != 0) {
		e2e__web_refuse(c, 400, "no request line of HTTP/1.0 or 1.1\n");
		return false;
	}
	c->chunked = e2e__web_field_has(lines, "Transfer-Encoding", "chunked");
	length = e2e__web_field(lines, "Content-Length", &size);
	unsigned long long n = length ? strtoull(length, NULL, 10) : 0;
	if (length && (!size || strspn(length, "0123456789") != size || c->chunked)) {
		e2e__web_refuse(c, 400, "Content-Length is no number, or is with chunks\n");
		return false;
	}
	if (n > E2E__WEB_BODY) {
		e2e__web_refuse(c, 413, "the request's body is above 64 MiB\n");
		return false;
	}
	c->wanted = (size_t)n;
	c->body.n = 0;
	if (e2e__web_field_has(lines, "Expect", "100-continue") &&
		(c->chunked || c->wanted > c->in.n - head))
		e2e__buf_adds(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
	return true;
}

/* Takes whole chunks. True: the last one is there, and the trailer's end; `at` is behind it. */
E2E__FN bool e2e__web_chunks(struct e2e__web_client *c)
{
	for (;;) {
		char *from = c->in.p + c->at, *end;
		char *nl = (char *)memchr(from, '\n', c->in.n - c->at);

		if (!nl)
			return false;
		unsigned long long n = strtoull(from, &end, 16);
		if (end == from || !strspn(from, "0123456789abcdefABCDEF") || n > E2E__WEB_BODY ||
			c->body.n + n > E2E__WEB_BODY) {
			e2e__web_refuse(c, 400, "no size of a chunk, or above 64 MiB\n");
			return false;
		}
		size_t begin = (size_t)(nl + 1 - c->in.p);
		if (n == 0) {
			for (size_t i = begin;
				i < c->in.n;) { /* lines of a trailer, an empty one */
				nl = (char *)memchr(c->in.p + i, '\n', c->in.n - i);
				size_t length = nl ? (size_t)(nl - c->in.p) - i : 0;

				if (nl && (length == 0 || (length == 1 && c->in.p[i] == '\r'))) {
					c->at = i + length + 1;
					return true;
				}
				if (!nl)
					return false;
				i += length + 1;
			}
			return false;
		}
		if (c->in.n - begin < (size_t)n + 2)
			return false;
		e2e__buf_add(&c->body, c->in.p + begin, (size_t)n);
		c->at = begin + (size_t)n + (c->in.p[begin + (size_t)n] == '\r' ? 2 : 1);
	}
}

/* Takes the requests that are whole, one after the other; an answer that waits holds up the
 * next. */
E2E__FN void e2e__web_input(struct e2e__web_self *w, struct e2e__web_client *c)
{
	while (c->in.n && c->hold <= 0 && !c->stalled && !c->ending) {
		if (!c->head && !e2e__web_head_read(c))
			return;
		if (c->chunked ? !e2e__web_chunks(c) : c->in.n - c->head < c->wanted)
			return;
		size_t whole = c->chunked ? c->at : c->head + c->wanted;
		char *line = c->in.p, *nl = strchr(line, '\n');
		char *header = nl ? nl + 1 : line + strlen(line);

		if (nl)
			*nl = '\0';
		line[strcspn(line, "\r")] = '\0';
		e2e__web_take(w, c, line, header,
			c->chunked ? (c->body.n ? c->body.p : "") : c->in.p + c->head,
			c->chunked ? c->body.n : c->wanted);
		c->in.n -= whole;
		memmove(c->in.p, c->in.p + whole, c->in.n);
		c->head = c->seen = 0;
	}
}

#ifdef E2E_OPENSSL
/* What an operation that can't go on waits for; false: it has failed. */
E2E__FN bool e2e__web_tls_again(struct e2e__web_client *c, int result)
{
	int why = SSL_get_error((SSL *)c->tls, result);

	ERR_clear_error();
	c->tls_events = why == SSL_ERROR_WANT_READ ? POLLIN
		: why == SSL_ERROR_WANT_WRITE      ? POLLOUT
						   : 0;
	return c->tls_events != 0;
}

E2E__FN void e2e__web_tls_start(struct e2e__web_self *w, struct e2e__web_client *c)
{
	SSL_CTX *ctx = (SSL_CTX *)w->tls;

	if (!ctx) {
		ctx = SSL_CTX_new(TLS_server_method());
		if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, w->cert) != 1 ||
			SSL_CTX_use_PrivateKey_file(ctx, w->key, SSL_FILETYPE_PEM) != 1)
			_exit(E2E__HELPER_NO_MEMORY);
		SSL_CTX_set_mode(
			ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		w->tls = ctx;
	}
	c->tls = SSL_new(ctx);
	if (!c->tls || SSL_set_fd((SSL *)c->tls, c->fd) != 1) {
		c->gone = true;
		return;
	}
	SSL_set_accept_state((SSL *)c->tls);
}
#endif

/* -1: nothing now; 0: the end. */
E2E__FN ssize_t e2e__web_recv(struct e2e__web_client *c, char *p, size_t size)
{
#ifdef E2E_OPENSSL
	if (c->tls) {
		int k = SSL_read((SSL *)c->tls, p, (int)size);

		c->tls_events = 0;
		return k > 0 ? k : e2e__web_tls_again(c, k) ? -1 : 0;
	}
#endif
	ssize_t n = recv(c->fd, p, size, 0);
	return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
}

E2E__FN ssize_t e2e__web_send(struct e2e__web_client *c, const char *p, size_t size)
{
#ifdef E2E_OPENSSL
	if (c->tls) {
		int k = SSL_write((SSL *)c->tls, p, size > 1 << 20 ? 1 << 20 : (int)size);

		c->tls_events = 0;
		return k > 0 ? k : e2e__web_tls_again(c, k) ? -1 : 0;
	}
#endif
	ssize_t n = send(c->fd, p, size, MSG_NOSIGNAL);
	return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
}

/* Behind the last answer: the client's end is awaited, so that no reset takes the answer away. */
E2E__FN void e2e__web_end(struct e2e__web_client *c)
{
	if (c->reset) {
		struct linger now;

		now.l_onoff = 1;
		now.l_linger = 0;
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
		c->gone = true;
		return;
	}
#ifdef E2E_OPENSSL
	if (c->tls && c->sent) /* what is cut short ends without TLS's own end, too */
		SSL_shutdown((SSL *)c->tls);
#endif
	if (!c->said_end)
		shutdown(c->fd, SHUT_WR);
	c->said_end = true;
}

E2E__FN void e2e__web_drain(struct e2e__web_client *c)
{
	if (c->hold > 0 && e2e_now() < c->hold)
		return;
	c->hold = 0;
	while (!c->gone && c->sent < c->out.n) {
		ssize_t n = e2e__web_send(c, c->out.p + c->sent, c->out.n - c->sent);

		if (n == 0)
			c->gone = true;
		if (n <= 0)
			return;
		c->sent += (size_t)n;
	}
	if (c->ending && !c->gone && !c->stalled)
		e2e__web_end(c);
	c->sent = c->out.n = 0;
}

E2E__FN void e2e__web_step(struct e2e__web_self *w, struct e2e__web_client *c)
{
	char buffer[65536];
	ssize_t n = 1;

	e2e__web_drain(c);
	for (int burst = 0; burst < 16 && !c->gone && !c->out.n && c->hold <= 0 && n > 0; burst++) {
		n = e2e__web_recv(c, buffer, sizeof buffer);
		if (n == 0)
			c->gone = true;
		if (n <= 0)
			return;
		if (c->said_end || c->stalled)
			continue;
		e2e__buf_add(&c->in, buffer, (size_t)n);
		e2e__web_input(w, c);
		e2e__web_drain(c);

		/* less than asked for: there is no more now, and poll would say so */
		if ((size_t)n < sizeof buffer && !c->tls)
			return;
	}
}

E2E__FN void e2e__web_accept(struct e2e__web_self *w, int sock)
{
	int one = 1, fd = accept(sock, NULL, NULL);

	if (fd < 0) {
		w->full = errno == EMFILE || errno == ENFILE;
		return;
	}
	if (w->n == w->size) {
		w->size = w->size ? w->size * 2 : 16;
		w->client =
			(struct e2e__web_client **)realloc(w->client, w->size * sizeof *w->client);
		w->polls = (struct pollfd *)realloc(w->polls, (w->size + 3) * sizeof *w->polls);
	}

	struct e2e__web_client *c = (struct e2e__web_client *)calloc(1, sizeof *c);
	if (!w->client || !w->polls || !c)
		_exit(E2E__HELPER_NO_MEMORY);
	e2e__system_fd_flags(fd);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	c->fd = fd;
	c->number = ++w->shared->connections;
	e2e__peer_name(&w->peer, fd, c->from, sizeof c->from);
	if (strncmp(c->from, "test (", 6) == 0) /* it says so itself */
		c->from[0] = '\0';
	c->in.heap = c->out.heap = c->body.heap = true;
	w->client[w->n++] = c;
#ifdef E2E_OPENSSL
	if (sock == w->helper.sock2)
		e2e__web_tls_start(w, c);
#endif
}

E2E__FN void e2e__web_free(struct e2e__web_client *c)
{
#ifdef E2E_OPENSSL
	SSL_free((SSL *)c->tls);
#endif
	close(c->fd);
	free(c->in.p);
	free(c->out.p);
	free(c->body.p);
	free(c);
}

E2E__FN void e2e__web_poll(struct e2e__web_self *w)
{
	double next = 0;

	w->polls[0].fd = w->helper.line;
	w->polls[1].fd = w->full ? -1 : w->helper.sock;
	w->polls[2].fd = w->full ? -1 : w->helper.sock2;
	for (size_t i = 0; i < w->n + 3; i++) {
		w->polls[i].events = POLLIN;
		w->polls[i].revents = 0;
	}
	for (size_t i = 0; i < w->n; i++) {
		const struct e2e__web_client *c = w->client[i];

		w->polls[i + 3].fd = c->hold > 0 ? -1 : c->fd;
		if (c->tls_events)
			w->polls[i + 3].events = c->tls_events;
		else if (c->out.n)
			w->polls[i + 3].events = POLLOUT;
		if (c->hold > 0 && (next <= 0 || c->hold < next))
			next = c->hold;
	}
	double wait = next > 0 ? (next - e2e_now()) * 1000 + 1 : -1;
	if (poll(w->polls, (nfds_t)(w->n + 3),
		    next <= 0          ? -1
			    : wait < 0 ? 0
				       : (int)wait) < 0 &&
		errno != EINTR)
		_exit(E2E__HELPER_CANT_WAIT);
}

/* An answer that has waited leaves, and what the client has said since is taken. */
E2E__FN void e2e__web_late(struct e2e__web_self *w, struct e2e__web_client *c)
{
	if (c->hold <= 0 || e2e_now() < c->hold)
		return;
	e2e__web_drain(c);
	e2e__web_input(w, c);
	e2e__web_drain(c);
}

/* The stub's life. */
E2E__FN void e2e__web_run(struct e2e__helper *h)
{
	struct e2e__web_self *w = (struct e2e__web_self *)(void *)h;

	snprintf(w->lane, sizeof w->lane, "http:%d", w->shared->pub.port);
	w->polls = (struct pollfd *)calloc(3, sizeof *w->polls);
	if (!w->polls)
		_exit(E2E__HELPER_NO_MEMORY);
	for (;;) {
		size_t kept = 0, n = w->n;
		uint32_t number;

		e2e__web_poll(w);
		for (size_t i = 0; i < n; i++) {
			if (w->polls[i + 3].revents)
				e2e__web_step(w, w->client[i]);
			e2e__web_late(w, w->client[i]);
		}
		if ((w->polls[0].revents & (POLLIN | POLLHUP | POLLERR)) &&
			e2e__helper_asked(h, &number))
			e2e__helper_answer(h, number);
		short calls = w->polls[1].revents, calls2 = w->polls[2].revents;
		if (calls & POLLIN)
			e2e__web_accept(w, h->sock);
		if (calls2 & POLLIN)
			e2e__web_accept(w, h->sock2);
		for (size_t i = 0; i < w->n; i++) {
			if (w->client[i]->gone)
				e2e__web_free(w->client[i]);
			else
				w->client[kept++] = w->client[i];
		}
		w->full = w->full && kept == n;
		w->n = kept;
	}
}
