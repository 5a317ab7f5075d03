/* Guards and known failures, one a case; the environment and the config say how they end. */
/* e2e: -pthread */
#include "e2e.h"
#include <pthread.h>

static const char *peer_name(void *arg)
{
	(void)arg;
	return getenv("PEER");
}

static const char *const *offers(void *arg, const char *var)
{
	static const char *const both[] = {"one.example", "two.example", NULL}, *const one[] = {"two.example", NULL};
	(void)arg;
	return strcmp(var, "urn:both") == 0 ? both : strcmp(var, "urn:one") == 0 ? one : NULL;
}

static bool quirky(void *arg, const char *uri)
{
	(void)arg;
	return strcmp(uri, "https://zombofant.net/xmlns/aioxmpp/e2etest/quirks#provided") == 0;
}

static const char *who(void *arg)
{
	(void)arg;
	return "server.example";
}

E2E_SUITE_SETUP()
{
	static e2e_provider provider;
	provider.peer = peer_name;
	provider.feature = offers;
	provider.quirk = quirky;
	provider.asked = who;
	if (getenv("PROVIDER"))
		e2e_provide(&provider);
	e2e_known("known_*", "Buggy*", "ISSUE-4: it loses the first byte");
	e2e_known("known_everywhere", "*", "BUG-12: never worked");
	if (getenv("BAD_KNOWN"))
		e2e_known("x", "*", "no id at all");
}

E2E_TEST(env)
{
	e2e_is_str(e2e_require_env("GUARD_TEST"), "value");
}

E2E_TEST(command)
{
	e2e_like(e2e_require_command("sh"), "/sh$");
	e2e_require_command("surely-not-installed");
}

E2E_TEST(command_by_path)
{
	e2e_require_command("/etc/passwd");
}

E2E_TEST(feature)
{
	e2e_diag("address: %s", e2e_require_feature("urn:one"));
	e2e_pass();
}

E2E_TEST(features_of_one)
{
	static const char *const vars[] = {"urn:both", "urn:one"};
	e2e_diag("address: %s", e2e_require_features(2, vars));
	e2e_pass();
}

E2E_TEST(feature_all)
{
	size_t n = 0;
	const char *const *all = e2e_require_feature_all("urn:both", &n);
	e2e_diag("%zu addresses: %s", n, e2e__assertion_list_text(all));
	e2e_pass();
}

E2E_TEST(identity)
{
	e2e_diag("address: %s", e2e_require_identity("pubsub", "pep"));
	e2e_pass();
}

E2E_TEST(quirk)
{
	e2e_skip_with_quirk("#muc-id-rewrite");
	e2e_skip_with_quirk("#provided");
	e2e_pass();
}

E2E_TEST(condition)
{
	e2e_skip_if(1 + 1 == 3, "arithmetics");
	e2e_skip_if(getenv("GUARD_TEST") != NULL, "the variable is %s", getenv("GUARD_TEST"));
	e2e_pass();
}

E2E_TEST(after_a_failure)
{
	e2e_is_int(1, 2);
	e2e_skip("a skip doesn't hide a failure");
}

E2E_TEST(known_bug)
{
	e2e_is_int(1, 2);
}

E2E_TEST(known_everywhere)
{
	e2e_is_int(1, 2);
}

E2E_TEST(known_in_itself)
{
	e2e_known("known_in_*", "*", "BUG-13: said inside");
	e2e_is_int(1, 2);
}

E2E_TEST(known_subtest)
{
	e2e_known("row x column", "*", "BUG-14: one pair");
	e2e_subtest("row x column") e2e_is_int(1, 2);
	e2e_subtest("row x other") e2e_is_int(1, 1);
}

/* ---- a skip inside ---- */

static void not_the_second(int i)
{
	e2e_skip_if(i == 1, "no row %d", i);
}

E2E_TEST(rows)
{
	volatile int sum = 0;
	for (int i = 0; i < 3; i++)
		e2e_subtest("row %d", i)
		{
			sum = sum + i;
			not_the_second(i);
			e2e_is_int(i, getenv("ROWS") ? 0 : i);
		}
	e2e_is_int(sum, 3, "each row was begun");
}

