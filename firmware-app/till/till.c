/* SPDX-License-Identifier: MIT */
#include "till/till.h"

#include <string.h>

#include "base/banned.h"

#include "till/till_internal.h"

_Static_assert(KEY_COUNT_ > KEY_F10_, "the F-keys are in order, F10 last");

size_t till_size(void)
{
	return sizeof(struct till);
}

/* The one door for state changes. What was typed belongs to the state left. */
void enter(struct till *t, enum till_state next)
{
	field_clear(t);
	t->list_chosen = 0;
	t->clerk_typing = false;
	t->stray_count = 0;
	t->state = next;
	t->paint = true;
}

struct effect *till_ask(struct effects *fx, enum effect_kind kind)
{
	assert(fx->count < TILL_EFFECTS_MAX);
	struct effect *effect = &fx->effect[fx->count++];
	*effect = (struct effect){.kind = kind};
	return effect;
}

void till_beep(struct effects *fx, enum tone tone)
{
	till_ask(fx, EFFECT_BEEP)->tone = tone;
}

void till_say(struct till *t, struct effects *fx, enum tone tone, enum word word)
{
	till_say_of(t, fx, tone, word, "");
}

void till_say_of(struct till *t, struct effects *fx, enum tone tone, enum word word,
    const char *argument)
{
	t->read = (struct sentence){.word = word};
	show_text(t->read.arg[0], sizeof(t->read.arg[0]), argument);
	t->read_tone = tone;
	t->paint = true;
	if (tone != TONE_PLAIN)
		till_beep(fx, tone);
}

void till_fresh(struct till *t)
{
	member_forget(t);
	explicit_bzero(&t->basket, sizeof(t->basket));
	explicit_bzero(&t->topup, sizeof(t->topup));
	explicit_bzero(&t->target, sizeof(t->target));
	t->times_milli = 0;
	t->retry = false;
	enter(t, t->signed_in ? STATE_IDLE : STATE_CLOSED);
}

bool till_is_set_up(const struct till *t)
{
	return t->status.enrolled && t->config.programme != NULL;
}

/* SETUP is left as soon as the terminal has what it needs, and entered again
 * only from where nothing can be lost. */
static void setup_check(struct till *t)
{
	if (t->state == STATE_SETUP && till_is_set_up(t))
		enter(t, STATE_CLOSED);
	else if (t->state == STATE_CLOSED && !till_is_set_up(t))
		enter(t, STATE_SETUP);
}

void till_init(struct till *till, const struct till_config *config)
{
	memset(till, 0, sizeof(*till));
	till->status.shown.oldest_s = -1;
	till->status.shown.hour = -1;
	till->config = *config;
	if (config->programme != NULL)
		till->programme_version = config->programme->version;
	till->paint = true;
	view_build(till);
}

void till_config_set(struct till *till, const struct till_config *config)
{
	uint64_t version = config->programme != NULL ? config->programme->version : 0;
	till->config = *config;
	if (till->clerk_chosen >= store_clerk_count(till))
		till->clerk_chosen = 0;
	setup_check(till);
	if (version != till->programme_version) {
		till->points.why_count = 0; /* its rules went with the old programme */
		till->points_stale = true;
	}
	till->programme_version = version;
	till->paint = true;
}

void till_intent_lost(struct till *till)
{
	till->intent_dirty = till->basket.count > 0 && !till->basket.recorded;
}

/* --- inputs ---------------------------------------------------------------- */

/* "BLCV:" and the event id, as the receipt prints it. */
static bool receipt_read(const struct scan *scan, uint8_t ret_id[EVENT_ID_LEN])
{
	static const char prefix[] = "BLCV:";

	enum { PREFIX_LEN = sizeof(prefix) - 1, HEX_LEN = 2 * EVENT_ID_LEN };

	if (scan->len != PREFIX_LEN + HEX_LEN ||
	    memcmp(scan->data, prefix, PREFIX_LEN) != 0)
		return false;
	char hex[HEX_LEN + 1];
	memcpy(hex, scan->data + PREFIX_LEN, HEX_LEN);
	hex[HEX_LEN] = '\0';
	return hex_decode(ret_id, EVENT_ID_LEN, hex) == ERR_NONE;
}

static void hear_fault(struct till *t, const struct scan *scan, struct effects *fx)
{
	static const enum word words[] = {
	    [SCAN_FAULT_NONE] = W_CARD_MISREAD,
	    [SCAN_FAULT_MISREAD] = W_CARD_MISREAD,
	    [SCAN_FAULT_BLANK] = W_CARD_BLANK,
	    [SCAN_FAULT_TOO_LONG] = W_CODE_TOO_LONG,
	    [SCAN_FAULT_ENCRYPTED] = W_CARD_ENCRYPTED,
	};

	bool label = scan->source == SCAN_SCANNER || scan->source == SCAN_KEYPAD;
	enum word word = words[scan->fault];
	if (label && word == W_CARD_MISREAD)
		word = W_SALE_BADCODE;
	till_say(t, fx, TONE_ALERT, word);
}

