#pragma once
#include "base.h"
#include "state.h"
#include "system.h"
#include "logs.h"
#include "waits.h"
#include "launch.h"
#include "spawn.h"
#include "ends.h"
#include "command.h"
#include "forms.h"
#include "match.h"
#include "plan.h"
#include "helper.h"

/* @manual Shims and handshakes
 *	Shims: programs that send and receive with one client library each, to be tested against one
 *	another.
 *
 *	e2e_shim shims[] = {
 *		{.name = "C", .send = E2E_ARGV("./c-send"), .receive = E2E_ARGV("./c-receive")},
 *		{.name = "Python", .send = E2E_ARGV("py-send", "-q"), .receive =
 *			E2E_ARGV("py-receive"), .ready = "^listening"}};
 *	e2e_message messages[] = {{.name = "uint", .json = "[0, 1, 4294967295]"}, {.name = "string",
 *	.json = "[\"\", \"a\"]"}}; e2e_interop(shims, 2, messages, 2, "127.0.0.1:5672");
 *
 *	Each sender with each receiver for each message is a subtest "uint: C x Python". The
 *	receiver starts first:
 *		receive command... NODE QUEUE KEY COUNT      prints its ready line (default ^ready),
 *		                                             then KEY and the JSON, exits with 0
 *		send command... NODE QUEUE KEY JSON          exits with 0
 *	COUNT is the number of elements if the JSON is an array, else 1. The queue is a new one for
 *	each pair. Both have one deadline. A status other than 0 or a word on stderr fails the pair
 *	(.noisy = true allows stderr), and both stderrs are shown; so does what one of them leaves
 *	running. What arrived is compared by value: blanks and 1.0 for 1 don't matter.
 *	A JSON of more than 64 KiB, which no command line would take, comes as @FILE: the sender
 *	reads it from there.
 *	One pair as you like it: e2e_exchange(&sender, &receiver, &message, node). What arrived is
 *	e2e_arrived() then, as text; with .want = "*" any JSON may arrive, and the test judges
 *	itself (a tolerance, a subset, flags). For a matrix of
 *	your own: rows and columns of e2e_matrix(shims, n, shims, n, e2e_shim_pair, &message).
 *	Known failures: e2e_known("uint: * x Python", "*", "ISSUE-1: why") by case and shim,
 *	e2e_known("uint: *", "RabbitMQ*", "ISSUE-2: why") by case and peer. Who the peer is says
 *	e2e_peer_is("RabbitMQ") or a command, e2e_peer_ask("./who", node).
 *	Command line: --sender NODE and --receiver NODE instead of the given node, --broker-type
 *	NAME instead of what the peer says ("None": unknown, no known failure of a peer holds),
 *	--include-shim, --exclude-shim, --include-case, --exclude-case.
 *
 *	Handshakes: a plugin is a program that says on the first line of its stdout where it can be
 *	reached.
 *
 *	e2e_proc *p = e2e_spawn_with((e2e_spawn_opts){.env = E2E_ARGV("MY_COOKIE=42")}, "./plugin");
 *	e2e_handshake hs;
 *	e2e_must(e2e_handshake(p, &hs));                          1|1|unix|/tmp/p.sock|grpc
 *	int fd = e2e_dial(hs.endpoint);
 *
 *	A plugin that logs first, speaks another core version, exits (without its cookie, say) or
 *	says nothing fails with a message of its own. So do a version that is no number, and port 0.
 *	In a plugin written in C, e2e_cookie("MY_COOKIE", "42") checks what the host has sent.
 */

/* @interface */

/* A client library's pair of programs. A row (or column) of e2e_matrix. */
typedef struct e2e_shim {
	const char *name;
	/* the sender's command, NULL-terminated; NODE QUEUE KEY JSON are added */
	const char *const *send;
	const char *const *receive; /* the receiver's; NODE QUEUE KEY COUNT are added */
	/* regular expression of the receiver's ready line; NULL: "^ready"; "": there is none */
	const char *ready;
	bool noisy; /* its stderr is no failure */
} e2e_shim;

