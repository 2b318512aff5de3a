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
# Debian's archive keeps only the newest version of a package. Where no place has what it
# names any more, the newest version of the same series is taken that a place of Debian
# has, never an older one: apt checks the archive's signature, and debian-get what the signed
# index says of the package. What was built of is noted under $cache_root/newer, so that the next
# build takes the same and asks nobody. With `locked` nothing but what is named is taken.
#
# The script sets `sources`, that file, `sources_name`, what messages call it, and `command`, its
# own name, and calls read_places. use_place sets place, kind, version, where and sum;
# `pinned` is the version that is named where another one is taken.

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

# use_place LINE [PINNED]: one of `places`, or what is taken for it
use_place()
{
	read -r place kind version where sum <<<"$1"
	pinned=${2:-}
	origin="$place $version $sum"
	source_name="$where $version"
	[[ $kind != tarball ]] || source_name=${where##*/}
}

# series_of VERSION: its first two numbers, behind an epoch; nothing where packages go by their
# suite alone
series_of()
{
	[[ -n ${any_series:-} || ! $1 =~ ^([0-9]+:)?([0-9]+\.[0-9]+) ]] || echo "${BASH_REMATCH[2]}"
}

# debian_verb: debian-get's word for what this kind is made of
debian_verb()
{
	case $kind in
	debian) echo deb ;;
	*) echo "${kind#debian-}" ;;
	esac
}

