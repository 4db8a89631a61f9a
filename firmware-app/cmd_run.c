/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app_options.h"
#include "base/banned.h"

#include "json_wipe.h"
#include "os/log.h"
#include "run.h"
#include "ui/format.h"

enum {
	EXIT_USAGE_ = 64,
	EXIT_UNAVAILABLE_ = 69,
	RULE_LEN_MAX = 64,        /* of one line for reader_usb */
	LARGE_BYTES = 128 * 1024, /* goes back to the system when freed */
};

static const char help[] =
    "usage: balcao run [--headless] [--reader tape:FILE] [--lang pt_BR|en|es]\n"
    "\n"
    "The clerk's screen. Readers are found by themselves; Ctrl-C or F10 on the closed\n"
    "till ends it. NO_COLOR is honoured.\n"
    "\n"
    "  --reader tape:FILE   plays a recorded counter instead of the readers\n"
    "  --headless           no screen: a JSON line on stdout for each thing recorded,\n"
    "                       refused or shown; ends with the tape\n"
    "  --lang CODE          language of the screen (else terminal.yaml's)\n"
    "\n"
    "A tape is JSON lines, times in milliseconds from its start:\n"
    "  "
    "{\"at_ms\":0,\"scan\":{\"source\":\"scanner\",\"aim\":\"]E0\",\"data\":\"789...\"}}"
    "\n"
    "  {\"at_ms\":40,\"key\":\"F2\"}      F1-F10 Enter Esc Backspace Up Down Left Right\n"
    "                               PageUp PageDown Delete Tab, or one character\n"
    "  {\"at_ms\":80,\"text\":\"1234\"}\n"
    "  source: scanner, stripe or contactless. It stands still while a PIN is checked\n"
    "  or a member looked up.\n"
    "\n"
    "Lines of --headless:\n"
    "  {\"recorded\":{\"seq\",\"id\",\"type\",\"clerk\",\"member\",\"amount_cents\",\n"
    "               \"points\":[member,clerk,store]}}        after the commit\n"
    "  {\"refused\":{\"type\",\"error\"}}                        an event not recorded\n"
    "  {\"refused\":{\"word\",\"text\"}}                         a read or an entry\n"
    "  {\"shown\":{\"screen\",\"title\",\"read\",\"prompt\",\"member\",\"items\",\n"
    "            \"total_cents\",\"points\",\"receipt\",\"warn\"}}   a changed screen;\n"
    "  read, prompt and warn are {\"word\",\"text\"} or null; screen is one of closed, "
    "idle,\n"
    "  sale, topup, list, summary, done, help, setup, enrol, void.\n";

struct options {
	bool headless;
	const char *tape;     /* NULL: the readers on USB */
	const char *language; /* NULL: the configuration's */
};

/* --- options --------------------------------------------------------------------- */

/* The value of `--NAME VALUE` or `--NAME=VALUE`; moves `*i` past it. */
static bool option_value(
    char **argv, int argc, int *i, const char *name, const char **ret_value)
{
	const char *word = argv[*i];
	size_t len = strlen(name);
	if (strncmp(word, name, len) != 0)
		return false;
	if (word[len] == '=') {
		*ret_value = word + len + 1;
		return true;
	}
	if (word[len] != '\0' || *i + 1 >= argc)
		return false;
	*ret_value = argv[++*i];
	return true;
}

static int usage(const char *what, const char *value)
{
	(void)fprintf(
	    stderr, "balcao run: %s %s; `balcao run --help` tells\n", what, value);
	return EXIT_USAGE_;
}

static int options_parse(int argc, char **argv, struct options *options)
{
	static const char tape[] = "tape:";
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		const char *value = "";
		if (strcmp(word, "--headless") == 0) {
			options->headless = true;
		} else if (option_value(argv, argc, &i, "--reader", &value)) {
			if (strncmp(value, tape, sizeof(tape) - 1) != 0)
				return usage("--reader takes tape:FILE, not", value);
			options->tape = value + sizeof(tape) - 1;
		} else if (option_value(argv, argc, &i, "--lang", &value)) {
			if (language_from_code(value) == LANG_COUNT)
				return usage("--lang takes pt_BR, en or es, not", value);
			options->language = value;
		} else {
			return usage("unknown or incomplete option", word);
		}
	}
	if (options->headless && options->tape == NULL)
		return usage("--headless needs", "--reader tape:FILE");
	return 0;
}

/* --- what wakes the counter ------------------------------------------------------- */

void run_end(struct run *run)
{
	run->ended = true;
	loop_stop(run->loop);
}

static void on_signal(void *self, int signo)
{
	(void)signo;
	run_end(self);
}

