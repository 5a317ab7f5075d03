# Names of files in lists

#include "base.sh"

# list_name NAME: one line for the brain's list; a newline in a name is written as \n, marked by an
# e in front. A list ends with a line ".", by which its reader knows that it is whole.
list_name() {
	case $1 in
	*"$nl"*)
		say "$1." | LC_ALL=C sed 's/\\/\\\\/g' | LC_ALL=C awk '
			{ text = text (NR > 1 ? "\\n" : "") $0 }
			END { print "e" substr(text, 1, length(text) - 1) }'
		;;
	*) say "r$1" ;;
	esac
}

# read_name LINE: the way back, into $name
read_name() {
	name=${1#?}
	case $1 in
	e*)
		name=$(printf '%b.' "$name")
		name=${name%.}
		;;
	esac
}
