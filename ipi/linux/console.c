// SPDX-License-Identifier: GPL-2.0-only
/*
 * This kernel's console, for the partition that manages it: a terminal hvcN whose
 * output goes to a channel, and the kernel log, from the first line that is still
 * there when the channel is made.
 *
 * The log comes by a console of its own kind, "bulkhead", that needs no word on the
 * command line. Where console=hvcN makes the terminal itself a kernel console the log
 * is in it already, and the other one stays away.
 *
 * printk() may come from anywhere, so what is written goes to a buffer, and
 * from there a work sends it; in a panic, when no work runs any more, printk()
 * does. While nobody watches, the buffer keeps the newest output and forgets the
 * oldest; while somebody does, writers wait; the kernel never does.
 */
#include <linux/console.h>
#include <linux/irq_work.h>
#include <linux/kfifo.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "../tty/hvc/hvc_console.h"

#include "bulkhead.h"

/* All of the kernel log, with its times and line ends, and then some. */
#define BH_CONSOLE_OUT	(2U << CONFIG_LOG_BUF_SHIFT)
/* All that the peer may have on its way, so that nothing that is typed gets lost. */
#define BH_CONSOLE_IN	BH_WINDOW_BYTES
#define BH_CONSOLE_CHUNK 1024
#define BH_CONSOLES	8
#define BH_CONSOLE_VTERM 0x4248	/* apart from the numbers of other hvc drivers */

struct bh_console {
	struct bh_device *dev;
	struct hvc_struct *hvc;
	struct console log;	/* no flags: it was not registered */
	u32 vterm;
	raw_spinlock_t lock;	/* printk() in any context */
	DECLARE_KFIFO_PTR(out, u8);
	DECLARE_KFIFO_PTR(in, u8);
	u32 taken;		/* bytes from @in, whose credit was not given back yet */
	bool attached;
	struct irq_work kick;
	struct work_struct work;
	u8 chunk[BH_CONSOLE_CHUNK];
	u32 pending;		/* bytes of @chunk that wait to be sent; the work's own */
};

/* hvc knows its terminals by number only. */
static struct bh_console *bh_consoles[BH_CONSOLES];
static DEFINE_MUTEX(bh_consoles_lock);

static struct bh_console *bh_console_of(u32 vterm)
{
	return READ_ONCE(bh_consoles[vterm - BH_CONSOLE_VTERM]);
}

/* The newest is worth more than the oldest. The console is locked. */
static void bh_console_keep(struct bh_console *console, const void *data, size_t length)
{
	size_t room = kfifo_avail(&console->out);

	if (room < length)
		kfifo_skip_count(&console->out, length - room);
	kfifo_in(&console->out, (const u8 *)data, length);
}

/* Of a kernel that dies, with one CPU left: what can't go at once does not go. */
static void bh_console_send_dying(struct bh_console *console)
{
	u32 room = min_t(u32, sizeof(console->chunk), bh_frame_limit(console->dev));

	do {
		if (console->pending &&
		    bh_send_dying(console->dev, console->chunk, console->pending))
			break;
		console->pending = kfifo_out(&console->out, console->chunk, room);
	} while (console->pending);
}

/* What printk() says, one record or more. It does not wait for who watches. */
static void bh_console_log(struct console *log, const char *text, unsigned int length)
{
	struct bh_console *console = container_of(log, struct bh_console, log);
	unsigned long flags;

	/* Who holds the lock may be what has crashed. */
	if (!oops_in_progress)
		raw_spin_lock_irqsave(&console->lock, flags);
	else if (!raw_spin_trylock_irqsave(&console->lock, flags))
		return;
	while (length) {
		const char *end = memchr(text, '\n', length);
		unsigned int line = end ? end - text : length;

		bh_console_keep(console, text, line);
		if (end) {
			bh_console_keep(console, "\r\n", 2);
			line++;
		}
		text += line;
		length -= line;
	}
	if (console->attached && panic_in_progress())
		bh_console_send_dying(console);
	raw_spin_unlock_irqrestore(&console->lock, flags);
	if (console->attached)
		irq_work_queue(&console->kick);
}

