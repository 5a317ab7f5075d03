/* doc/features.md: each row names a case that is there, in a program that CI runs, and names of ours that there are. */
#include "e2e_proc.h"
#include "words.h"
#include <ctype.h>

/* Rows of the systems before us, in the order of the tables. */
static const int rows_of_systems[] = {36, 32, 34, 23, 30};

struct row {
	const char *ours, *file, *name;
	int table, number;
};

/* The n-th column of a line of a table, or NULL. */
static const char *column(const char *line, int n)
{
	const char *end = strchr(line, '\n'), *p = line, *next;

	for (; n > 0 && p; n--)
		p = strstr(p + 1, "| ");
	next = p ? strstr(p + 1, " |") : NULL;
	return next && (!end || next < end) ? e2e_printf("%.*s", (int)(next > p + 2 ? next - p - 2 : 0), p + 2) : NULL;
}

/* What stands between two signs of a text. */
static const char *between(const char *text, const char *before, const char *after)
{
	const char *p = text ? strstr(text, before) : NULL, *end = p ? strstr(p + strlen(before), after) : NULL;

	p = p ? p + strlen(before) : NULL;
	return end ? e2e_printf("%.*s", (int)(end - p), p) : "";
}

/* All rows of all tables; the last one has no file. */
static struct row *all_rows(size_t *n)
{
	const char *text = e2e_read_file("doc/features.md", NULL), *p = text;
	struct row *rows = (struct row *)e2e__memory_alloc(400 * sizeof *rows);
	int table = 0;

	*n = 0;
	for (; p && *n < 400; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
		struct row *row = rows + *n;

		table += strncmp(p, "## ", 3) == 0;
		if (strncmp(p, "| ", 2) != 0 || !isdigit((unsigned char)p[2]))
			continue;
		row->table = table;
		row->number = atoi(p + 2);
		row->ours = column(p, 2);
		row->file = between(column(p, 3), "](../", ")");
		row->name = between(column(p, 3), ") `", "`");
		++*n;
	}
	return rows;
}

E2E_TEST(no_row_is_missing)
{
	size_t n, i = 0;
	struct row *rows = all_rows(&n);
	int table, number;

	for (table = 1; table <= 5; table++)
		for (number = 1; number <= rows_of_systems[table - 1]; number++, i++)
			if (i >= n || rows[i].table != table || rows[i].number != number)
				e2e_fail("row %d of table %d isn't there", number, table);
	e2e_is_int(n, i);
}

/* A case of that name is defined in the source, and nothing says that it fails. */
static void look_into_source(const struct row *row)
{
	const char *text = e2e_read_file(row->file, NULL);
	const char *form = e2e_printf("(^|\n)E2E_TEST(_EACH|_MATRIX)?\\(%s[,)][^\n]*", row->name);

	e2e_unlike(row->file, "/broken/");
	e2e_like(text, form, "%s has the case %s", row->file, row->name);
	e2e_unlike(text, e2e_printf("\nE2E_TEST\\(%s,[^\n]*\\.todo", row->name), "it isn't expected to fail");
}

E2E_TEST(each_case_is_in_its_source)
{
	size_t n, i;
	struct row *rows = all_rows(&n);

	for (i = 0; i < n; i++)
		if (e2e_ok(*rows[i].file && *rows[i].name, "row %d of table %d names a case", rows[i].number, rows[i].table))
			look_into_source(&rows[i]);
}

/* A source may have a case in a comment or a text: what is built says which cases it runs. */
E2E_TEST(each_case_is_run, .timeout = 300)
{
	const char *root = getenv("E2E_T_ROOT"), *listed = "", *of = "";
	size_t n, i;
	struct row *rows = all_rows(&n);
	int built = 0;

	e2e_setenv("E2E_PROVE", "");
	for (i = 0; i < n; i++) {
		const char *stem = e2e_printf("%.*s", (int)strlen(rows[i].file) - 2, rows[i].file);
		const char *program = e2e_printf("%s%s%s.t", root ? root : ".", "/", stem);

		if (access(program, X_OK) != 0)
			continue;
		if (strcmp(program, of) != 0)
			listed = e2e_run(program, "--list").out;
		of = program;
		built++;
		e2e_like(listed, e2e_printf("(^|\n)%s(/[^\n]*)?\n", rows[i].name), "%s runs %s", program, rows[i].name);
	}
	e2e_note("%d of %zu rows are of programs that are built", built, n);
	e2e_cmp_int(built, ">", 0, "some of the programs are built");
}

/* An option of a test program or, in a table where it stands without its dashes, of prove. */
static bool is_option(const char *text, const char *word)
{
	return has_word(text, word) || strstr(text, e2e_printf("\n%s ", word + 2));
}

/* Functions, macros and options of the second column are in what users copy. */
E2E_TEST(names_of_ours_are_there)
{
	const char *text = e2e_printf("%s%s%s%s", e2e_read_file("e2e.h", NULL), e2e_read_file("e2e_proc.h", NULL),
		e2e_read_file("e2e_xmpp.h", NULL), e2e_read_file("prove", NULL));
	size_t n, i;
	struct row *rows = all_rows(&n);

	for (i = 0; i < n; i++) {
		const char *p = rows[i].ours;

		e2e_ok(*p, "row %d of table %d has something of ours", rows[i].number, rows[i].table);
		while ((p = strchr(p, '`')) != NULL) {
			const char *word = ++p, *end = p;

			while (is_of_a_name(*end) || *end == '-')
				end++;
			word = e2e_printf("%.*s", (int)(end - p), p);
			if (strncmp(word, "--", 2) == 0)
				e2e_ok(is_option(text, word), "there is %s", word);
			else if (strncasecmp(word, "e2e_", 4) == 0 && *end != '.')
				e2e_ok(has_word(text, word), "there is %s", word);
			p = strchr(end, '`');
			p = p ? p + 1 : end;
		}
	}
}

E2E_MAIN()
