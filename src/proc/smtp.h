#pragma once
#include "system.h"
#include "helper.h"
#include "peer.h"

/* @interface */

/* A part of a mail that holds no others. */
typedef struct e2e_mail_part {
	const char *type;    /* "text/plain", in small letters */
	const char *charset; /* as it was given, or NULL */
	const char *name;    /* of the file, in UTF-8; or NULL */
	bool attached;       /* an attachment, not to be shown in the text */
	/* decoded; a text that isn't attached is in UTF-8, its lines end with \n */
	const char *body;
	size_t size;
	const char *header; /* its own header as it came, not ended by a 0 */
	size_t header_size;
} e2e_mail_part;

/* A mail as it arrived. The texts live until the end of the case. */
typedef struct e2e_mail {
	const char *sender; /* of the envelope (MAIL FROM); "" for a bounce */
	/* of the envelope (RCPT TO), in the order of the dialogue; NULL ends them */
	const char *const *recipients;
	size_t nrecipients;
	const char *subject; /* in UTF-8; NULL without one */
	/* the text: what follows the header, or the first part that is text/plain (else of another
	 * text) and isn't attached; decoded, in UTF-8, lines end with \n */
	const char *body;
	size_t body_size;
	const char *html; /* the first part that is text/html and isn't attached; or NULL */
	const e2e_mail_part *part; /* all of them in their order; one if it has no parts */
	size_t nparts;
	const char *raw; /* header and body as they came, without the dots of the transport */
	size_t raw_size;
	/* who greeted; who logged in, or NULL; the TLS version, or NULL */
	const char *helo, *user, *tls;
	const char *path;        /* the file it is in */
	const char *expected_at; /* where e2e_mail_expect has found it, or NULL */
} e2e_mail;

typedef struct e2e_mailbox {
	int port;            /* on 127.0.0.1 */
	const char *address; /* "127.0.0.1:PORT" */
	const char *url;     /* "smtp://127.0.0.1:PORT" */
	/* path of the authority's certificate for TLS; NULL without E2E_OPENSSL, as is the next
	 * one */
	const char *ca;
	const char *smtps_url; /* "smtps://127.0.0.1:PORT": TLS from the first byte (RFC 8314) */
	int smtps_port;        /* -1 without E2E_OPENSSL */
	const char *dir;       /* where the mails are */
	/* mails in `mail`, the oldest first; behind them there is an empty one */
	size_t count;
	e2e_mail *mail;
	struct e2e__mail_self *self;
} e2e_mailbox;

enum { E2E_MAIL_DROP = -1, E2E_MAIL_STALL = -2 };

/* @implementation */

enum {
	/* RFC 5321 asks for 512, AUTH for 12288: longer ones get 500 */
	E2E__SMTP_LINE = 4096,
	E2E__SMTP_RECIPIENTS = 1000, /* a mail */
	E2E__SMTP_SIZE = 64 << 20,   /* bytes a mail */
	E2E__SMTP_RULES = 32,        /* faults at a time */
	E2E__SMTP_LOG = 8 << 20      /* bytes of dialogue kept */
};

struct e2e__mail_rule {
	char command[120];
	int code;
	int left;        /* how often still; -1: always. The sink counts, in its own copy */
	unsigned serial; /* so that it knows a rule again when another one is set */
};

/* What the case and the sink share. Counters are written by the sink, rules by the case. */
struct e2e__mail_shared {
	uint32_t asked;
	bool changed;
	struct e2e__mail_rule rule[E2E__SMTP_RULES];
	size_t rules;
	unsigned serials;
	long long mails, sessions, open;
	bool bare_dot; /* a mail holds "\n.\n", which ends nothing */
	int error;     /* why a mail couldn't be stored */
};

enum e2e__smtp_state {
	E2E__SMTP_COMMAND,
	E2E__SMTP_DATA,
	E2E__SMTP_USER,
	E2E__SMTP_PASSWORD,
	E2E__SMTP_PLAIN
};

