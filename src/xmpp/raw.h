#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "transcript.h"
#include "libstrophe.h"
#include "tls.h"
#include "loop.h"
#include "connect.h"
#include "talk.h"

/* @manual Raw clients
 *	What a login does by itself is a test's own business where it is what is tested: SASL
 *	failures, stream errors, registration, stream management. e2e_client_connect((
 *	e2e_client_opts){.until = E2E_BEFORE_AUTH}) returns a client whose stream is open, under TLS
 *	and not authenticated; E2E_BEFORE_TLS stops before STARTTLS, E2E_BEFORE_BIND behind the
 *	account's SASL. From there on the test speaks:
 *		e2e_send_raw(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AA==</auth>");
 *		e2e_expect_stanza(c, E2E_ANY, .name = "failure", .child = "not-authorized");
 *	e2e_features(c) is what the server offers now. e2e_start_tls(c) follows on <proceed/>, and
 *	e2e_open_stream(c) on <success/>: both open the stream anew and return its features. All
 *	other elements can be expected, stream errors and <r/> as well; nothing is answered by
 *	itself. e2e_iq, e2e_xml and e2e_send_stanza work as usual, so do limits, transcripts and
 *	--record. client->jid is the account's address; nobody is logged in by it yet.
 */

/* @interface */

/* What the server offered when the raw client's stream was opened last: <stream:features/>. NULL
 * for other clients. Valid until the end of the case. */
E2E__FN e2e_stanza *e2e_features(const e2e_client *client);
#define e2e_features(...) (e2e__op_at(E2E__AT), (e2e_features)(__VA_ARGS__))
/* A raw client's TLS handshake, behind <proceed/>. The certificate is judged as at a login. Opens
 * the stream anew and returns its features. Fails and ends the case if that can't be done. */
#define e2e_start_tls(client) e2e__raw_start_tls(E2E__AT, client)
/* Opens a raw client's stream anew, behind <success/>, and returns its features. Fails and ends the
 * case if none come. */
#define e2e_open_stream(client) e2e__raw_open_stream(E2E__AT, client)

E2E__FN e2e_stanza *e2e__raw_start_tls(const char *file, int line, e2e_client *c);
E2E__FN e2e_stanza *e2e__raw_open_stream(const char *file, int line, e2e_client *c);

/* @implementation */

E2E__FN e2e_stanza *(e2e_features)(const e2e_client *c)
{
	e2e__op_need_client(e2e__xmpp.file, e2e__xmpp.line, c, "e2e_features");
	return c->own->features;
}

E2E__FN bool e2e__raw_connected(const struct e2e__xmpp_own *o)
{
	return o->raw_open;
}
E2E__FN bool e2e__raw_offered(const struct e2e__xmpp_own *o)
{
	return o->features != NULL;
}
E2E__FN bool e2e__raw_heard(const struct e2e__xmpp_own *o)
{
	return o->ninbox > 0;
}

/* Waits for something on the way. False: it failed, and why is told. */
E2E__FN bool e2e__raw_wait(struct e2e__xmpp_own *o, bool (*came)(const struct e2e__xmpp_own *))
{
	enum e2e__xmpp_phase told = E2E__PHASE_IDLE;

	while (!came(o) && o->phase != E2E__PHASE_DOWN && !o->failed && e2e_now() < o->deadline) {
		if (o->phase != told)
			e2e__libstrophe_doing_login(o);
		told = o->phase;
		e2e__loop_pump(o->deadline);
	}
	if (!came(o) && o->phase != E2E__PHASE_DOWN && !o->failed)
		e2e__connect_too_late(o);
	return came(o) && o->phase != E2E__PHASE_DOWN && !o->failed;
}

/* The first of what came. */
E2E__FN e2e_stanza *e2e__raw_next(struct e2e__xmpp_own *o)
{
	e2e_stanza *next;

	if (!e2e__raw_wait(o, e2e__raw_heard))
		return NULL;
	next = o->inbox[0];
	memmove(o->inbox, o->inbox + 1, --o->ninbox * sizeof *o->inbox);
	return e2e__op_keep(next);
}

