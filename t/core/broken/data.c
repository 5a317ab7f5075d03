/* Folders, cached data, cleanup and the matrix, in ways that fail. */
#include "e2e.h"

static bool build(const char *dir, void *arg)
{
	FILE *f = fopen(e2e_printf("%s/file", dir), "w");
	e2e_diag("built");
	if (getenv("SLOW"))
		e2e__clock_nap(0.5);
	if (!f)
		return false;
	fprintf(f, "content of %s\n", (const char *)arg);
	fclose(f);
	return symlink("file", e2e_printf("%s/link", dir)) == 0 && mkdir(e2e_printf("%s/sub", dir), 0750) == 0;
}

static bool build_fails(const char *dir, void *arg)
{
	(void)dir;
	(void)arg;
	return false;
}

static bool build_asserts(const char *dir, void *arg)
{
	(void)arg;
	e2e_must(e2e_is_str(dir, "elsewhere"));
	return true;
}

static bool build_dies(const char *dir, void *arg)
{
	(void)arg;
	(void)dir;
	raise(SIGKILL);
	return true;
}

static char words[] = "words";

E2E_TEST(cached)
{
	const char *dir = e2e_cached("data", "key 1", build, words);
	struct stat s;
	char target[16] = "";
	e2e_is_str(e2e__file_read(e2e_printf("%s/file", dir), NULL), "content of words\n");
	e2e_is_int(readlink(e2e_printf("%s/link", dir), target, sizeof target - 1), 4);
	e2e_is_str(target, "file");
	e2e_is_int(stat(e2e_printf("%s/sub", dir), &s), 0);
	e2e_is_int(s.st_mode & 0777, 0750);
	e2e_is_int(truncate(e2e_printf("%s/file", dir), 0), 0, "the copy is private");
}

E2E_TEST(cached_other_key)
{
	e2e_ok(e2e_cached("data", "key 2", build, words));
}

E2E_TEST(build_returns_false)
{
	e2e_cached("bad", "key", build_fails, NULL);
	e2e_pass("not reached");
}

E2E_TEST(build_asserts_wrong)
{
	e2e_cached("bad", "key", build_asserts, NULL);
}

E2E_TEST(build_is_killed)
{
	e2e_cached("bad", "key", build_dies, NULL);
}

E2E_TEST(fails_with_a_folder)
{
	FILE *f = fopen(e2e_printf("%s/kept.txt", e2e_tmpdir()), "w");
	e2e_must(e2e_ok(f));
	fclose(f);
	e2e_fail("so it's kept");
}

static void say(void *arg)
{
	e2e_note("%s", (const char *)arg);
}

static void say_and_fail(void *arg)
{
	e2e_fail("%s", (const char *)arg);
	e2e_must(false);
}

E2E_TEST(deferred_fails)
{
	static char one[] = "one", two[] = "two", three[] = "three";
	e2e_defer(say, one);
	e2e_defer(say_and_fail, two);
	e2e_defer(say, three);
	e2e_pass();
}

E2E_TEST(no_such_folder)
{
	e2e_chdir("/nonexistent");
	e2e_pass("not reached");
}

struct row {
	const char *name;
	int value;
};

static void pair(const void *row, const void *column, void *arg)
{
	const struct row *r = (const struct row *)row;
	const char *const *c = (const char *const *)column;
	(void)arg;
	if (strcmp(*c, "skips") == 0)
		e2e_skip("no %s for %s", *c, r->name);
	if (strcmp(*c, "musts") == 0)
		e2e_must(e2e_is_int(r->value, 1));
	if (strcmp(*c, "hangs") == 0 && r->value == 2)
		e2e_blocking_with_timeout(0.1) for (;;) pause();
	if (strcmp(*c, "empty") != 0)
		e2e_pass("%s on %s", r->name, *c);
}

static const struct row rows[] = {{"alpha", 1}, {"beta", 2}};
static const char *const columns[] = {"plain", "skips", "musts", "hangs", "empty"};

E2E_TEST(matrix)
{
	e2e_known("* x empty", "*", "BUG-1: nothing there");
	e2e_matrix(rows, 2, columns, 5, pair, NULL);
}

E2E_TEST(no_rows)
{
	e2e_pass("before");
	e2e_matrix(rows, 0, columns, 5, pair, NULL);
	e2e_pass("after");
}

static void dies(const void *row, const void *column, void *arg)
{
	(void)arg;
	(void)column;
	e2e_pass("before");
	if (((const struct row *)row)->value == 2)
		raise(SIGKILL);
}

E2E_TEST(dies_in_a_pair)
{
	e2e_matrix(rows, 2, columns, 1, dies, NULL);
}

E2E_TEST(pairs_of_two, .tags = "slow two")
{
	static const char *const more[] = {"gamma", "delta"};
	e2e_matrix(rows, 2, columns, 1, pair, NULL);
	e2e_matrix(more, 2, columns, 1, pair, NULL);
	e2e_is_int(1, getenv("FAILS") ? 2 : 1);
}

E2E_TEST(square)
{
	static const char *const peers[] = {"c", "python", "go"};
	static const struct row no_use = {"", 0};
	(void)no_use;
	e2e_matrix(rows, 2, rows, 2, pair, NULL);
	(void)peers;
}

E2E_MAIN()
