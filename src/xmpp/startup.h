#pragma once
#include "base.h"
#include "state.h"
#include "ops.h"

/* @manual A private server that doesn't start
 *	It has 30 s, [local] start_timeout=SECONDS gives it more or less. Where it neither uses a
 *	processor nor prints anything for a quarter of that, it isn't slow but hangs, and more
 *	time is no help: the case fails then. (A system that doesn't tell of processors gives it
 *	the whole time.) This is noted in the run's folder. What else the run has to start within
 *	ten seconds from then fails at once and names the first case; later ones have a look of two
 *	seconds, and a server that starts takes the note away.
 */

/* @implementation */

/* How much a server has done while it starts. */
struct e2e__startup {
	unsigned long long done;   /* as it was when it last did something worth the name */
	unsigned long long waited; /* ticks, roughly, that it wanted a processor or a disk */
	double idle, looked;       /* for how long it has done nothing; when that was looked at */
	size_t printed;
};

/* A hundredth of a second each. What idles has an odd one, to look at its timers. */
enum { E2E__STARTUP_WORK = 10, E2E__STARTUP_WAIT = 5 };
#define E2E__STARTUP_LOOK 0.25 /* seconds between two looks */

E2E__FN const char *e2e__startup_note(const char *dir)
{
	return e2e_printf("%s/hung", dir);
}

E2E__FN double e2e__startup_seconds(void)
{
	return e2e_config_double("local", "start_timeout", 30);
}

/* Why a server can't be had: in the keeper of its service for the failure of the case that waits
 * for it, else a failure where the test is. Returns false. */
E2E__FN bool e2e__startup_fail(const char *fmt, ...) E2E__PRINTF(1, 2);
E2E__FN bool e2e__startup_fail(const char *fmt, ...)
{
	E2E__BUF(b, 256);
	va_list ap;

	va_start(ap, fmt);
	e2e__buf_vaddf(&b, fmt, ap);
	va_end(ap);
	if (e2e__proc.service)
		e2e__proc.service->excuse = e2e__memory_strdup(b.p);
	else
		e2e__assertion_fail(e2e__xmpp.file, e2e__xmpp.line, "%s", b.p);
	e2e__buf_free(&b);
	return false;
}

/* Did it hang a moment ago? Then that is why, and nobody has to wait for it. */
E2E__FN bool e2e__startup_hung(const char *name, const char *dir)
{
	const char *note = e2e__startup_note(dir), *first;
	struct stat st;
	double age = stat(note, &st) ? -1 : difftime(time(NULL), st.st_mtime);

	if (age < 0 || age >= 10 || !(first = e2e__file_read(note, NULL)))
		return false;
	e2e__startup_fail(
		"the private %s isn't tried again: it wasn't ready in time, in the case %s; "
		"its folder is %s",
		name, first, dir);
	return true;
}

/* Ticks that the process and its group have used; 0: nobody tells. */
E2E__FN unsigned long long e2e__startup_used(struct e2e__startup *u, pid_t leader)
{
	unsigned long long sum = 0;
	DIR *proc = opendir(E2E__PROC);

	for (struct dirent *e; proc && (e = readdir(proc));) {
		struct e2e__stat st;
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid < 1 || !e2e__system_stat_read(pid, &st) || st.group != leader)
			continue;
		sum += st.used + 1;
		if (st.state == 'R' || st.state == 'D')
			u->waited += E2E__STARTUP_WAIT;
	}

	if (proc)
		closedir(proc);
	return sum ? sum + u->waited : 0;
}

/* Has it done nothing for so long? A machine that stood still between two looks says nothing of the
 * server: what is more than two looks' time counts as one. */
E2E__FN bool e2e__startup_idle(struct e2e__startup *u, e2e_proc *p, double seconds)
{
	double now = e2e_now(), since = now - u->looked;
	unsigned long long done;
	size_t printed;

	if (since < E2E__STARTUP_LOOK)
		return false;
	u->looked = now;
	u->idle += since < 2 * E2E__STARTUP_LOOK ? since : E2E__STARTUP_LOOK;
	done = e2e__startup_used(u, p->pid);
	printed = e2e_stdout_size(p) + e2e_stderr_size(p);
	if (!done || done < u->done || done - u->done >= E2E__STARTUP_WORK ||
		printed != u->printed) {
		u->done = done;
		u->printed = printed;
		u->idle = 0;
	}
	return u->idle >= seconds;
}

/* Why it isn't ready. The first time is noted in its folder, for the others. */
E2E__FN const char *e2e__startup_why(
	const char *dir, const char *first, double seconds, double idle)
{
	const char *note = e2e__startup_note(dir), *why, *about;

	about = idle > 0
		? e2e_printf("hangs: it used no processor and printed nothing for %g s", idle)
		: e2e_printf("isn't ready within %g s", seconds);
	why = first ? e2e_printf("%s (as before in the case %s)", about, first) : about;
	if (first)
		utimensat(AT_FDCWD, note, NULL, 0);
	else
		e2e__service_write(note,
			e2e_printf("%s of %s, for %g s", e2e__case_name(), e2e__op_program(),
				idle > 0 ? idle : seconds));
	return why;
}

/* The line in which `found` stands, without the time and the level that come before ": ". */
E2E__FN const char *e2e__startup_complaint(const char *out, const char *found)
{
	const char *end = found + strcspn(found, "\n"), *said;

	while (found > out && found[-1] != '\n')
		found--;
	said = strstr(found, "] ");
	if (said && said < end)
		found = said + 2;
	return e2e_printf("can't start: %.*s", (int)(end - found), found);
}

/* Waits until a server has printed this, and returns what stands behind it. NULL, and why, if it
 * exits, hangs, or prints `bad`. Unlike e2e_ready this is no test point: nobody asked for one. */
E2E__FN const char *e2e__startup_line(
	e2e_proc *p, const char *good, const char *bad, const char *dir)
{
	const char *note = e2e__startup_note(dir), *first = e2e__file_read(note, NULL);
	double seconds = e2e__clock_scaled(first ? 2 : e2e__startup_seconds());
	double began = e2e_now(), quiet = e2e__clock_scaled(e2e__startup_seconds() / 4);
	const char *found, *out, *why = NULL;
	struct e2e__startup u;

	memset(&u, 0, sizeof u);
	u.looked = began + (quiet < 1 ? quiet : 1) - E2E__STARTUP_LOOK; /* most are ready by then */
	while (!why) {
		out = e2e_stdout(p);
		found = strstr(out, good);
		if (found && strchr(found, '\n')) {
			if (first)
				unlink(note);
			return found + strlen(good);
		}
		if (e2e_exited(p))
			why = "exited before it was ready";
		else if (strcmp(bad, good) != 0 && (found = strstr(out, bad)) &&
			strchr(found, '\n'))
			why = e2e__startup_complaint(out, found);
		else if (e2e_now() - began > seconds)
			why = e2e__startup_why(dir, first, seconds, 0);
		else if (e2e__startup_idle(&u, p, quiet))
			why = e2e__startup_why(dir, first, seconds, quiet);
		else
			e2e__limit_pause(0.001);
	}

	e2e__startup_fail("the private %s %s; its folder is %s", p->name, why, dir);
	return NULL;
}
