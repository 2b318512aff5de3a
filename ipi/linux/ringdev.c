// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/bulkhead/PEER.ring: the whole channel for one program, <bulkhead/ring_device.h>.
 *
 * A ring has one end, and that is either the kernel or a program: services can't go on
 * beside it. Opening asks the channel's poll to end the kernel's epoch
 * (bh_channel_hand()); then the program owns the section, and the kernel passes
 * doorbells on. A file is released when nothing maps it any more, so
 * whatever the program has left behind, nobody but the kernel writes the section when
 * it is taken back. Nothing in it is believed then: epochs are counted here.
 *
 * Locks: mmap_lock, then ringdev->lock. User memory is not touched under the latter.
 */
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <bulkhead/ring_device.h>

#include "bulkhead.h"
#include "node.h"

struct bh_ringdev {
	struct device dev;
	struct cdev cdev;
	struct mutex lock;		/* guards what follows, down to @opened */
	struct bh_channel *channel;	/* NULL: gone */
	struct address_space *mapping;	/* of the file that is open */
	bool opened;
	wait_queue_head_t wait;
	atomic64_t rung;
};

/* --- from the channel --- */

bool bh_ringdev_doorbell(struct bh_channel *channel)
{
	struct bh_ringdev *rd;

	if (!READ_ONCE(channel->taken))
		return false;
	rd = READ_ONCE(channel->ringdev);
	if (rd) {
		atomic64_inc(&rd->rung);
		wake_up_interruptible(&rd->wait);
	}
	return true;
}

/* --- for programs --- */

static int bh_ringdev_open(struct inode *inode, struct file *file)
{
	struct bh_ringdev *rd = container_of(inode->i_cdev, struct bh_ringdev, cdev);

	/* To read alone is of no use, and would cost the services their link all the same. */
	if ((file->f_flags & O_ACCMODE) != O_RDWR)
		return -EINVAL;
	guard(mutex)(&rd->lock);
	if (!rd->channel)
		return -ENODEV;
	if (rd->opened)
		return -EBUSY;
	rd->opened = true;
	rd->mapping = file->f_mapping;
	atomic64_set(&rd->rung, 0);
	get_device(&rd->dev);
	file->private_data = rd;
	bh_channel_hand(rd->channel, true);
	return nonseekable_open(inode, file);
}

static int bh_ringdev_release(struct inode *inode, struct file *file)
{
	struct bh_ringdev *rd = file->private_data;

	mutex_lock(&rd->lock);
	if (rd->channel)
		bh_channel_hand(rd->channel, false);
	rd->mapping = NULL;
	rd->opened = false;
	mutex_unlock(&rd->lock);
	put_device(&rd->dev);
	return 0;
}

static phys_addr_t bh_section_base(const struct bh_channel *channel, bool own)
{
	return channel->base + (own == !channel->side ? 0 : channel->size / 2);
}

/* Pages are mapped one at a time, so that none can be after the device is gone. */
static vm_fault_t bh_ringdev_fault(struct vm_fault *vmf)
{
	struct bh_ringdev *rd = vmf->vma->vm_file->private_data;
	u64 offset = (u64)vmf->pgoff << PAGE_SHIFT, section;
	phys_addr_t address;

	guard(mutex)(&rd->lock);
	if (!rd->channel)
		return VM_FAULT_SIGBUS;
	section = rd->channel->size / 2;
	if (offset < section)
		address = bh_section_base(rd->channel, true) + offset;
	else
		address = bh_section_base(rd->channel, false) + offset - section;
	return vmf_insert_pfn(vmf->vma, vmf->address, PHYS_PFN(address));
}

static const struct vm_operations_struct bh_ringdev_vm_ops = {
	.fault = bh_ringdev_fault,
};

static int bh_ringdev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct bh_ringdev *rd = file->private_data;
	u64 start = (u64)vma->vm_pgoff << PAGE_SHIFT, end = start + vma->vm_end - vma->vm_start;
	u64 section;

	guard(mutex)(&rd->lock);
	if (!rd->channel)
		return -ENODEV;
	section = rd->channel->size / 2;
	if (!(vma->vm_flags & VM_SHARED) || end < start || end > 2 * section ||
	    (start < section && end > section))
		return -EINVAL;
	if (start >= section) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	vm_flags_clear(vma, VM_MAYEXEC);
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &bh_ringdev_vm_ops;
	return 0;
}

