#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "logs.h"
#include "waits.h"
#include "spawn.h"
#include "endpoint.h"

/* @interface */

/* A stub server: a process of its own that runs handler(fd, arg) for each connection, each in a
 * process of its own, and keeps what it received. A NULL handler receives everything and answers
 * nothing. It ends with the case. */
typedef struct e2e_server {
	const char *endpoint; /* to be dialed */
	int port;             /* -1 for unix */
	const char *path;     /* of the transcript */
	e2e_proc *proc;
} e2e_server;
typedef void e2e_handler(int fd, void *arg);
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

/* What the case and the stub's process share; the latter writes it. */
struct e2e__serve_shared {
	volatile int connections;
	char trouble[200]; /* why it has ended */
};

/* Bytes on their way from one end to the other. */
struct e2e__passing {
	char bytes[16384];
	size_t begin, end;
	bool over;   /* no more will come */
	bool closed; /* and the other end knows */
};

/* A connection, and the process of its handler (none without a handler: everything is received,
 * nothing answered). */
struct e2e__served {
	struct e2e__served *next;
	int fd[2]; /* client; our end of the handler's socket, or -1 */
	pid_t pid; /* 0: has ended */
	int number;
	struct e2e__passing to[2]; /* to the client, to the handler */
	int poll[2];               /* places in the array */
};

struct e2e__server {
	e2e_server pub; /* first */
	int listener, transcript;
	/* a byte from the case asks whether all handlers that are to end have ended; a byte
	 * answers */
	int line[2];
	e2e_handler *handler;
	void *arg;
	struct e2e__log log;
	struct e2e__serve_shared *shared;
	/* in the stub's process */
	struct e2e__served *served;
	double settle; /* until when an answer to the case may wait; 0: it has asked nothing */
	bool stirred;  /* something came or went in this turn */
};

/* The stub ends, and the case with it: it will never be the server that the test wants. */
E2E__FN void e2e__stub_die(const struct e2e__server *s, const char *fmt, ...) E2E__PRINTF(2, 3);
E2E__FN void e2e__stub_die(const struct e2e__server *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(s->shared->trouble, sizeof s->shared->trouble, fmt, args);
	va_end(args);
	fprintf(stderr, "e2e: %s\n", s->shared->trouble);
	fflush(stderr);
	_exit(1);
}

static volatile sig_atomic_t e2e__serve_wake = -1;

E2E__FN void e2e__stub_child(int signo)
{
	int error = errno;

	(void)signo;
	if (write(e2e__serve_wake, "", 1) < 0) {
		/* it is full: the loop will wake anyway */
	}
	errno = error;
}

/* The handler's process. It has nothing of the other connections, or their clients would wait for
 * it. */