/* What is sent, and what shall arrive. A column of e2e_matrix. */
typedef struct e2e_message {
	const char *name; /* of the case */
	const char *json; /* what is sent; the elements of an array are messages */
	const char *want; /* what shall arrive; NULL: the same; "*": any JSON, see e2e_arrived */
	const char *key;  /* NULL: the name */
	const char *node; /* for e2e_shim_pair: host:port of the peer */
	double timeout;   /* seconds for the pair; 0: e2e_proc_timeout */
} e2e_message;

/* One pair: a test point. False if a program fails, is late, or something else arrives. */
#define e2e_exchange(sender, receiver, message, node) \
	e2e__shim_exchange(E2E__AT, sender, receiver, message, node)
/* The JSON that arrived in the last exchange of this case, whole; NULL if none did. Valid until the
 * case's end. */
E2E__FN const char *e2e_arrived(void);
/* All pairs for all messages, each a subtest; skips the case if the filters leave nothing. */
#define e2e_interop(shims, nshims, messages, nmessages, node) \
	e2e__shim_interop(E2E__AT, shims, nshims, messages, nmessages, node)
/* For e2e_matrix with shims as rows and columns: row sends, column receives; arg is an
 * e2e_message. */
E2E__FN void e2e_shim_pair(const void *row, const void *column, void *arg);
/* The peer's name, for e2e_known and e2e_peer(); best in E2E_SUITE_SETUP. The name must live as
 * long as the program. e2e_peer_ask takes the first line that a command prints; if it fails, the
 * peer is unknown. --broker-type wins. */
E2E__FN void e2e_peer_is(const char *name);
#define e2e_peer_ask(...) e2e__shim_peer_ask(E2E__AT, E2E__STRINGS(__VA_ARGS__))

E2E__FN bool e2e__shim_exchange(const char *file, int line, const e2e_shim *sender,
	const e2e_shim *receiver, const e2e_message *message, const char *node);
E2E__FN void e2e__shim_interop(const char *file, int line, const e2e_shim *shims, size_t nshims,
	const e2e_message *messages, size_t nmessages, const char *node);
E2E__FN void e2e__shim_peer_ask(const char *file, int line, const char *const *argv);

/* @implementation */

/* Bytes of JSON that are an argument; Linux takes 128 KiB. */
enum { E2E__SHIM_ARGUMENT = 64 * 1024 };

E2E__FN void e2e__shim_option(
	struct e2e__option *o, const char *name, const char *env, const char *arg, const char *help)
{
	o->name = name;
	o->env = env;
	o->arg = arg;
	o->help = help;
	e2e__option_add(o);
}

static void e2e__shim_options(void) __attribute__((constructor, unused));
static void e2e__shim_options(void)
{
	e2e__shim_option(&e2e__net.broker, "--broker-type", "E2E_BROKER_TYPE", "NAME",
		"the peer's name, instead of what it says; None: unknown");
	e2e__shim_option(
		&e2e__net.sender, "--sender", "E2E_SENDER", "NODE", "host:port that shims send to");
	e2e__shim_option(&e2e__net.receiver, "--receiver", "E2E_RECEIVER", "NODE",
		"host:port that shims receive from");
	e2e__net.hooks.case_begin = e2e__helper_case_begin;
	e2e__net.hooks.case_end = e2e__helper_case_end;
	e2e__hook(&e2e__net.hooks);
}

E2E__FN const char *e2e__shim_peer(void *arg)
{
	const char *given = e2e__net.broker.value;

	(void)arg;
	if (given)
		return strcmp(given, "None") == 0 ? NULL : given;
	return e2e__net.peer;
}

E2E__FN const char *e2e_arrived(void)
{
	return e2e__net.arrived;
}

E2E__FN void e2e_peer_is(const char *name)
{
	e2e__net.peer = name;
	if (!e2e__net.provider.peer) {
		e2e__net.provider.peer = e2e__shim_peer;
		e2e_provide(&e2e__net.provider);
	}
}

