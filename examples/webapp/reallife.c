/* reallife.c - tests on a real database: what there is, with all that people have typed, and without changing a
 * byte of it.
 *
 *	examples/webapp/reallife.t --database /var/lib/conference/2025.db
 *
 * or, once for all, by [webapp] database = ... in .local/e2e.ini. Where neither names one, as in the demo, the
 * tests make one by using the application. No test knows what is in the database: each asks for that first. */
/* e2e: libcurl libxml-2.0 */
#include "webapp.h"

E2E_OPTION(database, "--database", "FILE", "a conference's database; it is read only")

/* A year's conference, by way of its pages. */
static const char *last_years(void)
{
	const char *file = database(), *url = serve(file);
	e2e_session *ann = access_of(url, "ann"), *joe = access_of(url, "joe");

	e2e_submit(ann, get(ann, url, "/track/new"), "track", "name=Caf\xc3\xa9", "day=2025-01-27");
	for (int i = 1; i <= 5; i++)
		submit_talk(joe, url, e2e_printf("Talk <%d>", i), i);
	return file;
}

static const char *file, *url, *before;

E2E_SETUP()
{
	file = e2e_option_database() ? e2e_option_database() : e2e_config("webapp", "database", NULL);
	file = file ? file : last_years();
	before = e2e_printf("%s/before", e2e_tmpdir());
	e2e_must(e2e_is_int(e2e_run("cp", file, before).status, 0));
	url = serve(file, .read_only = true);
}

E2E_TEARDOWN()
{
	e2e_is_file(file, before, "the database is as it was");
}

E2E_TEST(all_talks_have_valid_pages, .timeout = 300)
{
	size_t n;
	const char *const *ids = e2e_xpath(get(NULL, url, "/talk.xml").body, "//id", &n);
	e2e_skip_if(n == 0, "the database has no talks");
	e2e_each(i, n, "talk %s", ids[i])
	{
		e2e_http_reply r = get(NULL, url, e2e_printf("/talk/%s", ids[i]));
		e2e_is_int(r.status, 200);
		e2e_is_html(r.body);
	}
}

E2E_TEST(the_feed_has_all_talks)
{
	const char *feed = get(NULL, url, "/talk.rss").body, *all = get(NULL, url, "/talk.xml").body;
	e2e_is_xml(feed);
	e2e_is_list(e2e_xpath(feed, "//item/title", NULL), e2e_xpath(all, "//title", NULL));
}

/* Not by a form either, whoever sends it. */
E2E_TEST(nothing_can_be_changed)
{
	e2e_session *who = e2e_session_open();
	const char *token = e2e_xpath(get(who, url, "/login").body, "string(//input[@name='csrf']/@value)", NULL)[0];
	e2e_http_reply r = e2e_http(who, "POST", e2e_printf("%s/track/new", url),
				    .form = E2E_ARGV("name=New", "day=2026-01-01", e2e_printf("csrf=%s", token)));
	e2e_is_int(r.status, 403);
	e2e_is_str(e2e_xpath(r.body, "//p", NULL)[0], "Nothing can be changed here.");
}

E2E_MAIN()
