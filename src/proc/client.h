#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "waits.h"
#include "web.h"

/* @manual HTTP client
 *	#define E2E_CURL                               before the include; link -lcurl
 *	e2e_session *joe = e2e_session_open();
 *	e2e_http_reply r = e2e_http(joe, "POST", url, .form = E2E_ARGV("user=joe", "pw=a b"));
 *	e2e_is_int(r.status, 303);
 *	e2e_is_str(e2e_header(&r, "Location"), "/home");
 *
 *	A session is one user: it keeps cookies and connections until the case's end; NULL instead
 *	is a user of this request alone. .form encodes its fields (for GET and HEAD into the URL's
 *	query, as browsers do), .json and .body send a text as it is, .header adds lines.
 *	Redirects are followed where .follow says how often, and not at all by default. TLS: .ca is
 *	the authority (of e2e_certs, say), .cert and .key are the client's own.
 *	The environment's proxies are not used.
 *	A server that can't be reached, or that breaks off, doesn't end the case: r.status is 0 and
 *	r.error says why. What a case that failed has asked, and what came back, is in its report:
 *	the last ten of each session.
 */

/* @interface */

#ifdef E2E_CURL
typedef struct e2e_session e2e_session;

/* What is asked; a zero member means the default. */
typedef struct e2e_http_opts {
	const char *url;           /* of the macro: e2e_http's third argument */
	const char *const *form;   /* "name=value": urlencoded, as a body or in the URL */
	const char *json;          /* sent as application/json */
	const char *body;          /* sent as it is */
	size_t size;               /* bytes of body, for one with NULs; default its length */
	const char *type;          /* Content-Type of body */
	const char *const *header; /* more lines: E2E_ARGV("Accept: text/html") */
	int follow;                /* how many redirects are followed; default 0 */
	double timeout;            /* seconds; default e2e_proc_timeout */
	const char *ca;            /* path of the authorities' certificates; default the system's */
	const char *cert, *key;    /* paths of the client's own */
	char zero;                 /* of the macro */
} e2e_http_opts;

/* What came. The texts live until the case's end. */
typedef struct e2e_http_reply {
	int status;       /* 0: no answer, see error */
	const char *type; /* Content-Type, "" without one */
	const char *body; /* "" without one */
	size_t body_size;
	const char *header; /* all lines of the last answer's header */
	const char *url;    /* where the last answer is from */
	const char *error;  /* why there is none, or not all of it; NULL: it is whole */
	double seconds;
	int redirects; /* that were followed */
} e2e_http_reply;

/* A user with cookies and connections of its own, until the case's end. */
#define e2e_session_open() e2e__client_open(E2E__AT)
/* e2e_http(session, method, url, ...): sends a request and waits for its answer; members of
 * e2e_http_opts follow the URL. A URL or option that is none ends the case. */
#define e2e_http(session, method, ...) \
	e2e__client_ask(E2E__AT, session, method, E2E__HTTP_OPTS(__VA_ARGS__))
#ifdef __cplusplus
#define E2E__HTTP_OPTS(...) \
	e2e_http_opts \
	{ \
		.url = __VA_ARGS__ \
	}
#else
#define E2E__HTTP_OPTS(...) ((e2e_http_opts){.url = __VA_ARGS__, .zero = 0})
#endif
/* The value of a field of the answer's header, its first one; NULL if there is none. Valid until
 * the case's end. */
E2E__FN const char *e2e_header(const e2e_http_reply *reply, const char *name);

E2E__FN e2e_session *e2e__client_open(const char *file, int line);
E2E__FN e2e_http_reply e2e__client_ask(
	const char *file, int line, e2e_session *s, const char *method, e2e_http_opts opts);
#endif

/* @implementation */

#ifdef E2E_CURL
enum { E2E__CLIENT_SHOWN = 10, E2E__CLIENT_SENT = 300, E2E__CLIENT_CAME = 600 };

/* A request and its answer as they were, until a report wants them: most cases pass. */
struct e2e__client_note {
	struct e2e__buf asked; /* as the report has it */
	struct e2e__buf error, header, body;
	size_t body_size;
	double seconds;
	int status;
};

