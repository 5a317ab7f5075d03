#pragma once
#include "base.h"
#include "state.h"
#include "case.h"
#include "buf.h"
#include "memory.h"
#include "clock.h"
#include "secret.h"
#include "exits.h"
#include "config.h"
#include "output.h"
#include "assertion.h"

/* @manual Command line, environment
 *	`./x.t --help` lists the options and the environment variable of each. Lists may be given
 *	several times and add up: -k a -k b runs what matches either, -t a -t b what has both,
 *	--include-shim a --include-shim b is a,b. A filter that meets no case, or in none a pair of
 *	a matrix, is a mistake: 99. A tag that no case has is said. --from CASE leaves out what
 *	stands before a case; `prove -R` goes on by it. The variables are read once and
 *	taken out of the environment, so that programs which the test starts don't see them. Read
 *	besides: E2E_TIMEOUT_SCALE, E2E_CACHE (where cached folders are), E2E_LOGS (see "Cleanup,
 *	folders, data"), CI, TMPDIR, HARNESS_ACTIVE, HARNESS_VERSION, XDG_CACHE_HOME,
 *	XDG_RUNTIME_DIR, HOME, and E2E_PROVE, by which this project's prove says that it shows
 *	failures itself, so that stderr needn't repeat them; E2E_SOURCE and E2E_DRIVER name the
 *	source that it has compiled and prove itself, for `repeat`. With E2E_TIMES each point of a
 *	case or subtest tells its duration_ms, also where it passed: prove's reports have them.
 */

/* @interface */

/* An option of a higher header: registered by a constructor, read by e2e__option_value. The
 * variable is consumed. */
struct e2e__option {
	const char *name; /* "--broker-type" */
	const char *env;  /* "E2E_BROKER_TYPE" */
	const char *arg;  /* what --help calls its argument, NULL for a flag */
	const char *help;
	const char *value; /* NULL: not given */
	struct e2e__option *next;
	/* between the values, if it may be given several times; NULL: the last one counts */
	const char *join;
	bool given; /* on the command line, which wins over the variable */
};
E2E__FN void e2e__option_add(struct e2e__option *option);

E2E__FN const char *e2e__option_value(
	const char *name, char letter, bool flag, char **argv, int *i);

/* @implementation */

E2E__FN void e2e__option_add(struct e2e__option *option)
{
	struct e2e__option **end = &e2e__state.options;

	while (*end && *end != option)
		end = &(*end)->next;
	*end = option;
}

#define E2E__OPTION_ROW(id, ...) {__VA_ARGS__},
E2E__FN const struct e2e__optdef *e2e__option_optdefs(void)
{
	static const struct e2e__optdef defs[E2E__OPTS] = {E2E__OPTION_LIST(E2E__OPTION_ROW)};

	return defs;
}
#undef E2E__OPTION_ROW

E2E__FN void e2e__option_usage(const char *fmt, ...) __attribute__((noreturn)) E2E__PRINTF(1, 2);
E2E__FN void e2e__option_usage(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "e2e: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see %s --help\n", e2e__case_program());
	exit(99);
}

E2E__FN void e2e__option_help(void)
{
	const struct e2e__optdef *d = e2e__option_optdefs();
	const struct e2e__option *o;
	int i;

	printf("usage: %s [options]\nRuns its test cases and prints TAP. Exit status: 0 passed, 1 failed, 99 could not "
	       "run.\n",
		e2e__case_program());
	for (i = 0; i < E2E__OPTS; i++)
		printf("  %c%c%c %-14s %-5s %s%s%s%s\n", d[i].letter ? '-' : ' ',
			d[i].letter ? d[i].letter : ' ', d[i].letter ? ',' : ' ', d[i].name,
			d[i].arg, d[i].help, d[i].env ? " [$" : "", d[i].env ? d[i].env : "",
			d[i].env ? "]" : "");
	for (o = e2e__state.options; o; o = o->next)
		printf("      %-14s %-5s %s [$%s]\n", o->name, o->arg ? o->arg : "", o->help,
			o->env);
	printf("E2E_TIMEOUT_SCALE multiplies all limits. The manual is at the head of e2e.h.\n");
	exit(0);
}

