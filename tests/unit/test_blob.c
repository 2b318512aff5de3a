// SPDX-License-Identifier: GPL-2.0-only
/* Blobs that are good, and every way in which one can lie. */
#include "fixture.h"

#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "core/blob_fields.h"
#include "core/platform.h"
#include "host/blob.h"

/* The good plan, placed, as a blob that can be changed in place. */
static void *good_blob(void)
{
	struct fixture *f = fixture_good();
	void *fdt;

	for (unsigned int i = 0; i < 32; i++)
		f->images[1].sha256[i] = (uint8_t)i;
	assert_int_equal(bh_place(&f->plan, &f->machine, &f->sink), 0);
	fdt = blob_write(&f->plan);
	assert_int_equal(fdt_open_into(fdt, fdt, BLOB_ROOM), 0);
	fixture_free(f);
	return fdt;
}

static int read_blob(struct fixture *f, const void *fdt, size_t size)
{
	uint32_t errors;
	int err;

	forget(f);
	errors = f->sink.errors;
	err = bh_blob_read(fdt, size, &f->plan, &f->sink);
	/* An error is always reported, and nothing else is. */
	assert_true((err != 0) == (f->sink.errors != errors));
	assert_true(err == 0 || err == -EINVAL || err == -ENOSPC);
	return err;
}

static void what_is_written_is_read(void **state)
{
	struct fixture *f = fixture_new(), *good = fixture_good();
	void *fdt = good_blob();

	(void)state;
	bh_place(&good->plan, &good->machine, &good->sink);
	assert_int_equal(read_blob(f, fdt, fdt_totalsize(fdt)), 0);

	assert_int_equal(f->plan.platform, BH_PLATFORM_X86_64);
	assert_memory_equal(&f->plan.monitor, &good->plan.monitor, sizeof(struct bh_range));
	assert_memory_equal(&f->plan.low_page, &good->plan.low_page, sizeof(struct bh_range));
	assert_memory_equal(&f->plan.golden, &good->plan.golden, sizeof(struct bh_range));
	for (uint32_t i = 0; i < 2; i++)
		assert_memory_equal(&f->images[i].golden, &good->images[i].golden,
				    sizeof(struct bh_range));
	for (uint32_t i = 0; i < 3; i++) {
		const struct bh_partition *a = &f->partitions[i], *b = &good->partitions[i];

		assert_memory_equal(&a->golden, &b->golden, sizeof(struct bh_range));
		assert_int_equal(a->kernel_at, b->kernel_at);
		assert_int_equal(a->initrd_at, b->initrd_at);
		assert_int_equal(a->private_at, b->private_at);
	}
	assert_int_equal(f->plan.npartitions, 3);
	assert_int_equal(f->plan.nimages, 2);
	assert_int_equal(f->plan.nchannels, 2);
	assert_string_equal(f->images[0].label, "linux");
	assert_int_equal(f->images[1].kind, BH_IMAGE_INITRD);
	assert_int_equal(f->images[1].size, 3 * BH_MIB + 5);
	assert_int_equal(f->images[1].sha256[31], 31);
	for (uint32_t i = 0; i < 3; i++) {
		const struct bh_partition *a = &f->partitions[i], *b = &good->partitions[i];

		assert_string_equal(a->name, b->name);
		assert_int_equal(a->ncpus, b->ncpus);
		assert_memory_equal(f->cpus + a->first_cpu, good->cpus + b->first_cpu, 4 * a->ncpus);
		assert_int_equal(a->nmem, b->nmem);
		assert_memory_equal(f->memory + a->first_mem, good->memory + b->first_mem,
				    a->nmem * sizeof(struct bh_range));
		assert_memory_equal(&a->low_slice, &b->low_slice, sizeof(struct bh_range));
		assert_int_equal(a->kernel, b->kernel);
		assert_int_equal(a->initrd, b->initrd);
		assert_int_equal(a->console_port, b->console_port);
		assert_int_equal(a->devices, b->devices);
		assert_int_equal(a->manages, b->manages);
	}
	assert_string_equal(f->partitions[0].cmdline, "console=ttyS0");
	assert_null(f->partitions[2].cmdline);
	assert_memory_equal(f->channels, good->channels, 2 * sizeof(struct bh_channel));

	/* And it is as good a plan as it was. */
	f->machine = good->machine;
	assert_int_equal(bh_check(&f->plan, &f->machine, &f->sink), 0);
	assert_int_equal(f->nsaid, 0);
	free(fdt);
	fixture_free(f);
	fixture_free(good);
}

