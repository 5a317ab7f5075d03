/* Scripts: main() with assertions, plans, skips, deaths. t/broken/script.c is run once for each. */
#include "golden.h"

static void script(const char *file, int line, const char *how, int status, const char *out, const char *err)
{
	e2e_result r = e2e_run(broken("script"), how);
	e2e__assertion_is_int_at(file, line, "status, expected", NULL, r.status, false, status, false);
	e2e__assertion_is_str(file, line, "stdout, expected", NULL, scrubbed(r.out), out);
	e2e__assertion_is_str(file, line, "stderr, expected", NULL, scrubbed(r.err), err);
}

E2E_TEST(plan)
{
	script(E2E__AT, "plan", 0,
	       "TAP version 14\n"
	       "1..2\n"
	       "ok 1 - 1\n"
	       "ok 2 - order\n",
	       "");
}

E2E_TEST(no_plan)
{
	script(E2E__AT, "no-plan", 0,
	       "TAP version 14\n"
	       "ok 1 - 1\n"
	       "# deferred\n"
	       "1..1\n",
	       "");
}

E2E_TEST(fails)
{
	script(E2E__AT, "fails", 1,
	       "TAP version 14\n"
	       "# begin\n"
	       "not ok 1 - \"a\" is \"b\"\n"
	       "  ---\n"
	       "  message: \"false: \\\"a\\\" is \\\"b\\\"\"\n"
	       "  at: t/broken/script.c:31\n"
	       "  got: \"a\"\n"
	       "  want: \"b\"\n"
	       "  code: is_str\n"
	       "  ...\n"
	       "1..1\n"
	       "# stdout: the tested code's words\n",
	       "# t/broken/script.c:31: got \"a\", want \"b\"\n");
}

E2E_TEST(skip_first)
{
	script(E2E__AT, "skip-first", 0,
	       "TAP version 14\n"
	       "1..0 # SKIP not \\# here\n",
	       "");
}

E2E_TEST(skip_later)
{
	script(E2E__AT, "skip-later", 0,
	       "TAP version 14\n"
	       "1..3\n"
	       "ok 1 - one\n"
	       "ok 2 # SKIP the rest\n"
	       "ok 3 # SKIP the rest\n",
	       "");
}

E2E_TEST(too_few)
{
	script(E2E__AT, "too-few", 1,
	       "TAP version 14\n"
	       "1..3\n"
	       "ok 1 - one\n"
	       "# planned 3 assertions but ran 1\n",
	       "# planned 3 assertions but ran 1\n");
}

E2E_TEST(too_many)
{
	script(E2E__AT, "too-many", 1,
	       "TAP version 14\n"
	       "1..1\n"
	       "ok 1 - one\n"
	       "ok 2 - two\n"
	       "# planned 1 assertions but ran 2\n",
	       "# planned 1 assertions but ran 2\n");
}

E2E_TEST(exits_complete)
{
	script(E2E__AT, "exits-complete", 0,
	       "TAP version 14\n"
	       "1..1\n"
	       "ok 1 - one\n",
	       "");
}

E2E_TEST(wrong_status)
{
	script(E2E__AT, "wrong-status", 1,
	       "TAP version 14\n"
	       "ok 1 - one\n"
	       "1..1\n"
	       "not ok 2 - exited with status 3 after its end\n"
	       "  ---\n"
	       "  message: \"exited with status 3 after its end\"\n"
	       "  at: t/broken/script.c:70\n"
	       "  code: exit\n"
	       "  hint: \"a sanitizer's report on stderr, or a function that exit() runs\"\n"
	       "  ...\n",
	       "# t/broken/script.c:70: exited with status 3 after its end\n");
}

E2E_TEST(crashes)
{
	script(E2E__AT, "crashes", 1,
	       "TAP version 14\n"
	       "ok 1 - one\n"
	       "not ok 2 - died of SIGSEGV after t/broken/script.c:57\n"
	       "  ---\n"
	       "  message: \"died of SIGSEGV after t/broken/script.c:57\"\n"
	       "  at: t/broken/script.c:57\n"
	       "  code: crash\n"
	       "  ...\n"
	       "1..2\n",
	       "# t/broken/script.c:57: died of SIGSEGV after t/broken/script.c:57\n");
}

E2E_TEST(exits)
{
	script(E2E__AT, "exits", 1,
	       "TAP version 14\n"
	       "ok 1 - one\n"
	       "not ok 2 - exited with status 0 in the middle after t/broken/script.c:61\n"
	       "  ---\n"
	       "  message: \"exited with status 0 in the middle after t/broken/script.c:61\"\n"
	       "  at: t/broken/script.c:61\n"
	       "  code: exit\n"
	       "  hint: \"end main() with `return e2e_done();`\"\n"
	       "  ...\n"
	       "1..2\n",
	       "# t/broken/script.c:61: exited with status 0 in the middle after t/broken/script.c:61\n");
}

E2E_TEST(bails)
{
	script(E2E__AT, "bails", 99,
	       "TAP version 14\n"
	       "ok 1 - one\n"
	       "Bail out! no luck\n",
	       "# Bail out! no luck\n");
}

E2E_TEST(times_out)
{
	script(E2E__AT, "times-out", 1,
	       "TAP version 14\n"
	       "ok 1 - one\n"
	       "not ok 2 - timed out after 0.1 s\n"
	       "  ---\n"
	       "  message: \"timed out after 0.1 s\"\n"
	       "  at: t/broken/script.c:81\n"
	       "  code: timeout\n"
	       "  hint: \"it was last seen at t/broken/script.c:80\"\n"
	       "  ...\n"
	       "# deferred\n"
	       "1..2\n",
	       "# t/broken/script.c:81: timed out after 0.1 s\n");
}

E2E_TEST(subtests)
{
	script(E2E__AT, "subtests", 0,
	       "TAP version 14\n"
	       "# Subtest: group\n"
	       "    ok 1 - inside\n"
	       "    1..1\n"
	       "ok 1 - group\n"
	       "1..1\n",
	       "");
}

E2E_TEST(todo)
{
	script(E2E__AT, "todo", 0,
	       "TAP version 14\n"
	       "not ok 1 - 1 is 2 # TODO later\n"
	       "  ---\n"
	       "  message: \"false: 1 is 2\"\n"
	       "  at: t/broken/script.c:95\n"
	       "  got: 1\n"
	       "  want: 2\n"
	       "  code: is_int\n"
	       "  ...\n"
	       "1..1\n",
	       "");
}

E2E_TEST(must)
{
	script(E2E__AT, "must", 1,
	       "TAP version 14\n"
	       "not ok 1 - 1 is 2\n"
	       "  ---\n"
	       "  message: \"false: 1 is 2\"\n"
	       "  at: t/broken/script.c:99\n"
	       "  got: 1\n"
	       "  want: 2\n"
	       "  code: is_int\n"
	       "  ...\n"
	       "1..1\n",
	       "# t/broken/script.c:99: got 1, want 2\n");
}

E2E_TEST(nothing)
{
	e2e_result r = e2e_run(broken("script"), "nothing");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "^TAP version 14\nnot ok 1 - the script made no assertion\n");
	e2e_like(r.out, "\n1..1\n$");
}

E2E_MAIN()
