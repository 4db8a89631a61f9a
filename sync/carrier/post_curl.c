/* SPDX-License-Identifier: MIT */
#include "carrier/post_curl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <curl/curl.h>

#include "base/banned.h"
#include "carrier/plan.h"

enum { POST_URL_MAX = 512 };

struct post_curl {
	const struct post_curl_options *options;
	CURL *curl;
	struct sink *body; /* of the request under way */
	int64_t started_ms;
	uint64_t sent_bytes;
	size_t answer_max;
	char why[CURL_ERROR_SIZE];
};

static int64_t mono_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* More than the limit of its kind is no answer: the transfer ends here. */
static size_t on_body(char *data, size_t size, size_t count, void *self)
{
	struct post_curl *post = self;
	size_t len = size * count;

	if (len > post->answer_max - post->body->len)
		return 0;
	sink_put(post->body, bytes_of(data, len));
	return post->body->over ? 0 : len;
}

/* The time for all of it grows with what really travels, so that a directory of
 * 16 MiB may take its hours on a slow line and a receipt may not. */
static int on_progress(void *self, curl_off_t down_total, curl_off_t down_now,
    curl_off_t up_total, curl_off_t up_now)
{
	const struct post_curl *post = self;
	curl_off_t down = down_total > down_now ? down_total : down_now;
	uint64_t bytes = down > 0 ? (uint64_t)down : 0;

	(void)up_total;
	(void)up_now;
	if (bytes > post->answer_max)
		bytes = post->answer_max;
	return mono_ms() - post->started_ms > plan_request_ms(bytes + post->sent_bytes);
}

static CURLcode on_context(CURL *curl, void *ctx, void *self)
{
	const struct post_curl *post = self;

	(void)curl;
	if (post->options->ca.len > 0)
		verify_time_install(ctx, post->options->time);
	return CURLE_OK;
}

static CURLcode set_blob(CURL *curl, CURLoption option, struct bytes bytes)
{
	union {
		const uint8_t *in;
		void *out;
	} data = {bytes.at};
	struct curl_blob blob = {data.out, bytes.len, CURL_BLOB_COPY};

	return curl_easy_setopt(curl, option, &blob);
}

/* Whom we believe and who we are. Nothing of the system's store counts. */
static CURLcode set_identity(CURL *curl, const struct post_curl_options *options)
{
	CURLcode code = curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);

	if (!code && options->ca.len == 0) {
		code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
		if (!code)
			code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	} else if (!code) {
		code = set_blob(curl, CURLOPT_CAINFO_BLOB, options->ca);
	}
	if (!code && options->key.len > 0) {
		code = set_blob(curl, CURLOPT_SSLKEY_BLOB, options->key);
		if (!code)
			code = set_blob(curl, CURLOPT_SSLCERT_BLOB, options->certificate);
	}
	return code;
}

/* What holds for every request of this line. */
static CURLcode set_rules(CURL *curl, const struct post_curl_options *options)
{
	const struct {
		CURLoption option;
		long value;
	} rules[] = {
	    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
	    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
	    {CURLOPT_NOSIGNAL, 1},
	    {CURLOPT_MAXCONNECTS, 1},
	    {CURLOPT_TCP_KEEPALIVE, 1},
	    {CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_ms},
	    {CURLOPT_LOW_SPEED_LIMIT, 1},
	    {CURLOPT_LOW_SPEED_TIME, options->silence_s},
	    {CURLOPT_NOPROGRESS, 0},
	};

	CURLcode code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");

	for (size_t i = 0; !code && i < COUNT_OF(rules); i++)
		code = curl_easy_setopt(curl, rules[i].option, rules[i].value);
	if (!code)
		code = curl_easy_setopt(
		    curl, CURLOPT_USERAGENT, "balcao-sync/" BALCAO_VERSION);
	return code;
}

static CURLcode set_callbacks(struct post_curl *post)
{
	CURL *curl = post->curl;

	const struct {
		CURLoption option;
		void *value;
	} selves[] = {
	    {CURLOPT_ERRORBUFFER, post->why},
	    {CURLOPT_SSL_CTX_DATA, post},
	    {CURLOPT_WRITEDATA, post},
	    {CURLOPT_XFERINFODATA, post},
	};

	CURLcode code = curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, on_context);

	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	for (size_t i = 0; !code && i < COUNT_OF(selves); i++)
		code = curl_easy_setopt(curl, selves[i].option, selves[i].value);
	return code;
}

/* A proxy of the environment is the shop's way out, never the way to ourselves. */
static CURLcode set_proxy(CURL *curl, const char *url)
{
	static const char *const here[] = {
	    "https://127.", "https://localhost", "https://[::1]"};

	for (size_t i = 0; i < COUNT_OF(here); i++) {
		if (strncmp(url, here[i], strlen(here[i])) == 0)
			return curl_easy_setopt(curl, CURLOPT_PROXY, "");
	}
	return CURLE_OK;
}

static CURLcode set_all(struct post_curl *post)
{
	CURLcode code = set_identity(post->curl, post->options);

	if (!code)
		code = set_rules(post->curl, post->options);
	if (!code)
		code = set_proxy(post->curl, post->options->url);
	return code ? code : set_callbacks(post);
}

static enum err add_header(struct curl_slist **list, const char *text)
{
	struct curl_slist *longer = curl_slist_append(*list, text);

	if (!longer)
		return ERR_MEMORY;
	*list = longer;
	return ERR_NONE;
}

