# The command line

#include "base.sh"
#include "names.sh"
#include "table.sh"

# find_option NAME: sets $found to the long name, $takes and $column; NAME may be shortened as long
# as it is clear
find_option() {
	matches='' match=''
	set -f
	IFS=$nl
	for row in $option_table; do
		case $row in
		"$1 "*)
			matches='' match=$row
			break
			;;
		"$1"*)
			matches="$matches --${row%% *}"
			match=$row
			;;
		esac
	done
	unset IFS
	# shellcheck disable=SC2086  # columns
	take_option $match
	set +f
	case $matches in
	' --color --colour') found=color ;;
	*' --'*' --'*) die "--$1 is not clear: it could be any of$matches" ;;
	esac
	[ -n "$found" ]
}

take_option() {
	found=${1:-} takes=${3:-} column=${4:-}
}

# find_letter C: the same for one letter
find_letter() {
	found='' wanted=$1
	each_option match_letter
	[ -n "$found" ]
}

match_letter() {
	if [ "$2" = "$wanted" ] && [ "$2" != - ]; then take_option "$@"; fi
}

unknown_option() {
	near=$(say "$option_table" | LC_ALL=C awk -v "given=${1#--}" "$nearest_awk")
	die "unknown option $1$near (prove --help lists them all)"
}

# set_option VALUE: for what find_option or find_letter has found; 1 or 0 for options without a
# value
set_option() {
	split_variable "$column"
	if [ -n "$function" ]; then
		"$function" "$found" "$1"
	elif [ -n "$variable" ]; then
		case $takes in
		*...) eval "$variable=\$$variable\$1\$nl" ;;
		*) eval "$variable=\$1" ;;
		esac
	fi
}

quieter() {
	case $1:$o_quiet in
	*:3) ;; # the report is all there is
	quiet:) o_quiet=1 ;;
	*) o_quiet=2 ;;
	esac
}

set_exec() {
	o_exec=$2 o_exec_set=1
}

set_skip() {
	if [ "$2" = 0 ]; then o_no_skip=1; else o_no_skip=; fi
}

add_perl_flag() {
	case $1 in
	taint) perl_flags="$perl_flags -T" ;;
	taint-warnings) perl_flags="$perl_flags -t" ;;
	warnings) perl_flags="$perl_flags -W" ;;
	warning) perl_flags="$perl_flags -w" ;;
	module)
		quote "-M$2"
		perl_flags="$perl_flags $quoted"
		;;
	esac
}

set_formatter() {
	case $2 in
	[Jj][Uu]nit | TAP::Formatter::JUnit | [Jj][Uu][Nn][Ii][Tt])
		[ -n "$o_junit" ] || o_junit=/dev/stdout
		o_quiet=3
		;;
	console | Console | file | File | TAP::Formatter::Console | TAP::Formatter::File | color | Color) ;;
	*)
		command -v "${2%% *}" >/dev/null || command -v "$2" >/dev/null ||
			die "there is no formatter $2 here: console and junit are known, or name a program; --html, --github and --archive are options"
		o_formatter=$2 o_quiet=3
		;;
	esac
}

# next_value OPTION [VALUE ...]: the value is the argument behind the option
next_value() {
	[ $# -gt 1 ] || die "$1 needs a value (prove --help says which)"
	value=$2 used=1
}

# value_if_there OPTION [VALUE ...]: the same, where there is such a file or folder
value_if_there() {
	value=''
	[ $# -lt 2 ] || [ ! -e "$2" ] || value=$2 used=1
}

# long_option ARGUMENTS: the first one; sets $used to how many of those behind it belong to it
long_option() {
	used=0
	name=${1#--}
	case $name in
	*=*) value=${name#*=} has_value=1 name=${name%%=*} ;;
	*) value=1 has_value=0 ;;
	esac

	if ! find_option "$name"; then
		case $name in
		no-*) name=${name#no-} ;;
		no*) name=${name#no} ;;
		*) unknown_option "$1" ;;
		esac
		value=0
		if ! find_option "$name" || [ "$takes" != ! ]; then unknown_option "$1"; fi
	fi

	case $takes in
	*\?) [ $has_value = 1 ] || value_if_there "$@" ;;
	[A-Z]*) [ $has_value = 1 ] || next_value "$@" ;;
	*) [ $has_value = 0 ] || die "--$name takes no value, but got one: $1" ;;
	esac
	set_option "$value"
}

# short_options ARGUMENTS: the letters of the first one; the last may have its value behind it
short_options() {
	used=0
	letters=${1#-}
	while [ -n "$letters" ]; do
		rest=${letters#?}
		find_letter "${letters%"$rest"}" || unknown_option "-${letters%"$rest"}"
		letters=$rest
		value=1
		case $takes in
		[A-Z]*)
			value=${letters#=}
			[ -n "$letters" ] || next_value "$@"
			letters=
			;;
		esac
		set_option "$value"
	done
}

# parse_options ARGUMENTS: operands go to descriptor 9, because options that change their meaning
# may still follow
parse_options() {
	while [ $# -gt 0 ]; do
		case $1 in
		::)
			shift
			for arg; do
				quote "$arg"
				test_args="$test_args $quoted"
			done
			return
			;;
		--)
			shift
			for arg; do operand "$arg"; done
			return
			;;
		--*)
			long_option "$@"
			shift $used
			;;
		-?*)
			short_options "$@"
			shift $used
			;;
		*) operand "$1" ;;
		esac
		shift
	done
}

operand() {
	tests_named=1
	if [ "$1" = - ]; then
		while IFS= read -r name || [ -n "$name" ]; do [ -z "$name" ] ||
			list_name "$name" >&9 || no_room; done
	else
		list_name "$1" >&9 || no_room
	fi
}