/* A text of any size in the sink's own memory. */
struct e2e__heap {
	char *p;
	size_t n, size;
};

struct e2e__session {
	int fd;
	unsigned number;
	enum e2e__smtp_state state;
	bool greeted, mailing, stalled, ending, gone;
	bool too_long; /* the rest of an endless line is thrown away */
	bool too_big;
	/* within DATA: where in CR LF . CR LF; E2E__AT_... below */
	int dot;
	struct e2e__heap line, out, rcpt, mail; /* rcpt: each with its NUL */
	size_t sent;                            /* of out */
	unsigned recipients;
	char *sender, *helo, *user;
	char from[48]; /* who has connected: "curl (pid 12)", or "" */
	char verb[16];
	void *tls; /* SSL */
	bool tls_wanted, tls_done;
	short tls_events; /* what a TLS operation waits for; 0: nothing */
};

struct e2e__mail_self {
	struct e2e__helper helper; /* the first member: a helper is cast to this */
	struct e2e__mail_shared *shared;
	e2e_mailbox *box;
	const char *log_path, *cert, *key;
	unsigned loaded;  /* the case in which mails were read */
	long long before; /* mails of the suite's mailbox, when the case began */
	/* in the sink's process */
	struct e2e__mail_rule rule[E2E__SMTP_RULES];
	size_t rules;
	struct e2e__session **session;
	struct pollfd *polls;
	size_t n, size;
	struct e2e__peer peer;
	int log;
	size_t logged;
	struct e2e__heap text; /* of the log, not written yet */
	void *tls;             /* SSL_CTX */
	bool full;             /* no descriptors left: accept when one is closed */
};

/* Memory ends: so does the sink, and the case says so. */
E2E__FN void e2e__smtp_heap_add(struct e2e__heap *h, const char *s, size_t n)
{
	if (h->size - h->n < n + 1) {
		size_t size = h->size ? h->size : 256;

		while (size - h->n < n + 1)
			size *= 2;
		h->p = (char *)realloc(h->p, size);
		if (!h->p)
			_exit(E2E__HELPER_NO_MEMORY);
		h->size = size;
	}
	memcpy(h->p + h->n, s, n);
	h->n += n;
	h->p[h->n] = 0;
}

E2E__FN char *e2e__smtp_heap_copy(const char *s)
{
	struct e2e__heap h;

	memset(&h, 0, sizeof h);
	e2e__smtp_heap_add(&h, s, strlen(s));
	return h.p;
}

/* A line of the dialogue; control characters are made visible. */
E2E__FN void e2e__smtp_log(struct e2e__mail_self *m, const struct e2e__session *s, char way,
	const char *text, size_t n)
{
	char head[40], code[8];
	size_t i;

	if (m->logged > E2E__SMTP_LOG)
		return;
	e2e__smtp_heap_add(
		&m->text, head, (size_t)snprintf(head, sizeof head, "%u %c ", s->number, way));
	for (i = 0; i < n && i < 1000; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 32 || c == 127)
			e2e__smtp_heap_add(
				&m->text, code, (size_t)snprintf(code, sizeof code, "\\x%02x", c));
		else
			e2e__smtp_heap_add(&m->text, text + i, 1);
	}

	e2e__smtp_heap_add(&m->text, n > i ? "...\n" : "\n", n > i ? 4 : 1);
}

E2E__FN void e2e__smtp_log_flush(struct e2e__mail_self *m)
{
	if (m->text.n && m->log >= 0) {
		if (!e2e__file_write_whole(m->log, m->text.p, m->text.n))
			m->log = -1; /* nothing to tell it to: mails matter more than the log */
		m->logged += m->text.n;
	}
	m->text.n = 0;
}

/* Answers a line (or several: each but the last begins with "250-"). */
E2E__FN void e2e__smtp_say(struct e2e__mail_self *m, struct e2e__session *s, const char *text)
{
	e2e__smtp_log(m, s, '>', text, strlen(text));
	e2e__smtp_heap_add(&s->out, text, strlen(text));
	e2e__smtp_heap_add(&s->out, "\r\n", 2);
}

