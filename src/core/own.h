#pragma once
#include "base.h"
#include "state.h"
#include "doors.h"
#include "options.h"

/* @manual Options of your own
 *	E2E_OPTION(level, "--level", "N", "how hard to try")
 *
 *	E2E_TEST(packs)
 *	{
 *		int level = e2e_option_level() ? atoi(e2e_option_level()) : 6;
 *		...
 *	}
 *	`./x.t --level 9`, or E2E_OPT_LEVEL=9 where there is no command line: in a script, and under
 *	prove, which passes the environment on (`prove x.t :: --level 9` does, too). --help shows
 *	the option, and `repeat` has it if it was given. Like e2e's own variables this one is taken
 *	out of the environment.
 */

/* @interface */

/* Defines an option of the program, at the top of a file, without a semicolon:
 * E2E_OPTION(id, "--name", "ARG", "what --help says"). ARG is what --help calls its value; NULL: it
 * has none. The variable is E2E_OPT_ and the id in capitals. e2e_option_ID() is what was given, the
 * last one of several, "1" for an option without value, NULL if it wasn't given; valid to the
 * program's end. The same line in two files of one program is one option. A name that e2e has
 * itself, or that doesn't begin with "--", ends the program with 99. */
#define E2E_OPTION(id, name, arg, help) \
	static void e2e__register_option_##id(void) __attribute__((constructor)); \
	static void e2e__register_option_##id(void) \
	{ \
		static char env[] = "E2E_OPT_" #id; \
		static struct e2e__option self; \
		e2e__own_add(&self, name, env, arg, help); \
	} \
	static inline __attribute__((unused)) const char *e2e_option_##id(void) \
	{ \
		return e2e__own_value(name); \
	}

E2E__FN void e2e__own_add(
	struct e2e__option *option, const char *name, char *env, const char *arg, const char *help);
E2E__FN const char *e2e__own_value(const char *name);

/* @implementation */

E2E__FN void e2e__own_add(
	struct e2e__option *option, const char *name, char *env, const char *arg, const char *help)
{
	const struct e2e__option *o;
	char *p;

	for (p = env; *p; p++)
		if (*p >= 'a' && *p <= 'z') /* not toupper: the locale is nobody's concern here */
			*p = (char)(*p - 'a' + 'A');
	for (o = e2e__state.options; o; o = o->next)
		if (strcmp(o->name, name) == 0 && strcmp(o->env, env) == 0)
			return; /* of another file, or by a constructor that ran again */

	option->name = name;
	option->env = env;
	option->arg = arg;
	option->help = help;
	e2e__option_add(option);
}

E2E__FN const char *e2e__own_value(const char *name)
{
	const struct e2e__option *o;

	e2e__script_begin(); /* which reads the environment */
	for (o = e2e__state.options; o && strcmp(o->name, name) != 0; o = o->next)
		;
	return o ? o->value : NULL;
}

/* Before the command line is read: names that can't be told apart. */
E2E__FN void e2e__own_check(void)
{
	const struct e2e__optdef *d = e2e__option_optdefs();
	const struct e2e__option *o, *other;
	int i;

	for (o = e2e__state.options; o; o = o->next) {
		if (strncmp(o->name, "--", 2) != 0 || !o->name[2] || strpbrk(o->name, "= \t\n"))
			e2e__exit_fatal("E2E_OPTION %s: expected a name like \"--level\"", o->name);
		for (i = 0; i < E2E__OPTS; i++)
			if (strcmp(d[i].name, o->name) == 0)
				e2e__exit_fatal("E2E_OPTION %s: e2e has this option itself: "
						"expected another name",
					o->name);
		for (other = o->next; other; other = other->next)
			if (strcmp(other->name, o->name) == 0 || strcmp(other->env, o->env) == 0)
				e2e__exit_fatal(
					"E2E_OPTION %s, in the environment %s: there is %s, in the "
					"environment %s, already: expected one of each name",
					other->name, other->env, o->name, o->env);
	}
}