struct e2e_session {
	CURL *easy;
	CURLSH *cookies;
	CURLM *multi;
	bool plain; /* the handle has nothing set that a GET without a body hasn't */
	int number; /* in the case */
	int asked;
	struct e2e__buf header, body; /* of the answer that comes */
	char why[CURL_ERROR_SIZE];
	struct e2e__client_note note[E2E__CLIENT_SHOWN]; /* of the last requests */
};

E2E__FN const char *e2e_header(const e2e_http_reply *reply, const char *name)
{
	size_t n = 0;
	const char *value = e2e__web_field(reply->header, name, &n);

	return value ? e2e__memory_strndup(value, n) : NULL;
}

E2E__FN size_t e2e__client_body(char *bytes, size_t one, size_t n, void *arg)
{
	e2e_session *s = (e2e_session *)arg;

	e2e__buf_add(&s->body, bytes, one * n);
	return one * n;
}

/* Each answer begins with its status line: of redirects and 100s nothing stays. */
E2E__FN size_t e2e__client_header(char *bytes, size_t one, size_t n, void *arg)
{
	e2e_session *s = (e2e_session *)arg;

	if (one * n > 5 && strncmp(bytes, "HTTP/", 5) == 0)
		s->header.n = 0;
	e2e__buf_add(&s->header, bytes, one * n);
	return one * n;
}

E2E__FN void e2e__client_wrong(const char *file, int line, const char *wrong)
{
	e2e__system_die_of(file, line, "e2e_http", "usage", wrong,
		"for example e2e_http(session, \"POST\", url, .form = E2E_ARGV(\"name=value\"))");
}

/* What is asked for the case can't be set. */
E2E__FN void e2e__client_must(const char *file, int line, CURLcode code)
{
	if (code != CURLE_OK)
		e2e__client_wrong(file, line, curl_easy_strerror(code));
}

/* The lines of an answer's header, each in a line of its own. */
E2E__FN void e2e__client_show_header(struct e2e__buf *b, const char *lines)
{
	for (const char *p = lines, *end; *p; p = *end ? end + 1 : end) {
		end = p + strcspn(p, "\n");
		if (*p != '\r' && end > p)
			e2e__buf_addf(b, "\n    %.*s", (int)(end - p - (end[-1] == '\r')), p);
	}
}

/* One request and its answer, for a report. */
E2E__FN void e2e__client_show(struct e2e__buf *b, const struct e2e__client_note *note)
{
	e2e__buf_add(b, note->asked.p, note->asked.n);
	if (note->error.n)
		e2e__buf_addf(b, "\n  error: %s", note->error.p);
	e2e__buf_addf(b, "\n  answer: %d, %zu byte%s in %.3f s", note->status, note->body_size,
		E2E__PLURAL(note->body_size), note->seconds);
	e2e__client_show_header(b, note->header.p);
	if (note->body.n) {
		e2e__buf_adds(b, "\n    ");
		e2e__buf_escape(b, note->body.p, note->body.n, E2E__QUOTED);
	}
}

/* In the report of a failed case: what was asked and what came. */
E2E__FN void e2e__client_explain(const e2e_session *s)
{
	int first = s->asked > E2E__CLIENT_SHOWN ? s->asked - E2E__CLIENT_SHOWN : 0;
	E2E__BUF(b, 1024);

	b.p[0] = '\0';
	for (int i = first; i < s->asked; i++) {
		e2e__buf_adds(&b, b.n ? "\n" : "");
		e2e__client_show(&b, &s->note[i % E2E__CLIENT_SHOWN]);
	}
	if (b.n)
		e2e__hook_explain(e2e_printf("session_%d", s->number), b.p);
	e2e__buf_free(&b);
}

