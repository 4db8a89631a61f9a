/* SPDX-License-Identifier: MIT */
#include "carrier/est.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "base/banned.h"
#include "carrier/certificate.h"
#include "carrier/post_curl.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/lines.h"
#include "os/log.h"

enum {
	EST_ANSWER_MAX = 64 * 1024,
	EST_SAID_MAX = 200, /* of the central's own sentence */
	EST_FILE_MODE = 0640,
};

struct est {
	const struct est_order *order;
	const struct spool *spool;
	int dir_fd;    /* keys/carrier */
	bool key_made; /* in this run, so nothing was given for it before */
	struct verify_time time;
	struct post_curl_options options;
	struct post post;
	uint8_t ca_pem[UPLINK_PEM_MAX];
	X509 *ca;
	EVP_PKEY *key;
	X509 *tls;
	X509 *signing;
	char answer[EST_ANSWER_MAX + 1];
};

static void tell(const char *format, ...) PRINTF_LIKE(1, 2);

static void tell(const char *format, ...)
{
	char sentence[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	(void)fprintf(stderr, "balcao-sync: %s\n", sentence);
}

/* --- the order ------------------------------------------------------------- */

static enum err order_line(struct est_order *order, const char *word, const char *value)
{
	if (strcmp(word, "url") == 0)
		return url_normal(value, order->url);
	if (strcmp(word, "terminal") == 0)
		return text_is_name(value, TERMINAL_LEN_MAX)
			   ? text_copy(order->terminal, sizeof order->terminal, value)
			   : ERR_FORMAT;
	if (strcmp(word, "ca_pin") == 0)
		return hex_decode(order->ca_pin, HASH_LEN, value);
	if (strcmp(word, "tls_password") == 0)
		return text_copy(order->tls_password, sizeof order->tls_password, value);
	if (strcmp(word, "signing_password") == 0)
		return text_copy(
		    order->signing_password, sizeof order->signing_password, value);
	if (strcmp(word, "csr") == 0)
		return text_copy(order->csr, sizeof order->csr, value);
	return ERR_FORMAT;
}

enum err est_read_order(int fd, struct est_order *ret_order)
{
	char buf[EST_LINE_MAX];
	struct lines lines = lines_of(fd, buf, sizeof buf);
	struct est_order order = {0};
	enum err error = ERR_NONE;
	unsigned count = 0;
	char *line;

	while (!error && !(error = lines_next(&lines, &line))) {
		char *value = strchr(line, ' ');

		if (!value) {
			error = ERR_FORMAT;
			break;
		}
		*value++ = '\0';
		error = order_line(&order, line, value);
		count++;
	}
	lines_wipe(&lines);
	if (error == ERR_NOT_FOUND && count == 6 && order.url[0] && order.terminal[0] &&
	    order.csr[0] && strlen(order.tls_password) == EST_PASSWORD_LEN &&
	    strlen(order.signing_password) == EST_PASSWORD_LEN) {
		*ret_order = order;
		error = ERR_NONE;
	} else {
		error = ERR_FORMAT;
	}
	explicit_bzero(&order, sizeof order);
	return error;
}

/* --- the line -------------------------------------------------------------- */

static enum err line_open(struct est *est, struct bytes ca)
{
	post_curl_close(&est->post);
	est->options = (struct post_curl_options){
	    .url = est->order->url,
	    .ca = ca,
	    .time = &est->time,
	    .connect_ms = POST_CONNECT_MS,
	    .silence_s = POST_SILENCE_S,
	};
	return post_curl_open(&est->options, &est->post);
}

/* A whole answer, whatever its status, as text in est->answer. */
static enum err ask(
    struct est *est, const struct post_request *request, struct post_answer *ret_answer)
{
	struct sink body = sink_of(est->answer, EST_ANSWER_MAX);
	enum err error = est->post.send(est->post.self, request, &body, ret_answer);

	if (!error)
		est->answer[body.len] = '\0';
	return error;
}

/* What the central says to a person, safe to print. */
static const char *said(const struct est *est, char out[EST_SAID_MAX])
{
	struct bytes text = bytes_of(est->answer, strcspn(est->answer, "\r\n"));

	return log_escape(out, EST_SAID_MAX, text);
}

/* --- the CA against its pin ------------------------------------------------- */

static enum err fetch_ca(struct est *est)
{
	struct post_answer answer;
	struct post_request request = {
	    .path = "/.well-known/est/tls/cacerts", .answer_max = EST_ANSWER_MAX};
	/* Not verified, so nothing is sent but the question: the pin decides. */
	enum err error = line_open(est, (struct bytes){0});

	if (!error)
		error = ask(est, &request, &answer);
	if (error) {
		tell("the central at %s cannot be reached: %s. Nothing was sent; check "
		     "the address and the network, then run enrol again.",
		    est->order->url, est->post.self ? est->post.why(est->post.self) : "");
		return ERR_OFFLINE;
	}
	if (answer.status == 200 && answer.type == POST_TYPE_PKCS7)
		error = certificate_pinned(est->answer, est->order->ca_pin, &est->ca);
	else
		error = ERR_FORMAT;
	if (error == ERR_SIGNATURE) {
		tell("the central at %s is not the one that gave the token: its CA key "
		     "does not match the CA pin. Nothing was sent; get a new token from "
		     "your central.",
		    est->order->url);
		return ERR_SIGNATURE;
	}
	if (error) {
		tell("%s does not answer as a central does (status %u). Check the "
		     "address.",
		    est->order->url, answer.status);
		return ERR_OFFLINE;
	}
	return ERR_NONE;
}

static enum err open_verified(struct est *est)
{
	size_t len = 0;
	enum err error =
	    certificate_to_pem(est->ca, est->ca_pem, sizeof est->ca_pem, &len);

	return error ? error : line_open(est, bytes_of(est->ca_pem, len));
}

/* --- enrolling ------------------------------------------------------------- */

static enum err request_failed(struct est *est, enum err error)
{
	const char *why = est->post.why(est->post.self);

	if (error == ERR_SIGNATURE) {
		tell("the server at %s does not prove to be the central: %s. Nothing was "
		     "sent.",
		    est->order->url, why);
		return ERR_SIGNATURE;
	}
	tell("the central at %s did not answer to the end: %s. Run enrol again with the "
	     "same token.",
	    est->order->url, why);
	return error == ERR_OFFLINE ? ERR_OFFLINE : ERR_UNKNOWN;
}

static enum err status_failed(struct est *est, unsigned status)
{
	char sentence[EST_SAID_MAX];

	if (status >= 400 && status < 500 && status != 408 && status != 429) {
		tell("the central refuses to enrol %s (%u: %s). Get a new token for this "
		     "terminal.",
		    est->order->terminal, status, said(est, sentence));
		return ERR_DENIED;
	}
	tell("the central at %s cannot enrol now (%u: %s). Run enrol again with the same "
	     "token.",
	    est->order->url, status, said(est, sentence));
	return ERR_UNKNOWN;
}

static enum err enrol_one(struct est *est, const char *path, const char *password,
    const char *csr, X509 **ret_certificate)
{
	struct post_answer answer;
	struct post_request request = {
	    .path = path,
	    .content_type = "application/pkcs10",
	    .body = bytes_of_text(csr),
	    .user = est->order->terminal,
	    .password = password,
	    .answer_max = EST_ANSWER_MAX,
	};
	enum err error = ask(est, &request, &answer);

	if (error)
		return request_failed(est, error);
	if (answer.status != 200)
		return status_failed(est, answer.status);
	if (answer.type == POST_TYPE_PKCS7)
		error = certificate_first(est->answer, ret_certificate);
	else
		error = ERR_FORMAT;
	if (error) {
		tell(
		    "the central's answer holds no certificate. Run enrol again with the "
		    "same token.");
		return ERR_UNKNOWN;
	}
	return ERR_NONE;
}

/* The one whose place is already taken first: the same key gets the same
 * certificate, so a run that was cut off can be run again. */
static enum err open_key(struct est *est)
{
	static const char *const names[] = {"tls.key", "pending.key"};
	uint8_t pem[UPLINK_PEM_MAX];
	size_t len = 0;
	enum err error = ERR_NOT_FOUND;

	for (size_t i = 0; i < COUNT_OF(names) && error == ERR_NOT_FOUND; i++)
		error = file_read(est->dir_fd, names[i], pem, sizeof pem, &len);
	if (error == ERR_NOT_FOUND) {
		error = key_make(pem, sizeof pem, &len);
		if (!error)
			error = file_create(
			    est->dir_fd, "pending.key", 0600, bytes_of(pem, len));
		est->key_made = !error;
	}
	if (!error)
		error = key_from_pem(bytes_of(pem, len), &est->key);
	explicit_bzero(pem, sizeof pem);
	if (error)
		tell("the TLS key cannot be made or read in keys/carrier (%s).",
		    err_name(error));
	return error;
}

static enum err enrol_both(struct est *est)
{
	char csr[EST_CSR_MAX + 1];
	enum err error = request_make(est->key, est->order->terminal, csr, sizeof csr);

	if (!error)
		error = enrol_one(est, "/.well-known/est/tls/simpleenroll",
		    est->order->tls_password, csr, &est->tls);
	if (!error)
		error = enrol_one(est, "/.well-known/est/signing/simpleenroll",
		    est->order->signing_password, est->order->csr, &est->signing);
	if (error)
		return error;
	if (certificate_check(est->tls, est->ca, est->key, est->order->terminal) ||
	    certificate_check(est->signing, est->ca, NULL, est->order->terminal)) {
		tell("the central gave certificates that are not for this terminal's "
		     "keys. "
		     "Tell whoever runs it.");
		return ERR_FORMAT;
	}
	return ERR_NONE;
}

/* --- keeping --------------------------------------------------------------- */

static enum err write_pem(struct est *est, const char *name, X509 *certificate)
{
	uint8_t pem[UPLINK_PEM_MAX];
	size_t len;
	enum err error = certificate_to_pem(certificate, pem, sizeof pem, &len);

	return error ? error : file_write(est->dir_fd, name, 0600, bytes_of(pem, len));
}

static enum err write_der(struct est *est, const char *name, X509 *certificate)
{
	uint8_t der[UPLINK_PEM_MAX];
	size_t len;
	enum err error = certificate_to_der(certificate, der, sizeof der, &len);

	return error ? error
		     : file_write(
			   est->spool->inbox_fd, name, EST_FILE_MODE, bytes_of(der, len));
}

/* `uplink` last: it says that all the rest is there. */
static enum err keep_all(struct est *est)
{
	enum err error = write_pem(est, "ca.pem", est->ca);

	if (!error)
		error = write_pem(est, "tls.crt", est->tls);
	if (!error && faccessat(est->dir_fd, "pending.key", F_OK, 0) == 0 &&
	    renameat(est->dir_fd, "pending.key", est->dir_fd, "tls.key"))
		error = ERR_IO;
	if (!error)
		error = write_der(est, "enrol-ca.der", est->ca);
	if (!error)
		error = write_der(est, "enrol-signing.der", est->signing);
	if (!error)
		error = uplink_store(est->dir_fd, est->order->url, est->order->terminal);
	if (error)
		tell("what the central gave cannot be stored (%s). Make room or set the "
		     "rights of the state directory, then run enrol again with the same "
		     "token.",
		    err_name(error));
	return error;
}

static void est_close(struct est *est)
{
	post_curl_close(&est->post);
	X509_free(est->ca);
	X509_free(est->tls);
	X509_free(est->signing);
	EVP_PKEY_free(est->key);
	if (est->dir_fd >= 0)
		(void)close(est->dir_fd);
	explicit_bzero(est, sizeof *est);
	free(est);
}

enum err est_enrol(int state_fd, const struct spool *spool, const struct est_order *order)
{
	struct est *est = calloc(1, sizeof *est);

	if (!est)
		return ERR_MEMORY;
	est->order = order;
	est->spool = spool;
	est->time.floor_ms = clock_build_ms();
	est->dir_fd = -1;
	enum err error = uplink_dir(state_fd, true, &est->dir_fd);

	if (error)
		tell("keys/carrier cannot be made in the state directory (%s).",
		    err_name(error));
	/* What a killed enrolment was writing may be a key. */
	if (!error)
		error = file_sweep(est->dir_fd);
	if (!error)
		error = fetch_ca(est);
	if (!error)
		error = open_verified(est);
	if (!error)
		error = open_key(est);
	if (!error)
		error = enrol_both(est);
	if (!error)
		error = keep_all(est);
	if (error && error != ERR_UNKNOWN && est->key_made)
		(void)unlinkat(est->dir_fd, "pending.key", 0);
	est_close(est);
	return error;
}
