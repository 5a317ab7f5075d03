/* program.cpp - the program: a dialogue with it, and how it ends. */
#include "e2e_proc.h"

/* Options of a case need C++20. */
E2E_TEST(a_dialogue, .timeout = 60)
{
	e2e_proc *p = e2e_spawn("./rpn");
	e2e_send(p, "1 2 +\n");
	e2e_expect(p, "^3\n");
	e2e_send(p, "6 7 *\n");
	e2e_expect(p, "^42\n");
	e2e_wait(p, 0); /* its input ends here */
}

E2E_TEST(a_mistake_ends_it)
{
	e2e_proc *p = e2e_spawn("./rpn");
	e2e_send(p, "1 +\n");
	e2e_wait(p, 1);
	e2e_is_str(e2e_stderr(p), "rpn: + lacks a number\n");
}

E2E_MAIN()