E2E__FN void e2e__smtp_close(struct e2e__mail_self *m, struct e2e__session *s, const char *why)
{
	if (s->gone)
		return;
	e2e__smtp_log(m, s, '-', why, strlen(why));
#ifdef E2E_OPENSSL
	if (s->tls) {
		SSL_shutdown((SSL *)s->tls);
		SSL_free((SSL *)s->tls);
	}
	s->tls = NULL;
#endif
	close(s->fd);
	s->gone = true;
	m->full = false;
	m->shared->open--;
}

/* Forgets the mail in work. */
E2E__FN void e2e__smtp_reset(struct e2e__session *s)
{
	free(s->sender);
	s->sender = NULL;
	s->mailing = s->too_big = false;
	s->rcpt.n = s->recipients = 0;
	if (s->mail.size > 1 << 20) {
		free(s->mail.p);
		memset(&s->mail, 0, sizeof s->mail);
	}
	s->mail.n = 0;
}

/* Does a line begin like the pattern, upper case or lower? */
E2E__FN bool e2e__smtp_like(const char *pattern, const char *line)
{
	char a[130], b[E2E__SMTP_LINE + 1];
	size_t i;

	for (i = 0; pattern[i] && i < sizeof a - 2; i++)
		a[i] = pattern[i] >= 'A' && pattern[i] <= 'Z' ? (char)(pattern[i] + 32)
							      : pattern[i];
	a[i++] = '*';
	a[i] = 0;
	for (i = 0; line[i] && i < sizeof b - 1; i++)
		b[i] = line[i] >= 'A' && line[i] <= 'Z' ? (char)(line[i] + 32) : line[i];
	b[i] = 0;
	return fnmatch(a, b, 0) == 0;
}

E2E__FN void e2e__smtp_tell_fault(
	const struct e2e__session *s, const char *verb, const char *answer)
{
	e2e__story_tell("mail", "fault", true, "the fault at %.15s%s%s: %.60s",
		strcmp(verb, ".") == 0 ? "the mail's end" : verb, *s->from ? ", of " : "", s->from,
		answer);
}

/* Does a fault stand against this command? Carries it out then. */
E2E__FN bool e2e__smtp_fault(
	struct e2e__mail_self *m, struct e2e__session *s, const char *verb, const char *line)
{
	size_t i;
	char text[64];

	for (i = 0; i < m->rules; i++) {
		struct e2e__mail_rule *r = &m->rule[i];
		bool hit = strchr(r->command, ' ') ? e2e__smtp_like(r->command, line)
						   : strcasecmp(r->command, verb) == 0;

		if (!hit || r->left == 0)
			continue;
		if (r->left > 0)
			r->left--;
		if (r->code == E2E_MAIL_DROP) {
			e2e__smtp_tell_fault(s, verb, "the connection is closed");
			e2e__smtp_close(m, s, "(fault: closed)");
		} else if (r->code == E2E_MAIL_STALL) {
			e2e__smtp_tell_fault(s, verb, "no answer from now on");
			e2e__smtp_log(m, s, '-', "(fault: no answer from now on)", 30);
			s->stalled = true;
		} else {
			snprintf(text, sizeof text, "%d %d.0.0 refused by the test", r->code,
				r->code / 100);
			e2e__smtp_tell_fault(s, verb, text);
			e2e__smtp_say(m, s, text);
			s->ending = s->ending || r->code == 421;
		}
		return true;
	}

	return false;
}

