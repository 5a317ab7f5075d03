#pragma once
#include "system.h"
#include "helper.h"
#include "traffic.h"
#include "peer.h"

/* @manual Fault proxy
 *	e2e_proxy *px = e2e_proxy_to("tcp:127.0.0.1:5432");
 *	e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 0.2, .jitter = 0.05);
 *	e2e_run("psql", "-h", "127.0.0.1", "-p", e2e_printf("%d", px->port), ...);
 *	e2e_is_int(e2e_proxy_count(px).accepted, 1);
 *
 *	A proxy stands between a client and the server that it names, on a port of its own (for a
 *	unix: server on a socket of its own), and does to the bytes what networks do. Faults are set
 *	for a direction, E2E_TO_SERVER, E2E_TO_CLIENT or E2E_BOTH_WAYS, any number of them together;
 *	what is set replaces what was set for that direction before:
 *	.latency = s, .jitter = s    each byte leaves that much later, give or take up to the
 *	                             jitter; the order stays
 *	.bandwidth = n               bytes a second
 *	.slice = n, .pause = s       written n bytes at a time, with a pause between (at least about
 *	                             1 ms)
 *	.limit = n                   the connection is closed in order after n bytes; -1: before the
 *	                             first one
 *	.reset = true                the connection is broken by an RST: when the client sends its
 *	                             first byte (or 0.05 s after connect), so that connect() has
 *	                             succeeded; or with .limit after n bytes
 *	.drop = true                 bytes vanish and the connection stays: all of them, or with
 *	                             .limit those after the n-th
 *	.slow_close = s              the end of the stream is passed on that much later
 *	.down = true                 nobody listens: clients are refused, connections are broken
 *	                             (the direction doesn't matter)
 *	.first = n                   all this holds for the next n connections only, then the proxy
 *	                             behaves
 *	Without .first a fault holds for the open connections too. A call returns when its fault is
 *	in force, so the first byte of the next connection meets it. e2e_proxy_clear(px) ends all
 *	faults. Times are exact to about 1 ms. A fault that can do nothing (.pause without .slice,
 *	.first alone) fails the case; of one that met no byte or connection the output of the case
 *	says so. A case that fails shows for each proxy, the suite's too, its connections, bytes,
 *	faults and what its server answered. C++ before C++20 has no `.name = value`: fill an
 *	e2e_fault and call e2e_proxy_set(px, direction, &fault).
 *	Unix sockets know no RST: a broken connection ends there. Servers of datagrams ("udp:...")
 *	have a chapter of their own.
 */

/* @interface */

/* What can happen to the bytes of one direction; a zero is no fault. The manual has the details. */
typedef struct e2e_fault {
	double latency E2E__UNSET, jitter E2E__UNSET; /* seconds */
	double bandwidth E2E__UNSET;                  /* bytes a second */
	size_t slice E2E__UNSET;                      /* bytes a write */
	double pause E2E__UNSET;                      /* seconds between slices */
	long long limit E2E__UNSET;                   /* bytes that pass, -1: none */
	bool reset E2E__UNSET, drop E2E__UNSET, down E2E__UNSET;
	double slow_close E2E__UNSET; /* seconds */
	/* shares of the datagrams of a "udp:" proxy, 0 to 1 */
	double loss E2E__UNSET, duplicate E2E__UNSET, reorder E2E__UNSET;
	int first E2E__UNSET; /* connections, of "udp:" datagrams; 0: all of them */
	int zero E2E__UNSET;  /* closes the list; leave it alone */
} e2e_fault;

enum e2e_direction { E2E_TO_SERVER = 1, E2E_TO_CLIENT = 2, E2E_BOTH_WAYS = 3 };

typedef struct e2e_proxy {
	/* where it listens on 127.0.0.1; -1 if it stands before a unix socket */
	int port;
	/* the same for e2e_dial: "tcp:127.0.0.1:PORT", "udp:127.0.0.1:PORT" or "unix:PATH" */
	const char *endpoint;
	const char *address; /* "127.0.0.1:PORT" or PATH */
	struct e2e__proxy_self *self;
} e2e_proxy;

