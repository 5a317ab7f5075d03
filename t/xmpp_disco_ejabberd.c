/* e2e: libstrophe openssl libsodium */
/* The cases of xmpp_disco.c on ejabberd (where they run alone, --server does the same). */
#include "xmpp_disco.c"

static void on_ejabberd(void) __attribute__((constructor));
static void on_ejabberd(void)
{
	setenv("E2E_SERVER", "ejabberd", 0);
}
