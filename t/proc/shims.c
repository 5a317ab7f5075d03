/* Shims: exchanges, the matrix, its filters, known failures, the peer's name. */
#include "e2e_proc.h"
#include "../golden.h"

/* Runs t/proc/broken/shims.c with variables and arguments. */
static e2e_result run(const char *name, const char *const *env, const char *a, const char *b)
{
	e2e_spawn_opts o;
	memset(&o, 0, sizeof o);
	o.env = env;
	if (a && b)
		return e2e_run_with(o, broken("shims"), "-k", name, a, b);
	if (a)
		return e2e_run_with(o, broken("shims"), "-k", name, a);
	return e2e_run_with(o, broken("shims"), "-k", name);
}

E2E_TEST(every_pair_and_message)
{
	e2e_result r;
	e2e_require_command("python3");
	r = run("all_well", NULL, NULL, NULL);
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "    ok 1 - numbers: sh x sh\n");
	e2e_like(r.out, "    ok 2 - numbers: sh x python\n");
	e2e_like(r.out, "    ok 3 - numbers: python x sh\n");
	e2e_like(r.out, "    ok 8 - text: python x python\n");
	r = run("matrix", NULL, NULL, NULL);
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "    ok 2 - sh x python\n");
}

E2E_TEST(filters)
{
	e2e_result r;
	e2e_require_command("python3");
	r = run("all_well", NULL, "--include-shim", "python");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "    ok 2 - text: python x python\n    1\\.\\.2");
	r = run("all_well", NULL, "--exclude-shim=python", "--include-case=text");
	e2e_like(r.out, "    ok 1 - text: sh x sh\n    1\\.\\.1");
	r = run("all_well", NULL, "--include-shim", "ruby");
	e2e_is_int(r.status, 99);
	e2e_like(e2e_printf("%s%s", r.out, r.err), "unknown name 'ruby'.*sh.*python");
	r = run("all_well", NULL, "--exclude-case", "numbers,text");
	e2e_like(r.out, "# SKIP no pair of shims matches the filters");
	e2e_is_int(r.status, 99, "nothing was tested");
	r = run("all_well", NULL, "--include-pair", "sh x python");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "    ok 1 - numbers: sh x python\n(.*\n)*    ok 2 - text: sh x python\n    1\\.\\.2\n");
	r = run("all_well", NULL, "--include-pair=text: sh x python", "--receiver=127.0.0.1:1");
	e2e_is_int(r.status, 1, "nobody listens there");
	e2e_like(r.out, " --include-pair 'text: sh x python' --receiver 127.0.0.1:1\"\n", "what is repeated fails in the same way");
}

static int pipes_in(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	int pipes = 0;

	while ((e = readdir(d)) != NULL)
		pipes += strncmp(e->d_name, "q-", 2) == 0;
	closedir(d);
	return pipes;
}

E2E_TEST(a_batch_is_one_exchange)
{
	e2e_require_command("python3");
	e2e_result r = run("batched", NULL, e2e_printf("--sender=%s", e2e_tmpdir()),
			   e2e_printf("--receiver=%s", e2e_tmpdir()));
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "    ok 1 - numbers: sh x sh\n(.*\n)*    ok 2 - text: sh x sh\n(.*\n)*"
			"    ok 3 - nested: sh x sh\n(.*\n)*    ok 4 - one: sh x sh\n(.*\n)*"
			"    ok 5 - single: sh x sh\n(.*\n)*    ok 20 - single: python x python\n    1\\.\\.20\n");
	e2e_is_int(pipes_in(e2e_tmpdir()), 8, "of each pair one for the batch, one for what is no array");
	r = run("batched", NULL, "--include-case=text,one", "--include-shim=sh");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "    ok 2 - one: sh x sh\n    1\\.\\.2\n");
	r = run("hasty", NULL, NULL, NULL);
	e2e_is_int(r.status, 0, "no .timeout is the default, which is the longest");
	e2e_unlike(r.out, "goes alone");
	r = run("two_keys", NULL, NULL, NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "the message numbers has no .key, or another one than numbers");
}