/* The struct of a section that @plan's last such node is filled into. */
static void *section_object(struct bh_plan *plan, unsigned int section)
{
	switch (section) {
	case BH_BLOB_MONITOR:
		return plan;
	case BH_BLOB_IMAGE:
		return &plan->images[plan->nimages - 1];
	case BH_BLOB_PARTITION:
		return &plan->partitions[plan->npartitions - 1];
	case BH_BLOB_CHANNEL:
		return &plan->channels[plan->nchannels - 1];
	default:
		fail_msg("what is section %u a part of?", section);
		return NULL;
	}
}

/* Another value of the same type, and one that a blob can have. */
static void change_member(struct bh_plan *plan, const struct bh_blob_field *field, void *member)
{
	uint32_t *word = member;
	struct bh_range *range = member;

	switch (field->type) {
	case BH_TYPE_NAME:
		*(char *)member ^= 1;
		break;
	case BH_TYPE_STRING:
		*(const char **)member = "another";
		break;
	case BH_TYPE_FLAG:
		*(bool *)member = !*(bool *)member;
		break;
	case BH_TYPE_IMAGE:
		*word = *word ? 0 : 1;
		break;
	case BH_TYPE_WORD:
	case BH_TYPE_WORDS:
	case BH_TYPE_CELL:
		*word ^= 1;
		break;
	case BH_TYPE_SIZE:
	case BH_TYPE_ADDRESS:
	case BH_TYPE_PARTITIONS:
		*(uint64_t *)member ^= 2;
		break;
	case BH_TYPE_RANGES:
		range = &plan->memory[word[0]];
		/* fall through */
	case BH_TYPE_RANGE:
		range->size += BH_PAGE_SIZE;
		break;
	case BH_TYPE_CPUS:
		plan->cpus[word[0]] ^= 0x100;
		break;
	case BH_TYPE_FILES:
		plan->files[word[0]] += BH_PAGE_SIZE;
		break;
	case BH_TYPE_PAIR:
		word[1] ^= 1;
		break;
	case BH_TYPE_DIGEST:
		((uint8_t *)member)[31] ^= 1;
		break;
	default:
		fail_msg("property %s is of a type that this test does not know", field->name);
	}
}

/* Reader, writer and comparison all know every row, on the platforms that have it. */
static void every_property_counts(void **state)
{
	unsigned int rows = 0;

	(void)state;
	for (unsigned int i = 0; i < 2 * BH_BLOB_SECTIONS; i++) {
		const struct bh_blob_section *s = &bh_blob_sections[i / 2];

		for (uint32_t k = 0; k < s->nfields; k++) {
			struct fixture *f = i % 2 ? fixture_riscv() : fixture_good();
			struct fixture *same = fixture_new(), *other = fixture_new();
			void *blob, *changed;
			uint8_t *object;

			bh_place(&f->plan, &f->machine, &f->sink);
			/* So that nothing of the last partition depends on what it has not. */
			f->partitions[f->plan.npartitions - 1].initrd = 1;
			f->partitions[f->plan.npartitions - 1].initrd_at = BH_GIB;
			blob = blob_write(&f->plan);
			assert_int_equal(read_blob(same, blob, fdt_totalsize(blob)), 0);
			assert_true(bh_blob_same(&f->plan, &same->plan));

			object = section_object(&f->plan, i / 2);
			change_member(&f->plan, &s->fields[k], object + s->fields[k].offset);
			assert_false(bh_blob_same(&f->plan, &same->plan));
			changed = blob_write(&f->plan);
			assert_int_equal(read_blob(other, changed, fdt_totalsize(changed)), 0);
			if (bh_blob_field_on(&s->fields[k], f->plan.platform))
				rows++;
			if (bh_blob_same(&f->plan, &other->plan) !=
			    bh_blob_field_on(&s->fields[k], f->plan.platform))
				fail_msg("%s of %s on %s", s->fields[k].name, s->name,
					 bh_platform_name(f->plan.platform));
			free(blob);
			free(changed);
			fixture_free(f);
			fixture_free(same);
			fixture_free(other);
		}
	}
	assert_true(rows > 30);
}

