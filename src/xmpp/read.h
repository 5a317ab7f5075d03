#pragma once
#include "base.h"
#include "ops.h"
#include "missed.h"
#include "libstrophe.h"
#include "xml.h"

/* @manual Reading stanzas
 *	e2e_get(stanza, "x{http://jabber.org/protocol/muc#user}/item@role") returns the text of an
 *	attribute, or without @ of an element; NULL where there is none. A path is names from the
 *	stanza's children downwards, separated by /. Each step may be followed by {namespace}, by
 *	[attribute=value] and by [2], the second of those that fit; * is any name. "@type" is an
 *	attribute of the stanza itself. The first place that has all of the path counts:
 *	e2e_get(reply, "query/item[jid=romeo@example]@subscription"). e2e_count(stanza,
 *	"pubsub/items/item") counts places. The same paths are in .path of a match:
 *	e2e_expect_presence(c, .path = "x/status@code", .matches = "^307$"). Where nothing is found and
 *	the next assertion fails, its hint says how far the path leads and what is there instead;
 *	so it is with e2e_form_field, e2e_disco, e2e_entity_is and the like.
 */

/* @interface */

/* What stands at the path (see "Reading stanzas"): an attribute's value, or the text of an element,
 * "" if it has none. NULL if there is no such place, or no stanza. Valid until the end of the case.
 * A path that isn't one ends the case (usage). */
#define e2e_get(stanza, path) e2e__read_get(E2E__AT, stanza, path)
/* How many places fit the path. */
#define e2e_count(stanza, path) e2e__read_count(E2E__AT, stanza, path)
/* Adds a copy of `child` behind the children of the element at the path ("": of the stanza itself)
 * and returns the stanza: e2e_put(e2e_xml(c, "<iq type='set'><query xmlns='urn:x'/></iq>"), "query",
 * e2e_form_submit(c, "urn:x", "colour=red")). Ends the case if there is no such element. */
#define e2e_put(stanza, path, child) e2e__read_put(E2E__AT, stanza, path, child)

E2E__FN const char *e2e__read_get(const char *file, int line, e2e_stanza *stanza, const char *path);
E2E__FN size_t e2e__read_count(const char *file, int line, e2e_stanza *stanza, const char *path);
E2E__FN e2e_stanza *e2e__read_put(
	const char *file, int line, e2e_stanza *stanza, const char *path, e2e_stanza *child);

/* @implementation */

#define E2E__READ_HINT \
	"a path is name{namespace}[attribute=value][number]/.../name@attribute; all but names may " \
	"be left out"

/* One [attribute=value] of a step; both are parts of the path. */
struct e2e__read_filter {
	const char *name, *value;
	size_t name_size, value_size;
};

/* One step of a path. */
struct e2e__read_step {
	const char *name, *ns;           /* ns NULL: any */
	size_t name_size, ns_size, size; /* size: of all of it, from the name on */
	struct e2e__read_filter filter[4];
	size_t nfilters;
	unsigned long number; /* 0: any */
};

/* What is looked for, and what is to be done with the places that fit. */
struct e2e__read_quest {
	struct e2e__read_step step[16];
	size_t nsteps;
	const char *attribute; /* NULL: the element itself */
	/* returns true to end the search */
	bool (*found)(struct e2e__read_quest *search, xmpp_stanza_t *place, const char *text);
	size_t n;
	const char *text, *ere;
	xmpp_stanza_t *place;
	regex_t re;
};

/* Reads [attribute=value], [@attribute='value'] or [number] at `p`. Returns what is behind it;
 * NULL: it's none of them. */
