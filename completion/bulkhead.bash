# SPDX-License-Identifier: GPL-2.0-only
# bash completion for bulkhead(1): source it, or put it into
# /usr/share/bash-completion/completions/bulkhead.
#
# Verbs and options come from the command's own help, so that this file knows
# none that there is not.

_bulkhead()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local bulkhead=${COMP_WORDS[0]} verb="" i words

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} != -* ]]; then
			verb=${COMP_WORDS[i]}
			break
		fi
	done

	if [[ -z $verb || $verb == help ]]; then
		words=$("$bulkhead" --help 2>/dev/null | sed -n 's/^  \([a-z-]\{1,\}\)  .*/\1/p')
		[[ -z $verb ]] && words+=" --help --version"
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
		return
	fi

	case $prev in
	--machine | -m)
		mapfile -t COMPREPLY < <(compgen -W live -- "$cur"; compgen -f -- "$cur")
		compopt -o filenames
		return ;;
	--firmware)
		mapfile -t COMPREPLY < <(compgen -W "bios uefi spl direct" -- "$cur")
		return ;;
	--format)
		mapfile -t COMPREPLY < <(compgen -W "table json svg" -- "$cur")
		return ;;
	--accel)
		mapfile -t COMPREPLY < <(compgen -W "auto tcg kvm" -- "$cur")
		return ;;
	--color | --colour)
		mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$cur")
		return ;;
	--escape | -e)
		[[ $verb == console ]] || return
		mapfile -t COMPREPLY < <(compgen -W none -- "$cur")
		return ;;
	--expect | --timeout | --qemu-arg | --linger)
		return ;;
	--root | --log-dir | --socket-dir | --trees | --key)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames
		return ;;
	--output | -o | --image | --boot-stage | --spl | --qemu)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames
		return ;;
	esac

	if [[ $cur == -* ]]; then
		words=$("$bulkhead" "$verb" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
		return
	fi
	if [[ $verb == console ]]; then
		words=$("$bulkhead" console 2>/dev/null | sed -n '2,$s/ .*//p')
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
		return
	fi
	if [[ $verb == keygen ]]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames
		return
	fi
	[[ $verb != machine ]] || return
	# Not compgen -X: its alternatives need extglob.
	mapfile -t COMPREPLY < <(compgen -f -- "$cur" | grep -E '\.(ya?ml|json)$'; compgen -d -- "$cur")
	compopt -o filenames
}

complete -F _bulkhead bulkhead
