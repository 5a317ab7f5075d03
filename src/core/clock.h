#pragma once
#include "base.h"
#include "state.h"
#include "ticks.h"
#include "doors.h"
#include "buf.h"
#include "memory.h"

/* @interface */

/* Seconds of the monotonic clock, without those for which the program was stopped by Ctrl-Z. */
E2E__FN double e2e_now(void);

/* seconds x E2E_TIMEOUT_SCALE */
E2E__FN double e2e__clock_scaled(double seconds);

/* @implementation */

/* splitmix64 */
E2E__WRAPPING E2E__FN uint64_t e2e__clock_mix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

E2E__FN int64_t e2e__clock_of_libc(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The kernel's, where it can be asked: the tested code may have a clock_gettime of its own
 * (-Wl,--wrap=, LD_PRELOAD), and limits are real time. */
E2E__FN int64_t e2e__clock_raw(void)
{
#if defined E2E__LINUX && defined SYS_clock_gettime && LONG_MAX > 2147483647
	struct timespec t = {0, 0}; /* MSan doesn't see the kernel's library write */
	e2e__clock_fn clock = e2e__ticks_clock();

	if ((clock && clock(CLOCK_MONOTONIC, &t) == 0) ||
		syscall(SYS_clock_gettime, (long)CLOCK_MONOTONIC, &t) == 0)
		return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
#endif
	return e2e__clock_of_libc();
}

/* It stands still while the program is stopped. */
E2E__FN int64_t e2e__clock_ns(void)
{
	const struct e2e__page *pg = e2e__state.page;

	return e2e__clock_raw() - e2e__state.slept - (pg ? pg->slept : 0);
}

/* A span in nanoseconds; what doesn't fit is as long as can be. */
E2E__FN int64_t e2e__clock_span(double seconds)
{
	return (int64_t)((seconds < 4e9 ? seconds : 4e9) * 1e9);
}

E2E__FN double e2e_now(void)
{
	return (double)e2e__clock_ns() * 1e-9;
}

E2E__FN void e2e__clock_nap(double seconds)
{
	struct timespec t;

	t.tv_sec = (time_t)seconds;
	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	nanosleep(&t, NULL);
}

/* A number that isn't negative, written so that it ends at `end`; returns how many digits there
 * are. */
E2E__FN int e2e__clock_digits(char *end, int v)
{
	char *p = end;

	while (v >= 100) { /* a division costs more than the rest */
		int two = v % 100;

		v /= 100;
		*--p = (char)('0' + two % 10);
		*--p = (char)('0' + two / 10);
	}
	if (v >= 10)
		*--p = (char)('0' + v % 10);
	*--p = (char)('0' + (v >= 10 ? v / 10 : v));
	return (int)(end - p);
}

/* A number as printf writes it in the C locale, whatever locale the tested code has set. */
E2E__FN char *e2e__clock_number(char *buffer, size_t size, const char *fmt, double v)
{
	const char *point = localeconv()->decimal_point;
	char *p;

	snprintf(buffer, size, fmt, v);
	p = strcmp(point, ".") != 0 ? strstr(buffer, point) : NULL;
	if (p) {
		*p = '.';
		memmove(p + 1, p + strlen(point), strlen(p + strlen(point)) + 1);
	}
	return buffer;
}

/* strtod of the C locale. */
E2E__FN double e2e__clock_strtod(const char *text, char **end)
{
	const char *point = localeconv()->decimal_point, *dot = strchr(text, '.');
	size_t before = dot ? (size_t)(dot - text) : 0, used;
	char *stop;
	double v;
	E2E__BUF(b, 128);

	if (!dot || strcmp(point, ".") == 0)
		return strtod(text, end);
	e2e__buf_add(&b, text, before);
	e2e__buf_adds(&b, point);
	e2e__buf_adds(&b, dot + 1);
	v = strtod(b.p, &stop);
	used = (size_t)(stop - b.p);
	if (end)
		*end = (char *)(uintptr_t)text + (used > before ? used - strlen(point) + 1 : used);
	e2e__buf_free(&b);
	return v;
}

/* A positive number of seconds, "inf" for no end, or -1. */
E2E__FN double e2e__clock_seconds(const char *text)
{
	char *end;
	double v = e2e__clock_strtod(text, &end);

	while (*end == ' ')
		end++;
	return end == text || *end || !(v > 0) ? -1 : v;
}

E2E__FN double e2e__clock_scale(void)
{
	const char *text = getenv("E2E_TIMEOUT_SCALE");

	if (e2e__state.scale > 0)
		return e2e__state.scale;
	e2e__state.scale = text && *text ? e2e__clock_seconds(text) : 1;
	if (e2e__state.scale < 0 || e2e__state.scale > 1e6)
		e2e__exit_fatal(
			"E2E_TIMEOUT_SCALE = \"%s\": expected a factor for all timeouts, e.g. 4",
			text);
	return e2e__state.scale;
}

E2E__FN double e2e__clock_scaled(double seconds)
{
	return seconds * e2e__clock_scale();
}

/* Does the signal fail the running case? Only Ctrl-C is somebody who wants to see no more; the
 * others come from a driver, a CI job or a time-out, who want to know what hung. SIGPIPE stands for
 * a stdout that takes no more. */
E2E__FN bool e2e__clock_terminates(int sig)
{
	return sig && sig != SIGINT && sig != SIGPIPE;
}

E2E__FN const char *e2e__clock_signal_name(int sig)
{
	static const struct {
		int sig;

		const char *name;
	} names[] = {{SIGHUP, "SIGHUP"}, {SIGINT, "SIGINT"}, {SIGQUIT, "SIGQUIT"},
		{SIGILL, "SIGILL"}, {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},
		{SIGFPE, "SIGFPE"}, {SIGKILL, "SIGKILL"}, {SIGUSR1, "SIGUSR1"},
		{SIGSEGV, "SIGSEGV"}, {SIGUSR2, "SIGUSR2"}, {SIGPIPE, "SIGPIPE"},
		{SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"}, {SIGSTOP, "SIGSTOP"},
		{SIGTSTP, "SIGTSTP"}, {SIGTTIN, "SIGTTIN"}, {SIGTTOU, "SIGTTOU"},
		{SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"}, {SIGSYS, "SIGSYS"}};
	size_t i;
	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].sig == sig)
			return names[i].name;
	return e2e_printf("signal %d", sig);
}
