// SPDX-License-Identifier: GPL-2.0-only
#include "image/show.h"

#include <errno.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "core/platform.h"
#include "core/pmp.h"
#include "host/value.h"
#include "image/bundle.h"
#include "image/child.h"

static char *finish(FILE *out, char **text)
{
	if (fclose(out)) {
		free(*text);
		return NULL;
	}
	return *text;
}

char *bh_text_cpus(const uint32_t *cpus, uint32_t count)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (uint32_t i = 0, run; i < count; i += run) {
		for (run = 1; i + run < count && cpus[i + run] == cpus[i] + run; run++)
			;
		fprintf(out, "%s%u", i ? "," : "", cpus[i]);
		if (run > 1)
			fprintf(out, "-%u", cpus[i + run - 1]);
	}
	return finish(out, &text);
}

char *bh_text_console(const struct bh_partition *part)
{
	static const uint32_t com[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
	uint32_t port = part->console_port;

	if (part->console_firmware)
		return strdup("firmware");
	for (unsigned int i = 0; i < 4; i++)
		if (port == com[i])
			return bh_printf("com%u", i + 1);
	return port ? bh_printf("0x%x", port) : strdup("none");
}

char *bh_text_manages(const struct bh_plan *plan, uint32_t partition)
{
	uint64_t manages = plan->partitions[partition].manages;
	char *text = NULL;
	bool first = true;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (uint32_t i = 0; i < plan->npartitions; i++) {
		if (!(manages >> i & 1))
			continue;
		fprintf(out, "%s%s", first ? "" : ", ", plan->partitions[i].name);
		first = false;
	}
	return finish(out, &text);
}

/* A range a line: the table wraps there. */
static char *text_memory(const struct bh_range *ranges, uint32_t count)
{
	char *text = NULL, buf[24];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (uint32_t i = 0; i < count; i++)
		fprintf(out, "%s%s at 0x%llx", i ? "\n" : "", bh_format_size(ranges[i].size, buf),
			(unsigned long long)ranges[i].base);
	return finish(out, &text);
}

static char *text_devices(uint32_t devices)
{
	return bh_printf("%s%s%s", devices & BH_DEV_LEGACY ? "legacy" : "",
			 (devices & BH_DEV_LEGACY) && (devices & BH_DEV_PCI) ? ", " : "",
			 devices & BH_DEV_PCI ? "pci" : "");
}

/* NULL where there is no such image. */
static const char *label_of(const struct bh_plan *plan, uint32_t image)
{
	const struct bh_image *found = bh_plan_image(plan, image);

	return found ? found->label : NULL;
}

static char *text_kernel(const struct bh_plan_file *file, uint32_t image)
{
	const char *label = label_of(&file->plan, image);

	if (!label)
		return strdup("none");
	if (!file->files[image].release[0])
		return strdup(label);
	return bh_printf("%s (%s)", label, file->files[image].release);
}

static char *text_initrd(const struct bh_plan *plan, uint32_t image)
{
	const char *label = label_of(plan, image);

	return strdup(label ? label : "none");
}

/* What a partition has too little of: its slice of low memory, or PMP entries. */
static char *text_scarce(const struct bh_plan *plan, const struct bh_machine *machine,
			 uint32_t index)
{
	const struct bh_partition *part = &plan->partitions[index];

	if (bh_platform_rules(plan->platform)->napot)
		return bh_printf("%u of %u", bh_pmp_entries(plan, machine, index, NULL, 0),
				 bh_pmp_left(plan, machine));
	return part->low_slice.size ?
	       bh_printf("0x%llx", (unsigned long long)part->low_slice.base) : strdup("");
}

enum column {
	COL_NAME, COL_ID, COL_CPUS, COL_MEMORY, COL_SCARCE, COL_KERNEL, COL_INITRD, COL_CONSOLE,
	COL_DEVICES, COL_MANAGES, NCOLUMNS,
};

/* A text for each column of the table that is not NULL in @columns, in order. */
static int fill_line(struct libscols_line *line, const struct bh_plan_file *file,
		     const struct bh_machine *machine, uint32_t index, const char *const *columns)
{
	const struct bh_plan *plan = &file->plan;
	const struct bh_partition *part = &plan->partitions[index];
	char *text[NCOLUMNS] = {
		[COL_NAME] = strdup(part->name),
		[COL_ID] = bh_printf("%u", BH_PARTITION_ID_BASE + index),
		[COL_CPUS] = bh_text_cpus(plan->cpus + part->first_cpu, part->ncpus),
		[COL_MEMORY] = text_memory(plan->memory + part->first_mem, part->nmem),
		[COL_SCARCE] = text_scarce(plan, machine, index),
		[COL_KERNEL] = text_kernel(file, part->kernel),
		[COL_INITRD] = text_initrd(plan, part->initrd),
		[COL_CONSOLE] = bh_text_console(part),
		[COL_DEVICES] = text_devices(part->devices),
		[COL_MANAGES] = bh_text_manages(plan, index),
	};
	size_t at = 0;
	int err = 0;

	for (size_t i = 0; i < NCOLUMNS; i++) {
		if (!columns[i])
			free(text[i]);
		else if (!text[i] || scols_line_refer_data(line, at++, text[i]))
			err = -ENOMEM;
	}
	return err;
}

/* @names with NULL are left out. @wraps: the column whose texts have a line end here and there. */
static struct libscols_table *new_table(const char *const *names, size_t count, size_t wraps, FILE *out)
{
	struct libscols_table *table;

	scols_init_debug(0);
	table = scols_new_table();
	if (!table)
		return NULL;
	scols_table_set_stream(table, out);
	/* Told how wide a terminal is, it makes stairs of what is wider. */
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	for (size_t i = 0; i < count; i++) {
		struct libscols_column *column;

		if (!names[i])
			continue;
		column = scols_table_new_column(table, names[i], 0.05,
						i == wraps ? SCOLS_FL_WRAP :
						!strcmp(names[i], "ID") ? SCOLS_FL_RIGHT : 0);
		if (!column)
			goto fail;
		/* a line end is not to be printed as \x0a: the column wraps there */
		if (i == wraps && (scols_column_set_wrapfunc(column, scols_wrapnl_chunksize,
							     scols_wrapnl_nextchunk, NULL) ||
				   scols_column_set_safechars(column, "\n")))
			goto fail;
	}
	return table;
fail:
	scols_unref_table(table);
	return NULL;
}

static int show_partitions(const struct bh_plan_file *file, const struct bh_machine *machine,
			   bool brief, FILE *out)
{
	bool napot = bh_platform_rules(file->plan.platform)->napot;
	const char *const names[NCOLUMNS] = {
		"PARTITION", brief ? NULL : "ID", "CPUS", "MEMORY", napot ? "PMP" : brief ? NULL : "LOW",
		"KERNEL", "INITRD", "CONSOLE", brief ? NULL : "DEVICES", brief ? NULL : "MANAGES",
	};
	struct libscols_table *table = new_table(names, NCOLUMNS, COL_MEMORY, out);
	int err = -ENOMEM;

	if (!table)
		return -ENOMEM;
	for (uint32_t i = 0; i < file->plan.npartitions; i++) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		if (!line || fill_line(line, file, machine, i, names))
			goto out;
	}
	err = scols_print_table(table);
out:
	scols_unref_table(table);
	return err;
}

