#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "transcript.h"
#include "libstrophe.h"
#include "tls.h"
#include "loop.h"
#include "open.h"
#include "srv.h"
#include "port.h"

/* @manual When connecting fails
 *	The case fails with what was tried, what happened, in which step, what to do, and one of the
 *	codes refused, unreachable, dns, no-tls, tls, certificate, pin, no-anonymous, no-mechanism,
 *	auth, bind, conflict, stream-error, broken-xml, silent, server-died, accounts, limit.
 *	e2e_client_try() returns NULL and tells the failure instead.
 *	Each step has a deadline: e2e_xmpp_timeout(seconds), default 20. Where a limit of e2e.h ends
 *	the case before that, the report says what was waited for: which step of which login, whose
 *	answer, what stanza. In a handler of libstrophe's nothing can be waited for: whoever tries
 *	fails with the code inside-handler.
 */

/* @interface */

/* Is it connected, by all that has come so far? NULL (see e2e_client_try): no. */
E2E__FN bool e2e_is_connected(const e2e_client *client);
/* Why its connection ended: "closed", or a message as of a failed connect; NULL while it is
 * connected. A connection that the server ended, and that the case never asked about, is told on
 * stderr. */
E2E__FN const char *e2e_disconnect_reason(const e2e_client *client);
#define e2e_disconnect_reason(...) (e2e__op_at(E2E__AT), (e2e_disconnect_reason)(__VA_ARGS__))

/* @implementation */

/* The certificate wasn't accepted. */
E2E__FN bool e2e__connect_blame_certificate(struct e2e__xmpp_own *o)
{
	if (o->pins && o->leaf_seen && !o->pin_ok) {
		e2e__libstrophe_blame(o, "pin",
			"the server's certificate has none of the pins in pin_store",
			e2e_printf("if this is the right server, put its pin into %s: \"%s\"",
				o->self->tls.pin_store, o->pin_to_paste));
		return true;
	}
	if (!o->cert_error[0])
		return false;
	e2e__libstrophe_blame(o, "certificate",
		e2e_printf("its certificate was refused: %s (%s)", o->cert_error, o->cert_subject),
		"give its authority as ca_file=, pin it with pin_store=, or set no_verify=true for a server on "
		"this machine");
	return true;
}

/* Login itself failed. */
E2E__FN bool e2e__connect_blame_login(struct e2e__xmpp_own *o)
{
	const char *offered = e2e_printf(
		"the server offers %s", o->mechanisms[0] ? o->mechanisms : "no mechanism");

	if (o->self->tls.off && o->starttls_offered &&
		(strstr(o->error, "SASL ANONYMOUS unsupported") ||
			strstr(o->error, "Cannot authenticate"))) {
		e2e__libstrophe_blame(o, "no-mechanism", e2e_printf("before TLS %s", offered),
			"it wants TLS first: leave no_tls out");
	} else if (strstr(o->error, "TLS is not supported")) {
		e2e__libstrophe_blame(o, "no-tls",
			"the server (or somebody between) offers no STARTTLS",
			"enable TLS in the server; a proxy that strips it is refused on purpose");
	} else if (strstr(o->error, "SASL ANONYMOUS unsupported")) {
		e2e__libstrophe_blame(o, "no-anonymous",
			e2e_printf("no SASL ANONYMOUS: %s", offered),
			"enable it (Prosody: authentication = \"anonymous\"), or use the provisioner static");
	} else if (o->sasl_failure[0]) {
		e2e__libstrophe_blame(o, "auth",
			e2e_printf("authentication failed: %s", o->sasl_failure),
			o->self->account.password
				? "check the user and its password"
				: "check that the server allows SASL ANONYMOUS here");
	} else if (strstr(o->error, "Cannot authenticate")) {
		e2e__libstrophe_blame(o, "no-mechanism",
			e2e_printf("no common SASL mechanism: %s", offered),
			"SCRAM-SHA-1, -256, -512, DIGEST-MD5, PLAIN and ANONYMOUS are known");
	} else if (o->phase == E2E__PHASE_BIND && o->error[0]) {
		e2e__libstrophe_blame(o, strstr(o->error, "conflict") ? "conflict" : "bind",
			e2e_printf("the server refused the resource: %s", o->error), NULL);
	} else {
		return false;
	}

	return true;
}

