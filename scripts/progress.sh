# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Progress of long steps, for scripts to source. On a terminal it is one line
# that changes; in a log, one line every ten per cent. All of it goes to
# standard error: standard output belongs to the scripts' results.
#
#	progress_start LABEL	a step begins
#	progress PERCENT	where it is; going back or standing still prints nothing
#	progress_end		it is through

progress_start()
{
	progress_label=$1
	progress_last=-1
	progress_since=$(date +%s)
	progress_tty=
	[ -t 2 ] && [ "${TERM:-dumb}" != dumb ] && progress_tty=1
	progress 0
}

progress()
{
	if [ -n "$progress_tty" ]; then
		[ "$1" -gt "$progress_last" ] || return 0
		printf '\r\033[K%s: %d %%' "$progress_label" "$1" >&2
	else
		[ "$progress_last" -lt 0 ] || [ $(($1 / 10)) -gt $((progress_last / 10)) ] || return 0
		printf '%s: %d %%\n' "$progress_label" "$1" >&2
	fi
	progress_last=$1
}

progress_end()
{
	[ -z "$progress_tty" ] || printf '\r\033[K' >&2
	printf '%s: done in %d s\n' "$progress_label" $(($(date +%s) - progress_since)) >&2
}
