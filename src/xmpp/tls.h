#pragma once
#include "base.h"
#include "state.h"
#include "libstrophe.h"

/* @manual TLS
 *	Always required. The certificate must be valid for the domain by ca_file, without one by the
 *	system's trust. pin_store is a JSON file {"host": ["base64", ...]}; pin_type 0 pins the
 *	public key (SubjectPublicKeyInfo), 1 the certificate. For a host with pins nothing but the
 *	pin counts; a mismatch prints the pin to paste. no_verify=true wins over both. An account
 *	that the test brings (.account) is judged so, too, where it leads to the config's host or to
 *	where a client of the case was; elsewhere by the system's trust. By SCRAM the server has to
 *	prove that it knows the password as well. Channel binding (SCRAM-...-PLUS) isn't possible
 *	with libstrophe 0.12; newer ones try it first where the server offers it, and then SCRAM
 *	without. Of the clients of a private server the first one of a case judges the certificate,
 *	and the others go on with its TLS session, but for those with a ca_file, pins or no_verify
 *	of their own; any other server shows its certificate to each client.
 */

/* @implementation */

/* The pin of a certificate: its public key or all of it, in DER. Free it with OPENSSL_free. */
E2E__FN unsigned char *e2e__tls_pin_bytes(X509 *leaf, int type, size_t *size)
{
	unsigned char *der = NULL;
	int n = type == 1 ? i2d_X509(leaf, &der)
			  : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der);

	*size = n > 0 ? (size_t)n : 0;
	return n > 0 ? der : NULL;
}

/* Compares the server's certificate with the pins, in constant time. */
E2E__FN void e2e__tls_check_pin(struct e2e__xmpp_own *o, X509 *leaf)
{
	size_t size;
	unsigned char *want = e2e__tls_pin_bytes(leaf, o->self->tls.pin_type, &size);

	o->leaf_seen = true;
	if (!want)
		return;
	o->pin_to_paste = (char *)e2e__memory_alloc(
		sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL));
	sodium_bin2base64(o->pin_to_paste,
		sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL), want, size,
		sodium_base64_VARIANT_ORIGINAL);
	for (const struct e2e__json *pin = o->pins ? o->pins->child : NULL; pin; pin = pin->next) {
		unsigned char *got;
		size_t n = 0;

		if (pin->type != '"')
			continue;
		got = (unsigned char *)e2e__memory_alloc(pin->length + 1);
		if (!sodium_base642bin(got, pin->length + 1, pin->text, pin->length, " \t\r\n", &n,
			    NULL, sodium_base64_VARIANT_ORIGINAL) &&
			n == size && !sodium_memcmp(got, want, size))
			o->pin_ok = true;
	}

	OPENSSL_free(want);
}

/* The server's certificate out of its Certificate message (TLS 1.2 or 1.3), before anybody judges
 * it. */
E2E__FN void e2e__tls_see_certificate(
	struct e2e__xmpp_own *o, const unsigned char *p, size_t n, bool tls13)
{
	size_t skip = 4, size;
	const unsigned char *der;
	X509 *leaf;

	if (tls13)
		skip += n > 4 ? 1u + p[4] : 1;
	skip += 3;
	if (n < skip + 3 || !o->pins || o->leaf_seen)
		return;
	size = (size_t)p[skip] << 16 | (size_t)p[skip + 1] << 8 | p[skip + 2];
	der = p + skip + 3;
	if (size > n - skip - 3)
		return;
	leaf = d2i_X509(NULL, &der, (long)size);
	if (leaf)
		e2e__tls_check_pin(o, leaf);
	X509_free(leaf);
}

/* OpenSSL tells each record and handshake message of each connection: so we know whose the next
 * lines are. */
E2E__FN void e2e__tls_message(
	int written, int version, int type, const void *bytes, size_t n, SSL *ssl, void *arg)
{
	struct e2e__xmpp_own *o = (struct e2e__xmpp_own *)arg;
	const unsigned char *p = (const unsigned char *)bytes;

	(void)version;
	if (type == SSL3_RT_HEADER) {
		if (written)
			e2e__xmpp.tx = o;
		else
			e2e__xmpp.rx = o;
	} else if (type == SSL3_RT_HANDSHAKE && !written && n > 4 && p[0] == SSL3_MT_CERTIFICATE) {
		e2e__tls_see_certificate(o, p, n, SSL_version(ssl) == TLS1_3_VERSION);
	}
}

/* Where the client's TLS session is good: at this port of a private server, in this name. */
E2E__FN const char *e2e__tls_place(const struct e2e__xmpp_own *o)
{
	const char *jid = o->self->account.jid, *at = strchr(jid, '@');

	return e2e_printf("%s:%d", at ? at + 1 : jid,
		o->direct_port ? o->direct_port : o->self->account.port);
}

