/* scenario.c - documentation that is run: the commands in git.md, and what they print, checked against the
 * real git.
 *
 * When the program's output changes, the text is wrong and the test fails with a diff;
 *	examples/scenario.t --update
 * writes the new output into the text. */
#include "e2e_proc.h"

E2E_TEST(the_tutorial_is_right)
{
	e2e_require_command("git");
	e2e_setenv("HOME", e2e_tmpdir());
	e2e_setenv("GIT_CONFIG_NOSYSTEM", "1");
	e2e_scenario("examples/git.md", "name=Ada", "date=2024-02-29T12:00:00Z");
}

E2E_MAIN()
