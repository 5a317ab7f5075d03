# The same rule as in e2e.h: what the user names; else below his home, if that is his and can be
# written; else beside the temporary files, where others can write too, so it has to be ours alone.

#include "base.sh"

find_cache() {
	cache=
	if [ -n "${E2E_CACHE:-}" ]; then
		cache=$E2E_CACHE
		return
	fi
	if [ -n "${XDG_CACHE_HOME:-}" ]; then
		cache=$XDG_CACHE_HOME/e2e
	elif [ -n "${HOME:-}" ] && [ -d "$HOME" ]; then
		cache=$HOME/.cache/e2e
	fi
	if [ -n "$cache" ] && ours_or_new "$cache"; then return; fi
	cache=${TMPDIR:-/tmp}/e2e-cache-$(id -u)
	mkdir -m 700 "$cache" 2>/dev/null
	# shellcheck disable=SC2012  # of one folder, whose name does not matter
	if [ -d "$cache" ] && [ ! -h "$cache" ] && [ -O "$cache" ]; then
		case $(ls -ld "$cache") in d???------*) return ;; esac
	fi
	cache=$spool/cache # somebody has taken the name: it lasts for this run
}

ours_or_new() {
	above=$1
	while [ ! -e "$above" ]; do
		case $above in ?*/*) above=${above%/*} ;; *) break ;; esac
	done
	[ -d "$above" ] && [ -w "$above" ] && { [ "$above" != "$1" ] || [ -O "$above" ]; }
}

# The mark says that the folder is ours to empty
cache_mark='Signature: 8a477f597d28d172789f06886806bc55
# made by e2e'

clear_cache() {
	find_cache
	[ -e "$cache" ] || {
		say "The cache $cache is not there: nothing to do."
		return
	}
	if [ "$(cat "$cache/CACHEDIR.TAG" 2>/dev/null)" != "$cache_mark" ]; then
		die "$cache holds no CACHEDIR.TAG of ours, so it is left alone: remove it yourself, or set E2E_CACHE" 1
	fi
	for entry in "$cache"/* "$cache"/.[!.]* "$cache"/..?*; do
		[ "$entry" = "$cache/CACHEDIR.TAG" ] || rm -rf "$entry"
	done
	say "The cache $cache is empty now."
}

# The folder is made and marked by the first who needs it
name_cache() {
	find_cache
	# shellcheck disable=SC2034  # one of the workers' settings
	E2E__CACHE=$cache E2E__CACHE_MARK=$cache_mark
}
