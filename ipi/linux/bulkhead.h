/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulkhead channels: what the drivers in this folder share.
 *
 * A partition's device tree has one node, which partition.c binds to. It makes
 * a struct bh_channel for each channel of the node, and each channel puts one
 * device a service on the bus "bulkhead": PEER.net, PEER.vsock and so on. Service
 * drivers bind to those by name, and send and receive frames with
 * the calls below.
 *
 * Locks, outer to inner: channel->lock, then whatever a service takes in its
 * callbacks. Callbacks run in the channel's NAPI poll (softirq).
 */
#ifndef _BULKHEAD_H
#define _BULKHEAD_H

#include <linux/device.h>
#include <linux/irqreturn.h>
#include <linux/netdevice.h>
#include <linux/ratelimit_types.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>
#include <linux/wait.h>

#include "bh_ring.h"

struct device_node;
struct bh_channel;

/*
 * struct bh_partition - what this kernel runs in
 * @id, @name: as the plan has them
 * @epoch: the monitor's count of this partition's starts; 0: it does not count
 */
struct bh_partition {
	struct device *dev;
	struct device_node *node;
	u32 id;
	const char *name;
	u32 epoch;
	struct net_device *napi_dev;
	struct dentry *debugfs;
	struct list_head channels;
};

/* Services, in the order of their bits in bh_channel.wanting. */
enum bh_service {
	BH_SERVICE_RAW,
	BH_SERVICE_NET,
	BH_SERVICE_VSOCK,
	BH_SERVICE_CONSOLE,	/* this kernel's, read by the peer */
	BH_SERVICE_VIEW,	/* the peer's, read here */
	BH_SERVICES,
};

struct bh_device {
	struct device dev;
	struct bh_channel *channel;
	enum bh_service service;
	bool told;		/* that the link is up */
	/* Under the channel's lock: bytes on the way, bytes to be given back. */
	u32 outstanding, owed;
	u16 unsaid;		/* a control message that found no room; 0: none */
	void *data;		/* the driver's */
};

#define to_bh_device(d)	container_of(d, struct bh_device, dev)

/*
 * struct bh_driver - one service
 * @receive: a frame for this service. @data lies in memory that the peer may
 *	change at any time: copy first, then look.
 * @writable: there is room again after bh_want_space()
 * @link: the peer came or went; frames in flight between the two are gone
 * @control: the other end of the service says BH_CONTROL_*; optional
 *
 * They are called in softirq, one at a time for each device, and not
 * after @remove began. @link is called once after @probe when the link is up.
 */
struct bh_driver {
	struct device_driver driver;
	enum bh_service service;
	int (*probe)(struct bh_device *dev);
	void (*remove)(struct bh_device *dev);
	void (*receive)(struct bh_device *dev, const void *data, u32 length);
	void (*writable)(struct bh_device *dev);
	void (*link)(struct bh_device *dev, bool up);
	void (*control)(struct bh_device *dev, u16 type);
};

#define to_bh_driver(d)	container_of_const(d, struct bh_driver, driver)

int bh_driver_register(struct bh_driver *driver);
void bh_driver_unregister(struct bh_driver *driver);

/*
 * Each is counted in one place: with the channel's lock held (tx_*, doorbells_sent), by
 * the interrupt (doorbells_received), or by the poll (the others). Who shows them
 * doesn't stop that.
 */
struct bh_channel_stats {
	u64 tx_frames, tx_bytes, tx_full;
	u64 rx_frames, rx_bytes, rx_unclaimed;
	u64 doorbells_sent, doorbells_received;
	u64 links, quarantines;
};

/* Add to one of them. */
static inline void bh_count(u64 *counter, u64 n)
{
	WRITE_ONCE(*counter, *counter + n);
}

struct bh_channel {
	struct bh_partition *partition;
	struct list_head list;
	u32 id;			/* of the channel, in the plan */
	u32 side;		/* 0: the lower half is ours */
	u32 peer;		/* the peer's partition id */
	const char *peer_name;
	bool peer_manages;	/* ... this partition */
	bool managed;		/* the peer, by this partition */
	const u32 *peer_cpus;	/* by hardware id, if the tree says so; @npeer_cpus */
	u32 npeer_cpus;
	phys_addr_t base;
	resource_size_t size;	/* of both sections */
	void *memory;

	/*
	 * Guards the sending half of the ring, the link's state, and @wanting. The
	 * receiving half belongs to the poll alone.
	 */
	spinlock_t lock;
	struct bh_ring_setup setup;
	struct bh_ring *ring;
	enum bh_link link;
	bool complained;	/* of what the peer's section is */
	struct ratelimit_state complaints;
	unsigned long bound;	/* services that have a driver */
	unsigned long wanting;	/* ... that wait for space */
	u32 wanted;		/* the longest frame among theirs */

	/*
	 * A program has the channel, or shall have it: ringdev.c. The poll alone changes @taken,
	 * under @lock; while it is true nothing here touches the sections.
	 */
	bool taken, hand;
	wait_queue_head_t handed;
	struct bh_ringdev *ringdev;

