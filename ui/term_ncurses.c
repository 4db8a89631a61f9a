/* SPDX-License-Identifier: MIT */
#include "ui/term.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/banned.h"

#include "ui/grid.h"
#include "ui/keys.h"
#include "ui/paint.h"

/*
 * The only file that knows curses. Curses draws (it sends the terminal only
 * what differs); keys, resizing and the wait after Esc are ours, behind one
 * epoll descriptor. `shown` is what curses was told: only cells that changed
 * are told again, and nothing typed outlives the view that showed it.
 */
enum {
	CURSES_OUT_MAX = 2800, /* ncurses 6.4 lib_setbuf: the most it buffers */
	READ_MAX = 32,
	RICH_COLORS = 256,
};

struct look {
	short rich; /* of 256 colours; -1: the terminal's own */
	short plain;
	bool bold;
	bool dim; /* when there are not 256 */
	bool reverse;
	bool mono_bold; /* without colour */
	bool mono_reverse;
};

/* Chosen to be read on a dark and on a light ground. */
static const struct look looks[STYLE_COUNT_] = {
    [STYLE_PLAIN] = {-1, -1},
    [STYLE_DIM] = {245, -1, .dim = true},
    [STYLE_STRONG] = {-1, -1, .bold = true, .mono_bold = true},
    [STYLE_ACCENT] = {37, COLOR_CYAN, .bold = true, .mono_bold = true},
    [STYLE_GOOD] = {35, COLOR_GREEN, .bold = true, .mono_bold = true},
    [STYLE_WARN] = {172, COLOR_YELLOW, .bold = true, .mono_bold = true},
    [STYLE_ALERT] = {196, COLOR_RED, .bold = true, .mono_reverse = true},
    [STYLE_MARKED] = {37, COLOR_CYAN, .bold = true, .reverse = true,
	.mono_reverse = true},
    [STYLE_TRAINING] = {133, COLOR_MAGENTA, .bold = true, .reverse = true,
	.mono_reverse = true},
    [STYLE_TRAINING_ACCENT] = {133, COLOR_MAGENTA, .bold = true, .mono_bold = true},
};

struct screen {
	SCREEN *curses;
	struct paint_options options;
	bool color;
	bool rich;
	int epoll_fd;
	int winch_fd;
	int timer_fd;
	sigset_t mask_before;
	struct keys keys;
	bool waited; /* the time after an Esc has passed */
	bool has_view;
	struct view view;  /* the last one, to show again after a resize */
	struct grid next;  /* being painted */
	struct grid shown; /* what curses knows */
};

static struct screen the_screen;

/* --- start --- */

/* A terminal that says nothing about its characters is taken to speak UTF-8,
 * as the console of a till does; one that says C or Latin-1 is believed. */
static bool speaks_utf8(void)
{
	const char *said = getenv("LC_ALL");
	if (said == NULL || said[0] == '\0')
		said = getenv("LC_CTYPE");
	if (said == NULL || said[0] == '\0')
		said = getenv("LANG");
	bool silent = said == NULL || said[0] == '\0';
	if (setlocale(LC_CTYPE, silent ? "C.UTF-8" : "") == NULL)
		return false;
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void start_colors(struct screen *s, bool mono)
{
	s->color = !mono && has_colors() && start_color() == OK;
	if (!s->color)
		return;
	(void)use_default_colors();
	s->rich = COLORS >= RICH_COLORS;
	for (int i = 0; i < STYLE_COUNT_; i++)
		(void)init_pair(
		    (short)(i + 1), s->rich ? looks[i].rich : looks[i].plain, -1);
}

/* One key at a time, unseen; Ctrl-S must not freeze a counter nor Ctrl-Z send
 * it to sleep. Reads return at once, so that the terminal's own descriptor,
 * which a shell shares, stays as it is. */
static void start_keys(void)
{
	struct termios mode;
	(void)cbreak();
	(void)noecho();
	(void)nonl();
	if (tcgetattr(STDIN_FILENO, &mode) == 0) {
		mode.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
		mode.c_cc[VSUSP] = _POSIX_VDISABLE;
		mode.c_cc[VQUIT] = _POSIX_VDISABLE;
		mode.c_cc[VLNEXT] = _POSIX_VDISABLE;
		mode.c_cc[VMIN] = 0;
		mode.c_cc[VTIME] = 0;
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &mode);
	}
	(void)def_prog_mode();
}

