/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_IPC_H
#define CENTRAL_IPC_H

#include "base/bytes.h"

/*
 * What the intake is asked, over a local stream socket: by the web process
 * (a socketpair) and by commands (DIR/intake.sock). One frame a request, one a
 * reply with the request's id; replies come in the order of the requests.
 * Frame: length (4, of what follows), id (8), verb (2), status (2), parts (2),
 * then each part with its length (4); big-endian.
 */
enum ipc_verb {
	IPC_NONE = 0,
	/* The web process may ask these. `peer` is the TLS key id, or empty. */
	IPC_BATCH,   /* peer, file -> answer */
	IPC_LETTER,  /* peer, name, version held (decimal) -> version, file */
	IPC_ENROL,   /* label, terminal, password, request DER -> PKCS#7 DER */
	IPC_REENROL, /* peer, label, request DER -> PKCS#7 DER */
	IPC_WEB_LAST_ = IPC_REENROL,
	/* Commands only. */
	IPC_TOKEN,   /* store, terminal -> secret (16), expiry ms (decimal) */
	IPC_PUBLISH, /* days, programme body, [store, directory body]... -> lines */
	IPC_IMPORT,  /* file -> answer */
	IPC_EVENTS,  /* cursor -> next cursor, JSON lines */
};

/* Replies say how it went with HTTP's numbers; a part may hold a sentence. */
enum {
	IPC_PARTS_MAX = 256,
	IPC_WEB_FRAME_MAX = 1024 * 1024,
	IPC_REPLY_FRAME_MAX = 17 * 1024 * 1024,
	IPC_COMMAND_FRAME_MAX = 64 * 1024 * 1024,
	IPC_SENTENCE_MAX = 160,
};

struct ipc_frame {
	uint64_t id;
	uint16_t verb;
	uint16_t status;
	size_t count;
	struct bytes part[IPC_PARTS_MAX];
};

/* The i-th part; empty when there are fewer. */
struct bytes ipc_part(const struct ipc_frame *frame, size_t i);
/* The sentence of a refusal, its first part, without its newline; "" when it is
 * none or too long. */
void ipc_sentence(const struct ipc_frame *reply, char ret_text[IPC_SENTENCE_MAX]);
/* Appends a part; too many are our own mistake. */
void ipc_add(struct ipc_frame *frame, struct bytes part);

/* A copy with its own bytes, for the parts of a received one live only until the
 * next; freed (and wiped) with ipc_frame_free. */
MUST_CHECK enum err ipc_frame_copy(
    const struct ipc_frame *frame, struct ipc_frame **ret_frame);
void ipc_frame_free(struct ipc_frame **frame);

/* One end of a connection; takes `fd` over and makes it non-blocking. Frames
 * that come in are at most `frame_max` long. */
struct ipc;
MUST_CHECK enum err ipc_open(int fd, size_t frame_max, struct ipc **ret_ipc);
void ipc_close(struct ipc **ipc);
int ipc_fd(const struct ipc *ipc);

/* Reads what is there: ERR_BUSY when nothing is, ERR_GONE at the end. */
MUST_CHECK enum err ipc_fill(struct ipc *ipc);
/* The next whole frame, its parts valid until the next ipc_fill; ERR_BUSY when
 * there is none yet; ERR_FORMAT or ERR_LIMIT: hang up. */
MUST_CHECK enum err ipc_next(struct ipc *ipc, struct ipc_frame *ret_frame);

/* Puts a frame behind those that wait; nothing is written yet. */
MUST_CHECK enum err ipc_queue(struct ipc *ipc, const struct ipc_frame *frame);
/* How much waits, and back to it: a reply that must not leave after all. */
size_t ipc_mark(const struct ipc *ipc);
void ipc_rewind(struct ipc *ipc, size_t mark);
/* Writes what the socket takes; ERR_BUSY when some is left, ERR_GONE. */
MUST_CHECK enum err ipc_flush(struct ipc *ipc);

/* Asks and waits for the reply, for commands. ERR_TIMEOUT, ERR_GONE. */
MUST_CHECK enum err ipc_call(struct ipc *ipc, const struct ipc_frame *request,
    int64_t timeout_ms, struct ipc_frame *ret_reply);

#endif
