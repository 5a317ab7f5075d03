/* What filters choose, and the command that repeats a failed case: t/core/broken/data.c and t/core/broken/plain.c are run with them. */
#include "../golden.h"

/* The points in the order of their ends, failed ones with a `!`. */
static const char *points_of(const char *out)
{
	const char *end;
	E2E__BUF(b, 256);
	b.p[0] = 0;
	for (; *out; out = *end ? end + 1 : end) {
		const char *p = out + strspn(out, " "), *dash;
		end = out + strcspn(out, "\n");
		dash = strstr(p, " - ");
		if ((strncmp(p, "ok ", 3) != 0 && strncmp(p, "not ok ", 7) != 0) || !dash || dash > end)
			continue;
		e2e__buf_adds(&b, b.n ? ", " : "");
		e2e__buf_adds(&b, *p == 'n' ? "!" : "");
		e2e__buf_add(&b, dash + 3, (size_t)(end - dash - 3));
	}
	return e2e__memory_taken(&b);
}

#define data(...) e2e_run(broken("data"), "-k", __VA_ARGS__)

/* ---- filters ---- */

E2E_TEST(one_pair)
{
	e2e_result r = data("^pairs_of_two$", "--include-pair", "alpha x plain", "--include-pair=delta x plain");
	e2e_is_int(r.status, 0);
	e2e_is_str(points_of(r.out), "alpha on plain, alpha x plain, delta on plain, delta x plain, 1 is getenv(\"FAILS\") ? 2 : 1, "
				     "pairs_of_two");
	e2e_setenv("E2E_INCLUDE_PAIR", "beta x plain,gamma x plain");
	r = data("^pairs_of_two$");
	e2e_is_int(r.status, 0);
	e2e_like(points_of(r.out), "^beta on plain, beta x plain, gamma on plain, gamma x plain, ");
	r = data("^pairs_of_two$", "--include-pair", "delta x plain");
	e2e_like(points_of(r.out), "^delta on plain, delta x plain, ", "an option wins");
}

E2E_TEST(a_filter_that_meets_no_pair)
{
	e2e_result r = data("^matrix$", "--include-pair", "gamma x plain");
	e2e_is_int(r.status, 99);
	e2e_is_str(r.err, "# --include-pair \"gamma x plain\": no pair has this name\n");
	e2e_is_str(points_of(r.out), "matrix # SKIP no pair of the matrix matches the filters");
	e2e_like(r.out, "there are \\[\"alpha x plain\", \"alpha x skips\", ");
	r = data("^pairs_of_two$", "--include-pair", "gamma x plain", "--include-pair", "typo");
	e2e_is_int(r.status, 99);
	e2e_is_str(r.err, "# --include-pair \"typo\": no pair has this name\n");
	r = data("^matrix$", "--exclude-shim", "alpha,beta");
	e2e_is_int(r.status, 99);
	e2e_is_str(r.err, "# no pair matches the filters\n");
	r = data("^matrix$", "--include-shim", "alpah");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "--include-shim: unknown name 'alpah': expected some of .*; did you mean alpha\\?\n");
	r = data("^pairs_of_two$", "--include-shim", "gamma,beta");
	e2e_is_int(r.status, 0, "a name of one matrix is no mistake in another");
	e2e_like(r.out, "\n    ok 1 - beta x plain\n(.*\n)*    ok 2 - gamma x plain\n");
	r = data("^(matrix|pairs_of_two)$", "--exclude-case", "hangs,empty,musts,nowhere");
	e2e_is_int(r.status, 99, "what no matrix knows, when all have been asked");
	e2e_like(r.err, "--exclude-case: unknown name 'nowhere': expected some of ");
	r = data("^pairs_of_two$", "--include-shim", "gama", "--include-case", "plain,plian,zzzzzz");
	e2e_is_int(r.status, 99);
	e2e_is_str(r.err, "# --include-shim: unknown name 'gama': expected some of [\"gamma\", \"delta\"]; "
			  "did you mean gamma?\n"
			  "# --include-case: unknown name 'plian': expected some of [\"plain\"]; did you mean plain?\n"
			  "# --include-case: unknown name 'zzzzzz': expected some of [\"plain\"]\n",
		   "each word has the names of its option, and its own suggestion");
	r = data("^cached$", "--include-shim", "alpha");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "\n# --include-shim had nothing to choose from: no case has a matrix\n$");
}

