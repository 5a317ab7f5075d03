#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "waits.h"
#include "endpoint.h"
#include "helper.h"
#include "certs.h"
#include "smtp.h"
#include "sink.h"
#include "mime.h"

/* @manual Mail
 *	e2e_mailbox *m = e2e_mailbox_open();
 *	e2e_run("curl", "-s", "--url", m->url, "--mail-from", "a@x", "--mail-rcpt", "b@y", "-T",
 *		"mail.txt");
 *	e2e_mail_wait(m, 1);
 *	e2e_is_str(m->mail[0].subject, "Hello");
 *	e2e_mail_expect(m, "Hello", "b@y");
 *
 *	An SMTP server of the case's own on 127.0.0.1: whatever is sent to anybody arrives here and
 *	nowhere else. It speaks ESMTP: HELO, EHLO, MAIL, RCPT, DATA, RSET, NOOP, VRFY, HELP, QUIT,
 *	AUTH PLAIN and LOGIN (any password is right and none is kept), SIZE (64 MiB), 8BITMIME,
 *	SMTPUTF8, PIPELINING. With E2E_OPENSSL also STARTTLS, and TLS from the first byte at
 *	m->smtps_url; m->ca is the authority for both.
 *	Programs often return before their mail has arrived: e2e_mail_wait and e2e_mail_expect wait
 *	for it. Between them m->mail and m->count don't change.
 *	A mail may have parts: .body is the text that a person reads, .html the same as HTML or
 *	NULL, and .part[0] to .part[.nparts - 1] are all of them in their order, parts of parts too.
 *	Each has .type, .charset, .name (of its file), .attached, .body and .size, without base64
 *	and quoted-printable. Texts that aren't attached are in UTF-8 (from ISO 8859-1 and -15 and
 *	windows-1252), with lines that end with \n; what is attached is as it was, byte by byte.
 *		const e2e_mail_part *pdf = e2e_mail_attachment(&m->mail[0], "invoice.pdf");
 *		e2e_must(e2e_ok(pdf, "it has the invoice"));
 *		e2e_is_mem(pdf->body, wanted, size);
 *		e2e_is_str(e2e_mail_decoded(&m->mail[0], "From"), "J\u00fcrgen <a@x>");
 *	Faults: e2e_mail_fault(m, "RCPT", 550) answers each RCPT with 550; E2E_MAIL_DROP closes the
 *	connection instead of an answer, E2E_MAIL_STALL never answers, 0 ends the fault. The command
 *	is a verb, or CONNECT for the greeting, or "." for the end of a mail (a command that no
 *	client says fails the case); or, if it holds a blank, how the line begins, with wildcards:
 *	"RCPT TO:<*@bad.example>" (in any case). e2e_mail_fault_first(m, "DATA", 451, 1) does so to
 *	the first one only, as greylisting does. A failed case shows what came, in the suite's
 *	mailbox too, and the dialogue; both are files in its folder (NAME.eml, smtp.log).
 */

/* @interface */

/* A new mailbox; it lives until the end of the case (of the suite, in its set-up). */
#define e2e_mailbox_open() e2e__mail_open_box(E2E__AT)
/* e2e_mail_wait(m, n [, seconds]): a test point. Waits until n mails, counted from the first one,
 * have arrived; false if the time (default e2e_proc_timeout) is over. m->mail holds all that have
 * arrived, perhaps more. With n 0 it doesn't wait: false if a mail has arrived by now. */
#define e2e_mail_wait(...) E2E__MAIL_WAIT(__VA_ARGS__, -1., 0)
/* e2e_mail_expect(m, subject, recipient, ...): a test point. Waits for a mail with this subject to
 * just these recipients, in any order: strings, each may name several ("a@x, b@y"), or one
 * NULL-terminated array; "*" stands for anybody. Each mail answers one expectation, so that two
 * equal mails can be expected. Returns the mail, or NULL. */