static ssize_t bh_console_put(u32 vterm, const u8 *data, size_t length)
{
	struct bh_console *console = bh_console_of(vterm);
	unsigned long flags;

	if (!console)
		return length;
	raw_spin_lock_irqsave(&console->lock, flags);
	if (console->attached)
		length = kfifo_in(&console->out, data, length);
	else
		bh_console_keep(console, data, length);
	raw_spin_unlock_irqrestore(&console->lock, flags);
	if (console->attached)
		irq_work_queue(&console->kick);
	return length;
}

static ssize_t bh_console_get(u32 vterm, u8 *data, size_t length)
{
	struct bh_console *console = bh_console_of(vterm);
	unsigned long flags;
	unsigned int n;

	if (!console)
		return 0;
	raw_spin_lock_irqsave(&console->lock, flags);
	n = kfifo_out(&console->in, data, length);
	console->taken += n;
	raw_spin_unlock_irqrestore(&console->lock, flags);
	/* Credit goes back from the work: here interrupts may be off. */
	if (n)
		irq_work_queue(&console->kick);
	return n;
}

static const struct hv_ops bh_console_ops = {
	.get_chars = bh_console_get,
	.put_chars = bh_console_put,
};

static void bh_console_kick(struct irq_work *kick)
{
	struct bh_console *console = container_of(kick, struct bh_console, kick);

	schedule_work(&console->work);
}

static void bh_console_work(struct work_struct *work)
{
	struct bh_console *console = container_of(work, struct bh_console, work);
	u32 room = min_t(u32, sizeof(console->chunk), bh_frame_limit(console->dev));
	unsigned long flags;
	u32 taken;

	raw_spin_lock_irqsave(&console->lock, flags);
	taken = console->taken;
	console->taken = 0;
	raw_spin_unlock_irqrestore(&console->lock, flags);
	if (taken)
		bh_consumed(console->dev, taken);

	while (READ_ONCE(console->attached)) {
		if (!console->pending) {
			raw_spin_lock_irqsave(&console->lock, flags);
			console->pending = kfifo_out(&console->out, console->chunk, room);
			raw_spin_unlock_irqrestore(&console->lock, flags);
			if (!console->pending)
				break;
			/* Somebody may wait for room. */
			hvc_kick();
		}
		/* What can't be sent now goes first when writable() says so. */
		if (bh_send_window(console->dev, console->chunk, console->pending))
			break;
		console->pending = 0;
	}
}

static void bh_console_receive(struct bh_device *dev, const void *data, u32 length)
{
	struct bh_console *console = dev->data;
	unsigned long flags;

	raw_spin_lock_irqsave(&console->lock, flags);
	/* It fits, unless the peer does not keep to its window: that is its loss. */
	kfifo_in(&console->in, (const u8 *)data, length);
	raw_spin_unlock_irqrestore(&console->lock, flags);
	hvc_kick();
}

static void bh_console_writable(struct bh_device *dev)
{
	struct bh_console *console = dev->data;

	schedule_work(&console->work);
}

static void bh_console_control(struct bh_device *dev, u16 type)
{
	struct bh_console *console = dev->data;

	WRITE_ONCE(console->attached, type == BH_CONTROL_ATTACH);
	schedule_work(&console->work);
}

static void bh_console_link(struct bh_device *dev, bool up)
{
	struct bh_console *console = dev->data;
	unsigned long flags;

	/* Whoever comes next attaches anew, and has a whole window. */
	if (up)
		return;
	raw_spin_lock_irqsave(&console->lock, flags);
	WRITE_ONCE(console->attached, false);
	kfifo_reset_out(&console->in);
	console->taken = 0;
	raw_spin_unlock_irqrestore(&console->lock, flags);
}

static ssize_t tty_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct bh_console *console = to_bh_device(dev)->data;

	return sysfs_emit(buf, "hvc%d\n", console->hvc->index);
}
static DEVICE_ATTR_RO(tty);

