// SPDX-License-Identifier: GPL-2.0-only
/* Device trees of a plan on riscv64: what a machine's tells, and what is made of it. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bulkhead/partition.h>
#include <bulkhead/monitor.h>

#include "core/fdt_walk.h"
#include "fixture.h"
#include "host/machine.h"
#include "host/trees.h"

#define ROOM	0x10000
#define BLOB	"any bytes will do"

/* A sink that keeps the last text and the rule of it. */
struct listener {
	struct bh_diag diag;
	char *text;
	size_t size;
};

static void listen(struct listener *l)
{
	*l = (struct listener){ 0 };
	bh_diag_init(&l->diag, NULL, open_memstream(&l->text, &l->size));
	l->diag.notes = true;
}

static const char *heard(struct listener *l)
{
	fflush(l->diag.out);
	return l->text ? l->text : "";
}

static void hush(struct listener *l)
{
	fclose(l->diag.out);
	free(l->text);
}

/* The machine's tree with room to change it; the caller frees. */
static void *virt(void)
{
	FILE *in = fopen(VIRT_DTB, "rb");
	void *raw = calloc(1, ROOM), *fdt = calloc(1, ROOM);
	size_t size;

	assert_non_null(in);
	size = fread(raw, 1, ROOM, in);
	fclose(in);
	assert_true(size && size < ROOM);
	assert_int_equal(fdt_open_into(raw, fdt, ROOM), 0);
	free(raw);
	return fdt;
}

static int node(const void *fdt, const char *path)
{
	int offset = fdt_path_offset(fdt, path);

	if (offset < 0)
		fail_msg("there is no %s: %s", path, fdt_strerror(offset));
	return offset;
}

static void has_no(const void *fdt, const char *path)
{
	if (fdt_path_offset(fdt, path) >= 0)
		fail_msg("there is a %s", path);
}

static void cells_are(const void *fdt, const char *path, const char *name, int n, const uint32_t *want)
{
	int length = 0;
	const fdt32_t *cells = fdt_getprop(fdt, node(fdt, path), name, &length);

	if (!cells || length != 4 * n)
		fail_msg("%s of %s has %d bytes, and not %d", name, path, length, 4 * n);
	for (int i = 0; i < n; i++)
		if (fdt32_ld(&cells[i]) != want[i])
			fail_msg("%s of %s: cell %d is 0x%x, and not 0x%x", name, path, i,
				 fdt32_ld(&cells[i]), want[i]);
}

#define CELLS(fdt, path, name, ...) \
	cells_are(fdt, path, name, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, (uint32_t[]){ __VA_ARGS__ })

static void text_is(const void *fdt, const char *path, const char *name, const char *want)
{
	int length = 0;
	const char *text = fdt_getprop(fdt, node(fdt, path), name, &length);

	assert_non_null(text);
	assert_int_equal(length, strlen(want) + 1);
	assert_string_equal(text, want);
}

static bool has(const void *fdt, const char *path, const char *name)
{
	return fdt_getprop(fdt, node(fdt, path), name, NULL);
}

static uint32_t phandle(const void *fdt, const char *path)
{
	return fdt_get_phandle(fdt, node(fdt, path));
}

/* "rt" with the harts in the middle, "control" around it with devices and a channel to it. */
static struct fixture *plan(void)
{
	struct fixture *f = fixture_new();
	struct bh_partition *p;

	f->plan.platform = BH_PLATFORM_RISCV64;
	f->plan.monitor = (struct bh_range){ 0x80000000, 0x8000000 };
	f->plan.firmware = (struct bh_range){ 0x80200000, BH_RISCV_FIRMWARE_SIZE };
	f->plan.tree = (struct bh_range){ 0x80400000, BH_RISCV_TREE_SIZE };

	p = plan_partition(f, "control");
	plan_cpu(f, 3);
	plan_cpu(f, 0);
	p->first_mem = 0;
	p->nmem = 1;
	p->status = (struct bh_range){ 0x80000000, BH_STATUS_PAGE_SIZE };
	p->kernel_at = 0x90000000;
	p->initrd_at = 0x9e000000;
	p->private_at = 0x9fe00000;
	p->devices = BH_DEV_LEGACY;
	p->manages = 1 << 1;
	p->console_firmware = true;
	p->cmdline = "console=hvc0";

