#pragma once
#include "state.h"

/* @manual Transcripts
 *	All that the clients send and receive is in <case folder>/xmpp.log, with time, client and
 *	direction; passwords and SASL payloads are blanked. On failure the folder stays, with each
 *	client's part in <name>.xmpp, and the report shows the end of what the test said and heard;
 *	of logins, discovery and clean-ups only one that has not come to its end (xmpp-login).
 *	The story of the case has them short: without the client's own address, the language and
 *	the id of messages and presence, and with other clients by their names:
 *		+1.576 client-1 | > <message to="client-2" type="chat"><body>are you there?</body>
 *	--record FILE writes the stanzas of all clients as a shell script that replays them (it says
 *	how); of raw clients what they say under TLS.
 */

/* @implementation */

/* The passwords of the case's clients that are in this text, 8 at most; as a rule none. */
E2E__FN void e2e__transcript_passwords_in(const char *text, const char *known[9])
{
	int n = 0;

	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o && n < 8; o = o->next) {
		const char *password = o->self->account.password;

		if (password && strlen(password) >= 4 && strstr(text, password))
			known[n++] = password;
	}
	known[n] = NULL;
}

/* Elements whose text is a secret. */
E2E__FN bool e2e__transcript_secret(const char *name, size_t n)
{
	static const char *const secret[] = {"auth", "response", "challenge", "success", "password",
		"digest", "initial-response", "additional-data", NULL};

	for (int i = 0; secret[i]; i++)
		if (strlen(secret[i]) == n && memcmp(secret[i], name, n) == 0)
			return true;
	return false;
}

/* A password of the case's that stands at the beginning of this text; its length, or 0. */
E2E__FN size_t e2e__transcript_password_at(const char *const *known, const char *text)
{
	for (; *known; known++) {
		size_t n = strlen(*known);

		if (strncmp(text, *known, n) == 0)
			return n;
	}
	return 0;
}

/* Copies XML without the text of secret elements and without passwords wherever they stand. */
E2E__FN void e2e__transcript_blank(struct e2e__buf *out, const char *xml)
{
	const char *known[9];

	e2e__transcript_passwords_in(xml, known);
	while (*xml) {
		size_t secret = *known ? e2e__transcript_password_at(known, xml) : 0, plain;

		if (*xml == '<' && xml[1] != '/') {
			size_t name = strcspn(xml + 1, " \t\r\n/>");
			const char *end = strchr(xml, '>');

			if (end && end[-1] != '/' && e2e__transcript_secret(xml + 1, name)) {
				e2e__buf_add(out, xml, (size_t)(end + 1 - xml));
				xml = end + 1;
				if (*xml != '<' && *xml) {
					e2e__buf_adds(out, "***");
					xml += strcspn(xml, "<");
				}
				continue;
			}
		}
		if (secret) {
			e2e__buf_adds(out, "***");
			xml += secret;
			continue;
		}
		plain = *known ? 1 : 1 + strcspn(xml + 1, "<");
		e2e__buf_add(out, xml, plain);
		xml += plain;
	}
}

