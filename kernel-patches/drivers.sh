# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# SPDX-License-Identifier: GPL-2.0-only
#
# The drivers of ipi/linux in the kernel's source, for kernel-patches/build.

# Driver sources, one "NAME FILE" a line: what drivers/bulkhead gets, from where. The
# contracts and the ring core are the same files that everybody else compiles.
list_drivers()
{
	local file

	[[ -z $stock && -d $top/ipi/linux ]] || return 0
	(
		cd "$top" || exit
		find ipi/linux -type f \( -name '*.[chS]' -o -name Kconfig -o -name Makefile \) |
			sed 's,^ipi/linux/\(.*\),\1 &,'
		for file in ipi/ring/*.h; do
			[[ ! -e $file ]] || echo "${file##*/} $file"
		done
		for file in ipi/include/bulkhead/*.h include/bulkhead/*.h; do
			[[ ! -e $file ]] || echo "include/bulkhead/${file##*/} $file"
		done
	) | LC_ALL=C sort
}

# Only what differs is written, for make to see what has changed.
copy_drivers()
{
	local to=$work/src/drivers/bulkhead list name file

	list=$(list_drivers)
	[[ -n $list ]] || {
		rm -rf "$to"
		return 0
	}
	while read -r name file; do
		cmp -s "$top/$file" "$to/$name" || install -D -m 644 "$top/$file" "$to/$name"
	done <<<"$list"
	(cd "$to" && find . -type f -printf '%P\n') | while read -r name; do
		grep -qF "$name " <<<"$list" || rm -f "$to/$name"
	done
}
