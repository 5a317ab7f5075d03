/* Folders, cached data, cleanup, environment and matrix: used here, and by t/core/broken/data.c in ways that fail. */
#include "../golden.h"

static e2e_result data(const char *name)
{
	return e2e_run(broken("data"), "-k", e2e_printf("^%s$", name), "--seed", "1");
}

/* The value of a `key: ` line of a report. */
static const char *value_of(const char *out, const char *key)
{
	const char *p = strstr(out, e2e_printf("\n  %s: ", key));
	return p ? e2e_printf("%.*s", (int)strcspn(p + strlen(key) + 5, "\n"), p + strlen(key) + 5) : NULL;
}

E2E_SETUP()
{
	e2e_setenv("E2E_CACHE", e2e_printf("%s/cache", e2e_tmpdir()));
}

E2E_TEST(tmpdir)
{
	struct stat s;
	const char *dir = e2e_tmpdir();
	e2e_is_str(e2e_tmpdir(), dir, "one a case");
	e2e_is_int(stat(dir, &s), 0);
	e2e_ok(S_ISDIR(s.st_mode));
	e2e_is_int(s.st_mode & 07777, 0700);
	e2e_like(dir, "/e2e-data\\.tmpdir-");
}

E2E_TEST(tmpdir_is_kept_on_failure_only)
{
	e2e_result r = data("fails_with_a_folder");
	const char *dir = value_of(r.out, "folder");
	e2e_is_int(r.status, 1);
	e2e_must(e2e_ok(dir, "the folder is named"));
	e2e_is_int(access(e2e_printf("%s/kept.txt", dir), R_OK), 0);
	e2e__file_remove_tree(dir);
	e2e_setenv("TMPDIR", e2e_tmpdir());
	r = e2e_run("sh", "-c", "\"$1\" -k unforked >/dev/null; ls \"$TMPDIR\" | grep -c '^e2e-'", "sh",
		    broken("plain"));
	e2e_is_str(r.out, "0\n", "a passing case leaves none");
}

E2E_TEST(tmpdir_is_removed_whatever_is_in_it)
{
	const char *dir = e2e_tmpdir();
	const char *deep = e2e_printf("%s/a/b/c", dir), *outside = e2e_printf("%s.outside", dir);
	struct stat s;
	e2e_is_int(e2e__file_mkdirs(deep, 0700), 0);
	e2e_is_int(mkdir(outside, 0700), 0);
	e2e_is_int(symlink(outside, e2e_printf("%s/link", deep)), 0);
	e2e_is_int(chmod(deep, 0), 0);
	e2e_is_int(e2e__file_remove_tree(e2e_printf("%s/a", dir)), 0);
	e2e_is_int(stat(e2e_printf("%s/a", dir), &s), -1);
	e2e_is_int(stat(outside, &s), 0, "a link isn't followed");
	e2e_is_int(rmdir(outside), 0);
}

static void count(void *arg)
{
	++*(int *)arg;
}

static void check_two(void *arg)
{
	e2e_is_int(*(int *)arg, 2, "the last one deferred runs first");
}

E2E_TEST(deferred)
{
	static int n;
	n = 0;
	e2e_defer(check_two, &n);
	e2e_defer(count, &n);
	e2e_defer(count, &n);
}

E2E_TEST(deferred_functions_may_fail)
{
	e2e_result r = data("deferred_fails");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n    # three\n    not ok 2 - two\n");
	e2e_like(r.out, "\n    # one\n    1..2\nnot ok 1 - deferred_fails\n", "the ones after it run");
}

static void unchanged(void *arg)
{
	(void)arg;
	e2e_is_str(getenv("E2E_TEST_NEW"), NULL, "what wasn't set is unset again");
	e2e_is_str(getenv("HOME"), "/nonexistent/home");
}

E2E_TEST(environment_and_folder_are_restored)
{
	char before[PATH_MAX], now[PATH_MAX];
	setenv("HOME", "/nonexistent/home", 1);
	e2e_must(e2e_ok(getcwd(before, sizeof before)));
	e2e_defer(unchanged, NULL);
	e2e_setenv("E2E_TEST_NEW", "1");
	e2e_setenv("HOME", NULL);
	e2e_is_str(getenv("HOME"), NULL);
	e2e_chdir("/");
	e2e_is_str(getcwd(now, sizeof now), "/");
}

E2E_TEST(no_such_folder)
{
	e2e_result r = data("no_such_folder");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "data.c:[0-9]+: cannot change to the folder \"/nonexistent\": No such file or directory\n$");
	e2e_unlike(r.out, "not reached");
}

E2E_TEST(cached_is_built_once_a_key)
{
	e2e_is_str(data("cached").err, "# built\n");
	e2e_is_str(data("cached").err, "", "the second run takes it from the cache, whatever the first did to its copy");
	e2e_is_str(data("cached_other_key").err, "# built\n", "another key");
	e2e_is_int(data("cached").status, 0);
}

