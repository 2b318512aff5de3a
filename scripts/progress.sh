# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Progress of long steps, for scripts to source. On a terminal it is one line
# that changes; in a log, one line every ten per cent. All of it goes to
# standard error: standard output belongs to the scripts' results.
#
#	progress_start LABEL	a step begins
#	progress PERCENT	where it is; going back or standing still prints nothing
#	progress_tick		it is where it was, and goes on: the seconds on a terminal
#	progress_end		it is through
#	progress_lines ...	a command whose lines of output are the progress
#	progress_failed LOG	instead of progress_end
#	progress_while LABEL LOG COMMAND...
#				a whole step that says nothing of how far it is; its output goes to LOG

progress_start()
{
	progress_label=$1
	progress_last=-1
	progress_since=$SECONDS
	progress_second=0
	progress_tty=
	[[ -t 2 && ${TERM:-dumb} != dumb ]] && progress_tty=1
	progress 0
}

progress()
{
	if [[ -n $progress_tty ]]; then
		[[ $1 -gt $progress_last ]] || {
			progress_tick
			return
		}
		progress_last=$1
		progress_draw
	else
		[[ $progress_last -lt 0 || $(($1 / 10)) -gt $((progress_last / 10)) ]] || return 0
		progress_last=$1
		printf '%s: %d %%\n' "$progress_label" "$1" >&2
	fi
}

progress_tick()
{
	[[ -z $progress_tty || $((SECONDS - progress_since)) == "$progress_second" ]] || progress_draw
}

progress_draw()
{
	progress_second=$((SECONDS - progress_since))
	printf '\r\033[K%s: %d %%, %d s' "$progress_label" "$progress_last" "$progress_second" >&2
}

progress_end()
{
	[[ -z $progress_tty ]] || printf '\r\033[K' >&2
	printf '%s: done in %d s\n' "$progress_label" $((SECONDS - progress_since)) >&2
}

# progress_lines FROM TO LINES LOG COMMAND...: runs it with its output in LOG, while the
# percentage goes from FROM to TO as it prints what may be LINES lines
progress_lines()
{
	local from=$1 to=$2 lines=$3 log=$4

	shift 4
	"$@" 2>&1 | tee "$log" | progress_count "$from" "$to" "$lines" || return
	progress_last=$to
}

progress_count()
{
	local from=$1 to=$2 lines=$3 n=0 status

	while :; do
		status=0
		# Links and checkers take seconds and print nothing: the clock goes on.
		read -r -t 1 _ || status=$?
		[[ $status == 0 || $status -gt 128 ]] || break
		[[ $status != 0 ]] || n=$((n + 1))
		progress $((n < lines ? from + n * (to - from) / lines : to))
	done
}

# progress_failed LOG: a step failed; shows what LOG says of it
progress_failed()
{
	[[ -z $progress_tty ]] || echo >&2
	grep -B2 -A12 -m1 -E '(error|Error [0-9]+)' "$1" >&2 || tail -n 20 "$1" >&2
}

progress_while()
{
	local label=$1 log=$2 ticker='' status=0 since=$SECONDS

	shift 2
	if [[ -t 2 && ${TERM:-dumb} != dumb ]]; then
		# The command stays in front, where Ctrl-C reaches it. No lock is for the clock.
		while kill -0 $$ 2>/dev/null; do
			printf '\r\033[K%s: %d s' "$label" $((SECONDS - since)) >&2
			sleep 1
		done 8>&- 9>&- &
		ticker=$!
	else
		echo "$label ..." >&2
	fi
	"$@" >"$log" 2>&1 || status=$?
	if [[ -n $ticker ]]; then
		kill "$ticker"
		wait "$ticker" 2>/dev/null || true
		printf '\r\033[K' >&2
	fi
	[[ $status != 0 ]] || echo "$label: done in $((SECONDS - since)) s" >&2
	return $status
}