static void on_keys(void *self, int fd, short revents)
{
	struct run *run = self;
	struct key_press press = {0};
	(void)fd;
	while (!run->ended && run->term->key(run->term->self, &press) == ERR_NONE) {
		run->key_ms = run_mono_ms(run);
		counter_key(run->counter, press);
	}
	explicit_bzero(&press, sizeof(press));
	if ((revents & (POLLHUP | POLLERR)) != 0) /* the terminal has gone */
		run_end(run);
}

static void on_tick(void *self)
{
	struct run *run = self;
	counter_tick(run->counter);
	run_status_tell(run);
	run_tend(run);
	if (loop_timer_start(run->loop, RUN_TICK_MS, on_tick, run) == 0)
		log_error("no timer is left: the clock stands");
}

static void on_reader(void *self, struct reader_event *event)
{
	struct run *run = self;
	switch (event->news) {
	case READER_NEWS_NONE: break;
	case READER_NEWS_SCAN:
		run->key_ms = run_mono_ms(run);
		counter_scan(run->counter, &event->scan);
		break;
	case READER_NEWS_LOST:
		counter_reader(run->counter, true, event->scan.reader);
		break;
	case READER_NEWS_FOUND:
		counter_reader(run->counter, false, event->scan.reader);
		break;
	}
}

static void tape_scan(void *self, struct scan *scan)
{
	struct run *run = self;
	counter_scan(run->counter, scan);
}

static void tape_key(void *self, struct key_press press)
{
	struct run *run = self;
	counter_key(run->counter, press);
}

static bool tape_busy(void *self)
{
	const struct run *run = self;
	return run_slow_waits(run);
}

static void tape_ended(void *self)
{
	struct run *run = self;
	if (run->headless)
		run_end(run);
}

/* --- opening --------------------------------------------------------------------- */

/* Keyboards that the technician assigned, as reader_usb takes them (its header
 * says: [PORT@]VVVV:PPPP=LAYOUT, separated by semicolons). */
static void reader_rules(const struct config *config, char *out, size_t cap)
{
	char rule_text[RULE_LEN_MAX];
	struct sink rules = sink_of(out, cap - 1);
	for (unsigned i = 0; i < config->reader_count; i++) {
		const struct reader_rule *rule = &config->reader[i];
		(void)snprintf(rule_text, sizeof(rule_text), "%s%s%s%04x:%04x=%s",
		    i > 0 ? ";" : "", rule->port, rule->port[0] != '\0' ? "@" : "",
		    rule->vendor, rule->product,
		    rule->layout == LAYOUT_ABNT2 ? "abnt2" : "us");
		sink_put(&rules, bytes_of_text(rule_text));
	}
	out[rules.len] = '\0';
}

static enum err open_tape(struct run *run, const struct options *options)
{
	const struct tape_sink sink = {run, tape_scan, tape_key, tape_busy, tape_ended};
	if (options->tape == NULL)
		return ERR_NONE;
	return tape_open(run->loop, options->tape, &sink, &run->tape);
}

/* Without USB the typed codes still work: it is told like any reader that left. */
static void open_reader(struct run *run)
{
	char rules[READER_RULES_MAX * RULE_LEN_MAX];
	reader_rules(&run->terminal.config, rules, sizeof(rules));
	if (reader_usb.open(run->loop, rules, on_reader, run, &run->reader) != ERR_NONE)
		counter_reader(run->counter, true, "USB");
}

static enum err open_screen(struct run *run)
{
	const char *no_color = getenv("NO_COLOR");
	const struct term_options options = {.language = run->language,
	    .flags = no_color != NULL && no_color[0] != '\0' ? TERM_MONO : TERM_DEFAULT};
	run->term = run->headless ? run_headless_term(run->language) : term_ncurses();
	enum err error = run->term->start(run->term->self, &options);
	if (error == ERR_UNSUPPORTED)
		(void)fprintf(stderr,
		    "balcao run: this is no terminal that can show the counter; it needs "
		    "one of 40x16 characters or more on stdin and stdout, with TERM set, "
		    "or "
		    "--headless\n");
	if (error != ERR_NONE)
		return error;
	run->term_started = true;
	if (!run->headless)
		log_to(-1, LOG_ERROR_); /* a line would go across the screen */
	int fd = run->term->fd(run->term->self);
	return fd < 0 ? ERR_NONE : loop_fd_set(run->loop, fd, POLLIN, on_keys, run);
}