/* fdt_add_subnode() puts the newest first: ids count, not places. */
static void order_does_not_matter(void **state)
{
	struct fixture *f = fixture_new();
	void *fdt = good_blob();
	int parent = fdt_path_offset(fdt, "/channels");
	int old = fdt_path_offset(fdt, "/channels/channel@1");
	char memory[16], between[8];
	int node;

	(void)state;
	memcpy(memory, fdt_getprop(fdt, old, "memory", NULL), 16);
	memcpy(between, fdt_getprop(fdt, old, "between", NULL), 8);
	assert_int_equal(fdt_del_node(fdt, old), 0);
	parent = fdt_path_offset(fdt, "/channels");
	node = fdt_add_subnode(fdt, parent, "channel@1");
	assert_true(node > 0);
	fdt_setprop(fdt, node, "memory", memory, 16);
	fdt_setprop(fdt, node, "between", between, 8);
	fdt_setprop_u32(fdt, node, "reg", 1);
	assert_int_equal(read_blob(f, fdt, fdt_totalsize(fdt)), 0);
	assert_int_equal(f->channels[1].side[0], 2);
	assert_int_equal(f->channels[0].side[0], 0);
	free(fdt);
	fixture_free(f);
}

static void truncated_at_every_length(void **state)
{
	struct fixture *f = fixture_new();
	void *fdt = good_blob();
	size_t size;

	(void)state;
	assert_int_equal(fdt_pack(fdt), 0);
	size = fdt_totalsize(fdt);
	for (size_t len = 0; len < size; len++) {
		void *part = malloc(len ? len : 1);	/* exactly as long: ASan watches */

		memcpy(part, fdt, len);
		assert_int_equal(read_blob(f, part, len), -EINVAL);
		assert_int_equal(f->nsaid, 1);
		assert_non_null(find_said(f, "blob-structure"));
		free(part);
	}
	assert_int_equal(read_blob(f, fdt, size), 0);
	free(fdt);
	fixture_free(f);
}

/* Any one bit: refused with a reason, or read into something that can be checked. */
static void flipped_bits(void **state)
{
	struct fixture *f = fixture_new(), *good = fixture_good();
	uint8_t *fdt = good_blob();
	unsigned int refused = 0, accepted = 0;
	size_t size;

	(void)state;
	assert_int_equal(fdt_pack(fdt), 0);
	size = fdt_totalsize(fdt);
	for (size_t bit = 0; bit < 8 * size; bit++) {
		uint8_t *copy = malloc(size);

		memcpy(copy, fdt, size);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (read_blob(f, copy, size)) {
			refused++;
		} else {
			accepted++;
			bh_check(&f->plan, &good->machine, &f->sink);
		}
		free(copy);
	}
	assert_true(refused > 1000 && accepted > 1000);
	free(fdt);
	fixture_free(f);
	fixture_free(good);
}

struct lie {
	const char *name;
	const char *rule;
	void (*tell)(void *fdt);
	const char *says;
};

static void set32(void *fdt, const char *path, const char *name, uint32_t value)
{
	assert_int_equal(fdt_setprop_u32(fdt, fdt_path_offset(fdt, path), name, value), 0);
}

static void set(void *fdt, const char *path, const char *name, const void *value, int len)
{
	assert_int_equal(fdt_setprop(fdt, fdt_path_offset(fdt, path), name, value, len), 0);
}

