/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * libbulkhead inside. channel.c has the public calls and hands them to one of two kinds of
 * end: frames.c (the kernel's device) or ring.c (the ring core). A ring lies in a place:
 * device.c (a channel of this partition) or double.c (memory of the host).
 */
#ifndef LIBBULKHEAD_INTERNAL_H
#define LIBBULKHEAD_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <bulkhead/libbulkhead.h>

#define PUBLIC	__attribute__((visibility("default")))

/* What the public calls do; they are documented there. */
struct kind {
	void (*close)(struct bulkhead_channel *ch);
	int (*reserve)(struct bulkhead_channel *ch, size_t length, void **payload);
	int (*commit)(struct bulkhead_channel *ch, size_t length);
	int (*peek)(struct bulkhead_channel *ch, const void **payload, size_t *length);
	void (*release)(struct bulkhead_channel *ch);
	void (*flush)(struct bulkhead_channel *ch);
	int (*send_cell)(struct bulkhead_channel *ch, const void *data, size_t length);
	int (*recv_cell)(struct bulkhead_channel *ch, void *data, size_t *length);
	enum bulkhead_link (*link)(struct bulkhead_channel *ch);
	int (*prepare)(struct bulkhead_channel *ch, int events, short *poll_events);
};

struct bulkhead_channel {
	const struct kind *kind;
	int fd;			/* to be polled */
	size_t frame_max;
	bool polled;
};

/*
 * Where a ring lies, and how the ends wake each other
 * @bell: rings the peer
 * @hear: forgets that the peer has rung
 * @leave: unmaps and closes; frees the place
 */
struct place {
	void *own;
	const void *peer;
	size_t section;
	uint32_t owner_id, peer_id;
	uint64_t epoch, doorbell;
	int fd;
	int (*bell)(struct place *place);
	int (*hear)(struct place *place);
	void (*leave)(struct place *place);
};

/* frames.c, ring.c; ring_open() owns the place, even if it fails. */
int frames_open(const char *peer, struct bulkhead_channel **ch);
int ring_open(struct place *place, bool frames_only, unsigned int flags,
	      struct bulkhead_channel **ch);

int device_place(const char *peer, struct place **place);		/* device.c */

/* double.c: 1 if the environment has a double for the peer, 0 if not, or a negative errno. */
int double_from_environment(const char *peer, enum bulkhead_mode mode, unsigned int flags,
			    struct bulkhead_channel **ch);

/* list.c: a file of PEER.SERVICE in sysfs, without its newline; 0 or a negative errno. */
int sysfs_read(const char *peer, const char *service, const char *file, char *text, size_t room);
enum bulkhead_link sysfs_link(const char *peer, const char *service);

/* Tests look elsewhere. */
extern const char *bulkhead_sysfs, *bulkhead_dev;

#endif