# is_cached: whether what the place in use has was downloaded before
is_cached()
{
	if [[ $kind == tarball ]]; then
		[[ -e $downloads/${where##*/} ]]
	else
		debian_get "${where%/*}" cached "$(debian_verb)" "${where#*/}=$version" "$sum"
	fi
}

# offered: whether the place in use has its version; adds to `why` where it has not
offered()
{
	local suite=${where%/*} package=${where#*/} list

	[[ $kind != tarball ]] || return 0
	list=$(debian_get "$suite" versions "$(debian_verb)" "$package=$version") || {
		why+=("$place: Debian's $suite cannot be read")
		return 1
	}
	! grep -qxF "$version $sum" <<<"$list" || return 0
	if [[ -z $list ]]; then
		why+=("$place: $suite has no $package$(other_series "$suite" "$package")")
	elif grep -qF "$version " <<<"$list"; then
		why+=("$place: $suite has $package $version with another SHA-256 than $sum")
	else
		why+=("$place: $suite has $package $(cut -d' ' -f1 <<<"$list" | paste -sd' ') and no $version")
	fi
	return 1
}

# other_series SUITE PACKAGE: those of a package that has the series in its name
other_series()
{
	local series names

	series=$(series_of "$version")
	[[ $kind == debian && -n $series && $2 == *"$series" ]] || return 0
	names=$(debian_get "$1" names "${2%"$series"}" | grep -xE "${2%"$series"}[0-9.]+" | paste -sd' ') || true
	echo "${names:+; it has $names, of another series}"
}

# use_newest: uses the newest version of its series that the place in use has now
use_newest()
{
	local list v digest best=$version best_sum=''

	[[ $kind != tarball ]] || return
	list=$(debian_get "${where%/*}" versions "$(debian_verb)" "${where#*/}") || return
	while read -r v digest; do
		[[ -n $v && $(series_of "$v") == "$(series_of "$version")" ]] || continue
		! dpkg --compare-versions "$v" gt "$best" || best=$v best_sum=$digest
	done <<<"$list"
	[[ -n $best_sum ]] || return
	use_place "$place $kind $best $where $best_sum" "$version"
}

# Notes are of an archive: another one may have what is named.
note_of_newer()
{
	echo "$cache_root/newer/$(printf '%s\n' "${BULKHEAD_DEBIAN_ARCHIVE:-}" "${places[@]}" | hash | cut -c1-16)"
}

# note_newer LINE...
note_newer()
{
	local note

	note=$(note_of_newer)
	mkdir -p "${note%/*}"
	printf '%s\n' "$@" >"$note.part"
	mv "$note.part" "$note"
}

# recall_newer: uses what was noted
recall_newer()
{
	local note line

	note=$(note_of_newer)
	[[ -z $locked && -r $note ]] || return
	read -r line <"$note" || return
	use_place "${places[0]}"
	use_place "$line" "$version"
}

say_newer()
{
	[[ -z $pinned ]] || say "$pinned is pinned, and no place had it any more: this is $version, the newest" \
		"$(series_of "$version") of ${where%/*} (--locked refuses it)"
}

# choose_place FETCH: uses the first place that has its source, or a newer one of its series. FETCH
# gets it, and fails where there is none; it runs as a condition, where the shell's -e
# does not hold, and has to look at every status itself. Ends the script where nothing is found.
choose_place()
{
	local fetch=$1 line

	why=()
	for line in "${places[@]}"; do
		use_place "$line"
		if [[ $sum == - ]]; then
			why+=("$place: nobody knows the digest of $version yet; '$command --accept $place' notes it")
			continue
		fi
		have_source || offered || continue
		"$fetch" && return
		why+=("$place: $version cannot be fetched")
	done
	[[ -z $locked ]] || no_source "and --locked takes no other"
	if recall_newer && { have_source || offered; } && "$fetch"; then
		return
	fi
	for line in "${places[@]}"; do
		use_place "$line"
		use_newest || continue
		"$fetch" && return
		why+=("$place: $version cannot be fetched")
	done
	use_place "${places[0]}"
	no_source "nor has any a newer $(series_of "$version")"
}

# no_source WHAT_ELSE
no_source()
{
	use_place "${places[0]}"
	say "error: no place of $sources_name has $version, $1"
	printf '  %s\n' "${why[@]}" >&2
	what_helps
	exit 1
}

# what_helps: what somebody can do who does not get the pinned version
what_helps()
{
	echo "What helps, one of these:" >&2
	[[ -z $locked ]] ||
		echo "  without --locked, BULKHEAD_LOCKED and LOCKED=1: the newest of the same series is taken" >&2
	echo "  BULKHEAD_DEBIAN_ARCHIVE=URI: a Debian archive that can be read, or that keeps old versions" >&2
	[[ -z ${tree_variable:-} ]] ||
		echo "  $tree_variable=DIR: an unpacked source of yours" >&2
	echo "  $sources_name: name another place, version or series there, then '$command --accept PLACE'" >&2
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

# fetch_tarball: downloads the place's file and prints where it is
fetch_tarball()
{
	local file=$downloads/${where##*/} got

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

# accept_place NAME: the place's line gets the version and digest of what it has now
accept_place()
{
	local line best='' v digest

	for line in "${places[@]}"; do
		use_place "$line"
		[[ $place != "$1" ]] || break
	done
	[[ $place == "$1" ]] || die "$sources has no place called $1"
	if [[ $kind == tarball ]]; then
		# Its version is part of its name: whoever changes it edits the line.
		download "$where" "$downloads/${where##*/}" || die "cannot download $where"
		sum=$(digest "$downloads/${where##*/}")
	else
		while read -r v digest; do
			[[ -z $best ]] || dpkg --compare-versions "$v" gt "$best" || continue
			best=$v sum=$digest
		done < <(debian_get "${where%/*}" versions "$(debian_verb)" "${where#*/}")
		[[ -n $best ]] || die "$place has nothing to accept: ${where%/*} has no ${where#*/}"
		version=$best
	fi
	awk -v place="$place" -v version="$version" -v sum="$sum" '
		$1 == place { $0 = sprintf("%-10s %-13s %-22s %-36s %s", $1, $2, version, $4, sum) }
		{ print }' "$sources" >"$sources.part"
	mv "$sources.part" "$sources"
	say "$sources: $place is $version now, SHA-256 $sum"
}
