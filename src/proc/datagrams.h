#pragma once
#include "ports.h"
#include "system.h"
#include "helper.h"
#include "peer.h"
#include "proxy.h"

/* @manual Faults of datagrams
 *	e2e_proxy *px = e2e_proxy_to("udp:127.0.0.1:53");
 *	e2e_proxy_fault(px, E2E_TO_SERVER, .loss = 0.3);
 *	e2e_run("dig", "+tries=5", "-p", e2e_printf("%d", px->port), "@127.0.0.1", "a.example");
 *	e2e_cmp_int(e2e_proxy_count(px).lost, ">", 0);
 *
 *	Before a server of datagrams the proxy deals with datagrams, and can do to them what UDP
 *	allows:
 *	.loss = 0.3                  this share of them vanishes (1: all)
 *	.duplicate = 0.1             this share arrives twice
 *	.reorder = 0.1               this share arrives behind the one that follows; if none follows
 *	                             within 0.1 s, alone
 *	.latency, .jitter            each leaves that much later; only .reorder changes the order
 *	.bandwidth = n               bytes a second
 *	.drop = true                 all vanish, or with .limit those that would exceed n bytes
 *	.down = true                 nobody has the port: clients see ECONNREFUSED
 *	.first = n                   all this holds for the next n datagrams of the direction only
 *	Chance is the case's seed: after e2e_proxy_fault, the n-th datagram of a direction meets the
 *	same fate in each run with the same --seed. .slice, .pause, .reset, .slow_close and .limit
 *	without .drop have no meaning for datagrams and fail the case; so do .loss, .duplicate and
 *	.reorder for connections.
 *	A client is an address; the server sees another port for each. An answer counts if it comes
 *	from where the request went. A client from which nothing came for a minute is forgotten.
 */

/* @implementation */

enum {
	E2E__DATAGRAM_MAX = 65536,
	E2E__DATAGRAM_BURST = 64,      /* taken from a socket before the others have their turn */
	E2E__DATAGRAM_QUEUE = 16 << 20 /* bytes that wait in one direction; more is lost */
};

/* Seconds that one which is to be overtaken waits for the next. */
#define E2E__DATAGRAM_HOLD 0.1
/* Seconds after which a silent client is forgotten. */
#define E2E__DATAGRAM_IDLE 60.

struct e2e__datagram {
	struct e2e__datagram *next;
	double due;
	size_t n;   /* bytes, which stand behind this */
	bool again; /* for the next handler of a stub: it has been counted */
};

/* What goes from a client to the server, or back. */
struct e2e__stream {
	struct e2e__datagram *first, *last;
	struct e2e__datagram *held; /* waits to be overtaken, until its due */
};

/* A client, with the socket that the server knows it by. */
struct e2e__visitor {
	struct e2e__visitor *next;
	struct e2e__address from;
	int fd, slot;
	double seen; /* when something came last */
	struct e2e__traffic told;
	int number;      /* the how manieth */
	pid_t handler;   /* of a stub: who serves it; 0: nobody does */
	int inner;       /* that one's end of fd; -1: none */
	long long given; /* to that one: datagrams */
	bool mute;       /* it has shut its end: no more answers */
	struct e2e__stream to[2];
};

/* What will become of a datagram. */
struct e2e__fate {
	bool lost, twice, late;
	double jitter; /* -1 to 1 */
};

struct e2e__datagrams {
	struct e2e__proxy_self *px;
	struct e2e__visitor *list;
	size_t n;
	uint64_t seed[2], number[2]; /* of the direction: datagrams since its fault was set */
	unsigned set[2];             /* times that a fault was set */
	unsigned long long seen[2];  /* bytes since then */
	size_t waiting[2];           /* bytes in queues */
	double free_at[2];           /* bandwidth: not before */
	struct pollfd *polls;
	size_t size;
};

/* A number from 0 to 1 that depends on nothing but its arguments. (splitmix64) */
E2E__FN double e2e__datagram_chance(uint64_t seed, uint64_t number)
{
	uint64_t z = seed + (number + 1) * 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return (double)(z >> 11) / (double)(1ULL << 53);
}

