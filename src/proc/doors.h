#pragma once
#include "base.h"

/* @implementation */

/* Calls go down, from a room to those before it in the list. These few go up, each for its
 * reason. */

/* An operation that fails is over before the case ends. */
E2E__FN void e2e__wait_op_end(void);

/* The keeper and the services end with the program, whose end the keeper's start registers. */
E2E__FN void e2e__plan_exit(void);

/* What a service's start has spawned is told to its warden. */
E2E__FN void e2e__service_group(pid_t add, pid_t drop);
