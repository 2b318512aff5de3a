/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Channel memory: what two partitions share.
 *
 * THIS IS A CONTRACT between the two ends of a channel, which are built and
 * upgraded apart: kernels, programs, firmware. All of it is little-endian and the
 * same on every platform. It is described in docs/channel.md.
 *
 * A channel's memory is two halves, its output sections: the lower one
 * belongs to the first partition of the plan's `between`, the upper one to the
 * second. Each is written by its owner alone and read by both. On RISC-V
 * the PMP sees to that; on x86-64 it is a convention.
 *
 *	offset	bytes
 *	0	128	identity: constant for an epoch
 *	128	128	epoch: who is there, and whom it has accepted
 *	256	128	frames.head: producer line
 *	384	128	tails: consumer line, of the rings that the owner reads
 *	512	128	arm: when the owner, as a consumer, wants to be rung
 *	640	128	space: when the owner, as a producer, wants to be rung
 *	768	256	reserved, zero
 *	1024		cells of 64 bytes
 *	...		frames, to the end of the section
 *
 * Lines that different CPUs poll lie 128 bytes apart: adjacent-line prefetchers
 * fetch lines in pairs.
 *
 * What may change: with a feature bit that both ends have, anything that is
 * reserved gets a meaning. Anything else changes BH_CHANNEL_VERSION, and an end
 * that finds another version than its own says so and leaves the channel alone.
 */
#ifndef BULKHEAD_CHANNEL_H
#define BULKHEAD_CHANNEL_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/stddef.h>
#include <linux/build_bug.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

#define BH_CHANNEL_MAGIC	0x4e4e414843480a1aULL	/* "\x1a\nHCHANN" */
#define BH_CHANNEL_VERSION	1

/* Sections are whole 64 bytes, at least this large, and no larger than 1 GiB. */
#define BH_SECTION_MIN		4096U
#define BH_SECTION_MAX		(1U << 30)

/*
 * Features. An end publishes what it has; used is what both have.
 *
 * BH_FEATURE_POLLED: the owner polls for as long as this epoch lasts and never arms:
 * its peer need not look whether to ring, and saves a full fence a publish.
 *
 * BH_FEATURE_DIRECT: one program has this end to itself and reads all that comes, cells too.
 * Between two such ends there are no windows (BH_WINDOW_BYTES): a full ring holds up nobody else.
 */
#define BH_FEATURE_POLLED	(1ULL << 0)
#define BH_FEATURE_DIRECT	(1ULL << 1)

enum bh_channel_state {
	BH_CHANNEL_CLOSED,	/* nobody there */
	BH_CHANNEL_OPEN,
	BH_CHANNEL_QUARANTINED,	/* what the peer wrote can't be: waiting for its next epoch */
};

/*
 * How to ring the owner, in one 64-bit word, since an interrupt may move to
 * another CPU at any time: bits 7:0 the kind, 15:8 a vector, 63:32 a target.
 */
enum bh_doorbell_kind {
	BH_DOORBELL_NONE,	/* it can't be rung: it polls */
	BH_DOORBELL_CALL,	/* riscv64: BH_CALL_RING of <bulkhead/monitor.h>; no target */
	BH_DOORBELL_APIC,	/* x86-64: the vector to the local APIC whose id is the target */
};

#define BH_DOORBELL(kind, vector, target) \
	((uint64_t)(target) << 32 | (uint64_t)(vector) << 8 | (kind))
#define BH_DOORBELL_KIND(word)		((uint32_t)(word) & 0xff)
#define BH_DOORBELL_VECTOR(word)	((uint32_t)(word) >> 8 & 0xff)
#define BH_DOORBELL_TARGET(word)	((uint32_t)((uint64_t)(word) >> 32))

/* 0: identity. Written before `epoch`, and then left alone. */
struct bh_channel_identity {
	uint64_t magic;
	uint32_t version;
	uint32_t size;		/* bytes of the section */
	uint32_t owner, peer;	/* partition ids */
	uint64_t features;	/* BH_FEATURE_* */
	uint32_t cells;		/* number of cells */
	uint32_t frames;	/* bytes of the frame ring */
	uint8_t reserved[88];
};

/*
 * 128: the epoch line. An epoch names one life of the owner; it comes from the
 * monitor and is never used twice. 0 while the owner sets up its section, and
 * after it has left; `last` remembers the newest.
 *
 * `accepted` is the peer's epoch to which the owner's positions belong: it is written
 * after they were reset for it. An end trusts the other's positions only while
 * that is its own epoch.
 */
struct bh_channel_epoch {
	uint64_t epoch;
	uint64_t accepted;
	uint64_t last;
	uint64_t doorbell;	/* BH_DOORBELL() */
	uint32_t state;		/* enum bh_channel_state */
	uint8_t reserved[92];
};

/*
 * Positions count bytes (frames) or cells since both epochs were accepted, and never
 * wrap: 64 bits last for centuries. Where a position lies in its ring is
 * position % size.
 */
struct bh_channel_head {
	uint64_t frames;	/* all before it is complete */
	uint64_t cells;		/* written when the owner freezes, for its successor */
	uint8_t reserved[112];
};

struct bh_channel_tail {
	uint64_t frames;	/* all before it may be overwritten */
	uint64_t cells;
	uint8_t reserved[112];
};

/*
 * The owner wants to be rung when a position of the peer's moves past these: the peer
 * rings when old <= wanted < new. Passed once, a value is spent, so that
 * an end that is awake is not rung.
 */
struct bh_channel_arm {
	uint64_t frames;
	uint64_t cells;
	uint8_t reserved[112];
};