/* "FROM:<a@b> SIZE=1" -> a copy of a@b, or NULL. The address may hold blanks and > in quotes. */
E2E__FN char *e2e__smtp_path(const char *args, const char *word)
{
	size_t n = strlen(word);
	const char *p, *at;
	char *copy;
	bool quoted = false;

	if (strncasecmp(args, word, n) != 0)
		return NULL;
	args += n;
	args += strspn(args, " ");
	if (*args++ != '<')
		return NULL;
	for (p = args; *p && (quoted || *p != '>'); p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\\' && p[1])
			p++;
		else if ((*p == ' ' || *p == '<') && !quoted)
			return NULL;
	}

	if (*p != '>' || (p[1] && p[1] != ' '))
		return NULL;
	at = *args == '@' ? (const char *)memchr(args, ':', (size_t)(p - args)) : NULL;
	if (at)
		args = at + 1; /* a route, which RFC 5321 wants ignored */
	copy = e2e__smtp_heap_copy(args);
	copy[p - args] = 0;
	return copy;
}

E2E__FN void e2e__smtp_helo(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	bool extended = strcasecmp(s->verb, "EHLO") == 0;

	if (!*args) {
		e2e__smtp_say(m, s, "501 5.5.4 a name is missing: EHLO client.example");
		return;
	}

	free(s->helo);
	s->helo = e2e__smtp_heap_copy(args);
	s->greeted = true;
	e2e__smtp_reset(s);
	if (!extended) {
		e2e__smtp_say(m, s, "250 localhost");
		return;
	}

	e2e__smtp_say(m, s, "250-localhost");
	e2e__smtp_say(m, s, "250-PIPELINING");
	e2e__smtp_say(m, s, "250-SIZE 67108864");
	if (m->cert && !s->tls)
		e2e__smtp_say(m, s, "250-STARTTLS");
	e2e__smtp_say(m, s, "250-AUTH PLAIN LOGIN");
	e2e__smtp_say(m, s, "250-ENHANCEDSTATUSCODES");
	e2e__smtp_say(m, s, "250-8BITMIME");
	e2e__smtp_say(m, s, "250 SMTPUTF8");
}

E2E__FN void e2e__smtp_from(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	char *sender = e2e__smtp_path(args, "FROM:");
	const char *size = strchr(args, '>');

	for (; size && strncasecmp(size, " SIZE=", 6) != 0; size = strchr(size + 1, ' '))
		;
	if (!s->greeted)
		e2e__smtp_say(m, s, "503 5.5.1 say EHLO first");
	else if (s->mailing)
		e2e__smtp_say(m, s, "503 5.5.1 a mail is in work already");
	else if (!sender)
		e2e__smtp_say(m, s, "501 5.1.7 syntax: MAIL FROM:<address>");
	else if (size && strtod(size + 6, NULL) > (double)E2E__SMTP_SIZE)
		e2e__smtp_say(m, s, "552 5.3.4 too big: 67108864 bytes are the limit");
	else {
		s->mailing = true;
		s->sender = sender;
		e2e__smtp_say(m, s, "250 2.1.0 ok");
		return;
	}

	free(sender);
}

E2E__FN void e2e__smtp_to(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	char *to = e2e__smtp_path(args, "TO:");

	if (!s->mailing)
		e2e__smtp_say(m, s, "503 5.5.1 say MAIL first");
	else if (!to || !*to)
		e2e__smtp_say(m, s, "501 5.1.3 syntax: RCPT TO:<address>");
	else if (s->recipients == E2E__SMTP_RECIPIENTS)
		e2e__smtp_say(m, s, "452 4.5.3 too many recipients: 1000 are the limit");
	else {
		e2e__smtp_heap_add(&s->rcpt, to, strlen(to) + 1);
		s->recipients++;
		e2e__smtp_say(m, s, "250 2.1.5 ok");
	}
	free(to);
}

enum { E2E__DOT_START, E2E__DOT_DOT, E2E__DOT_DOT_CR, E2E__DOT_TEXT, E2E__DOT_CR };

E2E__FN void e2e__smtp_data(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	if (*args) {
		e2e__smtp_say(m, s, "501 5.5.4 DATA takes no argument");
	} else if (!s->mailing) {
		e2e__smtp_say(m, s, "503 5.5.1 say MAIL first");
	} else if (!s->recipients) {
		e2e__smtp_say(m, s, "554 5.5.1 no recipient was accepted");
	} else {
		s->state = E2E__SMTP_DATA;
		s->dot = E2E__DOT_START;
		e2e__smtp_say(m, s, "354 end with CRLF.CRLF");
	}
}

