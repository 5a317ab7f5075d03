/* e2e: libstrophe openssl libsodium */
/* e2e_xmpp.h beside aioxmpp, on the same server in one run: clients one after another and at once, round trips, a test of three
 * clients as a whole program. Two servers: the private one, and a Prosody whose network settings are the defaults. Figures are
 * medians of runs that take turns. Beside them what can't be beaten: the server's own time for one of our clients, and a login by
 * bare OpenSSL that parses nothing (the least that one client after another can take). */
#include "e2e_xmpp.h"

#define PEER "t/bench/xmpp_peer.py"

static const char *start_default(void *arg)
{
	(void)arg;
	e2e__server_here();
	e2e__server_put("extra.lua", "Host \"*\"\nnetwork_settings = {}\n");
	return e2e__server_prosody_start((void *)(uintptr_t) "extra.lua");
}

static e2e_account account; /* of the default server; without a host: the toolkit's own */
static e2e_tls tls;

static e2e_client *another(void)
{
	if (!account.host)
		return e2e_client_connected();
	account.jid = e2e_printf("%s@localhost", e2e__provision_random());
	return e2e_client_connect((e2e_client_opts){.account = &account, .tls = &tls});
}

/* ---- the floor: a login in blocking calls ---- */

static const char *const dialogue[][2] = {
    {"<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
     "xmlns:stream='http://etherx.jabber.org/streams'>",
     "</stream:features>"},
    {NULL /* auth */, "<success"},
    {"<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
     "xmlns:stream='http://etherx.jabber.org/streams'>",
     "</stream:features>"},
    {"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "</iq>"},
    {"<presence/><iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>", "id='p'"},
};

static bool exchange(SSL *ssl, const char *say, const char *until)
{
	char in[16384];
	size_t n = 0;

	if (SSL_write(ssl, say, (int)strlen(say)) <= 0)
		return false;
	for (in[0] = 0; !strstr(in, until); in[n] = 0) {
		int got = SSL_read(ssl, in + n, (int)(sizeof in - n - 1));

		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	return true;
}

/* ms a login at the port of direct TLS. */
static double bare(int port, int n)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL **ssl = (SSL **)e2e__memory_alloc((size_t)n * sizeof *ssl);
	double took, began = e2e_now();
	int one = 1;

	for (int i = 0; i < n; i++) {
		char login[80], auth[300], text[128];
		int size = snprintf(login, sizeof login, "%cbare%d%cfoobar2342", 0, i, 0);
		int fd = e2e_dial(e2e_printf("tcp:127.0.0.1:%d", port));

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		ssl[i] = SSL_new(ctx);
		SSL_set_fd(ssl[i], fd);
		sodium_bin2base64(text, sizeof text, (unsigned char *)login, (size_t)size, sodium_base64_VARIANT_ORIGINAL);
		snprintf(auth, sizeof auth,
			 "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>", text);
		if (SSL_connect(ssl[i]) != 1)
			e2e_fail("no TLS at port %d", port);
		for (size_t k = 0; k < 5; k++)
			if (!exchange(ssl[i], dialogue[k][0] ? dialogue[k][0] : auth, dialogue[k][1]))
				e2e_fail("bare login %d: no %s", i, dialogue[k][1]);
	}
	took = (e2e_now() - began) * 1000 / n;
	for (int i = 0; i < n; i++) {
		close(SSL_get_fd(ssl[i]));
		SSL_free(ssl[i]);
	}
	SSL_CTX_free(ctx);
	return took;
}

/* ---- ours ---- */

static pid_t server; /* its process */

/* ms of processor time that it has used. */
static double server_time(void)
{
	char *text = e2e__file_read(e2e_printf("/proc/%ld/schedstat", (long)server), NULL);

	return text ? atof(text) / 1e6 : 0;
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
	struct e2e__xmpp_own **list = (struct e2e__xmpp_own **)e2e__memory_alloc((size_t)n * sizeof *list);
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
		e2e_account *one = (e2e_account *)e2e__memory_alloc(sizeof *one);

		*one = account;
		one->jid = e2e_printf("%s@localhost", e2e__provision_random());
		opts.account = one;
		list[i] = e2e__client_new(&opts);
		e2e__client_fill_account(E2E__AT, list[i]);
		e2e__client_enlist(list[i]);
	}
	if (e2e__connect(list, (size_t)n, 60))
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

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *list, int n)
{
	qsort(list, (size_t)n, sizeof *list, by_size);
	return list[n / 2];
}