/* The session ends with the case. */
E2E__FN void e2e__client_done(void *arg)
{
	e2e_session *s = (e2e_session *)arg;

	if (e2e__exit_failed())
		e2e__client_explain(s);
	for (size_t i = 0; i < E2E__CLIENT_SHOWN; i++) {
		e2e__buf_free(&s->note[i].asked);
		e2e__buf_free(&s->note[i].error);
		e2e__buf_free(&s->note[i].header);
		e2e__buf_free(&s->note[i].body);
	}
	e2e__buf_free(&s->header);
	e2e__buf_free(&s->body);
	curl_easy_setopt(s->easy, CURLOPT_COOKIEFILE, NULL);
	curl_easy_cleanup(s->easy);
	curl_multi_cleanup(s->multi);
	curl_share_cleanup(s->cookies);
}

/* Makes the buffer hold these bytes alone; it keeps its memory. */
E2E__FN void e2e__client_hold(struct e2e__buf *b, const char *bytes, size_t n)
{
	b->heap = true;
	b->n = 0;
	e2e__buf_add(b, bytes, n);
}

/* Keeps what is wanted of a request if the case fails. */
E2E__FN void e2e__client_keep(e2e_session *s, const char *method, const e2e_http_opts *opts,
	const char *sent, const e2e_http_reply *r)
{
	struct e2e__client_note *note = &s->note[s->asked++ % E2E__CLIENT_SHOWN];
	size_t most = E2E__CLIENT_SENT, came = E2E__CLIENT_CAME, n = sent ? strlen(sent) : 0;

	e2e__client_hold(&note->asked, method, strlen(method));
	e2e__buf_adds(&note->asked, " ");
	e2e__buf_adds(&note->asked, opts->url);
	for (size_t i = 0; opts->header && opts->header[i]; i++) {
		e2e__buf_adds(&note->asked, "\n    ");
		e2e__buf_adds(&note->asked, opts->header[i]);
	}
	if (sent) {
		e2e__buf_adds(&note->asked, "\n    ");
		e2e__buf_escape(&note->asked, sent, n < most ? n : most, E2E__QUOTED);
	}

	e2e__client_hold(&note->error, r->error ? r->error : "", r->error ? strlen(r->error) : 0);
	e2e__client_hold(&note->header, r->header, strlen(r->header));
	e2e__client_hold(&note->body, r->body, r->body_size < came ? r->body_size : came);
	note->body_size = r->body_size;
	note->seconds = r->seconds;
	note->status = r->status;
}

