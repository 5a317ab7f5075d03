/* e2e: libstrophe openssl libsodium */
/* The cases of accounts.c on ejabberd (where they run alone, --server does the same). */
#define ON_EJABBERD
#include "accounts.c"
#include "on_ejabberd.h"
