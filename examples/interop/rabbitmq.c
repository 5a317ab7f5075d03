/* rabbitmq.c - three client libraries of AMQP 1.0 with each other, through a broker as it is run in production: a private RabbitMQ
 * with its plugin for AMQP 1.0, for this program alone.
 *
 * Everything it keeps is in the suite's folder, it listens on loopback ports of its own, and it ends with the program, with its
 * port mapper (epmd), whatever ends the program. start_broker() is there to be copied. */
#include "interop.h"

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

static void start_epmd(int port)
{
	const char *const env[] = {"ERL_EPMD_RELAXED_COMMAND_CHECK=1", NULL};
	e2e_proc *epmd = e2e_spawn_with((e2e_spawn_opts){.env = env}, "epmd", "-address", "127.0.0.1", "-port",
					e2e_printf("%d", port), "-relaxed_command_check");
	e2e_must(e2e_ready(epmd, E2E_PORT(port)));
}

static void start_broker(const char *dir, int port)
{
	const char *program = server_program();
	int epmd_port = e2e_port(), dist_port = e2e_port();
	e2e_proc *broker;
	start_epmd(epmd_port);
	write_file(dir, "rabbitmq.conf", e2e_printf("listeners.tcp.1 = 127.0.0.1:%d\nloopback_users = none\n", port));
	write_file(dir, "advanced.config", "[{rabbitmq_amqp1_0,[{default_user,\"guest\"}]}].\n");
	write_file(dir, "enabled_plugins", "[rabbitmq_amqp1_0].\n");
	const char *const env[] = {
	    e2e_printf("HOME=%s", dir),
	    e2e_printf("ERL_EPMD_PORT=%d", epmd_port),
	    e2e_printf("RABBITMQ_DIST_PORT=%d", dist_port),
	    "RABBITMQ_NODENAME=e2e@localhost",
	    e2e_printf("RABBITMQ_CONFIG_FILE=%s/rabbitmq.conf", dir),
	    e2e_printf("RABBITMQ_ADVANCED_CONFIG_FILE=%s/advanced.config", dir),
	    e2e_printf("RABBITMQ_ENABLED_PLUGINS_FILE=%s/enabled_plugins", dir),
	    e2e_printf("RABBITMQ_MNESIA_BASE=%s/mnesia", dir),
	    e2e_printf("RABBITMQ_LOG_BASE=%s/log", dir),
	    e2e_printf("RABBITMQ_GENERATED_CONFIG_DIR=%s/generated", dir),
	    e2e_printf("RABBITMQ_FEATURE_FLAGS_FILE=%s/feature_flags", dir),
	    e2e_printf("RABBITMQ_PID_FILE=%s/pid", dir),
	    "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
	    "RUNNING_UNDER_SYSTEMD=1", /* then the process that we start is the broker */
	    NULL,
	};
	e2e_port_release(dist_port);
	broker = e2e_spawn_with((e2e_spawn_opts){.env = env, .cwd = dir}, program);
	e2e_must(e2e_ready(broker, E2E_LINE("completed with 1 plugins"), E2E_PORT(port), E2E_WITHIN(90)));
}

E2E_SUITE_SETUP()
{
	int port = e2e_port();
	prepare_shims();
	e2e_require_command("epmd");
	start_broker(e2e_tmpdir(), port);
	node = e2e_printf("127.0.0.1:%d", port);
	e2e_peer_ask(c_shim, "who", node); /* what its connection properties call it */
	known_failures_of_shims();
	e2e_known("list: *", "RabbitMQ*", "INTEROP-2: a list of several as a message's value closes the connection");
	e2e_known("described value in a sequence: *", "RabbitMQ*", "INTEROP-5: its descriptor closes the connection");
	e2e_known("null: Python x *", "RabbitMQ*", "INTEROP-3: a message without a body comes back with an empty one");
}

E2E_TEST(types, .timeout = 300)
{
	each_type();
}

static void with_itself(const struct library *library, const e2e_message *messages, size_t n)
{
	from_each_to_each(library->number, library->number, messages, n);
}

/* The broker takes the elements of a list for the fields of its section, and looks a descriptor up among those that it knows
 * itself; then it sleeps for three seconds and cuts off the sender. No receiver is ever reached, so each library sends to itself:
 * with nine pairs it would be half a minute. */
E2E_TEST_EACH(lists, libraries, .timeout = 60)
{
	with_itself(e2e_row(struct library), lists, 1);
}

E2E_TEST(described_values_in_sequences, .timeout = 60)
{
	with_itself(&libraries[0], described_in_sequences, 1);
}

E2E_TEST(large_content, .timeout = 300)
{
	large_values();
}

E2E_MAIN()
