#pragma once
#include "base.h"
#include "state.h"

/* @manual Cases and fixtures
 *	E2E_TEST(name) {}                   a case; the name is an identifier (and no macro: `linux`
 *	                                    is one with -std=gnu99)
 *	E2E_TEST(name, .timeout = 2) {}     its limit in seconds
 *	E2E_TEST(name, .tags = "net slow")  for -t
 *	E2E_TEST(name, .todo = "why")       is known to fail
 *	E2E_TEST(name, .fork = 0)           runs in the program's own process, for what can't be
 *	                                    forked
 *	E2E_TEST(name, .spec = "RFC 6121 5, XEP-0045 7.2")
 *	                                    what it proves, clauses between commas
 *	E2E_SETUP() {}                      before each case; E2E_TEARDOWN() {} after each whose
 *	                                    set-up ended
 *	E2E_SUITE_SETUP() {}                before the first case; E2E_SUITE_TEARDOWN() {} after the
 *	                                    last
 *	Cases run in the order of definition, each in a child process of its own: a crash, exit(), a
 *	corrupted heap, a changed environment and leaked descriptors stay there. A case fails when
 *	an assertion fails, when it crashes or exits, makes no assertion, runs out of time or leaves
 *	a process behind. If the suite's set-up fails, each case is skipped with the cause and the
 *	program fails.
 *	e2e_subtest("row %d", i) { ... }    assertions in a group of their own; nests; break and
 *	                                    return leave it
 *	Options after the name need C99 or C++20, there in this order: timeout, tags, todo, fork,
 *	spec. The clauses of .spec are in each point of the case (`spec:`, also where it passed or
 *	was skipped) and so in JUnit; `prove --specs` prints for each how many passed, failed and
 *	were skipped. --spec "XEP-0045 7, RFC 6121" runs those that prove one of them or a part of
 *	it (7.2), --no-spec all others.
 */

/* @interface */

/* What may follow a case's name. Zero means the default. */
#if defined __cplusplus && __cplusplus >= 201402L
#define E2E__UNSET = {} /* g++ -Wextra wants all members named otherwise */
#else
#define E2E__UNSET
#endif
struct e2e_case_options {
	double timeout E2E__UNSET;   /* seconds; default --timeout, else 60 */
	const char *tags E2E__UNSET; /* words, separated by blanks */
	const char *todo E2E__UNSET; /* why it is known to fail */
	int fork E2E__UNSET;         /* 0: in the program's own process; default 1 */
	const char *spec E2E__UNSET; /* the clauses that it proves, between commas */
	int zero E2E__UNSET;         /* closes the list; leave it alone */
};

