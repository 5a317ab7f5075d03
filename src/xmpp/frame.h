/* e2e_xmpp.h - provisioned XMPP clients against real servers, for tests with e2e.h.
 * Joined from the rooms in src/xmpp: change those, then `make headers`.
 * Links libstrophe, libssl, libcrypto and libsodium: pkg-config --libs libstrophe openssl libsodium
 *
 * THE SHORTEST TEST
 *	#include "e2e_xmpp.h"
 *
 *	E2E_TEST(romeo_hears_juliet)
 *	{
 *		e2e_client *romeo = e2e_client_connected(), *juliet = e2e_client_connected();
 *		e2e_message(juliet, romeo->jid, "wherefore art thou?");
 *		e2e_is_str(e2e_body(e2e_expect_message(romeo, .from = juliet->jid)),
 *			"wherefore art thou?");
 *	}
 *
 *	E2E_MAIN()
 *
 * Without any configuration this runs against a private Prosody (or ejabberd) of its own, on a free
 * port of 127.0.0.1, with its own certificate, started once for all programs of a `prove` run.
 * Where no server is installed the case is skipped.
 *
 * CONTENTS
 * @contents
 *
 * @manuals
 *
 * The licence is at the end of the file. */
#ifndef E2E_XMPP_H
#define E2E_XMPP_H

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
#endif /* E2E_XMPP_H */
