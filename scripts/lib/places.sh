# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# SPDX-License-Identifier: GPL-2.0-only
#
# Where sources come from. A file like kernel-patches/linux.source names places in the order
# in which they are tried, one a line:
#
#	PLACE KIND VERSION WHERE DIGEST
#
# KIND says what WHERE is, and what has the SHA-256 DIGEST:
#
#	debian		SUITE/PACKAGE, the .deb
#	debian-orig	SUITE/PACKAGE, the upstream tarball of a source package
#	debian-source	SUITE/PACKAGE, the .dsc of a source package
#	tarball		a URI; the file
#
# A digest of "-" is not known yet.
#
# The script sets `sources`, that file, and `accept_hint`, the command that updates it,
# and calls read_places. use_place sets place, kind, version, where and sum.

debian_get()
{
	"$top/scripts/debian-get" -a "${debian_arch:-amd64}" "$@"
}

read_places()
{
	local place kind version where sum

	places=()
	while read -r place kind version where sum; do
		[[ -n $place && $place != \#* ]] || continue
		[[ -n $sum ]] || die "$sources: the line of '$place' is not whole"
		case $kind in
		debian | debian-orig | debian-source | tarball) ;;
		*) die "$sources: place '$place' is of kind '$kind';" \
			"known are debian, debian-orig, debian-source and tarball" ;;
		esac
		places+=("$place $kind $version $where $sum")
	done <"$sources"
	[[ ${#places[@]} -gt 0 ]] || die "$sources names no place"
}

# use_place LINE: one of `places`
use_place()
{
	read -r place kind version where sum <<<"$1"
	origin="$place $version $sum"
	source_name="$where $version"
	[[ $kind != tarball ]] || source_name=${where##*/}
}

# debian_verb: debian-get's word for what this kind is made of
debian_verb()
{
	case $kind in
	debian) echo deb ;;
	*) echo "${kind#debian-}" ;;
	esac
}

# first_place: the place whose key --key prints
first_place()
{
	use_place "${places[0]}"
}

# stored_place: whether the result of one of the places is in the cache
stored_place()
{
	local line

	for line in "${places[@]}"; do
		use_place "$line"
		! stored "$(key_of "$sum")" || return 0
	done
	return 1
}

# choose_place FETCH: uses the first place that has its source. FETCH gets it, and fails where
# there is none; it runs as a condition, where the shell's -e does not hold, and has to look
# at every status itself.
choose_place()
{
	local fetch=$1 line

	for line in "${places[@]}"; do
		use_place "$line"
		if [[ $sum == - ]]; then
			say "$place: no digest is known; '$accept_hint $place' downloads it and notes one"
			continue
		fi
		"$fetch" && return
		say "$place: $version can't be had"
	done
	return 1
}

# fetch_deb: prints where the package of the place is
fetch_deb()
{
	debian_get "${where%/*}" deb "${where#*/}=$version" "$sum"
}

# fetch_unpacked DIR: unpacks what a source package is made of as DIR
fetch_unpacked()
{
	rm -rf "$1"
	debian_get "${where%/*}" "$(debian_verb)" "${where#*/}=$version" "$1" "$sum"
}

download()
{
	need curl
	say "download $1"
	if [[ -t 2 ]]; then
		curl -fL --retry 2 -C - --progress-bar -o "$2.part" "$1"
	else
		curl -fLsS --retry 2 -C - -o "$2.part" "$1"
	fi && mv "$2.part" "$2"
}

# fetch_tarball DIR: downloads the place's file into DIR and prints where it is
fetch_tarball()
{
	local file got

	file=$1/$(basename "$where")
	if [[ ! -e $file ]]; then
		download "$where" "$file" || return
	fi
	got=$(digest "$file")
	if [[ $got != "$sum" ]]; then
		rm -f "$file"
		say "$where has SHA-256 $got, not $sum"
		return 1
	fi
	echo "$file"
}

# accept_place NAME DIR: the place's line gets the version and digest of what it has now. DIR is
# for downloads.
accept_place()
{
	local line now=''

	for line in "${places[@]}"; do
		use_place "$line"
		[[ $place != "$1" ]] || break
	done
	[[ $place == "$1" ]] || die "$sources has no place called $1"
	if [[ $kind == tarball ]]; then
		# Its version is part of its name: whoever changes it edits the line.
		download "$where" "$2/$(basename "$where")" || die "can't download $where"
		sum=$(digest "$2/$(basename "$where")")
	else
		now=$(debian_get "${where%/*}" show "${where#*/}" |
			sed -n 's/^Version: //p; s/^SHA256: //p' | head -n2 | tr '\n' ' ')
		read -r version sum <<<"$now"
	fi
	[[ ${#sum} == 64 ]] || die "$place has nothing to accept"
	awk -v place="$place" -v version="$version" -v sum="$sum" '
		$1 == place { $0 = sprintf("%-10s %-8s %-18s %-38s %s", $1, $2, version, $4, sum) }
		{ print }' "$sources" >"$sources.part"
	mv "$sources.part" "$sources"
	say "$sources: $place is $version now, SHA-256 $sum"
}
