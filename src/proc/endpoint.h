#pragma once
#include "system.h"
#include "waits.h"
#include "spawn.h"
#include "later.h"
#include "ports.h"

/* @manual Ports and sockets
 *	int port = e2e_port();               held for this case: nobody else gets it, your server
 *	                                     (with SO_REUSEADDR) may bind it
 *	int fd = e2e_listen("tcp:127.0.0.1:0");  const char *where = e2e_endpoint(fd);     also
 *	    "unix:" and "unix:/a/path"; "unix:@name", "unix:@" (an abstract socket, Linux)
 *	int fd = e2e_dial(where);            ends the case if nobody answers; e2e_try_dial() returns
 *	                                     -1 instead
 *	int udp = e2e_listen("udp:127.0.0.1:0");  int to = e2e_dial(e2e_endpoint(udp));
 *	                                     datagrams: recvfrom and sendto, send and recv. Dialling
 *	                                     succeeds whether anybody is there; send or recv says
 *	                                     ECONNREFUSED later.
 *	A host may be any of this machine's: 127.0.0.2, [::1], localhost. A port of e2e_port() was
 *	free for UDP too, and no other test of e2e gets it; but it isn't held there, as servers of
 *	datagrams don't set SO_REUSEADDR.
 *	e2e_server *s = e2e_serve("unix:", handler, arg);  ...  e2e_is_str(e2e_received(s),
 *	                                                        "PING\r\n");
 *	A handler that dies of a signal, or exits with another status than 0, fails the case.
 *	SIGPIPE is no crash: the client left. At the case's end handlers whose client has gone have
 *	half a second to end.
 */

/* @interface */

/* Endpoints are texts: tcp:HOST:PORT, udp:HOST:PORT, an IPv6 host as in tcp:[::1]:PORT, unix:/path,
 * unix:@name. Port 0, "unix:" and "unix:@" choose a free one. */

/* A listening socket (close-on-exec), closed at the case's end; of udp: a bound one, ready for
 * recvfrom. Ends the case with the reason if it can't be had. */
#define e2e_listen(endpoint) e2e__endpoint_listen(E2E__AT, endpoint)
/* The endpoint of a socket as text, e.g. "tcp:127.0.0.1:40123"; of a listener, to be dialed. Valid
 * until the case's end. */
E2E__FN const char *e2e_endpoint(int fd);
/* The port of a socket, or of an endpoint's text; -1 if it has none. */
E2E__FN int e2e_endpoint_port(const char *endpoint);
/* A connected socket (close-on-exec, blocking), closed at the case's end. Ends the case if nobody
 * answers. */
#define e2e_dial(endpoint) e2e__endpoint_dial(E2E__AT, endpoint)
/* The same; -1 with errno if nobody answers within the seconds. */
E2E__FN int e2e_try_dial(const char *endpoint, double seconds);
/* The next connection of a listener. Ends the case if none comes within its time. */
#define e2e_accept(fd) e2e__endpoint_accept(E2E__AT, fd)

E2E__FN int e2e__endpoint_listen(const char *file, int line, const char *endpoint);
E2E__FN int e2e__endpoint_dial(const char *file, int line, const char *endpoint);
E2E__FN int e2e__endpoint_accept(const char *file, int line, int fd);

/* For the rooms above: an endpoint as an address. NULL if it is one, else what is wrong with it. */
struct sockaddr_storage;
E2E__FN const char *e2e__endpoint_resolve(
	const char *endpoint, struct sockaddr_storage *address, unsigned *size);
/* Does it mean datagrams? */
E2E__FN bool e2e__endpoint_is_udp(const char *endpoint);

/* @implementation */

E2E__FN const char *e2e__endpoint_forms(void)
{
	return "an endpoint is tcp:HOST:PORT, udp:HOST:PORT, tcp:[::1]:PORT or unix:/path";
}

E2E__FN bool e2e__endpoint_is_udp(const char *endpoint)
{
	return endpoint && strncmp(endpoint, "udp:", 4) == 0;
}

