#!/bin/sh
# prove: runs test programs that print TAP and reports what they said.
#
# Made from src/prove by src/join_prove: edit the rooms there, then "make headers".
#
# Copy this one file into a project; it needs a POSIX shell and a POSIX awk, nothing else.
#
#     ./prove -r t/              all tests below t/
#     ./prove -j4 -v t/a.t       four at a time, every line shown
#     ./prove t/x.c              compile a C test, and run it
#     ./prove --help             all options
#
# It takes the options of Perl's prove and gives its verdicts; doc/prove.1 is the manual.
#
# How it works, in the order of this file; each room begins with a line that names it:
#   options     the command line, .proverc, HARNESS_OPTIONS (options.sh, rc.sh, check.sh)
#   finding     files and folders become the list of tests (find.sh)
#   running     workers, shells in sessions of their own: each takes one test after the other from
#               a FIFO, runs it with its output in spool files, and answers on one FIFO that the
#               brain reads (worker/, run.sh)
#   the brain   one awk program: scheduling, state, parsing, judging, and the reports (brain/,
#               report/)
#   main        puts the parts together: one pipeline, so that tests keep their default signals
#               (main.sh)
#
# A worker has its own process group: ending that ends whatever a test started, and a test that ends
# its own group takes the worker along, which its supervisor notices, reports and replaces. A guard
# waits for the end of prove itself, whatever kind of end that is, and cleans up if need be.

# shellcheck disable=SC2034,SC2154,SC2016,SC2089,SC2090,SC2317  # options and their functions are used by their names; awk and worker code are strings

# zsh is such a shell when it is told to be
if [ -n "${ZSH_VERSION:-}" ] && [ "$(emulate)" != sh ]; then
	exec zsh --emulate sh "$0" "$@"
fi

# Variables that the user exports under names that are used here too, such as the "out" of Nix,
# reach the tests as they were: as_was below. Names in capitals are nobody's here.
E2E__WAS=
set -f
IFS='
'
for E2E__NAME in $(export -p); do
	E2E__NAME=${E2E__NAME#export }
	E2E__NAME=${E2E__NAME#declare -x }
	E2E__NAME=${E2E__NAME#typeset -x }
	E2E__NAME=${E2E__NAME%%=*}
	case $E2E__NAME in
	'' | [0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZ]* | *[!A-Za-z0-9_]*) continue ;;
	esac
	eval "[ -n \"\${$E2E__NAME+set}\" ] && E2E__WAS_$E2E__NAME=\$$E2E__NAME" &&
		E2E__WAS="$E2E__WAS $E2E__NAME"
done
set +f
unset IFS

# Where one of these is closed, what is opened next would take its place
true 9>&2 2>/dev/null || exec 2>/dev/null
true 2>/dev/null 9<&0 || exec </dev/null
true 2>/dev/null 9>&1 || exec >/dev/null
