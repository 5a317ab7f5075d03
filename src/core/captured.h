#pragma once
#include "base.h"
#include "failure.h"
#include "state.h"
#include "doors.h"
#include "memory.h"
#include "files.h"
#include "exits.h"
#include "hooks.h"
#include "subtest.h"
#include "limit.h"
#include "folders.h"

/* @manual What a block prints, how it ends
 *	char *out, *err;
 *	e2e_captured_output(&out, &err) { greet(stdout, "Ada"); }
 *	e2e_is_str(out, "hello Ada\n");
 *	e2e_is_str(err, "");
 *
 *	e2e_dies(E2E_SIG(SIGABRT)) { list_pop(empty); }
 *	e2e_dies(2) { usage("no such option"); }
 *	The block of e2e_dies runs in a forked child: what it changes in memory is gone afterwards,
 *	but its assertions count. Put e2e_captured_output(NULL, &err) { ... } around it to look at
 *	what it said. A sanitizer turns crashes into exit codes of its own.
 */

/* @interface */

/* e2e_captured_output(&out, &err) { body }: what the process, its threads and the programs that it
 * starts write to descriptors 1 and 2 in the block is kept instead of shown, as texts that live
 * until the case's end. Each is the address of a char * or const char *, or NULL: not captured; the
 * same one twice gets both as they come. Nests. Where the block was left by a failure or a skip the
 * text is NULL, and what was written goes where it would have gone without the block. A byte 0 ends
 * a text. */
#define e2e_captured_output(out, err) \
	E2E__BLOCK(e2e__captured_close, e2e__captured_open(E2E__AT, (void *)(out), (void *)(err)))

E2E__FN struct e2e__block e2e__captured_open(const char *file, int line, void *out, void *err);
E2E__FN void e2e__captured_close(struct e2e__block *block);

/* @implementation */

/* One of stdout and stderr. */
struct e2e__printed {
	int was;          /* what it was, or -1: closed */
	void *text;       /* the caller's pointer, NULL: it isn't captured */
	const char *path; /* the file that stands for it; the other one's, if that is the same */
};

struct e2e__captured {
	struct e2e__loose loose; /* comes first */
	struct e2e__printed stream[2];
};

E2E__FN void e2e__captured_set(void *where, const char *text)
{
	if (where) /* of a char * or a const char * */
		memcpy(where, (const void *)&text, sizeof text);
}

/* The file has a name and is evidence, so that a crash in the block doesn't lose what was said
 * before it. */
E2E__FN bool e2e__captured_take(struct e2e__printed *s, int fd, const char *folder)
{
	char *path = e2e_printf("%s/captured-XXXXXX", folder);
	int file = s->path ? open(s->path, O_WRONLY | O_APPEND | O_CLOEXEC) : mkstemp(path);
	bool taken;

	if (file < 0)
		return false;
	if (!s->path) {
		s->path = path;
		fcntl(file, F_SETFL, O_APPEND);
		e2e__hook_evidence(fd == 1 ? "captured_stdout" : "captured_stderr", path);
	}
	s->was = fcntl(fd, F_DUPFD_CLOEXEC, 200);
	if (s->was < 0 && errno == EINVAL) /* so many aren't allowed */
		s->was = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	taken = dup2(file, fd) == fd;
	if (file != fd)
		close(file);
	return taken;
}

E2E__FN void e2e__captured_give_back(struct e2e__captured *c)
{
	int i;

	for (i = 1; i >= 0; i--) {
		if (!c->stream[i].path)
			continue;
		if (c->stream[i].was < 0) {
			close(i + 1);
			continue;
		}
		dup2(c->stream[i].was, i + 1);
		close(c->stream[i].was);
	}
}

E2E__FN void e2e__captured_drop(struct e2e__captured *c)
{
	int i;

	for (i = 0; i < 2; i++)
		if (c->stream[i].path) {
			unlink(c->stream[i].path);
			e2e__hook_evidence_drop(c->stream[i].path);
		}
}

/* Behind a jump: what was captured is shown after all. The streams of stdio aren't touched, as the
 * jump may have left one in the middle. */
E2E__FN void e2e__captured_undo(struct e2e__loose *loose)
{
	struct e2e__captured *c = (struct e2e__captured *)loose;
	size_t n;
	int i;

	e2e__captured_give_back(c);
	for (i = 0; i < 2; i++) {
		const char *path = c->stream[i].path, *text;

		if (!path || (i == 1 && path == c->stream[0].path))
			continue;
		text = e2e__file_read(path, &n);
		if (text)
			e2e__file_write_whole(i + 1, text, n);
	}
	e2e__captured_drop(c);
}

E2E__FN bool e2e__captured_has_stderr(void)
{
	const struct e2e__loose *l;

	for (l = e2e__state.loose; l; l = l->next)
		if (l->undo == e2e__captured_undo &&
			((const struct e2e__captured *)l)->stream[1].text)
			return true;
	return false;
}

E2E__FN struct e2e__block e2e__captured_open(const char *file, int line, void *out, void *err)
{
	struct e2e__block block = e2e__subtest_block_at(file, line);
	struct e2e__captured *c;
	const char *folder;
	e2e_failure f = {NULL, NULL, NULL, "captured", NULL, NULL};

	e2e__script_begin();
	c = (struct e2e__captured *)e2e__memory_alloc(sizeof *c);
	folder = e2e__folder_logs(file, line);
	e2e__captured_set(out, NULL);
	e2e__captured_set(err, NULL);
	e2e__file_flush(stdout);
	e2e__file_flush(stderr);
	e2e__limit_tie(&c->loose, e2e__captured_undo);
	block.text = (const char *)c;
	c->stream[0].text = out;
	c->stream[1].text = err;
	if (!e2e__file_may_grow())
		f.message = e2e_printf(
			"cannot capture %s: files may not grow to 1 MiB here (ulimit -f)",
			out ? "stdout" : "stderr");
	if (out && !f.message && !e2e__captured_take(&c->stream[0], 1, folder))
		f.message = e2e_printf("cannot capture stdout: %s", strerror(errno));
	if (out && out == err)
		c->stream[1].path = c->stream[0].path;
	if (err && !f.message && !e2e__captured_take(&c->stream[1], 2, folder))
		f.message = e2e_printf("cannot capture stderr: %s", strerror(errno));
	if (f.message)
		e2e__exit_die(file, line, "e2e_captured_output", &f);
	return block;
}

E2E__FN void e2e__captured_close(struct e2e__block *block)
{
	struct e2e__captured *c = (struct e2e__captured *)(uintptr_t)block->text;
	int i;

	if (!e2e__limit_untie(&c->loose))
		return;
	e2e__file_flush(stdout);
	e2e__file_flush(stderr);
	e2e__captured_give_back(c);
	for (i = 0; i < 2; i++)
		if (c->stream[i].text)
			e2e__captured_set(
				c->stream[i].text, e2e__file_read(c->stream[i].path, NULL));
	e2e__captured_drop(c);
}
