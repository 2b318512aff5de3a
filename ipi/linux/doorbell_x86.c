// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbells on x86-64: an IPI with a vector that the receiver has got from its own
 * vector domain. The receiver publishes vector and APIC id in its section, and
 * again whenever the interrupt moves to another CPU; the sender writes the ICR.
 *
 * That word is the peer's to write, so it is held against what a doorbell can be: fixed
 * delivery to one of the peer's own CPUs, by the device tree, with a vector that its kernel
 * could have got. A wrong word then disturbs nobody but the one who wrote it.
 */
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>
#include <linux/of.h>
#include <linux/slab.h>

#include <asm/apic.h>
#include <asm/hw_irq.h>
#include <asm/irqdomain.h>

#include <bulkhead/monitor.h>

#include "bulkhead.h"

/* The vector domain is there long before any driver. */
int bh_doorbell_ready(void)
{
	return 0;
}

static struct irq_domain *bh_domain;
static DEFINE_MUTEX(bh_domain_lock);

static void bh_doorbell_publish(struct irq_data *data)
{
	struct bh_channel *channel = irq_data_get_irq_chip_data(data);
	struct irq_cfg *cfg = irqd_cfg(data);

	/* In this order, for bh_publish_doorbell(). */
	WRITE_ONCE(channel->setup.doorbell,
		   BH_DOORBELL(BH_DOORBELL_APIC, cfg->vector, cfg->dest_apicid));
	bh_store(&((struct bh_section *)channel->setup.own)->epoch.doorbell,
		 channel->setup.doorbell);
}

/*
 * The old place stays good until the first interrupt comes in at the new one,
 * as with any MSI: the vector domain cleans up behind irq_complete_move().
 */
static int bh_doorbell_set_affinity(struct irq_data *data, const struct cpumask *mask, bool force)
{
	int ret = irq_chip_set_affinity_parent(data, mask, force);

	if (ret >= 0 && ret != IRQ_SET_MASK_OK_DONE)
		bh_doorbell_publish(data);
	return ret;
}

static struct irq_chip bh_doorbell_chip = {
	.name			= "bulkhead",
	.irq_ack		= irq_chip_ack_parent,
	.irq_set_affinity	= bh_doorbell_set_affinity,
	.irq_retrigger		= irq_chip_retrigger_hierarchy,
	.flags			= IRQCHIP_SKIP_SET_WAKE | IRQCHIP_MOVE_DEFERRED,
};

static void bh_doorbell_nop(struct irq_data *data)
{
}

static int bh_domain_alloc(struct irq_domain *domain, unsigned int virq, unsigned int count,
			   void *arg)
{
	struct irq_alloc_info *info = arg;
	struct bh_channel *channel = info->data;
	int err;

	if (count != 1)
		return -EINVAL;
	err = irq_domain_alloc_irqs_parent(domain, virq, count, info);
	if (err)
		return err;
	irq_domain_set_info(domain, virq, channel->id, &bh_doorbell_chip, channel,
			    handle_edge_irq, channel, "edge");
	return 0;
}

static int bh_domain_activate(struct irq_domain *domain, struct irq_data *data, bool reserve)
{
	/* The vector domain has chosen by now: it is activated first. */
	bh_doorbell_publish(data);
	return 0;
}

static const struct irq_domain_ops bh_domain_ops = {
	.alloc		= bh_domain_alloc,
	.free		= irq_domain_free_irqs_common,
	.activate	= bh_domain_activate,
};

static int bh_domain_get(void)
{
	struct fwnode_handle *fwnode;

	guard(mutex)(&bh_domain_lock);
	if (bh_domain)
		return 0;
	fwnode = irq_domain_alloc_named_fwnode("bulkhead");
	if (!fwnode)
		return -ENOMEM;
	bh_domain = irq_domain_create_hierarchy(x86_vector_domain, 0, 0, fwnode, &bh_domain_ops,
						NULL);
	if (!bh_domain) {
		irq_domain_free_fwnode(fwnode);
		return -ENOMEM;
	}
	return 0;
}

