#pragma once
#include "base.h"
#include "state.h"

/* @system */

/* Where libc itself can ask for records of the DNS. */
#if !defined E2E_EXTERN && defined __linux__
#include <resolv.h>
#if !defined __GLIBC__ || __GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 34)
#define E2E__SRV_ASKS 1
#endif
#endif

/* @implementation */

/* Outside of the other struct: C++ would know it by that one's name only. */
struct e2e__srv_target {
	char host[256];
	unsigned priority, weight, port;
};

/* Where a domain's SRV records lead, the best first. */
struct e2e__srv {
	struct e2e__srv_target target[16];
	size_t n;
};

/* By priority; among equals the heavier one: a test isn't to be different each time. */
E2E__FN int e2e__srv_compare(const void *a, const void *b)
{
	const struct e2e__srv_target *x = (const struct e2e__srv_target *)a,
				     *y = (const struct e2e__srv_target *)b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->weight > y->weight ? -1 : x->weight < y->weight;
}

#ifdef E2E__SRV_ASKS
E2E__FN unsigned e2e__srv_u16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Behind the name at p; NULL: it isn't whole. */
E2E__FN const unsigned char *e2e__srv_name(const unsigned char *answer, const unsigned char *end,
	const unsigned char *p, char *name, size_t size)
{
	int n = p && p < end ? dn_expand(answer, end, p, name, (int)size) : -1;

	return n < 0 ? NULL : p + n;
}

/* Reads an answer of the DNS. */
E2E__FN void e2e__srv_read(struct e2e__srv *srv, const unsigned char *answer, size_t size)
{
	const unsigned char *end = answer + size, *p = answer + 12, *data;
	unsigned questions, records;
	char name[256];

	if (size < 12)
		return;
	questions = e2e__srv_u16(answer + 4);
	records = e2e__srv_u16(answer + 6);
	while (questions-- && (p = e2e__srv_name(answer, end, p, name, sizeof name)) != NULL)
		p += 4;
	while (p && records-- && srv->n < sizeof srv->target / sizeof *srv->target) {
		struct e2e__srv_target *t = srv->target + srv->n;

		p = e2e__srv_name(answer, end, p, name, sizeof name);
		if (!p || end - p < 10 || end - p - 10 < (long)e2e__srv_u16(p + 8))
			return;
		data = p + 10;
		if (e2e__srv_u16(p) == 33 && e2e__srv_u16(p + 8) > 6 &&
			e2e__srv_name(answer, end, data + 6, t->host, sizeof t->host) && *t->host &&
			strcmp(t->host, ".") != 0) { /* ".": there's no such service */
			t->priority = e2e__srv_u16(data);
			t->weight = e2e__srv_u16(data + 2);
			t->port = e2e__srv_u16(data + 4);
			srv->n++;
		}
		p = data + e2e__srv_u16(p + 8);
	}
}
#endif

/* Asks for the records of a service. False: this libc can't. */
E2E__FN bool e2e__srv_ask(struct e2e__srv *srv, const char *service, const char *domain)
{
	srv->n = 0;
#ifdef E2E__SRV_ASKS
	enum { LONGEST = 65535 };
	unsigned char *answer = (unsigned char *)malloc(LONGEST);
	int n = answer
		? res_query(e2e_printf("_%s._tcp.%s", service, domain), 1, 33, answer, LONGEST)
		: -1;

	if (n > 0)
		e2e__srv_read(srv, answer, n < LONGEST ? (size_t)n : (size_t)LONGEST);
	free(answer);
	qsort(srv->target, srv->n, sizeof *srv->target, e2e__srv_compare);
	return true;
#else
	(void)service, (void)domain;
	return false;
#endif
}
