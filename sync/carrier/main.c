/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/banned.h"
#include "carrier/carry.h"
#include "carrier/est.h"
#include "carrier/post_curl.h"
#include "carrier/renew.h"
#include "carrier/uplink.h"
#include "os/lines.h"
#include "os/log.h"
#include "os/loop.h"
#include "os/watch.h"

enum { EXIT_USAGE = 64 };

/* Everything a carrier has open. */
struct carrier {
	int state_fd;
	struct spool spool;
	struct uplink uplink;
	struct verify_time time;
	struct post_curl_options options;
	struct post post;
	struct carry carry;
	struct timespec enrolled; /* when keys/carrier/uplink was written */
	int64_t renew_mono_ms;    /* not tried again before; 0: now */
	struct loop *loop;
	int watch_fd;
	uint64_t timer;
};

static int run(struct carrier *carrier, bool follow);
static int once(struct carrier *carrier, bool follow);
static int enrol(struct carrier *carrier, bool follow);

static const struct verb {
	const char *name;
	int (*fn)(struct carrier *carrier, bool follow);
	bool needs_uplink;
	const char *help;
} verbs[] = {
    {"run", run, true, "carry for as long as it lives; a new outbox file leaves at once"},
    {"once", once, true, "carry what waits and fetch letters, then end (75: could not)"},
    {"enrol", enrol, false, "the carrier's half of `balcao enrol`, which starts it"},
};

static int usage(FILE *to, int code)
{
	(void)fputs(
	    "usage: balcao-sync [--state DIR] VERB\n\n"
	    "Carries files between outbox/, inbox/ and the central. Holds no signing\n"
	    "key, opens no file that it carries. Usually started by `balcao sync` or\n"
	    "as a service.\n\n",
	    to);
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		(void)fprintf(to, "  %-6s %s\n", verbs[i].name, verbs[i].help);
	(void)fputs(
	    "\n  --state DIR  the terminal's state (or $BALCAO_STATE; else "
	    "/var/lib/balcao)\n"
	    "  --follow     with once: print `idle N` when nothing is left, go on at\n"
	    "               a line on standard input, end with it\n"
	    "  --verbose    say what is carried\n"
	    "  --help, --version\n",
	    to);
	return code;
}

static int fail(enum err error, const char *sentence)
{
	(void)fprintf(stderr, "balcao-sync: %s (%s)\n", sentence, err_name(error));
	return err_exit_code(error);
}

/* --- opening --------------------------------------------------------------- */

static struct timespec enrolled_at(int state_fd)
{
	struct stat info;

	if (fstatat(state_fd, "keys/carrier/uplink", &info, 0))
		return (struct timespec){0};
	return info.st_mtim;
}

static bool changed(const struct carrier *carrier)
{
	struct timespec at = enrolled_at(carrier->state_fd);

	return at.tv_sec != carrier->enrolled.tv_sec ||
	       at.tv_nsec != carrier->enrolled.tv_nsec;
}

/* Opens the line anew; an older one is closed first. */
static enum err open_line(struct carrier *carrier)
{
	struct uplink *uplink = &carrier->uplink;

	carry_close(&carrier->carry);
	post_curl_close(&carrier->post);
	carrier->enrolled = enrolled_at(carrier->state_fd);
	enum err error = uplink_load(carrier->state_fd, uplink);

	if (error == ERR_NOT_READY) {
		(void)fputs("balcao-sync: this terminal is not enrolled: run `balcao "
			    "enrol` first.\n",
		    stderr);
		return error;
	}
	if (error) {
		(void)fail(error, "the files in keys/carrier cannot be used: set their "
				  "rights (0600), or run `balcao enrol` again");
		return error == ERR_FORMAT ? ERR_NOT_READY : error;
	}
	carrier->time.floor_ms = clock_build_ms();
	carrier->options = (struct post_curl_options){
	    .url = uplink->url,
	    .ca = bytes_of(uplink->ca, uplink->ca_len),
	    .key = bytes_of(uplink->key, uplink->key_len),
	    .certificate = bytes_of(uplink->certificate, uplink->certificate_len),
	    .time = &carrier->time,
	    .connect_ms = POST_CONNECT_MS,
	    .silence_s = POST_SILENCE_S,
	};
	error = post_curl_open(&carrier->options, &carrier->post);
	if (!error)
		error = carry_open(&carrier->spool, &carrier->post, clock_system(),
		    &carrier->time, &carrier->carry);
	if (error)
		(void)fail(error, "the line cannot be opened");
	return error;
}

