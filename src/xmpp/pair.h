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
 *	e2e_expect_stanza(juliet, E2E_MESSAGE, .body = "hello");
 *	e2e_proxy_fault(p->to_b, E2E_BOTH_WAYS, .down = true);
 *	Two private Prosodys with the domains a.test and b.test, started for this case, and
 *	federated (s2s, with TLS; each believes the other by dialback). What a's server opens to
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
 * prosody isn't installed; ends it where they can't be started. */
#define e2e_server_pair() e2e__pair_start(E2E__AT)
E2E__FN const e2e_pair *e2e__pair_start(const char *file, int line);

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
	const char *domain, *dir;
	int s2s;         /* its port for other servers */
	e2e_proxy *peer; /* where it finds the other one */
	e2e_proc *process;
	e2e_xmpp_server *server;
};

E2E__FN const char *e2e__pair_config(
	const struct e2e__pair_side *side, const char *certs, const char *other)
{
	return e2e_printf(
		"%s"
		"data_path = \"%s/data\"\n"
		"plugin_paths = { \"%s/plugins\" }\n"
		"log = { { levels = { min = \"info\" }, to = \"console\" } }\n"
		"interfaces = { \"127.0.0.1\" }\n"
		"c2s_ports = { 0 }\n"
		"c2s_direct_tls_ports = {}\n"
		"s2s_ports = { %d }\n"
		"http_ports = {}\n"
		"https_ports = {}\n"
		"modules_disabled = { \"posix\" }\n"
		"modules_enabled = { \"saslauth\", \"tls\", \"roster\", \"disco\", \"ping\", "
		"\"version\", \"dialback\", \"e2e_ready\", \"e2e_routes\" }\n"
		"storage = \"memory\"\n"
		"network_settings = { nagle = false }\n"
		"ssl = { key = \"%s/server.key\", certificate = \"%s/server.pem\", "
		"cafile = \"%s/ca.pem\" }\n"
		"c2s_require_encryption = true\n"
		"s2s_require_encryption = true\n"
		"s2s_secure_auth = false\n"
		"e2e_routes = { [\"%s\"] = %d }\n"
		"VirtualHost \"%s\"\n"
		"  authentication = \"insecure\"\n"
		"  insecure_open_authentication = \"Yes please, I know what I'm doing!\"\n",
		geteuid() ? "" : "run_as_root = true\n", side->dir, side->dir, side->s2s, certs,
		certs, certs, other, side->peer->port, side->domain);
}

/* Starts it; it isn't ready yet. */
E2E__FN bool e2e__pair_spawn(struct e2e__pair_side *side, const char *certs, const char *other)
{
	e2e_spawn_opts opts;

	memset(&opts, 0, sizeof opts);
	opts.name = side->domain;
	e2e__file_mkdirs(e2e_printf("%s/plugins", side->dir), 0700);
	e2e__file_mkdirs(e2e_printf("%s/data", side->dir), 0700);
	if (!e2e__server_put(
		    e2e_printf("%s/plugins/mod_e2e_ready.lua", side->dir), E2E__PROSODY_READY) ||
		!e2e__server_put(
			e2e_printf("%s/plugins/mod_e2e_routes.lua", side->dir), E2E__PAIR_ROUTES) ||
		!e2e__server_put(e2e_printf("%s/prosody.cfg.lua", side->dir),
			e2e__pair_config(side, certs, other)))
		return false;
	side->process = e2e_spawn_with(
		opts, "prosody", "-F", "--config", e2e_printf("%s/prosody.cfg.lua", side->dir));
	side->process->own->server = true;
	return true;
}

/* Waits until clients can log in. */
E2E__FN bool e2e__pair_ready(struct e2e__pair_side *side, const char *certs)
{
	const char *ready =
		e2e__server_wait_line(side->process, "E2E-READY ", "E2E-READY ", side->dir);
	e2e_xmpp_server *s = (e2e_xmpp_server *)e2e__memory_alloc(sizeof *s);

	side->server = s;
	s->name = "prosody";
	s->domain = side->domain;
	s->open = true;
	s->host = "127.0.0.1";
	s->port = ready ? atoi(ready) : 0;
	s->ca_file = e2e_printf("%s/ca.pem", certs);
	return s->port > 0;
}

E2E__FN const e2e_pair *e2e__pair_start(const char *file, int line)
{
	const char *dir = e2e_printf("%s/%s", e2e_tmpdir(), e2e_unique("pair")),
		   *certs = e2e_printf("%s/certs", dir);
	e2e_pair *p = (e2e_pair *)e2e__memory_alloc(sizeof *p);
	struct e2e__pair_side side[2];
	bool well;

	if (!e2e__provision_local_installed("prosody")) {
		e2e_skip("needs prosody for two servers that federate; it isn't installed");
		e2e__exit_end_case();
	}

	memset(side, 0, sizeof side);
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
