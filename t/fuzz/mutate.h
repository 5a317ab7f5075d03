/* What the fuzzers share: texts with some bytes changed, repeated, cut. */
#ifndef E2E_T_MUTATE_H
#define E2E_T_MUTATE_H
#include "../../e2e.h"

enum { ROUNDS = 20000, SIZE = 8192 };

static size_t number(size_t n)
{
	return n ? (size_t)(e2e_rand() % n) : 0;
}

/* A seed with some bytes changed, repeated, cut. */
static size_t mutate(char *out, const char *seed, size_t n)
{
	static const char signs[] = "\r\n. \t<>:@\"\\$>`~[]()*=?_-AZaz09\0\xff";
	memcpy(out, seed, n);
	for (size_t k = number(12); k > 0; k--) {
		size_t at = number(n), length = number(40);
		switch (number(4)) {
		case 0:
			if (n)
				out[at] = signs[number(sizeof signs)];
			break;
		case 1: /* repeat a piece */
			if (at + length <= n && n + length < SIZE) {
				memmove(out + at + length, out + at, n - at);
				n += length;
			}
			break;
		case 2: /* cut a piece */
			if (at + length <= n) {
				memmove(out + at, out + at + length, n - at - length);
				n -= length;
			}
			break;
		default:
			if (n)
				out[at] = (char)number(256);
		}
	}
	return n;
}

__attribute__((unused)) static const char *file_of(const char *name, const char *bytes, size_t n)
{
	const char *path = e2e_printf("%s/%s", e2e_tmpdir(), name);
	FILE *f = fopen(path, "w");
	if (!f || fwrite(bytes, 1, n, f) != n || fclose(f))
		e2e_bail_out("can't write %s", path);
	return path;
}

#endif
