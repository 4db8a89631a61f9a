/* SPDX-License-Identifier: MIT */
#include "central/ipc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/banned.h"

enum {
	IPC_HEAD_LEN = 4 + 8 + 2 + 2 + 2,
	IPC_READ_LEN = 64 * 1024,
};

/* Bytes that grow; [start, len) is live. */
struct buffer {
	uint8_t *at;
	size_t cap;
	size_t start;
	size_t len;
};

struct ipc {
	int fd;
	size_t frame_max;
	struct buffer in;
	struct buffer out;
};

/* Room for `more` bytes behind `len`. */
static enum err buffer_room(struct buffer *buffer, size_t more)
{
	if (buffer->start > 0) {
		memmove(
		    buffer->at, buffer->at + buffer->start, buffer->len - buffer->start);
		buffer->len -= buffer->start;
		buffer->start = 0;
	}
	if (buffer->cap - buffer->len >= more)
		return ERR_NONE;
	size_t cap = buffer->len + more;
	if (cap < 2 * buffer->cap)
		cap = 2 * buffer->cap;
	uint8_t *at = realloc(buffer->at, cap);
	if (at == NULL)
		return ERR_MEMORY;
	buffer->at = at;
	buffer->cap = cap;
	return ERR_NONE;
}

/* Batches and letters hold nothing in clear, but requests carry passwords. */
static void buffer_free(struct buffer *buffer)
{
	if (buffer->at != NULL)
		explicit_bzero(buffer->at, buffer->cap);
	free(buffer->at);
}

struct bytes ipc_part(const struct ipc_frame *frame, size_t i)
{
	return i < frame->count ? frame->part[i] : (struct bytes){0};
}

void ipc_sentence(const struct ipc_frame *reply, char ret_text[IPC_SENTENCE_MAX])
{
	struct bytes sentence = ipc_part(reply, 0);
	while (sentence.len > 0 && sentence.at[sentence.len - 1] == '\n')
		sentence.len--;
	if (text_from_bytes(ret_text, IPC_SENTENCE_MAX, sentence) != ERR_NONE)
		ret_text[0] = '\0';
}

void ipc_add(struct ipc_frame *frame, struct bytes part)
{
	assert(frame->count < IPC_PARTS_MAX);
	frame->part[frame->count++] = part;
}

static size_t parts_len(const struct ipc_frame *frame)
{
	size_t len = 0;
	for (size_t i = 0; i < frame->count; i++)
		len += frame->part[i].len;
	return len;
}

enum err ipc_frame_copy(const struct ipc_frame *frame, struct ipc_frame **ret_frame)
{
	struct ipc_frame *copy = malloc(sizeof *copy + parts_len(frame));
	if (copy == NULL)
		return ERR_MEMORY;
	uint8_t *at = (uint8_t *)(copy + 1);
	*copy = *frame;
	for (size_t i = 0; i < frame->count; i++) {
		if (frame->part[i].len > 0)
			memcpy(at, frame->part[i].at, frame->part[i].len);
		copy->part[i].at = at;
		at += frame->part[i].len;
	}
	*ret_frame = copy;
	return ERR_NONE;
}

void ipc_frame_free(struct ipc_frame **frame)
{
	if (*frame != NULL)
		explicit_bzero(*frame, sizeof **frame + parts_len(*frame));
	free(*frame);
	*frame = NULL;
}

enum err ipc_open(int fd, size_t frame_max, struct ipc **ret_ipc)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return ERR_IO;
	struct ipc *ipc = calloc(1, sizeof *ipc);
	if (ipc == NULL)
		return ERR_MEMORY;
	ipc->fd = fd;
	ipc->frame_max = frame_max;
	*ret_ipc = ipc;
	return ERR_NONE;
}

void ipc_close(struct ipc **ipc)
{
	if (*ipc == NULL)
		return;
	(void)close((*ipc)->fd);
	buffer_free(&(*ipc)->in);
	buffer_free(&(*ipc)->out);
	free(*ipc);
	*ipc = NULL;
}

int ipc_fd(const struct ipc *ipc)
{
	return ipc->fd;
}

enum err ipc_fill(struct ipc *ipc)
{
	enum err err = buffer_room(&ipc->in, IPC_READ_LEN);
	if (err != ERR_NONE)
		return err;
	for (;;) {
		ssize_t got =
		    read(ipc->fd, ipc->in.at + ipc->in.len, ipc->in.cap - ipc->in.len);
		if (got > 0) {
			ipc->in.len += (size_t)got;
			return ERR_NONE;
		}
		if (got == 0)
			return ERR_GONE;
		if (errno == EAGAIN)
			return ERR_BUSY;
		if (errno != EINTR)
			return ERR_GONE;
	}
}

