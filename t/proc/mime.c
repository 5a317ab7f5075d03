/* The parts of mails, from real senders: what is read, what is attached, in which letters. */
#include "../golden.h"

static void python(e2e_mailbox *m, const char *message)
{
	const char *program = e2e_printf("import smtplib, sys\n"
					 "from email.message import EmailMessage\n"
					 "m = EmailMessage()\n"
					 "m['From'] = 'J\xc3\xbcrgen <a@x>'; m['To'] = 'b@y'\n"
					 "%s"
					 "with smtplib.SMTP('127.0.0.1', int(sys.argv[1])) as s:\n"
					 "    s.send_message(m)\n",
					 message);

	e2e_require_command("python3");
	e2e_must(e2e_is_int(e2e_run("python3", "-c", program, e2e_printf("%d", m->port)).status, 0));
	e2e_must(e2e_mail_wait(m, 1));
}

/* A mail as it stands here, by msmtp. */
static const e2e_mail *sent(e2e_mailbox *m, const char *text)
{
	size_t n = e2e_mail_count(m);
	e2e_result r = e2e_run_with((e2e_spawn_opts){.stdin_text = text}, "msmtp", "--host=127.0.0.1",
				    e2e_printf("--port=%d", m->port), "--from=a@x", "b@y");

	e2e_must(e2e_is_int(r.status, 0));
	e2e_must(e2e_mail_wait(m, n + 1));
	return &m->mail[n];
}

E2E_TEST(python_attaches)
{
	static const char pdf[] = "%PDF\r\n\0\r\nend";
	e2e_mailbox *m = e2e_mailbox_open();

	python(m, "m['Subject'] = 'Rechnung \xe2\x82\xac'\n"
		  "m.set_content('plain t\xc3\xa9xt\\n')\n"
		  "m.add_alternative('<b>html</b>\\n', subtype='html')\n"
		  "m.add_attachment(b'%PDF\\r\\n\\0\\r\\nend', maintype='application', subtype='pdf', filename='a.pdf')\n"
		  "m.add_attachment('a;b\\n', subtype='csv', filename='Gr\xc3\xbc\xc3\x9f" "e und ein sehr langer Name einer Datei, "
		  "der mehr als eine Zeile braucht.csv')\n");
	const e2e_mail *mail = &m->mail[0];
	e2e_is_str(mail->subject, "Rechnung \xe2\x82\xac");
	e2e_is_str(e2e_mail_decoded(mail, "From"), "J\xc3\xbcrgen <a@x>");
	e2e_like(e2e_mail_header(mail, "From"), "^=\\?utf-8\\?");
	e2e_is_ptr(e2e_mail_decoded(mail, "Cc"), NULL);
	e2e_is_str(mail->body, "plain t\xc3\xa9xt\n");
	e2e_is_int(mail->body_size, 12);
	e2e_is_str(mail->html, "<b>html</b>\n");
	e2e_must(e2e_is_int(mail->nparts, 4));
	e2e_is_str(mail->part[0].type, "text/plain");
	e2e_is_str(mail->part[0].charset, "utf-8");
	e2e_is_str(mail->part[1].type, "text/html");
	e2e_ok(!mail->part[1].attached);

	const e2e_mail_part *file = e2e_mail_attachment(mail, "a.pdf");
	e2e_must(e2e_ok(file == &mail->part[2], "the pdf is the third part"));
	e2e_is_str(file->type, "application/pdf");
	e2e_ok(file->attached);
	e2e_is_int(file->size, (long long)sizeof pdf - 1);
	e2e_is_mem(file->body, pdf, sizeof pdf - 1, "byte by byte");
	e2e_is_str(e2e_mail_part_header(file, "content-transfer-encoding"), "base64");
	e2e_is_ptr(e2e_mail_part_header(file, "Subject"), NULL);
	e2e_ok(e2e_mail_part_of(mail, "application/*") == file);
	e2e_ok(e2e_mail_part_of(mail, "image/*") == NULL);
	file = e2e_mail_attachment(mail, "Gr\xc3\xbc\xc3\x9f"
					 "e und ein sehr langer Name einer Datei, der mehr als eine Zeile braucht.csv");
	e2e_must(e2e_ok(file == e2e_mail_part_of(mail, "text/csv"), "a name in pieces (RFC 2231)"));
	e2e_is_str(file->body, "a;b\n");
	e2e_is_ptr(e2e_mail_attachment(mail, "other"), NULL);
}

