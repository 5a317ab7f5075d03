/* The functions of the toolkit, compiled once for all tests; as C++, so no C compiler is needed. */
#define E2E_IMPLEMENT
#include "e2e_proc.h"