/* Each datagram has its four numbers, whatever is set, so that faults don't disturb one another. */
E2E__FN struct e2e__fate e2e__datagram_fate(struct e2e__datagrams *g, int d)
{
	const e2e_fault *f = &g->px->fault[d];
	uint64_t number = 4 * g->number[d]++;
	struct e2e__fate fate;

	fate.lost = e2e__datagram_chance(g->seed[d], number) < f->loss;
	fate.twice = e2e__datagram_chance(g->seed[d], number + 1) < f->duplicate;
	fate.late = e2e__datagram_chance(g->seed[d], number + 2) < f->reorder;
	fate.jitter = 2 * e2e__datagram_chance(g->seed[d], number + 3) - 1;
	return fate;
}

/* Is it for this datagram still, or were there .first of them? */
E2E__FN bool e2e__datagram_faulty(struct e2e__datagrams *g, int d)
{
	struct e2e__proxy_self *px = g->px;

	if (px->fault[d].first == 0)
		return true;
	if (px->left[d] == 0)
		return false;
	px->left[d]--;
	return true;
}

/* More memory for the kernel's queues: what they can't take is lost without anybody's will. */
E2E__FN void e2e__datagram_roomy(int fd)
{
	int size = 4 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

/* Has the port again after it was down. */
E2E__FN void e2e__datagram_listen(struct e2e__proxy_self *px)
{
	const struct sockaddr *at = &px->listen.u.any;
	int fd = socket(at->sa_family, SOCK_DGRAM, 0);

	px->shared->error = 0;
	px->helper.sock = fd;
	if (fd >= 0 && e2e__system_fd_flags(fd) >= 0 && bind(fd, at, px->listen.size) == 0) {
		e2e__datagram_roomy(fd);
		return;
	}

	px->shared->error = errno;
	if (fd >= 0)
		close(fd);
	px->helper.sock = -1;
}

E2E__FN void e2e__datagram_queue(
	struct e2e__datagrams *g, struct e2e__stream *s, struct e2e__datagram *one, int d)
{
	/* the order stays: nobody leaves before the one in front */
	if (s->first && one->due < s->last->due)
		one->due = s->last->due;
	one->next = NULL;
	if (s->first)
		s->last->next = one;
	else
		s->first = one;
	s->last = one;
	g->waiting[d] += one->n;
}

E2E__FN struct e2e__datagram *e2e__datagram_new(const char *bytes, size_t n, double due)
{
	struct e2e__datagram *one = (struct e2e__datagram *)malloc(sizeof *one + n);

	if (!one)
		_exit(E2E__HELPER_NO_MEMORY); /* a loss for want of it would look like a fault */
	one->next = NULL;
	one->due = due;
	one->n = n;
	one->again = false;
	memcpy(one + 1, bytes, n);
	return one;
}

/* Does it vanish because all do, or because the limit is reached? */
E2E__FN bool e2e__datagram_dropped(struct e2e__datagrams *g, const e2e_fault *f, int d, size_t n)
{
	if (!f->drop)
		return false;
	if (f->limit > 0 && g->seen[d] + n <= (unsigned long long)f->limit) {
		g->seen[d] += n;
		return false;
	}
	return true;
}

/* The one that was held back has been overtaken, or has waited long enough. */
E2E__FN void e2e__datagram_release(
	struct e2e__datagrams *g, struct e2e__stream *s, int d, bool overtaken)
{
	struct e2e__datagram *held = s->held;

	if (!held)
		return;
	s->held = NULL;
	g->waiting[d] -= held->n;
	if (overtaken)
		g->px->shared->reordered++;
	e2e__datagram_queue(g, s, held, d);
}

/* A fault has done this to a datagram. */
E2E__FN void e2e__datagram_told(struct e2e__datagrams *g, int d, size_t n, const char *what)
{
	e2e__proxy_met(g->px, d);
	e2e__story_tell(g->px->lane, "fault", true, "a datagram of %zu byte%s %s: %s", n,
		E2E__PLURAL(n), e2e__traffic_ways[d], what);
}

/* A datagram has come: does to it what its fate is. */
E2E__FN void e2e__datagram_in(struct e2e__datagrams *g, struct e2e__visitor *v, int d,
	const char *bytes, size_t n, double now)
{
	struct e2e__proxy_shared *shared = g->px->shared;
	const e2e_fault *f = &g->px->fault[d];
	struct e2e__stream *s = &v->to[d];
	struct e2e__fate fate = e2e__datagram_fate(g, d);
	bool faulty = e2e__datagram_faulty(g, d);
	double due = now;

	shared->datagrams++;
	if (g->waiting[d] + n > E2E__DATAGRAM_QUEUE ||
		(faulty && (fate.lost || e2e__datagram_dropped(g, f, d, n)))) {
		shared->lost++;
		if (faulty)
			e2e__datagram_told(g, d, n, "lost");
		return;
	}

	if (faulty && (f->latency > 0 || f->jitter > 0 || f->bandwidth > 0)) {
		due += f->latency + f->jitter * fate.jitter;
		e2e__proxy_met(g->px, d);
	}
	if (faulty && f->bandwidth > 0) {
		double begin = g->free_at[d] > due ? g->free_at[d] : due;

		due = g->free_at[d] = begin + (double)n / f->bandwidth;
	}

	struct e2e__datagram *one = e2e__datagram_new(bytes, n, due);
	if (faulty && fate.late && !s->held) {
		one->due += E2E__DATAGRAM_HOLD;
		g->waiting[d] += n;
		s->held = one;
	} else {
		e2e__datagram_queue(g, s, one, d);
		if (s->held) {
			s->held->due = one->due;
			e2e__proxy_met(g->px, d);
			e2e__datagram_release(g, s, d, true);
		}
	}
	if (faulty && fate.twice) {
		shared->duplicated++;
		e2e__datagram_told(g, d, n, "sent twice");
		e2e__datagram_queue(g, s, e2e__datagram_new(bytes, n, due), d);
	}
}

/* Sends one on its way. A full queue of the system is waited for: only faults lose something. */
E2E__FN void e2e__datagram_send(struct e2e__datagrams *g, const struct e2e__visitor *v, int d,
	const struct e2e__datagram *one)
{
	struct e2e__proxy_self *px = g->px;
	struct pollfd p;
	ssize_t n = -1;

	p.fd = d == 0 ? v->fd : px->helper.sock;
	p.events = POLLOUT;
	if (p.fd < 0)
		return;
	for (int tries = 0; tries < 200; tries++) {
		n = d == 0
			? send(p.fd, one + 1, one->n, 0)
			: sendto(p.fd, one + 1, one->n, 0, &v->from.u.any, (socklen_t)v->from.size);
		if (n >= 0 ||
			(errno != EAGAIN && errno != ENOBUFS && errno != EINTR &&
				errno != ECONNREFUSED))
			break;

		/* what an earlier one met is told of the next: that one hasn't left */
		if (errno == ECONNREFUSED && d == 0) {
			px->shared->refused++;
			px->shared->upstream_error = ECONNREFUSED;
		} else {
			poll(&p, 1, 5);
		}
	}

	if (n >= 0)
		px->shared->bytes[d] += n;
	else if (d == 0)
		px->shared->upstream_error = errno;
}

/* Sends what is due; *next: when to look again. */
E2E__FN void e2e__datagram_out(
	struct e2e__datagrams *g, struct e2e__visitor *v, int d, double now, double *next)
{
	struct e2e__stream *s = &v->to[d];

	if (s->held && s->held->due <= now)
		e2e__datagram_release(g, s, d, false);
	while (s->first && s->first->due <= now) {
		struct e2e__datagram *one = s->first;

		if (d == 0 && g->px->within && !g->px->within->give(g, v, one)) {
			/* its handler has to read first */
			*next = now + 0.005 < *next ? now + 0.005 : *next;
			return;
		}
		if (d == 1 || !g->px->within)
			e2e__datagram_send(g, v, d, one);
		if (!one->again)
			e2e__traffic_datagram(&v->told, d, one->n, now);
		s->first = one->next;
		g->waiting[d] -= one->n;
		free(one);
	}
	if (s->first && s->first->due < *next)
		*next = s->first->due;
	if (s->held && s->held->due < *next)
		*next = s->held->due;
}

/* Forgets a client, and what still waits for it. */
E2E__FN void e2e__datagram_forget(struct e2e__datagrams *g, struct e2e__visitor **at)
{
	struct e2e__visitor *v = *at;
	bool down = g->px->fault[0].down || g->px->fault[1].down;

	for (int d = 0; d < 2; d++) {
		struct e2e__datagram *one = v->to[d].held;

		if (one)
			g->waiting[d] -= one->n;
		free(one);
		while ((one = v->to[d].first)) {
			v->to[d].first = one->next;
			g->waiting[d] -= one->n;
			free(one);
		}
	}

	*at = v->next;
	e2e__traffic_close(&v->told, down, down ? "broken by the fault" : "forgotten");
	if (v->fd >= 0)
		close(v->fd);
	if (v->inner >= 0)
		close(v->inner);
	free(v);
	g->n--;
	g->px->shared->closed++;
}

/* Those who have been silent for long; or, if one has to go, the one that was so longest. */
E2E__FN void e2e__datagram_forget_idle(struct e2e__datagrams *g, double now, bool one)
{
	struct e2e__visitor **oldest = NULL;

	for (struct e2e__visitor **at = &g->list; *at;) {
		struct e2e__visitor *v = *at;
		bool waits = v->to[0].first || v->to[1].first || v->to[0].held || v->to[1].held;

		if (!waits && v->seen < now - E2E__DATAGRAM_IDLE) {
			/* `oldest` may point into it */
			e2e__datagram_forget(g, at);
			oldest = NULL;
			at = &g->list;
			continue;
		}
		if (!oldest || v->seen < (*oldest)->seen)
			oldest = at;
		at = &v->next;
	}
	if (one && oldest)
		e2e__datagram_forget(g, oldest);
}

/* The client with this address; NULL if there is none yet. It is the first in the list then: who
 * speaks will speak again. */
E2E__FN struct e2e__visitor *e2e__datagram_known(
	struct e2e__datagrams *g, const struct e2e__address *from)
{
	for (struct e2e__visitor **at = &g->list, *v; (v = *at); at = &v->next) {
		if (v->from.size != from->size ||
			memcmp(&v->from.u.any, &from->u.any, from->size) != 0)
			continue;
		*at = v->next;
		v->next = g->list;
		g->list = v;
		return v;
	}
	return NULL;
}

/* The socket that the server knows a client by. */
E2E__FN void e2e__datagram_reach(struct e2e__datagrams *g, struct e2e__visitor *v, double now)
{
	struct e2e__proxy_self *px = g->px;
	int family = px->server.u.any.sa_family, fd = socket(family, SOCK_DGRAM, 0);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
		e2e__datagram_forget_idle(g, now, true);
		fd = socket(family, SOCK_DGRAM, 0);
	}
	if (fd < 0 || e2e__system_fd_flags(fd) < 0)
		_exit(E2E__HELPER_NO_MEMORY);
	if (connect(fd, &px->server.u.any, px->server.size) != 0)
		px->shared->upstream_error = errno;
	e2e__datagram_roomy(fd);
	v->fd = fd;
}

