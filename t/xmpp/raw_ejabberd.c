/* e2e: libstrophe openssl libsodium */
/* The cases of raw.c on ejabberd (where they run alone, --server does the same). */
#define ON_EJABBERD
#include "raw.c"
#include "on_ejabberd.h"
