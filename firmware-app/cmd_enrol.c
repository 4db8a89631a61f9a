/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app_options.h"
#include "base/banned.h"
#include "carrier_process.h"
#include "cmd_sync.h"
#include "commands.h"
#include "options.h"
#include "os/file.h"
#include "sync/url.h"

enum {
	TOKEN_LEN = 16,
	PASSWORD_LEN = 2 * HASH_LEN,
	ORDER_MAX = 2048,
	QR_MAX = 512,
	LOCK_WAIT_MS = 5000,
};

#define QR_HEAD "BALCAO1:"
#define CA_FILE "enrol-ca.der"
#define SIGNING_FILE "enrol-signing.der"

/* What the technician was given. */
struct ticket {
	char url[URL_LEN_MAX + 1];
	char terminal[TERMINAL_LEN_MAX + 1];
	uint8_t token[TOKEN_LEN];
	uint8_t ca_pin[HASH_LEN];
};

/* --- what was given -------------------------------------------------------- */

static int ticket_from(const char *url, const char *terminal, const char *token,
    const char *ca_pin, struct ticket *ret_ticket)
{
	if (!url || !terminal || !token || !ca_pin)
		return usage_fault("enrol",
		    "--url, --terminal, --token and --ca-pin are needed, or --qr");
	if (url_normal(url, ret_ticket->url))
		return usage_fault("enrol", "--url must be https://HOST:PORT");
	if (!text_is_name(terminal, TERMINAL_LEN_MAX))
		return usage_fault("enrol",
		    "--terminal must be 1 to %d letters, digits, dots, hyphens or "
		    "underscores",
		    (int)TERMINAL_LEN_MAX);
	if (text_copy(ret_ticket->terminal, sizeof ret_ticket->terminal, terminal))
		return EXIT_USAGE;
	if (hex_decode(ret_ticket->token, TOKEN_LEN, token))
		return usage_fault("enrol", "--token must be 32 hexadecimal digits");
	if (hex_decode(ret_ticket->ca_pin, HASH_LEN, ca_pin))
		return usage_fault("enrol", "--ca-pin must be 64 hexadecimal digits");
	return 0;
}

/* Cuts off what stands before `end`; NULL when something else ends it. */
static const char *qr_part(char **at, char end)
{
	char *part = *at;
	char *stop = part + strcspn(part, "|");
	if (*stop != end)
		return NULL;
	*stop = '\0';
	*at = stop + (end != '\0');
	return part;
}

/* BALCAO1:URL|TERMINAL|TOKEN|CA_PIN_HEX */
static int ticket_from_qr(const char *qr, struct ticket *ret_ticket)
{
	char text[QR_MAX];
	char *at = text + sizeof QR_HEAD - 1;

	if (text_copy(text, sizeof text, qr) ||
	    strncmp(text, QR_HEAD, sizeof QR_HEAD - 1) != 0)
		return usage_fault("enrol", "--qr is not the text of an enrolment code");
	const char *url = qr_part(&at, '|');
	const char *terminal = url ? qr_part(&at, '|') : NULL;
	const char *token = terminal ? qr_part(&at, '|') : NULL;
	const char *ca_pin = token ? qr_part(&at, '\0') : NULL;
	int code = ca_pin ? ticket_from(url, terminal, token, ca_pin, ret_ticket)
			  : usage_fault("enrol",
				"--qr is not the whole text of an enrolment code");

	explicit_bzero(text, sizeof text);
	return code;
}

/* The secret does not stay where `ps` shows it. */
static void wipe_arguments(char **argv)
{
	for (size_t i = 1; argv[i]; i++) {
		if (strcmp(argv[i - 1], "--token") == 0 ||
		    strcmp(argv[i - 1], "--qr") == 0 ||
		    strncmp(argv[i], "--token=", 8) == 0 ||
		    strncmp(argv[i], "--qr=", 5) == 0)
			memset(argv[i], 'x', strlen(argv[i]));
	}
}