E2E_TEST(python_sends_related_parts)
{
	e2e_mailbox *m = e2e_mailbox_open();

	python(m, "m['Subject'] = 'x'\n"
		  "m.set_content('look')\n"
		  "m.add_alternative('<img src=\"cid:one\">', subtype='html')\n"
		  "m.get_payload()[1].add_related(b'\\x89PNG', 'image', 'png', cid='<one>')\n"
		  "o = EmailMessage(); o['Subject'] = 'within'; o.set_content('inner')\n"
		  "m.add_attachment(o)\n");
	const e2e_mail *mail = &m->mail[0];
	e2e_is_str(mail->body, "look\n");
	e2e_is_str(mail->html, "<img src=\"cid:one\">\n");
	const e2e_mail_part *png = e2e_mail_part_of(mail, "image/png");
	e2e_must(e2e_ok(png, "a part within a part within the mail"));
	e2e_is_int(png->size, 4);
	e2e_is_str(e2e_mail_part_header(png, "Content-ID"), "<one>");
	const e2e_mail_part *other = e2e_mail_part_of(mail, "message/rfc822");
	e2e_must(e2e_ok(other, "another mail is one part"));
	e2e_like(other->body, "^Subject: within\n(.*\n)*inner\n");
	e2e_is_int(mail->nparts, 4);
}

E2E_TEST(swaks_attaches)
{
	e2e_mailbox *m = e2e_mailbox_open();
	const char *path = e2e_printf("%s/data.bin", e2e_tmpdir());
	FILE *f = fopen(path, "w");

	e2e_require_command("swaks");
	e2e_ok(f && fwrite("\0\1\2\r\n\xff", 1, 6, f) == 6 && fclose(f) == 0);
	e2e_result r = e2e_run("swaks", "--server", "127.0.0.1", "--port", e2e_printf("%d", m->port), "--from", "a@x",
			       "--to", "b@y", "--body", "see the file", "--attach-type", "application/x-data",
			       "--attach-name", "data.bin", "--attach", e2e_printf("@%s", path));
	e2e_must(e2e_is_int(r.status, 0));
	e2e_must(e2e_mail_wait(m, 1));
	e2e_like(m->mail[0].body, "^see the file");
	const e2e_mail_part *file = e2e_mail_attachment(&m->mail[0], "data.bin");
	e2e_must(e2e_ok(file, "it has the file"));
	e2e_is_str(file->type, "application/x-data");
	e2e_is_int(file->size, 6);
	e2e_is_mem(file->body, "\0\1\2\r\n\xff", 6);
}

