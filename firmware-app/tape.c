/* SPDX-License-Identifier: MIT */
#include "tape.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#include "os/clock.h"
#include "os/file.h"
#include "os/lines.h"

enum {
	TAPE_LINE_MAX = 16 * 1024,
	TAPE_TEXT_MAX = 256,
	TAPE_BUSY_MS = 5, /* until the next look whether the counter is free */
	TAPE_AT_MS_MAX = 7 * 24 * 3600 * 1000,
};

/* One line: a scan, or keys. */
struct tape_step {
	int64_t at_ms;
	bool is_scan;
	struct scan scan;
	size_t press_count;
	struct key_press press[TAPE_TEXT_MAX];
};

struct tape {
	struct loop *loop;
	struct tape_sink sink;
	uint64_t timer;
	int fd;
	struct lines lines;
	char buf[TAPE_LINE_MAX];
	struct tape_step step; /* the next one */
	size_t pressed;        /* of its keys */
	bool at_end;
	int64_t clock_ms; /* the tape's own */
	int64_t mono_ms;  /* when clock_ms was true */
};

/* --- a line to a step ---------------------------------------------------------- */

static const struct key_name {
	const char *name;
	enum key key;
} key_names[] = {
    {"Enter", KEY_ENTER_},
    {"Esc", KEY_ESC_},
    {"Backspace", KEY_BACKSPACE_},
    {"Up", KEY_UP_},
    {"Down", KEY_DOWN_},
    {"Left", KEY_LEFT_},
    {"Right", KEY_RIGHT_},
    {"PageUp", KEY_PAGE_UP_},
    {"PageDown", KEY_PAGE_DOWN_},
    {"Delete", KEY_DELETE_},
    {"Tab", KEY_TAB_},
    {"F1", KEY_F1_},
    {"F2", KEY_F2_},
    {"F3", KEY_F3_},
    {"F4", KEY_F4_},
    {"F5", KEY_F5_},
    {"F6", KEY_F6_},
    {"F7", KEY_F7_},
    {"F8", KEY_F8_},
    {"F9", KEY_F9_},
    {"F10", KEY_F10_},
};

static const struct {
	const char *name;
	enum scan_source source;
} sources[] = {
    {"scanner", SCAN_SCANNER},
    {"stripe", SCAN_STRIPE},
    {"contactless", SCAN_CONTACTLESS},
};

static const struct {
	const char *name;
	enum scan_fault fault;
} faults[] = {
    {"misread", SCAN_FAULT_MISREAD},
    {"blank", SCAN_FAULT_BLANK},
    {"too_long", SCAN_FAULT_TOO_LONG},
    {"encrypted", SCAN_FAULT_ENCRYPTED},
};

/* Jansson has checked that the text is UTF-8. */
static size_t code_point(const char *at, uint32_t *ret_ch)
{
	uint8_t first = (uint8_t)at[0];
	size_t len = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
	uint32_t ch = len == 1 ? first : first & (0xFFu >> (len + 1));
	for (size_t i = 1; i < len; i++)
		ch = ch << 6 | ((uint8_t)at[i] & 0x3Fu);
	*ret_ch = ch;
	return len;
}

static const char *text_read(const char *text, struct tape_step *step)
{
	while (*text != '\0') {
		if (step->press_count == TAPE_TEXT_MAX)
			return "text: longer than 256 characters";
		struct key_press *press = &step->press[step->press_count++];
		press->key = KEY_CHAR_;
		text += code_point(text, &press->ch);
	}
	return step->press_count > 0 ? NULL : "text: is empty";
}

static const char *key_read(const char *name, struct tape_step *step)
{
	for (size_t i = 0; i < COUNT_OF(key_names); i++) {
		if (strcmp(name, key_names[i].name) == 0) {
			step->press[step->press_count++].key = key_names[i].key;
			return NULL;
		}
	}
	uint32_t ch = 0;
	if (name[0] != '\0' && name[code_point(name, &ch)] == '\0')
		return text_read(name, step);
	return "key: expected F1 to F10, Enter, Esc, Backspace, Up, Down, Left, Right, "
	       "PageUp, PageDown, Delete, Tab or one character";
}