	p = plan_partition(f, "rt");
	plan_cpu(f, 1);
	plan_cpu(f, 2);
	p->first_mem = 1;
	p->nmem = 1;
	p->initrd = BH_NONE;
	p->status = (struct bh_range){ 0x80001000, BH_STATUS_PAGE_SIZE };
	p->kernel_at = 0xa0000000;
	p->private_at = 0xabe00000;
	p->cmdline = "console=hvc0 quiet";

	f->memory[0] = (struct bh_range){ 0x90000000, 0x10000000 };
	f->memory[1] = (struct bh_range){ 0xa0000000, 0xc000000 };	/* 128M + 64M */
	f->plan.nmemory = 2;
	plan_channel(f, 1, 0, 0x40000)->memory.base = 0xb8000000;
	return f;
}

/* The trees of a plan on this machine, which must come out. */
static void make(struct fixture *f, const void *machine, struct bh_trees *trees)
{
	struct listener l;
	int err;

	listen(&l);
	err = bh_trees_make(&f->plan, BLOB, sizeof(BLOB), machine, ROOM, trees, &l.diag);
	if (err)
		fail_msg("%d: %s", err, heard(&l));
	hush(&l);
	assert_int_equal(trees->npartitions, f->plan.npartitions);
	assert_null(bh_fdt_walk(trees->firmware.fdt, trees->firmware.size));
	assert_int_equal(fdt_check_full(trees->firmware.fdt, trees->firmware.size), 0);
	for (uint32_t i = 0; i < trees->npartitions; i++) {
		assert_null(bh_fdt_walk(trees->partitions[i].fdt, trees->partitions[i].size));
		assert_int_equal(fdt_check_full(trees->partitions[i].fdt,
						trees->partitions[i].size), 0);
	}
}

/* --- the machine --- */

static void machine_is_read(void **state)
{
	void *fdt = virt();
	struct bh_machine machine;
	struct listener l;

	(void)state;
	listen(&l);
	assert_int_equal(bh_machine_from_fdt(fdt, ROOM, &machine, &l.diag), 0);
	assert_int_equal(machine.platform, BH_PLATFORM_RISCV64);
	assert_int_equal(machine.ncpus, 4);
	assert_int_equal(machine.flags, BH_MACHINE_TOPOLOGY);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(machine.cpus[i].hwid, i);
		assert_int_equal(machine.cpus[i].core, i);
		assert_int_equal(machine.cpus[i].package, i / 2);
		assert_int_equal(machine.cpus[i].imsic, 0x28000000 + 0x1000 * i);
	}
	/* Whole pages around what is reserved; OpenSBI's own reservation goes when it does. */
	assert_int_equal(machine.nram, 2);
	assert_int_equal(machine.ram[0].range.base, 0x80000000);
	assert_int_equal(machine.ram[0].range.size, 0x10000000);
	assert_int_equal(machine.ram[1].range.base, 0x90002000);
	assert_int_equal(bh_range_end(&machine.ram[1].range), 0xc0000000);
	/* Text, data, CLINT, and the M-level APLIC and IMSIC: as QEMU's OpenSBI prints them. */
	assert_int_equal(machine.pmp_entries, 16);
	assert_int_equal(machine.pmp_reserved, 5);
	assert_int_equal(machine.nmmio, 4);
	assert_int_equal(machine.mmio[0].range.base, 0x102000);
	assert_int_equal(machine.mmio[0].range.size, BH_PAGE_SIZE);
	assert_int_equal(machine.mmio[1].range.base, 0xd000000);
	assert_int_equal(machine.mmio[1].range.size, 0x8000);
	assert_int_equal(machine.mmio[1].devices, BH_DEV_LEGACY);
	assert_int_equal(machine.mmio[2].range.base, 0x30000000);
	assert_int_equal(machine.mmio[2].range.size, 0x50000000);
	assert_int_equal(machine.mmio[3].range.base, 0x400000000);
	assert_int_equal(machine.mmio[3].devices, BH_DEV_PCI);
	/* What nobody can own is said, and why. */
	assert_non_null(strstr(heard(&l), "neighbour@10000800: it shares a page"));
	assert_non_null(strstr(heard(&l), "clocked@10002000: it needs a clock"));
	assert_null(strstr(heard(&l), "serial"));
	bh_machine_free(&machine);

	/* Smepmp takes an entry more; that its name is in a longer one does not mean it is there. */
	fdt_setprop_string(fdt, node(fdt, "/cpus/cpu@3"), "riscv,isa", "rv64imafdc_xsmepmp_smepmpx");
	assert_int_equal(bh_machine_from_fdt(fdt, ROOM, &machine, &l.diag), 0);
	assert_int_equal(machine.pmp_reserved, 5);
	bh_machine_free(&machine);
	fdt_setprop_string(fdt, node(fdt, "/cpus/cpu@3"), "riscv,isa", "rv64imafdc_smepmp_zba");
	assert_int_equal(bh_machine_from_fdt(fdt, ROOM, &machine, &l.diag), 0);
	assert_int_equal(machine.pmp_reserved, 6);
	bh_machine_free(&machine);
	fdt_setprop(fdt, node(fdt, "/cpus/cpu@3"), "riscv,isa-extensions", "i\0m\0smepmp", 11);
	assert_int_equal(bh_machine_from_fdt(fdt, ROOM, &machine, &l.diag), 0);
	assert_int_equal(machine.pmp_reserved, 6);
	bh_machine_free(&machine);
	hush(&l);
	free(fdt);
}