#define BH_CHANNEL_NEVER	(~0ULL)

struct bh_section {
	struct bh_channel_identity identity;
	struct bh_channel_epoch epoch;
	struct bh_channel_head head;
	struct bh_channel_tail tail;
	struct bh_channel_arm arm;	/* for the peer's heads */
	struct bh_channel_arm space;	/* for the peer's tails */
	uint8_t reserved[256];
	/* cells, then frames */
};

#define BH_SECTION_HEADER	1024U

_Static_assert(sizeof(struct bh_channel_identity) == 128, "identity is a line pair");
_Static_assert(offsetof(struct bh_section, epoch) == 128, "epoch line");
_Static_assert(offsetof(struct bh_section, head) == 256, "producer line");
_Static_assert(offsetof(struct bh_section, tail) == 384, "consumer line");
_Static_assert(offsetof(struct bh_section, arm) == 512, "arm line");
_Static_assert(offsetof(struct bh_section, space) == 640, "space line");
_Static_assert(sizeof(struct bh_section) == BH_SECTION_HEADER, "header of a section");

/*
 * Frames: an 8-byte header, then the payload, padded to 8 bytes. A frame lies
 * in one piece; what is left at the end of the ring and is too small for
 * the next one is filled by a frame to BH_PORT_PAD.
 *
 *	bits 31:0	length of the payload, bytes
 *	bits 47:32	port: which service it is for
 *	bits 63:48	tag: bh_frame_tag() of the frame's position
 *
 * The tag catches a reader and a writer that disagree about where frames begin.
 */
#define BH_FRAME_HEADER		8U
#define BH_FRAME_ALIGN		8U

static inline uint16_t bh_frame_tag(uint64_t position)
{
	/* The second term tells laps apart when the ring is a multiple of 512 KiB. */
	return (uint16_t)((position >> 3) + (position >> 19));
}

/*
 * Cells: 64 bytes, for messages of up to 56 where latency counts. The header
 * is written last, so header and payload reach the reader as one cache
 * line.
 *
 *	bits 7:0	length of the payload, bytes
 *	bits 23:8	port
 *	bits 31:24	reserved, zero
 *	bits 63:32	low half of the cell's position + 1
 */
#define BH_CELL_SIZE		64U
#define BH_CELL_PAYLOAD		56U

struct bh_cell {
	uint8_t payload[BH_CELL_PAYLOAD];
	uint64_t header;
};

_Static_assert(sizeof(struct bh_cell) == BH_CELL_SIZE, "a cell is a cache line");

/*
 * Geometry follows from the size of the section alone, so that nobody has to
 * believe the other's: an eighth of it, and at most 64, are cells.
 */
static inline uint32_t bh_section_cells(uint32_t size)
{
	uint32_t cells = size / 8 / BH_CELL_SIZE;

	return cells < 64 ? cells : 64;
}

static inline uint32_t bh_section_frames(uint32_t size)
{
	return size - BH_SECTION_HEADER - bh_section_cells(size) * BH_CELL_SIZE;
}

/*
 * The longest payload of a frame. A consumer may keep up to a quarter of the ring to
 * itself, read and not given back; what is left has to take a frame and a pad before
 * it, which is shorter than the frame: three eighths of the ring each.
 */
static inline uint32_t bh_section_frame_max(uint32_t size)
{
	return (bh_section_frames(size) / 8 * 3 & ~(BH_FRAME_ALIGN - 1)) - BH_FRAME_HEADER;
}

/*
 * Frames to BH_PORT_CONTROL: what the ends of services tell each other.
 *
 * A receiver that may stop reading (a program, a console) is not allowed to
 * hold up the others on the ring, and nothing may be dropped: so its sender has at most
 * BH_WINDOW_BYTES on the way until BH_CONTROL_CREDIT gives them back, or one longer
 * frame behind less than BH_WINDOW_QUANTUM, which the receiver may keep to itself.
 *
 * A frame to BH_PORT_USER is as much of the window as its length, and BH_WINDOW_FRAME at least:
 * what waits costs its receiver memory, however short it is. It is no longer than
 * BH_WINDOW_LONGEST. Consoles are streams of bytes, and count those alone.
 */
struct bh_control {
	uint16_t type;		/* BH_CONTROL_* */
	uint16_t port;		/* what the sender's own frames of that service go to */
	uint32_t value;
};

#define BH_CONTROL_CREDIT	1	/* `value` bytes of the other end's window are free again */
#define BH_CONTROL_ATTACH	2	/* BH_PORT_CONSOLE_INPUT: somebody watches */
#define BH_CONTROL_DETACH	3	/* ... and does no more */

#define BH_WINDOW_BYTES		(64U * 1024)
#define BH_WINDOW_QUANTUM	(BH_WINDOW_BYTES / 4)
#define BH_WINDOW_FRAME		64U
#define BH_WINDOW_LONGEST	(1U << 20)

static inline uint32_t bh_frame_cost(uint32_t length)
{
	return length < BH_WINDOW_FRAME ? BH_WINDOW_FRAME : length;
}

/* Ports. Services of Bulkhead's own have low numbers; from BH_PORT_USER on they are free. */
enum bh_port {
	BH_PORT_CONTROL,
	BH_PORT_CONSOLE,	/* what a console shows, to whoever manages its partition */
	BH_PORT_CONSOLE_INPUT,	/* what is typed there */
	BH_PORT_NET,
	BH_PORT_VSOCK,
	BH_PORT_HANDOFF,
	BH_PORT_USER = 0x100,
	BH_PORT_PAD = 0xffff,
};

#endif
