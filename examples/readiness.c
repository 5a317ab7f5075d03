/* readiness.c - when is a server ready? Never "after a second": by the line that it prints, its socket, its file, or a
 * client's word. e2e_ready takes any of them together, and fails at once, with the log, when the server is dead.
 *
 *	examples/readiness.t */
#include "e2e_proc.h"

/* By a line, with what it says: the system chooses the port, and the server tells which. No port can be taken. */
E2E_TEST(by_a_line)
{
	e2e_require_command("python3");
	e2e_proc *p = e2e_spawn("python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "0");
	e2e_ready(p, E2E_LINE("^Serving HTTP on .* port ([0-9]+)"));
	e2e_ok(e2e_dial(e2e_printf("tcp:127.0.0.1:%lld", e2e_capture_int(p, 1))) >= 0);
	e2e_kill(p);
}

/* By its Unix socket: ssh-agent makes it, and it must belong to nobody else. */
E2E_TEST(by_a_socket)
{
	e2e_require_command("ssh-agent");
	const char *path = e2e_printf("%s/agent", e2e_tmpdir());
	e2e_proc *agent = e2e_spawn("ssh-agent", "-D", "-a", path);
	e2e_ready(agent, E2E_SOCKET(path));
	e2e_is_socket(path, 0600);
	e2e_setenv("SSH_AUTH_SOCK", path);
	e2e_is_str(e2e_run("ssh-add", "-l").out, "The agent has no identities.\n");
	e2e_signal(agent, SIGTERM);
	e2e_wait(agent, 2); /* its status for an end by SIGTERM: not 0, so e2e_kill would complain */
	e2e_is_int(access(path, F_OK), -1, "the socket went with it");
}

/* By a client: whatever pg_isready, redis-cli ping or curl say. Conditions may be combined, with a limit of their own. */
E2E_TEST(by_a_command)
{
	e2e_require_command("busybox");
	e2e_require_command("curl");
	int port = e2e_port();
	e2e_proc *p = e2e_spawn("busybox", "httpd", "-f", "-p", e2e_printf("127.0.0.1:%d", port), "-h", e2e_tmpdir());
	e2e_ready(p, E2E_PORT(port), E2E_CMD("curl", "-s", e2e_printf("http://127.0.0.1:%d/", port)), E2E_WITHIN(10));
	e2e_kill(p);
}

E2E_MAIN()
