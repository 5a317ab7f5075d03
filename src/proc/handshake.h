#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "logs.h"
#include "waits.h"
#include "endpoint.h"

/* @interface */

/* What a plugin has said. The texts live until the end of the case. */
typedef struct e2e_handshake {
	int core, app;           /* versions of the handshake and of what is spoken */
	const char *network;     /* "unix" or "tcp" */
	const char *address;     /* a path, or host:port */
	const char *protocol;    /* "grpc", ... */
	const char *certificate; /* a sixth field, or NULL */
	const char *endpoint;    /* network and address for e2e_dial */
} e2e_handshake;
/* e2e_handshake(p, &hs [, seconds]): a test point. Reads the first line of p's stdout; the core
 * version must be 1. False with the reason: code `handshake`, or `timeout`. e2e_handshake_core
 * wants another core version. */
#define e2e_handshake(...) E2E__HANDSHAKE(__VA_ARGS__, -1., 0)
#define e2e_handshake_core(p, hs, core, seconds) e2e__handshake(E2E__AT, p, hs, core, seconds)
/* For plugins: is the variable set to just this value? Takes as long for a nearly right value as
 * for a wrong one. */
E2E__FN bool e2e_cookie(const char *variable, const char *value);
/* Are two secrets equal? In constant time for a given length of the first; NULL equals nothing. */
E2E__FN bool e2e_same_secret(const char *secret, const char *given);

#define E2E__HANDSHAKE(p, hs, seconds, ...) e2e__handshake(E2E__AT, p, hs, 1, seconds)

E2E__FN bool e2e__handshake(const char *file, int line, e2e_proc *p, struct e2e_handshake *hs,
	int core, double seconds);

/* @implementation */

E2E__FN bool e2e_same_secret(const char *secret, const char *given)
{
	size_t n, m, i;
	volatile unsigned char differ = 0; /* volatile: nobody may leave the loop early */

	if (!secret || !given)
		return false;
	n = strlen(secret);
	m = strlen(given);
	differ = n != m;
	for (i = 0; i < n; i++) /* always as many steps, whatever was given */
		differ = (unsigned char)(differ | (secret[i] ^ given[m ? i % m : 0]));
	return differ == 0;
}

E2E__FN bool e2e_cookie(const char *variable, const char *value)
{
	return e2e_same_secret(value, getenv(variable));
}

struct e2e__shake {
	e2e_proc *p;
	struct e2e_handshake *hs;
	int core;
	double limit;
	e2e_failure f;
};

/* Waits for the first line; NULL and the failure if there is none. */
E2E__FN char *e2e__handshake_line(struct e2e__shake *s)
{
	double end = e2e__system_wait_until(s->limit);
	struct e2e__process *own = s->p->own;
	const char *out = e2e_stdout(s->p);
	char *line;

	e2e__wait_waiting("the handshake of %.120s (pid %ld)", s->p->command, (long)s->p->pid);
	while (!strchr(out, '\n') && !own->exited && e2e_now() < end) {
		e2e__wait_doze(e2e_now() + 0.002 < end ? e2e_now() + 0.002 : end);
		e2e__wait_look();
		e2e__wait_check_exits();
		out = e2e_stdout(s->p);
	}

	if (!strchr(out, '\n')) {
		const char *err = e2e_stderr(s->p);

		s->f.diff = *err ? e2e_printf("stderr:\n%s", err) : NULL;
		s->f.got = *out ? e2e_printf("%s without a line end", e2e_quoted(out))
				: "nothing on stdout";
		s->f.want = "core|app|network|address|protocol";
		if (own->exited) {
			s->f.message = e2e_printf("%s ended with %s before its handshake",
				s->p->command, e2e__system_status_word(own->exit_status));
			s->f.hint =
				"is its cookie in the environment? e2e_spawn_with((e2e_spawn_opts){.env = "
				"E2E_ARGV(\"NAME=value\")}, ...)";
		} else {
			s->f.message = e2e_printf(
				"%s has said nothing within %g s", s->p->command, s->limit);
			s->f.code = "timeout";
			s->f.hint =
				"does it flush its stdout? e2e_handshake(p, &hs, seconds) waits longer";
		}
		return NULL;
	}

	line = e2e__memory_strdup(out);
	line[strcspn(line, "\n")] = 0;
	if (*line && line[strlen(line) - 1] == '\r')
		line[strlen(line) - 1] = 0;
	return line;
}

