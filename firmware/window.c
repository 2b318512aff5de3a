// SPDX-License-Identifier: GPL-2.0-only
/*
 * The window: what a partition may read of itself and its peers, and commands
 * by stores. See include/bulkhead/service.h.
 */
#include "part.h"

#include <string.h>

void window_reset(struct part *p)
{
	struct bh_window *w = p->window;
	uint32_t slot = 0;

	memset(w, 0, sizeof(*w));
	w->version = BH_SERVICE_VERSION;
	w->id = p->id;
	w->epoch = p->epoch;
	w->started = hw_time();
	for (uint32_t i = 0; i < fw.nparts && slot < BH_WINDOW_PEERS; i++) {
		const struct part *peer = &fw.parts[i];
		uint32_t rights = peer == p ? 0 : part_rights(p, peer);

		if (!rights)
			continue;
		w->peers[slot].id = peer->id;
		w->peers[slot].rights = rights;
		w->peers[slot].status = part_status(peer);
		slot++;
	}
	w->magic = BH_WINDOW_MAGIC;
}

void window_tell(const struct part *p)
{
	for (uint32_t i = 0; i < fw.nparts; i++) {
		struct bh_window *w = fw.parts[i].window;

		for (uint32_t slot = 0; slot < BH_WINDOW_PEERS && w->peers[slot].id; slot++) {
			/* One store: a reader sees the old status or the new one. */
			if (w->peers[slot].id == p->id)
				__atomic_store_n(&w->peers[slot].status, part_status(p),
						 __ATOMIC_RELEASE);
		}
	}
}

/*
 * Is @page, in the caller's addresses, the caller's window? We have the address
 * that the program used, and no business in walking its page tables: the
 * kernel may change them meanwhile. So the window is asked to prove itself: what
 * has just been put into it must be read back through that address, twice. The
 * one page that shows it is the window, since no partition can write
 * there and a nonce can't be foreseen.
 *
 * It would do no harm to be wrong. A command has the rights of the hart's own partition,
 * which the kernel there could have used by ECALL; a forged page only could let a
 * program of that partition pass which its kernel has not given the window.
 */
static bool is_window(struct part *caller, uint64_t page)
{
	uint64_t seen;

	for (int i = 0; i < 2; i++) {
		uint64_t nonce = hw_nonce();

		__atomic_store_n(&caller->window->challenge, nonce, __ATOMIC_SEQ_CST);
		if (!hw_load_as_caller(page + offsetof(struct bh_window, challenge), &seen) ||
		    seen != nonce)
			return false;
	}
	return true;
}

bool window_store(struct part *caller, uint64_t address, unsigned int length, uint64_t value)
{
	uint64_t offset = address % BH_WINDOW_SIZE;
	struct bh_window *w = caller->window;
	uint64_t function;
	int64_t answer;
	bool mine;

	if (length != 8 || offset % 8 || offset < offsetof(struct bh_window, commands))
		return false;
	function = (offset - offsetof(struct bh_window, commands)) / 8;
	/* VERSION and SELF stand in the window to be read. */
	if (function < BH_SBI_STATUS || function >= BH_SBI_FUNCTIONS)
		return false;

	hw_spin_lock(&caller->window_lock);
	mine = is_window(caller, address - offset);
	if (mine) {
		w->result.error = service_call(caller, function, value, &answer);
		w->result.value = answer;
		__atomic_store_n(&w->result.count, w->result.count + 1, __ATOMIC_RELEASE);
	}
	hw_spin_unlock(&caller->window_lock);
	return mine;
}
