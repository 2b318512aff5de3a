// SPDX-License-Identifier: GPL-2.0-only
/*
 * AF_VSOCK over channels: the CID of a peer is its partition id. Packets are
 * virtio's, header and all, and so are connections and credits: the code that
 * virtio and vhost share does all but carry them.
 */
#include <linux/module.h>
#include <linux/virtio_vsock.h>
#include <linux/workqueue.h>

#include <bulkhead/blob.h>

#include "bulkhead.h"

#define BH_VSOCK_PEERS	64

/*
 * What may wait here to be looked at, as memory and not as payload. Credits keep a peer far
 * below it; one that does not keep to them is cut off.
 */
#define BH_VSOCK_RX_MAX	(16 << 20)

/*
 * So many answers to a peer's packets may wait to be sent. Then its packets wait, or one that
 * asks and does not read would fill this kernel's memory.
 */
#define BH_VSOCK_REPLIES_MAX	256

struct bh_vsock {
	struct bh_device *dev;
	spinlock_t tx_lock;	/* keeps packets in order; outer to the channel's lock */
	struct sk_buff_head tx, rx;
	struct work_struct tx_work, rx_work;
	atomic_t rx_memory, replies;
	bool lost;		/* a packet; set by the poll, seen by rx_work */
	atomic_t resetting;	/* connections with this peer are being ended */
};

static struct workqueue_struct *bh_vsock_queue;
static u32 bh_vsock_cid = VMADDR_CID_ANY;

/* By partition id. Senders look under RCU; probe and remove change. */
static struct bh_vsock __rcu *bh_vsock_peers[BH_VSOCK_PEERS];

static struct bh_vsock __rcu **bh_vsock_slot(u32 cid)
{
	return cid - BH_PARTITION_ID_BASE < BH_VSOCK_PEERS ?
	       &bh_vsock_peers[cid - BH_PARTITION_ID_BASE] : NULL;
}

static struct bh_vsock *bh_vsock_find(u32 cid)
{
	struct bh_vsock __rcu **slot = bh_vsock_slot(cid);

	return slot ? rcu_dereference(*slot) : NULL;
}

static u32 bh_vsock_get_local_cid(void)
{
	return bh_vsock_cid;
}

static bool bh_vsock_has_remote_cid(struct vsock_sock *vsk, u32 cid)
{
	guard(rcu)();
	return bh_vsock_find(cid);
}

/* @n answers fewer wait: packets that waited for that can be looked at. */
static void bh_vsock_replied(struct bh_vsock *vsock, int n)
{
	if (n && atomic_sub_return(n, &vsock->replies) < BH_VSOCK_REPLIES_MAX)
		queue_work(bh_vsock_queue, &vsock->rx_work);
}

/* --- sending --- */

/*
 * One packet, in as many frames as it takes: a packet of data that is longer
 * than a frame may be goes as several packets, of which the last one alone
 * ends the message. How far it got is noted in the packet: it may be taken off the
 * queue before it goes on.
 */
static int bh_vsock_send_one(struct bh_vsock *vsock, struct sk_buff *skb)
{
	const struct virtio_vsock_hdr *whole = virtio_vsock_hdr(skb);
	u32 limit = bh_frame_limit(vsock->dev) - sizeof(struct virtio_vsock_hdr);
	u32 *sent = &VIRTIO_VSOCK_SKB_CB(skb)->offset;

	do {
		struct virtio_vsock_hdr header = *whole;
		u32 length = min(skb->len - *sent, limit);
		void *payload;
		int err;

		err = bh_reserve(vsock->dev, sizeof(header) + length, &payload);
		if (err)
			return err;
		header.len = cpu_to_le32(length);
		if (*sent + length < skb->len)
			header.flags &= ~cpu_to_le32(VIRTIO_VSOCK_SEQ_EOM | VIRTIO_VSOCK_SEQ_EOR);
		memcpy(payload, &header, sizeof(header));
		bh_copy_skb(payload + sizeof(header), skb, *sent, length);
		bh_commit(vsock->dev, sizeof(header) + length, true);
		*sent += length;
	} while (*sent < skb->len);
	return 0;
}

