#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "servers.h"
#include "provision.h"
#include "offer.h"
#include "clients.h"

/* @manual Two servers that talk to each other
 *	const e2e_pair *p = e2e_server_pair();
 *	e2e_client *romeo = e2e_client_at(p->a), *juliet = e2e_client_at(p->b);
 *	e2e_message(romeo, juliet->jid, "hello");
 *	e2e_expect_message(juliet, .body = "hello");
 *	e2e_proxy_fault(p->to_b, E2E_BOTH_WAYS, .down = true);
 *	Two private servers with the domains a.test and b.test, started for this case, and federated
 *	(s2s, with TLS; each believes the other by dialback): of the kind that the run is on, else
 *	two Prosodys, or e2e_server_pair_of("prosody", "ejabberd"), which tries one with the other.
 *	What a's server opens to
 *	b's goes through the fault proxy p->to_b, the other way through p->to_a; a case that
 *	fails shows what these have seen and what the servers have logged. p->process_a and
 *	p->process_b are the servers' processes, for e2e_signal and e2e_stop.
 */

/* @interface */

typedef struct e2e_pair {
	const e2e_xmpp_server *a, *b; /* the users are @a.test and @b.test */
	e2e_proxy *to_b, *to_a;       /* for what a's server opens to b's; the other way */
	e2e_proc *process_a, *process_b;
} e2e_pair;

/* Two servers that federate, for this case alone; they live until its end. Skips the case where
 * they aren't installed; ends it where they can't be started. */
#define e2e_server_pair() e2e__pair_start(E2E__AT, NULL, NULL)
/* The same of given kinds, "prosody" or "ejabberd": p->a's, and p->b's. */
#define e2e_server_pair_of(first, second) e2e__pair_start(E2E__AT, first, second)
/* NULL: what the run is on. */
E2E__FN const e2e_pair *e2e__pair_start(
	const char *file, int line, const char *first, const char *second);

/* @implementation */

/* No DNS knows the domains: where the other one is stands in the configuration. */
#define E2E__PAIR_ROUTES \
	"module:set_global();\n" \
	"local routes = module:get_option(\"e2e_routes\");\n" \
	"local service, basic = require \"net.resolvers.service\", require \"net.resolvers.basic\";\n" \
	"local before = service.new;\n" \
	"local nowhere = { next = function (_, found) found(nil); end };\n" \
	"function service.new(host, name, ...)\n" \
	"  if not routes[host] then return before(host, name, ...); end\n" \
	"  if name ~= \"xmpp-server\" then return nowhere; end\n" \
	"  return basic.new(\"127.0.0.1\", routes[host], \"tcp\", {});\n" \
	"end\n"

/* One of the two, while they are made. */
struct e2e__pair_side {
	const char *kind, *domain, *dir;
	int c2s;         /* ejabberd's port for clients: Prosody's is the kernel's choice */
	int s2s;         /* its port for other servers */
	e2e_proxy *peer; /* where it finds the other one */
	e2e_proc *process;
	e2e_xmpp_server *server;
};

E2E__FN const char *e2e__pair_prosody_config(
	const struct e2e__pair_side *side, const char *certs, const char *other)
{
	return e2e_printf(
		"%s"
		"c2s_direct_tls_ports = {}\n"
		"s2s_ports = { %d }\n"
		"http_ports = {}\n"
		"modules_disabled = { \"posix\" }\n"
		"modules_enabled = { \"saslauth\", \"tls\", \"roster\", \"disco\", \"ping\", "
		"\"version\", \"dialback\", \"e2e_ready\", \"e2e_routes\" }\n"
		"ssl = { key = \"%s/server.key\", certificate = \"%s/server.pem\", "
		"cafile = \"%s/ca.pem\" }\n"
		"s2s_require_encryption = true\n"
		"s2s_secure_auth = false\n"
		"e2e_routes = { [\"%s\"] = %d }\n"
		"VirtualHost \"%s\"\n" E2E__PROSODY_OPEN,
		e2e__server_prosody_head(side->dir), side->s2s, certs, certs, certs, other,
		side->peer->port, side->domain);
}

