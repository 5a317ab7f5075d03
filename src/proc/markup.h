#pragma once
#include "base.h"
#include "system.h"

/* @manual XML and HTML
 *	#define E2E_LIBXML2            before the include; build with what pkg-config says of
 *	                               libxml-2.0
 *	e2e_is_html(r.body);
 *	e2e_is_str(e2e_xpath(r.body, "//h1", NULL)[0], "Welcome");
 *	e2e_is_list(e2e_xpath_each(r.body, "//nav//a", "concat(., ' -> ', @href)", NULL),
 *		E2E_ARGV("home -> /", "talks -> /talk"));
 *	e2e_form *f = e2e_html_form(r.body, "login");
 *	e2e_form_set(f, "user", "joe");
 *	r = e2e_http(joe, f->method, e2e_url(r.url, f->action), .form = f->fields);
 *
 *	Failures show the line, the column and libxml2's message, and the line itself. XML is
 *	right if it is well-formed: no DTD is fetched. Elements of HTML 5 that libxml2 doesn't know
 *	are no errors. e2e_xpath reads XML, and what is no well-formed XML as HTML; the prefixes of
 *	the root element may be used, and d stands for its default namespace ("//d:p" in XHTML).
 *	A form's fields are what a browser would send, hidden ones with their values.
 */

/* @interface */

#ifdef E2E_LIBXML2
/* What a field of a form offers. */
struct e2e__choice {
	const char *name, *value;
	char kind; /* s: a select, m: of several, r: radio buttons, c: boxes, h: hidden, 0: any */
	bool disabled;
};

/* A form of a page. The texts live until the case's end. */
typedef struct e2e_form {
	const char *method;  /* "GET" or "POST" */
	const char *action;  /* as it stands in the page; "" without one: e2e_url(r.url, ...) */
	const char **fields; /* "name=value", for .form of e2e_http; NULL ends them */
	size_t nfields;
	const char **names; /* of all its fields, those too that aren't sent by default */
	struct e2e__choice *choices;
} e2e_form;

/* e2e_is_xml(text, ...), e2e_is_html(text, ...): test points: libxml2 reads the text without an
 * error. */
#define e2e_is_xml(...) E2E__ARGS1(e2e__markup_is_xml, #__VA_ARGS__, __VA_ARGS__)
#define e2e_is_html(...) E2E__ARGS1(e2e__markup_is_html, #__VA_ARGS__, __VA_ARGS__)
/* The text of each node that an XPath expression finds, or its one string, number or boolean. NULL
 * ends them; *n is their number (n may be NULL). A bad expression ends the case. */
#define e2e_xpath(text, expression, n) e2e__markup_xpath(E2E__AT, text, expression, n)
/* For each node that the XPath expression `nodes` finds, the text of what a second one says, seen
 * from that node: e2e_xpath_each(text, "//tr", "concat(td[1], '=', td[2])", &n). Ends as e2e_xpath
 * does. */
#define e2e_xpath_each(text, nodes, expression, n) \
	e2e__markup_xpath_each(E2E__AT, text, nodes, expression, n)
/* Where the first link leads that has this text (blanks as one sees them) or this id, as it stands
 * in the page: e2e_url(r.url, ...). The case ends if there is none. Valid until its end. */
#define e2e_html_link(html, text) e2e__markup_link(E2E__AT, html, text)
/* The form with this id, name or action; NULL: the first one. The case ends if there is none. */
#define e2e_html_form(html, name) e2e__markup_form(E2E__AT, html, name)
/* Sets a field; the case ends if the form has none of this name. The value may be one that no
 * person can choose: e2e_submit is stricter. */
#define e2e_form_set(form, name, value) e2e__markup_form_set(E2E__AT, form, name, value)
/* Adds another value for a field that has one: the second box that is ticked of a list. */
#define e2e_form_add(form, name, value) e2e__markup_form_add(E2E__AT, form, name, value)
/* A link or action as a URL, seen from the page it is in. Valid until the case's end. */
E2E__FN const char *e2e_url(const char *page, const char *reference);

E2E__FN bool e2e__markup_is_xml(struct e2e__at at, const char *text);
E2E__FN bool e2e__markup_is_html(struct e2e__at at, const char *text);
E2E__FN const char *const *e2e__markup_xpath(
	const char *file, int line, const char *text, const char *expression, size_t *n);
