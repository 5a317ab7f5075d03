/* The configuration: where it is looked for, its grammar, and what is said of a wrong one. */
#include "../golden.h"

static const char good[] = "# a comment\n"
			   "; another\n"
			   "\n"
			   "[global]\n"
			   "provisioner = aioxmpp.e2etest.provision.AnonymousProvisioner\n"
			   "timeout = 0.2\n"
			   "[text]\n"
			   "plain = some words = here: there\n"
			   "Upper=Kept Case\r\n"
			   "colon: by colon\n"
			   "empty =\n"
			   "continued = first\n"
			   "  second\n"
			   "\tthird\n"
			   "  \n"
			   "once = the only one\n"
			   "[numbers]\n"
			   "int = -42\n"
			   "double = 2.5\n"
			   "yes = True\n"
			   "no = off\n"
			   "[lists]\n"
			   "commas = a, b c ,,\n"
			   "  d\n"
			   "python = [\"#muc-id-rewrite\", 'it\\'s', \"a \\\" quote\"]\n"
			   "none = []\n"
			   "broken = [\"a\", b]\n";

static const char *file(const char *name, const char *text, size_t size)
{
	const char *path = e2e_printf("%s/%s", e2e_tmpdir(), name);
	FILE *f = fopen(path, "w");
	e2e_must(e2e_ok(f != NULL, "%s can be written", path));
	fwrite(text, 1, size, f);
	fclose(f);
	return path;
}

static const char *ini(const char *text)
{
	return file("x.ini", text, strlen(text));
}

static e2e_result with(const char *path, const char *name)
{
	return e2e_run(broken("config"), "--config", path, "-k", e2e_printf("^%s$", name));
}

E2E_SETUP()
{
	e2e_setenv("CI", NULL);
}

E2E_TEST(grammar)
{
	e2e_result r = with(ini(good), "values");
	e2e_is_int(r.status, 0, "%s", r.err);
	r = with(ini(e2e_printf("\xef\xbb\xbf%s", good)), "values");
	e2e_is_int(r.status, 0, "with a byte order mark");
}

E2E_TEST(where_it_is_looked_for)
{
	const char *path = ini(good);
	char *here = realpath(broken("config"), NULL);
	const char *program = e2e_printf("%s", here ? here : "");
	free(here);
	e2e_setenv("E2E_CONFIG", path);
	e2e_is_int(e2e_run(program, "-k", "values").status, 0, "$E2E_CONFIG");
	e2e_setenv("E2E_CONFIG", NULL);
	e2e_chdir(e2e_tmpdir());
	e2e_is_int(e2e_run(program, "-k", "values").status, 1, "nowhere");
	e2e_is_int(mkdir(".local", 0700), 0);
	e2e_is_int(rename("x.ini", ".local/e2etest.ini"), 0);
	e2e_is_int(e2e_run(program, "-k", "values").status, 0, ".local/e2etest.ini");
	e2e_is_int(rename(".local/e2etest.ini", ".local/e2e.ini"), 0);
	e2e_is_int(e2e_run(program, "-k", "values").status, 0, ".local/e2e.ini");
}

E2E_TEST(blocking_timed_takes_its_limit_from_it)
{
	e2e_like(with(ini(good), "timed").err, ": timed out after 0.2 s\n");
	e2e_setenv("CI", "true");
	e2e_like(with(ini(good), "timed").err, ": timed out after 0.8 s\n", "four times as long on CI machines");
	e2e_setenv("CI", NULL);
	e2e_like(with(ini("[global]\n"), "timed").err, ": timed out after 1 s\n", "the default");
}

