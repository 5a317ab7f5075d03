# --help, --man, --completion

#include "base.sh"
#include "folders.sh"
#include "table.sh"

show_help() {
	# first, as "prove --help | head" ends most shells by a signal, without their clean-up
	cleanup
	say 'usage: prove [options] [files or folders] [:: arguments for the tests]
'
	say "$option_table" | LC_ALL=C awk "$usage_awk"
	say '
Long options may be shortened; those with a "!" in the manual take --no- in front. The exit status is 0 when nothing
failed, 1 when a test did, 2 for a wrong command line, 255 after a bail out. doc/prove.1 is the manual.'
	exit 0
}

show_version() {
	say "prove (e2e) $prove_version, a TAP 14 driver"
	exit 0
}

# shellcheck disable=SC2016  # its text is for other shells
show_completion() {
	case $2 in
	bash)
		say '# bash completion of prove: eval "$(prove --completion bash)"
_prove() {
	local word=${COMP_WORDS[COMP_CWORD]}
	COMPREPLY=()
	case ${COMP_WORDS[COMP_CWORD-1]} in'
		complete_values
		say '	esac
	case $word in
	-*)'
		say "		COMPREPLY=(\$(compgen -W '$(complete_options)' -- \"\$word\"))"
		say '		;;
	*) COMPREPLY=($(compgen -f -- "$word")) ;;
	esac
}
complete -o filenames -F _prove prove ./prove'
		;;
	zsh)
		say "#compdef prove
# zsh completion of prove: eval \"\$(prove --completion zsh)\", or save it as _prove in a folder of \$fpath
_prove() {
	_arguments \\"
		say "$option_values$nl$option_table" | LC_ALL=C awk "$zsh_awk"
		say "		'*:test:_files'
}
if [ \"\${funcstack[1]}\" = _prove ]; then _prove \"\$@\"; else compdef _prove prove; fi"
		;;
	*) die "--completion takes bash or zsh, not \"$2\"" ;;
	esac
	exit 0
}

complete_options() {
	each_option complete_option
}

complete_option() {
	printf -- '--%s ' "$1"
	[ "$2" = - ] || printf -- '-%s ' "$2"
}

# What bash completes behind options: words, or folders
complete_values() {
	each_option complete_value
}

complete_value() {
	argument=${3%...}
	argument=${argument%\*}
	argument=${argument%\?}
	values_of "$argument"
	if [ -n "$values" ]; then
		say "	--$1) COMPREPLY=(\$(compgen -W '$values' -- \"\$word\")); return ;;"
	elif [ "$argument" = DIR ]; then
		say "	--$1) COMPREPLY=(\$(compgen -d -- \"\$word\")); return ;;"
	fi
}

show_manual() {
	self=$0
	case $self in
	*/*) ;;
	*) if [ -f "./$self" ]; then self=./$self; else self=$(command -v "$self"); fi ;;
	esac
	for tries in 1 2 3 4 5; do
		[ -h "$self" ] || break
		# shellcheck disable=SC2012  # what a link leads to stands behind the arrow
		link=$(ls -ld "$self" | sed 's/.* -> //')
		case $link in /*) self=$link ;; *) self=${self%/*}/$link ;; esac
	done
	for manual in "${self%/*}/doc/prove.1" "${self%/*}/../share/man/man1/e2e-prove.1" "${self%/*}/../share/man/man1/prove.1"; do
		if [ -f "$manual" ]; then
			cleanup # most shells do it at no exec
			exec man "$manual"
		fi
	done
	die "the manual is not beside $0: see doc/prove.1 where prove came from, or prove --help"
}
