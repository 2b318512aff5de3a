// SPDX-License-Identifier: GPL-2.0-only
#include "store.h"

#include "monitor/calls.h"

#include "platform.h"

/*
 * Is @page, in the caller's addresses, the caller's status page? We have the address
 * that the program used, and no business in walking its page tables: the
 * kernel may change them meanwhile. So the page is asked to prove itself: what
 * has just been put into it must be read back through that address, twice. The
 * one page that shows it is the status page, since no partition can write
 * there and a nonce can't be foreseen.
 *
 * It would do no harm to be wrong. A command has the rights of the hart's own partition,
 * which the kernel there could have used by ECALL; a forged page only could let a
 * program of that partition pass which its kernel has not given the page.
 */
static bool is_status_page(struct part *caller, uint64_t page)
{
	uint64_t seen;

	for (int i = 0; i < 2; i++) {
		uint64_t nonce = hw_nonce();

		__atomic_store_n(&caller->page->challenge, nonce, __ATOMIC_SEQ_CST);
		if (!hw_load_as_caller(page + offsetof(struct bh_status_page, challenge), &seen) ||
		    seen != nonce)
			return false;
	}
	return true;
}

bool store_command(struct part *caller, uint64_t address, unsigned int length, uint64_t value)
{
	uint64_t offset = address % BH_STATUS_PAGE_SIZE;
	struct bh_status_page *page = caller->page;
	uint64_t function;
	int64_t answer;
	bool mine;

	if (length != 8 || offset % 8 || offset < BH_STATUS_COMMAND(0))
		return false;
	function = (offset - BH_STATUS_COMMAND(0)) / 8;
	/* VERSION and SELF stand in the page to be read. */
	if (function < BH_CALL_STATUS || function >= BH_CALLS)
		return false;

	hw_spin_lock(&caller->platform->store_lock);
	mine = is_status_page(caller, address - offset);
	if (mine) {
		page->result.error = monitor_call(caller, function, value, &answer);
		page->result.value = answer;
		__atomic_store_n(&page->result.count, page->result.count + 1, __ATOMIC_RELEASE);
	}
	hw_spin_unlock(&caller->platform->store_lock);
	return mine;
}