E2E__FN void e2e__smtp_rset(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	if (*args) {
		e2e__smtp_say(m, s, "501 5.5.4 RSET takes no argument");
		return;
	}
	e2e__smtp_reset(s);
	e2e__smtp_say(m, s, "250 2.0.0 ok");
}

E2E__FN void e2e__smtp_noop(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	(void)args;
	e2e__smtp_say(m, s, "250 2.0.0 ok");
}

E2E__FN void e2e__smtp_vrfy(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	e2e__smtp_say(m, s,
		*args ? "252 2.5.2 will take mail for anybody" : "501 5.5.4 syntax: VRFY address");
}

E2E__FN void e2e__smtp_help(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	(void)args;
	e2e__smtp_say(m, s, "214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP VRFY AUTH STARTTLS QUIT");
}

E2E__FN void e2e__smtp_quit(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	(void)args;
	e2e__smtp_say(m, s, "221 2.0.0 bye");
	s->ending = true;
}

E2E__FN void e2e__smtp_starttls(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	if (*args)
		e2e__smtp_say(m, s, "501 5.5.4 STARTTLS takes no argument");
	else if (!m->cert)
		e2e__smtp_say(m, s, "502 5.5.1 no STARTTLS: the test is built without E2E_OPENSSL");
	else if (s->tls)
		e2e__smtp_say(m, s, "503 5.5.1 it is TLS already");
	else {
		e2e__smtp_say(m, s, "220 2.0.0 go ahead");
		s->tls_wanted = true;
	}
}

/* Base64 in place; -1 if it isn't. Line ends and blanks are skipped. */
E2E__FN long e2e__smtp_base64(char *s, size_t n)
{
	static const char signs[] = E2E__ALNUM "+/";
	size_t i, out = 0;
	unsigned bits = 0;
	int have = 0;

	for (i = 0; i < n; i++) {
		const char *at = s[i] ? strchr(signs, s[i]) : NULL;

		if (s[i] == '=')
			break;
		if (strchr(" \t\r\n", s[i]) && s[i])
			continue;
		if (!at)
			return -1;
		bits = (bits << 6 | (unsigned)(at - signs)) & 0xffffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			s[out++] = (char)(bits >> have & 0xff);
		}
	}

	s[out] = 0;
	return (long)out;
}

/* The last word of a login. Passwords go no further than this. */
E2E__FN void e2e__smtp_login(struct e2e__mail_self *m, struct e2e__session *s, const char *user)
{
	s->state = E2E__SMTP_COMMAND;
	if (!user) {
		e2e__smtp_say(m, s, "501 5.5.2 that isn't base64 of what was asked");
		return;
	}
	free(s->user);
	s->user = e2e__smtp_heap_copy(user);
	e2e__smtp_say(m, s, "235 2.7.0 welcome");
}

/* base64("authorise NUL user NUL password") */
E2E__FN void e2e__smtp_plain(struct e2e__mail_self *m, struct e2e__session *s, char *text)
{
	long n = e2e__smtp_base64(text, strlen(text));
	const char *user = n < 0 ? NULL : (const char *)memchr(text, 0, (size_t)n);
	const char *end =
		user ? (const char *)memchr(user + 1, 0, (size_t)(text + n - user - 1)) : NULL;

	e2e__smtp_login(m, s, end ? user + 1 : NULL);
}

