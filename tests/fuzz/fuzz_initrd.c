// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as an initrd: looked into, nothing printed. The first byte chooses what is
 * started. Beyond "no sanitizer speaks": what is found is a path from the root, without
 * "." and "..", and the same when it is looked for again.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/initrd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_plain(const char *path)
{
	const char *at = path;

	if (!*path)
		return true;
	do {
		size_t length;

		at += *at == '/' && at != path;
		length = strcspn(at, "/");
		if (!length || (length == 1 && at[0] == '.') || (length == 2 && !memcmp(at, "..", 2)))
			return false;
		at += length;
	} while (*at);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const inits[] = { "/init", "/sbin/init", "init", "//./a/../b" };
	static struct bh_initrd first, again;
	const char *init;

	if (!size)
		return 0;
	init = inits[data[0] % (sizeof(inits) / sizeof(inits[0]))];
	bh_initrd_look(data + 1, size - 1, init, &first);
	bh_initrd_look(data + 1, size - 1, init, &again);
	if (!is_plain(first.init) || strcmp(first.init, again.init) || first.packed != again.packed)
		abort();
	bh_initrd_is_systemd(first.init);
	return 0;
}
