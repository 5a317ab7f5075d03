/* Scripts: main() with assertions; the first argument says which. */
#include "e2e.h"
#include <sys/resource.h>

static void deferred(void *arg)
{
	(void)arg;
	e2e_note("deferred");
}

/* A child's limit that is over when the script is. */
static pid_t kid;
static struct e2e__hooks hooks;

static void wait_for_kid(bool failed)
{
	siginfo_t info;

	(void)failed;
	while (waitid(P_PID, (id_t)kid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
}

static int be_late(void)
{
	hooks.case_end = wait_for_kid;
	e2e__hook(&hooks);
	e2e_pass("one");
	kid = fork();
	if (kid == 0) {
		e2e_blocking_with_timeout(0.2) for (;;) pause();
		_exit(0);
	}
	return e2e_done();
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
#define IS(what) (strcmp(how, what) == 0)
	if (IS("plan")) {
		e2e_plan(2);
		e2e_ok(1);
		e2e_ok(2 > 1, "order");
		return e2e_done();
	}
	if (IS("no-plan")) {
		e2e_defer(deferred, NULL);
		e2e_ok(1);
		return e2e_done();
	}
	if (IS("fails")) {
		e2e_note("begin");
		printf("the tested code's words\n");
		e2e_is_str("a", "b");
		return e2e_done();
	}
	if (IS("skip-first")) {
		e2e_plan(3);
		e2e_skip("not # here");
	}
	if (IS("skip-later")) {
		e2e_plan(3);
		e2e_pass("one");
		e2e_skip("the rest");
	}
	if (IS("too-few")) {
		e2e_plan(3);
		e2e_pass("one");
		return e2e_done();
	}
	if (IS("too-many")) {
		e2e_plan(1);
		e2e_pass("one");
		e2e_pass("two");
		return e2e_done();
	}
	if (IS("nothing"))
		return e2e_done();
	if (IS("crashes")) {
		e2e_pass("one");
		raise(SIGSEGV);
	}
	if (IS("late-child"))
		return be_late();
	if (IS("exits")) {
		e2e_pass("one");
		exit(0);
	}
	if (IS("exits-complete")) {
		e2e_plan(1);
		e2e_pass("one");
		exit(0);
	}
	if (IS("wrong-status")) {
		e2e_pass("one");
		(void)e2e_done();
		return 3;
	}
	if (IS("bails")) {
		e2e_pass("one");
		e2e_bail_out("no luck");
	}
	if (IS("times-out")) {
		e2e_defer(deferred, NULL);
		e2e_pass("one");
		e2e_blocking_with_timeout(0.1)
		{
			for (;;)
				pause();
		}
	}
	if (IS("subtests")) {
		e2e_subtest("group")
		{
			e2e_pass("inside");
		}
		return e2e_done();
	}
	if (IS("todo")) {
		e2e_todo("later") e2e_is_int(1, 2);
		return e2e_done();
	}
	if (IS("must")) {
		e2e_must(e2e_is_int(1, 2));
		e2e_pass("not reached");
	}
	if (IS("exits-failed")) {
		e2e_plan(1);
		e2e_fail("one");
		exit(0);
	}
	return 7;
}
