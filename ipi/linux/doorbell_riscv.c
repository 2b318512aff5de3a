// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbells on RISC-V: a monitor call sends, an RPMI system MSI
 * receives. The tree has a node for the doorbell of each peer, whose interrupt
 * belongs to the in-tree driver of system MSIs.
 *
 * Kernels without channels leave those nodes to UIO, which takes the interrupt for
 * itself: so they are claimed here before it comes. With bulkhead.uio on the command line
 * UIO gets them all the same, programs wait for them, and there are no channels.
 */
#include <linux/interrupt.h>
#include <linux/irqdomain.h>
#include <linux/moduleparam.h>
#include <linux/of.h>
#include <linux/of_irq.h>
#include <linux/platform_device.h>

#include <asm/sbi.h>

#include <bulkhead/monitor.h>
#include <bulkhead/partition.h>

#include "bulkhead.h"

/* One name for users, whatever the file is called. */
#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "bulkhead."

static bool bh_leave_to_uio;
module_param_named(uio, bh_leave_to_uio, bool, 0444);
MODULE_PARM_DESC(uio, "leave the doorbells to UIO, and channels alone");

static struct device_node *bh_doorbell_node(u32 peer)
{
	struct device_node *node;
	u32 id;

	for_each_compatible_node(node, NULL, BH_UIO_DOORBELL) {
		if (!of_property_read_u32(node, "bulkhead,peer", &id) && id == peer)
			return node;
	}
	return NULL;
}

int bh_doorbell_ready(void)
{
	struct of_phandle_args irq;
	struct device_node *node;
	bool there;

	for_each_compatible_node(node, NULL, BH_UIO_DOORBELL) {
		if (bh_leave_to_uio || of_irq_parse_one(node, 0, &irq))
			continue;
		there = irq_find_host(irq.np);
		of_node_put(irq.np);
		if (!there) {
			of_node_put(node);
			return -EPROBE_DEFER;
		}
	}
	return 0;
}

int bh_doorbell_init(struct bh_channel *channel)
{
	struct device_node *node __free(device_node) = bh_doorbell_node(channel->peer);
	int irq, err;

	if (!node)
		return -ENOENT;
	/* Whether UIO has it already or takes it later: the first to ask would get it. */
	if (bh_leave_to_uio)
		return -EBUSY;
	irq = of_irq_get(node, 0);
	if (irq <= 0)
		return irq ?: -ENXIO;
	err = request_irq(irq, bh_channel_irq, IRQF_NO_AUTOEN, channel->peer_name, channel);
	if (err)
		return err;
	channel->irq = irq;
	channel->setup.doorbell = BH_DOORBELL(BH_DOORBELL_CALL, 0, 0);
	return 0;
}

void bh_doorbell_exit(struct bh_channel *channel)
{
	free_irq(channel->irq, channel);
}

void bh_doorbell_ring(struct bh_channel *channel)
{
	/* An M-mode trap orders nothing: what was written to the ring goes first. */
	wmb();
	sbi_ecall(BH_SBI_EXTENSION, BH_CALL_RING, channel->peer, 0, 0, 0, 0, 0);
}

static int bh_doorbell_probe(struct platform_device *pdev)
{
	return 0;
}

static const struct of_device_id bh_doorbell_ids[] = {
	{ .compatible = BH_UIO_DOORBELL },
	{ }
};

static struct platform_driver bh_doorbell_driver = {
	.driver = {
		.name = "bulkhead-doorbell",
		.of_match_table = bh_doorbell_ids,
	},
	.probe = bh_doorbell_probe,
};

static int __init bh_doorbell_claim(void)
{
	if (bh_leave_to_uio) {
		pr_notice("bulkhead: doorbells are left to UIO, so there are no channels\n");
		return 0;
	}
	return platform_driver_register(&bh_doorbell_driver);
}
subsys_initcall(bh_doorbell_claim);

u32 bh_monitor_epoch(struct bh_partition *partition)
{
	struct sbiret self;

	if (sbi_probe_extension(BH_SBI_EXTENSION) <= 0)
		return 0;
	self = sbi_ecall(BH_SBI_EXTENSION, BH_CALL_SELF, 0, 0, 0, 0, 0, 0);
	return self.error ? 0 : (u64)self.value >> 32;
}
