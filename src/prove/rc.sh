# .proverc, HARNESS_OPTIONS

#include "base.sh"
#include "options.sh"

# read_rc FILE: its words as options. Quotes count at the start of a word only, and so does # for a
# comment.
read_rc() {
	words=$(LC_ALL=C awk "$words_awk" "$1") ||
		die "can't read the options in $1 (see above): make it readable, or give --norc"
	eval "parse_options $words"
}

# The rc files have to be known before the rest is read, because the command line comes after them
read_rc_files() {
	while [ $# -gt 0 ]; do
		case $1 in
		--norc) no_rc=1 ;;
		--rc) rc_files="$rc_files$2$nl" ;;
		--rc=*) rc_files="$rc_files${1#--rc=}$nl" ;;
		:: | --) break ;;
		esac
		shift
	done
	if [ -z "$no_rc" ]; then
		[ -f "$HOME/.proverc" ] && [ "$HOME" != "$PWD" ] && read_rc "$HOME/.proverc"
		[ -f ./.proverc ] && read_rc ./.proverc
	fi
	rest=$rc_files
	while [ -n "$rest" ]; do
		file=${rest%%"$nl"*}
		rest=${rest#*"$nl"}
		[ -f "$file" ] || die "there is no file $file, which --rc names"
		read_rc "$file"
	done
	rc_files=
}

# What Perl's harness takes from the environment, weaker than any option
read_environment() {
	rest=${HARNESS_OPTIONS:-}:
	while [ -n "$rest" ]; do
		word=${rest%%:*}
		rest=${rest#*:}
		case $word in
		j*) o_jobs=${word#j} ;;
		c) o_color=1 ;;
		a*) o_archive=${word#a} ;;
		f*) set_formatter formatter "$(say "${word#f}" | sed 's/-/::/g')" ;;
		esac
	done
	[ -n "${HARNESS_VERBOSE:-}" ] && [ "$HARNESS_VERBOSE" != 0 ] && o_verbose=1
	[ -n "${HARNESS_TIMER:-}" ] && [ "$HARNESS_TIMER" != 0 ] && o_timer=1
	[ -n "${HARNESS_COLOR:-}" ] && o_color=$HARNESS_COLOR
	[ -n "${HARNESS_IGNORE_EXIT:-}" ] && [ "$HARNESS_IGNORE_EXIT" != 0 ] && o_ignore_exit=1
	[ "$o_color" = 0 ] || [ -z "$o_color" ] || o_color=1
	if [ -n "${HARNESS_PERL_SWITCHES:-}" ]; then
		perl_flags=$(say "$HARNESS_PERL_SWITCHES" | LC_ALL=C awk "$switches_awk")
	fi
}
