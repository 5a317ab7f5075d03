#pragma once
#include "base.h"
#include "state.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "files.h"
#include "secret.h"
#include "expand.h"
#include "exits.h"
#include "hooks.h"

/* @manual Configuration
 *	From --config FILE, else $E2E_CONFIG, else .local/e2e.ini, else .local/e2etest.ini
 *	(aioxmpp's file is read unchanged).
 *		[global]
 *		timeout = 2.5
 *		[environment]
 *		peer = Prosody
 *		features = urn:xmpp:ping, http://jabber.org/protocol/muc=rooms.example
 *		identities = pubsub/pep
 *		quirks = ["#muc-id-rewrite"]
 *	Sections, `key = value` or `key: value`, comments by # and ;, continuation lines by deeper
 *	indentation. Keys don't mind upper case. An unknown key in a section of the toolkit, a
 *	section of nearly such a name, a key or section that is given twice and a value that can't
 *	be read end the program before any case, with 99; sections of your own may hold anything.
 *	${NAME} in a value is what the environment has under NAME: secrets needn't stand in the file
 *	(errors show the file's text, not theirs). As Python's configparser has it, %(key)s is the
 *	value of another key of the section, %% a % (alone it is a mistake), and the keys of
 *	[DEFAULT] hold in all sections that are there. $${ is ${.
 *	Lists are separated by commas or written as ["a", "b"]. A feature may name its provider's
 *	address after `=`; without one it is [environment] address.
 */

/* @interface */

/* The value of a key, or the fallback where it is missing. A value that can't be read as wanted
 * stops the program: 99. */
E2E__FN const char *e2e_config(const char *section, const char *key, const char *fallback);
E2E__FN long long e2e_config_int(const char *section, const char *key, long long fallback);
/* true/yes/on/1, false/no/off/0 */
E2E__FN bool e2e_config_bool(const char *section, const char *key, bool fallback);
E2E__FN double e2e_config_double(const char *section, const char *key, double fallback);
/* NULL-terminated; `a, b` or ["a", "b"]. The fallback is returned as it is. */
E2E__FN const char *const *e2e_config_list(
	const char *section, const char *key, const char *const *fallback);

E2E__FN void e2e__config_add_section(struct e2e__section *section);
E2E__FN const struct e2e__setting *e2e__config_find_setting(const char *section, const char *key);
/* Mistakes in the config, told with file and line: `timeout = "fast": expected seconds`. They end
 * the program with 99. */
E2E__FN void e2e__config_setting_error(const struct e2e__setting *setting, const char *expected)
	__attribute__((noreturn));
/* The same for what a section lacks, by the line where it begins: `[static]: expected host =
 * ...` */
E2E__FN void e2e__config_section_error(const char *section, const char *expected)
	__attribute__((noreturn));
/* Which of the words the setting is; the fallback where it is missing; a mistake otherwise. */
E2E__FN int e2e__config_choice(
	const char *section, const char *key, const char *const *words, int fallback);
/* "" or `; did you mean NAME?`, for a message about a word that isn't among those known. */
E2E__FN const char *e2e__config_did_you_mean(const char *word, const char *const *known);

E2E__FN double e2e__config_timeout(void);

/* @implementation */

E2E__FN void e2e__config_error(int line, const char *text, const char *expected)
	__attribute__((noreturn));
E2E__FN void e2e__config_error(int line, const char *text, const char *expected)
{
	E2E__BUF(b, 256);

	e2e__buf_escape(&b, text, strlen(text) > 200 ? 200 : strlen(text), E2E__PLAIN);
	e2e__exit_fatal("%s:%d: %s: expected %s", e2e__state.config_path, line, b.p, expected);
}

E2E__FN char *e2e__config_trim(char *s)
{
	char *end;

	s += strspn(s, " \t\r");
	end = s + strlen(s);
	while (end > s && strchr(" \t\r", end[-1]))
		*--end = 0;
	return s;
}

/* How many letters must be changed, left out, added or swapped to make b of a: at most 99. */
E2E__FN int e2e__config_distance(const char *a, const char *b)
{
	enum { LONGEST = 80 };
	int rows[3][LONGEST + 1], *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	int n = (int)strlen(a), m = (int)strlen(b), i, k;

	if (n > LONGEST || m > LONGEST)
		return 99;
	for (k = 0; k <= m; k++)
		last[k] = k;
	for (i = 1; i <= n; i++) {
		row[0] = i;
		for (k = 1; k <= m; k++) {
			int best = last[k - 1] + (a[i - 1] != b[k - 1]);

			best = last[k] + 1 < best ? last[k] + 1 : best;
			best = row[k - 1] + 1 < best ? row[k - 1] + 1 : best;
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
				before[k - 2] + 1 < best)
				best = before[k - 2] + 1;
			row[k] = best;
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}

	return last[m];
}

