#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "files.h"
#include "page.h"
#include "secret.h"

/* @manual The story of a case
 *	What happened before a failure, on all sides, in order of time: what e2e_proc.h and
 *	e2e_xmpp.h see, the assertions, and what the test tells itself:
 *		e2e_event("queue", "%d jobs wait", n);
 *	A failed case that has more than assertions to tell shows 40 lines of its story in its YAML,
 *	under story: seconds since the case began, who, what:
 *		+0.010 redis | Ready to accept connections
 *		+0.304 redis ! ended: exit code 3 (pid 4711)
 *	Where others have "|", "!" marks a failed assertion, an end that nobody asked for, a fault
 *	that bites, a line of a log that speaks of an error: of these the last 20 are shown, of the
 *	rest the latest. Lines of logs that say "info" or "debug", and bytes that pass, have room
 *	only where nothing else needs it, but for the last ten events. Empty lines are left out.
 *	Assertions that pass one after another are one line, also over subtests in which nothing
 *	else happens; a limit is told when it is over, at the time at which it began. Of lines that
 *	a log gets in one go the last eight stand for all. The end of a process is told with who has
 *	asked for it, "ended: SIGTERM (pid 4712) by e2e_kill at t/x.c:12", "by the case's end", or,
 *	where the case's own process has died before, "by the case's death" (on Linux); one by a
 *	signal ", which the test hasn't sent" is marked, unless it was waited for. A connection
 *	that comes to a proxy or a stub is told with the case's process that has made it, on Linux,
 *	where a short look finds it: "connection 1: accepted from curl (pid 4712)"; mails are "sent
 *	by msmtp (pid 4713)", and the HTTP stub's requests "GET /x from curl (pid 4712): 200" unless
 *	the test has asked. Lines of logs have the time at which they appeared, to about 10 ms: how
 *	long the log files are is looked at while the case runs, so nothing stands between a process
 *	and its log. A log in the case's folder whose end is wholly in the story isn't shown once
 *	more. Services, and helpers of the suite, are told by their logs alone, from when they were
 *	ready; of what they said before, only errors are told. The whole story is
 *	in story.jsonl in the case's folder, an object a line:
 *		{"t":0.213,"lane":"redis","kind":"log","odd":false,"text":"Ready"}
 *	t are seconds since the case began, lane is who, kind one of event, pass, fail, subtest,
 *	limit, spawn, ready, log, signal, exit, fault, net, stanza, mail, command; odd is true
 *	where the story shows "!". A case keeps its last 512 events, of 151 bytes each; the first
 *	line tells how many older ones there were. They are in memory that a crash or SIGKILL of
 *	the case leaves. Of a case that passes nothing is kept, unless --keep is given.
 */

/* @interface */

/* e2e_event(lane, fmt, ...): an entry of the case's story. lane says who, at most 15 bytes of it
 * count; fmt is printf's. Threads and forked children may call it. */
#define e2e_event(...) e2e__story_event(__VA_ARGS__)

E2E__FN void e2e__story_event(const char *lane, const char *fmt, ...) E2E__PRINTF(2, 3);
/* The same of a room's own kind; odd: nobody has asked for it. */
E2E__FN void e2e__story_tell(const char *lane, const char *kind, bool odd, const char *fmt, ...)
	E2E__PRINTF(4, 5);
/* A line of text as it is, seen at that time (e2e__clock_ns). */
E2E__FN void e2e__story_line(
	int64_t at, const char *lane, const char *kind, bool odd, const char *text, size_t n);

/* @implementation */

E2E__FN void e2e__story_name(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n >= size)
		n = size - 1;
	memcpy(to, from, n);
	to[n] = 0;
}