static void unset(void *fdt, const char *path, const char *name)
{
	assert_int_equal(fdt_delprop(fdt, fdt_path_offset(fdt, path), name), 0);
}

static void remove_node(void *fdt, const char *path)
{
	assert_int_equal(fdt_del_node(fdt, fdt_path_offset(fdt, path)), 0);
}

static void set_range(void *fdt, const char *path, const char *name, uint64_t base, uint64_t size)
{
	fdt64_t cells[2] = { cpu_to_fdt64(base), cpu_to_fdt64(size) };

	set(fdt, path, name, cells, 16);
}

#define P3	"/partitions/partition@3"
#define P4	"/partitions/partition@4"
#define C0	"/channels/channel@0"
#define I0	"/images/image@0"

#define LIE(name, ...)	static void name(void *fdt) { __VA_ARGS__; }

LIE(no_magic, ((uint8_t *)fdt)[0] = 0)
LIE(not_ours, set(fdt, "/", "compatible", "multikernel-v1", 15))
LIE(no_compatible, unset(fdt, "/", "compatible"))
LIE(version_next, set32(fdt, "/", "bulkhead,version", BH_BLOB_VERSION + 1))
LIE(version_1, set32(fdt, "/", "bulkhead,version", 1))
LIE(version_0, set32(fdt, "/", "bulkhead,version", 0))
LIE(version_long, set(fdt, "/", "bulkhead,version", "\0\0\0\0\0\0\0\2", 8))
LIE(no_version, unset(fdt, "/", "bulkhead,version"))
LIE(one_cell, set32(fdt, "/", "#address-cells", 1))
LIE(no_cells, unset(fdt, "/", "#size-cells"))
LIE(platform_odd, set(fdt, "/", "bulkhead,platform", "pdp-11", 7))
LIE(platform_open, set(fdt, "/", "bulkhead,platform", "x86-64", 6))
LIE(no_platform, unset(fdt, "/", "bulkhead,platform"))
LIE(no_monitor, remove_node(fdt, "/monitor"))
LIE(no_low_page, unset(fdt, "/monitor", "low-page"))
LIE(no_golden, unset(fdt, "/monitor", "golden"))
LIE(no_golden_image, unset(fdt, I0, "memory"))
LIE(no_private, unset(fdt, P3, "private"))
LIE(no_kernel_at, unset(fdt, P3, "kernel-at"))
LIE(no_private_at, unset(fdt, P3, "private-at"))
LIE(no_initrd_at, unset(fdt, P3, "initrd-at"))
LIE(kernel_at_short, set32(fdt, P3, "kernel-at", 0x1000000))
LIE(monitor_wraps, set_range(fdt, "/monitor", "memory", UINT64_MAX - 0xfff, 0x1000))
LIE(monitor_empty, set_range(fdt, "/monitor", "memory", BH_MIB, 0))
LIE(monitor_short, set(fdt, "/monitor", "memory", "12345678", 8))
LIE(no_images, remove_node(fdt, "/images"))
LIE(no_partitions, remove_node(fdt, "/partitions"))
LIE(image_kind, set(fdt, I0, "kind", "rootfs", 7))
LIE(image_no_label, unset(fdt, I0, "label"))
LIE(image_digest_short, set(fdt, I0, "sha256", "123456789012345678901234567890", 31))
LIE(image_size_short, set32(fdt, I0, "size", 5))
LIE(image_id_high, set32(fdt, I0, "reg", 2))
LIE(image_id_same, set32(fdt, I0, "reg", 1))
LIE(partition_no_id, unset(fdt, P3, "reg"))
LIE(partition_id_low, set32(fdt, P3, "reg", 2))
LIE(partition_id_high, set32(fdt, P3, "reg", 6))
LIE(partition_id_wild, set32(fdt, P3, "reg", 0xffffffff))
LIE(partition_id_same, set32(fdt, P3, "reg", 4))
LIE(partition_gone, remove_node(fdt, P4))
LIE(label_long, set(fdt, P3, "label", "abcdefghijklmnopqrstuvwxyzabcdef", 33))
LIE(label_hidden, set(fdt, P3, "label", "rt\0x", 5))
LIE(no_label, unset(fdt, P3, "label"))
LIE(cpus_short, set(fdt, P3, "cpus", "\0\0\0\0\0\0", 6))
LIE(cpus_empty, set(fdt, P3, "cpus", "", 0))
LIE(no_memory, unset(fdt, P3, "memory"))
LIE(memory_half, set(fdt, P3, "memory", "123456789012345678901234", 24))
LIE(memory_wraps, set_range(fdt, P3, "memory", 0x1000000, UINT64_MAX))
LIE(memory_second_wraps, set(fdt, P3, "memory",
			     "\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\377\377\377\377\377\377\0\0"
			     "\0\0\0\0\1\0\0\0", 32))
