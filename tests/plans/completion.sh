#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# completion/bulkhead.bash, asked as bash asks it. Takes the command's path.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
command=$(realpath "$1")
cd "$top" || exit 1
shopt -s extglob
# shellcheck source=completion/bulkhead.bash
source completion/bulkhead.bash
# shellcheck disable=SC2317 # called by what is sourced
compopt() { :; }	# works within a completion only
failed=0

# expect WANT WORD...: completing the last WORD offers WANT (a glob) among the rest
expect()
{
	local want=$1
	shift
	COMP_WORDS=("$command" "$@")
	COMP_CWORD=$#
	_bulkhead
	# shellcheck disable=SC2053
	[[ " ${COMPREPLY[*]} " == $want ]] && return
	echo "completion of '$*': wanted '$want', got '${COMPREPLY[*]}'"
	failed=1
}

expect '* check *compile *run *' ''
expect ' check ' ch
expect ' compile ' help com
expect '* --machine *' check --
expect ' --json ' check --js
expect '* live *' check --machine li
expect '* examples/tour-x86.yaml *' check examples/to
expect '* examples/tour-x86.yaml *' compile -o out examples/
expect ' uefi ' run --firmware u
expect ' --linger ' console --li
expect ' none ' console --escape n
expect ' direct ' run --firmware d
expect ' examples ' keygen exa
exit $failed
