#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "transcript.h"

/* @implementation */

/* A text into a small array, cut where it is too long. */
E2E__FN void e2e__libstrophe_copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

/* The text of the first element of this name in XML that libstrophe printed, or "". */
E2E__FN void e2e__libstrophe_element_text(const char *xml, const char *name, char *to, size_t size)
{
	size_t n = strlen(name);

	to[0] = 0;
	for (const char *p = xml; (p = strchr(p, '<')); p++)
		if (strncmp(p + 1, name, n) == 0 && strchr(" >", p[1 + n])) {
			p = strchr(p, '>');
			if (p)
				snprintf(to, size, "%.*s", (int)strcspn(p + 1, "<"), p + 1);
			return;
		}
}

/* The name of the element after the first one: a SASL failure's or stream error's condition. */
E2E__FN void e2e__libstrophe_inner_name(const char *xml, char *to, size_t size)
{
	const char *p = strchr(xml, '>');

	to[0] = 0;
	if (p && p[1] == '<' && p[2] != '/')
		snprintf(to, size, "%.*s", (int)strcspn(p + 2, " />"), p + 2);
}

/* All mechanisms of <mechanisms/>, separated by blanks. */
E2E__FN void e2e__libstrophe_mechanisms(const char *xml, char *to, size_t size)
{
	size_t used = 0;

	to[0] = 0;
	while ((xml = strstr(xml, "<mechanism>")) && used + 1 < size) {
		int n;

		xml += strlen("<mechanism>");
		n = snprintf(to + used, size - used, "%s%.*s", used ? " " : "",
			(int)strcspn(xml, "<"), xml);
		if (n > 0)
			used += (size_t)n;
	}
}

/* The value of an attribute of the first element with this namespace; libstrophe prints attributes
 * with ". */
E2E__FN void e2e__libstrophe_caps(const char *xml, char *to, size_t size)
{
	const char *p = strstr(xml, "http://jabber.org/protocol/caps"), *start, *end;

	if (!p)
		return;
	for (start = p; start > xml && *start != '<'; start--)
		;
	end = strchr(p, '>');
	for (p = start; end && p + 5 < end; p++)
		if (strncmp(p, " ver=", 5) == 0) {
			snprintf(to, size, "%.*s", (int)strcspn(p + 6, "\"'"), p + 6);
			return;
		}
}

/* The text of the first element, which is base64, as it was before that; "" if it isn't. */
E2E__FN const char *e2e__libstrophe_payload(const char *xml)
{
	const char *text = strchr(xml, '>');
	size_t n = text ? strcspn(text + 1, "<") : 0, size = 0;
	char *plain = (char *)e2e__memory_alloc(n + 1);

	if (n &&
		sodium_base642bin((unsigned char *)plain, n, text + 1, n, " \t\r\n", &size, NULL,
			sodium_base64_VARIANT_ORIGINAL))
		size = 0;
	plain[size] = 0;
	return plain;
}

E2E__FN const char *e2e__libstrophe_attribute(const char *xml, const char *name);

/* Notes what a client says in SCRAM. */
E2E__FN void e2e__libstrophe_scram_sent(struct e2e__xmpp_own *o, const char *text)
{
	const char *mechanism, *said = e2e__libstrophe_payload(text), *comma = strchr(said, ',');

	if (strncmp(text, "<auth ", 6) == 0) {
		mechanism = e2e__libstrophe_attribute(text, "mechanism");
		o->scram = mechanism && strncmp(mechanism, "SCRAM-", 6) == 0 ? mechanism + 6 : NULL;
		comma = comma ? strchr(comma + 1, ',')
			      : NULL; /* what is before the second one isn't signed */
		o->scram_talk = comma ? comma + 1 : "";
		o->scram_challenge = NULL;
	} else if (o->scram && o->scram_challenge) {
		const char *proof = strstr(said, ",p=");

		o->scram_talk = e2e_printf("%s,%s,%.*s", o->scram_talk, o->scram_challenge,
			(int)(proof ? (size_t)(proof - said) : strlen(said)), said);
	}
}

/* Bytes in base64. */
E2E__FN const char *e2e__libstrophe_base64(const void *bytes, size_t n)
{
	size_t size = sodium_base64_encoded_len(n, sodium_base64_VARIANT_ORIGINAL);

	return sodium_bin2base64((char *)e2e__memory_alloc(size), size,
		(const unsigned char *)bytes, n, sodium_base64_VARIANT_ORIGINAL);
}

