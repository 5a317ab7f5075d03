/* webapp.h - what the tests of the conference share: databases that are copies of a template, the application
 * on a port of its own, users who have logged in. */
#ifndef WEBAPP_H
#define WEBAPP_H

#define E2E_CURL
#define E2E_LIBXML2
#include "e2e_proc.h"

/* The system's: psycopg2 is one of its packages. -B: nothing is written beside the sources. */
#define PYTHON "/usr/bin/python3", "-B"
#define PROGRAM e2e_data("app/conference.py")
#define COMPONENTS e2e_data("components")

/* Everybody's password is "secret". */
struct person {
	const char *login, *role;
};
static const struct person people[] = {{"ann", "chair"}, {"joe", "speaker"}, {"eve", "speaker"}};

static inline void add_person(const char *database, struct person who)
{
	e2e_result r = e2e_run(PYTHON, PROGRAM, "user", database, who.login, who.role, "secret");
	e2e_must(e2e_is_int(r.status, 0, "%s is added: %s", who.login, r.err));
}

/* Makes what all databases of the tests are copies of: the tables, and three people. */
static inline void make_template(const char *database, const char *components)
{
	e2e_result r = e2e_run(PYTHON, PROGRAM, "init", database, "--components", components);
	e2e_must(e2e_is_int(r.status, 0, "the tables are made: %s", r.err));
	for (size_t i = 0; i < sizeof people / sizeof *people; i++)
		add_person(database, people[i]);
}

static inline bool make_file(const char *folder, void *components)
{
	make_template(e2e_printf("%s/conference.db", folder), *(const char **)components);
	return true;
}

/* A private copy of the template. Its key is the schema: once that changes, in the application or by a
 * component, the template is made anew, and nobody has to know that there is one. */
static inline const char *database_with(const char *components)
{
	e2e_result r = e2e_run(PYTHON, PROGRAM, "schema", "conference.db", "--components", components);
	e2e_must(e2e_is_int(r.status, 0, "it has a schema: %s", r.err));
	return e2e_printf("%s/conference.db", e2e_cached("conference", r.out, make_file, &components));
}

static inline const char *database(void)
{
	return database_with(COMPONENTS);
}

struct serving {
	const char *database;
	const char *components; /* default COMPONENTS */
	const e2e_mailbox *mail; /* default none */
	bool read_only;
};

static void stop(void *app)
{
	e2e_kill((e2e_proc *)app);
}

/* serve(database, .mail = m): starts the application until the end of the case. Its URL. */
#define serve(...) serve_with((struct serving){.database = __VA_ARGS__})
static inline const char *serve_with(struct serving s)
{
	e2e_proc *app = e2e_spawn(PYTHON, PROGRAM, "serve", s.database, "--components",
				  s.components ? s.components : COMPONENTS, "--mail", e2e_printf("%d", s.mail ? s.mail->port : 0),
				  s.read_only ? "--read-only" : "--read-write");
	e2e_defer(stop, app);
	e2e_must(e2e_ready(app, E2E_LINE("^serving on (http://.*)$")));
	return e2e_capture(app, 1);
}

/* The page at a path of the application. */
static inline e2e_http_reply get(e2e_session *who, const char *url, const char *path)
{
	return e2e_http(who, "GET", e2e_printf("%s%s", url, path));
}

/* Somebody at a browser: a session that has logged in. */
static inline e2e_session *access_of(const char *url, const char *login)
{
	e2e_session *who = e2e_session_open();
	e2e_http_reply r = e2e_submit(who, get(who, url, "/login"), "login", e2e_printf("user=%s", login), "password=secret");
	e2e_must(e2e_is_int(r.status, 200, "%s has logged in", login));
	return who;
}

/* Hands in a talk; the answer is its page. */
static inline e2e_http_reply submit_talk(e2e_session *who, const char *url, const char *title, int slot)
{
	return e2e_submit(who, get(who, url, "/talk/new"), "talk", e2e_printf("title=%s", title), "abstract=About it.",
			  e2e_printf("slot=%d", slot));
}

#endif
