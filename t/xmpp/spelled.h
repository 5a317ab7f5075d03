/* A password that a program inside a test tells the case that has started it: as such it would be left out of the report. */
static inline const char *spelled(const char *password)
{
	const char *text = "";

	for (const char *p = password ? password : ""; *p; p++)
		text = e2e_printf("%s%c-", text, *p);
	return text;
}

/* What it was; the text ends at the first full stop. */
static inline const char *read_spelled(const char *text)
{
	const char *password = "";

	for (; text[0] && text[0] != '.' && text[1] == '-'; text += 2)
		password = e2e_printf("%s%c", password, *text);
	return password;
}