/* The head of --record's file: what a person needs to send it all again. */
#define E2E__XMPP_RECORD \
	"#!/bin/sh\n" \
	"# XMPP streams, recorded by e2e_xmpp.h; this script sends them again, one connection a client:\n" \
	"#   PASSWORD=secret sh THIS_FILE CASE/CLIENT HOST:PORT DOMAIN [USER]\n" \
	"# It needs openssl. Without USER it logs in with SASL ANONYMOUS. Lines with # are what happened when it " \
	"was recorded.\n" \
	"[ $# -ge 3 ] || { sed -n 's/^# \\{0,1\\}//; 2,4p' \"$0\" >&2; exit 2; }\n" \
	"client=$1 server=$2 domain=$3 user=${4-}\n" \
	"open() { printf '%s' \"<?xml version='1.0'?><stream:stream to='$domain' version='1.0' " \
	"xmlns='jabber:client' \"\n" \
	"\tprintf '%s\\n' \"xmlns:stream='http://etherx.jabber.org/streams'>\"; sleep 0.3; }\n" \
	"auth() { if [ \"$user\" ]; then\n" \
	"\t\tprintf '<auth xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\" mechanism=\"PLAIN\">%s</auth>\\n' \\\n" \
	"\t\t\t\"$(printf '\\0%s\\0%s' \"$user\" \"$PASSWORD\" | openssl base64 -A)\"\n" \
	"\telse printf '<auth xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\" mechanism=\"ANONYMOUS\"/>\\n'; fi; sleep " \
	"0.3; }\n" \
	"login() { open; auth; open\n" \
	"\tprintf '<iq type=\"set\" id=\"bind\"><bind xmlns=\"urn:ietf:params:xml:ns:xmpp-bind\"/></iq>\\n'; sleep " \
	"0.3; }\n" \
	"send() { if [ \"$1\" = \"$client\" ]; then\n" \
	"\tcase $2 in '<auth '*'***'*) auth ;; *) printf '%s\\n' \"$2\"; sleep 0.1 ;; esac; fi; }\n" \
	"raw() { :; }\n" \
	"again() { if [ \"$1\" = \"$client\" ]; then open; fi; }\n" \
	"if [ -z \"${REPLAYING-}\" ]; then\n" \
	"\tREPLAYING=1 sh \"$0\" \"$@\" | openssl s_client -quiet -starttls xmpp -xmpphost \"$domain\" -connect " \
	"\"$server\"\n" \
	"\texit\nfi\ntrap \"sleep 0.5; printf '</stream:stream>'; sleep 0.5\" EXIT\n" \
	"case $(grep \"^raw $client \" \"$0\") in '') login ;; *3) open; auth; open ;; *) open ;; esac\n"

/* Opens --record's file. Programs and cases of a run append to it. */
E2E__FN void e2e__transcript_record_open(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	const char *path = s->record_option.value;
	struct stat st;

	if (s->record_fd)
		return;
	s->record_fd = -1;
	if (!path)
		return;
	s->record_fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (s->record_fd < 0)
		e2e_bail_out("--record %s: %s", path, strerror(errno));
	flock(s->record_fd, LOCK_EX);
	if (!fstat(s->record_fd, &st) && !st.st_size)
		if (!e2e__file_write_whole(
			    s->record_fd, E2E__XMPP_RECORD, strlen(E2E__XMPP_RECORD)))
			e2e_bail_out("--record %s: %s", path, strerror(errno));
}

/* One stanza for --record: what was sent after login as a command, anything else as a comment. */
E2E__FN void e2e__transcript_record(struct e2e__xmpp_own *o, char direction, const char *text)
{
	const char *name = e2e__case_name();
	bool command = direction == '>' && o->phase == E2E__PHASE_UP &&
		strncmp(text, "</stream", 8) != 0 &&
		strncmp(text, "<starttls", 9) != 0; /* openssl has TLS already */
	E2E__BUF(line, 2048);

	e2e__buf_addf(&line, command ? "send %s%s%s '" : "# %s%s%s ", name, *name ? "/" : "",
		o->self->name);
	if (!command)
		e2e__buf_addf(&line, "%c ", direction);
	for (; *text; text++)
		if (*text == '\'' && command)
			e2e__buf_adds(&line, "'\\''");
		else
			e2e__buf_add(&line, *text == '\n' && !command ? " " : text, 1);
	e2e__buf_adds(&line, command ? "'\n" : "\n");
	if (!e2e__file_write_whole(e2e__xmpp.record_fd, line.p, line.n) && !e2e__xmpp.record_error)
		e2e__xmpp.record_error = errno;
	e2e__buf_free(&line);
}

/* A step of a raw client for --record: "raw" with how far it goes by itself, "again" where it opens
 * its stream once more. */
E2E__FN void e2e__transcript_record_step(struct e2e__xmpp_own *o, const char *step)
{
	const char *name = e2e__case_name(),
		   *line = e2e_printf("%s %s%s%s %d\n", step, name, *name ? "/" : "", o->self->name,
			   o->opts.until);

	if (e2e__xmpp.record_fd > 0 &&
		!e2e__file_write_whole(e2e__xmpp.record_fd, line, strlen(line)) &&
		!e2e__xmpp.record_error)
		e2e__xmpp.record_error = errno;
}