E2E__FN struct e2e__visitor *e2e__datagram_visitor(
	struct e2e__datagrams *g, const struct e2e__address *from, double now)
{
	struct e2e__proxy_self *px = g->px;
	struct e2e__visitor *v = e2e__datagram_known(g, from);
	char peer[48];

	if (v) {
		v->seen = now;
		return v;
	}

	v = (struct e2e__visitor *)calloc(1, sizeof *v);
	if (!v)
		_exit(E2E__HELPER_NO_MEMORY);
	v->inner = -1;
	v->from = *from;
	v->seen = now;
	v->number = (int)++px->shared->accepted;
	e2e__traffic_open(&v->told, px->lane, "client", v->number,
		e2e__peer_name_of(
			&px->peer, &px->listen.u.storage, &from->u.storage, peer, sizeof peer));
	if (px->within)
		px->within->visit(g, v);
	else
		e2e__datagram_reach(g, v, now);
	v->next = g->list;
	g->list = v;
	g->n++;
	return v;
}

/* What clients have sent. */
E2E__FN void e2e__datagram_requests(struct e2e__datagrams *g, double now)
{
	static char room[E2E__DATAGRAM_MAX];

	for (int burst = 0; burst < E2E__DATAGRAM_BURST; burst++) {
		struct e2e__address from;
		socklen_t size = sizeof from.u;

		memset(&from, 0, sizeof from);
		ssize_t n = recvfrom(g->px->helper.sock, room, sizeof room, 0, &from.u.any, &size);
		if (n < 0)
			return;
		from.size = (unsigned)size;
		e2e__datagram_in(g, e2e__datagram_visitor(g, &from, now), 0, room, (size_t)n, now);
	}
}

