/* e2e: libstrophe openssl libsodium */
/* What private servers offer besides: files by HTTP, BOSH, WebSocket, components. On Prosody; offer_ejabberd.c runs the same there. */
#include "e2e_xmpp.h"
#include <regex.h>
#ifdef OFFER_ON_EJABBERD
#include "on_ejabberd.h"
#endif

/* All that comes until this is there or the other side has closed. */
static const char *until(int fd, const char *pattern)
{
	static char got[8192];
	size_t n = 0;
	ssize_t more = 1;
	regex_t re;

	e2e_must(e2e_is_int(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0));
	for (got[0] = 0; n < sizeof got - 1 && more > 0 && regexec(&re, got, 0, NULL, 0); got[n] = 0) {
		more = read(fd, got + n, sizeof got - 1 - n);
		n += more > 0 ? (size_t)more : 0;
	}
	regfree(&re);
	return got;
}

static const char *said(int port, const char *request, const char *awaited)
{
	int fd = e2e_dial(e2e_printf("tcp:127.0.0.1:%d", port));

	e2e_must(e2e_is_int(write(fd, request, strlen(request)), (int)strlen(request)));
	return until(fd, awaited);
}

/* The port and the path of a URL. */
static int port_of(const char *url)
{
	return atoi(strrchr(url, ':') + 1);
}

static const char *path_of(const char *url)
{
	return strchr(strstr(url, "//") + 2, '/');
}

E2E_TEST(sessions_by_bosh)
{
	const e2e_xmpp_server *s = e2e_private_server();
	const char *body = "<body xmlns='http://jabber.org/protocol/httpbind' to='localhost' rid='1' hold='1' wait='60' ver='1.6' "
			   "xml:lang='en' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'/>";

	e2e_like(s->bosh, "^http://127\\.0\\.0\\.1:[0-9]+/");
	e2e_like(said(port_of(s->bosh),
		      e2e_printf("POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s",
				 path_of(s->bosh), strlen(body), body),
		      "</body>"),
		 "<mechanism>");
}

E2E_TEST(sessions_by_websocket)
{
	const e2e_xmpp_server *s = e2e_private_server();

	e2e_like(s->websocket, "^ws://127\\.0\\.0\\.1:[0-9]+/");
	e2e_like(said(port_of(s->websocket),
		      e2e_printf("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
				 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: xmpp\r\n"
				 "Sec-WebSocket-Version: 13\r\n\r\n",
				 path_of(s->websocket)),
		      "\r\n\r\n"),
		 "^HTTP/1.1 101 .*s3pPLMBiTxaQ9kYGzzhZRbK\\+xOo=");
}

E2E_TEST(files_by_http)
{
	const char *service = e2e_require_feature("urn:xmpp:http:upload:0"), *put, *get;
	e2e_client *c = e2e_client_connected();
	e2e_stanza *slot;

	e2e_require_command("curl");
	slot = e2e_iq(c, e2e_xml(c, "<iq type='get' to='%s'><request xmlns='urn:xmpp:http:upload:0' filename='a.txt' "
				    "size='9' content-type='text/plain'/></iq>",
				 service));
	put = e2e_get(slot, "slot/put@url");
	get = e2e_get(slot, "slot/get@url");
	e2e_must(e2e_ok(put && get, "%s", e2e_stanza_text(slot)));
	e2e_is_int(e2e_run_with((e2e_spawn_opts){.stdin_text = "a message"}, "curl", "-sf", "-H",
				e2e_printf("Authorization: %s", e2e_get(slot, "slot/put/header") ? e2e_get(slot, "slot/put/header") : ""),
				"-H", "Content-Type: text/plain", "-H", "Content-Length: 9", "-X", "PUT", "--data-binary", "@-", put)
			   .status,
		   0);
	e2e_is_str(e2e_run("curl", "-sf", get).out, "a message");
}

/* The answer to a stream's header, by XEP-0114. */
static const char *handshake(const char *header, const char *secret)
{
	const char *id = strstr(header, " id=") ? strstr(header, " id=") + 5 : "";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	const char *text = e2e_printf("%.*s%s", (int)strcspn(id, "'\""), id, secret);
	char hex[2 * EVP_MAX_MD_SIZE + 1] = "";

	EVP_Digest(text, strlen(text), digest, &size, EVP_sha1(), NULL);
	sodium_bin2hex(hex, sizeof hex, digest, size);
	return e2e_printf("<handshake>%s</handshake>", hex);
}

/* A component of the domain, logged in. */
static int component(const e2e_xmpp_server *s, const char *domain)
{
	int fd = e2e_dial(e2e_printf("tcp:%s:%d", s->host, s->component_port));
	const char *text = e2e_printf("<stream:stream xmlns='jabber:component:accept' "
				      "xmlns:stream='http://etherx.jabber.org/streams' to='%s'>",
				      domain);

	e2e_must(e2e_is_int(write(fd, text, strlen(text)), (int)strlen(text)));
	text = handshake(until(fd, "<stream:stream[^>]*>"), s->component_secret);
	return e2e_must(e2e_is_int(write(fd, text, strlen(text)), (int)strlen(text))), fd;
}

E2E_TEST(components)
{
	const e2e_xmpp_server *s = e2e_private_server();
	const char *domain = e2e_private_component(), *other = e2e_private_component(), *text;
	e2e_client *c = e2e_client_connected();
	int fd;

	e2e_isnt_str(domain, other);
	fd = component(s, domain);
	e2e_like(until(fd, "handshake"), "<handshake");
	e2e_message(c, e2e_printf("somebody@%s", domain), "are you there?");
	e2e_like(until(fd, "</message>"), "are you there");
	text = e2e_printf("<message from='somebody@%s' to='%s'><body>here</body></message>", domain, c->jid);
	e2e_is_int(write(fd, text, strlen(text)), (int)strlen(text));
	e2e_is_str(e2e_body(e2e_expect_stanza(c, E2E_MESSAGE, .from = e2e_printf("somebody@%s", domain))), "here");
}

#ifndef OFFER_ON_EJABBERD
E2E_TEST(inner_is_elsewhere)
{
	if (!getenv("INNER")) {
		e2e_pass("another case runs it");
		return;
	}
	e2e_private_server();
	e2e_fail("it has one");
}

E2E_TEST(servers_elsewhere)
{
	const char *path = e2e_printf("%s/any.ini", e2e_tmpdir());
	FILE *f = fopen(path, "w");
	e2e_result r;

	e2e_must(e2e_ok(f && fputs("[global]\nprovisioner=any\n[any]\nhost=127.0.0.1\nport=9\n", f) >= 0 && fclose(f) == 0));
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_SERVER", "E2E_RUN_DIR")}, "/proc/self/exe", "-k", "^inner_is",
			 "--config", path);
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "# SKIP needs a private XMPP server: clients come from the provisioner any");
}
#endif

E2E_MAIN()