	struct napi_struct napi;
	int irq;
	void *doorbell;		/* the architecture's */
	struct bh_device *devices[BH_SERVICES];
	struct bh_channel_stats stats;
	struct dentry *debugfs;
};

/*
 * bh_copy_data() - memcpy(), as quick where the two places are not aligned alike
 * bh_copy_skb() - @length bytes of a packet from @offset on
 */
void bh_copy_data(void *to, const void *from, size_t length);
void bh_copy_skb(void *to, struct sk_buff *skb, u32 offset, u32 length);

/*
 * bh_reserve() - room for one frame; leaves the channel locked when it succeeds
 * @length: bytes of payload
 * @payload: where to write them
 *
 * Finish with bh_commit() right away. Returns 0, -EAGAIN, -EMSGSIZE or -EPIPE
 * (the peer is not there).
 */
int bh_reserve(struct bh_device *dev, u32 length, void **payload);

/* @more: another frame follows at once, or bh_flush(); the last one of a batch has it false. */
void bh_commit(struct bh_device *dev, u32 length, bool more);
void bh_flush(struct bh_device *dev);

/* Both, from a buffer. */
int bh_send(struct bh_device *dev, const void *data, u32 length);

/* Make the driver's writable() be called when a frame of @length bytes fits. */
void bh_want_space(struct bh_device *dev, u32 length);

/*
 * Services whose receivers may stop reading use these two: bh_send_window() is bh_send()
 * within the window, and returns -EAGAIN beyond it (writable() follows
 * when there is room: no bh_want_space() needed). bh_consumed() gives @cost bytes back.
 */
int bh_send_window(struct bh_device *dev, const void *data, u32 length);
bool bh_window_open(struct bh_device *dev, u32 length);
u32 bh_window_cost(const struct bh_device *dev, u32 length);	/* of a frame */

/* In a panic, in any context: no window, and nothing that waits. */
int bh_send_dying(struct bh_device *dev, const void *data, u32 length);
void bh_consumed(struct bh_device *dev, u32 cost);

/* Tell the other end of the service, now or as soon as there is room; the last word counts. */
void bh_tell(struct bh_device *dev, u16 type);

u32 bh_frame_limit(const struct bh_device *dev);
bool bh_link_is_up(const struct bh_device *dev);

/* channel.c, for partition.c */
int bh_channel_start(struct bh_channel *channel);
void bh_channel_stop(struct bh_channel *channel);
irqreturn_t bh_channel_irq(int irq, void *data);
void bh_channel_poke(struct bh_channel *channel);	/* make it poll */
void bh_ring_peer(struct bh_channel *channel);		/* counted; the channel is locked */

/* channel.c, for ringdev.c: to a program or back, returns when it is done; ring for it */
void bh_channel_hand(struct bh_channel *channel, bool to_program);
void bh_channel_bell(struct bh_channel *channel);

/*
 * ringdev.c. bh_ringdev_doorbell() is for the interrupt: true if it was for a program.
 */
#ifdef CONFIG_BULKHEAD_RING
int bh_ringdev_add(struct bh_channel *channel);
void bh_ringdev_remove(struct bh_channel *channel);
bool bh_ringdev_doorbell(struct bh_channel *channel);
#else
static inline int bh_ringdev_add(struct bh_channel *channel)
{
	return 0;
}

static inline void bh_ringdev_remove(struct bh_channel *channel)
{
}

static inline bool bh_ringdev_doorbell(struct bh_channel *channel)
{
	return false;
}
#endif

/* window.c */
void bh_window_reset(struct bh_channel *channel);
void bh_window_credit(struct bh_device *dev, u32 bytes);
void bh_window_repay(struct bh_channel *channel);

/* bus.c */
const char *bh_link_name(const struct bh_channel *channel);
int bh_bus_add(struct bh_channel *channel);	/* what failed is undone by bh_bus_remove() */
void bh_bus_remove(struct bh_channel *channel);	/* the poll is off: it looks at the devices */
void bh_bus_receive(struct bh_channel *channel, u16 port, const void *data, u32 length);
void bh_bus_control(struct bh_channel *channel, const void *data, u32 length);
void bh_bus_writable(struct bh_channel *channel, unsigned long services);
void bh_bus_link(struct bh_channel *channel, bool up);
u16 bh_service_port(enum bh_service service);

/*
 * The architecture's part: doorbell_x86.c, doorbell_riscv.c.
 *
 * bh_doorbell_init() finds or makes the interrupt that the peer rings, sets
 * channel->irq to it, requested and not enabled yet, and setup.doorbell to what the peer
 * has to know. bh_doorbell_ring() may be called in any context. bh_doorbell_ready() says
 * -EPROBE_DEFER while bh_doorbell_init() would have to.
 */
int bh_doorbell_ready(void);
int bh_doorbell_init(struct bh_channel *channel);
void bh_doorbell_exit(struct bh_channel *channel);
void bh_doorbell_ring(struct bh_channel *channel);
u32 bh_monitor_epoch(struct bh_partition *partition);

#endif