static enum err make_headers(
    const struct post_request *request, struct curl_slist **ret_headers)
{
	char text[128];
	/* No "Expect": a round trip for nothing. */
	enum err error = add_header(ret_headers, "Expect:");

	if (!error && request->content_type) {
		(void)snprintf(
		    text, sizeof text, "Content-Type: %s", request->content_type);
		error = add_header(ret_headers, text);
	}
	if (!error && request->have_version > 0) {
		(void)snprintf(text, sizeof text, "If-None-Match: \"%llu\"",
		    (unsigned long long)request->have_version);
		error = add_header(ret_headers, text);
	}
	return error;
}

static CURLcode set_request(struct post_curl *post, const struct post_request *request,
    struct curl_slist *headers)
{
	CURL *curl = post->curl;
	char url[POST_URL_MAX];
	CURLcode code = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);

	int len = snprintf(url, sizeof url, "%s%s", post->options->url, request->path);

	if (len < 0 || (size_t)len >= sizeof url)
		return CURLE_URL_MALFORMAT;
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_URL, url);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_USERNAME, request->user);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_PASSWORD, request->password);
	if (code)
		return code;
	if (!request->content_type)
		return curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	code = curl_easy_setopt(curl, CURLOPT_POST, 1L);
	if (!code)
		code = curl_easy_setopt(
		    curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.at);
	return code;
}

static enum err err_of(CURLcode code)
{
	switch ((int)code) {
	case CURLE_OK: return ERR_NONE;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_PROXY:
	case CURLE_COULDNT_CONNECT: return ERR_OFFLINE;
	case CURLE_ABORTED_BY_CALLBACK:
	case CURLE_OPERATION_TIMEDOUT: return ERR_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_PEER_FAILED_VERIFICATION: return ERR_SIGNATURE;
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM: return ERR_KEY;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE: return ERR_GONE;
	case CURLE_FILESIZE_EXCEEDED:
	case CURLE_WRITE_ERROR: return ERR_LIMIT;
	case CURLE_OUT_OF_MEMORY: return ERR_MEMORY;
	default: return ERR_FORMAT;
	}
}

static enum post_type type_of(const char *text)
{
	static const struct {
		const char *name;
		enum post_type type;
	} types[] = {
	    {"application/cose", POST_TYPE_COSE},
	    {"application/pkcs7-mime", POST_TYPE_PKCS7},
	};

	size_t len = text ? strcspn(text, "; \t") : 0;

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		if (len == strlen(types[i].name) &&
		    strncasecmp(text, types[i].name, len) == 0)
			return types[i].type;
	}
	return POST_TYPE_OTHER;
}

/* "VERSION" in quotation marks; anything else is no version of ours. */
static uint64_t version_of(CURL *curl)
{
	struct curl_header *header;
	char digits[24];
	uint64_t version = 0;

	if (curl_easy_header(curl, "ETag", 0, CURLH_HEADER, -1, &header))
		return 0;
	size_t len = strlen(header->value);

	if (len < 3 || header->value[0] != '"' || header->value[len - 1] != '"')
		return 0;
	struct bytes inside = bytes_of(header->value + 1, len - 2);

	if (text_from_bytes(digits, sizeof digits, inside) ||
	    decimal_u64(digits, UINT64_MAX, &version))
		return 0;
	return version;
}

static void read_answer(CURL *curl, struct post_answer *ret_answer)
{
	long status = 0;
	curl_off_t retry_after_s = 0;
	const char *type = NULL;

	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	(void)curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_s);
	*ret_answer = (struct post_answer){
	    .status = status > 0 ? (unsigned)status : 0,
	    .type = type_of(type),
	    .retry_after_s = retry_after_s > 0 ? retry_after_s : -1,
	    .version = version_of(curl),
	};
}

static enum err post_curl_send(void *self, const struct post_request *request,
    struct sink *body, struct post_answer *ret_answer)
{
	struct post_curl *post = self;
	struct curl_slist *headers = NULL;

	post->why[0] = '\0';
	body->len = 0;
	body->over = false;
	post->body = body;
	post->answer_max =
	    request->answer_max < body->cap ? request->answer_max : body->cap;
	post->sent_bytes = request->body.len;
	post->started_ms = mono_ms();
	enum err error = make_headers(request, &headers);

	if (!error)
		error = err_of(set_request(post, request, headers));
	if (!error) {
		CURLcode code = curl_easy_perform(post->curl);

		error = err_of(code);
		if (error && !post->why[0])
			(void)snprintf(
			    post->why, sizeof post->why, "%s", curl_easy_strerror(code));
	}
	if (!error)
		read_answer(post->curl, ret_answer);
	/* The handle outlives the request: nothing of it may dangle there. */
	(void)curl_easy_setopt(post->curl, CURLOPT_HTTPHEADER, NULL);
	(void)curl_easy_setopt(post->curl, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(headers);
	return error;
}

static const char *post_curl_why(void *self)
{
	struct post_curl *post = self;

	return post->why;
}

enum err post_curl_open(const struct post_curl_options *options, struct post *ret_post)
{
	struct post_curl *post = calloc(1, sizeof *post);

	if (!post)
		return ERR_MEMORY;
	post->options = options;
	post->curl = curl_easy_init();
	if (!post->curl || set_all(post)) {
		if (post->curl)
			curl_easy_cleanup(post->curl);
		free(post);
		return ERR_MEMORY;
	}
	*ret_post = (struct post){post, post_curl_send, post_curl_why};
	return ERR_NONE;
}

void post_curl_close(struct post *post)
{
	struct post_curl *self = post->self;

	if (!self)
		return;
	curl_easy_cleanup(self->curl);
	free(self);
	*post = (struct post){0};
}
