/* Processes of another user: PostgreSQL, which refuses root, with its cached data; and what can't be. */
#include "../golden.h"

static void as_root(void)
{
	e2e_skip_if(geteuid() != 0, "only root can become another user");
}

E2E_TEST(nobody)
{
	as_root();
	const char *made = e2e_printf("%s/made", e2e_tmpdir());
	e2e_result r = e2e_run_with((e2e_spawn_opts){.user = "nobody", .cwd = e2e_tmpdir()}, "sh", "-c", "id -un; touch made");
	e2e_is_str(r.out, "nobody\n");
	e2e_is_int(r.status, 0, "it may write into the case's folder: %s", r.err);
	e2e_is_int(access(made, F_OK), 0);
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.user = "nobody"}, "sleep", "76548");
	e2e_kill(p);
	e2e_is_int((long long)geteuid(), 0, "the test stays what it was");
}

E2E_TEST(no_such_user)
{
	e2e_result r = e2e_run(broken("user"));
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "there is no user .*nobody-of-this-name");
}

/* The folder of a fresh database: made once, by the user that it belongs to. */
static bool make_database(const char *dir, void *arg)
{
	const char *initdb = (const char *)arg, *data = e2e_printf("%s/data", e2e_tmpdir());
	e2e_result r = e2e_run_with((e2e_spawn_opts){.user = "postgres", .cwd = "/", .timeout = 100}, initdb, "-D", data, "-A", "trust", "-N");
	return e2e_is_int(r.status, 0, "%s", r.err) && e2e_run("cp", "-a", data, dir).status == 0;
}

E2E_TEST(postgres, .timeout = 200)
{
	as_root();
	e2e_skip_if(!getpwnam("postgres"), "there is no user postgres");
	const char *postgres = e2e_require_command("postgres"), *psql = e2e_require_command("psql");
	char *real = realpath(postgres, NULL);
	const char *initdb = e2e_printf("%.*s/initdb", (int)(strrchr(real, '/') - real), real);
	free(real);
	if (access(initdb, X_OK))
		initdb = e2e_require_command("initdb");
	const char *data = e2e_printf("%s/data", e2e_cached("pg", "1", make_database, (void *)(uintptr_t)initdb));
	const char *sockets = e2e_tmpdir(), *port = e2e_printf("%d", e2e_port());
	e2e_port_release(atoi(port));
	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.user = "postgres", .cwd = "/"}, postgres, "-D", data, "-k", sockets, "-p", port, "-c", "fsync=off");
	e2e_must(e2e_ready(p, E2E_LINE("ready to accept connections"), E2E_WITHIN(60)));
	e2e_is_str(e2e_run(psql, "-h", sockets, "-p", port, "-U", "postgres", "-Atc", "select 6 * 7").out, "42\n");
	e2e_signal(p, SIGINT);
	e2e_wait(p, 0);
}

E2E_MAIN()
