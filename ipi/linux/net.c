// SPDX-License-Identifier: GPL-2.0-only
/*
 * Point-to-point Ethernet over a channel: one interface a peer, bh-PEER. A frame of
 * the ring is a frame of Ethernet behind an eight-byte header with what offloads
 * need: a large TCP segment crosses the channel in one piece, without a checksum,
 * since memory does not flip bits on the way.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/virtio_net.h>

#include "bulkhead.h"

/* The contract of BH_PORT_NET, little-endian. */
struct bh_net_header {
	__le16 gso_size;	/* 0: one segment */
	u8 gso_type;		/* BH_NET_GSO_* */
	u8 flags;		/* BH_NET_* */
	__le16 csum_start;	/* from the start of the Ethernet frame */
	__le16 csum_offset;	/* from there */
};

static_assert(sizeof(struct bh_net_header) == 8);

#define BH_NET_FRAME_MAX	(GSO_LEGACY_MAX_SIZE + ETH_HLEN + VLAN_HLEN)

#define BH_NET_GSO_NONE		0
#define BH_NET_GSO_TCPV4	1
#define BH_NET_GSO_TCPV6	2
#define BH_NET_CSUM_PARTIAL	BIT(0)	/* not filled in yet */
#define BH_NET_CSUM_VALID	BIT(1)

struct bh_net {
	struct bh_device *dev;
	struct net_device *netdev;
	u64 rx_malformed, rx_nomem, tx_stopped;
};

static int bh_net_header(const struct sk_buff *skb, struct bh_net_header *header)
{
	memset(header, 0, sizeof(*header));
	if (skb_is_gso(skb)) {
		const struct skb_shared_info *info = skb_shinfo(skb);

		if (info->gso_type & SKB_GSO_TCPV4)
			header->gso_type = BH_NET_GSO_TCPV4;
		else if (info->gso_type & SKB_GSO_TCPV6)
			header->gso_type = BH_NET_GSO_TCPV6;
		else
			return -EINVAL;
		header->gso_size = cpu_to_le16(info->gso_size);
	}
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		header->flags |= BH_NET_CSUM_PARTIAL;
		header->csum_start = cpu_to_le16(skb_checksum_start_offset(skb));
		header->csum_offset = cpu_to_le16(skb->csum_offset);
	}
	return 0;
}

static netdev_tx_t bh_net_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct bh_net *net = netdev_priv(netdev);
	struct bh_net_header header;
	u32 length = sizeof(header) + skb->len;
	void *payload;
	int err;

	err = bh_net_header(skb, &header) ?: bh_reserve(net->dev, length, &payload);
	if (err == -EAGAIN) {
		/* Stopped first: writable() may come at once. */
		netif_stop_queue(netdev);
		bh_count(&net->tx_stopped, 1);
		bh_want_space(net->dev, length);
		return NETDEV_TX_BUSY;
	}
	if (err) {
		/* It may have been the last one of a batch. */
		bh_flush(net->dev);
		DEV_STATS_INC(netdev, tx_dropped);
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	memcpy(payload, &header, sizeof(header));
	bh_copy_skb(payload + sizeof(header), skb, 0, skb->len);
	skb_tx_timestamp(skb);
	bh_commit(net->dev, length, netdev_xmit_more());
	dev_sw_netstats_tx_add(netdev, 1, skb->len);
	dev_consume_skb_any(skb);
	return NETDEV_TX_OK;
}

/*
 * What the peer says of a frame has to fit the frame. Virtio hears the same from its
 * other side, and knows all that can be wrong with it.
 */
static int bh_net_accept(struct sk_buff *skb, const struct bh_net_header *header)
{
	static const u8 types[] = {
		[BH_NET_GSO_NONE] = VIRTIO_NET_HDR_GSO_NONE,
		[BH_NET_GSO_TCPV4] = VIRTIO_NET_HDR_GSO_TCPV4,
		[BH_NET_GSO_TCPV6] = VIRTIO_NET_HDR_GSO_TCPV6,
	};
	struct virtio_net_hdr hdr = {
		.gso_size = (__force __virtio16)header->gso_size,
		.csum_start = (__force __virtio16)header->csum_start,
		.csum_offset = (__force __virtio16)header->csum_offset,
	};

	if (header->gso_type >= ARRAY_SIZE(types))
		return -EINVAL;
	hdr.gso_type = types[header->gso_type];
	if (header->flags & BH_NET_CSUM_PARTIAL)
		hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	else if (hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE)
		return -EINVAL;
	else if (header->flags & BH_NET_CSUM_VALID)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	return virtio_net_hdr_to_skb(skb, &hdr, true);
}

