/* SPDX-License-Identifier: MIT */
#include "central/httpd.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <microhttpd.h>

#include "base/banned.h"
#include "base/limits.h"
#include "central/certificate.h"
#include "central/crypto_gnutls.h"
#include "os/log.h"

enum {
	DECIMAL_LEN = 24,
	CALLS_MAX = HTTP_CONNECTIONS_MAX,
	BODY_FIRST = 16 * 1024,
	DRAIN_MAX = 2 * BATCH_FILE_MAX, /* read past a refusal, so that it is heard */
};

/* What is known of the peer of one connection, found out once. */
struct peer {
	bool looked;
	bool known; /* has a certificate of ours; the intake judges the rest */
	uint8_t key_id[KEY_ID_LEN];
};

enum call_state {
	CALL_READING = 0,
	CALL_ASKED,
	CALL_ANSWERED,
};

struct route;

/* One request on its way. */
struct call {
	struct httpd *httpd;
	const struct route *route;
	struct MHD_Connection *connection;
	unsigned refused; /* the status, when the headers were enough to say no */
	const char *sentence;
	size_t drained;
	enum call_state state;
	uint64_t id;
	uint8_t *body;
	size_t body_len;
	size_t body_cap;
	struct ipc_frame *reply; /* NULL: there was no memory for it */
	const char *name;        /* of a letter */
};

struct httpd {
	struct MHD_Daemon *daemon;
	struct ipc *intake;
	struct loop *loop;
	struct bytes ca_der;
	int epoll_fd;
	uint64_t timer;
	bool failed;
	uint64_t last_id;
	size_t buffered;
	struct call *call[CALLS_MAX]; /* those asked, by id modulo CALLS_MAX */
};

/* --- answers --------------------------------------------------------------- */

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned status,
    const char *type, struct bytes body, const char *etag)
{
	union {
		const uint8_t *from;
		void *to;
	} view = {.from = body.at};
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(body.len, view.to, MHD_RESPMEM_MUST_COPY);
	if (response == NULL)
		return MHD_NO;
	char retry[DECIMAL_LEN];
	(void)snprintf(retry, sizeof retry, "%d", HTTP_RETRY_AFTER_S);
	enum MHD_Result ok = MHD_YES;
	if (type != NULL)
		ok &=
		    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (etag != NULL)
		ok &= MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, etag);
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE ||
	    status == MHD_HTTP_TOO_MANY_REQUESTS)
		ok &=
		    MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, retry);
	if (status == MHD_HTTP_UNAUTHORIZED)
		ok &= MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
		    "Basic realm=\"enrolment\"");
	if (ok)
		ok = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return ok;
}

static enum MHD_Result say(
    struct MHD_Connection *connection, unsigned status, const char *sentence)
{
	return respond(connection, status, "text/plain; charset=utf-8",
	    bytes_of_text(sentence), NULL);
}

/* EST carries DER as base64 text (RFC 7030 4.1.3, RFC 8951). */
static enum MHD_Result respond_certificates(
    struct MHD_Connection *connection, struct bytes message)
{
	size_t cap = message.len * 4 / 3 + 8;
	char *text = malloc(cap);
	enum MHD_Result ok = MHD_NO;
	if (text != NULL && base64_encode(text, cap, message) == ERR_NONE)
		ok = respond(connection, MHD_HTTP_OK,
		    "application/pkcs7-mime; smime-type=certs-only", bytes_of_text(text),
		    NULL);
	free(text);
	return ok;
}

static enum MHD_Result respond_refusal(
    struct MHD_Connection *connection, const struct ipc_frame *reply)
{
	return respond(connection, reply->status, "text/plain; charset=utf-8",
	    ipc_part(reply, 0), NULL);
}

/* --- the peer -------------------------------------------------------------- */

static void on_connection(void *self, struct MHD_Connection *connection,
    void **socket_context, enum MHD_ConnectionNotificationCode code)
{
	(void)self;
	(void)connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*socket_context = calloc(1, sizeof(struct peer));
	else
		free(*socket_context);
}

/* The TLS handshake proved the key of the certificate. That the certificate is
 * one of ours keeps strangers out of memory; whether its key still serves is
 * the intake's to say, by its key id, whatever the dates. */