E2E__FN void e2e__stub_handle(const struct e2e__server *s, int fd)
{
	signal(SIGCHLD, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	for (const struct e2e__served *k = s->served; k; k = k->next)
		for (int i = 0; i < 2; i++)
			if (k->fd[i] >= 0)
				close(k->fd[i]);
	close(s->listener);
	close(s->line[1]);
	s->handler(fd, s->arg);
	fflush(stdout);
	fflush(stderr);
	_exit(0);
}

E2E__FN void e2e__stub_accept(struct e2e__server *s)
{
	int pair[2], client = accept(s->listener, NULL, NULL);

	if (client < 0 && (errno == EINTR || errno == EAGAIN || errno == ECONNABORTED))
		return;
	if (client < 0)
		e2e__stub_die(s, "the stub server at %s can't accept a connection: %s",
			s->pub.endpoint, strerror(errno));
	struct e2e__served *k = (struct e2e__served *)calloc(1, sizeof *k);
	s->stirred = true;
	s->shared->connections = s->shared->connections + 1;
	if (!k || (s->handler && socketpair(AF_UNIX, SOCK_STREAM, 0, pair)))
		e2e__stub_die(s, "the stub server at %s can't serve connection %d: %s",
			s->pub.endpoint, s->shared->connections, strerror(errno));
	k->number = s->shared->connections;
	k->fd[0] = client;
	k->fd[1] = s->handler ? pair[0] : -1;
	k->to[0].over = !s->handler;
	k->next = s->served;
	s->served = k;
	for (int i = 0; i < 2; i++)
		if (k->fd[i] >= 0)
			fcntl(k->fd[i], F_SETFL, O_NONBLOCK);
	if (!s->handler)
		return;
	k->pid = fork();
	if (k->pid == 0)
		e2e__stub_handle(s, pair[1]);
	if (k->pid < 0)
		e2e__stub_die(s, "the stub server at %s can't start a handler: %s", s->pub.endpoint,
			strerror(errno));
	close(pair[1]);
}

/* Takes what one end says for the other one. What the client says is noted before it goes on. */
E2E__FN void e2e__stub_read(struct e2e__server *s, struct e2e__served *k, int from)
{
	struct e2e__passing *to = &k->to[!from];
	ssize_t n = read(k->fd[from], to->bytes, sizeof to->bytes);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	s->stirred = true;
	if (n > 0 && from == 0 && !e2e__system_write_whole(s->transcript, to->bytes, (size_t)n))
		e2e__stub_die(s, "the stub server at %s can't write what it receives to %s: %s",
			s->pub.endpoint, s->pub.path, strerror(errno));
	to->over = n <= 0;
	to->begin = 0;
	to->end = n > 0 && k->fd[!from] >= 0 && !to->closed ? (size_t)n : 0;
}

/* Passes on what waits for this end, and that nothing more will come. */
E2E__FN void e2e__stub_write(struct e2e__server *s, struct e2e__served *k, int at)
{
	struct e2e__passing *to = &k->to[at];

	while (to->begin < to->end) {
		ssize_t n =
			e2e__system_write(k->fd[at], to->bytes + to->begin, to->end - to->begin);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		s->stirred = true;
		if (n < 0) { /* it doesn't read any more; what the client still says is noted */
			to->begin = to->end = 0;
			to->closed = true;
			if (at == 0 && k->fd[1] >= 0)
				shutdown(k->fd[1], SHUT_RD);
			return;
		}
		to->begin += (size_t)n;
	}

	/* The handler has ended: so does the connection, without a reset for what wasn't read. */
	if (to->over && !to->closed && k->fd[at] >= 0 && (at == 1 || s->handler)) {
		shutdown(k->fd[at], SHUT_WR);
		to->closed = true;
	}
}

/* Is all said on both sides? */
E2E__FN bool e2e__stub_served_over(const struct e2e__served *k)
{
	return k->to[0].over && k->to[1].over && k->to[0].begin == k->to[0].end && !k->pid;
}

/* Handlers have ended. In order is: with 0, or because the client left while they wrote. */
E2E__FN void e2e__stub_reap(struct e2e__server *s)
{
	int status;

	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		struct e2e__served *k = s->served;

		while (k && k->pid != pid)
			k = k->next;
		if (!k)
			continue; /* an orphan of a handler */
		k->pid = 0;
		s->stirred = true;
		if (WIFSIGNALED(status) && WTERMSIG(status) != SIGPIPE)
			e2e__stub_die(s,
				"the stub server's handler of connection %d (pid %ld) has died of %s",
				k->number, (long)pid, e2e__clock_signal_name(WTERMSIG(status)));
		if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
			e2e__stub_die(s,
				"the stub server's handler of connection %d (pid %ld) has ended with exit code %d",
				k->number, (long)pid, WEXITSTATUS(status));
	}
}

/* Forgets the connections that are over. */
E2E__FN void e2e__stub_forget(struct e2e__server *s)
{
	for (struct e2e__served **at = &s->served, *k; (k = *at);) {
		if (!e2e__stub_served_over(k)) {
			at = &k->next;
			continue;
		}
		*at = k->next;
		close(k->fd[0]);
		if (k->fd[1] >= 0)
			close(k->fd[1]);
		free(k);
	}
}