E2E__FN const char *e2e__read_parse_filter(struct e2e__read_step *step, const char *p)
{
	struct e2e__read_filter *f = step->filter + step->nfilters;
	char quote, *end;
	const char *stop;

	p++;
	if (isdigit((unsigned char)*p)) {
		step->number = strtoul(p, &end, 10);
		return *end == ']' && step->number ? end + 1 : NULL;
	}
	if (step->nfilters == sizeof step->filter / sizeof *step->filter)
		return NULL;
	p += *p == '@';
	f->name = p;
	f->name_size = strcspn(p, "=]/{}@");
	p += f->name_size;
	if (!f->name_size || *p++ != '=')
		return NULL;
	quote = *p == '"' || *p == '\'' ? *p++ : ']';
	stop = strchr(p, quote);
	if (!stop)
		return NULL;
	f->value = p;
	f->value_size = (size_t)(stop - p);
	stop += quote != ']';
	step->nfilters++;
	return *stop == ']' ? stop + 1 : NULL;
}

/* Reads one step at `p`. Returns what is behind it; NULL: it's none. */
E2E__FN const char *e2e__read_parse_step(struct e2e__read_step *step, const char *p)
{
	const char *end;

	step->name = p;
	step->name_size = strcspn(p, "{}[]/@=");
	p += step->name_size;
	if (!step->name_size)
		return NULL;
	if (*p == '{') {
		end = strchr(p, '}');
		if (!end)
			return NULL;
		step->ns = p + 1;
		step->ns_size = (size_t)(end - p - 1);
		p = end + 1;
	}
	while (p && *p == '[')
		p = e2e__read_parse_filter(step, p);
	step->size = p ? (size_t)(p - step->name) : 0;
	return p;
}

/* Reads a path. False: it isn't one. */
E2E__FN bool e2e__read_parse(struct e2e__read_quest *search, const char *path)
{
	const char *p = path;

	memset(search, 0, sizeof *search);
	while (p && *p && *p != '@') {
		if (search->nsteps == sizeof search->step / sizeof *search->step)
			return false;
		p = e2e__read_parse_step(search->step + search->nsteps++, p);
		if (!p || !*p || *p == '@')
			break;
		if (*p != '/' || !p[1] || p[1] == '@')
			return false;
		p++;
	}
	if (!p || (*p == '@' && (!p[1] || strpbrk(p + 1, "@/{}[]"))))
		return false;
	search->attribute = *p == '@' ? p + 1 : NULL;
	return true;
}

E2E__FN bool e2e__read_is(const char *text, const char *part, size_t size)
{
	return text && strlen(text) == size && memcmp(text, part, size) == 0;
}

/* The namespace of an element within one of `outer`. */
E2E__FN const char *e2e__read_ns(xmpp_stanza_t *element, const char *outer)
{
	const char *ns = xmpp_stanza_get_ns(element);

	return ns ? ns : outer;
}

/* Does an element of this namespace fit the step, its number left aside? */
E2E__FN bool e2e__read_fits(
	const struct e2e__read_step *step, xmpp_stanza_t *element, const char *ns)
{
	if (!xmpp_stanza_is_tag(element) ||
		(!(step->name_size == 1 && *step->name == '*') &&
			!e2e__read_is(
				xmpp_stanza_get_name(element), step->name, step->name_size)) ||
		(step->ns && !e2e__read_is(ns, step->ns, step->ns_size)))
		return false;
	for (size_t i = 0; i < step->nfilters; i++) {
		const struct e2e__read_filter *f = step->filter + i;
		const char *name = e2e_printf("%.*s", (int)f->name_size, f->name);

		if (!e2e__read_is(
			    xmpp_stanza_get_attribute(element, name), f->value, f->value_size))
			return false;
	}
	return true;
}

/* The text of an element, without that of elements in it. Valid until the end of the case. */
E2E__FN const char *e2e__read_text(xmpp_stanza_t *element)
{
	E2E__BUF(b, 256);

	for (xmpp_stanza_t *c = xmpp_stanza_get_children(element); c; c = xmpp_stanza_get_next(c))
		if (xmpp_stanza_is_text(c) && xmpp_stanza_get_text_ptr(c))
			e2e__buf_adds(&b, xmpp_stanza_get_text_ptr(c));
	e2e__buf_add(&b, "", 1);
	return e2e__memory_taken(&b);
}

/* Goes through all places that fit the steps from this one on. True: the search is over. */
E2E__FN bool e2e__read_walk(
	struct e2e__read_quest *search, size_t at, xmpp_stanza_t *element, const char *ns)
{
	const struct e2e__read_step *step = search->step + at;
	unsigned long number = 0;
	const char *text;

