/* e2e: libstrophe openssl libsodium */
/* A script without cases whose client loses its connection as the last thing, and is not read any more: t/xmpp/faults.c looks at what
 * it says. Its first call begins it: what that
 * makes must all be the child's. It passes. */
#include "e2e_xmpp.h"

int main(void)
{
	e2e_client *peer = e2e_client_connected(), *c;
	e2e_proxy *px = e2e_proxy_to(e2e_printf("tcp:127.0.0.1:%d", peer->account.port));
	e2e_account through = {.host = "127.0.0.1", .port = px->port};
	struct pollfd p;

	c = e2e_client_connect((e2e_client_opts){.account = &through, .presence = "none"});
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .down = true);
	p.fd = c->own->fd;
	p.events = POLLIN;
	e2e_ok(poll(&p, 1, 20000) > 0, "its end has come");
	return e2e_done();
}
