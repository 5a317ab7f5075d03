#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "provision.h"
#include "offer.h"
#include "clients.h"
#include "pair.h"

/* @manual Several hosts
 *	const e2e_xmpp_server *const *s = e2e_require_servers(2);
 *	e2e_client *romeo = e2e_client_at(s[0]), *juliet = e2e_client_at(s[1]);
 *	e2e_client *at_work = e2e_client_connect((e2e_client_opts){.server = s[1], .presence = "dnd"});
 *	A case that needs users of several domains says so by this guard. With private servers s[0]
 *	and s[1] are two that federate (see "Two servers that talk to each other"); of servers that
 *	run already the config names the further ones in hosts=, by their domains:
 *	  [static]                 [capulet.example]
 *	  host=montague.example    host=192.0.2.7
 *	  hosts=["capulet.example"]  ca_file=capulet.pem
 *	  accounts=[("romeo", "pw"), ("juliet@capulet.example", "pw")]
 *	The section of a domain has its own host= (default: the domain) and port=; no_verify=,
 *	pin_store=, pin_type=, ca_file=, no_tls=, direct_tls=, admin= and admin_password= are those
 *	of the provisioner's section where it doesn't say otherwise. Without such a section the
 *	domain's SRV records decide. e2e_client_connected() and all guards are about the first host.
 */

/* @interface */

/* Guard: at least n servers whose users reach each other, the first host before the others; s[i] is
 * NULL behind the last. Skips the case where there are fewer. */
#define e2e_require_servers(n) e2e__hosts_require(E2E__AT, n)

E2E__FN const e2e_xmpp_server *const *e2e__hosts_require(const char *file, int line, size_t n);

/* @implementation */

/* The server of the config that e2e__xmpp.place says. */
E2E__FN const e2e_xmpp_server *e2e__hosts_one(void)
{
	e2e_xmpp_server *s = (e2e_xmpp_server *)e2e__memory_alloc(sizeof *s);
	const char *place = e2e__xmpp.place;

	s->domain = place ? place : e2e__provision_first_domain();
	s->host = e2e__literal_setting("host", s->domain);
	s->port = e2e__literal_flag("direct_tls") ? 0 : e2e__literal_port();
	s->direct_port = e2e__literal_flag("direct_tls") ? e2e__literal_port() : 0;
	s->ca_file = e2e__literal_setting("ca_file", NULL);
	return s;
}

/* All of the config. */
E2E__FN size_t e2e__hosts_of_config(const e2e_xmpp_server ***list)
{
	const char *const *place = e2e__provision_hosts();
	size_t n = 0;

	while (place && place[n])
		n++;
	*list = (const e2e_xmpp_server **)e2e__memory_alloc((n + 2) * sizeof **list);
	for (size_t i = 0; i <= n; i++) {
		e2e__xmpp.place = i ? place[i - 1] : NULL;
		(*list)[i] = e2e__hosts_one();
	}
	e2e__xmpp.place = NULL;
	return n + 1;
}

/* Private ones: the case's own where one is enough. */
E2E__FN size_t e2e__hosts_private(
	const char *file, int line, size_t n, const e2e_xmpp_server ***list)
{
	const e2e_pair *pair;

	*list = (const e2e_xmpp_server **)e2e__memory_alloc(3 * sizeof **list);
	if (n < 2) {
		(*list)[0] = e2e__offer_server(file, line);
		return 1;
	}
	pair = e2e__pair_start(file, line, NULL, NULL);
	(*list)[0] = pair->a;
	(*list)[1] = pair->b;
	return 2;
}

/* Why there aren't as many. */
E2E__FN const char *e2e__hosts_lack(size_t has)
{
	const char *name = e2e__xmpp.chosen->name;

	if (strcmp(name, "local") == 0)
		return "of private ones two federate";
	if (!has)
		return e2e_printf("the provisioner %s has one", name);
	return e2e_printf(
		"the config has %zu; hosts= of [%s] names further ones", has, e2e__xmpp.section);
}

E2E__FN const e2e_xmpp_server *const *e2e__hosts_require(const char *file, int line, size_t n)
{
	const e2e_xmpp_server **list = NULL;
	size_t has = 0;

	e2e__op_enter_at(file, line);
	e2e__provision_ready(file, line);
	e2e__op_leave();
	if (e2e__provision_is_remote(e2e__xmpp.section))
		has = e2e__hosts_of_config(&list);
	else if (strcmp(e2e__xmpp.chosen->name, "local") == 0 && n <= 2)
		has = e2e__hosts_private(file, line, n, &list);
	if (has < n) {
		e2e_skip("needs %zu XMPP servers: %s", n, e2e__hosts_lack(has));
		e2e__exit_end_case();
	}

	return list;
}
