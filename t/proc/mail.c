/* The mail sink: real clients, faults, hostile input. */
/* e2e: openssl */
#define E2E_OPENSSL
#include "e2e_proc.h"
#include "../golden.h"
#include "broken/talk.h"
#include <sys/resource.h>

static const char mime[] = "From: a@x\r\nTo: b@y\r\nSubject: Hello\r\n\r\nhi\r\n.a dot\r\n";

static const char *port_of(const e2e_mailbox *m)
{
	return e2e_printf("%d", m->port);
}

static int curl(const e2e_mailbox *m, const char *mail)
{
	return e2e_run_with((e2e_spawn_opts){.stdin_text = mail}, "curl", "-sS", "--url", m->url,
			    "--mail-from", "a@x", "--mail-rcpt", "b@y", "--mail-rcpt", "c@z", "-T", "-")
	    .status;
}

static int msmtp(const e2e_mailbox *m, const char *subject)
{
	return e2e_run_with((e2e_spawn_opts){.stdin_text = e2e_printf("Subject: %s\n\nbody\n", subject)},
			    "msmtp", "--host=127.0.0.1", e2e_printf("--port=%d", m->port), "--from=a@x",
			    "b@y")
	    .status;
}

static int dial(const e2e_mailbox *m)
{
	return talk_to(m->address);
}

E2E_TEST(curl_sends)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_require_command("curl");
	e2e_is_int(e2e_mail_count(m), 0);
	e2e_is_int(curl(m, mime), 0);
	e2e_must(e2e_mail_wait(m, 1));
	e2e_is_int(m->count, 1);
	e2e_is_str(m->mail[0].subject, "Hello");
	e2e_is_str(m->mail[0].sender, "a@x");
	e2e_is_str(m->mail[0].recipients[0], "b@y");
	e2e_is_str(m->mail[0].recipients[1], "c@z");
	e2e_is_ptr(m->mail[0].recipients[2], NULL);
	e2e_is_int(m->mail[0].nrecipients, 2);
	e2e_is_str(m->mail[0].body, "hi\n.a dot\n");
	e2e_is_mem(m->mail[0].raw, mime, sizeof mime - 1);
	e2e_is_str(e2e_mail_header(&m->mail[0], "to"), "b@y");
	e2e_is_str(e2e_mail_header(&m->mail[0], "Cc"), NULL);
	e2e_mail_expect(m, "Hello", "b@y", "c@z");
}

E2E_TEST(curl_sends_by_starttls)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_require_command("curl");
	e2e_is_int(e2e_run_with((e2e_spawn_opts){.stdin_text = mime}, "curl", "-sS", "--ssl-reqd", "--cacert",
				m->ca, "-u", "joe:secret", "--url",
				e2e_printf("smtp://localhost:%d", m->port), "--mail-from", "a@x",
				"--mail-rcpt", "b@y", "-T", "-")
		       .status,
		   0);
	e2e_must(e2e_mail_wait(m, 1));
	e2e_like(m->mail[0].tls, "^TLSv1\\.[23]$");
	e2e_is_str(m->mail[0].user, "joe");
	e2e_is_str(m->mail[0].body, "hi\n.a dot\n");
	e2e_unlike(e2e__file_read(m->self->log_path, NULL), "secret|c2VjcmV0|AGpvZQBzZWNyZXQ");
}

/* TLS from the first byte, at a port of its own. */
E2E_TEST(clients_send_by_smtps)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_require_command("curl");
	e2e_require_command("msmtp");
	e2e_is_str(m->smtps_url, e2e_printf("smtps://127.0.0.1:%d", m->smtps_port));
	e2e_isnt_int(m->smtps_port, m->port);
	e2e_is_int(e2e_run_with((e2e_spawn_opts){.stdin_text = mime}, "curl", "-sS", "--cacert", m->ca, "-u", "joe:secret",
				"--url", m->smtps_url, "--mail-from", "a@x", "--mail-rcpt", "b@y", "-T", "-")
		       .status,
		   0);
	e2e_is_int(e2e_run_with((e2e_spawn_opts){.stdin_text = "Subject: msmtp\n\nbody\n"}, "msmtp", "--host=localhost",
				e2e_printf("--port=%d", m->smtps_port), "--from=a@x", "--tls=on", "--tls-starttls=off",
				e2e_printf("--tls-trust-file=%s", m->ca), "b@y")
		       .status,
		   0);
	e2e_is_int(msmtp(m, "plain"), 0, "the other port stays as it was");
	e2e_must(e2e_mail_wait(m, 3));
	for (int i = 0; i < 2; i++)
		e2e_like(m->mail[i].tls, "^TLSv1\\.[23]$");
	e2e_is_str(m->mail[0].user, "joe");
	e2e_is_str(m->mail[1].subject, "msmtp");
	e2e_is_ptr(m->mail[2].tls, NULL);
}

