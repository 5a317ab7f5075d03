#pragma once
#include "base.h"
#include "ops.h"
#include "libstrophe.h"
#include "xml.h"
#include "read.h"

/* @manual Forms (XEP-0004)
 *	e2e_form_submit(c, "http://jabber.org/protocol/muc#roomconfig",
 *		"muc#roomconfig_moderatedroom=1", "muc#roomconfig_maxusers=20") makes the <x
 *	type='submit'/> that e2e_put puts into its request:
 *		e2e_iq(c, e2e_put(e2e_xml(c, "<iq type='set' to='%s'><query xmlns='"
 *			"http://jabber.org/protocol/muc#owner'/></iq>", room), "query", form));
 *	e2e_form_field(reply, "muc#roomconfig_membersonly") reads a field of the form in a stanza.
 */

/* @interface */

/* e2e_form_submit(client, form_type, "var=value", ...): a form of type submit, as an element to be
 * put into a stanza. form_type is the hidden field FORM_TYPE (XEP-0068), "" for none. Values of one
 * var that are given one after another are values of one field; "var=" is an empty value, "var" a
 * field without one. */
#define e2e_form_submit(client, ...) e2e__form_submit(E2E__AT, client, E2E__STRINGS(__VA_ARGS__))
/* The value of a field of the first form in the stanza (or that is the stanza); several values are
 * separated by newlines, "" if it has none. NULL: there's no form, or no such field. Valid until the
 * end of the case. */
E2E__FN const char *e2e_form_field(e2e_stanza *stanza, const char *var);

E2E__FN e2e_stanza *e2e__form_submit(
	const char *file, int line, e2e_client *c, const char *const *words);

/* @implementation */

/* Adds <name/> to an element and returns it; the parent holds it. */
E2E__FN xmpp_stanza_t *e2e__form_add(xmpp_stanza_t *parent, const char *name)
{
	xmpp_stanza_t *child = xmpp_stanza_new(xmpp_stanza_get_context(parent));

	xmpp_stanza_set_name(child, name);
	xmpp_stanza_add_child_ex(parent, child, 0);
	return child;
}

E2E__FN void e2e__form_add_value(xmpp_stanza_t *field, const char *text)
{
	xmpp_stanza_t *value = e2e__form_add(field, "value"),
		      *data = xmpp_stanza_new(xmpp_stanza_get_context(field));

	xmpp_stanza_set_text(data, text);
	xmpp_stanza_add_child_ex(value, data, 0);
}

E2E__FN xmpp_stanza_t *e2e__form_add_field(xmpp_stanza_t *form, const char *var)
{
	xmpp_stanza_t *field = e2e__form_add(form, "field");

	xmpp_stanza_set_attribute(field, "var", var);
	return field;
}

/* The same, hidden: what the form is about. */
E2E__FN void e2e__form_add_type(xmpp_stanza_t *form, const char *type)
{
	xmpp_stanza_t *field = e2e__form_add_field(form, "FORM_TYPE");

	xmpp_stanza_set_attribute(field, "type", "hidden");
	e2e__form_add_value(field, type);
}

/* Values that XML can't have, and vars without a name. */
E2E__FN void e2e__form_check(const char *file, int line, const char *name, const char *word)
{
	const char *bad = e2e__xml_bad_text(word);

	if (bad || *word == '=' || !*word)
		e2e__op_die_of(file, line, name, "usage",
			e2e_printf("%s isn't \"var=value\"%s%s", e2e_quoted(word), bad ? ": " : "",
				bad ? bad : ""),
			"fields are given as \"var=value\", ...");
}

