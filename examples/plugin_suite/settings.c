/* settings.c - what the environment says, and that a case's environment is its own. */
/* e2e: openssl */
#include "plugin.h"

E2E_TEST(quiet_by_default)
{
	start(COOKIE);
	ask(e2e_dial(said.endpoint), "count");
	e2e_kill(plugin);
	e2e_is_str(e2e_stderr(plugin), "");
}

E2E_TEST(debug_says_what_was_asked)
{
	start(COOKIE, "KV_LOG=debug");
	ask(e2e_dial(said.endpoint), "get color");
	e2e_kill(plugin);
	e2e_is_str(e2e_stderr(plugin), "kv: a client has come\nkv: asked: get color\n");
}

/* What a plugin inherits can also be set for all that the case starts. */
E2E_TEST(inherited)
{
	e2e_setenv("KV_NAMES", "1");
	start(COOKIE);
	int fd = e2e_dial(said.endpoint);
	e2e_is_str(ask(fd, "put a 1"), "ok");
	e2e_like(ask(fd, "put b 2"), "^error FULL: ");
	e2e_kill(plugin);
}

E2E_TEST(not_of_the_case_before)
{
	e2e_ok(!getenv("KV_NAMES"));
	start(COOKIE);
	int fd = e2e_dial(said.endpoint);
	e2e_is_str(ask(fd, "put a 1"), "ok");
	e2e_is_str(ask(fd, "put b 2"), "ok");
	e2e_kill(plugin);
}

/* It needs nothing else: a daemon's environment is as poor. */
E2E_TEST(nothing_but_its_own)
{
	e2e_spawn_opts poor = {.env = E2E_ARGV(COOKIE, e2e_printf("TMPDIR=%s", e2e_tmpdir()),
				       e2e_printf("GCOV_PREFIX=%s", getenv("GCOV_PREFIX")),
				       "GCOV_PREFIX_STRIP=99"),
		.clear_env = true};
	plugin = e2e_spawn_with(poor, kv);
	e2e_must(e2e_handshake(plugin, &said));
	e2e_is_str(ask(e2e_dial(said.endpoint), "count"), "value 0");
	e2e_kill(plugin);
}

E2E_MAIN()
