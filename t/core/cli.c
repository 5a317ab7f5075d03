/* The command line and the environment variables: t/core/broken/plain.c is run with each. */
#include "../golden.h"

static const char *names_run(const char *out)
{
	const char *end;
	E2E__BUF(b, 256);
	b.p[0] = 0;
	for (; *out; out = *end ? end + 1 : end) {
		const char *dash = strstr(out, " - ");
		end = out + strcspn(out, "\n");
		if ((strncmp(out, "ok ", 3) == 0 || strncmp(out, "not ok ", 7) == 0) && dash && dash < end) {
			e2e__buf_adds(&b, b.n ? " " : "");
			e2e__buf_add(&b, dash + 3, (size_t)(end - dash - 3));
		}
	}
	return e2e__memory_taken(&b);
}

E2E_TEST(list)
{
	e2e_result r = e2e_run(broken("plain"), "--list");
	e2e_is_int(r.status, 0);
	e2e_is_str(r.out, "first\nsecond\nthird\nfourth\nunforked\n");
	r = e2e_run(broken("plain"), "--list", "-k", "^f");
	e2e_is_str(r.out, "first\nfourth\n");
}

E2E_TEST(whole_output)
{
	e2e_result r = e2e_run(broken("plain"), "--seed", "7");
	e2e_is_int(r.status, 1);
	e2e_is_str(scrubbed(r.out),
		   "TAP version 14\n"
		   "1..5\n"
		   "# Subtest: first\n"
		   "    ok 1 - one\n"
		   "    1..1\n"
		   "ok 1 - first\n"
		   "# Subtest: second\n"
		   "    not ok 1 - 1 is 2\n"
		   "      ---\n"
		   "      message: \"false: 1 is 2\"\n"
		   "      at: t/core/broken/plain.c:12\n"
		   "      got: 1\n"
		   "      want: 2\n"
		   "      code: is_int\n"
		   "      ...\n"
		   "    1..1\n"
		   "not ok 2 - second\n"
		   "  ---\n"
		   "  message: \"false: 1 is 2\"\n"
		   "  at: t/core/broken/plain.c:12\n"
		   "  got: 1\n"
		   "  want: 2\n"
		   "  code: is_int\n"
		   "  failed: 1 of 1 assertions\n"
		   "  ...\n"
		   "# stdout: said by second\n"
		   "ok 3 - third # SKIP not today\n"
		   "# Subtest: fourth\n"
		   "    # a9c34967e87ed371 64dd58aeec130095\n"
		   "    ok 1\n"
		   "    1..1\n"
		   "ok 4 - fourth\n"
		   "# Subtest: unforked\n"
		   "    ok 1 - e2e_tmpdir() != NULL\n"
		   "    1..1\n"
		   "ok 5 - unforked\n");
	e2e_is_str(r.err, "# t/core/broken/plain.c:12: got 1, want 2\n");
	e2e_like(r.out, "\n  seed: 7\n  repeat: \"[^ ]*plain.bin -k '\\^second\\$' --seed 7\"\n");
}

E2E_TEST(filter_by_name_and_tag)
{
	static const struct {
		const char *option, *value, *names;
	} rows[] = {{"-k", "ir", "first third # SKIP not today"},
		    {"-k", "^first$|fourth", "first fourth"},
		    {"-t", "slow", "second third # SKIP not today"},
		    {"-t", "!slow", "first fourth unforked"},
		    {"-t", "net !slow", "first"},
		    {"-t", "slow,net", "second"},
		    {"--tags", "fast", "first"},
		    {"--filter", "unforked", "unforked"}};
	size_t i;
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		e2e_is_str(names_run(e2e_run(broken("plain"), rows[i].option, rows[i].value).out), rows[i].names,
			   "%s %s", rows[i].option, rows[i].value);
	e2e_is_str(names_run(e2e_run(broken("plain"), "--tags=fast").out), "first", "--name=value");
	e2e_is_str(names_run(e2e_run(broken("plain"), "-kfirst").out), "first", "-kvalue");
}

