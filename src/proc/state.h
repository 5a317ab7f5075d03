#pragma once
#include "base.h"

/* @implementation */

#ifndef NSIG
#define NSIG 65
#endif

#ifdef E2E__LINUX
#define E2E__PROC "/proc"
#else
#define E2E__PROC "/no/proc" /* where there is one, it looks different */
#endif

/* A log as it was read until now. A text that was given out stays where it is until the case's
 * end. */
struct e2e__log {
	const char *path;
	char *text;
	size_t size, capacity;
	size_t matched; /* where the last match has ended: e2e_expect goes on there */
	size_t lines;   /* behind the last line that E2E_LINE has found: a line answers once */
};

enum { E2E__CAPTURES = 10 };

struct e2e__process {
	e2e_proc pub; /* what the user holds */
	struct e2e__process *next;
	pid_t owner;      /* whose child it is */
	int pidfd;        /* -1 where there are none */
	int slot;         /* in the shared table, or -1 */
	bool suite;       /* belongs to the suite, not to a case */
	bool helper;      /* ours: nobody waits for it */
	bool server;      /* of ours: it ends with the case, and nobody has to end it */
	bool exited;      /* noticed; it stays a zombie, so that its number isn't used again */
	bool anticipated; /* the operation under way waits for its exit */
	bool stopping;    /* was told to end */
	bool may_end;     /* at any time, with the status `ends_with` */
	bool adopted;     /* a daemon: no child of the case */
	int ends_with;
	int sent;      /* the signal that the test has sent it last, or 0 */
	bool stolen;   /* the case's own code has reaped it */
	bool overfull; /* was ended because of its logs */
	bool unshown;  /* one of many: what it says is in the failure itself, too */
	const char *shown_out, *shown_err; /* the paths by which e2e.h shows its logs, or NULL */
	/* "E2E_MARK=...": in its environment and its children's, and nowhere else */
	const char *mark;
	/* of a helper: why it has ended, in its own words; NULL or "": it didn't say */
	const char *trouble;
	/* what was waited for in vain while its output may have been in a buffer */
	const char *missed;
	bool is_function; /* of e2e_spawn_fn */
	bool capped;      /* the system lets no file of it grow beyond limit_mb */
	int pump_status;  /* of the pump, if it has failed */
	int looks;        /* how often its exit was seen by e2e_eventually and the like */
	int exit_status;
	int64_t begun_at;  /* before it was started */
	int64_t exited_at; /* when that was noticed */
	bool told;         /* its life is part of the case's story */
	uint64_t asked;    /* the signals that we have sent it, a bit each */
	/* what has sent the last one, and where that stands; NULL: nothing, nowhere */
	const char *asked_by, *asked_file;
	int asked_line;
	int wants;  /* how a wait wants it to end; 0: none has begun */
	pid_t pump; /* copies its terminal into the log, or 0 */
	unsigned limit_mb;
	const char *file; /* where it was spawned */
	int line;
	struct e2e__log out, err, own_log;
	const char *group[E2E__CAPTURES]; /* of the last match */
};

/* Counts the names of logs in one folder. */
struct e2e__log_stem {
	struct e2e__log_stem *next;
	const char *name;
	int used;
};

/* What the runner, its cases and the keeper have in common. A slot has one writer: who spawned the
 * process. */
