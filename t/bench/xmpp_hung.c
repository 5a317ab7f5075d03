/* e2e: libstrophe openssl libsodium */
/* How long a server that goes silent holds a test over its limit: ms from the moment when the limit falls due to the end of the whole
 * program, its own end included. A server in each state of silence, each some 20 times. */
#include "e2e_xmpp.h"
#include "../xmpp/silent.h"

enum { RUNS = 20 };
static const double limit = 0.2;

static const struct state {
	const char *name;
	const char *const *say; /* NULL: a real server behind a proxy that lets so many bytes pass to the client */
	int n;
	char mode; /* d: TLS from the first byte, s: STARTTLS, p: no TLS, t: nobody accepts, i: an iq, x: expects, k: accounts that
		      are kept, g: a guard, m: many clients */
} states[] = {
    {"accepts no TCP connection", NULL, 0, 't'},
    {"says nothing, STARTTLS awaited", starttls, 0, 's'},
    {"after its stream features", starttls, 1, 's'},
    {"in the TLS handshake, STARTTLS", starttls, 2, 's'},
    {"in the TLS handshake, direct", starttls, 0, 'd'},
    {"in the middle of its certificate", NULL, 500, 'd'},
    {"behind the TLS handshake", NULL, 1200, 'd'},
    {"in SASL", plain, 1, 'p'},
    {"before the resource is bound", plain, 3, 'p'},
    {"after login, in an iq", plain, 4, 'i'},
    {"after login, a stanza expected", plain, 4, 'x'},
    {"in the clean-up of an account", plain, 4, 'k'},
    {"in discovery, by a guard", plain, 4, 'g'},
    {"somewhere in 20 clients at once", NULL, 40000, 'm'},
};

static void serve(int fd, void *arg)
{
	const struct state *st = (const struct state *)arg;

	falls_silent(fd, st->say, st->say ? st->n : 0);
}

static e2e_account account;
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
	if (getenv("STATE"))
		e2e_provisioner_add(&mine);
}

E2E_TEST(inner_hangs)
{
	const struct state *st = states + atoi(getenv("STATE"));
	static e2e_client *many[20];
	e2e_account a = {"juliet@localhost", "secret", "127.0.0.1", 0, getenv("CA")};
	e2e_tls tls = {.off = st->mode != 's' && st->mode != 'd' && st->mode != 'm', .direct = st->mode == 'd'};
	e2e_client_opts opts = {.account = &a, .tls = &tls, .presence = "none"};
	e2e_client *c = NULL;

	if (st->say) {
		a.port = e2e_serve("tcp:127.0.0.1:0", serve, (void *)(uintptr_t)st)->port;
	} else if (st->mode == 't') {
		a.port = full_port();
	} else {
		const char *real = getenv(st->mode == 'd' ? "DIRECT" : "PORT");
		e2e_proxy *px = e2e_proxy_to(e2e_printf("tcp:127.0.0.1:%s", real));

		a.port = px->port;
		e2e_proxy_fault(px, E2E_TO_CLIENT, .limit = st->mode == 'm' ? 3000 : st->n, .drop = true);
	}
	account = a;
	security = tls;
	mine.keep_accounts = st->mode == 'k';
	fprintf(stderr, "armed %.6f\n", e2e_now());
	e2e_blocking_with_timeout(limit)
	{
		if (st->mode == 'g')
			e2e_require_feature("urn:example:none");
		else if (st->mode == 'm')
			e2e_clients_connected(20, many);
		else if (st->mode == 'k')
			c = e2e_client_connect((e2e_client_opts){.presence = "none"});
		else
			c = e2e_client_connect(opts);
		if (st->mode == 'x')
			e2e_expect_stanza(c, E2E_MESSAGE);
		e2e_iq(c, e2e_xml(c, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"));
	}
	e2e_fail("not reached");
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

E2E_TEST(compare, .timeout = 600)
{
	const char *address;
	double worst = 0;

	e2e_require_command("prosody");
	address = e2e_service("xmpp-prosody", e2e__server_prosody_start, NULL);
	fprintf(stderr, "%-34s %8s %8s %8s   ms over a limit of %g ms\n", "the server falls silent", "min", "median", "max",
		limit * 1000);
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		double over[RUNS];

		for (int k = 0; k < RUNS; k++) {
			e2e_result r = e2e_run_with(
			    (e2e_spawn_opts){.env = E2E_ARGV(
						 e2e_printf("STATE=%zu", i), e2e_printf("PORT=%d", atoi(address)),
						 e2e_printf("DIRECT=%s", strrchr(address, ' ') + 1),
						 e2e_printf("CA=%.*s", (int)(strrchr(address, ' ') - strchr(address, ' ') - 1),
							    strchr(address, ' ') + 1),
						 "E2E_RUN_DIR")},
			    "/proc/self/exe", "-k", "^inner_hangs$");
			double now = e2e_now();

			if (!strstr(r.out, "timed out after 0.2 s") || !strstr(r.err, "armed "))
				e2e_fail("%s: another failure: %s", states[i].name, r.out);
			over[k] = strstr(r.err, "armed ") ? (now - atof(strstr(r.err, "armed ") + 6) - limit) * 1000 : 0;
		}
		qsort(over, RUNS, sizeof *over, by_size);
		fprintf(stderr, "%-34s %8.1f %8.1f %8.1f\n", states[i].name, over[0], over[RUNS / 2], over[RUNS - 1]);
		worst = over[RUNS - 1] > worst ? over[RUNS - 1] : worst;
	}
	e2e_note("the worst: %.1f ms", worst);
	e2e_pass();
}

E2E_MAIN()