static const char *source_read(const char *name, struct scan *scan)
{
	for (size_t i = 0; i < COUNT_OF(sources); i++)
		if (name != NULL && strcmp(name, sources[i].name) == 0)
			scan->source = sources[i].source;
	return scan->source != SCAN_NONE
		   ? NULL
		   : "scan.source: expected scanner, stripe or contactless";
}

static const char *fault_read(const char *name, struct scan *scan)
{
	if (name == NULL)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(faults); i++)
		if (strcmp(name, faults[i].name) == 0)
			scan->fault = faults[i].fault;
	return scan->fault != SCAN_FAULT_NONE
		   ? NULL
		   : "scan.fault: expected misread, blank, too_long or encrypted";
}

static const char *scan_read(json_t *value, struct tape_step *step)
{
	const char *source = NULL;
	const char *aim = "";
	const char *data = "";
	size_t data_len = 0;
	const char *fault = NULL;
	struct scan *scan = &step->scan;
	if (json_unpack(value, "{s?s, s?s, s?s%, s?s !}", "source", &source, "aim", &aim,
		"data", &data, &data_len, "fault", &fault) != 0)
		return "scan: expected an object of source, aim, data and fault";
	if (data_len > SCAN_LEN_MAX)
		return "scan.data: longer than a read can be";
	if (text_copy(scan->aim, sizeof(scan->aim), aim) != ERR_NONE)
		return "scan.aim: expected an identifier like ]E0";
	memcpy(scan->data, data, data_len);
	scan->len = data_len;
	step->is_scan = true;
	const char *wrong = source_read(source, scan);
	return wrong != NULL ? wrong : fault_read(fault, scan);
}

/* NULL, or what is wrong with the line. */
static const char *step_read(json_t *line, struct tape_step *step)
{
	json_int_t at_ms = -1;
	const char *key = NULL;
	const char *text = NULL;
	json_t *scan = NULL;
	if (json_unpack(line, "{s:I, s?s, s?s, s?o !}", "at_ms", &at_ms, "key", &key,
		"text", &text, "scan", &scan) != 0)
		return "expected an object of at_ms and one of scan, key, text";
	if (at_ms < 0 || at_ms > TAPE_AT_MS_MAX)
		return "at_ms: expected milliseconds from the start of the tape";
	if ((key != NULL) + (text != NULL) + (scan != NULL) != 1)
		return "expected one of scan, key, text";
	step->at_ms = at_ms;
	if (scan != NULL)
		return scan_read(scan, step);
	return key != NULL ? key_read(key, step) : text_read(text, step);
}

static const char *line_read(const char *text, struct tape_step *step)
{
	int64_t before_ms = step->at_ms;
	explicit_bzero(step, sizeof(*step));
	json_t *line = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	const char *wrong = line == NULL ? "is not JSON" : step_read(line, step);
	json_decref(line);
	if (wrong == NULL && step->at_ms < before_ms)
		wrong = "at_ms: earlier than the line before";
	return wrong;
}

/* ERR_NOT_FOUND at the end. */
static enum err step_next(struct tape *tape, unsigned *number, const char **ret_wrong)
{
	char *text = NULL;
	enum err error = lines_next(&tape->lines, &text);
	*ret_wrong = NULL;
	if (error == ERR_NOT_FOUND)
		return ERR_NOT_FOUND;
	(*number)++;
	if (error == ERR_NONE && text[0] == '\0')
		return ERR_BUSY; /* an empty line: nothing happened */
	*ret_wrong = error == ERR_LIMIT  ? "is longer than 16 KiB"
		     : error != ERR_NONE ? "cannot be read"
					 : line_read(text, &tape->step);
	return *ret_wrong == NULL ? ERR_NONE : ERR_FORMAT;
}

static void tape_rewind(struct tape *tape)
{
	lines_wipe(&tape->lines);
	(void)lseek(tape->fd, 0, SEEK_SET);
	tape->lines = lines_of(tape->fd, tape->buf, sizeof(tape->buf));
	explicit_bzero(&tape->step, sizeof(tape->step));
}

