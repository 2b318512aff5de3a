// SPDX-License-Identifier: GPL-2.0-only
#include "host/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

/* One open sequence or mapping while events come in. */
struct level {
	struct bh_yaml_node *node;
	struct bh_yaml_node **tail;	/* where the next child goes */
	struct bh_yaml_node *key;	/* a key that waits for its value */
};

struct builder {
	struct bh_arena *arena;
	struct bh_diag *diag;
	const char *input;
	size_t input_size;
	struct bh_yaml_node *root;
	struct level levels[BH_YAML_DEPTH_MAX];
	unsigned int depth;
	unsigned int documents;
	bool bad;
};

static struct bh_mark to_mark(const yaml_mark_t *mark)
{
	return (struct bh_mark){
		.line = (unsigned int)mark->line + 1,
		.column = (unsigned int)mark->column + 1,
	};
}

struct bh_mark bh_yaml_mark_at(const struct bh_yaml_node *node, size_t offset)
{
	struct bh_mark mark = node->mark;

	if (node->literal)
		mark.column += (unsigned int)offset + node->quoted;
	return mark;
}

static struct bh_yaml_node *node_new(struct builder *b, enum bh_yaml_type type,
				     const yaml_event_t *event)
{
	struct bh_yaml_node *node = bh_arena_alloc(b->arena, sizeof(*node));

	if (!node)
		return NULL;
	node->type = type;
	node->mark = to_mark(&event->start_mark);
	return node;
}

/* A mapping's keys must differ; says so and returns true when they don't. */
static bool key_is_twice(struct builder *b, const struct level *level,
			 const struct bh_yaml_node *key)
{
	const struct bh_yaml_node *other;

	if (key->type != BH_YAML_SCALAR)
		return false;
	for (other = level->node->child; other; other = other->next) {
		if (other->type != BH_YAML_SCALAR || other->length != key->length ||
		    memcmp(other->text, key->text, key->length))
			continue;
		bh_diag_at(b->diag, BH_ERROR, "key-twice", key->mark, "keep one of them",
			   "\"%.40s\" was given already, in line %u", key->text,
			   other->mark.line);
		b->bad = true;
		return true;
	}
	return false;
}

/* Hang @node where it belongs. */
static int attach(struct builder *b, struct bh_yaml_node *node)
{
	struct level *level;

	if (!b->depth) {
		b->root = node;
		return 0;
	}
	level = &b->levels[b->depth - 1];
	if (level->node->type != BH_YAML_MAPPING) {
		*level->tail = node;
		level->tail = &node->next;
		level->node->count++;
		return 0;
	}
	if (level->key) {
		level->key->value = node;
		level->key = NULL;
		return 0;
	}
	if (level->node->count >= BH_YAML_ENTRIES_MAX) {
		bh_diag_at(b->diag, BH_ERROR, "yaml-many-keys", node->mark, NULL,
			   "a mapping of more than %d keys", BH_YAML_ENTRIES_MAX);
		return -EINVAL;
	}
	if (node->type != BH_YAML_SCALAR && node->type != BH_YAML_BROKEN) {
		bh_diag_at(b->diag, BH_ERROR, "yaml-key", node->mark,
			   "a key is a plain word", "a key that is a list or a mapping");
		b->bad = true;
		node->type = BH_YAML_BROKEN;
	}
	level->key = node;
	level->node->count++;
	if (key_is_twice(b, level, node))
		return 0;	/* its value is read and forgotten */
	*level->tail = node;
	level->tail = &node->next;
	return 0;
}

static int open_level(struct builder *b, struct bh_yaml_node *node)
{
	int err;

	if (b->depth == BH_YAML_DEPTH_MAX) {
		bh_diag_at(b->diag, BH_ERROR, "yaml-depth", node->mark, NULL,
			   "nested deeper than %d levels", BH_YAML_DEPTH_MAX);
		return -EINVAL;
	}
	err = attach(b, node);
	if (err)
		return err;
	b->levels[b->depth++] = (struct level){ .node = node, .tail = &node->child };
	return 0;
}

/* Anchors and tags: refused, and what carries them is not looked at further. */
static void refuse_extras(struct builder *b, struct bh_yaml_node *node,
			  const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor) {
		bh_diag_at(b->diag, BH_ERROR, "yaml-alias", node->mark,
			   "write the value out", "anchors and aliases are not taken");
		b->bad = true;
	}
	if (tag) {
		bh_diag_at(b->diag, BH_ERROR, "yaml-tag", node->mark,
			   "leave it out", "tags are not taken");
		b->bad = true;
	}
}

static int add_scalar(struct builder *b, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	yaml_scalar_style_t style = event->data.scalar.style;
	struct bh_yaml_node *node = node_new(b, BH_YAML_SCALAR, event);
	size_t at = event->start_mark.index;
	bool single_line = event->start_mark.line == event->end_mark.line;

	if (!node)
		return -ENOMEM;
	node->quoted = style != YAML_PLAIN_SCALAR_STYLE;
	node->text = bh_arena_strndup(b->arena, text, length);
	if (!node->text)
		return -ENOMEM;
	node->length = length;
	/* start_mark.index counts characters; it is a byte offset in ASCII only: compare */
	at += node->quoted;
	node->literal = single_line && at <= b->input_size && length <= b->input_size - at &&
			!memcmp(b->input + at, text, length) &&
			(!node->quoted || style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
			 style == YAML_DOUBLE_QUOTED_SCALAR_STYLE);
	if (memchr(text, 0, length)) {
		bh_diag_at(b->diag, BH_ERROR, "yaml-nul", node->mark, NULL,
			   "a text with a NUL character in it");
		b->bad = true;
		node->type = BH_YAML_BROKEN;
	}
	refuse_extras(b, node, event->data.scalar.anchor, event->data.scalar.tag);
	return attach(b, node);
}

