#pragma once
#include "base.h"
#include "system.h"

/* @manual Certificates
 *	#define E2E_OPENSSL                            before the include; link -lssl -lcrypto
 *	const e2e_certificates *tls = e2e_certs(NULL, "localhost,127.0.0.1");
 *	e2e_spawn("openssl", "s_server", "-cert", tls->server, "-key", tls->server_key, "-CAfile",
 *		tls->ca, "-Verify", "1", ...);
 *
 *	Makes, in a few milliseconds, an authority of the case's own and what it signs (EC P-256,
 *	files of mode 0600): ca.pem; server.pem and server.key for the hosts; client.pem and
 *	client.key. And five pairs, NAME.pem with NAME.key, each fit for both sides but for one
 *	thing, to see that the other side minds:
 *	expired          ended yesterday                         not-yet-valid    begins tomorrow
 *	stranger         signed by stranger-ca.pem               self-signed      signed by itself
 *	wrong-host       for wrong-host.invalid only (nobody minds this in a client)
 *	Nothing is kept of the authorities' keys. The sixth bad case needs no file: a client without
 *	a certificate.
 */

/* @interface */

#ifdef E2E_OPENSSL
#ifdef E2E_EXTERN
/* Programs with TLS don't link with functions without it. */
extern const int e2e__openssl;
static const int *const e2e__needs_openssl __attribute__((used)) = &e2e__openssl;
#elif defined E2E_IMPLEMENT
extern const int e2e__openssl;
const int e2e__openssl = 1;
#endif
/* Paths of the files that nearly every test names; the others are in dir by their names (the manual
 * lists them). */
typedef struct e2e_certificates {
	const char *dir;
	const char *ca;
	const char *server, *server_key;
	const char *client, *client_key;
} e2e_certificates;

/* Makes the files in a folder (made if missing; NULL: one in e2e_tmpdir()). The hosts are names,
 * IPv4 and IPv6 addresses, separated by commas. Files that are there are replaced. The result lives
 * until the case's end, the files as long as the folder. Ends the case with the reason if a file or
 * certificate can't be made. */
#define e2e_certs(dir, hosts) e2e__certs(E2E__AT, dir, hosts)
E2E__FN const e2e_certificates *e2e__certs(
	const char *file, int line, const char *dir, const char *hosts);
/* all: not just the authority and the server. */
E2E__FN const e2e_certificates *e2e__certs_made(
	const char *file, int line, const char *dir, const char *hosts, bool all);
#endif

/* @implementation */

#ifdef E2E_OPENSSL

/* A certificate and its key; while they're made, `why` is the step that failed. */
struct e2e__identity {
	X509 *cert;
	EVP_PKEY *key;
};

enum e2e__cert_kind { E2E__CERT_CA, E2E__CERT_SERVER, E2E__CERT_CLIENT, E2E__CERT_BOTH };

struct e2e__certs_job {
	const char *file;
	int line;
	const char *dir, *hosts; /* hosts: as OpenSSL's extension wants them */
};

E2E__FN void e2e__certs_die(
	const struct e2e__certs_job *job, const char *what, const char *why, const char *hint)
{
	unsigned long code = ERR_get_error();

	if (!why)
		why = code ? ERR_error_string(code, NULL) : "out of memory";
	e2e__system_die_of(job->file, job->line, "e2e_certs", "certificates",
		e2e_printf("can't make %s: %s", what, why), hint);
}

/* "a.example,127.0.0.1" -> "DNS:a.example,IP:127.0.0.1". What isn't a host would be read as
 * OpenSSL's own syntax. */
E2E__FN const char *e2e__certs_hosts(const struct e2e__certs_job *job, const char *hosts)
{
	char *list = e2e__memory_strdup(hosts), *one, *end;
	const char *out = "";
	unsigned char buffer[16];

	for (one = list; one; one = end) {
		end = strchr(one, ',');
		if (end)
			*end++ = 0;
		one += strspn(one, " ");
		one[strcspn(one, " ")] = 0;
		if (!*one || one[strspn(one, E2E__ALNUM ".:*_-")])
			e2e__certs_die(job, "certificates",
				e2e_printf("%s is no list of hosts", e2e_quoted(hosts)),
				"names and addresses with commas between: \"localhost,127.0.0.1,::1\"");
		out = e2e_printf("%s%s%s:%s", out, *out ? "," : "",
			inet_pton(AF_INET, one, buffer) == 1 ||
					inet_pton(AF_INET6, one, buffer) == 1
				? "IP"
				: "DNS",
			one);
	}

	return out;
}