E2E__FN void e2e__shim_peer_ask(const char *file, int line, const char *const *argv)
{
	e2e_result r;
	char *name;

	if (e2e__net.broker.value) {
		e2e_peer_is(NULL);
		return;
	}
	r = e2e__command_run(file, line, NULL, argv);
	name = e2e__memory_strdup(r.out);
	name[strcspn(name, "\r\n")] = 0;
	if (r.status != 0 || !*name)
		e2e_diag("the peer is unknown: %s said nothing (%s)", argv[0],
			e2e__system_status_word(r.status));
	e2e_peer_is(r.status == 0 && *name ? name : NULL);
}

/* A command with four arguments behind it. */
E2E__FN const char *const *e2e__shim_command(const char *const *command, const char *node,
	const char *queue, const char *key, const char *last)
{
	size_t n = 0;
	const char **argv;

	while (command[n])
		n++;
	argv = (const char **)e2e__memory_alloc((n + 5) * sizeof *argv);
	memcpy(argv, command, n * sizeof *argv);
	argv[n] = node;
	argv[n + 1] = queue;
	argv[n + 2] = key;
	argv[n + 3] = last;
	return argv;
}

struct e2e__exchange {
	const char *file;
	int line;
	const e2e_shim *sender, *receiver;
	const e2e_message *message;
	const char *name, *key;
	double limit, end;
	e2e_proc *send, *receive;
	struct e2e__buf trouble; /* one line each */
};

E2E__FN e2e_proc *e2e__shim_start(const struct e2e__exchange *x, const e2e_shim *shim,
	const char *what, const char *const *argv)
{
	e2e_spawn_opts o;
	char *name = e2e_printf("%s-%s", shim->name, what);

	memset(&o, 0, sizeof o);
	for (o.name = name; *name; name++) /* it becomes a file's name */
		if (!strchr(E2E__ALNUM "+._-", *name))
			*name = '_';
	return e2e__spawn(x->file, x->line, &o, argv);
}

/* Has the receiver said that it is ready? */
E2E__FN bool e2e__shim_said(e2e_proc *p, const regex_t *re)
{
	char *out = e2e__memory_strdup(e2e_stdout(p)), *line, *end;

	for (line = out; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = 0;
		if (regexec(re, line, 0, NULL, 0) == 0)
			return true;
	}
	return false;
}

/* Waits for the receiver's ready line; says in x->trouble why it doesn't come. */
E2E__FN void e2e__shim_ready(struct e2e__exchange *x, const char *ready)
{
	regex_t re;
	struct e2e__process *r = x->receive->own;
	size_t size = 0;
	bool said = false;

	e2e__match_compile(&re, ready, REG_EXTENDED | REG_NOSUB);
	e2e__wait_op_begin(x->file, x->line);
	e2e__wait_waiting("the readiness of %.80s (pid %ld): line \"%s\"", r->pub.command,
		(long)r->pub.pid, ready);
	r->anticipated = true;
	for (;;) {
		/* before the look at its log: what it said before its end counts */
		bool ended = r->exited;

		if (e2e_stdout_size(x->receive) != size) {
			size = e2e_stdout_size(x->receive);
			said = e2e__shim_said(x->receive, &re);
		}
		if (said || ended || e2e_now() >= x->end)
			break;
		e2e__wait_doze(e2e_now() + 0.002);
		e2e__wait_look();
		e2e__wait_check_exits();
	}

	e2e__wait_op_end();
	regfree(&re);
	if (!said)
		e2e__buf_addf(&x->trouble,
			r->exited ? "%s ended with %s before it was ready\n"
				  : "%s didn't get ready (%s) within %g s\n",
			x->receive->command,
			r->exited ? e2e__system_status_word(r->exit_status) : ready, x->limit);
}

