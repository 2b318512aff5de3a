// SPDX-License-Identifier: GPL-2.0-only
#include "status.h"

#include <string.h>

#include "machine.h"

uint64_t status_word(const struct part *p)
{
	return (uint64_t)p->epoch << 32 | (uint64_t)p->reason << 8 | (uint64_t)p->state;
}

void status_reset(struct part *p)
{
	struct bh_status_page *page = p->page;
	uint32_t slot = 0;

	memset(page, 0, sizeof(*page));
	page->version = BH_MONITOR_VERSION;
	page->id = p->id;
	page->epoch = p->epoch;
	page->started = hw_time();
	for (uint32_t i = 0; i < monitor.nparts && slot < BH_STATUS_PAGE_PEERS; i++) {
		const struct part *peer = &monitor.parts[i];
		uint32_t rights = peer == p ? 0 : part_rights(p, peer);

		if (!rights)
			continue;
		page->peers[slot].id = peer->id;
		page->peers[slot].rights = rights;
		page->peers[slot].status = status_word(peer);
		slot++;
	}
	page->magic = BH_STATUS_PAGE_MAGIC;
}

void status_tell(const struct part *p)
{
	for (uint32_t i = 0; i < monitor.nparts; i++) {
		struct bh_status_page *page = monitor.parts[i].page;

		for (uint32_t slot = 0; slot < BH_STATUS_PAGE_PEERS && page->peers[slot].id; slot++) {
			/* One store: a reader sees the old status or the new one. */
			if (page->peers[slot].id == p->id)
				__atomic_store_n(&page->peers[slot].status, status_word(p),
						 __ATOMIC_RELEASE);
		}
	}
}

void status_request(struct part *p, enum bh_request request)
{
	__atomic_store_n(&p->page->request, request, __ATOMIC_RELEASE);
}