E2E_TEST(other_letters)
{
	e2e_mailbox *m = e2e_mailbox_open();

	e2e_require_command("msmtp");
	const e2e_mail *mail = sent(m, "Subject: =?windows-1252*en?Q?=80_=93x=94?= =?iso-8859-15?b?pA==?=\n"
				       "Content-Type: Text/Plain; Charset=\"Windows-1252\"\n"
				       "Content-Transfer-Encoding: quoted-printable\n\n=80 f=FCr =93dich=94=\n.\n");
	e2e_is_str(mail->subject, "\xe2\x82\xac \xe2\x80\x9cx\xe2\x80\x9d\xe2\x82\xac");
	e2e_is_str(mail->body, "\xe2\x82\xac f\xc3\xbcr \xe2\x80\x9c"
			       "dich\xe2\x80\x9d.\n");
	e2e_is_str(mail->part[0].type, "text/plain");
	e2e_is_str(mail->part[0].charset, "Windows-1252");
	mail = sent(m, "Subject: =?klingon?Q?x?= y\nContent-Type: text/plain; charset=klingon\n\n\xff\n");
	e2e_is_str(mail->subject, "=?klingon?Q?x?= y", "what isn't known stays as it is");
	e2e_is_str(mail->body, "\xff\n");
	mail = sent(m, "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
		       "Content-Disposition: attachment; filename*=iso-8859-1'de'%FCber%20x.txt; filename=\"other\"\n"
		       "Content-Type: text/plain; charset=iso-8859-1\n"
		       "Content-Transfer-Encoding: base64\n\n/A0K\n--b\n"
		       "Content-Type: text/plain; name=\"=?utf-8?q?a_b?=\"\nContent-Disposition: inline\n\nhi\n--b--\n");
	e2e_must(e2e_is_int(mail->nparts, 2));
	e2e_is_str(mail->part[0].name, "\xc3\xbc"
				       "ber x.txt");
	e2e_is_mem(mail->part[0].body, "\xfc\r\n", 3, "what is attached keeps its letters");
	e2e_is_int(mail->part[0].size, 3);
	e2e_is_str(mail->part[1].name, "a b");
	e2e_is_str(mail->body, "hi", "the text isn't what is attached");
}

/* Mails that aren't as they should be. */
E2E_TEST(odd_mails)
{
	e2e_mailbox *m = e2e_mailbox_open();

	e2e_require_command("msmtp");
	const e2e_mail *mail = sent(m, "Subject: x\nContent-Type: multipart/mixed\n\nno boundary is given\n");
	e2e_is_int(mail->nparts, 1);
	e2e_is_str(mail->body, "no boundary is given\n");
	mail = sent(m, "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\nnone is here\n");
	e2e_is_str(mail->body, "none is here\n");
	mail = sent(m, "Subject: x\nContent-Type: multipart/mixed; boundary=\"b\"\n\npreamble\n--b\n\none\n--bc\n--b \n"
		       "Content-Type: image/png\n\ncut off");
	e2e_must(e2e_is_int(mail->nparts, 2));
	e2e_is_str(mail->body, "one\n--bc", "a line that begins like the boundary is none");
	e2e_like(mail->part[1].body, "^cut off");
	mail = sent(m, "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\n--b\nx: y\n--b--\nepilogue\n");
	e2e_is_int(mail->nparts, 3);
	e2e_is_str(mail->body, "");
	mail = sent(m, "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n\nx\n--b--\n");
	e2e_is_str(mail->body, "", "there is nothing to read");
	e2e_is_int(mail->body_size, 0);
	e2e_is_ptr(mail->html, NULL);

	mail = sent(m, "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b--\n");
	e2e_is_int(mail->nparts, 1, "the last boundary alone makes no part");

	/* thirty within one another, and thousands side by side */
	E2E__BUF(deep, 4096);
	e2e__buf_adds(&deep, "Subject: deep\n");
	for (int i = 0; i < 30; i++)
		e2e__buf_addf(&deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
	e2e__buf_adds(&deep, "\nwithin\n");
	e2e__buf_add(&deep, "", 1);
	mail = sent(m, e2e__memory_taken(&deep));
	e2e_is_int(mail->nparts, 1);
	E2E__BUF(many, 65536);
	e2e__buf_adds(&many, "Subject: many\nContent-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 3000; i++)
		e2e__buf_adds(&many, "--b\n\nx\n");
	e2e__buf_add(&many, "", 1);
	mail = sent(m, e2e__memory_taken(&many));
	e2e_is_int(mail->nparts, 1000, "no mail is read for ever");
}

E2E_TEST(a_failure_names_the_parts)
{
	e2e_result r = e2e_run(broken("net"), "-k", "^mail_parts$");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "mail\\[0\\]: \"x\" from <a@x> to <b@y>, 2 parts: text/plain, application/pdf \"a\\.pdf\"");
}

E2E_MAIN()