LIE(no_slice, unset(fdt, P4, "low-slice"))
LIE(no_kernel, unset(fdt, P3, "kernel"))
LIE(kernel_wild, set32(fdt, P3, "kernel", 2))
LIE(kernel_none, set32(fdt, P3, "kernel", BH_NONE))
LIE(initrd_wild, set32(fdt, P3, "initrd", 9))
LIE(bootargs_open, set(fdt, P3, "bootargs", "quiet", 5))
LIE(console_long, set(fdt, P3, "console-port", "\0\0\0\0\0\0\3\370", 8))
LIE(device_odd, set(fdt, P4, "bulkhead,devices", "usb", 4))
LIE(device_twice, set(fdt, P4, "bulkhead,devices", "pci\0pci", 8))
LIE(device_open, set(fdt, P4, "bulkhead,devices", "pci", 3))
LIE(device_third, set(fdt, P4, "bulkhead,devices", "legacy\0pci\0usb", 15))
LIE(device_empty, set(fdt, P4, "bulkhead,devices", "", 0))
LIE(manages_nobody, set32(fdt, P4, "manages", 6))
LIE(manages_host, set32(fdt, P4, "manages", 2))
LIE(between_wild, set(fdt, C0, "between", "\0\0\0\3\0\0\0\7", 8))
LIE(between_one, set32(fdt, C0, "between", 3))
LIE(channel_no_memory, unset(fdt, C0, "memory"))
LIE(channel_id, set32(fdt, C0, "reg", 3))

