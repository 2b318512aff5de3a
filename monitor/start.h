/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Start lists: what every start of a partition does, the first one, a reboot, a
 * restart by a manager. Its memory is written from golden copies that no kernel
 * reaches, and its boot CPU goes to the entry. There is one way for all starts,
 * since a kernel image that has run does not start a second time.
 *
 * What starts the machine fills in the images and the lists once; after that
 * only an image's verdict changes. Nothing here takes a lock: a list is run by the
 * partition's boot CPU, images are shared by all CPUs.
 */
#ifndef BULKHEAD_MONITOR_START_H
#define BULKHEAD_MONITOR_START_H

#include <stdbool.h>
#include <stdint.h>

#include "core/model.h"
#include "core/sha256.h"

#define START_NO_IMAGE	0xffffffffU
#define START_ITEMS_MAX	6U
#define START_LABEL_MAX	32U

enum start_verdict {
	START_UNKNOWN,
	START_BEING_VERIFIED,
	START_GOOD,
	START_BAD,
};

/*
 * struct start_image - bytes with a digest that the plan, or what placed them, vouches for
 * @golden: where they are; room, of which @size bytes are the image
 * @sha256: of those @size bytes
 * @label: for messages, NUL-terminated
 * @verdict: enum start_verdict; atomic, 0 (START_UNKNOWN) at first
 */
struct start_image {
	struct bh_range golden;
	uint64_t size;
	uint8_t sha256[BH_SHA256_SIZE];
	char label[START_LABEL_MAX];
	uint32_t verdict;
};

/*
 * struct start_item - one copy
 * @from, @to: physical addresses, which may lie above 4 GiB; they do not overlap
 * @size: bytes; an item of 0 bytes makes the start fail
 * @image: index of the image that @from lies in, which must be good before
 *	anything of it is copied; START_NO_IMAGE: nothing vouches for these bytes
 */
struct start_item {
	uint64_t from, to, size;
	uint32_t image;
};

/*
 * struct start_list - all of one partition's start
 * @entry: physical address of the first instruction of its boot CPU
 * @argument: what that is given, where the platform's boot protocol has its argument
 * @tables: page tables to enter with, where the platform enters with some; 0: none
 */
struct start_list {
	uint32_t nitems;
	struct start_item items[START_ITEMS_MAX];
	uint64_t entry, argument, tables;
};

/*
 * start_add() - one more item
 *
 * Returns 0, or -ENOSPC when the list is full.
 */
int start_add(struct start_list *list, uint64_t from, uint64_t to, uint64_t size, uint32_t image);

/*
 * start_verify() - is it what its digest says?
 *
 * Computed once, by the first CPU that asks; others that ask meanwhile wait for its
 * answer. Any CPU may call this, without a lock.
 */
bool start_verify(struct start_image *image);

/*
 * start_run() - verify what @list copies, and copy it
 * @list: of a partition of which no CPU runs
 * @images: what its items' indices mean
 * @name: the partition's, for messages
 *
 * Returns false after a message when the partition must not be started. Nothing is
 * copied then if an image is bad.
 */
bool start_run(const struct start_list *list, struct start_image *images, const char *name);

#endif
