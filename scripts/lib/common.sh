# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts have in common that build an image from somebody else's source
# (kernel-patches/build, firmware/build, boot/uboot/build, examples/demo-initrd/tools/fetch).
# Such a script sets `top` and `who`, its name in messages, and sources this file,
# which brings the others:
#
#	progress.sh	progress of long steps
#	keys.sh		digests of what goes in
#	places.sh	where the source comes from
#	series.sh	the patches
#	kconfig.sh	configurations that are what the fragments ask for
#	results.sh	the cache of what was built
#	way.sh		the way from a source to a result

# shellcheck source=scripts/progress.sh disable=SC1091 # by itself it is not followed
. "$top/scripts/progress.sh"
# shellcheck source=scripts/lib/keys.sh
. "$top/scripts/lib/keys.sh"
# shellcheck source=scripts/lib/places.sh
. "$top/scripts/lib/places.sh"
# shellcheck source=scripts/lib/series.sh
. "$top/scripts/lib/series.sh"
# shellcheck source=scripts/lib/kconfig.sh
. "$top/scripts/lib/kconfig.sh"
# shellcheck source=scripts/lib/results.sh
. "$top/scripts/lib/results.sh"
# shellcheck source=scripts/lib/way.sh
. "$top/scripts/lib/way.sh"

locked=${BULKHEAD_LOCKED:-}
cache_root=${BULKHEAD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bulkhead}

say()
{
	echo "$who: $*" >&2
}

die()
{
	say "error: $*"
	exit 1
}

# have_tools TOOL...: whether all of these programs are installed
have_tools()
{
	local tool

	for tool; do
		command -v "$tool" >/dev/null || return
	done
}

# need TOOL...: programs without which nothing can be built
need()
{
	local tool

	for tool; do
		command -v "$tool" >/dev/null || die "$tool is missing: scripts/install-deps installs it"
	done
}
