/* --story: what happened in a case, as lanes. */
#include "driver.h"

E2E_SETUP()
{
	enter();
	e2e_setenv("COLUMNS", NULL);
	e2e_setenv("NO_COLOR", NULL);
}

static const char told[] =
	"{\"t\":0.001500,\"lane\":\"redis\",\"kind\":\"spawn\",\"odd\":false,\"text\":\"started: redis-server (pid 7)\"}\n"
	"{\"t\":0.101,\"lane\":\"redis\",\"kind\":\"log\",\"odd\":false,\"text\":\"\\\"Ready\\\"\\tto    \\\\ accept\"}\n"
	"{\"t\":0.102,\"lane\":\"test\",\"kind\":\"pass\",\"odd\":false,\"times\":3,\"text\":\"redis is ready\"}\n"
	"{\"t\":0.2,\"lane\":\"proxy:7\",\"kind\":\"fault\",\"odd\":true,\"text\":\"ein Fehler, der sehr lang ist: \303\274\303\274\303\274\303\274\303\274\303\274\303\274\303\274\303\274 Ende\"}\n"
	"{\"t\":12.25,\"lane\":\"redis\",\"kind\":\"exit\",\"odd\":true,\"text\":\"ended: SIGKILL \033[31m(pid 7)\"}\n"
	"{\"t\":12.3,\"lane\":\"test\",\"kind\":\"fail\",\"odd\":true,\"text\":\"redis does as it is told\"}\n";

static const char drawn[] = "x/story.jsonl\n"
			    "          test\n"
			    "          | redis\n"
			    "          | | proxy:7\n"
			    "   +0.002 |>+    started: redis-server (pid 7)\n"
			    "   +0.101 | .    \"Ready\" to \\ accept\n"
			    "   +0.102 * |    3 assertions pass, the last: redis is...\n"
			    "   +0.200 | | !  ein Fehler, der sehr lang ist: \303\274\303\274\303\274\303\274\303\274\303\274...\n"
			    "          : : :  12.1 s\n"
			    "  +12.250 | ! |  ended: SIGKILL ?[31m(pid 7)\n"
			    "  +12.300 !   |  redis does as it is told\n";

E2E_TEST(lanes)
{
	static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};

	text_file("x/story.jsonl", told);
	e2e_setenv("COLUMNS", "57");
	for (size_t i = 0; i < 4; i++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		e2e_result r = e2e_run(driver, "--story", "x/story.jsonl");
		e2e_is_str(r.out, drawn, "%s", awks[i]);
		e2e_is_int(r.status, 0);
	}
	e2e_is_str(e2e_run(driver, "--story=x/").out, drawn, "a case's folder");
	e2e_like(e2e_run(driver, "--color", "--story", "x").out, "\033\\[31mredis does as it is told\033\\[0m\n");
}

