/* Services with real servers: PostgreSQL for twenty programs of a run, Redis with a replica that uses it, RabbitMQ. */
#include "../golden.h"
#include "../leftovers.h"
#include "../postgres.h"

static const char *mark;

E2E_SETUP() { mark = e2e_printf("E2E_T_MARK=%s", e2e_unique("mark")); }

/* After the end of its program or run nothing of a service is there. */
static void nothing_left(void)
{
	double until = e2e_now() + 30;
	while (leftovers(mark) && e2e_now() < until)
		usleep(5000);
	e2e_is_str(leftovers(mark), NULL, "nothing is left after the end");
}

static e2e_result alone(const char *which)
{
	return e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV(mark, "E2E_RUN_DIR"), .timeout = 150}, broken("databases"), "-k", which);
}

E2E_TEST(postgres_of_twenty_programs, .timeout = 200)
{
	const char *dir = e2e_printf("%s/twenty", e2e_tmpdir());
	char *program = realpath(broken("databases"), NULL);
	needs_postgres();
	mkdir(dir, 0700);
	for (int i = 0; i < 20; i++)
		e2e_must(e2e_is_int(symlink(program, e2e_printf("%s/%02d.t", dir, i)), 0));
	free(program);
	e2e_spawn_opts opts = {.env = E2E_ARGV(mark, "E2E_RUN_DIR", "HARNESS_ACTIVE"), .timeout = 180};
	e2e_result r = e2e_run_with(opts, "./prove", "-j2", dir, "::", "-k", "^shop$");
	e2e_is_int(r.status, 0, "%s%s", r.out, r.err);
	e2e_like(r.out, "Files=20, Tests=20");
	nothing_left();
}

E2E_TEST(a_failure_shows_what_the_server_says, .timeout = 200)
{
	needs_postgres();
	e2e_result r = alone("^shop_that_fails$");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "postgres/postgres.stderr: \\|\n.*ERROR:  relation \"no_such_table\" does not exist");
	leaves_nothing(__FILE__, __LINE__, mark, r.out);
	const char *kept = strstr(r.out, "(all of /");
	if (kept && (kept += 8) && strstr(kept, "/postgres/"))
		e2e__file_remove_tree(e2e_printf("%.*s", (int)(strstr(kept, "/postgres/") - kept), kept));
}

E2E_TEST(redis_with_a_replica)
{
	e2e_require_command("redis-server");
	e2e_result r = alone("^replica$");
	e2e_is_int(r.status, 0, "%s", r.out);
	nothing_left();
}

E2E_TEST(rabbitmq, .timeout = 200)
{
	e2e_require_command("epmd");
	e2e_skip_if(e2e_run("sh", "-c", "ls /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server").status != 0, "no rabbitmq-server");
	e2e_result r = alone("^broker$");
	e2e_is_int(r.status, 0, "%s", r.out);
	nothing_left();
}

E2E_MAIN()
