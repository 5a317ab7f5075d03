/* Cases whose order matters: one needs what another has left. Run by t/core/shuffle.c. */
#include "e2e.h"

static int made;

E2E_TEST(makes, .fork = 0) { e2e_is_int(++made, 1); }

E2E_TEST(uses, .fork = 0) { e2e_is_int(made, 1); }

static const char *const rows[] = {"a", "b", "c", "d", "e"};

E2E_TEST_EACH(row, rows) { e2e_pass(); }

E2E_MAIN()