	if (at == search->nsteps) {
		text = search->attribute ? xmpp_stanza_get_attribute(element, search->attribute)
					 : e2e__read_text(element);
		return text && search->found(search, element, text);
	}

	for (xmpp_stanza_t *c = xmpp_stanza_get_children(element); c; c = xmpp_stanza_get_next(c)) {
		const char *inner = xmpp_stanza_is_tag(c) ? e2e__read_ns(c, ns) : NULL;

		if (!e2e__read_fits(step, c, inner) || (step->number && ++number != step->number))
			continue;
		if (e2e__read_walk(search, at + 1, c, inner))
			return true;
	}
	return false;
}

E2E__FN bool e2e__read_search(struct e2e__read_quest *search, e2e_stanza *stanza)
{
	return stanza && e2e__read_walk(search, 0, stanza, e2e__read_ns(stanza, "jabber:client"));
}

/* Ends the case unless it's a path. */
E2E__FN void e2e__read_need(const char *file, int line, const char *name, const char *path,
	struct e2e__read_quest *search)
{
	if (!path || !e2e__read_parse(search, path))
		e2e__op_die_of(file, line, name, "usage",
			e2e_printf("%s is no path", e2e_quoted(path)), E2E__READ_HINT);
}

E2E__FN bool e2e__read_first(struct e2e__read_quest *search, xmpp_stanza_t *place, const char *text)
{
	search->place = place;
	search->text = text;
	return true;
}

E2E__FN bool e2e__read_counted(
	struct e2e__read_quest *search, xmpp_stanza_t *place, const char *text)
{
	(void)place;
	(void)text;
	search->n++;
	return false;
}

E2E__FN bool e2e__read_like(struct e2e__read_quest *search, xmpp_stanza_t *place, const char *text)
{
	(void)place;
	return regexec(&search->re, text, 0, NULL, 0) == 0;
}

/* Has the stanza a place of this path, with a text that matches (NULL: any)? Both have been looked
 * at before. */
E2E__FN bool e2e__read_matches(e2e_stanza *stanza, const char *path, const char *ere)
{
	struct e2e__read_quest search;
	bool fits;

	if (!e2e__read_parse(&search, path))
		return false;
	search.found = ere ? e2e__read_like : e2e__read_first;
	if (ere && regcomp(&search.re, ere, REG_EXTENDED | REG_NOSUB))
		return false;
	fits = e2e__read_search(&search, stanza);
	if (ere)
		regfree(&search.re);
	return fits;
}

/* The attributes of an element. */
E2E__FN struct e2e__strings e2e__read_attributes(xmpp_stanza_t *element)
{
	struct e2e__strings names = {NULL, 0, 0};
	const char *pairs[64];
	int n = xmpp_stanza_get_attributes(element, pairs, 64);

	for (int i = 0; i + 1 < n; i += 2)
		if (strcmp(pairs[i], "xmlns") != 0)
			e2e__missed_add(&names, pairs[i]);
	return names;
}

/* Its child elements, as steps of a path. */
E2E__FN struct e2e__strings e2e__read_children(xmpp_stanza_t *element)
{
	struct e2e__strings names = {NULL, 0, 0};

	for (xmpp_stanza_t *c = xmpp_stanza_get_children(element); c; c = xmpp_stanza_get_next(c)) {
		const char *ns = xmpp_stanza_is_tag(c) ? xmpp_stanza_get_ns(c) : NULL;

		if (xmpp_stanza_is_tag(c))
			e2e__missed_add(&names,
				e2e_printf(ns ? "%s{%s}" : "%s", xmpp_stanza_get_name(c), ns));
	}
	return names;
}

