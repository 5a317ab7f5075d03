/* A thread that sits in fgets, and so holds the lock of its stream, from the suite's set-up or a case on. */
/* e2e: -pthread */
#include "e2e.h"
#include <pthread.h>

static FILE *in;

static void *read_for_ever(void *arg)
{
	char line[80];
	(void)arg;
	while (fgets(line, sizeof line, in))
		;
	return NULL;
}

static void start_reader(void)
{
	int ends[2];
	pthread_t thread;
	e2e_must(e2e_is_int(pipe(ends), 0));
	in = fdopen(ends[0], "r");
	e2e_must(e2e_is_int(pthread_create(&thread, NULL, read_for_ever, NULL), 0));
	do /* until the thread has the lock */
		e2e__clock_nap(0.001);
	while (ftrylockfile(in) == 0 && (funlockfile(in), true));
}

E2E_SUITE_SETUP()
{
	if (getenv("OF_THE_SUITE"))
		start_reader();
}

E2E_TEST(reader_in_a_case)
{
	if (!getenv("OF_THE_SUITE"))
		start_reader();
	printf("said");
	e2e_pass();
}

E2E_TEST(next)
{
	e2e_pass();
}

E2E_MAIN()
