/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <qrencode.h>

#include "base/banned.h"
#include "central/authority.h"
#include "central/command.h"
#include "central/reach.h"
#include "central/registry.h"
#include "central/serve.h"
#include "os/file.h"

static const char help[] =
    "Lets terminal T of store S enrol within 15 minutes; an earlier token of the\n"
    "terminal ends. Serve must have listened once, so that the address is known.\n"
    "  --store S     the store the terminal stands in\n"
    "  --terminal T  the terminal's name, for ever\n"
    "  --json        {url, terminal, token, ca_pin, expires, qr}\n"
    "  --qr          only the code to be scanned by the terminal's own scanner\n";

enum {
	QUIET_ZONE = 2, /* modules of light around the code */
	QR_TEXT_MAX = URL_LEN_MAX + TERMINAL_LEN_MAX + 2 * TOKEN_LEN + 2 * HASH_LEN + 16,
};

/* Everything that enrolment needs. */
struct offer {
	char url[URL_LEN_MAX + 1];
	const char *terminal;
	char token[2 * TOKEN_LEN + 1];
	char ca_pin[2 * HASH_LEN + 1];
	char expires[24]; /* RFC 3339, UTC */
	char qr[QR_TEXT_MAX];
};

static bool dark(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return false;
	return (code->data[y * code->width + x] & 1) != 0;
}

/* Two modules a character, light ones drawn: scanners want dark on light, and
 * most terminals are light on dark. */
static void draw(const QRcode *code)
{
	static const char *const blocks[] = {"\u2588", "\u2580", "\u2584", " "};
	static const char *const ascii[] = {"##", "  "};
	bool wide = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	int step = wide ? 2 : 1;
	for (int y = -QUIET_ZONE; y < code->width + QUIET_ZONE; y += step) {
		for (int x = -QUIET_ZONE; x < code->width + QUIET_ZONE; x++) {
			bool upper = dark(code, x, y);
			bool lower = dark(code, x, y + 1);
			(void)fputs(wide ? blocks[(upper ? 2 : 0) + (lower ? 1 : 0)]
					 : ascii[upper],
			    stdout);
		}
		(void)fputc('\n', stdout);
	}
}

static int draw_text(const char *text)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (code == NULL)
		return complain(EXIT_SOFTWARE_, "cannot draw the code");
	draw(code);
	QRcode_free(code);
	return 0;
}

static int print_json(const struct offer *offer)
{
	json_t *object = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "url", offer->url,
	    "terminal", offer->terminal, "token", offer->token, "ca_pin", offer->ca_pin,
	    "expires", offer->expires, "qr", offer->qr);
	if (object == NULL)
		return complain(EXIT_SOFTWARE_, "there is not enough memory");
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)fputc('\n', stdout);
	json_decref(object);
	return 0;
}

static int print_text(const struct offer *offer)
{
	(void)printf("terminal  %s\nurl       %s\ntoken     %s\nca pin    %s\n"
		     "expires   %s\n\n",
	    offer->terminal, offer->url, offer->token, offer->ca_pin, offer->expires);
	(void)printf("On the terminal, scan this code or type:\n"
		     "  balcao enrol --url %s --terminal %s --token %s --ca-pin %s\n\n",
	    offer->url, offer->terminal, offer->token, offer->ca_pin);
	return draw_text(offer->qr);
}

/* The sentence of a refusal without its newline. */
static int refused(const struct ipc_frame *reply)
{
	char text[IPC_SENTENCE_MAX];
	ipc_sentence(reply, text);
	return complain(reply->status == 400 ? EXIT_USAGE_ : EXIT_TRY_LATER_,
	    "no token was made: %s", text);
}

static enum err fill_secret(struct offer *offer, const struct ipc_frame *reply)
{
	char decimal[24];
	uint64_t expires_ms = 0;
	struct tm utc;
	struct bytes secret = ipc_part(reply, 0);
	enum err err = text_from_bytes(decimal, sizeof decimal, ipc_part(reply, 1));
	if (err == ERR_NONE)
		err = decimal_u64(decimal, INT64_MAX, &expires_ms);
	if (err != ERR_NONE || secret.len != TOKEN_LEN)
		return ERR_FORMAT;
	hex_encode(offer->token, secret);
	time_t expires = (time_t)(expires_ms / 1000);
	if (gmtime_r(&expires, &utc) == NULL ||
	    strftime(offer->expires, sizeof offer->expires, "%Y-%m-%dT%H:%M:%SZ", &utc) ==
		0)
		return ERR_RANGE;
	return ERR_NONE;
}

