#pragma once

/* @system */

/* See e2e.h. */
#if defined __GNUC__ && !defined E2E_IMPLEMENT && !defined E2E__WARN
#pragma GCC system_header
#endif

#if defined E2E_PROC_H && !defined E2E_OPENSSL
#error "e2e_xmpp.h needs E2E_OPENSSL: include it before e2e_proc.h, or define E2E_OPENSSL on the command line"
#endif
#ifndef E2E_OPENSSL
#define E2E_OPENSSL 1
#endif
#include "e2e_proc.h"

#include <strophe.h>
#ifndef E2E_EXTERN
#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/socket.h>
#endif

/* libsodium's headers define __attribute__ away for tcc, which knows it. */
#if defined __TINYC__ && defined __attribute__
#undef __attribute__
#endif

/* @interface */

/* How to log in. Texts live until the end of the case. */
typedef struct e2e_account {
	/* bare: user@domain, or the domain alone before SASL ANONYMOUS gave a user */
	const char *jid;
	const char *password; /* NULL: SASL ANONYMOUS */
	const char *host;     /* where to connect */
	int port;             /* 0: by the domain's SRV records, then 5222 */
	const char *ca_file;  /* PEM of the authority to trust; NULL: the system's */
} e2e_account;

/* How the server's certificate is judged; zero members mean the default. */
typedef struct e2e_tls {
	bool no_verify;        /* any certificate will do; wins over pins */
	const char *pin_store; /* path of {"host": ["base64", ...]} */
	int pin_type;          /* 0: public key, 1: certificate */
	bool off;              /* no TLS at all, whatever the server offers */
	bool direct;           /* TLS from the first byte (XEP-0368) instead of STARTTLS */
} e2e_tls;

typedef struct e2e_client e2e_client;
typedef struct e2e_provisioner e2e_provisioner;
typedef struct e2e_xmpp_server e2e_xmpp_server;

/* A provisioner of your own. Functions may be NULL, but for make_client. false ends the case (in
 * configure and initialise: skips it) with what `error` says. */
struct e2e_provisioner {
	const char *name; /* for [global] provisioner= */
	bool (*configure)(e2e_provisioner *self,
		const char *section); /* once a process: read its section with e2e_config */
	bool (*initialise)(e2e_provisioner *self); /* after that, before a case's first client */
	bool (*setup)(e2e_provisioner *self);      /* before the first client of each case */
	/* fills in client->account and ->tls, before it connects; they hold what its section says
	 * of TLS already */
	bool (*make_client)(e2e_provisioner *self, e2e_client *client);
	void (*teardown)(e2e_provisioner *self); /* at the end of the case, after its clients */
	void (*finalise)(e2e_provisioner *self); /* after that; it has 10 s */
	const char *error;                       /* why it returned false */
	/* the server to be asked what it can; NULL: of the account */
	const char *domain;
	bool keep_accounts; /* accounts are used again: clear them after use */
	void *arg;          /* yours */
	/* Once a run, however many programs and cases it has, before initialise: starts a server
	 * that they share, as the start() of e2e_service does (it has to spawn something), and
	 * returns an address, any text without a line feed. NULL ends the case. */
	const char *(*start)(e2e_provisioner *self);
	const char *address; /* what start returned; NULL: there's no start */
	e2e_provisioner *next;
};

struct e2e_client {
	xmpp_conn_t *conn;   /* libstrophe's own */
	xmpp_ctx_t *ctx;     /* one for all clients of a case */
	const char *jid;     /* full: user@domain/resource; the address that reaches this client */
	const char *name;    /* in transcripts: client-1, client-2, ... */
	e2e_account account; /* for other programs */
	e2e_tls tls;
	void *arg; /* yours */
	struct e2e__xmpp_own *own;
};

/* What may be asked of a connection; zero members mean the default. */
typedef struct e2e_client_opts {
	/* "away", "chat", "dnd", "xa"; default available; "none": none is sent */
	const char *presence;
	const char *resource;                           /* default: the server's choice */
	void (*prepare)(e2e_client *client, void *arg); /* called before it connects */
	void *arg;                                      /* for prepare; also client->arg */
	/* this one; zero members are filled from the provisioner's */
	const e2e_account *account;
	/* where: one that e2e_require_servers, e2e_server_pair or e2e_private_server returned;
	 * default the first host of the config */
	const e2e_xmpp_server *server;
	/* instead of the provisioner's (see "TLS") */
	const e2e_tls *tls;
	bool resumable; /* stream management (XEP-0198): e2e_reconnect resumes the session */
	double timeout; /* seconds for all of connecting; default e2e_xmpp_timeout's */
	/* a raw client: how far it goes by itself, one of E2E_BEFORE_... (see "Raw clients");
	 * 0: it logs in */
	int until;
} e2e_client_opts;

/* Where a raw client stops. */
enum {
	E2E_BEFORE_TLS = 1, /* its stream is open, without TLS */
	E2E_BEFORE_AUTH,    /* under TLS, unless the config says no_tls */
	E2E_BEFORE_BIND     /* authenticated, by the account */
};

/* libstrophe's stanza: all of xmpp_stanza_get_... works with it. Those that functions here return
 * are freed at the end of the case; don't release them. */
typedef xmpp_stanza_t e2e_stanza;