E2E__FN void e2e__smtp_auth(struct e2e__mail_self *m, struct e2e__session *s, const char *args)
{
	const char *first = strchr(args, ' ');
	char *text = first ? e2e__smtp_heap_copy(first + 1) : NULL;
	size_t n = strcspn(args, " ");

	if (!s->greeted)
		e2e__smtp_say(m, s, "503 5.5.1 say EHLO first");
	else if (s->user)
		e2e__smtp_say(m, s, "503 5.5.1 logged in already");
	else if (n == 5 && strncasecmp(args, "PLAIN", 5) == 0 && text)
		e2e__smtp_plain(m, s, text);
	else if (n == 5 && strncasecmp(args, "PLAIN", 5) == 0) {
		s->state = E2E__SMTP_PLAIN;
		e2e__smtp_say(m, s, "334 ");
	} else if (n == 5 && strncasecmp(args, "LOGIN", 5) == 0) {
		s->state = E2E__SMTP_USER;
		if (text && e2e__smtp_base64(text, strlen(text)) >= 0) {
			s->state = E2E__SMTP_PASSWORD;
			free(s->user);
			s->user = e2e__smtp_heap_copy(text);
		}
		e2e__smtp_say(
			m, s, s->state == E2E__SMTP_USER ? "334 VXNlcm5hbWU6" : "334 UGFzc3dvcmQ6");
	} else
		e2e__smtp_say(m, s, "504 5.5.4 PLAIN and LOGIN are what there is");
	free(text);
}

/* A line that answers one of our questions within AUTH. */
E2E__FN void e2e__smtp_answer(struct e2e__mail_self *m, struct e2e__session *s, char *text)
{
	char *user;

	e2e__smtp_log(m, s, '<', "(not shown)", 11);
	if (strcmp(text, "*") == 0) {
		s->state = E2E__SMTP_COMMAND;
		e2e__smtp_say(m, s, "501 5.7.0 cancelled");
	} else if (s->state == E2E__SMTP_PLAIN) {
		e2e__smtp_plain(m, s, text);
	} else if (s->state == E2E__SMTP_USER && e2e__smtp_base64(text, strlen(text)) >= 0) {
		s->user = e2e__smtp_heap_copy(text);
		s->state = E2E__SMTP_PASSWORD;
		e2e__smtp_say(m, s, "334 UGFzc3dvcmQ6");
	} else {
		user = s->state == E2E__SMTP_PASSWORD && e2e__smtp_base64(text, strlen(text)) >= 0
			? s->user
			: NULL;
		if (!user)
			free(s->user);
		s->user = NULL;
		e2e__smtp_login(m, s, user);
		free(user);
	}
}

/* A command line, without its end. */
E2E__FN void e2e__smtp_command(
	struct e2e__mail_self *m, struct e2e__session *s, char *line, size_t n)
{
	static const struct {
		const char *verb;

		void (*fn)(struct e2e__mail_self *m, struct e2e__session *s, const char *args);
	} known[] = {
		{"EHLO", e2e__smtp_helo},
		{"HELO", e2e__smtp_helo},
		{"MAIL", e2e__smtp_from},
		{"RCPT", e2e__smtp_to},
		{"DATA", e2e__smtp_data},
		{"RSET", e2e__smtp_rset},
		{"NOOP", e2e__smtp_noop},
		{"VRFY", e2e__smtp_vrfy},
		{"HELP", e2e__smtp_help},
		{"QUIT", e2e__smtp_quit},
		{"AUTH", e2e__smtp_auth},
		{"STARTTLS", e2e__smtp_starttls},
	};
	size_t i, v = strcspn(line, " ");
	const char *args = line + v + strspn(line + v, " ");
	if (v == 4 && strncasecmp(line, "AUTH", 4) == 0)
		e2e__smtp_log(m, s, '<', "AUTH (not shown)", 16);
	else
		e2e__smtp_log(m, s, '<', line, n);
	if (strlen(line) != n) {
		e2e__smtp_say(m, s, "500 5.5.2 a NUL in a command");
		return;
	}

	snprintf(s->verb, sizeof s->verb, "%.*s", (int)(v < 15 ? v : 15), line);
	if (e2e__smtp_fault(m, s, s->verb, line))
		return;
	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasecmp(s->verb, known[i].verb) == 0 && v < 15) {
			known[i].fn(m, s, args);
			return;
		}
	e2e__smtp_say(m, s, "500 5.5.1 unknown command");
}