static void peer_look(
    const struct httpd *httpd, struct MHD_Connection *connection, struct peer *peer)
{
	peer->looked = true;
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (info == NULL)
		return;
	unsigned count = 0;
	gnutls_session_t session = info->tls_session;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
	if (chain == NULL || count == 0)
		return;
	struct certificate_info certificate;
	struct bytes der = bytes_of(chain[0].data, chain[0].size);
	if (certificate_check(der, httpd->ca_der) == ERR_NONE &&
	    certificate_read(der, &certificate) == ERR_NONE &&
	    key_id_of(&crypto_gnutls, certificate.key, peer->key_id, NULL) == ERR_NONE)
		peer->known = true;
}

static const struct peer *peer_of(
    const struct httpd *httpd, struct MHD_Connection *connection)
{
	static const struct peer stranger;
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	if (info == NULL || info->socket_context == NULL)
		return &stranger;
	struct peer *peer = info->socket_context;
	if (!peer->looked)
		peer_look(httpd, connection, peer);
	return peer;
}

/* --- asking the intake ----------------------------------------------------- */

static void watch_intake(struct httpd *httpd);

/* Sends the request and lets the connection rest until the reply is here. */
static enum MHD_Result ask(struct call *call, struct ipc_frame *request)
{
	struct httpd *httpd = call->httpd;
	size_t slot = 0;
	for (slot = 0; slot < CALLS_MAX; slot++)
		if (httpd->call[++httpd->last_id % CALLS_MAX] == NULL)
			break;
	request->id = httpd->last_id;
	if (slot == CALLS_MAX || ipc_queue(httpd->intake, request) != ERR_NONE)
		return say(call->connection, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "too many requests at once\n");
	call->id = request->id;
	call->state = CALL_ASKED;
	httpd->call[call->id % CALLS_MAX] = call;
	MHD_suspend_connection(call->connection);
	watch_intake(httpd);
	return MHD_YES;
}

static enum MHD_Result ask_batch(struct call *call)
{
	const struct peer *peer = peer_of(call->httpd, call->connection);
	struct ipc_frame request = {.verb = IPC_BATCH};
	ipc_add(&request, bytes_of(peer->key_id, KEY_ID_LEN));
	ipc_add(&request, bytes_of(call->body, call->body_len));
	return ask(call, &request);
}

static enum MHD_Result answer_batch(struct call *call)
{
	const struct ipc_frame *reply = call->reply;
	if (reply->status != MHD_HTTP_OK && reply->status != MHD_HTTP_CONFLICT)
		return respond_refusal(call->connection, reply);
	return respond(call->connection, reply->status, "application/cose",
	    ipc_part(reply, 0), NULL);
}

