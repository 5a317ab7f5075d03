/* tally.c - counts words: of files, of its standard input, or of whoever connects.
 *
 *	tally [FILE]...     prints each word and how often it occurs, the most frequent first
 *	tally --serve       says on which port of 127.0.0.1 it listens, and answers each client's text */
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct word {
	char text[32];
	long count;
};

struct tally {
	struct word *word;
	size_t n, room;
};

static void add(struct tally *t, const char *text)
{
	size_t i;
	for (i = 0; i < t->n && strcmp(t->word[i].text, text) != 0; i++) {
	}

	if (i == t->n) {
		if (t->n == t->room) {
			t->room = t->room ? t->room * 2 : 64;
			t->word = realloc(t->word, t->room * sizeof *t->word);
			if (!t->word) {
				perror("tally");
				exit(1);
			}
		}
		memset(&t->word[t->n], 0, sizeof t->word[t->n]);
		strncpy(t->word[t->n].text, text, sizeof t->word[t->n].text - 1);
		t->n++;
	}
	t->word[i].count++;
}

static void read_words(struct tally *t, FILE *in)
{
	char text[32];
	size_t length = 0;
	int c;

	do {
		c = getc(in);
		if (c != EOF && isalpha((unsigned char)c)) {
			if (length < sizeof text - 1)
				text[length++] = (char)tolower((unsigned char)c);
		} else if (length) {
			text[length] = 0;
			add(t, text);
			length = 0;
		}
	} while (c != EOF);
}

static int by_count(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->text, y->text);
}

static void print_words(struct tally *t, FILE *out)
{
	size_t i;
	if (t->n)
		qsort(t->word, t->n, sizeof *t->word, by_count);
	for (i = 0; i < t->n; i++)
		fprintf(out, "%ld %s\n", t->word[i].count, t->word[i].text);
	free(t->word);
	memset(t, 0, sizeof *t);
}

static void answer(int fd)
{
	struct tally t = {0};
	FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
	if (in && out) {
		read_words(&t, in);
		print_words(&t, out);
	}
	if (out)
		fclose(out);
	if (in)
		fclose(in);
}

static int serve(void)
{
	struct sockaddr_in address = {0};
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(listener, 8) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
		perror("tally: can't listen on 127.0.0.1");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN); /* a client that has gone is no reason to end */
	printf("listening on port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	while ((fd = accept(listener, NULL, NULL)) >= 0 || errno == EINTR || errno == ECONNABORTED)
		if (fd >= 0)
			answer(fd);
	perror("tally: accept");
	return 1;
}

int main(int argc, char **argv)
{
	struct tally t = {0};
	int i;

	if (argc == 2 && strcmp(argv[1], "--serve") == 0)
		return serve();
	if (argc == 1)
		read_words(&t, stdin);
	for (i = 1; i < argc; i++) {
		FILE *in = fopen(argv[i], "r");
		if (!in) {
			fprintf(stderr, "tally: %s: %s\n", argv[i], strerror(errno));
			return 1;
		}
		read_words(&t, in);
		fclose(in);
	}
	print_words(&t, stdout);
	return fflush(stdout) != 0;
}
