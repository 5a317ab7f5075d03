#pragma once
#include "system.h"
#include "helper.h"
#include "peer.h"
#include "smtp.h"

/* @implementation */

#ifdef E2E_OPENSSL
/* What an operation that can't go on waits for; false: it has failed. */
E2E__FN bool e2e__sink_tls_again(struct e2e__session *s, int result)
{
	int why = SSL_get_error((SSL *)s->tls, result);

	ERR_clear_error();
	s->tls_events = why == SSL_ERROR_WANT_READ ? POLLIN
		: why == SSL_ERROR_WANT_WRITE      ? POLLOUT
						   : 0;
	return s->tls_events != 0;
}

E2E__FN void e2e__sink_tls_start(struct e2e__mail_self *m, struct e2e__session *s)
{
	SSL_CTX *ctx = (SSL_CTX *)m->tls;

	if (!ctx) {
		ctx = SSL_CTX_new(TLS_server_method());
		if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, m->cert) != 1 ||
			SSL_CTX_use_PrivateKey_file(ctx, m->key, SSL_FILETYPE_PEM) != 1) {
			SSL_CTX_free(ctx);
			e2e__smtp_close(m, s, "(TLS can't be set up)");
			return;
		}
		SSL_CTX_set_mode(
			ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		m->tls = ctx;
	}

	s->tls = SSL_new(ctx);
	if (!s->tls || SSL_set_fd((SSL *)s->tls, s->fd) != 1) {
		e2e__smtp_close(m, s, "(TLS can't be set up)");
		return;
	}

	SSL_set_accept_state((SSL *)s->tls);

	/* RFC 3207: the client starts anew */
	e2e__smtp_reset(s);
	s->greeted = s->tls_wanted = false;
}

/* True when the handshake is over. */
E2E__FN bool e2e__sink_tls_shake(struct e2e__mail_self *m, struct e2e__session *s)
{
	int n;

	if (s->tls_done)
		return true;
	n = SSL_accept((SSL *)s->tls);
	if (n == 1) {
		s->tls_done = true;
		s->tls_events = 0;
		e2e__smtp_log(m, s, '-', SSL_get_version((SSL *)s->tls),
			strlen(SSL_get_version((SSL *)s->tls)));
	} else if (!e2e__sink_tls_again(s, n)) {
		e2e__smtp_close(m, s, "(the TLS handshake failed)");
	}
	return n == 1;
}
#endif

/* -1: nothing now; 0: the end. */
E2E__FN ssize_t e2e__sink_recv(struct e2e__session *s, char *p, size_t size)
{
	ssize_t n;
#ifdef E2E_OPENSSL
	if (s->tls) {
		int k = SSL_read((SSL *)s->tls, p, (int)size);

		if (k > 0)
			return k;
		return e2e__sink_tls_again(s, k) ? -1 : 0;
	}
#endif
	n = recv(s->fd, p, size, 0);
	return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
}

E2E__FN ssize_t e2e__sink_send(struct e2e__session *s, const char *p, size_t size)
{
	ssize_t n;
#ifdef E2E_OPENSSL
	if (s->tls) {
		int k = SSL_write((SSL *)s->tls, p, (int)size);

		if (k > 0)
			return k;
		return e2e__sink_tls_again(s, k) ? -1 : 0;
	}
#endif
	n = send(s->fd, p, size, 0);
	return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
}

E2E__FN void e2e__sink_drain(struct e2e__mail_self *m, struct e2e__session *s)
{
	if (s->sent < s->out.n)
		e2e__smtp_log_flush(m); /* what a client has heard is in the log */
	while (!s->gone && s->sent < s->out.n) {
		ssize_t n = e2e__sink_send(s, s->out.p + s->sent, s->out.n - s->sent);

		if (n == 0)
			e2e__smtp_close(m, s, "(the client is gone)");
		if (n <= 0)
			return;
		s->sent += (size_t)n;
	}

	if (s->gone)
		return;
	s->sent = s->out.n = 0;
	if (s->ending)
		e2e__smtp_close(m, s, "(closed)");
#ifdef E2E_OPENSSL
	else if (s->tls_wanted)
		e2e__sink_tls_start(m, s);
#endif
}

/* Reads what there is, in bounded portions so that nobody starves. */
E2E__FN void e2e__sink_step(struct e2e__mail_self *m, struct e2e__session *s)
{
	char buffer[65536];
	int burst;
#ifdef E2E_OPENSSL
	if (s->tls && !e2e__sink_tls_shake(m, s))
		return;
#endif
	s->tls_events = 0;
	e2e__sink_drain(m, s);
	for (burst = 0; burst < 16 && !s->gone && !s->out.n && (!s->tls || s->tls_done); burst++) {
		ssize_t n = e2e__sink_recv(s, buffer, sizeof buffer);

		if (n < 0)
			return;
		if (n == 0) {
			e2e__smtp_close(m, s,
				s->state == E2E__SMTP_DATA
					? "(the client left in the middle of a mail)"
					: "(the client left)");
			return;
		}
		e2e__smtp_input(m, s, buffer, (size_t)n);
		e2e__sink_drain(m, s);
	}
}