#define e2e_mail_expect(m, subject, ...) \
	e2e__mail_expect( \
		E2E__AT, m, subject, sizeof *(E2E__FIRST_OF(__VA_ARGS__)), __VA_ARGS__, E2E__LAST)
/* Looks for new mails without waiting. Returns their number. */
E2E__FN size_t e2e_mail_count(e2e_mailbox *m);
/* Faults; the manual describes them. They are in force when the call returns. e2e_mail_clear ends
 * all. */
#define e2e_mail_fault(m, command, code) e2e__mail_fault(E2E__AT, m, command, code, -1)
#define e2e_mail_fault_first(m, command, code, n) e2e__mail_fault(E2E__AT, m, command, code, n)
#define e2e_mail_clear(m) e2e__mail_fault(E2E__AT, m, NULL, 0, -1)

#define E2E__MAIL_WAIT(m, n, seconds, ...) e2e__mail_wait(E2E__AT, m, n, seconds)
#define E2E__FIRST_OF(...) E2E__FIRST_OF_(__VA_ARGS__, )
#define E2E__FIRST_OF_(first, ...) first

E2E__FN e2e_mailbox *e2e__mail_open_box(const char *file, int line);
E2E__FN bool e2e__mail_wait(const char *file, int line, e2e_mailbox *m, size_t n, double seconds);
E2E__FN const e2e_mail *e2e__mail_expect(const char *file, int line, e2e_mailbox *m,
	const char *subject, size_t size, ...) E2E__SENTINEL;
E2E__FN void e2e__mail_fault(
	const char *file, int line, e2e_mailbox *m, const char *command, int code, int first);

/* @implementation */

/* The next line of the envelope behind its name; NULL if it isn't that. */
E2E__FN char *e2e__mail_envelope(char **at, const char *name)
{
	char *line = *at, *end = strchr(line, '\n');
	size_t n = strlen(name);

	if (!end || strncmp(line, name, n) != 0)
		return NULL;
	*end = 0;
	*at = end + 1;
	return line + n;
}

E2E__FN bool e2e__mail_load(e2e_mail *mail, const char *path)
{
	size_t size, n, i;
	char *text = e2e__file_read(path, &size), *at = text, *count;
	const char **to;

	memset(mail, 0, sizeof *mail);
	count = text ? e2e__mail_envelope(&at, "X-Envelope: ") : NULL;
	if (!count)
		return false;
	errno = EINVAL; /* it isn't as the sink has written it */
	if (strspn(count, "0123456789") != strlen(count) || strlen(count) > 4 ||
		atoi(count) > E2E__SMTP_RECIPIENTS)
		return false;
	n = (size_t)atoi(count);
	to = (const char **)e2e__memory_alloc((n + 1) * sizeof *to);
	mail->helo = e2e__mail_envelope(&at, "X-Envelope-Helo: ");
	mail->user = e2e__mail_envelope(&at, "X-Envelope-User: ");
	mail->tls = e2e__mail_envelope(&at, "X-Envelope-Tls: ");
	mail->sender = e2e__mail_envelope(&at, "X-Envelope-From: ");
	for (i = 0; i < n; i++)
		if (!(to[i] = e2e__mail_envelope(&at, "X-Envelope-To: ")))
			return false;
	if (!mail->helo || !mail->user || !mail->tls || !mail->sender)
		return false;
	if (mail->user && !*mail->user)
		mail->user = NULL;
	if (mail->tls && !*mail->tls)
		mail->tls = NULL;
	mail->recipients = to;
	mail->nrecipients = n;
	mail->raw = at;
	mail->raw_size = size - (size_t)(at - text);
	mail->path = path;
	e2e__mime_read(mail);
	return true;
}

/* A mail that has arrived and can't be read is not none: the case ends, if it hasn't failed
 * already. */
E2E__FN bool e2e__mail_unreadable(const e2e_mailbox *m, size_t number)
{
	const struct e2e__helper *h = &m->self->helper;

	if (!e2e__exit_failed())
		e2e__helper_die(h->file, h->at, "mailbox",
			e2e_printf("can't read mail %lu in %s", (unsigned long)number, m->dir),
			errno ? errno : EIO, "was the folder removed, or are too many files open?");
	return false;
}