E2E_TEST(wrong_files)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"[global]\ntimeout = \"fast\"\n", "x.ini:2: timeout = \"fast\": expected seconds, e.g. 2.5\n$"},
		{"[global]\ntimeout = 0\n", "x.ini:2: timeout = \"0\": expected seconds"},
		{"key = value\n", "x.ini:1: key = value: expected a \\[section\\] before the first key\n$"},
		{"[a]\nnonsense\n", "x.ini:2: nonsense: expected `key = value`, `\\[section\\]` or a comment after #\n$"},
		{"[a]\n= value\n", "x.ini:2: = value: expected `key = value`"},
		{"[a\n", "x.ini:1: \\[a: expected a section, e.g. \\[global\\]\n$"},
		{"[]\n", "x.ini:1: \\[\\]: expected a section"},
		{"[a] b\n", "x.ini:1: \\[a\\] b: expected a section"},
		{"[a]\nkey = 1\n[b]\nkey = 2\nKey = 3\n", "x.ini:5: key: expected it once; line 4 has it, too\n$"},
		{"[a]\nkey = 1\n[b]\n[a]\nother = 1\n", "x.ini:4: \\[a\\]: expected it once; line 1 has it, too\n$"},
		{"[global]\ntimeuot = 3\n",
		 "x.ini:2: timeuot: expected a key of \\[global\\]: provisioner, timeout; did you mean timeout\\?\n$"},
		{"\n[global]\n  provisioner = x\n  timout = 3\n", "x.ini:4: timout: .*; did you mean timeout\\?\n$"},
		{"[environment]\nsomething = 1\n",
		 "x.ini:2: something: expected a key of \\[environment\\]: address, features, identities, peer, quirks\n$"},
		{"[a]\n[globl]\ntimeout = 3\n", "x.ini:2: \\[globl\\]: expected .*; did you mean \\[global\\]\\?\n$"},
		{"[Environment]\n", "x.ini:1: \\[Environment\\]: expected .*; did you mean \\[environment\\]\\?\n$"},
		{"[enviromnents]\n", "x.ini:1: \\[enviromnents\\]: expected .*; did you mean \\[environment\\]\\?\n$"},
		{"[environment]\nfeatures = [\"a\", b]\n", "x.ini:2: features = .*: expected a list"},
		{"[environment]\nquirks = [a\n", "x.ini:2: quirks = .*: expected a list"},
		{"[environment]\nidentities = pubsub/pep, muc\n",
		 "x.ini:2: identities = \"pubsub/pep, muc\": expected identities as category/type, e.g. pubsub/pep\n$"},
		{"\x7f" "ELF\x01\x02\n", "x.ini:1: \\\\x7fELF\\\\x01\\\\x02: expected `key = value`"}};
	size_t i;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		e2e_result r = with(ini(rows[i].text), "values");
		e2e_is_int(r.status, 99);
		e2e_is_str(r.out, "", "before any case runs");
		e2e_like(r.err, rows[i].says);
	}
}

E2E_TEST(hostile_files)
{
	size_t size = 1 << 20;
	char *line = (char *)malloc(size);
	const char *link = e2e_printf("%s/loop.ini", e2e_tmpdir());
	e2e_result r;
	memset(line, 'x', size);
	r = with(file("endless.ini", line, size), "values");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "endless.ini:1: a line of 1048576 bytes: expected at most 65536\n$");
	free(line);
	r = with(file("nul.ini", "[a]\nb = \0c\n", 11), "values");
	e2e_like(r.err, "nul.ini:2: a NUL byte: expected a text file\n$");
	r = with("/", "values");
	e2e_like(r.err, "^e2e: cannot read the config /: it is not a file\n$");
	e2e_is_int(symlink(link, link), 0);
	r = with(link, "values");
	e2e_like(r.err, "^e2e: cannot read the config .*loop.ini: ");
	e2e_is_int(r.status, 99);
	if (geteuid() != 0) {
		const char *secret = ini(good);
		e2e_is_int(chmod(secret, 0), 0);
		e2e_like(with(secret, "values").err, "^e2e: cannot read the config .*: Permission denied\n$");
	}
}

E2E_TEST(values_of_another_type)
{
	static const struct {
		const char *name, *says;
	} rows[] = {{"bad_int", "x.ini:8: plain = \"some words = here: there\": expected an integer, e.g. 3\n$"},
		    {"bad_bool", "x.ini:8: plain = \"some words = here: there\": expected true or false\n$"},
		    {"bad_double", "x.ini:8: plain = \"some words = here: there\": expected a number, e.g. 2.5\n$"},
		    {"bad_list", "x.ini:27: broken = .*: expected a list, e.g. \\[\"a\", \"b\"\\]\n$"}};
	size_t i;
	for (i = 0; i < 4; i++) {
		e2e_result r = with(ini(good), rows[i].name);
		e2e_is_int(r.status, 99);
		e2e_like(r.err, rows[i].says);
		e2e_unlike(r.out, "not reached");
	}
}

