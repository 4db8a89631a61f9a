/* SPDX-License-Identifier: MIT */
#include "carrier/verify_time.h"

#include <time.h>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "base/banned.h"

static int context_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return index;
}

static bool valid_at(const X509 *certificate, time_t at)
{
	/* X509_cmp_time: below 0 when the certificate's time is not after `at`, 0
	 * when it cannot be read. */
	return X509_cmp_time(X509_get0_notBefore(certificate), &at) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(certificate), &at) > 0;
}

bool verify_time_accepts(STACK_OF(X509) * chain, int64_t floor_ms)
{
	struct tm start;
	int count = sk_X509_num(chain);

	if (count < 1 ||
	    !ASN1_TIME_to_tm(X509_get0_notBefore(sk_X509_value(chain, 0)), &start))
		return false;
	time_t at = timegm(&start);

	if (at < floor_ms / 1000)
		at = (time_t)(floor_ms / 1000);
	for (int i = 0; i < count; i++) {
		if (!valid_at(sk_X509_value(chain, i), at))
			return false;
	}
	return true;
}

/* OpenSSL asks here for every fault that it meets; all but dates stand. */
static int on_fault(int ok, X509_STORE_CTX *store)
{
	int fault = X509_STORE_CTX_get_error(store);
	const SSL *ssl =
	    X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

	if (ok || !ssl)
		return ok;
	if (fault != X509_V_ERR_CERT_NOT_YET_VALID &&
	    fault != X509_V_ERR_CERT_HAS_EXPIRED)
		return 0;
	const struct verify_time *time =
	    SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_index());

	if (!time ||
	    !verify_time_accepts(X509_STORE_CTX_get0_chain(store), time->floor_ms))
		return 0;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

void verify_time_install(SSL_CTX *ctx, const struct verify_time *time)
{
	/* OpenSSL's table takes void *; on_fault only reads. */
	union {
		const struct verify_time *in;
		void *out;
	} pointer = {time};

	(void)SSL_CTX_set_ex_data(ctx, context_index(), pointer.out);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_fault);
}
