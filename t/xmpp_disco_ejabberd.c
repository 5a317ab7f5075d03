/* e2e: libstrophe openssl libsodium */
/* The cases of xmpp_disco.c on ejabberd (where they run alone, --server does the same). */
#include "xmpp_disco.c"
#include "on_ejabberd.h"