E2E__FN bool e2e__option_means_no(const char *value)
{
	return strcmp(value, "0") == 0 || strcasecmp(value, "no") == 0 ||
		strcasecmp(value, "false") == 0 || strcasecmp(value, "off") == 0;
}

/* The options' variables: read, and taken out of the environment. */
E2E__FN void e2e__option_read_env(void)
{
	const struct e2e__optdef *d = e2e__option_optdefs();
	struct e2e__option *o;
	const char *value;
	int i;

	for (i = 0; i < E2E__OPTS; i++)
		if (d[i].env && (value = getenv(d[i].env)) != NULL) {
			if (*value && !(d[i].flag && e2e__option_means_no(value)))
				e2e__state.opt[i] = e2e__memory_strdup(value);
			unsetenv(d[i].env);
		}
	e2e__state.under_prove = getenv("E2E_PROVE") != NULL;
	unsetenv("E2E_PROVE");
	e2e__state.from_prove = e2e__state.under_prove ? e2e__state.opt[E2E__FROM] : NULL;
	e2e__state.times = getenv("E2E_TIMES") != NULL;
	unsetenv("E2E_TIMES");
	e2e__state.driver =
		getenv("E2E_DRIVER") ? e2e__memory_strdup(getenv("E2E_DRIVER")) : "prove";
	e2e__state.source = getenv("E2E_SOURCE") ? e2e__memory_strdup(getenv("E2E_SOURCE")) : NULL;
	unsetenv("E2E_DRIVER");
	unsetenv("E2E_SOURCE");
	for (o = e2e__state.options; o; o = o->next)
		if ((value = getenv(o->env)) != NULL) {
			if (*value && !(!o->arg && e2e__option_means_no(value)))
				o->value = o->arg ? e2e__memory_strdup(value) : "1";
			unsetenv(o->env);
		}
}

/* What an option is after it was given once more. */
E2E__FN const char *e2e__option_joined(const char *value, const char *join, const char *more)
{
	return value && join ? e2e_printf("%s%s%s", value, join, more) : more;
}

/* `--name`, `--name=value`, `-k value`, `-kvalue`. Returns the value of the option that defs[i]
 * names, or NULL. */
E2E__FN const char *e2e__option_value(const char *name, char letter, bool flag, char **argv, int *i)
{
	const char *a = argv[*i];
	size_t n = strlen(name);
	bool is_long = strncmp(a, name, n) == 0 && (!a[n] || (a[n] == '=' && !flag));

	if (!is_long && !(letter && a[0] == '-' && a[1] == letter && (!a[2] || !flag)))
		return NULL;
	if (flag)
		return "1";
	if (is_long && a[n])
		return a + n + 1;
	if (!is_long && a[2])
		return a + 2;
	if (!argv[*i + 1])
		e2e__option_usage("%s needs a value", a);
	return argv[++*i];
}

/* `--name`, `--name=value` of an option that may go without a value: "yes" then. */
E2E__FN const char *e2e__option_optional(const struct e2e__optdef *d, const char *a)
{
	size_t n = strlen(d->name);

	if (d->arg[0] != '[' || strncmp(a, d->name, n) != 0 || (a[n] && a[n] != '='))
		return NULL;
	return a[n] ? a + n + 1 : "yes";
}

E2E__FN void e2e__option_unknown(const char *given) __attribute__((noreturn));
E2E__FN void e2e__option_unknown(const char *given)
{
	const struct e2e__optdef *d = e2e__option_optdefs();
	struct e2e__strings names = {NULL, 0, 0};
	struct e2e__option *o;
	size_t n = strcspn(given, "=");
	int i;

	for (i = 0; i < E2E__OPTS; i++)
		e2e__memory_push(&names, d[i].name);
	for (o = e2e__state.options; o; o = o->next)
		e2e__memory_push(&names, o->name);
	e2e__option_usage("unknown option or argument %s%s", e2e_quoted(given),
		strncmp(given, "--", 2) == 0
			? e2e__config_did_you_mean(e2e__memory_strndup(given, n), names.at)
			: "");
}

