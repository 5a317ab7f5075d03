/* Golden texts, files, folders and data beside the source: t/core/broken/golden.c has those that differ. */
#include "../golden.h"

E2E_TEST(golden_text)
{
	e2e_is_golden("one\ntwo\nthree\n", "lines.txt");
	e2e_chdir("/");
	e2e_is_golden("one\ntwo\nthree\n", "lines.txt", "from another %s", "folder");
}

E2E_TEST(data)
{
	size_t size = 0;
	const char *path = e2e_data("golden/lines.txt");

	e2e_is_int(*path, '/');
	e2e_chdir("/");
	e2e_is_str(e2e_read_file(e2e_data("golden/lines.txt"), &size), "one\ntwo\nthree\n");
	e2e_is_int(size, 14);
	e2e_is_file(path, e2e_data("golden/lines.txt"));
}

E2E_TEST(data_from_another_folder)
{
	char *program = realpath(broken("golden"), NULL);
	e2e_result r;

	if (getenv("E2E_T_ROOT"))
		e2e_skip("the programs aren't beside their sources");

	e2e_must(program != NULL);
	e2e_chdir("/");
	r = e2e_run(program, "-k", "^data$");
	e2e_like(r.out, "there is no .*no such.txt.* in /", "the first one was found");
	free(program);
}

/* A program of its own folder, so that what it writes is not this project's. */
E2E_TEST(update, .timeout = 120)
{
	const char *folder = e2e_tmpdir();
	char *include = realpath(".", NULL);
	const char *cc = getenv("CC") ? getenv("CC") : "cc";
	FILE *f = fopen(e2e_printf("%s/x.c", folder), "w");
	e2e_result r;

	e2e_must(f && include);
	fputs("#include \"e2e.h\"\nE2E_TEST(x) { e2e_is_golden(\"made\\n\", \"x/made.txt\"); }\nE2E_MAIN()\n", f);
	fclose(f);
	e2e_chdir(folder);
	r = e2e_run("sh", "-c", e2e_printf("%s -w -I'%s' -o x.t x.c", cc, include));
	e2e_must(e2e_is_int(r.status, 0, "%s", r.err));
	free(include);
	e2e_is_int(e2e_run("./x.t").status, 1, "there is none yet");
	e2e_is_int(e2e_run("./x.t", "--update").status, 0);
	e2e_is_str(e2e_read_file("golden/x/made.txt", NULL), "made\n");
	r = e2e_run("./x.t");
	e2e_is_int(r.status, 0);
	e2e_unlike(r.out, "wrote");
}

E2E_TEST(trees)
{
	const char *a = e2e_data("golden"), *b = e2e_data("broken/golden");

	e2e_is_tree(a, b);
}

E2E_TEST(reports, .timeout = 120)
{
	golden("golden", "texts", 1);
	golden("golden", "files", 1);
	golden("golden", "folders", 1);
	golden("golden", "reading", 1);
}

E2E_MAIN()