/* Recognised, and not ours: said, wiped, and of a payment card the class and
 * the time are recorded, nothing else. */
static void hear_refused(struct till *t, enum refuse_class refuse, struct effects *fx)
{
	static const enum word words[REFUSE_COUNT_] = {
	    [REFUSE_PAYMENT_CARD] = W_CARD_PAYMENT,
	    [REFUSE_BOLETO] = W_CODE_BILL,
	    [REFUSE_ARRECADACAO] = W_CODE_COLLECTION,
	    [REFUSE_PIX] = W_CODE_PIX,
	    [REFUSE_EMV] = W_CODE_PIX,
	    [REFUSE_EMV_DAMAGED] = W_CODE_PIX,
	};

	till_say(t, fx, TONE_ALERT, words[refuse]);
	if (refuse == REFUSE_PAYMENT_CARD && till_is_set_up(t))
		record_side(t, EVENT_CARD_REFUSED, clerk_now(t), refuse_word(refuse), fx);
}

static void hear_meaning(struct till *t, const struct heard *heard, struct effects *fx)
{
	if (heard->meaning.kind == MEANING_REFUSE) {
		hear_refused(t, heard->meaning.refuse, fx);
		return;
	}
	if (t->state == STATE_HELP)
		enter(t, t->help_under);
	if (t->state == STATE_DONE)
		till_fresh(t);
	desk_of(t->state)->heard(t, heard, fx);
}

void till_hear(struct till *t, struct scan *scan, struct effects *fx)
{
	struct heard heard = {0};
	field_clear(t); /* a read ends what was half typed */
	heard.source = scan->source;
	heard.receipt = scan->fault == SCAN_FAULT_NONE && receipt_read(scan, heard.id);
	if (!heard.receipt && scan->fault == SCAN_FAULT_NONE && scan->len > 0) {
		struct code_config config = code_config_of(
		    t->config.programme, day_of(t->now->wall_ms, t->now->utc_offset_min));
		code_classify(&config, scan, &heard.meaning);
	}
	if (!heard.receipt && heard.meaning.kind == MEANING_NONE)
		hear_fault(t, scan, fx);
	explicit_bzero(scan, sizeof(*scan));
	if (heard.receipt || heard.meaning.kind != MEANING_NONE)
		hear_meaning(t, &heard, fx);
	explicit_bzero(&heard, sizeof(heard));
}

/* Enter after typed characters is a read like any other. */
static void hear_typed(struct till *t, struct effects *fx)
{
	struct scan *scan = &t->scratch;
	scan->source = SCAN_KEYPAD;
	scan->len = t->typed_len;
	memcpy(scan->data, t->typed, t->typed_len);
	scan->data[scan->len] = '\0';
	if (t->state == STATE_CONFIRM)
		enter(t, STATE_SALE); /* a scanner's second line end must not record */
	till_hear(t, scan, fx);
}

/* A typing scanner at a question that takes no characters: its Enter is not the
 * clerk's yes. A character or two may be a person's. */
static bool stray_enter(struct till *t, const struct key_press *press, struct effects *fx)
{
	enum { STRAY_MIN = 3 };

	bool stray = press->key == KEY_ENTER_ && t->stray_count >= STRAY_MIN;
	if (press->key != KEY_CHAR_)
		t->stray_count = 0;
	if (stray)
		till_say(t, fx, TONE_WARN, W_CODE_NOT_NOW);
	return stray;
}

static void hear_char(struct till *t, uint32_t ch, struct effects *fx)
{
	t->stray_count++; /* a character that leads elsewhere starts the count anew */
	if (desk_of(t->state)->typed != NULL)
		desk_of(t->state)->typed(t, ch, fx);
	if (field_now(t) != FIELD_NONE)
		t->stray_count = 0;
}

static void key_act(struct till *t, enum key key, struct effects *fx)
{
	const struct desk *desk = desk_of(t->state);
	for (size_t i = 0; i < DESK_KEYS_MAX; i++) {
		if (desk->key[i].key == key && desk->key[i].act != NULL) {
			desk->key[i].act(t, fx);
			return;
		}
	}
}

static void hear_key(struct till *t, const struct key_press *press, struct effects *fx)
{
	if (press->key == KEY_F1_ && t->state != STATE_HELP) {
		t->help_under = t->state;
		enter(t, STATE_HELP);
		return;
	}
	if (t->state == STATE_DONE)
		till_fresh(t);
	if (press->key == KEY_ENTER_ && field_now(t) == FIELD_ANY && t->typed_len > 0) {
		hear_typed(t, fx);
		return;
	}
	if (press->key == KEY_ESC_ && t->typed_len > 0) {
		field_clear(t);
		return;
	}
	if (stray_enter(t, press, fx))
		return;
	if (!field_key(t, press))
		key_act(t, press->key, fx);
	if (press->key == KEY_CHAR_)
		hear_char(t, press->ch, fx);
}

