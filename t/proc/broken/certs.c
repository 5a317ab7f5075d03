/* Certificates that can't be made; t/proc/certs.c compares the reports. */
/* e2e: openssl */
#define E2E_OPENSSL
#include "e2e_proc.h"

E2E_TEST(hosts)
{
	e2e_certs(NULL, "localhost,email:copy");
	e2e_certs(NULL, "a b,URI/x");
}

E2E_TEST(folder)
{
	e2e_certs("/dev/null/x", "localhost");
}

E2E_MAIN()
