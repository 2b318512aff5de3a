// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a plan's text to the model: YAML, then the schema walk, then what
 * needs every partition's name.
 */
#include "host/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/machine.h"
#include "host/plan_more.h"
#include "host/plan_schema.h"
#include "host/value.h"

/* Pools: what a plan may list, and as much again for what placement adds. */
#define CPUS_CAP	(2 * BH_CPUS_MAX)
#define REQUESTS_CAP	1024
#define MEMORY_CAP	4096

static int pools_new(struct bh_plan *plan)
{
	plan->partitions = calloc(BH_PARTITIONS_MAX, sizeof(*plan->partitions));
	plan->partitions_cap = BH_PARTITIONS_MAX;
	plan->images = calloc(BH_IMAGES_MAX, sizeof(*plan->images));
	plan->images_cap = BH_IMAGES_MAX;
	plan->channels = calloc(BH_CHANNELS_MAX, sizeof(*plan->channels));
	plan->channels_cap = BH_CHANNELS_MAX;
	plan->cpus = calloc(CPUS_CAP, sizeof(*plan->cpus));
	plan->cpus_cap = CPUS_CAP;
	plan->files = calloc(CPUS_CAP, sizeof(*plan->files));
	plan->requests = calloc(REQUESTS_CAP, sizeof(*plan->requests));
	plan->requests_cap = REQUESTS_CAP;
	plan->memory = calloc(MEMORY_CAP, sizeof(*plan->memory));
	plan->memory_cap = MEMORY_CAP;
	if (!plan->partitions || !plan->images || !plan->channels || !plan->cpus ||
	    !plan->files || !plan->requests || !plan->memory)
		return -ENOMEM;
	return 0;
}

static int file_init(struct bh_plan_file *file, const char *path)
{
	int err;

	*file = (struct bh_plan_file){ 0 };
	err = pools_new(&file->plan);
	if (err)
		return err;
	file->files = calloc(BH_IMAGES_MAX, sizeof(*file->files));
	file->more = calloc(1, sizeof(*file->more));
	if (!file->files || !file->more)
		return -ENOMEM;
	file->more->arena = bh_arena_new();
	if (!file->more->arena)
		return -ENOMEM;
	file->path = bh_arena_strdup(file->more->arena, path);
	return file->path ? 0 : -ENOMEM;
}

void bh_plan_free(struct bh_plan_file *file)
{
	free(file->plan.partitions);
	free(file->plan.images);
	free(file->plan.channels);
	free(file->plan.cpus);
	free(file->plan.files);
	free(file->plan.requests);
	free(file->plan.memory);
	free(file->files);
	if (file->more) {
		bh_arena_free(file->more->arena);
		free(file->more->located);
		free(file->more);
	}
	*file = (struct bh_plan_file){ 0 };
}

static void walk_mark(struct bh_walk *walk, struct bh_place place, struct bh_mark mark)
{
	struct bh_plan_walk *pw = walk->file;

	bh_plan_locate(pw->file, place, mark);
}

static void walk_broken(struct bh_walk *walk, struct bh_place place)
{
	struct bh_plan_walk *pw = walk->file;

	bh_plan_set_broken(pw->file, place);
}

static void add_partition(struct bh_walk *walk, const struct bh_yaml_node *entry)
{
	struct bh_plan_walk *pw = walk->file;
	struct bh_plan *plan = &pw->file->plan;
	struct bh_partition *part = &plan->partitions[plan->npartitions];
	size_t length = entry->length;

	walk->index = plan->npartitions++;
	part->kernel = part->initrd = BH_NONE;
	walk_mark(walk, (struct bh_place){ BH_AT_PARTITION, walk->index, BH_NONE }, entry->mark);
	walk_mark(walk, (struct bh_place){ BH_AT_NAME, walk->index, BH_NONE }, entry->mark);
	if (length > BH_NAME_MAX) {
		bh_diag_at(walk->diag, BH_ERROR, "name", entry->mark, NULL,
			   "the name \"%.40s\" has more than %d characters", entry->text,
			   BH_NAME_MAX);
		walk_broken(walk, (struct bh_place){ BH_AT_NAME, walk->index, BH_NONE });
		length = BH_NAME_MAX;
	}
	memcpy(part->name, entry->text, length);
	if (!bh_walk_section(walk, &bh_plan_sections[BH_SECTION_PARTITION], entry->value, part))
		walk_broken(walk, (struct bh_place){ BH_AT_PARTITION, walk->index, BH_NONE });
}

static void add_partitions(struct bh_walk *walk, const struct bh_yaml_node *node)
{
	struct bh_plan_walk *pw = walk->file;
	const struct bh_yaml_node *entry;

	if (!node->child)
		bh_diag_at(walk->diag, BH_ERROR, "partition-none", node->mark,
			   "at least one", "a plan without partitions");
	for (entry = node->child; entry; entry = entry->next) {
		if (entry->type != BH_YAML_SCALAR || !entry->value)
			continue;
		if (pw->file->plan.npartitions == BH_PARTITIONS_MAX) {
			bh_diag_at(walk->diag, BH_ERROR, "partition-many", entry->mark, NULL,
				   "more than %d partitions", BH_PARTITIONS_MAX);
			return;
		}
		add_partition(walk, entry);
	}
}

