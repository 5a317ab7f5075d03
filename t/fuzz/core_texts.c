/* Mutated texts for what e2e.h reads and shows: configs, JSON, diffs, escapes, patterns.
 * Run it with sanitizers; it says nothing unless something breaks:
 *	cc -g -fsanitize=address,undefined -o /tmp/core_texts t/fuzz/core_texts.c && /tmp/core_texts [--seed N]
 */
#include "mutate.h"

static const char config[] =
    "\xef\xbb\xbf# c\n[global]\ntimeout = 2.5\nprovisioner: static\n\n[environment]\nfeatures = urn:a, urn:b=x.y\n  urn:c\n"
    "quirks = [\"#a\", '#b\\'', \"c\"]\nidentities = pubsub/pep\n; c\n[x] # c\nn = 12\nb = yes\nd = 1e3\n";
static const char json[] =
    "{\"a\": [1, -2.5e+3, 0, true, false, null, \"x\\u00e9\\ud83d\\ude00\\n\\\"\"], \"b\": {\"c\": {}}, \"d\": [[], [[]]]}";
static const char lines[] = "one\ntwo\nthree\nthree\nfour\n\nfive\nsix\nseven\nno end";

/* Reads a config and asks for values of each kind; a refusal exits with 99. */
static void read_config(char *bytes, size_t n)
{
	char *copy = (char *)malloc(n + 1);
	memcpy(copy, bytes, n);
	copy[n] = 0;
	e2e__state.config_path = "fuzz.ini";
	e2e__state.config_read = true;
	e2e__state.settings = e2e__state.headings = NULL;
	e2e__config_parse(copy, n);
	e2e__config_check();
	e2e_config_double("global", "timeout", 1);
	e2e_config_int("x", "n", 1);
	e2e_config_bool("x", "b", false);
	e2e_config_list("environment", "features", NULL);
	e2e_config_list("environment", "quirks", NULL);
	e2e_has_quirk("#a");
	_exit(0);
}

E2E_TEST(configs, .timeout = 600)
{
	char bytes[SIZE];
	size_t taken = 0;
	for (int round = 0; round < ROUNDS / 10; round++) {
		size_t n = mutate(bytes, config, sizeof config - 1);
		int status;
		pid_t pid = fork();
		if (pid == 0) {
			e2e__hook_forked();
			dup2(open("/dev/null", O_WRONLY), 2);
			e2e__state.page = NULL; /* a refusal is this process's, not the case's */
			read_config(bytes, n);
		}
		waitpid(pid, &status, 0);
		bytes[n] = 0;
		if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 99))
			e2e_fail("status %d; the text: %s", status, e2e_quoted(bytes));
		taken += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	e2e_cmp_int(taken, ">", 0);
}

E2E_TEST(jsons, .timeout = 600)
{
	char a[SIZE + 1], b[SIZE + 1];
	const char *error;
	size_t good = 0;
	for (int round = 0; round < ROUNDS; round++) {
		struct e2e__json *x, *y;
		a[mutate(a, json, sizeof json - 1)] = 0;
		b[mutate(b, json, sizeof json - 1)] = 0;
		x = e2e__json_parse(a, &error);
		if (!x && (!error || !*error))
			e2e_fail("refused without a reason: %s", e2e_quoted(a));
		y = e2e__json_parse(b, &error);
		if (x && e2e__json_differ(x, x))
			e2e_fail("differs from itself: %s", e2e_quoted(a));
		if (x && y)
			e2e__json_differ(x, y);
		good += x != NULL;
	}
	e2e_cmp_int(good, ">", 0);
}

/* What a diff says must lead from one text to the other. */
E2E_TEST(diffs, .timeout = 600)
{
	char a[SIZE + 1], b[SIZE + 1];
	for (int round = 0; round < ROUNDS / 4; round++) {
		a[mutate(a, lines, sizeof lines - 1)] = 0;
		b[mutate(b, lines, sizeof lines - 1)] = 0;
		e2e__diff(a, b);
	}
	e2e_pass();
}

E2E_TEST(reports, .timeout = 600)
{
	char a[SIZE + 1], b[SIZE + 1];
	for (int round = 0; round < ROUNDS / 100; round++) {
		size_t n = mutate(a, lines, sizeof lines - 1), m = mutate(b, json, sizeof json - 1);
		a[n] = b[m] = 0;
		e2e_todo("it may differ")
		{
			e2e_is_str(a, b, "%s", a);
			e2e_is_mem(a, b, n < m ? n : m);
			e2e_like(a, b);
			e2e_is_json(a, b);
		}
	}
	e2e_pass();
}

E2E_MAIN()