/* The word of the list that is most like this one, if it is as like as that; else NULL. */
E2E__FN const char *e2e__config_nearest(const char *word, const char *const *known, int most)
{
	const char *best = NULL;
	int least = most + 1, d;

	for (; *known; known++) {
		d = strcasecmp(word, *known) == 0 ? 0 : e2e__config_distance(word, *known);
		if (d < least) {
			least = d;
			best = *known;
		}
	}
	return best;
}

E2E__FN const char *e2e__config_did_you_mean(const char *word, const char *const *known)
{
	const char *best = e2e__config_nearest(word, known, 1 + (int)strlen(word) / 4);

	return best ? e2e_printf("; did you mean %s?", best) : "";
}

E2E__FN struct e2e__setting *e2e__config_add_setting(struct e2e__setting **list,
	const char *section, const char *key, const char *value, int line)
{
	struct e2e__setting *s = (struct e2e__setting *)calloc(1, sizeof *s), *other;

	if (!s)
		e2e__exit_fatal("cannot allocate a setting: %s", strerror(errno));
	s->section = section;
	s->key = key;
	s->value = value;
	s->line = line;
	for (other = *list; other; other = other->next)
		if (strcmp(other->section, section) == 0 && strcmp(other->key, key) == 0)
			e2e__config_error(line, *key ? key : e2e_printf("[%s]", section),
				e2e_printf("it once; line %d has it, too", other->line));
	s->next = *list;
	*list = s;
	return s;
}

/* A line that goes on with the value of the setting before it. */
E2E__FN void e2e__config_continue_setting(struct e2e__setting *s, char *text)
{
	char *joined = (char *)malloc(strlen(s->value) + strlen(text) + 2);

	if (!joined)
		e2e__exit_fatal("cannot allocate a setting: %s", strerror(errno));
	sprintf(joined, "%s\n%s", s->value, e2e__config_trim(text));
	free(s->joined);
	s->value = s->joined = joined;
}