static bool watch(const struct screen *s, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	return fd >= 0 && epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool start_watch(struct screen *s)
{
	sigset_t winch;
	(void)sigemptyset(&winch);
	(void)sigaddset(&winch, SIGWINCH);
	(void)sigprocmask(SIG_BLOCK, &winch, &s->mask_before);
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->winch_fd = signalfd(-1, &winch, SFD_NONBLOCK | SFD_CLOEXEC);
	s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	return s->epoll_fd >= 0 && watch(s, STDIN_FILENO) && watch(s, s->winch_fd) &&
	       watch(s, s->timer_fd);
}

static void stop_watch(struct screen *s)
{
	int *const fds[] = {&s->timer_fd, &s->winch_fd, &s->epoll_fd};
	for (size_t i = 0; i < COUNT_OF(fds); i++)
		if (*fds[i] >= 0) {
			(void)close(*fds[i]);
			*fds[i] = -1;
		}
	(void)sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
}

static void measure(struct screen *s)
{
	int rows, cols;
	getmaxyx(stdscr, rows, cols);
	grid_reset(&s->shown, rows, cols);
}

static bool can_move_cursor(void)
{
	const char *capability = tigetstr("cup");
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): how terminfo says "no string" */
	return capability != NULL && capability != (const char *)-1;
}

static void stop(void *self);

static enum err start(void *self, const struct term_options *options)
{
	struct screen *s = self;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return ERR_UNSUPPORTED;
	s->options.language = options->language;
	s->options.ascii = (options->flags & TERM_ASCII) != 0 || !speaks_utf8();
	s->epoll_fd = s->winch_fd = s->timer_fd = -1;
	s->curses = newterm(NULL, stdout, stdin);
	if (s->curses == NULL)
		return ERR_UNSUPPORTED;
	const char *no_color = getenv("NO_COLOR");
	bool mono = (options->flags & TERM_MONO) != 0 ||
		    (no_color != NULL && no_color[0] != '\0');
	start_colors(s, mono);
	start_keys();
	if (!can_move_cursor() || !start_watch(s)) {
		stop(s);
		return ERR_UNSUPPORTED;
	}
	measure(s);
	return ERR_NONE;
}

/* --- show --- */

static attr_t attributes(const struct screen *s, const struct look *look)
{
	bool bold = s->color ? look->bold : look->mono_bold;
	bool reverse = s->color ? look->reverse : look->mono_reverse;
	bool dim = look->dim && !s->rich;
	return (bold ? WA_BOLD : 0) | (reverse ? WA_REVERSE : 0) | (dim ? WA_DIM : 0);
}

static void put_cell(const struct screen *s, int y, int x, const struct grid_cell *cell)
{
	wchar_t text[3] = {(wchar_t)cell->ch, (wchar_t)cell->mark, L'\0'};
	cchar_t out;
	short pair = s->color ? (short)(cell->style + 1) : 0;
	if (setcchar(&out, text, attributes(s, &looks[cell->style]), pair, NULL) == OK)
		(void)mvadd_wch(y, x, &out);
	explicit_bzero(text, sizeof text);
	explicit_bzero(&out, sizeof out);
}

static void put_changes(struct screen *s)
{
	for (int y = 0; y < s->next.rows; y++)
		for (int x = 0; x < s->next.cols; x++) {
			const struct grid_cell *cell = grid_at(&s->next, y, x);
			struct grid_cell *before = grid_at(&s->shown, y, x);
			if (grid_cell_equal(cell, before))
				continue;
			*before = *cell;
			if (cell->width > 0)
				put_cell(s, y, x, cell);
		}
}

static void put_cursor(const struct screen *s)
{
	bool seen = s->next.cursor_y >= 0;
	(void)curs_set(seen ? 1 : 0);
	(void)move(
	    seen ? s->next.cursor_y : s->next.rows - 1, seen ? s->next.cursor_x : 0);
}

/*
 * Curses keeps what it last sent in a buffer that nobody else can reach. Filling
 * it with NUL, which every terminal passes over, leaves nothing typed in it. The
 * public putp and mvcur go through stdio instead (seen with strace); this is the
 * function that curses itself writes with, exported since 5.0.
 */
