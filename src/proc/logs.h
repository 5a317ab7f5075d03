#pragma once
#include "base.h"
#include "state.h"
#include "system.h"

/* @interface */

/* What p has written until now; NUL-terminated, valid until the case's end. The size is for output
 * with NULs in it. */
E2E__FN const char *e2e_stdout(e2e_proc *p);
E2E__FN const char *e2e_stderr(e2e_proc *p);
E2E__FN size_t e2e_stdout_size(e2e_proc *p);
E2E__FN size_t e2e_stderr_size(e2e_proc *p);

/* @implementation */

E2E__FN const char *e2e__log_end(const struct e2e__log *log)
{
	size_t size = 0;
	char *text = log->path ? e2e__file_read(log->path, &size) : NULL;

	if (!text || !size)
		return NULL;
	if (size > 600) {
		char *from = text + size - 600, *line = strchr(from, '\n');

		return line && line[1] ? line + 1 : from;
	}
	return text;
}

/* A name for logs: the stem, "-N" behind it if it was used before in this folder. */
E2E__FN const char *e2e__log_name(const char *stem)
{
	char clean[128];
	const char *slash = strrchr(stem, '/');

	snprintf(clean, sizeof clean, "%s", slash && slash[1] ? slash + 1 : stem);
	for (char *c = clean; *c; c++)
		if (*c == '/' || (unsigned char)*c < ' ')
			*c = '_';
	if (!clean[0])
		snprintf(clean, sizeof clean, "process");
	struct e2e__log_stem *s = e2e__proc.stems;
	while (s && strcmp(s->name, clean) != 0)
		s = s->next;
	if (s) {
		s->used++;
		return e2e_printf("%s-%d", clean, s->used);
	}

	s = (struct e2e__log_stem *)e2e__memory_alloc(sizeof *s);
	s->name = e2e__memory_strdup(clean);
	s->next = e2e__proc.stems;
	e2e__proc.stems = s;
	return s->name;
}

E2E__FN const char *e2e__log_case_folder(const char *file, int line)
{
	return e2e__proc.service ? e2e__proc.service->dir : e2e__folder_tmpdir(file, line);
}

/* Where logs are written: in the folder, or in memory as long as nobody has asked for the
 * folder. */
E2E__FN const char *e2e__log_folder(const char *file, int line)
{
	if (e2e__proc.service)
		return e2e__proc.service->dir;
	return e2e__folder_logs(file, line);
}

/* An output that can't be read is not an empty one. */
E2E__FN void e2e__log_die(const struct e2e__log *log, int error)
{
	const char *hint = error == ENOENT ? "the case's own code has removed it"
		: error == EMFILE          ? "too many open files: close some, or raise ulimit -n"
					   : NULL;
	const char *file = e2e__proc.file;
	int line = e2e__proc.line;

	if (!file) {
		file = e2e__state.current ? e2e__state.current->file : e2e__case_program();
		line = e2e__state.current ? e2e__state.current->line : 0;
	}
	e2e__system_die_of(file, line, "the output of a process", "log",
		e2e_printf("can't read %s: %s", log->path, strerror(error)), hint);
}

/* Reads what was added. The text keeps its place while there is room, so that earlier results stay
 * valid. */
E2E__FN const char *e2e__log_read(struct e2e__log *log)
{
	struct stat st;
	bool same = log->path && !stat(log->path, &st) && (size_t)st.st_size == log->size;
	int fd = log->path && !same ? open(log->path, O_RDONLY | O_CLOEXEC) : -1;

	if (log->path && !same && (fd < 0 || fstat(fd, &st))) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		e2e__log_die(log, error);
	}

	if (fd >= 0 && (size_t)st.st_size != log->size) {
		size_t want = (size_t)st.st_size;

		if (want < log->size) { /* it was cut: begin anew */
			log->size = log->matched = log->lines = log->capacity = 0;
		}
		if (want + 1 > log->capacity) {
			size_t capacity = want + want / 2 + 256;
			char *text = (char *)e2e__memory_alloc(capacity);

			if (log->size)
				memcpy(text, log->text, log->size);
			log->text = text;
			log->capacity = capacity;
		}
		while (log->size < want) {
			ssize_t n = pread(
				fd, log->text + log->size, want - log->size, (off_t)log->size);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0) {
				int error = errno;

				close(fd);
				e2e__log_die(log, error);
			}
			if (n == 0)
				break; /* it was cut just now */
			log->size += (size_t)n;
		}
		log->text[log->size] = '\0';
	}

	if (fd >= 0)
		close(fd);
	if (!log->text) {
		log->text = (char *)e2e__memory_alloc(1);
		log->capacity = 1;
	}

	return log->text;
}

E2E__FN const char *e2e_stdout(e2e_proc *p)
{
	return e2e__log_read(&p->own->out);
}

E2E__FN const char *e2e_stderr(e2e_proc *p)
{
	return e2e__log_read(&p->own->err);
}

E2E__FN size_t e2e_stdout_size(e2e_proc *p)
{
	e2e__log_read(&p->own->out);
	return p->own->out.size;
}

E2E__FN size_t e2e_stderr_size(e2e_proc *p)
{
	e2e__log_read(&p->own->err);
	return p->own->err.size;
}
