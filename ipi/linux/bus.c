// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bus "bulkhead": one device for each service of each channel, called
 * PEER.SERVICE. Binding and unbinding a driver by sysfs switches a service of
 * one channel on and off, and leaves the others alone.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "bulkhead.h"

static const struct {
	const char *name;
	u16 port;
	bool window;
} services[BH_SERVICES] = {
	[BH_SERVICE_RAW]	= { "raw",	BH_PORT_USER,		true },
	[BH_SERVICE_NET]	= { "net",	BH_PORT_NET },
	[BH_SERVICE_VSOCK]	= { "vsock",	BH_PORT_VSOCK },
	[BH_SERVICE_CONSOLE]	= { "console",	BH_PORT_CONSOLE,	true },
	[BH_SERVICE_VIEW]	= { "view",	BH_PORT_CONSOLE,	true },
};

static int bh_match(struct device *dev, const struct device_driver *driver)
{
	return to_bh_device(dev)->service == to_bh_driver(driver)->service;
}

static int bh_uevent(const struct device *dev, struct kobj_uevent_env *env)
{
	const struct bh_device *bdev = to_bh_device(dev);

	return add_uevent_var(env, "MODALIAS=bulkhead:%s", services[bdev->service].name) ?:
	       add_uevent_var(env, "BULKHEAD_PEER=%s", bdev->channel->peer_name);
}

/* The poll reads it, without a lock, and runs while drivers come and go. */
static void bh_bound(struct bh_channel *channel, enum bh_service service, bool bound)
{
	spin_lock_bh(&channel->lock);
	if (bound)
		set_bit(service, &channel->bound);
	else
		clear_bit(service, &channel->bound);
	channel->wanting &= channel->bound;
	spin_unlock_bh(&channel->lock);
	/*
	 * No callback is running after this: they run in softirqs, each of which is a
	 * reader of RCU. napi_synchronize() waits for a moment without anything
	 * to poll, which a busy peer never grants.
	 */
	if (!bound)
		synchronize_net();
}

static int bh_probe(struct device *dev)
{
	struct bh_device *bdev = to_bh_device(dev);
	struct bh_driver *driver = to_bh_driver(dev->driver);
	int err;

	err = driver->probe(bdev);
	if (err)
		return err;
	bh_bound(bdev->channel, bdev->service, true);
	bh_channel_poke(bdev->channel);
	return 0;
}

static void bh_remove(struct device *dev)
{
	struct bh_device *bdev = to_bh_device(dev);

	bh_bound(bdev->channel, bdev->service, false);
	bdev->told = false;
	to_bh_driver(dev->driver)->remove(bdev);
	bdev->data = NULL;
}

static ssize_t peer_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_bh_device(dev)->channel->peer_name);
}
static DEVICE_ATTR_RO(peer);

/* What is known of the peer, in a word: user space reads these. */
const char *bh_link_name(const struct bh_channel *channel)
{
	static const char *const names[] = {
		[BH_LINK_DOWN] = "down",
		[BH_LINK_UP] = "up",
		[BH_LINK_BROKEN] = "quarantined",
		[BH_LINK_FOREIGN] = "foreign",
	};

	return READ_ONCE(channel->taken) ? "taken" : names[READ_ONCE(channel->link)];
}

static ssize_t link_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", bh_link_name(to_bh_device(dev)->channel));
}
static DEVICE_ATTR_RO(link);

static ssize_t frame_max_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct bh_device *bdev = to_bh_device(dev);
	u32 limit = bh_frame_limit(bdev);

	if (services[bdev->service].window)
		limit = min(limit, BH_WINDOW_LONGEST);
	return sysfs_emit(buf, "%u\n", limit);
}
static DEVICE_ATTR_RO(frame_max);

static ssize_t service_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", services[to_bh_device(dev)->service].name);
}
static DEVICE_ATTR_RO(service);

static struct attribute *bh_device_attrs[] = {
	&dev_attr_peer.attr,
	&dev_attr_link.attr,
	&dev_attr_service.attr,
	&dev_attr_frame_max.attr,
	NULL
};
ATTRIBUTE_GROUPS(bh_device);

static const struct bus_type bh_bus = {
	.name		= "bulkhead",
	.match		= bh_match,
	.uevent		= bh_uevent,
	.probe		= bh_probe,
	.remove		= bh_remove,
	.dev_groups	= bh_device_groups,
};

int bh_driver_register(struct bh_driver *driver)
{
	driver->driver.bus = &bh_bus;
	return driver_register(&driver->driver);
}
EXPORT_SYMBOL_GPL(bh_driver_register);

void bh_driver_unregister(struct bh_driver *driver)
{
	driver_unregister(&driver->driver);
}
EXPORT_SYMBOL_GPL(bh_driver_unregister);

u16 bh_service_port(enum bh_service service)
{
	/* What the viewer sends is input of the peer's console. */
	return service == BH_SERVICE_VIEW ? BH_PORT_CONSOLE_INPUT : services[service].port;
}

/* Whether its driver is bound or not. */
static struct bh_device *bh_device_for(struct bh_channel *channel, u16 port)
{
	enum bh_service service;

