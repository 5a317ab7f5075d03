/* e2e: libstrophe openssl libsodium */
/* A limit that ends a wait tells what was waited for, and where the test was; the case ends by itself. Guards that fail name the line
 * of the guard. The cases called inner_ are run by the others as programs of their own, at stub servers that fall silent. */
#include "e2e_xmpp.h"
#include "silent.h"

/* What is asked of the inner program. */
static const char *mode(void)
{
	return getenv("MODE") ? getenv("MODE") : "";
}

static void serve(int fd, void *arg)
{
	falls_silent(fd, strstr(mode(), "tls") ? starttls : plain, *(int *)arg);
}

static e2e_account account = {"juliet@localhost", "secret", "127.0.0.1", 0, NULL};
static e2e_tls security;

static bool make(e2e_provisioner *self, e2e_client *c)
{
	self->domain = "localhost";
	c->account = account;
	c->tls = security;
	return true;
}
static e2e_provisioner mine = {.name = "mine", .make_client = make};

E2E_SUITE_SETUP()
{
	if (*mode())
		e2e_provisioner_add(&mine);
}

E2E_SETUP()
{
	static int answers;

	if (!*mode())
		return;
	answers = atoi(getenv("ANSWERS"));
	security.off = !strstr(mode(), "tls");
	mine.keep_accounts = !strcmp(mode(), "clean-up");
	if (!strcmp(mode(), "nobody")) {
		account.port = e2e_port();
		e2e_port_release(account.port);
	} else if (getenv("PORT")) {
		account.port = atoi(getenv("PORT"));
	} else {
		account.port = strcmp(mode(), "tcp") ? e2e_serve("tcp:127.0.0.1:0", serve, &answers)->port : full_port();
	}
}

E2E_TEARDOWN()
{
	if (*mode())
		fprintf(stderr, "tear-down ran\n");
}

#define NO_PRESENCE ((e2e_client_opts){.presence = "none"})

/* The lines that begin with e2e_ here are looked for below: the reports must name them. */
E2E_TEST(inner_waits)
{
	e2e_client *c = NULL;
	e2e_identity pep = {"pubsub", "pep", NULL};

	if (!*mode()) {
		e2e_pass("another case runs it");
		return;
	}
	bool connected = strstr("iq expect nothing pump disconnect clean-up", mode()) != NULL;
	if (connected)
		c = e2e_client_connect(NO_PRESENCE);
	if (!strcmp(mode(), "clean-up")) {
		e2e_pass();
		return;
	}
	/* a login comes as far as the server lets it, on a machine that stands still for a second, too */
	e2e_blocking_with_timeout(connected ? 0.3 : 2)
	{
		if (!strcmp(mode(), "iq"))
			e2e_iq(c, e2e_xml(c, "<iq type='get' id='a1' to='romeo@localhost'><ping xmlns='urn:xmpp:ping'/></iq>"));
		else if (!strcmp(mode(), "expect"))
			e2e_expect_stanza(c, E2E_MESSAGE, .from = "romeo@localhost", .body = "^wherefore");
		else if (!strcmp(mode(), "nothing"))
			e2e_no_stanza(c, 5);
		else if (!strcmp(mode(), "pump"))
			e2e_pump(5);
		else if (!strcmp(mode(), "disconnect"))
			e2e_disconnect(c);
		else if (!strcmp(mode(), "guard"))
			e2e_require_feature("urn:xmpp:ping");
		else if (!strcmp(mode(), "identity"))
			e2e_require_identity(pep.category, pep.type);
		else if (!strcmp(mode(), "quirk"))
			e2e_skip_with_quirk("#muc-no-333");
		else if (!strcmp(mode(), "pep"))
			e2e_require_pep();
		else if (!strcmp(mode(), "presence"))
			e2e_client_connected();
		else if (!strcmp(mode(), "nobody"))
			e2e_require_feature_subset(1, (const char *const[]){"urn:xmpp:ping"}, 0, NULL, NULL);
		else
			e2e_client_connect(NO_PRESENCE);
	}
	e2e_pass();
}

/* The line of this file that has this text. */
static int line_of(const char *text)
{
	char *all = e2e__file_read(__FILE__, NULL), *found = all ? strstr(all, text) : NULL;
	int line = 1;

	e2e_must(e2e_ok(found != NULL, "%s says %s", __FILE__, text));
	for (char *p = all; p < found; p++)
		line += *p == '\n';
	return line;
}

static e2e_proc *start(const char *what, int answers)
{
	return e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("MODE=%s", what), e2e_printf("ANSWERS=%d", answers),
							       "E2E_RUN_DIR")},
			      "/proc/self/exe", "-k", "^inner_waits$");
}

static e2e_result run(const char *what, int answers)
{
	return e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("MODE=%s", what), e2e_printf("ANSWERS=%d", answers),
							     "E2E_RUN_DIR")},
			    "/proc/self/exe", "-k", "^inner_waits$");
}

