/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#include "ui/format.h"

/*
 * The screen of `run --headless`: a JSON line on stdout for each thing recorded,
 * refused or shown (cmd_run.c's help has the form). Written at once and without
 * stdio, whose buffers would keep what a screen forgets.
 */

static const char *const word_ids[W_COUNT] = {[W_NONE] = "",
#define X(id, place) [W_##id] = #id,
    WORDS(X)
#undef X
};

static const char *const screen_ids[VIEW_SCREEN_COUNT_] = {
    [VIEW_NONE] = "none",
    [VIEW_CLOSED] = "closed",
    [VIEW_IDLE] = "idle",
    [VIEW_SALE] = "sale",
    [VIEW_TOPUP] = "topup",
    [VIEW_LIST] = "list",
    [VIEW_SUMMARY] = "summary",
    [VIEW_DONE] = "done",
    [VIEW_HELP] = "help",
    [VIEW_SETUP] = "setup",
    [VIEW_ENROL] = "enrol",
    [VIEW_VOID] = "void",
};

struct headless {
	struct term port;
	enum language language;
	char *shown; /* the last "shown" line: the same is not printed again */
	struct sentence read;
};

static void wipe_and_free(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* Whoever reads us may be gone, or be slow; the till works on without. */
static void bytes_print(const char *at, size_t left)
{
	enum { WAIT_MS = 10000 };

	while (left > 0) {
		ssize_t n = write(STDOUT_FILENO, at, left);
		if (n > 0) {
			at += n;
			left -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
			if (poll(&out, 1, WAIT_MS) <= 0)
				return;
		} else if (n == 0 || errno != EINTR) {
			return;
		}
	}
}

/* Takes `value`. */
static void line_print(const char *name, json_t *value)
{
	json_t *line = json_pack("{s:o}", name, value);
	char *text = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;
	json_decref(line);
	if (text == NULL)
		return;
	size_t len = strlen(text);
	text[len] = '\n'; /* in the place of the NUL, for one write */
	bytes_print(text, len + 1);
	explicit_bzero(text, len + 1);
	free(text);
}

static json_t *sentence_json(enum language language, const struct sentence *sentence)
{
	char text[FORMAT_SENTENCE_MAX];
	format_sentence(language, sentence, text, sizeof(text));
	if (sentence->word == W_NONE)
		return json_null();
	json_t *json =
	    json_pack("{s:s, s:s}", "word", word_ids[sentence->word], "text", text);
	explicit_bzero(text, sizeof(text));
	return json;
}

/* --- recorded and refused --------------------------------------------------------- */

static json_t *event_json(const struct event *event)
{
	static const char *const kinds[MEMBER_KIND_COUNT_] = {
	    [MEMBER_CARD] = "card", [MEMBER_CPF] = "cpf", [MEMBER_PHONE] = "phone"};
	char id[2 * EVENT_ID_LEN + 1];
	hex_encode(id, bytes_of(event->id, EVENT_ID_LEN));
	return json_pack("{s:I, s:s, s:s, s:s?, s:s?, s:o, s:[I,I,I]}", "seq",
	    (json_int_t)event->seq, "id", id, "type", event_type_word(event->type),
	    "clerk", event->clerk[0] == '\0' ? NULL : event->clerk, "member",
	    kinds[event->member], "amount_cents",
	    event->amount_cents == 0 ? json_null() : json_integer(event->amount_cents),
	    "points", (json_int_t)event->points[EARNER_MEMBER],
	    (json_int_t)event->points[EARNER_CLERK],
	    (json_int_t)event->points[EARNER_STORE]);
}

void run_headless_recorded(const struct event *event)
{
	line_print("recorded", event_json(event));
}

void run_headless_refused(const struct event *event, enum err error)
{
	line_print(
	    "refused", json_pack("{s:s, s:s}", "type", event_type_word(event->type),
			   "error", err_name(error)));
}

/* --- shown ---------------------------------------------------------------------------
 */

static json_t *member_json(const struct view_member *member)
{
	if (!member->known)
		return json_null();
	json_t *json = json_pack("{s:s, s:b, s:b}", "shown", member->shown, "found",
	    member->found, "looking", member->looking);
	if (json != NULL && member->found) {
		char segment[2] = {member->segment, '\0'};
		(void)json_object_set_new(
		    json, "first_name", json_string(member->first_name));
		(void)json_object_set_new(json, "segment", json_string(segment));
		(void)json_object_set_new(json, "tier", json_string(member->tier));
		(void)json_object_set_new(json, "balance", json_integer(member->balance));
	}
	return json;
}

static void show_note(
    enum language language, const struct view_item *item, char out[FORMAT_SENTENCE_MAX])
{
	struct sentence sentence = {.word = item->note_word};
	memcpy(sentence.arg[0], item->note, sizeof(sentence.arg[0]));
	if (item->note_word == W_NONE)
		memcpy(out, item->note, sizeof(item->note));
	else
		format_sentence(language, &sentence, out, FORMAT_SENTENCE_MAX);
}

static json_t *items_json(const struct headless *headless, const struct view *view)
{
	json_t *items = json_array();
	for (size_t i = 0; i < view->item_count; i++) {
		const struct view_item *item = &view->item[i];
		const char *name = item->word != W_NONE
				       ? word_text(headless->language, item->word)
				       : item->name;
		json_t *json = json_pack("{s:s}", "name", name);
		char note[FORMAT_SENTENCE_MAX];
		show_note(headless->language, item, note);
		if (note[0] != '\0')
			(void)json_object_set_new(json, "note", json_string(note));
		if (item->quantity_milli != 0)
			(void)json_object_set_new(json, "quantity_milli",
			    json_integer((json_int_t)item->quantity_milli));
		if (item->has_amount)
			(void)json_object_set_new(
			    json, "amount_cents", json_integer(item->amount_cents));
		(void)json_array_append_new(items, json);
	}
	return items;
}

static json_t *view_json(const struct headless *headless, const struct view *view)
{
	enum language language = headless->language;
	json_t *json = json_pack("{s:s, s:s, s:o, s:o, s:o}", "screen",
	    screen_ids[view->screen], "title", word_text(language, view->title), "read",
	    sentence_json(language, &view->read), "prompt",
	    sentence_json(language, &view->prompt), "member", member_json(&view->member));
	if (json == NULL)
		return NULL;
	(void)json_object_set_new(json, "items", items_json(headless, view));
	if (view->has_total)
		(void)json_object_set_new(
		    json, "total_cents", json_integer(view->total_cents));
	if (view->has_points)
		(void)json_object_set_new(json, "points",
		    json_pack("[I,I,I]", (json_int_t)view->points[0],
			(json_int_t)view->points[1], (json_int_t)view->points[2]));
	if (view->receipt[0] != '\0')
		(void)json_object_set_new(json, "receipt", json_string(view->receipt));
	if (view->status.warn.word != W_NONE)
		(void)json_object_set_new(
		    json, "warn", sentence_json(language, &view->status.warn));
	return json;
}

/* What was refused is said once, when the sentence comes up. */
static void refused_show(struct headless *headless, const struct view *view)
{
	bool new = memcmp(&view->read, &headless->read, sizeof(view->read)) != 0;
	headless->read = view->read;
	if (new && view->read_tone == TONE_ALERT && view->read.word != W_NONE)
		line_print("refused", sentence_json(headless->language, &view->read));
}

static void headless_show(void *self, const struct view *view)
{
	struct headless *headless = self;
	json_t *json = view_json(headless, view);
	refused_show(headless, view);
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	bool same =
	    text != NULL && headless->shown != NULL && strcmp(text, headless->shown) == 0;
	if (text == NULL || same) {
		json_decref(json);
		wipe_and_free(text);
		return;
	}
	wipe_and_free(headless->shown);
	headless->shown = text;
	line_print("shown", json);
}

/* --- the port -------------------------------------------------------------------------
 */

static enum err headless_start(void *self, const struct term_options *options)
{
	(void)self;
	(void)options;
	return ERR_NONE;
}

static enum err headless_key(void *self, struct key_press *ret_key)
{
	(void)self;
	(void)ret_key;
	return ERR_NOT_FOUND; /* its keys come from a tape */
}

static int headless_fd(void *self)
{
	(void)self;
	return -1;
}

static void headless_beep(void *self, enum tone tone)
{
	(void)self;
	(void)tone;
}

static void headless_stop(void *self)
{
	struct headless *headless = self;
	wipe_and_free(headless->shown);
	headless->shown = NULL;
}

const struct term *run_headless_term(enum language language)
{
	static struct headless headless = {
	    .port = {.self = &headless,
		.start = headless_start,
		.show = headless_show,
		.key = headless_key,
		.fd = headless_fd,
		.beep = headless_beep,
		.stop = headless_stop},
	};
	headless.language = language;
	return &headless.port;
}