/* Waits until both have ended, or one has failed, or the time is over. */
E2E__FN void e2e__shim_await(const struct e2e__exchange *x)
{
	struct e2e__process *s = x->send->own, *r = x->receive->own;

	e2e__wait_op_begin(x->file, x->line);
	s->anticipated = r->anticipated = true;
	e2e__wait_waiting("the ends of the sender %.60s (pid %ld) and the receiver %.60s (pid %ld)",
		s->pub.command, (long)s->pub.pid, r->pub.command, (long)r->pub.pid);
	while (!(s->exited && r->exited) && !(s->exited && s->exit_status != 0) &&
		!(r->exited && r->exit_status != 0) && e2e_now() < x->end) {
		e2e__wait_doze(x->end);
		e2e__wait_look();
		e2e__wait_check_exits();
	}
	e2e__wait_op_end();
}

/* What went wrong with one of the two, in words. */
E2E__FN void e2e__shim_judge(
	struct e2e__exchange *x, const e2e_shim *shim, e2e_proc *p, bool other_failed)
{
	struct e2e__process *own = p->own;
	const char *left = NULL;

	if (own->exited) {
		e2e__end_reap(own); /* a dead member of the group would count, too */
		left = e2e__plan_left_behind(own);
		if (e2e__system_group_lives(p->pid))
			kill(-p->pid, SIGKILL);
	}

	if (!own->exited && !other_failed)
		e2e__buf_addf(&x->trouble, "%s hasn't ended within %g s\n", p->command, x->limit);
	else if (own->exited && own->exit_status != 0)
		e2e__buf_addf(&x->trouble, "%s ended with %s\n", p->command,
			e2e__system_status_word(own->exit_status));
	else if (own->exited && e2e_stderr_size(p) && !shim->noisy)
		e2e__buf_addf(&x->trouble, "%s wrote to stderr\n", p->command);
	if (left)
		e2e__buf_addf(&x->trouble, "%s has left processes behind: %s\n", p->command, left);
}

/* What the receiver printed behind its ready line: KEY, then JSON. NULL, and trouble, if it is
 * something else. */
E2E__FN const char *e2e__shim_output(struct e2e__exchange *x)
{
	const char *out = e2e_stdout(x->receive),
		   *ready = x->receiver->ready ? x->receiver->ready : "^ready";
	size_t n = strcspn(out, "\n");
	regex_t re;

	if (*ready && regcomp(&re, ready, REG_EXTENDED | REG_NOSUB) == 0) {
		char *first = e2e__memory_strdup(out);

		first[n] = 0;
		if (regexec(&re, first, 0, NULL, 0) == 0) {
			out += n + (out[n] == '\n');
			n = strcspn(out, "\n");
		}
		regfree(&re);
	}

	if (n == strlen(x->key) && strncmp(out, x->key, n) == 0)
		return out + n;
	e2e__buf_addf(&x->trouble, "the receiver's output doesn't begin with the key %s: %.200s\n",
		x->key, *out ? out : "(empty)");
	return NULL;
}

/* The last 2000 bytes of a log, indented, under a heading. */
E2E__FN void e2e__shim_log(struct e2e__buf *b, const char *what, const char *text)
{
	size_t n = strlen(text);

	if (!n)
		return;
	e2e__buf_addf(
		b, "%s:\n%s%s", what, n > 2000 ? "... " : "", n > 2000 ? text + n - 2000 : text);
	if (b->p[b->n - 1] != '\n')
		e2e__buf_adds(b, "\n");
}

E2E__FN bool e2e__shim_report(struct e2e__exchange *x, const char *got, const char *want)
{
	e2e_failure f = e2e__system_failure(NULL, NULL, NULL);
	bool ok = x->trouble.n == 0;
	E2E__BUF(logs, 1024);

	if (!ok) {
		x->trouble.n--; /* the last line feed */
		e2e__buf_add(&x->trouble, "", 1);
		e2e__shim_log(&logs, "sender's stderr", x->send ? e2e_stderr(x->send) : "");
		e2e__shim_log(&logs, "receiver's stderr", e2e_stderr(x->receive));
		e2e__shim_log(&logs, "sender's stdout", x->send ? e2e_stdout(x->send) : "");
		e2e__shim_log(&logs, "receiver's stdout", e2e_stdout(x->receive));
		e2e__buf_add(&logs, "", 1);
		f.message = x->trouble.p;
		f.got = got;
		f.want = strlen(want) > 4000 ? e2e_printf("%.4000s...", want) : want;
		f.code = "exchange";
		f.diff = logs.n > 1 ? logs.p : NULL;
	}

	ok = e2e_report(x->file, x->line, ok, x->name, &f);
	e2e__buf_free(&logs);
	return ok;
}

