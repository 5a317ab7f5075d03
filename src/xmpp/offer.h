#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "servers.h"
#include "provision.h"

/* @manual What private servers offer besides
 *	const e2e_xmpp_server *s = e2e_private_server();
 *	e2e_run("curl", "-d", "<body .../>", s->bosh);      BOSH (XEP-0124) and WebSocket (RFC 7395)
 *	e2e_spawn("./gateway", "--port", e2e_printf("%d", s->component_port), "--secret",
 *		s->component_secret, "--domain", e2e_private_component());          XEP-0114
 *	Both servers have all of it, without TLS and on this machine only: s->bosh and
 *	s->websocket are URLs, and files go to what
 *	e2e_require_feature("urn:xmpp:http:upload:0") returns (XEP-0363). Each call of
 *	e2e_private_component() gives a domain of its own, so that tests that run at once don't
 *	take each other's. Archives (XEP-0313) cost every message, so that they are there for
 *	who asks: e2e_private_modules("mam").
 */

/* @interface */

/* A server. Texts live until the end of the case. */
struct e2e_xmpp_server {
	const char *name;             /* "prosody", "ejabberd"; NULL: one that ran before */
	const char *domain;           /* whose users clients are */
	const char *host;             /* where it listens */
	int port, direct_port;        /* for STARTTLS; for TLS from the first byte; 0: by SRV */
	const char *ca_file;          /* PEM of its authority; NULL: the config says */
	const char *bosh, *websocket; /* URLs; NULL: it has none */
	int component_port;           /* for components (XEP-0114); 0: it takes none */
	const char *component_secret; /* their password */
	bool open;                    /* any name with any password logs in */
};

/* The private server of this case, started if need be. Skips the case where its clients log in
 * elsewhere. */
#define e2e_private_server() e2e__offer_server(E2E__AT)
/* A domain that nobody else uses, and that a component may have at the private server from now
 * on. */
#define e2e_private_component() e2e__offer_component(E2E__AT)

E2E__FN const e2e_xmpp_server *e2e__offer_server(const char *file, int line);
E2E__FN const char *e2e__offer_component(const char *file, int line);

/* @implementation */

/* A word to the ear that a private Prosody has for us: what takes it time is there when somebody
 * wants it. ear: its port; 0: the server has all from the beginning. */
E2E__FN void e2e__offer_tell(const char *file, int line, int ear, const char *word)
{
	const char *to = e2e_printf("tcp:127.0.0.1:%d", ear);
	char answer[8];
	int fd = ear ? e2e_try_dial(to, e2e__loop_step()) : -1;
	size_t n = strlen(word);
	bool done = fd >= 0 && write(fd, word, n) == (ssize_t)n && read(fd, answer, 1) == 1;

	if (fd >= 0)
		close(fd);
	if (ear && !done)
		e2e__op_die_of(file, line, "e2e_private_server", "network",
			e2e_printf("the private server didn't answer \"%.*s\" at %s",
				(int)strcspn(word, "\n"), word, to),
			"its log is in the failure, or in e2e_run_dir()");
}

/* Its address, and the ports that its folder names. */
E2E__FN const e2e_xmpp_server *e2e__offer_find(int ports[3])
{
	const char *server = (const char *)e2e__xmpp.chosen->arg, *address, *text;
	e2e_xmpp_server *s = (e2e_xmpp_server *)e2e__memory_alloc(sizeof *s);
	bool prosody = strcmp(server, "prosody") == 0;

	address = e2e__provision_local_address(server);
	s->name = server;
	s->domain = "localhost";
	s->open = true;
	s->host = "127.0.0.1";
	s->port = atoi(address);
	s->direct_port = atoi(strrchr(address, ' ') + 1);
	s->ca_file = strchr(address, ' ') + 1;
	s->ca_file = e2e_printf("%.*s", (int)(strrchr(address, ' ') - s->ca_file), s->ca_file);
	text = e2e__file_read(e2e_printf("%.*s/../ports",
				      (int)(strrchr(s->ca_file, '/') - s->ca_file), s->ca_file),
		NULL);
	if (!text || sscanf(text, "%d %d %d", ports, ports + 1, ports + 2) != 3)
		e2e_bail_out(
			"the private %s has no list of its ports beside %s", server, s->ca_file);
	s->bosh = e2e_printf("http://127.0.0.1:%d/%s", ports[0], prosody ? "http-bind" : "bosh");
	s->websocket =
		e2e_printf("ws://127.0.0.1:%d/%s", ports[0], prosody ? "xmpp-websocket" : "ws");
	s->component_port = ports[1];
	s->component_secret = E2E__XMPP_SECRET;
	return s;
}

/* Ends or skips the case where there's none. */
E2E__FN const e2e_xmpp_server *e2e__offer_need(const char *file, int line, int ports[3])
{
	e2e__provision_ready(file, line);
	if (strcmp(e2e__xmpp.chosen->name, "local") != 0) {
		const char *name = e2e__xmpp.chosen->name;

		e2e__xmpp.depth = 0;
		e2e_skip("needs a private XMPP server: clients come from the provisioner %s", name);
		e2e__exit_end_case();
	}
	return e2e__offer_find(ports);
}

E2E__FN const e2e_xmpp_server *e2e__offer_server(const char *file, int line)
{
	const e2e_xmpp_server *s;
	int ports[3];

	e2e__op_enter_at(file, line);
	s = e2e__offer_need(file, line, ports);
	e2e__offer_tell(file, line, ports[2], "http\n");
	e2e__op_leave();
	return s;
}

E2E__FN const char *e2e__offer_component(const char *file, int line)
{
	const char *domain = e2e_printf("%s." E2E__XMPP_COMPONENTS, e2e__provision_random());
	int ports[3];

	e2e__op_enter_at(file, line);
	e2e__offer_need(file, line, ports);
	e2e__offer_tell(file, line, ports[2], e2e_printf("component %s\n", domain));
	e2e__op_leave();
	return domain;
}