E2E_TEST(in_a_batch_each_message_fails_alone)
{
	const char *const swaps[] = {"RECEIVE=swaps", NULL}, *const stumbles[] = {"RECEIVE=stumbles", NULL};
	const char *const known[] = {"RECEIVE=swaps", "KNOWN=numbers: S x *", NULL};
	e2e_result r = run("one_odd_shim", swaps, NULL, NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "    not ok 1 - numbers: S x S\n");
	e2e_like(r.out, "\\$\\[1\\]: got 9, want 2\\.5");
	e2e_like(r.out, "    ok 2 - text: S x S\n(.*\n)*    ok 4 - one: S x S\n");
	e2e_unlike(r.out, "goes alone");
	r = run("one_odd_shim", stumbles, NULL, NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "# S x S: not all messages arrived together, each goes alone: .*ended with exit code 5");
	e2e_like(r.out, "    not ok 3 - nested: S x S\n(.*\n)*    ok 4 - one: S x S\n");
	e2e_like(r.out, "receiver's stderr:\n *can't read ");
	r = run("one_odd_shim", known, NULL, NULL);
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "    not ok 1 - numbers: S x S # TODO ISSUE-3: it stumbles\n");
}

E2E_TEST(known_failures)
{
	const char *const rabbit[] = {"PEER=echo RabbitMQ 3.10", NULL}, *const silent[] = {"PEER=exit 1",
											   NULL};
	e2e_result r = run("known", rabbit, NULL, NULL);
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "not ok 2 - numbers: sh x odd # TODO ISSUE-7: odd loses numbers");
	e2e_like(r.out, "not ok 6 - text: sh x odd # TODO ISSUE-8: Rabbit changes texts");
	e2e_like(r.out, "    ok 1 - numbers: sh x sh\n");
	r = run("known", silent, NULL, NULL);
	e2e_is_int(r.status, 1, "an unknown peer has no known failures");
	e2e_like(r.err, "the peer is unknown: sh said nothing .exit code 1.");
	e2e_like(r.out, "not ok 6 - text: sh x odd\n");
	r = run("known", silent, "--broker-type", "Rabbit");
	e2e_is_int(r.status, 0, "--broker-type wins");
	r = run("known", rabbit, "--broker-type", "None");
	e2e_is_int(r.status, 1, "None: unknown");
	e2e_unlike(r.out, "ISSUE-[89]");
}

/* Another node than the given one. */
E2E_TEST(sender_and_receiver_nodes)
{
	const char *const env[] = {"SEND=well", "RECEIVE=well", NULL};
	e2e_result r = run("pair", env, e2e_printf("--sender=%s", e2e_tmpdir()),
			   e2e_printf("--receiver=%s", e2e_tmpdir()));
	e2e_is_int(r.status, 0);
	e2e_is_int(pipes_in(e2e_tmpdir()), 1, "the pipe was made in this folder");
}

static e2e_result pair(const char *send, const char *receive, const char *more)
{
	const char *env[] = {e2e_printf("SEND=%s", send), e2e_printf("RECEIVE=%s", receive), more, NULL};
	return run("pair", env, NULL, NULL);
}

E2E_TEST(what_arrives_is_compared_by_value)
{
	e2e_result r = pair("well", "spaces", NULL);
	e2e_is_int(r.status, 0);
	r = pair("well", "alters", NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "not ok 1 - case: S x S");
	e2e_like(r.out, "message: .*\\$\\[1\\]: got 3, want 2");
	e2e_like(r.out, "ok 2 - goes on");
	r = pair("well", "alters", "WANT=[1.0,3]");
	e2e_is_int(r.status, 0, "what shall arrive may differ from what is sent");
	r = pair("well", "counts", "WANT={\"queue\":\"q\",\"count\":2}");
	e2e_is_int(r.status, 0, "COUNT is the number of elements");
}