/* What a proxy has seen by now. */
typedef struct e2e_proxy_counts {
	long long accepted; /* connections by clients; of "udp:" clients */
	long long open;     /* of these, still there */
	/* of these, not connected because the server wasn't there; datagrams that it refused */
	long long refused;
	long long broken;               /* of these, broken by a fault */
	long long to_server, to_client; /* bytes passed on */
	long long datagrams;            /* that came, from both sides */
	long long lost;                 /* of these, not passed on */
	long long duplicated;           /* of these, passed on twice */
	long long reordered;            /* of these, overtaken by the next */
} e2e_proxy_counts;

/* @implementation */

enum { E2E__PROXY_RING = 256 * 1024, E2E__SEGMENTS = 512 };

/* Seconds that a connection which is to break lasts if its client is silent. Broken at once,
 * clients would see it now and then in connect(), now and then later. */
#define E2E__DOOM 0.05

/* Bytes that came together leave no earlier than `due`. */
struct e2e__segment {
	double due;
	size_t n;
};

/* What goes from one end of a connection to the other. */
struct e2e__flow {
	char *ring; /* made at the first byte */
	size_t head, fill;
	struct e2e__segment seg[E2E__SEGMENTS];
	unsigned first, n;
	double free_at;                             /* bandwidth and pauses: not before */
	double send_at;                             /* when the planned bytes leave */
	size_t planned;                             /* 0: nothing is planned */
	double fin_at;                              /* when the end is passed on; 0: not decided */
	unsigned long long seen;                    /* bytes read since the fault was set */
	bool faulty, cut, blocked, eof, fin, blind; /* blind: bytes are thrown away */
};

struct e2e__link {
	int fd[2]; /* client, server; -1: closed */
	bool connecting, dead, refused;
	/* an RST for both ends as soon as what was sent before has arrived */
	bool broken;
	double close_at; /* 0: open */
	/* broken from its beginning: when the client speaks, or then; 0: not */
	double doomed;
	struct e2e__flow flow[2]; /* to the server, to the client */
	struct e2e__traffic told;
	int slot[2];   /* in the poll array */
	int number;    /* the how manieth */
	pid_t handler; /* of a server within: who serves it; 0: has ended */
};

/* A server that is no other process behind the proxy, but what the proxy's own process does: a
 * stub. */
struct e2e__datagrams;
struct e2e__datagram;
struct e2e__visitor;
struct e2e__within {
	void (*connect)(struct e2e__proxy_self *px, struct e2e__link *k);
	void (*note)(struct e2e__proxy_self *px, const char *bytes, size_t n); /* they pass */
	void (*reap)(struct e2e__proxy_self *px); /* `wake` says that handlers have ended */

	/* the same of datagrams: a client has come, one is for its handler (false: there's no room
	 * for it yet), handlers have ended */
	void (*visit)(struct e2e__datagrams *g, struct e2e__visitor *v);
	bool (*give)(struct e2e__datagrams *g, struct e2e__visitor *v, struct e2e__datagram *one);
	void (*ended)(struct e2e__datagrams *g);
};

/* What the case and the proxy share. Counters are written by the proxy only. */
struct e2e__proxy_shared {
	uint32_t asked;
	int error; /* of listening again */
	int upstream_error;
	e2e_fault fault[2];
	unsigned changed; /* bits: which directions are new */
	long long accepted, closed, refused, broken, bytes[2];
	long long datagrams, lost, duplicated, reordered;
	volatile int met[2]; /* has the fault of this direction done something? */
	char words[2][120];  /* what it is, "" for none: "to the client: drop" */
};

struct e2e__address {
	union {
		struct sockaddr any;
		struct sockaddr_storage storage;
	} u;
	unsigned size;
};

