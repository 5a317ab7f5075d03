/* Every assertion, failing: t/core/asserts.c compares the reports. */
#include "e2e.h"

E2E_TEST(ok)
{
	int n = 3;
	e2e_ok(n == 4);
	e2e_ok(n == 4, "described: %d", n);
	e2e_ok(strchr("a,b", ',') == NULL && n > 1);
}

E2E_TEST(integers)
{
	unsigned char small = 200;
	e2e_is_int(small, 100);
	e2e_is_int(-1LL, INTMAX_MAX);
	e2e_isnt_int(EINVAL, EINVAL);
	e2e_is_uint(UINTMAX_MAX, 0u, "huge");
	e2e_cmp_int(2, ">=", 1 + 2);
	e2e_cmp_int(1, "=>", 2);
}

#ifdef __SIZEOF_INT128__
E2E_TEST(wide_integers)
{
	__extension__ typedef __int128 wide;
	__extension__ typedef unsigned __int128 uwide;
	const signed char narrow[] = {0, -1, 0};
	const wide big = (wide)1 << 64, array[] = {0, -1, (wide)1 << 100}, other[] = {0, -1, 0};

	e2e_is_int(big, 0);
	e2e_is_int(-big * 3, (int64_t)-1);
	e2e_is_int((uwide)-1, -1);
	e2e_isnt_int((wide)((uwide)-1 >> 1), (uwide)-1 >> 1);
	e2e_cmp_int(big, "<", UINT64_MAX);
	e2e_is_array(array, other, 3);
	e2e_is_int(big, big, "equal");
	e2e_is_int((wide)-5, -5);
	e2e_is_int((uwide)UINT64_MAX, UINT64_MAX);
	e2e_cmp_int(-big, "<", INT64_MIN);
	e2e_is_array(other, narrow, 3, "beside narrow ones");
}
#endif

E2E_TEST(doubles)
{
	e2e_is_double(0.1 + 0.2, 0.3, 0);
	e2e_is_double(1.5, 1, 0.25, "half");
	e2e_is_double(0.0 / 0.0, 1, 10);
	e2e_is_double(1 / 0.0, 1, 10);
}

E2E_TEST(strings)
{
	e2e_is_str("hello", "hullo");
	e2e_is_str(NULL, "text");
	e2e_is_str("text", NULL);
	e2e_is_str("tab\there \"quoted\" back\\slash", "\x1b[31mred\x7f \xff\xfe caf\xc3\xa9");
	e2e_isnt_str("same", "same");
}

E2E_TEST(lines)
{
	const char *got = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n";
	const char *want = "one\ntwo\nthree\nfour\nfive\n6\nseven\neight\nninth\nten\neleven\n";
	e2e_is_str(got, want);
	e2e_is_str("a\nb", "a\nb\n");
}

E2E_TEST(memory)
{
	char got[40] = "the quick brown fox jumps over the dog";
	char want[40] = "the quick brown fax jumps over the dig";
	e2e_is_mem(got, want, sizeof got);
	e2e_is_mem(got, NULL, 3);
}

E2E_TEST(pointers)
{
	e2e_is_ptr(NULL, (void *)(uintptr_t)16);
}

E2E_TEST(regular_expressions)
{
	e2e_like("hello", "^h[0-9]+");
	e2e_unlike("hello", "l+");
	e2e_like(NULL, "a");
}

E2E_TEST(bad_expressions)
{
	e2e_like("hello", "(");
	e2e_unlike("hello", "[");
}

E2E_TEST(output_of_lines)
{
	const char *out = "starting up\nport abc \n\tready\n";
	char many[2000] = "";
	int i;
	e2e_like(out, "port [0-9]+");
	e2e_like(out, "^port abc");
	e2e_like("done\n", "done$");
	e2e_like(out, "Ports? open");
	e2e_like(out, "[a-z]+ ready", "described %d", 1);
	e2e_unlike(out, "a[a-z]c");
	for (i = 1; i <= 60; i++)
		sprintf(many + strlen(many), "line number %d\n", i);
	e2e_like(many, "number 40,");
	e2e_like(many, "nothing");
}

E2E_TEST(look_alikes)
{
	e2e_is_str("10\xc2\xa0km", "10 km");
	e2e_is_str("ab\xe2\x80\x8b" "c", "abc");
	e2e_is_str("user\xe2\x80\xae nimda", "user nimda");
	e2e_is_str("e\xcc\x81", "\xc3\xa9");
	e2e_is_str("\xf3\xa0\x80\x81tag", "tag");
	e2e_is_str("one\n\ttwo\nthree \nsix", "one\n        two\nthree\nfour\\\n");
	e2e_is_str("a\\u00a0b\nc", "a\xc2\xa0" "b\nc");
	e2e_is_str("one\r\ntwo\r\n", "one\ntwo\n");
	e2e_ok(0, "a description with\xe2\x80\xa8 a break of line");
}