/* The envelope: a number of lines that the mail itself can't change, whatever is in it. */
E2E__FN struct e2e__heap e2e__smtp_envelope(const struct e2e__session *s)
{
	struct e2e__heap head;
	char number[16];
	const char *to = s->rcpt.p, *part[10];
	unsigned i;

	memset(&head, 0, sizeof head);
	snprintf(number, sizeof number, "%u", s->recipients);
	part[0] = "X-Envelope: ";
	part[1] = number;
	part[2] = "\nX-Envelope-Helo: ";
	part[3] = s->helo;
	part[4] = "\nX-Envelope-User: ";
	part[5] = s->user ? s->user : "";
	part[6] = "\nX-Envelope-Tls: ";
	part[7] = "";
#ifdef E2E_OPENSSL
	if (s->tls)
		part[7] = SSL_get_version((SSL *)s->tls);
#endif
	part[8] = "\nX-Envelope-From: ";
	part[9] = s->sender;
	for (i = 0; i < 10; i++) /* a name from base64 may hold a line feed */
		e2e__smtp_heap_add(
			&head, part[i], i % 2 ? strcspn(part[i], "\n") : strlen(part[i]));
	for (i = 0; i < s->recipients; i++, to += strlen(to) + 1) {
		e2e__smtp_heap_add(&head, "\nX-Envelope-To: ", 16);
		e2e__smtp_heap_add(&head, to, strlen(to));
	}

	e2e__smtp_heap_add(&head, "\n", 1);
	return head;
}

/* Writes the mail where the case looks for it: whole, under its number. */
E2E__FN bool e2e__smtp_store(struct e2e__mail_self *m, struct e2e__session *s)
{
	struct e2e__heap head = e2e__smtp_envelope(s);
	char name[48];
	int fd = open("part", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool well = fd >= 0;

	e2e__smtp_heap_add(&head, s->mail.p ? s->mail.p : "",
		s->mail.n < 16384 ? s->mail.n : 0); /* one write for most */
	well = well && e2e__file_write_whole(fd, head.p, head.n) &&
		(s->mail.n < 16384 || e2e__file_write_whole(fd, s->mail.p, s->mail.n));
	snprintf(name, sizeof name, "%06lld.eml", m->shared->mails + 1);
	if (fd >= 0 && close(fd) != 0)
		well = false;
	if (well && rename("part", name) != 0)
		well = false;
	if (well)
		m->shared->mails++;
	else
		m->shared->error = errno ? errno : EIO;
	free(head.p);
	return well;
}

/* The mail is complete. */
E2E__FN void e2e__smtp_deliver(struct e2e__mail_self *m, struct e2e__session *s)
{
	char text[64];

	snprintf(text, sizeof text, "(mail of %lu byte%s) .", (unsigned long)s->mail.n,
		E2E__PLURAL(s->mail.n));
	e2e__smtp_log(m, s, '<', text, strlen(text));
	s->state = E2E__SMTP_COMMAND;
	if (e2e__smtp_fault(m, s, ".", ".")) {
		;
	} else if (s->too_big) {
		e2e__smtp_say(m, s, "552 5.3.4 too big: 67108864 bytes are the limit");
	} else if (!e2e__smtp_store(m, s)) {
		e2e__smtp_say(m, s, "452 4.3.1 the test can't store it");
	} else {
		e2e__story_tell("mail", "mail", false, "%lu byte%s from <%.40s> to <%.40s>%s%s%s",
			(unsigned long)s->mail.n, E2E__PLURAL(s->mail.n), s->sender,
			s->rcpt.p ? s->rcpt.p : "", s->recipients > 1 ? " and others" : "",
			*s->from ? ", sent by " : "", s->from);
		snprintf(text, sizeof text, "250 2.0.0 ok: mail %lld", m->shared->mails);
		e2e__smtp_say(m, s, text);
	}

	e2e__smtp_reset(s);
}

E2E__FN void e2e__smtp_text(struct e2e__session *s, const char *p, size_t n)
{
	if (s->mail.n + n > E2E__SMTP_SIZE)
		s->too_big = true;
	else
		e2e__smtp_heap_add(&s->mail, p, n);
}

/* Has the client ended its mail with bare line feeds? It will wait for ever; the case shall hear
 * why. */
E2E__FN void e2e__smtp_suspect(struct e2e__mail_self *m, const char *p, size_t n)
{
	const char *dot = p, *end = p + n;

	while ((dot = (const char *)memchr(dot, '.', (size_t)(end - dot))) != NULL) {
		if (dot > p && dot[-1] == '\n' && dot + 1 < end && dot[1] == '\n')
			m->shared->bare_dot = true;
		dot++;
	}
}

/* Takes the mail's text until CR LF . CR LF, and only that: what ends at bare line feeds can be
 * fooled. Returns how many bytes were taken. */
E2E__FN size_t e2e__smtp_take(
	struct e2e__mail_self *m, struct e2e__session *s, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		char c = p[i];

		if (s->dot == E2E__DOT_DOT_CR && c == '\n') {
			e2e__smtp_deliver(m, s);
			return i + 1;
		}
		if (s->dot == E2E__DOT_START && c == '.') {
			s->dot = E2E__DOT_DOT; /* the transport's own dot */
			continue;
		}
		if (s->dot == E2E__DOT_DOT && c == '\r') {
			s->dot = E2E__DOT_DOT_CR;
			continue;
		}
		if (s->dot == E2E__DOT_DOT_CR)
			e2e__smtp_text(s, "\r", 1);
		if (s->dot == E2E__DOT_CR && c == '\n') {
			s->dot = E2E__DOT_START;
			e2e__smtp_text(s, &c, 1);
			continue;
		}
		if (c != '\r') { /* the fast way through a line */
			const char *end = (const char *)memchr(p + i, '\r', n - i);
			size_t k = end ? (size_t)(end - p) - i : n - i;

			e2e__smtp_suspect(m, p + i, k);
			e2e__smtp_text(s, p + i, k);
			i += k - 1;
			s->dot = E2E__DOT_TEXT;
			continue;
		}
		s->dot = E2E__DOT_CR;
		e2e__smtp_text(s, &c, 1);
	}

	return n;
}

