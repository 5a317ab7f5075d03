/* Suite fixtures that go wrong as $HOW says. */
#include "e2e.h"
#include <sys/resource.h>

static const char *how(void)
{
	const char *text = getenv("HOW");
	return text ? text : "";
}

static bool is(const char *what)
{
	return strcmp(how(), what) == 0;
}

static void say(void *text)
{
	e2e_diag("deferred: %s", (const char *)text);
}

E2E_SUITE_SETUP()
{
	static char suite[] = "in the suite's set-up";
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	e2e_pass("set-up began");
	e2e_defer(say, suite);
	if (is("fails"))
		e2e_must(e2e_is_int(1, 2));
	if (is("skips"))
		e2e_skip("no server here");
	if (is("crashes"))
		raise(SIGSEGV);
	if (is("exits"))
		exit(0);
	if (is("hangs"))
		for (;;)
			pause();
	if (is("bails"))
		e2e_bail_out("no disk");
}

E2E_SUITE_TEARDOWN()
{
	e2e_diag("suite tear-down");
	if (is("teardown-fails"))
		e2e_fail("can't stop it");
	if (is("teardown-crashes"))
		abort();
}

E2E_SETUP()
{
	e2e_note("set-up");
	if (is("setup-fails"))
		e2e_must(e2e_fail("set-up failed"));
}

E2E_TEARDOWN()
{
	e2e_note("tear-down");
	if (is("case-teardown-fails"))
		e2e_fail("tear-down failed");
}

E2E_TEST(one)
{
	static char text[] = "in one", last[] = "in one, later";
	e2e_defer(say, text);
	e2e_defer(say, last);
	e2e_pass("one");
	if (is("bails-in-case"))
		e2e_bail_out("the disk is # full");
	if (is("skip-in-case"))
		e2e_skip("enough");
}

E2E_TEST(two)
{
	e2e_pass("two");
}

E2E_MAIN()
