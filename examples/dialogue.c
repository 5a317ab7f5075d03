/* dialogue.c - talking to an interactive program: the real sqlite3 on a terminal, and bc over pipes.
 *
 * e2e_send writes, e2e_expect waits for what comes since the last match. Programs that prompt only on a terminal get one
 * by .pty = true. End a pattern with what must follow ("\n", the prompt), so that half a line doesn't match.
 *
 *	examples/dialogue.t */
#include "e2e_proc.h"

E2E_TEST(sqlite3_on_a_terminal)
{
	e2e_require_command("sqlite3");
	e2e_proc *db = e2e_spawn_with((e2e_spawn_opts){.pty = true, .env = E2E_ARGV("TERM=dumb")}, "sqlite3", "-batch",
	                              "-interactive");
	e2e_expect(db, "sqlite> ");
	e2e_send(db, "CREATE TABLE city (name);\n");
	e2e_expect(db, "sqlite> ");
	e2e_send(db, "INSERT INTO city VALUES ('Ulm'), ('Oulu');\n");
	e2e_expect(db, "sqlite> ");
	e2e_send(db, "SELECT count(*) || ' cities' FROM city;\n");
	e2e_expect(db, "^([0-9]+) cities\n");
	e2e_is_int(e2e_capture_int(db, 1), 2);
	e2e_send(db, "SELECT nonsense;\n");
	e2e_expect(db, "no such column: nonsense");
	e2e_send(db, ".exit 3\n");
	e2e_wait(db, 3);
}

E2E_TEST(bc_over_pipes)
{
	e2e_require_command("bc");
	e2e_proc *bc = e2e_spawn("bc", "-q");
	e2e_send(bc, "scale = 3; 22 / 7\n");
	e2e_expect(bc, "^(3\\.[0-9]+)\n");
	e2e_is_str(e2e_capture(bc, 1), "3.142");
	e2e_wait(bc, 0); /* closes its stdin first */
}

E2E_MAIN()