E2E_TEST(smtps_has_the_faults_too)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_require_command("curl");
	e2e_result r;
#define smtps()                                                                                                    \
	e2e_run_with((e2e_spawn_opts){.stdin_text = "Subject: x\n\n"}, "curl", "-sS", "-v", "--cacert", m->ca, "--url",        \
		     m->smtps_url, "--mail-from", "a@x", "--mail-rcpt", "b@y", "-T", "-")
	e2e_mail_fault_first(m, "CONNECT", 421, 1);
	r = smtps();
	e2e_isnt_int(r.status, 0);
	e2e_like(r.err, "< 421 ");
	e2e_mail_fault_first(m, "CONNECT", E2E_MAIL_DROP, 1);
	e2e_isnt_int(smtps().status, 0);
	e2e_mail_fault_first(m, "RCPT", 550, 1);
	r = smtps();
	e2e_like(r.err, "< 550 ");
	e2e_is_int(smtps().status, 0);
	e2e_mail_wait(m, 1);
#undef smtps
	/* somebody who speaks no TLS, or leaves in the middle of the handshake */
	int fd = e2e_dial(e2e_printf("tcp:127.0.0.1:%d", m->smtps_port));
	e2e_is_int(write(fd, "EHLO x\r\n", 8), 8);
	char byte[16];
	e2e_cmp_int(read(fd, byte, sizeof byte), "<", 16, "an alert, or the end");
	close(e2e_dial(e2e_printf("tcp:127.0.0.1:%d", m->smtps_port)));
	e2e_eventually(30, strstr(e2e__file_read(m->self->log_path, NULL), "(the TLS handshake failed)") != NULL);
	e2e_is_int(msmtp(m, "still there"), 0);
	e2e_mail_wait(m, 2);
}

E2E_TEST(msmtp_sends)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_require_command("msmtp");
	e2e_is_int(msmtp(m, "plain"), 0);
	e2e_is_int(e2e_run_with((e2e_spawn_opts){.stdin_text = "Subject: tls\n\nbody\n"}, "msmtp",
				"--host=localhost", e2e_printf("--port=%d", m->port), "--from=a@x",
				"--tls=on", "--tls-starttls=on", e2e_printf("--tls-trust-file=%s", m->ca),
				"b@y")
		       .status,
		   0);
	e2e_must(e2e_mail_wait(m, 2));
	e2e_is_str(m->mail[0].body, "body\n");
	e2e_is_ptr(m->mail[0].tls, NULL);
	e2e_like(m->mail[1].tls, "^TLS");
}

E2E_TEST(swaks_pipelines_and_logs_in)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_require_command("swaks");
	e2e_is_int(e2e_run("swaks", "--server", "127.0.0.1", "--port", port_of(m), "--from", "a@x", "--to",
			   "b@y,c@y", "--pipeline", "-a", "PLAIN", "-au", "joe", "-ap", "secret",
			   "--h-Subject", "piped")
		       .status,
		   0);
	e2e_is_int(e2e_run("swaks", "--server", "127.0.0.1", "--port", port_of(m), "--from", "<>", "--to",
			   "b@y", "-a", "LOGIN", "-au", "joe", "-ap", "secret", "--h-Subject", "login")
		       .status,
		   0);
	e2e_mail_expect(m, "piped", "c@y, b@y");
	e2e_mail_expect(m, "login", "b@y");
	e2e_is_str(m->mail[0].user, "joe");
	e2e_is_str(m->mail[1].user, "joe");
	e2e_is_str(m->mail[1].sender, "");
	e2e_unlike(e2e__file_read(m->self->log_path, NULL), "secret|c2VjcmV0|AGpvZQBzZWNyZXQ");
}