struct e2e__proxy_self {
	struct e2e__helper helper; /* the first member: a helper is cast to this */
	struct e2e__proxy_shared *shared;
	struct e2e__address listen, server;
	const char *to;
	e2e_proxy *px;
	bool of_suite;
	const char *set_file; /* where its faults were set last */
	int set_line;
	e2e_proxy_counts before; /* of the suite's: when the case began */
	/* in the proxy's process */
	e2e_fault fault[2];
	int left[2]; /* connections for which `first` still holds */
	struct e2e__link **links;
	struct pollfd *polls;
	size_t n, size;
	uint64_t chance;
	char lane[16]; /* in the story: "proxy:PORT" */
	struct e2e__peer peer;
	bool full;                        /* no descriptors left: accept when one is closed */
	const struct e2e__within *within; /* NULL: `server` is connected to */
	void *stub;                       /* whose proxy it is */
	int wake;                         /* readable when handlers have ended */
	uint32_t question;                /* of the case, not answered yet while `settle` > 0 */
	double settle;                    /* until when the answer may wait */
};

/* -1 to 1 */
E2E__FN double e2e__proxy_chance(struct e2e__proxy_self *px)
{
	px->chance ^= px->chance << 13;
	px->chance ^= px->chance >> 7;
	px->chance ^= px->chance << 17;
	return (double)(px->chance >> 11) / (double)(1ULL << 52) - 1;
}

E2E__FN void e2e__proxy_rst(int fd)
{
	struct linger l;

	l.l_onoff = 1;
	l.l_linger = 0;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
	close(fd);
}

/* A fault does something: the story says so once. */
E2E__FN void e2e__proxy_met(struct e2e__proxy_self *px, int d)
{
	if (!px->shared->met[d] && px->shared->words[d][0])
		e2e__story_tell(px->lane, "fault", true, "the fault %s", px->shared->words[d]);
	px->shared->met[d] = 1;
}

/* The end of a connection, for the story. */
E2E__FN void e2e__proxy_link_told(struct e2e__link *k, bool rst)
{
	bool by_fault = k->broken || (k->doomed > 0 && !k->refused);

	e2e__traffic_close(&k->told, rst,
		k->refused         ? "the server isn't there"
			: by_fault ? "broken by the fault"
			: rst      ? "broken"
				   : "closed");
}

/* Closes both ends and forgets the connection; the loop frees it. The story has it before anybody
 * can act on it. */
E2E__FN void e2e__proxy_link_close(struct e2e__proxy_self *px, struct e2e__link *k, bool rst)
{
	int i;

	if (!k->dead)
		e2e__proxy_link_told(k, rst);
	for (i = 0; i < 2; i++) {
		if (k->fd[i] >= 0) {
			if (rst)
				e2e__proxy_rst(k->fd[i]);
			else
				close(k->fd[i]);
		}
		k->fd[i] = -1;
	}

	if (!k->dead)
		px->shared->closed++;
	k->dead = true;
	px->full = false;
}

/* Has all that was written to this socket arrived? */
E2E__FN bool e2e__proxy_arrived(int fd)
{
#if defined E2E__LINUX
	int left = 0;
	return fd < 0 || ioctl(fd, TIOCOUTQ, &left) != 0 || left == 0;
#else
	(void)fd;
	return true;
#endif
}

/* The fault's last word on a connection: a reset, or an orderly close from the middle. */
E2E__FN void e2e__proxy_link_cut(struct e2e__link *k, const e2e_fault *f, double now)
{
	int i;

	if (f->reset) {
		if (!k->broken)
			k->close_at = now + 1; /* at the latest: a full window may never empty */
		k->broken = true;
	} else if (k->close_at <= 0) {
		for (i = 0; i < 2; i++) {
			if (k->fd[i] >= 0)
				shutdown(k->fd[i], SHUT_WR);
			k->flow[i].fin = k->flow[i].blind = true;
			k->flow[i].n = 0;
			k->flow[i].fill = 0;
		}
		k->close_at = now + 2;
	}
}

/* A fault begins (or ends) for a connection. */
E2E__FN void e2e__proxy_flow_fault(struct e2e__flow *w, const e2e_fault *f, bool on, double now)
{
	unsigned i;

	w->faulty = on;
	w->seen = 0;
	w->planned = 0;
	w->free_at = now;
	w->blind = on && f->drop && f->limit <= 0;
	w->cut = on && !f->drop && (f->limit < 0 || (f->reset && f->limit == 0));
	for (i = 0; i < w->n; i++) {
		struct e2e__segment *s = &w->seg[(w->first + i) % E2E__SEGMENTS];
		double latest = now + (on ? f->latency : 0);

		if (s->due > latest)
			s->due = latest;
	}

	if (w->fin_at > 0 && !on)
		w->fin_at = now;
}