static void bh_net_receive(struct bh_device *dev, const void *data, u32 length)
{
	struct bh_net *net = dev->data;
	struct net_device *netdev = net->netdev;
	struct bh_net_header header;
	struct sk_buff *skb;

	if (!netif_running(netdev))
		return;
	/* Nothing that a peer's stack hands its driver is longer than an IP packet. */
	if (length < sizeof(header) + ETH_HLEN || length > sizeof(header) + BH_NET_FRAME_MAX) {
		bh_count(&net->rx_malformed, 1);
		return;
	}
	length -= sizeof(header);
	skb = napi_alloc_skb(&dev->channel->napi, length);
	if (!skb) {
		bh_count(&net->rx_nomem, 1);
		DEV_STATS_INC(netdev, rx_dropped);
		return;
	}
	memcpy(&header, data, sizeof(header));
	bh_copy_data(skb_put(skb, length), data + sizeof(header), length);
	if (bh_net_accept(skb, &header)) {
		bh_count(&net->rx_malformed, 1);
		dev_kfree_skb_any(skb);
		return;
	}
	skb->protocol = eth_type_trans(skb, netdev);
	if (skb_is_gso(skb))
		skb_reset_network_header(skb);
	dev_sw_netstats_rx_add(netdev, length);
	napi_gro_receive(&dev->channel->napi, skb);
}

static void bh_net_writable(struct bh_device *dev)
{
	struct bh_net *net = dev->data;

	netif_wake_queue(net->netdev);
}

static void bh_net_link(struct bh_device *dev, bool up)
{
	struct bh_net *net = dev->data;

	if (up) {
		netif_carrier_on(net->netdev);
		netif_wake_queue(net->netdev);
	} else {
		netif_carrier_off(net->netdev);
	}
}

static int bh_net_open(struct net_device *netdev)
{
	netif_start_queue(netdev);
	return 0;
}

static int bh_net_stop(struct net_device *netdev)
{
	netif_stop_queue(netdev);
	return 0;
}

static const struct net_device_ops bh_net_ops = {
	.ndo_open		= bh_net_open,
	.ndo_stop		= bh_net_stop,
	.ndo_start_xmit		= bh_net_xmit,
	.ndo_get_stats64	= dev_get_tstats64,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
};

/* What ethtool -S shows: names here, values in bh_net_stats() in the same order. */
static const char bh_net_names[][ETH_GSTRING_LEN] = {
	"tx_frames", "tx_ring_full", "tx_stopped", "rx_frames", "rx_malformed", "rx_nomem",
	"doorbells_sent", "doorbells_received", "links", "quarantines",
};

static int bh_net_sset_count(struct net_device *netdev, int set)
{
	return set == ETH_SS_STATS ? ARRAY_SIZE(bh_net_names) : -EOPNOTSUPP;
}

static void bh_net_strings(struct net_device *netdev, u32 set, u8 *data)
{
	if (set == ETH_SS_STATS)
		memcpy(data, bh_net_names, sizeof(bh_net_names));
}

static void bh_net_stats(struct net_device *netdev, struct ethtool_stats *stats, u64 *data)
{
	struct bh_net *net = netdev_priv(netdev);
	const struct bh_channel_stats *channel = &net->dev->channel->stats;
	const u64 values[] = {
		READ_ONCE(channel->tx_frames), READ_ONCE(channel->tx_full),
		READ_ONCE(net->tx_stopped), READ_ONCE(channel->rx_frames),
		READ_ONCE(net->rx_malformed), READ_ONCE(net->rx_nomem),
		READ_ONCE(channel->doorbells_sent), READ_ONCE(channel->doorbells_received),
		READ_ONCE(channel->links), READ_ONCE(channel->quarantines),
	};

	static_assert(ARRAY_SIZE(values) == ARRAY_SIZE(bh_net_names));
	memcpy(data, values, sizeof(values));
}