E2E__FN const char *const *e2e__markup_xpath_each(const char *file, int line, const char *text,
	const char *nodes, const char *expression, size_t *n);
E2E__FN const char *e2e__markup_link(
	const char *file, int line, const char *html, const char *text);
E2E__FN e2e_form *e2e__markup_form(const char *file, int line, const char *html, const char *name);
E2E__FN void e2e__markup_form_set(
	const char *file, int line, e2e_form *f, const char *name, const char *value);
E2E__FN void e2e__markup_form_add(
	const char *file, int line, e2e_form *f, const char *name, const char *value);
#endif

/* @implementation */

#ifdef E2E_LIBXML2
/* The first error of a text. */
struct e2e__markup_error {
	int line, column;
	const char *message;
};

#if LIBXML_VERSION >= 21200
E2E__FN void e2e__markup_note(void *arg, const xmlError *e)
#else
E2E__FN void e2e__markup_note(void *arg, xmlErrorPtr e)
#endif
{
	struct e2e__markup_error *first = (struct e2e__markup_error *)arg;

	if (first->message || e->level < XML_ERR_ERROR || e->code == XML_HTML_UNKNOWN_TAG)
		return;
	first->line = e->line;
	first->column = e->int2;
	first->message = e2e_printf("%.*s", (int)strcspn(e->message ? e->message : "?", "\n"),
		e->message ? e->message : "?");
}

/* The document, or NULL; the first error is noted. Whoever has set a handler has it again. */
E2E__FN xmlDocPtr e2e__markup_read(const char *text, bool html, struct e2e__markup_error *first)
{
	xmlStructuredErrorFunc before = xmlStructuredError;
	void *context = xmlStructuredErrorContext;
	int size = (int)strlen(text);

	memset(first, 0, sizeof *first);
	xmlSetStructuredErrorFunc(first, e2e__markup_note);
	xmlDocPtr doc = html ? htmlReadMemory(text, size, NULL, NULL, HTML_PARSE_NONET)
			     : xmlReadMemory(text, size, NULL, NULL, XML_PARSE_NONET);
	xmlSetStructuredErrorFunc(context, before);
	return doc;
}

