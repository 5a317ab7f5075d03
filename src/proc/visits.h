#pragma once
#include "system.h"
#include "helper.h"
#include "proxy.h"
#include "datagrams.h"
#include "handlers.h"

/* @implementation */

/* A client of datagrams and its handler have a pair of sockets that keeps their borders. The stub
 * holds both ends, so that nothing is lost when a handler returns while the next one comes. */
E2E__FN int e2e__visit_pair(int *pair)
{
#if defined SOCK_SEQPACKET
	/* its end can be seen, unlike that of the other kind */
	if (!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		return 0;
#endif
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
}

E2E__FN void e2e__visit_begin(struct e2e__datagrams *g, struct e2e__visitor *v)
{
	const struct e2e__server *s = (const struct e2e__server *)g->px->stub;
	int pair[2], bad;

	v->fd = -1;
	if (!s->handler)
		return;
	bad = e2e__visit_pair(pair);
	if (bad && (errno == EMFILE || errno == ENFILE)) {
		e2e__datagram_forget_idle(g, e2e_now(), true);
		bad = e2e__visit_pair(pair);
	}
	if (bad || e2e__system_fd_flags(pair[0]) < 0)
		e2e__handler_die(s, "the stub server at %s can't serve client %d: %s",
			s->pub.endpoint, v->number, strerror(errno));
	e2e__datagram_roomy(pair[0]);
	e2e__datagram_roomy(pair[1]);
	v->fd = pair[0];
	v->inner = pair[1];
}

/* Starts a handler of this client's. */
E2E__FN void e2e__visit_serve(struct e2e__datagrams *g, struct e2e__visitor *v)
{
	const struct e2e__server *s = (const struct e2e__server *)g->px->stub;

	v->given = 0;
	v->handler = fork();
	if (v->handler < 0)
		e2e__handler_die(s, "the stub server at %s can't start a handler: %s",
			s->pub.endpoint, strerror(errno));
	if (v->handler > 0)
		return;

	/* it has nothing of the other clients' */
	for (struct e2e__visitor *other = g->list; other; other = other->next) {
		close(other->fd);
		if (other != v)
			close(other->inner);
	}
	e2e__handler_run(s, v->inner);
}

/* Gives one to the handler; false if there is no room for it yet. What else goes wrong stays so:
 * the handler has shut its end, say. */
E2E__FN bool e2e__visit_send(
	const struct e2e__server *s, const struct e2e__visitor *v, const struct e2e__datagram *one)
{
	if (send(v->fd, one + 1, one->n, 0) >= 0)
		return true;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == EINTR)
		return false;
	e2e__handler_die(s,
		"the stub server at %s can't give %zu bytes to the handler of client %d: %s",
		s->pub.endpoint, one->n, v->number,
		errno == EPIPE ? "it has shut down its socket" : strerror(errno));
	return false;
}

/* One is for the handler of this client's. */
E2E__FN bool e2e__visit_give(
	struct e2e__datagrams *g, struct e2e__visitor *v, struct e2e__datagram *one)
{
	if (v->fd >= 0) {
		if (!v->handler)
			e2e__visit_serve(g, v);
		if (!e2e__visit_send((const struct e2e__server *)g->px->stub, v, one))
			return false;
		v->given++;
	}
	if (!one->again) {
		e2e__handler_note(g->px, (const char *)(one + 1), one->n);
		g->px->shared->bytes[0] += (long long)one->n;
	}
	return true;
}

/* The handler of a client has ended. What it hasn't read is for the next one; but if it has read
 * nothing at all it doesn't want that. */
E2E__FN void e2e__visit_rest(struct e2e__datagrams *g, struct e2e__visitor *v)
{
	static char room[E2E__DATAGRAM_MAX];
	struct e2e__stream rest = {NULL, NULL, NULL}, *s = &v->to[0];
	long long n = 0;

	for (ssize_t size; (size = recv(v->inner, room, sizeof room, MSG_DONTWAIT)) >= 0; n++) {
		struct e2e__datagram *one = e2e__datagram_new(room, (size_t)size, 0);

		one->again = true;
		e2e__datagram_queue(g, &rest, one, 0);
	}

	v->handler = 0;
	if (!n)
		return;
	if (n >= v->given) {
		while (rest.first) {
			struct e2e__datagram *one = rest.first;

			rest.first = one->next;
			g->waiting[0] -= one->n;
			free(one);
		}
		return;
	}

	rest.last->next = s->first;
	if (!s->first)
		s->last = rest.last;
	s->first = rest.first;
}

E2E__FN void e2e__visit_ended(struct e2e__datagrams *g)
{
	const struct e2e__server *s = (const struct e2e__server *)g->px->stub;
	int status;

	e2e__handler_woken(g->px);
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		for (struct e2e__visitor *v = g->list; v; v = v->next)
			if (v->handler == pid) {
				e2e__handler_ended(s, "client", v->number, pid, status);
				e2e__visit_rest(g, v);
			}
}

E2E__FN const struct e2e__within *e2e__visit_within(void)
{
	static const struct e2e__within within = {
		NULL, NULL, NULL, e2e__visit_begin, e2e__visit_give, e2e__visit_ended};

	return &within;
}

/* The life of a stub server of datagrams: that of their proxy. */
E2E__FN void e2e__visit_run(struct e2e__helper *h)
{
	e2e__handler_watch((struct e2e__proxy_self *)(void *)h);
	e2e__datagram_run(h);
}