E2E__FN size_t e2e_mail_count(e2e_mailbox *m)
{
	static const char *const nobody[64] = {NULL}; /* for tests that look behind the last mail */
	const volatile struct e2e__mail_shared *s = m->self->shared;
	size_t n = (size_t)s->mails, i;

	if (m->self->loaded != e2e__net.cases) { /* their memory went with the case before */
		m->count = 0;
		m->mail = NULL;
		m->self->loaded = e2e__net.cases;
	}

	if (n > m->count || !m->mail) {
		size_t empty = 16;
		e2e_mail *mail = (e2e_mail *)e2e__memory_alloc((n + empty) * sizeof *mail);

		if (m->count)
			memcpy(mail, m->mail, m->count * sizeof *mail);
		for (i = m->count; i < n; i++)
			if (!e2e__mail_load(&mail[i],
				    e2e_printf("%s/%06lu.eml", m->dir, (unsigned long)i + 1)) &&
				!e2e__mail_unreadable(m, i + 1))
				break;
		m->count = i;
		for (; i < n + empty; i++) {
			memset(&mail[i], 0, sizeof mail[i]);
			mail[i].recipients = nobody;
		}
		m->mail = mail;
	}

	return m->count;
}

/* ", 3 parts: text/plain, application/pdf "a.pdf"" */
E2E__FN const char *e2e__mail_list_parts(const e2e_mail *mail)
{
	const char *out = e2e_printf(", %lu parts:", (unsigned long)mail->nparts);

	if (mail->nparts < 2)
		return "";
	for (size_t i = 0; i < mail->nparts && i < 20; i++)
		out = e2e_printf("%s%s %s%s%s", out, i ? "," : "", mail->part[i].type,
			mail->part[i].name ? " " : "",
			mail->part[i].name ? e2e_quoted(mail->part[i].name) : "");
	return mail->nparts > 20 ? e2e_printf("%s, ...", out) : out;
}

/* The mails that are there, for a failure. */
E2E__FN const char *e2e__mail_list(const e2e_mailbox *m)
{
	const char *out = "";
	size_t i, j;

	if (!m->count)
		return "no mail at all";
	for (i = 0; i < m->count && i < 50; i++) {
		const e2e_mail *mail = &m->mail[i];

		out = e2e_printf("%s%smail[%lu]: %s from <%s> to", out, i ? "\n" : "",
			(unsigned long)i,
			mail->subject ? e2e_quoted(mail->subject) : "(no subject)", mail->sender);
		for (j = 0; j < mail->nrecipients && j < 20; j++)
			out = e2e_printf("%s <%s>", out, mail->recipients[j]);
		out = e2e_printf("%s%s", out, e2e__mail_list_parts(mail));
		if (mail->expected_at)
			out = e2e_printf("%s (answers %s)", out, mail->expected_at);
	}

	return m->count > 50 ? e2e_printf("%s\n... %lu in all", out, (unsigned long)m->count) : out;
}

/* Why a mail may be missing. */
E2E__FN const char *e2e__mail_hint(const e2e_mailbox *m)
{
	const struct e2e__mail_shared *s = m->self->shared;

	if (s->error)
		return e2e_printf(
			"a mail couldn't be stored in %s: %s", m->dir, strerror(s->error));
	if (!s->sessions)
		return e2e_printf(
			"nobody has connected to port %d: is the program told to send there?",
			m->port);
	if (s->bare_dot)
		return "a mail holds a dot between bare line feeds: only CR LF . CR LF ends a mail";
	return e2e_printf("connections until now: %lld, open: %lld; the dialogue is in %s/smtp.log",
		s->sessions, s->open, m->dir);
}

