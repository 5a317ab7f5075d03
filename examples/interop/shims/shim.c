/* An AMQP 1.0 shim on qpid-proton's C library.
 *
 *	shim send NODE QUEUE KEY JSON|@FILE
 *	shim receive NODE QUEUE KEY COUNT       prints ready, KEY and the JSON of what arrived
 *	shim who NODE                           prints the product that the broker's connection properties name
 *
 * NODE is host:port. The JSON is an array of values {"TYPE": value}; ../README.md tells how each type is written. Each goes
 * into a message of its own, as its body. What arrives is printed by the type that it has then, whatever the type that was
 * sent. To this library the bodies "data" and "sequence" are a binary and a list whose message is "inferred". */
#include <proton/codec.h>
#include <proton/condition.h>
#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/link.h>
#include <proton/message.h>
#include <proton/proactor.h>
#include <proton/session.h>
#include <proton/transport.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	pn_type_t type;
} types[] = {
    {"null", PN_NULL},		  {"boolean", PN_BOOL},	      {"ubyte", PN_UBYTE},   {"ushort", PN_USHORT},
    {"uint", PN_UINT},		  {"ulong", PN_ULONG},	      {"byte", PN_BYTE},     {"short", PN_SHORT},
    {"int", PN_INT},		  {"long", PN_LONG},	      {"float", PN_FLOAT},   {"double", PN_DOUBLE},
    {"decimal32", PN_DECIMAL32},  {"decimal64", PN_DECIMAL64}, {"decimal128", PN_DECIMAL128},
    {"char", PN_CHAR},		  {"timestamp", PN_TIMESTAMP}, {"uuid", PN_UUID},     {"binary", PN_BINARY},
    {"string", PN_STRING},	  {"symbol", PN_SYMBOL},      {"list", PN_LIST},     {"map", PN_MAP},
    {"array", PN_ARRAY},	  {"described", PN_DESCRIBED},
};

enum role { SEND, RECEIVE, WHO };

static enum role role;
static const char *queue, *key;
static const char *json; /* what is left to be read */
static int sent, settled, wanted, arrived;
static bool last_is_sent;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %.200s\n", what, why);
	exit(1);
}

static void *memory(size_t n)
{
	void *p = malloc(n ? n : 1);
	if (!p)
		die("memory", "there is none left");
	return p;
}

static pn_type_t type_named(const char *name)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	die("not a type", name);
	return PN_INVALID;
}

static const char *name_of(pn_type_t type)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == type)
			return types[i].name;
	return pn_type_name(type);
}

/* ---- JSON into AMQP values ---- */

static bool next_is(char c)
{
	json += strspn(json, " \t\r\n");
	return *json == c;
}

static bool take(char c)
{
	bool is = next_is(c);
	json += is;
	return is;
}

static void expect(char c)
{
	const char wish[] = {'e', 'x', 'p', 'e', 'c', 't', 'e', 'd', ' ', c, 0};
	if (!take(c))
		die(wish, json);
}

static unsigned long four_digits(void)
{
	char digits[5] = "";
	strncpy(digits, json, 4);
	json += strlen(digits);
	return strtoul(digits, NULL, 16);
}