/* A table of ranges of memory with names; takes the names. */
static int show_ranges(const char *title, char **names, const struct bh_range *ranges,
		       uint32_t count, FILE *out)
{
	const char *const columns[] = { title, "MEMORY" };
	struct libscols_table *table = new_table(columns, 2, 1, out);
	int err = table ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < count; i++) {
		struct libscols_line *line = err ? NULL : scols_table_new_line(table, NULL);
		char *memory = text_memory(&ranges[i], 1);

		if (!line || !names[i] || !memory || scols_line_refer_data(line, 0, names[i])) {
			free(names[i]);
			free(memory);
			err = -ENOMEM;
		} else if (scols_line_refer_data(line, 1, memory)) {
			free(memory);
			err = -ENOMEM;
		}
	}
	if (!err) {
		fputc('\n', out);
		err = scols_print_table(table);
	}
	if (table)
		scols_unref_table(table);
	return err;
}

static int show_channels(const struct bh_plan *plan, FILE *out)
{
	struct bh_range ranges[BH_CHANNELS_MAX];
	char *names[BH_CHANNELS_MAX];
	uint32_t n = 0;

	for (; n < plan->nchannels && n < BH_CHANNELS_MAX; n++) {
		const struct bh_channel *channel = &plan->channels[n];

		names[n] = bh_printf("%s - %s", bh_plan_partition_name(plan, channel->side[0]),
				     bh_plan_partition_name(plan, channel->side[1]));
		ranges[n] = channel->memory;
	}
	return n ? show_ranges("CHANNEL", names, ranges, n, out) : 0;
}

