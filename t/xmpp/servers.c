/* e2e: libstrophe openssl libsodium */
/* Services of the run (E2E_RUN_DIR) outlive the program that started them: those inside have their own. */
/* One suite on several servers, what is recorded can be replayed, known failures hold for their server only. The cases called inner_ are
 * run by the others as programs of their own. */
#include "e2e_xmpp.h"

static bool inner(void)
{
	if (getenv("INNER"))
		return true;
	e2e_pass("another case runs it");
	return false;
}

E2E_SUITE_SETUP()
{
	e2e_proc_timeout(100); /* the programs inside start servers */
	e2e_known("inner_fails_on_ejabberd", "ejabberd", "ISSUE-7: it does on purpose");
}

E2E_TEST(inner_names_itself)
{
	if (!inner())
		return;
	e2e_client_connected();
	e2e_note("peer %s", e2e_peer());
	e2e_pass();
}

E2E_TEST(inner_fails_on_ejabberd)
{
	if (!inner())
		return;
	e2e_client_connected();
	e2e_isnt_str(e2e_peer(), "ejabberd");
}

E2E_TEST(inner_fails)
{
	if (!inner())
		return;
	e2e_isnt_str(e2e_peer(), "Prosody");
}

E2E_TEST(inner_waits)
{
	if (!inner())
		return;
	e2e_diag("waits");
	for (;;)
		pause();
}

E2E_TEST(inner_speaks)
{
	e2e_client *c;

	if (!inner())
		return;
	c = e2e_client_connected();
	e2e_message(c, "listener@localhost", "it's \"quoted\" & <marked>");
	e2e_iq(c, e2e_xml(c, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"));
	e2e_pass();
}

/* Hosts that a test doesn't ask for aren't brought up; the first word to one finds it there. */
E2E_TEST(inner_asks_a_room_first)
{
	e2e_client *c;
	e2e_account other;
	e2e_failure why;

	if (!inner())
		return;
	c = e2e_client_connected();
	e2e_send_stanza(c, e2e_xml(c, "<presence to='den@conference.localhost/me'><x "
				      "xmlns='http://jabber.org/protocol/muc'/></presence>"));
	e2e_expect_stanza(c, E2E_PRESENCE, .from = "den@conference.localhost/me",
			  .child_ns = "http://jabber.org/protocol/muc#user");
	other = c->account;
	other.jid = "anonymous.test";
	other.password = NULL;
	e2e_like(e2e_client_connect((e2e_client_opts){.account = &other})->jid, "@anonymous\\.test/");
	other.jid = "somebody@nowhere.test";
	other.password = "x";
	e2e_ok(!e2e_client_try((e2e_client_opts){.account = &other}, &why), "but no others");
	e2e_like(why.message, "host-unknown");
}

E2E_TEST(inner_asks_for_items_first)
{
	e2e_client *c;
	e2e_disco_result found;
	int rooms = 0;

	if (!inner())
		return;
	c = e2e_client_connected();
	e2e_ok(e2e_disco(c, "localhost", true, &found));
	e2e_must(e2e_is_uint(found.n, 4));
	for (size_t i = 1; i < 4; i++)
		rooms += e2e_entity_has(found.entity + i, "http://jabber.org/protocol/muc");
	e2e_is_int(rooms, 1, "one of %s, %s and %s is for rooms", found.items[0], found.items[1], found.items[2]);
}

/* mod_bookmarks takes part in the first request that is its business: what is stored as private XML comes out of PEP. */
E2E_TEST(inner_asks_for_bookmarks_first)
{
	e2e_client *c;

	if (!inner())
		return;
	c = e2e_client_connected();
	e2e_iq(c, e2e_xml(c, "<iq type='set'><query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>"
			     "<conference jid='den@conference.localhost'/></storage></query></iq>"));
	e2e_like(e2e_stanza_text(e2e_iq(c, e2e_xml(c, "<iq type='get'><pubsub "
						      "xmlns='http://jabber.org/protocol/pubsub'><items "
						      "node='urn:xmpp:bookmarks:1'/></pubsub></iq>"))),
		 "<item [^>]*id=\"den@conference.localhost\"");
}

static void need_both(void)
{
	e2e_require_command("prosody");
	e2e_require_command("erl");
	e2e_skip_if(!e2e__server_ejabberd_libs(), "no ejabberd");
}

E2E_TEST(hosts_come_up_when_asked_for)
{
	e2e_result r;

	e2e_require_command("prosody");
	for (int i = 0; i < 3; i++) {
		static const char *const first[] = {"a_room", "for_items", "for_bookmarks"};

		r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR")}, "/proc/self/exe", "-k",
				 e2e_printf("^inner_asks_%s_first$", first[i]), "--server", "prosody");
		e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
	}
}

E2E_TEST(both_servers_in_one_run)
{
	e2e_result r;

	need_both();
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR")}, "/proc/self/exe", "-k",
			 "^inner_(names|fails_on)", "--server", "prosody,ejabberd");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "^TAP version 14\n# Subtest: prosody\n");
	e2e_like(r.out, "\n        # peer Prosody\n");
	e2e_like(r.out, "\n    ok 2 - inner_fails_on_ejabberd\n");
	e2e_like(r.out, "\nok 1 - prosody\n# Subtest: ejabberd\n");
	e2e_like(r.out, "\n        # peer ejabberd\n");
	e2e_like(r.out, "\n    not ok 2 - inner_fails_on_ejabberd # TODO ISSUE-7");
	e2e_like(r.out, "\nok 2 - ejabberd\n1..2\n$");
}

