/* server.c - tally as a server: started, asked over the network, and over a bad one. */
#include "e2e_proc.h"

#ifndef TALLY /* the build says where the program is */
#define TALLY "./tally"
#endif

/* Starts the server, waits until it is ready, and says where it is. */
static e2e_proc *server(const char **where)
{
	e2e_proc *p = e2e_spawn(TALLY, "--serve");
	e2e_ready(p, E2E_LINE("^listening on port ([0-9]+)"));
	*where = e2e_printf("tcp:127.0.0.1:%s", e2e_capture(p, 1));
	return p;
}

/* What the server answers to a text, all of it. */
static const char *ask(const char *where, const char *text)
{
	char answer[4096];
	size_t n = 0;
	ssize_t got;
	int fd = e2e_dial(where);

	e2e_must(e2e_is_int(write(fd, text, strlen(text)), (long)strlen(text), "the text is sent"));
	shutdown(fd, SHUT_WR);
	while (n < sizeof answer - 1 && (got = read(fd, answer + n, sizeof answer - 1 - n)) > 0)
		n += (size_t)got;
	answer[n] = 0;
	close(fd);
	return e2e_printf("%s", answer);
}

E2E_TEST(each_client_has_its_own_count)
{
	const char *where;
	e2e_proc *p = server(&where);
	e2e_is_str(ask(where, "one fish two fish"), "2 fish\n1 one\n1 two\n");
	e2e_is_str(ask(where, "red fish"), "1 fish\n1 red\n");
	e2e_kill(p);
}

E2E_TEST(a_client_that_breaks_off_does_no_harm)
{
	const char *where;
	e2e_proc *p = server(&where);
	e2e_proxy *px = e2e_proxy_to(where);
	int fd;

	e2e_proxy_fault(px, E2E_TO_SERVER, .limit = 4, .reset = true, .first = 1);
	fd = e2e_dial(e2e_printf("tcp:127.0.0.1:%d", px->port));
	e2e_must(e2e_is_int(write(fd, "one fish", 8), 8));
	e2e_eventually(30, e2e_proxy_count(px).open == 0, "the connection is broken");
	close(fd);

	e2e_is_str(ask(where, "blue fish"), "1 blue\n1 fish\n", "the next one is served");
	e2e_kill(p);
}

E2E_MAIN()
