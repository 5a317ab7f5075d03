#pragma once
#include "base.h"
#include "state.h"

/* @implementation */

/* One connection through the proxy, as the story tells it: bytes that go one way without a pause
 * are one event. */
struct e2e__traffic {
	const char *lane;
	long long number;   /* of the connection */
	long long bytes[2]; /* to the server, to the client */
	long long burst;    /* of them, those that aren't told yet */
	int way;            /* of the burst: 0, 1 */
	double at;          /* when its last bytes went; seconds as of e2e_now */
	int64_t began;
	bool closed;
};

static const char *const e2e__traffic_ways[] = {"to the server", "to the client"};

E2E__FN void e2e__traffic_open(struct e2e__traffic *t, const char *lane, long long number)
{
	t->lane = lane;
	t->number = number;
	e2e__story_tell(lane, "net", false, "connection %lld: accepted", number);
}

E2E__FN void e2e__traffic_flush(struct e2e__traffic *t)
{
	char text[100];

	if (!t->burst)
		return;
	snprintf(text, sizeof text, "connection %lld: %lld bytes %s", t->number, t->burst,
		e2e__traffic_ways[t->way]);
	t->burst = 0;
	e2e__story_line(t->began, t->lane, "net", false, text, strlen(text));
}

/* So many bytes went this way. */
E2E__FN void e2e__traffic_bytes(struct e2e__traffic *t, int way, long long n, double now)
{
	const double pause = 0.05;

	if (t->burst && (t->way != way || now > t->at + pause))
		e2e__traffic_flush(t);
	if (!t->burst)
		t->began = e2e__clock_ns();
	t->way = way;
	t->at = now;
	t->burst += n;
	t->bytes[way] += n;
}

/* The connection has ended; odd: it was broken. */
E2E__FN void e2e__traffic_close(struct e2e__traffic *t, bool odd, const char *how)
{
	if (t->closed)
		return;
	t->closed = true;
	e2e__traffic_flush(t);
	e2e__story_tell(t->lane, "net", odd,
		"connection %lld: %s; %lld bytes to the server, %lld to the client", t->number, how,
		t->bytes[0], t->bytes[1]);
}
