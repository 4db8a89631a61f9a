/* SPDX-License-Identifier: MIT */
#include "counter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* A key or a scan that waits for the answer of a PIN check. */
struct held {
	bool is_scan;
	size_t scan; /* which of counter->scan */
	struct key_press press;
};

struct counter {
	struct counter_ports ports;
	struct till *till;
	struct found_sale found; /* for one FOUND input */
	size_t held_count;
	struct held held[COUNTER_HELD_MAX];
	size_t scan_count;
	struct scan scan[COUNTER_SCANS_HELD_MAX];
};

enum err counter_open(const struct till_config *config, const struct counter_ports *ports,
    struct counter **ret_counter)
{
	struct counter *counter = calloc(1, sizeof(*counter));
	struct till *till = calloc(1, till_size());
	if (counter == NULL || till == NULL) {
		free(counter);
		free(till);
		return ERR_MEMORY;
	}
	till_init(till, config);
	counter->ports = *ports;
	counter->till = till;
	*ret_counter = counter;
	return ERR_NONE;
}

void counter_close(struct counter **counter)
{
	if (*counter == NULL)
		return;
	explicit_bzero((*counter)->till, till_size());
	free((*counter)->till);
	explicit_bzero(*counter, sizeof(**counter));
	free(*counter);
	*counter = NULL;
}

/* --- effects ---------------------------------------------------------------- */

/* What is durable comes first, the screen before the intent's flush. */
static const enum effect_kind effect_order[] = {
    EFFECT_RECORD,
    EFFECT_FIND_EVENT,
    EFFECT_LIST_LAST,
    EFFECT_CHECK_PIN,
    EFFECT_LOOK_UP,
    EFFECT_BEEP,
    EFFECT_PAINT,
    EFFECT_INTENT,
    EFFECT_CUT,
    EFFECT_QUIT,
};

_Static_assert(
    COUNT_OF(effect_order) == EFFECT_KIND_COUNT_ - 1, "every effect has its turn");

static void do_record(struct counter *counter, struct input *answer)
{
	struct event *event = till_event(counter->till);
	enum err error = counter->ports.book->record(
	    counter->ports.self, event, till_person(counter->till));
	answer->kind = error == ERR_NONE ? INPUT_SAVED : INPUT_SAVE_FAILED;
	answer->u.saved.error = error;
	answer->u.saved.seq = event->seq;
}

static void do_find(
    struct counter *counter, const struct effect *effect, struct input *answer)
{
	struct found_sale *found = &counter->found;
	answer->kind = INPUT_FOUND;
	answer->u.found.error =
	    counter->ports.book->find(counter->ports.self, effect->id, found);
	answer->u.found.event = &found->event;
	answer->u.found.kept = &found->kept;
	memcpy(answer->u.found.taken, found->taken, sizeof(found->taken));
	answer->u.found.voided = found->voided;
}

static void do_list(struct counter *counter, struct input *answer)
{
	size_t count = 0;
	enum err error =
	    counter->ports.book->last(counter->ports.self, answer->u.last.sale, &count);
	answer->kind = INPUT_LAST;
	answer->u.last.count = error == ERR_NONE ? count : 0;
}

static void perform(
    struct counter *counter, const struct effect *effect, struct input *answer)
{
	const struct counter_ports *ports = &counter->ports;
	struct till *till = counter->till;
	switch (effect->kind) {
	case EFFECT_RECORD: do_record(counter, answer); break;
	case EFFECT_FIND_EVENT: do_find(counter, effect, answer); break;
	case EFFECT_LIST_LAST: do_list(counter, answer); break;
	case EFFECT_CHECK_PIN:
		ports->slow->check_pin(
		    ports->self, till_pin_clerk(till), till_pin(till), effect->ticket);
		break;
	case EFFECT_LOOK_UP:
		ports->slow->look_up(ports->self, till_person(till), effect->ticket);
		break;
	case EFFECT_BEEP: ports->desk->beep(ports->self, effect->tone); break;
	case EFFECT_PAINT: ports->desk->show(ports->self, till_view(till)); break;
	case EFFECT_INTENT:
		/* A failure costs the open sale after a crash, nothing recorded. */
		(void)ports->book->intent(ports->self, till_intent(till));
		break;
	case EFFECT_CUT: ports->book->cut(ports->self); break;
	case EFFECT_QUIT: ports->desk->quit(ports->self); break;
	case EFFECT_NONE:
	case EFFECT_KIND_COUNT_: assert(false);
	}
}

static void perform_all(
    struct counter *counter, const struct effects *effects, struct input *answer)
{
	for (size_t turn = 0; turn < COUNT_OF(effect_order); turn++)
		for (size_t i = 0; i < effects->count; i++)
			if (effects->effect[i].kind == effect_order[turn])
				perform(counter, &effects->effect[i], answer);
}