enum { E2E__SLOTS = 1024, E2E__SERVICES = 16 };
enum e2e__slot_state { E2E__FREE, E2E__WATCHED, E2E__GROUP_ONLY };
struct e2e__proc_shared {
	volatile pid_t runner, keeper;
	volatile e2e__seal test; /* the process of the case under way */
	volatile int busy;       /* an operation is under way: it sees exits itself */
	volatile int asleep;     /* the keeper waits to be woken */
	volatile int ending;     /* the program is about to exit */
	/* the keeper saw this one die while the case waited for something else */
	volatile pid_t dead;
	struct {
		volatile e2e__seal pid;
		volatile int state;
		volatile int suite;
		volatile pid_t spawner; /* 0: of a helper, whose end nobody has to see to */
		char name[16];          /* its lane in the story; "": it has none */
	} slot[E2E__SLOTS];
	volatile int slots; /* those behind have never been taken */
	struct {
		char name[64];
		volatile e2e__seal keeper;
		volatile pid_t pid;
		volatile int suite;    /* E2E_SUITE_SETUP has asked for it: all cases use it */
		volatile int known[4]; /* by watcher */
	} service[E2E__SERVICES];
	volatile int services;
	volatile int services_over;  /* they are being ended */
	volatile int services_asked; /* somebody has asked for one, whether it came or not */
	/* the processes above the case: they must know whose children services are */
	volatile pid_t watcher[4];
	char run_dir[200]; /* of a program that runs alone */
	/* the case's, as long as its logs are in memory: for the keeper, who outlives it */
	char logs[256], folder[1024];
	/* in the environment of all that is spawned (there with a suffix), and the name of this
	 * memory */
	char mark[48];
};

/* A descriptor to be closed, recognised by its file. */
struct e2e__later {
	struct e2e__later *next;
	int fd;
	dev_t dev;
	ino_t ino;
};

struct e2e__held {
	struct e2e__held *next;
	int port, fd[2];
};

/* Where a service's keeper stands, and all that start() calls there: no part of the case that has
 * asked for it. */
struct e2e__service {
	const char *name;
	const char *run, *dir; /* the run's folder, and the service's own in it */
	const char *mark;      /* "E2E_SERVICE=...": in the environment of all that it starts */
	pid_t runner;          /* the program that runs alone */
	int end;               /* the run is over: the end of its FIFO, else of the runner; or -1 */
	bool fifo;
	/* Of the keeper alone, not of functions that it forks, or -1: the lock of its life and of
	 * its start; to the case that waits for it. */
	int alive, lock, answer, hold;
	pid_t warden;
	volatile e2e__seal *groups; /* for the warden */
	const char *excuse;         /* why start() returns NULL, where it says so; of the keeper */
};

/* A service's keeper that hasn't answered yet, and our ends of the pipes between: `hold` is closed
 * if we give up; `answer` ends when nothing of it is left. */
struct e2e__starting {
	pid_t keeper; /* 0: none */
	int hold, answer;
};

struct e2e__proc_state {
	struct e2e__hooks hooks;
	struct e2e__proc_shared *shared;
	struct e2e__process *list;
	struct e2e__log_stem *stems;
	struct e2e__later *later;
	struct e2e__held *held;
	double timeout, suite_timeout; /* seconds, 0: the default */
	const char *file;              /* the operation under way */
	int line;
	bool handler; /* SIGURG is taken */
	/* as found at the first spawn: a later action of a signal without a name isn't seen */
	int last_signal;
	/* this process is a service's keeper, or what it forked; NULL: a case's, or a suite's */
	struct e2e__service *service;
	/* Copies that tested code can't overwrite by accident, as it can the shared memory: who is
	 * killed depends on them. */
	char mark[48];
	pid_t runner, keeper;
	struct e2e__starting starting;
	/* when e2e__services_watch last found the run's folder changed */
	time_t seen_run;
	/* $E2E_RUN_DIR, taken out of the environment: it isn't for what a case starts */
	const char *given_run_dir;
	double checked_logs; /* when */
	int shown;           /* processes whose logs e2e.h shows if the case fails */
	unsigned marks;      /* that were given out */
	struct pollfd *polls;
	size_t npolls;
};
extern struct e2e__proc_state e2e__proc;
__attribute__((weak)) struct e2e__proc_state e2e__proc;

/* State of the sections from here on. */
struct e2e__net_state {
	struct e2e__option broker, sender, receiver;
	e2e_provider provider;
	const char *peer;
	const char *arrived; /* in the last exchange of this case, or NULL */
	struct e2e__hooks hooks;
	struct e2e__helper *helpers; /* the suite's */
	const char *const *literate; /* the text that prove runs, and its parameters */
	unsigned cases; /* that have begun in this process: without fork, more than one */
};
extern struct e2e__net_state e2e__net;
__attribute__((weak)) struct e2e__net_state e2e__net;
