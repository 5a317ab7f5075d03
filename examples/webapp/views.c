/* views.c - every view of everything, without a test for each: rows are made from the schema, the application
 * says by its sitemap which pages it has, and all of them are read.
 *
 * The schema is asked for its tables, columns and references. What it can't say is a hint. An entity or a view
 * that is added to the application, by a component say, is tested from then on. */
/* e2e: libcurl libxml-2.0 */
#include "webapp.h"

enum { ROWS = 3, COLUMNS = 100 };

/* What the columns' types don't say: good values, of which one is taken. */
static const struct hint {
	const char *column, *values[3];
} hints[] = {
	{"track.day", {"2026-01-27", "2026-01-28", "2026-01-29"}},
	{"talk.state", {"submitted", "accepted", "submitted"}},
	{"review.grade", {"1", "3", "5"}},
};

/* Entities that are there already, and whose rows take more than SQL: a password, say. */
static const char not_filled[] = " person ";

/* Pages that no list of entities leads to: searches, forms that begin with something. */
static const char *const more_pages[] = {"/talk?filter=fish+%26+chips", "/talk/new?track=2", "/review/new?talk=1"};

/* Texts that break pages which forget to escape them. */
static const char awkward[] = "\"Fish\" & <b>chips''</b> \xc3\xbc";

struct column {
	char table[64], name[64], type[64], refers[64];
};

static const char *sql(const char *file, const char *statement)
{
	e2e_result r = e2e_run("sqlite3", "-bail", file, statement);
	e2e_must(e2e_is_int(r.status, 0, "SQL: %s", r.err));
	return r.out;
}

/* All columns but the keys, tables in the order in which they can be filled. */
static size_t read_schema(const char *file, struct column *columns)
{
	static const char query[] =
	    "SELECT m.name, c.name, c.type, coalesce(f.\"table\", '-') FROM sqlite_master m JOIN pragma_table_info(m.name) c "
	    "LEFT JOIN pragma_foreign_key_list(m.name) f ON f.\"from\" = c.name WHERE m.type = 'table' AND c.pk = 0 "
	    "ORDER BY m.rowid, c.cid";
	size_t n = 0;

	for (const char *line = sql(file, query); *line && n < COLUMNS; line = strchr(line, '\n') + 1, n++) {
		struct column *c = &columns[n];
		if (sscanf(line, "%63[^|]|%63[^|]|%63[^|]|%63[^|\n]", c->table, c->name, c->type, c->refers) != 4)
			e2e_must(e2e_fail("a line of the schema: %.80s", line));
	}
	return n;
}

static const char *value(const struct column *c, int row)
{
	const char *name = e2e_printf("%s.%s", c->table, c->name);

	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (strcmp(hints[i].column, name) == 0)
			return e2e_printf("'%s'", hints[i].values[e2e_rand() % 3]);
	if (strcmp(c->refers, "-") != 0)
		return e2e_printf("(SELECT id FROM %s ORDER BY id LIMIT 1 OFFSET %u)", c->refers, (unsigned)(e2e_rand() % ROWS));
	if (strcmp(c->type, "INTEGER") == 0)
		return e2e_printf("%d", row);
	return e2e_printf("'%s %d %s'", c->name, row, awkward);
}

/* ROWS rows for each entity. e2e_rand repeats what it did for the seed that a failure names. */
static void fill(const char *file)
{
	static struct column columns[COLUMNS];
	size_t n = read_schema(file, columns), next;
	const char *all = "PRAGMA foreign_keys = ON;";

	for (size_t i = 0; i < n; i = next) {
		for (next = i; next < n && strcmp(columns[next].table, columns[i].table) == 0; next++)
			;
		if (strstr(not_filled, e2e_printf(" %s ", columns[i].table)))
			continue;
		for (int row = 1; row <= ROWS; row++) {
			const char *names = "", *values = "";
			for (size_t k = i; k < next; k++) {
				names = e2e_printf("%s%s%s", names, k > i ? ", " : "", columns[k].name);
				values = e2e_printf("%s%s%s", values, k > i ? ", " : "", value(&columns[k], row));
			}
			all = e2e_printf("%s\nINSERT INTO %s (%s) VALUES (%s);", all, columns[i].table, names, values);
		}
	}
	sql(file, all);
}

