/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM bulkhead

#if !defined(_BULKHEAD_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _BULKHEAD_TRACE_H

#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(bulkhead_frame,
	TP_PROTO(u32 peer, u16 port, u32 length),
	TP_ARGS(peer, port, length),
	TP_STRUCT__entry(
		__field(u32, peer)
		__field(u16, port)
		__field(u32, length)
	),
	TP_fast_assign(
		__entry->peer = peer;
		__entry->port = port;
		__entry->length = length;
	),
	TP_printk("peer=%u port=%#x length=%u", __entry->peer, __entry->port, __entry->length)
);

DEFINE_EVENT(bulkhead_frame, bulkhead_send,
	TP_PROTO(u32 peer, u16 port, u32 length),
	TP_ARGS(peer, port, length)
);

DEFINE_EVENT(bulkhead_frame, bulkhead_receive,
	TP_PROTO(u32 peer, u16 port, u32 length),
	TP_ARGS(peer, port, length)
);

TRACE_EVENT(bulkhead_doorbell,
	TP_PROTO(u32 peer, bool sent),
	TP_ARGS(peer, sent),
	TP_STRUCT__entry(
		__field(u32, peer)
		__field(bool, sent)
	),
	TP_fast_assign(
		__entry->peer = peer;
		__entry->sent = sent;
	),
	TP_printk("peer=%u %s", __entry->peer, __entry->sent ? "sent" : "received")
);

/* By value in the format that perf and trace-cmd read: they know none of our names. */
TRACE_DEFINE_ENUM(BH_LINK_DOWN);
TRACE_DEFINE_ENUM(BH_LINK_UP);
TRACE_DEFINE_ENUM(BH_LINK_BROKEN);
TRACE_DEFINE_ENUM(BH_LINK_FOREIGN);

TRACE_EVENT(bulkhead_link,
	TP_PROTO(u32 peer, u32 link),
	TP_ARGS(peer, link),
	TP_STRUCT__entry(
		__field(u32, peer)
		__field(u32, link)
	),
	TP_fast_assign(
		__entry->peer = peer;
		__entry->link = link;
	),
	TP_printk("peer=%u %s", __entry->peer,
		  __print_symbolic(__entry->link,
				   { BH_LINK_DOWN, "down" }, { BH_LINK_UP, "up" },
				   { BH_LINK_BROKEN, "quarantined" },
				   { BH_LINK_FOREIGN, "foreign" }))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
