# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# SPDX-License-Identifier: GPL-2.0-only
#
# A series of patches on the source in $work/src. $work/applied has copies of those that
# are in it, to take them back; $work/src.ready is there only while src is in order.
# `source_name` is what messages call the source; `pinned` as in places.sh.

# list_series DIR: the names in DIR/series, one a line
list_series()
{
	sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' "$1/series"
}

# feed_series DIR: for the digest of what goes in
feed_series()
{
	local name

	for name in $(list_series "$1"); do
		[[ -r $1/$name ]] || die "series names $name, which is not in $1"
		feed "$name" "$1/$name"
	done
}

# try_patch FUZZ OPTION...
try_patch()
{
	local fuzz=$1

	shift
	patch -d "$work/src" -p1 -s -f -F "$fuzz" "$@" >"$work/patch.log" 2>&1
}

# apply_series DIR FUZZ MAY_BE_IN [NAME...]: the patches NAME of DIR, in order. FUZZ is
# patch's; with MAY_BE_IN a patch that is in the source already is skipped. Ends the script
# where one does not apply; fails where an old one cannot be taken back, and the caller has to
# unpack afresh. Leaves alone what the old and the new series have in common at their
# start: each file touched is a file compiled again.
apply_series()
{
	local dir=$1 fuzz=$2 may_be_in=$3 have=() want=() i common=0 name

	shift 3
	want=("$@")
	mkdir -p "$work/applied"
	mapfile -t have < <(ls "$work/applied")
	while [[ $common -lt ${#have[@]} && $common -lt ${#want[@]} ]] &&
	      cmp -s "$work/applied/${have[common]}" "$dir/${want[common]}"; do
		common=$((common + 1))
	done
	[[ $common -lt ${#have[@]} || $common -lt ${#want[@]} ]] || return 0

	rm -f "$work/src.ready"
	for ((i = ${#have[@]} - 1; i >= common; i--)); do
		if [[ -s $work/applied/${have[i]} ]]; then
			try_patch "$fuzz" -R -i "$work/applied/${have[i]}" || return
		fi
		rm "$work/applied/${have[i]}"
	done
	for ((i = common; i < ${#want[@]}; i++)); do
		name=$(printf '%04d-%s' "$i" "$(basename "${want[i]}")")
		if try_patch "$fuzz" --dry-run -N -i "$dir/${want[i]}"; then
			try_patch "$fuzz" -N -i "$dir/${want[i]}" || die "cannot apply ${want[i]}; see $work/patch.log"
			cp "$dir/${want[i]}" "$work/applied/$name" || die "cannot note ${want[i]}"
		elif [[ -n $may_be_in ]] && try_patch "$fuzz" --dry-run -R -i "$dir/${want[i]}"; then
			say "${want[i]} is in $source_name already"
			: >"$work/applied/$name"
		else
			# What was applied so far is noted: src is in order. It is known to
			# fail: once more for its words, which patch.log gets; die follows.
			try_patch "$fuzz" --dry-run -N -i "$dir/${want[i]}" || true
			touch "$work/src.ready"
			sed 's/^/  /' "$work/patch.log" >&2
			say "error: ${want[i]} does not apply to $source_name"
			if [[ -n $pinned ]]; then
				say "the patches were made for $pinned, which no place had any more"
				what_helps
			fi
			exit 1
		fi
	done
	touch "$work/src.ready"
	say "${#want[@]} patches applied"
}
