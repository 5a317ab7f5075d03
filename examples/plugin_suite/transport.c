/* transport.c - where the plugin listens, and how its host gets to know. */
/* e2e: openssl */
#include "plugin.h"

E2E_TEST(unix_socket, .tags = "unix")
{
	start(COOKIE);
	e2e_is_int(said.core, 1);
	e2e_is_int(said.app, 2);
	e2e_is_str(said.network, "unix");
	e2e_is_str(said.protocol, "kv");
	e2e_is_socket(said.address, 0700); /* for its owner alone */

	int fd = e2e_dial(said.endpoint);
	e2e_is_str(ask(fd, "put color red"), "ok");
	e2e_is_str(ask(fd, "get color"), "value red");
	e2e_kill(plugin);
	e2e_isnt_int(access(said.address, F_OK), 0, "it takes its socket away");
}

E2E_TEST(tcp_on_a_free_port, .tags = "tcp")
{
	start(COOKIE, "KV_NETWORK=tcp");
	e2e_like(said.address, "^127\\.0\\.0\\.1:[1-9][0-9]*$");
	e2e_is_str(ask(e2e_dial(said.endpoint), "count"), "value 0");
	e2e_kill(plugin);
}

E2E_TEST(tcp_on_a_port_of_the_host_s, .tags = "tcp")
{
	int port = e2e_port();

	start(COOKIE, "KV_NETWORK=tcp", e2e_printf("KV_ADDRESS=%d", port));
	e2e_is_int(e2e_endpoint_port(said.endpoint), port);
	e2e_kill(plugin);
}

E2E_TEST(the_port_is_taken, .tags = "tcp")
{
	int other = e2e_listen("tcp:127.0.0.1:0"), port = e2e_endpoint_port(e2e_endpoint(other));

	plugin = spawn_kv(COOKIE, "KV_NETWORK=tcp", e2e_printf("KV_ADDRESS=%d", port));
	e2e_wait(plugin, 4);
	e2e_like(e2e_stderr(plugin),
		e2e_printf(
			"error LISTEN: can't listen at 127\\.0\\.0\\.1:%d: Address already in use \\(hint: ",
			port));
}

E2E_TEST(the_socket_is_there_already, .tags = "unix")
{
	const char *path = e2e_printf("%s/s", e2e_tmpdir());

	start(COOKIE, e2e_printf("KV_ADDRESS=%s", path));
	e2e_proc *second = spawn_kv(COOKIE, e2e_printf("KV_ADDRESS=%s", path));
	e2e_wait(second, 4);
	e2e_like(e2e_stderr(second), "error LISTEN: can't listen at .*/s: ");
	e2e_is_str(ask(e2e_dial(said.endpoint), "count"), "value 0", "the first one still serves");
	e2e_kill(plugin);
}

E2E_TEST(nobody_listens, .tags = "unix tcp")
{
	start(COOKIE);
	e2e_kill(plugin);
	int fd = e2e_try_dial(said.endpoint, 0.1), error = errno;
	e2e_is_int(fd, -1);
	e2e_is_int(error, ENOENT, "%s", strerror(error));
}

E2E_MAIN()