/* The case wants to know whether a handler that is about to end does so in order. Those that still
 * talk may go on. */
E2E__FN void e2e__stub_settle(struct e2e__server *s)
{
	bool ending = s->stirred;

	for (const struct e2e__served *k = s->served; k && !ending; k = k->next)
		ending = k->pid && (k->to[0].over || k->to[1].over);
	if (s->settle <= 0 || (ending && e2e_now() < s->settle))
		return;
	s->settle = 0;
	if (e2e__system_write(s->line[1], "", 1) < 0)
		_exit(0); /* the case is gone */
}

/* One end of a connection in the poll array. */
E2E__FN void e2e__stub_poll_end(struct e2e__served *k, int i, struct pollfd *at)
{
	const struct e2e__passing *in = &k->to[!i], *out = &k->to[i];
	int events = 0;

	if (!in->over && in->begin == in->end)
		events |= POLLIN;
	if (out->begin < out->end)
		events |= POLLOUT;
	at->fd = events ? k->fd[i] : -1;
	at->events = (short)events;
	at->revents = 0;
}

E2E__FN struct pollfd *e2e__stub_poll(struct e2e__server *s, int wake)
{
	static struct pollfd *polls;
	static size_t capacity;
	size_t n = 3;

	for (const struct e2e__served *k = s->served; k; k = k->next)
		n += 2;
	if (n > capacity) {
		capacity = 2 * n;
		free(polls);
		polls = (struct pollfd *)malloc(capacity * sizeof *polls);
	}

	if (!polls)
		e2e__stub_die(s, "the stub server at %s is out of memory", s->pub.endpoint);
	polls[0].fd = s->listener;
	polls[1].fd = s->line[1];
	polls[2].fd = wake;
	for (int i = 0; i < 3; i++) {
		polls[i].events = POLLIN;
		polls[i].revents = 0;
	}

	n = 3;
	for (struct e2e__served *k = s->served; k; k = k->next)
		for (int i = 0; i < 2; i++) {
			k->poll[i] = (int)n;
			e2e__stub_poll_end(k, i, &polls[n++]);
		}
	if (poll(polls, (nfds_t)n, s->settle > 0 ? 5 : -1) < 0 && errno != EINTR)
		e2e__stub_die(s, "the stub server at %s can't wait for connections: %s",
			s->pub.endpoint, strerror(errno));
	return polls;
}

E2E__FN int e2e__stub_main(void *arg)
{
	struct e2e__server *s = (struct e2e__server *)arg;
	int wake[2];
	char bytes[64];
	struct sigaction child;

	close(s->line[0]);
	if (e2e__system_pipe(wake))
		e2e__stub_die(s, "the stub server at %s has no pipe: %s", s->pub.endpoint,
			strerror(errno));
	for (int i = 0; i < 2; i++)
		fcntl(wake[i], F_SETFL, O_NONBLOCK);
	fcntl(s->listener, F_SETFL, O_NONBLOCK);
	e2e__serve_wake = wake[1];
	memset(&child, 0, sizeof child);
	child.sa_handler = e2e__stub_child;
	sigaction(SIGCHLD, &child, NULL);
	signal(SIGXFSZ, SIG_IGN); /* a transcript that can't grow is told */
	for (;;) {
		const struct pollfd *polls = e2e__stub_poll(s, wake[0]);

		s->stirred = false;
		for (struct e2e__served *k = s->served; k; k = k->next)
			for (int i = 0; i < 2; i++)
				if (polls[k->poll[i]].revents & (POLLIN | POLLHUP | POLLERR) &&
					polls[k->poll[i]].events & POLLIN)
					e2e__stub_read(s, k, i);
		for (struct e2e__served *k = s->served; k; k = k->next)
			for (int i = 0; i < 2; i++)
				e2e__stub_write(s, k, i);
		if (polls[2].revents) {
			while (read(wake[0], bytes, sizeof bytes) > 0)
				;
			e2e__stub_reap(s);
		}
		e2e__stub_forget(s);
		if (polls[1].revents && recv(s->line[1], bytes, 1, 0) <= 0)
			_exit(0); /* the case is over */
		else if (polls[1].revents)
			s->settle = e2e_now() + 0.5;
		if (polls[0].revents)
			e2e__stub_accept(s);
		e2e__stub_settle(s);
	}
}

