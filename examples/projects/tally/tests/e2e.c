/* The functions of the toolkit, compiled once for all tests. */
#define E2E_IMPLEMENT
#include "e2e_proc.h"
