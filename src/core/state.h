#pragma once
#include "base.h"

/* @implementation */

enum { E2E__DEPTH = 17, E2E__LIMITS = 32, E2E__GROUPS = 512, E2E__EVIDENCES = 64 };
#define E2E__RING (1u << 18)

enum e2e__phase { E2E__SETUP, E2E__BODY, E2E__TEARDOWN, E2E__CLEANUP, E2E__DONE };

/* Where a jump leads: the end of a case, a fixture or a pair of a matrix. */
struct e2e__landing {
	sigjmp_buf jump;
	struct e2e__landing *outer;
	struct e2e__subtest *subtest;
	int depth;
	const char *todo;
};

/* An armed limit. Owned by one thread of one process. */
struct e2e__limit {
	volatile int armed, hard; /* hard: only the parent enforces it */
	pid_t pid, tid;
	void *thread;
	struct e2e__landing *landing;
	struct e2e__subtest *subtest;
	int64_t until;
	double seconds;
	char file[128];
	int line;
};

/* What a block has changed in the process that runs it; a jump out of the block must not leave it
 * so. */
struct e2e__loose {
	void (*undo)(struct e2e__loose *);
	struct e2e__landing *landing;
	struct e2e__subtest *subtest;
	struct e2e__loose *next;
};

/* The counts of a case (or script) and of each open subtest. */
struct e2e__level {
	/* expected: failures that are TODO; pair: it is one */
	int run, failed, expected, skipped, bonus, pairs, planned, pair;
	int64_t began;
	const char *outer, *known; /* TODO reasons: around it, and for it; of the running side */
	char name[256];
};

/* The pid and some bits of the thread, as wide as can be exchanged in one go. */
#if defined __GCC_HAVE_SYNC_COMPARE_AND_SWAP_8 || defined __TINYC__
typedef uint64_t e2e__lock_id;
enum { E2E__THREAD_BITS = 32 };
#else
typedef uint32_t e2e__lock_id;
enum { E2E__THREAD_BITS = 10 }; /* Linux has pids of up to 22 bits */
#endif

/* What a watched process and its parent share. Only the parent writes TAP: the child's text is in
 * the ring, and so is not lost however it dies, and is out of reach of what the tested code does to
 * its descriptors. */
/* What happened, for the story of a case. */
struct e2e__event {
	int64_t at;
	unsigned times; /* of assertions that pass: how many */
	bool odd;
	signed char log; /* of a line: the number of its log among the evidence; -1: of none */
	char kind[10], lane[16], text[152];
};
enum { E2E__EVENTS = 512 };

/* How long a log was at some time. */
struct e2e__size {
	int64_t at;
	long long bytes;
};
enum { E2E__SIZES = 8, E2E__WATCHED_SIZES = 128 };

/* What the watching side has seen of the logs of a case. */
struct e2e__sizes {
	int64_t began; /* of the case */
	struct {
		char label[64];
		unsigned seen;
		struct e2e__size size[E2E__WATCHED_SIZES];
	} log[E2E__EVIDENCES];
};

/* A process's number in memory that the tested code may write over. Whoever signals it must know
 * that nothing but us has written it: its upper half is drawn from the number and a secret. */
typedef uint64_t e2e__seal;

