/* A newcomer's additions to the headers, as doc/contributing.md says: an assertion, an option of
 * test programs and a fault of the proxy, each in at most three places, and each is used. prove's
 * own are in t/prove/rooms.c. */
#include "prove/driver.h"

/* The rooms and what joins them, in the case's folder */
static void house(void)
{
	enter();
	e2e_must(e2e_is_int(e2e_run("cp", "-R", e2e_printf("%s/src", started_in), ".").status, 0));
}

/* Puts a text behind the first place of another one in a room: one place of an addition. */
static void add(const char *path, const char *behind, const char *text)
{
	const char *all = read_file(path), *at = strstr(all, behind);

	if (!at)
		e2e_bail_out("%s holds no \"%s\"", path, behind);
	at += strlen(behind);
	text_file(path, e2e_printf("%.*s%s%s", (int)(at - all), all, text, at));
}

/* Joins a floor and builds x.c with it. */
static void build(const char *floor, const char *header)
{
	e2e_result r = e2e_run("sh", "-c", e2e_printf("sh src/join %s >%s", floor, header));

	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
	r = e2e_run("cc", "-Wall", "-Wextra", "-Werror", "-o", "x", "x.c", "-pthread");
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
}

E2E_TEST(an_assertion)
{
	e2e_result r;

	house();
	add("src/core/assertion.h", "\n/* @interface */\n",
		"\n/* e2e_is_even(number, ...): a multiple of two. */\n"
		"#define e2e_is_even(...) E2E__ARGS1(e2e__assertion_is_even, #__VA_ARGS__, __VA_ARGS__)\n");
	add("src/core/assertion.h", "\"is_ptr\", NULL, NULL);\n}\n",
		"\nE2E__FN bool e2e__assertion_is_even(struct e2e__at at, long long n)\n{\n"
		"\treturn e2e__assertion_judge(&at, n % 2 == 0, \" is even\", e2e_printf(\"%lld\", n), \"an even number\","
		" \"is_even\", NULL, NULL);\n}\n");
	text_file("x.c", "#include \"e2e.h\"\n"
			 "E2E_TEST(even) { e2e_is_even(2); e2e_is_even(4, \"of %s\", \"two\"); }\n"
			 "E2E_TEST(odd) { e2e_is_even(3); }\n"
			 "E2E_MAIN()\n");
	build("core", "e2e.h");

	r = e2e_run("./x", "-v");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "ok 1 - 2 is even\n    ok 2 - of two\n");
	e2e_like(r.out, "not ok 1 - 3 is even\n      ---\n      message: .*\n      got: 3\n      want: ");
	e2e_like(r.err, "# x.c:3: ");
}

E2E_TEST(an_option_of_programs)
{
	e2e_result r;

	house();
	add("src/core/state.h", "#define E2E__OPTION_LIST(ROW) \\\n",
		"\tROW(GREET, 'g', false, \"--greet\", \"E2E_GREET\", \"NAME\", \"say hello to NAME\", NULL) \\\n");
	add("src/core/main.h", "\tatexit(e2e__main_at_exit);\n",
		"\tif (st->opt[E2E__GREET])\n\t\tfprintf(stderr, \"hello %s\\n\", st->opt[E2E__GREET]);\n");
	text_file("x.c", "#include \"e2e.h\"\nE2E_TEST(a) { e2e_pass(); }\nE2E_MAIN()\n");
	build("core", "e2e.h");

	e2e_is_str(e2e_run("./x").err, "");
	e2e_is_str(e2e_run("./x", "-g", "you").err, "hello you\n");
	e2e_is_str(e2e_run("./x", "--greet=you").err, "hello you\n");
	e2e_like(e2e_run("./x", "--help").out, "--greet  *NAME  *say hello to NAME");
	e2e_setenv("E2E_GREET", "all");
	r = e2e_run("./x");
	e2e_is_str(r.err, "hello all\n");
	e2e_is_int(r.status, 0);
}

E2E_TEST(a_fault)
{
	e2e_result r;

	house();
	add("src/proc/proxy.h", "typedef struct e2e_fault {\n", "\tbool shout E2E__UNSET; /* capital letters */\n");
	add("src/proc/proxy.h", "\t\t\treturn true;\n\t\t}\n",
		"\t\tfor (size_t i = 0; w->faulty && f->shout && i < w->planned; i++)\n"
		"\t\t\tif (w->ring[w->head + i] >= 'a' && w->ring[w->head + i] <= 'z')\n"
		"\t\t\t\tw->ring[w->head + i] = (char)(w->ring[w->head + i] - 'a' + 'A');\n");
	add("src/proc/faults.h", "rows[] = {\n", "\t\tE2E__FAULT_ROW(shout, shout, FLAG, true, \" shout\", \"\"),\n");
	text_file("x.c",
		"#include \"e2e_proc.h\"\n"
		"E2E_TEST(a)\n{\n"
		"\te2e_proxy *px = e2e_proxy_to(e2e_printf(\"tcp:127.0.0.1:%d\", e2e_port()));\n"
		"\te2e_proxy_fault(px, E2E_TO_CLIENT, .shout = true);\n"
		"\te2e_fail(\"to see its words\");\n"
		"}\nE2E_MAIN()\n");
	e2e_must(e2e_is_int(e2e_run("cp", e2e_printf("%s/e2e.h", started_in), ".").status, 0));
	build("proc", "e2e_proc.h");

	r = e2e_run("./x");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "to the client: shout\n");
}

E2E_MAIN()