/* Some runs of ours and theirs, in turns. */
static void row(const char *name, const char *what, int n, double (*ours)(int), const char *theirs, int direct)
{
	enum { MOST = 5 };
	double us[MOST], them[MOST], busy[MOST], floor[MOST], a, b;
	int runs = n > 10 ? 3 : MOST;
	bool higher = n == 1000;

	for (int i = 0; i < runs; i++) {
		double before;

		if (!higher)
			another(); /* what the first one in a process has to do */
		before = server_time();
		us[i] = ours(n);
		busy[i] = (server_time() - before) / n;
		e2e__clear_case_end(false); /* theirs are closed, too */
		them[i] = peer(theirs, n);
		floor[i] = direct ? bare(direct, n) : 0;
	}
	a = median(us, runs);
	b = median(them, runs);
	fprintf(stderr, "%-8s %-14s %4d %9.2f %9.2f %7.1fx", name, what, n, a, b, higher ? a / b : b / a);
	if (!higher)
		fprintf(stderr, " %9.2f", median(busy, runs));
	if (direct)
		fprintf(stderr, " %9.2f", median(floor, runs));
	fprintf(stderr, "\n");
}

static void measure(const char *name, const char *service, const char *address)
{
	static const int counts[] = {1, 10, 50, 200};
	int direct = atoi(strrchr(address, ' ') + 1);

	e2e__service_read(e2e_run_dir(), service, &server, NULL);
	account.host = strcmp(name, "private") ? "127.0.0.1" : NULL;
	account.port = atoi(address);
	account.password = "foobar2342";
	account.ca_file = e2e_printf("%.*s", (int)strcspn(strchr(address, ' ') + 1, " "), strchr(address, ' ') + 1);
	for (size_t i = 0; i < 4; i++) {
		row(name, "one by one, ms", counts[i], after_another, "after_another", account.host ? 0 : direct);
		row(name, "at once, ms", counts[i], at_once, "at_once", 0);
	}
	row(name, "round trips/s", 1000, round_trips, "round_trips", 0);
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
	double ours[5], theirs[5];
	e2e_result us, them;

	e2e_proc_timeout(300);
	e2e_require_command("prosody");
	e2e_skip_if(e2e_run("/usr/bin/python3", "-c", "import aioxmpp").status, "no python3-aioxmpp");
	fprintf(stderr, "%-8s %-14s %4s %9s %9s %8s %9s %9s\n", "server", "what", "n", "e2e", "aioxmpp", "ratio", "server's",
		"bare");
	private_one = e2e_service("xmpp-prosody", e2e__server_prosody_start, NULL);
	measure("private", "xmpp-prosody", private_one);
	measure("default", "xmpp-default", e2e_service("xmpp-default", start_default, NULL));
	account.port = atoi(private_one);
	for (int i = 0; i < 5; i++) {
		us = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("E2E_RUN_DIR")}, "/proc/self/exe", "-k", "^inner_three$");
		e2e_is_int(us.status, 0);
		ours[i] = us.seconds * 1000;
		them = e2e_run("/usr/bin/python3", PEER, e2e_printf("%d", account.port), "three", "1");
		theirs[i] = them.seconds * 1000;
	}
	fprintf(stderr, "%-8s %-14s %4d %9.2f %9.2f %7.1fx\n", "cold/up", "whole test, ms", 3, median(ours, 5), median(theirs, 5),
		median(theirs, 5) / median(ours, 5));
}

E2E_MAIN()