/* A text that is too long ends in "...", and never within a character of UTF-8. */
E2E__FN void e2e__story_text(struct e2e__event *e, const char *text, size_t n)
{
	bool cut = n >= sizeof e->text;

	if (cut) {
		n = sizeof e->text - 4;
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(e->text, text, n);
	memcpy(e->text + n, cut ? "..." : "", cut ? 4 : 1);
}

/* An event is one line. */
E2E__FN void e2e__story_join(struct e2e__event *e)
{
	char *p = e->text;

	while ((p = strchr(p, '\n')) != NULL)
		*p = ' ';
}

/* The caller holds the page's lock. */
E2E__FN struct e2e__event *e2e__story_next(struct e2e__page *pg)
{
	struct e2e__event *e = &pg->event[pg->events++ % E2E__EVENTS];

	if (pg->events - pg->eldest > E2E__EVENTS)
		pg->eldest = pg->events - E2E__EVENTS;
	return e;
}

E2E__FN void e2e__story_put_of(struct e2e__page *pg, int log, int64_t at, const char *lane,
	const char *kind, bool odd, const char *text, size_t n)
{
	struct e2e__event *e;

	if (!pg)
		return;
	e2e__page_lock(pg);
	e = e2e__story_next(pg);
	e->at = at;
	e->odd = odd;
	e->times = 1;
	e->log = (signed char)log;
	e2e__story_name(e->kind, sizeof e->kind, kind);
	e2e__story_name(e->lane, sizeof e->lane, lane);
	e2e__story_text(e, text, n);
	e2e__story_join(e);
	pg->told = 1;
	e2e__page_unlock(pg);
}

E2E__FN void e2e__story_put(struct e2e__page *pg, int64_t at, const char *lane, const char *kind,
	bool odd, const char *text, size_t n)
{
	e2e__story_put_of(pg, -1, at, lane, kind, odd, text, n);
}

/* A line of the i-th log of the page. */
E2E__FN void e2e__story_put_line(struct e2e__page *pg, int i, int64_t at, const char *lane,
	bool odd, const char *text, size_t n)
{
	e2e__story_put_of(pg, i, at, lane, "log", odd, text, n);
}

E2E__FN void e2e__story_line(
	int64_t at, const char *lane, const char *kind, bool odd, const char *text, size_t n)
{
	e2e__story_put(e2e__state.page, at, lane, kind, odd, text, n);
}

E2E__FN void e2e__story_vtell(
	const char *lane, const char *kind, bool odd, const char *fmt, va_list ap)
{
	int64_t now = e2e__clock_ns();
	char text[sizeof((struct e2e__event *)0)->text + 1]; /* one byte too many tells of more */
	int n;

	if (!strchr(fmt, '%')) {
		e2e__story_line(now, lane, kind, odd, fmt, strlen(fmt));
		return;
	}
	n = vsnprintf(text, sizeof text, fmt, ap);
	if (n >= (int)sizeof text)
		n = (int)sizeof text - 1;
	e2e__story_line(now, lane, kind, odd, text, n < 0 ? 0 : (size_t)n);
}

E2E__FN void e2e__story_tell(const char *lane, const char *kind, bool odd, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	e2e__story_vtell(lane, kind, odd, fmt, ap);
	va_end(ap);
}

E2E__FN void e2e__story_event(const char *lane, const char *fmt, ...)
{
	va_list ap;

	e2e__script_begin();
	va_start(ap, fmt);
	e2e__story_vtell(lane, "event", false, fmt, ap);
	va_end(ap);
}

/* A test point whose line is n bytes without a newline. Those that pass one after another count in
 * one event, so they cost no look at the clock and push nothing out. The caller holds the lock. */
E2E__FN void e2e__story_point_line(struct e2e__page *pg, bool ok, const char *line, size_t n)
{
	struct e2e__event *e = &pg->event[(pg->events + E2E__EVENTS - 1) % E2E__EVENTS];

	if (!n) { /* it has no name */
		line = ok ? "ok" : "not ok";
		n = strlen(line);
	}
	if (ok && pg->events && strcmp(e->kind, "pass") == 0) {
		e->times++;
		e2e__story_text(e, line, n);
		return;
	}

	e = e2e__story_next(pg);
	e->at = e2e__clock_ns();
	e->odd = !ok;
	e->times = 1;
	e->log = -1;
	memcpy(e->kind, ok ? "pass" : "fail", 5);
	memcpy(e->lane, "test", 5);
	e2e__story_text(e, line, n);
}

/* The same of the first of several lines. */
E2E__FN void e2e__story_point(struct e2e__page *pg, bool ok, const char *line, size_t n)
{
	const char *newline = (const char *)memchr(line, '\n', n);

	e2e__story_point_line(pg, ok, line, newline ? (size_t)(newline - line) : n);
}

/* The n-th event before the next one, or NULL if it is another kind. */
E2E__FN struct e2e__event *e2e__story_last(struct e2e__page *pg, unsigned n, const char *kind)
{
	struct e2e__event *e = &pg->event[(pg->events + E2E__EVENTS - n) % E2E__EVENTS];

	return pg->events - pg->eldest >= n && strcmp(e->kind, kind) == 0 ? e : NULL;
}

/* Of a subtest that is over, at this depth or deeper, and in which nothing has happened but
 * assertions that passed, only they are kept, as one event with those before it: many in a row
 * push nothing out. False: there is none. */
E2E__FN bool e2e__story_fold(struct e2e__page *pg, int depth)
{
	struct e2e__event *passed = e2e__story_last(pg, 1, "pass"),
			  *begun = e2e__story_last(pg, 2, "subtest"),
			  *before = e2e__story_last(pg, 3, "pass");

	if (!passed || !begun || begun->log > -2 - depth)
		return false;
	if (before) {
		before->times += passed->times;
		memcpy(before->text, passed->text, sizeof before->text);
		pg->events--;
	} else {
		*begun = *passed;
	}
	pg->events--;
	return true;
}

/* A subtest begins, or (why) is skipped. It alone is no reason to show a story. The caller holds
 * the lock. */
E2E__FN void e2e__story_subtest(struct e2e__page *pg, const char *name, const char *why)
{
	static const char begins[] = "subtest begins: ";
	struct e2e__event *e;
	int64_t now = e2e__clock_ns();
	char text[sizeof e->text + sizeof begins];
	size_t n = strlen(name);

	while (!why && e2e__story_fold(pg, pg->depth))
		;
	if (why) {
		snprintf(text, sizeof text, "subtest skipped: %.60s: %.70s", name, why);
	} else {
		n = n < sizeof e->text ? n : sizeof e->text - 1;
		memcpy(text, begins, sizeof begins - 1);
		memcpy(text + sizeof begins - 1, name, n);
		text[sizeof begins - 1 + n] = '\0';
	}
	e = e2e__story_next(pg);
	e->at = now;
	e->odd = false;
	e->times = 1;
	e->log = (signed char)(-2 - (why ? -1 : pg->depth)); /* of no log */
	memcpy(e->kind, "subtest", 8);
	memcpy(e->lane, "test", 5);
	e2e__story_text(e, text, strlen(text));
	e2e__story_join(e);
}

/* A limit was over: when it had begun. The case's own begins with it. */
E2E__FN void e2e__story_limit(struct e2e__page *pg, const struct e2e__limit *g, int case_line)
{
	int64_t began = g->until - e2e__clock_span(g->seconds);
	int told = pg->told;
	char text[160], number[64];

	if (g->line == case_line || g->line <= 0)
		return;
	e2e__clock_number(number, sizeof number, "%.6g", g->seconds);
	snprintf(text, sizeof text, "a limit of %s s begins: %.60s:%d", number, g->file, g->line);
	e2e__story_put(pg, began, "test", "limit", false, text, strlen(text));
	pg->told = told;
}

/* ---- the watching side */

/* The case's process has died: the last that is told of it, but for what has died with it. */
E2E__FN void e2e__story_ends(struct e2e__page *pg, int64_t at, const char *how)
{
	int told = pg->told;

	e2e__story_put(pg, at ? at : e2e__clock_ns(), "test", "exit", true, how, strlen(how));
	pg->told = told;
}

/* The n-th event that is still there; its texts end whatever the tested code has done. */
E2E__FN struct e2e__event *e2e__story_at(struct e2e__page *pg, unsigned n)
{
	struct e2e__event *e = &pg->event[n % E2E__EVENTS];

	e->kind[sizeof e->kind - 1] = e->lane[sizeof e->lane - 1] = 0;
	e->text[sizeof e->text - 1] = 0;
	return e;
}

E2E__FN unsigned e2e__story_first(const struct e2e__page *pg)
{
	/* the tested code may have written over it */
	return pg->events - pg->eldest > E2E__EVENTS ? pg->events - E2E__EVENTS : pg->eldest;
}

E2E__FN double e2e__story_seconds(const struct e2e__page *pg, const struct e2e__event *e)
{
	return (double)(e->at - pg->began) * 1e-9;
}

/* How many columns a text in UTF-8 has. */
E2E__FN int e2e__story_columns(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* "+0.213 redis | Ready to accept connections" */
E2E__FN void e2e__story_add_line(
	struct e2e__buf *b, const struct e2e__page *pg, const struct e2e__event *e, int width)
{
	char seconds[64];

	e2e__clock_number(seconds, sizeof seconds, "%.3f", e2e__story_seconds(pg, e));
	e2e__buf_addf(b, "+%s %s%*s %c ", seconds, e->lane, width - e2e__story_columns(e->lane), "",
		e->odd ? '!' : '|');
	if (e->times > 1)
		e2e__buf_addf(b, "%u assertions pass, the last: ", e->times);
	e2e__buf_addf(b, "%s\n", e->text);
}

/* What a report shows of the story: the events in order of time, chosen among the last. */
struct e2e__excerpt {
	unsigned n;
	struct e2e__event *event[E2E__EVENTS];
	bool shown[E2E__EVENTS];
};

/* Events come in order of time but for those that were seen later. */
E2E__FN void e2e__story_sort(struct e2e__excerpt *x, struct e2e__page *pg)
{
	unsigned first = e2e__story_first(pg), i, k;

	x->n = pg->events - first;
	for (i = 0; i < x->n; i++) {
		struct e2e__event *e = e2e__story_at(pg, first + i);

		for (k = i; k > 0 && x->event[k - 1]->at > e->at; k--)
			x->event[k] = x->event[k - 1];
		x->event[k] = e;
		x->shown[i] = false;
	}
}

E2E__FN bool e2e__story_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Does a line of a log say that it only informs: "... [info] ...", "DEBUG: ..."? */
E2E__FN bool e2e__story_informs(const char *line)
{
	static const char *const levels[] = {"info", "debug", "trace", "INFO", "DEBUG", "TRACE"};

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		size_t n = strlen(levels[i]);

		for (const char *p = line; (p = strstr(p, levels[i])) != NULL; p += n)
			if (!(p > line && e2e__story_is_letter(p[-1])) &&
				!e2e__story_is_letter(p[n]))
				return true;
	}
	return false;
}

/* What is told for completeness: bytes that pass, lines that inform, the end of a stream and how
 * stanzas are counted (XEP-0198). */
E2E__FN bool e2e__story_is_dull(const struct e2e__event *e)
{
	if (e->odd)
		return false;
	if (e->log >= 0)
		return e2e__story_informs(e->text);
	if (strcmp(e->kind, "net") == 0)
		return strncmp(e->text, "connection ", 11) == 0 && strstr(e->text, " to the ") &&
			!strchr(e->text, ';');
	if (strcmp(e->kind, "stanza") == 0)
		return strstr(e->text, " </stream") || strncmp(e->text + 2, "<r ", 3) == 0 ||
			strncmp(e->text + 2, "<a ", 3) == 0;
	return false;
}

/* Of what isn't shown yet the latest, until so many are; of lines that a log got one after another
 * the last few. */
E2E__FN unsigned e2e__story_take(struct e2e__excerpt *x, unsigned chosen, unsigned most,
	bool (*leave)(const struct e2e__event *))
{
	enum { RUN = 8 };
	unsigned run = 0, i;

	for (i = x->n; i > 0 && chosen < most; i--) {
		const struct e2e__event *e = x->event[i - 1];
		bool goes_on = i < x->n && x->event[i]->log == e->log;

		run = e->log >= 0 && goes_on ? run + 1 : 0;
		if (x->shown[i - 1] || run >= RUN || (leave && leave(e)))
			continue;
		x->shown[i - 1] = true;
		chosen++;
	}
	return chosen;
}

E2E__FN bool e2e__story_is_even(const struct e2e__event *e)
{
	return !e->odd;
}

/* The last 40 that matter: what is odd before other things, these before what is dull. The very
 * last are there whatever they are. */
E2E__FN unsigned e2e__story_choose(struct e2e__excerpt *x)
{
	enum { SHOWN = 40, ODD = 20, LAST = 10 };
	unsigned chosen = e2e__story_take(x, 0, ODD, e2e__story_is_even);

	chosen = e2e__story_take(x, chosen, SHOWN - LAST, e2e__story_is_dull);
	return e2e__story_take(x, chosen, SHOWN, NULL);
}

E2E__FN int e2e__story_width(const struct e2e__excerpt *x)
{
	int width = 4;

	for (unsigned i = 0; i < x->n; i++) {
		int n = x->shown[i] ? e2e__story_columns(x->event[i]->lane) : 0;

		width = n > width ? n : width;
	}
	return width;
}

/* The last events as a text, NULL where there is nothing but assertions to tell. How many lines of
 * each log it has is counted. */
E2E__FN const char *e2e__story_excerpt(struct e2e__page *pg, unsigned shown[E2E__EVIDENCES])
{
	struct e2e__excerpt x;
	unsigned left_out = 0, chosen, i;
	E2E__BUF(b, 4096);

	memset(shown, 0, E2E__EVIDENCES * sizeof *shown);
	if (!pg->told)
		return NULL;
	e2e__story_sort(&x, pg);
	chosen = e2e__story_choose(&x);
	int width = e2e__story_width(&x);

	if (chosen < pg->events)
		e2e__buf_addf(&b, "(%u of %u events)\n", chosen, pg->events);
	for (i = 0; i < x.n; i++) {
		struct e2e__event *e = x.event[i];

		if (!x.shown[i]) {
			left_out++;
			continue;
		}
		if (left_out && left_out < i)
			e2e__buf_adds(&b, "...\n");
		left_out = 0;
		if (e->log >= 0 && e->log < E2E__EVIDENCES)
			shown[e->log]++;
		e2e__story_add_line(&b, pg, e, width);
	}
	return e2e__memory_taken(&b);
}

/* A JSON string (RFC 8259) without secrets: what can't be printed is shown as an escape, as in a
 * report. */
E2E__FN void e2e__story_add_string(struct e2e__buf *b, const char *text)
{
	E2E__BUF(clean, 512);
	E2E__BUF(shown, 512);

	e2e__secret_add(&clean, text, strlen(text), true);
	e2e__buf_escape(&shown, clean.p, clean.n, E2E__PLAIN);
	e2e__buf_free(&clean);
	e2e__buf_adds(b, "\"");
	for (size_t i = 0; i < shown.n; i++) {
		char c = shown.p[i];

		if (c == '\t')
			e2e__buf_adds(b, "\\t");
		else
			e2e__buf_addf(b, c == '"' || c == '\\' ? "\\%c" : "%c", c);
	}
	e2e__buf_adds(b, "\"");
	e2e__buf_free(&shown);
}

E2E__FN void e2e__story_add_json(
	struct e2e__buf *b, const struct e2e__page *pg, const struct e2e__event *e)
{
	char seconds[64];

	e2e__clock_number(seconds, sizeof seconds, "%.6f", e2e__story_seconds(pg, e));
	e2e__buf_addf(b, "{\"t\":%s,\"lane\":", seconds);
	e2e__story_add_string(b, e->lane);
	e2e__buf_adds(b, ",\"kind\":");
	e2e__story_add_string(b, e->kind);
	e2e__buf_addf(b, ",\"odd\":%s", e->odd ? "true" : "false");
	if (e->times > 1)
		e2e__buf_addf(b, ",\"times\":%u", e->times);
	e2e__buf_adds(b, ",\"text\":");
	e2e__story_add_string(b, e->text);
	e2e__buf_adds(b, "}\n");
}

/* Writes story.jsonl into the case's folder. 0, or -1 with errno. */
E2E__FN int e2e__story_save(struct e2e__page *pg, const char *folder)
{
	unsigned n = e2e__story_first(pg);
	FILE *f = fopen(e2e_printf("%s/story.jsonl", folder), "wx");
	struct e2e__excerpt x;
	int failed;
	E2E__BUF(b, 4096);

	if (!f)
		return -1;
	if (n)
		fprintf(f,
			"{\"t\":0,\"lane\":\"e2e\",\"kind\":\"event\",\"odd\":false,"
			"\"text\":\"%u events before these are not kept\"}\n",
			n);
	e2e__story_sort(&x, pg);
	for (n = 0; n < x.n; n++) {
		b.n = 0;
		e2e__story_add_json(&b, pg, x.event[n]);
		fwrite(b.p, 1, b.n, f);
	}
	e2e__buf_free(&b);
	failed = ferror(f) ? EIO : 0;
	if (fclose(f) != 0 && !failed)
		failed = errno;
	errno = failed;
	return failed ? -1 : 0;
}