E2E_TEST(a_matrix_without_pairs_fails)
{
	e2e_result r = data("^no_rows$");
	e2e_is_int(r.status, 1);
	e2e_is_str(points_of(r.out), "before, !the matrix has no pairs, after, !no_rows");
}

E2E_TEST(lists_add_up)
{
	e2e_result r = data("^square$", "--include-shim", "alpha", "--include-shim", "beta");
	e2e_is_int(r.status, 0);
	e2e_like(points_of(r.out), "beta x beta, square$");
	r = data("^square$", "--exclude-shim", "alpha", "--exclude-shim=beta");
	e2e_is_int(r.status, 99);
	r = data("^matrix$", "--include-case", "plain", "--include-case", "skips");
	e2e_is_str(points_of(r.out),
		   "alpha on plain, alpha x plain, alpha x skips # SKIP no skips for alpha, beta on plain, beta x plain, "
		   "beta x skips # SKIP no skips for beta, matrix");
	r = data("^matrix$", "--exclude-case", "hangs,musts", "--exclude-case", "skips", "--exclude-case", "empty");
	e2e_is_str(points_of(r.out), "alpha on plain, alpha x plain, beta on plain, beta x plain, matrix");
	r = e2e_run(broken("plain"), "--list", "-k", "^first", "-k", "^third");
	e2e_is_str(r.out, "first\nthird\n");
	r = e2e_run(broken("plain"), "--list", "-t", "slow", "--tags=net");
	e2e_is_str(r.out, "second\n");
	e2e_setenv("E2E_INCLUDE_SHIM", "alpha");
	e2e_is_str(points_of(data("^square$", "--include-shim", "beta").out), "beta on beta, beta x beta, square",
		   "an option wins over the variable");
}

E2E_TEST(begin_with_a_case)
{
	e2e_result r = e2e_run(broken("plain"), "--list", "--from", "third");
	e2e_is_int(r.status, 0);
	e2e_is_str(r.out, "third\nfourth\nunforked\n");
	r = e2e_run(broken("plain"), "--list", "-k", "^f", "--from=second");
	e2e_is_str(r.out, "fourth\n", "beside other filters");
	r = e2e_run(broken("plain"), "--from", "fourth", "-k", "first");
	e2e_is_int(r.status, 99);
	e2e_is_str(r.out, "TAP version 14\n1..0 # SKIP no case matches -k first --from fourth\n");
	r = e2e_run(broken("plain"), "--from", "secnd");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "--from: no case is called secnd; did you mean second\\?; ");
	e2e_setenv("E2E_PROVE", "1");
	e2e_setenv("E2E_FROM", "other");
	r = e2e_run(broken("plain"));
	e2e_like(r.out, "^TAP version 14\n# --from: no case is called other, so all run\n1\\.\\.5\n");
	e2e_setenv("E2E_FROM", NULL);
	r = e2e_run(broken("plain"), "--from", "secnd");
	e2e_is_int(r.status, 99, "prove x.t :: --from secnd");
	e2e_like(r.err, "--from: no case is called secnd; did you mean second\\?; ");
}