/* Is it the other kind of port? Asked where that may be why: the server ended the connection
 * instead of opening its stream, or its answer was no TLS. Where a limit of the case ended the
 * connection there's no time to ask, and nothing to find out. */
E2E__FN bool e2e__connect_blame_port(struct e2e__xmpp_own *o)
{
	const char *jid = o->self->account.jid ? o->self->account.jid : "",
		   *domain = strchr(jid, '@') ? strchr(jid, '@') + 1 : jid;

	if (e2e__state.pending)
		return false;
	if (!o->direct && o->phase == E2E__PHASE_STREAM && e2e__port_is_direct(domain)) {
		e2e__libstrophe_blame(o, "tls",
			"this port speaks TLS from the first byte, and no STARTTLS",
			o->self->tls.off
				? "name the port that takes streams without TLS, as a rule 5222"
				: "set direct_tls=true, or name the port for STARTTLS, as a rule 5222");
		return true;
	}
	if (o->direct && o->phase == E2E__PHASE_TLS && o->tls_error[0] &&
		e2e__port_is_stream(domain)) {
		e2e__libstrophe_blame(o, "tls",
			"this port opens a stream, for STARTTLS: it doesn't speak TLS from the "
			"first byte",
			"leave direct_tls out, or name the port for direct TLS, as a rule 5223");
		return true;
	}
	return false;
}

/* The connection is gone: why? Called once, in the connection handler. */
E2E__FN void e2e__connect_find_reason(struct e2e__xmpp_own *o, int error)
{
	const char *step = o->opts.until && o->phase == E2E__PHASE_UP
		? "of the raw client"
		: e2e__libstrophe_step_name(o->phase);
	/* libstrophe 0.14 also gives the one that connecting began with */
	bool told = error > 0 && error != EINPROGRESS && !o->secured;

	if (o->failed || o->wanted_down)
		return;
	if (o->stream_condition[0]) {
		e2e__libstrophe_blame(o,
			strcmp(o->stream_condition, "conflict") == 0 ? "conflict" : "stream-error",
			e2e_printf("the server closed the stream %s: %s%s%s", step,
				o->stream_condition, o->stream_error[0] ? ": " : "",
				o->stream_error),
			NULL);
	} else if (o->broken_xml) {
		e2e__libstrophe_blame(o, "broken-xml",
			e2e_printf("the server sent text that isn't well-formed XML %s", step),
			"see the end of the transcript for what came before");
	} else if (strstr(o->error, "did not open valid stream")) {
		e2e__libstrophe_blame(o, "broken-xml", "the server didn't open an XMPP stream",
			"is it an XMPP server that listens there?");
	} else if (e2e__connect_blame_certificate(o) || e2e__connect_blame_login(o)) {
		return;
	} else if (o->phase == E2E__PHASE_TCP) {
		e2e__libstrophe_blame(o, "refused", "the connection was refused",
			"is the server running, on this port?");
	} else if (e2e_now() >= o->deadline && (o->phase < E2E__PHASE_UP || o->quiet)) {
		e2e__libstrophe_blame(o, "silent",
			e2e_printf("the server went silent %s, for %g s", step,
				o->opts.timeout > 0 ? o->opts.timeout : e2e__loop_step()),
			"it has accepted the connection but doesn't answer");
	} else if (e2e__connect_blame_port(o)) {
		return;
	} else if (o->phase == E2E__PHASE_TLS && o->tls_error[0] &&
		!strstr(o->tls_error, "unexpected eof")) {
		e2e__libstrophe_blame(o, "tls",
			e2e_printf("the TLS handshake failed: %s", o->tls_error),
			o->direct
				? "does this port speak TLS from the first byte? else leave direct_tls out"
				: NULL);
	} else {
		e2e__libstrophe_blame(o, "server-died",
			e2e_printf("the server closed the connection %s%s%s", step,
				told ? ": " : "", told ? strerror(error) : ""),
			"see the server's log");
	}
}