/* What no partition has. */
static int show_reserved(const struct bh_plan *plan, FILE *out)
{
	const struct bh_range ranges[] = { plan->monitor, plan->golden };
	char *names[] = {
		bh_printf("%s", plan->golden.size ? "monitor" : "firmware and golden images"),
		strdup("golden images"),
	};

	if (plan->golden.size)
		return show_ranges("RESERVED", names, ranges, 2, out);
	free(names[1]);
	return show_ranges("RESERVED", names, ranges, 1, out);
}

int bh_show_table(const struct bh_plan_file *file, const struct bh_machine *machine, bool brief,
		  FILE *out)
{
	int err = show_partitions(file, machine, brief, out);

	if (!err)
		err = show_channels(&file->plan, out);
	if (!err && !brief)
		err = show_reserved(&file->plan, out);
	return err;
}

static json_t *json_range(const struct bh_range *range)
{
	return json_pack("{s:I, s:I}", "base", (json_int_t)range->base, "size",
			 (json_int_t)range->size);
}

static void set_range(json_t *object, const char *key, const struct bh_range *range)
{
	if (range->size)
		json_object_set_new(object, key, json_range(range));
}

/* Where there is something that not every platform has. */
static void set_address(json_t *object, const char *key, uint64_t address)
{
	if (address)
		json_object_set_new(object, key, json_integer((json_int_t)address));
}

static const char *class_name(uint32_t devices)
{
	return devices & BH_DEV_PCI ? "pci" : "legacy";
}

static json_t *json_machine(const struct bh_machine *machine)
{
	json_t *cpus = json_array(), *ram = json_array(), *devices, *json;

	for (uint32_t i = 0; i < machine->ncpus; i++) {
		const struct bh_cpu *cpu = &machine->cpus[i];

		json = json_pack("{s:i, s:i, s:i, s:i, s:b}", "id", (int)cpu->hwid,
				 "package", (int)cpu->package, "core", (int)cpu->core,
				 "node", (int)cpu->node, "bsp", !!(cpu->flags & BH_CPU_BSP));
		set_address(json, "imsic", cpu->imsic);
		json_array_append_new(cpus, json);
	}
	for (uint32_t i = 0; i < machine->nram; i++) {
		json_t *range = json_range(&machine->ram[i].range);

		json_object_set_new(range, "node", json_integer(machine->ram[i].node));
		json_array_append_new(ram, range);
	}
	json = json_pack("{s:o, s:o}", "cpus", cpus, "ram", ram);
	if (!machine->nmmio)
		return json;
	devices = json_array();
	for (uint32_t i = 0; i < machine->nmmio; i++) {
		json_t *device = json_range(&machine->mmio[i].range);

		json_object_set_new(device, "class",
				    json_string(class_name(machine->mmio[i].devices)));
		json_array_append_new(devices, device);
	}
	json_object_set_new(json, "devices", devices);
	return json;
}

/* A partition's PMP entries, one by one. */
static json_t *json_pmp(const struct bh_plan *plan, const struct bh_machine *machine,
			uint32_t index)
{
	static const char *const kinds[BH_PMP_KINDS] = {
		[BH_PMP_MEMORY] = "memory", [BH_PMP_STATUS] = "status-page", [BH_PMP_IMSIC] = "imsic",
		[BH_PMP_CHANNEL_OWN] = "channel-own", [BH_PMP_CHANNEL_PEER] = "channel-peer",
		[BH_PMP_DEVICE] = "device",
	};
	struct bh_pmp_entry entries[64];
	uint32_t n = bh_pmp_entries(plan, machine, index, entries, 64);
	json_t *list = json_array();

	for (uint32_t i = 0; i < n && i < 64; i++) {
		json_t *entry = json_range(&entries[i].range);

		json_object_set_new(entry, "kind", json_string(kinds[entries[i].kind]));
		json_array_append_new(list, entry);
	}
	return list;
}

