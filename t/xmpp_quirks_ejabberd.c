/* e2e: libstrophe openssl libsodium */
/* The cases of xmpp_quirks.c on ejabberd (where they run alone, --server does the same). */
#define ON_EJABBERD
#include "xmpp_quirks.c"

static void on_ejabberd(void) __attribute__((constructor));
static void on_ejabberd(void)
{
	setenv("E2E_SERVER", "ejabberd", 0);
}
