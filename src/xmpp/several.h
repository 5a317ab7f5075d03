#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"
#include "libstrophe.h"
#include "loop.h"
#include "xml.h"
#include "connect.h"
#include "match.h"
#include "clear.h"

/* @manual Several stanzas at once
 *	e2e_expect_all(c, 2, ((e2e_match[]){{.kind = E2E_PRESENCE, .from = room}, {.kind =
 *	E2E_MESSAGE, .child = "subject"}})) waits for them in any order, a stanza for each; what
 *	general ones could take is left to those that fit nothing else. e2e_drop_stanzas(c) forgets
 *	what came so far, so that e2e_no_stanza(c, 0.2) and e2e_stanzas_left(c) begin anew.
 */

/* @interface */

/* e2e_expect_all(client, n, matches): n stanzas, one for each of the e2e_match[n], whatever their
 * order; the limit is the longest .within of them, default e2e_xmpp_timeout's. Returns them in the
 * order of the matches, in an array that is valid until the end of the case. Fails and ends the
 * case if one is missing, and names those that are; nothing is taken then. */
#define e2e_expect_all(client, n, ...) e2e__several_expect(E2E__AT, client, n, __VA_ARGS__)
/* Forgets all that came and nobody took, and all that the server sent before it answers a ping.
 * Requests are refused nevertheless. Returns how many there were. */
#define e2e_drop_stanzas(client) e2e__several_drop(E2E__AT, client)

E2E__FN e2e_stanza *const *e2e__several_expect(
	const char *file, int line, e2e_client *c, size_t n, const e2e_match *matches);
E2E__FN size_t e2e__several_drop(const char *file, int line, e2e_client *c);

/* @implementation */

/* Which stanza of the inbox is whose: a matching of two sets, made larger along paths of pairs that
 * can be exchanged. */
struct e2e__several {
	struct e2e__xmpp_own *own;
	const e2e_match *match;
	size_t n, nfound;
	size_t *owner; /* by place in the inbox: number of the match + 1, 0: nobody's */
	bool *fits, *visited;
};

/* Finds a stanza for this match; another match may have to take another one for it. */
E2E__FN bool e2e__several_place(struct e2e__several *a, size_t match)
{
	size_t ninbox = a->own->ninbox;

	for (size_t i = 0; i < ninbox; i++) {
		if (!a->fits[match * ninbox + i] || a->visited[i])
			continue;
		a->visited[i] = true;
		if (!a->owner[i] || e2e__several_place(a, a->owner[i] - 1)) {
			a->owner[i] = match + 1;
			return true;
		}
	}
	return false;
}

/* Looks at all of the inbox. True: there's a stanza for each. */
E2E__FN bool e2e__several_assign(struct e2e__several *a)
{
	size_t ninbox = a->own->ninbox;

	a->owner = (size_t *)e2e__memory_alloc((ninbox + 1) * sizeof *a->owner);
	a->fits = (bool *)e2e__memory_alloc(a->n * ninbox + 1);
	a->visited = (bool *)e2e__memory_alloc(ninbox + 1);
	a->nfound = 0;
	memset(a->owner, 0, (ninbox + 1) * sizeof *a->owner);
	for (size_t m = 0; m < a->n; m++)
		for (size_t i = 0; i < ninbox; i++)
			a->fits[m * ninbox + i] =
				e2e__match_fits(a->own, a->own->inbox[i], a->match + m);
	for (size_t m = 0; m < a->n; m++) {
		memset(a->visited, 0, ninbox + 1);
		a->nfound += e2e__several_place(a, m);
	}
	return a->nfound == a->n;
}

/* Takes what was assigned. */
E2E__FN e2e_stanza **e2e__several_take(struct e2e__several *a)
{
	e2e_stanza **found = (e2e_stanza **)e2e__memory_alloc((a->n + 1) * sizeof *found);
	struct e2e__xmpp_own *o = a->own;
	size_t kept = 0;

	found[a->n] = NULL;
	for (size_t i = 0; i < o->ninbox; i++) {
		e2e_stanza *stanza = o->inbox[i];

		if (!a->owner[i]) {
			o->inbox[kept++] = stanza;
			continue;
		}
		e2e__match_taken(o, stanza);
		found[a->owner[i] - 1] = e2e__op_keep(stanza);
	}
	o->ninbox = kept;
	return found;
}

/* Has this match got no stanza? */
E2E__FN bool e2e__several_misses(const struct e2e__several *a, size_t match)
{
	for (size_t i = 0; i < a->own->ninbox; i++)
		if (a->owner[i] == match + 1)
			return false;
	return true;
}

/* The matches without a stanza, in words, a line each. */
E2E__FN const char *e2e__several_missing(const struct e2e__several *a)
{
	const char *text = "";

	for (size_t m = 0; m < a->n; m++)
		if (e2e__several_misses(a, m))
			text = e2e_printf(
				"%s%s%s", text, *text ? "\n" : "", e2e__match_wanted(a->match + m));
	return text;
}

