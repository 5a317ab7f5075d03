#pragma once
#include "buf.h"
#include "memory.h"
#include "secret.h"

/* @implementation */

/* The value of another key for %(key)s; NULL, and *wrong says what was expected. */
typedef const char *e2e__expand_lookup(const char *key, void *arg, const char **wrong);

/* Where a value is read, and what it is copied to. */
struct e2e__expansion {
	const char *p;
	struct e2e__buf *out;
	char quote; /* of the string within a list; 0: outside */
	bool list;
	e2e__expand_lookup *lookup;
	void *arg;
	const char *wrong; /* what was expected; NULL: all is well */
};

/* The environment's text, so that it stays one string in ["..."] whatever it holds. */
E2E__FN void e2e__expand_put(struct e2e__expansion *e, const char *text)
{
	for (; *text; text++) {
		if (e->quote && (*text == e->quote || *text == '\\'))
			e2e__buf_adds(e->out, "\\");
		e2e__buf_add(e->out, e->quote && *text == '\n' ? "\\n" : text,
			e->quote && *text == '\n' ? 2 : 1);
	}
}

/* ${NAME} */
E2E__FN void e2e__expand_environment(struct e2e__expansion *e)
{
	size_t n = strcspn(e->p + 2, "}");
	const char *name = e2e_printf("%.*s", (int)n, e->p + 2), *value = getenv(name);

	if (e->p[2 + n] != '}' || !n)
		e->wrong = "${NAME} with the name of an environment variable; $${ stands for ${";
	else if (!value)
		e->wrong = e2e_printf("the environment variable %s to be set", name);
	if (e->wrong)
		return;
	e2e__secret_named(name, value);
	e2e__expand_put(e, value);
	e->p += n + 3;
}

/* %(key)s */
E2E__FN void e2e__expand_key(struct e2e__expansion *e)
{
	size_t n = strcspn(e->p + 2, ")"), i;
	char *key = e2e_printf("%.*s", (int)n, e->p + 2);
	const char *value;

	if (e->p[2 + n] != ')' || e->p[3 + n] != 's' || !n) {
		e->wrong = "%(key)s with the name of another key; %% stands for %";
		return;
	}
	for (i = 0; i < n; i++)
		if (key[i] >= 'A' && key[i] <= 'Z')
			key[i] = (char)(key[i] - 'A' + 'a');
	value = e->lookup(key, e->arg, &e->wrong);
	if (!value)
		return;
	e2e__buf_adds(e->out, value);
	e->p += n + 4;
}

/* One letter of the value as it is, with an eye on where strings begin and end in a list. */
E2E__FN void e2e__expand_letter(struct e2e__expansion *e)
{
	if (e->quote && *e->p == '\\' && e->p[1])
		e2e__buf_add(e->out, e->p++, 1);
	else if (e->quote && *e->p == e->quote)
		e->quote = 0;
	else if (e->list && !e->quote && (*e->p == '"' || *e->p == '\''))
		e->quote = *e->p;
	e2e__buf_add(e->out, e->p++, 1);
}

/* A value of the config with what its ${NAME}, %(key)s, %% and $${ stand for, for the program's
 * life. NULL: *wrong says what was expected. */
E2E__FN char *e2e__expand(
	const char *raw, e2e__expand_lookup *lookup, void *arg, const char **wrong)
{
	E2E__BUF(b, 512);
	struct e2e__expansion e;
	char *value;

	memset(&e, 0, sizeof e);
	e.p = raw;
	e.out = &b;
	e.lookup = lookup;
	e.arg = arg;
	e.list = *raw == '[' || *raw == '{' || *raw == '(' || *raw == '"' || *raw == '\'';
	while (*e.p && !e.wrong) {
		if (strncmp(e.p, "$${", 3) == 0) {
			e2e__buf_adds(&b, "${");
			e.p += 3;
		} else if (strncmp(e.p, "%%", 2) == 0) {
			e2e__buf_adds(&b, "%");
			e.p += 2;
		} else if (strncmp(e.p, "${", 2) == 0) {
			e2e__expand_environment(&e);
		} else if (strncmp(e.p, "%(", 2) == 0) {
			e2e__expand_key(&e);
		} else if (*e.p == '%') {
			e.wrong = "%% or %(key)s after a %: write %% for a % alone";
		} else {
			e2e__expand_letter(&e);
		}
	}

	e2e__buf_add(&b, "", 1);
	value = e.wrong ? NULL : strdup(b.p);
	e2e__buf_free(&b);
	*wrong = value || e.wrong ? e.wrong : "memory for it";
	return value;
}