/* What there is room for, in the sender's own context: no worker has to be woken for it. */
static void bh_vsock_push(struct bh_vsock *vsock)
{
	struct sk_buff *skb;

	spin_lock_bh(&vsock->tx_lock);
	while ((skb = virtio_vsock_skb_dequeue(&vsock->tx))) {
		bool reply = virtio_vsock_skb_reply(skb);
		int err = bh_vsock_send_one(vsock, skb);

		if (err == -EAGAIN) {
			u32 length = min(bh_frame_limit(vsock->dev),
					 skb->len - VIRTIO_VSOCK_SKB_CB(skb)->offset +
					 (u32)sizeof(struct virtio_vsock_hdr));

			virtio_vsock_skb_queue_head(&vsock->tx, skb);
			bh_want_space(vsock->dev, length);
			goto out;
		}
		virtio_transport_consume_skb_sent(skb, true);
		bh_vsock_replied(vsock, reply);
	}
	/* Nobody else sees the end of the batch: a packet may be cancelled while it waits. */
	bh_flush(vsock->dev);
out:
	spin_unlock_bh(&vsock->tx_lock);
}

static void bh_vsock_tx_work(struct work_struct *work)
{
	bh_vsock_push(container_of(work, struct bh_vsock, tx_work));
}

static void bh_vsock_writable(struct bh_device *dev)
{
	struct bh_vsock *vsock = dev->data;

	queue_work(bh_vsock_queue, &vsock->tx_work);
}

/* --- for AF_VSOCK --- */

static int bh_vsock_send_pkt(struct sk_buff *skb, struct net *net)
{
	int length = skb->len;
	struct bh_vsock *vsock;

	guard(rcu)();
	vsock = bh_vsock_find(le64_to_cpu(virtio_vsock_hdr(skb)->dst_cid));
	if (!vsock || !bh_link_is_up(vsock->dev)) {
		kfree_skb(skb);
		return -ENODEV;
	}
	virtio_transport_deliver_tap_pkt(skb);
	if (virtio_vsock_skb_reply(skb))
		atomic_inc(&vsock->replies);
	virtio_vsock_skb_queue_tail(&vsock->tx, skb);
	bh_vsock_push(vsock);
	return length;
}

static int bh_vsock_cancel_pkt(struct vsock_sock *vsk)
{
	struct bh_vsock *vsock;

	guard(rcu)();
	vsock = bh_vsock_find(vsk->remote_addr.svm_cid);
	if (vsock)
		bh_vsock_replied(vsock, virtio_transport_purge_skbs(vsk, &vsock->tx));
	return 0;
}

static bool bh_vsock_stream_allow(struct vsock_sock *vsk, u32 cid, u32 port)
{
	return vsock_net_mode_global(vsk);
}

static bool bh_vsock_seqpacket_allow(struct vsock_sock *vsk, u32 cid)
{
	return vsock_net_mode_global(vsk);
}

static struct virtio_transport bh_vsock_transport = {
	.transport = {
		.module			= THIS_MODULE,
		.get_local_cid		= bh_vsock_get_local_cid,
		.has_remote_cid		= bh_vsock_has_remote_cid,

		.init			= virtio_transport_do_socket_init,
		.destruct		= virtio_transport_destruct,
		.release		= virtio_transport_release,
		.connect		= virtio_transport_connect,
		.shutdown		= virtio_transport_shutdown,
		.cancel_pkt		= bh_vsock_cancel_pkt,

		.dgram_bind		= virtio_transport_dgram_bind,
		.dgram_dequeue		= virtio_transport_dgram_dequeue,
		.dgram_enqueue		= virtio_transport_dgram_enqueue,
		.dgram_allow		= virtio_transport_dgram_allow,

		.stream_dequeue		= virtio_transport_stream_dequeue,
		.stream_enqueue		= virtio_transport_stream_enqueue,
		.stream_has_data	= virtio_transport_stream_has_data,
		.stream_has_space	= virtio_transport_stream_has_space,
		.stream_rcvhiwat	= virtio_transport_stream_rcvhiwat,
		.stream_is_active	= virtio_transport_stream_is_active,
		.stream_allow		= bh_vsock_stream_allow,

		.seqpacket_dequeue	= virtio_transport_seqpacket_dequeue,
		.seqpacket_enqueue	= virtio_transport_seqpacket_enqueue,
		.seqpacket_allow	= bh_vsock_seqpacket_allow,
		.seqpacket_has_data	= virtio_transport_seqpacket_has_data,

		.notify_poll_in		= virtio_transport_notify_poll_in,
		.notify_poll_out	= virtio_transport_notify_poll_out,
		.notify_recv_init	= virtio_transport_notify_recv_init,
		.notify_recv_pre_block	= virtio_transport_notify_recv_pre_block,
		.notify_recv_pre_dequeue = virtio_transport_notify_recv_pre_dequeue,
		.notify_recv_post_dequeue = virtio_transport_notify_recv_post_dequeue,
		.notify_send_init	= virtio_transport_notify_send_init,
		.notify_send_pre_block	= virtio_transport_notify_send_pre_block,
		.notify_send_pre_enqueue = virtio_transport_notify_send_pre_enqueue,
		.notify_send_post_enqueue = virtio_transport_notify_send_post_enqueue,
		.notify_buffer_size	= virtio_transport_notify_buffer_size,
		.notify_set_rcvlowat	= virtio_transport_notify_set_rcvlowat,

		.unsent_bytes		= virtio_transport_unsent_bytes,
		.read_skb		= virtio_transport_read_skb,
	},
	.send_pkt = bh_vsock_send_pkt,
};