/* Another client that got one of those; NULL: none. */
E2E__FN const char *e2e__several_elsewhere(const struct e2e__several *a)
{
	const char *text = NULL;

	for (size_t m = 0; m < a->n && !text; m++)
		if (e2e__several_misses(a, m))
			text = e2e__match_elsewhere(a->own->self, a->match + m);
	return text;
}

/* What came, is nobody's, and fits one of those but for one condition; NULL: nothing. */
E2E__FN const char *e2e__several_but_for(const struct e2e__several *a)
{
	struct e2e__xmpp_own left = *a->own;
	const char *text = NULL;
	size_t nth = 0;

	left.ninbox = 0;
	left.inbox = (e2e_stanza **)e2e__memory_alloc((a->own->ninbox + 1) * sizeof *left.inbox);
	for (size_t i = 0; i < a->own->ninbox; i++)
		if (!a->owner[i])
			left.inbox[left.ninbox++] = a->own->inbox[i];
	for (; nth < a->n && !text; nth++)
		if (e2e__several_misses(a, nth))
			text = e2e__match_but_for(&left, a->match + nth);
	if (!text || a->n - a->nfound == 1)
		return text;
	return e2e_printf("%s: %s", e2e__match_wanted(a->match + nth - 1), text);
}

E2E__FN void e2e__several_die(const char *file, int line, e2e_client *c,
	const struct e2e__several *a, double seconds) __attribute__((noreturn));
E2E__FN void e2e__several_die(
	const char *file, int line, e2e_client *c, const struct e2e__several *a, double seconds)
{
	e2e_failure f = e2e__system_failure("timeout", NULL, NULL);
	const char *inbox = e2e__match_inbox(a->own), *down = e2e__connect_loss(c);

	f.want = e2e__several_missing(a);
	f.got = inbox ? inbox : "nothing";
	if (c->own->phase == E2E__PHASE_UP) {
		f.message = e2e_printf("%s got %zu of %zu stanzas within %g s; the rest is missing",
			c->name, a->nfound, a->n, seconds);
	} else {
		f.code = "disconnected";
		f.message =
			e2e_printf("%s had got %zu of %zu stanzas when it lost its connection: %s",
				c->name, a->nfound, a->n, down ? down : "it never was connected");
	}
	f.hint = e2e__several_elsewhere(a);
	if (!f.hint)
		f.hint = e2e__connect_losses(f.message);
	if (!f.hint)
		f.hint = e2e__several_but_for(a);
	e2e__op_die(file, line, "e2e_expect_all", &f);
}

E2E__FN e2e_stanza *const *e2e__several_expect(
	const char *file, int line, e2e_client *c, size_t n, const e2e_match *matches)
{
	struct e2e__several a;
	double seconds = 0, until;
	e2e_stanza **found;
	size_t seen;

	e2e__op_enter_at(file, line);
	e2e__loop_not_inside(file, line, "e2e_expect_all");
	e2e__op_need_client(file, line, c, "e2e_expect_all");
	if (n && !matches)
		e2e__op_die_of(
			file, line, "e2e_expect_all", "usage", "the list of matches is NULL", NULL);
	memset(&a, 0, sizeof a);
	a.own = c->own;
	a.match = matches;
	a.n = n;
	for (size_t m = 0; m < n; m++) {
		e2e__match_check(file, line, "e2e_expect_all", matches + m);
		if (matches[m].within > seconds)
			seconds = matches[m].within;
	}

	seconds = seconds > 0 ? e2e__clock_scaled(seconds) : e2e__loop_step();
	until = e2e_now() + seconds;
	c->own->awaited = true;
	e2e__op_doing("%zu stanzas, to come to %s", n, c->name);
	while (seen = c->own->ninbox, !e2e__several_assign(&a)) {
		do {
			if (c->own->phase != E2E__PHASE_UP || e2e_now() >= until)
				e2e__several_die(file, line, c, &a, seconds);
			e2e__loop_pump(until);
		} while (c->own->ninbox == seen);
	}

	c->own->awaited = false;
	found = e2e__several_take(&a);
	e2e__op_leave();
	return found;
}

/* Waits until the server has sent all that it had to when it reads this. */
E2E__FN void e2e__several_sync(e2e_client *c)
{
	e2e__xmpp.task = "a ping before stanzas are dropped";
	e2e__clear_ask(c, "get", NULL, "<ping xmlns='urn:xmpp:ping'/>");
	e2e__xmpp.task = NULL;
	e2e__transcript_own_words_over();
}

E2E__FN size_t e2e__several_drop(const char *file, int line, e2e_client *c)
{
	struct e2e__xmpp_own *o;
	size_t n;

	e2e__op_enter_at(file, line);
	e2e__loop_not_inside(file, line, "e2e_drop_stanzas");
	e2e__op_need_client(file, line, c, "e2e_drop_stanzas");
	o = c->own;
	if (o->phase == E2E__PHASE_UP)
		e2e__several_sync(c);
	n = e2e__loop_left(o);
	for (size_t i = 0; i < o->ninbox; i++)
		e2e__op_keep(o->inbox[i]);
	o->ninbox = 0;
	e2e__op_leave();
	return n;
}