static void stamp(struct counter *counter, struct input *input)
{
	struct counter_time time = {0};
	counter->ports.desk->now(counter->ports.self, &time);
	counter->ports.desk->draw(counter->ports.self, input->random);
	input->wall_ms = time.wall_ms;
	input->mono_ms = time.mono_ms;
	input->utc_offset_min = time.utc_offset_min;
}

/* Input, step, effects, answer; at most a handful of answers to one input. */
static void hear(struct counter *counter, struct input *input)
{
	enum { ANSWERS_MAX = 8 };
	struct input next = *input;
	for (size_t i = 0; i < ANSWERS_MAX && next.kind != INPUT_NONE; i++) {
		struct effects effects;
		struct input answer = {.kind = INPUT_NONE};
		stamp(counter, &next);
		till_step(counter->till, &next, &effects);
		perform_all(counter, &effects, &answer);
		next = answer;
	}
	assert(next.kind == INPUT_NONE);
}

/* --- inputs ------------------------------------------------------------------ */

static void hear_held(struct counter *counter, const struct held *held)
{
	struct input input = {.kind = INPUT_KEY};
	if (held->is_scan) {
		input.kind = INPUT_SCAN;
		input.u.scan = &counter->scan[held->scan];
	} else {
		input.u.key = held->press;
	}
	hear(counter, &input);
}

static void hear_waiting(struct counter *counter)
{
	size_t done = 0;
	while (done < counter->held_count && !till_busy(counter->till))
		hear_held(counter, &counter->held[done++]);
	size_t left = counter->held_count - done;
	memmove(counter->held, counter->held + done, left * sizeof(counter->held[0]));
	explicit_bzero(counter->held + left, done * sizeof(counter->held[0]));
	counter->held_count = left;
	if (left == 0)
		counter->scan_count = 0;
}

/* `scan` is NULL for a key. */
static void hold(struct counter *counter, struct key_press press, struct scan *scan)
{
	bool room = counter->held_count < COUNTER_HELD_MAX &&
		    (scan == NULL || counter->scan_count < COUNTER_SCANS_HELD_MAX);
	if (!room) {
		struct input input = {.kind = INPUT_DROPPED};
		if (scan != NULL)
			scan_wipe(scan);
		hear(counter, &input);
		return;
	}
	struct held *held = &counter->held[counter->held_count++];
	*held = (struct held){.is_scan = scan != NULL};
	if (scan != NULL) {
		held->scan = counter->scan_count++;
		counter->scan[held->scan] = *scan;
		scan_wipe(scan);
	} else {
		held->press = press;
	}
}

void counter_key(struct counter *counter, struct key_press press)
{
	struct input input = {.kind = INPUT_KEY, .u.key = press};
	if (till_busy(counter->till))
		hold(counter, press, NULL);
	else
		hear(counter, &input);
}

void counter_scan(struct counter *counter, struct scan *scan)
{
	struct input input = {.kind = INPUT_SCAN, .u.scan = scan};
	if (till_busy(counter->till))
		hold(counter, (struct key_press){0}, scan);
	else
		hear(counter, &input);
}

void counter_tick(struct counter *counter)
{
	struct input input = {.kind = INPUT_TICK};
	hear(counter, &input);
}

void counter_reader(struct counter *counter, bool lost, const char *name)
{
	struct input input = {.kind = INPUT_READER};
	input.u.reader.lost = lost;
	size_t len = strnlen(name, SCAN_READER_LEN_MAX);
	memcpy(input.u.reader.name, name, len);
	hear(counter, &input);
}

void counter_status(struct counter *counter, const struct till_status *status)
{
	struct input input = {.kind = INPUT_STATUS, .u.status = status};
	hear(counter, &input);
}

void counter_pin(struct counter *counter, uint32_t ticket, enum err error, bool right)
{
	struct input input = {.kind = INPUT_PIN,
	    .u.pin = {.ticket = ticket, .error = error, .right = right}};
	hear(counter, &input);
	hear_waiting(counter);
}

void counter_member(struct counter *counter, uint32_t ticket, enum err error,
    const struct directory_entry *entry)
{
	struct input input = {.kind = INPUT_MEMBER};
	input.u.member.ticket = ticket;
	input.u.member.error = error;
	if (error == ERR_NONE)
		input.u.member.entry = *entry;
	hear(counter, &input);
	explicit_bzero(&input, sizeof(input));
}

void counter_restore_intent(struct counter *counter, struct bytes intent)
{
	till_intent_restore(counter->till, intent);
}

void counter_restore_shift(struct counter *counter, const struct till_shift *shift)
{
	till_shift_restore(counter->till, shift);
	counter_tick(counter);
}

void counter_recorded_beside(struct counter *counter)
{
	till_intent_lost(counter->till);
	counter_tick(counter);
}

void counter_configure(struct counter *counter, const struct till_config *config)
{
	struct input input = {.kind = INPUT_TICK};
	till_config_set(counter->till, config);
	till_intent_lost(counter->till); /* its adoption is an event, too */
	hear(counter, &input);
}
