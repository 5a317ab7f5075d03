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
	long long burst;    /* of them, those that aren't told yet */
	int pieces;         /* of the burst: datagrams */
	int way;            /* of the burst: 0, 1 */
	double at;          /* when its last bytes went; seconds as of e2e_now */
	int64_t began;
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
}

E2E__FN void e2e__traffic_flush(struct e2e__traffic *t)
{
	char text[120], pieces[40] = "";

	if (!t->burst && !t->pieces)
		return;
	if (t->pieces)
		snprintf(pieces, sizeof pieces, "%d datagram%s, ", t->pieces,
			t->pieces == 1 ? "" : "s");
	snprintf(text, sizeof text, "%s %lld: %s%lld bytes %s", t->what, t->number, pieces,
		t->burst, e2e__traffic_ways[t->way]);
	t->burst = 0;
	t->pieces = 0;
	e2e__story_line(t->began, t->lane, "net", false, text, strlen(text));
}

/* Seconds without anything that end a burst. */
#define E2E__TRAFFIC_PAUSE 0.05

/* A burst that is over is told; *next: when to look again. */
E2E__FN void e2e__traffic_rest(struct e2e__traffic *t, double now, double *next)
{
	double over = t->at + E2E__TRAFFIC_PAUSE;

	if (!t->burst && !t->pieces)
		return;
	if (now >= over)
		e2e__traffic_flush(t);
	else if (over < *next)
		*next = over;
}

/* So many bytes went this way. */
E2E__FN void e2e__traffic_bytes(struct e2e__traffic *t, int way, long long n, double now)
{
	if (t->way != way || now > t->at + E2E__TRAFFIC_PAUSE)
		e2e__traffic_flush(t);
	if (!t->burst && !t->pieces)
		t->began = e2e__clock_ns();
	t->way = way;
	t->at = now;
	t->burst += n;
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
		"%s %lld: %s; %lld bytes to the server, %lld to the client", t->what, t->number,
		how, t->bytes[0], t->bytes[1]);
}
