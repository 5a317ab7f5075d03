/* e2e: libstrophe openssl libsodium */
/* e2e_xmpp.h beside aioxmpp, on the same server in one run: clients one after another and at once, round trips, a test of three
 * clients as a whole program. Two servers: the private one, and a Prosody whose network settings are the defaults. */
#include "e2e_xmpp.h"

#define PEER "t/bench/xmpp_peer.py"

static const char *start_default(void *arg)
{
	(void)arg;
	e2e__xmpp_here();
	e2e__xmpp_put("extra.lua", "Host \"*\"\nnetwork_settings = {}\n");
	return e2e__prosody_start((void *)(uintptr_t) "extra.lua");
}

static e2e_account account; /* of the default server; without a host: the toolkit's own */
static e2e_tls tls;

static e2e_client *another(void)
{
	if (!account.host)
		return e2e_client_connected();
	account.jid = e2e_printf("%s@localhost", e2e__xmpp_random());
	return e2e_client_connect((e2e_client_opts){.account = &account, .tls = &tls});
}

static double after_another(int n)
{
	double began = e2e_now();

	for (int i = 0; i < n; i++)
		another();
	return (e2e_now() - began) * 1000 / n;
}

/* As e2e_clients_connected does it, but with these accounts. */
static double at_once(int n)
{
	struct e2e__xmpp_own **list = (struct e2e__xmpp_own **)e2e__alloc((size_t)n * sizeof *list);
	double began = e2e_now();
	e2e_client_opts opts;

	if (!account.host) {
		static e2e_client *out[200];

		e2e_clients_connected((size_t)n, out);
		return (e2e_now() - began) * 1000 / n;
	}
	memset(&opts, 0, sizeof opts);
	opts.tls = &tls;
	for (int i = 0; i < n; i++) {
		e2e_account *one = (e2e_account *)e2e__alloc(sizeof *one);

		*one = account;
		one->jid = e2e_printf("%s@localhost", e2e__xmpp_random());
		opts.account = one;
		list[i] = e2e__xmpp_new_client(&opts);
		e2e__xmpp_fill_account(E2E__AT, list[i]);
		e2e__xmpp_enlist(list[i]);
	}
	if (e2e__xmpp_connect(list, (size_t)n, 60))
		e2e_fail("not all of %d could connect", n);
	return (e2e_now() - began) * 1000 / n;
}

static double round_trips(int n)
{
	e2e_client *a = another(), *b = another();
	double began = e2e_now();

	for (int i = 0; i < n; i++) {
		e2e_message(a, b->jid, "ping");
		e2e_expect_stanza(b, E2E_MESSAGE);
		e2e_message(b, a->jid, "pong");
		e2e_expect_stanza(a, E2E_MESSAGE);
	}
	return n / (e2e_now() - began);
}

static double peer(const char *what, int n)
{
	e2e_result r = e2e_run("/usr/bin/python3", PEER, e2e_printf("%d", account.port), what, e2e_printf("%d", n));

	return r.status ? -1 : atof(r.out);
}

static void row(const char *server, const char *what, int n, double ours, double theirs, bool higher)
{
	fprintf(stderr, "%-8s %-14s %4d %10.2f %10.2f %8.1fx\n", server, what, n, ours, theirs,
		higher ? ours / theirs : theirs / ours);
}

static void measure(const char *server, const char *address)
{
	static const int counts[] = {1, 10, 50, 200};
	double ours;

	account.host = strcmp(server, "private") ? "127.0.0.1" : NULL;
	account.port = atoi(address);
	account.password = "foobar2342";
	account.ca_file = e2e_printf("%.*s", (int)strcspn(strchr(address, ' ') + 1, " "), strchr(address, ' ') + 1);
	tls.direct = false;
	another();
	for (size_t i = 0; i < 4; i++) {
		if (i < 3 || !strcmp(server, "private")) {
			ours = after_another(counts[i]);
			e2e__xmpp_case_end(false); /* theirs are closed, too */
			row(server, "one by one, ms", counts[i], ours, peer("after_another", counts[i]), false);
		}
		if (strcmp(server, "private"))
			continue;
		ours = at_once(counts[i]);
		e2e__xmpp_case_end(false);
		row(server, "at once, ms", counts[i], ours, peer("at_once", counts[i]), false);
	}
	ours = round_trips(1000);
	e2e__xmpp_case_end(false);
	row(server, "round trips/s", 1000, ours, peer("round_trips", 1000), true);
}

E2E_TEST(inner_three)
{
	e2e_client *c[3];

	e2e_clients_connected(3, c);
	e2e_pass();
}

E2E_TEST(compare, .timeout = 600)
{
	const char *private_one;
	e2e_result us, them;

	e2e_proc_timeout(300);
	e2e_require_command("prosody");
	e2e_skip_if(e2e_run("/usr/bin/python3", "-c", "import aioxmpp").status, "no python3-aioxmpp");
	fprintf(stderr, "%-8s %-14s %4s %10s %10s %9s\n", "server", "what", "n", "e2e", "aioxmpp", "ratio");
	private_one = e2e_service("xmpp-prosody", e2e__prosody_start, NULL);
	measure("private", private_one);
	measure("default", e2e_service("xmpp-default", start_default, NULL));
	us = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("E2E_RUN_DIR")}, "/proc/self/exe", "-k", "^inner_three$");
	e2e_is_int(us.status, 0);
	account.port = atoi(private_one);
	them = e2e_run("/usr/bin/python3", PEER, e2e_printf("%d", account.port), "three", "1");
	row("cold/up", "whole test, ms", 3, us.seconds * 1000, them.seconds * 1000, false);
}

E2E_MAIN()
