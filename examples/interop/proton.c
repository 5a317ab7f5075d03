/* proton.c - three client libraries of AMQP 1.0 with each other, through the broker that comes with qpid-proton's examples (Debian:
 * libqpid-proton11-dev-examples). The set-up compiles it and starts it on a port of its own. */
#include "interop.h"

#define BROKER "/usr/share/proton/examples/c/broker.c"

static bool build_broker(const char *dir, void *arg)
{
	static const char script[] = "cc -o \"$1/broker\" \"$2\" $(pkg-config --cflags --libs libqpid-proton) -pthread\n";
	e2e_result r = e2e_run("sh", "-c", script, "sh", dir, BROKER);
	(void)arg;
	return e2e_is_int(r.status, 0, "compiled: %s", r.err);
}

E2E_SUITE_SETUP()
{
	int port = e2e_port();
	e2e_proc *broker;
	prepare_shims();
	e2e_skip_if(access(BROKER, R_OK) != 0, "no libqpid-proton11-dev-examples");
	broker = e2e_spawn(e2e_printf("%s/broker", e2e_cached("interop-broker", e2e_read_file(BROKER, NULL), build_broker, NULL)),
			   "127.0.0.1", e2e_printf("%d", port));
	e2e_must(e2e_ready(broker, E2E_PORT(port)));
	node = e2e_printf("127.0.0.1:%d", port);
	e2e_peer_is("proton's example broker"); /* its connection properties say nothing */
	known_failures_of_shims();
}

E2E_TEST(types, .timeout = 300)
{
	each_type();
}

E2E_TEST(lists, .timeout = 300)
{
	each_with_each(lists, 1);
	each_with_each(described_in_sequences, 1);
}

E2E_TEST(large_content, .timeout = 300)
{
	large_values();
}

E2E_MAIN()
