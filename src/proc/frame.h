/* e2e_proc.h - processes, sockets, faults, mail, certificates and shims for tests with e2e.h.
 * Joined from the rooms in src/proc: change those, then `make headers`.
 *
 * THE SHORTEST TEST
 *	#include "e2e_proc.h"
 *
 *	E2E_TEST(echo_says_what_it_was_told)
 *	{
 *		e2e_result r = e2e_run("echo", "hello world");
 *		e2e_is_int(r.status, 0);
 *		e2e_is_str(r.out, "hello world\n");
 *	}
 *
 *	E2E_MAIN()
 *
 * Build and run it:   cc -o echo.t echo.c && ./echo.t          (or:  ./prove echo.t)
 * It stands beside e2e.h. Certificates, and mail over TLS, need -DE2E_OPENSSL and -lssl -lcrypto;
 * The HTTP client needs -DE2E_CURL and -lcurl, XML and HTML need
 * -DE2E_LIBXML2 and what pkg-config says of libxml-2.0.
 *
 * CONTENTS
 * @contents
 *
 * @manuals
 *
 * The licence is at the end of the file. */
#ifndef E2E_PROC_H
#define E2E_PROC_H

/* @system */

#ifdef __cplusplus
extern "C" {
#endif

/* -----------------------------------------------------------------------------------------------
 * INTERFACE: what begins with e2e__ or E2E__ is not for tests
 * --------------------------------------------------------------------------------------------- */

/* @interface */

#ifndef E2E_EXTERN

/* -----------------------------------------------------------------------------------------------
 * IMPLEMENTATION
 * --------------------------------------------------------------------------------------------- */

/* @implementation */

#endif /* E2E_EXTERN */

#ifdef __cplusplus
}
#endif

/* MIT licence. Copyright (c) 2026 the e2e authors.
 * Permission is granted, free of charge, to use, copy, modify, merge, publish, distribute,
 * sublicense and sell this file, provided that this notice stays in it. It comes as is, without
 * warranty of any kind. */
#endif /* E2E_PROC_H */
