# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# SPDX-License-Identifier: GPL-2.0-only
#
# For tests of scripts: a folder for the occasion, `work`, a count of what holds, and a Debian
# archive with packages made on the spot, signed with a key made on the spot. No network.
#
# The test writes what it runs prints to $work/log, where check shows it from.

work=$(mktemp -d)
trap 'gpgconf --homedir "$work/gpg" --kill all 2>/dev/null; rm -rf "$work"' EXIT
export BULKHEAD_CACHE=$work/cache
unset BULKHEAD_LOCKED LINUX_SRC OPENSBI_SRC
passed=0 failed=0

# check NAME CONDITION...: the condition is a command.
check()
{
	local name=$1

	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: $name" >&2
		sed 's/^/    /' "$work/log" >&2
	fi
}

# said TEXT: in the log; said_once TEXT: in one line of it
said()
{
	grep -qF -- "$1" "$work/log"
}

said_once()
{
	[[ $(grep -cF -- "$1" "$work/log") == 1 ]]
}

# end_test: last of all; ends in the plain line that test runners are read by.
end_test()
{
	echo "$passed passed, $failed failed"
	[[ $failed == 0 ]]
}

# --- a Debian archive -----------------------------------------------------

# make_key: what archives are signed with
make_key()
{
	mkdir -m 700 "$work/gpg"
	gpg --homedir "$work/gpg" --batch -q --passphrase '' --quick-gen-key test@example.org ed25519 sign \
		2>"$work/log" || {
		cat "$work/log" >&2
		exit 1
	}
	gpg --homedir "$work/gpg" --export >"$work/keyring.gpg"
	export BULKHEAD_DEBIAN_KEYRING=$work/keyring.gpg
}

# add_deb ARCHIVE PACKAGE VERSION ARCH TREE: with what is in TREE
add_deb()
{
	mkdir -p "$1/pool" "$5/DEBIAN"
	printf 'Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: A <a@b.c>\nDescription: toy\n' \
		"$2" "$3" "$4" >"$5/DEBIAN/control"
	dpkg-deb --root-owner-group -Znone -b "$5" "$1/pool/${2}_${3#*:}_$4.deb" >/dev/null
	rm -r "$5/DEBIAN"
}

# add_source ARCHIVE PACKAGE VERSION TREE: with what is in TREE as its upstream tarball
add_source()
{
	local upstream=${3#*:} tree

	upstream=${upstream%-*}
	tree=$work/source/$2-$upstream
	rm -rf "$work/source"
	mkdir -p "$1/pool" "$work/source"
	cp -r "$4" "$tree"
	tar -C "$work/source" -czf "$work/source/$2_$upstream.orig.tar.gz" "$2-$upstream"
	mkdir -p "$tree/debian/source"
	echo '3.0 (quilt)' >"$tree/debian/source/format"
	printf 'Source: %s\nMaintainer: A <a@b.c>\n\nPackage: %s\nArchitecture: any\nDescription: toy\n' \
		"$2" "$2" >"$tree/debian/control"
	printf '%s (%s) sid; urgency=low\n\n  * It is.\n\n -- A <a@b.c>  Thu, 01 Jan 1970 00:00:00 +0000\n' \
		"$2" "$3" >"$tree/debian/changelog"
	(cd "$work/source" && dpkg-source -b "$2-$upstream" >/dev/null 2>&1)
	cp "$work/source/$2_"* "$1/pool"
}

# make_index ARCHIVE SUITE: of all that is in it, signed
make_index()
{
	local dist=$1/dists/$2 arch name

	mkdir -p "$dist/main/source" "$1/pool"
	(
		cd "$1" || exit
		for arch in amd64 riscv64; do
			mkdir -p "$dist/main/binary-$arch"
			dpkg-scanpackages -a "$arch" pool >"$dist/main/binary-$arch/Packages" 2>/dev/null
		done
		dpkg-scansources pool >"$dist/main/source/Sources" 2>/dev/null
		cd "$dist" || exit
		printf 'Origin: test\nSuite: %s\nCodename: %s\nDate: %s\n' "$2" "$2" "$(LC_ALL=C date -Ru)" >Release
		printf 'Architectures: amd64 riscv64\nComponents: main\nSHA256:\n' >>Release
		for name in main/*/*; do
			echo " $(digest "$name") $(stat -c %s "$name") $name" >>Release
		done
	)
	sign "$dist"
}

# sign DIST: its Release file
sign()
{
	gpg --homedir "$work/gpg" --batch --yes -q --clearsign -o "$1/InRelease" "$1/Release"
}
