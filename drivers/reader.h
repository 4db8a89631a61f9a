/* SPDX-License-Identifier: MIT */
#ifndef DRIVERS_READER_H
#define DRIVERS_READER_H

#include "base/err.h"
#include "drivers/scan.h"

struct loop;
struct reader;

/* What a source of reads tells. (A tape also presses keys: firmware-app/tape.h.) */
enum reader_news {
	READER_NEWS_NONE = 0,
	READER_NEWS_SCAN,
	READER_NEWS_LOST,  /* a reader in use has left */
	READER_NEWS_FOUND, /* a reader is ready */
};

struct reader_event {
	enum reader_news news;
	struct scan scan; /* for SCAN; for LOST and FOUND only `reader` is set */
};

/* Called from the loop, one whole read at a time, never re-entered. The callee
 * may change and must wipe the event; it is void after the call. */
typedef void reader_sink(void *self, struct reader_event *event);

/*
 * The port. `open` registers what it needs with the loop and starts; `close`
 * gives every device back to the kernel. Opening succeeds without a device:
 * FOUND follows when one comes.
 */
struct reader_port {
	const char *name; /* "usb" */
	enum err (*open)(struct loop *loop, const char *argument, reader_sink *sink,
	    void *sink_self, struct reader **ret_reader);
	void (*close)(struct reader **reader);
};

extern const struct reader_port reader_usb;

#endif
