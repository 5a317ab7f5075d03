/* A script that waits to be ended by a signal. */
#include "e2e.h"

static void deferred(void *arg)
{
	(void)arg;
	e2e_note("the deferred function ran");
}

int main(int argc, char **argv)
{
	sigset_t all;
	const char *how = argc > 1 ? argv[1] : "plain";
	if (strcmp(how, "plain") != 0)
		e2e_plan(3);
	e2e_defer(deferred, NULL);
	if (strcmp(how, "deaf") == 0) {
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
	}
	e2e_pass("before");
	e2e_diag("waits");
	for (;;)
		pause();
}
