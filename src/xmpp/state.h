#pragma once
#include "base.h"

/* @implementation */

/* How far a connection has come; also the words of "went silent ...". */
enum e2e__xmpp_phase {
	E2E__PHASE_IDLE,
	E2E__PHASE_TCP,
	E2E__PHASE_STREAM,
	E2E__PHASE_STARTTLS,
	E2E__PHASE_TLS,
	E2E__PHASE_FEATURES,
	E2E__PHASE_AUTH,
	E2E__PHASE_BIND,
	E2E__PHASE_UP,
	E2E__PHASE_DOWN
};

struct e2e__xmpp_question {
	struct e2e__xmpp_question *next;
	const char *id, *to;
};

struct e2e__xmpp_request {
	struct e2e__xmpp_request *next;
	e2e_stanza *stanza;
	const char *id;
	double due;
	bool answered, looked_at;
};

struct e2e__xmpp_word {
	struct e2e__xmpp_word *next;
	const char *text;
};

/* One of a list of accounts. A file says that it is in use, or that its last user died; it is empty
 * for a clean account. */
struct e2e__xmpp_static {
	const char *user, *password;
	const char *domain; /* NULL: the first one of the config */
	bool in_use;
	int mark_fd;
	char *dirty; /* its last user died: lines of the private XML that it stored; NULL: clean */
};

/* What a client answers to each request in which there is this path: a result, or (condition) an
 * error. */
struct e2e__xmpp_standing {
	struct e2e__xmpp_standing *next;
	const char *file;
	int line;
	const char *path, *type, *condition;
	e2e_stanza *child;
};

/* An answer that the test has sent by e2e_answer, e2e_refuse or what it said for each request. */
struct e2e__xmpp_reply {
	struct e2e__xmpp_reply *next;
	const e2e_stanza *to; /* kept, so that its address stays its own */
	const char *file, *what;
	int line;
};

/* What e2e_send_raw has sent, read byte by byte (see the room "open"). */
struct e2e__xmpp_open {
	int depth; /* of elements */
	char state, before;
	char name[64], first[64]; /* of the tag that is read; of the outermost open element */
	size_t n;
	const char *file; /* where that began */
	int line;
	bool unsure;
};

/* What a client keeps for itself. Its texts live until the end of the case. */
struct e2e__xmpp_own {
	e2e_client *self;
	struct e2e__xmpp_own *next;
	e2e_client_opts opts;
	/* the address that it logs in with; without a user for SASL ANONYMOUS */
	const char *login;
	enum e2e__xmpp_phase phase, reached; /* reached: the phase in which it went down */
	int fd;                              /* libstrophe's socket; -1 without one */
	double deadline;                     /* of connecting */
	bool failed, secured, resumed, wanted_down, dirty;
	e2e_failure failure;
	const char *reason; /* its message, without who and where */
	/* what was seen on the way, for the reason of a failure */
	char error[256], tls_error[256], cert_error[256], cert_subject[256], sasl_failure[256],
		stream_error[256];
	char stream_condition[64], mechanisms[256], caps[128];
	bool broken_xml, starttls_offered, ca_set;
	int broken_rounds;
	char tried[280]; /* host:port that libstrophe connects to */
	bool no_srv;
	struct e2e__xmpp_open open;
	/* what it had to send when libstrophe's loop began, for clients without TLS */
	int queued;
	/* what it trusts; NULL: nothing, so that libstrophe asks us about the pin */
	X509_STORE *store;
	int direct_port; /* of a private server: TLS from the first byte there */
	bool direct, awaited, private_server;
	/* stream management: the server offers it, has given a session that can be resumed; why it
	 * didn't resume one */
	bool sm_offered, sm_given;
	char sm_failure[64];
	bool closed;        /* the test has closed its stream */
	bool loss_told;     /* the test knows that its connection is gone, or asked for that */
	bool reply_missing; /* the last question got no answer in time */
	bool not_cleared;   /* the server refused to take off what it has on the account */
	/* logs in, or is the toolkit's own: what it says is shown only if it is the last */
	bool quiet;
	/* SCRAM: its hash, and what both sides have said (RFC 5802, AuthMessage) */
	const char *scram, *scram_talk, *scram_challenge;
	/* a raw client: libstrophe's connection stands; the features of its stream; it has
	 * authenticated */
	bool raw_open, raw_login;
	e2e_stanza *features;
	/* pins */
	const struct e2e__json *pins; /* of this host; NULL: none */
	bool pin_ok, leaf_seen;
	char *pin_to_paste;
	/* what came */
	e2e_stanza **inbox;
	size_t ninbox, inbox_size;
	const char *waited_id,
		/* e2e__talk_iq waits for the reply to this, by this address (NULL: its own
		 * server) */
		*waited_to;
	const char *stranger; /* somebody else who used that id for an answer */
	e2e_stanza *reply;
	struct e2e__xmpp_question *late;     /* the toolkit's own that got no answer in time */
	struct e2e__xmpp_request *requests;  /* iq requests that nobody has answered yet */
	const char *refused_id;              /* of the last one that was refused by itself */
	struct e2e__xmpp_standing *standing; /* what it answers to each request of a kind */
	struct e2e__xmpp_reply *replies;     /* what the test has answered, the last one first */
	struct e2e__xmpp_word *private_xml;  /* "name namespace" of what was stored with XEP-0049 */
	struct e2e__xmpp_static *account;    /* which of a list; NULL: none */
	const char *place;                   /* which of hosts=; NULL: the first host */
	bool registers;                      /* its account is to be made, and not to be used */
	/* makes its account before it connects; false: it failed. NULL: it has one */
	bool (*before)(struct e2e__xmpp_own *o);
};