E2E__FN void e2e__connect_on_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
	xmpp_stream_error_t *stream, void *arg)
{
	struct e2e__xmpp_own *o = (struct e2e__xmpp_own *)arg;

	if (e2e__xmpp.pending && !e2e__xmpp.pending_owner)
		e2e__xmpp.pending_owner = o;
	e2e__libstrophe_claim(e2e__xmpp.pending_owner);
	if (o->opts.until && event != XMPP_CONN_DISCONNECT && event != XMPP_CONN_FAIL) {
		o->raw_open = true;
		return;
	}

	if (e2e__xmpp.plain == o)
		e2e__xmpp.plain = NULL;

	/* a TLS library that didn't ask */
	if (event == XMPP_CONN_CONNECT && o->pins && !o->pin_ok) {
		o->leaf_seen = true;
		o->pin_to_paste = o->pin_to_paste ? o->pin_to_paste : e2e__memory_strdup("?");
		e2e__connect_blame_certificate(o);
		xmpp_disconnect(conn);
		return;
	}

	if (event == XMPP_CONN_CONNECT) {
		o->phase = E2E__PHASE_UP;
		o->secured = xmpp_conn_is_secured(conn);
		o->self->jid = e2e__memory_strdup(
			xmpp_conn_get_bound_jid(conn) ? xmpp_conn_get_bound_jid(conn) : "");
		return;
	}

	if (stream && stream->stanza)
		e2e__loop_note_stream_error(o, stream->stanza);

	e2e__connect_find_reason(o, error);
	o->reached = o->phase;
	o->phase = E2E__PHASE_DOWN;
	o->fd = -1;
}

/* libstrophe has made a socket. */
E2E__FN int e2e__connect_on_socket(xmpp_conn_t *conn, void *socket)
{
	struct e2e__xmpp_own *o;
	int one = 1, fd = *(int *)socket;

	for (o = e2e__xmpp.clients; o && o->self->conn != conn; o = o->next)
		;
	if (!o)
		return 0;
	if (fd >= FD_SETSIZE) {
		e2e__libstrophe_blame(o, "limit",
			e2e_printf(
				"descriptor %d is too high for libstrophe's select(), which ends at %d",
				fd, FD_SETSIZE),
			"close descriptors, or use fewer clients");
		return -1;
	}

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	o->fd = fd;
	return 0;
}

E2E__FN void e2e__connect_begin(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	struct sigaction ignore;

	if (s->ctx && s->pid == getpid())
		return;
	if (s->ctx) { /* of the process that forked us: its connections aren't ours */
		s->ctx = NULL;
		s->clients = NULL;
		s->nclients = s->nstanzas = 0;
	}

	memset(&ignore, 0, sizeof ignore);
	ignore.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &ignore, NULL);
	if (sodium_init() < 0)
		e2e_bail_out("libsodium can't be initialised");
	xmpp_initialize();
	s->pid = getpid();
	s->epoch = e2e_now();
	s->log_fd = s->talk_fd = s->login_fd = -1;
	s->log_path = NULL;
	s->log.handler = e2e__libstrophe_log;
	s->ctx = xmpp_ctx_new(NULL, &s->log);
	if (!s->ctx)
		e2e_bail_out("libstrophe can't make a context");
	s->tail = &s->clients;
	if (!s->tls_hooked) {
		s->tls_hooked = true;
		s->tls_index = SSL_CTX_get_ex_new_index(0, NULL, e2e__tls_made, NULL, NULL);
	}
}

/* Where the server listens; NULL and *o's failure if nobody does. Found once, as long as connecting
 * works. */