E2E__FN void e2e__sink_accept(struct e2e__mail_self *m, int sock)
{
	struct e2e__session *s;
	int one = 1, fd = accept(sock, NULL, NULL);

	if (fd < 0) {
		m->full = errno == EMFILE || errno == ENFILE;
		return;
	}

	if (m->n == m->size) {
		m->size = m->size ? m->size * 2 : 16;
		m->session =
			(struct e2e__session **)realloc(m->session, m->size * sizeof *m->session);
		m->polls = (struct pollfd *)realloc(m->polls, (m->size + 3) * sizeof *m->polls);
	}

	s = (struct e2e__session *)calloc(1, sizeof *s);
	if (!m->session || !m->polls || !s)
		_exit(E2E__HELPER_NO_MEMORY);
	e2e__system_fd_flags(fd);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	s->fd = fd;
	s->number = (unsigned)++m->shared->sessions;
	e2e__peer_name(&m->peer, fd, s->from, sizeof s->from);
	m->shared->open++;
	m->session[m->n++] = s;
#ifdef E2E_OPENSSL
	if (sock == m->helper.sock2) /* the greeting leaves once the handshake is over */
		e2e__sink_tls_start(m, s);
#endif
	if (s->gone)
		return;
	if (!e2e__smtp_fault(m, s, "CONNECT", "CONNECT"))
		e2e__smtp_say(m, s, "220 localhost ESMTP for a test");
	else if (!s->gone && !s->stalled)
		s->ending = true;
	if (!s->tls)
		e2e__sink_drain(m, s);
}

E2E__FN void e2e__sink_session_free(struct e2e__session *s)
{
	free(s->line.p);
	free(s->out.p);
	free(s->rcpt.p);
	free(s->mail.p);
	free(s->sender);
	free(s->helo);
	free(s->user);
	free(s);
}

E2E__FN void e2e__sink_poll(struct e2e__mail_self *m)
{
	size_t i;

	m->polls[0].fd = m->helper.line;
	m->polls[1].fd = m->full ? -1 : m->helper.sock;
	m->polls[2].fd = m->full ? -1 : m->helper.sock2;
	m->polls[0].events = m->polls[1].events = m->polls[2].events = POLLIN;
	m->polls[0].revents = m->polls[1].revents = m->polls[2].revents = 0;
	for (i = 0; i < m->n; i++) {
		struct e2e__session *s = m->session[i];

		m->polls[i + 3].fd = s->fd;
		m->polls[i + 3].events = s->tls_events ? s->tls_events
			: s->out.n                     ? POLLOUT
						       : POLLIN;
		m->polls[i + 3].revents = 0;
	}

	if (poll(m->polls, m->n + 3, -1) < 0 && errno != EINTR)
		_exit(E2E__HELPER_CANT_WAIT);
}

/* Takes the case's rules; those it has had before go on counting. */
E2E__FN void e2e__sink_rules(struct e2e__mail_self *m)
{
	struct e2e__mail_rule before[E2E__SMTP_RULES];
	size_t i, j, n = m->rules;

	memcpy(before, m->rule, sizeof before);
	memcpy(m->rule, m->shared->rule, sizeof m->rule);
	m->rules = m->shared->rules;
	for (i = 0; i < m->rules; i++)
		for (j = 0; j < n; j++)
			if (before[j].serial == m->rule[i].serial)
				m->rule[i].left = before[j].left;
}

/* The sink's life. Its folder is its working directory, so that names are short and the case may
 * move. */
E2E__FN void e2e__sink_run(struct e2e__helper *h)
{
	struct e2e__mail_self *m = (struct e2e__mail_self *)(void *)h;

	m->polls = (struct pollfd *)calloc(3, sizeof *m->polls);
	if (!m->polls)
		_exit(E2E__HELPER_NO_MEMORY);
	if (chdir(m->box->dir) != 0)
		_exit(E2E__HELPER_NO_FOLDER);
	m->log = open("smtp.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	for (;;) {
		size_t i, kept = 0, n = m->n;
		uint32_t number;

		e2e__sink_poll(m);
		for (i = 0; i < n; i++)
			if (m->polls[i + 3].revents)
				e2e__sink_step(m, m->session[i]);
		if ((m->polls[0].revents & (POLLIN | POLLHUP | POLLERR)) &&
			e2e__helper_asked(h, &number)) {
			e2e__sink_rules(m);
			e2e__helper_answer(h, number);
		}
		short calls[2];
		calls[0] = m->polls[1].revents; /* an accept may move the array */
		calls[1] = m->polls[2].revents;
		if (calls[0] & POLLIN)
			e2e__sink_accept(m, h->sock);
		if (calls[1] & POLLIN)
			e2e__sink_accept(m, h->sock2);
		for (i = 0; i < m->n; i++) {
			if (m->session[i]->gone)
				e2e__sink_session_free(m->session[i]);
			else
				m->session[kept++] = m->session[i];
		}
		m->n = kept;
		e2e__smtp_log_flush(m);
	}
}
