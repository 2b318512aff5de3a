# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's source in $work/src, for kernel-patches/build: unpacked from what a place
# has, or copied from a tree of the user's.

# Of Debian's package the tarball, which it has as /usr/src/linux-source-*.tar.xz.
fetch_debian()
{
	local deb

	deb=$(fetch_deb) || return
	tarball=$work/source.tar.xz
	progress_while "kernel: open the package" "$work/fetch.log" open_package "$deb" "$tarball.part" &&
		mv "$tarball.part" "$tarball"
}

# open_package DEB TARBALL
open_package()
{
	dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards '*/linux-source-*.tar.xz' >"$2"
}

unpack()
{
	local blocks

	fresh_source
	# A checkpoint of tar is a record of 20 blocks.
	blocks=$(($(xz --robot --list "$tarball" | awk '/^totals/ { print $5 }') / 10240 + 1))
	progress_start "kernel: unpack"
	xz -T0 -dc "$tarball" |
		tar -x --strip-components=1 -C "$work/src" --checkpoint=500 --checkpoint-action=echo=%u 2>&1 |
		while read -r _ n; do
			[[ $n =~ ^[0-9]+$ ]] || die "$n"
			progress $((n < blocks ? n * 100 / blocks : 100))
		done
	progress_end
	rm -f "$work/source.tar.xz"
	touch "$work/src.ready"
}

# An empty folder; nothing that was made of another source stays.
fresh_source()
{
	rm -rf "$work/src" "$work"/obj* "$work/applied" "$work/src.ready"
	mkdir -p "$work/src"
}

fetch_source()
{
	use_work "${sum:0:16}"
	[[ ! -e $work/src.ready ]] || return 0
	case $kind in
	debian) fetch_debian || return ;;
	tarball) tarball=$(fetch_tarball) || return ;;
	*) die "$sources: a kernel of kind '$kind' is not known" ;;
	esac
}

take_tree()
{
	[[ ! -e $work/src.ready || $(cat "$work/tree" 2>/dev/null) != "$tree" ]] || return 0
	say "copy $own_tree"
	fresh_source
	tar -C "$own_tree" --exclude-vcs -cf - . | tar -C "$work/src" -xf -
	# Object files of a build in the tree would be taken for ours.
	make -s -C "$work/src" mrproper
	echo "$tree" >"$work/tree"
	touch "$work/src.ready"
}

# The pinned source is what the series was made for, so a context that differs is an error.
# A newer one may have a patch already, and a user's tree may be some way from it.
prepare_source()
{
	local names fuzz=0 may_be_in=$pinned

	[[ -e $work/src.ready ]] || unpack
	[[ -z $own_tree ]] || fuzz=2 may_be_in=1
	mapfile -t names < <(names_of_series)
	# Without src.ready the next try begins with a fresh source.
	apply_series "$patches" "$fuzz" "$may_be_in" "${names[@]}" || exec "$0" "${arguments[@]}"
	copy_drivers
}