E2E__FN const char *e2e__connect_probe(struct e2e__xmpp_own *o, const char *host, int port)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	struct addrinfo hints, *list = NULL;
	int error, why = ECONNREFUSED;
	char text[8];
	bool found = false, silent = false;

	if (s->probed_port == port && strcmp(s->probed_host, host) == 0)
		return s->probed_ip;
	if (o->private_server)
		return host; /* it's an address, and the service has just said that it lives */
	e2e__op_doing("%s to find and reach %s:%d", o->self->name, host, port);
	memset(&hints, 0, sizeof hints);
	hints.ai_socktype = SOCK_STREAM;
	snprintf(text, sizeof text, "%d", port);
	error = getaddrinfo(host, text, &hints, &list);
	if (error) {
		e2e__libstrophe_blame(o, "dns",
			e2e_printf("no address for the host \"%s\": %s", host, gai_strerror(error)),
			"check host= in the config and the resolver");
		return NULL;
	}

	for (struct addrinfo *a = list; a && !found; a = a->ai_next) {
		struct pollfd p;
		socklen_t size = sizeof why;
		int fd = socket(a->ai_family, SOCK_STREAM, 0);

		if (fd < 0)
			continue;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, O_NONBLOCK);
		p.fd = fd;
		p.events = POLLOUT;
		why = connect(fd, a->ai_addr, a->ai_addrlen) < 0 ? errno : 0;
		while (why == EINPROGRESS && e2e_now() < o->deadline) {
			if (poll(&p, 1, 10) > 0)
				getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size);

			/* a jump leaves the socket and the list to the end of the case's process */
			e2e__op_gap();
		}
		close(fd);
		silent = why == EINPROGRESS;
		found = why == 0;
		if (found)
			getnameinfo(a->ai_addr, a->ai_addrlen, s->probed_ip, sizeof s->probed_ip,
				NULL, 0, NI_NUMERICHOST);
	}

	freeaddrinfo(list);
	if (found) {
		e2e__libstrophe_copy(s->probed_host, sizeof s->probed_host, host);
		s->probed_port = port;
		return s->probed_ip;
	}

	if (silent)
		e2e__libstrophe_blame(o, "silent", "nothing answers TCP connections there",
			"check host= and port=, and firewalls");
	else
		e2e__libstrophe_blame(o, why == ECONNREFUSED ? "refused" : "unreachable",
			e2e_printf("the connection was refused: %s", strerror(why)),
			"is the server running, on this port?");
	return NULL;
}

/* SRV records are asked unless a port says where to go, or the name is this machine's. */
E2E__FN bool e2e__connect_wants_srv(const e2e_client *c, const char *domain)
{
	struct in_addr ip;
	size_t n = strlen(domain);

	return !c->account.port && strcmp(domain, "localhost") != 0 && strchr(domain, '.') &&
		!inet_aton(domain, &ip) && !(n > 5 && strcmp(domain + n - 5, ".test") == 0) &&
		!(n > 10 && strcmp(domain + n - 10, ".localhost") == 0);
}

/* Finds out where the domain of a client without a port listens: by its SRV records, the next one
 * where nobody answers, else by its own name. False, and the failure is told: nowhere. */
E2E__FN bool e2e__connect_find(struct e2e__xmpp_own *o, const struct e2e__srv *srv,
	const char *domain, const char **ip, unsigned short *port)
{
	double until = o->deadline;
	const char *tried = "", *code = NULL;

	o->no_srv = !srv->n;
	if (o->no_srv) {
		snprintf(o->tried, sizeof o->tried, "%s:%d", domain, *port);
		return (*ip = e2e__connect_probe(o, domain, *port)) != NULL;
	}

	for (size_t i = 0; i < srv->n; i++) {
		const struct e2e__srv_target *t = srv->target + i;

		*port = (unsigned short)t->port;
		snprintf(o->tried, sizeof o->tried, "%s:%u", t->host, t->port);
		o->failed = false;
		o->deadline = e2e_now() + (until - e2e_now()) / (double)(srv->n - i);
		*ip = e2e__connect_probe(o, t->host, (int)t->port);
		o->deadline = until;
		if (*ip)
			return true;
		code = code ? code : o->failure.code;
		tried = e2e_printf(
			"%s%s%s (%s)", tried, *tried ? ", " : "", o->tried, o->failure.code);
	}
	if (srv->n == 1)
		return false;
	o->failed = false;
	e2e__libstrophe_blame(o, code,
		e2e_printf("none of the %zu SRV records leads to a server: %s", srv->n, tried),
		"is the server running, on these ports?");
	return false;
}