/* What the server has answered to a client. */
/* Is a read of no bytes the end of what a handler says, and no empty datagram? */
E2E__FN bool e2e__datagram_is_end(int fd)
{
#if defined E2E__LINUX
	const short rdhup = 0x2000; /* POLLRDHUP, which poll.h has for _GNU_SOURCE alone */
	struct pollfd p;

	p.fd = fd;
	p.events = rdhup;
	p.revents = 0;
	return poll(&p, 1, 0) > 0 && (p.revents & rdhup) != 0;
#else
	(void)fd;
	return false;
#endif
}

E2E__FN void e2e__datagram_answers(struct e2e__datagrams *g, struct e2e__visitor *v, double now)
{
	static char room[E2E__DATAGRAM_MAX];

	for (int burst = 0; burst < E2E__DATAGRAM_BURST; burst++) {
		ssize_t n = recv(v->fd, room, sizeof room, 0);

		if (n < 0 && errno == ECONNREFUSED) {
			g->px->shared->refused++;
			g->px->shared->upstream_error = ECONNREFUSED;
			continue;
		}
		if (n < 0)
			return;
		v->mute = n == 0 && v->handler && e2e__datagram_is_end(v->fd);
		if (v->mute)
			return;
		v->seen = now;
		e2e__datagram_in(g, v, 1, room, (size_t)n, now);
	}
}

