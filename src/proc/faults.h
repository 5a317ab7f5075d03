#pragma once
#include "system.h"
#include "ports.h"
#include "endpoint.h"
#include "helper.h"
#include "proxy.h"
#include "datagrams.h"

/* @interface */

/* A proxy before a server ("tcp:HOST:PORT", "udp:HOST:PORT" or "unix:PATH"; it need not listen yet). It lives until
 * the end of the case (of the suite, in its set-up). A bad endpoint fails the case and ends it. */
#define e2e_proxy_to(server) e2e__fault_open(E2E__AT, NULL, server)
/* The same, listening where the first endpoint says. */
#define e2e_proxy_between(listen, server) e2e__fault_open(E2E__AT, listen, server)
/* Sets the faults of a direction: e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 0.1, .first =
 * 2). */
#ifdef __cplusplus
#define e2e_proxy_fault(px, direction, ...) \
	e2e__fault_set(E2E__AT, px, direction, e2e_fault{__VA_ARGS__})
#else
#define e2e_proxy_fault(px, direction, ...) \
	e2e__fault_set(E2E__AT, px, direction, E2E__FAULT(__VA_ARGS__, .zero = 0))
#define E2E__FAULT(...) ((e2e_fault){__VA_ARGS__})
#endif
#define e2e_proxy_set(px, direction, fault) e2e__fault_set(E2E__AT, px, direction, *(fault))
/* No faults from now on. What waited for a latency leaves at once; what is broken stays broken. */
#define e2e_proxy_clear(px) e2e__fault_clear(E2E__AT, px)

E2E__FN e2e_proxy_counts e2e_proxy_count(const e2e_proxy *px);

E2E__FN e2e_proxy *e2e__fault_open(
	const char *file, int line, const char *listen, const char *server);
E2E__FN void e2e__fault_set(
	const char *file, int line, e2e_proxy *px, int direction, e2e_fault fault);
E2E__FN void e2e__fault_clear(const char *file, int line, e2e_proxy *px);

/* @implementation */

E2E__FN e2e_proxy_counts e2e_proxy_count(const e2e_proxy *px)
{
	/* another process writes it */
	const volatile struct e2e__proxy_shared *s = px->self->shared;
	e2e_proxy_counts c;

	c.accepted = s->accepted;
	c.open = c.accepted - s->closed;
	c.refused = s->refused;
	c.broken = s->broken;
	c.to_server = s->bytes[0];
	c.to_client = s->bytes[1];
	c.datagrams = s->datagrams;
	c.lost = s->lost;
	c.duplicated = s->duplicated;
	c.reordered = s->reordered;
	return c;
}

/* What a member of e2e_fault is. */
enum e2e__fault_kind {
	E2E__FAULT_FLAG,   /* bool */
	E2E__FAULT_NUMBER, /* double, from 0 on */
	E2E__FAULT_SHARE,  /* double, from 0 to 1 */
	E2E__FAULT_SIZE,   /* size_t */
	E2E__FAULT_COUNT,  /* int, from 0 on */
	E2E__FAULT_LIMIT   /* long long; below 0: not even the first byte */
};

struct e2e__fault_row {
	size_t at, with; /* the member's place; reports show it also where the second one is set */
	enum e2e__fault_kind kind;
	bool alone;    /* does it do something where nothing else is set? */
	bool tcp, udp; /* what it is for: connections, datagrams */
	const char *name;
	const char *before, *after; /* the words of reports around its number; NULL: not shown */
};

/* All members of e2e_fault, in the order of reports: what may be given and what is said of it. What
 * they do to bytes is in proxy.h. */