/* --- run ------------------------------------------------------------------- */

/* When the line is idle and good: is our certificate near its end? */
static void renew_if_due(struct carrier *carrier)
{
	struct instant now;
	int64_t end_ms = 0;

	clock_system()->now(clock_system()->self, &now);
	int64_t wall_ms =
	    now.wall_ms > carrier->time.floor_ms ? now.wall_ms : carrier->time.floor_ms;

	if (carrier->carry.link.state != LINK_ON || now.mono_ms < carrier->renew_mono_ms)
		return;
	carrier->renew_mono_ms = now.mono_ms + (int64_t)RENEW_EVERY_S * 1000;
	enum err error = renew_end_ms(&carrier->uplink, &end_ms);

	if (!error && wall_ms < end_ms - RENEW_BEFORE_DAYS * (int64_t)86400 * 1000)
		return;
	if (!error)
		error = renew_now(carrier->state_fd, &carrier->uplink, &carrier->post);
	if (error)
		log_warn("TLS certificate not renewed, error=%s", err_name(error));
	else
		log_info(
		    "TLS certificate renewed, terminal=%s", carrier->uplink.terminal);
}

static void work(void *self)
{
	struct carrier *carrier = self;
	int64_t wait_ms = 0;

	/* Enrolled anew: another certificate, maybe another central. */
	if (changed(carrier) && open_line(carrier)) {
		loop_stop(carrier->loop);
		return;
	}
	enum err error = carry_step(&carrier->carry, &wait_ms);

	if (error == ERR_NOT_FOUND)
		renew_if_due(carrier);
	if (error && error != ERR_BUSY && error != ERR_NOT_FOUND) {
		log_error("%s", carrier->carry.why);
		wait_ms = (int64_t)PLAN_BACK_OFF_MIN_S * 1000;
	}
	/* One timer is ever pending: the table cannot be full. */
	carrier->timer =
	    loop_timer_start(carrier->loop, error ? wait_ms : 0, work, carrier);
}

static void on_notice(void *self, int fd, short revents)
{
	struct carrier *carrier = self;

	(void)revents;
	if (!watch_drain(fd))
		return;
	carry_notice(&carrier->carry);
	loop_timer_stop(carrier->loop, carrier->timer);
	carrier->timer = loop_timer_start(carrier->loop, 0, work, carrier);
}

static int run(struct carrier *carrier, bool follow)
{
	(void)follow;
	enum err error = loop_new(&carrier->loop);

	/* Watch first, then scan: what comes between is seen twice, not never. */
	if (!error)
		error = watch_open(carrier->spool.outbox_fd, &carrier->watch_fd);
	if (!error)
		error = loop_fd_set(
		    carrier->loop, carrier->watch_fd, POLLIN, on_notice, carrier);
	if (!error) {
		carrier->timer = loop_timer_start(carrier->loop, 0, work, carrier);
		error = loop_run(carrier->loop);
	}
	if (error)
		return fail(error, "the outbox cannot be watched");
	return err_exit_code(ERR_NOT_READY); /* only a lost enrolment ends it */
}

/* --- once ------------------------------------------------------------------ */

static void sleep_ms(int64_t ms)
{
	struct timespec pause = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	(void)nanosleep(&pause, NULL);
}

static int could_not(const struct carry *carry)
{
	(void)fprintf(stderr,
	    "balcao-sync: not everything could be carried: %s. Nothing is lost; it will "
	    "be tried again.\n",
	    carry->why);
	return err_exit_code(ERR_OFFLINE);
}

/* Carries until nothing more can go. ERR_NOT_FOUND: all is done. */
static enum err carry_all(struct carrier *carrier)
{
	struct carry *carry = &carrier->carry;
	unsigned letter_rounds = 0;

