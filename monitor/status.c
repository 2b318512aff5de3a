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
	struct bh_window *w = p->window;
	uint32_t slot = 0;

	memset(w, 0, sizeof(*w));
	w->version = BH_SERVICE_VERSION;
	w->id = p->id;
	w->epoch = p->epoch;
	w->started = hw_time();
	for (uint32_t i = 0; i < monitor.nparts && slot < BH_WINDOW_PEERS; i++) {
		const struct part *peer = &monitor.parts[i];
		uint32_t rights = peer == p ? 0 : part_rights(p, peer);

		if (!rights)
			continue;
		w->peers[slot].id = peer->id;
		w->peers[slot].rights = rights;
		w->peers[slot].status = status_word(peer);
		slot++;
	}
	w->magic = BH_WINDOW_MAGIC;
}

void status_tell(const struct part *p)
{
	for (uint32_t i = 0; i < monitor.nparts; i++) {
		struct bh_window *w = monitor.parts[i].window;

		for (uint32_t slot = 0; slot < BH_WINDOW_PEERS && w->peers[slot].id; slot++) {
			/* One store: a reader sees the old status or the new one. */
			if (w->peers[slot].id == p->id)
				__atomic_store_n(&w->peers[slot].status, status_word(p),
						 __ATOMIC_RELEASE);
		}
	}
}

void status_request(struct part *p, enum bh_request request)
{
	__atomic_store_n(&p->window->request, request, __ATOMIC_RELEASE);
}