/* Whoever speaks to whom, an arrow tells, as on the page. */
static const char spoken[] =
	"{\"t\":0.0,\"lane\":\"e2e\",\"kind\":\"note\",\"odd\":false,\"text\":\"20 of 90 events\"}\n"
	"{\"t\":0.1,\"lane\":\"prosody\",\"kind\":\"spawn\",\"odd\":false,\"text\":\"started: prosody (pid 7)\"}\n"
	"{\"t\":0.1,\"lane\":\"curl\",\"kind\":\"spawn\",\"odd\":false,\"text\":\"started: curl (pid 8)\"}\n"
	"{\"t\":0.1,\"lane\":\"http:81\",\"kind\":\"net\",\"odd\":true,\"text\":\"POST /pay from curl (pid 8): 503\"}\n"
	"{\"t\":0.1,\"lane\":\"http:81\",\"kind\":\"net\",\"odd\":false,\"text\":\"GET /pay: 200\"}\n"
	"{\"t\":0.1,\"lane\":\"proxy:7\",\"kind\":\"net\",\"odd\":false,\"text\":\"connection 1: accepted from test (pid 1)\"}\n"
	"{\"t\":0.1,\"lane\":\"proxy:7\",\"kind\":\"net\",\"odd\":false,\"text\":\"connection 1: 1 byte to the server\"}\n"
	"{\"t\":0.1,\"lane\":\"proxy:7\",\"kind\":\"net\",\"odd\":false,\"text\":\"connection 1: 9 bytes to the server, 8 to the client, by 2 turns\"}\n"
	"{\"t\":0.1,\"lane\":\"client-1\",\"kind\":\"event\",\"odd\":false,\"text\":\"- is logged in as romeo@localhost/x\"}\n"
	"{\"t\":0.1,\"lane\":\"client-1\",\"kind\":\"stanza\",\"odd\":false,\"text\":\"> <ping/>\"}\n"
	"{\"t\":0.1,\"lane\":\"client-1\",\"kind\":\"stanza\",\"odd\":false,\"text\":\"< <pong/>\"}\n"
	"{\"t\":0.1,\"lane\":\"proxy:53\",\"kind\":\"net\",\"odd\":false,\"text\":\"client 1: accepted from curl (pid 8)\"}\n"
	"{\"t\":0.1,\"lane\":\"proxy:53\",\"kind\":\"net\",\"odd\":false,\"text\":\"client 1: 1 datagram, 1 byte to the server\"}\n"
	"{\"t\":0.1,\"lane\":\"stub\",\"kind\":\"net\",\"odd\":false,\"text\":\"client 1: accepted from proxy:53 (pid 9)\"}\n"
	"{\"t\":0.1,\"lane\":\"stub\",\"kind\":\"net\",\"odd\":false,\"text\":\"client 1: 2 datagrams, 3 bytes to the client\"}\n"
	"{\"t\":0.1,\"lane\":\"proxy:9\",\"kind\":\"net\",\"odd\":false,\"text\":\"connection 1: accepted from curl (pid 8)\"}\n"
	"{\"t\":0.1,\"lane\":\"proxy:9\",\"kind\":\"net\",\"odd\":false,\"text\":\"connection 1: 9 bytes to the server, 8 to the client, by 2 turns\"}\n"
	"{\"t\":0.1,\"lane\":\"stub\",\"kind\":\"net\",\"odd\":false,\"text\":\"connection 2: accepted\"}\n"
	"{\"t\":0.1,\"lane\":\"client\",\"kind\":\"net\",\"odd\":false,\"text\":\"GET http://127.0.0.1:81/pay: 200, 1 byte\"}\n"
	"{\"t\":0.1,\"lane\":\"prosody\",\"kind\":\"signal\",\"odd\":false,\"text\":\"SIGTERM from the test\"}\n";

static const char arrowed[] = "x/story.jsonl\n"
			      "20 of 90 events\n"
			      "          test\n"
			      "          | prosody\n"
			      "          | | curl\n"
			      "          | | | http:81\n"
			      "          | | | | proxy:7\n"
			      "          | | | | | client-1\n"
			      "          | | | | | | proxy:53\n"
			      "          | | | | | | | stub\n"
			      "          | | | | | | | | proxy:9\n"
			      "          | | | | | | | | | client\n"
			      "   +0.100 |>+                  started: prosody (pid 7)\n"
			      "   +0.100 |-|>+                started: curl (pid 8)\n"
			      "   +0.100 | | |>!              POST /pay from curl (pid 8): 503\n"
			      "   +0.100 | | | *<----------   GET /pay: 200\n"
			      "   +0.100 | | | | *<           connection 1: accepted from test (pid 1)\n"
			      "   +0.100 | |<|-|-*            connection 1: 1 byte to the server\n"
			      "   +0.100 | |<|-|-*>           connection 1: 9 bytes to the server, 8 to the ...\n"
			      "   +0.100 | | | | | *          - is logged in as romeo@localhost/x\n"
			      "   +0.100 | |<|-|-|-*          > <ping/>\n"
			      "   +0.100 | |-|-|-|>*          < <pong/>\n"
			      "   +0.100 | | |-|-|-|>*        client 1: accepted from curl (pid 8)\n"
			      "   +0.100 | | | | | | *>       client 1: 1 datagram, 1 byte to the server\n"
			      "   +0.100 | | | | | | |>*      client 1: accepted from proxy:53 (pid 9)\n"
			      "   +0.100 | | | | | | |<*      client 1: 2 datagrams, 3 bytes to the client\n"
			      "   +0.100 | | |-|-|-|-|-|>*    connection 1: accepted from curl (pid 8)\n"
			      "   +0.100 | | |<|-|-|-|-|>*    connection 1: 9 bytes to the server, 8 to the ...\n"
			      "   +0.100 | | | | | | | *<|-   connection 2: accepted\n"
			      "   +0.100 | | | |<|-|-|-|-|-*  GET http://127.0.0.1:81/pay: 200, 1 byte\n"
			      "   +0.100 |>* | | | | | | | |  SIGTERM from the test\n";

