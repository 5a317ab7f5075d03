#pragma once
#include "base.h"
#include "state.h"
#include "tls.h"

/* @implementation */

/* Has this socket something to read, or room to write, before this time, and before a limit of the
 * case falls due? */
E2E__FN bool e2e__port_ready(int fd, short events, double until)
{
	struct pollfd p;

	p.fd = fd;
	p.events = events;
	while (e2e_now() < until && !e2e__state.pending)
		if (poll(&p, 1, 10) > 0)
			return true;
	return false;
}

/* A connection of its own to the port that the last client was at; -1: there's none. It doesn't
 * wait. */
E2E__FN int e2e__port_connect(double until)
{
	struct addrinfo hints, *a = NULL;
	char port[8];
	int fd = -1, why = 0;
	socklen_t size = sizeof why;

	memset(&hints, 0, sizeof hints);
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST;
	snprintf(port, sizeof port, "%d", e2e__xmpp.probed_port);
	if (!e2e__xmpp.probed_port || getaddrinfo(e2e__xmpp.probed_ip, port, &hints, &a))
		return -1;
	fd = socket(a->ai_family, SOCK_STREAM, 0);
	if (fd >= 0) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, O_NONBLOCK);
		if ((connect(fd, a->ai_addr, a->ai_addrlen) && errno != EINPROGRESS) ||
			!e2e__port_ready(fd, POLLOUT, until) ||
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) || why) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(a);
	return fd;
}

/* Does TLS begin there with the first byte? Whose certificate it is doesn't matter. */
E2E__FN bool e2e__port_is_direct(const char *domain)
{
	double until = e2e_now() + e2e__clock_scaled(2);
	struct e2e__xmpp_own *plain = e2e__xmpp.plain;
	int fd = e2e__port_connect(until), n = -1, error = SSL_ERROR_WANT_READ;
	SSL_CTX *ctx;
	SSL *ssl;

	e2e__xmpp.plain = NULL; /* it is no client's */
	ctx = fd >= 0 ? SSL_CTX_new(TLS_client_method()) : NULL;
	ssl = ctx ? SSL_new(ctx) : NULL;
	e2e__xmpp.plain = plain;
	if (ssl && SSL_set_fd(ssl, fd)) {
		SSL_set_tlsext_host_name(ssl, domain);
		while (n <= 0 && (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)) {
			n = SSL_connect(ssl);
			error = n > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl, n);
			if (n <= 0 &&
				!e2e__port_ready(fd,
					error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN, until))
				break;
		}
	}

	SSL_free(ssl);
	SSL_CTX_free(ctx);
	ERR_clear_error();
	if (fd >= 0)
		close(fd);
	return n > 0;
}

/* Does a stream begin there, without TLS? */
E2E__FN bool e2e__port_is_stream(const char *domain)
{
	double until = e2e_now() + e2e__clock_scaled(2);
	int fd = e2e__port_connect(until);
	const char *hello = e2e_printf("<?xml version='1.0'?><stream:stream to='%s' version='1.0' "
				       "xmlns='jabber:client' "
				       "xmlns:stream='http://etherx.jabber.org/streams'>",
		domain);
	char in[2048];
	size_t n = 0;
	ssize_t got = 1;

	if (fd < 0)
		return false;
	if (!e2e__file_write_whole(fd, hello, strlen(hello)))
		got = 0;
	while (got > 0 && n < sizeof in - 1 && e2e__port_ready(fd, POLLIN, until)) {
		got = read(fd, in + n, sizeof in - n - 1);
		n += got > 0 ? (size_t)got : 0;
		in[n] = 0;
		if (strstr(in, "<stream:stream"))
			break;
	}
	in[n] = 0;
	close(fd);
	return strstr(in, "<stream:stream") != NULL;
}
