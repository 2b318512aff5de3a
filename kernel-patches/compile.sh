# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# SPDX-License-Identifier: GPL-2.0-only
#
# From $work/src to a kernel in $obj, for kernel-patches/build: configure, compile, and
# keep the result. make_result is its part of scripts/lib/way.sh.

kmake()
{
	# Fixed names and times: the same input gives the same image. No Rust, even
	# where there is a compiler: its version would stand in the configuration.
	make -C "$work/src" O="$obj" ARCH="$arch" CROSS_COMPILE="$cross" CC="$cc" LC_ALL=C KBUILD_BUILD_TIMESTAMP=@0 \
		KBUILD_BUILD_USER=bulkhead KBUILD_BUILD_HOST=bulkhead KBUILD_BUILD_VERSION=1 RUSTC=false "$@"
}

# A defconfig has nothing of ours in it, and nothing to hold the result to.
make_config()
{
	if [[ -n $stock ]]; then
		kmake -s defconfig
	else
		kmake -s tinyconfig &&
		cat "${fragments[@]}" >>"$obj/.config" &&
		kmake -s olddefconfig
	fi
}

configure()
{
	local log=$work/config.log

	mkdir -p "$obj"
	progress_while "kernel: configure" "$log" make_config || {
		tail -n 20 "$log" >&2
		die "configuring failed; see $log"
	}
	[[ -n $stock ]] || check_config "$obj/.config" "${fragments[@]}" ||
		die "this kernel can't be configured as the fragments ask"
}

compile()
{
	local log=$work/build.log total=$build_lines status=0

	whole=''
	if [[ ! -e $obj.ready ]]; then
		rm -rf "$obj"
		whole=1
		[[ ! -e $obj.lines ]] || total=$(<"$obj.lines")
	fi
	configure
	modules=''
	[[ -n $stock ]] || ! grep -qx CONFIG_MODULES=y "$obj/.config" || modules=1
	# make leaves no half-written file when it fails or is told to stop; nobody
	# can say that of a machine that went down.
	rm -f "$obj.ready"
	trap 'touch "$obj.ready"; exit 130' INT TERM HUP
	progress_start "kernel: build for $platform${whole:+ (some minutes)}"
	progress_lines 0 99 "$total" "$log" kmake -j "$jobs" "${image##*/}" ${modules:+modules} || status=$?
	touch "$obj.ready"
	trap - INT TERM HUP
	[[ $status == 0 ]] || {
		progress_failed "$log"
		die "the build failed; all of its output is in $log"
	}
	[[ -z $whole ]] || wc -l <"$log" >"$obj.lines"
	progress_end
}

# An archive that the kernel unpacks behind an initrd, and bsdtar or cpio into a root. Only
# below /usr: where /lib is a link, a folder of that name would take its place.
pack_modules()
{
	local tree=$work/modules log=$work/modules.log

	rm -rf "$tree"
	kmake -s INSTALL_MOD_PATH="$tree/usr" INSTALL_MOD_STRIP=1 modules_install >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "the modules cannot be installed; see $log"
	}
	# Links to this machine's folders.
	rm -f "$tree"/usr/lib/modules/*/{build,source}
	find "$tree" -exec touch -h -d @0 {} +
	chmod -R u=rwX,go=rX "$tree"
	(cd "$tree" && find usr | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) |
		zstd -q -19 >"$1"
	rm -rf "$tree"
}

# keep: the kernel in $obj becomes the result of `key`
keep()
{
	begin_result
	cp "$obj/$image" "$part/linux"
	chmod 644 "$part/linux"
	cp "$obj/.config" "$part/linux.config"
	cp "$obj/System.map" "$part/linux.map"
	[[ -z $modules ]] || pack_modules "$part/linux.modules"
	{
		echo "platform: $platform"
		echo "release: $(<"$obj/include/config/kernel.release")"
		echo "source: $origin"
		echo "compiler: $(tool_versions "$cc")"
		names_of_series | sed 's/^/patch: /'
		[[ -n $stock ]] || basename -a "${fragments[@]}" | sed 's/^/fragment: /'
		[[ -z $modules ]] || echo "modules: $(digest "$part/linux.modules")"
	} | end_result
}

make_result()
{
	obj=$work/obj-$platform${variant:+-$variant}
	compile
	keep
	# Nobody changes anything in these and builds again.
	[[ -z $stock ]] || rm -rf "$work"
}
