/* story.c - what a failure tells: all that happened on all sides, in the order of time.
 *
 * The cases fail on purpose and are known failures, so that the examples end green. See them fail:
 *	prove examples/story.t :: --no-known                      the story in the report
 *	prove --story                                             the same in lanes
 *	prove --html story.html examples/story.t :: --no-known    a page with pictures of it
 */
#include "e2e_proc.h"

static const char *page;

E2E_SETUP()
{
	e2e_require_command("curl");
	e2e_require_command("python3");
	e2e_require_command("redis-server");
}

static e2e_proc *web_server(int port)
{
	FILE *f = fopen(e2e_printf("%s/page", e2e_tmpdir()), "w");

	page = e2e_printf("%s/fetched", e2e_tmpdir());
	for (int i = 0; f && i < 20000; i++)
		fprintf(f, "line %d\n", i);
	e2e_must(e2e_ok(f && fclose(f) == 0, "a page to fetch"));

	e2e_proc *web = e2e_spawn_with((e2e_spawn_opts){.name = "web", .cwd = e2e_tmpdir()}, "python3", "-u", "-m",
				       "http.server", "--bind", "127.0.0.1", e2e_printf("%d", port));
	e2e_must(e2e_ready(web, E2E_PORT(port)));
	return web;
}

/* The connection breaks after 64 kB. Who was it: the server, the network or the client? */
E2E_TEST(download_over_a_bad_line, .todo = "curl isn't told to go on where it was cut")
{
	int port = e2e_port();
	e2e_proc *web = web_server(port);
	e2e_proxy *line = e2e_proxy_to(e2e_printf("tcp:127.0.0.1:%d", port));

	e2e_proxy_fault(line, E2E_TO_CLIENT, .limit = 65536, .first = 1);
	e2e_is_int(e2e_run("curl", "-sS", "-o", page, e2e_printf("http://%s/page", line->address)).status, 0,
		   "the page is fetched");
	e2e_kill(web);
}

/* The server is gone before Alice comes back. Did it crash? What did it do last, and who was there? */
E2E_TEST(alice_keeps_her_session, .todo = "anybody may shut the server down")
{
	const char *port = e2e_printf("%d", e2e_port());
	e2e_proc *redis = e2e_spawn_with((e2e_spawn_opts){.name = "redis"}, "redis-server", "--port", port, "--bind",
					 "127.0.0.1", "--save", "", "--dir", e2e_tmpdir());
	e2e_must(e2e_ready(redis, E2E_LINE("Ready to accept connections")));

	e2e_spawn_opts alice = {.name = "alice"}, bob = {.name = "bob"};
	e2e_is_int(e2e_run_with(alice, "redis-cli", "-p", port, "SET", "cart", "3 apples").status, 0);
	e2e_run_with(bob, "redis-cli", "-p", port, "SHUTDOWN", "NOSAVE");
	e2e_like(e2e_run_with(alice, "redis-cli", "-p", port, "GET", "cart").out, "^3 apples\n$");
}

E2E_MAIN()
