#pragma once
#include "state.h"
#include "system.h"
#include "waits.h"
#include "later.h"

/* @interface */

/* A free TCP port of 127.0.0.1 (and ::1) that nobody else gets until the case's end. A server that
 * sets SO_REUSEADDR, as nearly all do, may bind it while it is held. UDP is free there, too, but
 * not held. Ends the case if there is none. */
#define e2e_port() e2e__port(E2E__AT)
/* Gives it up just before a server without SO_REUSEADDR is started. */
E2E__FN void e2e_port_release(int port);

E2E__FN int e2e__port(const char *file, int line);

/* @implementation */

/* Connects and hangs up. 0, or an errno. *peer: who listens at a Unix socket, or who did when it
 * was made; 0 if nobody knows. */
E2E__FN int e2e__port_knock_at(const struct sockaddr *address, socklen_t size, pid_t *peer)
{
	int fd = socket(address->sa_family, SOCK_STREAM, 0), error = 0;
	socklen_t length = sizeof error;
	struct pollfd writable;

	if (fd < 0)
		return errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (connect(fd, address, size))
		error = errno;
	if (error == EINPROGRESS) {
		writable.fd = fd;
		writable.events = POLLOUT;
		error = poll(&writable, 1, 100) > 0 ? 0 : ETIMEDOUT;
		if (!error)
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	}

	*peer = 0;
#if defined E2E__LINUX && defined SO_PEERCRED
	struct {
		pid_t pid;
		uid_t uid;
		gid_t gid;
	} who; /* struct ucred, which strict C99 hides */
	length = sizeof who;
	if (!error && address->sa_family == AF_UNIX &&
		!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length))
		*peer = who.pid;
#endif
	close(fd);
	return error;
}

E2E__FN int e2e__port_knock(const struct sockaddr *address, socklen_t size)
{
	pid_t peer;

	return e2e__port_knock_at(address, size, &peer);
}

/* A socket of this type, closed by exec, not one of 0, 1, 2. -1 with errno. */
E2E__FN int e2e__port_socket(int family, int type)
{
	int fd = e2e__system_high(socket(family, type, 0));

	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

E2E__FN int e2e__port_stream(int family)
{
	return e2e__port_socket(family, SOCK_STREAM);
}

/* Does a socket of datagrams have this address? */
E2E__FN bool e2e__port_udp_taken(const struct sockaddr *address, socklen_t size)
{
	int fd = e2e__port_socket(address->sa_family, SOCK_DGRAM);
	bool taken = fd >= 0 && bind(fd, address, size) && errno == EADDRINUSE;

	if (fd >= 0)
		close(fd);
	return taken;
}

E2E__FN int e2e__port(const char *file, int line)
{
	for (int attempt = 0; attempt < 50; attempt++) {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		socklen_t size = sizeof v4;
		bool taken = false;
		int on = 1, fd = e2e__port_stream(AF_INET), fd6 = e2e__port_stream(AF_INET6);

		memset(&v4, 0, sizeof v4);
		v4.sin_family = AF_INET;
		v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		if (fd < 0 || bind(fd, (struct sockaddr *)&v4, sizeof v4) ||
			getsockname(fd, (struct sockaddr *)&v4, &size))
			e2e__wait_net_die(file, line, "e2e_port",
				e2e_printf("no free port: %s", strerror(errno)),
				"too many open files or all ports in use: e2e_port_release() gives one up");
		memset(&v6, 0, sizeof v6);
		v6.sin6_family = AF_INET6;
		v6.sin6_addr.s6_addr[15] = 1;
		v6.sin6_port = v4.sin_port;
		if (fd6 >= 0) {
			setsockopt(fd6, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
			if (bind(fd6, (struct sockaddr *)&v6, sizeof v6)) {
				taken = errno == EADDRINUSE; /* else there is no IPv6 here */
				close(fd6);
				fd6 = -1;
			}
		}
		if (taken || e2e__port_udp_taken((struct sockaddr *)&v4, sizeof v4) ||
			(fd6 >= 0 && e2e__port_udp_taken((struct sockaddr *)&v6, sizeof v6))) {
			close(fd);
			if (fd6 >= 0)
				close(fd6);
			continue;
		}

		/* Only now: set before, the system might choose a port that is held in the same
		 * way. */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		if (fd6 >= 0)
			setsockopt(fd6, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		struct e2e__held *h = (struct e2e__held *)malloc(sizeof *h);
		if (!h)
			e2e_bail_out("out of memory");
		h->fd[0] = fd;
		h->fd[1] = fd6;
		h->port = ntohs(v4.sin_port);
		h->next = e2e__proc.held;
		e2e__proc.held = h;
		return h->port;
	}

	e2e__wait_net_die(
		file, line, "e2e_port", "no port is free on both 127.0.0.1 and ::1", NULL);
	return -1;
}

E2E__FN void e2e_port_release(int port)
{
	for (struct e2e__held *h = e2e__proc.held; h; h = h->next)
		if (h->port == port)
			e2e__later_held_close(h);
}