static const struct lie lies[] = {
	{ "magic", "blob-structure", no_magic, NULL },
	{ "compatible", "blob-version", not_ours, NULL },
	{ "no compatible", "blob-version", no_compatible, NULL },
	{ "next version", "blob-version", version_next, "version 5, this reader knows version 4" },
	{ "version 1", "blob-version", version_1, NULL },
	{ "version 0", "blob-version", version_0, NULL },
	{ "two-cell version", "blob-property", version_long, NULL },
	{ "no version", "blob-property", no_version, NULL },
	{ "one-cell addresses", "blob-property", one_cell, NULL },
	{ "no #size-cells", "blob-property", no_cells, NULL },
	{ "platform pdp-11", "platform", platform_odd, "'pdp-11'" },
	{ "platform without end", "blob-property", platform_open, NULL },
	{ "no platform", "blob-property", no_platform, NULL },
	{ "no /monitor", "blob-property", no_monitor, "/monitor" },
	{ "no golden images", "blob-property", no_golden, "monitor has no property golden" },
	{ "a golden image without place", "blob-property", no_golden_image, NULL },
	{ "no golden private area", "blob-property", no_private, NULL },
	{ "kernel starts nowhere", "blob-property", no_kernel_at, NULL },
	{ "private area goes nowhere", "blob-property", no_private_at, NULL },
	{ "initrd goes nowhere", "blob-property", no_initrd_at, NULL },
	{ "one-cell kernel-at", "blob-property", kernel_at_short, NULL },
	{ "no low page", "blob-property", no_low_page, "monitor has no property low-page" },
	{ "monitor wraps", "blob-property", monitor_wraps, NULL },
	{ "monitor empty", "blob-property", monitor_empty, NULL },
	{ "monitor without size", "blob-property", monitor_short, NULL },
	{ "no /images", "blob-property", no_images, "/images" },
	{ "no /partitions", "blob-property", no_partitions, "/partitions" },
	{ "image kind", "blob-property", image_kind, "'rootfs'" },
	{ "image label", "blob-property", image_no_label, NULL },
	{ "short digest", "blob-property", image_digest_short, NULL },
	{ "one-cell size", "blob-property", image_size_short, NULL },
	{ "image id 2 of 2", "blob-id", image_id_high, NULL },
	{ "image id twice", "blob-id", image_id_same, NULL },
	{ "partition without id", "blob-property", partition_no_id, NULL },
	{ "partition id 2", "blob-id", partition_id_low, "has id 2" },
	{ "partition id 6 of 3", "blob-id", partition_id_high, NULL },
	{ "partition id -1", "blob-id", partition_id_wild, NULL },
	{ "partition id twice", "blob-id", partition_id_same, NULL },
	{ "partition missing", "blob-id", partition_gone, NULL },
	{ "label of 32", "blob-property", label_long, NULL },
	{ "label with a hidden part", "blob-property", label_hidden, NULL },
	{ "no label", "blob-property", no_label, NULL },
	{ "one CPU and a half", "blob-property", cpus_short, NULL },
	{ "no CPU", "blob-property", cpus_empty, NULL },
	{ "no memory", "blob-property", no_memory, NULL },
	{ "memory and a half", "blob-property", memory_half, NULL },
	{ "memory wraps", "blob-property", memory_wraps, NULL },
	{ "second range wraps", "blob-property", memory_second_wraps, "0xffffffffffff0000" },
	{ "no low slice", "blob-property", no_slice, NULL },
	{ "no kernel", "blob-property", no_kernel, NULL },
	{ "kernel 2 of 2", "blob-id", kernel_wild, NULL },
	{ "kernel -1", "blob-id", kernel_none, NULL },
	{ "initrd 9", "blob-id", initrd_wild, NULL },
	{ "bootargs without end", "blob-property", bootargs_open, NULL },
	{ "two-cell port", "blob-property", console_long, NULL },
	{ "device usb", "blob-property", device_odd, "'usb'" },
	{ "device twice", "blob-property", device_twice, NULL },
	{ "third device", "blob-property", device_third, "'usb'" },
	{ "devices without end", "blob-property", device_open, NULL },
	{ "devices empty", "blob-property", device_empty, NULL },
	{ "manages 6", "blob-id", manages_nobody, NULL },
	{ "manages 2", "blob-id", manages_host, NULL },
	{ "channel to 7", "blob-id", between_wild, NULL },
	{ "channel of one side", "blob-property", between_one, NULL },
	{ "channel without memory", "blob-property", channel_no_memory, NULL },
	{ "channel id 3", "blob-id", channel_id, NULL },
};

static void lies_are_found(void **state)
{
	struct fixture *f = fixture_new();
	unsigned int wrong = 0;

	(void)state;
	for (unsigned int i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		void *fdt = good_blob();
		const struct said *said;

		lies[i].tell(fdt);
		read_blob(f, fdt, fdt_totalsize(fdt));
		said = find_said(f, lies[i].rule);
		if (!said || (lies[i].says && !strstr(said->text, lies[i].says))) {
			print_error("lie '%s': expected %s, found:\n", lies[i].name, lies[i].rule);
			print_said(f);
			wrong++;
		}
		free(fdt);
	}
	assert_int_equal(wrong, 0);
	fixture_free(f);
}