/* A form of this type with these fields; name: the macro that is given them. */
E2E__FN e2e_stanza *e2e__form_submit_of(const char *file, int line, const char *name, e2e_client *c,
	const char *type, const char *const *words)
{
	xmpp_stanza_t *form, *field = NULL;

	e2e__op_enter_at(file, line);
	e2e__op_need_client(file, line, c, name);
	form = e2e__op_keep(xmpp_stanza_new(c->ctx));
	xmpp_stanza_set_name(form, "x");
	xmpp_stanza_set_ns(form, "jabber:x:data");
	xmpp_stanza_set_type(form, "submit");
	if (type && *type)
		e2e__form_add_type(form, type);

	for (; *words; words++) {
		const char *var, *value = strchr(*words, '=');

		e2e__form_check(file, line, name, *words);
		var = e2e_printf("%.*s", (int)strcspn(*words, "="), *words);
		if (!field || strcmp(xmpp_stanza_get_attribute(field, "var"), var) != 0)
			field = e2e__form_add_field(form, var);
		if (value)
			e2e__form_add_value(field, value + 1);
	}
	e2e__op_leave();
	return form;
}

E2E__FN e2e_stanza *e2e__form_submit(
	const char *file, int line, e2e_client *c, const char *const *words)
{
	return e2e__form_submit_of(
		file, line, "e2e_form_submit", c, *words, words + (*words != NULL));
}

/* The first form in an element, or the element itself; NULL: none. */
E2E__FN xmpp_stanza_t *e2e__form_in(xmpp_stanza_t *element)
{
	xmpp_stanza_t *found = NULL;

	if (e2e__libstrophe_same(xmpp_stanza_get_name(element), "x") &&
		e2e__libstrophe_same(xmpp_stanza_get_ns(element), "jabber:x:data"))
		return element;
	for (xmpp_stanza_t *c = xmpp_stanza_get_children(element); c && !found;
		c = xmpp_stanza_get_next(c))
		if (xmpp_stanza_is_tag(c))
			found = e2e__form_in(c);
	return found;
}

/* All values of a field. */
E2E__FN const char *e2e__form_values(xmpp_stanza_t *field)
{
	E2E__BUF(b, 256);
	bool first = true;

	for (xmpp_stanza_t *c = xmpp_stanza_get_children(field); c; c = xmpp_stanza_get_next(c))
		if (e2e__libstrophe_same(xmpp_stanza_get_name(c), "value")) {
			e2e__buf_addf(&b, "%s%s", first ? "" : "\n", e2e__read_text(c));
			first = false;
		}
	e2e__buf_add(&b, "", 1);
	return e2e__memory_taken(&b);
}

/* Notes that there's no such field, and which there are. */
E2E__FN void e2e__form_note_missed(e2e_stanza *stanza, xmpp_stanza_t *form, const char *var)
{
	struct e2e__strings names = {NULL, 0, 0};

	for (xmpp_stanza_t *c = form ? xmpp_stanza_get_children(form) : NULL; c;
		c = xmpp_stanza_get_next(c))
		if (e2e__libstrophe_same(xmpp_stanza_get_name(c), "field") &&
			xmpp_stanza_get_attribute(c, "var"))
			e2e__missed_add(
				&names, e2e__memory_strdup(xmpp_stanza_get_attribute(c, "var")));
	e2e__missed_note(
		form ? e2e_printf("e2e_form_field: the form has no field %s%s", var,
			       e2e__missed_but(var, &names))
		     : e2e_printf("e2e_form_field: there's no form in %s",
			       stanza ? e2e_printf("<%s>", xmpp_stanza_get_name(stanza)) : "NULL"));
}

E2E__FN const char *e2e_form_field(e2e_stanza *stanza, const char *var)
{
	const char *result = NULL;
	xmpp_stanza_t *form;

	e2e__op_enter();
	form = stanza ? e2e__form_in(stanza) : NULL;
	for (xmpp_stanza_t *c = form ? xmpp_stanza_get_children(form) : NULL; c && !result;
		c = xmpp_stanza_get_next(c))
		if (e2e__libstrophe_same(xmpp_stanza_get_name(c), "field") &&
			e2e__libstrophe_same(xmpp_stanza_get_attribute(c, "var"), var))
			result = e2e__form_values(c);
	if (!result)
		e2e__form_note_missed(stanza, form, var ? var : "NULL");
	e2e__op_leave();
	return result;
}