E2E__FN e2e_session *e2e__client_open(const char *file, int line)
{
	static int sessions;
	e2e_session *s = (e2e_session *)e2e__memory_alloc(sizeof *s);

	s->easy = curl_easy_init();
	s->multi = curl_multi_init();
	s->cookies = curl_share_init();
	if (!s->easy || !s->multi || !s->cookies)
		e2e__system_die_of(
			file, line, "e2e_session_open", "helper", "libcurl has no memory", NULL);
	curl_share_setopt(s->cookies, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
	s->number = ++sessions;
	e2e_defer(e2e__client_done, s);
	return s;
}

/* name=value, name=value -> name=value&name=value, encoded. */
E2E__FN char *e2e__client_form(const char *file, int line, CURL *easy, const char *const *form)
{
	E2E__BUF(b, 512);

	b.p[0] = '\0';
	for (size_t i = 0; form[i]; i++) {
		const char *is = strchr(form[i], '=');

		if (!is)
			e2e__client_wrong(file, line,
				e2e_printf("%s is no field of a form: name=value",
					e2e_quoted(form[i])));
		char *name = curl_easy_escape(easy, form[i], (int)(is - form[i]));
		char *value = is[1] ? curl_easy_escape(easy, is + 1, 0) : NULL;
		e2e__buf_addf(&b, "%s%s=%s", i ? "&" : "", is > form[i] && name ? name : "",
			value ? value : "");
		curl_free(name);
		curl_free(value);
	}
	return e2e__memory_taken(&b);
}

/* A form that is sent by GET: its fields stand in the URL, before a fragment. */
E2E__FN void e2e__client_query(const char *file, int line, CURL *easy, e2e_http_opts *opts)
{
	int n = (int)strcspn(opts->url, "#");
	const char *query = memchr(opts->url, '?', (size_t)n) ? "&" : "?";

	if (opts->form[0])
		opts->url = e2e_printf("%.*s%s%s%s", n, opts->url, query,
			e2e__client_form(file, line, easy, opts->form), opts->url + n);
	opts->form = NULL;
}

/* The method: curl's own where redirects change it (POST becomes GET by 303). */
E2E__FN CURLcode e2e__client_method(CURL *easy, const char *method, const char *body, size_t size)
{
	CURLcode code = CURLE_OK;

	if (body) {
		code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
		if (code == CURLE_OK)
			code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	} else if (strcmp(method, "POST") == 0) {
		code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
	}
	if (code == CURLE_OK && strcmp(method, "HEAD") == 0)
		code = curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (code == CURLE_OK && strcmp(method, body ? "POST" : "GET") != 0 &&
		strcmp(method, "POST") != 0)
		code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	return code;
}

/* The lines of the header, or NULL. "Expect:" takes away libcurl's own, with which it waits a second
 * for a 100 before it sends a long body. */
E2E__FN struct curl_slist *e2e__client_lines(
	const char *file, int line, const e2e_http_opts *opts, bool body)
{
	struct curl_slist *lines = body ? curl_slist_append(NULL, "Expect:") : NULL;
	const char *type = opts->type ? opts->type : opts->json ? "application/json" : NULL;

	if (type)
		lines = curl_slist_append(lines, e2e_printf("Content-Type: %s", type));
	for (size_t i = 0; opts->header && opts->header[i]; i++) {
		if (!strpbrk(opts->header[i], ":;") || strpbrk(opts->header[i], "\r\n"))
			e2e__client_wrong(file, line,
				e2e_printf(
					"%s is no line of a header", e2e_quoted(opts->header[i])));
		lines = curl_slist_append(lines, opts->header[i]);
	}
	return lines;
}

/* A handle as it is before a request: what every one has. */
E2E__FN void e2e__client_fresh(e2e_session *s)
{
	CURL *easy = s->easy;

	/* a reset would forget to free the list of files; the cookies themselves are shared */
	curl_easy_setopt(easy, CURLOPT_COOKIEFILE, NULL);
	curl_easy_reset(easy); /* cookies and connections stay */
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, s->why);
	curl_easy_setopt(easy, CURLOPT_SHARE, s->cookies);
	curl_easy_setopt(easy, CURLOPT_COOKIEFILE, ""); /* there are cookies */
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, e2e__client_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, (void *)s);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, e2e__client_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, (void *)s);
}

/* What this request has. A handle that has served a GET without a body is as good as a fresh one,
 * which costs a tenth of a request. */
E2E__FN void e2e__client_set(const char *file, int line, e2e_session *s, const char *method,
	const e2e_http_opts *opts, const char *sent)
{
	CURL *easy = s->easy;
	size_t size = opts->body && opts->size ? opts->size : sent ? strlen(sent) : 0;
	bool plain = !sent && !opts->ca && !opts->cert && !opts->key && strcmp(method, "GET") == 0;

	if (!s->plain)
		e2e__client_fresh(s);
	s->plain = false; /* what can't be set ends the case */
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, opts->follow > 0 ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)opts->follow);
	e2e__client_must(file, line, curl_easy_setopt(easy, CURLOPT_URL, opts->url));
	if (opts->ca)
		e2e__client_must(file, line, curl_easy_setopt(easy, CURLOPT_CAINFO, opts->ca));
	if (opts->cert)
		e2e__client_must(file, line, curl_easy_setopt(easy, CURLOPT_SSLCERT, opts->cert));
	if (opts->key)
		e2e__client_must(file, line, curl_easy_setopt(easy, CURLOPT_SSLKEY, opts->key));
	if (!plain)
		e2e__client_must(file, line, e2e__client_method(easy, method, sent, size));
	s->plain = plain;
}

