/* SPDX-License-Identifier: MIT */
#include "counter_fake.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/banned.h"

#include "ui/term_text.h"

/* Plays tests/screens/NAME.keys and compares what it shows (README.md there). */
enum { LINE_MAX_ = 512, OUT_MAX = 1024 * 1024, SCRIPTS_MAX = 64, PATH_MAX_ = 256 };

static const char folder[] = "tests/screens";
static const char *const codes[LANG_COUNT] = {"pt_BR", "en", "es"};

struct play {
	struct fake *fake;
	struct till_status status;
	struct term_text terminal;
	struct term_options options;
	int rows;
	int cols;
	char *out;
	size_t len;
};

static char screen[GRID_TEXT_MAX];

/* --- what a script can say --- */

static void say_size(struct play *p, const char *rest)
{
	char *end;
	p->rows = (int)strtol(rest, &end, 10);
	p->cols = (int)strtol(end, &end, 10);
	assert_true(p->rows > 0 && p->cols > 0);
}

static void say_ascii(struct play *p, const char *rest)
{
	(void)rest;
	p->options.flags |= TERM_ASCII;
}

static void say_key(struct play *p, const char *rest)
{
	static const struct {
		const char *name;
		enum key key;
	} keys[] = {{"Enter", KEY_ENTER_}, {"Esc", KEY_ESC_}, {"Up", KEY_UP_},
	    {"Down", KEY_DOWN_}, {"Tab", KEY_TAB_}, {"Delete", KEY_DELETE_},
	    {"Backspace", KEY_BACKSPACE_}, {"F1", KEY_F1_}, {"F2", KEY_F2_},
	    {"F3", KEY_F3_}, {"F4", KEY_F4_}, {"F5", KEY_F5_}, {"F6", KEY_F6_},
	    {"F7", KEY_F7_}, {"F8", KEY_F8_}, {"F9", KEY_F9_}, {"F10", KEY_F10_}};

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (strcmp(keys[i].name, rest) == 0) {
			press(p->fake, keys[i].key);
			return;
		}
	fail_msg("no key is called %s", rest);
}

static void say_type(struct play *p, const char *rest)
{
	type(p->fake, rest);
}

static void say_scan(struct play *p, const char *rest)
{
	scan(p->fake, rest);
}

static void say_swipe(struct play *p, const char *rest)
{
	scan_from(p->fake, SCAN_STRIPE, rest);
}

static void say_open(struct play *p, const char *rest)
{
	(void)rest;
	type(p->fake, "111111");
	press(p->fake, KEY_ENTER_);
	assert_int_equal(p->fake->view.screen, VIEW_IDLE);
}

/* The next word of `*at` as a number. */
static int64_t number(const char **at)
{
	char *end;
	int64_t value = strtoll(*at, &end, 10);
	assert_true(end > *at);
	*at = end;
	return value;
}

static bool word_is(const char **at, const char *word)
{
	size_t len = strlen(word);
	*at += strspn(*at, " ");
	if (strncmp(*at, word, len) != 0 || ((*at)[len] != ' ' && (*at)[len] != '\0'))
		return false;
	*at += len;
	return true;
}

static void set_link(struct play *p, enum word word, enum tone tone)
{
	p->status.shown.link = (struct sentence){.word = word};
	p->status.shown.link_tone = tone;
}

static void stick(struct play *p, const char **at)
{
	struct sentence *warn = &p->status.shown.warn;
	int64_t days = number(at), room = number(at);
	warn->word = W_WARN_STICK;
	(void)snprintf(warn->arg[0], VIEW_TEXT_MAX, "%d", (int)days);
	(void)snprintf(warn->arg[1], VIEW_TEXT_MAX, "%d", (int)room);
}

static void say_status(struct play *p, const char *rest)
{
	while (*rest != '\0') {
		if (word_is(&rest, "online"))
			set_link(p, W_LINK_ON, TONE_GOOD);
		else if (word_is(&rest, "offline"))
			set_link(p, W_LINK_OFF, TONE_WARN);
		else if (word_is(&rest, "waiting"))
			p->status.shown.waiting = (uint64_t)number(&rest);
		else if (word_is(&rest, "oldest"))
			p->status.shown.oldest_s = number(&rest);
		else if (word_is(&rest, "unsure"))
			p->status.shown.clock_unsure = true;
		else if (word_is(&rest, "expired"))
			p->status.shown.programme_expired = true;
		else if (word_is(&rest, "stick"))
			stick(p, &rest);
		else if (word_is(&rest, "unenrolled"))
			p->status.enrolled = false;
		else
			fail_msg("no status is called %s", rest);
	}
	counter_status(p->fake->counter, &p->status);
}

