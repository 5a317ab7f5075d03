/* No report shows a secret. */
#include "../golden.h"

#define golden_of(name, status) golden_with(E2E__AT, name, status)

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
	e2e_result r = e2e_run(broken("secret"), "-k", e2e_printf("^%s$", name), "--seed", "1", "--config", config,
		"--api-key", "0ption");
	e2e_result all = e2e_run("sh", "-c", "for f in \"$1\"/*/story.jsonl; do [ ! -f \"$f\" ] || sed 's/\"t\":[0-9.]*/\"t\":T/' \"$f\"; done", "sh", dir);

	e2e__assertion_is_int_at((struct e2e__at){file, line, "status, expected", NULL}, r.status, false, status, false);
	as_expected(file, line, e2e_printf("secret-%s", name), e2e_printf("%s--- story.jsonl\n%s", r.out, all.out), r.err);
	e2e_unlike(r.out, "[^-]c0nfigured|fr0m-env|r3quired|0ption");
}

E2E_TEST(known) { golden_of("known", 1); }
E2E_TEST(named) { golden_of("named", 1); }
E2E_TEST(told) { golden_of("told", 1); }
E2E_TEST(told_by_a_failure) { golden_of("told_by_a_failure", 1); }
E2E_TEST(killed) { golden_of("killed", 1); }
E2E_TEST(next) { golden_of("next", 1); }
E2E_TEST(short_ones) { golden_of("short_ones", 1); }
E2E_TEST(too_many) { golden_of("too_many", 1); }
E2E_TEST(bails_out) { golden_of("bails_out", 99); }

E2E_MAIN()
