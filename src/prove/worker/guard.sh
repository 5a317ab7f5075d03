# The guard survives whatever happens to prove and its process group, so it has a session of its own
# too. When prove is gone, it ends the workers' groups and removes the folders. It learns the
# workers' process ids, and the clock's, on the FIFO whose end of file tells it, its stdin.

#include "worker/tell.sh"

trap "" HUP TERM
exec 7<>"$E2E__SPOOL/reply"
groups='' clock=''
while read -r who pid; do
	case $who in clock) clock=$pid ;; *) groups="$groups $who" ;; esac
done
exec </dev/null
if [ ! -d "$E2E__SPOOL" ] || [ -e "$E2E__SPOOL/over" ]; then
	[ ! -e "$E2E__SPOOL/ended" ] || exit
fi
# The brain has this FIFO open for writing as long as it is there. (<> does not wait for it.)
# shellcheck disable=SC2094  # opened both ways first, so that neither waits
exec 6<>"$E2E__SPOOL/end" 5<"$E2E__SPOOL/end" 6>&-
cat <&5 >/dev/null &
reader=$!
# A brain that has died may have left the FIFO full, and telling would wait for ever.
tell "I HUP" &
tries=0
while kill -0 $reader && [ $tries -lt 100 ]; do
	sleep 0.2 || sleep 1
	tries=$((tries + 1))
done
: >"$E2E__SPOOL/over"
for pid in $groups; do kill -KILL "-$pid"; done
# The clock may be telling the time to nobody, for ever; the sleep that it had begun ends by itself.
# What is gone when the folders are is all of prove.
kill -KILL $reader $! ${clock:+"$clock"}
sleep 0.3 || sleep 1
rm -rf "$E2E__SPOOL"
[ -e "$E2E_RUN_DIR/kept" ] || rm -rf "$E2E_RUN_DIR"