/* None is wanted: then there must be none by now. */
E2E__FN bool e2e__mail_none(const char *file, int line, e2e_mailbox *m)
{
	e2e_failure f = e2e__system_failure("mail", NULL, NULL);

	f.got = e2e_printf("%lu", (unsigned long)e2e_mail_count(m));
	f.want = "0";
	f.diff = m->count ? e2e__mail_list(m) : NULL;
	return e2e_report(file, line, m->count == 0, "0 mails", &f);
}

E2E__FN bool e2e__mail_wait(const char *file, int line, e2e_mailbox *m, size_t n, double seconds)
{
	double limit = e2e__system_patience(seconds), end = e2e__system_wait_until(limit);
	const char *name = e2e_printf("%lu mail%s", (unsigned long)n, E2E__PLURAL(n));

	if (n == 0)
		return e2e__mail_none(file, line, m);
	for (size_t told = n; e2e_mail_count(m) < n && e2e_now() < end; e2e__limit_pause(0.002)) {
		if (told != m->count)
			e2e__wait_waiting(
				"%s at port %d; %zu came until now", name, m->port, m->count);
		told = m->count;
	}

	e2e__wait_waiting(NULL);
	if (m->count >= n)
		return e2e_report(file, line, true, name, NULL);
	e2e_failure f = e2e__system_failure(
		"timeout", e2e_printf("waited %g s for mails", limit), e2e__mail_hint(m));
	f.got = e2e_printf("%lu", (unsigned long)m->count);
	f.want = e2e_printf("%lu", (unsigned long)n);
	f.diff = m->count ? e2e__mail_list(m) : NULL;
	return e2e_report(file, line, false, name, &f);
}

/* "a@x, b@y" -> two entries of the list; counts them if there is no list. */
E2E__FN size_t e2e__mail_split(const char *text, const char **list, size_t n)
{
	while (*text) {
		size_t k;

		text += strspn(text, ", \t");
		k = strcspn(text, ",");
		while (k && (text[k - 1] == ' ' || text[k - 1] == '\t'))
			k--;
		if (k && list) {
			char *one = e2e__memory_strdup(text);

			one[k] = 0;
			list[n] = one;
		}
		n += k > 0;
		text += strcspn(text, ",");
	}

	return n;
}

/* Are these the mail's recipients, in whatever order? */
E2E__FN bool e2e__mail_to(const e2e_mail *mail, const char *const *want, size_t n)
{
	size_t i, j, a, b;

	if (n == 1 && strcmp(want[0], "*") == 0)
		return true;
	if (n != mail->nrecipients)
		return false;
	for (i = 0; i < n; i++) {
		for (j = a = b = 0; j < n; j++) { /* as often here as there */
			a += strcmp(want[j], want[i]) == 0;
			b += strcmp(mail->recipients[j], want[i]) == 0;
		}
		if (a != b)
			return false;
	}

	return true;
}

E2E__FN e2e_mail *e2e__mail_find(
	e2e_mailbox *m, const char *subject, const char *const *to, size_t n)
{
	size_t i;

	for (i = 0; i < m->count; i++) {
		e2e_mail *mail = &m->mail[i];

		if (!mail->expected_at &&
			strcmp(mail->subject ? mail->subject : "", subject) == 0 &&
			e2e__mail_to(mail, to, n))
			return mail;
	}
	return NULL;
}

/* The recipients of an expectation, from strings or from one array of strings. */
E2E__FN const char **e2e__mail_wanted(size_t size, va_list args, size_t *n)
{
	const char **one, **list;
	size_t given = 0, i;
	va_list count;

	*n = 0;
	if (size != 1) {
		const char *const *array = va_arg(args, const char *const *);

		while (array[*n])
			(*n)++;
		list = (const char **)e2e__memory_alloc((*n + 1) * sizeof *list);
		memcpy(list, array, *n * sizeof *list);
		return list;
	}

	va_copy(count, args);
	while (va_arg(count, const char *))
		given++;
	va_end(count);
	one = (const char **)e2e__memory_alloc((given + 1) * sizeof *one);
	for (i = 0; i < given; i++)
		one[i] = va_arg(args, const char *);
	for (i = 0; i < given; i++)
		*n = e2e__mail_split(one[i], NULL, *n);
	list = (const char **)e2e__memory_alloc((*n + 1) * sizeof *list);
	for (i = *n = 0; i < given; i++)
		*n = e2e__mail_split(one[i], list, *n);
	return list;
}