E2E_TEST(rows_within_rows)
{
	e2e_subtest("outer")
	{
		e2e_subtest("inner") e2e_skip("deep");
		e2e_subtest("next") e2e_pass();
	}
	e2e_subtest("empty")
	{
		e2e_subtest("a") e2e_skip("no a");
		e2e_subtest("b") e2e_skip("no b");
	}
}

E2E_TEST(all_rows)
{
	for (int i = 0; i < 3; i++)
		e2e_subtest("row %d", i) e2e_skip("nothing for %d", i);
}

E2E_TEST(only_row)
{
	e2e_subtest("row") e2e_skip("nothing");
}

E2E_TEST(failed_row)
{
	e2e_subtest("row")
	{
		e2e_fail("before");
		e2e_skip("later");
	}
	e2e_subtest("next") e2e_pass();
}

/* The blocks that the skip leaves have no effect any more. */
E2E_TEST(blocks)
{
	e2e_subtest("skipped")
		e2e_blocking_with_timeout(0.05)
			e2e_todo("not this")
				e2e_within(0.01)
					e2e_skip("inside");
	e2e__clock_nap(0.1);
	e2e_is_int(1, getenv("ROWS") ? 2 : 1);
}

/* A skip by somebody else jumps the case's thread out of whatever it does: here that holds no lock of the libc. */
static int waits[2];

static void wait_for_skip(void)
{
	if (write(waits[1], "", 1) == 1)
		for (;;)
			pause();
}

static void until_it_waits(void)
{
	char byte;
	while (read(waits[0], &byte, 1) != 1)
		;
}

static void *skip_here(void *arg)
{
	(void)arg;
	until_it_waits();
	e2e_skip("by a thread");
	return NULL;
}

E2E_TEST(by_others)
{
	pthread_t thread;
	e2e_subtest("thread")
	{
		e2e_must(e2e_is_int(pipe(waits), 0));
		e2e_must(e2e_is_int(pthread_create(&thread, NULL, skip_here, NULL), 0));
		wait_for_skip();
	}
	e2e_subtest("child")
	{
		if (fork() == 0) {
			until_it_waits();
			e2e_skip("by a child");
		}
		wait_for_skip();
	}
	e2e_subtest("next") e2e_pass();
}

static bool no_data(const char *dir, void *arg)
{
	(void)dir;
	(void)arg;
	e2e_skip("no data");
	return true;
}

E2E_TEST(builder)
{
	e2e_subtest("cached")
	{
		e2e_cached("skipped", "key", no_data, NULL);
		e2e_fail("not reached");
	}
	e2e_subtest("next") e2e_pass();
}

static void by_name(const void *row, const void *column, void *arg)
{
	const char *name = *(const char *const *)row;
	(void)column;
	(void)arg;
	e2e_skip_if(strcmp(name, "b") == 0, "no b");
	e2e_subtest("inner")
	{
		e2e_skip_if(strcmp(name, "c") == 0, "half of c");
		e2e_pass();
	}
	e2e_pass("of %s", name);
}

E2E_TEST(pairs)
{
	static const char *const names[] = {"a", "b", "c", "d"}, *const one[] = {"one"};
	e2e_matrix(names, 4, one, 1, by_name, NULL);
	e2e_pass("after");
}

E2E_TEST(case_behind_a_row)
{
	e2e_subtest("row") e2e_skip("the row");
	e2e_skip("the case");
}

static jmp_buf away;

/* The subtest isn't there any more where the skip would lead. */
E2E_TEST(left_by_a_jump)
{
	volatile bool left = false;
	e2e_pass("before");
	if (setjmp(away) == 0)
		e2e_subtest("left")
		{
			left = true;
			longjmp(away, 1);
		}
	e2e_skip_if(left, "after the jump");
}

E2E_TEARDOWN()
{
	if (getenv("TEARDOWN_ROWS")) {
		e2e_subtest("tear-down") e2e_skip("of the tear-down");
		e2e_subtest("the rest") e2e_pass();
	}
}

E2E_MAIN()
