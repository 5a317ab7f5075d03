#pragma once
#include "base.h"
#include "state.h"
#include "launch.h"
#include "shims.h"

/* @manual Shims in batches
 *	e2e_interop_batched(shims, 3, messages, 24, node) judges the same pairs as e2e_interop, each
 *	in its subtest, but starts each pair of programs once: it sends the elements of all
 *	messages as one array and cuts what arrives into messages again. Libraries that take a
 *	while to start cost it once a pair, not once a type:
 *
 *	e2e_message messages[] = {
 *		{.name = "uint", .key = "values", .json = "[{\"uint\": 0}, {\"uint\": 4294967295}]"},
 *		{.name = "string", .key = "values", .json = "[{\"string\": \"\"}]"}};
 *
 *	The shims see no difference: the elements say themselves what they are, and all messages
 *	have one .key. A message breaks no other: known failures go alone, and if a program fails,
 *	or not all arrive, each message goes again, alone.
 */

/* @interface */

/* As e2e_interop, by one exchange for each pair of shims. All messages have one .key, else the case
 * ends; those whose JSON isn't an array go alone. The deadline of a batch is the longest of its
 * messages'. */
#define e2e_interop_batched(shims, nshims, messages, nmessages, node) \
	e2e__batch_interop(E2E__AT, shims, nshims, messages, nmessages, node)

E2E__FN void e2e__batch_interop(const char *file, int line, const e2e_shim *shims, size_t nshims,
	const e2e_message *messages, size_t nmessages, const char *node);

/* @implementation */

/* A message of a batch. */
struct e2e__batched {
	const e2e_message *message;
	const struct e2e__json *sent, *want; /* want is NULL if any JSON will do */
	struct e2e__json arrived;            /* its part of what arrived */
	const char *text;                    /* the same */
	bool alone;
	const struct e2e__exchange *exchange;
};

/* The end of the JSON value that begins here, in a text that is known to be JSON. */
E2E__FN const char *e2e__batch_value_end(const char *p)
{
	int depth = 0;

	for (;; p++) {
		if (*p == '"') {
			for (p++; *p != '"'; p++)
				p += *p == '\\';
		} else if (depth == 0 && strchr(",]}", *p)) {
			return p;
		} else if (strchr("[{", *p)) {
			depth++;
		} else if (strchr("]}", *p)) {
			depth--;
		}
	}
}

/* The elements of all messages as one array. */
E2E__FN const char *e2e__batch_join(const struct e2e__batched *batch, size_t n)
{
	E2E__BUF(b, 4096);
	size_t i;

	e2e__buf_adds(&b, "[");
	for (i = 0; i < n; i++) {
		const char *json = strchr(batch[i].message->json, '[') + 1;

		if (batch[i].alone)
			continue;
		if (b.n > 1)
			e2e__buf_adds(&b, ",");
		e2e__buf_add(&b, json, (size_t)(strrchr(json, ']') - json));
	}

	e2e__buf_adds(&b, "]");
	return e2e__memory_taken(&b);
}

/* Gives each message its part of what arrived. */
E2E__FN void e2e__batch_cut(
	struct e2e__batched *batch, size_t n, struct e2e__json *arrived, const char *text)
{
	struct e2e__json *next = arrived->child, *last;
	size_t i;

	for (i = 0, text++; i < n; i++) {
		struct e2e__batched *m = &batch[i];
		const char *end = text;
		unsigned long k, count = e2e__shim_count(m->sent);

		if (m->alone)
			continue;
		m->arrived = *arrived;
		m->arrived.child = last = next;
		for (k = 1, end = e2e__batch_value_end(end); k < count; k++) {
			last = last->next;
			end = e2e__batch_value_end(end + 1);
		}

		next = last->next;
		last->next = NULL;
		text += strspn(text, " \t\r\n");
		m->text = e2e_printf("[%s]", e2e__memory_strndup(text, (size_t)(end - text)));
		text = end + 1;
	}
}

/* A message that arrived in a batch, in its subtest. */
E2E__FN void e2e__batch_judge(void *arg)
{
	const struct e2e__batched *m = (const struct e2e__batched *)arg;
	struct e2e__exchange x = *m->exchange;
	const char *differ = m->want ? e2e__json_differ(&m->arrived, m->want) : NULL,
		   *want = m->message->want ? m->message->want : m->message->json;
	char trouble[1024];

	x.trouble.p = trouble;
	x.trouble.size = sizeof trouble;
	x.trouble.n = 0;
	x.name = e2e_printf("%s: %s x %s", m->message->name, x.sender->name, x.receiver->name);
	e2e__net.arrived = m->text;
	if (differ)
		e2e__buf_addf(&x.trouble, "%s\n", differ);
	e2e__shim_report(&x, e2e_printf("%.4000s", m->text), want);
	e2e__buf_free(&x.trouble);
}

E2E__FN bool e2e__batch_can_run(const char *const *command)
{
	char path[PATH_MAX];

	return command && command[0] &&
		e2e__launch_find_command(command[0], path, sizeof path) == 0;
}

