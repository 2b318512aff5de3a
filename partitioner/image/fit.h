/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FIT: one file with everything of a riscv64 plan, each piece with the address
 * where it belongs, its digest, and one signature over all of that.
 *
 * U-Boot, doc/uImage.FIT/source_file_format.txt and signature.txt.
 */
#ifndef BULKHEAD_IMAGE_FIT_H
#define BULKHEAD_IMAGE_FIT_H

#include "image/bundle.h"

/* What `bulkhead keygen` makes and mkimage looks for: NAME.key, NAME.crt; the key's hint. */
#define BH_KEY_NAME	"bulkhead"

/* U-Boot (boot/image-fit-sig.c) signs as many images of one configuration. */
#define BH_FIT_SIGNED_MAX	49

/*
 * bh_fit_make() - write a bundle as a FIT
 * @key: folder with the key that signs it, or NULL
 * @control: device tree that gets the public key, as one that is required; a
 *	file, which grows; not touched without @key
 * @path: written anew
 *
 * The pieces follow the FIT's structure, each on a sector of its own, so that a
 * loader reads only the structure before it knows what to trust. Returns 0 or -errno (reported).
 */
int bh_fit_make(const struct bh_bundle *bundle, const char *key, const char *control,
		const char *path);

/*
 * bh_key_make() - a new key pair for signing, with a certificate as its public half
 * @dir: made if it is not there; a key that is there is never replaced
 *
 * Returns 0 or -errno (reported).
 */
int bh_key_make(const char *dir);

#endif
