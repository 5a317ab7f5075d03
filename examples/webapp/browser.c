/* browser.c - pages as a browser sees them: Chromium opens them, without a window, runs their scripts, and prints
 * what has become of the page.
 *
 * The other tests look at what the application sends. Here it is what a person sees: rows that a script has
 * hidden are gone, and a script that breaks off is an error. */
/* e2e: libcurl libxml-2.0 */
#include "webapp.h"

static const char *url;

E2E_SETUP()
{
	e2e_require_command("chromium");
	url = serve(database());
	e2e_session *ann = access_of(url, "ann"), *joe = access_of(url, "joe");
	e2e_submit(ann, get(ann, url, "/track/new"), "track", "name=Tools", "day=2026-01-27");
	submit_talk(joe, url, "Testing in C", 1);
	submit_talk(joe, url, "Mail without tears", 2);
}

/* The page when its scripts have run. */
static const char *opened(const char *path)
{
	e2e_result r = e2e_run_with((e2e_spawn_opts){.timeout = 90}, "chromium", "--headless", "--no-sandbox", "--disable-gpu",
				    e2e_printf("--user-data-dir=%s/profile", e2e_tmpdir()), "--enable-logging=stderr", "--v=0",
				    "--virtual-time-budget=100000", "--dump-dom", e2e_printf("%s%s", url, path));
	e2e_is_int(r.status, 0);
	e2e_unlike(r.err, "CONSOLE.*Uncaught", "no script of %s breaks off", path);
	return r.out;
}

/* The first two columns of the rows that one sees. */
static const char *const *rows(const char *page)
{
	return e2e_xpath_each(page, "//tbody/tr[not(@hidden)]", "concat(td[1], ' ', td[2])", NULL);
}

E2E_TEST(a_list_is_filtered, .timeout = 200)
{
	const char *page = opened("/talk?filter=TEARS");
	e2e_is_int(atoi(e2e_xpath(page, "count(//tbody/tr)", NULL)[0]), 2);
	e2e_is_list(rows(page), E2E_ARGV("2 Mail without tears"));
	e2e_is_str(e2e_xpath(page, "string(//*[@id='shown'])", NULL)[0], "1");
}

E2E_MAIN()