static int add_collection(struct builder *b, const yaml_event_t *event)
{
	bool mapping = event->type == YAML_MAPPING_START_EVENT;
	struct bh_yaml_node *node;

	node = node_new(b, mapping ? BH_YAML_MAPPING : BH_YAML_SEQUENCE, event);
	if (!node)
		return -ENOMEM;
	if (mapping)
		refuse_extras(b, node, event->data.mapping_start.anchor,
			      event->data.mapping_start.tag);
	else
		refuse_extras(b, node, event->data.sequence_start.anchor,
			      event->data.sequence_start.tag);
	return open_level(b, node);
}

static int add_alias(struct builder *b, const yaml_event_t *event)
{
	struct bh_yaml_node *node = node_new(b, BH_YAML_BROKEN, event);

	if (!node)
		return -ENOMEM;
	bh_diag_at(b->diag, BH_ERROR, "yaml-alias", node->mark, "write the value out",
		   "anchors and aliases are not taken");
	b->bad = true;
	return attach(b, node);
}

/* The reader stops at a byte, not at a mark: count lines and columns up to it. */
static struct bh_mark mark_of_byte(const struct builder *b, size_t offset)
{
	struct bh_mark mark = { 1, 1 };
	size_t i;

	for (i = 0; i < offset && i < b->input_size; i++) {
		if (b->input[i] == '\n') {
			mark.line++;
			mark.column = 1;
		} else if ((b->input[i] & 0xc0) != 0x80) {
			mark.column++;
		}
	}
	return mark;
}

static int report_syntax(struct builder *b, const yaml_parser_t *parser)
{
	const char *problem = parser->problem ? parser->problem : "cannot be read as YAML";
	struct bh_mark mark = to_mark(&parser->problem_mark);

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR)
		mark = mark_of_byte(b, parser->problem_offset);
	if (parser->context)
		bh_diag_at(b->diag, BH_ERROR, "yaml-syntax", mark, NULL,
			   "malformed YAML: %s, %s that began in line %u", problem,
			   parser->context, (unsigned int)parser->context_mark.line + 1);
	else
		bh_diag_at(b->diag, BH_ERROR, "yaml-syntax", mark, NULL,
			   "malformed YAML: %s", problem);
	return -EINVAL;
}

static int add_event(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (b->documents++) {
			bh_diag_at(b->diag, BH_ERROR, "yaml-documents",
				   to_mark(&event->start_mark), "one file, one document",
				   "a second document");
			return -EINVAL;
		}
		return 0;
	case YAML_ALIAS_EVENT:
		return add_alias(b, event);
	case YAML_SCALAR_EVENT:
		return add_scalar(b, event);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return add_collection(b, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return 0;
	default:
		return 0;
	}
}

int bh_yaml_parse(const char *text, size_t size, struct bh_arena *arena,
		  const struct bh_yaml_node **root, struct bh_diag *diag)
{
	struct builder b = {
		.arena = arena,
		.diag = diag,
		.input = text,
		.input_size = size,
	};
	yaml_parser_t parser;
	yaml_event_t event;
	bool done = false;
	int err = 0;

	*root = NULL;
	/* A byte order mark is no character of the first line. */
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		b.input = text += 3;
		b.input_size = size -= 3;
	}
	if (size > BH_YAML_SIZE_MAX) {
		bh_diag_at(diag, BH_ERROR, "file-size", (struct bh_mark){ 0, 0 }, NULL,
			   "larger than %d bytes", BH_YAML_SIZE_MAX);
		return -EINVAL;
	}
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);

	while (!done && !err) {
		if (!yaml_parser_parse(&parser, &event)) {
			err = report_syntax(&b, &parser);
			break;
		}
		done = event.type == YAML_STREAM_END_EVENT;
		err = add_event(&b, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (err)
		return err;
	if (!b.root) {
		bh_diag_at(diag, BH_ERROR, "yaml-empty", (struct bh_mark){ 1, 1 }, NULL,
			   "the file is empty");
		return -EINVAL;
	}
	*root = b.root;
	return b.bad ? -EINVAL : 0;
}

int bh_yaml_read_file(const char *path, char **text, size_t *size, struct bh_diag *diag)
{
	const struct bh_mark nowhere = { 0, 0 };
	char *buf = NULL;
	size_t used = 0;
	struct stat st;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st)) {
		err = -errno;
		bh_diag_at(diag, BH_ERROR, "file-read", nowhere, NULL, "cannot be read: %s",
			   strerror(-err));
		goto out_close;
	}
	if (S_ISDIR(st.st_mode)) {
		err = -EISDIR;
		bh_diag_at(diag, BH_ERROR, "file-read", nowhere, NULL, "is a directory");
		goto out_close;
	}
	buf = malloc(BH_YAML_SIZE_MAX + 1);
	if (!buf) {
		err = -ENOMEM;
		goto out_close;
	}
	/* By the bytes that come, not by st_size: the plan may be a pipe. */
	while (used <= BH_YAML_SIZE_MAX) {
		ssize_t n = read(fd, buf + used, BH_YAML_SIZE_MAX + 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = -errno;
			bh_diag_at(diag, BH_ERROR, "file-read", nowhere, NULL,
				   "cannot be read: %s", strerror(-err));
			goto out_close;
		}
		if (!n)
			break;
		used += (size_t)n;
	}
	*text = buf;
	*size = used;	/* one byte too many is reported by bh_yaml_parse() */
	buf = NULL;
	err = 0;
out_close:
	free(buf);
	if (fd >= 0)
		close(fd);
	return err;
}