static void add_channels(struct bh_walk *walk, const struct bh_yaml_node *node)
{
	struct bh_plan_walk *pw = walk->file;
	struct bh_plan *plan = &pw->file->plan;
	const struct bh_yaml_node *item;

	for (item = node->child; item; item = item->next) {
		struct bh_channel *channel = &plan->channels[plan->nchannels];

		if (plan->nchannels == BH_CHANNELS_MAX) {
			bh_diag_at(walk->diag, BH_ERROR, "channel-many", item->mark, NULL,
				   "more than %d channels", BH_CHANNELS_MAX);
			return;
		}
		walk->index = plan->nchannels++;
		*channel = (struct bh_channel){
			.side = { BH_NONE, BH_NONE },
			.memory.base = BH_ANYWHERE,
		};
		walk_mark(walk, (struct bh_place){ BH_AT_CHANNEL, walk->index, BH_NONE },
			  item->mark);
		if (!bh_walk_section(walk, &bh_plan_sections[BH_SECTION_CHANNEL], item, channel))
			walk_broken(walk, (struct bh_place){ BH_AT_CHANNEL, walk->index,
							     BH_NONE });
	}
}

static const struct bh_key *manages_key(void)
{
	const struct bh_section *section = &bh_plan_sections[BH_SECTION_PARTITION];
	unsigned int i;

	for (i = 0; i < section->nkeys; i++)
		if (section->keys[i].at == BH_AT_MANAGES)
			return &section->keys[i];
	return NULL;
}

static void resolve_manages(struct bh_walk *walk, const struct bh_yaml_node *node)
{
	struct bh_plan_walk *pw = walk->file;
	struct bh_partition *part = &pw->file->plan.partitions[walk->index];
	const struct bh_key *key = manages_key();
	const struct bh_yaml_node *item;
	uint32_t who;

	for (item = node->child; item; item = item->next) {
		if (!bh_walk_type(walk, key, item, BH_YAML_SCALAR))
			continue;
		who = bh_plan_find_partition(walk, "manages-unknown", item);
		if (who == BH_NONE)
			continue;
		if (part->manages & 1ULL << who) {
			bh_diag_at(walk->diag, BH_ERROR, "manages-twice", item->mark,
				   "keep one of them", "\"%s\" is listed twice", item->text);
			continue;
		}
		/* The core has this rule too, but a set and no list: it can't tell which item. */
		if (who == walk->index) {
			bh_diag_at(walk->diag, BH_ERROR, "manages-self", item->mark,
				   "every partition may restart itself anyway",
				   "partition '%s' manages itself", part->name);
			continue;
		}
		part->manages |= 1ULL << who;
	}
}

static void walk_plan(struct bh_walk *walk, const struct bh_yaml_node *root)
{
	struct bh_plan_walk *pw = walk->file;
	uint32_t i;

	bh_plan_locate(pw->file, (struct bh_place){ BH_AT_PLAN, BH_NONE, BH_NONE }, root->mark);
	walk->index = BH_NONE;
	if (!bh_walk_section(walk, &bh_plan_sections[BH_SECTION_PLAN], root, pw->file))
		return;
	if (pw->later.partitions)
		add_partitions(walk, pw->later.partitions);
	for (i = 0; i < pw->file->plan.npartitions; i++) {
		walk->index = i;
		if (pw->later.manages[i])
			resolve_manages(walk, pw->later.manages[i]);
	}
	if (pw->later.channels)
		add_channels(walk, pw->later.channels);
	bh_qemu_complete(pw->file->plan.platform, &pw->file->qemu,
			 bh_plan_mark(pw->file, (struct bh_place){ BH_AT_MACHINE, BH_NONE, BH_NONE }),
			 walk->diag);
}

int bh_plan_parse(const char *path, const char *text, size_t size,
		  struct bh_plan_file *file, struct bh_diag *diag)
{
	struct bh_plan_walk pw = { .file = file };
	struct bh_walk walk = {
		.diag = diag,
		.file = &pw,
		.mark = walk_mark,
		.broken = walk_broken,
	};
	const struct bh_yaml_node *root;
	uint32_t errors = diag->sink.errors;
	struct bh_arena *nodes = NULL;
	int err;

	bh_diag_hold(diag);
	err = file_init(file, path);
	if (err)
		goto out;
	diag->file = file;
	nodes = bh_arena_new();
	if (!nodes) {
		err = -ENOMEM;
		goto out;
	}
	err = bh_yaml_parse(text, size, nodes, &root, diag);
	if (err && !root)
		goto out;
	walk_plan(&walk, root);
	bh_plan_choose_consoles(file, diag);
	err = pw.err;
	if (!err && diag->sink.errors != errors)
		err = -EINVAL;
out:
	bh_arena_free(nodes);
	bh_diag_release(diag);
	return err;
}

int bh_plan_load(const char *path, struct bh_plan_file *file, struct bh_diag *diag)
{
	const char *old_path = diag->path;
	char *text = NULL;
	size_t size;
	int err;

	*file = (struct bh_plan_file){ 0 };
	diag->path = path;
	err = bh_yaml_read_file(path, &text, &size, diag);
	if (!err)
		err = bh_plan_parse(path, text, size, file, diag);
	diag->path = old_path;
	free(text);
	return err;
}
