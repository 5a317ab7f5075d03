/* README.md does what it says: its programs are built and its console blocks are run in an empty folder. */
#include "e2e_proc.h"
#include "words.h"
#include <ctype.h>

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
	e2e_setenv("TMPDIR", e2e_tmpdir()); /* what failures leave there goes with the case */
	write_file("sum.c", block(text, "c", 1));
	write_file("site.c", block(text, "c", 2));
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

/* Without numbers and blanks at the end: ports, pids and times differ. Of a line that was cut, what is surely the same. */
static const char *plain(const char *line, size_t length)
{
	char *text = e2e_printf("%.*s", (int)length, line), *to = text;
	const char *from;
	while (length && text[length - 1] == ' ')
		text[--length] = 0;
	if (length > 12 && strcmp(text + length - 3, "...") == 0)
		text[length - 12] = 0;
	for (from = text; *from; from++)
		if (!isdigit((unsigned char)*from))
			*to++ = *from;
	*to = 0;
	return text;
}

/* A program shows what the README says: each line of its block, whatever else. */
static void shows(const char *what, const char *said, const char *out)
{
	const char *all = plain(out, strlen(out));
	size_t length;
	for (; *said; said += length + (said[length] == '\n')) {
		length = strcspn(said, "\n");
		e2e_ok(strstr(all, plain(said, length)) != NULL, "%s shows \"%.*s\"", what, (int)length, said);
	}
}

/* The tour, and what it draws. */
E2E_TEST(the_failure_and_the_story, .timeout = 120)
{
	const char *text = e2e__file_read(as_a_user(), NULL);
	e2e_result r;
	e2e_require_command("python3");
	e2e_require_command("curl");
	e2e_setenv("HOME", e2e_tmpdir());
	e2e_setenv("E2E_CACHE", e2e_printf("%s/cache", e2e_tmpdir()));
	r = e2e_run("./prove", "sum.c");
	e2e_is_int(r.status, 1);
	shows("./prove sum.c", block(text, "text", 1), r.out);

	r = e2e_run("./prove", "site.c");
	e2e_is_int(r.status, 1);
	r = e2e_run("./prove", "--story");
	e2e_is_int(r.status, 0, "%s", r.err);
	shows("./prove --story", block(text, "text", 2), r.out);
}

/* A text with one part of it replaced. */
static const char *with(const char *text, const char *old, const char *new_text)
{
	const char *at = strstr(text, old);
	e2e_must(e2e_ok(at != NULL, "there is %s", old));
	return e2e_printf("%.*s%s%s", (int)(at - text), text, new_text, at + strlen(old));
}

E2E_TEST(the_retry_that_is_told_of, .timeout = 120)
{
	const char *text = e2e__file_read(as_a_user(), NULL), *site = block(text, "c", 2);
	e2e_result r;
	e2e_require_command("cc");
	e2e_require_command("python3");
	e2e_require_command("curl");
	e2e_ok(strstr(text, "(`\"--retry\", \"1\",\n\"--retry-all-errors\"`)") != NULL, "the README tells how");
	site = with(site, "\"-sS\"", "\"-sS\", \"--retry\", \"1\", \"--retry-all-errors\"");
	site = with(site, ".reset = true", ".reset = true, .first = 1");
	write_file("site.c", site);
	e2e_is_int(e2e_run("cc", "-o", "site.t", "site.c").status, 0);
	r = e2e_run("./site.t");
	e2e_is_int(r.status, 0, "%s", r.out);
}

/* Every name that the README says is one, and every option of prove and of test programs. */
E2E_TEST(the_words_are_ours, .timeout = 120)
{
	const char *text = e2e__file_read(here("README.md"), NULL), *p;
	const char *headers[] = {e2e__file_read(here("e2e.h"), NULL), e2e__file_read(here("e2e_proc.h"), NULL), e2e__file_read(here("e2e_xmpp.h"), NULL)};
	int names = 0;
	for (p = text; *p; p++) {
		size_t length = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
		const char *name = e2e_printf("%.*s", (int)length, p);
		size_t i, found = 0;
		if ((strncmp(name, "e2e_", 4) == 0 || strncmp(name, "E2E_", 4) == 0) && p[length] != '.') {
			for (i = 0; i < 3; i++)
				found += has_word(headers[i], name);
			e2e_ok(found, "%s is a name of ours", name);
			names++;
		}
		p += length ? length - 1 : 0;
	}
	e2e_cmp_int(names, ">", 60);
}

/* Files and folders that it links to. */
E2E_TEST(the_links_lead_somewhere)
{
	const char *text = e2e__file_read(here("README.md"), NULL), *p;
	for (p = strstr(text, "]("); p; p = strstr(p + 1, "](")) {
		const char *target = e2e_printf("%.*s", (int)strcspn(p + 2, ")"), p + 2);
		if (*target != '#' && strncmp(target, "http", 4) != 0)
			e2e_ok(access(target, R_OK) == 0, "%s is there", target);
	}
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

E2E_MAIN()
