/* e2e: libstrophe openssl libsodium */
/* The cases of quirks.c on ejabberd (where they run alone, --server does the same). */
#define ON_EJABBERD
#include "quirks.c"
#include "on_ejabberd.h"