/* The line of an error, with a mark under its column. */
E2E__FN const char *e2e__markup_excerpt(const char *text, const struct e2e__markup_error *e)
{
	const char *p = text;

	for (int line = 1; line < e->line && *p; line++) {
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	size_t n = strcspn(p, "\r\n"), column = e->column > 0 ? (size_t)e->column - 1 : 0;
	size_t from = column > 60 ? column - 60 : 0;

	if (from >= n)
		from = 0;
	n = n - from > 100 ? 100 : n - from;
	return e2e_printf(
		"%.*s\n%*s^", (int)n, p + from, (int)(column > from ? column - from : 0), "");
}

E2E__FN bool e2e__markup_is(struct e2e__at at, const char *text, bool html)
{
	const char *what = html ? "HTML" : "XML";
	const char *name = at.desc ? at.desc : e2e_printf("%s is %s", at.text, what);
	struct e2e__markup_error first = {0, 0, NULL};
	xmlDocPtr doc = text ? e2e__markup_read(text, html, &first) : NULL;

	if (doc)
		xmlFreeDoc(doc);
	if (doc && !first.message)
		return e2e_report(at.file, at.line, true, name, NULL);
	e2e_failure f = e2e__system_failure(html ? "html" : "xml", NULL, NULL);
	f.message = !text ? "the text is NULL"
		: !first.message
		? "libxml2 finds no document in it"
		: e2e_printf("line %d, column %d: %s", first.line, first.column, first.message);
	f.want = html ? "HTML without an error" : "well-formed XML";
	f.diff = text && first.message ? e2e__markup_excerpt(text, &first) : NULL;
	return e2e_report(at.file, at.line, false, name, &f);
}

E2E__FN bool e2e__markup_is_xml(struct e2e__at at, const char *text)
{
	return e2e__markup_is(at, text, false);
}

E2E__FN bool e2e__markup_is_html(struct e2e__at at, const char *text)
{
	return e2e__markup_is(at, text, true);
}

/* XML, or else HTML. */
E2E__FN xmlDocPtr e2e__markup_any(const char *file, int line, const char *what, const char *text)
{
	struct e2e__markup_error first;
	xmlDocPtr doc = text ? e2e__markup_read(text, false, &first) : NULL;

	if (text && (!doc || first.message)) {
		if (doc)
			xmlFreeDoc(doc);
		doc = e2e__markup_read(text, true, &first);
	}
	if (!doc)
		e2e__system_die_of(file, line, what, "usage",
			text ? "the text holds no document" : "the text is NULL",
			"e2e_is_html(text) or e2e_is_xml(text) shows what is wrong with it");
	return doc;
}

E2E__FN const char *e2e__markup_taken(xmlChar *text)
{
	const char *copy = e2e__memory_strdup(text ? (const char *)text : "");

	xmlFree(text);
	return copy;
}

/* What an expression finds, or NULL: then *wrong says why. */
E2E__FN xmlXPathObjectPtr e2e__markup_eval(
	xmlDocPtr doc, xmlNodePtr at, const char *expression, struct e2e__markup_error *wrong)
{
	xmlXPathContextPtr context = xmlXPathNewContext(doc);
	xmlNodePtr root = xmlDocGetRootElement(doc);
	xmlStructuredErrorFunc before = xmlStructuredError;
	void *old = xmlStructuredErrorContext;

	memset(wrong, 0, sizeof *wrong);
	if (!context)
		e2e_bail_out("out of memory");
	context->node = at ? at : (xmlNodePtr)(void *)doc;
	for (xmlNsPtr ns = root ? root->nsDef : NULL; ns; ns = ns->next)
		xmlXPathRegisterNs(
			context, ns->prefix ? ns->prefix : (const xmlChar *)"d", ns->href);
	xmlSetStructuredErrorFunc(wrong, e2e__markup_note);
	xmlXPathObjectPtr found = xmlXPathEval((const xmlChar *)expression, context);
	xmlSetStructuredErrorFunc(old, before);
	xmlXPathFreeContext(context);
	return found;
}

/* The same, of an expression that the test has written: a bad one ends the case. */
E2E__FN xmlXPathObjectPtr e2e__markup_find(const char *file, int line, const char *what,
	xmlDocPtr doc, xmlNodePtr at, const char *expression)
{
	struct e2e__markup_error wrong;
	xmlXPathObjectPtr found = e2e__markup_eval(doc, at, expression, &wrong);

	if (!found) {
		xmlFreeDoc(doc);
		e2e__system_die_of(file, line, what, "usage",
			e2e_printf("%s is no XPath expression: %s", e2e_quoted(expression),
				wrong.message ? wrong.message : "libxml2 doesn't say why"),
			"prefixes are those of the root element; d is its default namespace");
	}
	return found;
}

E2E__FN size_t e2e__markup_count(xmlXPathObjectPtr found)
{
	return found && found->type == XPATH_NODESET && found->nodesetval
		? (size_t)found->nodesetval->nodeNr
		: 0;
}

E2E__FN const char *const *e2e__markup_xpath(
	const char *file, int line, const char *text, const char *expression, size_t *n)
{
	xmlDocPtr doc = e2e__markup_any(file, line, "e2e_xpath", text);
	xmlXPathObjectPtr found = e2e__markup_find(file, line, "e2e_xpath", doc, NULL, expression);
	bool nodes = found->type == XPATH_NODESET;
	size_t count = nodes ? e2e__markup_count(found) : 1;
	const char **list = (const char **)e2e__memory_alloc((count + 1) * sizeof *list);

	for (size_t i = 0; i < count; i++)
		list[i] = e2e__markup_taken(nodes ? xmlNodeGetContent(found->nodesetval->nodeTab[i])
						  : xmlXPathCastToString(found));
	list[count] = NULL;
	xmlXPathFreeObject(found);
	xmlFreeDoc(doc);
	if (n)
		*n = count;
	return list;
}

E2E__FN const char *const *e2e__markup_xpath_each(const char *file, int line, const char *text,
	const char *nodes, const char *expression, size_t *n)
{
	static const char what[] = "e2e_xpath_each";
	xmlDocPtr doc = e2e__markup_any(file, line, what, text);
	xmlXPathObjectPtr found = e2e__markup_find(file, line, what, doc, NULL, nodes);
	size_t count = e2e__markup_count(found);
	const char **list = (const char **)e2e__memory_alloc((count + 1) * sizeof *list);

	for (size_t i = 0; i < count; i++) {
		xmlNodePtr node = found->nodesetval->nodeTab[i];
		xmlXPathObjectPtr said = e2e__markup_find(file, line, what, doc, node, expression);

		list[i] = e2e__markup_taken(xmlXPathCastToString(said));
		xmlXPathFreeObject(said);
	}
	list[count] = NULL;
	xmlXPathFreeObject(found);
	xmlFreeDoc(doc);
	if (n)
		*n = count;
	return list;
}

/* An attribute; NULL without it. */
E2E__FN const char *e2e__markup_attribute(xmlNodePtr node, const char *name)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);

	return value ? e2e__markup_taken(value) : NULL;
}

