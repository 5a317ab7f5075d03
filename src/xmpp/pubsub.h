#pragma once
#include "base.h"
#include "ops.h"
#include "libstrophe.h"
#include "xml.h"
#include "read.h"
#include "talk.h"
#include "say.h"
#include "form.h"

/* @manual Publishing (XEP-0060, XEP-0163)
 *	const char *id = e2e_publish(c, service, "news", NULL, "<entry xmlns='%s'/>", ns);
 *	e2e_stanza *items = e2e_items(c, service, "news", NULL);
 *	e2e_is_uint(e2e_count(items, "pubsub/items/item"), 1);
 *	The service NULL is the own account, with its personal nodes (mood, avatar and the like).
 *	e2e_configure_node(c, service, "news", "pubsub#max_items=10") sets fields of its form.
 *	What subscribers get is a message: e2e_expect_message(d, .path = "event/items/item/entry").
 */

/* @interface */

/* e2e_publish(client, service, node, id, text, ...): publishes an item at a node of the service
 * (NULL: of the own account). The text, printf-style as in e2e_xml, is its payload. id NULL: the
 * service gives it one. Returns its id, valid until the end of the case. Fails and ends the case if
 * it is refused (code stanza-error), or there is no answer. */
#define e2e_publish(client, service, node, id, ...) \
	e2e__pubsub_publish(E2E__AT, client, service, node, id, __VA_ARGS__)
/* Asks for the items of a node (service NULL: of the own account), or for the one with this id; id
 * NULL: all that the service gives. Returns the result: they are at "pubsub/items/item". Fails and
 * ends the case as e2e_publish does. */
#define e2e_items(client, service, node, id) e2e__pubsub_items(E2E__AT, client, service, node, id)
/* e2e_configure_node(client, service, node, "var=value", ...): its owner sets these fields of the
 * node's form; see e2e_form_submit for them. Returns the result. Fails and ends the case as
 * e2e_publish does. */
#define e2e_configure_node(client, service, ...) \
	e2e__pubsub_configure(E2E__AT, client, service, E2E__STRINGS(__VA_ARGS__))

E2E__FN const char *e2e__pubsub_publish(const char *file, int line, e2e_client *c,
	const char *service, const char *node, const char *id, const char *fmt, ...)
	E2E__PRINTF(7, 8);
E2E__FN e2e_stanza *e2e__pubsub_items(const char *file, int line, e2e_client *c,
	const char *service, const char *node, const char *id);
E2E__FN e2e_stanza *e2e__pubsub_configure(
	const char *file, int line, e2e_client *c, const char *service, const char *const *words);

/* @implementation */

#define E2E__PUBSUB "http://jabber.org/protocol/pubsub"

E2E__FN void e2e__pubsub_need_node(const char *file, int line, const char *name, const char *node)
{
	if (!node)
		e2e__op_die_of(file, line, name, "usage", "the node is NULL", NULL);
}

E2E__FN const char *e2e__pubsub_publish(const char *file, int line, e2e_client *c,
	const char *service, const char *node, const char *id, const char *fmt, ...)
{
	e2e_stanza *payload, *item, *request, *reply;
	const char *given;
	va_list ap;

	e2e__pubsub_need_node(file, line, "e2e_publish", node);
	va_start(ap, fmt);
	payload = e2e__xml_of(file, line, c, "e2e_publish", fmt, ap);
	va_end(ap);
	item = e2e__xml(file, line, c, "<item/>");
	if (id)
		xmpp_stanza_set_id(item, id);
	request = e2e__xml(file, line, c,
		"<iq type='set'><pubsub xmlns='" E2E__PUBSUB "'><publish node='%s'/></pubsub></iq>",
		node);
	e2e__read_put(file, line, item, "", payload);
	e2e__read_put(file, line, request, "pubsub/publish", item);
	if (service)
		xmpp_stanza_set_to(request, service);
	reply = e2e__say_ask_stanza(file, line, c, "e2e_publish", request);
	given = e2e__read_get(file, line, reply, "pubsub/publish/item@id");
	return given ? given : id ? e2e__memory_strdup(id) : NULL;
}

E2E__FN e2e_stanza *e2e__pubsub_items(const char *file, int line, e2e_client *c,
	const char *service, const char *node, const char *id)
{
	e2e_stanza *request;

	e2e__pubsub_need_node(file, line, "e2e_items", node);
	request = e2e__xml(file, line, c,
		"<iq type='get'><pubsub xmlns='" E2E__PUBSUB "'><items node='%s'/></pubsub></iq>",
		node);
	if (id)
		e2e__read_put(file, line, request, "pubsub/items",
			e2e__xml(file, line, c, "<item id='%s'/>", id));
	if (service)
		xmpp_stanza_set_to(request, service);
	return e2e__say_ask_stanza(file, line, c, "e2e_items", request);
}

/* words: the node, and the fields. */
E2E__FN e2e_stanza *e2e__pubsub_configure(
	const char *file, int line, e2e_client *c, const char *service, const char *const *words)
{
	static const char name[] = "e2e_configure_node";
	e2e_stanza *form, *request;

	e2e__pubsub_need_node(file, line, name, *words);
	form = e2e__form_submit_of(file, line, name, c, E2E__PUBSUB "#node_config", words + 1);
	request = e2e__xml(file, line, c,
		"<iq type='set'><pubsub xmlns='" E2E__PUBSUB
		"#owner'><configure node='%s'/></pubsub></iq>",
		*words);
	e2e__read_put(file, line, request, "pubsub/configure", form);
	if (service)
		xmpp_stanza_set_to(request, service);
	return e2e__say_ask_stanza(file, line, c, name, request);
}
