#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "missed.h"
#include "transcript.h"
#include "loop.h"
#include "connect.h"
#include "raw.h"
#include "provision.h"
#include "offer.h"
#include "clear.h"
#include "dead.h"

/* @manual Clients
 *	e2e_client_connected() returns a client that is logged in and available: messages to it
 *	arrive from now on. e2e_client_connect((e2e_client_opts){.presence = "away", .resource =
 *	"phone"}) for more; "none" sends no presence. e2e_connect_each(&romeo, &juliet) and
 *	e2e_clients_connected(50, out) connect some or many at once. Each has a bare JID that nobody
 *	else has. At the end of the case they are closed;
 *	accounts that can't be thrown away (static) are cleared: roster, PEP nodes, vCard, private
 *	XML, offline messages, blocked contacts. c->account tells other programs how to log in:
 *	e2e_spawn("profanity", "-a", c->account.jid, ...). c->conn and c->ctx are libstrophe's own:
 *	all of libstrophe works with them. All clients of a case share one context.
 */

/* @interface */

/* A connected client that is available. Never NULL: the case fails and ends if it can't be had (see
 * "When connecting fails"), and is skipped if there is no server. aioxmpp: get_connected_client. */
#define e2e_client_connected() e2e__client_connected(E2E__AT)
/* The same with options. */
#define e2e_client_connect(...) e2e__client_connect(E2E__AT, __VA_ARGS__)
/* The same at one of several servers (see e2e_require_servers, e2e_server_pair). */
#define e2e_client_at(server) e2e__client_at(E2E__AT, server)
/* n clients, connected at once: e2e_client *out[3]; e2e_clients_connected(3, out); */
#define e2e_clients_connected(n, out) e2e__clients_connected(E2E__AT, n, out)
/* The same for clients with names: e2e_connect_each(&romeo, &juliet); */
#ifndef __cplusplus
#define e2e_connect_each(...) e2e__clients_each(E2E__AT, (e2e_client * *const[]){__VA_ARGS__, NULL})
#else
#define e2e_connect_each(...) e2e__clients_each_of(E2E__AT, __VA_ARGS__)
#endif
/* e2e_client_try(opts, &why) tries it: NULL if it can't connect, and *why (may be NULL) says so:
 * .code, .message, .hint. */
#define e2e_client_try(...) e2e__client_try(E2E__AT, __VA_ARGS__)
/* Connects a client again whose connection is gone (or closes it first): the same account, a
 * resumed session if the server still has it. True if it was resumed; if not, a failing
 * e2e_ok(e2e_reconnect(client)) says why. Fails and ends the case if it can't connect. */
#define e2e_reconnect(client) e2e__client_reconnect(E2E__AT, client)
/* Closes the stream. The client stays valid; what it received can still be expected. */
E2E__FN void e2e_disconnect(e2e_client *client);
/* Cuts the connection without a word, as a broken network does. */
E2E__FN void e2e_cut(e2e_client *client);

#define e2e_disconnect(...) (e2e__op_at(E2E__AT), (e2e_disconnect)(__VA_ARGS__))
#define e2e_cut(...) (e2e__op_at(E2E__AT), (e2e_cut)(__VA_ARGS__))

E2E__FN e2e_client *e2e__client_connected(const char *file, int line);
E2E__FN e2e_client *e2e__client_connect(const char *file, int line, e2e_client_opts opts);
E2E__FN e2e_client *e2e__client_at(const char *file, int line, const e2e_xmpp_server *server);
E2E__FN void e2e__clients_connected(const char *file, int line, size_t n, e2e_client **out);
E2E__FN void e2e__clients_each(const char *file, int line, e2e_client **const *list);
E2E__FN e2e_client *e2e__client_try(
	const char *file, int line, e2e_client_opts opts, e2e_failure *why);
E2E__FN bool e2e__client_reconnect(const char *file, int line, e2e_client *c);

