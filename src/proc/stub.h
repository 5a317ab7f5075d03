#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "logs.h"
#include "waits.h"
#include "spawn.h"
#include "ports.h"
#include "endpoint.h"
#include "helper.h"
#include "proxy.h"
#include "faults.h"
#include "handlers.h"
#include "visits.h"

/* @manual Stub servers
 *	static void greets(int fd, void *arg) { ... read and write fd ...; }
 *	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", greets, NULL);
 *	e2e_run("client", "-p", e2e_printf("%d", s->port));
 *	e2e_like(e2e_received(s), "^HELO ");
 *	e2e_proxy_fault(s->proxy, E2E_TO_CLIENT, .limit = 100, .reset = true);
 *
 *	A stub server is a function that serves one connection, each in a process of its own; its
 *	end is the connection's. It has the descriptors of the test, and its output is a log. It may
 *	write while nobody reads, stop to read, close one direction, or go on for ever. A handler
 *	that crashes or ends with an exit code fails the case. s->proxy does to the bytes what the
 *	fault proxy does; the server is the handler there. What a fault keeps from the handler isn't
 *	in e2e_received(s). A case that fails shows the stub's connections, bytes and faults, and
 *	what it has received.
 *
 *	static void answers(int fd, void *arg) { ... recv(fd, ...); send(fd, ...); }
 *	e2e_server *s = e2e_serve("udp:127.0.0.1:0", answers, NULL);
 *	Of datagrams a handler serves one client, that is one address: recv(fd) is the next datagram
 *	of it, send(fd) an answer to it. When it has returned, the next datagram of the client
 *	begins another one. e2e_connections(s) counts clients, and the faults are those of
 *	datagrams. A handler that returns without having read anything refuses what has come.
 */

/* @interface */

#define e2e_serve(endpoint, handler, arg) e2e__stub_serve(E2E__AT, endpoint, handler, arg)
/* What all clients have sent until now, one after the other as it came. Valid until the case's
 * end. */
E2E__FN const char *e2e_received(e2e_server *server);
E2E__FN size_t e2e_received_size(e2e_server *server);
/* Number of connections until now. */
E2E__FN int e2e_connections(e2e_server *server);

/* e2e_is_socket(path, mode, ...): a test point. The path is a socket with these permission bits,
 * e.g. 0600. */
#define e2e_is_socket(path, mode) e2e__stub_is_socket(E2E__AT, path, mode)

E2E__FN e2e_server *e2e__stub_serve(
	const char *file, int line, const char *endpoint, e2e_handler *handler, void *arg);
E2E__FN bool e2e__stub_is_socket(const char *file, int line, const char *path, unsigned mode);

/* @implementation */

/* The other half of a connection: a handler, or nobody, who takes everything and never ends it. */
E2E__FN void e2e__stub_connect(struct e2e__proxy_self *px, struct e2e__link *k)
{
	struct e2e__server *s = (struct e2e__server *)px->stub;
	int pair[2];

	if (!s->handler) {
		k->flow[1].eof = k->flow[1].fin = true;
		return;
	}

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || e2e__system_fd_flags(pair[0]) < 0)
		e2e__handler_die(s, "the stub server at %s can't serve connection %d: %s",
			s->pub.endpoint, k->number, strerror(errno));
	k->fd[1] = pair[0];
	k->handler = fork();
	if (k->handler == 0)
		e2e__handler_run(s, pair[1]);
	if (k->handler < 0)
		e2e__handler_die(s, "the stub server at %s can't start a handler: %s",
			s->pub.endpoint, strerror(errno));
	close(pair[1]);
}

E2E__FN void e2e__stub_reap(struct e2e__proxy_self *px)
{
	const struct e2e__server *s = (const struct e2e__server *)px->stub;
	int status;

	e2e__handler_woken(px);
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		size_t i = 0;

		while (i < px->n && px->links[i]->handler != pid)
			i++;
		if (i == px->n)
			continue; /* an orphan of a handler */
		px->links[i]->handler = 0;
		e2e__handler_ended(s, "connection", px->links[i]->number, pid, status);
	}
}

/* The stub's life: the proxy's, which also hears of handlers. */
E2E__FN void e2e__stub_run(struct e2e__helper *h)
{
	e2e__handler_watch((struct e2e__proxy_self *)(void *)h);
	e2e__proxy_run(h);
}

