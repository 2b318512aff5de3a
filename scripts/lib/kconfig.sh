# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# SPDX-License-Identifier: GPL-2.0-only
#
# Kconfig drops without a word what it has no place for: a symbol that was renamed, or
# whose dependencies are not met. Fragments are requests; the result is held to them.

# check_config CONFIG FRAGMENT...: whether CONFIG has what the fragments ask for, the last one
# that names a symbol. Says what differs.
check_config()
{
	local config=$1

	shift
	awk -v who="$who" -v config="$config" '
	function request(symbol, value) {
		if (FILENAME == config) {
			got[symbol] = value
		} else {
			wanted[symbol] = value
			by[symbol] = FILENAME
		}
	}
	/^CONFIG_[A-Za-z0-9_]+=/ { request(substr($0, 1, index($0, "=") - 1), substr($0, index($0, "=") + 1)) }
	/^# CONFIG_[A-Za-z0-9_]+ is not set/ { request($2, "n") }
	END {
		for (symbol in wanted) {
			is = symbol in got ? got[symbol] : "n"
			if (is == wanted[symbol])
				continue
			sub(/.*\//, "", by[symbol])
			printf "%s: %s: %s=%s was asked for; it is %s\n", who, by[symbol], symbol, wanted[symbol], is
			bad = 1
		}
		exit bad
	}' "$@" "$config" >&2
}
