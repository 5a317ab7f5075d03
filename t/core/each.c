/* E2E_TEST_EACH, E2E_TEST_MATRIX and e2e_each: used here, and by t/core/broken/each.c in ways that fail. */
#include "../golden.h"

struct upper {
	const char *name, *text;
	char last;
};
static const struct upper uppers[] = {{"empty", "", 0}, {"one", "a", 'a'}, {"several", "xyz", 'z'}};
static int ran;

E2E_TEST_EACH(last_letter, uppers)
{
	const struct upper *r = e2e_row(struct upper);
	size_t n = strlen(r->text);

	e2e_is_int(n ? r->text[n - 1] : 0, r->last);
	e2e_is_int(ran++, 0, "each row has a process of its own");
}

static const double halves[][2] = {{1, .5}, {3, 1.5}};
typedef double two_doubles[2];

E2E_TEST_EACH(halves, halves)
{
	const two_doubles *r = e2e_row(two_doubles);

	e2e_is_double((*r)[0] / 2, (*r)[1], 0);
}

/* A row's name may be any text; the folder of its case is one that shells and compilers don't mind. */
static const char *const texts[] = {"a/b", "two words", "$(x) 'y'", "\xc3\xa4"};

E2E_TEST_EACH(folders, texts)
{
	const char *dir = e2e_tmpdir();

	e2e_is_int(access(dir, W_OK), 0);
	e2e_like(strrchr(dir, '/'), "^/e2e-each[.]folders-[a-zA-Z0-9._-]*$");
	e2e_is_str(e2e_run("sh", "-c", "cd $0 && echo here", dir).out, "here\n");
}

#define run(...) e2e_run(broken("each"), __VA_ARGS__)

E2E_TEST(list)
{
	e2e_result r = run("--list");

	e2e_is_str(r.out,
		"adds/small\nadds/crashes (a+b)\nadds/last\n"
		"squares/1\nsquares/2\nsquares/3\n"
		"words/same\nwords/same (2)\nwords/two\\nlines\n"
		"wrong_type/1\nno_row\n"
		"talk/C x C\ntalk/C x Rust\ntalk/Python x C\ntalk/Python x Rust\n"
		"rows_of_a_case\n");
	e2e_is_int(r.status, 0);
}

E2E_TEST(filter)
{
	e2e_is_str(run("--list", "-k", "adds/last").out, "adds/last\n");
	e2e_is_str(run("--list", "-k", "adds/crashes (a+b)").out, "adds/crashes (a+b)\n", "a name is no expression");
	e2e_is_str(run("--list", "-t", "numbers").out, "squares/1\nsquares/2\nsquares/3\n");
	e2e_is_str(run("--list", "--include-pair", "Python x C", "-k", "^talk").out, "talk/Python x C\n");
	e2e_is_str(run("--list", "--exclude-shim", "Rust", "-k", "^talk").out, "talk/C x C\ntalk/Python x C\n");
	e2e_is_int(run("--include-shim", "Go", "-k", "^talk").status, 99);
}

E2E_TEST(repeat)
{
	e2e_result r = run("-k", "^adds/crashes", "--seed", "7");

	e2e_like(r.out, "repeat: .* -k '\\^adds/crashes \\\\\\\\\\(a\\\\\\\\\\+b\\\\\\\\\\)\\$' --seed 7");
}

static void rows_of(const char *name)
{
	e2e_result r = e2e_run(broken("each"), "-k", e2e_printf("^%s/", name), "--seed", "1");

	e2e_is_int(r.status, 1);
	as_expected(E2E__AT, e2e_printf("each-%s", name), r.out, r.err);
}

E2E_TEST(reports, .timeout = 120)
{
	rows_of("adds");
	rows_of("squares");
	rows_of("words");
	rows_of("wrong_type");
	golden("each", "no_row", 1);
	rows_of("talk");
	golden("each", "rows_of_a_case", 1);
}

E2E_MAIN()