	switch (port) {
	case BH_PORT_USER:
		service = BH_SERVICE_RAW;
		break;
	case BH_PORT_NET:
		service = BH_SERVICE_NET;
		break;
	case BH_PORT_VSOCK:
		service = BH_SERVICE_VSOCK;
		break;
	case BH_PORT_CONSOLE:
		service = BH_SERVICE_VIEW;
		break;
	case BH_PORT_CONSOLE_INPUT:
		service = BH_SERVICE_CONSOLE;
		break;
	default:
		return NULL;
	}
	return channel->devices[service];
}

static bool bh_is_bound(const struct bh_device *bdev)
{
	return bdev && test_bit(bdev->service, &bdev->channel->bound);
}

/* The other end of a service tells this one. */
void bh_bus_control(struct bh_channel *channel, const void *data, u32 length)
{
	struct bh_control control;
	struct bh_device *bdev;

	if (length != sizeof(control)) {
		bh_count(&channel->stats.rx_unclaimed, 1);
		return;
	}
	memcpy(&control, data, sizeof(control));
	/*
	 * The port is that of the sender's service, as in the frames that it sends. A console
	 * has one for each direction: the same way round as its frames.
	 */
	bdev = bh_device_for(channel, control.port);
	/* The window outlives its driver: what comes back meanwhile is there for the next one. */
	if (bdev && control.type == BH_CONTROL_CREDIT)
		bh_window_credit(bdev, control.value);
	else if (!bh_is_bound(bdev))
		bh_count(&channel->stats.rx_unclaimed, 1);
	else if (to_bh_driver(bdev->dev.driver)->control)
		to_bh_driver(bdev->dev.driver)->control(bdev, control.type);
}

/* Called by the poll, as the next two. */
void bh_bus_receive(struct bh_channel *channel, u16 port, const void *data, u32 length)
{
	struct bh_device *bdev = bh_device_for(channel, port);

	if (bh_is_bound(bdev)) {
		to_bh_driver(bdev->dev.driver)->receive(bdev, data, length);
		return;
	}
	bh_count(&channel->stats.rx_unclaimed, 1);
	/* The sender shall not wait for a driver. */
	if (bdev && services[bdev->service].window)
		bh_consumed(bdev, bh_window_cost(bdev, length));
}

void bh_bus_writable(struct bh_channel *channel, unsigned long which)
{
	enum bh_service service;

	for_each_set_bit(service, &which, BH_SERVICES) {
		struct bh_device *bdev = channel->devices[service];
		struct bh_driver *driver;

		if (!test_bit(service, &channel->bound))
			continue;
		driver = to_bh_driver(bdev->dev.driver);
		if (driver->writable)
			driver->writable(bdev);
	}
}

/* Tell who has not been told yet: a driver may have been bound since. */
void bh_bus_link(struct bh_channel *channel, bool up)
{
	unsigned long bound = READ_ONCE(channel->bound);
	enum bh_service service;

	for_each_set_bit(service, &bound, BH_SERVICES) {
		struct bh_device *bdev = channel->devices[service];
		struct bh_driver *driver = to_bh_driver(bdev->dev.driver);

		if (bdev->told == up)
			continue;
		bdev->told = up;
		if (driver->link)
			driver->link(bdev, up);
	}
}

static void bh_device_release(struct device *dev)
{
	kfree(to_bh_device(dev));
}

static bool bh_has_service(const struct bh_channel *channel, enum bh_service service)
{
	switch (service) {
	case BH_SERVICE_CONSOLE:
		return channel->peer_manages;
	case BH_SERVICE_VIEW:
		return channel->managed;
	default:
		return true;
	}
}

/* All of them before the first is added: from then on the poll may look at each. */
static int bh_bus_make(struct bh_channel *channel)
{
	enum bh_service service;

	for (service = 0; service < BH_SERVICES; service++) {
		struct bh_device *bdev;
		int err;

		if (!bh_has_service(channel, service))
			continue;
		bdev = kzalloc_obj(*bdev);
		if (!bdev)
			return -ENOMEM;
		bdev->channel = channel;
		bdev->service = service;
		bdev->dev.bus = &bh_bus;
		bdev->dev.parent = channel->partition->dev;
		bdev->dev.release = bh_device_release;
		device_initialize(&bdev->dev);
		channel->devices[service] = bdev;
		err = dev_set_name(&bdev->dev, "%s.%s", channel->peer_name,
				   services[service].name);
		if (err)
			return err;
	}
	return 0;
}

int bh_bus_add(struct bh_channel *channel)
{
	int err = bh_bus_make(channel);
	enum bh_service service;

	for (service = 0; !err && service < BH_SERVICES; service++) {
		if (channel->devices[service])
			err = device_add(&channel->devices[service]->dev);
	}
	return err;
}

void bh_bus_remove(struct bh_channel *channel)
{
	enum bh_service service;

	for (service = 0; service < BH_SERVICES; service++) {
		struct bh_device *bdev = channel->devices[service];

		if (!bdev)
			continue;
		if (device_is_registered(&bdev->dev))
			device_del(&bdev->dev);
		channel->devices[service] = NULL;
		put_device(&bdev->dev);
	}
}

static int __init bh_bus_init(void)
{
	return bus_register(&bh_bus);
}
subsys_initcall(bh_bus_init);