E2E__FN const struct e2e__fault_row *e2e__fault_rows(size_t *n)
{
#define E2E__FAULT_OF(member, with, kind, alone, tcp, udp, before, after) \
	{ \
		offsetof(e2e_fault, member), offsetof(e2e_fault, with), E2E__FAULT_##kind, alone, \
			tcp, udp, #member, before, after \
	}
	/* of connections only, of both, of datagrams only */
#define E2E__FAULT_ROW(member, with, kind, alone, before, after) \
	E2E__FAULT_OF(member, with, kind, alone, true, false, before, after)
#define E2E__FAULT_BOTH(member, with, kind, alone, before, after) \
	E2E__FAULT_OF(member, with, kind, alone, true, true, before, after)
#define E2E__FAULT_UDP(member, before) \
	E2E__FAULT_OF(member, member, SHARE, true, false, true, before, "")
	static const struct e2e__fault_row rows[] = {
		E2E__FAULT_BOTH(down, down, FLAG, true, " down", ""),
		E2E__FAULT_BOTH(latency, jitter, NUMBER, true, " latency ", " s"),
		E2E__FAULT_BOTH(jitter, latency, NUMBER, true, ", jitter ", " s"),
		E2E__FAULT_BOTH(bandwidth, bandwidth, NUMBER, true, " bandwidth ", " bytes/s"),
		E2E__FAULT_ROW(slice, slice, SIZE, true, " slices of ", " bytes"),
		E2E__FAULT_ROW(pause, pause, NUMBER, false, NULL, NULL),
		E2E__FAULT_BOTH(limit, limit, LIMIT, true, " limit ", " bytes"),
		E2E__FAULT_ROW(reset, reset, FLAG, true, " reset", ""),
		E2E__FAULT_BOTH(drop, drop, FLAG, true, " drop", ""),
		E2E__FAULT_ROW(slow_close, slow_close, NUMBER, true, " close ", " s late"),
		E2E__FAULT_UDP(loss, " loss "),
		E2E__FAULT_UDP(duplicate, " duplicates "),
		E2E__FAULT_UDP(reorder, " reordering "),
		E2E__FAULT_BOTH(first, first, COUNT, false, " for the first ", NULL),
	};
#undef E2E__FAULT_OF
#undef E2E__FAULT_BOTH
#undef E2E__FAULT_UDP
#undef E2E__FAULT_ROW

	*n = sizeof rows / sizeof *rows;
	return rows;
}

E2E__FN double e2e__fault_number(const e2e_fault *f, size_t place, enum e2e__fault_kind kind)
{
	const void *at = (const char *)f + place;

	switch (kind) {
	case E2E__FAULT_FLAG:
		return *(const bool *)at;
	case E2E__FAULT_NUMBER:
	case E2E__FAULT_SHARE:
		return *(const double *)at;
	case E2E__FAULT_SIZE:
		return (double)*(const size_t *)at;
	case E2E__FAULT_COUNT:
		return *(const int *)at;
	default:
		return (double)*(const long long *)at;
	}
}

E2E__FN bool e2e__fault_is_set(const e2e_fault *f, size_t place, enum e2e__fault_kind kind)
{
	double number = e2e__fault_number(f, place, kind);

	return number > 0 || (kind == E2E__FAULT_LIMIT && number < 0);
}

/* "to the client: latency 0.1 s, jitter 0 s limit 20 bytes", "" without a fault */
E2E__FN void e2e__fault_words(
	struct e2e__buf *b, const char *direction, const e2e_fault *f, bool udp)
{
	size_t begin = b->n, n;
	const struct e2e__fault_row *row = e2e__fault_rows(&n);

	e2e__buf_addf(b, "\n%s:", direction);
	for (; n--; row++) {
		double number = e2e__fault_number(f, row->at, row->kind);

		if (!row->before ||
			!(e2e__fault_is_set(f, row->at, row->kind) ||
				e2e__fault_is_set(f, row->with, row->kind)))
			continue;
		if (!row->after && number == 1) {
			e2e__buf_addf(b, " for the first %s", udp ? "datagram" : "connection");
			continue;
		}
		e2e__buf_adds(b, row->before);
		if (row->kind == E2E__FAULT_NUMBER || row->kind == E2E__FAULT_SHARE)
			e2e__buf_addf(b, "%g", number);
		else if (row->kind != E2E__FAULT_FLAG)
			e2e__buf_addf(b, "%.0f", number < 0 ? 0 : number);
		e2e__buf_adds(b, row->after ? row->after : udp ? " datagrams" : " connections");
	}