E2E__FN void e2e__raw_say(struct e2e__xmpp_own *o, const char *text)
{
	xmpp_send_raw(o->self->conn, text, strlen(text));
	e2e__loop_run(0);
}

E2E__FN bool e2e__raw_open(struct e2e__xmpp_own *o)
{
	o->features = NULL;
	memset(&o->open, 0, sizeof o->open);
	xmpp_conn_open_stream_default(o->self->conn);
	return e2e__raw_wait(o, e2e__raw_offered);
}

/* The connection is of no use any more; why is told already, or told now. */
E2E__FN bool e2e__raw_give_up(struct e2e__xmpp_own *o, int error)
{
	if (o->phase != E2E__PHASE_DOWN)
		e2e__connect_find_reason(o, error);
	o->wanted_down = true;
	if (o->fd >= 0)
		shutdown(o->fd, SHUT_RDWR);
	for (int i = 0; i < 100 && o->phase != E2E__PHASE_DOWN; i++)
		e2e__loop_run(0.001);
	o->phase = E2E__PHASE_DOWN;
	if (e2e__xmpp.plain == o)
		e2e__xmpp.plain = NULL;
	return false;
}

E2E__FN bool e2e__raw_tls(struct e2e__xmpp_own *o)
{
	int error;

	o->phase = E2E__PHASE_TLS;
	e2e__libstrophe_doing_login(o);
	error = e2e__loop_tls(o);
	if (!error && o->pins && !o->pin_ok) {
		o->leaf_seen = true;
		o->pin_to_paste = o->pin_to_paste ? o->pin_to_paste : e2e__memory_strdup("?");
		e2e__connect_blame_certificate(o);
		error = -1;
	}
	return error ? e2e__raw_give_up(o, error) : true;
}

