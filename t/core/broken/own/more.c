/* The second file of own.c. */
#include "e2e.h"

E2E_OPTION(level, "--level", "N", "how hard to try")

const char *level_seen_by_the_other_file(void);
const char *level_seen_by_the_other_file(void)
{
	return e2e_option_level();
}
