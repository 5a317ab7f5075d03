/* interop.h - do three client libraries of AMQP 1.0 understand each other, type by type? What the two programs here have in common:
 * proton.c asks it through the broker of qpid-proton's examples, rabbitmq.c through RabbitMQ.
 *
 * Each includes this file, starts its broker in its set-up, and says who the broker is and what it is known to get wrong. */
#ifndef INTEROP_H
#define INTEROP_H

#include "e2e_proc.h"

#define SHIMS "examples/interop/shims/"
#define PYTHON "/usr/bin/python3" /* the one that Debian's python3-qpid-proton is for */

static const char *node; /* host:port of the broker; the set-up of each program sets it */
static const char *c_shim;

/* Each value says its type, so that one pair of programs can send them all: .key is the same for each. */
#define VALUES(type, ...) {.name = type, .key = "values", .json = "[" #__VA_ARGS__ "]", .timeout = 60}

static const e2e_message types[] = {
    VALUES("null", {"null": null}),
    VALUES("boolean", {"boolean": true}, {"boolean": false}),
    VALUES("ubyte", {"ubyte": 0}, {"ubyte": 255}),
    VALUES("ushort", {"ushort": 0}, {"ushort": 65535}),
    VALUES("uint", {"uint": 0}, {"uint": 255}, {"uint": 4294967295}),
    VALUES("ulong", {"ulong": "0"}, {"ulong": "256"}, {"ulong": "18446744073709551615"}),
    VALUES("byte", {"byte": -128}, {"byte": 127}),
    VALUES("short", {"short": -32768}, {"short": 32767}),
    VALUES("int", {"int": -2147483648}, {"int": -1}, {"int": 2147483647}),
    VALUES("long", {"long": "-9223372036854775808"}, {"long": "-1"}, {"long": "9223372036854775807"}),
    /* bits: zero with its sign, the smallest, the largest, not a number */
    VALUES("float", {"float": "0x80000000"}, {"float": "0x00000001"}, {"float": "0x7f7fffff"}, {"float": "0x7fc00000"}),
    VALUES("double", {"double": "0x8000000000000000"}, {"double": "0x0000000000000001"}, {"double": "0x7ff8000000000000"}),
    VALUES("decimal32", {"decimal32": "0x32800001"}, {"decimal32": "0xf7f8967f"}),
    VALUES("decimal64", {"decimal64": "0x31c0000000000001"}),
    VALUES("decimal128", {"decimal128": "0x30400000000000000000000000000001"}),
    VALUES("char", {"char": "A"}, {"char": "\u20ac"}, {"char": "\ud83d\ude00"}),
    VALUES("timestamp", {"timestamp": 0}, {"timestamp": -1}, {"timestamp": 1700000000123}),
    VALUES("uuid", {"uuid": "00112233-4455-6677-8899-aabbccddeeff"}),
    VALUES("binary", {"binary": ""}, {"binary": "00ff0a0d"}),
    VALUES("string", {"string": ""}, {"string": "\u4e16\u754c \"\\\n"}),
    VALUES("symbol", {"symbol": "amqp:accepted:list"}),
    VALUES("map", {"map": []}, {"map": [[{"string": "key"}, {"uint": 1}], [{"ubyte": 2}, {"map": [[{"symbol": "a"}, {"int": 3}]]}]]}),
    VALUES("map of like keys", {"map": [[{"string": "key"}, {"int": 1}], [{"symbol": "key"}, {"int": 2}]]}),
    VALUES("lists in a map", {"map": [[{"uint": 1}, {"list": []}], [{"uint": 2}, {"list": [{"int": 1}, {"null": null}]}]]}),
    VALUES("array", {"array": ["uint", 1, 256]}, {"array": ["string", "a", "b"]}),
    VALUES("array of described values", {"array": ["uint", {"symbol": "e2e:metres"}, 1, 256]}),
    VALUES("described value", {"described": [{"symbol": "e2e:metres"}, {"uint": 7}]},
	   {"described": [{"ulong": "4660"}, {"list": [{"int": 1}, {"string": "a"}]}]}),
    VALUES("described values in a map", {"map": [[{"uint": 1}, {"described": [{"symbol": "e2e:metres"}, {"uint": 7}]}],
	   [{"uint": 2}, {"described": [{"ulong": "4660"}, {"list": [{"int": 1}, {"described": [{"symbol": "in"}, {"null": null}]}]}]}]]}),
    /* bodies that aren't a value */
    VALUES("data", {"data": ""}, {"data": "00ff0a0d"}),
    VALUES("sequence", {"sequence": []}, {"sequence": [{"int": 1}, {"list": [{"string": "in a list"}, {"null": null}]}]}),
    VALUES("short list", {"list": []}, {"list": [{"list": [{"string": "in a list"}, {"null": null}]}]}),
};

