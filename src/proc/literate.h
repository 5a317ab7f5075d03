#pragma once
#include "base.h"
#include "state.h"
#include "scenario.h"

/* @manual Scenarios without C
 *	./prove README.md
 *	./prove t/login.txt :: user=joe port=4711
 *
 *	prove runs a text (.md or .txt, neither executable nor with #! at its beginning) as a
 *	scenario: it compiles a program for it once, which takes an e2e_proc.h in the current
 *	folder, beside the text or beside prove. Behind :: stand parameters and options of test
 *	programs.
 */

/* @interface */

/* For the program that prove makes for a text: its only case, and its main. */
E2E__FN void e2e__literate_run(void);
E2E__FN int e2e__literate_main(int argc, char **argv);

/* @implementation */

/* "name=value"? */
E2E__FN bool e2e__literate_is_parameter(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return n > 0 && word[n] == '=' && !(word[0] >= '0' && word[0] <= '9');
}

/* Does this option take what follows it? */
E2E__FN bool e2e__literate_takes_next(const char *option)
{
	const struct e2e__optdef *d = e2e__option_optdefs();

	for (int i = 0; i < E2E__OPTS; i++) {
		bool named = strcmp(option, d[i].name) == 0 ||
			(option[0] == '-' && d[i].letter && option[1] == d[i].letter && !option[2]);

		if (named)
			return !d[i].flag;
	}
	for (const struct e2e__option *o = e2e__state.options; o; o = o->next)
		if (strcmp(option, o->name) == 0)
			return o->arg != NULL;
	return false;
}

E2E__FN void e2e__literate_run(void)
{
	const char *const *words = e2e__net.literate;

	e2e__scenario(words[0], 1, words);
}

/* Takes the parameters out of the arguments. */
E2E__FN int e2e__literate_main(int argc, char **argv)
{
	const char *text = getenv("E2E_SOURCE");
	const char **words = (const char **)calloc((size_t)argc + 2, sizeof *words);
	size_t n = 0;
	int kept = argc > 0;

	if (!text || !words) {
		fprintf(stderr, "e2e: %s is a part of prove: run its text by prove\n",
			argc > 0 ? argv[0] : "this program");
		return 99;
	}
	words[n++] = strdup(text);
	e2e__net.literate = words;
	for (int i = 1; i < argc; i++) {
		bool own = argv[i][0] != '-' && !e2e__literate_takes_next(argv[i - 1]);

		if (own && !e2e__literate_is_parameter(argv[i])) {
			fprintf(stderr,
				"e2e: \"%s\" behind :: is neither an option nor a parameter of %s:"
				" name=value\n",
				argv[i], text);
			return 99;
		}
		if (own)
			words[n++] = argv[i];
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	e2e__state.words = words + 1;
	return e2e_main(kept, argv);
}
