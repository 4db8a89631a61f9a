/* SPDX-License-Identifier: MIT */
/* Deadlines of the line, made short, against listeners that say nothing. What a
 * central may say wrongly is in tests/flow/carrier_faults.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/asn1.h>

#include "base/banned.h"
#include "carrier/certificate.h"
#include "carrier/post_curl.h"

static int listen_on(int backlog, char url[64])
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	(void)snprintf(url, 64, "https://127.0.0.1:%u", ntohs(address.sin_port));
	return fd;
}

static enum err ask(const char *url, int64_t connect_ms)
{
	struct verify_time verify = {0};
	struct post_curl_options options = {
	    .url = url, .time = &verify, .connect_ms = connect_ms, .silence_s = 1};
	struct post_request request = {.path = "/v1/health", .answer_max = 16};
	struct post_answer answer;
	struct post post = {0};
	uint8_t buf[16];
	struct sink body = sink_of(buf, sizeof buf);

	assert_int_equal(post_curl_open(&options, &post), ERR_NONE);
	enum err error = post.send(post.self, &request, &body, &answer);

	if (error)
		assert_string_not_equal(post.why(post.self), "");
	post_curl_close(&post);
	assert_null(post.self);
	return error;
}

static void nobody_there_is_offline(void **state)
{
	char url[64];
	int fd = listen_on(1, url);

	(void)state;
	(void)close(fd);
	assert_int_equal(ask(url, 5000), ERR_OFFLINE);
	assert_int_equal(ask("https://no-such-host.invalid:1", 5000), ERR_OFFLINE);
}

/* The connection stands, and then not one byte: the handshake never ends. */
static void silent_listener_times_out(void **state)
{
	char url[64];
	int fd = listen_on(1, url);

	(void)state;
	assert_int_equal(ask(url, 300), ERR_TIMEOUT);
	(void)close(fd);
}

/* Packets are dropped: a full queue of connections that nobody accepts. */
static void black_hole_times_out(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	char url[64];
	int fd = listen_on(0, url);
	int fill[8];
	unsigned port = 0;

	(void)state;
	assert_int_equal(sscanf(url, "https://127.0.0.1:%u", &port), 1);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)port);
	for (size_t i = 0; i < COUNT_OF(fill); i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fill[i], (struct sockaddr *)&address, sizeof address);
	}
	assert_int_equal(ask(url, 300), ERR_TIMEOUT);
	for (size_t i = 0; i < COUNT_OF(fill); i++)
		(void)close(fill[i]);
	(void)close(fd);
}

static void an_address_too_long_is_refused(void **state)
{
	char url[600];

	(void)state;
	memset(url, 'a', sizeof url);
	url[sizeof url - 1] = '\0';
	struct verify_time verify = {0};
	struct post_curl_options options = {
	    .url = url, .time = &verify, .connect_ms = 100, .silence_s = 1};
	struct post_request request = {.path = "/", .answer_max = 1};
	struct post_answer answer;
	struct post post = {0};
	uint8_t buf[1];
	struct sink body = sink_of(buf, sizeof buf);

	assert_int_equal(post_curl_open(&options, &post), ERR_NONE);
	assert_int_equal(post.send(post.self, &request, &body, &answer), ERR_FORMAT);
	post_curl_close(&post);
}

/* --- the time at which certificates are judged ------------------------------ */

static const time_t day_s = 24 * 3600;
static const time_t start_s = 1767225600; /* 2026-01-01 */

static X509 *certificate_between(time_t from_s, time_t to_s)
{
	X509 *certificate = X509_new();

	assert_non_null(certificate);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(certificate), from_s));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(certificate), to_s));
	return certificate;
}

struct time_case {
	const char *what;
	time_t floor_s;
	time_t leaf_to_s;
	time_t ca_from_s;
	time_t ca_to_s;
	bool accepted;
};

static void chain_is_judged_at_floor_or_not_before(void **state)
{
	const struct time_case cases[] = {
	    {"floor inside", start_s + 10 * day_s, start_s + 100 * day_s, start_s - day_s,
		start_s + 900 * day_s, true},
	    {"floor before the certificate", start_s - 500 * day_s, start_s + 100 * day_s,
		start_s - day_s, start_s + 900 * day_s, true},
	    {"no floor at all", 0, start_s + 100 * day_s, start_s - day_s,
		start_s + 900 * day_s, true},
	    {"expired before the floor", start_s + 101 * day_s, start_s + 100 * day_s,
		start_s - day_s, start_s + 900 * day_s, false},
	    {"its CA expired before the floor", start_s + 50 * day_s,
		start_s + 100 * day_s, start_s - day_s, start_s + 40 * day_s, false},
	    {"its CA not valid yet", start_s + 50 * day_s, start_s + 100 * day_s,
		start_s + 60 * day_s, start_s + 900 * day_s, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		STACK_OF(X509) *chain = sk_X509_new_null();

		assert_true(sk_X509_push(chain,
				certificate_between(start_s, cases[i].leaf_to_s)) > 0);
		assert_true(sk_X509_push(chain, certificate_between(cases[i].ca_from_s,
						    cases[i].ca_to_s)) > 0);
		if (verify_time_accepts(chain, (int64_t)cases[i].floor_s * 1000) !=
		    cases[i].accepted)
			fail_msg("%s", cases[i].what);
		sk_X509_pop_free(chain, X509_free);
	}
}

static void empty_chain_is_refused(void **state)
{
	STACK_OF(X509) *chain = sk_X509_new_null();

	(void)state;
	assert_false(verify_time_accepts(chain, 0));
	sk_X509_free(chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobody_there_is_offline),
	    cmocka_unit_test(silent_listener_times_out),
	    cmocka_unit_test(black_hole_times_out),
	    cmocka_unit_test(an_address_too_long_is_refused),
	    cmocka_unit_test(chain_is_judged_at_floor_or_not_before),
	    cmocka_unit_test(empty_chain_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
