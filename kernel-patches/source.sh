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
	dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards '*/linux-source-*.tar.xz' >"$tarball.part" &&
		mv "$tarball.part" "$tarball"
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

# fetch_source: what the place in use has, for unpack, unless it is unpacked already
fetch_source()
{
	use_work "${sum:0:16}"
	key=$(key_of "$sum")
	[[ ! -e $work/src.ready ]] || return 0
	case $kind in
	debian) fetch_debian || return ;;
	tarball) tarball=$(fetch_tarball "$cache/linux") || return ;;
	*) die "$sources: a kernel of kind '$kind' is not known" ;;
	esac
}

# take_tree DIGEST: the same from LINUX_SRC
take_tree()
{
	origin="tree $LINUX_SRC $1"
	source_name=$LINUX_SRC
	use_work "tree-$(echo "$LINUX_SRC" | hash | cut -c1-16)"
	[[ ! -e $work/src.ready || $(cat "$work/tree" 2>/dev/null) != "$1" ]] || return 0
	say "copy $LINUX_SRC"
	fresh_source
	tar -C "$LINUX_SRC" --exclude-vcs -cf - . | tar -C "$work/src" -xf -
	# Object files of a build in the tree would be taken for ours.
	make -s -C "$work/src" mrproper
	echo "$1" >"$work/tree"
	touch "$work/src.ready"
}

use_work()
{
	work=$cache/linux/work/$1$apart
	mkdir -p "$work"
	touch "$work"
}