E2E__FN const e2e_mail *e2e__mail_expect(
	const char *file, int line, e2e_mailbox *m, const char *subject, size_t size, ...)
{
	double limit = e2e__system_patience(-1), end = e2e__system_wait_until(limit);
	const char *name, *all = "", **to;
	e2e_mail *mail;
	va_list args;
	size_t n, i;

	va_start(args, size);
	to = e2e__mail_wanted(size, args, &n);
	va_end(args);
	for (i = 0; i < n; i++)
		all = e2e_printf("%s <%s>", all, to[i]);
	name = e2e_printf("mail %s to%s", e2e_quoted(subject), all);
	e2e__wait_waiting("%s at port %d", name, m->port);
	while (e2e_mail_count(m), !(mail = e2e__mail_find(m, subject, to, n)) && e2e_now() < end)
		e2e__limit_pause(0.002);
	e2e__wait_waiting(NULL);
	if (mail) {
		mail->expected_at = e2e_printf("%s:%d", file, line);
		e2e_report(file, line, true, name, NULL);
		return mail;
	}

	e2e_failure f = e2e__system_failure(
		"no-mail", e2e_printf("waited %g s for a mail", limit), e2e__mail_hint(m));
	f.want = name;
	f.got = m->count > 1 ? e2e_printf("%lu other mails", (unsigned long)m->count)
			     : e2e__mail_list(m);
	f.diff = m->count > 1 ? e2e__mail_list(m) : NULL;
	e2e_report(file, line, false, name, &f);
	return NULL;
}

/* Is the first word of a fault's command one that a client may say? */
E2E__FN bool e2e__mail_smtp_known(const char *command)
{
	static const char *const known[] = {"EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP",
		"VRFY", "EXPN", "HELP", "QUIT", "AUTH", "STARTTLS", "BDAT", "ETRN", "CONNECT", "."};
	size_t n = strcspn(command, " "), i;

	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i]) == n && strncasecmp(command, known[i], n) == 0)
			return true;
	return strcspn(command, "*?[") < n; /* a pattern from its first word on */
}

/* `first`: so many times; -1: always. */
E2E__FN void e2e__mail_fault(
	const char *file, int line, e2e_mailbox *m, const char *command, int code, int first)
{
	struct e2e__mail_shared *s = m->self->shared;
	const char *wrong = NULL;
	size_t i, kept = 0;

	if (command && (strlen(command) >= sizeof s->rule[0].command || !*command))
		wrong = e2e_printf("%s is no SMTP command", e2e_quoted(command));
	else if (code != 0 && code != E2E_MAIL_DROP && code != E2E_MAIL_STALL &&
		(code < 200 || code > 599))
		wrong = e2e_printf("%d is no SMTP reply", code);
	else if (command && !e2e__mail_smtp_known(command))
		wrong = e2e_printf(
			"no client says %s: the fault would never come", e2e_quoted(command));
	else if (first != -1 && first < 1)
		wrong = e2e_printf("%d is no number of times: the fault would never come", first);
	const char *hint =
		"for example e2e_mail_fault(m, \"RCPT\", 550); the commands are EHLO, HELO, MAIL, RCPT, DATA, RSET, NOOP, VRFY, EXPN, HELP, "
		"QUIT, AUTH, STARTTLS, BDAT, ETRN, and CONNECT and \".\"";
	if (wrong)
		e2e__system_die_of(file, line, "e2e_mail_fault", "usage", wrong, hint);
	for (i = 0; command && i < s->rules; i++)
		/* a new fault replaces the old one of the same command */
		if (strcasecmp(s->rule[i].command, command) != 0)
			s->rule[kept++] = s->rule[i];
	s->rules = kept;
	if (command && code != 0) {
		if (kept == E2E__SMTP_RULES)
			e2e__system_die_of(
				file, line, "e2e_mail_fault", "usage", "more than 32 faults", hint);
		strcpy(s->rule[kept].command, command);
		s->rule[kept].code = code;
		s->rule[kept].left = first;
		s->rule[kept].serial = ++s->serials;
		s->rules++;
	}

	e2e__helper_apply(file, line, &m->self->helper);
}