E2E_TEST(python_sends_unicode)
{
	e2e_mailbox *m = e2e_mailbox_open();
	static const char program[] =
	    "import smtplib, sys\n"
	    "from email.message import EmailMessage\n"
	    "with smtplib.SMTP('127.0.0.1', int(sys.argv[1])) as s:\n"
	    "    for cte in ('base64', 'quoted-printable', '8bit'):\n"
	    "        m = EmailMessage()\n"
	    "        m['Subject'] = 'Gr\u00fc\u00dfe ' + cte + ' und ein langer Rest, der gefaltet werden "
	    "mu\u00df, ganz sicher'\n"
	    "        m['From'] = 'a@x'; m['To'] = 'b@y'\n"
	    "        m.set_content('h\u00e9llo \u20ac\\n.\\n..\\nx = y\\n', cte=cte)\n"
	    "        s.send_message(m)\n";
	static const char *const cte[] = {"base64", "quoted-printable", "8bit"};
	e2e_require_command("python3");
	e2e_must(e2e_is_int(e2e_run("python3", "-c", program, port_of(m)).status, 0));
	e2e_must(e2e_mail_wait(m, 3));
	for (int i = 0; i < 3; i++) {
		e2e_is_str(m->mail[i].subject,
			   e2e_printf("Gr\xc3\xbc\xc3\x9f"
				      "e %s und ein langer Rest, der gefaltet werden mu\xc3\x9f, ganz sicher",
				      cte[i]));
		e2e_is_str(m->mail[i].body, "h\xc3\xa9llo \xe2\x82\xac\n.\n..\nx = y\n");
	}
}

/* Mails arrive later than the program returns. */
static void send_late(void *arg)
{
	const e2e_mailbox *m = (const e2e_mailbox *)arg;
	int fd;
	usleep(300000);
	fd = dial(m);
	talk(fd, "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<late@y>\r\nDATA\r\nSubject: late\r\n\r\n.\r\nQUIT\r\n",
	    "221");
}

E2E_TEST(waits_for_late_mails)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_proc *p = e2e_spawn_fn(send_late, m);
	e2e_is_int(e2e_mail_count(m), 0);
	e2e_wait(p, 0);
	e2e_mail_expect(m, "late", "late@y");
	e2e_is_str(m->mail[0].body, "");
}

E2E_TEST(each_mail_answers_one_expectation)
{
	e2e_mailbox *m = e2e_mailbox_open();
	const char *const both[] = {"c@y", "b@y", NULL};
	int fd = dial(m);
	for (int i = 0; i < 2; i++)
		talk(fd,
		    "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<c@y>\r\nDATA\r\nSubject: "
		    "twice\r\n\r\nx\r\n.\r\n",
		    "ok: mail");
	e2e_mail_expect(m, "twice", both);
	e2e_mail_expect(m, "twice", ((const char *const[]){"b@y", "c@y", NULL}));
	e2e_is_int(m->count, 2);
}

/* msmtp: 69 service unavailable (451 to DATA), 76 protocol error (closed); curl: 55 (550 to RCPT). */
E2E_TEST(faults)
{
	e2e_mailbox *m = e2e_mailbox_open();
	e2e_require_command("curl");
	e2e_require_command("msmtp");
	e2e_mail_fault(m, "RCPT", 550);
	e2e_is_int(curl(m, mime), 55);
	e2e_mail_fault(m, "RCPT", 0);
	e2e_mail_fault(m, "DATA", 451);
	e2e_is_int(msmtp(m, "x"), 69);
	e2e_mail_fault(m, "DATA", E2E_MAIL_DROP);
	e2e_is_int(msmtp(m, "x"), 76);
	e2e_mail_clear(m);
	e2e_mail_fault_first(m, ".", 452, 1);
	e2e_isnt_int(msmtp(m, "refused"), 0);
	e2e_is_int(msmtp(m, "taken"), 0);
	e2e_mail_expect(m, "taken", "b@y");
	e2e_is_int(m->count, 1, "what was refused is not there");
	e2e_mail_fault(m, "CONNECT", 554);
	e2e_isnt_int(msmtp(m, "x"), 0);
	e2e_mail_clear(m);
	e2e_mail_fault(m, "RCPT TO:<*@BAD.example>", 550);
	e2e_like(talk(dial(m),
		     "HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<x@bad.example>\r\nRCPT TO:<x@good.example>\r\n",
		     "2.1.5"),
		 "550 5\\.0\\.0.*\r\n250 2\\.1\\.5");
	e2e_mail_fault(m, "mail from", 451);
	e2e_like(talk(dial(m), "HELO x\r\nMAIL FROM:<a@x>\r\n", "451"), "451");
	e2e_mail_fault(m, "NOOP", 421);
	e2e_like(talk(dial(m), "NOOP\r\nNOOP\r\n", "nothing"), "^421[^\n]*\n$");
}