/* A driver that wants to know is told which server it was. */
E2E_TEST(servers_in_reports)
{
	e2e_result r;

	need_both();
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_TIMES=1")}, "/proc/self/exe", "-k", "^inner_names", "--server",
			 "prosody,ejabberd");
	e2e_like(r.out, "\n(not )?ok 1 - prosody\n  ---\n  server: prosody\n  \\.\\.\\.\n# Subtest: ejabberd\n");
	e2e_like(r.out, "\n(not )?ok 2 - ejabberd\n  ---\n  server: ejabberd\n");
}

E2E_TEST(a_failure_on_one_is_a_failure)
{
	e2e_result r;

	need_both();
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR")}, "/proc/self/exe", "-k",
			 "^inner_fails$", "--server", "prosody,ejabberd");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok 1 - prosody\n");
	e2e_like(r.out, "\nok 2 - ejabberd\n");
	e2e_like(r.out, "  repeat: \"[^\n]* -k '\\^inner_fails\\$' --seed [0-9]+ --server prosody\"\n", "it is repeated where it failed");
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR")}, "/proc/self/exe", "-k",
			 "^inner_names", "--server", "notepad");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "--server .notepad.: expected prosody, ejabberd");
}

/* A driver's time-out ends the program's group, somebody's kill the program alone. */
E2E_TEST(a_terminated_run_names_the_case)
{
	for (int group = 0; group < 2; group++) {
		e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR")}, "/proc/self/exe", "-k",
					     "^inner_waits$", "--server", "prosody,ejabberd");
		e2e_must(e2e_eventually(60, strstr(e2e_stderr(p), "# waits") != NULL));
		kill(group ? -p->pid : p->pid, SIGTERM);
		e2e_wait(p, 1);
		e2e_like(e2e_stdout(p), "\n        not ok 1 - terminated by SIGTERM\n");
		e2e_like(e2e_stdout(p), "\n    not ok 1 - inner_waits\n      ---\n      message: \"terminated by SIGTERM\"\n");
		e2e_like(e2e_stdout(p), "\nnot ok 1 - prosody\nok 2 - ejabberd # SKIP not run: terminated by SIGTERM\n1..2\n$");
	}
}

