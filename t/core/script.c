/* Scripts: main() with assertions, plans, skips, deaths. t/core/broken/script.c is run once for each. */
#include "../golden.h"

static void script(const char *file, int line, const char *how, int status)
{
	e2e_result r = e2e_run(broken("script"), how);
	e2e__assertion_is_int_at((struct e2e__at){file, line, "status, expected", NULL}, r.status, false, status, false);
	as_expected(file, line, e2e_printf("script-%s", *how ? how : "well"), r.out, r.err);
}

E2E_TEST(plan)
{
	script(E2E__AT, "plan", 0);
}

E2E_TEST(no_plan)
{
	script(E2E__AT, "no-plan", 0);
}

E2E_TEST(fails)
{
	script(E2E__AT, "fails", 1);
}

E2E_TEST(skip_first)
{
	script(E2E__AT, "skip-first", 0);
}

E2E_TEST(skip_later)
{
	script(E2E__AT, "skip-later", 0);
}

E2E_TEST(too_few)
{
	script(E2E__AT, "too-few", 1);
}

E2E_TEST(too_many)
{
	script(E2E__AT, "too-many", 1);
}

E2E_TEST(exits_complete)
{
	script(E2E__AT, "exits-complete", 0);
}

E2E_TEST(wrong_status)
{
	script(E2E__AT, "wrong-status", 1);
}

E2E_TEST(a_late_child)
{
	script(E2E__AT, "late-child", 1);
}

E2E_TEST(crashes)
{
	script(E2E__AT, "crashes", 1);
}

E2E_TEST(exits)
{
	script(E2E__AT, "exits", 1);
}

E2E_TEST(bails)
{
	script(E2E__AT, "bails", 99);
}

E2E_TEST(times_out)
{
	script(E2E__AT, "times-out", 1);
}

E2E_TEST(subtests)
{
	script(E2E__AT, "subtests", 0);
}

E2E_TEST(todo)
{
	script(E2E__AT, "todo", 0);
}

E2E_TEST(must)
{
	script(E2E__AT, "must", 1);
}

E2E_TEST(nothing)
{
	e2e_result r = e2e_run(broken("script"), "nothing");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "^TAP version 14\nnot ok 1 - the script made no assertion\n");
	e2e_like(r.out, "\n1..1\n$");
}

E2E_MAIN()