E2E__FN void e2e__tls_forget(void)
{
	SSL_SESSION_free(e2e__xmpp.session);
	free(e2e__xmpp.session_place);
	e2e__xmpp.session = NULL;
	e2e__xmpp.session_place = NULL;
}

/* A ticket has come with which the next client can go on. OpenSSL gives the session away. */
E2E__FN int e2e__tls_ticket(SSL *ssl, SSL_SESSION *session)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	struct e2e__xmpp_own *o =
		(struct e2e__xmpp_own *)SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), s->tls_index);

	if (!o || o->store != s->store || SSL_get_verify_result(ssl) != X509_V_OK)
		return 0;
	e2e__tls_forget();
	s->session = session;
	s->session_place = strdup(e2e__tls_place(o));
	return 1;
}

/* A handshake begins: with the server that this process knows already? */
E2E__FN void e2e__tls_step(const SSL *ssl, int where, int value)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	(void)value;
	if (where == SSL_CB_HANDSHAKE_START && s->session && s->plain && s->session_place &&
		s->plain->store == s->store &&
		strcmp(e2e__tls_place(s->plain), s->session_place) == 0)
		SSL_set_session((SSL *)(uintptr_t)ssl, s->session);
}

/* The clients of a private server, which is the toolkit's own, prove to themselves once a case that
 * its certificate is right, and go on with that TLS session: a handshake without certificates takes
 * both sides half of the time. Servers that are under test do it anew with each client. */
E2E__FN void e2e__tls_remember(SSL_CTX *ctx, CRYPTO_EX_DATA *ad, int index)
{
	struct e2e__xmpp_own *o = e2e__xmpp.plain;

	if (!o->private_server || !o->store || !CRYPTO_set_ex_data(ad, index, o))
		return;
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, e2e__tls_ticket);
	SSL_CTX_set_info_callback(ctx, e2e__tls_step);
}

/* libstrophe keeps its SSL_CTX to itself; OpenSSL tells when one is made. */
E2E__FN void e2e__tls_made(
	void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	(void)ptr, (void)argl, (void)argp;
	if (!e2e__xmpp.inside || !e2e__xmpp.plain)
		return;
	SSL_CTX_set_msg_callback((SSL_CTX *)parent, e2e__tls_message);
	SSL_CTX_set_msg_callback_arg((SSL_CTX *)parent, e2e__xmpp.plain);
	if (e2e__xmpp.plain->store && SSL_CTX_get_cert_store((SSL_CTX *)parent))
		SSL_CTX_set1_cert_store((SSL_CTX *)parent, e2e__xmpp.plain->store);
	e2e__tls_remember((SSL_CTX *)parent, ad, index);
}

/* The authorities in a file, or the system's. NULL, and *error: they can't be read. */
E2E__FN X509_STORE *e2e__tls_authorities(const char *ca, const char **error)
{
	X509_STORE *store = X509_STORE_new();

	*error = NULL;
	if (store && ca && access(ca, R_OK))
		*error = strerror(errno);
	else if (store && ca && !X509_STORE_load_file(store, ca))
		*error = "it holds no certificate in PEM";
	else if (!store || (!ca && !X509_STORE_set_default_paths(store)))
		*error = "OpenSSL can't make a store of certificates";
	if (*error) {
		X509_STORE_free(store);
		store = NULL;
	}

	ERR_clear_error();
	return store;
}

/* The certificates that a client trusts, read once: libstrophe reads them twice a client, and the
 * system's 140 take it 140 ms. *store is NULL where no certificate counts, but a pin. False, and
 * the failure is told: they can't be read, and those that libstrophe would take instead are
 * others. */
E2E__FN bool e2e__tls_trusted(struct e2e__xmpp_own *o, X509_STORE **store)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *ca = o->self->account.ca_file, *error;

	*store = NULL;
	if (o->pins || o->self->tls.no_verify || o->self->tls.off)
		return true;
	if (!s->store || !(ca ? s->store_file && strcmp(ca, s->store_file) == 0 : !s->store_file)) {
		e2e__tls_forget();
		X509_STORE_free(s->store);
		free(s->store_file);
		s->store_file = ca ? strdup(ca) : NULL;
		s->store = e2e__tls_authorities(ca, &error);
	}

	if (!s->store)
		e2e__libstrophe_blame(o, "certificate",
			e2e_printf(
				"can't read the ca_file %s: %s", ca ? ca : "of the system", error),
			"name a file that holds the authority's certificate in PEM");
	*store = s->store;
	return s->store != NULL;
}