int bh_doorbell_init(struct bh_channel *channel)
{
	struct irq_alloc_info info;
	int irq, err;

	if (!channel->npeer_cpus) {
		dev_err(channel->partition->dev,
			"channel to %s: the tree does not say which CPUs that has\n",
			channel->peer_name);
		return -ENXIO;
	}
	bh_doorbell_chip.irq_mask = bh_doorbell_nop;
	bh_doorbell_chip.irq_unmask = bh_doorbell_nop;
	err = bh_domain_get();
	if (err)
		return err;
	init_irq_alloc_info(&info, NULL);
	info.data = channel;
	irq = irq_domain_alloc_irqs(bh_domain, 1, NUMA_NO_NODE, &info);
	if (irq < 0)
		return irq;
	err = request_irq(irq, bh_channel_irq, IRQF_NO_AUTOEN, channel->peer_name, channel);
	if (err) {
		irq_domain_free_irqs(irq, 1);
		return err;
	}
	channel->irq = irq;
	bh_doorbell_publish(irq_domain_get_irq_data(bh_domain, irq));
	return 0;
}

void bh_doorbell_exit(struct bh_channel *channel)
{
	free_irq(channel->irq, channel);
	irq_domain_free_irqs(channel->irq, 1);
}

static bool bh_doorbell_fits(const struct bh_channel *channel, u64 doorbell)
{
	u32 vector = BH_DOORBELL_VECTOR(doorbell);

	/*
	 * Below are exceptions, above what a kernel keeps for itself, in between the
	 * system call of 32-bit programs: as an interrupt it makes Linux panic.
	 */
	if (BH_DOORBELL_KIND(doorbell) != BH_DOORBELL_APIC || vector < FIRST_EXTERNAL_VECTOR ||
	    vector >= FIRST_SYSTEM_VECTOR || vector == IA32_SYSCALL_VECTOR)
		return false;
	/* Not a third partition's CPU, and not what an APIC takes for all of them. */
	for (u32 i = 0; i < channel->npeer_cpus; i++) {
		if (channel->peer_cpus[i] == BH_DOORBELL_TARGET(doorbell))
			return true;
	}
	return false;
}

void bh_doorbell_ring(struct bh_channel *channel)
{
	const struct bh_section *peer = channel->setup.peer;
	/* Read once; what is checked is what is used. */
	u64 doorbell = bh_load(&peer->epoch.doorbell);
	unsigned long flags;

	if (!bh_doorbell_fits(channel, doorbell))
		return;
	/*
	 * What was written to the ring before is globally visible first: the WRMSR of
	 * an x2APIC is not ordered behind stores (weak_wrmsr_fence()).
	 */
	weak_wrmsr_fence();
	local_irq_save(flags);
	apic_wait_icr_idle();
	apic_icr_write(APIC_DM_FIXED | APIC_DEST_PHYSICAL | BH_DOORBELL_VECTOR(doorbell),
		       BH_DOORBELL_TARGET(doorbell));
	local_irq_restore(flags);
}

u32 bh_monitor_epoch(struct bh_partition *partition)
{
	struct bh_status_page *page;
	u32 epoch = 0;
	u64 reg[2];

	if (of_property_read_u64_array(partition->node, "bulkhead,status", reg, 2) ||
	    reg[1] < sizeof(*page))
		return 0;
	page = memremap(reg[0], sizeof(*page), MEMREMAP_WB);
	if (!page)
		return 0;
	if (page->magic == BH_STATUS_PAGE_MAGIC && page->version == BH_MONITOR_VERSION &&
	    page->id == partition->id)
		epoch = READ_ONCE(page->epoch);
	else
		dev_warn(partition->dev,
			 "status page: magic %#llx, version %u, partition %u; expected %#llx, %u, %u\n",
			 page->magic, page->version, page->id, BH_STATUS_PAGE_MAGIC,
			 BH_MONITOR_VERSION, partition->id);
	memunmap(page);
	return epoch;
}