/* Runs it. Between the steps the case looks at its processes: a server that dies ends it. */
E2E__FN CURLcode e2e__client_run(e2e_session *s, double end)
{
	CURLcode result = CURLE_OPERATION_TIMEDOUT;
	int running = 1, left, ready;
	const CURLMsg *said;

	curl_multi_remove_handle(s->multi, s->easy); /* a limit may have ended the one before */
	curl_multi_add_handle(s->multi, s->easy);
	while (curl_multi_perform(s->multi, &running) == CURLM_OK && running && e2e_now() < end)
		if (curl_multi_wait(s->multi, NULL, 0, 20, &ready) != CURLM_OK || !ready)
			e2e__limit_pause(0);
	while ((said = curl_multi_info_read(s->multi, &left)))
		if (said->msg == CURLMSG_DONE)
			result = said->data.result;
	curl_multi_remove_handle(s->multi, s->easy);
	return result;
}

/* What came, in the case's memory. */
E2E__FN e2e_http_reply e2e__client_reply(e2e_session *s, CURLcode code)
{
	e2e_http_reply r;
	char *url = NULL;
	long status = 0, redirects = 0;

	memset(&r, 0, sizeof r);
	curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(s->easy, CURLINFO_REDIRECT_COUNT, &redirects);
	curl_easy_getinfo(s->easy, CURLINFO_TOTAL_TIME, &r.seconds);
	curl_easy_getinfo(s->easy, CURLINFO_EFFECTIVE_URL, &url);
	r.status = s->header.n ? (int)status : 0;
	r.redirects = (int)redirects;
	r.url = e2e__memory_strdup(url ? url : "");
	r.body_size = s->body.n;
	r.body = e2e__memory_strndup(s->body.p, s->body.n);
	r.header = e2e__memory_strndup(s->header.p, s->header.n);
	r.type = e2e_header(&r, "Content-Type");
	if (!r.type)
		r.type = "";
	if (code != CURLE_OK)
		r.error = *s->why ? e2e__memory_strdup(s->why) : curl_easy_strerror(code);
	return r;
}

/* Sends it and takes what comes. */
E2E__FN e2e_http_reply e2e__client_exchange(const char *file, int line, e2e_session *s,
	const char *method, const e2e_http_opts *opts, const char *sent)
{
	double limit = e2e__system_patience(opts->timeout > 0 ? opts->timeout : -1);
	struct curl_slist *lines = e2e__client_lines(file, line, opts, sent != NULL);

	e2e__wait_waiting("an answer from %s", opts->url);
	e2e__client_hold(&s->header, "", 0);
	e2e__client_hold(&s->body, "", 0);
	*s->why = '\0';
	e2e__client_set(file, line, s, method, opts, sent);
	curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, lines);

	CURLcode code = e2e__client_run(s, e2e__system_wait_until(limit));
	e2e__wait_waiting(NULL);
	if (code == CURLE_OPERATION_TIMEDOUT && !*s->why)
		snprintf(s->why, sizeof s->why, "no whole answer within %g s", limit);
	e2e_http_reply r = e2e__client_reply(s, code);
	curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(lines);
	return r;
}

E2E__FN e2e_http_reply e2e__client_ask(
	const char *file, int line, e2e_session *s, const char *method, e2e_http_opts opts)
{
	if (!opts.url || !*opts.url || !method || !*method)
		e2e__client_wrong(file, line, "the method or the URL is missing");
	if (!!opts.form + !!opts.json + !!opts.body > 1)
		e2e__client_wrong(file, line, "only one of .form, .json and .body can be sent");
	s = s ? s : e2e__client_open(file, line);
	if (opts.form && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0))
		e2e__client_query(file, line, s->easy, &opts);
	const char *sent = opts.form ? e2e__client_form(file, line, s->easy, opts.form)
		: opts.json          ? opts.json
				     : opts.body;
	e2e_http_reply r = e2e__client_exchange(file, line, s, method, &opts, sent);
	if (r.error)
		e2e__story_tell(
			"client", "net", true, "%.12s %.80s: %.50s", method, opts.url, r.error);
	else
		e2e__story_tell("client", "net", r.status >= 500, "%.12s %.100s: %d, %zu byte%s",
			method, opts.url, r.status, r.body_size, E2E__PLURAL(r.body_size));
	e2e__client_keep(s, method, &opts, sent, &r);
	return r;
}
#endif /* E2E_CURL */