static int read_ticket(char **argv, struct ticket *ret_ticket)
{
	const char *url = NULL;
	const char *terminal = NULL;
	const char *token = NULL;
	const char *ca_pin = NULL;
	const char *qr = NULL;
	const struct option_row rows[] = {{"url", &url, NULL},
	    {"terminal", &terminal, NULL}, {"token", &token, NULL},
	    {"ca-pin", &ca_pin, NULL}, {"qr", &qr, NULL}};
	int code = options_read(argv, rows, COUNT_OF(rows), NULL);

	if (!code && qr && (url || terminal || token || ca_pin))
		code = usage_fault("enrol", "--qr already says all of it");
	if (!code)
		code = qr ? ticket_from_qr(qr, ret_ticket)
			  : ticket_from(url, terminal, token, ca_pin, ret_ticket);
	wipe_arguments(argv);
	return code;
}

/* --- the order to the carrier ---------------------------------------------- */

static enum err password(const struct ticket *ticket, const char *label,
    const uint8_t *spki_hash, char out[PASSWORD_LEN + 1])
{
	const struct bytes parts[] = {
	    bytes_of_text(label), bytes_of(spki_hash, spki_hash ? HASH_LEN : 0)};
	uint8_t mac[HASH_LEN];
	enum err error = crypto_psa.hmac(
	    bytes_of(ticket->token, TOKEN_LEN), parts, spki_hash ? 2 : 1, mac);

	if (!error)
		hex_encode(out, bytes_of(mac, sizeof mac));
	explicit_bzero(mac, sizeof mac);
	return error;
}

static enum err make_order(
    int state_fd, const struct ticket *ticket, char out[ORDER_MAX], size_t *ret_len)
{
	uint8_t csr[CSR_LEN_MAX];
	uint8_t spki_hash[HASH_LEN];
	char csr_text[2 * CSR_LEN_MAX];
	char tls[PASSWORD_LEN + 1];
	char signing[PASSWORD_LEN + 1];
	char pin[2 * HASH_LEN + 1];
	size_t csr_len = 0;
	enum err error = identity_request(
	    state_fd, &crypto_psa, ticket->terminal, csr, &csr_len, spki_hash);

	if (!error)
		error = base64_encode(csr_text, sizeof csr_text, bytes_of(csr, csr_len));
	if (!error)
		error = password(ticket, "tls", NULL, tls);
	if (!error)
		error = password(ticket, "signing", spki_hash, signing);
	if (error)
		return error;
	hex_encode(pin, bytes_of(ticket->ca_pin, HASH_LEN));
	int len = snprintf(out, ORDER_MAX,
	    "url %s\nterminal %s\nca_pin %s\ntls_password %s\nsigning_password %s\n"
	    "csr %s\n",
	    ticket->url, ticket->terminal, pin, tls, signing, csr_text);

	explicit_bzero(tls, sizeof tls);
	explicit_bzero(signing, sizeof signing);
	if (len < 0 || len >= ORDER_MAX)
		return ERR_LIMIT;
	*ret_len = (size_t)len;
	return ERR_NONE;
}

/* The exit code of the carrier, which has said what went wrong. */
static int run_carrier(const char *order, size_t len)
{
	static const char *const args[] = {"enrol", NULL};
	struct carrier_process carrier;
	enum err error = carrier_start(args, true, &carrier);

	if (error) {
		(void)fprintf(stderr,
		    "balcao enrol: the carrier cannot be started (%s).\n",
		    err_name(error));
		return err_exit_code(error);
	}
	/* An order fits a pipe whole; a carrier that is gone has said why. */
	ssize_t done = write(carrier.to_fd, order, len);
	int code = carrier_wait(&carrier);

	return code == 0 && done != (ssize_t)len ? err_exit_code(ERR_IO) : code;
}

/* --- taking it in ---------------------------------------------------------- */

static enum err adopt(int state_fd, const struct ticket *ticket)
{
	uint8_t ca[CERTIFICATE_LEN_MAX];
	uint8_t certificate[CERTIFICATE_LEN_MAX];
	size_t ca_len = 0;
	size_t len = 0;
	struct spool spool;
	enum err error = spool_open(state_fd, &spool);