E2E__FN bool e2e__pair_spawn_prosody(
	struct e2e__pair_side *side, const char *certs, const char *other)
{
	e2e_spawn_opts opts;

	memset(&opts, 0, sizeof opts);
	opts.name = side->domain;
	e2e__file_mkdirs(e2e_printf("%s/plugins", side->dir), 0700);
	e2e__file_mkdirs(e2e_printf("%s/data", side->dir), 0700);
	e2e__file_mkdirs(e2e_printf("%s/certs", side->dir), 0700); /* it looks for more there */
	if (!e2e__server_put(
		    e2e_printf("%s/plugins/mod_e2e_ready.lua", side->dir), E2E__PROSODY_READY) ||
		!e2e__server_put(
			e2e_printf("%s/plugins/mod_e2e_routes.lua", side->dir), E2E__PAIR_ROUTES) ||
		!e2e__server_put(e2e_printf("%s/prosody.cfg.lua", side->dir),
			e2e__pair_prosody_config(side, certs, other)))
		return false;
	side->process = e2e_spawn_with(
		opts, "prosody", "-F", "--config", e2e_printf("%s/prosody.cfg.lua", side->dir));
	return true;
}

E2E__FN const char *e2e__pair_ejabberd_config(const struct e2e__pair_side *side)
{
	return e2e_printf("hosts: [%s]\n"
			  "loglevel: info\n"
			  "certfiles: [\"%s/both.pem\"]\n"
			  "listen:\n"
			  "  - {port: %d, ip: \"127.0.0.1\", module: ejabberd_c2s, "
			  "starttls_required: true, access: all}\n"
			  "  - {port: %d, ip: \"127.0.0.1\", module: ejabberd_s2s_in}\n"
			  "auth_method: [e2e]\n"
			  "s2s_use_starttls: required\n"
			  "s2s_max_retry_delay: 1\n" /* else minutes after a fault */
			  "s2s_dns_timeout: 1\n"
			  "s2s_dns_retries: 1\n"
			  "outgoing_s2s_families: [ipv4]\n"
			  "modules:\n"
			  "  mod_caps: {}\n  mod_disco: {}\n  mod_ping: {}\n  mod_roster: {}\n"
			  "  mod_s2s_dialback: {}\n  mod_version: {}\n",
		side->domain, side->dir, side->c2s, side->s2s);
}

/* Nobody is asked for the names: the port of the name server is closed. */
E2E__FN const char *e2e__pair_inetrc(void)
{
	return e2e_printf("{lookup, [file]}.\n{resolv_conf, \"\"}.\n"
			  "{nameserver, {127,0,0,1}, %d}.\n{timeout, 100}.\n{retry, 1}.\n",
		e2e_port());
}

/* Where the other one is, as a name server would have told ejabberd just before. */
E2E__FN const char *e2e__pair_record(const struct e2e__pair_side *side, const char *other)
{
	return e2e_printf("inet_db:add_rr(\"_xmpp-server._tcp.%s\", in, srv, 86400, "
			  "{0, 0, %d, \"127.0.0.1\"})",
		other, side->peer->port);
}

E2E__FN bool e2e__pair_spawn_ejabberd(
	struct e2e__pair_side *side, const char *certs, const char *other)
{
	const char *inetrc = e2e_printf("%s/inetrc", side->dir);
	char *cert = e2e__file_read(e2e_printf("%s/server.pem", certs), NULL),
	     *key = e2e__file_read(e2e_printf("%s/server.key", certs), NULL);

	side->c2s = e2e_port();
	e2e__file_mkdirs(e2e_printf("%s/home", side->dir), 0700);
	e2e__file_mkdirs(e2e_printf("%s/mnesia", side->dir), 0700);
	if (!cert || !key ||
		!e2e__server_put(
			e2e_printf("%s/both.pem", side->dir), e2e_printf("%s%s", key, cert)) ||
		!e2e__server_put(
			e2e_printf("%s/ejabberd_auth_e2e.erl", side->dir), E2E__EJABBERD_AUTH) ||
		!e2e__server_put(inetrc, e2e__pair_inetrc()) ||
		!e2e__server_put(
			e2e_printf("%s/ejabberd.yml", side->dir), e2e__pair_ejabberd_config(side)))
		return false;
	side->process = e2e__server_ejabberd_spawn(
		side->dir, side->domain, inetrc, e2e__pair_record(side, other));
	return true;
}

