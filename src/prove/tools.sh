# Which shell, which awk, what makes sessions

#include "base.sh"

choose_tools() {
	shell=${E2E_SH:-sh}
	case $shell in zsh | */zsh) shell="$shell --emulate sh" ;; esac
	# shellcheck disable=SC2086
	[ -z "${E2E_SH:-}" ] || $shell -c : ||
		die "E2E_SH=$shell does not start as a shell: unset it, or name one, e.g. E2E_SH=dash"
	choose_session
	if [ -n "${E2E_AWK:-}" ]; then
		awk=$E2E_AWK
		# shellcheck disable=SC2086
		$awk 'BEGIN { exit 0 }' </dev/null ||
			die "E2E_AWK=$awk does not start as an awk: unset it, or name one, e.g. E2E_AWK=mawk"
	elif command -v mawk >/dev/null; then
		awk=mawk
	else
		awk="awk"
	fi
	know_mawk
}

# mawk by whatever name, or with options, has to be told things in its way, see tell
know_mawk() {
	awk_kind=$awk
	case $awk in *mawk) return ;; esac
	# shellcheck disable=SC2086
	case $($awk -W version </dev/null 2>/dev/null) in mawk*) awk_kind=mawk ;; esac
}

# What gives a command a session of its own, or at least a process group: setsid is on Linux, others
# have perl or python3, and some shells can do it themselves
choose_session() {
	setsid='' own_groups='' undo=''
	if command -v setsid >/dev/null; then
		setsid=setsid
	elif command -v perl >/dev/null; then
		# shellcheck disable=SC2016  # for perl
		setsid='perl -MPOSIX=setsid -e setsid;exec{$ARGV[0]}@ARGV'
	elif command -v python3 >/dev/null; then
		# shellcheck disable=SC2089  # words without quotes for the shell
		setsid='python3 -c __import__("os").setsid();__import__("os").execvp(__import__("sys").argv[1],__import__("sys").argv[1:])'
	elif [ -n "${BASH_VERSION:-}${KSH_VERSION:-}${YASH_VERSION:-}${ZSH_VERSION:-}" ]; then
		own_groups=1
	elif [ -n "$o_timeout$has_limits" ]; then
		say "prove: found none of setsid, perl and python3: a time limit ends a test, but not what it has started (or run prove by bash)" >&2
	fi
}