/* Listens again, on the port that the case holds. */
E2E__FN void e2e__proxy_listen(struct e2e__proxy_self *px)
{
	const struct sockaddr *at = &px->listen.u.any;
	int one = 1, fd = socket(at->sa_family, SOCK_STREAM, 0);

	px->shared->error = 0;
	px->helper.sock = fd;
	if (fd < 0 || e2e__system_fd_flags(fd) < 0) {
		px->shared->error = errno;
		return;
	}

	if (at->sa_family == AF_UNIX)
		unlink(((const struct sockaddr_un *)(const void *)at)->sun_path);
	else
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, at, px->listen.size) != 0 || listen(fd, 1024) != 0) {
		px->shared->error = errno;
		close(fd);
		px->helper.sock = -1;
	}
}

/* Takes over what the case has set. */
E2E__FN void e2e__proxy_take(struct e2e__proxy_self *px, double now)
{
	struct e2e__helper *h = &px->helper;
	bool down;
	size_t i;
	int d;

	for (d = 0; d < 2; d++) {
		if (!(px->shared->changed & (1u << d)))
			continue;
		px->fault[d] = px->shared->fault[d];
		px->left[d] = px->fault[d].first;
		for (i = 0; i < px->n; i++)
			e2e__proxy_flow_fault(&px->links[i]->flow[d], &px->fault[d],
				px->fault[d].first == 0, now);
	}

	px->shared->changed = 0;
	down = px->fault[0].down || px->fault[1].down;
	if (down) {
		for (i = 0; i < px->n; i++) {
			px->shared->broken++;
			px->links[i]->broken = true;
			e2e__proxy_link_close(px, px->links[i], true);
		}
		if (h->sock >= 0)
			close(h->sock);
		h->sock = -1;
	} else if (h->sock < 0) {
		e2e__proxy_listen(px);
	}
}

E2E__FN bool e2e__proxy_room(struct e2e__proxy_self *px)
{
	size_t size = px->size ? px->size * 2 : 16;
	struct e2e__link **links;
	struct pollfd *polls;

	if (px->n < px->size)
		return true;
	links = (struct e2e__link **)realloc(px->links, size * sizeof *links);
	if (links)
		px->links = links;
	polls = (struct pollfd *)realloc(px->polls, (2 * size + 3) * sizeof *polls);
	if (polls)
		px->polls = polls;
	if (links && polls)
		px->size = size;
	return links && polls;
}

/* Nobody is there behind us. The client sees its connection break, as a reset at once would. */
E2E__FN void e2e__proxy_link_refuse(
	struct e2e__proxy_self *px, struct e2e__link *k, int error, double now)
{
	px->shared->upstream_error = error;
	px->shared->refused++;
	if (k->fd[1] >= 0)
		close(k->fd[1]);
	k->fd[1] = -1;
	k->connecting = false;
	k->refused = true;
	k->doomed = now + E2E__DOOM;
}

