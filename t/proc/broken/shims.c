/* Matrices of shims, good and bad; t/proc/shims.c runs them and compares. */
#include "e2e_proc.h"

static const char *const send_well[] = {"t/proc/data/shim", "send", "well", NULL};
static const char *const receive_well[] = {"t/proc/data/shim", "receive", "well", NULL};
static const char *const receive_alters[] = {"t/proc/data/shim", "receive", "alters", NULL};
static const char *const python_send[] = {"t/proc/data/shim.py", "send", NULL};
static const char *const python_receive[] = {"t/proc/data/shim.py", "receive", NULL};
static const e2e_shim good[] = {{"sh", send_well, receive_well, NULL, false},
				{"python", python_send, python_receive, "^waiting for [0-9]+", false}};
static const e2e_shim mixed[] = {{"sh", send_well, receive_well, NULL, false},
				 {"odd", send_well, receive_alters, NULL, false}};
static const e2e_message messages[] = {{"numbers", "[1, 2.5, -3e2]", NULL, NULL, NULL, 0},
				       {"text", "[\"a\", \"\\u00e9\"]", NULL, NULL, NULL, 0}};

E2E_SUITE_SETUP()
{
	const char *peer = getenv("PEER");
	if (peer)
		e2e_peer_ask("sh", "-c", peer);
	e2e_known("numbers: * x odd", "*", "ISSUE-7: odd loses numbers");
	e2e_known("text: sh x odd", "None", "ISSUE-9: nobody is called None");
	e2e_known("text: * x odd", "Rabbit*", "ISSUE-8: Rabbit changes texts");
}

E2E_TEST(all_well)
{
	e2e_interop(good, 2, messages, 2, e2e_tmpdir());
}

E2E_TEST(known)
{
	e2e_interop(mixed, 2, messages, 2, e2e_tmpdir());
}

E2E_TEST(matrix)
{
	e2e_message m = messages[0];
	m.node = e2e_tmpdir();
	e2e_matrix(good, 2, good, 2, e2e_shim_pair, &m);
}

static const e2e_message together[] = {{"numbers", "[1, 2.5, -3e2]", NULL, "values", NULL, 20},
				       {"text", "[ \"a,]}\\\"\", \"\\u00e9\" ]", NULL, "values", NULL, 20},
				       {"nested", "[{\"a\": [1, {}]}, []]", "*", "values", NULL, 20},
				       {"one", "[1]", NULL, "values", NULL, 20},
				       {"single", "{\"not\": \"an array\"}", NULL, "values", NULL, 20}};

E2E_TEST(batched)
{
	e2e_interop_batched(good, 2, together, 5, e2e_tmpdir());
}

/* The receiver does with each JSON what RECEIVE says. */
E2E_TEST(one_odd_shim)
{
	const char *const r[] = {"t/proc/data/shim", "receive", getenv("RECEIVE"), NULL};
	e2e_shim shim = {"S", send_well, r, NULL, false};
	if (getenv("KNOWN"))
		e2e_known(getenv("KNOWN"), "*", "ISSUE-3: it stumbles");
	e2e_interop_batched(&shim, 1, together, 4, e2e_tmpdir());
}

/* One has no time at all, the other that of the program: so has the batch. */
E2E_TEST(hasty)
{
	e2e_message two[2]; /* tcc copies no structs in an initializer */
	two[0] = together[0], two[1] = together[1];
	two[0].timeout = 0.001;
	two[1].timeout = 0;
	e2e_interop_batched(good, 1, two, 2, e2e_tmpdir());
}

E2E_TEST(two_keys)
{
	e2e_message two[2];
	two[0] = together[0], two[1] = messages[0];
	e2e_interop_batched(good, 2, two, 2, e2e_tmpdir());
}

/* One pair, how the two behave is in the environment. */
E2E_TEST(pair)
{
	const char *const s[] = {"t/proc/data/shim", "send", getenv("SEND"), NULL};
	const char *const r[] = {getenv("RECEIVER") ? getenv("RECEIVER") : "t/proc/data/shim", "receive",
				 getenv("RECEIVE"), NULL};
	e2e_shim shim = {"S", s, r, NULL, getenv("NOISY") != NULL};
	e2e_message m = {"case", "[1, 2]", getenv("WANT"), NULL, NULL, 20};
	if (getenv("LIMIT"))
		m.timeout = atof(getenv("LIMIT"));
	e2e_exchange(&shim, &shim, &m, e2e_tmpdir());
	e2e_diag("arrived: %s", e2e_arrived() ? e2e_arrived() : "nothing");
	e2e_pass("goes on");
}

E2E_MAIN()
