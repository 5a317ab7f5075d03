/* daemon.c - the life cycle of a daemon, with the real busybox httpd: start it on a port that nobody else gets, wait until
 * it accepts connections, use it from several clients at once, stop it, and see that it is gone.
 *
 * What fails here fails at once and says why: a daemon that can't start is reported with its own log, one that dies in the
 * middle ends the case while it waits for something else, and one that isn't stopped is a failure (still-running).
 *
 *	examples/daemon.t */
#include "e2e_proc.h"

static int port;

/* Each case has a daemon of its own: the fastest way to have cases that don't know of each other. */
static e2e_proc *start(void)
{
	const char *pages = e2e_tmpdir();
	int fd = open(e2e_printf("%s/hello.txt", pages), O_CREAT | O_WRONLY, 0600);
	e2e_must(e2e_is_int(write(fd, "hello\n", 6), 6));
	close(fd);
	port = e2e_port();
	e2e_proc *httpd = e2e_spawn("busybox", "httpd", "-f", "-p", e2e_printf("127.0.0.1:%d", port), "-h", pages);
	e2e_must(e2e_ready(httpd, E2E_PORT(port)));
	return httpd;
}

E2E_SETUP()
{
	e2e_require_command("busybox");
	e2e_require_command("curl");
}

E2E_TEST(serves_a_page)
{
	e2e_proc *httpd = start();
	e2e_result r = e2e_run("curl", "-sf", e2e_printf("http://127.0.0.1:%d/hello.txt", port));
	e2e_is_int(r.status, 0);
	e2e_is_str(r.out, "hello\n");
	e2e_kill(httpd); /* SIGTERM; it has to die of it, or exit with 0 */
	e2e_is_int(e2e_try_dial(e2e_printf("tcp:127.0.0.1:%d", port), 1), -1, "the port is free again");
}

E2E_TEST(serves_four_at_once)
{
	e2e_proc *httpd = start();
	const char *url = e2e_printf("http://127.0.0.1:%d/hello.txt", port);
	/* The clients may end in any order: e2e_wait_all waits for all of them, and only for them. */
	e2e_proc **clients = e2e_spawn_par(E2E_ARGV("curl", "-sf", url), E2E_ARGV("curl", "-sf", url),
	                                   E2E_ARGV("curl", "-sf", url), E2E_ARGV("curl", "-sf", url));
	e2e_wait_all(clients, 0);
	for (int i = 0; clients[i]; i++)
		e2e_is_str(e2e_stdout(clients[i]), "hello\n");
	e2e_kill(httpd);
}

E2E_TEST(says_what_is_missing)
{
	e2e_proc *httpd = start();
	e2e_result r = e2e_run("curl", "-sf", e2e_printf("http://127.0.0.1:%d/nowhere", port));
	e2e_is_int(r.status, 22, "curl's status for an HTTP error");
	e2e_kill(httpd);
}

E2E_MAIN()