/* Types that RabbitMQ doesn't know; rabbitmq.c tells how they end. */
static const e2e_message lists[] = {
    VALUES("list", {"list": [{"int": 1}, {"list": [{"string": "in a list"}, {"null": null}]}]}),
};
static const e2e_message described_in_sequences[] = {
    VALUES("described value in a sequence", {"sequence": [{"described": [{"symbol": "e2e:metres"}, {"uint": 7}]}]}),
};

static bool build_shim(const char *dir, void *arg)
{
	static const char script[] = "cc -o \"$1/shim\" \"$2\" $(pkg-config --cflags --libs libqpid-proton)\n";
	e2e_result r = e2e_run("sh", "-c", script, "sh", dir, (const char *)arg);
	return e2e_is_int(r.status, 0, "compiled: %s", r.err);
}

/* In each set-up: the libraries are there, the C shim is compiled, or is since last time. */
static void prepare_shims(void)
{
	static char source[] = SHIMS "shim.c";
	e2e_require_command("cc");
	e2e_require_command("node");
	e2e_skip_if(e2e_run("pkg-config", "--exists", "libqpid-proton").status, "no libqpid-proton11-dev");
	e2e_skip_if(e2e_run(PYTHON, "-c", "import proton").status, "no python3-qpid-proton");
	e2e_skip_if(e2e_run("node", SHIMS "shim.js", "version").status, "no rhea: npm couldn't install it");
	c_shim = e2e_printf("%s/shim", e2e_cached("interop-shim", e2e_read_file(source, NULL), build_shim, source));
}

/* In each set-up: what the libraries themselves can't do, whatever is between them. A dict of Python takes a string and a symbol of
 * the same letters for one key. A value of rhea has one descriptor, and of a message's body that is the section's. */
static void known_failures_of_shims(void)
{
	e2e_known("map of like keys: Python x *", "*", "INTEROP-1: keys that differ in their type alone are one");
	e2e_known("map of like keys: * x Python", "*", "INTEROP-1: keys that differ in their type alone are one");
	e2e_known("described value: JavaScript x *", "*", "INTEROP-4: a message's body can't be a described value");
	e2e_known("described value: * x JavaScript", "*", "INTEROP-4: a message's body can't be a described value");
}

/* A row a library, for tests in which each is asked alone. */
static const struct library {
	const char *name;
	size_t number;
} libraries[] = {{"C", 0}, {"Python", 1}, {"JavaScript", 2}};

enum { N_LIBRARIES = sizeof libraries / sizeof *libraries };

/* Sends each message from each library to each, of those from first to last. */
static void from_each_to_each(size_t first, size_t last, const e2e_message *messages, size_t n)
{
	const e2e_shim shims[] = {
	    {.name = "C", .send = E2E_ARGV(c_shim, "send"), .receive = E2E_ARGV(c_shim, "receive")},
	    {.name = "Python",
	     .send = E2E_ARGV(PYTHON, SHIMS "shim.py", "send"),
	     .receive = E2E_ARGV(PYTHON, SHIMS "shim.py", "receive")},
	    {.name = "JavaScript",
	     .send = E2E_ARGV("node", SHIMS "shim.js", "send"),
	     .receive = E2E_ARGV("node", SHIMS "shim.js", "receive")},
	};
	e2e_interop_batched(shims + first, last - first + 1, messages, n, node);
}

static void each_with_each(const e2e_message *messages, size_t n)
{
	from_each_to_each(0, N_LIBRARIES - 1, messages, n);
}

static void each_type(void)
{
	each_with_each(types, sizeof types / sizeof *types);
}

/* A value of so many MB. The shims get it in a file, as no command line would take it. */
static e2e_message large(const char *name, const char *type, size_t mb)
{
	size_t n = mb << 20, head;
	char *json = (char *)malloc(n + 64);
	if (!json)
		e2e_bail_out("no memory for %s", name);
	head = (size_t)sprintf(json, "[{\"%s\": \"", type);
	for (size_t i = 0; i < n; i++) /* digits, for a binary */
		json[head + i] = "0123456789abcdef"[i % 16];
	strcpy(json + head + n, "\"}]");
	return (e2e_message){.name = name, .key = "values", .json = json, .timeout = 120};
}

static void large_values(void)
{
	const e2e_message messages[] = {large("1 MB string", "string", 1), large("1 MB binary", "binary", 2),
					large("10 MB string", "string", 10)};
	each_with_each(messages, 3);
	for (size_t i = 0; i < 3; i++)
		free((char *)messages[i].json);
}

#endif
