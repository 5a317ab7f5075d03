/* shims.c - do two client libraries understand each other? AMQP 1.0: qpid-proton's C and Python libraries, each with each.
 *
 * interop/shims/ has the shims: little programs that send and receive with one library each. The broker is the example of package
 * libqpid-proton11-dev-examples, built by the suite's set-up and kept in the cache. It serves all cases; if it died, the program
 * would end with one `Bail out!` and its log. What a command line can't take goes to the shims in a file. interop/ has all types, a
 * third library, and RabbitMQ.
 *
 *	examples/shims.t --include-shim C                    C with itself
 *	examples/shims.t --include-case boolean              one type
 *	examples/shims.t --include-pair 'string: C x Python'     one pair
 *	examples/shims.t --sender 10.0.0.1:5672 --receiver 10.0.0.1:5672 --broker-type RabbitMQ      another broker */
#include "e2e_proc.h"

#define BROKER "/usr/share/proton/examples/c/broker.c"
#define SHIMS "examples/interop/shims/"

static const char *node;
static const char *c_shim;

/* Compiles the broker and the C shim. */
static bool build(const char *dir, void *arg)
{
	static const char script[] = "set -e; flags=$(pkg-config --cflags --libs libqpid-proton)\n"
				     "cc -o \"$1/broker\" \"$2\" $flags -pthread\n"
				     "cc -o \"$1/shim\" \"$3\" $flags\n";
	e2e_result r = e2e_run("sh", "-c", script, "sh", dir, BROKER, SHIMS "shim.c");
	(void)arg;
	return e2e_is_int(r.status, 0, "compiled: %s", r.err);
}

E2E_SUITE_SETUP()
{
	int port = e2e_port();
	const char *dir;
	e2e_proc *broker;
	e2e_require_command("cc");
	e2e_require_command("pkg-config");
	e2e_skip_if(e2e_run("pkg-config", "--exists", "libqpid-proton").status, "no libqpid-proton11-dev");
	e2e_skip_if(access(BROKER, R_OK) != 0, "no libqpid-proton11-dev-examples");
	e2e_skip_if(e2e_run("/usr/bin/python3", "-c", "import proton").status, "no python3-qpid-proton");
	dir = e2e_cached(
	    "proton-shims",
	    e2e_printf("%s\n%s", e2e_read_file(BROKER, NULL), e2e_read_file(SHIMS "shim.c", NULL)),
	    build, NULL);
	broker = e2e_spawn(e2e_printf("%s/broker", dir), "127.0.0.1", e2e_printf("%d", port));
	e2e_must(e2e_ready(broker, E2E_PORT(port)));
	node = e2e_printf("127.0.0.1:%d", port);
	c_shim = e2e_printf("%s/shim", dir);
	e2e_peer_is("proton's example broker");
}

E2E_TEST(types)
{
	const e2e_shim shims[] = {
	    {.name = "C", .send = E2E_ARGV(c_shim, "send"), .receive = E2E_ARGV(c_shim, "receive")},
	    {.name = "Python",
	     .send = E2E_ARGV("/usr/bin/python3", SHIMS "shim.py", "send"),
	     .receive = E2E_ARGV("/usr/bin/python3", SHIMS "shim.py", "receive")},
	};
	const e2e_message messages[] = {
	    {.name = "int", .json = "[{\"int\": 0}, {\"int\": -1}, {\"int\": 2147483647}]"},
	    {.name = "boolean", .json = "[{\"boolean\": true}, {\"boolean\": false}]"},
	    {.name = "null", .json = "[{\"null\": null}]"},
	    {.name = "string", .json = "[{\"string\": \"\"}, {\"string\": \"\u4e16\u754c\"}]"},
	    {.name = "1 MB", .json = e2e_printf("[{\"string\": \"%0*d\"}]", 1 << 20, 0)},
	};
	e2e_interop(shims, 2, messages, sizeof messages / sizeof *messages, node);
}

E2E_MAIN()
