# The table of options is options.txt: the parser, --help, the completions, the checks and the brain
# read it. Its columns:
#
#	NAME      --NAME; it may be shortened as long as it is clear
#	LETTER    -L, or - for none
#	ARGUMENT  - for none; ! for none, and --no-NAME takes it back; else what is to be given:
#	          N is a whole number, S seconds, FILE and DIR complete as such, others by
#	          option_values. With ... behind it may be repeated: the variable holds a line
#	          each. With ? behind it may be left out where what follows is no file. With * behind it is a report, for which tests tell more and the time of
#	          the day is known.
#	VARIABLE  where it is kept, VARIABLE=DEFAULT, VARIABLE:FUNCTION or :FUNCTION, which is
#	          called with name and value; - for options without effect. Those that begin with
#	          o_ are the brain's too.
#	the rest  what it does, for --help

#include "base.sh"

# What may be given for some arguments
option_values='STATE last failed passed all hot todo slow fast new old fresh save
SHELL bash zsh
FORMAT console junit file'

# values_of ARGUMENT: sets $values
values_of() {
	case $nl$option_values$nl in
	*"$nl$1 "*)
		values=${option_values#*"$1 "}
		values=${values%%"$nl"*}
		;;
	*) values='' ;;
	esac
}

# split_variable TEXT: sets $variable, $default and $function from the column of this name
split_variable() {
	variable=$1 default='' function=''
	case $variable in
	-) variable='' ;;
	*:*) function=${variable#*:} variable=${variable%%:*} ;;
	*=*) default=${variable#*=} variable=${variable%%=*} ;;
	esac
}

# each_option FUNCTION: calls it with the columns of each line of the table. A loop of read would ask
# the system for each byte.
each_option() {
	set -f
	IFS=$nl
	for row in $option_table; do
		unset IFS
		# shellcheck disable=SC2086  # columns
		"$1" $row
	done
	unset IFS
	set +f
}

# All options as they are when none is given; brain_names are those that the brain gets
clear_options() {
	brain_names='o_exec_set'
	o_exec_set='' test_args='' tests_named=0
	each_option clear_option
}

clear_option() {
	split_variable "$4"
	[ -n "$variable" ] || return 0
	eval "$variable="
	case $variable in o_*) brain_names="$brain_names $variable" ;; esac
}

# check_values: whole numbers are such; what was not given has its default; $reports tells whether
# there are any
check_values() {
	reports=''
	each_option check_value
}

check_value() {
	split_variable "$4"
	[ -n "$variable" ] || return 0
	eval "value=\$$variable"
	if [ -n "$value" ]; then
		case $3:$2 in
		N:-) number "--$1" "$value" ;;
		N:*) number "-$2" "$value" ;;
		*\*:*) reports=1 ;;
		esac
	elif [ -n "$default" ]; then
		case $3 in *...) default=$default$nl ;; esac
		eval "$variable=\$default"
	fi
}

# What awk gets as numbers: sets $brain_numbers to its options
name_numbers() {
	brain_numbers="-v o_exec_set=${o_exec_set:-0}"
	each_option name_number
}

name_number() {
	split_variable "$4"
	case $3:$variable in
	[-!N]:o_*) eval "brain_numbers=\"\$brain_numbers -v $variable=\${$variable:-0}\"" ;;
	esac
}
