/* e2e: libstrophe openssl libsodium */
/* xmpp_shims.c - do three XMPP libraries understand each other? libstrophe, aioxmpp and slixmpp, each with each, on each server.
 *
 * A shim is a little program that sends or receives with one library (e2e_interop in e2e_proc.h says how it is called). The one
 * for libstrophe is in this file: the program starts itself. The others are shims/xmpp_aioxmpp.py and shims/xmpp_slixmpp.py; a
 * library that isn't installed is left out.
 *
 *	examples/xmpp_shims.t --server prosody,ejabberd         both servers
 *	examples/xmpp_shims.t --include-shim libstrophe         libstrophe with itself */
#include "e2e_xmpp.h"

/* ---- the shim: send NODE QUEUE KEY JSON | receive NODE QUEUE KEY COUNT ---- */

struct shim {
	const char *const *arg; /* role, node, queue, key, last */
	xmpp_ctx_t *ctx;
	const char *values[64];
	size_t n;
};

static int heard(xmpp_conn_t *conn, xmpp_stanza_t *message, void *arg)
{
	struct shim *s = (struct shim *)arg;
	char *body = xmpp_message_get_body(message);

	if (body && s->n < 64)
		s->values[s->n++] = body; /* one value, as JSON */
	if (s->n == (size_t)atoi(s->arg[4]))
		xmpp_disconnect(conn);
	return 1;
}

static void happened(xmpp_conn_t *conn, xmpp_conn_event_t event, int error, xmpp_stream_error_t *why, void *arg)
{
	struct shim *s = (struct shim *)arg;
	xmpp_stanza_t *presence;

	(void)error, (void)why;
	if (event != XMPP_CONN_CONNECT) {
		xmpp_stop(s->ctx);
		return;
	}
	presence = xmpp_presence_new(s->ctx);
	xmpp_send(conn, presence);
	xmpp_stanza_release(presence);
	if (!strcmp(s->arg[0], "receive")) {
		xmpp_handler_add(conn, heard, NULL, "message", NULL, s);
		printf("ready\n");
		fflush(stdout);
		return;
	}
	for (size_t i = 0; i < s->n; i++) {
		xmpp_stanza_t *message =
		    xmpp_message_new(s->ctx, "chat", e2e_printf("%s@localhost", s->arg[2]), NULL);

		xmpp_message_set_body(message, s->values[i]);
		xmpp_send(conn, message);
		xmpp_stanza_release(message);
	}
	xmpp_disconnect(conn);
}

/* The elements of a JSON array of strings, each still as JSON. */
static void split(struct shim *s, const char *json)
{
	for (const char *p = strchr(json, '"'), *end; p && s->n < 64; p = strchr(end + 1, '"')) {
		for (end = p + 1; *end && *end != '"'; end++)
			end += *end == '\\';
		s->values[s->n++] = e2e_printf("%.*s", (int)(end + 1 - p), p);
	}
}

static int shim(const char *const *arg)
{
	struct shim s = {.arg = arg};
	const char *colon = strrchr(arg[1], ':');
	xmpp_conn_t *conn;

	xmpp_initialize();
	s.ctx = xmpp_ctx_new(NULL, NULL);
	conn = xmpp_conn_new(s.ctx);
	if (!strcmp(arg[0], "send"))
		split(&s, arg[4]);
	xmpp_conn_set_flags(conn,
			    XMPP_CONN_FLAG_MANDATORY_TLS | XMPP_CONN_FLAG_TRUST_TLS | XMPP_CONN_FLAG_DISABLE_SM);
	xmpp_conn_set_jid(conn, e2e_printf("%s%s@localhost", arg[0][0] == 's' ? "sender-" : "", arg[2]));
	xmpp_conn_set_pass(conn, "any will do");
	if (xmpp_connect_client(conn, e2e_printf("%.*s", (int)(colon - arg[1]), arg[1]),
				(unsigned short)atoi(colon + 1), happened, &s))
		return 1;
	xmpp_run(s.ctx);
	if (arg[0][0] == 'r') {
		printf("%s\n[", arg[3]);
		for (size_t i = 0; i < s.n; i++)
			printf("%s%s", i ? "," : "", s.values[i]);
		printf("]\n");
	}
	return 0;
}

/* ---- the test ---- */

#define PYTHON(name) E2E_ARGV("/usr/bin/python3", "examples/shims/xmpp_" name ".py", "send")
#define PYTHON_RECEIVE(name) E2E_ARGV("/usr/bin/python3", "examples/shims/xmpp_" name ".py", "receive")

E2E_TEST(strings)
{
	const e2e_shim all[] = {
	    {.name = "libstrophe",
	     .send = E2E_ARGV("/proc/self/exe", "shim", "send"),
	     .receive = E2E_ARGV("/proc/self/exe", "shim", "receive")},
	    {.name = "aioxmpp", .send = PYTHON("aioxmpp"), .receive = PYTHON_RECEIVE("aioxmpp"), .noisy = true},
	    {.name = "slixmpp", .send = PYTHON("slixmpp"), .receive = PYTHON_RECEIVE("slixmpp"), .noisy = true},
	};
	const e2e_message messages[] = {
	    {.name = "plain", .json = "[\"hello\"]"},
	    {.name = "markup", .json = "[\"<&>'\", \"]]>\", \"&amp;\"]"},
	    {.name = "unicode", .json = "[\"\u00e4\u4e16\u754c\", \"\\u00e9\"]"},
	};
	e2e_client *c = e2e_client_connected(); /* so that there is a server that takes any password */
	e2e_shim shims[3];
	size_t n = 0;

	for (size_t i = 0; i < 3; i++)
		if (!i || !e2e_run("/usr/bin/python3", "-c", e2e_printf("import %s", all[i].name)).status)
			shims[n++] = all[i];
	e2e_interop(shims, n, messages, 3, e2e_printf("%s:%d", c->account.host, c->account.port));
}

int main(int argc, char **argv)
{
	if (argc == 7 && !strcmp(argv[1], "shim"))
		return shim((const char *const *)argv + 2);
	return e2e_main(argc, argv);
}
