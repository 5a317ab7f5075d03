/* e2e: libstrophe openssl libsodium */
/* The cases of several.c on ejabberd. */
#include "several.c"
#include "on_ejabberd.h"
