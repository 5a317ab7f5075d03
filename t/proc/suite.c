/* A proxy and a mailbox of the suite: one of each for all cases; what one case sets, the next one sees. */
#include "../golden.h"
#include "broken/talk.h"

static e2e_mailbox *box;
static e2e_proxy *px;

E2E_SUITE_SETUP()
{
	box = e2e_mailbox_open();
	px = e2e_proxy_to(e2e_printf("tcp:%s", box->address));
}

/* One mail through the proxy; false if the connection breaks. */
static bool send_mail(const char *subject)
{
	return talk_send(px->address, subject, 1, "2.0.0 ok: mail");
}

E2E_TEST(first)
{
	e2e_ok(send_mail("one"));
	e2e_mail_expect(box, "one", "0@y");
	e2e_eventually(30, e2e_proxy_count(px).open == 0);
	e2e_proxy_fault(px, E2E_TO_CLIENT, .reset = true);
	e2e_ok(!send_mail("broken"));
	e2e_mail_fault(box, "HELO", E2E_MAIL_DROP);
}

E2E_TEST(second)
{
	e2e_ok(!send_mail("broken"), "the fault is still there");
	e2e_proxy_clear(px);
	e2e_ok(!send_mail("broken"), "and this one");
	e2e_mail_clear(box);
	e2e_ok(send_mail("two"));
	e2e_mail_wait(box, 2);
	e2e_is_str(box->mail[0].subject, "one");
	e2e_is_str(box->mail[1].subject, "two");
}

/* A case that ends in the middle of a call leaves an answer behind: the next one isn't confused by it. */
E2E_TEST(third)
{
	uint32_t old = 77;
	e2e_is_int(send(box->self->helper.line, &old, sizeof old, 0), sizeof old);
	e2e_mail_fault(box, "HELO", 421);
	e2e_ok(!send_mail("refused"));
	e2e_mail_clear(box);
	e2e_ok(send_mail("three"));
}

/* What the suite's own passed on and received is in the report of a case that fails. */
E2E_TEST(a_failed_case_tells_of_them)
{
	e2e_result r = e2e_run(broken("net_suite"));
	const char *out = r.out, *fails = strstr(out, "\nnot ok 2 - fails\n"), *late = strstr(out, "\nnot ok 3 - times_out\n"),
		   *leaves = strstr(out, "\nnot ok 4 - leaves_a_process\n");
	e2e_is_int(r.status, 1);
	e2e_must(e2e_ok(fails && late && leaves));
	e2e_unlike(e2e_printf("%.*s", (int)(fails - out), out), "(proxy|mailbox)_[0-9]+:", "nothing in the case that passes");
	fails = e2e_printf("%.*s", (int)(late - fails), fails);
	e2e_like(fails, "\n  proxy_[0-9]+: \\|\n    tcp:127.0.0.1:[0-9]+ -> tcp:127.0.0.1:[0-9]+: connections: 2, refused by the server: 0, "
			"broken by faults: 0, bytes to the server: 1[0-9][0-9], to the client: [0-9]+\n    in this case: connections: 1, "
			"refused by the server: 0, broken by faults: 0, bytes to the server: [0-9][0-9], to the client: [0-9]+\n"
			"    to the client: latency 0.01 s, jitter 0 s\n");
	e2e_like(fails, "\n  mailbox_[0-9]+: \\|\n    1 came before this case\n    mail\\[0\\]: \"one\" from <a@x> to <0@y>\n"
			"    mail\\[1\\]: \"two\" from <a@x> to <0@y>\n    connections until now: 2, ");
	late = e2e_printf("%.*s", (int)(leaves - late), late);
	e2e_like(late, "\n    in this case: connections: 0, ", "also of one that a limit ended");
	e2e_like(late, "\n    2 came before this case\n");
	e2e_like(leaves, "\n  proxy_[0-9]+: .*\n  mailbox_[0-9]+: ", "and of one that fails at its very end");
}

E2E_SUITE_TEARDOWN()
{
	e2e_is_int(e2e_mail_count(box), 3);
	e2e_is_int(e2e_proxy_count(px).broken, 2);
}

E2E_MAIN()
