// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/bulkhead/PEER and /dev/bulkhead/PEER.console.
 *
 * What was received waits in a queue that the window (window.c) bounds: a peer that
 * keeps to it is never dropped, and one that does not gets no further than twice
 * that. Reading gives credit back.
 *
 * When the peer lives anew, what the former one sent can still be read; behind it a
 * read returns ECONNRESET once, so that nobody takes the two for one.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "chardev.h"
#include "node.h"

struct bh_chardev {
	struct device dev;
	struct cdev cdev;
	const struct bh_chardev_ops *ops;
	struct mutex reading;	/* one reader at a time; outer to @lock */
	struct mutex lock;	/* guards @bdev and @opened */
	struct bh_device *bdev;		/* NULL: the service was unbound */
	unsigned int opened;
	wait_queue_head_t readable, writable;
	struct sk_buff_head queue;
	u32 queued;			/* bytes of the window, under queue.lock */
	bool reset;			/* under queue.lock: behind all of the queue was a break */
	bool full;			/* a write found no room, and there was none since */
};

/* Before this frame was a break in the sequence: the reader is told, once. */
static bool *bh_after_reset(struct sk_buff *skb)
{
	return (bool *)skb->cb;
}

/* --- from the channel --- */

/* What is longer is received in pieces: whole it may find no memory. */
#define BH_PIECE	SKB_WITH_OVERHEAD(8 * PAGE_SIZE)
#define BH_SMALL_PIECE	SKB_WITH_OVERHEAD(PAGE_SIZE)

/* The first @length bytes of @data, or fewer. */
static struct sk_buff *bh_chardev_piece(const void *data, u32 length)
{
	struct sk_buff *skb;

	length = min_t(u32, length, BH_PIECE);
	skb = alloc_skb(length, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb && length > BH_SMALL_PIECE) {
		length = BH_SMALL_PIECE;
		skb = alloc_skb(length, GFP_ATOMIC | __GFP_NOWARN);
	}
	if (skb)
		skb_put_data(skb, data, length);
	return skb;
}

static struct sk_buff *bh_chardev_copy(const void *data, u32 length)
{
	struct sk_buff *skb = bh_chardev_piece(data, length), **next;

	if (!skb)
		return NULL;
	next = &skb_shinfo(skb)->frag_list;
	while (skb->len < length) {
		struct sk_buff *piece = bh_chardev_piece(data + skb->len, length - skb->len);

		if (!piece) {
			kfree_skb(skb);
			return NULL;
		}
		*next = piece;
		next = &piece->next;
		skb->len += piece->len;
		skb->data_len += piece->len;
		skb->truesize += piece->truesize;
	}
	return skb;
}

/* Bytes of a stream go behind those that wait: a piece may have brought a single one. */
static u32 bh_chardev_append(struct bh_chardev *ch, const void *data, u32 length)
{
	struct sk_buff *last = skb_peek_tail(&ch->queue);

	if (!last || ch->reset)
		return 0;
	length = min_t(u32, length, skb_tailroom(last));
	skb_put_data(last, data, length);
	return length;
}

static void bh_chardev_enqueue(struct bh_chardev *ch, struct sk_buff *skb, u32 cost)
{
	spin_lock(&ch->queue.lock);
	*bh_after_reset(skb) = ch->reset;
	WRITE_ONCE(ch->reset, false);
	__skb_queue_tail(&ch->queue, skb);
	WRITE_ONCE(ch->queued, ch->queued + cost);
	spin_unlock(&ch->queue.lock);
}

/* How much of it found memory. */
static u32 bh_chardev_stream(struct bh_chardev *ch, const void *data, u32 length)
{
	struct sk_buff *skb;
	u32 done, n;

	spin_lock(&ch->queue.lock);
	done = bh_chardev_append(ch, data, length);
	WRITE_ONCE(ch->queued, ch->queued + done);
	spin_unlock(&ch->queue.lock);
	for (; done < length; done += n) {
		skb = bh_chardev_piece(data + done, length - done);
		if (!skb)
			break;
		n = skb->len;
		bh_chardev_enqueue(ch, skb, n);
	}
	return done;
}