struct e2e__page {
	uint64_t mark; /* the same at both ends, unless somebody has written over the page */
	volatile uintptr_t head, tail; /* bytes ever put in, taken out; wrapping */
	volatile e2e__lock_id lock;    /* who holds it, 0: free */
	volatile int woken, direct, phase, ending;
	volatile int stop, heeded; /* the signal that ends the case; it has left off */
	volatile int late; /* 1 + the slot of a limit that was over in a process the case forked */
	int64_t stopped_at;
	volatile int64_t slept; /* how long it was stopped by Ctrl-Z, in ns */
	pid_t pid, parent;
	int muted, header, planned, depth;
	volatile int where_line;
	const char *volatile where_ptr;
	char where_file[128];
	struct e2e__level level[E2E__DEPTH];
	int skipped, bailed, points, failed, status, suite, runner;
	int left; /* a skip ends the innermost subtest or pair: why_left */
	/* run; matrices without a pair that the filters let through; named in pairs_failed */
	int pairs, unmatched, failed_pairs;
	volatile pid_t came_back; /* of e2e_dies: who hasn't ended in its block */
	uint64_t pair_hits;       /* which of --include-pair's names there are */
	uint64_t word_hits[4];    /* which words of --include-shim and the like */
	char pairs_failed[1024], no_pair[80];
	char eligible[4][1024]; /* names that these words could be: one a line */
	char reason[1024], why_left[1024], todo[1024], doing[200];
	char folder[1024], logs[256];
	struct e2e__limit limit[E2E__LIMITS];
	volatile e2e__seal group[E2E__GROUPS];
	int64_t began;
	unsigned events;           /* ever told; the last E2E__EVENTS of them are there */
	unsigned eldest;           /* the first one that is still there */
	int told;                  /* there is more than assertions */
	volatile unsigned secrets; /* bytes of `secret` */
	int evidences;
	struct {
		char label[64], path[1024];
		long long from;  /* only what was added behind this byte */
		long long quiet; /* the story has of what is before this byte only what is odd */
		bool told, cut;  /* its lines are in the story; not all of them, or not whole */
		unsigned lines;  /* that were told */
		unsigned seen;   /* how often the case has looked, the last times: */
		struct e2e__size size[E2E__SIZES];
	} evidence[E2E__EVIDENCES];
	char first[4096], explain[16384];
	char secret[16384]; /* texts that no report shows, each with its NUL */
	struct e2e__event event[E2E__EVENTS];
	char ring[E2E__RING];
	uint64_t end_mark;
};
#define E2E__PAGE_MARK 0x6532652070616765u

/* The name of an assertion, ready to print: the key is the address of its text in the program. */
struct e2e__name {
	const char *text, *verb;
	size_t n;
	char line[168];
};
enum { E2E__NAMES = 32 };

struct e2e__deferred {
	void (*fn)(void *);
	void *arg;
	struct e2e__deferred *next;
};

struct e2e__known {
	const char *name, *peer, *why;
	struct e2e__known *next;
};

/* What the watched process says on stderr: a pipe, the process that reads it (0: there is none),
 * how much has come; its beginning and end are in heard_text. */
enum { E2E__HEARD_FIRST = 2048, E2E__HEARD_LAST = 4096 };
struct e2e__heard {
	int from, to;
	pid_t owner;
	uint64_t n;
};

struct e2e__optdef {
	char letter;
	bool flag;
	const char *name, *env, *arg, *help, *join; /* join: as in struct e2e__option */
};

/* Every option, a row each: its number E2E__..., then the members of struct e2e__optdef. --help
 * shows them in this order. Those that choose pairs of a matrix stand together, shims first. */
