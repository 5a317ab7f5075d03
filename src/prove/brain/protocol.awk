# What the parts say to each other, a line each. A worker, its supervisor, the clock and the
# listener to the brain:
#
#	P WORKER PID            a worker is there
#	E ID WORKER STATUS BEGIN END [FILE]
#	                        a test has ended; what it said on stderr is in the file
#	R ID WORKER             a test has been compiled
#	S ID WORKER             a test was not begun, because the run is stopped
#	L ID WORKER             a test was not begun, because another worker has taken it
#	X WORKER STATUS         a worker has died
#	C WORKER USER SYS TIME  the last words of a worker: what its tests took
#	T TIME                  the clock ticks
#	I SIGNAL                the run is interrupted
#
# A dot at the end of E, S and L says that another answer follows at once. The brain to a worker:
#
#	ID NAME                 run this test; a P in front of the name: by perl
#	0 PPID                  the worker of this process id may begin
#	0 JN                    run the tests in the file jobs.N, commands of the shell
#	0 FCASE                 the next test begins with this case
#	0 G                     go on after a test that ended badly
#	0 Q                     all is done: say C and end
#	0 QQ                    end

#include "brain/loop.awk"

BEGIN { begin_run() }

$1 == "P" { worker_came($2 + 0, $3) }
$1 == "E" || $1 == "S" || $1 == "L" { answered($0) }
$1 == "R" { compiled_test($2 + 0, $3 + 0) }
$1 == "X" { worker_died($2 + 0, $3 + 0) }
$1 == "C" { worker_left($3, $4, $5) }
$1 == "T" { clock_ticked($2) }
$1 == "I" { interrupt() }
