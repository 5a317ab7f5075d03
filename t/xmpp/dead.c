/* e2e: libstrophe openssl libsodium */
/* A server that nobody gets into costs its deadline once a run: later cases and programs fail at once and name
 * the first one. The case called inner_ runs in programs of its own, with a config that leads to such a server. */
#include "e2e_xmpp.h"
#include "silent.h"

static const char *folder; /* of the run that the inner programs belong to */

static bool inner(void)
{
	if (getenv("INNER"))
		return true;
	e2e_pass("another case runs it");
	return false;
}

E2E_TEST(inner_first)
{
	if (!inner())
		return;
	e2e_client_connected();
	e2e_pass("logged in");
}

E2E_TEST(inner_second)
{
	e2e_client *c[2];

	if (!inner())
		return;
	e2e_clients_connected(2, c);
	e2e_pass("logged in");
}

E2E_TEST(inner_third)
{
	if (inner())
		e2e_require_feature("urn:xmpp:ping");
}

E2E_TEST(inner_own_timeout)
{
	e2e_failure why;

	if (!inner())
		return;
	e2e_ok(!e2e_client_try((e2e_client_opts){.timeout = 0.3}, &why));
	e2e_is_str(why.code, "silent");
	e2e_like(why.message, "for 0.3 s$");
}

static e2e_result run(const char *cases, const char *config)
{
	const char *ini = e2e_printf("%s/x.ini", e2e_tmpdir());
	e2e_spawn_opts opts = {.env = E2E_ARGV("INNER=1", "E2E_SERVER", e2e_printf("E2E_RUN_DIR=%s", folder))};

	e2e__server_put(ini, config);
	return e2e_run_with(opts, "/proc/self/exe", "-k", cases, "--config", ini);
}

static int count(const char *text, const char *word)
{
	int n = 0;

	for (; (text = strstr(text, word)) != NULL; text += strlen(word))
		n++;
	return n;
}

static void silence(int fd, void *arg)
{
	char in[4096];

	(void)arg;
	while (read(fd, in, sizeof in) > 0)
		;
}

E2E_SETUP()
{
	folder = e2e_printf("%s/run", e2e_tmpdir());
	mkdir(folder, 0700);
}

#define AT(port, more) \
	e2e_printf("[global]\nprovisioner=any\n[any]\nhost=127.0.0.1\ndomain=localhost\nport=%d\n%s", port, more)

/* Four cases in two programs wait for it once: else that were 12 s. */
E2E_TEST(silent)
{
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", silence, NULL);
	const char *config = AT(s->port, "timeout=3\nno_verify=true\n");
	e2e_result r = run("^inner_(first|second|third)$", config);

	e2e_is_int(r.status, 1);
	e2e_is_int(count(r.out, "\nnot ok "), 3) || (e2e_diag("%s", r.out), 0);
	e2e_is_int(count(r.err, "went silent before its stream features, for 3 s"), 3);
	e2e_is_int(count(r.err, "(as before in the case inner_first of "), 2) || (e2e_diag("%s", r.out), 0);
	e2e_is_int(count(r.out, "\n  code: silent"), 3);
	e2e_is_int(count(r.out, "\n  hint: "), 1, "one hint");
	e2e_is_int(count(r.out, "connects to 127.0.0.1"), 1, "one transcript");
	r = run("^inner_third$", config);
	e2e_is_int(count(r.err, "(as before in the case inner_first of "), 1);
	r = run("^inner_own_timeout$", config);
	e2e_is_int(r.status, 0, "a test's own timeout counts") || (e2e_diag("%s", r.out), 0);
}

/* Another reason is told as it is, and whoever gets in takes the note away. */
E2E_TEST(refused_and_back)
{
	e2e_client *anchor = e2e_client_connected();
	e2e_proxy *px = e2e_proxy_to(e2e_printf("tcp:127.0.0.1:%d", anchor->account.port));
	const char *config = AT(px->port, e2e_printf("ca_file=%s\n", anchor->account.ca_file));
	e2e_result r;

	e2e_proxy_fault(px, E2E_BOTH_WAYS, .down = true);
	e2e_setenv("E2E_SOURCE", "t/here.c"); /* as prove says it of a program that it has made */
	e2e_setenv("E2E_DRIVER", "./prove");
	r = run("^inner_(first|second)$", config);
	e2e_is_int(count(r.err, "the connection was refused"), 2) || (e2e_diag("%s", r.out), 0);
	e2e_is_int(count(r.err, "(as before in the case inner_first of t/here.c)"), 1);
	e2e_proxy_clear(px);
	r = run("^inner_(first|second)$", config);
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_is_str(e2e_run("sh", "-c", e2e_printf("ls %s | grep -c xmpp-dead", folder)).out, "0\n");
}