/* Parsed JSON of a message; a mistake in a test's own text ends the case. */
E2E__FN const struct e2e__json *e2e__shim_message_json(
	const struct e2e__exchange *x, const char *text)
{
	const char *error = NULL;
	const struct e2e__json *v = e2e__json_parse(text, &error);

	if (v)
		return v;
	e2e_failure f = e2e__system_failure("usage",
		e2e_printf("the message %s isn't JSON: %s", x->message->name, error), NULL);
	f.got = text;
	e2e__exit_die(x->file, x->line, x->name, &f);
}

/* Both have ended: the JSON that the receiver printed, without blanks around it. NULL, and trouble,
 * if there is none. */
E2E__FN const char *e2e__shim_ended(struct e2e__exchange *x)
{
	bool failed[2];
	struct e2e__process *s = x->send->own, *r = x->receive->own;
	const char *out;
	size_t n;

	failed[0] = s->exited && s->exit_status != 0;
	failed[1] = r->exited && r->exit_status != 0;
	e2e__shim_judge(x, x->sender, x->send, failed[1]);
	e2e__shim_judge(x, x->receiver, x->receive, failed[0]);
	e2e__end_process(x->send);
	e2e__end_process(x->receive);
	out = x->trouble.n ? NULL : e2e__shim_output(x);
	if (!out)
		return NULL;
	n = strlen(out += strspn(out, " \t\r\n"));
	while (n && strchr(" \t\r\n", out[n - 1]))
		n--;
	return e2e__memory_strndup(out, n);
}

/* Is it what was sent? Any JSON will do if nothing is given to be compared. */
E2E__FN void e2e__shim_compare(
	struct e2e__exchange *x, const char *out, const struct e2e__json *want)
{
	const char *error = NULL, *differ;
	const struct e2e__json *v = e2e__json_parse(out, &error);

	if (v)
		e2e__net.arrived = out;
	differ = !v    ? e2e_printf("no JSON arrived: %s", error)
		: want ? e2e__json_differ(v, want)
		       : NULL;
	if (differ)
		e2e__buf_addf(&x->trouble, "%s\n", differ);
}

/* The last argument of the sender: the JSON, or "@" and a file that has it if it is too long for a
 * command line. */
E2E__FN const char *e2e__shim_payload(const struct e2e__exchange *x, const char *json)
{
	size_t n = strlen(json);

	if (n <= E2E__SHIM_ARGUMENT)
		return json;
	const char *path = e2e__spawn_case_file(x->file, x->line, "message", ".json");
	FILE *f = fopen(path, "we");
	bool written = f && fwrite(json, 1, n, f) == n;

	if (f && fclose(f) != 0)
		written = false;
	if (!written)
		e2e__system_die_of(x->file, x->line, "e2e_exchange", "file",
			e2e_printf("can't write the message %s to %s: %s", x->message->name, path,
				strerror(errno)),
			"is the disk full?");
	return e2e_printf("@%s", path);
}

/* What can't be run is a mistake of the test. */
E2E__FN void e2e__shim_check(const char *file, int line, const e2e_shim *sender,
	const e2e_shim *receiver, const e2e_message *message)
{
	const char *wrong = !sender->name || !receiver->name ? "a shim has no name"
		: !sender->send || !sender->send[0]
		? e2e_printf("the shim %s has no .send command", sender->name)
		: !receiver->receive || !receiver->receive[0]
		? e2e_printf("the shim %s has no .receive command", receiver->name)
		: !message->name || !message->json ? "a message has no name or no JSON"
						   : NULL;

	e2e__proc.file = file;
	e2e__proc.line = line;
	if (wrong)
		e2e__end_misused("e2e_exchange", wrong,
			"each shim needs .name, .send and .receive, each message .name and .json");
	e2e__wait_op_end();
}

