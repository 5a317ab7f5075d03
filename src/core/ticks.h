#pragma once
#include "base.h"
#include "state.h"

/* @system */

#if defined E2E__LINUX && LONG_MAX > 2147483647
#include <sys/auxv.h>
#define E2E__VDSO 1
#endif

/* @implementation */

/* The kernel's clock without a system call: Linux maps a small library into each process (vdso),
 * and libc's clock_gettime calls it. What is asked here is that library, as the tested code may
 * have a clock_gettime of its own (-Wl,--wrap=, LD_PRELOAD). */
#ifdef E2E__VDSO

/* Only those that are called like any C function. */
#ifdef __aarch64__
#define E2E__TICKS_NAME "__kernel_clock_gettime"
#else
#define E2E__TICKS_NAME "__vdso_clock_gettime"
#endif

/* The library's tables; addresses in it count from `base`. */
struct e2e__ticks_tables {
	uintptr_t base;
	const Elf64_Sym *symbols;
	const char *names;
	uint32_t n;
};

/* False: there is no such library (valgrind hides it), or it is another kind than is known here. */
E2E__FN bool e2e__ticks_look_at(uintptr_t at, struct e2e__ticks_tables *t)
{
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)at;
	const Elf64_Phdr *part;
	const Elf64_Dyn *entry = NULL;
	bool loaded = false;

	if (!at || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
		head->e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	part = (const Elf64_Phdr *)(at + head->e_phoff);
	for (int i = 0; i < head->e_phnum; i++, part++) {
		if (part->p_type == PT_LOAD && !loaded) {
			t->base = at + part->p_offset - part->p_vaddr;
			loaded = true;
		} else if (part->p_type == PT_DYNAMIC) {
			entry = (const Elf64_Dyn *)(at + part->p_offset);
		}
	}

	for (; loaded && entry && entry->d_tag != DT_NULL; entry++) {
		uintptr_t table = t->base + (uintptr_t)entry->d_un.d_ptr;

		if (entry->d_tag == DT_SYMTAB)
			t->symbols = (const Elf64_Sym *)table;
		else if (entry->d_tag == DT_STRTAB)
			t->names = (const char *)table;
		else if (entry->d_tag == DT_HASH)
			t->n = ((const uint32_t *)table)[1]; /* as many as there are symbols */
	}
	return t->symbols && t->names;
}

E2E__FN e2e__clock_fn e2e__ticks_find(void)
{
	struct e2e__ticks_tables t = {0, NULL, NULL, 0};

	if (!e2e__ticks_look_at((uintptr_t)getauxval(AT_SYSINFO_EHDR), &t))
		return NULL;
	for (uint32_t i = 0; i < t.n; i++)
		if (t.symbols[i].st_shndx != SHN_UNDEF &&
			strcmp(t.names + t.symbols[i].st_name, E2E__TICKS_NAME) == 0)
			return (e2e__clock_fn)(t.base + (uintptr_t)t.symbols[i].st_value);
	return NULL;
}
#endif

/* Once for a program and all that it forks. */
E2E__FN e2e__clock_fn e2e__ticks_clock(void)
{
#ifdef E2E__VDSO
	struct e2e__state *st = &e2e__state;

	if (!st->clock_known) {
		st->clock = e2e__ticks_find();
		st->clock_known = true;
	}
	return st->clock;
#else
	return NULL;
#endif
}