E2E__FN EVP_PKEY *e2e__cert_key(void)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);

	if (!ctx || EVP_PKEY_keygen_init(ctx) <= 0 ||
		EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1) <= 0 ||
		EVP_PKEY_CTX_set_ec_param_enc(ctx, OPENSSL_EC_NAMED_CURVE) <= 0 ||
		EVP_PKEY_keygen(ctx, &key) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

E2E__FN bool e2e__cert_extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool well;

	memset(&ctx, 0, sizeof ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	well = e && X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
	return well;
}

E2E__FN bool e2e__cert_names(X509 *cert, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(
		       subject, "O", MBSTRING_UTF8, (const unsigned char *)"e2e test", -1, -1, 0) &&
		X509_NAME_add_entry_by_txt(
			subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
}

E2E__FN bool e2e__cert_serial(X509 *cert)
{
	BIGNUM *n = BN_new();
	bool well = n && BN_rand(n, 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));

	BN_free(n);
	return well;
}

/* The extensions that strict verifiers (Python 3.13, Go) ask for. */
E2E__FN bool e2e__cert_extensions(
	X509 *cert, X509 *issuer, enum e2e__cert_kind kind, const char *hosts)
{
	static const char *const use[] = {
		NULL, "serverAuth", "clientAuth", "serverAuth,clientAuth"};

	if (kind == E2E__CERT_CA)
		return e2e__cert_extend(cert, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
			e2e__cert_extend(
				cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
			e2e__cert_extend(cert, issuer, NID_subject_key_identifier, "hash");
	return e2e__cert_extend(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
		e2e__cert_extend(cert, issuer, NID_key_usage, "critical,digitalSignature") &&
		e2e__cert_extend(cert, issuer, NID_ext_key_usage, use[kind]) &&
		e2e__cert_extend(cert, issuer, NID_subject_key_identifier, "hash") &&
		e2e__cert_extend(cert, issuer, NID_authority_key_identifier, "keyid") &&
		(kind == E2E__CERT_CLIENT ||
			e2e__cert_extend(cert, issuer, NID_subject_alt_name, hosts));
}

/* A certificate signed by `by` (NULL: by itself), valid between two days from now. */
E2E__FN struct e2e__identity e2e__cert_make(const struct e2e__certs_job *job, const char *name,
	const struct e2e__identity *by, enum e2e__cert_kind kind, const char *hosts, int from,
	int to)
{
	struct e2e__identity id;
	X509 *issuer;

	id.cert = X509_new();
	id.key = e2e__cert_key();
	issuer = by ? by->cert : id.cert;
	if (!id.cert || !id.key || !X509_set_version(id.cert, 2) || !e2e__cert_serial(id.cert) ||
		!X509_gmtime_adj(X509_getm_notBefore(id.cert), from * 86400L) ||
		!X509_gmtime_adj(X509_getm_notAfter(id.cert), to * 86400L) ||
		!X509_set_pubkey(id.cert, id.key) || !e2e__cert_names(id.cert, name) ||
		!X509_set_issuer_name(id.cert, X509_get_subject_name(issuer)) ||
		!e2e__cert_extensions(id.cert, issuer, kind, hosts) ||
		!X509_sign(id.cert, by ? by->key : id.key, EVP_sha256()))
		e2e__certs_die(job, e2e_printf("the certificate %s", name), NULL, NULL);
	return id;
}

/* Writes a whole file at once, so that no program sees half of it; nobody else may read it. */
E2E__FN void e2e__cert_write(const struct e2e__certs_job *job, const char *name, BIO *text)
{
	const char *path = e2e_printf("%s/%s", job->dir, name),
		   *part = e2e_printf("%s/%s.XXXXXX", job->dir, name);
	char *data = NULL;
	size_t size = (size_t)BIO_ctrl(text, BIO_CTRL_INFO, 0, &data);
	char *made = e2e__memory_strdup(part);
	int fd = mkstemp(made);

	if (fd < 0 || !e2e__file_write_whole(fd, data, size) || fchmod(fd, 0600) != 0 ||
		close(fd) != 0 || rename(made, path) != 0) {
		int error = errno;
		if (fd >= 0)
			unlink(made);
		e2e__certs_die(job, path, strerror(error), "is the folder writable?");
	}
}

/* NAME.pem, and NAME.key but for authorities. Frees the identity. */
E2E__FN void e2e__cert_save(
	const struct e2e__certs_job *job, const char *name, struct e2e__identity id, bool key)
{
	BIO *text = BIO_new(BIO_s_mem());

	if (!text || !PEM_write_bio_X509(text, id.cert))
		e2e__certs_die(job, name, NULL, NULL);
	e2e__cert_write(job, e2e_printf("%s.pem", name), text);
	BIO_free(text);
	if (key) {
		text = BIO_new(BIO_s_mem());
		if (!text || !PEM_write_bio_PrivateKey(text, id.key, NULL, NULL, 0, NULL, NULL))
			e2e__certs_die(job, name, NULL, NULL);
		e2e__cert_write(job, e2e_printf("%s.key", name), text);
		BIO_free(text);
	}

	X509_free(id.cert);
	EVP_PKEY_free(id.key);
}

/* All leaves but the server's. The good ones are valid since yesterday: clocks differ. */
E2E__FN void e2e__certs_leaves(const struct e2e__certs_job *job, const struct e2e__identity *ca,
	const struct e2e__identity *stranger)
{
	const char *away = "DNS:wrong-host.invalid";

	e2e__cert_save(job, "client",
		e2e__cert_make(job, "client", ca, E2E__CERT_CLIENT, NULL, -1, 365), true);
	e2e__cert_save(job, "expired",
		e2e__cert_make(job, "expired", ca, E2E__CERT_BOTH, job->hosts, -30, -1), true);
	e2e__cert_save(job, "not-yet-valid",
		e2e__cert_make(job, "not-yet-valid", ca, E2E__CERT_BOTH, job->hosts, 1, 365), true);
	e2e__cert_save(job, "wrong-host",
		e2e__cert_make(job, "wrong-host", ca, E2E__CERT_BOTH, away, -1, 365), true);
	e2e__cert_save(job, "stranger",
		e2e__cert_make(job, "stranger", stranger, E2E__CERT_BOTH, job->hosts, -1, 365),
		true);
	e2e__cert_save(job, "self-signed",
		e2e__cert_make(job, "self-signed", NULL, E2E__CERT_BOTH, job->hosts, -1, 365),
		true);
}

E2E__FN const e2e_certificates *e2e__certs(
	const char *file, int line, const char *dir, const char *hosts)
{
	return e2e__certs_made(file, line, dir, hosts, true);
}

E2E__FN const e2e_certificates *e2e__certs_made(
	const char *file, int line, const char *dir, const char *hosts, bool all)
{
	struct e2e__certs_job job;
	struct e2e__identity ca, stranger;
	e2e_certificates *c = (e2e_certificates *)e2e__memory_alloc(sizeof *c);

	job.file = file;
	job.line = line;
	job.dir = dir ? e2e__memory_strdup(dir) : e2e_printf("%s/certs", e2e_tmpdir());
	ERR_clear_error();
	job.hosts = e2e__certs_hosts(&job, hosts);
	if (e2e__file_mkdirs(job.dir, 0700) != 0)
		e2e__certs_die(&job, job.dir, strerror(errno), "is the parent folder writable?");
	ca = e2e__cert_make(&job, "e2e test CA", NULL, E2E__CERT_CA, NULL, -60, 3650);
	e2e__cert_save(&job, "server",
		e2e__cert_make(&job, "server", &ca, E2E__CERT_SERVER, job.hosts, -1, 365), true);
	if (all) {
		stranger = e2e__cert_make(
			&job, "e2e stranger CA", NULL, E2E__CERT_CA, NULL, -60, 3650);
		e2e__certs_leaves(&job, &ca, &stranger);
		e2e__cert_save(&job, "stranger-ca", stranger, false);
	}

	e2e__cert_save(&job, "ca", ca, false);
	c->dir = job.dir;
	c->ca = e2e_printf("%s/ca.pem", job.dir);
	c->server = e2e_printf("%s/server.pem", job.dir);
	c->server_key = e2e_printf("%s/server.key", job.dir);
	c->client = e2e_printf("%s/client.pem", job.dir);
	c->client_key = e2e_printf("%s/client.key", job.dir);
	return c;
}

#endif /* E2E_OPENSSL */