/* What is known before anything runs; its trouble is written into the buffer first. */
E2E__FN void e2e__shim_prepare(struct e2e__exchange *x, const char *file, int line,
	const e2e_shim *sender, const e2e_shim *receiver, const e2e_message *message)
{
	e2e__shim_check(file, line, sender, receiver, message);
	memset(x, 0, sizeof *x);
	x->file = file;
	x->line = line;
	x->sender = sender;
	x->receiver = receiver;
	x->message = message;
	x->key = message->key ? message->key : message->name;
	x->name = e2e_printf("%s: %s x %s", message->name, sender->name, receiver->name);
	x->limit = message->timeout > 0 ? message->timeout : e2e__system_patience(-1);
	x->end = e2e__system_wait_until(x->limit);
	e2e__net.arrived = NULL;
}

/* Runs both with so many messages. What the receiver printed, or NULL and trouble. */
E2E__FN const char *e2e__shim_run(struct e2e__exchange *x, unsigned long count, const char *node)
{
	const char *queue = e2e_unique("q"), *const * send, *const * receive;
	const char *ready = x->receiver->ready ? x->receiver->ready : "^ready";
	char path[PATH_MAX];

	receive = e2e__shim_command(x->receiver->receive,
		e2e__net.receiver.value ? e2e__net.receiver.value : node, queue, x->key,
		e2e_printf("%lu", count));
	send = e2e__shim_command(x->sender->send,
		e2e__net.sender.value ? e2e__net.sender.value : node, queue, x->key,
		e2e__shim_payload(x, x->message->json));
	if (e2e__launch_find_command(send[0], path, sizeof path) != 0)
		/* ends the case before anything runs */
		x->send = e2e__shim_start(x, x->sender, "send", send);
	x->receive = e2e__shim_start(x, x->receiver, "receive", receive);
	if (*ready)
		e2e__shim_ready(x, ready);
	if (x->trouble.n) {
		e2e__end_process(x->receive);
		return NULL;
	}

	x->send = e2e__shim_start(x, x->sender, "send", send);
	e2e__shim_await(x);
	return e2e__shim_ended(x);
}

/* How many messages a JSON is. */
E2E__FN unsigned long e2e__shim_count(const struct e2e__json *sent)
{
	const struct e2e__json *one;
	unsigned long count = 0;

	if (sent->type != '[')
		return 1;
	for (one = sent->child; one; one = one->next)
		count++;
	return count;
}

E2E__FN bool e2e__shim_exchange(const char *file, int line, const e2e_shim *sender,
	const e2e_shim *receiver, const e2e_message *message, const char *node)
{
	struct e2e__exchange x;
	const struct e2e__json *sent, *parsed;
	const char *out, *want;
	char trouble[1024];
	bool ok;

	e2e__shim_prepare(&x, file, line, sender, receiver, message);
	x.trouble.p = trouble;
	x.trouble.size = sizeof trouble;
	want = message->want ? message->want : message->json;
	sent = e2e__shim_message_json(&x, message->json);
	parsed = strcmp(want, "*") == 0 ? NULL
		: want == message->json ? sent
					: e2e__shim_message_json(&x, want);
	out = e2e__shim_run(&x, e2e__shim_count(sent), node);
	if (out)
		e2e__shim_compare(&x, out, parsed);
	ok = e2e__shim_report(&x, out ? e2e_printf("%.4000s", out) : NULL, want);
	e2e__buf_free(&x.trouble);
	return ok;
}

E2E__FN void e2e_shim_pair(const void *row, const void *column, void *arg)
{
	const e2e_message *m = (const e2e_message *)arg;

	e2e__shim_exchange(E2E__AT, (const e2e_shim *)row, (const e2e_shim *)column, m, m->node);
}

