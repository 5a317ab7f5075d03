# Lines, errors, quoting, the clock

prove_version=@E2E_VERSION@
nl='
'

# printf is not built into every shell (mksh), and an external one would cost a process a line
if [ -n "$KSH_VERSION" ]; then
	say() { print -r -- "$1"; }
else
	say() { printf '%s\n' "$1"; }
fi

die() {
	say "prove: $1" >&2
	exit "${2:-2}"
}

# put TEXT: a line into one of our own files, which the rest relies on
put() {
	say "$1" || no_room
}

no_room() {
	die "can't write to $spool (see above): set TMPDIR, and E2E_SPOOL if it is set, to a folder with room"
}

# quote TEXT: sets $quoted to a word that the shell reads back as TEXT
quote() {
	quoted=
	quote_rest=$1
	while :; do
		case $quote_rest in
		*\'*)
			quoted="$quoted${quote_rest%%\'*}'\\''"
			quote_rest=${quote_rest#*\'}
			;;
		*) break ;;
		esac
	done
	quoted="'$quoted$quote_rest'"
}

number() {
	case $2 in
	'' | *[!0-9]* | 0?*) die "$1 takes a whole number, not \"$2\"" ;;
	esac
}

taken() {
	[ -e "$1" ] || [ -h "$1" ]
}