static void machine_has_holes(void **state)
{
	void *fdt = virt();
	struct bh_machine machine;
	struct listener l;
	fdt32_t pieces[8];

	(void)state;
	/* A disabled hart; files in two pieces with room for one guest beside each. */
	fdt_setprop_string(fdt, node(fdt, "/cpus/cpu@1"), "status", "disabled");
	for (int i = 0; i < 8; i++)
		pieces[i] = cpu_to_fdt32(((uint32_t[]){ 0, 0x28000000, 0, 0x4000,
							0, 0x29000000, 0, 0x4000 })[i]);
	fdt_setprop(fdt, node(fdt, "/soc/imsics@28000000"), "reg", pieces, 32);
	fdt_setprop_u32(fdt, node(fdt, "/soc/imsics@28000000"), "riscv,guest-index-bits", 1);
	listen(&l);
	assert_int_equal(bh_machine_from_fdt(fdt, ROOM, &machine, &l.diag), 0);
	assert_int_equal(machine.ncpus, 3);
	assert_int_equal(machine.cpus[0].imsic, 0x28000000);
	assert_int_equal(machine.cpus[1].hwid, 2);
	assert_int_equal(machine.cpus[1].imsic, 0x29000000);
	assert_int_equal(machine.cpus[2].imsic, 0x29002000);
	bh_machine_free(&machine);
	hush(&l);
	free(fdt);
}

/*
 * Pieces of three pages with a guest's file beside each: the second hart's is the last page
 * of its piece, and the third's the first of the next, as Linux counts (it rounds a piece
 * up to whole harts). By the raw size it would be at 0x29001000, which is a guest's.
 */