/* HOST:PORT, [HOST]:PORT or PORT */
E2E__FN const char *e2e__endpoint_resolve_port(
	const char *text, struct sockaddr_storage *address, unsigned *size)
{
	char host[256];
	const char *colon = strrchr(text, ':'), *digits = colon ? colon + 1 : text;
	char *end;
	long port = strtol(digits, &end, 10);
	size_t n = colon ? (size_t)(colon - text) : 0;

	if (*end || !*digits || port < 0 || port > 65535)
		return "the port must be a number from 0 to 65535, as in tcp:127.0.0.1:8080";
	if (n >= sizeof host)
		return "the host's name is too long";
	memcpy(host, text, n);
	host[n] = '\0';
	if (n > 1 && host[0] == '[' && host[n - 1] == ']') {
		memmove(host, host + 1, n - 2);
		host[n - 2] = '\0';
	}

	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)address;
	memset(address, 0, sizeof *address);
	if (!host[0] || strcmp(host, "localhost") == 0)
		snprintf(host, sizeof host, "127.0.0.1");
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		*size = sizeof *v4;
	} else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		*size = sizeof *v6;
	} else {
		struct addrinfo *list, want;

		memset(&want, 0, sizeof want);
		want.ai_socktype = SOCK_STREAM;
		int error = getaddrinfo(host, NULL, &want, &list);
		if (error)
			return gai_strerror(error);
		memcpy(address, list->ai_addr, list->ai_addrlen);
		*size = (unsigned)list->ai_addrlen;
		freeaddrinfo(list);
	}

	if (address->ss_family == AF_INET)
		v4->sin_port = htons((uint16_t)port);
	else
		v6->sin6_port = htons((uint16_t)port);
	return NULL;
}

/* The path of a Unix socket, or the name of an abstract one behind its @. */
E2E__FN const char *e2e__endpoint_resolve_path(
	const char *path, struct sockaddr_storage *address, unsigned *size)
{
	struct sockaddr_un *local = (struct sockaddr_un *)(void *)address;
	size_t n = strlen(path);

	if (!*path)
		return "the path is missing";
	if (n >= sizeof local->sun_path)
		return e2e_printf(
			"the path has %zu bytes, at most %zu are possible: use a shorter folder (TMPDIR)",
			n, sizeof local->sun_path - 1);
	memset(address, 0, sizeof *address);
	local->sun_family = AF_UNIX;
	memcpy(local->sun_path, path, n);
	*size = (unsigned)sizeof *local;
	if (*path != '@')
		return NULL;
#ifdef E2E__LINUX
	local->sun_path[0] = '\0';

	/* without a name the system gives it one */
	*size = (unsigned)(offsetof(struct sockaddr_un, sun_path) + (n > 1 ? n : 0));
	return NULL;
#else
	return "only Linux has abstract sockets; a file of this name is unix:./@name";
#endif
}

E2E__FN const char *e2e__endpoint_resolve(
	const char *endpoint, struct sockaddr_storage *address, unsigned *size)
{
	if (!endpoint)
		return "it is NULL";
	if (strncmp(endpoint, "tcp:", 4) == 0 || e2e__endpoint_is_udp(endpoint))
		return e2e__endpoint_resolve_port(endpoint + 4, address, size);
	if (strncmp(endpoint, "unix:", 5) == 0)
		return e2e__endpoint_resolve_path(endpoint + 5, address, size);
	return "it must begin with tcp:, udp: or unix:";
}

E2E__FN int e2e_endpoint_port(const char *endpoint)
{
	bool has_one =
		endpoint && (strncmp(endpoint, "tcp:", 4) == 0 || e2e__endpoint_is_udp(endpoint));
	const char *colon = has_one ? strrchr(endpoint, ':') : NULL;

	return colon ? atoi(colon + 1) : -1;
}

/* "unix:/path", or "unix:@name" of an abstract one, whose name is as long as its address. */
E2E__FN const char *e2e__endpoint_local(const struct sockaddr_un *local, size_t size)
{
	size_t before = offsetof(struct sockaddr_un, sun_path);

	if (size > before + 1 && !local->sun_path[0])
		return e2e_printf("unix:@%.*s", (int)(size - before - 1), local->sun_path + 1);
	return e2e_printf("unix:%s", local->sun_path);
}

