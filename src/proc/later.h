#pragma once
#include "state.h"

/* @interface */

/* Closes the descriptor at the case's end if it is still the same file then. Returns fd. */
E2E__FN int e2e__later_close(int fd);

/* @implementation */

E2E__FN int e2e__later_close(int fd)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return fd;
	struct e2e__later *l = (struct e2e__later *)malloc(sizeof *l);
	if (!l)
		e2e_bail_out("out of memory");
	l->fd = fd;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	l->next = e2e__proc.later;
	e2e__proc.later = l;
	return fd;
}

E2E__FN void e2e__later_held_close(struct e2e__held *h)
{
	for (int i = 0; i < 2; i++)
		if (h->fd[i] >= 0)
			close(h->fd[i]);
	h->fd[0] = h->fd[1] = -1;
}

/* At the case's end (in the suite's fixtures nothing ends: its process does). */
E2E__FN void e2e__later_ports_end(void)
{
	for (struct e2e__later *l; (l = e2e__proc.later); free(l)) {
		struct stat st;

		e2e__proc.later = l->next;
		if (!fstat(l->fd, &st) && st.st_dev == l->dev && st.st_ino == l->ino)
			close(l->fd);
	}
	for (struct e2e__held *h; (h = e2e__proc.held); free(h)) {
		e2e__proc.held = h->next;
		e2e__later_held_close(h);
	}
}
