/* kv.c - a plugin that keeps words under names, as its host starts it.
 *
 * It wants a cookie in its environment, prints one line of handshake (core|app|network|address|protocol|certificate,
 * the convention of HashiCorp's go-plugin), and serves until SIGTERM: `put NAME VALUE`, `get NAME`, `count`, `bye`.
 * Whatever goes wrong is `error CODE: what happened (hint: what to do)`, on stderr before the handshake and as an
 * answer behind it.
 *
 *	KV_COOKIE      must be the cookie
 *	KV_NETWORK     unix (default) or tcp
 *	KV_ADDRESS     the socket's path, or the port; default: one in $TMPDIR, or a free one
 *	KV_NAMES       how many names it keeps at most; default 1000
 *	KV_LOG         quiet (default) or debug
 *	KV_CERT, KV_KEY, KV_CA   TLS with this certificate, for clients with one of this authority */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char cookie[] = "open sesame";

struct entry {
	char *name, *value;
	struct entry *next;
};
static struct entry *entries;
static size_t names, most = 1000;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static SSL_CTX *tls;
static bool debugging;

static void debug(const char *fmt, ...)
{
	va_list ap;

	if (!debugging)
		return;
	va_start(ap, fmt);
	fputs("kv: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

/* Before the handshake: each kind of mistake has its code, and its exit status. */
static void refuse(int status, const char *code, const char *what, const char *hint)
{
	fprintf(stderr, "kv: error %s: %s (hint: %s)\n", code, what, hint);
	exit(status);
}

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

/* --- what it keeps --- */

static void put(const char *name, const char *value, char *answer, size_t size)
{
	struct entry *e = entries;

	while (e && strcmp(e->name, name) != 0)
		e = e->next;
	if (!e && names >= most) {
		snprintf(answer, size,
			"error FULL: %zu names are kept already (hint: start it with a greater KV_NAMES)",
			names);
		return;
	}
	if (!e) {
		e = calloc(1, sizeof *e);
		e->name = strdup(name);
		e->next = entries;
		entries = e;
		names++;
	}
	free(e->value);
	e->value = strdup(value);
	snprintf(answer, size, "ok");
}

static void get(const char *name, char *answer, size_t size)
{
	const struct entry *e = entries;

	while (e && strcmp(e->name, name) != 0)
		e = e->next;
	if (e)
		snprintf(answer, size, "value %s", e->value);
	else
		snprintf(answer, size,
			"error NAME_UNKNOWN: nothing is kept under '%.200s' (hint: put it first)",
			name);
}

/* False: the client takes its leave. */
static bool obey(char *line, char *answer, size_t size)
{
	char *name = strchr(line, ' '), *value = name ? strchr(name + 1, ' ') : NULL;

	debug("asked: %s", line);
	if (strcmp(line, "bye") == 0)
		return false;
	if (name)
		*name++ = 0;
	if (value)
		*value++ = 0;
	pthread_mutex_lock(&lock);
	if (strcmp(line, "put") == 0 && value)
		put(name, value, answer, size);
	else if (strcmp(line, "get") == 0 && name && !value)
		get(name, answer, size);
	else if (strcmp(line, "count") == 0 && !name)
		snprintf(answer, size, "value %zu", names);
	else
		snprintf(answer, size,
			"error COMMAND_UNKNOWN: '%.200s' is no command, or has other arguments "
			"(hint: put NAME VALUE, get NAME, count, bye)",
			line);
	pthread_mutex_unlock(&lock);
	return true;
}

/* --- one connection, with TLS or without --- */

struct peer {
	int fd;
	SSL *ssl;
};

static ssize_t receive(struct peer *p, char *bytes, size_t size)
{
	return p->ssl ? SSL_read(p->ssl, bytes, (int)size) : read(p->fd, bytes, size);
}

static bool reply(struct peer *p, const char *answer)
{
	char line[8200];
	int n = snprintf(line, sizeof line, "%s\n", answer);

	return p->ssl ? SSL_write(p->ssl, line, n) == n : write(p->fd, line, (size_t)n) == n;
}

static void converse(struct peer *p)
{
	char line[4096], answer[8192];
	size_t n = 0;
	ssize_t got;

	while ((got = receive(p, line + n, sizeof line - 1 - n)) > 0) {
		char *end;

		n += (size_t)got;
		line[n] = 0;
		while ((end = strchr(line, '\n')) != NULL) {
			*end = 0;
			if (!obey(line, answer, sizeof answer) || !reply(p, answer))
				return;
			n -= (size_t)(end + 1 - line);
			memmove(line, end + 1, n + 1);
		}
		if (n == sizeof line - 1) {
			reply(p,
				"error LINE_TOO_LONG: a line has at most 4094 bytes (hint: put less at once)");
			return;
		}
	}
}

static void *serve(void *arg)
{
	struct peer p = {*(int *)arg, NULL};

	free(arg);
	if (tls) {
		p.ssl = SSL_new(tls);
		SSL_set_fd(p.ssl, p.fd);
	}
	if (!p.ssl || SSL_accept(p.ssl) == 1)
		converse(&p);
	else /* always said: somebody who should not is at the door */
		fprintf(stderr, "kv: refused a client: %s\n",
			X509_verify_cert_error_string(SSL_get_verify_result(p.ssl)));
	if (p.ssl) {
		SSL_shutdown(p.ssl);
		SSL_free(p.ssl);
	}
	close(p.fd);
	return NULL;
}

/* --- how it listens --- */

static int listen_unix(char *address, size_t size)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	const char *path = setting("KV_ADDRESS", NULL);

	if (path)
		snprintf(address, size, "%s", path);
	else
		snprintf(
			address, size, "%s/kv-%ld.sock", setting("TMPDIR", "/tmp"), (long)getpid());
	if (strlen(address) >= sizeof at.sun_path)
		refuse(4, "LISTEN", "the socket's path is too long",
			"KV_ADDRESS names a shorter one");
	strcpy(at.sun_path, address);
	umask(077);
	return fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 ? fd : -1;
}

static int listen_tcp(char *address, size_t size)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t length = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	snprintf(address, size, "127.0.0.1:%s", setting("KV_ADDRESS", "0"));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = htons((unsigned short)atoi(setting("KV_ADDRESS", "0")));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 64) != 0)
		return -1;
	getsockname(fd, (struct sockaddr *)&at, &length);
	snprintf(address, size, "127.0.0.1:%d", ntohs(at.sin_port));
	return fd;
}

