# C sources: the worker compiles them, once for each content. A line /* e2e: words */ in the source
# names pkg-config packages, -flags and further sources (*.c, beside it). An entry of the cache
# holds the program and the sums of all files that went into it; it is valid as long as those are
# the same.

# shellcheck disable=SC2086  # compilers, flags and packages are words

# POSIX has cksum, small busyboxes have others. Without a sum, programs of other sources would be taken
# for the same, so none is built.
sums=yes
if ! command -v cksum >/dev/null 2>&1; then
	if command -v md5sum >/dev/null 2>&1; then
		cksum() { md5sum "$@"; }
	elif command -v sha256sum >/dev/null 2>&1; then
		cksum() { sha256sum "$@"; }
	else
		sums=
	fi
fi

# Is it a text with commands, and nothing that runs by itself?
is_scenario() {
	[ -f "$path" ] && [ ! -x "$path" ] || return
	IFS= read -r line <"$path"
	case $line in "#!"*) return 1 ;; esac
}

# build_scenario: the program for a text, the same for all of them but for the folders of its header
build_scenario() {
	text=$path
	path=$E2E__CACHE/scenario.c
	make_cache && if ! say_scenario | cmp -s - "$path"; then
		say_scenario >"$path.$$" && mv "$path.$$" "$path"
	fi
	build
	if [ "$how" = failed ]; then
		echo "prove: $prog is a scenario, for which e2e_proc.h has to be in this folder, beside it or" \
			"beside prove" >>"$err"
	fi
	text=
}

say_scenario() {
	echo "#include \"e2e_proc.h\""
	echo "E2E_TEST(scenario) { e2e__literate_run(); }"
	echo "int main(int argc, char **argv) { return e2e__literate_main(argc, argv); }"
}

# make_cache: the cache with its mark
make_cache() {
	[ -f "$E2E__CACHE/CACHEDIR.TAG" ] || (umask 077 && mkdir -p "$E2E__CACHE" &&
		echo "$E2E__CACHE_MARK" >"$E2E__CACHE/CACHEDIR.TAG")
}

text=

build() {
	how=failed
	status=1
	folder=${path%/*}
	if [ -z "$sums" ]; then
		echo "prove: $prog is not built: there is none of cksum, md5sum and sha256sum, by which prove" \
			"knows that a source has changed: install one of them" >>"$err"
		build_failed
		return
	fi
	read_needs || return
	compiler=${CC:-cc}
	set -- ${CFLAGS:--O0 -g} -I. "-I$folder"
	# shellcheck disable=SC2153  # two names
	[ -z "$text" ] || set -- "$@" "-I${text%/*}" "-I$(dirname "$E2E__DRIVER")"
	identity=$(ls -lL "$(command -v ${compiler%% *})" 2>&1)
	key=$(echo "$PWD $path $compiler $* ${LDFLAGS:-} $flags $sources $identity" | cksum)
	if [ -n "$sources" ]; then
		IFS=$nl; set -f
		for word in $sources; do set -- "$@" "$word"; done
		unset IFS; set +f
	fi

	entry=$E2E__CACHE/c/$(echo "${path##*/}" | tr -c "A-Za-z0-9._\n-" _).$(echo $key | tr " " -)
	if [ -f "$entry/sums" ] && sums_of "$entry/files" | cmp -s - "$entry/sums"; then
		path=$entry/program how=
		return
	fi
	build_entry "$@" && return
	[ ! -d "$entry.$$" ] || rm -rf "$entry.$$"
	advise_builder >>"$err"
	build_failed
}

# What the compiler's or linker's words mean for who begins with e2e.h.
advise_builder() {
	if ! command -v ${compiler%% *} >/dev/null 2>&1; then
		echo "prove: there is no C compiler ${compiler%% *} to build $prog with: install it, or name" \
			"another one by CC, as in CC=clang"
		return
	fi
	case $packages in
	*libstrophe*) ;;
	*)
		if grep -q "include.*e2e_xmpp\.h" "$path" &&
			grep -q -e "[/\"< ]strophe\.h" -e "undefined.*xmpp_" "$err"; then
			echo "prove: $prog includes e2e_xmpp.h, but names no packages to build it with:" \
				"it needs the line /* e2e: libstrophe openssl libsodium */"
			return
		fi
		;;
	esac
	words=$(LC_ALL=C sed -n -e "s/.*undefined reference to//p" -e "s/.*undefined symbol//p" \
		-e "s/.*implicit declaration of function//p" -e "s/.*undeclared function//p" "$err" |
		LC_ALL=C sed -n "s/^[^a-zA-Z0-9_]*\([a-zA-Z0-9_]*\).*/\1/p")
	for word in $words; do
		case $word in
		main)
			! grep -q "^ *E2E_TEST" "$path" ||
				echo "prove: $prog has cases and no main(): end it with E2E_MAIN()"
			return
			;;
		e2e_*)
			for header in e2e_proc.h e2e_xmpp.h; do
				for line in "$folder" . "$(dirname "$E2E__DRIVER")"; do
					[ ! -f "$line/$header" ] || break
				done
				grep -q -s -e "^#define ${word}[( ]" -e "^E2E__FN .*[ *]${word}(" "$line/$header" || continue
				grep -q "include.*$header" "$path" ||
					echo "prove: $word is in $header, which $prog does not include"
				return
			done
			;;
		esac
	done
}