E2E_TEST(eight_at_once_build_once)
{
	e2e_result r;
	e2e_setenv("SLOW", "1");
	r = e2e_run("sh", "-c",
		    "for i in 1 2 3 4 5 6 7 8; do \"$1\" -k '^cached$' >\"$2/$i\" & done; wait; cat \"$2\"/[1-8] | grep -c '^ok 1 - "
		    "cached$'",
		    "sh", broken("data"), e2e_tmpdir());
	e2e_is_str(r.out, "8\n");
	e2e_is_str(r.err, "# built\n");
}

E2E_TEST(a_failed_build_leaves_nothing)
{
	static const char *const names[] = {"build_returns_false", "build_asserts_wrong", "build_is_killed"};
	size_t i;
	for (i = 0; i < 3; i++) {
		e2e_result r = data(names[i]);
		e2e_is_int(r.status, 1, "%s", names[i]);
		if (i < 2)
			e2e_like(r.err, "the data \"bad\" could not be built\n$");
		r = e2e_run("sh", "-c", "ls -d \"$E2E_CACHE\"/data-bad-*/key 2>/dev/null | wc -l | tr -d ' '");
		e2e_is_str(r.out, "0\n", "no template");
	}
	data("build_returns_false");
	e2e_is_str(e2e_run("sh", "-c", "ls \"$E2E_CACHE\" | grep -v 'lock$'").out, "CACHEDIR.TAG\n",
		   "what a killed builder left is gone with the next build");
}

E2E_TEST(a_cache_that_cannot_be_made)
{
	e2e_result r;
	e2e_setenv("E2E_CACHE", "/dev/null/cache");
	r = data("cached");
	e2e_is_int(r.status, 1);
	e2e_like(r.err, "cannot make the cache's folder /dev/null/cache: Not a directory");
	e2e_like(r.out, "hint: \"set E2E_CACHE to a folder that you may write to");
}

/* Where no home can be written the cache is beside everybody's files: who may have put it there? */
E2E_TEST(a_cache_that_others_may_have_made)
{
	const char *tmp = e2e_tmpdir(), *path = e2e_printf("%s/e2e-cache-%ld", tmp, (long)getuid());
	static const char *const why[] = {"it is no folder; expected a folder of yours", "it is open to others; expected a folder of yours"};

	e2e_setenv("E2E_CACHE", NULL);
	e2e_setenv("XDG_CACHE_HOME", NULL);
	e2e_setenv("HOME", "/dev/null/home");
	e2e_setenv("TMPDIR", tmp);
	for (int i = 0; i < 2; i++) {
		e2e_result r;

		e2e_is_int(i ? mkdir(path, 0755) | chmod(path, 0755) : symlink("/", path), 0);
		r = data("cached");
		e2e_is_int(r.status, 1);
		e2e_like(r.err, e2e_printf("the cache can't be in %s: %s", path, why[i]));
		e2e_is_int(remove(path), 0);
	}
}

E2E_TEST(matrix)
{
	e2e_result r = data("matrix");
	e2e_is_int(r.status, 1);
	e2e_is_str(r.err, "# t/core/broken/data.c:122: got 2, want 1\n# t/core/broken/data.c:124: timed out after 0.1 s\n");
	e2e_like(r.out, "\n    ok 2 - alpha x skips # SKIP no skips for alpha\n", "a guard ends the pair");
	e2e_like(r.out, "\n    not ok 5 - alpha x empty # TODO BUG-1: nothing there\n", "a known failure by name");
	e2e_like(r.out, "\n    not ok 8 - beta x musts\n", "e2e_must ends the pair");
	e2e_like(r.out, "\n    not ok 9 - beta x hangs\n", "a timeout ends the pair");
	e2e_like(r.out, "\n    1..10\nnot ok 1 - matrix\n", "and all others run");
}

E2E_TEST(matrix_filters)
{
	e2e_result r = e2e_run(broken("data"), "-k", "matrix", "--include-shim", "alpha", "--exclude-case", "hangs,empty");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "\n    ok 3 - alpha x musts\n    1..3\n");
	r = e2e_run(broken("data"), "-k", "square", "--exclude-shim", "alpha");
	e2e_like(r.out, "\n    ok 1 - beta x beta\n    1..1\n", "columns are shims too where they name the same");
	r = e2e_run(broken("data"), "-k", "matrix", "--include-shim", "gamma");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "--include-shim: unknown name 'gamma': expected some of \\[\"alpha\", \"beta\"\\]");
	r = e2e_run(broken("data"), "-k", "matrix", "--exclude-case", "plain,skips,musts,hangs,empty");
	e2e_like(r.out, "\nok 1 - matrix # SKIP no pair of the matrix matches the filters\n");
}

E2E_TEST(unique)
{
	const char *a = e2e_unique("q"), *b = e2e_unique("q");
	e2e_like(a, "^q-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+$");
	e2e_isnt_str(a, b);
}

E2E_TEST(clock)
{
	double a = e2e_now();
	usleep(1000);
	e2e_ok(e2e_now() > a);
	e2e_ok(e2e_now() < a + 3600);
}

E2E_TEST(budgets)
{
	e2e_within(60) usleep(1);
	e2e_growth(1 << 20)
	{
		free(malloc(1 << 16));
	}
}

E2E_MAIN()