/* Is it what its type says? */
static bool is_valid(const e2e_http_reply *r)
{
	if (strncmp(r->type, "text/html;", 10) == 0)
		return e2e_is_html(r->body);
	if (strncmp(r->type, "application/json;", 17) == 0)
		return e2e_is_json(r->body, r->body, "it is JSON");
	return e2e_like(r->type, "xml") && e2e_is_xml(r->body);
}

/* All pages of an application whose database is full. */
static const char *const *sitemap(const char *url, size_t *n)
{
	e2e_http_reply map = get(NULL, url, "/sitemap.xml");
	e2e_must(e2e_is_xml(map.body));
	return e2e_xpath(map.body, "//d:loc", n);
}

E2E_TEST(every_view_of_everything, .timeout = 200)
{
	const char *file = database();
	size_t n;
	e2e_require_command("sqlite3");
	fill(file);

	const char *url = serve(file);
	e2e_session *ann = access_of(url, "ann");
	const char *const *pages = sitemap(url, &n);
	e2e_each(i, n, "%s", pages[i] + strlen(url))
	{
		e2e_http_reply r = e2e_http(ann, "GET", pages[i]);
		e2e_is_int(r.status, 200);
		is_valid(&r);
	}

	e2e_each(i, sizeof more_pages / sizeof *more_pages, "%s", more_pages[i])
	{
		e2e_http_reply r = get(ann, url, more_pages[i]);
		e2e_is_int(r.status, 200);
		is_valid(&r);
	}

	/* four entities, each as a list and by row, in four views; the front page and the login */
	e2e_is_int((int)n, 4 * (1 + ROWS) * 4 + 2);
}

/* And every form that the chair is offered anywhere. */
E2E_TEST(every_form, .timeout = 200)
{
	const char *file = database();
	size_t n, forms = 0;
	e2e_require_command("sqlite3");
	fill(file);

	const char *url = serve(file);
	e2e_session *ann = access_of(url, "ann");
	const char *const *pages = sitemap(url, &n);
	for (size_t i = 0; i < n; i++) {
		if (strchr(pages[i] + strlen(url), '.'))
			continue;
		e2e_http_reply page = e2e_http(ann, "GET", pages[i]);
		const char *const *links = e2e_xpath(page.body, "//ul[@id='actions']//a/@href", NULL);
		for (; *links; links++, forms++) {
			e2e_http_reply form = e2e_http(ann, "GET", e2e_url(page.url, *links));
			e2e_is_int(form.status, 200, "%s", *links);
			e2e_is_html(form.body, "%s is HTML", *links);
		}
	}
	e2e_note("%zu forms", forms);
}

/* What is printed as it came is found: the texts of all rows are awkward. */
E2E_TEST(texts_are_escaped)
{
	const char *file = database();
	e2e_require_command("sqlite3");
	fill(file);
	e2e_http_reply r = get(NULL, serve(file), "/track/1");
	e2e_is_str(e2e_xpath(r.body, "//dd[2]", NULL)[0], "name 1 \"Fish\" & <b>chips'</b> \xc3\xbc");
}

/* ---- components: what is loaded besides the conference itself stands in a file beside the tests */

static const char *without_components(void)
{
	const char *path = e2e_printf("%s/components", e2e_tmpdir());
	FILE *f = fopen(path, "w");
	e2e_must(e2e_ok(f && fputs("# none\n\n", f) >= 0 && fclose(f) == 0, "a list without components"));
	return path;
}

/* The schema is another one, and so is the template: two lists never share a database by mistake. */
E2E_TEST(components_can_be_left_out)
{
	const char *none = without_components(), *url = serve(database_with(none), .components = none);
	e2e_is_int(get(NULL, url, "/review").status, 404);
	e2e_is_int(get(NULL, url, "/track.rss").status, 404);
	e2e_is_int(get(NULL, url, "/track.xml").status, 200);

	url = serve(database());
	e2e_is_int(get(NULL, url, "/review").status, 200);
	e2e_is_str(get(NULL, url, "/track.rss").type, "application/rss+xml; charset=utf-8");
}

E2E_MAIN()