E2E_TEST(stall)
{
	e2e_mailbox *m = e2e_mailbox_open();
	struct pollfd p = {-1, POLLIN, 0};
	e2e_mail_fault(m, "MAIL", E2E_MAIL_STALL);
	p.fd = dial(m);
	talk(p.fd, "HELO x\r\n", "250");
	e2e_is_int(send(p.fd, "MAIL FROM:<a@x>\r\n", 17, MSG_NOSIGNAL), 17);
	e2e_is_int(poll(&p, 1, 200), 0, "no answer, no end");
	e2e_like(talk(dial(m), "HELO y\r\nNOOP\r\n", "2.0.0"), "250", "others are served");
}

E2E_TEST(commands)
{
	e2e_mailbox *m = e2e_mailbox_open();
	int fd = dial(m);
	static const struct {
		const char *say, *answer;
	} said[] = {
	    {"MAIL FROM:<a@x>", "503"},
	    {"EHLO", "501"},
	    {"HELO x", "250"},
	    {"ehlo client.example", "250 SMTPUTF8"},
	    {"RCPT TO:<b@y>", "503"},
	    {"MAIL FROM:a@x", "501"},
	    {"MAIL TO:<a@x>", "501"},
	    {"MAIL FROM:<a@x> SIZE=999999999", "552"},
	    {"MAIL FROM:<a@x> BODY=8BITMIME SMTPUTF8", "250"},
	    {"MAIL FROM:<a@x>", "503"},
	    {"DATA", "554"},
	    {"RCPT TO:<>", "501"},
	    {"RCPT TO:<\"odd > one\"@y>", "250"},
	    {"RCPT TO:<@route,@two:b@y>", "250"},
	    {"RCPT TO: <c@y>", "250"},
	    {"RCPT TO:<c@y", "501"},
	    {"VRFY b@y", "252"},
	    {"NOOP anything", "250"},
	    {"HELP", "214"},
	    {"EXPN list", "500"},
	    {"", "500"},
	    {"AUTH NTLM", "504"},
	    {"AUTH PLAIN !!!", "501"},
	    {"AUTH PLAIN AGpvZQBw", "235"},
	    {"AUTH PLAIN AGpvZQBw", "503"},
	    {"RSET now", "501"},
	    {"DATA x", "501"},
	    {"DATA", "354"},
	    {"Subject: =?iso-8859-1?q?caf=E9?=\r\n=?UTF-8?B?4oKs?=\r\nX: a\r\n\tb\r\n\r\n..dot\r\n.", "250"},
	    {"DATA", "503"},
	    {"RSET", "250"},
	    {"QUIT", "221"},
	};
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		const char *got = talk(fd, e2e_printf("%s\r\n", said[i].say), "\n");
		if (strncmp(got, "250-", 4) == 0 && !strstr(got, "250 "))
			got = e2e_printf("%s", talk(fd, "", "250 "));
		e2e_ok(strstr(got, said[i].answer) != NULL, "%s: %s", said[i].say, said[i].answer);
	}
	e2e_must(e2e_mail_wait(m, 1));
	e2e_is_str(m->mail[0].recipients[0], "\"odd > one\"@y");
	e2e_is_str(m->mail[0].recipients[1], "b@y");
	e2e_is_str(m->mail[0].recipients[2], "c@y");
	e2e_is_str(m->mail[0].body, ".dot\n");
	e2e_is_str(m->mail[0].subject, "caf\xc3\xa9");
	e2e_is_str(m->mail[0].helo, "client.example");
}

