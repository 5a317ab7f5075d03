#pragma once
#include "base.h"
#include "state.h"

/* @implementation */

/* A tag has ended. That of the stream stays open by rights. */
E2E__FN void e2e__open_tag(struct e2e__xmpp_open *o)
{
	o->state = 0;
	if (o->before == '/')
		return;
	if (!o->depth && strcmp(o->name, "stream:stream") == 0)
		return;
	if (!o->depth++)
		memcpy(o->first, o->name, sizeof o->first);
}

/* One more byte of a name. Of <!...> XMPP has CDATA alone: behind others nothing is sure. */
E2E__FN void e2e__open_name(struct e2e__xmpp_open *o, char byte)
{
	o->before = byte;
	if (!o->n && (byte == '/' || byte == '?')) {
		o->state = byte;
	} else if (byte == '>') {
		e2e__open_tag(o);
	} else if (strchr(" \t\r\n/", byte)) {
		o->state = 't';
	} else {
		if (o->n + 1 < sizeof o->name)
			o->name[o->n++] = byte;
		o->name[o->n] = 0;
	}
	if (strcmp(o->name, "![CDATA[") == 0) {
		o->state = '[';
		o->n = 0; /* how many ] there are in a row */
	} else if (o->name[0] == '!' && o->state != '<') {
		o->unsure = true;
	}
}

/* One more byte behind the name of a tag. */
E2E__FN void e2e__open_attribute(struct e2e__xmpp_open *o, char byte)
{
	if (byte == '>')
		e2e__open_tag(o);
	else if (byte == '"' || byte == '\'')
		o->state = byte;
	o->before = byte;
}

/* One more byte that the test sends as it is. state: 0 in text, < in a name, t behind it, a quote
 * in an attribute, / in an end tag, ? in a declaration, [ in CDATA. */
E2E__FN void e2e__open_byte(struct e2e__xmpp_open *o, char byte)
{
	switch (o->state) {
	case 0:
		o->state = byte == '<' ? '<' : 0;
		o->n = 0;
		o->name[0] = 0;
		return;
	case '<':
		e2e__open_name(o, byte);
		return;
	case 't':
		e2e__open_attribute(o, byte);
		return;
	case '/':
		if (byte != '>')
			return;
		o->state = 0;
		o->depth -= o->depth > 0;
		return;
	case '?':
		o->state = byte == '>' ? 0 : '?';
		return;
	case '[':
		o->state = byte == '>' && o->n >= 2 ? 0 : '[';
		o->n = byte == ']' ? o->n + 1 : 0;
		return;
	default:
		o->state = byte == o->state ? 't' : o->state;
	}
}

/* The test sends these bytes as they are, at this place. */
E2E__FN void e2e__open_bytes(
	struct e2e__xmpp_open *o, const char *bytes, const char *file, int line)
{
	for (; *bytes; bytes++) {
		if (!o->depth && !o->state) {
			o->file = file;
			o->line = line;
		}
		e2e__open_byte(o, *bytes);
	}
}

/* The outermost element that is open; NULL: none, or nothing is sure. */
E2E__FN const char *e2e__open_element(const struct e2e__xmpp_open *o)
{
	if (o->unsure)
		return NULL;
	if (o->depth)
		return o->first;
	return o->state && !strchr("/?[", o->state) && o->n ? o->name : NULL;
}
