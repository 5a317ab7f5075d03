/* Stub servers in cases that fail; t/proc/stub.c looks at what is told. */
#include "e2e_proc.h"

static void echoes(int fd, void *arg)
{
	char block[100];
	(void)arg;
	for (ssize_t n; (n = read(fd, block, sizeof block)) > 0;)
		if (write(fd, block, (size_t)n) < n)
			return;
}

static e2e_server *of_suite;

E2E_SUITE_SETUP()
{
	of_suite = e2e_serve("unix:", echoes, NULL);
}

/* Says something and hears the answer, up to n bytes. */
static void talk(const e2e_server *s, size_t n)
{
	char answer[10];
	size_t done = 0;
	int fd = e2e_dial(s->endpoint);
	e2e_is_int(write(fd, "abc", 3), 3);
	for (ssize_t got; done < n && (got = read(fd, answer, n - done)) > 0;)
		done += (size_t)got;
	e2e_is_int((long long)done, 3);
}

E2E_TEST(cut)
{
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", echoes, NULL);
	e2e_proxy_fault(s->proxy, E2E_TO_CLIENT, .limit = 2);
	talk(s, 9);
}
E2E_TEST(unmet)
{
	e2e_server *s = e2e_serve("tcp:127.0.0.1:0", echoes, NULL);
	e2e_proxy_fault(s->proxy, E2E_TO_CLIENT, .latency = 9);
	e2e_pass();
}
E2E_TEST(suite_1) { talk(of_suite, 3); }
E2E_TEST(suite_2)
{
	talk(of_suite, 3);
	e2e_fail("on purpose");
}

E2E_MAIN()
