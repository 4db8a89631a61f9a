/* SPDX-License-Identifier: MIT */
#include "carrier/renew.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <openssl/x509.h>

#include "base/banned.h"
#include "carrier/certificate.h"
#include "os/file.h"

enum {
	ANSWER_MAX = 64 * 1024,
	CSR_MAX = 1024,
};

enum err renew_end_ms(const struct uplink *uplink, int64_t *ret_end_ms)
{
	X509 *certificate = NULL;
	struct tm end;
	enum err error = certificate_from_pem(
	    bytes_of(uplink->certificate, uplink->certificate_len), &certificate);

	if (error)
		return error;
	if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end))
		*ret_end_ms = (int64_t)timegm(&end) * 1000;
	else
		error = ERR_FORMAT;
	X509_free(certificate);
	return error;
}

/* The answer's certificate, for this very key and signed by this very CA. */
static enum err check(const char *answer, const struct uplink *uplink, EVP_PKEY *key,
    X509 **ret_certificate)
{
	X509 *ca = NULL;
	X509 *certificate = NULL;
	enum err error = certificate_from_pem(bytes_of(uplink->ca, uplink->ca_len), &ca);

	if (!error)
		error = certificate_first(answer, &certificate);
	if (!error)
		error = certificate_check(certificate, ca, key, uplink->terminal);
	X509_free(ca);
	if (error)
		X509_free(certificate);
	else
		*ret_certificate = certificate;
	return error;
}

static enum err ask(const struct uplink *uplink, const struct post *post, EVP_PKEY *key,
    char answer_text[ANSWER_MAX + 1])
{
	char csr[CSR_MAX];
	struct sink body = sink_of(answer_text, ANSWER_MAX);
	struct post_answer answer;
	struct post_request request = {
	    .path = "/.well-known/est/tls/simplereenroll",
	    .content_type = "application/pkcs10",
	    .answer_max = ANSWER_MAX,
	};
	enum err error = request_make(key, uplink->terminal, csr, sizeof csr);

	request.body = bytes_of_text(csr);
	if (!error)
		error = post->send(post->self, &request, &body, &answer);
	if (error)
		return error;
	answer_text[body.len] = '\0';
	return answer.status == 200 && answer.type == POST_TYPE_PKCS7 ? ERR_NONE
								      : ERR_DENIED;
}

static enum err put_in_place(int state_fd, const struct uplink *uplink, X509 *certificate)
{
	uint8_t pem[UPLINK_PEM_MAX];
	size_t len = 0;
	int dir_fd = -1;
	enum err error = certificate_to_pem(certificate, pem, sizeof pem, &len);

	if (!error)
		error = uplink_dir(state_fd, false, &dir_fd);
	if (!error)
		error = file_write(dir_fd, "tls.crt", 0600, bytes_of(pem, len));
	if (!error)
		error = uplink_store(dir_fd, uplink->url, uplink->terminal);
	if (dir_fd >= 0)
		(void)close(dir_fd);
	return error;
}

enum err renew_now(int state_fd, const struct uplink *uplink, const struct post *post)
{
	EVP_PKEY *key = NULL;
	X509 *certificate = NULL;
	char *answer = malloc(ANSWER_MAX + 1);
	enum err error = answer
			     ? key_from_pem(bytes_of(uplink->key, uplink->key_len), &key)
			     : ERR_MEMORY;

	if (!error)
		error = ask(uplink, post, key, answer);
	if (!error)
		error = check(answer, uplink, key, &certificate);
	if (!error)
		error = put_in_place(state_fd, uplink, certificate);
	X509_free(certificate);
	EVP_PKEY_free(key);
	free(answer);
	return error;
}