/* A fault is set or ended: what waits for a longer latency leaves at once. */
E2E__FN void e2e__datagram_hasten(
	struct e2e__datagrams *g, struct e2e__stream *s, int d, double now)
{
	double latest = now + g->px->fault[d].latency;

	for (struct e2e__datagram *one = s->first; one; one = one->next)
		if (one->due > latest)
			one->due = latest;
	if (s->held && g->px->fault[d].reorder <= 0)
		s->held->due = now;
}

/* Takes over what the case has set. */
E2E__FN void e2e__datagram_take(struct e2e__datagrams *g, double now)
{
	struct e2e__proxy_self *px = g->px;

	for (int d = 0; d < 2; d++) {
		if (!(px->shared->changed & (1u << d)))
			continue;
		px->fault[d] = px->shared->fault[d];
		px->left[d] = px->fault[d].first;
		g->seed[d] = px->chance + ((uint64_t)++g->set[d] << 32) + (uint64_t)d;
		g->number[d] = g->seen[d] = 0;
		g->free_at[d] = now;
		for (struct e2e__visitor *v = g->list; v; v = v->next)
			e2e__datagram_hasten(g, &v->to[d], d, now);
	}

	px->shared->changed = 0;
	if (px->fault[0].down || px->fault[1].down) {
		while (g->list) {
			px->shared->broken++;
			e2e__datagram_forget(g, &g->list);
		}
		if (px->helper.sock >= 0)
			close(px->helper.sock);
		px->helper.sock = -1;
	} else if (px->helper.sock < 0) {
		e2e__datagram_listen(px);
	}
}

