/* e2e: libstrophe openssl libsodium */
/* The cases of answers.c on ejabberd (where they run alone, --server does the same). */
#define ON_EJABBERD
#include "answers.c"
#include "on_ejabberd.h"
