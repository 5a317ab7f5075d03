/* Mutated texts for what reads texts of others: the SMTP sink, mails, scenarios (read, not run) and escapes.
 * Run it with sanitizers; it says nothing unless something breaks:
 *	cc -g -fsanitize=address,undefined -o /tmp/net_texts t/fuzz/net_texts.c && /tmp/net_texts [--seed N]
*/
#include "../../e2e_proc.h"
#include "mutate.h"

static const char smtp[] =
    "EHLO x\r\nMAIL FROM:<\"a>b\"@x> SIZE=10\r\nRCPT TO:<@r,@s:b@y>\r\nAUTH PLAIN AGpvZQBw\r\n"
    "AUTH LOGIN\r\nam9l\r\nc2VjcmV0\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nRSET\r\nVRFY x\r\n"
    "MAIL FROM:<>\r\nRCPT TO:<c@z>\r\nDATA\r\n.\r\r\n.\r\nNOOP\r\nHELP\r\nQUIT\r\n";
static const char mail[] =
    "X-Envelope: 2\nX-Envelope-Helo: h\nX-Envelope-User: u\nX-Envelope-Tls: \nX-Envelope-From: a@x\n"
    "X-Envelope-To: b@y\nX-Envelope-To: c@y\nSubject: =?utf-8?q?a=41_b?= =?ISO-8859-1?B?6fw=?= x\r\n"
    " folded\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3D=\r\nb=C3=A9=\r\n=4";
static const char mail64[] =
    "X-Envelope: 1\nX-Envelope-Helo: h\nX-Envelope-User: \nX-Envelope-Tls: T\nX-Envelope-From: \n"
    "X-Envelope-To: b@y\nContent-Transfer-Encoding: base64\n\naGVsbG8=\naGVs\n";
static const char mime[] =
    "X-Envelope: 1\nX-Envelope-Helo: h\nX-Envelope-User: \nX-Envelope-Tls: T\nX-Envelope-From: \n"
    "X-Envelope-To: b@y\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: multipart/x;\n"
    " boundary=c\n\n--c\nContent-Disposition: attachment; filename*0*=iso-8859-15'x'%41; filename*1=\"b\\\"\"\n"
    "Content-Transfer-Encoding: base64\n\naGVs\n--c--\n--b\r\nContent-Type: text/plain; charset=windows-1252\n"
    "\n\x80\x9f\r\n--b--\n";
static const char text[] = "t\n```console\n$ a $b ${c}\n> d\nx (re)\n[0-9]+ (re)\n\ny* (glob)\n\\x41\\t\\0 "
			   "(esc)\nz (no-eol)\n[1]\n```\n"
			   "  $ q\n  r\n\n\n  s\n~~~ {.console}\n$ u\n~~~\n";

/* The sink's code in this process, on a socket pair, fed in pieces. */
E2E_TEST(sink, .timeout = 600)
{
	static struct e2e__mail_self m;
	static struct e2e__mail_shared shared;
	static e2e_mailbox box;
	char bytes[SIZE];
	e2e_chdir(e2e_tmpdir());
	m.shared = &shared;
	m.box = &box;
	m.log = -1;
	for (int round = 0; round < ROUNDS; round++) {
		struct e2e__session *s = (struct e2e__session *)calloc(1, sizeof *s);
		size_t n = mutate(bytes, smtp, sizeof smtp - 1), at = 0;
		int pair[2];
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			e2e_bail_out("socketpair");
		s->fd = e2e__system_fd_flags(pair[0]);
		e2e__system_fd_flags(pair[1]);
		while (at < n && !s->gone) {
			size_t k = 1 + number(200);
			k = k < n - at ? k : n - at;
			if (write(pair[1], bytes + at, k) < 0)
				break;
			at += k;
			e2e__sink_step(&m, s);
			while (read(pair[1], (char[4096]){0}, 4096) > 0)
				;
			e2e__smtp_log_flush(&m);
		}
		e2e__smtp_close(&m, s, "");
		e2e__sink_session_free(s);
		close(pair[1]);
	}
	e2e_note("%lld mails were taken", shared.mails);
	e2e_cmp_int(shared.mails, ">", 0);
}

E2E_TEST(mails, .timeout = 600)
{
	char bytes[SIZE];
	size_t good = 0;
	for (int round = 0; round < ROUNDS; round++) {
		e2e_mail one;
		static const char *const kinds[] = {mail, mail64, mime};
		const char *kind = kinds[number(3)];
		size_t n = mutate(bytes, kind, strlen(kind));
		good += e2e__mail_load(&one, file_of("mail", bytes, n));
	}
	e2e_cmp_int(good, ">", 0);
}

/* Reads one text; dies on those that the reader refuses, which is right. */
static void read_one(void *path)
{
	static const char *const params[] = {"b=B", "c=", NULL};
	struct e2e__scenario s;
	memset(&s, 0, sizeof s);
	s.file = __FILE__;
	s.line = __LINE__;
	s.path = (const char *)path;
	s.params = params;
	e2e__step_read(&s);
	e2e__step_parse(&s);
	for (size_t i = 0; i < s.steps; i++)
		for (size_t k = 0; k < s.step[i].nwant; k++)
			if (s.step[i].want[k].kind == 'r')
				regfree(&s.step[i].want[k].re);
	exit(0);
}

E2E_TEST(scenarios, .timeout = 600)
{
	char bytes[SIZE];
	for (int round = 0; round < ROUNDS / 40; round++) {
		size_t n = mutate(bytes, text, sizeof text - 1);
		const char *path = file_of(number(2) ? "t.md" : "t.txt", bytes, n);
		pid_t pid = -1;
		int status;
		e2e_todo("a text may be refused")
		{
			pid = fork();
			if (pid == 0) {
				e2e__hook_forked();
				read_one((void *)(uintptr_t)path);
			}
		}
		waitpid(pid, &status, 0);
		if (WIFSIGNALED(status))
			e2e_fail("signal %d; the text: %s", WTERMSIG(status),
				 e2e_quoted(e2e__file_read(path, NULL)));
	}
	e2e_pass();
}

E2E_TEST(globs_and_escapes)
{
	for (int round = 0; round < ROUNDS; round++) {
		static char a[SIZE + 1], b[SIZE + 1];
		a[mutate(a, "a*b\\*?c\\x41\\101\\", 16)] = 0;
		b[mutate(b, "aXXb*Yc", 7)] = 0;
		e2e__scenario_glob(a, b);
		e2e__step_unescape(a);
	}
	e2e_ok(e2e__scenario_glob("a*b*c", "aXbbYbc") && !e2e__scenario_glob("a*b*c", "aXbbYbcd") && e2e__scenario_glob("\\*", "*") &&
	       !e2e__scenario_glob("\\*", "x"));
}

E2E_MAIN()