E2E_TEST(the_environment_does_the_same)
{
	e2e_result r;
	e2e_setenv("E2E_FILTER", "first|third");
	e2e_is_str(names_run(e2e_run(broken("plain")).out), "first third # SKIP not today");
	e2e_setenv("E2E_TAGS", "!slow");
	e2e_is_str(names_run(e2e_run(broken("plain")).out), "first");
	e2e_is_str(names_run(e2e_run(broken("plain"), "-t", "slow").out), "third # SKIP not today", "an option wins");
	e2e_setenv("E2E_TAGS", "");
	e2e_setenv("E2E_FAIL_ON_SKIP", "1");
	r = e2e_run(broken("plain"));
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\nnot ok 2 - third\n  ---\n  message: \"skipped: not today\"\n  at: [^\n]*\n  code: skip\n");
}

E2E_TEST(nothing_matches)
{
	e2e_result r = e2e_run(broken("plain"), "-k", "nosuch");
	e2e_is_int(r.status, 99);
	e2e_is_str(r.out, "TAP version 14\n1..0 # SKIP no case matches -k nosuch\n");
	e2e_is_str(r.err, "# no case matches -k nosuch\n");
}

E2E_TEST(fail_fast)
{
	e2e_result r = e2e_run(broken("plain"), "-x");
	e2e_is_int(r.status, 1);
	e2e_is_str(names_run(r.out), "first second third # SKIP stopped at the first failure (-x) fourth # SKIP stopped at the "
				     "first failure (-x) unforked # SKIP stopped at the first failure (-x)");
}

E2E_TEST(no_skip)
{
	e2e_result r = e2e_run(broken("plain"), "-k", "third", "--no-skip");
	e2e_is_int(r.status, 0, "a case that has nothing else than the guard fails, as TODO");
	e2e_like(r.out, "\nnot ok 1 - third # TODO not today\n");
}

E2E_TEST(repeat)
{
	e2e_result r = e2e_run(broken("plain"), "-k", "first", "--repeat", "3");
	e2e_is_int(r.status, 0);
	e2e_is_str(names_run(r.out), "first (1 of 3) first (2 of 3) first (3 of 3)");
	e2e_like(r.out, "\n1..3\n");
}

E2E_TEST(seeds)
{
	const char *a = e2e_run(broken("plain"), "-k", "fourth", "--seed", "1").out;
	const char *b = e2e_run(broken("plain"), "-k", "fourth", "--seed", "2").out;
	e2e_is_str(a, e2e_run(broken("plain"), "-k", "fourth", "--seed", "1").out, "one seed, one sequence");
	e2e_isnt_str(a, b, "another seed, another sequence");
}

E2E_TEST(no_fork)
{
	e2e_result r = e2e_run(broken("plain"), "--no-fork");
	e2e_is_int(r.status, 1);
	e2e_is_str(names_run(r.out), "first second third # SKIP not today fourth unforked");
	e2e_like(r.err, "said by first\n", "what the code says is seen at once");
	e2e_unlike(r.out, "said by", "and not in TAP");
}

E2E_TEST(verbose_and_keep)
{
	e2e_result r = e2e_run(broken("plain"), "-v", "--keep", "-k", "first|unforked");
	regex_t re;
	regmatch_t m[2];
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "\nok 1 - first\n  ---\n  duration_ms: [0-9.]+\n");
	e2e_like(r.out, "\n# stdout: said by first\n");
	e2e_must(e2e_is_int(regcomp(&re, "\n# kept: ([^\n]*)", REG_EXTENDED), 0));
	if (e2e_is_int(regexec(&re, r.out, 2, m, 0), 0, "the kept folder is named")) {
		const char *path = e2e_printf("%.*s", (int)(m[1].rm_eo - m[1].rm_so), r.out + m[1].rm_so);
		e2e_is_int(access(path, R_OK), 0, "and there");
		e2e__file_remove_tree(path);
	}
	regfree(&re);
}

E2E_TEST(older_consumers_get_version_13)
{
	e2e_setenv("HARNESS_ACTIVE", "1");
	e2e_setenv("HARNESS_VERSION", "3.44");
	e2e_like(e2e_run(broken("plain")).out, "^TAP version 13\n");
	e2e_setenv("HARNESS_VERSION", "3.48");
	e2e_like(e2e_run(broken("plain")).out, "^TAP version 14\n");
	e2e_setenv("HARNESS_VERSION", NULL);
	e2e_like(e2e_run(broken("plain")).out, "^TAP version 14\n");
}