/* Does the toolkit say this by itself? A report would hide the test's own words behind it. */
E2E__FN bool e2e__transcript_own_words(const struct e2e__xmpp_own *o, const char *text)
{
	if (e2e__xmpp.task)
		return true;
	if (!o->quiet || o->phase == E2E__PHASE_DOWN)
		return false;
	return o->phase != E2E__PHASE_UP || strncmp(text, "<presence", 9) == 0 ||
		strstr(text, "\"e2e.up.") != NULL;
}

/* A login, discovery or clean-up has come to its end: if no other is under way there's nothing to
 * be shown of them. */
E2E__FN void e2e__transcript_own_words_over(void)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->quiet && o->phase != E2E__PHASE_DOWN)
			return;
	if (e2e__xmpp.login_fd >= 0 && ftruncate(e2e__xmpp.login_fd, 0)) {
		/* then a report says too much */
	}
}

/* The client of the case that has this address: its name; "" for none. */
E2E__FN const char *e2e__transcript_name(const char *jid, size_t n)
{
	for (struct e2e__xmpp_own *o = e2e__xmpp.clients; o; o = o->next)
		if (o->self->jid && strlen(o->self->jid) == n && memcmp(o->self->jid, jid, n) == 0)
			return o->self->name;
	return "";
}

/* Is it the client's own address, with its resource or without? */
E2E__FN bool e2e__transcript_is_own(const struct e2e__xmpp_own *o, const char *value, size_t n)
{
	const char *jid = o->self->jid;

	return jid && (n == strlen(jid) || n == strcspn(jid, "/")) && strncmp(jid, value, n) == 0;
}

/* Is this attribute of a stanza nothing new in the story? The number of what isn't answered, the
 * language, the namespace of all. */
E2E__FN bool e2e__transcript_is_known(const char *stanza, const char *name, size_t n)
{
	static const char *const known[] = {"xml:lang", "xmlns", "id", NULL};
	bool answered = strncmp(stanza, "<iq", 3) == 0;

	if (!answered && strncmp(stanza, "<message", 8) != 0 &&
		strncmp(stanza, "<presence", 9) != 0)
		return false;
	for (int i = 0; known[i]; i++)
		if (strlen(known[i]) == n && memcmp(known[i], name, n) == 0)
			return !(answered && *name == 'i');
	return false;
}

/* One attribute of a stanza, short; returns what follows it, NULL if it is none. */
E2E__FN const char *e2e__transcript_attribute(struct e2e__buf *b, const struct e2e__xmpp_own *o,
	char direction, const char *stanza, const char *at)
{
	const char *own = direction == '>' ? "from" : "to";
	size_t n = strcspn(at + 1, "= />");
	const char *value = at + 1 + n, *end;

	if (*at != ' ' || *value != '=' || !(value[1] == '"' || value[1] == '\''))
		return NULL;
	end = strchr(value + 2, value[1]);
	if (!end)
		return NULL;
	size_t size = (size_t)(end - value) - 2;
	bool is_own = strlen(own) == n && memcmp(own, at + 1, n) == 0 &&
		e2e__transcript_is_own(o, value + 2, size);
	if (is_own || e2e__transcript_is_known(stanza, at + 1, n))
		return end + 1;
	const char *name = e2e__transcript_name(value + 2, size);
	if (!*name)
		e2e__buf_add(b, at, (size_t)(end + 1 - at));
	else
		e2e__buf_addf(b, "%.*s=\"%s\"", (int)(value - at), at, name);
	return end + 1;
}

/* What the story has of it: short, so that its beginning says what it is. */
E2E__FN void e2e__transcript_story(const struct e2e__xmpp_own *o, char direction, const char *text)
{
	const char *at = text + strcspn(text, " />"), *next;
	E2E__BUF(b, 512);

	e2e__buf_add(&b, text, (size_t)(at - text));
	while (direction != '-' &&
		(next = e2e__transcript_attribute(&b, o, direction, text, at)) != NULL)
		at = next;
	e2e__story_tell(o->self->name, direction == '-' ? "event" : "stanza", false, "%c %s%.300s",
		direction, b.p, at);
	e2e__buf_free(&b);
}

/* A line of a client's transcript: seconds, direction (> sent, < received, - what happened),
 * text. */
