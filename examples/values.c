/* values.c - functions from values to values: tables of inputs, structs that reports can show, what is printed, what must
 * be refused, and a long text that is kept in a file.
 *
 *	make examples/values.t && examples/values.t
 *	examples/values.t -k 'reads/http:'         one row of a table
 *	examples/values.t --update                 writes golden/values.txt; read the difference before you commit it
 *	./prove --specs examples/values.t          which clause of which standard is covered, and by what
 *
 * What is tested stands at the top; in a project of your own it is another file, named by a line like
 * "e2e: url.c" in a comment here. */
#include "e2e.h"

struct url {
	char scheme[16], host[64], path[64];
	int port;
};

/* Takes a URL apart; false: it is none. */
static bool url_read(const char *text, struct url *url)
{
	const char *end, *host;
	size_t n;

	if (!text || !url) {
		fprintf(stderr, "url_read: no %s\n", text ? "room for the URL" : "text");
		abort();
	}
	memset(url, 0, sizeof *url);
	end = strstr(text, "://");
	if (!end || end == text || (size_t)(end - text) >= sizeof url->scheme)
		return false;
	memcpy(url->scheme, text, (size_t)(end - text));

	host = end + 3;
	n = strcspn(host, ":/");
	if (!n || n >= sizeof url->host)
		return false;
	memcpy(url->host, host, n);

	url->port = strcmp(url->scheme, "https") == 0 ? 443 : 80;
	if (host[n] == ':') {
		char *digits_end;
		long port = strtol(host + n + 1, &digits_end, 10);

		if (digits_end == host + n + 1 || port < 1 || port > 65535)
			return false;
		url->port = (int)port;
		n = (size_t)(digits_end - host);
	}
	if (host[n] && host[n] != '/')
		return false;
	snprintf(url->path, sizeof url->path, "%s", host[n] ? host + n : "/");
	return true;
}

static void url_print(FILE *to, const struct url *url)
{
	fprintf(to, "scheme  %s\nhost    %s\nport    %d\npath    %s\n", url->scheme, url->host, url->port, url->path);
}

/* ---- how a struct is shown, and so how two of them are compared. One member a line makes a diff of those that differ. */

E2E_PRINTER(url, struct url, u)
{
	return e2e_printf("scheme %s\nhost %s\nport %d\npath %s\n", u->scheme, u->host, u->port, u->path);
}

/* ---- a table: each row is a case of its own, named by its first member, and a crash leaves the others alone */

struct row {
	const char *text;
	struct url want;
};

static const struct row good[] = {
	{"http://example.org", {"http", "example.org", "/", 80}},
	{"https://example.org/", {"https", "example.org", "/", 443}},
	{"http://localhost:8080/a/b?c=d", {"http", "localhost", "/a/b?c=d", 8080}},
};

E2E_TEST_EACH(reads, good, .spec = "RFC 3986 3")
{
	const struct row *row = e2e_row(struct row);
	struct url got;

	e2e_must(e2e_ok(url_read(row->text, &got)));
	e2e_is_struct(url, &got, &row->want);
}

/* Rows need not be structs. */
static const char *const bad[] = {"/", "example.org", "://example.org", "http://", "http://x:port/", "http://x:70000", "http://x:80y"};

E2E_TEST_EACH(refuses, bad, .spec = "RFC 3986 3.1, RFC 3986 3.2")
{
	struct url got;

	e2e_ok(!url_read(*e2e_row(const char *), &got));
}

/* ---- what is printed on stdout and stderr, by functions and by programs that they start */

E2E_TEST(prints_a_line_for_each_part)
{
	struct url url;
	char *out, *err;

	e2e_must(e2e_ok(url_read("http://localhost:8080/a", &url)));
	e2e_captured_output(&out, &err)
	{
		url_print(stdout, &url);
	}
	e2e_is_str(out, "scheme  http\nhost    localhost\nport    8080\npath    /a\n");
	e2e_is_str(err, "");
}

/* ---- what ends the process: the block runs in a child of its own */

E2E_TEST(a_missing_text_is_a_mistake_of_the_caller)
{
	struct url url;
	char *err;

	e2e_captured_output(NULL, &err)
	{
		e2e_dies(E2E_SIG(SIGABRT)) { url_read(NULL, &url); }
	}
	e2e_is_str(err, "url_read: no text\n");
}

/* ---- a text that is too long for a string in the source lies in golden/ beside it */

E2E_TEST(all_of_them_as_a_table)
{
	char *out;

	e2e_captured_output(&out, NULL)
	{
		struct url url;

		for (size_t i = 0; i < sizeof good / sizeof *good; i++)
			if (url_read(good[i].text, &url)) {
				printf("%s\n", good[i].text);
				url_print(stdout, &url);
				printf("\n");
			}
	}
	e2e_is_golden(out, "values.txt");
}

/* ---- what a failure shows: the member that differs, between those that don't. It is expected, so the run is green. */

E2E_TEST(a_difference_is_shown_by_member, .todo = "shows what a difference looks like")
{
	const struct url want = {"http", "localhost", "/", 8080};
	struct url got;

	e2e_must(e2e_ok(url_read("http://localhost/", &got)));
	e2e_is_struct(url, &got, &want);
}

E2E_MAIN()