static size_t put_utf8(char *to, unsigned long c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 63));
		to[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 63));
	to[2] = (char)(0x80 | (c >> 6 & 63));
	to[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* One escape of a string, behind its backslash. */
static size_t put_escape(char *to)
{
	static const char letters[] = "bfnrt", means[] = "\b\f\n\r\t";
	const char *letter = strchr(letters, *json);
	if (*json && letter) {
		*to = means[letter - letters];
		json++;
		return 1;
	}
	if (*json != 'u') {
		*to = *json++;
		return 1;
	}
	json++;
	unsigned long c = four_digits();
	if (c >= 0xd800 && c < 0xdc00 && strncmp(json, "\\u", 2) == 0) { /* half of a pair */
		json += 2;
		c = 0x10000 + ((c - 0xd800) << 10) + (four_digits() - 0xdc00);
	}
	return put_utf8(to, c);
}

/* A string, decoded, and its bytes; to be freed. */
static char *text(size_t *size)
{
	expect('"');
	size_t n = 0;
	/* no escape is shorter than what it stands for */
	const char *end = json;
	while (*end && *end != '"')
		end += *end == '\\' && end[1] ? 2 : 1;
	char *t = memory((size_t)(end - json) + 1);
	while (json < end)
		if (*json != '\\') {
			t[n++] = *json++;
		} else {
			json++;
			n += put_escape(t + n);
		}
	t[n] = 0;
	expect('"');
	if (size)
		*size = n;
	return t;
}

/* A number or a word, as it is written; or a string of one. */
static const char *word(char *buffer, size_t size)
{
	json += strspn(json, " \t\r\n");
	if (*json == '"') {
		char *t = text(NULL);
		snprintf(buffer, size, "%s", t);
		free(t);
		return buffer;
	}
	size_t n = strcspn(json, ",]} \t\r\n");
	snprintf(buffer, size, "%.*s", (int)n, json);
	json += n;
	return buffer;
}

static int64_t signed_number(void)
{
	char w[64];
	return strtoll(word(w, sizeof w), NULL, 10);
}

/* Decimal, or the bits of something as 0x... */
static uint64_t unsigned_number(void)
{
	char w[64];
	return strtoull(word(w, sizeof w), NULL, 0);
}

/* Hexadecimal digits, a dash among them not counted; at most size bytes. */
static size_t unhex(const char *digits, unsigned char *to, size_t size)
{
	size_t n = 0;
	while (*digits && n < size) {
		if (*digits == '-') {
			digits++;
			continue;
		}
		char two[3] = {digits[0], digits[1], 0};
		to[n++] = (unsigned char)strtoul(two, NULL, 16);
		digits += strlen(two);
	}
	return n;
}

static uint32_t code_point(const char *t)
{
	unsigned char c = (unsigned char)*t;
	int more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	uint32_t code = more ? c & (0x3fu >> more) : c;
	while (more--)
		code = code << 6 | ((unsigned char)*++t & 63);
	return code;
}

static void put_scalar(pn_data_t *d, pn_type_t type)
{
	pn_atom_t a;
	uint32_t bits32;
	uint64_t bits64;
	char w[64];
	char *t;
	memset(&a, 0, sizeof a);
	a.type = type;
	switch (type) {
	case PN_NULL: word(w, sizeof w); break;
	case PN_BOOL: a.u.as_bool = *word(w, sizeof w) == 't'; break;
	case PN_UBYTE: a.u.as_ubyte = (uint8_t)unsigned_number(); break;
	case PN_USHORT: a.u.as_ushort = (uint16_t)unsigned_number(); break;
	case PN_UINT: a.u.as_uint = (uint32_t)unsigned_number(); break;
	case PN_ULONG: a.u.as_ulong = unsigned_number(); break;
	case PN_BYTE: a.u.as_byte = (int8_t)signed_number(); break;
	case PN_SHORT: a.u.as_short = (int16_t)signed_number(); break;
	case PN_INT: a.u.as_int = (int32_t)signed_number(); break;
	case PN_LONG: a.u.as_long = signed_number(); break;
	case PN_TIMESTAMP: a.u.as_timestamp = signed_number(); break;
	case PN_DECIMAL32: a.u.as_decimal32 = (uint32_t)unsigned_number(); break;
	case PN_DECIMAL64: a.u.as_decimal64 = unsigned_number(); break;
	case PN_FLOAT:
		bits32 = (uint32_t)unsigned_number();
		memcpy(&a.u.as_float, &bits32, sizeof bits32);
		break;
	case PN_DOUBLE:
		bits64 = unsigned_number();
		memcpy(&a.u.as_double, &bits64, sizeof bits64);
		break;
	case PN_CHAR:
		t = text(NULL);
		a.u.as_char = code_point(t);
		free(t);
		break;
	case PN_DECIMAL128:
		unhex(word(w, sizeof w) + 2, (unsigned char *)a.u.as_decimal128.bytes, 16);
		break;
	case PN_UUID: unhex(word(w, sizeof w), (unsigned char *)a.u.as_uuid.bytes, 16); break;
	case PN_STRING:
	case PN_SYMBOL:
	case PN_BINARY: {
		size_t n;
		t = text(&n);
		if (type == PN_BINARY)
			n = unhex(t, (unsigned char *)t, n);
		a.u.as_bytes = pn_bytes(n, t);
		pn_data_put_atom(d, a); /* copies the bytes */
		free(t);
		return;
	}
	default: die("can't send this type", name_of(type));
	}
	pn_data_put_atom(d, a);
}

static void put_value(pn_data_t *d);

static bool has_parts(pn_type_t type)
{
	return type == PN_LIST || type == PN_MAP || type == PN_ARRAY || type == PN_DESCRIBED;
}

/* What an array begins with: "TYPE", and of described elements their descriptor, {"TYPE": value}. Returns the type. */
static pn_type_t begin_array(pn_data_t *d)
{
	char *name = text(NULL);
	pn_type_t element = type_named(name);
	free(name);
	take(',');
	bool described = next_is('{');
	pn_data_put_array(d, described, element);
	pn_data_enter(d);
	if (described) {
		put_value(d);
		take(',');
	}
	return element;
}

/* The value of this type that comes next in the JSON. */
static void put(pn_data_t *d, pn_type_t type)
{
	if (!has_parts(type)) {
		put_scalar(d, type);
		return;
	}
	pn_type_t element = PN_NULL;
	expect('[');
	if (type == PN_LIST)
		pn_data_put_list(d);
	if (type == PN_MAP)
		pn_data_put_map(d);
	if (type == PN_DESCRIBED) /* [descriptor, value] */
		pn_data_put_described(d);
	if (type == PN_ARRAY)
		element = begin_array(d);
	else
		pn_data_enter(d);
	while (!take(']')) {
		if (type == PN_ARRAY) {
			put(d, element);
		} else if (type != PN_MAP) {
			put_value(d);
		} else { /* [key, value] */
			expect('[');
			put_value(d);
			expect(',');
			put_value(d);
			expect(']');
		}
		take(',');
	}
	pn_data_exit(d);
}

static void put_value(pn_data_t *d)
{
	expect('{');
	char *name = text(NULL);
	expect(':');
	put(d, type_named(name));
	free(name);
	expect('}');
}

/* ---- AMQP values as JSON ---- */

static void print_text(pn_bytes_t b)
{
	putchar('"');
	for (size_t i = 0; i < b.size; i++) {
		unsigned char c = (unsigned char)b.start[i];
		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_hex(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x", (unsigned char)bytes[i]);
}

static void print_scalar(pn_data_t *d)
{
	pn_atom_t a = pn_data_get_atom(d);
	uint32_t bits32;
	uint64_t bits64;
	char utf8[4];
	switch (a.type) {
	case PN_NULL: printf("null"); break;
	case PN_BOOL: printf("%s", a.u.as_bool ? "true" : "false"); break;
	case PN_UBYTE: printf("%u", a.u.as_ubyte); break;
	case PN_USHORT: printf("%u", a.u.as_ushort); break;
	case PN_UINT: printf("%" PRIu32, a.u.as_uint); break;
	case PN_ULONG: printf("\"%" PRIu64 "\"", a.u.as_ulong); break;
	case PN_BYTE: printf("%d", a.u.as_byte); break;
	case PN_SHORT: printf("%d", a.u.as_short); break;
	case PN_INT: printf("%" PRId32, a.u.as_int); break;
	case PN_LONG: printf("\"%" PRId64 "\"", a.u.as_long); break;
	case PN_TIMESTAMP: printf("%" PRId64, a.u.as_timestamp); break;
	case PN_DECIMAL32: printf("\"0x%08" PRIx32 "\"", a.u.as_decimal32); break;
	case PN_DECIMAL64: printf("\"0x%016" PRIx64 "\"", a.u.as_decimal64); break;
	case PN_FLOAT:
		memcpy(&bits32, &a.u.as_float, sizeof bits32);
		printf("\"0x%08" PRIx32 "\"", bits32);
		break;
	case PN_DOUBLE:
		memcpy(&bits64, &a.u.as_double, sizeof bits64);
		printf("\"0x%016" PRIx64 "\"", bits64);
		break;
	case PN_CHAR: print_text(pn_bytes(put_utf8(utf8, a.u.as_char), utf8)); break;
	case PN_DECIMAL128:
		printf("\"0x");
		print_hex(a.u.as_decimal128.bytes, 16);
		printf("\"");
		break;
	case PN_UUID:
		printf("\"");
		for (int i = 0; i < 16; i++) {
			print_hex(a.u.as_uuid.bytes + i, 1);
			if (i == 3 || i == 5 || i == 7 || i == 9)
				putchar('-');
		}
		printf("\"");
		break;
	case PN_BINARY:
		printf("\"");
		print_hex(a.u.as_bytes.start, a.u.as_bytes.size);
		printf("\"");
		break;
	case PN_STRING:
	case PN_SYMBOL: print_text(a.u.as_bytes); break;
	default: printf("\"a value of another type\"");
	}
}

static void print_value(pn_data_t *d);

static void print(pn_data_t *d)
{
	pn_type_t type = pn_data_type(d);
	if (!has_parts(type)) {
		print_scalar(d);
		return;
	}
	bool first = true, described = type == PN_ARRAY && pn_data_is_array_described(d);
	putchar('[');
	if (type == PN_ARRAY) {
		printf("\"%s\"", name_of(pn_data_get_array_type(d)));
		first = false;
	}
	pn_data_enter(d);
	if (described && pn_data_next(d)) {
		printf(", ");
		print_value(d);
	}
	while (pn_data_next(d)) {
		if (!first)
			printf(", ");
		first = false;
		if (type == PN_ARRAY) {
			print(d);
		} else if (type != PN_MAP) {
			print_value(d);
		} else {
			putchar('[');
			print_value(d);
			printf(", ");
			if (pn_data_next(d))
				print_value(d);
			putchar(']');
		}
	}
	pn_data_exit(d);
	putchar(']');
}

static void print_value(pn_data_t *d)
{
	printf("{\"%s\": ", name_of(pn_data_type(d)));
	print(d);
	putchar('}');
}

/* ---- the connection ---- */

/* The next element of the JSON, as the body of a message. */
static void put_body(pn_message_t *m)
{
	expect('{');
	char *name = text(NULL);
	bool data = strcmp(name, "data") == 0, sequence = strcmp(name, "sequence") == 0;
	expect(':');
	pn_message_set_inferred(m, data || sequence);
	put(pn_message_body(m), data ? PN_BINARY : sequence ? PN_LIST : type_named(name));
	free(name);
	expect('}');
}

static void send_all(pn_link_t *link)
{
	static pn_rwbytes_t buffer;
	while (pn_link_credit(link) > 0 && !last_is_sent) {
		pn_message_t *m = pn_message();
		uint64_t tag = (uint64_t)sent;
		put_body(m);
		pn_delivery(link, pn_dtag((const char *)&tag, sizeof tag));
		if (pn_message_send(m, link, &buffer) < 0)
			die("send", pn_error_text(pn_message_error(m)));
		pn_message_free(m);
		sent++;
		take(',');
		last_is_sent = take(']');
	}
}

static void print_body(pn_message_t *m)
{
	pn_data_t *body = pn_message_body(m);
	if (!pn_data_next(body)) { /* the library's way to say null */
		printf("{\"null\": null}");
	} else if (pn_message_is_inferred(m)) {
		printf("{\"%s\": ", pn_data_type(body) == PN_LIST ? "sequence" : "data");
		print(body);
		putchar('}');
	} else {
		print_value(body);
	}
}

static void print_message(const char *bytes, size_t size)
{
	pn_message_t *m = pn_message();
	if (pn_message_decode(m, bytes, size) != 0)
		die("decode", pn_error_text(pn_message_error(m)));
	if (arrived == 0)
		printf("%s\n", key);
	printf("%s", arrived ? ",\n" : "[");
	print_body(m);
	pn_message_free(m);
}

static void receive(pn_delivery_t *d, pn_link_t *link)
{
	static char *message;
	static size_t size, room;
	ssize_t n;
	do {
		if (room - size < 65536 && (message = realloc(message, room = 2 * room + 65536)) == NULL)
			die("memory", "there is none left");
		n = pn_link_recv(link, message + size, room - size);
		size += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	if (pn_delivery_partial(d))
		return;
	print_message(message, size);
	size = 0;
	pn_delivery_update(d, PN_ACCEPTED);
	pn_delivery_settle(d);
	if (++arrived == wanted) {
		printf("]\n");
		pn_connection_close(pn_session_connection(pn_link_session(link)));
	}
}

static void print_product(pn_data_t *properties)
{
	bool is_key = true, found = false;
	if (!properties)
		return;
	pn_data_rewind(properties);
	if (!pn_data_next(properties) || pn_data_type(properties) != PN_MAP)
		return;
	pn_data_enter(properties);
	for (; pn_data_next(properties); is_key = !is_key) {
		pn_bytes_t b = pn_data_get_bytes(properties);
		if (found) {
			printf("%.*s\n", (int)b.size, b.start);
			return;
		}
		found = is_key && b.size == 7 && strncmp(b.start, "product", 7) == 0;
	}
}

static void begin(pn_connection_t *c)
{
	static const char *const names[] = {"e2e-send", "e2e-receive", "e2e-who"};
	pn_connection_set_container(c, names[role]);
	pn_connection_open(c);
	if (role == WHO)
		return;
	pn_session_t *s = pn_session(c);
	pn_session_open(s);
	pn_link_t *link = role == SEND ? pn_sender(s, queue) : pn_receiver(s, queue);
	pn_terminus_set_address(role == SEND ? pn_link_target(link) : pn_link_source(link), queue);
	pn_link_open(link);
	if (role == RECEIVE)
		pn_link_flow(link, wanted);
}

static void delivery(pn_delivery_t *d)
{
	if (role == RECEIVE) {
		if (pn_delivery_readable(d))
			receive(d, pn_delivery_link(d));
		return;
	}
	if (!pn_delivery_updated(d))
		return;
	if (pn_delivery_remote_state(d) != PN_ACCEPTED)
		die("send", "a message was not accepted");
	pn_delivery_settle(d);
	if (++settled == sent && last_is_sent)
		pn_connection_close(pn_session_connection(pn_link_session(pn_delivery_link(d))));
}

static void check(pn_condition_t *c, const char *where)
{
	if (pn_condition_is_set(c))
		die(where, pn_condition_get_description(c));
}

/* Returns false at the end. */
static bool handle(pn_event_t *e)
{
	switch (pn_event_type(e)) {
	case PN_CONNECTION_INIT: begin(pn_event_connection(e)); break;
	case PN_CONNECTION_REMOTE_OPEN:
		if (role == WHO) {
			print_product(pn_connection_remote_properties(pn_event_connection(e)));
			pn_connection_close(pn_event_connection(e));
		}
		break;
	case PN_LINK_REMOTE_OPEN:
		if (role == RECEIVE) {
			printf("ready\n");
			fflush(stdout);
		}
		break;
	case PN_LINK_FLOW:
		if (role == SEND)
			send_all(pn_event_link(e));
		break;
	case PN_DELIVERY: delivery(pn_event_delivery(e)); break;
	case PN_TRANSPORT_CLOSED: check(pn_transport_condition(pn_event_transport(e)), "transport"); break;
	case PN_CONNECTION_REMOTE_CLOSE:
		check(pn_connection_remote_condition(pn_event_connection(e)), "connection");
		break;
	case PN_LINK_REMOTE_CLOSE: check(pn_link_remote_condition(pn_event_link(e)), "link"); break;
	case PN_PROACTOR_INACTIVE: return false;
	default: break;
	}
	return true;
}

/* A JSON too long for a command line comes in a file. */
static const char *whole(const char *argument)
{
	if (*argument != '@')
		return argument;
	FILE *f = fopen(argument + 1, "r");
	if (!f)
		die("can't open", argument + 1);
	size_t n = 0, room = 1 << 16, got;
	char *all = memory(room);
	while ((got = fread(all + n, 1, room - n - 1, f)) > 0)
		if ((n += got) > room / 2 && (all = realloc(all, room *= 2)) == NULL)
			die("memory", "there is none left");
	fclose(f);
	all[n] = 0;
	return all;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "who") == 0) {
		role = WHO;
	} else if (argc == 6 && (strcmp(argv[1], "send") == 0 || strcmp(argv[1], "receive") == 0)) {
		role = *argv[1] == 's' ? SEND : RECEIVE;
		queue = argv[3];
		key = argv[4];
		wanted = atoi(argv[5]);
	} else {
		die("usage", "send NODE QUEUE KEY JSON|@FILE, receive NODE QUEUE KEY COUNT, or who NODE");
	}
	if (role == SEND) {
		json = whole(argv[5]);
		expect('[');
	}

	pn_proactor_t *proactor = pn_proactor();
	bool more = true;
	pn_proactor_connect2(proactor, NULL, NULL, argv[2]);
	while (more) {
		pn_event_batch_t *batch = pn_proactor_wait(proactor);
		pn_event_t *e;
		while (more && (e = pn_event_batch_next(batch)) != NULL)
			more = handle(e);
		pn_proactor_done(proactor, batch);
	}
	pn_proactor_free(proactor);
	return role == RECEIVE && arrived != wanted;
}
