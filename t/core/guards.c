/* Guards, features, quirks, known failures, by the environment, a provider and the config: t/core/broken/guards.c. */
#include "../golden.h"

/* The case's point, alone. */
static const char *point(const char *name, const char *option)
{
	e2e_result r = option ? e2e_run(broken("guards"), "-k", e2e_printf("^%s$", name), option) :
				e2e_run(broken("guards"), "-k", e2e_printf("^%s$", name));
	const char *p = r.out, *end;
	for (; *p; p = *end ? end + 1 : end) {
		end = p + strcspn(p, "\n");
		if (strncmp(p, "ok ", 3) == 0 || strncmp(p, "not ok ", 7) == 0)
			return e2e_printf("%d %.*s", r.status, (int)(end - p), p);
	}
	return e2e_printf("%d, no point: %s%s", r.status, r.out, r.err);
}

static const char *said(const char *name)
{
	return e2e_run(broken("guards"), "-k", e2e_printf("^%s$", name)).err;
}

/* A config in the case's folder for the programs that are run. */
static void with_config(const char *text)
{
	const char *path = e2e_printf("%s/e2e.ini", e2e_tmpdir());
	FILE *f = fopen(path, "w");
	e2e_must(e2e_ok(f != NULL, "%s can be written", path));
	fputs(text, f);
	fclose(f);
	e2e_setenv("E2E_CONFIG", path);
}

E2E_TEST(environment_variables)
{
	e2e_is_str(point("env", NULL), "0 ok 1 - env # SKIP $GUARD_TEST is not set");
	e2e_is_str(point("condition", NULL), "0 ok 1 - condition");
	e2e_setenv("GUARD_TEST", "value");
	e2e_is_str(point("env", NULL), "0 ok 1 - env");
	e2e_is_str(point("condition", NULL), "0 ok 1 - condition # SKIP the variable is value");
}

E2E_TEST(commands)
{
	e2e_is_str(point("command", NULL), "0 ok 1 - command # SKIP no surely-not-installed in PATH");
	e2e_is_str(point("command_by_path", NULL), "0 ok 1 - command_by_path # SKIP /etc/passwd: not an executable file");
}

E2E_TEST(nothing_is_offered)
{
	e2e_is_str(point("feature", NULL),
		   "0 ok 1 - feature # SKIP nobody offers the feature urn:one (asked: [environment] of the config)");
	e2e_is_str(point("identity", NULL),
		   "0 ok 1 - identity # SKIP nobody has the identity pubsub/pep (asked: [environment] of the config)");
	e2e_is_str(point("quirk", NULL), "0 ok 1 - quirk");
}

E2E_TEST(a_provider_offers)
{
	e2e_setenv("PROVIDER", "1");
	e2e_like(said("feature"), "^# address: two.example\n");
	e2e_like(said("features_of_one"), "^# address: two.example\n");
	e2e_like(said("feature_all"), "^# 2 addresses: \\[\"one.example\", \"two.example\"\\]\n");
	e2e_is_str(point("identity", NULL),
		   "0 ok 1 - identity # SKIP nobody has the identity pubsub/pep (asked: server.example)");
	e2e_is_str(point("quirk", NULL), "0 ok 1 - quirk # SKIP the environment has the quirk \\#provided");
}

E2E_TEST(the_config_offers)
{
	with_config("[environment]\n"
		    "address = main.example\n"
		    "features = urn:one=rooms.example,\n"
		    "  urn:both\n"
		    "identities = pubsub/pep\n"
		    "quirks = [\"#muc-id-rewrite\"]\n");
	e2e_like(said("feature"), "^# address: rooms.example\n");
	e2e_like(said("feature_all"), "^# 1 addresses: \\[\"main.example\"\\]\n");
	e2e_is_str(point("features_of_one", NULL), "0 ok 1 - features_of_one # SKIP nobody offers all 2 features: urn:both and "
						   "others (asked: [environment] of the config)");
	e2e_like(said("identity"), "^# address: main.example\n");
	e2e_is_str(point("quirk", NULL), "0 ok 1 - quirk # SKIP the environment has the quirk \\#muc-id-rewrite");
}

E2E_TEST(no_skip_makes_todo)
{
	e2e_is_str(point("env", "--no-skip"), "0 not ok 1 - env # TODO $GUARD_TEST is not set");
	e2e_is_str(point("env", "--fail-on-skip"), "1 not ok 1 - env");
}

E2E_TEST(a_skip_hides_no_failure)
{
	e2e_is_str(point("after_a_failure", NULL), "1 not ok 1 - after_a_failure");
	e2e_is_str(point("after_a_failure", "--no-skip"), "1 not ok 1 - after_a_failure");
}

E2E_TEST(known_failures)
{
	e2e_is_str(point("known_bug", NULL), "1 not ok 1 - known_bug", "no peer is known");
	e2e_is_str(point("known_everywhere", NULL), "0 not ok 1 - known_everywhere # TODO BUG-12: never worked");
	e2e_is_str(point("known_in_itself", NULL), "0 not ok 1 - known_in_itself # TODO BUG-13: said inside");
	e2e_is_str(point("known_subtest", NULL), "0 ok 1 - known_subtest");
	e2e_setenv("PROVIDER", "1");
	e2e_setenv("PEER", "Buggy 1.0");
	e2e_is_str(point("known_bug", NULL), "0 not ok 1 - known_bug # TODO ISSUE-4: it loses the first byte");
	e2e_setenv("PEER", "Good 1.0");
	e2e_is_str(point("known_bug", NULL), "1 not ok 1 - known_bug");
	with_config("[environment]\npeer = Buggy of the config\n");
	e2e_is_str(point("known_bug", NULL), "0 not ok 1 - known_bug # TODO ISSUE-4: it loses the first byte");
}