/* Where a mail ends, and where it doesn't: bare line feeds must not smuggle a second mail in. */
E2E_TEST(only_crlf_dot_crlf_ends_a_mail)
{
	e2e_mailbox *m = e2e_mailbox_open();
	static const char text[] = "a\n.\nMAIL FROM:<evil@x>\r\n.\nb\r.\rc\r\n.\rd\r\n..\r\n...e\r\r\n";
	talk(dial(m),
	    e2e_printf("HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n%s.\r\nQUIT\r\n", text), "221");
	e2e_must(e2e_mail_wait(m, 1));
	e2e_is_int(m->count, 1);
	e2e_is_str(m->mail[0].raw, "a\n.\nMAIL FROM:<evil@x>\r\n\nb\r.\rc\r\n\rd\r\n.\r\n..e\r\r\n");
}

/* What comes in clear text behind STARTTLS must not count as said under TLS. */
E2E_TEST(starttls_forgets_the_clear_text)
{
	e2e_mailbox *m = e2e_mailbox_open();
	int fd = dial(m);
	talk(fd, "EHLO x\r\nMAIL FROM:<a@x>\r\n", "2.1.0");
	e2e_unlike(talk(fd, "STARTTLS\r\nRCPT TO:<b@y>\r\n", "220"), "2\\.1\\.5");
	e2e_is_int(talk(fd, "this is no TLS\r\n", "nothing")[0] != '2', 1, "no answer in clear text");
	e2e_like(talk(dial(m), "HELO y\r\nNOOP\r\n", "2.0.0"), "250", "the next one is served");
}

E2E_TEST(endless_line)
{
	e2e_mailbox *m = e2e_mailbox_open();
	enum { SIZE = 4 << 20 };
	char *line = (char *)malloc(SIZE + 64);
	memset(line, 'x', SIZE);
	strcpy(line + SIZE, "\r\nNOOP\r\n");
	int fd = dial(m);
	e2e_like(talk(dial(m), line, "2.0.0"), "^500 5\\.5\\.2 [^\n]*\n250 ");
	e2e_is_int(send(fd, line, 5000, 0), 5000);
	usleep(100000); /* so that the rest comes by itself */
	e2e_like(talk(fd, "NOOP\r\nNOOP\r\n", "250"), "^500 5\\.5\\.2 [^\n]*\n250 [^\n]*\n$",
		 "the end of a long line is no command");
	free(line);
}

E2E_TEST(ten_megabytes)
{
	e2e_mailbox *m = e2e_mailbox_open();
	enum { SIZE = 10 << 20 };
	char *mail = (char *)malloc(SIZE + 200), *at = mail;
	size_t i, head;
	at += sprintf(at, "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n");
	head = (size_t)(at - mail);
	for (i = 0; i < SIZE; i++)
		at[i] = i % 80 == 78 ? '\r' : i % 80 == 79 ? '\n' : (char)('0' + i % 80 % 64);
	strcpy(at + SIZE, "\r\n.\r\nQUIT\r\n");
	talk(dial(m), mail, "221");
	e2e_must(e2e_mail_wait(m, 1));
	e2e_is_int(m->mail[0].raw_size, SIZE + 2);
	e2e_ok(memcmp(m->mail[0].raw, mail + head, SIZE) == 0, "every byte");
	free(mail);
}

E2E_TEST(binary)
{
	e2e_mailbox *m = e2e_mailbox_open();
	char mail[300], all[300] = {0};
	int fd = dial(m), i, n = 0;
	for (i = 0; i < 256; i++)
		if (i != '\r' && i != '\n')
			mail[n++] = (char)i;
	memcpy(mail + n, "\r\n", 2);
	memcpy(all, mail, (size_t)n + 2);
	talk(fd, "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n", "354");
	e2e_is_int(send(fd, mail, (size_t)n + 2, 0), n + 2);
	talk(fd, ".\r\n", "250");
	e2e_must(e2e_mail_wait(m, 1));
	e2e_is_int(m->mail[0].raw_size, n + 2);
	e2e_is_mem(m->mail[0].raw, all, (size_t)n + 2);
	e2e_is_int(send(fd, "NO\0OP\r\n", 7, 0), 7);
	e2e_like(talk(fd, "", "\n"), "^500");
}