static void say_training(struct play *p, const char *rest)
{
	(void)rest;
	p->fake->config.training = true;
	counter_configure(p->fake->counter, &p->fake->config);
}

static void say_noprogramme(struct play *p, const char *rest)
{
	(void)rest;
	p->fake->config.programme = NULL;
	counter_configure(p->fake->counter, &p->fake->config);
	counter_tick(p->fake->counter);
}

static void say_fail(struct play *p, const char *rest)
{
	p->fake->fail = strcmp(rest, "full") == 0 ? ERR_FULL
			: strcmp(rest, "io") == 0 ? ERR_IO
						  : ERR_NONE;
}

static void say_hold(struct play *p, const char *rest)
{
	p->fake->pin_held |= strcmp(rest, "pin") == 0;
	p->fake->member_held |= strcmp(rest, "member") == 0;
}

static void say_answer(struct play *p, const char *rest)
{
	(void)rest;
	p->fake->pin_held = p->fake->member_held = false;
	fake_answers(p->fake);
}

static void say_reader(struct play *p, const char *rest)
{
	bool lost = word_is(&rest, "lost");
	assert_true(lost || word_is(&rest, "found"));
	counter_reader(p->fake->counter, lost, rest + strspn(rest, " "));
}

static void say_wait(struct play *p, const char *rest)
{
	p->fake->now_ms += number(&rest) * 1000;
	counter_tick(p->fake->counter);
}

static void say_restart(struct play *p, const char *rest)
{
	struct fake *fake = p->fake;
	struct bytes intent = bytes_of(fake->intent, fake->intent_len);
	struct till_shift shift = {.open = true, .clerk = "c01"};
	(void)rest;
	counter_close(&fake->counter);
	fake_open_counter(fake);
	counter_restore_intent(fake->counter, intent);
	counter_restore_shift(fake->counter, &shift);
	counter_status(fake->counter, &p->status);
	counter_tick(fake->counter);
}

static void add(struct play *p, const char *text)
{
	size_t len = strlen(text);
	assert_true(p->len + len < OUT_MAX);
	memcpy(p->out + p->len, text, len + 1);
	p->len += len;
}

static void say_show(struct play *p, const char *rest)
{
	char title[LINE_MAX_];
	(void)snprintf(title, sizeof title, "== %s (%d x %d)\n", rest, p->rows, p->cols);
	term_text_init(&p->terminal, p->rows, p->cols);
	assert_int_equal(p->terminal.port.start(&p->terminal, &p->options), ERR_NONE);
	p->terminal.port.show(&p->terminal, &p->fake->view);
	(void)grid_text(&p->terminal.grid, screen, sizeof screen);
	add(p, title);
	add(p, screen);
}

static const struct {
	const char *word;
	void (*say)(struct play *p, const char *rest);
} sayings[] = {
    {"size", say_size},
    {"ascii", say_ascii},
    {"open", say_open},
    {"key", say_key},
    {"type", say_type},
    {"scan", say_scan},
    {"swipe", say_swipe},
    {"status", say_status},
    {"training", say_training},
    {"noprogramme", say_noprogramme},
    {"fail", say_fail},
    {"hold", say_hold},
    {"answer", say_answer},
    {"reader", say_reader},
    {"wait", say_wait},
    {"restart", say_restart},
    {"show", say_show},
};

static void say(struct play *p, const char *line)
{
	for (size_t i = 0; i < COUNT_OF(sayings); i++) {
		const char *rest = line;
		if (!word_is(&rest, sayings[i].word))
			continue;
		sayings[i].say(p, rest + strspn(rest, " "));
		return;
	}
	fail_msg("a script cannot say \"%s\"", line);
}

static void play_start(struct play *p, enum language language, char *out)
{
	memset(p, 0, sizeof *p);
	p->fake = fake_new();
	p->options.language = language;
	p->rows = 24;
	p->cols = 80;
	p->out = out;
	p->status.enrolled = true;
	p->status.shown.oldest_s = -1;
	p->status.shown.hour = 15;
	set_link(p, W_LINK_ON, TONE_GOOD);
	counter_status(p->fake->counter, &p->status);
	counter_tick(p->fake->counter);
}

