/* Options of its own, here and in own/more.c. Run by t/core/own.c. */
/* e2e: own/more.c */
#include "e2e.h"

E2E_OPTION(level, "--level", "N", "how hard to try")
E2E_OPTION(dry, "--dry-run", NULL, "do nothing")

const char *level_seen_by_the_other_file(void);

/* As a wrong E2E_OPTION would do, where the test asks for it. */
static void add_wrong(void) __attribute__((constructor));
static void add_wrong(void)
{
	static char env[] = "E2E_OPT_WRONG";
	static struct e2e__option self;
	const char *name = getenv("T_WRONG_OPTION");

	if (name)
		e2e__own_add(&self, name, env, NULL, "is wrong");
}

E2E_TEST(given)
{
	e2e_is_str(e2e_option_level(), "9");
	e2e_is_str(level_seen_by_the_other_file(), e2e_option_level());
	e2e_is_str(e2e_option_dry(), NULL);
	e2e_is_str(getenv("E2E_OPT_LEVEL"), NULL, "nobody else sees it");
}

E2E_TEST(dry) { e2e_is_str(e2e_option_dry(), "1"); }

E2E_MAIN()