#ifdef __cplusplus
} /* extern "C" */
template <typename... A>
static inline __attribute__((unused)) void e2e__clients_each_of(
	const char *file, int line, A... each)
{
	e2e_client **const list[] = {each..., NULL};

	e2e__clients_each(file, line, list);
}
extern "C" {
#endif

/* @implementation */

E2E__FN struct e2e__xmpp_own *e2e__client_new(const e2e_client_opts *opts)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	e2e_client *c = (e2e_client *)e2e__memory_alloc(sizeof *c);
	struct e2e__xmpp_own *o = (struct e2e__xmpp_own *)e2e__memory_alloc(sizeof *o);

	e2e__connect_begin();
	c->own = o;
	c->ctx = s->ctx;
	c->name = e2e_printf("client-%zu", ++s->made);
	c->arg = opts->arg;
	o->self = c;
	o->opts = *opts;
	o->fd = -1;
	return o;
}

/* Puts it among the others, once it has an account. */
E2E__FN void e2e__client_enlist(struct e2e__xmpp_own *o)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	s->nclients++;
	e2e__transcript_log_open();
	o->self->conn = xmpp_conn_new(s->ctx);
	if (!o->self->conn)
		e2e_bail_out("out of memory for a connection");
	xmpp_handler_add(o->self->conn, e2e__loop_on_stanza, NULL, NULL, NULL, o);
	*s->tail = o;
	s->tail = &o->next;
	if (o->opts.prepare) {
		e2e__op_gap();
		o->opts.prepare(o->self, o->opts.arg);
	}
}

/* The bare JID is known only now if the server chose it. */
E2E__FN void e2e__client_settle(struct e2e__xmpp_own *o)
{
	char *bare = xmpp_jid_bare(o->self->ctx, o->self->jid);

	if (bare) {
		o->self->account.jid = e2e__memory_strdup(bare);
		xmpp_free(o->self->ctx, bare);
	}
}

/* An account that the test brought: its server's certificate is judged like before where a client
 * of the case was at the same address, or where the config names the host; elsewhere by the
 * system's trust. */
E2E__FN void e2e__client_fill_tls(struct e2e__xmpp_own *o)
{
	e2e_account *a = &o->self->account;
	const char *domain = e2e__provision_domain_of(a->jid), *host = a->host ? a->host : domain,
		   *of_config;
	e2e_tls of_section;

	for (struct e2e__xmpp_own *other = e2e__xmpp.clients; other; other = other->next)
		if (!other->opts.tls && other->self->account.host &&
			strcasecmp(other->self->account.host, host) == 0 &&
			other->self->account.port == a->port) {
			o->self->tls = other->self->tls;
			a->ca_file = a->ca_file ? a->ca_file : other->self->account.ca_file;
			return;
		}
	if (!e2e__provision() || !e2e__provision_is_remote(e2e__xmpp.section))
		return;
	e2e__xmpp.place = e2e__provision_place(domain);
	of_config = e2e__xmpp.place ? e2e__xmpp.place : e2e__provision_first_domain();
	if (strcasecmp(host, e2e__literal_setting("host", of_config)) == 0) {
		memset(&of_section, 0, sizeof of_section);
		e2e__provision_section_tls(&of_section);
		if (a->port != e2e__literal_port())
			/* another service, with rules of its own */
			of_section.off = of_section.direct = false;
		o->self->tls = of_section;
		a->ca_file = a->ca_file || of_section.no_verify
			? a->ca_file
			: e2e__literal_setting("ca_file", NULL);
	}
	e2e__xmpp.place = NULL;
}

/* An account at a server that takes any. */
E2E__FN void e2e__client_make_up(struct e2e__xmpp_own *o)
{
	const e2e_xmpp_server *server = o->opts.server;
	e2e_account *account = (e2e_account *)e2e__memory_alloc(sizeof *account);

	account->jid = e2e_printf("%s@%s", e2e__provision_random(), server->domain);
	account->password = e2e__provision_random();
	account->host = server->host;
	account->port = server->port;
	account->ca_file = server->ca_file;
	o->opts.account = account;
}

/* Which of hosts= the client is to be at; NULL: the first host. */
E2E__FN const char *e2e__client_place(const struct e2e__xmpp_own *o)
{
	const e2e_account *a = o->opts.account;

	return o->opts.server ? e2e__provision_place(o->opts.server->domain)
		: a && a->jid ? e2e__provision_place(e2e__provision_domain_of(a->jid))
			      : NULL;
}