static int start_listening(const char *network, char *address, size_t size)
{
	char why[300];
	int fd;

	if (strcmp(network, "unix") != 0 && strcmp(network, "tcp") != 0)
		refuse(3, "SETTING", "KV_NETWORK is neither unix nor tcp",
			"leave it away for unix");
	fd = *network == 'u' ? listen_unix(address, size) : listen_tcp(address, size);
	if (fd >= 0 && listen(fd, 64) == 0)
		return fd;
	snprintf(why, sizeof why, "can't listen at %.200s: %s", address, strerror(errno));
	refuse(4, "LISTEN", why, "without KV_ADDRESS it takes one that is free");
	return -1;
}

/* --- TLS --- */

static void load_tls(const char *cert)
{
	const char *key = setting("KV_KEY", ""), *ca = setting("KV_CA", "");

	tls = SSL_CTX_new(TLS_server_method());
	if (SSL_CTX_use_certificate_chain_file(tls, cert) != 1 ||
		SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1 ||
		SSL_CTX_check_private_key(tls) != 1)
		refuse(5, "TLS_PAIR", "KV_CERT and KV_KEY are no pair",
			"name the key that the certificate was made for");
	if (SSL_CTX_load_verify_locations(tls, ca, NULL) != 1)
		refuse(5, "TLS_CA", "KV_CA is no certificate",
			"name the file of the clients' authority");
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

/* The handshake's sixth field: the server's certificate, DER in base64, so that the host can pin it. */
static const char *own_certificate(void)
{
	static unsigned char text[8192];
	unsigned char *der = NULL;
	int n = tls ? i2d_X509(SSL_CTX_get0_certificate(tls), &der) : 0;

	if (n > 0 && n < 6000)
		EVP_EncodeBlock(text, der, n);
	OPENSSL_free(der);
	return (const char *)text;
}

/* --- from the start to the end --- */

static void *accept_all(void *arg)
{
	int listener = *(int *)arg, fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		pthread_t thread;
		int *given = malloc(sizeof *given);

		*given = fd;
		debug("a client has come");
		if (pthread_create(&thread, NULL, serve, given) == 0)
			pthread_detach(thread);
		else
			serve(given);
	}
	return NULL;
}

static void read_settings(void)
{
	const char *given = setting("KV_COOKIE", ""), *log = setting("KV_LOG", "quiet");
	long n = strtol(setting("KV_NAMES", "1000"), NULL, 10);

	if (strlen(given) != strlen(cookie) || CRYPTO_memcmp(given, cookie, strlen(cookie)) != 0)
		refuse(2, "COOKIE", "this is a plugin, and KV_COOKIE isn't its cookie",
			"let its host start it");
	if (n < 1)
		refuse(3, "SETTING", "KV_NAMES is no number from 1 on", "leave it away for 1000");
	most = (size_t)n;
	debugging = strcmp(log, "debug") == 0;
	if (!debugging && strcmp(log, "quiet") != 0)
		refuse(3, "SETTING", "KV_LOG is neither quiet nor debug",
			"leave it away for quiet");
	if (setting("KV_CERT", NULL))
		load_tls(setting("KV_CERT", NULL));
}

int main(void)
{
	const char *network = setting("KV_NETWORK", "unix");
	char address[300];
	pthread_t thread;
	sigset_t ends;
	int listener, got;

	/* at exit its threads may still be in OpenSSL */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
	read_settings();
	listener = start_listening(network, address, sizeof address);

	/* All threads leave the signals to this one. */
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGPIPE); /* who hangs up is no reason to end */
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	sigdelset(&ends, SIGPIPE);
	pthread_create(&thread, NULL, accept_all, &listener);

	printf("1|2|%s|%s|kv%s%s\n", network, address, tls ? "|" : "", own_certificate());
	fflush(stdout);
	sigwait(&ends, &got);
	if (*network == 'u')
		unlink(address);
	exit(0);
}
