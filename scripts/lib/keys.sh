# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# SPDX-License-Identifier: GPL-2.0-only
#
# A result's key is a digest of all that went into it: the digest of its source, and
# `inputs`, that of everything else. The same key is the same result, bit for bit.

# digest FILE: its SHA-256
digest()
{
	local sum

	sum=$(sha256sum <"$1")
	echo "${sum%% *}"
}

# The digest of standard input.
hash()
{
	sha256sum | cut -c1-64
}

# feed NAME FILE: a file's contents under its name, so that moving a line from one to
# another counts.
feed()
{
	echo "== $1"
	cat "$2"
}

# tool_versions TOOL...: one line each
tool_versions()
{
	local tool

	for tool; do
		"$tool" --version | head -n1
	done
}

# tree_digest DIR: a user's tree is known by the names, sizes and times of its files.
tree_digest()
{
	(cd "$1" && find . \( -name .git -o -path ./build \) -prune -o -type f -printf '%p %s %T@\n' |
		LC_ALL=C sort) | hash
}

# key_of SUM: the key of the result made of the source with this digest
key_of()
{
	echo "$1 $inputs" | hash
}
