/* errors.c - each mistake has a code for programs and a hint for people; what starts goes on. */
/* e2e: openssl */
#include "plugin.h"

/* Settings with which it doesn't start. */
struct refusal {
	const char *name, *set;
	int status;
	const char *says;
};
static const struct refusal refusals[] = {
	{"network", "KV_NETWORK=pigeon", 3,
		"error SETTING: KV_NETWORK is neither unix nor tcp (hint: leave it away for unix)"},
	{"names", "KV_NAMES=few", 3,
		"error SETTING: KV_NAMES is no number from 1 on (hint: leave it away for 1000)"},
	{"log", "KV_LOG=chatty", 3,
		"error SETTING: KV_LOG is neither quiet nor debug (hint: leave it away for quiet)"},
	{"folder", "KV_ADDRESS=/no/such/folder/s", 4,
		"error LISTEN: can't listen at /no/such/folder/s: No such file or directory"},
	{"certificate", "KV_CERT=/dev/null", 5, "error TLS_PAIR: KV_CERT and KV_KEY are no pair"},
};

E2E_TEST_EACH(does_not_start, refusals)
{
	const struct refusal *r = e2e_row(struct refusal);

	plugin = spawn_kv(COOKIE, r->set);
	e2e_wait(plugin, r->status);
	e2e_ok(strstr(e2e_stderr(plugin), r->says), "%s", e2e_stderr(plugin));
	e2e_is_str(e2e_stdout(plugin), "", "no handshake");
}

/* Requests that it can't serve: after each the connection is as good as before. */
struct mistake {
	const char *name, *asked, *answer;
};
static const struct mistake mistakes[] = {
	{"unknown name", "get nothing",
		"error NAME_UNKNOWN: nothing is kept under 'nothing' (hint: put it first)"},
	{"one too many", "put third x",
		"error FULL: 2 names are kept already (hint: start it with a greater KV_NAMES)"},
	{"no command", "delete first",
		"error COMMAND_UNKNOWN: 'delete' is no command, or has other arguments "
		"(hint: put NAME VALUE, get NAME, count, bye)"},
	{"no value", "put first",
		"error COMMAND_UNKNOWN: 'put' is no command, or has other arguments "
		"(hint: put NAME VALUE, get NAME, count, bye)"},
};

E2E_TEST(answers)
{
	start(COOKIE, "KV_NAMES=2");
	int fd = e2e_dial(said.endpoint);
	e2e_is_str(ask(fd, "put first 1"), "ok");
	e2e_is_str(ask(fd, "put second 2"), "ok");
	e2e_each(i, 4, "%s", mistakes[i].name)
	{
		e2e_is_str(ask(fd, mistakes[i].asked), mistakes[i].answer);
		e2e_is_str(ask(fd, "get first"), "value 1");
	}
	e2e_kill(plugin);
}

E2E_TEST(a_line_without_an_end)
{
	static char much[5000];

	start(COOKIE);
	memset(much, 'x', sizeof much - 1);
	e2e_like(ask(e2e_dial(said.endpoint), much), "^error LINE_TOO_LONG: ");
	e2e_is_str(ask(e2e_dial(said.endpoint), "count"), "value 0", "others are served");
	e2e_kill(plugin);
}

E2E_MAIN()