/* A descriptor below select()'s limit, or the failure says that there's none. */
E2E__FN bool e2e__connect_descriptor(struct e2e__xmpp_own *o)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && fd < FD_SETSIZE) {
		close(fd);
		return true;
	}

	e2e__libstrophe_blame(o, "limit",
		fd < 0 ? e2e_printf("no more descriptors: %s", strerror(errno))
		       : e2e_printf(
				 "descriptor %d is too high for libstrophe's select(), which ends at %d",
				 fd, FD_SETSIZE),
		"use fewer clients in one case");
	if (fd >= 0)
		close(fd);
	return false;
}

E2E__FN long e2e__connect_flags(const struct e2e__xmpp_own *o)
{
	const e2e_tls *tls = &o->self->tls;
	long flags = tls->off ? (long)XMPP_CONN_FLAG_DISABLE_TLS
		: o->direct   ? (long)XMPP_CONN_FLAG_LEGACY_SSL
			      : (long)XMPP_CONN_FLAG_MANDATORY_TLS;

	if (tls->no_verify && !tls->off)
		flags |= (long)XMPP_CONN_FLAG_TRUST_TLS;
	if (!o->opts.resumable)
		flags |= (long)XMPP_CONN_FLAG_DISABLE_SM;
	return flags;
}

/* Sets off one connection; its end is told to e2e__connect_on_event. */
E2E__FN void e2e__connect_start(struct e2e__xmpp_own *o, double seconds)
{
	e2e_client *c = o->self;
	char *domain = xmpp_jid_domain(c->ctx, c->account.jid);
	const char *jid = o->login = o->login && !c->account.password ? o->login : c->account.jid;
	const char *host = c->account.host ? c->account.host : domain, *ip = NULL;
	unsigned short port;
	bool srv = e2e__connect_wants_srv(c, domain), found = true;
	struct e2e__srv records;
	int error;

	o->direct = c->tls.direct || o->direct_port;
	port = (unsigned short)(o->direct_port ? o->direct_port
			: c->account.port      ? c->account.port
			: o->direct            ? 5223
					       : 5222);
	o->deadline = e2e_now() + seconds;
	o->failed = o->resumed = o->broken_xml = o->secured = o->leaf_seen = o->pin_ok =
		o->wanted_down = o->sm_offered = o->sm_given = o->closed = false;
	o->error[0] = o->sm_failure[0] = o->tls_error[0] = o->cert_error[0] = o->sasl_failure[0] =
		0;
	o->scram = o->scram_talk = o->scram_challenge = NULL;
	o->raw_open = o->raw_login = false;
	o->features = NULL;
	o->stream_error[0] = o->stream_condition[0] = o->mechanisms[0] = 0;
	memset(&o->open, 0, sizeof o->open);
	o->broken_rounds = 0;
	o->tried[0] = 0;
	o->no_srv = false;
	o->quiet = true;
	o->pins = e2e__tls_pins(o, domain);
	o->reached = E2E__PHASE_TCP;
	if (o->direct)
		e2e__transcript_remark(
			o, "connects to %s:%d, TLS from the first byte, as %s", host, port, jid);
	else
		e2e__transcript_remark(o, "connects to %s as %s", e2e__libstrophe_where(c), jid);
	if (!e2e__tls_trusted(o, &o->store) || !e2e__connect_descriptor(o))
		found = false;
	else if (!srv)
		found = (ip = e2e__connect_probe(o, host, port)) != NULL;
	else if (e2e__srv_ask(&records, o->direct ? "xmpps-client" : "xmpp-client", domain))
		found = e2e__connect_find(o, &records, domain, &ip, &port);
	if (!found) {
		o->phase = E2E__PHASE_DOWN;
		xmpp_free(c->ctx, domain);
		return;
	}

	if (o->opts.resource && *o->opts.resource)
		jid = e2e_printf("%s/%s", jid, o->opts.resource);
	xmpp_conn_set_flags(c->conn, e2e__connect_flags(o));
	xmpp_conn_set_jid(c->conn, jid);
	e2e__secret_guess(c->account.password);
	if (c->account.password)
		xmpp_conn_set_pass(c->conn, c->account.password);
	xmpp_conn_set_certfail_handler(c->conn, e2e__tls_certfail);
	xmpp_conn_set_sockopt_callback(c->conn, e2e__connect_on_socket);
	o->phase = E2E__PHASE_TCP;
	e2e__xmpp.plain = o;
	error = (o->opts.until ? xmpp_connect_raw : xmpp_connect_client)(
		c->conn, ip, ip ? port : 0, e2e__connect_on_event, o);
	if (error) {
		e2e__xmpp.plain = NULL;
		e2e__xmpp.probed_port = 0;
		o->phase = E2E__PHASE_DOWN;
		e2e__libstrophe_blame(o, "dns",
			e2e_printf("no address for \"%s\" (neither SRV nor A)", domain),
			"name host= and port= in the config");
	}

	xmpp_free(c->ctx, domain);
}

