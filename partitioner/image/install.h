/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `install`: a plan as one more entry of an installed system's GRUB menu.
 *
 * Under the root:
 *	/boot/bulkhead/ID/...		what GRUB loads; ID is the bundle's
 *	/boot/bulkhead/state.json	what was there before
 *	/boot/bulkhead/grub.cfg.before	the menu as it was before
 *	/etc/grub.d/42_bulkhead		emits the entry whenever the menu is made
 *	/etc/default/grub.d/bulkhead.cfg	only with @make_default
 *
 * New files are written beside the old ones; one rename (of the script)
 * switches over. A step that fails leaves the former state. Uninstalling
 * leaves the bytes that were there before the first installation, or, when
 * something else has made the menu anew since, lets update-grub make it.
 */
#ifndef BULKHEAD_IMAGE_INSTALL_H
#define BULKHEAD_IMAGE_INSTALL_H

#include <jansson.h>

#include "image/bundle.h"

struct bh_install {
	const char *root;		/* "" for the running system; no slash at the end */
	bool make_default;
	bool update;			/* run update-grub */
};

/*
 * struct bh_installed - what came of it
 * @changed: false when there was nothing to do
 * @updated: the menu is up to date
 * @missing: when it is not: what the user should run
 */
struct bh_installed {
	bool changed;
	bool updated;
	const char *missing;
};

/*
 * bh_install() - put @bundle there, instead of what may have been there
 *
 * Returns 0; -EPERM under Secure Boot (GRUB loads no multiboot modules then);
 * -ENOENT where there is no GRUB; or -errno. All reported.
 */
int bh_install(const struct bh_install *install, const struct bh_bundle *bundle,
	       struct bh_installed *result);

/* bh_uninstall() - as if there never had been anything. Nothing to undo is no error. */
int bh_uninstall(const struct bh_install *install, struct bh_installed *result);

#endif