/* How far a raw client is to go. */
E2E__FN void e2e__client_check_until(const char *file, int line, struct e2e__xmpp_own *o)
{
	int until = o->opts.until;

	if (until < 0 || until > E2E_BEFORE_BIND)
		e2e__op_die_of(file, line, "e2e_client", "usage",
			e2e_printf(".until = %d: expected E2E_BEFORE_TLS, E2E_BEFORE_AUTH or "
				   "E2E_BEFORE_BIND",
				until),
			NULL);
	if (until == E2E_BEFORE_TLS && o->self->tls.direct)
		e2e__op_die_of(file, line, "e2e_client", "usage",
			"E2E_BEFORE_TLS at a port with TLS from the first byte (direct_tls): there's "
			"nothing before TLS",
			"leave direct_tls out for it, and name the port that offers STARTTLS");
	if (until == E2E_BEFORE_TLS)
		o->direct_port = 0;
}

E2E__FN void e2e__client_fill_account(const char *file, int line, struct e2e__xmpp_own *o)
{
	const e2e_account *a;
	e2e_account *to = &o->self->account;
	bool own;

	if (o->opts.server && o->opts.server->open && !o->opts.account)
		e2e__client_make_up(o);
	a = o->opts.account;
	own = a && a->jid && (a->host || a->port);
	if (!own) {
		e2e__provision_ready(file, line);
		if (a && a->jid)
			o->self->account.jid = a->jid;
		e2e__xmpp.place = o->place = e2e__client_place(o);
		e2e__provision_make_account(file, line, o);
		e2e__xmpp.place = NULL;
	}

	if (a && a->jid) {
		to->jid = a->jid;
		to->password = a->password;
	}

	if (a && (a->host || a->port || a->jid)) {
		o->direct_port = 0;
		o->private_server = false;
	}

	if (a && a->host)
		to->host = a->host;
	if (a && a->port)
		to->port = a->port;
	if (a && a->ca_file)
		to->ca_file = a->ca_file;
	if (o->opts.tls) {
		o->self->tls = *o->opts.tls;
		o->direct_port = 0;
	} else if (own) {
		e2e__client_fill_tls(o);
	}
	e2e__client_check_until(file, line, o);
}

/* How many more descriptors select() can do with. */
E2E__FN size_t e2e__client_descriptors_left(void)
{
	struct rlimit limit;
	rlim_t top = FD_SETSIZE;
	size_t n = 0;

	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < top)
		top = limit.rlim_cur;
	for (int fd = 0; fd < (int)top; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			n++;
	return n > 8 ? n - 8 : 0;
}

E2E__FN void e2e__client_not_in_suite(const char *file, int line)
{
	if (e2e__hook_in_suite())
		e2e__op_die_of(file, line, "e2e_client", NULL,
			"a client was asked for in E2E_SUITE_SETUP: the cases run in other processes and can't share it",
			"connect it in E2E_SETUP or in the case");
}

/* RFC 6121, 4.7.2.1: a server may drop what it doesn't know. */
E2E__FN void e2e__client_check_presence(const char *file, int line, const char *presence)
{
	static const char *const known[] = {"away", "chat", "dnd", "xa", "available", "none", NULL};

	if (!presence || e2e__state_has_word(known, presence))
		return;
	e2e__op_die_of(file, line, "e2e_client", "usage",
		e2e_printf("presence %s: expected one of %s%s", e2e_quoted(presence),
			e2e__state_joined(known), e2e__config_did_you_mean(presence, known)),
		NULL);
}

E2E__FN void e2e__client_check_resource(const char *file, int line, const char *resource)
{
	const char *bad = e2e__xml_bad_text(resource);

	if (bad)
		e2e__op_die_of(file, line, "e2e_client", "usage",
			e2e_printf("the resource %s can't be sent: %s", e2e_quoted(resource), bad),
			"a raw client (.until = E2E_BEFORE_BIND) can send any bytes");
}

/* n clients with these options, in list. NULL, or the one that failed. */
E2E__FN struct e2e__xmpp_own *e2e__client_make(const char *file, int line, size_t n,
	const e2e_client_opts *opts, struct e2e__xmpp_own **list)
{
	double seconds = opts->timeout > 0 ? e2e__clock_scaled(opts->timeout) : e2e__loop_step();
	struct e2e__xmpp_own *bad;

	e2e__client_check_presence(file, line, opts->presence);
	e2e__client_check_resource(file, line, opts->resource);
	e2e__loop_not_inside(file, line, "e2e_client");
	e2e__client_not_in_suite(file, line);
	for (size_t i = 0; i < n; i++) {
		list[i] = e2e__client_new(opts);
		e2e__client_fill_account(file, line, list[i]);
		e2e__client_enlist(list[i]);
	}

	bad = e2e__dead_connect(list, n, seconds);
	for (size_t i = 0; i < n && !bad; i++) {
		e2e__client_settle(list[i]);
		if (list[i]->account && list[i]->account->dirty && !opts->until)
			e2e__clear_leftovers(list[i]);
	}

	return bad;
}

