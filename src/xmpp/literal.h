#pragma once
#include "state.h"

/* @implementation */

/* aioxmpp's names of what is here ... */
E2E__FN const char *e2e__literal_alias(const char *name)
{
	static const char *const names[][2] = {
		{"aioxmpp.e2etest.provision.AnonymousProvisioner", "anonymous"},
		{"aioxmpp.e2etest.provision.AnyProvisioner", "any"},
		{"aioxmpp.e2etest.provision.StaticPasswordProvisioner", "static"},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i][0], name) == 0)
			return names[i][1];
	return name;
}

/* The section that says this. Of another host than the first it is the one of its name, which has
 * its own address, and of the rest what it says. */
E2E__FN const char *e2e__literal_section(const char *key)
{
	const char *place = e2e__xmpp.place;
	bool address = strcmp(key, "host") == 0 || strcmp(key, "port") == 0;

	return place && (address || e2e_config(place, key, NULL)) ? place : e2e__xmpp.section;
}

E2E__FN const char *e2e__literal_setting(const char *key, const char *fallback)
{
	return e2e_config(e2e__literal_section(key), key, fallback);
}

E2E__FN bool e2e__literal_flag(const char *key)
{
	return e2e_config_bool(e2e__literal_section(key), key, false);
}

E2E__FN int e2e__literal_port(void)
{
	return (int)e2e_config_int(e2e__literal_section("port"), "port", 0);
}

/* Python's literals, as aioxmpp's file has them: lists, tuples, dictionaries, strings. Strings
 * become '"', lists and tuples '[', dictionaries '{'; anything else is an error. */
struct e2e__py {
	const char *p, *error;
};

E2E__FN void e2e__literal_space(struct e2e__py *in)
{
	while (*in->p && strchr(" \t\r\n", *in->p))
		in->p++;
}

E2E__FN void e2e__literal_escape(struct e2e__py *in, struct e2e__buf *b)
{
	static const char from[] = "nrtabfv0", to[] = "\n\r\t\a\b\f\v";
	const char *known = *in->p ? strchr(from, *in->p) : NULL;
	char hex[3] = {0, 0, 0}, c = *in->p;

	if (c == 'x' && in->p[1] && in->p[2]) {
		memcpy(hex, in->p + 1, 2);
		c = (char)strtol(hex, NULL, 16);
		in->p += 2;
	} else if (known) {
		c = to[known - from];
	}
	if (*in->p)
		in->p++;
	e2e__buf_add(b, &c, 1);
}

E2E__FN struct e2e__json *e2e__literal_string(struct e2e__py *in)
{
	struct e2e__json *v = (struct e2e__json *)e2e__memory_alloc(sizeof *v);
	E2E__BUF(b, 256);
	char quote;

	v->type = '"';
	if (strchr("ubUB", *in->p))
		in->p++;
	for (quote = *in->p++; *in->p && *in->p != quote;)
		if (*in->p == '\\') {
			in->p++;
			e2e__literal_escape(in, &b);
		} else {
			e2e__buf_add(&b, in->p++, 1);
		}
	if (!*in->p)
		in->error = "a string without end";
	else
		in->p++;
	v->length = b.n;
	e2e__buf_add(&b, "", 1);
	v->text = e2e__memory_strdup(b.p);
	e2e__buf_free(&b);
	return v;
}

E2E__FN struct e2e__json *e2e__literal_value(struct e2e__py *in);

E2E__FN struct e2e__json *e2e__literal_list(struct e2e__py *in)
{
	struct e2e__json *v = (struct e2e__json *)e2e__memory_alloc(sizeof *v), **at = &v->child,
			 *key;
	char close = *in->p == '[' ? ']' : *in->p == '(' ? ')' : '}';

	v->type = close == '}' ? '{' : '[';
	in->p++;
	for (;;) {
		e2e__literal_space(in);
		if (*in->p == close) {
			in->p++;
			return v;
		}
		key = e2e__literal_value(in);
		if (in->error)
			return v;
		e2e__literal_space(in);
		*at = key;
		if (v->type == '{') {
			if (*in->p != ':' || key->type != '"') {
				in->error = "expected \"key\": value";
				return v;
			}
			in->p++;
			e2e__literal_space(in);
			*at = e2e__literal_value(in);
			if (in->error)
				return v;
			(*at)->key = key->text;
			(*at)->key_length = key->length;
			e2e__literal_space(in);
		}
		at = &(*at)->next;
		if (*in->p == ',')
			in->p++;
		else if (*in->p != close)
			in->error = "expected , or the closing bracket";
		if (in->error)
			return v;
	}
}

E2E__FN struct e2e__json *e2e__literal_value(struct e2e__py *in)
{
	e2e__literal_space(in);
	if (*in->p == '[' || *in->p == '(' || *in->p == '{')
		return e2e__literal_list(in);
	if (*in->p == '"' || *in->p == '\'' ||
		(*in->p && strchr("ubUB", *in->p) && (in->p[1] == '"' || in->p[1] == '\'')))
		return e2e__literal_string(in);
	in->error = "expected a string, list, tuple or dictionary";
	return NULL;
}

/* Ends the program because of a setting of the section in use: file, line, the value (not of
 * accounts, which has passwords), what is wrong with it where that isn't plain, and what was
 * expected. */
E2E__FN void e2e__literal_wrong(const char *key, const char *what, const char *expected)
	__attribute__((noreturn));
E2E__FN void e2e__literal_wrong(const char *key, const char *what, const char *expected)
{
	const struct e2e__setting *s = e2e__config_find_setting(e2e__literal_section(key), key);
	bool secret = !s || strcmp(key, "accounts") == 0 || strstr(key, "password");
	const char *value = !s ? "" : s->raw ? s->raw : s->value;
	const char *shown = secret
		? key
		: e2e_printf("%s = %s", key, *value == '"' ? value : e2e_quoted(value));

	e2e__config_error(
		s ? s->line : 0, what ? e2e_printf("%s: %s", shown, what) : shown, expected);
}

/* A setting as Python's literal; NULL if it isn't there. Ends the program if it is broken. */
E2E__FN struct e2e__json *e2e__literal(const char *key, char type, const char *expected)
{
	const char *text = e2e__literal_setting(key, NULL);
	struct e2e__py in;
	struct e2e__json *v;

	if (!text)
		return NULL;
	in.p = text;
	in.error = NULL;
	v = e2e__literal_value(&in);
	e2e__literal_space(&in);
	if (!in.error && *in.p)
		in.error = "more text behind the value";
	if (!in.error && v->type != type)
		in.error = "it is another kind of value";
	if (in.error)
		e2e__literal_wrong(
			key, e2e_printf("%s at offset %td", in.error, in.p - text), expected);
	return v;
}