/* A version: digits and nothing else, or 4294967297 would be 1. */
E2E__FN bool e2e__handshake_number(const char *text, int *number)
{
	size_t n = strspn(text, "0123456789");

	*number = n ? (int)strtol(text, NULL, 10) : 0;
	return n > 0 && n < 10 && !text[n];
}

/* What follows is what e2e_expect and E2E_LINE look at. */
E2E__FN void e2e__handshake_consumed(struct e2e__log *log)
{
	const char *end = (const char *)memchr(log->text, '\n', log->size);
	size_t n = end ? (size_t)(end - log->text) + 1 : 0;

	if (log->matched < n)
		log->matched = n;
}

/* Takes the line apart; false and the failure if it is none. */
E2E__FN bool e2e__handshake_fields(struct e2e__shake *s, char *line)
{
	char *field[6];
	const char *wrong;
	struct sockaddr_storage buffer;
	unsigned size;
	int n = 0;

	s->f.got = e2e_quoted(line);
	s->f.want = "core|app|network|address|protocol";
	for (; line && n < 6; n++) {
		field[n] = line;
		line = n < 5 ? strchr(line, '|') : NULL; /* the sixth is the rest */
		if (line)
			*line++ = 0;
	}

	if (n < 5 || !e2e__handshake_number(field[0], &s->hs->core) ||
		!e2e__handshake_number(field[1], &s->hs->app) || !*field[4]) {
		s->f.message = e2e_printf("the first line of %s is no handshake", s->p->command);
		s->f.hint = "a plugin's stdout begins with its handshake: let it log to stderr";
		return false;
	}

	s->hs->network = field[2];
	s->hs->address = field[3];
	s->hs->protocol = field[4];
	s->hs->certificate = n > 5 && *field[5] ? field[5] : NULL;
	s->hs->endpoint = e2e_printf("%s:%s", field[2], field[3]);
	if (s->hs->core != s->core) {
		s->f.message = e2e_printf("%s speaks core version %d of the handshake, not %d",
			s->p->command, s->hs->core, s->core);
		s->f.hint = "e2e_handshake_core(p, &hs, core, seconds) wants another one";
		return false;
	}

	wrong = e2e__endpoint_resolve(s->hs->endpoint, &buffer, &size);
	if (!wrong && strcmp(s->hs->network, "tcp") == 0 && e2e_endpoint_port(s->hs->endpoint) < 1)
		wrong = "it names no port";
	if (wrong)
		s->f.message = e2e_printf("%s can't be reached: %s", s->p->command, wrong);
	s->f.hint = "the network is tcp (host:port) or unix (a path)";
	return !wrong;
}

E2E__FN bool e2e__handshake(
	const char *file, int line, e2e_proc *p, struct e2e_handshake *hs, int core, double seconds)
{
	struct e2e__shake s;
	char *text;
	bool ok;

	memset(&s, 0, sizeof s);
	memset(hs, 0, sizeof *hs);
	s.p = p;
	s.hs = hs;
	s.core = core;
	s.limit = e2e__system_patience(seconds);
	s.f.code = "handshake";
	e2e__wait_op_begin(file, line);
	p->own->anticipated = true; /* its end is our failure, in our words */
	text = e2e__handshake_line(&s);
	ok = text && e2e__handshake_fields(&s, text);
	if (text)
		e2e__handshake_consumed(&p->own->out);
	p->own->anticipated = false;
	e2e__wait_op_end();
	return e2e_report(file, line, ok, e2e_printf("handshake of %s", p->name), &s.f);
}
