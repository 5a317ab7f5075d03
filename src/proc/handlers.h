#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "logs.h"
#include "helper.h"
#include "proxy.h"

/* @interface */

/* A stub server: a process of its own that runs handler(fd, arg) for each connection, of "udp:" for
 * each client, each in a process of its own, and keeps what it received. A NULL handler receives
 * everything and answers nothing. It ends with the case. */
typedef struct e2e_server {
	const char *endpoint; /* to be dialed */
	int port;             /* -1 for unix */
	const char *path;     /* of the transcript */
	e2e_proc *proc;
	e2e_proxy *proxy; /* its network: faults are set there, and it counts */
} e2e_server;
typedef void e2e_handler(int fd, void *arg);

/* @implementation */

/* The proxy's loop, with the handlers' processes behind it. */
struct e2e__server {
	e2e_server pub; /* first */
	e2e_proxy proxy;
	struct e2e__proxy_self self;
	int transcript;
	e2e_handler *handler;
	void *arg;
	struct e2e__log log;
	char *trouble; /* why the stub has ended: in a page of its own, which outlives the case */
};

enum { E2E__HANDLER_TROUBLE = 200 };

/* The stub ends, and the case with it: it will never be the server that the test wants. */
E2E__FN void e2e__handler_die(const struct e2e__server *s, const char *fmt, ...) E2E__PRINTF(2, 3);
E2E__FN void e2e__handler_die(const struct e2e__server *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(s->trouble, E2E__HANDLER_TROUBLE, fmt, args);
	va_end(args);
	fprintf(stderr, "e2e: %s\n", s->trouble);
	fflush(stderr);
	_exit(1);
}

static volatile sig_atomic_t e2e__handler_wake = -1;

E2E__FN void e2e__handler_signal(int signo)
{
	int error = errno;

	(void)signo;
	if (write(e2e__handler_wake, "", 1) < 0) {
		/* it is full: the loop will wake anyway */
	}
	errno = error;
}

/* The handler's process. It has nothing of the other connections, or their clients would wait for
 * it. */
E2E__FN void e2e__handler_run(const struct e2e__server *s, int fd)
{
	const struct e2e__proxy_self *px = &s->self;

	signal(SIGCHLD, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	for (size_t n = 0; n < px->n; n++)
		for (int i = 0; i < 2; i++)
			if (px->links[n]->fd[i] >= 0)
				close(px->links[n]->fd[i]);
	if (px->helper.sock >= 0)
		close(px->helper.sock);
	close(px->helper.line);
	s->handler(fd, s->arg);
	fflush(stdout);
	fflush(stderr);
	_exit(0);
}

/* What a client says is noted before its handler reads it. */
E2E__FN void e2e__handler_note(struct e2e__proxy_self *px, const char *bytes, size_t n)
{
	const struct e2e__server *s = (const struct e2e__server *)px->stub;

	if (!e2e__system_write_whole(s->transcript, bytes, n))
		e2e__handler_die(s, "the stub server at %s can't write what it receives to %s: %s",
			s->pub.endpoint, s->pub.path, strerror(errno));
}

/* A handler has ended. In order is: with 0, or because the client left while it wrote. */
E2E__FN void e2e__handler_ended(
	const struct e2e__server *s, const char *whose, int number, pid_t pid, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGPIPE)
		e2e__handler_die(s, "the stub server's handler of %s %d (pid %ld) has died of %s",
			whose, number, (long)pid, e2e__clock_signal_name(WTERMSIG(status)));
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		e2e__handler_die(s,
			"the stub server's handler of %s %d (pid %ld) has ended with exit code %d",
			whose, number, (long)pid, WEXITSTATUS(status));
}

/* Takes what `wake` says. */
E2E__FN void e2e__handler_woken(const struct e2e__proxy_self *px)
{
	char bytes[64];

	while (read(px->wake, bytes, sizeof bytes) > 0)
		;
}

/* Makes the ends of handlers wake the loop. */
E2E__FN void e2e__handler_watch(struct e2e__proxy_self *px)
{
	struct sigaction child;
	int wake[2];

	if (e2e__system_pipe(wake))
		e2e__handler_die((const struct e2e__server *)px->stub,
			"the stub server at %s has no pipe: %s", px->px->endpoint, strerror(errno));
	for (int i = 0; i < 2; i++)
		fcntl(wake[i], F_SETFL, O_NONBLOCK);
	px->wake = wake[0];
	e2e__handler_wake = wake[1];
	memset(&child, 0, sizeof child);
	child.sa_handler = e2e__handler_signal;
	sigaction(SIGCHLD, &child, NULL);
	signal(SIGXFSZ, SIG_IGN); /* a transcript that can't grow is told */
}
