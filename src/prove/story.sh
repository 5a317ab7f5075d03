# --story: a failed case's story.jsonl on a terminal

#include "base.sh"

# last_story: sets $story_file to the newest one of failed cases
last_story() {
	story_file=''
	for story in "${TMPDIR:-/tmp}"/e2e-*/story.jsonl; do
		[ -f "$story" ] || continue
		if [ -z "$story_file" ] || [ -n "$(find "$story" -newer "$story_file")" ]; then
			story_file=$story
		fi
	done
	[ -n "$story_file" ] ||
		die "no case that failed has left a story in ${TMPDIR:-/tmp}: name its folder (the line folder: of its report) or its story.jsonl"
}

story_width() {
	width=${COLUMNS:-}
	[ -n "$width" ] || ! [ -t 1 ] || width=$(stty size </dev/tty 2>/dev/null | sed 's/.* //')
	case $width in '' | 0 | *[!0-9]*) width=80 ;; esac
}

# show_story - FILE: draws it; FILE is a story.jsonl, the folder of a case, or "" for the last one
show_story() {
	story_file=$2
	[ -n "$story_file" ] || last_story
	[ ! -d "$story_file" ] || story_file=${story_file%/}/story.jsonl
	if [ ! -f "$story_file" ] || [ ! -r "$story_file" ]; then
		die "can't read $story_file: a case that failed leaves one in its folder, if there was more to tell than assertions"
	fi

	story_width
	colour=${o_color:-}
	[ -n "$colour" ] || [ -n "${NO_COLOR:-}" ] || ! [ -t 1 ] || colour=1
	[ "$colour" != 0 ] || colour=''
	say "$story_file"
	drawn=0
	LC_ALL=C ${E2E_AWK:-awk} -v "width=$width" -v "colour=$colour" "$lanes_awk" <"$story_file" || drawn=$?

	# another status: who reads has seen enough, e.g. head
	[ "$drawn" != 3 ] || die "$story_file is no story of a case"
	exit 0
}