static void hear_reader(struct till *t, const struct input *input, struct effects *fx)
{
	bool lost = input->u.reader.lost;
	char name[NAME_LEN_MAX + 1];
	show_text(name, sizeof(name), input->u.reader.name);
	till_say_of(t, fx, lost ? TONE_ALERT : TONE_PLAIN,
	    lost ? W_READER_MISSING : W_READER_BACK, name);
	if (till_is_set_up(t))
		record_side(t, lost ? EVENT_READER_LOST : EVENT_READER_FOUND,
		    clerk_now(t), name, fx);
}

/* A customer's name does not stay on the screen of an empty shop. */
static void hear_tick(struct till *t)
{
	int64_t quiet_ms = t->now->mono_ms - t->quiet_since_ms;
	if (t->state == STATE_DONE && quiet_ms >= DONE_SHOWN_MS) {
		t->read = (struct sentence){0};
		till_fresh(t);
	} else if (t->state == STATE_IDLE && member_known(t) &&
		   quiet_ms >= IDLE_MEMBER_MS) {
		member_forget(t);
	}
	int64_t minutes = t->now->wall_ms / 60000 + t->now->utc_offset_min;
	int minute_of_day = (int)(((minutes % 1440) + 1440) % 1440);
	struct view_status *shown = &t->status.shown;
	if (shown->hour * 60 + shown->minute == minute_of_day)
		return;
	shown->hour = minute_of_day / 60;
	shown->minute = minute_of_day % 60;
	t->paint = true;
}

static void hear_status(struct till *t, const struct till_status *status)
{
	int hour = t->status.shown.hour;
	int minute = t->status.shown.minute;
	t->status = *status;
	t->status.shown.hour = hour;
	t->status.shown.minute = minute;
	t->paint = true;
	setup_check(t);
}

static void hear_found(struct till *t, const struct input *input, struct effects *fx)
{
	enum finding finding = t->finding;
	t->finding = FINDING_NONE;
	switch (finding) {
	case FINDING_NONE: break;
	case FINDING_VOID: void_found(t, input, fx); break;
	case FINDING_OUTCOME: record_outcome(t, input, fx); break;
	}
}

static void hear(struct till *t, struct input *input, struct effects *fx)
{
	switch (input->kind) {
	case INPUT_NONE: break;
	case INPUT_KEY:
		t->quiet_since_ms = input->mono_ms;
		t->paint = true;
		t->read = (struct sentence){0};
		hear_key(t, &input->u.key, fx);
		break;
	case INPUT_SCAN:
		t->quiet_since_ms = input->mono_ms;
		t->paint = true;
		till_hear(t, input->u.scan, fx);
		break;
	case INPUT_TICK: hear_tick(t); break;
	case INPUT_SAVED: record_saved(t, fx); break;
	case INPUT_SAVE_FAILED: record_failed(t, input->u.saved.error, fx); break;
	case INPUT_MEMBER: member_answer(t, input, fx); break;
	case INPUT_PIN: pin_answer(t, input, fx); break;
	case INPUT_LAST: last_answer(t, input, fx); break;
	case INPUT_FOUND: hear_found(t, input, fx); break;
	case INPUT_READER: hear_reader(t, input, fx); break;
	case INPUT_STATUS: hear_status(t, input->u.status); break;
	case INPUT_DROPPED: till_say(t, fx, TONE_ALERT, W_TYPE_AHEAD_FULL); break;
	case INPUT_KIND_COUNT_: assert(false);
	}
}

/* An answer that follows at once brings its own paint: the screen never shows
 * the moment between. */
static bool answer_follows(const struct effects *fx)
{
	for (size_t i = 0; i < fx->count; i++) {
		enum effect_kind kind = fx->effect[i].kind;
		if (kind == EFFECT_RECORD || kind == EFFECT_FIND_EVENT ||
		    kind == EFFECT_LIST_LAST)
			return true;
	}
	return false;
}

void till_step(struct till *till, struct input *input, struct effects *effects)
{
	effects->count = 0;
	till->now = input;
	if (till->points_stale)
		points_again(till);
	till->points_stale = false;
	hear(till, input, effects);
	if (till->paint && !answer_follows(effects)) {
		view_build(till);
		till->paint = false;
		till_ask(effects, EFFECT_PAINT);
	}
	if (till->intent_dirty && till->saving == SAVING_NONE) {
		intent_write(till);
		till->intent_dirty = false;
		till_ask(effects, EFFECT_INTENT);
	}
	till->now = NULL;
}

/* --- what the effects refer to --------------------------------------------- */

const struct view *till_view(const struct till *till)
{
	return &till->view;
}

struct event *till_event(struct till *till)
{
	return &till->event;
}

const struct person *till_person(const struct till *till)
{
	return till->saving == SAVING_NONE ? &till->member : &till->person;
}

const char *till_pin(const struct till *till)
{
	return till->pin;
}

const char *till_pin_clerk(const struct till *till)
{
	return till->pin_clerk;
}

bool till_busy(const struct till *till)
{
	return till->pin_waits;
}

struct bytes till_intent(const struct till *till)
{
	return bytes_of(till->intent, till->intent_len);
}
