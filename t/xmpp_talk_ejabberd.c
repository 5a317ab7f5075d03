/* e2e: libstrophe openssl libsodium */
/* The cases of xmpp_talk.c on ejabberd (where they run alone, --server does the same). */
#define ON_EJABBERD
#include "xmpp_talk.c"
#include "on_ejabberd.h"
