/* e2e: libstrophe openssl libsodium */
/* A limit falls due at any moment of connecting, hundreds of times: each time the case fails as timed out, its tear-down runs, and
 * nothing crashes. The cases called inner_ are run by the others as programs of their own. */
#include "e2e_xmpp.h"

static bool inner(void)
{
	if (getenv("INNER"))
		return true;
	e2e_pass("another case runs it");
	return false;
}

E2E_TEARDOWN()
{
	if (getenv("INNER"))
		fprintf(stderr, "tear-down ran\n");
}

/* Anywhere between nothing and a conversation. */
E2E_TEST(inner_anywhere)
{
	e2e_client *c[3];
	uint64_t chance;

	if (!inner())
		return;
	e2e_client_connected();			   /* the server is there */
	chance = (uint64_t)(e2e_now() * 1e9) / 64; /* the seed is the same in each repetition */
	e2e_blocking_with_timeout(0.0002 + (double)(chance % 1000) / 20000)
	{
		e2e_clients_connected(2, c);
		c[2] = e2e_client_connected();
		for (int i = 0; i < 1000; i++) {
			e2e_message(c[0], c[2]->jid, "hello");
			e2e_expect_stanza(c[2], E2E_MESSAGE);
		}
	}
	e2e_pass();
}

static void silent(int fd, void *arg)
{
	static const char *const say[] = {"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
					  "xmlns:stream='http://etherx.jabber.org/streams' id='1' "
					  "from='localhost' version='1.0'><stream:features><starttls "
					  "xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
					  "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"};
	char in[4096];

	for (int i = 0; i < *(int *)arg; i++)
		if (read(fd, in, sizeof in) <= 0 || write(fd, say[i], strlen(say[i])) < 0)
			return;
	while (read(fd, in, sizeof in) > 0)
		;
}

/* libstrophe's handshake takes no notice of signals. Below step 0 TLS begins with the first byte. */
E2E_TEST(inner_silent_server)
{
	int step;
	e2e_tls tls = {.off = false};
	e2e_server *s;
	e2e_account account;

	if (!inner())
		return;
	step = atoi(getenv("STEP"));
	s = e2e_serve("tcp:127.0.0.1:0", silent, &step);
	memset(&account, 0, sizeof account);
	account.jid = "localhost";
	account.host = "127.0.0.1";
	account.port = s->port;
	tls.direct = step < 0;
	e2e_blocking_with_timeout(2) /* time for what the server says before it falls silent */
	{
		e2e_client_connect((e2e_client_opts){.account = &account, .tls = &tls});
	}
	e2e_fail("not reached");
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

E2E_TEST(anywhere_two_hundred_times, .timeout = 300)
{
	e2e_result r;

	e2e_proc_timeout(250);
	e2e_require_command("sh");
	e2e_client_connected(); /* so that there is a server, or a skip */
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1")}, "/proc/self/exe", "-k", "^inner_anywhere$",
			 "--repeat", "200");
	e2e_is_int(r.status, 1);
	e2e_is_int(count(r.out, "\nok ") + count(r.out, "\nnot ok "), 200, "all of them ran");
	e2e_cmp_int(count(r.out, "\nnot ok "), ">", 50, "many were too late");
	e2e_is_int(count(r.out, "\n  code: timeout"), count(r.out, "\nnot ok "), "each of these was timed out");
	e2e_is_int(count(r.err, "tear-down ran"), 200, "and torn down by itself");
	e2e_unlike(r.out, "SIGSEGV|SIGABRT|SIGKILL|code: crash");
}

E2E_TEST(in_each_silence)
{
	e2e_proc *p[4];

	for (int step = -1; step < 3; step++) {
		p[step + 1] = e2e_spawn_with(
		    (e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR", e2e_printf("STEP=%d", step))},
		    "/proc/self/exe", "-k", "^inner_silent_server$");
		e2e_ends(p[step + 1], 1);
	}
	for (int step = -1; step < 3; step++) {
		e2e_wait(p[step + 1], 1);
		const char *out = e2e_stdout(p[step + 1]);

		e2e_like(out, "timed out after [0-9.]+ s");
		e2e_like(e2e_stderr(p[step + 1]), "tear-down ran", "it ended by itself, nobody had to kill it (%d)", step);
		e2e_like(out,
			 e2e_printf("xmpp-login: [|]\n.*\n .*client-1 %s", step < 0 ? "- connects to" : "> <.xml version"),
			 "with what was said until then");
		e2e_unlike(out, "connection 3", "and nobody asks the server more");
	}
}

E2E_MAIN()