/* What discovery found out; kept in a file for the run. */
struct e2e__xmpp_fact {
	struct e2e__xmpp_fact *next;
	char kind; /* f feature, i identity, a identity of the account */
	const char *what, *type, *jid;
};

/* A place in a test, and how many points it has made by then. */
struct e2e__xmpp_place {
	const char *file;
	int line, depth, points;
};

struct e2e__xmpp_state {
	bool on;
	pid_t pid; /* whose connections these are */
	xmpp_ctx_t *ctx;
	xmpp_log_t log;
	int tls_index;
	bool tls_hooked;
	struct e2e__xmpp_own *clients, **tail;
	size_t nclients, made;
	/* the one that is connecting and not under TLS yet; there's one at most */
	struct e2e__xmpp_own *plain;
	struct e2e__xmpp_own *rx, *tx; /* whose record OpenSSL has read, written last */
	char *pending;                 /* a received stanza whose owner isn't known yet */
	struct e2e__xmpp_own *pending_owner;
	bool inside; /* in xmpp_run_once */
	pid_t warm;  /* who reads OpenSSL's tables while it waits, once; 0: nobody */
	bool pumping;
	int depth; /* of e2e__op_enter */
	double step, last_idle;
	double suite_step;  /* what E2E_SUITE_SETUP says of step */
	double config_step; /* what the config says of it */
	double patience;    /* with each answer while accounts are cleared; 0: they aren't */
	double epoch;
	const char *log_path; /* the transcripts of all clients of the case */
	int log_fd;
	/* of it what the test says and hears; and logins and the like that are under way */
	int talk_fd, login_fd;
	/* stanzas to be released at the end of the case */
	e2e_stanza **stanzas;
	size_t nstanzas, stanzas_size;
	/* where the last connect found the server */
	char probed_host[256], probed_ip[64];
	int probed_port;
	X509_STORE *store;
	char *store_file;
	/* the last TLS session with a private server that this store vouched for, and where */
	SSL_SESSION *session;
	char *session_place;
	/* provisioner */
	e2e_provisioner *added, *chosen;
	e2e_provisioner *offered;        /* of this header, by rooms above "provision" */
	struct e2e__xmpp_made *accounts; /* that the case has made */
	e2e_client *admin;               /* who makes them; NULL: nobody yet */
	bool configured, initialised, set_up, choosing;
	const char *section;
	/* which of hosts= it is about just now; NULL: the first host */
	const char *place;
	const char *file; /* where the test asked for what is under way */
	int line;
	/* why the toolkit asks by itself: "discovery", ...; NULL: the test does */
	const char *task;
	bool doing;  /* e2e__hook_doing has something to take back */
	bool in_gap; /* still true at the end of a case: a limit ended a wait for a server */
	const char *none_reason;
	/* modules that the test wants of a private server; the first ones its suite */
	char *wishes[32];
	size_t nwishes, suite_wishes;
	/* discovery */
	bool discovered, discovering;
	struct e2e__xmpp_fact *facts;
	struct e2e__xmpp_fact *forgotten; /* no longer true, but a case may hold their strings */
	const char *peer_name, *peer_version, *asked, *facts_caps;
	const char *deaf, *refusing; /* who gave discovery no answer, or an error; NULL: nobody */
	/* what was looked for last and isn't there, and where this was; NULL: nothing */
	const char *missed;
	struct e2e__xmpp_place missed_at;
	const char *silent_to; /* who gave the toolkit's last question no answer */
	/* a feature that a guard asked for, and that only the account has */
	const char *of_account;
	int record_fd; /* of --record; 0: not looked at yet, -1: none */
	int record_error;
	struct e2e__hooks hooks;
	struct e2e__option server_option, record_option;
	const char *default_servers; /* of E2E_SERVERS; NULL: nothing was said */
	e2e_provider provider;
};
extern struct e2e__xmpp_state e2e__xmpp;
__attribute__((weak)) struct e2e__xmpp_state e2e__xmpp;

E2E__FN bool e2e__state_has_word(const char *const *words, const char *word)
{
	for (; words && *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

E2E__FN const char *e2e__state_joined(const char *const *words)
{
	const char *text = *words;

	while (*++words)
		text = e2e_printf("%s, %s", text, *words);
	return text;
}