/* Truths that an old reader may not know, and what may be left out. */
static void what_may_be(void **state)
{
	struct fixture *f = fixture_new();
	void *fdt = good_blob();

	(void)state;
	set32(fdt, "/", "bulkhead,new-thing", 1);
	set32(fdt, P3, "new-thing", 1);
	assert_int_equal(fdt_add_subnode(fdt, 0, "new-node") < 0, 0);
	unset(fdt, P3, "initrd");
	unset(fdt, P3, "bootargs");
	unset(fdt, P3, "bulkhead,devices");
	unset(fdt, P3, "manages");
	unset(fdt, P3, "console-port");
	remove_node(fdt, "/channels");
	assert_int_equal(read_blob(f, fdt, fdt_totalsize(fdt)), 0);
	assert_int_equal(f->nsaid, 0);
	assert_int_equal(f->partitions[0].initrd, BH_NONE);
	assert_null(f->partitions[0].cmdline);
	assert_int_equal(f->plan.nchannels, 0);
	free(fdt);
	fixture_free(f);
}

static void full_pools_are_refused(void **state)
{
	struct fixture *f = fixture_new();
	void *fdt = good_blob();
	size_t size = fdt_totalsize(fdt);
	uint32_t *const caps[] = {
		&f->plan.partitions_cap, &f->plan.images_cap, &f->plan.channels_cap,
		&f->plan.cpus_cap, &f->plan.memory_cap,
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		uint32_t cap = *caps[i];

		*caps[i] = 1;
		/* Images come first, and partitions can't name what was not read. */
		assert_int_not_equal(read_blob(f, fdt, size), 0);
		assert_non_null(find_said(f, "blob-limit"));
		*caps[i] = cap;
	}
	assert_int_equal(read_blob(f, fdt, size), 0);
	free(fdt);
	fixture_free(f);
}

/* Found by the fuzzer: libfdt 1.6.1 can't check a tree that claims to be older. */
static void old_structures_are_refused(void **state)
{
	struct fixture *f = fixture_new();
	void *fdt = good_blob();

	(void)state;
	for (uint32_t version = 0; version < 17; version++) {
		fdt_set_version(fdt, version);
		fdt_set_last_comp_version(fdt, version < 16 ? version : 16);
		assert_int_equal(read_blob(f, fdt, fdt_totalsize(fdt)), -EINVAL);
		assert_non_null(find_said(f, "blob-structure"));
	}
	free(fdt);
	fixture_free(f);
}

/* So was this: a length that makes libfdt 1.6.1's next tag the same tag again. */
static void endless_properties_are_refused(void **state)
{
	static const uint32_t lengths[] = {
		0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffff4, 0xfffffffc, 0xfffffffd, 0xffffffff,
	};
	struct fixture *f = fixture_new();
	uint8_t *fdt = good_blob();
	uint32_t at = fdt_off_dt_struct(fdt) + 8;	/* behind the root's name */

	(void)state;
	assert_int_equal(fdt32_ld((fdt32_t *)(fdt + at)), FDT_PROP);
	for (unsigned int i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		fdt32_st(fdt + at + 4, lengths[i]);
		assert_int_equal(read_blob(f, fdt, fdt_totalsize(fdt)), -EINVAL);
		assert_non_null(find_said(f, "blob-structure"));
	}
	free(fdt);
	fixture_free(f);
}

static void odd_buffers_are_refused(void **state)
{
	struct fixture *f = fixture_new();
	void *fdt = good_blob();
	uint8_t *shifted = malloc(BLOB_ROOM + 4);

	(void)state;
	memcpy(shifted + 4, fdt, BLOB_ROOM);
	assert_int_equal(read_blob(f, shifted + 4, fdt_totalsize(fdt)), -EINVAL);
	assert_int_equal(read_blob(f, fdt, BH_BLOB_SIZE_MAX + 1), -EINVAL);
	free(shifted);
	free(fdt);
	fixture_free(f);
}

int test_blob(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(every_property_counts),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(truncated_at_every_length),
		cmocka_unit_test(flipped_bits),
		cmocka_unit_test(lies_are_found),
		cmocka_unit_test(what_may_be),
		cmocka_unit_test(full_pools_are_refused),
		cmocka_unit_test(old_structures_are_refused),
		cmocka_unit_test(endless_properties_are_refused),
		cmocka_unit_test(odd_buffers_are_refused),
	};

	return cmocka_run_group_tests_name("blob", tests, NULL, NULL);
}