E2E__FN void e2e__mail_case_begin(struct e2e__helper *h)
{
	struct e2e__mail_self *self = (struct e2e__mail_self *)(void *)h;

	self->before = self->shared->mails;
}

/* The dialogue is evidence already; here is what it ended with. */
E2E__FN void e2e__mail_tell(struct e2e__helper *h)
{
	struct e2e__mail_self *self = (struct e2e__mail_self *)(void *)h;

	e2e_mail_count(self->box);
	e2e__hook_explain(e2e_printf("mailbox_%d", self->box->port),
		e2e_printf("%s%s\n%s",
			self->before ? e2e_printf("%lld came before this case\n", self->before)
				     : "",
			e2e__mail_list(self->box), e2e__mail_hint(self->box)));
}

/* A mail that was refused because it couldn't be written was never the program's fault. */
E2E__FN void e2e__mail_judge(struct e2e__helper *h)
{
	struct e2e__mail_self *self = (struct e2e__mail_self *)(void *)h;

	if (!self->shared->error)
		return;
	e2e_failure f = e2e__system_failure("mailbox",
		e2e_printf("a mail couldn't be stored in %s: %s", self->box->dir,
			strerror(self->shared->error)),
		"is the disk full, or was the folder removed? The client got 452");
	e2e_report(h->file, h->at, false, "the mailbox keeps what it takes", &f);
}

E2E__FN e2e_mailbox *e2e__mail_open_box(const char *file, int line)
{
	e2e_mailbox *m = (e2e_mailbox *)e2e__memory_alloc(sizeof *m);
	struct e2e__mail_self *self = (struct e2e__mail_self *)e2e__memory_alloc(sizeof *self);
	struct e2e__helper *h = &self->helper;
	int sock = e2e__endpoint_listen(file, line, "tcp:127.0.0.1:0"), sock2 = -1;

	m->self = self;
	self->box = m;
	self->loaded = e2e__net.cases;
	m->smtps_port = -1;
	m->port = e2e_endpoint_port(e2e_endpoint(sock));
	m->address = e2e_printf("127.0.0.1:%d", m->port);
	m->url = e2e_printf("smtp://%s", m->address);
	m->dir = e2e_printf("%s/mail-%d", e2e__folder_tmpdir(file, line), m->port);
	if (e2e__file_mkdirs(m->dir, 0700) != 0)
		e2e__helper_die(
			file, line, "mailbox", e2e_printf("can't make %s", m->dir), errno, NULL);
#ifdef E2E_OPENSSL
	{
		const e2e_certificates *c = e2e__certs_made(
			file, line, e2e_printf("%s/tls", m->dir), "localhost,127.0.0.1", false);

		m->ca = c->ca;
		self->cert = c->server;
		self->key = c->server_key;
		sock2 = e2e__endpoint_listen(file, line, "tcp:127.0.0.1:0");
		m->smtps_port = e2e_endpoint_port(e2e_endpoint(sock2));
		m->smtps_url = e2e_printf("smtps://127.0.0.1:%d", m->smtps_port);
	}
#endif
	h->what = "mail-sink";
	h->run = e2e__sink_run;
	h->begin = e2e__mail_case_begin;
	h->tell = e2e__mail_tell;
	h->judge = e2e__mail_judge;
	self->shared =
		(struct e2e__mail_shared *)e2e__helper_share(file, line, h, sizeof *self->shared);
	self->log_path = e2e_printf("%s/smtp.log", m->dir);
	e2e__helper_start(file, line, h, sock, sock2);
	e2e__hook_evidence("smtp", self->log_path);
	e2e_mail_count(m);
	return m;
}
