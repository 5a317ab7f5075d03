/* Failing cases that have secrets: no report shows them. */
#include "e2e.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

E2E_OPTION(key, "--api-key", "KEY", "who asks")

/* What the toolkit knows: a key and a variable of the config, a variable, an option of the program. */
E2E_TEST(known)
{
	const char *db = e2e_config("db", "password", ""), *url = e2e_config("db", "url", ""), *env = e2e_require_env("MY_TOKEN");

	e2e_event("db", "logs in as joe with %s", db);
	e2e_event("db", "%s of %s", url, env);
	e2e_event("db", "the key %s, the user %s", e2e_option_key(), e2e_config("db", "user", ""));
	e2e_pass("db %s", db);
	e2e_diag("asked with %s", e2e_option_key());
	printf("stdout has %s\n", env);
	fflush(stdout);
	e2e_is_str(db, env, "%s isn't %s", db, env);
	e2e_skip("not with %s", db);
}

/* What the test names, in each notation, also where it was cut. */
E2E_TEST(named)
{
	const char *pw = e2e_secret("a \"b\" & c'd/1"), *key;

	key = e2e_secret("-----BEGIN KEY-----\nabcdefghi\nklmnopqr\n-----END KEY-----\n");
	e2e_secret(NULL);
	e2e_event("client", "plain %s", pw);
	e2e_event("client", "in a URL ?q=%s&x", "a%20%22b%22%20%26%20c%27d%2F1");
	e2e_event("client", "in a form q=%s&x", "a+%22b%22+%26+c%27d%2F1");
	e2e_event("client", "in JSON {\"q\":\"%s\"}", "a \\\"b\\\" & c'd/1");
	e2e_event("client", "in XML <q>%s</q><q a='%s'/>", "a \"b\" &amp; c'd/1", "a &quot;b&quot; &amp; c&apos;d/1");
	e2e_event("client", "for a shell '%s'", "a \"b\" & c'\\''d/1");
	e2e_event("client", "at the end of a text that is too long for an event, as this one is, which goes on and on until there "
		"are 151 bytes of it, or nearly so many: %s, and on", pw);
	e2e_event("key", "%s", key);
	e2e_subtest("with %s", pw)
	{
		e2e_is_str(pw, "x");
		e2e_is_str(key, "-----BEGIN KEY-----\nabcdefghi\nanother\n-----END KEY-----\n");
		e2e_skip("with %s", pw);
	}
}

/* What the words before it tell. */
E2E_TEST(told)
{
	e2e_event("shell", "curl --token x1 --token=x2 '--token=x 3' --token 'x '\\''4' --no-token yes -u joe:x5 -u 1000:100 x");
	e2e_event("shell", "PGPASSWORD=x6 psql --password-file f --pass \"$PW\" -Ddb.password=x7 -p 80 --pw x8");
	e2e_event("net", "GET /x?access_token=x9&page=2 from https://joe:x10@host/p@q: 200");
	e2e_event("net", "Authorization: Bearer x11 x12");
	e2e_event("net", "curl -H 'Authorization: Basic x13' -H \"Cookie: sid=x14; b=x15\" -H 'X-Api-Key: x16' https://host");
	e2e_event("net", "sh -c 'curl -H \"x: 1, Authorization: Bearer x20\" https://host' Set-Cookie: a=\"x21\"; Authorization");
	e2e_event("net", "Authorization: Digest username=\"joe\", response=\"x22\"");
	e2e_event("net", "{\"user\": \"joe\", \"password\": \"x17\", \"client_secret\":\"x\\\"18\", \"pin\": 1}");
	e2e_event("net", "password == NULL, password: none, tokens=3, a=b, https://host:80/@, token=");
	e2e_fail("the command --password x19");
}

E2E_TEST(told_by_a_failure)
{
	e2e_failure f = {"can't run: psql --password x20", "--token x21", "--token x22", "x", "try https://joe:x23@host", NULL};

	e2e_report(__FILE__, __LINE__, false, "with words", &f);
}

/* Named by a child, in a case that is killed. */
E2E_TEST(killed)
{
	pid_t pid = fork();

	if (pid == 0) {
		e2e_event("child", "has %s", e2e_secret("tr0ub4dor"));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	e2e_event("test", "and tr0ub4dor");
	raise(SIGKILL);
}

/* Each case has its own. */
E2E_TEST(next)
{
	e2e_event("test", "and tr0ub4dor");
	e2e_fail("at the end");
}

E2E_TEST(short_ones)
{
	e2e_secret("abc");
	e2e_secret("");
	e2e_event("test", "abc");
	e2e_fail("at the end");
}

E2E_TEST(too_many)
{
	char text[3000];

	e2e_pass("few");

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	for (char c = 'a'; c < 'z'; c++) {
		text[0] = c;
		e2e_secret(text);
	}
}

E2E_TEST(bails_out)
{
	e2e_bail_out("no access with %s", e2e_secret("tr0ub4dor"));
}

/* A skip's reason, a known failure's, a clause. */
E2E_TEST(skips, .spec = "the tr0ub4dor clause")
{
	e2e_pass("before");
	e2e_skip("%s isn't %s, --token x24", e2e_secret("tr0ub4dor"), e2e_require_env("MY_TOKEN"));
}

E2E_TEST(skips_at_once) { e2e_skip("not with %s --token x24", e2e_secret("tr0ub4dor")); }
E2E_TEST(todo, .todo = "not with tr0ub4dor --token x24") { e2e_fail("with %s", e2e_secret("tr0ub4dor")); }

E2E_TEST(todo_within)
{
	e2e_secret("tr0ub4dor");
	e2e_todo("not with tr0ub4dor --token x24") { e2e_fail("with tr0ub4dor"); }
	e2e_subtest("skipped") { e2e_skip("without tr0ub4dor --token x24"); }
}

/* A case is named before its secrets are: but for those of the config and what the words before it tell. */
static const struct row { const char *name; } rows[] = {{"psql --password x24"}, {"c0nfigured"}};
E2E_TEST_EACH(row, rows)
{
	e2e_config("db", "password", "");
	e2e_fail("with %s", e2e_config("db", "password", ""));
}

E2E_MAIN()