/* The hash of the SCRAM that a client speaks; NULL: it speaks none. */
E2E__FN const EVP_MD *e2e__libstrophe_scram_hash(const struct e2e__xmpp_own *o)
{
	return !o->scram                               ? NULL
		: strncmp(o->scram, "SHA-256", 7) == 0 ? EVP_sha256()
		: strncmp(o->scram, "SHA-512", 7) == 0 ? EVP_sha512()
						       : EVP_sha1();
}

/* SCRAM's key of this name for the password and the server's challenge; its size, 0: there's
 * none. */
E2E__FN unsigned e2e__libstrophe_scram_key(
	const struct e2e__xmpp_own *o, const char *name, unsigned char key[EVP_MAX_MD_SIZE])
{
	const char *password = o->self->account.password,
		   *salt = o->scram_challenge ? strstr(o->scram_challenge, ",s=") : NULL;
	const char *rounds = salt ? strstr(salt + 1, ",i=") : NULL;
	const EVP_MD *hash = e2e__libstrophe_scram_hash(o);
	unsigned char salted[EVP_MAX_MD_SIZE], *bytes;
	size_t n, size;
	unsigned length;

	if (!password || !rounds || !hash)
		return 0;
	n = (size_t)(rounds - salt - 3);
	bytes = (unsigned char *)e2e__memory_alloc(n + 1);
	if (sodium_base642bin(
		    bytes, n + 1, salt + 3, n, NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL) ||
		!PKCS5_PBKDF2_HMAC(password, (int)strlen(password), bytes, (int)size,
			atoi(rounds + 3), hash, EVP_MD_size(hash), salted) ||
		!HMAC(hash, salted, EVP_MD_size(hash), (const unsigned char *)name, strlen(name),
			key, &length))
		return 0;
	return length;
}

/* The server's signature that belongs to what was said, in base64; NULL if the talk was none. */
E2E__FN const char *e2e__libstrophe_scram_signature(const struct e2e__xmpp_own *o)
{
	unsigned char key[EVP_MAX_MD_SIZE], signature[EVP_MAX_MD_SIZE];
	unsigned length = e2e__libstrophe_scram_key(o, "Server Key", key);

	if (!length ||
		!HMAC(e2e__libstrophe_scram_hash(o), key, (int)length,
			(const unsigned char *)o->scram_talk, strlen(o->scram_talk), signature,
			&length))
		return NULL;
	return e2e__libstrophe_base64(signature, length);
}

E2E__FN void e2e__libstrophe_blame(
	struct e2e__xmpp_own *o, const char *code, const char *message, const char *hint);
E2E__FN bool e2e__libstrophe_same(const char *a, const char *b);
E2E__FN const char *e2e__libstrophe_attribute(const char *xml, const char *name);

/* The server says that the login succeeded. By SCRAM it must show that it knows the password, too;
 * libstrophe doesn't look. */
E2E__FN void e2e__libstrophe_scram_over(struct e2e__xmpp_own *o, const char *xml)
{
	const char *said, *want;

	if (!o->scram)
		return;
	said = e2e__libstrophe_payload(xml);
	want = e2e__libstrophe_scram_signature(o);
	if (want && strncmp(said, "v=", 2) == 0 && strlen(want) == strcspn(said + 2, ",") &&
		memcmp(said + 2, want, strlen(want)) == 0)
		return;
	e2e__libstrophe_blame(o, "auth",
		e2e_printf("the server didn't prove that it knows the password: %s (SCRAM-%s)",
			strncmp(said, "v=", 2) != 0 ? "its <success/> has no signature"
						    : "its signature is wrong",
			o->scram),
		"somebody may have taken the server's place; a server that keeps no password has to offer PLAIN "
		"alone");
	if (o->fd >= 0)
		shutdown(o->fd, SHUT_RDWR);
}

/* What a received line says about resuming the session; <enabled/> may come after login. */
E2E__FN void e2e__libstrophe_learn_session(struct e2e__xmpp_own *o, const char *xml)
{
	if (strncmp(xml, "<resumed", 8) == 0) {
		o->resumed = o->sm_given = true;
	} else if (strncmp(xml, "<enabled", 8) == 0) {
		const char *resume = e2e__libstrophe_attribute(xml, "resume");

		o->sm_given =
			e2e__libstrophe_same(resume, "true") || e2e__libstrophe_same(resume, "1");
	} else if (strncmp(xml, "<failed", 7) == 0 && !o->sm_failure[0]) {
		e2e__libstrophe_inner_name(xml, o->sm_failure, sizeof o->sm_failure);
	}
}