/* Waits for something to come, or for the time. */
E2E__FN void e2e__datagram_wait(struct e2e__datagrams *g, double next)
{
	double left = next - e2e_now();
	nfds_t n = 3;

	if (g->n + n > g->size) {
		g->size = 2 * (g->n + n);
		free(g->polls);
		g->polls = (struct pollfd *)malloc(g->size * sizeof *g->polls);
	}
	if (!g->polls)
		_exit(E2E__HELPER_NO_MEMORY);
	g->polls[0].fd = g->px->helper.line;
	g->polls[1].fd = g->px->helper.sock;
	g->polls[2].fd = g->px->within ? g->px->wake : -1;
	for (struct e2e__visitor *v = g->list; v; v = v->next) {
		v->slot = (int)n;
		g->polls[n++].fd = v->mute ? -1 : v->fd;
	}

	for (nfds_t i = 0; i < n; i++) {
		g->polls[i].events = POLLIN;
		g->polls[i].revents = 0;
	}
	if (poll(g->polls, n, left > 0 ? (int)(left * 1000 + 0.999) : 0) < 0 && errno != EINTR)
		_exit(E2E__HELPER_CANT_WAIT);
}

/* Are there handlers of a stub that something was given to just now? Whether they do with it what
 * they should is known in a moment. */
E2E__FN bool e2e__datagram_busy(const struct e2e__datagrams *g, double now)
{
	for (const struct e2e__visitor *v = g->list; v; v = v->next) {
		struct pollfd p;

		p.fd = v->inner;
		p.events = POLLIN;
		if (v->handler && (v->seen > now - 0.02 || v->to[0].first || poll(&p, 1, 0) > 0))
			return true;
	}
	return false;
}

/* The case's word. Where nothing is to change it asks whether all is well: the answer waits a
 * little for handlers. */
E2E__FN void e2e__datagram_asked(struct e2e__datagrams *g, uint32_t number, double now)
{
	struct e2e__proxy_self *px = g->px;
	bool changes = px->shared->changed != 0;

	e2e__datagram_take(g, now);
	px->question = number;
	px->settle = now + (px->within && !changes ? 0.5 : 0);
}

E2E__FN void e2e__datagram_settle(struct e2e__datagrams *g, double now, double *next)
{
	struct e2e__proxy_self *px = g->px;

	if (px->settle <= 0)
		return;
	if (now < px->settle && e2e__datagram_busy(g, now)) {
		*next = now + 0.005 < *next ? now + 0.005 : *next;
		return;
	}

	px->settle = 0;
	e2e__helper_answer(&px->helper, px->question);
}

/* The life of a proxy for datagrams. */
E2E__FN void e2e__datagram_run(struct e2e__helper *h)
{
	static struct e2e__datagrams g;
	double next = e2e_now();
	uint32_t number;

	g.px = (struct e2e__proxy_self *)(void *)h;
	e2e__datagram_roomy(h->sock);
	for (;;) {
		e2e__datagram_wait(&g, next);
		double now = e2e_now();
		bool stirred = (g.polls[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0;

		next = now + E2E__DATAGRAM_IDLE / 2;

		/* those of the array come first: a new client has no place in it */
		for (struct e2e__visitor *v = g.list; v; v = v->next)
			if (g.polls[v->slot].revents)
				e2e__datagram_answers(&g, v, now);
		if (g.polls[1].revents)
			e2e__datagram_requests(&g, now);
		if (g.polls[2].revents)
			g.px->within->ended(&g);

		/* what was sent before a fault was set doesn't meet it */
		for (struct e2e__visitor *v = stirred ? g.list : NULL; v; v = v->next)
			e2e__traffic_flush(&v->told);
		if (stirred && e2e__helper_asked(h, &number))
			e2e__datagram_asked(&g, number, now);
		for (struct e2e__visitor *v = g.list; v; v = v->next) {
			for (int d = 0; d < 2; d++)
				e2e__datagram_out(&g, v, d, now, &next);
			e2e__traffic_rest(&v->told, now, &next);
		}
		e2e__datagram_forget_idle(&g, now, false);
		e2e__datagram_settle(&g, now, &next);
	}
}
