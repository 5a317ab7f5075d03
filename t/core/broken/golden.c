/* Files, golden texts and folders that differ. Run by t/core/golden.c. */
#include "e2e.h"

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		e2e_bail_out("can't write %s: %s", path, strerror(errno));
}

E2E_TEST(texts)
{
	e2e_is_golden("one\nzwei\nthree\n", "lines.txt");
	e2e_is_golden(NULL, "lines.txt", "text %d", 2);
	e2e_is_golden("new", "not there.txt");
}

E2E_TEST(files)
{
	e2e_chdir(e2e_tmpdir());
	put("a", "x\ny\n");
	put("b", "x\nz\n");
	put("c", "x\n");
	e2e_is_file("a", "b");
	e2e_is_file("a", "none");
	e2e_is_file("none", "a", "the second of %d", 2);
	e2e_must(truncate("b", 20) == 0 && truncate("c", 18) == 0);
	e2e_is_file("b", "c", "binary");
}

E2E_TEST(folders)
{
	e2e_chdir(e2e_tmpdir());
	e2e_must(mkdir("got", 0700) == 0 && mkdir("want", 0700) == 0 && mkdir("got/in", 0700) == 0 && mkdir("want/in", 0700) == 0);
	put("got/in/text", "a\nb\n");
	put("want/in/text", "a\nc\n");
	put("got/extra", "");
	put("want/lost", "");
	put("got/tool", "");
	put("want/tool", "");
	e2e_must(chmod("want/tool", 0755) == 0 && symlink("here", "got/link") == 0 && symlink("there", "want/link") == 0);
	put("got/kind", "");
	e2e_must(mkdir("want/kind", 0700) == 0);
	e2e_is_tree("got", "want");
	e2e_is_tree("nowhere", "want");
}

E2E_TEST(data)
{
	e2e_data("golden/lines.txt");
	e2e_data("no such.txt");
}

E2E_TEST(reading)
{
	e2e_read_file("no such.txt", NULL);
}

E2E_MAIN()