	if (b->p[b->n - 1] == ':')
		b->n = begin;
}

E2E__FN void e2e__fault_case_begin(struct e2e__helper *h)
{
	struct e2e__proxy_self *self = (struct e2e__proxy_self *)(void *)h;

	self->before = e2e_proxy_count(self->px);
	self->of_suite = true;
}

/* For a failed case's report. */
E2E__FN void e2e__fault_tell(struct e2e__helper *h)
{
	struct e2e__proxy_self *self = (struct e2e__proxy_self *)(void *)h;
	const struct e2e__proxy_shared *s = self->shared;
	const e2e_proxy_counts *before = &self->before;
	bool udp = e2e__endpoint_is_udp(self->px->endpoint);
	E2E__BUF(b, 512);

	e2e__buf_addf(&b,
		"%s -> %s: connections: %lld, refused by the server: %lld%s%s%s, broken by faults: %lld, "
		"bytes to the server: %lld, to the client: %lld",
		self->px->endpoint, self->to, s->accepted, s->refused, s->refused ? " (" : "",
		s->refused ? strerror(s->upstream_error) : "", s->refused ? ")" : "", s->broken,
		s->bytes[0], s->bytes[1]);
	if (self->of_suite)
		e2e__buf_addf(&b,
			"\nin this case: connections: %lld, refused by the server: %lld, broken by faults: %lld, "
			"bytes to the server: %lld, to the client: %lld",
			s->accepted - before->accepted, s->refused - before->refused,
			s->broken - before->broken, s->bytes[0] - before->to_server,
			s->bytes[1] - before->to_client);
	if (udp)
		e2e__buf_addf(&b,
			"\ndatagrams: %lld, lost: %lld, duplicated: %lld, reordered: %lld",
			s->datagrams, s->lost, s->duplicated, s->reordered);
	e2e__fault_words(&b, "to the server", &s->fault[0], udp);
	e2e__fault_words(&b, "to the client", &s->fault[1], udp);
	e2e__buf_add(&b, "", 1);
	e2e__hook_explain(e2e_printf("%s_%s", self->within ? "stub" : "proxy",
				  self->px->port > 0 ? e2e_printf("%d", self->px->port) : "unix"),
		b.p);
	e2e__buf_free(&b);
}

/* A fault that met nothing has tested nothing: then the case's output says so. Of .down nobody
 * knows. */
E2E__FN void e2e__fault_unmet(const struct e2e__proxy_self *self, int d)
{
	const e2e_fault *f = &self->shared->fault[d];
	E2E__BUF(b, 256);

	e2e__fault_words(&b, d == 0 ? "to the server" : "to the client", f,
		e2e__endpoint_is_udp(self->px->endpoint));
	e2e__buf_add(&b, "", 1);

	/* what one case sets in the suite's proxy may be for the next one */
	if (b.n > 1 && !f->down && !self->helper.proc->own->suite && !self->shared->met[d])
		e2e_diag("%s:%d: this fault of the proxy %s met nothing: %s", self->set_file,
			self->set_line, self->px->endpoint, b.p + 1);
	e2e__buf_free(&b);
}

/* The case passes: has what it set made a difference? */
E2E__FN void e2e__fault_judge(struct e2e__helper *h)
{
	struct e2e__proxy_self *self = (struct e2e__proxy_self *)(void *)h;

	e2e__fault_unmet(self, 0);
	e2e__fault_unmet(self, 1);
}

/* Where a proxy listens if nobody says: beside its server's kind. The port is held, for the times
 * when it is down. */
E2E__FN const char *e2e__fault_place(
	const char *file, int line, const struct e2e__address *server, bool udp)
{
	if (server->u.any.sa_family == AF_UNIX)
		return "unix:";
	return e2e_printf("%s:127.0.0.1:%d", udp ? "udp" : "tcp", e2e__port(file, line));
}

E2E__FN void e2e__fault_resolve(
	const char *file, int line, const char *endpoint, struct e2e__address *address)
{
	const char *wrong = e2e__endpoint_resolve(endpoint, &address->u.storage, &address->size);

	if (wrong)
		e2e__system_die_of(file, line, "e2e_proxy_to", "endpoint",
			e2e_printf("no proxy for %s: %s", e2e_quoted(endpoint), wrong),
			e2e__endpoint_forms());
}