/* `"123"` of an If-None-Match is the version that the terminal has. */
static struct bytes held_version(struct MHD_Connection *connection)
{
	const char *text = MHD_lookup_connection_value(
	    connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
	size_t len = text == NULL ? 0 : strlen(text);
	if (len < 2 || text[0] != '"' || text[len - 1] != '"')
		return (struct bytes){0};
	return bytes_of(text + 1, len - 2);
}

static enum MHD_Result ask_letter(struct call *call)
{
	const struct peer *peer = peer_of(call->httpd, call->connection);
	struct ipc_frame request = {.verb = IPC_LETTER};
	ipc_add(&request, bytes_of(peer->key_id, KEY_ID_LEN));
	ipc_add(&request, bytes_of_text(call->name));
	ipc_add(&request, held_version(call->connection));
	return ask(call, &request);
}

static enum MHD_Result answer_letter(struct call *call)
{
	const struct ipc_frame *reply = call->reply;
	if (reply->status != MHD_HTTP_OK && reply->status != MHD_HTTP_NOT_MODIFIED)
		return respond_refusal(call->connection, reply);
	char etag[DECIMAL_LEN + 2];
	char version[DECIMAL_LEN];
	if (text_from_bytes(version, sizeof version, ipc_part(reply, 0)) != ERR_NONE)
		return MHD_NO;
	(void)snprintf(etag, sizeof etag, "\"%s\"", version);
	return respond(call->connection, reply->status,
	    reply->status == MHD_HTTP_OK ? "application/cose" : NULL, ipc_part(reply, 1),
	    etag);
}

/* The base64 body as DER, in place of the text. */
static enum err request_der(
    struct call *call, uint8_t der[HTTP_REQUEST_MAX], size_t *ret_len)
{
	char text[HTTP_REQUEST_MAX + 1];
	if (call->body_len > HTTP_REQUEST_MAX)
		return ERR_LIMIT;
	enum err err =
	    text_from_bytes(text, sizeof text, bytes_of(call->body, call->body_len));
	return err == ERR_NONE ? base64_decode(der, HTTP_REQUEST_MAX, text, ret_len)
			       : err;
}

static enum MHD_Result bad_request(struct call *call)
{
	return say(call->connection, MHD_HTTP_BAD_REQUEST,
	    "the body is no base64 certificate request\n");
}

static enum MHD_Result ask_enrol_with(
    struct call *call, const char *user, const char *password)
{
	uint8_t der[HTTP_REQUEST_MAX];
	size_t len = 0;
	if (request_der(call, der, &len) != ERR_NONE)
		return bad_request(call);
	struct ipc_frame request = {.verb = IPC_ENROL};
	ipc_add(&request, bytes_of_text(call->name));
	ipc_add(&request, bytes_of_text(user));
	ipc_add(&request, bytes_of_text(password));
	ipc_add(&request, bytes_of(der, len));
	return ask(call, &request);
}

static enum MHD_Result ask_enrol(struct call *call)
{
	char *password = NULL;
	char *user = MHD_basic_auth_get_username_password(call->connection, &password);
	enum MHD_Result ok;
	if (user == NULL || password == NULL)
		ok = say(call->connection, MHD_HTTP_UNAUTHORIZED,
		    "enrolment needs the terminal and its password\n");
	else
		ok = ask_enrol_with(call, user, password);
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	MHD_free(password);
	MHD_free(user);
	return ok;
}

static enum MHD_Result ask_reenrol(struct call *call)
{
	const struct peer *peer = peer_of(call->httpd, call->connection);
	uint8_t der[HTTP_REQUEST_MAX];
	size_t len = 0;
	if (request_der(call, der, &len) != ERR_NONE)
		return bad_request(call);
	struct ipc_frame request = {.verb = IPC_REENROL};
	ipc_add(&request, bytes_of(peer->key_id, KEY_ID_LEN));
	ipc_add(&request, bytes_of_text(call->name));
	ipc_add(&request, bytes_of(der, len));
	return ask(call, &request);
}

static enum MHD_Result answer_enrol(struct call *call)
{
	const struct ipc_frame *reply = call->reply;
	if (reply->status != MHD_HTTP_OK)
		return respond_refusal(call->connection, reply);
	return respond_certificates(call->connection, ipc_part(reply, 0));
}

static enum MHD_Result give_ca(struct call *call)
{
	uint8_t message[CERTS_ONLY_MAX];
	size_t len = 0;
	if (certs_only(call->httpd->ca_der, message, &len) != ERR_NONE)
		return MHD_NO;
	return respond_certificates(call->connection, bytes_of(message, len));
}

static enum MHD_Result give_health(struct call *call)
{
	return say(call->connection, MHD_HTTP_OK, "ok\n");
}

/* Live balance and redemption: a later version answers them. */
static enum MHD_Result refuse_ask(struct call *call)
{
	return say(
	    call->connection, MHD_HTTP_NOT_IMPLEMENTED, "this central answers no asks\n");
}

/* --- routes ---------------------------------------------------------------- */

struct route {
	const char *method;
	const char *path; /* one that ends in / takes a name behind it */
	const char *name; /* what the path says */
	size_t body_max;
	bool enrolled; /* only for peers with a certificate of ours */
	enum MHD_Result (*ask)(struct call *call);
	enum MHD_Result (*answer)(struct call *call);
};

#define EST "/.well-known/est/"

static const struct route routes[] = {
    {"POST", "/v1/batches", "", BATCH_FILE_MAX, true, ask_batch, answer_batch},
    {"POST", "/v1/asks", "", HTTP_REQUEST_MAX, true, refuse_ask, NULL},
    {"GET", "/v1/letters/", NULL, 0, true, ask_letter, answer_letter},
    {"GET", "/v1/health", "", 0, false, give_health, NULL},
    {"GET", EST "cacerts", "", 0, false, give_ca, NULL},
    {"GET", EST "tls/cacerts", "", 0, false, give_ca, NULL},
    {"GET", EST "signing/cacerts", "", 0, false, give_ca, NULL},
    {"POST", EST "tls/simpleenroll", "tls", HTTP_REQUEST_MAX, false, ask_enrol,
	answer_enrol},
    {"POST", EST "signing/simpleenroll", "signing", HTTP_REQUEST_MAX, false, ask_enrol,
	answer_enrol},
    {"POST", EST "tls/simplereenroll", "tls", HTTP_REQUEST_MAX, true, ask_reenrol,
	answer_enrol},
    {"POST", EST "signing/simplereenroll", "signing", HTTP_REQUEST_MAX, true, ask_reenrol,
	answer_enrol},
};

static bool path_fits(const struct route *route, const char *path)
{
	size_t len = strlen(route->path);
	if (route->name != NULL)
		return strcmp(route->path, path) == 0;
	return strncmp(route->path, path, len) == 0 &&
	       text_is_name(path + len, NAME_LEN_MAX);
}

/* NULL with the status that says why. */
static const struct route *route_find(
    const char *method, const char *path, unsigned *ret_status)
{
	*ret_status = MHD_HTTP_NOT_FOUND;
	for (size_t i = 0; i < COUNT_OF(routes); i++) {
		if (!path_fits(&routes[i], path))
			continue;
		if (strcmp(routes[i].method, method) == 0)
			return &routes[i];
		*ret_status = MHD_HTTP_METHOD_NOT_ALLOWED;
	}
	return NULL;
}

/* --- one request ----------------------------------------------------------- */

static void call_free(struct call *call)
{
	struct httpd *httpd = call->httpd;
	if (call->state != CALL_READING)
		httpd->call[call->id % CALLS_MAX] = NULL;
	httpd->buffered -= call->body_cap;
	if (call->body != NULL)
		explicit_bzero(call->body, call->body_cap);
	free(call->body);
	ipc_frame_free(&call->reply);
	free(call);
}

static const char too_many[] = "too many uploads at once\n";
static const char too_long[] = "the body is longer than its kind may be\n";

/* What the headers alone already refuse; 0: nothing. */
static unsigned refused_early(struct httpd *httpd, struct MHD_Connection *connection,
    const struct route *route, const char **ret_sentence)
{
	if (route->enrolled && !peer_of(httpd, connection)->known) {
		*ret_sentence = "this peer is not enrolled here\n";
		return MHD_HTTP_FORBIDDEN;
	}
	const char *length = MHD_lookup_connection_value(
	    connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	uint64_t len = 0;
	if (length != NULL && decimal_u64(length, UINT64_MAX, &len) == ERR_NONE &&
	    len > route->body_max) {
		*ret_sentence = too_long;
		return MHD_HTTP_CONTENT_TOO_LARGE;
	}
	if (httpd->buffered + route->body_max > HTTP_BUFFERED_MAX) {
		*ret_sentence = too_many;
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	return 0;
}

static enum MHD_Result begin(struct httpd *httpd, struct MHD_Connection *connection,
    const char *method, const char *url, void **context)
{
	struct call *call = calloc(1, sizeof *call);
	if (call == NULL)
		return MHD_NO;
	call->httpd = httpd;
	call->connection = connection;
	call->route = route_find(method, url, &call->refused);
	if (call->route == NULL) {
		call->sentence = call->refused == MHD_HTTP_NOT_FOUND
				     ? "there is no such thing here\n"
				     : "not by this method\n";
	} else {
		const struct route *route = call->route;
		call->name =
		    route->name != NULL ? route->name : url + strlen(route->path);
		call->refused = refused_early(httpd, connection, route, &call->sentence);
	}
	*context = call;
	return MHD_YES;
}

/* A refusal that leaves while the peer still writes is lost when the connection
 * is reset: the body is read, thrown away, and then answered. */
static enum MHD_Result drain(struct call *call, size_t *upload_len)
{
	if (*upload_len == 0)
		return say(call->connection, call->refused, call->sentence);
	call->drained += *upload_len;
	*upload_len = 0;
	return call->drained <= DRAIN_MAX ? MHD_YES : MHD_NO;
}

/* Room for `more` bytes of body within the route's limit. */
static bool body_room(struct call *call, size_t more)
{
	size_t max = call->route->body_max;
	if (more > max - call->body_len)
		return false;
	if (call->body_len + more <= call->body_cap)
		return true;
	size_t cap = call->body_cap == 0 ? BODY_FIRST : call->body_cap * 4;
	while (cap < call->body_len + more)
		cap *= 4;
	if (cap > max)
		cap = max;
	if (call->httpd->buffered + cap - call->body_cap > HTTP_BUFFERED_MAX)
		return false;
	uint8_t *body = realloc(call->body, cap);
	if (body == NULL)
		return false;
	call->httpd->buffered += cap - call->body_cap;
	call->body = body;
	call->body_cap = cap;
	return true;
}

/* NOLINTNEXTLINE(readability-function-size): libmicrohttpd's parameters */
static enum MHD_Result on_request(void *self, struct MHD_Connection *connection,
    const char *url, const char *method, const char *version, const char *upload,
    size_t *upload_len, void **context)
{
	(void)version;
	struct call *call = *context;
	if (call == NULL)
		return begin(self, connection, method, url, context);
	if (call->refused == 0 && *upload_len > 0 && !body_room(call, *upload_len)) {
		bool over = *upload_len > call->route->body_max - call->body_len;
		call->refused =
		    over ? MHD_HTTP_CONTENT_TOO_LARGE : MHD_HTTP_SERVICE_UNAVAILABLE;
		call->sentence = over ? too_long : too_many;
	}
	if (call->refused != 0)
		return drain(call, upload_len);
	if (*upload_len > 0) {
		memcpy(call->body + call->body_len, upload, *upload_len);
		call->body_len += *upload_len;
		*upload_len = 0;
		return MHD_YES;
	}
	switch (call->state) {
	case CALL_READING: return call->route->ask(call);
	case CALL_ASKED: return MHD_YES;
	case CALL_ANSWERED:
		return call->reply == NULL ? MHD_NO : call->route->answer(call);
	}
	return MHD_NO;
}

static void on_completed(void *self, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode why)
{
	(void)self;
	(void)connection;
	(void)why;
	if (*context != NULL)
		call_free(*context);
	*context = NULL;
}

/* --- replies --------------------------------------------------------------- */

static void take_reply(struct httpd *httpd, const struct ipc_frame *frame)
{
	struct call *call = httpd->call[frame->id % CALLS_MAX];
	if (call == NULL || call->id != frame->id || call->state != CALL_ASKED)
		return;
	if (ipc_frame_copy(frame, &call->reply) != ERR_NONE)
		call->reply = NULL;
	call->state = CALL_ANSWERED;
	MHD_resume_connection(call->connection);
}

static void turn(struct httpd *httpd);

static void end_serving(struct httpd *httpd, const char *what)
{
	if (!httpd->failed)
		log_error("%s", what);
	httpd->failed = true;
	loop_stop(httpd->loop);
}

static void on_intake(void *self, int fd, short revents)
{
	(void)fd;
	(void)revents;
	struct httpd *httpd = self;
	struct ipc_frame frame;
	enum err err = ipc_fill(httpd->intake);
	if (err != ERR_NONE && err != ERR_BUSY) {
		end_serving(httpd, "the intake process has ended");
		return;
	}
	while ((err = ipc_next(httpd->intake, &frame)) == ERR_NONE)
		take_reply(httpd, &frame);
	if (err != ERR_BUSY) {
		end_serving(httpd, "the intake process talks nonsense");
		return;
	}
	watch_intake(httpd);
	turn(httpd);
}

static void watch_intake(struct httpd *httpd)
{
	enum err err = ipc_flush(httpd->intake);
	short events = err == ERR_BUSY ? POLLIN | POLLOUT : POLLIN;
	if ((err != ERR_NONE && err != ERR_BUSY) ||
	    loop_fd_set(httpd->loop, ipc_fd(httpd->intake), events, on_intake, httpd) !=
		ERR_NONE)
		end_serving(httpd, "the intake process cannot be reached");
}

/* --- the daemon in our loop ------------------------------------------------ */

static void on_timer(void *self)
{
	struct httpd *httpd = self;
	httpd->timer = 0;
	turn(httpd);
}

static void on_epoll(void *self, int fd, short revents)
{
	(void)fd;
	(void)revents;
	turn(self);
}

/* Lets libmicrohttpd work, and comes back when it says. */
static void turn(struct httpd *httpd)
{
	if (MHD_run(httpd->daemon) != MHD_YES) {
		end_serving(httpd, "libmicrohttpd failed");
		return;
	}
	MHD_UNSIGNED_LONG_LONG wait_ms = 0;
	if (httpd->timer != 0)
		loop_timer_stop(httpd->loop, httpd->timer);
	httpd->timer = 0;
	if (MHD_get_timeout(httpd->daemon, &wait_ms) == MHD_YES)
		httpd->timer =
		    loop_timer_start(httpd->loop, (int64_t)wait_ms, on_timer, httpd);
}

static void on_library_log(void *self, const char *format, va_list list)
{
	(void)self;
	char text[256];
	/* The format is libmicrohttpd's own. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)vsnprintf(text, sizeof text, format, list);
#pragma GCC diagnostic pop
	size_t len = strlen(text);
	while (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	char clean[300];
	log_debug("libmicrohttpd, text=%s",
	    log_escape(clean, sizeof clean, bytes_of(text, len)));
}

static enum err start(struct httpd *httpd, const struct httpd_config *config)
{
	httpd->daemon = MHD_start_daemon(
	    MHD_USE_TLS | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
	    NULL, NULL, on_request, httpd, MHD_OPTION_EXTERNAL_LOGGER, on_library_log,
	    httpd, MHD_OPTION_LISTEN_SOCKET, config->listen_fd, MHD_OPTION_HTTPS_MEM_CERT,
	    config->certificate_pem, MHD_OPTION_HTTPS_MEM_KEY, config->key_pem,
	    MHD_OPTION_HTTPS_MEM_TRUST, config->ca_pem, MHD_OPTION_HTTPS_PRIORITIES,
	    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)HTTP_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)64 * 1024,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, httpd,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, httpd, MHD_OPTION_END);
	if (httpd->daemon == NULL)
		return ERR_IO;
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(httpd->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL)
		return ERR_UNSUPPORTED;
	httpd->epoll_fd = info->epoll_fd;
	return loop_fd_set(httpd->loop, httpd->epoll_fd, POLLIN, on_epoll, httpd);
}

enum err httpd_open(const struct httpd_config *config, struct httpd **ret_httpd)
{
	struct httpd *httpd = calloc(1, sizeof *httpd);
	if (httpd == NULL)
		return ERR_MEMORY;
	httpd->intake = config->intake;
	httpd->loop = config->loop;
	httpd->ca_der = config->ca_der;
	httpd->epoll_fd = -1;
	enum err err = start(httpd, config);
	if (err != ERR_NONE) {
		httpd_close(&httpd);
		return err;
	}
	watch_intake(httpd);
	turn(httpd);
	*ret_httpd = httpd;
	return ERR_NONE;
}

void httpd_close(struct httpd **httpd)
{
	struct httpd *self = *httpd;
	if (self == NULL)
		return;
	if (self->timer != 0)
		loop_timer_stop(self->loop, self->timer);
	loop_fd_remove(self->loop, ipc_fd(self->intake));
	if (self->epoll_fd >= 0)
		loop_fd_remove(self->loop, self->epoll_fd);
	/* A suspended connection must be resumed before the daemon stops. */
	for (size_t i = 0; i < CALLS_MAX; i++)
		if (self->call[i] != NULL && self->call[i]->state == CALL_ASKED)
			MHD_resume_connection(self->call[i]->connection);
	if (self->daemon != NULL)
		MHD_stop_daemon(self->daemon);
	free(self);
	*httpd = NULL;
}

bool httpd_failed(const struct httpd *httpd)
{
	return httpd->failed;
}