static long bh_ringdev_info(struct bh_ringdev *rd, void __user *user)
{
	struct bh_ring_info info = {
		.size = sizeof(info),
		.abi = BH_RING_ABI,
	};
	u32 size;

	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < offsetofend(struct bh_ring_info, abi))
		return -EINVAL;
	scoped_guard(mutex, &rd->lock) {
		const struct bh_channel *channel = rd->channel;

		if (!channel)
			return -ENODEV;
		info.channel = channel->id;
		info.owner = channel->partition->id;
		info.peer = channel->peer;
		info.section = channel->size / 2;
		info.own_offset = 0;
		info.peer_offset = info.section;
		info.epoch = channel->setup.epoch;
		info.doorbell = READ_ONCE(channel->setup.doorbell);
	}
	return copy_to_user(user, &info, min_t(size_t, size, sizeof(info))) ? -EFAULT : 0;
}

static long bh_ringdev_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct bh_ringdev *rd = file->private_data;

	switch (command) {
	case BH_RING_INFO:
		return bh_ringdev_info(rd, (void __user *)argument);
	case BH_RING_BELL:
		scoped_guard(mutex, &rd->lock) {
			if (!rd->channel)
				return -ENODEV;
			bh_channel_bell(rd->channel);
		}
		return 0;
	default:
		return -ENOTTY;
	}
}

static bool bh_ringdev_has_news(struct bh_ringdev *rd)
{
	return atomic64_read(&rd->rung) || !READ_ONCE(rd->channel);
}

static ssize_t bh_ringdev_read(struct file *file, char __user *user, size_t count, loff_t *at)
{
	struct bh_ringdev *rd = file->private_data;
	u64 rung;
	int err;

	if (count < sizeof(rung))
		return -EINVAL;
	while (!(rung = atomic64_xchg(&rd->rung, 0))) {
		if (!READ_ONCE(rd->channel))
			return -ENODEV;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(rd->wait, bh_ringdev_has_news(rd));
		if (err)
			return err;
	}
	return put_user(rung, (u64 __user *)user) ? -EFAULT : sizeof(rung);
}

static __poll_t bh_ringdev_poll(struct file *file, poll_table *table)
{
	struct bh_ringdev *rd = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &rd->wait, table);
	if (atomic64_read(&rd->rung))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (!READ_ONCE(rd->channel))
		mask |= EPOLLERR | EPOLLHUP;
	return mask;
}

static const struct file_operations bh_ringdev_fops = {
	.owner		= THIS_MODULE,
	.open		= bh_ringdev_open,
	.release	= bh_ringdev_release,
	.read		= bh_ringdev_read,
	.poll		= bh_ringdev_poll,
	.mmap		= bh_ringdev_mmap,
	.unlocked_ioctl	= bh_ringdev_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

/* --- life --- */

static void bh_ringdev_free(struct device *dev)
{
	bh_node_free(dev);
	kfree(container_of(dev, struct bh_ringdev, dev));
}

int bh_ringdev_add(struct bh_channel *channel)
{
	struct device *parent = channel->partition->dev;
	struct bh_ringdev *rd;
	int err;

	/* A page that holds the end of one section and the start of the other has two owners. */
	if (!PAGE_ALIGNED(channel->base) || !PAGE_ALIGNED(channel->size / 2)) {
		dev_info(parent, "channel to %s: sections of %llu bytes are no whole pages: no %s.ring\n",
			 channel->peer_name, (u64)channel->size / 2, channel->peer_name);
		return 0;
	}
	rd = kzalloc_obj(*rd);
	if (!rd)
		return -ENOMEM;
	err = bh_node_init(&rd->dev, parent, bh_ringdev_free);
	if (err) {
		kfree(rd);
		return err;
	}
	mutex_init(&rd->lock);
	init_waitqueue_head(&rd->wait);
	rd->channel = channel;
	cdev_init(&rd->cdev, &bh_ringdev_fops);
	rd->cdev.owner = THIS_MODULE;
	WRITE_ONCE(channel->ringdev, rd);
	err = dev_set_name(&rd->dev, "%s.ring", channel->peer_name) ?:
	      cdev_device_add(&rd->cdev, &rd->dev);
	if (err) {
		WRITE_ONCE(channel->ringdev, NULL);
		put_device(&rd->dev);
	}
	return err;
}

void bh_ringdev_remove(struct bh_channel *channel)
{
	struct bh_ringdev *rd = channel->ringdev;

	if (!rd)
		return;
	cdev_device_del(&rd->cdev, &rd->dev);
	scoped_guard(mutex, &rd->lock) {
		WRITE_ONCE(rd->channel, NULL);
		/* Whoever touches the sections from here on gets SIGBUS. */
		if (rd->mapping)
			unmap_mapping_range(rd->mapping, 0, 0, 1);
	}
	WRITE_ONCE(channel->ringdev, NULL);
	synchronize_irq(channel->irq);
	wake_up_interruptible(&rd->wait);
	put_device(&rd->dev);
}