E2E__FN bool e2e__raw_starttls(struct e2e__xmpp_own *o)
{
	e2e_stanza *answer;

	if (!o->starttls_offered)
		e2e__libstrophe_copy(o->error, sizeof o->error, "TLS is not supported");
	if (!o->starttls_offered)
		return e2e__raw_give_up(o, 0);
	e2e__raw_say(o, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
	answer = e2e__raw_next(o);
	if (!answer)
		return false;
	if (!e2e__libstrophe_same(xmpp_stanza_get_name(answer), "proceed")) {
		e2e__libstrophe_blame(o, "no-tls",
			e2e_printf("the server refused STARTTLS: %s", e2e_stanza_text(answer)),
			"see the server's log; it may have no certificate for this host");
		return e2e__raw_give_up(o, 0);
	}
	return e2e__raw_tls(o) && e2e__raw_open(o);
}

/* The strongest mechanism of ours that the server offers, and that the account can; NULL: none. */
E2E__FN const char *e2e__raw_mechanism(const struct e2e__xmpp_own *o)
{
	static const char *const known[] = {
		"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "ANONYMOUS"};
	const char *offered = e2e_printf(" %s ", o->mechanisms);

	for (int i = o->self->account.password ? 0 : 4; i < (o->self->account.password ? 4 : 5);
		i++)
		if (strstr(offered, e2e_printf(" %s ", known[i])))
			return known[i];
	return NULL;
}

/* A name in SCRAM (RFC 5802, 5.1). */
E2E__FN const char *e2e__raw_saslname(const char *user)
{
	const char *text = "";

	for (; *user; user++)
		text = *user == '='    ? e2e_printf("%s=3D", text)
			: *user == ',' ? e2e_printf("%s=2C", text)
				       : e2e_printf("%s%c", text, *user);
	return text;
}

/* The part of the account's address before the @. */
E2E__FN const char *e2e__raw_user(const struct e2e__xmpp_own *o)
{
	const char *jid = o->self->account.jid;

	return e2e_printf("%.*s", (int)strcspn(jid, "@"), jid);
}

/* What begins the talk, before base64; *size: its bytes. */
E2E__FN const char *e2e__raw_first_words(
	const struct e2e__xmpp_own *o, const char *mechanism, size_t *size)
{
	const char *user = e2e__raw_user(o), *password = o->self->account.password, *text;
	unsigned char nonce[18];
	char *plain;

	*size = 0;
	if (strcmp(mechanism, "ANONYMOUS") == 0)
		return "";
	if (strcmp(mechanism, "PLAIN") == 0) {
		*size = strlen(user) + strlen(password) + 2;
		plain = (char *)e2e__memory_alloc(*size + 1);
		memcpy(plain + 1, user, strlen(user));
		memcpy(plain + strlen(user) + 2, password, strlen(password));
		return plain;
	}

	randombytes_buf(nonce, sizeof nonce);
	text = e2e_printf("n,,n=%s,r=%s", e2e__raw_saslname(user),
		e2e__libstrophe_base64(nonce, sizeof nonce));
	*size = strlen(text);
	return text;
}

/* The client's proof in SCRAM, behind the server's challenge; NULL: that is none. */
E2E__FN const char *e2e__raw_proof(const struct e2e__xmpp_own *o)
{
	const char *challenge = o->scram_challenge ? o->scram_challenge : "",
		   *nonce = strncmp(challenge, "r=", 2) == 0 ? challenge : NULL, *last, *talk;
	unsigned char key[EVP_MAX_MD_SIZE], stored[EVP_MAX_MD_SIZE], signature[EVP_MAX_MD_SIZE];
	unsigned n = e2e__libstrophe_scram_key(o, "Client Key", key), m;
	const EVP_MD *hash = e2e__libstrophe_scram_hash(o);

	if (!nonce || !n)
		return NULL;
	last = e2e_printf("c=biws,%.*s", (int)strcspn(nonce, ","), nonce);
	talk = e2e_printf("%s,%s,%s", o->scram_talk, challenge, last);
	if (!EVP_Digest(key, n, stored, &m, hash, NULL) ||
		!HMAC(hash, stored, (int)m, (const unsigned char *)talk, strlen(talk), signature,
			&m))
		return NULL;
	for (unsigned i = 0; i < n; i++)
		key[i] ^= signature[i];
	return e2e_printf("%s,p=%s", last, e2e__libstrophe_base64(key, n));
}

/* Authenticates by the account. */
E2E__FN bool e2e__raw_authenticate(struct e2e__xmpp_own *o)
{
#define E2E__RAW_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
	const char *mechanism = e2e__raw_mechanism(o), *words, *name = "";
	size_t size;
	e2e_stanza *answer;

	if (!mechanism) {
		e2e__libstrophe_copy(o->error, sizeof o->error,
			o->self->account.password ? "Cannot authenticate"
						  : "SASL ANONYMOUS unsupported");
		return e2e__raw_give_up(o, 0);
	}

	o->phase = E2E__PHASE_AUTH;
	words = e2e__raw_first_words(o, mechanism, &size);
	e2e__raw_say(o,
		e2e_printf("<auth xmlns='" E2E__RAW_SASL "' mechanism='%s'>%s</auth>", mechanism,
			e2e__libstrophe_base64(words, size)));
	while (strcmp(name, "success") != 0) {
		answer = e2e__raw_next(o);
		if (!answer)
			return false;
		name = xmpp_stanza_get_name(answer) ? xmpp_stanza_get_name(answer) : "";
		if (o->failed || strcmp(name, "failure") == 0)
			return e2e__raw_give_up(o, 0);
		if (strcmp(name, "challenge") != 0)
			continue;
		words = e2e__raw_proof(o);
		e2e__raw_say(o,
			e2e_printf("<response xmlns='" E2E__RAW_SASL "'>%s</response>",
				words ? e2e__libstrophe_base64(words, strlen(words)) : ""));
	}

	return e2e__raw_open(o);
}

/* All the way. */
E2E__FN bool e2e__raw_go(struct e2e__xmpp_own *o)
{
	int until = o->opts.until;

	if (!e2e__raw_wait(o, e2e__raw_connected) || (o->direct && !e2e__raw_tls(o)) ||
		!e2e__raw_open(o))
		return false;
	if (until > E2E_BEFORE_TLS && !o->direct && !o->self->tls.off && !e2e__raw_starttls(o))
		return false;
	return until < E2E_BEFORE_BIND || e2e__raw_authenticate(o);
}

/* Connects a raw client. NULL: it stands, else it is the one that failed. */
E2E__FN struct e2e__xmpp_own *e2e__raw_connect(struct e2e__xmpp_own *o, double seconds)
{
	static const char *const where[] = {
		"", "before TLS", "before authentication", "before a resource is bound"};

	for (size_t i = 0; i < o->ninbox; i++)
		e2e__op_keep(o->inbox[i]);
	o->ninbox = 0;
	e2e__connect_start(o, seconds);
	if (o->phase == E2E__PHASE_DOWN || !e2e__raw_go(o)) {
		e2e__xmpp.probed_port = 0;
		e2e__raw_give_up(o, 0);
		return o;
	}

	if (e2e__xmpp.plain == o)
		e2e__xmpp.plain = NULL;
	o->phase = E2E__PHASE_UP;
	o->self->jid = o->self->account.jid;
	e2e__transcript_record_step(o, "raw");
	if (!e2e__xmpp.task) {
		o->quiet = false;
		e2e__transcript_remark(o, "is a raw client, %s", where[o->opts.until]);
		e2e__transcript_own_words_over();
	}
	return NULL;
}

/* It is a raw client, and it stands. */
E2E__FN void e2e__raw_need(const char *file, int line, e2e_client *c, const char *name)
{
	e2e__loop_not_inside(file, line, name);
	e2e__op_need_client(file, line, c, name);
	if (!c->own->opts.until)
		e2e__op_die_of(file, line, name, "usage",
			e2e_printf("%s is no raw client: it has logged in", c->name),
			"connect it with .until = E2E_BEFORE_TLS, E2E_BEFORE_AUTH or E2E_BEFORE_BIND");
	e2e__talk_need(file, line, c, name, "open a stream");
	c->own->deadline = e2e_now() + e2e__loop_step();
}

/* Ends the case: the stream isn't open. */
E2E__FN void e2e__raw_die(const char *file, int line, e2e_client *c, const char *name)
	__attribute__((noreturn));
E2E__FN void e2e__raw_die(const char *file, int line, e2e_client *c, const char *name)
{
	e2e__raw_give_up(c->own, 0);
	c->own->loss_told = true;
	if (strcmp(c->own->failure.code, "certificate") != 0 &&
		strcmp(c->own->failure.code, "pin") != 0)
		c->own->failure.hint = strcmp(name, "e2e_start_tls") == 0
			? "e2e_start_tls comes when the server has sent <proceed/>, once"
			: "e2e_open_stream comes when the server has sent <success/>, once";
	e2e__op_die(file, line, name, &c->own->failure);
}

E2E__FN e2e_stanza *e2e__raw_open_stream(const char *file, int line, e2e_client *c)
{
	e2e__op_enter_at(file, line);
	e2e__raw_need(file, line, c, "e2e_open_stream");
	c->own->phase = E2E__PHASE_FEATURES;
	if (!e2e__raw_open(c->own))
		e2e__raw_die(file, line, c, "e2e_open_stream");
	c->own->phase = E2E__PHASE_UP;
	e2e__transcript_record_step(c->own, "again");
	e2e__op_leave();
	return c->own->features;
}

E2E__FN e2e_stanza *e2e__raw_start_tls(const char *file, int line, e2e_client *c)
{
	e2e__op_enter_at(file, line);
	e2e__raw_need(file, line, c, "e2e_start_tls");
	if (c->own->secured)
		e2e__op_die_of(file, line, "e2e_start_tls", "usage",
			e2e_printf("%s is under TLS already", c->name), NULL);
	if (!e2e__raw_tls(c->own) || !e2e__raw_open(c->own))
		e2e__raw_die(file, line, c, "e2e_start_tls");
	c->own->phase = E2E__PHASE_UP;
	e2e__op_leave();
	return c->own->features;
}