/* What a received line of the negotiation says about the way. */
E2E__FN void e2e__libstrophe_learn(struct e2e__xmpp_own *o, const char *xml)
{
	char detail[160];

	if (strncmp(xml, "<stream:features", 16) == 0 || strncmp(xml, "<features", 9) == 0) {
		if (o->phase == E2E__PHASE_STREAM || o->phase == E2E__PHASE_FEATURES)
			e2e__libstrophe_mechanisms(xml, o->mechanisms, sizeof o->mechanisms);
		o->starttls_offered = strstr(xml, "urn:ietf:params:xml:ns:xmpp-tls") != NULL;
		o->sm_offered = strstr(xml, "urn:xmpp:sm:3") != NULL;
		e2e__libstrophe_caps(xml, o->caps, sizeof o->caps);
	} else if (strncmp(xml, "<failure", 8) == 0 && strstr(xml, "xmpp-sasl")) {
		e2e__libstrophe_inner_name(xml, o->sasl_failure, sizeof o->sasl_failure);
		e2e__libstrophe_element_text(xml, "text", detail, sizeof detail);
		if (detail[0] &&
			strlen(o->sasl_failure) + strlen(detail) + 3 < sizeof o->sasl_failure) {
			strcat(o->sasl_failure, ": ");
			strcat(o->sasl_failure, detail);
		}
	} else if (strncmp(xml, "<success", 8) == 0 && o->phase == E2E__PHASE_AUTH) {
		o->sasl_failure[0] = 0;
		e2e__libstrophe_scram_over(o, xml);
	} else if (strncmp(xml, "<challenge", 10) == 0 && o->scram && !o->scram_challenge) {
		o->scram_challenge = e2e__libstrophe_payload(xml);
	} else if (strncmp(xml, "<iq", 3) == 0 && o->phase == E2E__PHASE_BIND &&
		strstr(xml, "type=\"error\"")) {
		const char *error = strstr(xml, "<error");

		e2e__libstrophe_inner_name(error ? error : xml, o->error, sizeof o->error);
	}
}

/* Puts a received line down in the transcript of its owner. */
E2E__FN void e2e__libstrophe_claim(struct e2e__xmpp_own *o)
{
	char *line = e2e__xmpp.pending;

	e2e__xmpp.pending = NULL;
	if (line && o) {
		if (o->phase < E2E__PHASE_UP)
			e2e__libstrophe_learn(o, line);
		e2e__libstrophe_learn_session(o, line);
		e2e__transcript_transcribe(o, '<', line);
	}
	free(line);
}

/* What libstrophe prints of a received stanza, with the prefix of xml:lang, which its parser has
 * lost. */
E2E__FN void e2e__libstrophe_show_languages(struct e2e__buf *out, const char *text)
{
	for (const char *end; *text; text = end) {
		bool tag = *text == '<';

		end = tag ? text + strcspn(text, ">") : text + strcspn(text, "<");
		for (const char *lang;
			tag && (lang = strstr(text, " lang=\"")) != NULL && lang < end;
			text = lang + 1) {
			e2e__buf_add(out, text, (size_t)(lang + 1 - text));
			e2e__buf_adds(out, "xml:");
		}
		e2e__buf_add(out, text, (size_t)(end - text));
	}
	e2e__buf_add(out, "", 1);
}

/* libstrophe has parsed something. Whose it is a stanza handler says next; before login it's whose
 * TLS record was read last, else the one without TLS. */
E2E__FN void e2e__libstrophe_received(const char *text)
{
	E2E__BUF(b, 4096);

	e2e__libstrophe_claim(e2e__xmpp.pending_owner);
	e2e__libstrophe_show_languages(&b, text);
	e2e__xmpp.pending = strdup(b.p);
	e2e__buf_free(&b);
	e2e__xmpp.pending_owner = e2e__xmpp.rx;
}

/* A client without TLS that is logged in, the only ones whose sent lines have no TLS record before
 * them. */
E2E__FN struct e2e__xmpp_own *e2e__libstrophe_bare_client(void)
{
	struct e2e__xmpp_own *o;

	if (e2e__xmpp.plain)
		return e2e__xmpp.plain;
	for (o = e2e__xmpp.clients; o && (o->secured || o->phase != E2E__PHASE_UP); o = o->next)
		;
	return o;
}

