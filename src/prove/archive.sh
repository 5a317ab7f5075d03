# --archive: made, and read

#include "base.sh"

# Archives of TAP (see --archive) are tests whose output is there already, in the order that they
# name
unpack_archive() {
	archives=$((${archives:-0} + 1))
	mkdir "$spool/archive.$archives"
	case $1 in
	*.tar) cat <"$1" ;;
	*) gzip -dc <"$1" || true >"$spool/not-packed" ;;
	esac | tar -xf - -C "$spool/archive.$archives" ||
		die "can't unpack $1: is it an archive of TAP, made with --archive?"
	[ ! -e "$spool/not-packed" ] || die "can't unpack $1: it is not whole"
	[ -f "$spool/archive.$archives/meta.yml" ] ||
		die "$1 holds no meta.yml: it is no archive of TAP"
	find_in_archive "$spool/archive.$archives"
}

# Whoever made an archive does not say which files of this machine are read
find_in_archive() {
	[ -z "$(find "$1" ! -type f ! -type d -print 2>&1)" ] ||
		die "the archive ${name:-$1} holds links, FIFOs or devices (or what may not be read): it is no archive of TAP"
	archive=$1 LC_ALL=C awk "$meta_awk" "$1/meta.yml"
}

# --archive FILE: packed if its name says so, else a folder
make_archive() {
	new=$o_archive.$$
	if taken "$new"; then
		say "prove: can't write the archive $o_archive: $new is in the way, remove it" >&2
		return 1
	fi
	if fill_archive && pack_archive; then return; fi
	rm -rf "$new"
	say "prove: can't write the archive $o_archive (see above): is its folder there, and has it room?" >&2
	return 1
}

fill_archive() {
	packed=$spool/packed
	mkdir "$packed" && mv "$spool/meta.yml" "$packed/meta.yml" || return
	[ -f "$spool/archive.list" ] || return 0
	while IFS= read -r from && IFS= read -r name; do
		case $name in */*) [ -d "$packed/${name%/*}" ] || mkdir -p "$packed/${name%/*}" || return ;; esac
		cp "$from" "$packed/$name" || return
	done <"$spool/archive.list"
}

# A folder that is there is replaced only if it is an archive too
pack_archive() {
	case $o_archive in
	*.gz | *.tgz) { (cd "$packed" && tar -cf - -- *) || true >"$spool/unpacked"; } |
		gzip -n >"$new" && [ ! -e "$spool/unpacked" ] ;;
	*.tar) (cd "$packed" && tar -cf - -- *) >"$new" ;;
	*) cp -R "$packed" "$new" && replaceable "$o_archive" && rm -rf "$o_archive" ;;
	esac && mv -f "$new" "$o_archive"
}

# replaceable FOLDER: it isn't there, or holds nothing, or an archive and nothing else
replaceable() {
	taken "$1" || return 0
	[ -d "$1" ] && [ ! -h "$1" ] || return
	if [ -f "$1/meta.yml" ]; then
		{ read -r line && [ "$line" = --- ] && read -r line &&
			[ "$line" = file_attributes: ]; } <"$1/meta.yml" && ! holds_more "$1"
		return
	fi
	for file in "$1"/* "$1"/.[!.]* "$1"/..?*; do
		if taken "$file"; then return 1; fi
	done
}

# holds_more FOLDER: there is a file, or whatever, that its meta.yml doesn't name
holds_more() {
	{
		archive=$1 LC_ALL=C awk "$meta_awk" "$1/meta.yml" | cut -f 2,9 | tr '\t' '\n'
		say "$1/meta.yml"
	} >"$spool/named" 2>/dev/null
	find "$1" ! -type d -print | LC_ALL=C grep -qvxF -f "$spool/named"
}
