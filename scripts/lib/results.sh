# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# SPDX-License-Identifier: GPL-2.0-only
#
# What was built is kept: $images/KEY/ has the files of one result, among them `main_file`, and
# NAME.manifest, which ends in the line "NAME: DIGEST" of that file. Made under another
# name and renamed, so that what is there is whole.
#
# The script sets images, main_file and result (NAME).

# stored KEY: whether the result is there and undamaged; sets key
stored()
{
	local dir=$images/$1

	[[ -r $dir/$result.manifest ]] &&
		grep -qxF "$result: $(digest "$dir/$main_file")" "$dir/$result.manifest" || return 1
	key=$1
}

# begin_result: an empty folder for the result, in `part`
begin_result()
{
	part=$images/$key.part
	rm -rf "$part"
	mkdir -p "$part"
}

# end_result: what is in it becomes the result of `key`; standard input is the
# manifest without its first line and its last
end_result()
{
	{
		echo "key: $key"
		cat
		echo "$result: $(digest "$part/$main_file")"
	} >"$part/$result.manifest"
	sync -f "$part/$main_file"
	rm -rf "${images:?}/$key"
	mv -T "$part" "$images/$key"
}

# deliver_file NAME TO: equal files are left alone, since make goes by their times.
deliver_file()
{
	cmp -s "$images/$key/$1" "$2" && return
	mkdir -p "$(dirname "$2")"
	cp "$images/$key/$1" "$2.part"
	mv "$2.part" "$2"
}

# lock_builds FILE: one build at a time, where they share folders. Held until
# unlock_builds, or the script's end.
lock_builds()
{
	exec 8>"$1"
	flock -n 8 || {
		say "waiting for another build"
		flock 8
	}
}

unlock_builds()
{
	flock -u 8
}

# tidy_work DIR: unpacked sources are large; what nobody has built from for a month goes.
tidy_work()
{
	find "$1" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
}