static void bh_net_drvinfo(struct net_device *netdev, struct ethtool_drvinfo *info)
{
	struct bh_net *net = netdev_priv(netdev);

	strscpy(info->driver, "bulkhead", sizeof(info->driver));
	strscpy(info->bus_info, dev_name(&net->dev->dev), sizeof(info->bus_info));
}

static const struct ethtool_ops bh_net_ethtool_ops = {
	.get_drvinfo		= bh_net_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_sset_count		= bh_net_sset_count,
	.get_strings		= bh_net_strings,
	.get_ethtool_stats	= bh_net_stats,
};

/* Locally administered, and the same on every start: 02:42:48, owner, peer. */
static void bh_net_address(struct net_device *netdev, const struct bh_channel *channel)
{
	const u8 address[ETH_ALEN] = {
		0x02, 0x42, 0x48, channel->id, channel->partition->id, channel->peer
	};

	eth_hw_addr_set(netdev, address);
}

/* Peers whose names begin alike are told apart by their ids: those have three digits at most. */
static void bh_net_name(struct net_device *netdev, const struct bh_channel *channel)
{
	const char *peer = channel->peer_name;

	if (snprintf(netdev->name, IFNAMSIZ, "bh-%s", peer) >= IFNAMSIZ)
		snprintf(netdev->name, IFNAMSIZ, "bh-%.8s-%u", peer, channel->peer);
}

static int bh_net_probe(struct bh_device *dev)
{
	u32 limit = bh_frame_limit(dev) - sizeof(struct bh_net_header) - ETH_HLEN - VLAN_HLEN;
	struct net_device *netdev;
	struct bh_net *net;
	int err;

	if (limit < ETH_MIN_MTU)
		return -ENODEV;
	netdev = alloc_etherdev(sizeof(*net));
	if (!netdev)
		return -ENOMEM;
	net = netdev_priv(netdev);
	net->dev = dev;
	net->netdev = netdev;
	bh_net_name(netdev, dev->channel);
	SET_NETDEV_DEV(netdev, &dev->dev);
	netdev->netdev_ops = &bh_net_ops;
	netdev->ethtool_ops = &bh_net_ethtool_ops;
	netdev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	netdev->max_mtu = min_t(u32, limit, ETH_MAX_MTU);
	netdev->mtu = min_t(u32, limit, ETH_DATA_LEN);
	/* One copy, of whatever shape; the receiver's stack trusts its own machine's memory. */
	netdev->hw_features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA;
	if (limit >= 16 * 1024) {
		netdev->hw_features |= NETIF_F_TSO | NETIF_F_TSO6;
		netif_set_tso_max_size(netdev, min_t(u32, limit, GSO_LEGACY_MAX_SIZE));
	}
	netdev->features = netdev->hw_features;
	bh_net_address(netdev, dev->channel);
	netif_carrier_off(netdev);
	dev->data = net;
	err = register_netdev(netdev);
	if (err)
		free_netdev(netdev);
	return err;
}

static void bh_net_remove(struct bh_device *dev)
{
	struct bh_net *net = dev->data;

	unregister_netdev(net->netdev);
	free_netdev(net->netdev);
}

static struct bh_driver bh_net_driver = {
	.driver = { .name = "bulkhead-net", .owner = THIS_MODULE },
	.service = BH_SERVICE_NET,
	.probe = bh_net_probe,
	.remove = bh_net_remove,
	.receive = bh_net_receive,
	.writable = bh_net_writable,
	.link = bh_net_link,
};

static int __init bh_net_init(void)
{
	return bh_driver_register(&bh_net_driver);
}
module_init(bh_net_init);

static void __exit bh_net_exit(void)
{
	bh_driver_unregister(&bh_net_driver);
}
module_exit(bh_net_exit);

MODULE_ALIAS("bulkhead:net");
MODULE_DESCRIPTION("Point-to-point Ethernet over Bulkhead channels");
MODULE_LICENSE("GPL");