E2E__FN e2e_client *e2e__client_do_client_try(
	const char *file, int line, e2e_client_opts opts, e2e_failure *why)
{
	struct e2e__xmpp_own *list[1], *bad = e2e__client_make(file, line, 1, &opts, list);

	if (bad)
		bad->loss_told = true;
	if (bad && why)
		*why = bad->failure;
	return bad ? NULL : list[0]->self;
}

E2E__FN e2e_client *e2e__client_try(
	const char *file, int line, e2e_client_opts opts, e2e_failure *why)
{
	e2e_client *result;

	e2e__op_enter_at(file, line);
	result = e2e__client_do_client_try(file, line, opts, why);
	e2e__op_leave();
	return result;
}

E2E__FN e2e_client *e2e__client_do_client_connect(const char *file, int line, e2e_client_opts opts)
{
	struct e2e__xmpp_own *list[1], *bad = e2e__client_make(file, line, 1, &opts, list);

	if (bad)
		e2e__op_die(file, line, "e2e_client_connect", &bad->failure);
	return list[0]->self;
}

E2E__FN e2e_client *e2e__client_connect(const char *file, int line, e2e_client_opts opts)
{
	e2e_client *result;

	e2e__op_enter_at(file, line);
	result = e2e__client_do_client_connect(file, line, opts);
	e2e__op_leave();
	return result;
}

E2E__FN e2e_client *e2e__client_connected(const char *file, int line)
{
	e2e_client_opts opts;

	memset(&opts, 0, sizeof opts);
	return e2e__client_connect(file, line, opts);
}

E2E__FN e2e_client *e2e__client_at(const char *file, int line, const e2e_xmpp_server *server)
{
	e2e_client_opts opts;

	if (!server)
		e2e__op_die_of(file, line, "e2e_client_at", "usage",
			"there's no server: it is NULL",
			"e2e_require_servers(n) has n of them, s[0] to s[n - 1]");
	memset(&opts, 0, sizeof opts);
	opts.server = server;
	return e2e__client_connect(file, line, opts);
}

E2E__FN void e2e__client_do_clients_connected(
	const char *file, int line, size_t n, e2e_client **out)
{
	struct e2e__xmpp_own **list = (struct e2e__xmpp_own **)e2e__memory_alloc(
				     (n + 1) * sizeof *list),
			     *bad;
	e2e_client_opts opts;
	size_t left;

	memset(&opts, 0, sizeof opts);
	if (n > 32 && n > (left = e2e__client_descriptors_left()))
		e2e__op_die_of(file, line, "e2e_clients_connected", "limit",
			e2e_printf(
				"%zu clients were asked for, but libstrophe waits by select() and the process may have "
				"only %zu more descriptors for it",
				n, left),
			e2e_printf(
				"ask for at most %zu in one case, close descriptors, or raise `ulimit -n` up to %d",
				left, FD_SETSIZE));
	bad = e2e__client_make(file, line, n, &opts, list);
	if (bad)
		e2e__op_die(file, line, "e2e_clients_connected", &bad->failure);
	for (size_t i = 0; i < n; i++)
		out[i] = list[i]->self;
}

E2E__FN void e2e__clients_connected(const char *file, int line, size_t n, e2e_client **out)
{
	e2e__op_enter_at(file, line);
	e2e__client_do_clients_connected(file, line, n, out);
	e2e__op_leave();
}

E2E__FN void e2e__clients_each(const char *file, int line, e2e_client **const *list)
{
	e2e_client **out;
	size_t n = 0;

	while (list[n])
		n++;
	out = (e2e_client **)e2e__memory_alloc((n + 1) * sizeof *out);
	e2e__clients_connected(file, line, n, out);
	for (size_t i = 0; i < n; i++)
		*list[i] = out[i];
}