/* --- receiving --- */

static void bh_vsock_receive(struct bh_device *dev, const void *data, u32 length)
{
	struct bh_vsock *vsock = dev->data;
	struct virtio_vsock_hdr header;
	struct sk_buff *skb;

	/* Behind a hole nothing is passed on until connections were reset. */
	if (length < sizeof(header) || READ_ONCE(vsock->lost))
		return;
	memcpy(&header, data, sizeof(header));
	length -= sizeof(header);
	/* Nobody speaks for another partition. */
	if (le32_to_cpu(header.len) != length ||
	    le64_to_cpu(header.src_cid) != dev->channel->peer ||
	    le64_to_cpu(header.dst_cid) != bh_vsock_cid)
		return;
	if (atomic_read(&vsock->rx_memory) >= BH_VSOCK_RX_MAX)
		goto err_lost;
	skb = virtio_vsock_alloc_skb(length + sizeof(header), GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		goto err_lost;
	*virtio_vsock_hdr(skb) = header;
	virtio_vsock_skb_put(skb, length);
	if (skb_store_bits(skb, 0, data + sizeof(header), length)) {
		kfree_skb(skb);
		goto err_lost;
	}
	atomic_add(skb->truesize, &vsock->rx_memory);
	virtio_vsock_skb_queue_tail(&vsock->rx, skb);
	queue_work(bh_vsock_queue, &vsock->rx_work);
	return;

err_lost:
	dev_warn_ratelimited(&dev->dev, "a packet of %u bytes had no room: connections are reset\n",
			     length);
	/* A stream with a hole in it must not go on. */
	WRITE_ONCE(vsock->lost, true);
	queue_work(bh_vsock_queue, &vsock->rx_work);
}

static struct sk_buff *bh_vsock_next(struct bh_vsock *vsock)
{
	struct sk_buff *skb = virtio_vsock_skb_dequeue(&vsock->rx);

	if (skb)
		atomic_sub(skb->truesize, &vsock->rx_memory);
	return skb;
}

static void bh_vsock_drop_rx(struct bh_vsock *vsock)
{
	struct sk_buff *skb;

	while ((skb = bh_vsock_next(vsock)))
		kfree_skb(skb);
}

static void bh_vsock_drop_tx(struct bh_vsock *vsock)
{
	struct sk_buff *skb;

	while ((skb = virtio_vsock_skb_dequeue(&vsock->tx))) {
		bh_vsock_replied(vsock, virtio_vsock_skb_reply(skb));
		kfree_skb(skb);
	}
}

static void bh_vsock_reset_sock(struct sock *sk)
{
	/* As virtio does when its device is reset: the socket is locked by its users. */
	sk->sk_state = TCP_CLOSE;
	sk->sk_err = ECONNRESET;
	sk_error_report(sk);
}

static void bh_vsock_reset_peer(struct sock *sk)
{
	struct bh_vsock *vsock;

	guard(rcu)();
	vsock = bh_vsock_find(vsock_sk(sk)->remote_addr.svm_cid);
	if (!vsock || atomic_read(&vsock->resetting))
		bh_vsock_reset_sock(sk);
}

/* The walk takes no argument. */
static void bh_vsock_reset_all(struct bh_vsock *vsock)
{
	atomic_inc(&vsock->resetting);
	vsock_for_each_connected_socket(&bh_vsock_transport.transport, bh_vsock_reset_peer);
	atomic_dec(&vsock->resetting);
}

static void bh_vsock_rx_work(struct work_struct *work)
{
	struct bh_vsock *vsock = container_of(work, struct bh_vsock, rx_work);
	struct sk_buff *skb;

	/* bh_vsock_replied() goes on where this stops. */
	while (atomic_read(&vsock->replies) < BH_VSOCK_REPLIES_MAX &&
	       (skb = bh_vsock_next(vsock))) {
		virtio_transport_deliver_tap_pkt(skb);
		virtio_transport_recv_pkt(&bh_vsock_transport, skb, NULL);
	}
	/* The other ends learn it with the next packet they send. */
	if (READ_ONCE(vsock->lost)) {
		bh_vsock_drop_rx(vsock);
		WRITE_ONCE(vsock->lost, false);
		bh_vsock_reset_all(vsock);
	}
}

/* --- life --- */

static void bh_vsock_link(struct bh_device *dev, bool up)
{
	struct bh_vsock *vsock = dev->data;

	if (up)
		return;
	/* Connections were with the peer's former life, which may have been followed at once. */
	bh_vsock_drop_tx(vsock);
	bh_vsock_drop_rx(vsock);
	bh_vsock_reset_all(vsock);
}

static int bh_vsock_probe(struct bh_device *dev)
{
	struct bh_vsock __rcu **slot = bh_vsock_slot(dev->channel->peer);
	struct bh_vsock *vsock;

	if (!slot || rcu_access_pointer(*slot))
		return -EEXIST;
	vsock = kzalloc_obj(*vsock);
	if (!vsock)
		return -ENOMEM;
	vsock->dev = dev;
	spin_lock_init(&vsock->tx_lock);
	skb_queue_head_init(&vsock->tx);
	skb_queue_head_init(&vsock->rx);
	INIT_WORK(&vsock->tx_work, bh_vsock_tx_work);
	INIT_WORK(&vsock->rx_work, bh_vsock_rx_work);
	dev->data = vsock;
	bh_vsock_cid = dev->channel->partition->id;
	rcu_assign_pointer(*slot, vsock);
	return 0;
}

static void bh_vsock_remove(struct bh_device *dev)
{
	struct bh_vsock *vsock = dev->data;

	rcu_assign_pointer(*bh_vsock_slot(dev->channel->peer), NULL);
	synchronize_rcu();
	cancel_work_sync(&vsock->tx_work);
	cancel_work_sync(&vsock->rx_work);
	virtio_vsock_skb_queue_purge(&vsock->tx);
	virtio_vsock_skb_queue_purge(&vsock->rx);
	vsock_for_each_connected_socket(&bh_vsock_transport.transport, bh_vsock_reset_peer);
	kfree(vsock);
}

static struct bh_driver bh_vsock_driver = {
	.driver = { .name = "bulkhead-vsock", .owner = THIS_MODULE },
	.service = BH_SERVICE_VSOCK,
	.probe = bh_vsock_probe,
	.remove = bh_vsock_remove,
	.receive = bh_vsock_receive,
	.writable = bh_vsock_writable,
	.link = bh_vsock_link,
};

static int __init bh_vsock_init(void)
{
	int err;

	bh_vsock_queue = alloc_workqueue("bulkhead-vsock", WQ_PERCPU, 0);
	if (!bh_vsock_queue)
		return -ENOMEM;
	/* A partition is as much a guest as it will be: its peers are reached as hosts are. */
	err = vsock_core_register(&bh_vsock_transport.transport, VSOCK_TRANSPORT_F_G2H);
	if (err)
		goto err_queue;
	err = bh_driver_register(&bh_vsock_driver);
	if (err)
		goto err_core;
	return 0;

err_core:
	vsock_core_unregister(&bh_vsock_transport.transport);
err_queue:
	destroy_workqueue(bh_vsock_queue);
	return err;
}
module_init(bh_vsock_init);

static void __exit bh_vsock_exit(void)
{
	bh_driver_unregister(&bh_vsock_driver);
	vsock_core_unregister(&bh_vsock_transport.transport);
	destroy_workqueue(bh_vsock_queue);
}
module_exit(bh_vsock_exit);

MODULE_ALIAS("bulkhead:vsock");
MODULE_DESCRIPTION("AF_VSOCK between Bulkhead partitions");
MODULE_LICENSE("GPL");