E2E__FN void e2e__transcript_transcribe(struct e2e__xmpp_own *o, char direction, const char *text)
{
	enum { LONGEST = 65536 };
	E2E__BUF(clean, 4096);
	E2E__BUF(line, 4096);
	size_t size = strlen(text);

	if (size > LONGEST) {
		e2e__buf_add(&clean, text, LONGEST);
		e2e__buf_add(&clean, "", 1);
		e2e__transcript_blank(&line, clean.p);
		clean.n = 0;
		e2e__buf_add(&clean, line.p, line.n);
		e2e__buf_addf(&clean, "... (%zu bytes in all)", size);
		line.n = 0;
	} else {
		e2e__transcript_blank(&clean, text);
	}

	e2e__buf_addf(&line, "%9.4f %s %c ", e2e_now() - e2e__xmpp.epoch, o->self->name, direction);
	e2e__buf_add(&line, clean.p, clean.n);
	e2e__buf_adds(&line, "\n");
	if (e2e__xmpp.log_fd >= 0) {
		e2e__file_write_whole(e2e__xmpp.log_fd, line.p, line.n);
		e2e__file_write_whole(
			e2e__transcript_own_words(o, text) ? e2e__xmpp.login_fd : e2e__xmpp.talk_fd,
			line.p, line.n);
	}
	e2e__buf_add(&clean, "", 0);
	if (!e2e__transcript_own_words(o, text))
		e2e__transcript_story(o, direction, clean.p);

	if (e2e__xmpp.record_fd > 0) {
		e2e__buf_add(&clean, "", 1);
		e2e__transcript_record(o, direction, clean.p);
	}

	e2e__buf_free(&clean);
	e2e__buf_free(&line);
}

E2E__FN void e2e__transcript_remark(struct e2e__xmpp_own *o, const char *fmt, ...)
	E2E__PRINTF(2, 3);
E2E__FN void e2e__transcript_remark(struct e2e__xmpp_own *o, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	e2e__transcript_transcribe(o, '-', text);
}

/* A file of the case's folder to be written; with a label its end is shown if the case fails. */
E2E__FN int e2e__transcript_log_file(const char *path, const char *label)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd >= 0 && label)
		e2e__hook_evidence(label, path);
	return fd;
}

/* Begins the transcript: one file for all, so that it shows who spoke when, and many clients cost
 * few files. */
E2E__FN void e2e__transcript_log_open(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;

	e2e__transcript_record_open();
	if (s->log_path)
		return;
	s->log_path = e2e_printf("%s/xmpp.log", e2e_tmpdir());
	s->log_fd = e2e__transcript_log_file(s->log_path, NULL);
	s->talk_fd = e2e__transcript_log_file(e2e_printf("%s/xmpp-talk.log", e2e_tmpdir()), "xmpp");
	s->login_fd = e2e__transcript_log_file(
		e2e_printf("%s/xmpp-login.log", e2e_tmpdir()), "xmpp-login");
}

/* For a case that failed: each client's own transcript beside it, NAME.xmpp. */
E2E__FN void e2e__transcript_log_split(void)
{
	struct e2e__xmpp_state *s = &e2e__xmpp;
	char *all = s->log_path ? e2e__file_read(s->log_path, NULL) : NULL;

	for (struct e2e__xmpp_own *o = s->clients; all && o; o = o->next) {
		const char *name = o->self->name;
		size_t n = strlen(name);
		int fd = open(e2e_printf("%.*s%s.xmpp",
				      (int)(strrchr(s->log_path, '/') + 1 - s->log_path),
				      s->log_path, name),
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		bool mine = false;

		for (const char *line = all, *next; fd >= 0 && *line; line = next) {
			size_t blanks = strspn(line, " "),
			       time = blanks + strspn(line + blanks, "0123456789.");

			next = line + strcspn(line, "\n");
			next += *next != 0;
			if (time > blanks && line[time] == ' ')
				/* else it goes on with the line before */
				mine = strncmp(line + time + 1, name, n) == 0 &&
					line[time + 1 + n] == ' ';
			if (mine)
				e2e__file_write_whole(fd, line, (size_t)(next - line));
		}
		if (fd >= 0)
			close(fd);
	}
}
