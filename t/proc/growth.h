/* growth.h - a process that does what it is told with memory, for growth.c and broken/growth.c. */
#ifndef T_GROWTH_H
#define T_GROWTH_H

#include "e2e_proc.h"
#include <sys/mman.h>

enum { GROWTH_STEP = 8 << 20 };

/* Pages of its own, as malloc keeps some of what is freed, and a sanitizer all of it. */
static inline void *growth_take(void)
{
	void *p = mmap(NULL, GROWTH_STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(9);
	memset(p, 'x', GROWTH_STEP);
	return p;
}

static inline void growth_answer(void)
{
	if (write(1, "done\n", 5) != 5)
		_exit(8);
}

/* A letter is a request: k keeps memory, b gives it back, l gives it back later, w lets a worker keep it, n does nothing, e ends. */
static inline int growth_server(void *arg)
{
	char c;

	(void)arg;
	while (read(0, &c, 1) == 1) {
		void *p = c == 'k' || c == 'b' || c == 'l' ? growth_take() : NULL;

		if (c == 'e')
			return 0;
		if (c == 'b')
			munmap(p, GROWTH_STEP);
		if (c == 'w' && fork() == 0) {
			growth_take();
			growth_answer();
			for (;;)
				pause();
		}
		if (c != 'w' && c != '\n')
			growth_answer();
		if (c == 'l') {
			poll(NULL, 0, 20);
			munmap(p, GROWTH_STEP);
		}
	}
	return 0;
}

static inline void growth_ask(e2e_proc *p, const char *request)
{
	e2e_send(p, request);
	e2e_expect(p, "done\n");
}

#endif