E2E_TEST(who_speaks_to_whom)
{
	static const char *const awks[] = {"mawk", "gawk", "busybox awk", "original-awk"};

	text_file("x/story.jsonl", spoken);
	for (size_t i = 0; i < 4; i++) {
		if (e2e_run("sh", "-c", e2e_printf("command -v %s", awks[i])).status != 0)
			continue;
		e2e_setenv("E2E_AWK", awks[i]);
		e2e_is_str(e2e_run(driver, "--story", "x").out, arrowed, "%s", awks[i]);
	}
}

E2E_TEST(many_lanes)
{
	E2E__BUF(b, 4096);

	for (int i = 1; i <= 30; i++)
		e2e__buf_addf(&b, "{\"t\":%d,\"lane\":\"p%d\",\"kind\":\"event\",\"odd\":false,\"text\":\"here\"}\n", i, i);
	text_file("x/story.jsonl", b.p);
	e2e__buf_free(&b);
	const char *out = e2e_run(driver, "--story", "x").out;
	e2e_like(out, "\n *\\| \\| \\| \\| \\| \\| \\| \\| \\| \\| \\| others\n");
	e2e_like(out, "\\*  p30: here\n$");
	e2e_like(out, "\\*    here\n");
}

/* The last case that failed, of a real program. */
E2E_TEST(the_last_one)
{
	const char *tmp = e2e_printf("%s/tmp", e2e_tmpdir());

	e2e_must(e2e_is_int(mkdir(tmp, 0700), 0));
	e2e_setenv("TMPDIR", tmp);
	e2e_result r = e2e_run(driver, "--story");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "no case that failed has left a story in .*/tmp: name its folder");
	text_file("t/a.c", "#include \"e2e.h\"\nE2E_TEST(a) { e2e_event(\"queue\", \"3 jobs wait\"); e2e_fail(\"no\"); }\nE2E_MAIN()\n");
	text_file("e2e.h", e2e__file_read(e2e_printf("%s/e2e.h", started_in), NULL));
	e2e_is_int(e2e_run(driver, "t/a.c").status, 1);
	r = e2e_run(driver, "--story");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "/e2e-a\\.c\\.a-[^/]*/story.jsonl\n *test\n *\\| queue\n *\\+0\\.[0-9]+ \\| \\*  3 jobs wait\n *\\+0\\.[0-9]+ ! \\|  no\n$");
}

E2E_TEST(what_is_no_story)
{
	/* busybox's awk reads on behind a NUL, and meets what a program writes its story by */
	static const char program[] = "\177ELF\n\0" "{\"t\":%u.%03u,\"lane\":\"e2e\",\"kind\":\"note\",\"text\":\"%u events\"}\n";

	spell("program", program, sizeof program - 1, 0644);
	e2e_like(e2e_run(driver, "--story", "program").err, "program is no story of a case");
	text_file("a.t", "1..1\nok 1\n");
	e2e_result r = e2e_run(driver, "--story", "a.t");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "a.t is no story of a case");
	r = e2e_run(driver, "--story=none");
	e2e_is_int(r.status, 2);
	e2e_like(r.err, "can't read none: a case that failed leaves one in its folder");
}

E2E_MAIN()