# The words in the source: $packages, $flags, $sources (one a line)
read_needs() {
	words=$(sed -n "s|^/\* e2e: \(.*\) \*/.*|\1|p" "$path" | tr "\n" " ")
	packages='' flags='' sources=''
	for word in $words; do
		case $word in
		-*) flags="$flags $word" ;;
		*.c) sources="$sources$folder/$word$nl" ;;
		*) packages="$packages $word" ;;
		esac
	done
	[ -n "$packages" ] || return 0
	if libs=$(pkg-config --cflags --libs $packages 2>"$err"); then
		flags="$flags $libs"
		return
	fi
	echo "prove: $prog names the packages$packages, which pkg-config does not find:" \
		"install them" >>"$err"
	build_failed
	return 1
}

# build_entry OPTIONS: a new entry of the cache, which takes its name when it is whole
build_entry() {
	make_cache
	[ ! -h "$entry.$$" ] || rm -f "$entry.$$"
	if ! mkdir -p "$entry.$$"; then
		echo "prove: no place for the program of $prog: set E2E_CACHE to a folder that may be" \
			"written to" >"$err"
		return 1
	fi
	build_with_functions "$@" ||
		$E2E__AS $compiler "$@" -MD -MF "$entry.$$/made" -o "$entry.$$/program" "$path" $flags \
			${LDFLAGS:-} >"$err" 2>&1 || return
	if [ -n "$sources" ]; then echo "${sources%"$nl"}" >"$entry.$$/files"; fi
	if ! {
		LC_ALL=C awk "$made_awk" "$entry.$$/made" >>"$entry.$$/files" &&
			sums_of "$entry.$$/files" >"$entry.$$/sums" &&
			[ -s "$entry.$$/sums" ]
	}; then
		echo "prove: no room for the program of $prog: set E2E_CACHE to a folder with room" >>"$err"
		return 1
	fi
	rm -rf "$entry"
	mv "$entry.$$" "$entry" 2>/dev/null || rm -rf "$entry.$$"
	path=$entry/program how=
	if counts_lines "$@"; then keep_counters; fi
}

counts_lines() {
	case "$* $flags" in *--coverage* | *-fprofile-arcs*) return ;; esac
	return 1
}

# The program writes its counters (.gcda) to where it was compiled, and gcov wants them beside
# what the compiler has written of the source (.gcno).
keep_counters() {
	for line in "$entry".*; do [ ! -h "$line" ] || rm -f "$line"; done
	ln -s "${entry##*/}" "$entry.$$"
}

# A test of one source with e2e.h (or those above it): the header has its functions compiled once
# for all tests (E2E_EXTERN, E2E_IMPLEMENT), which takes a fraction of the time. Whatever goes
# wrong, the plain way follows, and tells.
build_with_functions() {
	[ -z "$sources" ] && grep -q "^ *# *include.*e2e[_a-z]*\.h" "$path" || return
	! counts_lines "$@" || return
	case "$* $flags ${LDFLAGS:-} $(cat "$path")" in *-DE2E_* | *E2E_GCOV*) return 1 ;; esac
	compile_flags=
	for word in $flags; do
		case $word in -l* | -L* | -Wl,* | *.a | *.o | *.so) ;; *) compile_flags="$compile_flags $word" ;; esac
	done
	$E2E__AS $compiler "$@" $compile_flags -DE2E_EXTERN -MD -MF "$entry.$$/made" -c -o "$entry.$$/o" "$path" >"$err" 2>&1 ||
		return
	# shellcheck disable=SC2020  # blanks and backslashes become newlines
	headers=$(tr -s " \\\\" "\n\n" <"$entry.$$/made" | grep "e2e[_a-z]*\.h$" | sort -u)
	header=
	for word in e2e.h e2e_proc.h e2e_xmpp.h; do
		for line in $headers; do case /$line in */$word) header=$line ;; esac; done
	done
	[ -n "$header" ] || return
	line=$(echo "$compiler $* $compile_flags $identity $(cat $headers | cksum)" | cksum)
	functions=$E2E__CACHE/c/functions.${line%% *}-${line##* }
	if ! [ -f "$functions/e2e.o" ]; then
		line=$functions.$$
		mkdir "$line" || return
		if ! $E2E__AS $compiler "$@" $compile_flags -DE2E_IMPLEMENT -x c -c -o "$line/e2e.o" "$header" >"$line/err" 2>&1; then
			rm -rf "$line"
			return 1
		fi
		[ -d "$functions" ] || mv "$line" "$functions" 2>>"$err"
		rm -rf "$line" "${functions:?}/${line##*/}" # another worker may have been first
	fi
	$E2E__AS $compiler "$@" -o "$entry.$$/program" "$entry.$$/o" "$functions/e2e.o" $flags ${LDFLAGS:-} >>"$err" 2>&1 ||
		return
	rm -f "$entry.$$/o"
}

sums_of() {
	list=$1
	set --
	while IFS= read -r file; do set -- "$@" "$file"; done <"$list"
	cksum "$@" 2>&1
}

build_failed() {
	echo "1..1" >"$out"
	echo "not ok 1 - compile $prog" >>"$out"
}