	for (;;) {
		int64_t wait_ms = 0;
		enum err error = carry_step(carry, &wait_ms);
		struct instant now;

		if (error == ERR_BUSY) {
			carry->clock->now(carry->clock->self, &now);
			if (plan_once_gives_up(&carry->plan, now.mono_ms))
				return ERR_OFFLINE;
			sleep_ms(wait_ms);
		} else if (error == ERR_NOT_FOUND) {
			if (carry->letters_done)
				return ERR_NOT_FOUND;
			if (++letter_rounds == PLAN_ONCE_TRIES)
				return ERR_OFFLINE;
			plan_letters_due(&carry->plan);
		} else if (error) {
			return error;
		}
	}
}

static int once(struct carrier *carrier, bool follow)
{
	char buf[64];
	struct lines lines = lines_of(STDIN_FILENO, buf, sizeof buf);
	char *line;
	enum err error;

	do {
		carry_notice(&carrier->carry);
		error = carry_all(carrier);
		if (error != ERR_NOT_FOUND)
			return could_not(&carrier->carry);
		if (follow) {
			(void)printf(
			    "idle %llu\n", (unsigned long long)carrier->carry.carried);
			(void)fflush(stdout);
		}
	} while (follow && !lines_next(&lines, &line));
	return carrier->carry.refused_files > 0 ? could_not(&carrier->carry) : 0;
}

/* --- enrol ----------------------------------------------------------------- */

static int enrol(struct carrier *carrier, bool follow)
{
	struct est_order order = {0};
	enum err error = est_read_order(STDIN_FILENO, &order);

	(void)follow;
	if (error)
		return fail(error, "the order on standard input is not `balcao enrol`'s");
	error = est_enrol(carrier->state_fd, &carrier->spool, &order);
	explicit_bzero(&order, sizeof order);
	/* Offline: nothing was asked for. Unknown: it may be asked for again. */
	if (error == ERR_OFFLINE)
		return err_exit_code(ERR_GONE);
	return error == ERR_UNKNOWN ? err_exit_code(ERR_OFFLINE) : err_exit_code(error);
}

/* --- the program ---------------------------------------------------------- */

static int carrier_main(const struct verb *verb, const char *state, bool follow)
{
	static struct carrier carrier = {.state_fd = -1, .watch_fd = -1};
	enum err error = dir_open(state, &carrier.state_fd);

	if (error) {
		(void)fprintf(stderr,
		    "balcao-sync: the state directory %s cannot be opened (%s).\n", state,
		    err_name(error));
		return err_exit_code(error == ERR_NOT_FOUND ? ERR_NOT_READY : error);
	}
	error = spool_open(carrier.state_fd, &carrier.spool);
	if (error)
		return fail(error, "outbox/ and inbox/ cannot be opened");
	/* What an earlier carrier was writing when it was killed. */
	if (file_sweep(carrier.spool.inbox_fd))
		log_warn("inbox cannot be swept");
	if (verb->needs_uplink)
		error = open_line(&carrier);
	int code = error ? err_exit_code(error) : verb->fn(&carrier, follow);

	carry_close(&carrier.carry);
	post_curl_close(&carrier.post);
	loop_free(&carrier.loop);
	spool_close(&carrier.spool);
	uplink_wipe(&carrier.uplink);
	return code;
}

static const struct verb *verb_of(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"state", required_argument, NULL, 's'},
	    {"follow", no_argument, NULL, 'f'}, {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {0}};
	const char *state = getenv("BALCAO_STATE");
	bool follow = false;
	enum log_level least = LOG_WARN_;
	int letter;

	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (letter) {
		case 's': state = optarg; break;
		case 'f': follow = true; break;
		case 'v': least = LOG_INFO_; break;
		case 'h': return usage(stdout, 0);
		case 'V': (void)puts("balcao-sync " BALCAO_VERSION); return 0;
		default: return usage(stderr, EXIT_USAGE);
		}
	}
	const struct verb *verb = optind + 1 == argc ? verb_of(argv[optind]) : NULL;

	if (!verb)
		return usage(stderr, EXIT_USAGE);
	/* `once` ends with its one sentence; a service tells as it goes. */
	if (verb->fn == once && least == LOG_WARN_)
		least = LOG_ERROR_;
	log_to(STDERR_FILENO, least);
	(void)signal(SIGPIPE, SIG_IGN);
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return fail(ERR_MEMORY, "libcurl does not start");
	int code =
	    carrier_main(verb, state && *state ? state : "/var/lib/balcao", follow);

	curl_global_cleanup();
	return code;
}