/* A text of so many lines; where one is changed, it ends in a dot. */
static char *numbered(const char *format, int n, int changed)
{
	size_t size = (size_t)n * 24 + 1, end = 0;
	char *text = (char *)e2e__memory_alloc(size);
	int i;

	for (i = 1; i <= n; i++) {
		end += (size_t)snprintf(text + end, size - end, format, i);
		if (i == changed)
			text[end - 1] = '.';
	}
	return text;
}

E2E_TEST(long_texts)
{
	char *got = (char *)e2e__memory_alloc(100001), *want = (char *)e2e__memory_alloc(100001);

	memset(got, 'x', 100000);
	memset(want, 'x', 100000);
	want[50000] = 'y';
	e2e_is_str(got, want);
	got[99000] = want[99000] = '\n';
	e2e_is_str(got, want);
	e2e_is_str(numbered("line %d\n", 100, 90), numbered("line %d\n", 100, 80));
	e2e_is_str(numbered("got %d\n", 100000, 0), numbered("want %d\n", 100000, 0));
	e2e_is_json("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\"a\": 1}");
}

E2E_TEST(lists)
{
	const char *const got[] = {"a", "b", "b", "d", NULL}, *const want[] = {"a", "b", "c", "d", NULL};
	const char *const moved[] = {"d", "b", "b", "a", NULL}, *const none[] = {NULL};
	e2e_is_list(got, want);
	e2e_is_list(moved, got);
	e2e_is_list(none, want, "empty");
	e2e_is_list(NULL, none);
}

E2E_TEST(json)
{
	e2e_is_json("{\"a\": [1, 2, {\"b\": \"x\"}]}", "{\"a\":[1,2,{\"b\":\"y\"}]}");
	e2e_is_json("[1, 2]", "[1, 2, 3]");
	e2e_is_json("{\"a\": 1}", "{\"a\": 1, \"b\": null}");
	e2e_is_json("{\"a\": 1, \"extra\": true}", "{\"a\": 1}");
	e2e_is_json("{\"a\": 01}", "{}");
	e2e_is_json("{}", "[1,");
	e2e_is_json(NULL, "1");
	e2e_is_json("\"1\"", "1");
}

E2E_TEST(failing)
{
	e2e_fail("no way: %d%%", 100);
	e2e_fail("with # and \\ and\nnewline");
}

E2E_TEST(eventually)
{
	int n = 0;
	e2e_eventually(0.05, ++n < 0);
	e2e_eventually(0.05, n == -1, "described");
}

E2E_TEST(must)
{
	e2e_must(e2e_is_int(1, 1));
	e2e_must(e2e_is_int(1, 2));
	e2e_pass("not reached");
}

E2E_TEST(budgets)
{
	e2e_growth(1000)
	{
		char *volatile leak = (char *)malloc(5000);
		(void)leak;
	}
}

E2E_TEST(subtests)
{
	int i;
	for (i = 0; i < 2; i++)
		e2e_subtest("row %d", i) e2e_is_int(i, 0);
	e2e_subtest("nothing") {}
	e2e_subtest("planned")
	{
		e2e_plan(2);
		e2e_pass();
	}
}

E2E_TEST(todo)
{
	e2e_todo("not # yet") e2e_is_int(1, 2);
	e2e_todo("not yet") e2e_is_int(1, 1);
}

E2E_TEST(todo_case, .todo = "the whole case")
{
	e2e_is_int(1, 2);
}

E2E_TEST(planned)
{
	e2e_plan(3);
	e2e_pass();
}

static bool nested(int depth)
{
	return depth == 0 || e2e_ok(nested(depth - 1), "depth %d", depth);
}

/* Descriptions in descriptions, with signs, without a sign, too long for their place. */
E2E_TEST(descriptions)
{
	int i;

	e2e_ok(nested(3), "outer %s", "one");
	e2e_ok(1, "%d", e2e_is_str("a", "a", "in the arguments of %s", "another"));
	e2e_pass("with # and \\ and\ttab and caf\xc3\xa9 %d%%", 100);
	e2e_pass("%s", "");
	for (i = 398; i <= 401; i++)
		e2e_ok(1, "%0*d", i, 7);
	e2e_ok(1, "%0700d", 8);
	e2e_subtest("sub %d", 1) e2e_pass("in it");
	e2e_todo("not yet") e2e_pass("by %s", "chance");
	e2e_is_int(1, 2, "failing %d", 2);
	e2e_is_int(1, 1, "the last %d", 1);
}

E2E_TEST(comments)
{
	e2e_diag("aloud %d\nsecond line", 1);
	e2e_note("quietly \x1b[0m");
	e2e_fail("shown");
}

E2E_MAIN()
