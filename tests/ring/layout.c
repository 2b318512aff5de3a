// SPDX-License-Identifier: GPL-2.0-only
/* The layout of a section as docs/channel.md shows it, from the header itself. */
#include <stdio.h>

#include <bulkhead/channel.h>

#define ROW(member, text) \
	printf("| %zu | %s | %s |\n", offsetof(struct bh_section, member), #member, text)

int main(void)
{
	printf("| offset | line | what |\n| --- | --- | --- |\n");
	ROW(identity, "magic, version, size, owner, peer, features, geometry: constant for an epoch");
	ROW(epoch, "this life, the peer's life that is accepted, the newest life, doorbell, state");
	ROW(head, "producer: all frames before it are complete");
	ROW(tail, "consumer: all frames and cells before it may be overwritten");
	ROW(arm, "consumer: ring me when the head moves past this");
	ROW(space, "producer: ring me when the tail moves past this");
	printf("| %u | cells | %u bytes each, an eighth of the section and at most 64 |\n", BH_SECTION_HEADER,
	       BH_CELL_SIZE);
	printf("| ... | frames | the rest |\n");
	return 0;
}
