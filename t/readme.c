/* README.md does what it says: its programs are built and its console blocks are run in an empty folder. */
#include "e2e_proc.h"

/* The n-th fenced block of a language in a text. */
static const char *block(const char *text, const char *language, int n)
{
	const char *begin = text, *end, *fence = e2e_printf("```%s\n", language);
	do {
		begin = strstr(begin, fence);
		e2e_must(e2e_ok(begin != NULL, "there is a block of %s", language));
		begin += strlen(fence);
	} while (n-- > 1);
	end = strstr(begin, "```\n");
	e2e_must(e2e_ok(end != NULL, "it ends"));
	return e2e_printf("%.*s", (int)(end - begin), begin);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	e2e_must(e2e_ok(f != NULL, "%s can be written", path));
	fputs(text, f);
	fclose(f);
}

static const char *here(const char *name)
{
	char path[PATH_MAX];
	e2e_must(e2e_ok(realpath(name, path) != NULL, "%s is there", name));
	return e2e_printf("%s", path);
}

/* An empty folder with the files that the README says to copy. */
static const char *as_a_user(void)
{
	const char *readme = here("README.md");
	const char *text = e2e__file_read(readme, NULL);
	e2e_must(e2e_is_int(e2e_run("cp", here("e2e.h"), here("e2e_proc.h"), here("e2e_xmpp.h"), here("prove"), e2e_tmpdir()).status, 0));
	e2e_chdir(e2e_tmpdir());
	write_file("sum.c", block(text, "c", 1));
	write_file("server.c", block(text, "c", 2));
	write_file("clients.c", block(text, "c", 3));
	return readme;
}

E2E_TEST(the_console_blocks)
{
	e2e_require_command("cc");
	e2e_scenario(as_a_user());
}

/* Functions compiled once by make: for the first header, and for the one above. */
E2E_TEST(the_rules_for_many_programs)
{
	const char *text;
	e2e_result r;
	e2e_require_command("cc");
	e2e_require_command("make");
	text = e2e__file_read(as_a_user(), NULL);
	mkdir("t", 0700);
	write_file("Makefile", e2e_printf("CC = cc\n%s", block(text, "make", 1)));
	write_file("t/a.c", "#include \"e2e.h\"\nE2E_TEST(a) { e2e_is_int(1, 1); }\nE2E_MAIN()\n");
	write_file("t/b.c", "#include \"e2e_proc.h\"\nE2E_TEST(b) { e2e_is_int(e2e_run(\"true\").status, 0); }\nE2E_MAIN()\n");
	r = e2e_run("make", "t/a.t");
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
	e2e_is_int(e2e_run("t/a.t").status, 0);
	r = e2e_run("make", "-B", "HEADER=e2e_proc.h", "t/a.t", "t/b.t");
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
	e2e_is_int(e2e_run("t/a.t").status, 0);
	e2e_is_int(e2e_run("t/b.t").status, 0);
}

E2E_TEST(the_server_and_its_client)
{
	e2e_require_command("python3");
	e2e_require_command("curl");
	as_a_user();
	e2e_is_int(e2e_run("cc", "-o", "server.t", "server.c").status, 0);
	e2e_result r = e2e_run("./server.t");
	e2e_is_int(r.status, 0, "%s", r.out);
}

E2E_TEST(the_xmpp_clients)
{
	e2e_require_command("pkg-config");
	e2e_require_command("prosody");
	e2e_skip_if(e2e_run("pkg-config", "--exists", "libstrophe", "openssl", "libsodium").status != 0, "a library is missing");
	as_a_user();
	e2e_result r = e2e_run("sh", "-c", "cc -o clients.t clients.c $(pkg-config --cflags --libs libstrophe openssl libsodium)");
	e2e_is_int(r.status, 0, "it builds: %s", r.err);
	r = e2e_run("./clients.t");
	e2e_is_int(r.status, 0);
	e2e_like(r.out, "\nok 1 - two_clients_talk\n$");
}

E2E_TEST(prove_builds_and_runs_the_source)
{
	e2e_result r;
	as_a_user();
	e2e_setenv("E2E_CACHE", e2e_printf("%s/cache", e2e_tmpdir()));
	r = e2e_run("./prove", "sum.c");
	e2e_is_int(r.status, 1);
	e2e_like(r.out, "sum.c:6: got \"left\", want \"right\"");
}

E2E_MAIN()