static struct attribute *bh_console_attrs[] = {
	&dev_attr_tty.attr,
	NULL
};
ATTRIBUTE_GROUPS(bh_console);

/* Does console=hvcN name this one? Then hvc has registered it. */
static bool bh_console_has_log(const struct bh_console *console)
{
	struct console *other;
	bool has = false;

	console_list_lock();
	for_each_console(other)
		has |= !strcmp(other->name, "hvc") && other->index == console->hvc->index;
	console_list_unlock();
	return has;
}

static void bh_console_open_log(struct bh_console *console)
{
	if (bh_console_has_log(console))
		return;
	strscpy(console->log.name, "bulkhead");
	console->log.write = bh_console_log;
	console->log.index = console->hvc->index;
	/* Enabled: nobody has to name it. And all that was said so far. */
	console->log.flags = CON_ENABLED | CON_PRINTBUFFER;
	register_console(&console->log);
}

static int bh_console_probe(struct bh_device *dev)
{
	struct bh_console *console;
	unsigned int index;
	int err;

	console = kzalloc_obj(*console);
	if (!console)
		return -ENOMEM;
	console->dev = dev;
	raw_spin_lock_init(&console->lock);
	init_irq_work(&console->kick, bh_console_kick);
	INIT_WORK(&console->work, bh_console_work);
	err = kfifo_alloc(&console->out, BH_CONSOLE_OUT, GFP_KERNEL) ?:
	      kfifo_alloc(&console->in, BH_CONSOLE_IN, GFP_KERNEL);
	if (err)
		goto err_free;

	mutex_lock(&bh_consoles_lock);
	for (index = 0; index < BH_CONSOLES && bh_consoles[index]; index++)
		;
	if (index < BH_CONSOLES)
		WRITE_ONCE(bh_consoles[index], console);
	mutex_unlock(&bh_consoles_lock);
	if (index == BH_CONSOLES) {
		err = -ENOSPC;
		goto err_free;
	}
	console->vterm = BH_CONSOLE_VTERM + index;
	dev->data = console;
	console->hvc = hvc_alloc(console->vterm, 0, &bh_console_ops, 256);
	if (IS_ERR(console->hvc)) {
		err = PTR_ERR(console->hvc);
		WRITE_ONCE(bh_consoles[index], NULL);
		goto err_free;
	}
	dev_info(&dev->dev, "hvc%d is shown to %s\n", console->hvc->index, dev->channel->peer_name);
	bh_console_open_log(console);
	return 0;

err_free:
	kfifo_free(&console->in);
	kfifo_free(&console->out);
	kfree(console);
	return err;
}

static void bh_console_remove(struct bh_device *dev)
{
	struct bh_console *console = dev->data;

	if (console->log.flags)
		unregister_console(&console->log);
	/* Last words: this may be a reboot. */
	irq_work_sync(&console->kick);
	flush_work(&console->work);
	WRITE_ONCE(console->attached, false);
	hvc_remove(console->hvc);
	WRITE_ONCE(bh_consoles[console->vterm - BH_CONSOLE_VTERM], NULL);
	irq_work_sync(&console->kick);
	cancel_work_sync(&console->work);
	kfifo_free(&console->in);
	kfifo_free(&console->out);
	kfree(console);
}

static struct bh_driver bh_console_driver = {
	/* hvc's printk side looks a terminal up by number without a reference. */
	.driver = {
		.name = "bulkhead-console",
		.owner = THIS_MODULE,
		.suppress_bind_attrs = true,
		.dev_groups = bh_console_groups,
	},
	.service = BH_SERVICE_CONSOLE,
	.probe = bh_console_probe,
	.remove = bh_console_remove,
	.receive = bh_console_receive,
	.writable = bh_console_writable,
	.link = bh_console_link,
	.control = bh_console_control,
};

static int __init bh_console_init(void)
{
	return bh_driver_register(&bh_console_driver);
}
device_initcall(bh_console_init);