/* What each has to send, noted before libstrophe sends it. */
E2E__FN void e2e__libstrophe_note_queues(void)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (!o->secured && o->phase == E2E__PHASE_UP)
			o->queued = xmpp_conn_send_queue_len(o->self->conn);
}

/* Whose line was sent: without TLS the one whose queue is shorter now. */
E2E__FN struct e2e__xmpp_own *e2e__libstrophe_sender(void)
{
	if (e2e__xmpp.tx || e2e__xmpp.plain)
		return e2e__xmpp.tx ? e2e__xmpp.tx : e2e__xmpp.plain;
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next) {
		int left = !o->secured && o->phase == E2E__PHASE_UP
			? xmpp_conn_send_queue_len(o->self->conn)
			: 0;

		if (left < o->queued) {
			o->queued = left;
			return o;
		}
	}
	return e2e__libstrophe_bare_client();
}

E2E__FN bool e2e__libstrophe_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Two addresses: of user and host upper case doesn't matter, of a resource it does. */
E2E__FN bool e2e__libstrophe_same_jid(const char *a, const char *b)
{
	size_t n = a ? strcspn(a, "/") : 0;

	return a && b && n == strcspn(b, "/") && strncasecmp(a, b, n) == 0 &&
		strcmp(a + n, b + n) == 0;
}

/* The client's own address, full or bare, or its server's. */
E2E__FN bool e2e__libstrophe_own_jid(const struct e2e__xmpp_own *o, const char *jid)
{
	const char *full = o->self->jid ? o->self->jid : "", *at = strchr(full, '@');
	size_t bare = strcspn(full, "/"),
	       skip = at && at < full + bare ? (size_t)(at + 1 - full) : 0, n = strlen(jid);

	if (strchr(jid, '/'))
		return e2e__libstrophe_same_jid(jid, full);
	return (n == bare && strncasecmp(jid, full, n) == 0) ||
		(n == bare - skip && strncasecmp(jid, full + skip, n) == 0);
}

/* Is an answer of this sender the one to a request that was sent to this address? RFC 6120, 8.1.1
 * and 8.1.2: what is to nobody is for the own account, which its server answers for; what is from
 * nobody is from there. */
E2E__FN bool e2e__libstrophe_may_answer(
	const struct e2e__xmpp_own *o, const char *from, const char *to)
{
	if (from && to)
		return e2e__libstrophe_same_jid(from, to);
	return (!from || e2e__libstrophe_own_jid(o, from)) &&
		(!to || e2e__libstrophe_own_jid(o, to));
}

/* The value of an attribute of the first tag; NULL without one. */
E2E__FN const char *e2e__libstrophe_attribute(const char *xml, const char *name)
{
	static const char *const entities[][2] = {
		{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}};
	size_t n = strlen(name), k;
	const char *value = NULL;

	xml += strcspn(xml, " \t\r\n/>");
	while (!value && *(xml += strspn(xml, " \t\r\n")) && !strchr("/>", *xml)) {
		size_t word = strcspn(xml, "= \t\r\n/>");
		const char *quote = xml + strcspn(xml, "'\""),
			   *end = *quote ? strchr(quote + 1, *quote) : NULL;

		if (!end)
			return NULL;
		if (word == n && strncmp(xml, name, n) == 0)
			value = e2e_printf("%.*s", (int)(end - quote - 1), quote + 1);
		xml = end + 1;
	}

	if (value && strchr(value, '&')) {
		E2E__BUF(b, 128);

		for (const char *p = value; *p; p += strlen(k < 5 ? entities[k][0] : "x")) {
			for (k = 0;
				k < 5 && strncmp(p, entities[k][0], strlen(entities[k][0])) != 0;
				k++)
				;
			e2e__buf_add(&b, k < 5 ? entities[k][1] : p, 1);
		}
		value = e2e__memory_taken(&b);
	}

	return value;
}

/* A client has sent an iq: is it the answer to a request that it got? */
E2E__FN void e2e__libstrophe_note_answer(struct e2e__xmpp_own *o, const char *text)
{
	const char *type = e2e__libstrophe_attribute(text, "type"),
		   *id = e2e__libstrophe_attribute(text, "id");
	const char *to = e2e__libstrophe_attribute(text, "to");

	if (!e2e__libstrophe_same(type, "result") && !e2e__libstrophe_same(type, "error"))
		return;
	for (struct e2e__xmpp_request *r = o->requests; r; r = r->next)
		if (e2e__libstrophe_same(id, r->id) &&
			e2e__libstrophe_may_answer(o, to, xmpp_stanza_get_from(r->stanza)))
			r->answered = true;
}

