/* e2e: libstrophe openssl libsodium */
/* The cases of talk.c on ejabberd (where they run alone, --server does the same). */
#define ON_EJABBERD
#include "talk.c"
#include "on_ejabberd.h"