/* How far into the stanza the path leads, and what is there instead; name: who looked. */
E2E__FN const char *e2e__read_missed(
	const char *name, const char *path, struct e2e__read_quest search, e2e_stanza *stanza)
{
	const char *attribute = search.attribute, *step;
	size_t whole = search.nsteps;
	struct e2e__strings names;

	search.found = e2e__read_first;
	search.attribute = NULL;
	search.place = NULL;
	while (stanza && !e2e__read_search(&search, stanza) && search.nsteps)
		search.nsteps--;
	if (!search.place)
		return e2e_printf("%s(NULL, %s): there's no stanza", name, e2e_quoted(path));
	if (search.nsteps == whole) {
		names = e2e__read_attributes(search.place);
		step = e2e_printf("@%s", attribute ? attribute : "");
	} else {
		names = e2e__read_children(search.place);
		step = e2e_printf("%.*s", (int)search.step[search.nsteps].size,
			search.step[search.nsteps].name);
	}
	return e2e_printf("%s: <%s> has no %s%s", name, xmpp_stanza_get_name(search.place), step,
		e2e__missed_but(step + (*step == '@'), &names));
}

/* The same for a path of a match; NULL: it leads somewhere. */
E2E__FN const char *e2e__read_missed_path(const char *path, e2e_stanza *stanza)
{
	struct e2e__read_quest search;

	if (!e2e__read_parse(&search, path) || e2e__read_matches(stanza, path, NULL))
		return NULL;
	return e2e__read_missed(".path", path, search, stanza);
}

/* e2e_get for rooms: the place of the test stays what it is. */
E2E__FN const char *e2e__read_peek(e2e_stanza *stanza, const char *path)
{
	struct e2e__read_quest search;

	e2e__read_need(e2e__xmpp.file, e2e__xmpp.line, "e2e_get", path, &search);
	search.found = e2e__read_first;
	e2e__read_search(&search, stanza);
	return search.text ? e2e__memory_strdup(search.text) : NULL;
}

/* e2e_get for what the test has called: `name`. */
E2E__FN const char *e2e__read_get_of(
	const char *file, int line, const char *name, e2e_stanza *stanza, const char *path)
{
	struct e2e__read_quest search;

	e2e__op_enter_at(file, line);
	e2e__read_need(file, line, name, path, &search);
	search.found = e2e__read_first;
	e2e__read_search(&search, stanza);
	if (!search.text)
		e2e__missed_note(e2e__read_missed(name, path, search, stanza));
	e2e__op_leave();
	return search.text ? e2e__memory_strdup(search.text) : NULL;
}

E2E__FN const char *e2e__read_get(const char *file, int line, e2e_stanza *stanza, const char *path)
{
	return e2e__read_get_of(file, line, "e2e_get", stanza, path);
}

E2E__FN size_t e2e__read_count(const char *file, int line, e2e_stanza *stanza, const char *path)
{
	struct e2e__read_quest search;

	e2e__op_enter_at(file, line);
	e2e__read_need(file, line, "e2e_count", path, &search);
	search.found = e2e__read_counted;
	e2e__read_search(&search, stanza);
	if (!search.n)
		e2e__missed_note(e2e__read_missed("e2e_count", path, search, stanza));
	e2e__op_leave();
	return search.n;
}

E2E__FN e2e_stanza *e2e__read_put(
	const char *file, int line, e2e_stanza *stanza, const char *path, e2e_stanza *child)
{
	struct e2e__read_quest search;
	e2e_failure f = e2e__system_failure("not-found", NULL, NULL);

	e2e__op_enter_at(file, line);
	e2e__read_need(file, line, "e2e_put", path, &search);
	if (!stanza || !child)
		e2e__op_die_of(file, line, "e2e_put", "usage",
			stanza ? "the child that is to be put into the stanza is NULL"
			       : "the stanza that something is to be put into is NULL",
			NULL);
	search.found = e2e__read_first;
	if (search.attribute || !e2e__read_search(&search, stanza)) {
		f.message =
			e2e_printf("there's no element %s to put something into", e2e_quoted(path));
		f.got = e2e_stanza_text(stanza);
		f.hint = E2E__READ_HINT;
		e2e__op_die(file, line, "e2e_put", &f);
	}
	xmpp_stanza_add_child_ex(search.place, xmpp_stanza_copy(child), 0);
	e2e__op_leave();
	return stanza;
}
