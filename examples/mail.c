/* mail.c - what a program mails, and what it does when the mail server won't: msmtp and Python against
 * e2e_mailbox_open().
 *
 * The mailbox is a real SMTP server on a loopback port; nothing leaves the machine and nothing of the program
 * under test is replaced. Here msmtp (a sendmail of many systems) and a small report script stand for the
 * program. */
#include "e2e_proc.h"

static e2e_result sendmail(const e2e_mailbox *m, const char *text)
{
	return e2e_run_with((e2e_spawn_opts){.stdin_text = text}, "msmtp", "--host=127.0.0.1",
			    e2e_printf("--port=%d", m->port), "--from=cron@example.org", "--read-recipients");
}

static const char text[] = "From: cron@example.org\n"
			   "To: ops@example.org\n"
			   "Cc: boss@example.org\n"
			   "Subject: backup failed\n"
			   "\n"
			   "The disk is full.\n";

E2E_TEST(a_notification_arrives)
{
	e2e_mailbox *m;
	e2e_require_command("msmtp");
	m = e2e_mailbox_open();
	e2e_is_int(sendmail(m, text).status, 0);
	e2e_mail_expect(m, "backup failed", "ops@example.org", "boss@example.org");
	e2e_is_str(m->mail[0].body, "The disk is full.\n");
	e2e_is_str(m->mail[0].sender, "cron@example.org");
}

/* 4xx is a request to come back later, 5xx a final no: a sender must tell them apart. */
E2E_TEST(refusals)
{
	e2e_mailbox *m;
	e2e_require_command("msmtp");
	m = e2e_mailbox_open();
	e2e_mail_fault(m, "RCPT TO:<boss@", 550);
	e2e_is_int(sendmail(m, text).status, 65, "EX_DATAERR: this recipient won't do");
	e2e_mail_clear(m);
	e2e_mail_fault_first(m, "DATA", 451, 1);
	e2e_is_int(sendmail(m, text).status, 69, "EX_UNAVAILABLE: greylisted");
	e2e_is_int(sendmail(m, text).status, 0, "the second try is taken");
	e2e_mail_wait(m, 1);
	e2e_is_int(m->count, 1, "and there is one mail, not two");
}

E2E_TEST(reports_in_any_language)
{
	static const char report[] =
	    "import smtplib, sys\n"
	    "from email.message import EmailMessage\n"
	    "for who, city in (('a@x.example', 'Z\u00fcrich'), ('b@x.example', '\u6771\u4eac')):\n"
	    "    m = EmailMessage()\n"
	    "    m['From'], m['To'], m['Subject'] = 'report@x.example', who, 'Weather in ' + city\n"
	    "    m.set_content('\u2600 in ' + city)\n"
	    "    smtplib.SMTP('127.0.0.1', int(sys.argv[1])).send_message(m)\n";
	e2e_mailbox *m;
	e2e_require_command("python3");
	m = e2e_mailbox_open();
	e2e_is_int(e2e_run("python3", "-c", report, e2e_printf("%d", m->port)).status, 0);
	e2e_mail_expect(m, "Weather in Z\u00fcrich", "a@x.example");
	e2e_mail_expect(m, "Weather in \u6771\u4eac", "b@x.example");
	e2e_is_str(m->mail[1].body, "\u2600 in \u6771\u4eac\n");
}

E2E_MAIN()