void bh_chardev_receive(struct bh_device *bdev, const void *data, u32 length)
{
	u32 cost = bh_window_cost(bdev, length), lost = cost;
	struct bh_chardev *ch = bdev->data;
	struct sk_buff *skb;

	/* Nobody will read it, and the sender shall not wait for that. */
	if (!READ_ONCE(ch->opened)) {
		bh_consumed(bdev, cost);
		return;
	}
	if (READ_ONCE(ch->queued) > 2 * BH_WINDOW_BYTES || length > BH_WINDOW_LONGEST) {
		dev_warn_ratelimited(&bdev->dev, "the peer does not keep to its window\n");
		return;
	}
	if (ch->ops->stream) {
		lost -= bh_chardev_stream(ch, data, length);
	} else {
		skb = bh_chardev_copy(data, length);
		if (skb) {
			bh_chardev_enqueue(ch, skb, cost);
			lost = 0;
		}
	}
	if (lost) {
		/* The reader is told as of any other break in the sequence. */
		spin_lock(&ch->queue.lock);
		WRITE_ONCE(ch->reset, true);
		spin_unlock(&ch->queue.lock);
		bh_consumed(bdev, lost);
	}
	wake_up_interruptible(&ch->readable);
}

void bh_chardev_writable(struct bh_device *bdev)
{
	struct bh_chardev *ch = bdev->data;

	WRITE_ONCE(ch->full, false);
	wake_up_interruptible(&ch->writable);
}

void bh_chardev_link(struct bh_device *bdev, bool up)
{
	struct bh_chardev *ch = bdev->data;

	if (!up) {
		spin_lock(&ch->queue.lock);
		WRITE_ONCE(ch->reset, true);
		spin_unlock(&ch->queue.lock);
	}
	WRITE_ONCE(ch->full, false);
	wake_up_interruptible(&ch->readable);
	wake_up_interruptible(&ch->writable);
}

bool bh_chardev_busy(const struct bh_device *bdev)
{
	const struct bh_chardev *ch = bdev->data;

	return READ_ONCE(ch->opened);
}

/* --- for programs --- */

static struct bh_chardev *bh_chardev_of(struct file *file)
{
	return file->private_data;
}

static void bh_chardev_drop_queue(struct bh_chardev *ch)
{
	u32 bytes;

	spin_lock_bh(&ch->queue.lock);
	__skb_queue_purge(&ch->queue);
	bytes = ch->queued;
	WRITE_ONCE(ch->queued, 0);
	spin_unlock_bh(&ch->queue.lock);
	if (bytes && ch->bdev)
		bh_consumed(ch->bdev, bytes);
}

static int bh_chardev_open(struct inode *inode, struct file *file)
{
	struct bh_chardev *ch = container_of(inode->i_cdev, struct bh_chardev, cdev);

	guard(mutex)(&ch->lock);
	if (!ch->bdev)
		return -ENODEV;
	/* A frame goes to one reader: two would each miss half. */
	if (ch->opened)
		return -EBUSY;
	/* What was just coming in when the last one closed. */
	bh_chardev_drop_queue(ch);
	spin_lock_bh(&ch->queue.lock);
	WRITE_ONCE(ch->reset, false);
	spin_unlock_bh(&ch->queue.lock);
	WRITE_ONCE(ch->opened, 1);
	get_device(&ch->dev);
	file->private_data = ch;
	if (ch->ops->open)
		ch->ops->open(ch->bdev);
	return stream_open(inode, file);
}

static int bh_chardev_release(struct inode *inode, struct file *file)
{
	struct bh_chardev *ch = bh_chardev_of(file);

	mutex_lock(&ch->lock);
	WRITE_ONCE(ch->opened, 0);
	if (ch->bdev && ch->ops->release)
		ch->ops->release(ch->bdev);
	bh_chardev_drop_queue(ch);
	mutex_unlock(&ch->lock);
	put_device(&ch->dev);
	return 0;
}

