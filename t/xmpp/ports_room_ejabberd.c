/* e2e: libstrophe openssl libsodium */
/* The cases of ports_room.c on ejabberd. */
#include "ports_room.c"
#include "on_ejabberd.h"
