/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_HTTPD_H
#define CENTRAL_HTTPD_H

#include "central/ipc.h"
#include "os/loop.h"

/*
 * The web process: TLS, HTTP and who the peer is. It holds the server's key and
 * nothing else; everything that needs more is asked of the intake over `intake`.
 * One thread, in `loop`.
 */
enum {
	HTTP_CONNECTIONS_MAX = 400,
	HTTP_IDLE_S = 60,
	HTTP_BUFFERED_MAX = 64 * 1024 * 1024, /* bodies not yet whole, all together */
	HTTP_REQUEST_MAX = 8 * 1024,          /* an EST request, base64 */
	HTTP_RETRY_AFTER_S = 5,
};

struct httpd;

struct httpd_config {
	int listen_fd; /* taken over */
	const char *certificate_pem;
	const char *key_pem;
	const char *ca_pem;
	struct bytes ca_der;
	struct ipc *intake; /* stays the caller's */
	struct loop *loop;
};

MUST_CHECK enum err httpd_open(
    const struct httpd_config *config, struct httpd **ret_httpd);
/* Unfinished requests are cut off. */
void httpd_close(struct httpd **httpd);
/* The intake is gone or talks nonsense: there is nothing to serve any more. */
bool httpd_failed(const struct httpd *httpd);

#endif
