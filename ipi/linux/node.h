/* SPDX-License-Identifier: GPL-2.0-only */
/* Nodes in /dev/bulkhead: one class and one range of minors for all kinds. */
#ifndef _BULKHEAD_NODE_H
#define _BULKHEAD_NODE_H

#include <linux/device.h>

/*
 * bh_node_init() - make @dev a node of the class, with a minor of its own
 * @release: frees what @dev lies in, and calls bh_node_free() first
 *
 * Returns 0, or a negative errno: then @dev has not been touched. It has no name yet and is
 * not added: dev_set_name(), cdev_device_add().
 */
int bh_node_init(struct device *dev, struct device *parent, void (*release)(struct device *dev));
void bh_node_free(struct device *dev);

#endif