/* The other half of a new connection, unless it is to be broken before. */
E2E__FN void e2e__proxy_link_connect(struct e2e__proxy_self *px, struct e2e__link *k, double now)
{
	int one = 1, tries;

	if (px->within) {
		px->within->connect(px, k);
		return;
	}

	k->fd[1] = socket(px->server.u.any.sa_family, SOCK_STREAM, 0);
	if (k->fd[1] >= 0 && e2e__system_fd_flags(k->fd[1]) >= 0) {
		if (px->server.u.any.sa_family != AF_UNIX)
			setsockopt(k->fd[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		for (tries = 0;; tries++) {
			if (connect(k->fd[1], &px->server.u.any, px->server.size) == 0)
				return;
			if (errno == EINPROGRESS || errno == EINTR) {
				k->connecting = true;
				return;
			}
			if (errno != EAGAIN || tries == 50)
				break;

			/* a Unix socket whose queue is full: any client would wait */
			poll(NULL, 0, 1);
		}
	}

	e2e__proxy_link_refuse(px, k, errno, now);
}

E2E__FN void e2e__proxy_accept(struct e2e__proxy_self *px, double now)
{
	int burst, d, one = 1;
	char from[40];

	for (burst = 0; burst < 64; burst++) {
		struct e2e__link *k;
		int fd = accept(px->helper.sock, NULL, NULL);

		if (fd < 0) {
			px->full = errno == EMFILE || errno == ENFILE;
			return;
		}
		k = e2e__proxy_room(px) ? (struct e2e__link *)calloc(1, sizeof *k) : NULL;
		if (!k || e2e__system_fd_flags(fd) < 0)
			/* a connection that breaks for want of memory would look like a fault */
			_exit(E2E__HELPER_NO_MEMORY);
		if (px->listen.u.any.sa_family != AF_UNIX)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		px->links[px->n++] = k;
		k->number = (int)++px->shared->accepted;
		e2e__traffic_open(&k->told, px->lane, "connection", k->number,
			e2e__peer_name(&px->peer, fd, from, sizeof from));
		k->fd[0] = fd;
		k->fd[1] = -1;
		for (d = 0; d < 2; d++) {
			bool on = px->fault[d].first == 0 || px->left[d] > 0;

			if (on && px->fault[d].first > 0)
				px->left[d]--;
			e2e__proxy_flow_fault(&k->flow[d], &px->fault[d], on, now);
		}
		if ((k->flow[0].cut && px->fault[0].reset) ||
			(k->flow[1].cut && px->fault[1].reset)) {
			k->doomed = now + E2E__DOOM;
			if (k->flow[0].cut)
				e2e__proxy_met(px, 0);
			if (k->flow[1].cut)
				e2e__proxy_met(px, 1);
		} else {
			e2e__proxy_link_connect(px, k, now);
		}
	}
}

/* Queues what was read. Bytes behind the limit don't pass, and then its consequence is near. */
E2E__FN void e2e__proxy_flow_in(struct e2e__proxy_self *px, struct e2e__flow *w, const e2e_fault *f,
	const char *bytes, size_t got, double now)
{
	size_t pass = w->blind || w->cut ? 0 : got;
	int d = f == &px->fault[1];
	struct e2e__segment *last = w->n ? &w->seg[(w->first + w->n - 1) % E2E__SEGMENTS] : NULL;
	double due = now;

	if (w->faulty && f->limit > 0) {
		unsigned long long limit = (unsigned long long)f->limit;

		if (w->seen + pass >= limit) {
			pass = w->seen < limit ? (size_t)(limit - w->seen) : 0;
			w->cut = !f->drop;
			w->blind = w->blind || f->drop;
			e2e__proxy_met(px, d);
		}
		w->seen += pass;
	} else if (w->faulty) {
		e2e__proxy_met(px, d);
	}

	if (pass == 0)
		return;
	if (px->within && d == 0)
		px->within->note(px, bytes, pass);
	if (w->faulty && (f->latency > 0 || f->jitter > 0))
		due += f->latency + f->jitter * e2e__proxy_chance(px);
	w->fill += pass;
	if (last && last->due >= due && last->due <= now) {
		last->n += pass;
		return;
	}

	if (last && last->due > due)
		due = last->due;
	w->seg[(w->first + w->n) % E2E__SEGMENTS].due = due;
	w->seg[(w->first + w->n) % E2E__SEGMENTS].n = pass;
	w->n++;
}

/* Passes bytes on. A server within takes what the client says also when its handler doesn't read
 * any more. */
E2E__FN ssize_t e2e__proxy_pass(const struct e2e__proxy_self *px, const struct e2e__link *k, int d,
	const char *bytes, size_t n)
{
	bool within = px->within && d == 0;
	ssize_t sent = within && k->fd[1] < 0 ? (ssize_t)n : send(k->fd[!d], bytes, n, 0);

	return sent < 0 && within && errno != EAGAIN && errno != EINTR ? (ssize_t)n : sent;
}

/* Reads what the ring takes. False: the connection is broken. */
E2E__FN bool e2e__proxy_flow_read(
	struct e2e__proxy_self *px, struct e2e__flow *w, const e2e_fault *f, int fd, double now)
{
	char waste[4096];
	char *at = waste;
	size_t space = sizeof waste;
	ssize_t n;

	if (!w->blind) {
		size_t tail = (w->head + w->fill) % E2E__PROXY_RING;

		if (!w->ring)
			w->ring = (char *)malloc(E2E__PROXY_RING);
		if (!w->ring)
			_exit(E2E__HELPER_NO_MEMORY);
		at = w->ring + tail;
		space = tail < w->head ? w->head - tail : E2E__PROXY_RING - tail;
	}

	n = recv(fd, at, space, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n > 0)
		e2e__proxy_flow_in(px, w, f, at, (size_t)n, now);
	else
		w->eof = true;
	return n >= 0 || px->within;
}

/* How many bytes leave next, and when: planned once, so that what arrives meanwhile doesn't move
 * it. */
E2E__FN void e2e__proxy_flow_plan(struct e2e__flow *w, const e2e_fault *f, double now)
{
	const struct e2e__segment *s = &w->seg[w->first];
	size_t k = s->n, straight = E2E__PROXY_RING - w->head;

	if (k > straight)
		k = straight;
	w->send_at = s->due;
	if (w->faulty) {
		if (f->slice && k > f->slice)
			k = f->slice;
		if (f->bandwidth > 0) {
			double part = f->bandwidth * 0.01;

			if ((double)k > part)
				k = part < 1 ? 1 : (size_t)part;

			/* an idle line doesn't save up bytes for later */
			if (w->free_at < s->due)
				w->free_at = s->due;
			w->free_at += (double)k / f->bandwidth;
		}
		if (w->send_at < w->free_at)
			w->send_at = w->free_at;
		if (w->send_at < now - 1)
			w->free_at = now;
	}

	w->planned = k;
}

/* Writes what is due. False: the connection is broken. *next: when to look again. */
E2E__FN bool e2e__proxy_flow_write(
	struct e2e__proxy_self *px, struct e2e__link *k, int d, double now, double *next)
{
	struct e2e__flow *w = &k->flow[d];
	const e2e_fault *f = &px->fault[d];

	w->blocked = false;
	while (w->n) {
		struct e2e__segment *s = &w->seg[w->first];
		ssize_t n;

		if (!w->planned)
			e2e__proxy_flow_plan(w, f, now);
		if (w->send_at > now) {
			if (w->send_at < *next)
				*next = w->send_at;
			return true;
		}
		n = e2e__proxy_pass(px, k, d, w->ring + w->head, w->planned);
		if (n < 0) {
			w->blocked = errno == EAGAIN;
			return w->blocked || errno == EINTR;
		}
		px->shared->bytes[d] += n;
		e2e__traffic_bytes(&k->told, d, n, now);
		w->head = (w->head + (size_t)n) % E2E__PROXY_RING;
		w->fill -= (size_t)n;
		s->n -= (size_t)n;
		w->planned -= (size_t)n;
		if (s->n == 0) {
			w->first = (w->first + 1) % E2E__SEGMENTS;
			w->n--;
		}
		if (w->planned == 0 && w->faulty && f->slice) {
			double pause = f->pause > 0.001 ? f->pause : 0.001;

			if (w->free_at < now + pause)
				w->free_at = now + pause;
		}
	}

	if (w->cut && !w->fin) {
		e2e__proxy_met(px, d);
		e2e__proxy_link_cut(k, f, now);
	} else if (w->eof && !w->fin && !w->blind) {
		if (w->fin_at <= 0)
			w->fin_at = now + (w->faulty ? f->slow_close : 0);
		if (w->faulty && f->slow_close > 0)
			e2e__proxy_met(px, d);
		if (w->fin_at > now) {
			if (w->fin_at < *next)
				*next = w->fin_at;
		} else {
			shutdown(k->fd[!d], SHUT_WR);
			w->fin = true;
		}
	}

	return true;
}

/* The answer of a connect. */
E2E__FN bool e2e__proxy_link_connected(struct e2e__proxy_self *px, struct e2e__link *k, double now)
{
	int error = 0;
	socklen_t size = sizeof error;

	if (getsockopt(k->fd[1], SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) {
		k->connecting = false;
		return true;
	}
	e2e__proxy_link_refuse(px, k, error, now);
	return false;
}

/* One look at a connection: its readable and writable ends, its timers. */
E2E__FN void e2e__proxy_link_step(struct e2e__proxy_self *px, struct e2e__link *k,
	const short *ready, double now, double *next)
{
	int d;

	if (k->dead)
		return;
	if (k->doomed > 0) {
		if (ready[0] || now >= k->doomed) {
			px->shared->broken += !k->refused;
			e2e__proxy_link_close(px, k, true);
		} else if (k->doomed < *next) {
			*next = k->doomed;
		}
		return;
	}

	if (k->connecting) {
		if (!(ready[1] & (POLLOUT | POLLERR | POLLHUP)))
			return;
		if (!e2e__proxy_link_connected(px, k, now)) {
			*next = now; /* it is doomed: look at its time */
			return;
		}
	}

	for (d = 0; d < 2; d++) {
		struct e2e__flow *w = &k->flow[d];
		bool well = true;

		if (!w->eof && (ready[d] & (POLLIN | POLLERR | POLLHUP)))
			well = e2e__proxy_flow_read(px, w, &px->fault[d], k->fd[d], now);
		if (!well || !e2e__proxy_flow_write(px, k, d, now, next)) {
			e2e__proxy_link_close(px, k, true); /* one end broke: so does the other */
			return;
		}
	}

	if (k->broken &&
		((e2e__proxy_arrived(k->fd[0]) && e2e__proxy_arrived(k->fd[1])) ||
			now >= k->close_at)) {
		px->shared->broken++;
		e2e__proxy_link_close(px, k, true);
	} else if (k->broken) {
		*next = now + 0.001 < *next ? now + 0.001 : *next;
	} else if ((k->flow[0].fin && k->flow[1].fin && k->flow[0].eof && k->flow[1].eof) ||
		(k->close_at > 0 && now >= k->close_at)) {
		e2e__proxy_link_close(px, k, false);
	} else if (k->close_at > 0 && k->close_at < *next) {
		*next = k->close_at;
	}
}

/* What a connection waits for; an end that waits for nothing isn't polled, or its hang-up would
 * wake us again and again. */
E2E__FN void e2e__proxy_link_poll(struct e2e__proxy_self *px, struct e2e__link *k, nfds_t *n)
{
	int i;

	for (i = 0; i < 2; i++) {
		const struct e2e__flow *in = &k->flow[i], *out = &k->flow[!i];
		struct pollfd *p = &px->polls[*n];
		int events = 0;

		if (k->doomed > 0)
			events = i == 0 ? POLLIN : 0;
		else if (i == 1 && k->connecting)
			events = POLLOUT;
		else if (!in->eof &&
			(in->blind || (in->fill < E2E__PROXY_RING && in->n < E2E__SEGMENTS)))
			events = k->connecting ? 0 : POLLIN;
		if (out->blocked)
			events |= POLLOUT;
		p->fd = events && k->fd[i] >= 0 ? k->fd[i] : -1;
		p->events = (short)events;
		p->revents = 0;
		k->slot[i] = (int)(*n)++;
	}
}

/* Handlers that are about to end: whether they do so in order is known in a moment. */
E2E__FN bool e2e__proxy_handlers_end(const struct e2e__proxy_self *px)
{
	for (size_t i = 0; i < px->n; i++) {
		const struct e2e__link *k = px->links[i];

		if (k->handler && (k->dead || k->flow[0].eof || k->flow[1].eof))
			return true;
	}
	return false;
}

/* The case's word. What breaks by it is broken when the case goes on. Where nothing is to change it
 * asks whether all is well: the answer waits a little for handlers. */
E2E__FN void e2e__proxy_asked(struct e2e__proxy_self *px, uint32_t number, double now, double *next)
{
	static const short nothing[2] = {0, 0};
	bool changes = px->shared->changed != 0;

	e2e__proxy_take(px, now);
	for (size_t i = 0; i < px->n; i++)
		e2e__proxy_link_step(px, px->links[i], nothing, now, next);
	*next = now;
	if (!px->within || changes) {
		e2e__helper_answer(&px->helper, number);
		return;
	}

	px->question = number;
	px->settle = now + 0.5;
}

E2E__FN void e2e__proxy_settle(struct e2e__proxy_self *px, bool stirred, double now, double *next)
{
	if (px->settle <= 0)
		return;
	if (now < px->settle && (stirred || e2e__proxy_handlers_end(px))) {
		*next = now + 0.005 < *next ? now + 0.005 : *next;
		return;
	}

	px->settle = 0;
	e2e__helper_answer(&px->helper, px->question);
}

/* Forgets connections that are over, and whose handler has ended. */
E2E__FN void e2e__proxy_forget(struct e2e__proxy_self *px)
{
	size_t kept = 0;

	for (size_t i = 0; i < px->n; i++) {
		struct e2e__link *k = px->links[i];

		if (k->dead && !k->handler) {
			free(k->flow[0].ring);
			free(k->flow[1].ring);
			free(k);
		} else {
			px->links[kept++] = k;
		}
	}

	px->n = kept;
}

/* What the proxy waits for. True: something of it has come, the case's word aside. */
E2E__FN bool e2e__proxy_wait(struct e2e__proxy_self *px, double now, double next)
{
	nfds_t n = 3;
	int wait = next > now + 3600 ? 3600000
		: next > now         ? (int)((next - now) * 1000 + 0.999)
				     : 0;

	px->polls[0].fd = px->helper.line;
	px->polls[1].fd = px->full ? -1 : px->helper.sock;
	px->polls[2].fd = px->within ? px->wake : -1;
	for (int i = 0; i < 3; i++) {
		px->polls[i].events = POLLIN;
		px->polls[i].revents = 0;
	}
	for (size_t i = 0; i < px->n; i++)
		e2e__proxy_link_poll(px, px->links[i], &n);
	int ready = poll(px->polls, n, wait);
	if (ready < 0 && errno != EINTR)
		_exit(E2E__HELPER_CANT_WAIT);
	return ready > (px->polls[0].revents != 0);
}

/* Tells of the bytes that have gone; all: also of those that others may follow. */
E2E__FN void e2e__proxy_traffic(struct e2e__proxy_self *px, bool all, double now, double *next)
{
	for (size_t i = 0; i < px->n; i++)
		if (all)
			e2e__traffic_flush(&px->links[i]->told);
		else
			e2e__traffic_rest(&px->links[i]->told, now, next);
}

/* The proxy's life. */
E2E__FN void e2e__proxy_run(struct e2e__helper *h)
{
	struct e2e__proxy_self *px = (struct e2e__proxy_self *)(void *)h;
	double now = e2e_now(), next = now + 3600;

	if (!e2e__proxy_room(px))
		_exit(E2E__HELPER_NO_MEMORY);
	for (;;) {
		uint32_t number;
		bool stirred = e2e__proxy_wait(px, now, next);

		now = e2e_now();
		next = now + 3600;
		for (size_t i = 0; i < px->n; i++) {
			short ready[2];

			ready[0] = px->polls[px->links[i]->slot[0]].revents;
			ready[1] = px->polls[px->links[i]->slot[1]].revents;
			e2e__proxy_link_step(px, px->links[i], ready, now, &next);
		}

		if (px->polls[2].revents)
			px->within->reap(px);
		e2e__proxy_traffic(px, px->polls[0].revents != 0, now, &next);
		if ((px->polls[0].revents & (POLLIN | POLLHUP | POLLERR)) &&
			e2e__helper_asked(h, &number)) {
			e2e__proxy_asked(px, number, now, &next);
		} else if (px->polls[1].revents & POLLIN) {
			e2e__proxy_accept(px, now);
			next = now;
		}

		e2e__proxy_settle(px, stirred, now, &next);
		e2e__proxy_forget(px);
	}
}