/* The time is over for a client that is connecting. */
E2E__FN void e2e__connect_too_late(struct e2e__xmpp_own *o)
{
	o->reached = o->phase;
	e2e__connect_find_reason(o, 0);
	if (o->fd >= 0)
		shutdown(o->fd, SHUT_RDWR);
	e2e__loop_run(0);
	if (e2e__xmpp.plain == o)
		e2e__xmpp.plain = NULL;
}

/* Sends initial presence, and asks the server something behind it: once that is answered, presence
 * holds. */
E2E__FN void e2e__connect_announce(struct e2e__xmpp_own *o)
{
	const char *show = o->opts.presence;
	xmpp_ctx_t *ctx = o->self->ctx;
	xmpp_stanza_t *presence, *iq, *child;
	const char *id = e2e_printf("e2e.up.%s", o->self->name);

	if (o->resumed || (show && strcmp(show, "none") == 0))
		return;
	presence = xmpp_presence_new(ctx);
	if (show && strcmp(show, "available") != 0) {
		xmpp_stanza_t *text = xmpp_stanza_new(ctx);

		child = xmpp_stanza_new(ctx);
		xmpp_stanza_set_name(child, "show");
		xmpp_stanza_set_text(text, show);
		xmpp_stanza_add_child_ex(child, text, 0);
		xmpp_stanza_add_child_ex(presence, child, 0);
	}

	iq = xmpp_iq_new(ctx, "get", id);
	child = xmpp_stanza_new(ctx);
	xmpp_stanza_set_name(child, "ping");
	xmpp_stanza_set_ns(child, "urn:xmpp:ping");
	xmpp_stanza_add_child_ex(iq, child, 0);
	xmpp_send(o->self->conn, presence);
	xmpp_send(o->self->conn, iq);
	xmpp_stanza_release(presence);
	xmpp_stanza_release(iq);
	o->waited_id = id;
	o->waited_to = NULL;
}

/* One client on its way: true once it has arrived (or has failed). */
E2E__FN bool e2e__connect_arrived(struct e2e__xmpp_own *o, double now)
{
	if (o->phase == E2E__PHASE_DOWN)
		return true;
	if (o->phase == E2E__PHASE_UP && !o->waited_id && !o->dirty) {
		e2e__connect_announce(o);
		o->dirty = true; /* announced */
	}

	if (o->phase == E2E__PHASE_UP && o->reply) {
		xmpp_stanza_release(o->reply);
		o->reply = NULL;
		o->waited_id = NULL;
	}

	if (o->phase == E2E__PHASE_UP && !o->waited_id) {
		if (o->quiet && !e2e__xmpp.task) {
			o->quiet = false;
			e2e__transcript_remark(o, "%s %s",
				o->resumed ? "has resumed its session as" : "is logged in as",
				o->self->jid);
			e2e__transcript_own_words_over();
		}
		return true;
	}

	if (o->phase != E2E__PHASE_IDLE && now >= o->deadline)
		e2e__connect_too_late(o);
	return o->phase == E2E__PHASE_DOWN;
}

