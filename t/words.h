/* Words in texts: for tests of what is written about the names of this project. */
#ifndef WORDS_H
#define WORDS_H
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static inline bool is_of_a_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Is the word there, and no part of a longer one? */
static inline bool has_word(const char *text, const char *word)
{
	const char *p = text;
	size_t n = strlen(word);

	while ((p = strstr(p, word)) != NULL && (is_of_a_name(p[n]) || (p > text && is_of_a_name(p[-1]))))
		p++;
	return p != NULL;
}
#endif
