/* evaluate.cpp - the function: a table of sums, each a case of its own, and what it throws. */
#include "e2e_proc.h"
#include "../rpn.hpp"

struct sum {
	const char *name, *text;
	double value;
};

static const struct sum sums[] = {
	{"one number", "42", 42},
	{"order matters", "7 2 -", 5},
	{"nested", "1 2 + 3 4 + *", 21},
	{"fraction", "1 3 /", 1.0 / 3},
};

E2E_TEST_EACH(evaluates, sums)
{
	const struct sum *s = e2e_row(struct sum);
	e2e_is_near(rpn::evaluate(s->text), s->value, 1e-9);
}

/* What a text's exception says. One that nobody catches would fail the case too, with its what(). */
static std::string complaint(const std::string &text)
{
	try {
		rpn::evaluate(text);
	} catch (const std::exception &e) {
		return e.what();
	}
	return "nothing was thrown";
}

E2E_TEST(throws_what_is_wrong)
{
	e2e_is_str(complaint("1 +").c_str(), "+ lacks a number");
	e2e_is_str(complaint("1 2").c_str(), "the sum leaves 2 numbers");
	e2e_is_str(complaint("two").c_str(), "two is neither a number nor one of + - * /");
}

E2E_MAIN()