	if (error)
		return error;
	error = file_read(spool.inbox_fd, CA_FILE, ca, sizeof ca, &ca_len);
	if (!error)
		error = file_read(
		    spool.inbox_fd, SIGNING_FILE, certificate, sizeof certificate, &len);
	if (!error)
		error = identity_adopt(state_fd, &crypto_psa, ticket->terminal,
		    ticket->ca_pin, bytes_of(ca, ca_len), bytes_of(certificate, len));
	if (file_remove(spool.inbox_fd, CA_FILE) ||
	    file_remove(spool.inbox_fd, SIGNING_FILE))
		error = error ? error : ERR_IO;
	spool_close(&spool);
	return error;
}

static int told(enum err error, const char *what)
{
	(void)fprintf(stderr, "balcao enrol: %s (%s).\n", what, err_name(error));
	return err_exit_code(error);
}

/* Both certificates, or what was before. */
static int exchange_papers(int state_fd, const struct ticket *ticket)
{
	char order[ORDER_MAX];
	size_t len = 0;
	bool was_pending = identity_is_pending(state_fd);
	enum err error = make_order(state_fd, ticket, order, &len);

	if (error == ERR_CONFLICT)
		return told(ERR_EXISTS,
		    "this state directory is another terminal's: a replaced terminal "
		    "gets a new id and a directory of its own (--state)");
	if (error)
		return told(error, "the signing key cannot be made or read in keys/till");
	int code = run_carrier(order, len);

	explicit_bzero(order, sizeof order);
	/* 75: cut off, and the central may have taken this very key. */
	if (code != 0 && code != err_exit_code(ERR_OFFLINE) && !was_pending)
		identity_forget_pending(state_fd);
	if (code != 0)
		return code;
	error = adopt(state_fd, ticket);
	if (error == ERR_CONFLICT)
		return told(error, "this terminal is enrolled at another central");
	return error ? told(error, "the certificates that came are not for this terminal")
		     : 0;
}

static int enrol(const struct ticket *ticket)
{
	char holder[128] = "";
	int state_fd = -1;
	int lock_fd = -1;
	enum err error = dir_make(app_options.state_dir, 0750);

	if (!error)
		error = dir_open(app_options.state_dir, &state_fd);
	if (error)
		return told(error, "the state directory cannot be made");
	error = lock_take(
	    state_fd, "lock", "enrol", LOCK_WAIT_MS, holder, sizeof holder, &lock_fd);
	if (error) {
		(void)fprintf(stderr,
		    "balcao enrol: another process uses this terminal (%s); end it "
		    "first.\n",
		    error == ERR_BUSY ? holder : err_name(error));
		(void)close(state_fd);
		return err_exit_code(error);
	}
	int code = exchange_papers(state_fd, ticket);

	lock_release(&lock_fd);
	(void)close(state_fd);
	return code;
}

int cmd_enrol(int argc, char **argv)
{
	struct ticket ticket = {0};
	struct sync_pass pass = {0};
	int code = read_ticket(argv, &ticket);

	(void)argc;
	(void)signal(SIGPIPE, SIG_IGN);
	if (!code)
		code = enrol(&ticket);
	explicit_bzero(ticket.token, sizeof ticket.token);
	if (code)
		return code;
	(void)printf("Terminal %s is enrolled at %s.\n", ticket.terminal, ticket.url);
	(void)fflush(stdout);
	code = sync_once("enrol", &pass);
	if (code)
		(void)fputs("balcao enrol: the terminal is enrolled; what the central "
			    "publishes could not be fetched. `balcao sync --once` tries "
			    "again.\n",
		    stderr);
	else
		(void)puts(
		    pass.programme
			? "The programme is adopted: `balcao run` may start."
			: "The central has published no programme yet: publish one, "
			  "then run `balcao sync --once`.");
	return code;
}
