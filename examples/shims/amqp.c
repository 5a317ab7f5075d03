/* An AMQP 1.0 shim on qpid-proton's C library, for ../shims.c.
 *
 *	amqp send HOST:PORT QUEUE TYPE '[value, ...]'
 *	amqp receive HOST:PORT QUEUE TYPE COUNT        prints ready, TYPE and the JSON of what arrived
 * TYPE is int (AMQP's long), boolean, null or string (without escapes). */
#include <proton/condition.h>
#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/link.h>
#include <proton/message.h>
#include <proton/proactor.h>
#include <proton/session.h>
#include <proton/transport.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *queue, *type;
static const char *values; /* what is left to send */
static int sent, settled, wanted, arrived;
static bool sending;
static char frame[65536]; /* a message in AMQP's encoding */
static size_t frame_size;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

/* Puts the next value of the JSON array into the body; false at the end. */
static bool next_value(pn_data_t *body)
{
	values += strspn(values, "[, \n");
	if (*values == ']' || !*values)
		return false;
	if (strcmp(type, "int") == 0) {
		char *end;
		pn_data_put_long(body, strtoll(values, &end, 10));
		if (end == values)
			die("not an integer", values);
		values = end;
	} else if (strcmp(type, "boolean") == 0) {
		pn_data_put_bool(body, *values == 't');
		values += strcspn(values, ",]");
	} else if (strcmp(type, "null") == 0) {
		pn_data_put_null(body);
		values += strcspn(values, ",]");
	} else if (strcmp(type, "string") == 0 && *values == '"') {
		size_t n = strcspn(++values, "\"");
		pn_data_put_string(body, pn_bytes(n, values));
		values += n + 1;
	} else {
		die("can't send this type", type);
	}
	return true;
}

static void send_all(pn_link_t *link)
{
	while (pn_link_credit(link) > 0) {
		pn_message_t *m = pn_message();
		size_t size = sizeof frame;
		uint64_t tag = (uint64_t)sent;
		pn_message_set_inferred(m, true);
		if (!next_value(pn_message_body(m))) {
			pn_message_free(m);
			return;
		}
		if (pn_message_encode(m, frame, &size) != 0)
			die("encode", type);
		pn_delivery(link, pn_dtag((const char *)&tag, sizeof tag));
		pn_link_send(link, frame, (ssize_t)size);
		pn_link_advance(link);
		pn_message_free(m);
		sent++;
	}
}

static void print_value(pn_data_t *body)
{
	printf("%s", arrived ? ", " : "[");
	if (!pn_data_next(body)) { /* the library's way to say null */
		printf("null");
		return;
	}
	switch (pn_data_type(body)) {
	case PN_LONG:
		printf("%" PRId64, pn_data_get_long(body));
		break;
	case PN_INT:
		printf("%" PRId32, pn_data_get_int(body));
		break;
	case PN_BOOL:
		printf("%s", pn_data_get_bool(body) ? "true" : "false");
		break;
	case PN_NULL:
		printf("null");
		break;
	case PN_STRING: {
		pn_bytes_t s = pn_data_get_string(body);
		printf("\"%.*s\"", (int)s.size, s.start);
		break;
	}
	default:
		printf("\"a value of type %s\"", pn_type_name(pn_data_type(body)));
	}
}

static void receive(pn_delivery_t *d, pn_link_t *link)
{
	ssize_t n;
	while ((n = pn_link_recv(link, frame + frame_size, sizeof frame - frame_size)) > 0)
		frame_size += (size_t)n;
	if (pn_delivery_partial(d))
		return;
	pn_message_t *m = pn_message();
	if (pn_message_decode(m, frame, frame_size) != 0)
		die("decode", "not a message");
	if (arrived == 0)
		printf("%s\n", type);
	print_value(pn_message_body(m));
	pn_message_free(m);
	frame_size = 0;
	pn_delivery_update(d, PN_ACCEPTED);
	pn_delivery_settle(d);
	if (++arrived == wanted) {
		printf("]\n");
		pn_connection_close(pn_session_connection(pn_link_session(link)));
	}
}

static void check(pn_condition_t *c, const char *where)
{
	if (pn_condition_is_set(c))
		die(where, pn_condition_get_description(c));
}

/* Returns false at the end. */
static bool handle(pn_event_t *e)
{
	pn_link_t *link = pn_event_link(e);
	switch (pn_event_type(e)) {
	case PN_CONNECTION_INIT: {
		pn_connection_t *c = pn_event_connection(e);
		pn_session_t *s = pn_session(c);
		pn_connection_set_container(c, sending ? "e2e-send" : "e2e-receive");
		pn_connection_open(c);
		pn_session_open(s);
		link = sending ? pn_sender(s, queue) : pn_receiver(s, queue);
		pn_terminus_set_address(sending ? pn_link_target(link) : pn_link_source(link), queue);
		pn_link_open(link);
		if (!sending)
			pn_link_flow(link, wanted);
		break;
	}
	case PN_LINK_REMOTE_OPEN:
		if (!sending) {
			printf("ready\n");
			fflush(stdout);
		}
		break;
	case PN_LINK_FLOW:
		if (sending)
			send_all(link);
		break;
	case PN_DELIVERY: {
		pn_delivery_t *d = pn_event_delivery(e);
		if (!sending && pn_delivery_readable(d)) {
			receive(d, link);
		} else if (sending && pn_delivery_updated(d)) {
			if (pn_delivery_remote_state(d) != PN_ACCEPTED)
				die("send", "a message was not accepted");
			pn_delivery_settle(d);
			values += strspn(values, ", \n");
			if (++settled == sent && (*values == ']' || !*values))
				pn_connection_close(pn_event_connection(e));
		}
		break;
	}
	case PN_TRANSPORT_CLOSED:
		check(pn_transport_condition(pn_event_transport(e)), "transport");
		break;
	case PN_CONNECTION_REMOTE_CLOSE:
		check(pn_connection_remote_condition(pn_event_connection(e)), "connection");
		break;
	case PN_LINK_REMOTE_CLOSE:
		check(pn_link_remote_condition(link), "link");
		break;
	case PN_PROACTOR_INACTIVE:
		return false;
	default:
		break;
	}
	return true;
}

int main(int argc, char **argv)
{
	pn_proactor_t *proactor = pn_proactor();
	bool more = true;
	if (argc != 6)
		die("usage", "send|receive HOST:PORT QUEUE TYPE JSON|COUNT");
	sending = strcmp(argv[1], "send") == 0;
	queue = argv[3];
	type = argv[4];
	values = argv[5];
	wanted = atoi(argv[5]);
	pn_proactor_connect2(proactor, NULL, NULL, argv[2]);
	while (more) {
		pn_event_batch_t *batch = pn_proactor_wait(proactor);
		pn_event_t *e;
		while (more && (e = pn_event_batch_next(batch)) != NULL)
			more = handle(e);
		pn_proactor_done(proactor, batch);
	}
	pn_proactor_free(proactor);
	return sending || arrived == wanted ? 0 : 1;
}
