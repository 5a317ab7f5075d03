#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "keeper.h"
#include "waits.h"
#include "ends.h"

/* @manual Memory of a process
 *	ask(plugin);                           fills its caches and pools
 *	e2e_growth_of(plugin, 1 << 20)
 *	{
 *		for (int i = 0; i < 1000; i++)
 *			ask(plugin);
 *	}
 *	Fails (code budget) if the process has a MiB more than before: heap, stacks, what it maps
 *	for itself; not the files that it reads. All processes of its group count, so a shell around
 *	it or workers that it forks are no matter. What is over the budget is looked at again for a
 *	second, as a server may answer first and tidy up then. Linux; elsewhere the case is skipped.
 *	(e2e_growth is about the test's own memory.)
 */

/* @interface */

/* e2e_growth_of(p, bytes) { ... }: a test point behind the block. Did the memory of p and of its
 * process group grow by at most this many bytes meanwhile? The measured value is in the point's
 * name. Fails too if p has ended by then, or if bytes has no end. Ends the case if p doesn't run
 * (usage); skips it where the system doesn't tell. */
#define e2e_growth_of(p, bytes) \
	E2E__BLOCK(e2e__growth_close, e2e__growth_open(E2E__AT, p, (double)(bytes)))

E2E__FN struct e2e__block e2e__growth_open(
	const char *file, int line, const e2e_proc *p, double bytes);
E2E__FN void e2e__growth_close(struct e2e__block *block);

/* @implementation */

/* The value of a line of smaps_rollup, "Name:  12 kB", in bytes; -1 if there is none. */
E2E__FN double e2e__growth_field(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtod(line + strlen(name), NULL) * 1024 : -1;
}

/* Memory of one process that no file lies behind, in bytes; -1 if nobody tells. What processes
 * share since a fork is parted between them. Older systems than Linux 5.4 don't know that, nor
 * swapped memory. */
E2E__FN double e2e__growth_process(pid_t pid)
{
	char path[64], text[2048];
	double all, resident, shared, own;

	snprintf(path, sizeof path, E2E__PROC "/%ld/smaps_rollup", (long)pid);
	if (e2e__file_read_start(path, text, sizeof text) > 0 &&
		(own = e2e__growth_field(text, "\nPss_Anon:")) >= 0) {
		double swapped = e2e__growth_field(text, "\nSwapPss:");

		return own + (swapped > 0 ? swapped : 0);
	}

	snprintf(path, sizeof path, E2E__PROC "/%ld/statm", (long)pid);
	if (e2e__file_read_start(path, text, sizeof text) > 0 &&
		sscanf(text, "%lf %lf %lf", &all, &resident, &shared) == 3 && all > 0)
		return (resident - shared) * (double)sysconf(_SC_PAGESIZE);
	return -1;
}

/* Of a process and its group; -1 if nobody tells of the process itself. */
E2E__FN double e2e__growth_memory(pid_t leader)
{
	double sum = e2e__growth_process(leader);
	DIR *proc = sum < 0 ? NULL : opendir(E2E__PROC);

	for (struct dirent *e; proc && (e = readdir(proc));) {
		struct e2e__stat st;
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid < 1 || pid == leader || !e2e__system_stat_read(pid, &st) ||
			st.group != leader)
			continue;
		double one = e2e__growth_process(pid);
		sum += one > 0 ? one : 0;
	}

	if (proc)
		closedir(proc);
	return sum;
}

/* The process that a block is about: it has kept the number. */
E2E__FN const struct e2e__process *e2e__growth_whose(const struct e2e__block *block)
{
	const struct e2e__process *p = e2e__proc.list;

	while (p && p->pub.pid != (pid_t)block->slot)
		p = p->next;
	return p;
}

E2E__FN struct e2e__block e2e__growth_open(
	const char *file, int line, const e2e_proc *p, double bytes)
{
	struct e2e__block block;

	memset(&block, 0, sizeof block);
	block.on = 1;
	block.file = file;
	block.line = line;
	block.limit = bytes;
	e2e__wait_op_begin(file, line);
	if (!p)
		e2e__end_misused("e2e_growth_of",
			"e2e_growth_of was given NULL instead of a process",
			"keep what e2e_spawn returned");
	block.slot = (int)p->pid;
	e2e__wait_look();
	if (!p->running || p->own->exited)
		e2e__end_misused("e2e_growth_of",
			e2e_printf("e2e_growth_of: %s has ended before (%s)", p->command,
				e2e__system_status_word(
					p->running ? p->own->exit_status : p->status)),
			"measure it while it runs");
	e2e__wait_op_end();

	block.began = e2e__growth_memory(p->pid);
	if (block.began < 0)
		e2e_skip("memory of %s can't be measured on this system", p->command);
	return block;
}

/* What it has more by now. Who is over the budget may be about to tidy up. */
E2E__FN double e2e__growth_measured(const struct e2e__block *block)
{
	double until = e2e_now() + e2e__clock_scaled(1), now;

	while ((now = e2e__growth_memory((pid_t)block->slot)) > 0 &&
		now - block->began > block->limit && e2e_now() < until)
		poll(NULL, 0, 10);
	return now;
}

E2E__FN void e2e__growth_close(struct e2e__block *block)
{
	const struct e2e__process *p = e2e__growth_whose(block);
	const char *command = p ? p->pub.command : "a process", *measured;
	e2e_failure failure = e2e__system_failure("budget", NULL, NULL);
	double now = p && p->pub.running ? e2e__growth_measured(block) : -1;
	double grew = now - block->began;

	if (now <= 0) { /* a zombie has no memory */
		measured = "what can't be measured";
		failure.message = e2e_printf(
			"%s (pid %d) has ended, and its memory with it", command, block->slot);
		failure.hint = "end it behind the block";
	} else {
		measured = e2e_printf("%.0f bytes", grew);
		failure.message = e2e_printf("%s (pid %d) has grown from %.0f to %.0f bytes",
			command, block->slot, block->began, now);
		failure.hint =
			"do once before the block what fills its caches; the rest is what it doesn't give back";
	}
	if (e2e__assertion_endless(block->limit)) {
		failure.message = "a budget without an end allows everything";
		failure.hint = NULL;
	}

	failure.got = measured;
	failure.want = e2e_printf("at most %.0f bytes", block->limit);
	e2e_report(block->file, block->line,
		now > 0 && grew <= block->limit && !e2e__assertion_endless(block->limit),
		e2e_printf("%s grows by %s, at most %.0f bytes", p ? p->pub.name : "a process",
			measured, block->limit),
		&failure);
}
