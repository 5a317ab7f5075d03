/* e2e: libstrophe openssl libsodium */
/* Each case gives NULL where a client, a stanza or a text is to be. */
#include "e2e_xmpp.h"

static e2e_client *nobody;

/* What would be a client if anything were done with it. */
static e2e_client somebody;

#define CASE(name, ...) \
	E2E_TEST(name) \
	{ \
		__VA_ARGS__; \
		e2e_pass("not reached"); \
	}

CASE(message, e2e_message(nobody, "a@b", "x"))
CASE(presence, e2e_presence(nobody, "a@b", NULL, NULL))
CASE(tell, e2e_tell(nobody, "<message/>"))
CASE(ask, e2e_ask(nobody, "<iq type='get'/>"))
CASE(ask_get, e2e_ask_get(nobody, "a@b", "<x/>"))
CASE(ask_error, e2e_ask_error(nobody, "<iq type='get'/>"))
CASE(xml, e2e_xml(nobody, "<x/>"))
CASE(expect, e2e_expect_stanza(nobody, E2E_MESSAGE))
CASE(expect_message, e2e_expect_message(nobody))
CASE(expect_presence, e2e_expect_presence(nobody, .type = "available"))
CASE(expect_iq, e2e_expect_iq(nobody, .within = 1))
CASE(no, e2e_no_stanza(nobody, 0.1, .kind = E2E_MESSAGE))
CASE(all, e2e_expect_all(nobody, 0, NULL))
CASE(matches, e2e_expect_all(&somebody, 1, NULL))
CASE(left, e2e_stanzas_left(nobody))
CASE(drop, e2e_drop_stanzas(nobody))
CASE(disconnect, e2e_disconnect(nobody))
CASE(reconnect, e2e_reconnect(nobody))
CASE(cut, e2e_cut(nobody))
CASE(reason, e2e_disconnect_reason(nobody))
CASE(raw, e2e_send_raw(nobody, "x"))
CASE(features, e2e_features(nobody))
CASE(open_stream, e2e_open_stream(nobody))
CASE(answer_each, e2e_answer_each(nobody, "x", NULL))
CASE(refuse_each, e2e_refuse_each(nobody, "x", "cancel", "item-not-found"))
CASE(publish, e2e_publish(nobody, NULL, "n", NULL, "<x/>"))
CASE(items, e2e_items(nobody, NULL, "n", NULL))
CASE(configure_node, e2e_configure_node(nobody, NULL, "n", "a=b"))
CASE(join_room, e2e_join_room(nobody, "r@x", "n"))
CASE(configure_room, e2e_configure_room(nobody, "r@x", "a=b"))
CASE(announce, e2e_announce_features(nobody, "urn:x"))
CASE(form, e2e_form_submit(nobody, "x", "a=b"))
CASE(befriend, e2e_befriend(nobody, nobody))
CASE(send, e2e_send_stanza(nobody, NULL))
CASE(iq, e2e_iq(nobody, NULL))
CASE(no_request, e2e_iq(&somebody, NULL))
CASE(disco, e2e_disco_result d; e2e_disco(nobody, "a@b", false, &d))
CASE(has, e2e_entity none = {0}; e2e_entity_has(&none, NULL))

E2E_MAIN()
