/* proxy.c - how a real client behaves when the network doesn't: curl behind the fault proxy.
 *
 * Python's http.server is the service, curl the client. Between them stands e2e_proxy_to(): each case sets a
 * fault before the client connects, and looks at what the client makes of it. No root, no netem, nothing to
 * install. */
#include "e2e_proc.h"

static e2e_proxy *px;
static e2e_proc *server;

E2E_SETUP()
{
	int port = e2e_port();
	const char *dir = e2e_tmpdir();
	FILE *f = fopen(e2e_printf("%s/page", dir), "w");
	e2e_require_command("curl");
	e2e_require_command("python3");
	for (int i = 0; f && i < 1000; i++)
		fprintf(f, "line %d\n", i);
	e2e_must(e2e_ok(f && fclose(f) == 0, "a page to fetch"));
	server = e2e_spawn("python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", dir,
			   e2e_printf("%d", port));
	e2e_must(e2e_ready(server, E2E_PORT(port)));
	px = e2e_proxy_to(e2e_printf("tcp:127.0.0.1:%d", port));
}

E2E_TEARDOWN()
{
	e2e_kill(server);
}

static const char *url(void)
{
	return e2e_printf("http://%s/page", px->address);
}

/* The first two connections break; a client that is told to retry gets its page from the third. */
E2E_TEST(retries_help)
{
	e2e_proxy_fault(px, E2E_TO_CLIENT, .reset = true, .first = 2);
	e2e_is_int(e2e_run("curl", "-sS", url()).status, 56, "without a retry: connection reset");
	e2e_proxy_fault(px, E2E_TO_CLIENT, .reset = true, .first = 2);
	e2e_is_int(e2e_run("curl", "-sS", "-o", "/dev/null", "--retry", "3", "--retry-all-errors",
			   "--retry-delay", "0", url())
		       .status,
		   0, "with retries");
	e2e_is_int(e2e_proxy_count(px).broken, 3);
}

/* A server that takes connections and says nothing is the case that hangs clients. */
E2E_TEST(silence_needs_a_limit)
{
	e2e_proxy_fault(px, E2E_TO_CLIENT, .drop = true);
	e2e_is_int(e2e_run("curl", "-sS", "--max-time", "0.5", url()).status, 28, "curl gives up in time");
}

/* The answer ends in the middle: is it noticed? */
E2E_TEST(a_short_answer_is_no_answer)
{
	e2e_proxy_fault(px, E2E_TO_CLIENT, .limit = 500);
	e2e_is_int(e2e_run("curl", "-sS", "-o", "/dev/null", url()).status, 18, "partial file");
}

/* Slow, in small pieces, late: nothing of this may break a client. */
E2E_TEST(slow_networks_only_take_time)
{
	e2e_result r;
	e2e_proxy_fault(px, E2E_TO_CLIENT, .latency = 0.05, .jitter = 0.02, .bandwidth = 40000, .slice = 700);
	r = e2e_run("curl", "-sS", url());
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "^line 999$|\nline 999\n");
	e2e_note("%lu bytes took %.2f s", (unsigned long)r.out_size, r.seconds);
}

/* The service goes away and comes back while the client polls. */
E2E_TEST(down_and_up)
{
	e2e_proxy_fault(px, E2E_BOTH_WAYS, .down = true);
	e2e_is_int(e2e_run("curl", "-sS", url()).status, 7, "connection refused");
	e2e_proxy_clear(px);
	e2e_is_int(e2e_run("curl", "-sS", "-o", "/dev/null", url()).status, 0);
}

E2E_MAIN()