E2E__FN void e2e__libstrophe_sent(const char *text)
{
	struct e2e__xmpp_own *o = e2e__libstrophe_sender();

	e2e__xmpp.tx = NULL;
	if (!o)
		return;
	if (o->phase < E2E__PHASE_UP) {
		if (strncmp(text, "<auth ", 6) == 0 || strncmp(text, "<response", 9) == 0)
			e2e__libstrophe_scram_sent(o, text);
		if (strncmp(text, "<starttls", 9) == 0)
			o->phase = E2E__PHASE_STARTTLS;
		else if (strncmp(text, "<auth ", 6) == 0)
			o->phase = E2E__PHASE_AUTH;
		else if (strstr(text, "_xmpp_bind1") || strncmp(text, "<resume", 7) == 0)
			o->phase = E2E__PHASE_BIND;
		else if (o->phase == E2E__PHASE_TLS && strncmp(text, "<?xml", 5) == 0) {
			o->phase = E2E__PHASE_FEATURES;
			o->secured = true;
			if (e2e__xmpp.plain == o)
				e2e__xmpp.plain = NULL;
		}
	}

	if (o->requests && strncmp(text, "<iq", 3) == 0)
		e2e__libstrophe_note_answer(o, text);
	e2e__transcript_transcribe(o, '>', text);
}

/* What a client was doing, for "went silent ..." and "closed the connection ...". */
E2E__FN const char *e2e__libstrophe_step_name(enum e2e__xmpp_phase phase)
{
	switch (phase) {
	case E2E__PHASE_TCP:
		return "while TCP connected";
	case E2E__PHASE_STREAM:
		return "before its stream features";
	case E2E__PHASE_STARTTLS:
		return "after <starttls/>";
	case E2E__PHASE_TLS:
		return "in the TLS handshake";
	case E2E__PHASE_FEATURES:
		return "after the TLS handshake, before its stream features";
	case E2E__PHASE_AUTH:
		return "in SASL authentication";
	case E2E__PHASE_BIND:
		return "while the resource was bound";
	default:
		return "after login";
	}
}

/* What a client that logs in waits for, told to the report of a limit. */
E2E__FN void e2e__libstrophe_doing_login(const struct e2e__xmpp_own *o)
{
	const e2e_account *a = &o->self->account;
	const char *jid = a->jid ? a->jid : "?", *at = strchr(jid, '@');
	const char *task = e2e__xmpp.task;
	char port[16];

	if (task && strcmp(task, o->self->name) == 0) /* one of the two is enough */
		e2e__xmpp.task = NULL;
	snprintf(port, sizeof port, ":%d", a->port);
	e2e__op_doing("%s to log in at %s%s as %s (%s)", o->self->name,
		a->host      ? a->host
			: at ? at + 1
			     : jid,
		a->port ? port : "", jid,
		o->phase == E2E__PHASE_UP ? "before the answer to its initial presence"
					  : e2e__libstrophe_step_name(o->phase));
	e2e__xmpp.task = task;
}

/* libstrophe's remarks, as far as they tell the reason of a failure. */
E2E__FN void e2e__libstrophe_hear(xmpp_log_level_t level, const char *area, const char *msg)
{
	struct e2e__xmpp_own *o = e2e__xmpp.plain ? e2e__xmpp.plain : e2e__xmpp.rx;

	if (!o)
		o = e2e__libstrophe_bare_client();
	if (!o)
		return;
	if (strncmp(msg, "parse error [", 13) == 0)
		(e2e__xmpp.rx ? e2e__xmpp.rx : o)->broken_xml = true;
	if (strncmp(msg, "sock_connect() to ", 18) == 0 && !o->tried[0])
		snprintf(o->tried, sizeof o->tried, "%.*s", (int)strcspn(msg + 18, " "), msg + 18);
	else if (strncmp(msg, "SRV lookup failed", 17) == 0)
		o->no_srv = true;
	if (strcmp(msg, "connection successful") == 0 && o->phase == E2E__PHASE_TCP) {
		o->phase = o->direct ? E2E__PHASE_TLS : E2E__PHASE_STREAM;
		e2e__libstrophe_doing_login(o);
	} else if (strcmp(msg, "proceeding with TLS") == 0) {
		o->phase = E2E__PHASE_TLS;
		e2e__libstrophe_doing_login(o); /* the handshake comes back only when it is over */
	} else if (strcmp(area, "tls") == 0 && strncmp(msg, "error:", 6) == 0) {
		const char *reason = strrchr(msg, ':');

		if (reason && reason[1] && strcmp(reason, ":(null)") != 0)
			e2e__libstrophe_copy(o->tls_error, sizeof o->tls_error, reason + 1);
	} else if (level == XMPP_LEVEL_ERROR && strcmp(area, "tls") != 0 && e2e__xmpp.rx &&
		!e2e__xmpp.rx->error[0]) {
		e2e__libstrophe_copy(e2e__xmpp.rx->error, sizeof e2e__xmpp.rx->error, msg);
	}
}