/* One pair in its subtest. */
struct e2e__interop {
	const char *file;
	int line;
	const e2e_shim *sender, *receiver;
	const e2e_message *message;
	const char *node;
};

E2E__FN void e2e__shim_interop_pair(void *arg)
{
	const struct e2e__interop *i = (const struct e2e__interop *)arg;

	e2e__shim_exchange(i->file, i->line, i->sender, i->receiver, i->message, i->node);
}

/* A guard or a failure that ends the pair ends nothing else, as in e2e_matrix. */
E2E__FN void e2e__shim_interop_one(struct e2e__interop *i)
{
	e2e__matrix_run_pair(i->file, i->line,
		e2e__buf_desc("%s: %s x %s", i->message->name, i->sender->name, i->receiver->name),
		e2e__shim_interop_pair, i);
}

/* The filters' words must name shims and cases that there are. */
E2E__FN void e2e__shim_interop_check(
	const e2e_shim *shims, size_t nshims, const e2e_message *messages, size_t nmessages)
{
	struct e2e__strings names = {NULL, 0, 0}, cases = {NULL, 0, 0};
	size_t i;

	for (i = 0; i < nshims; i++)
		e2e__memory_push_new(&names, shims[i].name);
	for (i = 0; i < nmessages; i++)
		e2e__memory_push_new(&cases, messages[i].name);
	e2e__matrix_check_words(E2E__INCLUDE_SHIM, &names);
	e2e__matrix_check_words(E2E__EXCLUDE_SHIM, &names);
	e2e__matrix_check_words(E2E__INCLUDE_CASE, &cases);
	e2e__matrix_check_words(E2E__EXCLUDE_CASE, &cases);
}

/* What stands before every matrix of shims. */
E2E__FN void e2e__shim_interop_begin(const char *file, int line, const e2e_shim *shims,
	size_t nshims, const e2e_message *messages, size_t nmessages)
{
	e2e__script_begin();
	e2e__proc.file = file;
	e2e__proc.line = line;
	if (!nshims || !nmessages)
		e2e__end_misused("e2e_interop",
			nshims ? "there is no message to be sent" : "there is no shim",
			"without one nothing would be tested: skip the case if that is meant");
	e2e__wait_op_end();
	e2e__shim_interop_check(shims, nshims, messages, nmessages);
}

/* Do the filters let this pair through? Its name is kept for the one who asked in vain. */
E2E__FN bool e2e__shim_interop_wanted(const struct e2e__interop *i, struct e2e__strings *names)
{
	const char *pair = e2e_printf("%s x %s", i->sender->name, i->receiver->name),
		   *name = e2e_printf("%s: %s", i->message->name, pair);

	e2e__memory_push(names, name);
	return e2e__matrix_wanted_pair(name, pair) &&
		e2e__matrix_wanted(
			E2E__INCLUDE_CASE, E2E__EXCLUDE_CASE, i->message->name, i->message->name) &&
		e2e__matrix_wanted(
			E2E__INCLUDE_SHIM, E2E__EXCLUDE_SHIM, i->sender->name, i->receiver->name);
}

E2E__FN void e2e__shim_interop(const char *file, int line, const e2e_shim *shims, size_t nshims,
	const e2e_message *messages, size_t nmessages, const char *node)
{
	struct e2e__strings names = {NULL, 0, 0};
	struct e2e__interop i;
	size_t m, s, r, ran = 0;

	e2e__shim_interop_begin(file, line, shims, nshims, messages, nmessages);
	i.file = file;
	i.line = line;
	i.node = node;
	for (m = 0; m < nmessages; m++)
		for (s = 0; s < nshims; s++)
			for (r = 0; r < nshims; r++) {
				i.message = &messages[m];
				i.sender = &shims[s];
				i.receiver = &shims[r];
				if (!e2e__shim_interop_wanted(&i, &names))
					continue;
				ran++;
				e2e__shim_interop_one(&i);
			}
	if (!ran)
		e2e__matrix_no_pair(file, line, "shims", &names);
}