/* A text as one sees it: blanks in a row are one, none at its ends. */
E2E__FN const char *e2e__markup_seen(const char *text)
{
	E2E__BUF(b, 128);

	b.p[0] = '\0';
	for (size_t n; *(text += strspn(text, " \t\r\n")); text += n) {
		n = strcspn(text, " \t\r\n");
		if (b.n)
			e2e__buf_adds(&b, " ");
		e2e__buf_add(&b, text, n);
	}
	return e2e__memory_taken(&b);
}

E2E__FN const char *e2e__markup_link(const char *file, int line, const char *html, const char *text)
{
	struct e2e__markup_error wrong;
	xmlDocPtr doc = html ? e2e__markup_read(html, true, &wrong) : NULL;
	xmlXPathObjectPtr found = doc ? e2e__markup_eval(doc, NULL, "//a[@href]", &wrong) : NULL;
	size_t n = e2e__markup_count(found);
	const char *others = "", *link = NULL;

	for (size_t i = 0; i < n && !link; i++) {
		xmlNodePtr node = found->nodesetval->nodeTab[i];
		const char *id = e2e__markup_attribute(node, "id");
		const char *seen = e2e__markup_seen(e2e__markup_taken(xmlNodeGetContent(node)));

		if (strcmp(seen, text) == 0 || (id && strcmp(id, text) == 0))
			link = e2e__markup_attribute(node, "href");
		if (i < 30)
			others = e2e_printf("%s %s", others, e2e_quoted(seen));
	}
	if (found)
		xmlXPathFreeObject(found);
	if (doc)
		xmlFreeDoc(doc);
	if (!link)
		e2e__system_die_of(file, line, "e2e_html_link", "usage",
			e2e_printf("the page has no link %s", e2e_quoted(text)),
			n ? e2e_printf("its links:%s", others) : "it has none at all");
	return link;
}

/* Is this the form? */
E2E__FN bool e2e__markup_named(xmlNodePtr node, const char *name)
{
	static const char *const by[] = {"id", "name", "action"};

	for (size_t i = 0; name && i < sizeof by / sizeof *by; i++) {
		const char *value = e2e__markup_attribute(node, by[i]);

		if (value && strcmp(value, name) == 0)
			return true;
	}
	return !name;
}

E2E__FN bool e2e__markup_is_element(xmlNodePtr node, const char *name)
{
	return node && node->type == XML_ELEMENT_NODE &&
		strcasecmp((const char *)node->name, name) == 0;
}

/* Is it disabled, or what it stands in? */
E2E__FN bool e2e__markup_disabled(xmlNodePtr node)
{
	bool off = e2e__markup_attribute(node, "disabled") != NULL;

	for (node = node->parent; node && !off && !e2e__markup_is_element(node, "form");
		node = node->parent)
		off = (e2e__markup_is_element(node, "optgroup") ||
			      e2e__markup_is_element(node, "select") ||
			      e2e__markup_is_element(node, "fieldset")) &&
			e2e__markup_attribute(node, "disabled");
	return off;
}