/* Eight cases with one bad pin fit on one screen. */
E2E_TEST(bad_pin)
{
	e2e_client *anchor = e2e_client_connected();
	const char *pins = e2e_printf("%s/pins.json", e2e_tmpdir());
	e2e_result r;

	e2e__server_put(pins, "{\"localhost\": [\"MFkwEwYHKoZIzj0CAQ==\"]}");
	r = run("^inner_(first|second|third)$", AT(anchor->account.port, e2e_printf("pin_store=%s\n", pins)));
	e2e_is_int(r.status, 1);
	e2e_is_int(count(r.out, "\n  code: pin"), 3) || (e2e_diag("%s", r.out), 0);
	e2e_is_int(count(r.out, "\n  hint: "), 1, "the pin to paste once");
	e2e_is_int(count(r.err, "(as before in the case inner_first of "), 2);
}

/* A command named prosody, first in the PATH of the inner programs. */
static const char *fake_prosody(const char *script)
{
	const char *fake = e2e_printf("%s/bin", e2e_tmpdir()), *path = e2e_printf("%s/prosody", fake);

	mkdir(fake, 0700);
	e2e__server_put(path, script);
	chmod(path, 0700);
	e2e_setenv("E2E_TIMEOUT", "600"); /* a minute */
	e2e_setenv("E2E_TIMEOUT_SCALE", "0.1");
	e2e_setenv("PATH", e2e_printf("%s:%s", fake, getenv("PATH")));
	return path;
}

/* A private server that hangs while it starts has its time once a run, too; one that starts again takes the note away. */
E2E_TEST(private_server_that_hangs)
{
	const char *path, *note;
	const struct timespec past[2] = {{1, 0}, {1, 0}};
	e2e_result r;

	e2e_require_command("prosody");
	path = fake_prosody("#!/bin/sh\nexec sleep 300\n");
	r = run("^inner_(first|second)$", "");
	e2e_is_int(count(r.err, "hangs: it used no processor and printed nothing for 0.75 s; its folder"), 1) ||
		(e2e_diag("%s", r.out), 0);
	e2e_is_int(count(r.err, "isn't tried again: it wasn't ready in time, in the case inner_first of "), 1);
	e2e_is_int(count(r.err, ", for 0.75 s; its folder is"), 1);
	e2e_unlike(r.out, "\nok ");

	note = e2e_printf("%s/xmpp-prosody/hung", folder);
	utimensat(AT_FDCWD, note, past, 0);
	r = run("^inner_first$", "");
	e2e_is_int(count(r.err, "isn't ready within 0.2 s (as before in the case inner_first of "), 1) ||
		(e2e_diag("%s", r.out), 0);
	r = run("^inner_third$", "");
	e2e_is_int(count(r.err, "isn't tried again"), 1, "a look makes the note young again");

	unlink(path);
	utimensat(AT_FDCWD, note, past, 0);
	e2e_setenv("E2E_TIMEOUT_SCALE", "80");
	r = run("^inner_first$", "");
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	e2e_is_str(e2e_run("find", folder, "-name", "hung").out, "");
}

/* A server that is busy is slow, and has all of its time. */
E2E_TEST(private_server_that_is_slow)
{
	e2e_result r;

	e2e_require_command("prosody");
	fake_prosody("#!/bin/sh\nwhile :; do :; done\n");
	r = run("^inner_first$", "[local]\nstart_timeout = 40\n");
	e2e_is_int(count(r.err, "the private prosody isn't ready within 4 s; its folder"), 1) || (e2e_diag("%s", r.out), 0);
}

/* One look at a server, with a gap of 1000 s since the one before. Does it look as if it hung? */
static bool hangs_after_a_gap(struct e2e__startup *u, e2e_proc *p)
{
	u->looked -= 1000;
	return e2e__startup_idle(u, p, 7.5);
}

/* A machine that is suspended, or starves the test, is no server that hangs: each gap between two looks counts as one look, of
 * a quarter of a second. The looks are made here, so there is nothing to wait for. */
E2E_TEST(machine_that_stood_still)
{
	e2e_proc *p = e2e_spawn("sh", "-c", "echo idle; exec sleep 76510");
	struct e2e__startup u;
	int looks = 0;

	e2e_must(e2e_ready(p, E2E_LINE("idle"), E2E_WITHIN(60)));
	memset(&u, 0, sizeof u);
	u.looked = e2e_now();
	while (looks < 29 && !hangs_after_a_gap(&u, p))
		looks++;
	e2e_is_int(looks, 29, "gaps of 1000 s until it seemed to hang for 7.5 s");
#ifdef E2E__LINUX /* elsewhere nobody tells who uses a processor */
	e2e_eventually(60, hangs_after_a_gap(&u, p), "at last it does");
#endif
	e2e_kill(p);
}

E2E_TEST(wrong_start_timeout)
{
	e2e_result r = run("^inner_first$", "[local]\nstart_timeout = 0\n");

	e2e_is_int(r.status, 99);
	e2e_like(r.err, "x\\.ini:2: start_timeout = \"0\": expected seconds that the server may take to start");
}

E2E_MAIN()
