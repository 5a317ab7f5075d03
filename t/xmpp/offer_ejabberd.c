/* e2e: libstrophe openssl libsodium */
/* offer.c on ejabberd. */
#define OFFER_ON_EJABBERD
#include "offer.c"