static json_t *json_partition(const struct bh_plan *plan, const struct bh_machine *machine,
			      uint32_t index)
{
	const struct bh_partition *part = &plan->partitions[index];
	json_t *cpus = json_array(), *memory = json_array();
	json_t *devices = json_array(), *manages = json_array(), *json;

	for (uint32_t i = 0; i < part->ncpus; i++)
		json_array_append_new(cpus, json_integer(plan->cpus[part->first_cpu + i]));
	for (uint32_t i = 0; i < part->nmem; i++)
		json_array_append_new(memory, json_range(&plan->memory[part->first_mem + i]));
	if (part->devices & BH_DEV_LEGACY)
		json_array_append_new(devices, json_string("legacy"));
	if (part->devices & BH_DEV_PCI)
		json_array_append_new(devices, json_string("pci"));
	for (uint32_t i = 0; i < plan->npartitions; i++)
		if (part->manages >> i & 1)
			json_array_append_new(manages, json_string(plan->partitions[i].name));
	json = json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:s?, s:s?, s:s?}", "name", part->name,
			 "id", (int)(BH_PARTITION_ID_BASE + index), "cpus", cpus,
			 "memory", memory, "devices", devices, "manages", manages,
			 "kernel", label_of(plan, part->kernel),
			 "initrd", label_of(plan, part->initrd),
			 "cmdline", part->cmdline);
	if (!json)
		return NULL;
	set_range(json, "low_slice", &part->low_slice);
	set_range(json, "golden", &part->golden);
	set_address(json, "kernel_at", part->kernel_at);
	set_address(json, "initrd_at", part->initrd_at);
	set_address(json, "private_at", part->private_at);
	json_object_set_new(json, "console_port", part->console_port ?
			    json_integer(part->console_port) : json_null());
	if (!bh_platform_rules(plan->platform)->napot)
		return json;
	json_object_set_new(json, "console", json_string(part->console_firmware ? "firmware" : "none"));
	set_range(json, "status_page", &part->status);
	json_object_set_new(json, "pmp", json_pmp(plan, machine, index));
	return json;
}

static json_t *json_images(const struct bh_plan_file *file)
{
	json_t *images = json_array(), *json;

	for (uint32_t i = 0; i < file->plan.nimages; i++) {
		const struct bh_image *image = &file->plan.images[i];

		json = json_pack("{s:i, s:s, s:s, s:I, s:s?, s:s}",
				      "id", (int)i, "label", image->label,
				      "kind", image->kind == BH_IMAGE_KERNEL ? "kernel" : "initrd",
				      "size", (json_int_t)image->size,
				      "path", file->files[i].path,
				      "release", file->files[i].release);
		set_range(json, "golden", &image->golden);
		json_array_append_new(images, json);
	}
	return images;
}

json_t *bh_show_json(const struct bh_plan_file *file, const struct bh_machine *machine)
{
	const struct bh_plan *plan = &file->plan;
	json_t *partitions = json_array(), *channels = json_array(), *json;

	for (uint32_t i = 0; i < plan->npartitions; i++)
		json_array_append_new(partitions, json_partition(plan, machine, i));
	for (uint32_t i = 0; i < plan->nchannels; i++) {
		const struct bh_channel *channel = &plan->channels[i];

		json_array_append_new(channels, json_pack("{s:i, s:[s, s], s:o}", "id", (int)i,
				      "between", bh_plan_partition_name(plan, channel->side[0]),
				      bh_plan_partition_name(plan, channel->side[1]),
				      "memory", json_range(&channel->memory)));
	}
	json = json_pack("{s:s, s:o, s:o, s:o, s:o}", "platform", bh_platform_name(plan->platform),
			 "machine", json_machine(machine), "partitions", partitions,
			 "channels", channels, "images", json_images(file));
	if (!json)
		return NULL;
	set_range(json, "monitor", &plan->monitor);
	set_range(json, "low_page", &plan->low_page);
	set_range(json, "golden", &plan->golden);
	set_range(json, "firmware", &plan->firmware);
	set_range(json, "tree", &plan->tree);
	if (bh_platform_rules(plan->platform)->napot)
		json_object_set_new(json, "pmp_left", json_integer(bh_pmp_left(plan, machine)));
	return json;
}