/* NOLINTNEXTLINE(readability-identifier-naming): the name is ncurses' */
int _nc_outch(int ch);

static void overwrite_output(void)
{
	for (int i = 0; i < CURSES_OUT_MAX; i++)
		(void)_nc_outch('\0');
	(void)doupdate();
}

/* What was typed is going: more than one character less, or others. */
static bool typed_goes(const struct view *before, const struct view *after)
{
	size_t len = strlen(before->field.text);
	return len > 1 && strncmp(before->field.text, after->field.text, len - 1) != 0;
}

static void paint(struct screen *s)
{
	grid_reset(&s->next, s->shown.rows, s->shown.cols);
	paint_view(&s->view, &s->options, &s->next);
	put_changes(s);
	put_cursor(s);
	(void)refresh();
}

static void show(void *self, const struct view *view)
{
	struct screen *s = self;
	bool goes = s->has_view && typed_goes(&s->view, view);
	s->view = *view;
	s->has_view = true;
	paint(s);
	if (goes)
		overwrite_output();
}

/* --- keys --- */

static void resize(struct screen *s)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
		return;
	(void)erase(); /* lines that are given up go blank */
	(void)refresh();
	(void)resizeterm(size.ws_row, size.ws_col);
	(void)clearok(curscr, TRUE);
	measure(s);
	if (s->has_view)
		paint(s);
}

static void wait_after_esc(struct screen *s, bool on)
{
	struct itimerspec after = {.it_value = {.tv_sec = KEYS_ESC_WAIT_MS / 1000,
				       .tv_nsec = KEYS_ESC_WAIT_MS % 1000 * 1000000L}};
	struct itimerspec never = {.it_value = {0}};
	(void)timerfd_settime(s->timer_fd, 0, on ? &after : &never, NULL);
}

/* A terminal that hung up is not asked again: the loop would never sleep. */
static void read_keys(struct screen *s)
{
	uint8_t bytes[READ_MAX];
	size_t room = sizeof s->keys.buf - s->keys.len;
	struct pollfd tty = {.fd = STDIN_FILENO, .events = POLLIN};
	ssize_t got =
	    read(STDIN_FILENO, bytes, room < sizeof bytes ? room : sizeof bytes);
	if (got > 0) {
		(void)keys_feed(&s->keys, bytes, (size_t)got);
		s->waited = false;
		wait_after_esc(s, false);
	} else if ((got < 0 && errno != EINTR && errno != EAGAIN) ||
		   (poll(&tty, 1, 0) > 0 && (tty.revents & (POLLHUP | POLLERR)) != 0)) {
		(void)epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
	}
	explicit_bzero(bytes, sizeof bytes);
}

static enum err key(void *self, struct key_press *ret_key)
{
	struct screen *s = self;
	struct signalfd_siginfo signal_info;
	uint64_t expired;
	if (read(s->winch_fd, &signal_info, sizeof signal_info) > 0)
		resize(s);
	if (read(s->timer_fd, &expired, sizeof expired) > 0)
		s->waited = true;
	if (s->keys.len < sizeof s->keys.buf)
		read_keys(s);
	enum keys_found found = keys_next(&s->keys, s->waited, ret_key);
	if (found == KEYS_WAIT)
		wait_after_esc(s, true);
	if (s->keys.len == 0)
		s->waited = false;
	return found == KEYS_PRESS ? ERR_NONE : ERR_NOT_FOUND;
}

static int fd(void *self)
{
	const struct screen *s = self;
	return s->epoll_fd;
}

static void sound(void *self, enum tone tone)
{
	(void)self;
	if (tone == TONE_WARN || tone == TONE_ALERT)
		(void)beep();
}

/* --- stop --- */

static void stop(void *self)
{
	struct screen *s = self;
	if (s->curses == NULL)
		return;
	(void)erase();
	(void)refresh(); /* both of curses' screens are blank now */
	overwrite_output();
	(void)endwin();
	delscreen(s->curses);
	stop_watch(s);
	explicit_bzero(s, sizeof *s);
	s->epoll_fd = s->winch_fd = s->timer_fd = -1;
}

const struct term *term_ncurses(void)
{
	static const struct term port = {.self = &the_screen,
	    .start = start,
	    .show = show,
	    .key = key,
	    .fd = fd,
	    .beep = sound,
	    .stop = stop};
	return &port;
}
