/* suite.h - what the programs of this suite share: where they run, and names. */
#ifndef XMPP_SUITE_H
#define XMPP_SUITE_H

#include "e2e_xmpp.h"

/* On both, one after the other; --server or a config chooses others. */
E2E_SERVERS("prosody,ejabberd");

#define DISCO_INFO "http://jabber.org/protocol/disco#info"
#define DISCO_ITEMS "http://jabber.org/protocol/disco#items"
#define PUBSUB "http://jabber.org/protocol/pubsub"
#define STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"

#endif