/* Connections and datagrams are worlds of their own. */
E2E__FN void e2e__fault_same_world(
	const char *file, int line, const char *where, const char *server)
{
	if (!where || e2e__endpoint_is_udp(where) == e2e__endpoint_is_udp(server))
		return;
	e2e__system_die_of(file, line, "e2e_proxy_between", "usage",
		e2e_printf("no proxy at %s for %s: the one has connections, the other datagrams",
			where, server),
		"both are udp:, or none of them");
}

E2E__FN e2e_proxy *e2e__fault_open(
	const char *file, int line, const char *where, const char *server)
{
	e2e_proxy *px = (e2e_proxy *)e2e__memory_alloc(sizeof *px);
	struct e2e__proxy_self *self = (struct e2e__proxy_self *)e2e__memory_alloc(sizeof *self);
	struct e2e__helper *h = &self->helper;
	bool udp = e2e__endpoint_is_udp(server);
	int sock;

	e2e__fault_resolve(file, line, server, &self->server);
	e2e__fault_same_world(file, line, where, server);
	sock = e2e__endpoint_listen(
		file, line, where ? where : e2e__fault_place(file, line, &self->server, udp));
	px->endpoint = e2e_endpoint(sock);
	e2e__fault_resolve(file, line, px->endpoint, &self->listen);
	px->address = strchr(px->endpoint, ':') + 1;
	px->port = e2e_endpoint_port(px->endpoint);
	px->self = self;
	self->px = px;
	self->to = e2e__memory_strdup(server);
	self->chance = e2e_rand() | 1;
	if (px->port > 0)
		snprintf(self->lane, sizeof self->lane, "proxy:%d", px->port);
	else
		strcpy(self->lane, "proxy");
	h->what = "fault-proxy";
	h->run = udp ? e2e__datagram_run : e2e__proxy_run;
	h->begin = e2e__fault_case_begin;
	h->tell = e2e__fault_tell;
	h->judge = e2e__fault_judge;
	self->shared =
		(struct e2e__proxy_shared *)e2e__helper_share(file, line, h, sizeof *self->shared);
	e2e__helper_start(file, line, h, sock, -1);
	e2e__keeper_slot_name(h->proc->own->slot, self->lane);
	return px;
}

E2E__FN void e2e__fault_refuse(const char *file, int line, const char *message, const char *hint)
{
	e2e__system_die_of(file, line, "e2e_proxy_fault", "usage", message, hint);
}

/* Is there one that does something by itself? */
E2E__FN bool e2e__fault_any(const e2e_fault *f)
{
	size_t n;
	const struct e2e__fault_row *row = e2e__fault_rows(&n);

	for (; n; n--, row++)
		if (row->alone && e2e__fault_is_set(f, row->at, row->kind))
			return true;
	return false;
}

/* Is there a number that is negative, or none at all (NaN)? */
E2E__FN bool e2e__fault_negative(const e2e_fault *f)
{
	size_t n;
	const struct e2e__fault_row *row = e2e__fault_rows(&n);

	for (; n; n--, row++)
		if (row->kind != E2E__FAULT_LIMIT &&
			!(e2e__fault_number(f, row->at, row->kind) >= 0))
			return true;
	return false;
}

/* One that has no meaning for connections, or for datagrams; or a share above 1. NULL: there is
 * none. */
E2E__FN const char *e2e__fault_foreign(const e2e_fault *f, bool udp)
{
	size_t n;
	const struct e2e__fault_row *row = e2e__fault_rows(&n);

	for (; n; n--, row++) {
		if (!e2e__fault_is_set(f, row->at, row->kind))
			continue;
		if (!(udp ? row->udp : row->tcp))
			return e2e_printf(".%s is for %s, and this proxy stands before %s",
				row->name, udp ? "connections" : "datagrams",
				udp ? "a server of datagrams" : "one of connections");
		if (row->kind == E2E__FAULT_SHARE && e2e__fault_number(f, row->at, row->kind) > 1)
			return e2e_printf(".%s = %g: a share is from 0 to 1", row->name,
				e2e__fault_number(f, row->at, row->kind));
	}

	if (udp && f->limit != 0 && !f->drop)
		return ".limit ends a connection: for datagrams it needs .drop";
	return NULL;
}