static enum err tape_check(struct tape *tape, const char *path)
{
	enum err error = ERR_NONE;
	unsigned number = 0;
	const char *wrong = NULL;
	while (error == ERR_NONE || error == ERR_BUSY)
		error = step_next(tape, &number, &wrong);
	if (error != ERR_NOT_FOUND) {
		(void)fprintf(stderr, "%s:%u: %s\n", path, number, wrong);
		return error;
	}
	tape_rewind(tape);
	return ERR_NONE;
}

/* --- playing --------------------------------------------------------------------- */

static int64_t mono_ms(void)
{
	struct instant now;
	const struct clock *clock = clock_system();
	clock->now(clock->self, &now);
	return now.mono_ms;
}

static void tape_fetch(struct tape *tape)
{
	enum err error = ERR_BUSY;
	unsigned number = 0;
	const char *wrong = NULL;
	while (error == ERR_BUSY)
		error = step_next(tape, &number, &wrong);
	tape->at_end = error != ERR_NONE;
	tape->pressed = 0;
}

static void tape_turn(void *self);

static void tape_wait(struct tape *tape, int64_t delay_ms)
{
	tape->timer =
	    loop_timer_start(tape->loop, delay_ms > 0 ? delay_ms : 0, tape_turn, tape);
}

/* One scan or one key; then the loop has a turn. */
static void tape_play(struct tape *tape)
{
	struct tape_step *step = &tape->step;
	if (step->is_scan) {
		tape->sink.scan(tape->sink.self, &step->scan);
		tape_fetch(tape);
		return;
	}
	struct key_press press = step->press[tape->pressed];
	explicit_bzero(&step->press[tape->pressed], sizeof(press));
	tape->pressed++;
	tape->sink.key(tape->sink.self, press);
	if (tape->pressed == step->press_count)
		tape_fetch(tape);
}

static void tape_turn(void *self)
{
	struct tape *tape = self;
	int64_t now_ms = mono_ms();
	tape->timer = 0;
	if (tape->sink.busy(tape->sink.self)) { /* the tape's clock stands still */
		tape->mono_ms = now_ms;
		tape_wait(tape, TAPE_BUSY_MS);
		return;
	}
	tape->clock_ms += now_ms - tape->mono_ms;
	tape->mono_ms = now_ms;
	if (tape->at_end) {
		tape->sink.ended(tape->sink.self);
		return;
	}
	if (tape->step.at_ms <= tape->clock_ms)
		tape_play(tape);
	tape_wait(tape, tape->at_end ? 0 : tape->step.at_ms - tape->clock_ms);
}

/* --- open and close ----------------------------------------------------------------- */

enum err tape_open(struct loop *loop, const char *path, const struct tape_sink *sink,
    struct tape **ret_tape)
{
	struct tape *tape = calloc(1, sizeof(*tape));
	if (tape == NULL)
		return ERR_MEMORY;
	tape->loop = loop;
	tape->sink = *sink;
	tape->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (tape->fd < 0) {
		enum err error = err_from_errno(errno);
		(void)fprintf(stderr, "%s: the tape cannot be opened (%s)\n", path,
		    err_name(error));
		free(tape);
		return error;
	}
	tape->lines = lines_of(tape->fd, tape->buf, sizeof(tape->buf));
	enum err error = tape_check(tape, path);
	if (error == ERR_NONE) {
		tape_fetch(tape);
		tape->mono_ms = mono_ms();
		tape_wait(tape, 0);
		*ret_tape = tape;
	} else {
		tape_close(&tape);
	}
	return error;
}

void tape_close(struct tape **tape)
{
	if (*tape == NULL)
		return;
	if ((*tape)->timer != 0)
		loop_timer_stop((*tape)->loop, (*tape)->timer);
	(void)close((*tape)->fd);
	explicit_bzero(*tape, sizeof(**tape));
	free(*tape);
	*tape = NULL;
}
