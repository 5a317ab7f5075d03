/* fixtures.c - a database for each case at the price of a file copy: e2e_cached() with the real sqlite3.
 *
 * The database is made once for a schema, by whichever case or test program comes first, and kept in the cache. Each
 * case gets a private copy in its own folder, changes it as it likes, and leaves nothing. When the schema's text
 * changes, so does the key, and the database is made anew: nobody has to clear a cache by hand.
 *
 *	examples/fixtures.t; examples/fixtures.t       the second run builds nothing */
#include "e2e_proc.h"

static const char schema[] = "CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
			     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
			     "INSERT INTO city SELECT i, 'city ' || i FROM n;";

static bool build(const char *dir, void *arg)
{
	e2e_result r = e2e_run("sqlite3", e2e_printf("%s/db", dir), (const char *)arg);
	e2e_note("the database was built in %.3f s", r.seconds);
	return e2e_is_int(r.status, 0, "the schema is taken: %s", r.err);
}

static const char *db;

static const char *query(const char *sql)
{
	return e2e_run("sqlite3", db, sql).out;
}

E2E_SETUP()
{
	static char text[sizeof schema];
	e2e_require_command("sqlite3");
	strcpy(text, schema);
	db = e2e_printf("%s/db", e2e_cached("cities", schema, build, text));
}

E2E_TEST(all_cities_are_there)
{
	e2e_is_str(query("SELECT count(*) FROM city"), "1000\n");
}

E2E_TEST(a_case_may_destroy_its_copy)
{
	e2e_is_str(query("DELETE FROM city; SELECT count(*) FROM city"), "0\n");
}

E2E_TEST(the_next_one_has_a_whole_one)
{
	e2e_is_str(query("SELECT count(*), min(name) FROM city"), "1000|city 1\n");
}

E2E_TEST(names_are_unique)
{
	e2e_result r = e2e_run("sqlite3", db, "INSERT INTO city(name) VALUES('city 7')");
	e2e_isnt_int(r.status, 0);
	e2e_like(r.err, "UNIQUE constraint failed: city.name");
}

E2E_MAIN()