static void play_script(const char *name, enum language language, char *out)
{
	static struct play play;
	char path[PATH_MAX_], line[LINE_MAX_];
	play_start(&play, language, out);
	(void)snprintf(path, sizeof path, "%s/%s.keys", folder, name);
	FILE *script = fopen(path, "r");
	assert_non_null(script);
	while (fgets(line, sizeof line, script) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0' && line[0] != '#')
			say(&play, line);
	}
	(void)fclose(script);
	fake_free(play.fake);
}

/* --- comparing --- */

static void saved_path(char *out, const char *name, enum language language)
{
	(void)snprintf(
	    out, PATH_MAX_, "%s/saved/%s.%s.txt", folder, name, codes[language]);
}

static void read_whole(const char *path, char *out)
{
	FILE *file = fopen(path, "r");
	size_t len = file != NULL ? fread(out, 1, OUT_MAX - 1, file) : 0;
	out[len] = '\0';
	if (file != NULL)
		(void)fclose(file);
}

static void write_whole(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

/* Prints the lines that differ, under the title of their screen; returns how
 * many there are. */
static int differences(const char *saved, const char *seen, const char *path)
{
	int count = 0;
	char title[LINE_MAX_] = "";
	while (*saved != '\0' || *seen != '\0') {
		size_t a = strcspn(saved, "\n"), b = strcspn(seen, "\n");
		bool same = a == b && memcmp(saved, seen, a) == 0;
		if (strncmp(seen, "== ", 3) == 0 && b < sizeof title) {
			memcpy(title, seen, b);
			title[b] = '\0';
		}
		if (!same && path != NULL)
			print_error("%s: %s\n- %.*s\n+ %.*s\n", path, title, (int)a,
			    saved, (int)b, seen);
		count += !same;
		saved += a + (saved[a] == '\n');
		seen += b + (seen[b] == '\n');
	}
	return count;
}

static char seen[OUT_MAX], saved[OUT_MAX];

static void check_script(const char *name)
{
	bool update = getenv("UPDATE_SCREENS") != NULL;
	int faults = 0;
	for (int i = 0; i < LANG_COUNT; i++) {
		char path[PATH_MAX_];
		seen[0] = '\0';
		play_script(name, (enum language)i, seen);
		assert_true(strncmp(seen, "== ", 3) == 0);
		saved_path(path, name, (enum language)i);
		if (update)
			write_whole(path, seen);
		read_whole(path, saved);
		faults += differences(saved, seen, path);
	}
	assert_int_equal(faults, 0);
}

static void screens_are_as_saved(void **state)
{
	check_script(*state);
}

/* The comparison itself: one letter, one line more, one less. */
static void a_difference_is_found(void **state)
{
	(void)state;
	assert_int_equal(differences("== a\nb\n", "== a\nb\n", NULL), 0);
	assert_int_equal(differences("== a\nb\n", "== a\nc\n", NULL), 1);
	assert_int_equal(differences("== a\nb\n", "== a\nb\nc\n", NULL), 1);
	assert_int_equal(differences("== a\nb\nc\n", "== a\nb\n", NULL), 1);
	assert_int_equal(differences("", "== a\n", NULL), 1);
}

static int is_script(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');
	return dot != NULL && strcmp(dot, ".keys") == 0;
}

int main(void)
{
	static struct CMUnitTest tests[SCRIPTS_MAX];
	struct dirent **names = NULL;
	int found = scandir(folder, &names, is_script, alphasort);
	size_t count = 0;
	if (found <= 0) {
		fprintf(stderr, "test_screens: no scripts in %s (run from the top)\n",
		    folder);
		return 1;
	}
	(void)mkdir("tests/screens/saved", 0777);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_difference_is_found);
	for (int i = 0; i < found && count < SCRIPTS_MAX; i++) {
		char *name = names[i]->d_name;
		*strrchr(name, '.') = '\0';
		tests[count++] = (struct CMUnitTest){.name = name,
		    .test_func = screens_are_as_saved,
		    .initial_state = name};
	}
	int failed = _cmocka_run_group_tests("screens", tests, count, NULL, NULL);
	for (int i = 0; i < found; i++)
		free(names[i]);
	free(names);
	return failed;
}
