/* on_ejabberd.h - behind a test of e2e_xmpp.h: its cases run on ejabberd, or not at all where that isn't installed. */
#ifndef T_ON_EJABBERD_H
#define T_ON_EJABBERD_H

static void on_ejabberd(void) __attribute__((constructor));
static void on_ejabberd(void)
{
	if (getenv("E2E_SERVER") || getenv("T_BY_CONFIG")) /* the config of a program inside says where */
		return;
	if (!e2e__provision_local_installed("ejabberd")) {
		puts("1..0 # SKIP ejabberd isn't installed");
		exit(0);
	}
	setenv("E2E_SERVER", "ejabberd", 0);
}

#endif