E2E__FN bool e2e__pair_is_ejabberd(const struct e2e__pair_side *side)
{
	return strcmp(side->kind, "ejabberd") == 0;
}

/* Starts it; it isn't ready yet. */
E2E__FN bool e2e__pair_spawn(struct e2e__pair_side *side, const char *certs, const char *other)
{
	bool well = e2e__pair_is_ejabberd(side) ? e2e__pair_spawn_ejabberd(side, certs, other)
						: e2e__pair_spawn_prosody(side, certs, other);

	if (well)
		side->process->own->server = true;
	return well;
}

/* Waits until clients can log in. */
E2E__FN bool e2e__pair_ready(struct e2e__pair_side *side, const char *certs)
{
	bool ejabberd = e2e__pair_is_ejabberd(side);
	const char *ready = e2e__startup_line(side->process, ejabberd ? "E2E-READY" : "E2E-READY ",
		ejabberd ? "ritical" : "E2E-READY ", side->dir);
	e2e_xmpp_server *s = (e2e_xmpp_server *)e2e__memory_alloc(sizeof *s);

	side->server = s;
	s->name = side->kind;
	s->domain = side->domain;
	s->open = true;
	s->host = "127.0.0.1";
	s->port = !ready ? 0 : ejabberd ? side->c2s : atoi(ready);
	s->ca_file = e2e_printf("%s/ca.pem", certs);
	return s->port > 0;
}

/* The kind that isn't given. Ends or skips the case where there is none such. */
E2E__FN const char *e2e__pair_kind(const char *file, int line, const char *kind)
{
	static const char *const known[] = {"prosody", "ejabberd", NULL};
	const char *chosen = kind ? kind : e2e__provision_local_server();

	if (chosen && !e2e__state_has_word(known, chosen))
		e2e__op_die_of(file, line, "e2e_server_pair_of", "usage",
			e2e_printf("a server %s: expected one of %s%s", e2e_quoted(chosen),
				e2e__state_joined(known), e2e__config_did_you_mean(chosen, known)),
			NULL);
	if (chosen && e2e__provision_local_installed(chosen))
		return chosen;
	e2e_skip("needs %s for two servers that federate; it isn't installed",
		chosen ? chosen : "prosody or ejabberd");
	e2e__exit_end_case();
}

E2E__FN const e2e_pair *e2e__pair_start(
	const char *file, int line, const char *first, const char *second)
{
	const char *dir = e2e_printf("%s/%s", e2e_tmpdir(), e2e_unique("pair")),
		   *certs = e2e_printf("%s/certs", dir);
	e2e_pair *p = (e2e_pair *)e2e__memory_alloc(sizeof *p);
	struct e2e__pair_side side[2];
	bool well;

	memset(side, 0, sizeof side);
	side[0].kind = e2e__pair_kind(file, line, first);
	side[1].kind = e2e__pair_kind(file, line, second);
	e2e__certs_made(file, line, certs, "a.test,b.test,127.0.0.1", false);
	for (int i = 0; i < 2; i++) {
		side[i].domain = i ? "b.test" : "a.test";
		side[i].dir = e2e_printf("%s/%s", dir, side[i].domain);
		side[i].s2s = e2e_port();
		side[!i].peer = e2e_proxy_to(e2e_printf("tcp:127.0.0.1:%d", side[i].s2s));
	}
	well = e2e__pair_spawn(side, certs, "b.test") &&
		e2e__pair_spawn(side + 1, certs, "a.test") && e2e__pair_ready(side, certs) &&
		e2e__pair_ready(side + 1, certs);
	if (!well)
		e2e__op_die_of(file, line, "e2e_server_pair", "not-ready",
			"two servers that federate couldn't be started",
			e2e_printf("their configuration is in %s", dir));
	p->a = side[0].server;
	p->b = side[1].server;
	p->to_b = side[0].peer;
	p->to_a = side[1].peer;
	p->process_a = side[0].process;
	p->process_b = side[1].process;
	return p;
}
