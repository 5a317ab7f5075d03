/* plugin.c - a host starts its plugin, shakes hands and talks to it; and the ways in which a plugin can fail.
 *
 * The plugin is plugin.py beside this file: a separate program in another language, started with a cookie,
 * which prints core|app|network|address|protocol on its first line (the convention of HashiCorp's go-plugin)
 * and then serves on a Unix socket. */
#include "e2e_proc.h"

static e2e_proc *start(const char *cookie, const char *how)
{
	e2e_require_command("python3");
	return e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV(e2e_printf("DEMO_PLUGIN=%s", cookie))},
			      "python3", "examples/plugin.py", e2e_tmpdir(), how);
}

E2E_TEST(a_conversation)
{
	e2e_proc *p = start("open sesame", "well");
	e2e_handshake hs;
	char answer[64] = "";
	int fd;
	e2e_must(e2e_handshake(p, &hs));
	e2e_is_str(hs.protocol, "upper");
	e2e_is_socket(hs.address, 0600);
	fd = e2e_dial(hs.endpoint);
	e2e_is_int(write(fd, "hello\n", 6), 6);
	e2e_blocking_with_timeout(10)
	{
		e2e_is_int(read(fd, answer, sizeof answer - 1), 6);
	}
	e2e_is_str(answer, "HELLO\n");
	close(fd);
	e2e_kill(p);
}

/* These two fail on purpose, so they are marked; look at what the reports say:
 *	examples/plugin.t -k fails --verbose */
E2E_TEST(fails_without_its_cookie, .todo = "the plugin refuses on purpose")
{
	e2e_proc *p = start("wrong", "well");
	e2e_handshake hs;
	e2e_handshake(p, &hs);
	e2e_wait(p, 1);
}

E2E_TEST(fails_by_logging_first, .todo = "the plugin logs to stdout on purpose")
{
	e2e_proc *p = start("open sesame", "chatty");
	e2e_handshake hs;
	e2e_handshake(p, &hs);
	e2e_kill(p);
}

E2E_MAIN()