E2E__FN void e2e__option_read_args(char **argv)
{
	const struct e2e__optdef *d = e2e__option_optdefs();
	struct e2e__option *o;
	const char *value = NULL, **opt = e2e__state.opt;
	bool given[E2E__OPTS] = {false};
	int i, k;

	for (i = 1; argv[i]; i++) {
		for (k = 0; k < E2E__OPTS; k++)
			if ((value = e2e__option_optional(&d[k], argv[i])) != NULL ||
				(value = e2e__option_value(
					 d[k].name, d[k].letter, d[k].flag, argv, &i)) != NULL)
				break;
		if (k < E2E__OPTS) {
			opt[k] = e2e__option_joined(given[k] ? opt[k] : NULL, d[k].join, value);
			given[k] = true;
			continue;
		}
		for (o = e2e__state.options; o && !value; o = o->next)
			if ((value = e2e__option_value(o->name, 0, !o->arg, argv, &i)) != NULL) {
				o->value = e2e__option_joined(
					o->given ? o->value : NULL, o->join, value);
				o->given = true;
			}
		if (!value)
			e2e__option_unknown(argv[i]);
	}
}

E2E__FN void e2e__option_check(void)
{
	const char **opt = e2e__state.opt, *p;
	char *end;

	for (const struct e2e__option *o = e2e__state.options; o; o = o->next)
		if (o->arg && o->value)
			e2e__secret_named(o->name, o->value);

	if (opt[E2E__TIMEOUT] && e2e__clock_seconds(opt[E2E__TIMEOUT]) < 0)
		e2e__option_usage("--timeout %s: expected seconds, e.g. 2.5", opt[E2E__TIMEOUT]);
	if (opt[E2E__REPEAT] &&
		!(strtol(opt[E2E__REPEAT], &end, 10) > 0 && !*end &&
			strtol(opt[E2E__REPEAT], NULL, 10) <= 1000000))
		e2e__option_usage(
			"--repeat %s: expected a number from 1 to 1000000", opt[E2E__REPEAT]);
	p = opt[E2E__SEED];
	if (p && (!*p || p[strspn(p, "0123456789")]))
		e2e__option_usage("--seed %s: expected a number", p);
	p = opt[E2E__SHUFFLE];
	if (p && strcmp(p, "yes") != 0 && (!*p || p[strspn(p, "0123456789")]))
		e2e__option_usage("--shuffle=%s: expected a number, or none", p);
	for (p = opt[E2E__TAGS]; (p = p ? strchr(p, '!') : NULL) != NULL; p++)
		if (strchr(" ,\t", p[1]))
			e2e__option_usage("--tags %s: expected a tag after each !", opt[E2E__TAGS]);
	if (opt[E2E__INCLUDE_SHIM] && opt[E2E__EXCLUDE_SHIM])
		e2e__option_usage("--include-shim and --exclude-shim exclude each other");
	if (opt[E2E__INCLUDE_CASE] && opt[E2E__EXCLUDE_CASE])
		e2e__option_usage("--include-case and --exclude-case exclude each other");
}

/* Has the case all tags of "net !slow"? */
E2E__FN bool e2e__option_tagged(const char *tags, const char *wanted)
{
	size_t n, k;
	const char *p;

	for (;; wanted += n) {
		bool not_it = false, has = false;

		wanted += strspn(wanted, " ,\t");
		if (*wanted == '!') {
			not_it = true;
			wanted++;
		}
		n = strcspn(wanted, " ,\t");
		if (!n)
			return true;
		for (p = tags ? tags : ""; *p && !has; p += k) {
			p += strspn(p, " ,");
			k = strcspn(p, " ,");
			has = k == n && strncmp(p, wanted, n) == 0;
		}
		if (has == not_it)
			return false;
	}
}