static const struct wait {
	const char *mode;
	int answers;
	const char *code;    /* what the test does, by its text here */
	const char *waiting; /* what the report says */
} waits[] = {
    {"tcp", 0, "e2e_client_connect(NO_PRESENCE);\n\t}", "client-1 to find and reach 127\\.0\\.0\\.1:[0-9]+"},
    {"connect-tls", 0, "e2e_client_connect(NO_PRESENCE);\n\t}",
     "client-1 to log in at 127\\.0\\.0\\.1:[0-9]+ as juliet@localhost \\(before its stream features\\)"},
    {"features-tls", 1, "e2e_client_connect(NO_PRESENCE);\n\t}", ".*juliet@localhost \\(after <starttls/>\\)"},
    {"handshake-tls", 2, "e2e_client_connect(NO_PRESENCE);\n\t}", ".*juliet@localhost \\(in the TLS handshake\\)"},
    {"sasl", 1, "e2e_client_connect(NO_PRESENCE);\n\t}", ".*juliet@localhost \\(in SASL authentication\\)"},
    {"bind", 3, "e2e_client_connect(NO_PRESENCE);\n\t}", ".*juliet@localhost \\(while the resource was bound\\)"},
    {"presence", 4, "e2e_client_connected();", ".*juliet@localhost \\(before the answer to its initial presence\\)"},
    {"iq", 4, "e2e_iq(c,", "the answer of romeo@localhost to client-1 \\(iq a1\\)"},
    {"expect", 4, "e2e_expect_stanza(c,",
     "a message from romeo@localhost with a body like /\\^wherefore/, to come to client-1"},
    {"nothing", 4, "e2e_no_stanza(c, 5)", "the end of 5 s without a stanza for client-1"},
    {"pump", 4, "e2e_pump(5)", "the end of e2e_pump\\(5\\)"},
    {"guard", 4, "e2e_require_feature(\"urn", "discovery to log in at .*initial presence"},
    {"identity", 4, "e2e_require_identity(pep", "discovery to log in "},
    {"quirk", 4, "e2e_skip_with_quirk(\"#", "discovery to log in "},
    {"pep", 4, "e2e_require_pep();", "discovery to log in "},
};

static void told(const struct wait *w, e2e_proc *p)
{
	e2e_wait(p, 1);
	e2e_like(e2e_stdout(p),
		 e2e_printf("hint: \"it was last seen at [^ ]*waits\\.c:%d, waiting for %s", line_of(w->code), w->waiting),
		 "%s", w->mode);
	e2e_like(e2e_stderr(p), "tear-down ran", "%s: it ended by itself, nobody had to kill it", w->mode);
}

E2E_TEST(a_limit_tells_what_was_waited_for)
{
	enum { ALL = sizeof waits / sizeof *waits, AT_ONCE = 4 };
	e2e_proc *p[ALL];

	for (int i = 0; i < ALL + AT_ONCE; i++) {
		if (i < ALL)
			e2e_ends(p[i] = start(waits[i].mode, waits[i].answers), 1);
		if (i >= AT_ONCE)
			told(waits + i - AT_ONCE, p[i - AT_ONCE]);
	}
}

/* The end of a stream is waited for 1 s, so there a limit may or may not fall due. */
E2E_TEST(a_hung_server_does_not_hold_a_disconnect)
{
	e2e_result r = run("disconnect", 4);

	e2e_like(r.out, "waiting for the server to close the stream of client-1");
}

/* An account that will be used again is cleared, but a server that gives no answer is asked once. */
E2E_TEST(a_hung_server_does_not_hold_a_clean_up)
{
	const char *record = e2e_printf("%s/record", e2e_tmpdir()), *sent;
	static int answers = 4;
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", serve, &answers); /* one of the inner case would end before */
	const char *const *env = E2E_ARGV("MODE=clean-up", "ANSWERS=4", e2e_printf("PORT=%d", s->port), "E2E_RUN_DIR");
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = env}, "/proc/self/exe", "-k", "^inner_waits$", "--record",
				    record);

	e2e_is_int(r.status, 0);
	sent = e2e__file_read(record, NULL);
	e2e_must(e2e_ok(sent && strstr(sent, "urn:xmpp:blocking"), "it was asked"));
	e2e_ok(!strstr(strstr(sent, "urn:xmpp:blocking"), "<iq"), "and not again");
}

E2E_TEST(a_guard_that_fails_names_its_line)
{
	e2e_result r = run("nobody", 0);

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "message: \"discovery can't log in at 127\\.0\\.0\\.1:[0-9]+ as juliet@localhost: the connection was refused");
	e2e_like(r.out, e2e_printf("\n  at: [^ ]*waits\\.c:%d\n", line_of("e2e_require_feature_subset(1,")));
	e2e_unlike(r.out, "e2e_xmpp\\.h:");
}

E2E_MAIN()