#define E2E__OPTION_LIST(ROW) \
	ROW(LIST, 0, true, "--list", "E2E_LIST", "", \
		"print the names of the cases that would run", NULL) \
	ROW(FILTER, 'k', false, "--filter", "E2E_FILTER", "ERE", "only cases whose name matches", \
		"|") \
	ROW(FROM, 0, false, "--from", "E2E_FROM", "CASE", "begin with this case", NULL) \
	ROW(TAGS, 't', false, "--tags", "E2E_TAGS", "TAGS", \
		"only cases with all these tags; !slow: without it", " ") \
	ROW(SPEC, 0, false, "--spec", "E2E_SPEC", "CLAUSES", \
		"only cases that prove one of these: XEP-0045, RFC 6121 5", ",") \
	ROW(NO_SPEC, 0, false, "--no-spec", "E2E_NO_SPEC", "CLAUSES", "all cases but those", ",") \
	ROW(FAIL_FAST, 'x', true, "--fail-fast", "E2E_FAIL_FAST", "", "stop at the first failure", \
		NULL) \
	ROW(TIMEOUT, 0, false, "--timeout", "E2E_TIMEOUT", "S", "limit of a case in seconds (60)", \
		NULL) \
	ROW(NO_KNOWN, 0, true, "--no-known", "E2E_NO_KNOWN", "", "a known failure is a failure", \
		NULL) \
	ROW(NO_SKIP, 0, true, "--no-skip", "E2E_NO_SKIP", "", \
		"run what would be skipped, as TODO", NULL) \
	ROW(FAIL_ON_SKIP, 0, true, "--fail-on-skip", "E2E_FAIL_ON_SKIP", "", \
		"a skip is a failure", NULL) \
	ROW(NO_FORK, 0, true, "--no-fork", "E2E_NO_FORK", "", \
		"run the cases in this process, for debuggers", NULL) \
	ROW(SEED, 0, false, "--seed", "E2E_SEED", "N", "seed of e2e_rand()", NULL) \
	ROW(SHUFFLE, 0, true, "--shuffle", "E2E_SHUFFLE", "[=N]", \
		"run the cases in another order; N: in that of this number", NULL) \
	ROW(REPEAT, 0, false, "--repeat", "E2E_REPEAT", "N", "run each case N times", NULL) \
	ROW(CONFIG, 0, false, "--config", "E2E_CONFIG", "FILE", \
		"the configuration (.local/e2e.ini)", NULL) \
	ROW(VERBOSE, 'v', true, "--verbose", "E2E_VERBOSE", "", "details of passing cases too", \
		NULL) \
	ROW(UPDATE, 0, true, "--update", "E2E_UPDATE", "", \
		"write what golden texts and scenarios are compared with", NULL) \
	ROW(PRINT_TAP, 0, true, "--tap", "E2E_TAP", "", \
		"print TAP on a terminal too, as elsewhere", NULL) \
	ROW(FLAT, 0, true, "--flat", "E2E_FLAT", "", \
		"TAP without subtests: the points of cases are comments", NULL) \
	ROW(JUNIT, 0, false, "--junit", "E2E_JUNIT", "FILE", "write a JUnit report, too", NULL) \
	ROW(KEEP, 0, true, "--keep", "E2E_KEEP", "", "keep the folders of passing cases too", \
		NULL) \
	ROW(INCLUDE_SHIM, 0, false, "--include-shim", "E2E_INCLUDE_SHIM", "A,B", \
		"only these rows of a matrix", ",") \
	ROW(EXCLUDE_SHIM, 0, false, "--exclude-shim", "E2E_EXCLUDE_SHIM", "A,B", \
		"all rows but these", ",") \
	ROW(INCLUDE_CASE, 0, false, "--include-case", "E2E_INCLUDE_CASE", "A,B", \
		"only these columns of a matrix", ",") \
	ROW(EXCLUDE_CASE, 0, false, "--exclude-case", "E2E_EXCLUDE_CASE", "A,B", \
		"all columns but these", ",") \
	ROW(INCLUDE_PAIR, 0, false, "--include-pair", "E2E_INCLUDE_PAIR", "NAME", \
		"only this pair of a matrix: \"row x column\"", "\n") \
	ROW(HELP, 'h', true, "--help", NULL, "", "this text", NULL) \
	ROW(VERSION_OPT, 0, true, "--version", NULL, "", "the version of e2e.h", NULL)

#define E2E__OPTION_NUMBER(id, ...) E2E__##id,
enum e2e__opt { E2E__OPTION_LIST(E2E__OPTION_NUMBER) E2E__OPTS };
#undef E2E__OPTION_NUMBER

typedef int (*e2e__clock_fn)(clockid_t id, struct timespec *t);

