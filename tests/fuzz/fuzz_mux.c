// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes from a UART that many consoles share. However they are cut, each
 * console says the same; and what is typed comes back as it was.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/mux.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE_MAX_FED	4096
#define CONSOLES	3

static const uint32_t sources[CONSOLES] = { 0, 3, 66 };

struct said {
	size_t len[CONSOLES];
	char text[CONSOLES][SIZE_MAX_FED];
};

static void take(void *context, size_t console, const char *bytes, size_t len)
{
	struct said *said = context;

	if (console >= CONSOLES || !len || len > SIZE_MAX_FED - said->len[console])
		abort();
	memcpy(said->text[console] + said->len[console], bytes, len);
	said->len[console] += len;
}

static void feed(struct said *said, const char *bytes, size_t len, size_t piece)
{
	struct bh_mux mux;

	memset(said, 0, sizeof(*said));
	bh_mux_init(&mux, sources, CONSOLES);
	for (size_t at = 0; at < len; at += piece)
		bh_mux_feed(&mux, bytes + at, len - at < piece ? len - at : piece, take, said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct said whole, cut;
	static char wire[BH_MUX_ROOM(SIZE_MAX_FED)];
	size_t len, piece;

	if (!size || size > SIZE_MAX_FED)
		return 0;
	piece = data[0] % 7 + 1;
	feed(&whole, (const char *)data, size, size);
	feed(&cut, (const char *)data, size, piece);
	if (memcmp(&whole, &cut, sizeof(whole)))
		abort();

	len = bh_mux_encode(66, (const char *)data, size, wire);
	if (len > BH_MUX_ROOM(size))
		abort();
	feed(&whole, wire, len, piece);
	if (whole.len[2] != size || memcmp(whole.text[2], data, size) || whole.len[0] || whole.len[1])
		abort();
	return 0;
}