static e2e_shim python_shim(void)
{
	const char *const send[] = {e2e_data("data/shim.py"), "send", NULL};
	const char *const receive[] = {e2e_data("data/shim.py"), "receive", NULL};
	static const char *commands[2][3];
	e2e_shim shim;

	memset(&shim, 0, sizeof shim);
	memcpy(commands[0], send, sizeof send);
	memcpy(commands[1], receive, sizeof receive);
	shim.name = "python";
	shim.send = commands[0];
	shim.receive = commands[1];
	shim.ready = "^waiting";
	return shim;
}

E2E_TEST(what_arrived_is_told)
{
	e2e_require_command("python3");
	e2e_shim shim = python_shim();
	e2e_message m = {"case", "[1, 2.5]", "*", NULL, NULL, 60};

	e2e_is_ptr(e2e_arrived(), NULL);
	e2e_must(e2e_exchange(&shim, &shim, &m, e2e_tmpdir()));
	e2e_is_json(e2e_arrived(), "[1, 2.5]");
	e2e_result r = pair("well", "alters", "WANT=*");
	e2e_is_int(r.status, 0, "any JSON will do");
	e2e_like(r.out, "arrived: \\[1, 3\\]\n");
	r = pair("well", "babbles", "WANT=*");
	e2e_is_int(r.status, 1, "but what is none won't");
	e2e_like(r.out, "arrived: nothing");
}

/* Ten megabytes: no command line takes them. */
E2E_TEST(a_large_message_goes_by_file, .timeout = 200)
{
	enum { SIZE = 10 << 20 };
	e2e_require_command("python3");
	e2e_shim shim = python_shim();
	char *json = (char *)malloc(SIZE + 5);
	e2e_message m = {"large", json, NULL, NULL, NULL, 120};

	e2e_must(e2e_ok(json != NULL));
	memset(json, 'x', SIZE + 4);
	memcpy(json, "[\"", 2);
	strcpy(json + SIZE + 2, "\"]");
	e2e_must(e2e_exchange(&shim, &shim, &m, e2e_tmpdir()));
	e2e_cmp_int(strlen(e2e_arrived()), ">=", SIZE);
	free(json);
}

E2E_TEST(failing_shims)
{
	e2e_result r = pair("fails", "well", NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "ended with exit code 3");
	e2e_like(r.out, "sender's stderr:\n *no route to");
	e2e_unlike(r.out, "hasn't ended", "the receiver is not blamed, nor waited for");
	e2e_like(r.out, "ok 2 - goes on", "and nothing is left running");
	r = pair("well", "dies", NULL);
	e2e_like(r.out, "ended with exit code 4 before it was ready");
	e2e_like(r.out, "receiver's stderr:\n *no such library");
	e2e_like(r.out, "ok 2 - goes on");
	r = pair("well", "mute", "LIMIT=0.3");
	e2e_like(r.out, "didn't get ready .*\\^ready.* within 0.3 s");
	e2e_like(r.out, "ok 2 - goes on");
	r = pair("late", "well", "LIMIT=2");
	e2e_like(r.out, "hasn't ended within 2 s");
	e2e_like(r.out, "ok 2 - goes on");
	r = pair("well", "babbles", NULL);
	e2e_like(r.out, "no JSON arrived");
	r = pair("well", "wrongkey", NULL);
	e2e_like(r.out, "doesn't begin with the key case: other");
	r = pair("noisy", "well", NULL);
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "wrote to stderr");
	r = pair("noisy", "well", "NOISY=1");
	e2e_is_int(r.status, 0);
	r = pair("well", "well", "RECEIVER=/no/such/shim");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "code: not-found");
	r = pair("well", "well", "WANT=[1");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "the message case isn't JSON");
}

E2E_MAIN()