E2E__FN const char *e2e_endpoint(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address, int_size = sizeof(int);
	char host[INET6_ADDRSTRLEN] = "?";
	int type = SOCK_STREAM;

	memset(&address, 0, sizeof address);
	if (getsockname(fd, (struct sockaddr *)&address, &size))
		return NULL;
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&address;
	struct sockaddr_un *local = (struct sockaddr_un *)(void *)&address;
	if (address.ss_family == AF_UNIX)
		return e2e__endpoint_local(local, (size_t)size);
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &int_size);
	const char *kind = type == SOCK_DGRAM ? "udp" : "tcp";
	if (address.ss_family == AF_INET6) {
		bool any = memcmp(&v6->sin6_addr, &in6addr_any, sizeof in6addr_any) == 0;

		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
		return e2e_printf("%s:[%s]:%d", kind, any ? "::1" : host, ntohs(v6->sin6_port));
	}

	inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
	return e2e_printf("%s:%s:%d", kind,
		v4->sin_addr.s_addr == htonl(INADDR_ANY) ? "127.0.0.1" : host, ntohs(v4->sin_port));
}

E2E__FN const char *e2e__endpoint_listen_hint(
	int error, const char *endpoint, const struct sockaddr_storage *address, unsigned size)
{
	if (error == EADDRINUSE && strncmp(endpoint, "unix:@", 6) == 0)
		return "somebody listens there; \"unix:@\" chooses a name of its own";
	if (error == EADDRINUSE && strncmp(endpoint, "unix:", 5) == 0)
		return e2e__port_knock((const struct sockaddr *)address, (socklen_t)size) ==
				ECONNREFUSED
			? "nobody listens there: the socket is stale, remove it"
			: "somebody listens there; \"unix:\" chooses a path of its own";
	if (error == EADDRINUSE)
		return "somebody listens there; port 0 chooses a free one, e2e_port() holds one";
	if (error == EACCES)
		return "ports below 1024 and folders of others need a permission";
	return NULL;
}

E2E__FN int e2e__endpoint_listen(const char *file, int line, const char *endpoint)
{
	struct sockaddr_storage address;
	unsigned size = 0;
	int on = 1;

	if (endpoint && strcmp(endpoint, "unix:") == 0)
		endpoint = e2e_printf("unix:%s", e2e__spawn_case_file(file, line, "s", ""));
	const char *wrong = e2e__endpoint_resolve(endpoint, &address, &size);
	if (wrong)
		e2e__wait_net_die(file, line, "e2e_listen",
			e2e_printf("can't listen on %s: %s", endpoint ? endpoint : "NULL", wrong),
			e2e__endpoint_forms());
	bool udp = e2e__endpoint_is_udp(endpoint);
	int fd = e2e__port_socket(address.ss_family, udp ? SOCK_DGRAM : SOCK_STREAM);

	/* two sockets of datagrams would share the port, and one of them would get nothing */
	if (fd >= 0 && !udp && address.ss_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, (socklen_t)size) ||
		(!udp && listen(fd, 128))) {
		int error = errno;
		if (fd >= 0)
			close(fd);
		e2e__wait_net_die(file, line, "e2e_listen",
			e2e_printf("can't listen on %s: %s", endpoint, strerror(error)),
			e2e__endpoint_listen_hint(error, endpoint, &address, size));
	}

	return e2e__later_close(fd);
}

/* -1 with errno; EINVAL with *wrong if the endpoint is none. */
E2E__FN int e2e__endpoint_connect(const char *endpoint, double until, const char **wrong)
{
	struct sockaddr_storage address;
	unsigned size = 0;
	int error = 0;

	*wrong = e2e__endpoint_resolve(endpoint, &address, &size);
	if (*wrong) {
		errno = EINVAL;
		return -1;
	}

	int fd = e2e__port_socket(
		address.ss_family, e2e__endpoint_is_udp(endpoint) ? SOCK_DGRAM : SOCK_STREAM);
	if (fd < 0)
		return -1;
	e2e__wait_waiting("a connection to %s", endpoint);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (connect(fd, (struct sockaddr *)&address, (socklen_t)size) && errno != EISCONN) {
		if (errno == EINPROGRESS || errno == EALREADY || errno == EINTR) {
			struct pollfd writable;
			socklen_t length = sizeof error;

			writable.fd = fd;
			writable.events = POLLOUT;
			if (poll(&writable, 1, 10) > 0 &&
				!getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length)) {
				if (!error)
					break;
				errno = error;
			} else {
				errno = EAGAIN;
			}
		}

		/* EAGAIN: a Unix socket's queue is full, or not yet */
		if (errno != EAGAIN || e2e_now() >= until) {
			error = errno == EAGAIN ? ETIMEDOUT : errno;
			close(fd);
			e2e__wait_waiting(NULL);
			errno = error;
			return -1;
		}
		e2e__limit_pause(0.001);
	}

	e2e__wait_waiting(NULL);
	fcntl(fd, F_SETFL, 0);
	return e2e__later_close(fd);
}