/* libstrophe asks about a certificate that its trust doesn't cover. */
E2E__FN int e2e__tls_certfail(const xmpp_tlscert_t *cert, const char *const error)
{
	struct e2e__xmpp_own *o = e2e__xmpp.plain;
	const char *subject = xmpp_tlscert_get_string(cert, XMPP_CERT_SUBJECT);

	if (!o)
		return 0;
	if (o->pins)
		return o->pin_ok;
	e2e__libstrophe_copy(o->cert_error, sizeof o->cert_error, error ? error : "not trusted");
	e2e__libstrophe_copy(o->cert_subject, sizeof o->cert_subject, subject ? subject : "?");
	return 0;
}

/* What is wrong with the pins of one host; NULL: nothing. */
E2E__FN const char *e2e__tls_wrong_pins(const struct e2e__json *pins)
{
	const char *host = e2e_quoted(pins->key);
	size_t n = 0, bytes;
	unsigned char *der;

	if (pins->type != '[')
		return e2e_printf("what %s has is no list of strings", host);
	if (!pins->child)
		return e2e_printf("%s has an empty list", host);
	for (const struct e2e__json *pin = pins->child; pin; pin = pin->next) {
		n++;
		if (pin->type != '"')
			return e2e_printf("pin %zu of %s is no string", n, host);
		der = (unsigned char *)e2e__memory_alloc(pin->length + 1);
		if (sodium_base642bin(der, pin->length + 1, pin->text, pin->length, " \t\r\n",
			    &bytes, NULL, sodium_base64_VARIANT_ORIGINAL) ||
			!bytes)
			return e2e_printf("pin %zu of %s is no base64", n, host);
	}

	return NULL;
}

/* Reads a file of pins, aioxmpp's: {"host": ["base64", ...]}. NULL: *pins are those of the domain
 * or the host, NULL if it has none; else what is wrong with it. */
E2E__FN const char *e2e__tls_read_pins(
	const char *path, const char *domain, const char *host, const struct e2e__json **pins)
{
	const char *error = NULL, *text;
	const struct e2e__json *store;

	*pins = NULL;
	text = e2e__file_read(path, NULL);
	if (!text)
		return strerror(errno);
	store = e2e__json_parse(text, &error);
	if (!store || store->type != '{')
		return error ? error : "it holds no object";
	for (const struct e2e__json *one = store->child; one; one = one->next)
		if ((error = e2e__tls_wrong_pins(one)) != NULL)
			return error;
	*pins = e2e__json_member(store, domain);
	if (!*pins && host)
		*pins = e2e__json_member(store, host);
	return NULL;
}

/* Pins of this client's host, or NULL. */
E2E__FN const struct e2e__json *e2e__tls_pins(struct e2e__xmpp_own *o, const char *domain)
{
	const e2e_tls *tls = &o->self->tls;
	const struct e2e__json *pins;
	const char *error;

	if (tls->no_verify || tls->off || !tls->pin_store)
		return NULL;
	if (tls->pin_type != 0 && tls->pin_type != 1)
		e2e_bail_out(
			"pin_type %d: expected 0 (public key) or 1 (certificate)", tls->pin_type);
	error = e2e__tls_read_pins(tls->pin_store, domain, o->self->account.host, &pins);
	if (error)
		e2e_bail_out("pin_store %s: %s; expected {\"host\": [\"base64\", ...]}",
			tls->pin_store, error);
	return pins;
}

/* What libstrophe would trust by itself is put out of the way while it makes a connection. */
struct e2e__xmpp_trust {
	bool on;
	char *file, *dir;
};
E2E__FN void e2e__tls_trust_begin(struct e2e__xmpp_trust *t, const struct e2e__xmpp_own *o)
{
	const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");

	memset(t, 0, sizeof *t);
	if (!o || !(o->store || o->self->tls.no_verify || o->pins))
		return;
	t->on = true;
	t->file = file ? strdup(file) : NULL;
	t->dir = dir ? strdup(dir) : NULL;
	setenv("SSL_CERT_FILE", "/dev/null", 1);
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
}
E2E__FN void e2e__tls_trust_end(struct e2e__xmpp_trust *t)
{
	if (!t->on)
		return;
	if (t->file)
		setenv("SSL_CERT_FILE", t->file, 1);
	else
		unsetenv("SSL_CERT_FILE");
	if (t->dir)
		setenv("SSL_CERT_DIR", t->dir, 1);
	else
		unsetenv("SSL_CERT_DIR");
	free(t->file);
	free(t->dir);
}