/* Does a clause stand for another one or for a part of it? "XEP-0045 7" does for "XEP-0045 7.2". */
E2E__FN bool e2e__option_clause(const char *clause, size_t n, const char *part, size_t k)
{
	return n > 0 && k >= n && strncmp(clause, part, n) == 0 &&
		(k == n || part[n] == ' ' || part[n] == '.');
}

/* The next of what stands between commas, without blanks around it; its size is *n. */
E2E__FN const char *e2e__option_next_clause(const char **list, size_t *n)
{
	const char *clause = *list + strspn(*list, " ,\t");

	*n = strcspn(clause, ",");
	*list = clause + *n;
	while (*n && strchr(" \t", clause[*n - 1]))
		--*n;
	return clause;
}

/* Does a case with this .spec prove one of the wanted clauses? */
E2E__FN bool e2e__option_proves(const char *spec, const char *wanted)
{
	size_t n, k;

	for (;;) {
		const char *clause = e2e__option_next_clause(&wanted, &n), *rest = spec ? spec : "";

		if (!n)
			return false;
		for (;;) {
			const char *part = e2e__option_next_clause(&rest, &k);

			if (!k)
				break;
			if (e2e__option_clause(clause, n, part, k))
				return true;
		}
	}
}

/* Do the filters let this case through, but for that of its name? */
E2E__FN bool e2e__option_let_through(const struct e2e_case_options *o)
{
	const char *const *opt = e2e__state.opt;

	return (!opt[E2E__TAGS] || e2e__option_tagged(o->tags, opt[E2E__TAGS])) &&
		(!opt[E2E__SPEC] || e2e__option_proves(o->spec, opt[E2E__SPEC])) &&
		!(opt[E2E__NO_SPEC] && e2e__option_proves(o->spec, opt[E2E__NO_SPEC]));
}

/* A word of --tags that no case has: "no case has the tag slo; did you mean slow?". NULL: there is
 * none. */
E2E__FN const char *e2e__option_unknown_tag(const char *wanted)
{
	struct e2e__strings tags = {NULL, 0, 0};
	struct e2e__case *c;
	const char *p, *word;
	size_t n;

	e2e__memory_push(&tags, "");
	for (c = e2e__state.cases; c; c = c->next)
		for (p = c->o.tags ? c->o.tags : ""; *p; p += n) {
			p += strspn(p, " ,");
			n = strcspn(p, " ,");
			e2e__memory_push_new(&tags, e2e__memory_strndup(p, n));
		}
	for (; *wanted; wanted += n) {
		wanted += strspn(wanted, " ,\t!");
		n = strcspn(wanted, " ,\t");
		word = e2e__memory_strndup(wanted, n);
		if (n && !e2e__memory_one_of(word, tags.at))
			return e2e_printf("no case has the tag %s%s", word,
				e2e__config_did_you_mean(word, tags.at + 1));
	}

	return NULL;
}

/* What a word of such a filter could have been: the names that a matrix has, one a line. */
E2E__FN const char *e2e__option_expected_word(const char *word, const char *names)
{
	struct e2e__strings all = {NULL, 0, 0};
	size_t n;

	e2e__memory_push(&all, "");
	for (; *names; names += n + (names[n] == '\n')) {
		n = strcspn(names, "\n");
		e2e__memory_push(&all, e2e__memory_strndup(names, n));
	}

	return e2e_printf("expected some of %s%s", e2e__assertion_list_text(all.at + 1),
		e2e__config_did_you_mean(word, all.at + 1));
}

/* Words of --include-shim and the like that no matrix knew. */
E2E__FN void e2e__option_add_unknown_words(struct e2e__buf *b)
{
	int which;
	size_t k, n;

	for (which = 0; which < 4; which++) {
		const char *list = e2e__state.opt[E2E__INCLUDE_SHIM + which], *word;

		for (k = 0; list && *list; list += n + (list[n] == ','), k++) {
			n = strcspn(list, ",");
			if (e2e__state.word_hits[which] >> (k < 63 ? k : 63) & 1)
				continue;
			word = e2e__memory_strndup(list, n);
			e2e__buf_addf(b, "# %s: unknown name '%s': %s\n",
				e2e__option_optdefs()[E2E__INCLUDE_SHIM + which].name, word,
				e2e__option_expected_word(word, e2e__state.eligible[which]));
		}
	}
}