static const char expanded[] = "[DEFAULT]\n"
			       "host = default.example\n"
			       "port = 5222\n"
			       "url = xmpp://%(HOST)s:%(port)s/%%20\n"
			       "[a]\n"
			       "host = a.example\n"
			       "secret = ${E2E_T_SECRET}\n"
			       "list = [\"${E2E_T_SECRET}\", '50%% it\\'s']\n"
			       "kept = 100 %% of $${HOME} for $HOME\n"
			       "unused = ${E2E_T_UNSET}\n"
			       "[b]\n";

/* As Python's configparser reads it, and ${NAME} from the environment, whatever letters it has. */
E2E_TEST(what_values_stand_for)
{
	e2e_result r;

	e2e_setenv("E2E_T_SECRET", "x %(y)s ${Z} \" ' \\ end");
	r = with(ini(expanded), "expanded");
	e2e_is_int(r.status, 0) || (e2e_diag("%s", r.out), 0);
}

E2E_TEST(values_that_stand_for_nothing)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
	    {"[a]\nx = ${E2E_T_UNSET}\n", "ini:2: x: expected the environment variable E2E_T_UNSET to be set\n$"},
	    {"[a]\nx = ${E2E_T_UNSET\n", "ini:2: x: expected \\$\\{NAME\\} with the name"},
	    {"[a]\nx = ${}\n", "ini:2: x: expected \\$\\{NAME\\} with the name"},
	    {"[a]\ny = 1\nx = %(z)s\n", "ini:3: x: expected the key z in \\[a\\] or \\[DEFAULT\\]\n$"},
	    {"[a]\nx = %(y)d\n", "ini:2: x: expected %\\(key\\)s with the name of another key"},
	    {"[a]\nx = p%d\n", "ini:2: x: expected %% or %\\(key\\)s after a %: write %% for a % alone\n$"},
	    {"[a]\nx = 100%\n", "ini:2: x: expected %% or %\\(key\\)s after a %: write %%"},
	    {"[a]\nx = %%%\n", "ini:2: x: expected %% or %\\(key\\)s after a %: write %%"},
	    {"[a]\nx = [\"50% of it\"]\n", "ini:2: x: expected %% or %\\(key\\)s after a %: write %%"},
	    {"[DEFAULT]\nx = 5%\n[a]\n", "ini:2: x: expected %% or %\\(key\\)s after a %: write %%"},
	    {"[a]\ny = %(x)s\nx = %(y)s\n", "ini:3: x: expected a value that doesn't need itself: %\\(y\\)s\n$"},
	    {"[a]\nx = %(x)s\n", "ini:2: x: expected a value that doesn't need itself"},
	};
	e2e_result r;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		r = with(ini(rows[i].text), "asks");
		e2e_is_int(r.status, 99, "row %zu", i);
		e2e_like(r.err, rows[i].says, "row %zu", i);
	}

	e2e_setenv("E2E_T_SECRET", "hunter2");
	r = with(ini("[a]\nx = ${E2E_T_SECRET}\n"), "asks_int");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "ini:2: x = .*E2E_T_SECRET.*: expected an integer");
	e2e_unlike(r.err, "hunter2");
}

/* A key that another one of its section is made of needs no name that the toolkit knows. */
E2E_TEST(parts_of_values)
{
	e2e_result r = with(ini("[global]\nbase = 1\ntimeout = %(base)s.5\n[DEFAULT]\nanything = goes\n"), "asks");

	e2e_is_int(r.status, 1) || (e2e_diag("%s", r.err), 0);
	r = with(ini("[global]\nbase = 1\ntimeout = 1.5\n"), "asks");
	e2e_is_int(r.status, 99);
	e2e_like(r.err, "ini:2: base: expected a key of \\[global\\]");
}

E2E_MAIN()