/* Subtests are comments; the YAML of cases stays, however deep its lines are. */
E2E_TEST(flat)
{
	e2e_result r = e2e_run(broken("story"), "--flat", "--seed", "1"), deep;
	e2e_is_int(r.status, 1);
	e2e_unlike(r.out, "\n    (not )?ok ");
	e2e_like(r.out, "\n#     not ok [0-9]+ - ");
	e2e_like(r.out, "\n  story: \\|\n    [+][0-9.]+ ");
	deep = e2e_run(broken("story"), "--seed", "1");
	e2e_is_int(deep.status, 1);
	e2e_like(deep.out, "\n    not ok [0-9]+ - ");

	r = e2e_run(broken("plain"), "--flat", "-k", "first|second", "--seed", "1");
	as_expected(E2E__AT, "cli-flat", r.out, NULL);

	e2e_setenv("E2E_FLAT", "1");
	e2e_like(e2e_run(broken("script"), "subtests").out, "^TAP version 14\n");
}

E2E_TEST(perls_prove_agrees)
{
	e2e_result r;
	const char *p;
	int cases = 0;
	e2e_require_command("prove");
	for (p = e2e_run(broken("asserts"), "--list").out; *p; p++)
		cases += *p == '\n';
	r = e2e_run("prove", "-e", "", broken("asserts"));
	e2e_is_int(r.status, 1);
	e2e_unlike(r.out, "Parse errors", "each YAML block is readable to it");
	/* two of them are TODO, and a budget isn't measured under a sanitizer */
	e2e_like(r.out, e2e_printf("Tests: %d Failed: (%d|%d)\\)", cases, cases - 2, cases - 3));
	r = e2e_run("prove", "-e", "", broken("plain"));
	e2e_like(r.out, "Tests: 5 Failed: 1\\)\n  Failed test:  2\n");
	e2e_like(r.out, "Result: FAIL\n$");
}

E2E_TEST(mistakes)
{
	static const struct {
		const char *args[3];
		const char *says;
	} rows[] = {{{"--nosuch"}, "^e2e: unknown option or argument \"--nosuch\"; see [^ ]*plain.bin --help\n$"},
		    {{"--filtr=x"}, "unknown option or argument \"--filtr=x\"; did you mean --filter\\?; see "},
		    {{"--fail-on_skip"}, "; did you mean --fail-on-skip\\?; see "},
		    {{"file"}, "unknown option or argument \"file\""},
		    {{"--timeout", "fast"}, "--timeout fast: expected seconds, e.g. 2.5"},
		    {{"--timeout", "-1"}, "--timeout -1: expected seconds"},
		    {{"--timeout"}, "--timeout needs a value"},
		    {{"--repeat", "0"}, "--repeat 0: expected a number from 1"},
		    {{"--seed", "x"}, "--seed x: expected a number"},
		    {{"-k", "("}, "-k \\(: "},
		    {{"--config", "/nonexistent/e2e.ini"}, "cannot read the config /nonexistent/e2e.ini: No such file"},
		    {{"--include-shim=a", "--exclude-shim=b"}, "--include-shim and --exclude-shim exclude each other"}};
	size_t i;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *const *a = rows[i].args;
		e2e_result r = a[1] ? e2e_run(broken("plain"), a[0], a[1]) : e2e_run(broken("plain"), a[0]);
		e2e_is_int(r.status, 99, "status of %s", a[0]);
		e2e_like(r.err, rows[i].says, "%s", a[0]);
		e2e_is_str(r.out, "", "no TAP");
	}
	e2e_setenv("E2E_TIMEOUT_SCALE", "fast");
	e2e_like(e2e_run(broken("plain")).err, "E2E_TIMEOUT_SCALE = \"fast\": expected a factor");
}

E2E_TEST(help_and_version)
{
	e2e_result r = e2e_run(broken("plain"), "--help");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "--fail-on-skip +a skip is a failure \\[\\$E2E_FAIL_ON_SKIP\\]\n");
	r = e2e_run(broken("plain"), "--version");
	e2e_is_str(r.out, "e2e " E2E_VERSION "\n");
}

E2E_TEST(scale)
{
	e2e_result r;
	e2e_setenv("E2E_TIMEOUT_SCALE", "2");
	r = e2e_run(broken("faults"), "-k", "^sleep_too_long$");
	e2e_like(r.out, "not ok 2 - timed out after 0.2 s\n");
}

E2E_MAIN()