struct e2e__state {
	int style; /* 0 not begun, 'c' cases, 's' script */
	struct e2e__case *cases, **cases_end, *current;
	struct e2e__fixture *fixtures[4];
	struct e2e__hooks *hooks;
	struct e2e__option *options;
	struct e2e_provider *providers;
	struct e2e__known *known;
	const char *opt[E2E__OPTS];
	uint64_t secret; /* of seals; 0: none is drawn yet */
	pid_t playing;   /* as the page's pid, where nobody writes over it by a wild pointer */
	const char *program;
	const char *began_in;        /* the folder where the program was started */
	const char *source, *driver; /* prove has made this program from a source */
	const char *const *words;    /* and these were given to it besides options; may be NULL */
	double scale;
	/* the watching side */
	/* of the process that runs things; of a runner and its parent */
	struct e2e__page *page, *up, *fresh; /* fresh: mapped, and not yet used */
	struct e2e__page *shown;             /* what this process reports of, or is to */
	struct e2e__secret *secrets;         /* those that outlive a case */
	struct e2e__sizes *sizes;            /* NULL: it hasn't looked at a log yet */
	int tap, capture, tap_version;
	struct e2e__heard heard;
	int junit, junit_failed; /* the file of testcases, 0: none; errno */
	int64_t junit_began;
	const char *junit_path;
	volatile pid_t watched; /* the child that stops with this process, and its page */
	struct e2e__page *watched_page;
	struct e2e__page *swept; /* whose processes are being collected; NULL: nobody's */
	struct e2e__page *suite; /* the runner's: its cases may only read it */
	volatile int64_t slept;  /* as in the page */
	volatile pid_t *pid_cell;
	e2e__clock_fn clock; /* NULL: there is none; see "ticks" */
	bool clock_known;
	size_t out_n;
	int out_failed;                      /* errno */
	bool in_err, quiet_err, under_prove; /* our prove shows failures itself */
	const char *from_prove;              /* the case it goes on from, which may be gone */
	struct e2e__console *console;        /* NULL: stdout has TAP */
	struct e2e__flat *flat;              /* NULL: with subtests */
	bool times;                          /* its reports have the times of what passed too */
	volatile int quit;                   /* the signal that ends the program */
	int terminated; /* the signal that ended a case: the others don't run */
	int points, failed, skipped, chosen;
	int pairs, unmatched; /* as in the pages of the cases */
	uint64_t pair_hits, word_hits[4];
	bool bailed;
	bool spoiled; /* the running case wrote over its page */
	bool midline; /* what was put last is no whole line */
	sigset_t mask;
	unsigned char fds[1024 / 8];
	pid_t own[64], oldest; /* oldest: no child of the case has a lower number */
	bool kept;             /* a higher header's keeper ends what a killed test leaves */
	/* the running side */
	struct e2e__landing *landing;
	struct e2e__subtest *subtest; /* the innermost one */
	struct e2e__loose *loose;     /* the innermost one */
	void *main_thread;
	bool threaded;               /* there have been threads, here or in a parent */
	const char *met[E2E__NAMES]; /* texts of names, where they would be */
	volatile int timed;          /* a timer runs, or may run: */
	int timer; /* the kernel's number of the limits' timer, of this process: */
	volatile pid_t timer_owner;
	volatile int expired, hold, pending, busy;
	int64_t hold_until;
	void (*hold_stop)(void);
	void (*volatile report)(void);
	const char *todo;
	void *todo_thread; /* whose failures it covers */
	struct e2e__deferred *deferred, *suite_deferred;
	void *arena, *suite_arena, *kept_arena;
	bool starved; /* out of memory once already */
	bool jumped;  /* the case was left by a jump, so what it allocated is lost */
	uint64_t seed, chance;
	unsigned unique;
	const char *suite_todo;
	bool in_suite;
	/* of a service's process, which outlives the case: what e2e_tmpdir gives there */
	const char *own_folder;
	/* config */
	bool config_read;
	const char *config_path;
	char *config_text;
	/* headings: the lines `[section]`; their key is "" */
	struct e2e__setting *settings, *headings;
	struct e2e__section *sections;
	/* Behind what each case writes, which is on one page so: a page that is written to after
	 * fork() is copied. Of the output the beginning is used most. */
	char out[4096];
	char heard_text[E2E__HEARD_FIRST + E2E__HEARD_LAST];
	char eligible[4][1024];
	struct e2e__name names[E2E__NAMES];
};
extern struct e2e__state e2e__state;
__attribute__((weak, aligned(4096))) struct e2e__state e2e__state;
