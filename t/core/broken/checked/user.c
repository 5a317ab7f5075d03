/* A test as users write them, in C and in C++ alike: t/core/checkers.c has compilers and checkers look at it, which are to find nothing. */
#include "e2e.h"

struct row {
	const char *name;
	int in, out;
};

static const struct row rows[] = {{"one", 1, 1}, {"two", 2, 4}, {"three", 3, 9}};
static int ready;

static int squared(int x)
{
	return x * x;
}

static bool is_ready(void)
{
	return ++ready > 1;
}

static void forget(void *arg)
{
	(void)arg;
	ready = 0;
}

static bool build(const char *folder, void *arg)
{
	(void)arg;
	return *folder != '\0';
}

E2E_SUITE_SETUP()
{
	e2e_note("the suite begins");
}

E2E_SETUP()
{
	ready = 0;
}

E2E_TEARDOWN()
{
	e2e_cmp_int(ready, ">=", 0);
}

E2E_TEST(numbers)
{
	const unsigned char byte = 200;
	const size_t size = sizeof rows;
	const double ratio = 0.5;
	const int got[] = {1, 2, 3}, want[] = {1, 2, 3};

	e2e_ok(squared(2) == 4);
	e2e_ok(squared(2) == 4, "two squared, not %d", 5);
	e2e_is_int(squared(3), 9);
	e2e_is_int(byte, 200, "a byte");
	e2e_is_uint(size, sizeof rows);
	e2e_isnt_int(squared(3), 8);
	e2e_cmp_int(size, ">", 2U, "rows %d", 1);
	e2e_is_double(ratio, 0.5, 1e-9);
	e2e_is_near(ratio, 0.5, 1e-6);
	e2e_is_array(got, want, 3U);
}

E2E_TEST(texts)
{
	const char *const got[] = {"a", "b", NULL}, *const want[] = {"a", "b", NULL};
	const char *text = "GET / HTTP/1.1";

	e2e_is_str(text, "GET / HTTP/1.1");
	e2e_isnt_str(text, NULL);
	e2e_like(text, "^GET ");
	e2e_unlike(text, "^POST ", "%s", "not posted");
	e2e_is_mem(text, "GET", 3U);
	e2e_is_ptr(text, text);
	e2e_is_list(got, want);
	e2e_is_set(got, want);
	e2e_is_json("{\"a\": [1]}", "{ \"a\" : [1.0] }");
	e2e_must(e2e_is_int(squared(2), 4));
	e2e_diag("told to stderr: %s", text);
}

E2E_TEST(blocks)
{
	int kept = 1, i;

	e2e_defer(forget, &kept);
	e2e_setenv("LANGUAGE", "C");
	e2e_chdir(e2e_tmpdir());
	e2e_subtest("squares") {
		e2e_is_int(squared(5), 25);
	}
	e2e_each(n, 3U, "%s", rows[n].name) {
		e2e_is_int(squared(rows[n].in), rows[n].out);
	}
	e2e_todo("not yet") {
		e2e_is_int(squared(2), 5);
	}
	e2e_blocking {
		e2e_pass("no limit");
	}
	e2e_blocking_timed {
		e2e_pass("the usual limit");
	}
	e2e_blocking_with_timeout(30) {
		e2e_pass();
	}
	e2e_within(30) {
		for (i = 0; i < 10; i++)
			e2e_is_int(squared(i), i * i);
	}
	e2e_growth(1 << 20) {
		e2e_pass("grows");
	}
	e2e_eventually(30, is_ready());
	e2e_is_int(access(e2e_cached("checked", "1", build, NULL), R_OK), 0);
	e2e_event("client", "says %s", "hello");
}

E2E_TEST(skipped)
{
	e2e_skip_if(squared(2) == 4, "it is %d", 4);
	e2e_fail("not reached");
}

E2E_MAIN()
