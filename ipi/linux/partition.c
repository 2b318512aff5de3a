// SPDX-License-Identifier: GPL-2.0-only
/*
 * The partition device tree's node: who we are, whom we know, and the channels
 * to them. The node is a contract: include/bulkhead/partition.h of Bulkhead,
 * dt-schema bulkhead,partition.yaml.
 */
#include <linux/debugfs.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include <bulkhead/partition.h>

#include "bulkhead.h"

static ssize_t id_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct bh_partition *partition = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", partition->id);
}
static DEVICE_ATTR_RO(id);

static ssize_t name_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct bh_partition *partition = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", partition->name);
}
static DEVICE_ATTR_RO(name);

static struct attribute *bh_partition_attrs[] = {
	&dev_attr_id.attr,
	&dev_attr_name.attr,
	NULL
};
ATTRIBUTE_GROUPS(bh_partition);

static struct device_node *bh_find_peer(struct bh_partition *partition, u32 id)
{
	struct device_node *peers __free(device_node) =
		of_get_child_by_name(partition->node, "peers");
	u32 reg;

	for_each_child_of_node_scoped(peers, peer) {
		if (!of_property_read_u32(peer, "reg", &reg) && reg == id)
			return of_node_get(peer);
	}
	return NULL;
}

static bool bh_manages(struct bh_partition *partition, u32 id)
{
	int count = of_property_count_u32_elems(partition->node, "bulkhead,manages");
	u32 managed;

	for (int i = 0; i < count; i++) {
		if (!of_property_read_u32_index(partition->node, "bulkhead,manages", i, &managed) &&
		    managed == id)
			return true;
	}
	return false;
}

/* Only where a doorbell is addressed to a CPU: the architecture minds if there are none. */
static int bh_find_peer_cpus(struct bh_channel *channel, struct device_node *peer)
{
	int count = of_property_count_u32_elems(peer, "bulkhead,cpus");
	u32 *cpus;

	if (count <= 0)
		return 0;
	cpus = devm_kcalloc(channel->partition->dev, count, sizeof(*cpus), GFP_KERNEL);
	if (!cpus)
		return -ENOMEM;
	channel->peer_cpus = cpus;
	channel->npeer_cpus = count;
	return of_property_read_u32_array(peer, "bulkhead,cpus", cpus, count);
}

/* Says what is wrong: one channel that can't be used is no reason to lose the others. */
static void bh_add_channel(struct bh_partition *partition, struct device_node *node)
{
	struct device_node *peer __free(device_node) = NULL;
	struct bh_channel *channel;
	u64 memory[2];
	int err;

	channel = devm_kzalloc(partition->dev, sizeof(*channel), GFP_KERNEL);
	if (!channel)
		return;
	channel->partition = partition;
	err = of_property_read_u32(node, "reg", &channel->id) ?:
	      of_property_read_u32(node, "bulkhead,peer", &channel->peer) ?:
	      of_property_read_u32(node, "bulkhead,side", &channel->side) ?:
	      of_property_read_u64_array(node, "bulkhead,memory", memory, ARRAY_SIZE(memory));
	if (err || channel->side > 1 || memory[0] > memory[0] + memory[1]) {
		dev_err(partition->dev,
			"%pOF lacks a valid reg, bulkhead,peer, bulkhead,side (0, 1) or bulkhead,memory\n",
			node);
		return;
	}
	channel->base = memory[0];
	channel->size = memory[1];
	peer = bh_find_peer(partition, channel->peer);
	err = peer ? of_property_read_string(peer, "label", &channel->peer_name) : -ENOENT;
	if (err) {
		dev_err(partition->dev, "%pOF: there is no peer %u in the tree\n", node,
			channel->peer);
		return;
	}
	channel->peer_manages = of_property_read_bool(peer, "bulkhead,manager");
	channel->managed = bh_manages(partition, channel->peer);
	err = bh_find_peer_cpus(channel, peer) ?: bh_channel_start(channel);
	if (!err)
		list_add_tail(&channel->list, &partition->channels);
}

static void bh_stop(struct bh_partition *partition)
{
	struct bh_channel *channel, *next;

	list_for_each_entry_safe(channel, next, &partition->channels, list) {
		list_del(&channel->list);
		bh_channel_stop(channel);
	}
}

static int bh_partition_probe(struct platform_device *pdev)
{
	struct device_node *channels __free(device_node) = NULL;
	struct bh_partition *partition;
	int err;

	/* Before the first channel: what is wrong with one is said once, no life begins in vain. */
	err = bh_doorbell_ready();
	if (err)
		return err;
	partition = devm_kzalloc(&pdev->dev, sizeof(*partition), GFP_KERNEL);
	if (!partition)
		return -ENOMEM;
	partition->dev = &pdev->dev;
	partition->node = pdev->dev.of_node;
	INIT_LIST_HEAD(&partition->channels);
	err = of_property_read_u32(partition->node, "bulkhead,id", &partition->id) ?:
	      of_property_read_string(partition->node, "label", &partition->name);
	if (err)
		return dev_err_probe(&pdev->dev, err, "the node lacks its id or label\n");
	partition->epoch = bh_monitor_epoch(partition);
	partition->napi_dev = alloc_netdev_dummy(0);
	if (!partition->napi_dev)
		return -ENOMEM;
	partition->debugfs = debugfs_create_dir("bulkhead", NULL);
	platform_set_drvdata(pdev, partition);

	channels = of_get_child_by_name(partition->node, "channels");
	for_each_child_of_node_scoped(channels, node)
		bh_add_channel(partition, node);
	dev_info(&pdev->dev, "partition %s (%u), start %u\n", partition->name, partition->id,
		 partition->epoch);
	return 0;
}

static void bh_partition_remove(struct platform_device *pdev)
{
	struct bh_partition *partition = platform_get_drvdata(pdev);

	bh_stop(partition);
	debugfs_remove_recursive(partition->debugfs);
	free_netdev(partition->napi_dev);
}

/* Peers learn of a reboot or kexec from the section, and not from silence. */
static void bh_partition_shutdown(struct platform_device *pdev)
{
	bh_stop(platform_get_drvdata(pdev));
}

static const struct of_device_id bh_partition_ids[] = {
	{ .compatible = BH_PARTITION_COMPATIBLE },
	{ }
};
MODULE_DEVICE_TABLE(of, bh_partition_ids);

static struct platform_driver bh_partition_driver = {
	.driver = {
		.name = "bulkhead",
		.of_match_table = bh_partition_ids,
		.dev_groups = bh_partition_groups,
		.suppress_bind_attrs = true,
	},
	.probe = bh_partition_probe,
	.remove = bh_partition_remove,
	.shutdown = bh_partition_shutdown,
};

static int __init bh_init(void)
{
	return platform_driver_register(&bh_partition_driver);
}

/* Behind the services: a peer may speak to any of them as soon as there is a link. */
device_initcall_sync(bh_init);

MODULE_DESCRIPTION("Bulkhead partitions and their channels");
MODULE_LICENSE("GPL");