E2E_TEST(a_tag_that_no_case_has)
{
	e2e_result r = e2e_run(broken("plain"), "-t", "!slo", "-k", "first");
	e2e_is_int(r.status, 0);
	e2e_is_str(r.err, "# no case has the tag slo; did you mean slow?\n");
	e2e_like(r.out, "\n# no case has the tag slo; did you mean slow\\?\n");
	r = e2e_run(broken("plain"), "-t", "slo");
	e2e_is_int(r.status, 99);
	e2e_is_str(r.out, "TAP version 14\n1..0 # SKIP no case matches -t slo: no case has the tag slo; did you mean slow?\n");
	r = e2e_run(broken("plain"), "--list", "-t", "net !fasst");
	e2e_is_int(r.status, 0);
	e2e_is_str(r.err, "e2e: no case has the tag fasst; did you mean fast?\n");
	e2e_setenv("E2E_PROVE", "1");
	r = e2e_run(broken("plain"), "-t", "!nightly", "-k", "first");
	e2e_is_str(r.err, "", "under prove it may be a tag of other programs");
	e2e_like(r.out, "\n# no case has the tag nightly\n");
}

/* ---- repeat ---- */

static const char *repeat_of(const char *out)
{
	const char *p = strstr(out, "  repeat: \"");
	E2E__BUF(b, 256);
	e2e_must(e2e_ok(p != NULL, "there is a command"));
	for (p += 11; *p && *p != '"'; p++) {
		if (*p == '\\')
			p++;
		e2e__buf_add(&b, p, 1);
	}
	return e2e__memory_taken(&b);
}

/* The command does what was done, but for the pairs that passed. */
static void repeats(const char *file, int line, e2e_result r, const char *command, const char *points)
{
	const char *repeat = repeat_of(r.out);
	e2e_result again;
	e2e__assertion_is_str((struct e2e__at){file, line, "command, expected", NULL}, repeat, e2e_printf(command, broken("data")));
	again = e2e_run("sh", "-c", repeat);
	e2e__assertion_is_int_at((struct e2e__at){file, line, "status, first status", NULL}, again.status, false, r.status, false);
	e2e__assertion_is_str((struct e2e__at){file, line, "points, expected", NULL}, points_of(again.out), points);
	e2e__assertion_is_str((struct e2e__at){file, line, "command, command", NULL}, repeat_of(again.out), repeat);
}

E2E_TEST(repeat_names_the_pairs)
{
	e2e_result r = data("^matrix$", "--seed", "7");
	e2e_is_int(r.status, 1);
	repeats(E2E__AT, r, "%s -k '^matrix$' --seed 7 --include-pair 'beta x musts' --include-pair 'beta x hangs'",
		"!r->value is 1, !beta x musts, !timed out after 0.1 s, !beta x hangs, !matrix");
	r = data("^dies_in_a_pair$", "--seed", "7");
	repeats(E2E__AT, r, "%s -k '^dies_in_a_pair$' --seed 7 --include-pair 'beta x plain'",
		"before, !died of SIGKILL after t/core/broken/data.c:149, !beta x plain, !dies_in_a_pair");
}

E2E_TEST(repeat_keeps_the_options)
{
	e2e_result r;
	e2e_setenv("E2E_TIMEOUT_SCALE", "1.5");
	e2e_setenv("E2E_FAIL_ON_SKIP", "1");
	e2e_setenv("E2E_EXCLUDE_CASE", "hangs,empty,musts");
	r = data("^matrix$", "--seed", "7", "--include-shim", "alpha", "--timeout", "20", "--config=/dev/null", "-x", "--no-fork");
	e2e_is_int(r.status, 1);
	e2e_setenv("E2E_TIMEOUT_SCALE", NULL);
	e2e_setenv("E2E_FAIL_ON_SKIP", NULL);
	e2e_setenv("E2E_EXCLUDE_CASE", NULL);
	repeats(E2E__AT, r, "E2E_TIMEOUT_SCALE=1.5 %s -k '^matrix$' --seed 7 --fail-fast --timeout 20 --fail-on-skip --no-fork "
		"--config /dev/null --include-shim alpha --exclude-case hangs,empty,musts --include-pair 'alpha x skips'",
		"!alpha x skips, !matrix");
}

E2E_MAIN()
