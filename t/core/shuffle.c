/* --shuffle: the cases of t/core/broken/shuffle.c in other orders. */
#include "../golden.h"

#define list(...) e2e_run(broken("shuffle"), "--list", __VA_ARGS__).out

static const char by_definition[] = "makes\nuses\nrow/a\nrow/b\nrow/c\nrow/d\nrow/e\n";

/* A number that brings `uses` before `makes`, or the other way round. */
static const char *order(bool spoiled)
{
	for (int i = 0; i < 1000; i++) {
		const char *option = e2e_printf("--shuffle=%d", i), *names = list(option);
		const char *makes = strstr(names, "makes\n"), *uses = strstr(names, "uses\n");

		if (makes && uses && (uses < makes) == spoiled)
			return option;
	}
	e2e_must(e2e_fail("no order of a thousand is like that"));
	return NULL;
}

/* The lines of a text, for e2e_is_set. */
static const char **lines(const char *text)
{
	const char **list = (const char **)e2e__memory_alloc((strlen(text) + 1) * sizeof *list);
	size_t n = 0;

	for (; *text; text += strcspn(text, "\n") + 1)
		list[n++] = e2e_printf("%.*s", (int)strcspn(text, "\n"), text);
	return list;
}

E2E_TEST(all_cases_in_another_order)
{
	const char *one = list("--shuffle=1"), *two = list("--shuffle=2");

	e2e_is_set(lines(one), lines(by_definition));
	e2e_is_str(list("--shuffle=1"), one);
	e2e_ok(strcmp(one, two) != 0 || strcmp(one, list("--shuffle=3")) != 0, "another number, another order");
	e2e_is_str(list("-v"), by_definition);
}

E2E_TEST(who_is_left_keeps_the_order)
{
	const char *all = list("--shuffle=1"), *rest = list("--shuffle=1", "-k", "[abd]$");
	E2E__BUF(b, 64);

	for (; *all; all += strcspn(all, "\n") + 1)
		if (strchr("abd", all[strcspn(all, "\n") - 1]))
			e2e__buf_addf(&b, "%.*s\n", (int)strcspn(all, "\n"), all);
	e2e_is_str(rest, e2e__memory_taken(&b));
}

E2E_TEST(environment)
{
	const char *one = list("--shuffle=1");

	e2e_setenv("E2E_SHUFFLE", "1");
	e2e_is_str(list("-v"), one);
	e2e_setenv("E2E_SHUFFLE", "no");
	e2e_is_str(list("-v"), by_definition);
	e2e_setenv("E2E_SHUFFLE", "yes");
	e2e_is_str(list("--seed", "1"), one, "the seed is the number");
}

/* The number is told, and repeats what went wrong. */
E2E_TEST(a_failure)
{
	const char *spoiled = order(true);
	e2e_result r = e2e_run(broken("shuffle"), spoiled);

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "^TAP version 14\n# shuffled: --shuffle=[0-9]+ repeats this order\n1\\.\\.7\n");
	e2e_like(r.out, e2e_printf("\n  repeat: .* -k '\\^uses\\$' --seed [0-9]+ %s\"\n", spoiled));
	e2e_is_int(e2e_run(broken("shuffle"), order(false)).status, 0);
	r = e2e_run(broken("shuffle"), "--shuffle", "--seed", "12");
	e2e_like(r.out, "\n# shuffled: --shuffle=12 repeats this order\n");
}

E2E_TEST(mistakes)
{
	e2e_result r = e2e_run(broken("shuffle"), "--shuffle=often");

	e2e_is_int(r.status, 99);
	e2e_like(r.err, "^e2e: --shuffle=often: expected a number, or none; see ");
	e2e_is_int(e2e_run(broken("shuffle"), "--shuffle=").status, 99);
	e2e_is_int(e2e_run(broken("shuffle"), "--shuffle", "3").status, 99, "a number has =");
	e2e_like(e2e_run(broken("shuffle"), "--help").out, "\n      --shuffle +\\[=N\\] +run the cases in another order");
}

E2E_MAIN()