/* Collects a command line, which may end with a bare line feed (people type). */
E2E__FN size_t e2e__smtp_line(
	struct e2e__mail_self *m, struct e2e__session *s, const char *p, size_t n)
{
	const char *end = (const char *)memchr(p, '\n', n);
	size_t k = end ? (size_t)(end - p) : n;

	if (s->too_long || s->line.n + k > E2E__SMTP_LINE) {
		if (!s->too_long)
			e2e__smtp_log(m, s, '<', s->line.p ? s->line.p : "", s->line.n);
		s->too_long = !end;
		s->line.n = 0;
		if (end)
			e2e__smtp_say(m, s, "500 5.5.2 line too long");
		return end ? k + 1 : n;
	}

	e2e__smtp_heap_add(&s->line, p, k);
	if (!end)
		return n;
	if (s->line.n && s->line.p[s->line.n - 1] == '\r')
		s->line.p[--s->line.n] = 0;
	k++;
	if (s->state == E2E__SMTP_COMMAND)
		e2e__smtp_command(m, s, s->line.p, s->line.n);
	else
		e2e__smtp_answer(m, s, s->line.p);
	s->line.n = 0;
	return k;
}

E2E__FN void e2e__smtp_input(
	struct e2e__mail_self *m, struct e2e__session *s, const char *p, size_t n)
{
	while (n && !s->gone && !s->stalled && !s->ending) {
		size_t k = s->state == E2E__SMTP_DATA ? e2e__smtp_take(m, s, p, n)
						      : e2e__smtp_line(m, s, p, n);

		p += k;
		n -= k;
		if (s->tls_wanted)
			/* what came behind STARTTLS in clear text must not count as said under
			 * TLS */
			return;
	}
}
