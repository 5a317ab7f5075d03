/* rabbitmq.c - the shims of shims.c on a broker as it is run in production: a private RabbitMQ, for this
 * program alone.
 *
 * Everything it keeps is in the suite's folder, it listens on loopback ports of its own, and it ends with the
 * program, with its port mapper (epmd), whatever ends the program. RabbitMQ gives AMQP's null back as an
 * empty binary: a known failure, which runs as TODO and would be reported as a bonus once it passes. */
#include "e2e_proc.h"

static const char *node;
static const char *c_shim;

static bool build(const char *dir, void *arg)
{
	static const char script[] =
	    "cc -o \"$1/shim\" \"$2\" $(pkg-config --cflags --libs libqpid-proton)\n";
	e2e_result r = e2e_run("sh", "-c", script, "sh", dir, (const char *)arg);
	return e2e_is_int(r.status, 0, "compiled: %s", r.err);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	FILE *f = fopen(e2e_printf("%s/%s", dir, name), "w");
	e2e_must(e2e_ok(f && fputs(text, f) >= 0 && fclose(f) == 0, "%s", name));
}

/* The server program itself: the wrapper in PATH would change to the system's user and folders. */
static const char *server_program(void)
{
	static const char script[] = "ls /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server";
	e2e_result r = e2e_run("sh", "-c", script);
	e2e_skip_if(r.status != 0, "no rabbitmq-server");
	return e2e_printf("%.*s", (int)strcspn(r.out, "\n"), r.out);
}

static void start_broker(const char *dir, int port)
{
	const char *program = server_program();
	int epmd_port = e2e_port(), dist_port = e2e_port();
	const char *const epmd_env[] = {"ERL_EPMD_RELAXED_COMMAND_CHECK=1", NULL};
	const char *env[24];
	size_t n = 0;
	e2e_proc *epmd, *broker;
	write_file(dir, "rabbitmq.conf",
		   e2e_printf("listeners.tcp.1 = 127.0.0.1:%d\nloopback_users = none\n", port));
	write_file(dir, "advanced.config", "[{rabbitmq_amqp1_0,[{default_user,\"guest\"}]}].\n");
	write_file(dir, "enabled_plugins", "[rabbitmq_amqp1_0].\n");
	epmd = e2e_spawn_with((e2e_spawn_opts){.env = epmd_env}, "epmd", "-address", "127.0.0.1", "-port",
			      e2e_printf("%d", epmd_port), "-relaxed_command_check");
	e2e_must(e2e_ready(epmd, E2E_PORT(epmd_port)));
	env[n++] = e2e_printf("HOME=%s", dir);
	env[n++] = e2e_printf("ERL_EPMD_PORT=%d", epmd_port);
	env[n++] = e2e_printf("RABBITMQ_DIST_PORT=%d", dist_port);
	env[n++] = "RABBITMQ_NODENAME=e2e@localhost";
	env[n++] = e2e_printf("RABBITMQ_CONFIG_FILE=%s/rabbitmq.conf", dir);
	env[n++] = e2e_printf("RABBITMQ_ADVANCED_CONFIG_FILE=%s/advanced.config", dir);
	env[n++] = e2e_printf("RABBITMQ_ENABLED_PLUGINS_FILE=%s/enabled_plugins", dir);
	env[n++] = e2e_printf("RABBITMQ_MNESIA_BASE=%s/mnesia", dir);
	env[n++] = e2e_printf("RABBITMQ_LOG_BASE=%s/log", dir);
	env[n++] = e2e_printf("RABBITMQ_GENERATED_CONFIG_DIR=%s/generated", dir);
	env[n++] = e2e_printf("RABBITMQ_FEATURE_FLAGS_FILE=%s/feature_flags", dir);
	env[n++] = e2e_printf("RABBITMQ_PID_FILE=%s/pid", dir);
	env[n++] = "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}";
	env[n++] = "RUNNING_UNDER_SYSTEMD=1"; /* then the process that we start is the broker */
	env[n] = NULL;
	e2e_port_release(dist_port);
	broker = e2e_spawn_with((e2e_spawn_opts){.env = env, .cwd = dir}, program);
	e2e_must(e2e_ready(broker, E2E_LINE("completed with 1 plugins"), E2E_PORT(port), E2E_WITHIN(90)));
}

E2E_SUITE_SETUP()
{
	static char source[] = "examples/shims/amqp.c";
	int port = e2e_port();
	e2e_require_command("cc");
	e2e_require_command("epmd");
	e2e_skip_if(e2e_run("pkg-config", "--exists", "libqpid-proton").status, "no libqpid-proton11-dev");
	e2e_skip_if(e2e_run("/usr/bin/python3", "-c", "import proton").status, "no python3-qpid-proton");
	c_shim = e2e_printf("%s/shim", e2e_cached("amqp-shim", e2e_run("cat", source).out, build, source));
	start_broker(e2e_tmpdir(), port);
	node = e2e_printf("127.0.0.1:%d", port);
	e2e_peer_is("RabbitMQ");
	e2e_known("null: Python x *", "RabbitMQ*", "EXAMPLE-1: null comes back as binary");
}

E2E_TEST(types, .timeout = 120)
{
	const e2e_shim shims[] = {
	    {.name = "C", .send = E2E_ARGV(c_shim, "send"), .receive = E2E_ARGV(c_shim, "receive")},
	    {.name = "Python",
	     .send = E2E_ARGV("/usr/bin/python3", "examples/shims/amqp.py", "send"),
	     .receive = E2E_ARGV("/usr/bin/python3", "examples/shims/amqp.py", "receive")},
	};
	const e2e_message messages[] = {
	    {.name = "int", .json = "[0, 1, -1, 2147483648, -9223372036854775808]"},
	    {.name = "boolean", .json = "[true, false]"},
	    {.name = "null", .json = "[null, null]"},
	    {.name = "string", .json = "[\"\", \"hello\", \"\u4e16\u754c\"]"},
	};
	e2e_interop(shims, 2, messages, sizeof messages / sizeof *messages, node);
}

E2E_MAIN()