static bool bh_chardev_has_input(struct bh_chardev *ch)
{
	return !skb_queue_empty_lockless(&ch->queue) || READ_ONCE(ch->reset) ||
	       !READ_ONCE(ch->bdev);
}

/*
 * One frame, or with a stream what there is of one. Needs ch->reading, and does not hold ch->lock
 * while it copies: who reads into memory that does not come shall hold up nobody else.
 */
static ssize_t bh_chardev_take(struct bh_chardev *ch, struct iov_iter *to)
{
	size_t room = iov_iter_count(to), length;
	struct sk_buff *skb;
	bool reset;

	spin_lock_bh(&ch->queue.lock);
	skb = skb_peek(&ch->queue);
	if (skb) {
		length = skb->len;
		reset = *bh_after_reset(skb);
		*bh_after_reset(skb) = false;
	} else {
		reset = ch->reset;
		WRITE_ONCE(ch->reset, false);
	}
	spin_unlock_bh(&ch->queue.lock);
	if (!skb && !READ_ONCE(ch->bdev))
		return -ENODEV;
	if (reset)
		return -ECONNRESET;
	if (!skb)
		return -EAGAIN;
	if (length > room) {
		if (!ch->ops->stream)
			return -EMSGSIZE;
		length = room;
	}
	if (skb_copy_datagram_iter(skb, 0, to, length))
		return -EFAULT;
	guard(mutex)(&ch->lock);
	spin_lock_bh(&ch->queue.lock);
	/* Of a service that was unbound all was given back. */
	if (ch->bdev)
		WRITE_ONCE(ch->queued, ch->queued - bh_window_cost(ch->bdev, length));
	/* More may have been put behind it meanwhile. */
	if (length < skb->len) {
		skb_pull(skb, length);
		skb = NULL;
	} else {
		__skb_unlink(skb, &ch->queue);
	}
	spin_unlock_bh(&ch->queue.lock);
	kfree_skb(skb);
	/* Last: what the peer sends for it finds room in the queue. */
	if (ch->bdev)
		bh_consumed(ch->bdev, bh_window_cost(ch->bdev, length));
	return length;
}

static ssize_t bh_chardev_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct bh_chardev *ch = bh_chardev_of(iocb->ki_filp);
	ssize_t ret;

	for (;;) {
		ret = mutex_lock_interruptible(&ch->reading);
		if (ret)
			return ret;
		ret = bh_chardev_take(ch, to);
		mutex_unlock(&ch->reading);
		if (ret != -EAGAIN || iocb->ki_filp->f_flags & O_NONBLOCK)
			return ret;
		ret = wait_event_interruptible(ch->readable, bh_chardev_has_input(ch));
		if (ret)
			return ret;
	}
}

static ssize_t bh_chardev_try(struct bh_chardev *ch, const void *data, u32 length)
{
	int err;

	guard(mutex)(&ch->lock);
	if (!ch->bdev)
		return -ENODEV;
	/* Before the try: room that comes behind it is not forgotten. */
	WRITE_ONCE(ch->full, true);
	err = bh_send_window(ch->bdev, data, length);
	if (err != -EAGAIN)
		WRITE_ONCE(ch->full, false);
	return err;
}

/* How much of a write goes at once; asked before anything is copied, however long it is. */
static int bh_chardev_cut(struct bh_chardev *ch, size_t *length)
{
	u32 limit;

	guard(mutex)(&ch->lock);
	if (!ch->bdev)
		return -ENODEV;
	limit = min(bh_frame_limit(ch->bdev), BH_WINDOW_LONGEST);
	if (ch->ops->stream)
		*length = min3(*length, PAGE_SIZE, limit);
	return *length > limit ? -EMSGSIZE : 0;
}