E2E_TEST(early_close_and_stalled_clients)
{
	e2e_mailbox *m = e2e_mailbox_open();
	int i, stalled = dial(m);
	struct linger l = {1, 0};
	talk(stalled, "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\nhalf a li", "354");
	for (i = 0; i < 10; i++) {
		int fd = dial(m);
		talk(fd, "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\nSubject: never\r\n", "354");
		if (i % 2)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
		close(fd);
	}
	talk(dial(m), "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\nSubject: whole\r\n\r\n.\r\n",
	    "2.0.0");
	e2e_mail_expect(m, "whole", "b@y");
	e2e_is_int(m->count, 1, "half mails are no mails");
	talk(stalled, "ne\r\n.\r\n", "2.0.0");
	e2e_mail_wait(m, 2);
	e2e_is_str(m->mail[1].raw, "half a line\r\n");
}

E2E_TEST(bytewise_and_at_once)
{
	e2e_mailbox *m = e2e_mailbox_open();
	static const char text[] =
	    "EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\nSubject: s\r\n\r\n..\r\n.\r\nQUIT\r\n";
	int fd = dial(m), one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	for (const char *p = text; *p; p++)
		if (send(fd, p, 1, MSG_NOSIGNAL) != 1)
			e2e_fail("sending");
	talk(fd, "", "221");
	talk(dial(m), text, "221");
	e2e_must(e2e_mail_wait(m, 2));
	e2e_is_str(m->mail[0].body, ".\n");
	e2e_is_str(m->mail[1].body, ".\n");
}

E2E_TEST(many_clients_at_once)
{
	e2e_mailbox *m = e2e_mailbox_open();
	int fd[100];
	for (int i = 0; i < 100; i++)
		fd[i] = dial(m);
	for (int i = 0; i < 100; i++)
		talk(fd[i],
		    e2e_printf(
			"HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\nSubject: %d\r\n\r\n.\r\n", i),
		    "ok: mail");
	e2e_mail_wait(m, 100);
	e2e_mail_expect(m, "0", "b@y");
	e2e_mail_expect(m, "99", "b@y");
	for (int i = 0; i < 100; i++)
		close(fd[i]);
}

/* Without descriptors the sink lets clients wait, and recovers. */
E2E_TEST(out_of_descriptors)
{
	struct rlimit old, few;
	e2e_mailbox *m;
	int fd[60];
	e2e_must(e2e_is_int(getrlimit(RLIMIT_NOFILE, &old), 0));
	few = old;
	few.rlim_cur = 40;
	setrlimit(RLIMIT_NOFILE, &few);
	m = e2e_mailbox_open();
	setrlimit(RLIMIT_NOFILE, &old);
	for (int i = 0; i < 60; i++)
		fd[i] = e2e_dial(e2e_printf("tcp:%s", m->address));
	for (int i = 0; i < 60; i++)
		close(fd[i]);
	talk(dial(m), "HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\nSubject: later\r\n\r\n.\r\n",
	    "ok: mail");
	e2e_mail_expect(m, "later", "b@y");
}

static e2e_result run_broken(const char *name)
{
	return e2e_run(broken("net"), "-k", name);
}

E2E_TEST(missing_mails_are_explained)
{
	e2e_result r = run_broken("mail_none");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "waited 0.2 s for mails");
	e2e_like(r.out, "got: 0");
	e2e_like(r.out, "want: 2");
	e2e_like(r.out, "nobody has connected to port");
	r = run_broken("mail_other");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "mail .*Hello.* to <nobody@y>");
	e2e_like(r.out, "Hello.* from <a@x> to <b@y>");
	e2e_like(r.out, "1 < MAIL FROM:<a@x>", "the dialogue is shown");
	r = run_broken("mail_twice");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "answers t/proc/broken/net.c");
	r = run_broken("mail_bare");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "only CR LF \\. CR LF ends a mail");
	r = run_broken("mail_mistakes");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "42 is no SMTP reply");
}

E2E_MAIN()