E2E__FN void e2e__libstrophe_log(
	void *arg, xmpp_log_level_t level, const char *area, const char *msg)
{
	(void)arg;
	if (strncmp(msg, "RECV: ", 6) == 0 && strcmp(area, "xmpp") == 0)
		e2e__libstrophe_received(msg + 6);
	else if (strncmp(msg, "SENT: ", 6) == 0 && strcmp(area, "conn") == 0)
		e2e__libstrophe_sent(msg + 6);
	else
		e2e__libstrophe_hear(level, area, msg);
}

/* Where it connects: host and port, found by whom if the account doesn't name them. */
E2E__FN const char *e2e__libstrophe_where(const e2e_client *c)
{
	const struct e2e__xmpp_own *o = c->own;
	const char *jid = c->account.jid ? c->account.jid : "?", *at = strchr(jid, '@'),
		   *domain = at ? at + 1 : jid;

	if (c->account.port)
		return e2e_printf(
			"%s:%d", c->account.host ? c->account.host : domain, c->account.port);
	if (!o->tried[0])
		return e2e_printf(
			"%s (SRV, else port 5222)", c->account.host ? c->account.host : domain);
	return e2e_printf("%s (%s %s)", o->tried,
		o->no_srv ? "no SRV record of" : "by the SRV record of", domain);
}

E2E__FN void e2e__libstrophe_blame(
	struct e2e__xmpp_own *o, const char *code, const char *message, const char *hint)
{
	if (o->failed)
		return;
	o->failed = true;
	o->failure.code = code;
	o->reason = message;
	if (o->phase == E2E__PHASE_UP && !o->quiet)
		o->failure.message = e2e_printf("%s (%s) lost its connection to %s: %s",
			o->self->name, o->self->jid, e2e__libstrophe_where(o->self), message);
	else if (o->registers)
		o->failure.message = e2e_printf("%s can't be registered at %s: %s",
			o->self->account.jid, e2e__libstrophe_where(o->self), message);
	else
		o->failure.message = e2e_printf("%s can't log in at %s as %s: %s", o->self->name,
			e2e__libstrophe_where(o->self),
			o->self->account.jid ? o->self->account.jid : "?", message);
	o->failure.hint = hint;
	e2e__transcript_remark(o, "%s", message);
}

/* The answer to a stanza, to be filled in. What the own account sends (pushes) has no sender, and
 * its answer no address; libstrophe's xmpp_stanza_reply makes none for it. */
E2E__FN xmpp_stanza_t *e2e__libstrophe_reply(xmpp_ctx_t *ctx, xmpp_stanza_t *request)
{
	xmpp_stanza_t *reply = xmpp_stanza_new(ctx);
	const char *from = xmpp_stanza_get_from(request), *id = xmpp_stanza_get_id(request);

	xmpp_stanza_set_name(reply, xmpp_stanza_get_name(request));
	if (id)
		xmpp_stanza_set_id(reply, id);
	if (from)
		xmpp_stanza_set_to(reply, from);
	return reply;
}

E2E__FN xmpp_stanza_t *e2e__libstrophe_refusal(
	xmpp_ctx_t *ctx, xmpp_stanza_t *request, const char *type, const char *condition)
{
	xmpp_stanza_t *reply = e2e__libstrophe_reply(ctx, request), *error = xmpp_stanza_new(ctx),
		      *child = xmpp_stanza_new(ctx);

	xmpp_stanza_set_type(reply, "error");
	xmpp_stanza_set_name(error, "error");
	xmpp_stanza_set_type(error, type);
	xmpp_stanza_set_name(child, condition);
	xmpp_stanza_set_ns(child, XMPP_NS_STANZAS_IETF);
	xmpp_stanza_add_child_ex(error, child, 0);
	xmpp_stanza_add_child_ex(reply, error, 0);
	return reply;
}