E2E_TEST(known_failures_are_lifted)
{
	e2e_is_str(point("known_everywhere", "--no-known"), "1 not ok 1 - known_everywhere");
	e2e_is_str(point("known_in_itself", "--no-known"), "1 not ok 1 - known_in_itself");
	e2e_is_str(point("known_subtest", "--no-known"), "1 not ok 1 - known_subtest");
	e2e_setenv("E2E_NO_KNOWN", "1");
	e2e_is_str(point("known_everywhere", NULL), "1 not ok 1 - known_everywhere");
}

E2E_TEST(what_is_to_do_is_lifted)
{
	e2e_is_int(e2e_run(broken("asserts"), "-k", "^todo(_case)?$").status, 0);
	e2e_result r = e2e_run(broken("asserts"), "--no-known", "-k", "^todo(_case)?$");

	e2e_is_int(r.status, 1);
	e2e_like(r.out, "\n    not ok 1 - 1 is 2\n.*\nnot ok 1 - todo\n.*\nnot ok 2 - todo_case\n");
}

E2E_TEST(a_known_failure_needs_an_id)
{
	e2e_result r;
	e2e_setenv("BAD_KNOWN", "1");
	r = e2e_run(broken("guards"), "-k", "^quirk$");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "e2e_known\\(\"x\", [^)]*\\): the reason \"no id at all\" has no issue's id: expected e.g. \"ISSUE-4: why\"");
}

/* ---- a skip inside a case ---- */

/* The names and directives of all points, inner ones first as they are printed: "row 0, row 1 # SKIP why". */
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

static void inside(const char *file, int line, const char *name, const char *option, int status, const char *points)
{
	e2e_result r = option ? e2e_run(broken("guards"), "-k", e2e_printf("^%s$", name), option) :
				e2e_run(broken("guards"), "-k", e2e_printf("^%s$", name));
	e2e__assertion_is_int_at((struct e2e__at){file, line, "status, expected", NULL}, r.status, false, status, false);
	e2e__assertion_is_str((struct e2e__at){file, line, "points, expected", NULL}, points_of(r.out), points);
}

E2E_TEST(a_skip_ends_its_row)
{
	inside(E2E__AT, "rows", NULL, 0,
	       "i is getenv(\"ROWS\") ? 0 : i, row 0, row 1 # SKIP no row 1, i is getenv(\"ROWS\") ? 0 : i, row 2, "
	       "each row was begun, rows");
	e2e_setenv("ROWS", "1");
	inside(E2E__AT, "rows", NULL, 1,
	       "i is getenv(\"ROWS\") ? 0 : i, row 0, row 1 # SKIP no row 1, !i is getenv(\"ROWS\") ? 0 : i, !row 2, "
	       "each row was begun, !rows");
	inside(E2E__AT, "blocks", NULL, 1, "skipped # SKIP inside, !1 is getenv(\"ROWS\") ? 2 : 1, !blocks");
}

E2E_TEST(a_skip_ends_the_innermost_row)
{
	inside(E2E__AT, "rows_within_rows", NULL, 0,
	       "inner # SKIP deep, next, outer, a # SKIP no a, b # SKIP no b, "
	       "empty # SKIP all 2 subtests were skipped, the last one: no b, rows_within_rows");
	inside(E2E__AT, "pairs", NULL, 0,
	       "inner, of a, a x one, b x one # SKIP no b, inner # SKIP half of c, of c, c x one, inner, of d, d x one, after, "
	       "pairs");
	inside(E2E__AT, "builder", NULL, 0, "cached # SKIP no data, next, builder");
	inside(E2E__AT, "by_others", NULL, 0,
	       "pipe(waits) is 0, pthread_create(&thread, NULL, skip_here, NULL) is 0, thread # SKIP by a thread, child # SKIP by a child, next, "
	       "by_others");
}

E2E_TEST(a_case_without_more_is_skipped)
{
	inside(E2E__AT, "all_rows", NULL, 0,
	       "row 0 # SKIP nothing for 0, row 1 # SKIP nothing for 1, row 2 # SKIP nothing for 2, "
	       "all_rows # SKIP all 3 subtests were skipped, the last one: nothing for 2");
	inside(E2E__AT, "only_row", NULL, 0, "row # SKIP nothing, only_row # SKIP nothing");
	inside(E2E__AT, "case_behind_a_row", NULL, 0, "row # SKIP the row, case_behind_a_row # SKIP the case");
	inside(E2E__AT, "left_by_a_jump", NULL, 0,
	       "before, left # SKIP after the jump, left_by_a_jump # SKIP after the jump");
	e2e_setenv("TEARDOWN_ROWS", "1");
	inside(E2E__AT, "condition", NULL, 0, "tear-down # SKIP of the tear-down, the rest, condition");
	e2e_setenv("GUARD_TEST", "set");
	inside(E2E__AT, "condition", NULL, 0,
	       "tear-down # SKIP of the tear-down, the rest, condition # SKIP the variable is set");
}

E2E_TEST(a_skipped_row_hides_no_failure)
{
	inside(E2E__AT, "failed_row", NULL, 1, "!before, !row, next, !failed_row");
	inside(E2E__AT, "only_row", "--fail-on-skip", 1, "!row, !only_row");
	inside(E2E__AT, "rows_within_rows", "--fail-on-skip", 1, "!inner, next, !outer, !a, !b, !empty, !rows_within_rows");
	inside(E2E__AT, "only_row", "--no-skip", 0, "!row # TODO nothing, only_row");
	inside(E2E__AT, "failed_row", "--no-skip", 1, "!before, !row, next, !failed_row");
}

E2E_MAIN()