static enum err frame_parse(struct cursor *in, struct ipc_frame *frame)
{
	uint64_t verb = 0;
	uint64_t status = 0;
	uint64_t count = 0;
	if (cursor_be(in, 8, &frame->id) != ERR_NONE ||
	    cursor_be(in, 2, &verb) != ERR_NONE ||
	    cursor_be(in, 2, &status) != ERR_NONE ||
	    cursor_be(in, 2, &count) != ERR_NONE || count > IPC_PARTS_MAX)
		return ERR_FORMAT;
	frame->verb = (uint16_t)verb;
	frame->status = (uint16_t)status;
	frame->count = 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t len = 0;
		struct bytes part;
		if (cursor_be(in, 4, &len) != ERR_NONE ||
		    cursor_take(in, (size_t)len, &part) != ERR_NONE)
			return ERR_FORMAT;
		ipc_add(frame, part);
	}
	return in->left == 0 ? ERR_NONE : ERR_FORMAT;
}

enum err ipc_next(struct ipc *ipc, struct ipc_frame *ret_frame)
{
	struct cursor in =
	    cursor_of(bytes_of(ipc->in.at + ipc->in.start, ipc->in.len - ipc->in.start));
	uint64_t len = 0;
	struct bytes rest;
	if (in.left == 0 || cursor_be(&in, 4, &len) != ERR_NONE)
		return ERR_BUSY;
	if (len > ipc->frame_max)
		return ERR_LIMIT;
	if (cursor_take(&in, (size_t)len, &rest) != ERR_NONE)
		return ERR_BUSY;
	struct cursor body = cursor_of(rest);
	enum err err = frame_parse(&body, ret_frame);
	if (err == ERR_NONE)
		ipc->in.start += 4 + (size_t)len;
	return err;
}

enum err ipc_queue(struct ipc *ipc, const struct ipc_frame *frame)
{
	size_t len = IPC_HEAD_LEN + 4 * frame->count + parts_len(frame);
	if (len - 4 > IPC_COMMAND_FRAME_MAX)
		return ERR_LIMIT;
	enum err err = buffer_room(&ipc->out, len);
	if (err != ERR_NONE)
		return err;
	struct sink out = sink_of(ipc->out.at + ipc->out.len, len);
	sink_be(&out, 4, len - 4);
	sink_be(&out, 8, frame->id);
	sink_be(&out, 2, frame->verb);
	sink_be(&out, 2, frame->status);
	sink_be(&out, 2, frame->count);
	for (size_t i = 0; i < frame->count; i++) {
		sink_be(&out, 4, frame->part[i].len);
		sink_put(&out, frame->part[i]);
	}
	assert(!out.over && out.len == len);
	ipc->out.len += len;
	return ERR_NONE;
}

size_t ipc_mark(const struct ipc *ipc)
{
	return ipc->out.len - ipc->out.start;
}

void ipc_rewind(struct ipc *ipc, size_t mark)
{
	assert(mark <= ipc_mark(ipc));
	ipc->out.len = ipc->out.start + mark;
}

enum err ipc_flush(struct ipc *ipc)
{
	while (ipc->out.start < ipc->out.len) {
		ssize_t sent = send(ipc->fd, ipc->out.at + ipc->out.start,
		    ipc->out.len - ipc->out.start, MSG_NOSIGNAL);
		if (sent >= 0)
			ipc->out.start += (size_t)sent;
		else if (errno == EAGAIN)
			return ERR_BUSY;
		else if (errno != EINTR)
			return ERR_GONE;
	}
	ipc->out.start = 0;
	ipc->out.len = 0;
	return ERR_NONE;
}

/* Waits for `events` on the socket. */
static enum err ipc_wait(const struct ipc *ipc, short events, int64_t timeout_ms)
{
	struct pollfd pollfd = {.fd = ipc->fd, .events = events};
	for (;;) {
		int ready = poll(&pollfd, 1, (int)timeout_ms);
		if (ready > 0)
			return ERR_NONE;
		if (ready == 0)
			return ERR_TIMEOUT;
		if (errno != EINTR)
			return ERR_IO;
	}
}

enum err ipc_call(struct ipc *ipc, const struct ipc_frame *request, int64_t timeout_ms,
    struct ipc_frame *ret_reply)
{
	enum err err = ipc_queue(ipc, request);
	if (err != ERR_NONE)
		return err;
	while ((err = ipc_flush(ipc)) == ERR_BUSY)
		if ((err = ipc_wait(ipc, POLLOUT, timeout_ms)) != ERR_NONE)
			break;
	if (err != ERR_NONE)
		return err;
	while ((err = ipc_next(ipc, ret_reply)) == ERR_BUSY) {
		err = ipc_wait(ipc, POLLIN, timeout_ms);
		if (err == ERR_NONE)
			err = ipc_fill(ipc);
		if (err != ERR_NONE && err != ERR_BUSY)
			return err;
	}
	return err;
}