static void machine_has_odd_pieces(void **state)
{
	static const uint64_t files[] = { 0x28000000, 0x28002000, 0x29000000, 0x29002000 };
	void *fdt = virt();
	struct bh_machine machine;
	struct listener l;

	(void)state;
	fdt_setprop(fdt, node(fdt, "/soc/imsics@28000000"), "reg",
		    "\0\0\0\0\x28\0\0\0\0\0\0\0\0\0\x30\0"
		    "\0\0\0\0\x29\0\0\0\0\0\0\0\0\0\x30\0", 32);
	fdt_setprop_u32(fdt, node(fdt, "/soc/imsics@28000000"), "riscv,guest-index-bits", 1);
	listen(&l);
	assert_int_equal(bh_machine_from_fdt(fdt, ROOM, &machine, &l.diag), 0);
	assert_int_equal(machine.ncpus, 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(machine.cpus[i].imsic, files[i]);
	bh_machine_free(&machine);
	hush(&l);
	free(fdt);
}

static void refused(void *fdt, size_t size, const char *why)
{
	struct bh_machine machine;
	struct listener l;
	int err;

	listen(&l);
	err = bh_machine_from_fdt(fdt, size, &machine, &l.diag);
	if (err != -22 || !strstr(heard(&l), why))
		fail_msg("%d, wanted \"%s\": %s", err, why, heard(&l));
	hush(&l);
	free(fdt);
}

static void machine_is_refused(void **state)
{
	uint32_t phandle_of_first;
	void *fdt;

	(void)state;
	refused(virt(), ROOM / 2, "is truncated");
	refused(calloc(1, 64), 64, "is no device tree");
	fdt = virt();
	fdt_del_node(fdt, node(fdt, "/memory@80000000"));
	refused(fdt, ROOM, "has no memory node");
	fdt = virt();
	fdt_del_node(fdt, node(fdt, "/cpus"));
	refused(fdt, ROOM, "no enabled hart");
	fdt = virt();
	fdt_setprop_u32(fdt, node(fdt, "/cpus/cpu@1"), "reg", 0);
	refused(fdt, ROOM, "has hart 0 twice");
	fdt = virt();
	fdt_setprop_u64(fdt, node(fdt, "/cpus/cpu@1"), "reg", 0);
	refused(fdt, ROOM, "without a hart id");
	fdt = virt();
	fdt_setprop_u64(fdt, node(fdt, "/soc/imsics@28000000"), "reg", 0x28000000);
	refused(fdt, ROOM, "more harts than interrupt files");
	fdt = virt();
	fdt_setprop_u32(fdt, node(fdt, "/soc/imsics@28000000"), "riscv,guest-index-bits", 40);
	refused(fdt, ROOM, "impossible number of index bits");
	fdt = virt();
	phandle_of_first = phandle(fdt, "/cpus/cpu@0/interrupt-controller");
	fdt_setprop_inplace_namelen_partial(fdt, node(fdt, "/soc/imsics@28000000"),
					    "interrupts-extended", 19, 8,
					    &(fdt32_t){ cpu_to_fdt32(phandle_of_first) }, 4);
	refused(fdt, ROOM, "two S-level interrupt files");
	fdt = virt();
	fdt_setprop_u32(fdt, node(fdt, "/reserved-memory/frame@90000000"), "reg", 0);
	fdt_setprop(fdt, node(fdt, "/reserved-memory/frame@90000000"), "reg",
		    "\0\0\0\0\x80\0\0\0\0\0\0\0\x40\0\0\0", 16);
	refused(fdt, ROOM, "all RAM of the machine is reserved");
}

/* The virt machine with this `reg` in its S-level IMSIC. */
static void imsic_is_refused(const uint32_t *cells, int n, const char *why)
{
	fdt32_t reg[8];
	void *fdt = virt();

	for (int i = 0; i < n; i++)
		reg[i] = cpu_to_fdt32(cells[i]);
	fdt_setprop(fdt, node(fdt, "/soc/imsics@28000000"), "reg", reg, 4 * n);
	refused(fdt, ROOM, why);
}

#define IMSIC_REFUSED(why, ...) \
	imsic_is_refused((uint32_t[]){ __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, why)

/* A page that a partition may write, and that is somebody else's. */
static void imsic_is_elsewhere(void **state)
{
	(void)state;
	IMSIC_REFUSED("at 0xa0000000, on the RAM at 0x80000000", 0, 0xa0000000, 0, 0x4000);
	/* the last of its files only */
	IMSIC_REFUSED("at 0x7fffd000, on the RAM at 0x80000000", 0, 0x7fffd000, 0, 0x4000);
	/* the M-level IMSIC, then the CLINT */
	IMSIC_REFUSED("at 0x24002000, on registers of M-mode's at 0x24000000", 0, 0x24002000, 0, 0x4000);
	IMSIC_REFUSED("at 0x2000000, on registers of M-mode's at 0x2000000", 0, 0x2000000, 0, 0x4000);
	IMSIC_REFUSED("two pieces of its S-level IMSIC at one place: 0x28001000",
		      0, 0x28000000, 0, 0x2000, 0, 0x28001000, 0, 0x2000);
	/* a piece that no hart here needs is one too */
	IMSIC_REFUSED("on the RAM", 0, 0x28000000, 0, 0x4000, 0, 0x80000000, 0, 0x1000);
}

/* An alias that names itself: libfdt would follow it for ever. */
static void alias_has_an_end(void **state)
{
	void *fdt = virt();
	struct bh_machine machine;
	struct listener l;

	(void)state;
	fdt_setprop_string(fdt, node(fdt, "/aliases"), "serial0", "serial0");
	listen(&l);
	assert_int_equal(bh_machine_from_fdt(fdt, ROOM, &machine, &l.diag), 0);
	bh_machine_free(&machine);
	hush(&l);
	free(fdt);
}

/* --- a partition's tree --- */

static void partition_has_its_own(void **state)
{
	struct fixture *f = plan();
	void *fdt = virt();
	struct bh_trees trees;
	const void *t;
	uint32_t imsic, doorbells;

	(void)state;
	make(f, fdt, &trees);
	t = trees.partitions[1].fdt;
	text_is(t, "/", "compatible", BH_PARTITION_MACHINE);
	text_is(t, "/chosen", "bootargs", "console=hvc0 quiet");
	assert_false(has(t, "/chosen", "linux,initrd-start"));
	assert_false(has(t, "/chosen", "stdout-path"));
	has_no(t, "/soc/serial@80040000");
	text_is(trees.partitions[0].fdt, "/chosen", "stdout-path", "/soc/serial@80040000");
	text_is(trees.partitions[0].fdt, "/soc/serial@80040000", "compatible", "ns16550a");
	CELLS(trees.partitions[0].fdt, "/soc/serial@80040000", "reg", 0, 0x80040000, 0, BH_UART_SIZE);
	CELLS(t, "/cpus", "timebase-frequency", 10000000);
	CELLS(t, "/cpus/cpu@1", "reg", 1);
	text_is(t, "/cpus/cpu@2", "mmu-type", "riscv,sv48");
	has_no(t, "/cpus/cpu@0");
	has_no(t, "/cpus/cpu@3");
	has_no(t, "/cpus/cpu-map");
	assert_int_equal(phandle(t, "/cpus/cpu@2/interrupt-controller"),
			 phandle(fdt, "/cpus/cpu@2/interrupt-controller"));
	CELLS(t, "/memory@a0000000", "reg", 0, 0xa0000000, 0, 0xc000000);

	/* Files 1 and 2 touch; the bits are those of all four. */
	imsic = phandle(fdt, "/soc/imsics@28000000");
	assert_int_equal(phandle(t, "/soc/interrupt-controller@28001000"), imsic);
	CELLS(t, "/soc/interrupt-controller@28001000", "reg", 0, 0x28001000, 0, 0x2000);
	CELLS(t, "/soc/interrupt-controller@28001000", "interrupts-extended",
	      phandle(fdt, "/cpus/cpu@1/interrupt-controller"), 9,
	      phandle(fdt, "/cpus/cpu@2/interrupt-controller"), 9);
	CELLS(t, "/soc/interrupt-controller@28001000", "riscv,hart-index-bits", 2);
	CELLS(t, "/soc/interrupt-controller@28001000", "riscv,num-ids", 255);
	has_no(t, "/soc/aplic");
	has_no(t, "/soc/timer");
	has_no(t, "/soc/pci");

	doorbells = phandle(t, "/interrupt-controller");
	assert_null(fdt_getprop(t, node(t, "/interrupt-controller"), "reg", NULL));
	CELLS(t, "/interrupt-controller", "msi-parent", imsic);
	CELLS(t, "/interrupt-controller", "mboxes", phandle(t, "/mailbox"), BH_MPXY_DOORBELLS, 0);
	assert_true(fdt_node_offset_by_phandle(fdt, (int)doorbells) < 0);
	assert_true(fdt_node_offset_by_phandle(fdt, (int)phandle(t, "/mailbox")) < 0);
	CELLS(t, "/status@80001000", "reg", 0, 0x80001000, 0, BH_STATUS_PAGE_SIZE);
	CELLS(t, "/status@80001000", "interrupts-extended", doorbells, BH_SYSMSI_CONTROL);
	CELLS(t, "/doorbell-3", "interrupts-extended", doorbells, BH_SYSMSI_OF(3));
	CELLS(t, "/doorbell-3", "bulkhead,peer", 3);
	has_no(t, "/doorbell-4");
	CELLS(t, "/bulkhead", "bulkhead,id", 4);
	CELLS(t, "/bulkhead", "bulkhead,status", 0, 0x80001000, 0, BH_STATUS_PAGE_SIZE);
	assert_false(has(t, "/bulkhead", "bulkhead,boot-log"));
	assert_false(has(t, "/bulkhead", "bulkhead,manages"));
	CELLS(t, "/bulkhead/channels/channel@0", "bulkhead,side", 0);

	bh_trees_free(&trees);
	fixture_free(f);
	free(fdt);
}

/* Harts 3 and 0, boot hart first; their files in two pieces, the lower first. */
static void owner_has_devices(void **state)
{
	struct fixture *f = plan();
	void *fdt = virt();
	struct bh_trees trees;
	const void *t;
	uint32_t imsic = phandle(fdt, "/soc/imsics@28000000");
	uint32_t aplic = phandle(fdt, "/soc/aplic@d000000");

	(void)state;
	make(f, fdt, &trees);
	t = trees.partitions[0].fdt;
	/* Linux takes the hart it comes up on for CPU 0, whatever comes first here. */
	CELLS(t, "/cpus/cpu@0", "riscv,cbom-block-size", 64);
	assert_true(has(t, "/cpus/cpu@0", "riscv,isa-extensions"));
	assert_false(has(t, "/cpus/cpu@0", "next-level-cache"));
	CELLS(t, "/soc/interrupt-controller@28000000", "reg", 0, 0x28000000, 0, 0x1000, 0,
	      0x28003000, 0, 0x1000);
	CELLS(t, "/soc/interrupt-controller@28000000", "interrupts-extended",
	      phandle(fdt, "/cpus/cpu@0/interrupt-controller"), 9,
	      phandle(fdt, "/cpus/cpu@3/interrupt-controller"), 9);
	CELLS(t, "/chosen", "linux,initrd-start", 0x9e000000);
	CELLS(t, "/chosen", "linux,initrd-end", 0x9e000000 + (uint32_t)f->images[1].size);
	CELLS(t, "/soc/aplic@d000000", "msi-parent", imsic);
	assert_int_equal(phandle(t, "/soc/aplic@d000000"), aplic);
	CELLS(t, "/soc/timer@102000", "interrupt-parent", aplic);
	CELLS(t, "/soc/timer@102000", "interrupts", 14, 4);
	CELLS(t, "/bulkhead", "bulkhead,manages", 4);
	CELLS(t, "/bulkhead/channels/channel@0", "bulkhead,side", 1);
	CELLS(t, "/bulkhead/channels/channel@0", "bulkhead,memory", 0, 0xb8000000, 0, 0x40000);
	has_no(t, "/soc/serial@10000000");
	has_no(t, "/soc/rtc");
	has_no(t, "/soc/virtio_mmio");
	has_no(t, "/soc/neighbour");
	has_no(t, "/soc/clocked");
	has_no(t, "/soc/test");
	has_no(t, "/soc/pci");
	has_no(t, "/soc/clint");
	has_no(t, "/soc/aplic@c000000");
	bh_trees_free(&trees);

	/* PCI for the one without the wired interrupts: MSI, and no I/O ports. */
	f->partitions[1].devices = BH_DEV_PCI;
	make(f, fdt, &trees);
	t = trees.partitions[1].fdt;
	CELLS(t, "/soc/pci@30000000", "ranges", 0x2000000, 0, 0x40000000, 0, 0x40000000, 0,
	      0x40000000, 0x3000000, 4, 0, 4, 0, 4, 0);
	CELLS(t, "/soc/pci@30000000", "msi-parent", imsic);
	assert_false(has(t, "/soc/pci@30000000", "interrupt-map"));
	bh_trees_free(&trees);

	/* An initrd beyond 4 GiB: two cells for what one can't hold. */
	f->partitions[0].initrd_at = 0xfff00000;
	/* With both, INTx works too; and memory in one piece, or it would be too much for the PMP. */
	f->memory[1].size = 0x8000000;
	f->partitions[1].devices = BH_DEV_PCI | BH_DEV_LEGACY;
	f->partitions[0].devices = 0;
	make(f, fdt, &trees);
	t = trees.partitions[1].fdt;
	CELLS(t, "/soc/pci@30000000", "interrupt-map", 0, 0, 0, 1, aplic, 32, 4, 0, 0, 0, 2,
	      aplic, 33, 4);
	has_no(trees.partitions[0].fdt, "/soc/aplic");
	CELLS(trees.partitions[0].fdt, "/chosen", "linux,initrd-start", 0xfff00000);
	CELLS(trees.partitions[0].fdt, "/chosen", "linux,initrd-end", 1,
	      (uint32_t)(0xfff00000 + f->images[1].size));
	bh_trees_free(&trees);
	fixture_free(f);
	free(fdt);
}

/* Guest files in between: each hart's is a piece, and counts as a whole one. */
static void guest_files_stay_behind(void **state)
{
	struct fixture *f = plan();
	void *fdt = virt();
	struct bh_trees trees;

	(void)state;
	fdt_setprop(fdt, node(fdt, "/soc/imsics@28000000"), "reg",
		    "\0\0\0\0\x28\0\0\0\0\0\0\0\0\0\x80\0", 16);
	fdt_setprop_u32(fdt, node(fdt, "/soc/imsics@28000000"), "riscv,guest-index-bits", 1);
	make(f, fdt, &trees);
	CELLS(trees.partitions[1].fdt, "/soc/interrupt-controller@28002000", "reg",
	      0, 0x28002000, 0, 0x1000, 0, 0x28004000, 0, 0x1000);
	CELLS(trees.partitions[1].fdt, "/soc/interrupt-controller@28002000",
	      "riscv,guest-index-bits", 1);
	bh_trees_free(&trees);
	fixture_free(f);
	free(fdt);
}

/* --- OpenSBI's tree --- */

/* The access that a domain has to the region at @base; 0: none. */
static uint32_t access_to(const void *t, const char *domain, uint64_t base, uint32_t order, bool mmio)
{
	char path[64];
	int length, region;
	const fdt32_t *regions;
	const fdt64_t *at;

	snprintf(path, sizeof(path), "/chosen/opensbi-domains/%s", domain);
	regions = fdt_getprop(t, node(t, path), "regions", &length);
	assert_non_null(regions);
	for (int i = 0; i < length / 8; i++) {
		region = fdt_node_offset_by_phandle(t, fdt32_ld(&regions[2 * i]));
		assert_true(region >= 0);
		assert_int_equal(fdt_node_check_compatible(t, region, "opensbi,domain,memregion"), 0);
		at = fdt_getprop(t, region, "base", NULL);
		if (fdt64_ld(at) != base)
			continue;
		assert_int_equal(fdt32_ld(fdt_getprop(t, region, "order", NULL)), order);
		assert_int_equal(!!fdt_getprop(t, region, "mmio", NULL), mmio);
		return fdt32_ld(&regions[2 * i + 1]);
	}
	return 0;
}

static void domains_are_the_plan(void **state)
{
	struct fixture *f = plan();
	void *fdt = virt();
	struct bh_trees trees;
	const void *t;
	int length;

	(void)state;
	make(f, fdt, &trees);
	t = trees.firmware.fdt;
	text_is(t, "/chosen/opensbi-domains", "compatible", "opensbi,domain,config");
	text_is(t, "/chosen/opensbi-config", "compatible", "opensbi,config");
	CELLS(t, "/chosen/opensbi-config", "cold-boot-harts", phandle(fdt, "/cpus/cpu@3"),
	      phandle(fdt, "/cpus/cpu@1"));
	CELLS(t, "/chosen/opensbi-domains/control", "possible-harts", phandle(fdt, "/cpus/cpu@3"),
	      phandle(fdt, "/cpus/cpu@0"));
	CELLS(t, "/chosen/opensbi-domains/control", "boot-hart", phandle(fdt, "/cpus/cpu@3"));
	CELLS(t, "/chosen/opensbi-domains/control", "next-addr", 0, 0x90000000);
	CELLS(t, "/chosen/opensbi-domains/control", "next-arg1", 0, 0x9fe00000);
	CELLS(t, "/chosen/opensbi-domains/control", "next-mode", 1);
	assert_false(has(t, "/chosen/opensbi-domains/control", "system-reset-allowed"));
	assert_false(has(t, "/chosen/opensbi-domains/control", "system-suspend-allowed"));
	CELLS(t, "/cpus/cpu@0", "opensbi-domain", phandle(t, "/chosen/opensbi-domains/control"));
	CELLS(t, "/cpus/cpu@2", "opensbi-domain", phandle(t, "/chosen/opensbi-domains/rt"));

	/* Memory in powers of two; the status page; own half of the channel, the other's; devices. */
	assert_int_equal(access_to(t, "rt", 0xa0000000, 27, false), 0x38);
	assert_int_equal(access_to(t, "rt", 0xa8000000, 26, false), 0x38);
	assert_int_equal(access_to(t, "rt", 0x80001000, 12, false), 0x0b);
	assert_int_equal(access_to(t, "rt", 0xb8000000, 17, false), 0x18);
	assert_int_equal(access_to(t, "rt", 0xb8020000, 17, false), 0x08);
	assert_int_equal(access_to(t, "control", 0xb8000000, 17, false), 0x08);
	assert_int_equal(access_to(t, "control", 0xb8020000, 17, false), 0x18);
	/* Files 1 and 2 touch, but not on a boundary. */
	assert_int_equal(access_to(t, "rt", 0x28001000, 12, true), 0x1b);
	assert_int_equal(access_to(t, "rt", 0x28002000, 12, true), 0x1b);
	assert_int_equal(access_to(t, "control", 0xd000000, 15, true), 0x18);
	assert_int_equal(access_to(t, "control", 0x90000000, 28, false), 0x38);
	assert_int_equal(access_to(t, "rt", 0xd000000, 15, true), 0);
	assert_int_equal(access_to(t, "rt", 0x90000000, 28, false), 0);
	assert_int_equal(access_to(t, "control", 0x30000000, 28, true), 0);

	/* The blob, and nothing of the kernel that this tree was meant for. */
	assert_memory_equal(fdt_getprop(t, node(t, "/chosen"), BH_BLOB_PROPERTY, &length), BLOB,
			    sizeof(BLOB));
	assert_int_equal(length, sizeof(BLOB));
	assert_false(has(t, "/chosen", "bootargs"));
	assert_false(has(t, "/chosen", "linux,initrd-start"));
	assert_false(has(t, "/chosen", "rng-seed"));
	text_is(t, "/chosen", "stdout-path", "serial0:115200n8");
	assert_true(has(t, "/soc/serial@10000000", "reg"));
	bh_trees_free(&trees);

	/* A hart of nobody is not there for OpenSBI: its root domain may touch everything. */
	f->partitions[0].ncpus = 1;
	make(f, fdt, &trees);
	text_is(trees.firmware.fdt, "/cpus/cpu@0", "status", "disabled");
	text_is(trees.firmware.fdt, "/cpus/cpu@1", "status", "okay");
	assert_false(has(trees.firmware.fdt, "/cpus/cpu@0", "opensbi-domain"));
	bh_trees_free(&trees);
	fixture_free(f);
	free(fdt);
}

static void trees_refused(struct fixture *f, void *fdt, const char *why)
{
	struct bh_trees trees;
	struct listener l;
	int err;

	listen(&l);
	err = bh_trees_make(&f->plan, BLOB, sizeof(BLOB), fdt, ROOM, &trees, &l.diag);
	if (!err || !strstr(heard(&l), why))
		fail_msg("%d, wanted \"%s\": %s", err, why, heard(&l));
	hush(&l);
	bh_trees_free(&trees);
	fixture_free(f);
	free(fdt);
}

static void trees_are_refused(void **state)
{
	struct fixture *f = plan();
	void *fdt = virt(), *large;
	struct bh_trees trees;
	struct listener l;

	(void)state;
	fdt_setprop_string(fdt, node(fdt, "/cpus/cpu@2"), "status", "disabled");
	trees_refused(f, fdt, "partition 'rt' has hart 2");
	fdt = virt();
	fdt_setprop_u32(fdt, node(fdt, "/cpus/cpu@2"), "phandle", phandle(fdt, "/cpus/cpu@1"));
	trees_refused(plan(), fdt, "whose phandle another node has");
	fdt = virt();
	fdt_delprop(fdt, node(fdt, "/cpus/cpu@3/interrupt-controller"), "phandle");
	trees_refused(plan(), fdt, "lacks an interrupt controller");
	fdt = virt();
	fdt_del_node(fdt, node(fdt, "/soc/imsics@28000000"));
	trees_refused(plan(), fdt, "no S-level IMSIC");
	fdt = virt();
	fdt_delprop(fdt, node(fdt, "/cpus"), "timebase-frequency");
	trees_refused(plan(), fdt, "no timebase-frequency");
	fdt = virt();
	fdt_setprop_u32(fdt, node(fdt, "/l2-cache"), "phandle", 0xfffffffe);
	trees_refused(plan(), fdt, "leaves no larger ones");

	/* 768K less 4K: far too many powers of two. */
	f = plan();
	f->memory[1] = (struct bh_range){ 0xa0001000, 0xffff000 };
	trees_refused(f, virt(), "'rt' needs 21 memory regions beside the firmware's own 5");

	/* A blob that leaves no room for the rest. */
	f = plan();
	fdt = virt();
	large = calloc(1, BH_RISCV_TREE_SIZE);
	listen(&l);
	assert_int_not_equal(bh_trees_make(&f->plan, large, BH_RISCV_TREE_SIZE - 0x4000, fdt, ROOM,
					   &trees, &l.diag), 0);
	assert_non_null(strstr(heard(&l), "larger than 496 KiB"));
	hush(&l);
	bh_trees_free(&trees);
	free(large);
	free(fdt);
	fixture_free(f);
}

int test_trees(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(machine_is_read),
		cmocka_unit_test(machine_has_holes),
		cmocka_unit_test(machine_has_odd_pieces),
		cmocka_unit_test(machine_is_refused),
		cmocka_unit_test(imsic_is_elsewhere),
		cmocka_unit_test(alias_has_an_end),
		cmocka_unit_test(partition_has_its_own),
		cmocka_unit_test(owner_has_devices),
		cmocka_unit_test(guest_files_stay_behind),
		cmocka_unit_test(domains_are_the_plan),
		cmocka_unit_test(trees_are_refused),
	};

	return cmocka_run_group_tests_name("trees", tests, NULL, NULL);
}