/* Members that do nothing, or against one another. NULL: there are none. */
E2E__FN const char *e2e__fault_without_effect(const e2e_fault *f)
{
	if (f->pause > 0 && !f->slice)
		return ".pause without .slice does nothing: it is the time between slices";
	if (f->reset && f->drop)
		return ".reset and .drop can't both be: bytes vanish, or the connection breaks";
	if (f->limit < -1)
		return e2e_printf(".limit = %lld: a number of bytes, or -1 for none", f->limit);
	if (f->first > 0 && !e2e__fault_any(f))
		return ".first without a fault does nothing";
	return NULL;
}

/* Names the fault of a direction for the story, and tells there that it is set. */
E2E__FN void e2e__fault_name(struct e2e__proxy_self *self, int d)
{
	struct e2e__proxy_shared *s = self->shared;
	const char *way = e2e__traffic_ways[d];
	E2E__BUF(b, 256);

	e2e__fault_words(&b, way, &s->fault[d], e2e__endpoint_is_udp(self->px->endpoint));
	e2e__buf_add(&b, "", 1);
	snprintf(s->words[d], sizeof s->words[d], "%.119s", b.n > 1 ? b.p + 1 : "");
	e2e__buf_free(&b);
}

/* The story has it once where it is the same both ways. */
E2E__FN void e2e__fault_told(const struct e2e__proxy_self *self, int direction)
{
	int d = direction == E2E_TO_CLIENT;
	const char *words = self->shared->words[d], *way = e2e__traffic_ways[d];

	words += *words ? strlen(way) : 0;
	if (direction == E2E_BOTH_WAYS)
		way = "both ways";
	e2e__story_tell(
		self->lane, "fault", false, *words ? "set %s%s" : "no fault %s%s", way, words);
}

E2E__FN void e2e__fault_set(
	const char *file, int line, e2e_proxy *px, int direction, e2e_fault fault)
{
	struct e2e__proxy_shared *s = px->self->shared;
	const char *wrong;
	int d;

	if (direction < E2E_TO_SERVER || direction > E2E_BOTH_WAYS)
		e2e__fault_refuse(file, line, e2e_printf("%d is no direction", direction),
			"E2E_TO_SERVER, E2E_TO_CLIENT or E2E_BOTH_WAYS");
	if (fault.down && fault.first)
		e2e__fault_refuse(file, line, ".down can't hold for the first connections only",
			"the kernel refuses them before anyone counts: use .reset");
	wrong = e2e__fault_without_effect(&fault);
	if (!wrong)
		wrong = e2e__fault_foreign(&fault, e2e__endpoint_is_udp(px->endpoint));
	if (wrong)
		e2e__fault_refuse(file, line, wrong,
			"the manual of the fault proxy says what each member does");
	if (e2e__fault_negative(&fault))
		e2e__fault_refuse(
			file, line, "a fault's number is negative", "only .limit may be -1");
	for (d = 0; d < 2; d++)
		if (direction & (1 << d)) {
			e2e__fault_unmet(px->self, d);
			s->fault[d] = fault;
			s->met[d] = 0;
			s->changed |= 1u << d;
			e2e__fault_name(px->self, d);
		}
	e2e__fault_told(px->self, direction);
	px->self->set_file = file;
	px->self->set_line = line;
	e2e__helper_apply(file, line, &px->self->helper);
	if (s->error)
		e2e__helper_die(file, line, "listen",
			e2e_printf("the proxy can't listen on %s again", px->endpoint), s->error,
			"the port was taken while the proxy was down");
}

E2E__FN void e2e__fault_clear(const char *file, int line, e2e_proxy *px)
{
	static e2e_fault none;

	e2e__fault_set(file, line, px, E2E_BOTH_WAYS, none);
}
