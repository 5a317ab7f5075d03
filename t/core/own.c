/* E2E_OPTION: t/core/broken/own.c has two options of its own. */
#include "../golden.h"

#define run(...) e2e_run(broken("own"), __VA_ARGS__)

E2E_TEST(command_line)
{
	e2e_is_int(run("-k", "given", "--level", "9").status, 0);
	e2e_is_int(run("-k", "given", "--level=3", "--level=9").status, 0, "the last one counts");
	e2e_is_int(run("-k", "dry", "--dry-run").status, 0);
	e2e_is_int(run("-k", "given", "--level", "3").status, 1);
}

E2E_TEST(environment)
{
	e2e_setenv("E2E_OPT_LEVEL", "9");
	e2e_is_int(run("-k", "given").status, 0);
	e2e_is_int(run("-k", "given", "--level", "3").status, 1, "the command line wins");
	e2e_setenv("E2E_OPT_DRY", "1");
	e2e_is_int(run("-k", "dry").status, 0);
	e2e_setenv("E2E_OPT_DRY", "");
	e2e_like(run("-k", "dry").out, "  got: NULL\n", "empty: not given");
	e2e_setenv("E2E_OPT_DRY", "no");
	e2e_like(run("-k", "dry").out, "  got: NULL\n");
	e2e_setenv("E2E_OPT_DRY", "yes");
	e2e_is_int(run("-k", "dry").status, 0);
}

E2E_TEST(help)
{
	const char *out = run("--help").out;

	e2e_like(out, "\n      --level +N +how hard to try \\[\\$E2E_OPT_LEVEL\\]\n");
	e2e_like(out, "\n      --dry-run +do nothing \\[\\$E2E_OPT_DRY\\]\n");
	e2e_unlike(out, "--level.*--level", "one option in two files");
}

E2E_TEST(repeat_has_what_was_given)
{
	e2e_like(run("-k", "given", "--level", "a b", "--dry-run").out, "repeat: .* --level 'a b' --dry-run\"\n");
	e2e_unlike(run("-k", "given").out, "repeat: .*--level");
}

E2E_TEST(mistakes)
{
	e2e_result r = run("--levl", "9");

	e2e_is_int(r.status, 99);
	e2e_like(r.err, "unknown option or argument \"--levl\"; did you mean --level\\?");
	r = run("--level");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "--level needs a value");
}

E2E_TEST(wrong_names)
{
	static const struct {
		const char *name, *says;
	} rows[] = {{"level", "^e2e: E2E_OPTION level: expected a name like \"--level\"\n$"},
		{"--", "expected a name like"},
		{"--a=b", "expected a name like"},
		{"--seed", "^e2e: E2E_OPTION --seed: e2e has this option itself: expected another name\n$"},
		{"--level", "E2E_OPTION --[a-z]*, in the environment E2E_OPT_[A-Z]*: there is --level, in the "
			    "environment E2E_OPT_[A-Z]*, already"}};

	e2e_each(i, 5, "%s", rows[i].name) {
		e2e_result r;

		e2e_setenv("T_WRONG_OPTION", rows[i].name);
		r = run("--list");
		e2e_is_int(r.status, 99);
		e2e_like(r.err, rows[i].says);
		e2e_is_str(r.out, "");
	}
}

E2E_MAIN()
