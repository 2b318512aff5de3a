# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# SPDX-License-Identifier: GPL-2.0-only
#
# The way from a source to a result. The script sets
#
#	compilers	without which not even the key is known
#	build_tools	without which nothing is built
#	work_root	for unpacked sources, SOURCE$apart
#	lock_file	held while something is built: what shares work_root has one
#	own_tree	an unpacked source of the user's, or nothing
#	megabytes	to download, and
#	cpu_seconds	to build, as measured elsewhere, of
#	makes		what messages call the result
#
# and has these functions, with `key` and `work` set:
#
#	inputs_digest	prints the digest of all that goes in but the source
#	fetch_source	gets what the place in use has, unless it is unpacked (choose_place)
#	take_tree	the same of own_tree, whose digest is `tree`
#	prepare_source	unpacks and patches it in $work/src
#	make_result	builds it and keeps the result

# What the options of all scripts of this kind do, for their usage.
way_usage()
{
	cat <<-'EOT'
	  --key            print the digest of all that goes in, and stop
	  --locked         take the source that is named, no newer one of its series (also with
	                   BULKHEAD_LOCKED=1)
	  --prepare        fetch, unpack and patch, say where, and stop
	  --todo           print what would have to be downloaded and built, and stop
	  --pinned         whether the source that is named, or its result, is here or can be had
	  --accept PLACE   name what PLACE has now: update its line
	EOT
}

task='' accept=''

# way_flag OPTION: takes one of these options that stands alone, or fails
way_flag()
{
	case $1 in
	--locked) locked=1 ;;
	--key | --prepare | --todo | --pinned) task=${1#--} ;;
	*) return 1 ;;
	esac
}

use_work()
{
	work=$work_root/$1${apart:-}
	mkdir -p "$work"
	touch "$work"
}

# have_source: whether the source of the place in use is here, unpacked or as it came
have_source()
{
	[[ -e $work_root/${sum:0:16}${apart:-}/src.ready ]] || is_cached
}

# is_stored [PINNED]: whether the result is in the cache; with PINNED that of no newer source
is_stored()
{
	local line

	if [[ -n $own_tree ]]; then
		stored "$key"
		return
	fi
	for line in "${places[@]}"; do
		use_place "$line"
		! stored "$(key_of "$sum")" || return 0
	done
	[[ -z ${1:-} ]] && recall_newer && stored "$(key_of "$sum")"
}

# print_todo: a line for each thing that is missing: "download MB WHAT", "build CPU_SECONDS WHAT"
print_todo()
{
	local line

	if [[ -z $own_tree ]]; then
		for line in "${places[@]}"; do
			use_place "$line"
			! have_source || break
		done
		have_source || { recall_newer && have_source; } || echo "download $megabytes $makes's source"
	fi
	echo "build $(took) $makes"
}

# can_be_pinned: whether the source that is named, or its result, is here or can be had; own_tree is
can_be_pinned()
{
	local line

	[[ -z $own_tree ]] || return 0
	! is_stored pinned || return 0
	why=()
	for line in "${places[@]}"; do
		use_place "$line"
		[[ $sum != - ]] || continue
		if have_source || offered; then
			return
		fi
	done
	use_place "${places[0]}"
	say "$version is pinned, and no place has it"
	printf '  %s\n' "${why[@]}" >&2
	return 1
}

# What a whole build took here, in seconds of CPU time, or what is known from elsewhere. A note that
# was interrupted is empty.
took()
{
	grep -sxE '[1-9][0-9]*' "$cache_root/took/${makes// /-}" || echo "$cpu_seconds"
}

# note_cpu_time FILE: the children's CPU time so far, in seconds: the second line of `times`, as in
# 0m1.234s 0m5.678s. Not by a pipe: a subshell begins its own account.
note_cpu_time()
{
	times >"$1.times"
	awk 'NR == 2 { gsub(/s/, ""); n = split($0, t, /[m ]/); printf "%d\n", t[1] * 60 + t[2] + t[3] * 60 + t[4] }' \
		"$1.times" >"$1"
	rm "$1.times"
}

get_source()
{
	if [[ -n $own_tree ]]; then
		use_work "tree-$(echo "$own_tree" | hash | cut -c1-16)"
		take_tree
	else
		choose_place fetch_source
		key=$(key_of "$sum")
	fi
}

# Sets `whole` where all of it was built; make_result takes that back.
build_result()
{
	get_source
	[[ -n $own_tree ]] || say_newer
	prepare_source
	if [[ $task == prepare ]]; then
		echo "$work/src"
		exit 0
	fi
	whole=1
	make_result
	[[ -z $pinned ]] || note_newer "$place $kind $version $where $sum"
	if [[ -n $whole ]]; then
		mkdir -p "$cache_root/took"
		note_cpu_time "$cache_root/took/${makes// /-}"
	fi
	tidy_work "$work_root"
}

# go_the_way: does what the options say; returns where there is a result of `key` to deliver
go_the_way()
{
	mkdir -p "$images" "$work_root" "$downloads"
	if [[ -n $accept ]]; then
		read_places
		accept_place "$accept"
		exit 0
	fi
	if [[ $task == todo ]] && ! have_tools "${compilers[@]}"; then
		[[ -n $own_tree ]] || echo "download $megabytes $makes's source"
		echo "build $cpu_seconds $makes"
		exit 0
	fi
	need "${compilers[@]}"
	inputs=$(inputs_digest)
	if [[ -n $own_tree ]]; then
		own_tree=$(realpath "$own_tree")
		pinned=''
		tree=$(tree_digest "$own_tree")
		key=$(key_of "$tree")
		origin="tree $own_tree $tree"
		source_name=$own_tree
	else
		read_places
		use_place "${places[0]}"
		key=$(key_of "$sum")
	fi
	case $task in
	key)
		echo "$key"
		exit 0
		;;
	todo)
		is_stored || print_todo
		exit 0
		;;
	pinned)
		can_be_pinned
		exit
		;;
	esac
	if [[ $task == prepare ]] || ! is_stored; then
		need "${build_tools[@]}"
		lock_builds "$lock_file"
		if [[ $task == prepare ]] || ! is_stored; then
			build_result
			pinned=''
		fi
		unlock_builds
	fi
	[[ -n $own_tree ]] || say_newer
}
