/* e2e: libstrophe openssl libsodium */
/* The cases of disco.c on ejabberd (where they run alone, --server does the same). */
#include "disco.c"
#include "on_ejabberd.h"
