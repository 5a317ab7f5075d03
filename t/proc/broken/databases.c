/* Users of real servers that t/proc/databases.c shares: PostgreSQL, Redis with a replica, RabbitMQ. The names of cases say what becomes of
 * them. */
#include "../../postgres.h"

/* The server, and a template in it that the cases' databases are copies of. */
static const char *start_postgres(void *arg)
{
	const char *dir = start_cluster();
	e2e_result r;
	(void)arg;
	r = e2e_run("createdb", "-h", dir, "-U", "e2e", "shop");
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
	r = e2e_run("psql", "-h", dir, "-U", "e2e", "-qc", "create table item (name text); insert into item values ('apple')", "shop");
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
	int fd = open(e2e_printf("%s/../starts", dir), O_WRONLY | O_APPEND | O_CREAT, 0600);
	return write(fd, "x", 1) == 1 && close(fd) == 0 ? dir : NULL;
}

E2E_TEST(shop)
{
	const char *host = e2e_service("postgres", start_postgres, NULL), *mine = e2e_unique("shop");
	e2e_result r = e2e_run("createdb", "-h", host, "-U", "e2e", "-T", "shop", mine);
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
	query(host, mine, e2e_printf("insert into item values ('%s')", mine));
	e2e_is_str(query(host, mine, "select count(*) from item"), "2\n", "nobody else's items are here");
	e2e_is_str(query(host, mine, "select name from item where name <> 'apple'"), e2e_printf("%s\n", mine));
	e2e_is_str(e2e__file_read(e2e_printf("%s/starts", e2e_run_dir()), NULL), "x", "started once");
}

E2E_TEST(shop_that_fails)
{
	const char *host = e2e_service("postgres", start_postgres, NULL);
	e2e_result r = e2e_run("psql", "-h", host, "-U", "e2e", "-c", "select 1 from no_such_table", "shop");
	e2e_is_int(r.status, 0);
}

/* Redis, and a replica that uses it. */
static const char *start_redis(void *arg)
{
	const char *port = e2e_printf("%d", e2e_port()), *of = (const char *)arg;
	e2e_proc *p = e2e_spawn("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", e2e_tmpdir(), "--repl-diskless-sync-delay", "0", of ? "--replicaof" : "--daemonize", of ? of : "no");
	e2e_must(e2e_ready(p, E2E_PORT(atoi(port)), E2E_WITHIN(60)));
	return port;
}

static const char *start_replica(void *arg)
{
	(void)arg;
	static char of[64];
	snprintf(of, sizeof of, "127.0.0.1 %s", e2e_service("redis", start_redis, NULL));
	const char *port = start_redis(of);
	e2e_must(e2e_eventually(60, strstr(e2e_run("redis-cli", "-p", port, "info", "replication").out, "master_link_status:up") != NULL));
	return port;
}

E2E_TEST(replica)
{
	const char *slave = e2e_service("replica", start_replica, NULL), *master = e2e_service("redis", start_redis, NULL);
	const char *key = e2e_unique("key");
	e2e_is_str(e2e_run("redis-cli", "-p", master, "set", key, "1").out, "OK\n");
	e2e_eventually(60, strcmp(e2e_run("redis-cli", "-p", slave, "get", key).out, "1\n") == 0);
	e2e_isnt_int(e2e_service_pid("redis"), e2e_service_pid("replica"));
}

/* RabbitMQ: two processes, the broker and a port mapper of its own. */
struct rabbit {
	const char *env[16];
};

static struct rabbit rabbit_environment(int epmd)
{
	const char *dir = e2e_tmpdir();
	struct rabbit r = {{e2e_printf("HOME=%s", dir), e2e_printf("ERL_EPMD_PORT=%d", epmd), "RABBITMQ_NODENAME=e2e@localhost",
	                    e2e_printf("RABBITMQ_CONFIG_FILE=%s/rabbitmq.conf", dir), e2e_printf("RABBITMQ_ENABLED_PLUGINS_FILE=%s/plugins", dir),
	                    e2e_printf("RABBITMQ_MNESIA_BASE=%s/mnesia", dir), e2e_printf("RABBITMQ_LOG_BASE=%s/log", dir),
	                    e2e_printf("RABBITMQ_GENERATED_CONFIG_DIR=%s/generated", dir), e2e_printf("RABBITMQ_FEATURE_FLAGS_FILE=%s/flags", dir),
	                    e2e_printf("RABBITMQ_PID_FILE=%s/pid", dir), "RUNNING_UNDER_SYSTEMD=1",
	                    "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}", NULL}};
	return r;
}

static const char *start_rabbit(void *arg)
{
	int port = e2e_port(), epmd_port = e2e_port(), dist = e2e_port();
	struct rabbit r = rabbit_environment(epmd_port);
	FILE *f = fopen(e2e_printf("%s/rabbitmq.conf", e2e_tmpdir()), "w");
	(void)arg;
	fprintf(f, "listeners.tcp.1 = 127.0.0.1:%d\n", port);
	fclose(f);
	e2e_spawn_opts mapper = {.env = E2E_ARGV("ERL_EPMD_RELAXED_COMMAND_CHECK=1")};
	e2e_proc *epmd = e2e_spawn_with(mapper, "epmd", "-address", "127.0.0.1", "-port", e2e_printf("%d", epmd_port), "-relaxed_command_check");
	e2e_must(e2e_ready(epmd, E2E_PORT(epmd_port), E2E_WITHIN(60)));
	e2e_port_release(dist);
	r.env[12] = e2e_printf("RABBITMQ_DIST_PORT=%d", dist);
	e2e_spawn_opts opts = {.env = r.env, .cwd = e2e_tmpdir(), .timeout = 100};
	e2e_proc *p = e2e_spawn_with(opts, program_in("/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin", "rabbitmq-server"));
	e2e_must(e2e_ready(p, E2E_LINE("completed with"), E2E_PORT(port), E2E_WITHIN(120)));
	return e2e_printf("%d %s", port, e2e_tmpdir());
}

E2E_TEST(broker, .timeout = 200)
{
	char header[8] = "";
	const char *address = e2e_service("rabbit", start_rabbit, NULL);
	int fd = e2e_dial(e2e_printf("tcp:127.0.0.1:%d", atoi(address)));
	e2e_is_int(write(fd, "AMQP\0\0\t\1", 8), 8);
	e2e_is_int(read(fd, header, 1), 1);
	e2e_is_int(header[0], 1, "the broker begins AMQP by a frame of a method");
	puts(strchr(address, ' ') + 1);
}

E2E_MAIN()