E2E_TEST(a_record_is_a_script)
{
	e2e_client *here = e2e_client_connected(), *listener;
	const char *record = e2e_printf("%s/talk.sh", e2e_tmpdir()), *text;
	e2e_account account = here->account;
	e2e_result r;

	e2e_require_command("openssl");
	account.jid = "listener@localhost";
	listener = e2e_client_connect((e2e_client_opts){.account = &account});
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR")}, "/proc/self/exe", "-k",
			 "^inner_speaks$", "--record", record);
	e2e_must(e2e_is_int(r.status, 0));
	text = e2e__file_read(record, NULL);
	e2e_like(text, "^#!/bin/sh\n");
	e2e_like(text, "\n# inner_speaks/client-1 < <success");
	e2e_like(text, "\nsend inner_speaks/client-1 '<message ");
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("PASSWORD=anything")}, "sh", record,
			 "inner_speaks/client-1", e2e_printf("127.0.0.1:%d", account.port), "localhost", "replayer");
	e2e_is_str(e2e_body(e2e_expect_stanza(listener, E2E_MESSAGE, .from = "replayer@localhost")),
		   "it's \"quoted\" & <marked>");
	r = e2e_run("sh", record);
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "PASSWORD=secret sh THIS_FILE");
}

E2E_TEST(a_record_that_cannot_be_written)
{
	e2e_result r;

	e2e_skip_if(access("/dev/full", W_OK) != 0, "no /dev/full");
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR")}, "/proc/self/exe", "-k",
			 "^inner_speaks$", "--record", "/dev/full");
	e2e_is_int(r.status, 99);
	e2e_like(r.out, "Bail out! --record /dev/full: ");
}

/* The disk gets full later. */
E2E_TEST(inner_fills_the_disk)
{
	e2e_client *c;
	int full;

	if (!inner())
		return;
	c = e2e_client_connected();
	full = open("/dev/full", O_WRONLY);
	dup2(full, e2e__xmpp.record_fd);
	close(full);
	e2e_iq(c, e2e_xml(c, "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"));
	e2e_pass("all is said");
}

E2E_TEST(half_a_record_is_no_pass)
{
	e2e_result r;

	e2e_skip_if(access("/dev/full", W_OK) != 0, "no /dev/full");
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("INNER=1", "E2E_RUN_DIR"), .cwd = e2e_tmpdir()},
			 "/proc/self/exe", "-k", "^inner_fills_the_disk$", "--record", "talk.sh");
	e2e_is_int(r.status, 1) || (e2e_diag("%s", r.out), 0);
	e2e_like(r.out, "--record talk.sh isn't complete: ");
}

E2E_TEST(help_tells_the_options)
{
	e2e_result r = e2e_run("/proc/self/exe", "--help");

	e2e_like(r.out, "--server +NAME\\[,NAME\\] ");
	e2e_like(r.out, "--record +FILE ");
}

/* Prosody loads while its certificates are made, and goes on when the last of them is there. */
E2E_TEST(waits_for_its_certificates)
{
	const char *dir = e2e_tmpdir(), *config = e2e_printf("%s/prosody.cfg.lua", dir);
	e2e_proc *p;

	e2e_require_command("prosody");
	e2e__file_mkdirs(e2e_printf("%s/plugins", dir), 0700);
	e2e__file_mkdirs(e2e_printf("%s/data", dir), 0700);
	e2e__server_put(e2e_printf("%s/plugins/mod_e2e_ready.lua", dir), E2E__PROSODY_READY);
	e2e__server_put(e2e_printf("%s/extra.cfg.lua", dir), "");
	e2e__server_put(config,
			e2e_printf("io.stdout:write(\"LOADS\\n\") io.stdout:flush()\n%s",
				   e2e__server_prosody_config(dir, e2e_port(), e2e_port(), e2e_port())));
	p = e2e_spawn("prosody", "-F", "--config", config);
	e2e_eventually(30, strstr(e2e_stdout(p), "LOADS"));
	e2e_pump(0.5);
	e2e_unlike(e2e_stdout(p), "E2E-READY", "there are none yet");
	e2e__certs_made(E2E__AT, e2e_printf("%s/certs", dir), "localhost", false);
	e2e_eventually(30, strstr(e2e_stdout(p), "E2E-READY"));
	e2e_unlike(e2e_stdout(p), "certmanager", "it finds no fault with them");
	e2e_kill(p);
}

E2E_MAIN()
