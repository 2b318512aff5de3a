/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * /dev/bulkhead/PEER.ring: a whole channel in the hands of one program.
 *
 * THIS IS A CONTRACT between kernels and programs, which are built apart. libbulkhead
 * is what most programs want; this is what it stands on.
 *
 * open() (read and write, one at a time) takes the channel from the kernel: its services
 * lose their link. The program maps the two sections of <bulkhead/channel.h>, begins a
 * life in its own with the epoch of BH_RING_INFO, and is then one end of the channel: all
 * that docs/channel.md asks of a caller of the ring core it asks of the program.
 *
 * mmap() (shared):	own_offset, section bytes	readable and writable
 *			peer_offset, section bytes	readable
 * read():		8 bytes, how often the peer has rung since the last read; waits, or
 *			fails with EAGAIN, while that is 0. A hint, as any doorbell.
 * poll():		EPOLLIN: it is not 0. EPOLLERR and EPOLLHUP: the device is gone.
 *
 * When the last descriptor and the last mapping are gone, by close() or with the program, the
 * kernel takes the channel back in a life of its own, and its services come up again.
 *
 * What may change: struct bh_ring_info grows at its end; `size` says how much of it there is.
 * Anything else changes BH_RING_ABI, and a program refuses one that it does not know.
 */
#ifndef BULKHEAD_RING_DEVICE_H
#define BULKHEAD_RING_DEVICE_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#else
#include <assert.h>
#endif
#include <linux/ioctl.h>
#include <linux/types.h>

#define BH_RING_ABI	1

/*
 * struct bh_ring_info - what a program has to know of its channel
 * @size: before: bytes of the caller's struct, which must be zero but for this; after: of
 *	the kernel's. What the kernel does not know stays zero.
 * @abi: BH_RING_ABI
 * @channel, @owner, @peer: ids of the channel, this partition and the other, as in the plan
 * @section: bytes of a section
 * @own_offset, @peer_offset: of the sections, for mmap()
 * @epoch: the life that this open begins; never used before
 * @doorbell: what to publish for the peer to ring, see BH_DOORBELL(). It may move at any
 *	time: the kernel then writes the new one to the section by itself, and again at
 *	every BH_RING_BELL.
 */
struct bh_ring_info {
	__u32 size;
	__u32 abi;
	__u32 channel;
	__u32 owner, peer;
	__u32 section;
	__u64 own_offset, peer_offset;
	__u64 epoch;
	__u64 doorbell;
};

/* Errors: EINVAL (@size is less than 8), EFAULT, ENODEV (the device is gone). */
#define BH_RING_INFO	_IO(0xbb, 0)

/* Ring the peer. What was written to the section before is visible to it first. ENODEV. */
#define BH_RING_BELL	_IO(0xbb, 1)

static_assert(sizeof(struct bh_ring_info) == 56, "no holes");

#endif
