/* No report shows a secret. */
#include "../golden.h"

#define golden_of(name, status) golden_with(E2E__AT, name, status)

#define NAMED "[^-]c0nfigured|fr0m-env|r3quired|0ption"

/* A report in XML without what differs each time. */
static const char *without_times(const char *xml)
{
	return e2e_run_with((e2e_spawn_opts){.stdin_text = xml}, "sed", "s/ time=\"[0-9.]*\"//; s/ classname=\"[^\"]*t[.]core/ classname=\"t.core/").out;
}

/* With a config that has secrets, and story.jsonl. */
static void golden_with(const char *file, int line, const char *name, int status)
{
	const char *dir = e2e_printf("%s/%s", e2e_tmpdir(), name), *config = e2e_printf("%s.ini", dir);
	FILE *f = fopen(config, "w");

	e2e_must(e2e_ok(f != NULL));
	fputs("[db]\npassword = c0nfigured\nuser = joe\nurl = pg:${DB_SECRET}/x\n", f);
	fclose(f);
	e2e_must(e2e_is_int(mkdir(dir, 0700), 0));
	e2e_setenv("TMPDIR", dir);
	e2e_setenv("DB_SECRET", "fr0m-env");
	e2e_setenv("MY_TOKEN", "r3quired");
	e2e_result r = e2e_run(broken("secret"), "-k", e2e_printf("^%s(/.*)?$", name), "--seed", "1", "--config", config,
		"--api-key", "0ption", "--junit", e2e_printf("%s.xml", dir));
	e2e_result all = e2e_run("sh", "-c", "for f in \"$1\"/*/story.jsonl; do [ ! -f \"$f\" ] || sed 's/\"t\":[0-9.]*/\"t\":T/' \"$f\"; done", "sh", dir);

	const char *junit = e2e_run("grep", "-E", "<(testcase|property|failure|error|skipped) ", e2e_printf("%s.xml", dir)).out;

	e2e__assertion_is_int_at((struct e2e__at){file, line, "status, expected", NULL}, r.status, false, status, false);
	as_expected(file, line, e2e_printf("secret-%s", name), e2e_printf("%s--- story.jsonl\n%s--- junit\n%s", r.out, all.out, without_times(junit)), r.err);
	e2e_unlike(e2e_printf("%s%s%s", r.out, r.err, e2e__file_read(e2e_printf("%s.xml", dir), NULL)),
	           strcmp(name, "next") == 0 ? NAMED : NAMED "|tr0ub4dor|x24");
}

E2E_TEST(known) { golden_of("known", 1); }
E2E_TEST(named) { golden_of("named", 1); }
E2E_TEST(told) { golden_of("told", 1); }
E2E_TEST(told_by_a_failure) { golden_of("told_by_a_failure", 1); }
E2E_TEST(killed) { golden_of("killed", 1); }
E2E_TEST(next) { golden_of("next", 1); }
E2E_TEST(short_ones) { golden_of("short_ones", 1); }
E2E_TEST(too_many) { golden_of("too_many", 1); }
E2E_TEST(skips) { golden_of("skips", 0); }
E2E_TEST(skips_at_once) { golden_of("skips_at_once", 0); }
E2E_TEST(todo) { golden_of("todo", 0); }
E2E_TEST(todo_within) { golden_of("todo_within", 0); }
E2E_TEST(rows) { golden_of("row", 1); }
E2E_TEST(bails_out) { golden_of("bails_out", 99); }

E2E_MAIN()