/* What a browser would send for this field, unless it is a select; NULL: nothing. */
E2E__FN const char *e2e__markup_value(xmlNodePtr node)
{
	const char *type = e2e__markup_attribute(node, "type");
	const char *value = e2e__markup_attribute(node, "value");

	if (e2e__markup_is_element(node, "button"))
		return NULL;
	if (e2e__markup_is_element(node, "textarea"))
		return e2e__markup_taken(xmlNodeGetContent(node));
	if (type && (strcasecmp(type, "checkbox") == 0 || strcasecmp(type, "radio") == 0))
		return !e2e__markup_attribute(node, "checked") ? NULL : value ? value : "on";
	if (type &&
		(strcasecmp(type, "submit") == 0 || strcasecmp(type, "button") == 0 ||
			strcasecmp(type, "reset") == 0 || strcasecmp(type, "image") == 0 ||
			strcasecmp(type, "file") == 0))
		return NULL;
	return value ? value : "";
}

E2E__FN const char *e2e__markup_option(xmlNodePtr option)
{
	const char *value = e2e__markup_attribute(option, "value");

	return value ? value : e2e__markup_seen(e2e__markup_taken(xmlNodeGetContent(option)));
}

E2E__FN void e2e__markup_push(e2e_form *f, const char *name, const char *value)
{
	f->fields[f->nfields++] = e2e_printf("%s=%s", name, value);
}

/* What a browser would send for a select: what is selected, or the first one that can be. */
E2E__FN void e2e__markup_push_selected(
	e2e_form *f, xmlDocPtr doc, xmlNodePtr select, const char *name)
{
	bool many = e2e__markup_attribute(select, "multiple") != NULL;
	struct e2e__markup_error wrong;
	xmlXPathObjectPtr found = e2e__markup_eval(doc, select, ".//option", &wrong);
	size_t n = found && found->nodesetval ? (size_t)found->nodesetval->nodeNr : 0;
	xmlNodePtr first = NULL, last = NULL;

	for (size_t i = 0; i < n; i++) {
		xmlNodePtr option = found->nodesetval->nodeTab[i];
		bool selected = e2e__markup_attribute(option, "selected") != NULL;
		bool disabled = e2e__markup_disabled(option);

		if (many && selected && !disabled)
			e2e__markup_push(f, name, e2e__markup_option(option));
		last = selected ? option : last;
		first = !first && !disabled ? option : first;
	}
	last = last ? last : first;
	if (!many && last && !e2e__markup_disabled(last))
		e2e__markup_push(f, name, e2e__markup_option(last));
	if (found)
		xmlXPathFreeObject(found);
}

/* What a browser would send for a field. */
E2E__FN void e2e__markup_push_sent(e2e_form *f, xmlDocPtr doc, xmlNodePtr field, const char *name)
{
	bool select = e2e__markup_is_element(field, "select");
	const char *value = select ? NULL : e2e__markup_value(field);

	if (select)
		e2e__markup_push_selected(f, doc, field, name);
	else if (value)
		e2e__markup_push(f, name, value);
}

/* What may be chosen there: of an option, or of a field that has one value. */
E2E__FN struct e2e__choice e2e__markup_choice(xmlNodePtr node)
{
	struct e2e__choice c = {NULL, NULL, '\0', e2e__markup_disabled(node)};
	const char *type = e2e__markup_attribute(node, "type");
	const char *value = e2e__markup_attribute(node, "value");

	if (e2e__markup_is_element(node, "option")) {
		xmlNodePtr select = node->parent;

		while (!e2e__markup_is_element(select, "select"))
			select = select->parent;
		c.name = e2e__markup_attribute(select, "name");
		c.value = e2e__markup_option(node);
		c.kind = e2e__markup_attribute(select, "multiple") ? 'm' : 's';
		return c;
	}
	c.name = e2e__markup_attribute(node, "name");
	if (e2e__markup_is_element(node, "select")) { /* also one without options */
		c.kind = e2e__markup_attribute(node, "multiple") ? 'm' : 's';
	} else if (e2e__markup_is_element(node, "input") && type) {
		c.kind = strcasecmp(type, "radio") == 0     ? 'r'
			: strcasecmp(type, "checkbox") == 0 ? 'c'
			: strcasecmp(type, "hidden") == 0   ? 'h'
							    : '\0';
		c.value = value || c.kind == 'h' ? value : "on";
	}
	return c;
}