static enum err open_counter(struct run *run)
{
	const struct till_config config = run_till_config(run);
	const struct counter_ports ports = run_ports(run);
	enum err error = counter_open(&config, &ports, &run->counter);
	uint8_t *intent = malloc(JOURNAL_INTENT_MAX);
	size_t len = 0;
	if (error == ERR_NONE && intent == NULL)
		error = ERR_MEMORY;
	if (error == ERR_NONE && run->terminal.journal != NULL &&
	    journal_intent_get(run->terminal.journal, intent, JOURNAL_INTENT_MAX, &len) ==
		ERR_NONE)
		counter_restore_intent(run->counter, bytes_of(intent, len));
	free(intent);
	return error;
}

/* The shift is rebuilt from many rows: after the first screen, and before
 * anybody can have typed a PIN. */
static void on_shift(void *self)
{
	struct run *run = self;
	struct till_shift shift = {0};
	if (run->terminal.journal == NULL)
		return;
	run_shift_read(run, &shift);
	counter_restore_shift(run->counter, &shift);
}

static enum err open_signals(struct run *run)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	for (size_t i = 0; i < COUNT_OF(signals); i++) {
		enum err error = loop_signal(run->loop, signals[i], on_signal, run);
		if (error != ERR_NONE)
			return error;
	}
	return ERR_NONE;
}

/* The screen before the readers: what they say must have a place. */
static enum err open_all(struct run *run, const struct options *options)
{
	enum err error = loop_new(&run->loop);
	if (error == ERR_NONE)
		error = open_signals(run);
	if (error == ERR_NONE)
		error = open_counter(run);
	if (error == ERR_NONE)
		error = open_tape(run, options); /* its faults go to a plain stderr */
	if (error == ERR_NONE)
		error = open_screen(run);
	if (error != ERR_NONE)
		return error;
	run_status_tell(run); /* the first screen, with what the status line knows */
	run->key_ms = run_mono_ms(run); /* whoever started it wants to type now */
	on_tick(run);
	if (loop_timer_start(run->loop, 0, on_shift, run) == 0)
		return ERR_LIMIT;
	error = run_exchange_start(run);
	if (error == ERR_NONE)
		error = run_server_start(run);
	if (error == ERR_NONE && options->tape == NULL)
		open_reader(run);
	return error;
}

static void close_all(struct run *run)
{
	if (run->reader != NULL)
		reader_usb.close(&run->reader);
	tape_close(&run->tape);
	run_server_stop(run);
	run_slow_stop(run);
	run_status_stop(run);
	if (run->loop != NULL)
		run_exchange_stop(run);
	counter_close(&run->counter);
	if (run->term_started)
		run->term->stop(run->term->self);
	loop_free(&run->loop);
}

/* What waits is cut before the process leaves, so that the carrier has it. */
static void leave(struct run *run)
{
	enum { PASSES_MAX = 64 };
	struct exchange_news news;
	bool more = run->terminal.letterbox != NULL;
	for (int i = 0; more && i < PASSES_MAX; i++)
		if (terminal_exchange(&run->terminal, true, &news, &more) != ERR_NONE)
			break;
}

static int run_opened(struct run *run, const struct options *options)
{
	run->headless = options->headless;
	run->language = options->language != NULL ? language_from_code(options->language)
						  : run->terminal.config.language;
	run->inbox_watch = -1;
	run->terminal.hurry = true;
	enum err error = open_all(run, options);
	if (error == ERR_NONE)
		error = loop_run(run->loop);
	close_all(run);
	if (error == ERR_NONE)
		leave(run);
	if (error == ERR_UNSUPPORTED)
		return EXIT_UNAVAILABLE_;
	if (error != ERR_NONE && error != ERR_FORMAT)
		(void)fprintf(stderr, "balcao run: stopped (%s)\n", err_name(error));
	return error == ERR_NONE ? 0 : err_exit_code(error);
}

int cmd_run(int argc, char **argv)
{
	struct options options = {0};
	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return fputs(help, stdout) >= 0 ? 0 : EXIT_FAILURE;
	int status = options_parse(argc, argv, &options);
	if (status != 0)
		return status;
	struct run *run = calloc(1, sizeof(*run));
	if (run == NULL)
		return err_exit_code(ERR_MEMORY);
	json_wipe_on_free();
#ifdef M_MMAP_THRESHOLD
	/* Left to itself it grows, and what a large batch took stays with us. */
	(void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
#endif
	enum err error =
	    terminal_open(app_options.state_dir, "balcao run", 0, &run->terminal);
	if (error == ERR_NONE) {
		status = run_opened(run, &options);
		terminal_close(&run->terminal);
	} else {
		status = err_exit_code(error);
	}
	explicit_bzero(run, sizeof(*run));
	free(run);
	return status;
}