E2E__FN int e2e_try_dial(const char *endpoint, double seconds)
{
	const char *wrong;

	return e2e__endpoint_connect(endpoint, e2e__system_wait_until(seconds), &wrong);
}

/* What helps where nobody answers; NULL: nothing is known. */
E2E__FN const char *e2e__endpoint_dial_hint(int error, const char *endpoint)
{
	if (error == ECONNREFUSED && strncmp(endpoint, "unix:@", 6) == 0)
		return e2e_printf("nobody listens under this name (yet): e2e_ready(p, "
				  "E2E_SOCKET(%s)) waits for it; there is no file to look for, "
				  "ss -xl lists such names",
			e2e_quoted(endpoint + 5));
	if (error == ECONNREFUSED && strncmp(endpoint, "unix:", 5) == 0)
		return "nobody listens there (any more, or yet): e2e_ready(p, E2E_SOCKET(path))"
		       " waits for it";
	if (error == ECONNREFUSED)
		return "nobody listens there (yet): e2e_ready(p, E2E_PORT(n)) waits for it";
	if (error == ENOENT)
		return "there is no such socket (yet): e2e_ready(p, E2E_SOCKET(path)) waits for it";
	return error == ETIMEDOUT ? "the server doesn't accept connections" : NULL;
}

E2E__FN int e2e__endpoint_dial(const char *file, int line, const char *endpoint)
{
	const char *wrong = NULL;
	double limit = e2e__system_patience(-1);
	int fd = e2e__endpoint_connect(endpoint, e2e__system_wait_until(limit), &wrong);

	if (fd >= 0)
		return fd;
	int error = errno;
	const char *hint = wrong ? e2e__endpoint_forms() : e2e__endpoint_dial_hint(error, endpoint);
	e2e__wait_net_die(file, line, "e2e_dial",
		e2e_printf("can't connect to %s: %s", endpoint ? endpoint : "NULL",
			wrong ? wrong : strerror(error)),
		hint);
	return -1;
}

E2E__FN int e2e__endpoint_accept(const char *file, int line, int fd)
{
	e2e__wait_op_begin(file, line);
	if (e2e__endpoint_is_udp(e2e_endpoint(fd)))
		e2e__wait_net_die(file, line, "e2e_accept",
			e2e_printf("%s has no connections", e2e_endpoint(fd)),
			"it is of datagrams: recvfrom() gives the next one, with its sender");
	e2e__wait_waiting("a client's connection to %s", e2e_endpoint(fd));
	double limit = e2e__system_patience(-1), until = e2e__system_wait_until(limit);
	for (;;) {
		struct pollfd readable;

		readable.fd = fd;
		readable.events = POLLIN;
		e2e__wait_look();
		e2e__wait_check_exits();
		if (poll(&readable, 1, 5) > 0) {
			int got = e2e__system_high(accept(fd, NULL, NULL));

			if (got >= 0) {
				fcntl(got, F_SETFD, FD_CLOEXEC);
				e2e__wait_op_end();
				return e2e__later_close(got);
			}
			if (errno != EINTR && errno != EAGAIN && errno != ECONNABORTED)
				e2e__wait_net_die(file, line, "e2e_accept",
					e2e_printf(
						"can't accept a connection: %s", strerror(errno)),
					NULL);
		}
		if (e2e_now() >= until)
			e2e__wait_net_die(file, line, "e2e_accept",
				e2e_printf("no connection came to %s within %g s", e2e_endpoint(fd),
					e2e__clock_scaled(limit)),
				NULL);
		e2e__limit_pause(0);
	}
}