static int ask_token(const char *dir, int dir_fd, const char *store, struct offer *offer)
{
	static struct ipc_frame reply;
	struct ipc_frame request = {.verb = IPC_TOKEN};
	struct reach *reach = NULL;
	ipc_add(&request, bytes_of_text(store));
	ipc_add(&request, bytes_of_text(offer->terminal));
	enum err err = reach_open(dir, dir_fd, "token", &reach);
	if (err != ERR_NONE)
		return err_exit_code(err);
	int code = 0;
	err = reach_call(reach, &request, &reply);
	if (err == ERR_NONE && reply.status != 200)
		code = refused(&reply);
	else if (err == ERR_NONE)
		err = fill_secret(offer, &reply);
	reach_close(&reach);
	return err == ERR_NONE ? code : complain_of(err, "no token was made");
}

/* Its keys have their certificates, and those their store, for ever. */
static void tell_of_move(int dir_fd, const char *store, const char *terminal)
{
	struct registry *registry = NULL;
	const char *present = NULL;
	if (registry_open(dir_fd, &registry) == ERR_NONE)
		present = registry_store(registry, terminal);
	if (present != NULL && strcmp(present, store) != 0)
		(void)complain(0,
		    "%s is enrolled for store %s and stays there as long as it has its "
		    "keys; in another store it needs a new name and state directory",
		    terminal, present);
	registry_close(&registry);
}

static int make_offer(const char *dir, const char *store, struct offer *offer)
{
	uint8_t pin[HASH_LEN];
	int dir_fd = -1;
	int code = central_open(dir, &dir_fd);
	if (code != 0)
		return code;
	enum err err = listening_read(dir_fd, offer->url);
	if (err != ERR_NONE)
		code = complain(EXIT_TRY_LATER_,
		    "the address of this central is not known yet; start it once with: "
		    "balcao-central serve %s",
		    dir);
	if (code == 0 && (err = ca_pin(dir_fd, pin)) != ERR_NONE)
		code = complain_of(err, "cannot read the CA certificate of %s", dir);
	if (code == 0) {
		hex_encode(offer->ca_pin, bytes_of(pin, sizeof pin));
		code = ask_token(dir, dir_fd, store, offer);
		tell_of_move(dir_fd, store, offer->terminal);
	}
	(void)close(dir_fd);
	(void)snprintf(offer->qr, sizeof offer->qr, "BALCAO1:%s|%s|%s|%s", offer->url,
	    offer->terminal, offer->token, offer->ca_pin);
	return code;
}

int cmd_token(int argc, char **argv)
{
	const char *dir = NULL;
	const char *store = NULL;
	const char *terminal = NULL;
	bool json = false;
	bool qr = false;
	const struct command_option options[] = {{.name = "store", .value = &store},
	    {.name = "terminal", .value = &terminal}, {.name = "json", .flag = &json},
	    {.name = "qr", .flag = &qr}, {0}};
	const struct command_line line = {
	    .usage = "token DIR --store S --terminal T [--json|--qr]",
	    .help = help,
	    .options = options,
	    .arguments = &dir,
	    .argument_count = 1};
	int code = 0;
	(void)setlocale(LC_CTYPE, "");
	if (!command_parse(&line, argc, argv, &code))
		return code;
	if (store == NULL || terminal == NULL || (json && qr))
		return complain(EXIT_USAGE_, "usage: balcao-central %s", line.usage);
	if (!text_is_name(store, STORE_LEN_MAX) ||
	    !text_is_name(terminal, TERMINAL_LEN_MAX))
		return complain(EXIT_USAGE_, "the names of store and terminal have 1 to "
					     "32 letters, digits, dots, dashes or _");
	struct offer offer = {.terminal = terminal};
	code = make_offer(dir, store, &offer);
	if (code != 0)
		return code;
	if (json)
		code = print_json(&offer);
	else
		code = qr ? draw_text(offer.qr) : print_text(&offer);
	return code == 0 ? finish_output() : code;
}