/* Where it listens, and the proxy's part of it. */
E2E__FN int e2e__stub_listen(
	const char *file, int line, struct e2e__server *s, const char *endpoint)
{
	/* held for the times when it is down */
	if (endpoint && strlen(endpoint) > 3 && strcmp(endpoint + 3, ":127.0.0.1:0") == 0)
		endpoint = e2e_printf("%.3s:127.0.0.1:%d", endpoint, e2e__port(file, line));
	int sock = e2e__endpoint_listen(file, line, endpoint);

	s->proxy.endpoint = s->pub.endpoint = e2e_endpoint(sock);
	s->proxy.port = s->pub.port = e2e_endpoint_port(s->pub.endpoint);
	s->proxy.address = strchr(s->pub.endpoint, ':') + 1;
	s->proxy.self = &s->self;
	s->pub.proxy = s->self.px = &s->proxy;
	e2e__fault_resolve(file, line, s->pub.endpoint, &s->self.listen);
	return sock;
}

E2E__FN e2e_server *e2e__stub_serve(
	const char *file, int line, const char *endpoint, e2e_handler *handler, void *arg)
{
	static const struct e2e__within within = {
		e2e__stub_connect, e2e__handler_note, e2e__stub_reap, NULL, NULL, NULL};
	bool udp = e2e__endpoint_is_udp(endpoint);
	struct e2e__server *s = (struct e2e__server *)e2e__memory_alloc(sizeof *s);
	struct e2e__helper *h = &s->self.helper;

	int sock = e2e__stub_listen(file, line, s, endpoint);

	s->pub.path = s->log.path = e2e__spawn_case_file(file, line, "server", ".received");
	s->transcript = e2e__system_high(
		open(s->pub.path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
	s->handler = handler;
	s->arg = arg;
	s->trouble = (char *)e2e__page_share(E2E__HANDLER_TROUBLE, -1);
	if (s->transcript < 0 || !s->trouble)
		e2e__wait_net_die(file, line, "e2e_serve",
			e2e_printf("can't keep a transcript: %s", strerror(errno)), NULL);
	s->self.within = udp ? e2e__visit_within() : &within;
	s->self.stub = s;
	s->self.to = handler ? "its handler" : "no handler";
	s->self.chance = e2e_rand() | 1;
	strcpy(s->self.lane, "server");
	s->self.shared = (struct e2e__proxy_shared *)e2e__helper_share(
		file, line, h, sizeof *s->self.shared);
	h->what = "server";
	h->open = true;
	h->run = udp ? e2e__visit_run : e2e__stub_run;
	h->begin = e2e__fault_case_begin;
	h->tell = e2e__fault_tell;
	h->judge = e2e__fault_judge;
	e2e__helper_start(file, line, h, sock, -1);

	s->pub.proc = h->proc;
	s->pub.proc->own->trouble = s->trouble;
	close(s->transcript);
	e2e__hook_evidence(e2e_printf("%s.received", s->pub.proc->name), s->pub.path);
	return &s->pub;
}

E2E__FN const char *e2e_received(e2e_server *server)
{
	return e2e__log_read(&((struct e2e__server *)(void *)server)->log);
}

E2E__FN size_t e2e_received_size(e2e_server *server)
{
	e2e_received(server);
	return ((struct e2e__server *)(void *)server)->log.size;
}

E2E__FN int e2e_connections(e2e_server *server)
{
	return (int)e2e_proxy_count(server->proxy).accepted;
}

E2E__FN bool e2e__stub_is_socket(const char *file, int line, const char *path, unsigned mode)
{
	struct stat st;
	bool there = !lstat(path, &st);
	bool ok = there && S_ISSOCK(st.st_mode) && (st.st_mode & 07777) == mode;
	e2e_failure failure = e2e__system_failure("socket", NULL, NULL);

	failure.want = e2e_printf("a socket with mode %04o", mode);
	if (*path == '@')
		failure.message = e2e_printf("%s has no mode: an abstract name is no file", path);
	else if (!there)
		failure.message = e2e_printf("%s: %s", path, strerror(errno));
	else
		failure.got = S_ISSOCK(st.st_mode)
			? e2e_printf("a socket with mode %04o", (unsigned)st.st_mode & 07777U)
			: "no socket";
	return e2e_report(
		file, line, ok, e2e_printf("%s is a socket with mode %04o", path, mode), &failure);
}