/* Defines a case: E2E_TEST(name [, options]) { body }. */
#ifdef __cplusplus
#define E2E_TEST(...) E2E__TEST(__VA_ARGS__, )
#define E2E__TEST(name, ...) E2E__CASE(name, (void)0, #__VA_ARGS__, {__VA_ARGS__})
#else
#define E2E_TEST(...) E2E__TEST(__VA_ARGS__, .zero = 0)
#define E2E__TEST(name, ...) E2E__CASE(name, (void)0, #__VA_ARGS__, {__VA_ARGS__})
#endif
/* tables: statements that give the case its rows, see each.h. */
#define E2E__CASE(name, tables, text, ...) \
	static void e2e_case_##name(void); \
	static void e2e__register_case_##name(void) __attribute__((constructor)); \
	static void e2e__register_case_##name(void) \
	{ \
		static const struct e2e_case_options options = __VA_ARGS__; \
		static struct e2e__case self; \
		tables; \
		e2e__case_add(&self, #name, E2E__AT, &options, text, e2e_case_##name); \
	} \
	static void e2e_case_##name(void)

/* Functions around each case and around all of them; one of each a source file, for the cases of
 * all files. */
#define E2E_SETUP() E2E__FIXTURE(setup, 0)
#define E2E_TEARDOWN() E2E__FIXTURE(teardown, 1)
#define E2E_SUITE_SETUP() E2E__FIXTURE(suite_setup, 2)
#define E2E_SUITE_TEARDOWN() E2E__FIXTURE(suite_teardown, 3)
#define E2E__FIXTURE(name, kind) \
	static void e2e_##name(void); \
	static void e2e__register_fixture_##name(void) __attribute__((constructor)); \
	static void e2e__register_fixture_##name(void) \
	{ \
		static struct e2e__fixture self; \
		e2e__case_add_fixture(&self, kind, E2E__AT, e2e_##name); \
	} \
	static void e2e_##name(void)

/* Name of the program, and of the case ("" in a script). */
E2E__FN const char *e2e__case_program(void);
E2E__FN const char *e2e__case_name(void);

/* An array: all of it for a case that is yet to be made one for each element; then the element. */
struct e2e__table {
	const char *at;
	size_t size, n; /* of an element; how many */
};

struct e2e__case {
	const char *name, *file;
	int line, fork;
	struct e2e_case_options o;
	void (*run)(void);
	struct e2e__case *next;
	bool chosen, passed_over;   /* passed_over: it stands before --from's */
	struct e2e__table table[2]; /* rows, columns */
};

struct e2e__fixture {
	void (*run)(void);
	const char *file;
	int line;
	struct e2e__fixture *next;
};

E2E__FN void e2e__case_add(struct e2e__case *c, const char *name, const char *file, int line,
	const struct e2e_case_options *o, const char *text, void (*run)(void));
E2E__FN void e2e__case_add_fixture(
	struct e2e__fixture *f, int kind, const char *file, int line, void (*run)(void));

/* @implementation */

E2E__FN const char *e2e__case_program(void)
{
	return e2e__state.program ? e2e__state.program : "test";
}

E2E__FN const char *e2e__case_name(void)
{
	return e2e__state.in_suite ? "suite" : e2e__state.current ? e2e__state.current->name : "";
}

/* Does the options' text name .fork, outside of strings? */
E2E__FN bool e2e__case_names_fork(const char *text)
{
	for (; *text; text++) {
		if (*text == '"')
			for (text++; *text && *text != '"'; text++)
				text += *text == '\\' && text[1];
		if (strncmp(text, ".fork", 5) == 0 && strchr(" =", text[5]))
			return true;
		if (!*text)
			break;
	}
	return false;
}

E2E__FN void e2e__case_add(struct e2e__case *c, const char *name, const char *file, int line,
	const struct e2e_case_options *o, const char *text, void (*run)(void))
{
	struct e2e__case **end = &e2e__state.cases;

	while (*end && *end != c)
		end = &(*end)->next;
	if (*end)
		return; /* once more, by a constructor that ran again */
	c->name = name;
	c->file = file;
	c->line = line;
	c->o = *o;
	c->fork = e2e__case_names_fork(text) ? o->fork : 1;
	c->run = run;
	*end = c;
}

/* How many more cases of one file stand behind a case of a lower line than the other way round. */
E2E__FN int e2e__case_rising(void)
{
	struct e2e__case *c;
	int rising = 0;

	for (c = e2e__state.cases; c && c->next; c = c->next)
		if (strcmp(c->file, c->next->file) == 0)
			rising += (c->next->line > c->line) - (c->next->line < c->line);
	return rising;
}

/* gcc -flto calls the constructors last to first, whole program. */
E2E__FN void e2e__case_order(void)
{
	struct e2e__case *c = e2e__state.cases, *next, *turned = NULL;
	struct e2e__fixture *f, *after, *back;
	int kind;

	if (e2e__case_rising() >= 0)
		return;
	for (; c; c = next) {
		next = c->next;
		c->next = turned;
		turned = c;
	}

	e2e__state.cases = turned;
	for (kind = 0; kind < 4; kind++) {
		for (f = e2e__state.fixtures[kind], back = NULL; f; f = after) {
			after = f->next;
			f->next = back;
			back = f;
		}
		e2e__state.fixtures[kind] = back;
	}
}

E2E__FN void e2e__case_add_fixture(
	struct e2e__fixture *f, int kind, const char *file, int line, void (*run)(void))
{
	struct e2e__fixture **end = &e2e__state.fixtures[kind];

	f->run = run;
	f->file = file;
	f->line = line;

	/* Set-ups in the order of definition, tear-downs in reverse. */
	while (*end && kind % 2 == 0)
		end = &(*end)->next;
	f->next = *end;
	*end = f;
}
