/* postgres.h - a PostgreSQL server of a test's own, of whoever runs the test. */
#ifndef T_POSTGRES_H
#define T_POSTGRES_H

#include "e2e_proc.h"

static inline void needs_postgres(void)
{
	e2e_require_command("createdb");
	e2e_skip_if(geteuid() == 0 && !getpwnam("postgres"), "there is no user postgres");
}

/* PostgreSQL refuses root. */
static inline e2e_spawn_opts as_postgres(void)
{
	e2e_spawn_opts opts = {.cwd = "/", .timeout = 100};
	if (geteuid() == 0)
		opts.user = "postgres";
	return opts;
}

/* A program of a package that keeps it out of PATH, in a folder of its version. */
static inline const char *program_in(const char *pattern, const char *name)
{
	e2e_result r = e2e_run("sh", "-c", e2e_printf("ls %s/%s 2>/dev/null | tail -n 1", pattern, name));
	return *r.out ? e2e_printf("%.*s", (int)strcspn(r.out, "\n"), r.out) : e2e_require_command(name);
}

static inline const char *postgres_program(const char *name)
{
	return program_in("/usr/lib/postgresql/*/bin", name);
}

static inline bool make_cluster(const char *dir, void *arg)
{
	const char *data = e2e_printf("%s/data", e2e_tmpdir());
	e2e_spawn_opts opts = as_postgres();
	(void)arg;
	e2e_result r = e2e_run_with(opts, postgres_program("initdb"), "-D", data, "-U", "e2e", "-A", "trust", "-N");
	return e2e_is_int(r.status, 0, "%s", r.err) && e2e_run("mv", data, dir).status == 0;
}

/* A server with nothing in it, on a socket in the folder of whoever starts it, which is returned. */
static inline const char *start_cluster(void)
{
	const char *dir = e2e_tmpdir(), *data = e2e_printf("%s/data", e2e_cached("cluster", "1", make_cluster, NULL));
	e2e_spawn_opts opts = as_postgres();
	e2e_proc *p = e2e_spawn_with(opts, postgres_program("postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off");
	e2e_must(e2e_ready(p, E2E_LINE("ready to accept connections"), E2E_CMD("pg_isready", "-q", "-h", dir, "-U", "e2e"), E2E_WITHIN(100)));
	return dir;
}

/* What a query says in the database of this name. */
static inline const char *query(const char *host, const char *database, const char *sql)
{
	e2e_result r = e2e_run("psql", "-h", host, "-U", "e2e", "-Atqc", sql, database);
	e2e_must(e2e_is_int(r.status, 0, "%s: %s", sql, r.err));
	return r.out;
}

#endif
