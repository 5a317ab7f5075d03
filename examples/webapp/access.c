/* access.c - who may do what: users, roles, forms with tokens, and the actions that a page offers.
 *
 * A session is a person at a browser. What a test knows of the application is what its pages show: it follows
 * links by their texts and fills in the forms that it finds. */
/* e2e: libcurl libxml-2.0 */
#include "webapp.h"

static const char *file, *url;

E2E_SETUP()
{
	file = database();
	url = serve(file);
}

/* What the page offers, in its order. */
static const char *const *actions(e2e_http_reply page)
{
	return e2e_xpath(page.body, "//ul[@id='actions']/li", NULL);
}

static void make_track(e2e_session *chair, const char *name)
{
	e2e_http_reply r = e2e_submit(chair, get(chair, url, "/track/new"), "track", e2e_printf("name=%s", name), "day=2026-01-27");
	e2e_must(e2e_is_int(r.status, 200, "there is a track %s", name));
}

E2E_TEST(a_wrong_password_opens_nothing)
{
	e2e_session *who = e2e_session_open();
	e2e_http_reply r = e2e_submit(who, get(who, url, "/login"), "login", "user=ann", "password=guess");
	e2e_is_int(r.status, 403);
	e2e_is_int(get(who, url, "/talk/new").status, 401);
}

E2E_TEST(somebody_new_gets_access)
{
	add_person(file, (struct person){"max", "speaker"});
	e2e_http_reply r = get(access_of(url, "max"), url, "/talk");
	e2e_is_list(actions(r), E2E_ARGV("submit a talk"));
}

/* The list of visible actions, by role. */
E2E_TEST(actions_of_a_talk)
{
	e2e_session *ann = access_of(url, "ann"), *joe = access_of(url, "joe"), *eve = access_of(url, "eve");
	make_track(ann, "Tools");
	e2e_http_reply talk = submit_talk(joe, url, "Testing in C", 1);
	const char *path = strstr(talk.url, "/talk/");

	e2e_is_list(actions(get(ann, url, path)), E2E_ARGV("edit", "delete", "review"), "the chair");
	e2e_is_list(actions(get(joe, url, path)), E2E_ARGV("edit", "delete"), "its speaker");
	e2e_is_list(actions(get(eve, url, path)), E2E_ARGV("review"), "another speaker");
	e2e_is_list(actions(get(NULL, url, path)), E2E_ARGV(NULL), "a passer-by");
}

/* With where they lead: text and address of each. */
E2E_TEST(actions_lead_somewhere)
{
	e2e_session *ann = access_of(url, "ann");
	make_track(ann, "Tools");
	e2e_is_list(e2e_xpath_each(get(ann, url, "/track/1").body, "//ul[@id='actions']//a", "concat(., ': ', @href)", NULL),
		    E2E_ARGV("accept talks: /track/1/accept", "delete: /track/1/delete"));
}

/* What isn't offered isn't done for those either who know the address. */
E2E_TEST(addresses_are_no_secret)
{
	e2e_session *ann = access_of(url, "ann"), *joe = access_of(url, "joe"), *eve = access_of(url, "eve");
	make_track(ann, "Tools");
	submit_talk(joe, url, "Testing in C", 1);

	/* Eve's own form has a good token; she sends it to where hers isn't meant to go. */
	e2e_form *f = e2e_html_form(get(eve, url, "/talk/new").body, "talk");
	e2e_form_set(f, "title", "Eve was here");
	e2e_http_reply r = e2e_http(eve, "POST", e2e_printf("%s/talk/1/edit", url), .form = f->fields);
	e2e_is_int(r.status, 403);
	e2e_is_int(get(eve, url, "/talk/1/delete").status, 403);
	e2e_like(get(eve, url, "/talk/1").body, "Testing in C");

	/* Joe isn't offered to review what he talks about himself, but may write reviews of others. */
	f = e2e_html_form(get(joe, url, "/review/new").body, "review");
	e2e_form_set(f, "talk", "1");
	e2e_form_set(f, "grade", "5");
	e2e_is_int(e2e_http(joe, "POST", e2e_printf("%s/review/new", url), .form = f->fields).status, 403);
	e2e_is_json(get(ann, url, "/review.json").body, "[]");
}

/* A form without its token, or with another session's, changes nothing. */
E2E_TEST(forged_forms)
{
	e2e_session *ann = access_of(url, "ann"), *joe = access_of(url, "joe");
	const char *target = e2e_printf("%s/track/new", url);

	e2e_is_int(e2e_http(ann, "POST", target, .form = E2E_ARGV("name=Spam", "day=2026-01-27")).status, 403, "no token");
	const char *joes = e2e_xpath(get(joe, url, "/talk/new").body, "string(//input[@name='csrf']/@value)", NULL)[0];
	e2e_http_reply r = e2e_http(ann, "POST", target, .form = E2E_ARGV("name=Spam", "day=2026-01-27", e2e_printf("csrf=%s", joes)));
	e2e_is_int(r.status, 403, "joe's token");
	e2e_is_json(get(ann, url, "/track.json").body, "[]");
}

/* Who logs out takes nothing along, and who logs in gets a session that nobody has seen before. */
E2E_TEST(sessions_end)
{
	e2e_session *ann = access_of(url, "ann");
	e2e_http_reply r = get(ann, url, "/talk");
	e2e_is_list(actions(r), E2E_ARGV("submit a talk"));
	r = e2e_submit(ann, r, "logout");
	e2e_is_str(e2e_html_link(r.body, "log in"), "/login");
	e2e_is_int(get(ann, url, "/talk/new").status, 401);
}

E2E_MAIN()
