/* e2e_proc.h - processes, sockets, faults, mail, certificates and shims for tests with e2e.h.
 *
 * CONTENTS
 *
 * -- manual: plans --
 *
 * -- manual: readiness and dialogues --
 *
 * -- manual: services --
 *
 * -- manual: ports and sockets --
 *
 * -- manual: fault proxy --
 *
 * -- manual: mail --
 *
 * -- manual: certificates --
 *
 * -- manual: shims and handshakes --
 *
 * -- manual: scenarios --
 *
 * The licence is at the end of the file. */
#ifndef E2E_PROC_H
#define E2E_PROC_H

#include "e2e.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- interface: plans ---- */

/* ---- interface: readiness and dialogues ---- */

/* ---- interface: services ---- */

/* ---- interface: ports and sockets ---- */

/* ---- interface: fault proxy ---- */

/* ---- interface: mail ---- */

/* ---- interface: certificates ---- */

/* ---- interface: shims and handshakes ---- */

/* ---- interface: scenarios ---- */

/* ---- implementation: state ---- */

/* ---- implementation: plans ---- */

/* ---- implementation: readiness and dialogues ---- */

/* ---- implementation: services ---- */

/* ---- implementation: ports and sockets ---- */

/* ---- implementation: fault proxy ---- */

/* ---- implementation: mail ---- */

/* ---- implementation: certificates ---- */

/* ---- implementation: shims and handshakes ---- */

/* ---- implementation: scenarios ---- */

#ifdef __cplusplus
}
#endif

#endif /* E2E_PROC_H */