/* One line of the file: a section, a key with its value, a continuation, a comment or nothing. */
E2E__FN void e2e__config_line(
	char *line, int number, const char **section, struct e2e__setting **last)
{
	char *p = line + strspn(line, " \t"), *sep, *k, *quote;
	int indent = (int)(p - line);

	if (!*p || *p == '#' || *p == ';')
		return;
	if (*last && indent > (*last)->indent) {
		e2e__config_continue_setting(*last, p);
		return;
	}

	p = e2e__config_trim(p);
	if (*p == '[') {
		sep = strchr(p, ']');
		if (!sep || sep == p + 1 || !strchr("#;", sep[1 + strspn(sep + 1, " \t")]))
			e2e__config_error(number, p, "a section, e.g. [global]");
		*sep = 0;
		*section = p + 1;
		*last = NULL;
		e2e__config_add_setting(&e2e__state.headings, *section, "", "", number);
		return;
	}

	sep = strpbrk(p, "=:");
	quote = strpbrk(p, "\"'");
	if (!sep || sep == p || (quote && quote < sep)) /* what is quoted may be a password */
		e2e__config_error(number, quote ? e2e_printf("%.*s...", (int)(quote - p), p) : p,
			"`key = value`, `[section]` or a comment after #");
	if (!*section)
		e2e__config_error(number, p, "a [section] before the first key");
	*sep = 0;
	for (k = e2e__config_trim(p), p = k; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	*last = e2e__config_add_setting(
		&e2e__state.settings, *section, k, e2e__config_trim(sep + 1), number);
	(*last)->indent = indent;
}

E2E__FN void e2e__config_parse(char *text, size_t size)
{
	const char *section = NULL;
	struct e2e__setting *last = NULL;
	int number = 1;
	char *line, *end;

	for (line = text; line < text + size; line = end + 1, number++) {
		end = (char *)memchr(line, '\n', (size_t)(text + size - line));
		if (!end)
			end = text + size;
		*end = 0;
		if (strlen(line) < (size_t)(end - line))
			e2e__config_error(number, "a NUL byte", "a text file");
		if (end - line > 65536)
			e2e__config_error(number,
				e2e_printf("a line of %ld bytes", (long)(end - line)),
				"at most 65536");
		if (number == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
			line += 3;
		e2e__config_line(line, number, &section, &last);
	}
}

E2E__FN void e2e__config_add_section(struct e2e__section *section)
{
	struct e2e__section **end = &e2e__state.sections;

	while (*end && *end != section)
		end = &(*end)->next;
	*end = section;
}

E2E__FN const struct e2e__section *e2e__config_section_of(const char *name)
{
	const struct e2e__section *s = e2e__state.sections;

	while (s && strcmp(s->name, name) != 0)
		s = s->next;
	return s;
}

/* A section of nearly the name of a known one is taken for that one, mistyped. */
E2E__FN void e2e__config_check_heading(const struct e2e__setting *heading)
{
	const struct e2e__section *s;
	const struct e2e__setting *chosen = e2e__config_find_setting("global", "provisioner");
	const char *names[2] = {NULL, NULL};
	int most;

	if (chosen && strcmp(chosen->value, heading->section) == 0)
		return;
	for (s = e2e__state.sections; s; s = s->next) {
		names[0] = s->name;
		most = strlen(s->name) < 4 ? 0 : 1 + (int)strlen(s->name) / 8;
		if (e2e__config_nearest(heading->section, names, most))
			e2e__config_error(heading->line, e2e_printf("[%s]", heading->section),
				e2e_printf(
					"a section that is known, or of another name; did you mean [%s]?",
					s->name));
	}
}

/* Is it there for another value of its section, that has %(key)s? */
E2E__FN bool e2e__config_part(const struct e2e__setting *setting)
{
	const char *reference = e2e_printf("%%(%s)s", setting->key);
	const struct e2e__setting *s;

	for (s = e2e__state.settings; s; s = s->next)
		if (strcmp(s->section, setting->section) == 0 &&
			strstr(s->raw ? s->raw : s->value, reference))
			return true;
	return false;
}

E2E__FN void e2e__config_check_key(
	const struct e2e__setting *setting, const struct e2e__section *section)
{
	size_t i;
	E2E__BUF(b, 256);

	if (e2e__config_part(setting))
		return;
	b.p[0] = 0;
	for (i = 0; section->keys[i]; i++) {
		if (strcmp(section->keys[i], setting->key) == 0)
			return;
		e2e__buf_addf(&b, "%s%s", i ? ", " : "", section->keys[i]);
	}
	e2e__config_error(setting->line, setting->key,
		e2e_printf("a key of [%s]: %s%s", section->name, b.p,
			e2e__config_did_you_mean(setting->key, section->keys)));
}

/* What the file says in vain is a mistake: nobody would hear of it. */
E2E__FN void e2e__config_check(void)
{
	static const char *const global[] = {"provisioner", "timeout", NULL};
	static const char *const environment[] = {
		"address", "features", "identities", "peer", "quirks", NULL};
	static struct e2e__section own[2] = {
		{"global", global, NULL}, {"environment", environment, NULL}};
	const struct e2e__section *section;
	const struct e2e__setting *s;
	const char *const *list;

	e2e__config_add_section(&own[0]);
	e2e__config_add_section(&own[1]);
	for (s = e2e__state.headings; s; s = s->next)
		if (!e2e__config_section_of(s->section))
			e2e__config_check_heading(s);
	for (s = e2e__state.settings; s; s = s->next)
		if ((section = e2e__config_section_of(s->section)) != NULL)
			e2e__config_check_key(s, section);
	e2e_config_list("environment", "features", NULL);
	e2e_config_list("environment", "quirks", NULL);
	for (list = e2e_config_list("environment", "identities", NULL); list && *list; list++)
		if (!strchr(*list, '/'))
			e2e__config_setting_error(
				e2e__config_find_setting("environment", "identities"),
				"identities as category/type, e.g. pubsub/pep");
}

/* Reads the file once. A file that was named must be readable; the default ones may be missing. */
E2E__FN void e2e__config_read(void)
{
	static const char *const defaults[] = {".local/e2e.ini", ".local/e2etest.ini"};
	const char *named = e2e__state.opt[E2E__CONFIG];
	char *text = NULL, *kept;
	size_t i, size = 0;
	struct stat s;

	if (e2e__state.config_read)
		return;
	e2e__state.config_read = true;
	for (i = 0; i < (named ? 1 : 2) && !text; i++) {
		e2e__state.config_path = named ? named : defaults[i];
		errno = 0;
		if (stat(e2e__state.config_path, &s) == 0 && !S_ISREG(s.st_mode) &&
			!S_ISFIFO(s.st_mode) && strcmp(e2e__state.config_path, "/dev/null") != 0)
			e2e__exit_fatal("cannot read the config %s: it is not a file",
				e2e__state.config_path);
		if (errno == 0 && s.st_size > 16 << 20)
			e2e__exit_fatal(
				"cannot read the config %s: it has %ld bytes, expected at most 16 MiB",
				e2e__state.config_path, (long)s.st_size);
		text = e2e__file_read(e2e__state.config_path, &size);
		if (!text && (named || (errno != ENOENT && errno != ENOTDIR)))
			e2e__exit_fatal("cannot read the config %s: %s", e2e__state.config_path,
				strerror(errno));
	}

	if (!text)
		return;
	kept = (char *)malloc(size + 1); /* for the program's life, not the case's */
	if (!kept)
		e2e__exit_fatal(
			"cannot allocate %zu bytes for the config: %s", size, strerror(errno));
	memcpy(kept, text, size + 1);
	e2e__state.config_text = kept;
	e2e__config_parse(kept, size);
	e2e__config_check();
}

E2E__FN struct e2e__setting *e2e__config_raw_setting(const char *section, const char *key)
{
	struct e2e__setting *s = e2e__state.settings;

	while (s && (strcmp(s->section, section) != 0 || strcasecmp(s->key, key) != 0))
		s = s->next;
	return s;
}

/* A key of [DEFAULT] holds in each section that the file has, by the values that are there. */
E2E__FN struct e2e__setting *e2e__config_from_default(const char *section, const char *key)
{
	const struct e2e__setting *heading = e2e__state.headings,
				  *of_all = e2e__config_raw_setting("DEFAULT", key);
	struct e2e__setting *copy;

	while (heading && strcmp(heading->section, section) != 0)
		heading = heading->next;
	if (!heading || !of_all)
		return NULL;
	copy = (struct e2e__setting *)calloc(1, sizeof *copy);
	if (!copy)
		e2e__exit_fatal("cannot allocate a setting: %s", strerror(errno));
	copy->section = heading->section;
	copy->key = of_all->key;
	copy->value = of_all->raw ? of_all->raw : of_all->value;
	copy->line = of_all->line;
	copy->next = e2e__state.settings;
	e2e__state.settings = copy;
	return copy;
}

/* For %(key)s. */
E2E__FN const char *e2e__config_look_up(const char *key, void *arg, const char **wrong)
{
	struct e2e__setting *from = (struct e2e__setting *)arg;
	const struct e2e__setting *s;

	if (from->depth) {
		*wrong = e2e_printf("a value that doesn't need itself: %%(%s)s", key);
		return NULL;
	}
	from->depth++;
	s = e2e__config_find_setting(from->section, key);
	from->depth--;
	if (!s)
		*wrong = e2e_printf("the key %s in [%s] or [DEFAULT]", key, from->section);
	return s ? s->value : NULL;
}

/* A setting with all that its value stands for. That is found out when somebody asks: the secrets
 * of a section that isn't used needn't be in the environment. */
E2E__FN const struct e2e__setting *e2e__config_find_setting(const char *section, const char *key)
{
	struct e2e__setting *s;
	const char *wrong, *value;

	e2e__config_read();
	s = e2e__config_raw_setting(section, key);
	s = s ? s : e2e__config_from_default(section, key);
	if (!s || s->raw)
		return s;
	value = e2e__expand(s->value, e2e__config_look_up, s, &wrong);
	if (wrong)
		e2e__config_error(s->line, s->key, wrong);
	e2e__secret_named(key, value);
	s->raw = s->value;
	s->value = value;
	return s;
}

E2E__FN const char *e2e_config(const char *section, const char *key, const char *fallback)
{
	const struct e2e__setting *s = e2e__config_find_setting(section, key);

	return s ? s->value : fallback;
}

E2E__FN void e2e__config_setting_error(const struct e2e__setting *s, const char *expected)
{
	const char *value = s->raw ? s->raw : s->value;

	/* The value in quotes, unless it brought some. */
	e2e__config_error(s->line,
		*value == '"' ? e2e_printf("%s = %s", s->key, value)
			      : e2e_printf("%s = %s", s->key, e2e_quoted(value)),
		expected);
}

E2E__FN void e2e__config_section_error(const char *section, const char *expected)
{
	const struct e2e__setting *s;

	e2e__config_read();
	for (s = e2e__state.headings; s; s = s->next)
		if (strcmp(s->section, section) == 0)
			e2e__config_error(s->line, e2e_printf("[%s]", section), expected);
	if (!e2e__state.config_text)
		e2e__exit_fatal(
			"there is no config: expected .local/e2e.ini or --config FILE with [%s]: %s",
			section, expected);
	e2e__exit_fatal("%s: there is no section [%s]: expected %s", e2e__state.config_path,
		section, expected);
}

E2E__FN int e2e__config_choice(
	const char *section, const char *key, const char *const *words, int fallback)
{
	const struct e2e__setting *s = e2e__config_find_setting(section, key);
	int i;
	E2E__BUF(b, 256);

	if (!s)
		return fallback;
	e2e__buf_adds(&b, "one of ");
	for (i = 0; words[i]; i++) {
		if (strcasecmp(s->value, words[i]) == 0)
			return i;
		e2e__buf_addf(&b, "%s%s", i ? ", " : "", words[i]);
	}
	e2e__buf_adds(&b, e2e__config_did_you_mean(s->value, words));
	e2e__config_setting_error(s, b.p);
}

E2E__FN long long e2e_config_int(const char *section, const char *key, long long fallback)
{
	const struct e2e__setting *s = e2e__config_find_setting(section, key);
	long long v = fallback;
	char *end;

	if (s) {
		errno = 0;
		v = strtoll(s->value, &end, 10);
		if (end == s->value || *end || errno)
			e2e__config_setting_error(s, "an integer, e.g. 3");
	}
	return v;
}

E2E__FN bool e2e_config_bool(const char *section, const char *key, bool fallback)
{
	static const char words[8][6] = {"false", "no", "off", "0", "true", "yes", "on", "1"};
	const struct e2e__setting *s = e2e__config_find_setting(section, key);
	int i;

	if (!s)
		return fallback;
	for (i = 0; i < 8; i++)
		if (strcasecmp(s->value, words[i]) == 0)
			return i >= 4;
	e2e__config_setting_error(s, "true or false");
}

E2E__FN double e2e_config_double(const char *section, const char *key, double fallback)
{
	const struct e2e__setting *s = e2e__config_find_setting(section, key);
	double v = fallback;
	char *end;

	if (s) {
		v = e2e__clock_strtod(s->value, &end);
		if (end == s->value || *end)
			e2e__config_setting_error(s, "a number, e.g. 2.5");
	}
	return v;
}

/* ["a", 'b'] */
E2E__FN bool e2e__config_quoted_list(struct e2e__strings *l, const char *p)
{
	bool comma = true;

	for (p++;;) {
		p += strspn(p, " \t\n");
		if (*p == ']')
			return !p[1 + strspn(p + 1, " \t\n")];
		if (*p == ',' && !comma) {
			comma = true;
			p++;
		} else if ((*p == '"' || *p == '\'') && comma) {
			char q = *p++;
			E2E__BUF(b, 256);

			for (b.p[0] = 0; *p && *p != q; p++) {
				if (*p == '\\' && (p[1] == q || p[1] == '\\'))
					p++;
				e2e__buf_add(&b, p, 1);
			}
			e2e__memory_push(l, e2e__memory_taken(&b));
			if (*p++ != q)
				return false;
			comma = false;
		} else {
			return false;
		}
	}
}

E2E__FN const char *const *e2e_config_list(
	const char *section, const char *key, const char *const *fallback)
{
	const struct e2e__setting *s = e2e__config_find_setting(section, key);
	struct e2e__strings l = {NULL, 0, 0};
	char *copy, *p;

	if (!s)
		return fallback;
	l.at = (const char **)e2e__memory_alloc(4 * sizeof *l.at);
	l.capacity = 4;
	if (*s->value == '[') {
		if (!e2e__config_quoted_list(&l, s->value))
			e2e__config_setting_error(s, "a list, e.g. [\"a\", \"b\"]");
		return (const char *const *)l.at;
	}

	for (copy = e2e__memory_strdup(s->value); (p = copy) != NULL;) {
		copy = strpbrk(p, ",\n");
		if (copy)
			*copy++ = 0;
		p = e2e__config_trim(p);
		if (*p)
			e2e__memory_push(&l, p);
	}

	return (const char *const *)l.at;
}

/* [global] timeout: four times as long on CI machines, as aioxmpp does. */
E2E__FN double e2e__config_timeout(void)
{
	const struct e2e__setting *s = e2e__config_find_setting("global", "timeout");
	const char *ci = getenv("CI");
	double v = s ? e2e__clock_seconds(s->value) : 1;

	if (v < 0)
		e2e__config_setting_error(s, "seconds, e.g. 2.5");
	return ci && strcmp(ci, "true") == 0 ? v * 4 : v;
}
