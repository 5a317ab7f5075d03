/* A process of a user that there isn't. */
#include "e2e_proc.h"

E2E_TEST(no_such_user) { e2e_run_with((e2e_spawn_opts){.user = "nobody-of-this-name"}, "true"); }

E2E_MAIN()