static ssize_t bh_chardev_write(struct kiocb *iocb, struct iov_iter *from)
{
	DEFINE_WAIT_FUNC(entry, woken_wake_function);
	struct bh_chardev *ch = bh_chardev_of(iocb->ki_filp);
	bool wait = !(iocb->ki_filp->f_flags & O_NONBLOCK);
	size_t length = iov_iter_count(from);
	ssize_t ret;

	ret = bh_chardev_cut(ch, &length);
	if (ret)
		return ret;

	void *data __free(kvfree) = kvmalloc(length, GFP_KERNEL);

	if (!data)
		return -ENOMEM;
	if (copy_from_iter(data, length, from) != length)
		return -EFAULT;
	/* On the queue before the first try: what it waits for may come at once. */
	add_wait_queue(&ch->writable, &entry);
	while ((ret = bh_chardev_try(ch, data, length)) == -EAGAIN && wait) {
		if (signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		wait_woken(&entry, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
	}
	remove_wait_queue(&ch->writable, &entry);
	return ret ?: length;
}

/*
 * A peer that is away comes back, and nobody can wait for that through EPOLLHUP: who
 * writes frames waits for EPOLLOUT. Whoever watches a console wants to know that it ended.
 */
static __poll_t bh_chardev_poll(struct file *file, poll_table *table)
{
	struct bh_chardev *ch = bh_chardev_of(file);
	struct bh_device *bdev;
	__poll_t mask = 0;

	poll_wait(file, &ch->readable, table);
	poll_wait(file, &ch->writable, table);
	guard(mutex)(&ch->lock);
	bdev = ch->bdev;
	if (bh_chardev_has_input(ch))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (!bdev)
		mask |= EPOLLERR | EPOLLHUP;
	else if (bh_link_is_up(bdev) && !READ_ONCE(ch->full) &&
		 bh_window_open(bdev, BH_WINDOW_QUANTUM))
		mask |= EPOLLOUT | EPOLLWRNORM;
	else if (!bh_link_is_up(bdev) && ch->ops->stream)
		mask |= EPOLLHUP;
	return mask;
}

static const struct file_operations bh_chardev_fops = {
	.owner		= THIS_MODULE,
	.open		= bh_chardev_open,
	.release	= bh_chardev_release,
	.read_iter	= bh_chardev_read,
	.write_iter	= bh_chardev_write,
	.poll		= bh_chardev_poll,
};

/* --- life --- */

static void bh_chardev_free(struct device *dev)
{
	struct bh_chardev *ch = container_of(dev, struct bh_chardev, dev);

	bh_node_free(dev);
	skb_queue_purge(&ch->queue);
	kfree(ch);
}

int bh_chardev_add(struct bh_device *bdev, const struct bh_chardev_ops *ops, const char *suffix)
{
	struct bh_chardev *ch;
	int err;

	ch = kzalloc_obj(*ch);
	if (!ch)
		return -ENOMEM;
	err = bh_node_init(&ch->dev, &bdev->dev, bh_chardev_free);
	if (err) {
		kfree(ch);
		return err;
	}
	ch->bdev = bdev;
	ch->ops = ops;
	mutex_init(&ch->reading);
	mutex_init(&ch->lock);
	init_waitqueue_head(&ch->readable);
	init_waitqueue_head(&ch->writable);
	skb_queue_head_init(&ch->queue);
	cdev_init(&ch->cdev, &bh_chardev_fops);
	ch->cdev.owner = THIS_MODULE;
	bdev->data = ch;
	err = dev_set_name(&ch->dev, "%s%s", bdev->channel->peer_name, suffix) ?:
	      cdev_device_add(&ch->cdev, &ch->dev);
	if (err) {
		bdev->data = NULL;
		put_device(&ch->dev);
	}
	return err;
}

void bh_chardev_remove(struct bh_device *bdev)
{
	struct bh_chardev *ch = bdev->data;

	cdev_device_del(&ch->cdev, &ch->dev);
	mutex_lock(&ch->lock);
	/* What is still read no longer counts. */
	bh_consumed(bdev, READ_ONCE(ch->queued));
	WRITE_ONCE(ch->bdev, NULL);
	mutex_unlock(&ch->lock);
	/* Who still has it open gets ENODEV. */
	wake_up_interruptible(&ch->readable);
	wake_up_interruptible(&ch->writable);
	put_device(&ch->dev);
}
