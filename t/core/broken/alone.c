/* Cases in the program's own process that take it with them: t/core/safety.c looks at what is left of the report. */
#include "e2e.h"
#include <sys/resource.h>

E2E_TEST(fails)
{
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	e2e_fail("important");
}

E2E_TEST(dies, .fork = 0)
{
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	e2e_pass("before");
	abort();
}

E2E_TEST(closes, .fork = 0)
{
	int fd;
	e2e_pass("before");
	for (fd = 3; fd < 1024; fd++)
		close(fd);
	e2e_pass("after");
}

E2E_TEST(last)
{
	e2e_pass();
}

/* Limits that are none. */
E2E_TEST(no_limit, .timeout = 1.0 / 0.0)
{
	double began = e2e_now();
	e2e_blocking_with_timeout(1.0 / 0.0)
	{
		usleep(100000);
	}
	e2e_blocking_with_timeout(1e10)
	{
		usleep(100000);
	}
	e2e_eventually(1.0 / 0.0, e2e_now() > began + 0.3);
}

E2E_MAIN()
