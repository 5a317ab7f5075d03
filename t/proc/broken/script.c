/* A script without cases that asks for a service twice: t/proc/service.c runs it. It passes. */
#include "e2e_proc.h"

static const char *start(void *arg)
{
	(void)arg;
	e2e_spawn("sleep", "600");
	return "here";
}

int main(void)
{
	const char *first = e2e_service("sleeper", start, NULL);

	e2e_is_str(e2e_service("sleeper", start, NULL), first);
	return e2e_done();
}