/* The line to a helper has ended: so has the helper, and it is known in a moment. */
E2E__FN void e2e__stub_helper_gone(e2e_proc *p)
{
	for (double until = e2e_now() + 2; !p->own->exited && e2e_now() < until; poll(NULL, 0, 1))
		e2e__wait_look();
}

/* At the end of the case: a handler that crashes now is not to be missed. */
E2E__FN void e2e__stub_done(void *arg)
{
	struct e2e__server *s = (struct e2e__server *)arg;
	struct pollfd readable;
	char byte;

	readable.fd = s->line[0];
	readable.events = POLLIN;
	readable.revents = 0;
	if (!e2e__exit_failed() && s->pub.proc->running &&
		e2e__system_write(s->line[0], "", 1) == 1)
		poll(&readable, 1, 2000);
	if (readable.revents && recv(s->line[0], &byte, 1, 0) <= 0)
		e2e__stub_helper_gone(s->pub.proc);
	close(s->line[0]);
}

E2E__FN e2e_server *e2e__stub_serve(
	const char *file, int line, const char *endpoint, e2e_handler *handler, void *arg)
{
	struct e2e__server *s = (struct e2e__server *)e2e__memory_alloc(sizeof *s);

	s->listener = e2e__endpoint_listen(file, line, endpoint);
	s->pub.endpoint = e2e_endpoint(s->listener);
	s->pub.port = e2e_endpoint_port(s->pub.endpoint);
	s->pub.path = s->log.path = e2e__spawn_case_file(file, line, "server", ".received");
	s->transcript = e2e__system_high(
		open(s->pub.path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
	s->handler = handler;
	s->arg = arg;
	void *shared = e2e__page_share(sizeof *s->shared, -1);
	if (s->transcript < 0 || !shared || socketpair(AF_UNIX, SOCK_STREAM, 0, s->line))
		e2e__wait_net_die(file, line, "e2e_serve",
			e2e_printf("can't keep a transcript: %s", strerror(errno)), NULL);
	s->shared = (struct e2e__serve_shared *)shared;
	for (int i = 0; i < 2; i++) {
		s->line[i] = e2e__system_high(s->line[i]);
		fcntl(s->line[i], F_SETFD, FD_CLOEXEC);
	}

	s->pub.proc = e2e__spawn_helper(file, line, "server", e2e__stub_main, s);
	s->pub.proc->own->trouble = s->shared->trouble;
	close(s->listener); /* or clients would wait in its queue when the server is dead */
	close(s->transcript);
	close(s->line[1]);
	e2e_defer(e2e__stub_done, s);
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
	return ((struct e2e__server *)(void *)server)->shared->connections;
}

E2E__FN bool e2e__stub_is_socket(const char *file, int line, const char *path, unsigned mode)
{
	struct stat st;
	bool there = !lstat(path, &st);
	bool ok = there && S_ISSOCK(st.st_mode) && (st.st_mode & 07777) == mode;
	e2e_failure failure = e2e__system_failure("socket", NULL, NULL);

	failure.want = e2e_printf("a socket with mode %04o", mode);
	if (!there)
		failure.message = e2e_printf("%s: %s", path, strerror(errno));
	else
		failure.got = S_ISSOCK(st.st_mode)
			? e2e_printf("a socket with mode %04o", (unsigned)st.st_mode & 07777U)
			: "no socket";
	return e2e_report(
		file, line, ok, e2e_printf("%s is a socket with mode %04o", path, mode), &failure);
}