/* Can the next client begin as soon as what is to be sent is sent? */
E2E__FN bool e2e__connect_under_way(void)
{
	struct e2e__xmpp_own *o = e2e__xmpp.plain;

	return !o || (o->phase == E2E__PHASE_TLS && xmpp_conn_is_secured(o->self->conn));
}

/* Connects clients, the last one first: libstrophe looks at them in this order, so that the one
 * without TLS comes first, and what comes is known to be its own. NULL if all are connected, else
 * the first one that failed. */
E2E__FN struct e2e__xmpp_own *e2e__connect(struct e2e__xmpp_own **list, size_t n, double seconds)
{
	size_t next = n, here = 0;
	struct e2e__xmpp_own *told = NULL, *late;
	enum e2e__xmpp_phase told_phase = E2E__PHASE_IDLE;

	for (size_t i = 0; i < n; i++) {
		list[i]->phase = E2E__PHASE_IDLE;
		list[i]->dirty = false;
	}
	while (here < n) {
		here = 0;
		late = NULL;
		if (!e2e__xmpp.plain && next)
			e2e__connect_start(list[--next], seconds);
		for (size_t i = next; i < n; i++) {
			if (e2e__connect_arrived(list[i], e2e_now()))
				here++;
			else
				late = list[i];
			if (list[i]->phase == E2E__PHASE_DOWN) {
				e2e__xmpp.probed_port = 0;
				return list[i];
			}
		}
		late = e2e__xmpp.plain ? e2e__xmpp.plain : late;
		if (late && (late != told || late->phase != told_phase)) {
			e2e__libstrophe_doing_login(late);
			told = late;
			told_phase = late->phase;
		}

		/* With more to be started there's no time to wait for answers: the server works on
		 * them meanwhile. */
		if (here < n && (e2e__xmpp.plain || !next || here < n - next))
			e2e__loop_pump(next && e2e__connect_under_way() ? 0 : e2e_now() + 0.01);
	}

	for (size_t i = 0; i < n; i++)
		list[i]->dirty = false;
	return NULL;
}

/* Why it is down, as far as is known; NULL: it isn't. */
E2E__FN const char *e2e__connect_down(const e2e_client *c)
{
	if (c->own->phase != E2E__PHASE_DOWN)
		return NULL;
	c->own->loss_told = true;
	return c->own->failed ? c->own->failure.message : "closed";
}

/* The same for a sentence that begins with the client's name: why, and which connection it was. */
E2E__FN const char *e2e__connect_loss(const e2e_client *c)
{
	const char *why = e2e__connect_down(c);

	if (why && !c->own->failed)
		return "the test has closed its connection";
	if (!why || !c->own->reason)
		return why;
	return e2e_printf("%s (%s at %s)", c->own->reason, c->jid ? c->jid : c->account.jid,
		e2e__libstrophe_where(c));
}

/* A client of the case whose connection was ended by the server, or that has an element open:
 * perhaps that's why somebody waits in vain. NULL: none, or `message` says it. */
E2E__FN const char *e2e__connect_losses(const char *message)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->phase == E2E__PHASE_DOWN && o->failed && o->self->jid && !o->wanted_down) {
			o->loss_told = true;
			if (!strstr(message, e2e__connect_loss(o->self)))
				return o->failure.message;
		}
	for (const struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->phase == E2E__PHASE_UP && e2e__open_element(&o->open))
			return e2e_printf("%s has <%s> open, since e2e_send_raw at %s:%d: the "
					  "server waits for its end, and takes all else as "
					  "a part of it",
				o->self->name, e2e__open_element(&o->open), o->open.file,
				o->open.line);
	return NULL;
}

E2E__FN const char *(e2e_disconnect_reason)(const e2e_client *c)
{
	e2e__op_enter();
	e2e__op_need_client(e2e__xmpp.file, e2e__xmpp.line, c, "e2e_disconnect_reason");
	e2e__loop_drain(c->own);
	e2e__op_leave();
	return e2e__connect_down(c);
}

E2E__FN bool e2e_is_connected(const e2e_client *c)
{
	if (!c)
		return false;
	(e2e_disconnect_reason)(c);
	return c->own->phase == E2E__PHASE_UP;
}
