/* performance.c - budgets: generous ones, which a leak or a lost wake-up exceeds and a busy machine doesn't. The measured
 * values are in every report. */
/* e2e: openssl */
#include "plugin.h"

E2E_TEST(starts_and_stops_in_time)
{
	e2e_within(20) start(COOKIE);
	e2e_within(10) e2e_kill(plugin);
}

E2E_TEST(ten_connections_at_once)
{
	int fd[10];

	start(COOKIE);
	e2e_within(20)
	{
		for (int i = 0; i < 10; i++) /* all are open before the first one is served */
			fd[i] = e2e_dial(said.endpoint);
		for (int i = 0; i < 10; i++)
			e2e_is_str(ask(fd[i], e2e_printf("put client-%d %d", i, i)), "ok");
	}
	e2e_is_str(ask(fd[9], "get client-0"), "value 0", "they share what is kept");
	e2e_is_str(ask(fd[0], "count"), "value 10");
	e2e_kill(plugin);
}

static void put_often(int fd, int times)
{
	int bad = 0;

	for (int i = 0; i < times; i++)
		bad += strcmp(ask(fd, e2e_printf("put name-%d %0*d", i % 50, 1 + i % 900, i)),
			       "ok") != 0;
	e2e_is_int(bad, 0, "each of %d is kept", times);
}

/* The plugin's memory, not ours: of the process by its number. */
E2E_TEST(values_are_freed, .tags = "slow")
{
	start(COOKIE);
	int fd = e2e_dial(said.endpoint);

	put_often(fd, 1000); /* until then it has every right to grow */
	e2e_growth_of(plugin, 1 << 20) put_often(fd, 5000);
	e2e_kill(plugin);
}

static void come_and_go(int times)
{
	int served = 0;

	for (int i = 0; i < times; i++) {
		int fd = e2e_dial(said.endpoint);

		served += strcmp(ask(fd, "count"), "value 0") == 0;
		close(fd);
	}
	e2e_is_int(served, times, "all %d are served", times);
}

E2E_TEST(connections_are_freed, .tags = "slow")
{
	start(COOKIE);
	come_and_go(50);
	e2e_growth_of(plugin, 1 << 20) come_and_go(200);
	e2e_kill(plugin);
}

E2E_MAIN()