E2E__FN void e2e__client_do_cut(e2e_client *c)
{
	struct e2e__xmpp_own *o = c->own;

	o->wanted_down = true;
	if (o->fd >= 0)
		shutdown(o->fd, SHUT_RDWR);
	for (int i = 0; i < 100 && o->phase != E2E__PHASE_DOWN && o->phase != E2E__PHASE_IDLE; i++)
		e2e__loop_run(0.001);
}

E2E__FN void(e2e_cut)(e2e_client *c)
{
	e2e__op_enter();
	e2e__op_need_client(e2e__xmpp.file, e2e__xmpp.line, c, "e2e_cut");
	e2e__client_do_cut(c);
	e2e__op_leave();
}

E2E__FN void e2e__client_do_disconnect(e2e_client *c)
{
	double until = e2e_now() + e2e__clock_scaled(1);

	if (!e2e__loop_live(c->own))
		return;
	e2e__loop_not_inside(e2e__xmpp.file, e2e__xmpp.line, "e2e_disconnect");
	c->own->wanted_down = c->own->closed = true;
	e2e__op_doing("the server to close the stream of %s", c->name);
	xmpp_disconnect(c->conn);
	while (c->own->phase != E2E__PHASE_DOWN && e2e_now() < until)
		e2e__loop_pump(until);
	if (c->own->phase != E2E__PHASE_DOWN)
		(e2e_cut)(c);
}

E2E__FN void(e2e_disconnect)(e2e_client *c)
{
	e2e__op_enter();
	e2e__op_need_client(e2e__xmpp.file, e2e__xmpp.line, c, "e2e_disconnect");
	e2e__client_do_disconnect(c);
	e2e__op_leave();
}

/* How a client stood before it was connected again. */
struct e2e__client_before {
	bool live, closed, given;
	const char *lost; /* why its connection had ended; NULL: the test ended it */
};

/* Why its session wasn't resumed. */
E2E__FN const char *e2e__client_not_resumed(
	const struct e2e__xmpp_own *o, const struct e2e__client_before *before)
{
	if (o->opts.until)
		return "a raw client begins anew each time";
	if (!o->opts.resumable)
		return "it was connected without .resumable = true";
	if (before->live)
		return "e2e_reconnect closed its stream first, which ends the session; "
		       "e2e_cut(client) leaves it";
	if (before->closed)
		return "its stream was closed, which ends the session; e2e_cut(client) leaves it";
	if (!o->sm_offered)
		return "the server offers no stream management (urn:xmpp:sm:3)";
	if (!before->given)
		return "the server had given it no session that can be resumed: no <enabled "
		       "resume='true'/> had come";
	if (o->sm_failure[0])
		return e2e_printf("the server refused to resume it: %s", o->sm_failure);
	return before->lost ? e2e_printf("its connection had ended: %s", before->lost)
			    : "the server gave it a new one";
}

E2E__FN bool e2e__client_do_reconnect(const char *file, int line, e2e_client *c)
{
	struct e2e__xmpp_own *o = c->own, *bad;
	double seconds =
		o->opts.timeout > 0 ? e2e__clock_scaled(o->opts.timeout) : e2e__loop_step();
	struct e2e__client_before before;

	e2e__loop_not_inside(file, line, "e2e_reconnect");
	before.live = e2e__loop_live(o);
	before.given = o->sm_given;
	before.lost = o->failed ? o->reason : NULL;
	if (before.live)
		(e2e_disconnect)(c);
	before.closed = o->closed;
	o->resumed = false;
	o->waited_id = NULL;
	c->jid = NULL;
	bad = o->opts.until ? e2e__raw_connect(o, seconds) : e2e__connect(&o, 1, seconds);
	if (bad)
		e2e__op_die(file, line, "e2e_reconnect", &bad->failure);
	if (!o->resumed)
		e2e__missed_note(e2e_printf("e2e_reconnect: %s isn't resumed: %s", c->name,
			e2e__client_not_resumed(o, &before)));
	return o->resumed;
}

E2E__FN bool e2e__client_reconnect(const char *file, int line, e2e_client *c)
{
	bool result;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, "e2e_reconnect");
	result = e2e__client_do_reconnect(file, line, c);
	e2e__op_leave();
	return result;
}
