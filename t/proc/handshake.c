/* Handshakes of plugins: what is read, the ways to fail, cookies. */
#include "e2e_proc.h"
#include "../golden.h"

/* A plugin in C, as an author would write it. */
static int plugin(void *arg)
{
	int sock = *(int *)arg, fd;
	char c;
	if (!e2e_cookie("DEMO_COOKIE", "correct horse")) {
		fprintf(stderr, "this is a plugin: it is started by its host\n");
		return 1;
	}
	printf("1|4|unix|%s|demo\n", strchr(e2e_endpoint(sock), ':') + 1);
	fflush(stdout);
	fd = accept(sock, NULL, NULL);
	while (read(fd, &c, 1) == 1)
		if (write(fd, &c, 1) != 1)
			return 2;
	return 0;
}

E2E_TEST(host_and_plugin)
{
	int sock = e2e_listen("unix:"), fd;
	char c = 'x';
	e2e_handshake hs;
	e2e_proc *p;
	e2e_setenv("DEMO_COOKIE", "correct horse");
	p = e2e_spawn_fn(plugin, &sock);
	e2e_must(e2e_handshake(p, &hs));
	e2e_is_int(hs.core, 1);
	e2e_is_int(hs.app, 4);
	e2e_is_str(hs.network, "unix");
	e2e_is_str(hs.protocol, "demo");
	e2e_is_ptr(hs.certificate, NULL);
	fd = e2e_dial(hs.endpoint);
	e2e_is_int(write(fd, &c, 1), 1);
	e2e_is_int(read(fd, &c, 1), 1);
	close(fd);
	e2e_wait(p, 0);
}

static e2e_proc *says(const char *script)
{
	return e2e_spawn("sh", "-c", script);
}

E2E_TEST(fields)
{
	e2e_handshake hs;
	e2e_proc *p = says("printf '1|2|tcp|127.0.0.1:4711|grpc|MIIB+cert|x\\r\\n'; exec sleep 100");
	e2e_must(e2e_handshake(p, &hs));
	e2e_is_str(hs.network, "tcp");
	e2e_is_str(hs.address, "127.0.0.1:4711");
	e2e_is_str(hs.endpoint, "tcp:127.0.0.1:4711");
	e2e_is_str(hs.protocol, "grpc");
	e2e_is_str(hs.certificate, "MIIB+cert|x");
	e2e_kill(p);
	p = says("printf '2|'; sleep 0.1; printf '1|tcp|[::1]:1|x\\nmore\\n'; exec sleep 100");
	e2e_must(e2e_handshake_core(p, &hs, 2, 10));
	e2e_is_int(hs.core, 2);
	e2e_is_str(hs.protocol, "x");
	e2e_kill(p);
}

/* A plugin that goes on writing never stands still. */
E2E_TEST(stdout_is_drained)
{
	e2e_handshake hs;
	e2e_proc *p =
	    says("echo '1|1|tcp|127.0.0.1:1|x'; yes | head -c 1000000; echo done >&2; exec sleep 100");
	e2e_must(e2e_handshake(p, &hs));
	e2e_ready(p, E2E_LINE("^done$"));
	e2e_kill(p);
}

/* t/proc/broken/net.c's case `handshake` with this plugin. */
static e2e_result fails(const char *script)
{
	const char *const env[] = {e2e_printf("PLUGIN=%s", script), NULL};
	e2e_spawn_opts o;
	e2e_result r;
	memset(&o, 0, sizeof o);
	o.env = env;
	r = e2e_run_with(o, broken("net"), "-k", "handshake");
	e2e_is_int(r.status, 1, "%s", script);
	e2e_like(r.out, "not ok 1 - handshake of sh");
	return r;
}

E2E_TEST(a_log_line_first)
{
	e2e_result r = fails("echo '2026/11/21 INFO starting'; echo '1|1|tcp|127.0.0.1:1|x'; exec sleep 100");
	e2e_like(r.out, "the first line of .* is no handshake");
	e2e_like(r.out, "got: .*INFO starting");
	e2e_like(r.out, "let it log to stderr");
	e2e_like(r.out, "code: handshake");
}

E2E_TEST(another_core_version)
{
	e2e_like(fails("echo '2|1|tcp|127.0.0.1:1|x'; exec sleep 100").out,
		 "speaks core version 2 of the handshake, not 1");
}

E2E_TEST(no_cookie)
{
	e2e_result r = fails("echo 'this is a plugin' >&2; exit 1");
	e2e_like(r.out, "ended with exit code 1 before its handshake");
	e2e_like(r.out, "stderr:\n *this is a plugin");
	e2e_like(r.out, "is its cookie in the environment");
}

E2E_TEST(silence)
{
	e2e_result r;
	e2e_setenv("LIMIT", "0.5");
	r = fails("printf '1|1|tcp'; exec sleep 100");
	e2e_like(r.out, "has said nothing within 0.5 s");
	e2e_like(r.out, "got: .*1\\|1\\|tcp.* without a line end");
	e2e_like(r.out, "code: timeout");
}

E2E_TEST(nonsense)
{
	e2e_like(fails("echo '1|1|tcp|127.0.0.1:1'; exec sleep 100").out, "is no handshake");
	e2e_like(fails("echo 'a|b|tcp|127.0.0.1:1|x'; exec sleep 100").out, "is no handshake");
	e2e_like(fails("echo; exec sleep 100").out, "is no handshake");
	e2e_like(fails("echo '1|1|carrier|pigeon|x'; exec sleep 100").out, "can't be reached");
	e2e_like(fails("printf '1|1|unix|/%0200d|x\\n' 1; exec sleep 100").out,
		 "can't be reached: .*too long|107");
}

E2E_TEST(cookies)
{
	e2e_ok(e2e_same_secret("abc", "abc"));
	e2e_ok(!e2e_same_secret("abc", "abd"));
	e2e_ok(!e2e_same_secret("abc", "ab"));
	e2e_ok(!e2e_same_secret("abc", "abcabc"));
	e2e_ok(!e2e_same_secret("abc", ""));
	e2e_ok(!e2e_same_secret("", "a"));
	e2e_ok(e2e_same_secret("", ""));
	e2e_ok(!e2e_same_secret("abc", NULL));
	e2e_ok(!e2e_same_secret(NULL, NULL));
	e2e_setenv("A_COOKIE", "42");
	e2e_ok(e2e_cookie("A_COOKIE", "42"));
	e2e_ok(!e2e_cookie("A_COOKIE", "43"));
	e2e_ok(!e2e_cookie("NO_COOKIE", "42"));
}

E2E_MAIN()
