#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"

/* @implementation */

/* Where the test is, and how many points it has made. */
E2E__FN struct e2e__xmpp_place e2e__missed_here(void)
{
	const struct e2e__page *pg = e2e__state.page;
	struct e2e__xmpp_place here;

	here.file = pg->where_ptr;
	here.line = pg->where_line;
	here.depth = pg->depth;
	here.points = pg->level[pg->depth].run;
	return here;
}

/* Notes what was looked for and isn't there. If the next point fails, that's why, as a rule: NULL
 * or false alone doesn't tell what there is instead. */
E2E__FN void e2e__missed_note(const char *text)
{
	if (!e2e__state.page)
		return;
	e2e__xmpp.missed = text;
	e2e__xmpp.missed_at = e2e__missed_here();
}

/* Hook: a point fails. */
E2E__FN const char *e2e__missed_failing(void)
{
	const char *text = e2e__xmpp.missed;
	struct e2e__xmpp_place at = e2e__xmpp.missed_at, here;

	if (!text)
		return NULL;
	here = e2e__missed_here();
	e2e__xmpp.missed = NULL;
	return at.file == here.file && at.line == here.line && at.depth == here.depth &&
			at.points == here.points
		? text
		: NULL;
}

/* Adds a name that isn't there yet. */
E2E__FN void e2e__missed_add(struct e2e__strings *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->at[i], name) == 0)
			return;
	e2e__memory_push(names, name);
}

/* "; did you mean b?": a slip of the fingers; "" where no name is that near. */
E2E__FN const char *e2e__missed_near(const char *name, const struct e2e__strings *names)
{
	const char *near = names->n ? e2e__config_nearest(name, names->at, 2) : NULL;

	return near ? e2e_printf("; did you mean %s?", near) : "";
}

/* The same, or all that there is instead: "; there's a, b". */
E2E__FN const char *e2e__missed_but(const char *name, const struct e2e__strings *names)
{
	enum { SHOWN = 8 };
	const char *text = e2e__missed_near(name, names);

	if (*text || !names->n)
		return names->n ? text : "; there's none";
	for (size_t i = 0; i < names->n && i < SHOWN; i++)
		text = e2e_printf("%s%s%s", text, i ? ", " : "; there's ", names->at[i]);
	return names->n > SHOWN ? e2e_printf("%s and %zu more", text, names->n - SHOWN) : text;
}
