/* budgets.c - performance as a promise: start and stop within, many connections at once, memory that doesn't
 * grow.
 *
 * Budgets are generous: they catch what is broken (a leak, a quadratic loop, a lost wake-up), not a busy
 * machine. The measured value is in the output of every run, so a log of them shows the trend. Python's
 * http.server is the service. */
#include "e2e_proc.h"

static int port;
static e2e_proc *server;

/* With its own queue of 5 connections the server takes 7 s for fifty clients at once: some have to knock
 * again after 1, 2 and 4 s. That is what the second case's budget found. */
static const char program[] =
    "import http.server as h, sys\n"
    "h.ThreadingHTTPServer.request_queue_size = 64\n"
    "h.test(h.SimpleHTTPRequestHandler, h.ThreadingHTTPServer, port=int(sys.argv[1]), bind='127.0.0.1')\n";

static void start(void)
{
	e2e_require_command("python3");
	port = e2e_port();
	server = e2e_spawn_with((e2e_spawn_opts){.cwd = e2e_tmpdir()}, "python3", "-u", "-c", program,
				e2e_printf("%d", port));
	e2e_must(e2e_ready(server, E2E_PORT(port)));
}

/* The status line of one request on a connection of its own. */
static const char *get(int fd)
{
	static char answer[64];
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	ssize_t n = write(fd, request, sizeof request - 1) > 0 ? read(fd, answer, sizeof answer - 1) : 0;
	answer[n > 0 ? n : 0] = 0;
	return answer;
}

E2E_TEST(starts_and_stops_in_time)
{
	e2e_within(20)
	{
		start();
		e2e_is_int(strncmp(get(e2e_dial(e2e_printf("tcp:127.0.0.1:%d", port))), "HTTP/1.0 200", 12),
			   0);
		e2e_kill(server);
	}
}

E2E_TEST(serves_fifty_at_once)
{
	int fd[50], served = 0;
	start();
	e2e_within(5)
	{
		for (int i = 0; i < 50; i++) /* all of them are open before the first one speaks */
			fd[i] = e2e_dial(e2e_printf("tcp:127.0.0.1:%d", port));
		for (int i = 0; i < 50; i++)
			served += strncmp(get(fd[i]), "HTTP/1.0 200", 12) == 0;
	}
	e2e_is_int(served, 50);
	for (int i = 0; i < 50; i++)
		close(fd[i]);
	e2e_kill(server);
}

/* Memory of this process: the client's side. Under sanitizers and valgrind the case is skipped, since they
 * keep memory. */
E2E_TEST(connections_cost_no_memory)
{
	const char *endpoint;
	start();
	endpoint = e2e_printf("tcp:127.0.0.1:%d", port);
	e2e_growth(65536)
	{
		for (int i = 0; i < 50; i++) {
			int fd = e2e_dial(endpoint);
			get(fd);
			close(fd);
		}
	}
	e2e_kill(server);
}

E2E_MAIN()