E2E__FN e2e_form *e2e__markup_form_of(xmlDocPtr doc, xmlNodePtr node)
{
	e2e_form *f = (e2e_form *)e2e__memory_alloc(sizeof *f);
	const char *method = e2e__markup_attribute(node, "method");
	const char *action = e2e__markup_attribute(node, "action");
	struct e2e__markup_error wrong;
	xmlXPathObjectPtr found = e2e__markup_eval(doc, node,
		".//input[@name] | .//textarea[@name] | .//select[@name] | .//button[@name]"
		" | .//select[@name]//option",
		&wrong);
	size_t n = found && found->nodesetval ? (size_t)found->nodesetval->nodeNr : 0, names = 0;

	f->method = method && strcasecmp(method, "post") == 0 ? "POST" : "GET";
	f->action = action ? action : "";
	f->fields = (const char **)e2e__memory_alloc((n + 1) * sizeof *f->fields);
	f->names = (const char **)e2e__memory_alloc((n + 1) * sizeof *f->names);
	f->choices = (struct e2e__choice *)e2e__memory_alloc((n + 1) * sizeof *f->choices);
	f->nfields = 0;
	for (size_t i = 0; i < n; i++) {
		xmlNodePtr field = found->nodesetval->nodeTab[i];
		struct e2e__choice c = e2e__markup_choice(field);

		f->choices[i] = c;
		if (e2e__markup_is_element(field, "option"))
			continue;
		f->names[names++] = c.name;
		if (!c.disabled)
			e2e__markup_push_sent(f, doc, field, c.name);
	}
	f->choices[n].name = f->names[names] = f->fields[f->nfields] = NULL;
	if (found)
		xmlXPathFreeObject(found);
	return f;
}

E2E__FN e2e_form *e2e__markup_form(const char *file, int line, const char *html, const char *name)
{
	struct e2e__markup_error wrong;
	xmlDocPtr doc = html ? e2e__markup_read(html, true, &wrong) : NULL;
	xmlXPathObjectPtr found = doc ? e2e__markup_eval(doc, NULL, "//form", &wrong) : NULL;
	size_t n = found && found->nodesetval ? (size_t)found->nodesetval->nodeNr : 0;
	const char *others = "";
	e2e_form *f = NULL;

	for (size_t i = 0; i < n && !f; i++) {
		xmlNodePtr node = found->nodesetval->nodeTab[i];
		const char *id = e2e__markup_attribute(node, "id");

		id = id ? id : e2e__markup_attribute(node, "name");
		id = id ? id : e2e__markup_attribute(node, "action");
		others = e2e_printf("%s %s", others, e2e_quoted(id ? id : ""));
		if (e2e__markup_named(node, name))
			f = e2e__markup_form_of(doc, node);
	}
	if (found)
		xmlXPathFreeObject(found);
	if (doc)
		xmlFreeDoc(doc);
	if (!f)
		e2e__system_die_of(file, line, "e2e_html_form", "usage",
			e2e_printf("the page has no form %s", name ? e2e_quoted(name) : "at all"),
			n ? e2e_printf("its forms:%s", others) : "is it the page that you expect?");
	return f;
}

/* The case ends if the form has no field of this name. */
E2E__FN void e2e__markup_must_have(
	const char *file, int line, const char *what, const e2e_form *f, const char *name)
{
	const char *all = "";
	size_t i = 0;

	for (; f->names[i] && strcmp(f->names[i], name) != 0; i++)
		all = e2e_printf("%s %s", all, f->names[i]);
	if (!f->names[i])
		e2e__system_die_of(file, line, what, "usage",
			e2e_printf("the form has no field %s", e2e_quoted(name)),
			e2e_printf("its fields:%s", all));
}

/* What the field of this name is, by the choice that it gives; 0: it takes any value. */
E2E__FN char e2e__markup_kind(const e2e_form *f, const char *name)
{
	char kind = 'h';
	bool met = false;

	for (const struct e2e__choice *c = f->choices; c->name; c++) {
		if (strcmp(c->name, name) != 0)
			continue;
		if (!c->kind)
			return '\0';
		met = true;
		kind = c->kind == 'h' ? kind : c->kind;
	}
	return met && kind != 'h' ? kind : '\0';
}

