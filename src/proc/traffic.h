#pragma once
#include "base.h"
#include "state.h"

/* @implementation */

/* One connection through the proxy, or one client of datagrams, as the story tells it: what goes
 * one way without a pause is one event. */
struct e2e__traffic {
	const char *lane;
	const char *what;   /* "connection"; of datagrams "client" */
	long long number;   /* of the connection */
	long long bytes[2]; /* to the server, to the client */
	long long burst[2]; /* of them, those that aren't told yet */
	int pieces;         /* of the burst: datagrams */
	int way;            /* of the last bytes: 0, 1 */
	int turns;          /* how often the way has changed since the last pause */
	int told;           /* of them, how many are in the burst */
	double at;          /* when its last bytes went; seconds as of e2e_now */
	int64_t began;      /* the burst, or before the first one the connection */
	bool closed;
};

static const char *const e2e__traffic_ways[] = {"to the server", "to the client"};

/* from: whose it is, or "". */
E2E__FN void e2e__traffic_open(struct e2e__traffic *t, const char *lane, const char *what,
	long long number, const char *from)
{
	t->lane = lane;
	t->what = what;
	t->number = number;
	e2e__story_tell(lane, "net", false, "%s %lld: accepted%s%s", what, number,
		*from ? " from " : "", from);
	t->began = e2e__clock_ns();
}

/* "83 bytes to the server", "1322 bytes to the server, 594 to the client" */
E2E__FN void e2e__traffic_words(
	char *text, size_t size, const struct e2e__traffic *t, const long long bytes[2])
{
	int way = bytes[0] ? 0 : bytes[1] ? 1 : t->way;

	if (bytes[0] && bytes[1])
		snprintf(text, size, "%lld byte%s %s, %lld %s", bytes[0], E2E__PLURAL(bytes[0]),
			e2e__traffic_ways[0], bytes[1], e2e__traffic_ways[1]);
	else
		snprintf(text, size, "%lld byte%s %s", bytes[way], E2E__PLURAL(bytes[way]),
			e2e__traffic_ways[way]);
}

E2E__FN void e2e__traffic_flush(struct e2e__traffic *t)
{
	char text[240], pieces[40] = "", turns[40] = "", words[80];

	if (!t->told)
		return;
	if (t->pieces)
		snprintf(pieces, sizeof pieces, "%d datagram%s, ", t->pieces,
			E2E__PLURAL(t->pieces));
	if (t->told > 1)
		snprintf(turns, sizeof turns, ", by %d turns", t->told);
	e2e__traffic_words(words, sizeof words, t, t->burst);
	snprintf(text, sizeof text, "%s %lld: %s%s%s", t->what, t->number, pieces, words, turns);
	t->burst[0] = t->burst[1] = 0;
	t->pieces = t->told = 0;
	e2e__story_line(t->began, t->lane, "net", false, text, strlen(text));
}

/* Seconds without anything that end a burst. */
#define E2E__TRAFFIC_PAUSE 0.05

/* A burst that is over is told; *next: when to look again. */
E2E__FN void e2e__traffic_rest(struct e2e__traffic *t, double now, double *next)
{
	double over = t->at + E2E__TRAFFIC_PAUSE;

	if (!t->told)
		return;
	if (now >= over)
		e2e__traffic_flush(t);
	else if (over < *next)
		*next = over;
}

/* So many bytes went this way. A question and its answer are told each; what goes to and fro behind
 * them without a pause, a handshake say, is one event: it isn't to push out what others tell. */
E2E__FN void e2e__traffic_bytes(struct e2e__traffic *t, int way, long long n, double now)
{
	enum { EACH = 2 };
	int64_t at = (int64_t)(now * 1e9); /* before anybody has them */

	if (now > t->at + E2E__TRAFFIC_PAUSE)
		t->turns = 0;
	bool goes_on = t->turns && t->way == way;
	if (!goes_on && (t->turns <= EACH || t->pieces))
		e2e__traffic_flush(t);
	if (!t->told && at > t->began)
		t->began = at;
	t->turns += !goes_on;
	t->told += !goes_on || !t->told;
	t->way = way;
	t->at = now;
	t->burst[way] += n;
	t->bytes[way] += n;
}

E2E__FN void e2e__traffic_datagram(struct e2e__traffic *t, int way, size_t n, double now)
{
	e2e__traffic_bytes(t, way, (long long)n, now);
	t->pieces++;
}

/* The connection has ended; odd: it was broken. */
E2E__FN void e2e__traffic_close(struct e2e__traffic *t, bool odd, const char *how)
{
	if (t->closed)
		return;
	t->closed = true;
	e2e__traffic_flush(t);
	e2e__story_tell(t->lane, "net", odd,
		"%s %lld: %s; %lld byte%s to the server, %lld to the client", t->what, t->number,
		how, t->bytes[0], E2E__PLURAL(t->bytes[0]), t->bytes[1]);
}