/* Filters for pairs that nothing was chosen by. A name that no pair has is a mistake; no matrix at
 * all may be one. */
E2E__FN void e2e__option_check_filters(void)
{
	struct e2e__state *st = &e2e__state;
	const char *list = st->opt[E2E__INCLUDE_PAIR];
	size_t n, i;
	E2E__BUF(b, 256);

	if (st->bailed || st->failed)
		return;
	for (i = 0; list && *list && (st->pairs || st->unmatched);
		list += n + (list[n] == '\n'), i++) {
		n = strcspn(list, "\n");
		if (!(st->pair_hits >> (i < 63 ? i : 63) & 1))
			e2e__buf_addf(&b, "# --include-pair \"%.*s\": no pair has this name\n",
				(int)n, list);
	}

	if (st->pairs || st->unmatched)
		e2e__option_add_unknown_words(&b);
	if (!b.n && st->unmatched && !st->pairs)
		e2e__buf_adds(&b, "# no pair matches the filters\n");
	for (i = 0, n = b.n; n > 0 && i < n; i += strcspn(b.p + i, "\n") + 1)
		e2e__buf_addf(&b, "\2%.*s", (int)strcspn(b.p + i, "\n") + 1, b.p + i);
	st->bailed = b.n > 0;
	for (i = E2E__INCLUDE_SHIM; i <= E2E__INCLUDE_PAIR && !st->pairs && !st->unmatched; i++)
		if (st->opt[i])
			e2e__buf_addf(&b, "# %s had nothing to choose from: no case has a matrix\n",
				e2e__option_optdefs()[i].name);
	e2e__output_emit_buf(&b);
}

/* --from: the cases before the named one, by definition, are passed over. Returns what is to be
 * said of a name that no case has, or NULL. */
E2E__FN const char *e2e__option_pass_over(void)
{
	const char *from = e2e__state.opt[E2E__FROM];
	struct e2e__strings names = {NULL, 0, 0};
	struct e2e__case *c, *first;

	if (!from)
		return NULL;
	for (first = e2e__state.cases; first && strcmp(first->name, from) != 0; first = first->next)
		e2e__memory_push(&names, first->name);
	if (!first)
		return e2e_printf("no case is called %s%s", from,
			names.at ? e2e__config_did_you_mean(from, names.at) : "");
	for (c = e2e__state.cases; c != first; c = c->next)
		c->passed_over = true;

	return NULL;
}

E2E__FN void e2e__option_choose(void)
{
	struct e2e__state *st = &e2e__state;
	struct e2e__case *c;
	regex_t re;
	char why[128];
	int e;

	if (st->opt[E2E__FILTER] &&
		(e = regcomp(&re, st->opt[E2E__FILTER], REG_EXTENDED | REG_NOSUB)) != 0) {
		regerror(e, &re, why, sizeof why);
		e2e__option_usage("-k %s: %s", st->opt[E2E__FILTER], why);
	}

	for (c = st->cases; c; c = c->next) {
		if (!(c->o.timeout >= 0))
			e2e__exit_fatal("%s:%d: case %s: .timeout = %g: expected seconds, e.g. 2.5",
				c->file, c->line, c->name, c->o.timeout);
		/* a row's name may hold what an expression has signs for */
		c->chosen = !c->passed_over &&
			(!st->opt[E2E__FILTER] || strcmp(st->opt[E2E__FILTER], c->name) == 0 ||
				regexec(&re, c->name, 0, NULL, 0) == 0) &&
			e2e__option_let_through(&c->o);
		st->chosen += c->chosen;
	}

	if (st->opt[E2E__FILTER])
		regfree(&re);
}