/* As if nothing was ticked or selected: hidden fields of this name stay. */
E2E__FN void e2e__markup_form_clear(e2e_form *f, const char *name)
{
	size_t n = strlen(name), kept = 0;

	for (size_t i = 0; i < f->nfields; i++)
		if (strncmp(f->fields[i], name, n) != 0 || f->fields[i][n] != '=')
			f->fields[kept++] = f->fields[i];
	f->nfields = kept;
	for (const struct e2e__choice *c = f->choices; c->name; c++)
		if (c->kind == 'h' && !c->disabled && strcmp(c->name, name) == 0)
			e2e__markup_push(f, name, c->value ? c->value : "");
	f->fields[f->nfields] = NULL;
}

/* How often the form has a field of this name. */
E2E__FN size_t e2e__markup_fields_of(const e2e_form *f, const char *name)
{
	size_t n = 0;

	for (const char **is = f->names; *is; is++)
		n += strcmp(*is, name) == 0;
	return n;
}

E2E__FN bool e2e__markup_offers(const e2e_form *f, const char *name, const char *value)
{
	for (const struct e2e__choice *c = f->choices; c->name; c++)
		if (strcmp(c->name, name) == 0 && c->value && !c->disabled &&
			strcmp(c->value, value) == 0)
			return true;
	return false;
}

E2E__FN const char *e2e__markup_offered(const e2e_form *f, const char *name)
{
	const char *all = "";
	int n = 0;

	for (const struct e2e__choice *c = f->choices; c->name; c++)
		if (c->value && strcmp(c->name, name) == 0 && ++n <= 30)
			all = e2e_printf("%s %s%s", all, e2e_quoted(c->value),
				c->disabled ? " (disabled)" : "");
	return n ? e2e_printf("it offers:%s%s", all, n > 30 ? " ..." : "") : "it offers nothing";
}

/* Can a person choose this value? The case ends otherwise. `again`: besides another one. */
E2E__FN void e2e__markup_must_offer(const char *file, int line, const char *what, const e2e_form *f,
	const char *name, const char *value, bool again)
{
	char kind = e2e__markup_kind(f, name);

	if (!kind)
		return;
	if (!e2e__markup_offers(f, name, value))
		e2e__system_die_of(file, line, what, "usage",
			e2e_printf("the field %s doesn't offer %s", e2e_quoted(name),
				e2e_quoted(value)),
			e2e__markup_offered(f, name));
	if (again && (kind == 'r' || (kind == 's' && e2e__markup_fields_of(f, name) == 1)))
		e2e__system_die_of(file, line, what, "usage",
			e2e_printf("the field %s takes one value, not %s, too", e2e_quoted(name),
				e2e_quoted(value)),
			NULL);
}

E2E__FN void e2e__markup_form_add(
	const char *file, int line, e2e_form *f, const char *name, const char *value)
{
	size_t n = f->nfields;
	const char **fields = (const char **)e2e__memory_alloc((n + 2) * sizeof *fields);

	e2e__markup_must_have(file, line, "e2e_form_add", f, name);
	memcpy(fields, f->fields, n * sizeof *fields);
	fields[n] = e2e_printf("%s=%s", name, value);
	fields[n + 1] = NULL;
	f->fields = fields;
	f->nfields = n + 1;
}

E2E__FN void e2e__markup_form_set(
	const char *file, int line, e2e_form *f, const char *name, const char *value)
{
	size_t n = strlen(name), at = 0;

	e2e__markup_must_have(file, line, "e2e_form_set", f, name);
	if (e2e__markup_kind(f, name) == 'm') { /* all that was selected, not the first one */
		e2e__markup_form_clear(f, name);
		at = f->nfields;
	}
	while (at < f->nfields && (strncmp(f->fields[at], name, n) != 0 || f->fields[at][n] != '='))
		at++;
	if (at < f->nfields)
		f->fields[at] = e2e_printf("%s=%s", name, value);
	else
		e2e__markup_form_add(file, line, f, name, value);
}

E2E__FN const char *e2e_url(const char *page, const char *reference)
{
	return e2e__markup_taken(xmlBuildURI((const xmlChar *)reference, (const xmlChar *)page));
}
#endif /* E2E_LIBXML2 */
