/* e2e: libstrophe openssl libsodium */
/* Expecting stanzas by their kind: in C and C++, and what is told of those that don't come. */
#include "e2e_xmpp.h"
#include "../golden.h"

static const struct language {
	const char *name, *compiler, *options;
} languages[] = {{"C by gcc", "gcc", "-std=c99 -x c"}, {"C by clang", "clang", "-std=c99 -x c"},
		 {"C++17", "g++", "-std=c++17 -x c++"}, {"C++20 by gcc", "g++", "-std=c++20 -x c++"},
		 {"C++20 by clang", "clang++", "-std=c++20 -x c++"}};

E2E_TEST_EACH(language, languages, .timeout = 300)
{
	const struct language *l = e2e_row(struct language);
	const char *program = e2e_printf("%s/kinds", e2e_tmpdir());
	e2e_result r;

	e2e_require_command(l->compiler);
	e2e_client_connected(); /* a server for it, or a skip */
	r = e2e_run_with((e2e_spawn_opts){.timeout = 120}, "sh", "-c",
			 e2e_printf("%s %s -DE2E__WARN -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I. -o %s "
				    "t/xmpp/broken/kinds.c $(pkg-config --cflags --libs libstrophe openssl libsodium)",
				    l->compiler, l->options, program));
	e2e_is_str(r.err, "");
	e2e_must(e2e_is_int(r.status, 0, "it compiles"));
	r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("HARNESS_ACTIVE")}, program);
	e2e_is_int(r.status, 0, "it runs") || (e2e_diag("%s", r.out), 0);
}

/* What a report says before the story, which has ports and times. */
static const char *without_stories(const char *out)
{
	const char *text = "", *story, *end;

	for (; (story = strstr(out, "\n  story: |\n")) != NULL; out = end) {
		text = e2e_printf("%s%.*s", text, (int)(story - out), out);
		end = strstr(story, "\n  ...\n");
		e2e_must(e2e_ok(end != NULL, "each report ends"));
	}
	return e2e_printf("%s%s", text, out);
}

E2E_TEST(what_does_not_come_is_told)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.env = E2E_ARGV("HARNESS_ACTIVE", "E2E_RUN_DIR", "E2E_TIMEOUT_SCALE")},
				    broken("expect"));

	e2e_is_int(r.status, 1);
	as_expected(E2E__AT, "expect", without_stories(r.out), r.err);
}

E2E_MAIN()
