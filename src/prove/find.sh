# Files and folders become the list of tests

#include "archive.sh"
#include "base.sh"
#include "names.sh"

find_tests() {
	line=
	while IFS= read -r line && [ "$line" != . ]; do
		read_name "$line"
		if [ -d "$name" ]; then
			if [ -f "$name/meta.yml" ]; then find_in_archive "$name"; else find_in_folder "$name"; fi ||
				exit 2
		elif [ -e "$name" ]; then
			case $name in
			*.tar.gz | *.tgz | *.tar) unpack_archive "$name" || exit 2 ;;
			*) put "$line" ;;
			esac
		else
			die "there is no test $name: neither a file nor a folder of that name exists"
		fi
	done
	[ "$line" = . ] || no_room
	if [ "$tests_named" = 0 ]; then
		case $o_state in
		*[a-z]*) [ "$o_state" = "save$nl" ] || named_by_state=1 ;;
		esac
		if [ -n "$named_by_state" ]; then
			:
		elif [ "$o_recurse" = 1 ]; then
			find_in_folder . || exit 2
		elif [ -d t ]; then
			find_in_folder t || exit 2
		else
			die "no tests named, and there is no folder t: name files or folders, or give -r"
		fi
	fi
	put .
}

# find_in_folder FOLDER: its tests, sorted by bytes whatever the locale
find_in_folder() {
	folder=$1
	case $folder in ?*/) folder=${folder%/} ;; esac
	if [ ! -r "$folder/." ] || [ ! -x "$folder/." ]; then
		die "can't look for tests in the folder $folder: it may not be read"
	fi
	# With one ending in one folder nothing has to be sorted or looked at again
	case $o_recurse:$o_ext in
	1:* | *"$nl"?*) ;;
	*)
		find_sorted
		case $? in
		0) return ;;
		3) ;; # none
		*) exit 2 ;;
		esac
		;;
	esac
	find_sorted >"$spool/found"
	case $? in 0 | 3) ;; *) exit 2 ;; esac
	[ ! -e "$spool/closed" ] ||
		die "not all tests could be found (see above): make the folders readable, or name others"
	if [ ! -s "$spool/found" ] && [ -z "$ext_given" ]; then find_sources; fi
	cat "$spool/found" || no_room
}

# find_sorted: its status is 3 where the shell has found none
find_sorted() {
	case $o_recurse:$o_ext in
	1:* | *"$nl"?*) find_by_each_ext | LC_ALL=C sort -k 1.2 ;; # after the mark of list_name
	*) (
		# the shell sorts what it finds
		LC_ALL=C
		found_one=''
		find_by_each_ext
		[ -n "$found_one" ] || exit 3
	) ;;
	esac
}

# find_sources: a folder without any .t has its tests in C: sources with e2e.h (or one above it) and
# a main; others may be parts of them
find_sources() {
	usual_ext=$o_ext o_ext=.c$nl
	find_sorted >"$spool/found"
	case $? in 0 | 3) ;; *) exit 2 ;; esac
	o_ext=$usual_ext
	while IFS= read -r line; do
		read_name "$line"
		case $name in -*) name=./$name ;; esac
		if grep -q '^[ 	]*#[ 	]*include.*e2e[_a-z]*\.h' "$name" &&
			grep -q -e '^[ 	]*E2E_MAIN' -e '[ 	]mai[n][ 	]*(' "$name"; then
			put "$line"
		fi
	done <"$spool/found" >"$spool/sources"
	mv -f "$spool/sources" "$spool/found"
}

find_by_each_ext() {
	rest_ext=$o_ext
	while [ -n "$rest_ext" ]; do
		ext=.${rest_ext%%"$nl"*}
		rest_ext=${rest_ext#*"$nl"}
		case $ext in ..*) ext=${ext#.} ;; esac
		if [ "$o_recurse" = 1 ]; then
			find_below "$folder" "$ext"
		else
			for file in "$folder"/*"$ext"; do
				if [ -f "$file" ]; then
					found_one=1
					list_name "$file" || no_room
				fi
			done
		fi
	done
}

# closed_below START: find complains of folders that can't be read, and of links that lead in a
# circle; what is in the former would be missed
closed_below() {
	closed=$(find -L "$1" -type d -exec sh -c 'for d; do [ -r "$d" ] && [ -x "$d" ] || echo "$d"; done' sh {} + 2>/dev/null)
	[ -n "$closed" ] || return 0
	say "prove: can't look for tests in these folders:
$closed" >&2
	return 1
}

# "//./" can't occur in what find appends to its starting point, so a line without it goes on with a
# name that holds a newline
find_below() {
	case $1 in /* | ./* | ../*) start=$1 ;; *) start=./$1 ;; esac
	{ find -L "$start//." -type f -name "*$2" -print 2>/dev/null || closed_below "$start" ||
		true >"$spool/closed"; } | folder=$1 LC_ALL=C awk "$found_awk"
}
