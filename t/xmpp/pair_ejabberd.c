/* e2e: libstrophe openssl libsodium */
/* pair.c on ejabberd. */
#define PAIR_ON_EJABBERD
#include "pair.c"

#include "on_ejabberd.h"