/* Sends the batch. Fills the messages with what arrived, or says why they have to go alone. */
E2E__FN bool e2e__batch_send(const struct e2e__interop *i, struct e2e__exchange *x,
	const e2e_message *together, struct e2e__batched *batch, size_t n)
{
	unsigned long count = 0, here = 0;
	struct e2e__json *arrived = NULL;
	const char *out, *error;
	char trouble[1024];
	size_t k;

	e2e__shim_prepare(x, i->file, i->line, i->sender, i->receiver, together);
	x->trouble.p = trouble;
	x->trouble.size = sizeof trouble;
	for (k = 0; k < n; k++)
		count += batch[k].alone ? 0 : e2e__shim_count(batch[k].sent);
	out = e2e__shim_run(x, count, i->node);
	if (out && (arrived = e2e__json_parse(out, &error)) == NULL)
		e2e__buf_addf(&x->trouble, "no JSON arrived: %s\n", error);
	else if (out && (here = e2e__shim_count(arrived)) != count)
		e2e__buf_addf(&x->trouble, "%lu of %lu values arrived\n", here, count);
	else if (out)
		e2e__batch_cut(batch, n, arrived, out);
	if (x->trouble.n)
		e2e_note("%s x %s: not all messages arrived together, each goes alone: %.*s",
			i->sender->name, i->receiver->name, (int)x->trouble.n - 1, x->trouble.p);
	here = x->trouble.n;
	e2e__buf_free(&x->trouble);
	return here == 0;
}

/* What the messages are and shall be, once for all pairs. */
E2E__FN struct e2e__batched *e2e__batch_parse(
	struct e2e__interop *i, const e2e_message *messages, size_t n)
{
	struct e2e__batched *all = (struct e2e__batched *)e2e__memory_alloc((n + 1) * sizeof *all);
	struct e2e__exchange x;
	size_t m;

	for (m = 0; m < n; m++) {
		const char *want = messages[m].want;

		e2e__shim_prepare(&x, i->file, i->line, i->sender, i->receiver, &messages[m]);
		all[m].message = &messages[m];
		all[m].sent = all[m].want = e2e__shim_message_json(&x, messages[m].json);
		if (want)
			all[m].want =
				strcmp(want, "*") == 0 ? NULL : e2e__shim_message_json(&x, want);
	}

	return all;
}

/* Does it go alone, whatever the filters leave of the others? */
E2E__FN bool e2e__batch_alone(const struct e2e__batched *m, const struct e2e__interop *i)
{
	const char *name =
		e2e_printf("%s: %s x %s", m->message->name, i->sender->name, i->receiver->name);

	return m->sent->type != '[' || !m->sent->child ||
		e2e__subtest_known_why(e2e_printf("%.250s", name));
}

/* All messages of a pair that the filters let through. */
E2E__FN void e2e__batch_pair(struct e2e__interop *i, struct e2e__batched *batch, size_t n)
{
	e2e_message together = {"batch", NULL, NULL, NULL, NULL, 0};
	struct e2e__exchange x;
	size_t k, several = 0;
	bool sent = false;

	for (k = 0; k < n; k++) {
		const e2e_message *m = batch[k].message;
		double limit = m->timeout > 0 ? m->timeout : e2e__system_patience(-1);

		if (batch[k].alone)
			continue;
		several++;
		together.key = m->key;
		together.timeout = limit > together.timeout ? limit : together.timeout;
	}

	if (several > 1 && e2e__batch_can_run(i->sender->send) &&
		e2e__batch_can_run(i->receiver->receive)) {
		together.json = e2e__batch_join(batch, n);
		sent = e2e__batch_send(i, &x, &together, batch, n);
	}
	for (k = 0; k < n; k++) {
		i->message = batch[k].message;
		batch[k].exchange = &x;
		if (!sent || batch[k].alone)
			e2e__shim_interop_one(i);
		else
			e2e__matrix_run_pair(i->file, i->line,
				e2e__buf_desc("%s: %s x %s", i->message->name, i->sender->name,
					i->receiver->name),
				e2e__batch_judge, &batch[k]);
	}
}

/* One command line, so one key. */
E2E__FN void e2e__batch_check(
	const char *file, int line, const e2e_message *messages, size_t nmessages)
{
	const char *key = messages[0].key;
	size_t m;

	e2e__proc.file = file;
	e2e__proc.line = line;
	for (m = 0; m < nmessages; m++)
		if (!key || !messages[m].key || strcmp(messages[m].key, key) != 0)
			e2e__end_misused("e2e_interop_batched",
				e2e_printf("the message %s has no .key, or another one than %s",
					messages[m].name ? messages[m].name : "without a name",
					messages[0].name ? messages[0].name : "the first"),
				"give all messages the same .key: one pair of programs gets them");
	e2e__wait_op_end();
}

E2E__FN void e2e__batch_interop(const char *file, int line, const e2e_shim *shims, size_t nshims,
	const e2e_message *messages, size_t nmessages, const char *node)
{
	struct e2e__strings names = {NULL, 0, 0};
	struct e2e__batched *batch, *all;
	struct e2e__interop i;
	size_t m, s, r, n, ran = 0;

	e2e__shim_interop_begin(file, line, shims, nshims, messages, nmessages);
	e2e__batch_check(file, line, messages, nmessages);
	i.file = file;
	i.line = line;
	i.node = node;
	i.sender = i.receiver = shims;
	all = e2e__batch_parse(&i, messages, nmessages);
	batch = (struct e2e__batched *)e2e__memory_alloc(nmessages * sizeof *batch);
	for (s = 0; s < nshims; s++)
		for (r = 0; r < nshims; r++) {
			i.sender = &shims[s];
			i.receiver = &shims[r];
			for (m = n = 0; m < nmessages; m++) {
				i.message = &messages[m];
				if (!e2e__shim_interop_wanted(&i, &names))
					continue;
				batch[n] = all[m];
				batch[n++].alone = e2e__batch_alone(&all[m], &i);
			}

			e2e__batch_pair(&i, batch, n);
			ran += n;
		}
	if (!ran)
		e2e__matrix_no_pair(file, line, "shims", &names);
}
